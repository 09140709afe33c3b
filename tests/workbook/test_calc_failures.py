"""What does a Calc user see when the Python behind the functions stops, dies or is gone?

Each test breaks the worker of a running Calc in another way. The oracle is arithmetic: a cell has
C / (10% - 2%), or an error. The table in docs/libreoffice.md has a row for each test.
"""

from __future__ import annotations

import io
import os
import signal
import time
from collections.abc import Iterator
from itertools import count

import openpyxl
import pytest
from calc import profile
from calc.breakable import BreakablePython, soon
from calc.session import Calc
from calc_comparison import TABLE, book, need, saved
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.formula import ArrayFormula

from workbook.package.cells import ErrorValue, Value

pytestmark = pytest.mark.skipif(os.name != "posix", reason="uses a shell script and signals")

#: How many cells call a function, in rows from the first: enough for a wait in each to be noticed.
CELLS = 300
GONE = ErrorValue("#NAME?")


class Broken:
    """A Calc whose Python a test can break."""

    def __init__(self, calc: Calc, python: BreakablePython) -> None:
        self.calc, self.python = calc, python
        self._numbers = map(float, count(1_000_000))

    def shown(self, row: int, column: int = 1) -> Value:
        return self.calc.values()["Out"].get((row, column))

    def growth(self) -> list[Value]:
        """Return what the cells show that call a function."""
        values = self.calc.values()["Out"]
        return [values[row, 1] for row in range(1, CELLS + 1)]

    def works(self) -> bool:
        """Tell whether a call is answered that was not made before."""
        number = next(self._numbers)
        self.calc.change({("Out", (1, 17)): number})
        return self.shown(1, 16) == number


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broken]:
    need(profile.missing())
    python = BreakablePython(tmp_path_factory.mktemp("python"))
    # Shorter waits than a user's.
    limits = {"SILENCE": "3.0", "PAUSE, LONGEST_PAUSE": "0.5, 1.0"}
    limits["KEPT, LARGEST_KEPT"] = f"{2 * CELLS}, 10_000"
    with Calc(str(python.path), limits=limits) as calc:
        yield Broken(calc, python)


@pytest.fixture
def broken(running: Broken) -> Broken:
    """Return a workbook that has been calculated, with a worker that works."""
    cells = {f"A{row}": f"=DCF_TERMINAL_GROWTH(B{row},0.1,0.02)" for row in range(1, CELLS + 1)}
    cells |= {f"B{row}": float(row) for row in range(1, CELLS + 1)}
    running.python.behave("")
    running.calc.open(
        book(
            **cells,
            C1="=OFFTAKE_WHY(A1)",
            C2="=IFERROR(DCF_TERMINAL_MULTIPLE(B1,1),-1)",
            E1=ArrayFormula("E1:N4", f"=DILUTION_BRIDGE(B1,{TABLE})"),
            P1="=DCF_TERMINAL_MULTIPLE(Q1,1)",
        )
    )
    assert soon(running.works)
    running.calc.recalculate()
    assert running.growth() == right(0.0)
    return running


def right(first: float) -> list[Value]:
    return [pytest.approx((first + row) / 0.08) for row in range(1, CELLS + 1)]


def retyped(broken: Broken, first: float) -> list[Value]:
    """Type a new number into every cell that is read, and return what must be shown then."""
    broken.calc.change({("Out", (row, 2)): first + row for row in range(1, CELLS + 1)})
    return right(first)


def test_a_worker_that_dies_is_replaced_within_the_call(broken: Broken) -> None:
    broken.python.signal(signal.SIGKILL)
    assert retyped(broken, 1e3) == broken.growth()


def test_a_worker_that_is_stopped_is_replaced_within_the_call(broken: Broken) -> None:
    broken.python.signal(signal.SIGSTOP)
    began = time.monotonic()
    assert retyped(broken, 2e3) == broken.growth()
    assert 3.0 < time.monotonic() - began < 30.0


