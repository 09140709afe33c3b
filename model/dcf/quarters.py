"""The forecast by fiscal quarter: contracts by month, reported quarters, and the rest smoothly."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from model.arrays import ratio
from model.calendar import (
    MONTHS_PER_QUARTER,
    MONTHS_PER_YEAR,
    QUARTERS,
    quarter_ends,
    year_of,
)
from model.dcf.drivers import Drivers
from model.dcf.forecast import ContractedRevenue, Forecast, dcf_forecast
from model.dcf.segment_contracts import recognised
from model.dcf.segment_rows import SIGNED
from model.dcf.segment_value import of_company
from model.dcf.segments import SegmentedDrivers
from model.dcf.signed import Plant, SignedContracts
from model.errors import Floats, InputError, require, shown
from model.fields import ROW, Amount, Field, Names, column, line
from model.functions import function
from model.rpo.schedule import LONGEST
from model.rpo.shapes import smooth_amounts
from model.tables import Schedule, Table

#: Blank where nothing is reported yet.
NOT_YET = {"default": np.nan, "blank": np.nan}
#: Lines of which quarters are reported, by what a table calls them.
REPORTED = {
    "Revenue": "revenue",
    "Operating income": "operating_income",
    "Capital expenditure": "capital_expenditure",
    "Free cash flow": "free_cash_flow",
}
#: Lines that no quarter takes below zero.
POSITIVE = ("revenue", "capital_expenditure")
#: By how much quarters may differ from their year, in proportion.
ROUNDING = 1e-9
#: No quarter.
NONE = np.zeros(0)


class ReportedQuarters(Table):
    """What is reported of the first forecast year's quarters, by line; the fourth ends the year."""

    line: Names = column("Line", "name", "The line.", choices=tuple(REPORTED), key=True)
    first: Floats = column("Q1", "USD m", "Its first quarter; blank if not reported.", **NOT_YET)
    second: Floats = column("Q2", "USD m", "Its second quarter; blank if not reported.", **NOT_YET)
    third: Floats = column("Q3", "USD m", "Its third quarter; blank if not reported.", **NOT_YET)

    @classmethod
    def argument(cls) -> str:
        """Name the argument for messages."""
        return "reported"

    def check(self) -> None:
        """Refuse a quarter without the one before it."""
        for before, after in (("first", "second"), ("second", "third")):
            gap = np.isnan(getattr(self, before)) & ~np.isnan(getattr(self, after))
            require(
                ~gap,
                self.places[after],
                f"blank where {self.declared[before].header} is",
                getattr(self, after),
            )

    def of(self, name: str) -> Floats:
        """Return the reported quarters of a line of the forecast; (..., quarters)."""
        called = next(label for label, known in REPORTED.items() if known == name)
        if called not in self.line:
            return NONE
        place = self.line.index(called)
        found = np.stack([getattr(self, q)[..., place] for q in ("first", "second", "third")], -1)
        known = ~np.isnan(found)
        if (known != known.any(tuple(range(found.ndim - 1)))).any():
            raise InputError("reported", "must hold the same quarters in all scenarios")
        return found[..., : int(known.any(tuple(range(found.ndim - 1))).sum())]


class Quarters(Schedule):
    """The forecast by fiscal quarter, from the first of its first year; (..., quarters)."""

    title = "Quarter"

    contracted_revenue: Floats = line("Contracted revenue")
    other_revenue: Floats = line("Other revenue")
    revenue: Floats = line("Revenue", total=True)
    revenue_left: Floats = line("Revenue left for the year, after the quarter")
    operating_income: Floats = line("Operating income", total=True)
    operating_margin: Floats = line("Operating margin", "fraction")
    tax: Floats = line("Tax")
    capital_expenditure: Floats = line("Capital expenditure")
    reinvestment: Floats = line("Reinvestment")
    free_cash_flow: Floats = line("Free cash flow", total=True)


