"""Stages, leverage, comparables and returns."""

from __future__ import annotations

from sweep.core import changed, with_column, without

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
HEAD = ["Multiple", "Own figure"]
EV, MARKET_VALUE = 1, 2
GROWTH, MARGIN = 6, 7
LOW, MIDDLE = 1, 3

#: The published regression has columns so alike that its last bits depend on the library of linear
#: algebra; a call that every machine answers alike is compared bit for bit.
CALLS = {
    "COMPS_REGRESSION": {"peers": PEERS},
    "COMPS_VERDICT": {"peers": without(PEERS, MARGIN), "growth": 0.5},
}

ALONE = [
    ("COMPS_MULTIPLES", "peers", without(without(PEERS, MARKET_VALUE), EV), "peers"),
    ("COMPS_MULTIPLES", "peers", with_column(PEERS, "Net debt", *[1.0] * 5), "peers"),
    ("COMPS_MULTIPLES", "peers", changed(PEERS, 2, 0, "nvidia"), "peers"),
    ("COMPS_MULTIPLES", "peers", changed(PEERS, 2, EV, None), "peers"),
    ("COMPS_FOOTBALL_FIELD", "ranges", changed(RANGES, 1, LOW, 126.0), "ranges"),
    ("COMPS_FOOTBALL_FIELD", "ranges", changed(RANGES, 2, MIDDLE, 156.0), "ranges"),
    ("COMPS_FOOTBALL_FIELD", "ranges", changed(RANGES, 2, MIDDLE, 81.0), "ranges"),
    ("COMPS_REGRESSION", "peers", PEERS[:4], "peers"),
    ("COMPS_REGRESSION", "peers", without(without(PEERS, MARGIN), GROWTH), "peers"),
    ("COMPS_PREDICTED", "peers", PEERS[:4], "peers"),
    ("COMPS_VERDICT", "peers", with_column(PEERS, "Gross margin", *[7.4] * 5), "peers"),
    ("COMPS_IMPLIED_RANGES", "peers", without(PEERS, 4), "peers"),
    ("COMPS_IMPLIED_RANGES", "own_figures", [HEAD, ["Forward EV/EBITDA", 1.0]], "peers"),
    ("COMPS_IMPLIED_RANGES", "own_figures", [HEAD, ["EV/Sales", 1.0]], "own_figures"),
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
