"""Sensitivity: the value per share over pairs of inputs, and over the range of each."""

from __future__ import annotations

import math

from model.case.case import Case
from model.dcf.drivers import DRIVERS, YEARLY
from model.dcf.segment import SLASH, Segment
from model.dcf.segments import SegmentedDrivers
from model.fields import Field
from model.uncertainty.changes import AND, spelled
from model.uncertainty.sensitivity import CASE_ITSELF, SensitivityGrid
from model.uncertainty.tornado import BETTER, CASE, LEFT, WORSE
from workbook.template import charts, styles
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.labels import quoted
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import FIRST, LABEL, UNIT, column_of, line_head, place_of
from workbook.template.sheets.dcf.lines import business, forecast_line, value_line

TITLE = "Sensitivity"
#: Values on either side of the case.
SIDES = 3
COUNT = 2 * SIDES + 1
#: Columns after the values: what the case has, the step, the highest that there can be, and how
#: many of the values are below the case.
OWN, STEP, MOST, BELOW = range(FIRST + COUNT, FIRST + COUNT + 4)
#: Fractions are shown as percentages, and larger numbers as they are.
EITHER = "[>1.5]#,##0.0_);[<-1.5]-#,##0.0_);0.0%_)"
HEADS = ("The case", "Step", "At most", "Below it")
#: Inputs whose rows show the cost of capital too.
RATE = f"wacc{AND}terminal_wacc"
TABLES = ("grids", "ranges")
SHIFTED = (
    "Inputs joined by & are moved together, and paths in parallel: 0 is the case. The green cell "
    "is the case itself; n.m. is what the model refuses."
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
        [8, 2, 2, 46, *[11] * (BELOW - FIRST + 1)], f"E{HEAD_ROWS + 1}", portrait=True,
    )  # fmt: skip
    line_head(page, BELOW)
    if "ranges" in tables:
        page.section("Value per share at both ends of the range of each input (USD)", BELOW)
        _note(page, TOGETHER)
        _tornado(page, book)
    if "grids" in tables:
        names = [str(row.values[0]) for row in tables["grids"].rows.values()]
        for place, name in enumerate(names):
            page.section(f"{name} (USD a share)", BELOW)
            if not place:
                _note(page, SHIFTED)
            _grid(page, book, place, name)
    page.finish(BELOW)


def _note(page: Page, text: str) -> None:
    page.put(page.row, LABEL, text, "calc_note")
    page.fit(text, LABEL, BELOW - LABEL + 1)
    page.sheet.merge_cells(
        start_row=page.row, end_row=page.row, start_column=LABEL, end_column=BELOW
    )
    page.row += 1


def _tornado(page: Page, book: Book) -> None:
    count = len(book.case.tables["ranges"].rows)
    contracted, plant = _last(book)
    block = page.result(
        "Tornado", f"DCF_TORNADO(Drivers,Securities,{contracted},Ranges{plant})", rows=count
    )
    inputs = block.column_of("input")
    for name in ("low", "high"):
        area = block.column_of(name)
        for i in range(area.rows):
            page.sheet.cell(area.row + i, area.column).number_format = EITHER
    low, high = block.column_of("change_low"), block.column_of("change_high")
    numbers = block.column_of("low").part(0, 0, count, block.columns - 1)
    book.recount(numbers)
    charts.both_ends(
        page, "Change of the value per share over the range of each input", inputs,
        [(Area(TITLE, block.row, each.column), each) for each in (low, high)],
        block.columns, "USD a share",
    )  # fmt: skip
    _tornado_checks(book, block, low, high)


def _tornado_checks(book: Book, block: Block, low: Area, high: Area) -> None:
    here = str(value_line(book, "value_per_share"))
    worse = f"SUMPRODUCT(({low}<={high})*{low}+({low}>{high})*{high})"
    better = f"SUMPRODUCT(({low}<={high})*{high}+({low}>{high})*{low})"
    book.checks += [
        Check("Sensitivity: ranges are around the value per share",
              str(block.total("at_low", CASE)), here, 1e-12),
        Check("Sensitivity: all at their worse ends are the single changes and what is left over",
              f"{worse}+{block.total('change_low', LEFT)}",
              f"{block.total('at_low', WORSE)}-{here}"),
        Check("Sensitivity: all at their better ends are the single changes and what is left over",
              f"{better}+{block.total('change_high', LEFT)}",
              f"{block.total('at_high', BETTER)}-{here}"),
    ]  # fmt: skip


