"""Checks across several figures of a case: paths, dates, bands, totals.

Errors in a single figure are refused where it is read.
"""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Any

from model.calendar import MONTHS_PER_YEAR, counted_month, fiscal_year, months_between
from model.case import business, derived, facts
from model.case.bands import apart, check_rising
from model.case.moving import looks_ahead
from model.case.parts import BASES, Rpo, Total
from model.case.tables import FUNDING
from model.errors import InputError, nearest, refuse, shown
from model.rpo.stated import RPO, one_scope

if TYPE_CHECKING:
    from model.case.case import Case

#: Months after which an opening balance is a typing error: filings come every quarter.
OLDEST_BALANCE = 24


def paths(case: Case) -> None:
    """Refuse drivers by year of different lengths: the first one sets the number of years."""
    for path, values in case.paths.items():
        if len(values) not in (1, case.years):
            raise InputError(
                path,
                f"must have as many values as {next(iter(case.paths))}, {case.years}, "
                f"not {len(values)}",
            )


def dates(case: Case) -> None:
    """Refuse balances that are out of order, or too far from the valuation date."""
    valued = case.company.valuation_date.day
    if case.rpo is None:
        return
    before = case.rpo.opening.date
    if before.day > valued:
        raise InputError(
            "rpo.opening.date",
            f"must not be after company.valuation_date {valued}, but it is {before.day}",
        )
    if counted_month(valued) - counted_month(before.day) > OLDEST_BALANCE:
        raise InputError(
            "rpo.opening.date",
            f"must be within {OLDEST_BALANCE} months of company.valuation_date {valued}, but it "
            f"is {before.day}",
        )
    opening, reached, silent = before.day, 0, ""
    for key, balance in case.rpo.later.items():
        path, day = f"rpo.later.{key}.date", balance.date.day
        if not day > before.day:
            raise InputError(path, f"must be after {before.day}, not {day}")
        reached = _month(path, opening, day, reached)
        if balance.recognised is not None and silent:
            counts = f"rpo.later.{key}.recognised counts from this balance"
            raise InputError(f"rpo.later.{silent}.recognised", f"is missing: {counts}")
        silent = key if balance.recognised is None else ""
        before = balance.date


def _month(path: str, first: date, day: date, reached: int) -> int:
    """Return the month of a balance after the first; refuse one that is not after the last."""
    try:
        month = months_between("filings", first, day)
    except InputError:
        month = reached
    if month <= reached:
        of = f"a whole number of months after {first}, to within a week, and {reached + 1}"
        raise InputError(path, f"must be {of} at least, but it is {day}")
    return month


def earlier(case: Case) -> None:
    """Refuse earlier balances that cannot be held against the revenue up to the opening one."""
    if case.rpo is None:
        return
    opening = case.rpo.opening
    for place, balance in [*case.rpo.balances.items()][bool(case.rpo.earlier) :]:
        if balance.run_rate is not None:
            problem = "must be left out of all but the earliest of [rpo.earlier]"
            raise InputError(f"rpo.{place}.run_rate", problem)
    if not case.rpo.earlier:
        if opening.recognised is not None:
            raise InputError("rpo.opening.recognised", "must be left out without [rpo.earlier]")
        return
    (place, first), *following = case.rpo.until_opening.items()
    if not first.bands:
        raise InputError(f"rpo.{place}.bands", "must be given for the earliest balance")
    if first.recognised is not None:
        raise InputError(f"rpo.{place}.recognised", "must be left out of the earliest balance")
    last, reached = f"rpo.{place}", 0
    for place, balance in following:
        path, day = f"rpo.{place}", balance.date.day
        if place != "opening" and day >= opening.date.day:
            raise InputError(
                f"{path}.date", f"must be before rpo.opening.date {opening.date.day}, not {day}"
            )
        reached = _month(f"{path}.date", first.date.day, day, reached)
        if balance.recognised is None:
            raise InputError(
                f"{path}.recognised", f"is missing: the revenue since {last}", "missing"
            )
        last = path


