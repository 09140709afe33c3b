"""Is all that lies between the bottom-up forecast of operations and the DCF shown?

The oracle is plain arithmetic on the case's own figures: streams, costs, plant, working capital
and tax, year by year and without an array.
"""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from model.case.case import load
from model.valuation import value
from workbook import template

WHOLE = load("cerebras")
YEARS = 3  # Those of the streams.
LABEL = 3
Lines = dict[str, list[Any]]


@pytest.fixture(scope="module")
def page() -> Lines:
    """Give the sheet's lines by their labels; of a label that comes again, the last one."""
    book = openpyxl.load_workbook(io.BytesIO(template.build(WHOLE)), data_only=True)
    return {
        str(row[LABEL]): list(row[LABEL + 1 : LABEL + 1 + YEARS])
        for row in book["Operations"].iter_rows(values_only=True)
    }


def rows(key: str) -> list[dict[str, Any]]:
    table = WHOLE.tables[key]
    return [dict(zip(table.columns, row.values, strict=True)) for row in table.rows.values()]


def figure(name: str) -> Any:
    return WHOLE.scalars[name].value


def bottom_up() -> dict[str, list[float]]:
    """Forecast the years of the streams in a loop."""
    lines: dict[str, list[float]] = {k: [] for k in ("revenue", "income", "tax", "plant", "free")}
    losses = WHOLE.drivers["loss_carryforward"].value
    core = value(WHOLE).forecast
    additions = [row["Added"] for row in rows("plant_additions")]
    deposits = WHOLE.balance_sheet["customer_deposits"].value
    deposits += WHOLE.balance_sheet["deferred_revenue"].value
    opening = -deposits
    for item in rows("working_items"):
        opening += item["Opening"] * (1 if item["Kind"] == "asset" else -1)
    for t in range(1, YEARS + 1):
        revenue = income = 0.0
        for stream in rows("revenue_streams"):
            sales = stream["Revenue"] * (1 + stream["Growth"]) ** t
            target = stream["Margin"] if stream["Target margin"] == "" else stream["Target margin"]
            revenue += sales
            income += sales * (stream["Margin"] + (target - stream["Margin"]) * t / YEARS)
        for cost in rows("cost_lines"):
            share = cost["Share"] + (cost["Target share"] - cost["Share"]) * t / YEARS
            income -= share * revenue
        income += rows("pass_through_costs")[t - 1]["Cost"] * figure("pass_through_markup")
        used = min(losses, WHOLE.drivers["loss_limit"].value * max(income, 0.0))
        tax = WHOLE.drivers["tax_rate"].value * (max(income, 0.0) - used)
        losses += max(-income, 0.0) - used

        def spent(year: int) -> float:
            fallen = (1 - figure("plant_cost_decline")) ** (year - 1)
            return additions[year - 1] * figure("plant_unit_cost") * fallen

        life = figure("plant_life")
        written_off = figure("plant_opening") / life + spent(t) / life / 2
        written_off += sum(spent(year) / life for year in range(1, t))
        held = deposits * (1 - sum(additions[:t]) / sum(additions))
        closing = -held
        for item in rows("working_items"):
            part = item["Days"] / 365 if item["Days"] != "" else item["Share"]
            sign = 1 if item["Kind"] == "asset" else -1
            closing += sign * part * float(core.revenue[t - 1])
        flow = income - tax - spent(t) + written_off - (closing - opening)
        opening = closing
        for name, amount in zip(
            lines, (revenue, income, tax, spent(t) - written_off, flow), strict=True
        ):
            lines[name].append(amount)
    return lines


def test_the_bottom_up_lines_are_those_by_hand(page: Lines) -> None:
    by_hand = bottom_up()
    assert page["Core revenue, bottom up"] == pytest.approx(by_hand["revenue"], rel=1e-12)
    assert page["Operating income, bottom up"] == pytest.approx(by_hand["income"], rel=1e-11)
    assert page["Free cash flow, bottom up"] == pytest.approx(by_hand["free"], rel=1e-11)


def test_every_difference_is_named_in_full(page: Lines) -> None:
    by_hand, dcf = bottom_up(), value(WHOLE).forecast
    income = [ours - theirs for ours, theirs in zip(
        by_hand["income"], dcf.operating_income, strict=False)]  # fmt: skip
    parts = ("from revenue, at the DCF's margin", "from margin, on bottom-up revenue",
             "from the mark-up, not in the DCF")  # fmt: skip
    named = [sum(year) for year in zip(*(page[p] for p in parts), strict=True)]
    assert named == pytest.approx(income, rel=1e-10)
    flow = [ours - theirs for ours, theirs in zip(
        by_hand["free"], dcf.free_cash_flow, strict=False)]  # fmt: skip
    parts = ("from operating income", "from tax", "from plant and working capital",
             "from deposits, a claim in the DCF")  # fmt: skip
    named = [sum(year) for year in zip(*(page[p] for p in parts), strict=True)]
    assert named == pytest.approx(flow, rel=1e-10)
    assert page["Difference"] == pytest.approx(flow, rel=1e-10)
