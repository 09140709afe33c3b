"""How long does a grid of 21 by 21 values take, how long a large one, and how much memory?

    python benchmarks/sensitivity.py

Value per share by cost of capital and terminal growth: of each shipped company, and of the first
one without its segments. The processor's milliseconds, the least of many runs; then microseconds
for each value of a grid of 1,000 by 1,000, and what it adds to the highest resident memory.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from time import process_time

import numpy as np

from model.case.case import load, parse
from model.case.file import names
from model.uncertainty.changes import Business
from model.uncertainty.sensitivity import SensitivityGrid, dcf_sensitivity
from model.valuation import value

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import cases

ROUNDS, SIDE, LARGE = 50, 21, 1000


def grid(of: Business, side: int) -> SensitivityGrid:
    growth = float(of.drivers.terminal_growth)
    return dcf_sensitivity(
        of.drivers, of.securities, of.contracted,
        "wacc & terminal_wacc", np.linspace(-0.01, 0.01, side),
        "terminal_growth", growth + np.linspace(-0.01, 0.01, side), plant=of.plant,
    )  # fmt: skip


def seconds(of: Business, side: int, rounds: int) -> float:
    least = np.inf
    for _ in range(rounds):
        started = process_time()
        grid(of, side)
        least = min(least, process_time() - started)
    return least


def main() -> None:
    companies = {name: value(load(name)).business for name in names()}
    companies["without segments"] = value(parse(cases.simple())).business
    for name, of in companies.items():
        print(f"{name:16} {SIDE} by {SIDE}: {1e3 * seconds(of, SIDE, ROUNDS):5.2f} ms")
    for name in ("without segments", next(iter(companies))):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        each = 1e6 * seconds(companies[name], LARGE, 1) / LARGE**2
        memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        print(f"{name:16} {LARGE} by {LARGE}: {each:.2f} us a value, {memory:.0f} MiB")


if __name__ == "__main__":
    main()