@function
def dcf_quarters(
    drivers: Drivers,
    contracted_revenue: ContractedRevenue | SignedContracts | None = None,
    plant: Plant | None = None,
    quarters: Annotated[int, Field("quarters", low=1, high=QUARTERS * LONGEST)] | None = None,
    reported: ReportedQuarters | None = None,
    contracted_by_quarter: Annotated[Amount, ROW] | None = None,
) -> Quarters:
    """Forecast by fiscal quarter: contracts by month, reported quarters as such, the rest smoothed.

    Parameters
    ----------
    drivers
        As in DCF_FORECAST.
    contracted_revenue
        As in DCF_FORECAST. With a table by month, each quarter has its own months.
    plant
        As in DCF_FORECAST.
    quarters
        Quarters wanted, from the first of the first forecast year; if left out, all of them.
    reported
        Table with headers Line, Q1, Q2 and Q3, and a row for each of Revenue, Operating income,
        Capital expenditure and Free cash flow of which a quarter is reported.
    contracted_by_quarter
        Contracted revenue of quarters, where contracted_revenue is by year, as RPO_BY_QUARTER gives
        it: whole years of it, each of which sums to the year's.

    Returns
    -------
    Quarters
        Four quarters sum to the year in DCF_FORECAST. What is left for the year after a quarter is
        the year's revenue less that of its quarters so far.

    Raises
    ------
    InputError
        For what DCF_FORECAST refuses, more quarters than the forecast has, reported quarters above
        the forecast of their year, or quarters that do not sum to their year.

    Notes
    -----
    Other revenue is spread by the monotone convex method. A year is a band of four quarters, and a
    reported quarter a band of its own, so there is no step at a year end. Operating income, tax,
    capital expenditure and reinvestment are spread in the same way, but what contracts by month
    earn in a year follows their revenue. Free cash flow is what these leave. What contracts brought
    before the balance date counts in the quarters until then: as their reported revenue, or
    otherwise by days.

    References
    ----------
    P. Hagan and G. West, "Interpolation Methods for Curve Construction", *Applied Mathematical
    Finance* 13(2), 2006. The example is Snowflake's fiscal 2025: what three quarters leave of the
    year's 3,626.4 is the fourth, 986.8.

    Examples
    --------
    >>> year = Drivers(base_revenue=2806.489, uncontracted_revenue=[3626.396], years=1,
    ...                operating_margin=-0.4, sales_to_capital=1, tax_rate=0.25, wacc=0.1)
    >>> known = ReportedQuarters(["Revenue"], [828.709], [868.823], [942.094])
    >>> dcf_quarters(year, reported=known).revenue.round(1)
    array([828.7, 868.8, 942.1, 986.8])
    """
    whole = dcf_forecast(drivers, contracted_revenue, plant)
    years = whole.revenue.shape[-1]
    wanted = QUARTERS * years if quarters is None else quarters
    if wanted > QUARTERS * years:
        raise InputError(
            "quarters",
            f"must be at most {QUARTERS * years}, those of the {years} forecast years, "
            f"not {shown(wanted)}",
        )
    sold = _of(reported, "revenue", whole.revenue)
    contracted, earned = _contracted(
        drivers, contracted_revenue, plant, contracted_by_quarter, whole, sold
    )
    other = _rest(whole.revenue, contracted, sold)
    revenue = _joined(sold, contracted + other)
    made = _of(reported, "operating_income", whole.operating_income)
    income = _joined(made, earned + _rest(whole.operating_income, earned, made))
    tax = _smooth(whole.tax)
    spent = _of(reported, "capital_expenditure", whole.capital_expenditure)
    free = _of(reported, "free_cash_flow", whole.free_cash_flow)
    reinvested = _smooth(whole.reinvestment, (income - tax)[..., : free.shape[-1]] - free)
    found = {
        "contracted_revenue": contracted,
        "other_revenue": other,
        "revenue": revenue,
        "revenue_left": _left(revenue),
        "operating_income": income,
        "operating_margin": ratio(income, revenue),
        "tax": tax,
        "capital_expenditure": _smooth(whole.capital_expenditure, spent),
        "reinvestment": reinvested,
        "free_cash_flow": _joined(free, income - tax - reinvested),
    }
    return Quarters(
        **{name: values[..., :wanted] for name, values in found.items()},
        across=_names(whole, wanted),
    )


def _names(whole: Forecast, wanted: int) -> list[str]:
    """Name the quarters by their fiscal years: 2026 Q1."""
    years = [year_of("drivers", heading) for heading in whole.periods]
    return [f"{years[i // QUARTERS]} Q{i % QUARTERS + 1}" for i in range(wanted)]


def _of(reported: ReportedQuarters | None, name: str, by_year: Floats) -> Floats:
    """Return the reported quarters of a line; refuse those that its year cannot hold."""
    if reported is None:
        return NONE
    given = reported.of(name)
    if name == "capital_expenditure" and not np.any(by_year[..., 0]):
        return NONE  # All its capital is reinvestment, which is not reported.
    if name in POSITIVE and given.shape[-1]:
        total, year = given.sum(-1), by_year[..., 0]
        require(
            total <= year * (1 + ROUNDING),
            f"reported {name.replace('_', ' ').capitalize()}",
            f"at most {shown(float(np.ravel(year)[0]))} in sum, the forecast of their year",
            total,
        )
    return given


