"""Reads what a case states into its parts, by their declarations, and collects what is wrong.

What is not said of a figure is taken from its section, or from its source: the day that it belongs
to, the source, the quality. A figure of which nothing else is to be said is a bare value.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time
from typing import Any

from model.case import declared
from model.case.parts import (
    QUALITIES,
    Balance,
    Band,
    Company,
    Figure,
    Origin,
    Published,
    Row,
    Rpo,
    Security,
    Source,
    Table,
    Total,
)
from model.case.tables import TABLES
from model.dcf.drivers import DRIVERS
from model.dcf.forecast import Forecast
from model.dcf.value import DcfValue
from model.dilution.shares import PRICED, Securities
from model.errors import InputError, nearest, one_of, shown
from model.fields import NOTHING, Field

Tree = Mapping[str, Any]
#: Drivers that a case does not state, because they follow from its other figures.
DERIVED = ("stub", "wacc", "years")
#: What may be said of a figure or a row, and once for all of a section.
ORIGIN = ("as_of", "source", "quality", "known")
#: Texts that a spreadsheet reads as errors, and the characters that it can hold in one place.
ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")
TEXT_LENGTH = 32_767
#: Before it, days are one off where 1900 counts as a leap year.
EARLIEST = date(1900, 3, 1)
#: The footer of a printed page holds 255 characters, and a title one line.
TITLE_LENGTH = 100


@dataclass(frozen=True)
class Stated:
    """What a section, or its source, says of all figures in it."""

    as_of: date | None = None
    source: str = ""
    quality: str = ""
    known: date | None = None

    def within(self, node: Tree, sources: Tree) -> Stated:
        """Return what holds inside a section, a row or a figure of this one."""
        source = node.get("source")
        named = sources.get(source, {}) if isinstance(source, str) else {}
        known = named.get("filed") if "source" in node else self.known
        return Stated(
            node.get("as_of", named.get("as_of", self.as_of)),
            node.get("source", self.source),
            node.get("quality", named.get("quality", self.quality)),
            node.get("known", known),
        )


class Reader:
    """Reads the sections of a case, one method each; `faults` holds what is wrong, by its path."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.faults: dict[str, InputError] = {}
        found = tree.get("sources")
        self.sources: Tree = {
            k: s for k, s in (found if isinstance(found, dict) else {}).items()
            if isinstance(s, dict)
        }  # fmt: skip
        company = tree.get("company")
        self.ticker = company.get("ticker") if isinstance(company, dict) else None
        for path, key, value in leaves("", tree):
            self.attempt(path, _check_text, path, value)
            if "." in key:
                # Totals and lists of sources name a figure by its path.
                self.fault(path, f"must have keys without a dot, and {key!r} has one")

    # What is wrong -------------------------------------------------------------------------------

    def fault(self, path: str, problem: str) -> None:
        """Note what is wrong; of one place, the first alone."""
        self.faults.setdefault(path, InputError(path, problem))

    def attempt(self, path: str, check: Any, *given: Any) -> Any:
        """Return what a check makes of what it is given; None, with a fault, where it refuses."""
        try:
            return check(*given)
        except InputError as error:
            self.faults.setdefault(path, error)
            return None

    def keys(
        self, path: str, node: Tree, required: Collection[str], optional: Collection[str] = ()
    ) -> bool:
        """Refuse unknown keys, with the nearest known one, and missing ones."""
        lacking = [key for key in required if key not in node]
        for key in node:
            if key in required or key in optional:
                continue
            hint = nearest(key, lacking) or nearest(key, [*required, *optional])
            lacking = [one for one in lacking if repr(one) not in hint]
            self.fault(_join(path, key), f"is an unknown key{hint}")
        for key in lacking:
            self.fault(_join(path, key), "is missing")
        return all(key in node for key in required)

    def mapping(self, path: str, node: Any) -> Tree:
        """Return a table of the file; an empty one, with a fault, for anything else."""
        if isinstance(node, dict):
            return node
        self.fault(path, f"must be a table of keys and values, not {shown(node)}")
        return {}

    def text(self, path: str, value: Any, longest: int = TEXT_LENGTH) -> str:
        """Return a text."""
        if not isinstance(value, str):
            self.fault(path, f"must be text, not {shown(value)}")
            return ""
        if longest < TEXT_LENGTH and not 1 <= len(value) <= longest:
            self.fault(path, f"must have from 1 to {longest} characters, not {shown(value)}")
        return value

    # Figures -------------------------------------------------------------------------------------

    def section(self, name: str, node: Any, stated: Stated | None = None) -> tuple[Tree, Stated]:
        """Return what a section holds beside its origin, and what it says of all figures in it.

        A section states figures of one company, and says of which: a case made from another's
        copy is not taken for its own.
        """
        found = self.mapping(name, node)
        if stated is None and "company" not in found and self.ticker is not None:
            self.fault(f"{name}.company", "is missing: the ticker of the company it is of")
        of = found.get("company", self.ticker)
        if self.ticker is not None and of != self.ticker:
            self.fault(
                f"{name}.company",
                f"must be the company.ticker {shown(self.ticker)}, not {shown(of)}",
            )
        inside = {k: v for k, v in found.items() if k not in (*ORIGIN, "company")}
        return inside, (stated or Stated()).within(found, self.sources)

    def origin(self, path: str, stated: Stated) -> dict[str, Any]:
        """Return the origin of a figure or a row, checked."""
        for key in ("as_of", "source", "quality"):
            if not getattr(stated, key):
                self.fault(f"{path}.{key}", "is missing, here and in its section")
        for key in ("as_of", "known"):
            day = getattr(stated, key)
            if day and not isinstance(day, date):
                self.fault(f"{path}.{key}", f"must be a date, not {shown(day)}")
        source = stated.source
        if source and source not in self.sources:
            hint = nearest(source, self.sources) if isinstance(source, str) else ""
            self.fault(f"{path}.source", f"names no source: {shown(source)}{hint}")
        elif self.ticker and self.sources.get(source, {}).get("company") not in (None, self.ticker):
            of = self.sources[source]["company"]
            self.fault(
                f"sources.{source}.company",
                f"must be the company.ticker {shown(self.ticker)}, not {shown(of)}, as {path} "
                "is from it",
            )
        if stated.quality:
            self.attempt(f"{path}.quality", one_of, f"{path}.quality", stated.quality, QUALITIES)
        return {"as_of": stated.as_of, "source": source, "quality": stated.quality,
                "known": stated.known}  # fmt: skip

    def figure(
        self,
        path: str,
        node: Any,
        field: Field,
        stated: Stated,
        kind: type[Figure] = Figure,
        **more: Any,
    ) -> Figure:
        """Read a declared figure: a bare value, or a value with what is said of it."""
        given: Tree = node if isinstance(node, dict) else {"value": node}
        if "unit" in given:
            self.fault(f"{path}.unit", f"must not be stated: the figure is in {field.unit}")
        self.keys(path, given, ("value",), (*ORIGIN, "note", "label", "unit", *more))
        inside = stated.within(given, self.sources)
        value: Any = given.get("value")
        if value is not None and path not in self.faults and f"{path}.value" not in self.faults:
            value = self.attempt(path, read_value, path, value, field)
        elif value is None and "value" in given:
            self.fault(f"{path}.value", "is empty")
        return kind(
            value=value,
            unit=field.unit,
            label=self.text(f"{path}.label", given.get("label", field.header)),
            note=self.text(f"{path}.note", given.get("note", "")),
            **self.origin(path, inside),
            **more,
        )

    def figures(
        self,
        name: str,
        known: Mapping[str, Field],
        required: Collection[str] = (),
        optional: bool = True,
    ) -> dict[str, Figure]:
        """Read a section of declared figures, in the order of their declaration."""
        if name not in self.tree and optional:
            return {}
        node, stated = self.section(name, self.tree.get(name))
        self.keys(name, node, required, known)
        return {
            key: self.figure(f"{name}.{key}", node[key], field, stated)
            for key, field in known.items()
            if key in node
        }

    # Sections ------------------------------------------------------------------------------------

    def company(self) -> Company:
        """Read who is valued, and as of when."""
        node = self.mapping("company", self.tree["company"])
        self.keys(
            "company", node, ("name", "ticker", "about", *declared.COMPANY), (*ORIGIN, "limits")
        )
        stated = Stated().within(node, self.sources)
        valued, ends = (
            self.figure(f"company.{key}", node.get(key, date.max), field, stated)
            for key, field in declared.COMPANY.items()
        )
        return Company(
            self.text("company.name", node.get("name", "?"), TITLE_LENGTH),
            self.text("company.ticker", node.get("ticker", "?"), TITLE_LENGTH),
            self.text("company.about", node.get("about", "")),
            valued,
            ends,
            self._sentences("company.limits", node.get("limits", [])),
        )

    def _sentences(self, path: str, node: Any) -> list[str]:
        if isinstance(node, list):
            return [self.text(path, sentence) for sentence in node]
        self.fault(path, f"must be a list of sentences, not {shown(node)}")
        return []

    def the_sources(self) -> dict[str, Source]:
        """Read where figures come from."""
        names = [f.name for f in fields(Source)]
        found: dict[str, Source] = {}
        titles: dict[str, str] = {}
        for key, node in self.mapping("sources", self.tree["sources"]).items():
            path = f"sources.{key}"
            node = self.mapping(path, node)
            self.keys(path, node, ("title",), (*names, "as_of", "quality"))
            for name in names:
                if name != "filed" and name in node:
                    self.text(f"{path}.{name}", node[name])
            if not isinstance(node.get("filed", date.min), date):
                self.fault(f"{path}.filed", f"must be a date, not {shown(node['filed'])}")
            found[key] = Source(**{"title": ""} | {n: node[n] for n in names if n in node})
            other = titles.setdefault(found[key].title, key)
            if other != key:
                self.fault(f"{path}.title", f"must not be the title of sources.{other} too")
        return found

    def prices(self) -> dict[str, Figure]:
        """Read further prices at which dilution is shown."""
        return self._labelled("prices", lambda path, node, stated: self.figure(
            path, node, declared.FURTHER_PRICE, stated))  # fmt: skip

    def published(self) -> dict[str, Published]:
        """Read figures that others have published, beside lines of the results."""
        return self._labelled("published", self._published)

    def _labelled(self, name: str, read: Any) -> dict[str, Any]:
        if name not in self.tree:
            return {}
        node, stated = self.section(name, self.tree[name])
        found = {}
        for key, each in node.items():
            path = f"{name}.{key}"
            given = self.mapping(path, each)
            if "label" not in given:
                self.fault(f"{path}.label", "is missing")
            found[key] = read(path, given, stated)
        return found

    def _published(self, path: str, node: Tree, stated: Stated) -> Published | None:
        beside, year = node.get("beside"), node.get("year")
        lines = line_units(Forecast if year is not None else DcfValue)
        if beside is None:
            self.fault(f"{path}.beside", "is missing")
        elif beside not in lines:
            hint = nearest(beside, lines) if isinstance(beside, str) else ""
            self.fault(path, f"stands beside no line: {shown(beside)}{hint}")
        elif year is not None and type(year) is not int:
            self.fault(f"{path}.year", f"must be a year, not {shown(year)}")
        else:
            unit = lines[beside]
            # Others may publish what has no place in a model: their figure is bounded by its unit.
            field = declared.within(Field(unit, "", ""))
            given = {k: v for k, v in node.items() if k not in ("beside", "year")}
            made = self.figure(path, given, field, stated, Published, beside=beside, year=year)
            assert isinstance(made, Published)
            return made
        return None

    def securities(self) -> dict[str, Security]:
        """Read the table of securities."""
        node, stated = self.section("securities", self.tree["securities"])
        found = {}
        columns = {name: f for name, f in Securities.declared.items() if name in
                   ("count", "strike", "included", "withheld", "vests_at")}  # fmt: skip
        for key, each in node.items():
            path = f"securities.{key}"
            given = self.mapping(path, each)
            self.keys(path, given, ("name", "type", "count"), (*columns, *ORIGIN))
            inside = stated.within(given, self.sources)
            kind = given.get("type", "common")
            field = Securities.declared["kind"]
            kind = self.attempt(path, one_of, f"{path}.type", kind, field.choices) or kind
            figures: dict[str, Any] = {
                name: self.figure(f"{path}.{name}", given[name], f, inside)
                for name, f in columns.items()
                if name in given
            }
            if kind in PRICED and "strike" not in figures:
                self.fault(path, f"must have a strike as type {kind!r} (0 if it has none)")
            name = self.text(f"{path}.name", given.get("name", key), declared.NAME_LENGTH)
            figures.setdefault("count", None)
            found[key] = Security(name, kind, **figures)
        return found

    def rpo(self) -> Rpo | None:
        """Read the remaining performance obligations."""
        if "rpo" not in self.tree:
            return None
        node, stated = self.section("rpo", self.tree["rpo"])
        if not self.keys("rpo", node, ("opening", "conversion", *declared.RPO), ("later",)):
            return None
        shape, final = (
            self.figure(f"rpo.{key}", node[key], field, stated)
            for key, field in declared.RPO.items()
        )
        later, inside = self.section("rpo.later", node.get("later", {}), stated)
        return Rpo(
            self._balance("rpo.opening", node["opening"], stated),
            self._bands("rpo.conversion", node["conversion"], stated),
            shape,
            final,
            {key: self._balance(f"rpo.later.{key}", b, inside) for key, b in later.items()},
        )

    def _balance(self, path: str, node: Any, stated: Stated) -> Balance:
        given, inside = self.section(path, node, stated)
        self.keys(path, given, ("date", "amount"), ("bands", "recognised"))
        figures: dict[str, Any] = dict.fromkeys(("date", "amount"))
        figures |= {
            key: self.figure(f"{path}.{key}", given[key], field, inside)
            for key, field in declared.BALANCE.items()
            if key in given
        }
        return Balance(
            bands=self._bands(f"{path}.bands", given.get("bands", {}), inside), **figures
        )

    def _bands(self, path: str, node: Any, stated: Stated) -> dict[str, Band]:
        given, inside = self.section(path, node, stated)
        return {key: self._band(f"{path}.{key}", band, inside) for key, band in given.items()}

    def _band(self, path: str, node: Any, stated: Stated) -> Band:
        given = self.mapping(path, node)
        self.keys(path, given, ("from_month",), ("to_month", "share", *ORIGIN))
        months = {
            key: self.attempt(
                f"{path}.{key}", read_value, f"{path}.{key}", given[key], declared.MONTH
            )
            for key in ("from_month", "to_month")
            if given.get(key) is not None
        }
        share = given.get("share")
        return Band(
            int(months.get("from_month") or 1),
            int(months["to_month"]) if months.get("to_month") else None,
            None if share is None else self.figure(
                f"{path}.share", share, declared.SHARE, stated.within(given, self.sources)
            ),
        )  # fmt: skip

    def drivers(self) -> dict[str, Figure]:
        """Read the drivers of the forecast."""
        node, stated = self.section("drivers", self.tree["drivers"])
        found = {}
        for name, each in node.items():
            path = f"drivers.{name}"
            if name not in DRIVERS:
                self.fault(path, f"is an unknown driver{nearest(name, DRIVERS)}")
            elif name in DERIVED:
                self.fault(path, "must not be given, because it follows from other figures")
            else:
                found[name] = self.figure(path, each, driver_field(name), stated)
        return found

    def tables(self) -> dict[str, Table]:
        """Read the tables that sheets hand to functions."""
        if "tables" not in self.tree:
            return {}
        node, stated = self.section("tables", self.tree["tables"])
        self.keys("tables", node, (), TABLES)
        return {key: self._table(key, node[key], stated) for key in TABLES if key in node}

    def _table(self, key: str, node: Any, outer: Stated) -> Table:
        path, known = f"tables.{key}", TABLES[key]
        given, stated = self.section(path, node, outer)
        label = self.text(f"{path}.label", given.get("label", known.label))
        rows = {k: self.mapping(f"{path}.{k}", v) for k, v in given.items() if k != "label"}
        columns = {row_key(f.header): declared.within(f) for f in known.columns.declared.values()}
        # A column that no row states is left out, if it may be.
        columns = {
            name: f
            for name, f in columns.items()
            if (f.required and f.blank is NOTHING) or any(name in row for row in rows.values())
        }
        made = {k: self._row(f"{path}.{k}", row, columns, stated) for k, row in rows.items()}
        for place, f in enumerate(columns.values()):
            if f.key:
                self._once(path, f.header, [row.cells[place] for row in made.values()])
        return Table(label, {f.header: f for f in columns.values()}, made)

    def _row(self, path: str, row: Tree, columns: Mapping[str, Field], stated: Stated) -> Row:
        needed = [k for k, f in columns.items() if f.blank is NOTHING]
        self.keys(path, row, needed, (*columns, *ORIGIN, "note"))
        cells: list[Any] = []
        for name, f in columns.items():
            value = row.get(name, "")
            if name in row and f"{path}.{name}" not in self.faults:
                place = f"{path}.{name}"
                value = self.attempt(place, read_value, place, value, f)
            cells.append(value)
        note = self.text(f"{path}.note", row.get("note", ""))
        origin = self.origin(path, stated.within(row, self.sources))
        return Row(cells=cells, note=note, **origin)

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
            tolerance = given.get("tolerance", 1e-6)
            if not isinstance(tolerance, int | float) or not tolerance >= 0:
                self.fault(f"{path}.tolerance", f"must be at least 0, not {shown(tolerance)}")
                continue
            total = self.text(f"{path}.total", given["total"])
            found[key] = Total(total, parts, float(tolerance))
        return found