def test_cells_that_fail_are_calculated_again_without_being_asked(broken: Broken) -> None:
    # Two deaths within one call.
    broken.python.behave("kill -9 $$")
    broken.python.signal(signal.SIGKILL)
    expected = retyped(broken, 3e3)
    assert GONE in broken.growth()
    assert broken.shown(2, 3) == -1.0
    assert not soon(lambda: broken.growth() == expected, within=1.0)
    broken.python.behave("")
    assert soon(lambda: broken.growth() == expected)
    # Also a cell that hid its error.
    assert broken.shown(2, 3) == 3001.0
    assert broken.shown(1, 3) == ""


def test_without_a_python_the_reason_is_shown(broken: Broken) -> None:
    away = broken.python.path.with_name("away")
    broken.python.path.rename(away)
    broken.python.signal(signal.SIGKILL)
    # What has been calculated before is known.
    broken.calc.recalculate()
    assert broken.growth() == right(0.0)
    began = time.monotonic()
    expected = retyped(broken, 4e3)
    values = broken.calc.values()["Out"]
    assert time.monotonic() - began < 20.0
    cells = [(row, 1) for row in range(1, CELLS + 1)]
    block = [(row, column) for row in range(1, 5) for column in range(5, 15)]
    assert {values[at] for at in cells + block} == {GONE}
    assert values[1, 3] == (
        f"Offtake's Python, {broken.python.path}, cannot be started (No such file or directory): "
        "run `offtake install libreoffice` again and restart LibreOffice."
    )
    # What is typed back has its value back.
    assert retyped(broken, 0.0) == broken.growth()
    retyped(broken, 4e3)
    away.rename(broken.python.path)
    assert soon(lambda: broken.growth() == expected)
    assert broken.shown(1, 3) == ""


def test_a_file_keeps_its_values_without_a_python(broken: Broken) -> None:
    file = broken.calc.xlsx()
    for first in (5e3, 6e3, 7e3):  # So that no answer to what is in the file is known.
        assert retyped(broken, first) == broken.growth()
    broken.python.behave("echo no module >&2; exit 3")
    broken.python.signal(signal.SIGKILL)
    broken.calc.change({("Out", (1, 2)): 8e3})
    assert broken.shown(1, 1) == GONE
    assert "ended with code 3 (no module)" in str(broken.shown(1, 3))
    broken.calc.open(file)
    assert broken.growth() == right(0.0)
    assert broken.shown(4, 11) == GONE
    broken.python.behave("")
    assert soon(lambda: broken.shown(4, 11) == 100.0)
    # What is calculated again is no change of the user's.
    assert broken.growth() == right(0.0)
    assert not broken.calc.modified()


def test_a_call_in_a_name_is_made_again(broken: Broken) -> None:
    broken.python.behave("exit 1")
    broken.python.signal(signal.SIGKILL)
    made = openpyxl.load_workbook(io.BytesIO(book(A1="=Named+1")))
    made.defined_names["Named"] = DefinedName(
        "Named", attr_text="DCF_TERMINAL_GROWTH(9000,0.1,0.02)"
    )
    broken.calc.open(saved(made))
    broken.calc.recalculate()
    assert broken.shown(1, 1) == GONE
    broken.python.behave("")
    assert soon(lambda: broken.shown(1, 1) == pytest.approx(112_501.0))


def test_workbooks_that_do_not_call_the_functions_are_left_alone(broken: Broken) -> None:
    broken.python.behave("exit 1")
    broken.python.signal(signal.SIGKILL)
    broken.calc.change({("Out", (1, 2)): 6e3})
    assert broken.shown(1, 1) == GONE
    broken.calc.open(book(A1="=RAND()"))
    broken.calc.recalculate()
    drawn = broken.shown(1, 1)
    broken.python.behave("")
    failed = len(broken.python.started())
    assert soon(lambda: len(broken.python.started()) > failed)
    time.sleep(2.0)
    assert broken.shown(1, 1) == drawn
