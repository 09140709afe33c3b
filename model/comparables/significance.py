"""How probable it is that chance alone explains as much as a regression does."""

from __future__ import annotations

from math import exp, inf, lgamma, log

#: Relative change at which the continued fraction has converged, and the most steps it may take.
CONVERGED = 1e-15
STEPS = 10_000
#: Stands for a term that is zero, by which the next one would be divided.
TINY = 1e-300


def chance(f: float, explaining: int, free: int) -> float:
    """Probability that F is at least as large where nothing is explained.

    For one explanatory figure it is the two-sided test of its slope, because F is then t squared.

    Parameters
    ----------
    f : float
        F of the regression; infinite for a fit without error.
    explaining, free : int
        Explanatory figures, and degrees of freedom.

    Notes
    -----
    ``I_x(free / 2, explaining / 2)`` with ``x = free / (free + explaining F)``.

    References
    ----------
    M. Abramowitz and I. Stegun, *Handbook of Mathematical Functions*, 26.6.2.

    Examples
    --------
    The 5% point of F for 1 and 10 degrees of freedom, from tables:

    >>> round(chance(4.96, 1, 10), 3)
    0.05
    """
    if f == inf:
        return 0.0
    whole = free + explaining * f
    return incomplete_beta(free / 2, explaining / 2, free / whole, explaining * f / whole)


def incomplete_beta(a: float, b: float, x: float, rest: float) -> float:
    """Regularised incomplete beta function at x, by its continued fraction; the rest is 1 - x.

    References
    ----------
    Abramowitz and Stegun, 26.5.8, evaluated as by W. Lentz.
    """
    if x <= 0 or rest <= 0:
        return float(rest <= 0)
    if x > (a + 1) / (a + b + 2):
        # The fraction converges fast below the mean.
        return 1 - incomplete_beta(b, a, rest, x)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(rest)) / a
    found = c = 1.0
    d = 0.0
    for step in range(STEPS):
        m = step // 2
        if step == 0:
            term = 1.0
        elif step % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / ((1 + term * d) or TINY)
        c = (1 + term / c) or TINY
        found *= c * d
        if step and abs(1 - c * d) < CONVERGED:
            break
    return front * (found - 1)
