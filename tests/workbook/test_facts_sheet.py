"""Does Sources say of each fact what the model says, also after something is typed on Inputs?

Oracle: the model's own sentences on the case that is read back, which share no code with the
native formulas; and a few verdicts known by hand.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from facts_company import VALUED, reading, stating
from live import Live
from looked_at import looked_at, typed
from openpyxl.utils.datetime import to_excel
from ranges import cells_of, typed_at

from model import evidence, plausibility
from model.valuation import value
from workbook import template
from workbook.check.reader import read_case
from workbook.check.report import report
from workbook.package.cells import Place, Values
from workbook.status import SUMMARY
from workbook.template.sheets.facts import (
    CONFLICT,
    DIFFERENCE,
    FINDING,
    HEADING,
    STATUS,
    TWICE,
    WARNING,
)
from workbook.template.sheets.sources import ONE, RESTS, SEVERAL

CASH, RPO, SHARES = "balance_sheet.cash", "rpo.opening.amount", "securities.common.count"
EARLY, LATE = date(2026, 5, 1), date(2026, 6, 1)
#: A fact of each kind, in agreement with the inputs, and one reading that is not chosen.
ROWS: dict[str, dict[str, Any]] = {
    "cash": reading(701.7, fact="Cash", input=CASH, source="ubs", chosen=1),
    "other cash": reading(650.0, fact="Cash"),
    "backlog": reading(25_900.0, "backlog", fact="Backlog"),
    "common": reading(37_000.0, "market value", as_of=VALUED, fact="On common stock"),
    "diluted": reading(37_925.0, "market value", as_of=VALUED, fact="On diluted shares"),
    "undated": reading(37_000.0, "market value", as_of=LATE, fact="Of another day"),
    "filed": reading(200.0, "as filed", fact="Shares", unit="m shares", chosen=1, input=SHARES),
    "restated": reading(190.0, "restated", fact="Shares", unit="m shares", known=LATE),
    "strike": reading(92.5, "restated", fact="Strike", unit="USD", known=EARLY,
                      input="securities.options.strike"),
    "cores": reading(900_000.0, fact="Cores", unit="cores", chosen=1),
    "other cores": reading(850_000.0, fact="Cores", unit="cores"),
}  # fmt: skip
PLACES = list(ROWS)


@pytest.fixture(scope="module")
def built() -> bytes:
    return template.build(stating(*ROWS.values()))


@pytest.fixture(scope="module")
def live(built: bytes) -> Live:
    return Live(built)


@pytest.fixture(scope="module")
def first(built: bytes) -> tuple[int, dict[str, Place]]:
    """Return the first row of facts on Sources, and where each figure is typed on Inputs."""
    book = looked_at(built)
    sheet = book["Sources"]
    top = next(r for r in range(1, 50) if sheet.cell(r, 1).value == HEADING)
    # Below the heading are two limits, and a header.
    return top + 4, typed_at(book)


def findings(values: Values, first: int) -> dict[str, str]:
    sheet = values["Sources"]
    return {name: str(sheet[first + i, FINDING] or "") for i, name in enumerate(PLACES)}


def test_every_fact_is_on_the_sheet_with_its_verdict(live: Live, first: Any) -> None:
    assert findings(live.base, first[0]) == {
        "cash": f"agrees with {CASH}",
        "other cash": "",
        "backlog": f"the difference is backlog outside {RPO}",
        "common": "near the common stock",
        "diluted": "near the diluted shares",
        "undated": "no share price of this date is stated",
        "filed": f"agrees with {SHARES}",
        "restated": "the difference is the restatement",
        "strike": "agrees with securities.options.strike",
        "cores": "",
        "other cores": "",
    }
    sheet = live.base["Sources"]
    shown = {name: sheet.get((first[0] + i, DIFFERENCE)) for i, name in enumerate(PLACES)}
    assert shown["backlog"] == pytest.approx(25_900 - 24_600)
    assert shown["restated"] == pytest.approx(190 - 200)
    assert shown["cash"] == 0.0
    # Where no input is named, readings are compared with the chosen one.
    assert shown["other cores"] == 850_000 - 900_000
    assert sheet[first[0], STATUS] == "chosen"
    assert sheet[first[0] + 1, STATUS] == "not chosen"


def test_the_case_comes_back_with_its_facts(built: bytes) -> None:
    assert read_case(built)[0] == stating(*ROWS.values())
    assert report(built).faults == []


#: What is typed, by the path of an input or by a row and column of the facts, and which facts it
#: makes a warning.
EDITS: dict[str, tuple[dict[str | tuple[str, str], Any], set[str]]] = {
    "an input": ({CASH: 650.0}, {"cash"}),
    "within rounding": ({CASH: 704.0}, set()),
    "the reading": ({("cash", "value"): 710.0}, {"cash"}),
    "the choice": ({("cash", "chosen"): None, ("other cash", "chosen"): 1.0}, {"other cash"}),
    "the RPO": ({RPO: 25_900.0}, {"backlog"}),
    "the price": ({"price.share": 300.0}, {"common", "diluted"}),
    # With all 10 million options there are 200 million shares again.
    "the shares": ({SHARES: 190.0}, {"filed", "diluted"}),
    "billions": ({("common", "value"): 37.0}, {"common"}),
    "the valuation date": (
        {"company.valuation_date": date(2026, 6, 2)}, {"filed"},
    ),
    "an earlier date": ({"company.valuation_date": date(2026, 4, 20)}, {"strike"}),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_what_is_typed_turns_the_verdicts(name: str, built: bytes, live: Live, first: Any) -> None:
    edits, expected = EDITS[name]
    top, where = first
    columns = {"value": 2, "chosen": 4}
    book = looked_at(built)
    corner = book["Inputs"][cells_of(book, "Facts")[1].partition(":")[0]]
    numbers: dict[tuple[str, Place], Any] = {}
    for at, new in edits.items():
        if isinstance(at, str):
            place = where[at]
        else:
            place = corner.row + 1 + PLACES.index(at[0]), corner.column + columns[at[1]]
        numbers["Inputs", place] = new
    # Dates are numbers in the engine.
    entered = {at: to_excel(new) if isinstance(new, date) else new
               for at, new in numbers.items()}  # fmt: skip
    values = live.values(entered)
    case = read_case(typed(built, numbers))[0]
    rows = [f"tables.facts.r{PLACES.index(each)}" for each in sorted(expected, key=PLACES.index)]
    assert list(evidence.contradictions(case)) == rows
    found = {each for each, text in findings(values, top).items() if text.startswith(WARNING)}
    assert found == expected
    warned = plausibility.warnings(value(case))
    line = str(values["Sources"][SUMMARY])
    assert line.endswith(f"; {len(warned)} warnings, see Checks and warnings")


@pytest.mark.parametrize(("chosen", "status"), [(None, CONFLICT), (1.0, TWICE)])
def test_facts_in_conflict_are_shown_and_refused(
    chosen: float | None, status: str, built: bytes, live: Live, first: Any
) -> None:
    book = looked_at(built)
    area = book["Inputs"][cells_of(book, "Facts")[1]]
    own, other = area[1][4], area[2][4]
    place = {("Inputs", (cell.row, cell.column)): chosen for cell in (own, other)}
    values = live.values(place)
    for row in (first[0], first[0] + 1):
        assert values["Sources"][row, STATUS] == status
        assert str(values["Sources"][row, FINDING]).startswith(WARNING)
    found, *_ = report(typed(built, place)).faults
    assert found.startswith("Inputs!")
    assert re.search(r": This row (or another|must be the only) read", found)


def test_a_second_source_is_counted_by_what_its_reading_says(live: Live, first: Any) -> None:
    """Cash is of the S-1 and of a broker, until the broker's figure is another."""
    sheet, (_, where) = live._package.sheets["Sources"], first
    row = next(row for row, column in sheet.cells if column == 3 and sheet.value((row, 3)) == CASH)

    def rests(values: Values) -> Any:
        return values["Sources"][row, RESTS]

    assert rests(live.base) == SEVERAL
    assert rests(live.values({("Inputs", where[CASH]): 650.0})) == ONE


def test_another_kind_needs_another_workbook(built: bytes, live: Live, first: Any) -> None:
    book = looked_at(built)
    row = book["Inputs"][cells_of(book, "Facts")[1]][1][0].row
    values = live.values({("Inputs", (row, 4)): "backlog"})
    assert findings(values, first[0])["cash"].endswith("build the workbook again")
