"""What follows from a case's offer, balance sheet and securities, against numbers by hand."""

from __future__ import annotations

import copy
import tomllib
from datetime import date
from typing import Any

import pytest
from cases import Tree, shipped, simple

from model.case import derived
from model.case.case import Case, parse
from model.case.starter import starter
from model.errors import InputError
from model.valuation import value

SHIPPED = simple()


def changed(**figures: Any) -> Case:
    """Return the shipped case with other values; a path is written with two underscores."""
    tree = copy.deepcopy(SHIPPED)
    for path, new in figures.items():
        *parents, leaf = path.split("__")
        node: Any = tree
        for parent in parents:
            node = node[parent]
        node[leaf] = {**node[leaf], "value": new}
    return parse(tree)


def with_events(*rows: Tree, **figures: Any) -> Case:
    tree = copy.deepcopy(SHIPPED)
    origin = {"source": "q1", "quality": "filing", "as_of": date(2026, 5, 13)}
    tree["tables"]["balance_events"] = origin | {f"e{i}": row for i, row in enumerate(rows)}
    for path, new in figures.items():
        section, leaf = path.split("__")
        tree[section][leaf] = {**tree[section][leaf], "value": new}
    return parse(tree)


#: Price, gross, net without over-allotment, tax on 2.126456 million RSUs: the first two are of the
#: S-1/A of 11 May 2026 and the pricing; at 200, 6,000 less 3.3% and 9, and 425.2912.
OFFERS = [
    (155.0, 4_650.0, 4_487.55, 329.60068),
    (185.0, 5_550.0, 5_357.85, 393.39436),
    (200.0, 6_000.0, 5_793.0, 425.2912),
]


@pytest.mark.parametrize(("price", "gross", "net", "tax"), OFFERS)
def test_the_offer_follows_from_its_price(
    price: float, gross: float, net: float, tax: float
) -> None:
    case = changed(offer__price=price)
    made = derived.offer(case)
    assert made is not None
    assert made.gross[0] == pytest.approx(gross, rel=1e-12)
    assert made.net[0] == pytest.approx(net, rel=1e-12)
    assert made.rsu_tax[0] == pytest.approx(tax, rel=1e-12)
    assert made.cash_after[0] == pytest.approx(3_261 + net - tax, rel=1e-12)
    assert derived.drivers(case)["offer_proceeds"] == pytest.approx(net - tax, rel=1e-12)
    bridge = value(case).result
    assert bridge.cash + bridge.offer_proceeds == pytest.approx(made.cash_after[0], rel=1e-12)


def test_a_higher_offer_price_raises_equity_by_what_it_brings() -> None:
    """15 more on 30 million shares less 3.3%, less the tax on 2.126456 million RSUs: 403.10316."""
    tree = copy.deepcopy(SHIPPED)
    # The cost of capital is that at the market's weights, and moves with the price of the shares.
    tree["balance_sheet"]["borrowings"]["value"] = 0.0
    before = parse(tree)
    tree["offer"]["price"]["value"] = 200.0
    after = parse(tree)
    old, new = value(before).result, value(after).result
    more = 15 * 30 * (1 - 0.033) - 15 * 2.126456
    assert more == pytest.approx(403.25316)
    assert new.equity_value - old.equity_value == pytest.approx(more, rel=1e-9)
    assert new.diluted_shares == pytest.approx(float(old.diluted_shares), rel=1e-3)
    # All holders of 268.759 million shares own it: options pay their strike.
    assert new.value_per_share - old.value_per_share == pytest.approx(more / 268.75941225, rel=1e-9)


def test_the_over_allotment_counts_in_cash_and_in_shares_or_in_neither() -> None:
    """4.5 million at 185 less 3.3% are 805.0275."""
    without, included = changed(), changed(offer__over_allotment_counts="included")
    more = derived.drivers(included)["offer_proceeds"] - derived.drivers(without)["offer_proceeds"]
    assert more == pytest.approx(4.5 * 185 * 0.967, rel=1e-12)
    counts = [derived.counts(case)["common"] for case in (without, included)]
    assert counts == pytest.approx([215.228541, 219.728541], rel=1e-12)


