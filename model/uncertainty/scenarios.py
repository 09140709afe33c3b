"""Scenarios: the value of a business in each, weighted, and the drivers of the difference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from model.dcf.drivers import Drivers
from model.dcf.forecast import ContractedRevenue
from model.dcf.periods import stacked
from model.dcf.signed import Plant, SignedContracts
from model.dilution.securities import Securities
from model.errors import Floats, InputError, shown
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
from model.uncertainty.outputs import VALUE_PER_SHARE, Output, worth
from model.uncertainty.together import worths

#: The scenario that changes nothing.
BASE = "Base"
#: Rows of a scenario: all of its changes together, and what they do beyond each alone.
ALL, INTERACTION = "All changes", "Interaction"
#: The row below the scenarios.
WEIGHTED = "Weighted value"
#: Weights sum to one within this.
SAME = 1e-9


class ScenarioChanges(Changes):
    """Scenarios, with a row for each input that one changes; Base has a row without an Input."""

    group = ("scenario", "scenario")

    input: Names = declared_input()
    scenario: Names = column("Scenario", "name", "The scenario; Base changes nothing.")
    weight: Floats = column(
        "Weight",
        "fraction",
        "Its probability, on one of its rows or the same on each.",
        low=0,
        high=1,
        blank=np.nan,
    )
    value: Floats = declared_value()
    option: Names = declared_option()
    label: Names = column("Label", "name", "Name of the change.", default="", blank="")
    #: Numbers by year; (rows, years), NaN in a row without.
    paths: Any = None
    across: Any = None
    #: The weight of each scenario, in the order of their first rows.
    weights: Any = None

    @classmethod
    def argument(cls) -> str:
        """Name the argument for messages."""
        return "scenarios"

    def check(self) -> None:
        """Refuse changes as everywhere, and weights that are missing or do not sum to one."""
        super().check()
        argument = self.argument()
        names = list(dict.fromkeys(self.scenario))
        base = next((name for name in names if name.casefold() == BASE.casefold()), None)
        if base is None:
            raise InputError(
                argument, f"must have a row for {BASE}, without an Input, with its Weight"
            )
        for name, of in zip(self.scenario, self.input, strict=True):
            if name == base and of:
                raise InputError(f"{argument} {base}", f"must change nothing, not {of}")
        self._check_labels()
        weights = {name: self._weight(name) for name in names}
        if abs((total := sum(weights.values())) - 1) > SAME:
            raise InputError(self.places["weight"], f"must sum to 1, not {shown(total)}")
        self._put(weights=np.array([*weights.values()]))

    def _check_labels(self) -> None:
        """Refuse two changes of one label in a scenario, and the labels of its own rows."""
        seen = {(name, own.casefold()) for name in self.scenario for own in (ALL, INTERACTION)}
        for name, of, label in zip(self.scenario, self.input, self.label, strict=True):
            key = (name, (label or of).casefold())
            if of and key in seen:
                where = f"{self.argument()} {name} Label"
                raise InputError(where, f"must be unique, but {shown(label or of)} appears twice")
            seen.add(key)

    def _weight(self, name: str) -> float:
        """Return the weight of a scenario, which one of its rows must state."""
        if self.weight.ndim > 1:
            raise InputError(self.places["weight"], "must be one number a row")
        own = self.weight[[each == name for each in self.scenario]]
        stated = list(dict.fromkeys(own[~np.isnan(own)].tolist()))
        if len(stated) == 1:
            return float(stated[0])
        where = f"{self.argument()} {name}"
        if not stated:
            raise InputError(where, "must have a Weight on one of its rows", "missing")
        raise InputError(
            where, f"must have one Weight, not {shown(stated[0])} and {shown(stated[1])}"
        )

    def labels(self) -> Iterator[tuple[str, list[tuple[str, tuple[str, Any]]]]]:
        """Yield each scenario in the order of its first row, with its changes by their labels."""
        rows = zip(self.scenario, self.input, self.label, strict=True)
        called = {(scenario, name): label or name for scenario, name, label in rows}
        for scenario, _, changes in self.groups():
            yield scenario, [(called[scenario, name], (name, to)) for name, to in changes]


class ScenarioValues(Listing):
    """One line of the value in each scenario, and what makes it differ; shape (..., rows).

    A scenario's first row has all of its changes; then come each alone, and their interaction.
    """

    totals = (WEIGHTED,)

    change: Names = line("Change", "name")
    scenario: Names = line("Scenario", "name")
    weight: Floats = line("Weight", "fraction", undefined="")
    value: Floats = line("Value", "number", undefined=NOT_MEANINGFUL)
    difference: Floats = line("Difference", "number", undefined=NOT_MEANINGFUL)
    #: The value of the business as it is, and the mean of all scenarios by their weights.
    base: Any
    weighted: Any

    def bottom(self) -> list[dict[str, Any]]:
        """Return the weighted value, below the scenarios."""
        difference = self.weighted - self.base
        return [{"change": WEIGHTED, "weight": float(np.nansum(self.weight)),
                 "value": self.weighted, "difference": difference}]  # fmt: skip


@function
def dcf_scenarios(
    drivers: Drivers,
    securities: Securities,
    contracted: ContractedRevenue | SignedContracts | None,
    scenarios: ScenarioChanges,
    output: Output = VALUE_PER_SHARE,
    plant: Plant | None = None,
) -> ScenarioValues:
    """Value per share, or another line, in each scenario; the weighted value; what differs.

    Parameters
    ----------
    contracted
        As contracted_revenue of DCF_VALUE; blank for a company without contracts.
    scenarios
        What each scenario changes; Base, which changes nothing, has a row for its weight.
    output
        Line of DCF_VALUE, by name or label.
    plant
        As for DCF_VALUE.

    Returns
    -------
    ScenarioValues
        For each scenario a row with its weight, its value and its difference from Base. Below it
        are the value with each of its changes alone, and the interaction: what all of them do
        together beyond the sum of the single ones, so that Base, the changes and the interaction
        add up to the scenario. The last row is the weighted mean.

    Raises
    ------
    InputError
        For an input that is unknown; for weights that are missing, differ within a scenario or do
        not sum to one; without Base; for an unknown line; and as for DCF_VALUE.

    Notes
    -----
    Inputs are changed as for DCF_CHOICES; a whole path by year is one change, and so are inputs
    joined by " & ". Rows of one scenario change together. A change that the model refuses when made
    alone, such as the choice of a multiple that another row gives, is not meaningful (n.m., NaN in
    Python), and its effect is in the interaction. All values that differ only in numbers are
    calculated in one call.

    ``interaction = scenario - base - sum(single - base)``, and ``weighted = sum(weight * value)``.

    References
    ----------
    J. Berk and P. DeMarzo, *Corporate Finance*, chapter 9: Kenneth Cole, whose shares are worth
    24.85, 22.86 if revenue grows by 4% from the start, and 27.48 at a margin of 10%.

    Examples
    --------
    >>> cole = Drivers(base_revenue=518, revenue_growth=0.09, growth_years=1, operating_margin=0.09,
    ...                tax_rate=0.37, sales_to_capital=1 / 0.18, wacc=0.11, terminal_growth=0.04,
    ...                years=6, timing="end", cash=100, debt=3)
    >>> made = ScenarioChanges(["revenue_growth", "", "operating_margin"],
    ...                        ["Bear", "Base", "Bull"], [0.25, 0.5, 0.25], [0.04, np.nan, 0.10])
    >>> found = dcf_scenarios(cole, Securities(["Common"], ["common"], [21]), None, made)
    >>> [value for value, change in zip(found.value.round(2).tolist(), found.change)
    ...  if change == "All changes"]
    [22.86, 24.85, 27.48]
    """
    business = Business(drivers, securities, contracted, plant)
    base = worth(business, output)
    groups = list(scenarios.labels())
    values = iter(_values(business, scenarios, groups, base, output))
    rows: list[tuple[str, str, float, Any, Any]] = []
    weighted: Any = 0.0
    for (scenario, changes), weight in zip(groups, scenarios.weights.tolist(), strict=True):
        whole = next(values)
        weighted = weighted + weight * whole
        rows.append((ALL, scenario, weight, whole, left := whole - base))
        for label, _ in changes:
            alone = next(values)
            rows.append((label, scenario, np.nan, alone, alone - base))
            left = left - np.nan_to_num(alone - base)
        if changes:
            rows.append((INTERACTION, scenario, np.nan, np.nan, left))
    labels, names, weights, found, differences = zip(*rows, strict=True)
    return ScenarioValues(
        labels,
        names,
        np.array(weights),
        stacked([*found], -1),
        stacked([*differences], -1),
        base=base,
        weighted=weighted,
    )


def _values(
    business: Business,
    scenarios: ScenarioChanges,
    groups: list[tuple[str, list[tuple[str, tuple[str, Any]]]]],
    base: Floats,
    output: str,
) -> list[Floats]:
    """Value each scenario, and then each of its changes alone; NaN where one is refused."""
    place = scenarios.places["input"]
    of = [(scenario, changes) for scenario, labelled in groups
          for changes in _together_and_alone([change for _, change in labelled])]  # fmt: skip
    made: dict[int, Business] = {}
    values: list[Any] = [np.full(np.shape(base), np.nan)] * len(of)
    whole = {scenario: len(of) - 1 - i for i, (scenario, _) in enumerate(reversed(of))}
    for i, (scenario, changes) in enumerate(of):
        try:
            made[i] = changed(business, changes, place) if changes else business
        except InputError as error:
            if whole[scenario] == i or error.argument == place:
                raise _of(error, scenario, place) from None
    try:
        for i, value in zip(made, worths([*made.values()], business, base, output), strict=True):
            values[i] = value
    except InputError:
        # Some of them are refused: which ones, their own values say.
        for i, each in made.items():
            try:
                values[i] = worth(each, output)
            except InputError as error:
                if whole[of[i][0]] == i:
                    raise _of(error, of[i][0], place) from None
    return values


def _together_and_alone(changes: list[tuple[str, Any]]) -> list[list[tuple[str, Any]]]:
    """Return all changes, and after them each alone."""
    return [changes, *([change] for change in changes)]


def _of(error: InputError, scenario: str, place: str) -> InputError:
    """Name the scenario in a refusal, unless it is about the name of an input."""
    if error.argument == place:
        return error
    where = f"{ScenarioChanges.argument()} {scenario}: {error.argument}"
    return InputError(where, error.problem, error.reason)
