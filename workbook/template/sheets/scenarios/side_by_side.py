"""The scenarios side by side, their weighted value, and the drivers of the difference."""

from __future__ import annotations

from typing import NamedTuple

from model.uncertainty.scenarios import ALL, INTERACTION, WEIGHTED, ScenarioChanges
from workbook.template import charts, styles
from workbook.template.area import Area
from workbook.template.blocks import Block
from workbook.template.labels import NOTHING_SHOWN, quoted
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import (
    FIRST,
    LABEL,
    UNIT,
    column_of,
    each,
    heads,
    is_text,
    place_of,
    put_line,
)
from workbook.template.sheets.dcf.lines import base_of, value_line
from workbook.template.sheets.inputs.lines import WHY, note_of
from workbook.template.sheets.inputs.scenario import KEY, PATH, TYPED
from workbook.template.sheets.scenarios.lines import (
    LABELS,
    MOVED,
    STEP,
    TITLE,
    form_of,
    last_arguments,
    note,
)

#: Columns next to the function's result: the row of *Inputs*, what is changed, and why.
AT, CHANGED, REASON = 2, FIRST + 4, FIRST + 5
#: What a path is shown as, next to changes that are one number.
BY_YEAR = "by year"
HOW = (
    "Calculated from the drivers as typed, whichever scenario is chosen on Inputs. One change at "
    "a time, all else as in Base; the interaction is what a scenario's changes do together beyond "
    "the sum of the single ones, so that the parts add up to the difference."
)


class Change(NamedTuple):
    """A row of Scenarios: the scenario, what is changed, and its place in the table."""

    scenario: str
    label: str
    input: str
    place: int


def write(page: Page, book: Book) -> None:
    """Write the scenarios, of a case that states them."""
    if KEY not in book.case.tables:
        return
    changes = _changes(book)
    names = list(dict.fromkeys(change.scenario for change in changes))
    # A change of several scenarios has one row, with the label of the first.
    first = {change.label.casefold(): change for change in reversed(changes) if change.input}
    labels = [change for change in changes if first.get(change.label.casefold()) is change]
    page.section("Scenarios: value per share, and what makes the difference (USD)", STEP)
    note(page, HOW)
    top = page.row
    # A head, the weights, the value and what follows from it; a head, the parts, and their sum.
    page.row += 9 + len(labels)
    changing = [name for name in names if any(c.input for c in changes if c.scenario == name)]
    chart = page.leave(charts.high(len(labels) + 1, labels=True))
    page.section("Each change alone (USD a share)", STEP)
    block = _block(page, book, changes, names)
    end, page.row = page.row, top
    head = heads(page, "Scenario", [*(_scenario(book, changes, n) for n in names), "Weighted"],
                 [*names, "Weighted"])  # fmt: skip
    columns = head.part(0, 0, 1, len(names))
    _side_by_side(page, book, block, columns)
    differences = _differences(page, book, block, columns, labels)
    names_of = Area(TITLE, differences.row, LABEL, differences.rows)
    charts.both_ends(
        page, "Difference from Base, by change", names_of,
        [(columns.part(0, i), differences.part(0, i, differences.rows))
         for i, name in enumerate(names) if name in changing],
        STEP - LABEL + 1, "USD a share", row=chart, form=LABELS, across="Change",
    )  # fmt: skip
    page.row = end


def _changes(book: Book) -> list[Change]:
    """Return the rows of Scenarios, scenario by scenario."""
    table: ScenarioChanges = book.case.table(KEY)
    rows = [
        Change(scenario, label or name, name, place)
        for place, (scenario, name, label) in enumerate(
            zip(table.scenario, table.input, table.label, strict=True)
        )
    ]
    order = list(dict.fromkeys(table.scenario))
    return sorted(rows, key=lambda row: order.index(row.scenario))


def _scenario(book: Book, changes: list[Change], name: str) -> str:
    """Name a scenario as built if a row still has that name; if not, as its first row does now."""
    place = next(change.place for change in changes if change.scenario == name)
    column = column_of(book, KEY, "Scenario")
    return f"=IF(SUMPRODUCT(({column}={quoted(name)})*1)=0,{column.part(place, 0)},{quoted(name)})"


