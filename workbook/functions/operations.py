"""Operations: revenue by stream, costs by line, pass-through revenue, non-GAAP figures."""

from __future__ import annotations

from model.errors import Floats
from model.operations import costs as operations
from model.operations.costs import SbcConvention
from model.operations.streams import stream_forecast
from workbook.arguments import Rows, Vector, listing, schedule
from workbook.functions.declare import function
from workbook.tables.operations import Costs, Lines, Streams, with_results


@function
def operating_streams(streams: Streams, years: int = 10) -> Rows:
    """Revenue and gross profit by stream and in total, with growth and margins that fade.

    Parameters
    ----------
    streams : table, USD m, fractions and years
        Table with headers Stream, Revenue, Growth, Margin and optionally Growth years, Terminal
        growth, Target margin, Margin years. Revenue and, where it converges, Margin are of the
        base year.
    years : whole, years, optional
        Years of the forecast.

    Returns
    -------
    table
        Across the years: revenue, growth, gross profit and margin, each by stream and in total.

    Raises
    ------
    InputError
        For years outside 1 to 600, a stream whose growth holds or whose margin leads for longer,
        one of Growth years and Terminal growth without the other, or Margin years without a target.

    Notes
    -----
    Growth holds for its Growth years and then leads in a line to the Terminal growth of the
    final year; without them it stays. Margin leads in a line to the Target margin, which it
    reaches after the Margin years, or in the final year; without a target it stays.

    References
    ----------
    A. Damodaran, *Investment Valuation*, 3rd ed., chapters 11 and 23. The example is J. Berk
    and P. DeMarzo, *Corporate Finance*, example 9.7: growth slows from 9% to 4% by 2011.

    Examples
    --------
    >>> table = [["Stream", "Revenue", "Growth", "Growth years", "Terminal growth", "Margin"],
    ...          ["Sales", 518, 0.09, 1, 0.04, 0.09]]
    >>> [round(sales, 1) for sales in operating_streams(table, 6)[1][1:]]
    [564.6, 609.8, 652.5, 691.6, 726.2, 755.3]
    """
    made = stream_forecast(streams, years)
    lines: dict[str, Floats] = {}
    for title, by_stream, total, told in (
        ("revenue", made.revenue, made.total_revenue, "Revenue"),
        ("growth", made.growth, made.total_growth, "Growth"),
        ("gross profit", made.gross_profit, made.total_gross_profit, "Gross profit"),
        ("margin", made.margin, made.blended_margin, "Blended margin"),
    ):
        each = zip(streams.name, by_stream, strict=True)
        lines |= {f"{name}: {title}": values for name, values in each} | {told: total}
    return schedule("Year", range(1, years + 1), lines)


@function
def operating_costs(
    revenue: Vector,
    costs: Costs,
    gross_profit: Vector | None = None,
    sbc: SbcConvention = "cost",
) -> Rows:
    """Operating costs by line, as shares of revenue or amounts, and the operating income left.

    Parameters
    ----------
    revenue : row or column, USD m
        Revenue of each year, at least 0.
    costs : table, fractions or USD m
        Table with headers Cost, Share or Amount, and optionally Target share, Years, Growth,
        SBC. Share is of revenue; Amount of the first year, with Growth after it; SBC the part
        of the line that is stock-based compensation.
    gross_profit : row or column, USD m, optional
        What the costs are taken from; revenue if omitted, so that the cost of revenue must then
        be a line.
    sbc : {"cost", "excluded"}, optional
        cost: stock-based compensation counts; excluded: it does not, as in non-GAAP figures.

    Returns
    -------
    table
        Across the years: each cost in full, stock-based compensation in them, costs counted,
        operating income and margin, and the part of the margin that leaving it out adds.

    Raises
    ------
    InputError
        For negative revenue or costs, a line without exactly one of Share and Amount, a target that
        takes longer than there are years, or an SBC outside 0 to 1.

    Notes
    -----
    A Share with a Target share is the base year's and leads to it in a line over the Years.

    With sbc excluded, operating income is higher by all stock-based compensation, although
    employees are paid with it and would have to be paid in cash without it. A value from such
    income is overstated twice: the cash flows miss a cost that recurs, and today's share count
    holds none of the grants to come. Excluding it is consistent only where those grants are in
    the share count.

    References
    ----------
    A. Damodaran, *Damodaran on Valuation*, 2nd ed., chapter 11; ASC 718-10-35 for the cost. The
    example is Cerebras in 2025 (S-1).

    Examples
    --------
    >>> table = [["Cost", "Amount"], ["R&D", 243.319], ["S&M", 70.645], ["G&A", 30.969]]
    >>> round(operating_costs([509.991], table, [199.071])[6][1], 3)
    -145.862
    """
    made = operations.operating_costs(revenue, costs, gross_profit, sbc)
    results = {
        "Stock-based compensation in them": made.sbc,
        "Costs counted": made.counted,
        "Operating income": made.operating_income,
        "Operating margin": made.operating_margin,
        "Margin added by leaving SBC out": made.overstated,
    }
    lines = with_results("costs", costs.name, made.by_line, results)
    return schedule("Year", range(1, len(revenue) + 1), lines)


