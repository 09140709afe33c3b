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
from segment_companies import Company, as_model, companies

from model.dcf.by_segment import SegmentValue, dcf_segment_value, dcf_segments
from model.dcf.drivers import Drivers
from model.dcf.forecast import dcf_forecast
from model.dcf.segment_value import of_company
from model.dcf.segments import SegmentedDrivers
from model.dcf.signed import Plant, SignedContracts
from model.dcf.value import dcf_value
from model.dilution.securities import Securities

COMMON = Securities(["Common"], ["common"], [100.0])
DATES = {"valuation_date": date(2026, 12, 31), "first_year_end": date(2027, 12, 31)}
NO_CAPITAL = {"capital_expenditure": 0.0, "depreciation": 0.0}
TAX = "Tax: losses, limits and floor"


def of(segments: dict[str, Any], **changes: Any) -> SegmentedDrivers:
    common = {"tax_rate": 0.2, "wacc": 0.1, "years": 2, "timing": "end", **DATES}
    return SegmentedDrivers.by_segment(common | changes, segments)


def by_name(found: SegmentValue) -> dict[str, float]:
    return dict(zip(found.name, (float(v) for v in found.value), strict=True))


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
    # After it, without growth, 9.6 a year for ever at 10%: 96.
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


# Contracts and capital ---------------------------------------------------------------------------


def test_a_fully_prepaid_contract_is_worth_minus_its_costs_and_tax() -> None:
    drivers = of({"Cloud": {"operating_margin": 0.4} | NO_CAPITAL}, wacc=0.0)
    found = dcf_segment_value(
        drivers, SignedContracts(["A"], collected=[120.0], amounts=[[5.0] * 24])
    )
    # 120 of revenue: costs of 72, and tax on 48 of income.
    assert by_name(found)["Contract A"] == pytest.approx(-72.0 - 0.2 * 48.0)


def test_collected_cash_is_of_the_earliest_revenue_and_then_of_renewals() -> None:
    segment = {"operating_margin": 1.0, "renewal_rate": 1.0} | NO_CAPITAL
    drivers = of({"Cloud": segment}, tax_rate=0.0, years=3, terminal="roic", wacc=0.1)
    signed = SignedContracts(["A"], collected=[30.0], amounts=[[2.0] * 12])
    made = dcf_segments(drivers, signed)
    assert made.collected[:2].tolist() == [[24.0, 0.0, 0.0], [0.0, 6.0, 0.0]]
    assert made.free_cash_flow[:2].tolist() == [[0.0, 0.0, 0.0], [0.0, 18.0, 24.0]]


def test_collected_cash_that_was_recognised_before_the_valuation_date_is_gone() -> None:
    dates = {"balance_date": date(2026, 9, 30), "valuation_date": date(2026, 12, 31)}
    drivers = of({"Cloud": {"operating_margin": 1.0} | NO_CAPITAL}, tax_rate=0.0, **dates)
    signed = SignedContracts(["A"], collected=[10.0], amounts=[[2.0] * 12])
    # Three months of 2 took 6 of the 10; 18 are left to recognise, 4 of it without cash.
    assert dcf_segments(drivers, signed).cash_flow[0].tolist() == [14.0, 0.0]


def growing(path: list[float], **changes: Any) -> Any:
    segment = {"base_revenue": 1000.0, "uncontracted_revenue": path, "operating_margin": 0.0}
    segment |= {"sales_to_capital": 0.75}
    return dcf_segments(of({"All": segment | changes}, years=len(path)))


def test_falling_revenue_frees_no_capital_but_for_the_named_share() -> None:
    assert growing([0.0]).total_free_cash_flow.tolist() == [0.0]
    made = growing([0.0], freed_capital=0.3)
    assert made.freed_capital[0].tolist() == pytest.approx([0.3 * 1000 / 0.75])
    assert made.total_free_cash_flow.tolist() == pytest.approx([400.0])
    # The whole share is the model without segments: 1,333 come back.
    assert growing([0.0], freed_capital=1.0).total_free_cash_flow[0] == pytest.approx(1000 / 0.75)


def test_capital_in_place_is_paid_for_once() -> None:
    made = growing([1100.0, 500.0, 1100.0, 1250.0])
    assert (made.capital_spending[0] * 0.75).tolist() == pytest.approx([100.0, 0.0, 0.0, 150.0])


def test_a_renewal_bears_what_goes_beyond_its_contract() -> None:
    segment = {"operating_margin": 0.5, "sales_to_capital": 1.0, "net_retention": 1.5}
    made = dcf_segments(of({"All": segment}), SignedContracts(["A"], amounts=[[1.0] * 12]))
    assert made.capital_spending.tolist() == [[12.0, 0.0], [0.0, 6.0]]


