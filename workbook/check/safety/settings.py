"""The settings of xlwings in a workbook: which Python they start, and what it imports.

xlwings' VBA (`GetConfig` in its module Config) reads them from the sheet `xlwings.conf` of the
active workbook, of whatever spelling and whether hidden or not, before any file of settings: the
names in column A, in capitals or not, the values in column B. It writes values into a command line
and into Python code (`XLPyCommand` in its module Main), so that any setting may run something: the
path of Python, a license key as much as a folder. So all are findings that Offtake does not write.
A sheet whose name ends with `.py` is Python code for xlwings.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from workbook.check.findings import Finding, PartFinding
from workbook.check.safety.addresses import path_fault, python_fault
from workbook.check.safety.relations import PROJECT
from workbook.configuration import SETTINGS, SHEET, UDF_MODULE
from workbook.package.cells import Place
from workbook.package.package import Package, Sheet

#: The sheet with settings, also with the mark by which xlwings' samples switch it off.
SHEETS = (SHEET, f"_{SHEET}")
#: Settings with folders, separated by semicolons, whatever else they are called.
_PATHS = ("PYTHONPATH", "CONDA", "ONEDRIVE", "SHAREPOINT", "TEMP DIR", "CLI_PATH")
_INTERPRETER = "INTERPRETER"
_MODULES, _FOLDER = (name.upper() for name in SETTINGS)

LACKING = (
    f"{_FOLDER} is not set to {SETTINGS[_FOLDER]}, so that Python imports "
    "modules from the folders of open workbooks"
)
CAUSE = "settings of xlwings that are not Offtake's"


def examined(package: Package) -> Iterator[tuple[Finding | PartFinding, bool]]:
    """Find settings that Offtake does not write, and whether each is worth a note alone."""
    has_project = PROJECT.casefold() in map(str.casefold, package.parts)
    if has_project and SHEET not in map(str.casefold, package.sheets):
        text = (
            f"has no sheet {SHEET} next to it, so that xlwings takes its settings from the file "
            f"{SHEET} in the workbook's folder"
        )
        yield PartFinding(PROJECT, text, CAUSE), False
    for title, sheet in package.sheets.items():
        folded = title.strip().casefold()
        if folded in SHEETS:
            for at, text, is_note in _of_sheet(sheet):
                yield Finding(title, at, text, CAUSE), is_note
            if folded == SHEET and not _has_folder(sheet):
                yield Finding(title, (1, 1), LACKING, CAUSE), False
        elif folded.endswith(".py"):
            text = "the sheet's name ends with .py, so that xlwings may run it as Python code"
            yield Finding(title, (1, 1), text, CAUSE), False


def _of_sheet(sheet: Sheet) -> Iterator[tuple[Place, str, bool]]:
    for row in sorted({row for row, column in sheet.places if column <= 2}):
        name, value = (_text(sheet, (row, column)) for column in (1, 2))
        for column in (1, 2):
            if formula := sheet.formulas.get((row, column)):
                yield (row, column), f"holds the formula ={formula.text}, not a setting", False
        if name or value:
            for text, is_note in _of_setting(name, value):
                yield (row, 2), text, is_note


def _text(sheet: Sheet, at: Place) -> str:
    value = sheet.value(at)
    return "" if value is None else str(value).strip()


def _has_folder(sheet: Sheet) -> bool:
    """Tell whether a sheet that has settings sets what keeps folders off Python's path."""
    names = {_text(sheet, at).upper() for at in sheet.places if at[1] == 1}
    return _FOLDER in names or not names - {""}


def _of_setting(name: str, value: str) -> Iterator[tuple[str, bool]]:
    """Say what is wrong with a setting, and whether that is a note alone."""
    known = name.upper()
    if known == _MODULES:
        others = [m for m in value.split(";") if m.strip() and m.strip() != UDF_MODULE]
        if others:
            yield f"Excel imports {', '.join(others)}, which is not Offtake's", False
    elif known == _FOLDER:
        if value.casefold() != SETTINGS[_FOLDER].casefold():
            yield f"{name} is {value!r}, and {SETTINGS[_FOLDER]} belongs there", False
    elif not value:
        return  # As if it were not there.
    elif known.startswith(_INTERPRETER):
        if fault := python_fault(value):
            yield f"{name} is {value!r}, which {fault}", False
        elif value != _here():
            yield f"Excel starts {value}; make sure that it is your own Python", True
    else:
        folders = value.split(";") if known.startswith(_PATHS) else []
        faults = (f"; {each} {path_fault(each)}" for each in folders if each and path_fault(each))
        why = next(faults, "")
        yield f"{name} is {value!r}, a setting that Offtake does not write{why}", False


def _here() -> str | None:
    """Return the Python that a workbook which is built here names."""
    return sys.executable if sys.platform == "win32" else None
