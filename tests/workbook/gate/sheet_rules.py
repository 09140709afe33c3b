"""What Excel does with the cells of a sheet, and with what is said of them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from gate.opened import Opened, corners, overlap
from gate.rule import Fault, Parts, Rule, edit_sheet, formula
from workbook.archive import parsed, sheet_parts, written, zipped
from workbook.cells import LAST_COLUMN, address, cells, place
from workbook.hosts import headless
from workbook.package import cell_value, present_cells

LAST_ROW = 1_048_576
#: Characters of a cell; of a validation's title, message and list; of a header or footer.
TEXT, LIST, FOOTER = 32_767, 255, 255
SAID = {"promptTitle": 32, "errorTitle": 32, "prompt": 255, "error": 255}
#: Points of a row, characters of a column.
HEIGHT, WIDTH = 409.5, 255


def _types(file: Opened) -> Iterator[str]:
    for title, sheet in file.sheets.items():
        for cell in sheet.iterfind("sheetData/row/c"):
            if "t" in cell.attrib and not len(cell):
                yield f"{title}!{cell.attrib['r']} is empty and has the type {cell.attrib['t']}"


def _numbers(file: Opened) -> Iterator[str]:
    for title, sheet in file.sheets.items():
        for cell in sheet.iterfind("sheetData/row/c"):
            text = cell.findtext("v")
            if text is None or cell.get("t", "n") != "n":
                continue
            try:
                number = float(text)
            except ValueError:
                number = math.nan
            if not math.isfinite(number):
                yield f"{title}!{cell.attrib['r']} holds {text}, which is no number of Excel's"


def _texts(file: Opened) -> Iterator[str]:
    for title, sheet in file.sheets.items():
        for at, cell in present_cells(sheet).items():
            value = cell_value(cell, file.strings)
            if isinstance(value, str) and len(value) > TEXT:
                yield f"{title}!{address(*at)} has {len(value)} characters, and Excel takes {TEXT}"
        for element in sheet.iterfind("headerFooter/*"):
            if len(element.text or "") > FOOTER:
                yield f"{title} has a {element.tag} of {len(element.text or '')} characters"


def _spills(file: Opened) -> Iterator[str]:
    """Find what an array would meet where it spills: Excel shows #SPILL! in place of it."""
    for title, of_sheet in file.formulas.items():
        ranges = {at: corners(f.ref) for at, f in of_sheet.items() if f.ref}
        merged = [
            corners(m.attrib["ref"]) for m in file.sheets[title].iterfind("mergeCells/mergeCell")
        ]
        for at, area in ranges.items():
            where = f"{title}!{address(*at)}"
            for other in of_sheet:
                if other != at and overlap(area, (other, other)):
                    yield f"{where} spills over the formula at {address(*other)}"
            if any(overlap(area, block) for block in merged):
                yield f"{where} spills over merged cells"


def _shapes(file: Opened) -> Iterator[str]:
    """Find arrays that fill other cells than their range, such as those next to it."""
    try:
        headless.evaluate(zipped(file.parts))
    except headless.EvaluationError as error:
        yield from str(error).splitlines()


def _dynamic(file: Opened) -> Iterator[str]:
    """Find arrays that are not dynamic: Excel shows them in braces, and they do not spill."""
    for title, of_sheet in file.formulas.items():
        present = present_cells(file.sheets[title])
        for at, found in of_sheet.items():
            if found.ref and present[at].get("cm") != "1":
                yield f"{title}!{address(*at)} is an array of the old kind"


def _validations(file: Opened) -> Iterator[str]:
    for title, sheet in file.sheets.items():
        for rule in sheet.iterfind("dataValidations/dataValidation"):
            where = f"{title}: the validation of {rule.get('sqref', '')[:40]}"
            said = rule.attrib
            for kind, most in SAID.items():
                if not 1 <= len(said.get(kind, "")) <= most:
                    yield f"{where} has a {kind} of {len(said.get(kind, ''))} characters of {most}"
            if said.get("showErrorMessage") != "1" or said.get("errorStyle", "stop") != "stop":
                yield f"{where} refuses nothing"
            if said.get("showInputMessage") != "1":
                yield f"{where} shows no message"
            first = rule.findtext("formula1") or ""
            if not first or (said.get("type") == "list" and len(first.strip('"')) > LIST):
                yield f"{where} has a list of {len(first)} characters of {LIST}"
            yield from _out_of_sheet(where, said.get("sqref", ""))


