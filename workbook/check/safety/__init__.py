"""What in a workbook's file could run code, or reach outside of the file, and is not Offtake's."""
