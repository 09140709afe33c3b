"""Funding: commitments by year, facilities, covenants and raises."""

from __future__ import annotations

from typing import Any

from model.dcf.commitments import Commitments, Facilities
from model.tables import Table as Declared
from sweep.core import Table, changed, with_column

COMMITMENTS: Table = [
    ["Commitment", "Kind", "Balance", "Rate", 2026.0, 2027.0],
    ["Halls", "lease", 100.0, None, 10.0, 20.0],
    ["Chips", "purchase", 300.0, None, 300.0, 0.0],
    ["Loan", "debt", 900.0, 0.1, 200.0, 300.0],
]
FACILITIES: Table = [
    ["Facility", "Limit", "Drawn", "Rate", "Expiry"],
    ["Term", 400.0, 0.0, 0.09, 2030],
    ["Revolver", 300.0, 50.0, 0.06, 2027],
]
COVENANTS: Table = [
    ["Covenant", "Measure", "Limit"],
    ["Liquidity", "liquidity", 100.0],
    ["Leverage", "net debt to EBITDA", 6.0],
]

CALLS = {
    "DCF_FUNDING": {
        "cash_flows": [-500.0, 300.0],
        "cash": 700.0,
        "minimum_cash": 100.0,
        "commitments": COMMITMENTS,
        "facilities": FACILITIES,
        "offer_proceeds": 50.0,
        "raised": [0.0, 20.0],
        "interest_on_cash": 0.04,
        "covenants": COVENANTS,
        "ebitda": [200.0, 300.0],
        "cash_to_valuation": -20.0,
        "years_to_valuation": 0.25,
        "stub": 0.75,
    },
    "EQUITY_AFTER_RAISE": {
        "equity_value": 5_000.0,
        "shares": 100.0,
        "amount": [250.0, 100.0],
        "price": [40.0, 45.0],
        "cost_of_equity": 0.12,
        "years": [1.0, 2.0],
        "issue": "shares",
    },
}

WRONG: dict[type[Declared], dict[str, Table]] = {
    Commitments: {
        "a loan without a rate": changed(COMMITMENTS, 3, 3, None),
        "a rate of a lease": changed(COMMITMENTS, 1, 3, 0.1),
        "more due than is owed": changed(COMMITMENTS, 3, 2, 499.0),
        "a payment that comes in": changed(COMMITMENTS, 3, 4, -1.0),
        "an empty payment": changed(COMMITMENTS, 1, 5, None),
        "a payment in text": changed(COMMITMENTS, 1, 5, "20m"),
        "a year twice": changed(COMMITMENTS, 0, 5, "FY2026"),
        "a year that is missing": changed(COMMITMENTS, 0, 5, 2028.0),
        "no year": changed(COMMITMENTS, 0, 5, "Later"),
        "a further year": with_column(COMMITMENTS, 2028.0, 0.0, 0.0, 0.0),
        "no years at all": [row[:4] for row in COMMITMENTS],
    },
    Facilities: {
        "more drawn than can be": changed(FACILITIES, 2, 2, 301.0),
        "an end before the first year": changed(FACILITIES, 2, 4, 2025),
        "an end in another count": changed(FACILITIES, 2, 4, 2),
    },
}

#: What is wrong for one function alone: function, argument, value, and what the message names.
ALONE: list[tuple[str, str, Any, str]] = [
    ("DCF_FUNDING", "cash_flows", [1.0, 2.0, 3.0], "commitments"),
    ("DCF_FUNDING", "raised", [1.0], "raised"),
    ("DCF_FUNDING", "ebitda", [1.0], "ebitda"),
    ("DCF_FUNDING", "ebitda", None, "ebitda"),
    ("EQUITY_AFTER_RAISE", "price", [1.0, 2.0, 3.0], "price"),
    ("EQUITY_AFTER_RAISE", "years", [1.0, 2.0, 3.0], "years"),
    ("EQUITY_AFTER_RAISE", "years", [2.0, 1.0], "years"),
    ("EQUITY_AFTER_RAISE", "amount", [1.0, 2.0, 3.0], "price"),
]

#: Optional arguments that another argument of the valid call makes necessary.
NEEDED = {("DCF_FUNDING", "ebitda"), ("DCF_FUNDING", "commitments")}
