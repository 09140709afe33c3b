"""A workbook's file without its formulas, and without what only they or its code need.

Everything else stays: in the sheets, only what belongs to a formula is cut out of the text.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection
from itertools import pairwise
from xml.etree.ElementTree import Element

from model.errors import InputError
from workbook.package.archive import parsed, written
from workbook.package.formulas import tokens
from workbook.package.package import Package

TYPES = "[Content_Types].xml"
_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
#: Kinds of relationships: to code and what calls it, to the order in which formulas are calculated,
#: and to a signature, which is of the file as it was.
_CODE = (
    *("vbaProject", "extensibility", "userCustomization", "attachedToolbars"),
    *("webextensiontaskpanes", "calcChain", "origin"),
)
#: What a copy lacks that was made to be sent out.
_NONE = (
    "has no formulas, only values, as `offtake values` writes them; use the workbook that the "
    "values are from"
)
_CELL = re.compile(
    rb"<!--.*?(?:-->|\Z)"
    rb"|<(?P<name>(?:[\w.-]+:)?c)(?P<attributes>(?=[\s/>])(?:[^<>\"']|\"[^<\"]*\"|'[^<']*')*?)"
    rb"(?:/>|>(?P<inside>.*?)(?:</(?P=name)\s*>|\Z))",
    re.DOTALL,
)
_FORMULA = re.compile(
    rb"<(?P<name>(?:[\w.-]+:)?f)(?=[\s/>])(?:[^<>\"']|\"[^<\"]*\"|'[^<']*')*?"
    rb"(?:/>|>.*?(?:</(?P=name)\s*>|\Z))",
    re.DOTALL,
)
#: The number of a cell's metadata, and its type.
_METADATA = re.compile(rb"""\scm\s*=\s*("[^"]*"|'[^']*')""")
_TYPE = re.compile(rb"""\st\s*=\s*("[^"]*"|'[^']*')""")
_HAS_METADATA = re.compile(rb"""<(?:[\w.-]+:)?c\s(?:[^<>]*\s)?(?:cm|vm)\s*=""")
#: A reference to another file, by its number, in a formula that is not in a cell.
_ELSEWHERE = re.compile(rb"<(?:[\w.-]+:)?(?:f|formula[12]?|definedName)(?:\s[^<>]*)?>[^<]*\[\d+\]")
_DATA = re.compile(rb"<((?:[\w.-]+:)?sheetData)[\s>].*</\1\s*>", re.DOTALL)


def check_formulas(package: Package) -> None:
    """Refuse a workbook without formulas."""
    if not any(package.formulas.values()):
        raise InputError("workbook", _NONE)


def without_formulas(package: Package, apart: Collection[str]) -> dict[str, bytes]:
    """Return the parts of a workbook of values, without some of its sheets.

    Parameters
    ----------
    package : Package
        An .xlsx or .xlsm file.
    apart : collection of str
        The titles of the sheets that are left out, with the names that refer to them.

    Returns
    -------
    dict
        The parts of an .xlsx file. Code, web extensions, the order of calculation, and links to
        other files that nothing refers to any more are left out.
    """
    made = Package(dict(package.current()))
    for sheet in made.sheets.values():
        made.parts[sheet.part] = _DATA.sub(_of_values, made.parts[sheet.part])
    for part in [part for part in made.parts if part.startswith("xl/tables/")]:
        _without_columns_formulas(made.edited(part))
    _without_sheets(made, apart)
    parts = made.current()
    gone = [*_CODE]
    if not any(map(_HAS_METADATA.search, _sheets(parts))):
        gone.append("sheetMetadata")
    if not any(map(_ELSEWHERE.search, _outside_cells(parts))):
        gone.append("externalLink")
        made.edited(_WORKBOOK)
        _remove(made.tree(_WORKBOOK), "externalReferences")
    for part in (_RELATIONS, "_rels/.rels"):
        for relation in [*made.edited(part)]:
            if relation.get("Type", "").rpartition("/")[2] in gone:
                made.tree(part).remove(relation)
    return _connected(made.current())


def _of_values(data: re.Match[bytes]) -> bytes:
    return _CELL.sub(_value, data[0])


