"""RPO in depth: capacity, contracts, warrants, concentration and back-tests."""

from __future__ import annotations

from datetime import date, datetime

from model.rpo.capacity import Tranches
from model.rpo.contracts import Contracts
from model.rpo.customer_terms import WarrantTranches
from model.rpo.filings import DatedBands, Filings
from sweep.core import changed, with_column, without

CAPACITY = [
    ["Tranche", "MW", "Start", "Term", "Price", "Utilisation", "Ramp months"],
    ["2026", 250.0, 1, 36, 10.9, 0.9, 6],
    ["2027", 250.0, 13, 36, 10.9, 1.0, 0],
]
CONTRACTS = [
    [
        "Customer",
        "Value",
        "Start",
        "Term",
        "Shape",
        "Delay",
        "Probability",
        "Default intensity",
        "Recovery",
        "Renewal",
        "Renewal term",
    ],
    ["Atlas", 2000.0, 1, 36, "flat", 3, 0.9, 0.02, 0.4, 0.5, 24],
    ["Borealis", 600.0, 7, 24, "front", 0, 1.0, 0.0, 0.0, 0.0, None],
    ["Atlas", 300.0, 13, 24, None, 0, 1.0, 0.02, 0.4, 0.0, None],
]
WARRANT = [
    ["Tranche", "Shares", "Fair value", "Vest month", "Included"],
    ["Loan", 4.459337, 82.02, 0, 1.0],
    ["Market value", 5.574171, 82.02, 5, 1.0],
    ["Capacity", 23.411518, 82.02, None, 0.75],
]
FILINGS = [
    ["Date", "Balance", "Recognised"],
    [date(2025, 12, 31), 24_600.0, None],
    [46112, 25_000.0, 193.4],
    [datetime(2026, 6, 30), 25_400.0, 180.1],
]
DATED = [
    ["Date", "From month", "To month", "Share"],
    [46022, 1, 24, 0.15],
    [46022, 25, 48, 0.43],
    [46203, 1, 24, 0.22],
    [46203, 25, 48, 0.43],
]
BANDS = [["From month", "To month", "Share"], [1, 24, 0.15], [25, 48, 0.43]]
PERIODS = {"months_per_period": 3, "final_month": 96}

CALLS = {
    "RPO_CAPACITY": {"tranches": CAPACITY, **PERIODS},
    "RPO_CAPACITY_PRICE": {"balance": 24_600.0, "tranches": CAPACITY},
    "RPO_CONTRACTS": {"contracts": CONTRACTS, **PERIODS},
    "RPO_CONCENTRATION": {"contracts": CONTRACTS, **PERIODS},
    "RPO_CUSTOMER_WARRANT": {
        "tranches": WARRANT,
        "revenue": [100.0, 200.0, 300.0],
        "deliveries": [50.0, 0.0, 200.0],
        "months_per_period": 12,
    },
    "RPO_CUSTOMER_LOAN": {
        "principal": 982.9,
        "rate": 0.06,
        "in_capacity": [100.0, 200.0] + [0.0] * 14,
        "first_instalment": 15,
        "instalments": 3,
        "months_per_period": 3,
    },
    "RPO_COVERAGE": {
        "balance": 24_600.0,
        "bands": BANDS,
        "revenue": 880.0,
        "months": 12,
        "shape": "smooth",
        "final_month": 84,
        "run_rate": 64.0,
    },
    "RPO_DURATION": {
        "balance": 24_600.0,
        "bands": BANDS,
        "shape": "ramp",
        "final_month": 84,
        "timing": "mid",
        "run_rate": 64.0,
    },
    "RPO_PRESENT_VALUE": {
        "balance": 24_600.0,
        "bands": BANDS,
        "rate": 0.12,
        "default_intensity": 0.03,
        "recovery": 0.4,
        "shape": "anchored",
        "final_month": 84,
        "timing": "end",
        "run_rate": 64.0,
        "balance_date": 46_022.0,
        "valuation_date": 46_155.0,
    },
    "RPO_RUN_RATE": {
        "balance": 24_600.0,
        "bands": BANDS,
        "recognised": 193.4,
        "months": 3,
        "scope": "RPO",
        "final_month": 84,
    },
    "RPO_BACKTEST": {
        "filings": FILINGS,
        "bands": DATED,
        "shape": "anchored",
        "final_month": 84,
        "run_rate": 57.0,
    },
    "RPO_BACKTEST_BANDS": {
        "filings": FILINGS,
        "bands": DATED,
        "shape": "back",
        "final_month": 84,
        "run_rate": 57.0,
    },
    "RPO_BACKTEST_SPLIT": {
        "filings": FILINGS,
        "bands": DATED,
        "shape": "anchored",
        "final_month": 84,
        "run_rate": 57.0,
        "contracts": CONTRACTS,
        "origin": 46022.0,
    },
    "RPO_BACKTEST_SHAPES": {
        "filings": FILINGS,
        "bands": DATED,
        "final_month": 84,
        "run_rate": 57.0,
        "contracts": CONTRACTS,
    },
}

