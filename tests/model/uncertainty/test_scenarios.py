"""Is a scenario the company with its changes typed, and do its parts add up to it?

Oracles: the value of the company with the inputs typed, all at once and one at a time; a case whose
figures are typed; published values per share; sums.
"""

from __future__ import annotations

from typing import Any

import cases
import numpy as np
import pytest
from every import every
from hypothesis import given, settings
from hypothesis import strategies as st
from varied_companies import COMMON, PLAIN, STORES, alone, company

from model.case.case import Case, load, names, parse
from model.dcf.drivers import Drivers
from model.errors import InputError
from model.uncertainty import scenarios
from model.uncertainty.changes import AND, NONE, Business, changed
from model.uncertainty.outputs import worth
from model.uncertainty.scenarios import (
    ALL,
    INTERACTION,
    WEIGHTED,
    ScenarioChanges,
    ScenarioValues,
    dcf_scenarios,
)
from model.valuation import value
from workbook.functions import CATALOGUE

Stated = dict[str, tuple[float, dict[str, float]]]
#: Scenarios by name: the weight, and the inputs that they change.
RANGES: dict[str, Stated] = {
    "simple": {
        "Bear": (0.3, {"wacc": 0.15, "operating_margin": -0.03, "contracted_share": 0.8}),
        "Base": (0.5, {}),
        "Bull": (0.2, {"terminal_growth": 0.045, "operating_margin": 0.03}),
    },
    "cerebras": {
        "Bear": (0.25, {"wacc & terminal_wacc": 0.02, "renewal": 0.2, "wacc_years": 8.0}),
        "Slow": (0.05, {"Cloud/operating_margin": -0.1}),
        "Base": (0.5, {}),
        "Bull": (0.2, {"Cloud/operating_margin": 0.05, "OpenAI 2026/renewal": 0.9}),
    },
}
ROWS = [["Driver", "Value"], *([n, v] for n, v in STORES.items() if n != "revenue_growth"),
        ["revenue_growth", 0.1]]  # fmt: skip
HELD = [["Security", "Type", "Count", "Strike"], ["Common", "common", 10.0, None]]


def table(stated: Stated) -> ScenarioChanges:
    rows = [(name, weight, each, number)
            for name, (weight, changes) in stated.items()
            for each, number in (changes or {"": np.nan}).items()]  # fmt: skip
    scenario, weight, inputs, numbers = map(list, zip(*rows, strict=True))
    return ScenarioChanges(inputs, scenario, weight, numbers)


def made(of: Business, stated: ScenarioChanges | Stated, **more: Any) -> ScenarioValues:
    rows = table(stated) if isinstance(stated, dict) else stated
    return dcf_scenarios(of.drivers, of.securities, of.contracted, rows, plant=of.plant, **more)


def by_row(found: ScenarioValues) -> dict[tuple[str, str], tuple[float, float]]:
    """Return the value and the difference of each row by its scenario and its change."""
    keys = zip(found.scenario, found.change, strict=True)
    rows = zip(found.value.tolist(), found.difference.tolist(), strict=True)
    return dict(zip(keys, rows, strict=True))


@pytest.mark.parametrize("name", RANGES)
def test_each_scenario_and_each_change_is_the_company_with_them_typed(name: str) -> None:
    of, stated = company(name), RANGES[name]
    base, rows = float(worth(of)), by_row(made(of, stated))
    for scenario, (_, changes) in stated.items():
        whole, difference = rows[scenario, ALL]
        assert whole == pytest.approx(alone(of, *changes.items()), rel=1e-12)
        assert difference == whole - base
        for each in changes.items():
            single, difference = rows[scenario, each[0]]
            assert single == pytest.approx(alone(of, each), rel=1e-12)
            assert difference == single - base
    assert len(rows) == sum(1 + len(c) + bool(c) for _, c in stated.values())


@pytest.mark.parametrize("name", RANGES)
def test_base_changes_and_interaction_add_up_to_the_scenario(name: str) -> None:
    of, stated = company(name), RANGES[name]
    base, rows = float(worth(of)), by_row(made(of, stated))
    for scenario, (_, changes) in stated.items():
        parts = [
            rows[scenario, each][1] for each in [*changes, *([INTERACTION] if changes else [])]
        ]
        assert base + sum(parts) == pytest.approx(alone(of, *changes.items()), rel=1e-12)
    # Several changes together do more, or less, than each alone.
    assert abs(rows["Bear", INTERACTION][1]) > 0.01


