"""Tornado: the effect of each input's range on one line of a DCF, the widest first."""

from __future__ import annotations

from typing import Any

import numpy as np

from model.dcf.drivers import Drivers
from model.dcf.forecast import ContractedRevenue
from model.dcf.signed import Plant, SignedContracts
from model.dilution.securities import Securities
from model.errors import Floats, InputError, require
from model.fields import NOT_MEANINGFUL, Names, column, line
from model.functions import function
from model.tables import Listing, Table
from model.uncertainty.changes import Business, changed, check_once, stated
from model.uncertainty.outputs import VALUE_PER_SHARE, Output, worth
from model.uncertainty.sensitivity import case_of
from model.uncertainty.together import worths

#: Rows below the inputs.
CASE, WORSE, BETTER, LEFT = (
    "The case itself",
    "All at their worse end",
    "All at their better end",
    "Interaction left over",
)


class DriverRanges(Table):
    """Ranges of inputs: how low and how high each may be."""

    input: Names = column(
        "Input", "name", "What varies: a driver, Segment/driver; several joined by &.", key=True
    )
    low: Floats = column("Low", "ratio", "Replaces one number; shifts all years of a path.")
    high: Floats = column("High", "ratio", "Its other end.")
    label: Names = column("Label", "name", "What it is called.", default="", blank="")

    @classmethod
    def argument(cls) -> str:
        """Name the argument for messages."""
        return "ranges"

    def check(self) -> None:
        """Refuse ranges that are upside down, and an input that is in two of them."""
        require(self.low <= self.high, self.places["low"], "at most High", self.low)
        # All inputs are moved together too.
        check_once(self.input, self.places["input"])


class Tornado(Listing):
    """One line of the value at both ends of each input's range, the widest first."""

    totals = (CASE, WORSE, BETTER, LEFT)
    rows_of = "ranges"
    sorted = True

    input: Names = line("Input", "name")
    low: Floats = line("Low", "ratio")
    high: Floats = line("High", "ratio")
    at_low: Floats = line("At low", "number", undefined=NOT_MEANINGFUL)
    at_high: Floats = line("At high", "number", undefined=NOT_MEANINGFUL)
    change_low: Floats = line("Change at low", "number", undefined=NOT_MEANINGFUL)
    change_high: Floats = line("Change at high", "number", undefined=NOT_MEANINGFUL)
    width: Floats = line("Width", "number")
    #: The case itself; all inputs at their worse end, and all at their better one.
    base: float
    worse: float
    better: float

    @property
    def interaction(self) -> tuple[float, float]:
        """What all changes to the worse, and to the better, are more than their sum."""
        ends = np.stack([self.change_low, self.change_high])
        return (
            self.worse - self.base - float(np.fmin(*ends).sum()),
            self.better - self.base - float(np.fmax(*ends).sum()),
        )

    def bottom(self) -> list[dict[str, Any]]:
        """Return the case, all inputs together, and what is left over, below the inputs."""
        worse, better = self.interaction
        return [
            {"input": CASE, "at_low": self.base, "at_high": self.base},
            {"input": WORSE, "at_low": self.worse, "change_low": self.worse - self.base},
            {"input": BETTER, "at_high": self.better, "change_high": self.better - self.base},
            {"input": LEFT, "change_low": worse, "change_high": better},
        ]


