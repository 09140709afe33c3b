"""What Excel does with the workbook's own part: how it calculates, its sheets and their order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element, SubElement

from gate.opened import Opened
from gate.rule import Fault, Parts, Rule, edit, edit_sheet
from workbook import configuration

#: What files say that Excel 365 saved in 2025 and 2026.
CALCULATION_ID = 191029
#: How a workbook of ours is calculated: the settings that Excel has by default.
_SETTINGS = {
    "workbookPr": {"date1904": "0"},
    "calcPr": {
        "calcMode": "auto",
        "refMode": "A1",
        "fullCalcOnLoad": "0",
        "forceFullCalc": "0",
        "iterate": "0",
        "fullPrecision": "1",
        "calcCompleted": "1",
    },
}
_TRUTH = {"false": "0", "true": "1"}
#: The order of what stands in a part, as its schema has it.
_ORDER = {
    "workbook": re.findall(
        r"\S+",
        """
        fileVersion fileSharing workbookPr workbookProtection bookViews sheets functionGroups
        externalReferences definedNames calcPr oleSize customWorkbookViews pivotCaches smartTagPr
        smartTagTypes webPublishing fileRecoveryPr webPublishObjects
        """,
    ),
    "worksheet": re.findall(
        r"\S+",
        """
        sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection
        protectedRanges scenarios autoFilter sortState dataConsolidate customSheetViews mergeCells
        phoneticPr conditionalFormatting dataValidations hyperlinks printOptions pageMargins
        pageSetup headerFooter rowBreaks colBreaks customProperties cellWatches ignoredErrors
        smartTags drawing legacyDrawing legacyDrawingHF drawingHF picture oleObjects controls
        webPublishItems tableParts
        """,
    ),
}
#: What may stand there more than once.
_SEVERAL = {"conditionalFormatting", "fileRecoveryPr"}


def _calculation(file: Opened) -> Iterator[str]:
    found = file.workbook.find("calcPr")
    if found is None or int(found.get("calcId", "0")) < CALCULATION_ID:
        yield f"calcId is below {CALCULATION_ID}, so that Excel calculates everything at opening"
    for tag, settings in _SETTINGS.items():
        for element in file.workbook.iterfind(tag):
            for setting, usual in settings.items():
                held = element.get(setting, usual)
                if _TRUTH.get(held, held) != usual:
                    yield f"{setting} of the workbook is {held}, not {usual}"


def _sheets(file: Opened) -> Iterator[str]:
    for title, count in Counter(title.casefold() for title in file.titles).items():
        if count > 1:
            yield f"the sheet {title} is there twice"
    for title in file.titles:
        if not 1 <= len(title) <= 31 or re.search(r"[\[\]:*?/\\]|^'|'$", title):
            yield f"the sheet {title!r} has a name that Excel does not take"
    sheets = file.workbook.findall("sheets/sheet")
    for number, count in Counter(sheet.get("sheetId") for sheet in sheets).items():
        if count > 1 or number in (None, "0"):
            yield f"{count} sheets have the sheetId {number}"
    if not file.shown:
        yield "no sheet is in view"
    for view in file.workbook.iterfind("bookViews/workbookView"):
        for tab in ("activeTab", "firstSheet"):
            if int(view.get(tab, "0")) >= len(sheets):
                yield f"{tab} is {view.get(tab)}, and there are {len(sheets)} sheets"


def _settings_hidden(file: Opened) -> Iterator[str]:
    sheets = file.workbook.findall("sheets/sheet")
    # One sheet has to be in view, and an add-in, whose window is hidden, has no other.
    for sheet in sheets if len(sheets) > 1 else ():
        if sheet.get("name") == configuration.SHEET and sheet.get("state") != "hidden":
            yield f"{configuration.SHEET} is {sheet.get('state', 'visible')}, not hidden"


def _order(file: Opened) -> Iterator[str]:
    for title, root in {"xl/workbook.xml": file.workbook, **file.sheets}.items():
        order = _ORDER["workbook" if root is file.workbook else "worksheet"]
        last = ""
        for tag in (child.tag for child in root):
            if tag not in order:
                yield f"{title} has {tag}, which nothing here reads"
                continue
            if last and order.index(tag) < order.index(last):
                yield f"{title} has {tag} after {last}"
            if tag == last and tag not in _SEVERAL:
                yield f"{title} has {tag} twice"
            last = tag


def _links(file: Opened) -> Iterator[str]:
    for title, sheet in file.sheets.items():
        for link in sheet.iterfind("hyperlinks/hyperlink"):
            target = link.get("location")
            if target is None:
                continue
            aim = target.rpartition("!")[0].strip("'").replace("''", "'")
            if aim not in file.shown:
                yield f"{title}!{link.get('ref')} leads to {target}, which is no sheet in view"


def _set(tag: str, **attributes: str) -> Fault:
    """Change the last element of a kind in the workbook's part."""
    return edit("xl/workbook.xml", lambda root: list(root.iter(tag))[-1].attrib.update(attributes))


