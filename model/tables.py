"""Tables that functions take, and results that they return, by declared fields.

A subclass declares its fields, and is a frozen dataclass for it. Arrays carry scenarios on the
axes before the last.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field, fields
from typing import Any, ClassVar, NamedTuple, Self, cast

import numpy as np

from model.arrays import floats
from model.declared import Declared
from model.errors import Floats, InputError, nearest, shown
from model.fields import NOTHING, OF_ROW, Field
from model.plain import plain, unindexed


class Table(Declared):
    """A table that a function takes: columns, each with a value for every row.

    A subclass may `check` several columns together. `results` names the results whose own
    columns and total rows may appear in such a table, and are ignored.
    """

    results: ClassVar[tuple[type[Listing], ...]] = ()
    #: The field of numbers by year, of a table that has years next to its columns.
    by_year: ClassVar[str] = ""
    places: ClassVar[dict[str, str]] = {}

    @classmethod
    def argument(cls) -> str:
        """Name the table in messages, and the argument of the functions that take it."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        argument = cls.argument()
        #: Names of the columns in messages.
        cls.places = {name: f"{argument} {f.header}" for name, f in cls.declared.items()}

    def __post_init__(self) -> None:
        self._read(self.declared)

    @property
    def as_given(self) -> Mapping[str, Any]:
        """The values of all fields, as the checks take them."""
        return {name: getattr(self, name) for name in self._names}

    def changed(self, **values: Any) -> Self:
        """Return the same table with some values changed: what stays is not read again."""
        given = self.as_given
        new = {name: value for name, value in values.items() if value is not given[name]}
        if not new:
            return self
        made = type(self).known(**{**given, **new})
        made._read(new.keys() & self.declared.keys())
        return made

    def _read(self, names: Collection[str]) -> None:
        """Read the values of some fields, and check all together."""
        first = getattr(self, next(iter(self.declared)))
        if type(first) not in (list, tuple):
            first = plain(unindexed(first))
        rows = len(first) if isinstance(first, list | tuple) else 1
        put = object.__setattr__
        for name, f in self.declared.items():
            if name not in names:
                continue
            value = getattr(self, name)
            if not f.required and (value is None or value is f.default):
                put(self, name, f.left_out(rows))
            else:
                put(self, name, f.column(self.places[name], value, rows))
        self._checked()

    def __len__(self) -> int:
        first = getattr(self, next(iter(self.declared)))
        return len(first)

    def check(self) -> None:
        """Refuse errors that involve several columns."""

    def _checked(self) -> None:
        # An overflowing sum is refused by the check, or shows in the result.
        with np.errstate(all="ignore"):
            self.check()

    def fill(self, name: str, neutral: float | Floats, required: Any) -> None:
        """Refuse a blank in the rows that must state a number; fill it in the others.

        A blank may be a cleared value, so it is not read as a number that counts.
        """
        values = np.asarray(getattr(self, name), dtype=np.float64)
        missing = np.isnan(values)
        if not np.count_nonzero(missing):
            return
        if (missing & required).any():
            place = (missing & required).nonzero()[-1][0]
            row = getattr(self, next(iter(self.declared)))[place]
            none = np.broadcast_arrays(values, neutral)[1][..., place].flat[0]
            raise InputError(
                self.places[name],
                f"must be typed for {shown(row)} ({shown(none)} for no effect), not left blank",
            )
        self._put(**{name: np.where(missing, neutral, values)})

    def align(self, *names: str) -> None:
        """Broadcast columns to common scenarios."""
        columns = [getattr(self, name) for name in names]
        if any(column.ndim > 1 for column in columns):
            arrays = np.broadcast_arrays(*columns)
            self._put(**dict(zip(names, arrays, strict=True)))


