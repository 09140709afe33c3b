"""Does LibreOffice Calc, with the add-in, give what the workbook says and what Python gives?

Calc is a spreadsheet program that is not ours: its own formulas are an oracle for the headless
engine's, and the other way round. The add-in's functions are compared with the catalogue called
directly, and errors with what was fixed by hand. The tests that need LibreOffice are skipped where
there is none, and fail instead where OFFTAKE_REQUIRE_LIBREOFFICE is set.
"""

from __future__ import annotations

import ast
import io
import json
import math
import os
import random
import signal
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from openpyxl.worksheet.formula import ArrayFormula

from model import case
from workbook import package, template
from workbook.formulas import tokens
from workbook.functions import CATALOGUE
from workbook.hosts import headless, libreoffice
from workbook.hosts.calc import component, session, worker
from workbook.hosts.calc.session import Calc
from workbook.package import ErrorValue, Place, Value, Values, address
from workbook.template import styles

#: The sheets of further tables are not compared yet: Calc takes text that the add-in returned for
#: other than the same text typed, so that native formulas which pick a row by its name find none.
pytestmark = pytest.mark.skipif(
    not os.environ.get("OFFTAKE_REQUIRE_LIBREOFFICE"),
    reason="starts LibreOffice; set OFFTAKE_REQUIRE_LIBREOFFICE to run it",
)

#: Largest relative difference between two numbers that are called the same.
RELATIVE = 1e-12

SECURITIES = [
    ["Security", "Type", "Count", "Strike"],
    ["Common", "common", 100.0, None],
    ["Options", "option", 10.0, 50.0],
]


def need(reason: str | None) -> None:
    """Skip a test for a reason, or fail it where LibreOffice is required."""
    if reason and os.environ.get("OFFTAKE_REQUIRE_LIBREOFFICE"):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="module")
def calc() -> Iterator[Calc]:
    need(session.missing())
    with Calc() as started:
        yield started


@pytest.fixture(scope="module")
def built() -> Callable[[str], bytes]:
    """Build the workbook of a case, once."""
    made: dict[str, bytes] = {}

    def of(name: str) -> bytes:
        if name not in made:
            made[name] = template.build(case.load(name))
        return made[name]

    return of


every_case = pytest.mark.parametrize("name", case.names())


def book(**formulas: Any) -> bytes:
    """Make a workbook: a sheet of securities, and a sheet of formulas by cell."""
    made = openpyxl.Workbook()
    made.active.title = "In"
    for line in SECURITIES:
        made.active.append(line)
    made.active["F1"] = date(2026, 5, 1)
    made.active["F2"] = "=NA()"
    made.active["F3"] = "=1/0"
    sheet = made.create_sheet("Out")
    for cell, formula in formulas.items():
        sheet[cell] = formula
    return saved(made)


