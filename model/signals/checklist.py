"""Signals: an investor's checklist over conditions, with its verdict and the reasons in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from model.errors import Floats
from model.fields import Names, line
from model.functions import function
from model.signals import rules
from model.signals.closeness import CLOSE, NEAR, Nearness, is_close
from model.signals.conditions import distances, facts, missing, reason
from model.signals.observations import CONDITIONS, Observations
from model.signals.rules import UNKNOWN, Fact, Not, Rule
from model.tables import Listing

State = Literal["on", "off", "undecided"]
#: Verdicts when no signal is on: one of them may be, or none is.
UNDECIDED, NO_SIGNAL = "Undecided", "No signal"
FOLLOW = "Follow"

# The signals -------------------------------------------------------------------------------------

#: The price is below its threshold, or within its range and coming back.
DISCIPLINED = rules.Any(
    Not(Fact("at_threshold")), rules.All(Fact("falling"), Not(Fact("past_upper")))
)
#: The price holds or rises, or is past the range.
ENTHUSIASM = rules.Any(Not(Fact("falling")), Fact("past_upper"))
PROOF = rules.All(Fact("visibility"), Fact("broadening"))
SQUEEZE = rules.All(Fact("growing"), Fact("squeezed"))
VETOES = (Fact("execution"), Fact("pricing"), Fact("repeat"))
CLEAR = tuple(Not(rule) for rule in VETOES)


@dataclass(frozen=True)
class Signal:
    """One signal: its rule, and further conditions that only explain it."""

    name: str
    rule: Rule
    also: tuple[str, ...] = ()

    @property
    def reads(self) -> int:
        """How many conditions the rule reads, each time that it does."""
        return len(self.rule.of_facts(facts(Observations())))


#: All signals in order of precedence: the first that is on is the verdict.
SIGNALS: tuple[Signal, ...] = (
    Signal("Kill switch: execution", VETOES[0]),
    Signal("Kill switch: pricing power", VETOES[1]),
    Signal("Kill switch: repeat demand", VETOES[2]),
    Signal("Walk away", rules.All(Fact("at_threshold"), Not(Fact("broadening")))),
    Signal("Soft warning", SQUEEZE, ("cloud",)),
    Signal(FOLLOW, rules.All(DISCIPLINED, PROOF, *CLEAR, Not(SQUEEZE))),
    Signal("Wait", rules.All(ENTHUSIASM, Not(PROOF))),
)
NAMES = tuple(signal.name for signal in SIGNALS)


def states(observed: Observations) -> Floats:
    """State of every signal, in the order of `SIGNALS`: 1 on, 0 off, a half undecided.

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
    every = (signal.rule.value(found) for signal in SIGNALS)
    return np.stack(np.broadcast_arrays(*every), axis=-1)


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


def state(value: float) -> State:
    """Name a state."""
    return "undecided" if value == UNKNOWN else "on" if value == 1 else "off"


def _listed(texts: Sequence[str]) -> str:
    return "; ".join(dict.fromkeys(text for text in texts if text))


class Checklist(Listing):
    """Signal by signal, its state and what decides it; and the verdict."""

    labels = NAMES
    totals = ("Verdict",)

    signal: Names = line("Signal", "name")
    state: Names = line("State", "name")
    precedence: npt.NDArray[np.int_] = line("Precedence", "number", form="count")
    speak_for: npt.NDArray[np.int_] = line("For it", "count", form="count")
    speak_against: npt.NDArray[np.int_] = line("Against it", "count", form="count")
    open: npt.NDArray[np.int_] = line("Not known", "count", form="count")
    nearest: Floats = line("Nearest", "fraction", undefined="")
    close: Names = line("Close", "name")
    decided_by: Names = line("Decided by", "name")
    missing: Names = line("Not observed", "name")
    #: Place of the signal that is the verdict; the number of signals if none is.
    verdict: int

    def bottom(self) -> list[dict[str, Any]]:
        """Return the first signal that is on, and what could put another in its place."""
        place = self.verdict
        (label,) = self.totals
        if place < len(self.signal):
            _, _, *others = self.declared
            said = {name: getattr(self, name)[place] for name in others}
            before = _listed(self.missing[:place])
            return [{"signal": label, "state": self.signal[place], **said, "missing": before}]
        lacking = _listed([text for each in self.missing for text in each.split("; ")])
        open_ = [n for n, s in zip(self.signal, self.state, strict=True) if s == "undecided"]
        why = f"may be on: {', '.join(open_)}" if open_ else "no signal is on"
        near = CLOSE if CLOSE in self.close else ""
        return [{"signal": label, "state": UNDECIDED if open_ else NO_SIGNAL, "precedence": 0,
                 "decided_by": why, "missing": lacking, "close": near}]  # fmt: skip


