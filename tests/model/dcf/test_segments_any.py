"""What holds of every company with segments, one or many at once?

Oracles: sums of lines, another order of segments, contracts and vintages, and single calls.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from hypothesis import given, settings
from segment_companies import COMMON, Company, as_model, companies

from model.dcf.by_segment import dcf_segment_value, dcf_segments
from model.dcf.forecast import dcf_forecast
from model.dcf.segment_value import of_company
from model.dcf.segments import SegmentedDrivers
from model.dcf.signed import Plant, SignedContracts
from model.dcf.value import dcf_value


@settings(max_examples=60)
@given(companies())
def test_what_holds_of_every_company(spec: Company) -> None:
    given_to_model = as_model(*spec)
    made = dcf_segments(*given_to_model)
    _, worth = of_company(*given_to_model)
    size = 1e3 + float(np.abs(made.cash_flow).sum() + np.abs(worth.terminal.present_value).sum())
    close = {"rtol": 1e-11, "atol": 1e-12 * size}
    assert (made.tax_due >= 0).all()
    assert (made.loss_closing >= 0).all()
    assert (made.collected >= -1e-12 * size).all()
    kinds = [row.kind for row in worth.lines.rows]
    for i, kind in enumerate(kinds):
        if kind == "signed contracts":
            assert float(worth.terminal.present_value[i]) == 0.0
    if not any("freed_capital" in s for s in spec[1].values()):
        assert not made.freed_capital.any()
    forecast = dcf_forecast(*given_to_model)
    total = (
        made.total_operating_income
        + made.total_depreciation
        - made.total_capital_spending
        + made.total_freed_capital
        - made.total_working_capital
        - made.total_collected
        + made.total_given_in_shares
        - made.tax_due
    )
    np.testing.assert_allclose(made.total_free_cash_flow, total, **close)
    np.testing.assert_allclose(forecast.free_cash_flow, total, **close)
    later = made.free_cash_flow[:, 1:].sum(0) + made.tax_line[1:]
    np.testing.assert_allclose(later, total[1:], **close)
    # Segments and contracts in another order are worth the same.
    company_, segments, contracts, plant = spec
    turned = as_model(company_, dict(reversed(segments.items())), contracts[::-1], plant[::-1])
    np.testing.assert_allclose(
        float(dcf_segment_value(*turned).value.sum()),
        float(dcf_segment_value(*given_to_model).value.sum()),
        **close,
    )


SCENARIOS = 6


def test_a_scenario_axis_is_as_many_single_calls() -> None:
    random = np.random.default_rng(12)

    def many(low: float, high: float, *shape: int) -> Any:
        return random.uniform(low, high, (SCENARIOS, *shape))

    company_ = {
        **{"wacc": many(0.08, 0.12, 3), "tax_rate": many(0.1, 0.3, 1)},
        **{"loss_carryforward": many(0, 60), "loss_cap": many(1, 20)},
        **{"terminal_growth": many(-0.01, 0.03), "failure_probability": many(0, 0.4)},
        **{"research": many(0, 9, 3), "capital_expenditure": many(0, 9, 1)},
        **{"depreciation": many(0, 9, 1), "failure_proceeds": many(0, 1)},
    }
    cloud = {
        **{"base_revenue": many(50, 90), "revenue_growth": many(-0.3, 0.5, 3)},
        **{"operating_margin": many(0.2, 0.6, 1), "sales_to_capital": many(0.5, 2, 1)},
        **{"freed_capital": many(0, 1), "renewal_rate": many(0.3, 1)},
        **{"renewal_price": many(0.6, 1.1), "working_capital": many(-0.1, 0.2, 3)},
        **{"contra_revenue": many(0, 0.1, 1), "wacc": many(0.08, 0.15, 3)},
    }
    leased = {
        "price": many(3, 6, 3),
        "power_cost": many(0.2, 1, 1),
        "net_retention": many(0.6, 1, 3),
    }
    contracts = {
        **{"collected": many(0, 30, 2), "delay": many(0, 5, 2), "intensity": many(0, 0.3, 2)},
        **{"probability": many(0.5, 1, 2), "recovery": many(0, 1, 2)},
    }
    amounts = many(0.1, 4, 2, 20)
    megawatts = many(1, 9, 2)

    def valued(which: Any) -> Any:
        def at(values: dict[str, Any]) -> dict[str, Any]:
            return {name: v[which] for name, v in values.items()}

        dates = {"valuation_date": date(2026, 5, 13), "first_year_end": date(2026, 12, 31)}
        dates |= {"balance_date": date(2026, 3, 31)}
        drivers = SegmentedDrivers.by_segment(
            {"years": 3, **dates, **at(company_)}, {"Cloud": at(cloud), "Leased": at(leased)}
        )
        signed = SignedContracts(
            ["A", "B"], ["Cloud", "Leased"], **at(contracts), amounts=amounts[which]
        )
        plant = Plant(
            ["P", "Q"],
            megawatts[which],
            [date(2026, 3, 31), date(2027, 8, 20)],
            [12.0, 9.0],
            [4.0, 5.0],
            [2.0, 3.0],
            ["Leased"] * 2,
            ["B", None],
        )
        return dcf_value(drivers, COMMON, signed, plant), dcf_segments(drivers, signed, plant)

    whole, by_line = valued(slice(None))
    for i in range(SCENARIOS):
        one, lines = valued(i)
        for name in one.declared:
            expected = getattr(one, name)
            found = np.broadcast_to(getattr(whole, name), (SCENARIOS, *np.shape(expected)))[i]
            np.testing.assert_allclose(found, expected, rtol=1e-12, err_msg=name)
        for name in lines.declared:
            expected = getattr(lines, name)
            found = np.broadcast_to(getattr(by_line, name), (SCENARIOS, *expected.shape))[i]
            np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-11, err_msg=name)
