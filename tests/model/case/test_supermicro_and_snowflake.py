"""Do the cases of Super Micro and Snowflake agree with what the companies published?

Oracles: figures typed here from the releases, annual reports and quotes, among them many that the
cases do not contain (statements of income and cash flows, guidance, estimates), and identities
between them.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np
import pytest

from model.case import derived
from model.case.case import Case, load
from model.case.moving import looks_ahead
from model.dilution.shares import diluted_shares, dilution_bridge
from model.errors import Floats
from model.plausibility import warnings
from model.valuation import Valuation, value

SUPERMICRO, SNOWFLAKE = "supermicro", "snowflake"
#: Companies of other cases, and what only they have to do with.
FOREIGN = {
    SUPERMICRO: ("Cerebras", "OpenAI", "CoreWeave", "Nebius", "Snowflake", "CBRS"),
    SNOWFLAKE: ("Cerebras", "OpenAI", "CoreWeave", "Nebius", "Super Micro", "CBRS"),
}


@cache
def case(name: str) -> Case:
    return load(name)


@cache
def valued(name: str) -> Valuation:
    return value(case(name))


def number(name: str, path: str) -> float:
    return case(name).figures[path].number


def by_year(name: str, path: str) -> Floats:
    found = case(name).figures[path].value
    assert isinstance(found, list)
    return np.array(found)


def net_of(name: str, price: float, keys: list[str]) -> float:
    """Return the shares that some securities add at a price, by the treasury method."""
    net = dilution_bridge(price, case(name).dilution).net
    return float(sum(net[list(case(name).securities).index(key)] for key in keys))


# Both -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FOREIGN)
def test_a_case_speaks_of_its_own_company_alone(name: str) -> None:
    text = (resources.files("model.cases") / f"{name}.toml").read_text(encoding="utf-8")
    assert not [word for word in FOREIGN[name] if word in text]


@pytest.mark.parametrize(
    ("name", "price", "quoted"),
    [(SUPERMICRO, 41.44, 27224.644), (SNOWFLAKE, 338.39, 119384.0)],
)
def test_price_times_shares_is_the_market_value_quoted(
    name: str, price: float, quoted: float
) -> None:
    assert price * derived.counts(case(name))["common"] == pytest.approx(quoted, rel=0.005)


@pytest.mark.parametrize(
    ("name", "key", "rate", "principal"),
    [
        (SUPERMICRO, "notes_2028", 16.3784, 700),
        (SUPERMICRO, "notes_2029", 11.9842, 1725),
        (SUPERMICRO, "notes_2030", 18.1154, 2300),
        (SNOWFLAKE, "notes_2027", 6.3492, 1150),
        (SNOWFLAKE, "notes_2029", 6.3492, 1150),
    ],
)
def test_notes_convert_as_their_rate_says(
    name: str, key: str, rate: float, principal: float
) -> None:
    count, strike = (number(name, f"securities.{key}.{n}") for n in ("count", "strike"))
    assert strike == pytest.approx(1000 / rate, abs=0.005)
    assert count == pytest.approx(rate * principal / 1000, rel=1e-6)
    # As debt or as shares, they are the same amount.
    assert count * strike == pytest.approx(principal, rel=1e-4)


@pytest.mark.parametrize("name", FOREIGN)
def test_debt_is_what_falls_due(name: str) -> None:
    """The bridge's debt is repaid to the last dollar, and no other debt is."""
    owed = case(name).table("commitments")
    debt = owed.of("debt")
    assert owed.payments[debt].sum() == pytest.approx(number(name, "balance_sheet.borrowings"))
    assert owed.balance[debt].sum() == pytest.approx(number(name, "balance_sheet.borrowings"))


# Super Micro ------------------------------------------------------------------------------------


def test_revenue_of_two_years_is_within_guidance_and_near_the_estimates() -> None:
    first, second = valued(SUPERMICRO).forecast.revenue[:2]
    assert 65_000 <= first <= 72_000
    assert first == pytest.approx(67_130, rel=0.03)
    assert second == pytest.approx(78_762, rel=0.03)


@pytest.mark.parametrize(("year", "estimate"), [(0, 4.34), (1, 5.33)])
def test_earnings_of_the_forecast_are_near_the_estimates(year: int, estimate: float) -> None:
    """Operating income, interest, tax and preferred dividends on the diluted shares guided."""
    v = valued(SUPERMICRO)
    assert v.funding is not None
    # Interest of the first year is that of the part after the valuation date.
    part = float(v.forecast.period_length[year])
    interest = (v.funding.interest_received - v.funding.interest_paid)[year] / part
    pretax = v.forecast.operating_income[year] + interest
    earnings = pretax * (1 - v.forecast.tax_rate[year]) - 0.07 * 4312.5
    assert earnings / 745 == pytest.approx(estimate, rel=0.1)


