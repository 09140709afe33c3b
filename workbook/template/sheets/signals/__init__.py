"""Signals: the verdict, its signals and conditions; growth against liquidity; shocks."""

from __future__ import annotations

from model.signals.checklist import FOLLOW, NAMES, SIGNALS
from model.signals.conditions import STATES
from model.signals.observations import CONDITIONS
from workbook.tables import key
from workbook.template import styles
from workbook.template.blocks import Block
from workbook.template.labels import quoted
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import is_text, place_of
from workbook.template.sheets.signals import observed, scores, shocks
from workbook.template.sheets.signals.lines import LABEL, LAST, REASON, SOURCE, wrap

TITLE = "Signals"
#: The lines above everything, by the column of the verdict that they show.
ABOVE = {
    "state": "Verdict",
    "decided_by": "Decided by",
    "missing": "Not observed",
}
#: Heights of the signals' rows that need more than two lines, in points.
HEIGHTS = {"Walk away": 28.0, "Soft warning": 28.0, FOLLOW: 65.0, "Wait": 40.0, "Verdict": 28.0}


def write(book: Book) -> None:
    """Write the sheet, if the case has observations, measures or shocks."""
    tables = book.case.tables
    if not tables.keys() & {"observations", "measures", "shocks"}:
        return
    page = book.page(
        TITLE,
        "signals for an investor",
        [2, 32, 13.5, 11, 11, 11, 13, 10.5, 9, 76, 51],
        freeze=f"C{HEAD_ROWS + 1}",
        label=LABEL,
    )
    for column in range(1, LAST + 1):
        page.put(HEAD_ROWS, column, "Line" if column == LABEL else None, "head_left")
    if "observations" in tables:
        _signals(page, book)
    if "shocks" in tables:
        shocks.write(page, book)
    if "measures" in tables:
        scores.write(page, book)
    page.finish(LAST)


def _signals(page: Page, book: Book) -> None:
    """Write the verdict, the signals, their conditions, and what is observed."""
    names = [key(str(row.values[0])) for row in book.case.tables["observations"].rows.values()]
    conditions = [c.label for c in CONDITIONS.values() if c.observation in names]
    page.section("Verdict", LAST)
    above = page.row
    page.row += len(ABOVE)
    page.section("Signals, in order of precedence", LAST)
    signals, page.row = page.row, page.row + len(NAMES) + 2
    page.section("Their conditions, and how far each is from turning", LAST)
    read, page.row = page.row, page.row + len(conditions) + 1
    page.section("Observations, typed or the workbook's own", LAST)
    top = page.row
    table = observed.linked(page, book, "observations", observed.live(book))
    end = page.row
    observed.give_reasons(page, book, "observations", top, table.column + table.columns)

    page.row = signals
    checklist = _checklist(page, book, f"SIGNAL_CHECKLIST({table.local})")
    page.row = read
    _conditions(page, book, f"SIGNAL_CONDITIONS({table.local})", conditions)
    page.row = above
    _verdict(page, checklist)
    page.row = end


def _verdict(page: Page, checklist: Block) -> None:
    """Write the verdict, and what decides it and is missing, across the sheet."""
    for column, label in ABOVE.items():
        strong = column == "state"
        page.put(page.row, LABEL, label, "strong" if strong else "label")
        style = "result_text" if strong else "calc_text"
        found = checklist.total(column).local
        text = f'IF({found}="","–",{found})'
        if strong:
            text = f'{found}&IF({checklist.total("close").local}&""="",""," (close)")'
        page.put(page.row, LABEL + 1, f"={text}", style)
        page.merge(page.row, LABEL + 1, LAST)
        wrap(page, page.row, LABEL + 1, indent=0)
        page.heights[page.row] = {"state": 18.0, "decided_by": 28.0}.get(column, 15.0)
        page.row += 1


def _checklist(page: Page, book: Book, formula: str) -> Block:
    block = page.result("Checklist", formula)
    book.recount(block.part(1, 2, len(NAMES), 4), block.total("precedence"))
    book.name("Checklist", block, "Investor's checklist, with its verdict")
    for row, name in enumerate((*NAMES, "Verdict"), 1):
        # The most that its conditions say in words.
        page.heights[block.row + row] = HEIGHTS.get(name, 15.0)
        for column in (REASON, SOURCE):
            wrap(page, block.row + row, column)
    states = block.column_of("state")
    _fill(page, states.local, {"on": styles.FAIL_FILL, "undecided": styles.NOTE_FILL})
    sides = "+".join(
        f"SUM({block.column_of(name)})" for name in ("speak_for", "speak_against", "open")
    )
    book.checks += [
        Check("Signals: the verdict is the first signal that is on",
              f"IFERROR({place_of(quoted('on'), str(states))},0)",
              str(block.total("precedence"))),
        Check("Signals: each of their conditions is for, against or not known", sides,
              str(sum(signal.reads for signal in SIGNALS))),
    ]  # fmt: skip
    return block


def _conditions(page: Page, book: Book, formula: str, labels: list[str]) -> None:
    block = page.result("Conditions", formula, rows=len(labels), named=labels)
    # What is not observed has no number.
    book.recount()
    forms = {c.label: observed.form_of(c.observation) for c in CONDITIONS.values()}
    for i, label in enumerate(labels, 1):
        for name in ("value", "compared"):
            at = block.column_of(name)
            page.sheet.cell(block.row + i, at.column).number_format = forms[label]
        wrap(page, block.row + i, block.column_of("reason").column)
    states, close = block.column_of("state"), block.column_of("close")
    _fill(page, close.local, {"close": styles.NOTE_FILL})
    _fill(page, states.local, {"not observed": styles.NOTE_FILL})
    apart = block.column_of("distance")
    value, against = (block.column_of(name) for name in ("value", "compared"))
    again = []
    for i, label in enumerate(labels):
        of, limit = value.part(i, 0), against.part(i, 0)
        far = f"{of}-{limit}" if forms[label] == styles.PERCENT else f"{of}/{limit}-1"
        again.append(f"IF(ISNUMBER({apart.part(i, 0)}),{far},0)")
    known = "+".join(is_text(str(states), quoted(state)) for state in STATES.values())
    book.checks += [
        Check("Signals: distances are those of the values from what they are compared with",
              "+".join(again), f"SUM({apart})"),
        Check("Signals: each condition holds, does not hold or is not observed",
              f"SUMPRODUCT({known})",
              str(len(labels))),
    ]  # fmt: skip


def _fill(page: Page, local: str, fills: dict[str, str]) -> None:
    """Fill the cells of a column by the text in them."""
    address = local.replace("$", "")
    first = f"${address.partition(':')[0]}"
    for text, fill in fills.items():
        page.fill_where(address, is_text(first, quoted(text)), fill)
