"""Operations: streams, costs, capital spending, working capital, taxes."""

from __future__ import annotations

from sweep.core import changed

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


#: What is wrong for one function alone: function, argument, value, and what the message names.
ALONE = [
    ("OPERATING_STREAMS", "years", 1, "streams"),
    *(
        ("OPERATING_STREAMS", "streams", changed(STREAMS, row, column, cell), "streams")
        for row, column, cell in (
            (2, 0, "hardware"),  # There twice, in another case.
            (1, 2, 150.0),  # Growth in percent.
            (1, 4, None),  # Growth years without an end.
            (1, 3, None),  # Terminal growth without years.
            (1, 6, None),  # Margin years without a target.
            (1, 3, 4.0),  # Beyond the forecast.
            (1, 7, 4.0),
        )
    ),
    *(
        ("OPERATING_COSTS", "costs", changed(COSTS, row, column, cell), "costs")
        for row, column, cell in (
            (1, 2, 100.0),  # A share and an amount.
            (1, 1, None),  # Neither.
            (3, 3, 0.1),  # A target for an amount.
            (2, 5, 0.1),  # Growth of a share.
            (2, 4, 2.0),  # Years without a target.
            (1, 4, 3.0),  # Years beyond the revenue.
            (1, 1, 48.0),  # A share in percent.
            (1, 6, None),
            (2, 0, "operating income"),  # The name of a result.
        )
    ),
    *(
        ("WORKING_CAPITAL", "items", changed(ITEMS, row, column, cell), "items")
        for row, column, cell in (
            (1, 4, 0.2),  # Days and a share.
            (1, 3, None),  # Neither.
            (1, 2, 1.0),
            (2, 0, "Change of working capital"),  # The name of a result.
        )
    ),
    ("LEASE_COMMITMENTS", "leases", changed(LEASES, 1, 3, 600.0), "leases"),
    ("LEASE_COSTS", "leases", changed(LEASES, 1, 0, "Cost"), "leases"),
    ("OPERATING_COSTS", "revenue", [510.0], "gross_profit"),
    ("OPERATING_COSTS", "gross_profit", [199.0], "gross_profit"),
    ("PASS_THROUGH", "core_income", [370.0], "core_income"),
    ("PASS_THROUGH", "cost", [20.0], "cost"),
    ("CAPEX_VINTAGES", "unit_cost", [18.0, 17.0, 16.0], "unit_cost"),
    ("CAPEX_VINTAGES", "unit_cost", [18.0, 17.0], "cost_decline"),
    ("CAPEX_VINTAGES", "opening_gross", 400.0, "opening_gross"),
    ("WORKING_CAPITAL", "revenue", [885.0], "costs"),
    ("WORKING_CAPITAL", "costs", [500.0], "costs"),
    ("WORKING_CAPITAL", "costs", None, "costs"),
    ("WORKING_CAPITAL", "deposits_received", [100.0], "deposits_received"),
    ("WORKING_CAPITAL", "capacity_delivered", [250.0], "capacity_delivered"),
    ("WORKING_CAPITAL", "capacity_delivered", None, "capacity_delivered"),
]

#: Results that are no number, for LARGE.
LARGE = [
    ("CAPEX_VINTAGES", "unit_cost", 1e308),
    ("GAAP_BRIDGE", "lines", [["Line", "Amount"], ["A", 1.7e308], ["B", 1.7e308]]),
]

#: Optional arguments that another argument of the valid call makes necessary, so that
#: test_an_empty_optional_argument_is_its_default leaves them out.
NEEDED = {("WORKING_CAPITAL", "costs"), ("WORKING_CAPITAL", "capacity_delivered")}
