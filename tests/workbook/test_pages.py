"""On how many pages is each sheet of each company printed?

Oracle: arithmetic over the row heights, the margins and the page ends that stand in the file. That
Calc prints as many pages is in `test_print`.
"""

from __future__ import annotations

import pytest
from looked_at import looked_at
from on_paper import HEAD, sheets_of

from model.case.case import load
from workbook import template
from workbook.status import FRONT

COMPANIES = ("cerebras", "coreweave", "nebius", "snowflake", "supermicro")
#: Sheets that are lists, printed for reference.
LISTS = {"Inputs", "Checks and warnings", "Sources"}
MOST = 3


@pytest.mark.parametrize("company", COMPANIES)
def test_a_sheet_is_handed_over_on_three_pages(company: str) -> None:
    book = looked_at(template.write(load(company)))
    pages = {}
    for page in sheets_of(book):
        pages[page.sheet.title] = len(page.rows)
        for first, last in page.rows:
            high = page.height(1, HEAD) + page.height(first, last)
            assert high <= page.room[1], (page.sheet.title, first, last)
    assert len(pages) > 10
    assert {t: n for t, n in pages.items() if n > MOST and t not in LISTS} == {}
    assert pages[FRONT] == 1
