"""Files for Excel on Windows with a VBA project: a workbook, and an add-in.

Both contain the functions, and need only a Python with Offtake. `workbook.hosts.excel_project`
writes their project.

A project has a module for the workbook and for each sheet it was written with. Excel matches these
with the file's sheets by code name, so every module must find its sheet. For a sheet without a code
name Excel creates a module when it opens the file.
"""

from __future__ import annotations

import re
import sys
import zipfile
import zlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from xml.etree.ElementTree import Element, SubElement

from model.errors import InputError
from workbook.configuration import CALCULATED_BY, SETTINGS, SHEET
from workbook.hosts import HostError, excel_project
from workbook.package.archive import entries, parsed, sheet_parts, written, zipped
from workbook.package.package import Package
from workbook.vba.project import Project

#: The workbook whose VBA project we use, and the add-in whose parts we use.
_STANDALONE, _ADDIN = "quickstart_standalone.xlsm", "quickstart_addin.xlam"
#: The settings sheet in the add-in that xlwings ships.
_INACTIVE_SETTINGS = "_myaddin.conf"

PROJECT_PART = "xl/vbaProject.bin"
_PROJECT_TYPE = "application/vnd.ms-office.vbaProject"
_PROJECT_RELATION = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
_MACRO_WORKBOOK = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"

#: The ribbon: a tab with a button that runs the macro in `OfftakeRibbon`.
_RIBBON_PART = "customUI/customUI.xml"
_RIBBON_RELATION = "http://schemas.microsoft.com/office/2006/relationships/ui/extensibility"

#: A Windows path: a drive, a server's folder or a variable, then a program.
_NAME = r'[^\\/:*?"<>|\x00-\x1f]+'
_INTERPRETER = re.compile(
    rf"(?:[A-Z]:|\\\\{_NAME}\\{_NAME}|%\w+%)\\(?:{_NAME}\\)*{_NAME}\.exe", re.IGNORECASE
)


def macro_workbook(file: bytes | Package, python: str | None = None) -> bytes:
    """Turn a finished workbook into a macro workbook.

    Parameters
    ----------
    file : bytes or Package
        An .xlsx file from `workbook.template.build`; if it is open, it stays as it is.
    python : str, optional
        The Python that answers calls from cells. By default the running one on Windows, and none
        elsewhere, so that the user's xlwings settings decide.

    Returns
    -------
    bytes
        An .xlsm file that contains the functions, with the package's formulas and cached values.

    Raises
    ------
    ValueError
        If the package already has a VBA project, or lacks the sheet that configures xlwings.
    HostError
        If the files that xlwings ships cannot be used.
    """
    parts = dict(Package.opened(file).current())
    if PROJECT_PART in parts:
        raise ValueError("the workbook already has a VBA project")
    sheets = sheet_parts(parts)
    if SHEET not in sheets:
        raise ValueError(f"the workbook has no sheet {SHEET}")
    set_to = settings(python)
    base = shipped(_STANDALONE)
    book, first, second = _code_names(base)[:3]
    parts[PROJECT_PART] = excel_project.made(base[PROJECT_PART], ".xlsm", (first, second))
    _announce(parts)

    workbook = parsed(parts["xl/workbook.xml"])
    _child(workbook, "workbookPr").set("codeName", book)
    parts["xl/workbook.xml"] = written(workbook)
    # The base has two sheets, so two of ours match its modules: the first, and the settings.
    for name, code_name in ((next(iter(sheets)), first), (SHEET, second)):
        sheet = parsed(parts[sheets[name]])
        _child(sheet, "sheetPr").set("codeName", code_name)
        if name == SHEET:
            _configure(sheet, set_to)
        parts[sheets[name]] = written(sheet)
    _add_ribbon(parts)
    return zipped(parts)


def modules() -> set[str]:
    """Return the names of the VBA modules that a macro workbook has."""
    return {module.name for module in project().modules}


@cache
def project() -> Project:
    """Return the VBA project that a macro workbook has, as it is written here."""
    base = shipped(_STANDALONE)
    _, first, second = _code_names(base)[:3]
    return excel_project.assembled(base[PROJECT_PART], ".xlsm", (first, second))


def addin(python: str | None = None) -> bytes:
    """Make the add-in, whose functions every open workbook can call.

    Its parts come from the custom add-in that xlwings ships, with the settings sheet filled in. Its
    VBA is the macro workbook's, plus the module that updates links to the add-in.

    Parameters
    ----------
    python : str, optional
        As for `macro_workbook`.

    Returns
    -------
    bytes
        An .xlam file, the same for the same Python and version of xlwings.
    """
    set_to = settings(python)
    parts = shipped(_ADDIN)
    _, *code_names = _code_names(parts)
    part = sheet_parts(parts)[_INACTIVE_SETTINGS]
    sheet = parsed(parts[part])
    _configure(sheet, set_to)
    parts[part] = written(sheet)

    workbook = parsed(parts["xl/workbook.xml"])
    for entry in workbook.iterfind("sheets/sheet"):
        if entry.get("name") == _INACTIVE_SETTINGS:
            entry.attrib.update(name=SHEET)
    # An image resolution that the schema does not allow, and the folder of the file's author.
    for unwanted in (*workbook.findall("extLst"), *workbook.findall("mc:AlternateContent")):
        workbook.remove(unwanted)
    _child(workbook, "calcPr").attrib = {"calcId": str(CALCULATED_BY)}
    parts["xl/workbook.xml"] = written(workbook)
    template = shipped(_STANDALONE)[PROJECT_PART]
    parts[PROJECT_PART] = excel_project.made(template, ".xlam", tuple(code_names))
    _add_ribbon(parts)
    return zipped(parts)


