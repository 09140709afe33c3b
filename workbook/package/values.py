"""New cell values in the text of a sheet, with everything else unchanged.

Whatever program saved a file, only the values of some cells and their types are written, and their
styles where they are given; cells and rows that the file lacks are put where they belong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from workbook.package.archive import escaped_text, spaced
from workbook.package.cells import Place, address, place

#: The type of a cell with a value, which is empty if it has none, and the text of the value.
Held = tuple[str, str]

#: The elements of rows and cells, with what may look like them.
_TAG = re.compile(
    rb"""<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)
    |<(?P<end>/?)(?P<prefix>(?:[\w.-]+:)?)(?P<name>sheetData|row|c|f|v|is)(?=[\s/>])
    (?P<attributes>(?:[^<>"']|"[^<"]*"|'[^<']*')*+)>""",
    re.DOTALL | re.VERBOSE,
)
_ATTRIBUTE = re.compile(rb"""(?<!\s)(\s++)([\w:.-]++)(\s*+=\s*+)("[^"]*"|'[^']*')""")


def with_values(
    sheet: bytes, values: Mapping[Place, Held], styles: Mapping[Place, str] = MappingProxyType({})
) -> bytes:
    """Write values into the cells of a sheet.

    Parameters
    ----------
    sheet : bytes
        The part of a sheet.
    values : mapping
        (row, column) -> type and text of a value. A cell without a value loses the one that it has.
    styles : mapping
        The numbers of the styles that some of these cells get; others keep theirs.

    Examples
    --------
    >>> part = b'<sheetData><row r="2"><c r="A2"><f>B2</f><v>1</v></c></row></sheetData>'
    >>> with_values(part, {(2, 1): ("b", "1"), (2, 3): ("n", "5")})[11:-12].decode()
    '<row r="2"><c r="A2" t="b"><f>B2</f><v>1</v></c><c r="C2"><v>5</v></c></row>'
    """
    return b"".join(_Sheet(sheet, values, styles).pieces())


class _Sheet:
    """The text of a sheet, read from its beginning to its end."""

    def __init__(
        self, text: bytes, values: Mapping[Place, Held], styles: Mapping[Place, str]
    ) -> None:
        self._text, self._styles = text, styles
        self._tags = (tag for tag in _TAG.finditer(text) if tag["name"])
        #: The values that are still to be written, by row and column.
        self._rows: dict[int, dict[int, Held]] = {}
        for (row, column), held in sorted(values.items()):
            self._rows.setdefault(row, {})[column] = held
        self._done = 0
        self._prefix = b""

    def pieces(self) -> Iterator[bytes]:
        """Yield the new text."""
        for tag in self._tags:
            if tag["name"] == b"sheetData":
                self._prefix = tag["prefix"]
                if not tag["end"]:
                    yield from self._sheet_data(tag)
                break
        yield self._text[self._done :]

    def _upto(self, end: int) -> bytes:
        """Return the text up to a place that has not been returned yet."""
        text, self._done = self._text[self._done : end], end
        return text

    def _sheet_data(self, tag: re.Match[bytes]) -> Iterator[bytes]:
        if _is_empty(tag):
            missing = b"".join(self._missing_rows(None))
            yield self._upto(tag.start())
            yield _filled(tag, missing)
            self._done = tag.end()
            return
        number = 0
        for tag in self._tags:
            if tag["name"] == b"sheetData":
                yield self._upto(tag.start())
                yield from self._missing_rows(None)
                return
            number = int(_attribute(tag, b"r") or number + 1)
            yield self._upto(tag.start())
            yield from self._missing_rows(number)
            yield from self._row(tag, number)

    def _missing_rows(self, before: int | None) -> Iterator[bytes]:
        """Yield the rows that the file lacks before one, or after all."""
        for number in [row for row in self._rows if before is None or row < before]:
            cells = b"".join(self._missing_cells(number, self._rows.pop(number), None))
            if cells:
                yield b'<%brow r="%d">%b</%brow>' % (self._prefix, number, cells, self._prefix)

    def _missing_cells(
        self, row: int, values: dict[int, Held], before: int | None
    ) -> Iterator[bytes]:
        """Yield the cells that the file lacks before one of a row, or after all."""
        for column in [each for each in values if before is None or each < before]:
            kind, text = values.pop(column)
            if kind:
                style = self._styles.get((row, column))
                shown = b"" if style is None else b' s="%b"' % style.encode()
                start = b'<%bc r="%b"%b%b>' % (
                    self._prefix, address(row, column).encode(), shown, _type(kind)
                )  # fmt: skip
                yield start + self._value(kind, text) + b"</%bc>" % self._prefix

    def _row(self, tag: re.Match[bytes], number: int) -> Iterator[bytes]:
        values = self._rows.pop(number, {})
        if _is_empty(tag):
            cells = b"".join(self._missing_cells(number, values, None))
            if cells:
                yield _filled(tag, cells)
                self._done = tag.end()
            return
        column = 0
        for tag in self._tags:
            if tag["name"] == b"row":
                yield self._upto(tag.start())
                yield from self._missing_cells(number, values, None)
                return
            if not values or tag["name"] != b"c" or tag["end"]:
                continue
            found = _attribute(tag, b"r")
            column = place(found.decode())[1] if found else column + 1
            yield self._upto(tag.start())
            yield from self._missing_cells(number, values, column)
            if column in values:
                style = self._styles.get((number, column))
                yield from self._cell(tag, *values.pop(column), style)

    def _cell(
        self, tag: re.Match[bytes], kind: str, text: str, style: str | None
    ) -> Iterator[bytes]:
        """Yield a cell with another value, which is after its formula."""
        value = self._value(kind, text)
        attributes = _retyped(tag["attributes"].rstrip().removesuffix(b"/").rstrip(), kind, style)
        yield b"<%bc%b>" % (self._prefix, attributes)
        if _is_empty(tag):
            yield value + b"</%bc>" % self._prefix
            self._done = tag.end()
            return
        self._done = after = tag.end()
        #: From the start of the value, or of the text in a cell without a formula, to its end.
        old: tuple[int, int] | None = None
        start = 0
        for tag in self._tags:
            if tag["name"] == b"c":
                break
            if not tag["end"]:
                start = tag.start()
            if tag["end"] or _is_empty(tag):
                if tag["name"] == b"f":
                    after = tag.end()
                elif tag["name"] in (b"v", b"is"):
                    old = start, tag.end()
        first, last = old or (after, after)
        yield self._upto(first)
        yield value
        self._done = last

    def _value(self, kind: str, text: str) -> bytes:
        if not kind:
            return b""
        start = f"v{spaced(text)}" if kind == "str" else "v"
        return b"<%b%b>%b</%bv>" % (
            self._prefix, start.encode(), escaped_text(text).encode(), self._prefix
        )  # fmt: skip


def _is_empty(tag: re.Match[bytes]) -> bool:
    return tag["attributes"].rstrip().endswith(b"/")


def _filled(tag: re.Match[bytes], inside: bytes) -> bytes:
    """Write an empty element with contents."""
    name = tag["prefix"] + tag["name"]
    attributes = tag["attributes"].rstrip().removesuffix(b"/").rstrip()
    return b"<%b%b>%b</%b>" % (name, attributes, inside, name)


def _attribute(tag: re.Match[bytes], name: bytes) -> bytes | None:
    found = _ATTRIBUTE.findall(tag["attributes"])
    return next((value[1:-1] for _, key, _, value in found if key == name), None)


def _type(kind: str) -> bytes:
    return b"" if kind in ("", "n") else f' t="{kind}"'.encode()


def _retyped(attributes: bytes, kind: str, style: str | None) -> bytes:
    """Write the attributes of a cell with another type; what was said of its value is dropped."""
    typed = False
    if style is not None:
        kept = _ATTRIBUTE.sub(lambda found: b"" if found[2] == b"s" else found[0], attributes)
        attributes = kept + b' s="%b"' % style.encode()

    def attribute(found: re.Match[bytes]) -> bytes:
        nonlocal typed
        space, name, equals, value = found.groups()
        if name == b"vm":
            return b""
        if name != b"t":
            return found[0]
        typed = True
        if kind == "n" and value[1:-1] == b"n":
            return found[0]
        quote = value[:1]
        return b"" if not _type(kind) else space + name + equals + quote + kind.encode() + quote

    changed = _ATTRIBUTE.sub(attribute, attributes)
    return changed if typed else changed + _type(kind)
