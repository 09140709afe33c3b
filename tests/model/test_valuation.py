"""Does a case's value follow from its figures?

Oracles: a second route to every line, written here in plain Python, number by number
(months counted on the calendar, cost of capital, forecast and bridge by hand, the price by
bisection); the published headlines of 25.6 and 26.6 billion on 212,965,381 shares; the bands of the
filing; and what must hold for any case. The curve within a band is taken from the model: its own
tests are in test_rpo.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pytest
from cases import simple
from hypothesis import given, settings
from hypothesis import strategies as st

from model.case.business import recognition
from model.case.case import Case, parse
from model.dcf.forecast import Forecast
from model.dcf.value import DcfValue
from model.dilution.securities import Securities
from model.dilution.shares import METHODS, diluted_market_cap
from model.errors import InputError
from model.rpo import schedule as rpo
from model.valuation import Valuation, value

SHIPPED = simple()
SECURITIES = [key for key in SHIPPED["securities"] if key != "company"]
DISCLOSED = [3_690.0, 10_578.0, 10_332.0]


def changed(**figures: Any) -> Case:
    """Return the shipped case with other values, by path with two underscores between keys."""
    tree = copy.deepcopy(SHIPPED)
    for path, new in figures.items():
        node = tree
        for key in path.split("__"):
            node = node[key]
        node["value"] = new
    # Later balances are later than the first one.
    opening = tree["rpo"]["opening"]["date"]["value"]
    tree["rpo"]["later"] = {
        key: balance
        for key, balance in tree["rpo"]["later"].items()
        if balance["date"]["value"] > opening
    }
    return parse(tree)


@pytest.fixture(scope="module")
def result() -> Valuation:
    return value(parse(copy.deepcopy(SHIPPED)))


# The second route --------------------------------------------------------------------------------


def by_calendar_year(start: date, by_month: list[float], years: list[int]) -> list[float]:
    """Sum the months that follow a balance date, each in the year it lies in."""
    total = dict.fromkeys(years, 0.0)
    year, month = start.year, start.month
    for amount in by_month:
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        if year in total:
            total[year] += amount
    return list(total.values())


#: 212,965,381 on the first terms, less 28.0m offered and 2,405,513 RSU shares.
SHARES_BEFORE = 212.965381 - 28 - 2.405513


def diluted(price: float, case: Case) -> float:
    """Count shares by the treasury stock method."""
    common = SHARES_BEFORE + 30 + 2.668673
    counts = {"common": common, "rsus": 16.687344 - 2.668673 - 2.126456}
    total = 0.0
    for key, security in case.securities.items():
        shares = security.count.number if security.count else counts[key]
        if key == "warrant_capacity":
            shares *= 750 / 2_000
        if key == "warrant_value" and price * common < 40_000:
            shares = 0.0
        strike = security.strike.number if security.strike else 0.0
        total += shares * max(1 - strike / price, 0.0)
    return total


def bisected(worth: Callable[[float], float], low: float, high: float) -> float:
    """Find where an increasing function is 0."""
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if worth(middle) < 0 else (low, middle)
    return low


def by_hand(case: Case) -> dict[str, Any]:
    """Value a case that has the drivers of the shipped one, terminal ROIC and mid-period flows."""

    # 5,550 gross at 185, a discount of 3.3%, expenses of 9 and the tax on 2.126456m RSUs.
    follow = {
        "cash": 1_716 + 1_029 + 516,
        "debt": 982.9,
        "other_claims": 368.4 + 244.3,
        "offer_proceeds": 30 * 185 * (1 - 0.033) - 9 - 2.126456 * 185,
    }

    def driver(name: str) -> float:
        return follow[name] if name in follow else case.drivers[name].number

    def path(name: str) -> list[float]:
        stated = case.drivers[name].value
        assert isinstance(stated, list)
        return stated

    horizon = len(path("operating_margin"))
    first_year, valued = case.company.first_year_end.value, case.company.valuation_date.value
    opened = case.rpo.opening.date.value
    assert isinstance(first_year, date)
    assert isinstance(valued, date)
    assert isinstance(opened, date)
    years = [first_year.year + t for t in range(horizon)]
    months = rpo.schedule(
        case.bands(case.rpo.conversion),
        1,
        str(case.rpo.shape.value),
        int(case.rpo.final_month.number),
    ).recognised.tolist()
    signed = by_calendar_year(opened, months, years)

    k = case.cost_of_capital
    equity_cost = (
        k["risk_free"].number
        + k["beta"].number * k["equity_risk_premium"].number
        + k["size_premium"].number
        + k["country_premium"].number
    )
    price = case.offer["price"].number
    equity, debt = price * diluted(price, case), driver("debt")
    after_tax = k["cost_of_debt"].number * (1 - k["tax_rate"].number)
    wacc = (equity * equity_cost + debt * after_tax) / (equity + debt)

    hold, final = int(driver("wacc_years")), driver("terminal_wacc")
    rates = [
        wacc if t < hold else wacc + (final - wacc) * (t + 1 - hold) / (horizon - hold)
        for t in range(horizon)
    ]
    before, losses, highest = driver("base_revenue"), driver("loss_carryforward"), 0.0
    factor, elapsed = 1.0, 0.0
    present, revenues = 0.0, []
    for t in range(horizon):
        highest = max(highest, signed[t])
        revenue = (
            signed[t]
            + driver("renewal_rate") * (highest - signed[t])
            + path("uncontracted_revenue")[t]
        )
        income = revenue * path("operating_margin")[t]
        used = min(losses, driver("loss_limit") * max(income, 0.0))
        losses += max(-income, 0.0) - used
        profit = income - driver("tax_rate") * (max(income, 0.0) - used)
        flow = profit - (revenue - before) / path("sales_to_capital")[t]
        length = (first_year - valued).days / 365 if t == 0 else 1.0
        growth = 1 + rates[t]
        present += flow * length * factor / growth ** (length / 2)
        factor /= growth**length
        elapsed += length
        before = revenue
        revenues.append(revenue)
    terminal_growth, returns = driver("terminal_growth"), driver("terminal_roic")
    profit = (
        before * (1 + terminal_growth) * path("operating_margin")[-1] * (1 - driver("tax_rate"))
    )
    terminal = profit * (1 - terminal_growth / returns) / (final - terminal_growth)
    enterprise = present + terminal * factor * (1 + final) ** 0.5
    worth = (
        enterprise
        + (driver("cash") + driver("offer_proceeds"))
        - (debt + driver("leases") + driver("other_claims"))
    )
    return {
        "contracted": signed,
        "cost_of_equity": equity_cost,
        "wacc": wacc,
        "revenue": revenues,
        "elapsed": elapsed,
        "pv_forecast": present,
        "terminal_value": terminal,
        "enterprise_value": enterprise,
        "equity_value": worth,
        "value_per_share": bisected(lambda p: p * diluted(p, case) - worth, 1e-6, 1e4),
    }


CASES = {
    "as shipped": changed(),
    "flat within the bands": changed(rpo__shape="flat"),
    "a balance at the end of a quarter": changed(rpo__opening__date=date(2026, 3, 31)),
    "a balance before the first year": changed(rpo__opening__date=date(2025, 9, 30)),
    "a balance at the end of January": changed(rpo__opening__date=date(2026, 1, 31)),
    "valued at the start of the year": changed(company__valuation_date=date(2026, 1, 1)),
    "another path": changed(
        drivers__operating_margin=[-0.5, 0.1, -0.1, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.4],
        drivers__leases=100.0,
        drivers__wacc_years=3.0,
        cost_of_capital__size_premium=0.01,
        cost_of_capital__country_premium=0.005,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_line_is_what_it_is_by_hand(case: Case) -> None:
    made, expected = value(case), by_hand(case)
    lines = {
        "contracted": made.contracted_revenue,
        "cost_of_equity": made.cost_of_equity,
        "wacc": made.wacc,
        "revenue": made.forecast.revenue,
        "pv_forecast": made.result.pv_forecast,
        "terminal_value": made.result.terminal_value,
        "enterprise_value": made.result.enterprise_value,
        "equity_value": made.result.equity_value,
        "value_per_share": made.value_per_share,
    }
    for name, line in lines.items():
        assert line == pytest.approx(expected[name], rel=1e-10, abs=1e-9), name


def test_months_before_the_first_year_are_past() -> None:
    """Three months of nine lie in 2025, which is not a forecast year."""
    contracted = value(CASES["a balance before the first year"]).contracted_revenue
    months = rpo.schedule(
        CASES["as shipped"].bands(CASES["as shipped"].rpo.conversion), 1, "smooth", 84
    ).recognised
    assert contracted.sum() == pytest.approx(24_600 - months[:3].sum(), rel=1e-12)
    assert contracted[0] == pytest.approx(months[3:15].sum(), rel=1e-12)


def test_a_quarter_across_two_years_is_divided_by_month() -> None:
    """From a balance in January, 2026 has the eleven months from February on."""
    case = changed(rpo__opening__date=date(2026, 1, 31), rpo__shape="flat")
    year_1, year_2 = 0.031 * 24_600 / 12, 0.119 * 24_600 / 12
    assert value(case).contracted_revenue[:2] == pytest.approx(
        [11 * year_1, year_1 + 11 * year_2], rel=1e-12
    )


# Published ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("price", "billions"), [(120.0, 25.6), (125.0, 26.6)])
def test_the_first_terms_give_the_headlines(price: float, billions: float) -> None:
    common = Securities(["Common"], ["common"], [212_965_381 / 1e6])
    for method in METHODS:
        assert round(float(diluted_market_cap(price, common, method)) / 1000, 1) == billions


def test_basic_market_values_are_price_times_common_stock(result: Valuation) -> None:
    """On 215,228,541 shares: 34.4 billion at 160, 39.8 at 185 and 66.95 at the first close."""
    caps = dict(zip(result.case.price_points, result.market_caps["basic"] / 1000, strict=True))
    assert [round(caps[k], 1) for k in ("prices.raised_high", "offer.price")] == [34.4, 39.8]
    assert round(caps["prices.close"], 2) == 66.95


def test_the_bands_are_those_of_the_filing(result: Valuation) -> None:
    assert result.bands.amount == pytest.approx(DISCLOSED, rel=1e-15)
    assert result.bands.remainder == 0


def test_quarters_sum_to_the_bands_to_the_last_bit(result: Valuation) -> None:
    quarters = result.schedule.recognised
    assert quarters.shape == (28,)
    sums = [quarters[:8].sum(), quarters[8:16].sum(), quarters[16:].sum()]
    assert sums == DISCLOSED
    assert sum(quarters.tolist()) == 24_600.0
    assert result.schedule.closing[-1] == 0.0


def test_quarters_are_sums_of_months(result: Valuation) -> None:
    months = result.schedule.by_month.tolist()
    assert len(months) == 84
    by_quarter = [sum(months[i : i + 3]) for i in range(0, 84, 3)]
    assert result.schedule.recognised.tolist() == pytest.approx(by_quarter, rel=1e-15)


def test_bookings_follow_from_the_later_balances(result: Valuation) -> None:
    assert result.bookings is not None
    # 25.0 - 24.6 + 0.1934 and 25.4 - 25.0 + 0.1801, USD billions.
    assert result.bookings.bookings == pytest.approx([593.4, 580.1], rel=1e-12)


def test_a_case_without_later_balances_has_no_bookings() -> None:
    tree = copy.deepcopy(SHIPPED)
    del tree["rpo"]["later"]
    assert value(parse(tree)).bookings is None


# Frames ------------------------------------------------------------------------------------------


def test_frames_hold_the_results(result: Valuation) -> None:
    frames = result.frames()
    assert list(frames) == ["market values", "schedule", "forecast", "quarters", "value"]
    caps = frames["market values"]
    assert caps.shape == (8, 1 + 2 * len(METHODS))
    assert caps.loc["Offer price", "Price"] == 185
    assert caps.loc["Offer price", "Market value, basic"] == pytest.approx(215.228541 * 185)
    schedule = frames["schedule"]
    assert schedule.shape == (28, 3)
    assert schedule.index[-1] == 84
    assert schedule["Recognised"].sum() == pytest.approx(24_600)
    lines = frames["forecast"]
    assert lines.shape == (len(list(result.forecast.lines())), 10)
    assert list(lines.columns) == list(range(2026, 2036))
    assert lines.loc["Revenue", 2026] == result.forecast.revenue[0]
    frame = frames["value"]
    assert frame.shape == (len(list(result.result.lines())), 2)
    assert frame.loc["Value per share", "Value"] == result.value_per_share
    assert frame.loc["Value per share", "Unit"] == "USD"


def test_every_line_of_the_result_is_finite(result: Valuation) -> None:
    for lines in (result.forecast, result.result):
        assert isinstance(lines, Forecast | DcfValue)
        for line in lines.lines():
            assert np.isfinite(line.values).all(), line.label


# What holds for any case -------------------------------------------------------------------------


@cache
def shipped_value() -> Valuation:
    return value(parse(copy.deepcopy(SHIPPED)))


@settings(max_examples=30)
@given(st.floats(0.05, 0.2), st.floats(0.0005, 0.1))
def test_value_falls_as_the_terminal_cost_of_capital_rises(rate: float, more: float) -> None:
    low, high = (value(changed(drivers__terminal_wacc=r)) for r in (rate, rate + more))
    assert high.value_per_share < low.value_per_share


@settings(max_examples=30)
@given(st.permutations(SECURITIES))
def test_value_does_not_depend_on_the_order_of_securities(order: list[str]) -> None:
    tree = copy.deepcopy(SHIPPED)
    tree["securities"] = {key: tree["securities"][key] for key in ("company", *order)}
    made, expected = value(parse(tree)), shipped_value()
    assert made.value_per_share == pytest.approx(expected.value_per_share, rel=1e-13)
    assert made.wacc == pytest.approx(expected.wacc, rel=1e-13)
    for method in METHODS:
        assert made.market_caps[method] == pytest.approx(expected.market_caps[method], rel=1e-13)


@settings(max_examples=20)
@given(st.floats(10, 500))
def test_published_figures_and_prices_shown_do_not_enter_the_value(price: float) -> None:
    made = value(changed(published__mch_value=price, prices__open=price))
    assert made.value_per_share == shipped_value().value_per_share


def test_a_valuation_date_outside_the_first_year_is_refused() -> None:
    over = r"company\.valuation_date must be before the end of the first year"
    for day, sentence in (
        (date(2025, 12, 23), r"company\.valuation_date must be in the year that"),
        (date(2026, 12, 31), over),
        (date(2027, 1, 1), over),
    ):
        case = changed(company__valuation_date=day, rpo__opening__date=date(2025, 9, 30))
        with pytest.raises(InputError, match=sentence):
            value(case)


@pytest.mark.parametrize(
    ("figure", "sentence"),
    [
        (
            {"rpo__shape": "smoth"},
            r"rpo\.shape must be one of 'smooth', .*, not 'smoth' \(did you mean 'smooth'\?\)\.",
        ),
        (
            {"drivers__terminal_growth": 0.09},
            "terminal_growth must be below the terminal cost of capital, not 0.09.",
        ),
        (
            {"rpo__final_month": 24.0},
            r"rpo\.final_month must be a month from 49, the last with revenue, not 24 "
            r"\(24 years are 288 months\)\.",
        ),
    ],
)
def test_what_only_the_calculation_can_refuse_is_one_sentence(
    figure: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InputError) as refused:
        value(changed(**figure))
    assert re.fullmatch(sentence, str(refused.value))


def test_an_anchored_schedule_begins_at_the_run_rate_and_keeps_the_bands() -> None:
    tree = copy.deepcopy(SHIPPED)
    tree["rpo"]["shape"]["value"] = "anchored"
    with pytest.raises(InputError, match=r"rpo\.run_rate must be given with the shape 'anchored'"):
        parse(tree)
    # 510 of revenue in 2025 are 42.5 a month.
    tree["rpo"]["run_rate"] = tree["rpo"]["opening"]["amount"] | {"value": 42.5}
    del tree["rpo"]["run_rate"]["label"]
    case = parse(tree)
    made = value(case)
    assert made.schedule is not None
    by_band = np.add.reduceat(made.schedule.recognised, [0, 4, 8, 16])
    assert by_band == pytest.approx([762.6, 2927.4, 10_578, 10_332], rel=1e-12)
    by_month = recognition(case, 1).recognised
    assert by_month[0] == pytest.approx(42.5, rel=0.1)
    assert by_month.min() > 0
