"""The workbooks that many tests look at, each built once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import calc_comparison
import pytest
import wine
from calc import profile
from calc.session import Calc
from command import Command
from live import Live
from wine import Wine
from working_copy import CASE, Copy

from workbook import template

#: Programs that run on Windows alone.
collect_ignore = ["wine_client.py", "wine_saving.py", "wine_variants.py"]

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
    """Return the workbook of the full case."""
    return calc_comparison.built("cerebras")


@pytest.fixture(scope="session")
def whole(finished: bytes) -> Copy:
    return Copy(finished)


@pytest.fixture(scope="session")
def live(whole: Copy) -> Live:
    return whole.live


@pytest.fixture(scope="session")
def calc() -> Iterator[Calc]:
    """Return a running LibreOffice Calc with the add-in; each test opens its own file in it."""
    calc_comparison.need(profile.missing())
    with Calc() as started:
        yield started


@pytest.fixture
def offtake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(tmp_path, capsys)


@pytest.fixture(scope="session")
def failing() -> Iterator[dict[str, Wine]]:
    """Begin two starts that fail, each in a process of its own: it takes minutes."""
    place = wine.folder()
    assert place is not None
    started = {"no Python": Wine(place), "no import": Wine(place)}
    started["no Python"].put("start", "C:\\1.xlsm", "C:\\not there\\python.exe")
    started["no import"].put(
        "start", "C:\\2.xlsm", started["no import"].python, "a_module_that_is_not_there"
    )
    yield started
    for one in started.values():
        one.close()


@pytest.fixture(scope="module")
def windows(failing: dict[str, Wine]) -> Iterator[Wine]:
    """Return a client with a running server."""
    place = wine.folder()
    assert place is not None
    client = Wine(place)
    client.ask("start")
    yield client
    client.close()
