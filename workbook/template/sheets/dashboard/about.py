"""Explanations of the workbook: its figures, its sheets, how to read it, what it leaves out."""

from __future__ import annotations

from model.case import declared
from model.case.parts import Quality
from workbook import configuration, status
from workbook.template import styles
from workbook.template.entries import of as entry_of
from workbook.template.layout import Book, Page
from workbook.template.names import KEPT
from workbook.template.sheets import case_text, changes
from workbook.template.sheets.dashboard.panels import LAST, LEFT, NUMBERS, RIGHT, across

LABEL, VALUE, TEXT = LEFT, LEFT + 1, RIGHT
#: What the qualities of figures are called.
QUALITIES: dict[Quality, str] = {
    "filing": "Read in a filing",
    "filing-via-secondary": "From a filing, as others quote it",
    "company-call": "From a call or a release",
    "press": "From the press",
    "analyst": "From analysts",
    "inferred": "Derived from other figures",
    "assumption": "Assumptions",
}

SHEETS = (
    ("Inputs", "Everything that may be changed, each figure with its date, reason and source."),
    (
        "Contracts and RPO",
        "From disclosed bands to quarters; contracts one by one; what later filings imply.",
    ),
    ("Revenue", "The forecast's revenue by line and segment."),
    ("Quarters", "The next eight quarters, reported, guided and forecast, and their years."),
    ("Costs and capital", "Costs by line, capital by year, leases, research, reported income."),
    ("Cash flow and funding", "Cash, debt and the gap by year; value per share after a raise."),
    ("DCF", "Forecast, value per share, value by segment and by the chance of failure."),
    ("Choices", "The value under each choice's alternatives; bridges to published views."),
    (
        "Scenarios and sensitivity",
        "The value in each scenario and what makes it differ; the value over ranges of inputs.",
    ),
    (
        "What the price requires",
        "Growth, margin, rate, multiple or conversion that each price needs; the target price.",
    ),
    ("Equity", "Diluted shares and market value; each security's claim on the equity value."),
    (
        "Comparables",
        "Peer multiples and what they imply; the football field; an investor's returns.",
    ),
    ("Market", "What capacity, systems or tokens earn, and the market around them."),
    ("Signals", "An investor's checklist; shocks; growth against liquidity."),
    (
        status.CHECKS,
        "What fails; whether the value is plausible; results recalculated by native formulas.",
    ),
    ("Sources", "Every figure with its quality and source."),
    (changes.TITLE, "Changes to the inputs since the workbook was built, and when they were made."),
    (case_text.TITLE, "Hidden: the text of the case that the workbook was built from."),
    (
        configuration.SHEET,
        "Hidden: sets which Python is used. Unhide shows it.",
    ),
)
#: The sheets that are written after this one, and hidden.
LATER = (case_text.TITLE, configuration.SHEET)
READING = (
    ("Blue on cream", "input", 1234.5, "Typed: may be changed."),
    ("Black", "calc", "=B{below}", "Calculated on this sheet."),
    ("Green", "link", "=Share_price", "Linked from another sheet."),
)
#: Limits of all workbooks.
LIMITS = (
    "Functions such as DCF_VALUE are Python code. If they are not installed, the workbook shows "
    "the values from the day it was built, and the line at the top of every sheet says "
    "so. If an input is then changed, the cells that depend on it show #NAME?, and Undo does not "
    "restore them: close the file without saving.",
    "The values in a row of a table on Inputs may be changed, even a security's type. Where a "
    "table has blank rows, new entries may be typed in them, and rows may be cleared. The other "
    "tables keep the rows that the workbook was built with: if one is added or cleared, a check "
    "fails. Set the row's amount to 0 instead, or rebuild the workbook with offtake build --from.",
    "Tax losses left after the forecast are given no value.",
)
UNDIVIDED = ["Cash flow between the last balance sheet and the valuation date is not counted."]
CONTRACTED = [
    "Contracted revenue begins after the balance date. If that is after the first year begins, "
    "uncontracted revenue must include the revenue of the year up to that date, or growth and "
    "reinvestment in the second year are too high.",
]


def write(page: Page, book: Book) -> None:
    """Write what explains the workbook, below what it finds."""
    page.put(page.row, LABEL, f"{book.case.company.name} ({book.case.company.ticker})", "strong")
    across(page, page.row, VALUE, LAST, book.case.company.about, "text")
    page.row += 1

    _qualities(page, book)

    page.section("Sheets", LAST)
    for title, text in SHEETS:
        if title not in book.workbook.sheetnames and title not in LATER:
            continue
        if title in LATER:
            page.put(page.row, LABEL, title, "label")
        else:
            page.link(page.row, LABEL, title, place=f"'{title}'!A1")
        across(page, page.row, VALUE, LAST, text, "text")
        page.row += 1

    page.section("How to read it", LAST)
    for label, style, sample, text in READING:
        page.put(page.row, LABEL, label, "label")
        if isinstance(sample, str):
            sample = sample.format(below=page.row + 1)
        if style == "input":
            entry = entry_of(declared.FURTHER_PRICE)
            page.input(page.row, VALUE, sample, entry, styles.PRICE, path=label)
        else:
            page.put(page.row, VALUE, sample, style, styles.PRICE)
        across(page, page.row, TEXT, LAST, text, "text")
        page.row += 1
    page.put(page.row, LABEL, "Timeline", "label")
    across(
        page,
        page.row,
        VALUE,
        LAST,
        "A year is in the same column on every sheet with years.",
        "text",
    )
    page.row += 1

    page.section("Limits", LAST)
    case = book.case
    undivided = [] if case.segments else [*UNDIVIDED, *(CONTRACTED if case.rpo else [])]
    _sentences(page, [*LIMITS, *undivided, *case.company.limits])

    page.section("Names", LAST)
    for column in range(LABEL, LAST + 1):
        head = {LABEL: "Name", VALUE: "Where", TEXT: "Meaning"}.get(column)
        page.put(page.row, column, head, "head_left")
    page.row += 1
    for name, (meaning, area) in book.named.items():
        if name not in KEPT:
            continue
        page.put(page.row, LABEL, name, "label")
        where = str(area).replace("$", "").replace("'", "")
        across(page, page.row, VALUE, LEFT + NUMBERS, where, "unit")
        across(page, page.row, TEXT, LAST, meaning, "text")
        page.row += 1


def _qualities(page: Page, book: Book) -> None:
    """Count the figures by where they come from; what no source gives is an assumption."""
    page.section("What the figures rest on", LAST)
    quality, moving = book.areas["sources.quality"], book.areas["sources.moves_value"]
    stated = {of.quality for of in book.case.origins.values()}
    for name, label in QUALITIES.items():
        if name not in stated:
            continue
        page.put(page.row, LABEL, label, "label")
        page.put(page.row, VALUE, f'=COUNTIF({quality},"{name}")', "link", styles.COUNT)
        moves = f'COUNTIFS({quality},"{name}",{moving},"yes")'
        across(page, page.row, TEXT, LAST, f'={moves}&" of them move the value"', "calc_text")
        page.row += 1


def _sentences(page: Page, texts: list[str]) -> None:
    """Write sentences across the sheet, each in its own row."""
    for text in texts:
        across(page, page.row, LABEL, LAST, text, "text")
        page.row += 1
