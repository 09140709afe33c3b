"""Operations: streams, costs, capital spending, working capital, taxes."""

from __future__ import annotations

import math
from datetime import date

from sweep.core import changed, not_a_table, with_column

STREAMS = [
    ["Stream", "Revenue", "Growth", "Growth years", "Terminal growth", "Margin",
     "Target margin", "Margin years"],
    ["Hardware", 358.44, 0.5, 1.0, 0.1, 0.429, 0.5, 2.0],
    ["Cloud", 151.551, 1.5, None, None, 0.299, None, None],
]  # fmt: skip
COSTS = [
    ["Cost", "Share", "Amount", "Target share", "Years", "Growth", "SBC"],
    ["R&D", 0.48, None, 0.2, 2.0, None, 0.15],
    ["S&M", 0.14, None, None, None, None, 0.1],
    ["G&A", None, 31.0, None, None, 0.1, 0.0],
]
BRIDGE = [
    ["Line", "Amount"],
    ["Net income", 237.827],
    ["Gain", -363.3],
    ["Stock-based compensation", 49.8],
]
ITEMS = [
    ["Item", "Kind", "Basis", "Days", "Share", "Opening"],
    ["Receivables", "asset", "revenue", 60.0, None, 90.0],
    ["Inventory", "asset", "costs", None, 0.2, 40.0],
    ["Payables", "liability", None, 30.0, None, 30.0],
]
LEASES = [
    ["Lease", "Commitment", "Start", "Term"],
    ["Signed by March", 2300.0, 0.5, 10.0],
    ["Signed by June", 1600.0, 1.0, 12.0],
]

CALLS = {
    "OPERATING_STREAMS": {"streams": STREAMS, "years": 3},
    "OPERATING_COSTS": {
        "revenue": [510.0, 885.0],
        "costs": COSTS,
        "gross_profit": [199.0, 370.0],
        "sbc": "cost",
    },
    "PASS_THROUGH": {
        "core_revenue": [885.0, 2700.0],
        "core_income": [370.0, 1200.0],
        "cost": [20.0, 200.0],
        "markup": 0.03,
    },
    "GAAP_BRIDGE": {"lines": BRIDGE},
    "CAPEX_VINTAGES": {
        "added": [100.0, 250.0],
        "unit_cost": 18.0,
        "life": 5.0,
        "cost_decline": 0.1,
        "opening_net": 437.4,
        "opening_gross": 520.0,
        "opening_life": 4.0,
        "convention": "half-year",
    },
    "WORKING_CAPITAL": {
        "revenue": [885.0, 2700.0],
        "items": ITEMS,
        "costs": [500.0, 1500.0],
        "deposits_received": [100.0, 0.0],
        "capacity_delivered": [250.0, 250.0],
        "opening_deposits": 368.4,
    },
    "LEASE_COMMITMENTS": {"leases": LEASES, "rate": 0.06, "timing": "mid"},
    "LEASE_COSTS": {"leases": LEASES, "years": 5},
}


