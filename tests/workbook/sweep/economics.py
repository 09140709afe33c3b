"""Infrastructure, systems, tokens, markets and signals: errors beyond the declarations."""

from __future__ import annotations

from typing import Any

from sweep.core import DRIVERS, changed

INFRASTRUCTURE = [
    ["Assumption", "Value", "Low", "High"],
    ["Price", 12.3, 8.2, 14.0],
    ["Utilisation", 0.85, 0.6, 1.0],
    ["Capex", 15.9, 12.0, 20.0],
    ["Life", 5.0, 3.0, 6.0],
    ["Power price", 70.0, 40.0, 110.0],
    ["PUE", 1.25, None, None],
    ["Idle draw", 0.8, None, None],
    ["Other cost", 2.1, None, None],
    ["Rate", 0.11, None, None],
]
OFFERS = [
    ["Provider", "Price", "Speed"],
    ["Cerebras", 0.39, 1861.0],
    ["CoreWeave", 0.05, 67.0],
    ["Groq", 0.14, 479.0],
]
POINTS = [["Year", "Size"], [2025.0, 106_000.0], [2030.0, 255_000.0]]
SCENARIOS = [
    ["Scenario", "Share", "Margin", "Multiple", "Probability"],
    ["One vendor, low", 0.15, 0.2, 20.0, 0.6],
    ["One vendor, high", 0.2, 0.25, 22.0, 0.4],
]
SHIFT = [["Year", "Share"], [2023.0, 0.33], [2025.0, 0.5], [2026.0, 0.66]]
LAYER_VENDORS = [
    ["Vendor", "Layer", "Revenue", "Gross margin"],
    ["NVIDIA", "Frontier training", 253_490.0, 0.7415],
    ["Super Micro", "Commodity", 33_700.0, 0.099],
]
VENDORS = [
    ["Vendor", "Low", "High", "Margin", "Multiple"],
    ["One challenger", 0.15, 0.2, 0.3, 24.0],
    ["Other challengers", 0.15, 0.2, 0.3, 24.0],
]
OBSERVATIONS = [
    ["Observation", "Value", "Previous", "Threshold", "Upper"],
    ["Market value", 56_425.0, 33_454.0, 40_000.0, 50_000.0],
    ["Concentration", 0.86, 0.85, None, None],
    ["Revenue", 510.0, 290.3, None, None],
    ["Gross margin", 0.39, 0.423, None, None],
]
SHOCKS = [
    ["Shock", "Input", "Times", "Adds", "Value"],
    ["Rates", "wacc", None, 0.01, None],
    ["Sales", "base_revenue", 0.8, None, None],
    ["Multiple", "sales_multiple", None, None, 2.0],
]
MEASURES = [
    ["Measure", "Value", "Zero", "Full", "Weight"],
    ["Revenue growth", 0.757, None, None, None],
    ["Gross margin", 0.39, 0.2, 0.6, 0.3],
    ["Cash runway", 36.0, None, None, None],
]

TOKENS = {
    "tokens_per_second": 20_000.0,
    "system_cost": 0.45,
    "life": 5.0,
    "utilisation": 0.6,
    "system_power": 23.0,
    "power_price": 70.0,
    "pue": 1.25,
    "other_cost": 0.05,
}

