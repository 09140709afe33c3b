"""How long does each function take from a cell, with its published example?

    python benchmarks/functions.py [NAME ...]

The least of many runs, in microseconds of the processor's time: what others do on the machine adds
to a run and never takes from it. The slowest come first; what misses its target is marked.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import process_time
from typing import Any

from workbook.functions import CATALOGUE

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "workbook"))
from sweep.declared import valid_calls

#: Microseconds: numbers in and a number out, or a table in or out.
SCALAR, TABLE = 20, 200
#: Rounds, and seconds of each.
ROUNDS, ROUND = 40, 0.003


def least(name: str, cells: list[Any]) -> float:
    """Return the least time of a call, in microseconds."""
    call = CATALOGUE[name].call
    call(*cells)
    times, often = [], 1
    for _ in range(ROUNDS):
        started = process_time()
        for _ in range(often):
            call(*cells)
        taken = (process_time() - started) / often
        times.append(taken)
        often = max(1, int(ROUND / taken))
    return min(times) * 1e6


def as_passed(value: Any) -> Any:
    """Give cells as a host does, whose numbers are all floats."""
    if isinstance(value, list):
        return [as_passed(cell) for cell in value]
    return float(value) if isinstance(value, int | float) and type(value) is not bool else value


def target(name: str, cells: list[Any]) -> int:
    lists = any(isinstance(cell, list) for cell in cells)
    return TABLE if lists or CATALOGUE[name].returns == "table" else SCALAR


def main() -> None:
    calls = {
        name: [
            None if value is p.default else as_passed(value)
            for p, value in zip(CATALOGUE[name].parameters, named.values(), strict=True)
        ]
        for name, named in valid_calls(CATALOGUE).items()
        if len(sys.argv) == 1 or name in sys.argv
    }
    times = {name: least(name, cells) for name, cells in calls.items()}
    for name in sorted(times, key=times.__getitem__, reverse=True):
        bound = target(name, calls[name])
        missed = f"  above {bound}" if times[name] > bound else ""
        print(f"{times[name]:8.1f}  {name}{missed}")


if __name__ == "__main__":
    main()
