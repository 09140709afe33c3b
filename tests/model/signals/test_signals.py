"""Do the signals follow their rules, with whatever is missing, and do the scores stay in bounds?

Oracles: the rules written again with plain truth values and tried on all combinations; for missing
observations, every way in which they could turn out; for the scores the bounds and directions that
they promise, and sums by hand. The published figures of Cerebras are those of the facts: revenue
of 2025 against 2024, margins of the group and of the cloud, and the values at the offer.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import InputError
from model.signals.checklist import (
    NAMES,
    UNDECIDED,
    UNKNOWN,
    facts,
    reason,
    signal_checklist,
    states,
    verdict,
)
from model.signals.observations import OBSERVATIONS, Observations
from model.signals.runway import signal_runway
from model.signals.scoring import AXES, MEASURES, Measures, Score, quadrant, signal_growth_liquidity

#: A value on either side of a threshold that suits every observation.
SIDES = {
    name: (0.6, 0.4) if o.comparison in ("above", "at least") else (0.4, 0.6)
    for name, o in OBSERVATIONS.items()
}


def rules(f: dict[str, bool]) -> dict[str, bool]:
    """The signals in words of one syllable."""
    walk_away = f["market_value"] and not f["concentration"]
    follow = f["concentration"] and f["revenue"]
    return {
        "Kill switch: customer": f["customer_execution"],
        "Kill switch: speed": f["price_premium"],
        "Walk away": walk_away,
        "Soft warning": f["revenue"] and f["gross_margin"] and f["cloud_margin"],
        "Follow": follow,
        "Wait": not follow and not walk_away,
    }


def observed(found: dict[str, bool | None]) -> Observations:
    stated = {name: holds for name, holds in found.items() if holds is not None}
    return Observations.of(
        {name: SIDES[name][0 if holds else 1] for name, holds in stated.items()},
        threshold=dict.fromkeys(stated, 0.5),
    )


def by_name(seen: Observations) -> dict[str, float]:
    return dict(zip(NAMES, states(seen).tolist(), strict=True))


def test_every_combination_gives_what_the_rules_say() -> None:
    for values in itertools.product([True, False], repeat=len(OBSERVATIONS)):
        holds = dict(zip(OBSERVATIONS, values, strict=True))
        expected = rules(holds)
        seen = observed(dict(holds))
        found = by_name(seen)
        assert found == {name: float(on) for name, on in expected.items()}
        # Something is always on, and the verdict is the first of it.
        first = next(name for name in NAMES if expected[name])
        assert NAMES[int(verdict(states(seen)))] == first


def test_what_is_missing_never_decides_a_signal() -> None:
    for values in itertools.product([True, False, None], repeat=len(OBSERVATIONS)):
        known = dict(zip(OBSERVATIONS, values, strict=True))
        missing = [name for name, holds in known.items() if holds is None]
        # Seldom more than three can matter to one signal; all of them would be slow to try.
        if len(missing) > 3:
            continue
        found = by_name(observed(known))
        for turns_out in itertools.product([True, False], repeat=len(missing)):
            complete = rules({**known, **dict(zip(missing, turns_out, strict=True))})
            for name, state in found.items():
                assert state in (0.0, 1.0, UNKNOWN)
                assert state == UNKNOWN or bool(state) == complete[name]


def test_nothing_observed_is_no_verdict() -> None:
    found = states(Observations())
    assert (found == UNKNOWN).all()
    assert int(verdict(found)) == len(NAMES)
    (last,) = signal_checklist(Observations()).bottom()
    assert last["state"] == UNDECIDED


def test_a_low_market_value_needs_no_concentration_to_rule_out_walking_away() -> None:
    seen = Observations(market_value=10_000, threshold={"market_value": 25_000})
    assert by_name(seen)["Walk away"] == 0


@pytest.mark.parametrize(
    ("name", "value", "threshold", "holds"),
    [
        ("market_value", 25_000.0, 25_000.0, True),
        ("market_value", 24_999.99, 25_000.0, False),
        ("price_premium", 1.0, None, True),
        ("price_premium", 1.01, None, False),
        ("price_premium", 1.01, 1.5, True),
    ],
)
def test_a_threshold_is_a_limit(
    name: str, value: float, threshold: float | None, holds: bool
) -> None:
    limits = {} if threshold is None else {name: threshold}
    assert facts(Observations.of({name: value}, threshold=limits))[name] == float(holds)


def test_what_market_value_is_too_much_is_for_the_user_to_say() -> None:
    with pytest.raises(InputError, match="Threshold must be given for Market value") as refused:
        Observations(market_value=39_817, previous={"market_value": 26_620})
    assert refused.value.reason == "missing"
    # Nothing is compared, and so no threshold is missed.
    assert facts(Observations(revenue=510))["market_value"] == UNKNOWN


def test_a_threshold_goes_before_the_previous_value() -> None:
    before = {"concentration": 0.47}
    seen = Observations(concentration=0.49, previous=before, threshold={"concentration": 0.5})
    assert facts(seen)["concentration"] == 1
    seen = Observations(concentration=0.49, previous=before)
    assert facts(seen)["concentration"] == 0
    assert reason("concentration", seen) == "concentration 49.0% is at least the previous 47.0%"
    seen = Observations(concentration=0.49)
    assert facts(seen)["concentration"] == UNKNOWN
    assert reason("concentration", seen) == "concentration has nothing to be compared with"


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


def test_paths_of_a_simulation_are_one_call() -> None:
    seen = Observations(
        market_value=np.array([30_000.0, 45_000.0, 60_000.0]),
        concentration=np.array([0.8, 0.8, 0.4]),
        revenue=885.0,
        previous={"concentration": 0.62, "revenue": 510.0},
        threshold={"market_value": 40_000.0},
    )
    found = states(seen)
    assert found.shape == (3, len(NAMES))
    assert [NAMES[i] for i in verdict(found)] == ["Wait", "Walk away", "Follow"]


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
        ({"revenue_growth": 0.5}, "must weigh one at least of Cash runway"),
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