def read_value(path: str, value: Any, field: Field) -> Any:
    """Check a value by its declaration; numbers become floats, also in a path by year."""
    if field.kind in ("number", "whole"):
        values = value if isinstance(value, list) and field.extent != "one" else [value]
        for each in values:
            if isinstance(each, bool) or not isinstance(each, int | float):
                raise InputError(path, f"must be a number, not {shown(value)}")
            if isinstance(each, float) and not math.isfinite(each):
                raise InputError(path, f"must be a finite number, not {shown(each)}")
        # One at a time: a whole number is read as one.
        made = [float(field.read(path, each)) for each in values]
        if not made:
            raise InputError(path, "must hold a number for each year, and it is empty")
        return made if isinstance(value, list) else made[0]
    if field.kind == "date":
        if not isinstance(value, date):
            raise InputError(path, f"must be a date, not {shown(value)}")
        if not declared.FIRST_DAY <= value <= declared.LAST_DAY:
            raise InputError(
                path,
                f"must be a date from {declared.FIRST_DAY} to {declared.LAST_DAY}, not {value}",
            )
        return value
    found = field.read(path, value)
    if not 1 <= len(found) <= declared.NAME_LENGTH:
        raise InputError(
            path, f"must have from 1 to {declared.NAME_LENGTH} characters, not {shown(found)}"
        )
    return found


