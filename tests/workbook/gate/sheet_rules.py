"""What Excel does with the cells of a sheet: their order, arrays, formats, merged ones."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element, SubElement

import formualizer

from gate.opened import Opened
from gate.ranges import LAST_ROW, corners, fault, faults, holds, legal, overlap, size
from gate.rule import Fault, Parts, Rule, edit_sheet, formula, set_first
from workbook.hosts import headless
from workbook.package.archive import parsed, sheet_parts, written, zipped
from workbook.package.cells import address, place

#: Points of a row, characters of a column.
HEIGHT, WIDTH = 409.5, 255
#: More cells than any array of ours fills.
MOST_FILLED = 100_000


def _merged(file: Opened) -> Iterator[str]:
    for title, sheet in file.sheets.items():
        found = [m.get("ref", "") for m in sheet.iterfind("mergeCells/mergeCell")]
        yield from (f"{title}: a merge {fault(ref)}" for ref in found if fault(ref))
        for one, other in itertools.combinations(legal(" ".join(found)), 2):
            if overlap(one, other):
                yield f"{title} has merges that overlap at {address(*max(one[0], other[0]))}"


def _spills(file: Opened) -> Iterator[str]:
    """Find what an array would meet where it spills: Excel shows #SPILL! in place of it."""
    for title, of_sheet in file.formulas.items():
        refs = [m.get("ref", "") for m in file.sheets[title].iterfind("mergeCells/mergeCell")]
        merged = legal(" ".join(refs))
        for at, found in of_sheet.items():
            where = f"{title}!{address(*at)}"
            if found.ref and (problem := fault(found.ref)):
                yield f"{where}: an array {problem}"
            elif found.ref:
                area = corners(found.ref)
                for other in of_sheet:
                    if other != at and holds(area, other):
                        yield f"{where} spills over the formula at {address(*other)}"
                if any(overlap(area, block) for block in merged):
                    yield f"{where} spills over merged cells"


def _shapes(file: Opened) -> Iterator[str]:
    """Find arrays that fill other cells than their range, such as those next to it."""
    areas = [(t, a, f.ref) for t, of in file.formulas.items() for a, f in of.items() if f.ref]
    wide = [(t, a, ref) for t, a, ref in areas if fault(ref) or size(corners(ref)) > MOST_FILLED]
    if wide:
        yield from (f"{title}!{address(*at)} fills {ref}" for title, at, ref in wide)
        return
    try:
        headless.evaluate(zipped(file.parts))
    except (
        headless.EvaluationError,
        formualizer.SheetNotFoundError,
        OSError,
        ValueError,
    ) as error:
        for line in str(error).splitlines():
            # What the engine lacks says nothing about Excel.
            if "the engine does not support" not in line:
                yield line


def _dynamic(file: Opened) -> Iterator[str]:
    """Find arrays that are not dynamic: Excel shows them in braces, and they do not spill."""
    for title, of_sheet in file.formulas.items():
        for at, found in of_sheet.items():
            if found.ref and file.cells[title][at].get("cm") != "1":
                yield f"{title}!{address(*at)} is an array of the old kind"


def _conditional(file: Opened) -> Iterator[str]:
    for title, sheet in file.sheets.items():
        for block in sheet.iterfind("conditionalFormatting"):
            where = f"{title}: the conditional format of {block.get('sqref', '')[:40]}"
            yield from (f"{where} {problem}" for problem in faults(block.get("sqref", "")))
            for rule in block.iterfind("cfRule"):
                if int(rule.get("priority", "0")) < 1:
                    yield f"{where} has no priority"
        for priority, count in Counter(r.get("priority") for r in sheet.iter("cfRule")).items():
            if count > 1:
                yield f"{title} has {count} conditional formats of the priority {priority}"


def _sizes(file: Opened) -> Iterator[str]:
    for title, sheet in file.sheets.items():
        for row in sheet.iterfind("sheetData/row"):
            if float(row.get("ht", "0")) > HEIGHT or int(row.get("r", "0")) > LAST_ROW:
                yield f"{title} has a row {row.get('r')} of {row.get('ht')} points"
        for column in sheet.iterfind("cols/col"):
            if float(column.get("width", "0")) > WIDTH:
                yield f"{title} has a column of {column.get('width')} characters"


# Faults ------------------------------------------------------------------------------------------


