"""The `offtake` command, run in this process as the script runs it."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest

from workbook import supervised
from workbook.cli import main


@dataclass(frozen=True)
class Run:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one line that a refusal consists of."""
        assert self.out == ""
        assert self.err.count("\n") == 1, self.err
        assert "Traceback" not in self.err
        return self.err.strip()


class Command:
    """The `offtake` command, run in a folder of its own."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capture = folder, capture
        self.patch = pytest.MonkeyPatch()

    def __call__(self, *arguments: str | Path) -> Run:
        with self.patch.context() as patch:
            patch.chdir(self.folder)
            patch.setenv("COLUMNS", "200")
            patch.setattr(sys, "argv", ["offtake", *map(str, arguments)])
            # A copy of a process with other threads may wait for what these hold.
            patch.setattr(supervised, "enabled", lambda **_: nullcontext())
            with pytest.raises(SystemExit) as ended:
                main()
        out, err = self.capture.readouterr()
        code = ended.value.code
        return Run(code if isinstance(code, int) else int(code is not None), out, err)
