"""Are alternatives and steps the values of a company with its inputs changed by hand?

Oracles: the value of a case whose file says the alternative; sums; the same changes one scenario
at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import cases
import numpy as np
import pytest
from every import every
from hypothesis import given, settings
from hypothesis import strategies as st

from model import defence
from model.case.case import load, parse
from model.dcf.drivers import Drivers
from model.dcf.value import dcf_value
from model.dilution.securities import Securities
from model.errors import InputError
from model.uncertainty.changes import Business, changed
from model.uncertainty.choices import HERE, Choices, ChoiceValues, ViewSteps, dcf_choices, dcf_steps
from model.valuation import Valuation, value

Change = Callable[[cases.Tree], None]

STORES = {
    "base_revenue": 100.0,
    "revenue_growth": [0.2, 0.1, 0.05],
    "operating_margin": 0.2,
    "tax_rate": 0.25,
    "sales_to_capital": 2.0,
    "wacc": 0.1,
    "terminal_growth": 0.02,
    "renewal_rate": 0.0,
    "years": 3,
}
COMMON = Securities(["Common", "RSUs"], ["common", "rsu"], [10.0, 1.0])


def stores(**changes: Any) -> Business:
    return Business(Drivers.of(STORES | changes), COMMON)


def worth(business: Business) -> Any:
    return dcf_value(
        business.drivers, business.securities, business.contracted, business.plant
    ).value_per_share


def after(*changes: tuple[str, Any]) -> Any:
    return worth(changed(stores(), changes, "changes"))


@cache
def shipped() -> tuple[Valuation, ChoiceValues]:
    made = value(load("cerebras"))
    return made, defence.of(made)


# The shipped case, changed in its file -----------------------------------------------------------


def driver(name: str, stated: Any) -> Change:
    def change(tree: cases.Tree) -> None:
        tree["drivers"][name] = cases.of_model(stated)

    return change


def without(*names: str) -> Change:
    def change(tree: cases.Tree) -> None:
        for name in names:
            del tree["drivers"][name]

    return change


def renewed(part: float) -> Change:
    def change(tree: cases.Tree) -> None:
        for name, row in tree["tables"]["customer_contracts"].items():
            if name != "label":
                row["renewal"] = part

    return change


def at_rate(wacc: float) -> Change:
    """Give equity and debt the same cost, so that no weight of theirs matters."""

    def change(tree: cases.Tree) -> None:
        of = tree["cost_of_capital"]
        of["risk_free"]["value"], of["beta"]["value"] = wacc, 0.0
        of["cost_of_debt"]["value"] = wacc / (1 - of["tax_rate"]["value"])

    return change


def no_rsus(tree: cases.Tree) -> None:
    """Leave RSUs out of the count, and not out of the weights of the cost of capital."""
    tree["securities"]["rsus"]["included"] = cases.of_model(0.0)
    at_rate(shipped()[0].wacc)(tree)


def cloud(tenths: int) -> Change:
    def change(tree: cases.Tree) -> None:
        margin = tree["segments"]["cloud"]["operating_margin"]
        margin["value"] = [m + 0.055 * tenths for m in margin["value"]]

    return change


def systems(tenths: int) -> Change:
    def change(tree: cases.Tree) -> None:
        tree["segments"]["systems"]["operating_margin"]["value"] *= 1 + tenths / 10

    return change


def fails(probability: float) -> Change:
    def change(tree: cases.Tree) -> None:
        driver("failure_probability", probability)(tree)
        driver("failure_proceeds", 0.25)(tree)

    return change


def both(*changes: Change) -> Change:
    def change(tree: cases.Tree) -> None:
        for each in changes:
            each(tree)

    return change


BY_HAND: dict[tuple[str, str], Change] = {
    ("Fade of the cost of capital", "No fade"): without("wacc_years", "terminal_wacc"),
    ("Fade of the cost of capital", "At once"): at_rate(0.09),
    ("Terminal value", "By growth at the last sales-to-capital"): driver("terminal", "growth"),
    ("Terminal value", "New capital earns only its cost"): without("terminal_roic"),
    ("Terminal value", "No growth after the forecast"): driver("terminal_growth", 0.0),
    ("RSUs and stock compensation", "A cost; RSUs not in the count"): no_rsus,
    ("RSUs and stock compensation", "No cost; RSUs in the count"): without("stock_compensation"),
    ("RSUs and stock compensation", "Neither a cost nor in the count"): both(
        without("stock_compensation"), no_rsus
    ),
    ("Renewal of contracts", "None is renewed"): renewed(0.0),
    ("Renewal of contracts", "All are renewed"): renewed(1.0),
    ("Margin", "Cloud: a tenth higher"): cloud(1),
    ("Margin", "Cloud: a tenth lower"): cloud(-1),
    ("Margin", "Systems: a tenth higher"): systems(1),
    ("Margin", "Systems: a tenth lower"): systems(-1),
    ("Discounting", "Cash flows at its end"): driver("timing", "end"),
    ("Dilution", "Gross: strikes buy nothing back"): driver("method", "gross"),
    ("Dilution", "Basic: common stock alone"): driver("method", "basic"),
    ("Failure", "As often as BBB"): fails(0.023),
    ("Failure", "As often as BB"): fails(0.122),
    ("Failure", "As often as B+"): fails(0.1928),
    ("Failure", "As often as B"): fails(0.2636),
    ("Failure", "As often as B-"): fails(0.325),
    ("Failure", "As often as CCC"): fails(0.4661),
}


def test_alternatives_are_the_values_of_cases_that_say_so() -> None:
    _, found = shipped()
    values = dict(zip(zip(found.choice, found.alternative, strict=True), found.value_per_share,
                      strict=True))  # fmt: skip
    others = {at for at in values if at[1] != defence.AS_IT_IS}
    assert others == BY_HAND.keys()

    def same(choice: str, alternative: str) -> None:
        tree, at = cases.shipped(), (choice, alternative)
        BY_HAND[at](tree)
        del tree["tables"]["view_steps"], tree["tables"]["shocks"], tree["tables"]["scenarios"]
        assert values[at] == pytest.approx(value(parse(tree)).value_per_share, rel=1e-12)

    every(same, [(": ".join(at), at) for at in BY_HAND])


def test_as_it_is_every_choice_gives_the_value_to_the_last_bit() -> None:
    for made in (shipped()[0], value(parse(cases.simple())), value(parse(cases.in_bands_only()))):
        found = defence.of(made)
        base = [v for v, name in zip(found.value_per_share, found.alternative, strict=True)
                if name == defence.AS_IT_IS]  # fmt: skip
        assert len(base) == len(set(found.choice)) > 5
        assert set(base) == {made.value_per_share}
        assert (found.difference == found.value_per_share - made.value_per_share).all()


def test_a_choice_stands_where_a_case_makes_it() -> None:
    tree = cases.simple()
    for name in ("terminal_wacc", "wacc_years", "renewal_rate"):
        del tree["drivers"][name]
    del tree["tables"]["default_rates"], tree["tables"]["shocks"], tree["securities"]["rsus"]
    del tree["offer"]["rsus_converting"]
    names = {choice.name for choice in defence.choices(parse(tree))}
    assert names == {"Terminal value", "Margin", "Discounting", "Dilution"}


def worths(tree: cases.Tree) -> dict[tuple[str, str], float]:
    """Value a case under each alternative, by choice and alternative."""
    found = defence.of(value(parse(tree)))
    names = zip(found.choice, found.alternative, strict=True)
    return dict(zip(names, found.value_per_share.tolist(), strict=True))


def test_a_margin_is_not_moved_above_all_of_revenue() -> None:
    """A margin of 95% is a tenth higher at 104.5%: it is moved to 100%, and says so."""
    for stated in (0.95, [0.5] * 9 + [0.95]):
        tree, whole = cases.shipped(), cases.shipped()
        tree["segments"]["systems"]["operating_margin"]["value"] = stated
        moved = 1.0 if isinstance(stated, float) else [m + 0.05 for m in stated]
        whole["segments"]["systems"]["operating_margin"]["value"] = moved
        del whole["tables"]["view_steps"], tree["tables"]["view_steps"]
        found = worths(tree)
        higher = found["Margin", "Systems: a tenth higher, up to all of revenue"]
        assert higher == pytest.approx(value(parse(whole)).value_per_share, rel=1e-12)
        assert ("Margin", "Systems: a tenth higher") not in found
        assert ("Margin", "Systems: a tenth lower") in found


def test_of_a_multiple_no_growth_is_a_perpetuity_without_any() -> None:
    tree, still = cases.simple(), cases.simple()
    tree["drivers"]["terminal"]["value"] = "multiple"
    tree["drivers"]["terminal_multiple"] = cases.of_model(10.0)
    driver("terminal_growth", 0.0)(still)
    found = worths(tree)
    assert found["Terminal value", "No growth after the forecast"] == pytest.approx(
        value(parse(still)).value_per_share, rel=1e-12
    )
    # The case states a return, and so a value by it.
    assert found["Terminal value", "By growth at the return that the case states"] == (
        pytest.approx(value(parse(cases.simple())).value_per_share, rel=1e-12)
    )


@pytest.mark.parametrize(
    ("way", "names"),
    [
        ("growth", ["New capital earns only its cost"]),
        ("roic", ["By growth at the last sales-to-capital"]),
    ],
)
def test_a_return_that_no_case_states_is_no_alternative(way: str, names: list[str]) -> None:
    tree = cases.simple()
    driver("terminal", way)(tree)
    without("terminal_roic")(tree)
    found = worths(tree)
    others = [at[1] for at in found if at[0] == "Terminal value"]
    assert others == [defence.AS_IT_IS, *names, "No growth after the forecast"]
    # Each is another value, and none is the same as another.
    assert len({found["Terminal value", name] for name in others}) == len(others)


def test_the_basic_count_has_no_rsus_to_leave_out() -> None:
    tree = cases.shipped()
    driver("method", "basic")(tree)
    names = [at[1] for at in worths(tree) if at[0] == "RSUs and stock compensation"]
    assert names == [defence.AS_IT_IS, "No cost; RSUs in the count"]


def test_all_renewed_without_net_retention_is_spending_as_before() -> None:
    tree = cases.stated(load("snowflake"))
    del tree["segments"]["platform"]["net_retention"]
    del tree["tables"]["grids"], tree["tables"]["ranges"], tree["tables"]["shocks"]
    del tree["tables"]["scenarios"]
    renewed(1.0)(tree)
    found = worths(cases.stated(load("snowflake")))
    assert found["Renewal of contracts", "All are renewed, and customers spend no more"] == (
        pytest.approx(value(parse(tree)).value_per_share, rel=1e-12)
    )


# Steps -------------------------------------------------------------------------------------------


def test_steps_add_up_and_end_where_all_changes_lead() -> None:
    made, _ = shipped()
    found, steps = made.steps, made.case.table("view_steps")
    assert found is not None
    assert found.step[0] == HERE
    assert found.value_per_share[0] == made.value_per_share
    assert found.contribution.cumsum() == pytest.approx(found.value_per_share, rel=1e-12)
    every_change = [change for _, _, changes in steps.groups() for change in changes]
    # What a later step gives again, it replaces.
    last = worth(changed(made.business, every_change, "steps"))
    assert found.value_per_share[-1] == pytest.approx(last, rel=1e-12)


def test_views_are_apart_whatever_the_order_of_their_rows() -> None:
    steps = [
        ("A", "1", "wacc", 0.12),
        ("A", "2", "operating_margin", 0.3),
        ("B", "1", "wacc", 0.08),
    ]
    business = stores()

    def of(rows: list[tuple[str, str, str, float]]) -> dict[tuple[str, str], float]:
        view, step, name, number = zip(*rows, strict=True)
        made = dcf_steps(business.drivers, COMMON, ViewSteps(step, name, view, number))
        return dict(zip(zip(made.view, made.step, strict=True), made.value_per_share, strict=True))

    assert of(steps) == of([steps[2], *steps[:2]]) == of([steps[0], steps[2], steps[1]])
    assert of(steps)["B", "1"] == after(("wacc", 0.08))


# What a change is --------------------------------------------------------------------------------


def test_a_number_replaces_a_number_and_shifts_a_path() -> None:
    assert after(("operating_margin", 0.25)) == worth(stores(operating_margin=0.25))
    assert after(("revenue_growth", 0.01)) == pytest.approx(
        float(worth(stores(revenue_growth=[0.21, 0.11, 0.06]))), rel=1e-14
    )
    path = [0.3, 0.2, 0.1]
    assert after(("revenue_growth", path)) == worth(stores(revenue_growth=path))
    assert after(("operating_margin", path)) == worth(stores(operating_margin=path))


def test_a_name_replaces_a_choice_and_none_leaves_an_input_out() -> None:
    assert after(("timing", "end")) == worth(stores(timing="end"))
    assert after(("terminal_growth", "none")) == worth(stores(terminal_growth=0.0))
    assert after(("RSUs/included", 0.0)) == after(("rsu/Included", 0.0)) == after(
        ("method", "basic")
    )  # fmt: skip


def test_nothing_changed_is_the_same_object() -> None:
    business = stores()
    assert changed(business, [], "changes").drivers is business.drivers
    assert changed(business, [("rsu/count", 2.0)], "changes").drivers is business.drivers


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(*[st.floats(0.0, 1.0)] * 4), min_size=1, max_size=4))
def test_scenarios_are_the_same_as_one_at_a_time(rows: list[tuple[float, ...]]) -> None:
    made, _ = shipped()
    renewal, wacc, margin, counted = np.array(rows).T
    names = ("renewal", "terminal_wacc", "Cloud/operating_margin", "rsu/included")
    scaled = (renewal, 0.08 + wacc / 20, margin / 10 - 0.05, counted)
    together = worth(changed(made.business, zip(names, (*scaled[:2], scaled[2][:, None], scaled[3]),
                                                strict=True), "changes"))  # fmt: skip
    alone = [
        float(worth(changed(made.business, zip(names, map(float, row), strict=True), "changes")))
        for row in zip(*scaled, strict=True)
    ]
    assert together.tolist() == pytest.approx(alone, rel=1e-12)


def test_alternatives_that_differ_in_numbers_are_each_valued_by_their_own() -> None:
    business = Business(stores().drivers, COMMON, np.array([10.0, 20.0, 30.0]))
    rows = [("contracted_revenue", 5.0), ("contracted_revenue", 9.0), ("revenue_growth", 0.1),
            ("wacc", 0.12), ("rsu/count", 3.0), ("operating_margin", 0.1)]  # fmt: skip
    names, numbers = zip(*rows, strict=True)
    places = [str(i) for i in range(len(rows))]
    table = Choices(["A"] * len(rows), places, names, numbers)
    found = dcf_choices(business.drivers, COMMON, table, business.contracted)
    alone = [float(worth(changed(business, [row], "changes"))) for row in rows]
    assert found.value_per_share.tolist() == pytest.approx(alone, rel=1e-12)
    assert len(set(alone)) == len(alone)


# Bad input ---------------------------------------------------------------------------------------


def test_an_unknown_input_is_refused_with_the_nearest() -> None:
    made, _ = shipped()
    for name, near in (
        ("wac", "wacc"),
        ("Cloud/prize", "Cloud/price"),
        ("Clod/price", "Cloud/price"),
        ("renewel", "renewal"),
    ):
        with pytest.raises(InputError, match=f"^choices Input must be an input, not '{name}' "
                                             rf"\(did you mean '{near}'\?\)\.$"):  # fmt: skip
            dcf_choices(made.business.drivers, made.business.securities,
                        Choices(["A"], ["B"], [name], [1.0]), made.business.contracted,
                        made.business.plant)  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"value": [0.1], "option": ["end"]}, "choices wacc must have a Value, an Option or one"),
        ({}, "choices wacc must have a Value, an Option or one number for each year"),
        ({"paths": [[0.1, np.nan]]}, "choices wacc must have a number for every year, or for none"),
        ({"paths": [[0.1], [0.1]]}, "choices must hold numbers by year for each of 1 rows"),
        ({"paths": [[0.1, 0.2]], "across": [2026, 2028]}, "choices must"),
    ],
)
def test_a_row_says_once_what_an_input_becomes(columns: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=f"^{sentence}"):
        Choices(["A"], ["B"], ["wacc"], **columns)


def test_an_input_is_given_once_in_an_alternative() -> None:
    with pytest.raises(InputError, match=r"^choices WACC must be given once in 'B'"):
        Choices(["A"] * 2, ["B"] * 2, ["wacc", "WACC"], [0.1, 0.2])


def test_a_value_without_an_input_is_refused() -> None:
    with pytest.raises(InputError, match=r"^choices B must have no Value without an Input"):
        Choices(["A"], ["B"], [""], [0.1])


def test_a_case_names_views_and_inputs_that_it_has() -> None:
    tree = cases.shipped()
    tree["tables"]["view_steps"]["wacc"]["view"] = "finzora_valu"
    with pytest.raises(InputError, match=r"^tables\.view_steps View must be the key of .* "
                                         r"\(did you mean 'finzora_value'\?\)\.$"):  # fmt: skip
        parse(tree)
    tree = cases.shipped()
    tree["tables"]["view_steps"]["wacc"]["input"] = "wac"
    with pytest.raises(InputError, match=r"^tables\.view_steps must be an input, not 'wac' "):
        parse(tree)


def test_a_step_after_which_nothing_has_a_value_is_refused() -> None:
    tree = cases.shipped()
    tree["tables"]["view_steps"]["terminal_growth"]["value"] = 0.2
    with pytest.raises(InputError, match=r"^tables\.view_steps: terminal_growth must be "):
        value(parse(tree))
