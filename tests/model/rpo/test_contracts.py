"""Do contracts become what they say, with delay, probability, default, recovery and renewal?

Oracles: an account kept month by month in plain loops, with the triangles of `front` and `back`
cut out by geometry; the closed sum of a geometric series for a flat contract under a constant
default intensity; and the invariants of a schedule of contracts, such as that a delay moves
revenue and loses none.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import InputError
from model.rpo import contracts
from model.rpo.contracts import Contracts

unit = st.floats(0, 1)


@st.composite
def contract(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "customer": draw(st.sampled_from(["Atlas", "Borealis", "Cygnus"])),
        "value": draw(st.floats(0, 1e4)),
        "start": draw(st.integers(1, 48)),
        "term": draw(st.integers(1, 60)),
        "shape": draw(st.sampled_from(["flat", "front", "back"])),
        "delay": draw(st.integers(0, 24)),
        "probability": draw(unit),
        "intensity": draw(st.floats(0, 1)),
        "recovery": draw(unit),
        "renewal": draw(st.sampled_from([0.0, 0.5, 1.0])),
        "renewal_term": draw(st.integers(1, 48)),
    }


books = st.lists(contract(), min_size=1, max_size=4)


def made(rows: list[dict[str, Any]]) -> Contracts:
    columns = {name: [r[name] for r in rows] for name in rows[0]}
    return Contracts(
        columns.pop("customer"), columns.pop("value"), columns.pop("start"), columns.pop("term"),
        **columns,
    )  # fmt: skip


def triangle(shape: str, a: float, b: float) -> float:
    """Area from a to b of a line over 0 to 1 that has the area 1."""
    heights = {"flat": (1.0, 1.0), "front": (2 - 2 * a, 2 - 2 * b), "back": (2 * a, 2 * b)}[shape]
    return (b - a) * sum(heights) / 2


def account(row: dict[str, Any], month: int) -> tuple[float, float, float]:
    """Contracted, expected and renewed amounts of one contract in one month."""
    begin = row["start"] + row["delay"]
    end = begin + row["term"]
    survival = math.exp(-row["intensity"] * (month - 0.5) / 12)
    due = renewed = 0.0
    if begin <= month < end:
        a, b = ((month - begin + i) / row["term"] for i in (0, 1))
        due = row["value"] * triangle(row["shape"], a, b)
    elif end <= month < end + row["renewal_term"]:
        renewed = row["value"] / row["term"] * row["renewal"]
    expected = due * row["probability"] * (survival + (1 - survival) * row["recovery"])
    return due, expected, renewed * row["probability"] * survival


@given(books, st.integers(1, 24))
def test_periods_are_the_months_of_a_plain_account(rows: list[dict[str, Any]], period: int) -> None:
    book = made(rows)
    found = contracts.rpo_contracts(book, period)
    begin = 0
    for i, end in enumerate(found.to_month):
        for j, name in enumerate(book.customers):
            theirs = [r for r in rows if r["customer"] == name]
            months = range(begin + 1, int(end) + 1)
            totals = np.sum([account(r, m) for r in theirs for m in months], axis=0)
            for line, total in zip(
                (found.contracted, found.expected, found.renewals_by_customer), totals, strict=True
            ):
                assert line[j, i] == pytest.approx(total, rel=1e-9, abs=1e-7)
        begin = int(end)


@given(books, st.integers(1, 24))
def test_what_is_contracted_is_recognised(rows: list[dict[str, Any]], period: int) -> None:
    found = contracts.rpo_contracts(made(rows), period)
    total = sum(r["value"] for r in rows)
    assert found.contracted.sum() == pytest.approx(total, rel=1e-12, abs=1e-12)
    assert (found.contracted >= -1e-9).all()
    assert (found.expected <= found.contracted + 1e-9).all()


@given(st.integers(1, 120), st.floats(0, 2), st.floats(0, 1))
def test_default_of_a_flat_contract_is_a_geometric_series(
    term: int, intensity: float, recovery: float
) -> None:
    book = Contracts(["A"], [100.0], [1], [term], intensity=intensity, recovery=recovery)
    monthly = intensity / 12
    ratio = math.expm1(-monthly * term) / math.expm1(-monthly) if monthly > 1e-300 else term
    survived = math.exp(-monthly / 2) * ratio
    expected = 100.0 / term * (survived + recovery * (term - survived))
    assert contracts.rpo_contracts(book, 12).expected.sum() == pytest.approx(expected, rel=1e-9)


@given(books, st.integers(0, 36))
def test_a_delay_moves_revenue_and_loses_none(rows: list[dict[str, Any]], delay: int) -> None:
    on_time = contracts.rpo_contracts(made(rows), 1, 240).contracted
    late = contracts.rpo_contracts(made([r | {"delay": r["delay"] + delay} for r in rows]), 1, 240)
    np.testing.assert_allclose(late.contracted[:, delay:], on_time[:, : 240 - delay], atol=1e-8)
    assert not late.contracted[:, :delay].any()


def test_full_recovery_is_no_default_and_no_chance_is_no_revenue() -> None:
    row = {"customer": ["A"], "value": [100.0], "start": [1], "term": [36]}
    sure = contracts.rpo_contracts(Contracts(**row), 3)
    saved = contracts.rpo_contracts(Contracts(**row, intensity=0.5, recovery=1.0), 3)
    np.testing.assert_allclose(saved.expected, sure.contracted)
    assert not contracts.rpo_contracts(Contracts(**row, probability=0.0), 3).expected.any()


def test_a_renewal_is_no_part_of_the_contract() -> None:
    book = Contracts(["A"], [120.0], [1], [12], renewal=0.5, renewal_term=24)
    found = contracts.rpo_contracts(book, 12)
    assert found.contracted.tolist() == [[120.0, 0.0, 0.0]]
    np.testing.assert_allclose(found.renewals_by_customer, [[0.0, 60.0, 60.0]])
    # Without a term of its own it lasts as long as the contract did.
    again = contracts.rpo_contracts(Contracts(["A"], [120.0], [1], [12], renewal=1.0), 12)
    np.testing.assert_allclose(again.renewals_by_customer, [[0.0, 120.0]])


def test_customers_keep_the_order_of_their_first_contracts() -> None:
    book = Contracts(["B", "A", "B"], [1.0, 2.0, 4.0], 1, 12)
    assert book.customers == ("B", "A")
    assert contracts.rpo_contracts(book, 12).contracted.tolist() == [[5.0], [2.0]]


def test_a_customer_in_another_case_is_the_same_customer() -> None:
    book = Contracts(["Atlas", "Borealis", "ATLAS"], [1.0, 2.0, 4.0], 1, 12)
    assert book.customers == ("Atlas", "Borealis")
    found = contracts.rpo_concentration(book, 12)
    # 5 and 2 of 7, not 1, 2 and 4 of 7.
    assert found.top_contracted == pytest.approx(5 / 7)
    assert found.hhi_contracted == pytest.approx(10_000 * (25 + 4) / 49)


def test_scenarios_are_done_at_once() -> None:
    delay = np.array([[0.0, 6.0], [3.0, 0.0], [12.0, 12.0]])
    risk = np.array([[0.0], [0.05], [0.2]])
    row: dict[str, Any] = {"customer": ["A", "B"], "value": [100.0, 50.0], "start": [1, 13]}
    together = contracts.rpo_contracts(
        Contracts(**row, term=[24, 36], shape=["front", "flat"], delay=delay, intensity=risk), 3
    )
    for i in range(3):
        alone = contracts.rpo_contracts(
            Contracts(
                **row, term=[24, 36], shape=["front", "flat"], delay=delay[i], intensity=risk[i]
            ),
            3,
            60,
        )
        np.testing.assert_allclose(together.expected[i], alone.expected, rtol=1e-13)


def test_extremes() -> None:
    month = contracts.rpo_contracts(Contracts(["A"], [7.0], [1], [1]), 3)
    assert month.contracted.tolist() == [[7.0]]
    many = Contracts([f"C{i}" for i in range(10_000)], 1.0, 1, 12)
    assert contracts.rpo_contracts(many, 3).contracted.sum(0) == pytest.approx([2500.0] * 4)
    long = contracts.rpo_contracts(Contracts(["A"], [600.0], [1], [600]), 1)
    np.testing.assert_allclose(long.contracted, np.ones((1, 600)), rtol=1e-9)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"start": [0]}, "contracts Start must be at least 1"),
    ({"start": [1.5]}, "contracts Start must be a whole number"),
    ({"term": [0]}, "contracts Term must be above 0"),
    ({"term": [0.5]}, "contracts Term must be a whole number"),
    ({"renewal_term": [6.5]}, "contracts Renewal term must be a whole number"),
    ({"value": [-1.0]}, "contracts Value must be at least 0"),
    ({"probability": 1.5}, "contracts Probability must be from 0 to 1"),
    ({"recovery": -0.1}, "contracts Recovery must be from 0 to 1"),
    ({"shape": ["ramp"]}, "contracts Shape must be one of 'flat', 'front', 'back'"),
    ({"term": [20_000]}, "contracts must end by month 12000"),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED)
def test_contracts_that_are_refused(changes: dict[str, Any], message: str) -> None:
    base: dict[str, Any] = {"customer": ["A"], "value": [1.0], "start": [1], "term": [12]}
    with pytest.raises(InputError, match=f"^{message}"):
        Contracts(**(base | changes))


def test_a_book_cannot_be_changed() -> None:
    book = Contracts(["A"], [1.0], [1], [12])
    assert replace(book, value=np.array([2.0])).value == [2.0]
    with pytest.raises(AttributeError):
        book.value = np.array([2.0])
