"""Tax on operating income: losses carried forward, with an annual limit on their use."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np

from model.arrays import periods_first, periods_last
from model.dcf.discounting import each_period
from model.errors import Floats
from model.fields import ONE, ONE_OR_ROW, ROW, ZERO, Amount, Money, Part, line
from model.functions import function
from model.tables import Schedule


class TaxSchedule(Schedule):
    """Tax year by year, with the corkscrew of the losses; shapes (..., years)."""

    income: Floats = line("Income")
    loss_opening: Floats = line("Losses, opening")
    loss_added: Floats = line("Losses, added")
    loss_used: Floats = line("Losses, used")
    loss_closing: Floats = line("Losses, closing")
    taxable_income: Floats = line("Taxable income")
    tax: Floats = line("Tax", total=True)
    effective_rate: Floats = line("Effective tax rate", "fraction")


def loss_corkscrew(
    income: Floats, opening: Floats, limit: Floats, cap: Floats | None = None
) -> dict[str, Floats]:
    """Roll tax losses forward year by year, with scenarios independent of one another."""
    positive = np.maximum(income, 0.0)
    added, usable = positive - income, limit[..., None] * positive
    if cap is not None:
        usable = np.minimum(usable, cap[..., None])
    one = usable.ndim == 1 and not opening.ndim
    opened, used, closed = (_in_floats if one else _in_arrays)(added, usable, opening)
    if added.shape != opened.shape:
        added = np.broadcast_to(added, opened.shape)
    return {
        "loss_opening": opened,
        "loss_added": added,
        "loss_used": used,
        "loss_closing": closed,
    }


def _in_arrays(added: Floats, usable: Floats, opening: Floats) -> tuple[Floats, Floats, Floats]:
    shape = np.broadcast(opening[..., None], added, usable).shape
    # Years first, for the loop; a year opens with what the one before closes with.
    balance, used = np.empty((shape[-1] + 1, *shape[:-1])), np.empty((shape[-1], *shape[:-1]))
    balance[0] = opening
    years = zip(periods_first(added), periods_first(usable), strict=True)
    for year, (more, most) in enumerate(years):
        taken = np.minimum(balance[year], most, out=used[year])
        closing = np.add(balance[year], more, out=balance[year + 1])
        closing -= taken
    return periods_last(balance[:-1]), periods_last(used), periods_last(balance[1:])


def _in_floats(added: Floats, usable: Floats, opening: Floats) -> Floats:
    """Roll the losses of one scenario, for which plain floats are faster than arrays."""
    balance, rows = float(opening), []
    for more, most in zip(added.tolist(), usable.tolist(), strict=True):
        # Like `np.minimum`, which propagates NaN.
        taken = balance if balance <= most or math.isnan(balance) else most
        rows.append((balance, taken, balance := balance + more - taken))
    return np.array(rows).T


@function
def dcf_tax_losses(
    income: Annotated[Money, ROW],
    tax_rate: Annotated[Part, ONE_OR_ROW],
    opening: Amount = ZERO,
    limit: Part = ONE,
) -> TaxSchedule:
    """Tax on income after losses carried forward, with an annual limit on their use.

    Parameters
    ----------
    income
        Operating income of each year; a loss adds to the carry-forward.
    tax_rate
        One rate, or one for each year.
    opening
        Losses brought forward at the start.
    limit
        Share of a year's income that losses may offset; 0.8 for US federal losses since 2018.

    Returns
    -------
    TaxSchedule
        The effective rate is 0 where there is no income. A loss gives no refund; it is used as
        soon as there is income, up to the limit.

    Raises
    ------
    InputError
        If the number of rates differs from the years.

    References
    ----------
    Internal Revenue Code, section 172(a)(2). The example is Sirius: *Damodaran on Valuation*,
    2nd ed., illustration 3.5, where 327 of losses are left for year 9.

    Examples
    --------
    >>> round(float(dcf_tax_losses([1647], 0.35, 327).effective_rate[0]), 4)
    0.2805
    """
    rate = each_period(tax_rate, income.shape[-1], "tax_rate")
    losses = loss_corkscrew(income, opening, limit)
    taxable = np.maximum(income, 0.0) - losses["loss_used"]
    tax = rate * taxable
    effective = np.divide(tax, income, out=np.zeros_like(tax + income), where=income > 0)
    return TaxSchedule(
        income=income, taxable_income=taxable, tax=tax, effective_rate=effective, **losses
    )
