"""Valuation, leverage: betas without debt and with it, and the cost of capital by debt ratio."""

from __future__ import annotations

from typing import Final, get_args

from model.case.declared import COST_OF_CAPITAL
from model.dcf.capital_cost import CapitalCost, Relevering
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import FIRST, column_of, put_line, scalar
from workbook.template.sheets.dcf.lines import forecast_line
from workbook.template.sheets.valuation.lines import each, heads, years

NEEDED = ("scalars.target_debt_ratio", "tables.capital_structures")
METHODS: Final = get_args(Relevering)
#: Names of the methods as they are told.
TOLD = {"hamada": "Hamada", "miles-ezzell": "Miles-Ezzell"}


def write(page: Page, book: Book) -> None:
    """Write the section."""
    inputs = {n: str(book.areas[f"cost_of_capital.{n}"]) for n in COST_OF_CAPITAL}
    ratio, cost = (
        column_of(book, "capital_structures", header) for header in book.case.tables[
            "capital_structures"].columns
    )  # fmt: skip
    equity = scalar(page, "USD m", "Market value of equity at the share price",
                    f"={book.areas['market_value']}", style="link")  # fmt: skip
    debt = scalar(page, "USD m", "Debt", f"={book.areas['drivers.debt']}", style="link")
    own = scalar(page, "ratio", "Debt to equity, as it is", f"={debt.local}/{equity.local}",
                 form=styles.FACTOR)  # fmt: skip
    target = scalar(page, "fraction", "Debt to capital, target", "=Target_debt_ratio", style="link")
    aim = scalar(page, "ratio", "Debt to equity, target", f"={target.local}/(1-{target.local})",
                 form=styles.FACTOR)  # fmt: skip
    paid = scalar(page, "fraction", "Cost of debt at the target",
                  f"=INDEX({cost},MATCH({target.local},{ratio},1))")  # fmt: skip
    page.row += 1
    method = heads(page, "How debt adds to the beta", METHODS)
    tax, before = inputs["tax_rate"], inputs["cost_of_debt"]
    asset = put_line(
        page, "ratio", "Beta of the operations",
        [f"={inputs['beta']}/{_levered(tax, before, own.local, m)}" for m in each(method)],
        form=styles.FACTOR,
    )  # fmt: skip
    levered = put_line(
        page, "ratio", "Beta of the equity at the target",
        [f"={b}*{_levered(tax, paid.local, aim.local, m)}"
         for b, m in zip(each(asset), each(method), strict=True)],
        form=styles.FACTOR,
    )  # fmt: skip
    equity_cost = put_line(page, "fraction", "Cost of equity at the target",
                           [_cost_of_equity(inputs, beta) for beta in each(levered)])  # fmt: skip
    capital = put_line(
        page, "fraction", "Cost of capital at the target",
        [f"=(1-{target.local})*{e}+{target.local}*{paid.local}*(1-{tax})"
         for e in each(equity_cost)],
    )  # fmt: skip
    put_line(page, "fraction", "Above that of the DCF before it fades",
             [f"={c}-Wacc" for c in each(capital)])  # fmt: skip
    book.count("Leverage", Area(page.title, asset.row, FIRST, 4, len(METHODS)))
    for i, name in enumerate(METHODS):
        # In amounts and in parts of the capital, where the lines above have debt to equity.
        then, now = (f"(1-{_saved(name, tax, str(rate))})" for rate in (before, paid))
        book.checks += [
            Check(f"Leverage: the operations carry equity and debt, {TOLD[name]}",
                  f"{inputs['beta']}*{equity}",
                  f"{asset.part(0, i)}*({equity}+{then}*{debt})"),
            Check(f"Leverage: the operations carry the target, {TOLD[name]}",
                  f"{levered.part(0, i)}*(1-{target})",
                  f"{asset.part(0, i)}*(1-{target}+{now}*{target})"),
        ]  # fmt: skip
    page.row += 1
    _along_ratios(page, book, inputs, asset, (ratio, cost))
    _by_year(page, book, inputs, (asset.part(0, 0), own, target, capital.part(0, 0)))


def _cost_of_equity(inputs: dict[str, str], beta: str) -> str:
    """As DCF_COST_OF_EQUITY has it on the sheet DCF; to ask for each beta would take its time."""
    return f"={_riskless(inputs)}+{beta}*{inputs['equity_risk_premium']}"


def _levered(tax: str, paid: str, leverage: str, method: str) -> str:
    """Beta of the equity over that of the operations, by the method that a cell names."""
    saved = f'IF({method}="miles-ezzell",{_saved("miles-ezzell", tax, paid)},{tax})'
    return f"(1+(1-{saved})*{leverage})"


def _saved(method: str, tax: str, paid: str) -> str:
    """The part of the debt whose risk the tax authority bears."""
    return f"{tax}*{paid}/(1+{paid})" if method == "miles-ezzell" else tax


def _riskless(inputs: dict[str, str]) -> str:
    """What equity earns before its beta counts."""
    return f"({inputs['risk_free']}+{inputs['size_premium']}+{inputs['country_premium']})"


