"""What openpyxl cannot write: cached values and dynamic arrays, and a test of the result.

An .xlsx file is a zip archive of XML parts. Parts are read with their names and prefixes as
they stand, and only the parts that must change are written again.
"""

from __future__ import annotations

import io
import math
import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from xml.etree.ElementTree import Element, SubElement, TreeBuilder, tostring
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

import defusedxml.sax

from workbook.names import column_letters, column_number

Place = tuple[int, int]


@dataclass(frozen=True)
class ErrorValue:
    """An error in a cell.

    Parameters
    ----------
    text : str
        The error as a spreadsheet shows it, such as ``#VALUE!``.
    reason : str, optional
        Why, in one sentence, where it is known. Two errors are equal if their texts are.
    """

    text: str
    reason: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.text


#: What a formula gives. Dates are serial numbers.
Value = float | str | bool | ErrorValue | None

#: Sheet -> (row, column) -> value.
Values = dict[str, dict[Place, Value]]


@dataclass(frozen=True)
class Formula:
    """A formula of a sheet.

    Parameters
    ----------
    text : str
        The formula as the file has it: without ``=``.
    ref : str or None
        The range that an array formula fills.
    value : float, str, bool, ErrorValue or None
        The cached value; None where the file has none.
    """

    text: str
    ref: str | None = None
    value: Value = None


# Places --------------------------------------------------------------------------------------


@lru_cache(maxsize=1 << 16)
def place(cell: str) -> Place:
    """Give the row and column of a cell.

    Examples
    --------
    >>> place("B7")
    (7, 2)
    """
    found = re.fullmatch(r"\$?([A-Z]{1,3})\$?([1-9][0-9]*)", cell)
    if found is None:
        raise ValueError(f"{cell!r} is not the address of a cell")
    return int(found[2]), column_number(found[1])


def address(row: int, column: int) -> str:
    """Give the address of a cell.

    Examples
    --------
    >>> address(7, 2)
    'B7'
    """
    return f"{column_letters(column)}{row}"


def cells(ref: str) -> list[Place]:
    """Give the cells of a range, row by row.

    Examples
    --------
    >>> cells("B2:C3")
    [(2, 2), (2, 3), (3, 2), (3, 3)]
    """
    first, _, last = ref.partition(":")
    (top, left), (bottom, right) = place(first), place(last or first)
    return [(r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)]


# Reading -------------------------------------------------------------------------------------


def formulas(package: bytes) -> dict[str, dict[Place, Formula]]:
    """Read the formulas of a workbook.

    Parameters
    ----------
    package : bytes
        An .xlsx file.

    Returns
    -------
    dict
        Sheet -> (row, column) -> formula, for every worksheet, in the order of the file. What-if
        data tables are not formulas.
    """
    parts = _read(package)
    strings = shared_strings(parts)
    return {
        name: formulas_in(present_cells(parsed(parts[part])), strings)
        for name, part in sheet_parts(parts).items()
    }


def cached(package: bytes) -> Values:
    """Read the values that a file holds for its formulas and for the cells that arrays fill.

    Parameters
    ----------
    package : bytes
        An .xlsx file.

    Returns
    -------
    dict
        Sheet -> (row, column) -> value; None where the file holds none.
    """
    parts = _read(package)
    strings = shared_strings(parts)
    found: Values = {}
    for name, part in sheet_parts(parts).items():
        present = present_cells(parsed(parts[part]))
        found[name] = {
            at: _value(present[at], strings) if at in present else None
            for at in filled(formulas_in(present, strings))
        }
    return found


def named_areas(package: bytes) -> dict[str, str]:
    """Return what each defined name stands for, as its text in the file."""
    workbook = parsed(_read(package)["xl/workbook.xml"])
    return {
        name.attrib["name"]: name.text or ""
        for name in workbook.findall("definedNames/definedName")
    }


