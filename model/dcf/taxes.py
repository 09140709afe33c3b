"""Tax on operating income: losses carried forward, with a limit on what a year may use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.errors import Floats, InputError, floats, require


@dataclass(frozen=True)
class Losses:
    """A corkscrew of tax losses: opening + added - used = closing, (..., years)."""

    opening: Floats
    added: Floats
    used: Floats
    closing: Floats


@dataclass(frozen=True)
class TaxSchedule:
    """Tax year by year, each line of shape (..., years).

    Attributes
    ----------
    losses : Losses
    taxable_income : ndarray
        Income after the losses used; 0 in a year of loss.
    tax : ndarray
    effective_rate : ndarray
        Tax over income, and 0 where there is no income.
    """

    losses: Losses
    taxable_income: Floats
    tax: Floats
    effective_rate: Floats


def loss_corkscrew(income: Floats, opening: Floats, limit: Floats) -> Losses:
    """Roll tax losses forward; the years follow one another, the scenarios do not."""
    added = np.maximum(-income, 0.0)
    usable = limit[..., None] * np.maximum(income, 0.0)
    shape = np.broadcast_shapes((*opening.shape, income.shape[-1]), usable.shape)
    opened, used, closed = np.empty(shape), np.empty(shape), np.empty(shape)
    balance = opening
    for year in range(income.shape[-1]):
        opened[..., year] = balance
        used[..., year] = np.minimum(balance, usable[..., year])
        balance = balance + added[..., year] - used[..., year]
        closed[..., year] = balance
    return Losses(opened, np.broadcast_to(added, shape), used, closed)


def tax_schedule(
    income: npt.ArrayLike,
    tax_rate: npt.ArrayLike,
    opening: npt.ArrayLike = 0.0,
    limit: npt.ArrayLike = 1.0,
) -> TaxSchedule:
    """Tax on income after losses carried forward.

    Parameters
    ----------
    income : array_like, shape (..., years)
        Income before losses, USD millions; a negative one adds to the losses.
    tax_rate : array_like, shape (...) or (..., years)
        Fraction, 0 to 1.
    opening : array_like, shape (...)
        Losses brought forward, USD millions, at least 0.
    limit : array_like, shape (...)
        Share of a year's income that losses may offset, 0 to 1.

    Returns
    -------
    TaxSchedule
        A loss gives no refund; it is used as soon as there is income, up to the limit.

    Raises
    ------
    InputError
        For a rate or limit outside 0 to 1, negative opening losses, or rates that are not as many
        as the years.

    References
    ----------
    Internal Revenue Code, section 172(a)(2): 80% for losses that arose since 2018.

    Examples
    --------
    >>> made = tax_schedule([-5.0, 6.0], 0.21, limit=0.8)
    >>> made.losses.used.round(9), made.taxable_income.round(9), made.losses.closing.round(9)
    (array([0. , 4.8]), array([0. , 1.2]), array([5. , 0.2]))
    """
    earned = np.atleast_1d(floats("income", income))
    rate = floats("tax_rate", tax_rate)
    start, share = floats("opening", opening), floats("limit", limit)
    require((rate >= 0) & (rate <= 1), "tax_rate", "from 0 to 1", rate)
    require(start >= 0, "opening", "at least 0", start)
    require((share >= 0) & (share <= 1), "limit", "from 0 to 1", share)
    if earned.shape[-1] == 0:
        raise InputError("income", "must hold at least one year")
    if rate.ndim and rate.shape[-1] not in (1, earned.shape[-1]):
        raise InputError(
            "tax_rate",
            f"must be one number or one for each of the {earned.shape[-1]} years, not {rate.size}",
        )
    losses = loss_corkscrew(earned, start, share)
    taxable = np.maximum(earned, 0.0) - losses.used
    tax = rate * taxable
    effective = np.divide(tax, earned, out=np.zeros_like(tax + earned), where=earned > 0)
    return TaxSchedule(losses, taxable, tax, effective)