@function
def dcf_tornado(
    drivers: Drivers,
    securities: Securities,
    contracted: ContractedRevenue | SignedContracts | None,
    ranges: DriverRanges,
    output: Output = VALUE_PER_SHARE,
    plant: Plant | None = None,
) -> Tornado:
    """Tornado: value per share, or another line, at both ends of each input's range, sorted.

    Parameters
    ----------
    contracted
        As contracted_revenue of DCF_VALUE; blank for a company without contracts.
    output
        Line of DCF_VALUE, by name or label.
    plant
        As for DCF_VALUE.

    Returns
    -------
    Tornado
        One input changes at a time. Inputs of equal width stay in the order of the table. In the
        last rows the low columns have all inputs at their worse ends, which may be their high ones,
        and the high columns all at their better ends; what is left over is the change of all
        together less the sum of the single changes.

    Raises
    ------
    InputError
        For an input that is unknown, or of which the model refuses both ends; and as for DCF_VALUE.

    Notes
    -----
    Inputs are changed as for DCF_SENSITIVITY. The worse end is the one with the lower output, or
    the low end if both are equal. Width is measured from the lowest to the highest of three values:
    the two ends and the case itself. An end that the model refuses is not meaningful (n.m., NaN in
    Python), and so are all ends together if it refuses them.

    References
    ----------
    T. Koller, M. Goedhart and D. Wessels, *Valuation*, on one change at a time and what several do
    together. The example is Kenneth Cole: J. Berk and P. DeMarzo, *Corporate Finance*, chapter 9:
    19.59 to 27.48 at margins of 7% to 10%.

    Examples
    --------
    >>> cole = Drivers(base_revenue=518, revenue_growth=0.09, growth_years=1, operating_margin=0.09,
    ...                tax_rate=0.37, sales_to_capital=1 / 0.18, wacc=0.11, terminal_growth=0.04,
    ...                years=6, timing="end", cash=100, debt=3)
    >>> margins = DriverRanges(["operating_margin"], [0.07], [0.10])
    >>> found = dcf_tornado(cole, Securities(["Common"], ["common"], [21]), None, margins)
    >>> found.at_low.round(2), found.at_high.round(2)
    (array([19.59]), array([27.48]))
    """
    business = Business(drivers, securities, contracted, plant)
    base = worth(business, output)
    if np.ndim(base) or ranges.low.ndim > 1 or ranges.high.ndim > 1:
        raise InputError("drivers", "and ranges must be those of one scenario")
    low, high = _ends(business, ranges, base, output)
    ends = np.stack([low, high])
    # Of two equal ends the low one is the worse; of one that is refused, the other is both.
    worse, better = (
        _all(business, ranges, np.where(at_low | np.isnan(high), ranges.low, ranges.high), output)
        for at_low in (low <= high, low > high)
    )
    width = np.fmax(np.fmax(*ends), base) - np.fmin(np.fmin(*ends), base)
    order = np.argsort(-width, kind="stable")
    names = [label or name for label, name in zip(ranges.label, ranges.input, strict=True)]
    return Tornado(
        tuple(names[i] for i in order),
        ranges.low[order],
        ranges.high[order],
        *ends[:, order],
        *(ends - base)[:, order],
        width[order],
        base=float(base),
        worse=worse,
        better=better,
    )


def _ends(
    business: Business, ranges: DriverRanges, base: Floats, output: str
) -> tuple[Floats, Floats]:
    """Value the business with each input at its low end, and at its high one; NaN if refused."""
    place, refused = ranges.places["input"], {}
    names = [*ranges.input, *ranges.input]
    values = np.full(len(names), np.nan)
    made: dict[int, Business] = {}
    own = [case_of(stated(business, name, place), name) for name in ranges.input] * 2
    for i, (name, number) in enumerate(zip(names, [*ranges.low, *ranges.high], strict=True)):
        if number == own[i]:
            # To the last bit, which another order of summing would not give.
            values[i] = base
            continue
        try:
            made[i] = changed(business, [(name, float(number))], place)
        except InputError as error:
            refused[i] = error
    try:
        values[[*made]] = worths([*made.values()], business, base, output)
    except InputError:
        # Some of them are refused: which ones, their own values say.
        for i, each in made.items():
            try:
                values[i] = worth(each, output)
            except InputError as error:
                refused[i] = error
    count = len(ranges)
    for i in range(count):
        if i in refused and i + count in refused:
            first = refused[i]
            where = f"{ranges.argument()}, {names[i]} at either end: {first.argument}"
            raise InputError(where, first.problem, first.reason)
    return values[:count], values[count:]


def _all(business: Business, ranges: DriverRanges, numbers: Floats, output: str) -> float:
    """Value the business with all inputs changed; NaN if it is refused."""
    every = zip(ranges.input, map(float, numbers), strict=True)
    try:
        return float(worth(changed(business, every, ranges.places["input"]), output))
    except InputError:
        return np.nan
