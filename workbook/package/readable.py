"""Excel's alternative forms of what a file contains, in the form that everything here reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

from workbook.package.areas import is_relative, moved
from workbook.package.cells import Place, number_text, place
from workbook.package.formulas import replaced, tokens
from workbook.package.limits import check
from workbook.package.open_formula import quoted_where_needed
from workbook.package.package import Package
from workbook.package.tables import Table, UnknownTableError, without_tables

#: A reference to all that an array formula fills.
_FILLED = re.compile(
    r"_xlfn\.ANCHORARRAY\((?:(?:'(?P<quoted>(?:[^']|'')+)'|(?P<plain>[\w.]+))!)?"
    r"(?P<cell>\$?[A-Z]{1,3}\$?[1-9]\d*)\)",
    re.IGNORECASE,
)
#: How many names may refer to each other in a row.
DEEPEST = 8
#: Days from the day whose serial number is 0 to that of a workbook that counts from 1904.
DAYS_1904 = 1_462


def counts_from_1904(package: Package) -> bool:
    """Tell whether a workbook counts its days from 1904, as Excel for the Mac once did."""
    properties = package.tree("xl/workbook.xml").find("workbookPr")
    return properties is not None and properties.get("date1904") in ("1", "true")


def readable(package: Package) -> Package:
    """Give a workbook with references to cells, each formula in its own cell, and days from 1900.

    Structured references to Excel's tables, and those to all that an array formula fills (``A1#``),
    become references to cells, and so do names that mean other cells in each cell; what files have
    for ``@`` is ``@`` again. In a workbook that counts
    days from 1904, the numbers in cells with the format of a date become those from 1900, which
    the functions read.
    """
    made = package.copied()
    tables, names = made.tables, _relative_names(made.all_names)
    characters = 0
    for name, sheet in made.sheets.items():
        texts: dict[Place, str] = {}
        for at, formula in sheet.formulas.items():
            text = _in_cells(formula.text, at[0], tables)
            text = _with_names(text, at, names)
            # A name is as long in each formula that has it.
            characters += len(text)
            check("written", characters, name)
            text = _FILLED.sub(partial(_filled, made, name), text)
            texts[at] = re.sub(r"_xlfn\.SINGLE(?=\()", "@", text, flags=re.IGNORECASE)
        # The elements take memory: most sheets are as they are.
        if b"shared" in made.parts[sheet.part] or any(
            texts[at] != formula.text for at, formula in sheet.formulas.items()
        ):
            made.edited(sheet.part)
            for at, text in texts.items():
                element = sheet.cells[at].find("f")
                assert element is not None
                element.text = text
                if element.get("t") == "shared":
                    element.attrib.clear()
    if counts_from_1904(made):
        _count_from_1900(made)
    return made.again()


def _in_cells(formula: str, row: int, tables: Mapping[str, Table]) -> str:
    """Write references to tables as references to cells, if the tables and columns are there."""
    try:
        return without_tables(formula, tables, row) if tables else formula
    except UnknownTableError:
        return formula


def _relative_names(names: Mapping[str, str]) -> dict[str, str]:
    """Find the names that mean other cells in each cell: what they mean in A1."""
    folded = {name.casefold(): text for name, text in names.items()}
    found = {name: text for name, text in folded.items() if is_relative(text)}
    # Names may refer to names.
    for _ in range(DEEPEST if found else 0):
        bracketed = {name: f"({text})" for name, text in found.items()}
        texts = {}
        for name, text in folded.items():
            texts[name] = replaced(text, bracketed)
            check("formula", len(texts[name]), name)
        found = {name: text for name, text in texts.items() if is_relative(text)}
    return found


def _with_names(formula: str, at: Place, names: Mapping[str, str]) -> str:
    """Write what names mean in a cell in their place."""
    if not names:
        return formula
    words = names.keys() & {token.casefold() for token in tokens(formula)}
    used = {word: f"({moved(names[word], at[0] - 1, at[1] - 1)})" for word in words}
    return replaced(formula, used) if used else formula


def _filled(package: Package, sheet: str, found: re.Match[str]) -> str:
    """Give the cells that the array formula in a cell fills."""
    title = (found["quoted"] or "").replace("''", "'") or found["plain"] or sheet
    formulas = package.sheets[title].formulas if title in package.sheets else {}
    formula = formulas.get(place(found["cell"]))
    ref = formula.ref if formula else None
    return found[0] if ref is None else f"{quoted_where_needed(title)}!{ref}"


def _count_from_1900(package: Package) -> None:
    from openpyxl.styles.numbers import is_datetime

    formats = set(package.number_formats)
    dated = {each for each in formats if is_datetime(each) in ("date", "datetime")}
    for sheet in package.sheets.values():
        for at, cell in sheet.cells.items():
            value = cell.find("v")
            if value is None or not value.text or cell.get("t", "n") != "n":
                continue
            if sheet.number_format(at) in dated:
                package.edited(sheet.part)
                value.text = number_text(float(value.text) + DAYS_1904)
    properties = package.edited("xl/workbook.xml").find("workbookPr")
    assert properties is not None
    del properties.attrib["date1904"]
