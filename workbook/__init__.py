"""Everything about spreadsheets: the catalogue of functions, its hosts, the template workbook."""
