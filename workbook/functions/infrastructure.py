"""Infrastructure: margin, value and break-even of a megawatt of computing capacity."""

from __future__ import annotations

import numpy as np

from model.compute import fragility
from model.compute import infrastructure as model
from model.compute.fragility import Measure, Moved
from model.dcf.discounting import Timing
from model.errors import Floats, InputError
from workbook.arguments import Rows, Vector, listing, schedule
from workbook.functions.declare import function
from workbook.tables import readable
from workbook.tables.economics import Assumptions


@function
def infra_price(contract_value: float, capacity: float, term: float) -> float:
    """Revenue per MW-year that a contract for computing capacity implies.

    Parameters
    ----------
    contract_value : number, USD m
        Value of the contract over its whole term, at least 0.
    capacity : number, MW
        Capacity that is sold, above 0.
    term : number, years
        Years that each MW is paid for, above 0.

    Returns
    -------
    float
        USD millions a MW-year: ``contract_value / (capacity * term)``.

    Raises
    ------
    InputError
        For a negative value, or a capacity or term that is not above 0.

    References
    ----------
    Cerebras, S-1: 24.6 billion of remaining performance obligations, 750 MW committed, in
    tranches of three to four years. An upper bound, because other customers are in the balance.

    Examples
    --------
    >>> [round(infra_price(24_600, 750, term), 1) for term in (3, 4)]
    [10.9, 8.2]
    """
    return float(model.contract_price(contract_value, capacity, term))


@function
def infra_margin(assumptions: Assumptions) -> Rows:
    """Gross profit and gross margin of a megawatt of capacity in its first year, line by line.

    Parameters
    ----------
    assumptions : table, per MW
        Table with headers Assumption, Value and optionally Low, High. Needs price, utilisation,
        capex, life; takes power_price, pue, idle_draw, other_cost, price_growth, residual,
        tax_rate, rate. A row is left out, not left blank.

    Returns
    -------
    table
        Line, USD millions a MW-year, and share of revenue: revenue, power, other cost,
        depreciation, gross profit.

    Raises
    ------
    InputError
        Where there is no revenue, and so no margin.

    Notes
    -----
    price: USD m a MW-year at full utilisation. utilisation: share of the capacity that is paid
    for. capex: USD m a MW. life: years, over which ``capex * (1 - residual)`` is depreciated in
    a line. power_price: USD a MWh. pue: power of the facility over power of the IT, 1 if blank.
    idle_draw: power drawn without use over power in full use, 1 if blank. other_cost: USD m a
    MW-year. price_growth: yearly change of the price. residual: part of capex that a sale at the
    end brings. tax_rate: on gross profit. rate: discount rate, for values. All of these but
    price, utilisation, capex and life may be blank or left out.

    References
    ----------
    SemiAnalysis, 13 May 2026, on Cerebras's largest contract: 33.8%, 51.1% and 55.4% with
    depreciation over the deal's three years, by policy, and over six. The first and the last
    imply capital of 1.296 times and other costs of 23% of revenue; five years give the second.

    Examples
    --------
    >>> table = [["Assumption", "Value"], ["Price", 9.2], ["Utilisation", 1],
    ...          ["Capex", 1.296 * 9.2], ["Other cost", 0.23 * 9.2], ["Life", 5]]
    >>> round(infra_margin(table)[-1][2], 3)
    0.511
    """
    year = model.megawatt_year(assumptions.base)
    margin = year.gross_margin
    return listing(
        ["Line", "USD m a MW-year", "Share of revenue"],
        ["Revenue", year.revenue, 1.0],
        ["Power", year.power, year.power / year.revenue],
        ["Other cost", year.other_cost, year.other_cost / year.revenue],
        ["Depreciation", year.depreciation, year.depreciation / year.revenue],
        ["Gross profit", year.gross_profit, margin],
    )


