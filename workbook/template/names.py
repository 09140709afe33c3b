"""The names of a workbook: those that an analyst types in formulas of their own.

While the sheets are written, every input and result has a name, by which other sheets ask for it.
The finished workbook keeps the names below. For all others its formulas have the cells, and Sources
lists the ranges, by which `offtake check` finds them again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.formula import ArrayFormula

from workbook.package.formulas import replaced

if TYPE_CHECKING:
    from workbook.template.layout import Book

_WORD = re.compile(r"[^\W\d][\w.]*+")
#: Figures that users' own formulas begin with.
FIGURES = (
    *("Valuation_date", "First_year_end", "Share_price", "Scenario", "Cost_of_equity", "Wacc"),
    *("Balance_date", "Opening_balance", "Rpo_shape", "Final_month", "Run_rate", "Minimum_cash"),
)
#: Tables that functions take.
TABLES = (
    *("Securities", "Drivers", "Base_drivers", "Customer_contracts", "Contracted_by_month"),
    *("Plant", "Disclosed_bands", "Forecast_bands", "Commitments", "Facilities", "Peers"),
    *("View_steps", "Scenarios", "Grids", "Ranges", "Observations", "Measures", "Shocks"),
)
#: Results that one asks for by name.
RESULTS = (
    *("Valuation", "Value_by_line", "Forecast_lines", "Segment_lines", "Funding_lines", "Quarters"),
    *("Schedule", "Contract_schedule", "Bridge", "Checklist"),
)
#: All names that a finished workbook may have, print areas and titles apart.
KEPT = (*FIGURES, *TABLES, *RESULTS)


def finish(book: Book) -> None:
    """Define the names that are kept, and write the cells of all others into the formulas."""
    for name in KEPT:
        if name in book.named:
            _, area = book.named[name]
            book.workbook.defined_names[name] = DefinedName(name, attr_text=str(area))
    others = {name: area for name, (_, area) in book.named.items() if name not in KEPT}
    if not others:
        return
    folded = {name.casefold() for name in others}
    for sheet in book.workbook:
        cells = {
            name.casefold(): area.local if area.sheet == sheet.title else str(area)
            for name, area in others.items()
        }
        written: Iterable[Any] = sheet._cells.values()
        for cell in written:
            held = cell._value
            if isinstance(held, ArrayFormula):
                text = held.text or ""
                if mentions(text, folded):
                    held.text = replaced(text, cells)
            elif cell.data_type == "f" and mentions(held, folded):
                cell._value = replaced(held, cells)


def mentions(text: str, names: set[str]) -> bool:
    """Tell whether a formula has the word of one of some names, which are in lower case.

    To read every formula token by token takes longer than to write the sheets.
    """
    return not names.isdisjoint(_WORD.findall(text.casefold()))
