"""The head of every sheet: the master check, the value, and the links above them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from workbook.status import CHECKS, FRONT, LINK, SCENARIO, SEE, STATUS, SUMMARY, TARGET
from workbook.template import printing, styles
from workbook.template.area import Area

if TYPE_CHECKING:
    from workbook.template.layout import Page

#: What every sheet says below its title.
UNITS = "USD millions and millions of shares unless a unit says otherwise"


def complete(page: Page, columns: int) -> None:
    """Show the master check and the value, coloured by what they say, and put the links in."""
    for place in (STATUS, SUMMARY) if page.title != CHECKS else ():
        page.put(*place, f"={Area(CHECKS, *place)}", "check")
    _link_to_fault(page)
    if page.title != FRONT:
        _link_back(page, columns)
    shown = f"A3:{get_column_letter(min(columns, 6))}3"
    for text, fill in (
        ("All", styles.PASS_FILL),
        ("Values", styles.NOTE_FILL),
        ("FAIL", styles.FAIL_FILL),
    ):
        page.fill_where(shown, f'LEFT($A$3,{len(text)})="{text}"', fill)
    shown = shown.replace("3", "4")
    named = f'LEFT($A$4,{len(SCENARIO)})="{SCENARIO}"'
    page.fill_where(shown, named, styles.FAIL_FILL)
    for text, fill in ((SEE, styles.NOTE_FILL), ("no warnings", styles.PASS_FILL)):
        page.fill_where(shown, f'ISNUMBER(SEARCH("{text}",$A$4))', fill)


def _link_to_fault(page: Page) -> None:
    """Put a link above the master check, to the input at fault or to the failing check."""
    line, target = Area(CHECKS, *STATUS), Area(CHECKS, *TARGET)
    place = f'"Go to "&SUBSTITUTE({target},"#","")'
    text = f'IF(LEFT({line},LEN("FAIL"))="FAIL",{place},"{UNITS}")'
    page.put(*LINK, f"=HYPERLINK({target},{text})", "check_link")
    found = Font(color=styles.BLUE, underline="single", bold=True)
    rule = FormulaRule(formula=['LEFT($A$3,4)="FAIL"'], font=found)  # type: ignore[no-untyped-call]
    page.sheet.conditional_formatting.add("A2", rule)


def _link_back(page: Page, columns: int) -> None:
    """Put a link to the first sheet after the title, where that leaves room for it."""
    title = page.sheet.cell(1, 1)
    column = 2
    while column < columns and page.heights[1] < printing.height(
        str(title.value), page.width(1, column - 1), title.font
    ):
        column += 1
    page.link(1, column, f"Back to {FRONT}", place=f"'{FRONT}'!A1")
    page.merge(1, column, min(column + 1, columns))
