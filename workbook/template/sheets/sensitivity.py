"""Sensitivity: the value per share over pairs of inputs, and over the range of each."""

from __future__ import annotations

import numpy as np
from openpyxl.formatting.rule import Rule
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import BUILTIN_FORMATS, NumberFormat

from model.case.case import Case
from model.fields import Field
from model.uncertainty.changes import AND, moves, stated
from model.uncertainty.sensitivity import CASE_ITSELF, SensitivityGrid
from model.uncertainty.tornado import BETTER, CASE, LEFT, WORSE
from workbook.template import charts, styles
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.labels import NOTHING_SHOWN, quoted
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import FIRST, LABEL, UNIT, column_of, line_head, place_of
from workbook.template.sheets.dcf.lines import business, forecast_line, made_of, value_line

TITLE = "Sensitivity"
#: Values on either side of the case.
SIDES = 3
COUNT = 2 * SIDES + 1
#: Columns after the values: what the case has, and the step.
OWN, STEP = range(FIRST + COUNT, FIRST + COUNT + 2)
TABLES = ("grids", "ranges")
WHICH = {"Row": "Down", "By": "Across"}
#: Inputs whose rows show the cost of capital too.
RATE = f"wacc{AND}terminal_wacc"
#: Fractions are percentages, and what is moved has a sign; numbers beyond these are no fractions.
PERCENT, MOVED, NUMBER, LARGEST = "0.0%_)", "+0.0%_);-0.0%_);0.0%_)", "#,##0.0##_)", 1.5
SHIFTED = (
    "What differs by year is moved in parallel, as is the cost of capital with its fade: at 0 it "
    "is the case. Inputs are named on Inputs; n.m. is what the model refuses."
)
TOGETHER = (
    "One input at a time, all else as it is. In the rows below, the low columns have all inputs at "
    "their worse ends, the high ones all at their better ends; what is left over is the change of "
    "all together less the sum of the single changes."
)


class PriceGrid(SensitivityGrid):
    """A grid of prices."""

    unit = "USD"
    row = Field("fraction")
    corner = ""


def write(book: Book) -> None:
    """Write the sheet, of a case that states grids or ranges."""
    tables = book.case.tables
    if not any(key in tables for key in TABLES):
        return
    page = book.page(
        TITLE, "what the value per share becomes if inputs are others",
        [7, 2, 2, 36, *[10.5] * (STEP - FIRST + 1)], f"E{HEAD_ROWS + 1}", portrait=True,
    )  # fmt: skip
    line_head(page, STEP)
    if "ranges" in tables:
        page.section("Value per share at both ends of the range of each input (USD)", STEP)
        _note(page, TOGETHER)
        _tornado(page, book)
    if "grids" in tables:
        for place in range(len(tables["grids"].rows)):
            page.section(f"{_title(book, place)} (USD a share)", STEP)
            if not place:
                _note(page, SHIFTED)
            _grid(page, book, place)
    page.finish(STEP)


def _note(page: Page, text: str) -> None:
    page.put(page.row, LABEL, text, "calc_note")
    page.fit(text, LABEL, STEP - LABEL + 1)
    page.sheet.merge_cells(
        start_row=page.row, end_row=page.row, start_column=LABEL, end_column=STEP
    )
    page.row += 1


def _tornado(page: Page, book: Book) -> None:
    count = len(book.case.tables["ranges"].rows)
    contracted, plant = _last(book)
    block = page.result(
        "Tornado", f"DCF_TORNADO(Drivers,Securities,{contracted},Ranges{plant})", rows=count
    )
    page.two_lines(block)
    inputs = block.column_of("input")
    _fractions(page, block.column_of("low").part(0, 0, count, 2))
    low, high = block.column_of("change_low"), block.column_of("change_high")
    # Ends that the model refuses are words.
    book.recount(block.column_of("low").part(0, 0, count, 2), block.column_of("width"))
    charts.both_ends(
        page, "Change of the value per share over the range of each input", inputs,
        [(Area(TITLE, block.row, each.column), each) for each in (low, high)],
        block.columns, "USD a share",
    )  # fmt: skip
    _tornado_checks(book, block, *_ends(page, block, low, high))


