"""Whether a file is safe to open: contents that could run code or reach outside it.

The check itself runs nothing of a file. A finding says what is there and is not Offtake's; a note,
what may well be right but only its reader can know: another Python, links to the web, code that
Excel has compiled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from workbook.check.findings import Finding, PartFinding, listed
from workbook.check.safety import functions, opendocument, parts, relations, settings
from workbook.package.package import Package


@dataclass(frozen=True)
class Safety:
    """What was found in a file, by how much it matters."""

    findings: list[Finding | PartFinding] = field(default_factory=list)
    notes: list[Finding | PartFinding] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """A line for each finding, or for many of the same cause."""
        return list(listed(self.findings))

    @property
    def verdict(self) -> str:
        """The end of a summary; nothing for a file without findings."""
        count = len(self.findings)
        return f"; {count:,} safety finding{'s' * (count != 1)}" if count else ""

    @property
    def warnings(self) -> list[str]:
        """A line for each note, or for many of the same cause."""
        return list(listed(self.notes))


def judged(package: Package) -> Safety:
    """Find what in a file could run code, or reach outside of it, and is not Offtake's.

    Parameters
    ----------
    package : Package
        Any workbook, also one that was translated from an .ods file.

    Examples
    --------
    >>> from workbook.package.cells import Formula
    >>> from workbook.package.minimal import Page, package
    >>> page = Page({(1, 1): 0.0}, {(1, 1): Formula('WEBSERVICE("http://example.org")')})
    >>> judged(package({"Deal": page}, {})).faults
    ['Deal!A1: calls WEBSERVICE: =WEBSERVICE("http://example.org")']
    """
    verdict = Safety()
    for finding, is_note in _found(package):
        (verdict.notes if is_note else verdict.findings).append(finding)
    return verdict


def _found(package: Package) -> Iterator[tuple[Finding | PartFinding, bool]]:
    """Yield what is found, and whether it is a note alone."""
    yield from settings.examined(package)
    if package.translated is not None:
        yield from opendocument.examined(package.translated)
    else:
        found = [*relations.relations(package.parts)]
        yield from relations.examined(package, found)
        yield from parts.examined(package, found)
    for finding in functions.examined(package):
        yield finding, False