@pytest.mark.parametrize("name", RANGES)
def test_the_weighted_value_is_the_mean_by_weight(name: str) -> None:
    of, stated = company(name), RANGES[name]
    found = made(of, stated)
    mean = sum(weight * alone(of, *changes.items()) for weight, changes in stated.values())
    assert found.weighted == pytest.approx(mean, rel=1e-12)
    (below,) = found.bottom()
    assert below["weight"] == pytest.approx(1, rel=1e-12)
    assert below["difference"] == pytest.approx(mean - float(worth(of)), rel=1e-12, abs=1e-12)


def test_a_change_alone_has_no_interaction() -> None:
    stated: Stated = {"Base": (0.5, {}), "Bull": (0.5, {"wacc": 0.08})}
    rows = by_row(made(PLAIN, stated))
    assert rows["Bull", ALL] == rows["Bull", "wacc"]
    assert rows["Bull", INTERACTION][1] == 0


def test_a_whole_path_and_joined_inputs_are_one_change_each() -> None:
    path = [0.3, 0.2, 0.1]
    rows = ScenarioChanges(
        ["", "revenue_growth", f"wacc{AND}terminal_growth"],
        ["Base", "Bull", "Bull"],
        [0.5, 0.5, np.nan],
        [np.nan, np.nan, 0.01],
        label=["", "Growth", ""],
        paths=[[np.nan] * 3, path, [np.nan] * 3],
    )
    found = by_row(made(PLAIN, rows))
    typed = Business(Drivers.of(STORES | {"revenue_growth": path}), COMMON)
    assert found["Bull", "Growth"][0] == pytest.approx(float(worth(typed)), rel=1e-12)
    both = STORES | {"wacc": 0.11, "terminal_growth": 0.03}
    typed = Business(Drivers.of(both), COMMON)
    joined = found["Bull", f"wacc{AND}terminal_growth"][0]
    assert joined == pytest.approx(float(worth(typed)), rel=1e-12)
    typed = Business(Drivers.of(both | {"revenue_growth": path}), COMMON)
    assert found["Bull", ALL][0] == pytest.approx(float(worth(typed)), rel=1e-12)


def test_a_change_that_is_refused_alone_is_part_of_the_interaction() -> None:
    rows = ScenarioChanges(
        ["", "terminal", "terminal_multiple", "cash"],
        ["Base", "Sold", "Sold", "Sold"],
        [0.5, 0.5, np.nan, np.nan],
        [np.nan, np.nan, 12.0, 30.0],
        ["", "multiple", "", ""],
    )
    found = by_row(made(PLAIN, rows))
    assert np.isnan(found["Sold", "terminal"]).all()
    typed = Drivers.of(STORES | {"terminal": "multiple", "terminal_multiple": 12, "cash": 30})
    whole = float(worth(Business(typed, COMMON)))
    assert found["Sold", ALL][0] == pytest.approx(whole, rel=1e-12)
    # A multiple without the choice of it changes nothing.
    assert found["Sold", "terminal_multiple"][1] == 0
    parts = [found["Sold", each][1] for each in ("terminal_multiple", "cash", INTERACTION)]
    assert float(worth(PLAIN)) + sum(parts) == pytest.approx(whole, rel=1e-12)


def test_an_option_none_leaves_an_input_out() -> None:
    rows = ScenarioChanges(["", "cash"], ["Base", "Bull"], [0.5, 0.5], [np.nan, np.nan], ["", NONE])
    assert by_row(made(PLAIN, rows))["Bull", ALL][0] == pytest.approx(
        alone(PLAIN, ("cash", 0.0)), rel=1e-12
    )


def test_another_line_may_be_asked_for() -> None:
    stated: Stated = {"Base": (0.4, {}), "Bear": (0.6, {"wacc": 0.12, "cash": 0.0})}
    found = by_row(made(PLAIN, stated, output="Enterprise value"))
    assert found["Bear", ALL][0] == pytest.approx(
        alone(PLAIN, ("wacc", 0.12), output="enterprise_value"), rel=1e-12
    )
    assert found["Bear", "cash"][1] == 0


def test_scenarios_come_before_the_rows() -> None:
    margins = [0.1, 0.2, 0.25]
    many = Business(Drivers.of(STORES | {"operating_margin": [[m] for m in margins]}), COMMON)
    stated: Stated = {"Base": (0.5, {}), "Bear": (0.5, {"wacc": 0.12, "cash": 0.0})}
    found = made(many, stated)
    assert found.value.shape == (3, 5)
    for i, margin in enumerate(margins):
        one = Business(Drivers.of(STORES | {"operating_margin": margin}), COMMON)
        single = made(one, stated)
        np.testing.assert_allclose(found.value[i], single.value, rtol=1e-12)
        assert found.weighted[i] == pytest.approx(float(single.weighted), rel=1e-12)


