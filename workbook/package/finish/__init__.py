"""What openpyxl writes badly or not at all.

That is cached values, dynamic arrays, and what charts show, in numbers and in words.
"""

from __future__ import annotations

import posixpath
import re
from xml.etree.ElementTree import Element, SubElement

from workbook.package.archive import declared_in_root, parsed, read, sheet_parts, written, zipped
from workbook.package.cells import Place, Values
from workbook.package.contents import formulas_in, present_cells, shared_strings
from workbook.package.finish.charts import Cells, describe, keep_numbers, number_formats
from workbook.package.finish.sheets import fill, tidy, without_fills

__all__ = ["METADATA_PART", "finish", "without_fills"]

METADATA_PART = "xl/metadata.xml"

#: The order that the schema asks of a font's children.
_FONT_ORDER = re.findall(
    r"\w+",
    "b i strike condense extend outline shadow u vertAlign sz color name family charset scheme",
)

#: The one kind of cell metadata in use: cm="1" marks a dynamic array.
_METADATA = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<metadata xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"\
 xmlns:xda="http://schemas.microsoft.com/office/spreadsheetml/2017/dynamicarray">\
<metadataTypes count="1"><metadataType name="XLDAPR" minSupportedVersion="120000" copy="1"\
 pasteAll="1" pasteValues="1" merge="1" splitFirst="1" rowColShift="1" clearFormats="1"\
 clearComments="1" assign="1" coerce="1" cellMeta="1"/></metadataTypes>\
<futureMetadata name="XLDAPR" count="1"><bk><extLst>\
<ext uri="{bdbb8cdc-fa1e-496e-a857-3c3f30c029c3}">\
<xda:dynamicArrayProperties fDynamic="1" fCollapsed="0"/></ext></extLst></bk></futureMetadata>\
<cellMetadata count="1"><bk><rc t="1" v="0"/></bk></cellMetadata></metadata>
"""


def finish(package: bytes, values: Values) -> bytes:
    """Complete a workbook that openpyxl wrote.

    Array formulas become dynamic arrays, every formula and every cell that an array fills gets
    its cached value, empty cells lose their type, charts get the values of the cells that they
    show and their titles as alternative texts, and the children of fonts are put into the order
    of the schema. The same input gives the same bytes, and so do two inputs that only differ in
    how their XML is written down: openpyxl leaves that to the library that it finds.

    Parameters
    ----------
    package : bytes
        An .xlsx file.
    values : dict
        Sheet -> (row, column) -> value, as `workbook.hosts.headless.evaluate` gives them.

    Returns
    -------
    bytes
        The finished file.

    Raises
    ------
    ValueError
        For a formula without a value, a value that no cell can hold, a filled cell inside the
        range of an array formula, metadata of another kind, or a part that is there twice.
    """
    parts = read(package)
    strings = shared_strings(parts)
    trees = {
        name: declared_in_root(parsed(part))
        for name, part in parts.items()
        if name.endswith((".xml", ".rels"))
    }
    sheets: dict[str, dict[Place, Element]] = {}
    arrays = False
    for name, part in sheet_parts(parts).items():
        sheet = trees[part]
        sheets[name] = present_cells(sheet)
        found = formulas_in(sheets[name], strings)
        fill(name, sheet, sheets[name], found, strings, values.get(name, {}))
        tidy(sheets[name].values())
        arrays = arrays or any(formula.ref for formula in found.values())
    if arrays:
        _add_metadata(trees)
    _order_fonts(trees["xl/styles.xml"])
    _complete_charts(trees, Cells(sheets, strings, number_formats(trees["xl/styles.xml"])))
    _pin_date(trees)
    return zipped(parts | {name: written(tree) for name, tree in trees.items()})


def _order_fonts(styles: Element) -> None:
    for font in styles.iter("font"):
        font[:] = sorted(font, key=lambda child: _FONT_ORDER.index(child.tag))


def _complete_charts(trees: dict[str, Element], held: Cells) -> None:
    for name, tree in trees.items():
        if re.fullmatch(r"xl/charts/chart\d+\.xml", name):
            keep_numbers(tree, held)
        elif re.fullmatch(r"xl/drawings/drawing\d+\.xml", name):
            describe(tree, _related(trees, name))


def _related(trees: dict[str, Element], part: str) -> dict[str, Element]:
    """Return the parts that a part refers to, by the numbers of their relationships."""
    folder, file = posixpath.split(part)
    relations = trees[f"{folder}/_rels/{file}.rels"]
    targets = {
        relation.attrib["Id"]: posixpath.join("/", folder, relation.attrib["Target"])
        for relation in relations
    }
    return {
        number: trees[name]
        for number, target in targets.items()
        if (name := posixpath.normpath(target).lstrip("/")) in trees
    }


def _pin_date(trees: dict[str, Element]) -> None:
    """Say that the file was last changed when it was made, and not by which clock it was saved."""
    core = trees.get("docProps/core.xml", Element("none"))
    created, modified = core.find("dcterms:created"), core.find("dcterms:modified")
    if created is not None and modified is not None:
        modified.text = created.text


def _add_metadata(trees: dict[str, Element]) -> None:
    """Add the part that says what cm="1" means, and the two entries that announce it."""
    metadata = declared_in_root(parsed(_METADATA))
    if METADATA_PART in trees:
        if written(trees[METADATA_PART]) != written(metadata):
            raise ValueError(f"the file has a part {METADATA_PART} of its own")
        return
    trees[METADATA_PART] = metadata
    SubElement(
        trees["[Content_Types].xml"],
        "Override",
        PartName=f"/{METADATA_PART}",
        ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheetMetadata+xml",
    )
    SubElement(
        trees["xl/_rels/workbook.xml.rels"],
        "Relationship",
        Id="rIdMetadata",
        Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sheetMetadata",
        Target=f"/{METADATA_PART}",
    )