def filled(found: dict[Place, Formula]) -> list[Place]:
    """List the cells that formulas fill: their own, and the ranges of array formulas."""
    places: dict[Place, None] = {}
    for at, formula in found.items():
        places[at] = None
        places.update(dict.fromkeys(cells(formula.ref) if formula.ref else ()))
    return list(places)


class _Tree(ContentHandler):
    """Builds a tree whose names and attributes are as the file writes them, prefixes included.

    So that what is written again declares the same namespaces under the same prefixes.
    """

    def __init__(self) -> None:
        self.builder = TreeBuilder()
        self.endElement = self.builder.end  # type: ignore[assignment]
        self.characters = self.builder.data  # type: ignore[assignment]

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802
        self.builder.start(name, dict(attrs.items()))


def parsed(part: bytes) -> Element:
    """Parse a part, with its names and prefixes as they stand."""
    tree = _Tree()
    defusedxml.sax.parseString(part, tree)
    return tree.builder.close()


def entries(package: bytes) -> list[tuple[str, bytes]]:
    """Return every entry of the archive by its name, also what is there twice."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return [(entry.filename, archive.read(entry)) for entry in archive.infolist()]


def _read(package: bytes) -> dict[str, bytes]:
    found = entries(package)
    for name in twice(name.casefold() for name, _ in found):
        raise ValueError(f"the part {name} is in the file twice")
    return dict(found)


def twice(names: Iterable[str]) -> list[str]:
    """Return the names that occur more than once."""
    return [name for name, count in Counter(names).items() if count > 1]


def sheet_parts(parts: dict[str, bytes]) -> dict[str, str]:
    """Find the part of every worksheet, by the sheet's name."""
    target = {
        relation.attrib["Id"]: posixpath.normpath(posixpath.join("/xl", relation.attrib["Target"]))
        for relation in parsed(parts["xl/_rels/workbook.xml.rels"])
        if relation.attrib["Type"].endswith("/worksheet")
    }
    sheets = parsed(parts["xl/workbook.xml"]).findall("sheets/sheet")
    found = {sheet.attrib["name"]: target.get(sheet.attrib["r:id"]) for sheet in sheets}
    return {name: part.lstrip("/") for name, part in found.items() if part is not None}


def shared_strings(parts: dict[str, bytes]) -> list[str]:
    """Return the texts that cells refer to by their place."""
    part = parts.get("xl/sharedStrings.xml")
    return [] if part is None else [_text(item) for item in parsed(part)]


def _text(item: Element) -> str:
    """Join the runs of a text; what is said of its pronunciation is not part of it."""
    return "".join(_unescaped(t.text or "") for t in [*item.findall("t"), *item.findall("r/t")])


def present_cells(sheet: Element) -> dict[Place, Element]:
    """Return the cells that a sheet's part holds, by row and column."""
    return {place(cell.attrib["r"]): cell for cell in sheet.iterfind("sheetData/row/c")}


def _value(cell: Element, strings: list[str]) -> Value:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        written = cell.find("is")
        return None if written is None else _text(written)
    text = cell.findtext("v")
    if text is None or (not text and kind != "str"):
        return None
    if kind == "n":
        return float(text)
    if kind == "b":
        return text == "1"
    if kind == "e":
        return ErrorValue(text)
    return strings[int(text)] if kind == "s" else _unescaped(text)


def formulas_in(present: dict[Place, Element], strings: list[str]) -> dict[Place, Formula]:
    """Return the formulas among cells, with their cached values."""
    found: dict[Place, Formula] = {}
    shared: dict[str, tuple[str, str]] = {}
    for at, cell in present.items():
        f = cell.find("f")
        if f is None or f.get("t") == "dataTable":
            continue
        text = f.text or ""
        if f.get("t") == "shared":
            text = _shared(text, cell.attrib["r"], shared, f.attrib["si"])
        found[at] = Formula(
            text, f.get("ref") if f.get("t") == "array" else None, _value(cell, strings)
        )
    return found