def saved(made: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


# Two spreadsheets, one result ------------------------------------------------------------------


def disagreements(here: Values, there: Values) -> list[str]:
    """List the cells of two evaluations that are not the same.

    What remains of a subtraction is rounding of the numbers that were subtracted, and Calc makes
    it zero where others do not. So a difference is small if it is small beside the largest number
    in its row; and where one side has zero, also if it is small beside 1, because the numbers may
    stand elsewhere.
    """
    found = []
    for sheet in {**here, **there}:
        left, right = here.get(sheet, {}), there.get(sheet, {})
        largest: dict[int, float] = {}
        for (row, _), value in left.items():
            if isinstance(value, float):
                largest[row] = max(largest.get(row, 0.0), abs(value))
        found += [
            f"{sheet}!{address(*at)}: {left.get(at)!r}, {right.get(at)!r}"
            for at in sorted({**left, **right})
            if not same(left.get(at), right.get(at), largest.get(at[0], 0.0))
        ]
    return found


def same(left: Value, right: Value, largest: float) -> bool:
    # Calc has no truth values, but numbers that are formatted as such.
    left, right = (float(v) if isinstance(v, bool) else v for v in (left, right))
    if isinstance(left, float) and isinstance(right, float):
        snapped = min(abs(left), abs(right)) == 0.0
        nil = RELATIVE * max(largest, float(snapped))
        return math.isclose(left, right, rel_tol=RELATIVE, abs_tol=nil)
    return left == right


@pytest.mark.parametrize(
    ("left", "right", "agree"),
    [
        (1.0, 1.0, True),
        (1.0, 1.0 + 2e-12, False),
        (True, 1.0, True),
        (0.0, 1e-12, True),
        (0.0, 2e-12, False),
        (1e-12, 2e-12, False),
        ("a", "A", False),
        ("", None, False),
        ("", 0.0, False),
        (1.0, ErrorValue("#N/A"), False),
        (ErrorValue("#NUM!"), ErrorValue("#NUM!"), True),
        (ErrorValue("#NUM!"), ErrorValue("#N/A"), False),
    ],
)
def test_what_is_called_the_same(left: Value, right: Value, agree: bool) -> None:
    assert (disagreements({"S": {(1, 1): left}}, {"S": {(1, 1): right}}) == []) is agree


def test_rounding_is_measured_in_its_row() -> None:
    def found(row: int) -> list[str]:
        large: dict[Place, Value] = {(row, 1): 1e4}
        return disagreements({"S": large | {(1, 2): 3e-9}}, {"S": large | {(1, 2): 2e-9}})

    assert found(1) == []
    assert found(2) == ["S!B1: 3e-09, 2e-09"]


@every_case
def test_calc_gives_the_cached_values(calc: Calc, built: Any, name: str) -> None:
    workbook = built(name)
    assert disagreements(package.cached(workbook), calc.evaluate(workbook)) == []


@every_case
def test_calc_calculates_and_does_not_repeat_what_the_file_says(
    calc: Calc, built: Any, name: str
) -> None:
    right = package.cached(built(name))
    wrong = {
        sheet: {at: v + 1 if isinstance(v, float) else v for at, v in cells.items()}
        for sheet, cells in right.items()
    }
    calc.open(package.finish(template.write(case.load(name)), wrong))
    shown = calc.values()
    assert len(disagreements(right, shown)) > 100
    calc.recalculate()
    assert disagreements(right, calc.values()) == []


@every_case
@pytest.mark.parametrize("seed", range(3))
def test_after_changes_of_the_inputs_both_still_agree(
    calc: Calc, built: Any, name: str, seed: int
) -> None:
    workbook = built(name)
    before = package.cached(workbook)
    draw = random.Random(f"{name} {seed}")
    candidates = inputs(workbook)
    for _ in range(100):
        changes = {at: nudged(draw, *candidates[at]) for at in draw.sample(sorted(candidates), 20)}
        with suppress(headless.EvaluationError):  # A block of another size than its range.
            after = headless.evaluate(changed(workbook, changes))
            if errors(after) == errors(before):
                break
    else:
        pytest.fail("no legal changes were found")
    assert len(disagreements(before, after)) > 20
    calc.open(workbook)
    calc.change({at: serial(value) for at, value in changes.items()})
    calc.recalculate()
    assert disagreements(after, calc.values()) == []


def errors(values: Values) -> set[tuple[str, Place]]:
    return {
        (sheet, at)
        for sheet, cells in values.items()
        for at, value in cells.items()
        if isinstance(value, ErrorValue)
    }


Candidate = tuple[Any, list[str]]


def inputs(workbook: bytes) -> dict[tuple[str, Place], Candidate]:
    """Find what a user may change: typed cells in the style of inputs, and the choices of each.

    Months of bands are left out: they must join, so that none can change by itself.
    """
    found: dict[tuple[str, Place], Candidate] = {}
    for sheet in openpyxl.load_workbook(io.BytesIO(workbook)):
        choices = {
            at: rule.formula1.strip('"').split(",")
            for rule in sheet.data_validations.dataValidation
            if rule.type == "list"
            for area in rule.sqref.ranges
            for at in area.cells
        }
        for row in sheet.iter_rows():
            for cell in row:
                value, of = cell.value, choices.get((cell.row, cell.column), [])
                if cell.style not in ("input", "input_text") or value is None:
                    continue
                if not of and (isinstance(value, str) or cell.number_format == styles.COUNT):
                    continue
                found[sheet.title, (cell.row, cell.column)] = value, of
    return found


def nudged(draw: random.Random, value: Any, choices: list[str]) -> Any:
    """Give another legal value near by: numbers shrink, so that no share exceeds the whole."""
    if choices:
        return draw.choice(choices)
    if isinstance(value, datetime):
        return value - timedelta(days=draw.randint(1, 5))
    return value * (1 - 0.02 * draw.random()) if value else 0.001


def changed(workbook: bytes, changes: dict[tuple[str, Place], Any]) -> bytes:
    # openpyxl would take what an array formula has filled for typed.
    opened = openpyxl.load_workbook(io.BytesIO(package.without_fills(workbook)))
    for (sheet, at), value in changes.items():
        opened[sheet].cell(*at).value = value
    return saved(opened)


def serial(value: Any) -> float | str:
    return (value - worker.DAY_ZERO).days if isinstance(value, datetime) else value


@every_case
def test_what_calc_saves_is_intact(calc: Calc, built: Any, name: str) -> None:
    workbook = built(name)
    values = calc.evaluate(workbook)
    names = calc.names()
    again = calc.xlsx()
    assert disagreements(package.cached(workbook), package.cached(again)) == []
    assert typed(again) == typed(workbook)
    assert areas(again) == areas(workbook)
    for sheet, cells in package.formulas(workbook).items():
        kept = package.formulas(again)[sheet]
        assert {at: f.ref for at, f in kept.items()} == {at: f.ref for at, f in cells.items()}
        # Add-in functions under Excel's names, not Calc's.
        assert {at: called(f.text) for at, f in kept.items()} == {
            at: called(f.text) for at, f in cells.items()
        }
    assert disagreements(values, headless.evaluate(again)) == []
    assert disagreements(values, calc.evaluate(again)) == []
    assert calc.names() == names


def typed(workbook: bytes) -> dict[tuple[str, str], Any]:
    """Return everything that is not a formula, nor filled by one."""
    filled = package.cached(workbook)
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in openpyxl.load_workbook(io.BytesIO(workbook))
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None and (cell.row, cell.column) not in filled[sheet.title]
    }