def _ends(page: Page, block: Block, low: Area, high: Area) -> list[Area]:
    """Write the worse and the better change of each input; an end that is a word is left out."""
    for column, text, choice in ((OWN, "Worse", "MIN"), (STEP, "Better", "MAX")):
        page.put(block.row, column, text, "head")
        for i in range(low.rows):
            formula = f"={choice}({low.part(i, 0).local},{high.part(i, 0).local})"
            page.put(low.row + i, column, formula, "calc", styles.PRICE)
    return [Area(TITLE, low.row, column, low.rows) for column in (OWN, STEP)]


def _tornado_checks(book: Book, block: Block, worse: Area, better: Area) -> None:
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


def _grid(page: Page, book: Book, place: int) -> None:
    """Write the values of both inputs, and the grid that they make."""
    for column in (UNIT, 2, 3, *range(LABEL, OWN)):
        page.put(page.row, column, None, "head_left")
    page.put(page.row, LABEL, "Values", "head_left")
    page.put(page.row, OWN, "The case", "head")
    page.put(page.row, STEP, "Step", "head")
    page.row += 1
    heads = Area(TITLE, page.row - 1, FIRST, 1, COUNT)
    down, across = (_values(page, book, place, which, heads) for which in WHICH)
    page.row += 1
    title = _title(book, place)
    contracted, plant = _last(book)
    block = page.result(
        f"Grid {place + 1}: {title}",
        f"DCF_SENSITIVITY(Drivers,Securities,{contracted},{_input(book, place, 'Row')},"
        f"{down.local},{_input(book, place, 'By')},{across.local}{plant})",
        rows=COUNT, across=COUNT, header=_form(book, place, "By"), declared=PriceGrid,
    )  # fmt: skip
    rows, columns = block.part(1, 0, COUNT, 1), block.part(0, 1, 1, COUNT)
    words = block.part(COUNT + 1, 0)
    said = f'LEFT({words.local}&"",LEN({quoted(CASE_ITSELF)}))={quoted(CASE_ITSELF)}'
    # The function has the names of the inputs; a reader, words.
    page.put(block.row, LABEL - 1, "Value per share", "head_left")
    case = [Area(TITLE, area.row, OWN) for area in (down, across)]
    at = '&" down, "&'.join(_in_words(book, place, *each) for each in zip(WHICH, case, strict=True))
    text = f'=IF({said},"{CASE_ITSELF}: "&{at}&" across","No value is the case itself")'
    page.put(words.row, LABEL - 1, text, "calc_text")
    for row in (block.row, words.row):
        page.sheet.cell(row, block.column).number_format = NOTHING_SHOWN
    for i in range(COUNT):
        cell = page.sheet.cell(rows.row + i, rows.column)
        cell.number_format = _form(book, place, "Row")
        page.put(rows.row + i, UNIT, "USD", "unit")
    # Pairs that the model refuses are words.
    book.recount(rows, columns)
    if _names(book.case, place, "Row") == RATE:
        _rates(page, book, rows)
    shown = words.part(0, -1).local
    book.areas.setdefault("values.grid", block.part(1, 1, COUNT, COUNT))
    _mark(page, block.part(1, 1, COUNT, COUNT), rows, columns, case, shown)
    at = ",".join(
        f"MATCH({one},{among},0)" for one, among in zip(case, (rows, columns), strict=True)
    )
    book.checks.append(
        Check(f"{title}: the case itself is the value per share",
              f"INDEX({block.part(1, 1, COUNT, COUNT)},{at})",
              str(value_line(book, "value_per_share")), 1e-12),
    )  # fmt: skip


def _mark(
    page: Page, values: Area, rows: Area, columns: Area, case: list[Area], words: str
) -> None:
    """Fill the cell of the case itself, which words below the grid name too."""
    cells = values.local.replace("$", "")
    down = f"{rows.part(0, 0).local.rpartition('$')[0]}{rows.row}={case[0].local}"
    across = f"{columns.part(0, 0).by_column}={case[1].local}"
    said = f'LEFT({words},{len(CASE_ITSELF)})="{CASE_ITSELF}"'
    page.fill_where(cells, f"AND({said},{down},{across})", styles.PASS_FILL)