def row_key(header: str) -> str:
    """Return the key of a column in a row: its header in small letters, as one word."""
    return header.lower().replace(" ", "_")


def driver_field(name: str) -> Field:
    """Return the declaration of a driver, bounded by its unit where it has no bounds."""
    return declared.within(replace(DRIVERS[name], header=name))


def label_of(path: str) -> str:
    """Return the declared label of a figure or a table; none where the case has to give one."""
    section, *steps = path.split(".")
    fields = {
        "company": declared.COMPANY,
        "offer": declared.OFFER,
        "price": declared.PRICE,
        "balance_sheet": declared.BALANCE_SHEET,
        "securities": Securities.declared,
        "rpo": declared.RPO | declared.BALANCE | {"share": declared.SHARE},
        "cost_of_capital": declared.COST_OF_CAPITAL,
        "scalars": declared.SCALARS,
    }
    if section == "tables":
        return TABLES[steps[0]].label
    if section == "drivers":
        return steps[0]
    return fields[section][steps[-1]].header if section in fields else ""


def line_units(result: type[Forecast] | type[DcfValue]) -> dict[str, str]:
    """Return the unit of each line of a result, by its name."""
    units = {name: f.unit for name, f in result.declared.items()}
    return {name: "m shares" if unit == "m" else unit for name, unit in units.items()}


