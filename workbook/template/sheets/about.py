"""About: the workbook's results, how to read it, and what it leaves out."""

from __future__ import annotations

from model.case import declared
from model.case.parts import Quality
from workbook import configuration, status
from workbook.template import styles
from workbook.template.entries import of as entry_of
from workbook.template.layout import HEAD_ROWS, Book, Page
from workbook.template.sheets.dcf.lines import value_line

LABEL, VALUE, TEXT, WIDTH = 1, 2, 3, 3
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
        "Sensitivity",
        "The value over pairs of inputs, and over the range of each, the widest first.",
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
    (
        configuration.SHEET,
        "Hidden: sets which Python is used. Unhide shows it.",
    ),
)
#: The sheet that is written after this one.
LATER = (configuration.SHEET,)
READING = (
    ("Blue on cream", "input", 1234.5, "Typed: may be changed."),
    ("Black", "calc", "=B{below}", "Calculated on this sheet."),
    ("Green", "link", "=Share_price", "Linked from another sheet."),
)
#: Limits of all workbooks.
LIMITS = (
    "Functions such as DCF_VALUE are Python code. Where they are not installed, the workbook "
    "shows the values of the day on which it was built, and the line at the top of every sheet "
    "says so. An input that is changed there turns what depends on it into #NAME?, which Undo does "
    "not bring back: close the file without saving.",
    "What a row of a table on Inputs says may be changed, a security's type too. Its rows are as "
    "many as the workbook was built for: where one is added or cleared, a check fails. Set what "
    "it counts to 0 instead, or build the workbook again from a changed case.",
    "Tax losses that are left after the forecast are given no value.",
)
UNDIVIDED = ["Cash flow between the last balance sheet and the valuation date is not counted."]
CONTRACTED = [
    "Contracted revenue begins after the balance date. Where that is later than the first year's "
    "start, uncontracted revenue must hold what the year had before it, or growth and "
    "reinvestment of the second year are too high.",
]


def write(book: Book) -> None:
    """Write the sheet."""
    worth = f"what its {'contracts' if book.case.rpo else 'shares'} are worth"
    page = book.page("About", worth, [40, 24, 78], freeze=f"A{HEAD_ROWS + 1}", portrait=True)
    page.section("The company", WIDTH)
    page.put(page.row, LABEL, f"{book.case.company.name} ({book.case.company.ticker})", "strong")
    page.put(page.row, TEXT, book.case.company.about, "text")
    page.row += 1

    page.section("The result", WIDTH)
    results: list[tuple[str, str, str, str]] = [
        ("Valuation date", "=Valuation_date", styles.DATE, ""),
        ("Value per share", f"={value_line(book, 'value_per_share')}", styles.PRICE, "USD"),
        (book.case.share_price[1].label, "=Share_price", styles.PRICE, "USD"),
        ("Equity value", f"={value_line(book, 'equity_value')}", styles.WHOLE_MONEY,
         "USD millions"),
        ("Market value at the share price, basic shares",
         f"={book.areas['Market value.basic'].part(0, 0)}",
         styles.WHOLE_MONEY, "USD millions"),
        ("Market value at the share price, diluted",
         f"={book.areas['Market value.treasury'].part(0, 0)}",
         styles.WHOLE_MONEY, "USD millions, treasury stock method"),
        *([("Remaining performance obligations", "=Opening_balance", styles.WHOLE_MONEY,
            "USD millions")] if book.case.rpo else []),
        ("Terminal value in enterprise value", f"={value_line(book, 'terminal_share')}",
         styles.PERCENT, "Above 100% where the forecast itself takes cash"),
    ]  # fmt: skip
    for label, formula, form, unit in results:
        strong = label == "Value per share"
        page.put(page.row, LABEL, label, "result_text" if strong else "label")
        page.put(page.row, VALUE, formula, "result" if strong else "link", form)
        page.put(page.row, TEXT, unit, "note")
        page.row += 1

    _qualities(page, book)

    page.section("Sheets", WIDTH)
    for title, text in SHEETS:
        if title not in book.workbook.sheetnames and title not in LATER:
            continue
        if title == configuration.SHEET:
            page.put(page.row, LABEL, title, "label")
        else:
            page.link(page.row, LABEL, title, place=f"'{title}'!A1")
        page.put(page.row, TEXT, text, "text")
        page.row += 1

    page.section("How to read it", WIDTH)
    for label, style, sample, text in READING:
        page.put(page.row, LABEL, label, "label")
        if isinstance(sample, str):
            sample = sample.format(below=page.row + 1)
        if style == "input":
            entry = entry_of(declared.FURTHER_PRICE)
            page.input(page.row, VALUE, sample, entry, styles.PRICE, path=label)
        else:
            page.put(page.row, VALUE, sample, style, styles.PRICE)
        page.put(page.row, TEXT, text, "aside")
        page.row += 1
    page.put(page.row, LABEL, "Timeline", "label")
    page.put(page.row, TEXT, "A year is in the same column on every sheet with years.", "aside")
    page.row += 1

    page.section("Limits", WIDTH)
    case = book.case
    undivided = [] if case.segments else [*UNDIVIDED, *(CONTRACTED if case.rpo else [])]
    _sentences(page, [*LIMITS, *undivided, *case.company.limits])

    page.section("Names", WIDTH)
    for column, head in ((LABEL, "Name"), (VALUE, "Where"), (TEXT, "Meaning")):
        page.put(page.row, column, head, "head_left")
    page.row += 1
    for name, (meaning, area) in book.named.items():
        page.put(page.row, LABEL, name, "label")
        page.put(page.row, VALUE, str(area).replace("$", "").replace("'", ""), "unit")
        page.put(page.row, TEXT, meaning, "text")
        page.row += 1
    page.finish(WIDTH)


def _qualities(page: Page, book: Book) -> None:
    """Count the figures by where they come from; what no source gives is an assumption."""
    page.section("What the figures rest on", WIDTH)
    quality, moving = book.areas["sources.quality"], book.areas["sources.moves_value"]
    stated = {of.quality for of in book.case.origins.values()}
    for name, label in QUALITIES.items():
        if name not in stated:
            continue
        page.put(page.row, LABEL, label, "label")
        page.put(page.row, VALUE, f'=COUNTIF({quality},"{name}")', "link", styles.COUNT)
        moves = f'COUNTIFS({quality},"{name}",{moving},"yes")'
        page.put(page.row, TEXT, f'={moves}&" of them move the value"', "calc_beside")
        page.row += 1


def _sentences(page: Page, texts: list[str]) -> None:
    """Write sentences across the sheet, each in its own row."""
    for text in texts:
        page.put(page.row, LABEL, text, "text")
        page.sheet.merge_cells(
            start_row=page.row, end_row=page.row, start_column=LABEL, end_column=TEXT
        )
        page.row += 1
