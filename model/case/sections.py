"""Reads the sections of a case into its parts, one method each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from itertools import islice
from typing import Any

from model.calendar import QUARTERS, fiscal_year
from model.case import declared, derived
from model.case.balances import Balances
from model.case.parts import (
    BASES,
    BLANK_ROWS,
    KINDS,
    MOST_BLANK_ROWS,
    SECURITY,
    Company,
    Figure,
    Published,
    Row,
    Security,
    SegmentDrivers,
    Source,
    Table,
    Total,
)
from model.case.read import ORIGIN, Stated, Tree
from model.case.tables import TABLES
from model.case.values import driver_field, row_key
from model.dcf.drivers import DRIVERS, YEARS
from model.dcf.forecast import Forecast
from model.dcf.quarters import Quarters
from model.dcf.segment import SLASH, Segment
from model.dcf.segments import SegmentedDrivers
from model.dcf.value import DcfValue
from model.dilution.securities import PRICED
from model.errors import nearest, one_of, shown
from model.fields import NOTHING, Field
from model.uncertainty.scenarios import BASE

#: Drivers left out of a case because they follow from its other figures.
DERIVED = ("stub", "wacc", "years", "valuation_date", "first_year_end", "balance_date")
#: The footer of a printed page holds 255 characters, and a title one line.
TITLE_LENGTH = 100


class Sections(Balances):
    """Reads each section of a case."""

    _first_end: Figure | None = None
    _count: int | None = None

    def forecast_years(self) -> list[int]:
        """Return the forecast years that the sections read so far give; none if they do not."""
        if self._first_end is None or not isinstance(self._first_end.value, date):
            return []
        first = fiscal_year(self._first_end.value)
        return list(range(first, first + (self._count or YEARS)))

    def _driver(self, path: str, node: Any, field: Field, stated: Stated) -> Figure:
        """Read a driver; the first that is given by year sets the number of years."""
        found = self.figure(path, node, field, stated)
        if isinstance(found.value, list):
            self._count = self._count or len(found.value)
        return found

    def company(self) -> Company:
        """Read the company and the valuation date."""
        node = self.mapping("company", self.tree.get("company", {}))
        self.keys(
            "company",
            node,
            ("name", "ticker", "about", *declared.COMPANY),
            (*ORIGIN, "limits", "basis", "scenario", "blank_rows"),
        )
        stated = self.stated("company", node, Stated())
        dates: Any = {
            key: self.figure(f"company.{key}", node[key], field, stated)
            for key, field in declared.COMPANY.items()
            if key in node
        }
        self._first_end = dates.get("first_year_end")
        return Company(
            self.text("company.name", node.get("name", "?"), TITLE_LENGTH),
            self.text("company.ticker", node.get("ticker", "?"), TITLE_LENGTH),
            self.text("company.about", node.get("about", "")),
            dates.get("valuation_date"),
            dates.get("first_year_end"),
            self._sentences("company.limits", node.get("limits", [])),
            self.attempt(
                "company.basis", one_of, "company.basis", node.get("basis", BASES[0]), BASES
            )
            or BASES[0],
            self.text("company.scenario", node.get("scenario", BASE), declared.NAME_LENGTH),
            self._blank_rows("company.blank_rows", node.get("blank_rows", BLANK_ROWS)),
        )

    def _blank_rows(self, path: str, node: Any) -> int:
        if type(node) is int and 0 <= node <= MOST_BLANK_ROWS:
            return node
        self.fault(path, f"must be a whole number from 0 to {MOST_BLANK_ROWS}, not {shown(node)}")
        return BLANK_ROWS

    def _sentences(self, path: str, node: Any) -> list[str]:
        if isinstance(node, list):
            return [self.text(path, sentence) for sentence in node]
        self.fault(path, f"must be a list of sentences, not {shown(node)}")
        return []

    def the_sources(self) -> dict[str, Source]:
        """Read the sources of figures."""
        names = [f.name for f in fields(Source)]
        found: dict[str, Source] = {}
        titles: dict[str, str] = {}
        for key, node in self.mapping("sources", self.tree.get("sources", {})).items():
            path = f"sources.{key}"
            node = self.mapping(path, node)
            self.keys(path, node, ("title",), (*names, "as_of", "quality"))
            for name in names:
                if name != "filed" and name in node:
                    self.text(f"{path}.{name}", node[name], shortest=name == "title")
            self.day(f"{path}.filed", node.get("filed"))
            self.stated(path, {k: v for k, v in node.items() if k != "source"}, Stated())
            found[key] = Source(**{"title": ""} | {n: node[n] for n in names if n in node})
            other = titles.setdefault(str(found[key].title), key)
            if other != key and found[key].title:
                self.fault(f"{path}.title", f"must not be the title of sources.{other} too")
        at_fault = (place.split(".") for place in self.faults)
        self.doubted = {steps[1] for steps in at_fault if steps[0] == "sources" and len(steps) > 2}
        return found

    def prices(self) -> dict[str, Figure]:
        """Read further prices at which dilution is shown."""
        return self._labelled("prices", lambda path, node, stated: self.figure(
            path, node, declared.FURTHER_PRICE, stated))  # fmt: skip

    def published(self) -> dict[str, Published]:
        """Read published figures, to be compared with result lines."""
        return self._labelled("published", self._published)

    def _labelled(self, name: str, read: Any) -> dict[str, Any]:
        if name not in self.tree:
            return {}
        node, stated = self.section(name, self.tree[name])
        found = {}
        for key, each in node.items():
            path = f"{name}.{key}"
            given = self.mapping(path, each)
            if not any(nearest(k, ["label"]) for k in given):
                self.fault(f"{path}.label", "is missing")
            found[key] = read(path, given, stated)
        return found

    def _published(self, path: str, node: Tree, stated: Stated) -> Published | None:
        line, year, quarter = (node.get(key) for key in ("line", "year", "quarter"))
        kind = node.get("kind", "")
        lines = line_units(
            Quarters if quarter is not None else Forecast if year is not None else DcfValue
        )
        own = ("year", "quarter", "kind")
        if not self.keys(path, node, ("label", "value", "line"), (*own, "note", *ORIGIN)):
            return None
        if "kind" in node:
            self.attempt(f"{path}.kind", one_of, f"{path}.kind", kind, KINDS)
        if not isinstance(line, str) or line not in lines:
            hint = nearest(line, lines) if isinstance(line, str) else ""
            self.fault(f"{path}.line", f"is not a line of the results: {shown(line)}{hint}")
        elif year is not None and type(year) is not int:
            self.fault(f"{path}.year", f"must be a year, not {shown(year)}")
        elif quarter is not None and year is None:
            self.fault(f"{path}.year", "must be given with the quarter: the fiscal year")
        elif quarter is not None and not (type(quarter) is int and 1 <= quarter <= QUARTERS):
            self.fault(f"{path}.quarter", f"must be from 1 to {QUARTERS}, not {shown(quarter)}")
        else:
            unit = lines[line]
            # Published figures may lie outside the model's bounds: only their unit bounds them.
            field = declared.within(Field(unit, "", ""))
            given = {k: v for k, v in node.items() if k not in ("line", *own)}
            made = self.figure(
                path, given, field, stated, Published,
                line=line, year=year, quarter=quarter, kind=kind,
            )  # fmt: skip
            assert isinstance(made, Published)
            return made
        return None

    def securities(self) -> dict[str, Security]:
        """Read the table of securities."""
        node, stated = self.section("securities", self.tree.get("securities", {}))
        found, follows = {}, derived.follows(self.tree)
        columns = {
            name: declared.within(f) for name, f in SECURITY.items() if name not in ("name", "kind")
        }
        for key, each in node.items():
            path = f"securities.{key}"
            given = self.mapping(path, each)
            counted = () if f"{path}.count" in follows else ("count",)
            self.keys(path, given, ("name", "type", *counted), (*columns, *ORIGIN))
            inside = self.stated(path, given, stated)
            kind = given.get("type", "common")
            field = SECURITY["kind"]
            kind = self.attempt(path, one_of, f"{path}.type", kind, field.choices) or kind
            figures: dict[str, Any] = {
                name: self.figure(f"{path}.{name}", given[name], _of_row(f, given), inside)
                for name, f in columns.items()
                if name in given
            }
            if kind in PRICED and "strike" not in figures:
                self.fault(path, f"must have a strike as type {kind!r} (0 if it has none)")
            name = self.text(f"{path}.name", given.get("name", key), declared.NAME_LENGTH)
            if counted:
                figures.setdefault("count", None)
            found[key] = Security(name, kind, figures)
        if not found:
            self.fault("securities", "must hold common stock with a Count above 0")
        return found

    def drivers(self) -> dict[str, Figure]:
        """Read the drivers of the forecast."""
        known = SegmentedDrivers.declared if self.tree.get("segments") else DRIVERS
        node, stated = self.section(
            "drivers", self.tree.get("drivers", {}), known={**known, **DRIVERS}, what="driver"
        )
        found = {}
        for name, each in node.items():
            path = f"drivers.{name}"
            if name in DERIVED:
                self.fault(path, "must not be given, because it follows from other figures")
            elif name in known:
                found[name] = self._driver(path, each, driver_field(name), stated)
            elif name in DRIVERS:
                self.fault(path, "must be given in a segment, because the case has [segments]")
        return found

    def segments(self) -> dict[str, SegmentDrivers]:
        """Read the drivers of each segment, of a company that has segments."""
        node, stated = self.section("segments", self.tree.get("segments", {}))
        found = {key: self._segment(f"segments.{key}", each, stated) for key, each in node.items()}
        named: dict[str, str] = {}
        for key, segment in found.items():
            other = named.setdefault(segment.name.casefold(), key)
            if other != key:
                self.fault(f"segments.{key}.name", f"must not be the name of segments.{other} too")
        return found

    def _segment(self, path: str, node: Any, outer: Stated) -> SegmentDrivers:
        given, stated = self.section(
            path, node, outer, known=Segment.declared, apart_from=("name",), what="driver"
        )
        name = self.text(f"{path}.name", given.get("name", path.rpartition(".")[2]),
                         declared.NAME_LENGTH)  # fmt: skip
        if SLASH in name:
            self.fault(f"{path}.name", f"must be without {SLASH}, not {shown(name)}")
        return SegmentDrivers(name, {
            driver: self._driver(f"{path}.{driver}", each, driver_field(driver, "segments"), stated)
            for driver, each in given.items()
            if driver in Segment.declared
        })  # fmt: skip

    def tables(self) -> dict[str, Table]:
        """Read the tables that functions take."""
        if "tables" not in self.tree:
            return {}
        node, stated = self.section("tables", self.tree["tables"], known=TABLES)
        return {key: self._table(key, node[key], stated) for key in TABLES if key in node}

    def _table(self, key: str, node: Any, outer: Stated) -> Table:
        path, known = f"tables.{key}", TABLES[key]
        given, stated = self.section(path, node, outer, apart_from=("label",))
        label = self.text(f"{path}.label", given.get("label", known.label))
        rows = {k: self.mapping(f"{path}.{k}", v) for k, v in given.items() if k != "label"}
        if not rows:
            self.fault(path, "must have a row, or be left out")
        columns = {row_key(f.header): declared.within(f) for f in known.columns.declared.values()}
        # After the first two, where the years of all other inputs are.
        first, years = dict(islice(columns.items(), 2)), known.of_years(self.forecast_years())
        columns = {**first, **years, **columns} if years else columns
        for name, row in rows.items():
            needed = [k for k, f in columns.items() if f.required and f.blank is NOTHING]
            self.keys(f"{path}.{name}", row, needed, (*columns, *ORIGIN, "note"))
        filled = {name: f.default for name, f in years.items() if f.blank is NOTHING}
        rows = {k: {**filled, **row} for k, row in rows.items()}
        # A column absent from every row is left out, if allowed, or filled with its default.
        unstated = {name for name in columns if not any(name in row for row in rows.values())}
        columns = {
            name: f
            for name, f in columns.items()
            if f.required or f.name in known.always or name not in unstated
        }
        for name in unstated & columns.keys():
            default = columns[name].default
            if isinstance(default, float) and not math.isnan(default):
                rows = {k: {**row, name: default} for k, row in rows.items()}
        made = {k: self._row(f"{path}.{k}", row, columns, stated) for k, row in rows.items()}
        for place, f in enumerate(columns.values()):
            if f.key:
                self._once(path, f.header, [row.values[place] for row in made.values()])
        return Table(label, {f.header: f for f in columns.values()}, made)

    def _row(self, path: str, row: Tree, columns: Mapping[str, Field], stated: Stated) -> Row:
        values: list[Any] = []
        for name, f in columns.items():
            place, value = f"{path}.{name}", row.get(name, "")
            if name in row:
                value = self.value(place, value, f)
            elif f.blank is NOTHING:
                self.fault(place, "is missing")
            values.append(value)
        return Row(values=values, note=self.note(path, row), **self.origin(path, row, stated))

    def _once(self, path: str, header: str, names: list[Any]) -> None:
        seen: set[str] = set()
        for name in names:
            if str(name).casefold() in seen:
                self.fault(path, f"must have {shown(name)} under {header} once, not twice")
            seen.add(str(name).casefold())

    def totals(self) -> dict[str, Total]:
        """Read what must add up."""
        found = {}
        for key, node in self.mapping("totals", self.tree.get("totals", {})).items():
            path = f"totals.{key}"
            given = self.mapping(path, node)
            if not self.keys(path, given, ("total", "parts"), ("tolerance",)):
                continue
            parts = given["parts"]
            if not isinstance(parts, list) or not all(isinstance(p, str) for p in parts):
                self.fault(f"{path}.parts", f"must be a list of paths, not {shown(parts)}")
                continue
            place = f"{path}.tolerance"
            stated = given.get("tolerance", Total.tolerance)
            tolerance = self.value(place, stated, declared.TOLERANCE)
            found[key] = Total(self.text(f"{path}.total", given["total"]), parts, tolerance)
        return found


def _of_row(field: Field, security: Tree) -> Field:
    """Return the declaration of a security's column, where its condition is a date."""
    named = security.get("condition")
    condition = named.get("value") if isinstance(named, dict) else named
    dated = condition == "date" and field.name in ("vests_at", "measured")
    return replace(field, unit="date", kind="date") if dated else field


def line_units(result: type[Forecast] | type[Quarters] | type[DcfValue]) -> dict[str, str]:
    """Return the unit of each line of a result, by its name."""
    units = {name: f.unit for name, f in result.declared.items()}
    return {name: "m shares" if unit == "m" else unit for name, unit in units.items()}
