"""Ranges of value around the share price: a section of the sheet of comparables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from openpyxl.utils import get_column_letter

from workbook.template import charts, printing, styles
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.growing import if_named, in_row, placed
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import FIRST, LABEL, UNIT, column_of
from workbook.template.sheets.dcf.lines import value_line

#: Values per share of this model that other sheets hold, and what their range is called, but for a
#: grid, which has the name of what it varies. A sheet that has one puts its cells there; a word
#: among them, such as n.m., counts for nothing.
OWN = {
    "values.scenarios": "This model: scenarios, bear to bull",
    "values.grid": "",
    "values.choices": "This model: other choices, one at a time",
}
#: A row of the ranges: its name, the style of its cells, and their formulas.
Row = tuple[str, str, list[str | None]]
HEADERS = ("Method", "Low", "Middle", "High")
#: What the chart is drawn from, right of the ranges.
DRAWN = ("Share price", "Line at the price", "Low to the price", "High to the price")
#: Columns of the chart.
WIDE = 7
#: The line is as wide as this part of the largest value.
THIN = 100


def write(
    page: Page, book: Book, implied: Block, multiples: dict[str, int], fitted: dict[str, list[str]]
) -> None:
    """Write the ranges, this model's first, and the chart of them.

    The multiples are those with a range, with their places among the implied values; of each
    regression that is used, there are the formulas of its range.
    """
    top = page.row
    for i, header in enumerate(HEADERS):
        page.put(top, LABEL + i, header, "head" if i else "head_left")
    page.row += 1
    own, typed = [*_own(book)], [*_typed(book)]
    _rows(page, [*own, *_of_multiples(implied, multiples), *_fitted(fitted)])
    # The rows of a table have their places from the row above them.
    _rows(page, typed, page.row - 1)
    table = Area(page.title, top, LABEL, page.row - top, len(HEADERS))
    # The chart is drawn right of the table, without the blank rows, which are below all others. It
    # needs more room for each range than a row.
    stated = book.case.tables["value_ranges"].rows if typed else ()
    drawn = table.rows - 1 - len(typed) + len(stated)
    height = 0.8 * drawn + 2.2
    page.row = top
    page.leave(max(height, table.rows * printing.ROW * 2.54 / 72))
    field = page.result(
        "Football field",
        f"COMPS_FOOTBALL_FIELD({table.local},Share_price)",
        rows=table.rows - 1,
    )
    low, high, width, position = map(field.column_of, ("low", "high", "width", "position"))
    # What the peers imply may not be meaningful, and a range of one value has no position: texts.
    book.recount(
        *(low.part(first, 0, count, width.column - low.column + 1)
          for first, count in ((0, len(own)), (low.rows - len(typed), len(typed))) if count)
    )  # fmt: skip
    price, line, *below = _drawn(page, field)
    book.checks += [
        Check("Football field: low end and position lead to the share price",
              _reached(low, position, width), f"COUNT({position})*Share_price"),
        Check("Football field: low end and width lead to the high end",
              f"SUM({low})+SUM({width})", f"SUM({high})"),
        Check("Football field: every range has the share price next to it",
              f"SUM({price})", f'SUMPRODUCT(({field.column_of("method")}&""<>"")*Share_price)'),
    ]  # fmt: skip
    methods, low, high, line, price, *below = (
        each.part(0, 0, drawn)
        for each in (field.column_of("method"), low, high, line, price, *below)
    )
    charts.ranges(
        page,
        "Value per share by method; the red line is the share price",
        methods,
        (low, high),
        (line, price),
        (below[0], below[1]),
        (top, FIRST + len(HEADERS)),
        WIDE,
        height,
    )


def _rows(page: Page, rows: Iterable[Row], above: int = 0) -> None:
    letter = get_column_letter(LABEL)
    for method, style, cells in rows:
        at = page.row
        name, *ends = (cell and placed(cell, letter, above, at) for cell in (method, *cells))
        page.put(at, UNIT, "USD", "unit")
        page.put(at, LABEL, name, "link_text" if method.startswith("=") else "label")
        page.series(FIRST, ends, style, styles.PRICE)
        page.row += 1


def _reached(low: Area, position: Area, width: Area) -> str:
    """Add up the low end and the way to the share price of every range that has a position."""
    parts = []
    for i in range(low.rows):
        start, part, wide = (column.part(i, 0) for column in (low, position, width))
        parts.append(f"IF(ISNUMBER({part}),{start}+{part}*{wide},0)")
    return f"SUM({','.join(parts)})"


def _own(book: Book) -> Iterator[Row]:
    """Give the ranges of this model's own values: those at their ends, and its own in between."""
    here = f"MAX(0,{value_line(book, 'value_per_share')})"
    for path, called in OWN.items():
        if path in book.areas:
            values = book.areas[path]
            # Holders cannot lose more than what they have.
            ends = [f"=MAX(0,{end}({values},{here}))" for end in ("MIN", "MAX")]
            yield called or _grid(book), "link", [ends[0], f"={here}", ends[1]]


