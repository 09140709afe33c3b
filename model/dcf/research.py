"""Research as capital: the asset that expensed research builds, and adjusted income."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from model.arrays import ratio
from model.errors import Floats, InputError
from model.fields import ROW, Amount, Field, Names, line
from model.functions import function
from model.tables import Listing


class ResearchCapital(Listing):
    """Research by year of spending, the current year first; shapes (..., 1 + past)."""

    totals = ("Total",)

    year: Names = line("Year", "name")
    expense: Floats = line("Expense", total=True)
    unamortised: Floats = line("Unamortised", "fraction")
    asset: Floats = line("Asset", total=True)
    amortisation: Floats = line("Amortisation", total=True)
    adjustment: Floats = line("Adjustment", total=True)

    def bottom(self) -> list[dict[str, Any]]:
        """Return the total, with the unamortised share of all spending."""
        (total,) = super().bottom()
        return [total | {"unamortised": ratio(total["asset"], total["expense"])}]


@function
def dcf_research_capital(
    current: Amount,
    past: Annotated[Amount, ROW],
    life: Annotated[int, Field("years", low=1, high=100)],
) -> ResearchCapital:
    """Research as capital: its unamortised value, this year's charge, and income adjusted for it.

    Parameters
    ----------
    current
        Research and development expense of the current year.
    past
        The expense of the year before, the year before that, and so on: at least life years.
    life
        Useful life of research.

    Raises
    ------
    InputError
        For fewer past years than the life.

    Notes
    -----
    An expense of k years ago has ``(life - k) / life`` left, and ``1 / life`` of it is charged this
    year; nothing is charged yet for the current year's. The total of Adjustment is added to
    operating income, the total of Asset to invested capital.

    References
    ----------
    A. Damodaran, *Damodaran on Valuation*, 2nd ed., illustration 3.2; the example is Amgen
    from his valuation slides: asset 13,284, amortisation 1,694, and 5,120 of income is 6,456.

    Examples
    --------
    >>> past = [3266, 3366, 2314, 2028, 1655.9, 1117.1, 864.5, 845, 823, 663]
    >>> made = dcf_research_capital(3030, past, 10)
    >>> [round(float(x.sum())) for x in (made.asset, made.amortisation, made.adjustment)]
    [13284, 1694, 1336]
    """
    earlier = past.shape[-1]
    if earlier < life:
        raise InputError("past", f"must hold at least {life} years, the life, not {earlier}")
    expense = np.empty((*np.broadcast_shapes(current.shape, past.shape[:-1]), 1 + earlier))
    expense[..., 0], expense[..., 1:] = current, past
    age = np.arange(1 + earlier)
    unamortised = np.maximum(life - age, 0) / life
    amortisation = expense * ((age >= 1) & (age <= life)) / life
    ages = (f"{n} years before" for n in range(2, 1 + earlier))
    return ResearchCapital(
        year=("Current year", "1 year before", *ages)[: 1 + earlier],
        expense=expense,
        unamortised=unamortised,
        asset=expense * unamortised,
        amortisation=amortisation,
        adjustment=np.where(age == 0, expense, 0.0) - amortisation,
    )
