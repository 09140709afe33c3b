"""Contents of a sheet's elements: its cells, their formulas and their values."""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from model.errors import InputError
from workbook.package.archive import parsed, said
from workbook.package.cells import (
    LAST_COLUMN,
    LAST_ROW,
    ErrorValue,
    Formula,
    Place,
    Value,
    address,
    cells,
    place,
    size,
)
from workbook.package.limits import LIMITS, check
from workbook.package.prefixes import without_prefix

#: An element with a prefix: no text and no attribute has a `<`.
_PREFIX = re.compile(rb"<[^\s<>/!?:]++:")
#: How the rows of a sheet begin and end, and how one ends.
_BEGIN, _END = re.compile(rb"<sheetData(?:\s[^<>]*+)?(?<!/)>"), re.compile(rb"</sheetData\s*+>")
_ROW = b"</row>"
#: Bytes of rows that are parsed at a time.
_BLOCK = 1 << 20
_TRUTHS = {"1": True, "true": True, "0": False, "false": False}
#: A text, or a bracket outside of one.
_BRACKETS = re.compile(r'"[^"]*+"|[()]')


def filled(found: dict[Place, Formula]) -> list[Place]:
    """List the cells that formulas fill: their own, and the ranges of array formulas."""
    _check_filled(found)
    places: dict[Place, None] = {}
    for at, formula in found.items():
        places[at] = None
        places.update(dict.fromkeys(cells(formula.ref) if formula.ref else ()))
    return list(places)


def _check_filled(found: Mapping[Place, Formula]) -> None:
    """Refuse array formulas for more cells than can be listed."""
    count = 0
    for at, formula in found.items():
        if formula.ref:
            count += size(formula.ref)
            check("filled", count, address(*at))


def shared_strings(part: Element) -> list[str]:
    """Return the shared strings, to which cells refer by index."""
    return [_text(item) for item in part]


def _text(item: Element) -> str:
    """Join the runs of a text, without its phonetic runs."""
    return "".join(unescaped(t.text or "") for t in [*item.findall("t"), *item.findall("r/t")])


@dataclass(frozen=True)
class Contents:
    """What a sheet's rows hold: values, formulas, what-if data tables, styles and hidden rows."""

    values: dict[Place, Value]
    formulas: dict[Place, Formula]
    tables: dict[Place, str]
    styles: dict[Place, int]
    hidden: set[int]


def contents_of(part: bytes, strings: list[str]) -> Contents:
    """Read the rows of a sheet, block by block: elements take ten times the memory of values."""
    values: dict[Place, Value] = {}
    styles: dict[Place, int] = {}
    hidden: set[int] = set()
    calculated: dict[Place, Element] = {}
    characters = 0
    for row in _rows(part):
        if row.get("hidden") in ("1", "true"):
            hidden.add(int(row.attrib["r"]))
        for cell in row.iterfind("c"):
            at = _placed(cell, values)
            held = {each.tag: len(each) for each in cell}
            if len(cell) > len(held) or held.get("f") or held.get("v"):
                raise InputError(cell.attrib["r"], "has two formulas or two values")
            try:
                values[at] = value = cell_value(cell, strings)
                if isinstance(value, str):
                    characters += len(value)
                    check("text", len(value), cell.attrib["r"])
                    check("texts", characters)
                if (style := cell.get("s", "0")) != "0":
                    styles[at] = int(style)
            except InputError:
                raise
            except Exception as error:
                raise InputError(cell.attrib["r"], said(error)) from error
            if cell.find("f") is not None:
                calculated[at] = cell
    formulas = formulas_in(calculated, strings)
    _check_filled(formulas)
    return Contents(values, formulas, tables_in(calculated), styles, hidden)


def _rows(part: bytes) -> Iterator[Element]:
    """Yield the rows of a sheet, of which only some are parsed at a time."""
    part = without_prefix(part)
    found = _data(part)
    if found is None:
        yield from parsed(part).iterfind("sheetData/row")
        return
    start, end = found
    while start < end:
        last = part.find(_ROW, start + _BLOCK, end)
        stop = end if last < 0 else last + len(_ROW)
        yield from parsed(b"<sheetData>%b</sheetData>" % part[start:stop]).iterfind("row")
        start = stop


def around(part: bytes) -> bytes:
    """Return the part of a sheet without its rows."""
    part = without_prefix(part)
    found = _data(part)
    return part if found is None else part[: found[0]] + part[found[1] :]


def has_prefixes(part: bytes) -> bool:
    """Tell whether an element in the rows that `around` leaves out has a prefix."""
    part = without_prefix(part)
    found = _data(part)
    return found is not None and _PREFIX.search(part, *found) is not None