@settings(max_examples=15, deadline=None)
@given(st.permutations(["Bear", "Base", "Bull"]), st.lists(st.floats(0, 1), min_size=2, max_size=2))
def test_order_and_weights_change_no_scenario(order: list[str], cuts: list[float]) -> None:
    """The weighted value lies between the lowest and the highest of the scenarios."""
    low, high = sorted(cuts)
    weights = dict(zip(order, (low, high - low, 1 - high), strict=True))
    stated = {name: (weights[name], RANGES["simple"][name][1]) for name in order}
    of = company("simple")
    one, other = by_row(made(of, RANGES["simple"])), made(of, stated)
    for key, row in by_row(other).items():
        np.testing.assert_allclose(row, one[key], rtol=1e-12, atol=1e-12)
    whole = [row[0] for (_, change), row in one.items() if change == ALL]
    assert min(whole) - 1e-9 <= other.weighted <= max(whole) + 1e-9


def test_in_cells_a_weight_stands_on_one_row_and_names_are_read_in_any_case() -> None:
    stated = [
        ["Scenario", "Input", "Value", "Weight", "Label"],
        ["Bear", "wacc", 0.12, None, "Cost of capital"],
        ["base", None, None, 0.6, None],
        ["BEAR", "cash", 10.0, 0.4, None],
    ]
    found = CATALOGUE["DCF_SCENARIOS"].call(ROWS, HELD, None, stated)
    assert found[0] == ["Change", "Scenario", "Weight", "Value", "Difference"]
    assert [row[:2] for row in found[1:]] == [
        [ALL, "Bear"], ["Cost of capital", "Bear"], ["cash", "Bear"], [INTERACTION, "Bear"],
        [ALL, "base"], [WEIGHTED, ""],
    ]  # fmt: skip
    assert [row[2] for row in found[1:]] == [0.4, "", "", "", 0.6, 1.0]
    assert found[4][3] == "n.m."
    assert found[6][3] == pytest.approx(0.4 * found[1][3] + 0.6 * found[5][3], rel=1e-12)


