"""A megawatt of capacity in a case, from its plant, its contracts and its segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model.compute.assumptions import Assumptions
from model.dcf.segment import UNIT_COSTS
from model.errors import InputError, nearest

if TYPE_CHECKING:
    from model.case.case import Case


def serves_contracts(case: Case) -> bool:
    """Tell whether a case has plant that serves contracts."""
    known = "plant" in case.tables and "customer_contracts" in case.tables
    return known and any(case.table("plant").contract)


def following(case: Case) -> tuple[str, ...]:
    """Name the assumptions about a megawatt that follow from plant, contracts and segments.

    Examples
    --------
    >>> from model.case.case import load
    >>> following(load("cerebras"))
    ('price', 'utilisation', 'capex', 'life', 'power_price', 'other_cost')
    """
    if not case.signs or case.rpo is None or not serves_contracts(case):
        return ()
    stated = {name for segment in case.segments.values() for name in segment.figures}
    costs = stated.intersection(UNIT_COSTS)
    found = {"price", "utilisation", "capex", "life"}
    found |= {"power_price"} if "power_cost" in costs else set()
    found |= {"other_cost"} if costs else set()
    return tuple(name for name in Assumptions.declared if name in found)


def check(case: Case) -> None:
    """Refuse an assumption without a Value that does not follow from the rest of the case."""
    if (table := case.tables.get("infrastructure")) is None:
        return
    names = {field.header.casefold(): name for name, field in Assumptions.declared.items()}
    place = list(table.columns).index("Value")
    known = following(case)
    for key, row in table.rows.items():
        header = str(row.values[0])
        if row.values[place] == "" and names.get(header.casefold()) not in known:
            raise InputError(
                f"tables.infrastructure.{key}.value",
                f"must be given, because {header} does not follow from plant, contracts and "
                "segments",
            )


def check_warrant(case: Case) -> None:
    """Refuse a warrant's tranche that is no security, and a holder that is no customer."""
    held = [(f"tables.customer_warrant.{key}.tranche", str(row.values[0]))
            for key, row in case.tables["customer_warrant"].rows.items()
            ] if "customer_warrant" in case.tables else []  # fmt: skip
    _known(held, [s.name for s in case.securities.values()], "the name of a security")
    holder, contracts = case.scalars.get("warrant_customer"), case.tables.get("customer_contracts")
    if holder is not None and contracts is not None:
        at = list(contracts.columns).index("Customer")
        customers = [str(row.values[at]) for row in contracts.rows.values()]
        _known([("scalars.warrant_customer", str(holder.value))], customers,
               "a customer of tables.customer_contracts")  # fmt: skip


def _known(named: list[tuple[str, str]], known: list[str], what: str) -> None:
    folded = {name.casefold() for name in known}
    for path, name in named:
        if name.casefold() not in folded:
            raise InputError(path, f"must be {what}, not {name!r}{nearest(name, known)}")
