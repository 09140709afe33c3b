"""What must be in a file as it was before, whatever is done with it."""

from __future__ import annotations

import io
import re
from typing import Any

import openpyxl
from own_parts import MARGIN

from workbook.package.cells import Place
from workbook.package.package import Package, Sheet
from workbook.template.names import KEPT


def outside_cells(package: Package) -> dict[str, bytes]:
    """Return the parts of a file, of sheets what is outside their cells."""
    sheets = {sheet.part for sheet in package.sheets.values()}
    return {
        name: re.sub(rb"<sheetData.*</sheetData>", b"", part, flags=re.DOTALL)
        if name in sheets
        else part
        for name, part in package.parts.items()
    }


def typed_cells(sheet: Sheet) -> tuple[dict[Place, Any], ...]:
    """Return the formulas of a sheet, and what else is typed on it."""
    return (
        {at: formula.text for at, formula in sheet.formulas.items()},
        {at: sheet.value(at) for at in sheet.places if at not in sheet.filled_places},
    )


def user_s(file: Package) -> dict[str, Any]:
    """Return what is a user's own, as openpyxl reads it, by what it says, and what it is on."""
    book = openpyxl.load_workbook(io.BytesIO(file.saved()))
    margin = (p.value(at) for p in file.sheets.values() for at in p.places if at[1] == MARGIN)
    found: dict[str, Any] = {"margin": sorted(f"{held}" for held in margin if held is not None)}
    found |= {f"name {n}": True for n in {*book.defined_names} - {*KEPT}}
    for sheet in book:
        beyond = [str(area) for area in sheet.merged_cells.ranges if area.min_col > MARGIN]
        found |= {f"merged {area}": True for area in beyond}
        page = file.sheets[sheet.title]
        for at, cell in sheet._cells.items():  # type: ignore[attr-defined]
            held = None if at in page.filled_places else page.value(at)
            if getattr(cell, "comment", None) is not None:
                found[cell.comment.text] = held
            if cell.hyperlink is not None and "example.com" in str(cell.hyperlink.target):
                found[cell.hyperlink.target] = held
        if {"My view", "kept"} & {sheet["A1"].value, sheet["B2"].value}:
            found |= {
                f"{sheet.title}, {at}": held
                for at in page.places
                if (held := page.value(at)) is not None
            }
            found[f"{sheet.title}, merged"] = sorted(map(str, sheet.merged_cells.ranges))
    return found
