"""Checks: what fails, key results by native formulas, missing numbers, and rows of Inputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from model.case.tables import TABLES
from workbook.package.cells import cells
from workbook.status import ANSWER, STATUS, TARGET, as_built
from workbook.template import diagnosis, styles
from workbook.template.area import Area
from workbook.template.diagnosis import Call
from workbook.template.growing import growing
from workbook.template.labels import NOTHING_SHOWN
from workbook.template.layout import Book, Check, Page
from workbook.template.sheets.inputs.scenario import TYPED
from workbook.template.sheets.securities import typed

NUMBER, LABEL, VALUE, EXPECTED, DIFFERENCE, TOLERANCE, RESULT = 1, 3, 4, 5, 6, 7, 8
#: Rows of the section on what fails.
FAILURES = 2
#: Cells per check.
MOST = 200
#: Labels of the count of a block's numbers, and of the rows of a table on Inputs.
COUNTED = "every cell is a number"
BUILT_FOR = "the rows that the workbook was built for"
ROOM = "the rows that the other sheets have room for"
ABOVE = "no row in use was inserted above the first one"


def write(page: Page, book: Book, failures: int) -> None:
    """Write one row for each check requested by the other sheets, and what fails above them."""
    _totals(book)
    numbers = [
        Check(f"{label}: {COUNTED}", f"{_cells_in_use(book, area)}-COUNT({area})", "0", 0.0)
        for label, area in book.numbers
    ]
    # What inputs follow from comes first; the cost of capital follows from inputs itself.
    feeding = {sheet: rows for sheet, rows in book.feeding.items() if sheet != "DCF"}

    def feeds(call: Call) -> bool:
        first, last = feeding.get(call.at.sheet, (1, 0))
        return first <= call.at.row <= last

    calls = sorted(diagnosis.calls(book), key=lambda call: not feeds(call))
    numbers += _single_results(book, calls)
    tables = _tables(book)
    page.section("Checks: key results, recalculated by native formulas", RESULT)
    heads = {
        NUMBER: "No.", LABEL: "Check", VALUE: "Value", EXPECTED: "Expected",
        DIFFERENCE: "Difference", TOLERANCE: "Tolerance", RESULT: "Result",
    }  # fmt: skip
    for column in range(1, RESULT + 1):
        page.put(page.row, column, heads.get(column), "head" if column >= VALUE else "head_left")
    page.row += 1
    first = page.row
    for number, check in enumerate(book.checks, 1):
        _row(page, number, check)
    page.section("Blocks of results without a number in every cell", RESULT)
    lost = Area(page.title, page.row, VALUE, len(numbers))
    for number, check in enumerate(numbers, len(book.checks) + 1):
        _row(page, number, check)
    page.section("Tables on Inputs: for more rows or fewer, build the workbook again", RESULT)
    rows = Area(page.title, page.row, RESULT, len(tables))
    for number, check in enumerate(tables, len(book.checks) + len(numbers) + 1):
        _row(page, number, check)
    results = Area(page.title, first, RESULT, page.row - first)
    page.fill_where(results.local.replace("$", ""), f'$H{first}="FAIL"', styles.FAIL_FILL)
    page.section("Calls of functions, each after those that it depends on", RESULT)
    wrong = diagnosis.write(page, book, calls).local
    count = len(book.checks) + len(numbers) + len(tables)
    passed = f'COUNTIF({results.local},"OK")'
    place = f'MATCH("FAIL",{results.local},0)'
    labels = Area(page.title, first, LABEL, results.rows)
    added = (
        f'IF(COUNTIF({rows.local},"OK")={len(tables)},"",'
        '"; rows of Inputs were added or cleared: build the workbook again")'
    )
    missing = (
        f'IF(SUM({lost.local})=0,"","; results are missing: recalculate everything, by '
        'Ctrl+Alt+F9 in Excel or Ctrl+Shift+F9 in Calc")'
    )
    named = f'IF({added}&{missing}="","; the first: "&INDEX({labels.local},{place}),"")'
    verdict = (
        f'IF({passed}={count},"All {count} checks pass",IF({wrong}<>"","FAIL: "&{wrong}'
        f'&SUBSTITUTE({added},";"," Also,"),"FAIL: "&({count}-{passed})'
        f'&" of {count} checks"&{added}&{missing}&{named}))'
    )
    unanswered = (
        f'IF(SUM({lost.local})=0,"{as_built(book.built)}","FAIL: Offtake does not answer, so '
        f'"&SUM({lost.local})&" results are lost; close without saving, or install Offtake")'
    )
    failing = f"ADDRESS(ROW({results.part(0, 0).local})-1+{place},{LABEL},4)"
    at = f'LEFT({wrong},FIND(": ",{wrong})-1)'
    look = f'IF({wrong}<>"",{at},"{page.title}!"&IFERROR({failing},"A1"))'
    page.put(*STATUS, f"=IF(ISNUMBER({ANSWER}),{verdict},{unanswered})", "check")
    # A sheet with a space in its name is quoted.
    spaced = f"""IF(ISNUMBER(FIND(" ",{look})),"'"&SUBSTITUTE({look},"!","'!"),{look})"""
    page.put(*TARGET, f'="#"&{spaced}', "check", NOTHING_SHOWN)
    first_failing = f'=IF({passed}={count},"None",INDEX({labels.local},{place}))'
    page.put(failures, LABEL, f"Checks that fail, of {count}", "label")
    page.put(failures, VALUE, f"={count}-{passed}", "calc", styles.COUNT)
    page.put(failures + 1, LABEL, "The first of them", "label")
    page.put(failures + 1, VALUE, first_failing, "calc_text")


def _cells_in_use(book: Book, area: Area) -> str:
    """Count the cells of a result, as a formula, without rows that have no name."""
    found = f"ROWS({area})*COLUMNS({area})"
    for block in book.growing:
        if block.contains(area):
            cells = book.workbook[area.sheet]._cells
            shown = block.column - ((block.row, block.column - 1) in cells)
            names = Area(area.sheet, area.row, shown, area.rows)
            return f"{found}-COUNTBLANK({names})*COLUMNS({area})"
    return found


def _single_results(book: Book, calls: list[Call]) -> list[Check]:
    """Check function results in single cells: a number or, as part of a formula, no error."""
    checks = []
    for sheet in book.workbook:
        counted = {
            place
            for _, area in book.numbers
            if area.sheet == sheet.title
            for place in cells(area.local.replace("$", ""))
        }
        single = [
            call
            for call in calls
            if call.at.sheet == sheet.title
            and not call.array
            and (call.at.row, call.at.column) not in counted
        ]
        numbers = [str(call.at) for call in single if call.number]
        parts = [f"ISERROR({call.at})" for call in single if not call.number]
        checks += [
            *_in_lots(f"{sheet.title}, single results", COUNTED, numbers, "{1}-COUNT({0})", ","),
            *_in_lots(f"{sheet.title}, single results", "none is an error", parts, "0+{0}", "+"),
        ]
    return checks


def _in_lots(where: str, label: str, cells: list[str], formula: str, sign: str) -> Iterator[Check]:
    """Make checks of many cells: functions take 255 arguments, and formulas 8,192 characters."""
    for first in range(0, len(cells), MOST):
        some = cells[first : first + MOST]
        name = f"{where} from {first + 1} on: {label}" if first else f"{where}: {label}"
        yield Check(name, formula.format(sign.join(some), len(some)), "0", 0.0)


def _totals(book: Book) -> None:
    """Check the case's totals by native formulas."""
    for name, total in book.case.totals.items():
        parts = "".join(
            f"{'-' if p.startswith('-') else '+'}{typed(book, p.removeprefix('-'))}"
            for p in total.parts
        )
        book.checks.append(
            Check(
                f"Inputs: {name.replace('_', ' ')} adds up",
                parts.removeprefix("+"),
                typed(book, total.total),
                total.tolerance,
            )
        )


