"""Value drivers: what a forecast is made of, each with its unit, meaning, default and bounds.

`Drivers` is the one declaration: its fields are the drivers' names, and everything that is told
about them (in a workbook, on the command line, in messages) is read from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt

from model.dcf.discounting import TIMINGS
from model.dcf.failure import BASES
from model.dilution.shares import METHODS
from model.errors import Floats, InputError, floats, nearest, one_of, require, shown

Kind = Literal["yearly", "number", "whole", "choice"]
TERMINALS = ("growth", "roic", "multiple")
TERMINAL_METRICS = ("revenue", "ebit")
#: Forecast years when neither the drivers nor the contracted revenue say how many.
YEARS = 10


@dataclass(frozen=True)
class Driver:
    """One driver: ``yearly`` ones may hold a value for each forecast year."""

    kind: Kind
    unit: str
    meaning: str
    low: float = -np.inf
    high: float = np.inf
    choices: tuple[str, ...] = ()
    #: What stands in for a driver that is left out, where it depends on other drivers.
    otherwise: str | None = None


def _driver(kind: Kind, unit: str, meaning: str, *, default: Any = MISSING, **more: Any) -> Any:
    return field(default=default, metadata={"driver": Driver(kind, unit, meaning, **more)})


@dataclass(frozen=True, kw_only=True)
class Drivers:
    """Drivers of a forecast; make one with `Drivers.of`.

    Arrays carry a leading scenario axis where there is one, and yearly drivers the forecast
    years last.
    """

    base_revenue: Floats = _driver(
        "number", "USD m", "Revenue of the year before the first forecast year.", low=0
    )
    uncontracted_base: Floats | None = _driver(
        "number",
        "USD m",
        "Part of base_revenue outside the contracts: what revenue_growth starts from.",
        low=0,
        default=None,
        otherwise="base_revenue",
    )
    revenue_growth: Floats | None = _driver(
        "yearly",
        "fraction",
        "Growth of uncontracted revenue.",
        low=-1,
        high=100,
        default=None,
        otherwise="required unless uncontracted_revenue is given",
    )
    growth_years: int | None = _driver(
        "whole",
        "years",
        "Years before growth fades in a line to terminal_growth.",
        low=1,
        default=None,
        otherwise="years, so that it does not fade",
    )
    uncontracted_revenue: Floats | None = _driver(
        "yearly",
        "USD m",
        "Uncontracted revenue itself, in place of a base and its growth; in the first year with "
        "what was recognised before the balance date.",
        low=0,
        default=None,
        otherwise="uncontracted_base and revenue_growth",
    )
    renewal_rate: Floats = _driver(
        "yearly",
        "fraction",
        "Share of the fall of contracted revenue from its highest year that renewals fill.",
        low=0,
        high=1,
        default=0.0,
    )
    operating_margin: Floats = _driver(
        "yearly",
        "fraction",
        "Operating income over revenue, SBC a cost; with target_margin, of the base year.",
        low=-100,
        high=1,
    )
    target_margin: Floats | None = _driver(
        "number",
        "fraction",
        "Operating margin to which operating_margin converges in a line.",
        low=-100,
        high=1,
        default=None,
        otherwise="no convergence",
    )
    margin_years: int | None = _driver(
        "whole",
        "years",
        "Years until target_margin is reached.",
        low=1,
        default=None,
        otherwise="years",
    )
    tax_rate: Floats = _driver(
        "yearly", "fraction", "Tax on operating income after losses.", low=0, high=1
    )
    tax_years: int | None = _driver(
        "whole",
        "years",
        "Years before tax_rate fades in a line to terminal_tax_rate.",
        low=1,
        default=None,
        otherwise="years, so that it does not fade",
    )
    terminal_tax_rate: Floats | None = _driver(
        "number",
        "fraction",
        "Tax rate after the forecast: the marginal rate.",
        low=0,
        high=1,
        default=None,
        otherwise="tax_rate of the final year",
    )
    loss_carryforward: Floats = _driver(
        "number", "USD m", "Tax losses brought forward at the start.", low=0, default=0.0
    )
    loss_limit: Floats = _driver(
        "number",
        "fraction",
        "Share of a year's income that losses may offset.",
        low=0,
        high=1,
        default=1.0,
    )
    sales_to_capital: Floats | None = _driver(
        "yearly",
        "ratio",
        "Revenue added by each dollar reinvested.",
        low=1e-6,
        default=None,
        otherwise="required unless capital_expenditure is given",
    )
    capital_expenditure: Floats | None = _driver(
        "yearly",
        "USD m",
        "Capital expenditure, in place of sales_to_capital; with depreciation.",
        low=0,
        default=None,
        otherwise="sales_to_capital",
    )
    depreciation: Floats | None = _driver(
        "yearly",
        "USD m",
        "Depreciation, which operating_margin is after; with capital_expenditure.",
        low=0,
        default=None,
        otherwise="sales_to_capital",
    )
    working_capital_change: Floats | None = _driver(
        "yearly",
        "USD m",
        "Cash that working capital takes; with capital_expenditure.",
        default=None,
        otherwise="0, or sales_to_capital",
    )
    wacc: Floats = _driver("yearly", "fraction", "Cost of capital.", low=0, high=1)
    wacc_years: int | None = _driver(
        "whole",
        "years",
        "Years before wacc fades in a line to terminal_wacc.",
        low=1,
        default=None,
        otherwise="years, so that it does not fade",
    )
    terminal_wacc: Floats | None = _driver(
        "number",
        "fraction",
        "Cost of capital after the forecast.",
        low=0,
        high=1,
        default=None,
        otherwise="wacc of the final year",
    )
    terminal: str = _driver(
        "choice", "name", "How the terminal value is found.", choices=TERMINALS, default="growth"
    )
    terminal_growth: Floats = _driver(
        "number", "fraction", "Growth for ever after the forecast.", low=-1, high=1, default=0.0
    )
    terminal_roic: Floats | None = _driver(
        "number",
        "fraction",
        "Return on new capital after the forecast, for terminal roic.",
        low=1e-6,
        default=None,
        otherwise="terminal_wacc",
    )
    terminal_multiple: Floats | None = _driver(
        "number",
        "ratio",
        "Exit multiple, for terminal multiple.",
        low=0,
        default=None,
        otherwise="required for terminal multiple",
    )
    terminal_metric: str = _driver(
        "choice",
        "name",
        "What the exit multiple is of, in the final year.",
        choices=TERMINAL_METRICS,
        default="ebit",
    )
    timing: str = _driver(
        "choice", "name", "When in its period a cash flow falls.", choices=TIMINGS, default="mid"
    )
    failure_probability: Floats = _driver(
        "number",
        "fraction",
        "Probability, over the forecast, that the company fails.",
        low=0,
        high=1,
        default=0.0,
    )
    failure_proceeds: Floats = _driver(
        "number",
        "fraction",
        "Proceeds of the operations in failure, as a share of failure_basis.",
        low=0,
        high=1,
        default=0.0,
    )
    failure_basis: str = _driver(
        "choice",
        "name",
        "What failure_proceeds is a share of: going-concern value or book_capital.",
        choices=BASES,
        default="value",
    )
    book_capital: Floats | None = _driver(
        "number",
        "USD m",
        "Book value of equity and debt, for failure_basis book.",
        low=0,
        default=None,
        otherwise="required for failure_basis book",
    )
    stub: Floats = _driver(
        "number",
        "years",
        "Part of the first forecast year after the valuation date.",
        low=1e-6,
        high=1,
        default=1.0,
    )
    cash: Floats = _driver(
        "number", "USD m", "Cash and investments before the offer.", low=0, default=0.0
    )
    offer_proceeds: Floats = _driver(
        "number", "USD m", "Net proceeds of the offer.", low=0, default=0.0
    )
    other_assets: Floats = _driver(
        "number", "USD m", "Other assets outside operations.", low=0, default=0.0
    )
    debt: Floats = _driver(
        "number", "USD m", "Debt, with the face of convertible debt.", low=0, default=0.0
    )
    leases: Floats = _driver("number", "USD m", "Lease liabilities.", low=0, default=0.0)
    other_claims: Floats = _driver(
        "number", "USD m", "Other claims ahead of the shareholders.", low=0, default=0.0
    )
    method: str = _driver(
        "choice",
        "name",
        "How securities dilute the value per share.",
        choices=METHODS,
        default="treasury",
    )
    years: int = _driver(
        "whole",
        "years",
        "Forecast years.",
        low=1,
        high=600,
        default=YEARS,
        otherwise=f"the years that are given, or {YEARS}",
    )

    @classmethod
    def of(cls, values: Mapping[str, Any], years: int | None = None) -> Drivers:
        """Check drivers by name and bring them to their types and shapes.

        Parameters
        ----------
        values : mapping of str to number, array_like or str
            A yearly driver is one number or holds the forecast years on its last axis.
        years : int, optional
            Forecast years, where the caller knows them from a table or a contracted revenue.

        Raises
        ------
        InputError
            For an unknown name (with the nearest known one), a missing driver, a value of the
            wrong kind or out of bounds, or years that disagree.

        Examples
        --------
        >>> Drivers.of({"wac": 0.1})
        Traceback (most recent call last):
        model.errors.InputError: drivers holds an unknown driver 'wac' (did you mean 'wacc'?).
        """
        for name in values:
            if name not in DRIVERS:
                raise InputError(
                    "drivers", f"holds an unknown driver {name!r}{nearest(name, DRIVERS)}"
                )
        stated = values.get("years")
        if stated is not None:
            stated = _checked("years", DRIVERS["years"], stated, None)
            if years is not None and stated != years:
                raise InputError(
                    "years", f"must be {years}, the years that are given, not {stated}"
                )
        periods = int(stated or years or YEARS)
        checked: dict[str, Any] = {"years": periods}
        for name, driver in DRIVERS.items():
            if name == "years":
                continue
            value = values.get(name)
            if value is None:
                value = DEFAULTS[name]
            if value is MISSING:
                raise InputError(
                    "drivers", f"must give {name}: {driver.meaning.rstrip('.').lower()}", "#N/A"
                )
            checked[name] = None if value is None else _checked(name, driver, value, periods)
        made = cls(**checked)
        made._check_together()
        return made

    def _check_together(self) -> None:
        if (self.revenue_growth is None) == (self.uncontracted_revenue is None):
            raise InputError(
                "drivers",
                "must give either revenue_growth or uncontracted_revenue, the path of "
                "uncontracted revenue",
                "#N/A",
            )
        if self.terminal == "multiple" and self.terminal_multiple is None:
            raise InputError(
                "drivers", "must give terminal_multiple for terminal 'multiple'", "#N/A"
            )
        self._check_reinvestment()
        if self.failure_basis == "book" and self.book_capital is None:
            raise InputError("drivers", "must give book_capital for failure_basis 'book'", "#N/A")
        holds = (
            ("revenue_growth", "growth_years"),
            ("wacc", "wacc_years"),
            ("tax_rate", "tax_years"),
        )
        for path, hold in holds:
            _check_hold(path, getattr(self, path), hold, getattr(self, hold), self.years)
        margin = self.operating_margin
        if self.target_margin is not None and (margin != margin[..., :1]).any():
            raise InputError(
                "operating_margin",
                "must be one number, the base year's margin, where target_margin is given",
            )
        if self.margin_years is not None and self.margin_years > self.years:
            raise InputError(
                "margin_years", f"must be at most {self.years}, not {self.margin_years}"
            )

    def _check_reinvestment(self) -> None:
        """Hold one way of reinvesting: a ratio for all of it, or what it is made of."""
        if (self.sales_to_capital is None) == (self.capital_expenditure is None):
            raise InputError(
                "drivers",
                "must give either sales_to_capital, for all reinvestment, or "
                "capital_expenditure with depreciation and working_capital_change",
                "#N/A",
            )
        if self.capital_expenditure is None:
            for name in ("depreciation", "working_capital_change"):
                if getattr(self, name) is not None:
                    raise InputError(
                        name,
                        "must be given with capital_expenditure only, because "
                        "sales_to_capital has it in already",
                    )
        elif self.depreciation is None:
            raise InputError("drivers", "must give depreciation with capital_expenditure", "#N/A")


#: The drivers by name, in the order in which they are told.
DRIVERS: dict[str, Driver] = {f.name: f.metadata["driver"] for f in fields(Drivers)}
DEFAULTS: dict[str, Any] = {f.name: f.default for f in fields(Drivers)}


def _checked(name: str, driver: Driver, value: Any, years: int | None) -> Any:
    if driver.kind == "choice":
        return one_of(name, value, driver.choices)
    array = floats(name, value)
    if driver.low > -np.inf or driver.high < np.inf:
        require((array >= driver.low) & (array <= driver.high), name, RANGES[name], array)
    if driver.kind == "whole":
        if array.ndim or array != int(array):
            raise InputError(name, f"must be a whole number, not {shown(value)}")
        return int(array)
    if driver.kind == "number":
        return array
    count = cast(int, years)
    if array.ndim == 0:
        return np.full(count, array)
    if array.shape[-1] == 1:
        return np.broadcast_to(array, (*array.shape[:-1], count))
    if array.shape[-1] != count:
        raise InputError(
            name, f"must hold one number or {count}, one for each year, not {array.shape[-1]}"
        )
    return array


def _range(driver: Driver) -> str:
    if driver.low == -np.inf:
        return f"at most {shown(driver.high)}"
    if driver.high == np.inf:
        return f"at least {shown(driver.low)}"
    return f"from {shown(driver.low)} to {shown(driver.high)}"


#: The bounds of the drivers as a message tells them.
RANGES: dict[str, str] = {name: _range(driver) for name, driver in DRIVERS.items()}


def _check_hold(
    path: str, values: Floats | None, hold: str, years: int | None, periods: int
) -> None:
    if years is None or values is None:
        return
    if years > periods:
        raise InputError(hold, f"must be at most {periods}, the forecast years, not {years}")
    later = values[..., years:]
    if (later != values[..., years - 1 : years]).any():
        raise InputError(path, f"must not change after year {years}, from which {hold} fades it")


def fade(path: Floats, target: npt.ArrayLike, hold: int | None) -> Floats:
    """Hold a path for some years, then lead it in a line to a target in the final year.

    Examples
    --------
    >>> fade(np.full(4, 0.20), 0.04, 2)
    array([0.2 , 0.2 , 0.12, 0.04])
    """
    years = path.shape[-1]
    if hold is None or hold >= years:
        return path
    weight = np.clip((np.arange(1, years + 1) - hold) / (years - hold), 0.0, 1.0)
    held = path[..., hold - 1 : hold]
    goal = np.asarray(target, dtype=np.float64)[..., None]
    faded = np.where(weight > 0, held + (goal - held) * weight, path)
    # The target itself is reached, and not a number beside it.
    return np.asarray(np.where(weight == 1, goal, faded))


def converge(base: Floats, target: npt.ArrayLike, years: int, periods: int) -> Floats:
    """Lead a base year's value in a line to a target reached after some years.

    Examples
    --------
    >>> converge(np.array([-0.10]), 0.20, 3, 4).round(9) + 0.0
    array([0. , 0.1, 0.2, 0.2])
    """
    weight = np.minimum(np.arange(1, periods + 1) / years, 1.0)
    goal = np.asarray(target, dtype=np.float64)[..., None]
    # Written so that the target itself, and not a number beside it, is reached.
    return np.asarray(base * (1 - weight) + goal * weight)
