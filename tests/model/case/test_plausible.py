"""Are figures in the wrong unit refused, or is the probable unit suggested?

Oracle: the shipped case, in which nothing is doubtful, with one figure put in another unit.
"""

from __future__ import annotations

from typing import Any

import pytest
from cases import simple

from model.case.case import load, parse
from model.errors import InputError


def put(path: str, new: Any) -> dict[str, Any]:
    tree = simple()
    *parents, leaf = path.split(".")
    node: Any = tree
    for parent in parents:
        node = node[parent]
    if isinstance(node.get(leaf), dict):
        node[leaf]["value"] = new
    else:
        node[leaf] = new
    tree["totals"] = {}
    return tree


def test_the_shipped_case_has_nothing_doubtful() -> None:
    assert load("cerebras").warnings == []


DOUBTFUL = {
    "a digit too many": ("prices.close", 1850.0, "probably 185 is meant"),
    "a price in cents": ("prices.first_low", 11_500.0, "probably 115 is meant"),
    "a share price a tenth": ("offer.price", 18.5, "close of 311.07 is far from offer.price"),
    "a strike in cents": ("securities.options.strike", 49_700.0, "is far above offer.price"),
    "contracts in billions": ("rpo.opening.amount", 24.6, "in billions: 24600 in USD millions"),
    "contracts in thousands": ("rpo.opening.amount", 9e6, "in thousands: 9000 in USD millions"),
    "cash in billions": ("balance_sheet.cash", 1.6, "in billions: 1600 in USD millions"),
    "revenue in thousands": ("drivers.base_revenue", 509_991.0, "in billions: "),
    "shares in billions": ("offer.shares_before", 0.1825, "probably 182.5 is meant"),
    "a hurdle that is a price": (
        "securities.warrant_value.vests_at", 186.0,
        "vests_at of 186 is probably the price of a share",
    ),
    "a term in years": ("tables.customer_contracts.first.term", 4, "which are 48 months"),
    "a life in months": ("scalars.token_years", 48.0, "which are 4 years"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "new", "says"), DOUBTFUL.values(), ids=DOUBTFUL)
def test_a_figure_in_another_unit_is_doubted(path: str, new: Any, says: str) -> None:
    found = parse(put(path, new)).warnings
    assert any(says in sentence for sentence in found), found
    assert all(sentence.endswith(".") and "\n" not in sentence for sentence in found)


def test_convertible_debt_that_is_not_in_the_debt_is_doubted() -> None:
    """4 million shares at 50 are 200 of debt, of which conversion would take 100 too many."""
    tree = put("balance_sheet.borrowings", 100.0)
    options = tree["securities"]["options"]
    notes = {"count": options["count"] | {"value": 4.0}}
    notes["strike"] = options["strike"] | {"value": 50.0}
    tree["securities"]["notes"] = {"name": "Notes", "type": "convertible", **notes}
    says = "Convertible debt is repaid at 200, but drivers.debt is 100: "
    assert any(sentence.startswith(says) for sentence in parse(tree).warnings)
    tree["balance_sheet"]["borrowings"]["value"] = 200.0
    assert not any(sentence.startswith("Convertible") for sentence in parse(tree).warnings)


def test_bands_in_years_are_doubted() -> None:
    tree = simple()
    tree["rpo"]["opening"]["bands"]["next_24"]["to_month"] = 2
    tree["rpo"]["opening"]["bands"]["next_48"] |= {"from_month": 3, "to_month": 4}
    tree["rpo"]["opening"]["bands"]["thereafter"]["from_month"] = 5
    tree["rpo"]["conversion"] = tree["rpo"]["opening"]["bands"]
    found = parse(tree).warnings
    assert (
        "rpo.opening.bands.next_24 ends in month 2: probably in year 2, which is month 24." in found
    )


REFUSED = {
    "contracts in dollars": ("rpo.opening.amount", 24.6e9, "(2.46e+10 USD are 24600 USD millions)"),
    "shares one by one": (
        "offer.shares_before", 182_559_868, "(182559868 shares are 182.559868 millions)"
    ),
    "a percentage": ("cost_of_capital.risk_free", 4.4, "(4.4% is 0.044)"),
    "years for months": ("rpo.final_month", 7, "(7 years are 84 months)"),
    "months for years": ("scalars.token_years", 1200.0, "must be above 0 and at most 100"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "new", "says"), REFUSED.values(), ids=REFUSED)
def test_what_no_reading_makes_sensible_is_refused(path: str, new: Any, says: str) -> None:
    with pytest.raises(InputError) as refused:
        parse(put(path, new))
    assert str(refused.value).startswith(f"{path} must be ")
    assert says in str(refused.value)
