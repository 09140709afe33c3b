"""How long every function takes from a cell, and how long its model takes for many scenarios.

Run by `pytest benchmarks`; nothing is asserted about time. The calls from cells are the valid calls
of the bad-input sweep; the scenarios go through the same model functions in one call.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.arrays import by_blocks
from model.compute.assumptions import Assumptions
from model.compute.infrastructure import infra_value
from model.compute.market import market_implied_share
from model.compute.tokens import token_volume
from model.dcf.capital_cost import dcf_relever
from model.dcf.discounting import discount_factors
from model.dcf.drivers import Drivers
from model.dcf.stages import dcf_stages
from model.dcf.taxes import dcf_tax_losses
from model.dcf.value import dcf_value
from model.dilution import shares as dilution
from model.dilution.ipo import ipo_proceeds
from model.dilution.option_value import Options
from model.dilution.securities import Securities
from model.dilution.views import equity_less_options
from model.operations.reported import pass_through
from model.rpo import concentration
from model.rpo import measures as rpo_measures
from model.rpo import schedule as rpo
from model.rpo.bands import Banded
from workbook.functions import CATALOGUE

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "workbook"))
import million
from sweep import comparables, contracts, core, declared, economics, equity, operations

CALLS: dict[str, dict[str, Any]] = {
    **declared.valid_calls(CATALOGUE),
    **core.VALID,
    **equity.CALLS,
    **contracts.CALLS,
    **operations.CALLS,
    **economics.CALLS,
    **comparables.CALLS,
    **declared.valid_calls(CATALOGUE),
}
SCENARIOS = 100_000
RANDOM = np.random.default_rng(2026)


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_call_from_a_cell(benchmark: Any, name: str) -> None:
    function = CATALOGUE[name]
    benchmark(function.call, *(CALLS[name].get(p.name) for p in function.parameters))


def many(low: float, high: float, *columns: int) -> Any:
    """Draw a number for every scenario."""
    return RANDOM.uniform(low, high, (SCENARIOS, *columns))


COMPANY = Securities(
    ["Common", "RSUs", "Options", "Warrant"],
    ["common", "rsu", "option", "warrant"],
    [215.2, 11.9, 28.4, 33.4],
    [0, 0, 4.97, 0.01],
)
DISCLOSED = Banded.of(many(20_000, 30_000), [1, 25, 49], [24, 48, 84], share=[0.15, 0.43, 0.42])
FORECAST = Drivers.of(
    {
        "base_revenue": 510.0,
        "revenue_growth": many(0.2, 0.6, 1),
        "growth_years": 5,
        "terminal_growth": 0.03,
        "operating_margin": -0.2,
        "target_margin": many(0.2, 0.4),
        "tax_rate": 0.25,
        "sales_to_capital": many(0.8, 1.5, 1),
        "wacc": many(0.10, 0.15, 1),
        "terminal_wacc": 0.09,
        "wacc_years": 5,
    }
)
OPTIONS = Options(["Options", "Warrant"], [28.4, 33.4], [4.97, 0.01], [4.0, 5.0])
#: By family and calculation; a family that is not listed takes one company at a time.
VECTORISED: dict[str, Callable[[], Any]] = {
    "adjustments: tax over ten years": lambda: dcf_tax_losses(many(-500, 900, 10), 0.25),
    "concentration: index of five": lambda: concentration.concentration_hhi(many(0, 100, 5)),
    "dcf: factors of ten years": lambda: discount_factors(many(0.05, 0.15, 10)),
    "dcf: forecast to value per share": lambda: dcf_value(FORECAST, COMPANY),
    "dcf: the same by blocks": lambda: by_blocks(
        million.per_share, many(0.2, 0.6, 1), many(0.2, 0.4), many(0.10, 0.15, 1)
    ),
    "dilution: shares at a price": lambda: dilution.diluted_shares(many(50, 400), COMPANY),
    "dilution: price of an equity value": lambda: dilution.price_per_share(many(1e4, 1e5), COMPANY),
    "equity: value less two tranches": lambda: equity_less_options(
        many(1e4, 1e5), 185.0, OPTIONS, 227.1, many(0.4, 0.8), 0.04, 0.0, 0.25
    ),
    "compute: value of a megawatt": lambda: infra_value(
        Assumptions(price=many(8, 12), utilisation=0.9, capex=15.9, life=5, rate=0.1)
    ),
    "ipo: proceeds": lambda: ipo_proceeds(many(100, 200), 30.0, 4.5, 0.03, 10.0),
    "leverage: relevered beta": lambda: dcf_relever(many(0.8, 1.8), 0.05, 0.25),
    "compute: share that a value implies": lambda: market_implied_share(
        many(4e4, 1e5), 5e5, 0.3, 20.0, 0.12, 5.0
    ),
    "operations: pass-through over five years": lambda: pass_through(
        many(300, 900, 5), many(-100, 100, 5), np.full(5, 50.0), 0.05
    ),
    "rpo: smooth schedule of 84 months": lambda: rpo.schedule(DISCLOSED),
    "rpo_measures: present value of 84 months": lambda: rpo_measures.present_value(
        np.full(84, 290.0), many(0.05, 0.15)
    ),
    "stages: ten years and perpetuity": lambda: dcf_stages(
        100.0, many(0.05, 0.3, 10), many(0.08, 0.12, 1), 0.03
    ),
    "compute: tokens": lambda: token_volume(many(1e3, 1e5), 0.5, 100.0),
}


@pytest.mark.parametrize("what", VECTORISED)
def test_a_hundred_thousand_scenarios(benchmark: Any, what: str) -> None:
    benchmark.pedantic(VECTORISED[what], rounds=5, warmup_rounds=1)
