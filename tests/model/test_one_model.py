"""Does one set of facts drive the value, and are contracts worth what they earn?

Oracles: the case with one figure changed, and what must then move; a contract removed, whose lines
are all that goes; the calendar's months, counted by hand.
"""

from __future__ import annotations

import copy
import math
import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from cases import Tree, shipped

from model.case.case import parse
from model.case.moving import moves_value
from model.case.starter import starter
from model.dcf.value import SegmentedValue
from model.errors import InputError
from model.valuation import Valuation, value

TREE = shipped()
CASE = parse(TREE)
#: Tables from which the value follows, or which a case with a forecast of its funding must have.
OF_VALUE = {"company", "customer_contracts", "plant", "balance_events", "commitments", "facilities"}
#: Decisive figures that may change by a little without a change of the value, and why.
STILL = {
    # It was exercised after the valuation date, and is excluded.
    "offer.over_allotment",
    # What is issued at the offer is no longer to be issued.
    "offer.rsus_issued",
    # A tranche whose hurdle is far away.
    "securities.warrant_value.strike",
    "securities.warrant_value.vests_at",
    # A day before the end of a month counts as that end.
    "rpo.opening.date",
    # Revenue that was collected is earned before the valuation date.
    "tables.customer_contracts.cloud.collected",
    # Spending a month earlier falls in the same year.
    *(f"tables.plant.{key}.lead_time" for key in ("t1b", "t2a", "t2b", "t3a", "t3b")),
}


def valued(tree: Tree) -> Valuation:
    return value(parse(copy.deepcopy(tree)))


@pytest.fixture(scope="module")
def base() -> Valuation:
    return value(CASE)


def of_value() -> Tree:
    """Return the case without the tables of further sheets, which take most of the time to read."""
    tree = copy.deepcopy(TREE)
    tree["tables"] = {name: of for name, of in tree["tables"].items() if name in OF_VALUE}
    return tree


def numbers(tree: Tree) -> Iterator[tuple[str, Tree, str]]:
    """Yield each number and date that decides the value: its path, and where it is stated."""
    for path in CASE.figures:
        if moves_value(CASE, path):
            node = tree
            for step in path.split("."):
                node = node[step]
            yield path, node, "value"
    for table in ("customer_contracts", "plant", "balance_events"):
        for key, row in tree["tables"][table].items():
            if isinstance(row, dict):
                for column, stated in row.items():
                    if isinstance(stated, float):
                        yield f"tables.{table}.{key}.{column}", row, column


def nudged(path: str, stated: Any) -> Any:
    """Give another value nearby."""
    if isinstance(stated, date):
        return stated - timedelta(days=1)
    if isinstance(stated, list):
        return [x * 0.99 + 0.001 for x in stated]
    if path.rpartition(".")[2] in ("start", "term", "life", "lead_time", "renewal_term"):
        return stated + 1
    if path == "drivers.wacc_years":
        return stated - 1
    return stated * 0.99 if stated else 0.01


def test_every_decisive_figure_moves_the_value_or_is_refused_by_name(base: Valuation) -> None:
    still, tree = set(), of_value()
    assert valued(tree).value_per_share == base.value_per_share
    for path, node, key in numbers(tree):
        stated = node[key]
        if isinstance(stated, str):
            continue
        node[key] = nudged(path, stated)
        try:
            if valued(tree).value_per_share == base.value_per_share:
                still.add(path)
        except InputError as refused:
            # What must add up, or is impossible, is said with the place.
            table = path.rpartition(".")[0].removesuffix(".series_h")
            assert str(refused).startswith(("totals.", table)), refused
        finally:
            node[key] = stated
    assert still <= STILL, still - STILL


def test_what_is_still_is_decisive() -> None:
    assert {path for path, _, _ in numbers(TREE)} >= STILL


