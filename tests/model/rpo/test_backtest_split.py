"""Is revenue after a filing split rightly, and are the errors of the shapes those of the split?

Oracles: months written out one by one, with a cohort for each period's contracts; companies whose
cohorts are known, which the limits of the old balance must enclose; schedules that were kept; and
that a period's own revenue cannot change what is predicted of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import InputError
from model.rpo.backtest import rpo_backtest
from model.rpo.backtest_split import (
    BacktestShapes,
    rpo_backtest_shapes,
    rpo_backtest_split,
)
from model.rpo.contracts import Contracts
from model.rpo.filings import DatedBands, Filings

QUARTERS = [date(2025, 12, 31), date(2026, 3, 31), date(2026, 6, 30), date(2026, 9, 30),
            date(2026, 12, 31)]  # fmt: skip
amounts = st.floats(1.0, 1e4)


def disclosed(days: Sequence[date], shares: Sequence[float], apart: int = 12) -> DatedBands:
    """Two bands of some months each at every day, of which the first has a share."""
    return DatedBands(
        [day for day in days for _ in range(2)],
        [1, apart + 1] * len(days),
        [apart, 2 * apart] * len(days),
        share=[part for share in shares for part in (share, 1.0 - share)],
    )


def by_cohort(
    balances: Sequence[float],
    revenue: Sequence[float],
    outside: Sequence[float],
    share: dict[int, float],
) -> tuple[list[float], list[float]]:
    """Write out the months, three to a period, of two flat bands of 12 months.

    Returns what the old balance and what later contracts bring in each period. `share` is that of
    the first band, by the place of the filing that discloses it.
    """

    def in_month(place: int, month: int) -> float:
        part = share[place]
        return part / 12 if month <= 12 else (1 - part) / 12 if month <= 24 else 0.0

    old, new = [], []
    for period in range(1, len(balances)):
        months = range(3 * period - 2, 3 * period + 1)
        old.append(sum(balances[0] * in_month(0, m) for m in months))
        since = 0.0
        for signed in range(1, period):
            booked = balances[signed] - balances[signed - 1] + revenue[signed] - outside[signed]
            newest = max(place for place in share if place <= signed)
            since += sum(booked * in_month(newest, m - 3 * signed) for m in months)
        new.append(since)
    return old, new


@given(
    st.lists(amounts, min_size=5, max_size=5),
    st.lists(amounts, min_size=4, max_size=4),
    st.lists(st.floats(0, 1), min_size=4, max_size=4),
    st.lists(st.floats(0.01, 1), min_size=3, max_size=3),
    st.sets(st.integers(1, 4), max_size=2),
)
def test_month_by_month(
    balances: list[float], revenue: list[float], part: list[float], shares: list[float],
    later: set[int],
) -> None:  # fmt: skip
    outside = [r * p for r, p in zip(revenue, part, strict=True)]
    places = [0, *sorted(later)]
    share = dict(zip(places, shares, strict=False))
    filings = Filings(QUARTERS, balances, [None, *revenue], outside=[None, *outside])
    bands = disclosed([QUARTERS[i] for i in places], [share[i] for i in places])
    found = rpo_backtest_split(filings, bands, "flat")
    old, new = by_cohort(balances, [0.0, *revenue], [0.0, *outside], share)
    assert found.scheduled == pytest.approx(old, rel=1e-9, abs=1e-9)
    assert found.new == pytest.approx(new, rel=1e-9, abs=1e-6)
    parts = [a + b + c for a, b, c in zip(old, new, outside, strict=True)]
    assert found.predicted == pytest.approx(parts, rel=1e-9, abs=1e-6)
    assert found.residual == pytest.approx(np.array(revenue) - parts, rel=1e-9, abs=1e-6)
    error = [p / r - 1 for p, r in zip(parts, revenue, strict=True)]
    assert found.error == pytest.approx(error, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("shape", ["flat", "smooth", "anchored"])
@pytest.mark.parametrize("month", [0, 3, 6])
def test_a_schedule_that_was_kept_has_no_error(shape: str, month: int) -> None:
    """With no contracts since and nothing outside, what is predicted is the schedule."""
    flat = np.full(24, 50.0)
    reached = np.concatenate([[0.0], flat.cumsum()])
    balances = 1200 - reached[[0, 3, 6, 9, 12]]
    filings = Filings(QUARTERS, balances, [None, *[150.0] * 4], outside=[None, *[0.0] * 4])
    # What is left of 50 a month, in two bands at each date: every shape is flat, at the run rate.
    bands = DatedBands(
        [QUARTERS[0]] * 2 + [QUARTERS[1]] * 2 + [QUARTERS[2]] * 2,
        [1, 13, 1, 10, 1, 7],
        [12, 24, 9, 21, 6, 18],
        amount=[600, 600, 450, 600, 300, 600],
    )
    origin = QUARTERS[month // 3]
    found = rpo_backtest_split(filings, bands, shape, None, 50.0, origin=origin)
    assert found.predicted == pytest.approx(found.scheduled)
    assert found.error == pytest.approx(np.zeros(4 - month // 3), abs=1e-12)
    assert found.bookings == pytest.approx(np.zeros(4 - month // 3), abs=1e-9)
    # The balance fell by its revenue, so that what it has brought is known.
    assert found.least == pytest.approx(found.most)
    assert found.late == pytest.approx(np.zeros(4 - month // 3), abs=1e-9)


@given(
    st.lists(st.lists(st.floats(0, 1), min_size=5, max_size=5), min_size=4, max_size=4),
    st.lists(amounts, min_size=5, max_size=5),
)
def test_what_the_old_balance_brought_is_within_its_limits(
    pace: list[list[float]], signed: list[float]
) -> None:
    """Companies whose cohorts are known: each brings any part of what is left of it."""
    left, old = np.zeros(5), 0.0
    left[0] = signed[0]
    balances, revenue, truth = [signed[0]], [], []
    for period in range(4):
        brought = left * pace[period]
        left -= brought
        left[period + 1] = signed[period + 1]
        old += float(brought[0])
        truth.append(old)
        balances.append(float(left.sum()))
        revenue.append(float(brought.sum()))
    filings = Filings(QUARTERS, balances, [None, *revenue])
    found = rpo_backtest_split(filings, disclosed(QUARTERS[:1], [0.5]), "flat")
    assert found.bookings == pytest.approx(signed[1:], rel=1e-6, abs=1e-6)
    assert (found.least <= np.array(truth) + 1e-6).all()
    assert (found.most >= np.array(truth) - 1e-6).all()
    behind = np.cumsum(found.scheduled) - truth
    assert (found.late <= np.maximum(behind, 0.0) + 1e-6).all()


@given(st.lists(amounts, min_size=4, max_size=4), st.integers(0, 3), amounts)
def test_a_period_does_not_predict_itself(revenue: list[float], place: int, other: float) -> None:
    """Nor do later ones: what is predicted of a period was known when it began."""
    bands = disclosed([QUARTERS[0], QUARTERS[2]], [0.5, 0.3])

    def predicted(revenue: list[float]) -> Any:
        filings = Filings(QUARTERS, [2e5, 3e5, 4e5, 5e5, 6e5], [None, *revenue])
        return rpo_backtest_split(filings, bands, "anchored", None, 7000.0).predicted

    changed = [*revenue[:place], other, *revenue[place + 1 :]]
    assert predicted(changed)[: place + 1].tolist() == predicted(revenue)[: place + 1].tolist()


def test_what_is_not_disclosed_is_not_zero() -> None:
    bands = disclosed(QUARTERS[:1], [0.5])
    balances, revenue = [1000.0, 1100.0, 1200.0], [None, 80.0, 90.0]
    unknown, none, some = (
        rpo_backtest_split(Filings(QUARTERS[:3], balances, revenue, outside=outside), bands, "flat")
        for outside in (None, [None, 0.0, 0.0], [None, 10.0, None])
    )
    assert np.isnan(unknown.outside).all()
    assert none.outside.tolist() == [0.0, 0.0]
    assert unknown.predicted.tolist() == none.predicted.tolist()
    # Revenue outside the balance was no booking: 10 less was signed, and 10 more is predicted.
    assert some.bookings == pytest.approx(none.bookings - np.array([10.0, 0.0]))
    assert some.predicted == pytest.approx(none.predicted + np.array([10.0, -10.0 * 0.5 * 3 / 12]))
    assert some.most == pytest.approx([70.0, 160.0])
    filings = Filings(QUARTERS[:3], balances, revenue, outside=[None, 10.0, None])
    assert rpo_backtest(filings, bands, "flat").bookings.tolist() == some.bookings.tolist()
    assert rpo_backtest_shapes(filings, bands).outside.tolist() == [10.0, 10.0]


def test_a_contract_in_equal_months_is_a_flat_band() -> None:
    filings = Filings(QUARTERS, [1200, 1300, 1400, 1500, 1600], [None, 90, 100, 110, 120])
    bands = DatedBands(QUARTERS[:1], [1], [24], share=[1.0])
    # Contracts give the balance its profile, and the balance the amount.
    contracts = Contracts(["A", "B"], [3.0, 1.0], [1, 1], [24, 24])
    flat = rpo_backtest_split(filings, bands, "flat")
    signed = rpo_backtest_split(filings, bands, "smooth", contracts=contracts)
    for line in ("scheduled", "new", "predicted", "error", "late"):
        assert getattr(signed, line) == pytest.approx(getattr(flat, line))


# Every balance and shape -------------------------------------------------------------------------

PUBLISHED = {
    entry["id"]: entry
    for entry in json.loads(
        (Path(__file__).parents[2] / "data" / "published.json").read_text(encoding="utf-8")
    )
}
COMPANIES = {
    "Cerebras": "cerebras-shapes-2025-12",
    "CoreWeave": "coreweave-shapes-2025-03",
    "Snowflake": "snowflake-shapes-2025-10",
    "Nebius": "nebius-shapes-2026-03",
}


def typed(company: str) -> dict[str, Any]:
    """The published tables of a company as arguments."""
    given = dict(PUBLISHED[COMPANIES[company]]["arguments"])
    read: dict[str, Any] = {}
    for name, table in (("filings", Filings), ("bands", DatedBands), ("contracts", Contracts)):
        if name in given:
            headers, *rows = given.pop(name)
            by_header = {f.header: key for key, f in table.declared.items()}
            columns = {
                by_header[h]: list(column)
                for h, column in zip(headers, zip(*rows, strict=True), strict=True)
            }
            if "at" in columns:
                columns["at"] = [np.datetime64("1899-12-30") + int(n) for n in columns["at"]]
            read[name] = table(**columns)
    return read | given


@pytest.mark.parametrize("company", COMPANIES)
def test_the_shapes_are_the_splits_over_all_periods(company: str) -> None:
    given = typed(company)
    found = rpo_backtest_shapes(**given)
    contracts = given.pop("contracts", None)
    first = given["filings"].days[0]
    for i, (shape, origin) in enumerate(zip(found.shape, found.at.tolist(), strict=True)):
        way = {"contracts": contracts} if shape == "contracts" else {"shape": shape}
        if origin != first:
            way["origin"] = origin
        one = rpo_backtest_split(**given, **way)
        for column in ("scheduled", "new", "predicted", "actual"):
            assert getattr(found, column)[i] == pytest.approx(getattr(one, column).sum())
        assert found.months[i] == one.to_month[-1]
        assert found.error[i] == pytest.approx(one.predicted.sum() / one.actual.sum() - 1)
        without = one.predicted.sum() - one.new.sum()
        assert found.alone[i] == pytest.approx(without / one.actual.sum() - 1)


def test_every_balance_with_bands_and_later_filings_is_tested() -> None:
    given = typed("CoreWeave")
    found = rpo_backtest_shapes(**given)
    rows = list(zip(found.at.tolist(), found.shape, strict=True))
    # The first balance is not anchored, for want of a run rate; the last has no later filing.
    assert rows == [
        (date(2024, 12, 31), "flat"), (date(2024, 12, 31), "smooth"),
        *[(day, shape) for day in (date(2025, 3, 31), date(2026, 3, 31))
          for shape in ("flat", "smooth", "anchored")],
    ]  # fmt: skip


def test_rows_may_be_in_any_order_and_scenarios_are_each_on_their_own() -> None:
    given = typed("CoreWeave")
    filings, bands = given["filings"], given["bands"]
    revenue = np.concatenate([[np.nan], filings.recognised])
    backwards = Filings(filings.at[::-1], filings.balance[::-1], revenue[::-1])
    mixed = np.random.default_rng(13).permutation(len(bands))
    shuffled = DatedBands(
        bands.at[mixed], bands.first[mixed], bands.last[mixed], share=bands.share[mixed]
    )
    expected = rpo_backtest_shapes(filings, bands, run_rate=300.0)
    found = rpo_backtest_shapes(backwards, shuffled, run_rate=300.0)
    assert found.error.tolist() == expected.error.tolist()
    factor = np.array([1.0, 1.1, 0.8])
    several = Filings(filings.at, filings.balance * factor[:, None], revenue)
    rates = np.array([300.0, 200.0, 100.0])
    together = rpo_backtest_shapes(several, bands, run_rate=rates)
    for i in range(3):
        alone = rpo_backtest_shapes(
            Filings(filings.at, filings.balance * factor[i], revenue), bands, run_rate=rates[i]
        )
        for name in ("scheduled", "new", "predicted", "alone", "error"):
            assert getattr(together, name)[i] == pytest.approx(getattr(alone, name), rel=1e-12)
    # Of one thing alone there may be scenarios: the rows that it does not touch stay the same.
    anchors = rpo_backtest_shapes(filings, bands, run_rate=rates)
    assert anchors.error[0].tolist() == pytest.approx(expected.error.tolist())
    touched = np.ptp(anchors.error, axis=0) > 0
    assert [anchors.shape[i] for i in np.flatnonzero(touched)] == ["anchored"]


# Bad input ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"origin": date(2026, 3, 31)}, "origin must be the date of a filing with bands and later "
         "filings, 2025-12-31 or 2026-06-30, not 2026-03-31."),
        ({"origin": date(2026, 6, 30), "contracts": Contracts(["A"], [1.0], [1], [12])},
         "contracts must be left out with an origin after the first filing."),
        ({"contracts": Contracts(["A"], [0.0], [1], [12])},
         "contracts Value must be above 0 in total, not 0."),
        ({"shape": "anchored"}, "run_rate must be given for the shape 'anchored', which starts at "
         "it."),
    ],
    ids=["an origin without bands", "contracts later", "no value", "no run rate"],
)  # fmt: skip
def test_refusals(more: dict[str, Any], message: str) -> None:
    filings = Filings(QUARTERS, [1200, 1300, 1400, 1500, 1600], [None, 90, 100, 110, 120])
    bands = disclosed([QUARTERS[0], QUARTERS[2], QUARTERS[4]], [0.5, 0.4, 0.3])
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        rpo_backtest_split(filings, bands, **more)


@pytest.mark.parametrize(
    ("outside", "message"),
    [
        ([5.0, 1.0], "filings Outside must be blank at the first date, not 5."),
        ([None, 81.0], "filings Outside must be at most Recognised, not 81."),
        ([None, -1.0], "filings Outside must be at least 0, not -1."),
    ],
)
def test_revenue_outside_is_part_of_the_revenue(outside: list[Any], message: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        Filings(QUARTERS[:2], [1000.0, 1100.0], [None, 80.0], outside=outside)


# The page ----------------------------------------------------------------------------------------

PAGE = (Path(__file__).parents[3] / "docs" / "backtests.md").read_text(encoding="utf-8")


def percent(value: float) -> str:
    return f"{100 * value:+.0f}%"


def rows_of(company: str, found: BacktestShapes) -> list[str]:
    """The rows of the page's table of errors."""
    return [
        f"| {company} | {at:%d %b %Y} | {months} | {shape} | {old:,.0f} | {new:,.0f} | "
        f"{actual:,.0f} | {percent(alone)} | {percent(error) if new else '-'} |"
        for at, months, shape, old, new, actual, alone, error in zip(
            found.at.tolist(), found.months, found.shape, found.scheduled, found.new,
            found.actual, found.alone, found.error, strict=True,
        )
    ]  # fmt: skip