def areas(workbook: bytes) -> dict[str, str]:
    names = openpyxl.load_workbook(io.BytesIO(workbook)).defined_names
    return {name: defined.attr_text.replace("'", "") for name, defined in names.items()}


def called(formula: str) -> set[str]:
    found = tokens(formula)
    return {name for name, sign in pairwise(found) if sign == "("} & set(CATALOGUE)


@every_case
def test_every_sheet_can_be_drawn(built: Any, name: str, tmp_path: Path) -> None:
    need(session.missing())
    need(None if session.can_draw() else "pdftoppm of poppler-utils was not found.")
    workbook = built(name)
    drawn = session.draw(workbook, tmp_path / "pictures", 40)
    sheets = openpyxl.load_workbook(io.BytesIO(workbook)).sheetnames
    assert [picture.stem for picture in drawn] == sheets
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in drawn)


def test_a_workbook_is_printed_as_pdf(calc: Calc, built: Any) -> None:
    calc.open(built(case.names()[0]))
    assert calc.pdf().startswith(b"%PDF")


# Single cells ----------------------------------------------------------------------------------


TABLE = "In!A1:D3"

#: Formula -> what Calc shows.
SHOWN: dict[str, Value] = {
    # Values.
    "=DCF_TERMINAL_GROWTH(100,0.1,0.02)": 1250.0,
    "=dcf_terminal_growth(100,0.1,0.02)*2": 2500.0,
    f"=DILUTED_SHARES(100,{TABLE})": 105.0,
    f'=DILUTED_SHARES(100,{TABLE},"gross")': 110.0,
    f"=INDEX(DILUTION_BRIDGE(100,{TABLE}),4,7)": 105.0,
    f"=DILUTED_SHARES(100,INDEX({TABLE},0,0))": 105.0,
    '=DCF_PRESENT_VALUE({110,121},0.1,"end")': 200.0,
    # Arguments left out, at the end and between others.
    f"=DILUTED_SHARES(100,{TABLE},)": 105.0,
    '=DCF_PRESENT_VALUE(110,0.1,"end",)': 100.0,
    # What the catalogue refuses, with the error that it names.
    "=DCF_TERMINAL_GROWTH(100,0.05,0.06)": ErrorValue("#NUM!"),
    "=DCF_TERMINAL_GROWTH(1E308,0.1,0.0999999)": ErrorValue("#NUM!"),
    '=DCF_TERMINAL_GROWTH("x",0.1,0.02)': ErrorValue("#VALUE!"),
    "=DCF_TERMINAL_GROWTH()": ErrorValue("#VALUE!"),
    f'=DILUTED_SHARES(100,{TABLE},"bad")': ErrorValue("#VALUE!"),
    f"=DCF_PRESENT_VALUE({TABLE},0.1)": ErrorValue("#VALUE!"),
    "=DILUTED_SHARES(100,In!A1:D1)": ErrorValue("#VALUE!"),
    # Errors are real ones: functions know them, and none is passed over.
    "=ISERR(DCF_TERMINAL_GROWTH(100,0.05,0.06))": 1.0,
    "=ERROR.TYPE(DCF_TERMINAL_GROWTH(100,0.05,0.06))": 6.0,
    '=ERROR.TYPE(DCF_TERMINAL_GROWTH("x",0.1,0.02))': 3.0,
    "=SUM(1,DCF_TERMINAL_GROWTH(100,0.05,0.06))": ErrorValue("#NUM!"),
    "=IFERROR(DCF_TERMINAL_GROWTH(100,0.05,0.06),7)": 7.0,
    # Calc's own ways: an error in a cell comes before the function, in a range it is Calc's
    # own number 504, and so are too many arguments.
    f"=DILUTED_SHARES(In!F2,{TABLE})": ErrorValue("#N/A"),
    f"=DILUTED_SHARES(In!F3,{TABLE})": ErrorValue("#DIV/0!"),
    "=DCF_PRESENT_VALUE(In!F1:F2,0.1)": ErrorValue("Err:504"),
    "=DCF_TERMINAL_GROWTH(1,2,3,4)": ErrorValue("Err:504"),
    # To a function, an empty cell is 0, TRUE is 1 and a date is its serial number.
    f"=DILUTED_MARKET_CAP(In!Z99,{TABLE})": 0.0,
    "=DCF_TERMINAL_GROWTH(TRUE,0.1,0.02)": 12.5,
    "=DCF_TERMINAL_MULTIPLE(In!F1,1)": 46143.0,
}  # fmt: skip


