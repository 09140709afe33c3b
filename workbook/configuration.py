"""What a workbook tells xlwings, on a sheet of its own."""

#: The sheet that configures a workbook, under the name by which xlwings finds it.
SHEET = "xlwings.conf"

#: The module that Excel is to import.
UDF_MODULE = "workbook.udfs"

#: The sheet's keys and values. The second keeps the folders of open workbooks off Python's path,
#: where a folder `model` beside a workbook would be imported in the place of ours.
SETTINGS = {"UDF Modules": UDF_MODULE, "ADD_WORKBOOK_TO_PYTHONPATH": "False"}
