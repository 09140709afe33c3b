"""What people pass, as plain cells: the one edge between the catalogue and everything else.

A spreadsheet hands over numbers, texts and rows of them; a notebook lists, tuples, arrays, and
the series and frames of pandas, with their own kinds of numbers, dates and gaps. All of it
becomes None, truth values, numbers, texts and dates, and lists of them, before it is read.
pandas is known by what its objects can do: a cell need not wait until it is imported.
"""

from __future__ import annotations

import math
from datetime import date, datetime, time
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np

#: Types of cells that need no conversion. Most cells have one, so this is checked first.
AS_IS = frozenset((float, bool, type(None), date))
#: A whole number with more than this many bits is larger than any float.
_LARGEST = 1024
#: The range of Python's dates.
_FIRST_DAY, _LAST_DAY = np.datetime64(date.min), np.datetime64(date.max)
#: Invisible characters: zero-width spaces, marks of right-to-left text, soft hyphens. Joiners stay,
#: because emoji and Persian names need them.
_UNSEEN = dict.fromkeys(
    (
        *(0xAD, 0x61C, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    )
)


class Headed(list[Any]):
    """Rows whose first one is a header for certain, which a single row or column leaves out."""


def plain(value: Any) -> Any:
    """Turn what was passed for an argument into a plain cell, a list of them, or rows of them."""
    if type(value) in AS_IS:
        return value
    opened = _opened(value)
    if not isinstance(opened, list | tuple):
        return _cell(opened)
    rows = [row if type(row) in AS_IS else _row(row) for row in opened]
    return Headed(rows) if type(opened) is Headed else rows


def _row(value: Any) -> Any:
    opened = value if type(value) is list else _opened(value)
    if not isinstance(opened, list | tuple):
        return _cell(opened)
    return [
        cell
        if (kind := type(cell)) in AS_IS or (kind is str and cell.isprintable())
        else _cell(cell)
        for cell in opened
    ]


def _opened(value: Any) -> Any:
    """Turn arrays, series and frames into lists, and the scalars of arrays into Python's."""
    if isinstance(value, list | tuple | str | int):
        return value
    if isinstance(value, np.ndarray | np.generic):
        return _python(value).tolist()
    if hasattr(value, "itertuples"):
        return _frame(value)
    return _known(value) if hasattr(value, "isna") and hasattr(value, "tolist") else value


def _python(array: Any) -> Any:
    """Give dates and spans a unit that Python has too: of others, NumPy makes bare counts."""
    if array.dtype.kind == "m":
        return array.astype("timedelta64[us]")
    if array.dtype.kind != "M":
        return array
    days = array.astype("datetime64[D]")
    beyond = (days < _FIRST_DAY) | (days > _LAST_DAY)
    return array.astype(str if beyond.any() else "datetime64[us]")


def _frame(frame: Any) -> Headed:
    """Turn a frame into rows: its columns, an index with a name among them, are the header."""
    names = [name for name in frame.index.names if name is not None]
    if names and not set(names) & set(frame.columns):
        frame = frame.reset_index()
    columns = ([name, *_known(column)] for name, column in frame.items())
    return Headed(map(list, zip(*columns, strict=True)))


def _known(series: Any) -> list[Any]:
    """Turn a series into a list; what is missing in pandas is a blank cell."""
    missing = series.isna().tolist()
    return [None if gone else v for v, gone in zip(series.tolist(), missing, strict=True)]


def _cell(value: Any) -> Any:
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
    """Write a text as it is read: in one line, with plain spaces, and without unseen marks."""
    return " ".join(text.translate(_UNSEEN).split())
