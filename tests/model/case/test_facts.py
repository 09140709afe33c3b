"""Are facts in conflict refused, and is what the case takes held against them?

Oracle: facts of the shipped case, changed so that the answer is known by hand.
"""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cases import shipped, simple

from model.case import facts
from model.case.case import Case, parse
from model.errors import InputError
from model.evidence import contradictions

#: The date of the case's balances.
BALANCE = date(2025, 12, 31)


def reading(value: float, kind: str = "stated", source: str = "s1", **more: Any) -> dict[str, Any]:
    """State a reading of one fact, unless it is said to be of another."""
    origin = {"source": source, "as_of": BALANCE, "quality": "filing", "known": date(2026, 4, 17)}
    return {"fact": "Contract", "kind": kind, "value": value, "unit": "USD m"} | origin | more


def stating(*rows: dict[str, Any]) -> Case:
    tree = shipped()
    tree["tables"]["facts"] = {f"r{number}": row for number, row in enumerate(rows)}
    return parse(tree)


# Refused -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            [reading(20_000), reading(25_000, source="ubs")],
            "tables.facts.r0 or another reading of 'Contract' on 2025-12-31 must have chosen = 1, "
            "because they differ: 20000 (Cerebras, Form S-1, 17 April 2026); 25000 (UBS, 6 May "
            "2026, call on the offer).",
        ),
        (
            [reading(20_000), reading(25_000, chosen=1), reading(30_000, source="ubs", chosen=1)],
            "tables.facts.r1 must be the only reading of 'Contract' on 2025-12-31 with chosen = 1, "
            "and 2 are: 25000 (Cerebras, Form S-1, 17 April 2026); 30000 (UBS, 6 May 2026, call on "
            "the offer).",
        ),
        (
            [reading(20_000, chosen=1), reading(20_000, source="ubs", chosen=1)],
            "tables.facts.r0 must be the only reading of 'Contract' on 2025-12-31 with chosen = 1, "
            "and 2 are: 20000 (Cerebras, Form S-1, 17 April 2026); 20000 (UBS, 6 May 2026, call on "
            "the offer).",
        ),
        (
            [reading(1_407.359, "as filed"), reading(1_206.4, "restated", "ubs")],
            "tables.facts.r0 or another reading of 'Contract' on 2025-12-31 must have chosen = 1, "
            "because they differ: 1407.359 (Cerebras, Form S-1, 17 April 2026); 1206.4 (UBS, 6 May "
            "2026, call on the offer).",
        ),
        (
            [reading(24_600, input="rpo.openin.amount")],
            "tables.facts.r0.input does not name a number of the case: 'rpo.openin.amount' (did "
            "you mean 'rpo.opening.amount'?).",
        ),
        (
            [reading(24_600, input="rpo.opening.date")],
            "tables.facts.r0.input does not name a number of the case: 'rpo.opening.date' (did "
            "you mean 'rpo.opening.amount'?).",
        ),
        (
            [reading(24.6, unit="USD bn", input="rpo.opening.amount")],
            "tables.facts.r0.unit must be 'USD m', the unit of rpo.opening.amount, not 'USD bn'.",
        ),
        (
            [reading(56.4, "market value", unit="USD bn")],
            "tables.facts.r0.unit must be 'USD m', the unit of a market value, not 'USD bn'.",
        ),
        (
            [reading(24_600), reading(24.6, unit="USD bn")],
            "tables.facts.r0.unit must be the same in every reading of 'Contract', not 'USD m' and "
            "'USD bn'.",
        ),
        (
            [
                reading(24_600, input="rpo.opening.amount"),
                reading(24_600, input="rpo.later.june_2026.amount"),
            ],
            "tables.facts.r0.input must be the same in every reading of 'Contract', not "
            "'rpo.opening.amount' and 'rpo.later.june_2026.amount'.",
        ),
    ],
)
def test_a_contradiction_is_refused(rows: list[dict[str, Any]], sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        stating(*rows)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    "rows",
    [
        # Half a percent of 20,100 is 100.5.
        [reading(20_000), reading(20_100, source="ubs")],
        [reading(20_000, chosen=1), reading(25_000, source="ubs"), reading(-1, source="ubs")],
        [reading(20_000), reading(25_000, fact="Another contract")],
        [reading(20_000), reading(25_000, as_of=date(2026, 3, 31))],
        [reading(20_000), reading(25_000, "backlog")],
        [reading(0.0), reading(0.0)],
        [reading(28.4, unit="m shares", input="securities.options.count")],
        [reading(215.2, unit="m shares", input="securities.common.count")],
        [reading(1_005.0, input="tables.commitments.loan.balance")],
    ],
)
def test_what_is_no_conflict(rows: list[dict[str, Any]]) -> None:
    assert len(facts.readings(stating(*rows))) == len(rows)


def test_the_example_of_the_documentation() -> None:
    page = Path(__file__).parents[3] / "docs" / "facts.md"
    example = page.read_text(encoding="utf-8").partition("```toml")[2].partition("```")[0]
    tree = simple()
    tree["tables"]["facts"] = stated = tomllib.loads(example)["tables"]["facts"]
    for name in {stated["source"], *(r.get("source") for r in stated.values() if r != "filing")}:
        if name is not None:
            origin = {"as_of": BALANCE, "quality": "filing", "filed": date(2026, 5, 1)}
            tree["sources"][name] = {"title": name, **origin}
    case = parse(tree)
    assert [each.chosen for each in facts.readings(case)] == [True, False, False, False]
    # 510 was restated before the valuation date, as 495; 24,600 of RPO is not the backlog.
    assert list(contradictions(case)) == ["tables.facts.revenue"]
    del stated["revenue"]["chosen"]
    with pytest.raises(InputError, match=r"because they differ: 510 \(filing\); 495 \(later_fil"):
        parse(tree)
