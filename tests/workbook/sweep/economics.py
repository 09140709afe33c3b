"""Infrastructure, systems, tokens, markets and signals."""

from __future__ import annotations

import math
from datetime import date

from sweep.core import changed, not_a_table, with_column, without

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
OBSERVATIONS = [
    ["Observation", "Value", "Previous", "Threshold"],
    ["Market value", 56_425.0, None, 40_000.0],
    ["Concentration", 0.86, 0.85, None],
    ["Revenue", 510.0, 290.3, None],
    ["Gross margin", 0.39, 0.423, None],
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

CALLS = {
    "INFRA_PRICE": {"contract_value": 24_600.0, "capacity": 750.0, "term": 3.0},
    "INFRA_MARGIN": {"assumptions": INFRASTRUCTURE},
    "INFRA_VALUE": {"assumptions": INFRASTRUCTURE, "timing": "mid"},
    "INFRA_SCHEDULE": {"assumptions": INFRASTRUCTURE, "timing": "end", "years": 8},
    "INFRA_BREAK_EVEN": {"assumptions": INFRASTRUCTURE, "measure": "value", "timing": "mid"},
    "INFRA_SENSITIVITY": {"assumptions": INFRASTRUCTURE, "timing": "mid"},
    "INFRA_GRID": {
        "assumptions": INFRASTRUCTURE,
        "down": "utilisation",
        "down_values": [0.6, 0.8, 1.0],
        "across": "life",
        "across_values": [3.0, 5.0],
        "measure": "margin",
        "timing": "mid",
    },
    "SYSTEM_LEARNING": {
        "units": [1.0, 2.0, 4.0],
        "unit_cost": 100.0,
        "learning_curve": 0.8,
        "unit": 1.0,
        "curve": "wright",
    },
    "SYSTEM_ECONOMICS": {
        "volume": [2500.0, 10_000.0],
        "price": [1.2, 1.0],
        "unit_cost": 0.45,
        "learning_curve": 0.9,
        "units_before": 1000.0,
        "curve": "crawford",
    },
    "SYSTEM_DENSITY": {"system_power": 23.0, "capacity": 750.0},
    "TOKEN_VOLUME": {"tokens_per_second": 9144.0, "utilisation": 0.75, "systems": 6346.0},
    "TOKEN_COST": TOKENS,
    "TOKEN_PRICE": {"gross_margin": 0.4, **TOKENS},
    "TOKEN_BREAK_EVEN": {"rate": 0.12, **TOKENS},
    "TOKEN_PREMIUM": {"offers": OFFERS},
    "MARKET_PATH": {"points": POINTS},
    "MARKET_GROWTH": {"first": 106.0, "last": 255.0, "years": 5.0},
    "MARKET_SHARE_SCENARIOS": {
        "scenarios": SCENARIOS,
        "market_size": 255_000.0,
        "rate": 0.12,
        "years": 4.6,
    },
    "MARKET_IMPLIED_SHARE": {
        "value": 56_425.0,
        "market_size": 255_000.0,
        "margin": 0.25,
        "multiple": 20.0,
        "rate": 0.12,
        "years": 4.6,
    },
    "MARKET_TOKEN_GROWTH": {"token_multiple": 24.0, "spending_multiple": 2.0, "years": 4.0},
    "SIGNAL_CHECKLIST": {"observations": OBSERVATIONS},
    "SIGNAL_GROWTH_LIQUIDITY": {"measures": MEASURES},
    "SIGNAL_RUNWAY": {"cash": 3261.0, "free_cash_flow": -1200.0, "longest": 120.0},
}


def cells(table, row, column):
    """What is wrong in any cell that must hold a number."""
    bad = {
        "in text": "12%",
        "NaN": math.nan,
        "infinite": math.inf,
        "TRUE": True,
        "a date": date(2026, 5, 14),
    }
    return {
        f"row {row}, column {column} {told}": changed(table, row, column, cell)
        for told, cell in bad.items()
    }


def wrong():
    return {
        "infrastructure": {
            **not_a_table(INFRASTRUCTURE, "Asumption"),
            **cells(INFRASTRUCTURE, 3, 1),
            **cells(INFRASTRUCTURE, 3, 2),
            "no values": without(INFRASTRUCTURE, 1),
            "an unknown column": with_column(INFRASTRUCTURE, "Unit", *["USD m"] * 9),
            "a PUE left blank": changed(INFRASTRUCTURE, 6, 1, None),
            "an unknown assumption": changed(INFRASTRUCTURE, 3, 0, "Capital"),
            "a doubled assumption": changed(INFRASTRUCTURE, 3, 0, "price"),
            "an empty assumption": changed(INFRASTRUCTURE, 3, 0, None),
            "a needed one blank": [
                r if i != 3 else ["Capex", None, None, None] for i, r in enumerate(INFRASTRUCTURE)
            ],
            "a low without a high": changed(INFRASTRUCTURE, 3, 3, None),
            "a low above the value": changed(INFRASTRUCTURE, 3, 2, 16.0),
            "a range without a value": changed(INFRASTRUCTURE, 5, 1, None),
            "utilisation in percent": changed(INFRASTRUCTURE, 2, 1, 85.0),
            "a high beyond the whole": changed(INFRASTRUCTURE, 2, 3, 1.2),
            "no life": changed(INFRASTRUCTURE, 4, 2, 0.0),
            "a negative price": changed(INFRASTRUCTURE, 1, 2, -1.0),
            "a PUE below one": changed(INFRASTRUCTURE, 6, 1, 0.9),
        },
        "offers": {
            **not_a_table(OFFERS, "Provder"),
            **cells(OFFERS, 2, 1),
            **cells(OFFERS, 2, 2),
            "no speeds": without(OFFERS, 2),
            "one offer alone": OFFERS[:2],
            "a price of zero": changed(OFFERS, 2, 1, 0.0),
            "a negative speed": changed(OFFERS, 2, 2, -67.0),
            "an empty price": changed(OFFERS, 2, 1, None),
            "a doubled provider": changed(OFFERS, 2, 0, "cerebras"),
            "a provider that is a number": changed(OFFERS, 2, 0, 5.0),
        },
        "market_points": {
            **not_a_table(POINTS, "Yaer"),
            **cells(POINTS, 1, 0),
            **cells(POINTS, 1, 1),
            "one point": POINTS[:2],
            "a doubled year": changed(POINTS, 2, 0, 2025.0),
            "half a year": changed(POINTS, 2, 0, 2030.5),
            "a year of two digits": changed(POINTS, 2, 0, 30.0),
            "years far apart": changed(POINTS, 2, 0, 2999.0),
            "a size of zero": changed(POINTS, 2, 1, 0.0),
            "an empty size": changed(POINTS, 2, 1, None),
        },
        "share_scenarios": {
            **not_a_table(SCENARIOS, "Scenaro"),
            **cells(SCENARIOS, 1, 1),
            **cells(SCENARIOS, 1, 4),
            "no multiples": without(SCENARIOS, 3),
            "a share in percent": changed(SCENARIOS, 1, 1, 15.0),
            "a margin above one": changed(SCENARIOS, 1, 2, 20.0),
            "a negative multiple": changed(SCENARIOS, 1, 3, -20.0),
            "probabilities that are not whole": changed(SCENARIOS, 1, 4, 0.5),
            "an empty probability": changed(SCENARIOS, 1, 4, None),
            "a doubled scenario": changed(SCENARIOS, 2, 0, "One vendor, low"),
        },
        "observations": {
            **not_a_table(OBSERVATIONS, "Obervation"),
            **cells(OBSERVATIONS, 2, 1),
            **cells(OBSERVATIONS, 2, 2),
            **cells(OBSERVATIONS, 1, 3),
            "no values": without(OBSERVATIONS, 1),
            "an unknown observation": changed(OBSERVATIONS, 2, 0, "Concentraton"),
            "a doubled observation": changed(OBSERVATIONS, 2, 0, "market_value"),
            "a share in percent": changed(OBSERVATIONS, 2, 1, 86.0),
            "a negative value": changed(OBSERVATIONS, 1, 1, -1.0),
        },
        "score_measures": {
            **not_a_table(MEASURES, "Mesure"),
            **cells(MEASURES, 2, 1),
            **cells(MEASURES, 2, 2),
            **cells(MEASURES, 2, 4),
            "no values": without(MEASURES, 1),
            "an unknown measure": changed(MEASURES, 2, 0, "Margin"),
            "a doubled measure": changed(MEASURES, 2, 0, "revenue growth"),
            "a margin in percent": changed(MEASURES, 2, 1, 39.0),
            "a negative weight": changed(MEASURES, 2, 4, -0.3),
            "a line of no length": changed(MEASURES, 2, 3, 0.2),
            "an axis without a measure": MEASURES[:3],
            "an axis without a value": changed(MEASURES, 3, 1, None),
        },
    }


ALONE = [
    ("INFRA_PRICE", "contract_value", -1.0, "contract_value"),
    ("INFRA_PRICE", "capacity", 0.0, "capacity"),
    ("INFRA_PRICE", "term", 0.0, "term"),
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
    ("INFRA_GRID", "across_values", [3.0, 0.0], "assumptions life"),
    ("SYSTEM_LEARNING", "units", [0.0, 1.0], "units"),
    ("SYSTEM_LEARNING", "unit", 0.5, "unit"),
    ("SYSTEM_LEARNING", "unit_cost", -1.0, "unit_cost"),
    *(("SYSTEM_LEARNING", "learning_curve", c, "learning_curve") for c in (0.5, 80.0, -0.8)),
    ("SYSTEM_ECONOMICS", "volume", [1.0, -1.0], "volume"),
    ("SYSTEM_ECONOMICS", "price", [1.0, -1.0], "price"),
    ("SYSTEM_ECONOMICS", "price", [1.0, 1.0, 1.0], "price"),
    ("SYSTEM_ECONOMICS", "units_before", -1.0, "units_before"),
    ("SYSTEM_ECONOMICS", "learning_curve", 0.4, "learning_curve"),
    ("SYSTEM_DENSITY", "system_power", 0.0, "system_power"),
    ("SYSTEM_DENSITY", "capacity", -1.0, "capacity"),
    ("TOKEN_VOLUME", "systems", -1.0, "systems"),
    ("TOKEN_PRICE", "gross_margin", 1.0, "gross_margin"),
    ("TOKEN_BREAK_EVEN", "rate", -0.1, "rate"),
    *(
        (f, name, value, name)
        for f in ("TOKEN_COST", "TOKEN_PRICE", "TOKEN_BREAK_EVEN")
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
    ("MARKET_GROWTH", "first", 0.0, "first"),
    ("MARKET_GROWTH", "last", -1.0, "last"),
    ("MARKET_GROWTH", "years", 0.0, "years"),
    ("MARKET_SHARE_SCENARIOS", "market_size", -1.0, "market_size"),
    ("MARKET_SHARE_SCENARIOS", "rate", -1.0, "rate"),
    ("MARKET_SHARE_SCENARIOS", "years", -1.0, "years"),
    ("MARKET_IMPLIED_SHARE", "value", -1.0, "value"),
    ("MARKET_IMPLIED_SHARE", "market_size", 0.0, "market_size"),
    ("MARKET_IMPLIED_SHARE", "margin", 0.0, "margin"),
    ("MARKET_IMPLIED_SHARE", "multiple", 0.0, "multiple"),
    ("MARKET_TOKEN_GROWTH", "token_multiple", 0.0, "token_multiple"),
    ("MARKET_TOKEN_GROWTH", "spending_multiple", -1.0, "spending_multiple"),
    ("SIGNAL_RUNWAY", "cash", -1.0, "cash"),
    ("SIGNAL_RUNWAY", "longest", 0.0, "longest"),
]
LARGE = [
    ("SYSTEM_ECONOMICS", "unit_cost", 1e308),
    ("TOKEN_COST", "system_cost", 1e306),
    ("MARKET_TOKEN_GROWTH", "token_multiple", 1e-320),
    ("INFRA_PRICE", "capacity", 1e-320),
]


WRONG = wrong()
