"""What openpyxl cannot write: cached values, dynamic arrays and the texts of charts.

Only the parts that must change are written again.
"""

from __future__ import annotations

import math
import re
from xml.etree.ElementTree import Element, SubElement

from workbook.archive import parsed, read, sheet_parts, written, zipped
from workbook.cells import ErrorValue, Formula, Place, Value, Values, address, cells, place
from workbook.package import cell_value, filled, formulas_in, present_cells, shared_strings

METADATA_PART = "xl/metadata.xml"


#: The errors that a file may hold as such; newer ones stand in it as #VALUE!.
_WRITTEN_ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")


#: The order that the schema asks of a font's children.
_FONT_ORDER = re.findall(
    r"\w+",
    "b i strike condense extend outline shadow u vertAlign sz color name family charset scheme",
)


#: The one kind of cell metadata in use: cm="1" marks a dynamic array.
_METADATA = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<metadata xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"\
 xmlns:xda="http://schemas.microsoft.com/office/spreadsheetml/2017/dynamicarray">\
<metadataTypes count="1"><metadataType name="XLDAPR" minSupportedVersion="120000" copy="1"\
 pasteAll="1" pasteValues="1" merge="1" splitFirst="1" rowColShift="1" clearFormats="1"\
 clearComments="1" assign="1" coerce="1" cellMeta="1"/></metadataTypes>\
