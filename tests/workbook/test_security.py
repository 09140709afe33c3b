"""Are the documentation's claims on security true? See docs/security.md.

The oracle is the interpreter: its audit hooks see every file that is opened, every socket,
every program that is started, and every piece of code that is compiled or run. A hook cannot be
taken off again, so it watches an interpreter of its own.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import importlib.metadata
import io
import json
import pickle
import re
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import xlwings
from test_bad_input import VALID

from workbook.functions import CATALOGUE
from workbook.hosts import excel_files, excel_project, libreoffice, lite
from workbook.refusal import CALLABLE

ROOT = Path(__file__).parents[2]

#: Texts that would do something if they were evaluated, as Python, as a formula or by a shell.
CODE = (
    "__import__('os').system('touch owned')",
    '=WEBSERVICE("http://localhost/")',
    "$(touch owned); `touch owned`",
    "{0.__class__.__mro__}",
    "../../etc/passwd",
)

#: Refuses everything that a function of the catalogue has no use for.
HOOK = """
import sys

FORBIDDEN = (
    "open", "os.", "socket.", "subprocess.", "shutil.", "tempfile.", "glob.", "pathlib.",
    "urllib.", "http.", "ftplib.", "smtplib.", "ctypes.", "winreg.", "webbrowser.", "pty.",
    "import", "compile", "exec", "pickle.", "marshal.", "code.", "sys._getframe",
)

def forbid(event, arguments):
    # A number is a pipe that is open already.
    opened = event == "open" and isinstance(arguments[0], int)
    if watching and event.startswith(FORBIDDEN) and not opened:
        noticed.append(f"{event} {arguments!r}"[:200])
        raise RuntimeError(f"forbidden: {event}")

watching, noticed = False, []
sys.addaudithook(forbid)
"""

#: Calls every function as cells do, all together and then watched.
RUN = """
import json, pickle
import numpy_financial
from workbook.functions import CATALOGUE

calls = pickle.load(sys.stdin.buffer)
refused = 0

def call(name, cells):
    global refused
    try:
        CATALOGUE[name].call(*cells)
    except ValueError:
        refused += 1

for name, cells in calls[:len(CATALOGUE)]:
    call(name, cells)
watching = True
for name, cells in calls:
    call(name, cells)
