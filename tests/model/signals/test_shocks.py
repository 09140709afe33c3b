"""Does a shock change what it says, and nothing else?

Oracles: the published value of Kenneth Cole at another growth; drivers that are typed as the shock
leaves them, valued without it; for the sales multiple the price of an equity value by hand, on
shares without options.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases import shipped
from hypothesis import given
from hypothesis import strategies as st

from model.case.business import valued
from model.case.case import load, parse
from model.dcf.drivers import Drivers
from model.dcf.forecast import dcf_forecast
from model.dcf.value import dcf_value
from model.dilution.securities import Securities
from model.errors import InputError
from model.signals.shocks import Shocked, Shocks, signal_shocks
from model.uncertainty.changes import Business, Relative, changed

SHARES = Securities(["Common"], ["common"], [100])
YEARS: dict[str, Any] = {
    "base_revenue": 500.0,
    "uncontracted_revenue": [600.0, 800.0, 1000.0],
    "operating_margin": [0.1, 0.2, 0.3],
    "tax_rate": 0.25,
    "sales_to_capital": 2.0,
    "wacc": 0.1,
    "years": 3,
    "terminal_growth": 0.03,
    "cash": 100.0,
}


def made(**other: Any) -> Drivers:
    return Drivers(**YEARS | other)


def shocked(*rows: tuple[str, str, float, float, float], of: Drivers | None = None) -> Shocked:
    shock, name, times, adds, value = zip(*rows, strict=True)
    return signal_shocks(
        made() if of is None else of, SHARES, Shocks(shock, name, times, adds, value)
    )


NO = float("nan")


@given(st.floats(0.5, 1.5), st.floats(-0.02, 0.05))
def test_a_shock_is_the_value_of_drivers_typed_as_it_leaves_them(times: float, adds: float) -> None:
    found = shocked(
        ("Sales", "uncontracted_revenue", times, NO, NO),
        ("Rates", "wacc", NO, adds, NO),
        ("Both", "uncontracted_revenue", times, NO, NO),
        ("Both", "wacc", NO, adds, NO),
        ("Margin", "operating_margin", NO, adds, NO),
        ("Growth", "terminal_growth", NO, NO, 0.01),
    )
    sales = [each * times for each in YEARS["uncontracted_revenue"]]
    margin = [each + adds for each in YEARS["operating_margin"]]
    expected = [
        float(dcf_value(made(**changes), SHARES).value_per_share)
        for changes in (
            {"uncontracted_revenue": sales},
            {"wacc": 0.1 + adds},
            {"uncontracted_revenue": sales, "wacc": 0.1 + adds},
            {"operating_margin": margin},
            {"terminal_growth": 0.01},
        )
    ]
    assert found.shock == ("Sales", "Rates", "Both", "Margin", "Growth")
    assert found.value_per_share == pytest.approx(expected, rel=1e-12)
    here = float(dcf_value(made(), SHARES).value_per_share)
    assert found.difference == pytest.approx(found.value_per_share - here)
    assert found.part == pytest.approx(found.difference / here)


def test_what_changes_nothing_takes_nothing() -> None:
    found = shocked(
        ("Times 1", "wacc", 1.0, NO, NO),
        ("Adds 0", "operating_margin", NO, 0.0, NO),
        ("Multiple", "sales_multiple", 1.0, NO, NO),
    )
    assert found.difference == pytest.approx([0, 0, 0], abs=1e-12)


def test_a_turn_of_sales_is_a_year_of_revenue() -> None:
    found = shocked(
        ("One turn", "sales_multiple", NO, -1.0, NO),
        ("A tenth", "Sales multiple", 0.9, NO, NO),
        ("Ten times", "sales_multiple", NO, NO, 10.0),
        ("With rates", "wacc", NO, 0.01, NO),
        ("With rates", "sales_multiple", NO, -1.0, NO),
    )
    here = dcf_value(made(), SHARES)
    revenue = float(dcf_forecast(made()).revenue[0])
    enterprise, equity = float(here.enterprise_value), float(here.equity_value)
    dearer = float(dcf_value(made(wacc=0.11), SHARES).equity_value)
    assert found.value_per_share * 100 == pytest.approx(
        [equity - revenue, equity - enterprise / 10, equity - enterprise + 10 * revenue,
         dearer - revenue]
    )  # fmt: skip


def test_a_company_without_value_has_no_part_of_it() -> None:
    found = shocked(("Rates", "wacc", NO, 0.01, NO), of=made(debt=1e6))
    assert np.isnan(found.part).all()


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (("wacc", NO, NO, NO), "shocks A, wacc must have one number in Times, Adds or Value"),
        (("wacc", 2.0, 0.1, NO), "shocks A, wacc must have one number in Times, Adds or Value"),
        (("wac", 2.0, NO, NO), r"shocks Input must be an input, not 'wac' \(did you mean 'wacc'"),
        (("terminal_roic", 2.0, NO, NO), "terminal_roic must be given to be changed by a factor"),
        (("timing", 2.0, NO, NO), "timing must be a number to be changed, not 'mid'"),
        (("Common/type", 2.0, NO, NO), "Common/type must be a number to be changed"),
        (
            ("sales_multiple", NO, NO, -1.0),
            "shocks A, sales_multiple must have a Value of at least 0, not -1",
        ),
        (("wacc", -2.0, NO, NO), "wacc must be from 0 to 1, not -0.2"),
    ],
)
def test_a_shock_that_says_nothing_is_refused(
    row: tuple[str, float, float, float], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        shocked(("A", *row))


def test_an_input_is_changed_once_by_a_shock() -> None:
    with pytest.raises(InputError, match="shocks A, WACC must be given once"):
        shocked(("A", "wacc", NO, 0.01, NO), ("a", "WACC", 2.0, NO, NO))


def test_columns_of_tables_are_changed_row_by_row() -> None:
    case = load("cerebras")
    business = valued(case, 0.1)
    later = changed(business, [("delay", Relative(adds=6)), ("capex", Relative(times=2))], "here")
    before, after = business.contracted, later.contracted
    assert isinstance(before, type(after))
    assert (after.delay - before.delay).tolist() == [6.0] * len(before.name)  # type: ignore[union-attr]
    assert business.plant is not None and later.plant is not None
    assert (later.plant.capex / business.plant.capex == 2).all()
    one = changed(business, [("OpenAI 2027/delay", Relative(adds=6))], "here").contracted
    moved = {n: d for n, d in zip(one.name, one.delay, strict=True) if d}  # type: ignore[union-attr]
    assert moved == {"OpenAI 2027": 6.0}


def test_contracted_revenue_by_year_is_changed_in_every_year() -> None:
    start = Business(made(), SHARES, np.array([10.0, 20.0, 30.0]))
    twice = changed(start, [("contracted_revenue", Relative(times=2.0))], "here").contracted
    assert isinstance(twice, np.ndarray)
    assert twice.tolist() == [20.0, 40.0, 60.0]


@pytest.mark.parametrize("name", ["cerebras", "coreweave", "nebius", "snowflake", "supermicro"])
def test_each_company_states_shocks_and_each_takes_value(name: str) -> None:
    case = load(name)
    b = valued(case, 0.11)
    found = signal_shocks(b.drivers, b.securities, case.table("shocks"), b.contracted, b.plant)
    assert (found.difference < 0).all()
    assert len(found.shock) >= 4
    assert all(row.note for row in case.tables["shocks"].rows.values())


def test_a_shock_to_an_unknown_input_of_a_case_is_refused_by_its_key() -> None:
    tree = shipped()
    tree["tables"]["shocks"]["rates"]["input"] = "wac"
    with pytest.raises(InputError, match=r"^tables\.shocks must be an input, not 'wac' "):
        parse(tree)
    tree = shipped()
    tree["tables"]["shocks"]["power"]["times"] = -1.0
    with pytest.raises(InputError, match=r"^tables\.shocks: power_cost of 'OpenAI capacity' must"):
        parse(tree)