def test_the_quote_is_a_multiple_of_ten_times_estimated_earnings() -> None:
    assert number(SUPERMICRO, "price.share") / 4.34 == pytest.approx(9.5, abs=0.1)


def test_margins_end_below_all_of_five_years() -> None:
    history = [
        335.167 / 5196.099,
        761.142 / 7123.482,
        1210.774 / 14989.251,
        1252.994 / 21972.042,
        2770.486 / 39063.072,
    ]
    margins = valued(SUPERMICRO).forecast.operating_margin
    assert margins[0] == pytest.approx(history[-1], abs=0.003)
    assert (np.diff(margins) <= 1e-9).all()
    assert margins[-1] < min(history)


def test_costs_of_the_first_year_grow_more_slowly_than_sales() -> None:
    reported = {"research": 771.232, "sales": 352.594, "administration": 332.939}
    assert sum(reported.values()) == pytest.approx(1456.765, abs=0.01)
    for name, before in reported.items():
        assert 1 < by_year(SUPERMICRO, f"drivers.{name}")[0] / before < 1.7


#: Of 30 June 2026 and a year before: receivables, inventories, prepaid; payables, accrued, taxes,
#: deferred revenue of both terms.
WORKING_CAPITAL = (
    (6125.414, 12895.949, 1183.415, -2247.003, -1032.716, -262.608, -1578.005, -1034.027),
    (2203.942, 4680.375, 247.426, -1281.977, -565.637, -53.381, -368.737, -362.645),
)


def test_working_capital_explains_the_cash_flow_of_the_year_before() -> None:
    """Income, depreciation and stock compensation, less what working capital took."""
    now, before = map(sum, WORKING_CAPITAL)
    assert 2230.453 + 53 + 412.115 - (now - before) == pytest.approx(-6809.886, rel=0.01)


def test_working_capital_stays_a_fifth_of_the_next_years_sales() -> None:
    taken = by_year(SUPERMICRO, "segments.systems.working_capital_change")
    held = np.cumsum([sum(WORKING_CAPITAL[0]), *taken])
    revenue = np.asarray(valued(SUPERMICRO).forecast.revenue)
    following = np.append(revenue, revenue[-1] * 1.03)
    assert held / following == pytest.approx(0.21, abs=0.003)


def test_net_income_leads_to_what_common_stock_earns() -> None:
    """Operating income, other income, interest, tax and an associate; then preferred dividends."""
    net = 2770.486 + 26.432 + 186.920 - 194.574 - 556.329 - 2.482
    assert net == pytest.approx(2230.453, abs=0.001)
    assert number(SUPERMICRO, "scalars.eps_income") == pytest.approx(net - 13.088, abs=0.001)
    rows = case(SUPERMICRO).table("non_gaap_bridge")
    assert float(rows.amount[:2].sum()) == pytest.approx(net - 13.088 + 412.115, abs=0.001)


def test_the_preferred_stock_is_what_the_balance_sheet_holds() -> None:
    """86.25 million depositary shares of 50, less 2%, are its carrying amount."""
    count, worth = (
        number(SUPERMICRO, f"securities.preferred.{name}") for name in ("count", "repayment")
    )
    assert count * worth == pytest.approx(86.25 * 50, rel=1e-6)
    assert 0.98 * count * worth == pytest.approx(4226.258, rel=0.001)
    # Dividends of 7% for the 16 days of the quarter after the closing.
    assert 0.07 * count * worth * 16 / 365 == pytest.approx(13.088, rel=0.02)


def test_equity_grew_by_income_stock_compensation_and_what_investors_paid() -> None:
    """52.27 million shares at 27.50 and the preferred stock; the rest came for options."""
    grown = 14479.616 - 6301.871
    explained = 2230.453 - 13.088 + 412.115 + 4226.258 + 45.4545 * 1.15 * 27.5 * 0.98
    assert grown - explained == pytest.approx(0, abs=100)


def test_diluted_shares_as_reported_leave_what_the_case_counts_as_awards() -> None:
    notes = sum(number(SUPERMICRO, f"securities.notes_{y}.count") for y in (2028, 2029, 2030))
    awards = net_of(SUPERMICRO, 41.44, ["options", "awards"])
    assert 601.806 + notes + awards == pytest.approx(697.348, abs=0.05)


def test_without_a_balance_nothing_is_contracted() -> None:
    assert case(SUPERMICRO).rpo is None
    assert float(np.sum(valued(SUPERMICRO).forecast.contracted_revenue)) == 0


# Snowflake --------------------------------------------------------------------------------------


def test_the_schedule_keeps_the_share_of_the_first_twelve_months() -> None:
    v = valued(SNOWFLAKE)
    assert v.schedule is not None
    assert float(np.sum(v.schedule.recognised[:4])) == pytest.approx(0.54 * 9000)
    signed = case(SNOWFLAKE).table("customer_contracts")
    assert float(signed.recognised_by(np.array([12.0])).sum()) == pytest.approx(4860, rel=0.011)


