"""Does `offtake install excel` detect, on Windows, whether Excel's calls would be answered?

The installer's own code runs under Wine (see test_wine.py), with a registry and folders of Windows
that these tests arrange. Of Excel there is no more than the entry that its installation makes, and
the head of its program. Oracles: what stands in the files afterwards, and for each thing that is
broken on purpose the sentence that names it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest
import wine
from test_bad_input import is_one_sentence
from wine import Wine

from workbook.hosts import HostError, excel_files, excel_machine
from workbook.package.archive import entries

pytestmark = pytest.mark.skipif(
    wine.folder() is None, reason="needs a folder that .ci/wine filled, by OFFTAKE_WINE"
)

EXCEL = "C:\\Program Files\\Office\\EXCEL.EXE"
TIMES = (
    r"started in \d+\.\d s, first call \d+\.\d s, "
    r"then \d+\.\d ms for a number and \d+\.\d ms for a table"
)


class Machine:
    """A user's Windows with an Excel."""

    def __init__(self, client: Wine) -> None:
        self.client = client
        self.drive = client.place / "prefix" / "drive_c"
        (self.home,) = (p for p in (self.drive / "users").iterdir() if p.name != "Public")
        self.conf = self.home / ".xlwings" / "xlwings.conf"
        self.addin = self.home / "AppData/Roaming/Microsoft/Excel/XLSTART/offtake.xlam"
        self.site = client.place / "python/Lib/site-packages"
        self.clear()
        client.ask("excel", EXCEL)

    def clear(self) -> None:
        shutil.rmtree(self.conf.parent, ignore_errors=True)
        if self.addin.parent.is_file():
            self.addin.parent.unlink()
        shutil.rmtree(self.addin.parent, ignore_errors=True)

    def files(self) -> dict[str, bytes]:
        """Return the files of the folders that belong to the installer."""
        folders = (self.conf.parent, self.addin.parent)
        return {
            str(p.relative_to(self.home)): p.read_bytes()
            for folder in folders
            for p in folder.rglob("*")
            if p.is_file()
        }

    def refusal(self, question: str, *arguments: str) -> str:
        """Return the sentence of a refusal that leaves everything as it was."""
        before = self.files()
        with pytest.raises(HostError) as refused:
            self.client.ask(question, *arguments)
        assert self.files() == before
        assert is_one_sentence(str(refused.value)), refused.value
        return str(refused.value)


@pytest.fixture
def machine(windows: Wine) -> Iterator[Machine]:
    made = Machine(windows)
    yield made
    made.clear()


def test_it_is_installed_once_python_has_answered(machine: Machine) -> None:
    python = machine.client.python
    proof, setting, addin, last = machine.client.ask("install")
    assert re.fullmatch(re.escape(f"{python}, started as Excel starts it: ") + TIMES + r"\.", proof)
    assert machine.conf.read_text() == f'"INTERPRETER_WIN","{python}"\n'
    assert dict(entries(machine.addin.read_bytes())) == dict(entries(excel_files.addin(python)))
    assert "INTERPRETER_WIN is now" in setting
    assert "XLSTART" in addin
    assert "offtake uninstall excel" in last


def test_the_doctor_says_the_same_and_changes_nothing(machine: Machine) -> None:
    machine.client.ask("install")
    before = machine.files()
    message = machine.client.ask("examine")
    assert re.fullmatch(re.escape(machine.client.python) + f" answers; {TIMES}", message)
    assert machine.files() == before
    machine.addin.write_bytes(b"another")
    assert "was made by another version" in machine.refusal("examine")
    machine.addin.unlink()
    assert machine.refusal("examine").startswith("The add-in is not in C:\\users\\")
    machine.conf.unlink()
    assert machine.refusal("examine").startswith("No Python is named for Excel")


def test_the_way_back_is_exact(machine: Machine) -> None:
    machine.conf.parent.mkdir()
    machine.conf.write_bytes(
        b'"interpreter_win","C:\\Mine\\python.exe"\r\n"SHOW CONSOLE","False"\n'
    )
    machine.addin.parent.mkdir()
    machine.addin.write_bytes(b"the user's")
    before = machine.files()
    machine.client.ask("install")
    assert machine.files() != before
    machine.client.ask("uninstall")
    assert machine.files() == before


def test_without_excel_nothing_is_done(machine: Machine) -> None:
    machine.client.ask("excel", None)
    assert machine.refusal("install") == "Excel is not installed: install Microsoft 365 or Office."


