"""Does a function that fails in Excel turn the workbook's master check red?

In Excel a failed call is a text: a sentence in the one cell that made the call, with the cells
next to it empty, where other hosts have errors. SUM ignores text, so a failure could vanish
from a total. The headless engine is made to answer as Excel does; the sentence is the one that
xlwings' own code leaves for the same call.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from typing import Any

import pytest
from live import Live
from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token
from working_copy import MASTER, masters
from xlwings_on_windows import Text, answered

from model.errors import InputError
from workbook.functions import CATALOGUE
from workbook.hosts import engine, headless
from workbook.package.cells import Place, Values
from workbook.package.package import Package

REASON = "is refused in this test"

#: Cells with formulas, by a function.
Called = dict[str, list[tuple[str, Place]]]


@dataclasses.dataclass(frozen=True)
class Book:
    """A workbook in an engine that answers as Excel does."""

    package: bytes
    live: Live
    #: The functions that it calls, and the cells whose formula is a call of each.
    one_call: Called
    #: The cells whose formula calls each at all.
    calls: Called


def called(package: bytes) -> tuple[Called, Called]:
    """Return the cells whose formula is a call of a function, and those that call it at all."""
    whole: Called = {}
    somewhere: Called = {}
    for sheet, of_sheet in Package.opened(package).formulas.items():
        for at, formula in of_sheet.items():
            tokens = Tokenizer("=" + formula.text).items
            calls = [t.value[:-1] for t in tokens if (t.type, t.subtype) == ("FUNC", "OPEN")]
            for name in set(calls) & set(CATALOGUE):
                somewhere.setdefault(name, []).append((sheet, at))
                # The line at the top asks whether functions answer, and needs no result.
                if at != MASTER:
                    whole.setdefault(name, [])
            if at != MASTER and calls and calls[0] in CATALOGUE and is_one_call(tokens):
                whole[calls[0]].append((sheet, at))
    return whole, somewhere


def is_one_call(tokens: list[Token]) -> bool:
    """Tell whether a formula begins with a bracket that closes at its end."""
    steps = {"OPEN": 1, "CLOSE": -1}
    depths = [*accumulate(steps.get(t.subtype, 0) for t in tokens)]
    return 0 not in depths[:-1]


#: Functions that fail for now.
failing: set[str] = set()


def as_excel(function: Any, given: Iterable[Any], sentences: list[str]) -> Any:
    """Let a function answer as in Excel, with its sentence where it refuses."""
    try:
        if function.name in failing:
            refuse()
        return function.call(*map(engine.argument, given))
    except InputError as refused:
        return str(refused)


@pytest.fixture(scope="module")
def books(built: bytes, finished: bytes) -> Iterator[list[Book]]:
    """Return the workbooks, in which nothing fails; the one that is faster to evaluate first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "answer", as_excel)
        # A single text instead of a block is not a fault here, but the expected result.
        patch.setattr(engine, "fault", lambda *cell: None)
        made = [Book(package, Live(package), *called(package)) for package in (built, finished)]
        for book in made:
            (shown,) = masters(book.live.base)
            assert str(shown).startswith("All ")
        yield made


@pytest.fixture(scope="module")
def in_excel(books: list[Book]) -> Callable[[Book, str], Values]:
    """Evaluate a workbook as Excel would, with a function that always fails."""

    def values(book: Book, name: str) -> Values:
        failing.add(name)
        book.live.enter_again(book.calls[name])
        try:
            return book.live.values({})
        finally:
            failing.clear()
            book.live.enter_again(book.calls[name])

    return values


def refuse() -> None:
    raise InputError("this", REASON)


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_function_that_fails_turns_the_master_check_red(
    name: str, books: list[Book], in_excel: Callable[[Book, str], Values]
) -> None:
    for book in books:
        if name in book.one_call:
            values = in_excel(book, name)
            calls = book.one_call[name]
            assert all(values[sheet][at] == f"this {REASON}." for sheet, at in calls)
            (shown,) = masters(values)
            assert str(shown).startswith("FAIL: ")
            return


def test_the_file_shows_the_same_when_it_is_evaluated_from_the_start(
    books: list[Book], in_excel: Callable[[Book, str], Values]
) -> None:
    for book in books:
        assert book.live.values({}) == book.live.base
        for name in [*book.one_call][::10]:
            values = in_excel(book, name)
            failing.add(name)
            evaluated = headless.evaluate(book.package)
            failing.clear()
            assert values == evaluated


def test_the_workbook_calls_most_functions(books: list[Book]) -> None:
    assert len(books[0].one_call.keys() | books[1].one_call.keys()) > 70


@pytest.mark.skipif(sys.platform == "win32", reason="stands in for Windows")
def test_the_sentence_is_what_xlwings_leaves() -> None:
    (shown,) = answered([("dcf_terminal_multiple", [-1.0, 11.5])])
    with pytest.raises(InputError) as refused:
        CATALOGUE["DCF_TERMINAL_MULTIPLE"].call(-1.0, 11.5)
    assert shown == Text(str(refused.value))
