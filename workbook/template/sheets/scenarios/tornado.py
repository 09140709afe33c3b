"""The value per share over the range of each input, the widest first."""

from __future__ import annotations

from openpyxl.formatting.rule import Rule
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import BUILTIN_FORMATS, NumberFormat

from model.uncertainty.tornado import BETTER, CASE, LEFT, WORSE
from workbook.template import charts, styles
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.growing import in_row
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import column_of
from workbook.template.sheets.dcf.lines import value_line
from workbook.template.sheets.inputs.index import put_movers
from workbook.template.sheets.scenarios.lines import (
    LABELS,
    LARGEST,
    NUMBER,
    OWN,
    STEP,
    TITLE,
    last_arguments,
    note,
)

TOGETHER = (
    "One input at a time, all else unchanged. In the rows below, the low columns have all inputs "
    "at their worse ends, the high ones all at their better ends; what is left over is the change "
    "of all together less the sum of the single changes."
)


def write(page: Page, book: Book) -> None:
    """Write the tornado, of a case that states ranges."""
    if "ranges" not in book.case.tables:
        return
    page.section("Value per share at both ends of the range of each input (USD)", STEP)
    note(page, TOGETHER)
    names = column_of(book, "ranges", "Input")
    count, name = names.rows, f'{in_row(names)}&""'
    if "Label" in book.case.tables["ranges"].columns:
        label = in_row(column_of(book, "ranges", "Label"))
        name = f'IF({label}="",{name},{label})'
    contracted, plant = last_arguments(book)
    block = page.result(
        "Tornado",
        f"DCF_TORNADO(Drivers,Securities,{contracted},Ranges{plant})",
        rows=count,
        named=[f"={name}"] * count,
    )
    page.two_lines(block)
    inputs = block.column_of("input")
    put_movers(book.begun["Inputs"], book, inputs, *map(block.column_of, ("at_low", "at_high")))
    _fractions(page, block.column_of("low").part(0, 0, count, 2))
    low, high = block.column_of("change_low"), block.column_of("change_high")
    # Ends that the model refuses are words.
    book.recount(block.column_of("low").part(0, 0, count, 2), block.column_of("width"))
    # Without the blank rows, which are below all others.
    drawn = len(book.case.tables["ranges"].rows)
    charts.both_ends(
        page, "Change of the value per share over the range of each input",
        inputs.part(0, 0, drawn),
        [(Area(TITLE, block.row, each.column), each.part(0, 0, drawn)) for each in (low, high)],
        block.columns, "USD a share", form=LABELS,
    )  # fmt: skip
    _checks(book, block, *_ends(page, block, low, high))


def _ends(page: Page, block: Block, low: Area, high: Area) -> list[Area]:
    """Write the worse and the better change of each input; an end that is a word is left out."""
    for column, text, choice in ((OWN, "Worse", "MIN"), (STEP, "Better", "MAX")):
        page.put(block.row, column, text, "head")
        for i in range(low.rows):
            ends = f"{low.part(i, 0).local},{high.part(i, 0).local}"
            formula = f'=IF(COUNT({ends})=0,"",{choice}({ends}))'
            page.put(low.row + i, column, formula, "calc", styles.PRICE)
    return [Area(TITLE, low.row, column, low.rows) for column in (OWN, STEP)]


def _checks(book: Book, block: Block, worse: Area, better: Area) -> None:
    here = str(value_line(book, "value_per_share"))
    book.checks += [
        Check("Sensitivity: ranges are around the value per share",
              str(block.total("at_low", CASE)), here, 1e-12),
        Check("Sensitivity: all at their worse ends are the single changes and what is left over",
              *_if_number(block.total("at_low", WORSE), here,
                          f"SUM({worse})+{block.total('change_low', LEFT)}")),
        Check("Sensitivity: all at their better ends are the single changes and what is left over",
              *_if_number(block.total("at_high", BETTER), here,
                          f"SUM({better})+{block.total('change_high', LEFT)}")),
    ]  # fmt: skip


def _if_number(total: Area, here: str, parts: str) -> tuple[str, str]:
    """Compare the parts of a change with it, where all inputs together have a value."""
    return tuple(f"IF(ISNUMBER({total}),{each},0)" for each in (parts, f"{total}-{here}"))  # type: ignore[return-value]


def _fractions(page: Page, area: Area) -> None:
    """Show fractions as percentages, wherever an input is sorted to."""
    for i in range(area.rows):
        for j in range(area.columns):
            page.sheet.cell(area.row + i, area.column + j).number_format = NUMBER
    low, high = (f"ABS({area.part(0, j).local[:2]}{area.row})" for j in range(2))
    code = BUILTIN_FORMATS[10]
    rule = Rule(
        type="expression",
        formula=[f"MAX({low},{high})<={LARGEST}"],
        dxf=DifferentialStyle(numFmt=NumberFormat(numFmtId=10, formatCode=code)),
    )
    page.sheet.conditional_formatting.add(area.local.replace("$", ""), rule)
