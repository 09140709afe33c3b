"""Does the page about scenarios show what the function returns?"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import cases

from model.case.case import load, names, parse
from model.uncertainty.scenarios import ALL, INTERACTION, ScenarioValues
from model.valuation import Valuation, value

TEXT = (Path(__file__).parents[1] / "docs" / "scenarios.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.split("|")[1:-1]] for line in TEXT.splitlines()
        if line.startswith("| ")]  # fmt: skip
#: Rows of numbers: a label, three scenarios and the weighted value.
BY_LABEL = {row[0]: row[1:] for row in ROWS if len(row) == 5}


def found(made: Valuation) -> ScenarioValues:
    assert made.scenarios is not None
    return made.scenarios


def test_the_parts_of_cerebras() -> None:
    of = found(value(load("cerebras")))
    shown = []
    for change, scenario, weight, whole, difference in zip(
        of.change, of.scenario, of.weight.tolist(), of.value.tolist(), of.difference.tolist(),
        strict=True,
    ):  # fmt: skip
        place = ("Bear", "Base", "Bull").index(scenario)
        if change == ALL:
            assert BY_LABEL["Weight"][place] == f"{weight:.0%}"
            assert BY_LABEL["Value per share"][place] == f"{whole:.2f}"
            change = "Difference from Base"
        if scenario != "Base":
            assert BY_LABEL[change][place] == f"{difference:.2f}"
            shown.append(change)
    assert INTERACTION in shown
    assert BY_LABEL["Value per share"][3] == f"{float(of.weighted):.2f}"


def test_the_values_of_all_companies() -> None:
    for name in names():
        case = load(name)
        of = found(value(case))
        whole = [v for v, c in zip(of.value.tolist(), of.change, strict=True) if c == ALL]
        (row,) = [row for label, row in BY_LABEL.items() if label and label in case.company.name]
        assert row == [f"{each:.2f}" for each in [*whole, float(of.weighted)]]


def test_the_table_is_one_of_a_case() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", TEXT, re.S)
    stated, tree = tomllib.loads(example), cases.shipped()
    origin = {k: v for k, v in cases.of_model(0).items() if k != "value"}
    rows = stated["tables"]["scenarios"]
    tree["tables"]["scenarios"] = {"label": "Scenarios"} | {k: origin | r for k, r in rows.items()}
    tree["company"] |= stated["company"]
    made = value(parse(tree))
    of = found(made)
    assert made.value_per_share == of.value[of.scenario.index("Bear")]
