"""Figures of a case whose sizes contradict each other, with what was probably meant.

Impossible values are refused by the bounds of their declarations. This module finds values that
are possible but improbable: billions among millions, an extra digit, years where months are meant.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from model.calendar import MONTHS_PER_YEAR, counted_day
from model.case import copied, derived, lacking
from model.errors import shown

if TYPE_CHECKING:
    from model.case.case import Case

#: Prices of the same share are within this factor of each other.
PRICES_APART = 5.0
#: A company's amounts are within this factor of its revenue, unless their units differ.
APART = 300.0
#: Amounts that may be as small as they like.
SMALL = ("balance_sheet.restricted_cash",)
#: Months below which a term, and years above which a life, is probably in the other unit.
FEW_MONTHS, MANY_YEARS = 10, 30
#: Key of the source that a new case cites before it has been filled in.
PLACEHOLDER = "placeholder"


def warnings(case: Case) -> list[str]:
    """Return a sentence for each figure that is probably not what was meant."""
    checks = (
        *(_prices, _raise, _offer, _amounts, _unused_base, _hurdles, _convertible),
        *(_durations, _balances, copied.warnings, lacking.warnings),
    )
    found = [sentence for check in checks for sentence in check(case)]
    count = sum(figure.source == PLACEHOLDER for figure in case.figures.values())
    if count:
        found.append(f"{count} figures are placeholders not yet replaced from a source.")
    return found


def _prices(case: Case) -> Iterator[str]:
    path, price = case.share_price
    for other, figure in case.price_points.items():
        ratio = figure.number / price.number
        if ratio > 0 and not 1 / PRICES_APART < ratio < PRICES_APART:
            likely = figure.number / 10 ** round(math.log10(ratio))
            yield (
                f"{other} of {shown(figure.number)} is far from {path} of {shown(price.number)}: "
                f"probably {shown(likely)} is meant."
            )
    for key, security in case.securities.items():
        if security.strike and security.strike.number > 10 * PRICES_APART * price.number:
            yield (
                f"securities.{key}.strike of {shown(security.strike.number)} is far above {path} "
                f"of {shown(price.number)}."
            )


def _raise(case: Case) -> Iterator[str]:
    """Yield a price of new shares that would multiply their number."""
    stated, issue = case.funding.get("raise_price"), case.funding.get("raise_issue")
    path, price = case.share_price
    if stated is None or (issue is not None and issue.value == "debt"):
        return
    if stated.number < price.number / (10 * PRICES_APART):
        yield (
            f"funding.raise_price of {shown(stated.number)} is far below {path} of "
            f"{shown(price.number)}: a gap filled with shares at that price multiplies the share "
            "count."
        )


def _unused_base(case: Case) -> Iterator[str]:
    """Yield revenue of the year before in segments from which no revenue follows."""
    for key, segment in case.segments.items():
        base = segment.figures.get("base_revenue")
        grows = {"revenue_growth", "uncontracted_revenue", "price"} & {*segment.figures}
        if base is not None and base.number > 0 and not grows:
            yield (
                f"segments.{key}.base_revenue of {shown(base.number)} is not in the growth of the "
                f"first year: it needs segments.{key}.uncontracted_revenue, 0 if there is none."
            )


def _offer(case: Case) -> Iterator[str]:
    """Yield an offer of more shares than there were."""
    before, sold = (case.offer.get(name) for name in ("shares_before", "shares"))
    if before and sold and before.number < sold.number:
        yield (
            f"offer.shares_before of {shown(before.number)} is below offer.shares of "
            f"{shown(sold.number)}: probably {shown(before.number * 1000)} is meant."
        )


def _amounts(case: Case) -> Iterator[str]:
    """Yield what is thousands of times as large, or as small, as revenue."""
    base, revenue = case.base_path, case.base_revenue
    if not revenue > 0:
        return
    market_value = float(case.dilution.outstanding) * case.share_price[1].number
    amounts = {
        **{f"balance_sheet.{key}": f.number for key, f in case.balance_sheet.items()
           if f.unit == "USD m"},
        **{f"drivers.{key}": case.drivers[key].number for key in ("cash", "debt")
           if key in case.drivers},
        "the market value of the common stock": market_value,
    }  # fmt: skip
    if case.rpo is not None:
        amounts |= {f"rpo.{k}.amount": b.amount.number for k, b in case.rpo.balances.items()}
    for path, amount in amounts.items():
        ratio = amount / revenue
        compared = f"{path} of {shown(amount)} against {base} of {shown(revenue)}"
        if ratio > APART:
            yield (
                f"{compared} is probably in thousands: {shown(amount / 1000)} in USD millions, or "
                "the revenue is in billions."
            )
        # A company may have almost no cash or debt, but not such a small contract balance.
        elif (0 < ratio < 1 / APART and path not in SMALL) or (
            path.startswith("rpo.") and 0 < ratio < 0.1
        ):
            yield f"{compared} is probably in billions: {shown(amount * 1000)} in USD millions."


def _hurdles(case: Case) -> Iterator[str]:
    """Yield market values at which a security vests that are prices of a share."""
    price = case.share_price[1].number
    for key, security in case.securities.items():
        condition = security.condition.value if security.condition else "market value"
        if (
            security.vests_at
            and condition in ("market value", "diluted market value")
            and 0 < security.vests_at.number < 2 * PRICES_APART * price
        ):
            yield (
                f"securities.{key}.vests_at of {shown(security.vests_at.number)} is probably the "
                "price of a share: it is a market value in USD millions."
            )


def _convertible(case: Case) -> Iterator[str]:
    """Yield convertible debt that is not in the debt that its conversion reduces."""
    held = case.dilution
    repaid = float((held.included_count * held.repayment)[held.role["convertible"]].sum())
    debt = derived.drivers(case).get("debt")
    if debt is None:
        debt = case.drivers["debt"].number if "debt" in case.drivers else 0.0
    if repaid > debt * (1 + 1e-9):
        yield (
            f"Convertible debt is repaid at {shown(repaid)}, but drivers.debt is {shown(debt)}: "
            "debt must include it, because conversion removes it."
        )


def _durations(case: Case) -> Iterator[str]:
    """Yield months that are probably years, and years that are probably months."""
    if case.rpo is not None:
        for key, band in case.rpo.opening.bands.items():
            if band.to_month is not None and band.to_month <= FEW_MONTHS:
                yield (
                    f"rpo.opening.bands.{key} ends in month {band.to_month}: probably in year "
                    f"{band.to_month}, which is month {band.to_month * MONTHS_PER_YEAR}."
                )
    for key, table in case.tables.items():
        if table.columns.get("Term") != "months":
            continue
        for name, term in table.column("Term").items():
            if isinstance(term, float) and term <= FEW_MONTHS:
                yield (
                    f"tables.{key}.{name}.term is {shown(term)} months: probably years, which are "
                    f"{shown(term * MONTHS_PER_YEAR)} months."
                )
    for path, figure in case.figures.items():
        if figure.unit == "years" and figure.number > MANY_YEARS:
            yield (
                f"{path} is {shown(figure.number)} years: probably months, which are "
                f"{shown(figure.number / MONTHS_PER_YEAR)} years."
            )


def _balances(case: Case) -> Iterator[str]:
    """Yield balances of two dates, if no cash flow to the valuation date is typed."""
    cash = case.balance_sheet.get("cash")
    if not case.segments or case.rpo is None or cash is None:
        return
    contracted = case.rpo.opening.date.day
    if counted_day(cash.as_of) != counted_day(contracted) and (
        "interim_cash_flow" not in case.drivers
    ):
        yield (
            f"balance_sheet.cash is dated {cash.as_of}, but the cash flow to the valuation date is "
            f"counted from {contracted}, the date of rpo.opening: state it as "
            "drivers.interim_cash_flow."
        )
