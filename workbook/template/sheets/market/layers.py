"""Layers of the market by their vendors."""

from __future__ import annotations

from workbook.template import styles
from workbook.template.area import Area
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import column_of, has, scalar
from workbook.template.sheets.dcf.lines import base_revenue
from workbook.template.sheets.market.beside import RIGHT, beside, heads, put_row

NEEDED = ("tables.layer_vendors",)
HEADERS = ("Vendor", "Layer", "Revenue", "Gross margin")
LEADER = ("scalars.leader_sales", "scalars.leader_data_centre")
FORMS = ("@", styles.WHOLE_MONEY, styles.PERCENT)


def section(page: Page, book: Book) -> None:
    """Write each layer's size, margin and concentration, and the vendors next to them."""
    top = page.row
    typed = [column_of(book, "layer_vendors", header) for header in HEADERS]
    count = typed[0].rows
    vendors = Area(page.title, top, RIGHT, 1 + count, len(HEADERS))
    with beside(page, top):
        heads(page, HEADERS, words=2)
        for i in range(count):
            name, layer, revenue, margin = (column.part(i, 0) for column in typed)
            put_row(page, f"={name}", [f"={layer}", f"={_revenue(book, i)}", f"={margin}"], FORMS)
    below, page.row = page.row, top
    layers = book.case.tables["layer_vendors"].rows.values()
    different = len({row.values[1] for row in layers})
    page.tall_heads = True
    block = page.result("Layers", f"MARKET_LAYERS({vendors.local})", rows=different)
    page.tall_heads = False
    # What has no meaning, such as the margin of a layer that sells nothing, is a text.
    book.recount(block.column_of("revenue"))
    sizes, margins = block.column_of("revenue"), block.column_of("gross_margin")
    found = scalar(page, "count", "Layers", f"=COUNT({sizes.local})", form=styles.COUNT)
    book.areas["market.layers"] = found
    revenue = vendors.part(1, 2, count)
    own = base_revenue(book)
    scalar(page, "fraction", "This company's revenue, of all layers",
           f"={own}/{block.total('revenue').local}")  # fmt: skip
    if has(book, LEADER):
        whole, part = (book.areas[path] for path in LEADER)
        scalar(page, "fraction", "The leader's data-centre share of sales",
               f"={part}/{whole}")  # fmt: skip
    book.checks += [
        Check("Layers: they hold every vendor's revenue", f"SUM({revenue})", f"SUM({sizes})"),
        Check("Layers: their gross profit is the vendors'",
              f"SUMPRODUCT({revenue}*{vendors.part(1, 3, count)})",
              "+".join(f"IF(ISNUMBER({part}),{size}*{part},0)" for i in range(different)
                       for size, part in [(sizes.part(i, 0), margins.part(i, 0))])),
    ]  # fmt: skip
    page.row = max(page.row, below)


def _revenue(book: Book, place: int) -> str:
    """Give a vendor's revenue: typed, or that of the peer of the same name."""
    name, _, typed, _ = (column_of(book, "layer_vendors", h).part(place, 0) for h in HEADERS)
    if not has(book, ("tables.peers",)):
        return str(typed)
    peers, revenue = (column_of(book, "peers", header) for header in ("Company", "Revenue"))
    return f'IF({typed}="",INDEX({revenue},MATCH({name},{peers},0)),{typed})'