@pytest.mark.parametrize(
    ("path", "new", "more"),
    [
        ("balance_sheet__cash", 1_816.0, 100.0),
        ("balance_sheet__investments", 616.0, 100.0),
        ("balance_sheet__restricted_cash_counts", "excluded", -1_029.0),
        ("balance_sheet__customer_deposits", 468.4, -100.0),
        ("balance_sheet__collected_counts", "forecast", 368.4 + 244.3),
        ("offer__expenses", 19.0, -10.0),
        # 1% more of 5,550.
        ("offer__spread", 0.043, -55.5),
    ],
)
def test_the_balance_sheet_moves_equity(path: str, new: Any, more: float) -> None:
    before, after = value(changed()).result, value(changed(**{path: new})).result
    assert after.equity_value - before.equity_value == pytest.approx(more, rel=1e-9)


LOAN = {
    "event": "Loan",
    "date": date(2026, 4, 30),
    "cash": 500.0,
    "borrowings": 500.0,
    "collected": 0.0,
}
PREFERRED = {
    "event": "Series X",
    "date": date(2026, 5, 13),
    "cash": 1_000.0,
    "borrowings": 0.0,
    "collected": 0.0,
}
PREPAID = {
    "event": "Deposit",
    "date": date(2026, 5, 1),
    "cash": 40.0,
    "borrowings": 0.0,
    "collected": 40.0,
}
LATER = {
    "event": "Repurchase",
    "date": date(2026, 5, 14),
    "cash": -700.0,
    "borrowings": 0.0,
    "collected": 0.0,
}


def test_events_count_up_to_the_valuation_date() -> None:
    found = derived.drivers(with_events(LOAN, PREFERRED, PREPAID, LATER))
    assert found["cash"] == 3_261 + 500 + 1_000 + 40
    assert found["debt"] == 982.9 + 500
    assert found["other_claims"] == pytest.approx(612.7 + 40)


def test_a_tranche_that_its_value_misses_does_not_count_in_it() -> None:
    valued = value(changed())
    assert float(valued.result.equity_value) < 40_000
    assert valued.bridge.taking_part[4] == 0
    # 311.07 a share on 215.2 million are 67 billion.
    close = list(valued.case.price_points).index("prices.close")
    offered = list(valued.case.price_points).index("offer.price")
    gross = valued.shares["gross"]
    assert gross[close] - gross[offered] == pytest.approx(5.574171, rel=1e-12)


def test_capacity_counts_pro_rata() -> None:
    """750 of 2,000 MW are 0.375 of 23.411518 million."""
    assert value(changed()).bridge.taking_part[5] == pytest.approx(23.411518 * 0.375, rel=1e-14)
    full = value(changed(securities__warrant_capacity__measured=2_500.0))
    assert full.bridge.taking_part[5] == 23.411518


def test_capacity_is_that_of_the_plant_under_contract() -> None:
    """1,000 of 2,000 MW, where a contract of 250 MW more is signed."""
    tree = shipped()
    plant = tree["tables"]["plant"]
    plant["t4"] = plant["t3b"] | {"vintage": "2029", "mw": 250.0}
    assert value(parse(tree)).bridge.taking_part[5] == pytest.approx(23.411518 / 2, rel=1e-14)


def test_a_date_is_that_of_the_valuation() -> None:
    tree = copy.deepcopy(SHIPPED)
    tranche = tree["securities"]["warrant_value"]
    tranche["condition"]["value"] = "date"
    counted = []
    for day in (date(2026, 5, 13), date(2026, 5, 14)):
        tranche["vests_at"]["value"] = day
        counted.append(float(value(parse(tree)).bridge.taking_part[4]))
    assert counted == [5.574171, 0.0]


def small(**tranche: Any) -> Case:
    """Return a company with an equity value of 1,100 and 100 shares, and 20 that vest."""
    tree = copy.deepcopy(SHIPPED)
    origin = {"as_of": date(2026, 5, 13), "source": "model", "quality": "assumption"}
    common = {"name": "Common", "type": "common", "count": {"value": 100.0} | origin}
    warrant: Tree = {"name": "Tranche", "type": tranche.pop("type", "warrant")}
    for name, held in ({"count": 20.0, "strike": 0.0} | tranche).items():
        warrant[name] = {"value": held} | origin
    del tree["offer"]
    tree["price"] = {"company": "CBRS", "share": {"value": 10.0} | origin}
    tree["securities"] = {"company": "CBRS", "common": common, "tranche": warrant}
    for name in ("tables", "totals", "scalars"):
        del tree[name]
    # Deposits are a claim that leaves the cost of capital as it is.
    more = float(value(parse(tree)).result.equity_value) - 1_100.0
    tree["balance_sheet"]["customer_deposits"]["value"] += more
    return parse(tree)


