"""Do the five companies' workbooks hold, and does what is typed there count?

Oracles: the case file itself, counted; the names of the other companies; and the workbook with one
of its inputs moved by a tenth, in the headless engine.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator

import openpyxl
from calc_comparison import built, every_case
from live import Live, kept

from model.case.case import load
from model.case.file import names, text_of
from workbook.check.report import report
from workbook.hosts.headless import EvaluationError
from workbook.package.cells import Place, address
from workbook.status import STATUS
from workbook.template.sheets.about import QUALITIES

#: How many inputs of a workbook are tried at least, spread evenly over all of them; the first one
#: differs by company. Each input of the full case is moved elsewhere as well
#: (test_template_changes.py, test_further_sheets.py).
TRIED = 30
COMPANIES = {name: load(name) for name in names()}


def live(name: str) -> Live:
    """Return a company's workbook in the engine."""
    return kept(built(name))


def test_no_two_cases_are_of_one_company() -> None:
    assert set(COMPANIES) == {"cerebras", "coreweave", "nebius", "snowflake", "supermicro"}
    for what in ("name", "ticker"):
        assert len({getattr(case.company, what) for case in COMPANIES.values()}) == len(COMPANIES)


@every_case
def test_a_company_agrees_with_the_model_and_passes_every_check(name: str) -> None:
    found = report(built(name))
    assert found.faults == []
    for sheet, values in live(name).base.items():
        if STATUS in values:
            assert not str(values[STATUS]).startswith("FAIL"), sheet


@every_case
def test_the_front_page_counts_the_assumptions(name: str) -> None:
    stated = Counter(of.quality for of in COMPANIES[name].origins.values())
    about = openpyxl.load_workbook(io.BytesIO(built(name)), data_only=True)["About"]
    held = {row[0]: row[1] for row in about.iter_rows(values_only=True)}
    shown = {key: held[label] for key, label in QUALITIES.items() if label in held}
    assert shown == stated
    assert stated["assumption"] > 10


@every_case
def test_a_workbook_speaks_of_its_own_company(name: str) -> None:
    """Except as a peer, a customer or a lender: those stand in the case itself."""
    words = set(re.findall(r"\w+", " ".join(shown_texts(name))))
    stated = set(re.findall(r"\w+", text_of(name)))
    for other, case in COMPANIES.items():
        foreign = {case.company.ticker, case.company.name.split()[0]} - stated
        assert other == name or not foreign & words


def shown_texts(name: str) -> Iterator[str]:
    book = openpyxl.load_workbook(io.BytesIO(built(name)), data_only=True)
    for sheet in book:
        for row in sheet.iter_rows(values_only=True):
            yield from (value for value in row if isinstance(value, str))


def typed_numbers(name: str) -> list[tuple[str, Place, float]]:
    """Return the numbers that are typed on Inputs."""
    sheet = openpyxl.load_workbook(io.BytesIO(built(name)))["Inputs"]
    return [
        (sheet.title, (cell.row, cell.column), float(cell.value))
        for row in sheet.iter_rows()
        for cell in row
        if cell.style.startswith("input") and isinstance(cell.value, int | float) and cell.value
    ]


def moved(number: float) -> Iterator[float]:
    """Move a number by a tenth either way, and a small whole one, such as a month, by one."""
    step = 1.0 if number == int(number) and 1 < number < 100 else number / 10
    yield from (number + step, number - step)


@every_case
def test_each_input_moves_a_result(name: str) -> None:
    still = []
    numbers = typed_numbers(name)
    each = len(numbers) // TRIED
    numbers = numbers[sorted(COMPANIES).index(name) % each :: each]
    assert len(numbers) >= TRIED
    for sheet, at, number in numbers:
        if not any(has_effect(name, sheet, at, new) for new in moved(number)):
            still.append((address(*at), number))
    assert still == []


def has_effect(name: str, sheet: str, at: Place, new: float) -> bool:
    """Tell whether a number typed on Inputs changes anything on a sheet of results."""
    try:
        values = live(name).values({(sheet, at): new})
    except EvaluationError:  # It changes the size of a result, which is an effect as well.
        return True
    base = live(name).base
    return any(values[page] != base[page] for page in base if page not in ("Inputs", "Sources"))
