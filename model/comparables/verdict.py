"""Whether a regression over comparable companies deserves to be used, and if not, why not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from model.comparables.peers import GROWTH, MARGIN, Peers
from model.comparables.regression import COLLINEAR, Regression, regress
from model.comparables.sales_regression import explanatory
from model.comparables.significance import chance
from model.errors import Floats, InputError
from model.fields import NOT_MEANINGFUL, Field, Names, line
from model.functions import function
from model.tables import Listing

#: Companies for each explanatory figure, at least. F. Harrell, *Regression Modeling Strategies*,
#: 2nd ed., section 4.4: a model is likely to be reliable where the predictors are fewer than a
#: tenth to a twentieth of the observations.
COMPANIES_EACH = 10
#: Probability that chance alone explains as much, at most: the usual test at 5%.
CHANCE = 0.05
#: Standard error of the prediction over the prediction, at most. The U.S. National Center for
#: Health Statistics considers an estimate to be reliable "if it has a relative standard error of
#: 30 percent or less".
RELATIVE_ERROR = 0.3

#: The multiples that growth and margin may explain.
EXPLAINED = ("EV/Revenue", "Forward EV/Revenue")
USED, NOT_USED = "Used", "Not used"


class Verdicts(Listing):
    """One regression a row, and whether it is used; shapes (multiples,)."""

    multiple: Names = line("Multiple", "name")
    companies: Floats = line("Companies", "count", form="count")
    degrees_of_freedom: Floats = line(
        "Degrees of freedom", "count", form="count", undefined=NOT_MEANINGFUL
    )
    r_squared: Floats = line("R squared", "fraction", undefined=NOT_MEANINGFUL)
    chance: Floats = line("Chance explains as much", "fraction", undefined=NOT_MEANINGFUL)
    predicted: Floats = line("Predicted", "ratio", form="multiple", undefined=NOT_MEANINGFUL)
    standard_error: Floats = line(
        "Standard error", "ratio", form="multiple", undefined=NOT_MEANINGFUL
    )
    relative_error: Floats = line("Error over predicted", "fraction", undefined=NOT_MEANINGFUL)
    verdict: Names = line("Verdict", "name")


@dataclass(frozen=True)
class _Fitted:
    """A regression's fit, and its prediction for the company."""

    names: tuple[str, ...]
    fit: Regression
    predicted: float
    error: float
    leverage: float

    @property
    def chance(self) -> float:
        return chance(self.fit.f, len(self.names), self.fit.degrees_of_freedom)

    @property
    def relative(self) -> float:
        return self.error / self.predicted if self.predicted > 0 else np.nan

    def numbers(self) -> tuple[float, ...]:
        fit = self.fit
        return (fit.observations, fit.degrees_of_freedom, fit.r_squared, self.chance,
                self.predicted, self.error, self.relative)  # fmt: skip

    def verdict(self) -> str:
        """Say whether the prediction is used, with the numbers that decide it."""
        fit, least = self.fit, COMPANIES_EACH * len(self.names)
        words = _named(self.names)
        if fit.residual_error == 0:
            return (
                f"{NOT_USED}: the fit is exact, as if the multiple had been calculated from "
                f"{words}."
            )
        free = fit.degrees_of_freedom
        said = f"{fit.observations} companies leave {free} degree{'s' * (free != 1)} of freedom"
        parts = [said, f"the standard error is {_short(self.error)} on {_short(self.predicted)}"]
        faults = []
        if self.chance > CHANCE:
            faults.append(f"chance alone explains as much in {100 * self.chance:.0f} of 100 cases")
        if self.leverage > fit.leverage.max():
            faults.append(f"the company's own {words} is beyond its peers'")
        if self.predicted <= 0:
            faults.append("such a multiple is impossible")
        small = fit.observations < least
        if small:
            parts[0] += f" where at least {least} companies are needed"
        # A multiple at or below zero has no relative error, and fails by that.
        used = not small and not faults and self.relative <= RELATIVE_ERROR
        *before, last = [*parts, *faults]
        return f"{USED if used else NOT_USED}: {', '.join(before)}, and {last}."


