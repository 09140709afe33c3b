"""Do the five companies' workbooks hold, and is each of its own company?

Oracles: the case file itself, counted; and the names of the other companies. That what is typed
counts is tested in `test_every_input.py`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

from calc_comparison import built, every_case
from live import Live, kept

from model.case.case import load
from model.case.file import names, text_of
from workbook.check.report import report
from workbook.package.package import Package
from workbook.status import STATUS
from workbook.template.sheets.dashboard.about import QUALITIES

COMPANIES = {name: load(name) for name in names()}


def live(name: str) -> Live:
    """Return a company's workbook in the engine."""
    return kept(built(name))


@cache
def opened(name: str) -> Package:
    return Package.opened(built(name))


def test_no_two_cases_are_of_one_company() -> None:
    assert set(COMPANIES) == {"cerebras", "coreweave", "nebius", "snowflake", "supermicro"}
    for what in ("name", "ticker"):
        assert len({getattr(case.company, what) for case in COMPANIES.values()}) == len(COMPANIES)


@every_case
def test_a_company_agrees_with_the_model_and_passes_every_check(name: str) -> None:
    found = report(opened(name))
    assert found.faults == []
    for sheet, values in live(name).base.items():
        if STATUS in values:
            assert not str(values[STATUS]).startswith("FAIL"), sheet


@every_case
def test_the_front_page_counts_the_assumptions(name: str) -> None:
    stated = Counter(of.quality for of in COMPANIES[name].origins.values())
    front = opened(name).sheets["Dashboard"]
    held = {
        front.value((row, 1)): front.value((row, 2)) for row, column in front.cells if column == 1
    }
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
    for sheet in opened(name).sheets.values():
        yield from (text for at in sheet.cells if isinstance(text := sheet.value(at), str))
