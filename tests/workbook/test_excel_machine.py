"""Is a Python that Excel could not call refused in a sentence, and is it called as the VBA does?

Oracles: the text of xlwings' VBA, from which the command and the places of the DLL are read once
more; the programs for Windows that pip carries; and for each thing that can be wrong with a path
its sentence. What needs Windows is in test_wine_install.py.
"""

from __future__ import annotations

import locale
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import xlwings
from test_bad_input import is_one_sentence

from workbook.configuration import SETTINGS
from workbook.hosts import HostError, excel_machine, excel_server

VBA = (Path(xlwings.__file__).parent / "xlwings.bas").read_text(encoding="utf-8")


def refusal(call: Any, *arguments: Any) -> str:
    with pytest.raises(HostError) as refused:
        call(*arguments)
    assert is_one_sentence(str(refused.value)), refused.value
    return str(refused.value)


@pytest.mark.parametrize(
    "python",
    [
        r"C:\Python311\python.exe",
        r"D:\Users\Ann O'Neil\My (tools) & more\python.exe",
        r"C:\Users\Jörg\env\Scripts\pythonw.EXE",
        # A runtime of Python's install manager, which is no program of the store.
        r"C:\Users\x\AppData\Local\Python\pythoncore-3.14-64\python.exe",
    ],
)
def test_paths_that_excel_can_start(python: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locale, "getencoding", lambda: "cp1252")
    excel_machine.need_path(python)


@pytest.mark.parametrize(
    ("python", "reason"),
    [
        ("", "No Python is named for Excel"),
        ("   ", "No Python is named for Excel"),
        ('"C:\\Python 3\\python.exe"', "must not contain quotation marks"),
        ("C:\\Python311\\", "is not a program: give the path of the python.exe in it"),
        ("C:\\Python311", "is not a program: give the path of the python.exe in it"),
        ("python.exe", "is not a full path"),
        ("pythonw", "is not a full path"),
        ("Scripts\\python.exe", "is not a full path"),
        ("C:python.exe", "is not a full path"),
        ("/usr/bin/python3", "is not a full path"),
        ("\\\\server\\share\\python.exe", "is on a network"),
        ("//server/share/python.exe", "is on a network"),
        ("C:\\100%\\python.exe", "contains a %"),
        ("C:\\研究\\python.exe", "Excel cannot read the path"),
        (
            "C:\\Users\\x\\AppData\\Local\\Microsoft\\WindowsApps\\python.exe",
            "is Python from the Microsoft Store",
        ),
        (
            "C:\\Program Files\\WindowsApps\\PythonSoftwareFoundation.Python.3.11_qbz\\python.exe",
            "is Python from the Microsoft Store",
        ),
    ],
)
def test_paths_that_excel_cannot_start(
    python: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locale, "getencoding", lambda: "cp1252")
    assert reason in refusal(excel_machine.need_path, python)


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have paths of Windows lead to a folder here, on a drive that is this machine's."""

    class Disk(Path):
        def __new__(cls, path: Any) -> Any:
            return Path(tmp_path, *str(path).replace("C:", "").split("\\"))

    monkeypatch.setattr(excel_machine, "Path", Disk)
    monkeypatch.setattr(excel_machine, "_drive_type", lambda path: 3)
    return tmp_path


def program(path: Path, machine: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        b"MZ" + bytes(58) + (64).to_bytes(4, "little") + b"PE\0\0" + machine.to_bytes(2, "little")
    )


def test_a_program_tells_its_bits(tmp_path: Path) -> None:
    for machine, bits in ((0x8664, 64), (0xAA64, 64), (0x014C, 32), (0x1234, None)):
        program(tmp_path / "x.exe", machine)
        assert excel_machine.bits(tmp_path / "x.exe") == bits
    for content in (b"", b"MZ", b"#!/bin/sh\n" * 20, b"MZ" + bytes(60) + b"\xff\xff"):
        (tmp_path / "x.exe").write_bytes(content)
        assert excel_machine.bits(tmp_path / "x.exe") is None
    assert excel_machine.bits(tmp_path / "no.exe") is None


def test_a_real_program_tells_its_bits() -> None:
    # setuptools' or pip's launchers, where an installation has them.
    import pip

    launchers = {p.name: p for p in Path(pip.__file__).parent.rglob("[tw]*.exe")}
    assert launchers
    assert excel_machine.bits(launchers["t64.exe"]) == 64
    assert excel_machine.bits(launchers["t32.exe"]) == 32


