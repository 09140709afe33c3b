"""xlwings as it runs on Windows, with stand-ins only for Windows modules.

Its own code writes the VBA, registers the help texts, reads ranges and answers calls. Stand-ins
would disturb other tests, so all this happens in an interpreter of its own, to which `imported`
and `answered` put their questions.
"""

from __future__ import annotations

import base64
import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

#: What Excel hands over for an optional argument that is left out.
MISSING = -2147352572

#: A function by its Python name, and its arguments as COM hands them over.
Call = tuple[str, Sequence[Any]]


@dataclass(frozen=True)
class InCells:
    """What COM hands over for a range: `Value`, and `Value2` where it differs."""

    value: Any
    value2: Any = None


@dataclass(frozen=True)
class Text:
    """What a failed call leaves in its cell: the VBA puts the description of the error there."""

    sentence: str


def imported() -> dict[str, Any]:
    """Import the functions as the button of the ribbon does.

    Returns
    -------
    dict
        The VBA; the help by macro; and the options by which each function's arguments are read.
    """
    found: dict[str, Any] = _asked(None)
    return found


def answered(calls: Sequence[Call]) -> list[Any]:
    """Answer calls as cells make them: each gives what the cell gets, or a `Text`."""
    found: list[Any] = _asked(list(calls))
    return found


def _asked(question: list[Call] | None) -> Any:
    here = Path(__file__).parent
    run = subprocess.run(
        [sys.executable, "-c", "import xlwings_on_windows as x; x.main()"],
        input=pickle.dumps(question),
        capture_output=True,
        cwd=here.parents[1],
        env=os.environ | {"PYTHONPATH": str(here)},
        timeout=120,
    )
    assert run.returncode == 0, run.stderr.decode()
    # xlwings prints a line of its own first.
    return pickle.loads(base64.b64decode(run.stdout.splitlines()[-1]))


def main() -> None:
    """Answer the question that comes in."""
    question = pickle.loads(sys.stdin.buffer.read())
    windows = Windows()
    found = windows.imported() if question is None else [windows.shown(*call) for call in question]
    print(base64.b64encode(pickle.dumps(found)).decode())


class Windows:
    """xlwings' Windows half, imported with stand-ins."""

    def __init__(self) -> None:
        # These look at the platform when they are imported, so that must come before it changes.
        import asyncio  # noqa: F401
        import concurrent.futures  # noqa: F401
        import ctypes
        from unittest.mock import MagicMock

        import pandas  # noqa: F401

        class COMException(Exception):  # noqa: N818
            def __init__(self, description: str, scode: int) -> None:
                super().__init__(description)
                assert scode == -2147467259

        windows = {
            name: MagicMock()
            for name in (
                *("pythoncom", "pywintypes", "win32api", "win32con", "win32event", "win32gui"),
                *("win32process", "win32timezone", "win32com", "win32com.client"),
                *(f"win32com.server{p}" for p in ("", ".dispatcher", ".exception", ".policy")),
                "win32com.server.util",
            )
        }
        sys.modules.update(windows)
        for name, module in windows.items():
            parent, _, child = name.rpartition(".")
            if parent:
                setattr(windows[parent], child, module)
        windows["pythoncom"].__file__ = ""
        # The time type of pywin32 is a datetime too.
        windows["pywintypes"].TimeType = type("Time", (datetime,), {})
        windows["win32timezone"].TimeZoneInfo.utc.return_value = UTC
        windows["pywintypes"].com_error = type("com_error", (Exception,), {})
        windows["win32com.server.exception"].COMException = COMException
        windows["win32com.server.util"].unwrap.side_effect = TypeError
        for name in ("windll", "oledll", "PyDLL"):
            setattr(ctypes, name, MagicMock())
        here, sys.platform = sys.platform, "win32"
        import xlwings
        from xlwings import com_server, udfs

        sys.platform = here
        assert xlwings.func is udfs.xlfunc
        self.udfs, self.server, self.refusal = udfs, com_server.XLPython(), COMException
        self.made, self.windows = MagicMock, windows
        # One for all ranges, for each takes a while to be made.
        self.anything = MagicMock()

    def imported(self) -> dict[str, Any]:
        written: list[str] = []
        book = self.made()
        book.Name = "Model.xlsm"
        book.Application.Version = "16.0"
        book.VBProject.VBComponents.Import.side_effect = lambda path: written.append(
            Path(path).read_text()
        )
        self.udfs.import_udfs("workbook.udfs", book)
        return {
            "vba": written[0],
            "help": {c.args[0]: c.kwargs for c in book.Application.MacroOptions.call_args_list},
            "converted": {
                name: [
                    a["options"] | {"convert": a["options"]["convert"].__name__}
                    for a in function.__xlfunc__["args"]
                ]
                for name, function in vars(sys.modules["workbook.udfs"]).items()
                if hasattr(function, "__xlfunc__")
            },
        }

    def shown(self, name: str, arguments: Sequence[Any]) -> Any:
        try:
            return self.server.CallUDF("workbook.udfs", name, [self.com(a) for a in arguments])
        except self.refusal as problem:
            return Text(str(problem))

    def com(self, argument: Any) -> Any:
        """Make what COM hands over: a value as it is, and an object for a range."""
        if not isinstance(argument, InCells):
            return argument
        rows = argument.value if isinstance(argument.value, tuple) else ((argument.value,),)
        attributes = SimpleNamespace(iid=self.windows["pywintypes"].IID.return_value)
        info = SimpleNamespace(GetTypeAttr=lambda: attributes)
        return Range(
            anything=self.anything,
            Rows=SimpleNamespace(Count=len(rows)),
            Columns=SimpleNamespace(Count=len(rows[0])),
            Value=argument.value,
            Value2=argument.value if argument.value2 is None else argument.value2,
            _oleobj_=SimpleNamespace(GetTypeInfo=lambda: info),
        )


class Range(SimpleNamespace):
    """A range as COM hands it over; where it stands may be anything."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.anything, name)
