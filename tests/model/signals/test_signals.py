"""Do the signals follow their rules with any values missing, and do scores stay in bounds?

Oracles: the rules written again with plain booleans and tried on all combinations; for missing
observations, every way in which they could turn out; for the scores the bounds and directions that
they promise, and sums by hand. The published figures of Cerebras are those of the facts: revenue
of 2025 against 2024, margins of the group and of the cloud, and the values at the offer.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import InputError
from model.signals.checklist import NAMES, NO_SIGNAL, UNDECIDED, signal_checklist, states, verdict
from model.signals.closeness import distance, is_close
from model.signals.conditions import facts, reason, signal_conditions
from model.signals.observations import CONDITIONS, OBSERVATIONS, Observations
from model.signals.rules import UNKNOWN
from model.signals.runway import signal_runway
from model.signals.scoring import AXES, MEASURES, Measures, Score, quadrant, signal_growth_liquidity

Known = dict[str, bool | None]
#: What the signals read; the cloud's margin only explains.
READ = tuple(name for name in CONDITIONS if name != "cloud")
VETOES = ("execution", "pricing", "repeat")


def rules(f: dict[str, bool]) -> dict[str, bool]:
    """The signals in plain Python, as the articles have them."""
    disciplined = not f["at_threshold"] or (f["falling"] and not f["past_upper"])
    proof = f["visibility"] and f["broadening"]
    squeeze = f["growing"] and f["squeezed"]
    vetoed = any(f[name] for name in VETOES)
    return {
        "Kill switch: execution": f["execution"],
        "Kill switch: pricing power": f["pricing"],
        "Kill switch: repeat demand": f["repeat"],
        "Walk away": f["at_threshold"] and not f["broadening"],
        "Soft warning": squeeze,
        "Follow": disciplined and proof and not vetoed and not squeeze,
        "Wait": (not f["falling"] or f["past_upper"]) and not proof,
    }


#: Market values, thresholds at 10 to 12, with what was before them, by the three conditions.
MARKET: dict[tuple[bool | None, ...], tuple[float, float]] = {
    (False, False, False): (9.0, 8.0),
    (False, True, False): (9.0, 9.5),
    (True, False, False): (11.0, 8.0),
    (True, True, False): (11.0, 14.0),
    (True, False, True): (13.0, 8.0),
    (True, True, True): (13.0, 14.0),
    (False, None, False): (9.0, math.nan),
    (True, None, False): (11.0, math.nan),
    (True, None, True): (13.0, math.nan),
    (None, None, None): (math.nan, 8.0),
}
OTHERS = tuple(name for name in READ if CONDITIONS[name].observation != "market_value")


def observed(market: tuple[bool | None, ...], others: Known) -> Observations:
    """Observations for which conditions are what they are said to be."""
    value, before = MARKET[market]
    values, limits = {"market_value": value}, {"market_value": 10.0}
    for name, holds in others.items():
        c = CONDITIONS[name]
        limits[c.observation] = 0.5
        over = c.comparison in ("above", "at least")
        if holds is not None:
            values[c.observation] = 0.6 if holds == over else 0.4
    previous = {} if math.isnan(before) else {"market_value": before}
    return Observations.of(
        values, threshold=limits, previous=previous, upper={"market_value": 12.0}
    )


def table(values: tuple[bool | None, ...]) -> Iterator[tuple[Known, Observations]]:
    """Every combination of the conditions, with the observations that give it."""
    for market in MARKET:
        for each in itertools.product(values, repeat=len(OTHERS)):
            others = dict(zip(OTHERS, each, strict=True))
            known: Known = dict(zip(("at_threshold", "falling", "past_upper"), market, strict=True))
            yield known | others, observed(market, others)


def by_name(seen: Observations) -> dict[str, float]:
    return dict(zip(NAMES, states(seen).tolist(), strict=True))


def completions(known: Known) -> Iterator[dict[str, bool]]:
    """Every way in which what is not observed could turn out."""
    of_market = ("at_threshold", "falling", "past_upper")
    markets = [
        m for m in MARKET
        if None not in m and all(known[n] in (None, x) for n, x in zip(of_market, m, strict=True))
    ]  # fmt: skip
    open_ = [name for name in OTHERS if known[name] is None]
    for market in markets:
        for turned in itertools.product([True, False], repeat=len(open_)):
            yield {
                **{name: bool(known[name]) for name in OTHERS if name not in open_},
                **dict(zip(open_, turned, strict=True)),
                **{n: bool(x) for n, x in zip(of_market, market, strict=True)},
            }


def test_every_combination_that_is_observed_gives_what_the_rules_say() -> None:
    for known, seen in table((True, False)):
        if None in known.values():
            continue
        (holds,) = completions(known)
        expected = rules(holds)
        found = states(seen)
        assert dict(zip(NAMES, found.tolist(), strict=True)) == {
            name: float(on) for name, on in expected.items()
        }
        first = next((place for place, name in enumerate(NAMES) if expected[name]), len(NAMES))
        assert int(verdict(found)) == first


def test_no_combination_gives_follow_with_a_veto_that_is_not_observed() -> None:
    """Kleene's logic over the whole table: each condition on, off, or not observed."""
    follows = 0
    for known, seen in table((True, False, None)):
        found = states(seen)
        made = int(verdict(found))
        if made < len(NAMES) and NAMES[made] == "Follow":
            follows += 1
            assert not any(known[name] is not False for name in VETOES)
            # Everything before it is known to be off, and what it needs is known.
            assert (found[:made] == 0).all()
            assert known["visibility"] and known["broadening"]
    assert follows > 0


