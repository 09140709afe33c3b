"""Does the page about sensitivity show what the functions return?"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import cases
from varied_companies import company

from model.case.case import load, parse
from model.uncertainty.sensitivity import dcf_sensitivity
from model.uncertainty.tornado import dcf_tornado

TEXT = (Path(__file__).parents[1] / "docs" / "sensitivity.md").read_text(encoding="utf-8")


def test_the_grid_of_cerebras() -> None:
    of = company("cerebras")
    rows = [[cell.strip(" *") for cell in line.split("|")[1:-1]] for line in TEXT.splitlines()
            if line.startswith("| ")]  # fmt: skip
    across = [float(cell.rstrip("%")) / 100 for cell in rows[0][1:]]
    down = [float(row[0].rstrip("%")) / 100 for row in rows[1:]]
    found = dcf_sensitivity(
        of.drivers, of.securities, of.contracted, "contracted_share", down, "margin_change",
        across, plant=of.plant,
    )  # fmt: skip
    shown = [[float(cell) for cell in row[1:]] for row in rows[1:]]
    assert found.values.round(2).tolist() == shown
    (bold,) = re.findall(r"\*\*(\d+\.\d\d)\*\*", TEXT)
    assert found.values[found.own].round(2).tolist() == [float(bold)]


def test_the_tornado_of_cerebras() -> None:
    of, ranges = company("cerebras"), load("cerebras").table("ranges")
    found = dcf_tornado(of.drivers, of.securities, of.contracted, ranges, plant=of.plant)
    numbers = (found.worse, found.better, *found.interaction)
    words = "from {:.2f} to {:.2f}, and the interactions are {:.2f} and {:.2f}".format(*numbers)
    assert words in " ".join(TEXT.split())


def test_the_tables_are_those_of_a_case() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", TEXT, re.S)
    tree = cases.whole()
    stated = tomllib.loads(example)["tables"]
    for key, rows in stated.items():
        for name, row in rows.items():
            tree["tables"][key][name] |= row
    assert parse(tree) == parse(cases.whole())
