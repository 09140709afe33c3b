"""Sensitivity: one line of a DCF over two inputs, every pair in one call."""

from __future__ import annotations

from collections.abc import Callable
from math import isqrt
from time import perf_counter
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt

from model.dcf.drivers import YEARLY, Drivers
from model.dcf.forecast import ContractedRevenue
from model.dcf.signed import Plant, SignedContracts
from model.dilution.securities import Securities
from model.errors import Floats, InputError, shown
from model.fields import NOT_MEANINGFUL, ROW, Field
from model.functions import function
from model.tables import Grid
from model.uncertainty.changes import (
    AND,
    CONTRACTED,
    Business,
    Scenarios,
    changed,
    check_once,
    parts,
    stated,
)
from model.uncertainty.outputs import VALUE_PER_SHARE, Output, worth

#: Values of a grid at most, and of a block that is calculated at a time.
MOST, BLOCK = 1_000_000, 4096
#: Rows and columns of the corner whose time is taken of a grid that is too large.
CORNER = 64
#: Numbers apart by no more than this part of the largest are the same: steps add up with rounding.
SAME = 1e-12

#: The words that mark it in cells.
CASE_ITSELF = "The case itself"

Input = Annotated[str, Field("name", kind="text")]
Places = Annotated[Floats, Field("the input's unit"), ROW]


class SensitivityGrid(Grid):
    """One line of the value over two inputs: a row for each number of one, a column of the other.

    What the model refuses is not meaningful: NaN. ``own`` marks the case itself.
    """

    unit = "number"
    undefined = NOT_MEANINGFUL
    noted = True

    row_driver: str = ""
    column_driver: str = ""
    #: Which values are the case's own; (rows, columns).
    own: Any = None
    #: What the case has of both inputs: 0 where it is moved in parallel, NaN if not one number.
    case: tuple[float, float] = (np.nan, np.nan)

    @property
    def corner(self) -> str:  # type: ignore[override]
        """The names of what varies."""
        return f"{self.row_driver} / {self.column_driver}"

    @property
    def note(self) -> str:
        """Which value is the case itself, in words."""
        of = zip((self.row_driver, self.column_driver), self.case, strict=True)
        has = ", ".join(f"{name} {shown(number)}" for name, number in of if number == number)
        if self.own.any():
            return f"{CASE_ITSELF}: {has}"
        return f"No value is the case itself{has and f': {has}'}"