def test_a_signal_is_decided_where_what_is_missing_cannot_change_it_and_only_there() -> None:
    some = [(k, o) for i, (k, o) in enumerate(table((True, False, None))) if i % 7 == 0]
    for known, seen in some:
        ways = [rules(holds) for holds in completions(known)]
        for name, value in by_name(seen).items():
            turns_out = {way[name] for way in ways}
            expected = UNKNOWN if len(turns_out) > 1 else float(turns_out.pop())
            assert value == expected, (known, name)


def test_the_words_of_every_combination_name_what_decides_and_what_is_missing() -> None:
    some = [(k, o) for i, (k, o) in enumerate(table((True, False, None))) if i % 97 == 0]
    for _, seen in some:
        made = signal_checklist(seen)
        (last,) = made.bottom()
        for state, decided, missing in zip(made.state, made.decided_by, made.missing, strict=True):
            assert bool(missing) == (state == "undecided") != bool(decided)
        undecided = "undecided" in made.state
        if made.verdict == len(NAMES):
            assert last["state"] == (UNDECIDED if undecided else NO_SIGNAL)
            assert bool(last["missing"]) == undecided
        counted = made.speak_for + made.speak_against + made.open
        assert counted.tolist() == [1, 1, 1, 2, 2, 10, 4]


def test_nothing_observed_is_no_verdict() -> None:
    found = states(Observations())
    assert (found == UNKNOWN).all()
    assert int(verdict(found)) == len(NAMES)
    (last,) = signal_checklist(Observations()).bottom()
    assert last["state"] == UNDECIDED


#: All that is good for a company, from which the cases below differ.
GOOD: dict[str, Any] = {
    "market_value": 30_000.0, "rpo_cover": 48.0, "concentration": 0.6, "revenue": 510.0,
    "gross_margin": 0.42, "customer_execution": 1.0, "price_premium": 2.0, "repeat_demand": 1.2,
}  # fmt: skip
BEFORE = {
    "market_value": 28_000.0, "rpo_cover": 40.0, "concentration": 0.8, "revenue": 290.0,
    "gross_margin": 0.39, "customer_execution": 1.0,
}  # fmt: skip


