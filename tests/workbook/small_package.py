"""A small file with everything that `finish` must complete, and its expected contents."""

from __future__ import annotations

import io
import re
import zipfile

import openpyxl
from openpyxl.chart import BarChart, Reference
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.formula import ArrayFormula

from workbook.package.cells import ErrorValue, Values

OUTPUT = "Analyst's output"
#: Declared by the parts of a spreadsheet.
SPREADSHEET = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def parts(file: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(entries: list[tuple[str, bytes]]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return file.getvalue()


def altered(file: bytes, part: str, old: str, new: str) -> bytes:
    entries = parts(file)
    assert old.encode() in entries[part], entries[part]
    entries[part] = entries[part].replace(old.encode(), new.encode(), 1)
    return zipped(list(entries.items()))


def prefixed(file: bytes) -> bytes:
    """Give every element of a spreadsheet a prefix, as some programs do."""

    def changed(part: bytes) -> bytes:
        part = re.sub(rb"<(/?)([A-Za-z]\w*)(?=[\s/>])", rb"<\1x:\2", part)
        return part.replace(b" xmlns=", b" xmlns:x=", 1)

    return zipped([
        (name, changed(part) if SPREADSHEET in part[:900] else part)
        for name, part in parts(file).items()
    ])  # fmt: skip


def made() -> bytes:
    """Make a file with everything that must survive, and everything that must be completed."""
    book = openpyxl.Workbook()
    inputs = book.active
    assert inputs is not None
    inputs.title = "Inputs"
    inputs["A1"], inputs["B1"] = "Price", 100
    inputs["A1"].font = Font(name="Calibri", bold=True, color="FF0000FF", underline="single")
    book.defined_names["share_price"] = DefinedName("share_price", attr_text="Inputs!$B$1")

    output = book.create_sheet(OUTPUT)
    output["A1"] = "=Inputs!B1*2"
    output["A2"] = '=" a & b "'
    output["A3"] = "=1=1"
    output["A4"] = "=1/0"
    # The array fills cells left of, above, between and below those that are there.
    output["C2"] = ArrayFormula("C2:E4", "=DILUTION_BRIDGE(Inputs!B1,Inputs!A1:B1)")
    output["D3"].fill = PatternFill("solid", fgColor="FFFFFF00")
    output["D3"].number_format = "0.00"
    output["F3"] = "right"
    output["A9"] = "below"
    output.conditional_formatting.add(
        "A1:A4", CellIsRule("greaterThan", ["5"], font=Font(name="Calibri", bold=True))
    )
    output.add_data_validation(DataValidation("list", formula1='"yes,no"', sqref="A9"))
    output.print_area = "A1:F9"
    chart = BarChart()
    chart.add_data(Reference(output, min_col=3, min_row=2, max_row=4))
    output.add_chart(chart, "H2")
    return saved(book)


VALUES: Values = {
    "Inputs": {},
    OUTPUT: {
        (1, 1): 200.0,
        (2, 1): " a & b ",
        (3, 1): True,
        (4, 1): ErrorValue("#DIV/0!"),
        (2, 3): "Head",
        (2, 4): 0.1 + 0.2,
        (2, 5): "",
        (3, 3): False,
        (3, 4): -1e-300,
        (3, 5): 1e22,
        (4, 3): ErrorValue("#CALC!"),
        (4, 4): "x",
        (4, 5): None,
    },
}
SHEET = "xl/worksheets/sheet2.xml"
