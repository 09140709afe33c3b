"""Companies with segments: plain ones, and ones drawn at random, as the model takes them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
from hypothesis import strategies as st

from model.dcf.by_segment import SegmentValue
from model.dcf.segments import SegmentedDrivers
from model.dcf.signed import Plant, SignedContracts
from model.dilution.securities import Securities

Spec = dict[str, Any]
Company = tuple[Spec, dict[str, Spec], list[Spec], list[Spec]]
PLANT = {"name": "name", "segment": "segment", "megawatts": "megawatts", "capex": "capex"}
CONTRACT = (
    *("base_revenue", "recognised", "collected", "delay", "probability", "intensity", "recovery"),
    *("renewal_rate", "renewal_price", "renewal_term", "net_retention"),
)
_BLANK = {"probability": 1.0, **dict.fromkeys(CONTRACT[7:], np.nan)}
COMMON = Securities(["Common"], ["common"], [100.0])
DATES = {"valuation_date": date(2026, 12, 31), "first_year_end": date(2027, 12, 31)}
NO_CAPITAL = {"capital_expenditure": 0.0, "depreciation": 0.0}
TAX = "Tax: losses, limits and floor"


def of(segments: dict[str, Any], **changes: Any) -> SegmentedDrivers:
    common = {"tax_rate": 0.2, "wacc": 0.1, "years": 2, "timing": "end", **DATES}
    return SegmentedDrivers.by_segment(common | changes, segments)


def by_name(found: SegmentValue) -> dict[str, float]:
    return dict(zip(found.name, (float(v) for v in found.value), strict=True))


def as_model(
    company: Spec, segments: dict[str, Spec], contracts: list[Spec], plant: list[Spec]
) -> tuple[SegmentedDrivers, SignedContracts | None, Plant | None]:
    """Give the model a company."""
    signed = None
    if contracts:
        longest = max(len(c["amounts"]) for c in contracts)
        signed = SignedContracts(
            [c["name"] for c in contracts],
            [c["segment"] for c in contracts],
            **{k: [c.get(k, _BLANK.get(k, 0.0)) for c in contracts] for k in CONTRACT},
            amounts=[[*c["amounts"], *[0.0] * (longest - len(c["amounts"]))] for c in contracts],
        )
    built = None
    if plant:
        built = Plant(
            [v["name"] for v in plant],
            [v["megawatts"] for v in plant],
            [v["in_service"] for v in plant],
            [float(v["lead"]) for v in plant],
            [v["capex"] for v in plant],
            [v["life"] for v in plant],
            [v["segment"] for v in plant],
            [v.get("contract") for v in plant],
        )
    return SegmentedDrivers.by_segment(company, segments), signed, built


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high).map(lambda v: round(v, 3))


@st.composite
def companies(draw: st.DrawFn) -> Company:
    years = draw(st.integers(1, 4))

    def yearly(low: float, high: float) -> Any:
        values = numbers(low, high)
        return draw(values | st.lists(values, min_size=years, max_size=years))

    def maybe(spec: Spec, **options: st.SearchStrategy[Any]) -> None:
        for name, values in options.items():
            if draw(st.booleans()):
                spec[name] = draw(values)

    end = date(2027, draw(st.integers(1, 12)), 28) + timedelta(days=draw(st.integers(-15, 15)))
    # From a year's end that counts as this one's beginning to two weeks before it.
    start = end - timedelta(days=draw(st.integers(15, 371)))
    company: Spec = {
        "years": years,
        "first_year_end": end,
        "valuation_date": start,
        "balance_date": start - timedelta(days=draw(st.integers(0, 200))),
        "tax_rate": yearly(0, 0.4),
        "wacc": yearly(0.06, 0.2),
        "terminal_growth": draw(numbers(-0.03, 0.03)),
        "terminal": draw(st.sampled_from(["growth", "roic", "multiple"])),
        "timing": draw(st.sampled_from(["mid", "end"])),
    }
    if company["terminal"] == "roic":
        company["terminal_roic"] = draw(numbers(0.05, 0.3))
    # A multiple of an operating loss is refused.
    company |= {"terminal_multiple": draw(numbers(0, 20)), "terminal_metric": "revenue"}
    maybe(
        company,
        research=numbers(0, 60),
        stock_compensation=st.lists(numbers(0, 40), min_size=years, max_size=years),
        loss_carryforward=numbers(0, 200),
        loss_limit=numbers(0, 1),
        loss_cap=numbers(0, 50),
        failure_probability=numbers(0, 1),
        failure_proceeds=numbers(0, 1),
        contracted_delay_months=st.sampled_from([0.0, 0.5, 1.0, 2.25, 7.0, 30.0]),
    )
    if draw(st.booleans()):
        company |= {"capital_expenditure": yearly(0, 30), "depreciation": yearly(0, 30)}
    segments: dict[str, Spec] = {}
    contracts: list[Spec] = []
    plant: list[Spec] = []
    for name in ["Cloud", "Systems"][: draw(st.integers(1, 2))]:
        s: Spec = {"contra_revenue": yearly(0, 0.2)}
        by_plant = draw(st.booleans())
        maybe(
            s,
            contra_basis=st.sampled_from(["cash", "shares"]),
            working_capital=numbers(-0.3, 0.3),
            wacc=numbers(0.06, 0.2),
        )
        if by_plant and draw(st.booleans()):
            s |= {"power_cost": yearly(0, 2), "hosting_cost": yearly(0, 2)}
        else:
            s["operating_margin"] = yearly(-0.3, 0.9)
        kind = draw(st.sampled_from(["contracts", "growth", "amounts", "both"]))
        if kind in ("growth", "both"):
            s |= {"base_revenue": draw(numbers(0, 300)), "revenue_growth": yearly(-0.4, 0.6)}
        if kind == "amounts":
            s |= {"base_revenue": draw(numbers(0, 300)), "uncontracted_revenue": yearly(0, 300)}
        if by_plant and kind == "contracts" and draw(st.booleans()):
            kind, s["price"], s["utilisation"] = "price", yearly(0, 12), yearly(0, 1)
        if kind in ("contracts", "both"):
            for number in range(draw(st.integers(1, 2))):
                contracts.append(_contract(draw, name, f"{name} {number}", company))
            if draw(st.booleans()):
                s["net_retention"] = yearly(0.5, 1.4)
            else:
                maybe(s, renewal_rate=numbers(0, 1), renewal_price=numbers(0.5, 1.5))
                maybe(s, renewal_term=st.integers(1, 30).map(float))
        if by_plant:
            own = [c["name"] for c in contracts if c["segment"] == name]
            for number in range(draw(st.integers(1, 2))):
                plant.append(_vintage(draw, name, f"{name} MW {number}", own, start))
        elif draw(st.booleans()):
            s |= {"sales_to_capital": yearly(0.5, 4)}
            maybe(s, freed_capital=numbers(0, 1))
        else:
            s |= {"capital_expenditure": yearly(0, 60), "depreciation": yearly(0, 60)}
            maybe(s, working_capital_change=numbers(-20, 20))
        segments[name] = s
    return company, segments, contracts, plant


def _contract(draw: st.DrawFn, segment: str, name: str, company: Spec) -> Spec:
    # Long enough to reach past the valuation date.
    months = draw(st.integers(8, 40))
    amounts = draw(st.lists(numbers(0, 20), min_size=months, max_size=months))
    c: Spec = {"name": name, "segment": segment, "amounts": [*amounts[:-1], amounts[-1] + 1.0]}
    options: dict[str, st.SearchStrategy[Any]] = {
        "base_revenue": numbers(0, 200),
        "recognised": numbers(0, 50),
        "collected": numbers(0, 200),
        "delay": st.sampled_from([0.0, 0.25, 1.0, 3.5, 6.0, 9.0]),
        "probability": numbers(0.1, 1),
        "intensity": numbers(0, 0.5),
        "recovery": numbers(0, 1),
        "renewal_rate": numbers(0, 1),
        "renewal_price": numbers(0.5, 1.5),
        "renewal_term": st.integers(1, 30).map(float),
    }
    for key, values in options.items():
        if draw(st.booleans()):
            c[key] = draw(values)
    if "collected" in c:
        c["collected"] = min(c["collected"], sum(c["amounts"]))
    return c


def _vintage(draw: st.DrawFn, segment: str, name: str, contracts: list[str], start: date) -> Spec:
    v: Spec = {
        "name": name,
        "segment": segment,
        "megawatts": draw(numbers(0, 40)),
        "in_service": start + timedelta(days=draw(st.integers(-500, 900))),
        "lead": draw(st.integers(1, 20)),
        "capex": draw(numbers(0, 20)),
        "life": draw(st.sampled_from([1, 1.25, 2, 2.5, 4, 6])),
    }
    if contracts and draw(st.booleans()):
        v["contract"] = draw(st.sampled_from(contracts))
    return v