#: What the other arguments of the valid call need.
NEEDED = {
    ("RPO_PRESENT_VALUE", "run_rate"),
    ("RPO_PRESENT_VALUE", "balance_date"),
    ("RPO_BACKTEST", "run_rate"),
}

#: What is wrong in a table that no column alone shows; the rest follows from its declaration.
WRONG = {
    Tranches: {
        "a tranche twice": changed(CAPACITY, 2, 0, "2026"),
        "a tranche past all years": changed(CAPACITY, 1, 3, 100_000),
        "a ramp longer than the term": changed(CAPACITY, 1, 6, 37.0),
    },
    Contracts: {
        "a customer that is a number": changed(CONTRACTS, 1, 0, 7.0),
        "a shape that needs neighbours": changed(CONTRACTS, 1, 4, "ramp"),
        "a contract past all years": changed(CONTRACTS, 1, 3, 100_000),
    },
    WarrantTranches: {
        "a tranche twice": changed(WARRANT, 2, 0, "loan"),
        "the name of a result": changed(WARRANT, 1, 0, "Shares vested"),
        "vesting after the last period": changed(WARRANT, 2, 3, 37),
    },
    Filings: {
        "revenue at the first date": changed(FILINGS, 1, 2, 171.0),
        "revenue missing": changed(FILINGS, 2, 2, None),
        "revenue outside at the first date": with_column(FILINGS, "Outside", 1.0, 1.0, 1.0),
        "more outside than revenue": with_column(FILINGS, "Outside", None, 194.0, 1.0),
        "a single filing": FILINGS[:2],
        "another scope": with_column(FILINGS, "Scope", "RPO", "backlog", "RPO"),
        "a date twice": changed(FILINGS, 2, 0, date(2025, 12, 31)),
        "dates that are no months apart": changed(FILINGS, 2, 0, date(2026, 4, 14)),
    },
    DatedBands: {
        "no shares": without(DATED, 3),
        "another scope than the filings'": with_column(DATED, "Scope", *["backlog"] * 4),
        "cumulative shares that decrease": [
            [*DATED[0][:3], "Cumulative share"],
            [46022, 1, 24, 0.5],
            [46022, 25, 48, 0.4],
        ],
        "a date of no filing": changed(DATED, 3, 0, date(2026, 5, 31)),
        "no bands of the first filing": [DATED[0], *DATED[3:]],
        "bands that leave a gap": changed(DATED, 2, 1, 26),
    },
}

