"""What a user has set of sheets and of the document, in the workbook that is built from it."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from openpyxl import Workbook
from openpyxl.styles.colors import Color
from openpyxl.workbook.protection import WorkbookProtection
from openpyxl.worksheet.protection import SheetProtection

from workbook.package.archive import reading
from workbook.package.cells import Place, address
from workbook.package.package import Package

if TYPE_CHECKING:
    from workbook.edits.carrying import Carrier

_CORE, _WORKBOOK = "docProps/core.xml", "xl/workbook.xml"
#: What a file says of itself as a document.
_PROPERTIES = ("title", "creator", "subject", "keywords", "description", "category")


def put(carrier: Carrier, workbook: Workbook) -> None:
    """Put the order, visibility, colours and protection of sheets, and what the document says.

    The user's own sheets are in the workbook already, with the colour of their tabs.
    """
    there = _order(carrier, workbook)
    stated = carrier.file.tree(_WORKBOOK).iterfind("sheets/sheet")
    states = {sheet.attrib["name"]: sheet.get("state", "visible") for sheet in stated}
    for title, new in there.items():
        sheet: Any = workbook[new]
        with reading(carrier.file.sheets[title].part):
            sheet.sheet_state = states[title]
            sheet.protection = protection(carrier.file, title)
            if title in carrier.corresponding.titles:
                _seen(carrier.file, title, sheet)
                _freeze(carrier, title, sheet)
                if sheet.protection.sheet:
                    _unlock(carrier, title, workbook)
    with reading(_WORKBOOK):
        _structure(carrier.file, workbook)
    _properties(carrier, workbook)


def _order(carrier: Carrier, workbook: Any) -> dict[str, str]:
    """Put the sheets in the order of the file; a new one stays behind the one before it.

    Returns their titles, by those in the file.
    """
    known = {**carrier.corresponding.titles, **carrier.corresponding.own}
    there = {title: known.get(title, title) for title in carrier.file.sheets}
    there = {title: new for title, new in there.items() if new in workbook.sheetnames}
    numbers = {new: number for number, new in enumerate(there.values())}
    front, last, keys = workbook.active, -1, dict[str, int]()
    for title in workbook.sheetnames:
        last = keys[title] = numbers.get(title, last)
    workbook._sheets.sort(key=lambda sheet: keys[sheet.title])
    workbook.active = workbook.index(front)
    return there


def protection(file: Package, title: str) -> SheetProtection:
    """Return how a sheet is protected, with its password as the file has it."""
    for stated in file.around(file.sheets[title].part).iterfind("sheetProtection"):
        made = SheetProtection(**_said(stated, SheetProtection, "password"))
        if (password := stated.get("password")) is not None:
            made.set_password(password, already_hashed=True)
        return made
    return SheetProtection()


def _structure(file: Package, workbook: Workbook) -> None:
    """Protect the order and the titles of sheets, if the file does."""
    for stated in file.tree(_WORKBOOK).iterfind("workbookProtection"):
        made = WorkbookProtection(**_said(stated, WorkbookProtection, "workbookPassword"))
        if (password := stated.get("workbookPassword")) is not None:
            made.set_workbook_password(password, already_hashed=True)
        workbook.security = made


def _said(stated: Element, kind: Any, password: str) -> dict[str, str]:
    """Return the attributes of a protection, but a password that openpyxl would make a hash of."""
    names = set(kind.__attrs__) - {password}
    return {name: value for name, value in stated.items() if name in names}


def _seen(file: Package, title: str, sheet: Any) -> None:
    """Put the colour of a built sheet's tab, and how large it is shown."""
    around = file.around(file.sheets[title].part)
    for colour in around.iterfind("sheetPr/tabColor"):
        sheet.sheet_properties.tabColor = Color(
            rgb=colour.get("rgb"),
            theme=_number(colour.get("theme")),
            indexed=_number(colour.get("indexed")),
            tint=float(colour.get("tint", "0")),
        )
    for view in around.iterfind("sheetViews/sheetView"):
        # Excel takes 10% to 400%.
        sheet.sheet_view.zoomScale = min(max(int(view.get("zoomScale", "100")), 10), 400)


def _freeze(carrier: Carrier, title: str, sheet: Any) -> None:
    """Freeze the rows and columns of a built sheet that a user has frozen instead of ours."""
    at = _frozen(carrier.file, title)
    if at != _frozen(carrier.first, sheet.title):
        to = carrier.corresponding.at(title, at)
        sheet.freeze_panes = address(*to[1]) if to and at != (1, 1) else None


def _frozen(package: Package, title: str) -> Place:
    """Return the first cell that is not frozen."""
    for pane in package.around(package.sheets[title].part).iterfind("sheetViews/sheetView/pane"):
        if pane.get("state", "split").startswith("frozen"):
            return int(float(pane.get("ySplit", "0"))) + 1, int(float(pane.get("xSplit", "0"))) + 1
    return 1, 1


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def _unlock(carrier: Carrier, title: str, workbook: Any) -> None:
    """Let what was typed in a protected sheet be typed there again, and hide what was hidden."""
    for at, cell in carrier.opened[title]._cells.items():
        if cell.protection.locked and not cell.protection.hidden:
            continue
        to = carrier.corresponding.at(title, at)
        target: Any = workbook[to[0]]._cells.get(to[1]) if to else None
        if target is not None:
            target.protection = copy(cell.protection)


def _properties(carrier: Carrier, workbook: Workbook) -> None:
    """Put the title of the document, its author and the like, where they are not as built."""
    said, built = (
        {element.tag.rpartition(":")[2]: element.text or "" for element in package.tree(_CORE)}
        if _CORE in package.parts
        else {}
        for package in (carrier.file, carrier.first)
    )
    for name in _PROPERTIES:
        if said.get(name) and said[name] != built.get(name):
            setattr(workbook.properties, name, said[name])
