"""What is installed on this machine, which hosts work, and how to fix the rest."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from workbook.cli.printed import say

#: The oldest Python that the package supports.
OLDEST_PYTHON = (3, 11)

#: Longest time to wait for another program's answer, in seconds.
PATIENCE = 60

#: The call that tests a host.
_NUMBER, _ARGUMENTS = "DCF_TERMINAL_GROWTH", (100.0, 0.1, 0.03)

State = Literal["ok", "missing", "optional", "untried", "impossible"]


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Parameters
    ----------
    kind : str
        What it is: ``package``, ``program`` or ``host``.
    name : str
        What was checked.
    state : str
        ``ok``, which for a host means that it was called and answered; ``missing``, which one
        command fixes; ``optional``: missing, and not needed; ``untried``: cannot be tested from
        here; or ``impossible`` on this system.
    found : str
        What was found, such as a version, or what is missing.
    mend : str, optional
        The command that fixes it.
    """

    kind: Literal["package", "program", "host"]
    name: str
    state: State
    found: str
    mend: str = ""


def report() -> list[Finding]:
    """Examine this machine.

    Returns
    -------
    list of Finding
        Python and the packages, the programs, and the hosts that run the functions.
    """
    packages, programs = [*_packages()], [*_programs()]
    return [*packages, *programs, *_hosts(packages)]


def show(findings: Iterable[Finding]) -> None:
    """Print findings as a table, followed by the commands that fix what is missing."""
    # Plain text, because the package that prints better tables may be missing.
    findings = list(findings)
    kind, name, state = (
        max(len(getattr(finding, field)) for finding in findings)
        for field in ("kind", "name", "state")
    )
    for f in findings:
        say(f"{f.kind:{kind}}  {f.name:{name}}  {f.state:{state}}  {f.found}")
    # Each command once, because one missing package stops every host.
    mends = dict.fromkeys(finding.mend for finding in findings if finding.mend)
    if mends:
        say("", "To fix what is missing, run", *(f"  {mend}" for mend in mends))


# Python and packages ---------------------------------------------------------------------------


def _packages() -> Iterator[Finding]:
    sound = sys.version_info >= OLDEST_PYTHON
    yield Finding(
        "package",
        "Python",
        "ok" if sound else "missing",
        f"{platform.python_version()}, {sys.executable}",
        "" if sound else f"install Python {'.'.join(map(str, OLDEST_PYTHON))} or newer",
    )
    try:
        required = metadata.requires("offtake") or []
    except metadata.PackageNotFoundError:
        yield Finding(
            "package", "offtake", "missing", "not installed", "python -m pip install -e ."
        )
        return
    yield Finding("package", "offtake", "ok", metadata.version("offtake"))
    for requirement in required:
        if "extra ==" not in requirement:
            yield _package(requirement.partition(";")[0].strip())


def _package(requirement: str) -> Finding:
    """Look for a package with a minimum version, such as ``numpy>=1.26``."""
    name, _, oldest = requirement.partition(">=")
    try:
        here = metadata.version(name)
    except metadata.PackageNotFoundError:
        here = ""
    sound = bool(here) and _numbers(here) >= _numbers(oldest)
    if sound:
        return Finding("package", name, "ok", here)
    mend = f'python -m pip install "{requirement}"'
    return Finding("package", name, "missing", here or "not installed", mend)


