"""Is a function, a column or a line added in one place, as in docs/extending.md?

Oracle: the page itself. Its steps are followed in a copy of the project, and every host of the copy
is asked, by a process of its own, for what was added.
"""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
STEP = re.compile(
    r"^Add to (?:the class `(?P<cls>\w+)` in |what `(?P<made>\w+)` in )?`(?P<file>[^`]+)`"
    r"(?: returns)?:\n\n```(?:python|json)?\n(?P<text>.*?)```$",
    re.M | re.S,
)
STEPS = [step.groupdict() for step in STEP.finditer(GUIDE)]
#: The longest function, in lines that are not its docstring.
LONGEST = 20

HOSTS = """
import io, json, zipfile
from workbook.functions import CATALOGUE
from workbook.cli import terminal
from workbook.hosts import excel_wrappers, libreoffice, lite
import sweep.declared as declared

calc = zipfile.ZipFile(io.BytesIO(libreoffice.addin()))
bundle = zipfile.ZipFile(io.BytesIO(lite.bundled()))
said = {
    "excel": excel_wrappers.wrappers(".xlsm") + excel_wrappers.descriptions(),
    "calc": calc.read("CalcAddIns.xcu").decode(),
    "lite": "".join(bundle.read(name).decode() for name in bundle.namelist()),
    "reference": json.dumps(terminal.catalogue_as_json(CATALOGUE)),
}
calls = declared.valid_calls(CATALOGUE)
wrong = {
    name: sum(len(declared.wrong(p, calls[name].get(p.name))) for p in CATALOGUE[name].parameters)
    for name in NAMES
}
securities = [["Security", "Type", "Count"], ["Common", "common", 100]]
ladder = CATALOGUE["DILUTION_LADDER"].call([["At", "Price"], ["Offer", 185]], securities)
print(json.dumps({"said": said, "wrong": wrong, "ladder": ladder[0]}))
"""
NAMES = ("RPO_BOOK_TO_BILL", "DILUTION_OVERHANG")


def add(copy: Path, step: dict[str, Any]) -> None:
    """Follow one step of the page."""
    file = copy / step["file"]
    text, new = file.read_text(encoding="utf-8"), step["text"]
    if file.suffix == ".json":
        examples = json.loads(text)
        file.write_text(json.dumps([*examples, json.loads(new)]), encoding="utf-8")
        return
    if step["cls"]:
        start = text.index(f"class {step['cls']}(")
        after = re.search(r"^    (def |@)|^(?=\S)", text[start:].split("\n", 1)[1], re.M)
        assert after is not None
        at = start + text[start:].index("\n") + 1 + after.start()
        text = f"{text[:at].rstrip()}\n{new}\n\n{text[at:]}"
    elif step["made"]:
        start = text.index("return ", text.index(f"def {step['made']}("))
        at = text.index("\n    )", start)
        text = f"{text[:at]}\n{new}{text[at + 1 :]}"
    else:
        text = f"{text.rstrip()}\n\n\n{new}"
    file.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("project")
    for name in ("model", "workbook", "tests", "docs", "pyproject.toml"):
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")
            shutil.copytree(source, made / name, ignore=ignored)
        else:
            shutil.copy(source, made / name)
    for step in STEPS:
        add(made, step)
    return made


def run(copy: Path, *command: str) -> subprocess.CompletedProcess[str]:
    paths = f"{copy}:{copy / 'tests' / 'workbook'}"
    return subprocess.run(
        [sys.executable, *command],
        cwd=copy,
        env={"PYTHONPATH": paths, "PATH": "/usr/bin:/bin", "CI": "true"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_page_has_its_steps() -> None:
    assert len(STEPS) == 7
    changed = {step["file"] for step in STEPS if not step["file"].startswith("tests/")}
    # A file each for the two functions, for the column and for the line.
    assert changed == {
        "model/rpo/measures.py",
        *(f"model/dilution/{name}.py" for name in ("shares", "securities", "ladders")),
    }


def test_a_function_takes_few_lines() -> None:
    functions = [s for s in STEPS if "@function" in s["text"]]
    assert len(functions) == len(NAMES)
    for step in functions:
        code = step["text"]
        docstrings = sum(
            node.body[0].end_lineno - node.body[0].lineno + 1  # type: ignore[operator]
            for node in ast.walk(ast.parse(code))
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node)
        )
        lines = [line for line in code.splitlines() if line.strip()]
        blank_in_docstrings = len(code.splitlines()) - len(lines)
        assert len(lines) - (docstrings - blank_in_docstrings) <= LONGEST


def test_every_host_has_what_was_added(copy: Path) -> None:
    ran = run(copy, "-c", HOSTS.replace("NAMES", repr(NAMES)))
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    for host, said in found["said"].items():
        for name in NAMES:
            assert name in said or name.lower() in said, (host, name)
    # The column is in the help of every function that takes securities, and the line in the result.
    for host in ("excel", "calc", "reference"):
        assert "Expires in" in found["said"][host], host
    assert found["ladder"][-1] == "Value of dilution"
    assert all(count > 10 for count in found["wrong"].values())


@pytest.mark.parametrize("name", NAMES)
def test_the_sweep_and_the_published_numbers_take_them(copy: Path, name: str) -> None:
    files = ["test_bad_input.py", "test_catalogue.py"]
    paths = [f"tests/workbook/{file}" for file in files] + ["tests/test_published.py"]
    # The function, and all that take the table with the new column.
    chosen = f"{name} or (for_its_kind and securities)"
    ran = run(copy, "-m", "pytest", "-p", "no:cacheprovider", "-rP", "-k", chosen, *paths)
    assert ran.returncode == 0, ran.stdout[-3000:]
    assert int(re.search(r"(\d+) passed", ran.stdout)[1]) > 20  # type: ignore[index]
    assert sum(map(int, re.findall(r"^(\d+) cases$", ran.stdout, re.M))) > 300


def test_the_workbook_is_built_with_them(copy: Path) -> None:
    built = run(copy, "-m", "workbook", "build", "-o", str(copy / "built.xlsx"))
    assert built.returncode == 0, built.stdout + built.stderr
    checked = run(copy, "-m", "workbook", "check", str(copy / "built.xlsx"))
    assert checked.returncode == 0, checked.stdout[-2000:]