def of(previous: dict[str, float] = BEFORE, upper: float | None = None, **other: Any) -> str:
    """The verdict on all that is good, with some of it other."""
    values = {name: v for name, v in (GOOD | other).items() if v is not None}
    seen = Observations.of(
        values,
        previous=previous,
        threshold={"market_value": 40_000.0},
        upper={} if upper is None else {"market_value": upper},
    )
    (last,) = signal_checklist(seen).bottom()
    return str(last["state"])


def test_what_the_articles_say_of_a_company() -> None:
    assert of() == "Follow"
    # A market value of 100 billion is past a threshold of 40, whatever else is good.
    assert of(market_value=100_000.0) == NO_SIGNAL
    assert of(market_value=100_000.0, rpo_cover=40.0) == "Wait"
    assert of(market_value=100_000.0, concentration=0.8) == "Walk away"
    # It may be coming back; but not to a range that it is still past.
    assert of(BEFORE | {"market_value": 120_000.0}, market_value=100_000.0) == "Follow"
    assert of(BEFORE | {"market_value": 120_000.0}, 50_000.0, market_value=100_000.0) == NO_SIGNAL
    assert of(BEFORE | {"market_value": 60_000.0}, 50_000.0, market_value=45_000.0) == "Follow"
    # Whether it is falling is not known.
    before = {name: value for name, value in BEFORE.items() if name != "market_value"}
    assert of(before, market_value=100_000.0) == UNDECIDED
    # Growth that is bought with margin, whether kill switches are observed or not.
    assert of(gross_margin=0.05) == "Soft warning"
    assert of(
        gross_margin=0.05, customer_execution=None, price_premium=None, repeat_demand=None
    ) == "Soft warning"  # fmt: skip
    # Whether the margin has fallen is not known.
    assert of(gross_margin=None) == UNDECIDED
    assert of(rpo_cover=40.0) == "Wait"
    assert of(concentration=0.8) == "Wait"
    assert of(BEFORE | {"market_value": 31_000.0}, rpo_cover=40.0) == NO_SIGNAL


@pytest.mark.parametrize("name", ["customer_execution", "price_premium", "repeat_demand"])
def test_a_kill_switch_that_is_not_observed_leaves_the_verdict_undecided(name: str) -> None:
    assert of(**{name: None}) == UNDECIDED
    assert of(**{name: math.nan}) == UNDECIDED
    assert of(**{name: 0.9}).startswith("Kill switch")


def test_a_low_market_value_needs_no_concentration_to_rule_out_walking_away() -> None:
    seen = Observations(market_value=10_000, threshold={"market_value": 25_000})
    assert by_name(seen)["Walk away"] == 0


@pytest.mark.parametrize(
    ("condition", "value", "threshold", "holds"),
    [
        ("at_threshold", 25_000.0, 25_000.0, True),
        ("at_threshold", 24_999.99, 25_000.0, False),
        ("pricing", 1.0, None, True),
        ("pricing", 1.01, None, False),
        ("pricing", 1.01, 1.5, True),
        ("repeat", 1.0, None, False),
        ("repeat", 0.99, None, True),
        ("repeat", 1.0, 1.1, True),
    ],
)
def test_a_threshold_is_a_limit(
    condition: str, value: float, threshold: float | None, holds: bool
) -> None:
    name = CONDITIONS[condition].observation
    limits = {} if threshold is None else {name: threshold}
    assert facts(Observations.of({name: value}, threshold=limits))[condition] == float(holds)


def test_a_floor_under_a_margin_does_not_excuse_its_fall() -> None:
    def holds(previous: float, threshold: float) -> float:
        seen = Observations(
            gross_margin=0.3,
            previous={"gross_margin": previous},
            threshold={"gross_margin": threshold},
        )
        return float(facts(seen)["squeezed"])

    assert holds(0.4, 0.1) == holds(0.1, 0.4) == 1
    assert holds(0.2, 0.1) == 0


