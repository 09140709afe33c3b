"""Economics of a megawatt: margin, value, break-even and sensitivity."""

from __future__ import annotations

from model.compute.assumptions import Assumptions
from model.compute.infrastructure import MegawattMargin
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import FIRST, scalar
from workbook.template.sheets.market import assumptions


def section(page: Page, book: Book) -> None:
    """Write a megawatt's earnings, value and sensitivity."""
    if "contracts.megawatt_years" in book.areas:
        price = scalar(
            page, "USD m", "Revenue per MW-year implied by the RPO, an upper bound",
            f"=Opening_balance/{book.areas['contracts.megawatt_years']}", form=styles.PRICE,
        )  # fmt: skip
        book.count("Revenue a MW-year", price)
    page.row += 1
    assumptions.write(page, book)
    block = page.result("Megawatt_margin", "INFRA_MARGIN(Megawatt_assumptions)")
    profit, margin = block.total("amount"), block.total("share")
    revenue, *costs = (block.cell(label, "amount") for label in MegawattMargin.labels)
    value = scalar(page, "USD m", "Net present value of a MW", "=INFRA_VALUE(Megawatt_assumptions)",
                   form=styles.PRICE)  # fmt: skip
    even = scalar(page, "fraction", "Break-even utilisation for gross profit",
                   "=INFRA_BREAK_EVEN(Megawatt_assumptions)")  # fmt: skip
    even_value = scalar(page, "fraction", "Break-even utilisation for net present value",
                         '=INFRA_BREAK_EVEN(Megawatt_assumptions,"value")')  # fmt: skip
    book.name("Megawatt_value", value, "Net present value of a MW, USD millions")
    page.row += 1
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
    _schedule(page, book, value)
    if any(assumptions.moves(book, name) for name in Assumptions.declared):
        _sensitivity(page, book, margin, value)


def _schedule(page: Page, book: Book, value: Area) -> None:
    """Write the cash flows of a megawatt year by year; years after its life have none."""
    years = assumptions.years_shown(book)
    # The head of the sheet is as wide as the years.
    shown = f"COLUMNS({Area(page.title, HEAD_ROWS, FIRST, 1, years).local})"
    block = page.result(
        "Megawatt_years", f'INFRA_SCHEDULE(Megawatt_assumptions,"mid",{shown})', across=years + 1
    )
    book.name("Megawatt_years", block, "Cash flows of a MW by year")
    line = block.line
    length, revenue, flow, written_off = map(
        line, ("length", "revenue", "cash_flow", "depreciation")
    )
    spent, residual = line("capital_expenditure"), line("residual")
    factor, at_end = line("discount_factor"), line("residual_factor")
    present, net = line("present_value"), line("net_present_value")
    costs = ",".join(str(line(name)) for name in ("power", "other_cost", "tax"))
    book.checks += [
        Check("Megawatt: the years lead to its value", str(net.part(0, years)), str(value)),
        Check("Megawatt: the years are its life",
              f"SUM({length})", assumptions.assumed(book, "life")),
        Check("Megawatt: cash flow is revenue less costs and tax",
              f"SUM({revenue})+SUM({costs})", f"SUM({flow})"),
        Check("Megawatt: depreciation and the residual value are the capital",
              f"-SUM({written_off})-SUM({residual})", f"SUM({spent})"),
        Check("Megawatt: present value by SUMPRODUCT",
              f"SUM({spent})+SUMPRODUCT({flow}*{factor})+SUMPRODUCT({residual}*{at_end})",
              f"SUM({present})"),
    ]  # fmt: skip


def _sensitivity(page: Page, book: Book, margin: Area, value: Area) -> None:
    """Write margin and value with one assumption at a time at its low, base and high."""
    moved = [f.header for name, f in Assumptions.declared.items() if assumptions.moves(book, name)]
    count = len(moved)
    block = page.result(
        "Megawatt_sensitivity", "INFRA_SENSITIVITY(Megawatt_assumptions)", rows=count, named=moved
    )
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
