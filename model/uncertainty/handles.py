"""Handles: what a price can be solved for, each one number that changes some of the inputs.

A handle is declared once: what it changes, how far it goes, what the case has, and what it comes to
in the terms in which an analyst speaks of it. Any other driver that is one number is a handle too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from model.dcf.drivers import TERMINAL_METRICS, YEARLY
from model.dcf.segment import SLASH
from model.dcf.signed import SignedContracts
from model.dcf.value import DcfValue
from model.errors import Floats, InputError, nearest, shown
from model.fields import ONE, Field
from model.uncertainty.changes import Business, changed, check_once, spelled, stated
from model.uncertainty.outputs import worth

PLACE = "solve_for"
#: The widest range of an input that has no bound, and the highest exit multiple.
FAR, MOST = 1e6, 1000.0
#: The highest net retention.
DOUBLED = 2.0
#: How near the rate comes to the growth of a perpetuity.
BASIS_POINT = 1e-4
#: Inputs that move nothing of a company without contracts.
OF_CONTRACTS = ("contracted_share", "contracted_delay_months")
Changed = list[tuple[str, Any]]


@dataclass(frozen=True)
class Handle:
    """One number that stands for changed inputs.

    Attributes
    ----------
    name, unit : str
    meaning : str
        What it is, in the terms in which it is shown.
    changes : callable
        From numbers, one a scenario, to changed inputs.
    low, high : float
        Its range; what the model refuses of it is outside.
    own : float
        Its number in the case, NaN where the case has none.
    shown : callable or None
        From a value and the handle's number to the number in which it is shown, if that is another.
    """

    name: str
    unit: str
    meaning: str
    changes: Callable[[Floats], Changed]
    low: float
    high: float
    own: float = np.nan
    shown: Callable[[DcfValue, Floats], Floats] | None = None

    def changed(self, business: Business, numbers: Floats) -> Business:
        """Change a business, one scenario for each number."""
        return changed(business, self.changes(np.asarray(numbers)), PLACE)

    def terms(self, found: DcfValue, numbers: Floats) -> Floats:
        """Return the handle in the terms in which it is shown, for a value at its numbers."""
        return numbers if self.shown is None else self.shown(found, numbers)


def handle(business: Business, name: str) -> Handle:
    """Return a handle of a business by its name.

    Raises
    ------
    InputError
        For a name that is neither a handle nor a driver that is one number, suggesting the nearest,
        and for a handle that the business does not have.
    """
    known = {spelled(each): made for each, made in HANDLES.items()}
    if made := known.get(spelled(name)):
        return made(business)
    return _driver(business, name)


def _growth(business: Business) -> Handle:
    def a_year(found: DcfValue, _: Floats) -> Floats:
        growth = 1 + found.forecast.revenue_growth
        # A first year without growth may be one that nothing came before.
        begins = (growth[..., 0] != 1) | (growth.shape[-1] == 1)
        years = growth.shape[-1] - np.where(begins, 0, 1)
        return np.asarray(growth.prod(-1) ** (1 / years) - 1)

    meaning = "Revenue growth a year over the forecast"
    return _points(business, "growth", "growth_change", meaning, a_year)


def _margin(business: Business) -> Handle:
    def final(found: DcfValue, _: Floats) -> Floats:
        return found.forecast.operating_margin[..., -1]

    meaning = "Operating margin of the final year"
    made = _points(business, "margin", "margin_change", meaning, final)
    of = business.drivers.stated
    owners = [vars(segment) for segment in of.get("segments", ())] or [of]
    margins = [each[name] for each in owners for name in ("operating_margin", "target_margin")]
    # No margin is above 1.
    best = max([0.0, *(float(np.max(margin)) for margin in margins if margin is not None)])
    return replace(made, high=min(made.high, 1 - best))


def _points(
    business: Business, name: str, driver: str, meaning: str, shown: Callable[..., Floats]
) -> Handle:
    """Add up to 100 points to each year, or take them away."""
    ((_, own),) = stated(business, driver, PLACE)
    return Handle(
        name, "fraction", meaning, lambda points: [(driver, points)], -1.0, 1.0, float(own), shown
    )


def _cost_of_capital(business: Business) -> Handle:
    """Move the first year's rate, and every other rate in parallel."""
    of = business.drivers.stated
    apart = {f"{s.name}{SLASH}wacc": s.wacc for s in of.get("segments", ()) if s.wacc is not None}
    rates = {"wacc": of["wacc"], "terminal_wacc": of["terminal_wacc"]} | apart
    rates = {name: np.atleast_1d(rate) for name, rate in rates.items() if rate is not None}
    own = float(rates["wacc"][0])
    last = [rate[-1] for name, rate in rates.items() if len(rates) == 1 or name != "wacc"]
    least = 0.0 if of["terminal"] == "multiple" else float(of["terminal_growth"]) + BASIS_POINT
    low, high = _room(rates.values(), own, 0.0, 1.0)
    low = max(low, own - (min(last) - least))
    return Handle(
        "cost of capital", "fraction", "Cost of capital of the first year",
        lambda rate: [_moved(business, each, rate, own) for each in rates], low, high, own,
    )  # fmt: skip


