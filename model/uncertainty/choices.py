"""Choices of a valuation, one at a time, and the steps that lead from it to another view."""

from __future__ import annotations

from typing import Any

import numpy as np

from model.dcf.drivers import Drivers
from model.dcf.forecast import ContractedRevenue
from model.dcf.periods import stacked
from model.dcf.signed import Plant, SignedContracts
from model.dilution.securities import Securities
from model.errors import Floats
from model.fields import NOT_MEANINGFUL, Names, column, line
from model.functions import function
from model.tables import Listing
from model.uncertainty.changes import (
    Business,
    Changes,
    changed,
    declared_input,
    declared_option,
    declared_value,
)
from model.uncertainty.outputs import worth
from model.uncertainty.together import worths

#: The first step of every bridge.
HERE = "This model"


class Choices(Changes):
    """Choices and their alternatives, with a row for each changed input."""

    group = ("choice", "alternative")

    choice: Names = column("Choice", "name", "What could be chosen otherwise.")
    alternative: Names = column("Alternative", "name", "What is chosen.")
    input: Names = declared_input()
    value: Floats = declared_value()
    option: Names = declared_option()
    #: Numbers by year; (rows, years), NaN in a row without.
    paths: Any = None
    across: Any = None


class ViewSteps(Changes):
    """Steps from this model to other views, with a row for each changed input."""

    group = ("view", "step")

    step: Names = column("Step", "name", "Taken from the view; each builds on those before.")
    input: Names = declared_input()
    view: Names = column("View", "name", "The view; in a case, its key in [published].")
    value: Floats = declared_value()
    option: Names = declared_option()
    #: Numbers by year; (rows, years), NaN in a row without.
    paths: Any = None
    across: Any = None


class ChoiceValues(Listing):
    """Value per share under each alternative; numbers of shape (..., alternatives)."""

    choice: Names = line("Choice", "name")
    alternative: Names = line("Alternative", "name")
    value_per_share: Floats = line("Value per share", "USD")
    difference: Floats = line("Difference", "USD")
    part: Floats = line("Of this value", "fraction", undefined=NOT_MEANINGFUL)


class StepValues(Listing):
    """Value per share after each step; numbers of shape (..., steps)."""

    view: Names = line("View", "name")
    step: Names = line("Step", "name")
    value_per_share: Floats = line("Value per share", "USD")
    contribution: Floats = line("Contribution", "USD")


@function
def dcf_choices(
    drivers: Drivers,
    securities: Securities,
    choices: Choices,
    contracted_revenue: ContractedRevenue | SignedContracts | None = None,
    plant: Plant | None = None,
) -> ChoiceValues:
    """Value per share under each alternative of each choice, all else unchanged.

    Parameters
    ----------
    contracted_revenue
        As for DCF_VALUE.
    plant
        As for DCF_VALUE.

    Raises
    ------
    InputError
        For an input that is unknown, and as for DCF_VALUE.

    Notes
    -----
    A number replaces an input that is one number, and shifts all years of one given by year;
    numbers by year replace it. A name replaces a choice; ``none`` leaves an input out, so that its
    default holds. Rows with the same Choice and Alternative change together; a blank Input changes
    nothing. For one segment, contract, vintage or security, the input is preceded by its name:
    Cloud/price.

    References
    ----------
    J. Berk and P. DeMarzo, *Corporate Finance*, chapter 9: Kenneth Cole, whose shares are worth
    19.59 to 27.48 at margins of 7% to 10%.

    Examples
    --------
    >>> cole = Drivers(base_revenue=518, revenue_growth=0.09, growth_years=1, operating_margin=0.09,
    ...                tax_rate=0.37, sales_to_capital=1 / 0.18, wacc=0.11, terminal_growth=0.04,
    ...                years=6, timing="end", cash=100, debt=3)
    >>> margins = Choices(["Margin"] * 2, ["7%", "10%"], ["operating_margin"] * 2, [0.07, 0.10])
    >>> found = dcf_choices(cole, Securities(["Common"], ["common"], [21]), margins)
    >>> found.value_per_share.round(2)
    array([19.59, 27.48])
    """
    business = Business(drivers, securities, contracted_revenue, plant)
    base = worth(business)
    names, made = [], []
    for choice, alternative, changes in choices.groups():
        names.append((choice, alternative))
        made.append(changed(business, changes, choices.places["input"]) if changes else business)
    found = stacked(worths(made, business, base), -1)
    whole = np.broadcast_to(np.asarray(base)[..., None], found.shape)
    difference = found - whole
    of_base = np.divide(difference, whole, out=np.full(found.shape, np.nan), where=whole > 0)
    chosen, alternatives = zip(*names, strict=True)
    return ChoiceValues(chosen, alternatives, found, difference, of_base)


@function
def dcf_steps(
    drivers: Drivers,
    securities: Securities,
    view_steps: ViewSteps,
    contracted_revenue: ContractedRevenue | SignedContracts | None = None,
    plant: Plant | None = None,
) -> StepValues:
    """Bridge from this value per share to another view, input by input; its steps add up.

    Parameters
    ----------
    contracted_revenue
        As for DCF_VALUE.
    plant
        As for DCF_VALUE.

    Raises
    ------
    InputError
        For an input that is unknown, and as for DCF_VALUE.

    Notes
    -----
    Inputs are changed as for DCF_CHOICES, but each step builds on the steps before it in its view.
    The first row of a view is this model's value; contributions add up to the value after the last
    step. What a step contributes depends on the order.

    References
    ----------
    J. Berk and P. DeMarzo, *Corporate Finance*, chapter 9: Kenneth Cole, 24.85 a share, and 22.86
    if revenue grows by 4% from the start.

    Examples
    --------
    >>> cole = Drivers(base_revenue=518, revenue_growth=0.09, growth_years=1, operating_margin=0.09,
    ...                tax_rate=0.37, sales_to_capital=1 / 0.18, wacc=0.11, terminal_growth=0.04,
    ...                years=6, timing="end", cash=100, debt=3)
    >>> slower = ViewSteps(["Growth of 4%"], ["revenue_growth"], ["Slower"], [0.04])
    >>> found = dcf_steps(cole, Securities(["Common"], ["common"], [21]), slower)
    >>> found.value_per_share.round(2)
    array([24.85, 22.86])
    """
    start = Business(drivers, securities, contracted_revenue, plant)
    base = worth(start)
    by_view: dict[str, list[tuple[str, list[tuple[str, Any]]]]] = {}
    for view, step, changes in view_steps.groups():
        by_view.setdefault(view, []).append((step, changes))
    names: list[tuple[str, str]] = []
    values: list[Floats] = []
    parts: list[Floats] = []
    for view, steps in by_view.items():
        at, now = start, base
        names.append((view, HERE))
        values.append(base)
        parts.append(base)
        for step, changes in steps:
            at = changed(at, changes, view_steps.places["input"])
            before, now = now, worth(at)
            names.append((view, step))
            values.append(now)
            parts.append(now - before)
    views, steps_of = zip(*names, strict=True)
    return StepValues(views, steps_of, stacked(values, -1), stacked(parts, -1))
