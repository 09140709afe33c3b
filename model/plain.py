"""Callers' arguments as plain values: the only boundary between the model and everything else.

Callers pass lists, tuples, arrays, and pandas series and frames, with their own kinds of numbers,
dates and missing values. All of it is converted to None, booleans, numbers, texts and dates, and
lists of them, before it is read. pandas objects are recognised by their methods, so pandas need not
be imported.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np

#: Types that need no conversion. Most values have one, so this is checked first.
AS_IS = frozenset((float, bool, type(None), date))
_NOTHING = {type(None)}
#: Trailing blanks that mark a single row or column as an entire one.
TAIL = 100
#: Data vendors' markers for missing values, including empty text.
NO_VALUE = frozenset(
    ("", "-", "--", "–", "—", "−", "na", "n.a.", "n.a", "n/a", "nm", "n.m.", "n.m", "n/m")
)
#: Numbers in text: in brackets if negative, with one separator of thousands, a currency or a %.
_NUMBER = re.compile(
    r"(?P<open>\()?[$€£]?\s*(?P<digits>[-+]?(?:\d{1,3}(?P<mark>[,'’\s])\d{3}(?:(?P=mark)\d{3})*|\d{1,30})(?:\.\d{1,30})?)"
    r"\s*(?P<percent>%)?\s*(?P<close>\))?"
)
#: Headings from this number on are years; smaller ones are period numbers.
FIRST_YEAR = 1900
#: An integer with more than this many bits is larger than any float.
_LARGEST = 1024
#: The range of Python's dates.
FIRST_DAY, LAST_DAY = np.datetime64(date.min), np.datetime64(date.max)
#: Invisible characters: zero-width spaces, right-to-left marks, soft hyphens. Joiners stay,
#: because emoji and Persian names need them.
_UNSEEN = dict.fromkeys(
    (
        *(0xAD, 0x61C, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    )
)


class Headed(list[Any]):
    """Rows that certainly start with a header, as a single row or column does not."""


def is_blank(value: object) -> bool:
    """Tell whether a value is missing: absent, or marked as missing."""
    return value is None or (isinstance(value, str) and value.strip().casefold() in NO_VALUE)


def reading(value: object) -> str:
    """Give the number that a text looks like, to end the error message.

    Examples
    --------
    >>> reading("(1,234)"), reading("12%"), reading("5 000"), reading("28.4m")
    (' (text that reads as -1234)', ' (text that reads as 0.12)', ' (text that reads as 5000)', '')
    """
    found = _NUMBER.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found or bool(found["open"]) != bool(found["close"]):
        return ""
    number = float(found["digits"].replace(found["mark"] or ",", "")) * (-1 if found["open"] else 1)
    return f" (text that reads as {number / (100 if found['percent'] else 1):.10g})"


def unindexed(column: Any) -> Any:
    """Drop the index of a series: table rows keep their own order."""
    return _known(column) if _is_series(column) else column


def one_line(rows: Any) -> tuple[list[Any], list[Any]] | None:
    """Return the headings and values of a one-line schedule, each after its label."""
    if not isinstance(rows, list) or len(rows) != 2:
        return None
    if not all(isinstance(r, list) and len(r) > 1 and isinstance(r[0], str) for r in rows):
        return None
    return rows[0][1:], rows[1][1:]


def plain(value: Any) -> Any:
    """Convert an argument to a plain value, a list of them, or rows of them."""
    if type(value) in AS_IS:
        return value
    opened = _opened(value)
    if not isinstance(opened, list | tuple):
        return _value(opened)
    rows = [
        row if (kind := type(row)) in AS_IS or (kind is str and row.isprintable()) else _row(row)
        for row in _in_use(opened)
    ]
    return Headed(rows) if type(opened) is Headed else rows


def _in_use(rows: Any) -> Any:
    """Drop trailing blanks of entire columns, keeping enough to mark them as such."""
    if len(rows) <= TAIL:
        return rows
    last = len(rows)
    while last and (rows[last - 1] is None or _is_blank_row(rows[last - 1])):
        last -= 1
    return rows[: last + TAIL]


def _is_blank_row(row: Any) -> bool:
    return type(row) in (list, tuple) and set(map(type, row)) <= _NOTHING


def _row(value: Any) -> Any:
    opened = value if type(value) is list else _opened(value)
    if not isinstance(opened, list | tuple):
        return _value(opened)
    return [
        v if (kind := type(v)) in AS_IS or (kind is str and v.isprintable()) else _value(v)
        for v in opened
    ]


def _opened(value: Any) -> Any:
    """Convert arrays, series and frames to lists, and array scalars to Python's."""
    if isinstance(value, list | tuple | str | int):
        return value
    if isinstance(value, range):
        return list(value)
    if isinstance(value, np.ndarray | np.generic):
        return _python(value).tolist()
    if hasattr(value, "itertuples"):
        return _frame(value)
    if not _is_series(value):
        return value
    return _of_years(value) if hasattr(value, "index") else _known(value)


def _is_series(value: Any) -> bool:
    return hasattr(value, "isna") and hasattr(value, "tolist")


def _python(array: Any) -> Any:
    """Give dates and durations a unit that Python has: NumPy turns others into plain counts."""
    if array.dtype.kind == "m":
        return array.astype("timedelta64[us]")
    if array.dtype.kind != "M":
        return array
    days = array.astype("datetime64[D]")
    beyond = (days < FIRST_DAY) | (days > LAST_DAY)
    return array.astype(str if beyond.any() else "datetime64[us]")


def _frame(frame: Any) -> Headed:
    """Convert a frame to rows: its columns, including a named index, are the header."""
    names = [name for name in frame.index.names if name is not None]
    if names and not set(names) & set(frame.columns):
        frame = frame.reset_index()
    columns = ([name, *_known(column)] for name, column in frame.items())
    return Headed(map(list, zip(*columns, strict=True)))


def _of_years(series: Any) -> list[Any]:
    """Convert a series to a list, or, if its index is years, to a one-line schedule."""
    years, values = series.index.tolist(), _known(series)
    if years and all(type(y) is int and FIRST_YEAR <= y < 10_000 for y in years):
        return [["Year", *years], [str(series.name), *values]]
    return values


def _known(series: Any) -> list[Any]:
    """Convert a series to a list; missing values become blanks."""
    missing = series.isna().tolist()
    return [None if gone else v for v, gone in zip(series.tolist(), missing, strict=True)]


def _value(value: Any) -> Any:
    kind = type(value)
    if kind is str:
        return value if value.isprintable() else _readable(value)
    if kind is int and value.bit_length() < _LARGEST:
        return value
    if isinstance(value, np.generic) or (kind is np.ndarray and value.ndim == 0):
        value = _opened(value)
    if isinstance(value, str):
        return _readable(str.__str__(value))
    if type(value).__name__ in ("NaTType", "NAType"):
        return None
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else value
    if isinstance(value, Real | Decimal) and type(value) not in AS_IS:
        try:
            return float(value)
        except OverflowError:
            return math.inf if value == abs(value) else -math.inf
        except ValueError:  # A signalling NaN.
            return math.nan
    return value


def _readable(text: str) -> str:
    """Normalise text: one line, plain spaces, and no invisible characters."""
    return " ".join(text.translate(_UNSEEN).split())
