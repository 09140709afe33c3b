"""Does the doctor find what is installed, and name a command for what is missing?"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest
import xlwings

from workbook.cli import doctor
from workbook.hosts import excel_install, headless, libreoffice
from workbook.refusal import CALLABLE


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Begin on a Linux machine with neither LibreOffice nor other programs."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(doctor, "_output", lambda command: "")
    monkeypatch.setattr(libreoffice, "version", lambda: None)
    monkeypatch.setattr(xlwings, "USER_CONFIG_FILE", str(tmp_path / ".xlwings" / "xlwings.conf"))


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Stand in for Windows with Excel."""
    excel = r"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE"
    registry = SimpleNamespace(
        HKEY_LOCAL_MACHINE=0, HKEY_CURRENT_USER=1, QueryValue=lambda root, key: excel
    )
    monkeypatch.setitem(sys.modules, "winreg", registry)
    monkeypatch.setenv("APPDATA", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "win32")
    return tmp_path


def found(name: str, kind: str = "host") -> doctor.Finding:
    return next(f for f in doctor.report() if f.name == name and f.kind == kind)


def test_the_packages_are_those_that_the_project_requires() -> None:
    names = {f.name for f in doctor.report() if f.kind == "package"}
    required = [r for r in metadata.requires("offtake") or [] if "extra ==" not in r]
    assert len(names) == len(required) + 2
    assert {"Python", "offtake", "numpy", "xlwings"} <= names
    assert found("numpy", "package") == doctor.Finding(
        "package", "numpy", "ok", metadata.version("numpy")
    )


def test_a_missing_package_stops_every_host(monkeypatch: pytest.MonkeyPatch) -> None:
    there = metadata.version

    def version(name: str) -> str:
        if name == "openpyxl":
            raise metadata.PackageNotFoundError(name)
        return "1.2rc1" if name == "numpy" else there(name)

    monkeypatch.setattr(metadata, "version", version)
    assert found("openpyxl", "package").mend == 'python -m pip install "openpyxl>=3.1.2"'
    assert found("numpy", "package").state == "missing"
    assert found("numpy", "package").found == "1.2rc1"
    hosts = [f for f in doctor.report() if f.kind == "host"]
    assert {f.state for f in hosts} == {"missing"}
    assert {f.mend for f in hosts} == {found("numpy", "package").mend}


def test_without_the_project_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def requires(name: str) -> list[str]:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", requires)
    assert found("offtake", "package").mend == "python -m pip install -e ."
    assert found("headless").found == "needs offtake"


def test_off_windows_excel_is_impossible() -> None:
    assert found("Excel").state == "impossible"
    assert not [f for f in doctor.report() if (f.kind, f.name) == ("program", "Excel")]


