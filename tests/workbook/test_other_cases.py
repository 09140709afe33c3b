"""Is a case that lacks something a workbook without it, or refused in one sentence?

The oracle is the contract of a case: what a sheet needs and does not find is named by its path,
and a table that the case leaves out takes its section with it.
"""

from __future__ import annotations

import pytest
from cases import shipped

from model.case.case import parse
from model.errors import InputError
from workbook import template

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