def _along_ratios(
    page: Page, book: Book, inputs: dict[str, str], asset: Area, table: tuple[Area, Area]
) -> None:
    """Write the cost of capital for each ratio of the table, and its lowest."""
    tax, count = inputs["tax_rate"], table[0].rows
    ratio, paid = (
        put_line(page, "fraction", label, [f"={column.part(i, 0)}" for i in range(count)],
                 style="link")
        for label, column in zip(("Debt to capital", "Cost of debt"), table, strict=True)
    )  # fmt: skip
    found = []
    for i, name in enumerate(METHODS):
        beta = put_line(
            page, "ratio", f"Beta of the equity, {TOLD[name]}",
            [f"={asset.part(0, i).local}*(1+(1-{_saved(name, tax, p)})*{r}/(1-{r}))"
             for r, p in zip(each(ratio), each(paid), strict=True)],
        )  # fmt: skip
        equity_cost = put_line(page, "fraction", f"Cost of equity, {TOLD[name]}",
                               [_cost_of_equity(inputs, b) for b in each(beta)])  # fmt: skip
        capital = put_line(
            page, "fraction", f"Cost of capital, {TOLD[name]}",
            [f"=(1-{r})*{e}+{r}*{p}*(1-{tax})"
             for r, e, p in zip(each(ratio), each(equity_cost), each(paid), strict=True)],
        )  # fmt: skip
        book.count(
            f"Cost of capital by debt ratio, {TOLD[name]}",
            Area(page.title, beta.row, FIRST, 3, count),
        )
        found.append(capital)
        # The table of the function has its years across, and here a ratio is a year.
        row = list(CapitalCost.declared).index("wacc") + 2
        rows = (f"DCF_COST_OF_CAPITAL({asset.part(0, i)},{ratio},{_riskless(inputs)},"
                f'{inputs["equity_risk_premium"]},{paid},{tax},"{name}")')  # fmt: skip
        book.checks.append(
            Check(f"Cost of capital by debt ratio: DCF_COST_OF_CAPITAL at the last, {TOLD[name]}",
                  f"INDEX({rows},{row},{count + 1})", str(capital.part(0, count - 1)))
        )  # fmt: skip
    page.row += 1
    heads(page, "The lowest of them", [TOLD[name] for name in METHODS])
    least = put_line(page, "fraction", "Cost of capital",
                     [f"=MIN({line.local})" for line in found])  # fmt: skip
    at = put_line(
        page, "fraction", "Debt to capital",
        [f"=INDEX({ratio.local},MATCH({low},{line.local},0))"
         for low, line in zip(each(least), found, strict=True)],
    )  # fmt: skip
    for i, name in enumerate(METHODS):
        saved = _saved(name, tax, str(paid))
        book.checks += [
            Check(f"Cost of capital by debt ratio natively, {TOLD[name]}",
                  f"SUMPRODUCT((1-{ratio})*{_riskless(inputs)}+{inputs['equity_risk_premium']}"
                  f"*{asset.part(0, i)}*(1-{ratio}+(1-{saved})*{ratio})"
                  f"+{ratio}*{paid}*(1-{tax}))", f"SUM({found[i]})"),
            Check(f"Cost of capital: none is below the lowest, {TOLD[name]}",
                  f"SUMPRODUCT(({ratio}={at.part(0, i)})*{found[i]})", str(least.part(0, i))),
        ]  # fmt: skip
    page.row += 1


def _by_year(
    page: Page, book: Book, inputs: dict[str, str], given: tuple[Area, Area, Area, Area]
) -> None:
    """Write the cost of capital by year if debt goes to its target in a line."""
    asset, own, target, aimed = given
    count = len(book.years)
    year = years(page, count)
    # Debt to capital from debt to equity.
    now = f"{own.local}/(1+{own.local})"
    ratio = put_line(
        page, "fraction", "Debt to capital, in a line to the target",
        # So that the last is the target to the last digit.
        [f"={now}*(1-{y}/COLUMNS({year.local}))+{target.local}*{y}/COLUMNS({year.local})"
         for y in each(year)],
    )  # fmt: skip
    levels, costs = (
        column_of(book, "capital_structures", h)
        for h in book.case.tables["capital_structures"].columns
    )
    paid = put_line(page, "fraction", "Cost of debt",
                    [f"=INDEX({costs},MATCH({r},{levels},1))" for r in each(ratio)])  # fmt: skip
    riskless = scalar(page, "fraction", "Risk-free rate, with premia for size and country",
                      f"={_riskless(inputs)[1:-1]}")  # fmt: skip
    page.row += 1
    block = page.result(
        "Leverage_by_year",
        f"DCF_COST_OF_CAPITAL({asset.local},{ratio.local},{riskless.local},"
        f"{inputs['equity_risk_premium']},{paid.local},{inputs['tax_rate']})",
        across=count,
    )
    page.row -= 1
    book.name("Leverage_by_year", block, "Cost of capital as debt goes to its target")
    rate, factor = block.line("wacc"), block.line("discount_factor")
    dcf = forecast_line(book, "wacc")
    put_line(page, "fraction", "Above that of the DCF, which fades",
             [f"={r}-'{dcf.sheet}'!{d}" for r, d in zip(each(rate), each(dcf), strict=True)],
             )  # fmt: skip
    page.row += 1
    book.checks += [
        Check("Leverage by year: the last is that of the target", str(aimed),
              str(rate.part(0, count - 1))),
        Check("Leverage by year: factors are a running product",
              f"SUMPRODUCT({factor}*(1+{rate}))-SUM({factor})+{factor.part(0, count - 1)}", "1"),
    ]  # fmt: skip