def test_working_capital_follows_revenue_both_ways() -> None:
    made = growing([1500.0, 600.0], working_capital=0.2)
    assert made.working_capital[0].tolist() == pytest.approx([100.0, -180.0])


@pytest.mark.parametrize(("basis", "expected"), [("cash", 30.4), ("shares", 32.4)])
def test_contra_revenue_lowers_income_and_not_costs(basis: str, expected: float) -> None:
    segment = {"uncontracted_revenue": 100.0, "operating_margin": 0.4, "contra_revenue": 0.02}
    segment |= {"contra_basis": basis} | NO_CAPITAL
    made = dcf_segments(of({"All": segment}))
    # Income of 40 - 2 = 38 bears 7.6 of tax; what was given in shares takes no cash.
    assert made.operating_income[0].tolist() == pytest.approx([38.0] * 2)
    assert made.costs[0].tolist() == pytest.approx([60.0] * 2)
    assert made.free_cash_flow[0].tolist() == pytest.approx([expected] * 2)


def test_renewals_fall_once_a_term_and_retention_once_a_year() -> None:
    def renewed(**given: float) -> list[float]:
        segment = {"operating_margin": 0.5} | NO_CAPITAL | given
        signed = SignedContracts(["A"], amounts=[[1.0] * 6 + [3.0] * 18])
        found = dcf_segments(of({"All": segment}, years=5), signed)
        return [float(v) for v in found.revenue[1]]

    # The last twelve months average 3.
    once = 0.9 * 1.05
    assert renewed(renewal_rate=0.9, renewal_price=1.05) == pytest.approx(
        [0, 0, 36 * once, 36 * once, 36 * once**2]
    )
    assert renewed(renewal_rate=0.9, renewal_price=1.05, renewal_term=12.0) == pytest.approx(
        [0, 0, 36 * once, 36 * once**2, 36 * once**3]
    )
    assert renewed(net_retention=1.2) == pytest.approx([0, 0, 43.2, 51.84, 62.208])


def test_the_terminal_year_of_a_renewal_is_twelve_months_at_its_run_rate() -> None:
    # The contract ends three months after the forecast: its renewal runs for nine of the twelve.
    segment = {"operating_margin": 1.0, "renewal_rate": 0.5} | NO_CAPITAL
    drivers = of({"All": segment}, tax_rate=0.0)
    found = by_name(dcf_segment_value(drivers, SignedContracts(["A"], amounts=[[1.0] * 27])))
    assert found["Terminal value of All"] == pytest.approx(6.0 / 0.1 / 1.21)


def test_depreciation_by_month_or_half_a_year() -> None:
    plant = Plant(["First"], [10.0], [date(2027, 3, 31)], [1.0], [12.0], [2.0])
    for service, expected in (("month", [45.0, 60.0, 15.0]), ("half-year", [30.0, 60.0, 30.0])):
        drivers = of({"Cloud": {"price": 6.0, "power_cost": 1.0}}, service=service, years=3)
        made = dcf_segments(drivers, None, plant)
        assert made.depreciation[0].tolist() == pytest.approx(expected), service


def test_plant_of_a_contract_goes_over_to_its_renewals() -> None:
    segment = {"power_cost": 1.0, "renewal_rate": 0.5}
    plant = Plant(["P"], [10.0], [date(2026, 12, 31)], [6.0], [3.0], [3.0], ["Cloud"], ["A"])
    signed = SignedContracts(["A"], amounts=[[5.0] * 18])
    made = dcf_segments(of({"Cloud": segment}, years=3), signed, plant)
    # Eighteen months each; what was spent before the valuation date is sunk.
    assert made.costs.tolist() == [[10.0, 5.0, 0.0], [0.0, 5.0, 10.0]]
    assert made.depreciation.tolist() == [[10.0, 5.0, 0.0], [0.0, 5.0, 10.0]]
    assert made.capital_spending.tolist() == [[0.0] * 3] * 2


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
    # For ever -52.5 grows by 5% without reinvestment; its tax of -10.5 is never paid back.
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


# Any company -------------------------------------------------------------------------------------


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
    leased = {"price": many(3, 6, 3), "power_cost": many(0.2, 1, 1), "net_retention": many(0.6, 1)}
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
            found = np.broadcast_to(getattr(whole, name), (SCENARIOS,))[i]
            np.testing.assert_allclose(found, getattr(one, name), rtol=1e-12, err_msg=name)
        for name in lines.declared:
            expected = getattr(lines, name)
            found = np.broadcast_to(getattr(by_line, name), (SCENARIOS, *expected.shape))[i]
            np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-11, err_msg=name)
