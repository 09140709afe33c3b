"""Remaining performance obligations: bands, schedules and roll-forwards."""

from __future__ import annotations

from typing import Literal

from model.calendar import by_fiscal_year, fiscal_year
from model.errors import InputError
from model.rpo import schedule as rpo
from workbook.arguments import Day, Rows, Vector, listing, schedule
from workbook.functions.declare import function
from workbook.tables.core import Bands

Shape = Literal["smooth", "flat", "front", "back", "ramp"]

#: Longest row of years: as long as the longest forecast.
LONGEST = 600


@function
def rpo_bands(balance: float, bands: Bands) -> Rows:
    """Amounts of remaining performance obligations by disclosed band, with what none states.

    Parameters
    ----------
    balance : number, USD m
        Remaining performance obligations at the balance date.
    bands : table, months and fractions or USD m
        Table with headers From month, To month and Share or Amount. Months count from the
        balance date and both ends belong to the band: 1 to 24, 25 to 48. A last band may lack
        its To month.

    Returns
    -------
    table
        A row for each band and one for the unstated remainder: band, first and last month,
        share of the balance, and amount in USD millions.

    Raises
    ------
    InputError
        For a negative balance, or bands that overlap, leave gaps or exceed it.

    References
    ----------
    ASC 606-10-50-13.

    Examples
    --------
    Cerebras at 31 December 2025 (S-1), USD billions:

    >>> table = [["From month", "To month", "Share"], [1, 24, 0.15], [25, 48, 0.43]]
    >>> [round(row[-1], 3) for row in rpo_bands(24.6, table)[1:]]
    [3.69, 10.578, 10.332]
    """
    found = bands.of(balance)
    rows = []
    for first, last, amount in zip(found.first, found.last, found.amount, strict=True):
        rows.append([band_label(first, last), first, last, _share(amount, balance), amount])
    end = found.last[-1]
    rest = float(found.remainder)
    rows.append(["Unstated remainder", end + 1 if end else None, None, _share(rest, balance), rest])
    return listing(["Band", "From month", "To month", "Share", "Amount"], *rows)


@function
def rpo_schedule(
    balance: float,
    bands: Bands,
    months_per_period: int = 3,
    shape: Shape = "smooth",
    final_month: int | None = None,
) -> Rows:
    """Schedule on which remaining performance obligations become revenue, period by period.

    Parameters
    ----------
    balance : number, USD m
        Remaining performance obligations at the balance date.
    bands : table, months and fractions or USD m
        Table with headers From month, To month and Share or Amount; see RPO_BANDS.
    months_per_period : whole, months, optional
        1 for months, 3 for quarters, 12 for years.
    shape : {"smooth", "flat", "front", "back", "ramp"}, optional
        smooth: a continuous rate; flat: equal months in a band; front, back: linear to or from
        zero in each band; ramp: linear from zero through the first band, then smooth.
    final_month : whole, months, optional
        Last month of a last band without To month, or of the remainder that no band states.

    Returns
    -------
    table
        Across the periods: last month, opening balance, recognised and closing balance, USD
        millions. Each band's months sum to its amount without rounding, and none is negative.

    Raises
    ------
    InputError
        For bands that overlap, leave gaps or exceed the balance, or a missing final month.

    References
    ----------
    P. Hagan and G. West, "Interpolation Methods for Curve Construction", *Applied Mathematical
    Finance* 13(2), 2006: the monotone convex method behind ``smooth``.

    Examples
    --------
    >>> table = [["From month", "To month", "Share"], [1, 24, 0.15], [25, 48, 0.43]]
    >>> recognised = rpo_schedule(24_600, table, 12, "flat", 84)[3]
    >>> [round(amount, 3) for amount in recognised[1:4]]
    [1845.0, 1845.0, 5289.0]
    """
    made = rpo.schedule(bands.of(balance), months_per_period, shape, final_month)
    return schedule(
        "Period",
        range(1, len(made.to_month) + 1),
        {
            "To month": made.to_month,
            "Opening": made.opening,
            "Recognised": made.recognised,
            "Closing": made.closing,
        },
    )


