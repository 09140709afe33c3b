"""How long what a user waits for takes: `pytest benchmarks`.

Not part of the tests, and nothing is asserted about time: the numbers depend on the machine. The
rows are those of the targets in the design: a cell, a table, a start, a workbook, a command.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model.case.case import load
from model.valuation import value
from workbook import catalogue, template
from workbook.check.report import report
from workbook.functions import CATALOGUE
from workbook.hosts import headless

CASE = load("cerebras")
SECURITIES = [
    ["Security", "Type", "Count", "Strike", "Included"],
    *(
        [
            s.name,
            s.type,
            s.count.number,
            s.strike.number if s.strike else None,
            s.included.number if s.included else 1.0,
        ]
        for s in CASE.securities.values()
        if s.count is not None  # It follows from the offer.
    ),
]
BANDS = [["From month", "To month", "Share"], [1.0, 24.0, 0.15], [25.0, 48.0, 0.43]]
DRIVERS = [
    ["Driver", "Value"],
    *([name, f.value] for name, f in CASE.drivers.items() if not isinstance(f.value, list)),
    ["wacc", 0.13],
]
BY_YEAR = [
    ["Driver", "Value", *map(float, range(2026, 2036))],
    *([name, v, *[None] * 10] for name, v in DRIVERS[1:]),
    *([n, None, *f.value] for n, f in CASE.drivers.items() if isinstance(f.value, list)),
]
CONTRACTED = value(CASE).contracted_revenue.tolist()

SCALARS: dict[str, list[Any]] = {
    "DCF_TERMINAL_GROWTH": [100.0, 0.1, 0.02],
    "DCF_TERMINAL_ROIC": [100.0, 0.1, 0.02, 0.15],
    "DCF_COST_OF_EQUITY": [0.044, 2.04, 0.043, 0.0, 0.0],
    "DCF_WACC": [50_000.0, 983.0, 0.13, 0.06, 0.25],
    "DCF_PRESENT_VALUE": [[100.0] * 10, 0.1, "mid"],
    "DILUTED_SHARES": [185.0, SECURITIES],
    "DILUTED_MARKET_CAP": [185.0, SECURITIES, "treasury"],
    "PRICE_PER_SHARE": [22_000.0, SECURITIES],
}
TABLES: dict[str, list[Any]] = {
    "DILUTION_BRIDGE": [185.0, SECURITIES],
    "RPO_BANDS": [24_600.0, BANDS],
    "RPO_SCHEDULE": [24_600.0, BANDS, 3.0, "smooth", 84.0],
    "DCF_FORECAST": [BY_YEAR, [CONTRACTED]],
    "DCF_VALUE": [BY_YEAR, SECURITIES, [CONTRACTED]],
}
Benchmark = Callable[..., Any]


@pytest.mark.benchmark(group="scalar function, in process")
@pytest.mark.parametrize("name", SCALARS)
def test_scalar_function(benchmark: Benchmark, name: str) -> None:
    assert isinstance(benchmark(CATALOGUE[name].call, *SCALARS[name]), float)


@pytest.mark.benchmark(group="table in, table out, in process")
@pytest.mark.parametrize("name", TABLES)
def test_table_function(benchmark: Benchmark, name: str) -> None:
    assert isinstance(benchmark(CATALOGUE[name].call, *TABLES[name]), list)


@pytest.mark.benchmark(group="table in, table out, of tables that no call has brought before")
@pytest.mark.parametrize("name", TABLES)
def test_table_function_with_new_tables(benchmark: Benchmark, name: str) -> None:
    def first() -> Any:
        catalogue._remembered.cache_clear()
        return CATALOGUE[name].call(*TABLES[name])

    assert isinstance(benchmark(first), list)


MANY = 10_000
TRANCHES: dict[str, list[Any]] = {
    "PRICE_PER_SHARE": [
        4e6,
        [
            ["Security", "Type", "Count", "Strike", "Vests at"],
            ["Common", "common", 1000.0, None, None],
            *([f"Tranche {i}", "warrant", 0.05, 1.0, 1000.0 * i] for i in range(1, MANY)),
        ],
    ],
    "WARRANT_VESTING": [
        [
            ["Tranche", "Count", "Condition", "Threshold"],
            *([f"Tranche {i}", 0.05, "market value", 1000.0 * i] for i in range(1, MANY)),
        ],
        185.0,
        200.0,
    ],
}


@pytest.mark.benchmark(group="ten thousand tranches with a hurdle each, in process")
@pytest.mark.parametrize("name", TRANCHES)
def test_many_tranches(benchmark: Benchmark, name: str) -> None:
    assert benchmark(CATALOGUE[name].call, *TRANCHES[name])


@pytest.mark.benchmark(group="six hundred years of plant by vintage, in process")
def test_many_vintages(benchmark: Benchmark) -> None:
    assert len(benchmark(CATALOGUE["CAPEX_VINTAGES"].call, [100.0] * 600, 1.0, 5.0)) > 600


@pytest.mark.benchmark(group="the model, in process")
def test_value_of_a_case(benchmark: Benchmark) -> None:
    assert benchmark(value, CASE).value_per_share > 0


@pytest.mark.benchmark(group="the workbook, in process")
def test_case_to_finished_workbook(benchmark: Benchmark) -> None:
    assert benchmark(template.build, CASE)


@pytest.mark.benchmark(group="the workbook, in process")
def test_evaluation_alone(benchmark: Benchmark) -> None:
    draft = template.write(CASE)
    values = benchmark(headless.evaluate, draft)
    benchmark.extra_info["formula cells"] = sum(map(len, values.values()))


@pytest.mark.benchmark(group="the workbook, in process")
def test_check(benchmark: Benchmark) -> None:
    assert benchmark(report, template.build(CASE)).faults == []


def run(*arguments: str, folder: Path) -> None:
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True, cwd=folder)


COMMANDS = {
    "an interpreter that does nothing": ["-c", "pass"],
    "import of openpyxl and numpy": ["-c", "import openpyxl, numpy"],
    "first result of a function": [
        "-c",
        "from workbook.functions import CATALOGUE\n"
        "assert CATALOGUE['DCF_TERMINAL_GROWTH'].call(100.0, 0.1, 0.02) == 1250",
    ],
    "offtake --help": ["-m", "workbook", "--help"],
    "offtake value --json": ["-m", "workbook", "value", "--json"],
    "offtake build": ["-m", "workbook", "build", "--force"],
    "offtake check": ["-m", "workbook", "check", "cerebras.xlsx"],
}


@pytest.mark.benchmark(group="fresh process")
@pytest.mark.parametrize("name", COMMANDS)
def test_command(benchmark: Benchmark, name: str, tmp_path: Path) -> None:
    if name == "offtake check":
        run(*COMMANDS["offtake build"], folder=tmp_path)
    benchmark.pedantic(
        run, COMMANDS[name], {"folder": tmp_path}, rounds=7, warmup_rounds=1, iterations=1
    )
