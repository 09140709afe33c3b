"""Finds Excel, the Python at a path, and xlwings' DLL on a Windows machine.

Everything here comes from paths, files and the registry, and nothing is started;
`workbook.hosts.excel_server` tests what needs a start. Whatever cannot work is refused in a
sentence.
"""

from __future__ import annotations

import importlib
import locale
import struct
import sys
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from workbook.hosts import HostError

#: The registry key that Excel's installer creates.
_EXCEL = r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe"

#: Where Windows keeps programs from its Store.
_STORE = "\\windowsapps\\"

#: Bits per address, by the machine type in a Windows program's header.
_BITS = {0x014C: 32, 0x8664: 64, 0xAA64: 64}

#: What GetDriveType returns for a network drive.
_REMOTE = 4


def need_windows() -> None:
    """Refuse every system but Windows."""
    # As a plain str; otherwise a type checker on other systems thinks the rest is unreachable.
    if str(sys.platform) != "win32":
        raise HostError(
            "Excel calls Python functions through xlwings on Windows only; elsewhere use "
            "LibreOffice (`offtake install libreoffice`) or xlwings Lite."
        )


def excel() -> str | None:
    """Find Excel by its registry key; None if it is not installed."""
    registry = importlib.import_module("winreg")
    for root in (registry.HKEY_LOCAL_MACHINE, registry.HKEY_CURRENT_USER):
        with suppress(OSError):
            return str(registry.QueryValue(root, _EXCEL)).strip('"')
    return None


def need_excel() -> str:
    """Return the path of an Excel that can call Python.

    Raises
    ------
    HostError
        If there is none, or it comes from the Microsoft Store.
    """
    found = excel()
    if not found:
        raise HostError("Excel is not installed: install Microsoft 365 or Office.")
    if _STORE in found.lower():
        # It looks for COM servers in a registry of its own.
        raise HostError(
            f"{found} is Excel from the Microsoft Store, which finds no Python server: "
            "install Office from office.com instead."
        )
    if not Path(found).is_file():
        raise HostError(
            f"{found} does not exist, although Windows lists it as Excel: repair Office."
        )
    return found


def need_path(python: str) -> None:
    """Refuse the path of a Python that xlwings' VBA could not start, whatever is there.

    Parameters
    ----------
    python : str
        The path, as written in a configuration.

    Raises
    ------
    HostError
        Why, and how to fix it, in one sentence.
    """
    lower = python.lower()
    if not python.strip():
        raise HostError("No Python is named for Excel: give the full path of a python.exe.")
    if '"' in python:
        raise HostError(f"The path {python} must not contain quotation marks: leave them out.")
    if python.startswith(("\\\\", "//")):
        raise HostError(f"{python} is on a network: use a Python on this machine.")
    if not (python[1:3] == ":\\" and python[:1].isalpha()):
        raise HostError(f"{python} is not a full path such as C:\\Python311\\python.exe.")
    if not lower.endswith(".exe"):
        raise HostError(f"{python} is not a program: give the path of the python.exe in it.")
    if "%" in python:
        raise HostError(
            f"{python} contains a %, which VBA reads as a variable: install Python elsewhere."
        )
    if _STORE in lower or "pythonsoftwarefoundation" in lower:
        raise HostError(
            f"{python} is Python from the Microsoft Store, which Excel cannot call: "
            "install Python from python.org."
        )
    try:
        python.encode(locale.getencoding())
    except UnicodeEncodeError:
        raise HostError(f"Excel cannot read the path {python}: install Python elsewhere.") from None


def need_python(python: str) -> None:
    """Refuse a Python that Excel could not call, as far as its files show.

    Parameters
    ----------
    python : str
        The path of a python.exe.

    Raises
    ------
    HostError
        Why, and how to fix it, in one sentence.
    """
    need_path(python)
    if _drive_type(python) == _REMOTE:
        raise HostError(f"{python} is on a network: use a Python on this machine.")
    if not Path(python).is_file():
        raise HostError(
            f"{python} does not exist: install Python, or give the path of the one you have."
        )
    # A virtual environment records the Python that it was made from.
    for line in _text(Path(python).parents[1] / "pyvenv.cfg").splitlines():
        key, _, home = line.partition("=")
        if key.strip() == "home" and _STORE in f"{home.strip()}\\".lower():
            raise HostError(
                f"{python} was made from Python from the Microsoft Store, which Excel cannot call: "
                "install Python from python.org and make the environment again."
            )
    if bits(Path(python)) == 32:
        raise HostError(f"{python} is a 32-bit Python: install a 64-bit one.")


def bits(program: Path) -> int | None:
    """Read from a Windows program whether it has 32 or 64 bits; None if that cannot be read."""
    with suppress(OSError, struct.error), program.open("rb") as file:
        start = file.read(64)
        if start[:2] == b"MZ":
            file.seek(struct.unpack_from("<I", start, 60)[0])
            signature, machine = struct.unpack("<4sH", file.read(6))
            return _BITS.get(machine) if signature == b"PE\0\0" else None
    return None


def dll_name(bits: int) -> str:
    """Return the file name of xlwings' DLL, as its VBA spells it, for a 32- or 64-bit Excel."""
    return f"xlwings{bits}-{metadata.version('xlwings')}.dll"


def folders(python: str) -> list[str]:
    """Return the folders where xlwings' VBA looks for its DLL: the program's, and the one above.

    In a virtual environment it is in the second.
    """
    first = python.rpartition("\\")[0]
    return [first, first.rpartition("\\")[0]]


def dll(python: str, bits: int) -> str:
    """Find xlwings' DLL where its VBA looks for it.

    Parameters
    ----------
    python : str
        The path of a python.exe.
    bits : int
        32 or 64, as Excel has.

    Returns
    -------
    str
        The DLL's path.

    Raises
    ------
    HostError
        If it is in neither folder.
    """
    name, places = dll_name(bits), folders(python)
    for folder in places:
        if Path(f"{folder}\\{name}").is_file():
            return f"{folder}\\{name}"
    raise HostError(
        f"{name} is in neither {places[0]} nor {places[1]}, where Excel looks for it (pip puts it "
        "elsewhere if these are read-only): install Offtake in a virtual environment."
    )


def _drive_type(path: str) -> int:
    kernel = importlib.import_module("ctypes").windll.kernel32
    return int(kernel.GetDriveTypeW(path[:3]))


def _text(file: Path) -> str:
    with suppress(OSError):
        return file.read_text(encoding="utf-8", errors="replace")
    return ""