def _first_array(change: Callable[[Element, Element, str], None]) -> Fault:
    """Disturb the first array of more than one row: its sheet, its cell and its last cell."""

    def inject(parts: Parts) -> None:
        for part in sheet_parts(parts).values():
            root = parsed(parts[part])
            for cell in root.iterfind("sheetData/row/c"):
                f = cell.find("f")
                if f is not None and ":" in f.get("ref", ""):
                    change(root, cell, f.attrib["ref"].partition(":")[2])
                    parts[part] = written(root)
                    return
        raise AssertionError("no array in the file")

    return inject


def _merge(root: Element, _: Element, last: str) -> None:
    row, column = place(last)
    _add_merges(root, f"{last}:{address(row, column + 1)}")


def _add_merges(root: Element, *refs: str) -> None:
    merged = root.find("mergeCells")
    if merged is None:
        merged = Element("mergeCells")
        root.insert(list(root).index(next(root.iter("sheetData"))) + 1, merged)
    for ref in refs:
        SubElement(merged, "mergeCell", ref=ref)


def _merges(*refs: str) -> Fault:
    return edit_sheet(lambda root: _add_merges(root, *refs))


def _no_longer_dynamic(_: Element, cell: Element, __: str) -> None:
    del cell.attrib["cm"]


def _reach(row: int, column: int) -> Callable[[Element, Element, str], None]:
    """Extend an array by these numbers of rows and columns."""

    def change(_: Element, cell: Element, last: str) -> None:
        bottom, right = place(last)
        end = address(bottom + row, right + column)
        next(cell.iter("f")).set("ref", f"{cell.attrib['r']}:{end}")

    return change


def _formula_inside(root: Element, _: Element, last: str) -> None:
    inside = next(c for c in root.iterfind("sheetData/row/c") if c.get("r") == last)
    for child in list(inside):
        inside.remove(child)
    SubElement(inside, "f").text = "1+1"
    SubElement(inside, "v").text = "2"


def _same_priority(sheet: Element) -> None:
    block = SubElement(sheet, "conditionalFormatting", sqref="A9000")
    for _ in range(2):
        SubElement(block, "cfRule", type="expression", priority="99")


RULES = (
    Rule(
        "merged cells are ranges of the sheet, and none overlap",
        "ECMA-376 part 1, 18.3.1.55: Excel repairs a file whose merges overlap",
        _merged,
        {
            "two overlap": _merges("A9000:B9001", "B9001:C9002"),
            "beyond the last cell": _merges("XFD9000:XFE9000"),
            "the wrong way round": _merges("B9000:A9000"),
        },
    ),
    Rule(
        "every array finds the cells empty that it fills",
        "Microsoft: How to correct a #SPILL! error",
        _spills,
        {
            "another formula": _first_array(_formula_inside),
            "merged cells": _first_array(_merge),
            "beyond the last cell": _first_array(_reach(1_048_576, 0)),
        },
    ),
    Rule(
        "every array fills its range, and no cell next to it",
        "Microsoft: How to correct a #SPILL! error; the shape is what the function returns",
        _shapes,
        {
            "a row fewer than the function returns": _first_array(_reach(-1, 0)),
            "a million rows more": _first_array(_reach(1_000_000, 10_000)),
            "a plain formula that returns a table": formula("DCF_DISCOUNT_FACTORS(0.1,2)"),
        },
    ),
    Rule(
        "every array is a dynamic one",
        "files that Excel 365 wrote: cm=1 and xl/metadata.xml with XLDAPR",
        _dynamic,
        {"without its mark": _first_array(_no_longer_dynamic)},
    ),
    Rule(
        "every conditional format is of cells that there are, with a priority of its own",
        "ECMA-376 part 1, 18.3.1.10 and 18.3.1.18",
        _conditional,
        {
            "no priority": set_first("cfRule", "priority", "0"),
            "a priority of two": edit_sheet(_same_priority),
            "cells beyond the last": set_first("conditionalFormatting", "sqref", "A1:XFE5"),
            "the wrong way round": set_first("conditionalFormatting", "sqref", "B5:A1"),
            "with dollar signs": set_first("conditionalFormatting", "sqref", "$A$1:$B$5"),
        },
    ),
    Rule(
        "no row is higher and no column wider than Excel draws",
        "Microsoft: Excel specifications and limits: row height 409 points, column width 255",
        _sizes,
        {"a row": set_first("row", "ht", "410")},
    ),
)
