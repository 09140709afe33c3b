"""Does the xlwings Lite code match Python in its own runtime, to the last bit?

The runtime is Pyodide, here in Node instead of a browser; the code is a built workbook's, its
bundle included, so that the only other thing there is what its requirements.txt names. Oracle: the
catalogue under the Python of this environment. Only xlwings is replaced, because the add-in's part
of it is not open source: its decorators by ones that do nothing.

numpy takes exp, log, powers and products of matrices from routines for the processor it runs on,
and their last bits differ from processor to processor. So results are compared twice: bit for bit
with a Python in which these routines are switched off; and with one as it comes, bit for bit too
but for the functions that are listed here with the routine they take.

`.ci/pyodide FOLDER` fetches what is needed, and OFFTAKE_PYODIDE names that folder; the tests are
skipped without it.
"""

from __future__ import annotations

import base64
import json
import math
import os
import pickle
import platform
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy_financial
import pytest
from test_bad_input import VALID

from workbook.functions import CATALOGUE
from workbook.hosts import lite

#: Runs a Python file in Pyodide with a folder's files; Node's Buffer would be refused.
NODE = """
const { readFileSync, readdirSync } = await import("node:fs");
const [, runtime, wheel, folder] = process.argv;
const { loadPyodide } = await import(runtime);
const pyodide = await loadPyodide();
pyodide.unpackArchive(new Uint8Array(readFileSync(wheel)), "wheel");
for (const name of readdirSync(folder))
    pyodide.FS.writeFile(name, new Uint8Array(readFileSync(`${folder}/${name}`)));
try {
    console.log(pyodide.runPython(readFileSync(`${folder}/run.py`, "utf8")));
} catch (error) {
    console.error(error.message);
    process.exit(1);
}
"""

#: Stands in for xlwings.
XLWINGS = """
class XlwingsError(Exception):
    pass

def func(f):
    return f

def arg(name, **options):
    return func
"""

#: Answers every call; a refusal is answered by its text, or by the text that it returned.
RUN = """
import base64, json, pickle, sys, time

sys.path[:0] = [".", "numpy_financial.zip"]
started = time.perf_counter()
import main
ready = time.perf_counter() - started
from xlwings import XlwingsError

def answer(name, cells):
    try:
        return getattr(main, name)(*cells)
    except XlwingsError as refusal:
        return str(refusal)

calls = pickle.load(open("calls", "rb"))
answers = [answer(name, cells) for name, cells in calls]
json.dumps({
    "version": sys.version,
    "ready": ready,
    "module": main.CALLABLE["RPO_BANDS"].call.__code__.co_filename,
    "imported": sorted({name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names),
    "answers": base64.b64encode(pickle.dumps(answers, 4)).decode(),
})
"""

#: Answers the calls of the catalogue under the Python of this environment.
HERE = """
import base64, pickle, sys
from workbook.functions import CATALOGUE
calls = pickle.load(open(sys.argv[1], "rb"))[:len(CATALOGUE)]
answers = [CATALOGUE[name.upper()].call(*cells) for name, cells in calls]
print(base64.b64encode(pickle.dumps(answers, 4)).decode())
"""

#: Switches off what numpy, its linear algebra and the C library do for one processor only; numpy
#: knows its own routines by these names up to version 2.3, and by the last three since.
ANY_PROCESSOR = {
    "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL "
    "AVX512_SPR X86_V3 X86_V4 AVX512_ICL",
    "OPENBLAS_CORETYPE": "Prescott",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4",
}

#: Functions whose last bits depend on the processor, and the routines of numpy that make them so.
BY_PROCESSOR = {
    "RPO_CONTRACTS": "exp",
    "RPO_PRESENT_VALUE": "exp, powers",
    "OPTION_VALUE_DILUTED": "exp, log",
    "EQUITY_LESS_OPTIONS": "exp, log",
    "MARKET_PATH": "exp, log",
    "MARKET_SUBSTITUTION": "exp, log",
    "MARKET_CROSSING": "log",
    "MARKET_DISPLACEMENT": "powers",
    "SYSTEM_BREAK_EVEN": "powers",
    # Powers; in few of their numbers.
    "INFRA_GRID": "powers",
    "SYSTEM_LEARNING": "powers",
    # Internal rates; for most flows the last bits are the same even so.
    "RETURN_IRR": "exp, log",
    "RETURN_IRR_ALL": "exp, log",
    "RETURN_XIRR": "exp, log",
    "COMPS_REGRESSION": "linear algebra",
    "COMPS_PREDICTED": "linear algebra",
    "COMPS_VERDICT": "linear algebra",
}

#: Largest difference from a Python as it comes, relative to the number.
RELATIVE = 1e-13

#: Calls that are refused, and what the cell shows.
REFUSED: list[tuple[tuple[str, list[Any]], str]] = [
    (
        ("dcf_terminal_multiple", [None, 2.0]),
        "metric must be given: revenue, EBITDA or operating income of the final year.",
    ),
    (("dcf_terminal_multiple", ["#N/A", 2]), "metric must be a number, not the error #N/A."),
    (("dcf_terminal_growth", [5.0, 0.02, 0.03]), "#NUM!"),
]


