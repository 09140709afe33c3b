"""Parts whose contents show whether they are Offtake's or harmless, and unexpected parts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from workbook.check.findings import PartFinding
from workbook.check.safety import elements, projects
from workbook.check.safety.elements import CODE
from workbook.check.safety.functions import WORKBOOK
from workbook.check.safety.kinds import APART, HARMFUL, HARMFUL_TYPES, HARMLESS, READ, is_known
from workbook.check.safety.relations import EXTERNAL, PARTS, PROJECT, Relation
from workbook.package.archive import parsed
from workbook.package.contents import has_prefixes
from workbook.package.package import Package

CONNECTIONS = "connections to other programs or to data"
#: How a compound file begins, in which objects, macros and whole programs may be.
_COMPOUND = bytes.fromhex("D0CF11E0A1B11AE1")
_TYPES, _MACROS = "[Content_Types].xml", b"macroEnabled"
#: Their formulas are judged elsewhere.
_CELLS_AND_NAMES = {"sheetData", "definedNames"}
#: What this check reads of a sheet and of the workbook: without a prefix, and nowhere else.
_READ = {"sheetData", "sheets", "definedNames", "externalReferences", "hyperlinks"}
#: What says where a connection gets its data.
_SOURCES = ("connection", "url", "sourceFile")
_BUNDLE = re.compile(r'^BUNDLE = "([\w+/=]*)"$', re.MULTILINE)
#: A package that is asked for by its name, of whatever version.
_REQUIRED = re.compile(r"([\w.-]+)\s*(?:(?:[~=!<>]=|[<>])\s*[\w.*]+[\s,]*)*")

Found = tuple[PartFinding, bool]


def examined(package: Package, found: list[Relation]) -> Iterator[Found]:
    """Find parts that are not Offtake's, by how they are reached, their names and contents."""
    parts = package.parts
    kinds: dict[str, set[str]] = {}
    for relation in found:
        if not relation.external:
            kinds.setdefault(relation.target, set()).add(relation.kind)
    if PROJECT in parts:
        kinds.setdefault(PROJECT, set()).add("vbaProject")
    for part in sorted(kinds.keys() & parts.keys()):
        for kind in sorted(kinds[part] & _JUDGES.keys()):
            yield from _JUDGES[kind](part, parts[part])
    for part, stated in _types(parts.get(_TYPES, b"")):
        for word, text in HARMFUL_TYPES.items():
            if word in stated and not kinds.get(part, set()) & HARMFUL.keys():
                yield PartFinding(part, text, PARTS), False
    projects_of_file = {part for part, of_part in kinds.items() if "vbaProject" in of_part}
    if projects_of_file and _MACROS not in parts.get(_TYPES, b""):
        text = "is a macro project in a type of file that has none"
        yield from ((PartFinding(part, text, PARTS), False) for part in sorted(projects_of_file))
    for part, content in parts.items():
        # Of harmful kinds it has been said what they are.
        if not is_known(part) and kinds.get(part, set()) <= HARMLESS | READ:
            if not part.endswith("/"):
                text = "is a part that neither Offtake nor spreadsheets usually write"
                yield PartFinding(part, text, PARTS), False
        elif content.startswith(_COMPOUND) and part not in projects_of_file:
            yield PartFinding(part, "is a compound file, which may hold a program", PARTS), False
    titles = {sheet.part: title for title, sheet in package.sheets.items()}
    for part, content in parts.items():
        held = kinds.get(part, set())
        if part == WORKBOOK or part in titles:
            rows = part in titles and has_prefixes(content)
            yield from _of_tree(part, package.around(part), titles.get(part, ""), rows)
        elif "vmlDrawing" in held or (elements.is_xml(content) and not (held and held <= APART)):
            yield from elements.of_part(part, content)


def _types(content: bytes) -> Iterator[tuple[str, str]]:
    """Yield the type of each part or extension that a file states, in small letters."""
    for element in parsed(content) if content else ():
        named = element.get("PartName", "").lstrip("/") or f"*.{element.get('Extension', '')}"
        yield named, element.get("ContentType", "").casefold()


def _of_tree(part: str, tree: Element, title: str, rows: bool) -> Iterator[Found]:
    """Judge what is around cells and names, and find what only a spreadsheet may read.

    Excel reads an element whatever its prefix is, and the first choice that it knows of several.
    """
    for child in tree:
        if child.tag not in _CELLS_AND_NAMES:
            found = ((each.tag, each.attrib, each.text or "") for each in child.iter())
            yield from elements.judged(part, found, title)
    prefixed = [child for child in tree if ":" in child.tag]
    inside = {element.tag.rpartition(":")[2] for child in prefixed for element in child.iter()}
    for child in tree:
        if child.tag in _READ:
            inside |= {tag for tag in {element.tag for element in child.iter()} if ":" in tag}
    if rows or any(":" in tag or tag in _READ for tag in inside):
        text = "has elements that a spreadsheet may read but this check does not"
        yield PartFinding(part, text, PARTS), False


