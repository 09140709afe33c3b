"""Signals: an investor's checklist over what is observed, with the reasons in words.

A fact is 1 where it holds, 0 where it does not, and a half where nothing is observed. With these
numbers *and* is the minimum, *or* the maximum and *not* one less the number (Kleene's logic): a
signal that one known fact decides is decided, whatever else is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Literal, cast

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError, floats, nearest, require, shown

State = Literal["on", "off", "not observed"]
Comparison = Literal["above", "at least", "below", "at most"]
UNKNOWN = 0.5
#: Verdict when nothing that is observed turns a signal on.
UNDECIDED = "Not observed"

COMPARE: dict[Comparison, Callable[[Floats, Floats], npt.NDArray[np.bool_]]] = {
    "above": np.greater,
    "at least": np.greater_equal,
    "below": np.less,
    "at most": np.less_equal,
}
#: How a comparison that does not hold is told.
OTHERWISE: dict[Comparison, str] = {
    "above": "at most",
    "at least": "below",
    "below": "at least",
    "at most": "above",
}


@dataclass(frozen=True)
class Observation:
    """What can be observed: its unit and bounds, and the fact that it decides."""

    unit: str
    meaning: str
    comparison: Comparison
    low: float = 0.0
    high: float = np.inf
    #: Threshold where the user states none; without one, the previous value stands in.
    threshold: float | None = None


OBSERVATIONS: dict[str, Observation] = {
    "market_value": Observation(
        "USD m", "Market value of the equity, diluted.", "at least", threshold=40_000.0
    ),
    "concentration": Observation(
        "fraction", "Share of the largest customer.", "below", high=1.0
    ),
    "revenue": Observation("USD m", "Revenue of the period.", "above"),
    "gross_margin": Observation("fraction", "Gross margin.", "below", -100.0, 1.0),
    "cloud_margin": Observation("fraction", "Gross margin of the cloud.", "below", -100.0, 1.0),
    "customer_execution": Observation(
        "ratio", "What the main customer takes up, over what was agreed.", "below"
    ),
    "price_premium": Observation(
        "ratio", "Price over that of slower offers.", "at most", threshold=1.0
    ),
}  # fmt: skip

#: The bounds of the observations as a message tells them.
BOUNDS: dict[str, str] = {
    name: f"at least {shown(o.low)}"
    if o.high == np.inf
    else f"from {shown(o.low)} to {shown(o.high)}"
    for name, o in OBSERVATIONS.items()
}


@dataclass(frozen=True)
class Observed:
    """One observation; NaN where it, its previous value or its threshold is not stated.

    Its yardstick is its threshold, else the default one, else the previous value.
    """

    value: Floats
    previous: Floats
    threshold: Floats
    yardstick: Floats

    @classmethod
    def of(
        cls,
        name: str,
        value: npt.ArrayLike,
        previous: npt.ArrayLike = np.nan,
        threshold: npt.ArrayLike = np.nan,
    ) -> Observed:
        """Check an observation against its bounds.

        Examples
        --------
        >>> Observed.of("concentration", 62)
        Traceback (most recent call last):
        model.errors.InputError: observations concentration must be from 0 to 1, not 62.
        """
        if name not in OBSERVATIONS:
            raise InputError(
                "observations",
                f"must hold known observations only, not {shown(name)}"
                f"{nearest(name, OBSERVATIONS)}",
            )
        told = OBSERVATIONS[name]
        stated = []
        for given, what in ((value, ""), (previous, " Previous"), (threshold, " Threshold")):
            array = np.asarray(given, dtype=np.float64)[()]
            inside = np.isnan(array) | ((array >= told.low) & (array <= told.high))
            require(inside, f"observations {name}{what}", BOUNDS[name], array)
            require(~np.isinf(array), f"observations {name}{what}", "finite", array)
            stated.append(array)
        seen, before, limit = stated
        instead = before if told.threshold is None else told.threshold
        return cls(seen, before, limit, np.where(np.isnan(limit), instead, limit)[()])


def facts(observed: Mapping[str, Observed]) -> dict[str, Floats]:
    """Whether each fact holds: 1, 0, or a half where it is not observed."""
    found = {}
    for name, told in OBSERVATIONS.items():
        if name not in observed:
            found[name] = cast(Floats, np.float64(UNKNOWN))
            continue
        value, against = observed[name].value, observed[name].yardstick
        holds = COMPARE[told.comparison](value, against)
        unknown = np.isnan(value) | np.isnan(against)
        found[name] = np.where(unknown, UNKNOWN, holds)[()]
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


def checklist(observed: Mapping[str, Observed]) -> Floats:
    """State of every signal, in the order of `SIGNALS`: 1 on, 0 off, a half not observed.

    Parameters
    ----------
    observed : mapping of str to Observed
        By name; what is missing is not observed.

    Returns
    -------
    ndarray, shape (..., signals)

    Examples
    --------
    A market value of 50 billion while the largest customer's share has not fallen:

    >>> seen = {"market_value": Observed.of("market_value", 50_000),
    ...         "concentration": Observed.of("concentration", 0.85, 0.85)}
    >>> dict(zip([s.name for s in SIGNALS], checklist(seen), strict=True))["Walk away"].item()
    1.0
    """
    found = facts(observed)
    states = np.broadcast_arrays(*(signal.rule(found) for signal in SIGNALS))
    return np.stack(states, axis=-1)


def verdict(states: Floats) -> npt.NDArray[np.int_]:
    """Place in `SIGNALS` of the first signal that is on, or their number where none is.

    Parameters
    ----------
    states : ndarray, shape (..., signals)
        As `checklist` gives them.

    Returns
    -------
    ndarray of int, shape (...)
    """
    on = states == 1
    return np.asarray(np.where(on.any(-1), on.argmax(-1), states.shape[-1]))


# Words -------------------------------------------------------------------------------------------


def told(name: str, value: float) -> str:
    """Write an observation's value as one reads it."""
    unit = OBSERVATIONS[name].unit
    if unit == "USD m":
        return f"{value:,.1f} million" if abs(value) < 1000 else f"{value:,.0f} million"
    return f"{value:.1%}" if unit == "fraction" else f"{value:.2f}"


