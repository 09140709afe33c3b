"""Does one calendar hold for schedules, forecast years, stubs and back-tests?

Oracles: fiscal years of 52 and 53 weeks as filings state them (NVIDIA: 26 January 2025, 25
January 2026; Broadcom: 3 November 2024, 2 November 2025; years that end on the Saturday nearest
to 31 January or 31 December), counted by hand; and a shift of the dates within a week of a
month's end, which must change nothing.
"""

from __future__ import annotations

import copy
from calendar import monthrange
from datetime import date, timedelta

import numpy as np
import pytest
from cases import simple
from hypothesis import given
from hypothesis import strategies as st

from model.calendar import fiscal_year, months_between
from model.case.business import contracted_by_year, stub
from model.case.case import Case, parse
from model.errors import InputError
from model.fiscal_years import by_fiscal_year
from model.valuation import calendar_years
from workbook.functions import CATALOGUE

SHIPPED = simple()


def dated(valued: date, first_year_end: date, balance: date) -> Case:
    tree = copy.deepcopy(SHIPPED)
    tree["company"]["valuation_date"]["value"] = valued
    tree["company"]["first_year_end"]["value"] = first_year_end
    tree["rpo"]["opening"]["date"]["value"] = balance
    tree["rpo"]["later"] = {}
    # What falls due has its own years.
    del tree["funding"], tree["tables"]["commitments"], tree["tables"]["facilities"]
    tree["published"] = {k: p for k, p in tree["published"].items() if "year" not in p}
    return parse(tree)


def month_end(months: int) -> date:
    year, month = divmod(2024 * 12 + months, 12)
    return date(year, month + 1, monthrange(year, month + 1)[1])


def test_a_balance_in_the_first_week_is_that_of_the_month_before() -> None:
    bands = [["From month", "To month", "Amount"], [1, 24, 1200]]
    days = date(2024, 2, 2), date(2025, 1, 31)
    rows = CATALOGUE["RPO_BY_YEAR"].call(1200, bands, *days, 2, "flat")
    assert rows[0][1:] == [2025, 2026]
    assert rows[1][1:] == pytest.approx([600.0, 600.0])


@given(
    st.integers(0, 40), st.integers(0, 40), st.integers(-7, 7), st.integers(-7, 7)
)  # fmt: skip
def test_a_week_around_a_month_end_changes_nothing(
    start: int, later: int, off: int, other: int
) -> None:
    balance, end = month_end(start), month_end(start + later)
    moved, moved_end = balance + timedelta(off), end + timedelta(other)
    by_month = np.arange(1.0, 61.0)
    expected = by_fiscal_year(by_month, balance, end, 4)
    assert by_fiscal_year(by_month, moved, moved_end, 4).tolist() == expected.tolist()
    assert months_between("filings", moved, moved_end) == later


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2025, 1, 26), date(2026, 1, 25), 12),
        (date(2024, 11, 3), date(2025, 11, 2), 12),
        # A quarter of 14 weeks.
        (date(2026, 1, 25), date(2026, 5, 3), 3),
        (date(2026, 3, 15), date(2026, 6, 14), 3),
    ],
)
def test_months_between_the_ends_of_weeks(start: date, end: date, months: int) -> None:
    assert months_between("filings", start, end) == months


def test_a_fiscal_year_bears_the_year_that_it_counts_as() -> None:
    assert [fiscal_year(date(2026, 12, 26)), fiscal_year(date(2027, 1, 2))] == [2026, 2026]
    assert fiscal_year(date(2027, 1, 31)) == 2027
    case = dated(date(2026, 5, 13), date(2027, 1, 2), date(2026, 1, 3))
    assert calendar_years(case)[0] == 2026
    same = dated(date(2026, 5, 13), date(2026, 12, 31), date(2025, 12, 31))
    assert contracted_by_year(case).tolist() == contracted_by_year(same).tolist()


def test_a_valuation_at_the_end_of_the_year_before_has_the_whole_year_ahead() -> None:
    # 53 weeks from 25 January 2026 to 31 January 2027.
    assert stub(dated(date(2026, 1, 25), date(2027, 1, 31), date(2026, 1, 25))) == 1.0
    with pytest.raises(InputError, match=r"^company\.valuation_date must be in the year"):
        stub(dated(date(2026, 1, 23), date(2027, 1, 31), date(2026, 1, 23)))


@pytest.mark.parametrize(
    ("balance", "sentence"),
    [
        (
            date(2026, 6, 30),
            "rpo.opening.date must not be after company.valuation_date 2026-05-13, "
            "but it is 2026-06-30.",
        ),
        (
            date(2024, 3, 31),
            "rpo.opening.date must be within 24 months of company.valuation_date 2026-05-13, "
            "but it is 2024-03-31.",
        ),
        (
            date(2005, 12, 31),
            "rpo.opening.date must be within 24 months of company.valuation_date 2026-05-13, "
            "but it is 2005-12-31.",
        ),
    ],
)
def test_a_balance_of_another_time_is_refused(balance: date, sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        dated(date(2026, 5, 13), date(2026, 12, 31), balance)
    assert str(refused.value) == sentence


def test_a_balance_of_24_months_or_of_the_day_itself_is_not() -> None:
    for balance in (date(2024, 5, 31), date(2026, 5, 13)):
        assert dated(date(2026, 5, 13), date(2026, 12, 31), balance)
