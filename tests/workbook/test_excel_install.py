"""Does installing for Excel do what it says, and does uninstalling lose anything of a user's?

The functions of xlwings that copy the add-in run themselves, between a home and a start folder of
the test's own; Windows and a running Excel are stood in for.
"""

from __future__ import annotations

import locale
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import xlwings
from hypothesis import given
from hypothesis import strategies as st
from xlwings import cli, utils

from workbook.hosts import HostError, excel_install
from workbook.hosts.excel_install import INTERPRETER, MODULES, changed, lines_of, value

SHIPPED = (Path(xlwings.__file__).parent / "addin" / "xlwings.xlam").read_bytes()

#: What a user may have there: comments, blank lines, another case, twice, a Latin-1 letter.
USERS = (
    b'"PYTHONPATH","C:\\J\xf6rg\\code"\r\n\r\n'
    b'"interpreter_win","C:\\Mine\\python.exe"\r\n'
    b'"UDF MODULES","mine;yours"\r\n"SHOW CONSOLE","True"\r\n'
    b'"INTERPRETER_WIN","C:\\Old\\python.exe"\r\n'
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for Windows with an Excel that is not running."""
    (tmp_path / "XLSTART").mkdir()
    config = str(tmp_path / ".xlwings" / "xlwings.conf")
    monkeypatch.setattr(xlwings, "USER_CONFIG_FILE", config)
    monkeypatch.setattr(cli, "get_addin_dir", lambda *_: str(tmp_path / "XLSTART"))
    monkeypatch.setattr(cli, "xw", SimpleNamespace(apps=[], USER_CONFIG_FILE=config))
    monkeypatch.setattr(excel_install, "_need_functions", lambda python: None)
    monkeypatch.setattr(sys, "platform", "win32")
    return tmp_path


def conf(home: Path) -> Path:
    return home / ".xlwings" / "xlwings.conf"


def addin(home: Path) -> Path:
    return home / "XLSTART" / "xlwings.xlam"


def written(home: Path, content: bytes = USERS) -> None:
    conf(home).parent.mkdir(exist_ok=True)
    conf(home).write_bytes(content)


def everything(home: Path) -> dict[str, bytes]:
    return {str(p.relative_to(home)): p.read_bytes() for p in home.rglob("*") if p.is_file()}


def install() -> list[str]:
    said: list[str] = []
    excel_install.install(said.append)
    return said


def uninstall() -> list[str]:
    said: list[str] = []
    excel_install.uninstall(said.append)
    return said


def test_where_nothing_was_there(home: Path) -> None:
    said = install()
    assert utils.read_user_config() == {
        "interpreter_win": sys.executable,
        "udf modules": "workbook.udfs",
    }
    assert addin(home).read_bytes() == SHIPPED
    assert sum("becomes" in line for line in said) == 2
    assert "xlwings addin install" in said
    uninstall()
    assert everything(home) == {}


def test_what_a_user_had_comes_back(home: Path) -> None:
    written(home)
    install()
    lines = excel_install.read()
    assert value(lines, INTERPRETER) == sys.executable
    assert value(lines, MODULES) == "mine;yours;workbook.udfs"
    assert value(lines, "show console") == "True"
    uninstall()
    # The two lines of one setting stand together now; the first still counts.
    back = conf(home).read_bytes().splitlines()
    assert sorted(back) == sorted(USERS.splitlines())
    assert value(excel_install.read(), INTERPRETER) == r"C:\Mine\python.exe"
    assert list(everything(home)) == [str(conf(home).relative_to(home))]


def test_what_a_user_changed_since_stays(home: Path) -> None:
    written(home)
    install()
    lines = [line for line in excel_install.read() if b"UDF MODULES" not in line]
    conf(home).write_bytes(b"".join([*lines, b'"UDF MODULES","other"\r\n']))
    said = uninstall()
    assert value(excel_install.read(), MODULES) == "other"
    assert value(excel_install.read(), INTERPRETER) == r"C:\Mine\python.exe"
    assert any("UDF MODULES was changed since" in line for line in said)


def test_installing_twice_leads_back_as_far(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(home)
    install()
    first = everything(home)
    assert any("already" in line for line in install())
    assert everything(home) == first
    monkeypatch.setattr(sys, "executable", r"C:\Another\python.exe")
    install()
    assert value(excel_install.read(), INTERPRETER) == r"C:\Another\python.exe"
    uninstall()
    assert sorted(conf(home).read_bytes().splitlines()) == sorted(USERS.splitlines())


def test_settings_that_were_right_before_are_not_ours(home: Path) -> None:
    right = f'"INTERPRETER_WIN","{sys.executable}"\n"UDF MODULES","workbook.udfs"'.encode()
    written(home, right)
    install()
    assert conf(home).read_bytes() == right
    uninstall()
    assert conf(home).read_bytes() == right


def test_an_addin_of_another_version_comes_back(home: Path) -> None:
    addin(home).write_bytes(b"another version")
    install()
    assert addin(home).read_bytes() == SHIPPED
    uninstall()
    assert everything(home) == {str(addin(home).relative_to(home)): b"another version"}


def test_an_addin_that_was_there_stays(home: Path) -> None:
    addin(home).write_bytes(SHIPPED)
    assert any("installed already" in line for line in install())
    uninstall()
    assert addin(home).read_bytes() == SHIPPED


def test_excel_may_be_gone_when_it_is_undone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(home)
    install()
    monkeypatch.setattr(cli, "get_addin_dir", no_excel)
    uninstall()
    assert not addin(home).exists()


def no_excel(*_: object) -> str:
    raise RuntimeError("Invalid class string")


def test_without_excel_nothing_is_touched(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(home)
    monkeypatch.setattr(cli, "get_addin_dir", no_excel)
    with pytest.raises(HostError, match=r"^Excel did not start: Invalid class string\.$"):
        install()
    assert everything(home) == {str(conf(home).relative_to(home)): USERS}


def test_what_xlwings_prints_as_an_error_is_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(home)

    def locked(*_: object) -> None:
        raise PermissionError(13, "in use")

    with monkeypatch.context() as broken:
        broken.setattr(cli, "shutil", SimpleNamespace(copyfile=locked))
        with pytest.raises(HostError, match="xlwings refused: Failed to install the add-in"):
            install()
    uninstall()
    assert sorted(conf(home).read_bytes().splitlines()) == sorted(USERS.splitlines())


def test_elsewhere_it_says_why_not(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for system in ("linux", "darwin"):
        monkeypatch.setattr(sys, "platform", system)
        for step in (install, uninstall):
            with pytest.raises(HostError, match=r"on Windows only; elsewhere use"):
                step()
    assert everything(home) == {}


def test_what_is_not_installed_cannot_be_undone(home: Path) -> None:
    with pytest.raises(HostError, match=r"^Offtake is not installed in this user's Excel\.$"):
        uninstall()


def test_a_path_that_excel_cannot_read_is_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "C:\\研\\python.exe")
    monkeypatch.setattr(locale, "getencoding", lambda: "cp1252")
    with pytest.raises(HostError, match="Excel cannot read the path"):
        install()
    assert everything(home) == {}


def test_a_python_without_the_package_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(excel_install, "UDF_MODULE", "workbook.not_there")
    with pytest.raises(HostError, match="cannot run the functions outside this folder"):
        excel_install._need_functions(sys.executable)


NAMES = st.sampled_from(["UDF MODULES", "udf modules", "INTERPRETER_WIN", "SHOW CONSOLE", "x"])
LINES = st.builds(
    lambda name, text: f'"{name}","{text}"\n'.encode("latin-1"),
    NAMES,
    st.text(st.characters(codec="latin-1", exclude_characters='"\r\n\x0b\x0c\x1c\x1d\x1e\x85')),
)


@given(st.lists(LINES, max_size=8))
def test_changing_a_line_and_back_loses_nothing(lines: list[bytes]) -> None:
    there = changed(lines, MODULES, [b'"UDF MODULES","workbook.udfs"\r\n'])
    assert value(there, MODULES) == "workbook.udfs"
    assert len(lines_of(there, MODULES)) == 1
    others = [line for line in lines if line not in lines_of(lines, MODULES)]
    assert [line for line in there if line not in lines_of(there, MODULES)] == others
    back = changed(there, MODULES, lines_of(lines, MODULES))
    assert sorted(back) == sorted(lines)
    for setting in (MODULES, INTERPRETER, "SHOW CONSOLE", "x"):
        assert lines_of(back, setting) == lines_of(lines, setting)
