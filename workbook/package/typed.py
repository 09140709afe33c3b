"""What was typed into a workbook, as a file of its own for the engine.

Of a file that any program may have written, the engine sees only what has been read: the titles of
the sheets, the values that no formula fills, and the names that stand for cells.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from workbook.package.archive import escaped_text, zipped
from workbook.package.areas import CELLS_OF_A_SHEET
from workbook.package.cells import Place, Value, address

if TYPE_CHECKING:
    from workbook.package.package import Package
    from workbook.package.sheet import Sheet

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
#: The errors that every engine knows.
_ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def typed(package: Package) -> bytes:
    """Give the file of what was typed: without formulas and the cells that they have filled."""
    titles = [*package.sheets]
    parts = {
        f"xl/worksheets/sheet{i}.xml": f"<worksheet {_MAIN}><sheetData>"
        f"{''.join(_rows(sheet))}</sheetData></worksheet>"
        for i, sheet in enumerate(package.sheets.values())
    }
    known = {title.casefold() for title in titles}
    names = "".join(
        f"<definedName name={quoteattr(name)}>{escaped_text(text)}</definedName>"
        for name, text in package.names.items()
        if CELLS_OF_A_SHEET.fullmatch(text) and _sheet_of(text).casefold() in known
    )
    numbers = range(len(titles))
    parts["xl/workbook.xml"] = (
        f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>'
        + "".join(
            f'<sheet name={quoteattr(titles[i])} sheetId="{i + 1}" r:id="r{i}"/>' for i in numbers
        )
        + f"</sheets><definedNames>{names}</definedNames></workbook>"
    )
    parts["xl/_rels/workbook.xml.rels"] = _relations(
        (f"r{i}", "worksheet", f"worksheets/sheet{i}.xml") for i in numbers
    )
    parts["_rels/.rels"] = _relations([("r", "officeDocument", "xl/workbook.xml")])
    parts["[Content_Types].xml"] = (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="{_TYPE}.worksheet+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/></Types>'
    )
    packed = {name: (_HEAD + text).encode() for name, text in parts.items()}
    return zipped(packed, zipfile.ZIP_STORED)


def _sheet_of(text: str) -> str:
    return text.rpartition("!")[0].strip("'").replace("''", "'")


def _relations(found: Iterable[tuple[str, str, str]]) -> str:
    each = (
        f'<Relationship Id="{key}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for key, kind, target in found
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{"".join(each)}</Relationships>'


def _rows(sheet: Sheet) -> Iterator[str]:
    """Write the cells that hold something, row by row."""
    row, filled = 0, sheet.filled_places
    for at in sorted(sheet.places):
        value = None if at in filled else sheet.value(at)
        if value is None:
            continue
        if at[0] != row:
            yield f'{"</row>" if row else ""}<row r="{at[0]}">'
            row = at[0]
        yield _cell(at, value)
    if row:
        yield "</row>"


def _cell(at: Place, value: Value) -> str:
    start = f'<c r="{address(*at)}"'
    if isinstance(value, bool):
        return f'{start} t="b"><v>{int(value)}</v></c>'
    if isinstance(value, float) and math.isfinite(value):
        return f"{start}><v>{value!r}</v></c>"
    if isinstance(value, str):
        return f'{start} t="str"><v xml:space="preserve">{escaped_text(value)}</v></c>'
    text = str(value)
    return f'{start} t="e"><v>{text if text in _ERRORS else "#VALUE!"}</v></c>'
