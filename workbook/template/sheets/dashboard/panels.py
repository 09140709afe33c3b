"""The two halves of the dashboard, and the tables in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from workbook.template.area import Area
from workbook.template.layout import Book, Page

#: A label and three numbers in each half, with a narrow column between them.
WIDTHS = (42, 12, 12, 12, 2, 42, 12, 12, 12)
LEFT, GAP, RIGHT, NUMBERS = 1, 5, 6, 3
LAST = len(WIDTHS)


@dataclass
class Half:
    """A half of the page, written from its heading down."""

    page: Page
    column: int
    row: int

    def head(self, text: str) -> None:
        """Write the heading of the half."""
        for column in range(self.column, self.column + 1 + NUMBERS):
            self.page.put(self.row, column, text if column == self.column else None, "section")
        self.row += 1

    def heads(self, label: str, *texts: str) -> None:
        """Write the column headings of a table."""
        self.page.put(self.row, self.column, label, "head_left")
        for i in range(NUMBERS):
            text = texts[i] if i < len(texts) else None
            self.page.put(self.row, self.column + 1 + i, text, "head")
        self.row += 1

    def line(
        self, label: str, formulas: Sequence[str], forms: Sequence[str], *, strong: bool = False
    ) -> Area:
        """Write a label, or a link to one, and its numbers; return their cells."""
        style = "total_text" if strong else "link_text" if label[:1] == "=" else "label"
        self.page.put(self.row, self.column, label, style)
        for i, (formula, form) in enumerate(zip(formulas, forms, strict=True), 1):
            linked = "!" in formula
            kind = ("link_total" if linked else "total") if strong else "link" if linked else "calc"
            self.page.put(self.row, self.column + i, f"={formula}", kind, form)
        self.row += 1
        return Area(self.page.title, self.row - 1, self.column + 1, 1, len(formulas))

    def words(self, text: str, style: str = "calc_text", column: int = 0) -> None:
        """Write text across the half, from one of its columns on."""
        first = self.column + column
        across(self.page, self.row, first, self.column + NUMBERS, text, style)
        self.row += 1


def across(page: Page, row: int, first: int, last: int, text: str, style: str) -> None:
    """Write text across columns of a row."""
    page.put(row, first, text, style)
    page.merge(row, first, last)


#: Writes a half with its heading, and tells whether the case has what it shows.
Panel = Callable[[Half, Book], bool]


def panels(page: Page, book: Book, *shown: Panel) -> None:
    """Write panels next to each other; one that the case lacks leaves its place to the next."""
    top, place = page.row, 0
    bottom = top
    for panel in shown:
        half = Half(page, (LEFT, RIGHT)[place], top + 1)
        if panel(half, book):
            bottom, place = max(bottom, half.row), place + 1
    if place:
        page.kept.append((top + 1, bottom - 1))
        page.row = bottom
