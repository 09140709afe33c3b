"""Is the line at the top of every sheet true, with and without the functions?

Oracle: three programs. The headless engine has the functions; Calc without the add-in and IronCalc
have not, and show errors where these are called. What a program shows that calculates nothing is
what the file holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import ironcalc
import pytest
from calc import profile
from calc.session import Calc
from calc_comparison import need
from working_copy import HIDDEN, WHOLE, Copy, masters

from workbook import status, template
from workbook.hosts import headless
from workbook.package.cells import ErrorValue, Values, place
from workbook.package.package import Package

LOST = "FAIL: Offtake does not answer, so "


@pytest.fixture(scope="module")
def plain_calc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calc]:
    """Return a running Calc without the add-in."""
    need(profile.missing())
    folder = tmp_path_factory.mktemp("profile")
    with Calc(options=[f"-env:UserInstallation={folder.as_uri()}"]) as started:
        yield started


def errors(values: Values) -> int:
    return sum(isinstance(v, ErrorValue) for of_sheet in values.values() for v in of_sheet.values())


def shown(values: Values) -> str:
    (line,) = masters(values)
    return str(line)


def test_where_nothing_is_calculated_every_sheet_says_whose_values_these_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    evening = datetime(2027, 1, 7, 20, tzinfo=UTC)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", f"{evening.timestamp():.0f}")
    built = template.build(WHOLE)
    line = "Values as built on 7 January 2027; install Offtake to recalculate"
    assert masters(Package.opened(built).cached) == {line}
    assert template.build(WHOLE) == built


def test_where_the_functions_answer_the_checks_speak(finished: bytes) -> None:
    assert shown(headless.evaluate(finished)).startswith("All ")


def test_an_edit_that_breaks_a_check_is_reported_and_its_undoing_too(whole: Copy) -> None:
    total = whole.at("rpo.opening.amount")
    assert shown(whole.values({total: None})).startswith("FAIL: ")
    assert shown(whole.values({total: whole[total].value})).startswith("All ")


def test_without_the_functions_lost_values_are_reported(plain_calc: Calc, built: bytes) -> None:
    """Calc calculates arrays when it opens a file, so that they are lost at once."""
    plain_calc.open(built)
    opened = plain_calc.values()
    assert errors(opened) > 1000
    assert shown(opened).startswith(LOST)

    price = ("Inputs", place_of(built, "Share_price"))
    plain_calc.change({price: 200.0})
    edited = plain_calc.values()
    assert errors(edited) >= errors(opened)
    assert shown(edited).startswith(LOST)

    plain_calc.change({price: 185.0})
    undone = plain_calc.values()
    assert errors(undone) == errors(edited)
    assert shown(undone) == shown(edited)


def test_without_the_functions_a_full_calculation_is_no_green_line(
    finished: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "book.xlsx"
    file.write_bytes(finished)
    model = ironcalc.load_from_xlsx(str(file), "en", "UTC", "en")
    model.evaluate()
    titles = [sheet for sheet in Package.opened(finished).formulas if sheet not in HIDDEN]
    for sheet in range(len(titles)):
        assert model.get_formatted_cell_value(sheet, *status.STATUS).startswith(LOST)


def test_only_the_line_is_excused_from_agreeing(finished: bytes) -> None:
    line = status.as_built(date(2026, 5, 13))
    assert status.is_as_built(status.STATUS, line)
    assert not status.is_as_built((4, 1), line)
    assert not status.is_as_built(status.STATUS, "All 417 checks pass")


def place_of(built: bytes, name: str) -> tuple[int, int]:
    return place(Package.opened(built).names[name].rpartition("!")[2])