def leaves(path: str, node: Any) -> Iterator[tuple[str, str, Any]]:
    """Yield each key, and each value, below a node: its path, its key, and the key or value."""
    if isinstance(node, Mapping):
        for key, child in node.items():
            yield _join(path, key), key, key
            yield from leaves(_join(path, key), child)
    elif isinstance(node, list):
        for child in node:
            yield from leaves(path, child)
    else:
        yield path, "", node


def _check_text(path: str, value: Any) -> None:
    """Refuse what no host can hold, or what it would take for something else."""
    if isinstance(value, str):
        if value.startswith("=") or not value.isprintable():
            raise InputError(path, f"must be printable text that is no formula, not {shown(value)}")
        if value.upper() in ERRORS:
            raise InputError(path, f"must be text that is no error, not {shown(value)}")
        # Hosts count in units of 16 bits.
        if (length := len(value.encode("utf-16-le", "replace")) // 2) > TEXT_LENGTH:
            raise InputError(path, f"must have {TEXT_LENGTH} characters at most, not {length}")
    elif isinstance(value, datetime | time):
        raise InputError(path, f"must be a date without a time, not {value}")
    elif isinstance(value, date) and value < EARLIEST:
        raise InputError(path, f"must be a date from {EARLIEST} on, not {value}")


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


__all__ = ["DERIVED", "Origin", "Reader", "driver_field", "read_value", "row_key"]