def _shared(text: str, cell: str, shared: dict[str, tuple[str, str]], index: str) -> str:
    """Give the text of a formula that Excel wrote once for several cells."""
    if text:
        shared[index] = text, cell
        return text
    from openpyxl.formula.translate import Translator

    first, origin = shared[index]
    return str(Translator("=" + first, origin).translate_formula(cell))[1:]


# Writing -------------------------------------------------------------------------------------

#: The errors that a file may hold as such; newer ones stand in it as #VALUE!.
_WRITTEN_ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")

#: The order that the schema asks of a font's children.
_FONT_ORDER = re.findall(
    r"\w+",
    "b i strike condense extend outline shadow u vertAlign sz color name family charset scheme",
)

METADATA_PART = "xl/metadata.xml"

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
    its cached value, and the children of fonts are put into the order of the schema. All other
    parts are copied. The same input gives the same bytes.

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
    parts = _read(package)
    strings = shared_strings(parts)
    arrays = False
    for name, part in sheet_parts(parts).items():
        sheet = parsed(parts[part])
        found = formulas_in(present_cells(sheet), strings)
        if found:
            _fill(name, sheet, found, strings, values.get(name, {}))
            parts[part] = _written(sheet)
        arrays = arrays or any(formula.ref for formula in found.values())
    if arrays:
        _add_metadata(parts)
    _pin_date(parts)
    styles = parsed(parts["xl/styles.xml"])
    for font in styles.iter("font"):
        font[:] = sorted(font, key=lambda child: _FONT_ORDER.index(child.tag))
    parts["xl/styles.xml"] = _written(styles)
    return _zipped(parts)


def without_fills(package: bytes) -> bytes:
    """Empty the cells that array formulas have filled.

    An array formula that has no cached value itself has filled no other cell either: what stands
    there was typed, and stays.
    """
    parts = _read(package)
    strings = shared_strings(parts)
    for part in sheet_parts(parts).values():
        sheet = parsed(parts[part])
        present = present_cells(sheet)
        found = formulas_in(present, strings)
        for at in filled({at: f for at, f in found.items() if f.ref and f.value is not None}):
            if at in present:
                _put(present[at], None)
        parts[part] = _written(sheet)
    return _zipped(parts)


def _fill(
    name: str,
    sheet: Element,
    found: dict[Place, Formula],
    strings: list[str],
    values: dict[Place, Value],
) -> None:
    """Write the cached values of a sheet, creating the cells that an array fills."""
    present = present_cells(sheet)
    for at, formula in found.items():
        if formula.ref is None:
            continue
        present[at].set("cm", "1")
        if formula.value is not None:
            continue  # The file has been finished before, and what the array fills is its own.
        for inside in cells(formula.ref):
            if inside in present and _value(present[inside], strings) is not None:
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
    for old in [*cell.findall("v"), *cell.findall("is")]:
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


def _unescaped(text: str) -> str:
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)


def _pin_date(parts: dict[str, bytes]) -> None:
    """Say that the file was last changed when it was made, and not by which clock it was saved."""
    name = "docProps/core.xml"
    if name in parts:
        core = parsed(parts[name])
        created, modified = core.find("dcterms:created"), core.find("dcterms:modified")
        if created is not None and modified is not None:
            modified.text = created.text
            parts[name] = _written(core)


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
    parts["[Content_Types].xml"] = _written(types)
    relations = parsed(parts["xl/_rels/workbook.xml.rels"])
    SubElement(
        relations,
        "Relationship",
        Id="rIdMetadata",
        Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sheetMetadata",
        Target=f"/{METADATA_PART}",
    )
    parts["xl/_rels/workbook.xml.rels"] = _written(relations)


def _written(root: Element) -> bytes:
    part: bytes = tostring(root, "UTF-8", xml_declaration=True)
    return part.replace(b"\r", b"&#13;")  # Bare, it would be read back as a line feed.


def _zipped(parts: dict[str, bytes]) -> bytes:
    """Make an archive that depends on its content alone: no clock, no operating system."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, part in parts.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            archive.writestr(entry, part)
    return made.getvalue()
