"""What do the facts of a case say about its inputs, and which inputs rest on one source alone?

Oracle: a company whose shares, prices and balances are so few that each answer is known by hand.
"""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest
from cases import shipped
from facts_company import VALUED, reading, stating

from model import evidence, plausibility
from model.case.case import load, parse
from model.valuation import value

CASH, RPO = "balance_sheet.cash", "rpo.opening.amount"
S1 = "Cerebras, Form S-1, 17 April 2026"


def said(*rows: dict[str, Any]) -> list[str]:
    return list(evidence.contradictions(stating(*rows)).values())


# Against the input -------------------------------------------------------------------------------


def test_a_reading_that_the_input_is_not() -> None:
    assert said(reading(701.7, input=CASH)) == []
    # Half a percent of 705.2 is 3.526, and 3.5 is less.
    assert said(reading(705.2, input=CASH)) == []
    assert said(reading(705.3, input=CASH)) == [
        f"balance_sheet.cash is 701.7, and not Fact of 705.3 ({S1})"
    ]


def test_only_the_chosen_reading_is_held_against_the_input() -> None:
    taken = reading(701.7, input=CASH, chosen=1)
    other = reading(650.0, input=CASH, source="ubs")
    assert said(taken, other) == []
    (sentence,) = said(taken | {"chosen": 0}, other | {"chosen": 1})
    assert sentence.startswith("balance_sheet.cash is 701.7, and not Fact of 650")


def test_readings_of_one_fact_are_about_one_input() -> None:
    """The chosen reading need not repeat the path."""
    (sentence,) = said(reading(701.7, input=CASH), reading(650.0, chosen=1, source="ubs"))
    assert sentence.startswith("balance_sheet.cash is 701.7, and not Fact of 650")


# As filed and restated ---------------------------------------------------------------------------

EARLY, LATE = date(2026, 5, 1), date(2026, 6, 1)


@pytest.mark.parametrize(
    ("taken", "filed", "restated", "known", "sentence"),
    [
        (
            "as filed", 701.7, 650.0, EARLY,
            f"balance_sheet.cash is Fact of 701.7 ({S1}) as filed, although it had been restated "
            "as 650 by 2026-05-01",
        ),
        ("as filed", 701.7, 650.0, LATE, None),
        ("restated", 650.0, 701.7, EARLY, None),
        (
            "restated", 650.0, 701.7, LATE,
            f"balance_sheet.cash is Fact of 701.7 ({S1}) as restated on 2026-06-01, after the "
            "valuation date",
        ),
        ("restated", 701.7, 650.0, EARLY, f"{CASH} is 701.7, and not Fact of 650 ({S1})"),
        # A restatement within rounding is none.
        ("as filed", 701.7, 701.0, EARLY, None),
    ],
)  # fmt: skip
def test_a_restated_figure(
    taken: str, filed: float, restated: float, known: date, sentence: str | None
) -> None:
    rows = [
        reading(filed, "as filed", input=CASH),
        reading(restated, "restated", known=known),
    ]
    for row in rows:
        row["chosen"] = float(row["kind"] == taken)
    assert said(*rows) == ([sentence] if sentence else [])


# Backlog -----------------------------------------------------------------------------------------


def test_backlog_that_is_taken_for_rpo() -> None:
    assert said(reading(24_600.0, "backlog", fact="Backlog")) == [
        f"{RPO} is Backlog of 24600 ({S1}), which is the company's own measure and probably not RPO"
    ]
    assert said(reading(25_900.0, "backlog")) == []
    # A filing that states the same as RPO settles it, and one that states something else does not.
    assert said(reading(24_600.0, "backlog"), reading(24_600.0, input=RPO)) == []
    other = reading(14_700.0, input=RPO, chosen=0, fact="RPO")
    assert len(said(reading(24_600.0, "backlog"), other)) == 2


def test_backlog_of_a_later_date_is_compared_with_the_balance_of_that_date() -> None:
    backlog = reading(25_400.0, "backlog", as_of=date(2026, 6, 30))
    (sentence,) = said(backlog)
    assert sentence.startswith("rpo.later.june_2026.amount is Fact of 25400")
    assert said(backlog | {"as_of": date(2026, 3, 31)}) == []


def test_a_case_that_counts_the_backlog_may_take_it() -> None:
    tree = shipped()
    backlog = reading(24_600.0, "backlog")
    tree["tables"]["facts"] = {"backlog": backlog}
    assert len(evidence.contradictions(parse(tree))) == 1
    tree["rpo"]["scope"] = tree["rpo"]["shape"] | {"value": "backlog"}
    del tree["rpo"]["scope"]["label"]
    assert evidence.contradictions(parse(tree)) == {}
    # It is then held against the balance if it says so.
    tree["tables"]["facts"]["backlog"] = backlog | {"value": 25_900.0, "input": RPO}
    assert len(evidence.contradictions(parse(tree))) == 1


