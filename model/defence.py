"""The choices behind a valuation, each with its alternatives and what can be said against it.

They follow from a case: a choice stands here once, for every company that makes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from model.case.facts import inputs
from model.dcf.segment import SLASH
from model.dilution.shares import METHODS
from model.uncertainty.changes import NONE
from model.uncertainty.changes import stated as stated_in
from model.uncertainty.choices import Choices, ChoiceValues, dcf_choices

if TYPE_CHECKING:
    from model.case.case import Case
    from model.valuation import Valuation

#: The highest margin: all of revenue.
ALL = 1.0
#: The first alternative of every choice, which changes nothing.
AS_IT_IS = "As in this model"


@dataclass(frozen=True)
class Linked:
    """The number of another input, by its path."""

    path: str


@dataclass(frozen=True)
class Moved:
    """A margin, in parts of ten of its last year's: shifted if by year, else replaced.

    No year's margin is moved above all of revenue.
    """

    path: str
    tenths: int


@dataclass(frozen=True)
class Change:
    """A changed input; `of` is the path of the figure in whose row its name, or owner's, is."""

    name: str
    value: float | str | Linked | Moved
    of: str = ""


@dataclass(frozen=True)
class Alternative:
    """What could have been chosen, and the inputs that it changes."""

    name: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Choice:
    """A choice: what this model does and why, what a sceptic says, and what could be chosen.

    `figures` are the paths of the figures with the case's own reasons.
    """

    name: str
    why: str
    sceptic: str
    figures: tuple[str, ...]
    alternatives: tuple[Alternative, ...]


def choices(case: Case) -> list[Choice]:
    """Return the choices that a case makes and that can be made otherwise."""
    every = (_fade, _terminal, _compensation, _renewal, _margin, _timing, _dilution, _failure)
    return [choice for of in every for choice in of(case)]


def _choice(
    name: str, why: str, sceptic: str, figures: list[str], alternatives: list[Alternative]
) -> Iterator[Choice]:
    """Yield a choice that has an alternative."""
    if alternatives:
        yield Choice(name, why, sceptic, tuple(figures), (Alternative(AS_IT_IS), *alternatives))


def _fade(case: Case) -> Iterator[Choice]:
    if "terminal_wacc" not in case.drivers:
        return
    yield from _choice(
        "Fade of the cost of capital",
        "The cost of capital falls to that of a mature company, because a company that has "
        "delivered is less risky than one that has only signed contracts.",
        "Nobody has observed the final rate, and most of the value lies after the forecast. A "
        "company may stay risky; the first alternative shows its value at today's rate "
        "throughout.",
        ["drivers.wacc_years", "drivers.terminal_wacc"],
        [
            Alternative("No fade", (Change("terminal_wacc", Linked("drivers.wacc")),)),
            Alternative("At once", (Change("wacc", Linked("drivers.terminal_wacc")),)),
        ],
    )


def _terminal(case: Case) -> Iterator[Choice]:
    stated, returns = case.drivers.get("terminal"), "terminal_roic" in case.drivers
    base = str(stated.value) if stated else "growth"
    found = []
    if base != "growth":
        name = "By growth at the last sales-to-capital"
        found.append(Alternative(name, (Change("terminal", "growth"),)))
    if base != "roic" and returns:
        name = "By growth at the return that the case states"
        found.append(Alternative(name, (Change("terminal", "roic"),)))
    # Without a return of its own, new capital earns its cost already.
    if base != "roic" or returns:
        at_cost = (Change("terminal", "roic"), Change("terminal_roic", NONE))
        found.append(Alternative("New capital earns only its cost", at_cost))
    # A multiple has its growth in it, so that none is a perpetuity.
    way = (Change("terminal", "growth"),) if base == "multiple" else ()
    still = (*way, Change("terminal_growth", 0.0))
    found.append(Alternative("No growth after the forecast", still))
    yield from _choice(
        "Terminal value",
        "The terminal value follows from the final year, by the convention that the case states. "
        "By roic, growth needs the capital that its return implies; by growth, the capital at "
        "the last year's sales-to-capital; by multiple, the price that buyers pay reflects both.",
        "Competition erodes returns above the cost of capital: growth then adds nothing.",
        ["drivers.terminal", "drivers.terminal_growth", "drivers.terminal_roic"],
        found,
    )


