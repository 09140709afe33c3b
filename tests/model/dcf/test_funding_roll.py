"""Is the roll of cash the same a year and a facility at a time, and does it tie?

Oracles: the whole roll in plain Python; and invariants: the corkscrews of cash and debt, the order
of drawing, ample cash that draws nothing, a gap that is raised and is none, rows in any order, and
scenarios that are the same one by one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model.dcf.commitments import Commitments, Covenants, Facilities
from model.dcf.funding import Funding, dcf_funding

money = st.just(0.0) | st.floats(0.01, 1e4)
rates = st.floats(0, 0.3)


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Any]:
    """Draw flows, commitments and facilities of a company."""
    years = draw(st.integers(1, 6))
    amounts = st.lists(money, min_size=years, max_size=years)
    kinds = draw(st.lists(st.sampled_from(["debt", "lease", "purchase"]), max_size=4))
    payments = [draw(amounts) for _ in kinds]
    first = draw(st.sampled_from([1, 2026]))
    limits = draw(st.lists(money, max_size=4))
    credit = {
        "name": [f"F{i}" for i in range(len(limits))],
        "limit": limits,
        "drawn": [limit * draw(st.floats(0, 1)) for limit in limits],
        "rate": [draw(st.sampled_from([0.0, 0.05, 0.1]) | rates) for _ in limits],
        "expiry": [draw(st.integers(first, first + years + 1)) for _ in limits],
    }
    owed = {
        "name": [f"C{i}" for i in range(len(kinds))],
        "kind": kinds,
        "balance": [sum(row) + draw(money) for row in payments],
        "rate": [draw(rates) if kind == "debt" else None for kind in kinds],
        "payments": payments if kinds else np.zeros((0, years)),
        "across": list(range(first, first + years)),
    }
    flows = st.lists(st.floats(-1e4, 1e4), min_size=years, max_size=years)
    return {
        "cash_flows": draw(flows),
        "cash": draw(money),
        "minimum_cash": draw(money),
        "commitments": owed,
        "facilities": credit,
        "offer_proceeds": draw(money),
        "raised": draw(amounts),
        "interest_on_cash": draw(rates),
        "cash_to_valuation": draw(st.floats(-1e3, 1e3)),
        "years_to_valuation": draw(st.floats(0, 1)),
        "stub": draw(st.floats(0.01, 1)),
    }


def rolled(plan: dict[str, Any]) -> Funding:
    owed, credit = Commitments(**plan["commitments"]), Facilities(**plan["facilities"])
    return dcf_funding(**plan | {"commitments": owed, "facilities": credit})


def near(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-6)


def by_loops(plan: dict[str, Any]) -> list[dict[str, float]]:
    """Roll the cash in plain Python: repay every facility, then draw what is lacking."""
    owed, credit = plan["commitments"], plan["facilities"]
    cash, balances, used = plan["cash"], list(owed["balance"]), list(credit["drawn"])
    by_year = []
    for t, year in enumerate(owed["across"]):
        length = plan["stub"] + plan["years_to_valuation"] if t == 0 else 1.0
        made = {"cash_opening": cash, "debt_opening": sum(used)}
        interest = sum(r * u for r, u in zip(credit["rate"], used, strict=True))
        paid = {"debt": 0.0, "lease": 0.0, "purchase": 0.0}
        for i, kind in enumerate(owed["kind"]):
            if kind == "debt":
                made["debt_opening"] += balances[i]
                interest += owed["rate"][i] * balances[i]
            paid[kind] += owed["payments"][i][t]
            balances[i] -= owed["payments"][i][t]
        made["interest_received"] = cash * plan["interest_on_cash"] * length
        made["interest_paid"] = interest * length
        cash += plan["cash_flows"][t] + plan["raised"][t]
        if t == 0:
            cash += plan["cash_to_valuation"] + plan["offer_proceeds"]
        cash += made["interest_received"] - made["interest_paid"] - sum(paid.values())
        made["cash_before"] = cash
        cash -= sum(used)
        was, used = used, [0.0] * len(used)
        for i in sorted(range(len(used)), key=lambda i: (credit["rate"][i], credit["name"][i])):
            if credit["expiry"][i] > year and cash < plan["minimum_cash"]:
                used[i] = min(plan["minimum_cash"] - cash, credit["limit"][i])
                cash += used[i]
        made["drawn"] = sum(max(u - w, 0.0) for u, w in zip(used, was, strict=True))
        made["repaid"] = sum(max(w - u, 0.0) for u, w in zip(used, was, strict=True))
        made["gap"] = max(plan["minimum_cash"] - cash, 0.0)
        made["cash_closing"] = cash = cash + made["gap"]
        kinds = list(zip(owed["kind"], balances, strict=True))
        made["debt_closing"] = sum(used) + sum(b for kind, b in kinds if kind == "debt")
        made["due_later"] = sum(b for kind, b in kinds if kind != "debt")
        by_year.append(made)
    return by_year


@given(plans())
def test_the_whole_roll_in_plain_python(plan: dict[str, Any]) -> None:
    found, expected = rolled(plan), by_loops(plan)
    for name in expected[0]:
        near(getattr(found, name), [made[name] for made in expected])


@given(plans())
def test_cash_and_debt_tie(plan: dict[str, Any]) -> None:
    f = rolled(plan)
    inflow = f.free_cash_flow + f.cash_to_valuation + f.proceeds + f.interest_received
    outflow = f.interest_paid + f.debt_repaid + f.leases_paid + f.purchases
    near(f.cash_opening + inflow - outflow, f.cash_before)
    near(f.cash_before + f.drawn - f.repaid + f.gap, f.cash_closing)
    near(f.debt_opening + f.drawn - f.repaid - f.debt_repaid, f.debt_closing)
    near(f.debt_opening[1:], f.debt_closing[:-1])
    np.testing.assert_array_equal(f.cash_opening[1:], f.cash_closing[:-1])


@given(plans())
def test_facilities_before_the_gap_and_the_cheapest_first(plan: dict[str, Any]) -> None:
    f, credit = rolled(plan), plan["facilities"]
    limits = np.array(credit["limit"])[:, None]
    ended = np.array(credit["expiry"])[:, None] <= np.array(plan["commitments"]["across"])
    assert (f.by_facility <= limits).all()
    assert not f.by_facility[ended].any()
    # A gap is there only where nothing is left to draw, and then the year closes at the minimum.
    assert not f.undrawn[f.gap > 0].any()
    assert (f.cash_closing >= plan["minimum_cash"]).all()
    assert (f.cash_closing[(f.gap > 0) | f.by_facility.any(0)] == plan["minimum_cash"]).all()
    for cheap in range(len(limits)):
        for dear in range(len(limits)):
            if credit["rate"][cheap] < credit["rate"][dear]:
                room = ~ended[cheap] & (f.by_facility[cheap] < limits[cheap] * (1 - 1e-9) - 1e-6)
                assert not (room & (f.by_facility[dear] > 1e-6)).any()


@given(plans())
def test_ample_cash_draws_nothing(plan: dict[str, Any]) -> None:
    ample = rolled(plan | {"cash": 1e7, "interest_on_cash": 0.0})
    assert not ample.gap.any()
    assert not ample.drawn.any()
    assert not ample.by_facility.any()


@given(plans())
def test_a_gap_that_is_raised_is_none(plan: dict[str, Any]) -> None:
    found = rolled(plan)
    filled = rolled(plan | {"raised": np.array(plan["raised"]) + found.gap})
    near(filled.gap, 0.0)
    near(filled.cash_closing, found.cash_closing)
    near(filled.debt_closing, found.debt_closing)
    # And less than it is not enough.
    if (found.gap > 1).any():
        t = int(np.argmax(found.gap > 1))
        raised = np.array(plan["raised"])
        raised[t] += found.gap[t] / 2
        near(rolled(plan | {"raised": raised}).gap[t], found.gap[t] / 2)


@given(plans(), st.randoms())
def test_in_any_order(plan: dict[str, Any], chance: Any) -> None:
    def shuffled(table: dict[str, Any], keep: tuple[str, ...] = ()) -> dict[str, Any]:
        order = list(range(len(table["name"])))
        chance.shuffle(order)
        mixed = {k: [v[i] for i in order] for k, v in table.items() if k not in keep}
        return table | mixed if order else table

    owed = shuffled(plan["commitments"], ("across",))
    credit = shuffled(plan["facilities"])
    found, mixed = rolled(plan), rolled(plan | {"commitments": owed, "facilities": credit})
    near(mixed.gap, found.gap)
    near(mixed.interest_paid, found.interest_paid)
    for name, drawn in zip(mixed.facilities, mixed.by_facility, strict=True):
        near(drawn, found.by_facility[found.facilities.index(name)])


def test_scenarios_are_the_same_as_one_by_one() -> None:
    random = np.random.default_rng(12)
    several = {
        "cash_flows": random.normal(-200, 300, (50, 3)),
        "cash": random.uniform(0, 500, 50),
        "minimum_cash": random.uniform(0, 200, 50),
        "interest_on_cash": random.uniform(0, 0.1, 50),
        "years_to_valuation": random.uniform(0, 0.5, 50),
        "stub": random.uniform(0.1, 1, 50),
    }
    balance = random.uniform(300, 900, (50, 3))
    payments = random.uniform(0, 100, (50, 3, 3))
    limit, rate = random.uniform(100, 300, (50, 2)), random.uniform(0, 0.2, (50, 2))
    drawn, names = limit * random.uniform(0, 1, (50, 2)), ["A", "B"]
    expiry = random.integers(1, 5, (50, 2)).astype(float)
    kinds = ["debt", "lease", "purchase"]
    demands = Covenants(
        ["Leverage", "Cover", "Liquidity"],
        ["net debt to EBITDA", "interest cover", "liquidity"],
        [3.0, 2.5, 100.0],
    )

    def made(at: Any, one: dict[str, Any]) -> Funding:
        owed = Commitments([*names, "C"], kinds, balance[at], [0.1, None, None], payments[at])
        credit = Facilities(names, limit[at], drawn[at], rate[at], expiry[at])
        ebitda = [60.0, 70.0, 80.0]
        return dcf_funding(
            **one, commitments=owed, facilities=credit, covenants=demands, ebitda=ebitda
        )

    together = made(slice(None), several)
    for i in range(50):
        alone = made(i, {name: values[i] for name, values in several.items()})
        for name in Funding.declared:
            both = np.broadcast_arrays(getattr(together, name), getattr(together, name)[0])[0]
            expected = getattr(alone, name)
            whole = both[i] if both.ndim > expected.ndim else both
            np.testing.assert_allclose(whole, expected, rtol=1e-12, atol=1e-9, err_msg=name)
