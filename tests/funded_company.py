"""A small made-up company that grows faster than its cash, with its funding worked by hand.

Revenue grows from 1,000 to 1,500 and 2,000, and then not at all, at a margin of 10% and without
tax; each dollar of growth takes a dollar of capital. So free cash flow is 150 - 500, 200 - 500 and
200. Of its cash of 400, 100 is restricted.
"""

from __future__ import annotations

from datetime import date
from typing import Any

Tree = dict[str, Any]

FREE_CASH_FLOW = [-350.0, -300.0, 200.0]
#: 4% of 300, then of the minimum of 100.
INTEREST_ON_CASH = [12.0, 4.0, 4.0]
#: 10% of 600, 600 and 400, and 8% of the 150 drawn.
INTEREST = [60.0, 72.0, 52.0]
#: 300 - 350 + 12 - 60; 100 - 300 + 4 - 72 - 200; 100 + 200 + 4 - 52 - 100.
CASH_BEFORE = [-98.0, -468.0, 152.0]
#: The facility comes first: all of its 150 in the first year; 52 are repaid in the third.
DRAWN, REPAID = [150.0, 0.0, 0.0], [0.0, 0.0, 52.0]
#: 100 + 98 - 150; 100 + 468.
GAP = [48.0, 568.0, 0.0]
#: 4 times EBITDA of 150, 200 and 200, less net debt of 600 + 150, 400 + 150 and 300 + 98, each
#: less 100 of cash.
HEADROOM = [-50.0, 350.0, 502.0]


def funded() -> Tree:
    """Spell out the case, for tests that change one thing in it."""
    return {
        "company": {
            "name": "Made-up Cloud",
            "ticker": "MUC",
            "about": "Rents out capacity that it builds with borrowed money.",
            "valuation_date": date(2025, 12, 31),
            "first_year_end": date(2026, 12, 31),
            "source": "made_up",
            "as_of": date(2025, 12, 31),
        },
        "sources": {
            "made_up": {"title": "Made up", "quality": "assumption", "as_of": date(2025, 12, 31)}
        },
        "price": _section(share=20.0),
        "balance_sheet": _section(
            cash=300.0, restricted_cash=100.0, restricted_cash_counts="included", borrowings=600.0
        ),
        "securities": _section(common={"name": "Common", "type": "common", "count": 100.0}),
        "cost_of_capital": _section(
            risk_free=0.04, beta=1.0, equity_risk_premium=0.06, size_premium=0.0,
            country_premium=0.0, cost_of_debt=0.1, tax_rate=0.0,
        ),
        "drivers": _section(
            base_revenue=1000.0, uncontracted_revenue=[1500.0, 2000.0, 2000.0],
            operating_margin=0.1, sales_to_capital=1.0, tax_rate=0.0, terminal="multiple",
            terminal_growth=0.02, terminal_multiple=20.0,
        ),
        "funding": _section(minimum_cash=100.0, interest_on_cash=0.04),
        "tables": _section(
            commitments={
                "loan": {
                    "commitment": "Loan", "kind": "debt", "balance": 600.0, "rate": 0.1,
                    "2027": 200.0, "2028": 100.0,
                }
            },
            facilities={
                "revolver": {
                    "facility": "Revolver", "limit": 150.0, "drawn": 0.0, "rate": 0.08,
                    "expiry": 2030,
                }
            },
            covenants={
                "leverage": {
                    "covenant": "Leverage", "measure": "net debt to EBITDA", "limit": 4.0
                }
            },
        ),
    }  # fmt: skip


def _section(**figures: Any) -> Tree:
    return {"company": "MUC", "source": "made_up", **figures}