def _compensation(case: Case) -> Iterator[Choice]:
    stated = case.drivers.get("stock_compensation")
    # 0 says that other costs hold it.
    counted = stated is not None and np.any(stated.value)  # type: ignore[arg-type]
    free = (Change("stock_compensation", NONE),) if counted else ()
    rsus = [key for key, security in case.securities.items() if security.type == "rsu"]
    # The basic count has none anyway.
    out = (Change(f"rsu{SLASH}included", 0.0),) if rsus and _method(case) != "basic" else ()
    found = []
    if out:
        found.append(Alternative("A cost; RSUs not in the count", out))
    if free:
        found.append(Alternative("No cost; RSUs in the count", free))
    if free and out:
        found.append(Alternative("Neither a cost nor in the count", free + out))
    yield from _choice(
        "RSUs and stock compensation",
        "Future grants are a cost, and outstanding RSUs are shares. The part of those RSUs not "
        "yet expensed is in both, so they are partly double-counted: excluding them from the count "
        "shows the largest possible error.",
        "Margins before stock compensation, on today's share count, treat employees' pay as if "
        "it cost nobody anything: that is the last alternative.",
        ["drivers.stock_compensation"] if free else [],
        found,
    )


def _renewal(case: Case) -> Iterator[Choice]:
    rate, figures, all_renewed = "renewal_rate", [], "All are renewed"
    if case.segments:
        retained = "customer_contracts" in case.tables and (
            "Net retention" in case.tables["customer_contracts"].fields
        )
        further = (Change("net_retention", NONE),) if retained else ()
        if retained or any("net_retention" in each.figures for each in case.segments.values()):
            all_renewed += ", and customers spend no more"
        given = case.signs or case.rpo is not None
    else:
        stated = case.drivers.get(rate)
        further, figures = (), [f"drivers.{rate}"]
        given = stated is not None and isinstance(stated.value, float) and case.rpo is not None
    yield from _choice(
        "Renewal of contracts",
        "At their end, contracts are renewed in part, at the share and the price that the case "
        "states; renewals have a terminal value, signed contracts have none.",
        "A customer who can build or buy elsewhere renews at the market's price or not at all.",
        figures,
        [
            Alternative("None is renewed", (Change(rate, 0.0), *further)),
            Alternative(all_renewed, (Change(rate, 1.0), *further)),
        ] if given else [],
    )  # fmt: skip


def _margin(case: Case) -> Iterator[Choice]:
    owners = [("drivers", "", case.drivers)] if not case.segments else [
        (f"segments.{key}", s.name, s.figures) for key, s in case.segments.items()
    ]  # fmt: skip
    found, figures = [], []
    for section, segment, stated in owners:
        name = next((n for n in ("target_margin", "operating_margin") if n in stated), "")
        if not name:
            continue
        path = f"{section}.{name}"
        figures.append(path)
        for tenths, word in ((1, "higher"), (-1, "lower")):
            label = f"{segment}: a tenth {word}" if segment else f"A tenth {word}"
            driver, moved = f"{segment}{SLASH}{name}" if segment else name, Moved(path, tenths)
            values = np.ravel(np.asarray(stated[name].value, dtype=np.float64))
            if values.max() + _shift(values, tenths) > ALL:
                label += ", up to all of revenue"
            found.append(Alternative(label, (Change(driver, moved, path),)))
    yield from _choice(
        "Margin",
        "Margins converge to a level that the case justifies. The alternatives move "
        "every year's margin by a tenth of the last year's, which suits both thin and wide "
        "margins.",
        "A margin that was never earned is a hope: only the last reported one is known.",
        figures,
        found,
    )


