"""Does every figure from which a company's value follows move it, for each of the other companies?

Oracle: the case with one figure a tenth higher or lower, a day a month later or earlier, or another
option chosen. A result of the model changes, or the case is refused. Those of the full case move
the value per share (`test_one_model.py`); inputs of further sheets are moved in the workbook
(`tests/workbook/test_every_input.py`).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from cases import Tree, stated
from every import every

from model.case.case import load, parse
from model.case.moving import BY_SEGMENT, DECISIVE_TABLES, moves_value
from model.dcf.drivers import DRIVERS
from model.dcf.segment import Segment
from model.errors import InputError
from model.valuation import Valuation, value

#: What is compared with the figures, which would refuse a change before it is calculated; and
#: tables of further sheets, which take long to read, and without which there is less to move.
LEFT_OUT = ("facts", "quoted_claims", "scenarios", "grids", "ranges", "shocks", "observations",
            "measures", "peers", "exit_multiples", "value_ranges", "share_sales",
            "headlines")  # fmt: skip
EXCLUDED = "It is excluded by restricted_cash_counts"
ABOVE_PAR = "What is repaid is above par, and decides; this bounds it"
#: Figures that move no result by a tenth, by company, and why.
STILL: dict[str, dict[str, str]] = {
    "coreweave": {},
    "nebius": {
        "balance_sheet.restricted_cash": EXCLUDED,
        **{f"securities.n{year}.strike": ABOVE_PAR for year in (2026, 2029, 2030, 2031, 2032)},
    },
    "snowflake": {},
    "supermicro": {
        "balance_sheet.restricted_cash": EXCLUDED,
        "securities.preferred.repayment": "The shares are worth more at every price that is shown",
        "securities.notes_2029.strike": "No price that is shown is within a tenth of it",
        "securities.notes_2030.cap": "No price that is shown reaches it",
    },
}
#: The options of figures that are names.
OPTIONS = {
    "terminal": DRIVERS["terminal"].choices,
    "terminal_metric": DRIVERS["terminal_metric"].choices,
    "timing": DRIVERS["timing"].choices,
    "method": DRIVERS["method"].choices,
    "contra_basis": Segment.declared["contra_basis"].choices,
    "restricted_cash_counts": ("included", "excluded"),
    "collected_counts": ("claim", "forecast"),
    "shape": ("flat", "smooth", "front"),
    "condition": ("none", "price", "market value", "delivered"),
}
#: What of a valuation is what it is made of.
GIVEN = ("case", "business", "base")


def tree_of(name: str) -> Tree:
    tree = stated(load(name))
    for table in LEFT_OUT:
        tree["tables"].pop(table, None)
    return tree


def numbers(result: Any) -> Iterator[Any]:
    """Yield every number of a result."""
    if isinstance(result, Valuation):
        for f in fields(result):
            if f.name not in GIVEN:
                yield from numbers(getattr(result, f.name))
    elif is_dataclass(result):
        for of in vars(result).values():
            yield from numbers(of)
    elif isinstance(result, dict):
        for of in result.values():
            yield from numbers(of)
    elif isinstance(result, float | int | np.ndarray) and np.asarray(result).dtype.kind == "f":
        yield np.asarray(result)


def results(tree: Tree) -> list[Any]:
    return [*numbers(value(parse(copy.deepcopy(tree))))]


def alike(one: list[Any], other: list[Any]) -> bool:
    return len(one) == len(other) and all(
        np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True)
    )


def decisive(name: str, tree: Tree) -> Iterator[tuple[str, Tree, str]]:
    """Yield each figure that decides the value: its path, and where it is stated."""
    case = load(name)
    for path in case.figures:
        if moves_value(case, path):
            node = tree
            for step in path.split("."):
                node = node[step]
            yield path, node, "value"
    for table in (*DECISIVE_TABLES, *BY_SEGMENT):
        for key, row in tree["tables"].get(table, {}).items():
            if isinstance(row, dict):
                yield from (
                    (f"tables.{table}.{key}.{column}", row, column)
                    for column, held in row.items()
                    if isinstance(held, float | date) and column not in ("as_of", "known")
                )


def moved(path: str, held: Any) -> list[Any]:
    """Move a figure by a tenth, a whole number by one, a day by a month or a year, or choose."""
    if isinstance(held, str):
        return [o for o in OPTIONS.get(path.rpartition(".")[2], ()) if o != held]
    if isinstance(held, date):
        return [held + timedelta(days) for days in (31, -31, 366, -366)]
    if isinstance(held, list):
        return [[x * factor + 0.001 for x in held] for factor in (1.1, 0.9)]
    near = [held + 1, held - 1] if held == int(held) and 1 < held < 100 else []
    return [*near, held * 1.1, held * 0.9] if held else [0.01, 1.0, 10.0]


@pytest.mark.parametrize("name", STILL)
def test_every_decisive_figure_moves_a_result_or_is_refused(name: str) -> None:
    tree = tree_of(name)
    base, still = results(tree), set()

    def check(path: str, node: Tree, key: str) -> None:
        held = node[key]
        for new in moved(path, held):
            node[key] = new
            try:
                if not alike(results(tree), base):
                    return
            except InputError:
                return
            finally:
                node[key] = held
        still.add(path)
        assert path in STILL[name], "moves nothing"

    found = [*decisive(name, tree)]
    # The name of a segment, or of what else there is only one.
    found = [of for of in found if not isinstance(of[1][of[2]], str) or moved(of[0], "")]
    every(check, [(path, (path, node, key)) for path, node, key in found])
    assert still == STILL[name].keys()
