"""Signals: an investor's checklist over what is observed, with the reasons in words.

A fact is 1 if it holds, 0 if it does not, and a half if it is not observed. With these numbers
*and* is the minimum, *or* the maximum and *not* one less the number (Kleene's logic): a signal
decided by one known fact is decided regardless of missing facts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from model.errors import Floats
from model.fields import Names, line
from model.functions import function
from model.signals.observations import COMPARE, OBSERVATIONS, OTHERWISE, Observations
from model.tables import Listing

State = Literal["on", "off", "not observed"]
UNKNOWN = 0.5
#: Verdict when no observation turns a signal on.
UNDECIDED = "Not observed"


def facts(observed: Observations) -> dict[str, Floats]:
    """Whether each fact holds: 1, 0, or a half where it is not observed."""
    found = {}
    for name, f in OBSERVATIONS.items():
        value, against = getattr(observed, name), observed.yardstick(name)
        holds = COMPARE[f.comparison](value, against)
        found[name] = np.where(np.isnan(value) | np.isnan(against), UNKNOWN, holds)[()]
    return found


# The signals -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Signal:
    """One signal: what it reads, and the rule over the facts."""

    name: str
    reads: tuple[str, ...]
    rule: Callable[[Mapping[str, Floats]], Floats]


def _all(*of: Floats) -> Floats:
    return reduce(np.minimum, of)


def _walk_away(f: Mapping[str, Floats]) -> Floats:
    return _all(f["market_value"], 1 - f["concentration"])


def _follow(f: Mapping[str, Floats]) -> Floats:
    return _all(f["concentration"], f["revenue"])


#: All signals in order of precedence: the first that is on is the verdict.
SIGNALS: tuple[Signal, ...] = (
    Signal(
        "Kill switch: customer", ("customer_execution",), lambda f: f["customer_execution"]
    ),
    Signal("Kill switch: speed", ("price_premium",), lambda f: f["price_premium"]),
    Signal("Walk away", ("market_value", "concentration"), _walk_away),
    Signal(
        "Soft warning",
        ("revenue", "gross_margin", "cloud_margin"),
        lambda f: _all(f["revenue"], f["gross_margin"], f["cloud_margin"]),
    ),
    Signal("Follow", ("concentration", "revenue"), _follow),
    Signal(
        "Wait",
        ("market_value", "concentration", "revenue"),
        lambda f: _all(1 - _walk_away(f), 1 - _follow(f)),
    ),
)  # fmt: skip
NAMES = tuple(signal.name for signal in SIGNALS)


def states(observed: Observations) -> Floats:
    """State of every signal, in the order of `SIGNALS`: 1 on, 0 off, a half not observed.

    Parameters
    ----------
    observed : Observations
        Missing values are not observed.

    Examples
    --------
    A market value of 50 billion, above a limit of 45, while the largest customer's share has
    not fallen:

    >>> seen = Observations(market_value=50_000, threshold={"market_value": 45_000},
    ...                     concentration=0.85, previous={"concentration": 0.85})
    >>> dict(zip(NAMES, states(seen), strict=True))["Walk away"].item()
    1.0
    """
    found = facts(observed)
    return np.stack(np.broadcast_arrays(*(signal.rule(found) for signal in SIGNALS)), axis=-1)


def verdict(states: Floats) -> npt.NDArray[np.int_]:
    """Place in `SIGNALS` of the first signal that is on, or the number of signals if none is.

    Parameters
    ----------
    states : ndarray, shape (..., signals)
        As `states` gives them.

    Returns
    -------
    ndarray of int, shape (...)
    """
    on = states == 1
    return np.asarray(np.where(on.any(-1), on.argmax(-1), states.shape[-1]))


# Words -------------------------------------------------------------------------------------------


def written(name: str, value: Floats) -> str:
    """Format an observation's value for reading."""
    unit = OBSERVATIONS[name].unit
    if unit == "USD m":
        return f"{value:,.1f} million" if abs(value) < 1000 else f"{value:,.0f} million"
    return f"{value:.1%}" if unit == "fraction" else f"{value:.2f}"


