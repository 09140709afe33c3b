"""Contents of a workbook's file that could run code or reach outside it, and are not Offtake's."""