def test_a_tranche_at_its_hurdle() -> None:
    """100 shares and 20 that vest at a diluted value of 1,000: 1,100 over 120."""
    made = value(small(vests_at=1_000.0, condition="diluted market value")).result
    assert made.equity_value == pytest.approx(1_100, rel=1e-12)
    assert made.diluted_shares == pytest.approx(120, rel=1e-12)
    assert made.value_per_share == pytest.approx(1_100 / 120, rel=1e-12)


def test_a_tranche_that_the_value_carries_in_part() -> None:
    """At 10 a share 100 shares are worth 1,000: 1,100 carry 10 of the 20 that vest there."""
    made = value(small(vests_at=1_000.0, condition="market value")).result
    assert made.value_per_share == pytest.approx(10, rel=1e-12)
    assert made.diluted_shares == pytest.approx(110, rel=1e-12)


def test_puttable_shares_are_repaid_where_shares_are_worth_less() -> None:
    """Of 1,100, 20 shares puttable at 30 take 600, which leaves 5 for each of 100."""
    made = value(small(type="puttable", repayment=30.0)).result
    assert (made.repaid, made.diluted_shares) == pytest.approx((600, 100), rel=1e-12)
    assert made.value_per_share == pytest.approx(5, rel=1e-12)


def test_convertible_debt_repaid_above_par_with_a_capped_call() -> None:
    """At 50 a share it is worth less than its 60, so that it stays debt: 1,100 over 100."""
    debt = {"type": "convertible", "strike": 50.0, "repayment": 60.0, "cap": 80.0}
    made = value(small(**debt)).result
    assert made.value_per_share == pytest.approx(11, rel=1e-12)
    assert made.converted_debt == 0


def puttable() -> Tree:
    tree = copy.deepcopy(SHIPPED)
    origin = {"as_of": date(2026, 5, 13), "source": "model", "quality": "assumption"}
    tree["securities"] = {
        "company": "CBRS",
        "common": {"name": "Common", "type": "common"},
        "puttable": {
            "name": "Puttable",
            "type": "puttable",
            "count": {"value": 20.0} | origin,
            "repayment": {"value": 30.0} | origin,
        },
    }
    tree["totals"] = {}
    return tree


def test_puttable_shares_without_a_put_price_are_refused() -> None:
    tree = puttable()
    del tree["securities"]["puttable"]["repayment"]
    with pytest.raises(InputError, match=r"^securities Repayment must be typed for 'Puttable'"):
        parse(tree)


def test_a_listed_company_types_its_cash_and_debt() -> None:
    tree = copy.deepcopy(SHIPPED)
    origin = {"as_of": date(2026, 5, 13), "source": "model", "quality": "assumption"}
    del tree["balance_sheet"]
    tree["drivers"] |= {name: {"value": 10.0} | origin for name in ("cash", "debt")}
    made = value(parse(tree)).result
    assert (made.cash, made.debt, made.other_claims) == (10, 10, 0)


BRIDGE = {
    "cash": ("balance_sheet.cash or drivers.cash", ["borrowings"]),
    "debt": ("balance_sheet.borrowings or drivers.debt", ["cash"]),
    "both": ("balance_sheet.cash or drivers.cash", []),
}


@pytest.mark.parametrize(("says", "kept"), BRIDGE.values(), ids=BRIDGE)
def test_a_bridge_without_cash_or_debt_is_refused(says: str, kept: list[str]) -> None:
    tree = tomllib.loads(starter("x", date(2026, 2, 1)))
    stated = tree["balance_sheet"]
    for name in {"cash", "borrowings"} - {*kept}:
        del stated[name]
    with pytest.raises(InputError) as refused:
        parse(tree)
    problem = f"{says} must be typed for the bridge to equity, 0 if there is none."
    assert str(refused.value).splitlines()[0] == problem
    assert len(str(refused.value).splitlines()) == 2 - len(kept)


def test_a_typed_0_is_a_company_without_cash_or_debt() -> None:
    tree = tomllib.loads(starter("x", date(2026, 2, 1)))
    with_both = value(parse(tree)).result
    tree["balance_sheet"] |= {"cash": 0, "borrowings": 0}
    without = value(parse(tree)).result
    assert (float(without.cash), float(without.debt)) == (0, 0)
    # 300 of cash and 200 of debt before.
    assert float(with_both.equity_value - without.equity_value) == pytest.approx(
        100 + float(with_both.enterprise_value - without.enterprise_value)
    )
