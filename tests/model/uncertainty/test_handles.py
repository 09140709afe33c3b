"""Do the drivers behind the handles do what typing every number would do?

Oracles: the same company with its growth, margins or contracts typed; contracts without customers'
renewals; sums.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from model.dcf.drivers import Drivers
from model.dcf.forecast import dcf_forecast
from model.dcf.segments import SegmentedDrivers
from model.dcf.signed import Plant, SignedContracts
from model.dcf.value import dcf_value
from model.dilution.securities import Securities
from model.errors import InputError
from model.uncertainty.changes import Business, stated

COMMON = Securities(["Common"], ["common"], [10.0])
STORES: dict[str, Any] = {
    "base_revenue": 100.0,
    "revenue_growth": [0.2, 0.1, 0.05],
    "operating_margin": [0.1, 0.15, 0.2],
    "tax_rate": 0.25,
    "sales_to_capital": 2.0,
    "wacc": 0.1,
    "terminal_growth": 0.02,
    "years": 3,
}
COMPANY: dict[str, Any] = {
    "tax_rate": 0.25,
    "wacc": 0.1,
    "terminal_growth": 0.02,
    "years": 4,
    "research": 5.0,
    "valuation_date": date(2025, 12, 31),
    "first_year_end": date(2026, 12, 31),
}
CLOUD: dict[str, Any] = {
    "uncontracted_revenue": [0.0, 100.0, 120.0, 150.0],
    "operating_margin": [0.1, 0.2, 0.3, 0.3],
    "sales_to_capital": 2.0,
}
SHOPS: dict[str, Any] = {
    "base_revenue": 50.0,
    "revenue_growth": 0.05,
    "operating_margin": 0.4,
    "sales_to_capital": 2.0,
}


def contracts(part: float = 1.0) -> SignedContracts:
    months = np.full(30, 4.0 * part)
    return SignedContracts(
        ["A"], ["Cloud"], renewal_rate=[0.5], renewal_term=[12.0], amounts=months[None]
    )


def worth(company: Any, signed: SignedContracts | None = None, **segments: Any) -> float:
    made = SegmentedDrivers.by_segment(company, segments)
    return float(dcf_value(made, COMMON, signed).value_per_share)


def stores(**changes: Any) -> float:
    return float(dcf_value(Drivers.of(STORES | changes), COMMON).value_per_share)


def test_growth_moves_by_points_in_every_year() -> None:
    assert stores(growth_change=0.03) == pytest.approx(
        stores(revenue_growth=[0.23, 0.13, 0.08]), rel=1e-12
    )
    faded = {"revenue_growth": 0.2, "growth_years": 1}
    assert stores(**faded, growth_change=0.03) == pytest.approx(
        stores(**faded | {"revenue_growth": 0.23}), rel=1e-12
    )


def test_a_path_grows_faster_from_its_second_year_on_and_begins_as_it_is() -> None:
    faster = CLOUD | {"uncontracted_revenue": [0.0, 100.0, 130.0, 130.0 * (1.25 + 0.1)]}
    shops = SHOPS | {"revenue_growth": 0.15}
    assert worth(COMPANY | {"growth_change": 0.1}, Cloud=CLOUD, Shops=SHOPS) == pytest.approx(
        worth(COMPANY, Cloud=faster, Shops=shops), rel=1e-12
    )
    # Nothing is sold after a fall by more than all of it.
    made = Drivers.of(STORES | {"growth_change": -1.0, "uncontracted_revenue": [9.0, 8.0, 4.0]}
                      | {"revenue_growth": None})  # fmt: skip
    assert dcf_forecast(made).revenue.tolist() == [9.0, 0.0, 0.0]


def test_margins_move_by_points_in_every_year_and_segment() -> None:
    assert stores(margin_change=-0.3) == pytest.approx(
        stores(operating_margin=[-0.2, -0.15, -0.1]), rel=1e-12
    )
    led = {"operating_margin": 0.1, "target_margin": 0.3}
    assert stores(**led, margin_change=0.05) == pytest.approx(
        stores(operating_margin=0.15, target_margin=0.35), rel=1e-12
    )
    better = CLOUD | {"operating_margin": [0.2, 0.3, 0.4, 0.4]}
    moved = worth(COMPANY | {"margin_change": 0.1}, contracts(), Cloud=CLOUD, Shops=SHOPS)
    shops = SHOPS | {"operating_margin": 0.5}
    assert moved == pytest.approx(worth(COMPANY, contracts(), Cloud=better, Shops=shops), rel=1e-12)


def test_no_margin_is_above_all_of_revenue() -> None:
    sentence = r"^margin_change must be low enough to leave costs of at least 0, not 0\.9\.$"
    with pytest.raises(InputError, match=sentence):
        stores(margin_change=0.9)
    with pytest.raises(InputError, match=sentence):
        worth(COMPANY | {"margin_change": 0.9}, Cloud=CLOUD, Shops=SHOPS)


def test_costs_by_megawatt_move_by_points_of_revenue() -> None:
    """Of a contract that plant serves without cost, as one whose margin is all of its revenue."""
    plant = Plant(["First"], [1.0], [date(2026, 1, 31)], [1.0], [0.0], [9.0], ["Cloud"], ["A"])
    found = [
        float(
            dcf_value(
                SegmentedDrivers.by_segment(COMPANY | {"margin_change": -0.25}, {"Cloud": cloud}),
                COMMON, contracts(), plant,
            ).value_per_share
        )
        for cloud in ({"power_cost": 0.0}, {"operating_margin": 1.0})
    ]  # fmt: skip
    assert found[0] == pytest.approx(found[1], rel=1e-12)


def test_a_share_of_what_is_contracted_comes_with_its_renewals() -> None:
    whole = COMPANY | {"contracted_share": 0.6}
    assert worth(whole, contracts(), Cloud=CLOUD) == pytest.approx(
        worth(COMPANY, contracts(0.6), Cloud=CLOUD), rel=1e-12
    )
    by_year = np.array([30.0, 20.0, 10.0])
    drivers = STORES | {"renewal_rate": 0.5}
    found = dcf_forecast(Drivers.of(drivers | {"contracted_share": 0.6}), by_year)
    assert found.revenue.tolist() == pytest.approx(
        dcf_forecast(Drivers.of(drivers), by_year * 0.6).revenue.tolist(), rel=1e-14
    )


def test_what_an_input_is_stands_in_every_place_that_is_changed() -> None:
    made = SegmentedDrivers.by_segment(COMPANY, {"Cloud": CLOUD, "Shops": SHOPS})
    business = Business(made, COMMON, contracts())

    def found(name: str) -> list[Any]:
        return [np.asarray(held).tolist() for _, held in stated(business, name, "solve_for")]

    assert found("tax_rate") == [0.25]
    assert found("sales_to_capital") == [2.0, 2.0]
    assert found("shops/Operating margin") == [0.4]
    assert found("renewal_rate") == found("A/renewal") == [[0.5]]
    with pytest.raises(InputError, match=r"^solve_for must be an input, not 'tax_rat' "):
        stated(business, "tax_rat", "solve_for")
