"""Does the sheet Comparables show what the peers imply, on three pages, for every company?

Oracles: the functions, called with the case that is read back; `numpy.polyfit` and the price per
share for a regression that is used; the page ends in the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from calc_comparison import built, every_case
from cases import stated
from looked_at import cached, looked_at

from model.case.case import load, parse
from model.comparables.verdict import comps_verdict
from model.dilution.shares import price_per_share
from model.valuation import value
from workbook import template
from workbook.check.report import report
from workbook.template.rows import FIRST, LABEL
from workbook.template.sheets.comparables.football_field import OWN

TITLE = "Comparables"
Cells = Mapping[tuple[int, int], Any]


def cells(file: Any) -> Cells:
    return cached(file)[TITLE]


def rows_of(of: Cells, label: str) -> list[int]:
    return sorted({row for (row, column), held in of.items()
                   if column in (LABEL - 1, LABEL) and held == label})  # fmt: skip


def across(of: Cells, row: int, count: int) -> list[Any]:
    return [of.get((row, FIRST + i)) for i in range(count)]


@every_case
def test_the_sheet_has_at_most_three_pages(name: str) -> None:
    sheet = looked_at(built(name))[TITLE]
    assert len(sheet.row_breaks.brk) <= 2
    assert sheet.page_setup.scale >= 60


@every_case
def test_the_verdict_is_that_of_the_function(name: str) -> None:
    case, of = load(name), cells(built(name))
    growth = float(value(case).forecast.revenue_growth[0])
    found = comps_verdict(case.table("peers"), growth)
    for multiple, verdict in zip(found.multiple, found.verdict, strict=True):
        assert verdict in [of.get((row, FIRST)) for row in rows_of(of, multiple)]
        # None of the five has companies enough, and none is in the football field.
        assert verdict.startswith("Not used: ")
        assert rows_of(of, f"Comparables: {multiple}, regression") == []


@every_case
def test_the_football_field_holds_this_model(name: str) -> None:
    here, of = value(load(name)).value_per_share, cells(built(name))
    labels = {held for (_, column), held in of.items() if column == LABEL - 1}
    own = [label for label in labels if isinstance(label, str) and label.startswith("This model: ")]
    assert len(own) >= 2
    for label in own:
        for row in rows_of(of, label):
            low, middle, high = across(of, row, 3)
            assert middle == pytest.approx(max(0, here), rel=1e-9)
            assert 0 <= low <= middle <= high


def test_a_sheet_that_is_left_out_leaves_out_its_range() -> None:
    tree = stated(load("supermicro"))
    for key in ("grids", "ranges", "value_ranges", "exit_multiples", "share_sales"):
        del tree["tables"][key]
    package = template.build(parse(tree))
    assert report(package).faults == []
    of = cells(package)
    assert rows_of(of, OWN["values.choices"])
    assert not any(str(held).startswith("This model: cost") for held in of.values())


@pytest.fixture(scope="module")
def many() -> tuple[Any, Any]:
    """Return a company with twelve peers on a line, but for some noise."""
    generator = np.random.default_rng(5)
    growth = generator.uniform(0.2, 1.2, 12)
    multiples = 0.4 + 0.6 * growth + 0.02 * generator.normal(size=12)
    tree = stated(load("supermicro"))
    origin = {k: tree["tables"]["peers"][k] for k in ("source", "quality") if
              k in tree["tables"]["peers"]}  # fmt: skip
    kept_row = next(r for r in tree["tables"]["peers"].values() if isinstance(r, dict))
    common = {k: kept_row[k] for k in ("source", "quality", "as_of", "known") if k in kept_row}
    tree["tables"]["peers"] = origin | {
        f"peer_{i}": common | {"company": f"Peer {i}", "revenue": 100.0, "ev": 100 * m, "growth": g}
        for i, (m, g) in enumerate(zip(multiples.tolist(), growth.tolist(), strict=True))
    }
    case = parse(tree)
    return case, template.build(case)


def test_a_regression_that_deserves_it_is_in_the_football_field(many: tuple[Any, Any]) -> None:
    case, package = many
    assert report(package).faults == []
    of, made, peers = cells(package), value(case), case.table("peers")
    growth = float(made.forecast.revenue_growth[0])
    found = comps_verdict(peers, growth)
    assert found.verdict[0].startswith("Used: 12 companies leave 10 degrees of freedom")
    slope, constant = np.polyfit(peers.growth, peers.multiple("EV/Revenue"), 1)
    predicted, error = constant + slope * growth, float(found.standard_error[0])
    assert found.predicted[0] == pytest.approx(predicted)
    claims = float(made.result.enterprise_value - made.result.equity_value)
    sales = case.scalars["comparable_revenue"].value
    expected = [
        float(price_per_share(multiple * sales - claims, made.business.securities, "treasury"))
        for multiple in (predicted - error, predicted, predicted + error)
    ]
    for row in rows_of(of, "Comparables: EV/Revenue, regression"):
        assert across(of, row, 3) == pytest.approx(expected, rel=1e-9)
