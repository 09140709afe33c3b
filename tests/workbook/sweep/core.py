"""The functions of dilution, RPO and DCF; and helpers that corrupt tables."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any

from model.dilution.securities import Securities
from model.rpo.bands import Bands
from model.tables import Table as Declared

Table = list[list[Any]]

SECURITIES: Table = [
    ["Security", "Type", "Count", "Strike", "Included"],
    ["Common", "common", 200.0, None, 1.0],
    ["RSUs", "rsu", 10.0, None, 1.0],
    ["Options", "option", 28.4, 4.97, 1.0],
    ["Customer warrant", "warrant", 33.4, 0.01, 0.3],
    ["Notes", "convertible", 5.0, 200.0, 1.0],
]
BANDS: Table = [["From month", "To month", "Share"], [1, 24, 0.15], [25, 48, 0.43]]
DRIVERS: Table = [
    ["Driver", "Value", 2026.0, 2027.0, 2028.0],
    ["base_revenue", 510.0, None, None, None],
    ["revenue_growth", None, 0.5, 0.4, 0.3],
    ["operating_margin", -0.2, None, None, None],
    ["target_margin", 0.25, None, None, None],
    ["tax_rate", 0.21, None, None, None],
    ["sales_to_capital", 1.5, None, None, None],
    ["wacc", 0.12, None, None, None],
    ["terminal_growth", 0.03, None, None, None],
    ["timing", "mid", None, None, None],
]
REPORTED: Table = [
    ["Line", "Q1", "Q2", "Q3"],
    ["Revenue", 190.0, 200.0, None],
    ["Free cash flow", -30.0, None, None],
]

#: A valid call for every function, with every argument that the sweep is to change.
VALID: dict[str, dict[str, Any]] = {
    "DILUTED_SHARES": {"price": 185.0, "securities": SECURITIES, "method": "treasury"},
    "DILUTED_MARKET_CAP": {"price": 185.0, "securities": SECURITIES, "method": "gross"},
    "PRICE_PER_SHARE": {"equity_value": 4e4, "securities": SECURITIES, "method": "treasury"},
    "DILUTION_BRIDGE": {"price": 185.0, "securities": SECURITIES, "method": "basic"},
    "RPO_BANDS": {"balance": 24_600.0, "bands": BANDS},
    "RPO_SCHEDULE": {
        "balance": 24_600.0,
        "bands": BANDS,
        "months_per_period": 12,
        "shape": "smooth",
        "final_month": 84,
        "run_rate": 64.0,
    },
    "RPO_BY_YEAR": {
        "balance": 24_600.0,
        "bands": BANDS,
        "balance_date": 46_022.0,
        "first_year_end": 46_387.0,
        "years": 10,
        "shape": "flat",
        "final_month": 84,
        "run_rate": 64.0,
        "valuation_date": 46_155.0,
    },
    "RPO_BY_QUARTER": {
        "balance": 24_600.0,
        "bands": BANDS,
        "balance_date": 46_022.0,
        "first_year_end": 46_387.0,
        "quarters": 8,
        "shape": "flat",
        "final_month": 84,
        "run_rate": 64.0,
    },
    "RPO_ROLLFORWARD": {
        "opening": 100.0,
        "bookings": [50.0, 20.0],
        "recognised": [30.0, 40.0],
        "cancelled": [0.0, 5.0],
    },
    "RPO_IMPLIED_BOOKINGS": {"balances": [15.1, 60.7, 70.0], "recognised": [5.13, 6.0]},
    "DCF_FORECAST": {"drivers": DRIVERS, "contracted_revenue": [100.0, 200.0, 300.0]},
    "DCF_QUARTERS": {
        "drivers": DRIVERS,
        "contracted_revenue": [0.0, 200.0, 300.0],
        "quarters": 12,
        "reported": REPORTED,
        "contracted_by_quarter": [0.0, 0.0, 0.0, 0.0],
    },
    "DCF_VALUE": {
        "drivers": DRIVERS,
        "securities": SECURITIES,
        "contracted_revenue": [100.0, 200.0, 300.0],
    },
}


def changed(table: Table, row: int, column: int, cell: Any) -> Table:
    """The table with one cell changed; row 0 is the header."""
    return [
        [cell if (i, j) == (row, column) else c for j, c in enumerate(r)]
        for i, r in enumerate(table)
    ]


def without(table: Table, column: int) -> Table:
    return [[c for j, c in enumerate(r) if j != column] for r in table]


def with_column(table: Table, *cells: Any) -> Table:
    return [[*r, c] for r, c in zip(table, cells, strict=True)]


NOT_CELLS_OF_NUMBERS: dict[str, Any] = {
    "text": "abc",
    "text that looks like a number": "12",
    "NaN": math.nan,
    "infinity": math.inf,
    "minus infinity": -math.inf,
    "TRUE": True,
    "#N/A": "#N/A",
    "#DIV/0!": "#DIV/0!",
    "#SPILL!": "#SPILL!",
    "#FIELD!": "#FIELD!",
    "a date": date(2026, 5, 14),
    "a time": datetime(2026, 5, 14, 9, 30),
    "a list in a list": [[1.0, 2.0], [3.0, 4.0]],
}
NOT_DATES: dict[str, Any] = {
    "text": "abc",
    "text that looks like a date": "2026-05-14",
    "NaN": math.nan,
    "infinity": math.inf,
    "TRUE": True,
    "#N/A": "#N/A",
    "#SPILL!": "#SPILL!",
    "zero": 0.0,
    "a negative number": -1.0,
    "the day that never was": 60.0,
    "a day that Excel and Calc count differently": 59.0,
    "a day and a half": 46000.5,
    "a time": datetime(2026, 5, 14, 9, 30),
    "after all days": 3e6,
}
NOT_TABLES: dict[str, Any] = {
    "a number": 5.0,
    "text": "abc",
    "NaN": math.nan,
    "TRUE": True,
    "#N/A": "#N/A",
    "a date": date(2026, 5, 14),
    "a single row": ["Security", "Type", "Count", "Strike"],
    "nothing": [],
    "an empty row": [[]],
    "empty cells": [[None, None], [None, None]],
}


def not_a_table(valid: Table, misspelt: str) -> dict[str, Any]:
    """What is wrong with any table, made from a valid one."""
    header, *rows = valid
    return NOT_TABLES | {
        "a header without rows": [header],
        "a header and empty rows": [header, [None] * len(header)],
        "no header": rows,
        "ragged rows": [header, *rows[:-1], rows[-1][:-1]],
        "rows that are too long": [header, *rows[:-1], [*rows[-1], 1.0]],
        "a doubled header": with_column(valid, header[0], *(r[0] for r in rows)),
        "a header doubled in another case": with_column(
            valid, header[0].upper() + " ", *(r[0] for r in rows)
        ),
        "a misspelt header": changed(valid, 0, 0, misspelt),
        "an empty header above cells": changed(valid, 0, 0, None),
        "a header that is NaN": changed(valid, 0, len(header) - 1, math.nan),
        "a header that is infinite": changed(valid, 0, len(header) - 1, math.inf),
        "an error in the header": changed(valid, 0, 0, "#REF!"),
        "an error in a row": changed(valid, 1, 0, "#N/A"),
        "a column of the first header missing": without(valid, 0),
        "a row that is no row": [header, *rows[:-1], 5.0],
    }


SECURITY, TYPE, COUNT, STRIKE, INCLUDED = range(5)
FROM, TO, SHARE = range(3)

#: What is wrong in a table that no column alone shows; the rest follows from its declaration.
WRONG: dict[type[Declared], dict[str, Table]] = {
    Securities: {
        "no strikes": without(SECURITIES, STRIKE),
        "a newer error for a name": changed(SECURITIES, 3, SECURITY, "#BLOCKED!"),
        "a strike on common stock": changed(SECURITIES, 1, STRIKE, 10.0),
        "a strike on an RSU": changed(SECURITIES, 2, STRIKE, 10.0),
        "an option without a strike": changed(SECURITIES, 3, STRIKE, None),
        "a warrant with a strike of spaces": changed(SECURITIES, 4, STRIKE, " "),
        "notes without a strike": changed(SECURITIES, 5, STRIKE, None),
        "no strike at all": [[*r[:3], None, r[4]] if i else r for i, r in enumerate(SECURITIES)],
        **{
            f"an empty Included of {row[TYPE]}": changed(SECURITIES, i, INCLUDED, None)
            for i, row in enumerate(SECURITIES[1:], 1)
        },
        "Included above nothing": [[*r[:4], None] if i else r for i, r in enumerate(SECURITIES)],
        "an empty share withheld": with_column(SECURITIES, "Withheld", *[None] * 5),
        "withheld above one": with_column(SECURITIES, "Withheld", None, 44.3, *[None] * 3),
        "withheld below zero": with_column(SECURITIES, "Withheld", None, -0.4, *[None] * 3),
        "withheld from options": with_column(SECURITIES, "Withheld", None, 0.0, 0.4, *[None] * 2),
        "withheld in text": with_column(SECURITIES, "Withheld", None, "44%", *[None] * 3),
        "an empty condition": with_column(SECURITIES, "Vests at", None, 0.0, 0.0, None, 0.0),
        "a negative market value": with_column(SECURITIES, "Vests at", None, 0.0, 0.0, -4e4, 0.0),
        "a condition on common": with_column(SECURITIES, "Vests at", 4e4, *[0.0] * 4),
        "a market value in text": with_column(SECURITIES, "Vests at", None, 0.0, 0.0, "40bn", 0.0),
        "no common stock": [SECURITIES[0], *SECURITIES[2:]],
        "common stock of zero": changed(SECURITIES, 1, COUNT, 0.0),
    },
    Bands: {
        "no shares": without(BANDS, SHARE),
        "shares and amounts that disagree": with_column(BANDS, "Amount", 3690.0, 10000.0),
        "bands that overlap": changed(BANDS, 2, FROM, 24),
        "bands that leave a gap": changed(BANDS, 2, FROM, 26),
        "a first month of zero": changed(BANDS, 1, FROM, 0),
        "a first month of two": changed(BANDS, 1, FROM, 2),
        "an end before the start": changed(BANDS, 2, TO, 24),
        "an open band before the last": changed(BANDS, 1, TO, None),
        "a month past all years": changed(BANDS, 2, TO, 1e7),
        "shares above the whole": changed(BANDS, 2, SHARE, 0.86),
        "cumulative shares that decrease": [
            [*BANDS[0][:2], "Cumulative share"],
            [1, 24, 0.5],
            [25, 48, 0.4],
        ],
        "shares in both ways": with_column(BANDS, "Cumulative share", 0.15, 0.58),
        "two scopes": with_column(BANDS, "Scope", "RPO", "backlog"),
        "shares in percent": changed(BANDS, 2, SHARE, 43.0),
        "a share in text": changed(BANDS, 2, SHARE, "43%"),
        "an empty share": changed(BANDS, 1, SHARE, None),
        "amounts above the balance": [
            ["From month", "To month", "Amount"],
            [1, 24, 3690.0],
            [25, 48, 24_600.0],
        ],
    },
}

#: Drivers that are wrong together, or in their years: what each driver refuses is declared.
WRONG_DRIVERS: dict[str, Table] = {
    "no values": [[r[0]] for r in DRIVERS],
    "an unknown driver": changed(DRIVERS, 7, 0, "wac"),
    "a doubled driver": [*DRIVERS, DRIVERS[7]],
    "an empty driver": changed(DRIVERS, 7, 0, None),
    "a driver that is a number": changed(DRIVERS, 7, 0, 7.0),
    "a driver missing": DRIVERS[:7] + DRIVERS[8:],
    "a driver without a value": changed(DRIVERS, 7, 1, None),
    "a value in text": changed(DRIVERS, 7, 1, "12%"),
    "a value that is NaN": changed(DRIVERS, 7, 1, math.nan),
    "a value that is infinite": changed(DRIVERS, 7, 1, math.inf),
    "a value that is TRUE": changed(DRIVERS, 7, 1, True),
    "a value that is a date": changed(DRIVERS, 7, 1, date(2026, 5, 14)),
    "a value for all years and for one": changed(DRIVERS, 2, 1, 0.4),
    "a year without a value": changed(DRIVERS, 2, 3, None),
    "a path where one number belongs": [
        *DRIVERS[:4],
        ["target_margin", None, 0.1, 0.2, 0.3],
        *DRIVERS[5:],
    ],
    "a value out of bounds": changed(DRIVERS, 7, 1, 12.0),
    "a margin above one": changed(DRIVERS, 3, 1, 25.0),
    "a negative tax rate": changed(DRIVERS, 5, 1, -0.21),
    "an unknown choice": changed(DRIVERS, 9, 1, "middle"),
    "a choice that is a number": changed(DRIVERS, 9, 1, 1.0),
    "years that disagree": [*DRIVERS, ["years", 7.0, None, None, None]],
    "more hold than years": [*DRIVERS, ["wacc_years", 9.0, None, None, None]],
    "half a year": [*DRIVERS, ["margin_years", 1.5, None, None, None]],
    "a year twice": changed(DRIVERS, 0, 3, 2026.0),
    "a year twice in words": changed(DRIVERS, 0, 3, "FY2026E"),
    "a year left out": changed(DRIVERS, 0, 4, 2029.0),
    "periods that do not start with 1": [["Driver", "Value", 2, 3, 4], *DRIVERS[1:]],
    "a period among years": changed(DRIVERS, 0, 2, 1.0),
    "a heading that is no year": changed(DRIVERS, 0, 3, "Next year"),
    "a year of two digits": changed(DRIVERS, 0, 3, "FY27"),
    "half a year above a column": changed(DRIVERS, 0, 3, 2027.5),
    "a year below zero": changed(DRIVERS, 0, 3, -1.0),
    "a year that is a day's number": changed(DRIVERS, 0, 3, 46_752.0),
    "a year that is TRUE": changed(DRIVERS, 0, 3, True),
    "a year that is a date": changed(DRIVERS, 0, 3, date(2027, 12, 31)),
    "cash left blank": [*DRIVERS, ["cash", None, None, None, None]],
    "a timing left blank": changed(DRIVERS, 9, 1, None),
    "growth and a path": [*DRIVERS, ["uncontracted_revenue", 5.0, None, None, None]],
}

#: What is wrong for one function alone: function, argument, value, and what the message names.
ALONE: list[tuple[str, str, Any, str]] = [
    *((f, "price", -1.0, "price") for f in ("DILUTED_SHARES", "DILUTION_BRIDGE")),
    ("DILUTED_MARKET_CAP", "price", -0.01, "price"),
    ("RPO_BANDS", "balance", -1.0, "balance"),
    ("RPO_SCHEDULE", "balance", -1.0, "balance"),
    ("RPO_SCHEDULE", "final_month", None, "final_month"),
    ("RPO_SCHEDULE", "final_month", 47, "final_month"),
    ("RPO_SCHEDULE", "final_month", 48, "final_month"),
    ("RPO_ROLLFORWARD", "opening", -1.0, "opening"),
    ("RPO_ROLLFORWARD", "bookings", [50.0, -1.0], "bookings"),
    ("RPO_ROLLFORWARD", "bookings", [50.0, 20.0, 10.0], "recognised"),
    ("RPO_ROLLFORWARD", "recognised", [30.0, -1.0], "recognised"),
    ("RPO_ROLLFORWARD", "recognised", [300.0, 1.0], "recognised"),
    ("RPO_ROLLFORWARD", "recognised", [30.0, 40.0, 50.0], "recognised"),
    ("RPO_ROLLFORWARD", "cancelled", [0.0, -1.0], "cancelled"),
    ("RPO_ROLLFORWARD", "cancelled", [0.0, 500.0], "recognised"),
    ("RPO_ROLLFORWARD", "cancelled", [0.0, 5.0, 5.0], "cancelled"),
    ("RPO_ROLLFORWARD", "cancelled", [5.0], "cancelled"),
    ("RPO_ROLLFORWARD", "bookings", [50.0], "recognised"),
    ("RPO_ROLLFORWARD", "recognised", [30.0], "recognised"),
    ("RPO_IMPLIED_BOOKINGS", "balances", [15.1], "balances"),
    ("RPO_IMPLIED_BOOKINGS", "balances", 15.1, "balances"),
    ("RPO_IMPLIED_BOOKINGS", "balances", [15.1, -60.7, 70.0], "balances"),
    ("RPO_IMPLIED_BOOKINGS", "recognised", [5.13], "recognised"),
    ("RPO_IMPLIED_BOOKINGS", "recognised", [5.13, -6.0], "recognised"),
    ("DCF_COST_OF_EQUITY", "beta", -9.0, "beta"),
    ("DCF_DISCOUNT_FACTORS", "rates", [], "rates"),
    ("DCF_DISCOUNT_FACTORS", "rates", [0.1, 0.1], "periods"),
    ("DCF_PRESENT_VALUE", "rates", [0.1, 0.1, 0.1], "rates"),
    ("DCF_TERMINAL_GROWTH", "growth", 0.13, "growth"),
    ("DCF_TERMINAL_GROWTH", "rate", 0.02, "growth"),
    ("DCF_TERMINAL_ROIC", "growth", 0.10, "growth"),
    ("DCF_TERMINAL_ROIC", "next_nopat", -0.01, "next_nopat"),
    ("DCF_TERMINAL_ROIC", "roic", 0.02, "growth"),
    ("DCF_TWO_STAGE", "terminal_growth", 0.09, "terminal_growth"),
    ("DCF_TWO_STAGE", "terminal_rate", 0.03, "terminal_growth"),
    ("DCF_H_MODEL", "rate", 0.03, "terminal_growth"),
    ("DCF_STAGES", "rate", [0.1, 0.1], "rate"),
    ("DCF_IMPLIED_GROWTH", "cash_flow", -1e4, "cash_flow"),
    ("DCF_FADE", "hold", 11, "hold"),
    ("DCF_RELEVER", "method", "miles-ezzell", "cost_of_debt"),
    ("DCF_ECONOMIC_PROFIT", "reinvestment", [1.0, 1.0, 1.0], "reinvestment"),
    ("DCF_RESEARCH_CAPITAL", "past", [158.2], "past"),
    ("DCF_TAX_LOSSES", "tax_rate", [0.21, 0.25, 0.25], "tax_rate"),
    ("DCF_FORECAST", "contracted_revenue", [100.0, 200.0], "contracted_revenue"),
    ("DCF_FORECAST", "contracted_revenue", [100.0, -200.0, 300.0], "contracted_revenue"),
    ("DCF_QUARTERS", "quarters", 13, "quarters"),
    ("DCF_QUARTERS", "reported", changed(REPORTED, 1, 1, None), "reported Q2"),
    ("DCF_QUARTERS", "reported", changed(REPORTED, 1, 1, 1e5), "reported Revenue"),
    ("DCF_QUARTERS", "contracted_by_quarter", [25.0] * 3, "contracted_by_quarter"),
    ("DCF_QUARTERS", "contracted_by_quarter", [30.0] * 4, "contracted_by_quarter"),
    ("DCF_VALUE", "contracted_revenue", [100.0, 200.0], "contracted_revenue"),
    ("DCF_SENSITIVITY", "row_driver", "margn", "row_driver"),
    ("DCF_SENSITIVITY", "row_driver", "timing", "row_driver"),
    ("DCF_SENSITIVITY", "column_driver", "operating_margin", "column_driver"),
    ("DCF_SENSITIVITY", "row_values", [7.0, 9.0], "operating_margin"),
    ("DCF_SENSITIVITY", "row_values", [0.1 + i / 1e5 for i in range(600_000)], "row_values"),
    ("DCF_SENSITIVITY", "output", "value per shar", "output"),
    ("DCF_TORNADO", "output", "value per shar", "output"),
    ("DCF_TORNADO", "ranges", [["Input", "Low", "High"], ["wac", 0.1, 0.2]], "ranges Input"),
    ("DCF_TORNADO", "ranges", [["Input", "Low", "High"], ["wacc", 0.2, 0.1]], "ranges Low"),
    (
        "DCF_TORNADO",
        "ranges",
        [["Input", "Low", "High"], ["wacc", 8.0, 10.0]],
        "ranges, wacc at either end",
    ),
    ("DCF_SCENARIOS", "output", "value per shar", "output"),
    *(
        ("DCF_SCENARIOS", "scenarios", [["Scenario", "Input", "Value", "Weight"], *rows], where)
        for rows, where in (
            ([["Base", None, None, 1.0], ["Bear", "wac", 0.1, 0.0]], "scenarios Input"),
            ([["Base", None, None, 0.5], ["Bear", "wacc", 0.12, 0.4]], "scenarios Weight"),
            ([["Base", None, None, 1.0], ["Bear", "wacc", 0.12, None]], "scenarios Bear"),
            ([["Bull", "wacc", 0.1, 1.0]], "scenarios"),
            ([["Base", None, None, 1.0], ["Bear", "wacc", 12.0, 0.0]], "scenarios Bear: wacc"),
        )
    ),
    ("DCF_REVERSE", "solve_for", "margn", "solve_for"),
    ("DCF_REVERSE", "solve_for", "timing", "solve_for"),
    ("DCF_REVERSE", "solve_for", "RPO conversion", "solve_for"),
    ("DCF_REVERSE", "solve_for", "net retention", "solve_for"),
    ("DCF_REVERSE", "price", [1.0, 0.0], "price"),
    ("DCF_TARGET_PRICE", "dividends", 1e6, "dividends"),
    ("DCF_TARGET_PRICE", "months", 0.0, "months"),
    *(
        (f, "drivers", table, r"(drivers|[a-z]+_[a-z_]+|wacc|timing|years)")
        for f in ("DCF_FORECAST", "DCF_VALUE")
        for table in WRONG_DRIVERS.values()
    ),
    ("DCF_VALUE", "drivers", changed(DRIVERS, 8, 1, 0.12), "terminal_growth"),
    ("DCF_VALUE", "drivers", changed(DRIVERS, 8, 1, 0.13), "terminal_growth"),
]
