"""How long does a company with segments take, against one without, and how much memory?

    python benchmarks/segments.py [SCENARIOS]

Value per share of the same ten years: without segments; with two segments, three contracts by month
that renew, plant by vintage and two company costs. One case is the least of many calls. Scenarios
have a growth, a margin and a cost of capital of their own, and with segments a renewal rate too;
each route runs by blocks in a process of its own, whose highest resident memory is compared with
that of one that only imports the model.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from datetime import date
from time import process_time
from typing import Any

import numpy as np

from model.arrays import by_blocks
from model.dcf.drivers import Drivers
from model.dcf.segments import SegmentedDrivers
from model.dcf.signed import Plant, SignedContracts
from model.dcf.value import dcf_value
from model.dilution.securities import Securities
from model.errors import Floats

COMPANY = Securities(
    ["Common", "RSUs", "Options", "Warrant"],
    ["common", "rsu", "option", "warrant"],
    [215.2, 11.9, 28.4, 33.4],
    [0, 0, 4.97, 0.01],
)
COMMON = {"tax_rate": 0.25, "terminal_wacc": 0.09, "wacc_years": 5, "terminal_growth": 0.03}
DATES = {"valuation_date": date(2026, 5, 13), "balance_date": date(2026, 3, 31)}
CONTRACTS = SignedContracts(
    ["A", "B", "C"],
    ["Cloud"] * 3,
    intensity=[0.02, 0.05, 0.1],
    amounts=[[20.0] * 36 + [0.0] * 12, [9.0] * 48, [4.0] * 24 + [0.0] * 24],
)
PLANT = Plant(
    ["First", "Second", "Third"],
    [80.0, 60.0, 40.0],
    [date(2026, 6, 30), date(2027, 6, 30), date(2028, 6, 30)],
    [12.0] * 3,
    [12.0] * 3,
    [5.0] * 3,
    ["Cloud"] * 3,
    ["A", "B", "C"],
)
#: Paths of a block: several lines take several times the memory.
BLOCK = 512


def simple(growth: Floats, margin: Floats, wacc: Floats, renewal: Floats) -> Floats:
    drivers = Drivers(
        **COMMON,
        base_revenue=510.0,
        revenue_growth=growth,
        growth_years=5,
        operating_margin=-0.2,
        target_margin=margin,
        sales_to_capital=1.2,
        wacc=wacc,
        years=10,
    )
    return dcf_value(drivers, COMPANY).value_per_share


def segmented(growth: Floats, margin: Floats, wacc: Floats, renewal: Floats) -> Floats:
    cloud = {"power_cost": 0.6, "hosting_cost": 0.8, "renewal_rate": renewal, "renewal_price": 0.95}
    systems = {
        **{"base_revenue": 510.0, "revenue_growth": growth, "growth_years": 5},
        **{"operating_margin": -0.2, "target_margin": margin, "sales_to_capital": 1.2},
    }
    company = {"wacc": wacc, "years": 10, "first_year_end": date(2026, 12, 31)} | COMMON | DATES
    company |= {"research": 90.0, "administration": 30.0}
    drivers = SegmentedDrivers.by_segment(company, {"Cloud": cloud, "Systems": systems})
    return dcf_value(drivers, COMPANY, CONTRACTS, PLANT).value_per_share


ROUTES = {"without segments": simple, "with segments": segmented}


def paths(count: int) -> list[Any]:
    drawn = np.random.default_rng(2026)
    bounds = (
        *(((0.2, 0.6), (count, 1)), ((0.2, 0.4), (count,)), ((0.10, 0.15), (count, 1))),
        ((0.5, 1.0), (count,)),
    )
    return [drawn.uniform(*bound, shape) for bound, shape in bounds]


def run(route: str, count: int) -> None:
    """Print the processor's microseconds for one case and seconds for all, and the MiB at most."""
    one = least = 0.0
    if route != "nothing":
        calculate, given, times = ROUTES[route], paths(count), []
        single = [values[0] for values in given]
        for _ in range(300):
            started = process_time()
            calculate(*single)
            times.append(process_time() - started)
        one, times = min(times), []
        for _ in range(3):
            started = process_time()
            by_blocks(calculate, *given, block=BLOCK)
            times.append(process_time() - started)
        least = min(times)
    print(1e6 * one, least, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> None:
    count = sys.argv[1] if len(sys.argv) > 1 else "100000"
    if len(sys.argv) > 2:
        run(sys.argv[2], int(count))
        return
    found = {}
    for route in ("nothing", *ROUTES):
        command = [sys.executable, __file__, count, route]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found[route] = [float(figure) for figure in answer.split()]
    for route in ROUTES:
        one, seconds, memory = found[route]
        memory -= found["nothing"][2]
        print(f"{route}: one case {one:.0f} us; {count}: {seconds:.2f} s, {memory:.0f} MiB")


if __name__ == "__main__":
    main()
