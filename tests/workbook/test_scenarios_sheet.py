"""Does the scenario chosen on Inputs drive the whole workbook, and does the sheet show all of them?

Oracles: the model's value of the case in that scenario; the function's own line for it; the file
with the choice typed, read back, and evaluated from the start; sums.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

import cases
import pytest
from calc_comparison import built, every_case
from kinds_of_change import NAMES, every_kind
from live import kept
from looked_at import cached, typed

from model.case.case import load, parse
from model.plausibility import warnings
from model.uncertainty.scenarios import ALL, BASE, INTERACTION, WEIGHTED
from model.valuation import Valuation, value
from workbook import template
from workbook.check.reader import Start, read_case
from workbook.check.report import failing, report
from workbook.check.results import against_model
from workbook.cli import terminal
from workbook.hosts.headless import evaluate
from workbook.package.cells import Place, Values, place
from workbook.package.package import Package
from workbook.status import CHECKS, STATUS, SUMMARY
from workbook.template.rows import FIRST, LABEL
from workbook.template.sheets.scenarios.lines import TITLE

Cells = Mapping[Place, Any]
#: Columns of the function's block.
CHANGE, SCENARIO, WEIGHT, VALUE, DIFFERENCE = range(LABEL, LABEL + 5)


def chosen_in(package: bytes | Package) -> tuple[str, Place]:
    """Return the cell in which the scenario is chosen."""
    sheet, _, cell = Package.opened(package).names["Scenario"].rpartition("!")
    return sheet.strip("'"), place(cell.replace("$", ""))


def switched(package: bytes, name: str) -> bytes:
    """Return a workbook with another scenario typed."""
    return typed(package, {chosen_in(package): name})


def valued(tree: dict[str, Any], scenario: str) -> Valuation:
    tree["company"]["scenario"] = scenario
    return value(parse(tree))


def scenarios_of(name: str) -> list[str]:
    return list(dict.fromkeys(load(name).table("scenarios").scenario))


def disagree(made: Valuation, package: bytes, shown: Values) -> list[str]:
    """Compare every result of the model with the workbook's, as `offtake check` does."""
    areas = areas_of(package)
    return [line for line in against_model(made, areas, shown) if line is not None]


@lru_cache(maxsize=8)
def areas_of(package: bytes) -> dict[str, Start]:
    """Return where each result stands, which is the same in every scenario."""
    return read_case(package)[1]


@cache
def in_scenario(name: str, scenario: str) -> Values:
    """Return what a company's workbook shows in a scenario."""
    return kept(built(name)).values({chosen_in(built(name)): scenario})


def passing(shown: Values) -> bool:
    return str(shown[CHECKS][STATUS]).startswith("All ")


@every_case
def test_the_scenario_chosen_drives_the_whole_workbook(name: str) -> None:
    package = built(name)
    base, tree = value(load(name)), cases.stated(load(name))
    assert base.scenarios is not None
    own = {s: float(v) for s, change, v in zip(base.scenarios.scenario, base.scenarios.change,
           base.scenarios.value, strict=True) if change == ALL}  # fmt: skip
    for scenario in scenarios_of(name):
        shown, made = in_scenario(name, scenario), valued(tree, scenario)
        assert disagree(made, package, shown) == []
        assert passing(shown), shown[CHECKS][STATUS]
        # The function's own line for it.
        assert made.value_per_share == own[scenario]
        outside = len({one.measure.key for one in warnings(made)})
        assert f"; {outside or 'no'} warning" in str(shown[CHECKS][SUMMARY])
        for sheet, of in shown.items():
            # Every sheet says that it is not Base; the hidden sheet has no head.
            if SUMMARY in of:
                named = str(of[SUMMARY]).startswith(f"Scenario {scenario}. ")
                assert named == (scenario != BASE), sheet


@every_case
def test_all_scenarios_are_from_the_drivers_as_typed_whichever_is_chosen(name: str) -> None:
    base = block(cached(built(name))[TITLE])
    for scenario in scenarios_of(name):
        assert block(in_scenario(name, scenario)[TITLE]) == base


def block(of: Cells) -> list[list[Any]]:
    """Return the function's result as it stands on the sheet."""
    (top,) = [row for (row, column), held in of.items() if column == CHANGE and held == "Change"]
    rows = [[of.get((top, column)) for column in range(CHANGE, DIFFERENCE + 1)]]
    while rows[-1][0] != WEIGHTED:
        top += 1
        rows.append([of.get((top, column)) for column in range(CHANGE, DIFFERENCE + 1)])
    return rows


