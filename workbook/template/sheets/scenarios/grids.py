"""The value per share over pairs of inputs."""

from __future__ import annotations

from model.case.case import Case
from model.fields import Field
from model.uncertainty.changes import AND
from model.uncertainty.sensitivity import CASE_ITSELF, SensitivityGrid
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.labels import NOTHING_SHOWN, quoted
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import FIRST, LABEL, UNIT, column_of, place_of, spaced
from workbook.template.sheets.dcf.lines import forecast_line, made_of, value_line
from workbook.template.sheets.scenarios.lines import (
    COUNT,
    NUMBER,
    OWN,
    STEP,
    TITLE,
    form_of,
    input_of,
    last_arguments,
    note,
)

WHICH = {"Row": "Down", "By": "Across"}
#: Inputs whose rows show the cost of capital too.
RATE = f"wacc{AND}terminal_wacc"
SHIFTED = (
    "An input given by year is shifted equally in all years, and the cost of capital together "
    "with its fade; 0 is the case. Inputs have their names on Inputs; n.m. marks what the model "
    "refuses."
)


class PriceGrid(SensitivityGrid):
    """A grid of prices."""

    unit = "USD"
    row = Field("fraction")
    corner = ""


def write(page: Page, book: Book) -> None:
    """Write the grids, of a case that states some."""
    if "grids" not in book.case.tables:
        return
    for place in range(len(book.case.tables["grids"].rows)):
        page.section("", STEP)
        page.put(page.row - 1, UNIT, _title(book, place), "link_section")
        if not place:
            note(page, SHIFTED)
        _grid(page, book, place)


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
    title = f"Grid {place + 1}"
    contracted, plant = last_arguments(book)
    block = page.result(
        title,
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
    if RATE in book.case.table("grids").row_input:
        _rates(page, book, rows, _input(book, place, "Row"))
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
    row, drivers, grids = page.row, book.areas["Drivers"], book.case.table("grids")
    name, form = _input(book, place, which), _form(book, place, which)
    at = place_of(spaced(name), str(drivers.part(0, 0, drivers.rows)))
    found, other, parts = f"INDEX(Drivers,{at},2)", "0", []
    single = [f"ISNUMBER({found})"]
    # What an input is follows its name, as the rows of the table may be sorted.
    for each, (field, moved, _) in _all_stated(book).items():
        is_each = f"{name}={quoted(each)}"
        if not (moved or field.required or field.default is None):
            single.append(is_each)
            other = f"IF({is_each},{field.default:g},{other})"
        if not moved and field.high == 1:
            parts.append(is_each)
    moved_by = f'IF(OR({",".join(single)}),"",", moved by")'
    words = f'="{WHICH[which]}: "&{_words(book, place, which)}&{moved_by}'
    page.put(row, LABEL, words, "link_label")
    said = (grids.rows if which == "Row" else grids.by)[place]
    page.fit(f"{WHICH[which]}: {said}, moved by", LABEL)
    own = page.put(row, OWN, f"=IF(ISNUMBER({found}),{found},{other})", "link", form).local
    typed = column_of(book, "grids", f"{which} step").part(place, 0)
    step = page.put(row, STEP, f"={typed}", "link", form.removeprefix("+")).local
    count = f"COLUMNS({heads.local})"
    below = f"INT({count}/2)"
    if parts:
        # Of a part there is no more than all: the other values are below.
        most = f"MAX({below},{count}-1-INT(ROUND((1-{own})/{step},10)))"
        below = f"IF(OR({','.join(parts)}),{most},{below})"
    ends = [heads.part(0, i).by_column for i in range(COUNT)]
    # One of them is the case's own value to the last digit; 0 is shown without a sign.
    formulas = [f"={own}+ROUND((COLUMNS({ends[0]}:{at})-1-{below})*{step},12)" for at in ends]
    area = page.series(FIRST, formulas, "calc", form)
    book.count(f"{WHICH[which]} values of grid {place + 1}", area)
    page.row += 1
    return area


def _rates(page: Page, book: Book, rows: Area, row_input: str) -> None:
    """Write what the cost of capital becomes in each row, next to a grid that moves it."""
    rates = {
        OWN: ("First year", forecast_line(book, "wacc").part(0, 0)),
        STEP: ("Afterwards", value_line(book, "terminal_wacc")),
    }
    for column, (text, rate) in rates.items():
        shown = f'IF({row_input}={quoted(RATE)},{{}},"")'
        page.put(rows.row - 1, column, f"={shown.format(quoted(text))}", "link_head")
        for i in range(COUNT):
            moved = f"={shown.format(f'{rate}+{rows.part(i, 0).local}')}"
            page.put(rows.row + i, column, moved, "link", styles.PERCENT)


def _title(book: Book, place: int) -> str:
    """Name a grid by what it varies, as a formula: rows of the table may be sorted."""
    by = _words(book, place, "By")
    small = f"LOWER(LEFT({by},1))&MID({by},2,LEN({by}))"
    return f'={_words(book, place, "Row")}&" by "&{small}&" (USD a share)"'


def _words(book: Book, place: int, which: str) -> str:
    """Find the cell that says what varies."""
    header = "Rows" if which == "Row" else which
    return str(column_of(book, "grids", header).part(place, 0))


def _in_words(book: Book, place: int, which: str, case: Area) -> str:
    """Return a formula for what the case has of an input, as text."""
    form = "0.0##" if _form(book, place, which) == NUMBER else "0.0%"
    return f'TEXT({case.local},"{form}")'


def _input(book: Book, place: int, which: str) -> str:
    """Find the cell with the name of an input."""
    return str(column_of(book, "grids", f"{which} input").part(place, 0))


def _names(case: Case, place: int, which: str) -> str:
    return str(getattr(case.table("grids"), f"{which.lower()}_input")[place])


def _all_stated(book: Book) -> dict[str, tuple[Field, bool, bool]]:
    """Return the declaration of each input of the grids, if it is moved, and if 0 is the case."""
    grids = book.case.table("grids")
    return {name: input_of(made_of(book), name) for name in (*grids.row_input, *grids.by_input)}


def _form(book: Book, place: int, which: str) -> str:
    return form_of(made_of(book), _names(book.case, place, which))