def test_a_contract_takes_its_own_lines_with_it_and_no_other(base: Valuation) -> None:
    """Enterprise value less the tax line falls by the contract, its renewals and their end."""
    tree = copy.deepcopy(TREE)
    del tree["tables"]["customer_contracts"]["second"]
    for key in ("t2a", "t2b"):
        del tree["tables"]["plant"][key]
    # They move its renewal with that of the others.
    del tree["tables"]["grids"]["relet"], tree["tables"]["ranges"]["relet"]
    # The cost of capital and the share count are held: neither knows of the contract.
    tree["securities"]["warrant_capacity"]["measured"] = tree["securities"]["warrant_capacity"][
        "vests_at"
    ] | {"value": 750.0, "label": "Measured"}
    before, after = base.result, valued(tree).result
    assert isinstance(before, SegmentedValue) and isinstance(after, SegmentedValue)
    with_it, without = (dict(zip(r.names, map(float, r.by_line), strict=True))
                        for r in (before, after))  # fmt: skip
    own = {"Contract OpenAI 2027", "Renewals of OpenAI 2027"}
    assert with_it.keys() - without.keys() == own
    moved = {
        name for name, worth in without.items() if worth != pytest.approx(with_it[name], abs=1e-9)
    }
    assert moved == {"Tax: losses, limits and floor", "Terminal value of OpenAI capacity"}
    fallen = float(before.enterprise_value - after.enterprise_value)
    tax_moved = with_it["Tax: losses, limits and floor"] - without["Tax: losses, limits and floor"]
    end_moved = (
        with_it["Terminal value of OpenAI capacity"] - without["Terminal value of OpenAI capacity"]
    )
    assert fallen - tax_moved == pytest.approx(sum(with_it[n] for n in own) + end_moved, abs=1e-9)


def without_rpo() -> Tree:
    """Return a company whose only business is uncontracted, on a balance of the last year end."""
    tree = shipped()
    tree["segments"] = {"company": tree["segments"]["company"], "source": "model",
                        "systems": tree["segments"]["systems"]}  # fmt: skip
    tree["totals"], tree["securities"] = {}, {
        "company": "CBRS", "source": "s1",
        "common": tree["securities"]["common"],
    }  # fmt: skip
    for key in ("rpo", "tables", "scalars", "published"):
        del tree[key]
    del tree["drivers"]["interim_cash_flow"]
    return tree


def test_cash_flows_from_the_balance_sheet_on_without_an_rpo_too() -> None:
    """133 days from 31 December to 13 May, over the 232 that are left of the year."""
    result = valued(without_rpo()).result
    assert isinstance(result, SegmentedValue)
    first = float(result.forecast.cash_flow[0])
    assert first < 0
    assert float(result.interim_cash_flow) == pytest.approx(first * 133 / 232, rel=1e-12)


def test_balances_of_two_dates_are_a_warning_unless_the_cash_flow_between_is_typed() -> None:
    tree = copy.deepcopy(TREE)
    tree["balance_sheet"]["cash"]["as_of"] = date(2026, 3, 31)
    del tree["tables"]["balance_events"], tree["tables"]["facts"]
    sentence = "balance_sheet.cash is dated 2026-03-31, but the cash flow to the valuation date is"
    assert not any(sentence in one for one in parse(copy.deepcopy(tree)).warnings)
    del tree["drivers"]["interim_cash_flow"]
    assert any(sentence in one for one in parse(tree).warnings)


def by_hand(value: float, start: int, term: int, shape: str, intensity: float) -> float:
    """What a contract is expected to bring, month by month; half is relet after a default."""
    expected = 0.0
    for month in range(start, start + term):
        first, last = (month - start) / term, (month - start + 1) / term
        due = value * (last - first if shape == "flat" else last**2 - first**2)
        survives = math.exp(-intensity * (month - 0.5) / 12)
        expected += due * (survives + (1 - survives) * 0.5)
    return expected


def test_the_contracts_reach_the_forecast_as_they_are_expected(base: Valuation) -> None:
    """All of 24,600 falls due in the forecast."""
    contracts = [
        (6_667.0, 11, 48, "flat", 0.03),
        (6_667.0, 23, 48, "flat", 0.03),
        (6_666.0, 35, 48, "flat", 0.03),
        (3_000.0, 1, 60, "back", 0.01),
        (1_600.0, 1, 36, "flat", 0.01),
    ]
    assert sum(value for value, *_ in contracts) == 24_600
    made = base.by_segment
    assert made is not None
    assert made.revenue[:5].sum(-1) == pytest.approx([by_hand(*c) for c in contracts], rel=1e-12)
    net = made.total_revenue - made.total_contra_revenue
    assert base.forecast.revenue == pytest.approx(net, rel=1e-12)
    assert base.contracted_revenue.tolist() == base.forecast.contracted_revenue.tolist()


