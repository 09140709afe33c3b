"""Does the sheet Warnings match the model, including after a change on Inputs?

Oracle: the model's own measures of the case that the changed cells make. They share no code with
the native formulas on the sheet.
"""

from __future__ import annotations

from datetime import date

import pytest
from cases import Tree, shipped, simple
from in_parts import changed
from live import Live
from working_copy import HIDDEN, WHOLE, Copy

from model.case.case import parse
from model.plausibility import MEASURES, warnings
from model.valuation import value
from workbook import template
from workbook.check.reader import read_case
from workbook.hosts.headless import evaluate
from workbook.package.cells import Value, Values, place
from workbook.package.package import Package
from workbook.status import SUMMARY
from workbook.template.sheets.checks_and_warnings.warnings import (
    LABEL,
    OUTSIDE,
    VALUE,
    VERDICT,
    WITHIN,
)

#: A number that takes a measure out of its range, and where it is typed: a figure, or a driver
#: with the year whose value it is, 0 for all.
CHANGES: dict[str, tuple[str, int | None, float]] = {
    "price_ratio": ("offer.price", None, 300.0),
    "equity_value": ("balance_sheet.borrowings", None, 40_000.0),
    "terminal_growth": ("terminal_growth", 0, 0.05),
    "spread": ("terminal_wacc", 0, 0.06),
    "final_margin": ("Cloud/operating_margin", 10, 0.95),
    "revenue_growth": ("Cloud/uncontracted_revenue", 10, 40_000.0),
}


def shown(whole: Copy, values: Values) -> dict[str, tuple[Value, Value]]:
    """Return the value and the verdict of each measure, by the label that is typed before them."""
    sheet = values["Checks and warnings"]
    labels = {measure.label: measure.key for measure in MEASURES}
    return {
        labels[cells[LABEL - 1].value]: (sheet[row, VALUE], sheet[row, VERDICT])
        for row, cells in enumerate(whole.book["Checks and warnings"].iter_rows(), 1)
        if cells[LABEL - 1].value in labels
    }


@pytest.mark.parametrize("key", [None, *CHANGES])
def test_the_sheet_measures_what_the_model_does(key: str | None, live: Live, whole: Copy) -> None:
    numbers = {}
    if key is not None:
        name, year, new = CHANGES[key]
        cell = whole.at(name) if year is None else whole.driver(name, year)
        numbers = {(cell[0], place(cell[1])): new}
    values = live.values(numbers)
    valued = value(read_case(changed(whole.built, numbers))[0])
    outside = {one.measure.key for one in warnings(valued)}
    assert key is None or key in outside
    found = shown(whole, values)
    assert set(found) == {measure.key for measure in MEASURES}
    for measure in MEASURES:
        number, verdict = found[measure.key]
        assert number == pytest.approx(measure.value(valued), rel=1e-12, abs=1e-9), measure.key
        assert verdict == (OUTSIDE if measure.key in outside else WITHIN), measure.key
    # The line at the top of every sheet counts them, next to the value and the price.
    (line,) = {values[sheet][SUMMARY] for sheet in values if sheet not in HIDDEN}
    price = WHOLE.share_price[1].number if key != "price_ratio" else 300.0
    assert isinstance(line, str)
    assert line.startswith(
        f"Value per share {valued.value_per_share:,.2f}, offer price {price:.2f}"
    )
    assert line.endswith(
        f"; {len(outside)} warning{'s' * (len(outside) > 1)}, see Checks and warnings"
    )


def test_capital_that_falling_revenue_pays_back_is_a_warning() -> None:
    """9,900 to 100 at one of capital for one of revenue frees 9,800, without segments."""
    tree = simple()
    tree["drivers"]["uncontracted_revenue"]["value"][-1] = 100
    sheet = evaluate(template.write(parse(tree)))["Checks and warnings"]
    warned = [sheet[row, VALUE] for (row, _), held in sheet.items() if held == OUTSIDE]
    assert any(number == pytest.approx(9_800, rel=1e-3) for number in warned)


def test_contracts_beyond_the_forecast_are_a_warning() -> None:
    tree = simple()
    tree["rpo"]["final_month"]["value"] = 240
    case = parse(tree)
    values = evaluate(template.write(case))
    assert case.rpo
    beyond = case.rpo.opening.amount.number - sum(value(case).contracted_revenue)
    assert beyond > 1000
    sheet = values["Checks and warnings"]
    warned = [sheet[row, VALUE] for (row, _), held in sheet.items() if held == OUTSIDE]
    assert any(number == pytest.approx(beyond, rel=1e-12) for number in warned)