def test_cells_show_what_they_should(calc: Calc) -> None:
    rows = {f"A{row}": formula for row, formula in enumerate(SHOWN, 1)}
    values = calc.evaluate(book(**rows))["Out"]
    shown = {formula: values[row, 1] for row, formula in enumerate(SHOWN, 1)}
    assert {f: v for f, v in shown.items() if not same(v, SHOWN[f], 1.0)} == {}


def test_a_block_fills_its_range_or_shows_its_error_there(calc: Calc) -> None:
    values = calc.evaluate(
        book(
            A1=ArrayFormula("A1:H4", f"=DILUTION_BRIDGE(100,{TABLE})"),
            A6=ArrayFormula("A6:H9", f"=DILUTION_BRIDGE(-1,{TABLE})"),
            J1="=SUM(A6:H9)",
        )
    )["Out"]
    block = [[values[row, column] for column in range(1, 9)] for row in range(1, 5)]
    assert block == CATALOGUE["DILUTION_BRIDGE"].call(100.0, SECURITIES)
    # In every cell of it, so that no cell keeps what it held before.
    error = ErrorValue("#VALUE!")
    assert {values[row, column] for row in range(6, 10) for column in range(1, 9)} == {error}
    assert values[1, 10] == error


def test_the_function_wizard_tells_everything(calc: Calc) -> None:
    told = calc.functions()
    for name, declared in CATALOGUE.items():
        assert told[name]["description"] == declared.summary
        assert told[name]["arguments"] == [
            [p.name, libreoffice.told(p)] for p in declared.parameters
        ]
    # All of them in one category, and not among Calc's own functions.
    (category,) = {told[name]["category"] for name in CATALOGUE}
    assert category != told["SUM"]["category"]


posix = pytest.mark.skipif(os.name != "posix", reason="uses a shell script and signals")


@posix
def test_calc_outlives_its_worker_and_its_worker_not_calc(tmp_path: Path) -> None:
    need(session.missing())
    log, python = tmp_path / "started", tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho $$ >>"{log}"\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    with Calc(str(python)) as calc:
        workbook = book(A1="=DCF_TERMINAL_GROWTH(100,0.1,0.02)")
        assert not log.exists()  # Nothing runs before it is asked.
        assert calc.evaluate(workbook)["Out"][1, 1] == 1250.0
        (first,) = log.read_text().split()
        os.kill(int(first), signal.SIGKILL)
        calc.recalculate()
        assert calc.values()["Out"][1, 1] == 1250.0
        assert len(log.read_text().split()) == 2
    assert not any(map(alive, log.read_text().split()))


def alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{process}/stat").read_text().split()[2:3]


def test_without_a_worker_cells_say_that_the_function_is_not_there(tmp_path: Path) -> None:
    need(session.missing())
    with Calc(str(tmp_path / "none")) as calc:
        values = calc.evaluate(
            book(A1="=DCF_TERMINAL_GROWTH(100,0.1,0.02)", A2=f"=SUM(DILUTION_BRIDGE(100,{TABLE}))")
        )
    assert {*values["Out"].values()} == {ErrorValue("#NAME?")}


# Installing ------------------------------------------------------------------------------------


@posix
def test_installed_by_the_package_manager_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need(session.missing())
    # LibreOffice's own programs, told to keep everything in a folder of the test.
    options = [
        f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
        f"-env:UNO_SHARED_PACKAGES={(tmp_path / 'shared').as_uri()}",
        f"-env:UNO_SHARED_PACKAGES_CACHE={(tmp_path / 'shared' / 'cache').as_uri()}",
    ]
    (tmp_path / "bin").mkdir()
    for name in ("soffice", "unopkg"):
        script = tmp_path / "bin" / name
        real = libreoffice.program(name)
        script.write_text(f'#!/bin/sh\nexec "{real}" "$@" {" ".join(options)}\n')
        script.chmod(0o755)
    monkeypatch.setenv("OFFTAKE_LIBREOFFICE", str(tmp_path / "bin"))
    workbook = book(A1="=DCF_TERMINAL_GROWTH(100,0.1,0.02)")

    def shown() -> Value:
        with Calc(options=options) as calc:
            return calc.evaluate(workbook)["Out"][1, 1]

    said: list[str] = []
    libreoffice.install(said.append)
    assert sys.executable in said[0]
    assert " add " in said[1]
    assert shown() == 1250.0
    libreoffice.install(said.append)  # Anew, over the one before.
    libreoffice.uninstall(said.append)
    assert shown() == ErrorValue("#NAME?")
    with pytest.raises(libreoffice.HostError, match=r"LibreOffice refused: .*no such extension"):
        libreoffice.uninstall(said.append)


def test_without_libreoffice_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libreoffice, "program", lambda name: None)
    said: list[str] = []
    for do in (libreoffice.install, libreoffice.uninstall):
        with pytest.raises(libreoffice.HostError, match=r"^No LibreOffice was found; .*\.$"):
            do(said.append)
    assert said == []


def test_an_old_libreoffice_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(libreoffice, "program", lambda name: tmp_path / name)
    monkeypatch.setattr(libreoffice, "version", lambda: (24, 8, 4))
    with pytest.raises(libreoffice.HostError, match=r"^LibreOffice is 24\.8\.4; .* 25\.2\.$"):
        libreoffice.install(print)


# The extension ---------------------------------------------------------------------------------

REGISTRY = "{http://openoffice.org/2001/registry}"
MANIFEST = "{http://openoffice.org/2001/manifest}"


@pytest.fixture(scope="module")
def parts() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(libreoffice.addin())) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_same_catalogue_gives_the_same_extension() -> None:
    assert libreoffice.addin() == libreoffice.addin()
    assert libreoffice.addin() != libreoffice.addin("/another/python")


def test_the_manifest_names_parts_that_are_there(parts: dict[str, bytes]) -> None:
    manifest = ElementTree.fromstring(parts["META-INF/manifest.xml"])
    named = {entry.attrib[f"{MANIFEST}full-path"] for entry in manifest}
    assert named == {"offtake.idl", "offtake.components", "CalcAddIns.xcu"}
    assert named < set(parts)
    for name in ("offtake.components", "CalcAddIns.xcu", "description.xml"):
        ElementTree.fromstring(parts[name])


def test_every_function_is_listed_with_excels_name(parts: dict[str, bytes]) -> None:
    root = ElementTree.fromstring(parts["CalcAddIns.xcu"])
    name = f"{REGISTRY}name"
    listed = {
        texts["CompatibilityName"]: texts["DisplayName"]
        for functions in root.iterfind(f".//node[@{name}='AddInFunctions']")
        for function in functions
        for texts in [{p.attrib[name]: p.findtext("value") for p in function.findall("prop")}]
    }
    assert listed == {function: function for function in CATALOGUE}


