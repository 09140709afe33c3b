"""What is installed on this machine, which hosts can work, and what mends the rest."""

from __future__ import annotations

import importlib
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

#: The oldest Python that the package runs on.
OLDEST_PYTHON = (3, 11)

#: Longest time to wait for another program's answer, in seconds.
PATIENCE = 60

_EXCEL = r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe"

State = Literal["ok", "missing", "optional", "impossible"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for.

    Parameters
    ----------
    kind : str
        What it is: ``package``, ``program`` or ``host``.
    name : str
        What was looked for.
    state : str
        ``ok``; ``missing``, which one command mends; ``optional``, not there and not needed;
        or ``impossible`` on this system.
    found : str
        What is there, such as a version, or what is not.
    mend : str, optional
        The command that mends it.
    """

    kind: Literal["package", "program", "host"]
    name: str
    state: State
    found: str
    mend: str = ""


def report() -> list[Finding]:
    """Look at this machine.

    Returns
    -------
    list of Finding
        Python and the packages, the programs, and the hosts: what runs the functions.
    """
    packages, programs = [*_packages()], [*_programs()]
    return [*packages, *programs, *_hosts(packages)]


def show(findings: Iterable[Finding]) -> None:
    """Print findings as a table, and below it the commands that mend what is missing."""
    # Plain text: what would print a better table may be what is missing.
    findings = list(findings)
    kind, name, state = (
        max(len(getattr(finding, field)) for finding in findings)
        for field in ("kind", "name", "state")
    )
    for f in findings:
        print(f"{f.kind:{kind}}  {f.name:{name}}  {f.state:{state}}  {f.found}")
    # Once each, though a package that is missing stops every host.
    mends = dict.fromkeys(finding.mend for finding in findings if finding.mend)
    if mends:
        print("\nWhat is missing comes with", *mends, sep="\n  ")


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
    """Look for a package that must have a version, such as ``numpy>=1.26``."""
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
    """Read the numbers that a version begins with."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(n) for n in found[0].split(".")) if found else ()


# Programs --------------------------------------------------------------------------------------


def _programs() -> Iterator[Finding]:
    if _on_windows():
        excel = _excel()
        yield Finding(
            "program",
            "Excel",
            "ok" if excel else "missing",
            str(excel or "not installed"),
            "" if excel else "winget install Microsoft.Office",
        )
    node = shutil.which("node")
    version = _told([node, "--version"]) if node else ""
    yield _optional("node", version)
    folder = os.environ.get("OFFTAKE_PYODIDE", "")
    yield _optional("pyodide", folder if folder and Path(folder).is_dir() else "")


def _optional(name: str, found: str) -> Finding:
    """Tell of a program that tests use and nothing else."""
    return Finding("program", name, "ok" if found else "optional", found or "for tests only")


def _excel() -> Path | None:
    """Find Excel by the entry that its installation makes."""
    registry = importlib.import_module("winreg")
    for root in (registry.HKEY_LOCAL_MACHINE, registry.HKEY_CURRENT_USER):
        with suppress(OSError):
            return Path(registry.QueryValue(root, _EXCEL))
    return None


def _told(command: list[str]) -> str:
    """Return what a program prints; nothing where it fails."""
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
    # Read as a plain text, or a type checker elsewhere takes one branch for unreachable.
    return str(sys.platform) == "win32"


# Hosts -----------------------------------------------------------------------------------------


def _hosts(packages: list[Finding]) -> Iterator[Finding]:
    lacking = next((p for p in packages if p.state == "missing"), None)
    if lacking:
        # Nothing can work without the functions, so nothing else is looked at.
        for name in ("headless", "Excel", "xlwings Lite", "LibreOffice"):
            yield Finding("host", name, "missing", f"needs {lacking.name}", lacking.mend)
        return
    yield Finding("host", "headless", "ok", "offtake build, offtake check")
    yield _excel_host()
    yield Finding(
        "host", "xlwings Lite", "ok", "nothing to install here; offtake build --host lite"
    )
    yield _libreoffice()


def _excel_host() -> Finding:
    from workbook.configuration import UDF_MODULE
    from workbook.hosts import excel_install

    if not _on_windows():
        return Finding("host", "Excel", "impossible", "xlwings calls functions on Windows only")
    if _excel() is None:
        return Finding("host", "Excel", "missing", "needs Excel", "winget install Microsoft.Office")
    roaming = Path(os.environ.get("APPDATA", "~")).expanduser()
    lines = excel_install.read()
    python = excel_install.value(lines, excel_install.INTERPRETER)
    modules = excel_install.value(lines, excel_install.MODULES) or ""
    lacks = (
        "no xlwings add-in"
        if not (roaming / "Microsoft/Excel/XLSTART" / excel_install.ADDIN).is_file()
        else f"calls another Python: {python}"
        if python != sys.executable
        else f"does not import {UDF_MODULE}"
        if UDF_MODULE not in modules.split(";")
        else ""
    )
    if lacks:
        return Finding("host", "Excel", "missing", lacks, "offtake install excel")
    return Finding("host", "Excel", "ok", f"xlwings add-in, calls {python}")


def _libreoffice() -> Finding:
    from workbook.hosts import libreoffice

    name = "LibreOffice"
    here = libreoffice.version()
    if here is None or libreoffice.is_too_old(here):
        found = "not installed" if here is None else ".".join(map(str, here))
        needed = f"{found}; needs {libreoffice.OLDEST} or newer"
        return Finding("host", name, "missing", needed, _libreoffice_command())
    version = ".".join(map(str, here))
    unopkg = libreoffice.program("unopkg")
    # A superuser's extensions are everyone's.
    everyone = ["--shared"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    listed = _told([str(unopkg), "list", *everyone, libreoffice.IDENTIFIER]) if unopkg else ""
    if not listed:
        mend = "offtake install libreoffice"
        return Finding("host", name, "missing", f"{version}, without the add-in", mend)
    return Finding("host", name, "ok", f"{version}, with the add-in")


def _libreoffice_command() -> str:
    """Give the command that installs a new enough LibreOffice here."""
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
