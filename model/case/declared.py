"""Figures that a case may contain, each declared once: unit, label, meaning, bounds."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from typing import get_args

from model.calendar import LAST_MONTH, QUARTERS
from model.case.parts import KINDS, QUALITIES
from model.dilution.raises import Issue
from model.fields import Field, Kind
from model.rpo.schedule import SHAPE_NAMES

#: No company's figure lies beyond these bounds: such a number is in another unit.
WITHIN: dict[str, tuple[float, float]] = {
    "USD m": (-10_000_000, 10_000_000),
    "USD": (-10_000_000, 10_000_000),
    "m shares": (0, 1_000_000),
    "fraction": (-10, 10),
    "ratio": (-100_000, 100_000),
    "years": (0, LAST_MONTH / 12),
    "months": (0, LAST_MONTH),
    "MW": (0, 1_000_000),
    "kW": (0, 1_000_000),
    "count": (0, 1e15),
}
#: Dates that a case may contain.
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2199, 12, 31)
#: The longest name, as opposed to text to be read, in a case.
NAME_LENGTH = 255


def within(declared: Field) -> Field:
    """Bound a declared number by its unit if its declaration does not."""
    low, high = WITHIN.get(declared.unit, (declared.low, declared.high))
    if declared.kind not in ("number", "whole"):
        return declared
    return replace(
        declared,
        low=low if max(declared.low, declared.above) == -math.inf else declared.low,
        high=high if min(declared.high, declared.below) == math.inf else declared.high,
    )


def _field(unit: str, label: str, meaning: str = "", **more: object) -> Field:
    kinds: dict[str, Kind] = {"name": "text", "date": "date"}
    kind = "choice" if "choices" in more else "whole" if more.pop("whole", False) else kinds.get(
        unit, "number"
    )  # fmt: skip
    return within(Field(unit, label, meaning, kind=kind, **more))  # type: ignore[arg-type]


def _named(fields: dict[str, Field]) -> dict[str, Field]:
    return {name: replace(declared, name=name) for name, declared in fields.items()}


def money(label: str, meaning: str = "", **more: object) -> Field:
    """Declare an amount in USD millions."""
    return _field("USD m", label, meaning, **more)


def part(label: str, meaning: str = "") -> Field:
    """Declare a part of a whole."""
    return _field("fraction", label, meaning, low=0.0, high=1.0)


def rate(label: str, meaning: str = "") -> Field:
    """Declare an annual rate."""
    return _field("fraction", label, meaning, low=-1.0, high=1.0)


def amount(unit: str, label: str, meaning: str = "", **more: object) -> Field:
    """Declare a number that is not negative."""
    return _field(unit, label, meaning, low=0.0, **more)


COMPANY = _named({
    "valuation_date": _field("date", "Valuation date"),
    "first_year_end": _field("date", "End of the first forecast year"),
})  # fmt: skip

#: By how much a total may differ from its parts.
TOLERANCE = amount("ratio", "Tolerance")

#: For a company that offers shares.
OFFER = _named({
    "price": _field("USD", "Offer price", above=0.0),
    "shares_before": _field(
        "m shares", "Shares before the offer, preferred stock as converted", above=0.0
    ),
    "shares": amount("m shares", "Shares offered, without over-allotment"),
    "over_allotment": amount("m shares", "Over-allotment option"),
    "over_allotment_counts": _field(
        "name", "Over-allotment in proceeds and share count: included or excluded",
        choices=("excluded", "included"),
    ),
    "secondary": amount("m shares", "Shares that holders sell in the offer"),
    "spread": part("Underwriting discount, of gross proceeds"),
    "expenses": money("Offering expenses", low=0.0),
    "first_range_shares": amount("m shares", "Shares after the offer, first terms"),
    "first_range_offered": amount("m shares", "Shares offered, first terms"),
    "first_range_rsus": amount("m shares", "RSU shares issued at closing, first terms"),
    "rsus_converting": amount("m shares", "RSUs before net settlement"),
    "rsus_issued": amount("m shares", "RSU shares issued at closing"),
    "rsus_withheld": amount("m shares", "RSU shares withheld for tax at closing"),
    "warrant_total": amount("m shares", "The customer's warrant, all tranches"),
})  # fmt: skip

#: For a listed company.
PRICE = _named({"share": _field("USD", "Share price", above=0.0)})

BALANCE_SHEET = _named({
    "cash": money("Cash and equivalents", low=0.0),
    "restricted_cash": money("Restricted cash", low=0.0),
    "restricted_cash_counts": _field(
        "name", "Restricted cash in the cash of the bridge: included or excluded",
        choices=("included", "excluded"),
    ),
    "investments": money("Investments", low=0.0),
    "borrowings": money("Borrowings", low=0.0),
    "customer_deposits": money("Customer deposits", low=0.0),
    "deferred_revenue": money("Deferred revenue", low=0.0),
    "collected_counts": _field(
        "name", "Cash collected before delivery: a claim, or in the forecast of its contracts",
        choices=("claim", "forecast"),
    ),
})  # fmt: skip

#: A further price at which dilution is shown; the case says which one it is.
FURTHER_PRICE = amount("USD", "Price")

COST_OF_CAPITAL = _named({
    "risk_free": rate("Risk free"),
    "beta": _field("ratio", "Beta", low=-100.0, high=100.0),
    "equity_risk_premium": rate("Equity risk premium"),
    "size_premium": rate("Size premium"),
    "country_premium": rate("Country premium"),
    "cost_of_debt": rate("Cost of debt"),
    "tax_rate": part("Tax rate"),
})  # fmt: skip

#: How the years are funded. What a case leaves out may be typed all the same.
FUNDING = _named({
    "minimum_cash": money("Minimum cash", "Cash that the company keeps at each year end.", low=0.0),
    "interest_on_cash": _field(
        "fraction", "Interest on cash, a year", low=0.0, high=1.0, default=0.0
    ),
    "raise_price": _field(
        "USD", "Price at which a gap is filled",
        "After costs: of a share, or of debt worth one dollar, so that 1 is debt at the market "
        "rate.",
        above=0.0, default=None,
        otherwise="The model's value per share at that time, or 1 for debt: nothing changes",
    ),
    "raise_issue": _field(
        "name", "What fills a gap: shares or debt", choices=get_args(Issue), default="shares"
    ),
})  # fmt: skip

RPO = _named({
    "shape": _field("name", "Shape within a band", choices=SHAPE_NAMES),
    "final_month": _field("months", "Final month of the last band", low=1, whole=True),
})  # fmt: skip
#: What a balance may state further. The shape anchored begins at the run rate; what follows the
#: scopes is for a company with segments that lists no contracts.
RPO_FURTHER = _named({
    "run_rate": money("Run rate, a month", "Revenue last recognised from the same scope.", low=0.0),
    "scope": _field(
        "name", "Scope of the balance",
        "RPO; or for example the company's backlog, or RPO without the largest contract.",
    ),
    "run_rate_scope": _field(
        "name", "Scope of the run rate", "It must be the scope of the balance."
    ),
    "segment": _field("name", "Segment to which the balance belongs"),
    "recognised_in_year": money(
        "Recognised in the first forecast year before the balance date",
        "Revenue of the same contracts, which counts in the year and is not valued.", low=0.0,
    ),
    "collected": money(
        "Part of the balance collected already",
        "Deferred revenue: its cash has already been received.", low=0.0,
    ),
})  # fmt: skip
BALANCE = _named({
    "date": _field("date", "Balance date"),
    "amount": money("Balance", low=0.0),
    "recognised": money("Revenue since the balance before"),
    "outside": money(
        "Part of that revenue that never was in the balance",
        "Part of recognised that was never in the balance, such as on-demand use: 0 if "
        "there is none, left out if it is not disclosed.", low=0.0,
    ),
    # That of the opening balance is the section's own.
    "run_rate": RPO_FURTHER["run_rate"],
})  # fmt: skip
#: How a band states its share: its own, or with that of the bands before it.
SHARES = _named({
    "share": part("Share"),
    "cumulative_share": part("Cumulative share", "Recognised by the end of the band."),
})  # fmt: skip
MONTH = _field("months", "Month", "Months count from the balance date.", low=1, whole=True)

SCALARS = _named({
    "largest_unnamed": part("Largest share that an unnamed customer can have"),
    "customer_default_intensity": amount(
        "fraction", "Default intensity of the contracts' customers, a year"
    ),
    "customer_recovery": part("Share of revenue due after a default that is still earned"),
    "loan_principal": money("Customer's working capital loan, principal", low=0.0),
    "loan_rate": rate("Customer's loan, interest"),
    "loan_first_instalment": _field(
        "months", "Customer's loan, first instalment, month from the balance date", low=1,
        whole=True,
    ),
    "loan_instalments": _field(
        "count", "Customer's loan, number of yearly instalments", low=1, high=100, whole=True
    ),
    "warrant_customer": _field("name", "The customer that holds the warrant"),
    "system_power": _field("kW", "Power of a system", above=0.0),
    "system_cost": money("Cost of the next system", low=0.0),
    "system_cost_low": money("Cost of a system, lowest published", low=0.0),
    "system_price": money("Price of a system", low=0.0),
    "system_price_high": money("Price of a system, highest published", low=0.0),
    "learning_curve": part("Cost after each doubling, as a share of the cost before"),
    "systems_before": amount("count", "Systems made before"),
    "tokens_per_second": amount("count", "Tokens a second of a system in full use, all users"),
    "token_provider": _field("name", "The company's name in the table of token offers"),
    "target_gross_margin": _field(
        "fraction", "Gross margin, company's long-term target", low=-100.0, high=1.0
    ),
    "share_year": _field(
        "year", "Year in which shares of the market are taken", low=1900, high=9999, whole=True
    ),
    "leader_sales": money("Sales of the market's leader, of a quarter", low=0.0),
    "leader_data_centre": money("Its sales to data centres", low=0.0),
    "token_multiple": _field(
        "ratio", "Tokens at the end over tokens at the start", above=0.0
    ),
    "token_years": _field("years", "Years of that growth", above=0.0, high=100.0),
    "revenue_since": money("Revenue since the base year", low=0.0),
    "revenue_before": money("Revenue of the same period a year earlier", low=0.0),
    "comparable_revenue": money("Revenue of the last twelve months", low=0.0),
    "comparable_gross_profit": money("Gross profit of the last twelve months"),
    "comparable_ebitda": money("EBITDA of the last twelve months"),
    "comparable_earnings": money("Net income of the last twelve months"),
    "non_gaap": money("Non-GAAP net income of the last year, as published"),
    "non_gaap_before": money("Non-GAAP net income of the year before, as published"),
    "eps_income": money("Net income of the period that EPS is shown for"),
    "eps_shares": _field("m shares", "Weighted average shares of that period", above=0.0),
    "eps_price": amount("USD", "Average share price of that period"),
    "book_value_before": money("Net tangible book value before the offer, pro forma"),
    "existing_paid": money("What existing holders paid the company for their shares", low=0.0),
    "distress_proceeds": part("Proceeds of a sale in failure, as a share of going-concern value"),
})  # fmt: skip

#: Keys of the sections whose entries a case names itself, each with its own; the value of a
#: published figure has the unit of its line.
ENTRIES: dict[str, dict[str, Field]] = {
    "prices": _named(
        {
            "label": _field("name", "Label", "What the price refers to."),
            "value": replace(FURTHER_PRICE, meaning="The price."),
        }
    ),
    "published": _named(
        {
            "label": _field("name", "Label", "What was published."),
            "line": _field(
                "name",
                "Line",
                "Line of the results to compare it with: of the forecast, such as revenue, with "
                "a year; of its quarters, with a quarter too; of the value, such as "
                "value_per_share, with neither.",
            ),
            "value": _field("unit of the line", "Value", "As published."),
            "year": _field(
                "count",
                "Year",
                "A fiscal year of the forecast.",
                low=1990,
                high=2199,
                whole=True,
                default=None,
            ),
            "quarter": _field(
                "count",
                "Quarter",
                "Quarter of that year.",
                low=1,
                high=QUARTERS,
                whole=True,
                default=None,
            ),
            "kind": _field("name", "Kind", "Who published it.", choices=KINDS, default=None),
        }
    ),
    "sources": _named(
        {
            "title": _field("name", "Title", "What it is, with its date."),
            "form": _field("name", "Form", "Of a filing, such as 10-K.", default=None),
            "filed": _field("date", "Filed", "The day on which it became public.", default=None),
            "address": _field("name", "Address", "Where it can be read.", default=None),
            "page": _field("name", "Page", "The page.", default=None),
            "tag": _field("name", "Tag", "The XBRL tag.", default=None),
            "context": _field("name", "Context", "The context of the tag.", default=None),
            "company": _field(
                "name", "Company", "Ticker of the company that it describes.", default=None
            ),
            "quality": _field(
                "name", "Quality", "That of its figures.", choices=QUALITIES, default=None
            ),
            "as_of": _field("date", "As of", "The day to which its figures refer.", default=None),
        }
    ),
}
