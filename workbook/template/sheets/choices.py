"""Choices: the value per share under each alternative, and bridges to published views."""

from __future__ import annotations

from collections.abc import Sequence

from model import defence
from model.defence import AS_IT_IS, Change, Choice, Linked, Moved
from model.uncertainty.choices import ViewSteps
from workbook.template import charts, styles
from workbook.template.area import Area
from workbook.template.labels import quoted
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import FIRST, LABEL, UNIT, is_text, line_head
from workbook.template.sheets import securities
from workbook.template.sheets.dcf.lines import business, funding_line, value_line
from workbook.template.sheets.inputs.lines import WHY, note_of

TITLE = "Choices"
#: The columns after that of the choice.
ALTERNATIVE, VALUE, DIFFERENCE, PART, REASON = range(FIRST, FIRST + 5)
HEADERS = ("Choice", "Alternative", "Input", "Value", "Option")


def write(book: Book) -> None:
    """Write the sheet."""
    page = book.page(
        TITLE,
        "what else could have been chosen, and what it is worth",
        [11, 2, 2, 30, 50, 36, 14, 14, 62],
        freeze=f"E{HEAD_ROWS + 1}",
    )
    line_head(page, REASON)
    found = defence.choices(book.case)
    names = [(choice.name, each.name) for choice in found for each in choice.alternatives]
    page.section("Value per share under each alternative, all else unchanged (USD)", REASON)
    top = page.row
    # Written last, because the table that it reads is below everything.
    page.row += len(names) + 2
    values = Area(TITLE, top + 1, VALUE, len(names))
    charts.listed(
        page,
        "What each alternative adds to the value per share",
        values.part(0, ALTERNATIVE - VALUE, len(names)),
        values.part(0, DIFFERENCE - VALUE, len(names)),
        1,
        unit="USD",
        next_to=REASON,
        across="Alternative",
    )
    if book.case.funding:
        page.section("Value per share once new shares fill the funding gap (USD)", REASON)
        _funding(page, book)
    page.section("Why, what a sceptic says, and the case's own reasons", REASON)
    _reasons(page, book, found)
    if "view_steps" in book.case.tables:
        page.section("From this model to published views, step by step (USD)", REASON)
        _bridges(page, book)
    page.on_screen_only("what each alternative changes, calculated from Inputs", REASON)
    table = _table(page, book, found)
    end, page.row = page.row, top
    block = page.result(
        "Choices",
        f"DCF_CHOICES(Drivers,Securities,{table.local}{business(book)})",
        rows=len(names),
        named=[choice for choice, _ in names],
    )
    # A part of a value that is not above 0 is not meaningful.
    book.recount(values, block.column_of("difference"))
    _checks(book, block.column_of("alternative"), values, block.column_of("difference"))
    book.areas["values.choices"] = values
    page.row = end
    page.finish(REASON)


def _checks(book: Book, names: Area, values: Area, differences: Area) -> None:
    here = value_line(book, "value_per_share")
    book.checks += [
        Check("Choices: as in this model, every choice gives the value per share",
              f"SUMPRODUCT({is_text(str(names), quoted(AS_IT_IS))}*({values}-{here})^2)", "0",
              1e-12),
        Check("Choices: differences are from the value per share", f"SUM({differences})",
              f"SUM({values})-ROWS({values})*{here}"),
    ]  # fmt: skip
    if "Value by rating" in book.areas:
        by_rating = book.areas["Value by rating"]
        last = values.part(values.rows - by_rating.columns, 0, by_rating.columns)
        book.checks.append(
            Check("Choices: failure gives the DCF's values by rating", f"SUM({by_rating})",
                  f"SUM({last})")
        )  # fmt: skip


