"""Do the signals follow their rules, with whatever is missing, and do the scores stay in bounds?

Oracles: the rules written again with plain truth values and tried on all combinations; for missing
observations, every way in which they could turn out; for the scores the bounds and directions that
they promise, and sums by hand. The published figures of Cerebras are those of the facts: revenue
of 2025 against 2024, margins of the group and of the cloud, and the values at the offer.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import InputError
from model.signals import checklist as signals
from model.signals import scoring
from model.signals.checklist import OBSERVATIONS, SIGNALS, UNKNOWN, Observed
from model.signals.scoring import AXES, MEASURES, Measured

NAMES = [signal.name for signal in SIGNALS]
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


def observed(facts: dict[str, bool | None]) -> dict[str, Observed]:
    return {
        name: Observed.of(name, SIDES[name][0 if holds else 1], threshold=0.5)
        for name, holds in facts.items()
        if holds is not None
    }


def states(facts: dict[str, bool | None]) -> dict[str, float]:
    found = signals.checklist(observed(facts))
    return dict(zip(NAMES, found.tolist(), strict=True))


def test_every_combination_gives_what_the_rules_say() -> None:
    for values in itertools.product([True, False], repeat=len(OBSERVATIONS)):
        facts = dict(zip(OBSERVATIONS, values, strict=True))
        expected = rules(facts)
        found = states(dict(facts))
        assert found == {name: float(on) for name, on in expected.items()}
        # Something is always on, and the verdict is the first of it.
        first = next(name for name in NAMES if expected[name])
        place = signals.verdict(signals.checklist(observed(dict(facts))))
        assert NAMES[int(place)] == first


def test_what_is_missing_never_decides_a_signal() -> None:
    for values in itertools.product([True, False, None], repeat=len(OBSERVATIONS)):
        facts = dict(zip(OBSERVATIONS, values, strict=True))
        missing = [name for name, holds in facts.items() if holds is None]
        # Seldom more than three can matter to one signal; all of them would be slow to try.
        if len(missing) > 3:
            continue
        found = states(facts)
        for turns_out in itertools.product([True, False], repeat=len(missing)):
            complete = rules({**facts, **dict(zip(missing, turns_out, strict=True))})
            for name, state in found.items():
                assert state in (0.0, 1.0, UNKNOWN)
                assert state == UNKNOWN or bool(state) == complete[name]


def test_nothing_observed_is_no_verdict() -> None:
    found = signals.checklist({})
    assert (found == UNKNOWN).all()
    assert int(signals.verdict(found)) == len(SIGNALS)


def test_a_low_market_value_needs_no_concentration_to_rule_out_walking_away() -> None:
    seen = {"market_value": Observed.of("market_value", 10_000)}
    assert dict(zip(NAMES, signals.checklist(seen), strict=True))["Walk away"] == 0


@pytest.mark.parametrize(
    ("name", "value", "holds"),
    [
        ("market_value", 40_000.0, True),
        ("market_value", 39_999.99, False),
        ("price_premium", 1.0, True),
        ("price_premium", 1.01, False),
    ],
)
def test_documented_thresholds_stand_in_for_blank_ones(
    name: str, value: float, holds: bool
) -> None:
    assert signals.facts({name: Observed.of(name, value)})[name] == float(holds)


def test_a_threshold_goes_before_the_previous_value() -> None:
    seen = Observed.of("concentration", 0.49, 0.47, 0.5)
    assert signals.facts({"concentration": seen})["concentration"] == 1
    seen = Observed.of("concentration", 0.49, 0.47)
    assert signals.facts({"concentration": seen})["concentration"] == 0
    assert signals.reason("concentration", seen) == (
        "concentration 49.0% is at least the previous 47.0%"
    )
    seen = Observed.of("concentration", 0.49)
    assert signals.facts({"concentration": seen})["concentration"] == UNKNOWN
    assert signals.reason("concentration", seen) == (
        "concentration has nothing to be compared with"
    )


def test_cerebras_at_its_offer() -> None:
    seen = {
        "revenue": Observed.of("revenue", 509.991, 290.252),
        "gross_margin": Observed.of("gross_margin", 0.390, 0.423),
        "cloud_margin": Observed.of("cloud_margin", 0.299, 0.614),
        # MBZUAI and G42, one group, in 2025; G42 in 2024.
        "concentration": Observed.of("concentration", 0.86, 0.85),
        "market_value": Observed.of("market_value", 39_817.0),
    }
    by_name = dict(zip(NAMES, signals.checklist(seen), strict=True))
    assert by_name["Soft warning"] == 1
    assert by_name["Walk away"] == 0
    # Fully diluted, and at the first close, the value is past the threshold.
    for value in (56_425.0, 66_951.0):
        seen["market_value"] = Observed.of("market_value", value)
        assert NAMES[int(signals.verdict(signals.checklist(seen)))] == "Walk away"


def test_paths_of_a_simulation_are_one_call() -> None:
    values = np.array([30_000.0, 45_000.0, 60_000.0])
    seen = {
        "market_value": Observed.of("market_value", values),
        "concentration": Observed.of("concentration", [0.8, 0.8, 0.4], 0.62),
        "revenue": Observed.of("revenue", 885.0, 510.0),
    }
    found = signals.checklist(seen)
    assert found.shape == (3, len(SIGNALS))
    places = signals.verdict(found)
    assert [NAMES[i] for i in places] == ["Wait", "Walk away", "Follow"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("concentration", 62.0), ("market_value", -1.0), ("revenue", math.inf), ("speed", 1.0)],
)
def test_what_cannot_be_observed_is_refused(name: str, value: float) -> None:
    with pytest.raises(InputError, match=r"^observations "):
        Observed.of(name, value)


@given(st.floats(0, 1e6), st.floats(-1e6, 1e6), st.floats(1, 600))
def test_the_runway_is_the_cash_over_a_months_burn(
    cash: float, flow: float, longest: float
) -> None:
    found = float(signals.runway(cash, flow, longest))
    assert 0 <= found <= longest
    if flow < 0 and found < longest:
        assert found * -flow / 12 == pytest.approx(cash, rel=1e-9, abs=1e-9)
    if flow >= 0:
        assert found == longest


# Scores ------------------------------------------------------------------------------------------

#: Values of every measure that its bounds admit.
VALUES = {name: st.floats(max(m.low, -3.0), min(m.high, 100.0)) for name, m in MEASURES.items()}


@given(st.fixed_dictionaries(VALUES))
def test_scores_stay_in_bounds_and_are_the_sums_of_their_points(values: dict[str, float]) -> None:
    made = scoring.score(Measured.of(list(values), list(values.values())))
    assert ((made.score >= 0) & (made.score <= 100)).all()
    for axis in AXES:
        own = [i for i, name in enumerate(values) if MEASURES[name].axis == axis]
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
    scores = [
        scoring.score(Measured.of(list(values), [*(values | {name: v}).values()]))
        for v in (low, high)
    ]
    for axis in AXES:
        worse, better = (float(getattr(s, axis)) for s in scores)
        if MEASURES[name].axis == axis:
            assert better >= worse - 1e-9
        else:
            assert better == worse


@pytest.mark.parametrize("end", ["zero", "full"])
def test_the_ends_of_every_measure_are_0_and_100(end: str) -> None:
    made = scoring.score(Measured.of(list(MEASURES), [getattr(m, end) for m in MEASURES.values()]))
    expected = 0.0 if end == "zero" else 100.0
    assert made.score == pytest.approx([expected] * len(MEASURES))
    assert float(made.growth) == float(made.liquidity) == pytest.approx(expected)


def test_the_documented_weights_are_whole() -> None:
    for axis in AXES:
        weights = [m.weight for m in MEASURES.values() if m.axis == axis]
        assert math.fsum(weights) == pytest.approx(1.0)


def test_a_score_by_hand() -> None:
    """Growth of 75.7% and a gross margin of 39%; half a year of cash and no net cash."""
    names = ["revenue_growth", "gross_margin", "cash_runway", "net_cash"]
    made = scoring.score(Measured.of(names, [0.757, 0.39, 6.0, 0.0]))
    assert made.score == pytest.approx([75.7, 47.5, 100 / 6, 50.0])
    assert float(made.growth) == pytest.approx((0.4 * 75.7 + 0.3 * 47.5) / 0.7)
    assert float(made.liquidity) == pytest.approx((0.35 * 100 / 6 + 0.25 * 50) / 0.6)
    assert scoring.quadrant(float(made.growth), float(made.liquidity)) == "growing, not funded"


def test_stated_bounds_and_weights_stand_in_for_the_documented_ones() -> None:
    nan = math.nan
    own = Measured.of(
        ["revenue_growth", "gross_margin", "cash_runway"],
        [0.5, 0.5, 12.0],
        zero=[0.25, nan, nan],
        full=[0.75, nan, 24.0],
        weight=[3.0, 1.0, nan],
    )
    made = scoring.score(own)
    assert made.score == pytest.approx([50.0, 75.0, 50.0])
    assert float(made.growth) == pytest.approx((3 * 50 + 75) / 4)


@pytest.mark.parametrize(
    ("names", "values", "told"),
    [
        (["revenue_growth"], [0.5], "must weigh one at least of cash_runway"),
        (["revenue_grow", "cash_runway"], [0.5, 3], "did you mean 'revenue_growth'"),
        (["revenue_growth", "revenue_growth"], [0.5, 0.5], "must hold each measure once"),
        (["gross_margin", "cash_runway"], [39.0, 3], "measures gross_margin must be from"),
        (["revenue_growth", "cash_runway"], [0.5, -3], "measures cash_runway must be at least 0"),
        (["revenue_growth", "free_float"], [0.5, 8.0], "measures free_float must be from 0 to 1"),
    ],
)
def test_measures_that_cannot_be_scored_are_refused(
    names: list[str], values: list[float], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        Measured.of(names, values)


def test_many_paths_are_scored_in_one_call() -> None:
    growth = np.linspace(-0.5, 1.5, 10_000)
    values = np.stack([growth, np.full_like(growth, 18.0)], axis=-1)
    made = scoring.score(Measured.of(["revenue_growth", "cash_runway"], values))
    assert made.growth.shape == (10_000,)
    assert (np.diff(made.growth) >= 0).all()
