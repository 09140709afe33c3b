"""Declarations: the meaning of a number, wherever it appears.

A `Field` declares an argument of a function, a column of a table, a line of a result or an input
of a case: its unit, its meaning, its bounds, and its default. What users may type, what is
refused, how it is shown and how it is explained all follow from it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from copy import copy
from dataclasses import MISSING, dataclass, field, replace
from datetime import date
from enum import Enum
from functools import cached_property
from typing import Annotated, Any, Literal, cast

import numpy as np
import numpy.typing as npt

from model.arrays import floats
from model.errors import Floats, InputError, one_of, require, shown
from model.plain import plain, unindexed
from model.values import Dates, day, days, each, refuse_twice, text

Kind = Literal["number", "whole", "text", "choice", "date"]
#: One value, a row of them along the last axis, or either.
Extent = Literal["one", "row", "one or row"]


_NUMBERS = (float, np.float64)


class Nothing(Enum):
    """Marks a value that a declaration does not give, where None would be a value."""

    NOTHING = 0


NOTHING = Nothing.NOTHING

#: Shown for a ratio that is not meaningful: its divisor is zero or below, or unknown.
NOT_MEANINGFUL = "n.m."

#: Units in which a number out of bounds was probably given: how many make one, and their name.
SMALLER = {
    "fraction": (100.0, "%"),
    "a year": (100.0, "%"),
    "USD m": (1e6, " USD"),
    "m shares": (1e6, " shares"),
    "years": (12.0, " months"),
}
INTO = {"%": "", " USD": " USD millions", " shares": " millions", " months": " years"}

#: From here on, a float cannot distinguish an integer from the next one.
LARGEST_WHOLE = 2**53

Wholes = npt.NDArray[np.int_]
Names = tuple[str, ...]


@dataclass(frozen=True)
class Field:
    """One declared value.

    Parameters
    ----------
    unit : str
        As it is shown: "USD m", "fraction", "months", "name".
    header : str
        Header of a column, label of a line.
    meaning : str
        Meaning of the value, as shown in help.
    low, high : float
        Smallest and largest value.
    above, below : float
        Bounds that the value must not reach.
    kind : {"number", "whole", "text", "choice", "date"}
    extent : {"one", "row", "one or row"}
        For an argument: whether it holds one value or several, along the last axis.
    choices : collection of str
        The known names.
    default : object
        Value of a column that a table lacks.
    blank : object
        Value of a blank; blanks are refused if not given.
    otherwise : str
        Description of the default, if it depends on other values.
    form : str
        How a number is shown if its unit does not determine it, such as "factor".
    total : bool
        Whether the line is a total of those before it.
    each : str
        For a line or column: the field with the names of the things that have one each.
    undefined : str
        How an undefined number is shown.
    key : bool
        Whether this column identifies the rows, so that its names are unique.
    """

    unit: str
    header: str = ""
    meaning: str = ""
    low: float = -math.inf
    high: float = math.inf
    above: float = -math.inf
    below: float = math.inf
    kind: Kind = "number"
    extent: Extent = "one"
    choices: Collection[str] = ()
    default: Any = NOTHING
    blank: Any = NOTHING
    otherwise: str = ""
    form: str = ""
    total: bool = False
    each: str = ""
    undefined: str | None = None
    key: bool = False
    name: str = ""

    def __post_init__(self) -> None:
        if not self.unit.strip():
            raise TypeError(f"{self.header or self.name or 'a field'} must have a unit")

    def named(self, name: str) -> Field:
        """Return the same declaration under another name."""
        # There are a thousand, and declaring each again would take ten times as long.
        made = copy(self)
        object.__setattr__(made, "name", name)
        return made

    @property
    def required(self) -> bool:
        """Whether a table must have the column."""
        return self.default is NOTHING

    @cached_property
    def bounded(self) -> bool:
        """Whether some numbers are out of bounds."""
        return max(self.low, self.above) > -math.inf or min(self.high, self.below) < math.inf

    @property
    def expected(self) -> str:
        """What is accepted, as the rest of the sentence "must be ..."."""
        low, high = max(self.low, self.above), min(self.high, self.below)
        if low > -math.inf and high < math.inf and (low, high) == (self.low, self.high):
            return f"from {shown(low)} to {shown(high)}"
        parts = []
        if low > -math.inf:
            parts.append(f"{'above' if self.above == low else 'at least'} {shown(low)}")
        if high < math.inf:
            parts.append(f"{'below' if self.below == high else 'at most'} {shown(high)}")
        return " and ".join(parts) or "a number"

    def accepts(self, values: Floats) -> npt.NDArray[np.bool_]:
        """Tell which numbers are within the bounds."""
        # Bounds that are not set are skipped, which saves time.
        inside: Any = np.True_
        if self.low > -math.inf:
            inside = values >= self.low
        if self.high < math.inf:
            inside = inside & (values <= self.high)
        if self.above > -math.inf:
            inside = inside & (values > self.above)
        if self.below < math.inf:
            inside = inside & (values < self.below)
        return cast("npt.NDArray[np.bool_]", inside)

    def read(self, argument: str, value: Any) -> Any:
        """Check a value that was passed, and give it the type of its kind.

        Raises
        ------
        InputError
            For a value of another kind, not finite, or out of bounds.
        """
        if self.kind == "number":
            return self._numbers(argument, value)
        if self.kind == "choice":
            return one_of(argument, plain(value), self.choices)
        if self.kind == "whole":
            return self._whole(argument, value)
        if self.kind == "date":
            return day(argument, plain(value)) if self.extent == "one" else days(argument, value)
        return text(argument, plain(value))

    def column(self, argument: str, value: Any, rows: int) -> Any:
        """Check a column of a table, with one value for each row."""
        value = unindexed(value)
        if self.kind in ("text", "choice"):
            texts = [self._one(argument, text) for text in each(argument, value, rows)]
            if self.key:
                refuse_twice(argument, texts)
            return tuple(texts)
        if self.kind == "date":
            return days(argument, each(argument, value, rows))
        if type(value) is list and len(value) == rows and self._all_hold(value):
            return np.array(value)
        blank = self.blank is not NOTHING
        numbers = np.asarray(floats(argument, value, blank))
        stated = numbers[~np.isnan(numbers)] if blank else numbers
        self._check(argument, stated)
        if self.kind == "whole":
            whole = (stated == np.floor(stated)) & (np.abs(stated) < LARGEST_WHOLE)
            require(whole, argument, "a whole number", stated)
        if numbers.ndim == 0 or numbers.shape[-1] == 1:
            return np.broadcast_to(numbers, (*numbers.shape[:-1], rows))
        if numbers.shape[-1] != rows:
            raise InputError(
                argument, f"must hold {rows} values, one for each row, not {numbers.shape[-1]}"
            )
        return numbers

    def left_out(self, rows: int) -> Any:
        """Return the default column for one that a table lacks."""
        if self.default is None:
            return None
        if self.kind in ("text", "choice"):
            return (self.default,) * rows
        return np.full(rows, float(self.default))

    def _one(self, argument: str, value: Any) -> str:
        """Check a text or a choice of a column."""
        if self.blank is not NOTHING and (value is None or value == self.blank):
            return cast(str, self.blank)
        if self.kind == "choice":
            return one_of(argument, value, self.choices)
        return text(argument, value)

    def _all_hold(self, values: list[Any]) -> bool:
        """Tell whether these are floats within the bounds: for a few, faster than with an array."""
        low, high, above, below = self.low, self.high, self.above, self.below
        blank = type(self.blank) is float and math.isnan(self.blank)
        return self.kind == "number" and all(
            type(v) is float and ((low <= v <= high and above < v < below) or (blank and v != v))
            for v in values
        )

    def _numbers(self, argument: str, value: Any) -> Floats:
        # The usual case, without making an array.
        if type(value) in _NUMBERS and self.extent != "row" and self._holds(value):
            return cast(Floats, np.float64(value))
        if type(value) is list and self.extent != "one" and value and self._all_hold(value):
            return np.array(value)
        found = floats(argument, value)
        if self.extent == "row" and found.ndim == 0:
            found = found[None]
        if self.extent != "row" and not found.size:
            raise InputError(argument, "must hold at least one number, but it is empty")
        self._check(argument, found)
        return found

    def _whole(self, argument: str, value: Any) -> int:
        plain = type(value) in (int, float) and value % 1 == 0 and abs(value) < LARGEST_WHOLE
        if plain and self._holds(value):
            return int(value)
        number = floats(argument, value)
        if number.ndim or number != np.floor(number) or abs(number) >= LARGEST_WHOLE:
            raise InputError(argument, f"must be a whole number, not {shown(value)}")
        self._check(argument, number)
        return int(number)

    def _check(self, argument: str, values: Floats) -> None:
        if not self.bounded:
            return
        inside = self.accepts(values)
        if np.count_nonzero(inside) == np.size(inside):
            return
        culprit = float(np.asarray(values)[~np.asarray(inside)].ravel()[0])
        raise InputError(
            argument,
            f"must be {self.expected}, not {shown(culprit)}{self._hint(culprit)}",
            holds=np.asarray(inside),
        )

    def _holds(self, value: float) -> bool:
        return self.low <= value <= self.high and self.above < value < self.below

    def _hint(self, value: float) -> str:
        """Suggest what was meant: 9 is 9% without its percent sign, 2e9 shares are 2,000m."""
        divisor, unit = SMALLER.get(self.unit, (0.0, ""))
        if not divisor or abs(value) <= 1 or not self._holds(value / divisor):
            return ""
        verb = "is" if unit == "%" else "are"
        return f" ({shown(value)}{unit} {verb} {shown(value / divisor)}{INTO[unit]})"


def column(header: str, unit: str, meaning: str, **more: Any) -> Any:
    """Declare a column of a table; the unit says whether it holds names, dates or numbers."""
    return _declared(header, unit, meaning, more)


#: The unit of a column whose numbers have the units of their rows.
OF_ROW = "as the row"
#: Numbers by the names of their rows.
ByRow = Mapping[str, Floats]


def further(header: str, unit: str = OF_ROW, **more: Any) -> Any:
    """Declare a further column of a table with named rows."""
    return field(default=None, metadata={"further": Field(unit, header, **more)})


def row(declared: Field) -> Any:
    """Declare a named row, which needs more description than a column."""
    default = MISSING if declared.required else declared.default
    return field(default=default, metadata={"field": declared})


def line(header: str, unit: str = "USD m", meaning: str = "", **more: Any) -> Any:
    """Declare a line, or a column, of a result."""
    return _declared(header, unit, meaning, more)


def _declared(header: str, unit: str, meaning: str, more: dict[str, Any]) -> Any:
    kind: Kind = "choice" if more.get("choices") else "text" if unit == "name" else (
        "date" if unit == "date" else "whole" if more.pop("whole", False) else "number"
    )  # fmt: skip
    return row(Field(unit, header, meaning, kind=kind, **more))


# Arguments of functions --------------------------------------------------------------------------


@dataclass(frozen=True)
class Several:
    """Marks an argument that holds several values."""

    extent: Extent

    def of(self, one: Field) -> Field:
        """Declare several of a declared value."""
        return replace(one, extent=self.extent)


#: ``Annotated[Money, ROW]``: a row of amounts, along the last axis.
ROW = Several("row")
#: One number for all, or a row.
ONE_OR_ROW = Several("one or row")

#: Defaults of optional arguments that are 0, or 1.
ZERO, ONE = cast(Floats, np.float64(0.0)), cast(Floats, np.float64(1.0))

Money = Annotated[Floats, Field("USD m")]
#: Money that is not negative.
Amount = Annotated[Floats, Field("USD m", low=0.0)]
Price = Annotated[Floats, Field("USD", low=0.0)]
#: Millions of shares.
Shares = Annotated[Floats, Field("m shares", low=0.0)]
#: Millions of shares, above 0.
SharesIssued = Annotated[Floats, Field("m shares", above=0.0)]
#: A part of a whole.
Part = Annotated[Floats, Field("fraction", low=0.0, high=1.0)]
#: A rate a year: 9 is 9% without its percent sign.
Rate = Annotated[Floats, Field("fraction", above=-1.0, high=1.0)]
#: Annual growth; beyond 500% it is a percentage without its percent sign.
Growth = Annotated[Floats, Field("fraction", low=-1.0, high=5.0)]
#: A margin on revenue; a loss may be many times revenue.
Margin = Annotated[Floats, Field("fraction", low=-100.0, high=1.0)]
Megawatts = Annotated[Floats, Field("MW", low=0.0)]
Ratio = Annotated[Floats, Field("ratio")]
Day = Annotated[date, Field("date", kind="date")]
Days = Annotated[Dates, Field("date", kind="date"), ROW]
