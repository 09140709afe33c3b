"""What each price requires of one input at a time, and the target price."""

from __future__ import annotations

import math
from dataclasses import dataclass

from model.case.case import Case
from workbook.template import charts, printing, styles
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.labels import quoted
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import FIRST, LABEL, UNIT, line_head
from workbook.template.sheets.dcf.lines import business, forecast_line, or_default, value_line

TITLE = "What the price requires"
#: Columns of prices at least, and their width together, so that all companies have as many rows
#: on a page.
LEAST, WIDE = 6, 99
#: What is left of a price when its solution is put back.
TINY = '0.0E+00_);(0.0E+00);"–"_)'
#: What the two parts of the sheet take for granted.
KEPT = (
    "Growth and margin change equally in every year and segment; the cost of capital moves with "
    "its fade. The weights of the cost of capital and the proceeds of an offer stay as in the "
    "case."
)
MEETS = (
    "This assumes that price and value meet by then. If the gap between them stays, a share "
    "returns only the cost of equity."
)


@dataclass(frozen=True)
class Row:
    """A handle on the sheet: its name, its unit and format, and how its lines are called."""

    handle: str
    label: str
    unit: str
    form: str
    #: Its change, where that is what is solved for.
    change: str = ""
    #: Whether it needs contracts, and the contracts of segments.
    contracts: bool = False
    by_segment: bool = False


ROWS = (
    Row("growth", "Revenue growth a year over the forecast", "fraction", styles.PERCENT,
        "Change of every year's growth"),
    Row("margin", "Operating margin of the final year", "fraction", styles.PERCENT,
        "Change of every year's margin"),
    Row("cost of capital", "Cost of capital of the first year", "fraction", styles.PERCENT),
    Row("exit multiple", "Exit multiple, of EBIT or of revenue", "ratio", styles.RATIO),
    Row("net retention", "Net retention of contracts a year", "fraction", styles.PERCENT,
        contracts=True, by_segment=True),
    Row("RPO conversion", "RPO conversion: contracted revenue that comes", "fraction",
        styles.PERCENT, contracts=True),
)  # fmt: skip


def write(book: Book) -> None:
    """Write the sheet."""
    paths = ascending(book)
    columns = max(1 + len(paths), LEAST)
    last = FIRST + columns - 1
    widths = [8, 2, 2, 44, *[max(11, WIDE / columns)] * columns]
    page = book.page(
        TITLE, "what a price requires, and the target price", widths, f"E{HEAD_ROWS + 1}",
        portrait=True,
    )  # fmt: skip
    line_head(page, last)
    rows = rows_of(book.case)
    page.section("What each price requires, one input at a time, all else unchanged", last)
    _labels(page, book, paths)
    prices = _prices(page, book, paths)
    top = page.row
    # Written last, because the blocks that it reads are below everything.
    page.row += len(rows) + sum(bool(row.change) for row in rows)
    _note(page, KEPT, last)
    page.section("What can be reached", last)
    reached = page.row
    page.row += len(rows)
    page.section("Target price in twelve months, and the return expected until then", last)
    _note(page, MEETS, last)
    _target(page, book, columns - 2)
    page.on_screen_only("each input solved for, and put back into the model", last)
    blocks = []
    for row in rows:
        page.section(f"Solved for {row.handle}, and put back into the model", last)
        blocks.append(_block(page, book, row, prices))
    end, page.row = page.row, top
    _summary(page, rows, blocks)
    page.row = reached
    for row, block in zip(rows, blocks, strict=True):
        _reached(page, row, block, prices, last)
    page.row = end
    page.finish(last)


def rows_of(case: Case) -> list[Row]:
    """Return the handles that a case has."""
    return [
        row
        for row in ROWS
        if (case.contracted or not row.contracts) and (case.segments or not row.by_segment)
    ]


def ascending(book: Book) -> list[str]:
    """Order the prices of the case, by what they are when the workbook is built."""
    points = book.case.price_points
    return sorted(points, key=lambda path: points[path].number)


def _note(page: Page, text: str, last: int) -> None:
    """Write a note across the sheet."""
    page.put(page.row, LABEL, text, "calc_note")
    page.fit(text, LABEL, last - LABEL + 1)
    page.merge(page.row, LABEL, last)
    page.row += 1


def _prices(page: Page, book: Book, paths: list[str]) -> Area:
    """Write the prices across, this model's own value first."""
    for column, text in ((UNIT, "Unit"), (2, None), (3, None), (LABEL, "Price (USD)")):
        page.put(page.row, column, text, "head_left")
    value = value_line(book, "value_per_share")
    # A price is above 0.
    formulas = [f"=IF({value}>0,{value},Share_price)"]
    formulas += [f"={book.areas[path]}" for path in paths]
    prices = page.series(FIRST, formulas, "link_head", styles.PRICE)
    page.row += 1
    return prices


def _labels(page: Page, book: Book, paths: list[str]) -> None:
    """Write what each price is of, below the heading."""
    value = value_line(book, "value_per_share")
    for column, text in ((UNIT, None), (2, None), (3, None), (LABEL, "At")):
        page.put(page.row, column, text, "head_left")
    page.put(page.row, FIRST, f'=IF({value}>0,"This model","Share price")', "link_head")
    tallest = 0.0
    for i, path in enumerate(paths, 1):
        source = book.areas[path]
        label = Area(source.sheet, source.row, source.column - 1)
        page.put(page.row, FIRST + i, f"={label}", "link_head")
        page.fit(book.case.price_points[path].label, FIRST + i)
        tallest = max(tallest, page.heights[page.row])
    page.heights[page.row] = tallest
    page.row += 1


