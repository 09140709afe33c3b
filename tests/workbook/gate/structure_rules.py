"""What Excel repairs or drops when it opens a file whose parts contradict one another."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from gate.opened import Opened
from gate.ranges import corners, overlap
from gate.rule import Fault, Parts, Rule, edit, edit_sheet
from workbook.package.archive import twice
from workbook.package.cells import address, place


def _twice(file: Opened) -> Iterator[str]:
    for name in twice(name.casefold() for name, _ in file.entries):
        yield f"{name} is in the file twice"


def _order(file: Opened) -> Iterator[str]:
    for title, sheet in file.sheets.items():
        last_row = 0
        for row in sheet.iterfind("sheetData/row"):
            number = int(row.attrib["r"])
            if number <= last_row:
                yield f"{title}!row {number} stands after row {last_row}"
            last_row, last_column = number, 0
            for cell in row:
                at = place(cell.attrib["r"])
                if at[0] != number:
                    yield f"{title}!{cell.attrib['r']} stands in row {number}"
                if at[1] <= last_column:
                    yield f"{title}!{cell.attrib['r']} stands after {address(number, last_column)}"
                last_column = at[1]


def _indices(file: Opened) -> Iterator[str]:
    count = _counts(file)
    for title, sheet in file.sheets.items():
        for element in sheet.iter():
            where = f"{title}!{element.get('r') or element.tag}"
            for attribute, kind in (
                ("s" if element.tag in ("c", "row") else "style", "style"),
                ("dxfId", "dxfId"),
                ("cm", "cm"),
                ("vm", "vm"),
            ):
                index = element.get(attribute)
                # Metadata are counted from 1, and 0 means none.
                first = 1 if kind in ("cm", "vm") else 0
                if index is not None and not int(index) < first + count[kind]:
                    yield f"{where} has the {kind} {index} of {count[kind]}"


def _counts(file: Opened) -> dict[str, int]:
    """Count what the attributes of a sheet may refer to."""
    styles = file.tree("xl/styles.xml")
    held = "xl/metadata.xml" in file.parts
    metadata = file.tree("xl/metadata.xml") if held else Element("metadata")
    return {
        "style": len(styles.findall("cellXfs/xf")),
        "dxfId": len(styles.findall("dxfs/dxf")),
        "cm": len(metadata.findall("cellMetadata/bk")),
        "vm": len(metadata.findall("valueMetadata/bk")),
    }


def _values(file: Opened) -> Iterator[str]:
    for title, of_sheet in file.formulas.items():
        arrays = {at: corners(f.ref) for at, f in of_sheet.items() if f.ref and _is_range(f.ref)}
        for at, formula in of_sheet.items():
            where = f"{title}!{address(*at)}"
            if formula.value is None:
                yield f"{where} has no cached value"
            if formula.ref and at not in arrays:
                yield f"{where} is an array formula for {formula.ref}, which is no range"
            elif at in arrays and arrays[at][0] != at:
                yield f"{where} is an array formula for {formula.ref}, which begins elsewhere"
        for at, area in arrays.items():
            for other in of_sheet:
                if other == at or (other in arrays and other < at):
                    continue
                if overlap(area, arrays.get(other, (other, other))):
                    first, second = sorted((at, other))
                    yield f"{title}!{address(*first)} and {address(*second)} fill the same cells"
        for cell in file.sheets[title].iterfind("sheetData/row/c"):
            f = cell.find("f")
            if f is not None and f.get("t") == "array" and f.get("ref") is None:
                yield f"{title}!{cell.attrib['r']} is an array formula without a range"


def _is_range(ref: str) -> bool:
    try:
        corners(ref)
    except ValueError:
        return False
    return True


def _row(number: str, at: str) -> Fault:
    def add(sheet: Element) -> None:
        row = SubElement(next(sheet.iter("sheetData")), "row", r=number)
        SubElement(row, "c", r=at)

    return edit_sheet(add)


def _high(attribute: str) -> Fault:
    def set_on_first_cell(parts: Parts) -> None:
        part = next(p for p in parts if p.startswith("xl/worksheets/sheet") and b"<c r" in parts[p])
        edit(part, lambda root: next(root.iter("c")).set(attribute, "99999"))(parts)

    return set_on_first_cell


def _uncached(sheet: Element) -> None:
    row = SubElement(next(sheet.iter("sheetData")), "row", r="9200")
    SubElement(SubElement(row, "c", r="A9200"), "f").text = "1+1"


def _unranged(sheet: Element) -> None:
    row = SubElement(next(sheet.iter("sheetData")), "row", r="9200")
    cell = SubElement(row, "c", r="A9200")
    SubElement(cell, "f", t="array").text = "1+1"
    SubElement(cell, "v").text = "2"


def _again(parts: Parts) -> None:
    parts["xl/Styles.xml"] = parts["xl/styles.xml"]


RULES = (
    Rule(
        "no part is there twice",
        "ECMA-376 part 2, 9.1.1: names of parts are equal whatever their case",
        _twice,
        {"in other letters": _again},
    ),
    Rule(
        "rows and cells stand in their order",
        "Excel offers to repair a file whose rows or cells are out of order",
        _order,
        {"a row too late": _row("1", "A1"), "a cell in another row": _row("9200", "A9201")},
    ),
    Rule(
        "every style, conditional format and metadata of a cell is there",
        "ECMA-376 part 1, 18.3.1.4 and 18.3.1.10",
        _indices,
        {"a style": _high("s"), "metadata": _high("cm"), "metadata of the value": _high("vm")},
    ),
    Rule(
        "every formula has its value, and every array a range of its own",
        "ECMA-376 part 1, 18.3.1.40; Protected View and previewers show the value in the file",
        _values,
        {"no value": edit_sheet(_uncached), "no range": edit_sheet(_unranged)},
    ),
)
