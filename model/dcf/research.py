"""Research as capital: what expensed research is worth, and the income that it hides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError, floats, require, shown

#: Longest life of research, years.
LONGEST = 100


@dataclass(frozen=True)
class ResearchCapital:
    """Research by year of spending, the current year first; lines of shape (..., 1 + past).

    Attributes
    ----------
    expense : ndarray
    unamortised : ndarray, shape (1 + past,)
        Part of each expense that is still capital.
    asset, amortisation : ndarray
        Capital left, and this year's charge on it, USD millions.
    adjustment : ndarray
        What capitalising adds to this year's operating income: the current expense, less the
        amortisation of earlier ones.
    """

    expense: Floats
    unamortised: Floats
    asset: Floats
    amortisation: Floats
    adjustment: Floats


def research_capital(current: npt.ArrayLike, past: npt.ArrayLike, life: int) -> ResearchCapital:
    """Capitalise research and amortise it in a straight line, from the year after it is spent.

    Parameters
    ----------
    current : array_like, shape (...)
        Expense of the current year, USD millions, at least 0.
    past : array_like, shape (..., past)
        Expense of the year before, the year before that, and so on, at least `life` of them.
    life : int
        Years over which research is of use.

    Returns
    -------
    ResearchCapital

    Raises
    ------
    InputError
        For negative expenses, a life outside 1 to 100, or fewer past years than the life.

    References
    ----------
    A. Damodaran, *Damodaran on Valuation*, 2nd ed., illustration 3.2.

    Examples
    --------
    Cisco in 2003, over five years: 9.92 billion of capital, 3.28 billion of amortisation.

    >>> made = research_capital(3320, [3192, 3135, 3448, 3922, 2704], 5)
    >>> float(made.asset.sum().round()), float(made.amortisation.sum().round())
    (9918.0, 3280.0)
    """
    if not 1 <= life <= LONGEST:
        raise InputError("life", f"must be from 1 to {LONGEST} years, not {shown(life)}")
    now = floats("current", current)
    before = np.atleast_1d(floats("past", past))
    require(now >= 0, "current", "at least 0", now)
    require(before >= 0, "past", "at least 0", before)
    if before.shape[-1] < life:
        raise InputError(
            "past", f"must hold at least {life} years, the life, not {before.shape[-1]}"
        )
    scenarios = np.broadcast_shapes(now.shape, before.shape[:-1])
    expense = np.concatenate(
        [
            np.broadcast_to(now[..., None], (*scenarios, 1)),
            np.broadcast_to(before, (*scenarios, before.shape[-1])),
        ],
        axis=-1,
    )
    age = np.arange(before.shape[-1] + 1)
    unamortised = np.maximum(life - age, 0) / life
    amortisation = expense * ((age >= 1) & (age <= life)) / life
    return ResearchCapital(
        expense=expense,
        unamortised=unamortised,
        asset=expense * unamortised,
        amortisation=amortisation,
        adjustment=np.where(age == 0, expense, 0.0) - amortisation,
    )
