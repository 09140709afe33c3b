"""Do the cases of CoreWeave and Nebius say what the filings say, and do their figures fit together?

Oracles: numbers typed here from CoreWeave's 10-Q for the first quarter of 2025 and later filings,
and from Nebius's 6-K for the second quarter of 2026 and the terms of its notes; and arithmetic on
them that the cases do not contain.
"""

from __future__ import annotations

import copy
import tomllib
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import pytest

from model.case.case import Case, load, parse
from model.case.moving import looks_ahead
from model.returns.internal_rates import return_irr
from model.valuation import Valuation, value

NAMES = ("coreweave", "nebius")
#: Depreciation and amortisation of CoreWeave's first quarter of 2025, and the MW active at its end.
DEPRECIATION, ACTIVE, LIFE = 443.497, 420, 6


@cache
def case(name: str) -> Case:
    return load(name)


@cache
def valued(name: str) -> Valuation:
    return value(case(name))


def tree(name: str) -> dict[str, Any]:
    text = resources.files("model.cases").joinpath(f"{name}.toml").read_text("utf-8")
    return copy.deepcopy(tomllib.loads(text))


def column(name: str, table: str, header: str) -> list[Any]:
    stated = case(name).tables[table]
    place = list(stated.columns).index(header)
    return [row.values[place] for row in stated.rows.values()]


def number(name: str, path: str) -> float:
    return case(name).figures[path].number


def assumed(name: str, key: str, header: str = "Value") -> float:
    """Return an assumption about a megawatt."""
    table = case(name).tables["infrastructure"]
    found = table.rows[key].values[list(table.columns).index(header)]
    assert isinstance(found, float)
    return found


# Remaining performance obligations ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "amounts"),
    [("coreweave", [8_526, 5_880, 294]), ("nebius", [13_496.6, 14_996.2, 8_997.7])],
)
def test_bands_in_money(name: str, amounts: list[float]) -> None:
    bands = valued(name).bands
    assert bands is not None
    assert bands.amount == pytest.approx(amounts, abs=0.06)


def test_bookings_between_balances_by_hand() -> None:
    """Closing balance less opening, plus revenue of the quarters between from contracts: 98%."""
    quarters = ([1_212.788, 1_364.676], [1_572], [2_078], [2_575])
    balances = [14_700, 50_000, 60_700, 98_800, 103_700]
    by_hand = [
        closing - opening + 0.98 * sum(revenue)
        for opening, closing, revenue in zip(balances, balances[1:], quarters, strict=False)
    ]
    bookings = valued("coreweave").bookings
    assert bookings is not None
    assert bookings.bookings == pytest.approx(by_hand, abs=0.01)
    revenue = [b.recognised.number for b in case("coreweave").rpo.later.values()]  # type: ignore[union-attr]
    # 15 months brought 8,802 (rounded), of a band of 8,526 for 24.
    assert sum(revenue) == pytest.approx(8_802, abs=0.6)
    assert pytest.approx(5_131 - (981.632 + 1_212.788 + 1_364.676), abs=0.1) == 1_572


@pytest.mark.parametrize("name", NAMES)
def test_the_first_year_is_what_the_company_guided(name: str) -> None:
    """Revenue of the first forecast year is within guidance that was public on the day."""
    low, high = {"coreweave": (4_900, 5_100), "nebius": (3_000, 3_400)}[name]
    assert low <= float(valued(name).forecast.revenue[0]) <= high


# Debt --------------------------------------------------------------------------------------------


def test_six_kinds_of_debt_are_the_total_of_the_filing() -> None:
    """With the term loan repaid in April, and the revolving facility as of the balance date."""
    due = {2025: 2_615.048, 2026: 3_172.359, 2027: 2_169.980, 2028: 721.597, 2029: 128.937}
    assert sum(due.values()) == pytest.approx(8_807.921)
    of_filing = slice(0, 4)
    balances = column("coreweave", "commitments", "Balance")[of_filing]
    assert sum(balances) + 1_000 + 50 == pytest.approx(8_807.921)
    elsewhere = {2025: 1_000.0, 2027: 50.0}
    for year, total in due.items():
        stated = sum(column("coreweave", "commitments", str(year))[of_filing])
        assert stated + elsewhere.get(year, 0) == pytest.approx(total), year
    # The bridge has what is owed after the events of April and May, and no more.
    drawn = sum(column("coreweave", "facilities", "Drawn"))
    owed = sum(column("coreweave", "commitments", "Balance")) + drawn
    assert owed == pytest.approx(float(valued("coreweave").result.debt))
    principal = [1_897.5, 4_386.303, 1_000, 50, 1_225.201, 248.917]
    rates = np.average([0.15, 0.11, 0.12, 0.06, 0.095, 0.12], weights=principal)
    assert number("coreweave", "cost_of_capital.cost_of_debt") == pytest.approx(rates, abs=5e-4)


