"""The workbook's sheets, one module each; every module has `write(book)`."""
