"""Do the functions give the numbers that others have published?

The oracle is `data/published.json`: textbooks, standards, filings, other programs' references.
Each entry there is one number:

``function``, ``arguments``
    The function as a spreadsheet calls it, and its arguments by name as cells give them: numbers,
    text, rows of cells, null for an empty cell.
``pick``
    For a table, the row by its first cell, or by its place from 1 on where the first cell is a
    result, and the column by its header.
``plus``
    What the publication adds to the function's number, such as today's outlay.
``expected``, ``tolerance``
    The published number, and how far its own rounding, or that of the figures that go in, may
    lead; or the published word.
``source``, ``note``
    Where it was published, and what has to be known about it.

A new example needs nothing but a new entry, and a new function of the catalogue an example.
"""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from every import Case, every

from workbook.functions import CATALOGUE

EXAMPLES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "data" / "published.json").read_text(encoding="utf-8")
)
OF = {
    name: [e for e in EXAMPLES if e["function"] == name]
    for name in dict.fromkeys(e["function"] for e in EXAMPLES)
}
every_function = pytest.mark.parametrize("name", OF)
REQUIRED = {"id", "function", "arguments", "expected", "tolerance", "source"}


def of(name: str) -> list[Case]:
    return [(example["id"], (example,)) for example in OF[name]]


def picked(result: Any, pick: dict[str, Any] | None) -> Any:
    if pick is None:
        return result
    header, *rows = result
    if "place" in pick:
        row = rows[pick["place"] - 1]
    else:
        (row,) = (r for r in rows if r[0] == pick["row"])
    return row[header.index(pick["column"])]


@every_function
def test_published(name: str) -> None:
    def published(example: dict[str, Any]) -> None:
        result = CATALOGUE[example["function"]].call(**example["arguments"])
        found, expected = picked(result, example.get("pick")), example["expected"]
        if isinstance(expected, str):
            assert found == expected
        else:
            found += example.get("plus", 0.0)
            assert found == pytest.approx(expected, rel=0, abs=example["tolerance"])

    every(published, of(name))


@every_function
def test_the_entry_is_complete(name: str) -> None:
    def complete(example: dict[str, Any]) -> None:
        assert set(example) >= REQUIRED
        assert set(example) <= REQUIRED | {"pick", "plus", "note"}
        assert example["source"]
        assert ("pick" in example) == (CATALOGUE[example["function"]].returns == "table")
        # A tolerance is the rounding of what was printed, and never hides a different convention.
        words = isinstance(example["expected"], str)
        assert example["tolerance"] <= (0.0 if words else 0.025 * abs(example["expected"]))

    every(complete, of(name))


def test_no_example_is_there_twice() -> None:
    twice = [i for i, n in Counter(e["id"] for e in EXAMPLES).items() if n > 1]
    assert not twice


def test_every_function_has_an_example() -> None:
    assert not set(CATALOGUE) - {e["function"] for e in EXAMPLES}


@every_function
def test_a_tolerance_wider_than_the_printed_digits_says_why(name: str) -> None:
    def explained(example: dict[str, Any]) -> None:
        expected = example["expected"]
        if isinstance(expected, str):
            return
        digits = Decimal(str(expected)).normalize().as_tuple().digits
        last_digit = abs(expected) / int("".join(map(str, digits)))
        printed = max(0.52 * last_digit, 1e-8 * abs(expected))
        assert example["tolerance"] <= printed or example.get("note")

    every(explained, of(name))