#: Calls with more arguments, or fuller tables, than the published examples.
CALLS: dict[str, dict[str, Any]] = {
    "INFRA_MARGIN": {"assumptions": INFRASTRUCTURE},
    "INFRA_VALUE": {"assumptions": INFRASTRUCTURE, "timing": "mid"},
    "INFRA_SCHEDULE": {"assumptions": INFRASTRUCTURE, "timing": "end", "years": 8},
    "INFRA_BREAK_EVEN": {"assumptions": INFRASTRUCTURE, "measure": "value", "timing": "mid"},
    "INFRA_SENSITIVITY": {"assumptions": INFRASTRUCTURE, "timing": "mid"},
    "SYSTEM_ECONOMICS": {
        "volume": [2500.0, 10_000.0],
        "price": [1.2, 1.0],
        "unit_cost": 0.45,
        "learning_curve": 0.9,
        "units_before": 1000.0,
        "curve": "crawford",
    },
    "TOKEN_COST": TOKENS,
    "TOKEN_PRICE": {"gross_margin": 0.4, **TOKENS, "rate": 0.12},
    "TOKEN_PREMIUM": {"offers": OFFERS, "provider": "Cerebras"},
    "MARKET_SHARE_SCENARIOS": {
        "scenarios": SCENARIOS,
        "market_size": 255_000.0,
        "rate": 0.12,
        "years": 4.6,
    },
    "SYSTEM_BREAK_EVEN": {
        "price": 1.0,
        "unit_cost": 0.45,
        "fixed_cost": 465.0,
        "learning_curve": 0.95,
        "units_before": 500.0,
        "curve": "wright",
    },
    "MARKET_SUBSTITUTION": {"shift": SHIFT, "years": [2025.0, 2028.0]},
    "MARKET_CROSSING": {"shift": SHIFT, "share": 0.5},
    "MARKET_DISPLACEMENT": {
        "years": [2026.0, 2027.0, 2028.0],
        "revenue": [150.0, 700.0, 1900.0],
        "share": 0.278,
        "paces": [0.0, 0.147, 0.5],
    },
    "MARKET_LAYERS": {"layer_vendors": LAYER_VENDORS},
    "MARKET_VENDORS": {
        "vendors": VENDORS,
        "market_size": 179_000.0,
        "rate": 0.13,
        "years": 2.1,
    },
    "SIGNAL_CHECKLIST": {"observations": OBSERVATIONS},
    "SIGNAL_CONDITIONS": {"observations": OBSERVATIONS},
    "SIGNAL_SHOCKS": {
        "drivers": DRIVERS,
        "securities": [["Security", "Type", "Count"], ["Common", "common", 100.0]],
        "shocks": SHOCKS,
    },
    "SIGNAL_GROWTH_LIQUIDITY": {"measures": MEASURES},
}