def _tables(book: Book) -> list[Check]:
    """Count the rows of each table on Inputs, and entries right below it.

    The other sheets have as many rows as a table had when they were written, blank ones included if
    it grows.
    """
    case = book.case
    names: dict[str, list[Any]] = {}
    if TYPED in book.areas:
        # The drivers in the scenario chosen follow row by row.
        names[TYPED] = [*range(1, book.areas[TYPED].rows)]
    for key, table in case.tables.items():
        if not TABLES[key].grows:
            names[key.capitalize()] = [row.values[0] for row in table.rows.values()]
    rooms = [
        Check(
            f"{_spoken(name)}: {ROOM}",
            f'SUMPRODUCT(({rows}<>"")*(ROW({rows})-ROW({rows.part(-1, 0)})>{rows.rows}))'
            f'+({rows.part(rows.rows, 0)}<>"")',
            "0",
            0.0,
        )
        for name in growing(case)
        for rows in [book.areas[name].part(1, 0, book.areas[name].rows - 1)]
    ]
    # Formulas without the header begin with the row that was the first one.
    above = [
        Check(
            f"{_spoken(name)}: {ABOVE}",
            f'SUMPRODUCT(({rows}<>"")*1)',
            f'1+SUMPRODUCT(({rows.part(1, 0, rows.rows - 1)}<>"")*1)',
            0.0,
        )
        for name in growing(case)
        for rows in [book.areas[name].part(0, 0, book.areas[name].rows)]
    ]
    return (
        rooms
        + above
        + [
            Check(
                f"{_spoken(name)}: {BUILT_FOR}",
                f'SUMPRODUCT(({book.areas[name].part(1, 0, book.areas[name].rows)}<>"")*1)',
                str(sum(cell != "" for cell in first)),
                0.0,
            )
            for name, first in names.items()
        ]
    )


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _row(page: Page, number: int, check: Check) -> None:
    row = page.row
    page.put(row, NUMBER, number, "unit", styles.COUNT)
    page.put(row, LABEL, check.label, "label")
    page.put(row, VALUE, f"={check.value}", "link", styles.SHARES)
    origin = "calc" if check.expected.isdigit() else "link"
    page.put(row, EXPECTED, f"={check.expected}", origin, styles.SHARES)
    page.put(row, DIFFERENCE, f"=D{row}-E{row}", "calc", styles.DIFFERENCE)
    page.put(row, TOLERANCE, check.tolerance, "fixed", styles.DIFFERENCE)
    # An error or text in either number is a failure, not an error in the check.
    page.put(
        row,
        RESULT,
        f'=IF(ISNUMBER(F{row}),IF(ABS(F{row})<=G{row}*MAX(1,ABS(E{row})),"OK","FAIL"),"FAIL")',
        "calc",
    )
    page.row += 1