@function
def dcf_sensitivity(
    drivers: Drivers,
    securities: Securities,
    contracted: ContractedRevenue | SignedContracts | None,
    row_driver: Input,
    row_values: Places,
    column_driver: Input,
    column_values: Places,
    output: Output = VALUE_PER_SHARE,
    plant: Plant | None = None,
) -> SensitivityGrid:
    """Sensitivity: value per share, or another line, over two inputs, one down and one across.

    Parameters
    ----------
    contracted
        As contracted_revenue of DCF_VALUE; blank for a company without contracts.
    row_driver
        Input of the rows, named as for DCF_CHOICES: wacc, Cloud/price; several joined by " & " are
        moved together.
    row_values
        Its numbers. Each replaces an input that is one number, and shifts all years of a path, or
        joined inputs: 0 is the case itself.
    column_driver
        Input of the columns, another one.
    column_values
        Its numbers.
    output
        Line of DCF_VALUE, by name or label.
    plant
        As for DCF_VALUE.

    Returns
    -------
    SensitivityGrid
        A row for each number of the first input, a column for each of the second, and a line below
        them: which value is the case itself, or that none is. That value is DCF_VALUE's own, to the
        last bit; in Python ``own`` marks it. A pair of numbers that the model refuses is not
        meaningful (n.m., NaN in Python).

    Raises
    ------
    InputError
        For an input that is unknown, not a number, or both down and across; for an unknown line;
        for more than a million values, with the time that they would take, estimated from their
        first corner; if the model refuses every pair.

    Notes
    -----
    All pairs are valued in one call, as scenarios on two axes, in blocks of bounded memory. If the
    model refuses a block, the pairs that the refusal names are set aside and the others are valued
    again. A number that equals the case's own within rounding (1e-12) counts as the case.

    References
    ----------
    J. Berk and P. DeMarzo, *Corporate Finance*, chapter 9: Kenneth Cole, whose shares are worth
    19.59 to 27.48 at margins of 7% to 10%, and 24.85 at the 9% of example 9.7.

    Examples
    --------
    >>> cole = Drivers(base_revenue=518, revenue_growth=0.09, growth_years=1, operating_margin=0.09,
    ...                tax_rate=0.37, sales_to_capital=1 / 0.18, wacc=0.11, terminal_growth=0.04,
    ...                years=6, timing="end", cash=100, debt=3)
    >>> found = dcf_sensitivity(cole, Securities(["Common"], ["common"], [21]), None,
    ...                         "wacc", [0.11], "operating_margin", [0.07, 0.09, 0.10])
    >>> found.values.round(2)
    array([[19.59, 24.85, 27.48]])
    >>> found.own
    array([[False,  True, False]])
    """
    business = Business(drivers, securities, contracted, plant)
    down, across = (
        _Axis(business, *each)
        for each in (("row_driver", row_driver, row_values),
                     ("column_driver", column_driver, column_values))
    )  # fmt: skip
    if down.inputs & across.inputs:
        raise InputError(
            "column_driver", f"must differ from row_driver, not be {shown(column_driver)}"
        )

    def calculate(rows: Floats, columns: Floats) -> Floats:
        moved = [down.change(rows), across.change(columns)]
        found = worth(changed(business, moved, "row_driver"), output)
        return np.broadcast_to(found, np.broadcast_shapes(rows.shape, columns.shape))

    blocks = _Blocks(calculate, down.at_once, across.at_once)
    _refuse_large(blocks, down.values, across.values)
    case = _case(business, output)
    values = blocks.values(down.values, across.values)
    own = down.own[:, None] & across.own
    values[own] = case
    if np.isnan(values).all():
        assert blocks.refusal is not None
        raise blocks.refusal
    return SensitivityGrid(
        down=down.values,
        across=across.values,
        values=values,
        row_driver=row_driver.strip(),
        column_driver=column_driver.strip(),
        own=own,
        case=(down.case, across.case),
    )


class _Axis:
    """One of the two inputs: its numbers, and what the case has."""

    def __init__(self, business: Business, place: str, name: str, values: Floats) -> None:
        if values.ndim > 1 or not values.size:
            what = "but it is empty" if not values.size else f"not an array of shape {values.shape}"
            place = place.replace("driver", "values")
            raise InputError(place, f"must hold a row of at least one number, {what}")
        found = stated(business, name, place)
        if not found or any(field.kind not in ("number", "whole") for field, _ in found):
            raise InputError(place, f"must be an input that is a number, not {shown(name)}")
        self.name = name
        check_once([name], place)
        self.inputs = {each for each, _ in parts(name)}
        #: Years of a fade are whole, and one number for all scenarios.
        whole = any(field.kind == "whole" and not field.header for field, _ in found)
        self.at_once = 1 if whole else BLOCK
        self.case = case_of(found, name)
        near = np.abs(values - self.case) <= SAME * max(np.abs(values).max(), abs(self.case))
        self.own = near & (self.case == self.case)
        self.values = np.where(self.own, self.case, values)

    def change(self, numbers: Floats) -> tuple[str, Any]:
        """Return the change of a block of scenarios."""
        one = self.at_once == 1
        return self.name, float(numbers.flat[0]) if one else Scenarios(numbers)


