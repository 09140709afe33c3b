"""Measures of remaining performance obligations, and the back-test of a schedule."""

from __future__ import annotations

from model.dcf.discounting import Timing
from model.errors import InputError
from model.rpo import measures as rpo_measures
from model.rpo import schedule as rpo
from workbook.arguments import Rows, listing, schedule
from workbook.functions.declare import function
from workbook.functions.rpo import Shape, band_label
from workbook.tables.core import Bands
from workbook.tables.rpo import DatedBands, Filings


@function
def rpo_coverage(
    balance: float,
    bands: Bands,
    revenue: float,
    months: int = 12,
    shape: Shape = "smooth",
    final_month: int | None = None,
) -> float:
    """Share of the next period's revenue that is under contract when the period begins.

    Parameters
    ----------
    balance : number, USD m
        Remaining performance obligations at the balance date.
    bands : table, months and fractions or USD m
        Table with headers From month, To month and Share or Amount; see RPO_BANDS.
    revenue : number, USD m
        Revenue of the next period, forecast or actual.
    months : whole, months, optional
        Length of the period.
    shape : {"smooth", "flat", "front", "back", "ramp"}, optional
        As in RPO_SCHEDULE; matters where no band ends with the period.
    final_month : whole, months, optional
        As in RPO_SCHEDULE; needed where no band ends with the period.

    Returns
    -------
    float
        Balance due within the period over its revenue, as a fraction.

    Raises
    ------
    InputError
        For what RPO_SCHEDULE refuses, revenue that is not above 0, or months outside 1 to 12,000.

    References
    ----------
    The current part of the balance ("cRPO") over the revenue of the next twelve months.

    Examples
    --------
    Oracle at 31 May 2023: 49% of 67.9 billion within a year, whose revenue was 52.961:

    >>> table = [["From month", "To month", "Share"], [1, 12, 0.49], [13, 36, 0.35]]
    >>> round(rpo_coverage(67.9, table, 52.961), 3)
    0.628
    """
    due = rpo_measures.due_within(bands.of(balance), months, shape, final_month)
    return float(rpo_measures.coverage(due, revenue))


@function
def rpo_duration(
    balance: float,
    bands: Bands,
    shape: Shape = "smooth",
    final_month: int | None = None,
    timing: Timing = "mid",
) -> float:
    """Weighted average life of remaining performance obligations, in years.

    Parameters
    ----------
    balance : number, USD m
        Remaining performance obligations at the balance date, above 0.
    bands : table, months and fractions or USD m
        Table with headers From month, To month and Share or Amount; see RPO_BANDS.
    shape : {"smooth", "flat", "front", "back", "ramp"}, optional
        As in RPO_SCHEDULE.
    final_month : whole, months, optional
        As in RPO_SCHEDULE.
    timing : {"mid", "end"}, optional
        Where in its month an amount falls.

    Returns
    -------
    float
        ``sum (amount * years) / sum amount`` over the months.

    Raises
    ------
    InputError
        For what RPO_SCHEDULE refuses, or a balance that is not above 0.

    References
    ----------
    Weighted average life as of an amortising bond; the example is that of Investopedia.

    Examples
    --------
    Payments of 1,000, 2,000, 4,000, 6,000 and 10,000 at the ends of five years:

    >>> table = [["From month", "To month", "Amount"]]
    >>> for year, amount in enumerate([1000, 2000, 4000, 6000, 10_000]):
    ...     table += [[12 * year + 1, 12 * year + 11, 0], [12 * year + 12, 12 * year + 12, amount]]
    >>> round(rpo_duration(23_000, table, "flat", None, "end"), 2)
    3.96
    """
    made = rpo.schedule(bands.of(balance), 1, shape, final_month)
    return float(rpo_measures.duration(made.by_month, timing))


@function
def rpo_present_value(
    balance: float,
    bands: Bands,
    rate: float,
    default_intensity: float = 0.0,
    recovery: float = 0.0,
    shape: Shape = "smooth",
    final_month: int | None = None,
    timing: Timing = "mid",
) -> float:
    """Value today of remaining performance obligations, after default and recovery, in USD m.

    Parameters
    ----------
    balance : number, USD m
        Remaining performance obligations at the balance date.
    bands : table, months and fractions or USD m
        Table with headers From month, To month and Share or Amount; see RPO_BANDS.
    rate : number, fraction a year
        Discount rate, compounded yearly.
    default_intensity : number, a year, optional
        Default intensity of the customers, at least 0.
    recovery : number, fraction, optional
        Share of what falls due after default that is earned all the same.
    shape : {"smooth", "flat", "front", "back", "ramp"}, optional
        As in RPO_SCHEDULE.
    final_month : whole, months, optional
        As in RPO_SCHEDULE.
    timing : {"mid", "end"}, optional
        Where in its month an amount falls.

    Returns
    -------
    float
        ``sum amount * (S + (1 - S) * recovery) / (1 + rate)^t`` over the months, with survival
        ``S = exp(-default_intensity * t)``. It is revenue, not profit, that is valued.

    Raises
    ------
    InputError
        For what RPO_SCHEDULE refuses, a rate outside -1 to 1, a negative intensity, or a recovery
        outside 0 to 1.

    References
    ----------
    J. Hull, *Options, Futures, and Other Derivatives*, 10th ed., chapter 24.

    Examples
    --------
    A hazard rate of 1.5% a year is a probability of default of 2.955% within two years (Hull):

    >>> table = [["From month", "To month", "Amount"], [1, 23, 0], [24, 24, 1]]
    >>> round(1 - rpo_present_value(1, table, 0, 0.015, 0, "flat", None, "end"), 5)
    0.02955
    """
    made = rpo.schedule(bands.of(balance), 1, shape, final_month)
    return float(
        rpo_measures.present_value(made.by_month, rate, default_intensity, recovery, timing)
    )