class Settings(Table):
    """A table with named rows, such as drivers: its fields are the rows."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__(kw_only=True)

    @classmethod
    def of(cls, values: Mapping[str, Any], **more: Any) -> Self:
        """Make a table from values by name.

        Raises
        ------
        InputError
            For an unknown name, suggesting the nearest known one, and if the class refuses it.
        """
        for name in values:
            if name not in cls.declared:
                raise cls.unknown(name)
        missing = {n: None for n, f in cls.declared.items() if n not in values and f.required}
        return cls(**values, **missing, **more)

    @classmethod
    def unknown(cls, name: object, place: str = "") -> InputError:
        """Return the error for an unknown name."""
        hint = nearest(name, cls.declared) if isinstance(name, str) else ""
        argument = cls.argument()
        return InputError(
            argument, f"must hold known {argument} only, not {shown(name)}{place}{hint}"
        )

    def _read(self, names: Collection[str]) -> None:
        values = vars(self)
        for name, f in self.declared.items():
            value = values[name]
            if name not in names or value is f.default:
                continue
            if value is not None:
                values[name] = f.read(name, value)
            elif f.required:
                meaning = f.meaning[:1].lower() + f.meaning[1:].rstrip(".")
                raise InputError(self.argument(), f"must give {name}: {meaning}", "missing")
            else:
                values[name] = f.default
        self._checked()


class Rows(Settings):
    """Settings in a table, row by row: names below `heading`, numbers below Value.

    A missing number is NaN, in a row that may be left blank. A field declared `further` is a
    further column: numbers by row name, for rows that have one.
    """

    heading: ClassVar[str] = ""
    further: ClassVar[dict[str, Field]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.further = {
            f.name: f.metadata["further"]
            for f in fields(cls)  # type: ignore[arg-type]
            if "further" in f.metadata
        }

    def __post_init__(self) -> None:
        put = object.__setattr__
        for name, f in self.declared.items():
            put(self, name, self._value(name, f, getattr(self, name)))
        for column, f in self.further.items():
            read = {}
            given = getattr(self, column)
            if given is None:
                given = {}
            if not isinstance(given, Mapping):
                raise InputError(column, f"must be numbers by row, not {shown(given)}")
            for row, value in given.items():
                own = self.declared.get(row)
                if own is None:
                    raise self.unknown(row)
                bounds = own if f.unit == OF_ROW else f
                read[row] = bounds.read(f"{self.places[row]} {f.header}", value)
            put(self, column, read)
        self._checked()

    def _value(self, name: str, f: Field, value: Any) -> Floats:
        """Check the number of a row; a blank is refused where it would be read as a number."""
        place = self.places[name]
        if value is None:
            value = np.nan if f.required else f.default
        if not isinstance(value, float):
            if f.blank is NOTHING:
                return cast(Floats, f.read(place, value))
            numbers = floats(place, value, blank=True)
            if (stated := np.asarray(numbers)[~np.isnan(numbers)]).size:
                f.read(place, stated)
            return numbers
        if value == value:
            return cast(Floats, f.read(place, float(value)))
        if f.blank is not NOTHING:
            return cast(Floats, np.float64(value))
        if f.required:
            meaning = f.meaning[:1].lower() + f.meaning[1:].rstrip(".")
            raise InputError(self.argument(), f"must give {f.header}: {meaning}", "missing")
        left_out = f"must be typed, or its row left out for {shown(f.default)}"
        raise InputError(place, f"{left_out}, not left blank")


class Line(NamedTuple):
    """One line of a result: its declaration, its label, and its values."""

    field: Field
    label: str
    values: Floats


class Result(Declared):
    """A function's result, if it is more than a number."""


class Lines(Result):
    """A result whose fields are lines or columns, in reading order."""

    #: The argument with a row for each listed row, or for each item of repeated lines, if they are
    #: not of the argument of their own name.
    rows_of: ClassVar[str] = ""
    #: Whether the rows are in an order of their own, so that blank ones are below them.
    sorted: ClassVar[bool] = False

    @property
    def runs(self) -> Sequence[Sequence[int]]:
        """The rows in use that lines are of, run by run, if not each row has one; others follow."""
        return ()

    @classmethod
    def follows(cls) -> set[str]:
        """Name the arguments of which each row may have a row, or a line, of the result."""
        return {cls.rows_of, *(f.each for f in cls.declared.values())} - {""}

    def lines(self) -> Iterator[Line]:
        """Yield the lines in order; lines repeated for each item, item by item."""
        taken: set[str] = set()
        for name, f in self.declared.items():
            values = getattr(self, name)
            if f.each:
                taken = taken or {f.header.casefold() for f in self.declared.values() if not f.each}
                for i, thing in enumerate(getattr(self, f.each)):
                    label = f.header.format(thing)
                    if label.casefold() in taken:
                        raise InputError(
                            f.each, f"must not hold {shown(thing)}, the name of a result"
                        )
                    yield Line(f, label, self.of_item(values, i))
            else:
                yield Line(f, f.header, values)

    @staticmethod
    def of_item(values: Floats, item: int) -> Floats:
        """Take one item's values of a line that is repeated."""
        return np.asarray(values[..., item, :])


class Statement(Lines):
    """Lines of one number each, with their units."""

    @staticmethod
    def of_item(values: Floats, item: int) -> Floats:
        """Take one item's number of a line that is repeated."""
        return np.asarray(values[..., item])


class Schedule(Lines):
    """Lines across periods. `across` names the periods: 1, 2, 3 ... by default."""

    #: Meaning of the periods.
    title: ClassVar[str] = "Year"
    across: Any = field(default=None, kw_only=True)

    @property
    def periods(self) -> list[Any]:
        """The periods by name."""
        if self.across is not None:
            return list(self.across)
        name = next(name for name, f in self.declared.items() if not f.each)
        return list(range(1, np.shape(getattr(self, name))[-1] + 1))


class Listing(Lines):
    """Rows by column. The last `totals` may be totals of those above."""

    #: Labels of the rows below the listed ones: totals and remainders.
    totals: ClassVar[tuple[str, ...]] = ()
    #: Declarations of such rows' numbers, if different from their columns'.
    others: ClassVar[dict[str, Field]] = {}
    #: Labels of the listed rows, if they are always the same.
    labels: ClassVar[tuple[str, ...]] = ()

    def bottom(self) -> list[dict[str, Any]]:
        """Return the rows below the listed ones, by column: sums of fields declared as totals."""
        if not self.totals:
            return []
        (label,) = self.totals
        first = next(iter(self.declared))
        sums = {n: getattr(self, n).sum(-1) for n, f in self.declared.items() if f.total}
        return [{first: label, **sums}]


class Grid(Result):
    """Values by row and column, with a number heading each column."""

    #: Label in the corner.
    corner: ClassVar[str] = ""
    unit: ClassVar[str] = ""
    #: Heading of each row.
    row: ClassVar[Field] = Field("number")
    #: How an undefined value is shown.
    undefined: ClassVar[str | None] = None
    #: Whether a line of words is below the values.
    noted: ClassVar[bool] = False
    down: Any = None
    across: Any = None
    values: Any = None

    @property
    def note(self) -> str:
        """The line of words below the values."""
        return ""
