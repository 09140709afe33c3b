"""A Python for the add-in that a test can break, and what happens without being asked for."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

#: Longest time to wait for what happens without being asked for, in seconds.
SOON = 60.0


class BreakablePython:
    """A script that does what the test says when it is started next, and then runs Python."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "python"
        self._log, self._mode = folder / "started", folder / "mode"
        self._mode.write_text("")
        self.path.write_text(
            f'#!/bin/sh\necho $$ >>"{self._log}"\n. "{self._mode}"\nexec "{sys.executable}" "$@"\n'
        )
        self.path.chmod(0o755)

    def behave(self, script: str) -> None:
        """Have workers that are started from now on run a script first."""
        self._mode.write_text(script)

    def started(self) -> list[int]:
        """List the workers that have been started."""
        return [int(number) for number in self._log.read_text().split()]

    def signal(self, number: int) -> None:
        """Send a signal to the worker."""
        os.kill(self.started()[-1], number)


def soon(holds: Callable[[], bool], within: float = SOON) -> bool:
    """Tell whether something comes to hold."""
    last = time.monotonic() + within
    while not holds():
        if time.monotonic() > last:
            return False
        time.sleep(0.1)
    return True