@function
def pass_through(core_revenue: Vector, core_income: Vector, cost: Vector, markup: float) -> Rows:
    """Pass-through revenue at cost plus a mark-up, kept apart from the core business.

    Parameters
    ----------
    core_revenue : row or column, USD m
        Revenue of each year without what is passed through, at least 0.
    core_income : row or column, USD m
        Gross profit or operating income on it.
    cost : row or column, USD m
        Cost that customers reimburse in each year, such as that of data centres, at least 0.
    markup : number, fraction
        Added to the cost, 0 to 1.

    Returns
    -------
    table
        Across the years: core, passed through and total revenue, the same of income, and the
        core and the reported margin.

    Raises
    ------
    InputError
        For negative revenue or cost, a mark-up outside 0 to 1, or ranges of different lengths.

    References
    ----------
    ASC 606-10-55-36 to 55-40: gross revenue where the company is principal. Cerebras marks
    data-centre cost up by 3% (call on the first quarter of 2026). The example is from Lumen
    Learning, *Managerial Accounting*: 1,000 marked up by 57% sell for 1,570, a margin of 36.31%.

    Examples
    --------
    >>> lines = {row[0]: row[1] for row in pass_through([0], [0], [1000], 0.57)}
    >>> round(lines["Pass-through revenue"], 6), round(lines["Reported margin"], 4)
    (1570.0, 0.3631)
    """
    made = operations.pass_through(core_revenue, core_income, cost, markup)
    return schedule(
        "Year",
        range(1, len(core_revenue) + 1),
        {
            "Core revenue": core_revenue,
            "Pass-through revenue": made.revenue,
            "Revenue": made.total_revenue,
            "Core income": core_income,
            "Mark-up": made.income,
            "Income": made.total_income,
            "Core margin": made.core_margin,
            "Reported margin": made.reported_margin,
        },
    )


@function
def gaap_bridge(lines: Lines) -> Rows:
    """Bridge from a GAAP figure to the non-GAAP one, adjustment by adjustment.

    Parameters
    ----------
    lines : table, USD m
        Table with headers Line, Amount. First the GAAP figure, then each adjustment by its
        effect: charges that are added back are positive, gains that are taken out negative.

    Returns
    -------
    table
        Line, amount and running total; the last row is the non-GAAP figure, with the sum of
        the adjustments as its amount.

    Raises
    ------
    InputError
        For a table that is not one of lines and amounts, or a line that is there twice.

    References
    ----------
    Regulation G, 17 CFR 244.100(a)(2). The example is Cerebras in 2025 (S-1), where a gain on
    a forward contract makes the profit.

    Examples
    --------
    >>> table = [["Line", "Amount"], ["Net income", 237.827],
    ...          ["Gain on the forward contract", -363.3], ["Stock-based compensation", 49.8]]
    >>> [round(row[2], 1) for row in gaap_bridge(table)[1:]]
    [237.8, -125.5, -75.7, -75.7]
    """
    running = operations.gaap_bridge(lines.amount)
    return listing(
        ["Line", "Amount", "Running total"],
        *zip(lines.name, lines.amount, running, strict=True),
        ["Non-GAAP", sum(lines.amount[1:]), running[-1]],
    )