def _grid(page: Page, book: Book, place: int, name: str) -> None:
    """Write the values of both inputs, and the grid that they make."""
    page.put(page.row, UNIT, None, "head_left")
    page.put(page.row, LABEL, "Values down and across", "head_left")
    for column in (2, 3, *range(FIRST, OWN)):
        page.put(page.row, column, None, "head_left")
    for column, text in zip(range(OWN, BELOW + 1), HEADS, strict=True):
        page.put(page.row, column, text, "head")
    page.row += 1
    down, across = (_values(page, book, place, which) for which in ("Row", "Column"))
    page.row += 1
    contracted, plant = _last(book)
    block = page.result(
        f"Grid {place + 1}: {name}",
        f"DCF_SENSITIVITY(Drivers,Securities,{contracted},{_input(book, place, 'Row')},"
        f"{down.local},{_input(book, place, 'Column')},{across.local}{plant})",
        rows=COUNT, across=COUNT, header=EITHER, declared=PriceGrid,
    )  # fmt: skip
    rows, columns = block.part(1, 0, COUNT, 1), block.part(0, 1, 1, COUNT)
    for i in range(COUNT):
        page.sheet.cell(rows.row + i, rows.column).number_format = EITHER
        page.put(rows.row + i, UNIT, "USD", "unit")
    # Pairs that the model refuses are words.
    book.recount(rows, columns)
    if _names(book.case, place) == RATE:
        _rates(page, book, rows)
    case = [Area(TITLE, area.row, OWN) for area in (down, across)]
    _mark(page, block.part(1, 1, COUNT, COUNT), rows, columns, case)
    at = ",".join(
        f"MATCH({one},{among},0)" for one, among in zip(case, (rows, columns), strict=True)
    )
    words = f'LEFT({block.part(COUNT + 1, 0)}&"",LEN({quoted(CASE_ITSELF)}))'
    book.checks += [
        Check(f"{name}: the case itself is the value per share",
              f"INDEX({block.part(1, 1, COUNT, COUNT)},{at})",
              str(value_line(book, "value_per_share")), 1e-12),
        Check(f"{name}: the function says which is the case itself",
              f"IF({words}={quoted(CASE_ITSELF)},1,0)", "1"),
    ]  # fmt: skip


def _mark(page: Page, values: Area, rows: Area, columns: Area, case: list[Area]) -> None:
    """Fill the cell of the case itself."""
    cells = values.local.replace("$", "")
    down = f"{rows.part(0, 0).local.rpartition('$')[0]}{rows.row}={case[0].local}"
    page.fill_where(
        cells, f"AND({down},{columns.part(0, 0).by_column}={case[1].local})", styles.PASS_FILL
    )


def _values(page: Page, book: Book, place: int, which: str) -> Area:
    """Write the values of an input, in steps from what the case has."""
    row, name = page.row, _input(book, place, which)
    drivers = book.areas["Drivers"]
    stated = f"INDEX(Drivers,{place_of(name, str(drivers.part(0, 0, drivers.rows)))},2)"
    field = _declared(book.case, _names(book.case, place, which))
    other = 0 if field is None or field.extent == YEARLY else field.default
    direction = "Down" if which == "Row" else "Across"
    label = f'="{direction}: "&{name}&IF(ISNUMBER({stated}),"",", moved by")'
    page.put(row, LABEL, label, "link_text")
    page.fit(f"{direction}: {_names(book.case, place, which)}, moved by", LABEL)
    own = page.put(row, OWN, f"=IF(ISNUMBER({stated}),{stated},{other:g})", "link", EITHER).local
    typed = column_of(book, "grids", f"{which} step").part(place, 0)
    step = page.put(row, STEP, f"={typed}", "link", EITHER).local
    limited = field is not None and field.extent != YEARLY and field.high < math.inf
    most = page.put(row, MOST, field.high if limited and field else None, "fixed", EITHER).local
    below = page.put(
        row,
        BELOW,
        f'=IF({most}="",{SIDES},MAX({SIDES},{COUNT - 1}-INT(ROUND(({most}-{own})/{step},6))))',
        "calc",
        styles.COUNT,
    ).local
    before = [Area(TITLE, row, FIRST + i).by_column for i in range(COUNT - 1)]
    formulas = [f"={own}-{below}*{step}", *(f"={each}+{step}" for each in before)]
    area = page.series(FIRST, formulas, "calc", EITHER)
    book.count(f"Values {direction.lower()} of grid {place + 1}", area)
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


def _input(book: Book, place: int, which: str) -> str:
    """Find the cell with the name of an input."""
    return str(column_of(book, "grids", f"{which} input").part(place, 0))


def _names(case: Case, place: int, which: str = "Row") -> str:
    return str(getattr(case.table("grids"), f"{which.lower()}_input")[place])


def _declared(case: Case, name: str) -> Field | None:
    """Return the declaration of a driver; of inputs moved together there is none."""
    leaf = spelled(name).rpartition(SLASH)[2].strip()
    if AND in name:
        return None
    return SegmentedDrivers.declared.get(leaf) or DRIVERS.get(leaf) or Segment.declared.get(leaf)


def _last(book: Book) -> tuple[str, str]:
    """Give what is contracted, and the end of a call: the output by default, and the plant."""
    contracted, _, plant = business(book).removeprefix(",").partition(",")
    return contracted or quoted(""), f',"",{plant}' if plant else ""
