"""Does the page about comparables show what the functions return for Cerebras?"""

from __future__ import annotations

from pathlib import Path

from model.case.case import load
from model.comparables.implied import OwnFigures, comps_implied_ranges
from model.comparables.verdict import (
    CHANCE,
    COMPANIES_EACH,
    NOT_USED,
    RELATIVE_ERROR,
    comps_verdict,
)
from model.dilution.shares import diluted_market_cap
from model.valuation import value

TEXT = (Path(__file__).parents[1] / "docs" / "comparables.md").read_text(encoding="utf-8")
CASE = load("cerebras")
VALUED = value(CASE)
PEERS = CASE.table("peers")


def test_the_values_that_the_multiples_imply() -> None:
    result, revenue = VALUED.result, VALUED.forecast.revenue
    own = [CASE.scalars["comparable_revenue"].value, float(revenue[0])]
    names = ["EV/Revenue", "Forward EV/Revenue"]
    claims = float(result.enterprise_value - result.equity_value)
    securities = VALUED.business.securities
    found = comps_implied_ranges(PEERS, OwnFigures(names, own), claims, securities)
    quoted = float(diluted_market_cap(CASE.share_price[1].value, securities)) + claims
    for i, name in enumerate(names):
        here, there = float(result.enterprise_value) / own[i], quoted / own[i]
        prices = (found.low[i], found.middle[i], found.high[i])
        row = [name, f"{found.companies[i]:.0f}", *(f"{price:.2f}" for price in prices)]
        assert f"| {' | '.join([*row, f'{here:.2f}x', f'{there:.2f}x'])} |" in TEXT


def test_the_verdict_and_its_thresholds() -> None:
    growth = float(VALUED.forecast.revenue_growth[0])
    verdict = comps_verdict(PEERS, growth).verdict[0]
    assert verdict.startswith(NOT_USED)
    words = " ".join(TEXT.replace("\n> ", " ").split())
    assert verdict in words
    assert f"{COMPANIES_EACH} companies for each explanatory variable" in words
    assert f"at most {CHANCE:.0%} of cases" in words
    assert f"at most {RELATIVE_ERROR:.0%} of it" in words
