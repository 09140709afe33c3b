"""Installs the add-in into this user's LibreOffice, uninstalls it, and examines it.

LibreOffice's package manager does the work. What it leaves behind when it is killed is removed the
next time: its temporary files are in a folder of ours, and its lock is known by the process that
holds it.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from workbook.functions import CATALOGUE
from workbook.hosts import HostError, libreoffice
from workbook.hosts.calc import component, supervisor
from workbook.hosts.excel_server import NUMBER
from workbook.refusal import CALLABLE

#: How the names of our temporary folders begin.
_FOLDER = "offtake-install-"

#: Longest time to wait for a package manager that somebody else runs, in seconds.
PATIENCE = 30.0

#: The package manager works on this user's extensions. A superuser must name some other kind
#: first, or it refuses.
_THIS_USER = ("--bundled", "--deployment-context", "user")

#: How the package manager says that it is locked, or a killed one was.
_LOCK = re.compile(r"^[ \t]*+(.*[/\\]\.lock)[ \t\r]*+$", re.M)

#: How it says that it cannot read a list of its own, which a killed one was about to write.
_LIST = re.compile(r"backend db: (file:\S+?backenddb\.xml)")

Echo = Callable[[str], None]


def install(echo: Echo, dry_run: bool = False) -> None:
    """Add the extension to this user's LibreOffice; `uninstall` undoes it.

    Parameters
    ----------
    echo : callable
        Receives one line per step.
    dry_run : bool, optional
        Whether to say only what would be done.

    Raises
    ------
    HostError
        If it cannot be done: why, in one sentence.
    """
    unopkg, python = _unopkg(), sys.executable
    _prove(python)
    echo(f"{python} will answer the functions.")
    with _temporary() as folder:
        package = folder / "offtake.oxt"
        package.write_bytes(libreoffice.addin(python))
        _step([*unopkg("add"), "--force", str(package)], folder, echo, dry_run)
    echo("Installed; restart LibreOffice. `offtake uninstall libreoffice` removes it.")


def uninstall(echo: Echo, dry_run: bool = False) -> None:
    """Remove the extension from this user's LibreOffice.

    Parameters
    ----------
    echo : callable
        Receives one line per step.
    dry_run : bool, optional
        Whether to say only what would be done.

    Raises
    ------
    HostError
        If it cannot be done: why, in one sentence.
    """
    unopkg = _unopkg()
    with _temporary() as folder:
        _step([*unopkg("remove"), libreoffice.IDENTIFIER], folder, echo, dry_run)
    echo("Removed; restart LibreOffice.")


def examine() -> str:
    """Have the installed add-in's Python answer a call, as the add-in does for cells.

    Returns
    -------
    str
        The Python that answered.

    Raises
    ------
    HostError
        If the add-in is not installed or does not answer: why, in one sentence.
    """
    folder = _installed()
    if folder is None:
        raise HostError("the add-in is not installed.")
    named = str(json.loads((folder / "settings.json").read_bytes())["python"])
    python = os.environ.get(component.PYTHON_VARIABLE) or named
    _prove(python)
    for name, part in libreoffice.parts(CALLABLE, named).items():
        if not (folder / name).is_file() or (folder / name).read_bytes() != part:
            raise HostError("the add-in that is installed was made by another version.")
    return python


def _prove(python: str) -> None:
    """Have a Python answer a call over a worker's pipes, or raise."""
    name, given = NUMBER
    worker = supervisor.Worker(supervisor.worker_command(python))
    answer = worker.call(name, given)
    worker.close()
    if answer.get("value") != CATALOGUE[name].call(*given):
        raise HostError(answer.get("reason") or f"{python} returns {answer['value']!r}.")


def _installed() -> Path | None:
    """Find the files of the add-in that LibreOffice uses: this user's, or else one for all."""
    for cache in _caches():
        with suppress(OSError):
            # What is not listed was removed, and its files go when LibreOffice starts.
            listed = (cache / "uno_packages.pmap").read_bytes()
            for found in cache.glob("uno_packages/*/offtake.oxt"):
                if found.parent.name.rstrip("_").encode() in listed:
                    return found
    return None


