"""Dates of the returns family: single ones, and rows or columns of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any

import numpy as np

from model.day_count import Dates
from model.errors import InputError, shown
from workbook.arguments import line, number

#: Excel counts days from here; its day 60 is a 29 February 1900 that there never was.
DAY_ZERO, LEAP_DAY = date(1899, 12, 31), 60
LAST_SERIAL = 2_958_465


def day(argument: str, value: Any) -> Dates:
    """Read a date: a date, or the serial number by which a spreadsheet counts it."""
    if isinstance(value, date):
        found = value.date() if isinstance(value, datetime) else value
        return np.array(found, dtype="datetime64[D]")
    if isinstance(value, str) or value is None:
        # A text that looks like a date means another day in another country.
        raise InputError(argument, f"must be a date, not {shown(value) if value else 'empty'}")
    serial = int(number(argument, value))
    if not 1 <= serial <= LAST_SERIAL or serial == LEAP_DAY:
        raise InputError(
            argument,
            f"must be a date, or its number from 1 to {LAST_SERIAL} other than {LEAP_DAY}, "
            f"not {shown(value)}",
        )
    found = DAY_ZERO + timedelta(days=serial - (serial > LEAP_DAY))
    return np.array(found, dtype="datetime64[D]")


def days(argument: str, value: Any) -> Dates:
    """Read a date, or a single row or column of dates."""
    if not isinstance(value, list | tuple | np.ndarray):
        return day(argument, value).reshape(1)
    return np.array([day(where, c) for where, c in line(argument, value)])


Day = Annotated[Dates, day]
Days = Annotated[Dates, days]
