"""Contents of an OpenDocument spreadsheet that could run code or reach outside the file.

Macros are parts below `Basic/` and `Scripts/`, and run at an event if an element `event-listener`
says so, or by a menu or a key of `Configurations2/`. What Calc fetches is in elements, links and
formulas of `content.xml`, `styles.xml` and `meta.xml`, and of the objects that have the same parts
(OpenDocument 1.3 part 3, 4.3.2, 9.4, 10.4, 14 and 19). The rest of the check reads a translation of
the file, in which only the formulas of cells and names are left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from urllib.parse import unquote
from xml.parsers import expat

from workbook.check.findings import PartFinding
from workbook.check.safety import elements
from workbook.check.safety.addresses import is_web, link_fault, same_address
from workbook.check.safety.functions import REACH, cut, wrong
from workbook.check.safety.relations import EXTERNAL, HYPERLINKS, PARTS
from workbook.package.archive import forbid_doctype, reading
from workbook.package.limits import check
from workbook.package.open_formula import excel_expression

#: Parts that Calc writes of contents; it writes one of images for every object that it draws.
_KNOWN = re.compile(
    r"mimetype|manifest\.rdf|meta-inf/manifest\.xml|(?:content|styles|meta|settings)\.xml"
    r"|(?:objectreplacements|pictures|thumbnails)/[^/]+|layout-cache"
    r"|object \d+/(?:(?:content|styles|meta|settings)\.xml|manifest\.rdf)"
    r"|object \d+/(?:objectreplacements|pictures)/[^/]+|configurations2/.*"
)
_READ = re.compile(r"(?:.*/)?(?:content|styles|meta|settings)\.xml")
#: What a menu, a key or a toolbar does that is no command of Calc's own.
_RUNS = re.compile(r"(?:script|macro):|//", re.IGNORECASE)
_RUN = "has a menu or a key that runs a macro or opens an address"
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
    "error-macro": "runs a macro at an entry that is not permitted",
}
#: Attributes with an address, besides `href`.
_ADDRESSES = {"image-data", "src", "action"}
#: Attributes with a formula, and those with cells, which may be those of another file.
_FORMULAS, _RANGE = (
    {"formula", "expression", "condition"},
    re.compile(r".*(?:cell|ranges?|address(?:es)?)"),
)
#: Elements of which the value is a formula: of conditional formats.
_RULES = re.compile(r"condition|.*-entry")
#: The cells and the names, whose formulas are judged in the translation of this part.
_CONTENT, _TRANSLATED = "content.xml", {"table-cell", "covered-table-cell", "named-expression"}
#: The grammar that a formula states, and a text, or the name of a sheet or, before `#`, of a file.
_GRAMMAR = re.compile(r"\A\s*(?:\w+:)?\s*=?")
_BRACKETED = re.compile(r"\[(?:'(?:[^']|'')*+'|[^\[\]'])*+\]")
_QUOTED = re.compile(r"""\"(?:[^"]|"")*"|'(?:[^']|'')*'(\s*#)?""")
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
        elif name.startswith("configurations2/"):
            if elements.is_xml(content) and _runs(part, content):
                yield PartFinding(part, _RUN, PARTS), False
        elif _READ.fullmatch(name):
            yield from _of_content(part, content)


def _runs(part: str, content: bytes) -> bool:
    """Tell whether a menu, a key or a toolbar runs a macro or opens an address."""
    with reading(part):
        return any(
            _RUNS.search(unquote(value))
            for _, attributes, _ in elements.read(content, _forbid_entities)
            for name, value in attributes.items()
            if not name.startswith("xmlns")
        )


def _forbid_entities(name: str, system: str | None, public: str | None, own: bool) -> None:
    """Refuse a document type that declares anything itself; Calc writes those that do not."""
    if own:
        forbid_doctype(name, system, public, own)


def _of_content(part: str, content: bytes) -> Iterator[tuple[PartFinding, bool]]:
    """Find elements, links and formulas in a part; each sentence once."""
    found: dict[str, tuple[str, bool]] = {}
    #: The hyperlinks that are being read, one within another: addresses, and texts that they show.
    links: list[tuple[list[str], list[str]]] = []
    #: Characters of formulas.
    written = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal written
        local = name.rpartition(" ")[2]
        if text := _ELEMENTS.get(local):
            found[text] = EXTERNAL, False
        # Of attributes of two namespaces with the same name, either may be the one that counts.
        named = [(key.rpartition(" ")[2], value) for key, value in attributes.items()]
        if local == "a":
            links.append(([value for key, value in named if key == "href"], []))
        else:
            found.update((text, (EXTERNAL, False)) for text in _fetched(local, named))
        for key, value in named:
            if part == _CONTENT and local in _TRANSLATED and key in _FORMULAS:
                # Calc also reads a reference without the brackets that the translation looks for.
                text = _other_file(_BRACKETED.sub("", value))
            elif _is_formula(local, key):
                check("formula", len(value), part)
                written += len(value)
                check("written", written)
                text = wrong(excel_expression(_GRAMMAR.sub("", value, count=1), {}))
                text = text or _other_file(value)
            else:
                text = _other_file(value) if _RANGE.fullmatch(key) else ""
            if text:
                found[f"the element {local} {text}: {cut(value)}"] = REACH, False

    def read(text: str) -> None:
        for _, shown in links:
            shown.append(text)

    def end(name: str) -> None:
        if name.rpartition(" ")[2] != "a":
            return
        addresses, shown = links.pop()
        for link in addresses:
            web = is_web(link)
            # What shows its own address hides nothing; the sources of a case are such links.
            if not _INSIDE.match(link) and not (web and same_address("".join(shown), link)):
                found[f"has a link to {link}"] = HYPERLINKS if web else EXTERNAL, web

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = forbid_doctype
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = read
    # Calc reads a part up to its fault, too.
    with suppress(expat.ExpatError):
        parser.Parse(content, True)
    for text, (cause, is_note) in found.items():
        yield PartFinding(part, text, cause), is_note


def _fetched(element: str, attributes: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Say what an element fetches from outside of the file."""
    for name, value in attributes:
        if name == "datasource" and value:
            yield f"fetches data from the database {value}"
        elif name == "href" and element == "template":
            # Where a user made the file from one of their own, this is its path.
            if fault := link_fault(value):
                yield f"has a template that {fault}: {value}"
        elif name == "href":
            if not _INSIDE.match(value):
                yield f"fetches {value}"
        elif name in _ADDRESSES and elements.OUTSIDE.match(value):
            yield f"fetches {value}"


def _is_formula(element: str, name: str) -> bool:
    """Tell whether an attribute is a formula or a condition."""
    return name in _FORMULAS or (name == "value" and _RULES.fullmatch(element) is not None)


def _other_file(value: str) -> str:
    """Say that a formula or a range has cells of another file, whose name `#` follows."""
    return "refers to another file" if any(f[1] for f in _QUOTED.finditer(value)) else ""
