"""Calc without a window and with the add-in, for tests and for the documentation's pictures.

Calc runs with a profile of its own, which goes when the session ends: neither the user's settings
nor the extensions that are installed take part.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from calc import driver, profile
from workbook.hosts import HostError, libreoffice
from workbook.hosts.calc import component
from workbook.package.cells import ErrorValue, Place, Values

#: How long Calc may take to start, and to end before it is made to, in seconds.
START, END = 60.0, 20.0

_ERRORS = {code: text for text, code in component.ERROR_CODES.items()}

Typed = Mapping[tuple[str, Place], float | str | None]


def can_draw() -> bool:
    """Tell whether pictures can be made here."""
    return shutil.which("pdftoppm") is not None


class Calc:
    """LibreOffice Calc with the add-in loaded.

    Parameters
    ----------
    python : str, optional
        The Python that answers the calls of cells; left out, the one that runs this.
    options : sequence of str, optional
        Start LibreOffice with these options as it is installed, instead of with a profile of its
        own that has the add-in.
    limits : dict, optional
        How long the add-in waits, instead of what `supervisor` declares.
    display : str, optional
        The screen on which it opens its windows; left out, it has none.

    Examples
    --------
    ::

        with Calc() as calc:
            calc.open(package)
            calc.recalculate()
            values = calc.values()
    """

    def __init__(
        self,
        python: str | None = None,
        options: Sequence[str] = (),
        limits: Mapping[str, str] | None = None,
        display: str = "",
    ) -> None:
        self.python = python
        self.display = display
        self.options = options
        self.limits = limits or {}

    def __enter__(self) -> Calc:
        try:
            self._start()
        except HostError:
            # Retry once with another profile and pipe: a busy machine may be late for the first.
            self._start()
        return self

    def __exit__(self, *error: object) -> None:
        self._undo.close()

    def _start(self) -> None:
        soffice, python = libreoffice.program("soffice"), profile.uno_python()
        if soffice is None or python is None:
            raise HostError(profile.missing() or "LibreOffice cannot start.")
        with ExitStack() as undo:
            self._folder = Path(undo.enter_context(TemporaryDirectory(prefix="offtake-calc-")))
            log = self._folder / "log"
            pipe = f"offtake-{uuid4().hex}"
            office = subprocess.Popen(
                [
                    str(soffice),
                    *("--norestore", "--nologo", "--nolockcheck", "--nodefault"),
                    *([] if self.display else ["--headless"]),
                    *(self.options or profile.make(self._folder, self.python, self.limits)),
                    f"--accept=pipe,name={pipe};urp;",
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=undo.enter_context(log.open("wb")),
                # A group of its own, so that a wrapper script ends with what it started.
                start_new_session=True,
                env=profile.office_environment(python, self._folder) | {"DISPLAY": self.display},
            )
            undo.callback(_end, office)
            self._driver = subprocess.Popen(
                [python, driver.__file__, pipe],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="ascii",
                env=profile.plain(),
            )
            undo.callback(self._quit)
            last = time.monotonic() + START
            while not self._do("connect"):
                if office.poll() is not None or time.monotonic() > last:
                    reply = " ".join(log.read_text("utf-8", "replace").split())
                    raise HostError(f"LibreOffice does not start: {reply}")
                time.sleep(0.02)
            self._undo = undo.pop_all()

    def _quit(self) -> None:
        with suppress(HostError, OSError):
            self._do("quit")
        with suppress(OSError):
            self._driver.communicate()

    def open(self, package: bytes, suffix: str = ".xlsx") -> None:
        """Open a workbook, in place of the one before."""
        # A copy, because Calc leaves a lock file next to what it opens.
        file = self._file(suffix)
        file.write_bytes(package)
        self._do("open", file.as_uri(), not self.display)

    def recalculate(self) -> None:
        """Recalculate every formula; until then, cells show the file's cached values."""
        self._do("recalculate")

    def modified(self) -> bool:
        """Tell whether Calc would ask to save the workbook."""
        return bool(self._do("modified"))

    def values(self) -> Values:
        """Return the value of every cell that has a formula or is filled by an array formula.

        Returns
        -------
        dict
            Sheet -> (row, column) -> number, text or `ErrorValue`. A truth value is 1 or 0, as
            Calc has it; an error that Excel has not is ``Err:`` and Calc's number.
        """
        return {
            sheet: {
                (row, column): _error(value) if kind == "error" else value
                for row, column, kind, value in cells
            }
            for sheet, cells in self._do("values").items()
        }

    def evaluate(self, package: bytes) -> Values:
        """Open a workbook, recalculate it and return its values."""
        self.open(package)
        self.recalculate()
        return self.values()

    def change(self, cells: Typed) -> None:
        """Type values into cells; dates are serial numbers, None empties a cell."""
        self._do("change", [[sheet, *at, value] for (sheet, at), value in cells.items()])

    def enter(self, formulas: Mapping[tuple[str, Place], str]) -> None:
        """Enter formulas, with ``;`` between arguments."""
        self._do("enter", [[sheet, *at, formula] for (sheet, at), formula in formulas.items()])

    def edit(self, kind: str, *given: Any) -> None:
        """Do what a user does to sheets: insert, remove, rename, delete, sort or merge.

        What each takes is in `calc.driver`.
        """
        self._do(kind, *given)

    def names(self) -> dict[str, str]:
        """Return the reference of each of the workbook's names."""
        return dict(self._do("names"))

    def selected(self) -> str:
        """Return the cells that are selected in the window."""
        return str(self._do("selected"))

    def seen(self, sheet: str, cell: str) -> str:
        """Return what a cell shows, as text, without spaces that only align it."""
        return str(self._do("seen", sheet, cell)).strip()

    def dialogs(self) -> dict[str, list[str]]:
        """Return the texts of the open dialogs, by their titles."""
        return dict(self._do("dialogs"))

    def functions(self) -> dict[str, dict[str, Any]]:
        """Return the function wizard's description of every function in Calc."""
        return dict(self._do("functions"))

    def xlsx(self) -> bytes:
        """Save the workbook from Calc as .xlsx."""
        return self._saved(".xlsx")

    def ods(self, password: str = "") -> bytes:
        """Save the workbook from Calc as .ods, encrypted if there is a password."""
        return self._saved(".ods", password)

    def _saved(self, suffix: str, *password: str) -> bytes:
        file = self._file(suffix)
        self._do("save", file.as_uri(), suffix, *password)
        return file.read_bytes()

    def pdf(self, *, single_pages: bool = False) -> bytes:
        """Export the workbook as it prints, or with every sheet on one page."""
        file = self._file(".pdf")
        self._do("pdf", file.as_uri(), single_pages)
        return file.read_bytes()

    def pictures(self, dots_per_inch: int = 100) -> dict[str, bytes]:
        """Draw every sheet in full, as PNG, by its name."""
        if not can_draw():
            raise HostError("Pictures need pdftoppm, of poppler-utils.")
        with TemporaryDirectory() as folder:
            file = Path(folder) / "sheets.pdf"
            file.write_bytes(self.pdf(single_pages=True))
            subprocess.run(
                ["pdftoppm", "-png", "-r", str(dots_per_inch), str(file), str(file.with_name("p"))],
                check=True,
                capture_output=True,
            )
            pages = sorted(Path(folder).glob("p-*.png"))
            return {
                sheet: page.read_bytes()
                for sheet, page in zip(self._do("sheets"), pages, strict=True)
            }

    def _file(self, suffix: str) -> Path:
        return self._folder / f"{uuid4().hex}{suffix}"

    def _do(self, command: str, *given: Any) -> Any:
        assert self._driver.stdin and self._driver.stdout
        self._driver.stdin.write(json.dumps([command, *given]) + "\n")
        self._driver.stdin.flush()
        line = self._driver.stdout.readline()
        answer = json.loads(line) if line else {"error": "the connection to Calc has ended"}
        if "error" in answer:
            raise HostError(f"{command}: {answer['error']}")
        return answer["value"]


def draw(package: bytes, folder: Path, dots_per_inch: int = 100) -> list[Path]:
    """Draw every sheet of a workbook into a folder, calculated by Calc with the add-in.

    Returns
    -------
    list of Path
        ``Dashboard.png`` and so on, in the order of the sheets.
    """
    with Calc() as calc:
        calc.evaluate(package)
        pictures = calc.pictures(dots_per_inch)
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for sheet, picture in pictures.items():
        drawn.append(folder / f"{sheet}.png")
        drawn[-1].write_bytes(picture)
    return drawn


def _end(office: subprocess.Popen[bytes]) -> None:
    try:
        office.wait(END)
    except subprocess.TimeoutExpired:
        if sys.platform == "win32":
            office.kill()
        else:
            os.killpg(office.pid, signal.SIGKILL)
        office.wait()


def _error(code: float) -> ErrorValue:
    return ErrorValue(_ERRORS.get(int(code), f"Err:{int(code)}"))