def _label(book: Book, change: Change) -> str:
    """Name a change as built if a row still has that name; if not, as its row does now."""
    columns = [column_of(book, KEY, header) for header in ("Label", "Input")]
    label, name = (column.part(change.place, 0) for column in columns)
    has = "+".join(f"({column}={quoted(change.label)})" for column in columns)
    return f'=IF(SUMPRODUCT({has})=0,IF({label}="",{name},{label}),{quoted(change.label)})'


def _block(page: Page, book: Book, changes: list[Change], names: list[str]) -> Block:
    """Write what the function returns, and next to it what is changed, and why."""
    rows: list[Change | str] = []
    for name in names:
        own = [change for change in changes if change.scenario == name and change.input]
        rows += [ALL, *own, *([INTERACTION] if own else [])]
    contracted, plant = last_arguments(book)
    block = page.result(
        "Scenario_values",
        f"DCF_SCENARIOS({TYPED},Securities,{contracted},Scenarios{plant})",
        rows=len(rows),
        named=[row if isinstance(row, str) else row.label for row in rows],
    )
    page.put(block.row, CHANGED, "Change", "head")
    for column in range(REASON, STEP + 1):
        page.put(block.row, column, "Why" if column == REASON else None, "note_head")
    first, change = block.part(1, -1), block.column_of("change").part(0, 0)
    scenarios = Area(TITLE, first.row, first.column, len(rows), block.columns + 1)
    # The column stays and the row moves along the rule's cells.
    each_row = f"${change.local.split('$')[1]}{change.row}"
    shown = is_text(each_row, quoted(ALL))
    page.fill_where(scenarios.local.replace("$", ""), shown, styles.RESULT_FILL)
    end = page.row
    for i, row in enumerate(rows, 1):
        page.row = block.row + i
        page.put(page.row, UNIT, "USD", "unit")
        at = '&"/"&'.join(
            block.column_of(name).part(i - 1, 0).local for name in ("scenario", "change")
        )
        _reason(page, book, at, row if isinstance(row, Change) else None)
    page.row = end
    page.put(block.row + len(rows) + 1, UNIT, "USD", "unit")
    # An interaction has no value, and a change that is refused alone neither.
    difference = block.column_of("difference")
    whole = [difference.part(i, 0) for i, row in enumerate(rows) if row == ALL]
    book.recount(*whole, block.total("weight").part(0, 0, 1, 3))
    return block


def _reason(page: Page, book: Book, own: str, change: Change | None) -> None:
    """Write what a row of the result changes, as it is typed on Inputs, and the reason.

    The row of *Inputs* is found by its scenario and label, in whatever order they are.
    """
    scenario, label, name = (column_of(book, KEY, h) for h in ("Scenario", "Label", "Input"))
    by_label, by_name = (place_of(own, f'{scenario}&"/"&{column}') for column in (label, name))
    found = f"=IFERROR({by_label},IFERROR({by_name},0))"
    at = page.put(page.row, AT, found, "link_text", NOTHING_SHOWN).local
    typed = f"INDEX({column_of(book, KEY, 'Value')},{at})"
    changed = f'IF({typed}="","{BY_YEAR}",{typed})'
    if "Option" in book.case.tables[KEY].columns:
        option = f"INDEX({column_of(book, KEY, 'Option')},{at})"
        changed = f'IF({option}="",{changed},{option})'
    form = form_of(base_of(book), change.input) if change else None
    page.put(page.row, CHANGED, f'=IF({at}=0,"",{changed})', "link", form)
    first, count = note_of(book, WHY, scenario.row), scenario.rows
    reasons = Area(first.sheet, first.row, first.column, count)
    page.put(page.row, REASON, f'=IF({at}=0,"",INDEX({reasons},{at})&"")', "link_note")
    page.merge(page.row, REASON, STEP)
    if change:
        said = [*book.case.tables[KEY].rows.values()][change.place].note
        page.fit(said, REASON, STEP - REASON + 1)