def _values(page: Page, book: Book, place: int, which: str, heads: Area) -> Area:
    """Write the values of an input, in steps from what the case has, below their heads."""
    row, case = page.row, book.case
    drivers, (field, moved, _) = book.areas["Drivers"], _stated(book, place, which)
    at = place_of(_input(book, place, which), str(drivers.part(0, 0, drivers.rows)))
    found, form = f"INDEX(Drivers,{at},2)", _form(book, place, which)
    grids = case.table("grids")
    words = (grids.rows if which == "Row" else grids.by)[place]
    text = f"{WHICH[which]}: {words}" + (", moved by" if moved else "")
    page.put(row, LABEL, text, "label")
    other = 0 if moved or field.required or field.default is None else field.default
    own = page.put(row, OWN, f"=IF(ISNUMBER({found}),{found},{other:g})", "link", form).local
    typed = column_of(book, "grids", f"{which} step").part(place, 0)
    step = page.put(row, STEP, f"={typed}", "link", form.removeprefix("+")).local
    count = f"COLUMNS({heads.local})"
    below = f"INT({count}/2)"
    if not moved and field.high == 1:
        # Of a part there is no more than all: the other values are below.
        below = f"MAX({below},{count}-1-INT(ROUND((1-{own})/{step},10)))"
    before = [Area(TITLE, row, FIRST + i).by_column for i in range(COUNT - 1)]
    # Steps add up with rounding, and 0 is shown without a sign.
    formulas = [f"={own}-{below}*{step}", *(f"=ROUND({each}+{step},12)" for each in before)]
    area = page.series(FIRST, formulas, "calc", form)
    book.count(f"{WHICH[which]} values of grid {place + 1}", area)
    page.row += 1
    return area


def _rates(page: Page, book: Book, rows: Area) -> None:
    """Write what the cost of capital becomes in each row, next to the grid."""
    rates = {
        OWN: ("First year", forecast_line(book, "wacc").part(0, 0)),
        STEP: ("Afterwards", value_line(book, "terminal_wacc")),
    }
    for column, (text, rate) in rates.items():
        page.put(rows.row - 1, column, text, "head")
        for i in range(COUNT):
            moved = f"={rate}+{rows.part(i, 0).local}"
            page.put(rows.row + i, column, moved, "link", styles.PERCENT)


def _title(book: Book, place: int) -> str:
    grids = book.case.table("grids")
    by = grids.by[place]
    return f"{grids.rows[place]} by {by[:1].lower()}{by[1:]}"


def _in_words(book: Book, place: int, which: str, case: Area) -> str:
    """Return a formula for what the case has of an input, as text."""
    form = "0.0##" if _form(book, place, which) == NUMBER else "0.0%"
    return f'TEXT({case.local},"{form}")'


def _input(book: Book, place: int, which: str) -> str:
    """Find the cell with the name of an input."""
    return str(column_of(book, "grids", f"{which} input").part(place, 0))


def _names(case: Case, place: int, which: str) -> str:
    return str(getattr(case.table("grids"), f"{which.lower()}_input")[place])


def _stated(book: Book, place: int, which: str) -> tuple[Field, bool, bool]:
    """Return an input's declaration, whether it is moved, and whether 0 is the case."""
    name = _names(book.case, place, which)
    found = stated(made_of(book), name, TITLE)
    field, value = found[0]
    moved = moves(found, name)
    return field, moved, moved or bool(np.all(value == 0))


def _form(book: Book, place: int, which: str) -> str:
    """Return the number format of an input's values: with a sign where 0 is the case."""
    field, moved, zero = _stated(book, place, which)
    if field.unit != "fraction" and not (moved and field.unit == "ratio"):
        return NUMBER
    return MOVED if zero else PERCENT


def _last(book: Book) -> tuple[str, str]:
    """Give what is contracted, and the end of a call: the output by default, and the plant."""
    contracted, _, plant = business(book).removeprefix(",").partition(",")
    return contracted or quoted(""), f',"",{plant}' if plant else ""
