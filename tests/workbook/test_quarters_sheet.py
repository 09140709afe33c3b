"""Do quarters and published figures stand where they belong, with their dates, and come back?

Oracles: the case from which the workbook was built, and its valuation.
"""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import openpyxl
import pytest
from cases import Tree, shipped, simple

from model.case.case import Case, parse
from model.valuation import value
from workbook import template
from workbook.check.reader import read_case
from workbook.check.report import report
from workbook.package.cells import Values

LABEL, FIRST = 4, 5


def reporting() -> Tree:
    """Return the shipped case as if its first quarter, and guidance, had been public in time."""
    tree = shipped()
    for key in ("q1_2026", "q1_income_2026", "q1_cash_flow_2026", "q3_guidance_low",
                "q3_guidance_high"):  # fmt: skip
        tree["published"][key]["known"] = date(2026, 5, 12)
        if key.startswith("q3"):  # What is actual is of its quarter's end.
            tree["published"][key]["as_of"] = date(2026, 5, 12)
    return tree


@pytest.fixture(scope="module")
def case() -> Case:
    return parse(reporting())


@pytest.fixture(scope="module")
def package(case: Case) -> bytes:
    return template.build(case)


@pytest.fixture(scope="module")
def values(package: bytes) -> Values:
    return shown(package)


def shown(package: bytes) -> Values:
    """Return the values of all cells as the file holds them, texts too."""
    book = openpyxl.load_workbook(io.BytesIO(package), data_only=True)
    return {
        sheet.title: {(c.row, c.column): c.value for row in sheet.iter_rows() for c in row}
        for sheet in book
    }


def row_of(values: Values, sheet: str, label: str) -> int:
    return min(row for (row, column), text in values[sheet].items()
               if column == LABEL and text == label)  # fmt: skip


def across(values: Values, sheet: str, row: int, columns: int) -> list[Any]:
    return [values[sheet].get((row, FIRST + i)) for i in range(columns)]


def test_every_number_is_the_models_and_all_checks_pass(package: bytes) -> None:
    assert report(package).faults == []


@pytest.mark.parametrize("key", ["ubs_2027", "guidance_low", "consensus_2026", "margin_target"])
def test_a_years_figure_is_in_its_year_under_its_line(values: Values, case: Case, key: str) -> None:
    item = case.published[key]
    sheet = "Revenue" if item.line == "revenue" else "Costs and capital"
    years = case.forecast_years
    row = row_of(values, sheet, item.label)
    place = years.index(item.year or 0)
    expected: list[Any] = [None] * len(years)
    expected[place] = item.number
    assert across(values, sheet, row, len(years)) == expected
    ours = getattr(value(case).forecast, item.line)[place]
    apart = values[sheet][row + 1, FIRST + place]
    if item.unit == "fraction":
        assert apart == pytest.approx(ours - item.number)
    else:
        assert apart == pytest.approx(ours / item.number - 1)
    # The line itself stands above its figures.
    above = [r for (r, c), text in values[sheet].items()
             if c == LABEL and r < row and text in ("Revenue", "Operating margin")]  # fmt: skip
    line = across(values, sheet, max(above), len(years))
    assert line == pytest.approx(getattr(value(case).forecast, item.line).tolist())


@pytest.mark.parametrize(
    ("key", "sheet", "periods", "said"),
    [
        ("ubs_2027", "Revenue", 10, "public"),
        ("guidance_low", "Revenue", 10, "look-ahead"),
        ("q1_2026", "Quarters", 12, "public"),
        ("q2_2026", "Quarters", 12, "look-ahead"),
    ],
)
def test_a_figure_says_whether_it_was_public(
    values: Values, case: Case, key: str, sheet: str, periods: int, said: str
) -> None:
    item = case.published[key]
    row = row_of(values, sheet, item.label)
    as_of, known, status = (values[sheet][row, FIRST + periods + i] for i in range(3))
    assert (as_of.date(), known.date(), status) == (item.as_of, item.known, said)


def test_a_quarters_figure_is_in_its_quarter(values: Values, case: Case) -> None:
    low = case.published["q3_guidance_low"]
    found = across(values, "Quarters", row_of(values, "Quarters", low.label), 12)
    assert found == [None, None, 214.0, *[None] * 9]


def test_what_is_reported_is_the_forecasts_first_quarter(values: Values, case: Case) -> None:
    quarters = value(case).quarters
    row = row_of(values, "Quarters", "Revenue")
    assert across(values, "Quarters", row, 3)[0] == 193.4
    assert quarters.revenue[0] == 193.4
    assert quarters.free_cash_flow[0] == -119.7
    # Guidance for the third quarter is 214 to 216, and public here.
    left = across(values, "Quarters",
                  row_of(values, "Quarters", "Left of the year's forecast for its other quarters"),
                  4)  # fmt: skip
    year = value(case).forecast.revenue[0]
    assert left == pytest.approx([year - 193.4 - 215.0] * 4)


def test_the_next_eight_are_counted_from_the_valuation_date(values: Values) -> None:
    label = "The next eight, from that of the valuation date"
    found = across(values, "Quarters", row_of(values, "Quarters", label), 12)
    assert found == [0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0]


def test_a_quarter_grows_from_the_same_one_a_year_before(values: Values, case: Case) -> None:
    row = row_of(values, "Quarters", "Revenue, the same quarter a year before")
    revenue = value(case).quarters.revenue
    before = [99.51, 103.3, 136.2, 171.0, *revenue[:8]]
    assert across(values, "Quarters", row, 12) == pytest.approx(before)
    growth = across(values, "Quarters", row + 1, 12)
    assert growth == pytest.approx([r / b - 1 for r, b in zip(revenue, before, strict=True)])


def test_published_figures_come_back_from_the_workbook(package: bytes, case: Case) -> None:
    assert read_case(package)[0].published == case.published


def one_year() -> Tree:
    """Return a company with a forecast of one year, so that fewer than eight quarters are left."""
    tree = simple()
    for name, figure in tree["drivers"].items():
        if isinstance(figure, dict):
            if isinstance(figure["value"], list):
                figure["value"] = figure["value"][:1]
            elif name.endswith("_years"):
                figure["value"] = min(figure["value"], 1.0)
    tree["published"] = {
        k: p for k, p in tree["published"].items()
        if not isinstance(p, dict) or p.get("year", 2026) <= 2026
    }  # fmt: skip
    for key in ("tables", "scalars", "funding", "totals"):
        del tree[key]
    return tree


def test_a_forecast_of_one_year_has_four_quarters() -> None:
    case = parse(one_year())
    package = template.build(case)
    assert len(value(case).quarters.periods) == 4
    assert report(package).faults == []
    values = shown(package)
    label = "The next eight, from that of the valuation date"
    found = across(values, "Quarters", row_of(values, "Quarters", label), 5)
    assert found == [0, 1, 2, 3, None]