def _side_by_side(page: Page, book: Book, block: Block, names: Area) -> None:
    """Write the weight and the value of each scenario, and what they come to by weight."""
    count = names.columns
    row = Area(TITLE, page.row, FIRST, 1, count)
    found = _of_each(block, "weight", names, quoted(ALL))
    weight = put_line(page, "fraction", "Weight", [*found, f"=SUM({row.local})"])
    weight = weight.part(0, 0, 1, count)
    row = Area(TITLE, page.row, FIRST, 1, count)
    found = _of_each(block, "value", names, quoted(ALL))
    mean = f"=SUMPRODUCT({weight.local},{row.local})"
    value = put_line(page, "USD", "Value per share", [*found, mean], style="result")
    book.areas["scenarios.names"], book.areas["scenarios.weights"] = names, weight
    book.areas["scenarios.values"] = value
    book.areas["values.scenarios"] = value.part(0, 0, 1, count)
    against = [f"={cell}/{book.areas['Share_price']}-1" for cell in each(value)]
    put_line(page, "fraction", "Above or below the share price", against, style="link", form=MOVED)
    page.put(page.row, UNIT, "USD", "unit")
    page.put(page.row, LABEL, "Weighted, none below zero", "label")
    floored = f"=SUMPRODUCT({weight.local},({row.local}>0)*{row.local})"
    page.put(page.row, FIRST + count, floored, "calc", styles.PRICE)
    page.row += 1
    book.checks += [
        Check("Scenarios: weights sum to one", f"SUM({weight})", "1"),
        Check("Scenarios: the weighted value is that of the function",
              str(value.part(0, count)), str(block.total("value", WEIGHTED))),
        Check("Scenarios: the chosen one has the value per share",
              f"SUMPRODUCT(({names}={book.areas[PATH]})*{row})",
              str(value_line(book, "value_per_share")), 1e-12),
    ]  # fmt: skip


def _differences(page: Page, book: Book, block: Block, names: Area, labels: list[Change]) -> Area:
    """Write what each change does in each scenario, their interaction, and the difference."""
    count = names.columns
    for column in (UNIT, 2, 3, *range(LABEL, FIRST + count + 1)):
        text = "Difference from Base, of which" if column == LABEL else None
        page.put(page.row, column, text, "head_left")
    page.row += 1
    top = page.row
    for change in labels:
        page.put(page.row, UNIT, "USD", "unit")
        shown = page.put(page.row, LABEL, _label(book, change), "link_text")
        page.series(FIRST, _of_each(block, "difference", names, shown.local), "calc", styles.PRICE)
        page.row += 1
    found = _of_each(block, "difference", names, quoted(INTERACTION))
    put_line(page, "USD", INTERACTION, found)
    parts = Area(TITLE, top, FIRST, page.row - top, count)
    whole = [f"=SUM({parts.part(0, i, parts.rows).local})" for i in range(count)]
    total = put_line(page, "USD", "Difference from Base", whole, style="total")
    given = _of_each(block, "difference", names, quoted(ALL), on_sheet=False)
    book.checks += [
        Check(f"Scenarios: the parts of number {i + 1} add up to its difference from Base",
              str(total.part(0, i)), formula.removeprefix("="))
        for i, formula in enumerate(given)
    ]  # fmt: skip
    return parts


def _of_each(
    block: Block, column: str, names: Area, change: str, *, on_sheet: bool = True
) -> list[str]:
    """Find a number of each scenario in the function's result, by the names of its row."""
    scenarios, labels, numbers = (
        area.local if on_sheet else str(area)
        for area in map(block.column_of, ("scenario", "change", column))
    )
    heads = each(names) if on_sheet else [str(names.part(0, i)) for i in range(names.columns)]
    return [
        f"=SUMPRODUCT({is_text(scenarios, head)}*{is_text(labels, change)},{numbers})"
        for head in heads
    ]