@function
def infra_value(assumptions: Assumptions, timing: Timing = "mid") -> float:
    """Net present value of a megawatt of capacity over its life.

    Parameters
    ----------
    assumptions : table, per MW
        Table with headers Assumption, Value and optionally Low, High; see INFRA_MARGIN. Needs
        rate as well.
    timing : {"mid", "end"}, optional
        mid: cash flows fall in the middle of their years; end: at their ends.

    Returns
    -------
    float
        USD millions a MW: present value of the cash flows less capital expenditure.

    Raises
    ------
    InputError
        For an assumption that is unknown or out of its bounds; ``#N/A`` for one that is missing.

    Notes
    -----
    INFRA_SCHEDULE shows the years. Tax is on gross profit, and a loss saves tax on other income.

    References
    ----------
    A published buy-or-rent calculator (legitlads.com): 64 accelerators for 1.92 million, 728,681
    of energy and operation over four years, against 3,139,584 of rent: -9.44 thousand at 10%.

    Examples
    --------
    >>> table = [["Assumption", "Value"], ["price", 3.139584 / 4], ["utilisation", 1],
    ...          ["capex", 1.92], ["life", 4], ["other_cost", 0.728681 / 4], ["rate", 0.1]]
    >>> round(infra_value(table, "end") * 1000, 2)
    -9.44
    """
    return float(model.megawatt_value(assumptions.base, timing))


@function
def infra_schedule(
    assumptions: Assumptions, timing: Timing = "mid", years: int | None = None
) -> Rows:
    """Cash flows of a megawatt of capacity year by year, to its net present value.

    Parameters
    ----------
    assumptions : table, per MW
        Table with headers Assumption, Value and optionally Low, High; see INFRA_MARGIN. Needs
        rate as well.
    timing : {"mid", "end"}, optional
        mid: cash flows fall in the middle of their years; end: at their ends.
    years : whole, years, optional
        Years to show, at least the life; those after its end have no cash flow. As many as the
        life takes if omitted.

    Returns
    -------
    table
        Across the years, year 0 being the capital expenditure: every line to the present value
        and the net present value so far, whose last is INFRA_VALUE.

    Raises
    ------
    InputError
        For assumptions that INFRA_VALUE refuses, or fewer years than the life.

    Notes
    -----
    A life that is not whole ends in a part of a year.

    References
    ----------
    As INFRA_VALUE.

    Examples
    --------
    >>> table = [["Assumption", "Value"], ["price", 3.139584 / 4], ["utilisation", 1],
    ...          ["capex", 1.92], ["life", 4], ["other_cost", 0.728681 / 4], ["rate", 0.1]]
    >>> round(infra_schedule(table, "end")[-1][-1] * 1000, 2)
    -9.44
    """
    base = assumptions.base
    life = model.megawatt_life(base, timing, years)

    def from_now(line: Floats, now: float = 0.0) -> Floats:
        return np.concatenate([[now], line])

    spent = -float(base.capex)
    present = from_now(life.present_value, spent)
    return schedule(
        "Year",
        range(present.size),
        {
            "Part of the year": from_now(life.length),
            "Revenue": from_now(life.revenue),
            "Power": from_now(-life.power),
            "Other cost": from_now(-life.other_cost),
            "Tax": from_now(-life.tax),
            "Cash flow": from_now(life.cash_flow),
            "Depreciation": from_now(life.depreciation),
            "Capital expenditure": from_now(0 * life.residual, spent),
            "Residual value": from_now(life.residual),
            "Discount factor": from_now(life.discount_factor, 1.0),
            "Discount factor of the residual value": from_now(life.residual_factor, 1.0),
            "Present value": present,
            "Net present value": np.cumsum(present),
        },
    )


@function
def infra_break_even(
    assumptions: Assumptions, measure: Measure = "margin", timing: Timing = "mid"
) -> float:
    """Utilisation at which a megawatt's gross profit, or its net present value, is zero.

    Parameters
    ----------
    assumptions : table, per MW
        Table with headers Assumption, Value and optionally Low, High; see INFRA_MARGIN. The
        value of utilisation does not matter; measure value needs rate.
    measure : {"margin", "value"}, optional
        margin: gross profit is zero; value: net present value is zero.
    timing : {"mid", "end"}, optional
        mid: cash flows fall in the middle of their years; end: at their ends. For value alone.

    Returns
    -------
    float
        A fraction; above 1 where even full use does not suffice.

    Raises
    ------
    InputError
        Where the price does not cover the power that use takes: no utilisation breaks even.

    Notes
    -----
    Both measures are straight lines ``f`` in utilisation: ``-f(0) / (f(1) - f(0))``.

    References
    ----------
    The calculator of INFRA_VALUE breaks even at 59% of the time, if 70% is what the rent of
    3,139,584 pays for.

    Examples
    --------
    >>> table = [["Assumption", "Value"], ["price", 3.139584 / 4 / 0.7], ["utilisation", 0.7],
    ...          ["capex", 1.92], ["life", 4], ["other_cost", 0.728681 / 4]]
    >>> round(infra_break_even(table), 2)
    0.59
    """
    return float(fragility.break_even(assumptions.base, measure, timing))


