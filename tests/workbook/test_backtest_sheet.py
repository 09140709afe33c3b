"""Does the sheet show the back-tests of every balance that can be tested, as the case states it?

The case is the shipped one with a third later balance, so that June 2026 can be tested as well, a
run rate, and revenue outside the balance in one quarter. The oracle is the split of its parts, and
what the case states; and every check and comparison must still hold.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from cases import Tree, of_model, shipped
from looked_at import looked_at, typed
from ranges import cells_of

from model.case.case import Case, parse
from model.errors import InputError
from model.rpo.backtest_split import rpo_backtest_shapes
from model.rpo.filings import DatedBands, Filings
from model.valuation import value
from workbook import template
from workbook.check.reader import read_case
from workbook.check.report import report

DAYS = [date(2025, 12, 31), date(2026, 3, 31), date(2026, 6, 30), date(2026, 9, 30)]
BALANCES = [24_600.0, 25_000.0, 25_400.0, 26_000.0]
REVENUE = [193.4, 180.1, 215.0]


def tree() -> Tree:
    made = shipped()
    del made["company"]["basis"]
    later = made["rpo"]["later"]
    third = later["september_2026"] = copy.deepcopy(later["june_2026"])
    for key, stated in (("date", DAYS[3]), ("amount", BALANCES[3]), ("recognised", REVENUE[2])):
        third[key]["value"] = stated
    later["march_2026"]["outside"] = of_model(20.0)
    made["rpo"]["run_rate"] = of_model(57.0)
    return made


@pytest.fixture(scope="module")
def case() -> Case:
    return parse(tree())


@pytest.fixture(scope="module")
def built(case: Case) -> bytes:
    return template.build(case)


def block(package: bytes, name: str, rows: int) -> list[list[Any]]:
    book = looked_at(package, values=True)
    sheet, cells = cells_of(looked_at(package), name)
    return [[cell.value for cell in row] for row in book[sheet][cells]][:rows]


def test_every_shape_of_every_balance(built: bytes, case: Case) -> None:
    filings = Filings(DAYS, BALANCES, [None, *REVENUE], outside=[None, 20.0, None, None])
    # The June bands are stated again in September, whose balance cannot be tested yet.
    bands = DatedBands(
        [day for day in (DAYS[0], DAYS[2], DAYS[3]) for _ in range(3)],
        [1, 25, 49] * 3,
        [24, 48, None] * 3,
        share=[0.15, 0.43, 0.42, *[0.22, 0.43, 0.35] * 2],
    )
    expected = rpo_backtest_shapes(filings, bands, 84, 57.0, case.table("customer_contracts"))
    _, *rows = block(built, "Backtest_shapes", 8)
    assert [(row[1].date(), row[0]) for row in rows] == [
        *((DAYS[0], shape) for shape in ("flat", "smooth", "anchored", "contracts")),
        *((DAYS[2], shape) for shape in ("flat", "smooth", "anchored")),
    ]
    assert [row[-1] for row in rows] == pytest.approx(expected.error.tolist())
    assert [row[5] for row in rows] == [20.0] * 4 + ["not disclosed"] * 3


def test_what_is_not_disclosed_is_said_period_by_period(built: bytes) -> None:
    rows = {row[0]: row[1:] for row in block(built, "Backtest_split", 12)}
    assert rows["Outside the balance"] == [20.0, "not disclosed", "not disclosed"]
    # 25,000 less 24,600 and 193.4 of revenue, of which 20 was never booked.
    assert rows["Implied bookings"][0] == pytest.approx(573.4)


def test_everything_agrees_and_comes_back(built: bytes, case: Case) -> None:
    assert report(built).faults == []
    assert read_case(built)[0] == case
    bookings = value(case).bookings
    assert bookings is not None
    assert bookings.bookings[0] == pytest.approx(573.4)


def test_a_cleared_amount_is_not_disclosed(built: bytes, case: Case) -> None:
    row = next(
        row for row in looked_at(built)["Inputs"].iter_rows()
        if row[2].value and "never was in the balance" in str(row[2].value)
    )  # fmt: skip
    assert row[3].value == 20.0
    cleared = typed(built, {("Inputs", (row[3].row, row[3].column)): None})
    assert "rpo.later.march_2026.outside" in case.figures
    found = report(cleared)
    assert found.faults == []
    assert "rpo.later.march_2026.outside" not in read_case(cleared)[0].figures


REFUSALS: dict[str, tuple[Callable[[Tree], Any], str]] = {
    "more outside than revenue": (
        lambda t: t["rpo"]["later"]["march_2026"].update(outside=of_model(200.0)),
        "rpo.later.march_2026.outside must be at most rpo.later.march_2026.recognised, 193.4, "
        "not 200.",
    ),
    "outside without revenue": (
        lambda t: t["rpo"]["later"]["march_2026"].pop("recognised"),
        "rpo.later.march_2026.outside must be left out without rpo.later.march_2026.recognised.",
    ),
    "outside of nothing before it": (
        lambda t: t["rpo"]["opening"].update(outside=of_model(1.0)),
        "rpo.opening.outside must be left out without rpo.opening.recognised.",
    ),
    "less than nothing outside": (
        lambda t: t["rpo"]["later"]["march_2026"].update(outside=of_model(-1.0)),
        "rpo.later.march_2026.outside must be from 0 to 10000000, not -1.",
    ),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_refusals(what: str) -> None:
    change, sentence = REFUSALS[what]
    made = tree()
    change(made)
    with pytest.raises(InputError, match=re.escape(sentence)):
        parse(made)