def outside(case: Case) -> None:
    """Refuse revenue outside a balance that is more than all revenue, or without it."""
    if case.rpo is None:
        return
    for place, balance in case.rpo.balances.items():
        if balance.outside is None:
            continue
        path = f"rpo.{place}.outside"
        if balance.recognised is None:
            raise InputError(path, f"must be left out without rpo.{place}.recognised")
        if balance.from_balance < 0:
            raise InputError(
                path,
                f"must be at most rpo.{place}.recognised, {shown(balance.recognised.number)}, "
                f"not {shown(balance.outside.number)}",
            )


def bridge(case: Case) -> None:
    """Refuse a bridge to equity without cash or without debt, which would count as 0 unseen."""
    stated = {"cash": "cash", "debt": "borrowings"}
    refuse(
        InputError(
            f"balance_sheet.{figure}",
            f"or drivers.{driver} must be typed for the bridge to equity, 0 if there is none",
            "missing",
        )
        for driver, figure in stated.items()
        if driver not in case.drivers and figure not in case.balance_sheet
    )


def events(case: Case) -> None:
    """Refuse events that the balance sheet already holds, or that move no figure of it."""
    table, cash = case.tables.get("balance_events"), case.balance_sheet.get("cash")
    if table is None:
        return
    if cash is None:
        raise InputError("tables.balance_events", "must follow a stated balance_sheet.cash")
    for header, keys in (("Borrowings", ("borrowings",)), ("Collected", derived.COLLECTED)):
        if header not in table.fields:
            continue
        moved = any(table.column(header).values())
        if moved and not any(key in case.balance_sheet for key in keys):
            expected = f"must be 0 in {header} without a stated balance_sheet.{keys[0]}"
            raise InputError("tables.balance_events", expected)
    for key, day in table.column("Date").items():
        if isinstance(day, date) and day <= cash.as_of:
            raise InputError(
                f"tables.balance_events.{key}.date",
                f"must be after {cash.as_of}, the date of balance_sheet.cash, not {day}",
            )


def collected(case: Case) -> None:
    """Refuse cash collected before delivery that counts twice, or not at all."""
    rpo = case.rpo
    by_balance = rpo is not None and rpo.segment is not None and not case.signs
    if not (case.signs or by_balance) or "collected_counts" not in case.balance_sheet:
        return
    if case.signs:
        place, header = "tables.customer_contracts", " in Collected"
        counted = float(case.table("customer_contracts").collected.sum())
    else:
        assert rpo is not None
        place, header = "rpo.collected", ""
        counted = 0.0 if rpo.collected is None else rpo.collected.number
    if case.balance_sheet["collected_counts"].value == "claim":
        # With a balance of a segment, it is refused where that is read.
        if counted and case.signs:
            raise InputError(
                "balance_sheet.collected_counts",
                f"must be 'forecast', because {place} has {shown(counted)}{header}, which would "
                "count twice",
            )
        return
    stated = derived.collected(case)
    if derived.of_balance_date(case) and abs(stated - counted) > 1e-6 * stated:
        raise InputError(
            place,
            f"must have{header} the amount that the balance sheet has as collected, "
            f"{shown(stated)}, not {shown(counted)}",
        )


def public(case: Case) -> None:
    """Refuse what moves the value and was not public on the valuation date, a sentence a source.

    A case on the basis of the latest figures is allowed them, with a warning.
    """
    if case.company.basis != BASES[0]:
        return
    valued = case.company.valuation_date.day
    together: dict[tuple[str, date | None], list[str]] = {}
    for path in looks_ahead(case):
        of = case.origins[path]
        together.setdefault((of.source, of.known), []).append(path)
    refuse(
        InputError(
            first,
            f"{f'and {len(more)} more ' if more else ''}"
            f"{f'became public on {known}' if known else f'is of {case.origins[first].as_of}'}, "
            f"after company.valuation_date {valued}: value the company later, take what was known, "
            "or set company.basis to 'latest'",
        )
        for (_, known), (first, *more) in together.items()
    )


def securities(case: Case) -> None:
    """Refuse securities that contradict one another."""
    _ = case.dilution


