"""A small file that passes the gate, with one of everything that its rules check."""

from __future__ import annotations

import io

import openpyxl
from openpyxl.chart import BarChart, Reference
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, NamedStyle
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.formula import ArrayFormula

from model.case.declared import FURTHER_PRICE
from workbook.configuration import CALCULATED_BY
from workbook.package.cells import Values
from workbook.package.finish import finish
from workbook.template.entries import of as entry_of

_LINE = "Values as built on 13 May 2026; install Offtake to recalculate"
VALUES: Values = {
    "Inputs": {(3, 1): _LINE},
    "Results": {
        (3, 1): _LINE,
        (1, 2): 201.0,
        **{(row, column): 1.0 for row in range(5, 9) for column in (2, 3, 4)},
    },
}


def small() -> bytes:
    """Make the file."""
    book = openpyxl.Workbook()
    inputs = book.worksheets[0]
    inputs.title = "Inputs"
    book.add_named_style(NamedStyle("input"))
    inputs["B1"] = 100.5
    inputs["B1"].style = "input"
    inputs.row_dimensions[1].height = 20
    inputs.add_data_validation(entry_of(FURTHER_PRICE).validation(["B1"]))
    inputs.print_title_rows = "1:1"
    book.defined_names["Share_price"] = DefinedName("Share_price", attr_text="'Inputs'!$B$1")
    results = book.create_sheet("Results")
    inputs["A3"] = results["A3"] = f'="{_LINE}"'
    results["B1"] = "=Share_price*2"
    results["B5"] = ArrayFormula("B5:D8", "=DCF_DISCOUNT_FACTORS(Share_price/1000,2)")
    results.conditional_formatting.add(
        "B1:B6", CellIsRule("greaterThan", ["5"], font=Font(bold=True))
    )
    results.print_area = "A1:C6"
    chart = BarChart()
    chart.add_data(Reference(results, min_col=2, min_row=5, max_row=8))
    results.add_chart(chart, "E2")
    book.calculation.calcId = CALCULATED_BY
    book.calculation.fullCalcOnLoad = False
    file = io.BytesIO()
    book.save(file)
    return finish(file.getvalue(), VALUES)
