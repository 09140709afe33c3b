"""The VBA that is made of the catalogue: a function for each of its functions, and their help.

xlwings' own generator writes the functions, as its "Import Functions" does in Excel. It stands in a
module that imports pywin32, and uses nothing of it. So where there is no pywin32, empty modules
stand in for it while that module is imported, and neither they nor it stay behind.
"""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from types import ModuleType, SimpleNamespace
from typing import Any

from workbook.catalogue import Function
from workbook.configuration import UDF_MODULE
from workbook.functions import CATALOGUE
from workbook.hosts import excel

#: The module's name is the one that "Import Functions" gives it, and replaces.
_HEAD = 'Attribute VB_Name = "xlwings_udfs"\n#Const App = "Microsoft Excel"\n'

_PYWIN32 = ("pythoncom", "pywintypes", "win32com", "win32com.client")


def wrappers(suffix: str) -> str:
    """Write the functions that cells call.

    Parameters
    ----------
    suffix : str
        ``.xlsm`` or ``.xlam``: an add-in passes on the workbook that calls.

    Returns
    -------
    str
        The text of a module; what it calls is `OfftakePython` in the place of xlwings' server.
    """
    written = io.StringIO()
    with _generator() as generator:
        functions = excel.udfs(CATALOGUE, generator.xlfunc, generator.xlarg)
        generator.generate_vba_wrapper(
            UDF_MODULE, SimpleNamespace(**functions), written, SimpleNamespace(Name=suffix)
        )
    return _HEAD + written.getvalue().replace("XLPy.CallUDF", "OfftakePython.CallUDF")


def descriptions() -> str:
    """Write the help of every function and argument, a procedure for each family."""
    families = [
        (family, list(functions))
        for family, functions in groupby(CATALOGUE.values(), lambda function: function.family)
    ]
    called = "".join(f"    Describe_{family}\n" for family, _ in families)
    procedures = "".join(
        f"\nPrivate Sub Describe_{family}()\n{''.join(map(_description, functions))}End Sub\n"
        for family, functions in families
    )
    return f"\nPrivate Sub DescribeAll()\n{called}End Sub\n{procedures}"


def _description(function: Function) -> str:
    arguments = ", _\n        ".join(_quoted(p.told) for p in function.parameters)
    name, summary = _quoted(function.name.lower()), _quoted(function.summary)
    return f"    Describe {name}, {summary}, Array( _\n        {arguments})\n"


def _quoted(text: str) -> str:
    """Write a text as VBA does, cut to what Excel takes."""
    return '"' + text[:255].replace('"', '""') + '"'


def _has_pywin32() -> bool:
    with suppress(ImportError):
        return bool(importlib.import_module("pythoncom"))
    return False


@contextmanager
def _generator() -> Iterator[Any]:
    """Import xlwings' generator, and leave no trace of it where it is not at home."""
    import xlwings

    if _has_pywin32():
        yield importlib.import_module("xlwings.udfs")
        return
    for name in _PYWIN32:
        sys.modules[name] = ModuleType(name)
    # What it names when it is imported, and never calls here.
    vars(sys.modules["pythoncom"])["CoInitialize"] = None
    vars(sys.modules["win32com.client"])["Dispatch"] = None
    try:
        yield importlib.import_module("xlwings.udfs")
    finally:
        for name in (*_PYWIN32, "xlwings.udfs"):
            sys.modules.pop(name, None)
        vars(xlwings).pop("udfs", None)