def test_what_market_value_is_too_much_is_for_the_user_to_say() -> None:
    with pytest.raises(InputError, match="Threshold must be given for Market value") as refused:
        Observations(market_value=39_817, previous={"market_value": 26_620})
    assert refused.value.reason == "missing"
    # Nothing is compared, and so no threshold is missed.
    assert facts(Observations(revenue=510))["at_threshold"] == UNKNOWN


def test_an_upper_end_is_that_of_a_range() -> None:
    limits: dict[str, Any] = {"threshold": {"market_value": 40_000}}
    with pytest.raises(InputError, match="Market value Upper must be at least its Threshold, not"):
        Observations(market_value=1.0, **limits, upper={"market_value": 39_000})
    with pytest.raises(InputError, match="Revenue Upper must be left out: only Market value"):
        Observations(revenue=1.0, upper={"revenue": 2.0})
    without = Observations(market_value=1e6, **limits)
    assert facts(without)["past_upper"] == 0
    assert reason("past_upper", without) == "no upper end of market value is stated"


def test_a_threshold_goes_before_the_previous_value() -> None:
    before = {"concentration": 0.47}
    seen = Observations(concentration=0.49, previous=before, threshold={"concentration": 0.5})
    assert facts(seen)["broadening"] == 1
    seen = Observations(concentration=0.49, previous=before)
    assert facts(seen)["broadening"] == 0
    assert reason("broadening", seen) == "concentration 49.0% is at least the previous 47.0%"
    seen = Observations(concentration=0.49)
    assert facts(seen)["broadening"] == UNKNOWN
    assert reason("broadening", seen) == (
        "concentration has no threshold or previous to be compared with"
    )


def test_cerebras_at_its_offer() -> None:
    known = {
        "revenue": 509.991,
        "gross_margin": 0.390,
        "cloud_margin": 0.299,
        # MBZUAI and G42, one group, in 2025; G42 in 2024.
        "concentration": 0.86,
    }
    before = {
        "revenue": 290.252,
        "gross_margin": 0.423,
        "cloud_margin": 0.614,
        "concentration": 0.85,
    }

    def at(value: float) -> Observations:
        limit = {"market_value": 40_000}
        return Observations.of(known | {"market_value": value}, previous=before, threshold=limit)

    found = by_name(at(39_817.0))
    assert found["Soft warning"] == 1
    assert found["Walk away"] == 0
    # Fully diluted, and at the first close, the value is past the threshold.
    for value in (56_425.0, 66_951.0):
        made = signal_checklist(at(value))
        assert made.signal[made.verdict] == "Walk away"
        assert "cloud margin 29.9% is below" in made.decided_by[NAMES.index("Soft warning")]


def test_paths_of_a_simulation_are_one_call() -> None:
    seen = Observations(
        market_value=np.array([30_000.0, 45_000.0, 60_000.0]),
        concentration=np.array([0.8, 0.8, 0.4]),
        previous={"concentration": 0.62, "market_value": 50_000.0, "rpo_cover": 40.0},
        threshold={"market_value": 40_000.0},
        rpo_cover=40.0,
    )
    found = states(seen)
    assert found.shape == (3, len(NAMES))
    assert [NAMES[i] if i < len(NAMES) else "" for i in verdict(found)] == ["", "Walk away", "Wait"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("concentration", 62.0), ("market_value", -1.0), ("revenue", math.inf), ("speed", 1.0)],
)
def test_what_cannot_be_observed_is_refused(name: str, value: float) -> None:
    for column in ("previous", "threshold"):
        with pytest.raises(InputError, match=r"^observations "):
            Observations.of({}, **{column: {name: value}})
    with pytest.raises(InputError, match=r"^observations "):
        Observations.of({name: value}, threshold={"market_value": 1.0})


# Distances ---------------------------------------------------------------------------------------


