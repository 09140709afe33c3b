"""A case's business by segment, as the model takes it: drivers, contracts and plant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from model.calendar import not_in_year, year_left
from model.case import derived
from model.dcf.drivers import Drivers
from model.dcf.segment_lines import lines_of
from model.dcf.segments import SegmentedDrivers
from model.dcf.signed import Plant, SignedContracts
from model.errors import Floats, InputError, nearest, shown
from model.fiscal_years import by_fiscal_year
from model.rpo.schedule import RecognitionSchedule, schedule
from model.uncertainty.changes import Business

if TYPE_CHECKING:
    from model.case.case import Case

#: What the balance states of its segment.
OF_SEGMENT = ("segment", "recognised_in_year", "collected")
#: A cost of capital, on which none of the lines depends.
ANY_RATE = 0.1


def valued(case: Case, wacc: float) -> Business:
    """Return what the DCF of a case takes, at a cost of capital."""
    values = {name: figure.value for name, figure in case.drivers.items()}
    values |= {"wacc": wacc, **derived.drivers(case)}
    if case.segments:
        return Business(drivers(case, values), case.dilution, contracts(case), plant(case))
    made = Drivers.of({**values, "stub": stub(case)}, across=case.forecast_years)
    return Business(made, case.dilution, contracted_by_year(case))


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
    """Return the contracts that are valued one by one, or the balance as one contract."""
    if case.signs:
        return SignedContracts.of(case.table("customer_contracts"))
    if case.rpo is None or case.rpo.segment is None:
        return None
    further = {
        name: [figure.number]
        for name, figure in (
            ("recognised", case.rpo.recognised_in_year),
            ("collected", case.rpo.collected),
        )
        if figure is not None
    }
    segment = [str(case.rpo.segment.value)]
    return SignedContracts(
        segment,
        segment,
        amounts=recognition(case, 1).recognised[None],
        **further,
    )


def stub(case: Case) -> float:
    """Part of the first forecast year remaining at the valuation date, by days.

    A valuation date up to a week before the year begins, where the year before ended on another
    day, counts as its beginning.
    """
    end, start = case.company.first_year_end.day, case.company.valuation_date.day
    left = year_left(start, end)
    if left is None:
        raise InputError("company.valuation_date", not_in_year(start, end))
    return left


def contracted_by_year(case: Case) -> Floats:
    """Revenue from the opening balance in each forecast year, USD millions."""
    if case.rpo is None:
        return np.zeros(case.years)
    by_month = recognition(case, 1).recognised
    start, end = case.rpo.opening.date.day, case.company.first_year_end.day
    return by_fiscal_year(by_month, start, end, case.years)


def recognition(case: Case, months_per_period: int) -> RecognitionSchedule:
    """Return the schedule on which the opening balance becomes revenue."""
    assert case.rpo is not None
    stated, rate = case.rpo, case.rpo.run_rate
    return schedule(
        case.bands(stated.conversion),
        months_per_period,
        str(stated.shape.value),
        int(stated.final_month.number),
        None if rate is None else np.asarray(rate.number),
    )


def plant(case: Case) -> Plant | None:
    """Return the plant, if the case lists its vintages."""
    stated: Plant | None = case.table("plant") if "plant" in case.tables else None
    return stated


def check(case: Case) -> None:
    """Refuse segments, contracts and plant that do not fit, by their place in the case."""
    _check_segment(case)
    if not case.segments:
        return
    values = {name: figure.value for name, figure in case.drivers.items()}
    try:
        made = drivers(case, values | {"wacc": ANY_RATE})
        lines_of(made.over(case.years), contracts(case), plant(case))
    except InputError as error:
        places = {
            "contracted_revenue": "tables.customer_contracts" if case.signs else "rpo",
            "plant": "tables.plant",
        }
        of = next((a for a in places if error.argument.split()[0] == a), "")
        place = places.get(of, "segments")
        rest = error.argument.removeprefix(of).strip()
        raise InputError(f"{place}: {rest}" if rest else place, error.problem) from None


def _check_segment(case: Case) -> None:
    """Refuse a balance of which no segment, an unknown one, or its contracts' are stated."""
    if case.rpo is None:
        return
    stated = {key: getattr(case.rpo, key) for key in OF_SEGMENT}
    given = next((key for key, figure in stated.items() if figure is not None), None)
    if given and not case.segments:
        raise InputError(f"rpo.{given}", "must be left out of a case without [segments]")
    if given and case.signs:
        raise InputError(
            f"rpo.{given}",
            "must be left out with tables.customer_contracts, whose contracts state it; the rest "
            "of the balance can be a contract of its own",
        )
    if not case.segments or case.signs:
        return
    if stated["segment"] is None:
        raise InputError(
            "rpo.segment",
            "must be given with [segments], to say which one the balance belongs to, or "
            "tables.customer_contracts in its place",
            "missing",
        )
    name, names = str(stated["segment"].value), [s.name for s in case.segments.values()]
    if name.casefold() not in {each.casefold() for each in names}:
        hint = nearest(name, names)
        raise InputError("rpo.segment", f"must be the name of a segment, not {shown(name)}{hint}")
    counted = case.balance_sheet.get("collected_counts")
    if stated["collected"] is not None and counted is not None and counted.value == "claim":
        raise InputError(
            "rpo.collected",
            "must be left out if balance_sheet.collected_counts is 'claim', or it counts twice",
        )
    collected, balance = stated["collected"], case.rpo.opening.amount.number
    if collected is not None and collected.number > balance:
        raise InputError(
            "rpo.collected",
            f"must be at most rpo.opening.amount of {shown(balance)}, "
            f"not {shown(collected.number)}",
        )
