"""Do the functions hold at the limits of permitted input?

Oracles: arithmetic by hand, plain loops, and the limits that a formula has to reach.
"""

from __future__ import annotations

import math
from typing import Any

import numpy_financial as npf
import pytest

from workbook import functions as f

COMMON = ["Common", "common", 100.0, None]
HEADER = ["Security", "Type", "Count", "Strike"]
Rows = list[list[Any]]


def table(*rows: list[Any]) -> Rows:
    return [HEADER, COMMON, *rows]


# Dilution --------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["treasury", "gross", "basic"])
def test_no_options_at_all(method: str) -> None:
    assert f.diluted_shares(185.0, table(), method) == 100
    assert f.price_per_share(5_000.0, table(), method) == 50


def test_at_a_price_of_zero_nothing_that_costs_is_in_the_money() -> None:
    rows = table(["Options", "option", 10.0, 5.0], ["Free", "option", 2.0, 0.0])
    # An option with a zero strike is a share at any price, including zero.
    assert f.diluted_shares(0.0, rows) == 102
    assert f.diluted_market_cap(0.0, rows) == 0
    assert f.price_per_share(0.0, rows) == 0


def test_a_strike_of_next_to_nothing_is_that_of_nothing() -> None:
    free = table(["Warrant", "warrant", 33.445026, 0.0])
    nominal = table(["Warrant", "warrant", 33.445026, 0.00001])
    assert f.diluted_shares(185.0, free) == pytest.approx(133.445026, rel=1e-15)
    bought_back = 33.445026 * 0.00001 / 185
    assert f.diluted_shares(185.0, nominal) == pytest.approx(133.445026 - bought_back, rel=1e-14)
    assert f.price_per_share(1e4, nominal) == pytest.approx(
        (1e4 + 33.445026 * 0.00001) / 133.445026, rel=1e-14
    )


def test_ten_thousand_securities_are_those_in_one() -> None:
    """Tranches of one strike are one tranche; half of these are out of the money."""
    tranches = [[f"Tranche {i}", "option", 0.01, 40.0 if i % 2 else 400.0] for i in range(10_000)]
    together = table(["In", "option", 50.0, 40.0], ["Out", "option", 50.0, 400.0])
    for price in (20.0, 185.0, 500.0):
        assert f.diluted_shares(price, table(*tranches)) == pytest.approx(
            f.diluted_shares(price, together), rel=1e-11
        )
    assert f.price_per_share(20_000.0, table(*tranches)) == pytest.approx(
        (20_000 + 50 * 40) / 150, rel=1e-11
    )


@pytest.mark.parametrize(
    ("equity", "price", "shares", "converted", "tax"),
    [
        # Nothing is exercised or vests into a negative price.
        (-500.0, -5.0, 100.0, 0.0, 0.0),
        (0.0, 0.0, 112.0, 0.0, 0.0),
        # 100 x 100, 20 x 100 and 10 x (100 - 50).
        (12_500.0, 100.0, 117.0, 0.0, 800.0),
        # And 5 x (250 - 200).
        (32_250.0, 250.0, 125.0, 1_000.0, 2_000.0),
        # 39,000 without the warrant and 42,000 with it, at the price at which it vests: a third.
        (40_000.0, 300.0, 112 + 10 * 250 / 300 + 5 + 10 / 3, 1_000.0, 2_400.0),
    ],
)
def test_a_ladder_of_prices_is_what_holders_own_by_hand(
    equity: float, price: float, shares: float, converted: float, tax: float
) -> None:
    rows = [
        [*HEADER, "Withheld", "Vests at"],
        [*COMMON, None, None],
        ["RSUs", "rsu", 20.0, None, 0.4, 0.0],
        ["Options", "option", 10.0, 50.0, None, 0.0],
        ["Notes", "convertible", 5.0, 200.0, None, 0.0],
        ["Warrant", "warrant", 10.0, 0.0, None, 30_000.0],
    ]
    expected = [equity, price, shares, price * shares, converted, tax, 0.0]
    # Whatever stands before it.
    assert f.price_ladder([1_000.0, equity], rows)[2] == pytest.approx(expected, rel=1e-14)


# RPO -------------------------------------------------------------------------------------------

BANDS = ["From month", "To month", "Share"]
SHAPES = ["smooth", "flat", "front", "back", "ramp"]


def recognised(rows: Rows) -> list[float]:
    return next(row[1:] for row in rows if row[0] == "Recognised")


@pytest.mark.parametrize("shape", SHAPES)
def test_a_band_of_one_month_is_recognised_in_it(shape: str) -> None:
    bands = [BANDS, [1, 1, 0.25], [2, 12, 0.75]]
    months = recognised(f.rpo_schedule(1_000.0, bands, 1, shape))
    assert months[0] == 250
    assert math.fsum(months) == pytest.approx(1_000, rel=1e-15)
    assert recognised(f.rpo_schedule(1_000.0, [BANDS, [1, 1, 1.0]], 1, shape)) == [1_000]


@pytest.mark.parametrize("shape", SHAPES)
def test_six_hundred_months_keep_their_bands(shape: str) -> None:
    bands = [BANDS, [1, 24, 0.15], [25, 48, 0.43], [49, 600, 0.42]]
    months = recognised(f.rpo_schedule(24_600.0, bands, 1, shape))
    assert len(months) == 600
    assert min(months) >= 0
    for first, last, share in bands[1:]:
        assert math.fsum(months[first - 1 : last]) == pytest.approx(24_600 * share, rel=1e-14)


# DCF -------------------------------------------------------------------------------------------


def test_one_period_is_a_division() -> None:
    assert f.dcf_present_value([110.0], 0.1, "end") == pytest.approx(100, rel=1e-15)
    assert f.dcf_present_value([110.0], 0.1, "mid") == pytest.approx(110 / 1.1**0.5, rel=1e-15)


def test_six_hundred_periods_are_an_annuity() -> None:
    level = f.dcf_present_value([1.0] * 600, 0.01, "end")
    assert level == pytest.approx((1 - 1.01**-600) / 0.01, rel=1e-13)
    assert -npf.pv(0.01, 600, 1.0) == pytest.approx(level, rel=1e-13)


@pytest.mark.parametrize("years", [1, 600])
def test_a_forecast_of_any_length_is_worth_its_perpetuity(years: int) -> None:
    """Growth, return and cost of capital that never change: the length does not matter."""
    drivers = [
        ["Driver", "Value"],
        ["years", years],
        ["base_revenue", 1_000.0],
        ["uncontracted_base", 1_000.0],
        ["revenue_growth", 0.02],
        ["operating_margin", 0.2],
        ["tax_rate", 0.25],
        ["sales_to_capital", 1.0],
        ["wacc", 0.1],
        ["terminal", "growth"],
        ["terminal_growth", 0.02],
        ["timing", "end"],
    ]
    found = {row[0]: row[1] for row in f.dcf_value(drivers, table())}
    # Next year's NOPAT, less what its growth in revenue takes at a dollar of sales a dollar.
    flow = 1_020 * 0.2 * 0.75 - 20
    assert found["Value per share"] == pytest.approx(flow / (0.1 - 0.02) / 100, rel=1e-11)
