"""How long do a million ten-year paths take through the whole DCF model, and how much memory?

    python benchmarks/million.py [SCENARIOS]

Value per share, with growth, margin and cost of capital of their own on every path: by blocks, and
all at once for comparison. Each runs in a process of its own, whose highest resident memory is
compared with that of one that only imports the model; seconds are the least, of five runs, of the
processor's time.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from time import process_time
from typing import Any

import numpy as np

from model.arrays import by_blocks
from model.dcf.drivers import Drivers
from model.dcf.value import dcf_value
from model.dilution.securities import Securities
from model.errors import Floats

COMPANY = Securities(
    ["Common", "RSUs", "Options", "Warrant"],
    ["common", "rsu", "option", "warrant"],
    [215.2, 11.9, 28.4, 33.4],
    [0, 0, 4.97, 0.01],
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
        terminal_wacc=0.09,
        wacc_years=5,
        years=10,
    )
    return dcf_value(drivers, COMPANY).value_per_share


def paths(count: int) -> list[Any]:
    drawn = np.random.default_rng(2026)
    bounds = (((0.2, 0.6), (count, 1)), ((0.2, 0.4), (count,)), ((0.10, 0.15), (count, 1)))
    return [drawn.uniform(*bound, shape) for bound, shape in bounds]


def run(route: str, count: int) -> None:
    """Print the seconds, and the highest memory in MiB."""
    least = 0.0
    if route != "nothing":
        given, times = paths(count), []
        for _ in range(5):
            started = process_time()
            if route == "by blocks":
                by_blocks(per_share, *given)
            else:
                per_share(*given)
            times.append(process_time() - started)
        least = min(times)
    print(least, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> None:
    count = sys.argv[1] if len(sys.argv) > 1 else "1000000"
    if len(sys.argv) > 2:
        run(sys.argv[2], int(count))
        return
    found = {}
    for route in ("nothing", "by blocks", "at once"):
        command = [sys.executable, __file__, count, route]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found[route] = [float(figure) for figure in answer.split()]
    for route in ("by blocks", "at once"):
        seconds, memory = found[route]
        print(f"{route}: {seconds:.2f} s, {memory - found['nothing'][1]:.0f} MiB")


if __name__ == "__main__":
    main()