def _base(part: str, content: bytes) -> Iterator[Found]:
    """Find an address that every link of the file begins with."""
    for element in _named(content, "HyperlinkBase"):
        if element.text:
            text = f"has an address that links begin with: {element.text}"
            yield PartFinding(part, text, EXTERNAL), False


def _ribbon(part: str, content: bytes) -> Iterator[Found]:
    from workbook.hosts import excel_files

    if content.split() != excel_files.ribbon().split():
        calls = re.findall(rb"""\s(?:on\w+|get\w+|loadImage)\s*=\s*["']([^"']+)""", content)
        named = ", ".join(call.decode("utf-8", "replace") for call in calls)
        text = f"is a ribbon that is not Offtake's{f'; it calls {named}' if named else ''}"
        yield PartFinding(part, text, CODE), False


def _link(part: str, content: bytes) -> Iterator[Found]:
    """Find links to other programs; those to files have a relationship of their own."""
    for element in _named(content, "ddeLink"):
        named = f"{element.get('ddeService')}, for {element.get('ddeTopic')}"
        yield PartFinding(part, f"starts the program {named} (DDE)", CONNECTIONS), False
    for element in _named(content, "oleLink"):
        text = f"opens a link of the program {element.get('progId')} (OLE)"
        yield PartFinding(part, text, CONNECTIONS), False


def _connections(part: str, content: bytes) -> Iterator[Found]:
    for connection in _named(content, "connection"):
        details = dict(each for element in connection.iter() for each in element.items())
        where = next((details[key] for key in _SOURCES if key in details), "")
        text = f"has the connection {connection.get('name')}, which fetches data: {where}"
        yield PartFinding(part, text.rstrip(": "), CONNECTIONS), False


def _cache(part: str, content: bytes) -> Iterator[Found]:
    if any(source.get("type") == "external" for source in _named(content, "cacheSource")):
        text = "is a pivot table's data, which it fetches from outside of the file"
        yield PartFinding(part, text, CONNECTIONS), False


def _named(content: bytes, name: str) -> list[Element]:
    """Return the elements of a part with a name, whatever their prefix."""
    return [each for each in parsed(content).iter() if each.tag.rpartition(":")[2] == name]


def _printer(part: str, content: bytes) -> Iterator[Found]:
    """Find a printer that Excel asks for what it can do, by the name in Windows' own structure."""
    name = content[:64].decode("utf-16-le", "replace").partition("\0")[0]
    if name.startswith("\\\\"):
        yield PartFinding(part, f"names the printer {name}, on another machine", EXTERNAL), True


def _custom(part: str, content: bytes) -> Iterator[Found]:
    # Excel writes it in UTF-16.
    if b"DataMashup" in content.replace(b"\0", b""):
        text = "is a query of Power Query, which fetches data"
        yield PartFinding(part, text, CONNECTIONS), False


def _extension(part: str, content: bytes) -> Iterator[Found]:
    """Compare an add-in's code with that of a workbook for xlwings Lite."""
    from workbook.hosts import lite

    for reference in _named(content, "reference"):
        where = reference.get("storeType", ""), reference.get("id", "").casefold()
        if where != ("OMEX", lite.STORE_ID):
            named = f"{reference.get('id')} of {reference.get('store')}"
            text = f"opens the add-in {named}, which is not xlwings Lite"
            yield PartFinding(part, text, CODE), False
    for element in _named(content, "property"):
        if text := _of_property(element.get("name", ""), _loaded(element.get("value", ""))):
            yield PartFinding(part, text, CODE), False


def _loaded(value: str) -> str:
    try:
        loaded: Any = json.loads(value)
    except ValueError:
        return value
    return loaded if isinstance(loaded, str) else ""


def _of_property(name: str, text: str) -> str:
    """Say what is wrong with a text that the add-in keeps in the workbook."""
    from workbook.hosts import lite

    ours = lite.settings()
    if name.endswith(".py") and name != "main.py":
        return f"has a module {name}, which is not Offtake's"
    if name == "main.py":
        bundle = _BUNDLE.search(text)
        plain = _BUNDLE.sub('BUNDLE = ""', text)
        if where := projects.difference(plain.splitlines(), ours["main.py"].splitlines()):
            return f"main.py is not as Offtake writes it: {where}"
        if bundle and bundle[1] and bundle[0] not in lite.settings(bundle=True)["main.py"]:
            return "main.py has a bundle that is not of this version of Offtake"
    if name == "requirements.txt":
        known = {*ours[name].split(), *lite.REQUIRED}
        for line in text.split("\n"):
            asked = _REQUIRED.fullmatch(line.strip())
            if line.strip() and (asked is None or asked[1].lower() not in known):
                return f"requirements.txt asks for {line.strip()}, which Offtake does not need"
    return ""


#: How the contents of a part are judged, by the kind of the relationship that leads to it.
_JUDGES = {
    "vbaProject": projects.examined,
    "extensibility": _ribbon,
    "externalLink": _link,
    "extended-properties": _base,
    "connections": _connections,
    "pivotCacheDefinition": _cache,
    "printerSettings": _printer,
    "customXml": _custom,
    "webextension": _extension,
}
