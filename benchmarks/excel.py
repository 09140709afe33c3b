"""How long does a call take the way Excel makes it: xlwings' DLL, COM, and a Windows Python?

    OFFTAKE_WINE=FOLDER python benchmarks/excel.py

`.ci/wine FOLDER` downloads what is needed. There is no Excel: a client under Wine makes its calls,
with values, as formulas pass them, and with objects that xlwings treats as ranges, as cells are
passed. The server asks each such object for its address, size and value, through Wine's COM.
"""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median
from typing import Any

from hosts import SHARES, WACC, Call, calls_of

from model.case.case import load
from workbook import template

# The client is the one from the tests.
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "workbook"))

import wine
from xlwings_on_windows import InCells

STARTS = 5


def in_cells(value: Any) -> InCells:
    """Put an argument into cells."""
    if isinstance(value, list) and not isinstance(value[0], list):
        value = [[cell] for cell in value]
    return InCells(tuple(map(tuple, value)) if isinstance(value, list) else value)


def request(call: Call, *, cells: bool) -> tuple[str, list[Any]]:
    name, given = call
    return name.lower(), [wine.com(in_cells(g) if cells else g) for g in given]


def main() -> None:
    place = wine.folder()
    if place is None:
        sys.exit("OFFTAKE_WINE names no folder")
    starts, firsts = [], []
    for number in range(STARTS):
        client = wine.Wine(place)
        starts.append(client.ask("start", f"C:\\{number}.xlsm"))
        client.ask("call", *request(WACC, cells=False))
        firsts.append(client.seconds)
        if number < STARTS - 1:
            client.close()
    print("| | least | median |\n|---|---|---|")
    print(f"| start of the server | {min(starts):.2f} s | {median(starts):.2f} s |")
    print(f"| first call, with its imports | {min(firsts):.2f} s | {median(firsts):.2f} s |")
    for what, call in (("number out, five numbers in", WACC), ("number out, a table in", SHARES)):
        for how, cells, often in (("values", False, 500), ("cells", True, 30)):
            least, middle = client.ask("times", *request(call, cells=cells), often)
            print(f"| {what}, as {how} | {least:.1f} ms | {middle:.1f} ms |")
    calls = calls_of(template.build(load("cerebras")))
    for how, cells, often in (("values", False, 5), ("cells", True, 1)):
        taken = []
        for _ in range(often):
            client.ask("calls", [request(call, cells=cells) for call in calls])
            taken.append(client.seconds)
        print(
            f"| all {len(calls)} calls of the workbook, as {how} "
            f"| {min(taken):.2f} s | {median(taken):.2f} s |"
        )
    client.close()


if __name__ == "__main__":
    main()
