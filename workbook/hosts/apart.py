"""The engine in a process of its own, which may take so much memory and time.

A formula of a few characters may join, stack or repeat more cells than fit into memory, and the
engine, when it gets none, ends the process that it is in. So a command calculates workbooks in a
copy of its process, which hands over the values, and which the system ends if it takes too much.
Only Linux copies processes and limits them so; elsewhere the engine is in that of the command.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

from model.errors import InputError
from workbook.package.limits import LIMITS

T = TypeVar("T")


class _State:
    """Whether the engine has a process of its own."""

    on = False


@contextmanager
def enabled() -> Iterator[None]:
    """Give the engine a process of its own, if the engine has not been used in this one."""
    _State.on = sys.platform == "linux"
    try:
        yield
    finally:
        _State.on = False


def apart(work: Callable[[], T]) -> T:
    """Do some work in a copy of this process, and return what it gives.

    Raises
    ------
    InputError
        For work that takes more memory or time than is allowed; and what the work raises.
    """
    if not _State.on:
        return work()
    reading, writing = os.pipe()
    if not (process := os.fork()):
        _end_with(work, writing)
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as pipe:
            answer = pipe.read()
    except BaseException:
        os.kill(process, signal.SIGKILL)
        raise
    finally:
        _, status = os.waitpid(process, 0)
    if status:
        raise _too_much("time" if os.WTERMSIG(status) == signal.SIGXCPU else "memory")
    found = pickle.loads(answer)
    if isinstance(found, MemoryError):
        raise _too_much("memory")
    if isinstance(found, BaseException):
        raise found
    return found  # type: ignore[no-any-return]


def _end_with(work: Callable[[], Any], writing: int) -> NoReturn:
    """Do the work within the limits, hand over what it gives, and end the process."""
    import resource

    status = 1
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        # What the engine says when it gets no memory is for its authors.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        limits = {
            resource.RLIMIT_DATA: LIMITS["memory"].most * 1_000_000,
            resource.RLIMIT_CPU: LIMITS["time"].most,
            resource.RLIMIT_CORE: 0,
        }
        for kind, most in limits.items():
            resource.setrlimit(kind, (most, resource.getrlimit(kind)[1]))
        try:
            found = work()
        except Exception as error:
            # Tracebacks stay behind.
            error.add_note("".join(traceback.format_exception(error)))
            found = error
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(found, pipe, pickle.HIGHEST_PROTOCOL)
        status = 0
    finally:
        os._exit(status)


def _too_much(kind: str) -> InputError:
    limit = LIMITS[kind]
    return InputError("workbook", f"must be calculated with at most {limit.most} {limit.of}")