watching = False
print(json.dumps({"noticed": noticed, "refused": refused}))
"""

#: What a program that evaluates, opens, connects or starts would call or import.
CALLS = {"eval", "exec", "compile", "open", "__import__", "input", "breakpoint"}
MODULES = {
    *("asyncio", "code", "ctypes", "ftplib", "glob", "http", "importlib", "io", "marshal"),
    *("multiprocessing", "os", "pathlib", "pickle", "pty", "requests", "shelve", "shutil"),
    *("smtplib", "socket", "socketserver", "sqlite3", "ssl", "subprocess", "tempfile", "urllib"),
    *("webbrowser", "winreg", "xmlrpc"),
}


def calls() -> list[tuple[str, list[Any]]]:
    """Return a valid call of every function, and one with each text in each argument."""
    made = [(n, [VALID[n].get(p.name) for p in f.parameters]) for n, f in CATALOGUE.items()]
    for name, cells in made[: len(CATALOGUE)]:
        for i, given in enumerate(cells):
            for text in CODE:
                made.append((name, [*cells[:i], text, *cells[i + 1 :]]))
                if isinstance(given, list):
                    made.append((name, [*cells[:i], spoilt(given, text), *cells[i + 1 :]]))
    return made


def spoilt(table: list[Any], text: str) -> list[Any]:
    """Put a text into the last row of a table, in place of every cell."""
    last = table[-1]
    return [*table[:-1], [text] * len(last) if isinstance(last, list) else text]


def run(code: str, given: bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, *options, "-c", code], input=given, capture_output=True, timeout=300
    )


def test_functions_open_nothing_connect_to_nothing_and_evaluate_nothing() -> None:
    made = calls()
    done = run(HOOK + RUN, pickle.dumps(made))
    assert done.returncode == 0, done.stderr.decode()
    answer = json.loads(done.stdout)
    assert answer["noticed"] == []
    # Names and notes are free text in a few tables; anything else that is code is refused.
    assert answer["refused"] > 0.9 * (len(made) - len(CATALOGUE))


@pytest.mark.parametrize(
    "act",
    [
        "open('x')",
        "eval('1')",
        "__import__('os').system('true')",
        "__import__('socket').socket()",
        "__import__('subprocess').run(['true'])",
        "__import__('os').listdir('.')",
    ],
)
def test_the_hook_sees_what_it_is_to_see(act: str) -> None:
    seen = (
        f"import os, socket, subprocess\nwatching = True\ntry:\n    {act}\nexcept RuntimeError:\n"
    )
    done = run(HOOK + seen + "    watching = False\nprint(len(noticed))", b"")
    assert done.returncode == 0, done.stderr.decode()
    assert int(done.stdout) >= 1


def test_the_worker_speaks_over_its_pipes_alone() -> None:
    asked: list[list[Any]] = [[n, [*VALID[n].values()]] for n in ("DCF_WACC", "RPO_BANDS")]
    asked += [[text, []] for text in CODE] + [["DCF_TERMINAL_MULTIPLE", [t, 1]] for t in CODE]
    worker = (
        "import encodings.ascii, numpy_financial\nfrom workbook.hosts.calc import worker\n"
        "watching = True\nworker.main()\nwatching = False\nprint(noticed, file=sys.stderr)"
    )
    # As the add-in starts it.
    done = run(HOOK + worker, "\n".join(map(json.dumps, asked)).encode(), "-E", "-P")
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr.split() == [b"[]"]
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    errors = [answer.get("error") for answer in answers]
    assert errors == [None, None, *["#NAME?"] * len(CODE), *["#VALUE!"] * len(CODE)]


def test_what_functions_consist_of_imports_nothing_that_could() -> None:
    with zipfile.ZipFile(io.BytesIO(lite.bundled())) as archive:
        sources = {name: archive.read(name).decode() for name in archive.namelist()}
    assert len(sources) > 50
    for name, source in sources.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in CALLS, (name, node.lineno)
            imported = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [str(node.module)]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            assert not {m.partition(".")[0] for m in imported} & MODULES, (name, imported)


@pytest.mark.parametrize("name", ["quickstart_standalone.xlsm", "quickstart_addin.xlam"])
def test_what_xlwings_ships_is_what_it_publishes(name: str) -> None:
    """The installed files are by their digests the published ones.

    What our files have of them is compared by the documentation's commands below.
    """
    files = importlib.metadata.files("xlwings") or []
    (recorded,) = (f for f in files if f.as_posix() == f"xlwings/{name}")
    shipped = (Path(xlwings.__file__).parent / name).read_bytes()
    digest = base64.urlsafe_b64encode(hashlib.sha256(shipped).digest()).decode().rstrip("=")
    assert recorded.hash is not None
    assert (recorded.hash.mode, recorded.hash.value) == ("sha256", digest)


def test_nothing_is_started_at_opening() -> None:
    for name in ("ThisWorkbook.cls", "ThisAddIn.cls", "OfftakeHelp.bas", "OfftakeLinks.bas"):
        text = excel_project.text(name)
        assert not re.search(r"WScript|Shell|CreateObject|Declare|XLPy|CallUDF|Reconnect", text), (
            name
        )


def test_the_commands_of_the_documentation_say_what_they_should(
    tmp_path: Path, finished: bytes
) -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    for script, code in zip(("verify", "added"), text.split("```python\n")[1:], strict=True):
        (tmp_path / f"{script}.py").write_text(code.partition("```")[0])
    (tmp_path / "cerebras.xlsm").write_bytes(excel_files.macro_workbook(finished))
    (tmp_path / "offtake.xlam").write_bytes(excel_files.addin())
    (tmp_path / "offtake.oxt").write_bytes(libreoffice.addin())
    commands = [line.split() for line in text.splitlines() if line.startswith("    python ")]
    # Of the help, what is left is the name of each procedure, in the place of its texts: one for
    # each fifteen functions of a family.
    counted = Counter(f.family for f in CALLABLE.values())
    parts = [f"{f}_{i}" if i else f for f, n in counted.items() for i in range(-(-n // 15))]
    helped = "Private Sub DescribeAll()\n" + "".join(f"    Describe_{p}\n" for p in parts)
    helped += "End Sub\n" + "".join(f"Private Sub Describe_{p}()\nEnd Sub\n" for p in parts)
    both = {
        "OfftakePython.bas": excel_project.text("OfftakePython.bas"),
        "OfftakeWindows.bas": excel_project.text("OfftakeWindows.bas"),
        "OfftakeRibbon.bas": excel_project.text("OfftakeRibbon.bas"),
        "OfftakeHelp.bas": excel_project.text("OfftakeHelp.bas") + helped,
        "xlwings_udfs.bas": 'Attribute VB_Name = "xlwings_udfs"\n#Const App = "Microsoft Excel"\n',
    }
    opening = {"ThisWorkbook.cls": excel_project.text("ThisWorkbook.cls")}
    of_addin = {
        "ThisWorkbook.cls": excel_project.text("ThisAddIn.cls"),
        "OfftakeLinks.bas": excel_project.text("OfftakeLinks.bas"),
    }
    said = {
        "offtake.oxt": "True",
        "cerebras.xlsm": noticed(opening | both),
        "offtake.xlam": noticed(both | of_addin),
    }
    assert [command[1:3] for command in commands] == [
        ["verify.py", "offtake.oxt"],
        ["added.py", "cerebras.xlsm"],
        ["added.py", "offtake.xlam"],
    ]
    for _, *command in commands:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", *command],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        printed, expected = done.stdout.splitlines(), said[command[1]].splitlines()
        # The order of modules says nothing.
        assert sorted(p for p in printed if p) == sorted(e for e in expected if e), command


def noticed(modules: dict[str, str]) -> str:
    return "\n".join(f"{name}:\n{text}" for name, text in modules.items())
