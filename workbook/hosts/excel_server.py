"""Starts and calls the server that answers Excel's calls, as xlwings' VBA does.

The VBA loads xlwings' DLL from Python's folder and gives it a command. The DLL runs the command in
Windows' own environment, and returns a COM object with a method `CallUDF`. A proof does the same in
a separate process, which can be ended if nothing answers, because the DLL itself waits two minutes.

Run as a program, this module takes the path of the DLL and a command, and prints the times.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from workbook.configuration import SETTINGS, UDF_MODULE
from workbook.hosts import HostError, excel_machine

#: Longest time to wait for Python and all its imports, in seconds.
PATIENCE = 60

#: How often each call is repeated for timing.
_TIMES = 20

#: The calls of a proof: one that returns a number, and one that returns a table.
NUMBER = ("DCF_TERMINAL_GROWTH", (100.0, 0.1, 0.03))
TABLE = (
    "RPO_BANDS",
    (24_600.0, (("From month", "To month", "Share"), (1.0, 24.0, 0.15), (25.0, 48.0, 0.43))),
)

#: Looks up an xlwings setting by name; empty if it is not set.
Setting = Callable[[str], str]


@dataclass(frozen=True)
class Times:
    """Times of a proof: seconds to start and for the first call, milliseconds for later calls."""

    start: float
    first: float
    number: float
    table: float

    def __str__(self) -> str:
        return (
            f"started in {self.start:.1f} s, first call {self.first:.1f} s, "
            f"then {self.number:.1f} ms for a number and {self.table:.1f} ms for a table"
        )


# As the VBA does ------------------------------------------------------------------------------


def command(python: str, workbook: str, setting: Setting) -> str:
    """Write the command that the VBA gives to the DLL.

    Parameters
    ----------
    python : str
        The path of a python.exe.
    workbook : str
        The path of the workbook or add-in whose VBA is to call.
    setting : callable
        xlwings' settings, from the user's configuration.

    Returns
    -------
    str
        The command, into which the DLL puts the server's number.
    """
    path = ";".join(
        [
            SETTINGS["ADD_WORKBOOK_TO_PYTHONPATH"],
            workbook,
            workbook,
            setting("ONEDRIVE_CONSUMER_WIN"),
            setting("ONEDRIVE_COMMERCIAL_WIN"),
            setting("SHAREPOINT_WIN"),
            setting("PYTHONPATH"),
        ]
    )
    path = path.replace("\\", "\\\\").replace("'", "\\'").replace("&", "^&")
    console = "/showconsole" if setting("SHOW CONSOLE").lower() == "true" else ""
    key = setting("LICENSE_KEY")
    licence = f"os.environ['XLWINGS_LICENSE_KEY']='{key}';" if key else ""
    return (
        f'cmd.exe {console} /K ""{python}" -B -c "import sys, os;{licence}import xlwings.utils;'
        f'xlwings.utils.prepare_sys_path(\\"{path}\\");import xlwings; '
        "xlwings.serve('$(CLSID)')\"\""
    )


class Variant(ctypes.Structure):
    """COM's VARIANT, with the fields that the DLL fills."""

    _fields_ = (
        ("kind", ctypes.c_ushort),
        ("reserved", ctypes.c_ushort * 3),
        ("value", ctypes.c_void_p),
        ("rest", ctypes.c_void_p),
    )


class Server:
    """A server that the DLL starts.

    Parameters
    ----------
    dll : str
        The path of xlwings' DLL.
    command : str
        The command that starts Python, from `command`.

    Raises
    ------
    HostError
        If the DLL cannot be loaded, or no server answers: after two minutes.
    """

    def __init__(self, dll: str, command: str) -> None:
        excel_machine.need_windows()
        kernel = _windows("windll").kernel32
        kernel.LoadLibraryA.restype = ctypes.c_void_p
        handle = kernel.LoadLibraryA(dll.encode("mbcs"))
        if not handle:
            problem = kernel.GetLastError()
            raise HostError(f"{dll} cannot be loaded (Windows error {problem}): reinstall xlwings.")
        self._library = _windows("WinDLL")(dll, handle=handle)
        self._command = command.encode("mbcs")
        com = importlib.import_module("pythoncom")
        com.CoInitialize()
        found = self._activate(1)
        client = importlib.import_module("win32com.client")
        self.address = found.value
        self.object: Any = client.Dispatch(com.ObjectFromAddress(found.value, com.IID_IDispatch))

    def call(self, name: str, *arguments: Any) -> Any:
        """Call a function of the catalogue by its Python name, as a cell does."""
        return self.object.CallUDF(UDF_MODULE, name.lower(), arguments, None, None)

    def stop(self) -> None:
        """End the server."""
        self.object = None
        self._activate(-1)

    def _activate(self, mode: int) -> Variant:
        result = Variant()
        if self._library.XLPyDLLActivateAuto(ctypes.byref(result), self._command, mode):
            raise HostError(f"Python did not answer: {ctypes.wstring_at(result.value or 0)}.")
        return result