def bands(case: Case) -> None:
    """Refuse bands that overlap, leave a gap, or differ from the filing's."""
    if case.rpo is None:
        return
    for place, balance in case.rpo.balances.items():
        if balance.bands:
            check_rising(f"rpo.{place}.bands", balance.bands)
            _named(f"rpo.{place}", case.bands, balance.bands)
    check_rising("rpo.conversion", case.rpo.conversion)
    _named("rpo.conversion", case.bands, case.rpo.conversion)
    _final_month(case.rpo)
    _conversion(case.rpo)
    _named("rpo.conversion", business.recognition, case, 1)


def scope(case: Case) -> None:
    """Refuse a run rate that was recognised from something other than the balance."""
    if case.rpo is None:
        return
    rate = case.rpo.run_rate_scope
    if case.rpo.run_rate is not None:
        of = str(case.rpo.scope.value) if case.rpo.scope else RPO
        of_rate = str(rate.value) if rate else RPO
        one_scope("rpo.run_rate_scope", [of_rate], of, "that of the balance")
    elif rate is not None:
        raise InputError("rpo.run_rate_scope", "must be left out without rpo.run_rate")


def table(case: Case, key: str) -> None:
    """Refuse a table that its functions would refuse."""
    _named(f"tables.{key}", case.table, key)
    if key == "facilities":
        first = fiscal_year(case.company.first_year_end.day)
        _named(f"tables.{key}", case.table(key).check_expiry, [first])


def funding(case: Case) -> None:
    """Refuse funding that contradicts the rest of the case."""
    if not case.funding:
        stray = [f"tables.{key}" for key in FUNDING if key in case.tables]
        refuse(InputError(path, "needs [funding] with a minimum_cash") for path in stray)
        return
    if "facilities" in case.tables and "commitments" not in case.tables:
        raise InputError(
            "tables.commitments", "must be given with tables.facilities, which expire in its years"
        )
    cash, restricted = case.drivers.get("cash"), derived.restricted_cash(case)
    if cash and restricted > cash.number:
        raise InputError(
            "balance_sheet.restricted_cash",
            f"must be at most drivers.cash of {shown(cash.number)}, because it is part of it, not "
            f"{shown(restricted)}",
        )


def _final_month(rpo: Rpo) -> None:
    """Refuse a last month before the one in which the last band begins."""
    last = max(band.to_month or band.from_month for band in rpo.conversion.values())
    final = rpo.final_month.number
    if final < last:
        years = final * MONTHS_PER_YEAR
        likely = f" ({shown(final)} years are {shown(years)} months)" if years >= last else ""
        raise InputError(
            "rpo.final_month",
            f"must be a month from {last}, the last with revenue, not {shown(final)}{likely}",
        )


def _conversion(rpo: Rpo) -> None:
    """Refuse a conversion that contradicts the disclosed bands."""
    converting = list(zip(*apart(rpo.conversion), strict=True))
    for name, first, last, share in zip(rpo.opening.bands, *apart(rpo.opening.bands), strict=True):
        if last is None or math.isnan(share):
            continue
        inside = sum(
            part
            for start, end, part in converting
            if start >= first and end is not None and end <= last and not math.isnan(part)
        )
        if abs(inside - share) > 1e-9:
            raise InputError(
                "rpo.conversion",
                f"must sum to {shown(share)} within the disclosed band {name!r}, "
                f"not {shown(inside)}",
            )


def total(case: Case, place: str, total: Total) -> None:
    """Refuse a figure that is not the sum of its parts."""
    known, amounts = facts.inputs(case), []
    for path in (total.total, *total.parts):
        stated = path.removeprefix("-")
        if stated not in known:
            raise InputError(place, f"does not name a number: {path!r}{nearest(stated, [*known])}")
        number, _ = known[stated]
        amounts.append(-number if path.startswith("-") else number)
    whole, parts = amounts[0], sum(amounts[1:])
    if abs(whole - parts) > total.tolerance:
        raise InputError(
            place,
            f"must add up: {total.total} is {shown(whole)}, and {' + '.join(total.parts)} "
            f"is {shown(parts)}",
        )


def _named(place: str, check: Any, *values: Any) -> None:
    """Put the place in a case before the message of a model check."""
    try:
        check(*values)
    except InputError as error:
        raise InputError(
            f"{place}: {error.argument}", error.problem, error.reason, error.holds
        ) from None
