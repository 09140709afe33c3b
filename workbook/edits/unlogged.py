"""Inputs in which a workbook differs from its log, or from its case as built."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from openpyxl.utils.datetime import from_excel, to_excel

from model.case.case import Case
from model.case.declared import FUNDING
from model.case.parts import SECURITY
from model.case.stated import differ, entries, stated
from model.dcf.drivers import Drivers
from model.dcf.segment import Segment
from model.dcf.segments import SegmentedDrivers
from model.errors import InputError
from workbook.check.built_from import built_from
from workbook.check.held import Held
from workbook.check.places import Places, Where
from workbook.check.reader import stated_in
from workbook.check.sorted_rows import sorted_rows
from workbook.edits.compared import Compared, text_of
from workbook.hosts.headless import Evaluation
from workbook.package.archive import reading
from workbook.package.cells import Value
from workbook.package.package import Package
from workbook.template.sheets import case_text
from workbook.template.sheets.inputs.lines import spoken

#: What the log has of a cell that is empty, and of a row.
BLANK, AS_BUILT, ADDED, REMOVED = "blank", "row as built", "row added", "row removed"
#: What a case may leave out, with its default.
DECLARED = {
    "drivers": Drivers.declared | SegmentedDrivers.declared,
    "segments": Segment.declared,
    "funding": FUNDING,
    "securities": SECURITY,
}
#: The path of an input, and which number of it: `WHOLE` if it has only one, `ROW` for a row.
Key = tuple[str, int]
WHOLE, ROW = -1, -2
#: Sections whose entries have names.
NAMED = ("tables", "securities", "segments")
#: The path after a name that others have too.
_PATH = re.compile(r" \([a-z_]+(?:\.\w+)+\)$")
#: An input that is called as its cell is, and not by what it belongs to.
SCENARIO = "company.scenario"


@dataclass(frozen=True)
class Entry:
    """A row of the log without its date: the label of an input, its cell, old and new contents."""

    label: str
    cell: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Inputs:
    """The inputs of a workbook: as they were built and as they are, and where they are."""

    built: Case
    now: Case
    book: Held
    places: Places


def inputs_of(package: Package, evaluation: Evaluation) -> Inputs:
    """Read the inputs of a workbook that was built from a case, with the values of its formulas.

    Raises
    ------
    InputError
        If the workbook has no sheet with its case, or states inputs that no case may have.
    """
    with reading():
        book, built = Held(package, evaluation), built_from(package)
        book = book.with_sorted(sorted_rows(book, built))
        places = Places(book, built)
    with places.located(), reading():
        now = stated_in(book)
    return Inputs(built, now, book, places)


def built_case(found: Case | None) -> Case:
    """Return the case that a workbook was built from, or refuse one that has lost it."""
    if found is None:
        raise InputError("workbook", f"must have the sheet {case_text.TITLE} to be compared")
    return found


def unlogged(inputs: Inputs, known: Mapping[str, Value]) -> list[Entry]:
    """Find the inputs that are not as a log states, or as they were built.

    Parameters
    ----------
    inputs : Inputs
    known : mapping
        The contents that the log states last, by the labels of the inputs.
    """
    inputs.places.find_added(inputs.now)
    return [*_Comparison(inputs, known).entries()]


class _Comparison:
    """The inputs of a workbook, next to what a log has of them."""

    def __init__(self, inputs: Inputs, known: Mapping[str, Value]) -> None:
        built, now = inputs.built, inputs.now
        self._case, self._known = built, known
        self._book, self._places = inputs.book, inputs.places
        self._built, self._now = _contents(built), _contents(now)
        self._labels: dict[Key, str] = {}
        # What was built keeps its names.
        self._call(self._built, Compared(built, built))
        self._call(self._now, Compared(built, now))

    def _call(self, keys: Iterable[Key], names: Compared) -> None:
        """Find what inputs are called; one that is called as another has its path after that."""
        called = {key: self._label(*key, names) for key in keys if key not in self._labels}
        counts = Counter((*called.values(), *self._labels.values()))
        self._labels |= {k: t if counts[t] == 1 else f"{t} ({k[0]})" for k, t in called.items()}

    def _label(self, path: str, number: int, names: Compared) -> str:
        above, _, leaf = path.rpartition(".")
        section, *steps = path.split(".")
        cell = section == "tables" and len(steps) > 2
        if cell or any(path in of.figures for of in (names.old, names.new)):
            words = names.words(path)
            if section in ("drivers", "segments"):
                # As the table of drivers calls it.
                words = (*words[:-1], spoken(leaf))
        elif number == ROW:
            words = names.words(path) if section in NAMED else (_spelled(leaf),)
        elif path == SCENARIO:
            words = (_spelled(leaf),)
        else:
            of = names.words(path) or names.words(above) if section != "tables" else ()
            words = (*(of or (_spelled(above.rpartition(".")[2]),)), _spelled(leaf))
        years = self._case.forecast_years
        if number >= 0:
            words = (*words, str(years[number] if number < len(years) else number + 1))
        return ", ".join(words)

    def entries(self) -> Iterator[Entry]:
        """Yield what is to be logged."""
        for key, label in self._labels.items():
            entry = self._row(key, label) if key[1] == ROW else self._input(key, label)
            if differ(_compared(entry.old), _compared(entry.new)):
                yield entry
        for label, old in self._gone().items():
            yield Entry(label, "", old, REMOVED if old == ADDED else None)

    def _input(self, key: Key, label: str) -> Entry:
        built, new = (_content(key, of) for of in (self._built, self._now))
        where = self._where(key)
        cell = self._book.cells(where[0]).get(where[1]) if where else None
        if key in self._now and cell is not None and cell.data_type == "f":
            new = cell.value
        old = self._known.get(label, built)
        if isinstance(old, float) and any(isinstance(of, date) for of in (built, new)):
            old = from_excel(old)
        return Entry(label, self._address(where), old, new)

    def _row(self, key: Key, label: str) -> Entry:
        """Return whether a row is there; the same before and after if that has not changed."""
        old = self._known.get(label, AS_BUILT if key in self._built else None)
        was, now = old in (AS_BUILT, ADDED), key in self._now
        new = old if was == now else ADDED if now else REMOVED
        return Entry(label, self._address(self._where(key)), old, new)

    def _gone(self) -> dict[str, Value]:
        """Return what the log has of rows that were added and removed since, but not renamed."""
        labels = {*self._labels.values()}
        found: dict[str, Value] = {}
        for row, last in self._known.items():
            if row in labels or last != ADDED:
                continue
            name = _PATH.sub("", row)
            inside = {label: content for label, content in self._known.items()
                      if label.startswith(f"{name}, ") and label not in labels}  # fmt: skip
            if not labels & {str(content) for content in inside.values()}:
                found |= {row: last} | {k: v for k, v in inside.items() if v != BLANK}
        return found

    def _where(self, key: Key) -> Where | None:
        # The first cell of a driver is that of a number for all years.
        path, number = key
        return self._places.exactly(path, number + 1 if number >= 0 else 0)

    def _address(self, where: Where | None) -> str:
        return self._book.where(*where) if where else ""


def _contents(of: Case) -> dict[Key, Any]:
    """Return the rows of a case, and all that it states, number by number."""
    said = stated(of)
    found: dict[Key, Any] = {(path, ROW): None for path in entries(of) if path not in said}
    for path, content in said.items():
        if isinstance(content, list) and not any(isinstance(each, str) for each in content):
            found |= {(path, number): each for number, each in enumerate(content)}
        else:
            found[path, WHOLE] = text_of(content) if isinstance(content, list) else content
    return found


def _content(key: Key, of: Mapping[Key, Any]) -> Any:
    """Return an input; one that the case leaves out has its default."""
    path, number = key
    if key in of or number != WHOLE or (path, 0) in of:
        return of.get(key)
    section, *_, leaf = path.split(".")
    field = DECLARED.get(section, {}).get(leaf)
    default = None if field is None or field.required else field.default
    return default if isinstance(default, int | float | str) and default == default else None


def in_cell(content: Any) -> Any:
    """Return contents as a cell has them: dates are numbers."""
    return to_excel(content) if isinstance(content, date) else content  # type: ignore[no-untyped-call]


def _compared(content: Any) -> Any:
    """Return contents as they are compared, whole numbers as all others."""
    held = in_cell(content)
    return BLANK if held is None else float(held) if type(held) is int else held


def _spelled(key: str) -> str:
    return key.replace("_", " ").capitalize()