def test_excel_is_ok_where_it_was_proved(windows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found("Excel", "program").found.endswith("EXCEL.EXE")
    # Not set up: the sentence says what is lacking, and nothing is started.
    assert found("Excel").found.startswith("No Python is named for Excel")
    assert found("Excel").mend == "offtake install excel"
    monkeypatch.setattr(excel_install, "examine", lambda: "it answers; started in 1.0 s")
    assert found("Excel").state == "ok"
    assert found("Excel").found == "it answers; started in 1.0 s"


def test_windows_without_excel(windows: Path) -> None:
    def no_entry(root: int, key: str) -> str:
        raise FileNotFoundError(key)

    sys.modules["winreg"].QueryValue = no_entry
    assert found("Excel", "program").state == found("Excel").state == "missing"


def test_the_engine_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found("headless").state == "ok"
    assert found("headless").found.startswith("a cell calculated in ")

    def broken(package: bytes) -> None:
        raise OSError("no engine")

    monkeypatch.setattr(headless, "evaluate", broken)
    assert found("headless").state == "missing"
    assert "no engine" in found("headless").found
    monkeypatch.setattr(headless, "evaluate", lambda package: {"Sheet": {(1, 1): 1.0}})
    assert found("headless").found == "DCF_TERMINAL_GROWTH returns 1.0"


def test_what_runs_inside_excel_only_is_not_called_ok() -> None:
    assert found("xlwings Lite").state == "untried"


def test_libreoffice_step_by_step(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert found("LibreOffice").found == "not installed; needs 25.2 or newer"
    assert "install" in found("LibreOffice").mend
    monkeypatch.setattr(libreoffice, "version", lambda: (7, 4, 7))
    assert found("LibreOffice").found == "7.4.7; needs 25.2 or newer"
    monkeypatch.setattr(libreoffice, "version", lambda: (25, 2, 3))
    monkeypatch.setattr(libreoffice, "program", lambda name: tmp_path / "program" / name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert found("LibreOffice").found == "25.2.3: the add-in is not installed."
    assert found("LibreOffice").mend == "offtake install libreoffice"
    # As its package manager keeps an extension for all users, and one for this user alone.
    for folder in ("share", "libreoffice/4/user"):
        cache = tmp_path / folder / "uno_packages" / "cache"
        place = cache / "uno_packages" / "lu60511vdsy.tmp_" / "offtake.oxt"

        def unpack(python: str, place: Path = place) -> None:
            for name, part in libreoffice.parts(CALLABLE, python).items():
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                (place / name).write_bytes(part)

        unpack("/there/is/no/python")
        # What is not listed was removed.
        assert "/there/is/no/python" not in found("LibreOffice").found
        (cache / "uno_packages.pmap").write_text("Pmp1\0offtake\nlu60511vdsy.tmp\0offtake.oxt\n")
        for python, reason in (
            ("/there/is/no/python", "cannot be started (No such file or directory)"),
            ("/bin/true", "ended with code 0"),
        ):
            unpack(python)
            assert found("LibreOffice").state == "missing"
            assert f"25.2.3: Offtake's Python, {python}, {reason}" in found("LibreOffice").found
        unpack(sys.executable)
        assert found("LibreOffice").state == "ok"
        assert f"25.2.3; the add-in's {sys.executable} answers" in found("LibreOffice").found
    (place / "component.py").write_text("")
    assert "made by another version" in found("LibreOffice").found
    # The variable that selects another Python for Calc selects it here.
    monkeypatch.setenv("OFFTAKE_PYTHON", "/bin/true")
    assert "/bin/true, ended with code 0" in found("LibreOffice").found


@pytest.mark.parametrize(
    ("system", "release", "command"),
    [
        ("win32", {}, "winget install TheDocumentFoundation.LibreOffice"),
        ("darwin", {}, "brew install --cask libreoffice"),
        ("linux", {"ID": "fedora"}, "sudo apt install libreoffice-calc python3-uno"),
        (
            "linux",
            {"ID": "debian", "VERSION_CODENAME": "bookworm"},
            "sudo apt install -t bookworm-backports libreoffice-calc python3-uno",
        ),
    ],
)
def test_each_system_has_its_command(
    system: str, release: dict[str, str], command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(doctor.platform, "freedesktop_os_release", lambda: release)
    assert doctor._libreoffice_command() == command


def test_what_only_tests_need_is_optional(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("OFFTAKE_PYODIDE", raising=False)
    assert found("node", "program").state == found("pyodide", "program").state == "optional"
    monkeypatch.setenv("OFFTAKE_PYODIDE", str(tmp_path))
    monkeypatch.setattr(doctor.shutil, "which", lambda name: f"/there/{name}")
    monkeypatch.setattr(doctor, "_output", lambda command: " ".join(command))
    assert found("node", "program").found == "/there/node --version"
    assert found("pyodide", "program").found == str(tmp_path)


def test_a_program_that_fails_or_is_not_there_tells_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    assert doctor._output([sys.executable, "-c", "print('here')"]) == "here"
    assert doctor._output([sys.executable, "-c", "print('no'); raise SystemExit(1)"]) == ""
    assert doctor._output(["/there/is/no/such/program"]) == ""


def test_findings_are_plain_data_with_a_command_where_one_is_needed() -> None:
    for finding in doctor.report():
        assert all(isinstance(field, str) for field in asdict(finding).values())
        assert bool(finding.mend) == (finding.state == "missing")


def test_the_table_shows_what_to_type(capsys: pytest.CaptureFixture[str]) -> None:
    doctor.show(
        [
            doctor.Finding("package", "numpy", "ok", "2.4"),
            doctor.Finding("host", "Excel", "missing", r"calls [x]\py", 'pip install "a[b]>=1"'),
            doctor.Finding("host", "headless", "missing", "needs a", 'pip install "a[b]>=1"'),
        ]
    )
    message = capsys.readouterr().out
    assert r"calls [x]\py" in message
    assert message.count('pip install "a[b]>=1"') == 1


#: Runs the command in a Python that lacks a package and all knowledge of it.
WITHOUT = """
import sys
from importlib import metadata

lacking, sys.argv = sys.argv[1], ["offtake", *sys.argv[2:]]
sys.modules[lacking] = None
there = metadata.version

def version(name):
    if name == lacking:
        raise metadata.PackageNotFoundError(name)
    return there(name)

metadata.version = version
from workbook.cli import main
main()
"""


@pytest.mark.parametrize("lacking", ["numpy", "xlwings", "rich", "openpyxl", "formualizer"])
def test_the_doctor_itself_needs_none_of_the_packages(lacking: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT, lacking, "doctor"], capture_output=True, text=True
    )
    assert (run.returncode, run.stderr) == (0, "")
    lines = [line.split() for line in run.stdout.splitlines()]
    assert ["package", lacking, "missing", "not", "installed"] in lines
    assert ["host", "headless", "missing", "needs", lacking] in lines
    assert f'  python -m pip install "{lacking}' in run.stdout


@pytest.mark.parametrize("lacking", ["numpy", "openpyxl", "formualizer"])
def test_other_commands_name_the_doctor(lacking: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT, lacking, "build"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == f"{lacking} is not installed; `offtake doctor` shows how to fix that.\n"