def test_every_function_has_a_method_of_its_type(parts: dict[str, bytes]) -> None:
    described = parts["offtake.idl"].decode()
    for declared in CATALOGUE.values():
        returns = "any" if declared.returns == "number" else "sequence< sequence<any> >"
        assert f" {returns} {component.method_name(declared.name)}(" in described
    assert len({component.method_name(name) for name in CATALOGUE}) == len(CATALOGUE)
    settings = json.loads(parts["settings.json"])
    assert settings["python"] == sys.executable
    assert settings["functions"] == {f.name: f.returns for f in CATALOGUE.values()}


def test_what_runs_in_calc_needs_no_newer_python_and_no_package(parts: dict[str, bytes]) -> None:
    tree = ast.parse(parts["component.py"], feature_version=(3, 8))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [a.name for a in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }
    assert imported <= sys.stdlib_module_names
    assert not imported & {"socket", "urllib", "http", "ctypes", "pickle", "marshal"}
    called = {n.func.id for n in ast.walk(tree)
              if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}  # fmt: skip
    assert not called & {"eval", "exec", "compile", "open", "__import__"}


# The worker, without LibreOffice ---------------------------------------------------------------


@pytest.fixture
def client() -> Iterator[component.Worker]:
    started = component.Worker(component.worker_command(sys.executable))
    yield started
    started.close()


def stand_in(program: str) -> component.Worker:
    """Make a client of a worker that behaves otherwise."""
    return component.Worker([sys.executable, "-c", program])


def test_the_worker_gives_what_the_catalogue_gives(client: component.Worker) -> None:
    found = client.call("DILUTION_BRIDGE", (100.0, tuple(map(tuple, SECURITIES)), None))
    assert found == {"value": CATALOGUE["DILUTION_BRIDGE"].call(100.0, SECURITIES)}
    found = client.call("DCF_WACC", (39_817.28, 982.9, 0.1317, 0.06, 0.21))
    assert found == {"value": CATALOGUE["DCF_WACC"].call(39_817.28, 982.9, 0.1317, 0.06, 0.21)}


@pytest.mark.parametrize(
    ("function", "arguments", "error", "reason"),
    [
        ("DCF_TERMINAL_GROWTH", [100, 0.05, 0.06], "#NUM!", "growth must be below the discount"),
        ("DCF_TERMINAL_GROWTH", [100, 0.05, ""], "#VALUE!", "growth must be a number, not an"),
        ("DCF_TERMINAL_GROWTH", [math.nan, 0.05, 0.04], "#VALUE!", "next_cash_flow must be a fin"),
        ("DCF_TERMINAL_GROWTH", [[["\ud800", None]], "é", []], "#VALUE!", "next_cash_flow must"),
        ("DCF_TERMINAL_GROWTH", [1] * 9, "#VALUE!", "TypeError: "),
        ("__import__('os').getcwd()", [], "#NAME?", "there is no function "),
    ],
)
def test_the_worker_refuses_with_a_reason(
    client: component.Worker, function: str, arguments: Any, error: str, reason: str
) -> None:
    found = client.call(function, arguments)
    assert found["error"] == error
    assert found["reason"].startswith(reason)
    assert client.call("DCF_TERMINAL_MULTIPLE", [2.0, 3.0]) == {"value": 6.0}


@pytest.mark.parametrize(
    "line",
    [
        b"\n", b"nonsense\n", b"{}\n", b"[]\n", b"[1,2,3]\n", b'"text"\n', b"null\n", b"\xff\xfe\n",
        b'["DCF_WACC"]\n', b'["DCF_WACC", 5]\n', b'["DCF_WACC", {"a": 1}]\n',
        b'[["DCF_WACC"], []]\n',
        b"[" * 100_000 + b"\n", b'["DCF_TERMINAL_MULTIPLE", [1e999, 1]]\n',
    ],
)  # fmt: skip
def test_whatever_comes_in_a_line_goes_out(line: bytes) -> None:
    told = worker.answer(line)
    assert "\n" not in told
    assert json.loads(told)["error"] == "#VALUE!"


