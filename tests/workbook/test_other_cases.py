"""Is a case that lacks something a workbook without it, or refused in one sentence?

The oracle is the contract of a case: what a sheet needs and does not find is named by its path,
and a table that the case leaves out takes its section with it.
"""

from __future__ import annotations

import io
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import openpyxl
import pytest
from cases import shipped

from model.case.case import Case, parse
from model.case.starter import starter
from model.errors import InputError
from workbook import template
from workbook.check.reader import read_case
from workbook.check.report import report

#: Figures without which a table of the shipped case cannot be worked out.
NEEDED = (
    *("loan_principal", "loan_rate", "loan_first_instalment", "loan_instalments"),
    *("customer_recovery", "largest_unnamed", "plant_life", "sbc_convention"),
)


@pytest.mark.parametrize("name", NEEDED)
def test_a_figure_that_a_sheet_needs_is_named(name: str) -> None:
    tree = shipped()
    del tree["scalars"][name]
    with pytest.raises(InputError, match=rf"^scalars\.{name} is missing, and .+\.$") as refused:
        template.write(parse(tree))
    assert "\n" not in str(refused.value)


def test_a_misspelt_figure_that_a_sheet_needs_is_told_with_the_nearest() -> None:
    tree = shipped()
    tree["scalars"]["loan_principle"] = tree["scalars"].pop("loan_principal")
    with pytest.raises(InputError, match=r"did you mean 'loan_principal'"):
        parse(tree)


@pytest.mark.parametrize("name", ["peers", "loan_capacity", "lock_up", "deliveries", "measures"])
def test_a_table_stands_alone(name: str) -> None:
    tree = shipped()
    tree["tables"] = {key: tree["tables"][key] for key in ("company", name)}
    assert template.write(parse(tree))


# Other companies ---------------------------------------------------------------------------------


def core(**changes: Any) -> Case:
    """Return the shipped case without its further sheets, and with other sections."""
    tree = shipped()
    for name in ("tables", "scalars", "totals"):
        del tree[name]
    return parse({k: v for k, v in (tree | changes).items() if v is not None})


def listed() -> Case:
    price = shipped()["offer"]["price"]
    del price["label"]
    return core(offer=None, price={"company": "CBRS", "share": price})


def unshared() -> Case:
    """Return a case of which a band leaves its share to what is left."""
    tree = shipped()
    del tree["rpo"]["conversion"]["thereafter"]["share"]
    return core(rpo=tree["rpo"])


CASES: dict[str, Callable[[], Case]] = {
    "without contracts": lambda: core(rpo=None),
    "listed": listed,
    "a band without a share": unshared,
    "listed, without contracts": lambda: replace(listed(), rpo=None),
    "a new one": lambda: parse(tomllib.loads(starter("acme", date(2026, 5, 13)))),
}


@pytest.mark.parametrize("name", CASES)
def test_another_company_is_built_agrees_and_comes_back(name: str) -> None:
    case = CASES[name]()
    package = template.build(case)
    assert report(package).faults == []
    assert read_case(package)[0] == case
    titles = openpyxl.load_workbook(io.BytesIO(package)).sheetnames
    assert ("RPO" in titles) == (case.rpo is not None)


def test_a_listed_company_has_no_offer_price() -> None:
    book = openpyxl.load_workbook(io.BytesIO(template.write(listed())))
    texts = [str(c.value) for page in book for row in page.iter_rows() for c in row if c.value]
    assert any(text == "Share price" for text in texts)
    assert not [text for text in texts if "offer price" in text.lower() and len(text) < 90]


def test_a_case_says_what_is_doubtful_in_it() -> None:
    case = CASES["a new one"]()
    about = openpyxl.load_workbook(io.BytesIO(template.write(case)))["About"]
    texts = [row[0].value for row in about.iter_rows()]
    assert case.warnings and all(sentence in texts for sentence in case.warnings)
    assert not [text for text in texts if text in core().company.limits]
