"""One edit of the offer or the balance sheet, made in the workbook, against numbers by hand.

`test_template_changes` holds the workbook to the model for such edits. Here both are held to the
terms of the offer: 30 million shares, 3.3% and 9 of costs, 2.126456 million RSUs withheld.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from cases import shipped
from in_parts import areas, typed
from live import kept
from working_copy import CASE as COMPANY
from working_copy import RESULT_COLUMN, Copy, Edits, checks, errors, masters

from model.case.case import parse
from model.errors import InputError
from workbook import template
from workbook.check.reader import read_case
from workbook.check.report import report
from workbook.package.cells import Place, Values, place
from workbook.package.package import Package

CASH = 3_261.0


def shown(copied: Copy, values: Values, name: str, line: str) -> Any:
    """Return the first number of a line of a named block, found by its label."""
    sheet, top, left = copied.named(name)
    return first_number(values, sheet, (top, left), line)


def first_number(values: Values, sheet: str, first: Place, line: str) -> Any:
    """Return the first number of a line of the block that begins in a cell."""
    top, left = first
    at = next(
        at
        for at, value in sorted(values[sheet].items())
        if at[0] >= top and at[1] == left and value == line
    )
    return values[sheet][at[0], left + 1]


def after(copied: Copy, edits: Edits) -> Values:
    values = copied.values(edits)
    assert errors(values) == []
    assert masters(values) == masters(copied.base)
    return values


@pytest.mark.parametrize("price", [155.0, 185.0, 200.0, 1_850.0])
def test_every_sheet_keeps_one_amount_of_cash(copied: Copy, price: float) -> None:
    values = after(copied, {copied.at("offer.price"): price})
    net = 30 * price * (1 - 0.033) - 9
    kept = net - 2.126456 * price
    expected = {
        ("Offer_lines", "Gross proceeds"): 30 * price,
        ("Offer_lines", "Net proceeds"): net,
        ("Offer_lines", "Tax on RSUs"): 2.126456 * price,
        ("Offer_lines", "Cash that stays"): kept,
        ("Offer_lines", "Cash after the offer"): CASH + kept,
        ("Offer_lines", "Shares after"): 215.228541,
        ("Valuation", "Cash and investments"): CASH,
        ("Valuation", "Net proceeds of the offer"): kept,
    }
    found = {key: shown(copied, values, *key) for key in expected}
    assert found == pytest.approx(expected, rel=1e-12)
    for driver, number in (("cash", CASH), ("offer_proceeds", kept)):
        sheet, at = copied.driver(driver)
        assert values[sheet][place(at)] == pytest.approx(number, rel=1e-12)


@pytest.mark.parametrize(
    ("path", "new", "more"),
    [
        ("balance_sheet.cash", 1_816.0, 100.0),
        ("balance_sheet.deferred_revenue", 344.3, -100.0),
        ("offer.expenses", 109.0, -100.0),
        ("offer.rsus_withheld", 2.226456, -18.5),
    ],
)
def test_a_figure_moves_equity_by_what_it_is(
    copied: Copy, path: str, new: float, more: float
) -> None:
    values = after(copied, {copied.at(path): new})
    before, equity = (
        shown(copied, each, "Valuation", "Equity value") for each in (copied.base, values)
    )
    # RSUs withheld are no longer outstanding, which moves the weights of the cost of capital.
    slack = 2.0 if path == "offer.rsus_withheld" else 1e-6
    assert equity - before == pytest.approx(more, abs=slack)


@pytest.mark.parametrize("bad", [None, "many", -5.0], ids=["cleared", "text", "negative"])
def test_no_figure_of_the_offer_or_the_balance_sheet_counts_as_nothing(
    copied: Copy, bad: Any
) -> None:
    """A check fails by its name, whether or not a function refuses it as well."""
    stated = {
        f"{section}.{key}": figure
        for section in ("offer", "balance_sheet")
        for key, figure in getattr(COMPANY, section).items()
    }
    assert len(stated) > 15
    rows = {title: row for row, title in checks(copied).items()}
    for path, figure in stated.items():
        sheet, at = copied.at(path)
        values = copied.live.values({(sheet, place(at)): bad})
        (line,) = masters(values)
        assert str(line).startswith("FAIL: "), path
        (row,) = (
            r for title, r in rows.items() if title.startswith(f"Inputs: {figure.label} must")
        )
        assert values["Checks and warnings"][row, RESULT_COLUMN] == "FAIL", path


def test_events_after_the_balance_sheet_count_from_their_dates_on() -> None:
    """A loan of 500 before the valuation date, and a repurchase of 700 the day after it."""
    tree = shipped()
    opening = {"Cash and investments": 1_000.0, "Debt": 90.0}
    for key in ("restricted_cash", "restricted_cash_counts", "investments"):
        tree["balance_sheet"].pop(key, None)
    for key, number in zip(("cash", "borrowings"), opening.values(), strict=True):
        tree["balance_sheet"][key]["value"] = number
    # The loan that is repaid in capacity is not of this company.
    for key in ("commitments", "facilities", "facts"):
        del tree["tables"][key]
    del tree["funding"]
    origin = {"source": "pricing", "quality": "filing", "as_of": date(2026, 5, 13)}
    rows = [("Loan", date(2026, 4, 30), 500.0, 500.0), ("Later", date(2026, 5, 14), -700.0, 0.0)]
    tree["tables"]["balance_events"] = origin | {
        name.lower(): {
            "event": name, "date": day, "cash": cash, "borrowings": debt, "collected": 0.0
        }
        for name, day, cash, debt in rows
    }  # fmt: skip
    case = parse(tree)
    file = template.write(case)
    package, held = Package.opened(file), kept(file)
    assert report(package).faults == []
    assert read_case(package)[0] == case
    sheet, first, _ = areas(package)["Valuation"]
    for line, number in opening.items():
        found = first_number(held.base, sheet, first, line)
        assert found == pytest.approx(number + 500, rel=1e-12)
    later = held.values({typed(package, "company.valuation_date"): datetime(2026, 5, 14)})
    found = first_number(later, sheet, first, "Cash and investments")
    assert found == pytest.approx(1_000 + 500 - 700, rel=1e-12)


def test_borrowings_after_a_balance_sheet_without_any_are_refused() -> None:
    tree = shipped()
    del tree["balance_sheet"]["borrowings"]
    row = {"event": "Loan", "date": date(2026, 4, 30), "cash": 5.0, "borrowings": 5.0}
    origin = {"source": "q1", "quality": "filing", "as_of": date(2026, 5, 13)}
    tree["tables"]["balance_events"] = origin | {"loan": row | {"collected": 0.0}}
    with pytest.raises(
        InputError, match=r"^tables\.balance_events must be 0 in Borrowings without"
    ):
        parse(tree)


def test_claims_add_up_to_the_equity_value(copied: Copy) -> None:
    values = after(copied, {copied.at("securities.warrant_value.vests_at"): 17_500})
    claims = shown(copied, values, "Valuation", "Equity value")
    sheet, top, left = copied.named("Claims")
    parts = [values[sheet][top + i, left + 8] for i in range(1, 7)]
    assert sum(parts) == pytest.approx(claims, rel=1e-12)  # type: ignore[arg-type]
