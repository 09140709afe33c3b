"""The relationships of a file's parts: what each leads to, and what leads out of the file.

A program finds every part but the first by a relationship, so that a part's name says nothing: a
project of macros may be called `sheet99.xml`. Names of parts are alike in capitals or not, and with
percent signs in place of characters (ECMA-376 part 2, 6.2.2). Excel opens targets outside of the
file, or fetches them, for some kinds without being asked: templates, pictures, embedded objects.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

from workbook.check.findings import Finding, PartFinding
from workbook.check.keyed import keyed_sheets
from workbook.check.safety.addresses import file_of, is_web, link_fault, same_address
from workbook.check.safety.functions import WORKBOOK, leads_out
from workbook.check.safety.kinds import HARMFUL, HARMLESS, LINKED_FILE, READ
from workbook.package.archive import parsed
from workbook.package.cells import Place, place
from workbook.package.links import ADDIN, file_name
from workbook.package.package import Package

EXTERNAL = "links to something outside of the file"
HYPERLINKS = "links to the web"
PARTS = "parts that Offtake does not write"
PROJECT = "xl/vbaProject.bin"
SOURCES = "Sources"
#: Of a target that is a fragment alone, as a link in a drawing has it, the part says nothing.
_OUTSIDE = re.compile(r"[a-z][a-z0-9+.-]*:|\\|//|#", re.IGNORECASE)

Found = tuple[Finding | PartFinding, bool]


@dataclass(frozen=True)
class Relation:
    """A relationship: the part that has it, its own, its kind, and the part or the address."""

    source: str
    part: str
    identifier: str
    kind: str
    target: str
    external: bool


def relations(parts: Mapping[str, bytes]) -> Iterator[Relation]:
    """Read every relationship of a file; a target within it is the part's own name."""
    names = {_alike(part): part for part in parts}

    def part_of(path: str) -> str:
        plain = posixpath.normpath(posixpath.join("/", path.replace("\\", "/"))).lstrip("/")
        return names.get(_alike(plain), plain)

    for part, content in parts.items():
        if not part.casefold().endswith(".rels"):
            continue
        folder, name = posixpath.split(part)
        source = part_of(posixpath.join(posixpath.dirname(folder), name[: -len(".rels")]))
        for each in parsed(content):
            target = each.get("Target", "").strip()
            external = each.get("TargetMode", "").casefold() == "external"
            if external or _OUTSIDE.match(target):
                external = True
            else:
                path = target.partition("#")[0]
                target = part_of(posixpath.join(posixpath.dirname(source), path))
            kind = each.get("Type", "").rstrip("/").rpartition("/")[2]
            yield Relation(source, part, each.get("Id", ""), kind, target, external)


def _alike(part: str) -> str:
    """Write a part's name as every spelling of it."""
    return unquote(part).casefold()


def examined(package: Package, found: list[Relation]) -> Iterator[Found]:
    """Find relationships of other kinds than contents, and those that lead out of the file."""
    links = _Links(package)
    for relation in found:
        kind, target = relation.kind, relation.target
        if relation.external:
            yield from links.external(relation)
        elif kind in HARMFUL:
            yield PartFinding(target, HARMFUL[kind], PARTS), False
        elif kind == "officeDocument" and target != WORKBOOK:
            text = f"is what a spreadsheet opens, and this check has read {WORKBOOK}"
            yield PartFinding(target, text, PARTS), False
        elif target not in package.parts:
            text = f"leads to {target}, which is not a part of the file"
            yield PartFinding(relation.part, text, PARTS), False
        elif kind not in HARMLESS and kind not in READ and kind not in LINKED_FILE:
            text = f"is of the unknown kind {kind!r}, as {relation.part} has it"
            yield PartFinding(target, text, PARTS), False


class _Links:
    """Judges what leads out of a file, and finds the cells of its hyperlinks."""

    def __init__(self, package: Package) -> None:
        self.package = package

    def external(self, relation: Relation) -> Iterator[Found]:
        """Judge a relationship that leads out of the file."""
        target = relation.target
        if relation.kind == "hyperlink":
            if not target.startswith("#") or leads_out(target[1:]):
                yield from self._hyperlink(relation)
        elif relation.kind in LINKED_FILE:
            if file_name(file_of(target)).casefold() != ADDIN:
                yield PartFinding(relation.source, f"links to the file {target}", EXTERNAL), False
            elif fault := link_fault(target):
                text = f"links to {ADDIN} by a path that {fault}: {target}"
                yield PartFinding(relation.source, text, EXTERNAL), False
        else:
            text = f"refers to {target}, outside of the file, as {relation.kind!r}"
            yield PartFinding(relation.source, text, EXTERNAL), False

    def _hyperlink(self, relation: Relation) -> Iterator[Found]:
        """Judge a hyperlink; those that are as built show their own address on Sources."""
        target = relation.target
        web = is_web(target)
        cause = HYPERLINKS if web else EXTERNAL
        places = self._places.get((relation.source, relation.identifier), [])
        for title, at in places:
            shown = str(self.package.sheets[title].value(at) or "")
            if not (same_address(shown, target) and self._is_sources(title)):
                yield Finding(title, at, f"has a link to {target}", cause), web
        if not places:
            yield PartFinding(relation.source, f"has a link to {target}", cause), web

    @cached_property
    def _places(self) -> dict[tuple[str, str], list[tuple[str, Place]]]:
        """The cells with hyperlinks, by the sheet's part and the relationship's identifier."""
        found: dict[tuple[str, str], list[tuple[str, Place]]] = {}
        for title, sheet in self.package.sheets.items():
            for link in self.package.around(sheet.part).iterfind("hyperlinks/hyperlink"):
                at = place(link.get("ref", "A1").partition(":")[0])
                for name, value in link.items():
                    if name.endswith(":id"):
                        found.setdefault((sheet.part, value), []).append((title, at))
        return found

    def _is_sources(self, title: str) -> bool:
        """Tell whether a sheet is that of the sources, whose links are the case's."""
        return title == SOURCES or title == self._renamed

    @cached_property
    def _renamed(self) -> str:
        """The title that a user has given to the sheet of sources."""
        keyed = keyed_sheets(self.package).get(SOURCES)
        return keyed.title if keyed else SOURCES
