"""Infrastructure: what a megawatt of computing capacity earns, is worth, and breaks even at.

Everything is per MW of IT capacity: money in USD millions, and USD millions a year where it
flows. `utilisation` is the share of the capacity that is paid for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from model.dcf.discounting import MOST_PERIODS, TIMINGS
from model.errors import Floats, InputError, floats, nearest, one_of, require, shown

HOURS_A_YEAR = 8760.0


@dataclass(frozen=True)
class Assumption:
    """One assumption about a megawatt: its unit, its meaning and its bounds."""

    unit: str
    meaning: str
    low: float
    high: float = np.inf


def _assumption(
    unit: str, meaning: str, low: float = 0.0, high: float = np.inf, *, default: Any = MISSING
) -> Any:
    told = Assumption(unit, meaning, low, high)
    return field(default=default, metadata={"assumption": told})


@dataclass(frozen=True, kw_only=True)
class Infrastructure:
    """Assumptions about a megawatt; make one with `Infrastructure.of`. Shapes are (...)."""

    price: Floats = _assumption("USD m a MW-year", "Revenue at full utilisation, first year.")
    utilisation: Floats = _assumption("fraction", "Share of the capacity that is paid for.", 0, 1)
    capex: Floats = _assumption("USD m a MW", "Capital expenditure.")
    life: Floats = _assumption(
        "years", "Years of use, over which capital is depreciated in a line.", 1 / 12, 100
    )
    power_price: Floats = _assumption("USD a MWh", "Price of electricity.", default=0.0)
    pue: Floats = _assumption(
        "ratio", "Power of the facility over power of the IT.", 1, 10, default=1.0
    )
    idle_draw: Floats = _assumption(
        "fraction", "Power drawn without use, as a share of power in full use.", 0, 1, default=1.0
    )
    other_cost: Floats = _assumption(
        "USD m a MW-year", "Rent, staff, network and maintenance.", default=0.0
    )
    price_growth: Floats = _assumption(
        "fraction", "Yearly change of the price; below 0 where it erodes.", -0.99, 10, default=0.0
    )
    residual: Floats = _assumption(
        "fraction", "Part of capital that a sale at the end of life brings.", 0, 1, default=0.0
    )
    tax_rate: Floats = _assumption(
        "fraction", "Tax on gross profit; a loss saves tax elsewhere.", 0, 1, default=0.0
    )
    rate: Floats | None = _assumption("fraction", "Discount rate, for value.", 0, 1, default=None)

    @classmethod
    def of(cls, values: Mapping[str, npt.ArrayLike]) -> Infrastructure:
        """Check assumptions by name.

        Raises
        ------
        InputError
            For an unknown name, a missing assumption, or a value out of its bounds.

        Examples
        --------
        >>> Infrastructure.of({"price": 10, "utilisation": 0.9, "capex": 16})
        Traceback (most recent call last):
        model.errors.InputError: assumptions must give life: years of use, over which capital is
        depreciated in a line.
        """
        for name in values:
            if name not in ASSUMPTIONS:
                raise InputError(
                    "assumptions",
                    f"must hold known assumptions only, not {shown(name)}"
                    f"{nearest(name, ASSUMPTIONS)}",
                )
        checked: dict[str, Floats] = {}
        for f in fields(cls):
            told = ASSUMPTIONS[f.name]
            given = values.get(f.name)
            if given is None:
                if f.default is MISSING:
                    meaning = told.meaning[:1].lower() + told.meaning[1:-1]
                    raise InputError("assumptions", f"must give {f.name}: {meaning}", "#N/A")
                if f.default is None:
                    continue
                given = f.default
            array = floats(f"assumptions {f.name}", given)
            bounds = (
                f"at least {shown(told.low)}"
                if told.high == np.inf
                else f"from {shown(told.low)} to {shown(told.high)}"
            )
            inside = (array >= told.low) & (array <= told.high)
            require(inside, f"assumptions {f.name}", bounds, array)
            checked[f.name] = array
        return cls(**checked)

    @property
    def discount_rate(self) -> Floats:
        """The discount rate, which only values need."""
        if self.rate is None:
            raise InputError(
                "assumptions", "must give rate, the discount rate, for a value", "#N/A"
            )
        return self.rate


#: The assumptions by name, in the order in which they are told.
ASSUMPTIONS: dict[str, Assumption] = {
    f.name: f.metadata["assumption"] for f in fields(Infrastructure)
}
#: What stands for an assumption that is left out; MISSING where none may be.
DEFAULTS: dict[str, Any] = {f.name: f.default for f in fields(Infrastructure)}


def contract_price(
    contract_value: npt.ArrayLike, capacity: npt.ArrayLike, term: npt.ArrayLike
) -> Floats:
    """Revenue per MW-year that a contract implies, USD millions.

    Parameters
    ----------
    contract_value : array_like
        USD millions over the whole term.
    capacity : array_like
        MW.
    term : array_like
        Years that each MW is paid for.

    Returns
    -------
    ndarray
        ``contract_value / (capacity * term)``.

    Raises
    ------
    InputError
        For a negative value, or a capacity or term that is not above 0.

    Examples
    --------
    >>> [round(float(contract_price(24_600, 750, term)), 1) for term in (3, 4)]
    [10.9, 8.2]
    """
    value, megawatts = floats("contract_value", contract_value), floats("capacity", capacity)
    years = floats("term", term)
    require(value >= 0, "contract_value", "at least 0", value)
    require(megawatts > 0, "capacity", "above 0", megawatts)
    require(years > 0, "term", "above 0", years)
    return np.asarray(value / (megawatts * years))


# A year ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MegawattYear:
    """The first year of a megawatt, USD millions, each line of shape (...)."""

    revenue: Floats
    power: Floats
    other_cost: Floats
    depreciation: Floats
    gross_profit: Floats

    @property
    def gross_margin(self) -> Floats:
        """Gross profit over revenue; refused where there is none, because it has no value."""
        require(
            self.revenue > 0, "assumptions", "such that there is revenue", self.revenue, "#NUM!"
        )
        return np.asarray(self.gross_profit / self.revenue)


def megawatt_year(a: Infrastructure) -> MegawattYear:
    """Revenue, costs and gross profit of a megawatt in its first year.

    Parameters
    ----------
    a : Infrastructure
        Assumptions, of any shapes that go together.

    Returns
    -------
    MegawattYear

    Examples
    --------
    SemiAnalysis on Cerebras's contract of 9.2 billion a year: 33.8% with depreciation over the
    three years of the deal and 55.4% over six imply capital of 1.296 times and other costs of 23%
    of revenue. Five years then give what it printed for the company's own policy, 51.1%.

    >>> told = {"price": 9.2, "utilisation": 1, "capex": 1.296 * 9.2, "other_cost": 0.23 * 9.2}
    >>> year = megawatt_year(Infrastructure.of(told | {"life": [3, 5, 6]}))
    >>> year.gross_margin.round(3)
    array([0.338, 0.511, 0.554])
    """
    revenue = a.price * a.utilisation
    power = _power(a)
    depreciation = a.capex * (1 - a.residual) / a.life
    return MegawattYear(
        *np.broadcast_arrays(
            revenue,
            power,
            a.other_cost,
            depreciation,
            revenue - power - a.other_cost - depreciation,
        )
    )


def _power(a: Infrastructure) -> Floats:
    """Cost of a year's electricity; an idle system still draws some."""
    draw = a.idle_draw + (1 - a.idle_draw) * a.utilisation
    return np.asarray(a.power_price * HOURS_A_YEAR * a.pue * draw / 1e6)


