"""Tables around the valuation: infrastructure, offers, markets, observations, measures."""

from __future__ import annotations

import math
from dataclasses import MISSING
from typing import Annotated, Any, NamedTuple

from model.compute.infrastructure import DEFAULTS, Infrastructure
from model.compute.market import Scenarios as ModelScenarios
from model.errors import InputError, shown
from model.signals.checklist import Observed
from model.signals.scoring import MEASURES
from model.signals.scoring import Measured as ModelMeasured
from workbook.arguments import is_blank, number, whole
from workbook.tables import table


class InfrastructureTable(NamedTuple):
    """Assumptions about a megawatt, and the low and the high of those that may move."""

    value: dict[str, float]
    low: dict[str, float]
    high: dict[str, float]

    @property
    def base(self) -> Infrastructure:
        """The assumptions, checked."""
        return Infrastructure.of(self.value)


def infrastructure(argument: str, value: Any) -> InfrastructureTable:
    """Read a table of assumptions about a megawatt."""
    found = table(argument, value, ["Assumption", "Value"], ["Low", "High"])
    made = InfrastructureTable({}, {}, {})
    rows = zip(
        found.keys("Assumption"),
        found.cells("Value"),
        found.cells("Low"),
        found.cells("High"),
        strict=True,
    )
    for name, (row, cell), (_, low), (_, high) in rows:
        if is_blank(low) != is_blank(high):
            raise InputError(argument, f"must have both Low and High or neither in row {row}")
        if is_blank(cell):
            if not is_blank(low):
                raise InputError(argument, f"must have a Value beside Low and High in row {row}")
            otherwise = DEFAULTS.get(name)
            if otherwise is not None and otherwise is not MISSING:
                raise InputError(
                    found.where("Value", row),
                    f"must be typed, or its row left out for {shown(otherwise)}, not left blank",
                )
            continue
        made.value[name] = number(found.where("Value", row), cell)
        if not is_blank(low):
            made.low[name] = number(found.where("Low", row), low)
            made.high[name] = number(found.where("High", row), high)
            if not made.low[name] <= made.value[name] <= made.high[name]:
                raise InputError(
                    argument,
                    f"must have a Value from Low to High in row {row}, "
                    f"not {shown(made.value[name])}",
                )
    # Every number that stands in the table is checked, whatever a function reads of it.
    for bound in (made.value, made.low, made.high):
        Infrastructure.of(made.value | bound)
    return made


class OfferTable(NamedTuple):
    """Prices and speeds of providers, the company's own first."""

    name: list[str]
    price: list[float]
    speed: list[float]


def offers(argument: str, value: Any) -> OfferTable:
    """Read a table of offers: the company's own, and one other at least."""
    found = table(argument, value, ["Provider", "Price", "Speed"])
    if len(found.rows) < 2:
        raise InputError(argument, "must hold the company's own offer and one other at least")
    return OfferTable(
        found.names("Provider"),
        found.numbers("Price"),
        found.numbers("Speed"),
    )


class PointTable(NamedTuple):
    """Published sizes of a market, and their years."""

    year: list[int]
    size: list[float]


def market_points(argument: str, value: Any) -> PointTable:
    """Read a table of published market sizes."""
    found = table(argument, value, ["Year", "Size"])
    return PointTable(found.read("Year", _year), found.numbers("Size"))


def _year(where: str, cell: Any) -> int:
    year = whole(where, cell)
    if not 1900 <= year <= 9999:
        raise InputError(where, f"must be a year from 1900 to 9999, not {year}")
    return year


def share_scenarios(argument: str, value: Any) -> ModelScenarios:
    """Read a table of market shares and what they are worth."""
    found = table(argument, value, ["Scenario", "Share", "Margin", "Multiple"], ["Probability"])
    return ModelScenarios.of(
        found.names("Scenario"),
        found.numbers("Share"),
        found.numbers("Margin"),
        found.numbers("Multiple"),
        found.numbers("Probability") if "Probability" in found else None,
    )


def observations(argument: str, value: Any) -> dict[str, Observed]:
    """Read a table of observations; a blank cell is something that is not observed."""
    found = table(argument, value, ["Observation", "Value"], ["Previous", "Threshold"])
    names = found.keys("Observation")
    blank = [math.nan] * len(names)
    numbers = zip(
        names,
        *(found.stated(c) or blank for c in ("Value", "Previous", "Threshold")),
        strict=True,
    )
    return {name: Observed.of(name, *stated) for name, *stated in numbers}


def score_measures(argument: str, value: Any) -> ModelMeasured:
    """Read a table of measures to score; one without a Value is left out."""
    found = table(
        argument,
        value,
        ["Measure", "Value"],
        ["Zero", "Full", "Weight"],
        ["Axis", "Score", "Points"],
        ["Growth score", "Liquidity score", "Quarter"],
    )
    names = found.keys("Measure")
    values = found.numbers("Value", math.nan)
    given = [i for i, stated in enumerate(values) if not math.isnan(stated)]
    own = [found.stated(name) for name in ("Zero", "Full", "Weight")]
    for name in names:
        if name not in MEASURES:
            ModelMeasured.of([name], [0.0])
    return ModelMeasured.of(
        [names[i] for i in given],
        [values[i] for i in given],
        *(None if cells is None else [cells[i] for i in given] for cells in own),
    )


# Parameter types of the families' functions ------------------------------------------------------

Assumptions = Annotated[InfrastructureTable, infrastructure]
Offers = Annotated[OfferTable, offers]
Points = Annotated[PointTable, market_points]
Scenarios = Annotated[ModelScenarios, share_scenarios]
Observations = Annotated[dict[str, Observed], observations]
Measures = Annotated[ModelMeasured, score_measures]
