"""A case's business by segment, as the model takes it: drivers, contracts and plant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from model.dcf.segment_lines import lines_of
from model.dcf.segments import SegmentedDrivers
from model.dcf.signed import Plant, SignedContracts
from model.errors import InputError

if TYPE_CHECKING:
    from model.case.case import Case

#: Where a case states the arguments of the model.
PLACES = {"contracted_revenue": "tables.customer_contracts", "plant": "tables.plant"}
#: A cost of capital, on which none of the lines depends.
ANY_RATE = 0.1


def drivers(case: Case, values: Mapping[str, Any]) -> SegmentedDrivers:
    """Return the drivers of a company with segments, whose dates are the case's.

    Parameters
    ----------
    case : Case
    values : mapping
        The company's drivers by name.
    """
    dates = {key: getattr(case.company, key).day for key in ("valuation_date", "first_year_end")}
    if (balance := balance_date(case)) is not None:
        dates["balance_date"] = balance
    return SegmentedDrivers.by_segment(
        {**values, **dates},
        {s.name: {n: f.value for n, f in s.figures.items()} for s in case.segments.values()},
        across=case.forecast_years,
    )


def balance_date(case: Case) -> date | None:
    """Return the day from which contracts count, and from which cash flows to the valuation date.

    That of the opening balance of remaining performance obligations; without one that of
    `balance_sheet.cash`, if it is not later than the valuation date.
    """
    if case.rpo is not None:
        return case.rpo.opening.date.day
    cash = case.balance_sheet.get("cash")
    return cash.as_of if cash and cash.as_of <= case.company.valuation_date.day else None


def contracts(case: Case) -> SignedContracts | None:
    """Return the contracts that are valued one by one."""
    return SignedContracts.of(case.table("customer_contracts")) if case.signs else None


def plant(case: Case) -> Plant | None:
    """Return the plant, if the case lists its vintages."""
    stated: Plant | None = case.table("plant") if "plant" in case.tables else None
    return stated


def check(case: Case) -> None:
    """Refuse segments, contracts and plant that do not fit, by their place in the case."""
    if not case.segments:
        return
    if case.rpo is not None and not case.signs:
        raise InputError(
            "tables.customer_contracts",
            "must be given with [segments] and [rpo], to say which segment each contract is of",
            "missing",
        )
    values = {name: figure.value for name, figure in case.drivers.items()}
    try:
        made = drivers(case, values | {"wacc": ANY_RATE})
        lines_of(made.over(case.years), contracts(case), plant(case))
    except InputError as error:
        of = next((a for a in PLACES if error.argument.split()[0] == a), "")
        place = PLACES.get(of, "segments")
        rest = error.argument.removeprefix(of).strip()
        raise InputError(f"{place}: {rest}" if rest else place, error.problem) from None