def test_conditions_are_those_of_the_observations_that_a_table_lists() -> None:
    made = signal_conditions(Observations(concentration=math.nan, repeat_demand=1.1))
    assert made.condition == ("Base broadening", "Repeat demand weak")
    assert made.state == ("not observed", "no")
    assert made.distance[1] == pytest.approx(0.1)
    assert signal_conditions(Observations()).condition == ()
    everything = Observations.of(dict.fromkeys(OBSERVATIONS, math.nan))
    assert len(signal_conditions(everything).condition) == len(CONDITIONS)


@pytest.mark.parametrize(
    ("value", "close"), [(39_000.0, ""), (39_200.0, "close"), (40_800.0, "close"), (40_900.0, "")]
)
def test_within_two_per_cent_of_a_threshold_a_result_is_close(value: float, close: str) -> None:
    seen = Observations(market_value=value, threshold={"market_value": 40_000})
    assert signal_conditions(seen).close[0] == close
    walk = signal_checklist(Observations(
        market_value=value, concentration=0.4, threshold={"market_value": 40_000},
        previous={"concentration": 0.3},
    ))  # fmt: skip
    assert walk.close[NAMES.index("Walk away")] == close
    assert signal_conditions(seen, within=0.0).close[0] == ""


@given(st.floats(0.01, 1e5), st.floats(0.01, 1e5))
def test_a_distance_leads_back_to_the_value(value: float, threshold: float) -> None:
    apart = float(distance(np.float64(value), np.float64(threshold)))
    assert threshold * (1 + apart) == pytest.approx(value, rel=1e-9, abs=1e-9)
    assert float(distance(np.float64(value), np.float64(threshold), share=True)) + threshold == (
        pytest.approx(value, rel=1e-9, abs=1e-9)
    )
    assert (
        bool(is_close(np.float64(apart)))
        == (abs(value - threshold) <= 0.02 * threshold * (1 + 1e-9))
        or abs(abs(apart) - 0.02) < 1e-9
    )


def test_from_a_threshold_of_nothing_there_is_no_distance() -> None:
    assert math.isnan(distance(np.float64(1), np.float64(0)))


@given(st.floats(0, 1e6), st.floats(-1e6, 1e6), st.floats(1, 600))
def test_the_runway_is_the_cash_over_a_months_burn(
    cash: float, flow: float, longest: float
) -> None:
    found = float(signal_runway(cash, flow, longest))
    assert 0 <= found <= longest
    if flow < 0 and found < longest:
        assert found * -flow / 12 == pytest.approx(cash, rel=1e-9, abs=1e-9)
    if flow >= 0:
        assert found == longest


# Scores ------------------------------------------------------------------------------------------


def score(values: dict[str, float], **further: Any) -> Score:
    return signal_growth_liquidity(Measures.of(values, **further))


#: Values of every measure that its bounds admit.
VALUES = {name: st.floats(max(m.low, -3.0), min(m.high, 100.0)) for name, m in MEASURES.items()}


@given(st.fixed_dictionaries(VALUES))
def test_scores_stay_in_bounds_and_are_the_sums_of_their_points(values: dict[str, float]) -> None:
    made = score(values)
    assert ((made.score >= 0) & (made.score <= 100)).all()
    for axis in AXES:
        own = [i for i, of in enumerate(made.axis) if of == axis]
        total = float(getattr(made, axis))
        assert 0 <= total <= 100
        assert total == pytest.approx(math.fsum(made.points[own]), abs=1e-9)
        assert math.fsum(made.weight[own]) == pytest.approx(1.0)


@given(st.fixed_dictionaries(VALUES), st.sampled_from(sorted(MEASURES)), st.data())
def test_scores_move_the_right_way(
    values: dict[str, float], name: str, data: st.DataObject
) -> None:
    other = data.draw(VALUES[name])
    low, high = sorted((values[name], other))
    if MEASURES[name].full < MEASURES[name].zero:
        low, high = high, low
    scores = [score(values | {name: v}) for v in (low, high)]
    for axis in AXES:
        worse, better = (float(getattr(s, axis)) for s in scores)
        if MEASURES[name].axis == axis:
            assert better >= worse - 1e-9
        else:
            assert better == worse


