"""Invalid values of an argument, by its declaration; and a valid call of every function.

A function needs nothing here: its declaration says what may be passed, and its published example
is a valid call.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from model.fields import NOTHING, OF_ROW, Field
from model.tables import Rows, Settings
from sweep.core import NOT_CELLS_OF_NUMBERS, NOT_DATES, changed, not_a_table, with_column, without
from workbook.catalogue import Function, Parameter
from workbook.tables import key

Table = list[list[Any]]
#: What a vendor's blank looks like is no number either, where one must be typed.
BLANKS = {"an empty cell": None, "an empty text": ""}


def valid_calls(catalogue: dict[str, Function]) -> dict[str, dict[str, Any]]:
    """The published example of each function with the most arguments; the rest by default."""
    published = Path(__file__).parents[2] / "data" / "published.json"
    found: dict[str, dict[str, Any]] = {}
    for example in json.loads(published.read_text(encoding="utf-8")):
        name, arguments = example["function"], example["arguments"]
        if name in catalogue and _size(arguments) > _size(found.get(name, {})):
            found[name] = arguments
    return {
        name: {p.name: found[name].get(p.name, p.default) for p in f.parameters}
        for name, f in catalogue.items()
        if name in found
    }


def _size(arguments: dict[str, Any]) -> tuple[int, int]:
    return len(arguments), len(json.dumps(arguments))


def wrong(p: Parameter, valid: Any) -> dict[str, Any]:
    """What is wrong for a declared argument, by what it is; the valid value where it is a table."""
    if p.table is not None and issubclass(p.table, Rows):
        return wrong_rows(p.table, valid)
    if p.table is not None and issubclass(p.table, Settings):
        return wrong_settings(p.table, valid)
    if p.table is not None:
        return wrong_tables(p, valid) if valid is not None else {"text": "abc"}
    assert p.field is not None
    found = wrong_values(p.field)
    if p.other is not None and valid and isinstance(valid[0], list):
        found |= wrong_tables(replace(p, table=p.other), valid)
    return found


def wrong_values(field: Field) -> dict[str, Any]:
    if field.kind == "choice":
        return {
            "an unknown name": "nonsense",
            "a number": 1.0,
            "TRUE": True,
            "NaN": math.nan,
            "an error": "#N/A",
            "a date": date(2026, 5, 14),
            "a range": [["mid"], ["end"]],
            "a full stop": ".",
        }
    if field.kind == "date":
        return wrong_dates(field)
    if field.kind == "text":
        return {"a range": [[1.0, 2.0], [3.0, 4.0]], "TRUE": True, "an error": "#REF!"}
    found = dict(NOT_CELLS_OF_NUMBERS)
    if field.kind == "whole":
        found |= {"a fraction": 1.5, "too large to be whole": 1e200}
    outside = beyond(field)
    found["nothing"] = []
    if field.extent == "one":
        found["a row"] = [1.0, 2.0]
    else:
        ranges = {f"{what} in a row": [outside.get("below", 1.0), v] for what, v in found.items()}
        found = {k: v for k, v in found.items() if not isinstance(v, list)} | ranges
        found |= {
            "nothing": [],
            "an empty row": [[]],
            "two rows": [[1.0, 2.0], [3.0, 4.0]],
            "ragged rows": [[1.0], [2.0, 3.0]],
            "a cube": [[[1.0]], [[2.0]]],
            "an empty cell in a row": [None, None],
            "an empty cell in a column": [[1.0], [None]],
        }
    return found | outside


def wrong_dates(field: Field) -> dict[str, Any]:
    if field.extent == "one":
        return {**NOT_DATES, "a row": [46000.0, 46001.0], "nothing": []}
    return {
        **NOT_DATES,
        "nothing": [],
        "an empty row": [[]],
        "two rows": [[46000.0, 46001.0], [46002.0, 46003.0]],
        "ragged rows": [[46000.0], [46001.0, 46002.0]],
        **{f"{name} in a row": [46000.0, value, 46365.0] for name, value in NOT_DATES.items()},
        "an empty cell in a row": [46000.0, None, 46365.0],
    }


def beyond(field: Field) -> dict[str, float]:
    """Numbers just outside the bounds, and far outside."""
    found = {}
    if field.low > -math.inf:
        found |= {"below": field.low - 1.0, "just below": math.nextafter(field.low, -math.inf)}
    if field.above > -math.inf:
        found |= {"at the open end": field.above, "below": field.above - 1.0}
    if field.high < math.inf:
        found |= {"above": field.high + 1.0, "just above": math.nextafter(field.high, math.inf)}
    if field.below < math.inf:
        found |= {"at the open end above": field.below, "above": field.below + 1.0}
    return found


def wrong_tables(p: Parameter, valid: Table) -> dict[str, Any]:
    assert p.table is not None
    found = not_a_table(valid, "Nonsense")
    headers = valid[0]
    for field in p.table.declared.values():
        stated = field.header in headers
        if stated and field.required:
            found[f"without {field.header}"] = without(valid, headers.index(field.header))
        for what, cell in wrong_cells(field).items():
            found[f"{field.header}: {what}"] = (
                changed(valid, len(valid) - 1, headers.index(field.header), cell)
                if stated
                else with_column(valid, field.header, *[cell] * (len(valid) - 1))
            )
        if stated and field.key:
            found[f"{field.header} twice"] = [*valid, valid[-1]]
    found["a further column"] = with_column(valid, "Nonsense", *[1.0] * (len(valid) - 1))
    return found


def wrong_rows(table: type[Rows], valid: Table) -> dict[str, Any]:
    """What is wrong in a table whose rows are known by name."""
    headers, *rows = valid
    blank: list[Any] = [None] * (len(headers) - 2)
    found = not_a_table(valid, "Nonsense")
    found |= {f"without {header}": without(valid, j) for j, header in enumerate(headers[:2])}
    found["a further column"] = with_column(valid, "Nonsense", *[1.0] * len(rows))
    found["an unknown row"] = [*valid, ["Nonsense", 1.0, *blank]]
    found["a row without a name"] = [*valid, [None, 1.0, *blank]]
    for name, field in table.declared.items():
        place = next((i for i, row in enumerate(rows, 1) if key(row[0]) == name), None)
        if place is not None:
            found[f"{field.header} twice"] = [*valid, [name, *rows[place - 1][1:]]]
        for what, cell in wrong_cells(field).items():
            found[f"{field.header}: {what}"] = (
                [*valid, [field.header, cell, *blank]]
                if place is None
                else changed(valid, place, 1, cell)
            )
            if what == "an empty cell" and field.required:
                found[f"without {field.header}"] = [r for r in valid if key(r[0]) != name]
        for column in table.further.values():
            own = field if column.unit == OF_ROW else column
            for what, cell in wrong_cells(own).items():
                if place is not None and column.header in headers and what not in BLANKS:
                    j = headers.index(column.header)
                    found[f"{column.header} of {field.header}: {what}"] = changed(
                        valid, place, j, cell
                    )
    return found


def wrong_settings(table: type[Settings], valid: Table) -> dict[str, Any]:
    """What is wrong for each of the values that are known by name; those of one number alone."""
    found = not_a_table(valid, "Nonsense")
    at, width = valid[0].index("Driver"), len(valid[0])
    for name, field in table.declared.items():
        others = [row for row in valid if row[at] != name]
        for what, cell in wrong_cells(field).items():
            if cell not in BLANKS.values():
                found[f"{name}: {what}"] = [*others, [name, cell, *[None] * (width - 2)]]
    return found


def wrong_cells(field: Field) -> dict[str, Any]:
    """What is wrong in a cell of a column."""
    if field.kind == "text":
        return {"a number": 5.0, "TRUE": True, "an error": "#N/A"} | (
            BLANKS if field.blank is NOTHING else {}
        )
    if field.kind == "choice":
        return {"an unknown name": "nonsense", "a number": 1.0}
    if field.kind == "date":
        return {**NOT_DATES, **(BLANKS if field.blank is NOTHING else {})}
    numbers = {k: v for k, v in NOT_CELLS_OF_NUMBERS.items() if not isinstance(v, list)}
    if field.kind == "whole":
        numbers["a fraction"] = 1.5
    return numbers | beyond(field) | (BLANKS if field.blank is NOTHING else {})
