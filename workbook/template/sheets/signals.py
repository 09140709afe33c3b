"""Signals: the investor's checklist and the growth-liquidity score, on the workbook's results."""

from __future__ import annotations

from collections.abc import Mapping

from openpyxl.styles import Alignment

from model.signals.scoring import AXES
from workbook.tables import key
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import is_text, place_of
from workbook.template.sheets.dcf.lines import base_revenue, forecast_line, value_line

LABEL = 2
#: To the right of the observations, because its last columns are sentences.
CHECKLIST = 11
LAST = 16
#: Height of a row of sentences, in points: four lines.
SENTENCE = 53


def write(book: Book) -> None:
    """Write the sheet, if the case has observations or measures."""
    tables = book.case.tables
    if "observations" not in tables and "measures" not in tables:
        return
    page = book.page(
        "Signals",
        "signals for an investor",
        [2, 25, *[11.5] * 3, *[9.5] * 4, 2, 20, 13.5, 11, 29, 29, 44],
        freeze=f"C{HEAD_ROWS + 1}",
        label=LABEL,
    )
    for column in range(1, LAST + 1):
        page.put(HEAD_ROWS, column, "Line" if column == LABEL else None, "head_left")
    if "observations" in tables:
        page.section("Observations, typed or the workbook's own, and the checklist on them", LAST)
        top = page.row
        observed = _linked(page, book, "observations", _observed(book))
        below, page.row = page.row, top
        _checklist(page, book, observed)
        page.row = max(page.row, below)
    if "measures" in tables:
        page.section("Measures, typed or the workbook's own", LAST)
        measured = _linked(page, book, "measures", _measured(book))
        page.section("Growth against liquidity, each from 0 to 100", LAST)
        _score(page, book, measured)
    page.finish(LAST)


def _linked(page: Page, book: Book, table_key: str, live: Mapping[str, str]) -> Area:
    """Repeat a table of Inputs, using the workbook's results where no Value is typed."""
    table, case = book.areas[f"tables.{table_key}"], book.case.tables[table_key]
    headers = list(case.columns)
    top = page.row
    for j, header in enumerate(headers):
        page.put(top, LABEL + j, header, "head_left" if j == 0 else "head")
    for i, row in enumerate(case.rows.values(), 1):
        name = key(str(row.values[0]))
        page.put(top + i, LABEL, f"={table.part(i, 0)}", "link_text")
        for j, header in enumerate(headers[1:], 1):
            typed = table.part(i, j)
            # A link to an empty cell would give zero, and zero is an observation.
            instead = live.get(name, '""') if header == "Value" else '""'
            page.put(
                top + i, LABEL + j, f'=IF({typed}="",{instead},{typed})', "link", styles.SHARES
            )
    page.row = top + table.rows + 1
    return Area(page.title, top, LABEL, table.rows, len(headers))


def _observed(book: Book) -> dict[str, str]:
    live = {"market_value": str(book.areas["market_value"]), "revenue": base_revenue(book)}
    if "Speed_premium" in book.areas:
        premium = book.block("Speed_premium")
        price, speed = premium.column_of("price_multiple"), premium.column_of("speed_multiple")
        # Against the most expensive slower offer; without one, nothing is observed.
        slower = f"({speed}>1)"
        live["price_premium"] = (
            f'IF(SUMPRODUCT({slower}*1)=0,"",1/SUMPRODUCT(MAX({slower}/{price})))'
        )
    return live


def _measured(book: Book) -> dict[str, str]:
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


def _checklist(page: Page, book: Book, observed: Area) -> None:
    block = page.result("Checklist", f"SIGNAL_CHECKLIST({observed.local})", column=CHECKLIST)
    # Rows high enough for the longest sentences.
    for row in range(1, block.rows):
        page.heights[block.row + row] = SENTENCE
        for j in (3, 4, 5):
            cell = page.sheet.cell(block.row + row, block.column + j)
            cell.alignment = Alignment(
                horizontal="left", vertical="center", wrap_text=True, indent=2
            )
    book.name("Checklist", block, "Investor's checklist, with its verdict")
    states = block.column_of("state")
    address = states.local.replace("$", "")
    page.fill_where(address, is_text(f"${address.partition(':')[0]}", '"on"'), styles.FAIL_FILL)
    book.checks.append(
        Check(
            "Signals: the verdict is the first signal that is on",
            f"""IFERROR({place_of('"on"', str(states))},0)""",
            str(block.total("precedence")),
        )
    )


def _score(page: Page, book: Book, measured: Area) -> None:
    count = measured.rows - 1
    block = page.result(
        "Growth_liquidity",
        f"SIGNAL_GROWTH_LIQUIDITY({measured.local})",
        column=LABEL,
        rows=count,
    )
    # The axes' scores have no value of their own, and the quadrant has no number.
    book.recount(block.part(1, 5, count + 2, 3))
    book.count("Measures", block.part(1, 2, count, 3))
    book.name("Growth_liquidity", block, "Score of growth and of liquidity, with their parts")
    axis, value, zero, full, weight, score = map(
        block.column_of, ("axis", "value", "zero", "full", "weight", "score")
    )
    share = f"({value}-{zero})/({full}-{zero})"
    inside = f"(({share})>0)*(({share})<1)"
    for name in AXES:
        label = f"{name.capitalize()} score"
        on_axis = is_text(str(axis), f'"{name}"')
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
