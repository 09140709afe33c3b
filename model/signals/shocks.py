"""Shocks: how much liquidity risks take off a value per share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from model.dcf.drivers import Drivers
from model.dcf.forecast import ContractedRevenue, dcf_forecast
from model.dcf.periods import stacked
from model.dcf.signed import Plant, SignedContracts
from model.dcf.value import dcf_value
from model.dilution.securities import Securities
from model.dilution.shares import price_at
from model.errors import Floats, InputError, shown
from model.fields import NOT_MEANINGFUL, Names, column, line
from model.functions import function
from model.tables import Listing, Table
from model.uncertainty.changes import Business, Relative, changed, first_spelled, spelled

#: The input that is no driver: enterprise value over revenue of the first forecast year.
SALES_MULTIPLE = "sales_multiple"
#: A number that a row may leave out.
_ONE_OF_THREE: dict[str, Any] = {"default": np.nan, "blank": np.nan}


class Shocks(Table):
    """Shocks, with a row for each input that one changes."""

    shock: Names = column("Shock", "name", "What happens; rows of one shock happen together.")
    input: Names = column(
        "Input",
        "name",
        "What it changes: a driver, Segment/driver, a column of contracts, or sales_multiple.",
    )
    times: Floats = column("Times", "ratio", "Factor that multiplies the input.", **_ONE_OF_THREE)
    adds: Floats = column("Adds", "ratio", "Added to the input.", **_ONE_OF_THREE)
    value: Floats = column("Value", "ratio", "Replaces the input.", **_ONE_OF_THREE)

    def check(self) -> None:
        """Refuse rows that do not say what an input becomes, and inputs that are given twice."""
        (names,) = first_spelled(self.shock)
        self._put(shock=names)
        seen: set[tuple[str, str]] = set()
        for place, (shock, name) in enumerate(zip(self.shock, self.input, strict=True)):
            where = f"{self.argument()} {shock}, {name}"
            given = sum(not np.isnan(c[place]) for c in (self.times, self.adds, self.value))
            if given != 1:
                raise InputError(
                    where, "must have one number in Times, Adds or Value, and one only"
                )
            if name == SALES_MULTIPLE and self.value[place] < 0:
                number = shown(float(self.value[place]))
                raise InputError(where, f"must have a Value of at least 0, not {number}")
            key = (shock, spelled(name))
            if key in seen:
                raise InputError(where, "must be given once")
            seen.add(key)

    def groups(self) -> Iterator[tuple[str, list[tuple[str, Any]]]]:
        """Yield each shock in the order of its first row, with the changes that it makes."""
        found: dict[str, list[tuple[str, Any]]] = {}
        for place, (shock, name) in enumerate(zip(self.shock, self.input, strict=True)):
            times, adds = float(self.times[place]), float(self.adds[place])
            change: Any = float(self.value[place])
            if not np.isnan(times):
                change = Relative(times=times)
            elif not np.isnan(adds):
                change = Relative(adds=adds)
            found.setdefault(shock, []).append((name, change))
        yield from found.items()


class Shocked(Listing):
    """Value per share after each shock, (..., shocks)."""

    shock: Names = line("Shock", "name")
    value_per_share: Floats = line("Value per share", "USD")
    difference: Floats = line("Difference", "USD")
    part: Floats = line("Of this value", "fraction", undefined=NOT_MEANINGFUL)


@function
def signal_shocks(
    drivers: Drivers,
    securities: Securities,
    shocks: Shocks,
    contracted_revenue: ContractedRevenue | SignedContracts | None = None,
    plant: Plant | None = None,
) -> Shocked:
    """Value per share after each of several shocks, such as rates or power, all else unchanged.

    Parameters
    ----------
    shocks
        The shocks; each starts from the inputs as they are.
    contracted_revenue
        As for DCF_VALUE.
    plant
        As for DCF_VALUE.

    Raises
    ------
    InputError
        For an input that is unknown, or that is left out but must be changed by a factor or an
        amount; and as for DCF_VALUE.

    Notes
    -----
    Times multiplies an input, in every year if it is given by year; Adds is added to it; Value
    replaces one number and shifts all years of a path. Rows of one shock change together.

    The input sales_multiple is enterprise value over revenue of the first forecast year: what
    buyers pay for sales, if nothing else changes.

    References
    ----------
    J. Berk and P. DeMarzo, *Corporate Finance*, chapter 9: Kenneth Cole, 24.85 a share, and 22.86
    if revenue grows by 4% from the start.

    Examples
    --------
    >>> cole = Drivers(base_revenue=518, revenue_growth=0.09, growth_years=1, operating_margin=0.09,
    ...                tax_rate=0.37, sales_to_capital=1 / 0.18, wacc=0.11, terminal_growth=0.04,
    ...                years=6, timing="end", cash=100, debt=3)
    >>> slower = Shocks(["Slower"], ["revenue_growth"], adds=[-0.05])
    >>> found = signal_shocks(cole, Securities(["Common"], ["common"], [21]), slower)
    >>> found.value_per_share.round(2)
    array([22.86])
    """
    business = Business(drivers, securities, contracted_revenue, plant)
    base = _worth(business, [])
    place = shocks.places["input"]
    groups = list(shocks.groups())
    values = []
    for _, changes in groups:
        of_inputs, of_multiple = apart(changes)
        values.append(_worth(changed(business, of_inputs, place), of_multiple))
    found = stacked(values, -1)
    whole = np.broadcast_to(np.asarray(base)[..., None], found.shape)
    difference = found - whole
    part = np.divide(difference, whole, out=np.full(found.shape, np.nan), where=whole > 0)
    return Shocked(tuple(shock for shock, _ in groups), found, difference, part)


def apart(changes: Iterable[tuple[str, Any]]) -> tuple[list[tuple[str, Any]], list[Any]]:
    """Separate changes of inputs from those of the sales multiple."""
    every = list(changes)
    of_multiple = [value for name, value in every if spelled(name) == SALES_MULTIPLE]
    return [(n, value) for n, value in every if spelled(n) != SALES_MULTIPLE], of_multiple


def _worth(business: Business, of_multiple: list[Any]) -> Floats:
    """Value a share, at a changed multiple of sales if there is one."""
    b = business
    made = dcf_value(b.drivers, b.securities, b.contracted, b.plant)
    if not of_multiple:
        return made.value_per_share
    (change,) = of_multiple
    revenue = dcf_forecast(b.drivers, b.contracted, b.plant).revenue[..., 0]
    if not (revenue > 0).all():
        raise InputError(SALES_MULTIPLE, "must be left out: the first year has no revenue")
    before = made.enterprise_value / revenue
    after = change.of(before, SALES_MULTIPLE) if isinstance(change, Relative) else change
    equity = made.equity_value + (after - before) * revenue
    return price_at(equity, b.securities, b.drivers.method)
