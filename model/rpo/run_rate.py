"""Run rates: what was last recognised, against the band that an anchored schedule leads into."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from model.errors import Floats
from model.fields import Amount, Field, line
from model.functions import function
from model.rpo.anchored import EARLY, early_fall, first_average
from model.rpo.bands import Bands
from model.rpo.schedule import Month
from model.rpo.stated import RPO, one_scope
from model.tables import Statement

Scope = Annotated[str, Field("name", kind="text")]


class Anchor(Statement):
    """A run rate, and whether it can lead into the first band without falling early."""

    run_rate: Floats = line("Run rate per month")
    average: Floats = line("Average month of the first band")
    ratio: Floats = line("Run rate over average", "ratio")
    limit: Floats = line("Ratio above which it falls early", "ratio")

    @property
    def warning(self) -> str:
        """Say why the run rate can hardly be meant; empty where nothing does."""
        return early_fall(self.ratio)


@function
def rpo_run_rate(
    balance: Amount,
    bands: Bands,
    recognised: Amount,
    months: Month = 3,
    scope: Scope = RPO,
    final_month: Month | None = None,
) -> Anchor:
    """Monthly revenue last recognised from a balance, compared with the average of its first band.

    Parameters
    ----------
    balance
        Remaining performance obligations at the balance date.
    recognised
        Revenue of the months before the balance date, of the bands' scope alone.
    months
        Number of months in which it was recognised.
    scope
        What it was recognised from, which must be the bands' Scope: RPO, or for example backlog.
    final_month
        As in RPO_SCHEDULE; needed where the first band has no end.

    Returns
    -------
    Anchor
        ``recognised / months``, which is the run rate that the shape anchored uses; the first band
        over its months; their ratio; and the ratio above which even a straight line down to zero
        would exceed the band, so that the schedule falls early: 2.

    Raises
    ------
    InputError
        For revenue of another scope, or a first band of zero.

    References
    ----------
    The area of a triangle is half of its height times its base.

    Examples
    --------
    CoreWeave's quarter to 31 March 2026, with revenue of 2,078 and RPO of 98.8 billion (10-Q):

    >>> bands = Bands([1, 25, 49], [24, 48, 84], share=[0.36, 0.39, 0.25])
    >>> found = rpo_run_rate(98_800, bands, 2078)
    >>> found.run_rate.round(1), found.average.round(1), found.ratio.round(3)
    (np.float64(692.7), np.float64(1482.0), np.float64(0.467))
    """
    banded = bands.of(balance)
    one_scope("scope", [scope], banded.scope, "that of the bands")
    rate, average = recognised / months, first_average(banded, final_month)
    return Anchor(rate, average, rate / average, np.full(np.shape(rate / average), EARLY)[()])
