"""Are published figures of quarters refused where they cannot be, and counted where they may be?

Oracles: the calendar, and what the company had reported by the valuation date.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from cases import Tree, shipped

from model import plausibility
from model.case import quarterly
from model.case.case import load, parse
from model.errors import InputError
from model.valuation import value


def figure(**stated: Any) -> Tree:
    own = {"label": "A figure", "line": "revenue", "year": 2026, "quarter": 2, "value": 200.0}
    return own | {"source": "q1_release", "as_of": date(2026, 6, 30), "quality": "press"} | stated


def with_figure(**stated: Any) -> Tree:
    tree = shipped()
    tree["published"]["new"] = figure(**stated)
    return tree


REFUSED: dict[str, tuple[Tree, str]] = {
    "a line that quarters do not have": (
        {"line": "capital_expenditures"},
        "published.new.line is not a line of the results: 'capital_expenditures' (did you mean "
        "'capital_expenditure'?).",
    ),
    "earnings per share, which the forecast does not have": (
        {"line": "eps"}, "published.new.line is not a line of the results: 'eps'.",
    ),
    "a line of years alone": (
        {"line": "depreciation"},
        "published.new.line is not a line of the results: 'depreciation'.",
    ),
    "a quarter without its year": (
        {"year": None}, "published.new.year must be given with the quarter: the fiscal year.",
    ),
    "a fifth quarter": (
        {"quarter": 5}, "published.new.quarter must be from 1 to 4, not 5.",
    ),
    "a quarter that is no number": (
        {"quarter": "Q2"}, "published.new.quarter must be from 1 to 4, not 'Q2'.",
    ),
    "a quarter beyond those that are shown": (
        {"year": 2029},
        "published.new.year must be from 2026 to 2028, the years of the quarters that are shown, "
        "not 2029.",
    ),
    "guidance for a quarter of the year before": (
        {"year": 2025, "kind": "guidance"},
        "published.new.year must be from 2026 to 2028, the years of the quarters that are shown, "
        "not 2025.",
    ),
    "a year outside the forecast": (
        {"quarter": None, "year": 2036},
        "published.new.year must be a forecast year, 2026 to 2035, not 2036.",
    ),
    "an unknown kind": (
        {"kind": "concensus"},
        "published.new.kind must be one of 'actual', 'guidance', 'consensus', 'analyst', not "
        "'concensus' (did you mean 'consensus'?).",
    ),
    "what is actual, from nobody knows when": (
        {"kind": "actual", "source": "quotes", "quarter": 3},
        "published.new.known must be given for an actual figure: the day on which it became "
        "public.",
    ),
    "what is actual before the quarter is over": (
        {"kind": "actual", "known": date(2026, 9, 30), "quarter": 3},
        "published.new.known must be after the end of the quarter on 2026-09-30, not 2026-09-30.",
    ),
    "two of one quarter": (
        {"kind": "actual", "known": date(2026, 8, 13)},
        "published.new must not be actual for the same line and quarter as published.q2_2026.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_figure_that_cannot_be_is_refused_with_a_sentence(name: str) -> None:
    stated, message = REFUSED[name]
    tree = with_figure(**stated)
    node = tree["published"]["new"]
    tree["published"]["new"] = {k: v for k, v in node.items() if v is not None}
    with pytest.raises(InputError) as refused:
        parse(tree)
    assert str(refused.value) == message


def test_the_quarters_are_those_of_whole_years_that_hold_the_next_eight() -> None:
    tree = shipped()
    assert quarterly.count(parse(tree)) == 12
    tree["company"]["basis"] = "latest"
    tree["company"]["valuation_date"]["value"] = date(2026, 1, 2)
    tree["company"]["basis"] = "latest"
    tree["rpo"]["opening"]["date"]["value"] = date(2025, 12, 31)
    tree["published"] = {k: p for k, p in tree["published"].items() if "2028" not in k}
    assert quarterly.count(parse(tree)) == 8


def test_only_what_was_public_counts_as_reported() -> None:
    tree = shipped()
    assert quarterly.reported(parse(tree)) is None
    tree["published"]["q1_2026"]["known"] = date(2026, 5, 12)
    found = quarterly.reported(parse(tree))
    assert found is not None
    assert found.line == ("Revenue",)
    assert found.of("revenue").tolist() == [193.4]
    made = value(parse(tree))
    assert made.quarters.revenue[0] == 193.4
    assert made.quarters.revenue[:4].sum() == pytest.approx(made.forecast.revenue[0], rel=1e-12)


def test_published_figures_do_not_move_the_value() -> None:
    tree = shipped()
    before = value(parse(tree)).value_per_share
    tree["published"]["q1_2026"]["known"] = date(2026, 5, 12)
    assert value(parse(tree)).value_per_share == before


def test_more_reported_than_the_year_is_forecast_to_bring_is_refused() -> None:
    tree = shipped()
    tree["published"]["q1_2026"] |= {"known": date(2026, 5, 12), "value": 1000.0}
    with pytest.raises(
        InputError, match=r"published: reported Revenue must be at most 904.*1,?000"
    ):
        value(parse(tree))


def test_what_contracts_brought_before_the_balance_is_in_the_reported_quarters() -> None:
    """Of Snowflake's half-year all revenue was from contracts: 1,390 and 1,547, as reported."""
    made = value(load("snowflake")).quarters
    assert made.contracted_revenue[:2] == pytest.approx([1390, 1547], rel=1e-12)
    assert made.other_revenue[:2] == pytest.approx([0, 0], abs=1e-9)
    # Nebius has four fifths of each of its two from contracts, and of their sum 785.
    of = value(load("nebius")).quarters.contracted_revenue[:2]
    assert of == pytest.approx([785 * 399 / 981.3, 785 * 582.3 / 981.3], rel=1e-12)


