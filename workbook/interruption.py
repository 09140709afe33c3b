"""Signals that end a command: Ctrl+C, SIGTERM, SIGHUP.

Each ends it by an exception, with the exit code 128 + n that a shell gives. While a file is being
saved it waits until the file is saved. The number stays known, because the engine turns whatever is
raised within a call into an error of that call, and goes on.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

#: Windows has no SIGHUP, and SIGBREAK in its place.
ENDING = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if hasattr(signal, name)
]


class _State:
    """The signal that has come, if any, and whether it has to wait."""

    number = 0
    waiting = False


@contextmanager
def handled() -> Iterator[None]:
    """End by an exception when a signal comes; those that are ignored, as by `nohup`, stay so."""

    def end(number: int, frame: object) -> None:
        _State.number = number
        if not _State.waiting:
            check()

    before = {each: signal.getsignal(each) for each in ENDING}
    taken = {each: old for each, old in before.items() if old not in (signal.SIG_IGN, None)}
    for each in taken:
        signal.signal(each, end)
    try:
        yield
    finally:
        for each, handler in taken.items():
            signal.signal(each, handler)
        _State.number = 0


@contextmanager
def held() -> Iterator[None]:
    """Let a signal wait until the end; end now if one has come before."""
    check()
    before, _State.waiting = _State.waiting, True
    try:
        yield
    finally:
        _State.waiting = before
    check()


def is_held() -> bool:
    """Tell whether a file is being saved, so that whatever ends a command has to wait."""
    return _State.waiting


def check() -> None:
    """End if a signal has come and does not have to wait."""
    if _State.number and not _State.waiting:
        sys.exit(128 + _State.number)
