"""Parts of a workbook that are not carried over into another one: charts, pictures, macros."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from xml.etree.ElementTree import Element

from workbook.check.keyed import keyed_sheets
from workbook.package.archive import reading
from workbook.package.package import Package
from workbook.vba import project

#: Kinds of parts, by how their relationships end; of others, nothing is lost.
KINDS = {
    "chart": "chart",
    "chartEx": "chart",
    "image": "picture",
    "pivotTable": "pivot table",
    "slicer": "slicer",
    "timeline": "timeline",
    "queryTable": "query",
    "threadedComment": "comment thread (its text is kept in a note)",
    "oleObject": "embedded object",
    "package": "embedded object",
    "control": "ActiveX control",
    "ctrlProp": "form control",
    "diagramData": "diagram",
}
#: Elements of drawings that are no part of their own.
SHAPES = {"xdr:sp": "shape", "xdr:cxnSp": "line"}
#: Extensions of a sheet by the elements in them.
EXTENSIONS = {
    "x14:conditionalFormatting": "newer conditional format",
    "x14:dataValidation": "newer entry rule",
    "x14:sparklineGroup": "sparkline group",
}
#: What is set of built sheets, and of their single rows and columns.
FILTER = "autoFilter"
LINES = {"row": "row", "col": "column"}
#: The module of the workbook itself, which has code of ours.
BOOK = "ThisWorkbook"
#: Parts of the workbook that belong to no sheet.
OF_WORKBOOK = {
    "xl/connections.xml": "data connections",
    "xl/model/": "a data model",
    "customXml/": "custom XML",
}


def lost(
    file: Package, built: Package, titles: Mapping[str, str], own: Collection[str]
) -> list[str]:
    """Name what cannot be carried, by sheet and kind.

    Parameters
    ----------
    file : Package
    built : Package
        The workbook into which it is not carried, which has charts of its own.
    titles : mapping
        Titles of the sheets in the file, and there.
    own : collection
        Titles of the sheets in the file that are the user's own.
    """
    found = []
    keys, built_keys = (
        {keyed.title: keyed.corner[0] for keyed in keyed_sheets(package).values()}
        for package in (file, built)
    )
    for title in (*titles, *own):
        count = Counter(_kinds(file, title))
        if title in titles:
            count += _lines(file, title, keys.get(title))
            count -= _lines(built, titles[title], built_keys.get(titles[title]))
            count -= Counter(_kinds(built, titles[title]))
        found += [f"{title}: {_counted(number, kind)}" for kind, number in count.items()]
    workbook = file.tree("xl/workbook.xml")
    worksheets = set(file.sheets)
    others = (sheet.attrib["name"] for sheet in workbook.iterfind("sheets/sheet"))
    found += [f"{name}: a chart sheet" for name in others if name not in worksheets]
    if b"<property" in file.parts.get("docProps/custom.xml", b""):
        found.append("the workbook: custom properties")
    for start, kind in OF_WORKBOOK.items():
        if any(part.startswith(start) for part in file.parts):
            found.append(f"the workbook: {kind}")
    return found + [f"the workbook: the macros of {name}" for name in _modules(file)]


def _kinds(package: Package, title: str) -> Iterator[str]:
    """Yield the kind of each thing on a sheet that has a part of its own, or none but its place."""
    part = package.sheets[title].part
    for _, relation, target in package.related(part):
        if relation in KINDS:
            yield KINDS[relation]
        if relation == "drawing" and target in package.parts:
            yield from (KINDS[kind] for _, kind, _ in package.related(target) if kind in KINDS)
            yield from _elements(package.tree(target), SHAPES)
    yield from _elements(package.tree(part), EXTENSIONS)


def _lines(package: Package, title: str, keys: int | None) -> Counter[str]:
    """Count filters, and rows and columns that are hidden or in a group, but not that of keys."""
    part, count = package.sheets[title].part, Counter[str]()
    with reading(part):
        for element in package.tree(part).iter():
            count["filter"] += element.tag == FILTER
            if element.tag in LINES and element.get("r") != str(keys):
                number = int(element.get("max", "1")) - int(element.get("min", "1")) + 1
                for attribute, said in (("hidden", "hidden"), ("outlineLevel", "grouped")):
                    if element.get(attribute, "0") not in ("0", "false"):
                        count[f"{said} {LINES[element.tag]}"] += number
    return count


def _elements(tree: Element, kinds: Mapping[str, str]) -> Iterator[str]:
    for element in tree.iter():
        if element.tag in kinds:
            yield kinds[element.tag]


def _modules(file: Package) -> Iterator[str]:
    """Yield the modules of the user's own that a file has, with the code in them."""
    part = file.parts.get("xl/vbaProject.bin")
    if part is None:
        return
    # It imports xlwings, and with it pandas.
    from workbook.hosts import excel_files

    try:
        modules = project.parsed(part).modules
    except ValueError:
        yield "a project that cannot be read"
        return
    known = excel_files.modules()
    for module in modules:
        code = [x for x in module.source.splitlines() if x and not x.startswith("Attribute ")]
        ours = module.name in known and (module.kind != "document" or module.name == BOOK)
        if code and code != ["Option Explicit"] and not ours:
            yield module.name


def _counted(number: int, kind: str) -> str:
    first, bracket, rest = kind.partition(" (")
    return f"{number} {first}{'' if number == 1 else 's'}{bracket}{rest}"
