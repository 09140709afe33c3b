"""Signals: an investor's checklist, the growth-liquidity score, and the cash runway."""

from __future__ import annotations

from model.signals import checklist as signals
from model.signals import scoring
from workbook.arguments import Rows, listing
from workbook.functions.declare import function
from workbook.tables import readable
from workbook.tables.economics import Measures, Observations


@function
def signal_checklist(observations: Observations) -> Rows:
    """Investor's checklist: each signal with its state, what it read, and why; and a verdict.

    Parameters
    ----------
    observations : table, USD m, fractions and ratios
        Table with headers Observation, Value and optionally Previous, Threshold. Takes
        market_value, concentration, revenue, gross_margin, cloud_margin, customer_execution,
        price_premium; a blank or missing one is not observed.

    Returns
    -------
    table
        Signal, state (on, off, not observed), precedence, what it read, what that was compared
        with, and the reason; the last row is the verdict.

    Raises
    ------
    InputError
        For an observation that is unknown, there twice or out of its bounds.

    Notes
    -----
    A value is compared with its Threshold; without one, with 40,000 for market_value, with 1 for
    price_premium, and for the others with Previous.

    Kill switch: customer. customer_execution, what the main customer takes up over what was
    agreed, is below.

    Kill switch: speed. price_premium, the price over that of slower offers, is at most that.

    Walk away. market_value is at least that, and concentration, the largest customer's share,
    is not below: the price is paid before the risk has fallen.

    Soft warning. revenue is above, but gross_margin and cloud_margin are below: growth is bought
    with cloud costs.

    Follow. concentration is below and revenue above.

    Wait. Neither Follow nor Walk away.

    The verdict is the first of these, in this order, that is on. What is not observed leaves a
    signal open only where what is observed does not decide it.

    References
    ----------
    The rules of the articles on the Cerebras offer, May 2026: walk away if the market value goes
    toward 40 to 50 billion before concentration falls.

    Examples
    --------
    >>> table = [["Observation", "Value", "Previous"], ["Market value", 66_950, None],
    ...          ["Concentration", 0.63, 0.62]]
    >>> signal_checklist(table)[-1][:2]
    ['Verdict', 'Walk away']
    """
    states = signals.checklist(observations)
    rows: list[list[object]] = []
    for place, (signal, value) in enumerate(zip(signals.SIGNALS, states, strict=True), 1):
        reasons = [signals.reason(name, observations.get(name)) for name in signal.reads]
        rows.append(
            [
                signal.name,
                signals.state(float(value)),
                place,
                signals.read(signal.reads, observations),
                signals.compared(signal.reads, observations),
                "; ".join(reasons),
            ]
        )
    first = int(signals.verdict(states))
    if first < len(rows):
        last = ["Verdict", rows[first][0], first + 1, *rows[first][3:]]
    else:
        last = ["Verdict", signals.UNDECIDED, 0, "", "", "no signal is known to be on"]
    return listing(
        ["Signal", "State", "Precedence", "Read", "Compared with", "Reason"], *rows, last
    )


@function
def signal_growth_liquidity(measures: Measures) -> Rows:
    """Score of growth and of liquidity, each from 0 to 100, with the parts.

    Parameters
    ----------
    measures : table, fractions and months
        Table with headers Measure, Value and optionally Zero, Full, Weight. Takes
        revenue_growth, rpo_coverage, gross_margin; cash_runway, net_cash,
        free_cash_flow_margin, free_float, locked_up.

    Returns
    -------
    table
        Measure, axis, value, where it scores 0 and 100, weight on its axis, score, points; then
        the score of each axis, and the quarter of the field in words.

    Raises
    ------
    InputError
        Where an axis has no measure.

    Notes
    -----
    A measure scores in a line from 0 at Zero to 100 at Full, and no less or more beyond. An axis
    is the average by weight of the measures that have a Value. Zero, Full and weight, unless
    the table states others:

    Growth: revenue_growth 0, 100%, 40%; rpo_coverage (contracted part of next year's revenue)
    0, 100%, 30%; gross_margin 20%, 60%, 30%.

    Liquidity: cash_runway 0, 36 months, 35%; net_cash (over market value) -25%, 25%, 25%;
    free_cash_flow_margin -100%, 20%, 20%; free_float (shares that trade, over all) 5%, 50%,
    10%; locked_up (shares that a lock-up soon releases, over all) 80%, 0, 10%.

    An axis counts as strong from 50 on.

    References
    ----------
    A judgement, not a standard: the weights are stated so that they can be argued with. The rule
    is that of the Human Development Index until 2009 (UNDP, technical note 1), where a life
    expectancy of 70.8 years, between 25 and 85, counts 0.76.

    Examples
    --------
    >>> table = [["Measure", "Value", "Zero", "Full"], ["Revenue growth", 70.8, 25, 85],
    ...          ["Cash runway", 36, None, None]]
    >>> round(signal_growth_liquidity(table)[1][6])
    76

    >>> table = [["Measure", "Value"], ["Revenue growth", 0.757], ["Cash runway", 36]]
    >>> [round(row[6], 1) for row in signal_growth_liquidity(table)[3:5]]
    [75.7, 100.0]
    """
    made = scoring.score(measures)
    rows = zip(
        map(readable, measures.name),
        (scoring.MEASURES[name].axis for name in measures.name),
        measures.value,
        measures.zero,
        measures.full,
        made.weight,
        made.score,
        made.points,
        strict=True,
    )
    return listing(
        ["Measure", "Axis", "Value", "Zero", "Full", "Weight", "Score", "Points"],
        *rows,
        ["Growth score", "growth", "", "", "", 1.0, made.growth, made.growth],
        ["Liquidity score", "liquidity", "", "", "", 1.0, made.liquidity, made.liquidity],
        [
            "Quarter",
            scoring.quadrant(float(made.growth), float(made.liquidity)),
            *[""] * 6,
        ],
    )


@function
def signal_runway(cash: float, free_cash_flow: float, longest: float = 120.0) -> float:
    """Months that cash lasts at a year's free cash flow.

    Parameters
    ----------
    cash : number, USD m
        Cash and what can be turned into it, at least 0.
    free_cash_flow : number, USD m
        Of a year; negative where cash is burnt.
    longest : number, months, optional
        Most that is told, above 0: the answer where little or no cash is burnt.

    Returns
    -------
    float
        ``12 * cash / -free_cash_flow``, at most longest.

    Raises
    ------
    InputError
        For negative cash, or a longest that is not above 0.

    References
    ----------
    propelx.com, cash burn rate: 5 million at 500,000 a month last 10 months.

    Examples
    --------
    >>> signal_runway(5, -0.5 * 12), signal_runway(5, 1)
    (10.0, 120.0)
    """
    return float(signals.runway(cash, free_cash_flow, longest))
