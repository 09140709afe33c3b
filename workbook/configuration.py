"""Settings in a workbook for Excel, and for xlwings on a separate sheet."""

#: The version of the engine that calculated a file, as in files saved by Excel in 2025 and 2026. If
#: it is lower than Excel's own, Excel recalculates everything when it opens the file, and without
#: the functions every cached value becomes #NAME?.
CALCULATED_BY = 191029

#: The name of the sheet where xlwings looks for a workbook's settings.
SHEET = "xlwings.conf"

#: The module that Excel imports.
UDF_MODULE = "workbook.udfs"

#: The sheet's keys and values. The second keeps the folders of open workbooks off Python's path;
#: otherwise a folder `model` next to a workbook would be imported instead of ours.
SETTINGS = {"UDF Modules": UDF_MODULE, "ADD_WORKBOOK_TO_PYTHONPATH": "False"}