def _link(location: str) -> Callable[[Element], None]:
    def add(sheet: Element) -> None:
        links = SubElement(sheet, "hyperlinks")
        SubElement(links, "hyperlink", ref="A9100", location=location)

    return add


def _no_calculation(root: Element) -> None:
    root.remove(next(root.iter("calcPr")))


def _settings_shown(parts: Parts) -> None:
    def rename(root: Element) -> None:
        if all(s.get("name") != configuration.SHEET for s in root.iter("sheet")):
            list(root.iter("sheet"))[-1].set("name", configuration.SHEET)
        for sheet in root.iter("sheet"):
            sheet.attrib.pop("state", None)

    edit("xl/workbook.xml", rename)(parts)


def _all_hidden(root: Element) -> None:
    for sheet in root.iter("sheet"):
        sheet.set("state", "hidden")


def _same_number(root: Element) -> None:
    for sheet in root.iter("sheet"):
        sheet.set("sheetId", "1")


def _cells_first(sheet: Element) -> None:
    data = next(sheet.iter("sheetData"))
    sheet.remove(data)
    sheet.insert(0, data)


def _extension(kind: str) -> Callable[[Element], None]:
    def add(sheet: Element) -> None:
        SubElement(SubElement(SubElement(sheet, "extLst"), "ext"), kind)

    return add


RULES = (
    Rule(
        "Excel calculates as it does by default, and not everything at opening",
        "Microsoft: Excel recalculation; ECMA-376 part 1, 18.2.2 and 18.2.28; files that Excel 365 "
        "saved in 2025 and 2026 carry 191029",
        _calculation,
        {
            "Excel 2007's number": _set("calcPr", calcId="124519"),
            "a number of an older Excel": _set("calcPr", calcId="171027"),
            "no number": edit("xl/workbook.xml", _no_calculation),
            "a full calculation": _set("calcPr", fullCalcOnLoad="1"),
            "a full calculation each time": _set("calcPr", forceFullCalc="true"),
            "only by hand": _set("calcPr", calcMode="manual"),
            "in circles": _set("calcPr", iterate="1"),
            "as precise as shown": _set("calcPr", fullPrecision="0"),
            "not to the end": _set("calcPr", calcCompleted="0"),
            "rows and columns in numbers": _set("calcPr", refMode="R1C1"),
            "days since 1904": _set("workbookPr", date1904="1"),
        },
    ),
    Rule(
        "every sheet has a name that Excel takes and a number, once, and one is in view",
        "Microsoft: Rename a worksheet; ECMA-376 part 1, 18.2.19 (sheet), 18.2.30 (workbookView)",
        _sheets,
        {
            "32 characters": _set("sheet", name="x" * 32),
            "a colon": _set("sheet", name="a:b"),
            "an apostrophe at the end": _set("sheet", name="Analyst'"),
            "one number for all": edit("xl/workbook.xml", _same_number),
            "all are hidden": edit("xl/workbook.xml", _all_hidden),
            "the one in front is not there": _set("workbookView", activeTab="99"),
        },
    ),
    Rule(
        "the settings are hidden from view, and not from the user",
        "ECMA-376 part 1, 18.18.68: Unhide shows a hidden sheet, and only code a very hidden one",
        _settings_hidden,
        {"visible": _settings_shown},
    ),
    Rule(
        "what stands in a part stands in its order, and nothing else",
        "ECMA-376 part 1, 18.2.27 (CT_Workbook) and 18.3.1.99 (CT_Worksheet); extensions may hold "
        "validations and formats that no other rule sees",
        _order,
        {
            "the cells first": edit_sheet(_cells_first),
            "validations of an extension": edit_sheet(_extension("x14:dataValidations")),
            "formats of an extension": edit_sheet(_extension("x14:conditionalFormattings")),
        },
    ),
    Rule(
        "links lead to sheets in view",
        "Excel says Reference isn't valid for a link to a hidden sheet or one that is not there",
        _links,
        {
            "to a hidden sheet": edit_sheet(_link(f"'{configuration.SHEET}'!A1")),
            "to no sheet": edit_sheet(_link("'Nowhere'!A1")),
        },
    ),
)