def _smooth(by_year: Floats, given: Floats = NONE) -> Floats:
    """Spread years over their quarters, of which the first ones of the first year are given."""
    count = given.shape[-1]
    shape = np.broadcast_shapes(by_year.shape[:-1], given.shape[:-1])
    by_year = np.broadcast_to(by_year, (*shape, by_year.shape[-1]))
    given = np.broadcast_to(given, (*shape, count))
    rest = by_year[..., :1] - given.sum(-1, keepdims=True)
    bands = np.concatenate([given, rest, by_year[..., 1:]], axis=-1)
    lengths = np.array([1] * count + [QUARTERS - count] + [QUARTERS] * (by_year.shape[-1] - 1))
    return smooth_amounts(bands, lengths)


def _rest(by_year: Floats, by_quarter: Floats, given: Floats) -> Floats:
    """Spread what some quarters leave of their years, so that the first ones are as given."""
    years = by_quarter.reshape(*by_quarter.shape[:-1], -1, QUARTERS).sum(-1)
    return _smooth(by_year - years, given - by_quarter[..., : given.shape[-1]])


def _joined(given: Floats, found: Floats) -> Floats:
    """Put the given quarters in the place of the first ones: they are so to the last bit."""
    found[..., : given.shape[-1]] = given
    return found


def _left(revenue: Floats) -> Floats:
    """Return what the later quarters of its year bring after each quarter."""
    by_year = revenue.reshape(*revenue.shape[:-1], -1, QUARTERS)
    later = np.cumsum(by_year[..., ::-1], axis=-1)[..., ::-1]
    left = np.zeros_like(later)
    left[..., :-1] = later[..., 1:]
    return left.reshape(revenue.shape)


def _contracted(
    drivers: Drivers,
    contracted: Floats | SignedContracts | None,
    plant: Plant | None,
    by_quarter: Floats | None,
    whole: Forecast,
    sold: Floats,
) -> tuple[Floats, Floats]:
    """Return contracted revenue by quarter, over all years, and what contracts earn with it."""
    if isinstance(contracted, SignedContracts):
        if by_quarter is not None:
            raise InputError(
                "contracted_by_quarter",
                "must be left out with a table of contracts, which has their months",
            )
        return _by_month(drivers, contracted, plant, sold)
    by_year = whole.contracted_revenue
    found = smooth_amounts(by_year, np.full(by_year.shape[-1], QUARTERS))
    if by_quarter is not None:
        count, years = by_quarter.shape[-1], by_year.shape[-1]
        if count % QUARTERS or count > QUARTERS * years:
            raise InputError(
                "contracted_by_quarter",
                f"must hold four amounts for each of up to {years} forecast years, not {count}",
            )
        share = np.asarray(drivers.contracted_share)[..., None]
        by_quarter = by_quarter * share
        stated = by_quarter.reshape(*by_quarter.shape[:-1], -1, QUARTERS).sum(-1)
        on_time = by_year if contracted is None else contracted * share
        known = on_time[..., : count // QUARTERS]
        require(
            np.abs(stated - known) <= ROUNDING * (1 + known),
            "contracted_by_quarter",
            "the contracted_revenue of each year, in sum",
            stated,
        )
        # What comes later has the quarters of its years, and not those that it was to come in.
        late = np.asarray(drivers.contracted_delay_months)[..., None] > 0
        found = np.where(late, found, _joined(by_quarter, found.copy()))
    return found, np.zeros_like(found)


def _by_month(
    drivers: Drivers, contracts: SignedContracts, plant: Plant | None, sold: Floats
) -> tuple[Floats, Floats]:
    """Sum the months of contracts to quarters, net of contra-revenue, and share what they earn."""
    d, worth = of_company(drivers, contracts, plant)
    gross = recognised(d, contracts).quarters(_windows(d), sold)
    by_year = gross.reshape(*gross.shape[:-1], -1, QUARTERS)
    total = by_year.sum(-1, keepdims=True)
    share = np.divide(by_year, total, out=np.full(by_year.shape, 1 / QUARTERS), where=total > 0)
    flows, rows = worth.lines.flows, worth.lines.rows
    signed = [i for i, row in enumerate(rows) if row.kind == SIGNED]

    def by_quarter(lines: Floats) -> Floats:
        years = (share * lines[..., signed, 1:-1, None]).sum(-3)
        return np.asarray(years.reshape(*years.shape[:-2], -1))

    return by_quarter(flows.revenue - flows.contra_revenue), by_quarter(flows.income)


def _windows(d: SegmentedDrivers) -> Floats:
    """Return the days, or months, with which the forecast's quarters end, and the year before."""
    assert d.years is not None
    if d.first_year_end is None:
        return np.arange(0.0, MONTHS_PER_YEAR * d.years + 1, MONTHS_PER_QUARTER)
    return quarter_ends(d.first_year_end, QUARTERS * d.years)
