"""Contracts one by one: when each becomes revenue, how likely, and what follows at its end.

A contract's value is recognised from its start, counted 1, 2, 3 ... in months from the balance
date, through its term. A delay moves the start and keeps value and term. Three risks are kept
apart: `probability` that the contract is performed at all, default of the customer at an
`intensity`, after which the share `recovery` of what falls due is still earned, because the
capacity is let again; and renewal at the end of the term, which is no part of the contract and
is told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.arrays import between, lagged
from model.calendar import MONTHS_PER_YEAR, check_last_month, period_ends
from model.errors import Floats, floats, one_of, require
from model.rpo.shapes import LINEAR


@dataclass(frozen=True)
class Contracts:
    """Contracts, one per place on the last axis; make them with `Contracts.of`."""

    customer: tuple[str, ...]
    shape: tuple[str, ...]
    value: Floats
    start: Floats
    term: Floats
    probability: Floats
    intensity: Floats
    recovery: Floats
    renewal: Floats
    renewal_term: Floats

    @classmethod
    def of(
        cls,
        customer: Sequence[str],
        value: npt.ArrayLike,
        start: npt.ArrayLike,
        term: npt.ArrayLike,
        *,
        shape: Sequence[str] | str = "flat",
        delay: npt.ArrayLike = 0.0,
        probability: npt.ArrayLike = 1.0,
        intensity: npt.ArrayLike = 0.0,
        recovery: npt.ArrayLike = 0.0,
        renewal: npt.ArrayLike = 0.0,
        renewal_term: npt.ArrayLike | None = None,
    ) -> Contracts:
        """Check and collect contracts; each array has the shape (..., contracts).

        Parameters
        ----------
        customer : sequence of str
            Whose contract it is; one customer may have several.
        value : array_like
            USD millions that are contracted and not yet recognised.
        start, term : array_like
            First month from the balance date, at least 1, and length in months.
        shape : sequence of str
            How recognition runs through the term: flat, front or back.
        delay : array_like
            Months by which the start moves, at least 0.
        probability : array_like
            That the contract is performed at all, 0 to 1.
        intensity : array_like
            Default intensity of the customer a year, at least 0.
        recovery : array_like
            Share of what falls due after default that is earned all the same, 0 to 1.
        renewal : array_like
            Share of the contract's yearly value that is renewed when its term ends.
        renewal_term : array_like, optional
            Months of the renewal; the term again if not given.

        Raises
        ------
        InputError
            For a start before month 1, an empty term, a share outside 0 to 1, or a negative
            amount.
        """
        given = {
            "Value": value,
            "Start": start,
            "Term": term,
            "Delay": delay,
            "Probability": probability,
            "Default intensity": intensity,
            "Recovery": recovery,
            "Renewal": renewal,
            "Renewal term": term if renewal_term is None else renewal_term,
        }
        checked = [floats(f"contracts {name}", array) for name, array in given.items()]
        each = np.zeros(len(customer))
        column = dict(zip(given, np.broadcast_arrays(*checked, each)[:-1], strict=True))
        for name, array in column.items():
            argument = f"contracts {name}"
            if name in ("Probability", "Recovery", "Renewal"):
                require((array >= 0) & (array <= 1), argument, "from 0 to 1", array)
            elif name in ("Term", "Renewal term"):
                require(array > 0, argument, "above 0", array)
            elif name == "Start":
                require(array >= 1, argument, "a month from 1 on", array)
            else:
                require(array >= 0, argument, "at least 0", array)
        shapes = [shape] * len(customer) if isinstance(shape, str) else shape
        made = cls(
            tuple(customer),
            tuple(one_of("contracts Shape", s, LINEAR) for s in shapes),
            column["Value"],
            column["Start"] + column["Delay"],
            column["Term"],
            column["Probability"],
            column["Default intensity"],
            column["Recovery"],
            column["Renewal"],
            column["Renewal term"],
        )
        check_last_month("contracts", made.last_month)
        return made

    @property
    def customers(self) -> tuple[str, ...]:
        """Each customer once, in the order of their first contracts."""
        return tuple(dict.fromkeys(self.customer))

    @property
    def last_month(self) -> int:
        """Last month of any contract, or of its renewal, in any scenario."""
        ends = self.start + self.term + np.where(self.renewal > 0, self.renewal_term, 0.0)
        return int(np.ceil(ends.max())) - 1

    def recognised_by(self, months: Floats) -> Floats:
        """Value recognised by the ends of months, (..., contracts, months)."""
        position = between(0.0, (months - (self.start[..., None] - 1)) / self.term[..., None], 1.0)
        share = np.empty_like(position)
        for shape in set(self.shape):
            theirs = [i for i, s in enumerate(self.shape) if s == shape]
            share[..., theirs, :] = LINEAR[shape](position[..., theirs, :])
        return np.asarray(self.value[..., None] * share)

    def renewed_by(self, months: Floats) -> Floats:
        """Value of renewals recognised by the ends of months, (..., contracts, months)."""
        ended = self.start + self.term - 1
        elapsed = between(0.0, months - ended[..., None], self.renewal_term[..., None])
        monthly = self.renewal * self.value / self.term
        return np.asarray(monthly[..., None] * elapsed)


@dataclass(frozen=True)
class Recognition:
    """What contracts become; shapes (..., customers, periods), USD millions.

    Attributes
    ----------
    to_month : ndarray of int, shape (periods,)
        Last month of each period.
    contracted : ndarray
        As the contracts say, with their delays.
    expected : ndarray
        The same after probability, default and recovery.
    renewals : ndarray
        Expected from renewals of customers that have not defaulted.
    """

    to_month: npt.NDArray[np.int_]
    contracted: Floats
    expected: Floats
    renewals: Floats


def recognition(
    contracts: Contracts, months_per_period: int = 3, final_month: int | None = None
) -> Recognition:
    r"""Recognise contracts period by period, customer by customer.

    Expected revenue of a month whose middle is t years from the balance date is

    .. math:: p \, a_t \, (S_t + (1 - S_t) R), \qquad S_t = e^{-\lambda t},

    with the contracted amount a, the probability p, the intensity :math:`\lambda` and the
    recovery R.

    Parameters
    ----------
    contracts : Contracts
        What is contracted.
    months_per_period : int
        1 for months, 3 for quarters, 12 for years.
    final_month : int, optional
        Last month of the schedule; that of the last contract or renewal, or later.

    Returns
    -------
    Recognition
        Without risk, a contract's periods sum to its value.

    Raises
    ------
    InputError
        For a final month before the last contract or renewal ends, or periods that are not whole.

    Examples
    --------
    >>> made = recognition(Contracts.of(["A", "B"], [120, 60], [1, 13], [12, 12]), 12)
    >>> made.contracted.tolist()
    [[120.0, 0.0], [0.0, 60.0]]
    """
    ends = period_ends(contracts.last_month, months_per_period, final_month)
    months = np.arange(1.0, ends[-1] + 1)
    reached, renewals = contracts.recognised_by(months), contracts.renewed_by(months)
    contracted = reached - lagged(np.zeros(()), reached)
    renewed = renewals - lagged(np.zeros(()), renewals)
    survival = np.exp(-contracts.intensity[..., None] * (months - 0.5) / MONTHS_PER_YEAR)
    recovered = (1.0 - survival) * contracts.recovery[..., None]
    likely = contracts.probability[..., None]
    starts = np.append(0, ends[:-1])
    # The months of a period are added up, and then the contracts of a customer.
    number = {name: i for i, name in enumerate(contracts.customers)}
    owner = np.array([number[name] for name in contracts.customer])
    order = np.argsort(owner, kind="stable")
    groups = np.searchsorted(owner[order], np.arange(len(number)))

    def summed(amounts: Floats) -> Floats:
        by_period = np.add.reduceat(amounts, starts, axis=-1)
        return np.asarray(np.add.reduceat(by_period[..., order, :], groups, axis=-2))

    return Recognition(
        to_month=ends,
        contracted=summed(contracted),
        expected=summed(likely * contracted * (survival + recovered)),
        renewals=summed(likely * renewed * survival),
    )