def _windows(name: str) -> Any:
    # By name, because type checkers on other systems do not know it.
    return getattr(ctypes, name)


# The proof ------------------------------------------------------------------------------------


def prove(python: str, workbook: str, setting: Setting) -> Times:
    """Start a Python as Excel would, call for a number and for a table, and end it.

    Parameters
    ----------
    python : str
        The path of a python.exe.
    workbook : str
        The path of the workbook or add-in whose VBA is to call.
    setting : callable
        xlwings' settings, from the user's configuration.

    Returns
    -------
    Times
        How long it took.

    Raises
    ------
    HostError
        What does not work, and how to fix it, in one sentence.
    """
    excel_machine.need_windows()
    if setting("DEBUG UDFS").lower() == "true":
        raise HostError("DEBUG UDFS is on in xlwings' configuration, so Excel starts no Python.")
    dll = excel_machine.dll(python, 64)
    # First import the functions without the server: a failure here has a clear reason.
    _run([python, "-B", "-c", f"import {UDF_MODULE}"])
    lines = _run([python, "-B", "-m", __name__, dll, command(python, workbook, setting)])
    answers = [line for line in lines if line.startswith("{")]
    return Times(**json.loads(answers[-1]))


def _run(command: list[str]) -> list[str]:
    """Run a Python as Excel would: outside our folders, in Windows' own environment."""
    python = command[0]
    # Not through pipes: child processes would inherit them, and we would wait for those too.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as elsewhere:
        output = Path(elsewhere) / "output"
        try:
            with output.open("wb") as file:
                status = subprocess.run(
                    command,
                    cwd=elsewhere,
                    env=_environment() | {"PYTHONIOENCODING": "utf-8"},
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    timeout=PATIENCE,
                    check=False,
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                ).returncode
        except subprocess.TimeoutExpired:
            raise HostError(
                f"{python} did not answer within {PATIENCE} s: a virus scanner may be blocking it."
            ) from None
        except OSError as problem:
            raise HostError(f"{python} cannot be started: {problem.strerror}.") from None
        lines = output.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    if status:
        reason = lines[-1] if lines else f"exit code {status}"
        # Our own sentences are passed on unchanged.
        ours = f"{HostError.__module__}.{HostError.__qualname__}: "
        if reason.startswith(ours):
            raise HostError(reason.removeprefix(ours))
        raise HostError(
            f"{python} cannot run the functions when Excel starts it ({reason.rstrip('.')}): "
            "install Offtake there."
        )
    return lines


def _environment() -> dict[str, str]:
    """Return the variables that Windows gives to a program started from the Start menu.

    In a window with an active virtual environment the variables differ.
    """
    process = importlib.import_module("win32process")
    security = importlib.import_module("win32security")
    token = security.OpenProcessToken(process.GetCurrentProcess(), security.TOKEN_QUERY)
    profile = importlib.import_module("win32profile")
    return dict(profile.CreateEnvironmentBlock(token, False))


def main() -> None:
    """Prove one command; run in a separate process."""
    from workbook.functions import CATALOGUE

    dll, command = sys.argv[1:]
    began = time.perf_counter()
    server = Server(dll, command)
    start = time.perf_counter() - began
    seconds = []
    for name, given in (NUMBER, TABLE):
        taken = []
        for _ in range(_TIMES):
            began = time.perf_counter()
            try:
                answer = server.call(name, *given)
            except importlib.import_module("pythoncom").com_error as problem:
                _, text, details, _ = problem.args
                reason = ((details and details[2]) or text).splitlines()[0]
                raise HostError(f"{name} fails when Excel calls it: {reason}.") from None
            taken.append(time.perf_counter() - began)
        # A path in xlwings' settings can lead to other functions with the same names.
        if answer != _as_com(CATALOGUE[name].call(*given)):
            raise HostError(
                f"{name} returns {answer!r} when Excel calls it: "
                "check PYTHONPATH in xlwings' configuration."
            )
        seconds.append(taken)
    server.stop()
    number, table = seconds
    times = Times(
        start, number[0], statistics.median(number) * 1000, statistics.median(table) * 1000
    )
    print(json.dumps(asdict(times)))


def _as_com(result: Any) -> Any:
    """Convert a result to what COM returns."""
    return tuple(map(tuple, result)) if isinstance(result, list) else result


if __name__ == "__main__":
    main()
