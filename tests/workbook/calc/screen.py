"""A screen in memory, with a keyboard and pictures, on which Calc opens its windows.

Pictures go to the folder in OFFTAKE_PICTURES, to be looked at.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

from PIL import Image, ImageGrab

from workbook.hosts import HostError

SIZE = "1600x1000x24"
#: What the screen, its window manager and its keyboard are.
PROGRAMS = ("Xvfb", "openbox", "xdotool")
#: Colours of a stored picture, and of one on which there is something.
COLOURS, DRAWN = 128, 64
#: Between two keys, in milliseconds.
PAUSE = "30"
#: For how long a screen must stay the same, in seconds, and how often that is looked at. A cursor
#: that blinks does so every half second.
STILL, LOOKS = 0.4, 8


def missing() -> str | None:
    """Give one sentence on why there can be no screen; None if there can."""
    absent = [program for program in PROGRAMS if shutil.which(program) is None]
    return f"A screen needs {', '.join(absent)}." if absent else None


class Screen:
    """A screen in memory.

    Parameters
    ----------
    folder : Path
        Where pictures are stored.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.display = ""

    def __enter__(self) -> Screen:
        with ExitStack() as undo:
            read, write = os.pipe()
            self._run(undo, "Xvfb", "-displayfd", str(write), "-screen", "0", SIZE, passed=write)
            os.close(write)
            with os.fdopen(read) as said:
                number = said.readline().strip()
            if not number:
                raise HostError("Xvfb does not start.")
            self.display = f":{number}"
            # Without one, a dialog does not get the keys.
            self._run(undo, "openbox")
            self._undo = undo.pop_all()
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *error: object) -> None:
        self._undo.close()

    def environment(self) -> dict[str, str]:
        """Return the environment of programs that use the screen."""
        return dict(os.environ) | {"DISPLAY": self.display}

    def _run(self, undo: ExitStack, *command: str, passed: int | None = None) -> None:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=() if passed is None else (passed,),
            env=self.environment() if self.display else None,
        )
        undo.callback(process.wait)
        undo.callback(process.terminate)

    def press(self, *keys: str) -> None:
        """Press keys, one after another, such as Return or ctrl+F2."""
        self._do("key", "--delay", PAUSE, *keys)

    def write(self, text: str) -> None:
        """Type a text."""
        self._do("type", "--delay", PAUSE, "--", text)

    def titles(self) -> list[str]:
        """Return the titles of the windows."""
        found = self._do("search", "--onlyvisible", "--name", ".", check=False).split()
        return [self._do("getwindowname", window, check=False).strip() for window in found]

    def picture(self, name: str) -> Path:
        """Store what is on the screen, once it stays the same, in a file of that name."""
        found = self._grab()
        for _ in range(LOOKS):
            time.sleep(STILL)
            before, found = found, self._grab()
            if found.tobytes() == before.tobytes():
                break
        colours = found.getcolors(1 << 24)
        assert colours is not None and len(colours) > DRAWN, f"{name}: the screen is empty"
        file = self.folder / f"{name}.png"
        found.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
        return file

    def _grab(self) -> Image.Image:
        return ImageGrab.grab(xdisplay=self.display)

    def _do(self, *command: str, check: bool = True) -> str:
        return subprocess.run(
            ["xdotool", *command],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=check,
        ).stdout
