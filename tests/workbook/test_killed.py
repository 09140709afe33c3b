"""Is a file saved wholly or not at all, whatever ends the command, and is nothing left behind?

Oracle: strace, which ends a process at any call to the system, or lets the call fail. The process
has a few lines that call what the commands call. Signals are sent to real builds. `kills.py` kills
real commands at random.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from model.case.starter import starter
from workbook.saving import drafts, target

ROOT = Path(__file__).parents[2]
OLD, NEW = b"old " * 5, b"new " * 7
NAME = "acme.xlsx"
#: A group and a user that need not exist.
OTHER = 12345


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


# A process that is ended, and calls that fail ----------------------------------------------------

#: The call after which the writer saves, by which it is found in the list of calls.
MARK = "/the writer begins"
WRITER = f"""
import sys, os
from pathlib import Path
from workbook.saving import NotWrittenError, target
os.access({MARK!r}, os.F_OK)
how, name, content = sys.argv[1:]
try:
    getattr(target(Path(name), replace=True), how)(content.encode())
except NotWrittenError as refused:
    sys.exit(str(refused))
"""
#: What changes a folder or a file, or is needed for that.
CALLS = (
    *("write", "fsync", "link", "linkat", "rename", "renameat", "renameat2", "unlink", "unlinkat"),
    *("fchmod", "fchown", "fsetxattr", "openat", "flock", "close"),
)
#: How a file is saved, and whether there is one before.
WAYS = {"new": ("save", False), "replaced": ("save", True), "kept": ("replace", True)}


def needs_strace() -> None:
    if shutil.which("strace") is None:
        if os.environ.get("OFFTAKE_REQUIRE_STRACE"):
            pytest.fail("strace is not installed")
        pytest.skip("strace is not installed")


def saved(
    folder: Path, how: str, *faults: str, log: str = os.devnull
) -> subprocess.CompletedProcess[str]:
    """Save the file in a process of its own, of whose calls some end it or fail."""
    # Not every processor has every call.
    traced = ",".join(f"?{name}" for name in ("access", *CALLS))
    options = [option for fault in faults for option in ("-e", f"inject={fault}")]
    return subprocess.run(
        [
            *("strace", "-qq", "-o", log, "-e", f"trace={traced}", *options),
            *(sys.executable, "-S", "-c", WRITER, how, NAME, NEW.decode()),
        ],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )


def prepared(folder: Path, way: str) -> None:
    """Put into an empty folder what is there before."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    if WAYS[way][1]:
        (folder / NAME).write_bytes(OLD)
        (folder / NAME).chmod(0o640)
        if os.geteuid() == 0:
            os.chown(folder / NAME, OTHER, OTHER)


def calls(folder: Path, way: str) -> list[tuple[str, int]]:
    """Return the calls by which a file is saved: of each, which one of its kind it is."""
    prepared(folder, way)
    log = folder.with_name("calls")
    done = saved(folder, WAYS[way][0], log=str(log))
    assert (done.returncode, done.stderr) == (0, "")
    found, marked, count = [], False, dict.fromkeys(CALLS, 0)
    for line in log.read_text().splitlines():
        name = line.partition("(")[0]
        marked = marked or MARK in line
        if name in count:
            count[name] += 1
            if marked:
                found.append((name, count[name]))
    return found


def check_whole(folder: Path, way: str, where: object) -> bytes | None:
    """Check that a file is the old or the new one, and that the old one is not lost."""
    held = (folder / NAME).read_bytes() if (folder / NAME).exists() else None
    assert held in ((OLD, NEW) if WAYS[way][1] else (None, NEW)), where
    copy = folder / f"{NAME}.bak"
    assert not copy.exists() or copy.read_bytes() == OLD, where
    assert way != "kept" or held == OLD or copy.exists(), where
    others = names(folder) - {NAME, copy.name}
    assert all(drafts.NAME.fullmatch(name) for name in others), where
    return held


@pytest.mark.parametrize("way", WAYS)
def test_a_kill_at_any_call_leaves_the_old_file_or_the_new_one(way: str, tmp_path: Path) -> None:
    needs_strace()
    folder, seen = tmp_path / "folder", set()
    points = calls(folder, way)
    assert {"write", "fsync", "flock"} <= {name for name, _ in points}
    for name, number in points:
        prepared(folder, way)
        done = saved(folder, WAYS[way][0], f"{name}:signal=KILL:when={number}")
        assert done.returncode == -signal.SIGKILL, (name, number, done.stderr)
        held = check_whole(folder, way, (name, number))
        seen.add((held, len(names(folder)) - (held is not None)))
        # The next save into the folder sweeps what is left.
        target(folder / "other.toml", replace=False).save(b"")
        assert names(folder) <= {NAME, f"{NAME}.bak", "other.toml"}
    # Kills came before the file had its name and after that, with and without something left.
    assert {held for held, _ in seen} == {OLD if WAYS[way][1] else None, NEW}
    assert {0, 1} <= {left for _, left in seen}


@pytest.mark.parametrize("way", WAYS)
def test_any_call_may_fail(way: str, tmp_path: Path) -> None:
    """The file is saved without what failed, or a sentence says why and all is as it was."""
    needs_strace()
    folder = tmp_path / "folder"
    for name, number in calls(folder, way):
        prepared(folder, way)
        done = saved(folder, WAYS[way][0], f"{name}:error=EIO:when={number}")
        where = (name, number, done.stderr)
        held = check_whole(folder, way, where)
        if done.returncode:
            assert re.fullmatch(
                rf"{NAME}(\.bak)? cannot be written: Input/output error\.\n", done.stderr
            ), where
            assert held == (OLD if WAYS[way][1] else None), where
            before = {NAME} if WAYS[way][1] else set()
        else:
            assert held == NEW, where
            before = {NAME, f"{NAME}.bak"} if way == "kept" else {NAME}
        # A name that cannot be removed stays until the next save.
        assert names(folder) - before == set() or name == "unlink", where


