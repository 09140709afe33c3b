"""What Excel does with the parts of a file, their types and their relations."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from lite_parts import lite_problems

from gate.opened import Opened
from gate.rule import Fault, Parts, Rule, edit, formula
from workbook.archive import twice, zipped

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_OPEN = "application/vnd.openxmlformats"

#: What a relationship of a type leads to in files that Excel wrote: those that xlwings ships
#: (tests/workbook/test_gate.py reads them), and for the rest ECMA-376 part 1, [MS-XLSX] 2.1 (sheet
#: metadata) and [MS-OWEXML] (add-ins).
KNOWN = {
    f"{_OFFICE}/officeDocument": {
        f"{_OPEN}-officedocument.spreadsheetml.sheet.main+xml",
        "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        "application/vnd.ms-excel.addin.macroEnabled.main+xml",
    },
    f"{_OFFICE}/worksheet": {f"{_OPEN}-officedocument.spreadsheetml.worksheet+xml"},
    f"{_OFFICE}/styles": {f"{_OPEN}-officedocument.spreadsheetml.styles+xml"},
    f"{_OFFICE}/sharedStrings": {f"{_OPEN}-officedocument.spreadsheetml.sharedStrings+xml"},
    f"{_OFFICE}/theme": {f"{_OPEN}-officedocument.theme+xml"},
    f"{_OFFICE}/sheetMetadata": {f"{_OPEN}-officedocument.spreadsheetml.sheetMetadata+xml"},
    f"{_OFFICE}/drawing": {f"{_OPEN}-officedocument.drawing+xml"},
    f"{_OFFICE}/chart": {f"{_OPEN}-officedocument.drawingml.chart+xml"},
    f"{_OFFICE}/extended-properties": {f"{_OPEN}-officedocument.extended-properties+xml"},
    f"{_PACKAGE}/metadata/core-properties": {f"{_OPEN}-package.core-properties+xml"},
    "http://schemas.microsoft.com/office/2006/relationships/vbaProject": {
        "application/vnd.ms-office.vbaProject"
    },
    "http://schemas.microsoft.com/office/2006/relationships/ui/extensibility": {"application/xml"},
    "http://schemas.microsoft.com/office/2011/relationships/webextensiontaskpanes": {
        "application/vnd.ms-office.webextensiontaskpanes+xml"
    },
    "http://schemas.microsoft.com/office/2011/relationships/webextension": {
        "application/vnd.ms-office.webextension+xml"
    },
}
_TYPES = "[Content_Types].xml"
_MACROS = "xl/vbaProject.bin"


def content_types(file: Opened) -> dict[str, str]:
    """Return the content type of every part."""
    types = file.tree(_TYPES)
    by_ending = {
        d.attrib["Extension"].lower(): d.attrib["ContentType"] for d in types.iter("Default")
    }
    by_part = {
        o.attrib["PartName"].lstrip("/"): o.attrib["ContentType"] for o in types.iter("Override")
    }
    return {
        part: by_part.get(part, by_ending.get(part.rpartition(".")[2].lower(), ""))
        for part in file.parts
        if part != _TYPES
    }


def relations(file: Opened) -> Iterator[tuple[str, str, str]]:
    """Yield each relationship within the file: its own part, its type and the part it leads to."""
    for part in file.parts:
        if part.endswith(".rels"):
            base = posixpath.dirname(posixpath.dirname(part))
            for relation in file.tree(part):
                if relation.get("TargetMode") != "External":
                    target = posixpath.normpath(
                        posixpath.join("/", base, relation.attrib["Target"])
                    )
                    yield part, relation.attrib["Type"], target.lstrip("/")


def _parts(file: Opened) -> Iterator[str]:
    types = content_types(file)
    yield from (f"{part} has no content type" for part, kind in types.items() if not kind)
    for override in file.tree(_TYPES).iter("Override"):
        if override.attrib["PartName"].lstrip("/") not in file.parts:
            yield f"{override.attrib['PartName']} has a content type and is not there"
    reached = {_TYPES, *(part for part in file.parts if part.endswith(".rels"))}
    for source, kind, target in relations(file):
        reached.add(target)
        if target not in file.parts:
            yield f"{source} leads to {target}, which is not there"
        elif kind not in KNOWN:
            yield f"{source} has a relationship of the type {kind}, which no file of Excel's has"
        elif types[target] not in KNOWN[kind]:
            yield f"{target} is {types[target]}, which no file of Excel's has for {kind}"
    yield from (f"nothing leads to {part}" for part in sorted(file.parts.keys() - reached))
    for part in file.parts:
        if part.endswith(".rels"):
            ids = Counter(relation.attrib["Id"] for relation in file.tree(part))
            yield from (f"{part} has {i} twice" for i, count in ids.items() if count > 1)


def _macros(file: Opened) -> Iterator[str]:
    main = content_types(file)["xl/workbook.xml"]
    if (_MACROS in file.parts) != ("macroEnabled" in main):
        yield f"xl/workbook.xml is {main}, {'with' if _MACROS in file.parts else 'without'} macros"
    coded = [s.get("codeName") for sheet in file.sheets.values() for s in sheet.iter("sheetPr")]
    named = [code for code in coded if code]
    if _MACROS in file.parts and not named:
        yield "no sheet has a code name by which the VBA project finds it"
    for code in twice(named):
        yield f"two sheets have the code name {code}"


def _lite(file: Opened) -> Iterator[str]:
    yield from lite_problems(zipped(file.parts))


def _without(part: str) -> Fault:
    def remove(parts: Parts) -> None:
        del parts[part]

    return remove


def _stray(parts: Parts) -> None:
    parts["xl/stray.xml"] = b"<stray />"


def _override(part: str, kind: str | None) -> Fault:
    def change(root: Element) -> None:
        for override in list(root.iter("Override")):
            if override.get("PartName") == part:
                root.remove(override)
        if kind is not None:
            SubElement(root, "Override", PartName=part, ContentType=kind)

    return edit(_TYPES, change)


def _relation(kind: str, target: str) -> Fault:
    def add(root: Element) -> None:
        SubElement(root, "Relationship", Id="rIdNew", Type=kind, Target=target)

    return edit("xl/_rels/workbook.xml.rels", add)


def _twice_related(root: Element) -> None:
    root.append(root[0])


RULES = (
    Rule(
        "every part has its content type, and is reached by a relationship as in Excel's own files",
        "files that Excel wrote; ECMA-376 part 2",
        _parts,
        {
            "a part is missing": _without("xl/theme/theme1.xml"),
            "a part that nothing leads to": _stray,
            "a content type of another kind": _override("/xl/styles.xml", "application/xml"),
            "a content type without a part": _override("/xl/none.xml", "application/xml"),
            "a relationship to nothing": _relation(f"{_OFFICE}/theme", "theme/theme9.xml"),
            "a relationship of an unknown type": _relation(f"{_OFFICE}/them", "theme/theme1.xml"),
            "an id that is there twice": edit("xl/_rels/workbook.xml.rels", _twice_related),
        },
    ),
    Rule(
        "a file with macros says so, and one without does not",
        "xlwings' quickstart.xlsm and quickstart_addin.xlam, which Excel wrote",
        _macros,
        {
            "macros are announced and missing": _override(
                "/xl/workbook.xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
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
