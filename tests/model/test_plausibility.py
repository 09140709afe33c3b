"""Does each warning appear where it must, with its value and its limit, and nowhere else?

Oracle: the shipped case with one figure changed so that the measure is outside its range, and the
measure calculated by hand if it is simple.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from datetime import date
from importlib import resources
from typing import Any

import pytest
from cases import shipped, simple

from model import plausibility
from model.case.case import parse
from model.case.moving import looks_ahead, moves_value
from model.errors import CaseError, InputError
from model.plausibility import MEASURES, Warned
from model.valuation import Valuation, value

#: Warnings of the shipped case, each explained in its notes.
SHIPPED = {"terminal_share", "funding_gap", "quoted_values", "secondary"}
#: Of the company without segments, on a balance sheet that was published later.
SIMPLE = {*SHIPPED, "look_ahead"}
PATH = [122, 200, 800, 1900, 3600, 5400, 7000, 8600, 9900, 10900]
MARGIN = [-0.45, -0.05, 0.11, 0.18, 0.22, 0.25, 0.28, 0.3, 0.31]

#: A change that puts one measure out of its range, and its new value if known by hand.
OUTSIDE: dict[str, tuple[str, Any, float | None]] = {
    "price_ratio": ("offer.price", 300.0, None),
    "equity_value": ("balance_sheet.borrowings", 30_000.0, None),
    "terminal_growth": ("drivers.terminal_growth", 0.05, 0.05 - 0.044),
    "spread": ("drivers.terminal_wacc", 0.06, 0.06 - 0.04),
    "final_margin": ("drivers.operating_margin", [*MARGIN, 0.5], 0.5),
    "revenue_growth": ("drivers.uncontracted_revenue", [*PATH[:-1], 40e3], None),
    # 9,900 to 100 at one of capital for one of revenue, with no contracts left in either year.
    "freed_capital": ("drivers.uncontracted_revenue", [*PATH[:-1], 100], 9_800.0),
    # Seven of the eight years over which the last band is then spread lie beyond the forecast.
    "beyond_forecast": ("rpo.final_month", 240, None),
    # The third contract as early as the first: by month 48, 38 months of both and 26 of the second,
    # (48/60)^2 of the cloud's and all of the systems' are 71.9%, where 58% are disclosed.
    "bands": (
        "tables.customer_contracts.third.start",
        11.0,
        ((6_667 + 6_666) * 38 / 48 + 6_667 * 26 / 48 + 3_000 * 0.8**2 + 1_600) / 24_600 - 0.58,
    ),
    # 3.1% of 24,600 fall in the first year, far above a quarter of 60.
    "run_rate": ("drivers.base_revenue", 60.0, None),
    # A twentieth of the last year's revenue is lost, for the year after it with growth of 4%.
    "terminal_income": ("drivers.operating_margin", [*MARGIN, -0.05], None),
    # By ROIC the reinvestment has the sign of growth.
    "terminal_reinvestment": ("drivers.terminal_growth", -0.02, None),
}
#: Those of companies in other tests: test_funded.py, test_evidence.py.
ELSEWHERE = {
    *("headroom", "early_fall", "contradictions", "share_classes", "undated"),
    *("contracts_over_year", "guided_over_year"),
}


def changed(path: str, new: Any) -> Valuation:
    tree = simple()
    *parents, leaf = path.split(".")
    node: Any = tree
    for parent in parents:
        node = node[parent]
    node[leaf] = {**node[leaf], "value": new} if isinstance(node[leaf], dict) else new
    tree["totals"] = {}
    return value(parse(tree))


def warned(valuation: Valuation) -> dict[str, Warned]:
    return {one.measure.key: one for one in plausibility.warnings(valuation)}


@pytest.mark.parametrize(("tree", "keys"), [(shipped, SHIPPED), (simple, SIMPLE)])
def test_the_shipped_case_is_warned_of_what_it_explains(
    tree: Callable[[], Any], keys: set[str]
) -> None:
    assert set(warned(value(parse(tree())))) == keys


@pytest.mark.parametrize("key", OUTSIDE)
def test_a_measure_outside_its_range_is_a_warning(key: str) -> None:
    path, new, expected = OUTSIDE[key]
    valuation = changed(path, new)
    found = warned(valuation)
    assert key in found
    if expected is not None:
        assert found[key].value == pytest.approx(expected, rel=1e-3)
    sentence = str(found[key])
    assert sentence in valuation.warnings
    assert sentence.startswith(found[key].measure.label)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    side = "below" if found[key].value < found[key].measure.low else "above"
    assert f", {side} " in sentence


def test_what_lies_beyond_the_forecast_is_what_flat_months_leave() -> None:
    tree = simple()
    tree["rpo"]["shape"]["value"] = "flat"
    tree["rpo"]["final_month"]["value"] = 240
    # The last band, 42% of 24,600, runs from month 49 to 240; the forecast ends with month 120.
    expected = 0.42 * 24_600 * (240 - 120) / (240 - 48)
    assert warned(value(parse(tree)))["beyond_forecast"].value == pytest.approx(expected)


@pytest.mark.parametrize(("rate", "warned_of"), [(127.0, False), (127.2, True)])
def test_a_run_rate_from_which_the_schedule_falls_early(rate: float, warned_of: bool) -> None:
    """3.1% of 24,600 in twelve months are 63.55 a month."""
    tree = simple()
    tree["rpo"]["shape"]["value"] = "anchored"
    tree["rpo"]["run_rate"] = tree["rpo"]["final_month"] | {"value": rate}
    found = warned(value(parse(tree)))
    assert ("early_fall" in found) == warned_of
    if warned_of:
        assert found["early_fall"].value == pytest.approx(rate / (0.031 * 24_600 / 12))


def test_a_terminal_value_below_zero_is_a_warning() -> None:
    # Rich until the last year, and a loss from then on.
    valuation = changed("drivers.operating_margin", [0.6] * 9 + [-0.02])
    assert valuation.result.pv_terminal < 0 < valuation.result.going_concern_value
    assert warned(valuation)["terminal_share"].value < 0


def test_every_measure_can_be_outside_its_range() -> None:
    assert {*OUTSIDE, *SHIPPED, *ELSEWHERE, *SIMPLE} == {m.key for m in MEASURES}


def test_a_figure_looks_ahead_only_if_it_moves_the_value_and_was_not_public() -> None:
    tree = shipped()
    tree["cost_of_capital"]["beta"]["known"] = tree["company"]["valuation_date"]["value"]
    assert looks_ahead(parse(tree)) == []
    # A later balance is for a look back, and a published target for comparison.
    assert any(s.get("filed") for s in tree["sources"].values())
    case = parse(tree)
    later = [path for path in case.figures if path.startswith(("rpo.later", "publish"))]
    assert later
    assert not any(moves_value(case, path) for path in later)


def without_days(as_of: date) -> Any:
    """Return the shipped case with a risk-free rate of a day, whose publication is not dated."""
    tree = shipped()
    tree["sources"]["undated"] = {"title": "A page without a date"}
    rate = tree["cost_of_capital"]["risk_free"]
    rate.pop("known", None)
    rate |= {"source": "undated", "quality": "analyst", "as_of": as_of}
    return tree


def test_a_figure_without_the_day_it_became_public_is_counted() -> None:
    valuation = value(parse(without_days(date(2026, 5, 13))))
    (one,) = [w for w in plausibility.warnings(valuation) if w.measure.key == "undated"]
    assert (one.value, one.named) == (1, ("cost_of_capital.risk_free",))
    assert looks_ahead(valuation.case) == []


def test_a_figure_without_that_day_was_not_known_before_its_own() -> None:
    tree = without_days(date(2026, 5, 14))
    with pytest.raises(InputError) as refused:
        parse(tree)
    assert str(refused.value) == (
        "cost_of_capital.risk_free is of 2026-05-14, after company.valuation_date 2026-05-13: "
        "value the company later, take what was known, or set company.basis to 'latest'."
    )
    tree["company"]["basis"] = "latest"
    assert "cost_of_capital.risk_free" in looks_ahead(parse(tree))


def test_a_case_of_the_valuation_date_refuses_what_was_public_later() -> None:
    tree = shipped()
    assert tree["company"].get("basis", "valuation date") == "valuation date"
    tree["cost_of_capital"]["beta"]["known"] = date(2026, 6, 25)
    with pytest.raises(InputError) as refused:
        parse(tree)
    assert str(refused.value) == (
        "cost_of_capital.beta became public on 2026-06-25, after company.valuation_date "
        "2026-05-13: value the company later, take what was known, or set company.basis to "
        "'latest'."
    )
    tree["balance_sheet"]["borrowings"]["known"] = date(2026, 6, 23)
    with pytest.raises(CaseError) as both:
        parse(tree)
    assert {error.argument for error in both.value.errors} == {
        "cost_of_capital.beta", "balance_sheet.borrowings"
    }  # fmt: skip
    for path in ("cost_of_capital.beta", "balance_sheet.borrowings"):
        section, key = path.split(".")
        tree[section][key]["known"] = date(2026, 5, 13)
    assert "look_ahead" not in warned(value(parse(tree)))
    tree["company"]["basis"] = "the valuation date"
    with pytest.raises(
        InputError, match=r"^company\.basis must be one of 'valuation date', 'latest'"
    ):
        parse(tree)


def test_a_case_valued_before_its_own_filing_is_refused_once_for_the_filing() -> None:
    tree = shipped()
    tree["company"]["valuation_date"]["value"] = date(2026, 4, 16)
    with pytest.raises(CaseError) as refused:
        parse(tree)
    ours = [str(error) for error in refused.value.errors if "2026-04-17" in str(error)]
    # The S-1 became public on 17 April.
    (line,) = ours
    assert re.fullmatch(
        r"\S+ and \d+ more became public on 2026-04-17, after company\.valuation_date 2026-04-16: "
        r"value the company later, take what was known, or set company\.basis to 'latest'\.",
        line,
    )
    tree["company"]["basis"] = "latest"
    assert "look_ahead" in warned(value(parse(tree)))


def test_a_case_without_a_balance_has_nothing_beyond_the_forecast() -> None:
    tree = simple()
    del tree["rpo"], tree["securities"]["warrant_capacity"]
    tree["tables"], tree["scalars"], tree["totals"] = {}, {}, {}
    assert "beyond_forecast" not in warned(value(parse(tree)))


def test_a_quarter_before_is_of_the_run_rate_where_that_is_more() -> None:
    """Of 250 a month a quarter is 750, where the year before had 15 a quarter."""
    tree = simple()
    tree["drivers"]["base_revenue"] = {**tree["drivers"]["base_revenue"], "value": 60.0}
    tree["totals"] = {}
    before = warned(value(parse(tree)))["run_rate"].value
    like = tree["rpo"]["final_month"]
    tree["rpo"]["run_rate"] = {**like, "label": "Run rate", "value": 250.0}
    for key in ("scope", "run_rate_scope"):
        tree["rpo"][key] = {**like, "label": "Scope", "value": "RPO"}
    after = value(parse(tree))
    measure = next(m for m in MEASURES if m.key == "run_rate")
    assert measure.value(after) == pytest.approx(before * 15 / 750, rel=1e-12)
    assert "run_rate" not in warned(after)


def test_a_quarter_before_is_of_what_was_recognised_since_the_year_began() -> None:
    """785 to 30 June are of 181 of the year's 365 days: 395.8 a quarter, and not 132.5."""
    tree = of_nebius()
    tree["rpo"]["shape"] = "flat"
    del tree["rpo"]["run_rate"]
    valuation = value(parse(tree))
    measure = next(m for m in MEASURES if m.key == "run_rate")
    first = 3 * 0.36 * 37490.6 / 24
    assert measure.value(valuation) == pytest.approx(first / (785 * 365 / 181 / 4), rel=1e-12)


def of_nebius() -> dict[str, Any]:
    text = (resources.files("model") / "cases/nebius.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def test_new_shares_at_a_tiny_price_are_doubtful() -> None:
    """At a thousandth of a dollar, a gap of billions is trillions of shares; as debt it is none."""
    for issue, doubted in (("shares", True), ("debt", False)):
        tree = of_nebius()
        tree["funding"] |= {"raise_price": 0.001, "raise_issue": issue}
        found = [s for s in parse(tree).warnings if s.startswith("funding.raise_price of 0.001")]
        assert bool(found) is doubted


def test_revenue_from_which_nothing_follows_is_doubtful() -> None:
    tree = of_nebius()
    del tree["segments"]["cloud"]["uncontracted_revenue"]
    doubtful = "segments.cloud.base_revenue of 529.8 is not in the growth of the first year"
    assert any(sentence.startswith(doubtful) for sentence in parse(tree).warnings)
    tree["segments"]["cloud"]["uncontracted_revenue"] = 0
    assert not any(sentence.startswith(doubtful) for sentence in parse(tree).warnings)
