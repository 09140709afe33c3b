"""Is a case that lacks something a workbook without it, or refused in one sentence?

The oracle is the contract of a case: what a sheet needs and does not find is named by its path,
and a table that the case leaves out takes its section with it.
"""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

import pytest

from model.case.case import parse
from model.errors import InputError
from workbook import template

Tree = dict[str, Any]
TEXT = (resources.files("model") / "cases" / "cerebras.toml").read_text(encoding="utf-8")

#: Figures without which a table of the shipped case cannot be worked out.
NEEDED = (
    *("loan_principal", "loan_rate", "loan_first_instalment", "loan_instalments"),
    *("customer_recovery", "largest_unnamed", "plant_life", "sbc_convention"),
)


@pytest.fixture
def shipped() -> Tree:
    return tomllib.loads(TEXT)


@pytest.mark.parametrize("name", NEEDED)
def test_a_figure_that_a_sheet_needs_is_named(shipped: Tree, name: str) -> None:
    del shipped["scalars"][name]
    with pytest.raises(InputError, match=rf"^scalars\.{name} is missing, and .+\.$") as refused:
        template.write(parse(shipped))
    assert "\n" not in str(refused.value)


def test_a_misspelt_figure_that_a_sheet_needs_is_told_with_the_nearest(shipped: Tree) -> None:
    shipped["scalars"]["loan_principle"] = shipped["scalars"].pop("loan_principal")
    with pytest.raises(InputError, match=r"did you mean 'scalars\.loan_principle'"):
        template.write(parse(shipped))


@pytest.mark.parametrize("name", ["peers", "loan_capacity", "lock_up", "deliveries", "measures"])
def test_a_table_stands_alone(shipped: Tree, name: str) -> None:
    shipped["tables"] = {name: shipped["tables"][name]}
    assert template.write(parse(shipped))