@pytest.mark.parametrize("company", COMPANIES)
def test_the_page_has_the_errors(company: str) -> None:
    expected = rows_of(company, rpo_backtest_shapes(**typed(company)))
    table = PAGE.partition("## Errors by shape and company")[2].partition("\n## ")[0]
    assert [row for row in table.splitlines() if row.startswith(f"| {company} |")] == expected


@pytest.mark.parametrize("company", COMPANIES)
def test_the_page_has_the_raw_ratios(company: str) -> None:
    """Revenue since each balance over its first band, by hand from the published figures."""
    given = PUBLISHED[COMPANIES[company]]["arguments"]
    filings, bands = given["filings"][1:], given["bands"][1:]
    expected = []
    for at, balance, _ in filings[:-1]:
        own = [row for row in bands if row[0] == at]
        if own:
            _, _, months, share = own[0]
            day = date.fromordinal(at + date(1899, 12, 30).toordinal())
            last = date.fromordinal(filings[-1][0] + date(1899, 12, 30).toordinal())
            passed = 12 * (last.year - day.year) + last.month - day.month
            band = share * balance
            revenue = sum(row[2] for row in filings if row[0] > at)
            expected.append(
                f"| {company} | {day:%d %b %Y} | {revenue:,.0f} in {passed} months | "
                f"{band:,.0f} in {months} | {revenue / band:.0%} | {passed / months:.0%} |"
            )
    table = PAGE.partition("## Why the raw ratio misleads")[2].partition("\n## ")[0]
    assert [row for row in table.splitlines() if row.startswith(f"| {company} |")] == expected


