"""What Excel does with the workbook's own part: calculation, names, sheets, what is printed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element, SubElement

from gate.opened import Opened
from gate.rule import Fault, Parts, Rule, edit, edit_sheet, name
from model.errors import InputError
from workbook import configuration
from workbook.archive import parsed, sheet_parts, written
from workbook.cells import LAST_COLUMN, column_number
from workbook.names import check_name
from workbook.status import STATUS

#: What files say that Excel 365 saved in 2025 and 2026.
CALCULATION_ID = 191029
LAST_ROW = 1_048_576

_ROWS_OR_COLUMNS = re.compile(r"'((?:[^']|'')+)'!(?:\$\d+:\$\d+|\$[A-Z]+:\$[A-Z]+)")
_CELLS = re.compile(r"'((?:[^']|'')+)'!\$[A-Z]+\$\d+(?::\$[A-Z]+\$\d+)?")


def _calculation(file: Opened) -> Iterator[str]:
    found = file.workbook.find("calcPr")
    if found is None or int(found.get("calcId", "0")) < CALCULATION_ID:
        yield f"calcId is below {CALCULATION_ID}, so that Excel calculates everything at opening"
    elif found.get("fullCalcOnLoad", "0") not in ("0", "false"):
        yield "fullCalcOnLoad has Excel calculate everything at opening"


def _names(file: Opened) -> Iterator[str]:
    defined = file.workbook.findall("definedNames/definedName")
    # Excel ignores the case of names; the same name may stand once in each sheet's scope.
    scoped = Counter((n.attrib["name"].casefold(), n.get("localSheetId")) for n in defined)
    yield from (f"the name {n} is defined twice" for (n, _), count in scoped.items() if count > 1)
    for element in defined:
        if not element.attrib["name"].startswith("_xlnm."):  # Excel's own, such as the print area.
            try:
                check_name(element.attrib["name"])
            except InputError as error:
                yield f"the {error}"


def _sheets(file: Opened) -> Iterator[str]:
    titles = [sheet.attrib["name"] for sheet in file.workbook.iterfind("sheets/sheet")]
    for title, count in Counter(title.casefold() for title in titles).items():
        if count > 1:
            yield f"the sheet {title} is there twice"
    for title in titles:
        if not 1 <= len(title) <= 31 or re.search(r"[\[\]:*?/\\]|^'|'$", title):
            yield f"the sheet {title!r} has a name that Excel does not take"


def _settings_hidden(file: Opened) -> Iterator[str]:
    sheets = file.workbook.findall("sheets/sheet")
    # One sheet has to be in view, and an add-in, whose window is hidden, has no other.
    for sheet in sheets if len(sheets) > 1 else ():
        if sheet.attrib["name"] == configuration.SHEET and sheet.get("state") != "hidden":
            yield f"{configuration.SHEET} is {sheet.get('state', 'visible')}, not hidden"


def _printed(file: Opened) -> Iterator[str]:
    titles = [sheet.attrib["name"] for sheet in file.workbook.iterfind("sheets/sheet")]
    for element in file.workbook.iterfind("definedNames/definedName"):
        kind, text = element.attrib["name"], element.text or ""
        if kind not in ("_xlnm.Print_Titles", "_xlnm.Print_Area"):
            continue
        title = titles[int(element.get("localSheetId", "0"))]
        pattern = _ROWS_OR_COLUMNS if kind == "_xlnm.Print_Titles" else _CELLS
        for piece in re.split(r",(?=')", text):
            found = pattern.fullmatch(piece)
            if found is None or found[1].replace("''", "'") != title:
                yield f"{kind} of {title} is {text}, not rows, columns or cells of its own sheet"
            elif any(
                int(end) > LAST_ROW if end.isdigit() else column_number(end) > LAST_COLUMN
                for end in re.findall(r"[A-Z]+|[0-9]+", piece.rpartition("!")[2])
            ):
                yield f"{kind} of {title} is {text}, beyond the last cell"


def _links(file: Opened) -> Iterator[str]:
    shown = {
        sheet.attrib["name"]
        for sheet in file.workbook.iterfind("sheets/sheet")
        if sheet.get("state", "visible") == "visible"
    }
    for title, sheet in file.sheets.items():
        for link in sheet.iterfind("hyperlinks/hyperlink"):
            target = link.get("location")
            if target is None:
                continue
            aim = target.rpartition("!")[0].strip("'").replace("''", "'")
            if aim not in shown:
                yield f"{title}!{link.attrib['ref']} leads to {target}, which is no sheet in view"


def _status(file: Opened) -> Iterator[str]:
    for title, of_sheet in file.formulas.items():
        line = of_sheet.get(STATUS)
        if line is not None and not str(line.value).startswith("Values as built on "):
            yield f"{title}!A3 holds {line.value!r} where nothing has calculated it"


def _calc_pr(**attributes: str) -> Fault:
    return edit("xl/workbook.xml", lambda root: next(root.iter("calcPr")).attrib.update(attributes))


def _titles(text: str, kind: str = "_xlnm.Print_Titles") -> Fault:
    def add(root: Element) -> None:
        name = Element("definedName", {"name": kind, "localSheetId": "0"})
        name.text = text
        next(root.iter("definedNames")).append(name)

    return edit("xl/workbook.xml", add)


def _sheet(**attributes: str) -> Fault:
    return edit(
        "xl/workbook.xml", lambda root: list(root.iter("sheet"))[-1].attrib.update(attributes)
    )


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


def _green(parts: Parts) -> None:
    for part in sheet_parts(parts).values():
        root = parsed(parts[part])
        row = next((r for r in root.iter("row") if r.get("r") == "3"), None)
        if row is None:
            continue
        for cell in [c for c in row if c.get("r") == "A3"]:
            row.remove(cell)
        cell = Element("c", r="A3", t="str")
        formula, value = Element("f"), Element("v")
        formula.text, value.text = '"All 1 checks pass"', "All 1 checks pass"
        cell.extend([formula, value])
        row.insert(0, cell)
        parts[part] = written(root)
        return


NAMES = Rule(
    "no name is illegal, a cell, a function, one of Excel's own or there twice",
    "Microsoft: Names in formulas; xlwings issue 566 (a range with a function's name); "
    "ECMA-376 part 1, 18.2.5",
    _names,
    {
        "a function of the catalogue": name("Diluted_Shares"),
        "in capitals": name("OPERATING_COSTS"),
        "a function of Excel": name("Forecast"),
        "a newer function of Excel": name("Filter"),
        "a cell in A1": name("FY26"),
        "a cell in R1C1": name("R1C1"),
        "a row in R1C1": name("r"),
        "Excel's own": name("Print_Area"),
        "a space": name("two words"),
        "300 characters": name("n" * 300),
    },
)

RULES = (
    Rule(
        "nothing has Excel calculate all cells at opening",
        "Microsoft: Excel recalculation; ECMA-376 part 1, 18.2.2; files that Excel 365 saved in "
        "2025 and 2026 carry 191029",
        _calculation,
        {
            "Excel 2007's number": _calc_pr(calcId="124519"),
            "a number of an older Excel": _calc_pr(calcId="171027"),
            "no number": edit("xl/workbook.xml", _no_calculation),
            "a full calculation": _calc_pr(fullCalcOnLoad="1"),
        },
    ),
    NAMES,
    Rule(
        "every sheet has a name that Excel takes, once",
        "Microsoft: Rename a worksheet",
        _sheets,
        {
            "32 characters": _sheet(name="x" * 32),
            "a colon": _sheet(name="a:b"),
            "an apostrophe at the end": _sheet(name="Analyst'"),
        },
    ),
    Rule(
        "the settings are hidden from view, and not from the user",
        "ECMA-376 part 1, 18.18.68: Unhide shows a hidden sheet, and only code a very hidden one",
        _settings_hidden,
        {"visible": _settings_shown},
    ),
    Rule(
        "print titles and areas are rows, columns and cells of their own sheet",
        "ECMA-376 part 1, 18.2.5: _xlnm.Print_Titles and _xlnm.Print_Area are local to a sheet",
        _printed,
        {
            "titles of another sheet": _titles("'Elsewhere'!$1:$4"),
            "titles that are cells": _titles("'Inputs'!$A$1:$B$2"),
            "no sheet": _titles("$1:$4"),
            "an error": _titles("#REF!"),
            "an area beyond the last row": _titles("'Inputs'!$A$1:$B$1048577", "_xlnm.Print_Area"),
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
    Rule(
        "the line at the top of every sheet claims nothing that nothing has calculated",
        "a program without the functions shows what the file holds",
        _status,
        {"all checks pass": _green},
    ),
)