def wrong():
    """What is wrong for each kind of table, to be merged into WRONG."""

    def cells(valid, row, column, *, low=True):
        found = {
            "text": "12",
            "NaN": math.nan,
            "infinity": math.inf,
            "TRUE": True,
            "a date": date(2026, 5, 14),
        }
        if low:
            found["a negative number"] = -5.0
        title = valid[0][column]
        return {f"{title} that is {k}": changed(valid, row, column, v) for k, v in found.items()}

    return {
        "streams": {
            **not_a_table(STREAMS, "Steam"),
            **cells(STREAMS, 1, 1),
            **cells(STREAMS, 1, 2),
            **cells(STREAMS, 1, 3),
            **cells(STREAMS, 1, 4),
            **cells(STREAMS, 1, 5, low=False),
            **cells(STREAMS, 1, 6, low=False),
            **cells(STREAMS, 1, 7),
            "an empty name": changed(STREAMS, 1, 0, None),
            "a stream that is there twice": changed(STREAMS, 2, 0, "hardware"),
            "an empty revenue": changed(STREAMS, 2, 1, None),
            "an empty growth": changed(STREAMS, 2, 2, None),
            "an empty margin": changed(STREAMS, 2, 5, None),
            "a margin above one": changed(STREAMS, 1, 5, 42.9),
            "growth in percent": changed(STREAMS, 1, 2, 150.0),
            "half a year": changed(STREAMS, 1, 3, 1.5),
            "no years of growth": changed(STREAMS, 1, 3, 0.0),
            "growth years without an end": changed(STREAMS, 1, 4, None),
            "terminal growth without years": changed(STREAMS, 1, 3, None),
            "margin years without a target": changed(STREAMS, 1, 6, None),
            "growth years beyond the forecast": changed(STREAMS, 1, 3, 4.0),
            "margin years beyond the forecast": changed(STREAMS, 1, 7, 4.0),
        },
        "costs": {
            **not_a_table(COSTS, "Csot"),
            **cells(COSTS, 1, 1),
            **cells(COSTS, 3, 2),
            **cells(COSTS, 1, 3),
            **cells(COSTS, 1, 4),
            **cells(COSTS, 3, 5),
            **cells(COSTS, 1, 6),
            "a share and an amount": changed(COSTS, 1, 2, 100.0),
            "neither a share nor an amount": changed(COSTS, 1, 1, None),
            "a target for an amount": changed(COSTS, 3, 3, 0.1),
            "growth of a share": changed(COSTS, 2, 5, 0.1),
            "years without a target": changed(COSTS, 2, 4, 2.0),
            "years beyond the revenue": changed(COSTS, 1, 4, 3.0),
            "a share in percent": changed(COSTS, 1, 1, 4800.0),
            "an empty SBC": changed(COSTS, 1, 6, None),
            "SBC above the whole": changed(COSTS, 1, 6, 15.0),
            "a cost that is there twice": changed(COSTS, 2, 0, "R&D"),
            "a cost with a result's name": changed(COSTS, 2, 0, "operating income"),
        },
        "bridge_lines": {
            **not_a_table(BRIDGE, "Lien"),
            **cells(BRIDGE, 2, 1, low=False),
            "an empty amount": changed(BRIDGE, 2, 1, None),
            "an empty line": changed(BRIDGE, 2, 0, None),
            "a line that is there twice": changed(BRIDGE, 3, 0, "Gain"),
            "an unknown column": with_column(BRIDGE, "Year", 2025.0, 2025.0, 2025.0),
        },
        "working_items": {
            **not_a_table(ITEMS, "Itme"),
            **cells(ITEMS, 1, 3),
            **cells(ITEMS, 2, 4),
            **cells(ITEMS, 1, 5),
            "an empty kind": changed(ITEMS, 1, 1, None),
            "an unknown kind": changed(ITEMS, 1, 1, "aset"),
            "an unknown basis": changed(ITEMS, 1, 2, "sales"),
            "a basis that is a number": changed(ITEMS, 1, 2, 1.0),
            "days and a share": changed(ITEMS, 1, 4, 0.2),
            "neither days nor a share": changed(ITEMS, 1, 3, None),
            "an empty opening": changed(ITEMS, 1, 5, None),
            "an item that is there twice": changed(ITEMS, 2, 0, "Receivables"),
            "an item with a result's name": changed(ITEMS, 2, 0, "Change of working capital"),
        },
        "leases": {
            **not_a_table(LEASES, "Laese"),
            **cells(LEASES, 1, 1),
            **cells(LEASES, 1, 2),
            **cells(LEASES, 1, 3),
            "a term of nothing": changed(LEASES, 1, 3, 0.0),
            "a term without end": changed(LEASES, 1, 3, 1e6),
            "an empty start": changed(LEASES, 1, 2, None),
            "a lease that is there twice": changed(LEASES, 2, 0, "Signed by March"),
        },
    }


