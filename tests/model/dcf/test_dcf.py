"""Does the value per share follow from the drivers, year by year?

Oracles: the entire forecast and valuation repeated in plain Python, year by year, without arrays;
and properties that hold for all drivers: a horizon that does not matter
where nothing changes any more, a value that falls as the cost of capital rises, a stub that is the
same as a later start.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.dcf.drivers import Drivers
from model.dcf.forecast import dcf_forecast
from model.dcf.terminal import dcf_implied_growth
from model.dcf.value import dcf_value
from model.dilution.securities import Securities
from model.errors import InputError

COMMON, OPTIONS, STRIKE = 200.0, 20.0, 50.0
HOLDERS = Securities(["Common", "Options"], ["common", "option"], [COMMON, OPTIONS], [0, STRIKE])
#: The same, with RSUs of which a part is withheld for tax, and convertible debt.
KINDS = ["common", "option", "rsu", "convertible"]
SETTLED = Securities(
    KINDS, KINDS, [COMMON, OPTIONS, 15.0, 5.0], [0, STRIKE, 0, 80.0], withheld=[0, 0, 0.443, 0]
)


# The full model by hand --------------------------------------------------------------------------


def put_off(contracted: list[float], delay: float, left: float) -> list[float]:
    """Recognise contracts later, from the valuation date on; the last is what slips past the years.

    By the line of what has been recognised by each moment: it moves to the right from that date.
    """

    def reached(moment: float) -> float:
        return sum(a * min(max(moment - y, 0.0), 1.0) for y, a in enumerate(contracted))

    years = len(contracted)
    ends = [reached(max(y - delay / 12, 1 - left)) for y in range(1, years + 1)]
    return [*(b - a for a, b in pairwise([0.0, *ends])), reached(float(years)) - ends[-1]]


def by_hand(d: dict[str, Any], contracted: list[float] | None) -> dict[str, Any]:
    """Value a company from its drivers, year by year."""
    years = d["years"]

    def path(name: str, otherwise: Any = None) -> list[float]:
        value = d.get(name, otherwise)
        return list(value) if isinstance(value, list) else [value] * years

    def faded(values: list[float], target: float, hold: int | None) -> list[float]:
        if hold is None:
            return values
        last = values[hold - 1]
        return [
            values[t] if t < hold else last + (target - last) * (t + 1 - hold) / (years - hold)
            for t in range(years)
        ]

    on_time = contracted or [0.0] * years
    delay, left = d.get("contracted_delay_months", 0.0), d.get("stub", 1.0)
    *signed, slipped = put_off(on_time, delay, left) if delay else [*on_time, 0.0]
    perpetual_growth = d.get("terminal_growth", 0.0)
    wacc = path("wacc")
    perpetual_rate = d.get("terminal_wacc", wacc[-1])
    wacc = faded(wacc, perpetual_rate, d.get("wacc_years"))
    if "uncontracted_revenue" in d:
        other = path("uncontracted_revenue")
    else:
        growth = faded(path("revenue_growth"), perpetual_growth, d.get("growth_years"))
        other, level = [], d.get("uncontracted_base", d["base_revenue"])
        for g in growth:
            level *= 1 + g
            other.append(level)
    margin = path("operating_margin")
    if "target_margin" in d:
        start, target, by = margin[0], d["target_margin"], d.get("margin_years", years)
        margin = [start + (target - start) * min((t + 1) / by, 1.0) for t in range(years)]
    renewal, tax_rate = path("renewal_rate", 0.0), path("tax_rate")
    sales_to_capital = path("sales_to_capital")
    timing, stub = d.get("timing", "mid"), d.get("stub", 1.0)

    lines: dict[str, list[float]] = {}
    previous, highest, losses = d["base_revenue"], 0.0, d.get("loss_carryforward", 0.0)
    discount = 1.0
    for t in range(years):
        highest = max(highest, signed[t])
        renewed = renewal[t] * (highest - signed[t])
        revenue = signed[t] + renewed + other[t]
        opening = losses

        def year_of(sold: float, t: int = t, held: float = losses, before: float = previous) -> Any:
            """Return income, losses used, tax and free cash flow."""
            earned = sold * margin[t]
            use = min(held, d.get("loss_limit", 1.0) * earned) if earned > 0 else 0.0
            due = tax_rate[t] * (earned - use) if earned > 0 else 0.0
            return earned, use, due, earned - due - (sold - before) / sales_to_capital[t]

        income, used, tax, free = year_of(revenue)
        losses = losses - used + max(-income, 0.0)
        length = stub if t == 0 else 1.0
        valued = free * length
        if t == 0 and delay:
            # What is late is missing after the valuation date, and not before it.
            undisturbed = year_of(on_time[0] + other[0])[-1]
            valued = undisturbed * stub + (free - undisturbed)
        half = (1 + wacc[t]) ** (-length / 2)
        factor = discount * half if timing == "mid" else discount * half * half
        discount *= half * half
        year = {
            "renewed_revenue": renewed,
            "uncontracted_revenue": other[t],
            "revenue": revenue,
            "revenue_growth": revenue / previous - 1 if previous > 0 else 0.0,
            "operating_margin": margin[t],
            "operating_income": income,
            "loss_opening": opening,
            "loss_used": used,
            "loss_closing": losses,
            "tax": tax,
            "free_cash_flow": free,
            "wacc": wacc[t],
            "discount_factor": factor,
            "present_value": valued * factor,
        }
        for name, value in year.items():
            lines.setdefault(name, []).append(value)
        previous = revenue

    income = previous * (1 + perpetual_growth) * margin[-1]
    nopat = income - (tax_rate[-1] * income if income > 0 else 0.0)
    at_end, a_half_year_sooner = discount, discount * (1 + perpetual_rate) ** 0.5
    of_perpetuity = a_half_year_sooner if timing == "mid" else at_end
    terminal = d.get("terminal", "growth")
    if terminal == "multiple":
        metric = previous if d.get("terminal_metric") == "revenue" else previous * margin[-1]
        worth = metric * d["terminal_multiple"] * at_end
    elif terminal == "roic":
        share = perpetual_growth / d.get("terminal_roic", perpetual_rate) if nopat > 0 else 0.0
        worth = nopat * (1 - share) / (perpetual_rate - perpetual_growth) * of_perpetuity
    else:
        kept = nopat - previous * perpetual_growth / sales_to_capital[-1]
        worth = kept / (perpetual_rate - perpetual_growth) * of_perpetuity
    enterprise = math.fsum(lines["present_value"]) + worth
    equity = enterprise
    for asset in ("cash", "offer_proceeds", "other_assets"):
        equity += d.get(asset, 0.0)
    for claim in ("debt", "leases", "other_claims"):
        equity -= d.get(claim, 0.0)
    price = equity / COMMON
    if d.get("method") == "gross" and price > 0:
        price = equity / (COMMON + OPTIONS)
    elif d.get("method", "treasury") == "treasury" and price > STRIKE:
        price = (equity + OPTIONS * STRIKE) / (COMMON + OPTIONS)
    return lines | {
        "slipped_revenue": slipped,
        "pv_terminal": worth,
        "enterprise_value": enterprise,
        "equity_value": equity,
        "value_per_share": price,
    }


# Zero, or large enough for growth from it to be finite.
money = st.just(0.0) | st.floats(1e-3, 1e4)


@st.composite
def drawn(draw: st.DrawFn) -> tuple[dict[str, Any], list[float] | None]:
    years = draw(st.integers(1, 12))

    def yearly(values: st.SearchStrategy[float]) -> st.SearchStrategy[Any]:
        return values | st.lists(values, min_size=years, max_size=years)

    perpetual_growth = draw(st.floats(-0.02, 0.04))
    d: dict[str, Any] = {
        "years": years,
        "base_revenue": draw(st.floats(1, 1e4)),
        "operating_margin": draw(yearly(st.floats(-1, 0.6))),
        "tax_rate": draw(yearly(st.floats(0, 0.5))),
        "sales_to_capital": draw(yearly(st.floats(0.2, 10))),
        "wacc": draw(yearly(st.floats(0.05, 0.3))),
        "terminal_growth": perpetual_growth,
    }
    if draw(st.booleans()):
        d["uncontracted_revenue"] = draw(yearly(money))
    else:
        d["revenue_growth"] = draw(yearly(st.floats(-0.3, 1.0)))
    # A path that fades from some year on holds its value until then.
    for name, hold in (("revenue_growth", "growth_years"), ("wacc", "wacc_years")):
        if isinstance(d.get(name), float) and draw(st.booleans()):
            d[hold] = draw(st.integers(1, years))
    if draw(st.booleans()) or "wacc_years" in d:
        d["terminal_wacc"] = draw(st.floats(0.05, 0.2))
    if isinstance(d["operating_margin"], float) and draw(st.booleans()):
        d["target_margin"] = draw(st.floats(-0.2, 0.6))
        if draw(st.booleans()):
            d["margin_years"] = draw(st.integers(1, years))
    optional: dict[str, st.SearchStrategy[Any]] = {
        "uncontracted_base": money,
        "renewal_rate": yearly(st.floats(0, 1)),
        "loss_carryforward": money,
        "loss_limit": st.floats(0, 1),
        "timing": st.sampled_from(["mid", "end"]),
        "stub": st.floats(0.01, 1),
        "contracted_delay_months": st.sampled_from([0.25, 3.0, 12.0, 14.5, 70.0]),
        "method": st.sampled_from(["treasury", "gross", "basic"]),
        "terminal_metric": st.sampled_from(["ebit", "revenue"]),
        **dict.fromkeys(
            ("cash", "offer_proceeds", "other_assets", "debt", "leases", "other_claims"), money
        ),
    }
    for name, values in optional.items():
        if draw(st.booleans()):
            d[name] = draw(values)
    kind = draw(st.sampled_from(["growth", "roic", "multiple"]))
    d["terminal"] = kind
    if kind == "roic" and draw(st.booleans()):
        d["terminal_roic"] = draw(st.floats(0.05, 0.5))
    if kind == "multiple":
        d["terminal_multiple"] = draw(st.floats(0, 30))
        # A multiple of an operating loss is refused.
        d["terminal_metric"] = "revenue"
    contracted = draw(st.none() | st.lists(money, min_size=years, max_size=years))
    return d, contracted


@given(drawn())
def test_the_model_is_the_one_by_hand(company: tuple[dict[str, Any], list[float] | None]) -> None:
    values, contracted = company
    expected = by_hand(values, contracted)
    result = dcf_value(Drivers.of(values), HOLDERS, contracted)
    size = max(1.0, *map(abs, expected["revenue"])) / min(
        1.0, *np.atleast_1d(values["sales_to_capital"])
    )
    before = np.array([values["base_revenue"], *expected["revenue"][:-1]])
    for line in result.forecast.lines():
        name = line.field.name
        if name in expected:
            # Growth is as exact as the revenue before it, of which a sum may have left little;
            # after none, it is zero.
            of = np.where(before > 0, before, 1.0) if name == "revenue_growth" else 1.0
            np.testing.assert_allclose(
                line.values * of,
                np.asarray(expected[name]) * of,
                rtol=1e-12,
                atol=1e-12 * size,
                err_msg=name,
            )
    # The terminal value divides by rate less growth, and a bridge may cancel.
    bridge = sum(abs(v) for v in (result.cash, result.offer_proceeds, result.other_assets))
    size = size * 100 + float(abs(result.enterprise_value)) + float(bridge)
    for name in (
        *("pv_terminal", "enterprise_value", "equity_value", "value_per_share"),
        "slipped_revenue",
    ):
        found = float(getattr(result, name))
        assert found == pytest.approx(expected[name], rel=1e-12, abs=1e-12 * size), name


@given(drawn())
def test_every_line_follows_from_the_ones_above(
    company: tuple[dict[str, Any], list[float] | None],
) -> None:
    r = dcf_value(Drivers.of(company[0]), SETTLED, company[1])
    f = r.forecast
    close = np.testing.assert_allclose
    atol = 1e-9 * float(np.abs(f.revenue).max() + 1)
    close(f.contracted_revenue + f.renewed_revenue + f.uncontracted_revenue, f.revenue)
    close(f.loss_opening + f.loss_added - f.loss_used, f.loss_closing, atol=atol)
    assert (f.loss_opening[1:] == f.loss_closing[:-1]).all()
    assert (f.loss_closing >= 0).all()
    assert (f.tax >= 0).all()
    close(f.operating_income - f.tax, f.nopat, atol=atol)
    close(f.nopat - f.reinvestment, f.free_cash_flow, atol=atol)
    # Of a delay, the first year bears all after the valuation date.
    since = 1 if "contracted_delay_months" in company[0] else 0
    close((f.free_cash_flow * f.period_length)[since:], f.cash_flow[since:], atol=atol)
    close(f.cash_flow * f.discount_factor, f.present_value, atol=atol)
    close(f.present_value.sum() + r.pv_terminal, r.enterprise_value, atol=atol)
    close(r.terminal_value * r.terminal_factor, r.pv_terminal)
    price = np.maximum(r.value_per_share, 0)
    withheld = 0.0 if company[0].get("method") == "basic" else 15.0 * 0.443
    close(r.rsu_tax, withheld * price)
    close(
        r.diluted_shares * price + r.rsu_tax,
        np.maximum(r.equity_value, 0) + r.converted_debt,
        rtol=1e-9,
    )


# Properties --------------------------------------------------------------------------------------


def steady(**changes: Any) -> dict[str, Any]:
    return {
        "base_revenue": 1000.0,
        "revenue_growth": 0.03,
        "operating_margin": 0.25,
        "tax_rate": 0.21,
        "sales_to_capital": 2.0,
        "wacc": 0.09,
        "terminal_growth": 0.03,
        **changes,
    }


def worth(values: dict[str, Any], name: str = "enterprise_value") -> float:
    return float(getattr(dcf_value(Drivers.of(values), HOLDERS), name))


@pytest.mark.parametrize("timing", ["mid", "end"])
@pytest.mark.parametrize("stub", [1.0, 0.4])
@pytest.mark.parametrize("terminal", ["growth", "roic", "multiple"])
def test_where_nothing_changes_the_horizon_does_not_matter(
    timing: str, stub: float, terminal: str
) -> None:
    d = steady(timing=timing, stub=stub, terminal=terminal)
    # The return at which growth costs what the forecast reinvests, and the multiple of the final
    # year's income that a buyer pays for the perpetuity at the end of that year.
    nopat, reinvested = 0.25 * 0.79, 0.03 / 1.03 / 2.0
    d["terminal_roic"] = 0.03 * nopat / reinvested
    earlier = 1.09**0.5 if timing == "mid" else 1.0
    d["terminal_multiple"] = (nopat - reinvested) * 1.03 / 0.06 / 0.25 * earlier
    values = [worth(d | {"years": years}) for years in (1, 5, 10, 60)]
    assert values == pytest.approx([values[0]] * 4, rel=1e-12)


def test_using_one_exponent_for_both_terminal_values_would_overstate_a_multiple() -> None:
    d = steady(terminal="multiple", terminal_multiple=12.0, years=10)
    found = dcf_value(Drivers.of(d), HOLDERS)
    assert float(found.terminal_factor) == pytest.approx(1.09**-10, rel=1e-14)
    perpetuity = dcf_value(Drivers.of(steady(years=10)), HOLDERS)
    assert float(perpetuity.terminal_factor) == pytest.approx(1.09**-9.5, rel=1e-14)


margins, growths = st.floats(0.2, 0.5), st.floats(0.0, 0.15)


@given(
    margins,
    growths,
    st.floats(0.05, 0.2),
    st.floats(0.05, 0.2),
    st.sampled_from(["growth", "roic"]),
    st.sampled_from(["mid", "end"]),
)
def test_value_falls_as_the_cost_of_capital_rises(
    margin: float, growth: float, one: float, other: float, terminal: str, timing: str
) -> None:
    # With these bounds every cash flow is positive.
    d = steady(
        operating_margin=margin,
        revenue_growth=growth,
        terminal=terminal,
        terminal_roic=0.15,
        timing=timing,
    )
    low, high = sorted((one, other))
    cheap, dear = worth(d | {"wacc": low}), worth(d | {"wacc": high})
    assert dear < cheap or high - low < 1e-12


@given(margins, growths, st.sampled_from(["growth", "roic"]))
def test_value_doubles_with_all_money(margin: float, growth: float, terminal: str) -> None:
    d = steady(operating_margin=margin, revenue_growth=growth, terminal=terminal, cash=500.0)
    twice = d | {"base_revenue": 2000.0, "cash": 1000.0}
    assert worth(twice, "equity_value") == 2 * worth(d, "equity_value")


@given(st.floats(0, 1e4), st.floats(0, 1), st.floats(-0.5, 0.4))
def test_losses_shelter_no_more_than_there_are(opening: float, limit: float, start: float) -> None:
    d = steady(
        operating_margin=start, target_margin=0.4, loss_carryforward=opening, loss_limit=limit
    )
    f = dcf_forecast(Drivers.of(d))
    made = opening + float(f.loss_added.sum())
    assert float(f.loss_used.sum()) <= made * (1 + 1e-12)
    assert (f.loss_used <= limit * np.maximum(f.operating_income, 0) * (1 + 1e-12)).all()
    sheltered = 0.21 * float(f.loss_used.sum())
    bare = 0.21 * np.maximum(f.operating_income, 0).sum()
    assert float(f.tax.sum()) == pytest.approx(bare - sheltered, rel=1e-12, abs=1e-9)


@given(st.lists(st.floats(0, 1e4), min_size=10, max_size=10), st.floats(0, 1))
def test_contracts_only_add_revenue(contracted: list[float], renewal: float) -> None:
    d = Drivers.of(steady(renewal_rate=renewal))
    without, signed = dcf_forecast(d), dcf_forecast(d, contracted)
    np.testing.assert_allclose(
        signed.revenue, without.revenue + contracted + signed.renewed_revenue, rtol=1e-13
    )
    assert (signed.renewed_revenue >= 0).all()
    if renewal == 1:
        highest = np.maximum.accumulate(contracted)
        np.testing.assert_allclose(contracted + signed.renewed_revenue, highest, atol=1e-9)


def test_the_stub_is_the_rest_of_a_year() -> None:
    # Half a year into a year of steady flows, half of its flow is left, half a year nearer.
    full, half = (
        worth(steady(timing="end", years=5)),
        worth(steady(timing="end", years=5, stub=0.5)),
    )
    first = 1030 * 0.25 * 0.79 - 30 / 2
    assert half == pytest.approx(full * 1.09**0.5 - first / 2 * 1.09**-0.5, rel=1e-12)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"terminal_growth": 0.09}, "terminal_growth must be below the terminal cost of capital, not"),
    ({"terminal": "multiple"}, "drivers must give terminal_multiple"),
    ({"terminal": "roic", "terminal_roic": 0.02}, "terminal_growth must be at most term"),
    ({"terminal": "perpetuity"}, "terminal must be one of"),
    (
        {"terminal": "multiple", "terminal_multiple": 9, "operating_margin": -0.1},
        "terminal_multiple must be applied to ebit of at least 0 in the final year, not",
    ),
    ({"wac": 0.1}, r"drivers must hold known drivers only, not 'wac' \(did you mean 'wacc'\?\)"),
    ({"wacc": None}, "drivers must give wacc"),
    ({"wacc": 9}, r"wacc must be from 0 to 1, not 9 \(9% is 0.09\)"),
    ({"revenue_growth": 20}, r"revenue_growth must be from -1 to 5, not 20 \(20% is 0.2\)"),
    ({"revenue_growth": [0.2] * 9 + [9]}, r"revenue_growth must be .* \(9% is 0.09\)"),
    ({"failure_probability": 30}, r"failure_probability must be .* \(30% is 0.3\)"),
    ({"wacc": [0.1, 0.2]}, "wacc must be one number or one for each of the 10 periods, not 2"),
    ({"revenue_growth": None}, "drivers must give either revenue_growth or uncontracted"),
    ({"uncontracted_revenue": 5}, "drivers must give either revenue_growth or uncontracted"),
    ({"growth_years": 11}, "growth_years must be at most 10"),
    ({"growth_years": 2.5}, "growth_years must be a whole number"),
    ({"years": 0}, "years must be from 1 to 600"),
    ({"tax_rate": 21}, "tax_rate must be from 0 to 1"),
    ({"stub": 0}, "stub must be from"),
    ({"cash": -1}, "cash must be at least 0"),
    ({"base_revenue": math.nan}, "base_revenue must be finite"),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED)
def test_drivers_that_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}"):
        worth(steady(**changes))


def test_contracted_revenue_has_an_amount_for_each_year() -> None:
    with pytest.raises(InputError, match=r"^contracted_revenue must hold one amount for each"):
        dcf_forecast(Drivers.of(steady(years=3)), [1.0, 2.0])


def test_the_implied_growth_of_a_multiple_is_the_one_it_was_made_from() -> None:
    found = dcf_value(Drivers.of(steady(years=7)), HOLDERS)
    flow = found.terminal_cash_flow / 1.03
    at_n = found.terminal_value * 1.09**0.5
    assert float(dcf_implied_growth(at_n, flow, 0.09)) == pytest.approx(0.03, abs=1e-12)