def test_contracts_without_terms_of_renewal_have_their_segments() -> None:
    """Of 1,500 and 800 a year, the cloud renews half at 0.8, and systems 1.1 times a year."""
    tree = copy.deepcopy(TREE)
    for row in tree["tables"]["customer_contracts"].values():
        if isinstance(row, dict):
            row["default_intensity"] = 0.0
            for own in ("renewal", "renewal_term", "renewal_price"):
                del row[own]
    assumed = {"source": "model", "as_of": date(2026, 5, 13), "quality": "assumption"}
    terms = {"renewal_rate": 0.5, "renewal_price": 0.8, "renewal_term": 24.0}
    tree["segments"]["cloud"] |= {name: {"value": v, **assumed} for name, v in terms.items()}
    tree["segments"]["systems"]["net_retention"] = {"value": 1.1, **assumed}
    changed("customer_contracts", "cloud", term=24.0, shape="flat")(tree)
    changed("customer_contracts", "systems", term=24.0)(tree)
    made = valued(tree).by_segment
    assert made is not None
    of = dict(zip(made.names, made.revenue.tolist(), strict=True))
    assert not any(name.startswith("Renewals of OpenAI") for name in of)
    assert of["Renewals of Cloud, others"][:6] == pytest.approx(
        [0, 0, 1500 * 0.4, 1500 * 0.4, 1500 * 0.16, 1500 * 0.16]
    )
    assert of["Renewals of Systems, others"][:4] == pytest.approx([0, 0, 800 * 1.1, 800 * 1.21])


def test_without_default_the_contracts_come_in_full() -> None:
    tree = copy.deepcopy(TREE)
    for row in tree["tables"]["customer_contracts"].values():
        if isinstance(row, dict):
            row["default_intensity"] = 0.0
    made = valued(tree).by_segment
    assert made is not None
    assert made.revenue[:5].sum() == pytest.approx(24_600, rel=1e-12)


def test_nothing_that_decides_the_value_was_unknown_on_the_day() -> None:
    assert CASE.company.basis == "valuation date"
    late = copy.deepcopy(TREE)
    late["cost_of_capital"]["beta"]["known"] = date(2026, 6, 25)
    with pytest.raises(InputError, match=r"cost_of_capital\.beta became public on 2026-06-25"):
        parse(late)


def test_segments_without_contracts_for_the_balance_are_refused() -> None:
    tree = copy.deepcopy(TREE)
    del tree["tables"]["customer_contracts"]
    with pytest.raises(InputError, match=r"customer_contracts"):
        parse(tree)


def test_a_driver_of_a_segment_is_not_the_company_s() -> None:
    tree = copy.deepcopy(TREE)
    tree["drivers"]["operating_margin"] = tree["drivers"]["tax_rate"] | {"value": 0.2}
    with pytest.raises(InputError, match=r"drivers\.operating_margin must be given in a segment"):
        parse(tree)


def changed(table: str, key: str, **cells: Any) -> Callable[[Tree], Any]:
    return lambda tree: tree["tables"][table][key].update(cells)


def collected(counts: str, amount: float, as_of: date) -> Callable[[Tree], Any]:
    attributes = {"as_of": as_of, "source": "s1", "quality": "inferred"}
    return lambda tree: tree["balance_sheet"].update(
        deferred_revenue={"value": amount, **attributes},
        collected_counts={"value": counts, **attributes},
    )