def changed_name(table):
    """A lease with the name of a result."""
    return [table[0], ["Cost", *table[1][1:]], *table[2:]]


#: What is wrong for one function alone: function, argument, value, and what the message names.
ALONE = [
    ("OPERATING_STREAMS", "years", 601, "years"),
    ("OPERATING_STREAMS", "years", 1, "streams"),
    ("OPERATING_COSTS", "revenue", [510.0, -885.0], "revenue"),
    ("OPERATING_COSTS", "revenue", [510.0], "gross_profit"),
    ("OPERATING_COSTS", "gross_profit", [199.0], "gross_profit"),
    ("PASS_THROUGH", "core_revenue", [885.0, -1.0], "core_revenue"),
    ("PASS_THROUGH", "core_income", [370.0], "core_income"),
    ("PASS_THROUGH", "cost", [20.0], "cost"),
    ("PASS_THROUGH", "cost", [20.0, -1.0], "cost"),
    ("PASS_THROUGH", "markup", 3.0, "markup"),
    ("PASS_THROUGH", "markup", -0.03, "markup"),
    ("CAPEX_VINTAGES", "added", [100.0, -1.0], "added"),
    ("CAPEX_VINTAGES", "unit_cost", -18.0, "unit_cost"),
    ("CAPEX_VINTAGES", "unit_cost", [18.0, 17.0, 16.0], "unit_cost"),
    ("CAPEX_VINTAGES", "unit_cost", [18.0, 17.0], "cost_decline"),
    ("CAPEX_VINTAGES", "life", 0.0, "life"),
    ("CAPEX_VINTAGES", "life", -5.0, "life"),
    ("CAPEX_VINTAGES", "cost_decline", 1.0, "cost_decline"),
    ("CAPEX_VINTAGES", "cost_decline", 10.0, "cost_decline"),
    ("CAPEX_VINTAGES", "opening_net", -1.0, "opening_net"),
    ("CAPEX_VINTAGES", "opening_gross", 400.0, "opening_gross"),
    ("CAPEX_VINTAGES", "opening_life", 0.0, "opening_life"),
    ("WORKING_CAPITAL", "revenue", [885.0, -1.0], "revenue"),
    ("WORKING_CAPITAL", "revenue", [885.0], "costs"),
    ("WORKING_CAPITAL", "costs", [500.0], "costs"),
    ("WORKING_CAPITAL", "costs", [500.0, -1.0], "costs"),
    ("WORKING_CAPITAL", "costs", None, "costs"),
    ("WORKING_CAPITAL", "deposits_received", [100.0, -1.0], "deposits_received"),
    ("WORKING_CAPITAL", "deposits_received", [100.0], "capacity_delivered"),
    ("WORKING_CAPITAL", "capacity_delivered", [250.0], "capacity_delivered"),
    ("WORKING_CAPITAL", "capacity_delivered", [250.0, -1.0], "capacity_delivered"),
    ("WORKING_CAPITAL", "capacity_delivered", None, "capacity_delivered"),
    ("WORKING_CAPITAL", "opening_deposits", -1.0, "opening_deposits"),
    ("LEASE_COMMITMENTS", "rate", -1.0, "rate"),
    ("LEASE_COSTS", "years", 601, "years"),
    ("LEASE_COSTS", "leases", changed_name(LEASES), "leases"),
]

#: Results that are no number, for LARGE.
LARGE = [
    ("CAPEX_VINTAGES", "unit_cost", 1e308),
    ("GAAP_BRIDGE", "lines", [["Line", "Amount"], ["A", 1.7e308], ["B", 1.7e308]]),
]

#: Optional arguments that another argument of the valid call makes necessary, so that
#: test_an_empty_optional_argument_is_its_default has to pass over them.
NEEDED = {("WORKING_CAPITAL", "costs"), ("WORKING_CAPITAL", "capacity_delivered")}


WRONG = wrong()
