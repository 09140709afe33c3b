"""Does the documentation's table of what a price requires say what the model says?"""

from __future__ import annotations

from pathlib import Path

import pytest

from model.case.case import load
from model.uncertainty.reverse import dcf_reverse
from model.valuation import Valuation, value

PAGE = Path(__file__).parents[1] / "docs" / "reverse.md"
HANDLES = (
    "growth", "margin", "cost of capital", "exit multiple", "net retention", "RPO conversion",
)  # fmt: skip
PRICES = (115.0, 125.0, 185.0, 311.07, 350.0)


@pytest.fixture(scope="module")
def cerebras() -> Valuation:
    return value(load("cerebras"))


def row(made: Valuation, name: str) -> str:
    """Write a handle's row of the table: what the case has, and what each price requires."""
    b = made.business
    found = dcf_reverse(
        b.drivers, b.securities, b.contracted, [made.value_per_share, *PRICES], name, b.plant
    )
    form = "{:.1f}" if found.handle.unit == "ratio" else "{:.1%}"
    own, *numbers = [
        form.format(number) if number == number else "none" for number in found.required
    ]
    reach = f"{found.lowest[0]:,.0f} to {found.highest[0]:,.0f}"
    return f"| {' | '.join([found.handle.meaning, own, *numbers, reach])} |"


@pytest.mark.parametrize("name", HANDLES)
def test_what_a_price_requires_is_what_the_model_says(name: str, cerebras: Valuation) -> None:
    assert row(cerebras, name) in PAGE.read_text(encoding="utf-8").splitlines()
