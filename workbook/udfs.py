"""The module that Excel loads: every function of the catalogue as an xlwings function.

A workbook names it on its ``xlwings.conf`` sheet as ``UDF Modules``. The functions bear their
lower-case Python names, and Excel ignores case.
"""

from workbook.functions import CATALOGUE
from workbook.hosts import excel

globals().update(excel.udfs(CATALOGUE))
