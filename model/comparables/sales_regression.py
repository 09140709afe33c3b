"""EV/Revenue of comparable companies explained by their growth and margin."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import numpy as np

from model.comparables.peers import GROWTH, MARGIN, Peers
from model.comparables.regression import Regression, regress
from model.errors import Floats, InputError
from model.fields import NOT_MEANINGFUL, Field, Names, line
from model.functions import function
from model.tables import Listing, Statement


class SalesRegression(Listing):
    """Coefficients, the constant first, shapes (terms,); and the goodness of fit."""

    others: ClassVar[dict[str, Field]] = {
        "R squared": Field("fraction"),
        "Adjusted R squared": Field("fraction"),
        "Standard error of the fit": Field("number"),
        "F": Field("number"),
        "Companies": Field("count", form="count"),
        "Degrees of freedom": Field("count", form="count"),
    }
    totals = tuple(others)

    term: Names = line("Term", "name")
    coefficient: Floats = line("Coefficient", "number", undefined=NOT_MEANINGFUL)
    standard_error: Floats = line("Standard error", "number")
    t: Floats = line("t", "number", undefined=NOT_MEANINGFUL)
    fit: Regression

    def bottom(self) -> list[dict[str, Any]]:
        """Return the goodness of fit; a fit without error has no F."""
        fit = self.fit
        values = (
            fit.r_squared,
            fit.adjusted_r_squared,
            fit.residual_error,
            fit.f if fit.residual_error else np.nan,
            fit.observations,
            fit.degrees_of_freedom,
        )
        return [
            {"term": label, "coefficient": value, "t": None}
            for label, value in zip(self.totals, values, strict=True)
        ]


@function
def comps_regression(peers: Peers) -> SalesRegression:
    """Regression of EV/Revenue on growth and margin over comparable companies, with its fit.

    Parameters
    ----------
    peers
        Companies with Growth, Margin or both; a company that lacks one of them is excluded, and two
        more companies than columns are needed.

    Raises
    ------
    InputError
        For neither Growth nor Margin; for too few companies; where EV/Revenue or
        a column is the same for all, or one column follows from the other.

    References
    ----------
    A. Damodaran, *Investment Valuation*, 3rd ed., chapter 20: sector regressions; the example is
    Microsoft's for SLOPE.

    Examples
    --------
    >>> y, x = [2, 3, 9, 1, 8, 7, 5], [6, 5, 11, 7, 5, 4, 4]
    >>> found = comps_regression(Peers(list("ABCDEFG"), [1] * 7, ev=y, growth=x))
    >>> round(float(found.coefficient[1]), 9)
    0.305555556
    """
    used = explanatory(peers)
    if not used:
        raise InputError("peers", "must have the column Growth, Margin or both for a regression")
    x = np.stack(list(used.values()), axis=-1)
    known = ~np.isnan(x).any(axis=-1)
    try:
        fit = regress(peers.multiple("EV/Revenue")[known], x[known])
    except InputError as refused:
        at_fault = {"predictors": " and ".join(used), "explained": "EV/Revenue"}[refused.argument]
        raise InputError(f"peers {at_fault}", refused.problem, refused.reason) from None
    return SalesRegression(
        term=("Constant", *used),
        coefficient=fit.coefficient,
        standard_error=fit.standard_error,
        t=fit.t if fit.residual_error else np.full_like(fit.t, np.nan),
        fit=fit,
    )


def explanatory(peers: Peers) -> dict[str, Floats]:
    """Return the columns that can explain a multiple, of those that the peers state."""
    columns = {"Growth": peers.growth, "Margin": peers.margin}
    return {name: c for name, c in columns.items() if not np.isnan(c).all()}


class Prediction(Statement):
    """The regression's prediction for a company."""

    multiple: float = line("EV/Revenue", "ratio", form="multiple")
    standard_error: float = line("Standard error", "ratio", form="multiple")
    leverage: float = line("Leverage", "number")
    largest_leverage: float = line("Largest leverage of a peer", "number")


@function
def comps_predicted(
    peers: Peers,
    growth: Annotated[Floats, Field("fraction", **GROWTH)],
    margin: Annotated[Floats, Field("fraction", **MARGIN)],
) -> Prediction:
    """EV/Revenue that the regression on growth and margin predicts for a company.

    Parameters
    ----------
    growth
        The company's growth; ignored if no peer reports Growth.
    margin
        The company's margin, measured in the same way as the peers'; ignored if no peer reports
        Margin.

    Returns
    -------
    Prediction
        A leverage above the largest of any peer is an extrapolation.

    References
    ----------
    N. Draper and H. Smith, *Applied Regression Analysis*, 3rd ed., chapters 5 and 8; the example
    is Microsoft's for FORECAST.

    Examples
    --------
    >>> y, x = [6, 7, 9, 15, 21], [2.0, 2.8, 3.1, 3.8, 4.0]
    >>> peers = Peers(list("ABCDE"), [1] * 5, ev=y, growth=x)
    >>> round(comps_predicted(peers, 3.0, 0).multiple, 5)
    10.60725
    """
    made = comps_regression(peers)
    own = {"Growth": growth, "Margin": margin}
    predicted, error, leverage = made.fit.predict([own[name] for name in made.term[1:]])
    return Prediction(predicted, error, leverage, float(made.fit.leverage.max()))