# A life ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MegawattLife:
    """Every year of a megawatt, USD millions, each line of shape (..., years).

    The last year may be a part of one. `discount_factor` is that of the year's cash flow,
    `residual_factor` that of a sale at the end of the life.
    """

    length: Floats
    revenue: Floats
    power: Floats
    other_cost: Floats
    depreciation: Floats
    tax: Floats
    cash_flow: Floats
    residual: Floats
    discount_factor: Floats
    residual_factor: Floats
    present_value: Floats


def megawatt_life(a: Infrastructure, timing: str = "mid", years: int | None = None) -> MegawattLife:
    """Cash flows of a megawatt after its capital expenditure, and their present values.

    With `years`, as many years as that, those after the life's end without cash flow.

    Parameters
    ----------
    a : Infrastructure
        With a rate.
    timing : {"mid", "end"}
        When in its year a cash flow falls.
    years : int, optional
        Years to show; as many as the life takes if omitted.

    Returns
    -------
    MegawattLife

    Raises
    ------
    InputError
        For fewer years than the life; ``#N/A`` where the rate is missing.
    """
    timing = one_of("timing", timing, TIMINGS)
    rate, life = a.discount_rate[..., None], a.life[..., None]
    needed = int(np.ceil(life.max()))
    count = needed if years is None else years
    if not needed <= count <= MOST_PERIODS:
        raise InputError(
            "years", f"must be from {needed}, which the life takes, to {MOST_PERIODS}, not {count}"
        )
    start = np.arange(count, dtype=np.float64)
    length = np.clip(life - start, 0.0, 1.0)
    year = megawatt_year(a)
    revenue = year.revenue[..., None] * (1 + a.price_growth[..., None]) ** start * length
    power, other, depreciation = (
        line[..., None] * length for line in (year.power, year.other_cost, year.depreciation)
    )
    tax = a.tax_rate[..., None] * (revenue - power - other - depreciation)
    cash_flow = revenue - power - other - tax
    last = (life > start) & (life <= start + 1)
    residual = np.where(last, (a.capex * a.residual)[..., None], 0.0)
    factor = (1 + rate) ** -(start + (length if timing == "end" else length / 2))
    residual_factor = (1 + rate) ** -(start + length)
    return MegawattLife(
        *np.broadcast_arrays(
            length,
            revenue,
            power,
            other,
            depreciation,
            tax,
            cash_flow,
            residual,
            factor,
            residual_factor,
            cash_flow * factor + residual * residual_factor,
        )
    )


def megawatt_value(a: Infrastructure, timing: str = "mid") -> Floats:
    """Net present value of a megawatt over its life, USD millions, shape (...).

    Parameters
    ----------
    a : Infrastructure
        With a rate.
    timing : {"mid", "end"}
        When in its year a cash flow falls.

    Returns
    -------
    ndarray, shape (...)
        Present value of the cash flows less capital expenditure.

    Raises
    ------
    InputError
        ``#N/A`` where the rate is missing.

    Examples
    --------
    64 accelerators bought for 1.92 million instead of rented for 3,139,584 over four years, with
    728,681 of energy and operation: a published calculator puts the value at 10% at -9.44
    thousand.

    >>> told = {"price": 3.139584 / 4, "utilisation": 1, "capex": 1.92, "life": 4,
    ...         "other_cost": 0.728681 / 4, "rate": 0.1}
    >>> round(float(megawatt_value(Infrastructure.of(told), "end")) * 1000, 2)
    -9.44
    """
    return np.asarray(megawatt_life(a, timing).present_value.sum(-1) - a.capex)
