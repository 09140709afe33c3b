"""A company's inputs: typed, validated, every figure with its source, date and quality.

A case is a TOML file. Its leaves are figures: a value with a unit, the date it belongs to, the
source it comes from, how good that source is, and a note. Keys and units are checked; totals
that the case declares must add up.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError, model_validator

from model.calendar import counted_month, fiscal_year
from model.case.parts import (
    Band,
    Company,
    CostOfCapital,
    Figure,
    Labelled,
    Part,
    Published,
    Rpo,
    Security,
    Source,
    Table,
    Total,
)
from model.dcf.drivers import DRIVERS, YEARLY, YEARS
from model.dilution.shares import Securities
from model.errors import InputError, nearest, shown
from model.rpo.schedule import Bands

#: Drivers that a case does not state, because they follow from its other figures.
DERIVED = ("stub", "wacc", "years")
#: Months after which an opening balance is a slip of the keyboard: filings come every quarter.
OLDEST_BALANCE = 24


class Case(Part):
    """A company's inputs."""

    company: Company
    sources: dict[str, Source]
    offer: dict[str, Labelled]
    prices: dict[str, Labelled] = Field(default_factory=dict)
    securities: dict[str, Security]
    rpo: Rpo
    cost_of_capital: CostOfCapital
    drivers: dict[str, Figure]
    published: dict[str, Published]
    scalars: dict[str, Labelled] = Field(default_factory=dict)
    tables: dict[str, Table] = Field(default_factory=dict)
    totals: dict[str, Total] = Field(default_factory=dict)

    @property
    def years(self) -> int:
        """Forecast years: as many as the drivers that have a path have values."""
        paths = [f.value for f in self.drivers.values() if isinstance(f.value, list)]
        return len(paths[0]) if paths else YEARS

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """Every figure by its path, in the order of the file."""
        return {".".join(steps): figure for steps, figure in _walk((), self)}

    @property
    def price_points(self) -> dict[str, Labelled]:
        """The offer price, and the further prices at which dilution is shown, by their paths."""
        further = {f"prices.{key}": price for key, price in self.prices.items()}
        return {"offer.price": self.offer["price"], **further}

    @property
    def dilution(self) -> Securities:
        """The securities as the model takes them."""
        rows = self.securities.values()
        return Securities(
            [s.name for s in rows],
            [s.type for s in rows],
            [s.count.number for s in rows],
            [s.strike.number if s.strike else math.nan for s in rows],
            [s.included.number if s.included else 1.0 for s in rows],
            [s.withheld.number if s.withheld else 0.0 for s in rows],
            [s.vests_at.number if s.vests_at else 0.0 for s in rows],
        )

    def bands(self, bands: Mapping[str, Band]) -> Bands:
        """Bands of the opening balance as the model takes them."""
        rows = bands.values()
        return Bands.of(
            self.rpo.opening.amount.number,
            [b.from_month for b in rows],
            [b.to_month for b in rows],
            share=[b.share.number if b.share else float("nan") for b in rows],
        )

    @model_validator(mode="after")
    def _adds_up(self) -> Case:
        for steps, _ in _walk((), self):
            dotted = next((step for step in steps if "." in step), None)
            if dotted is not None:
                # Totals and the workbook's list of sources name a figure by its path.
                raise InputError(
                    ".".join(steps), f"must have keys without a dot, and {dotted!r} has one"
                )
        for path, figure in self.figures.items():
            if figure.source not in self.sources:
                hint = nearest(figure.source, self.sources)
                raise InputError(f"{path}.source", f"names no source: {figure.source!r}{hint}")
        for key, table in self.tables.items():
            for row, stated in table.rows.items():
                if stated.source not in self.sources:
                    hint = nearest(stated.source, self.sources)
                    raise InputError(
                        f"tables.{key}.rows.{row}.source",
                        f"names no source: {stated.source!r}{hint}",
                    )
        for name, figure in self.drivers.items():
            _check_driver(f"drivers.{name}", name, figure)
        for name, total in self.totals.items():
            self._check_total(f"totals.{name}", total)
        self._check_paths()
        if "price" not in self.offer:
            raise InputError("offer.price", "is missing")
        price = self.offer["price"].figure
        if price.unit != "USD" or not price.number > 0:
            # The market's weights rest on it.
            raise InputError(
                "offer.price", f"must be above 0 USD, not {shown(price.value)} {price.unit}"
            )
        final_month = self.rpo.final_month.number
        if not final_month.is_integer():
            raise InputError(
                "rpo.final_month", f"must be a whole number of months, not {shown(final_month)}"
            )
        _ = self.dilution
        later = {f"later.{key}": balance for key, balance in self.rpo.later.items()}
        for place, balance in {"opening": self.rpo.opening, **later}.items():
            if balance.bands:
                _named(f"rpo.{place}", self.bands, balance.bands)
        _named("rpo.conversion", self.bands, self.rpo.conversion)
        self._check_dates()
        self._check_conversion()
        return self

    def _check_paths(self) -> None:
        """Refuse drivers by year of unlike lengths: the first one says how many years there are."""
        paths = {k: f.value for k, f in self.drivers.items() if isinstance(f.value, list)}
        for name, values in paths.items():
            if len(values) not in (1, self.years):
                raise InputError(
                    f"drivers.{name}",
                    f"must have as many values as drivers.{next(iter(paths))}, "
                    f"{self.years}, not {len(values)}",
                )

    def _check_dates(self) -> None:
        before = self.rpo.opening.date
        valued = self.company.valuation_date.day
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
        for key, balance in self.rpo.later.items():
            if not balance.date.day > before.day:
                raise InputError(
                    f"rpo.later.{key}.date", f"must be after {before.day}, not {balance.date.day}"
                )
            before = balance.date
        last = fiscal_year(self.company.first_year_end.day) + self.years - 1
        for key, item in self.published.items():
            if item.year is not None and not last - self.years < item.year <= last:
                raise InputError(
                    f"published.{key}.year",
                    f"must be a forecast year, {last - self.years + 1} to {last}, not {item.year}",
                )

    def _check_total(self, place: str, total: Total) -> None:
        amounts = []
        for path in (total.total, *total.parts):
            figure = self.figures.get(path.removeprefix("-"))
            if figure is None or not isinstance(figure.value, float):
                numbers = [p for p, f in self.figures.items() if isinstance(f.value, float)]
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

    def _check_conversion(self) -> None:
        """Refuse a conversion that contradicts the disclosed bands."""
        for name, disclosed in self.rpo.opening.bands.items():
            if disclosed.to_month is None or disclosed.share is None:
                continue
            inside = [
                band.share.number
                for band in self.rpo.conversion.values()
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


def load(case: str | Path = "cerebras") -> Case:
    """Load a case by the name of a shipped one, or by the path of a TOML file.

    Parameters
    ----------
    case : str or Path
        Name of a shipped case, or path of a TOML file.

    Returns
    -------
    Case

    Raises
    ------
    InputError
        When there is no such case, or when something in it is missing, unknown, in the wrong
        unit or does not add up; the sentence names the place.

    Examples
    --------
    >>> load("cerebras").company.ticker
    'CBRS'
    """
    path = Path(case)
    if path.suffix == ".toml":
        if not path.is_file():
            raise InputError("case", f"must be a file that exists, not {str(case)!r}")
        file: Path | Traversable = path
    else:
        shipped = names()
        if str(case) not in shipped:
            listed = ", ".join(shipped)
            hint = nearest(str(case), shipped)
            raise InputError(
                "case", f"must be a .toml file or one of {listed}, not {str(case)!r}{hint}"
            )
        file = resources.files("model") / "cases" / f"{case}.toml"
    try:
        # Some editors put a mark of the encoding first.
        tree = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(
            str(case),
            f"must be text in UTF-8, which byte {error.start + 1} of the file is not",
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(str(case), f"is not valid TOML: {error}") from None
    return parse(tree)


def names() -> list[str]:
    """Names of the cases that are shipped.

    Returns
    -------
    list of str
        In alphabetical order.
    """
    found = (resources.files("model") / "cases").iterdir()
    return sorted(f.name.removesuffix(".toml") for f in found if f.name.endswith(".toml"))


def parse(tree: Mapping[str, Any]) -> Case:
    """Validate a case that has been read into dictionaries.

    Parameters
    ----------
    tree : mapping
        What a case's TOML file holds.

    Returns
    -------
    Case

    Raises
    ------
    InputError
        When something is missing, unknown, in the wrong unit or does not add up.
    """
    try:
        return Case.model_validate(tree)
    except ValidationError as error:
        raise _told(error) from None


def _told(error: ValidationError) -> InputError:
    """Put the first thing that is wrong into a sentence that names the place."""
    found = error.errors(include_url=False)
    # A misspelt key is a missing one too, and says more.
    unknown = [e for e in found if e["type"] == "extra_forbidden"]
    first = (unknown or found)[0]
    place = ".".join(str(part) for part in first["loc"] if part != "function-after")
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, InputError):
        return cause
    if first["type"] == "extra_forbidden":
        missing = [
            str(e["loc"][-1])
            for e in found
            if e["type"] == "missing" and e["loc"][:-1] == first["loc"][:-1]
        ]
        return InputError(place, f"is an unknown key{nearest(str(first['loc'][-1]), missing)}")
    if first["type"] == "missing":
        return InputError(place, "is missing")
    if cause is not None:
        return InputError(place, str(cause))
    what = first["msg"][:1].lower() + first["msg"][1:]
    return InputError(place, f"is not as expected ({what}): {shown(first['input'])}")


def _check_driver(place: str, name: str, figure: Figure) -> None:
    driver = DRIVERS.get(name)
    if driver is None:
        raise InputError(place, f"is an unknown driver{nearest(name, DRIVERS)}")
    if name in DERIVED:
        raise InputError(place, "must not be given, because it follows from other figures")
    if figure.unit != driver.unit:
        raise InputError(place, f"must have the unit {driver.unit!r}, not {figure.unit!r}")
    expected: tuple[type, ...] = (str,) if driver.kind == "choice" else (float,)
    if driver.extent == YEARLY:
        expected = (float, list)
    if not isinstance(figure.value, expected):
        raise InputError(place, f"has a value of the wrong kind: {shown(figure.value)}")


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
    if isinstance(node, BaseModel):
        children: Any = ((name, getattr(node, name)) for name in type(node).model_fields)
    elif isinstance(node, dict):
        children = node.items()
    else:
        return
    for name, child in children:
        # A labelled figure is known by the key of its label.
        yield from _walk(path if name == "figure" else (*path, name), child)
