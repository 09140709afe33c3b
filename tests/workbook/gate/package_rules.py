"""Excel's treatment of a file's parts, their types and relationships."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from lite_parts import lite_problems

from gate.opened import Opened
from gate.rule import Fault, Parts, Rule, edit, formula
from workbook.package.archive import zipped

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_OPEN = "application/vnd.openxmlformats"

_MICROSOFT = "http://schemas.microsoft.com/office"
_TOP, _WORKBOOK, _SHEET = (
    r"_rels/\.rels",
    r"xl/_rels/workbook\.xml\.rels",
    r"xl/worksheets/_rels/.+",
)

#: Source and target of each type of relationship, in files that Excel wrote: those that
#: xlwings ships (tests/workbook/test_gate.py reads them), and for the rest ECMA-376 part 1,
#: [MS-XLSX] 2.1 (sheet metadata) and [MS-OWEXML] (add-ins).
KNOWN = {
    f"{_OFFICE}/officeDocument": (
        _TOP,
        {
            f"{_OPEN}-officedocument.spreadsheetml.sheet.main+xml",
            "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
            "application/vnd.ms-excel.addin.macroEnabled.main+xml",
        },
    ),
    f"{_OFFICE}/extended-properties": (
        _TOP,
        {f"{_OPEN}-officedocument.extended-properties+xml"},
    ),
    f"{_PACKAGE}/metadata/core-properties": (_TOP, {f"{_OPEN}-package.core-properties+xml"}),
    f"{_OFFICE}/theme": (_WORKBOOK, {f"{_OPEN}-officedocument.theme+xml"}),
    **{
        f"{_OFFICE}/{kind}": (_WORKBOOK, {f"{_OPEN}-officedocument.spreadsheetml.{kind}+xml"})
        for kind in ("worksheet", "styles", "sharedStrings", "sheetMetadata")
    },
    f"{_OFFICE}/drawing": (_SHEET, {f"{_OPEN}-officedocument.drawing+xml"}),
    f"{_OFFICE}/chart": (
        r"xl/drawings/_rels/.+",
        {f"{_OPEN}-officedocument.drawingml.chart+xml"},
    ),
    f"{_MICROSOFT}/2006/relationships/vbaProject": (
        _WORKBOOK,
        {"application/vnd.ms-office.vbaProject"},
    ),
    f"{_MICROSOFT}/2006/relationships/ui/extensibility": (_TOP, {"application/xml"}),
    f"{_MICROSOFT}/2011/relationships/webextensiontaskpanes": (
        _TOP,
        {"application/vnd.ms-office.webextensiontaskpanes+xml"},
    ),
    f"{_MICROSOFT}/2011/relationships/webextension": (
        r"xl/webextensions/_rels/.+",
        {"application/vnd.ms-office.webextension+xml"},
    ),
}
#: The only relationship that leads out of a file: one to a page that a user may open.
_OUTSIDE = f"{_OFFICE}/hyperlink"
_TYPES, _RELATIONS = "[Content_Types].xml", "xl/_rels/workbook.xml.rels"


def content_types(file: Opened) -> dict[str, str]:
    """Return the content type of every part."""
    types = file.tree(_TYPES)
    by_ending = {
        d.get("Extension", "").lower(): d.get("ContentType", "") for d in types.iter("Default")
    }
    by_part = {
        o.get("PartName", "").lstrip("/"): o.get("ContentType", "") for o in types.iter("Override")
    }
    return {
        part: by_part.get(part, by_ending.get(part.rpartition(".")[2].lower(), ""))
        for part in file.parts
        if part != _TYPES
    }


def _source(relations: str) -> str:
    """Give the part whose relationships a part holds; empty for those of the package."""
    folder, _, name = relations.rpartition("_rels/")
    return folder + name.removesuffix(".rels")


def relations(file: Opened) -> Iterator[tuple[str, str, str]]:
    """Yield each relationship within the file: its own part, its type and the part it leads to."""
    for part in file.parts:
        for relation in file.tree(part) if part.endswith(".rels") else ():
            if relation.get("TargetMode") != "External":
                base = posixpath.dirname(_source(part))
                target = posixpath.join("/", base, relation.get("Target", ""))
                yield part, relation.get("Type", ""), posixpath.normpath(target).lstrip("/")


def _parts(file: Opened) -> Iterator[str]:
    types = content_types(file)
    yield from (f"{part} has no content type" for part, kind in types.items() if not kind)
    for override in file.tree(_TYPES).iter("Override"):
        if override.get("PartName", "").lstrip("/") not in file.parts:
            yield f"{override.get('PartName')} has a content type and is not there"
    reached = {_TYPES, *(part for part in file.parts if part.endswith(".rels"))}
    for source, kind, target in relations(file):
        reached.add(target)
        known = KNOWN.get(kind)
        if target not in file.parts:
            yield f"{source} leads to {target}, which is not there"
        elif known is None or not re.fullmatch(known[0], source):
            yield f"{source} has a relationship of the type {kind}, as no file of Excel's has"
        elif types.get(target) not in known[1]:
            yield f"{target} is {types.get(target)}, which no file of Excel's has for {kind}"
    yield from (f"nothing leads to {part}" for part in sorted(file.parts.keys() - reached))


def _ids(file: Opened) -> Iterator[str]:
    """Compare the ids by which a part refers to others with its relationships."""
    for part, _ in file.entries:
        if part.endswith(".rels"):
            yield from _own(file, part)
        elif part.endswith(".xml"):
            held = f"{posixpath.dirname(part)}/_rels/{posixpath.basename(part)}.rels"
            own = {r.get("Id") for r in file.tree(held)} if held in file.parts else set()
            for element in file.tree(part).iter():
                for name in ("r:id", "r:embed", "r:link"):
                    if name in element.attrib and element.get(name) not in own:
                        yield f"{part}: {element.tag} has {element.get(name)}, which leads nowhere"


def _own(file: Opened, part: str) -> Iterator[str]:
    if part != "_rels/.rels" and _source(part) not in file.parts:
        yield f"{part} has the relationships of a part that is not there"
    ids = Counter(relation.get("Id") for relation in file.tree(part))
    yield from (f"{part} has {i} twice" for i, count in ids.items() if count > 1)
    for relation in file.tree(part):
        if relation.get("TargetMode") == "External" and relation.get("Type") != _OUTSIDE:
            yield f"{part} leads out of the file, to {relation.get('Target')}"


def _lite(file: Opened) -> Iterator[str]:
    yield from lite_problems(zipped(file.parts))


def _without(part: str) -> Fault:
    def remove(parts: Parts) -> None:
        del parts[part]

    return remove


def _put(part: str, content: bytes) -> Fault:
    def add(parts: Parts) -> None:
        parts[part] = content

    return add


def override(part: str, kind: str | None) -> Fault:
    def change(root: Element) -> None:
        for override in list(root.iter("Override")):
            if override.get("PartName") == part:
                root.remove(override)
        if kind is not None:
            SubElement(root, "Override", PartName=part, ContentType=kind)

    return edit(_TYPES, change)


def relation(kind: str, target: str, part: str = _RELATIONS, mode: str = "Internal") -> Fault:
    """Add a relationship."""

    def add(root: Element) -> None:
        attributes = {"Type": kind, "Target": target, "TargetMode": mode}
        SubElement(root, "Relationship", {"Id": "rIdNew", **attributes})

    return edit(part, add)


def _external_reference(root: Element) -> None:
    references = Element("externalReferences")
    SubElement(references, "externalReference", {"r:id": "rIdNone"})
    root.insert(list(root).index(next(root.iter("sheets"))) + 1, references)


def _twice_related(root: Element) -> None:
    root.append(root[0])


_NO_RELATIONS = f'<Relationships xmlns="{_PACKAGE}"/>'.encode()

RULES = (
    Rule(
        "every part has its content type, and is reached by a relationship as in Excel's own files",
        "files that Excel wrote; ECMA-376 part 2",
        _parts,
        {
            "a part is missing": _without("xl/theme/theme1.xml"),
            "a part that nothing leads to": _put("xl/stray.xml", b"<stray />"),
            "a content type of another kind": override("/xl/styles.xml", "application/xml"),
            "a content type without a part": override("/xl/none.xml", "application/xml"),
            "a relationship to nothing": relation(f"{_OFFICE}/theme", "theme/theme9.xml"),
            "a relationship of an unknown type": relation(f"{_OFFICE}/them", "theme/theme1.xml"),
            "a relationship from another part": relation(
                f"{_OFFICE}/theme", "xl/theme/theme1.xml", "_rels/.rels"
            ),
        },
    ),
    Rule(
        "every relationship is of a part and has a number of its own, and each number leads on",
        "ECMA-376 part 2, 9.3; part 1, 12.3; Microsoft: attached templates and external links are "
        "fetched at opening",
        _ids,
        {
            "a number that is there twice": edit(_RELATIONS, _twice_related),
            "another file without a relationship": edit("xl/workbook.xml", _external_reference),
            "relationships of no part": _put("xl/worksheets/_rels/none.xml.rels", _NO_RELATIONS),
            "a template elsewhere": relation(
                f"{_OFFICE}/attachedTemplate", "https://example.com/a.xltm", mode="External"
            ),
        },
    ),
    Rule(
        "a file for xlwings Lite has the parts of one that Excel wrote",
        "tests/workbook/lite_parts.py",
        _lite,
        {
            "a call of an add-in's function without the add-in": formula(
                "_xldudf_DCF_WACC(1,1,1,1,0)"
            )
        },
    ),
)