def settings(python: str | None) -> dict[str, str]:
    """Return the contents of the settings sheet, or refuse a path that names no Python."""
    if python is None and sys.platform == "win32":
        python = sys.executable
    if python is None:
        return SETTINGS
    if not _INTERPRETER.fullmatch(python) or len(python) > 259:
        raise InputError(
            "--python",
            r"must be the full path of a python.exe on Windows, such as C:\Python312\python.exe, "
            f"not '{python}'",
        )
    return SETTINGS | {"Interpreter_Win": python}


def shipped(name: str) -> dict[str, bytes]:
    """Read the parts of a file shipped with the installed xlwings.

    Parameters
    ----------
    name : str
        Its name in the package `xlwings`, such as ``quickstart.xlsm``.

    Returns
    -------
    dict
        Name -> content of every part.

    Raises
    ------
    HostError
        If the file is missing or damaged.
    """
    fault = f"it lacks {PROJECT_PART}"
    try:
        parts = dict(entries(shipped_file(name)))
        if PROJECT_PART in parts:
            return parts
    except (OSError, zipfile.BadZipFile, zlib.error) as problem:
        fault = str(problem)
    raise HostError(
        f"xlwings' file {name} is damaged ({fault}): "
        "python -m pip install --force-reinstall --no-deps xlwings."
    )


def shipped_file(name: str) -> bytes:
    """Read a file of the installed xlwings, byte for byte."""
    return files("xlwings").joinpath(name).read_bytes()


def _code_names(parts: Mapping[str, bytes]) -> list[str]:
    """Read the code names of a file that Excel wrote: the workbook's, then each sheet's."""
    found = [parsed(parts["xl/workbook.xml"]).find("workbookPr")]
    found += [parsed(parts[part]).find("sheetPr") for part in sheet_parts(dict(parts)).values()]
    return [properties.attrib["codeName"] for properties in found if properties is not None]


def _announce(parts: dict[str, bytes]) -> None:
    """Declare the package a macro workbook with a VBA project."""
    types = parsed(parts["[Content_Types].xml"])
    for override in types.iterfind("Override"):
        if override.get("PartName") == "/xl/workbook.xml":
            override.set("ContentType", _MACRO_WORKBOOK)
    SubElement(types, "Override", PartName=f"/{PROJECT_PART}", ContentType=_PROJECT_TYPE)
    parts["[Content_Types].xml"] = written(types)
    relations = parsed(parts["xl/_rels/workbook.xml.rels"])
    SubElement(
        relations,
        "Relationship",
        Id="rIdVbaProject",
        Type=_PROJECT_RELATION,
        Target=f"/{PROJECT_PART}",
    )
    parts["xl/_rels/workbook.xml.rels"] = written(relations)


def ribbon() -> bytes:
    """Return the part with the ribbon's tab."""
    return files("workbook.vba").joinpath("ribbon.xml").read_bytes()


def _add_ribbon(parts: dict[str, bytes]) -> None:
    parts[_RIBBON_PART] = ribbon()
    relations = parsed(parts["_rels/.rels"])
    SubElement(
        relations,
        "Relationship",
        Id="rIdRibbon",
        Type=_RIBBON_RELATION,
        Target=f"/{_RIBBON_PART}",
    )
    parts["_rels/.rels"] = written(relations)


def _child(parent: Element, tag: str) -> Element:
    """Return a child that the schema puts first; create it if it is missing."""
    found = parent.find(tag)
    if found is None:
        found = Element(tag)
        parent.insert(0, found)
    return found


def _configure(sheet: Element, settings: Mapping[str, str]) -> None:
    """Fill a sheet with settings, names in column A; xlwings reads until the first blank."""
    dimension = sheet.find("dimension")
    if dimension is not None:
        dimension.set("ref", f"A1:B{len(settings)}")
    rows = next(sheet.iter("sheetData"))
    rows[:] = []
    for number, setting in enumerate(settings.items(), 1):
        row = SubElement(rows, "row", r=str(number))
        for column, text in zip("AB", setting, strict=True):
            cell = SubElement(row, "c", r=f"{column}{number}", t="inlineStr")
            SubElement(SubElement(cell, "is"), "t").text = text
