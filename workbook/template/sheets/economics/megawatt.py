"""Economics of a megawatt: margin, value, break-even, sensitivity and a grid."""

from __future__ import annotations

import math

from model.compute.infrastructure import ASSUMPTIONS
from workbook.tables import key
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.layout import HEAD_ROWS, Book, Check, Page
from workbook.template.rows import FIRST, LABEL, UNIT, has, scalar, table_of


def section(page: Page, book: Book) -> None:
    """Write what a megawatt earns, is worth, and rests on."""
    if has(book, ("rpo.opening.amount", "scalars.contract_capacity", "scalars.contract_term")):
        price = scalar(
            page, "USD m", "Revenue a MW-year that the RPO implies, as an upper bound",
            "=INFRA_PRICE(Opening_balance,Contract_capacity,Contract_term)", form=styles.PRICE,
        )  # fmt: skip
        book.count("Revenue a MW-year", price)
    page.row += 1
    margin = page.block(
        "Megawatt_margin",
        "INFRA_MARGIN(Infrastructure)",
        6,
        3,
        column=LABEL,
        column_formats=["@", styles.PRICE, styles.PERCENT],
        strong=[5],
    )
    value = scalar(page, "USD m", "Net present value of a MW", "=INFRA_VALUE(Infrastructure)",
                   form=styles.PRICE)  # fmt: skip
    even = scalar(page, "fraction", "Utilisation at which gross profit is nil",
                   "=INFRA_BREAK_EVEN(Infrastructure)")  # fmt: skip
    even_value = scalar(page, "fraction", "Utilisation at which net present value is nil",
                         '=INFRA_BREAK_EVEN(Infrastructure,"value")')  # fmt: skip
    book.name("Megawatt_value", value, "Net present value of a MW, USD millions")
    page.row += 1
    a = {name: assumed(book, name) for name in ASSUMPTIONS}
    power = f"{a['power_price']}*8760*{a['pue']}/10^6"
    used = f"({a['idle_draw']}+(1-{a['idle_draw']})*{a['utilisation']})"
    cost = f"({power}*{used}+{a['other_cost']})"
    written_off = f"({a['capex']}*(1-{a['residual']})/{a['life']})"
    earned = f"{a['price']}*{a['utilisation']}"
    per_use = f"({a['price']}-{power}*(1-{a['idle_draw']}))"
    standing = f"({power}*{a['idle_draw']}+{a['other_cost']}+{written_off})"
    book.checks += [
        Check("Megawatt: gross margin from the assumptions",
              f"1-({cost}+{written_off})/({earned})", str(margin.part(5, 2))),
        Check("Megawatt: lines sum to gross profit",
              f"{margin.part(1, 1)}-SUM({margin.part(2, 1, 3)})", str(margin.part(5, 1))),
        Check("Megawatt: break-even is standing cost over what use earns",
              f"{standing}/{per_use}", str(even)),
    ]  # fmt: skip
    _value_check(book, a, cost, written_off, earned, value)
    book.checks.append(
        Check(
            "Megawatt: value is a line in utilisation, nil at its break-even",
            # Through the value at the utilisation assumed and the one at break-even.
            f"({a['utilisation']}-{even_value})*{_slope(a, power)}",
            str(value),
        )
    )
    _schedule(page, book, value)
    if any(_moves(book, name) for name in ASSUMPTIONS):
        _sensitivity(page, book, margin, value)
    if all(_moves(book, name) for name in ("utilisation", "life")):
        _grid(page, book, margin)


def years_shown(book: Book) -> int:
    """Years that the schedule shows: the longest life assumed, and one more than its own."""
    place = _place(book, "life")
    assert place is not None  # The functions need it.
    table = table_of(book, "infrastructure")
    lives = dict(zip(table[0], table[place], strict=True))
    own, high = (float(str(lives.get(h) or 0)) for h in ("Value", "High"))
    return max(math.ceil(own) + 1, math.ceil(high))