def _timing(case: Case) -> Iterator[Choice]:
    stated = case.drivers.get("timing")
    base = str(stated.value) if stated else "mid"
    names = {"mid": "Cash flows in the middle of the year", "end": "Cash flows at its end"}
    yield from _choice(
        "Discounting",
        "Cash comes in throughout the year, so it is discounted from the middle.",
        "Customers who pay late, and plant that is paid for early, move the flows.",
        ["drivers.timing"],
        [Alternative(name, (Change("timing", way),)) for way, name in names.items() if way != base],
    )


def _method(case: Case) -> str:
    stated = case.drivers.get("method")
    return str(stated.value) if stated else METHODS[0]


def _dilution(case: Case) -> Iterator[Choice]:
    base = _method(case)
    names = {
        "treasury": "Treasury stock method",
        "gross": "Gross: strikes buy nothing back",
        "basic": "Basic: common stock alone",
    }
    yield from _choice(
        "Dilution",
        "Options and warrants count at the model's own value per share, less what their strikes "
        "buy back.",
        "Options are worth more than their exercise value today, so even the treasury stock method "
        "ignores their time value.",
        ["drivers.method"],
        [
            Alternative(names[way], (Change("method", way),))
            for way in METHODS
            if way != base and way in names
        ],
    )


def _failure(case: Case) -> Iterator[Choice]:
    table = case.tables.get("default_rates")
    if table is None or "distress_proceeds" not in case.scalars:
        return
    proceeds = Change("failure_proceeds", Linked("scalars.distress_proceeds"))
    yield from _choice(
        "Failure",
        "The forecast is what is expected if the company survives, weighted by the probability "
        "of failure that the case states; if it states none, failure is not counted.",
        "A company that burns cash with one customer can fail, and a discount rate does not "
        "include that: default rates by rating show what that risk is worth.",
        ["drivers.failure_probability", "scalars.distress_proceeds"],
        [
            Alternative(
                f"As often as {row.values[0]}",
                (
                    Change(
                        "failure_probability", Linked(f"tables.default_rates.{key}.default_rate")
                    ),
                    proceeds,
                ),
            )
            for key, row in table.rows.items()
        ],
    )


def table(valued: Valuation) -> Choices:
    """Return the table of a case's choices as DCF_CHOICES takes it, in the scenario of the case."""
    rows: list[tuple[str, str, str, float, str]] = []
    known = inputs(valued.case)
    for choice in choices(valued.case):
        for alternative in choice.alternatives:
            for change in alternative.changes or (Change("", np.nan),):
                value: Any = change.value
                if isinstance(value, Linked):
                    value = _number(valued, known, value.path)
                elif isinstance(value, Moved):
                    value = _moved(_stated(valued, change.name), value.tenths)
                text = value if isinstance(value, str) else ""
                number = np.nan if text else value
                rows.append((choice.name, alternative.name, change.name, number, text))
    return Choices(*map(list, zip(*rows, strict=True)))


def _stated(valued: Valuation, name: str) -> Any:
    """Return what the DCF takes for a driver."""
    ((_, value),) = stated_in(valued.business, name, "driver")
    return value


def _number(valued: Valuation, known: Mapping[str, tuple[float, str]], path: str) -> float:
    section, _, name = path.partition(".")
    return float(_stated(valued, name)) if section == "drivers" else known[path][0]


def _moved(value: Any, tenths: int) -> float:
    path = np.ravel(value)
    one = float(path[0]) if len(path) == 1 else 0.0
    return one + min(_shift(path, tenths), ALL - float(path.max()))


def _shift(path: Any, tenths: int) -> float:
    return abs(float(path[-1])) * tenths / 10


def of(valued: Valuation) -> ChoiceValues:
    """Value a case under each alternative of each choice."""
    b = valued.business
    return dcf_choices(b.drivers, b.securities, table(valued), b.contracted, b.plant)