def test_revenue_of_the_first_half_is_that_of_its_quarters() -> None:
    signed = case(SNOWFLAKE).table("customer_contracts")
    assert float(signed.recognised.sum()) == 1390 + 1547
    assert float(signed.base_revenue.sum()) == pytest.approx(2187.043 + 1212.909 + 1283.994)
    assert number(SNOWFLAKE, "scalars.comparable_revenue") == pytest.approx(
        1212.909 + 1283.994 + 1390 + 1547, abs=0.01
    )


def test_revenue_of_the_first_year_beats_the_guidance_as_three_years_did() -> None:
    """Product revenue came in 0.6 to 0.9% above the top of the last guidance, or of its range."""
    beats = [2666.8 / 2650, 3462.4 / 3430, 4472.3 / 4446]
    services = 2 * (1390 + 1547 - 1330 - 1490)
    product = float(valued(SNOWFLAKE).forecast.revenue[0]) - services
    assert min(beats) - 0.002 <= product / 6070 <= max(beats)


def test_net_retention_starts_as_disclosed_and_falls() -> None:
    retention = by_year(SNOWFLAKE, "segments.platform.net_retention")
    assert retention[0] == pytest.approx(1.26)
    assert (np.diff(retention) < 0).all()
    assert retention[-1] > 1 + number(SNOWFLAKE, "drivers.terminal_growth")


def test_customers_of_today_bring_most_of_the_last_years_revenue() -> None:
    spent = 4 * 1547 * np.prod(by_year(SNOWFLAKE, "segments.platform.net_retention")[1:])
    last = float(valued(SNOWFLAKE).forecast.revenue[-1])
    assert 0.6 < spent / last < 1


def test_the_notes_claim_net_of_the_capped_calls() -> None:
    """At 338.39: 4,941.9 as if converted, less 985.8; 3,956 or 11.7 million shares."""
    net = net_of(SNOWFLAKE, 338.39, ["notes_2027", "notes_2029"])
    assert net == pytest.approx(11.7, abs=0.05)
    assert net * 338.39 == pytest.approx(3956, abs=2)
    # Below the cap, they take no more than the principal.
    below = net_of(SNOWFLAKE, 200, ["notes_2027", "notes_2029"])
    assert below * 200 == pytest.approx(2300, rel=1e-4)


def test_stock_compensation_is_a_cost_and_no_dilution_beyond_what_is_earned() -> None:
    """Diluted shares at the quote are not above the 382 million guided."""
    held = case(SNOWFLAKE).dilution
    # The guided count knows no capped calls, and adds the notes as if converted.
    notes = net_of(SNOWFLAKE, 356.47, ["notes_2027", "notes_2029"])
    diluted = float(diluted_shares(356.47, held)) - notes + 2 * 7.302
    assert diluted == pytest.approx(382, abs=0.1)
    assert number(SNOWFLAKE, "securities.awards.count") < 0.01 * 352.8
    costs = by_year(SNOWFLAKE, "drivers.stock_compensation")
    # 1,599.5 the year before; 424.1 in the second quarter.
    assert 1599.5 < costs[0] < 4.2 * 424.1
    shares = costs / valued(SNOWFLAKE).forecast.revenue
    assert (np.diff(shares) < 0).all()


def test_operating_margin_of_the_first_year_is_between_what_is_reported_and_guided() -> None:
    """-30.6% in the year before and -17.0% in the second quarter; 14.5% guided, before SBC."""
    v = valued(SNOWFLAKE)
    margin = float(v.forecast.operating_margin[0])
    assert -0.18 < margin < -0.14
    costs = by_year(SNOWFLAKE, "drivers.stock_compensation")
    before = margin + costs[0] / float(v.forecast.revenue[0])
    assert 0.035 < before < 0.145


def test_the_first_year_has_five_months_left() -> None:
    """From 3 September 2026 to 31 January 2027: 150 days of 365."""
    assert float(valued(SNOWFLAKE).forecast.period_length[0]) == pytest.approx(150 / 365)


def test_the_count_of_shares_alone_came_after_the_valuation_date() -> None:
    assert looks_ahead(case(SNOWFLAKE)) == ["securities.common.count"]
    keys = [found.measure.key for found in warnings(valued(SNOWFLAKE))]
    assert "look_ahead" in keys
    assert looks_ahead(case(SUPERMICRO)) == []


def test_losses_are_those_of_three_years() -> None:
    assert number(SNOWFLAKE, "drivers.loss_carryforward") == pytest.approx(1094.8 + 1456.0 + 1435.2)
    bridge = case(SNOWFLAKE).table("non_gaap_bridge").amount
    assert float(bridge.sum()) / 4683.946 == pytest.approx(0.035, abs=0.001)
