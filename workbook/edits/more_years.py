"""Where the cells of a workbook are in the one with a longer forecast."""

from __future__ import annotations

from collections.abc import Iterator

from workbook.check.canonical import canonical
from workbook.check.keyed import Keyed, keyed_sheets
from workbook.package.cells import Place
from workbook.package.package import Package
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
        #: Texts of other rows that are elsewhere.
        self._elsewhere: set[tuple[str, Place]] = set()
        there = keyed_sheets(longer)
        for title, here in keyed_sheets(shorter).items():
            texts = self._texts(shorter, here)
            same = {at for at, text in texts.items() if longer.sheets[title].value(at) == text}
            # A table of as many columns has no years, and its reasons may be further on.
            still = {row for row, _ in same}
            last, moved = _last(shorter, here), _last(longer, there[title])
            self._after[title] = {
                row: self._end(shorter, title, row)
                for row, column in last.items()
                if moved.get(row) == column + added and column >= FIRST + years - 1
                if row not in still
            }
            others = (at for at in texts if at[0] not in self._after[title] and at not in same)
            self._elsewhere |= {(title, at) for at in others}

    def column(self, title: str, at: Place) -> int | None:
        """Return in which column a cell of a built sheet is; None if that is not known."""
        if (title, at) in self._elsewhere:
            return None
        after = self._after[title].get(at[0], at[1] + 1)
        return at[1] + self.added * (at[1] >= after)

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

    def check_whole(self, title: str, last: int) -> None:
        """Refuse columns of all rows, of which the last is further on in some.

        Raises
        ------
        KeyError
            If it is.
        """
        if any(after <= last for after in self._after[title].values()):
            raise KeyError(last)

    def ends(self, title: str, row: int, first: int, last: int) -> bool:
        """Tell whether columns of a row are those of several years, up to the last one."""
        return FIRST <= first < last == self._after.get(title, {}).get(row, 0) - 1

    def _texts(self, package: Package, keyed: Keyed) -> dict[Place, str]:
        """Return the texts of a sheet from the column after the years on."""
        page = package.sheets[keyed.title]
        held = ((at, page.value(at)) for at in _held(package, keyed) if at[1] >= self._next)
        return {at: value for at, value in held if isinstance(value, str)}

    def _end(self, package: Package, title: str, row: int) -> int:
        """Return the first column after the years; some sheets have a year before the first."""
        formulas, pair = package.sheets[title].formulas, (self._next - 1, self._next)
        texts = [
            canonical(formula.text, title, lambda sheet, at: (sheet, at), (row, column))
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
