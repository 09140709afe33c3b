"""How many cells formulas read: the engine goes through all the cells of a range in use.

One number in the last cell of a sheet is enough for 17 thousand million of them, for which no
memory is enough; the engine would then end the process.
"""

from __future__ import annotations

import re

from workbook.hosts import foreign
from workbook.package.areas import areas_read
from workbook.package.limits import LIMITS, check
from workbook.package.package import Package

#: A function of the catalogue is handed each cell, which takes memory and time as several do.
_MEMORY, _TIME = 4, 40
#: What gives a range that the text of a formula does not have.
_ELSEWHERE = re.compile(r"\b(?:INDIRECT|OFFSET)\s*\(|\)\s*:|:\s*[A-Za-z.]+\(", re.IGNORECASE)


class Reach:
    """What is in use on the sheets of a workbook, and how much of it has been read."""

    def __init__(self, package: Package) -> None:
        self._used = {
            name.casefold(): tuple(max(of, default=0) for of in zip(*sheet.places, strict=True))
            if sheet.places
            else (0, 0)
            for name, sheet in package.sheets.items()
        }
        self._names = {name.casefold(): text for name, text in package.all_names.items()}
        self._largest = max((rows * columns for rows, columns in self._used.values()), default=0)
        self._may_have = self._read = 0

    def fault(self, formula: str, sheet: str) -> str | None:
        """Say that a formula reads more than can be calculated, as the rest of a sentence.

        Raises
        ------
        InputError
            If all formulas together do.
        """
        most, of_all = LIMITS["reach"].most, LIMITS["read"].most
        if self._largest <= most and ":" not in formula:
            return None  # It reads single cells.
        ours = any(map(foreign.catalogued, foreign.calls(formula)))
        self._may_have += self._largest * (_TIME if ours else 1)
        if self._largest <= most and self._may_have <= of_all:
            return None
        if self._largest > most and _ELSEWHERE.search(formula):
            return (
                "may read more cells than can be calculated, because a sheet is in use to its end"
            )
        cells = sum(
            self._in_use(area.sheet, area.first, area.last)
            for area in areas_read(formula, sheet, self._names)
        )
        if cells * (_MEMORY if ours else 1) > most:
            return f"reads {cells:,} cells, which is more than can be calculated"
        self._read += cells * (_TIME if ours else 1)
        check("read", self._read)
        return None

    def _in_use(self, sheet: str, first: tuple[int, int], last: tuple[int, int]) -> int:
        rows, columns = self._used.get(sheet.casefold(), (0, 0))
        down, across = min(last[0], rows) - first[0] + 1, min(last[1], columns) - first[1] + 1
        return max(down, 0) * max(across, 0)
