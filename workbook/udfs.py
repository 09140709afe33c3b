"""The module that Excel loads: every function of the catalogue as an xlwings function.

A workbook names it on its sheet ``xlwings.conf``, as ``UDF Modules``. The functions have their
lower-case Python names; Excel ignores case.
"""

from workbook.hosts import excel
from workbook.refusal import CALLABLE

globals().update(excel.udfs(CALLABLE))
