"""Layers of the market by their vendors."""

from __future__ import annotations

from workbook.template import styles
from workbook.template.area import Area
from workbook.template.labels import quoted
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import column_of, has, scalar
from workbook.template.sheets.dcf.lines import base_revenue
from workbook.template.sheets.market.on_the_right import RIGHT, heads, on_the_right, put_row

NEEDED = ("tables.layer_vendors",)
HEADERS = ("Vendor", "Layer", "Revenue", "Gross margin")
LEADER = ("scalars.leader_sales", "scalars.leader_data_centre")
FORMS = ("@", styles.WHOLE_MONEY, styles.PERCENT)


def section(page: Page, book: Book) -> None:
    """Write each layer's size, margin and concentration, and the vendors next to them."""
    top = page.row
    vendor, kind = (column_of(book, "layer_vendors", header) for header in HEADERS[:2])
    count = vendor.rows
    vendors = Area(page.title, top, RIGHT, 1 + count, len(HEADERS))
    with on_the_right(page, top):
        heads(page, HEADERS, words=2)
        for i in range(count):
            figures = [f"={_figure(book, i, header)}" for header in HEADERS[2:]]
            put_row(page, f"={vendor.part(i, 0)}", [f"={kind.part(i, 0)}", *figures], FORMS)
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
        Check("Layers: they include every vendor's revenue", f"SUM({revenue})", f"SUM({sizes})"),
        Check("Layers: their gross profit is the vendors'",
              f"SUMPRODUCT({revenue}*{vendors.part(1, 3, count)})",
              "+".join(f"IF(ISNUMBER({part}),{size}*{part},0)" for i in range(different)
                       for size, part in [(sizes.part(i, 0), margins.part(i, 0))])),
    ]  # fmt: skip
    page.row = max(page.row, below)


def _figure(book: Book, place: int, header: str) -> str:
    """Give a vendor's figure: typed, or that of the peer of the same name."""
    stated, peers = (book.case.tables.get(key) for key in ("layer_vendors", "peers"))
    name = column_of(book, "layer_vendors", "Vendor").part(place, 0)
    found = ""
    if peers is not None and header in peers.columns:
        figures, names = (column_of(book, "peers", each) for each in (header, "Company"))
        peer = f"INDEX({figures},MATCH({name},{names},0))"
        # A link to an empty cell would give zero.
        found = f'IF({peer}="","",{peer})'
        if stated is not None and header not in stated.columns:
            return found
    typed = column_of(book, "layer_vendors", header).part(place, 0)
    return f'IF({typed}="",{found or quoted("")},{typed})'
