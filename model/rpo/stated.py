"""Bands as filings word them: within 12 months, within 24 months; of RPO or of the backlog."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from model.errors import Floats, InputError, shown
from model.fields import column

#: What a balance is of where nothing else is said.
RPO = "RPO"


def cumulative_column(header: str, unit: str) -> Any:
    """Declare a column of what a balance becomes from its date to the end of each band."""
    return column(
        header,
        unit,
        "Part of the balance from its date to the end of To month, the bands before included.",
        low=0,
        high=1 if unit == "fraction" else np.inf,
        default=None,
        blank=np.nan,
    )


def scope_column() -> Any:
    """Declare a column of what a balance is of."""
    return column(
        "Scope",
        "name",
        "What the balance is of, the same in every row: RPO; or for example backlog, or RPO "
        "without the largest contract.",
        default=RPO,
        blank=RPO,
    )


def taken_apart(title: str, first: Floats, last: Floats, reached: Floats) -> tuple[Floats, Floats]:
    """Take cumulative parts apart, into the bands' first months and own parts.

    Parameters
    ----------
    title : str
        The column in a message.
    first, last : ndarray, shape (bands,)
        Months in their order; a first month of 1 is that of the balance, in any band.
    reached : ndarray, shape (..., bands)
        Parts from the balance date to the end of each band; NaN is the whole, in an open band.

    Raises
    ------
    InputError
        For parts that decrease, or a blank in a band that has an end.

    Examples
    --------
    Within 12 months 60, within 24 months 90:

    >>> months = np.array([1.0, 1.0]), np.array([12.0, 24.0])
    >>> taken_apart("bands Cumulative amount", *months, np.array([60.0, 90.0]))
    (array([ 1., 13.]), array([60., 30.]))
    """
    blank = np.isnan(reached)
    if blank[..., :-1].any() or (blank.any() and not np.isnan(last[-1])):
        raise InputError(title, "must not be blank, except in a last band without To month")
    parts = np.diff(reached, axis=-1, prepend=0.0)
    for row in reached.reshape(-1, len(last)):
        for before, after, month in zip(row, row[1:], last, strict=False):
            if after < before:
                raise InputError(
                    title,
                    f"must not decrease, and after {shown(before)} by month {month:.0f} it is "
                    f"{shown(after)}",
                )
    following = np.append(first[:1], last[:-1] + 1)
    return np.where((first == 1) & ~np.isnan(following), following, first), parts


def one_scope(
    argument: str, scopes: Iterable[str], of: str = "", whose: str = "the same in every row"
) -> str:
    """Return the scope that all of these are: that of the first, or the one they must be.

    Raises
    ------
    InputError
        For another one; capitals and spaces make no difference.

    Examples
    --------
    >>> one_scope("bands Scope", ["RPO", "rpo "])
    'RPO'
    """
    for scope in dict.fromkeys(scopes):
        of = of or scope
        if _folded(scope) != _folded(of):
            raise InputError(argument, f"must be {whose}, {shown(of)}, not {shown(scope)}")
    return of


def _folded(scope: str) -> str:
    return " ".join(scope.casefold().split())