def test_what_is_actual_is_of_the_end_of_its_quarter() -> None:
    tree = shipped()
    tree["published"]["q1_2026"]["as_of"] = date(2026, 5, 12)
    with pytest.raises(InputError) as refused:
        parse(tree)
    assert str(refused.value) == (
        "published.q1_2026.as_of must be within a week of the end of the quarter, 2026-03-31, for "
        "an actual figure, not 2026-05-12."
    )


# Measures ----------------------------------------------------------------------------------------


def measured(valuation: Any) -> dict[str, float]:
    return {w.measure.key: w.value for w in plausibility.warnings(valuation)}


@pytest.mark.parametrize("name", ["cerebras", "coreweave", "nebius", "snowflake", "supermicro"])
def test_no_shipped_forecast_is_below_what_is_reported_guided_or_contracted(name: str) -> None:
    assert (
        measured(value(load(name))).keys().isdisjoint({"guided_over_year", "contracts_over_year"})
    )


def test_guided_quarters_beyond_their_year_are_a_warning() -> None:
    """The middle of two figures for a quarter counts, and what was not public does not."""
    tree = shipped()
    year = float(value(parse(tree)).forecast.revenue[0])
    public = {"kind": "guidance", "as_of": date(2026, 5, 1), "known": date(2026, 5, 1)}
    tree["published"]["low"] = figure(quarter=3, value=year, **public)
    tree["published"]["high"] = figure(quarter=3, value=year + 50, **public)
    tree["published"]["later"] = figure(
        quarter=4, value=500.0, **public | {"known": date(2026, 6, 1)}
    )
    assert measured(value(parse(tree)))["guided_over_year"] == pytest.approx(25)
    tree["published"]["fourth"] = figure(quarter=4, value=30.0, **public)
    assert measured(value(parse(tree)))["guided_over_year"] == pytest.approx(55)
    for key in ("low", "high", "fourth"):
        tree["published"][key]["known"] = date(2026, 6, 1)
    assert "guided_over_year" not in measured(value(parse(tree)))


def test_contracts_beyond_what_is_left_of_the_year_are_a_warning() -> None:
    """All but 60 of the year is reported of its first quarter; contracts bring more in the rest."""
    tree = shipped()
    whole = value(parse(tree))
    year, contracted = float(whole.forecast.revenue[0]), whole.quarters.contracted_revenue[:4]
    tree["published"]["q1_2026"] |= {"value": year - 60, "known": date(2026, 5, 1)}
    found = value(parse(tree))
    over = measured(found)["contracts_over_year"]
    # Three quarters share the 60: what contracts bring in them, less that, is beyond the year.
    beyond = quarterly.beyond_year(found.case, found.quarters)
    assert beyond[0] == 0
    assert beyond[1:4].sum() >= contracted[1:].sum() - 60 > 0
    assert over == beyond.max() > 0
