"""Does every pattern read what a file holds once, however it is made?

Oracle: the clock. Each pattern is used as its module uses it, on long texts of one kind.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import signal
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

#: The packages whose patterns are used on what a file holds.
PACKAGES = (
    *("workbook.package", "workbook.check", "workbook.hosts", "workbook.vba", "workbook.edits"),
    "model.case",
)
#: How a pattern is used, and how one that may be found anywhere in a text.
USES = {"match", "fullmatch", "findall"}
SEARCHES = {"search", "sub", "finditer", "split"}
#: Seconds that one pattern may take on one text. Reading it once takes a hundredth of that.
MOST = 0.5
LENGTH = 40_000
#: What begins a text, what is repeated, and what follows.
STARTS = ("", "a", '"', "'", "[", "{", "<a ")
REPEATED = (
    *(" ", "\n", "1", "a", "A", "yy", ".", "_", ",", ";", ":", "!", "/", "\\", "-", "<", ">"),
    *(
        "[",
        "]",
        "(",
        ")",
        "{",
        '"',
        "'",
        "''",
        '""',
        "[]",
        "]!",
        "[a",
        "'a",
        "'a'!",
        "a!",
        "a ",
        "1/",
    ),
    *("a.", "1.", "a:", "A1:", "$A$1:", "1E", "x1", "[ ", "a=", "a='' ", ', "', "#\n", "//", "''!"),
    *("<!--", "<!---->", "<!--a-->", "<?a?>", "<a ", "<c ", "<f>", "<sheetData>", "</sheetData"),
)
ENDS = ("", "!")


def patterns() -> Iterator[tuple[str, str, re.Pattern[str] | re.Pattern[bytes]]]:
    """Yield each pattern of a module by its name, and how it is used there."""
    for package in PACKAGES:
        root = importlib.import_module(package)
        for found in pkgutil.walk_packages(root.__path__, f"{package}."):
            module = importlib.import_module(found.name)
            source = inspect.getsource(module)
            for name, value in vars(module).items():
                if isinstance(value, re.Pattern):
                    used = set(re.findall(rf"\b{name}\.(\w+)\b", source))
                    for method in sorted({"findall" if m in SEARCHES else m for m in used} & USES):
                        yield f"{found.name}.{name}", method, value


FOUND = [*patterns()]


def ended(number: int, frame: object) -> None:
    raise TimeoutError


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="only Unix ends a search by a signal")
@pytest.mark.parametrize(
    ("name", "method", "pattern"), FOUND, ids=[f"{n}-{m}" for n, m, _ in FOUND]
)
def test_a_pattern_reads_a_long_text_once(
    name: str, method: str, pattern: re.Pattern[str] | re.Pattern[bytes]
) -> None:
    before = signal.signal(signal.SIGALRM, ended)
    try:
        for start, part, end in product(STARTS, REPEATED, ENDS):
            text: Any = start + part * (LENGTH // len(part)) + end
            text = text.encode() if isinstance(pattern.pattern, bytes) else text
            signal.setitimer(signal.ITIMER_REAL, MOST)
            try:
                getattr(pattern, method)(text)
            except TimeoutError:
                pytest.fail(f"{name}.{method} takes too long on {start!r}, {part!r}... and {end!r}")
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.signal(signal.SIGALRM, before)
