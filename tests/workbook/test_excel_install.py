"""Does installing for Excel work as documented, and does uninstalling keep the user's files?

Folders of the test's own; Windows, an Excel and the proof are stood in for, and stand in
test_wine_install.py. Oracle: what was in every file before.
"""

from __future__ import annotations

import locale
import sys
from pathlib import Path
from typing import Any

import pytest
import xlwings
from hypothesis import given
from hypothesis import strategies as st

from workbook.hosts import HostError, excel_files, excel_install
from workbook.hosts.excel_install import INTERPRETER, changed, lines_of, value
from workbook.hosts.excel_server import Times

PYTHON = r"C:\Python311\python.exe"

#: What a user may have there: comments, blank lines, another case, twice, a Latin-1 letter.
USERS = (
    b'"PYTHONPATH","C:\\J\xf6rg\\code"\r\n\r\n'
    b'"interpreter_win","C:\\Mine\\python.exe"\r\n'
    b'"UDF MODULES","mine;yours"\r\n"SHOW CONSOLE","True"\r\n'
    b'"INTERPRETER_WIN","C:\\Old\\python.exe"\r\n'
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for a Windows whose Excel can call Python.

    What the add-in consists of is made beforehand: modules that are first imported under another
    system's name would look for that system.
    """
    excel_files.addin(PYTHON)
    monkeypatch.setattr(xlwings, "USER_CONFIG_FILE", str(tmp_path / ".xlwings" / "xlwings.conf"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "Roaming"))
    monkeypatch.setattr(excel_install, "_proof", lambda python, lines: Times(1.0, 0.5, 2.0, 3.0))
    monkeypatch.setattr(sys, "executable", PYTHON)
    monkeypatch.setattr(sys, "platform", "win32")
    return tmp_path


def conf(home: Path) -> Path:
    return home / ".xlwings" / "xlwings.conf"


def addin(home: Path) -> Path:
    return home / "Roaming" / "Microsoft" / "Excel" / "XLSTART" / "offtake.xlam"


def written(path: Path, content: bytes = USERS) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def everything(home: Path) -> dict[str, bytes]:
    return {str(p.relative_to(home)): p.read_bytes() for p in home.rglob("*") if p.is_file()}


def install() -> list[str]:
    said: list[str] = []
    excel_install.install(said.append)
    return said


def uninstall() -> str:
    said: list[str] = []
    excel_install.uninstall(said.append)
    return " ".join(said)


def test_where_nothing_was_there(home: Path) -> None:
    said = install()
    assert conf(home).read_text() == f'"INTERPRETER_WIN","{PYTHON}"\n'
    assert addin(home).read_bytes() == excel_files.addin(PYTHON)
    assert "started in 1.0 s, first call 0.5 s, then 2.0 ms" in said[0]
    assert excel_install.examine().startswith(f"{PYTHON} answers; started in 1.0 s")
    uninstall()
    assert everything(home) == {}


def test_a_dry_run_changes_nothing(home: Path) -> None:
    written(conf(home))
    said: list[str] = []
    excel_install.install(said.append, dry_run=True)
    assert everything(home) == {".xlwings/xlwings.conf": USERS}
    # It says what an installation does.
    assert install() == said
    there = everything(home)
    excel_install.uninstall(said.append, dry_run=True)
    assert everything(home) == there
    assert "restored" in said[-1]


def test_what_a_user_had_comes_back(home: Path) -> None:
    written(conf(home))
    written(addin(home), b"another add-in")
    install()
    lines = excel_install.read()
    assert value(lines, INTERPRETER) == PYTHON
    assert value(lines, "show console") == "True"
    assert value(lines, "UDF MODULES") == "mine;yours"
    uninstall()
    # The two lines of one setting stand together now; the first still counts.
    back = conf(home).read_bytes().splitlines()
    assert sorted(back) == sorted(USERS.splitlines())
    assert value(excel_install.read(), INTERPRETER) == r"C:\Mine\python.exe"
    assert addin(home).read_bytes() == b"another add-in"
    assert len(everything(home)) == 2


def test_what_a_user_changed_since_stays(home: Path) -> None:
    written(conf(home))
    written(addin(home), b"another add-in")
    install()
    other = b'"INTERPRETER_WIN","C:\\Newer\\python.exe"\r\n'
    conf(home).write_bytes(other)
    addin(home).write_bytes(b"saved again in Excel")
    with pytest.raises(HostError, match=r"was changed since it was installed: move it elsewhere"):
        install()
    said = uninstall()
    assert conf(home).read_bytes() == other
    assert addin(home).read_bytes() == b"saved again in Excel"
    assert said.count("so it stays") == 2
    # What was there before is kept, because its place is taken.
    assert b"another add-in" in everything(home).values()


def test_what_a_user_deleted_since_is_no_obstacle(home: Path) -> None:
    install()
    addin(home).unlink()
    uninstall()
    assert everything(home) == {}


def test_installing_twice_leads_back_as_far(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(conf(home))
    written(addin(home), b"another add-in")
    install()
    first = everything(home)
    assert any("already" in line for line in install())
    assert everything(home) == first
    monkeypatch.setattr(sys, "executable", r"C:\Another\python.exe")
    install()
    assert value(excel_install.read(), INTERPRETER) == r"C:\Another\python.exe"
    assert addin(home).read_bytes() == excel_files.addin(r"C:\Another\python.exe")
    uninstall()
    assert sorted(conf(home).read_bytes().splitlines()) == sorted(USERS.splitlines())
    assert addin(home).read_bytes() == b"another add-in"


def test_settings_that_were_right_before_are_not_ours(home: Path) -> None:
    right = f'"INTERPRETER_WIN","{PYTHON}"'.encode()
    written(conf(home), right)
    install()
    assert conf(home).read_bytes() == right
    uninstall()
    assert conf(home).read_bytes() == right


@pytest.mark.parametrize("step", ["install", "uninstall"])
@pytest.mark.parametrize("name", ["xlwings.conf", "offtake.xlam", "offtake.json"])
def test_a_file_that_cannot_be_written_leaves_all_as_it_was(
    step: str, name: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(conf(home))
    written(addin(home), b"another add-in")
    if step == "uninstall":
        install()
    before = everything(home)
    write = excel_install._write

    def locked(target: Path, content: bytes | None) -> None:
        if target.name == name and before.get(str(target.relative_to(home))) != content:
            raise PermissionError(13, "Permission denied")
        write(target, content)

    monkeypatch.setattr(excel_install, "_write", locked)
    with pytest.raises(HostError, match=rf"{name} cannot be written \(Permission denied\): quit"):
        install() if step == "install" else uninstall()
    assert everything(home) == before


def test_where_python_does_not_answer_nothing_is_written(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(conf(home))

    def silent(*_: Any) -> Times:
        raise HostError("it did not answer.")

    with monkeypatch.context() as broken:
        broken.setattr(excel_install, "_proof", silent)
        with pytest.raises(HostError, match=r"^it did not answer\.$"):
            install()
    assert everything(home) == {str(conf(home).relative_to(home)): USERS}
    install()
    monkeypatch.setattr(excel_install, "_proof", silent)
    with pytest.raises(HostError, match=r"^it did not answer\.$"):
        excel_install.examine()


def test_what_is_installed_and_what_is_not(home: Path) -> None:
    install()
    written(addin(home), b"of another version")
    with pytest.raises(HostError, match="made by another version"):
        excel_install.examine()
    addin(home).unlink()
    with pytest.raises(HostError, match=r"The add-in is not in .*XLSTART\.$"):
        excel_install.examine()


def test_elsewhere_it_says_why_not(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for system in ("linux", "darwin"):
        monkeypatch.setattr(sys, "platform", system)
        for step in (install, uninstall, excel_install.examine):
            with pytest.raises(HostError, match=r"on Windows only; elsewhere use"):
                step()
    assert everything(home) == {}


def test_what_is_not_installed_cannot_be_undone(home: Path) -> None:
    with pytest.raises(HostError, match=r"^Offtake is not installed in this user's Excel\.$"):
        uninstall()


def test_a_windows_without_a_folder_for_settings(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("APPDATA")
    with pytest.raises(HostError, match=r"\(APPDATA\)"):
        install()


def test_a_path_that_excel_cannot_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locale, "getencoding", lambda: "cp1252")
    with pytest.raises(HostError, match="Excel cannot read the path"):
        excel_install._line(INTERPRETER, "C:\\研\\python.exe")


NAMES = st.sampled_from(["UDF MODULES", "udf modules", "INTERPRETER_WIN", "SHOW CONSOLE", "x"])
LINES = st.builds(
    lambda name, text: f'"{name}","{text}"\n'.encode("latin-1"),
    NAMES,
    st.text(st.characters(codec="latin-1", exclude_characters='"\r\n\x0b\x0c\x1c\x1d\x1e\x85')),
)


@given(st.lists(LINES, max_size=8))
def test_changing_a_line_and_back_loses_nothing(lines: list[bytes]) -> None:
    there = changed(lines, "UDF MODULES", [b'"UDF MODULES","other"\r\n'])
    assert value(there, "UDF MODULES") == "other"
    assert len(lines_of(there, "UDF MODULES")) == 1
    others = [line for line in lines if line not in lines_of(lines, "UDF MODULES")]
    assert [line for line in there if line not in lines_of(there, "UDF MODULES")] == others
    back = changed(there, "UDF MODULES", lines_of(lines, "UDF MODULES"))
    assert sorted(back) == sorted(lines)
    for setting in ("UDF MODULES", INTERPRETER, "SHOW CONSOLE", "x"):
        assert lines_of(back, setting) == lines_of(lines, setting)