#: What is wrong in a table by what several of its cells say.
TABLES = {
    ("INFRA_VALUE", "assumptions"): [
        changed(INFRASTRUCTURE, 6, 1, None),
        [r if i != 3 else ["Capex", None, None, None] for i, r in enumerate(INFRASTRUCTURE)],
        changed(INFRASTRUCTURE, 3, 3, None),
        changed(INFRASTRUCTURE, 3, 2, 16.0),
        changed(INFRASTRUCTURE, 5, 1, None),
        changed(INFRASTRUCTURE, 2, 1, 85.0),
        changed(INFRASTRUCTURE, 2, 3, 1.2),
        changed(INFRASTRUCTURE, 4, 2, 0.0),
        changed(INFRASTRUCTURE, 1, 2, -1.0),
        changed(INFRASTRUCTURE, 9, 1, None),
        changed(INFRASTRUCTURE, 3, 0, None),
        [[*r[:2]] if r[0] != "Utilisation" else ["Utilisation", "12%"] for r in INFRASTRUCTURE],
    ],
    ("TOKEN_PREMIUM", "offers"): [OFFERS[:2], changed(OFFERS, 2, 0, "cerebras")],
    ("MARKET_PATH", "points"): [
        POINTS[:2],
        changed(POINTS, 2, 0, 2025.0),
        changed(POINTS, 2, 0, 30.0),
        changed(POINTS, 2, 0, 2999.0),
    ],
    ("MARKET_SHARE_SCENARIOS", "scenarios"): [
        changed(SCENARIOS, 1, 1, 15.0),
        changed(SCENARIOS, 1, 4, 0.5),
        changed(SCENARIOS, 1, 4, None),
        changed(SCENARIOS, 1, 4, "12%"),
        changed(SCENARIOS, 2, 0, "One vendor, low"),
    ],
    ("MARKET_SUBSTITUTION", "shift"): [
        SHIFT[:2],
        changed(SHIFT, 2, 0, 2023.0),
        changed(SHIFT, 2, 0, 2300.0),
        changed(SHIFT, 2, 1, 0.0),
        changed(SHIFT, 2, 1, 1.0),
        changed(SHIFT, 2, 1, 55.0),
    ],
    ("MARKET_LAYERS", "layer_vendors"): [
        changed(LAYER_VENDORS, 1, 2, -1.0),
        changed(LAYER_VENDORS, 1, 3, 1.1),
        changed(LAYER_VENDORS, 1, 3, 74.0),
        changed(LAYER_VENDORS, 2, 0, "nvidia"),
        changed(LAYER_VENDORS, 2, 1, None),
    ],
    ("MARKET_VENDORS", "vendors"): [
        changed(VENDORS, 1, 2, 0.9),
        changed(VENDORS, 1, 1, 0.3),
        changed(VENDORS, 1, 2, 20.0),
        changed(VENDORS, 1, 1, -0.1),
        changed(VENDORS, 1, 3, 1.2),
        changed(VENDORS, 1, 4, -24.0),
        changed(VENDORS, 2, 0, "One challenger"),
    ],
    ("SIGNAL_CHECKLIST", "observations"): [
        changed(OBSERVATIONS, 2, 0, "market_value"),
        changed(OBSERVATIONS, 2, 1, 86.0),
        changed(OBSERVATIONS, 2, 2, 85.0),
        changed(OBSERVATIONS, 1, 3, -1.0),
        # Too much for one company is not too much for another.
        changed(OBSERVATIONS, 1, 3, None),
        changed(OBSERVATIONS, 1, 4, 39_000.0),
        changed(OBSERVATIONS, 2, 4, 0.9),
    ],
    ("SIGNAL_CONDITIONS", "observations"): [
        changed(OBSERVATIONS, 2, 0, "Concentrations"),
        changed(OBSERVATIONS, 1, 3, None),
    ],
    ("SIGNAL_SHOCKS", "shocks"): [
        changed(SHOCKS, 1, 3, None),
        changed(SHOCKS, 1, 2, 1.1),
        changed(SHOCKS, 1, 1, "wac"),
        [*SHOCKS, SHOCKS[1]],
    ],
    ("SIGNAL_GROWTH_LIQUIDITY", "measures"): [
        changed(MEASURES, 2, 1, 39.0),
        changed(MEASURES, 2, 4, -0.3),
        changed(MEASURES, 2, 3, 0.2),
        MEASURES[:3],
        changed(MEASURES, 3, 1, None),
    ],
}

