"""The VBA generated from the catalogue: a VBA function for each function, and the help.

xlwings' own generator writes the functions, as "Import Functions" does in Excel. Its module imports
pywin32 but does not need it here. So where pywin32 is missing, empty modules replace it during the
import, and are removed afterwards together with the generator's module.
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
from workbook.hosts import excel
from workbook.refusal import CALLABLE

#: "Import Functions" uses this module name, and replaces a module of that name.
_HEAD = 'Attribute VB_Name = "xlwings_udfs"\n#Const App = "Microsoft Excel"\n'

#: Functions that one procedure describes: its text must stay below VBA's limit.
DESCRIBED = 15

_PYWIN32 = ("pythoncom", "pywintypes", "win32com", "win32com.client")


def wrappers(suffix: str) -> str:
    """Write the VBA functions that cells call.

    Parameters
    ----------
    suffix : str
        ``.xlsm`` or ``.xlam``: an add-in also passes the calling workbook.

    Returns
    -------
    str
        The text of a module, which calls `OfftakePython` instead of xlwings' server.
    """
    written = io.StringIO()
    with _generator() as generator:
        functions = excel.udfs(CALLABLE, generator.xlfunc, generator.xlarg)
        generator.generate_vba_wrapper(
            UDF_MODULE, SimpleNamespace(**functions), written, SimpleNamespace(Name=suffix)
        )
    return _HEAD + written.getvalue().replace("XLPy.CallUDF", "OfftakePython.CallUDF")


def descriptions() -> str:
    """Write the help for every function and argument, in procedures that VBA compiles."""
    parts = {
        f"{family}_{place}" if place else family: functions
        for family, of_family in groupby(CALLABLE.values(), lambda function: function.family)
        for place, functions in enumerate(_parted(list(of_family)))
    }
    called = "".join(f"    Describe_{part}\n" for part in parts)
    procedures = "".join(
        f"\nPrivate Sub Describe_{part}()\n{''.join(map(_description, functions))}End Sub\n"
        for part, functions in parts.items()
    )
    return f"\nPrivate Sub DescribeAll()\n{called}End Sub\n{procedures}"


def _parted(functions: list[Function]) -> list[list[Function]]:
    return [functions[i : i + DESCRIBED] for i in range(0, len(functions), DESCRIBED)]


def _description(function: Function) -> str:
    arguments = ", _\n        ".join(_quoted(p.help_text) for p in function.parameters)
    name, summary = _quoted(function.name.lower()), _quoted(function.summary)
    return f"    Describe {name}, {summary}, Array( _\n        {arguments})\n"


def _quoted(text: str) -> str:
    """Write text as a VBA string, cut to the length that Excel accepts."""
    return '"' + text[:255].replace('"', '""') + '"'


def _has_pywin32() -> bool:
    with suppress(ImportError):
        return bool(importlib.import_module("pythoncom"))
    return False


@contextmanager
def _generator() -> Iterator[Any]:
    """Import xlwings' generator, and remove it again where pywin32 is missing."""
    import xlwings

    if _has_pywin32():
        yield importlib.import_module("xlwings.udfs")
        return
    for name in _PYWIN32:
        sys.modules[name] = ModuleType(name)
    # The import looks these up; nothing here calls them.
    vars(sys.modules["pythoncom"])["CoInitialize"] = None
    vars(sys.modules["win32com.client"])["Dispatch"] = None
    try:
        yield importlib.import_module("xlwings.udfs")
    finally:
        for name in (*_PYWIN32, "xlwings.udfs"):
            sys.modules.pop(name, None)
        vars(xlwings).pop("udfs", None)