def _block(page: Page, book: Book, row: Row, prices: Area) -> Block:
    """Write what the function returns, with the units of the handle."""
    contracted, _, plant = business(book).removeprefix(",").partition(",")
    block = page.result(
        f"Required {row.handle}",
        f"DCF_REVERSE(Drivers,Securities,{contracted or quoted('')},{prices.local},"
        f'"{row.handle}"{plant and f",{plant}"})',
        across=prices.columns,
        header=styles.PRICE,
    )
    for line in ("required", "input", "lowest_at", "highest_at", "next_required", "next_input"):
        cells = block.line(line)
        page.put(cells.row, UNIT, row.unit, "unit")
        for i in range(cells.columns):
            page.sheet.cell(cells.row, cells.column + i).number_format = row.form
    for i in range(prices.columns):
        cell = page.sheet.cell(block.line("difference").row, FIRST + i)
        cell.number_format = TINY
    page.row -= 1
    # Where nothing gives a price, a word stands in the place of the numbers.
    first, last = block.line("count"), block.line("highest_at")
    book.recount(first.part(0, 0, last.row - first.row + 1, prices.columns))
    _checks(book, row, block)
    return block


def _checks(book: Book, row: Row, block: Block) -> None:
    difference, given = block.line("difference"), block.line("input").part(0, 0)
    own = {
        "growth": or_default(book, "growth_change", 0),
        "margin": or_default(book, "margin_change", 0),
        "cost of capital": str(forecast_line(book, "wacc").part(0, 0)),
    }
    if book.case.contracted:
        own["RPO conversion"] = or_default(book, "contracted_share", 1)
    book.checks.append(
        Check(f"What {row.handle} must be: put back, it gives the price",
              f"MAX({difference},0)-MIN({difference},0)", "0"),
    )  # fmt: skip
    if row.handle in own:
        value = value_line(book, "value_per_share")
        book.checks.append(
            Check(f"What {row.handle} must be: for this model's own value, as it is",
                  f"IF({value}>0,{given},{own[row.handle]})", own[row.handle]),
        )  # fmt: skip


def _summary(page: Page, rows: list[Row], blocks: list[Block]) -> None:
    """Write what each price requires, as the blocks have it."""
    for row, block in zip(rows, blocks, strict=True):
        lines = {"required": row.label} | ({"input": row.change} if row.change else {})
        for line, label in lines.items():
            page.put(page.row, UNIT, row.unit, "unit")
            page.put(page.row, LABEL, label, "label" if line == "required" else "aside")
            cells = block.line(line)
            links = [f"={cells.part(0, i).by_column}" for i in range(cells.columns)]
            page.series(FIRST, links, "calc", row.form)
            page.row += 1


def _reached(page: Page, row: Row, block: Block, prices: Area, last: int) -> None:
    """Write in words which prices nothing reaches, and what can be reached."""
    page.put(page.row, LABEL, row.handle[:1].upper() + row.handle[1:], "label")
    form = {"fraction": "0.0%", "ratio": '0.0""x""'}[row.unit]
    at = {
        end: (block.line(end).part(0, 0).local, block.line(f"{end}_at").part(0, 0).local)
        for end in ("lowest", "highest")
    }
    ends = '&" to "&'.join(
        f'TEXT({value},"#,##0.00")&" (at "&TEXT({where},"{form}")&")"'
        for value, where in at.values()
    )
    counts = block.line("count")
    none = "&".join(
        f'IF({counts.part(0, i).local}=0,", "&TEXT({prices.part(0, i).local},"#,##0"),"")'
        for i in range(prices.columns)
    )
    text = (
        f'=IF(SUMPRODUCT(({counts.local}=0)*1)=0,"Every price can be reached",'
        f'"Nothing gives "&REPLACE({none},1,2,""))&": value per share from "&{ends}'
    )
    page.put(page.row, FIRST, text, "calc_note")
    # As long as it is where nothing gives any of the prices.
    page.fit(", ".join(["1,000"] * prices.columns) + " " * 90, FIRST, prices.columns)
    page.merge(page.row, FIRST, last)
    page.row += 1


def _target(page: Page, book: Book, columns: int) -> None:
    """Write the target price and the return up to it, with a chart of the parts of the return."""
    value = value_line(book, "value_per_share")
    after = ""
    if "Raises" in book.areas:
        raised = book.block("Raises").line("value_per_share")
        after = f',"","",{raised.part(0, raised.columns - 1)}'
    block = page.result(
        "Target price", f"DCF_TARGET_PRICE({value},Share_price,Cost_of_equity{after})"
    )
    target, expected = block.value("target_price"), block.value("expected_return")
    made_of = block.value("value_today").part(0, 0, 5)
    returned = block.value("required_return").part(0, 0, 3)
    shown = returned.part(0, 0, 4)
    charts.listed(
        page, "Return expected over twelve months, by part", shown.part(0, -1, 4), shown, columns,
        unit="Part of the share price", across="Part", next_to=FIRST + 2, form="0%", top=block.row,
    )  # fmt: skip
    page.row = max(page.row, block.row + math.ceil(charts.HEIGHT * 72 / 2.54 / printing.ROW)) + 1
    dividends = block.value("dividends")
    book.checks += [
        Check("Target price: its parts sum to it", f"SUM({made_of})", str(target)),
        Check("Target price: the share price grows to it by the expected return",
              f"Share_price*(1+{expected})+{dividends}", str(target)),
        Check("Target price: the parts of the return sum to it", f"SUM({returned})", str(expected)),
    ]  # fmt: skip