def _unguarded(file: Opened) -> Iterator[str]:
    """Find inputs without a validation, or with more than one."""
    for title, sheet in file.sheets.items():
        looks = _input_looks(file)
        inputs = {at for at, cell in present_cells(sheet).items() if cell.get("s", "0") in looks}
        guarded = [
            at
            for rule in sheet.iterfind("dataValidations/dataValidation")
            for ref in rule.get("sqref", "").split()
            for at in cells(ref)
        ]
        for at in sorted(inputs - set(guarded)):
            yield f"{title}!{address(*at)} is an input without a validation"
        if len(guarded) != len(set(guarded)):
            yield f"{title} has cells with two validations"


def _input_looks(file: Opened) -> set[str]:
    styles = file.tree("xl/styles.xml")
    named = {s.attrib["xfId"]: s.attrib["name"] for s in styles.iterfind("cellStyles/cellStyle")}
    return {
        str(i)
        for i, look in enumerate(styles.iterfind("cellXfs/xf"))
        if named.get(look.get("xfId", "0"), "").startswith("input")
    }


def _conditional(file: Opened) -> Iterator[str]:
    for title, sheet in file.sheets.items():
        for block in sheet.iterfind("conditionalFormatting"):
            where = f"{title}: the conditional format of {block.get('sqref', '')[:40]}"
            yield from _out_of_sheet(where, block.get("sqref", ""))
            for rule in block.iterfind("cfRule"):
                if int(rule.get("priority", "0")) < 1:
                    yield f"{where} has no priority"


def _out_of_sheet(where: str, ranges: str) -> Iterator[str]:
    if not ranges:
        yield f"{where} is of no cells"
    for ref in ranges.split():
        try:
            _, (bottom, right) = corners(ref)
        except ValueError:
            yield f"{where} is of {ref}, which is no range"
            continue
        if bottom > LAST_ROW or right > LAST_COLUMN:
            yield f"{where} reaches beyond the last cell"


def _sizes(file: Opened) -> Iterator[str]:
    for title, sheet in file.sheets.items():
        for row in sheet.iterfind("sheetData/row"):
            if float(row.get("ht", "0")) > HEIGHT:
                yield f"{title} has a row {row.attrib['r']} of {row.attrib['ht']} points"
        for column in sheet.iterfind("cols/col"):
            if float(column.get("width", "0")) > WIDTH:
                yield f"{title} has a column of {column.attrib['width']} characters"


# Faults ------------------------------------------------------------------------------------------


def _cell(at: str, **attributes: str) -> Fault:
    def add(sheet: Element) -> None:
        row = SubElement(next(sheet.iter("sheetData")), "row", r=re.sub(r"\D", "", at))
        SubElement(row, "c", {"r": at, **attributes})

    return edit_sheet(add)


def _value(text: str, **attributes: str) -> Fault:
    def add(sheet: Element) -> None:
        row = SubElement(next(sheet.iter("sheetData")), "row", r="9100")
        cell = SubElement(row, "c", {"r": "A9100", **attributes})
        SubElement(cell, "v").text = text

    return edit_sheet(add)


def _first(tag: str, change: str, value: str | None) -> Fault:
    """Change an attribute of the first element of a kind on the first sheet that has one."""

    def inject(parts: Parts) -> None:
        for part in sheet_parts(parts).values():
            root = parsed(parts[part])
            found = next(root.iter(tag), None)
            if found is not None:
                if value is None:
                    found.attrib.pop(change)
                else:
                    found.set(change, value)
                parts[part] = written(root)
                return
        raise AssertionError(f"no {tag} in the file")

    return inject


