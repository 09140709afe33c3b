"""Operations, last part: the bottom-up forecast and the DCF, line by line.

The DCF uses its drivers, and the sheet uses streams, costs and capacity. Their differences are
explained here for each year of the streams, in parts that sum to the total.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from model.valuation import value
from workbook.template.area import Area
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import put_line
from workbook.template.sheets.dcf.lines import forecast_line
from workbook.template.sheets.operations.lines import here, there

#: The case's tables required for a bottom-up free cash flow.
NEEDED = (
    "revenue_streams",
    "cost_lines",
    "pass_through_costs",
    "plant_additions",
    "working_items",
)


class _Lines:
    """Lines of formulas over the years of the streams, on this sheet and from the DCF."""

    def __init__(self, page: Page, book: Book, years: int) -> None:
        self.page, self.book, self.years = page, book, years

    def dcf(self, name: str) -> Callable[[int], str]:
        """Give the DCF's cell of a year."""
        area = forecast_line(self.book, name)
        return lambda i: there(area.part(0, i))

    def put(self, label: str, formula: Callable[[int], str], style: str = "calc") -> Area:
        """Write a line whose formula is given for each year."""
        formulas = [f"={formula(i)}" for i in range(self.years)]
        return put_line(self.page, "USD m", label, formulas, style=style)

    def against(self, label: str, ours: Callable[[int], str], name: str) -> tuple[Area, Area]:
        """Write a line, the DCF's line, and the difference; return the first and the last."""
        made = self.put(f"{label}, bottom up", ours)
        linked = self.put(f"{label} in the DCF", self.dcf(name), "link")
        return made, self.put("Difference", lambda i: f"{cell(made, i)}-{cell(linked, i)}")

    def adds_up(self, name: str, parts: list[Area], whole: Area) -> None:
        """Check that the parts of a difference sum to it in every year."""
        total = "+".join(str(part) for part in parts)
        self.book.checks.append(
            Check(f"Operations: the parts of the difference of {name} sum to it in every year",
                  f"SUMPRODUCT(({total}-{whole})^2)", "0", 1e-9)
        )  # fmt: skip
        self.page.row += 1


def cell(area: Area, year: int) -> str:
    """Address of a year's cell that moves with the formula."""
    return here(area.part(0, year))


def write(page: Page, book: Book) -> None:
    """Write revenue, operating income and free cash flow against the DCF's, with differences."""
    costs, passed = book.block("Cost_forecast"), book.block("Passed_through")
    income, margin = costs.line("operating_income"), costs.line("operating_margin")
    core, markup = passed.line("core_revenue"), passed.line("income")
    lines = _Lines(page, book, income.columns)
    their_margin = lines.dcf("operating_margin")

    revenue, more_revenue = lines.against("Core revenue", lambda i: cell(core, i), "revenue")
    page.row += 1
    earned, more_income = lines.against(
        "Operating income", lambda i: f"{cell(income, i)}+{cell(markup, i)}", "operating_income"
    )
    parts = [
        lines.put("from revenue, at the DCF's margin",
                  lambda i: f"{cell(more_revenue, i)}*{their_margin(i)}"),
        lines.put("from margin, on bottom-up revenue",
                  lambda i: f"{cell(revenue, i)}*({cell(margin, i)}-{their_margin(i)})"),
        lines.put("from the mark-up, not in the DCF", lambda i: cell(markup, i)),
    ]  # fmt: skip
    lines.adds_up("operating income", parts, more_income)

    tax = _tax(page, book, earned)
    plant, working = book.block("Plant"), book.block("Working_capital_forecast")
    spent, written_off = plant.line("capital_expenditure"), plant.line("depreciation")
    received, released, change = map(
        working.line, ("deposits_received", "deposits_released", "change")
    )
    flow, more_flow = lines.against(
        "Free cash flow",
        lambda i: (
            f"{cell(earned, i)}-{cell(tax, i)}-{cell(spent, i)}+{cell(written_off, i)}"
            f"-{cell(change, i)}"
        ),
        "free_cash_flow",
    )
    parts = [
        lines.put("from operating income", lambda i: cell(more_income, i)),
        lines.put("from tax", lambda i: f"{lines.dcf('tax')(i)}-{cell(tax, i)}"),
        lines.put("from plant and working capital",
                  lambda i: f"{lines.dcf('reinvestment')(i)}-{cell(spent, i)}"
                  f"+{cell(written_off, i)}-({cell(change, i)}-{cell(released, i)}"
                  f"+{cell(received, i)})"),
        lines.put("from deposits, a claim in the DCF",
                  lambda i: f"{cell(received, i)}-{cell(released, i)}"),
    ]  # fmt: skip
    lines.adds_up("free cash flow", parts, more_flow)
    whole = (
        f"SUM({area.part(0, 0, 1, lines.years)})" for area in (earned, tax, spent, written_off)
    )
    book.checks.append(
        Check("Operations: free cash flow is income less tax, plant and working capital",
              "{}-{}-{}+{}".format(*whole)
              + f"-SUM({change.part(0, 0, 1, lines.years)})", f"SUM({flow})")
    )  # fmt: skip


