"""Growth against liquidity: the measures, their scores, and the quadrant."""

from __future__ import annotations

from model.signals.scoring import AXES
from workbook.tables import key
from workbook.template.labels import quoted
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import is_text
from workbook.template.sheets.signals.lines import LABEL, LAST, wrap
from workbook.template.sheets.signals.observed import form_of, give_reasons, linked, measured


def write(page: Page, book: Book) -> None:
    """Write the scores and, below them, the measures."""
    rows = book.case.tables["measures"].rows.values()
    page.section("Growth against liquidity, each from 0 to 100", LAST)
    quadrant = page.row
    page.row += 1
    top, page.row = page.row, page.row + len(rows) + 4
    page.on_screen_only("the measures that the scores use, typed or the workbook's own", LAST)
    table = linked(page, book, "measures", measured(book))
    end, page.row = page.row, top

    block = page.result(
        "Growth_liquidity", f"SIGNAL_GROWTH_LIQUIDITY({table.local})", rows=len(rows)
    )
    # The axes' scores have no value of their own, and the quadrant has no number.
    book.recount(block.part(1, 5, len(rows) + 2, 3))
    book.count("Measures", block.part(1, 2, len(rows), 3))
    book.name("Growth_liquidity", block, "Score of growth and of liquidity, with their parts")
    for i, row in enumerate(rows, 1):
        form = form_of(key(str(row.values[0])))
        for name in ("value", "zero", "full"):
            at = block.column_of(name)
            page.sheet.cell(block.row + i, at.column).number_format = form
    give_reasons(page, book, "measures", top)
    found = block.total("axis", "Quadrant")
    page.put(quadrant, LABEL, "Quadrant", "strong")
    page.put(quadrant, LABEL + 1, f"={found.local}", "result_text")
    page.merge(quadrant, LABEL + 1, LAST)
    page.sheet.cell(found.row, found.column).alignment = None
    wrap(page, found.row, found.column, indent=0)
    page.heights[found.row] = 53.0

    axis, value, zero, full, weight, score = map(
        block.column_of, ("axis", "value", "zero", "full", "weight", "score")
    )
    share = f"({value}-{zero})/({full}-{zero})"
    inside = f"(({share})>0)*(({share})<1)"
    for name in AXES:
        label = f"{name.capitalize()} score"
        on_axis = is_text(str(axis), quoted(name))
        book.checks += [
            Check(
                f"Signals: score of {name} from values, bounds and weights",
                f"100*SUMPRODUCT({on_axis}*{weight}*({inside}*({share})+(({share})>=1)))",
                str(block.total("score", label)),
            ),
            Check(
                f"Signals: points of {name} sum to its score",
                f"SUMPRODUCT({on_axis}*{weight}*{score})",
                str(block.total("points", label)),
            ),
        ]
    page.row = end
