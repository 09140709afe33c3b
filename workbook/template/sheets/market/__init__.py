"""Market: the market for computing, its vendors, tokens, systems and a megawatt."""

from __future__ import annotations

from workbook.template.layout import HEAD_ROWS, Book
from workbook.template.rows import has, line_head
from workbook.template.sheets.market import layers, megawatt, shares, systems, tokens, workloads
from workbook.template.sheets.market.on_the_right import LAST, WIDTHS

#: Sections in reading order, each with its subject and its heading; they know what they need.
SECTIONS = (
    (layers, "layers", "Layers of the market: who sells in each, and at what margin"),
    (workloads, "training and inference", "Training and inference by year"),
    (shares, "shares", "Shares of inference, and what they are worth"),
    (megawatt, "a megawatt of capacity",
     "A megawatt at the contract's own price: margin, value, and how fragile they are"),
    (systems, "systems", "Systems: cost along a learning curve, and the volume that pays"),
    (tokens, "tokens", "Tokens: what a million costs, year by year, and what speed earns"),
)  # fmt: skip


def write(book: Book) -> None:
    """Write the sheet, if the case has the inputs of at least one section."""
    written = [each for each in SECTIONS if has(book, each[0].NEEDED)]
    if not written:
        return
    subjects = ", ".join(subject for _, subject, _ in written)
    page = book.page(
        "Market", " and ".join(subjects.rsplit(", ", 1)), WIDTHS, freeze=f"E{HEAD_ROWS + 1}"
    )
    line_head(page, LAST)
    for module, _, heading in written:
        page.section(heading, LAST)
        module.section(page, book)
    page.finish(LAST)