#: Scenarios as typed in cells, and the words that refuse them.
WRONG: dict[str, tuple[list[list[Any]], str]] = {
    "weights below one": (
        [["Base", None, None, 0.5], ["Bear", "wacc", 0.12, 0.4]],
        "scenarios Weight must sum to 1, not 0.9.",
    ),
    "an unknown input": (
        [["Base", None, None, 0.5], ["Bear", "wac", 0.12, 0.5]],
        "scenarios Input must be an input, not 'wac' (did you mean 'wacc'?).",
    ),
    "a scenario twice with different weights": (
        [["Base", None, None, 0.5], ["Bear", "wacc", 0.12, 0.3], ["Bear", "cash", 1.0, 0.2]],
        "scenarios Bear must have one Weight, not 0.3 and 0.2.",
    ),
    "an input alone and joined": (
        [
            ["Base", None, None, 0.5],
            ["Bear", "wacc & terminal_wacc", 0.01, 0.5],
            ["Bear", "wacc", 0.12, None],
        ],
        "scenarios Bear must change wacc once.",
    ),
    "a negative weight": (
        [["Base", None, None, 1.0], ["Bear", "wacc", 0.12, -0.2]],
        "scenarios Weight must be from 0 to 1, not -0.2.",
    ),
    "a blank weight": (
        [["Base", None, None, 1.0], ["Bear", "wacc", 0.12, None]],
        "scenarios Bear must have a Weight on one of its rows.",
    ),
    "no base": (
        [["Bull", "wacc", 0.09, 0.5], ["Bear", "wacc", 0.12, 0.5]],
        "scenarios must have a row for Base, without an Input, with its Weight.",
    ),
    "a base that changes something": (
        [["Base", "wacc", 0.1, 0.5], ["Bear", "wacc", 0.12, 0.5]],
        "scenarios Base must change nothing, not wacc.",
    ),
    "an input twice": (
        [["Base", None, None, 0.5], ["Bear", "wacc", 0.12, 0.5], ["Bear", "WACC", 0.13, 0.5]],
        "scenarios WACC must be given once in 'Bear'.",
    ),
    "a number that the input refuses": (
        [["Base", None, None, 0.5], ["Bear", "wacc", 12.0, 0.5]],
        "scenarios Bear: wacc must be from 0 to 1, not 12 (12% is 0.12).",
    ),
    "a scenario without a value": (
        [["Base", None, None, 0.5], ["Bull", "terminal_growth", 0.2, 0.5]],
        "scenarios Bull: terminal_growth must be below the terminal cost of capital, not 0.2.",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_in_a_sentence_in_python_and_in_cells(what: str) -> None:
    rows, sentence = WRONG[what]
    with pytest.raises(InputError) as refused:
        CATALOGUE["DCF_SCENARIOS"].call(
            ROWS, HELD, None, [["Scenario", "Input", "Value", "Weight"], *rows]
        )
    assert str(refused.value) == sentence
    scenario, inputs, numbers, weight = map(list, zip(*rows, strict=True))
    with pytest.raises(InputError) as refused:
        given = [np.nan if v is None else v for v in numbers]
        weights = [np.nan if w is None else w for w in weight]
        made(PLAIN, ScenarioChanges([i or "" for i in inputs], scenario, weights, given))
    assert str(refused.value) == sentence


def test_an_output_that_does_not_exist_is_named_with_the_near_ones() -> None:
    stated: Stated = {"Base": (0.5, {}), "Bear": (0.5, {"wacc": 0.12})}
    words = r"^output must be a line of DCF_VALUE, not 'value per shr' \(.*value_per_share.*\)\.$"
    with pytest.raises(InputError, match=words):
        made(PLAIN, stated, output="value per shr")


# Of a case --------------------------------------------------------------------------------------


def stated_in(case: Case, scenario: str) -> Case:
    """Return a case whose figures are those of a scenario, typed; without the others."""
    tree = cases.stated(case)
    rows = case.table("scenarios")
    for place, (name, each) in enumerate(zip(rows.scenario, rows.input, strict=True)):
        if name != scenario or not each:
            continue
        # The cost of capital of the first year is no figure: it follows from others.
        for joined in [name for name in each.split(AND) if name != "wacc"]:
            node, key = figure_of(tree, joined)
            number = None if AND in each else rows.value[place]
            node[key] = node.get(key, cases.of_model(0.0)) | {
                "value": typed(node.get(key, {}).get("value"), rows, place, number)
            }
    del tree["tables"]["scenarios"]
    return parse(tree)


def figure_of(tree: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    segment, _, key = name.rpartition("/")
    if not segment:
        return tree["drivers"], key
    (found,) = [s for s in tree["segments"].values() if isinstance(s, dict) and
                s.get("name") == segment]  # fmt: skip
    return found, key


def typed(before: Any, rows: ScenarioChanges, place: int, number: float | None) -> Any:
    """Return what is typed for a driver: a number, its path moved, or another path."""
    if np.isnan(rows.value[place]):
        return rows.paths[place].tolist()
    shift = float(rows.value[place])
    if isinstance(before, list):
        return [each + shift for each in before]
    return before + shift if number is None else shift


def test_a_case_in_a_scenario_is_the_case_with_its_figures_typed() -> None:
    def same(name: str) -> None:
        case, base = load(name), value(load(name))
        assert base.scenarios is not None
        rows = by_row(base.scenarios)
        for scenario in dict.fromkeys(case.table("scenarios").scenario):
            tree = cases.stated(case)
            tree["company"]["scenario"] = scenario
            chosen = value(parse(tree))
            assert chosen.value_per_share == rows[scenario, ALL][0]
            # Whichever is chosen, all are from the drivers as they are typed.
            assert repr(chosen.scenarios) == repr(base.scenarios)
            moved = dict(next(c for s, _, c in case.table("scenarios").groups() if s == scenario))
            rate = moved.pop(f"wacc{AND}terminal_wacc", 0.0)
            other = value(stated_in(case, scenario))
            of = changed(other.base, [("wacc", float(base.wacc) + rate)], "test")
            assert chosen.value_per_share == pytest.approx(float(worth(of)), rel=1e-9), scenario

    every(same, [(name, (name,)) for name in names()])


def test_each_case_has_a_bear_a_base_and_a_bull_with_reasons() -> None:
    for name in names():
        case = load(name)
        rows, found = case.table("scenarios"), value(case).scenarios
        assert found is not None
        assert list(dict.fromkeys(rows.scenario)) == ["Bear", "Base", "Bull"]
        for scenario in ("Bear", "Bull"):
            assert 3 <= sum(s == scenario for s in rows.scenario) <= 6
        stated = case.tables["scenarios"].rows.values()
        assert all(row.note and row.quality == "assumption" for row in stated)
        whole = [row[0] for (_, change), row in by_row(found).items() if change == ALL]
        assert whole[0] < whole[1] < whole[2]


def simple_with(rows: dict[str, dict[str, Any]], **company_: Any) -> dict[str, Any]:
    tree = cases.simple()
    origin = {k: v for k, v in cases.of_model(0).items() if k != "value"}
    tree["tables"]["scenarios"] = {"label": "Scenarios"} | {k: r | origin for k, r in rows.items()}
    tree["company"] |= company_
    return tree


BASE_ROW = {"scenario": "Base", "weight": 0.5}


def test_a_company_without_segments_may_have_scenarios() -> None:
    bear = {"scenario": "Bear", "weight": 0.5, "input": "operating_margin", "value": -0.05}
    rows = {"base": BASE_ROW, "bear": bear}
    base, chosen = (value(parse(simple_with(rows, scenario=s))) for s in ("Base", "bear"))
    assert chosen.value_per_share < base.value_per_share
    assert base.scenarios is not None
    assert by_row(base.scenarios)["Bear", ALL][0] == chosen.value_per_share


@pytest.mark.parametrize(
    ("row", "chosen", "sentence"),
    [
        ({"input": "operating_margn", "value": 0.1}, "Base",
         "tables.scenarios Input must be a driver as Inputs names it, not 'operating_margn' (did "
         "you mean 'operating_margin'?)."),
        ({"input": "renewal", "value": 0.1}, "Base",
         "tables.scenarios Input must be a driver as Inputs names it, not 'renewal' (did you mean "
         "'renewal_rate'?)."),
        ({"input": "wacc & terminal_wacc & cash", "value": 0.1}, "Base",
         "tables.scenarios Input must join two drivers at most, not wacc & terminal_wacc & cash."),
        ({"input": "wacc & WACC", "value": 0.1}, "Base",
         "tables.scenarios: scenarios Bear must change WACC once."),
        ({"input": "wacc", "value": 9.0}, "Base",
         "tables.scenarios Bear: wacc must be from 0 to 1, not 9 (9% is 0.09)."),
        ({"input": "wacc", "value": 0.2}, "Baer",
         "company.scenario must be a scenario of [tables.scenarios], not 'Baer' (did you mean "
         "'Bear'?)."),
        ({"input": "wacc", "value": 0.2, "scenario": "Bear, deep"}, "Base",
         "tables.scenarios Scenario must be without a comma or a quotation mark, not 'Bear, "
         "deep'."),
        ({"input": "wacc", "value": 0.2, "weight": 0.4}, "Base",
         "tables.scenarios: scenarios Weight must sum to 1, not 0.9."),
    ],
)  # fmt: skip
def test_a_case_says_what_is_wrong_with_its_scenarios(
    row: dict[str, Any], chosen: str, sentence: str
) -> None:
    bear = {"scenario": "Bear", "weight": 0.5} | row
    with pytest.raises(InputError) as refused:
        parse(simple_with({"base": BASE_ROW, "bear": bear}, scenario=chosen))
    assert str(refused.value) == sentence


@pytest.mark.parametrize("label", ["Rate", "All changes", "interaction"])
def test_a_label_names_one_change_of_a_scenario(label: str) -> None:
    with pytest.raises(InputError) as refused:
        ScenarioChanges(
            ["", "wacc", "cash"], ["Base", "Bear", "Bear"], [0.5, 0.5, np.nan],
            [np.nan, 0.12, 1.0], label=["", "Rate", label],
        )  # fmt: skip
    assert str(refused.value) == (
        f"scenarios Bear Label must be unique, but '{label}' appears twice."
    )


def test_a_case_without_scenarios_is_in_base() -> None:
    tree = cases.simple()
    tree["company"]["scenario"] = "Bear"
    with pytest.raises(InputError, match=r"^company\.scenario must be Base without "):
        parse(tree)
    del tree["company"]["scenario"]
    assert value(parse(tree)).scenarios is None
    assert scenarios.BASE == "Base"


def test_a_scenario_in_other_capitals_is_the_same() -> None:
    rows = {"Input": ["", "wacc", "terminal_growth"], "Weight": [0.5, 0.5, np.nan]}
    found = [
        ScenarioChanges(
            scenario=names, input=rows["Input"], weight=rows["Weight"], value=[np.nan, 0.01, 0.02]
        )
        for names in (["Base", "Bear", "bear"], ["Base", "Bear", "Bear"])
    ]
    other, same = found
    assert list(other.groups()) == list(same.groups())
    assert other.scenario == ("Base", "Bear", "Bear")