def test_undrawn_facilities_are_those_of_the_filing() -> None:
    limits = column("coreweave", "facilities", "Limit")
    assert limits[1] + (650 - 50) + 512 == pytest.approx(4_102.697)
    assert number("coreweave", "balance_sheet.restricted_cash") + 500 == pytest.approx(
        624.250 + 617.110
    )


#: Principal, shares per 1,000 of it, and what is repaid over it.
SERIES = {
    "n2029": (500, 19.4363, 1.2),
    "n2031": (500, 19.4363, 1.25),
    "n2030": (1_375 * 1.15, 7.2072, 1.15),
    "n2032": (1_375 * 1.15, 7.2072, 1.15),
}


@pytest.mark.parametrize("key", SERIES)
def test_notes_by_their_conversion_rates(key: str) -> None:
    principal, rate, over = SERIES[key]
    note = case("nebius").securities[key]
    assert note.strike is not None
    assert note.strike.number == pytest.approx(1_000 / rate, abs=0.005)
    assert note.figures["count"].number == pytest.approx(principal * rate / 1_000, rel=1e-6)
    shares, each = note.figures["count"].number, note.figures["repayment"].number
    assert shares * each == pytest.approx(principal * over, rel=1e-4)
    assert each == pytest.approx(note.strike.number * over)


def test_debt_is_what_the_notes_are_repaid_at() -> None:
    """The four known series and the rest make up 10,042 at maturity, over 8,502.5 of principal."""
    notes = [s for s in case("nebius").securities.values() if s.type == "convertible"]
    repaid = sum(n.figures["count"].number * n.figures["repayment"].number for n in notes)
    known = sum(principal * over for principal, _, over in SERIES.values())
    assert known == pytest.approx(600 + 625 + 2 * 1_818.4375)
    assert repaid == pytest.approx(10_042, abs=0.5)
    assert repaid <= float(valued("nebius").result.debt) == 10_042
    assert sum(column("nebius", "commitments", "Balance")) == pytest.approx(10_042)
    principal = sum(principal for principal, _, _ in SERIES.values()) + 4_340
    assert principal == pytest.approx(8_502.5)
    assert 1.1 < (10_042 - known) / 4_340 < 1.25
    # Holders of a series take shares where these are worth more than what is repaid.
    worth = valued("nebius").value_per_share
    taken = [n for n in notes if n.figures["repayment"].number < worth]
    converted = sum(n.figures["count"].number * n.figures["repayment"].number for n in taken)
    assert float(valued("nebius").result.converted_debt) == pytest.approx(converted)


# Shares ------------------------------------------------------------------------------------------


def test_share_classes_and_the_quoted_market_value() -> None:
    """All classes at the price of 31 March are the 17.26 billion that Yahoo showed."""
    held = case("coreweave").securities
    of = [held[key].figures["count"].number for key in ("class_a", "redeemable", "class_b")]
    assert sum(of) == pytest.approx(465.407, abs=5e-4)
    assert sum(of) * number("coreweave", "prices.balance") == pytest.approx(17_260, rel=5e-4)
    # The options' intrinsic value, of all and of those that can be exercised, gives that price.
    assert pytest.approx(37.08, abs=0.005) == 1_607.113 / 45.478 + 1.74
    assert pytest.approx(37.08, abs=0.005) == 1_121.868 / 31.139 + 1.05
    put = held["redeemable"].figures
    assert put["count"].number * put["repayment"].number == pytest.approx(1_163.159, abs=0.5)
    assert sum(column("coreweave", "share_classes", "Before")) == pytest.approx(sum(of))


def test_shares_of_nebius_sum_to_the_cover() -> None:
    assert sum(column("nebius", "share_classes", "Before")) == pytest.approx(271.855218)
    notes = [s for s in case("nebius").securities.values() if s.type == "convertible"]
    # The company counts 65.4 million shares that its notes would convert to.
    assert sum(n.figures["count"].number for n in notes) == pytest.approx(65.4, rel=0.02)