ENDS = {
    "write:error=ENOSPC": "No space left on device",
    "write:error=EDQUOT": "Disk quota exceeded",
    "fsync:error=ENOSPC": "No space left on device",
    "rename:error=EXDEV": "Invalid cross-device link",
    "openat:error=EROFS": "Read-only file system",
    "close:error=EIO": "Input/output error",
    # What cannot be given to the new file is left out.
    "fchmod:error=EPERM": 0o600,
    "fchown:error=EPERM": 0o600,
    "fsetxattr:error=EOPNOTSUPP": 0o640,
    "flock:error=ENOLCK": 0o640,
}


@pytest.mark.parametrize("fault", ENDS)
def test_what_a_failing_call_means_for_a_file_that_is_replaced(fault: str, tmp_path: Path) -> None:
    needs_strace()
    folder, end = tmp_path / "folder", ENDS[fault]
    if "fchown" in fault and os.geteuid() != 0:
        pytest.skip("only a superuser changes owners")
    first = dict(reversed(calls(folder, "replaced"))).get(fault.partition(":")[0], 1)
    prepared(folder, "replaced")
    # Only once, so that the sentence can be written.
    when = first if isinstance(end, str) else f"{first}+"
    done = saved(folder, "save", f"{fault}:when={when}")
    held = folder / NAME
    if isinstance(end, str):
        assert (done.returncode, done.stderr) == (1, f"{NAME} cannot be written: {end}.\n")
        assert held.read_bytes() == OLD
    else:
        assert (done.returncode, done.stderr) == (0, "")
        assert held.read_bytes() == NEW
        assert held.stat().st_mode & 0o777 == end
    assert names(folder) == {NAME}


def test_without_hard_links_a_new_file_is_renamed(tmp_path: Path) -> None:
    needs_strace()
    folder = tmp_path / "folder"
    prepared(folder, "new")
    fault = "?link,?linkat:error=EPERM"
    assert saved(folder, "save", fault).returncode == 0
    assert {f.name: f.read_bytes() for f in folder.iterdir()} == {NAME: NEW}
    # Killed before the renaming, it has no name.
    prepared(folder, "new")
    kill = "?rename,?renameat,?renameat2:signal=KILL"
    assert saved(folder, "save", fault, kill).returncode == -signal.SIGKILL
    assert NAME not in names(folder)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file of a user's."""
    made = tmp_path / NAME
    made.write_bytes(OLD)
    return made


# Signals -----------------------------------------------------------------------------------------

#: Runs the command, and sends itself a signal at a moment that lies within it.
SIGNALLED = """
import os, signal, sys
from workbook.hosts import engine
number, moment = signal.Signals[sys.argv.pop(1)], sys.argv.pop(1)
place, name = {"call": (engine, "answer"), "fsync": (os, "fsync")}[moment]
before, times = getattr(place, name), []
def signalled(*given):
    times.append(1)
    if len(times) == 1:
        os.kill(os.getpid(), number)
    return before(*given)
setattr(place, name, signalled)
from workbook.cli import main
main()
"""


def signalled(
    folder: Path, number: str, moment: str, before: Callable[[], object] | None = None
) -> subprocess.CompletedProcess[str]:
    """Build in a process of its own, which gets a signal."""
    (folder / "acme.toml").write_text(starter("acme", date(2026, 5, 13)), encoding="utf-8")

    def heeded() -> None:
        # What a shell starts in the background ignores SIGINT, and so does what that starts.
        signal.signal(signal.Signals[number], signal.SIG_DFL)

    return subprocess.run(
        [sys.executable, "-c", SIGNALLED, number, moment, "build", "acme.toml", "--force"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=before or heeded,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("number", "code"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_a_signal_ends_a_build_without_a_file(file: Path, number: str, code: int) -> None:
    """It comes within a call, of which the engine makes an error in a cell."""
    ended = signalled(file.parent, number, "call")
    assert (ended.returncode, ended.stdout, ended.stderr) == (code, "", "")
    assert file.read_bytes() == OLD
    assert names(file.parent) == {NAME, "acme.toml"}


def test_a_signal_waits_until_the_file_is_saved(file: Path) -> None:
    ended = signalled(file.parent, "SIGHUP", "fsync")
    assert (ended.returncode, ended.stderr) == (129, "")
    assert names(file.parent) == {NAME, f"{NAME}.bak", "acme.toml"}
    assert file.with_name(f"{NAME}.bak").read_bytes() == OLD
    assert file.read_bytes().startswith(b"PK")


def test_a_signal_that_is_ignored_stays_so(file: Path) -> None:
    """As `nohup` does it."""
    ended = signalled(
        file.parent, "SIGHUP", "call", lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Wrote acme.xlsx" in ended.stdout


def test_what_nobody_reads_ends_as_by_its_signal(tmp_path: Path) -> None:
    command = subprocess.Popen(
        [sys.executable, "-m", "workbook", "functions"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert command.stdout and command.stderr
    command.stdout.close()
    assert (command.stderr.read(), command.wait()) == (b"", 128 + signal.SIGPIPE)
    command.stderr.close()