def _funding(page: Page, book: Book) -> None:
    """Write the value per share once the gap of each year is filled by new shares."""
    gap, time = funding_line(book, "gap"), funding_line(book, "time")
    value, shares = (value_line(book, name) for name in ("value_per_share", "diluted_shares"))
    today = f"{gap}/(1+Cost_of_equity)^{time}"
    ways = {
        "Gap filled at the share price": "Share_price",
        "Gap filled at half the share price": "Share_price/2",
        "Gap filled at this model's value": None,
    }
    for name, price in ways.items():
        issued = f"SUM({gap})/({price})"
        if price is None:
            # Shares are issued at the forward value, where there is one.
            issued = f"SUMPRODUCT({today})/IF({value}>0,{value},Share_price)"
        page.put(page.row, UNIT, "USD", "unit")
        page.put(page.row, LABEL, "Funding", "label")
        page.put(page.row, ALTERNATIVE, name, "aside")
        more = page.put(
            page.row,
            DIFFERENCE,
            f"=(SUMPRODUCT({today})-{value}*{issued})/({shares}+{issued})",
            "link",
            styles.PRICE,
        )
        page.put(page.row, VALUE, f"={value}+{more.local}", "link", styles.PRICE)
        part = f'=IF({value}>0,{more.local}/{value},"n.m.")'
        page.put(page.row, PART, part, "link", styles.PERCENT)
        page.row += 1
    page.row += 1


def _reasons(page: Page, book: Book, found: Sequence[Choice]) -> None:
    for column, text in ((LABEL, "Choice"), (ALTERNATIVE, "What this model does, and why"),
                         (VALUE, "What a sceptic says"), (DIFFERENCE, None), (PART, None),
                         (REASON, "The case's own reasons")):  # fmt: skip
        page.put(page.row, column, text, "head_left")
    page.row += 1
    for choice in found:
        page.put(page.row, LABEL, choice.name, "label")
        page.put(page.row, ALTERNATIVE, choice.why, "text")
        page.put(page.row, VALUE, choice.sceptic, "text")
        page.merge(page.row, VALUE, PART)
        if notes := [_reason(book, path) for path in choice.figures if path in book.case.figures]:
            page.put(page.row, REASON, f"=TRIM({'&'.join(notes)})", "link_note")
        _fit(page, book, choice)
        page.row += 1


def _reason(book: Book, path: str) -> str:
    """Give the reason of a figure as a sentence, without the meaning of a driver after it."""
    reason = note_of(book, WHY, book.areas[path].row)
    meaning = next((d.field.meaning for d in book.drivers if d.path == path), "")
    if not meaning:
        return f'IF({reason}="","",SUBSTITUTE({reason}&". ",".. ",". "))'
    quoted = meaning.replace('"', '""')
    return f'SUBSTITUTE({reason},"{quoted}","")&" "'


def _fit(page: Page, book: Book, choice: Choice) -> None:
    """Make the row high enough for its texts, of which one is a formula."""
    stated = [book.case.figures[path].note for path in choice.figures if path in book.case.figures]
    heights = []
    for text, column, columns in (
        (choice.why, ALTERNATIVE, 1), (choice.sceptic, VALUE, 3), (". ".join(stated), REASON, 1),
    ):  # fmt: skip
        page.fit(text, column, columns)
        heights.append(page.heights[page.row])
    page.heights[page.row] = max(heights)