def test_the_page_says_what_the_figures_say() -> None:
    """Numbers in its sentences, each by hand from published figures or from the split."""
    given = typed("CoreWeave")
    split = rpo_backtest_split(given["filings"], given["bands"], "flat", origin=date(2025, 3, 31))
    # 103.7 less 14.7 billion, and the revenue of 15 months.
    bookings = 103_700 - 14_700 + 2577.464 + 1572 + 2078 + 2575
    pace = (split.actual.sum() - split.scheduled.sum()) / split.new.sum()
    late = [
        rpo_backtest_split(
            **{k: v for k, v in typed("Cerebras").items() if k != "contracts"}, shape=shape
        ).late[-1]
        for shape in ("flat", "smooth", "anchored")
    ]
    flat = [round(100 * (1 - before / now)) for before, now in
            ((2078, 2575), (399.0, 582.3), (2 * 171, 193.4 + 180.1))]  # fmt: skip
    shapes = rpo_backtest_shapes(**given)
    new = [n for n, at in zip(shapes.new, shapes.at.tolist(), strict=True)
           if at == date(2025, 3, 31)]  # fmt: skip
    text = " ".join(PAGE.split())
    for sentence in (
        f"net new contracts of {bookings:,.0f} entered",
        f"the new contracts brought {pace:.0%} of what that pace implies",
        "at least {:.0f} (flat), {:.0f} (smooth) and {:.0f} (anchored)".format(*late),
        "would have been {}, {} and {}% too low".format(*flat),
        f"would have brought {min(new):,.0f} to {max(new):,.0f}",
        f"has {sum(len(rpo_backtest_shapes(**typed(c)).shape) for c in COMPANIES)} rows for four",
    ):
        assert sentence in text, sentence
