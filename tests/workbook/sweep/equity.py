"""Dilution in depth: errors across several columns or arguments, and tables of many rows."""

from __future__ import annotations

from datetime import date

from sweep.core import SECURITIES, Table, changed, without

CONDITIONS: Table = [
    ["Tranche", "Count", "Condition", "Threshold", "Full at"],
    ["Loan", 4.459337, "none", None, None],
    ["Value", 5.574171, "market value", 40_000.0, None],
    ["Capacity", 23.411518, "delivered", 0.0, 2_000.0],
    ["Later", 1.0, "date", date(2026, 11, 9), None],
]
OPTIONS: Table = [
    ["Tranche", "Count", "Strike", "Years", "Type"],
    ["Employees", 28.4, 4.97, 4.0, None],
    ["Customer", 33.4, 1e-05, 9.6, "warrant"],
]
POTENTIAL: Table = [
    ["Security", "Type", "Count", "Strike", "Income"],
    ["Options", "option", 28.4, 4.97, None],
    ["Notes", "convertible", 5.0, None, 3.0],
]
CLASSES: Table = [
    ["Class", "Before", "Issued", "Votes", "Transferred"],
    ["A", 0.0, 30.0, 1.0, 10.8],
    ["B", 185.4, 0.0, 20.0, -10.8],
]
LIVES: Table = [
    ["Security", "Years"],
    ["Options", 4.0],
    ["Customer warrant", 9.6],
    ["Notes", 3.0],
]
RELEASES: Table = [
    ["Release", "Date", "Shares"],
    ["Staff", date(2026, 9, 2), 34.2],
    ["Everybody", date(2026, 11, 9), 14.1],
]
TERMS = {
    "volatility": 0.6,
    "risk_free": 0.044,
    "dividend_yield": 0.01,
    "tax_rate": 0.25,
    "adjustment": "payoff",
}

#: Calls with more rows, or more columns, than the published ones.
CALLS = {
    "WARRANT_VESTING": {
        # Those by date and by deliveries would make the arguments below required.
        "tranches": CONDITIONS[:3],
        "price": 185.0,
        "shares": 215.2,
        "as_of": date(2026, 5, 13),
        "delivered": 750.0,
    },
    "OPTION_VALUE_DILUTED": {"price": 185.0, "options": OPTIONS, "shares": 215.2, **TERMS},
    "EQUITY_LESS_OPTIONS": {
        "equity_value": 4e4,
        "price": 185.0,
        "options": OPTIONS,
        "shares": 215.2,
        **TERMS,
    },
    "EQUITY_PER_SHARE_VIEWS": {
        "equity_value": 4e4,
        "securities": SECURITIES,
        "lives": LIVES,
        **TERMS,
    },
    "IPO_OWNERSHIP": {"classes": CLASSES},
}

ALONE = [
    *(
        ("WARRANT_VESTING", "tranches", table, named)
        for table, named in (
            (changed(CONDITIONS, 2, 3, None), "tranches Threshold"),
            # A threshold without a condition.
            (changed(CONDITIONS, 1, 3, 5.0), "tranches Threshold"),
            (changed(CONDITIONS, 4, 3, "9 November"), "tranches Threshold"),
            (changed(CONDITIONS, 4, 3, 46_000.5), "tranches Threshold"),
            # A date where an amount belongs.
            (changed(CONDITIONS, 2, 3, date(2026, 5, 14)), "tranches Threshold"),
            (changed(CONDITIONS, 3, 3, 2_500.0), "tranches Full at"),
            # Pro rata on a market value, and deliveries without their end.
            (changed(CONDITIONS, 2, 4, 50_000.0), "tranches Full at"),
            (changed(CONDITIONS, 3, 4, None), "tranches Full at"),
            (changed(CONDITIONS, 3, 4, "2 GW"), "tranches Full at"),
        )
    ),
    *(
        (function, "options", table, named)
        for function in ("OPTION_VALUE_DILUTED", "EQUITY_LESS_OPTIONS")
        for table, named in (
            (changed(OPTIONS, 1, 2, None), "options Strike"),
            (changed(OPTIONS, 1, 3, None), "options Years"),
            (changed(OPTIONS, 1, 3, 1_460.0), "options Years"),
            (changed(OPTIONS, 1, 3, date(2035, 12, 24)), "options Years"),
            (changed(OPTIONS, 1, 4, "rsu"), "options Type"),
        )
    ),
    *(
        ("EQUITY_PER_SHARE_VIEWS", "lives", table, "lives")
        for table in (
            [["Security", "Years"], ["Optoins", 4.0]],
            [["Security", "Years"], ["Options", None], ["Common", 4.0]],
            [["Security", "Years"], ["Common", 4.0]],
            [["Security", "Years"], ["Options", 4.0], ["options", 5]],
            [["Options", 4.0], ["Common", 9.6]],
            1_460.0,
        )
    ),
    *(
        ("EPS_DILUTED", "securities", table, named)
        for table, named in (
            (changed(POTENTIAL, 1, 1, "common"), "securities Type"),
            (changed(POTENTIAL, 1, 3, None), "securities Strike"),
            (without(POTENTIAL, 3), "securities Strike"),
            (changed(POTENTIAL, 2, 4, None), "securities Income"),
            (changed(POTENTIAL, 2, 3, 100.0), "securities Strike"),
        )
    ),
    *(
        ("IPO_OWNERSHIP", "classes", table, "classes")
        for table in (
            # No votes at all.
            changed(changed(CLASSES, 1, 3, 0.0), 2, 3, 0.0),
            # Transfers that do not sum to zero, and more sold than held.
            changed(CLASSES, 1, 4, 11.0),
            changed(changed(CLASSES, 1, 4, 200.0), 2, 4, -200.0),
        )
    ),
    ("IPO_POST_MONEY", "secondary", 500.0, "secondary"),
    ("IPO_INVESTORS", "secondary", 300.0, "secondary"),
    ("IPO_FLOAT", "releases", changed(RELEASES, 1, 1, date(2012, 5, 17)), "releases Date"),
    ("IPO_FLOAT", "releases", changed(RELEASES, 2, 2, 3_000.0), "releases Shares"),
    ("IPO_FLOAT", "offered", 3_000.0, "offered"),
]