def _value(cell: re.Match[bytes]) -> bytes:
    """Write a cell without its formula; one that has no value has no type either."""
    inside = cell["inside"] or b""  # Nothing, too, if it is a comment.
    if (held := _FORMULA.sub(b"", inside)) == inside:
        return cell[0]
    attributes = _METADATA.sub(b"", cell["attributes"])
    if not held.strip():
        attributes = _TYPE.sub(b"", attributes)
        return b"<%b%b/>" % (cell["name"], attributes.rstrip())
    return b"<%b%b>%b</%b>" % (cell["name"], attributes, held, cell["name"])


def _without_columns_formulas(table: Element) -> None:
    """Take the formulas out of a table's columns, with which new rows would be filled."""
    for column in table.iterfind("tableColumns/tableColumn"):
        column.attrib.pop("totalsRowFunction", None)
        for name in ("calculatedColumnFormula", "totalsRowFormula"):
            _remove(column, name)


def _remove(element: Element, name: str) -> None:
    for child in element.findall(name):
        element.remove(child)


def _without_sheets(package: Package, apart: Collection[str]) -> None:
    """Take sheets out of a workbook, with the names that are theirs or refer to them."""
    workbook = package.edited(_WORKBOOK)
    sheets = workbook.find("sheets")
    relations = package.edited(_RELATIONS)
    assert sheets is not None
    before = [*sheets]
    by_id = {relation.get("Id"): relation for relation in relations}
    for sheet in before:
        relation = by_id[sheet.get("r:id")]
        # A sheet of macros is code.
        if sheet.get("name") in apart or relation.get("Type", "").endswith("Macrosheet"):
            sheets.remove(sheet)
            relations.remove(relation)
    after = {str(before.index(sheet)): str(i) for i, sheet in enumerate(sheets)}
    names = workbook.find("definedNames")
    for name in [*names] if names is not None else ():
        own = name.get("localSheetId")
        if own is not None and own in after:
            name.set("localSheetId", after[own])
        lost = own is not None and own not in after
        if names is not None and (lost or _refers(name.text or "", apart)):
            names.remove(name)
    if names is not None and not len(names):
        workbook.remove(names)
    for view in workbook.iterfind("bookViews/workbookView"):
        for tab in ("activeTab", "firstSheet"):
            if tab in view.attrib:
                view.set(tab, after.get(view.attrib[tab], "0"))


def _refers(formula: str, apart: Collection[str]) -> bool:
    found = tokens(formula)
    return any(token.strip("'") in apart for token, after in pairwise(found) if after == "!")


def _sheets(parts: dict[str, bytes]) -> list[bytes]:
    return [part for name, part in parts.items() if name.startswith("xl/worksheets/sheet")]


def _outside_cells(parts: dict[str, bytes]) -> list[bytes]:
    """Return the parts that may hold formulas, without cells."""
    found = [part for name, part in parts.items() if name.startswith(("xl/charts/", _WORKBOOK))]
    return found + [_DATA.sub(b"", sheet) for sheet in _sheets(parts)]


def _connected(parts: dict[str, bytes]) -> dict[str, bytes]:
    """Return the parts to which relationships lead, with the types of these alone."""
    reached = {TYPES, "_rels/.rels"}
    ahead = [""]
    while ahead:
        folder, name = posixpath.split(ahead.pop())
        held = posixpath.join(folder, "_rels", f"{name}.rels")
        if held not in parts:
            continue
        reached.add(held)
        for relation in parsed(parts[held]):
            target = posixpath.join("/", folder, relation.get("Target", ""))
            part = posixpath.normpath(target).lstrip("/")
            if relation.get("TargetMode") != "External" and part not in reached:
                reached.add(part)
                ahead.append(part)
    types = parsed(parts[TYPES])
    endings = {part.rpartition(".")[2].lower() for part in reached} | {"xml"}
    for each in [*types]:
        part = each.get("PartName", "").lstrip("/")
        if part == _WORKBOOK:
            each.set("ContentType", _MAIN)
        elif (part and part not in reached) or (
            not part and each.get("Extension", "").lower() not in endings
        ):
            types.remove(each)
    kept = {name: part for name, part in parts.items() if name in reached}
    return kept | {TYPES: written(types)}