<futureMetadata name="XLDAPR" count="1"><bk><extLst>\
<ext uri="{bdbb8cdc-fa1e-496e-a857-3c3f30c029c3}">\
<xda:dynamicArrayProperties fDynamic="1" fCollapsed="0"/></ext></extLst></bk></futureMetadata>\
<cellMetadata count="1"><bk><rc t="1" v="0"/></bk></cellMetadata></metadata>
"""


def finish(package: bytes, values: Values) -> bytes:
    """Complete a workbook that openpyxl wrote.

    Array formulas become dynamic arrays, every formula and every cell that an array fills gets
    its cached value, charts get their titles as alternative texts, and the children of fonts are
    put into the order of the schema. All other parts are copied. The same input gives the same
    bytes.

    Parameters
    ----------
    package : bytes
        An .xlsx file.
    values : dict
        Sheet -> (row, column) -> value, as `workbook.hosts.headless.evaluate` gives them.

    Returns
    -------
    bytes
        The finished file.

    Raises
    ------
    ValueError
        For a formula without a value, a value that no cell can hold, a filled cell inside the
        range of an array formula, metadata of another kind, or a part that is there twice.
    """
    parts = read(package)
    strings = shared_strings(parts)
    arrays = False
    for name, part in sheet_parts(parts).items():
        sheet = parsed(parts[part])
        present = present_cells(sheet)
        found = formulas_in(present, strings)
        if found:
            _fill(name, sheet, present, found, strings, values.get(name, {}))
            parts[part] = written(sheet)
        arrays = arrays or any(formula.ref for formula in found.values())
    if arrays:
        _add_metadata(parts)
    _describe_charts(parts)
    _pin_date(parts)
    styles = parsed(parts["xl/styles.xml"])
    for font in styles.iter("font"):
        font[:] = sorted(font, key=lambda child: _FONT_ORDER.index(child.tag))
    parts["xl/styles.xml"] = written(styles)
    return zipped(parts)


def without_fills(package: bytes) -> bytes:
    """Empty the cells that array formulas fill.

    What stands in the range of an array formula is its result and was never typed, also where
    another program has saved it as if it had been, and has dropped the formula's own value.
    """
    parts = read(package)
    strings = shared_strings(parts)
    for part in sheet_parts(parts).values():
        sheet = parsed(parts[part])
        present = present_cells(sheet)
        found = formulas_in(present, strings)
        for at in filled({at: f for at, f in found.items() if f.ref}):
            if at in present:
                _put(present[at], None)
        parts[part] = written(sheet)
    return zipped(parts)


def _fill(
    name: str,
    sheet: Element,
    present: dict[Place, Element],
    found: dict[Place, Formula],
    strings: list[str],
    values: dict[Place, Value],
) -> None:
    """Write the cached values of a sheet, creating the cells that an array fills."""
    for at, formula in found.items():
        if formula.ref is None:
            continue
        present[at].set("cm", "1")
        if formula.value is not None:
            continue  # The file has been finished before, and what the array fills is its own.
        for inside in cells(formula.ref):
            if inside in present and cell_value(present[inside], strings) is not None:
                raise ValueError(
                    f"{name}!{address(*inside)} is not empty, and the array formula at "
                    f"{address(*at)} fills it"
                )
    _create(sheet, [at for at in filled(found) if at not in present])
    present = present_cells(sheet)
    for at in filled(found):
        if at not in values:
            raise ValueError(f"{name}!{address(*at)} has no value")
        try:
            _put(present[at], values[at])
        except ValueError as error:
            raise ValueError(f"{name}!{address(*at)} {error}") from None


def _create(sheet: Element, places: list[Place]) -> None:
    """Create empty cells, every row and cell in its right order."""
    if not places:
        return
    data = next(sheet.iter("sheetData"))
    rows = {int(row.attrib["r"]): row for row in data}
    for row, column in places:
        if row not in rows:
            rows[row] = SubElement(data, "row", {"r": str(row)})
        SubElement(rows[row], "c", {"r": address(row, column)})
    for row in {row for row, _ in places}:
        rows[row][:] = sorted(rows[row], key=lambda cell: place(cell.attrib["r"])[1])
    data[:] = [rows[row] for row in sorted(rows)]
    for dimension in sheet.iter("dimension"):
        used = present_cells(sheet)
        top, bottom = min(r for r, _ in used), max(r for r, _ in used)
        left, right = min(c for _, c in used), max(c for _, c in used)
        dimension.set("ref", f"{address(top, left)}:{address(bottom, right)}")


def _put(cell: Element, value: Value) -> None:
    for old in [child for child in cell if child.tag in ("v", "is")]:
        cell.remove(old)
    cell.attrib.pop("t", None)
    if value is None:
        return
    v = Element("v")
    if isinstance(value, bool):
        kind, v.text = "b", str(int(value))
    elif isinstance(value, ErrorValue):
        kind, v.text = "e", value.text if value.text in _WRITTEN_ERRORS else "#VALUE!"
    elif isinstance(value, str):
        kind, v.text = "str", _escaped(value)
        if value != value.strip():
            v.set("xml:space", "preserve")
    elif math.isfinite(value):
        # repr is the shortest text that gives the same number back, bit for bit.
        kind, v.text = "n", repr(float(value))
    else:
        raise ValueError(f"cannot hold the number {value}")
    if kind != "n":
        cell.set("t", kind)
    cell.insert(len(cell.findall("f")), v)


#: Characters that XML cannot hold, and an underscore that would read as the escape of one.
_TO_ESCAPE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def _escaped(text: str) -> str:
    return _TO_ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def _describe_charts(parts: dict[str, bytes]) -> None:
    """Give every chart its title as the text that is read out in its place."""
    for name in [part for part in parts if re.fullmatch(r"xl/drawings/drawing\d+\.xml", part)]:
        folder, file = name.rsplit("/", 1)
        targets = {
            relation.attrib["Id"]: relation.attrib["Target"].lstrip("/")
            for relation in parsed(parts[f"{folder}/_rels/{file}.rels"])
        }
        drawing = parsed(parts[name])
        for frame in drawing.iter("graphicFrame"):
            chart, shown = next(frame.iter("c:chart")), next(frame.iter("cNvPr"))
            title = parsed(parts[targets[chart.attrib["r:id"]]]).find("chart/title")
            if title is not None:
                shown.set("descr", "".join(text.text or "" for text in title.iter("a:t")))
        parts[name] = written(drawing)


def _pin_date(parts: dict[str, bytes]) -> None:
    """Say that the file was last changed when it was made, and not by which clock it was saved."""
    name = "docProps/core.xml"
    if name in parts:
        core = parsed(parts[name])
        created, modified = core.find("dcterms:created"), core.find("dcterms:modified")
        if created is not None and modified is not None:
            modified.text = created.text
            parts[name] = written(core)


def _add_metadata(parts: dict[str, bytes]) -> None:
    """Add the part that says what cm="1" means, and the two entries that announce it."""
    if METADATA_PART in parts:
        if parts[METADATA_PART] != _METADATA:
            raise ValueError(f"the file has a part {METADATA_PART} of its own")
        return
    parts[METADATA_PART] = _METADATA
    types = parsed(parts["[Content_Types].xml"])
    SubElement(
        types,
        "Override",
        PartName=f"/{METADATA_PART}",
        ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheetMetadata+xml",
    )
    parts["[Content_Types].xml"] = written(types)
    relations = parsed(parts["xl/_rels/workbook.xml.rels"])
    SubElement(
        relations,
        "Relationship",
        Id="rIdMetadata",
        Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sheetMetadata",
        Target=f"/{METADATA_PART}",
    )
    parts["xl/_rels/workbook.xml.rels"] = written(relations)