def test_garbage_does_not_stop_the_worker() -> None:
    done = subprocess.run(
        component.worker_command(sys.executable),
        input=b'garbage\n\x00\n["DCF_TERMINAL_MULTIPLE", [2, 3]]\n["DCF_TERMINAL_MULTIPLE", [2',
        capture_output=True,
        check=True,  # It ends when its input does.
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert ["value" in line for line in lines] == [False, False, True, False]


def test_a_worker_that_was_killed_is_started_anew(client: component.Worker) -> None:
    for _ in range(3):
        assert client.call("DCF_TERMINAL_MULTIPLE", [2.0, 3.0]) == {"value": 6.0}
        assert client.process is not None
        client.process.kill()
        client.process.wait()


def test_a_worker_that_dies_of_a_call_is_not_waited_for_in_every_cell(tmp_path: Path) -> None:
    log = tmp_path / "started"
    dies = stand_in(f"open({str(log)!r}, 'a').write('x')")
    for _ in range(50):
        assert dies.call("ANY", [])["error"] == "#NAME?"
    assert log.read_text() == "xx"  # Twice, and then not again for a while.
    dies._not_before = time.monotonic()
    dies.call("ANY", [])
    assert log.read_text() == "xxxx"


@pytest.mark.parametrize("said", ["nonsense", "[]", "{}", "5", "", "\\xff", '{"valu'])
def test_what_is_no_answer_is_not_taken_for_one(said: str) -> None:
    talks = stand_in(f"import sys\nfor line in sys.stdin: print({said!r}, flush=True)")
    assert talks.call("ANY", [])["error"] == "#NAME?"
    assert talks.process is None


def test_a_python_that_is_not_there() -> None:
    assert component.Worker(["/no/such/python"]).call("ANY", [])["error"] == "#NAME?"


def test_what_a_function_prints_is_no_answer() -> None:
    prints = stand_in(
        "from workbook.hosts.calc import worker\n"
        "import dataclasses, os\n"
        "def call(*given):\n"
        "    print('a line'); os.write(1, b'another\\n'); return 5\n"
        "old = worker.CATALOGUE['DCF_WACC']\n"
        "worker.CATALOGUE['DCF_WACC'] = dataclasses.replace(old, call=call)\n"
        "worker.main()"
    )
    assert prints.call("DCF_WACC", []) == {"value": 5.0}
    prints.close()


def test_cells_that_calc_does_not_know_become_cells_that_it_does() -> None:
    given = [5, True, None, "text", 2.5, date(2026, 5, 1), datetime(2026, 5, 1, 12)]
    told = [worker._cell(value) for value in given]
    assert told == [5.0, 1.0, "", "text", 2.5, 46143.0, 46143.5]
    assert all(type(value) in (float, str) for value in told)


def test_a_large_table_passes(client: component.Worker) -> None:
    # More than a pipe holds, both ways.
    table = [SECURITIES[0], *([f"Holder {i}", "common", 1.0, ""] for i in range(20_000))]
    found = client.call("DILUTION_BRIDGE", [100.0, table])
    assert found["value"][-1][5] == 20_000.0


def test_the_time_of_a_call_is_recorded(
    client: component.Worker, record_property: Callable[[str, object], None]
) -> None:
    client.call("DCF_TERMINAL_MULTIPLE", [2.0, 3.0])
    start = time.perf_counter()
    for i in range(1_000):
        assert client.call("DCF_TERMINAL_MULTIPLE", [float(i), 3.0]) == {"value": 3.0 * i}
    record_property("microseconds_per_call", (time.perf_counter() - start) * 1e3)


@pytest.mark.parametrize(("text", "code"), component.ERROR_CODES.items())
def test_errors_carry_calcs_number(text: str, code: int) -> None:
    number = component.error(text)
    assert math.isnan(number)
    assert struct.unpack("<Q", struct.pack("<d", number))[0] & 0xFFFFFFFF == code
    assert component.result({"error": text}, "table")[0][0] is not None


def test_the_workers_environment_is_not_that_of_the_office(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "workbook").mkdir()
    (tmp_path / "workbook" / "__init__.py").write_text("raise SystemExit(3)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONHOME", "/no/such/folder")
    monkeypatch.chdir(tmp_path)
    client = component.Worker(component.worker_command(sys.executable))
    assert client.call("DCF_TERMINAL_MULTIPLE", [2.0, 3.0]) == {"value": 6.0}
    client.close()