def cells_of(name: str) -> list[Any]:
    return [VALID[name].get(p.name) for p in CATALOGUE[name].parameters]


def bits(value: Any) -> Any:
    """Return a result so that only what is the same to the last bit is equal."""
    if isinstance(value, list):
        return [bits(cell) for cell in value]
    return struct.pack(">d", value) if isinstance(value, float) else (type(value).__name__, value)


def close(value: Any, other: Any) -> bool:
    """Tell whether two results are the same but for rounding."""
    if isinstance(value, list):
        return len(value) == len(other) and all(map(close, value, other))
    if isinstance(value, float):
        return isinstance(other, float) and math.isclose(value, other, rel_tol=RELATIVE)
    return bits(value) == bits(other)


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("calls") / "calls"
    valid = [(name.lower(), cells_of(name)) for name in CATALOGUE]
    file.write_bytes(pickle.dumps(valid + [call for call, _ in REFUSED], 4))
    return file


@pytest.fixture(scope="module")
def pyodide(calls: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Run a built workbook's code in Pyodide, and return what it answered."""
    node, needed = shutil.which("node"), os.environ.get("OFFTAKE_PYODIDE")
    if not node or not needed:
        pytest.skip("needs Node, and a folder that .ci/pyodide filled, by OFFTAKE_PYODIDE")
    runtime = Path(needed) / "node_modules/pyodide/pyodide.mjs"
    wheels = list(Path(needed).glob("numpy-*.whl"))
    if not runtime.exists() or not wheels:
        pytest.skip(f"needs Pyodide and a wheel of numpy in {needed}")
    folder = tmp_path_factory.mktemp("pyodide")
    shutil.copy(calls, folder)
    (folder / "main.py").write_text(lite.settings(bundle=True)["main.py"])
    (folder / "xlwings.py").write_text(XLWINGS)
    (folder / "run.py").write_text(RUN)
    source = Path(numpy_financial.__file__).parent
    shutil.make_archive(str(folder / "numpy_financial"), "zip", source.parent, source.name)
    run = subprocess.run(
        [node, "--input-type=module", "--eval", NODE, str(runtime), str(wheels[0]), str(folder)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    reply: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    reply["answers"] = pickle.loads(base64.b64decode(reply["answers"]))
    return reply


def answered_here(calls: Path, **environment: str) -> dict[str, Any]:
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", HERE, str(calls)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[2],
        env=os.environ | environment,
    )
    assert run.returncode == 0, run.stderr
    return dict(zip(CATALOGUE, pickle.loads(base64.b64decode(run.stdout)), strict=True))


def answered_there(pyodide: dict[str, Any]) -> dict[str, Any]:
    return dict(zip(CATALOGUE, pyodide["answers"], strict=False))


def test_the_runtime_is_pyodide_and_the_code_is_the_bundle(pyodide: dict[str, Any]) -> None:
    assert "Clang" in pyodide["version"]
    assert pyodide["module"].startswith("/tmp/offtake.zip/")


def test_the_catalogue_imports_what_its_requirements_name(pyodide: dict[str, Any]) -> None:
    own = {"__main__", "main", "model", "workbook", "xlwings"}
    imported = {n for n in pyodide["imported"] if "pyodide" not in n} - own
    assert imported == {name.replace("-", "_") for name in lite.REQUIRED}


#: What is switched off is what x86-64 processors and glibc have.
X86 = pytest.mark.skipif(
    not (sys.platform == "linux" and platform.machine() == "x86_64"),
    reason="needs a processor whose routines are known here: x86-64, Linux",
)


def differing(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    return {name for name in CATALOGUE if bits(one[name]) != bits(other[name])}


@X86
def test_every_function_gives_the_same_bits(pyodide: dict[str, Any], calls: Path) -> None:
    assert differing(answered_there(pyodide), answered_here(calls, **ANY_PROCESSOR)) == set()


@X86
def test_a_processors_own_routines_change_no_other_function(
    pyodide: dict[str, Any], calls: Path
) -> None:
    assert differing(answered_there(pyodide), answered_here(calls)) <= set(BY_PROCESSOR)


def test_every_function_gives_the_same_numbers(pyodide: dict[str, Any], calls: Path) -> None:
    there, here = answered_there(pyodide), answered_here(calls)
    assert [name for name in CATALOGUE if not close(there[name], here[name])] == []


def test_the_documentation_lists_the_functions_that_differ() -> None:
    page = (Path(__file__).parents[2] / "docs" / "lite.md").read_text(encoding="utf-8")
    table = page.partition("| function | by way of |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([A-Z_]+)`", table)) == set(BY_PROCESSOR)


def test_refusals_are_the_same(pyodide: dict[str, Any]) -> None:
    assert pyodide["answers"][len(CATALOGUE) :] == [shown for _, shown in REFUSED]
