"""Does contracted revenue that comes later lose nothing, and cost what the time costs?

Oracles: contracts with as much more delay of their own; sums that a delay leaves as they are; the
discount rate alone, where all that is late is worth its cash flow; the model without a delay. The
same month by month in plain Python is in `test_segments_by_hand.py`, and year by year in
`test_dcf.py`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from segment_companies import COMMON, DATES, NO_CAPITAL, of

from model.case.case import load
from model.dcf.drivers import Drivers
from model.dcf.forecast import dcf_forecast
from model.dcf.quarters import dcf_quarters
from model.dcf.segments import SegmentedDrivers
from model.dcf.signed import SignedContracts
from model.dcf.value import SegmentedValue, dcf_value
from model.errors import InputError
from model.uncertainty.changes import changed
from model.uncertainty.reverse import dcf_reverse
from model.uncertainty.sensitivity import dcf_sensitivity
from model.uncertainty.tornado import DriverRanges, dcf_tornado
from model.valuation import value

NAME = "contracted_delay_months"
SIGNED = {"operating_margin": 0.5, **NO_CAPITAL}
delays = st.floats(0.01, 60.0)
SIMPLE = {
    "base_revenue": 100.0, "uncontracted_revenue": 0.0, "operating_margin": 0.4, "tax_rate": 0.25,
    "sales_to_capital": 1e6, "wacc": 0.1, "terminal": "multiple", "terminal_multiple": 0.0,
}  # fmt: skip


def contract(months: list[float], **terms: Any) -> SignedContracts:
    return SignedContracts(["A"], amounts=[months], **{k: [v] for k, v in terms.items()})


def valued(d: SegmentedDrivers, signed: SignedContracts) -> SegmentedValue:
    found = dcf_value(d, COMMON, signed)
    assert isinstance(found, SegmentedValue)
    return found


def test_a_year_of_delay_costs_a_year_of_discounting() -> None:
    """12 in each of 24 months from 2027, at 10%: a year later it is worth a tenth less."""
    d = {"years": 5, "tax_rate": 0.0}
    on_time = valued(of({"A": SIGNED}, **d), contract([12.0] * 24))
    late = valued(of({"A": SIGNED}, **d, **{NAME: 12.0}), contract([12.0] * 24))
    assert late.forecast.contracted_revenue.tolist() == [0.0, 144.0, 144.0, 0.0, 0.0]
    assert float(on_time.enterprise_value) == pytest.approx(72 / 1.1 + 72 / 1.21, rel=1e-14)
    assert float(late.enterprise_value) == pytest.approx(float(on_time.enterprise_value) / 1.1)


def test_what_slips_past_the_forecast_is_stated() -> None:
    """Of 24 months in a forecast of 24, seven and a half slip."""
    found = valued(of({"A": SIGNED}, **{NAME: 7.5}), contract([12.0] * 24))
    assert found.forecast.contracted_revenue.tolist() == [54.0, 144.0]
    assert float(found.slipped_revenue) == float(found.beyond_forecast) == 90.0


@given(
    delays,
    st.lists(st.floats(0, 100), min_size=3, max_size=40),
    st.floats(0, 1),
    st.floats(0.0, 9.0),
)
@example(0.25, [0.0] * 60, 1.0, 0.5)
def test_nothing_is_lost(delay: float, months: list[float], share: float, own: float) -> None:
    """From a balance date in the year of the valuation date on, at any conversion.

    The contract's own delay comes first. Also where the two together are less than a month, and
    each moves a part of it a month further.
    """
    months = [*months, 5.0, 5.0, 5.0]
    dates = {"valuation_date": date(2027, 2, 10), "balance_date": date(2026, 12, 31)}
    given_ = {"years": 3, **dates, "contracted_share": share}
    found = [
        valued(of({"A": SIGNED}, **given_, **late), contract(months, delay=own))
        for late in ({}, {NAME: delay})
    ]
    totals = [float(f.forecast.contracted_revenue.sum() + f.beyond_forecast) for f in found]
    assert totals == pytest.approx([share * sum(months)] * 2, rel=1e-12)
    more = float(found[1].beyond_forecast - found[0].beyond_forecast)
    assert float(found[1].slipped_revenue) == pytest.approx(more, abs=1e-12 * sum(months))


@given(delays, st.lists(st.floats(0, 1e4), min_size=1, max_size=8), st.floats(0.01, 1))
def test_nothing_is_lost_of_amounts_by_year(
    delay: float, by_year: list[float], stub: float
) -> None:
    found = dcf_value(Drivers.of(SIMPLE | {NAME: delay, "stub": stub}), COMMON, by_year)
    total = float(found.forecast.contracted_revenue.sum() + found.slipped_revenue)
    assert total == pytest.approx(sum(by_year), rel=1e-12)
    assert float(found.slipped_revenue) >= 0
    assert (found.forecast.contracted_revenue >= 0).all()


@given(st.floats(0, 40), delays, st.sampled_from([1.0, 0.6, 0.2]))
def test_later_is_worth_less(delay: float, more: float, stub: float) -> None:
    """At a positive rate, of a profit; of what has no end in the forecast, none slips at first."""
    by_year = [60.0, 120.0, 90.0, 30.0, 0.0, 0.0]
    worth = [
        float(dcf_value(Drivers.of(SIMPLE | {NAME: d, "stub": stub}), COMMON, by_year).pv_forecast)
        for d in (delay, delay + more)
    ]
    assert worth[1] < worth[0]
    dates = {"valuation_date": date(2027, 2, 10), "balance_date": date(2026, 12, 31)}
    amounts = [10.0] * 20
    signed = [
        valued(of({"A": SIGNED}, years=6, **dates, **{NAME: d}), contract(amounts))
        for d in (delay, delay + more)
    ]
    assert float(signed[1].pv_forecast) < float(signed[0].pv_forecast)


@given(
    st.tuples(delays, st.sampled_from([0.0, 1.0, 9.0]))
    | st.tuples(st.integers(1, 60).map(float), st.floats(0.0, 9.0)),
    st.sampled_from([0.0, 0.3]),
)
def test_it_adds_to_the_contracts_own_delay(both: tuple[float, float], intensity: float) -> None:
    """Of a contract that starts after the valuation date, if only one of them divides a month."""
    delay, own = both
    terms = {"intensity": intensity, "recovery": 0.5, "renewal_rate": 0.6, "base_revenue": 20.0}
    driven = {"operating_margin": 0.5, "sales_to_capital": 2.0, "contra_revenue": 0.1}
    amounts = [0.0] * 3 + [4.0] * 12
    for dates in ({}, {"valuation_date": date(2027, 2, 10), "balance_date": date(2026, 12, 31)}):
        common = {"years": 4, **dates}
        found = valued(of({"A": driven}, **common, **{NAME: delay}),
                       contract(amounts, delay=own, **terms))  # fmt: skip
        expected = valued(
            of({"A": driven}, **common), contract(amounts, delay=own + delay, **terms)
        )
        for name in ("enterprise_value", "interim_cash_flow", "beyond_forecast"):
            assert float(getattr(found, name)) == pytest.approx(
                float(getattr(expected, name)), rel=1e-11, abs=1e-9
            ), name


def test_what_has_been_recognised_is_not_late() -> None:
    """Ten a month from January; on 1 March twenty have come, and 100 are still to come in 2027."""
    dates = {"valuation_date": date(2027, 2, 28), "balance_date": date(2026, 12, 31)}
    found = valued(of({"A": SIGNED}, **dates, **{NAME: 6.0}), contract([10.0] * 12))
    assert found.forecast.contracted_revenue == pytest.approx([20.0 + 40.0, 60.0])
    by_year = dcf_forecast(Drivers.of(SIMPLE | {NAME: 6.0, "stub": 10 / 12}), [120.0, 0.0])
    assert by_year.contracted_revenue == pytest.approx([60.0, 60.0])
    # Ten months were to be valued, of which four come in the year.
    assert by_year.cash_flow == pytest.approx([0.3 * 40.0, 0.3 * 60.0], rel=1e-4)


@pytest.mark.parametrize("name", ["cerebras", "coreweave", "nebius", "snowflake"])
def test_a_delay_for_each_scenario_is_as_many_single_ones(name: str) -> None:
    """In one call, of which that without a delay is the case to the last bit."""
    case = value(load(name))
    months = [0.0, 0.5, 3.0, 14.25, 60.0, 240.0]

    def with_delay(of: Any) -> SegmentedValue:
        b = changed(case.business, [(NAME, of)], "scenarios")
        found = dcf_value(b.drivers, b.securities, b.contracted, b.plant)
        assert isinstance(found, SegmentedValue)
        return found

    together = with_delay(np.array(months))
    assert float(together.value_per_share[0]) == case.value_per_share
    for line in ("value_per_share", "slipped_revenue", "beyond_forecast", "pv_terminal"):
        single = [float(getattr(with_delay(m), line)) for m in months]
        assert getattr(together, line) == pytest.approx(single, rel=1e-12, abs=1e-9), line
    assert (np.diff(together.value_per_share) <= 0).all()


def test_it_is_an_input_like_any_other() -> None:
    b = value(load("nebius")).business
    given_ = (b.drivers, b.securities, b.contracted)
    at_six = changed(b, [(NAME, 6.0)], "scenarios")
    expected = dcf_value(at_six.drivers, b.securities, b.contracted, b.plant).value_per_share
    grid = dcf_sensitivity(*given_, NAME, [0.0, 6.0], "contracted_share", [1.0], plant=b.plant)
    assert grid.values[1, 0] == expected
    tornado = dcf_tornado(*given_, DriverRanges([NAME], [0.0], [6.0]), plant=b.plant)
    assert tornado.at_high[0] == expected
    solved = dcf_reverse(*given_, float(expected), NAME, plant=b.plant)
    assert float(solved.input[0]) == pytest.approx(6.0, abs=1e-9)


def test_its_quarters_are_those_of_its_years() -> None:
    """Quarters that are given are of what is on time."""
    d, by_year = SIMPLE | {"years": 2}, [100.0, 60.0]
    given_ = [10.0, 20.0, 30.0, 40.0]
    on_time = dcf_quarters(Drivers.of(d), by_year, contracted_by_quarter=given_)
    assert on_time.contracted_revenue[:4].tolist() == given_
    late = dcf_quarters(Drivers.of(d | {NAME: 6.0}), by_year, contracted_by_quarter=given_)
    assert late.contracted_revenue.reshape(2, 4).sum(-1) == pytest.approx([50.0, 80.0])
    both = dcf_quarters(Drivers.of(d | {NAME: [0.0, 6.0]}), by_year, contracted_by_quarter=given_)
    assert both.contracted_revenue[0].tolist() == on_time.contracted_revenue.tolist()
    assert both.contracted_revenue[1] == pytest.approx(late.contracted_revenue)


WRONG = {
    -1.0: "contracted_delay_months must be from 0 to 240, not -1.",
    300.0: "contracted_delay_months must be from 0 to 240, not 300.",
    "soon": "contracted_delay_months must be a number, or numbers, not 'soon'.",
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_delay_is_refused(wrong: Any) -> None:
    with pytest.raises(InputError) as refused:
        Drivers.of(SIMPLE | {NAME: wrong})
    assert str(refused.value) == WRONG[wrong]


def test_it_is_the_company_s_and_no_segment_s() -> None:
    with pytest.raises(InputError, match=f"must give {NAME} without a Segment"):
        SegmentedDrivers.by_segment({**DATES}, {"A": SIGNED | {NAME: 3.0}})