ALONE = [
    *((*where, table, where[1]) for where, tables in TABLES.items() for table in tables),
    (
        "INFRA_MARGIN",
        "assumptions",
        [[*r[:2]] if r[0] != "Utilisation" else ["Utilisation", 0.0] for r in INFRASTRUCTURE],
        "assumptions",
    ),
    ("INFRA_VALUE", "assumptions", INFRASTRUCTURE[:-1], "assumptions"),
    ("INFRA_SCHEDULE", "years", 1, "years"),
    ("INFRA_SCHEDULE", "years", 10**6, "years"),
    ("INFRA_SENSITIVITY", "assumptions", [r[:2] for r in INFRASTRUCTURE], "assumptions"),
    ("INFRA_GRID", "across", "utilisation", "across"),
    ("INFRA_GRID", "across_values", [3.0, -1.0], "assumptions Price"),
    ("SYSTEM_LEARNING", "units", [0.0, 1.0], "units"),
    ("SYSTEM_LEARNING", "unit", 0.5, "unit"),
    ("SYSTEM_LEARNING", "unit_cost", -1.0, "unit_cost"),
    *(("SYSTEM_LEARNING", "learning_curve", c, "learning_curve") for c in (0.5, 80.0, -0.8)),
    ("SYSTEM_ECONOMICS", "volume", [1.0, -1.0], "volume"),
    ("SYSTEM_ECONOMICS", "price", [1.0, -1.0], "price"),
    ("SYSTEM_ECONOMICS", "price", [1.0, 1.0, 1.0], "price"),
    ("SYSTEM_ECONOMICS", "units_before", -1.0, "units_before"),
    ("SYSTEM_ECONOMICS", "learning_curve", 0.4, "learning_curve"),
    ("TOKEN_VOLUME", "systems", -1.0, "systems"),
    ("TOKEN_PRICE", "gross_margin", 1.0, "gross_margin"),
    ("TOKEN_PRICE", "rate", -0.1, "rate"),
    *(
        (f, name, value, name)
        for f in ("TOKEN_COST", "TOKEN_PRICE")
        for name, value in (
            ("tokens_per_second", 0.0),
            ("system_cost", -1.0),
            ("life", 0.0),
            ("utilisation", 0.0),
            ("utilisation", 60.0),
            ("system_power", -1.0),
            ("power_price", -1.0),
            ("pue", 0.5),
            ("other_cost", -1.0),
        )
    ),
    ("MARKET_SHARE_SCENARIOS", "market_size", -1.0, "market_size"),
    ("MARKET_SHARE_SCENARIOS", "rate", -1.0, "rate"),
    ("MARKET_SHARE_SCENARIOS", "years", -1.0, "years"),
    ("MARKET_IMPLIED_SHARE", "value", -1.0, "value"),
    ("MARKET_IMPLIED_SHARE", "market_size", 0.0, "market_size"),
    ("MARKET_IMPLIED_SHARE", "margin", 0.0, "margin"),
    ("MARKET_IMPLIED_SHARE", "multiple", 0.0, "multiple"),
    ("MARKET_SUBSTITUTION", "years", [2028.0, 2027.0], "years"),
    ("MARKET_SUBSTITUTION", "years", [2027.0, 2027.0], "years"),
    ("MARKET_CROSSING", "share", 1.0, "share"),
    ("MARKET_CROSSING", "share", 50.0, "share"),
    ("MARKET_DISPLACEMENT", "years", [2028.0, 2027.0, 2026.0], "years"),
    ("MARKET_DISPLACEMENT", "revenue", [150.0, 700.0], "revenue"),
    ("MARKET_DISPLACEMENT", "revenue", [150.0, 700.0, -1.0], "revenue"),
    ("MARKET_DISPLACEMENT", "share", 1.0, "share"),
    ("MARKET_DISPLACEMENT", "paces", [0.0, -1.0], "paces"),
    ("MARKET_VENDORS", "market_size", -1.0, "market_size"),
    ("MARKET_VENDORS", "rate", -1.0, "rate"),
    ("MARKET_VENDORS", "years", -1.0, "years"),
    ("SYSTEM_BREAK_EVEN", "fixed_cost", 0.0, "fixed_cost"),
    ("SYSTEM_BREAK_EVEN", "unit_cost", -1.0, "unit_cost"),
    ("SYSTEM_BREAK_EVEN", "learning_curve", 0.4, "learning_curve"),
    ("SYSTEM_BREAK_EVEN", "units_before", -1.0, "units_before"),
    ("MARKET_TOKEN_GROWTH", "token_multiple", 0.0, "token_multiple"),
    ("MARKET_TOKEN_GROWTH", "spending_multiple", -1.0, "spending_multiple"),
    ("SIGNAL_RUNWAY", "cash", -1.0, "cash"),
    ("SIGNAL_RUNWAY", "longest", 0.0, "longest"),
]
LARGE = [
    ("SYSTEM_ECONOMICS", "unit_cost", 1e308),
    ("TOKEN_COST", "system_cost", 1e306),
    ("MARKET_TOKEN_GROWTH", "token_multiple", 1e-320),
]
