"""The only entrance for a workbook's file: its contents are counted before they are parsed.

A file of a few kilobytes can unpack to gigabytes, name a range of all the cells of a sheet, or have
one element a million times.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from model.errors import LONG, InputError, cut
from workbook.package import kinds
from workbook.package.archive import WORKBOOK, parsed, reading, sheets_of, targets, twice
from workbook.package.cells import LAST_COLUMN, LAST_ROW, place
from workbook.package.limits import LIMITS, TOGETHER, check
from workbook.package.prefixes import check_prefixes, prefix_of

#: Read at a time while the unpacked bytes are counted.
_BLOCK = 1 << 20
#: Smaller parts may be compressed by any ratio.
_SMALL = 1_000_000
_ENCRYPTED = 0x1
#: Attributes of a cell: its place, its style and its type.
_OF_CELL = 3
#: Attributes of a row, as LibreOffice writes them; rows are read block by block.
_OF_ROW = 8
#: What precedes the contents of an entry, in addition to its name.
_HEADER = 30
#: By the character after a name: whether it ends there, and whether attributes may follow.
_BLANKS = b" \t\r\n"
_SPACE = np.isin(np.arange(256), list(_BLANKS))
_ENDS = _SPACE | np.isin(np.arange(256), list(b"/>"))
#: Elements with long names, which can be found anywhere.
_ELEMENTS = {
    "merged": (b"mergeCell",),
    "rules": (b"dataValidation", b"cfRule"),
    "names": (b"definedName",),
}
_TYPES, _WORKBOOK = "[Content_Types].xml", "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_SPREADSHEETS = b"application/vnd.oasis.opendocument.spreadsheet"
#: The names of elements in the strict variant of the standard, which no other program here reads.
_STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
_SHEETS = "sheets/sheet"
#: A formula's element, after the prefix of its name, and its attributes.
_FORMULA = rb"""<%bf(\s(?:[^<>"']|"[^<"]*"|'[^<']*')*+)>"""
_ATTRIBUTE = re.compile(rb"""(?<!\s)\s++([\w:.-]++)\s*+=\s*+(?:"([^"]*)"|'([^']*)')""")
#: How XML begins, in UTF-8 and in UTF-16, of which no parser needs a mark; and a declaration of
#: another encoding.
_XML = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*+<")
_WIDE = re.compile(
    rb"(?:\xfe\xff)?(?:\0[ \t\r\n])*+\0<|(?:\xff\xfe)?(?:[ \t\r\n]\0)*+<\0", re.DOTALL
)
_ENCODING = re.compile(
    rb"""(?:\xef\xbb\xbf)?\s*+<\?xml\s[^<>]*?\bencoding\s*+=\s*+["'](?!utf-8|us-ascii|iso-8859-1)""",
    re.IGNORECASE,
)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def parts_of(file: bytes) -> dict[str, bytes]:
    """Return the parts of a file by their names.

    Parameters
    ----------
    file : bytes
        A file of any kind and origin.

    Raises
    ------
    InputError
        For a file that is no sound zip archive, or has more of something than is allowed.
    """
    if problem := kinds.without_archive(file):
        raise InputError(WORKBOOK, problem)
    check("file", len(file))
    parts = dict(_unpacked(file))
    count(parts)
    for name, part in parts.items():
        check_prefixes(name, part)
    return parts


def _unpacked(file: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the entries, whose bytes are counted while they are unpacked."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(file))
    except Exception as error:  # The list may be damaged in any way.
        raise InputError(WORKBOOK, _without_list(file)) from error
    entries = archive.infolist()
    check("parts", len(entries))
    _check_places(entries)
    left = LIMITS["unpacked"].most
    for entry in entries:
        part = b"".join(_blocks(archive, entry, left))
        left -= len(part)
        yield entry.filename, part


def _without_list(file: bytes) -> str:
    """Say why the list of its parts, with which an archive ends, cannot be read."""
    if b"PK\x05\x06" not in file[-(1 << 16) - 22 :]:
        return "is cut short: the list of its parts, with which a workbook ends, is missing"
    return "is a damaged zip archive: the list of its parts cannot be read"


def _check_places(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse entries that are encrypted, that are there twice, or that overlap."""
    names: set[str] = set()
    for entry in entries:
        name = entry.filename
        if entry.flag_bits & _ENCRYPTED:
            raise InputError(name, "is encrypted; pack the workbook without a password")
        if entry.compress_type not in _METHODS:
            raise InputError(name, "is compressed in a way that no spreadsheet uses")
        if name.casefold() in names:
            raise InputError(WORKBOOK, f"has the part {name} twice")
        names.add(name.casefold())
    end, before = 0, ""
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            over = f"the part {before}" if before else "the beginning of the file"
            raise InputError(entry.filename, f"overlaps {over} in the zip archive")
        before = entry.filename
        end = entry.header_offset + _HEADER + len(before) + entry.compress_size


def _blocks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> Iterator[bytes]:
    """Yield the contents of an entry, whatever length the archive states."""
    name, size = entry.filename, 0
    try:
        with archive.open(entry) as stream:
            while block := stream.read(_BLOCK):
                size += len(block)
                check("part", size, name)
                check("unpacked", LIMITS["unpacked"].most - left + size)
                if size > _SMALL:
                    check("ratio", size // max(entry.compress_size, 1), name)
                yield block
    except InputError:
        raise
    except Exception as error:  # What is packed may be damaged in any way.
        raise InputError(name, "is damaged in the zip archive: it cannot be unpacked") from error


def count(parts: Mapping[str, bytes]) -> None:
    """Refuse parts that have more of something than is allowed, before one of them is parsed."""
    totals = dict.fromkeys(LIMITS, 0)
    for name, part in parts.items():
        with reading(name):
            for kind, found in _found(name, part):
                totals[kind] += found
                check(kind, totals[kind], name)
    check("together", sum(100 * totals[kind] // LIMITS[kind].most for kind in TOGETHER))


def _found(name: str, part: bytes) -> Iterator[tuple[str, int]]:
    """Yield what a part has, and how much of it."""
    if wide := _WIDE.match(part):
        # Power Query writes a part so; it is counted as it would be in UTF-8.
        big = wide[0].startswith((b"\xfe\xff", b"\0"))
        part = part.decode("utf-16-be" if big else "utf-16-le", "replace").encode()
    elif _ENCODING.match(part):
        raise UnicodeError("it is not in UTF-8")
    if not _XML.match(part):
        return  # No parser goes further.
    prefix = prefix_of(part)
    # Some programs give every element a prefix, and others none.
    prefixes = [b"", prefix + b":"] if prefix else [b""]
    # Those that begin, and attributes; those of cells are counted apart, as they become values.
    elements, attributes, of_rows = _counted(part, [len(each) for each in prefixes])
    for each, (cells, values, texts, formulas, inline, shared, rows) in zip(
        prefixes, of_rows, strict=True
    ):
        yield "strings", shared
        yield "cells", cells
        yield "formulas", formulas
        own = cells + min(cells, values) + min(cells, texts) + min(cells, inline) + formulas
        elements = max(elements - own, 0)
        attributes = max(attributes - _OF_CELL * cells - _OF_ROW * rows, 0)
        if formulas:
            for found in re.finditer(_FORMULA % re.escape(each), part):
                yield "filled", _filled(name, found[1])
    yield "elements", elements
    yield "attributes", attributes
    for kind, names in _ELEMENTS.items():
        yield kind, sum(part.count(each + bytes([space])) for each in names for space in _BLANKS)


def _counted(part: bytes, prefixes: Sequence[int]) -> tuple[int, int, list[list[int]]]:
    """Count elements, attributes and, for each length of a prefix, what rows have.

    Block by block, because where each of them is takes eight times the memory of the part.
    """
    ahead = max(prefixes) + 3
    text = np.frombuffer(part + bytes(ahead), np.uint8)
    elements = attributes = 0
    of_rows = [[0] * 7 for _ in prefixes]
    for start in range(0, len(part), _BLOCK):
        block = text[start : start + _BLOCK + ahead]
        own = block[: min(_BLOCK, len(part) - start)]
        tags = np.flatnonzero(own == ord("<"))
        elements += int(np.count_nonzero(block[tags + 1] != ord("/")))
        quotes = block[np.flatnonzero(own == ord("=")) + 1]
        attributes += int(
            np.count_nonzero((quotes == ord('"')) | (quotes == ord("'")) | _SPACE[quotes])
        )
        for found, length in zip(of_rows, prefixes, strict=True):
            letter, after = block[tags + length + 1], block[tags + length + 2]
            ends = _ENDS[after]
            for i, each in enumerate("cvtf"):
                found[i] += int(np.count_nonzero(ends & (letter == ord(each))))
            for i, (first, second) in enumerate((b"is", b"si", b"ro"), 4):
                found[i] += int(np.count_nonzero((letter == first) & (after == second)))
    return elements, attributes, of_rows


def _filled(name: str, attributes: bytes) -> int:
    """Count the cells that a formula fills, by the attributes of its element."""
    found = {key: double or single for key, double, single in _ATTRIBUTE.findall(attributes)}
    if b"ref" not in found or found.get(b"t") == b"shared":
        return 0
    ref = found[b"ref"].decode(errors="replace")
    try:
        (top, left), (bottom, right) = (place(ref.partition(":")[i] or ref) for i in (0, 2))
    except ValueError:
        raise InputError(
            name, f"has an array formula for {cut(ref, LONG)!r}, which is no range"
        ) from None
    if not (top <= bottom <= LAST_ROW and left <= right <= LAST_COLUMN):
        raise InputError(name, f"has an array formula for {ref}, which is no range of a sheet")
    return (bottom - top + 1) * (right - left + 1)


def check_workbook(parts: Mapping[str, bytes]) -> None:
    """Refuse parts that are no workbook, or that lack one of those that every workbook has."""
    if "mimetype" in parts:
        kind = parts["mimetype"].strip()
        if not kind.startswith(_SPREADSHEETS):
            raise InputError(WORKBOOK, f"is an OpenDocument file, {kinds.NO_WORKBOOK}")
        _need(parts, "content.xml")
        return
    if not any(name.startswith("xl/") for name in parts) or "xl/workbook.bin" in parts:
        raise InputError(WORKBOOK, kinds.without_workbook(parts))
    for part in (_TYPES, _WORKBOOK, _RELATIONS):
        _need(parts, part)
    if b".addin.macroEnabled." in parts[_TYPES]:
        raise InputError(WORKBOOK, f"is an add-in, {kinds.NO_WORKBOOK}")
    if _STRICT in parts[_WORKBOOK]:
        raise InputError(WORKBOOK, f"is in the Strict Open XML format; {kinds.SAVED_AS}")
    with reading(_WORKBOOK):
        workbook = parsed(parts[_WORKBOOK])
    with reading(_RELATIONS):
        relations = parsed(parts[_RELATIONS])
        known = {relation.attrib["Id"]: relation.attrib["Type"] for relation in relations}
        if doubled := twice(relation.attrib["Id"] for relation in relations):
            raise InputError(_RELATIONS, f"has the relationship {doubled[0]} twice")
    with reading(_WORKBOOK):
        sheets = {
            sheet.attrib["name"]: sheet.attrib["r:id"] for sheet in workbook.iterfind(_SHEETS)
        }
        found = sheets_of(workbook, relations)
    for part in (*found.values(), *targets(relations, "styles", "sharedStrings").values()):
        _need(parts, part)
    for title, related in sheets.items():
        if related not in known:
            raise InputError(WORKBOOK, f"has no part for the sheet {title!r}")
    if not found:
        raise InputError(WORKBOOK, "has no sheet with cells")


def _need(parts: Mapping[str, bytes], part: str) -> None:
    if part not in parts:
        raise InputError(WORKBOOK, f"has no part {part}, without which it cannot be read")