ALONE = [
    ("RPO_CAPACITY", "tranches", without(CAPACITY, 4), "tranches"),
    ("RPO_CAPACITY", "tranches", changed(CAPACITY, 1, 0, "revenue"), "tranches"),
    ("RPO_CAPACITY", "tranches", changed(CAPACITY, 1, 4, -1.0), "tranches"),
    ("RPO_CAPACITY", "final_month", 47, "final_month"),
    ("RPO_CAPACITY_PRICE", "balance", -1.0, "balance"),
    ("RPO_CAPACITY_PRICE", "tranches", [CAPACITY[0], ["2026", 0.0, 1, 36, 1.0, 1, 0]], "tranches"),
    ("RPO_CONTRACTS", "contracts", changed(CONTRACTS, 1, 0, "expected"), "customers"),
    ("RPO_CONTRACTS", "final_month", 62, "final_month"),
    ("RPO_CONCENTRATION", "final_month", 62, "final_month"),
    ("RPO_CUSTOMER_WARRANT", "revenue", [100.0, -1.0, 5.0], "revenue"),
    ("RPO_CUSTOMER_WARRANT", "revenue", [0.0, 0.0, 0.0], "revenue"),
    ("RPO_CUSTOMER_WARRANT", "revenue", [100.0, 50.0], "deliveries"),
    ("RPO_CUSTOMER_WARRANT", "deliveries", [1.0, 2.0], "deliveries"),
    ("RPO_CUSTOMER_WARRANT", "deliveries", [0.0, 0.0, 0.0], "deliveries"),
    ("RPO_CUSTOMER_WARRANT", "deliveries", [1.0, -1.0, 3.0], "deliveries"),
    ("RPO_CUSTOMER_LOAN", "principal", -1.0, "principal"),
    ("RPO_CUSTOMER_LOAN", "principal", 100.0, "in_capacity"),
    ("RPO_CUSTOMER_LOAN", "rate", -0.01, "rate"),
    ("RPO_CUSTOMER_LOAN", "in_capacity", [-1.0, 0.0, 0.0, 0.0], "in_capacity"),
    ("RPO_CUSTOMER_LOAN", "in_capacity", [1.0, 0.0], "first_instalment"),
    ("RPO_CUSTOMER_LOAN", "first_instalment", 0, "first_instalment"),
    ("RPO_CUSTOMER_LOAN", "instalments", 9, "instalments"),
    ("RPO_COVERAGE", "balance", -1.0, "balance"),
    ("RPO_COVERAGE", "revenue", 0.0, "revenue"),
    ("RPO_COVERAGE", "final_month", None, "final_month"),
    ("RPO_DURATION", "balance", 0.0, "balance"),
    ("RPO_DURATION", "final_month", 47, "final_month"),
    ("RPO_PRESENT_VALUE", "rate", -1.0, "rate"),
    ("RPO_PRESENT_VALUE", "default_intensity", -0.01, "default_intensity"),
    ("RPO_PRESENT_VALUE", "recovery", 40.0, "recovery"),
    ("RPO_PRESENT_VALUE", "run_rate", None, "run_rate"),
    ("RPO_PRESENT_VALUE", "balance_date", None, "balance_date"),
    ("RPO_PRESENT_VALUE", "valuation_date", 46_000.0, "valuation_date"),
    ("RPO_RUN_RATE", "scope", "backlog", "scope"),
    ("RPO_RUN_RATE", "balance", 0.0, "bands"),
    ("RPO_BACKTEST", "run_rate", -1.0, "run_rate"),
    ("RPO_MULTIPLES", "balance", -1.0, "balance"),
    ("RPO_MULTIPLES", "revenue", 0.0, "revenue"),
    ("RPO_MULTIPLES", "market_value", 0.0, "market_value"),
    ("RPO_BACKTEST", "final_month", None, "final_month"),
    ("RPO_BACKTEST_BANDS", "bands", DATED[:3], "bands"),
    ("RPO_BACKTEST_SPLIT", "origin", 46_112.0, "origin"),
    ("RPO_BACKTEST_SPLIT", "origin", 46_203.0, "origin"),
    ("RPO_BACKTEST_SHAPES", "run_rate", -1.0, "run_rate"),
    ("CONCENTRATION_HHI", "shares", [-1.0, 2.0], "shares"),
    ("CONCENTRATION_HHI", "shares", [0.0, 0.0], "shares"),
    ("CONCENTRATION_HHI", "shares", [62.0, 39.0], "shares"),
    ("CONCENTRATION_HHI", "total", 0.0, "total"),
    ("CONCENTRATION_BOUNDS", "shares", [62.0, 39.0], "shares"),
    ("CONCENTRATION_BOUNDS", "total", 1.0, "shares"),
    ("CONCENTRATION_BOUNDS", "largest_unnamed", 0.0, "largest_unnamed"),
    ("CONCENTRATION_BOUNDS", "largest_unnamed", 101.0, "largest_unnamed"),
    ("CONCENTRATION_TOP", "count", 3, "count"),
    ("CONCENTRATION_TOP", "total", 0.5, "shares"),
]