def test_excel_from_the_store_is_refused(machine: Machine) -> None:
    machine.client.ask("excel", "C:\\Program Files\\WindowsApps\\Microsoft.Office\\EXCEL.EXE")
    assert "is Excel from the Microsoft Store" in machine.refusal("install")


def test_an_excel_that_is_gone_is_refused(machine: Machine) -> None:
    (machine.drive / "Program Files/Office/EXCEL.EXE").unlink()
    assert "does not exist, although Windows lists it as Excel" in machine.refusal("install")


@pytest.mark.parametrize(("bits", "machine_number"), [(64, 0x8664), (32, 0x014C)])
def test_the_dll_must_be_where_this_excel_looks(
    bits: int, machine_number: int, machine: Machine
) -> None:
    machine.client.ask("excel", EXCEL, machine_number)
    dll = machine.client.place / "python" / excel_machine.dll_name(bits)
    hidden = dll.with_suffix(".hidden")
    dll.rename(hidden)
    try:
        message = machine.refusal("install")
    finally:
        hidden.rename(dll)
    assert message.startswith(f"{dll.name} is in neither ")
    assert message.endswith("install Offtake in a virtual environment.")


def test_a_32_bit_excel_can_call_a_64_bit_python(machine: Machine) -> None:
    machine.client.ask("excel", EXCEL, 0x014C)
    assert len(machine.client.ask("install")) == 4


def test_a_folder_that_cannot_be_written_leaves_nothing_behind(machine: Machine) -> None:
    machine.addin.parent.write_bytes(b"a file in the folder's place")
    message = machine.refusal("install")
    assert "offtake.xlam cannot be written" in message


def test_settings_of_the_users_take_part(machine: Machine) -> None:
    machine.conf.parent.mkdir()
    machine.conf.write_text('"DEBUG UDFS","True"\n')
    assert machine.refusal("install").startswith("DEBUG UDFS is on")
    # A folder on xlwings' path with other modules of the same names.
    other = machine.drive / "other"
    (other / "workbook").mkdir(parents=True, exist_ok=True)
    (other / "workbook" / "__init__.py").touch()
    machine.conf.write_text('"PYTHONPATH","C:\\other"\n')
    message = machine.refusal("install")
    shutil.rmtree(other)
    assert message == (
        "DCF_TERMINAL_GROWTH fails when Excel calls it: "
        "ModuleNotFoundError: No module named 'workbook.udfs'."
    )


def test_a_python_without_the_functions_is_refused(machine: Machine) -> None:
    path = machine.site / "offtake.pth"
    there = path.read_text()
    path.write_text("")
    try:
        message = machine.refusal("install")
    finally:
        path.write_text(there)
    assert message == (
        f"{machine.client.python} cannot run the functions when Excel starts it "
        "(ModuleNotFoundError: No module named 'workbook'): install Offtake there."
    )


def test_a_python_that_hangs_is_not_waited_for(machine: Machine) -> None:
    hanging = machine.site / "sitecustomize.py"
    hanging.write_text("import time\ntime.sleep(40)\n")
    machine.client.ask("patience", 3)
    try:
        message = machine.refusal("install")
        assert machine.client.seconds < 30
    finally:
        hanging.unlink()
        machine.client.ask("patience", 60)
    assert "did not answer within 3 s" in message


@pytest.mark.parametrize("name", ["with spaces", "Jörg & Ann's (1)", "100 $, a+b^c"])
def test_a_python_in_a_folder_of_any_name_is_started(name: str, machine: Machine) -> None:
    folder = machine.drive / name
    folder.unlink(missing_ok=True)
    folder.symlink_to(machine.client.place / "python")
    try:
        machine.client.ask("prove", f"C:\\{name}\\python.exe")
    finally:
        folder.unlink()


def test_a_python_that_is_not_there_or_of_32_bits_is_refused(machine: Machine) -> None:
    assert machine.refusal("prove", "C:\\not there\\python.exe") == (
        "C:\\not there\\python.exe does not exist: "
        "install Python, or give the path of the one you have."
    )
    folder = machine.drive / "old"
    folder.mkdir()
    (folder / "python.exe").write_bytes(
        b"MZ" + bytes(58) + (64).to_bytes(4, "little") + b"PE\0\0" + (0x014C).to_bytes(2, "little")
    )
    message = machine.refusal("prove", "C:\\old\\python.exe")
    shutil.rmtree(folder)
    assert message == "C:\\old\\python.exe is a 32-bit Python: install a 64-bit one."
