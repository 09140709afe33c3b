"""What does an analyst see who opens the workbook in a window of Calc, types, and asks the wizard?

A script at the keyboard of a screen in memory. The oracles: the model, for a price that is typed;
arithmetic, for a formula; and the window itself, whose dialogs are read as a screen reader reads
them. Every step leaves a picture in the folder OFFTAKE_PICTURES, to be looked at.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from calc import profile, screen
from calc.breakable import BreakablePython, soon
from calc.screen import Screen
from calc.session import Calc
from calc_comparison import TABLE, book, need
from cases import whole
from openpyxl.worksheet.formula import ArrayFormula

from model.case.case import parse
from model.valuation import value
from workbook.package.cells import address
from workbook.package.package import Package

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs a screen of X11")

#: Of the shipped case, as published; and another.
PRICE, OTHER = 185.0, 200.0
#: Waits that are shorter than a user's.
QUICK = {"SILENCE": "3.0", "PAUSE, LONGEST_PAUSE": "0.5, 1.0"}
#: What the line at the top of a sheet says.
WORKS, LOST = "checks pass", "FAIL: Offtake does not answer"


class Window:
    """Calc in a window, and its user at the keyboard."""

    def __init__(self, calc: Calc, shown: Screen) -> None:
        self.calc, self.screen = calc, shown

    def go(self, to: str) -> None:
        """Select a cell, by typing its name or address in the box at the top left."""
        self.screen.press("ctrl+shift+t")
        self.screen.press("ctrl+a")
        self.screen.write(to)
        self.screen.press("Return")
        sheet, _, cell = to.rpartition(".")
        expected = f"${sheet}.${cell[0]}${cell[1:]}" if sheet else self.calc.names()[to]
        assert soon(lambda: self.calc.selected() == expected), self.calc.selected()

    def type(self, to: str, text: str) -> None:
        """Type into a cell."""
        self.go(to)
        self.screen.write(text)
        self.screen.press("Return")

    def answered(self, title: str) -> list[str]:
        """Return what a dialog says that has opened."""
        assert soon(lambda: title in self.calc.dialogs()), self.calc.dialogs().keys()
        return self.calc.dialogs()[title]

    def closed(self, key: str) -> None:
        """Close the dialog by a key."""
        self.screen.press(key)
        assert soon(lambda: self.calc.dialogs() == {})


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    need(profile.missing() or screen.missing())
    folder = os.environ.get("OFFTAKE_PICTURES")
    with Screen(Path(folder) if folder else tmp_path_factory.mktemp("pictures")) as started:
        yield started


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> BreakablePython:
    return BreakablePython(tmp_path_factory.mktemp("python"))


@pytest.fixture(scope="module")
def running(shown: Screen, python: BreakablePython, finished: bytes) -> Iterator[Window]:
    """Open the workbook, with the add-in."""
    with Calc(str(python.path), limits=QUICK, display=shown.display) as calc:
        calc.open(finished)
        yield Window(calc, shown)


@pytest.fixture
def window(running: Window) -> Iterator[Window]:
    """Return the window, and close what a test that failed has left open in it."""
    yield running
    for _ in range(5):
        if running.calc.dialogs():
            running.screen.press("Escape")


@pytest.fixture(scope="module")
def worth(finished: bytes) -> str:
    """Return the cell of *Dashboard* with the value per share."""
    page = Package.opened(finished).sheets["Dashboard"]
    (row,) = (row for row in range(1, 40) if page.value((row, 1)) == "This model")
    return address(row, 2)


def of_price(price: float) -> str:
    """Value the company at a share price, by the model."""
    tree = whole()
    tree["offer"]["price"]["value"] = price
    return f"{float(value(parse(tree)).value_per_share):.2f}"


def test_the_workbook_opens(window: Window, worth: str) -> None:
    assert soon(lambda: any("Calc" in title for title in window.screen.titles()))
    assert window.calc.dialogs() == {}
    assert window.calc.seen("Dashboard", worth) == of_price(PRICE)
    assert window.calc.seen("Dashboard", "A3").endswith(WORKS)
    window.screen.picture("1-opened")


def test_a_price_that_is_typed_has_its_value(window: Window, worth: str) -> None:
    window.type("Share_price", f"{OTHER:.0f}")
    assert soon(lambda: window.calc.seen("Dashboard", worth) == of_price(OTHER))
    assert of_price(OTHER) != of_price(PRICE)
    assert f"offer price {OTHER:.2f}" in window.calc.seen("Inputs", "A4")
    window.screen.picture("2-price-typed")
    window.type("Share_price", f"{PRICE:.0f}")
    assert soon(lambda: window.calc.seen("Dashboard", worth) == of_price(PRICE))


@pytest.mark.parametrize(
    ("name", "text", "title", "sentence"),
    [
        ("Share_price", "abc", "Offer price", "Type a number from 0 to 10,000,000."),
        ("Share_price", "-5", "Offer price", "Type a number from 0 to 10,000,000."),
        ("Scenario", "Worst", "Scenario", "Type one of Bear, Base, Bull."),
    ],
)
def test_a_wrong_entry_is_refused(
    window: Window, worth: str, name: str, text: str, title: str, sentence: str
) -> None:
    window.type(name, text)
    assert sentence in window.answered(title)
    window.screen.picture(f"3-{name}-{text}-refused".lower().replace("_", "-"))
    window.closed("Return")
    window.screen.press("Escape")
    assert soon(lambda: window.calc.seen("Dashboard", worth) == of_price(PRICE))


def test_what_is_cleared_is_named_at_the_top(window: Window, worth: str) -> None:
    window.go("Share_price")
    window.screen.press("Delete")
    cell = window.calc.names()["Share_price"].replace("$", "").replace(".", "!")
    named = f"FAIL: {cell}: price must be above 0"
    assert soon(lambda: window.calc.seen("Inputs", "A3").startswith(named))
    window.screen.picture("4-price-cleared")
    window.screen.press("ctrl+z")
    assert soon(lambda: window.calc.seen("Dashboard", worth) == of_price(PRICE))


def test_the_wizard_finds_the_functions_and_explains_them(window: Window) -> None:
    window.calc.open(book())
    window.go("Out.H9")
    for searched, found in (("offtake", "OFFTAKE_WHY"), ("terminal_gr", "DCF_TERMINAL_GROWTH")):
        window.screen.press("ctrl+F2")
        window.answered("Function Wizard")
        window.screen.write(searched)
        assert soon(lambda found=found: found in window.answered("Function Wizard"))  # type: ignore[misc]
        window.screen.picture(f"5-wizard-{searched.replace('_', '-')}")
        if searched != "offtake":
            break
        window.closed("Escape")
    # To the list, down to the function, and to its arguments.
    window.screen.press("Tab", "Tab", "Tab", "Down", "Return")
    assert soon(lambda: any("(required)" in text for text in window.answered("Function Wizard")))
    window.screen.picture("6-wizard-arguments")
    for number in ("100", "0.1", "0.02"):
        window.screen.write(number)
        window.screen.press("Tab", "Tab", "Tab")  # Past two buttons.
    window.screen.picture("7-wizard-filled")
    window.closed("alt+o")
    assert soon(lambda: window.calc.seen("Out", "H9") == "1250")  # 100 / (10% - 2%)


def test_a_call_that_is_refused_says_why(window: Window) -> None:
    window.calc.open(book())
    window.type("Out.B2", "=DCF_TERMINAL_GROWTH(100;0.1;0.12)")
    window.type("Out.B3", "=OFFTAKE_WHY(B2)")
    assert soon(lambda: "growth must be below the discount" in window.calc.seen("Out", "B3"))
    assert window.calc.seen("Out", "B2") == "#NUM!"
    window.screen.picture("8-call-refused")


def test_enter_on_a_table_says_how_to_get_all_of_it(window: Window) -> None:
    window.calc.open(book())
    window.type("Out.B2", "=DILUTION_BRIDGE(100;$In.A1:D3)")
    window.type("Out.B14", "=OFFTAKE_WHY(B2)")
    assert soon(lambda: "Ctrl+Shift+Enter" in window.calc.seen("Out", "B14"))
    window.screen.picture("9-table-by-enter")
    window.go("Out.B2")
    window.screen.press("F2", "space", "ctrl+shift+Return")
    assert soon(lambda: window.calc.seen("Out", "B4") == "Options")


def test_each_failure_of_python_as_it_is_seen(window: Window, python: BreakablePython) -> None:
    window.calc.open(book(
        A1="=DCF_TERMINAL_GROWTH(B1,0.1,0.02)", B1=100.0, A2="=OFFTAKE_WHY(A1)",
        A4=ArrayFormula("A4:J7", f"=DILUTION_BRIDGE(B1,{TABLE})"),
    ))  # fmt: skip
    python.signal(signal.SIGKILL)
    window.type("Out.B1", "200")
    assert soon(lambda: window.calc.seen("Out", "A1") == "2500")
    window.screen.picture("a-killed-and-replaced")
    python.signal(signal.SIGSTOP)
    window.type("Out.B1", "400")
    assert soon(lambda: window.calc.seen("Out", "A1") == "5000")
    window.screen.picture("b-stopped-and-replaced")
    python.behave("echo no module >&2; exit 3")
    python.signal(signal.SIGKILL)
    window.type("Out.B1", "800")
    assert soon(lambda: window.calc.seen("Out", "A1") == "#NAME?")
    assert "ended with code 3 (no module)" in window.calc.seen("Out", "A2")
    window.screen.picture("c-python-broken")
    python.behave("")
    assert soon(lambda: window.calc.seen("Out", "A1") == "10000")
    window.screen.picture("d-python-back")


def test_what_was_calculated_is_there_while_python_is_broken(
    window: Window, python: BreakablePython, finished: bytes, worth: str
) -> None:
    python.behave("exit 3")
    python.signal(signal.SIGKILL)
    window.calc.open(finished)
    window.go("Dashboard.A9")
    assert window.calc.seen("Dashboard", worth) == of_price(PRICE)
    window.type("Share_price", "201")
    assert soon(lambda: window.calc.seen("Inputs", "A3").startswith("FAIL: "))
    window.screen.picture("e-price-typed-while-broken")
    python.behave("")
    assert soon(lambda: window.calc.seen("Dashboard", worth) == of_price(201.0))


@pytest.mark.parametrize("installed", [True, False])
def test_a_workbook_opened_where_nothing_answers_says_so(
    shown: Screen, finished: bytes, tmp_path: Path, installed: bool
) -> None:
    """The add-in's Python is broken, or there is no add-in: inputs are as they were."""
    broken = BreakablePython(tmp_path)
    broken.behave("exit 3")
    plain = [] if installed else [f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"]
    with Calc(str(broken.path), plain, QUICK, shown.display) as calc:
        calc.open(finished)
        window = Window(calc, shown)
        assert soon(lambda: calc.seen("Dashboard", "A3").startswith(LOST))
        assert "install Offtake" in calc.seen("Dashboard", "A3")
        window.go("Share_price")
        cell = calc.names()["Share_price"].rpartition(".")[2]
        assert calc.seen("Inputs", cell) == f"{PRICE:.2f}"
        window.screen.picture("f-opened-while-broken" if installed else "g-without-the-add-in")
        if installed:
            broken.behave("")
            assert soon(lambda: calc.seen("Dashboard", "A3").endswith(WORKS))
