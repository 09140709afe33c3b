"""What is wrong with a workbook and neither a schema nor an engine tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from model.errors import InputError
from workbook.archive import entries, parsed, sheet_parts, twice
from workbook.cells import Formula, Place, address, cells, place
from workbook.finish import METADATA_PART
from workbook.formulas import formula_problems
from workbook.names import check_name
from workbook.package import formulas_in, present_cells, shared_strings


def problems(package: bytes) -> list[str]:
    """List what is wrong with the structure of a workbook and a schema does not see.

    Parameters
    ----------
    package : bytes
        An .xlsx file.

    Returns
    -------
    list of str
        A line for each problem: parts that are there twice; rows and cells out of order;
        indices of styles, differential styles and metadata that do not exist; names that are
        there twice, illegal, or read as cells; formulas that are unbalanced, lack the prefix of
        a newer function, lack their cached value, or fill the same cells; and array formulas
        without a range, or with one that begins elsewhere.
    """
    every = entries(package)
    found = [f"{name} is in the file twice" for name in twice(n.casefold() for n, _ in every)]
    parts = dict(every)
    strings = shared_strings(parts)
    count = _counts(parts)
    found += _name_problems(parsed(parts["xl/workbook.xml"]))
    for name, part in sheet_parts(parts).items():
        sheet = parsed(parts[part])
        checks = (
            _order_problems(sheet),
            _index_problems(sheet, count),
            _text_problems(sheet),
            _value_problems(formulas_in(present_cells(sheet), strings)),
        )
        found += [f"{name}!{problem}" for check in checks for problem in check]
    return found


def _counts(parts: dict[str, bytes]) -> dict[str, int]:
    """Count what the attributes of a sheet may refer to."""
    styles = parsed(parts["xl/styles.xml"])
    metadata = parsed(parts[METADATA_PART]) if METADATA_PART in parts else Element("metadata")
    return {
        "style": len(styles.findall("cellXfs/xf")),
        "dxfId": len(styles.findall("dxfs/dxf")),
        "cm": len(metadata.findall("cellMetadata/bk")),
        "vm": len(metadata.findall("valueMetadata/bk")),
    }


def _name_problems(workbook: Element) -> Iterator[str]:
    names = workbook.findall("definedNames/definedName")
    # Excel ignores the case of names; the same name may stand once in each sheet's scope.
    scoped = Counter((n.attrib["name"].casefold(), n.get("localSheetId")) for n in names)
    for (name, _), count in scoped.items():
        if count > 1:
            yield f"the name {name} is defined twice"
    for defined in names:
        name = defined.attrib["name"]
        if not name.startswith("_xlnm."):  # Excel's own, such as the print area.
            try:
                check_name(name)
            except InputError as error:
                yield f"the {error}"
        for problem in formula_problems(defined.text or ""):
            yield f"the name {name} {problem}"


def _order_problems(sheet: Element) -> Iterator[str]:
    last_row = 0
    for row in sheet.iterfind("sheetData/row"):
        number = int(row.attrib["r"])
        if number <= last_row:
            yield f"row {number} stands after row {last_row}"
        last_row, last_column = number, 0
        for cell in row:
            at = place(cell.attrib["r"])
            if at[0] != number:
                yield f"{cell.attrib['r']} stands in row {number}"
            if at[1] <= last_column:
                yield f"{cell.attrib['r']} stands after {address(number, last_column)}"
            last_column = at[1]


def _index_problems(sheet: Element, count: dict[str, int]) -> Iterator[str]:
    for element in sheet.iter():
        where = f"{element.get('r') or element.tag}"
        for attribute, kind in (
            ("s" if element.tag in ("c", "row") else "style", "style"),
            ("dxfId", "dxfId"),
            ("cm", "cm"),
            ("vm", "vm"),
        ):
            index = element.get(attribute)
            # Metadata are counted from 1, and 0 is none.
            first = 1 if kind in ("cm", "vm") else 0
            if index is not None and not int(index) < first + count[kind]:
                yield f"{where} has the {kind} {index} of {count[kind]}"


def _text_problems(sheet: Element) -> Iterator[str]:
    """Check the texts of all formulas: in cells, conditional formats and validations."""
    for cell in sheet.iterfind("sheetData/row/c"):
        f = cell.find("f")
        if f is not None:
            for problem in formula_problems(f.text or ""):
                yield f"{cell.attrib['r']} {problem}"
            if f.get("t") == "array" and f.get("ref") is None:
                yield f"{cell.attrib['r']} is an array formula without a range"
    for kind in ("formula", "formula1", "formula2"):
        for formula in sheet.iter(kind):
            for problem in formula_problems(formula.text or ""):
                yield f"{formula.text} {problem}"


def _value_problems(found: dict[Place, Formula]) -> Iterator[str]:
    owner: dict[Place, Place] = {}
    clashes: set[tuple[Place, Place]] = set()
    for at, formula in found.items():
        if formula.value is None:
            yield f"{address(*at)} has no cached value"
        covered = cells(formula.ref) if formula.ref else [at]
        if covered[0] != at:
            yield f"{address(*at)} is an array formula for {formula.ref}, which begins elsewhere"
        clashes.update((owner[inside], at) for inside in covered if inside in owner)
        owner.update(dict.fromkeys(covered, at))
    for first, second in sorted(clashes):
        yield f"{address(*first)} and {address(*second)} fill the same cells"