def test_what_is_at_the_path_counts(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = r"C:\env\Scripts\python.exe"
    assert "does not exist" in refusal(excel_machine.need_python, python)
    program(disk / "env/Scripts/python.exe", 0x8664)
    excel_machine.need_python(python)
    (disk / "env/pyvenv.cfg").write_text(
        "home = C:\\Program Files\\WindowsApps\\PythonSoftwareFoundation.Python.3.11\n"
    )
    assert "make the environment again" in refusal(excel_machine.need_python, python)
    (disk / "env/pyvenv.cfg").write_text("home = C:\\Python311\n")
    excel_machine.need_python(python)
    program(disk / "env/Scripts/python.exe", 0x014C)
    assert "is a 32-bit Python" in refusal(excel_machine.need_python, python)
    monkeypatch.setattr(excel_machine, "_drive_type", lambda path: 4)
    assert "is on a network" in refusal(excel_machine.need_python, python)


def test_the_dll_is_looked_for_where_the_vba_does(disk: Path) -> None:
    # The program's folder, and the one above.
    assert VBA.count("LoadLibrary(ParentFolder(PYTHON_WIN)") == 1
    assert VBA.count("LoadLibrary(ParentFolder(ParentFolder(PYTHON_WIN))") == 1
    python = r"C:\env\Scripts\python.exe"
    assert excel_machine.folders(python) == [r"C:\env\Scripts", r"C:\env"]
    for bits in (64, 32):
        name = excel_machine.dll_name(bits)
        assert f'Lib "{name}"' in project()
        reason = refusal(excel_machine.dll, python, bits)
        assert reason.startswith(rf"{name} is in neither C:\env\Scripts nor C:\env, ")
        (disk / "env").mkdir(exist_ok=True)
        (disk / "env" / name).touch()
        assert excel_machine.dll(python, bits) == rf"C:\env\{name}"
        (disk / "env" / "Scripts").mkdir(exist_ok=True)
        (disk / "env" / "Scripts" / name).touch()
        assert excel_machine.dll(python, bits) == rf"C:\env\Scripts\{name}"


def project() -> str:
    """Read the VBA that goes into the add-in."""
    from oletools.olevba import VBA_Parser

    from workbook.hosts import excel_files

    parser = VBA_Parser("offtake.xlam", data=excel_files.addin("C:\\python.exe"))
    return "\n".join(code for _, _, _, code in parser.extract_macros())


def by_the_vba(python: str, workbook: str, settings: dict[str, str]) -> str:
    """Write the command by the lines of the VBA that write it."""
    body = VBA.partition("Function XLPyCommand()")[2].partition("End Function")[0]
    (tail,) = re.findall(r"^ *tail = (.*)$", body, re.M)
    start = re.findall(r'^ *PYTHON_WIN = ("cmd.exe " .*)$', body, re.M)[-1]
    path = re.findall(r"^ *PYTHONPATH = (AddExcelDir & .*)$", body, re.M)[0]
    escapes = re.findall(r'^ *PYTHONPATH = Replace\(PYTHONPATH, "(.*)", "(.*)"\)$', body, re.M)
    assert len(escapes) == 3
    known = {
        "AddExcelDir": SETTINGS["ADD_WORKBOOK_TO_PYTHONPATH"],
        "ActiveWorkbook.FullName": workbook,
        "ThisWorkbook.FullName": workbook,
        "ConsoleSwitch": "/showconsole" if settings.get("SHOW CONSOLE") == "True" else "",
        "LicenseKeyEnvString": "",
        "PYTHON_WIN": python,
        "Chr(34)": '"',
    }
    known["PYTHONPATH"] = evaluated(path, known, settings)
    for old, new in escapes:
        known["PYTHONPATH"] = known["PYTHONPATH"].replace(old, new)
    return evaluated(start, known, settings) + evaluated(tail, known, settings) + '"'


def evaluated(expression: str, known: dict[str, str], settings: dict[str, str]) -> str:
    """Evaluate VBA's joining of texts."""
    found = ""
    for part in re.findall(r'"(?:[^"]|"")*"|[\w.]+(?:\([^)]*\))?', expression):
        if part.startswith('"'):
            found += part[1:-1].replace('""', '"')
        elif part.startswith("GetConfig("):
            found += settings.get(part[len('GetConfig("') : -2], "")
        else:
            found += known[part]
    return found


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"SHOW CONSOLE": "True"},
        {
            "PYTHONPATH": r"C:\Ann's & Jörg's",
            "ONEDRIVE_CONSUMER_WIN": r"C:\One",
            "SHAREPOINT_WIN": "x",
        },
    ],
)
def test_the_command_is_that_of_the_vba(settings: dict[str, str]) -> None:
    python, workbook = r"C:\Program Files\Python311\python.exe", r"C:\It's & more\offtake.xlam"
    written = excel_server.command(python, workbook, lambda name: settings.get(name, ""))
    assert written == by_the_vba(python, workbook, settings)


def test_elsewhere_the_server_says_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for call in (
        lambda: excel_server.prove("C:\\python.exe", "C:\\x.xlam", lambda name: ""),
        lambda: excel_server.Server("C:\\x.dll", "cmd.exe"),
    ):
        assert "on Windows only" in refusal(call)
