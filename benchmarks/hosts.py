"""How long does each host take to start, to calculate the workbook, and to answer a call?

    OFFTAKE_PYODIDE=FOLDER python benchmarks/hosts.py

The calls of the workbook are written down while the headless engine evaluates it, and made once
more by the worker of LibreOffice and, where `.ci/pyodide` has filled a folder, by Pyodide under
Node. What Calc itself takes stands in docs/libreoffice.md. Times are seconds, the least of several.
"""

from __future__ import annotations

import dataclasses
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy_financial

from model.case.case import load
from workbook import template
from workbook.functions import CATALOGUE
from workbook.hosts import engine as evaluating
from workbook.hosts import headless, lite
from workbook.hosts.calc import supervisor
from workbook.package.formulas import tokens
from workbook.package.package import Package

Call = tuple[str, tuple[Any, ...]]

REPEATS = 5

#: A call with numbers, and a call with a small table.
WACC: Call = ("DCF_WACC", (39_817.28, 982.9, 0.1317, 0.06, 0.21))
SHARES: Call = (
    "DILUTED_SHARES",
    (
        185.0,
        [
            ["Security", "Type", "Count", "Strike"],
            ["Common", "common", 200.0, None],
            ["Options", "option", 28.4, 4.97],
        ],
    ),
)

IN_PYODIDE = """
import { readFileSync } from "node:fs";
const started = performance.now();
const [, , runtime, wheel, folder] = process.argv;
const { loadPyodide } = await import(runtime);
const pyodide = await loadPyodide();
pyodide.unpackArchive(new Uint8Array(readFileSync(wheel)), "wheel");
for (const name of ["main.py", "xlwings.py", "numpy_financial.zip", "calls", "run.py"])
    pyodide.FS.writeFile(name, new Uint8Array(readFileSync(`${folder}/${name}`)));
pyodide.runPython(`
import sys
sys.path[:0] = [".", "numpy_financial.zip"]
import main
main.dcf_wacc(39_817.28, 982.9, 0.1317, 0.06, 0.21)
`);
console.log((performance.now() - started) / 1000);
console.log(pyodide.runPython(readFileSync(`${folder}/run.py`, "utf8")));
"""

XLWINGS = """
class XlwingsError(Exception):
    pass

def func(f):
    return f

def arg(name, **options):
    return func
"""

RUN = """
import pickle, time

def least(of, repeats):
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        of()
        times.append(time.perf_counter() - started)
    return min(times)

def made(calls):
    for name, cells in calls:
        main.CATALOGUE[name].call(*cells)

calls, wacc, shares = pickle.load(open("calls", "rb"))
" ".join(
    str(figure)
    for figure in (
        least(lambda: made(calls), 5),
        least(lambda: made([wacc] * 1000), 5) / 1000,
        least(lambda: made([shares] * 1000), 5) / 1000,
    )
)
"""


def least(of: Callable[[], object], repeats: int = REPEATS) -> float:
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        of()
        times.append(time.perf_counter() - started)
    return min(times)


def calls_of(package: bytes) -> list[Call]:
    """Record a call for each one in a formula: the engine's last, because it repeats many."""
    made: dict[str, list[Call]] = {name: [] for name in CATALOGUE}

    def noting(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*cells: Any) -> Any:
            found = call(*cells)
            made[name].append((name, cells))
            return found

        return noted

    kept = dict(CATALOGUE)
    evaluating.CATALOGUE = {
        n: dataclasses.replace(f, call=noting(n, f.call)) for n, f in kept.items()
    }
    try:
        headless.evaluate(package)
    finally:
        evaluating.CATALOGUE = kept
    texts = [
        formula.text for of in Package.opened(package).formulas.values() for formula in of.values()
    ]
    counts = {name: sum(tokens(text).count(name) for text in texts) for name in CATALOGUE}
    return [call for name, count in counts.items() if count for call in made[name][-count:]]


def answer(calls: list[Call]) -> None:
    for name, cells in calls:
        CATALOGUE[name].call(*cells)


def fresh(code: str) -> float:
    """Time a Python that starts, does something and ends."""
    return least(lambda: subprocess.run([sys.executable, "-c", code], check=True))


def row(host: str, start: float, calculation: float, wacc: float, shares: float) -> None:
    print(
        f"| {host} | {start:.2f} s | {calculation * 1000:.0f} ms "
        f"| {wacc * 1e6:.0f} us | {shares * 1e6:.0f} us |"
    )


def in_process(calls: list[Call]) -> None:
    start = fresh("from workbook.functions import dcf_wacc as f; f(1.0, 1.0, .1, .1, .2)")
    wacc, shares = (least(lambda c=c: answer([c] * 1000)) / 1000 for c in (WACC, SHARES))
    row("the functions alone, CPython", start, least(lambda: answer(calls)), wacc, shares)


def engine(package: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "x.xlsx"
        file.write_bytes(package)
        start = fresh(
            "import sys; from pathlib import Path; from workbook.hosts.headless import evaluate;"
            f"evaluate(Path({str(file)!r}).read_bytes())"
        )
    print(f"headless: {start:.2f} s, {least(lambda: headless.evaluate(package)) * 1000:.0f} ms")


def worker(calls: list[Call]) -> None:
    def first() -> None:
        started = supervisor.Worker(supervisor.worker_command(sys.executable))
        started.call(*WACC)
        started.close()

    start = least(first)
    there = supervisor.Worker(supervisor.worker_command(sys.executable))

    def ask(many: list[Call]) -> None:
        for name, cells in many:
            there.call(name, cells)

    ask([WACC])
    wacc, shares = (least(lambda c=c: ask([c] * 1000)) / 1000 for c in (WACC, SHARES))
    row("a worker, over its pipes", start, least(lambda: ask(calls)), wacc, shares)
    there.close()


def pyodide(calls: list[Call], needed: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "main.py").write_text(lite.settings(bundle=True)["main.py"])
        (folder / "xlwings.py").write_text(XLWINGS)
        (folder / "run.py").write_text(RUN)
        (folder / "run.mjs").write_text(IN_PYODIDE)
        (folder / "calls").write_bytes(pickle.dumps((calls, WACC, SHARES), 4))
        source = Path(numpy_financial.__file__).parent
        shutil.make_archive(str(folder / "numpy_financial"), "zip", source.parent, source.name)
        wheel = next(needed.glob("numpy-*.whl"))
        runtime = needed / "node_modules/pyodide/pyodide.mjs"
        command = ["node", folder / "run.mjs", runtime, wheel, folder]
        times = [
            subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
            for _ in range(3)
        ]
    row("Pyodide under Node", *(min(map(float, column)) for column in zip(*times, strict=True)))


def main() -> None:
    package = template.build(load("cerebras"))
    calls = calls_of(package)
    cells = sum(len(of) for of in headless.evaluate(package).values())
    print(f"{cells} formula cells, {len(calls)} calls")
    in_process(calls)
    engine(package)
    worker(calls)
    if needed := os.environ.get("OFFTAKE_PYODIDE"):
        if not [*Path(needed).glob("numpy-*.whl")]:
            sys.exit(f"OFFTAKE_PYODIDE must be a folder that .ci/pyodide has filled, not {needed}.")
        pyodide(calls, Path(needed))


if __name__ == "__main__":
    main()
