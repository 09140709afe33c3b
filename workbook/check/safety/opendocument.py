"""Contents of an OpenDocument spreadsheet that could run code or reach outside the file.

Macros are parts below `Basic/` and `Scripts/`, and run at an event if an element `event-listener`
says so. What Calc fetches is in elements and links of `content.xml` and `styles.xml`, and of the
objects that have the same parts (OpenDocument 1.3 part 3, 9.4, 10.4 and 14). The rest of the check
reads a translation of the file, in which none of this is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from xml.parsers import expat

from workbook.check.findings import PartFinding
from workbook.check.safety.addresses import is_web, same_address
from workbook.check.safety.relations import EXTERNAL, HYPERLINKS, PARTS
from workbook.package.archive import forbid_doctype

#: Parts that Calc writes of contents; it writes one of images for every object that it draws.
_KNOWN = re.compile(
    r"mimetype|manifest\.rdf|meta-inf/manifest\.xml|(?:content|styles|meta|settings)\.xml"
    r"|(?:objectreplacements|pictures|thumbnails)/[^/]+|layout-cache"
    r"|object \d+/(?:(?:content|styles|meta|settings)\.xml|manifest\.rdf)"
    r"|object \d+/(?:objectreplacements|pictures)/[^/]+|configurations2/.*"
)
_READ = re.compile(r"(?:.*/)?(?:content|styles)\.xml")
_CODE = ("basic/", "scripts/", "dialogs/")
_SIGNATURES = ("meta-inf/documentsignatures.xml", "meta-inf/macrosignatures.xml")

#: Elements that run or fetch something, by their names without a prefix.
_ELEMENTS = {
    "event-listener": "runs a macro at an event",
    "dde-link": "has a link to another program (DDE)",
    "dde-source": "has a link to another program (DDE)",
    "dde-connection-decl": "has a link to another program (DDE)",
    "table-source": "has a sheet that is fetched from another file",
    "cell-range-source": "has cells that are fetched from another file",
    "database-source-sql": "fetches data from a database",
    "database-source-query": "fetches data from a database",
    "database-source-table": "fetches data from a database",
    "source-service": "fetches data from a service",
    "object-ole": "has an embedded object, which opens in another program",
    "plugin": "has a plug-in, which is a program",
    "applet": "has an applet, which is a program",
    "floating-frame": "has a frame that shows another file",
    "connection-resource": "fetches data from a database",
}
#: Addresses within the file; a chart, which is a part of its own, has ``..`` for the rest of it.
_INSIDE = re.compile(r"(?:\./)?(?:#|Pictures/|Object|ObjectReplacements/|Thumbnails/|$)|\.\.$")


def examined(parts: Mapping[str, bytes]) -> Iterator[tuple[PartFinding, bool]]:
    """Find what is in the parts of an .ods file that a calculation does not need."""
    for part, content in parts.items():
        name = part.casefold()
        if name.startswith(_CODE):
            yield PartFinding(part, "is code, and Offtake writes none", PARTS), False
        elif name in _SIGNATURES:
            yield PartFinding(part, "is a digital signature; Offtake signs no file", PARTS), False
        elif not _KNOWN.fullmatch(name) and not name.endswith("/"):
            text = "is a part that neither Offtake nor spreadsheets usually write"
            yield PartFinding(part, text, PARTS), False
        elif name.startswith("configurations2/") and (
            b"script:" in content or b"macro:" in content
        ):
            yield PartFinding(part, "has a menu or a key that runs a macro", PARTS), False
        elif _READ.fullmatch(name):
            yield from _of_content(part, content)


def _of_content(part: str, content: bytes) -> Iterator[tuple[PartFinding, bool]]:
    """Find elements and links in a part; each sentence once."""
    found: dict[str, bool] = {}
    #: The address of the hyperlink that is being read, and the text that it shows.
    link, shown = "", ""

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal link, shown
        local = name.rpartition(" ")[2]
        if text := _ELEMENTS.get(local):
            found[text] = False
        for key, value in attributes.items():
            if not key.endswith(" href") or _INSIDE.match(value):
                continue
            if local == "a":
                link, shown = value, ""
            else:
                found[f"fetches {value}"] = False

    def read(text: str) -> None:
        nonlocal shown
        if link:
            shown += text

    def end(name: str) -> None:
        nonlocal link
        # What shows its own address hides nothing; the sources of a case are such links.
        if link and name.endswith(" a"):
            if not (is_web(link) and same_address(shown, link)):
                found[f"has a link to {link}"] = is_web(link)
            link = ""

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = forbid_doctype
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = read
    parser.Parse(content, True)
    for text, is_note in found.items():
        yield PartFinding(part, text, HYPERLINKS if is_note else EXTERNAL), is_note