def _bridges(page: Page, book: Book) -> None:
    """Write each view's steps, its published value, and what the steps leave."""
    steps: ViewSteps = book.case.table("view_steps")
    by_view: dict[str, int] = {}
    for view, _, _ in steps.groups():
        by_view[view] = by_view.get(view, 1) + 1
    block = page.result(
        "Steps",
        f"DCF_STEPS(Drivers,Securities,View_steps{business(book)})",
        rows=sum(by_view.values()),
        named=[view for view, count in by_view.items() for _ in range(count)],
    )
    values, parts = block.column_of("value_per_share"), block.column_of("contribution")
    first, views = 0, block.column_of("view")
    for view, count in by_view.items():
        # The function knows a view by its key; a reader, by its label.
        label = book.case.published[view].label.replace('"', "'")
        for i in range(first, first + count):
            cell = page.sheet.cell(views.row + i, views.column)
            cell.number_format = f';;;"{label}"'
        last = values.part(first + count - 1, 0)
        known = book.areas[f"published.{view}"]
        for text, formula, style in (
            ("Published", f"={known}", "link"),
            ("Remainder, which the steps do not explain", f"={known}-{last.local}", "link"),
        ):
            page.put(page.row, UNIT, "USD", "unit")
            page.put(page.row, LABEL, book.case.published[view].label, "label")
            page.put(page.row, ALTERNATIVE, text, "aside")
            page.put(page.row, VALUE, formula, style, styles.PRICE)
            page.row += 1
        here = value_line(book, "value_per_share")
        book.checks += [
            Check(f"Steps to {view}: they add up to the value after the last",
                  f"SUM({parts.part(first, 0, count)})", str(last)),
            Check(f"Steps to {view}: they begin with the value per share", str(here),
                  str(values.part(first, 0))),
        ]  # fmt: skip
        first += count
    page.row += 1


def _table(page: Page, book: Book, found: Sequence[Choice]) -> Area:
    """Write the table that the function takes, a row for each changed input."""
    top = page.row
    for i, header in enumerate(HEADERS):
        page.put(top, LABEL + i, header, "head" if header == "Value" else "head_left")
    page.row += 1
    for choice in found:
        for alternative in choice.alternatives:
            for change in alternative.changes or (None,):
                page.put(page.row, LABEL, choice.name, "label")
                page.put(page.row, ALTERNATIVE, alternative.name, "aside")
                if change is not None:
                    _change(page, book, change)
                page.row += 1
    return Area(TITLE, top, LABEL, page.row - top, len(HEADERS))


def _change(page: Page, book: Book, change: Change) -> None:
    """Write a changed input: its name, and its value or option."""
    column = LABEL + HEADERS.index("Input")
    if change.of:
        # Its name on Inputs, which may be typed over.
        named = Area("Inputs", book.areas[change.of].row, book.areas["driver_names"].column)
        page.put(page.row, column, f"={named}", "link_text")
    else:
        page.put(page.row, column, change.name, "aside")
    value = change.value
    if isinstance(value, Linked):
        # Where what it is taken from is cleared, nothing changes.
        cell = page.sheet.cell(page.row, column)
        blank, of = _linked(book, value.path)
        own = str(cell.value).removeprefix("=") if change.of else quoted(change.name)
        page.put(page.row, column, f'=IF({blank},"",{own})', "link_text")
    if isinstance(value, str):
        page.put(page.row, LABEL + HEADERS.index("Option"), value, "aside")
        return
    if isinstance(value, Linked):
        formula, style = f'=IF({blank},"",{of})', "link"
    elif isinstance(value, Moved):
        row, start = book.live(value.path).row, book.areas["driver_values"].column
        one = Area("Inputs", row, start)
        last = Area("Inputs", row, start + len(book.years))
        # One of the two is blank; the path of a single year is one number.
        base = f"SUM({one},{last})" if len(book.years) == 1 else f"SUM({one})"
        tenth = f"ABS(SUM({one},{last}))/10"
        every = Area("Inputs", row, start, 1, 1 + len(book.years))
        # In no year can more than all of revenue be earned.
        moved = f"+MIN({tenth},1-MAX({every}))" if value.tenths > 0 else f"-{tenth}"
        formula, style = f"={base}{moved}", "link"
    else:
        formula, style = f"={value:g}", "calc"
    page.put(page.row, LABEL + HEADERS.index("Value"), formula, style, styles.PERCENT)


def _linked(book: Book, path: str) -> tuple[str, str]:
    """Say whether a figure is blank, and give it, as formulas."""
    if path.startswith("tables."):
        return securities.is_blank(book, path), securities.typed(book, path)
    return f'{book.live(path)}=""', str(book.live(path))