def reason(name: str, observed: Observed | None) -> str:
    """Tell a fact in words: the value, and how it stands to what it is compared with.

    Parameters
    ----------
    name : str
        A key of `OBSERVATIONS`.
    observed : Observed or None
        None where it is not observed.

    Returns
    -------
    str

    Examples
    --------
    >>> reason("market_value", Observed.of("market_value", 39_817))
    'market value 39,817 million is below the threshold 40,000 million'
    """
    label = name.replace("_", " ")
    if observed is None or np.isnan(observed.value):
        return f"{label} is not observed"
    against = observed.yardstick
    if np.isnan(against):
        return f"{label} has nothing to be compared with"
    comparison = OBSERVATIONS[name].comparison
    holds = bool(COMPARE[comparison](observed.value, against))
    stands = comparison if holds else OTHERWISE[comparison]
    by_default = OBSERVATIONS[name].threshold is not None
    kind = "the threshold" if by_default or not np.isnan(observed.threshold) else "the previous"
    return (
        f"{label} {told(name, float(observed.value))} is {stands} {kind} "
        f"{told(name, float(against))}"
    )


def read(names: Sequence[str], observed: Mapping[str, Observed]) -> str:
    """Tell the values that were observed."""
    return _listed({n: observed[n].value for n in names if n in observed})


def compared(names: Sequence[str], observed: Mapping[str, Observed]) -> str:
    """Tell what the values are compared with."""
    return _listed({n: observed[n].yardstick for n in names if n in observed})


def _listed(values: Mapping[str, Floats]) -> str:
    return "; ".join(
        f"{name.replace('_', ' ')} {told(name, float(value))}"
        for name, value in values.items()
        if not np.isnan(value)
    )


def state(value: float) -> State:
    """Name a state."""
    return "not observed" if value == UNKNOWN else "on" if value == 1 else "off"


def runway(cash: npt.ArrayLike, free_cash_flow: npt.ArrayLike, longest: float = 120.0) -> Floats:
    """Months that cash lasts at a year's free cash flow, at most `longest`.

    Parameters
    ----------
    cash : array_like, shape (...)
        USD millions, at least 0.
    free_cash_flow : array_like, shape (...)
        Of a year, USD millions; negative where cash is burnt.
    longest : float
        Most months that are told, above 0.

    Returns
    -------
    ndarray, shape (...)
        ``12 * cash / -free_cash_flow``, at most `longest`.

    Raises
    ------
    InputError
        For negative cash, or a longest that is not above 0.

    Examples
    --------
    Five million of cash at half a million a month (propelx.com):

    >>> float(runway(5, -6))
    10.0
    """
    held, flow = floats("cash", cash), floats("free_cash_flow", free_cash_flow)
    require(held >= 0, "cash", "at least 0", held)
    if not 0 < longest < np.inf:
        raise InputError("longest", f"must be above 0, not {shown(longest)}")
    burn = np.maximum(-flow, 0.0)
    # Compared before it is divided: a burn of next to nothing lasts for ever.
    lasts = held >= longest * burn / 12
    months = np.divide(held * 12, burn, out=np.full(np.shape(lasts), longest), where=~lasts)
    return np.asarray(months)
