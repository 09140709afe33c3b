"""Runs under Wine, in a Python for Windows: acts as Excel for `wine.Wine`.

A line of JSON comes in, the name of a function below and its arguments, and a line goes out. Cells
are objects with the type of Excel's Range; errors, dates, currency and arguments left out have the
types that Excel gives them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import winreg
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import pythoncom
import pywintypes
import win32com.server.util
import wine_variants
from win32com.client import VARIANT
from win32com.server.policy import DesignatedWrapPolicy

from workbook.configuration import UDF_MODULE
from workbook.hosts import HostError, excel_install, excel_machine, excel_server

#: What stands for an argument that is left out.
MISSING = -2147352572

#: The type by which xlwings knows a range.
RANGE = pywintypes.IID("{00020846-0000-0000-C000-000000000046}")

APP_PATHS = r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe"


def range_type() -> Any:
    """Make a library of types with a Range in it, which has nothing but its number."""
    file = Path(tempfile.mkdtemp()) / "range.tlb"
    library = pythoncom.CreateTypeLib2(pythoncom.SYS_WIN32, str(file))
    library.SetGuid(pythoncom.CreateGuid())
    made = library.CreateTypeInfo("Range", pythoncom.TKIND_DISPATCH)
    made.SetGuid(RANGE)
    made.LayOut()
    library.SaveAllChanges()
    return pythoncom.LoadTypeLib(str(file)).GetTypeInfoOfGuid(RANGE)


class Typed(DesignatedWrapPolicy):
    """Gives its objects the type of a Range."""

    type_info = range_type()

    def _GetTypeInfoCount_(self) -> int:
        return 1

    def _GetTypeInfo_(self, index: int, language: int) -> tuple[int, Any]:
        return 0, self.type_info


class Plain:
    """An object with some properties."""

    def __init__(self, **properties: Any) -> None:
        self._public_methods_: list[str] = []
        self._public_attrs_ = list(properties)
        vars(self).update(properties)


def plain(**properties: Any) -> Any:
    return win32com.server.util.wrap(Plain(**properties))


#: Asked for by xlwings and never used.
APPLICATION = plain(Hwnd=0)
BOOK = plain(Application=APPLICATION)
SHEET = plain(Parent=BOOK)


def cells(value: Any, value2: Any) -> Any:
    """Make a range of what its Value and Value2 are."""
    rows = value if isinstance(value, tuple) else ((value,),)
    found = Plain(
        # In a tuple, or the rows would be taken for several results.
        Value=(value,),
        Value2=(value2,),
        Rows=plain(Count=len(rows)),
        Columns=plain(Count=len(rows[0])),
        Row=1,
        Column=1,
        Worksheet=SHEET,
    )
    return win32com.server.util.wrap(found, usePolicy=Typed)


def in_cells(request: Any) -> Any:
    """Make the value of a range, of what `wine.com` writes."""
    if isinstance(request, list):
        return tuple(map(in_cells, request))
    if not isinstance(request, dict):
        return request
    ((kind, value),) = request.items()
    if kind == "date":
        return pywintypes.Time(datetime(1899, 12, 30, tzinfo=UTC) + timedelta(value))
    # What the server makes of an error, because pywin32 cannot pass one on.
    return Decimal(value) if kind == "currency" else value


def result(value: Any) -> Any:
    """Return a result as JSON has it."""
    if isinstance(value, tuple):
        return [result(cell) for cell in value]
    if isinstance(value, pywintypes.TimeType):
        return {"date": (value.replace(tzinfo=None) - datetime(1899, 12, 30)) / timedelta(1)}
    return value


class Client:
    """What can be asked."""

    def __init__(self) -> None:
        self.server: Any = None

    def version(self) -> str:
        return f"{sys.platform} {sys.version}"

    def start(
        self,
        workbook: str = r"C:\Model.xlsm",
        python: str = sys.executable,
        imported: str = "xlwings.utils",
    ) -> float:
        """Start the server by the real DLL, and return the seconds that it took."""
        dll = excel_machine.dll(sys.executable, 64)
        command = excel_server.command(python, workbook, lambda name: "")
        command = command.replace("import xlwings.utils", f"import {imported}")
        began = time.perf_counter()
        self.server = excel_server.Server(dll, command)
        seconds = time.perf_counter() - began
        self.raw = wine_variants.Object(self.server.address)
        return seconds

    def call(self, name: str, arguments: list[Any]) -> Any:
        """Call a function as a cell does: its value, or what the VBA would put into the cell."""
        try:
            return {"value": self._caller(name, arguments)()}
        except wine_variants.RefusedError as problem:
            return {"refused": str(problem)}
        except pythoncom.com_error as problem:
            number, text, details, _ = problem.args
            return {"refused": details[2] if details else text, "number": number}

    def _caller(self, name: str, arguments: list[Any]) -> Callable[[], Any]:
        """Make the arguments, and give what makes the call: of values, or of cells."""
        if not any(isinstance(a, dict) and "cells" in a for a in arguments):
            return lambda: self.raw.call_udf(
                UDF_MODULE, name, [wine_variants.variant(a) for a in arguments]
            )
        given = [
            cells(*map(in_cells, a["cells"]))
            if isinstance(a, dict) and "cells" in a
            else VARIANT(pythoncom.VT_ERROR, 0)
            if a == {"error": MISSING}
            else in_cells(a)
            for a in arguments
        ]
        return lambda: result(self.server.call(name, *given))

    def calls(self, every: list[Any]) -> list[Any]:
        return [self.call(*one) for one in every]

    def times(self, name: str, arguments: list[Any], often: int) -> list[float]:
        """Return the least and the median milliseconds of a call, its arguments made once."""
        call = self._caller(name, arguments)
        taken = []
        for _ in range(often):
            began = time.perf_counter()
            call()
            taken.append((time.perf_counter() - began) * 1000)
        return [min(taken), median(taken)]

    def execute(self, statement: str) -> None:
        """Have the server's Python execute a statement."""
        self.server.object.Exec(statement)

    def kill(self) -> None:
        """Kill the server's Python, as a task manager does."""
        number = self.server.object.Var(self.server.object.Eval("__import__('os').getpid()"))
        subprocess.run(["taskkill", "/F", "/PID", str(number)], capture_output=True, check=True)
        time.sleep(0.2)

    def stop(self) -> None:
        self.server.stop()

    def excel(self, path: str | None, machine: int = 0x8664) -> None:
        """Have Windows name a program as Excel: one of no more than the head of a program."""
        if path is None:
            winreg.DeleteKey(winreg.HKEY_LOCAL_MACHINE, APP_PATHS)
            return
        head = b"MZ" + bytes(58) + (64).to_bytes(4, "little") + b"PE\0\0"
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(head + machine.to_bytes(2, "little"))
        winreg.SetValue(winreg.HKEY_LOCAL_MACHINE, APP_PATHS, winreg.REG_SZ, path)

    def install(self) -> list[str]:
        said: list[str] = []
        excel_install.install(said.append)
        return said

    def uninstall(self) -> list[str]:
        said: list[str] = []
        excel_install.uninstall(said.append)
        return said

    def examine(self) -> str:
        return excel_install.examine()

    def patience(self, seconds: float) -> None:
        """Have a proof wait no longer."""
        excel_server.PATIENCE = seconds

    def prove(self, python: str) -> str:
        excel_machine.need_python(python)
        return str(excel_server.prove(python, r"C:\Model.xlsm", lambda name: ""))


def main() -> None:
    """Answer until the input ends."""
    pythoncom.CoInitialize()
    client = Client()
    for line in sys.stdin:
        name, arguments = json.loads(line)
        asked: Callable[..., Any] = getattr(client, name)
        began = time.perf_counter()
        try:
            answer = {"answer": asked(*arguments)}
        except HostError as refusal:
            answer = {"host_error": str(refusal)}
        except Exception as problem:
            answer = {"problem": f"{type(problem).__name__}: {problem}"}
        print(json.dumps(answer | {"seconds": time.perf_counter() - began}), flush=True)


if __name__ == "__main__":
    main()