def reason(name: str, observed: Observations) -> str:
    """Put a fact in words: the value, and how it compares.

    Examples
    --------
    >>> seen = Observations(market_value=39_817, threshold={"market_value": 45_000})
    >>> reason("market_value", seen)
    'market value 39,817 million is below the threshold 45,000 million'
    """
    f = OBSERVATIONS[name]
    label = f.header.lower()
    value, against = getattr(observed, name), observed.yardstick(name)
    if np.isnan(value):
        return f"{label} is not observed"
    if np.isnan(against):
        return f"{label} has nothing to be compared with"
    holds = bool(COMPARE[f.comparison](value, against))
    stands = f.comparison if holds else OTHERWISE[f.comparison]
    kind = "the threshold" if f.limit or name in observed.threshold else "the previous"
    return f"{label} {written(name, value)} is {stands} {kind} {written(name, against)}"


def _listed(names: Sequence[str], values: Callable[[str], Floats]) -> str:
    return "; ".join(
        f"{OBSERVATIONS[name].header.lower()} {written(name, values(name))}"
        for name in names
        if not np.isnan(values(name))
    )


def state(value: float) -> State:
    """Name a state."""
    return "not observed" if value == UNKNOWN else "on" if value == 1 else "off"


class Checklist(Listing):
    """Signal by signal, its state and why; and the verdict."""

    labels = NAMES
    totals = ("Verdict",)

    signal: Names = line("Signal", "name")
    state: Names = line("State", "name")
    precedence: tuple[int, ...] = line("Precedence", "number", form="count")
    read: Names = line("Read", "name")
    compared: Names = line("Compared with", "name")
    reason: Names = line("Reason", "name")
    #: Place of the signal that is the verdict; the number of signals if none is.
    verdict: int

    def bottom(self) -> list[dict[str, Any]]:
        """Return the first signal that is on, with its description."""
        place = self.verdict
        (label,) = self.totals
        if place == len(self.signal):
            return [{"signal": label, "state": UNDECIDED, "precedence": 0,
                     "reason": "no signal is known to be on"}]  # fmt: skip
        _, _, *others = self.declared
        said = {name: getattr(self, name)[place] for name in others}
        return [{"signal": label, "state": self.signal[place], **said}]


@function
def signal_checklist(observations: Observations) -> Checklist:
    """Investor's checklist: each signal with its state, what it read, and why; and a verdict.

    Parameters
    ----------
    observations
        The observations; a blank or missing one is not observed.

    Raises
    ------
    InputError
        For an observation that is unknown, repeated or out of bounds; for a
        market value without a threshold.

    Notes
    -----
    A value is compared with its Threshold; without one, price_premium with 1, and the others with
    Previous. The limit for market value has no default.

    Kill switch: customer. customer_execution, what the main customer takes up over what was
    agreed, is below.

    Kill switch: speed. price_premium, the price over that of slower offers, is at most that.

    Walk away. market_value is at least that, and concentration, the largest customer's share,
    is not below: the price is paid before the risk has fallen.

    Soft warning. revenue is above, but gross_margin and cloud_margin are below: growth is bought
    with cloud costs.

    Follow. concentration is below and revenue above.

    Wait. Neither Follow nor Walk away.

    The verdict is the first of these, in this order, that is on. Missing observations leave a
    signal open only if the others do not decide it.

    References
    ----------
    The rules of the articles on the Cerebras offer, May 2026: walk away if the market value goes
    toward 40 to 50 billion before concentration falls.

    Examples
    --------
    >>> seen = Observations(market_value=66_950, threshold={"market_value": 40_000},
    ...                     concentration=0.63, previous={"concentration": 0.62})
    >>> made = signal_checklist(seen)
    >>> made.signal[made.verdict]
    'Walk away'
    """
    found = states(observations)
    reads = [signal.reads for signal in SIGNALS]
    return Checklist(
        NAMES,
        tuple(state(value) for value in found.tolist()),
        tuple(range(1, len(NAMES) + 1)),
        tuple(_listed(names, lambda name: getattr(observations, name)) for names in reads),
        tuple(_listed(names, observations.yardstick) for names in reads),
        tuple("; ".join(reason(name, observations) for name in names) for names in reads),
        int(verdict(found)),
    )