def _data(part: bytes) -> tuple[int, int] | None:
    """Find where the rows of a sheet begin and end.

    None if there are none, or if in comments and the like may be what looks like a row.
    """
    hiding = b"<!" in part or part.find(b"<?", 2) > 0
    first = None if hiding else _BEGIN.search(part)
    if first is None:
        return None
    ends = deque(_END.finditer(part, first.end()), maxlen=1)
    return (first.end(), ends[0].start()) if ends else None


def present_cells(sheet: Element) -> dict[Place, Element]:
    """Return the cells in a sheet's part, by row and column."""
    return {place(cell.attrib["r"]): cell for cell in sheet.iterfind("sheetData/row/c")}


def _placed(cell: Element, known: Container[Place]) -> Place:
    """Return the row and the column of a cell, which must be on the sheet, and there once."""
    at = place(cell.attrib["r"])
    if at in known:
        raise InputError(cell.attrib["r"], "is in the sheet twice")
    if at[0] > LAST_ROW or at[1] > LAST_COLUMN:
        raise InputError(cell.attrib["r"], "is outside of a sheet")
    return at


def tables_in(present: Mapping[Place, Element]) -> dict[Place, str]:
    """Return the ranges that what-if data tables fill, by the first cell of each."""
    elements = {at: cell.find("f") for at, cell in present.items()}
    found = {
        at: f.get("ref", "")
        for at, f in elements.items()
        if f is not None and f.get("t") == "dataTable"
    }
    check("filled", sum(size(ref) for ref in found.values() if ref))
    return found


def cell_value(cell: Element, strings: list[str]) -> Value:
    """Return the value of a cell; None if it is empty."""
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        written = cell.find("is")
        return None if written is None else _text(written)
    text = cell.findtext("v")
    if text is None or (not text and kind != "str"):
        return None
    match kind:
        case "n":
            return _number(text)
        case "s":
            return _shared_text(text, strings)
        case "b":
            return _truth(text)
        case "e":
            return ErrorValue(text)
        case "str" | "d":
            return unescaped(text)
    raise ValueError(f"{kind!r} is no type of a value")


def _shared_text(text: str, strings: list[str]) -> str:
    if not text.isdecimal() or int(text) >= len(strings):
        raise ValueError(f"{text!r} is none of {len(strings):,} shared texts")
    return strings[int(text)]


def _truth(text: str) -> bool:
    if text not in _TRUTHS:
        raise ValueError(f"{text!r} is neither true nor false")
    return _TRUTHS[text]


def _number(text: str) -> float:
    number = float(text)
    # Python takes digits in groups, too.
    if "_" in text or not math.isfinite(number):
        raise ValueError(f"{text!r} is no number of a cell")
    return number


def formulas_in(present: Mapping[Place, Element], strings: list[str]) -> dict[Place, Formula]:
    """Return the formulas among cells, with their cached values."""
    found: dict[Place, Formula] = {}
    shared: dict[str, tuple[str, str]] = {}
    written = 0
    for at, cell in present.items():
        f = cell.find("f")
        if f is None or f.get("t") == "dataTable":
            continue
        try:
            text = f.text or ""
            if f.get("t") == "shared":
                text = _shared(text, cell.attrib["r"], shared, f.attrib["si"])
            if not text.strip():
                continue  # Excel, too, takes it for none.
            ref = f.get("ref") if f.get("t") == "array" else None
            found[at] = Formula(text, ref, cell_value(cell, strings))
        except Exception as error:
            raise InputError(cell.attrib["r"], said(error)) from error
        written += len(text)
        check_formula(text, cell.attrib["r"])
        check("written", written, cell.attrib["r"])
    return found


def check_formula(text: str, where: str) -> None:
    """Refuse a formula that is longer, or nested more deeply, than any that people write."""
    check("formula", len(text), where)
    if text.count("(") > LIMITS["nesting"].most:
        depth = deepest = 0
        for mark in _BRACKETS.findall(text):
            depth += 1 if mark == "(" else -(mark == ")")
            deepest = max(deepest, depth)
        check("nesting", deepest, where)


def _shared(text: str, cell: str, shared: dict[str, tuple[str, str]], index: str) -> str:
    """Give the text of a formula that Excel wrote once for several cells."""
    if text:
        shared[index] = text, cell
        return text
    from openpyxl.formula.translate import Translator

    first, origin = shared[index]
    return str(Translator("=" + first, origin).translate_formula(cell))[1:]


def unescaped(text: str) -> str:
    """Give a text that a file has with escapes, such as ``_x000A_``."""
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)