@function
def comps_verdict(
    peers: Peers,
    growth: Annotated[Floats, Field("fraction", **GROWTH)],
    margin: Annotated[Floats, Field("fraction", **MARGIN)] | None = None,
) -> Verdicts:
    """Whether a regression of EV/Revenue on growth and margin is good enough to use; its errors.

    Parameters
    ----------
    growth
        The company's growth; ignored if no peer reports Growth.
    margin
        The company's margin, measured in the same way as the peers'; needed only if a peer reports
        Margin.

    Returns
    -------
    Verdicts
        A row for EV/Revenue and, where peers have Forward revenue, for the forward multiple. A
        regression is used if it has 10 companies for each explanatory variable, if chance alone
        explains as much in at most 5% of cases, if the standard error of the prediction is at most
        30% of it, and if the company lies within the range of its peers. There is a verdict even if
        no regression is possible.

    Raises
    ------
    InputError
        If peers have Margin but the company's own is not given.

    References
    ----------
    F. Harrell, *Regression Modeling Strategies*, 2nd ed., section 4.4, for the number of
    companies; the National Center for Health Statistics, *Reliability of Estimates*, for the
    error. The example is Microsoft's for FORECAST.

    Examples
    --------
    >>> y, x = [6, 7, 9, 15, 21], [2.0, 2.8, 3.1, 3.8, 4.0]
    >>> found = comps_verdict(Peers(list("ABCDE"), [1] * 5, ev=y, growth=x), 3.0, 0)
    >>> float(found.predicted[0].round(5)), float(found.degrees_of_freedom[0])
    (10.60725, 3.0)
    >>> found.verdict[0][:56]
    'Not used: 5 companies leave 3 degrees of freedom where a'
    """
    if margin is None and "Margin" in explanatory(peers):
        raise InputError("margin", "must be given, because the peers have the column Margin",
                         "missing")  # fmt: skip
    given = {"Growth": growth, "Margin": np.float64(np.nan) if margin is None else margin}
    for name, number in given.items():
        if np.ndim(number):
            raise InputError(name.lower(), f"must be one number, not {np.size(number)}")
    own = {name: float(number) for name, number in given.items()}
    names = [name for name in EXPLAINED if name in peers.available]
    rows = [_judged(peers, name, own) for name in names]
    numbers = np.array([row[0] for row in rows]).T
    return Verdicts(tuple(names), *numbers, verdict=tuple(row[1] for row in rows))


def _judged(peers: Peers, name: str, own: dict[str, float]) -> tuple[tuple[float, ...], str]:
    """Return the numbers of one regression and its verdict."""
    used = explanatory(peers)
    y = peers.multiple(name)
    columns = np.stack([*used.values(), y], axis=-1)
    rows = columns[~np.isnan(columns).any(axis=-1)]
    nothing = (float(len(rows)), *[np.nan] * 6)
    if not used:
        return nothing, f"{NOT_USED}: the peers state neither growth nor margin."
    words = ", ".join(n.lower() for n in used)
    if len(rows) < len(used) + 2:
        return nothing, (
            f"{NOT_USED}: {len(rows)} compan{'y' if len(rows) == 1 else 'ies'} with {words} and "
            f"{name} leave{'s' * (len(rows) == 1)} no degree of freedom."
        )
    try:
        fit = regress(rows[:, -1], rows[:, :-1])
    except InputError as refused:
        return nothing, f"{NOT_USED}: {_no_fit(refused, name, used, rows)}."
    made = _Fitted(tuple(used), fit, *fit.predict([own[n] for n in used]))
    return made.numbers(), made.verdict()


def _no_fit(refused: InputError, name: str, used: Iterable[str], rows: Floats) -> str:
    """Say why there is no fit."""
    if refused.argument == "explained":
        return f"{name} is the same for every company, so there is nothing to explain"
    same = [
        n for n, x in zip(used, rows.T, strict=False) if np.ptp(x) <= COLLINEAR * np.abs(x).max()
    ]
    if same:
        verb = "are" if len(same) > 1 else "is"
        return f"{_named(same)} {verb} the same for every company"
    return f"{_named(used)} follow from one another in every company"


def _named(figures: Iterable[str]) -> str:
    return " and ".join(name.lower() for name in figures)


def _short(number: float) -> str:
    """Return a multiple in the fewest digits that a reader needs."""
    return f"{number:,.1f}" if abs(number) >= 1 else f"{number:.2g}"
