"""Why a call is refused, and which cell is at fault: what a workbook asks about a failing call.

REFUSAL takes the name of a function and its arguments. It belongs to no family of the model,
because it knows cells; every host has it next to the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from model.dcf.segment import SLASH
from model.errors import InputError, one_of, shown
from model.fields import Field
from model.plain import is_blank, plain
from workbook.arguments import described
from workbook.catalogue import Function, Parameter
from workbook.functions import CATALOGUE
from workbook.tables import heading, key

#: What may be asked: the sentence; or, from 1, the argument at fault and the row and the column of
#: the cell in it. Each is 0 where there is none.
PARTS = ("sentence", "argument", "row", "column")
_ROW = re.compile(r"\brow (\d+)")
_PLACE = re.compile(r"\(place (\d+)\)")
#: What is said of the shape of a range; its numbers are not those of any cell.
_SHAPE = re.compile(r"not \d+ rows of \d+ cells")

Place = tuple[int, int, int]


def _call(part: Any = None, function: Any = None, *given: Any) -> str | float:
    part = one_of("part", plain(part), PARTS)
    called = CATALOGUE.get(str(plain(function)).upper())
    if called is None:
        raise InputError("called", f"must be a function of Offtake, not {shown(plain(function))}")
    arguments = given[: len(called.parameters)]
    try:
        called.call(*arguments)
    except InputError as refused:
        if part == "sentence":
            return str(refused)
        place = place_at_fault(refused, called, arguments)
        return float(dict(zip(PARTS[1:], place, strict=True))[part])
    except Exception as defect:
        return f"{type(defect).__name__}: {defect}." if part == "sentence" else 0.0
    return "" if part == "sentence" else 0.0


def place_at_fault(refused: InputError, called: Function, arguments: Sequence[Any]) -> Place:
    """Find the cell at fault: the argument, and the row and the column in it."""
    ranges = [_rows(value) for value in arguments]
    for i, (p, rows) in enumerate(zip(called.parameters, ranges, strict=False), 1):
        if refused.argument == p.name or refused.argument.startswith(f"{p.name} "):
            return i, *cell_at_fault(refused, refused.argument.removeprefix(p.name).strip(), rows)
    # The name of a row alone, as of a driver.
    for i, rows in enumerate(ranges, 1):
        if len(rows) > 1 and any(_named(row[0], refused.argument) for row in rows):
            return i, *cell_at_fault(refused, refused.argument, rows)
    return 0, 0, 0


def cell_at_fault(refused: InputError, where: str, rows: list[list[Any]]) -> tuple[int, int]:
    """Find the cell in a range, by what follows the argument's name and by the problem."""
    problem = refused.problem
    if not rows or not rows[0] or _SHAPE.search(problem):
        return 1, 1
    if (place := _PLACE.search(where)) is not None:
        at = int(place[1])
        return (at, 1) if len(rows[0]) == 1 else (len(rows), at + len(rows[0]) - _length(rows))
    row = _ROW.search(f"{where} {problem}")
    # The number of a row is in no cell.
    where, problem = (_ROW.sub("", text) for text in (where, problem))
    across = _columns_named(rows, where, problem)
    if row is not None and int(row[1]) <= len(rows):
        down = [int(row[1])]
    else:
        down = _rows_refused(refused, rows) if across else []
        down = down or _rows_named(rows, f"{where} {problem}")
    height, width = len(rows), len(rows[0])
    # In a table the first row and the first column hold headers and names.
    body = range(1 + (height > 1), height + 1), range(1 + (width > 1), width + 1)
    some = product(down or body[0], across or body[1])
    column = product(body[0], across or body[1])
    everywhere = product(range(1, height + 1), range(1, width + 1))
    for cells in (some, column, everywhere):
        found = [(i, j) for i, j in cells if _blamed(rows[i - 1][j - 1], problem)]
        if found:
            return found[-1 if "twice" in problem else 0]
    at = (down or [1])[0]
    held = [j for j in body[1] if down and not is_blank(rows[at - 1][j - 1])]
    return at, (across or held or [1])[0]


