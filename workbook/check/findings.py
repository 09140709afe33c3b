"""What a check finds: a line for each cell, and one for many of the same cause."""

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

    def __str__(self) -> str:
        return f"{self.sheet}!{address(*self.at)}: {self.text}"


def listed(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield a line for each finding, in order; of a cause that has many, for some, and a count."""
    by_cause: dict[str, list[Finding]] = {}
    for finding in findings:
        by_cause.setdefault(finding.cause, []).append(finding)
    for cause, found in by_cause.items():
        shown = found if len(found) <= MOST else found[:SOME]
        yield from map(str, shown)
        if rest := found[len(shown) :]:
            sheets = list(dict.fromkeys(finding.sheet for finding in rest))
            yield f"{len(rest):,} more {cause}, on {', '.join(sheets)}"