# A megawatt --------------------------------------------------------------------------------------


def test_plant_depreciates_as_the_filing_says() -> None:
    mw, price, life = (
        np.array(column("coreweave", "plant", header), dtype=float)
        for header in ("MW", "Price per MW", "Life")
    )
    now = slice(0, 3)
    assert mw[now].sum() == ACTIVE
    assert (mw * price / life)[now].sum() / 4 == pytest.approx(DEPRECIATION, rel=1e-3)


def test_return_on_a_megawatt_without_its_size() -> None:
    """What a MW earns over its cost is what the quarter earned over its depreciation.

    Neither needs the megawatts, nor the price of one.
    """
    segment = case("coreweave").segments["cloud"].figures
    costs = sum(segment[n].number for n in ("power_cost", "hosting_cost", "other_cost"))
    each = assumed("coreweave", "price") - costs
    ours = return_irr([-assumed("coreweave", "capex"), *[each] * LIFE])
    # Revenue less costs before depreciation and stock compensation, without the company's own.
    overhead = 70 + 10.5 + 40
    quarter = 606.131 + overhead
    theirs = return_irr([-DEPRECIATION * 4 * LIFE, *[quarter * 4] * LIFE])
    assert ours == pytest.approx(theirs, abs=0.003)
    # After the company's costs little is left over what lenders were paid.
    after = return_irr([-DEPRECIATION * 4 * LIFE, *[606.131 * 4] * LIFE])
    assert 0.08 < after < 0.118 < ours < 0.18


def test_contracted_revenue_is_what_its_plant_can_earn() -> None:
    """A balance over the MW-years of the plant that serves it is the price of a MW-year."""
    for name, start, price in (
        ("coreweave", date(2025, 3, 31), 9.35),
        ("nebius", date(2026, 6, 30), 12.3),
    ):
        mw, begun, life, served = (
            column(name, "plant", header) for header in ("MW", "In service", "Life", "Contract")
        )
        years = sum(
            each * (years - max((start - day).days, 0) / 365.25)
            for each, day, years, contract in zip(mw, begun, life, served, strict=True)
            if contract
        )
        assert number(name, "rpo.opening.amount") / years == pytest.approx(price, rel=0.02), name


def test_return_on_a_megawatt_of_nebius() -> None:
    """At the base price a MW pays back in some three years; the deals of 2026 in 22 months."""
    segment = case("nebius").segments["cloud"].figures
    costs = sum(segment[n].number for n in ("power_cost", "hosting_cost", "other_cost"))
    base, capex = assumed("nebius", "price") - costs, assumed("nebius", "capex")
    assert capex / base == pytest.approx(3.2, abs=0.1)
    assert 0.15 < return_irr([-capex, *[base] * 5]) < 0.2
    dear, deals = assumed("nebius", "capex", "High"), assumed("nebius", "price", "High")
    payback = 12 * dear / (deals - costs)
    assert payback == pytest.approx(22, abs=1)


# The valuation date ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_what_became_public_later_does_not_move_the_value(name: str) -> None:
    assert looks_ahead(case(name)) == []
    spoilt = tree(name)
    spoilt["rpo"].pop("later", None)
    shown = ("facts", "peers", "value_ranges")
    for section in ("published", "prices"):
        spoilt.pop(section)
    for table in (*shown, "exit_multiples", "named_customers", "share_sales"):
        spoilt["tables"].pop(table)
    assert value(parse(spoilt)).value_per_share == pytest.approx(
        valued(name).value_per_share, rel=1e-12
    )


@pytest.mark.parametrize("name", NAMES)
def test_growth_has_a_terminal_value_and_replaces_its_plant(name: str) -> None:
    """Plant of today runs off; what follows has capital of its own and outlasts the forecast."""
    lines = valued(name).by_segment
    assert lines is not None
    end = {n: float(lines.revenue[i, -1]) for i, n in enumerate(lines.names)}
    assert end["Further contracts"] == pytest.approx(float(valued(name).forecast.revenue[-1]))
    worn = {n: float(lines.depreciation[i, -1]) for i, n in enumerate(lines.names)}
    assert not any(worn.values())
    assert float(valued(name).result.terminal_reinvestment) > 0
