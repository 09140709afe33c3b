"""Is the add-in installed and removed, for this user alone, whatever an earlier try has left?

LibreOffice's own package manager works in a home of the test. Skipped without LibreOffice, unless
it is required.
"""

from __future__ import annotations

import os
import platform
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from calc import profile
from calc.session import Calc
from calc_comparison import book, need
from command import Command

from workbook.hosts import HostError, libreoffice_install
from workbook.package.cells import ErrorValue, Value

pytestmark = pytest.mark.skipif(os.name != "posix", reason="uses signals")

WORKBOOK = book(A1="=DCF_TERMINAL_GROWTH(100,0.1,0.02)")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a home with a folder for temporary files, both empty."""
    need(profile.missing())
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr("tempfile.tempdir", None)
    # LibreOffice uses the user's own folder if there is none here.
    (tmp_path / "home").mkdir()
    (tmp_path / "temporary").mkdir()
    return tmp_path


def user(home: Path) -> Path:
    return home / "home" / "libreoffice" / "4"


def shown(home: Path) -> Value:
    """Return what a cell shows in LibreOffice as that user has it."""
    with Calc(options=[f"-env:UserInstallation={user(home).as_uri()}"]) as calc:
        return calc.evaluate(WORKBOOK)["Out"][1, 1]


def test_installed_by_the_package_manager_and_removed(home: Path) -> None:
    said: list[str] = []
    libreoffice_install.install(said.append)
    assert sys.executable in said[0]
    assert " add " in said[1]
    assert libreoffice_install.examine() == sys.executable
    assert shown(home) == 1250.0
    libreoffice_install.install(said.append)  # Again, over the one before.
    assert libreoffice_install.examine() == sys.executable
    libreoffice_install.uninstall(said.append)
    with pytest.raises(HostError, match="not installed"):
        libreoffice_install.examine()
    assert shown(home) == ErrorValue("#NAME?")
    with pytest.raises(HostError, match=r"LibreOffice refused: .*no such extension"):
        libreoffice_install.uninstall(said.append)


def test_a_dry_run_changes_nothing(home: Path, offtake: Command) -> None:
    for command in ("install", "uninstall"):
        done = offtake(command, "libreoffice", "--dry-run")
        assert done.code == 0
        assert all(line.startswith("dry run: ") for line in done.out.splitlines())
        assert "unopkg" in done.out
    assert not user(home).exists()
    assert not [*(home / "temporary").iterdir()]


def kill_installs(home: Path, times: int, seed: int) -> int:
    """Kill as many installations, each at a random moment, and return how many held the lock."""
    held, moments = 0, random.Random(seed)
    for _ in range(times):
        lock = user(home) / ".lock"
        lock.unlink(missing_ok=True)
        install = subprocess.Popen(
            [sys.executable, "-m", "workbook", "install", "libreoffice"],
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        while install.poll() is None and not lock.exists():
            time.sleep(0.002)
        time.sleep(moments.uniform(0.0, 0.1))
        with suppress(ProcessLookupError):
            os.killpg(install.pid, signal.SIGKILL)
        install.wait()
        held += lock.exists()
    return held


def test_a_killed_installation_is_in_nobodys_way(home: Path) -> None:
    assert kill_installs(home, times=4, seed=1) >= 1
    # LibreOffice's own package manager leaves its lock, and both leave folders.
    (user(home) / ".lock").write_text(LOCK.format(host=platform.node()))
    assert [*(home / "temporary").iterdir()]
    libreoffice_install.install(lambda line: None)
    assert libreoffice_install.examine() == sys.executable
    assert not (user(home) / ".lock").exists()
    assert not [*(home / "temporary").iterdir()]
    assert shown(home) == 1250.0
    # What is in the profile goes when LibreOffice starts.
    for kind in ("tmp", "bak"):
        assert not [*(user(home) / "user/extensions" / kind).glob("extensions/lu*")]


def test_a_list_that_was_not_written_to_its_end_is_in_nobodys_way(home: Path) -> None:
    libreoffice_install.install(lambda line: None)
    lists = [*user(home).rglob("*configuration*/backenddb.xml")]
    assert lists
    for each in lists:
        each.write_bytes(each.read_bytes()[:40])
    libreoffice_install.install(lambda line: None)
    assert shown(home) == 1250.0


LOCK = "[Lockdata]\nUser=somebody\nHost={host}\nStamp=1\nTime=now\nIPCServer=false\n"


def test_a_lock_that_somebody_may_hold_stays(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user(home).mkdir(parents=True)
    lock = user(home) / ".lock"
    # On another machine that shares the home.
    lock.write_text(LOCK.format(host="elsewhere"))
    with pytest.raises(HostError, match=r"^LibreOffice refused: .*lock file"):
        libreoffice_install.install(lambda line: None)
    assert lock.exists()
    # By a package manager that runs.
    lock.write_text(LOCK.format(host=platform.node()))
    monkeypatch.setattr(libreoffice_install, "PATIENCE", 0.5)
    other = shutil.copy(shutil.which("sleep") or "", tmp_path / "unopkg.bin")
    with subprocess.Popen([other, "60"]) as running:
        with pytest.raises(HostError, match=r"^Another installation of an extension is running"):
            libreoffice_install.install(lambda line: None)
        assert lock.exists()
        running.kill()
    libreoffice_install.install(lambda line: None)
    assert not lock.exists()
    assert not [*(home / "temporary").iterdir()]


def test_a_folder_that_a_process_holds_stays(home: Path) -> None:
    with libreoffice_install._temporary() as held, libreoffice_install._temporary():
        assert held.exists()
    left = home / "temporary" / "offtake-install-left"
    left.mkdir()
    elsewhere = home / "temporary" / "offtake-install-link"
    elsewhere.symlink_to(user(home).parent)
    with libreoffice_install._temporary():
        assert not left.exists()
    assert elsewhere.is_symlink()
