"""Does Inputs say next to each figure where it is from and why, and is everything found and read?

Oracles: the case of each company, and what the cells of its workbook hold and look like.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from calc_comparison import built, every_case
from looked_at import looked_at
from openpyxl.utils import get_column_letter
from ranges import typed_at
from working_copy import HIDDEN

from model.case.case import Case, load
from workbook.package.cells import place
from workbook.status import FRONT

#: The smallest type that is read with ease on a screen, in points, and the zoom of the sheets.
SMALLEST, ZOOM = 9, (90, 100)
LABEL, VALUE = 3, 4


@cache
def opened(name: str) -> Any:
    return looked_at(built(name))


def sections(page: Any) -> dict[int, str]:
    return {row[0].row: row[0].value for row in page.iter_rows() if row[0].style == "section"}


@every_case
def test_source_and_reason_stand_right_next_to_a_figure(name: str) -> None:
    page, case, at = opened(name)["Inputs"], load(name), typed_at(opened(name))
    single = [p for p in case.figures if p.partition(".")[0] in
              ("company", "offer", "price", "balance_sheet", "prices", "cost_of_capital",
               "published", "scalars", "funding")]  # fmt: skip
    assert single
    for path in single:
        row, column = at[path]
        of = case.figures[path]
        assert column == VALUE
        notes = [c.value for c in page[row][VALUE:] if c.value is not None]
        assert page.cell(row, VALUE + 1).value == notes[0]
        assert notes[0] == f"{case.sources[of.source].title} ({of.quality})"
        assert (notes[1:] or [""])[0].startswith(of.note), path
        assert page.cell(row, 2).value.date() == of.as_of


@every_case
def test_notes_of_a_table_begin_where_it_ends(name: str) -> None:
    """No column without a head, and none that is not of the table, lies between."""
    page, case = opened(name)["Inputs"], load(name)
    merged = {(each.min_row, each.min_col) for each in page.merged_cells.ranges}
    for key, table in case.tables.items():
        first = next(iter(table.rows))
        row = row_of(name, f"tables.{key}.{first}")
        heads = page[row - 1]
        width = len(table.columns)
        shown = [c.value for c in heads[LABEL - 1 : LABEL - 1 + width]]
        assert None not in shown, key
        after = [c.value for c in heads[LABEL - 1 + width :] if c.value is not None]
        assert after == ["Source", "Why"], key
        long = any((row, LABEL + i) in merged for i in range(width))
        assert long or heads[LABEL - 1 + width].value == "Source", key


def row_of(name: str, path: str) -> int:
    links = opened(name)["Sources"].iter_rows(min_col=3, max_col=4, values_only=True)
    (link,) = (str(link) for found, link in links if found == path)
    return place(re.findall(r"\$[A-Z]+\$\d+", link)[0])[0]


@every_case
def test_years_stand_above_tables_that_have_them_alone(name: str) -> None:
    page = opened(name)["Inputs"]
    assert [c.value for c in page[5] if c.value is not None] == ["Unit", "As of", "Input"]
    assert not any(str(c.value).startswith("=YEAR") for row in page["A1:Z6"] for c in row)


@every_case
def test_what_matters_most_is_on_top_and_the_index_leads_to_every_part(name: str) -> None:
    page, at = opened(name)["Inputs"], typed_at(opened(name))
    rows = sections(page)
    top, index, *parts = rows
    assert rows[top] == "What matters most"
    case: Case = load(name)
    for path in ("company.valuation_date", "company.first_year_end", case.share_price[0]):
        assert top < at[path][0] < index
    links = [
        c.value for row in page.iter_rows(min_row=index, max_row=parts[0]) for c in row
        if str(c.value).startswith("=HYPERLINK")
    ]  # fmt: skip
    led = {int(re.findall(r"ROW\('Inputs'!\$A\$(\d+)\)", link)[0]) for link in links}
    assert led == set(parts)


@every_case
def test_every_sheet_leads_back_to_the_first(name: str) -> None:
    book = opened(name)
    assert book.sheetnames[0] == FRONT
    for page in book:
        if page.title in (FRONT, *HIDDEN):
            continue
        (back,) = (c for c in page[1] if c.hyperlink)
        assert back.hyperlink.location == f"'{FRONT}'!A1"
        assert back.value == f"Back to {FRONT}"


@every_case
def test_nothing_is_too_small_to_read_on_the_screen(name: str) -> None:
    for page in opened(name):
        if page.title in HIDDEN:
            continue
        assert ZOOM[0] <= page.sheet_view.zoomScale <= ZOOM[1]
        for cell in (c for row in page.iter_rows() for c in row if c.value is not None):
            assert cell.font.size >= SMALLEST, (page.title, cell.coordinate)
            assert not cell.alignment.shrink_to_fit, (page.title, cell.coordinate)
            width = page.column_dimensions[get_column_letter(cell.column)].width
            assert width <= 110, (page.title, cell.coordinate)
