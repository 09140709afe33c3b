"""What is observed and measured: typed on Inputs, or the workbook's own results."""

from __future__ import annotations

from collections.abc import Mapping

from model.signals.observations import OBSERVATIONS
from model.signals.scoring import MEASURES
from workbook.tables import key
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.layout import Book, Page
from workbook.template.rows import column_of, spaced
from workbook.template.sheets.dcf.lines import base_revenue, forecast_line, value_line
from workbook.template.sheets.inputs import lines
from workbook.template.sheets.inputs.lines import note_of
from workbook.template.sheets.signals.lines import LABEL, REASON, SOURCE, wrap


def form_of(name: str) -> str:
    """Return the number format of an observation or a measure."""
    known = {**OBSERVATIONS, **MEASURES}.get(name)
    unit = known.unit if known else "number"
    return styles.WHOLE_MONEY if unit == "USD m" else styles.FORMATS[unit]


def linked(page: Page, book: Book, table_key: str, instead: Mapping[str, str]) -> Area:
    """Repeat a table of Inputs, using the workbook's results where no Value is typed.

    The results stand below it, by name, because rows of the table may be sorted.
    """
    table, case = book.areas[f"tables.{table_key}"], book.case.tables[table_key]
    headers = list(case.columns)
    top = page.row
    names = [key(str(row.values[0])) for row in case.rows.values()]
    page.row = top + table.rows
    results = _results(page, {name: instead[name] for name in names if name in instead})
    below = page.row
    for j, header in enumerate(headers):
        page.put(top, LABEL + j, header, "head_left" if j == 0 else "head")
    for i, name in enumerate(names, 1):
        page.row = top + i
        page.put(page.row, LABEL, f"={table.part(i, 0)}", "link_text")
        for j, header in enumerate(headers[1:], 1):
            typed = table.part(i, j)
            # A link to an empty cell would give zero, and zero is an observation.
            own = _own(results, table.part(i, 0)) if header == "Value" and results else '""'
            form = styles.PERCENT if header == "Weight" else form_of(name)
            page.put(page.row, LABEL + j, f'=IF({typed}="",{own},{typed})', "link", form)
    page.row = below
    return Area(page.title, top, LABEL, table.rows, len(headers))


def _results(page: Page, formulas: Mapping[str, str]) -> Area | None:
    """List the workbook's own results; without any, nothing."""
    if not formulas:
        return None
    page.row += 1
    top = page.row
    for j, text in enumerate(("The workbook's own", "Value")):
        page.put(top, LABEL + j, text, "head" if j else "head_left")
    for name, formula in formulas.items():
        page.row += 1
        page.put(page.row, LABEL, name.replace("_", " "), "label")
        page.put(page.row, LABEL + 1, f"={formula}", "link", form_of(name))
    page.row += 2
    return Area(page.title, top + 1, LABEL, len(formulas), 2)


def _own(results: Area, name: Area) -> str:
    """Give the workbook's result of a name, as a formula; an empty text if it has none."""
    names, values = (results.part(0, j, results.rows).local for j in (0, 1))
    place = f"MATCH({spaced(str(name))},{names},0)"
    return f'IF(ISNA({place}),"",INDEX({values},{place}))'


def give_reasons(page: Page, book: Book, table_key: str, top: int, first: int = REASON) -> None:
    """Write the reason and the source of each row of a table of Inputs, below their heads.

    A reason begins in the first column that the table leaves free, if that is stated.
    """
    table, rows = book.areas[f"tables.{table_key}"], book.case.tables[table_key].rows.values()
    reasons_head(page, top, first)
    for i, row in enumerate(rows, 1):
        page.row = top + i
        origin = f"{book.case.sources[row.source].title} ({row.quality})"
        reasons(page, book, table.row + i, row.note, origin, first)


def reasons_head(page: Page, row: int, first: int = REASON) -> None:
    """Write the heads of the reasons and sources."""
    for column in range(first, SOURCE + 1):
        text = {first: "Why", SOURCE: "Source"}.get(column)
        page.put(row, column, text, "note_head")


def reasons(page: Page, book: Book, row: int, note: str, source: str, first: int = REASON) -> None:
    """Link to the reason and the source of a row of Inputs, and make the row high enough."""
    heights = []
    for column, last, kind, text in (
        (first, REASON, lines.WHY, note), (SOURCE, SOURCE, lines.SOURCE, source),
    ):  # fmt: skip
        if text:
            page.put(page.row, column, f"={note_of(book, kind, row)}", "link_note")
            if last > column:
                page.merge(page.row, column, last)
            wrap(page, page.row, column, indent=1)
            page.fit(text, column, last - column + 1)
            heights.append(page.heights[page.row])
    page.heights[page.row] = max(heights, default=15.0)


def live(book: Book) -> dict[str, str]:
    """Give the workbook's results for observations without a typed Value, as formulas."""
    revenue = base_revenue(book)
    found = {"market_value": str(book.areas["market_value"]), "revenue": revenue}
    if book.case.rpo is not None:
        found["rpo_cover"] = f'IF({revenue}=0,"",{book.areas["rpo.opening.amount"]}/{revenue})'
    if "Speed_premium" in book.areas:
        premium = book.block("Speed_premium")
        price, speed = premium.column_of("price_multiple"), premium.column_of("speed_multiple")
        # Against the most expensive slower offer; without one, nothing is observed.
        slower = f"({speed}>1)"
        found["price_premium"] = (
            f'IF(SUMPRODUCT({slower}*1)=0,"",1/SUMPRODUCT(MAX({slower}/{price})))'
        )
    elif margin := _typed(book, "gross_margin"):
        # Of each dollar of price, one less the margin is cost.
        found["price_premium"] = f'IF({margin}="","",IF({margin}=1,"",1/(1-{margin})))'
    return found


def _typed(book: Book, name: str) -> str:
    """Find the Value of an observation on Inputs, if the case lists it."""
    table = book.case.tables["observations"]
    if name not in (key(str(row.values[0])) for row in table.rows.values()):
        return ""
    names = column_of(book, "observations", next(iter(table.columns)))
    # A name may be written with a blank or an underscore.
    spaced_out, joined = (f'MATCH("{n}",{names},0)' for n in (name.replace("_", " "), name))
    return f"INDEX({column_of(book, 'observations', 'Value')},IFERROR({spaced_out},{joined}))"


def measured(book: Book) -> dict[str, str]:
    """Give the workbook's results for measures without a typed Value, as formulas."""

    def line(name: str, year: int = 0) -> str:
        return str(forecast_line(book, name).part(0, year))

    following = min(1, len(book.years) - 1)
    cash = f"({value_line(book, 'cash')}+{value_line(book, 'offer_proceeds')})"
    revenue, flow = line("revenue"), line("free_cash_flow")
    every, debt = forecast_line(book, "free_cash_flow"), value_line(book, "debt")
    return {
        "revenue_growth": line("revenue_growth"),
        "rpo_coverage": _share(line("contracted_revenue", following), line("revenue", following)),
        # Plant is built after the first year, which therefore understates the cash burn.
        "cash_runway": f"SIGNAL_RUNWAY({cash},MIN({every}))",
        "net_cash": f"({cash}-{debt})/{book.areas['market_value']}",
        "free_cash_flow_margin": _share(flow, revenue),
    }


def _share(part: str, revenue: str) -> str:
    """Give a share of revenue; without revenue all of it, or none."""
    return f"IF({revenue}=0,SIGN({part}),{part}/{revenue})"
