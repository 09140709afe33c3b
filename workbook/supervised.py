"""Whether a command calculates workbooks in a process of its own: see `workbook.hosts.apart`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


class State:
    """Whether the engine is to have a process of its own, and whether this is the one."""

    on = within = False


@contextmanager
def enabled() -> Iterator[None]:
    """Give the engine a process of its own, where the system can limit it."""
    State.on = sys.platform == "linux"
    try:
        yield
    finally:
        State.on = False
