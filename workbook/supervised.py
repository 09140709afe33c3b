"""What a command may take that reads files from strangers: memory and processor time.

Limits on what is in a file let a command end quickly, with what there is too much of. These hold
for whatever they do not foresee. Only Linux limits processes so.
"""

from __future__ import annotations

import math
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbook import interruption

#: Seconds of processor time after which a command looks at what it has taken.
_LOOKING = 0.02
#: Bytes that may be reserved in addition to those in use; Python is lost when it gets none at all.
_RESERVED = 150_000_000


class OutOfReachError(BaseException):
    """What was given takes more than a command may take in all; no handler takes it for a fault."""

    def __init__(self, kind: str) -> None:
        from workbook.package.limits import LIMITS

        limit = LIMITS[kind]
        super().__init__(f"What was given takes more than {limit.most} {limit.of}.")


class State:
    """Whether the engine is to have a process of its own, and whether this is the one."""

    on = within = False
    #: The processor time at which the command has to end.
    end = math.inf


@contextmanager
def enabled(*, limited: bool) -> Iterator[None]:
    """Give the engine a process of its own, and limit this one unless it starts other programs."""
    State.on = sys.platform == "linux"
    if State.on and limited:
        _limit()
    try:
        yield
    finally:
        lifted()
        State.on = False


def _limit() -> None:
    import resource

    # It imports numpy, which a command that only prints help does without.
    from workbook.package.limits import LIMITS

    State.end = time.process_time() + LIMITS["command"].most
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    most = LIMITS["in use"].most * 1_000_000 + _RESERVED
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
    signal.signal(signal.SIGPROF, _look)
    signal.setitimer(signal.ITIMER_PROF, _LOOKING, _LOOKING)


def _look(number: int, frame: object) -> None:
    """End a command that has taken too much, again if that was taken for another fault."""
    import resource

    from workbook.package.limits import LIMITS

    if interruption.is_held():
        return
    in_use = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    for kind, over in (("command", left() < 0), ("in use", in_use > LIMITS["in use"].most * 1e6)):
        if over:
            raise OutOfReachError(kind)


def lifted() -> None:
    """Lift the limits: what was read is sound, and what follows may take what it takes."""
    if not State.on:
        return
    import resource

    signal.setitimer(signal.ITIMER_PROF, 0)
    State.end = math.inf
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))


def left() -> float:
    """Return the processor time that the command may still take; infinite without a limit."""
    return State.end - time.process_time()


def also(seconds: float) -> None:
    """Count processor time that another process has taken for this one."""
    State.end -= seconds
