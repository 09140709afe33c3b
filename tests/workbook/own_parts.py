"""What a user adds to a workbook, put into its parts: notes, links, merged cells, names, titles.

The classes are edits that tests draw, each with its number among them.

It is written as Excel writes it, but for the boxes that notes are shown in.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement
from xml.sax.saxutils import quoteattr

from in_parts import changed

from workbook.package.archive import parsed, written
from workbook.package.cells import Place, address
from workbook.package.formulas import TOKEN, quoted, rewritten
from workbook.package.package import Package

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#: What comes after the links in a sheet, and after its merged cells.
AFTER_LINKS = (
    *("printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks", "colBreaks"),
    *("customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing"),
    *("legacyDrawing", "legacyDrawingHF", "picture", "oleObjects", "controls"),
    *("webPublishItems", "tableParts", "extLst"),
)
AFTER_MERGED = ("phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks")
#: The range of a chart's series.
_OF_CHART = re.compile(rb"(<(?:c:)?f>)([^<]*)(</(?:c:)?f>)")
#: A cell of the margin, in which no workbook has anything.
MARGIN = 60


def noted(package: Package, sheet: str, at: Place, text: str) -> Package:
    """Put a note on a cell."""
    part = package.sheets[sheet].part
    there = [target for kind, target in _related(package, part) if kind == "comments"]
    name = there[0] if there else f"xl/comments_{posixpath.basename(part)}"
    if not there:
        package.parts[name] = (
            f'<comments xmlns="{MAIN}"><authors><author>me</author></authors><commentList/>'
            "</comments>"
        ).encode()
        _relate(package, part, "comments", f"/{name}")
        types = package.edited("[Content_Types].xml")
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
        SubElement(types, "Override", PartName=f"/{name}", ContentType=kind)
    notes = package.edited(name).find("commentList")
    assert notes is not None
    note = SubElement(notes, "comment", ref=address(*at), authorId="0")
    SubElement(SubElement(note, "text"), "t").text = text
    return Package(package.current())


def linked(package: Package, sheet: str, at: Place, page: str) -> Package:
    """Make a cell a link to a web page."""
    part = package.sheets[sheet].part
    link = _relate(package, part, "hyperlink", page, TargetMode="External")
    root = package.edited(part)
    root.set("xmlns:r", OFFICE)
    links = _within(root, "hyperlinks", AFTER_LINKS)
    SubElement(links, "hyperlink", {"ref": address(*at), "r:id": link})
    return Package(package.current())


def merged(package: Package, sheet: str, first: Place, last: Place) -> Package:
    """Merge cells."""
    root = package.edited(package.sheets[sheet].part)
    areas = _within(root, "mergeCells", (*AFTER_MERGED, *AFTER_LINKS))
    SubElement(areas, "mergeCell", ref=f"{address(*first)}:{address(*last)}")
    areas.set("count", str(len(areas)))
    return Package(package.current())


def named(package: Package, name: str, formula: str) -> Package:
    """Define a name."""
    names = package.edited("xl/workbook.xml").find("definedNames")
    assert names is not None
    SubElement(names, "definedName", name=name).text = formula
    return Package(package.current())


def retitled(package: Package, titles: Mapping[str, str]) -> Package:
    """Rename sheets; formulas, names and charts follow."""

    def followed(formula: str) -> str:
        def title(found: re.Match[str]) -> str:
            old = found[0].strip("'").replace("''", "'")
            before = formula[found.end() : found.end() + 1] == "!"
            return quoted(titles[old]) if before and old in titles else found[0]

        return TOKEN.sub(title, formula)

    parts = rewritten(package.current(), followed)
    book = parsed(parts["xl/workbook.xml"])
    for sheet in book.iterfind("sheets/sheet"):
        sheet.set("name", titles.get(sheet.attrib["name"], sheet.attrib["name"]))
    parts["xl/workbook.xml"] = written(book)
    for name in parts:
        if name.startswith("xl/charts/chart"):
            parts[name] = _OF_CHART.sub(
                lambda found: found[1] + followed(found[2].decode()).encode() + found[3],
                parts[name],
            )
    return Package(parts)


def _within(root: Element, tag: str, after: tuple[str, ...]) -> Element:
    """Return an element of a sheet; one that it lacks is put before those that come after it."""
    found = root.find(tag)
    if found is None:
        found = Element(tag)
        root.insert(next((i for i, e in enumerate(root) if e.tag in after), len(root)), found)
    return found


def _relations(part: str) -> str:
    folder, name = posixpath.split(part)
    return f"{folder}/_rels/{name}.rels"


def _related(package: Package, part: str) -> list[tuple[str, str]]:
    relations = _relations(part)
    if relations not in package.parts:
        return []
    folder = posixpath.dirname(part)
    return [
        (
            posixpath.basename(each.attrib["Type"]),
            posixpath.normpath(posixpath.join("/", folder, each.attrib["Target"])).lstrip("/"),
        )
        for each in package.tree(relations)
    ]


def _relate(package: Package, part: str, kind: str, target: str, **more: str) -> str:
    """Add a relationship of a part, and return its name."""
    relations = _relations(part)
    if relations not in package.parts:
        space = OFFICE.replace("officeDocument", "package")
        package.parts[relations] = f"<Relationships xmlns={quoteattr(space)}/>".encode()
    tree = package.edited(relations)
    name = f"own{len(tree)}"
    SubElement(tree, "Relationship", Id=name, Type=f"{OFFICE}/{kind}", Target=target, **more)
    return name


# Edits --------------------------------------------------------------------------------------------


class Noted(NamedTuple):
    """A note on a cell."""

    sheet: str
    at: Place

    def to(self, file: Package, number: int) -> Package:
        """Put it there."""
        return noted(file, self.sheet, self.at, f"note {number}")


class Linked(NamedTuple):
    """A link to a web page."""

    sheet: str
    at: Place

    def to(self, file: Package, number: int) -> Package:
        """Put it on a cell."""
        return linked(file, self.sheet, self.at, f"https://example.com/{number}")


class Typed(NamedTuple):
    """Something in a cell of the margin."""

    sheet: str
    row: int
    content: str | float

    def to(self, file: Package, number: int) -> Package:
        """Type it."""
        return changed(file, {(self.sheet, (self.row, MARGIN)): self.content})


class Merged(NamedTuple):
    """Two cells of the margin, or of the user's sheet, as one."""

    sheet: str
    row: int

    def to(self, file: Package, number: int) -> Package:
        """Merge them, unless they are."""
        first = self.row, MARGIN + 5 + 2 * number
        return merged(file, self.sheet, first, (self.row, first[1] + 1))


class Named(NamedTuple):
    """A name of the user's own."""

    formula: str

    def to(self, file: Package, number: int) -> Package:
        """Define it."""
        return named(file, f"Own_name_{number}", self.formula)


class Retitled(NamedTuple):
    """Another title of a sheet, of the user's or ours."""

    sheet: str

    def to(self, file: Package, number: int) -> Package:
        """Give it, unless it has been given."""
        if self.sheet not in file.sheets:
            return file
        return retitled(file, {self.sheet: f"It's {number}"})
