"""Features that openpyxl writes poorly or not at all.

These are cached values, dynamic arrays, and the numbers and alternative text of charts.
"""

from __future__ import annotations

import posixpath
import re
from xml.etree.ElementTree import Element, SubElement

from workbook.package.archive import declared_in_root, parsed, written
from workbook.package.cells import Values
from workbook.package.finish.charts import describe, keep_formats, keep_numbers
from workbook.package.finish.sheets import fill, held, tidy
from workbook.package.package import Package
from workbook.package.writing import DraftSheet

__all__ = ["METADATA_PART", "complete", "finish"]

METADATA_PART = "xl/metadata.xml"

#: The order of a font's children required by the schema.
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


def finish(file: bytes, values: Values) -> bytes:
    """Complete a workbook's file, as `complete` does."""
    package = Package.opened(file)
    complete(package, values)
    return package.saved()


def complete(package: Package, values: Values) -> None:
    """Complete a workbook written by openpyxl.

    Array formulas become dynamic arrays, every formula and every cell that an array fills gets
    its cached value, empty cells lose their type, charts get the values of the cells that they
    show and their titles as alternative texts, and the children of fonts are put into the order
    of the schema. The same input gives the same bytes, and so do two inputs that only differ in
    how their XML is written down: openpyxl leaves that to the library that it finds.

    Parameters
    ----------
    package : Package
        The workbook, which is changed.
    values : dict
        Sheet -> (row, column) -> value, as `workbook.hosts.headless.evaluate` gives them.

    Raises
    ------
    ValueError
        For a formula without a value, a value that no cell can hold, a filled cell inside the
        range of an array formula, metadata of another kind, or a duplicate part.
    """
    for name in package.parts:
        if name.endswith((".xml", ".rels")):
            declared_in_root(package.edited(name))
    for name, sheet in package.sheets.items():
        of_sheet = values.get(name, {})
        found = held(name, sheet, of_sheet)
        if isinstance(sheet, DraftSheet):
            sheet.hold(of_sheet, found)
        else:
            fill(package.tree(sheet.part), sheet, found)
            tidy(sheet.cells.values())
    if any(formula.ref for of in package.sheets.values() for formula in of.formulas.values()):
        _add_metadata(package)
    _order_fonts(package.tree("xl/styles.xml"))
    _complete_charts(package)
    _pin_date(package)


def _order_fonts(styles: Element) -> None:
    for font in styles.iter("font"):
        font[:] = sorted(font, key=lambda child: _FONT_ORDER.index(child.tag))


def _complete_charts(package: Package) -> None:
    for name in package.parts:
        if re.fullmatch(r"xl/charts/chart\d+\.xml", name):
            keep_numbers(package.tree(name), package)
            keep_formats(package.tree(name))
        elif re.fullmatch(r"xl/drawings/drawing\d+\.xml", name):
            describe(package.tree(name), _related(package, name))


def _related(package: Package, part: str) -> dict[str, Element]:
    """Return the parts to which a part refers, by relationship id."""
    folder, file = posixpath.split(part)
    targets = {
        relation.attrib["Id"]: posixpath.join("/", folder, relation.attrib["Target"])
        for relation in package.tree(f"{folder}/_rels/{file}.rels")
    }
    return {
        number: package.tree(name)
        for number, target in targets.items()
        if (name := posixpath.normpath(target).lstrip("/")) in package.parts
    }


def _pin_date(package: Package) -> None:
    """Set the last change to the time of creation, not the time of saving."""
    part = "docProps/core.xml"
    core = package.tree(part) if part in package.parts else Element("none")
    created, modified = core.find("dcterms:created"), core.find("dcterms:modified")
    if created is not None and modified is not None:
        modified.text = created.text


def _add_metadata(package: Package) -> None:
    """Add the part that defines cm="1", and the two entries that refer to it."""
    metadata = declared_in_root(parsed(_METADATA))
    if METADATA_PART in package.parts:
        if written(package.tree(METADATA_PART)) != written(metadata):
            raise ValueError(f"the file has a part {METADATA_PART} of its own")
        return
    package.add(METADATA_PART, metadata)
    SubElement(
        package.tree("[Content_Types].xml"),
        "Override",
        PartName=f"/{METADATA_PART}",
        ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheetMetadata+xml",
    )
    SubElement(
        package.tree("xl/_rels/workbook.xml.rels"),
        "Relationship",
        Id="rIdMetadata",
        Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sheetMetadata",
        Target=f"/{METADATA_PART}",
    )