def _exit_multiple(business: Business) -> Handle:
    of = business.drivers.stated
    own, metric = of["terminal_multiple"], of["terminal_metric"]

    def changes(multiple: Floats) -> Changed:
        return [
            ("terminal", "multiple"), ("terminal_metric", metric), ("terminal_multiple", multiple),
        ]  # fmt: skip

    if of["terminal"] != "multiple":
        own = None
        try:
            worth(changed(business, changes(ONE), PLACE))
        except InputError:
            # Nobody pays a multiple of a loss.
            metric = next(name for name in TERMINAL_METRICS if name != metric)
    what = {"ebit": "EBIT", "revenue": "revenue"}[metric]
    return Handle(
        "exit multiple", "ratio", f"Exit multiple of {what} of the final year", changes, 0.0, MOST,
        np.nan if own is None else float(own),
    )  # fmt: skip


def _net_retention(business: Business) -> Handle:
    """Move the net retention that is stated; without any, put one in the place of renewals."""
    signed = business.contracted
    if not isinstance(signed, SignedContracts):
        raise _lacking("net retention", "table of contracts")
    segments = business.drivers.stated.get("segments", ())
    names = [s.name for s in segments if s.net_retention is not None]
    names += [
        name for name, own in zip(signed.name, signed.net_retention, strict=True) if own == own
    ]
    rates = {}
    for name in names:
        name = f"{name}{SLASH}net_retention"
        ((_, rates[name]),) = stated(business, name, PLACE)
    if not rates:
        return Handle(
            "net retention", "fraction", "Net retention a year, in the place of renewals",
            lambda part: [("renewal", "none"), ("net_retention", part)], 0.0, DOUBLED,
        )  # fmt: skip
    own = float(np.ravel(next(iter(rates.values())))[0])
    low, high = _room(rates.values(), own, 0.0, max(DOUBLED, own))
    return Handle(
        "net retention", "fraction", "Net retention of the first year",
        lambda part: [_moved(business, each, part, own) for each in rates], low, high, own,
    )  # fmt: skip


def _rpo_conversion(business: Business) -> Handle:
    if business.contracted is None:
        raise _lacking("RPO conversion", "contracts")
    ((field, own),) = stated(business, "contracted_share", PLACE)
    return Handle(
        "RPO conversion", "fraction", "Share of contracted revenue that becomes revenue",
        lambda part: [("contracted_share", part)], field.low, field.high, float(own),
    )  # fmt: skip


#: Handles by name. Of several names of one, the first is the usual.
HANDLES: dict[str, Callable[[Business], Handle]] = {
    "growth": _growth,
    "margin": _margin,
    "cost of capital": _cost_of_capital,
    "wacc": _cost_of_capital,
    "exit multiple": _exit_multiple,
    "net retention": _net_retention,
    "RPO conversion": _rpo_conversion,
}


def _driver(business: Business, name: str) -> Handle:
    """Return an input that is one number; it is replaced wherever it is stated."""
    try:
        found = stated(business, name, PLACE)
    except InputError:
        found = []
    if not found or any(f.kind != "number" or _is_path(f, value) for f, value in found):
        # A known input that is no number is not misspelt.
        known = [*HANDLES, *type(business.drivers).declared] if not found else []
        raise InputError(
            PLACE,
            f"must be {', '.join([*HANDLES][:-1])}, {[*HANDLES][-1]}, or an input that is one "
            f"number, not {shown(name)}{nearest(name, known)}",
        )
    check_once([name], PLACE)
    field = found[0][0]
    if business.contracted is None and field.name in OF_CONTRACTS:
        raise _lacking(name, "contracts")
    values = {float(each) for _, value in found if value is not None for each in np.ravel(value)}
    (own,) = values if len(values) == 1 else (np.nan,)
    low, high = (
        bound if np.isfinite(bound) else sign * FAR
        for bound, sign in ((max(field.low, field.above), -1), (min(field.high, field.below), 1))
    )
    yearly = field.extent == YEARLY
    return Handle(
        name, field.unit, _sentence(field, name),
        lambda number: [(name, number[..., None] if yearly else number)], low, high, own,
    )  # fmt: skip


def _sentence(field: Field, name: str) -> str:
    return field.header or field.meaning.rstrip(".") or name


def _is_path(field: Field, value: Any) -> bool:
    return field.extent == YEARLY and np.shape(value)[-1:] > (1,)


def _room(values: Iterable[Any], own: float, low: float, high: float) -> tuple[float, float]:
    """Return how far a number can move, with others in parallel, until one reaches its bounds."""
    all_values = np.concatenate([np.ravel(each) for each in values])
    return own - (all_values.min() - low), own + (high - all_values.max())


def _moved(business: Business, name: str, number: Floats, own: float) -> tuple[str, Any]:
    """Move a number, or numbers by year, by as much as the handle moves from its own."""
    ((field, before),) = stated(business, name, PLACE)
    if _is_path(field, before):
        return name, (number - own)[..., None]
    was = float(np.ravel(before)[0])
    moved = number if was == own else was + (number - own)
    return name, moved[..., None] if field.extent == YEARLY else moved


def _lacking(name: str, what: str) -> InputError:
    return InputError(PLACE, f"must not be {name}, because the company has no {what}", "missing")
