"""Does a cell show each catalogue function's result, in every host that runs here?

The workbook of a case calls some of the functions. Here a workbook calls each of them, as a formula
over cells, with the arguments of all numbers in `data/published.json`. Oracle: the function called
with the same values, whose numbers `test_published.py` holds against what others have printed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from calc.session import Calc
from calc_comparison import disagreements, saved
from openpyxl.formula import Tokenizer
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

from workbook.arguments import DAY_ZERO, Rows
from workbook.functions import CATALOGUE
from workbook.hosts import headless, lite
from workbook.package.cells import Values
from workbook.package.finish import finish
from workbook.package.package import Package

PUBLISHED = Path(__file__).parents[1] / "data" / "published.json"
#: Where the arguments stand, and the calls.
GIVEN, CALLS = "Given", "Calls"


def examples() -> Iterator[list[Any]]:
    """Yield each published call once, its function and arguments; it may give several numbers."""
    recorded = {
        json.dumps([e["function"], e["arguments"]])
        for e in json.loads(PUBLISHED.read_text(encoding="utf-8"))
    }
    yield from (json.loads(call, parse_float=sixteen_digits) for call in sorted(recorded))


def sixteen_digits(number: str) -> float:
    """Read a number as openpyxl writes it into a cell."""
    return float(f"{float(number):.16g}")


def rows(value: Any) -> Rows:
    """Lay an argument or a result out as it stands in cells: what is flat stands in a row."""
    if not isinstance(value, list):
        return [[value]]
    return value if isinstance(value[0], list) else [value]


def placed(sheet: Worksheet, value: Any) -> str:
    """Write an argument below what there is, and return its address as a formula has it."""
    top, block = sheet.max_row + 1, rows(value)
    for i, line in enumerate(block):
        for j, cell in enumerate(line, 1):
            sheet.cell(top + i, j, cell)
    last = f"${get_column_letter(len(block[0]))}${top + len(block) - 1}"
    return f"{sheet.title}!$A${top}" + (f":{last}" if isinstance(value, list) else "")


def serial(value: Any) -> Any:
    """Give a number as cells hold it: a date is the number of its day."""
    if isinstance(value, date):
        return float((value - DAY_ZERO).days)
    return float(value) if isinstance(value, int | float) else value


@pytest.fixture(scope="module")
def made() -> tuple[bytes, Values]:
    """Return a workbook that calls every function, and what its calls are to show."""
    book = openpyxl.Workbook()
    given = book.active
    assert given is not None
    given.title = GIVEN
    sheet = book.create_sheet(CALLS)
    shown: dict[tuple[int, int], Any] = {}
    top = 1
    for name, arguments in examples():
        parameters = [p.name for p in CATALOGUE[name].parameters]
        used = parameters[: max(parameters.index(p) for p in arguments) + 1]
        # The empty text of a formula stands for what is left out.
        cells = ['""' if arguments.get(p) is None else placed(given, arguments[p]) for p in used]
        formula = f"={name}({','.join(cells)})"
        block = rows(CATALOGUE[name].call(**arguments))
        shown |= {
            (top + i, 1 + j): serial(cell)
            for i, line in enumerate(block)
            for j, cell in enumerate(line)
        }
        corner = f"{get_column_letter(len(block[0]))}{top + len(block) - 1}"
        sheet.cell(top, 1).value = (
            ArrayFormula(f"A{top}:{corner}", formula)
            if CATALOGUE[name].returns == "table"
            else formula
        )
        top += len(block)
    return saved(book), {CALLS: shown}


def called(package: bytes) -> list[str]:
    """List the functions that the formulas call, by a tokenizer that is not ours."""
    return [
        token.value.removesuffix("(")
        for formula in Package.opened(package).formulas[CALLS].values()
        for token in Tokenizer(f"={formula.text}").items
        if (token.type, token.subtype) == ("FUNC", "OPEN")
    ]


def test_every_function_is_called(made: tuple[bytes, Values]) -> None:
    names = called(made[0])
    assert len(set(names)) == len(CATALOGUE)
    assert set(names) == set(CATALOGUE)
    assert len(names) == len(list(examples()))


def test_the_headless_engine_shows_what_the_functions_give(made: tuple[bytes, Values]) -> None:
    package, shown = made
    assert headless.evaluate(package)[CALLS] == shown[CALLS]


def test_calc_shows_what_the_functions_give(calc: Calc, made: tuple[bytes, Values]) -> None:
    package, shown = made
    assert disagreements(shown, {CALLS: calc.evaluate(package)[CALLS]}) == []


def test_for_lite_every_call_bears_the_prefix_and_gives_the_same(
    made: tuple[bytes, Values],
) -> None:
    package, shown = made
    workbook = lite.lite_workbook(finish(package, headless.evaluate(package)))
    assert called(workbook) == [lite.PREFIX + name for name in called(package)]
    assert (
        Package.opened(workbook).cached[CALLS] == headless.evaluate(workbook)[CALLS] == shown[CALLS]
    )