@function
def signal_checklist(observations: Observations, within: Nearness = NEAR) -> Checklist:
    """Investor's checklist: each signal with its state and what decides it, and a verdict.

    Parameters
    ----------
    observations
        The observations; a blank or missing one is not observed.
    within
        Distance within which a deciding condition counts as close to what it is compared with.
        Nearest is the smallest of these distances.

    Raises
    ------
    InputError
        For an observation that is unknown, repeated or out of bounds; for a
        market value without a threshold, or an upper end below it.

    Notes
    -----
    The verdict is the first of these, in this order, that is on:

    Kill switch: execution. customer_execution, what the main customer takes over what was agreed,
    is below its Threshold.

    Kill switch: pricing power. price_premium, the price over that of slower offers or over cost,
    is at most its Threshold, or 1.

    Kill switch: repeat demand. repeat_demand, what customers of a year ago spend over what they
    spent, is below its Threshold, or 1.

    Walk away. market_value is at least its Threshold, the low end of a range, and concentration,
    the largest customer's share, is not below Previous: the price is paid before the risk has
    fallen.

    Soft warning. revenue is above Previous and gross_margin below it: growth is bought with margin.
    cloud_margin shows whether the cloud's costs are the reason.

    Follow. The price is disciplined: market_value is below its Threshold, or below Previous and, if
    a range is stated, not above Upper. rpo_cover is above Previous: visibility improves.
    concentration is below Previous: the base broadens. No kill switch and no soft warning is on.

    Wait. Enthusiasm runs ahead of proof: market_value is not below Previous, or is above Upper,
    and visibility does not improve or the base does not broaden.

    If a row states a Threshold, it replaces Previous; for a margin, the higher of the two counts.
    Missing observations leave a signal undecided unless the others decide it. If no signal is on,
    the verdict is Undecided if one may be on, and otherwise No signal. Follow is on only if all
    signals before it are known to be off.

    References
    ----------
    The rules of the articles on the Cerebras offer, May 2026: walk away if the market value goes
    toward 40 to 50 billion before concentration falls. S. C. Kleene, *Introduction to
    Metamathematics* (1952), section 64, for what is not observed.

    Examples
    --------
    >>> seen = Observations(market_value=66_950, threshold={"market_value": 40_000},
    ...                     concentration=0.63, previous={"concentration": 0.62})
    >>> made = signal_checklist(seen)
    >>> made.signal[made.verdict]
    'Walk away'
    """
    found, apart = facts(observations), distances(observations)
    values = states(observations)
    decided, lacking, nearest, counts = [], [], [], []
    for signal, value in zip(SIGNALS, values.tolist(), strict=True):
        by, read = signal.rule.decided_by(found), signal.rule.of_facts(found)
        open_ = value == UNKNOWN
        known = (*by, *(n for n in signal.also if value == 1 and found[n] != UNKNOWN))
        applied = [name for name in known if CONDITIONS[name].applies(observations)]
        decided.append("" if open_ else _listed([reason(name, observations) for name in applied]))
        lacking.append(_listed([missing(name, observations) for name in by]) if open_ else "")
        far = [float(apart[name]) for name in by if not np.isnan(apart[name])]
        nearest.append(min(far, key=abs, default=np.nan))
        counts.append([sum(float(v) == each for _, v in read) for each in (1, 0, UNKNOWN)])
    return Checklist(
        NAMES,
        tuple(state(value) for value in values.tolist()),
        np.arange(1, len(NAMES) + 1),
        *np.array(counts).T,
        np.array(nearest),
        tuple(CLOSE if near else "" for near in is_close(np.array(nearest), within)),
        tuple(decided),
        tuple(lacking),
        int(verdict(values)),
    )