def _first_array(change: str) -> Fault:
    """Disturb the first array of more than one row."""

    def inject(parts: Parts) -> None:
        for part in sheet_parts(parts).values():
            root = parsed(parts[part])
            for cell in root.iterfind("sheetData/row/c"):
                f = cell.find("f")
                if f is None or ":" not in f.get("ref", ""):
                    continue
                (_, _), (bottom, right) = corners(f.attrib["ref"])
                if change == "merge":
                    merged = root.find("mergeCells")
                    if merged is None:
                        merged = Element("mergeCells")
                        root.insert(list(root).index(next(root.iter("sheetData"))) + 1, merged)
                    SubElement(
                        merged,
                        "mergeCell",
                        ref=f"{address(bottom, right)}:{address(bottom, right + 1)}",
                    )
                elif change == "old":
                    cell.attrib.pop("cm")
                elif change == "shrink":
                    f.set("ref", f"{cell.attrib['r']}:{address(bottom - 1, right)}")
                else:
                    for inside in root.iterfind("sheetData/row/c"):
                        if place(inside.attrib["r"]) == (bottom, right):
                            for child in list(inside):
                                inside.remove(child)
                            SubElement(inside, "f").text = "1+1"
                            SubElement(inside, "v").text = "2"
                parts[part] = written(root)
                return
        raise AssertionError("no array in the file")

    return inject


def _unvalidated(parts: Parts) -> None:
    for part in sheet_parts(parts).values():
        root = parsed(parts[part])
        rules = root.find("dataValidations")
        if rules is not None:
            rules.remove(rules[0])
            parts[part] = written(root)
            return


RULES = (
    Rule(
        "no empty cell has a type",
        "ECMA-376 part 1, 18.3.1.4: t is the type of the value; IronCalc reads such a cell as 0",
        _types,
        {"an empty number": _cell("A9100", t="n"), "an empty text": _cell("A9100", t="s")},
    ),
    Rule(
        "every number is one of Excel's",
        "ECMA-376 part 1, 18.18.11; Microsoft: Excel does not hold infinities or NaN",
        _numbers,
        {"infinity": _value("inf"), "not a number": _value("nan")},
    ),
    Rule(
        "no text is longer than a cell or a footer takes",
        "Microsoft: Excel specifications and limits",
        _texts,
        {"32,768 characters": _value("x" * 32_768, t="str")},
    ),
    Rule(
        "every array finds the cells empty that it fills",
        "Microsoft: How to correct a #SPILL! error",
        _spills,
        {
            "another formula": _first_array("formula"),
            "merged cells": _first_array("merge"),
        },
    ),
    Rule(
        "every array fills its range, and no cell next to it",
        "Microsoft: How to correct a #SPILL! error; the shape is what the function returns",
        _shapes,
        {
            "a row fewer than the function returns": _first_array("shrink"),
            "a plain formula that returns a table": formula("DCF_DISCOUNT_FACTORS(0.1,2)"),
        },
    ),
    Rule(
        "every array is a dynamic one",
        "files that Excel 365 wrote: cm=1 and xl/metadata.xml with XLDAPR",
        _dynamic,
        {"without its mark": _first_array("old")},
    ),
    Rule(
        "every validation refuses what is wrong, with title and message, and says what is right",
        "Microsoft: Excel specifications; ECMA-376 part 1, 18.3.1.32",
        _validations,
        {
            "it lets everything pass": _first("dataValidation", "showErrorMessage", "0"),
            "it only warns": _first("dataValidation", "errorStyle", "warning"),
            "it says nothing": _first("dataValidation", "showInputMessage", "0"),
            "a title of 33 characters": _first("dataValidation", "errorTitle", "x" * 33),
            "a message of 256 characters": _first("dataValidation", "error", "x" * 256),
            "no cells": _first("dataValidation", "sqref", ""),
            "cells beyond the last": _first("dataValidation", "sqref", "A1048577"),
        },
    ),
    Rule(
        "every input has one validation",
        "an entry that nothing refuses is a wrong value that nothing shows",
        _unguarded,
        {"one is missing": _unvalidated},
    ),
    Rule(
        "every conditional format is of cells that there are, and has a priority",
        "ECMA-376 part 1, 18.3.1.10 and 18.3.1.18",
        _conditional,
        {
            "no priority": _first("cfRule", "priority", "0"),
            "cells beyond the last": _first("conditionalFormatting", "sqref", "A1:XFE5"),
        },
    ),
    Rule(
        "no row is higher and no column wider than Excel draws",
        "Microsoft: Excel specifications and limits: row height 409 points, column width 255",
        _sizes,
        {"a row": _first("row", "ht", "410")},
    ),
)
