"""A company's inputs: typed, validated, every figure with its source, date and quality.

A case is a TOML file. Its leaves are figures: each is defined in its declaration, and the file
gives its value, its date, its source, the quality of that source, and a note. Keys are checked;
totals that the case declares must add up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from model.calendar import fiscal_year
from model.case import (
    business,
    claims,
    declared,
    derived,
    facts,
    file,
    megawatt,
    observed,
    plausible,
    quarterly,
    scenarios,
    shocked,
    together,
    varied,
    views,
)
from model.case.bands import apart
from model.case.file import names
from model.case.parts import (
    SECURITY,
    Band,
    Company,
    Figure,
    Origin,
    Published,
    Rpo,
    Security,
    SegmentDrivers,
    Source,
    Table,
    Total,
)
from model.case.sections import DERIVED, Sections
from model.case.tables import TABLES
from model.dcf.drivers import YEARS
from model.dilution.securities import Securities
from model.errors import refuse
from model.rpo.bands import Banded


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
    segments: dict[str, SegmentDrivers]
    funding: dict[str, Figure]
    published: dict[str, Published]
    scalars: dict[str, Figure]
    tables: dict[str, Table]
    totals: dict[str, Total]

    @property
    def years(self) -> int:
        """Number of forecast years: the length of the drivers given by year."""
        paths = list(self.paths.values())
        return len(paths[0]) if paths else YEARS

    @property
    def forecast_years(self) -> list[int]:
        """Fiscal years of the forecast; the first week of January counts as the year before."""
        first = fiscal_year(self.company.first_year_end.day)
        return list(range(first, first + self.years))

    @property
    def paths(self) -> dict[str, list[float]]:
        """Every driver given by year, by its path."""
        sections = {"drivers": self.drivers}
        sections |= {f"segments.{key}": segment.figures for key, segment in self.segments.items()}
        return {
            f"{section}.{name}": figure.value
            for section, figures in sections.items()
            for name, figure in figures.items()
            if isinstance(figure.value, list)
        }

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """Every figure by its path, in the order of the sections."""
        return {".".join(steps): figure for steps, figure in _walk((), self)}

    @cached_property
    def origins(self) -> dict[str, Origin]:
        """Every figure, and every row of a table, by its path."""
        rows = {f"tables.{key}.{name}": row for key, table in self.tables.items()
                for name, row in table.rows.items()}  # fmt: skip
        return {**self.figures, **rows}

    @property
    def base_path(self) -> str:
        """The first place at which revenue of the year before the forecast is stated."""
        stated = (path for path in self.figures if path.endswith(".base_revenue"))
        return next(stated, "tables.customer_contracts")

    @property
    def base_revenue(self) -> float:
        """Revenue of the year before the forecast: of all segments and contracts."""
        stated = [f.number for p, f in self.figures.items() if p.endswith(".base_revenue")]
        signed = self.table("customer_contracts") if self.signs else None
        return sum(stated) + (0.0 if signed is None else float(signed.base_revenue.sum()))

    @property
    def signs(self) -> bool:
        """Whether the contracts that it lists are valued one by one."""
        return bool(self.segments) and "customer_contracts" in self.tables

    @property
    def contracted(self) -> bool:
        """Whether revenue is under contract: by contracts that it lists, or by a balance."""
        return self.signs or self.rpo is not None

    @property
    def share_price(self) -> tuple[str, Figure]:
        """The share price, offer or market, with its path."""
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
    def text(self) -> str:
        """The case as the text of a file: that of its own if it was read from one."""
        from model.case.written import written

        return written(self)

    @cached_property
    def warnings(self) -> list[str]:
        """Figures that are probably in the wrong unit, a sentence each."""
        return plausible.warnings(self)

    @cached_property
    def dilution(self) -> Securities:
        """The securities as the model takes them."""
        rows = self.securities.values()
        columns: dict[str, Any] = {"count": list(derived.counts(self).values())}
        columns["measured"] = [derived.measured(self, s) for s in rows]
        for name, f in SECURITY.items():
            stated = [s.figures[name].value if name in s.figures else None for s in rows]
            if name not in ("name", "kind", "count") and any(x is not None for x in stated):
                others = columns.get(name) or [derived.otherwise(s, name, f.default) for s in rows]
                found = zip(stated, others, strict=True)
                columns[name] = [other if x is None else x for x, other in found]
        if all(measured is None for measured in columns["measured"]):
            del columns["measured"]
        plain = {k: [_plain(x) for x in column] for k, column in columns.items()}
        return Securities([s.name for s in rows], [s.type for s in rows], **plain)

    def table(self, key: str) -> Any:
        """Return a table as the functions take it."""
        stated, kind = self.tables[key], TABLES[key].columns
        names = {f.header: name for name, f in kind.declared.items()}
        cells = [[None if v == "" else v for v in row.values] for row in stated.rows.values()]
        columns = dict(zip(stated.fields, map(list, zip(*cells, strict=True)), strict=True))
        years = [header for header in columns if header not in names]
        more: dict[str, Any] = {}
        if years:
            by_year = np.array([columns.pop(year) for year in years], dtype=np.float64)
            more = {kind.by_year: by_year.T, "across": [int(year) for year in years]}
        return kind(**{names[header]: column for header, column in columns.items()}, **more)

    def bands(self, bands: Mapping[str, Band]) -> Banded:
        """Bands of the opening balance as the model takes them."""
        assert self.rpo is not None
        first, last, share = apart(bands)
        return Banded.of(self.rpo.opening.amount.number, first, last, share=share)


def load(case: str | Path = "cerebras") -> Case:
    """Load a shipped case by name, or any case by the path of its TOML file.

    Parameters
    ----------
    case : str or Path
        Name of a shipped case, or path of a TOML file.

    Raises
    ------
    InputError
        When there is no such case, or when something in it is missing, unknown, out of bounds or
        does not add up: the sentence begins with the file, the line and the place. A
        `CaseError` holds several.

    Examples
    --------
    >>> load("cerebras").company.ticker
    'CBRS'
    """
    text = file.text_of(case)
    tree = file.tree_of(str(case), text)
    with file.located(case):
        read = parse(tree)
    return _with_text(read, text)


def of_text(text: str, name: str = "case") -> Case:
    """Read a case from the text of a file, with the name by which errors call it."""
    return _with_text(parse(file.tree_of(name, text)), text)


def _with_text(case: Case, text: str) -> Case:
    """Keep the text that a case was read from; a case with another part in it has its own."""
    vars(case)["text"] = text
    return case


def parse(tree: Mapping[str, Any]) -> Case:
    """Validate a case that has been read into dictionaries.

    Parameters
    ----------
    tree : mapping
        Contents of a case's TOML file.

    Raises
    ------
    InputError
        When something is missing, unknown, out of bounds or does not add up: a `CaseError`
        where that holds for several things.
    """
    case, read = _read(tree)
    read.attempt("published", quarterly.check, case)
    for name, total in case.totals.items():
        place = f"totals.{name}"
        read.attempt(place, together.total, case, place, total)
    refuse(read.faults.values())
    return case


def typed(tree: Mapping[str, Any]) -> Case:
    """Validate user input as `parse` does, except that sums need not add up yet."""
    return _read(tree)[0]


def _read(tree: Mapping[str, Any]) -> tuple[Case, Sections]:
    read = Sections(tree)
    required = ("company", "sources", "securities", "cost_of_capital", "drivers")
    read.keys("", tree, required, [f.name for f in fields(Case)])
    if ("offer" in tree) == ("price" in tree):
        read.fault("offer" if "offer" in tree else "price", "must be given: the share price "
                   "in either [offer] or [price]")  # fmt: skip
    sources = read.the_sources()
    case = Case(
        read.company(),
        sources,
        read.figures("offer", declared.OFFER, ("price",)),
        read.figures("price", declared.PRICE, ("share",)),
        read.figures("balance_sheet", declared.BALANCE_SHEET),
        read.prices(),
        read.securities(),
        read.rpo(),
        read.figures("cost_of_capital", declared.COST_OF_CAPITAL, [*declared.COST_OF_CAPITAL]),
        read.drivers(),
        read.segments(),
        read.figures("funding", declared.FUNDING, ("minimum_cash",)),
        read.published(),
        read.figures("scalars", declared.SCALARS),
        read.tables(),
        read.totals(),
    )
    read.faults |= derived.refuse_given(tree)
    read.own_keys()
    refuse(read.faults.values())
    for check in (
        together.paths, together.dates, together.events, together.public, together.securities,
        together.bands, together.scope, together.outside, together.earlier, together.funding,
        together.bridge,
    ):  # fmt: skip
        read.attempt(check.__name__, check, case)
    for key in case.tables:
        read.attempt(f"tables.{key}", together.table, case, key)
    refuse(read.faults.values())
    # These read the tables as functions take them, and the last one values what they make.
    of_tables = (
        business.check,
        together.collected,
        megawatt.check,
        megawatt.check_warrant,
        facts.check,
        claims.check,
    )
    for group in (
        of_tables,
        (
            views.check,
            shocked.check,
            varied.check,
            scenarios.check,
            observed.check,
        ),
    ):
        for check in group:
            read.attempt(f"{check.__module__}.{check.__name__}", check, case)
        refuse(read.faults.values())
    return case, read


def _plain(value: Any) -> Any:
    """Return a day as its number, as conditions compare it."""
    return float(value.toordinal()) if isinstance(value, date) else value


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
        # A security's figure is identified by its column.
        yield from _walk(path if name == "figures" else (*path, name), child)


__all__ = ["DERIVED", "Case", "load", "names", "of_text", "parse", "typed"]
