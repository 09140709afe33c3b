"""Everything spreadsheet: the catalogue of functions, its hosts, and the template workbook."""
