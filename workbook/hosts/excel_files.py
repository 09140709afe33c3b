"""Files for Excel on Windows that carry a VBA project: a workbook, and an add-in.

"Import Functions" writes VBA into the file that it works on, and only a file with a VBA project
can keep it. Both files here start from a project that xlwings ships. The workbook has a copy byte
for byte: its imported functions need the reference to xlwings' add-in that is in it. The add-in's
is written by `workbook.hosts.excel_project`.

A project has a module for the workbook and for each of the sheets it was written with. Excel pairs
these with the sheets of a file by code names, so every module must find its sheet; for a sheet
without a code name Excel makes a module when it opens the file.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.resources import files
from xml.etree.ElementTree import Element, SubElement

from workbook.archive import entries, parsed, sheet_parts, written, zipped
from workbook.configuration import CALCULATED_BY, SETTINGS, SHEET
from workbook.hosts import excel_project

#: The sheet that configures the add-in, as xlwings ships it and as its VBA looks for it: the
#: add-in's project is called "myaddin", and the leading underscore hides the sheet from it.
INACTIVE_SETTINGS, ADDIN_SETTINGS = "_myaddin.conf", "myaddin.conf"

PROJECT_PART = "xl/vbaProject.bin"
_PROJECT_TYPE = "application/vnd.ms-office.vbaProject"
_PROJECT_RELATION = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
_MACRO_WORKBOOK = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"


def macro_workbook(package: bytes) -> bytes:
    """Make a macro workbook of a finished workbook.

    Parameters
    ----------
    package : bytes
        An .xlsx file, as `workbook.template.build` gives it.

    Returns
    -------
    bytes
        An .xlsm file with the VBA project of xlwings' own quick-start workbook, which has no
        more than a reference to the xlwings add-in and a sample. Formulas and their cached
        values are those of the package.

    Raises
    ------
    ValueError
        If the package holds a VBA project already, or lacks the sheet that configures xlwings.
    """
    parts = dict(entries(package))
    if PROJECT_PART in parts:
        raise ValueError("the workbook has a VBA project already")
    sheets = sheet_parts(parts)
    if SHEET not in sheets:
        raise ValueError(f"the workbook has no sheet {SHEET}")
    base = shipped("quickstart.xlsm")
    parts[PROJECT_PART] = base[PROJECT_PART]
    _announce(parts)

    workbook = parsed(parts["xl/workbook.xml"])
    _child(workbook, "workbookPr").set("codeName", _code_names(base)[0])
    parts["xl/workbook.xml"] = written(workbook)
    # The base has two sheets, so two of ours answer to its modules: the first, and the settings.
    paired = [next(iter(sheets)), SHEET]
    for name, code_name in zip(paired, _code_names(base)[1:], strict=True):
        sheet = parsed(parts[sheets[name]])
        _child(sheet, "sheetPr").set("codeName", code_name)
        if name == SHEET:
            _configure(sheet, SETTINGS)
        parts[sheets[name]] = written(sheet)
    return zipped(parts)


def addin(python: str | None = None) -> bytes:
    """Make the add-in, whose functions every open workbook can call.

    It is the custom add-in that xlwings ships, with its sheet of settings filled in and with VBA
    that mends links to the add-in. The one that `xlwings addin install` installs would not do: it
    imports into workbooks only.

    Parameters
    ----------
    python : str, optional
        The Python that answers the calls of cells; left out, the one that runs this on Windows,
        and elsewhere none, so that Excel starts the ``pythonw`` that it finds.

    Returns
    -------
    bytes
        An .xlam file, the same for the same Python and version of xlwings.
    """
    parts = shipped("quickstart_addin.xlam")
    python = python or (sys.executable if sys.platform == "win32" else None)
    part = sheet_parts(parts)[INACTIVE_SETTINGS]
    sheet = parsed(parts[part])
    _configure(sheet, SETTINGS | ({"Interpreter_Win": python} if python else {}))
    parts[part] = written(sheet)

    workbook = parsed(parts["xl/workbook.xml"])
    for entry in workbook.iterfind("sheets/sheet"):
        if entry.get("name") == INACTIVE_SETTINGS:
            entry.set("name", ADDIN_SETTINGS)
    # A resolution of images that the schema does not know, and the folder of the one who saved it.
    for unwanted in (*workbook.findall("extLst"), *workbook.findall("mc:AlternateContent")):
        workbook.remove(unwanted)
    _child(workbook, "calcPr").attrib = {"calcId": str(CALCULATED_BY)}
    parts["xl/workbook.xml"] = written(workbook)
    parts[PROJECT_PART] = excel_project.of_addin(parts[PROJECT_PART])
    return zipped(parts)


def shipped(name: str) -> dict[str, bytes]:
    """Read the parts of a file that the installed xlwings ships.

    Parameters
    ----------
    name : str
        Its name in the package `xlwings`, such as ``quickstart.xlsm``.

    Returns
    -------
    dict
        Name -> content of every part.
    """
    return dict(entries(shipped_file(name)))


def shipped_file(name: str) -> bytes:
    """Read a file of the installed xlwings, byte for byte."""
    return files("xlwings").joinpath(name).read_bytes()


def _code_names(parts: Mapping[str, bytes]) -> list[str]:
    """Read the code names of a file that Excel wrote: the workbook's, then each sheet's."""
    found = [parsed(parts["xl/workbook.xml"]).find("workbookPr")]
    found += [parsed(parts[part]).find("sheetPr") for part in sheet_parts(dict(parts)).values()]
    return [properties.attrib["codeName"] for properties in found if properties is not None]


def _announce(parts: dict[str, bytes]) -> None:
    """Make the package a macro workbook's, with a VBA project among its parts."""
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


def _child(parent: Element, tag: str) -> Element:
    """Return a child that the schema puts first, made if it is not there."""
    found = parent.find(tag)
    if found is None:
        found = Element(tag)
        parent.insert(0, found)
    return found


def _configure(sheet: Element, settings: Mapping[str, str]) -> None:
    """Fill a sheet with settings, names in column A: xlwings reads down to the first blank."""
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