def _numbers(version: str) -> tuple[int, ...]:
    """Read the numbers at the start of a version."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(n) for n in found[0].split(".")) if found else ()


# Programs --------------------------------------------------------------------------------------


def _programs() -> Iterator[Finding]:
    if _on_windows():
        from workbook.hosts import excel_machine

        excel = excel_machine.excel()
        yield Finding(
            "program",
            "Excel",
            "ok" if excel else "missing",
            excel or "not installed",
            "" if excel else "winget install Microsoft.Office",
        )
    node = shutil.which("node")
    version = _output([node, "--version"]) if node else ""
    yield _optional("node", version)
    folder = os.environ.get("OFFTAKE_PYODIDE", "")
    yield _optional("pyodide", folder if folder and Path(folder).is_dir() else "")


def _optional(name: str, found: str) -> Finding:
    """Report a program that only the tests use."""
    return Finding("program", name, "ok" if found else "optional", found or "for tests only")


def _output(command: list[str]) -> str:
    """Return what a program prints; an empty string if it fails."""
    with suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(
            command,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
        if done.returncode == 0:
            return done.stdout.strip()
    return ""


def _on_windows() -> bool:
    # As a plain str; otherwise a type checker on other systems thinks one branch is unreachable.
    return str(sys.platform) == "win32"


# Hosts -----------------------------------------------------------------------------------------


def _hosts(packages: list[Finding]) -> Iterator[Finding]:
    lacking = next((p for p in packages if p.state == "missing"), None)
    if lacking:
        # Nothing works without the functions, so nothing else is checked.
        for name in ("headless", "Excel", "xlwings Lite", "LibreOffice"):
            yield Finding("host", name, "missing", f"needs {lacking.name}", lacking.mend)
        return
    yield _headless()
    yield _excel()
    yield Finding(
        "host",
        "xlwings Lite",
        "untried",
        "nothing to install; runs only inside Excel: offtake build --host lite",
    )
    yield _libreoffice()


def _headless() -> Finding:
    """Have the engine calculate a cell that calls a function."""
    import io

    import openpyxl

    from workbook.functions import CATALOGUE
    from workbook.hosts import headless

    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = f"={_NUMBER}({', '.join(map(str, _ARGUMENTS))})"
    package = io.BytesIO()
    book.save(package)
    found: Any
    began = time.perf_counter()
    try:
        found = headless.evaluate(package.getvalue())[book.sheetnames[0]][1, 1]
    except Exception as problem:  # The engine has many kinds of errors.
        found = problem
    if found != CATALOGUE[_NUMBER].call(*_ARGUMENTS):
        mend = "python -m pip install --force-reinstall formualizer"
        return Finding("host", "headless", "missing", f"{_NUMBER} returns {found!r}", mend)
    answer = f"a cell calculated in {(time.perf_counter() - began) * 1000:.0f} ms"
    return Finding("host", "headless", "ok", f"{answer}: offtake build, offtake check")


def _excel() -> Finding:
    from workbook.hosts import HostError, excel_install, excel_machine

    if not _on_windows():
        return Finding("host", "Excel", "impossible", "xlwings calls functions on Windows only")
    if excel_machine.excel() is None:
        return Finding("host", "Excel", "missing", "needs Excel", "winget install Microsoft.Office")
    try:
        return Finding("host", "Excel", "ok", excel_install.examine())
    except HostError as problem:
        return Finding("host", "Excel", "missing", str(problem), "offtake install excel")


def _libreoffice() -> Finding:
    from workbook.hosts import HostError, libreoffice, libreoffice_install

    name = "LibreOffice"
    here = libreoffice.version()
    if here is None or libreoffice.is_too_old(here):
        found = "not installed" if here is None else ".".join(map(str, here))
        needed = f"{found}; needs {libreoffice.OLDEST} or newer"
        return Finding("host", name, "missing", needed, _libreoffice_command())
    version = ".".join(map(str, here))
    began = time.perf_counter()
    try:
        python = libreoffice_install.examine()
    except HostError as problem:
        mend = "offtake install libreoffice"
        return Finding("host", name, "missing", f"{version}: {problem}", mend)
    answer = f"the add-in's {python} answers, started in {time.perf_counter() - began:.1f} s"
    return Finding("host", name, "ok", f"{version}; {answer}; Calc was not started")


def _libreoffice_command() -> str:
    """Return the command that installs a recent enough LibreOffice here."""
    if _on_windows():
        return "winget install TheDocumentFoundation.LibreOffice"
    if str(sys.platform) == "darwin":
        return "brew install --cask libreoffice"
    with suppress(OSError):
        system = platform.freedesktop_os_release()
        if system["ID"] == "debian" and "VERSION_CODENAME" in system:
            suite = f"{system['VERSION_CODENAME']}-backports"
            return f"sudo apt install -t {suite} libreoffice-calc python3-uno"
    return "sudo apt install libreoffice-calc python3-uno"