NO_CAPITAL = (
    "Nothing that has a meaning: falling revenue frees more capital in the DCF than there is."
)


def capital_lasts(book: Book) -> bool:
    """Tell whether the DCF's operations have capital in every year, from the case's inputs."""
    if "plant_opening" not in book.case.scalars:
        return False
    table = book.case.tables["working_items"]
    kind, opening = (list(table.columns).index(header) for header in ("Kind", "Opening"))
    items = (
        (1 if row.values[kind] == "asset" else -1) * float(str(row.values[opening]))
        for row in table.rows.values()
    )
    capital = book.case.scalars["plant_opening"].number + sum(items)
    added = np.cumsum(value(book.case).forecast.reinvestment[:-1])
    return bool(capital > 0 and (capital + added > 0).all())


def spread(page: Page, book: Book) -> None:
    """Write the DCF's return on operating capital over its cost."""
    working = book.block("Working_capital_forecast")
    capital = put_line(
        page, "USD m", "Plant and working capital, no deposits",
        [f"={book.areas['scalars.plant_opening']}+{cell(working.line('net_opening'), 0)}"
         f"+{cell(working.line('deposits_opening'), 0)}"],
    )  # fmt: skip
    page.row += 1
    nopat, rate, added = (forecast_line(book, name) for name in ("nopat", "wacc", "reinvestment"))
    block = page.result(
        "Economic_profit",
        f"DCF_ECONOMIC_PROFIT({capital.local},{nopat},{rate},{added})",
        across=nopat.columns,
    )
    book.name("Economic_profit", block, "Economic profit of the DCF's operations")
    opening, closing = block.line("opening_capital"), block.line("closing_capital")
    roic, over, profit = (block.line(name) for name in ("roic", "spread", "economic_profit"))
    factor, created = block.line("discount_factor"), block.line("value_created")
    last = nopat.columns - 1
    book.checks += [
        Check("Economic profit: the spread on the capital of each year",
              f"SUMPRODUCT({over}*{opening})", f"SUM({profit})"),
        Check("Economic profit: returns on capital are the profit after tax",
              f"SUMPRODUCT({roic}*{opening})", f"SUM({nopat})"),
        Check("Economic profit: value created and capital are worth the cash flow and the capital",
              # Flows at the ends of whole years, so that the two can be distinguished.
              f"SUMPRODUCT(({nopat}-{added})*{factor})"
              f"+{closing.part(0, last)}*{factor.part(0, last)}",
              f"{capital}+{created.part(0, last)}"),
    ]  # fmt: skip


def _tax(page: Page, book: Book, earned: Area) -> Area:
    """Write tax on this income, by the DCF's rates and the losses brought forward."""
    opening, limit = (str(book.areas[f"drivers.loss_{n}"]) for n in ("carryforward", "limit"))
    rates = forecast_line(book, "tax_rate").part(0, 0, 1, earned.columns)
    block = page.result(
        "Operations_tax",
        f"DCF_TAX_LOSSES({earned.local},{rates},{opening},{limit})",
        across=earned.columns,
    )
    book.name("Operations_tax", block, "Tax on the operating income of Operations")
    added, used, closing = (block.line(f"loss_{n}") for n in ("added", "used", "closing"))
    tax = block.line("tax")
    book.checks += [
        Check("Operations: tax losses close with what was added less what was used",
              f"{opening}+SUM({added})-SUM({used})", str(closing.part(0, earned.columns - 1))),
        Check("Operations: tax is the rate on income after losses",
              f"SUMPRODUCT({rates}*(({earned}>0)*{earned}-{used}))", f"SUM({tax})"),
    ]  # fmt: skip
    return tax