# Market values -----------------------------------------------------------------------------------


@pytest.mark.parametrize("near", [37_000.0, 37_700.0, 37_925.0, 38_500.0, 38_850.0])
def test_a_market_value_of_the_common_stock_or_of_diluted_shares(near: float) -> None:
    """200 million shares at 185 are 37,000, 205 million 37,925, and 210 million 38,850."""
    assert said(reading(near, "market value", as_of=VALUED)) == []


def test_a_market_value_of_neither() -> None:
    assert said(reading(46_250.0, "market value", as_of=VALUED, fact="Market value")) == [
        f"Market value of 46250 ({S1}) is near neither the common stock of 37,000 at 185 nor the "
        "diluted shares of 37,925: it implies 250.0 million shares"
    ]


def test_a_market_value_in_billions() -> None:
    assert said(reading(37.0, "market value", as_of=VALUED)) == [
        f"Fact of 37 ({S1}) is probably in billions: 37000 in USD millions"
    ]


def test_a_market_value_is_compared_at_the_prices_of_its_date() -> None:
    """The first trade was at 350 and the first close at 311.07, on 14 May."""
    first = date(2026, 5, 14)
    for price in (350.0, 311.07):
        assert said(reading(200 * price, "market value", as_of=first)) == []
    assert len(said(reading(37_000.0, "market value", as_of=first))) == 1
    # No price of that day is stated.
    assert said(reading(1.0, "market value", as_of=date(2026, 5, 20))) == []


def test_a_quoted_market_value_that_fits_no_count_is_a_warning() -> None:
    """100 billion at the first close would take 321.5 million shares; 305 million are known."""
    valued = value(load("cerebras"))
    (warned,) = [w for w in plausibility.warnings(valued) if w.measure.key == "quoted_values"]
    assert warned.value == pytest.approx(100_000 / 311.07 / 305 - 1)
    assert len(warned.named) == 1
    assert warned.named[0].startswith("100 billion at the first close is neither basic nor diluted")


# Classes of shares -------------------------------------------------------------------------------


@pytest.mark.parametrize(("issued", "warned_of"), [(2.668673, False), (4.0, True)])
def test_classes_that_are_not_the_shares_outstanding(issued: float, warned_of: bool) -> None:
    """Half a percent of 215.2 million is 1.08; the tables of the filing are 0.19 above it."""
    tree = shipped()
    tree["tables"]["share_classes"]["holders"]["issued"] = issued
    found = {w.measure.key: w for w in plausibility.warnings(value(parse(tree)))}
    assert ("share_classes" in found) == warned_of
    if warned_of:
        assert found["share_classes"].value == pytest.approx(216.754472 / 215.228541 - 1, rel=1e-6)


# One secondary source ----------------------------------------------------------------------------

MOVING = ["price.share", "securities.common.count", "securities.options.count", CASH]


def test_figures_that_rest_on_one_secondary_source_by_their_size() -> None:
    """37,000 of common stock, 1,850 of options, 701.7 of cash, and a price of 185."""
    by_size = ["securities.common.count", "securities.options.count", CASH, "price.share"]
    assert evidence.rests_on_one(stating(), MOVING) == by_size
    # Facts of the company's own source do not make two of it; other sources do, if they agree.
    own = reading(701.7, input=CASH)
    other = reading(200.0, fact="Shares", unit="m shares", input="securities.common.count")
    assert evidence.rests_on_one(stating(own, other), MOVING) == by_size[1:]
    other["value"] = 190.0
    assert evidence.rests_on_one(stating(own, other), MOVING) == by_size


def test_a_row_of_a_table_rests_on_its_source() -> None:
    tree = shipped()
    loan, price = "tables.balance_events.loan", "offer.price"
    assert tree["tables"]["facts"].pop("loan")["input"] == f"{loan}.cash"
    assert tree["tables"]["facts"].pop("price")["input"] == price
    alone = plausibility.rests_on_one(parse(tree))
    assert {loan, price} <= {*alone}
    assert {loan, price}.isdisjoint(plausibility.rests_on_one(load("cerebras")))


# Order -------------------------------------------------------------------------------------------


def test_the_order_of_rows_does_not_matter() -> None:
    rows = [
        reading(705.3, input=CASH, chosen=1),
        reading(650.0, source="ubs"),
        reading(24_600.0, "backlog", fact="Backlog"),
        reading(46_250.0, "market value", as_of=VALUED, fact="Value"),
        reading(200.0, "as filed", fact="Shares", unit="m shares", chosen=1),
        reading(190.0, "restated", fact="Shares", unit="m shares", known=EARLY,
                input="securities.common.count"),
    ]  # fmt: skip
    expected = sorted(said(*rows))
    assert len(expected) == 4
    for seed in range(20):
        assert sorted(said(*random.Random(seed).sample(rows, len(rows)))) == expected
