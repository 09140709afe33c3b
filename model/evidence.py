"""Evidence on a case's inputs: facts that they contradict, and figures from a single source."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from model.case.facts import MONEY, ROUNDING, Reading, groups, inputs, readings, same, stands
from model.case.parts import Figure
from model.case.tables import AS_FILED, BACKLOG, MARKET_VALUE, RESTATED
from model.dilution.headlines import Headlines, Reconciliation, headline_reconciliation
from model.dilution.shares import diluted_market_cap
from model.errors import shown
from model.rpo.stated import RPO

if TYPE_CHECKING:
    from model.case.case import Case

#: Qualities of a figure that somebody else than the company, or its filing, has passed on.
SECONDARY = ("filing-via-secondary", "press", "analyst")
#: How many figures a warning names.
NAMED = 3


def contradictions(case: Case) -> dict[str, str]:
    """Return what the inputs of a case contradict: a sentence by the path of each reading.

    A reading that the case has not chosen contradicts nothing.

    Parameters
    ----------
    case : Case
    """
    known = inputs(case) if "facts" in case.tables else {}
    found = {
        reading.path: _contradiction(case, reading, of_one, known)
        for of_one in groups(case).values()
        for reading in of_one
        if stands(reading, of_one)
    }
    return {path: sentence for path, sentence in found.items() if sentence}


def about(case: Case, of_one: list[Reading]) -> str:
    """Return the path of the input with which readings of a fact are compared; empty if none.

    A backlog is compared with the RPO of its date, or else with that of the opening balance.
    """
    stated = next((reading.input for reading in of_one if reading.input), "")
    if stated or of_one[0].kind != BACKLOG or case.rpo is None or not counts_rpo(case):
        return stated
    later = {f"later.{key}": balance for key, balance in case.rpo.later.items()}
    day = of_one[0].row.as_of
    found = (key for key, balance in later.items() if balance.date.day == day)
    return f"rpo.{next(found, 'opening')}.amount"


def counts_rpo(case: Case) -> bool:
    """Tell whether the balances of a case are of RPO, and not of a measure of the company's own."""
    return (
        case.rpo is None
        or case.rpo.scope is None
        or str(case.rpo.scope.value).casefold() == RPO.casefold()
    )


def saying_rpo(case: Case, path: str) -> list[Reading]:
    """Return the readings of a balance that are not of the company's backlog."""
    return [r for r in readings(case) if r.input == path and r.kind != BACKLOG]


def prices_of(case: Case, reading: Reading) -> dict[str, Figure]:
    """Return the share prices of a reading's date, by path."""
    day, (path, _) = reading.row.as_of, case.share_price
    return {
        place: price
        for place, price in case.price_points.items()
        if price.as_of == day or (place == path and case.company.valuation_date.day == day)
    }


def second_readings(case: Case, path: str) -> list[Reading]:
    """Return the readings of a figure, or of a row of a table, by other sources than its own."""
    own = case.origins[path].source
    return [
        reading for reading in readings(case)
        if f"{reading.input}.".startswith(f"{path}.") and reading.row.source != own
    ]  # fmt: skip


def rests_on_one(case: Case, paths: Iterable[str]) -> list[str]:
    """Return the figures that one secondary source alone states, the largest amounts first.

    Shares count at the share price, and a row of a table by its largest amount.

    Parameters
    ----------
    case : Case
    paths : iterable of str
        The figures, or rows of tables, that are of interest.
    """
    known = inputs(case)
    found = [
        path for path in paths
        if is_secondary(case, path)
        and not any(same(r.value, known[r.input][0]) for r in second_readings(case, path))
    ]  # fmt: skip
    worth = {MONEY: 1.0, "m shares": case.share_price[1].number}

    def size(path: str) -> float:
        numbers = (known[place] for place in known if f"{place}.".startswith(f"{path}."))
        # A hurdle is no amount of the company.
        amounts = (abs(n) * worth.get(unit, 0.0) for n, unit in numbers)
        return 0.0 if path.endswith(".vests_at") else max(amounts, default=0.0)

    return sorted(found, key=size, reverse=True)


def is_secondary(case: Case, path: str) -> bool:
    """Tell whether a number, or a row of a table, is from a secondary source."""
    of = case.origins[path]
    number = not isinstance(of, Figure) or isinstance(of.value, float | list)
    return number and of.quality in SECONDARY


def headlines(case: Case) -> Reconciliation | None:
    """Return the share count behind each quoted market value, of a case that has some."""
    return _counts_behind(case, case.table("headlines")) if "headlines" in case.tables else None


def _counts_behind(case: Case, quoted: Headlines) -> Reconciliation:
    counts = case.table("share_counts") if "share_counts" in case.tables else None
    price = case.share_price[1].number
    return headline_reconciliation(quoted, price, case.dilution, counts)


def _contradiction(
    case: Case, reading: Reading, of_one: list[Reading], known: dict[str, tuple[float, str]]
) -> str:
    """Return what contradicts a reading that stands; empty if nothing does."""
    source = case.sources[reading.row.source].title
    stated = f"{reading.fact} of {shown(reading.value)} ({source})"
    if reading.kind == MARKET_VALUE:
        return _of_no_count(case, reading, stated)
    path = about(case, of_one)
    if not path:
        return ""
    used, valued = known[path][0], case.company.valuation_date.day
    agrees = same(used, reading.value)
    if reading.kind == BACKLOG and counts_rpo(case):
        rpo = any(same(used, other.value) for other in saying_rpo(case, path))
        if not agrees or rpo:
            return ""
        return f"{path} is {stated}, which is the company's own measure and probably not RPO"
    if not agrees:
        return f"{path} is {shown(used)}, and not {stated}"
    of_kind = [other for other in of_one if other.kind == RESTATED and other.row.known]
    known_then = [o for o in of_kind if o.row.known and o.row.known <= valued]
    if reading.kind == AS_FILED and any(not same(used, other.value) for other in known_then):
        restated = next(other for other in known_then if not same(used, other.value))
        return (
            f"{path} is {stated} as filed, although it had been restated as "
            f"{shown(restated.value)} by {restated.row.known}"
        )
    if reading.kind == RESTATED and reading.row.known and reading.row.known > valued:
        return f"{path} is {stated} as restated on {reading.row.known}, after the valuation date"
    return ""


def _of_no_count(case: Case, reading: Reading, stated: str) -> str:
    """Return a sentence if a market value is that of no share count at a price of its date."""
    prices = [price.number for price in prices_of(case, reading).values()]
    if not prices:
        return ""
    count = len(prices)
    quoted = Headlines([reading.fact] * count, [reading.value] * count, prices)
    if _counts_behind(case, quoted).explained.any():
        return ""
    basic, diluted = (
        float(diluted_market_cap(prices[0], case.dilution, method))
        for method in ("basic", "treasury")
    )
    if reading.value < ROUNDING * basic:
        return f"{stated} is probably in billions: {shown(reading.value * 1_000)} in USD millions"
    return (
        f"{stated} is near neither the common stock of {basic:,.0f} at {shown(prices[0])} nor the "
        f"diluted shares of {diluted:,.0f}: it implies {reading.value / prices[0]:,.1f} million "
        "shares"
    )