@function
def rpo_backtest(
    filings: Filings, bands: DatedBands, shape: Shape = "smooth", final_month: int | None = None
) -> Rows:
    """The schedule that the first filing implied against what the next filings disclosed.

    Parameters
    ----------
    filings : table, dates and USD m
        Headers Date, Balance and Recognised (revenue since the filing before, blank at the
        first); dates whole months apart.
    bands : table, dates, months and fractions or USD m
        Headers Date, From month, To month and Share or Amount: the bands as disclosed at the
        first date, and at later ones where there are any.
    shape : {"smooth", "flat", "front", "back", "ramp"}, optional
        As in RPO_SCHEDULE.
    final_month : whole, months, optional
        Last month of the first filing's open band or remainder.

    Returns
    -------
    table
        Across the later filings: months since the first, opening balance, revenue scheduled and
        recognised since the filing before and their difference, implied bookings, closing
        balance, what the schedule leaves of the first balance, and the closing balance less it.

    Raises
    ------
    InputError
        For what RPO_SCHEDULE refuses, fewer than two filings, dates no whole months apart, or bands
        of a date that no filing has, or none of the first.

    References
    ----------
    ``bookings = closing - opening + recognised``. The closing balance less what the schedule
    leaves is all bookings so far and all that was scheduled and not recognised.

    Examples
    --------
    Cerebras from 31 December 2025 to 30 June 2026 (S-1, 10-Qs):

    >>> filed = [["Date", "Balance", "Recognised"], [46022, 24_600, None],
    ...          [46112, 25_000, 193.4], [46203, 25_400, 180.1]]
    >>> bands = [["Date", "From month", "To month", "Share"],
    ...          [46022, 1, 24, 0.15], [46022, 25, 48, 0.43], [46022, 49, 84, 0.42]]
    >>> made = rpo_backtest(filed, bands, "flat")
    >>> made[6][0], [round(amount, 1) for amount in made[6][1:]]
    ('Implied bookings', [593.4, 580.1])
    """
    first = filings.bands_by_month(bands)[0]
    by_month = rpo.schedule(first, 1, shape, final_month).by_month
    made = rpo_measures.backtest(filings.made, by_month)
    return schedule(
        "Period",
        range(1, len(made.to_month) + 1),
        {
            "To month": made.to_month,
            "Opening": filings.made.balance[:-1],
            "Scheduled": made.scheduled,
            "Recognised": made.recognised,
            "Recognised less scheduled": made.recognised - made.scheduled,
            "Implied bookings": made.bookings,
            "Closing": made.disclosed,
            "Left of the schedule": made.left,
            "Closing less left": made.disclosed - made.left,
        },
    )


@function
def rpo_backtest_bands(
    filings: Filings, bands: DatedBands, shape: Shape = "smooth", final_month: int | None = None
) -> Rows:
    """What the first filing's schedule puts into the bands of later filings, band by band.

    Parameters
    ----------
    filings : table, dates and USD m
        As in RPO_BACKTEST.
    bands : table, dates, months and fractions or USD m
        As in RPO_BACKTEST, with the bands of at least one later filing.
    shape : {"smooth", "flat", "front", "back", "ramp"}, optional
        As in RPO_SCHEDULE.
    final_month : whole, months, optional
        Last month of the first filing's open band or remainder.

    Returns
    -------
    table
        For each later filing with bands, and each band: its name, the filing (months since the
        first), first and last month, the old schedule's amount, the disclosed one and the
        difference, USD millions. What the filing's bands leave is its last band, whose last
        month is blank because it has none.

    Raises
    ------
    InputError
        For what RPO_BACKTEST refuses, or no bands of a later filing.

    References
    ----------
    Months of a later filing are months of the first one less the months between the two.

    Examples
    --------
    Cerebras at 30 June 2026 disclosed 22%, 43% and 35% of 25,400:

    >>> filed = [["Date", "Balance", "Recognised"], [46022, 24_600, None], [46203, 25_400, 373.5]]
    >>> bands = [["Date", "From month", "To month", "Share"], [46022, 1, 24, 0.15],
    ...          [46022, 25, 48, 0.43], [46022, 49, 84, 0.42], [46203, 1, 24, 0.22],
    ...          [46203, 25, 48, 0.43], [46203, 49, None, 0.35]]
    >>> for row in rpo_backtest_bands(filed, bands, "flat")[1:]:
    ...     print(row[0], row[1], [round(cell, 1) for cell in row[4:]])
    Months 1 to 24 6 [5412.0, 5588.0, 176.0]
    Months 25 to 48 6 [9655.5, 10922.0, 1266.5]
    After month 48 6 [8610.0, 8890.0, 280.0]
    """
    disclosed = filings.bands_by_month(bands)
    by_month = rpo.schedule(disclosed[0], 1, shape, final_month).by_month
    later = {m: rpo_measures.with_rest(b) for m, b in disclosed.items() if m > 0}
    if not later:
        raise InputError("bands", "must hold the bands of at least one later filing")
    return listing(
        ["Band", "Filing", "From month", "To month", "Old schedule", "Disclosed", "Difference"],
        *(
            [band_label(first, last), month, first, last, old, new, new - old]
            for month, found in later.items()
            for first, last, old, new in zip(
                found.first,
                found.last,
                rpo_measures.rebanded(by_month, month, found).tolist(),
                found.amount.tolist(),
                strict=True,
            )
        ),
    )
