"""Does a scenario axis of many paths give the same results as single calls?

Oracle: the single calls. The same operations in the same order must give the same bits, so nothing
but the order in which a sum is taken may differ, and that by a few units in the last place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest

from model.dcf import capital_cost, discounting, terminal
from model.dcf.discounting import TIMINGS
from model.dcf.drivers import Drivers
from model.dcf.value import dcf_value
from model.dilution import shares as dilution
from model.dilution.securities import Securities
from model.dilution.shares import METHODS
from model.rpo import schedule as rpo
from model.rpo.bands import Banded

SCENARIOS = 7
YEARS = 6


def drawn(low: float, high: float, *shape: int) -> np.ndarray[Any, Any]:
    """Different numbers for every call with other bounds, and the same on every run."""
    seed = np.random.default_rng([int(1e6 * abs(low)), int(1e6 * abs(high)), *shape])
    return seed.uniform(low, high, (SCENARIOS, *shape))


def arrays(result: Any) -> list[tuple[str, np.ndarray[Any, Any]]]:
    if isinstance(result, tuple):
        return [named for part in result for named in arrays(part)]
    if is_dataclass(result):
        found = ((f.name, getattr(result, f.name)) for f in fields(result))
        arrays_alone = ((name, a) for name, a in found if isinstance(a, np.ndarray | np.generic))
        # What the bridge says in words is compared in test_claims.
        return [(name, a) for name, a in arrays_alone if a.dtype.kind != "U"]
    return [("", np.asarray(result))]


def agree(call: Callable[..., Any], **arguments: np.ndarray[Any, Any]) -> None:
    """Compare calls over all scenarios, in all arguments or in one alone, with single calls."""
    for varied in ([*arguments], *([name] for name in arguments)):
        together = arrays(call(**{k: v if k in varied else v[0] for k, v in arguments.items()}))
        single = [
            arrays(call(**{k: v[i if k in varied else 0] for k, v in arguments.items()}))
            for i in range(SCENARIOS)
        ]
        assert together
        for n, (name, found) in enumerate(together):
            expected = np.array([one[n][1] for one in single])
            # Arguments that do not vary by scenario need not have the axis.
            found = np.broadcast_to(found, expected.shape)
            np.testing.assert_allclose(found, expected, rtol=2e-15, atol=0, err_msg=name)


def holders(count: Any = (100.0, 5.0, 20.0, 30.0, 10.0), strike: Any = (0, 0, 20, 90, 60)) -> Any:
    kinds = ["common", "rsu", "option", "warrant", "convertible"]
    return Securities(kinds, kinds, count, strike)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "call", [dilution.dilution_bridge, dilution.diluted_shares, dilution.diluted_market_cap]
)
def test_dilution(call: Callable[..., Any], method: str) -> None:
    agree(lambda price: call(price, holders(), method), price=drawn(0, 150))
    agree(
        lambda price, count: call(price, holders(count), method),
        price=drawn(0, 150),
        count=drawn(1, 80, 5),
    )


@pytest.mark.parametrize("method", METHODS)
def test_price_per_share(method: str) -> None:
    agree(
        lambda equity: dilution.price_per_share(equity, holders(), method),
        equity=drawn(-2_000, 20_000),
    )
    agree(
        lambda equity, count: dilution.price_per_share(equity, holders(count), method),
        equity=drawn(0, 20_000),
        count=drawn(1, 80, 5),
    )
    # A customer's warrant may vest in some scenarios and not in others.
    agree(
        lambda equity, included: dilution.price_per_share(
            equity,
            Securities(["C", "W"], ["common", "warrant"], [100.0, 30.0], [0, 40.0], included),
            method,
        ),
        equity=drawn(0, 20_000),
        included=np.stack([np.ones(SCENARIOS), drawn(0, 1)], axis=-1),
    )


@pytest.mark.parametrize("shape", rpo.SHAPES)
def test_schedule(shape: str) -> None:
    first, last = [1, 25, 49], [24, 48, 84]

    def scheduled(balance: Any, share: Any) -> rpo.RecognitionSchedule:
        return rpo.schedule(Banded.of(balance, first, last, share=share), 5, shape, 100)

    agree(
        lambda balance: scheduled(balance, [0.15, 0.43, 0.3]),
        balance=drawn(0, 50_000),
    )
    agree(scheduled, balance=drawn(0, 50_000), share=drawn(0, 1 / 3, 3))


def test_rollforward() -> None:
    agree(
        rpo.rpo_rollforward,
        opening=drawn(500, 900),
        bookings=drawn(50, 99, YEARS),
        recognised=drawn(0, 50, YEARS),
        cancelled=drawn(0, 20, YEARS),
    )
    agree(
        rpo.rpo_implied_bookings,
        balances=drawn(0, 900, YEARS + 1),
        recognised=drawn(0, 50, YEARS),
    )


@pytest.mark.parametrize("timing", TIMINGS)
def test_discounting(timing: str) -> None:
    agree(
        lambda rates, stub: discounting.dcf_discount_factors(rates, None, timing, stub),
        rates=drawn(-0.1, 0.3, YEARS),
        stub=drawn(0.1, 1),
    )
    agree(
        lambda flows, rates: discounting.dcf_present_value(flows, rates, timing),
        flows=drawn(1, 100, YEARS),
        rates=drawn(-0.1, 0.3, YEARS),
    )
    agree(
        lambda stub: discounting.dcf_present_value([1.0, 2.0, 3.0], 0.1, timing, stub),
        stub=drawn(0.1, 1),
    )
    agree(
        lambda value, flow, rate: terminal.dcf_implied_growth(value, flow, rate, timing),
        value=drawn(900, 2_000),
        flow=drawn(10, 90),
        rate=drawn(0.05, 0.2),
    )


def test_terminal_values() -> None:
    rate, growth, roic = drawn(0.06, 0.2), drawn(-0.02, 0.05), drawn(0.06, 0.3)
    flow = drawn(10, 90)
    agree(terminal.dcf_terminal_growth, next_cash_flow=flow, rate=rate, growth=growth)
    agree(terminal.dcf_terminal_roic, next_nopat=flow, rate=rate, growth=growth, roic=roic)
    agree(terminal.dcf_terminal_multiple, metric=flow, multiple=drawn(0, 30))


def test_capital_cost() -> None:
    agree(
        capital_cost.dcf_cost_of_equity,
        risk_free=drawn(0, 0.05),
        beta=drawn(0, 2),
        equity_risk_premium=drawn(0, 0.07),
        size_premium=drawn(0, 0.03),
        country_premium=drawn(0, 0.04),
    )
    agree(
        capital_cost.dcf_wacc,
        equity_value=drawn(1, 100),
        debt_value=drawn(0, 100),
        cost_of_equity=drawn(0.05, 0.2),
        cost_of_debt=drawn(0.02, 0.1),
        tax_rate=drawn(0, 0.4),
        preferred_value=drawn(0, 20),
        cost_of_preferred=drawn(0.04, 0.09),
    )


#: Every driver that may differ between scenarios, with bounds that suit the others.
NUMBERS = {
    "base_revenue": (400, 900),
    "uncontracted_base": (100, 400),
    "target_margin": (0.1, 0.4),
    "loss_carryforward": (0, 300),
    "loss_limit": (0, 1),
    "terminal_tax_rate": (0.1, 0.4),
    "terminal_wacc": (0.06, 0.1),
    "terminal_growth": (0, 0.05),
    "terminal_roic": (0.06, 0.3),
    "failure_probability": (0, 0.9),
    "failure_proceeds": (0, 0.8),
    "stub": (0.1, 1),
    "cash": (0, 500),
    "offer_proceeds": (0, 5_000),
    "other_assets": (0, 50),
    "debt": (0, 700),
    "leases": (0, 70),
    "other_claims": (0, 7),
}
YEARLY = {
    "revenue_growth": (-0.1, 0.5),
    "renewal_rate": (0, 1),
    "operating_margin": (-0.5, 0.5),
    "tax_rate": (0, 0.3),
    "sales_to_capital": (1, 3),
    "wacc": (0.08, 0.2),
}


@pytest.mark.parametrize("timing", TIMINGS)
@pytest.mark.parametrize("terminal", ["growth", "roic", "multiple"])
def test_value(timing: str, terminal: str) -> None:
    fixed = {
        "timing": timing,
        "terminal": terminal,
        "terminal_multiple": 3.0,
        "terminal_metric": "revenue",
        "years": YEARS,
    }

    def valued(contracted: Any, **drivers: Any) -> Any:
        made = dcf_value(Drivers.of(fixed | drivers), holders(), contracted)
        return made.forecast, made

    # Paths that differ from year to year ...
    yearly = {name: drawn(*bounds, YEARS) for name, bounds in YEARLY.items()}
    single = {n: drawn(*bounds) for n, bounds in NUMBERS.items() if n != "target_margin"}
    agree(valued, contracted=drawn(0, 300, YEARS), **yearly, **single)
    # ... and single numbers that fade and converge.
    fixed |= {"growth_years": 2, "wacc_years": 3, "margin_years": 4, "tax_years": 1}
    several = {name: drawn(*bounds, 1) for name, bounds in YEARLY.items()}
    agree(
        valued,
        contracted=drawn(0, 300, YEARS),
        **several,
        **{n: drawn(*bounds) for n, bounds in NUMBERS.items()},
    )
    # Capital spending in place of sales-to-capital.
    del yearly["sales_to_capital"]
    for name in ("growth_years", "wacc_years", "margin_years", "tax_years"):
        del fixed[name]
    spending = {
        "capital_expenditure": drawn(0, 90, YEARS),
        "depreciation": drawn(0, 80, YEARS),
        "working_capital_change": drawn(-20, 20, YEARS),
    }
    agree(valued, contracted=drawn(0, 300, YEARS), **yearly, **spending, **single)
