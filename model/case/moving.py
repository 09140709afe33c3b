"""Which figures of a case move its value per share, and which of them nobody could know in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model.case.case import Case

#: Sections of a case whose figures affect the value per share.
DECISIVE = ("company", "offer", "price", "balance_sheet", "securities", "rpo", "cost_of_capital",
            "drivers", "segments")  # fmt: skip
#: Figures of these sections that are shown, or add up to others.
SHOWN = ("offer.first_range_shares", "offer.first_range_offered", "offer.first_range_rsus",
         "offer.warrant_total")  # fmt: skip
#: Tables of which the same is true: of any case, and of one with segments.
DECISIVE_TABLES = ("balance_events", "plant")
BY_SEGMENT = ("customer_contracts",)
#: What is only compared with the schedule, by its place in the section of balances.
BACKTESTED = ("earlier.", "later.", "opening.recognised", "opening.outside")
#: Qualities of a figure that was never published: the case's own.
OWN = ("assumption", "inferred")


def moves_value(case: Case, path: str) -> bool:
    """Tell whether the value per share depends on a figure, or a row of a table, by its path.

    Examples
    --------
    >>> from model.case.case import load
    >>> case = load("cerebras")
    >>> moves_value(case, "drivers.tax_rate"), moves_value(case, "rpo.later.june_2026.amount")
    (True, False)
    """
    section, _, rest = path.partition(".")
    if section == "tables":
        table = rest.partition(".")[0]
        return table in DECISIVE_TABLES or (table in BY_SEGMENT and case.signs)
    if section == "rpo":
        # Contracts that are valued one by one take from the balance its date alone.
        return rest == "opening.date" if case.signs else not rest.startswith(BACKTESTED)
    return section in DECISIVE and path not in SHOWN


def looks_ahead(case: Case) -> list[str]:
    """Return the figures that move the value and became public after the valuation date.

    A figure of others that does not say when it became public was not before the day that it is of.

    Parameters
    ----------
    case : Case

    Returns
    -------
    list of str
        Their paths.
    """
    valued, silent = case.company.valuation_date.day, undated(case)
    return [
        path
        for path, of in case.origins.items()
        if moves_value(case, path)
        and ((of.known is not None and of.known > valued) or (path in silent and of.as_of > valued))
    ]


def undated(case: Case) -> list[str]:
    """Return the figures of others that move the value and do not say when they became public."""
    return [
        path
        for path, of in case.origins.items()
        if moves_value(case, path) and of.known is None and of.quality not in OWN
    ]
