"""Does a function that fails in Excel turn the workbook's master check red?

In Excel a failed call is a text: a sentence in the one cell that made the call, with the cells
next to it empty, where other hosts have errors. SUM ignores text, so a failure could vanish
from a total. The headless engine is made to answer as Excel does; the sentence is the one that
xlwings' own code leaves for the same call.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from itertools import accumulate
from typing import Any

import pytest
from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token
from working_copy import MASTER, masters
from xlwings_on_windows import Text, answered

from model.errors import InputError
from workbook.functions import CATALOGUE
from workbook.hosts import headless
from workbook.package.cells import Place, Values
from workbook.package.package import Package

REASON = "is refused in this test"

#: The functions that a workbook calls, and the cells whose formula is a call of each.
Called = dict[str, list[tuple[str, Place]]]


def called(package: bytes) -> Called:
    found: Called = {}
    for sheet, of_sheet in Package.opened(package).formulas.items():
        for at, formula in of_sheet.items():
            # The line at the top asks whether functions answer, and needs none of their results.
            if at == MASTER:
                continue
            tokens = Tokenizer("=" + formula.text).items
            calls = [t.value[:-1] for t in tokens if (t.type, t.subtype) == ("FUNC", "OPEN")]
            for name in calls:
                if name in CATALOGUE:
                    found.setdefault(name, [])
            if calls and calls[0] in CATALOGUE and is_one_call(tokens):
                found[calls[0]].append((sheet, at))
    return found


def is_one_call(tokens: list[Token]) -> bool:
    """Tell whether a formula begins with a bracket that closes at its end."""
    steps = {"OPEN": 1, "CLOSE": -1}
    depths = [*accumulate(steps.get(t.subtype, 0) for t in tokens)]
    return 0 not in depths[:-1]


@pytest.fixture(scope="module")
def books(built: bytes, finished: bytes) -> list[tuple[bytes, Called]]:
    """Return the workbooks, in which nothing fails; the one that is faster to evaluate first."""
    for package in (built, finished):
        (shown,) = masters(headless.evaluate(package))
        assert str(shown).startswith("All ")
    return [(package, called(package)) for package in (built, finished)]


@pytest.fixture
def in_excel(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes, str], Values]:
    """Evaluate a workbook as Excel would, with a function that always fails."""

    def callback(function: Any, sentences: list[str]) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            try:
                return function.call(*map(headless._argument, given))
            except InputError as refused:
                return str(refused)

        return call

    def values(package: bytes, name: str) -> Values:
        failing = dataclasses.replace(CATALOGUE[name], call=refuse)
        monkeypatch.setattr(headless, "CATALOGUE", CATALOGUE | {name: failing})
        return headless.evaluate(package)

    monkeypatch.setattr(headless, "_callback", callback)
    # A single text instead of a block is not a fault here, but the expected result.
    monkeypatch.setattr(headless, "_fault", lambda *cell: None)
    return values


def refuse(*given: Any) -> Any:
    raise InputError("this", REASON)


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_function_that_fails_turns_the_master_check_red(
    name: str,
    books: list[tuple[bytes, Called]],
    in_excel: Callable[[bytes, str], Values],
) -> None:
    for package, calls in books:
        if name in calls:
            values = in_excel(package, name)
            assert all(values[sheet][at] == f"this {REASON}." for sheet, at in calls[name])
            (shown,) = masters(values)
            assert str(shown).startswith("FAIL: ")
            return


def test_the_workbook_calls_most_functions(books: list[tuple[bytes, Called]]) -> None:
    assert len(books[0][1].keys() | books[1][1].keys()) > 70


@pytest.mark.skipif(sys.platform == "win32", reason="stands in for Windows")
def test_the_sentence_is_what_xlwings_leaves() -> None:
    (shown,) = answered([("dcf_terminal_multiple", [-1.0, 11.5])])
    with pytest.raises(InputError) as refused:
        CATALOGUE["DCF_TERMINAL_MULTIPLE"].call(-1.0, 11.5)
    assert shown == Text(str(refused.value))
