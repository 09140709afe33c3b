"""Does each figure of the articles stand on Sources, with this model's own and the right verdict?

Oracle: `data/articles.json` has the figures as the articles print them, what the facts give for
them by arithmetic outside the model, and where another source contradicts them.
"""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from calc_comparison import built as built_once
from cases import whole
from live import Live, kept
from looked_at import looked_at
from ranges import typed_at

from model.case import load
from model.case.case import parse
from model.case.claims import BASE_REVENUE, check, parts, paths, value, worked_out
from model.case.facts import inputs
from model.errors import InputError
from workbook.check.reader import read_case
from workbook.check.report import report
from workbook.package.cells import Values
from workbook.template.sheets.claims import (
    AGAINST,
    CLAIM,
    COMPUTED,
    CONFLICT,
    FINDING,
    OURS,
    OURS_TO,
    PRINTED,
    TO,
)

ROWS = json.loads(
    (Path(__file__).parents[1] / "data" / "articles.json").read_text(encoding="utf-8")
)
MISSING = {"SD012", "SD013", "SD019", "SD020", "SD021"}


@pytest.fixture(scope="module")
def built() -> bytes:
    return built_once("cerebras")


@pytest.fixture(scope="module")
def live(built: bytes) -> Live:
    return kept(built)


@pytest.fixture(scope="module")
def typed(built: bytes) -> dict[str, tuple[int, int]]:
    return typed_at(looked_at(built))


def found(values: Values) -> dict[str, dict[int, Any]]:
    """Return the cells of each row of Sources by what it says."""
    sheet = values["Sources"]
    rows: dict[str, dict[int, Any]] = {}
    for (row, column), held in sheet.items():
        if column == CLAIM and isinstance(held, str):
            rows.setdefault(held, {c: v for (r, c), v in sheet.items() if r == row})
    return rows


def test_every_figure_of_the_articles_is_stated_but_those_left_out() -> None:
    ids = {row["id"] for row in ROWS}
    assert ids | MISSING == {f"SD{i:03}" for i in range(1, 24)}
    assert not ids & MISSING


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_the_figure_stands_in_its_cell_with_its_verdict(live: Live, row: dict[str, Any]) -> None:
    cells = found(live.base)[row["claim"]]
    printed = [float(part) * row["scale"] for part in row["value"].split("-")]
    shown = [cells[column] for column in (PRINTED, TO) if isinstance(cells.get(column), float)]
    assert shown == pytest.approx(printed)
    ours = [cells[column] for column in (OURS, OURS_TO) if isinstance(cells.get(column), float)]
    assert ours == pytest.approx(row["figure"], rel=1e-8)
    assert str(cells[FINDING]).startswith(row["verdict"])
    assert (row["verdict"] == CONFLICT) == ("against" in row) == (AGAINST in cells)


def test_the_walk_away_value_is_a_price_of_a_share(live: Live) -> None:
    """On the common stock after the offer, derived in the filings as 215.228541 million shares."""
    cells = found(live.base)["The same a share, on the common stock after the offer"]
    assert cells[OURS] == pytest.approx(40_000 / 215.228541)
    assert cells[OURS_TO] == pytest.approx(50_000 / 215.228541)
    assert cells[FINDING] == COMPUTED


def test_tens_of_billions_are_held_against_the_market(live: Live) -> None:
    """106 billion in 2025 and 255 in 2030; 15 to 20% of 2028, at 30% and 24 times."""
    cells = found(live.base)["What such a share is worth in 2028: tens of billions"]
    size = 106_000 * (255 / 106) ** (3 / 5)
    assert cells[OURS] == pytest.approx(0.15 * size * 0.3 * 24)
    assert cells[OURS_TO] == pytest.approx(0.2 * size * 0.3 * 24)
    assert str(cells[FINDING]).startswith(CONFLICT)


#: What is typed, by the path of an input, in which row, and how its verdict then begins.
EDITS = {
    "the cost of the other source": ({"scalars.system_cost": 0.3}, "SD007", "agrees"),
    "another close": ({"prices.close": 330.0}, "SD022", CONFLICT),
    "a close that rounds": ({"prices.close": 311.5}, "SD022", "rounds"),
    "a close to the digit": ({"prices.close": 185 * 1.68}, "SD022", "agrees"),
    "sales of the leader": ({"scalars.leader_sales": 100_000.0}, "SD023", CONFLICT),
    "the first range": ({"prices.first_high": 126.0}, "SD004", CONFLICT),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=list(EDITS))
def test_a_verdict_follows_what_is_typed(
    live: Live, typed: dict[str, tuple[int, int]], edit: tuple[dict[str, float], str, str]
) -> None:
    numbers, key, begins = edit
    claim = next(row["claim"] for row in ROWS if row["id"] == key)
    values = live.values({("Inputs", typed[path]): number for path, number in numbers.items()})
    assert str(found(values)[claim][FINDING]).startswith(begins)


def test_the_case_comes_back_with_what_is_said(built: bytes) -> None:
    assert read_case(built)[0] == load("cerebras")
    assert report(built).faults == []


def test_figures_are_worked_out_as_the_sheet_does(live: Live) -> None:
    case = load("cerebras")
    claims, cells = case.table("quoted_claims"), found(live.base)
    known = {path: number for path, (number, _) in inputs(case).items()}
    known[BASE_REVENUE] = case.base_revenue
    tried = 0
    for claim, figure in zip(claims.claim, claims.figure, strict=True):
        for column, end in zip((OURS, OURS_TO), parts(figure)[0], strict=False):
            if all(path in known for path in paths(end)):
                assert cells[claim][column] == pytest.approx(value(end, known))
                tried += 1
    assert tried > 18
    assert not worked_out("prices.close")
    assert worked_out("market.layers")
    assert worked_out("1 - prices.close")


def said(**more: Any) -> None:
    """Check the shipped case with another first claim."""
    tree = whole()
    row = tree["tables"]["quoted_claims"]["sd001"]
    row |= deepcopy(more)
    check(parse(tree))


BAD = {
    "an unknown path": (
        {"figure": "prices.clos / offer.price - 1"},
        "figure does not name a number of the case: 'prices.clos' (did you mean 'prices.close'?)",
    ),
    "words": ({"figure": "growth"}, "figure must be paths and numbers with + - * / and brackets"),
    "a power": ({"figure": "prices.close ** 2"}, "figure must be paths and numbers with"),
    "an open bracket": ({"figure": "(prices.close"}, "figure must be paths and numbers with"),
    "a division by nothing": ({"figure": "prices.close / 0"}, "figure divides by 0"),
    "another source": (
        {"figure": "offer.price against prices.clos"},
        "figure does not name a number of the case",
    ),
    "a range in disorder": (
        {"to": 0.5, "figure": "prices.close to offer.price"},
        "to must be at least Printed, 0.76, not 0.5",
    ),
    "half a range": ({"to": 0.9}, "figure must have two ends for a range, such as 'a to b'"),
}  # fmt: skip


@pytest.mark.parametrize("bad", BAD.values(), ids=list(BAD))
def test_a_figure_that_means_nothing_is_refused(bad: tuple[dict[str, Any], str]) -> None:
    more, sentence = bad
    with pytest.raises(InputError) as refused:
        said(**more)
    assert f"tables.quoted_claims.sd001.{sentence}" in str(refused.value)