def case_of(found: list[tuple[Field, Any]], name: str) -> float:
    """Return what the case has of an input, as `stated` finds it: one number, else NaN.

    Of what is moved, a path or several inputs, it is 0; of what is left out, its default.
    """
    if AND in name and any(value is not None for _, value in found):
        return 0.0
    numbers: set[float] = set()
    for field, value in found:
        path = field.extent == YEARLY and np.shape(value)[-1:] > (1,)
        if path or field.name == CONTRACTED:
            numbers.add(0.0)
        else:
            default = np.nan if field.default is None else field.default
            numbers.update(map(float, np.ravel(default if value is None else value)))
    return numbers.pop() if len(numbers) == 1 else np.nan


def _case(business: Business, output: str) -> float:
    """Return the line of the case itself, which may be one that the model refuses."""
    try:
        found = worth(business, output)
    except InputError as error:
        if error.argument == "output":
            raise
        return np.nan
    if np.ndim(found):
        raise InputError("drivers", "must be those of one scenario")
    return float(found)


class _Blocks:
    """Values of pairs of numbers, calculated by blocks; NaN for those that the model refuses."""

    def __init__(self, calculate: Callable[[Floats, Floats], Floats], *at_once: int) -> None:
        self.calculate, self.at_once = calculate, at_once
        #: The first pair's refusal.
        self.refusal: InputError | None = None

    def values(self, rows: Floats, columns: Floats) -> Floats:
        """Value every pair."""
        found = np.empty((rows.size, columns.size))
        # Square blocks, because what depends on one input alone is calculated along one side.
        wide = min(columns.size, self.at_once[1], max(isqrt(BLOCK), BLOCK // rows.size))
        high = min(max(1, BLOCK // wide), self.at_once[0])
        for i in range(0, rows.size, high):
            for j in range(0, columns.size, wide):
                place = slice(i, i + high), slice(j, j + wide)
                found[place] = self._block(rows[place[0]], columns[place[1]])
        return found

    def _block(self, rows: Floats, columns: Floats) -> Floats:
        try:
            return self.calculate(rows[:, None], columns[None, :])
        except InputError as error:
            self._keep(error)
        pairs = np.repeat(rows, columns.size), np.tile(columns, rows.size)
        found = np.full(pairs[0].size, np.nan)
        self._among(np.arange(found.size), *pairs, found)
        return found.reshape(rows.size, columns.size)

    def _among(
        self, places: npt.NDArray[np.intp], rows: Floats, columns: Floats, out: Floats
    ) -> None:
        """Value some of the pairs; those that a refusal names are set aside, or they are halved."""
        while places.size:
            try:
                out[places] = self.calculate(rows[places], columns[places])
            except InputError as error:
                self._keep(error)
                held = _held(error, places.size)
                if held is None:
                    half = places.size // 2
                    for part in (places[:half], places[half:]) if half else ():
                        self._among(part, rows, columns, out)
                    return
                places = places[held]
            else:
                return

    def _keep(self, error: InputError) -> None:
        if error.argument == "output":
            raise error
        self.refusal = self.refusal or error


def _held(error: InputError, count: int) -> npt.NDArray[np.bool_] | None:
    """Return which scenarios a refusal leaves, if it names some of them."""
    holds = error.holds
    if holds is None or holds.shape[:1] != (count,):
        return None
    return np.asarray(holds.reshape(count, -1).all(-1))


def _refuse_large(blocks: _Blocks, rows: Floats, columns: Floats) -> None:
    """Refuse a grid that would take too long, with the time of its first corner as the measure."""
    count = rows.size * columns.size
    if count <= MOST:
        return
    corner = rows[:CORNER], columns[:CORNER]
    started = perf_counter()
    blocks.values(*corner)
    seconds = (perf_counter() - started) * count / (corner[0].size * corner[1].size)
    took = f"{seconds:.0f} seconds" if seconds < 100 else f"{seconds / 60:.0f} minutes"
    raise InputError(
        "row_values",
        f"must make a grid of at most {MOST:,} values with column_values, not {rows.size:,} by "
        f"{columns.size:,}: {count:,} values, about {took}",
    )