def _grid(book: Book) -> str:
    """Name the first grid of the sheet Sensitivity, as a formula: rows may be sorted."""
    rows, by = (_small(str(column_of(book, "grids", h).part(0, 0))) for h in ("Rows", "By"))
    return f'="This model: "&{rows}&" by "&{by}'


def _small(words: str) -> str:
    """Begin words with a small letter, but a name such as RPO, as a formula."""
    second = f"MID({words},2,1)"
    small = f"LOWER(LEFT({words},1))&MID({words},2,LEN({words}))"
    return f"IF(EXACT({second},LOWER({second})),{small},{words})"


def _of_multiples(implied: Block, multiples: dict[str, int]) -> Iterator[Row]:
    """Give the values at the quartiles of the peers' multiples."""
    columns = [implied.column_of(name) for name in ("low", "middle", "high")]
    for name, place in multiples.items():
        cells = [column.part(place, 0).local for column in columns]
        yield (
            f"Comparables: {name}, quartiles", "calc",
            [f'=IF(ISNUMBER({cell}),MAX(0,{cell}),"")' for cell in cells],
        )  # fmt: skip


def _fitted(fitted: dict[str, list[str]]) -> Iterator[Row]:
    """Give the values around the prediction of each regression that is used."""
    for name, cells in fitted.items():
        yield f"Comparables: {name}, regression", "calc", [*cells]


def _typed(book: Book) -> Iterator[Row]:
    """Give the case's other ranges: prices of the offer, of the market, and others' values."""
    table = book.case.tables.get("value_ranges")
    if table is None:
        return
    names, *ends = (
        column_of(book, "value_ranges", header) if header in table.columns else None
        for header in HEADERS
    )
    assert names is not None
    # A link to an empty cell would give zero.
    cells = [f'IF({in_row(end)}="","",{in_row(end)})' for end in ends if end is not None]
    name, *found = if_named(names, cells)
    shown = iter(found)
    formulas = [None if end is None else f"={next(shown)}" for end in ends]
    yield from [(f"={name}", "link", formulas)] * names.rows


def _drawn(page: Page, field: Block) -> list[Area]:
    """Write what the chart is drawn from: the share price, its line, and the ends up to it."""
    right = field.column + field.columns
    ends = [field.column_of(name) for name in ("low", "high")]
    count, largest = field.rows - 1, ends[1]
    for i, name in enumerate(DRAWN):
        page.put(field.row, right + i, name, "head")
    methods = field.column_of("method")
    for i in range(count):
        row, method = field.row + 1 + i, methods.part(i, 0).local.replace("$", "")
        price = Area(page.title, row, right).local.replace("$", "")
        low, high = (end.part(i, 0).local.replace("$", "") for end in ends)
        formulas = (
            "Share_price",
            f"{price}+MAX({largest.local},Share_price)/{THIN}",
            f"MIN({low},{price})",
            f"IF({price}>N({low}),MIN({high},{price}),0)",
        )
        for j, formula in enumerate(formulas):
            shown = f'=IF({method}&""="","",{formula})'
            page.put(row, right + j, shown, "calc" if j else "link", styles.PRICE)
    return [Area(page.title, field.row + 1, right + j, count) for j in range(len(DRAWN))]
