"""How a case's forecast is funded: the gap by year, and the value per share once it is filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from model.case import derived
from model.case.tables import FUNDING
from model.dcf.funding import Funding, dcf_funding
from model.dcf.value import DcfValue, SegmentedValue
from model.dilution.raises import Issue, Raises, equity_after_raise
from model.errors import Floats
from model.fields import ONE

if TYPE_CHECKING:
    from model.case.case import Case


#: Part of the share price below which nobody would sell shares at the model's own value.
LEAST = 0.02


def funding(case: Case, result: DcfValue) -> Funding | None:
    """Fund the forecast of a case that states its minimum cash; otherwise None.

    Cash is that of the bridge to equity, without what is restricted, and so are the proceeds of an
    offer. EBITDA is operating income with the depreciation that the forecast shows.

    Parameters
    ----------
    case : Case
    result : DcfValue
        Its value, with the forecast.
    """
    if not case.funding:
        return None
    forecast = result.forecast
    interest = case.funding.get("interest_on_cash")
    return dcf_funding(
        forecast.cash_flow,
        result.cash - derived.restricted_cash(case),
        case.funding["minimum_cash"].number,
        offer_proceeds=result.offer_proceeds,
        interest_on_cash=interest.number if interest else 0.0,
        ebitda=forecast.operating_income + forecast.depreciation,
        cash_to_valuation=(result.interim_cash_flow if isinstance(result, SegmentedValue) else 0.0),
        stub=forecast.period_length[..., 0],
        **{key: case.table(key) for key in FUNDING if key in case.tables},
    )


def raised(
    case: Case, funded: Funding | None, result: DcfValue, cost_of_equity: float
) -> Raises | None:
    """Fill the gap of each year, at the stated price or else at one that changes nothing.

    Shares are then sold at the model's own forward value, or at today's share price where the model
    values them at next to nothing; debt at the market rate. The number of diluted shares before the
    raise is held fixed.

    Parameters
    ----------
    case : Case
    funded : Funding or None
        What `funding` returns.
    result : DcfValue
    cost_of_equity : float
    """
    if funded is None:
        return None
    stated, issue = case.funding.get("raise_price"), case.funding.get("raise_issue")
    kind: Issue = "debt" if issue and issue.value == "debt" else "shares"
    today = float(result.value_per_share)
    price: Floats = ONE
    if stated:
        price = np.full(funded.gap.shape, stated.number)
    elif kind == "shares":
        market = case.share_price[1].number
        today = today if today >= LEAST * market else market
        price = today * (1 + cost_of_equity) ** funded.time
    return equity_after_raise(
        result.value_per_share * result.diluted_shares,
        result.diluted_shares,
        funded.gap,
        price,
        cost_of_equity,
        funded.time,
        kind,
    )
