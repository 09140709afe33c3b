"""Balances before the opening one, compared with the revenue reported since.

They were public on the valuation date, so that a case can say how earlier balances converted
without looking ahead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from model.case.bands import apart
from model.rpo.backtest_split import BacktestShapes, rpo_backtest_shapes
from model.rpo.filings import DatedBands, Filings

if TYPE_CHECKING:
    from model.case.case import Case


def backtest(case: Case) -> BacktestShapes | None:
    """Return the error of each shape for each earlier balance; None for a case without any.

    Parameters
    ----------
    case : Case

    Examples
    --------
    Snowflake's three balances before that of July 2026, of which one disclosed no bands:

    >>> from model.case.case import load
    >>> found = backtest(load("snowflake"))
    >>> [day.isoformat() for day in sorted({*found.at.tolist()})]
    ['2025-10-31', '2026-01-31']
    >>> float(found.actual[0].round())
    4221.0
    """
    if case.rpo is None or not case.rpo.earlier:
        return None
    balances = [*case.rpo.until_opening.values()]
    filings = Filings(
        [b.date.day for b in balances],
        [b.amount.number for b in balances],
        [b.recognised.number if b.recognised else None for b in balances],
        outside=[b.outside.number if b.outside else None for b in balances],
    )
    rows = [
        (b.date.day, *row) for b in balances if b.bands for row in zip(*apart(b.bands), strict=True)
    ]
    days, first, last, share = (list(column) for column in zip(*rows, strict=True))
    bands = DatedBands(days, first, last, share=share)
    rate = balances[0].run_rate
    return rpo_backtest_shapes(
        filings, bands, int(case.rpo.final_month.number), rate.number if rate else None
    )