def test_a_run_rate_from_which_the_schedule_falls_early_is_a_warning() -> None:
    """3.1% of 24,600 in twelve months are 63.55 a month, of which 159 is 2.5 times as much."""
    tree = simple()
    tree["rpo"]["shape"]["value"] = "anchored"
    tree["rpo"]["run_rate"] = tree["rpo"]["final_month"] | {"value": 158.875}
    sheet = evaluate(template.write(parse(tree)))["Checks and warnings"]
    warned = [sheet[row, VALUE] for (row, _), held in sheet.items() if held == OUTSIDE]
    assert any(number == pytest.approx(2.5, rel=1e-9) for number in warned)


def natively(tree: Tree) -> dict[str, tuple[Value, Value]]:
    """Return the value and the verdict of each measure on the sheet of a case."""
    package = Package.opened(template.write(parse(tree)))
    sheet, page = evaluate(package)["Checks and warnings"], package.sheets["Checks and warnings"]
    labels = {measure.label: measure.key for measure in MEASURES}
    return {
        labels[str(page.value(at))]: (sheet[at[0], VALUE], sheet[at[0], VERDICT])
        for at in page.cells
        if at[1] == LABEL and page.value(at) in labels
    }


def test_quarters_beyond_their_year_and_figures_without_a_day_are_measured_natively() -> None:
    tree = shipped()
    year = float(value(parse(tree)).forecast.revenue[0])
    public = {"as_of": date(2026, 5, 1), "known": date(2026, 5, 1)}
    for key in ("q3_guidance_low", "q3_guidance_high"):
        tree["published"][key] |= public | {"value": year}
    tree["published"]["q1_2026"] |= {"value": year - 60, "known": date(2026, 5, 1)}
    tree["sources"]["undated"] = {"title": "A page without a date"}
    tree["company"]["basis"] = "latest"
    for key, day in (("risk_free", date(2026, 5, 13)), ("beta", date(2026, 5, 14))):
        figure = tree["cost_of_capital"][key]
        figure.pop("known", None)
        figure |= {"source": "undated", "quality": "press", "as_of": day}
    found, valued = natively(tree), value(parse(tree))
    by_key = {measure.key: measure for measure in MEASURES}
    for key in ("guided_over_year", "contracts_over_year", "undated", "look_ahead"):
        number, verdict = found[key]
        assert number == pytest.approx(by_key[key].value(valued), rel=1e-9), key
        assert number > 0, key  # type: ignore[operator]
        assert verdict == OUTSIDE, key
    # One press page has no day, and one of its figures is of the day after.
    assert (found["undated"][0], found["look_ahead"][0]) == (2, 1)
    # The third quarter's guidance alone is the year, and the first quarter all but 60 of it.
    assert found["guided_over_year"][0] == pytest.approx(year - 60)


def test_the_third_quarter_is_not_the_fourth_as_well() -> None:
    """Reported quarters count once in what is left of the year; the fourth has no report."""
    tree = shipped()
    tree["company"]["valuation_date"]["value"] = date(2026, 12, 1)
    tree["published"] = {
        key: item for key, item in tree["published"].items()
        if not isinstance(item, dict) or item.get("quarter") is None
    }  # fmt: skip
    origin = {"source": "q2", "quality": "press", "line": "revenue", "year": 2026, "note": ""}
    for quarter, amount, day in ((1, 100.0, date(2026, 3, 31)), (2, 110.0, date(2026, 6, 30)),
                                 (3, 120.0, date(2026, 9, 30))):  # fmt: skip
        tree["published"][f"q{quarter}"] = origin | {
            "kind": "actual", "label": f"Quarter {quarter}", "quarter": quarter, "value": amount,
            "as_of": day, "known": date(2026, 11, 30),
        }  # fmt: skip
    year = float(value(parse(tree)).forecast.revenue[0])
    tree["published"]["guided"] = origin | {
        "kind": "guidance", "label": "Guidance", "quarter": 4, "value": year,
        "as_of": date(2026, 11, 30), "known": date(2026, 11, 30),
    }  # fmt: skip
    number, _ = natively(tree)["guided_over_year"]
    assert number == pytest.approx(100 + 110 + 120)
