"""The engine in a separate process, with limits on memory and time.

A formula of a few characters may join, stack or repeat more cells than fit into memory, and the
engine, when it gets none, ends the process that it is in. So a command calculates workbooks in a
copy of its process, which hands over the values, and which the system ends if it takes too much.
Only Linux copies processes and limits them so; elsewhere the engine is in that of the command.
"""

from __future__ import annotations

import os
import pickle
import re
import select
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from model.errors import InputError
from workbook import interruption, supervised
from workbook.package.limits import LIMITS
from workbook.supervised import OutOfReachError, State

T = TypeVar("T")

#: The exit codes of the process: it has handed over what the work gives, has a defect, or got no
#: memory.
_DONE, _DEFECT, _NO_MEMORY = 0, 1, 3
#: Idle seconds that end it: threads that get no memory may wait for one another without end.
_IDLE = 5
#: Bytes that a process may have in addition to what it had.
_MORE = 150_000_000


class TooMuchError(InputError):
    """A workbook that takes too much memory or time to calculate."""


def apart(work: Callable[[], T]) -> T:
    """Do some work in a copy of this process, and return what it gives.

    Raises
    ------
    TooMuchError
        For work that takes more memory or time than is allowed; and what the work raises.
    """
    if not State.on:
        return work()
    reading, writing = os.pipe()
    left, process = supervised.left(), 0
    try:
        # A signal that comes now has to know the process that it ends.
        with interruption.held():
            if not (process := os.fork()):
                _end_with(work, writing, left)
        os.close(writing)
        answer = _answer(reading, process)
    except BaseException:
        if process:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        raise
    finally:
        os.close(reading)
    _, status, used = os.wait4(process, 0)
    supervised.also(used.ru_utime + used.ru_stime)
    if (ended_by := os.WTERMSIG(status)) in interruption.ENDING:
        sys.exit(128 + ended_by)
    if os.WEXITSTATUS(status) == _DEFECT:
        raise RuntimeError("the engine's process has not handed over its results")
    if status:
        by_time = ended_by == signal.SIGXCPU
        if by_time and left < LIMITS["time"].most:
            raise OutOfReachError("command")
        limit = LIMITS["time" if by_time else "memory"]
        raise TooMuchError("workbook", f"must take at most {limit.most} {limit.of} to calculate")
    found = pickle.loads(answer)
    if isinstance(found, BaseException):
        raise found
    return found  # type: ignore[no-any-return]


def _answer(reading: int, process: int) -> bytes:
    """Read what a process hands over, and end it if it no longer works."""
    parts: list[bytes] = []
    idle, before = 0, [""]
    while True:
        if select.select([reading], [], [], 1)[0]:
            if not (part := os.read(reading, 2**20)):
                return b"".join(parts)
            parts.append(part)
            continue
        # What the system says of a process, after its name: its processor time is in two columns.
        used = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
        idle = idle + 1 if used == before else 0
        before = used
        if idle == _IDLE:
            os.kill(process, signal.SIGKILL)


def give_up_without_memory(error: Exception) -> None:
    """End the process that the engine has, if it gets no memory; the engine would go on."""
    if State.within and isinstance(error, MemoryError):
        os._exit(_NO_MEMORY)


def _end_with(work: Callable[[], Any], writing: int, left: float) -> NoReturn:
    """Do the work within the limits, hand over what it gives, and end the process."""
    status = _DEFECT
    try:
        State.on, State.within = False, True
        _limit(left)
        try:
            found = work()
        except MemoryError:
            os._exit(_NO_MEMORY)
        except Exception as error:
            # Tracebacks stay behind.
            error.add_note("".join(traceback.format_exception(error)))
            found = error
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(found, pipe, pickle.HIGHEST_PROTOCOL)
        status = _DONE
    finally:
        os._exit(status)


def _limit(left: float) -> None:
    import resource

    for number in interruption.ENDING:
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    # What the engine says when it gets no memory is for its authors.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    # A process that has more already, as one that runs tests may, needs some more.
    had = re.search(r"VmData:\s*(\d+)", Path("/proc/self/status").read_text())
    more = int(had[1]) * 1024 + _MORE if had else 0
    limits = {
        resource.RLIMIT_DATA: max(LIMITS["memory"].most * 1_000_000, more),
        # Whole seconds, and none of them would be no limit.
        resource.RLIMIT_CPU: int(min(LIMITS["time"].most, max(left, 1))),
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in limits.items():
        resource.setrlimit(kind, (most, resource.getrlimit(kind)[1]))