def _length(rows: list[list[Any]]) -> int:
    """Return how many cells of a line hold values: all, or all after its label."""
    return len(rows[-1]) - (len(rows) > 1 and isinstance(rows[-1][0], str))


def _rows_refused(refused: InputError, rows: list[list[Any]]) -> list[int]:
    """Find the rows of a column that are not as expected, where a refusal says which they are."""
    # Blank rows may have defaults behind their names.
    in_use = [i for i, row in enumerate(rows[1:], 2) if not is_blank(row[0])]
    if refused.holds is None or refused.holds.shape != (len(in_use),):
        return []
    return [i for i, holds in zip(in_use, refused.holds, strict=True) if not holds]


def _rows_named(rows: list[list[Any]], text: str) -> list[int]:
    """Find the row whose name a sentence has; of several, that of the longest name."""
    named = [
        (len(row[0]), i)
        for i, row in enumerate(rows[1:], 2)
        if isinstance(row[0], str) and not is_blank(row[0]) and _names(text, row[0])
    ]
    return [max(named)[1]] if named else []


def _columns_named(rows: list[list[Any]], where: str, problem: str) -> list[int]:
    """Find the column by its header: behind the argument's name, or a year in the problem."""
    heads = [heading(head) for head in rows[0]]
    found = [
        (len(head), j)
        for j, head in enumerate(heads, 1)
        if isinstance(head, str) and head and where.casefold().startswith(head.casefold())
    ]
    if found:
        return [max(found)[1]]
    # The year of a date is no heading.
    numbers = set(re.findall(r"(?<![\w-])\d+(?![\w-])", f"{where} {problem}"))
    years = [j for j, head in enumerate(heads, 1) if isinstance(head, int) and str(head) in numbers]
    return years if len(years) == 1 else []


def _names(text: str, name: str) -> bool:
    """Tell whether a sentence has a name, as it is typed or as the model spells it."""
    # A segment's driver has its segment in front: Cloud/price.
    words = re.findall(r"\w+", text)
    owner, slash, leaf = name.rpartition(SLASH)
    return (
        repr(name) in text
        or _named(name, *words)
        or (slash != "" and f"{owner}{slash}{key(leaf)}".casefold() in text.casefold())
    )


def _named(cell: Any, *words: str) -> bool:
    return isinstance(cell, str) and key(cell) in words


def _blamed(cell: Any, problem: str) -> bool:
    """Tell whether a problem says what a cell holds: after "not", if it says so."""
    said = problem.partition(" not ")[2] or problem
    if is_blank(cell):
        return any(word in said for word in ("blank", "empty", "must give"))
    return any(
        re.search(rf"(?<![\w.'-]){re.escape(text)}(?![\w'])", said) is not None
        for text in {described(cell), shown(heading(cell)), *_as_named(cell)}
    )


def _as_named(cell: Any) -> list[str]:
    return [shown(key(cell))] if isinstance(cell, str) else []


def _rows(value: Any) -> list[list[Any]]:
    """Return an argument as rows of cells."""
    if not isinstance(value, list | tuple):
        return [[value]]
    rows = [list(row) if isinstance(row, list | tuple) else row for row in value]
    return rows if all(isinstance(row, list) for row in rows) else [rows]


def _parameters() -> Iterator[Parameter]:
    text = Field("name")
    meaning = f"What is asked: {', '.join(PARTS)}."
    yield Parameter("part", meaning, True, None, text, kind="cells", cells=_as_given)
    meaning = "Name of the function that is called."
    yield Parameter("called", meaning, True, None, text, kind="cells", cells=_as_given)
    for i in range(1, 1 + max(len(f.parameters) for f in CATALOGUE.values())):
        meaning = "The function's argument in this place."
        yield Parameter(f"argument_{i}", meaning, False, None, kind="cells", cells=_as_given)


def _as_given(name: str, value: Any) -> Any:
    return value


REFUSAL = Function(
    name="REFUSAL",
    family="workbook",
    doc="Why a function refuses its arguments: the sentence, or the place of the cell at fault.",
    parameters=tuple(_parameters()),
    result=Field("name", kind="text"),
    call=_call,
)
#: Every function that a cell can call.
CALLABLE = {**CATALOGUE, REFUSAL.name: REFUSAL}
