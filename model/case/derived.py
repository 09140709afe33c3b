"""What follows from other figures of a case: cash, debt and claims, the offer, share counts.

Each is stated once: a case that gives the facts must not give what follows from them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from model.case.parts import Security
from model.dilution.ipo import Offer, ipo_offer
from model.dilution.securities import PRO_RATA
from model.errors import InputError

if TYPE_CHECKING:
    from model.case.case import Case

#: Figures of an offer from which its proceeds and the share count follow: all of them, or none.
TERMS = ("shares_before", "shares", "spread", "expenses")
#: RSUs that settle at the offer: both figures, or neither.
SETTLED = ("rsus_issued", "rsus_withheld")
#: RSUs before the offer, from which the rest follows.
REMAINING = ("rsus_converting", *SETTLED)
#: Cash that customers paid before delivery.
COLLECTED = ("customer_deposits", "deferred_revenue")
#: Which figures state how others count.
COUNTED_BY = {"restricted_cash": "restricted_cash_counts"} | dict.fromkeys(
    COLLECTED, "collected_counts"
)
#: Drivers that follow from the balance sheet: from any of these figures, and what else moves them.
BALANCE = {
    "cash": (("cash",), "balance_sheet.cash, with restricted cash, investments and later events"),
    "debt": (("borrowings",), "balance_sheet.borrowings, with later events"),
    "other_claims": (COLLECTED, "balance_sheet.customer_deposits and deferred_revenue"),
}
#: What is no key of a case, because it always follows.
NEVER_GIVEN = {
    "offer.gross_proceeds": "offer.price and offer.shares",
    "offer.discount": "offer.price, offer.shares and offer.spread",
    "offer.rsu_tax": "offer.price and offer.rsus_withheld",
}


def follows(tree: Mapping[str, Any]) -> dict[str, str]:
    """Return what follows from the figures that a case states, and from which, by path.

    Parameters
    ----------
    tree : mapping
        A case's sections by name, each with its figures by key.

    Examples
    --------
    >>> follows({"balance_sheet": {"cash": 120, "borrowings": 40}})["drivers.debt"]
    'balance_sheet.borrowings, with later events'
    """
    offer, balance = (_section(tree, name) for name in ("offer", "balance_sheet"))
    found = {
        f"drivers.{name}": source
        for name, (figures, source) in BALANCE.items()
        if any(key in balance for key in figures)
    }
    if any(name in offer for name in TERMS):
        found["drivers.offer_proceeds"] = "the terms in [offer]"
        securities = _section(tree, "securities")
        if common := following(securities, "common"):
            found[f"securities.{common}.count"] = "offer.shares_before, shares sold and RSUs issued"
        remaining = "rsus_converting" in offer and any(name in offer for name in SETTLED)
        if remaining and (rsus := following(securities, "rsu")):
            found[f"securities.{rsus}.count"] = (
                "offer.rsus_converting, rsus_issued and rsus_withheld"
            )
    return found


def refuse_given(tree: Mapping[str, Any]) -> dict[str, InputError]:
    """Return an error for each figure given that follows from others, or is given in part."""
    found = {}
    for path, source in (follows(tree) | NEVER_GIVEN).items():
        *parents, leaf = path.split(".")
        node: Any = tree
        for step in parents:
            node = _section(node, step)
        if leaf in node:
            found[path] = InputError(path, f"must not be given, because it follows from {source}")
    offer, balance = (_section(tree, name) for name in ("offer", "balance_sheet"))
    for names in (TERMS, SETTLED):
        missing = [name for name in names if name not in offer]
        if missing and len(missing) < len(names):
            given = next(name for name in names if name in offer)
            found[f"offer.{missing[0]}"] = InputError(
                f"offer.{missing[0]}", f"must be given with offer.{given}"
            )
    for name, how in COUNTED_BY.items():
        if name in balance and how not in balance:
            place = f"balance_sheet.{how}"
            found.setdefault(place, InputError(place, f"must be given with balance_sheet.{name}"))
    return found


def drivers(case: Case) -> dict[str, float]:
    """Return the drivers that follow from a case's balance sheet and offer.

    Examples
    --------
    >>> from model.case.case import load
    >>> {name: round(number, 2) for name, number in drivers(load("cerebras")).items()}
    {'cash': 2706.7, 'debt': 1005.0, 'offer_proceeds': 4964.46}
    """
    found = _balance(case)
    made = offer(case)
    if made is not None:
        found["offer_proceeds"] = float(made.cash_kept[counted(case)])
    return found


def _balance(case: Case) -> dict[str, float]:
    """Return the drivers that follow from the balance sheet and the events after it."""
    sheet = {k: f.value for k, f in case.balance_sheet.items()}
    events = _events(case)
    found: dict[str, float] = {}
    if "cash" in sheet:
        own = _sum(sheet, ["cash", "investments"])
        found["cash"] = own + restricted_cash(case) + events["cash"]
    if "borrowings" in sheet:
        found["debt"] = _sum(sheet, ["borrowings"]) + events["borrowings"]
    if any(name in sheet for name in COLLECTED):
        claim = sheet["collected_counts"] == "claim"
        found["other_claims"] = claim * (collected(case) + events["collected"])
    return found


def restricted_cash(case: Case) -> float:
    """Return the restricted cash that counts as cash."""
    sheet = {k: f.value for k, f in case.balance_sheet.items()}
    return (sheet.get("restricted_cash_counts") == "included") * _sum(sheet, ["restricted_cash"])


def collected(case: Case) -> float:
    """Return the cash that customers paid before delivery, without later events."""
    return _sum({k: f.value for k, f in case.balance_sheet.items()}, COLLECTED)


def of_balance_date(case: Case) -> bool:
    """Tell whether that cash is of the day from which the months of contracts count."""
    figures = [case.balance_sheet[key] for key in COLLECTED if key in case.balance_sheet]
    return case.rpo is not None and all(f.as_of == case.rpo.opening.date.day for f in figures)


def offer(case: Case) -> Offer | None:
    """Return the offer, without and with the over-allotment, where the case states its terms."""
    terms = {name: figure.value for name, figure in case.offer.items()}
    if not all(name in terms for name in TERMS):
        return None
    withheld, issued = (_number(terms, name) for name in reversed(SETTLED))
    settled = issued + withheld
    return ipo_offer(
        terms["price"],
        _balance(case).get("cash", _typed_cash(case)),
        terms["shares_before"],
        terms["shares"],
        _number(terms, "over_allotment"),
        _number(terms, "secondary"),
        terms["spread"],
        terms["expenses"],
        settled,
        withheld / settled if settled else 0.0,
    )


def counted(case: Case) -> int:
    """Return which column of the offer counts: 1 if the over-allotment is included."""
    named = case.offer.get("over_allotment_counts")
    return int(named is not None and named.value == "included")


def counts(case: Case) -> dict[str, float]:
    """Return the count of each security, of those that follow from the offer too."""
    found = {
        key: s.figures["count"].number if s.figures.get("count") else np.nan
        for key, s in case.securities.items()
    }
    made = offer(case)
    common, rsus = (following(case.securities, kind) for kind in ("common", "rsu"))
    if made is not None and common:
        found[common] = float(made.shares_after[counted(case)])
    if made is not None and rsus and all(name in case.offer for name in REMAINING):
        settled = sum(case.offer[name].number for name in SETTLED)
        found[rsus] = case.offer["rsus_converting"].number - settled
    return found


def measured(case: Case, security: Security) -> float | date | None:
    """Return what a security's condition compares, where it follows from the case."""
    condition = security.figures.get("condition")
    named = condition.value if condition else None
    if named == "date":
        return case.company.valuation_date.day
    delivered = named in ("delivered", PRO_RATA) and "plant" in case.tables
    return contracted_megawatts(case) if delivered else None


