"""The catalogue: every function that a cell can call, as the model declares it.

Each argument's meaning, units and bounds, and each result, are in the function's declaration; this
module connects them to cells. Every host uses the `Function` objects collected here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from textwrap import shorten
from typing import Any, NamedTuple

import numpy as np

from model import (
    comparables,
    compute,
    dcf,
    dilution,
    functions,
    operations,
    returns,
    rpo,
    signals,
    uncertainty,
)
from model.dcf.commitments import Commitments
from model.dcf.drivers import Drivers
from model.dcf.signed import SignedContracts
from model.errors import InputError
from model.fields import Field
from model.functions import first_sentence
from model.plain import is_blank, plain
from model.tables import Lines, Table
from model.uncertainty.choices import Choices, ViewSteps
from model.uncertainty.scenarios import ScenarioChanges
from workbook import arguments, tables
from workbook.tables import changes, commitments, drivers, signed

Reader = Callable[[str, Any], Any]
#: The argument that sets how many rows, or lines, a result has for those of a table.
ROWS = "rows"
MOST_ROWS = 10_000
#: The families, in reading order.
FAMILIES = tuple(
    family.__name__.rpartition(".")[2]
    for family in (
        dilution,
        rpo,
        dcf,
        uncertainty,
        operations,
        comparables,
        returns,
        compute,
        signals,
    )
)
#: The most used functions, which come first in their family.
MOST_USED = (
    "DILUTED_SHARES",
    "DILUTED_MARKET_CAP",
    "PRICE_PER_SHARE",
    "DILUTION_BRIDGE",
    "RPO_BANDS",
    "RPO_SCHEDULE",
    "RPO_BY_YEAR",
    "RPO_ROLLFORWARD",
    "RPO_IMPLIED_BOOKINGS",
    "DCF_VALUE",
    "DCF_FORECAST",
    "DCF_COST_OF_EQUITY",
    "DCF_WACC",
    "DCF_DISCOUNT_FACTORS",
    "DCF_PRESENT_VALUE",
    "DCF_TERMINAL_GROWTH",
    "DCF_TERMINAL_ROIC",
    "DCF_TERMINAL_MULTIPLE",
)


@dataclass(frozen=True, kw_only=True)
class Parameter(functions.Parameter):
    """One argument of a function, as a user sees it."""

    kind: str
    cells: Reader

    @property
    def unit(self) -> str:
        """The unit that is shown."""
        return self.field.unit if self.field else "table"

    @property
    def choices(self) -> tuple[str, ...]:
        """What may be chosen from, if it is a choice."""
        return tuple(self.field.choices) if self.field else ()

    @property
    def help_text(self) -> str:
        """The help shown by every host: with its choices, or with its unit and bounds."""
        bounds = f", {self.field.expected}" if self.field and self.field.bounded else ""
        return f"{self.help} [{', '.join(self.choices) or self.unit + bounds}]"


@dataclass(frozen=True)
class Function(functions.Function):
    """One function of the catalogue."""

    parameters: tuple[Parameter, ...]

    @property
    def followed(self) -> list[str]:
        """The tables of which each row has a row, or a line, of the result."""
        return _followed(self, self.parameters)

    @property
    def returns(self) -> str:
        """Whether a cell gets a number or a table."""
        return "number" if isinstance(self.result, Field) else "table"


def exposed(declared: functions.Function) -> Function:
    """Wrap a declared function so that it takes and returns cells.

    A blank or omitted optional argument is its default. Where the result has a row for each row of
    a table, a last argument may say how many: so much room is left, however many rows there are.
    """
    parameters = tuple(map(_parameter, declared.parameters))
    takes = len(parameters)
    if followed := _followed(declared, parameters):
        parameters += (_room(followed),)
    names = [p.name for p in parameters]

    def call(*given: Any, **named: Any) -> Any:
        if len(given) > len(parameters):
            raise TypeError(f"{declared.name} takes {len(parameters)} arguments, not {len(given)}")
        unknown = named.keys() - set(names[len(given) :])
        if unknown:
            raise TypeError(
                f"{declared.name} has no argument {min(unknown)!r} that is not given yet"
            )
        cells = [*given, *(named.get(name) for name in names[len(given) :])] if named else given
        read: list[Any] = []
        years: dict[str, Sequence[int]] = {}
        in_use: dict[str, Sequence[bool]] = {}
        for p, value in zip(parameters, cells, strict=False):
            if type(value) is not float:
                table = p.other if p.other is not None and signed.is_table(value) else p.table
                if table is not None and (packed := arguments.packed(value)):
                    found = _remembered(table, p.name, packed)  # type: ignore[arg-type]
                    years[p.name], in_use[p.name] = found.years, found.in_use
                    read.append(found.table)
                    continue
                value = plain(value)
                if value is not None and not (p.blank and is_blank(value)):
                    rows, value = value, p.cells(p.name, value)
                    if type(rows) is list:
                        years[p.name] = arguments.years_of(p.name, rows, value)
                        if table is not None:
                            in_use[p.name] = _in_use(table, rows)
                elif not p.blank:
                    raise InputError(p.name, f"must be given: {first_sentence(p.help)}")
                else:
                    value = None
            elif p.kind not in _FLOATS:
                value = p.cells(p.name, value)
            read.append(value)
        if len(years) > 1:
            arguments.same_years(years)
        room = read[takes] if len(read) > takes else None
        places = {
            name: arguments.fitted(name, in_use[name], ROWS, room)
            for name in followed
            if name in in_use
        }
        return arguments.cells_of(declared.call(*read[:takes]), places)

    call.__name__ = call.__qualname__ = declared.name.lower()
    call.__doc__ = declared.doc
    return Function(**{**vars(declared), "parameters": parameters, "call": call})


#: Tables that are not read column by column.
READERS: dict[type[Table], Reader] = {
    Drivers: drivers.read,
    Commitments: commitments.read,
    SignedContracts: signed.read,
    Choices: partial(changes.read, Choices),
    ViewSteps: partial(changes.read, ViewSteps),
    ScenarioChanges: partial(changes.read, ScenarioChanges),
}


class _Read(NamedTuple):
    """A table, its years, and which of its rows state something."""

    table: Table
    years: tuple[int, ...]
    in_use: list[bool]


@lru_cache(maxsize=128)
def _remembered(table: type[Table], argument: str, packed: arguments.Packed) -> _Read:
    """Read a table; identical cells are read once, and callers share no table."""
    read = READERS.get(table) or partial(tables.read, table)
    cells = plain([*map(list, packed[0])])
    found: Table = read(argument, cells)
    for values in vars(found).values():
        if isinstance(values, np.ndarray):
            values.flags.writeable = False
    years = tuple(arguments.years_of(argument, cells, found))
    return _Read(found, years, _in_use(table, cells))


def _in_use(table: type[Any], cells: Any) -> list[bool]:
    """Tell which rows of a table state something, by what its header declares."""
    return tables.in_use(signed.declared(cells) if table is SignedContracts else table, cells)


#: Kinds of arguments for which a number is passed on unchanged.
_FLOATS = frozenset(("number", "rates"))


def _parameter(p: functions.Parameter) -> Parameter:
    text = p.help
    if p.table is not None:
        kind, read = p.table.argument(), READERS.get(p.table) or partial(tables.read, p.table)
        if read is not drivers.read:
            # With the unit that hosts add, at most the 255 characters that they show.
            text = shorten(f"{text} {tables.headers(p.table)}", 240, placeholder=" and others.")
    else:
        assert p.field is not None
        kind, read = arguments.reader(p.field)
        if p.other is not None:
            read = partial(_row_or_table, read, READERS[p.other])
    return Parameter(**{**vars(p), "help": text, "kind": kind, "cells": read})


def _followed(declared: functions.Function, parameters: Sequence[functions.Parameter]) -> list[str]:
    result = declared.result
    follows = result.follows() if isinstance(result, type) and issubclass(result, Lines) else ()
    return [p.name for p in parameters if (p.table or p.other) and p.name in follows]


def _room(followed: Sequence[str]) -> Parameter:
    """Return the argument for the number of rows that a result has for those of tables."""
    count = Field("rows", kind="whole", low=1, high=MOST_ROWS)
    kind, number = arguments.reader(count)

    def read(argument: str, value: Any) -> Any:
        return count.read(argument, number(argument, value))

    text = (
        f"How many rows of {' and of '.join(followed)} to leave room for; by default those it has."
    )
    return Parameter(ROWS, text, False, None, count, blank=True, kind=kind, cells=read)


def _row_or_table(row: Reader, table: Reader, argument: str, value: Any) -> Any:
    """Read a table where the first row is its header, and a row of numbers otherwise."""
    return (table if signed.is_table(value) else row)(argument, value)


def collect() -> dict[str, Function]:
    """Collect the functions: family by family, in each the most used first."""
    found = functions.FUNCTIONS
    first = [*MOST_USED, *(name for name in found if name not in MOST_USED)]
    in_order = sorted(first, key=lambda name: FAMILIES.index(found[name].family))
    return {name: exposed(found[name]) for name in in_order}