@every_case
def test_scenarios_are_side_by_side_and_their_parts_add_up(name: str) -> None:
    of, made = cached(built(name))[TITLE], value(load(name))
    found = made.scenarios
    assert found is not None
    rows = block(of)
    assert [row[:2] for row in rows[1:-1]] == [
        list(each) for each in zip(found.change, found.scenario, strict=True)
    ]
    assert [row[4] for row in rows[1:-1]] == pytest.approx(found.difference.tolist(), rel=1e-9)
    names = scenarios_of(name)
    (head,) = [row for (row, column), held in of.items() if column == FIRST and held == names[0]
               and of.get((row, FIRST + 1)) == names[1]]  # fmt: skip
    texts = Package.opened(built(name)).sheets[TITLE]
    labels = {texts.value((row, LABEL - 1)): row for row in range(head + 1, head + 20)}
    whole = {row[1]: row for row in rows[1:-1] if row[0] == ALL}
    for i, scenario in enumerate(names):
        column = FIRST + i
        assert of[head, column] == scenario
        assert of[labels["Weight"], column] == whole[scenario][2]
        assert of[labels["Value per share"], column] == whole[scenario][3]
        parts = [of[row, column] for row in range(labels[INTERACTION], head, -1)
                 if (row, column) in of and row > labels["Weighted, none below zero"]]  # fmt: skip
        total = of[labels["Difference from Base"], column]
        assert sum(parts) == pytest.approx(total, abs=1e-9)
        assert whole[BASE][3] + total == pytest.approx(whole[scenario][3], rel=1e-9)
    weighted = FIRST + len(names)
    mean = sum(row[2] * row[3] for row in whole.values())
    assert of[labels["Value per share"], weighted] == pytest.approx(mean, rel=1e-12)
    assert rows[-1][3] == pytest.approx(mean, rel=1e-12)
    held = sum(row[2] * max(row[3], 0) for row in whole.values())
    assert of[labels["Weighted, none below zero"], weighted] == pytest.approx(held, rel=1e-12)


def test_a_file_with_another_scenario_is_read_back_and_checked() -> None:
    """What comes back are the drivers as they are typed, and the scenario."""
    package = built("supermicro")
    for scenario in ("Bear", "Bull"):
        other = switched(package, scenario)
        back, _ = read_case(other)
        assert back.company.scenario == scenario
        tree = cases.stated(load("supermicro"))
        tree["company"]["scenario"] = scenario
        assert back == parse(tree)
        # What the engine keeps is what the file gives from the start.
        shown = evaluate(other)
        assert disagree(value(back), other, shown) == []
        live = in_scenario("supermicro", scenario)
        assert block(shown[TITLE]) == block(live[TITLE])
        # And of a workbook that is built in it, nothing differs.
        assert report(template.build(back)).faults == []


def test_every_kind_of_change_is_that_of_the_model() -> None:
    tree = every_kind()
    package = template.build(parse(tree))
    live = kept(package)
    for scenario in NAMES:
        shown, made = live.values({chosen_in(package): scenario}), valued(tree, scenario)
        assert disagree(made, package, shown) == [], scenario
        assert passing(shown), shown[CHECKS][STATUS]
    found = made.scenarios
    assert found is not None
    # Of each scenario something differs.
    whole = [float(v) for v, c in zip(found.value, found.change, strict=True) if c == ALL]
    assert len(set(whole)) == 4


def test_a_scenario_that_is_not_there_turns_the_checks_red() -> None:
    package = built("supermicro")
    shown = kept(package).values({chosen_in(package): "Baer"})
    assert not passing(shown)
    assert str(shown[CHECKS][STATUS]).startswith("FAIL")


def typed_in_scenarios(header: str) -> tuple[bytes, tuple[str, Place]]:
    """Return a workbook, and the cell of a column of the table's first row."""
    package = built("supermicro")
    sheet, _, area = Package.opened(package).names["Scenarios"].rpartition("!")
    top, left = place(area.partition(":")[0].replace("$", ""))
    headers = [*load("supermicro").tables["scenarios"].columns]
    return package, (sheet.strip("'"), (top + 1, left + headers.index(header)))


@pytest.mark.parametrize(
    ("header", "wrong", "sentence"),
    [
        ("Input", "wac", "scenarios Input must be an input, not 'wac' (did you mean 'wacc'?)."),
        ("Weight", 0.4, "scenarios Weight must sum to 1, not 1.1."),
        ("Weight", None, "scenarios Bear must have a Weight on one of its rows."),
        ("Weight", -0.1, "scenarios Weight must be from 0 to 1, not -0.1."),
    ],
)  # fmt: skip
def test_the_sheet_says_what_is_wrong_with_the_scenarios(
    header: str, wrong: Any, sentence: str
) -> None:
    package, at = typed_in_scenarios(header)
    shown = kept(package).values({at: wrong})
    line = str(shown[CHECKS][STATUS])
    assert line.startswith("FAIL: Inputs!")
    assert sentence in line


def test_a_workbook_without_scenarios_has_one_table_of_drivers() -> None:
    tree = cases.simple()
    file = template.build(parse(tree))
    assert {"Scenario", "Base_drivers"}.isdisjoint(Package.opened(file).names)
    assert failing(Package.opened(file).cached) == []


def test_what_is_printed_names_the_scenario_and_shows_all(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tree = cases.stated(load("supermicro"))
    for scenario in ("Base", "Bull"):
        terminal.show(valued(tree, scenario))
        printed = capsys.readouterr().out
        assert ("scenario Bull" in printed) == (scenario == "Bull")
        assert all(name in printed for name in (*scenarios_of("supermicro"), WEIGHTED))
