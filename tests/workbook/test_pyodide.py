"""Does the code that xlwings Lite runs give, in its runtime, what Python gives here, to the last bit?

The runtime is Pyodide, here in Node instead of a browser; the code is a built workbook's, its bundle
included, so that nothing but numpy is there besides. Oracle: the catalogue in this process. Only
xlwings is replaced, because the add-in's part of it is not open source: its decorators by ones that
do nothing, so that functions are called as the add-in calls them, with cells in their order.

`.ci/pyodide FOLDER` fetches what is needed, and OFFTAKE_PYODIDE names that folder; the tests are
skipped without it.
"""

from __future__ import annotations

import base64
import json
import os
import pickle
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import numpy_financial
import pytest
from test_bad_input import VALID

from workbook.functions import CATALOGUE
from workbook.hosts import lite

#: Runs one Python file in Pyodide, beside the files of a folder; Node's Buffer would be refused.
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
    "module": main.CATALOGUE["RPO_BANDS"].call.__code__.co_filename,
    "imported": sorted({name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names),
    "answers": base64.b64encode(pickle.dumps(answers, 4)).decode(),
})
"""

#: Calls that are refused, and what the cell shows.
REFUSED = [
    (("dcf_terminal_multiple", [None, 2.0]), "metric must be given"),
    (("dcf_terminal_multiple", ["#N/A", 2]), "metric must be a number, not the error #N/A."),
    (("dcf_terminal_growth", [5.0, 0.02, 0.03]), ""),
]


def cells_of(name: str) -> list[Any]:
    return [VALID[name][p.name] for p in CATALOGUE[name].parameters]


def bits(value: Any) -> Any:
    """Return a result so that only what is the same to the last bit is equal."""
    if isinstance(value, list):
        return [bits(cell) for cell in value]
    return struct.pack(">d", value) if isinstance(value, float) else (type(value).__name__, value)


@pytest.fixture(scope="module")
def pyodide(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    node, needed = shutil.which("node"), os.environ.get("OFFTAKE_PYODIDE")
    if not node or not needed:
        pytest.skip("needs Node, and a folder that .ci/pyodide filled, by OFFTAKE_PYODIDE")
    runtime = Path(needed) / "node_modules/pyodide/pyodide.mjs"
    wheels = list(Path(needed).glob("numpy-*.whl"))
    if not runtime.exists() or not wheels:
        pytest.skip(f"needs Pyodide and a wheel of numpy in {needed}")
    folder = tmp_path_factory.mktemp("pyodide")
    calls = [(name.lower(), cells_of(name)) for name in CATALOGUE] + [call for call, _ in REFUSED]
    (folder / "calls").write_bytes(pickle.dumps(calls, 4))
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
    told: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    told["answers"] = pickle.loads(base64.b64decode(told["answers"]))
    return told
