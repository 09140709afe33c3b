"""A company's inputs: typed, validated, every figure with its source, date and quality.

A case is a TOML file. Its leaves are figures: what each is stands in its declaration, and the file
states its value, the day that it belongs to, its source, how good that source is, and a note. Keys
are checked; totals that the case declares must add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from model.calendar import MONTHS_PER_YEAR, counted_month, fiscal_year
from model.case import declared, file, plausible
from model.case.file import names
from model.case.parts import (
    Band,
    Company,
    Figure,
    Published,
    Rpo,
    Security,
    Source,
    Table,
    Total,
)
from model.case.sections import DERIVED, Sections
from model.dcf.drivers import YEARS
from model.dilution.securities import Securities
from model.errors import CaseError, InputError, nearest, shown
from model.rpo.bands import Banded

#: Months after which an opening balance is a slip of the keyboard: filings come every quarter.
OLDEST_BALANCE = 24


@dataclass(frozen=True)
class Case:
    """A company's inputs; read one with `load`, or with `parse`.

    A company that offers shares has an `offer`; a listed one has a `price`. A company without
    remaining performance obligations has no `rpo`.
    """

    company: Company
    sources: dict[str, Source]
    offer: dict[str, Figure]
    price: dict[str, Figure]
    balance_sheet: dict[str, Figure]
    prices: dict[str, Figure]
    securities: dict[str, Security]
    rpo: Rpo | None
    cost_of_capital: dict[str, Figure]
    drivers: dict[str, Figure]
    published: dict[str, Published]
    scalars: dict[str, Figure]
    tables: dict[str, Table]
    totals: dict[str, Total]

    @property
    def years(self) -> int:
        """Forecast years: as many as the drivers that have a path have values."""
        paths = [f.value for f in self.drivers.values() if isinstance(f.value, list)]
        return len(paths[0]) if paths else YEARS

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """Every figure by its path, in the order of the sections."""
        return {".".join(steps): figure for steps, figure in _walk((), self)}

    @property
    def share_price(self) -> tuple[str, Figure]:
        """The price of a share, of the offer or on the market, with its path."""
        return (
            ("offer.price", self.offer["price"])
            if self.offer
            else ("price.share", self.price["share"])
        )

    @property
    def price_points(self) -> dict[str, Figure]:
        """The share price, and the further prices at which dilution is shown, by their paths."""
        path, price = self.share_price
        return {path: price, **{f"prices.{key}": p for key, p in self.prices.items()}}

    @cached_property
    def warnings(self) -> list[str]:
        """What is probably not in the unit that it is declared in, a sentence each."""
        return plausible.warnings(self)

    @cached_property
    def dilution(self) -> Securities:
        """The securities as the model takes them."""
        rows = self.securities.values()
        numbers = {
            name: [s.figures[name].number if name in s.figures else f.default for s in rows]
            for name, f in Securities.declared.items()
            if f.kind not in ("text", "choice")
        }
        return Securities([s.name for s in rows], [s.type for s in rows], **numbers)

    def bands(self, bands: Mapping[str, Band]) -> Banded:
        """Bands of the opening balance as the model takes them."""
        assert self.rpo is not None
        rows = bands.values()
        return Banded.of(
            self.rpo.opening.amount.number,
            [b.from_month for b in rows],
            [b.to_month for b in rows],
            share=[b.share.number if b.share else float("nan") for b in rows],
        )


def load(case: str | Path = "cerebras") -> Case:
    """Load a case by the name of a shipped one, or by the path of a TOML file.

    Parameters
    ----------
    case : str or Path
        Name of a shipped case, or path of a TOML file.

    Raises
    ------
    InputError
        When there is no such case, or when something in it is missing, unknown, out of bounds or
        does not add up: the sentence begins with the file, the line and the place. An
        `CaseError` holds several.

    Examples
    --------
    >>> load("cerebras").company.ticker
    'CBRS'
    """
    path = file.find(case)
    text = file.text_of(str(case), path)
    tree = file.tree_of(str(case), text)
    try:
        return parse(tree)
    except RecursionError:
        raise InputError(str(case), "must not be nested so deeply") from None
    except CaseError as errors:
        raise CaseError(file.with_lines(path.name, text, errors.errors)) from None
    except InputError as error:
        raise file.with_lines(path.name, text, [error])[0] from None


def parse(tree: Mapping[str, Any]) -> Case:
    """Validate a case that has been read into dictionaries.

    Parameters
    ----------
    tree : mapping
        What a case's TOML file holds.

    Raises
    ------
    InputError
        When something is missing, unknown, out of bounds or does not add up: an `CaseError`
        where that holds for several things.
    """
    case = typed(tree)
    errors = []
    try:
        _check_published(case)
    except InputError as error:
        errors.append(error)
    for name, total in case.totals.items():
        try:
            _check_total(case, f"totals.{name}", total)
        except InputError as error:
            errors.append(error)
    _refuse(errors)
    return case


def typed(tree: Mapping[str, Any]) -> Case:
    """Validate what somebody has typed: as `parse` does, but sums may not add up yet."""
    read = Sections(tree)
    required = ("company", "sources", "securities", "cost_of_capital", "drivers")
    read.keys("", tree, required, [f.name for f in fields(Case)])
    if ("offer" in tree) == ("price" in tree):
        read.fault("offer" if "offer" in tree else "price", "must be stated: the price of a share "
                   "in either [offer] or [price]")  # fmt: skip
    case = Case(
        read.company(),
        read.the_sources(),
        read.figures("offer", declared.OFFER, ("price",)),
        read.figures("price", declared.PRICE, ("share",)),
        read.figures("balance_sheet", declared.BALANCE_SHEET),
        read.prices(),
        read.securities(),
        read.rpo(),
        read.figures("cost_of_capital", declared.COST_OF_CAPITAL, [*declared.COST_OF_CAPITAL]),
        read.drivers(),
        read.published(),
        read.figures("scalars", declared.SCALARS),
        read.tables(),
        read.totals(),
    )
    _refuse(read.faults.values())
    for check in (_check_paths, _check_dates, _check_securities, _check_bands):
        read.attempt(check.__name__, check, case)
    _refuse(read.faults.values())
    return case


def _refuse(found: Iterable[InputError]) -> None:
    errors = list(found)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise CaseError(errors)


# What several figures say together ---------------------------------------------------------------


def _check_paths(case: Case) -> None:
    """Refuse drivers by year of unlike lengths: the first one says how many years there are."""
    paths = {k: f.value for k, f in case.drivers.items() if isinstance(f.value, list)}
    for name, values in paths.items():
        if len(values) not in (1, case.years):
            raise InputError(
                f"drivers.{name}",
                f"must have as many values as drivers.{next(iter(paths))}, "
                f"{case.years}, not {len(values)}",
            )


def _check_published(case: Case) -> None:
    """Refuse a published figure of a year that the forecast lacks."""
    last = fiscal_year(case.company.first_year_end.day) + case.years - 1
    for key, item in case.published.items():
        if item.year is not None and not last - case.years < item.year <= last:
            raise InputError(
                f"published.{key}.year",
                f"must be a forecast year, {last - case.years + 1} to {last}, not {item.year}",
            )


def _check_dates(case: Case) -> None:
    valued = case.company.valuation_date.day
    if case.rpo is None:
        return
    before = case.rpo.opening.date
    if before.day > valued:
        raise InputError(
            "rpo.opening.date",
            f"must not be after company.valuation_date {valued}, and it is {before.day}",
        )
    if counted_month(valued) - counted_month(before.day) > OLDEST_BALANCE:
        raise InputError(
            "rpo.opening.date",
            f"must be within {OLDEST_BALANCE} months of company.valuation_date {valued}, "
            f"and it is {before.day}",
        )
    for key, balance in case.rpo.later.items():
        if not balance.date.day > before.day:
            raise InputError(
                f"rpo.later.{key}.date", f"must be after {before.day}, not {balance.date.day}"
            )
        before = balance.date


def _check_securities(case: Case) -> None:
    _ = case.dilution


def _check_bands(case: Case) -> None:
    if case.rpo is None:
        return
    later = {f"later.{key}": balance for key, balance in case.rpo.later.items()}
    for place, balance in {"opening": case.rpo.opening, **later}.items():
        if balance.bands:
            _named(f"rpo.{place}", case.bands, balance.bands)
    _named("rpo.conversion", case.bands, case.rpo.conversion)
    _check_final_month(case.rpo)
    _check_conversion(case.rpo)


def _check_final_month(rpo: Rpo) -> None:
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


def _check_conversion(rpo: Rpo) -> None:
    """Refuse a conversion that contradicts the disclosed bands."""
    for name, disclosed in rpo.opening.bands.items():
        if disclosed.to_month is None or disclosed.share is None:
            continue
        inside = [
            band.share.number
            for band in rpo.conversion.values()
            if band.share
            and band.from_month >= disclosed.from_month
            and (band.to_month or disclosed.to_month + 1) <= disclosed.to_month
        ]
        if abs(sum(inside) - disclosed.share.number) > 1e-9:
            raise InputError(
                "rpo.conversion",
                f"must sum to {shown(disclosed.share.number)} within the disclosed band "
                f"{name!r}, not {shown(sum(inside))}",
            )


def _check_total(case: Case, place: str, total: Total) -> None:
    amounts = []
    for path in (total.total, *total.parts):
        figure = case.figures.get(path.removeprefix("-"))
        if figure is None or not isinstance(figure.value, float):
            numbers = [p for p, f in case.figures.items() if isinstance(f.value, float)]
            hint = nearest(path.removeprefix("-"), numbers)
            raise InputError(place, f"names no number: {path!r}{hint}")
        amounts.append(-figure.value if path.startswith("-") else figure.value)
    whole, parts = amounts[0], sum(amounts[1:])
    if abs(whole - parts) > total.tolerance:
        raise InputError(
            place,
            f"must add up: {total.total} is {shown(whole)}, and {' + '.join(total.parts)} "
            f"is {shown(parts)}",
        )


def _named(place: str, check: Any, value: Any) -> None:
    """Put the place in a case before the sentence of a check of the model."""
    try:
        check(value)
    except InputError as error:
        raise InputError(f"{place}: {error.argument}", error.problem) from None


def _walk(path: tuple[str, ...], node: Any) -> Iterator[tuple[tuple[str, ...], Figure]]:
    """Yield the figures below a node, each with the steps that lead to it."""
    if isinstance(node, Figure):
        yield path, node
        return
    if isinstance(node, dict):
        children: Any = node.items()
    elif is_dataclass(node) and not isinstance(node, Table):
        children = ((f.name, getattr(node, f.name)) for f in fields(node))
    else:
        return
    for name, child in children:
        # A figure of a security is known by the column that it stands in.
        yield from _walk(path if name == "figures" else (*path, name), child)


__all__ = ["DERIVED", "OLDEST_BALANCE", "Case", "load", "names", "parse", "typed"]
