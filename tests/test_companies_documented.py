"""Does the documentation's table of the shipped companies say what the model says?

Run as a program, this file prints the rows.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from model.case.case import Case, load
from model.case.file import names
from model.case.moving import moves_value
from model.uncertainty.reverse import dcf_reverse
from model.uncertainty.scenarios import ALL
from model.uncertainty.target import dcf_target_price
from model.valuation import value

PAGE = Path(__file__).parents[1] / "docs" / "companies.md"


def assumptions(case: Case) -> tuple[int, int]:
    """Count the assumptions of a case, and those that move its value."""
    found = [path for path, of in case.origins.items() if of.quality == "assumption"]
    return len(found), sum(moves_value(case, path) for path in found)


def row(name: str) -> str:
    """Write a company's row of the table."""
    case = load(name)
    valued = value(case)
    revenue, contracted = valued.forecast.revenue[:2].sum(), valued.contracted_revenue[:2].sum()
    signed = [
        float(line.values) for line in valued.result.lines() if line.label.startswith("Contract ")
    ]
    gap = valued.funding.gap.sum() if valued.funding else 0.0
    cells = (
        case.company.name,
        f"{case.company.valuation_date.day:%-d %B %Y}",
        f"{case.share_price[1].number:,.2f}",
        f"{valued.value_per_share:,.2f}",
        f"{case.rpo.opening.amount.number:,.0f}" if case.rpo else "none",
        f"{sum(signed):,.0f}" if signed else "none",
        f"{contracted / revenue:.0%}",
        f"{gap:,.0f}",
        str(len(valued.warnings)),
        *map(str, assumptions(case)),
    )
    return f"| {' | '.join(cells)} |"


def answers(name: str) -> str:
    """Write a company's row of the table of answers."""
    case = load(name)
    valued = value(case)
    found, b = valued.scenarios, valued.business
    assert found is not None
    rows = zip(found.change, found.value, strict=True)
    worth = [f"{each:,.2f}" for change, each in rows if change == ALL]
    price = case.share_price[1].number

    def required(handle: str) -> str:
        if handle == "RPO conversion" and not case.contracted:
            return "no RPO"
        solved = dcf_reverse(b.drivers, b.securities, b.contracted, [price], handle, b.plant)
        number = float(solved.required[0])
        return f"{number:.1%}" if number == number else "none"

    target = dcf_target_price(
        valued.value_per_share, price, valued.cost_of_equity,
        value_after_raises=valued.raised.value_per_share[..., -1] if valued.raised else None,
    )  # fmt: skip
    cells = (
        case.company.name, *worth, f"{float(found.weighted):,.2f}",
        *map(required, ("growth", "margin", "cost of capital", "RPO conversion")),
        f"{float(target.target_price):,.2f}", f"{float(target.expected_return):+.0%}",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


@pytest.mark.parametrize("write", [row, answers])
@pytest.mark.parametrize("name", names())
def test_a_companys_row_is_that_of_the_model(name: str, write: Callable[[str], str]) -> None:
    assert write(name) in PAGE.read_text(encoding="utf-8").splitlines()


if __name__ == "__main__":
    print(*map(row, names()), *map(answers, names()), sep="\n")
