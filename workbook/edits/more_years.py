"""Where the cells of a workbook are in the one with a longer forecast."""

from __future__ import annotations

from collections.abc import Iterator

from workbook.check.canonical import canonical, itself
from workbook.check.keyed import Keyed, keyed_sheets
from workbook.package.cells import Place
from workbook.package.package import Package, Sheet
from workbook.template.rows import FIRST


class MoreYears:
    """The columns of years that a longer forecast adds, row by row.

    In a row with years, the new ones are after the last, and what was after it is after them. The
    other rows are as they were.

    Parameters
    ----------
    shorter, longer : Package
        The workbook of a case as built, and that with the longer forecast.
    years : int
        How many years the shorter forecast has.
    added : int
        How many the longer one has in addition.
    """

    def __init__(self, shorter: Package, longer: Package, years: int, added: int) -> None:
        self.added = added
        self._next = FIRST + years
        #: The first column after the years, by sheet and row.
        self._after: dict[str, dict[int, int]] = {}
        #: Where the texts after that are, which may be far from the years; None if not found.
        self._texts: dict[tuple[str, Place], int | None] = {}
        #: The last column of each sheet, and how many more there are.
        self._wider: dict[str, tuple[int, int]] = {}
        there = keyed_sheets(longer)
        for title, here in keyed_sheets(shorter).items():
            old, new = shorter.sheets[here.title], longer.sheets[title]
            edge = max(here.columns)
            self._wider[title] = edge, max(there[title].columns) - edge
            rows = {key: row for row, key in there[title].rows.items()}
            found = {row: rows[key] for row, key in here.rows.items() if key in rows}
            held = [at for at in _held(shorter, here) if at[1] >= self._next and at[0] in found]
            texts = {at: x for at in sorted(held) if isinstance(x := old.value(at), str)}
            first = {at[0]: at for at in reversed(texts)}
            last, ends = _last(shorter, here), _last(longer, there[title])
            self._after[title] = {
                row: self._end(shorter, title, row)
                for row, to in found.items()
                if (
                    self._is_further(new, to, first[row][1], texts[first[row]])
                    if row in first
                    else self._next - 1 <= last.get(row, 0) == ends.get(to, 0) - added
                )
            }
            for at, text in texts.items():
                has_years = at[0] in self._after[title]
                self._texts[title, at] = self._found(new, found[at[0]], at[1], text, has_years)

    def column(self, title: str, at: Place) -> int | None:
        """Return in which column a cell of a built sheet is; None if that is not known."""
        edge, wider = self._wider[title]
        if at[1] > edge:
            return at[1] + wider
        after = self._after[title].get(at[0], at[1] + 1)
        return self._texts.get((title, at), at[1] + self.added * (at[1] >= after))

    def columns(self, title: str, rows: tuple[int, int], column: int) -> int:
        """Return where a column is in each of some rows, from the first to the last.

        Raises
        ------
        KeyError
            If it is not in the same place in all of them.
        """
        found = {self.column(title, (row, column)) for row in range(rows[0], rows[1] + 1)}
        (first, *others) = found
        if first is None or others:
            raise KeyError(column)
        return first

    def whole(self, title: str, column: int) -> int:
        """Return where a column is in all rows.

        Raises
        ------
        KeyError
            If it is further on in some.
        """
        edge, wider = self._wider[title]
        if column > edge:
            return column + wider
        if any(after <= column for after in self._after[title].values()):
            raise KeyError(column)
        return column

    def ends(self, title: str, row: int, first: int, last: int) -> bool:
        """Tell whether columns of a row are those of several years, up to the last one."""
        return FIRST <= first < last == self._after.get(title, {}).get(row, 0) - 1

    def within(self, title: str, row: int, first: int, last: int) -> bool:
        """Tell whether new years are among some columns of a row."""
        return first < self._after.get(title, {}).get(row, 0) <= last

    def _is_further(self, there: Sheet, row: int, column: int, text: str) -> bool:
        """Tell whether the first text after the years, or its like, is further on."""
        here, further = (there.value((row, column + by)) for by in (0, self.added))
        return here != text and (further == text or not isinstance(here, str))

    def _found(self, there: Sheet, row: int, column: int, text: str, has_years: bool) -> int | None:
        """Return the column of a text, or of one in its place; that of a reason may stay."""
        both = (column + self.added, column) if has_years else (column, column + self.added)
        values = [there.value((row, each)) for each in both]
        alike = [value == text for value in values] + [isinstance(value, str) for value in values]
        return both[alike.index(True) % 2] if any(alike) else None

    def _end(self, package: Package, title: str, row: int) -> int:
        """Return the first column after the years; some sheets have a year before the first."""
        formulas, pair = package.sheets[title].formulas, (self._next - 1, self._next)
        texts = [
            canonical(formula.text, title, itself, (row, column))
            for column in pair
            if (formula := formulas.get((row, column))) and formula.ref is None
        ]
        return self._next + (len(texts) == 2 and texts[0] == texts[1])


def _held(package: Package, keyed: Keyed) -> Iterator[Place]:
    """Yield the cells of a sheet in which something is, without its keys."""
    page = package.sheets[keyed.title]
    results = page.formulas.keys() | page.filled_places
    for at in {*page.places, *results}:
        is_key = at[0] == keyed.corner[0] or at[1] == keyed.corner[1]
        if not is_key and (at in results or page.value(at) is not None):
            yield at


def _last(package: Package, keyed: Keyed) -> dict[int, int]:
    """Return the last column of each row in which something is."""
    return dict(sorted(_held(package, keyed)))
