"""What the price requires, the signals and the warnings."""

from __future__ import annotations

from model.signals.checklist import NAMES
from workbook.status import CHECKS
from workbook.template import printing, styles
from workbook.template.area import ref
from workbook.template.layout import Book
from workbook.template.sheets.dashboard.panels import GAP, Half
from workbook.template.sheets.price_requires import ascending, rows_of

#: Warnings that are named; how many there are is in the head of every sheet.
NAMED = 7


def scenarios(half: Half, book: Book) -> bool:
    """Write the value per share in each scenario, whichever is chosen, and the weighted one."""
    if "scenarios.names" not in book.areas:
        return False
    half.head("Scenarios")
    half.heads("USD a share", "Weight", "Value", "vs price")
    names, weights, values = (
        book.areas[f"scenarios.{name}"] for name in ("names", "weights", "values")
    )
    price = book.areas["Share_price"]
    forms = [styles.PERCENT, styles.PRICE, styles.PERCENT]
    for i in range(names.columns):
        value = values.part(0, i)
        cells = [str(weights.part(0, i)), str(value), f"{value}/{price}-1"]
        half.line(f"={names.part(0, i)}", cells, forms)
    mean = values.part(0, names.columns)
    cells = [f"SUM({weights})", str(mean), f"{mean}/{price}-1"]
    half.line("Weighted by likelihood", cells, forms, strong=True)
    return True


def requires(half: Half, book: Book) -> bool:
    """Write what the share price requires of one input at a time."""
    path, _ = book.case.share_price
    half.head("What the price requires, one input at a time")
    half.heads("Input", "This model", "At the price")
    at = 1 + ascending(book).index(path)
    for row in rows_of(book.case):
        required = book.block(f"Required {row.handle}").line("required")
        cells = [str(required.part(0, place)) for place in (0, at)]
        half.line(row.label, cells, [row.form] * 2)
    return True


def signals(half: Half, book: Book) -> bool:
    """Write the verdict of the signals and the state of each."""
    if "Checklist" not in book.areas:
        return False
    half.head("Signals")
    half.heads("Signal", "State")
    block = book.block("Checklist")
    for i in range(len(NAMES)):
        names, states = block.column_of("signal"), block.column_of("state")
        half.line(f"={names.part(i, 0)}", [str(states.part(i, 0))], ["@"])
    half.page.put(half.row, half.column, "Verdict", "total_text")
    close = f'IF({block.total("close")}&""="",""," (close)")'
    half.words(f"={block.total('state')}&{close}", "result_text", 1)
    # As long as it is in words where every condition is read.
    half.page.heights[half.row] = 3 * printing.ROW
    half.words(f"={block.total('decided_by')}", "link_note")
    return True


def warnings(half: Half, book: Book) -> bool:
    """Name the first warnings."""
    half.head("Warnings")
    labels, numbers = book.areas["warnings.labels"], book.areas["warnings.numbers"]
    top = half.row
    for _ in range(NAMED):
        place = f"ROWS({ref(top, GAP)}:{ref(half.row, GAP).replace('$', '')})"
        half.words(f'=IFERROR(INDEX({labels},MATCH({place},{numbers},0)),"")', "link_text")
    half.page.link(half.row, half.column, "All measures and checks", place=f"'{CHECKS}'!A1")
    half.row += 1
    return True
