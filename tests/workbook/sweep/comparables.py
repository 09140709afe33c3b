"""Stages, leverage, comparables and returns."""

from __future__ import annotations

import math
from datetime import date

from sweep.core import NOT_DATES, SECURITIES, changed, not_a_table, with_column, without

PEERS = [
    ["Company", "EV", "Market value", "Revenue", "EBITDA", "Earnings", "Growth", "Margin"],
    ["NVIDIA", 4780.0, 4820.0, 253.49, 150.0, 130.0, 0.852, 0.7415],
    ["AMD", 839.01, 847.49, 37.454, 8.0, 5.0, 0.35, 0.5306],
    ["Broadcom", 1860.0, 1820.0, 75.47, 50.0, None, 0.48, 0.7628],
    ["Astera Labs", 50.19, 51.37, 1.0014, -0.1, -0.2, 0.93, 0.763],
    ["Super Micro", 27.72, 27.72, 33.7, 2.0, None, 1.227, 0.099],
]
RANGES = [
    ["Method", "Low", "High", "Middle"],
    ["First range", 115.0, 125.0, None],
    ["Discounted cash flow", 82.0, 155.0, 108.0],
]
EV, MARKET_VALUE, REVENUE, EBITDA, EARNINGS, GROWTH, MARGIN = range(1, 8)
LOW, HIGH, MIDDLE = range(1, 4)

CALLS = {
    "COMPS_MULTIPLES": {"peers": PEERS},
    "COMPS_QUARTILES": {"peers": PEERS},
    "COMPS_REGRESSION": {"peers": PEERS},
    "COMPS_PREDICTED": {"peers": PEERS, "growth": 0.94, "margin": 0.39},
    "COMPS_IMPLIED": {
        "peers": PEERS,
        "multiple": "EV/Revenue",
        "amount": 1000.0,
        "net_debt": -500.0,
        "securities": SECURITIES,
        "method": "gross",
    },
    "COMPS_FOOTBALL_FIELD": {"ranges": RANGES, "reference": 185.0},
}

WRONG = {
    "day": {**NOT_DATES, "a row": [46000.0, 46001.0], "nothing": []},
    "peers": {
        **not_a_table(PEERS, "Compny"),
        "no revenue": without(PEERS, REVENUE),
        "no enterprise value": without(without(PEERS, MARKET_VALUE), EV),
        "an unknown column": with_column(PEERS, "Sector", *["chips"] * 5),
        "enterprise value and net debt": with_column(PEERS, "Net debt", *[1.0] * 5),
        "an empty company": changed(PEERS, 2, 0, None),
        "a company that is a number": changed(PEERS, 2, 0, 5.0),
        "a doubled company": changed(PEERS, 2, 0, "nvidia"),
        "an empty enterprise value": changed(PEERS, 2, EV, None),
        "an enterprise value of zero": changed(PEERS, 2, EV, 0.0),
        "a negative enterprise value": changed(PEERS, 2, EV, -5.0),
        "a market value of zero": changed(PEERS, 2, MARKET_VALUE, 0.0),
        "an empty revenue": changed(PEERS, 2, REVENUE, None),
        "a revenue of zero": changed(PEERS, 2, REVENUE, 0.0),
        "a revenue in text": changed(PEERS, 2, REVENUE, "37.5bn"),
        "a revenue that is NaN": changed(PEERS, 2, REVENUE, math.nan),
        "EBITDA that is TRUE": changed(PEERS, 2, EBITDA, True),
        "EBITDA that is infinite": changed(PEERS, 2, EBITDA, math.inf),
        "earnings that are a date": changed(PEERS, 2, EARNINGS, date(2026, 5, 14)),
        "growth in percent": changed(PEERS, 2, GROWTH, 35.0),
        "a loss of more than everything": changed(PEERS, 2, GROWTH, -1.5),
        "a margin in percent": changed(PEERS, 2, MARGIN, 53.06),
    },
    "ranges": {
        **not_a_table(RANGES, "Methd"),
        "no low ends": without(RANGES, LOW),
        "no high ends": without(RANGES, HIGH),
        "an unknown column": with_column(RANGES, "Weight", 0.5, 0.5),
        "low above high": changed(RANGES, 1, LOW, 126.0),
        "a middle above high": changed(RANGES, 2, MIDDLE, 156.0),
        "a middle below low": changed(RANGES, 2, MIDDLE, 81.0),
        "an empty low end": changed(RANGES, 1, LOW, None),
        "a high end in text": changed(RANGES, 1, HIGH, "125 USD"),
        "a low end that is NaN": changed(RANGES, 1, LOW, math.nan),
        "a high end that is infinite": changed(RANGES, 1, HIGH, math.inf),
        "an empty method": changed(RANGES, 1, 0, None),
    },
}

ALONE = [
    ("COMPS_REGRESSION", "peers", PEERS[:4], "peers"),
    ("COMPS_REGRESSION", "peers", without(without(PEERS, MARGIN), GROWTH), "peers"),
    ("COMPS_PREDICTED", "peers", PEERS[:4], "peers"),
    ("COMPS_IMPLIED", "amount", 0.0, "amount"),
    ("COMPS_IMPLIED", "amount", -1.0, "amount"),
    ("COMPS_IMPLIED", "multiple", "EV/Gross profit", "peers"),
    ("RETURN_IRR", "cash_flows", [100.0, 39.0], "cash_flows"),
    ("RETURN_IRR", "cash_flows", [-4000.0, 25000.0, -25000.0], "cash_flows"),
    ("RETURN_IRR", "cash_flows", [1000.0, -3000.0, 2500.0], "cash_flows"),
    ("RETURN_IRR", "cash_flows", -5.0, "cash_flows"),
    ("RETURN_IRR_ALL", "cash_flows", [1000.0, -3000.0, 2500.0], "cash_flows"),
    ("RETURN_IRR_ALL", "cash_flows", [1000.0, 3000.0, 2500.0], "cash_flows"),
    ("RETURN_IRR_ALL", "dates", [46000.0] * 6, "cash_flows"),
    ("RETURN_XIRR", "dates", [46000.0, 46100.0], "dates"),
    ("RETURN_XIRR", "cash_flows", [100.0, 60.0, 70.0, 80.0, 90.0], "cash_flows"),
    ("RETURN_TO_EXIT", "entry", 0.0, "entry"),
    ("RETURN_TO_EXIT", "exit_value", -1.0, "exit_value"),
    ("RETURN_TO_EXIT", "years", 0.0, "years"),
    ("RETURN_TO_EXIT", "interim", [1.0] * 97, "interim"),
    ("RETURN_EXIT_GRID", "entry_price", 0.0, "entry_price"),
    ("RETURN_EXIT_GRID", "metric", [-1.0, 1.0], "metric"),
    ("RETURN_EXIT_GRID", "years", [1.0, 2.0], "years"),
    ("RETURN_EXIT_GRID", "years", [0.0, 1.0], "years"),
    ("RETURN_EXIT_GRID", "multiples", [-1.0], "multiples"),
    ("RETURN_EXIT_GRID", "net_debt", [1.0, 2.0, 3.0], "net_debt"),
]
