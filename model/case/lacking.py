"""Lines that a company reports and that the forecast of its case does not have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from model.case import derived
from model.errors import shown

if TYPE_CHECKING:
    from model.case.case import Case

#: How reports name the pay of employees in shares.
COMPENSATION = ("stock-based compensation", "share-based compensation", "stock compensation")
#: Drivers by which cash that customers paid in advance may be in a forecast.
ADVANCES = ("working_capital", "working_capital_change")


def warnings(case: Case) -> Iterator[str]:
    """Yield a sentence for each reported line without one in the forecast; 0 counts as one."""
    yield from _compensation(case)
    yield from _leases(case)
    yield from _advances(case)


def _compensation(case: Case) -> Iterator[str]:
    """Yield pay in shares that is no cost; without segments it can only be in the margin."""
    table = case.tables.get("non_gaap_bridge")
    if table is None or not case.segments or "stock_compensation" in case.drivers:
        return
    amounts = table.column("Amount")
    for key, line in table.column("Line").items():
        if str(line).casefold() in COMPENSATION:
            yield (
                f"tables.non_gaap_bridge.{key} reports {shown(amounts[key])} of stock "
                "compensation, but the forecast has none: type drivers.stock_compensation, 0 if "
                "other costs include it."
            )


def _leases(case: Case) -> Iterator[str]:
    table = case.tables.get("leases_signed")
    if table is not None and "leases" not in case.drivers:
        yield (
            f"tables.leases_signed has {len(table.rows)} leases, but the bridge to equity has "
            "none: type drivers.leases, 0 if rent is in the margin."
        )


def _advances(case: Case) -> Iterator[str]:
    """Yield cash paid in advance that is said to be in the forecast, and is nowhere in it."""
    counts = case.balance_sheet.get("collected_counts")
    if counts is None or counts.value != "forecast":
        return
    stated = derived.collected(case)
    signed = case.table("customer_contracts").collected.sum() if case.signs else 0.0
    # Without contracts one by one, the cash is of the segment that has the balance.
    of = case.rpo.segment.value if case.rpo is not None and case.rpo.segment else None
    segments = [s.figures for s in case.segments.values() if of in (None, s.name)]
    drivers = {*case.drivers}.union(*segments)
    later = case.rpo is not None and case.rpo.collected is not None
    if stated and not signed and not later and drivers.isdisjoint(ADVANCES):
        yield (
            f"balance_sheet.collected_counts is 'forecast' for {shown(stated)} that customers paid "
            "in advance, but the forecast has no line for it: state rpo.collected, Collected in "
            "tables.customer_contracts, or working capital."
        )
