"""Checks: key results once more by native formulas, what is no number, and rows of Inputs."""

from __future__ import annotations

from typing import Any

from workbook.status import ANSWER, STATUS, as_built
from workbook.template import styles
from workbook.template.layout import HEAD_ROWS, Area, Book, Check, Page

NUMBER, LABEL, VALUE, EXPECTED, DIFFERENCE, TOLERANCE, RESULT = 1, 3, 4, 5, 6, 7, 8
#: The cell that every sheet shows in its head.
MASTER = Area("Checks", *STATUS)
#: How the count of a block of numbers is told, and how that of the rows of a table on Inputs.
COUNTED = "every cell is a number"
BUILT_FOR = "the rows that the workbook was built for"


def write(book: Book) -> None:
    """Write the sheet: one row for each check that the other sheets have asked for."""
    page = book.page(
        "Checks",
        "checks",
        [6, 2, 68, 16, 16, 11, 10, 8],
        freeze=f"D{HEAD_ROWS + 1}",
        portrait=True,
    )
    for column, text in (
        (NUMBER, "No."), (2, None), (LABEL, "Check"), (VALUE, "Value"), (EXPECTED, "Expected"),
        (DIFFERENCE, "Difference"), (TOLERANCE, "Tolerance"), (RESULT, "Result"),
    ):  # fmt: skip
        page.put(HEAD_ROWS, column, text, "head" if column >= VALUE else "head_left")
    _totals(book)
    numbers = [
        Check(f"{told}: {COUNTED}", f"ROWS({area})*COLUMNS({area})-COUNT({area})", "0", 0.0)
        for told, area in book.numbers
    ]
    tables = _tables(book)
    first = page.row + 2
    page.section("Results once more, by native formulas", RESULT)
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
    count = len(book.checks) + len(numbers) + len(tables)
    passed = f'COUNTIF({results.local},"OK")'
    verdict = (
        f'IF({passed}={count},"All {count} checks pass","FAIL: "&({count}-{passed})'
        f'&" of {count} checks"&IF(COUNTIF({rows.local},"OK")={len(tables)},"",'
        '"; rows of Inputs were added or cleared: build the workbook again"))'
    )
    unanswered = (
        f'IF(SUM({lost.local})=0,"{as_built(book.built)}","FAIL: Offtake does not answer, so '
        f'"&SUM({lost.local})&" cells lost their values; close without saving, or install Offtake")'
    )
    page.put(*STATUS, f"=IF(ISNUMBER({ANSWER}),{verdict},{unanswered})", "check")
    page.finish(None, RESULT)


def _totals(book: Book) -> None:
    """Check natively what the case says must add up."""
    for name, total in book.case.totals.items():
        parts = "".join(
            f"-{book.areas[p.removeprefix('-')]}" if p.startswith("-") else f"+{book.areas[p]}"
            for p in total.parts
        )
        book.checks.append(
            Check(
                f"Inputs: {name.replace('_', ' ')} adds up",
                parts.removeprefix("+"),
                str(book.areas[total.total]),
                total.tolerance,
            )
        )


def _tables(book: Book) -> list[Check]:
    """Count the rows of each table on Inputs, and what is typed right below it.

    The other sheets have as many rows as a table had when they were written.
    """
    case = book.case
    names: dict[str, list[Any]] = {"Securities": [s.name for s in case.securities.values()]}
    for key, table in case.tables.items():
        names[key.capitalize()] = [row.cells[0] for row in table.rows.values()]
    return [
        Check(
            f"{name.replace('_', ' ')}: {BUILT_FOR}",
            f'SUMPRODUCT(({book.areas[name].part(1, 0, book.areas[name].rows)}<>"")*1)',
            str(sum(cell != "" for cell in first)),
            0.0,
        )
        for name, first in names.items()
    ]


def _row(page: Page, number: int, check: Check) -> None:
    row = page.row
    page.put(row, NUMBER, number, "unit", styles.COUNT)
    page.put(row, LABEL, check.told, "label")
    page.put(row, VALUE, f"={check.value}", "link", styles.SHARES)
    origin = "calc" if check.expected.isdigit() else "link"
    page.put(row, EXPECTED, f"={check.expected}", origin, styles.SHARES)
    page.put(row, DIFFERENCE, f"=D{row}-E{row}", "calc", styles.DIFFERENCE)
    page.put(row, TOLERANCE, check.tolerance, "fixed", styles.DIFFERENCE)
    # An error or a text in either number is a failure, not an error of the check.
    page.put(
        row,
        RESULT,
        f'=IF(ISNUMBER(F{row}),IF(ABS(F{row})<=G{row}*MAX(1,ABS(E{row})),"OK","FAIL"),"FAIL")',
        "calc",
    )
    page.row += 1