MISFITS: dict[str, tuple[Callable[[Tree], Any], str]] = {
    "a contract of an unknown segment": (
        changed("customer_contracts", "cloud", segment="Clod"),
        "tables.customer_contracts: Segment must be a segment with drivers, not 'Clod' "
        "(did you mean 'Cloud'?).",
    ),
    "plant of an unknown segment": (
        changed("plant", "t1a", segment="Clouds"),
        "tables.plant: Segment must be a segment with drivers, not 'Clouds' "
        "(did you mean 'Cloud'?).",
    ),
    "plant for a contract of another segment": (
        changed("plant", "t1a", contract="Cloud, others"),
        "tables.plant: Contract must be a contract of segment 'OpenAI capacity', "
        "not 'Cloud, others'.",
    ),
    "two contracts of one name": (
        changed("customer_contracts", "second", contract="OpenAI 2026"),
        "tables.customer_contracts: Contract must be unique, but 'OpenAI 2026' appears twice.",
    ),
    "a contract that has ended": (
        changed("customer_contracts", "systems", term=3.0),
        "tables.customer_contracts must end after the valuation date, but 'Systems, others' "
        "does not.",
    ),
    "more collected than contracted": (
        changed("customer_contracts", "systems", collected=5_000.0),
        "tables.customer_contracts: contracts Collected must be at most the Value, not 5000.",
    ),
    "cash collected that counts twice": (
        collected("claim", 240.0, date(2025, 12, 31)),
        "balance_sheet.collected_counts must be 'forecast', because tables.customer_contracts has "
        "240 in Collected, which would count twice.",
    ),
    "cash collected that does not count": (
        collected("forecast", 500.0, date(2025, 12, 31)),
        "tables.customer_contracts must have in Collected the amount that the balance sheet has "
        "as collected, 500, not 240.",
    ),
    "a segment without revenue": (
        lambda tree: (
            tree["tables"]["customer_contracts"].pop("systems"),
            tree["segments"]["systems"].pop("uncontracted_revenue"),
        ),
        "segments: drivers of 'Systems' must give revenue: contracts, revenue_growth, "
        "uncontracted_revenue or price.",
    ),
    "two segments of one name": (
        lambda tree: tree["segments"]["systems"].update(name="cloud"),
        "segments.systems.name must not be the name of segments.cloud too.",
    ),
    "an event that became public later": (
        changed("balance_events", "loan", known=date(2026, 8, 1)),
        "tables.balance_events.loan became public on 2026-08-01, after company.valuation_date "
        "2026-05-13: value the company later, take what was known, or set company.basis to "
        "'latest'.",
    ),
}


def test_cash_collected_is_a_claim_or_in_the_forecast(base: Valuation) -> None:
    """240 of it stand for the revenue of a contract; of another day it may be another amount."""
    for amount, as_of in ((240.0, date(2025, 12, 31)), (300.0, date(2026, 3, 31))):
        tree = copy.deepcopy(TREE)
        collected("forecast", amount, as_of)(tree)
        assert valued(tree).value_per_share == base.value_per_share
    changed("customer_contracts", "systems", collected=0.0)(tree)
    collected("claim", 240.0, date(2025, 12, 31))(tree)
    assert float(valued(tree).result.other_claims) == 240.0


@pytest.mark.parametrize("what", MISFITS)
def test_what_does_not_fit_is_refused_by_its_place(what: str) -> None:
    tree = copy.deepcopy(TREE)
    change, sentence = MISFITS[what]
    change(tree)
    with pytest.raises(InputError) as refused:
        parse(tree)
    assert str(refused.value) == sentence


def test_the_example_in_the_documentation_is_a_case() -> None:
    """With three years: 1,200 over 48 months, of which 6, 12 and 12 fall in 2026 to 2028."""
    text = (Path(__file__).parents[2] / "docs" / "segments.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.S)
    stated = tomllib.loads(example)
    tree = tomllib.loads(starter("acme", date(2026, 3, 31)))
    for section in ("segments", "tables"):
        tree[section] = {"company": "ACME", "source": "placeholder", **stated[section]}
    drivers = tree["drivers"]
    for simple in ("base_revenue", "uncontracted_revenue", "renewal_rate", "operating_margin",
                   "sales_to_capital"):  # fmt: skip
        del drivers[simple]
    drivers["wacc_years"] = 2
    del tree["rpo"]
    made = value(parse(tree))
    assert made.by_segment is not None
    assert made.by_segment.names == ("Contract 50 MW", "Renewals of 50 MW", "Cloud")
    assert made.by_segment.revenue[2].tolist() == [160.0, 250.0, 400.0]
    assert made.forecast.contracted_revenue[1] == pytest.approx(12 * 25)
