"""What a workbook tells Excel, and xlwings on a sheet of its own."""

#: The version that calculated a file, as files say that Excel saved in 2025 and 2026. A lower
#: number than the program's own has Excel calculate everything when it opens the file, and where
#: the functions are missing, every cached value becomes #NAME?.
CALCULATED_BY = 191029

#: The sheet that configures a workbook, under the name by which xlwings finds it.
SHEET = "xlwings.conf"

#: The module that Excel is to import.
UDF_MODULE = "workbook.udfs"

#: The sheet's keys and values. The second keeps the folders of open workbooks off Python's path,
#: where a folder `model` beside a workbook would be imported in the place of ours.
SETTINGS = {"UDF Modules": UDF_MODULE, "ADD_WORKBOOK_TO_PYTHONPATH": "False"}
