"""Which share count lies behind a headline, and does one explain 100 billion?

Oracle: the facts behind Cerebras's offer of May 2026, from its filings and the press: 212,965,381
shares on the first terms, 215,228,541 on the final ones, and the 305 million diluted shares behind
56.4 billion at 185, 48.8 at 160 and 106.75 at 350. For other companies, the division by hand.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.case.case import load
from model.dilution.headlines import Counts, Headlines, Reconciliation, headline_reconciliation
from model.dilution.securities import Securities
from model.dilution.shares import LADDER
from model.errors import InputError

FIRST_TERMS, PRESS = "First terms", "Press, diluted"
KNOWN = ((FIRST_TERMS, PRESS), (212.965381, 305.0))


def reconcile(
    value: Any, price: Any, holders: Securities, names: Any = (), counts: Any = (), *rest: float
) -> Reconciliation:
    """Reconcile unnamed headlines, each at its own price."""
    known = Counts(names, counts) if names else None
    quoted = Headlines(["quoted"] * len(value), value, price)
    return headline_reconciliation(quoted, 1.0, holders, known, *rest)


#: Billions, their price, and the actual count behind them.
FACTS: list[tuple[float, float, str]] = [
    (25.6, 120.0, FIRST_TERMS),
    (26.6, 125.0, FIRST_TERMS),
    (33.4, 155.0, "basic"),
    (39.8, 185.0, "basic"),
    (40.0, 185.0, "basic"),
    (48.8, 160.0, PRESS),
    # 270.3 million; the market value tranche is not met at 39.8 billion, which leaves 268.8.
    (50.0, 185.0, "gross"),
    (56.4, 185.0, PRESS),
    (66.95, 311.07, "basic"),
    (95.0, 311.07, PRESS),
    (106.75, 350.0, PRESS),
]


@pytest.mark.parametrize(("billions", "price", "behind"), FACTS)
def test_the_count_behind_a_headline(billions: float, price: float, behind: str) -> None:
    found = reconcile([billions * 1000], [price], load("cerebras").dilution, *KNOWN)
    assert found.explained[0]
    assert found.nearest[0] == behind
    assert found.finding[0].startswith(behind)


def test_33_billion_is_too_round_to_tell_the_first_terms_from_the_final_ones() -> None:
    found = reconcile([33_000.0], [155.0], load("cerebras").dilution, *KNOWN)
    assert found.finding[0] == f"{FIRST_TERMS}; also close: basic"


def test_100_billion_is_neither_basic_nor_diluted_at_the_close() -> None:
    found = reconcile([100_000.0], [311.07], load("cerebras").dilution, *KNOWN)
    assert not found.explained[0]
    said = f"neither basic nor diluted at 311.07: 5.4% above the nearest, {PRESS}"
    assert found.finding[0] == said
    # 321 million shares, or a price of 328.
    assert float(found.implied_shares[0]) == pytest.approx(321.5, abs=0.05)
    assert float(found.fitting_price[0]) == pytest.approx(328, abs=0.5)


values, prices = st.floats(1, 1e6), st.floats(0.1, 1000)
counts = st.floats(1, 1000)


@given(st.lists(st.tuples(values, prices), min_size=1, max_size=5), counts, counts,
       st.floats(0, 100), st.lists(counts, max_size=3), st.floats(0, 0.5))  # fmt: skip
def test_nearest_by_hand(
    quoted: list[tuple[float, float]],
    common: float,
    options: float,
    strike: float,
    others: list[float],
    tolerance: float,
) -> None:
    holders = Securities(["a", "b"], ["common", "option"], [common, options], [0.0, strike])
    value, price = zip(*quoted, strict=True)
    names = [f"other {i}" for i in range(len(others))]
    found = reconcile(value, price, holders, names, others, tolerance)
    known = (*LADDER, *names)
    for i, (v, p) in enumerate(quoted):
        net = options * max(1 - strike / p, 0)
        each = [common, common + net, common + options, *others]
        gaps = [abs(v / p / n - 1) for n in each]
        assert float(found.gap[i]) == pytest.approx(
            v / p / each[known.index(found.nearest[i])] - 1, rel=1e-9, abs=1e-12
        )
        assert abs(float(found.gap[i])) == pytest.approx(min(gaps), rel=1e-9, abs=1e-12)
        assert found.explained[i] == (abs(found.gap[i]) <= tolerance)
        # The gap in shares is worth the gap in value, and closing it gives the headline.
        assert float(found.gap_value[i]) == pytest.approx(
            float(found.gap_shares[i]) * p, rel=1e-9, abs=1e-9 * v
        )
        assert float(found.nearest_shares[i] * found.fitting_price[i]) == pytest.approx(v)


def test_a_headline_without_a_price_takes_that_of_the_call() -> None:
    holders = Securities(["Common"], ["common"], [200.0])
    quoted = Headlines(["a", "b"], [37_000.0, 40_000.0], [None, 200.0])
    found = headline_reconciliation(quoted, 185.0, holders)
    assert found.implied_shares.tolist() == [200.0, 200.0]
    assert found.finding == ("basic", "basic")


def test_what_a_wider_tolerance_lets_pass() -> None:
    holders = load("cerebras").dilution
    for tolerance, explained in ((0.05, False), (0.06, True)):
        found = reconcile([100_000.0], [311.07], holders, *KNOWN, tolerance)
        assert found.explained[0] == explained


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (([0.0], [185.0]), "headlines Value"),
        (([-1.0], [185.0]), "headlines Value"),
        (([1.0], [0.0]), "headlines Price"),
        (([1.0], [185.0], ["x"], [0.0]), "counts Shares"),
        (([1.0], [185.0], [], [], -0.1), "tolerance"),
        (([1.0], [185.0], [], [], 2.0), "tolerance"),
    ],
)
def test_what_is_refused(arguments: Any, named: str) -> None:
    value, price, *rest = arguments
    holders = Securities(["Common"], ["common"], [200.0])
    with pytest.raises(InputError, match=f"^{named} "):
        reconcile(value, price, holders, *rest)
