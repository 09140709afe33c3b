"""Is a balance in bands, without a list of contracts, its segment's contracted revenue?

Oracles: the same revenue as a list of contracts, flat over the same months; the bands, by their
months in each year; what a line may not change.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest
from cases import Tree, in_bands_only, of_model

from model.case.case import parse
from model.dcf.value import SegmentedValue
from model.errors import InputError
from model.valuation import Valuation, value

TREE = in_bands_only()


def valued(**stated: Any) -> Valuation:
    tree = copy.deepcopy(TREE)
    tree["rpo"] |= {key: of_model(each) for key, each in stated.items()}
    return value(parse(tree))


def one_band(tree: Tree) -> None:
    """Put the balance into equal months of the four years from the balance date."""
    band = {"from_month": 1, "to_month": 48, "share": of_model(1.0)}
    tree["rpo"]["opening"]["bands"] = tree["rpo"]["conversion"] = {"all": band}
    tree["rpo"]["shape"]["value"], tree["rpo"]["final_month"]["value"] = "flat", 48
    del tree["rpo"]["later"]


@pytest.mark.parametrize("collected", [0.0, 700.0])
def test_a_flat_band_is_worth_a_flat_contract(collected: float) -> None:
    bands, listed = copy.deepcopy(TREE), copy.deepcopy(TREE)
    for tree in (bands, listed):
        one_band(tree)
        tree["segments"]["cloud"]["net_retention"] = of_model(1.1)
    bands["rpo"] |= {"recognised_in_year": of_model(50.0), "collected": of_model(collected)}
    del listed["rpo"]["segment"]
    row = {k: v for k, v in of_model(0.0).items() if k != "value"} | {
        "customer": "All", "contract": "Cloud", "segment": "Cloud", "value": 4_600.0,
        "start": 1, "term": 48, "shape": "flat", "recognised": 50.0, "collected": collected,
        "net_retention": 1.1,
    }  # fmt: skip
    listed["tables"]["customer_contracts"] = {"all": row}
    one, other = value(parse(bands)), value(parse(listed))
    assert isinstance(one.result, SegmentedValue) and isinstance(other.result, SegmentedValue)
    assert one.result.names == other.result.names
    assert one.result.by_line == pytest.approx(other.result.by_line, rel=1e-12)
    assert one.forecast.revenue == pytest.approx(other.forecast.revenue, rel=1e-12)


def test_the_forecast_has_the_bands_of_its_years() -> None:
    """Years end with the bands' months 12, 24, 48 and 84 from 31 December 2025."""
    case = parse(copy.deepcopy(TREE))
    assert case.rpo is not None
    assert case.rpo.opening.date.day == date(2025, 12, 31)
    contracted = valued().forecast.contracted_revenue
    shares = [b.share.number for b in case.rpo.conversion.values() if b.share]
    by_band = [contracted[0], contracted[1], contracted[2:4].sum(), contracted[4:].sum()]
    assert by_band == pytest.approx([4_600.0 * share for share in shares], rel=1e-9)


def test_what_was_recognised_in_the_year_before_the_date_is_shown_and_not_valued() -> None:
    """The year has it; a contract bears only what it is worth, and its margin is the segment's."""
    before, after = valued(), valued(recognised_in_year=120.0)
    added = after.forecast.contracted_revenue - before.forecast.contracted_revenue
    assert added == pytest.approx([120.0, *[0.0] * 9])


def test_what_was_collected_brings_no_cash_again() -> None:
    before, after = valued(), valued(collected=4_600.0)
    assert before.by_segment is not None and after.by_segment is not None
    taken = after.by_segment.total_collected.sum()
    assert taken == pytest.approx(4_600.0)
    assert after.value_per_share < before.value_per_share
    assert np.array_equal(after.forecast.revenue, before.forecast.revenue)


def put(key: str, stated: Any) -> Callable[[Tree], object]:
    return lambda tree: tree["rpo"].update({key: of_model(stated)})


def drop(key: str) -> Callable[[Tree], object]:
    return lambda tree: tree["rpo"].pop(key)


def with_contracts(tree: Tree) -> None:
    row = {k: v for k, v in of_model(0.0).items() if k != "value"} | {
        "customer": "All", "contract": "All", "segment": "Cloud", "value": 100.0,
        "start": 1, "term": 48, "shape": "flat",
    }  # fmt: skip
    tree["tables"]["customer_contracts"] = {"all": row}


def claimed(tree: Tree) -> None:
    put("collected", 10.0)(tree)
    deferred(tree, 10.0, "claim")


def deferred(tree: Tree, amount: float, counts: str) -> None:
    of_balance = {"as_of": tree["rpo"]["opening"]["date"]["value"]}
    tree["balance_sheet"] |= {
        "deferred_revenue": of_model(amount) | of_balance, "collected_counts": of_model(counts),
    }  # fmt: skip


REFUSALS: dict[str, tuple[Callable[[Tree], object], str]] = {
    "no segment": (
        drop("segment"),
        "rpo.segment must be given with [segments], to say which one the balance belongs to, or "
        "tables.customer_contracts in its place.",
    ),
    "an unknown segment": (
        put("segment", "Clod"),
        "rpo.segment must be the name of a segment, not 'Clod' (did you mean 'Cloud'?).",
    ),
    "a segment and contracts": (
        with_contracts,
        "rpo.segment must be left out with tables.customer_contracts, whose contracts state it; "
        "the rest of the balance can be a contract of its own.",
    ),
    "more collected than the balance": (
        put("collected", 4_601.0),
        "rpo.collected must be at most rpo.opening.amount of 4600, not 4601.",
    ),
    "collected, and a claim": (
        claimed,
        "rpo.collected must be left out if balance_sheet.collected_counts is 'claim', or it "
        "counts twice.",
    ),
    "collected on the balance sheet, and not in the forecast": (
        lambda tree: deferred(tree, 10.0, "forecast"),
        "rpo.collected must have the amount that the balance sheet has as collected, 10, not 0.",
    ),
    "two amounts of what is collected": (
        lambda tree: (put("collected", 12.0)(tree), deferred(tree, 10.0, "forecast")),
        "rpo.collected must have the amount that the balance sheet has as collected, 10, not 12.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSALS)
def test_what_contradicts_the_balance_is_refused(what: str) -> None:
    tree = copy.deepcopy(TREE)
    change, sentence = REFUSALS[what]
    change(tree)
    with pytest.raises(InputError) as refused:
        parse(tree)
    assert str(refused.value) == sentence


def test_a_case_without_segments_has_no_segment_of_its_balance() -> None:
    tree = copy.deepcopy(TREE)
    del tree["segments"]
    tree["drivers"] |= {
        "base_revenue": of_model(150.0),
        "operating_margin": of_model([0.2] * 10),
        "sales_to_capital": of_model(1.0),
    }
    for total in list(tree["totals"]):
        del tree["totals"][total]
    for cost in ("research", "sales", "administration", "stock_compensation", "interim_cash_flow"):
        tree["drivers"].pop(cost, None)
    with pytest.raises(InputError, match=r"rpo\.segment must be left out of a case without"):
        parse(tree)
