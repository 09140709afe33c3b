"""Row and column numbers of ranges in arrays, of which the engine counts only the first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from openpyxl.utils import column_index_from_string

from workbook.hosts.intersection import typed, within
from workbook.package.formulas import starts
from workbook.package.written_out import CannotWriteOutError

#: The most numbers that are written into one formula, and into all those of a workbook.
MOST_OF_ONE, MOST = 1_000, 200_000
#: A call of what is not one cell.
_CALL = re.compile(
    r"(?<![\w.])(?:ROW|COLUMN)\s*\((?!\s*\)|(?:'[^']*'!)?\$?[A-Z]{1,3}\$?\d+\))", re.IGNORECASE
)
_NAME = re.compile(r"[^\W\d][\w.]*")
_CELL = re.compile(r"[A-Z]{1,3}\d+")
_ROWS = re.compile(r"(?:[A-Z]{1,3})?(\d+):(?:[A-Z]{1,3})?(\d+)")
_COLUMNS = re.compile(r"([A-Z]{1,3})\d*:([A-Z]{1,3})\d*")


class Positions:
    """Writes out what ROW and COLUMN give of ranges, in the formulas of a workbook."""

    def __init__(self, names: Mapping[str, str]) -> None:
        #: References of the workbook's names, in lower case.
        self._names = names
        self._count = 0

    def written_out(self, formula: str, *, array: bool) -> str:
        """Write out the numbers wherever Excel takes all of them.

        Parameters
        ----------
        formula : str
            As the engine takes it, but for these numbers.
        array : bool
            Whether it is entered as an array. Of others, some functions take arrays.

        Raises
        ------
        CannotWriteOutError
            For the rows of what is not written as a range, and for too many.

        Examples
        --------
        >>> Positions({}).written_out("SUMPRODUCT((ROW(A2:A4)>2)*A2:A4)", array=False)
        'SUMPRODUCT(({2;3;4}>2)*A2:A4)'
        >>> Positions({}).written_out("ROW(A2:A4)", array=False)
        'ROW(A2:A4)'
        """
        if not _CALL.search(formula):
            return formula
        found = starts(formula)
        pieces, end = [], 0
        words = [*(token for _, token in found), ""]
        for i, wanted in enumerate(_wanted(words[:-1], array)):
            if wanted == "A" and words[i + 1] == "(" and (of := typed(words[i])) in _PARTS:
                last = _closing(words, i + 1)
                if numbers := self._numbers(of, "".join(words[i + 2 : last])):
                    pieces += [formula[end : found[i][0]], numbers]
                    end = found[last][0] + 1
        return "".join([*pieces, formula[end:]])

    def _numbers(self, of: str, argument: str) -> str:
        """Give the numbers of a range as an array; nothing for one cell, or the formula's own."""
        area = argument.strip("()")
        area = self._names.get(area.casefold(), area).rpartition("!")[2].replace("$", "").upper()
        if not area or _CELL.fullmatch(area):
            return ""
        part, number, between = _PARTS[of]
        if (ends := part.fullmatch(area)) is None:
            raise CannotWriteOutError(f"takes {of} of {argument} as an array")
        first, last = sorted(number(end) for end in ends.groups())
        self._count += last - first + 1
        if last - first >= MOST_OF_ONE or self._count > MOST:
            raise CannotWriteOutError(
                f"takes {of} of {argument} as an array, and no more than {MOST_OF_ONE:,} numbers "
                f"of a range and {MOST:,} of a workbook are calculated"
            )
        return "{" + between.join(map(str, range(first, last + 1))) + "}"


#: How the ends of a range are written, what they are as numbers, and what is between these.
_PARTS: dict[str, tuple[re.Pattern[str], Callable[[str], int], str]] = {
    "ROW": (_ROWS, int, ";"),
    "COLUMN": (_COLUMNS, column_index_from_string, ","),
}


def _wanted(words: Iterable[str], array: bool) -> Iterator[str]:
    """Yield what is wanted where each token of a formula is, as `intersection` has it."""
    wanted, before = "A" if array else "V", ""
    #: The calls that are open, with the place of the argument and what is wanted of the call.
    calls: list[tuple[str, int, str]] = []
    for word in words:
        yield wanted
        if word in ("(", "{"):
            of = typed(before) if word == "(" and _NAME.fullmatch(before) else ""
            calls.append((of, 0, wanted))
        elif word in (")", "}") and calls:
            wanted = calls.pop()[2]
        elif word == "," and calls:
            of, place, around = calls.pop()
            calls.append((of, place + 1, around))
        if word in ("(", "{", ",") and calls:
            of, place, around = calls[-1]
            wanted = within(of, place, around, array) if of else around
        before = word


def _closing(words: list[str], opened: int) -> int:
    """Find the bracket that closes another."""
    depth = 0
    for i, word in enumerate(words[opened:], opened):
        depth += (word == "(") - (word == ")")
        if not depth:
            return i
    return len(words) - 1
