"""What a price requires of one input, all else unchanged: every solution, verified."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from model.dcf.drivers import Drivers
from model.dcf.forecast import ContractedRevenue
from model.dcf.signed import Plant, SignedContracts
from model.dcf.value import DcfValue, dcf_value
from model.dilution.securities import Securities
from model.errors import Floats, InputError
from model.fields import ONE_OR_ROW, Field, line
from model.functions import function
from model.tables import Schedule
from model.uncertainty.changes import Business
from model.uncertainty.handles import Handle, handle
from model.uncertainty.roots import TOUCHES, Scan, scan, solutions

#: Points of the grid on either side of what the case has, and how much longer its steps are at the
#: end of the range; of a range wider than 1, times its width.
POINTS, LONGER = 80, 30.0
#: Points that are tried where the case has no number of its own.
TRIED = 17
#: What rounding may leave of a price that is put back.
ROUNDING = 1e-14
#: Shown where nothing gives the price.
NONE = "none"


class Required(Schedule):
    """What each price requires, and what the handle can reach; numbers of shape (prices,)."""

    title = "Price"

    required: Floats = line("Required", "ratio", undefined=NONE)
    input: Floats = line("Input that gives it", "ratio", undefined=NONE)
    value_per_share: Floats = line("Value per share with it", "USD", undefined=NONE)
    difference: Floats = line("Difference from the price", "USD", undefined=NONE)
    count: Floats = line("Solutions", "count")
    lowest: Floats = line("Lowest value per share in the range", "USD")
    lowest_at: Floats = line("Lowest at", "ratio")
    highest: Floats = line("Highest value per share in the range", "USD")
    highest_at: Floats = line("Highest at", "ratio")
    next_required: Floats = line("Next solution", "ratio", undefined=NONE)
    next_input: Floats = line("Next solution: input", "ratio", undefined=NONE)
    next_value: Floats = line("Next solution: value per share", "USD", undefined=NONE)
    #: Every input that gives each price, in ascending order.
    inputs: tuple[Floats, ...]
    #: What was solved for.
    handle: Handle


@function
def dcf_reverse(
    drivers: Drivers,
    securities: Securities,
    contracted: ContractedRevenue | SignedContracts | None,
    price: Annotated[Floats, Field("USD", above=0.0), ONE_OR_ROW],
    solve_for: Annotated[str, Field("name", kind="text")],
    plant: Plant | None = None,
) -> Required:
    """What each price requires of growth, margin, cost of capital, exit multiple or contracts.

    Parameters
    ----------
    contracted
        As contracted_revenue of DCF_VALUE; blank for a company without contracts.
    price
        One price, or several.
    solve_for
        Growth, margin, cost of capital (or wacc), exit multiple, net retention or RPO conversion;
        or an input that is one number, named as for DCF_CHOICES.
    plant
        As for DCF_VALUE.

    Returns
    -------
    Required
        For each price, the solution nearest to the case, in an analyst's terms and as typed, and
        the value per share with it; the number of solutions, and the next nearest one. The lowest
        and highest value per share, with the inputs that give them, show which prices can be
        reached. In Python, ``inputs`` has all solutions.

    Raises
    ------
    InputError
        For an unknown name, suggesting the nearest; for RPO conversion or net retention of a
        company without contracts, and as for DCF_VALUE.

    Notes
    -----
    All else is unchanged: the cost of capital and the proceeds of an offer do not follow the price.
    Growth shifts all growth by ``growth_change``, and is shown as revenue growth a year over the
    forecast; margin shifts all margins by ``margin_change``, and is shown as the operating margin
    of the final year. Cost of capital is the first year's, and moves later years by the same
    amount. The exit multiple is of the case's metric, or of revenue if EBIT is negative. Net
    retention is the first year's, and moves all years equally; a company without any gets one in
    place of renewals. RPO conversion is ``contracted_share``.

    Value per share is calculated over the range, up to the point where the model refuses it, such
    as growth above the cost of capital. Each change of sign is a solution, and so is each turning
    point that touches the price, and both ends of an interval of solutions. A price that the value
    jumps over has none.

    References
    ----------
    A. Rappaport and M. Mauboussin, *Expectations Investing*, 2001, for reading a price this way.
    The example is the return that the S&P 500 promised at its price of 1 January 2005: A.
    Damodaran, *Damodaran on Valuation*, 2nd ed., chapter 2.

    Examples
    --------
    >>> index = Drivers(base_revenue=35.15, revenue_growth=0.085, operating_margin=1, tax_rate=0,
    ...                 capital_expenditure=0, depreciation=0, wacc=0.1, terminal_growth=0.0422,
    ...                 years=5, timing="end")
    >>> one = Securities(["Index"], ["common"], [1])
    >>> dcf_reverse(index, one, None, 1211.92, "cost of capital").required.round(4)
    array([0.0787])
    """
    business = Business(drivers, securities, contracted, plant)
    prices = np.atleast_1d(price)
    if prices.ndim > 1 or not prices.size:
        raise InputError("price", "must be one number or a row of them")
    if np.ndim(_valued(business).value_per_share):
        raise InputError("drivers", "must be those of one scenario")
    solved = handle(business, solve_for)

    def worth(numbers: Floats) -> Floats:
        found = _valued(solved.changed(business, numbers)).value_per_share
        return np.broadcast_to(found, numbers.shape)

    found = scan(worth, *_grid(solved, worth))
    return _required(business, solved, found, prices, solutions(worth, found, prices))


def _required(
    business: Business, solved: Handle, found: Scan, prices: Floats, inputs: list[Floats]
) -> Required:
    """Put the solutions back, and the ends of what can be reached."""
    numbers = np.full((2, prices.size), np.nan)
    own = found.values[found.at == solved.own]
    same = np.abs(own - prices) <= TOUCHES * prices if own.size else np.zeros(prices.size, bool)
    for place, each in enumerate(inputs):
        nearest = each[np.argsort(np.abs(each - solved.own), kind="stable")]
        if same[place] and solved.own not in each:
            # Within an interval of solutions is what the case has.
            nearest = np.concatenate([[solved.own], nearest])
        numbers[: nearest[:2].size, place] = nearest[:2]
    ends = found.at[[np.argmin(found.values), np.argmax(found.values)]]
    stated = ~np.isnan(numbers)
    put = np.concatenate([ends, numbers[stated]])
    result = _valued(solved.changed(business, put))
    values, terms = (
        np.broadcast_to(each, put.shape)
        for each in (result.value_per_share, solved.terms(result, put))
    )
    at, shown = np.full((2, *numbers.shape), np.nan)
    at[stated], shown[stated] = values[2:], terms[2:]
    alike = np.ones(prices.size)
    apart = at[0] - prices
    return Required(
        required=shown[0],
        input=numbers[0],
        value_per_share=at[0],
        # Below the rounding of the value that is put back, there is none.
        difference=np.where(np.abs(apart) <= ROUNDING * np.abs(prices), 0.0, apart),
        count=np.array([float(each.size) for each in inputs]),
        lowest=values[0] * alike,
        lowest_at=terms[0] * alike,
        highest=values[1] * alike,
        highest_at=terms[1] * alike,
        next_required=shown[1],
        next_input=numbers[1],
        next_value=at[1],
        inputs=tuple(inputs),
        handle=solved,
        across=prices.tolist(),
    )


def _valued(of: Business) -> DcfValue:
    return dcf_value(of.drivers, of.securities, of.contracted, of.plant)


def _grid(solved: Handle, worth: Any) -> tuple[Floats, int]:
    """Make a grid around what the case has, with longer steps farther away; and its place."""
    low, high, own = solved.low, solved.high, solved.own
    if np.isnan(own):
        # From the first number that the model takes.
        own = _first(worth, np.linspace(low, high, TRIED))
    longer = np.log(LONGER * max(1.0, high - low))
    steps = np.expm1(longer * np.linspace(0, 1, POINTS + 1)[1:]) / np.expm1(longer)
    below, above = (own + (end - own) * steps if end != own else steps[:0] for end in (low, high))
    return np.concatenate([below[::-1], [own], above]), below.size


def _first(worth: Any, tried: Floats) -> float:
    """Return the first of several numbers that the model takes."""
    for number in tried[:-1]:
        try:
            worth(np.array([number]))
        except InputError:
            continue
        return float(number)
    worth(tried[-1:])
    return float(tried[-1])
