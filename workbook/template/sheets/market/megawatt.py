"""Economics of a megawatt: margin, value, break-even and sensitivity."""

from __future__ import annotations

from model.compute.assumptions import Assumptions
from model.compute.fragility import MegawattGrid
from model.compute.infrastructure import MegawattMargin
from workbook.template import charts, printing, styles
from workbook.template.area import Area
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import FIRST, put_line, scalar
from workbook.template.sheets.market import assumptions
from workbook.template.sheets.market.on_the_right import NARROW, RIGHT, on_the_right, put_row

NEEDED = ("tables.infrastructure",)
#: Centimetres of a row.
CENTIMETRES = printing.ROW * 2.54 / 72
#: Steps from the utilisation assumed to its low.
STEPS = 6


class MarginGrid(MegawattGrid):
    """Gross margin by utilisation and price."""

    corner = "utilisation / price"


class ValueGrid(MarginGrid):
    """The same of value."""

    unit = "USD m per MW"


def section(page: Page, book: Book) -> None:
    """Write a megawatt's earnings, value, fragility and sensitivity."""
    if "contracts.megawatt_years" in book.areas:
        price = scalar(
            page, "USD m", "Revenue per MW-year implied by the RPO, an upper bound",
            f"=Opening_balance/{book.areas['contracts.megawatt_years']}", form=styles.PRICE,
        )  # fmt: skip
        book.count("Revenue a MW-year", price)
    top = page.row
    assumptions.write(page, book)
    below, page.row = page.row, top
    page.tall_heads = True
    block = page.result("Megawatt_margin", "INFRA_MARGIN(Megawatt_assumptions)", column=RIGHT)
    page.tall_heads = False
    page.row = max(page.row, below)
    profit, margin = block.total("amount"), block.total("share")
    revenue, *costs = (block.cell(label, "amount") for label in MegawattMargin.labels)
    with on_the_right(page, page.row):
        page.row = block.row + block.rows + 1
        value, even, even_value = (
            put_row(page, label, [f"={call}"], [form]).part(0, 1)
            for label, call, form in (
                ("Net present value, USD m", "INFRA_VALUE(Megawatt_assumptions)", styles.PRICE),
                ("Break-even utilisation: margin", "INFRA_BREAK_EVEN(Megawatt_assumptions)",
                 styles.PERCENT),
                ("Break-even utilisation: value",
                 'INFRA_BREAK_EVEN(Megawatt_assumptions,"value")', styles.PERCENT),
            )
        )  # fmt: skip
    a = {name: assumptions.assumed(book, name) for name in Assumptions.declared}
    power = f"{a['power_price']}*8760*{a['pue']}/10^6"
    used = f"({a['idle_draw']}+(1-{a['idle_draw']})*{a['utilisation']})"
    cost = f"({power}*{used}+{a['other_cost']})"
    written_off = f"({a['capex']}*(1-{a['residual']})/{a['life']})"
    earned = f"{a['price']}*{a['utilisation']}"
    per_use = f"({a['price']}-{power}*(1-{a['idle_draw']}))"
    standing = f"({power}*{a['idle_draw']}+{a['other_cost']}+{written_off})"
    book.checks += [
        Check("Megawatt: gross margin from the assumptions",
              f"1-({cost}+{written_off})/({earned})", str(margin)),
        Check("Megawatt: lines sum to gross profit",
              f"{revenue}-SUM({','.join(map(str, costs))})", str(profit)),
        Check("Megawatt: break-even is fixed cost over contribution at full use",
              f"{standing}/{per_use}", str(even)),
    ]  # fmt: skip
    _value_check(book, a, cost, written_off, earned, value)
    book.checks.append(
        Check(
            "Megawatt: value is linear in utilisation and zero at break-even",
            # Through the value at the utilisation assumed and the one at break-even.
            f"({a['utilisation']}-{even_value})*{_slope(a, power)}",
            str(value),
        )
    )
    if assumptions.moves(book, "utilisation"):
        _fragility(page, book, margin, value, top)
    if any(assumptions.moves(book, name) for name in Assumptions.declared):
        _sensitivity(page, book, margin, value)