@function
def rpo_by_year(
    balance: float,
    bands: Bands,
    balance_date: Day,
    first_year_end: Day,
    years: int = 10,
    shape: Shape = "smooth",
    final_month: int | None = None,
) -> Rows:
    """Revenue from remaining performance obligations in each fiscal year.

    Parameters
    ----------
    balance : number, USD m
        Remaining performance obligations at the balance date.
    bands : table, months and fractions or USD m
        Table with headers From month, To month and Share or Amount; see RPO_BANDS.
    balance_date : date, date
        Date of the balance; month 1 is the calendar month after it. A date in the first week of
        a month counts as the end of the month before.
    first_year_end : date, date
        End of the first fiscal year wanted; a first week counts as for the balance.
    years : whole, years, optional
        Fiscal years wanted.
    shape : {"smooth", "flat"}, optional
        How a band is spread over its months; see RPO_SCHEDULE.
    final_month : whole, months, optional
        Last month of a last band without To month, or of the remainder that no band states.

    Returns
    -------
    table
        Across the years: contracted revenue, USD millions. Months before the first year and
        after the last are left out.

    Raises
    ------
    InputError
        For what RPO_SCHEDULE refuses, or years outside 1 to 600.

    References
    ----------
    ASC 606-10-50-13; the months are those of RPO_SCHEDULE. The first example is contract B of
    ASC 606-10-55-298 to 55-305: 7,200 over 18 months.

    Examples
    --------
    >>> table = [["From month", "To month", "Amount"], [1, 18, 7200]]
    >>> rpo_by_year(7200, table, 43_100, 43_465, 2, "flat")[1]
    ['Contracted revenue', 4800.0, 2400.0]

    Cerebras' first band (S-1), in the two calendar years that it covers:

    >>> table = [["From month", "To month", "Share"], [1, 24, 0.15], [25, 48, 0.43]]
    >>> from datetime import date
    >>> dates = date(2025, 12, 31), date(2026, 12, 31)
    >>> sum(rpo_by_year(24_600, table, *dates, 2, "flat", 84)[1][1:])
    3690.0
    """
    if not 1 <= years <= LONGEST:
        raise InputError("years", f"must be a whole number from 1 to {LONGEST}, not {years}")
    by_month = rpo.schedule(bands.of(balance), 1, shape, final_month).recognised
    made = by_fiscal_year(by_month, balance_date, first_year_end, years)
    labels = [fiscal_year(first_year_end) + i for i in range(years)]
    return schedule("Year", labels, {"Contracted revenue": made})


@function
def rpo_rollforward(
    opening: float, bookings: Vector, recognised: Vector, cancelled: Vector | None = None
) -> Rows:
    """Roll-forward of a balance: opening + bookings - recognised - cancelled = closing.

    Parameters
    ----------
    opening : number, USD m
        Balance before the first period.
    bookings : row or column, USD m
        New contracts in each period, at least 0.
    recognised : row or column, USD m
        Revenue recognised in each period, at least 0.
    cancelled : row or column, USD m, optional
        Contracts cancelled in each period, at least 0.

    Returns
    -------
    table
        The corkscrew across the periods, USD millions.

    Raises
    ------
    InputError
        For a negative amount, ranges of different lengths, or more recognised and cancelled than
        there was.

    References
    ----------
    A corkscrew in the sense of the FAST modelling standard, section 3.03; the example is
    Microsoft's unearned revenue (10-Q for the quarter to 31 December 2022, note 12).

    Examples
    --------
    >>> rpo_rollforward(48_408, [48_188], [56_970])[-1]
    ['Closing', 39626.0]
    """
    return _corkscrew(
        rpo.rollforward(opening, bookings, recognised, 0.0 if cancelled is None else cancelled)
    )


@function
def rpo_implied_bookings(balances: Vector, recognised: Vector) -> Rows:
    """Bookings that two or more disclosed balances and the revenue between them imply.

    Parameters
    ----------
    balances : row or column, USD m
        Balances at successive dates, two at least.
    recognised : row or column, USD m
        Revenue recognised between each balance and the next: one fewer than the balances.

    Returns
    -------
    table
        The corkscrew across the periods, USD millions; bookings are net of cancellations.

    Raises
    ------
    InputError
        For fewer than two balances, a negative amount, or revenue that is not one fewer than the
        balances.

    References
    ----------
    ``bookings = closing - opening + recognised``.

    Examples
    --------
    CoreWeave in 2025, USD billions (10-K):

    >>> round(rpo_implied_bookings([15.1, 60.7], [5.13])[2][1], 2)
    50.73
    """
    return _corkscrew(rpo.implied_bookings(balances, recognised))


def band_label(first: int, last: int | None) -> str:
    """Name a band by its months."""
    return f"Months {first} to {last}" if last else f"After month {first - 1}"


def _corkscrew(made: rpo.Rollforward) -> Rows:
    return schedule(
        "Period",
        range(1, made.closing.size + 1),
        {
            "Opening": made.opening,
            "Bookings": made.bookings,
            "Recognised": made.recognised,
            "Cancelled": made.cancelled,
            "Closing": made.closing,
        },
    )


def _share(amount: float, balance: float) -> float:
    return amount / balance if balance else 0.0
