"""Does the sheet Choices follow the inputs, and does the documentation say what it shows?

Oracles: the choices of the case that is read back from the changed workbook; the functions.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import cases
import numpy as np
import pytest
from calc_comparison import built, every_case
from live import kept
from looked_at import cached, looked_at, typed

from model import defence
from model.case.case import Case, load, parse
from model.valuation import value
from workbook import template
from workbook.check.reader import read_case
from workbook.check.report import report
from workbook.package.cells import Place
from workbook.template.sheets.choices import REASON, TITLE, VALUE

PAGE = Path(__file__).parents[2] / "docs" / "defence.md"


#: What is typed into each of some cells.
Changes = tuple[tuple[tuple[str, Place], Any], ...]


@lru_cache(maxsize=4)
def shown(package: bytes, changes: Changes = ()) -> dict[tuple[str, str], float]:
    """Return the values on the sheet by choice and alternative, or by view and step."""
    found: dict[tuple[str, str], float] = {}
    written = looked_at(package)[TITLE]
    cells = (kept(package).values(dict(changes)) if changes else cached(package))[TITLE]
    for (row, column), number in cells.items():
        names = [cells.get((row, c), written.cell(row, c).value) for c in (VALUE - 2, VALUE - 1)]
        if column == VALUE and isinstance(number, float):
            found[str(names[0]), str(names[1])] = number
    return found


def expected(package: bytes) -> dict[tuple[str, str], float]:
    made = value(read_case(package)[0])
    found = defence.of(made)
    values = dict(
        zip(zip(found.choice, found.alternative, strict=True), found.value_per_share, strict=True)
    )
    if (steps := made.steps) is not None:
        values |= dict(
            zip(zip(steps.view, steps.step, strict=True), steps.value_per_share, strict=True)
        )
    return values


def agrees(package: bytes, changes: Changes = ()) -> None:
    found = shown(package, changes)
    for at, number in expected(typed(package, dict(changes)) if changes else package).items():
        assert found[at] == pytest.approx(number, rel=1e-9), at


#: What is typed to the right of a label: the fade, a margin in a year and one that is a number, and
#: a default rate.
CHANGES = {
    "Terminal WACC": (1, 0.1),
    "Cloud/Operating margin": (11, 0.5),
    "Systems/Operating margin": (1, 0.4),
    "BB": (1, 0.2),
}


def changes_of(package: bytes) -> Changes:
    cells: dict[tuple[str, Place], Any] = {}
    for row in looked_at(package)["Inputs"].iter_rows(min_col=3, max_col=14):
        if row[0].value in CHANGES:
            right, number = CHANGES[row[0].value]
            cells["Inputs", (row[right].row, row[right].column)] = number
    assert len(cells) >= len(CHANGES)
    return tuple(cells.items())


def test_the_values_are_those_of_the_functions(finished: bytes) -> None:
    agrees(finished)


def test_alternatives_follow_the_inputs(finished: bytes) -> None:
    changes = changes_of(finished)
    agrees(finished, changes)
    before, after = shown(finished), shown(finished, changes)
    still = {at for at, number in before.items() if after[at] == number}
    # Steps that replace what was changed, and what is typed.
    assert {at[0] for at in still} <= {"finzora_value", "Value per share, one published DCF"}


@pytest.mark.parametrize("tree", [cases.simple, cases.in_bands_only])
def test_other_companies_have_their_choices(tree: object) -> None:
    package = template.build(parse(tree()))  # type: ignore[operator]
    agrees(package)
    assert report(package).faults == []


def test_the_gap_is_filled_at_prices_as_the_model_fills_it(finished: bytes) -> None:
    made, found = value(load("cerebras")), shown(finished)
    assert made.raised is not None
    for name, price in (
        ("Gap filled at the share price", 185.0),
        ("Gap filled at half the share price", 92.5),
        ("Gap filled at this model's value", None),
    ):
        tree = cases.shipped()
        if price is not None:
            tree["funding"]["raise_price"] = cases.of_model(price)
        raised = value(parse(tree)).raised
        assert raised is not None
        assert found["Funding", name] == pytest.approx(float(raised.value_per_share[-1]))


def test_the_documentation_shows_these_values() -> None:
    made = value(load("cerebras"))
    found, steps, text = defence.of(made), made.steps, PAGE.read_text(encoding="utf-8")
    assert steps is not None
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    listed = {(r[0], r[1]): (float(r[2]), float(r[3])) for r in rows
              if len(r) == 4 and re.fullmatch(r"[+-]?\d+\.\d\d", r[3])}  # fmt: skip
    assert listed == {
        (choice, name): (round(worth, 2), round(more, 2))
        for choice, name, worth, more in zip(
            found.choice, found.alternative, found.value_per_share.tolist(),
            found.difference.tolist(), strict=True,
        )
    }  # fmt: skip
    bridge = {r[0]: (float(r[1]), float(r[2])) for r in rows
              if len(r) == 3 and re.fullmatch(r"-?\d+\.\d\d", r[2]) and r[1]}  # fmt: skip
    assert bridge == {
        name: (round(worth, 2), round(more, 2))
        for name, worth, more in zip(
            steps.step, steps.value_per_share.tolist(), steps.contribution.tolist(), strict=True
        )
    }


def test_a_grid_of_multiples_is_this_models_sales_at_another_multiple() -> None:
    """The note's six prices are a straight line in the multiple, to half a dollar."""
    made = value(load("cerebras"))
    multiples, prices = np.array([8, 10, 12, 15, 20, 25]), np.array([116, 139, 161, 195, 251, 306])
    sales, cash = np.polyfit(multiples, prices, 1)
    assert np.abs(cash + sales * multiples - prices).max() < 0.5
    shares = made.forecast.revenue[1] / sales
    own = (made.value_per_share - cash) / sales
    target = (made.case.published["mean_target"].number - cash) / sales
    said = (
        f"with {sales:.2f} of sales and {cash:.2f} of net cash a share",
        f"sales of {made.forecast.revenue[1]:,.0f}, that means {shares:.0f} million shares",
        f"net cash of {cash * shares / 1000:.1f} billion",
        f"{made.value_per_share:.2f} is {own:.1f} times those sales",
        f"is {target:.1f} times sales on the same line",
    )
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert [words for words in said if words not in text] == []


def test_a_margin_near_all_of_revenue_fails_no_choice() -> None:
    tree = cases.shipped()
    tree["segments"]["systems"]["operating_margin"]["value"] = 0.95
    package = template.build(parse(tree))
    assert report(package).faults == []
    agrees(package)


@every_case
def test_the_case_s_own_reasons_stand_there_as_it_states_them(name: str) -> None:
    """Without what a driver means, which follows its reason on Inputs."""
    reasons_stand_there(load(name), built(name))


def test_a_reason_has_one_full_stop() -> None:
    tree = cases.shipped()
    tree["scalars"]["distress_proceeds"]["note"] = "Servers sell. Leases do not."
    tree["drivers"]["terminal"]["note"] = 'One in "five".'
    case = parse(tree)
    reasons_stand_there(case, template.build(case))


def reasons_stand_there(case: Case, package: bytes) -> None:
    cells = cached(package)[TITLE]
    written = {text for (_, column), text in cells.items() if column == REASON}
    for choice in defence.choices(case):
        notes = [case.figures[path].note for path in choice.figures if path in case.figures]
        stated = " ".join(f"{note.removesuffix('.')}." for note in notes if note)
        assert not stated or stated in written, choice.name
