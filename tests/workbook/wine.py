"""Windows under Wine: a Python there that acts as Excel, driven from here.

`.ci/wine FOLDER` fetches what is needed, and OFFTAKE_WINE names that folder.
"""

from __future__ import annotations

import json
import os
import subprocess
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from xlwings_on_windows import MISSING, Call, InCells, Text

from workbook.hosts import HostError

REPOSITORY = Path(__file__).parents[2]
WINE = Path("/usr/lib/wine/wine64")
CLIENT = Path(__file__).with_name("wine_client.py")

#: The day whose serial number is 0.
DAY_ZERO = datetime(1899, 12, 30)

#: Excel's error numbers lie here.
ERRORS = range(-2146826288, -2146826188)


def folder() -> Path | None:
    """Name the folder that was made for the tests; None where there is none."""
    named = os.environ.get("OFFTAKE_WINE")
    return Path(named).resolve() if named else None


def windows(path: Path) -> str:
    """Spell a path as Wine does."""
    return "Z:" + str(path).replace("/", "\\")


class Wine:
    """A process under Wine that answers one question at a time.

    Parameters
    ----------
    place : Path
        The folder that `.ci/wine` filled.
    """

    def __init__(self, place: Path) -> None:
        self.place = place
        self.python = windows(place / "python" / "python.exe")
        # As an editable installation does it.
        site = place / "python" / "Lib" / "site-packages"
        (site / "offtake.pth").write_text(windows(REPOSITORY))
        self._log: list[str] = []
        self._process = subprocess.Popen(
            [
                WINE,
                place / "python" / "python.exe",
                windows(Path(__file__).parent / "wine_client.py"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Wine takes pipes for standard streams, and no files.
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(place),
        )
        self.seconds = 0.0

    def ask(self, name: str, *arguments: Any) -> Any:
        """Ask for one of the methods of `wine_client.Client`."""
        self.put(name, *arguments)
        return self.get()

    def put(self, name: str, *arguments: Any) -> None:
        """Ask, and leave the answer for later."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps([name, arguments]) + "\n")
        self._process.stdin.flush()

    def get(self) -> Any:
        assert self._process.stdout
        while not (line := self._process.stdout.readline()).startswith("{"):
            assert line, "".join(self._log[-20:])
            self._log.append(line)
        reply = json.loads(line)
        self.seconds = reply["seconds"]
        if "host_error" in reply:
            raise HostError(reply["host_error"])
        assert "problem" not in reply, reply["problem"]
        return reply["answer"]

    def answered(self, calls: list[Call]) -> list[Any]:
        """Answer calls as cells make them: each gives what the cell gets, or a `Text`."""
        asked = [[name, [com(a) for a in arguments]] for name, arguments in calls]
        return [shown(reply) for reply in self.ask("calls", asked)]

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            # Blocked by the DLL, which nothing but an end can interrupt.
            self._process.kill()


def environment(place: Path) -> dict[str, str]:
    return os.environ | {
        "WINEPREFIX": str(place / "prefix"),
        # Where Wine makes entries for menus.
        "HOME": str(place / "home"),
        # Neither .NET nor a browser.
        "WINEDLLOVERRIDES": "mscoree,mshtml=",
        "WINEDEBUG": "-all",
        # Names of files have letters of any kind.
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": "",
    }


def com(value: Any) -> Any:
    """Describe an argument to the client, as COM hands it over."""
    if isinstance(value, InCells):
        value2 = value.value if value.value2 is None else value.value2
        return {"cells": [com(value.value), com(value2)]}
    if isinstance(value, tuple | list):
        return [com(cell) for cell in value]
    if isinstance(value, datetime):
        return {"date": (value - DAY_ZERO).total_seconds() / 86400}
    if isinstance(value, Decimal):
        return {"currency": str(value)}
    if type(value) is int and (value == MISSING or value in ERRORS):
        return {"error": value}
    return value


def shown(reply: dict[str, Any]) -> Any:
    """Give what a cell gets."""
    if "refused" in reply:
        return Text(reply["refused"])
    return result(reply["value"])


def result(value: Any) -> Any:
    if isinstance(value, list):
        return [result(cell) for cell in value]
    if isinstance(value, dict):
        return DAY_ZERO + timedelta(value["date"])
    return value