@function
def infra_sensitivity(assumptions: Assumptions, timing: Timing = "mid") -> Rows:
    """Gross margin and value of a megawatt with each assumption at its low, base and high.

    Parameters
    ----------
    assumptions : table, per MW
        Table with headers Assumption, Value, Low, High; see INFRA_MARGIN. Rows without Low and
        High do not move. Needs rate as well.
    timing : {"mid", "end"}, optional
        mid: cash flows fall in the middle of their years; end: at their ends.

    Returns
    -------
    table
        A row for each assumption that moves: its low, base and high, the gross margin at each,
        and the net present value at each, USD millions a MW.

    Raises
    ------
    InputError
        For assumptions that INFRA_VALUE refuses; ``#N/A`` where none has a Low and a High;
        ``#NUM!`` where there is no revenue, and so no margin.

    Notes
    -----
    One assumption moves at a time. A longer life is both slower depreciation and more years of
    revenue.

    References
    ----------
    As INFRA_MARGIN, whose three published margins are the row of life.

    Examples
    --------
    >>> table = [["Assumption", "Value", "Low", "High"], ["price", 9.2, None, None],
    ...          ["utilisation", 1, None, None], ["capex", 1.296 * 9.2, None, None],
    ...          ["other_cost", 0.23 * 9.2, None, None], ["life", 5, 3, 6],
    ...          ["rate", 0.1, None, None]]
    >>> [round(margin, 3) for margin in infra_sensitivity(table)[1][4:7]]
    [0.338, 0.511, 0.554]
    """
    if not assumptions.low:
        raise InputError("assumptions", "must have a Low and a High in one row at least", "#N/A")
    made = fragility.sensitivity(assumptions.value, assumptions.low, assumptions.high, timing)
    rows = zip(made.name, made.assumed, made.margin, made.value, strict=True)
    places = ("low", "base", "high")
    return listing(
        [
            "Assumption",
            "Low",
            "Base",
            "High",
            *(f"Margin at {place}" for place in places),
            *(f"Value at {place}" for place in places),
        ],
        *([readable(name), *assumed, *margin, *value] for name, assumed, margin, value in rows),
    )


@function
def infra_grid(
    assumptions: Assumptions,
    down: Moved,
    down_values: Vector,
    across: Moved,
    across_values: Vector,
    measure: Measure = "margin",
    timing: Timing = "mid",
) -> Rows:
    """Gross margin, or value, of a megawatt over two assumptions: one down, one across.

    Parameters
    ----------
    assumptions : table, per MW
        Table with headers Assumption, Value and optionally Low, High; see INFRA_MARGIN. Measure
        value needs rate.
    down : {"utilisation", "life", "capex", "price", "power_price", "pue", ...}
        Assumption of the rows, by its name; see INFRA_MARGIN.
    down_values : row or column, the assumption's unit
        Its values.
    across : {"utilisation", "life", "capex", "price", "power_price", "pue", ...}
        Assumption of the columns, another one.
    across_values : row or column, the assumption's unit
        Its values.
    measure : {"margin", "value"}, optional
        margin: gross margin; value: net present value, USD millions a MW.
    timing : {"mid", "end"}, optional
        mid: cash flows fall in the middle of their years; end: at their ends. For value alone.

    Returns
    -------
    table
        The values across in the header, the values down in the first column.

    Raises
    ------
    InputError
        For assumptions that INFRA_VALUE refuses, also those of the grid, or one assumption both
        down and across; ``#NUM!`` for the margin where there is no revenue.

    References
    ----------
    As INFRA_MARGIN.

    Examples
    --------
    >>> table = [["Assumption", "Value"], ["price", 9.2], ["utilisation", 1],
    ...          ["capex", 1.296 * 9.2], ["other_cost", 0.23 * 9.2], ["life", 5]]
    >>> grid = infra_grid(table, "utilisation", [0.8, 1], "life", [3, 5, 6])
    >>> [round(margin, 3) for margin in grid[2][1:]]
    [0.338, 0.511, 0.554]
    """
    made = fragility.grid(
        assumptions.value, (down, down_values), (across, across_values), measure, timing
    )
    return listing(
        [f"{down} / {across}", *across_values.tolist()],
        *([value, *line] for value, line in zip(down_values, made, strict=True)),
    )
