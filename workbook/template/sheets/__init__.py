"""The workbook's sheets, one module each; every module has `write(book)`.

One that others read is begun before them by `begin(book)`, and goes on after them.
"""
