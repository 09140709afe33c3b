"""Do segments earn what the rules say, and do their values add up?

Oracles: three small companies worked by hand, each with its derivation; the model without segments;
and what must hold of any company. The whole model in plain Python is in `test_segments_by_hand.py`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from segment_companies import COMMON, DATES, NO_CAPITAL, TAX, as_model, by_name, of

from model.dcf.by_segment import dcf_segment_value, dcf_segments
from model.dcf.drivers import Drivers
from model.dcf.forecast import dcf_forecast
from model.dcf.segment_value import of_company
from model.dcf.segments import SegmentedDrivers
from model.dcf.signed import Plant, SignedContracts
from model.dcf.value import dcf_value

# Three companies by hand -------------------------------------------------------------------------


def test_one_contract_only() -> None:
    # 5 a month for two years: 60 a year, of which 40% are income, 24, and 25% of it tax, 6. Each
    # dollar of capital carries 2 of revenue: 30 are spent once, in the first year.
    # Cash: 24 - 6 - 30 = -12, then 24 - 6 = 18. Worth -12 / 1.1 + 18 / 1.21 = 3.966942.
    drivers = of({"Cloud": {"operating_margin": 0.4, "sales_to_capital": 2.0}}, tax_rate=0.25)
    signed = SignedContracts(["A"], amounts=[[5.0] * 24])
    forecast = dcf_forecast(drivers, signed)
    assert forecast.free_cash_flow.tolist() == pytest.approx([-12.0, 18.0])
    found = by_name(dcf_segment_value(drivers, signed))
    assert found == pytest.approx(
        {
            "Contract A": -12 / 1.1 + 18 / 1.21,
            TAX: 0.0,
            "Terminal value of Cloud": 0.0,
            "Proceeds in failure": 0.0,
        }
    )
    assert sum(found.values()) == pytest.approx(3.966942, abs=5e-7)


def test_capacity_with_vintages() -> None:
    # 10 MW at 12 a megawatt, in service after 30 June 2027, are paid from July 2026 on over twelve
    # months: half of the 120 is spent by the valuation date and sunk. Four years of life take 30 a
    # year. A megawatt-year sells for 6 at 90%, and takes 0.5 of power and 0.7 of hosting.
    # 2027: 5 megawatt-years, revenue 27, costs 6, depreciation 15, income 6, tax 1.2;
    #       cash 6 - 1.2 + 15 - 60 = -40.2.
    # 2028: 10 megawatt-years, revenue 54, costs 12, depreciation 30, income 12, tax 2.4;
    #       cash 12 - 2.4 + 30 = 39.6.
    # After it, without growth, 9.6 a year in perpetuity at 10%: 96.
    # Worth -40.2 / 1.1 + 39.6 / 1.21 + 96 / 1.21 = 75.520661.
    segment = {"price": 6.0, "utilisation": 0.9, "power_cost": 0.5, "hosting_cost": 0.7}
    drivers = of({"Cloud": segment}, terminal="roic")
    plant = Plant(["First"], [10.0], [date(2027, 6, 30)], [12.0], [12.0], [4.0])
    made = dcf_segments(drivers, None, plant)
    assert made.revenue[0].tolist() == pytest.approx([27.0, 54.0])
    assert made.depreciation[0].tolist() == pytest.approx([15.0, 30.0])
    assert made.capital_spending[0].tolist() == pytest.approx([60.0, 0.0])
    assert made.free_cash_flow[0].tolist() == pytest.approx([-40.2, 39.6])
    found = by_name(dcf_segment_value(drivers, None, plant))
    assert found["Cloud"] == pytest.approx(-40.2 / 1.1 + 39.6 / 1.21)
    assert found["Terminal value of Cloud"] == pytest.approx(96 / 1.21)
    assert sum(found.values()) == pytest.approx(75.520661, abs=5e-7)


def test_software_with_net_retention() -> None:
    # 2 a month for a year, kept and grown at 1.2 a year: 24 signed, then 28.8 and 34.56 renewed,
    # and 41.472 in the twelve months after the forecast. A quarter is income, of which a fifth is
    # tax: 4.8, 5.76, 6.912, and 8.2944 growing at 3% from then on: 8.2944 / 0.07 = 118.4914.
    # Worth 4.8 / 1.1 = 4.363636 signed; 5.76 / 1.21 + 6.912 / 1.331 = 9.953418 renewed;
    # 118.4914 / 1.331 = 89.024364 after it.
    segment = {"operating_margin": 0.25, "net_retention": 1.2} | NO_CAPITAL
    drivers = of({"Software": segment}, years=3, terminal_growth=0.03)
    signed = SignedContracts(["A"], amounts=[[2.0] * 12])
    made = dcf_segments(drivers, signed)
    assert made.revenue[1].tolist() == pytest.approx([0.0, 28.8, 34.56])
    found = by_name(dcf_segment_value(drivers, signed))
    assert found["Contract A"] == pytest.approx(4.363636, abs=5e-7)
    assert found["Renewals of A"] == pytest.approx(9.953418, abs=5e-7)
    assert found["Terminal value of Software"] == pytest.approx(89.024364, abs=5e-7)
    assert sum(found.values()) == pytest.approx(103.341418, abs=2e-6)


def test_net_retention_by_year() -> None:
    # The same, where what is kept falls from 1.2 to 1.1 in the third year: 34.56 becomes
    # 28.8 * 1.1 = 31.68, and the twelve months after the forecast 31.68 * 1.1 = 34.848.
    segment = {"operating_margin": 0.25, "net_retention": [1.3, 1.2, 1.1]} | NO_CAPITAL
    drivers = of({"Software": segment}, years=3, terminal_growth=0.03)
    signed = SignedContracts(["A"], amounts=[[2.0] * 12])
    assert dcf_segments(drivers, signed).revenue[1].tolist() == pytest.approx([0.0, 28.8, 31.68])
    found = by_name(dcf_segment_value(drivers, signed))
    end = 34.848 * 0.25 * 0.8 / 0.07 / 1.1**3
    assert found["Terminal value of Software"] == pytest.approx(end, rel=1e-12)


# The model without segments ----------------------------------------------------------------------


@settings(max_examples=100)
@given(
    st.lists(st.floats(0.0, 0.8), min_size=5, max_size=5),
    st.floats(-0.5, 0.6),
    st.floats(-0.2, 0.5),
    st.sampled_from(["growth", "roic", "multiple"]),
    st.floats(0.05, 1.0),
    st.booleans(),
)
def test_one_segment_with_rising_revenue_is_the_simple_model(
    growth: list[float], margin: float, target: float, terminal: str, stub: float, plant: bool
) -> None:
    common: dict[str, Any] = {
        **{"tax_rate": 0.25, "wacc": 0.12, "terminal_wacc": 0.09, "wacc_years": 2},
        **{"terminal": terminal, "terminal_growth": 0.02, "terminal_roic": 0.15, "stub": stub},
        **{"terminal_multiple": 9.0, "terminal_metric": "revenue", "years": 5, "cash": 50.0},
        **{"loss_carryforward": 40.0, "loss_limit": 0.8, "failure_probability": 0.2},
        **{"failure_proceeds": 0.3, "tax_years": 2, "terminal_tax_rate": 0.3},
    }
    segment = {"base_revenue": 400.0, "revenue_growth": growth, "margin_years": 3}
    segment |= {"operating_margin": margin, "target_margin": target}
    if plant:
        segment |= {"capital_expenditure": [9, 8, 7, 6, 5], "depreciation": 4.0}
        segment["working_capital_change"] = 3.0
    else:
        segment["sales_to_capital"] = [1, 2, 3, 2, 1]
    simple = dcf_value(Drivers.of(common | segment), COMMON)
    found = dcf_value(SegmentedDrivers.by_segment(common, {"All": segment}), COMMON)
    size = float(np.abs(simple.forecast.free_cash_flow).sum() + abs(simple.pv_terminal)) + 1e3
    lines = zip(simple.forecast.lines(), found.forecast.lines(), strict=True)
    for one, other in lines:
        np.testing.assert_allclose(other.values, one.values, rtol=1e-12, atol=1e-12 * size)
    for name in simple.declared:
        np.testing.assert_allclose(
            getattr(found, name), getattr(simple, name), rtol=1e-12, atol=1e-12 * size, err_msg=name
        )


def test_a_drivers_table_without_segments_takes_contracts_by_month() -> None:
    simple = {"base_revenue": 100.0, "revenue_growth": 0.1, "operating_margin": 0.3}
    rest = {"sales_to_capital": 2.0, "tax_rate": 0.2, "wacc": 0.1, "years": 2, "timing": "end"}
    signed = SignedContracts(["A"], amounts=[[60.0, 60.0]], across=[1, 2])
    found = dcf_value(Drivers.of(simple | rest), COMMON, signed)
    as_segment = of({"Company": simple | {"sales_to_capital": 2.0}})
    expected = dcf_value(as_segment, COMMON, SignedContracts(["A"], amounts=[[5.0] * 24]))
    assert float(found.enterprise_value) == pytest.approx(float(expected.enterprise_value))


# Removal -----------------------------------------------------------------------------------------

CLOUD = {
    **{"operating_margin": 0.35, "sales_to_capital": 0.8, "renewal_rate": 0.7},
    **{"renewal_price": 0.9, "base_revenue": 100.0, "revenue_growth": 0.3, "freed_capital": 0.2},
    **{"working_capital": 0.1, "contra_revenue": 0.05},
}
SYSTEMS = {"operating_margin": 0.2, "net_retention": 1.1, "wacc": 0.14} | NO_CAPITAL
BUSY = {
    **{"research": [20.0, 22.0, 24.0], "administration": 15.0, "terminal_growth": 0.02},
    **{"loss_carryforward": 30.0, "loss_limit": 0.8, "years": 3, "wacc": [0.12, 0.11, 0.1]},
    **{"capital_expenditure": 12.0, "depreciation": 9.0},
}
CONTRACTS: list[dict[str, Any]] = [
    {"name": "A", "segment": "Cloud", "amounts": [4.0] * 18, "collected": 11.0},
    {"name": "B", "segment": "Cloud", "amounts": [1.0] * 30, "intensity": 0.1, "recovery": 0.4},
    {"name": "C", "segment": "Systems", "amounts": [2.0] * 9, "delay": 2, "probability": 0.9},
]


@pytest.mark.parametrize("terminal", ["growth", "roic", "multiple"])
@pytest.mark.parametrize("gone", ["A", "B", "C"])
@pytest.mark.parametrize("book", [{}, {"failure_proceeds": 0.5, "failure_probability": 0.3}])
def test_without_a_contract_value_falls_by_its_lines(
    terminal: str, gone: str, book: dict[str, Any]
) -> None:
    spec = {"tax_rate": 0.2, "timing": "mid", **DATES, **BUSY, "terminal": terminal, **book}
    spec |= {"terminal_multiple": 7.0, "balance_date": date(2026, 12, 31), "terminal_roic": 0.2}
    # A segment that keeps some revenue stays when its contract goes.
    segments = {"Cloud": CLOUD, "Systems": SYSTEMS | {"uncontracted_revenue": 5.0}}
    if book:
        spec |= {"failure_basis": "book", "book_capital": 500.0}
    worths = []
    for contracts in (CONTRACTS, [c for c in CONTRACTS if c["name"] != gone]):
        drivers, signed, plant = as_model(spec, segments, contracts, [])
        values = dcf_segment_value(drivers, signed, plant)
        _, made = of_company(drivers, signed, plant)
        lines = {row.name: i for i, row in enumerate(made.lines.rows)}
        kept = 1 - float(drivers.failure_probability)
        own = [made.present_value.sum(-1), made.terminal.present_value]
        total = float(values.value.sum()) - by_name(values)[TAX]
        theirs = [kept * float(sum(v[lines[n]] for v in own)) for n in lines if n.endswith(gone)]
        worths.append((total, sum(theirs)))
    (before, theirs), (after, none) = worths
    assert none == 0.0
    assert theirs != 0.0
    assert before - after == pytest.approx(theirs, abs=1e-9)


# Tax and the end ---------------------------------------------------------------------------------


def test_losses_may_be_used_up_to_a_cap() -> None:
    segment = {"uncontracted_revenue": 100.0, "operating_margin": 1.0} | NO_CAPITAL
    drivers = of({"All": segment}, loss_carryforward=90.0, loss_limit=0.8, loss_cap=30.0)
    made = dcf_segments(drivers)
    assert made.tax_due.tolist() == pytest.approx([14.0, 14.0])
    assert made.tax_line.tolist() == pytest.approx([6.0, 6.0])
    assert float(dcf_value(drivers, COMMON).losses_left) == pytest.approx(30.0)


def test_a_loss_bears_negative_tax_and_the_tax_line_takes_it_back() -> None:
    segment = {"uncontracted_revenue": 100.0, "operating_margin": -0.5} | NO_CAPITAL
    drivers = of({"All": segment}, terminal="roic", terminal_growth=0.05, terminal_roic=0.1)
    made = dcf_segments(drivers)
    assert made.tax[0].tolist() == pytest.approx([-10.0, -10.0])
    assert made.tax_line.tolist() == pytest.approx([-10.0, -10.0])
    found = by_name(dcf_segment_value(drivers))
    # In perpetuity -52.5 grows by 5% without reinvestment; its tax of -10.5 is never paid back.
    assert found["Terminal value of All"] == pytest.approx(-42.0 / 0.05 / 1.21)
    assert found[TAX] == pytest.approx(-10 / 1.1 - 10 / 1.21 - 10.5 / 0.05 / 1.21)


def test_a_multiple_of_a_lines_loss_counts_where_the_companys_metric_is_positive() -> None:
    segment = {"uncontracted_revenue": 100.0, "operating_margin": 0.5} | NO_CAPITAL
    drivers = of({"All": segment}, research=20.0, terminal="multiple", terminal_multiple=10.0)
    found = by_name(dcf_segment_value(drivers))
    assert found["Terminal value of company costs"] == pytest.approx(-200.0 / 1.21)
    assert found["Terminal value of All"] == pytest.approx(500.0 / 1.21)


def test_failure_scales_every_line_and_its_proceeds_are_one() -> None:
    segment = {"uncontracted_revenue": 100.0, "operating_margin": 0.5} | NO_CAPITAL
    healthy = by_name(dcf_segment_value(of({"All": segment})))
    drivers = of({"All": segment}, failure_probability=0.3, failure_proceeds=0.4)
    found = by_name(dcf_segment_value(drivers))
    assert found["All"] == pytest.approx(0.7 * healthy["All"])
    assert found["Proceeds in failure"] == pytest.approx(0.3 * 0.4 * sum(healthy.values()))
