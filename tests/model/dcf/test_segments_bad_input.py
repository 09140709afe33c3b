"""Is what makes no sense of segments, contracts and plant refused, in a sentence that says what?"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from model.dcf.by_segment import dcf_segment_value
from model.dcf.segment import Segment
from model.dcf.segments import SegmentedDrivers
from model.dcf.signed import Plant, SignedContracts
from model.errors import InputError

NO_CAPITAL = {"capital_expenditure": 0.0, "depreciation": 0.0}
CLOUD = {"operating_margin": 0.4} | NO_CAPITAL
DATES = {"valuation_date": date(2026, 9, 30), "first_year_end": date(2026, 12, 31)}
SIGNED = {"names": ["A"], "amounts": [[5.0] * 24]}


def valued(
    segments: dict[str, Any] | None = None,
    contracts: dict[str, Any] | None = None,
    plant: dict[str, Any] | None = None,
    **changes: Any,
) -> Any:
    company = {"tax_rate": 0.2, "wacc": 0.1, "years": 2, **DATES, **changes}
    drivers = SegmentedDrivers.by_segment(company, segments or {"Cloud": CLOUD})
    given = SIGNED | (contracts or {})
    signed = SignedContracts(given.pop("names"), **given) if contracts != {} else None
    vintages = None
    if plant is not None:
        stated: dict[str, Any] = {
            **{"name": ["P"], "megawatts": [1.0], "in_service": [date(2026, 12, 31)]},
            **{"lead_time": [6.0], "capex": [10.0], "life": [5.0]},
        }
        vintages = Plant(**stated | plant)
    return dcf_segment_value(drivers, signed, vintages)


GROWS = {"uncontracted_revenue": 10.0}
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a segment without revenue": (
        {"segments": {"Cloud": CLOUD, "Chips": CLOUD}, "contracts": {"segment": ["Cloud"]}},
        "drivers of 'Chips' must give revenue: contracts, revenue_growth, uncontracted_revenue or "
        "price.",
    ),
    "a segment without revenue whose name is nearly a contract's": (
        {
            "segments": {"Cloud": CLOUD | GROWS, "Clouds": CLOUD},
            "contracts": {"segment": ["Cloud"]},
        },
        "drivers of 'Clouds' must give revenue: contracts, revenue_growth, uncontracted_revenue or "
        "price (did you mean 'Cloud'?).",
    ),
    "a contract of an unknown segment": (
        {"contracts": {"segment": ["Clod"]}},
        "contracted_revenue Segment must be a segment with drivers, not 'Clod' (did you mean "
        "'Cloud'?).",
    ),
    "plant of an unknown segment": (
        {"plant": {"segment": ["Clod"]}},
        "plant Segment must be a segment with drivers, not 'Clod' (did you mean 'Cloud'?).",
    ),
    "plant of an unknown contract": (
        {"plant": {"contract": ["B"]}, "segments": {"Cloud": {"operating_margin": 0.4}}},
        "plant Contract must be a contract of segment 'Cloud', not 'B'.",
    ),
    "a contract that ends before the valuation date": (
        {"contracts": {"amounts": [[5.0] * 6]}, "balance_date": date(2026, 3, 31)},
        "contracted_revenue must end after the valuation date, but 'A' does not.",
    ),
    "megawatts before they are paid for": (
        {"plant": {"lead_time": [0.0]}},
        "plant Lead time must be at least 1 month, because 'P' cannot be in service before it is "
        "paid for.",
    ),
    "plant that takes a thousand years to build": (
        {"plant": {"lead_time": [12_000.0]}},
        "plant Lead time must be at most 240, not 12000.",
    ),
    "more collected than there is to deliver": (
        {"contracts": {"collected": [121.0]}},
        "contracted_revenue Collected must be at most what is contracted, where nothing renews, "
        "not 121.",
    ),
    "a delay that never ends": (
        {"contracts": {"delay": [1e9]}},
        "contracted_revenue must end by month 12000, not 1000000024.",
    ),
    "a driver of a segment for the company": (
        {"renewal_rate": 0.5},
        "drivers must give renewal_rate for a segment, in column Segment.",
    ),
    "a driver of the company for a segment": (
        {"segments": {"Cloud": CLOUD | {"tax_rate": 0.2}}},
        "drivers of 'Cloud' must give tax_rate without a Segment, because it is the company's.",
    ),
    "an unknown driver of a segment": (
        {"segments": {"Cloud": CLOUD | {"renewal_rat": 0.2}}},
        "drivers of 'Cloud' must hold known drivers only, not 'renewal_rat' (did you mean "
        "'renewal_rate'?).",
    ),
    "a driver of a segment out of bounds": (
        {"segments": {"Cloud": CLOUD | {"renewal_rate": 90.0}}},
        "renewal_rate of 'Cloud' must be from 0 to 1, not 90 (90% is 0.9).",
    ),
    "two ways of renewing": (
        {"segments": {"Cloud": CLOUD | {"renewal_rate": 0.9, "net_retention": 1.1}}},
        "net_retention of 'Cloud' must be left out where renewal_rate is given.",
    ),
    "two ways of renewing a contract": (
        {"contracts": {"renewal_rate": [0.9], "net_retention": [1.1]}},
        "contracted_revenue Net retention must be left blank where Renewal rate is given.",
    ),
    "two kinds of further revenue": (
        {"segments": {"Cloud": CLOUD | GROWS | {"revenue_growth": 0.1}}},
        "uncontracted_revenue of 'Cloud' must be left out where revenue_growth is given.",
    ),
    "neither margin nor costs": (
        {"segments": {"Cloud": NO_CAPITAL}},
        "drivers of 'Cloud' must give either operating_margin or power_cost, hosting_cost, "
        "other_cost by megawatt.",
    ),
    "no capital": (
        {"segments": {"Cloud": {"operating_margin": 0.4}}},
        "drivers of 'Cloud' must give capital: sales_to_capital, capital_expenditure with "
        "depreciation, or vintages of plant.",
    ),
    "capital twice": (
        {"segments": {"Cloud": {"operating_margin": 0.4, "sales_to_capital": 1.0}}, "plant": {}},
        "sales_to_capital of 'Cloud' must be left out where plant gives the capital of the "
        "segment.",
    ),
    "costs by megawatt without megawatts": (
        {"segments": {"Cloud": {"power_cost": 0.4} | NO_CAPITAL}},
        "drivers of 'Cloud' must have vintages of plant, to which its price and costs per megawatt "
        "apply.",
    ),
    "months without dates": (
        {"valuation_date": None, "first_year_end": None, "contracts": {"amounts": [[5.0] * 24]}},
        "contracted_revenue must be of the years 1 to 2, as the drivers are, not 1 to 24.",
    ),
    "plant without dates": (
        {
            "valuation_date": None,
            "first_year_end": None,
            "contracts": {"amounts": [[5.0, 5.0]]},
            "plant": {},
        },
        "drivers must give valuation_date and first_year_end for plant.",
    ),
    "years that are not the drivers'": (
        {"contracts": {"amounts": [[5.0, 6.0]], "across": [2027, 2028]}},
        "contracted_revenue must be of the years 2026 to 2027, as the drivers are, not 2027 to "
        "2028.",
    ),
    "a balance after the valuation": (
        {"balance_date": date(2026, 10, 31)},
        "balance_date must be at most the valuation date 2026-09-30, not 2026-10-31.",
    ),
    "a stub next to dates": (
        {"stub": 0.5},
        "stub must be left out where valuation_date says what is left.",
    ),
    "another unit": (
        {
            "segments": {"Cloud": CLOUD | GROWS | {"base_revenue": 510.0}},
            "contracts": {"amounts": [[2.4e10] * 24]},
        },
        "contracted_revenue must be in the unit of base_revenue 510, not 2.4e+10 (2.4e+10 USD are "
        "24000 USD millions).",
    ),
    "negative amounts": (
        {"contracts": {"amounts": [[5.0, -1.0]]}},
        "contracted_revenue must be at least 0, not -1.",
    ),
    "a contract of no segment where there are two": (
        {"segments": {"Cloud": CLOUD, "Chips": CLOUD}},
        "contracted_revenue Segment must be named, because there are several segments.",
    ),
    "a segment that is called as a company cost is": (
        {"segments": {"Research": CLOUD | GROWS}, "research": 5.0},
        "the lines of segments and company costs must be unique, but 'Research' appears twice.",
    ),
    "growth at the rate for what goes on": (
        {"segments": {"Cloud": CLOUD | GROWS}, "terminal_growth": 0.1},
        "terminal_growth must be below the terminal cost of capital, not 0.1.",
    ),
    "growth above the return on capital for what goes on": (
        {
            "segments": {"Cloud": CLOUD | GROWS},
            "terminal": "roic",
            "terminal_growth": 0.09,
            "terminal_roic": 0.08,
        },
        "terminal_growth must be at most terminal_roic, or it would take more than the entire "
        "profit, not 0.09.",
    ),
    "a multiple of the company's loss": (
        {
            "segments": {"Cloud": CLOUD | GROWS | {"operating_margin": -0.4}},
            "terminal": "multiple",
            "terminal_multiple": 8.0,
        },
        "terminal_multiple must be applied to ebit of at least 0 in the final year, not -4.",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_sentence_says_what_is_wrong(what: str) -> None:
    given, sentence = BAD[what]
    with pytest.raises(InputError) as found:
        valued(**given)
    assert str(found.value) == sentence


@pytest.mark.parametrize("terminal", ["growth", "roic"])
def test_growth_at_the_rate_is_no_matter_where_nothing_goes_on(terminal: str) -> None:
    ends = valued(terminal=terminal).value
    assert valued(terminal=terminal, terminal_growth=0.12).value.tolist() == ends.tolist()


def test_a_company_has_at_least_one_segment() -> None:
    with pytest.raises(InputError, match=r"^drivers must give at least one segment\.$"):
        SegmentedDrivers.by_segment({"tax_rate": 0.2, "wacc": 0.1}, {})


def test_a_driver_of_the_segments_is_not_taken_for_the_company() -> None:
    segment = Segment.of({"revenue_growth": 0.1, "operating_margin": 0.2, "sales_to_capital": 2.0})
    rest: dict[str, Any] = {"wacc": 0.1, "tax_rate": 0.25, "segments": (segment,)}
    assert SegmentedDrivers(**rest).base_revenue is None
    with pytest.raises(TypeError, match=r"^SegmentedDrivers takes \(") as refused:
        SegmentedDrivers(base_revenue=100.0, **rest)
    assert "base_revenue" not in str(refused.value)