def contracted_megawatts(case: Case) -> float:
    """Return the megawatts of plant that serves contracts."""
    plant = case.tables["plant"]
    if "Contract" not in plant.fields:
        return 0.0
    megawatts, contracts = plant.column("MW"), plant.column("Contract")
    served = [megawatts[key] for key, contract in contracts.items() if contract]
    return sum(each for each in served if isinstance(each, float))


def otherwise(security: Security, name: str, default: Any) -> Any:
    """Return what stands for a figure that a case leaves out of a security.

    Convertible debt is repaid at par; preferred stock has no preference.
    """
    if name == "repayment" and security.type == "convertible":
        return security.figures["strike"].number
    return 0.0 if name == "repayment" and security.type == "preferred" else default


def following(securities: Mapping[str, Any], kind: str) -> str | None:
    """Return the security of a type whose count follows: the first without one, else the first."""
    of_kind: dict[str, bool] = {}
    for key, each in securities.items():
        stated = {"type": each.type, **each.figures} if isinstance(each, Security) else each
        if isinstance(stated, Mapping) and stated.get("type") == kind:
            of_kind[key] = "count" in stated
    return min(of_kind, key=lambda key: of_kind[key], default=None)


def _section(tree: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = tree.get(name)
    return found if isinstance(found, Mapping) else {}


def _events(case: Case) -> dict[str, float]:
    """Sum what happened between the balance sheet and the valuation date."""
    found = dict.fromkeys(("cash", "borrowings", "collected"), 0.0)
    if (table := case.tables.get("balance_events")) is None:
        return found
    for row in table.rows.values():
        of: dict[str, Any] = dict(zip(map(str.lower, table.fields), row.values, strict=True))
        if of["date"] <= case.company.valuation_date.day:
            for name in found:
                found[name] += of.get(name, 0.0)
    return found


def _typed_cash(case: Case) -> float:
    typed = case.drivers.get("cash")
    return typed.number if typed else 0.0


def _sum(of: Mapping[str, Any], names: Collection[str]) -> float:
    return float(sum(of.get(name, 0.0) for name in names))


def _number(of: Mapping[str, Any], name: str) -> float:
    return float(of.get(name, 0.0))