def _fragility(page: Page, book: Book, margin: Area, value: Area, top: int) -> None:
    """Write margin and value as utilisation falls to its low, at each price that is assumed.

    The chart stands between the tables, from a row on.
    """
    use, price = (assumptions.cells(book, name) for name in ("utilisation", "price"))
    own, low = use.part(0, 0).local, use.part(0, 1).local
    steps = put_line(
        page, "fraction", "Utilisation, down to its low; margin below",
        [f"={own}-({own}-{low})*(COLUMNS({Area(page.title, HEAD_ROWS, FIRST, 1, i + 1).local})-1)"
         f"/(COLUMNS({Area(page.title, HEAD_ROWS, FIRST, 1, STEPS).local})-1)"
         for i in range(STEPS)],
    )  # fmt: skip
    named = page.put(steps.row, RIGHT, "Value, USD m a MW", "label")
    count = 3 if assumptions.moves(book, "price") else 1
    prices = price.part(0, 0, 1, count)
    given = f'Megawatt_assumptions,"utilisation",{steps.local},"price",{prices.local}'
    first = page.row
    grids = {}
    for measure, column in (("margin", page.label), ("value", RIGHT)):
        page.row = first
        grids[measure] = page.result(
            f"Megawatt_{measure}_by_use", f'INFRA_GRID({given},"{measure}")',
            rows=STEPS, across=count, column=column, header=styles.PRICE,
            declared=ValueGrid if measure == "value" else MarginGrid,
        )  # fmt: skip
    value_grid = grids["value"]
    charts.bars(
        page, "Value of a megawatt by utilisation",
        [(named, value_grid.part(1, 1, STEPS))],
        value_grid.part(1, 0, STEPS), FIRST + NARROW - 1, RIGHT - FIRST - NARROW,
        across="Utilisation", row=top, height=(steps.row - top) * CENTIMETRES, form="#,##0.0",
        down=True, values=True,
    )  # fmt: skip
    for measure, base in (("margin", margin), ("value", value)):
        book.checks.append(
            Check(f"Megawatt: {measure} by utilisation begins at that assumed",
                  f"{grids[measure].part(1, 1)}", f"{base}")
        )  # fmt: skip


def _sensitivity(page: Page, book: Book, margin: Area, value: Area) -> None:
    """Write margin and value with one assumption at a time at its low, base and high."""
    moving = [f for name, f in Assumptions.declared.items() if assumptions.moves(book, name)]
    moved = [f.header for f in moving]
    count = len(moved)
    page.tall_heads = True
    block = page.result(
        "Megawatt_sensitivity", "INFRA_SENSITIVITY(Megawatt_assumptions)", rows=count, named=moved
    )
    page.tall_heads = False
    assumptions.units(page, block.row, [f.unit for f in moving])
    book.checks += [
        Check("Megawatt: the base of the sensitivity is the margin",
              f"SUM({block.column_of('margin_base')})", f"{count}*{margin}"),
        Check("Megawatt: the base of the sensitivity is the value",
              f"SUM({block.column_of('value_base')})", f"{count}*{value}"),
    ]  # fmt: skip


def _annuity(a: dict[str, str], growth: str) -> str:
    """Value of a dollar a year in mid-year over the life, natively, with a partial last year."""
    q = f"((1+{growth})/(1+{a['rate']}))"
    n, part = f"INT({a['life']})", f"({a['life']}-INT({a['life']}))"
    whole = f"IF({q}=1,{n},(1-{q}^{n})/(1-{q}))*(1+{a['rate']})^-0.5"
    return f"({whole}+{part}*{q}^{n}*(1+{a['rate']})^(-{part}/2))"


def _value_check(
    book: Book, a: dict[str, str], cost: str, written_off: str, earned: str, value: Area
) -> None:
    flat, growing = _annuity(a, "0"), _annuity(a, a["price_growth"])
    book.checks.append(
        Check(
            "Megawatt: value by annuities",
            f"(1-{a['tax_rate']})*({earned}*{growing}-{cost}*{flat})"
            f"+{a['tax_rate']}*{written_off}*{flat}-{a['capex']}"
            f"+{a['capex']}*{a['residual']}*(1+{a['rate']})^-{a['life']}",
            str(value),
        )
    )


def _slope(a: dict[str, str], power: str) -> str:
    flat, growing = _annuity(a, "0"), _annuity(a, a["price_growth"])
    return f"(1-{a['tax_rate']})*({a['price']}*{growing}-{power}*(1-{a['idle_draw']})*{flat})"
