"""Conditions on what is observed: whether each holds, how far it is from turning, and why."""

from __future__ import annotations

import numpy as np

from model.errors import Floats
from model.fields import Names, line
from model.functions import function
from model.signals.closeness import CLOSE, NEAR, Nearness, distance, is_close
from model.signals.observations import (
    CONDITIONS,
    OBSERVATIONS,
    OTHERWISE,
    Observations,
    conditions_of,
)
from model.signals.rules import UNKNOWN
from model.tables import Listing

#: The state of a condition by its number.
STATES = {1.0: "yes", 0.0: "no", UNKNOWN: "not observed"}
#: How a sentence names what a value is compared with.
YARDSTICKS = {
    "threshold": "the threshold",
    "upper": "the upper end",
    "previous": "the previous",
}


def facts(observed: Observations) -> dict[str, Floats]:
    """Whether each condition holds: 1, 0, or a half where it is not observed."""
    return {name: c.holds(observed, UNKNOWN) for name, c in CONDITIONS.items()}


def distances(observed: Observations) -> dict[str, Floats]:
    """Distance of each condition's value from what it is compared with; NaN where unknown."""
    return {
        name: distance(
            getattr(observed, c.observation),
            c.yardstick(observed)[1],
            share=OBSERVATIONS[c.observation].unit == "fraction",
        )
        for name, c in CONDITIONS.items()
    }


def written(name: str, value: Floats) -> str:
    """Format an observation's value for reading."""
    unit = OBSERVATIONS[name].unit
    if unit == "USD m":
        return f"{value:,.1f} million" if abs(value) < 1000 else f"{value:,.0f} million"
    return f"{value:.1%}" if unit == "fraction" else f"{value:.2f}"


def reason(condition: str, observed: Observations) -> str:
    """Put a condition in words: the value, and how it compares.

    Examples
    --------
    >>> seen = Observations(market_value=39_817, threshold={"market_value": 45_000})
    >>> reason("at_threshold", seen)
    'market value 39,817 million is below the threshold 45,000 million'
    """
    c = CONDITIONS[condition]
    name = c.observation
    label, value = OBSERVATIONS[name].header, getattr(observed, name)
    label = label if label.startswith("RPO") else label.lower()
    kind, against = c.yardstick(observed)
    if not c.applies(observed):
        return f"no upper end of {label} is stated"
    if np.isnan(value):
        return f"{label} is not observed"
    if np.isnan(against):
        return f"{label} has no {' or '.join(c.against)} to be compared with"
    holds = c.holds(observed, UNKNOWN) == 1
    stands = c.comparison if holds else OTHERWISE[c.comparison]
    return f"{label} {written(name, value)} is {stands} {YARDSTICKS[kind]} {written(name, against)}"


def missing(condition: str, observed: Observations) -> str:
    """Name what is missing for a condition to be known."""
    c = CONDITIONS[condition]
    label = OBSERVATIONS[c.observation].header
    label = label if label.startswith("RPO") else label.lower()
    if np.isnan(getattr(observed, c.observation)):
        return label
    return f"{' or '.join(c.against)} of {label}"


class Conditions(Listing):
    """Condition by condition, whether it holds, and by how much; (conditions,)."""

    condition: Names = line("Condition", "name")
    state: Names = line("State", "name")
    unit: Names = line("Unit", "name")
    value: Floats = line("Value", "number", undefined="")
    kind: Names = line("Against", "name")
    compared: Floats = line("Compared with", "number", undefined="")
    distance: Floats = line("Distance", "fraction", undefined="")
    close: Names = line("Close", "name")
    reason: Names = line("Reason", "name")


@function
def signal_conditions(observations: Observations, within: Nearness = NEAR) -> Conditions:
    """Conditions on the observations: whether each holds, how far it is from turning, and why.

    Parameters
    ----------
    observations
        The observations; a blank one is not observed, and one without a row is left out.
    within
        Distance within which a condition is shown as close.

    Raises
    ------
    InputError
        As for SIGNAL_CHECKLIST.

    Notes
    -----
    The distance is the value over what it is compared with, less 1; for shares and margins it is
    their difference.

    References
    ----------
    The rules of the articles on the Cerebras offer, May 2026: walk away if the market value goes
    toward 40 to 50 billion before concentration falls.

    Examples
    --------
    >>> seen = Observations(market_value=66_950, threshold={"market_value": 40_000})
    >>> float(signal_conditions(seen).distance[0].round(5))
    0.67375
    """
    names = conditions_of(observations)
    holds, apart = facts(observations), distances(observations)
    yardsticks = [CONDITIONS[name].yardstick(observations) for name in names]
    return Conditions(
        tuple(CONDITIONS[name].label for name in names),
        tuple(STATES[float(holds[name])] for name in names),
        tuple(OBSERVATIONS[CONDITIONS[name].observation].unit for name in names),
        np.array([getattr(observations, CONDITIONS[name].observation) for name in names]),
        tuple("" if np.isnan(against) else kind for kind, against in yardsticks),
        np.array([against for _, against in yardsticks]),
        np.array([apart[name] for name in names]),
        tuple(CLOSE if is_close(apart[name], within) else "" for name in names),
        tuple(reason(name, observations) for name in names),
    )
