"""Results of functions as blocks of cells, with declared shapes, formats and lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from model.fields import Field
from model.tables import Grid, Listing, Result, Schedule, Statement
from workbook.template import labels, styles
from workbook.template.area import Area

if TYPE_CHECKING:
    from workbook.template.layout import Page


@dataclass(frozen=True)
class Block(Area):
    """The cells of a result; its parts are found by their names in the model."""

    result: type[Result] = Result
    #: Number of items with a line each, by the field that names them.
    things: Mapping[str, int] = field(default_factory=dict)

    def line(self, name: str, thing: int = 0) -> Area:
        """Return a line of a schedule, all periods; for a repeated line, that of one item."""
        return self.body(self._place(name) + thing)

    def lines(self, name: str) -> Area:
        """Return a repeated line for all items, all periods."""
        count = self.things[self.result.declared[name].each]
        return self.part(self._place(name), 1, count, self.columns - 1)

    def value(self, name: str) -> Area:
        """Return the number of a statement's line."""
        return self.part(self._place(name), 1)

    def values(self, name: str) -> Area:
        """Return the numbers of a statement's repeated line, for all items."""
        return self.part(self._place(name), 1, self.things[self.result.declared[name].each])

    def column_of(self, name: str, thing: int = 0) -> Area:
        """Return a column of a listing, without its header and its totals."""
        cls = self._listing()
        return self.part(1, self._place(name) - 1 + thing, self.rows - 1 - len(cls.totals))

    def total(self, name: str, label: str = "") -> Area:
        """Return the cell of a column below the listed rows."""
        cls = self._listing()
        place = cls.totals.index(label or cls.totals[0])
        row = self.rows - len(cls.totals) + place
        return self.part(row, self._place(name) - 1)

    def cell(self, label: str, name: str) -> Area:
        """Return the cell of a column of a listing in a row with a known label."""
        cls = self._listing()
        return self.part(1 + cls.labels.index(label), self._place(name) - 1)

    def _listing(self) -> type[Listing]:
        assert issubclass(self.result, Listing), f"{self.result.__name__} has no columns"
        return self.result

    def _place(self, name: str) -> int:
        """Return the position of a line or column, counted from 1."""
        place = 1
        for other, declared in self.result.declared.items():
            if other == name:
                return place
            place += self.things[declared.each] if declared.each else 1
        raise KeyError(name)


def write(
    page: Page,
    name: str,
    formula: str,
    result: type[Result],
    *,
    column: int,
    rows: int,
    across: int,
    things: Mapping[str, int],
    header: str,
    named: Sequence[str | Area],
) -> Block:
    """Write a function's result as one dynamic array, of its declared size."""
    lines = [f for f in result.declared.values() for _ in range(things[f.each] if f.each else 1)]
    known = partial(labels.known, page, formula, result, lines, things, named)
    if issubclass(result, Listing):
        texts = [j for j, f in enumerate(lines) if f.kind in ("text", "choice")]
        count = rows = len(result.labels) or rows
        others = [result.others.get(label) for label in result.totals]
        units = {f.unit for j, f in enumerate(lines) if j not in texts}
        one_unit = len(units) == 1 and column == page.label
        area = page.block(
            name, formula, 1 + count + len(others), len(lines), column=column,
            row_formats=[""] * count + [form(f) if f else "" for f in others],
            column_formats=[form(f) for f in lines], text_columns=texts,
            strong=[i for i, f in enumerate(others, 1 + count) if f is None], header="@",
            # One unit for all numbers of a row precedes it.
            units=[*units] * (count + len(others)) if one_unit else (), labels=known(rows),
        )  # fmt: skip
    elif issubclass(result, Grid):
        shown = form(Field(result.unit))
        area = page.block(
            name, formula, 1 + rows + result.noted, 1 + across, column=column, text_columns=(),
            column_formats=[form(result.row), *[shown] * across], header=header,
            labels=known(rows + result.noted),
        )  # fmt: skip
    else:
        strong = [i for i, f in enumerate(lines, 1) if f.total]
        schedule = issubclass(result, Schedule)
        area = page.block(
            name, formula, 1 + len(lines), 1 + across if schedule else 3, column=column,
            row_formats=[form(f) for f in lines], strong=strong,
            text_columns=(0,) if schedule else (0, 2), header=header if schedule else "@",
            units=[f.unit for f in lines] if schedule else (), labels=known(rows),
        )  # fmt: skip
        assert schedule or issubclass(result, Statement)
    return Block(area.sheet, area.row, area.column, area.rows, area.columns, result, dict(things))


def rows_of(result: type[Result], rows: int = 0) -> int:
    """Return how many rows a result takes: its header, its lines or rows, and one below it."""
    if issubclass(result, Listing):
        return 1 + (len(result.labels) or rows) + len(result.totals) + 1
    return 1 + len(result.declared) + 1


def form(declared: Field) -> str:
    """Return the number format of a declared value."""
    return styles.FORMS[declared.form] if declared.form else styles.FORMATS[declared.unit]
