"""Does Calc call the functions as Excel does: values, errors, blocks, help?

The add-in's functions are compared with the catalogue called directly, and errors with what was
fixed by hand. Skipped without LibreOffice, unless it is required.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from calc import profile
from calc.session import Calc
from calc_comparison import SECURITIES, TABLE, book, need, same
from openpyxl.worksheet.formula import ArrayFormula

from workbook.functions import CATALOGUE
from workbook.hosts import HostError, libreoffice
from workbook.package.cells import ErrorValue, Value

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
    # Text from a block becomes the sheet's own text once an operator has created it.
    f'=SUMPRODUCT((INDEX(DILUTION_BRIDGE(100,{TABLE}),0,2)&""="option")*1)': 1.0,
    # What the catalogue refuses, with the error that it names.
    "=DCF_TERMINAL_GROWTH(100,0.05,0.06)": ErrorValue("#NUM!"),
    "=DCF_TERMINAL_GROWTH(1E308,0.1,0.0999999)": ErrorValue("#NUM!"),
    '=DCF_TERMINAL_GROWTH("x",0.1,0.02)': ErrorValue("#VALUE!"),
    f'=DILUTED_SHARES(100,{TABLE},"bad")': ErrorValue("#VALUE!"),
    f"=DCF_PRESENT_VALUE({TABLE},0.1)": ErrorValue("#VALUE!"),
    "=DILUTED_SHARES(100,In!A1:D1)": ErrorValue("#VALUE!"),
    # What is asked for is missing: no multiple on EBITDA without a column EBITDA.
    f'=SUM(COMPS_IMPLIED(In!A5:C7,"EV/EBITDA",100,0,{TABLE}))': ErrorValue("#N/A"),
    f'=INDEX(COMPS_IMPLIED(In!A5:C7,"EV/Revenue",100,0,{TABLE}),2,3)': 200.0,
    # Errors are real ones: functions recognise them, and none is ignored.
    "=ISERR(DCF_TERMINAL_GROWTH(100,0.05,0.06))": 1.0,
    "=ERROR.TYPE(DCF_TERMINAL_GROWTH(100,0.05,0.06))": 6.0,
    '=ERROR.TYPE(DCF_TERMINAL_GROWTH("x",0.1,0.02))': 3.0,
    f'=ISNA(INDEX(COMPS_IMPLIED(In!A5:C7,"EV/EBITDA",100,0,{TABLE}),1,1))': 1.0,
    "=SUM(1,DCF_TERMINAL_GROWTH(100,0.05,0.06))": ErrorValue("#NUM!"),
    "=IFERROR(DCF_TERMINAL_GROWTH(100,0.05,0.06),7)": 7.0,
    # Calc's own ways: an error in a cell comes before the function, in a range it is Calc's
    # own number 504, and so are too many arguments or too few.
    f"=DILUTED_SHARES(In!F2,{TABLE})": ErrorValue("#N/A"),
    f"=DILUTED_SHARES(In!F3,{TABLE})": ErrorValue("#DIV/0!"),
    "=DCF_PRESENT_VALUE(In!F1:F2,0.1)": ErrorValue("Err:504"),
    "=DCF_TERMINAL_GROWTH(1,2,3,4)": ErrorValue("Err:504"),
    "=DCF_TERMINAL_GROWTH(1,2)": ErrorValue("Err:504"),
    "=DCF_TERMINAL_GROWTH()": ErrorValue("Err:504"),
    "=DCF_TERMINAL_GROWTH(,0.1,0.02)": ErrorValue("Err:502"),
    f'=DILUTED_SHARES(100,{TABLE},"")': 105.0,
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
            A1=ArrayFormula("A1:J4", f"=DILUTION_BRIDGE(100,{TABLE})"),
            A6=ArrayFormula("A6:J9", f"=DILUTION_BRIDGE(-1,{TABLE})"),
            L1="=SUM(A6:J9)",
        )
    )["Out"]
    block = [[values[row, column] for column in range(1, 11)] for row in range(1, 5)]
    assert block == CATALOGUE["DILUTION_BRIDGE"].call(100.0, SECURITIES)
    # In every cell of it, so that no cell keeps what it held before.
    error = ErrorValue("#VALUE!")
    assert {values[row, column] for row in range(6, 10) for column in range(1, 11)} == {error}
    assert values[1, 12] == error


def test_the_function_wizard_tells_everything(calc: Calc) -> None:
    shown = calc.functions()
    for name, declared in CATALOGUE.items():
        described = shown[name]["description"]
        assert described.startswith(declared.summary)
        assert ("Ctrl+Shift+Enter" in described) == (declared.returns == "table")
        # Calc adds (required) or (optional) to the name of an argument.
        assert shown[name]["arguments"] == [
            [p.name, p.help_text, not p.required] for p in declared.parameters
        ]
    # All of them in one category, and not among Calc's own functions.
    (category,) = {shown[name]["category"] for name in CATALOGUE}
    assert category != shown["SUM"]["category"]


posix = pytest.mark.skipif(os.name != "posix", reason="uses a shell script and signals")


@posix
def test_calc_outlives_its_worker_and_its_worker_not_calc(tmp_path: Path) -> None:
    need(profile.missing())
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
    started = log.read_text().split()
    deadline = time.monotonic() + 30  # A worker ends when it finds its input closed.
    while any(map(alive, started)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(alive, started))


def alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{process}/stat").read_text().split()[2:3]


@posix
def test_a_virtual_environment_first_in_path_does_not_mislead_calc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need(profile.missing())
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path)], check=True)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    with Calc() as calc:
        assert calc.evaluate(book(A1="=DCF_TERMINAL_GROWTH(100,0.1,0.02)"))["Out"][1, 1] == 1250.0


@posix
@pytest.mark.parametrize("failures", [1, 2])
def test_a_start_that_fails_is_tried_once_more(
    failures: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need(profile.missing())
    log, script = tmp_path / "started", tmp_path / "soffice"
    script.write_text(
        f'#!/bin/sh\necho "$*" >>"{log}"\n'
        f'if [ $(wc -l <"{log}") -le {failures} ]; then echo no memory >&2; exit 1; fi\n'
        f'exec "{libreoffice.program("soffice")}" "$@"\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("OFFTAKE_LIBREOFFICE", str(tmp_path))
    if failures > 1:
        with pytest.raises(HostError, match=r"^LibreOffice does not start: no memory$"), Calc():
            pass
    else:
        with Calc() as calc:
            assert calc.evaluate(book(A1="=1+1"))["Out"][1, 1] == 2.0
    first, second = log.read_text().splitlines()
    # Nothing of the failed start is used again: neither its profile nor its pipe.
    assert set(first.split()) & set(second.split()) == {
        "--headless", "--norestore", "--nologo", "--nolockcheck", "--nodefault"
    }  # fmt: skip


def test_two_at_once_do_not_meet() -> None:
    need(profile.missing())
    with Calc() as one, Calc() as two:
        one.open(book(A1="=DCF_TERMINAL_GROWTH(100,0.1,0.02)"))
        two.open(book(A1="=DCF_TERMINAL_MULTIPLE(100,2)"))
        for calc, value in ((one, 1250.0), (two, 200.0)):
            calc.recalculate()
            assert calc.values()["Out"][1, 1] == value