def _schedule(page: Page, book: Book, value: Area) -> None:
    """Write the cash flows of a megawatt year by year; years after its life have none."""
    years = years_shown(book)
    # The head of the sheet is as wide as the years.
    shown = f"COLUMNS({Area(page.title, HEAD_ROWS, FIRST, 1, years).local})"
    block = page.block(
        "Megawatt_years",
        f'INFRA_SCHEDULE(Infrastructure,"mid",{shown})',
        14,
        years + 2,
        column=LABEL,
        row_formats=[styles.PLAIN, *[styles.PRICE] * 8, *[styles.FACTOR] * 2, *[styles.PRICE] * 2],
        units=["years", *["USD m"] * 8, "ratio", "ratio", "USD m", "USD m"],
        strong=(6, 13),
    )
    book.name("Megawatt_years", block, "Cash flows of a MW by year")
    length, revenue, flow, written_off, spent, residual, factor, at_end, present, net = (
        block.body(i) for i in (1, 2, 6, 7, 8, 9, 10, 11, 12, 13)
    )
    costs = block.part(3, 1, 3, block.columns - 1)
    book.checks += [
        Check("Megawatt: the years lead to its value", str(net.part(0, years)), str(value)),
        Check("Megawatt: the years are its life", f"SUM({length})", assumed(book, "life")),
        Check("Megawatt: cash flow is revenue less costs and tax",
              f"SUM({revenue})+SUM({costs})", f"SUM({flow})"),
        Check("Megawatt: depreciation and the residual value are the capital",
              f"-SUM({written_off})-SUM({residual})", f"SUM({spent})"),
        Check("Megawatt: present value by SUMPRODUCT",
              f"SUM({spent})+SUMPRODUCT({flow}*{factor})+SUMPRODUCT({residual}*{at_end})",
              f"SUM({present})"),
    ]  # fmt: skip


def _sensitivity(page: Page, book: Book, margin: Area, value: Area) -> None:
    """Margin and value with one assumption at a time at its low, base and high."""
    count = sum(_moves(book, name) for name in ASSUMPTIONS)
    block = page.block(
        "Megawatt_sensitivity",
        "INFRA_SENSITIVITY(Infrastructure)",
        count + 1,
        10,
        column=LABEL,
        column_formats=["@", *[styles.PLAIN] * 3, *[styles.PERCENT] * 3, *[styles.PRICE] * 3],
    )
    book.checks += [
        Check("Megawatt: the base of the sensitivity is the margin",
              f"SUM({block.part(1, 5, count)})", f"{count}*{margin.part(5, 2)}"),
        Check("Megawatt: the base of the sensitivity is the value",
              f"SUM({block.part(1, 8, count)})", f"{count}*{value}"),
    ]  # fmt: skip


def _annuity(a: dict[str, str], growth: str) -> str:
    """Value of one dollar a year in mid-year over the life, natively; a last part of a year too."""
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


def _grid(page: Page, book: Book, margin: Area) -> None:
    """Margin over utilisation and life: five places each, the base in the centre."""
    steps, top = {}, page.row
    for name, label in (("utilisation", "Utilisation, down"), ("life", "Life in years, across")):
        low, base, high = (str(_cell(book, name, h)) for h in ("Low", "Value", "High"))
        places = [low, f"AVERAGE({low},{base})", base, f"AVERAGE({base},{high})", high]
        unit = "fraction" if name == "utilisation" else "years"
        page.put(page.row, UNIT, unit, "unit")
        page.put(page.row, LABEL, label, "label")
        formulas = [f"={place}" for place in places]
        steps[name] = page.series(FIRST, formulas, "link", styles.FORMATS[unit])
        page.row += 1
    page.row += 1
    grid = page.block(
        "Megawatt_grid",
        f'INFRA_GRID(Infrastructure,"utilisation",{steps["utilisation"].local},'
        f'"life",{steps["life"].local})',
        6,
        6,
        column=LABEL,
        column_formats=[styles.PERCENT] * 6,
        # The first column holds the utilisations.
        text_columns=(),
        header=styles.PLAIN,
    )
    # What stands down and across stays with the grid.
    page.kept.append((top, page.row - 2))
    book.count("Megawatt grid places", grid.part(0, 1, 1, 5))
    centre = grid.part(3, 3)
    page.sheet.cell(centre.row, centre.column).style = "result"
    page.sheet.cell(centre.row, centre.column).number_format = styles.PERCENT
    book.checks.append(
        Check("Megawatt: the centre of the grid is the margin", str(centre), str(margin.part(5, 2)))
    )


# Where the assumptions stand ------------------------------------------------------------


def _place(book: Book, name: str) -> int | None:
    names = [key(str(row[0])) for row in table_of(book, "infrastructure")]
    return names.index(name) if name in names else None


def _cell(book: Book, name: str, header: str) -> Area:
    place = _place(book, name)
    assert place is not None  # The callers have seen to it.
    column = list(book.case.tables["infrastructure"].columns).index(header)
    return book.areas["tables.infrastructure"].part(place, column)


def _moves(book: Book, name: str) -> bool:
    table, place = table_of(book, "infrastructure"), _place(book, name)
    if place is None or "Low" not in table[0]:
        return False
    return bool(table[place][table[0].index("Low")] != "")


def assumed(book: Book, name: str) -> str:
    """Return where an assumption is typed, or what stands for one that the case leaves out."""
    if _place(book, name) is not None:
        return str(_cell(book, name, "Value"))
    return "1" if name in ("pue", "idle_draw") else "0"
