"""Many cases in one test: all are tried, and every failing one is named."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

#: A case: its name, and its values.
Case = tuple[object, tuple[Any, ...]]


def every(check: Callable[..., object], cases: Iterable[Case]) -> None:
    """Try every case, and fail with the names of those that fail."""
    failed, tried = [], 0
    for name, given in cases:
        tried += 1
        try:
            check(*given)
        except (Exception, pytest.fail.Exception) as why:
            failed.append(f"{name}: {why or type(why).__name__}")
    # `pytest -rP` shows it.
    print(f"{tried} cases")
    assert tried, "no case was tried"
    assert not failed, f"{len(failed)} of {tried} cases fail:\n" + "\n".join(failed)
