"""Do the five companies' workbooks hold, and does what is typed there count?

Oracles: the case file itself, counted; the names of the other companies; and the workbook with one
of its inputs moved by a tenth, in the headless engine.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping

import openpyxl
from calc_comparison import built, every_case
from live import Live, kept

from model.case import facts
from model.case.case import load
from model.case.file import names, text_of
from workbook.check.report import report
from workbook.hosts.headless import EvaluationError
from workbook.package.cells import Place
from workbook.status import STATUS
from workbook.template.sheets.dashboard.about import QUALITIES

#: How many inputs of a workbook are tried at least, spread evenly over all of them; the first one
#: differs by company. Each input of the full case is moved elsewhere as well
#: (test_template_changes.py, test_further_sheets.py).
TRIED = 30
#: The numbers of one input, by the cells of Inputs.
Input = Mapping[Place, float]
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
    front = openpyxl.load_workbook(io.BytesIO(built(name)), data_only=True)["Dashboard"]
    held = {row[0]: row[1] for row in front.iter_rows(values_only=True)}
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


def inputs(name: str) -> Iterator[Input]:
    """Yield the numbers typed on Inputs: a path by year together, each cell of a table alone.

    A fact with which nothing is compared is for the reader.
    """
    alone = {
        of[0].fact
        for of in facts.groups(COMPANIES[name]).values()
        if len(of) == 1 and not of[0].input
    }
    for row in openpyxl.load_workbook(io.BytesIO(built(name)))["Inputs"].iter_rows():
        typed = {
            (cell.row, cell.column): float(cell.value)
            for cell in row
            if cell.style.startswith("input") and isinstance(cell.value, int | float) and cell.value
        }
        if row[2].value in alone:
            continue
        if row[0].value and typed:  # A figure has its unit in the first column.
            yield typed
        else:
            yield from ({at: number} for at, number in typed.items())


def steps(of: Input) -> Iterator[Input]:
    """Move an input by a tenth or, if it is a small whole number such as a month, by one.

    One that says where something begins, such as the least cash, may be far from it: it is moved
    tenfold. What is a tenth above what is possible is refused, which is an effect.
    """
    (first, *_) = of.values()
    if len(of) == 1 and first == int(first) and 1 < first < 100:
        yield from ({at: number + step for at, number in of.items()} for step in (1, -1))
    for factor in (1.1, 0.9, 10):
        yield {at: number * factor for at, number in of.items()}


@every_case
def test_each_input_moves_a_result(name: str) -> None:
    found = [*inputs(name)]
    each = len(found) // TRIED
    tried = found[sorted(COMPANIES).index(name) % each :: each]
    assert len(tried) >= TRIED
    still = [of for of in tried if not any(has_effect(name, new) for new in steps(of))]
    assert still == []


def has_effect(name: str, typed: Input) -> bool:
    """Tell whether numbers typed on Inputs change anything on a sheet of results."""
    try:
        values = live(name).values({("Inputs", at): number for at, number in typed.items()})
    except EvaluationError:  # It changes the size of a result, which is an effect as well.
        return True
    base, shown = live(name).base, {*typed.values()}
    # Sources shows what is typed, and of a fact how far it is from the others.
    return any(
        value != base[page].get(at) and not (page == "Sources" and value in shown)
        for page in base
        if page != "Inputs"
        for at, value in values[page].items()
    )