@pytest.mark.parametrize("end", ["zero", "full"])
def test_the_ends_of_every_measure_are_0_and_100(end: str) -> None:
    made = score({name: getattr(m, end) for name, m in MEASURES.items()})
    expected = 0.0 if end == "zero" else 100.0
    assert made.score == pytest.approx([expected] * len(MEASURES))
    assert float(made.growth) == float(made.liquidity) == pytest.approx(expected)


def test_the_documented_weights_are_whole() -> None:
    for axis in AXES:
        weights = [m.weight for m in MEASURES.values() if m.axis == axis]
        assert math.fsum(weights) == pytest.approx(1.0)


def test_a_score_by_hand() -> None:
    """Growth of 75.7% and a gross margin of 39%; half a year of cash and no net cash."""
    values = {"revenue_growth": 0.757, "gross_margin": 0.39, "cash_runway": 6.0, "net_cash": 0.0}
    made = score(values)
    # In any order, and past what has no value.
    other = dict(reversed(values.items())) | {"free_float": math.nan}
    assert score(other).points.tolist() == made.points.tolist()
    assert made.score == pytest.approx([75.7, 47.5, 100 / 6, 50.0])
    assert float(made.growth) == pytest.approx((0.4 * 75.7 + 0.3 * 47.5) / 0.7)
    assert float(made.liquidity) == pytest.approx((0.35 * 100 / 6 + 0.25 * 50) / 0.6)
    assert quadrant(made.growth, made.liquidity) == "growing, not funded"


@pytest.mark.parametrize(
    ("growth", "liquidity", "expected"),
    [
        (80.0, 50.14, "growing and funded; liquidity is close to 50"),
        (80.0, 49.9, "growing, not funded; liquidity is close to 50"),
        (50.5, 49.5, "growing, not funded; growth and liquidity are close to 50"),
        (48.9, 51.1, "funded, not growing"),
    ],
)
def test_a_quadrant_says_which_axis_is_close(
    growth: float, liquidity: float, expected: str
) -> None:
    assert quadrant(np.float64(growth), np.float64(liquidity)) == expected


def test_stated_bounds_and_weights_stand_in_for_the_documented_ones() -> None:
    made = score(
        {"revenue_growth": 0.5, "gross_margin": 0.5, "cash_runway": 12.0},
        zero={"revenue_growth": 0.25},
        full={"revenue_growth": 0.75, "cash_runway": 24.0},
        weight={"revenue_growth": 3.0, "gross_margin": 1.0},
    )
    assert made.score == pytest.approx([50.0, 75.0, 50.0])
    assert float(made.growth) == pytest.approx((3 * 50 + 75) / 4)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"revenue_growth": 0.5}, "must give weight to at least one of Cash runway"),
        ({"revenue_grow": 0.5, "cash_runway": 3}, "did you mean 'revenue_growth'"),
        ({"gross_margin": 39.0, "cash_runway": 3}, "measures Gross margin must be from"),
        ({"revenue_growth": 0.5, "cash_runway": -3}, "measures Cash runway must be at least 0"),
        ({"revenue_growth": 0.5, "free_float": 8.0}, "measures Free float must be from 0 to 1"),
    ],
)
def test_measures_that_cannot_be_scored_are_refused(
    values: dict[str, float], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        Measures.of(values)


def test_many_paths_are_scored_in_one_call() -> None:
    growth = np.linspace(-0.5, 1.5, 10_000)
    made = signal_growth_liquidity(Measures(revenue_growth=growth, cash_runway=18.0))
    assert made.growth.shape == (10_000,)
    assert (np.diff(made.growth) >= 0).all()
