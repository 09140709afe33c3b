"""Least squares with a constant: coefficients, their standard errors, and goodness of fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.arrays import floats
from model.errors import Floats, InputError

#: Columns closer to a line than this, as a ratio of singular values, are collinear.
COLLINEAR = 1e-10
#: Residuals below this fraction of the largest observation are rounding of an exact fit.
NO_ERROR = 64 * np.finfo(float).eps


@dataclass(frozen=True)
class Regression:
    """A least squares fit with a constant, and its goodness of fit.

    Attributes
    ----------
    coefficient : ndarray, shape (1 + predictors,)
        The constant first.
    unscaled : ndarray, shape (1 + predictors, 1 + predictors)
        Covariance of the coefficients for a residual variance of 1.
    residual_error : float
        Standard error of the residuals; exactly 0 for a fit without error, whose R squared is 1
        and whose F is infinite.
    residuals, leverage : ndarray, shape (observations,)
    """

    coefficient: Floats
    unscaled: Floats
    r_squared: float
    adjusted_r_squared: float
    residual_error: float
    f: float
    observations: int
    residuals: Floats
    leverage: Floats

    @property
    def standard_error(self) -> Floats:
        """Standard errors of the coefficients."""
        return np.asarray(self.residual_error * np.sqrt(np.diag(self.unscaled)))

    @property
    def t(self) -> Floats:
        """Coefficients over their standard errors; infinite for a fit without error."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.coefficient / self.standard_error)

    @property
    def degrees_of_freedom(self) -> int:
        """Observations beyond the number of coefficients."""
        return self.observations - self.coefficient.size

    def predict(self, predictors: npt.ArrayLike) -> tuple[float, float, float]:
        """Predicted value, its standard error for a single new case, and the case's leverage.

        A leverage above the largest of the observations is an extrapolation.
        """
        row = np.concatenate([[1.0], floats("predictors", predictors)])
        leverage = float(row @ self.unscaled @ row)
        error = self.residual_error * float(np.sqrt(1 + leverage))
        return float(row @ self.coefficient), error, leverage


def regress(explained: npt.ArrayLike, predictors: npt.ArrayLike) -> Regression:
    """Fit a line with a constant by least squares.

    Parameters
    ----------
    explained : array_like, shape (observations,)
    predictors : array_like, shape (observations, predictors)

    Raises
    ------
    InputError
        For fewer observations than one more than the coefficients, and for predictors that are
        constant or a combination of one another.

    Notes
    -----
    Predictors are centred and scaled to unit length before they are factored, so that large
    numbers far from zero lose no digits.

    Examples
    --------
    >>> fit = regress([1, 9, 5, 7], [[0], [4], [2], [3]])
    >>> (fit.coefficient + 0.0).round(9).tolist()
    [1.0, 2.0]
    """
    y, x = floats("explained", explained), floats("predictors", predictors)
    count, width = x.shape
    if count < width + 2:
        raise InputError(
            "predictors",
            f"must have at least {width + 2} rows with every figure of the regression, not {count}",
            "missing",
        )
    size = float(np.abs(y).max())
    if np.ptp(y) <= NO_ERROR * size:
        raise InputError("explained", "must differ from row to row", "number")
    mean, centre = x.mean(axis=0), y.mean()
    deviation = x - mean
    length = np.sqrt((deviation**2).sum(axis=0))
    if (length <= COLLINEAR * np.abs(x).max(axis=0)).any():
        raise InputError("predictors", "must differ in every explanatory figure", "number")
    scaled = deviation / length
    q, r = np.linalg.qr(scaled)
    singular = np.linalg.svd(r, compute_uv=False)
    if singular[-1] <= COLLINEAR * singular[0]:
        raise InputError("predictors", "must not be combinations of one another", "number")
    slope = np.linalg.solve(r, q.T @ (y - centre)) / length
    residuals = (y - centre) - deviation @ slope
    free = count - width - 1
    explained_square = float(((deviation @ slope) ** 2).sum())
    residual_square = float((residuals**2).sum())
    if residual_square <= count * (NO_ERROR * size) ** 2:
        residuals, residual_square = np.zeros(count), 0.0
    total = explained_square + residual_square
    variance = residual_square / free
    inverse = np.linalg.inv(r)
    spread = (inverse @ inverse.T) / np.outer(length, length)
    # From the centred predictors back to the constant at zero.
    unscaled = np.empty((width + 1, width + 1))
    unscaled[1:, 1:] = spread
    unscaled[0, 1:] = unscaled[1:, 0] = -(spread @ mean)
    unscaled[0, 0] = 1 / count + mean @ spread @ mean
    return Regression(
        coefficient=np.concatenate([[centre - slope @ mean], slope]),
        unscaled=unscaled,
        r_squared=explained_square / total,
        adjusted_r_squared=1 - (residual_square / free) / (total / (count - 1)),
        residual_error=float(np.sqrt(variance)),
        f=explained_square / width / variance if variance > 0 else float("inf"),
        observations=count,
        residuals=residuals,
        leverage=1 / count + (q**2).sum(axis=1),
    )
