"""The workbooks that many tests look at, each built once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from calc_comparison import need
from command import Command
from working_copy import CASE, WHOLE, Copy

from workbook import template
from workbook.hosts.calc import profile
from workbook.hosts.calc.session import Calc

#: The day on which the tests build: one that does not change while they run.
os.environ.setdefault("SOURCE_DATE_EPOCH", "1778630400")


@pytest.fixture(scope="session")
def built() -> bytes:
    """Return the workbook of the case without the tables of further sheets."""
    return template.build(CASE)


@pytest.fixture(scope="session")
def copied(built: bytes) -> Copy:
    return Copy(built)


@pytest.fixture(scope="session")
def finished() -> bytes:
    """Return the workbook of the whole case."""
    return template.build(WHOLE)


@pytest.fixture(scope="session")
def whole(finished: bytes) -> Copy:
    return Copy(finished)


@pytest.fixture(scope="module")
def calc() -> Iterator[Calc]:
    """Return a running LibreOffice Calc with the add-in."""
    need(profile.missing())
    with Calc() as started:
        yield started


@pytest.fixture
def offtake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(tmp_path, capsys)