def _caches() -> list[Path]:
    """Return the folders where LibreOffice may keep extensions: the user's and shared ones."""
    soffice, home = libreoffice.program("soffice"), Path.home()
    named = os.environ.get("XDG_CONFIG_HOME")
    settings = Path(named) if named and Path(named).is_dir() else home / ".config"
    return [
        *(
            folder / "4/user/uno_packages/cache"
            for folder in (
                settings / "libreoffice",
                home / "Library/Application Support/LibreOffice",
                Path(os.environ.get("APPDATA", home)) / "LibreOffice",
            )
        ),
        *([soffice.resolve().parents[1] / "share/uno_packages/cache"] if soffice else []),
    ]


def _unopkg() -> Callable[[str], list[str]]:
    """Return what builds a package manager command, or raise if LibreOffice will not do."""
    found, oldest = libreoffice.program("unopkg"), libreoffice.OLDEST
    if found is None:
        raise HostError(f"No LibreOffice was found; Offtake needs {oldest} or newer.")
    here = libreoffice.version()
    if here is not None and libreoffice.is_too_old(here):
        raise HostError(f"LibreOffice is {'.'.join(map(str, here))}; Offtake needs {oldest}.")
    return lambda verb: [str(found), verb, *_THIS_USER]


def _step(command: list[str], folder: Path, echo: Echo, dry_run: bool) -> None:
    """Run the package manager, again if what a killed one has left was in its way."""
    echo(" ".join(command))
    if dry_run:
        return
    environment = {**os.environ, "TMPDIR": str(folder), "TMP": str(folder)}
    done = libreoffice.run(command, environment)
    removed: set[str] = set()
    # It names one thing at a time.
    while done.returncode and (left := _left(done.stderr + done.stdout)) not in {"", *removed}:
        (_remove_list if left.startswith("file:") else _remove)(left)
        removed.add(left)
        done = libreoffice.run(command, environment)
    if done.returncode:
        lines = [line.replace("ERROR: ", "") for line in (done.stderr + done.stdout).splitlines()]
        reason = " ".join(line.strip() for line in lines if line.strip() != "unopkg failed.")
        reason = reason.replace("Exception occurred: ", "").strip(" .")
        raise HostError(f"LibreOffice refused: {reason or f'it ended with {done.returncode}'}.")


# What killed processes leave -------------------------------------------------------------------


def _left(said: str) -> str:
    """Return the lock, or the address of the list, that is in the package manager's way."""
    found = _LOCK.search(said) or _LIST.search(said)
    return found[1] if found else ""


def _remove_list(address: str) -> None:
    """Remove a list that the package manager cannot read; it writes another."""
    with suppress(OSError):
        Path(url2pathname(urlsplit(address).path)).unlink()


def _remove(path: str) -> None:
    """Remove a package manager's lock once no package manager runs on this machine."""
    lock, last = Path(path), time.monotonic() + PATIENCE
    while _unopkg_runs() and lock.exists():
        if time.monotonic() > last:
            raise HostError(f"Another installation of an extension is running, by its lock {lock}.")
        time.sleep(0.2)
    with suppress(OSError):
        said = lock.read_text("utf-8", "replace")
        host = re.search(r"^Host=([^.\s]*)", said, re.M)
        # LibreOffice itself has a server, and removes a lock that it finds to be its own.
        if "IPCServer=false" in said and host and host[1] == platform.node().partition(".")[0]:
            lock.unlink()


def _unopkg_runs() -> bool:
    """Return whether a package manager of LibreOffice runs on this machine, whoever runs it."""
    if Path("/proc/self/comm").is_file():
        names = []
        for process in Path("/proc").glob("[0-9]*/comm"):
            with suppress(OSError):
                names.append(process.read_text())
    else:
        windows = str(sys.platform) == "win32"
        listed = libreoffice.run(["tasklist"] if windows else ["ps", "-A", "-o", "comm="])
        names = [listed.stdout]
    return any("unopkg" in name for name in names)


@contextmanager
def _temporary() -> Iterator[Path]:
    """Make a temporary folder; remove it, and those that killed processes left."""
    folder = Path(tempfile.mkdtemp(prefix=_FOLDER))
    held = _held(folder)
    try:
        for other in folder.parent.glob(f"{_FOLDER}*"):
            # Locks end with their processes.
            if other != folder and (left := _held(other)) is not None:
                shutil.rmtree(other, ignore_errors=True)
                os.close(left)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if held is not None:
            os.close(held)


def _held(folder: Path) -> int | None:
    """Lock a folder; None if another process holds it, or on Windows, which has no such locks."""
    try:
        import fcntl
    except ImportError:
        return None
    descriptor = None
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        if descriptor is not None:
            os.close(descriptor)
        return None
    return descriptor
