"""Does every input refuse wrong entries, and accept those of the shipped cases and drivers?

Oracles: the drivers' own bounds, which the model refuses to leave; the values of every shipped
case; and Calc, which reads the rules of the file as its own.
"""

from __future__ import annotations

import io
import math
from datetime import date
from typing import Any

import openpyxl
import pytest
from calc_comparison import built, every_case
from cases import simple
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet.datavalidation import DataValidation

from model.case import declared
from model.case.case import parse
from model.case.values import driver_field
from model.dcf.drivers import DRIVERS
from model.dilution.securities import Securities
from model.errors import InputError
from model.fields import Field
from workbook import template
from workbook.package.cells import cells
from workbook.template import entries
from workbook.template.entries import Entry

BY_UNIT = {unit: entries.of(Field(unit, unit)) for unit in declared.WITHIN}
NAME = entries.of(Securities.declared["name"])
DAY = entries.of(declared.BALANCE["date"])
RATE = entries.of(declared.COST_OF_CAPITAL["risk_free"])
SHARE, MONTH, PRICE = (
    entries.of(field)
    for field in (declared.SHARES["share"], declared.MONTH, declared.FURTHER_PRICE)
)


def accepts(rule: DataValidation, value: Any) -> bool:
    """Apply a rule as its definition says (ECMA-376 part 1, 18.3.1.32)."""
    if value is None:
        return bool(rule.allow_blank)
    if rule.type == "list":
        return value in rule.formula1.strip('"').split(",")
    if rule.type == "textLength":
        return float(rule.formula1) <= len(str(value)) <= float(rule.formula2)
    if isinstance(value, date):
        value = to_excel(value)
    if isinstance(value, str | bool) or (rule.type == "whole" and value != int(value)):
        return False
    return float(rule.formula1) <= value <= float(rule.formula2)


@every_case
def test_every_value_of_a_case_is_one_that_its_cell_accepts(name: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(built(name)))
    refused = []
    for sheet in book:
        for rule in sheet.data_validations.dataValidation:
            for ref in str(rule.sqref).split():
                for at in cells(ref):
                    held = sheet.cell(*at)
                    if held.data_type != "f" and not accepts(rule, held.value):
                        refused.append(f"{sheet.title}!{held.coordinate}: {held.value!r}")
    assert refused == []


@pytest.mark.parametrize("name", [n for n, d in DRIVERS.items() if n != "years" and not d.choices])
def test_a_driver_is_refused_outside_its_own_bounds(name: str) -> None:
    driver = DRIVERS[name]
    rule = entries.of(driver_field(name), blank=True).validation(["A1"])
    for bound, outwards in ((driver.low, -math.inf), (driver.high, math.inf)):
        if math.isfinite(bound):
            assert accepts(rule, bound)
            beyond = (
                bound + math.copysign(1, outwards)
                if driver.kind == "whole"
                else bound * (1 + math.copysign(1e-9, bound * outwards))
                or math.copysign(1e-9, outwards)
            )
            assert not accepts(rule, beyond)
    assert not accepts(rule, "9%")


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        (BY_UNIT["USD m"], 24.6e9),  # Dollars where millions are meant.
        (BY_UNIT["m shares"], 213_000_000),  # Shares where millions are meant.
        (BY_UNIT["m shares"], -1),
        (BY_UNIT["fraction"], 20),
        (RATE, 9),
        (SHARE, 1.01),
        (PRICE, -185),
        (MONTH, 0),
        (MONTH, 1.5),
        (DAY, date(1900, 1, 1)),
        (DAY, "soon"),
        (NAME, "x" * 256),
        (NAME, None),
        (entries.of(Securities.declared["kind"]), "ordinary"),
    ],
)
def test_what_is_refused(entry: Entry, value: Any) -> None:
    assert not accepts(entry.validation(["A1"]), value)


@pytest.mark.parametrize("entry", [*BY_UNIT.values(), RATE, SHARE, MONTH, NAME, DAY])
def test_a_rule_refuses_and_says_what_is_accepted(entry: Entry) -> None:
    rule = entry.validation(["A1", "B2"])
    assert rule.showErrorMessage and rule.showInputMessage and rule.errorStyle == "stop"
    assert rule.errorTitle and rule.promptTitle
    assert rule.error and rule.error.startswith("Type ") and rule.error.endswith(".")
    assert str(rule.sqref) == "A1 B2"


def test_long_meanings_are_cut_to_what_excel_takes() -> None:
    entry = Entry("decimal", "t" * 40, 0, 1, "m" * 400)
    rule = entry.validation(["A1"])
    assert rule.promptTitle is not None and len(rule.promptTitle) == entries.TITLE_LENGTH
    assert rule.prompt is not None and len(rule.prompt) == entries.MESSAGE_LENGTH


BEYOND = {
    "scalars.loan_rate": (50.0, "from -1 to 1"),
    "scalars.eps_shares": (-1.0, "above 0 and at most 1000000"),
    "offer.price": (2e7, "above 0 and at most 10000000"),
    "rpo.opening.amount": (24.6e9, "from 0 to 10000000"),
    "cost_of_capital.risk_free": (4.4, "from -1 to 1"),
    "rpo.later.june_2026.date": (date(2200, 1, 1), "a date from 1990-01-01"),
}


@pytest.mark.parametrize("path", BEYOND)
def test_a_value_of_a_case_that_its_cell_would_refuse_is_refused_by_its_path(path: str) -> None:
    tree = simple()
    beyond, expected = BEYOND[path]
    node: Any = tree
    for step in path.split("."):
        node = node[step]
    node["value"] = beyond
    tree["totals"] = {}
    with pytest.raises(InputError) as refused:
        parse(tree)
    assert str(refused.value).startswith(f"{path} must be {expected}")


def test_a_cell_of_a_table_is_refused_by_its_row_and_header() -> None:
    tree = simple()
    tree["tables"]["peers"]["nvidia"]["growth"] = 85.2
    with pytest.raises(InputError, match=r"^tables\.peers\.nvidia\.growth must be .*0\.852"):
        parse(tree)


def test_more_contracts_than_colours_are_drawn() -> None:
    tree = simple()
    rows = tree["tables"]["customer_contracts"]
    rows |= {f"more_{i}": rows["first"] | {"customer": f"More {i}"} for i in range(8)}
    tree["totals"] = {}
    assert template.write(parse(tree))
