"""Findings of a check: a line for each cell, and one for many with the same cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from workbook.package.cells import Place, address

#: As many findings of one cause are listed; of more, some are, and the others are counted.
MOST, SOME = 40, 10


@dataclass(frozen=True)
class Finding:
    """A cell that is not as it should be: what is there, and what belongs there.

    Parameters
    ----------
    sheet : str
        The sheet's title in the file.
    at : tuple of int
        The row and the column in the file.
    text : str
        What is wrong.
    cause : str
        What findings of the same kind have in common, in the plural.
    """

    sheet: str
    at: Place
    text: str
    cause: str

    @property
    def within(self) -> str:
        """What of the file the cell is in."""
        return self.sheet

    def __str__(self) -> str:
        return f"{self.sheet}!{address(*self.at)}: {self.text}"


@dataclass(frozen=True)
class PartFinding:
    """A part of the file that is not as it should be, where no cell is at fault.

    Parameters
    ----------
    within : str
        The part's name in the file's archive.
    text, cause : str
        As of a `Finding`.
    """

    within: str
    text: str
    cause: str

    def __str__(self) -> str:
        return f"{self.within}: {self.text}"


def listed(findings: Iterable[Finding | PartFinding]) -> Iterator[str]:
    """Yield a line for each finding, in order; of a cause that has many, for some, and a count."""
    by_cause: dict[str, list[Finding | PartFinding]] = {}
    for finding in findings:
        by_cause.setdefault(finding.cause, []).append(finding)
    for cause, found in by_cause.items():
        shown = found if len(found) <= MOST else found[:SOME]
        yield from map(str, shown)
        if rest := found[len(shown) :]:
            places = list(dict.fromkeys(finding.within for finding in rest))
            yield f"{len(rest):,} more {cause}, on {', '.join(places)}"
