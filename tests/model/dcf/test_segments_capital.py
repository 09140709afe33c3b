"""Are contracts, capital and collected cash of segments what the rules say?

Oracles: amounts worked by hand next to each test, and RPO_CONTRACTS for default, delay and renewal.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from segment_companies import NO_CAPITAL, by_name, of

from model.dcf.by_segment import dcf_segment_value, dcf_segments
from model.dcf.signed import Plant, SignedContracts
from model.rpo.contracts import Contracts, rpo_contracts


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


def test_default_delay_and_renewal_are_those_of_rpo_contracts() -> None:
    risks = {"delay": [0.0, 3.5], "probability": [0.9, 0.8], "intensity": [0.1, 0.3]}
    risks["recovery"] = [0.4, 0.0]
    again = {"renewal": [0.7, 0.6], "renewal_term": [48.0, 48.0]}
    contracts = Contracts(["A", "B"], [90.0, 60.0], [1, 7], [18, 20], **risks, **again)
    expected = rpo_contracts(contracts, 12)
    flat = [[5.0] * 18 + [0.0] * 8, [0.0] * 6 + [3.0] * 20]
    signed = SignedContracts(["A", "B"], **risks, renewal_rate=again["renewal"], amounts=flat)
    # A term that does not end within the forecast, because RPO_CONTRACTS renews once.
    segment = {"operating_margin": 0.5, "renewal_term": 48.0} | NO_CAPITAL
    made = dcf_segments(of({"All": segment}, years=5), signed)
    np.testing.assert_allclose(made.revenue[:2], expected.expected[:, :5], rtol=1e-12)
    renewed = expected.renewals_by_customer[:, :5]
    np.testing.assert_allclose(made.revenue[2:4], renewed, rtol=1e-12)


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


@pytest.mark.parametrize(("months", "delay"), [(27, 0.0), (24, 3.0), (24, 3.5), (27, 0.25)])
def test_the_terminal_year_of_a_renewal_is_twelve_months_at_its_run_rate(
    months: int, delay: float
) -> None:
    # The contract ends some three months after the forecast: its renewal runs in the other nine.
    segment = {"operating_margin": 1.0, "renewal_rate": 0.5} | NO_CAPITAL
    drivers = of({"All": segment}, tax_rate=0.0)
    signed = SignedContracts(["A"], delay=[delay], amounts=[[1.0] * months])
    found = by_name(dcf_segment_value(drivers, signed))
    assert found["Terminal value of All"] == pytest.approx(6.0 / 0.1 / 1.21)


def test_the_terminal_year_of_a_renewal_has_its_own_depreciation() -> None:
    # Of two years of life, the renewal takes the second. In the twelve months after the forecast
    # there is no plant: neither its cost, nor depreciation that would be no outlay.
    segment = {"operating_margin": 1.0, "renewal_rate": 0.5, "renewal_term": 48.0}
    plant = Plant(["P"], [10.0], [date(2026, 12, 31)], [6.0], [3.0], [2.0], ["Cloud"], ["A"])
    drivers = of({"Cloud": segment}, tax_rate=0.0, terminal="growth")
    found = by_name(dcf_segment_value(drivers, SignedContracts(["A"], amounts=[[2.0] * 12]), plant))
    assert found["Terminal value of Cloud"] == pytest.approx(12.0 / 0.1 / 1.21)
    # Of 2.5 years of life at 12 a year, the terminal year has 6 of depreciation in its income by
    # margin, which is no outlay.
    longer = Plant(["P"], [10.0], [date(2026, 12, 31)], [6.0], [3.0], [2.5], ["Cloud"], ["A"])
    found = by_name(
        dcf_segment_value(drivers, SignedContracts(["A"], amounts=[[2.0] * 12]), longer)
    )
    assert found["Terminal value of Cloud"] == pytest.approx((12.0 + 6.0) / 0.1 / 1.21)


def test_depreciation_by_month_or_half_a_year() -> None:
    plant = Plant(["First"], [10.0], [date(2027, 3, 31)], [1.0], [12.0], [2.0])
    for service, expected in (("month", [45.0, 60.0, 15.0]), ("half-year", [30.0, 60.0, 30.0])):
        drivers = of({"Cloud": {"price": 6.0, "power_cost": 1.0}}, service=service, years=3)
        made = dcf_segments(drivers, None, plant)
        assert made.depreciation[0].tolist() == pytest.approx(expected), service


@pytest.mark.parametrize("year", range(2024, 2029))
def test_service_on_a_years_end_is_half_a_year_of_the_next(year: int) -> None:
    # Three years may have 1,095 days or 1,096.
    dates = {"valuation_date": date(year, 12, 31), "first_year_end": date(year + 1, 12, 31)}
    drivers = of(
        {"Cloud": {"price": 6.0, "power_cost": 1.0}}, service="half-year", years=6, **dates
    )
    for later in range(6):
        day = date(year + later, 12, 31)
        made = dcf_segments(drivers, None, Plant(["P"], [10.0], [day], [1.0], [12.0], [2.0]))
        expected = [0.0] * later + [30.0, 60.0, 30.0]
        assert made.depreciation[0].tolist() == pytest.approx([*expected, 0, 0, 0][:6]), day


def test_plant_of_a_contract_goes_over_to_its_renewals() -> None:
    segment = {"power_cost": 1.0, "renewal_rate": 0.5}
    plant = Plant(["P"], [10.0], [date(2026, 12, 31)], [6.0], [3.0], [3.0], ["Cloud"], ["A"])
    signed = SignedContracts(["A"], amounts=[[5.0] * 18])
    made = dcf_segments(of({"Cloud": segment}, years=3), signed, plant)
    # Eighteen months each; what was spent before the valuation date is sunk.
    assert made.costs.tolist() == [[10.0, 5.0, 0.0], [0.0, 5.0, 10.0]]
    assert made.depreciation.tolist() == [[10.0, 5.0, 0.0], [0.0, 5.0, 10.0]]
    assert made.capital_spending.tolist() == [[0.0] * 3] * 2
