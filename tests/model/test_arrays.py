"""Do scenarios by blocks give what all at once give, to the last bit, and take a block's memory?"""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from model.arrays import by_blocks, running, total
from model.dcf.drivers import Drivers
from model.dcf.value import dcf_value
from model.dilution.securities import Securities
from model.dilution.shares import diluted_shares, price_per_share
from model.errors import Floats

RANDOM = np.random.default_rng(2026)
COMPANY = Securities(
    ["Common", "RSUs", "Options", "Tranche"],
    ["common", "rsu", "option", "warrant"],
    [215.2, 11.9, 28.4, 5.6],
    [0, 0, 4.97, 0.01],
    vests_at=[0, 0, 0, 10_000.0],
)


def per_share(growth: Floats, margin: Floats, wacc: Floats) -> Floats:
    drivers = Drivers(
        base_revenue=510.0,
        revenue_growth=growth,
        growth_years=5,
        terminal_growth=0.03,
        operating_margin=-0.2,
        target_margin=margin,
        tax_rate=0.25,
        sales_to_capital=1.2,
        wacc=wacc,
        years=10,
    )
    return dcf_value(drivers, COMPANY).value_per_share


def paths(count: int) -> tuple[Floats, Floats, Floats]:
    return (
        RANDOM.uniform(0.2, 0.6, (count, 1)),
        RANDOM.uniform(-0.1, 0.4, count),
        RANDOM.uniform(0.1, 0.15, (count, 10)),
    )


@pytest.mark.parametrize("block", [1, 7, 256, 1000, 5000])
def test_the_whole_model_by_blocks_gives_the_same_bits(block: int) -> None:
    given = paths(1001)
    assert by_blocks(per_share, *given, block=block).tobytes() == per_share(*given).tobytes()


def test_a_grid_by_rows_gives_the_same_bits() -> None:
    growth, wacc = np.linspace(0.1, 0.5, 21), np.linspace(0.08, 0.14, 23)

    def rows(part: Floats) -> Floats:
        return per_share(part[:, None, None], np.array(0.3), wacc[:, None])

    whole = rows(growth)
    assert whole.shape == (21, 23)
    assert by_blocks(rows, growth, block=4).tobytes() == whole.tobytes()


def test_prices_by_blocks_give_the_same_bits() -> None:
    equity = RANDOM.uniform(0, 5e4, 1001)

    def price(part: Floats) -> Floats:
        return price_per_share(part, COMPANY)

    assert by_blocks(price, equity, block=64).tobytes() == price(equity).tobytes()


@pytest.mark.parametrize("of", [price_per_share, diluted_shares])
def test_many_prices_and_many_securities_take_no_array_of_both(of: Any) -> None:
    kinds = ["common", *["warrant"] * 999]
    hurdles = [0.0, *(40.0 * i for i in range(999))]
    names = [f"Security {i}" for i in range(1000)]
    holders = Securities(names, kinds, [100.0, *[0.5] * 999], 0.0, vests_at=hurdles)
    given = np.linspace(1.0, 40_000.0, 3000).reshape(3, 1000)
    single = np.array([[of(value, holders) for value in row] for row in given[:, ::100]])
    tracemalloc.start()
    found = of(given, holders)
    _, highest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found[:, ::100].tobytes() == single.tobytes()
    # One array of both is 24 MB.
    assert highest < 12e6


def test_no_scenarios_give_no_results() -> None:
    assert by_blocks(lambda path: path.sum(-1), np.empty((0, 10))).shape == (0,)


def test_memory_is_that_of_a_block_and_of_the_results() -> None:
    given = paths(50_000)
    tracemalloc.start()
    by_blocks(per_share, *given, block=1000)
    _, highest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # A line of a thousand paths and ten years is 80 kB, of fifty thousand 4 MB.
    assert highest < 50_000 * 8 + 100 * 80_000


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 10, 15, 16, 17, 40, 130])
def test_a_sum_has_the_same_bits_however_the_numbers_lie(count: int) -> None:
    rows = np.random.default_rng(count).normal(size=(50, count)) * 10.0 ** np.arange(count)[::-1]
    one_by_one = [float(row.sum()) for row in rows]
    assert total(rows).tolist() == one_by_one
    assert total(np.asfortranarray(rows)).tolist() == one_by_one


@pytest.mark.parametrize("step", [np.add, np.multiply, np.maximum])
@pytest.mark.parametrize("scenarios", [2, 500])
def test_many_scenarios_accumulate_as_one_does(step: np.ufunc, scenarios: int) -> None:
    rows = np.random.default_rng(7).uniform(0.5, 1.5, (scenarios, 12))
    expected = [step.accumulate(row).tolist() for row in rows]
    assert running(step, rows).tolist() == expected
    assert running(step, np.asfortranarray(rows)).tolist() == expected


def test_a_path_among_many_has_the_bits_of_its_own() -> None:
    growth, wacc = RANDOM.uniform(0.2, 0.6, (200, 1)), RANDOM.uniform(0.1, 0.15, (200, 1))
    margin = RANDOM.uniform(0.2, 0.4, 200)
    together = per_share(growth, margin, wacc)
    alone = [float(per_share(growth[i], margin[i], wacc[i])) for i in range(200)]
    assert together.tolist() == alone
