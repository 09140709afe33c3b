"""The inputs that differ between two cases, as a table."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from model.case.case import Case
from model.case.stated import differ, entries, stated
from model.case.tables import TABLES
from model.case.values import row_key


@dataclass(frozen=True)
class Change:
    """An input that differs: its path, its label, what it was, and what it is; empty if it is none.

    It is `from_file` if the file, and not the workbook, has changed since the workbook was built.
    """

    path: str
    label: str
    before: str
    after: str
    from_file: bool = False


@dataclass(frozen=True)
class Compared:
    """What two cases state, path by path.

    Parameters
    ----------
    old, new : Case
    """

    old: Case
    new: Case

    @cached_property
    def before(self) -> dict[str, Any]:
        """What the old case states."""
        return stated(self.old)

    @cached_property
    def after(self) -> dict[str, Any]:
        """What the new case states."""
        return stated(self.new)

    @cached_property
    def gone(self) -> list[str]:
        """The rows, securities and bands that the new case lacks."""
        return _outermost(entries(self.old), entries(self.new))

    @cached_property
    def fresh(self) -> list[str]:
        """Those that the old case lacks."""
        return _outermost(entries(self.new), entries(self.old))

    @cached_property
    def changed(self) -> list[str]:
        """The paths of everything else that differs."""
        others = {*self.gone, *self.fresh}
        return [
            path
            for path in dict.fromkeys((*self.after, *self.before))
            if differ(self.before.get(path), self.after.get(path))
            and not below(path, others)
            and not self._says_nothing(path)
        ]

    def _says_nothing(self, path: str) -> bool:
        """Tell whether an amount for a year that only one of the cases has is its default."""
        section, key, *_, column = (*path.split("."), "")[:4]
        field = TABLES[key].by_year if section == "tables" else None
        if field is None or not column.isdecimal():
            return False
        return {self.before.get(path), self.after.get(path)} == {None, field.default}

    @property
    def changes(self) -> list[Change]:
        """All that differs."""
        return [
            *(Change(path, self.label(path), summary(self.before, path), "") for path in self.gone),
            *(Change(path, self.label(path), "", summary(self.after, path)) for path in self.fresh),
            *(Change(path, self.label(path), *self.texts(path)) for path in self.changed),
        ]

    def label(self, path: str) -> str:
        """Say what an input is, as its row on Inputs does."""
        return ": ".join(self.words(path))

    @cached_property
    def _rows(self) -> dict[str, Any]:
        """What each row of a table is called: the first that is stated of it."""
        names: dict[str, Any] = {}
        for path, said in {**self.before, **self.after}.items():
            names.setdefault(".".join(path.split(".")[:3]), said)
        return names

    def words(self, path: str) -> tuple[str, ...]:
        """Return what an input belongs to, if that is said, and what it is called."""
        section, key, *inside = (*path.split("."), "")
        if section == "tables":
            row = f"tables.{key}.{inside[0]}"
            name = self._rows.get(row, "")
            name = f"{name:.10g}" if isinstance(name, float) else str(name)
            return (name, self.header(path)) if path != row else (name,)
        of = self.new if path in self.new.figures else self.old
        label = of.figures[path].label if path in of.figures else ""
        both = {
            "securities": {**self.old.securities, **self.new.securities},
            "segments": {**self.old.segments, **self.new.segments},
        }
        named: Any = both.get(section, {})
        above = named[key].name if key in named else ""
        if section == "rpo" and {"bands", "conversion"} & {key, *inside}:
            above = path.split(".")[-2].replace("_", " ").capitalize()
        return tuple(text for text in (above, label) if text)

    def header(self, path: str) -> str:
        """Return the header of the column of a table."""
        _, key, _, column = path.split(".")
        tables = (case.tables[key] for case in (self.new, self.old) if key in case.tables)
        headers = (header for table in tables for header in table.fields)
        return next((h for h in headers if row_key(h) == column), column)

    def texts(self, path: str) -> tuple[str, str]:
        """Return what an input was and is; of numbers by year, those that differ."""
        before, after = self.before.get(path), self.after.get(path)
        if not (isinstance(before, list) and isinstance(after, list)):
            return text_of(before), text_of(after)
        old, new = _by_year(before, self.old), _by_year(after, self.new)
        years = [y for y in dict.fromkeys((*old, *new)) if differ(old.get(y), new.get(y))]
        was, now = (
            ", ".join(f"{text_of(of[year])} in {year}" for year in years if year in of)
            for of in (old, new)
        )
        return was, now


def _by_year(numbers: list[Any], case: Case) -> dict[int, Any]:
    """Return numbers by the years of the forecast, or by their own number if there are others."""
    years = case.forecast_years if len(numbers) == case.years else range(1, len(numbers) + 1)
    return dict(zip(years, numbers, strict=True))


def below(path: str, above: Collection[str]) -> bool:
    """Tell whether a path is one of some paths, or below it."""
    return any(path == each or path.startswith(f"{each}.") for each in above)


def _outermost(of: list[str], other: list[str]) -> list[str]:
    """Return the entries that others lack, without those inside them."""
    only = [path for path in of if path not in set(other)]
    return [p for p in only if not below(p, [each for each in only if each != p])]


def text_of(value: Any) -> str:
    """Return what is stated, as a text; an empty one for nothing."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(text_of, value))
    return f"{value:,.10g}" if isinstance(value, float) else str(value)


def summary(said: dict[str, Any], path: str) -> str:
    """Return what is stated below a path, in one line."""
    return ", ".join(text_of(v) for p, v in said.items() if below(p, [path]))
