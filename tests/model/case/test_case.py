"""Does a case refuse errors with their place, and does the shipped one match published figures?

Oracles: for the refusals, the shipped file with one error put in; for the figures, numbers
typed here from the filings and releases (Form S-1 of 17 April 2026, its amendments of 4 and 11 May,
the 424B4, the 10-Q and release of each quarter, and the press on pricing and debut).
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from cases import Tree, shipped, simple, whole

from model.case import derived
from model.case.case import Case, load, names, parse
from model.errors import InputError
from model.valuation import value

SHIPPED = simple()


def spoilt(path: str, change: Callable[[Tree, str], object]) -> Tree:
    """Return the shipped case with one of its keys changed."""
    tree = copy.deepcopy(SHIPPED)
    *parents, leaf = path.split(".")
    node = tree
    for parent in parents:
        node = node[parent]
    change(node, leaf)
    return tree


def put(path: str, new: Any) -> Tree:
    return spoilt(path, lambda node, leaf: node.__setitem__(leaf, new))


def without(path: str) -> Tree:
    return spoilt(path, lambda node, leaf: node.pop(leaf))


def figure(value: Any) -> Tree:
    """Return a figure as it is in a case."""
    return {
        "value": value,
        "as_of": date(2026, 5, 13),
        "source": "model",
        "quality": "assumption",
    }


def refusal(tree: Tree) -> str:
    with pytest.raises(InputError) as refused:
        parse(tree)
    return str(refused.value)


@pytest.fixture(scope="module")
def case() -> Case:
    return load("cerebras")


# Refusals ----------------------------------------------------------------------------------------


def events(day: date) -> Tree:
    """Return a table with one event after the balance sheet, a loan."""
    loan = {"event": "Loan", "date": day, "cash": 1_005.0, "borrowings": 1_005.0}
    return {"source": "q2", "quality": "filing", "as_of": day, "loan": loan}


REFUSALS = {
    "an unknown section": (
        put("offers", {}),
        "offers is an unknown key (did you mean 'offer'?).",
    ),
    "an unknown key of a figure": (
        put("drivers.leases.valeu", 1.0),
        "drivers.leases.valeu is an unknown key (did you mean 'value'?).",
    ),
    "an unknown key of a company": (
        put("company.sector", "AI"),
        "company.sector is an unknown key.",
    ),
    "a misspelt key": (
        spoilt("company.ticker", lambda node, leaf: node.update(tickr=node.pop(leaf))),
        "company.tickr is an unknown key (did you mean 'ticker'?).",
    ),
    "a misspelt section": (
        spoilt("cost_of_capital", lambda node, leaf: node.update(cost_of_captial=node.pop(leaf))),
        "cost_of_captial is an unknown key (did you mean 'cost_of_capital'?).",
    ),
    "a company without a name": (
        put("company.name", ""),
        "company.name must have from 1 to 100 characters, not ''.",
    ),
    "a moment for a date": (
        put("company.valuation_date.value", datetime(2026, 5, 13, 10)),
        "company.valuation_date.value must be a date without a time, not 2026-05-13 10:00:00.",
    ),
    "an offer for nothing": (
        put("offer.price.value", 0.0),
        "offer.price must be above 0 and at most 10000000, not 0.",
    ),
    "an offer price that is no price": (
        put("offer.price.unit", "USD m"),
        "offer.price.unit must be left out: the figure is in USD.",
    ),
    "drivers for unlike numbers of years": (
        put("drivers.operating_margin.value", [0.1] * 9),
        "drivers.operating_margin must have as many values as drivers.uncontracted_revenue, "
        "10, not 9.",
    ),
    "a missing section": (without("cost_of_capital"), "cost_of_capital is missing."),
    "a missing figure": (without("cost_of_capital.beta"), "cost_of_capital.beta is missing."),
    "a missing balance": (without("rpo.opening.amount"), "rpo.opening.amount is missing."),
    "a missing value": (without("drivers.leases.value"), "drivers.leases.value is missing."),
    "a missing source": (
        without("drivers.leases.source"),
        "drivers.leases.source is missing, here and in its section.",
    ),
    "the missing price of the offer": (without("offer.price"), "offer.price is missing."),
    "a wrong unit": (
        put("rpo.opening.amount.unit", "USD bn"),
        "rpo.opening.amount.unit must be left out: the figure is in USD m.",
    ),
    "a wrong unit of a security": (
        put("securities.options.strike.unit", "USD m"),
        "securities.options.strike.unit must be left out: the figure is in USD.",
    ),
    "a wrong unit of a driver": (
        put("drivers.leases.unit", "USD"),
        "drivers.leases.unit must be left out: the figure is in USD m.",
    ),
    "text for a number": (
        put("rpo.opening.amount.value", "24600"),
        "rpo.opening.amount must be a number, not '24600' (text that reads as 24600).",
    ),
    "text for the number of a driver": (
        put("balance_sheet.borrowings.value", "982.9"),
        "balance_sheet.borrowings must be a number, not '982.9' (text that reads as 982.9).",
    ),
    "a number for a choice": (
        put("drivers.timing", figure(1.0)),
        "drivers.timing must be one of 'mid', 'end', not 1.",
    ),
    "a path for a driver of one number": (
        put("balance_sheet.borrowings.value", [1.0, 2.0]),
        "balance_sheet.borrowings must be a number, not a list of 2.",
    ),
    "several numbers for one": (
        put("balance_sheet.cash.value", [1.0, 2.0]),
        "balance_sheet.cash must be a number, not a list of 2.",
    ),
    "a number for a date": (
        put("company.valuation_date.value", 2026.0),
        "company.valuation_date must be a date, not 2026.",
    ),
    "a date for a number": (
        put("cost_of_capital.beta.value", date(2026, 1, 1)),
        "cost_of_capital.beta must be a number, not 2026-01-01.",
    ),
    "a truth value for a number": (
        put("cost_of_capital.beta.value", True),
        "cost_of_capital.beta must be a number, not True.",
    ),
    "a number that is none": (
        put("published.mch_value.value", float("nan")),
        "published.mch_value must be a finite number, not nan.",
    ),
    "an infinite number in a path": (
        put("drivers.uncontracted_revenue.value", [1.0, float("inf")]),
        "drivers.uncontracted_revenue must be a finite number, not inf.",
    ),
    "half a month": (
        put("rpo.final_month.value", 84.5),
        "rpo.final_month must be a whole number, not 84.5.",
    ),
    "an unknown source": (
        put("drivers.leases.source", "s1_may4"),
        "drivers.leases.source does not name a source: 's1_may4' (did you mean 's1a_may4'?).",
    ),
    "an unknown driver": (
        put("drivers.renewal_rates", figure(0.5)),
        "drivers.renewal_rates is an unknown driver (did you mean 'renewal_rate'?).",
    ),
    **{
        f"the derived driver {name}": (
            put(f"drivers.{name}", figure(1.0)),
            f"drivers.{name} must not be given, because it follows from other figures.",
        )
        for name, unit in (("wacc", "fraction"), ("stub", "years"), ("years", "years"))
    },
    **{
        f"what follows from other figures: {path}": (
            put(path, figure(1.0)),
            f"{path} must not be given, because it follows from {source}.",
        )
        for path, source in (
            (
                "drivers.cash",
                "balance_sheet.cash, with restricted cash, investments and later events",
            ),
            ("drivers.debt", "balance_sheet.borrowings, with later events"),
            (
                "drivers.other_claims",
                "balance_sheet.customer_deposits and deferred_revenue",
            ),
            ("drivers.offer_proceeds", "the terms in [offer]"),
            ("securities.common.count", "offer.shares_before, shares sold and RSUs issued"),
            ("securities.rsus.count", "offer.rsus_converting, rsus_issued and rsus_withheld"),
            ("offer.gross_proceeds", "offer.price and offer.shares"),
            ("offer.rsu_tax", "offer.price and offer.rsus_withheld"),
        )
    },
    "an offer without its discount": (
        without("offer.spread"),
        "offer.spread must be given with offer.shares_before.",
    ),
    "RSUs issued without those withheld": (
        without("offer.rsus_withheld"),
        "offer.rsus_withheld must be given with offer.rsus_issued.",
    ),
    "restricted cash of no use": (
        without("balance_sheet.restricted_cash_counts"),
        "balance_sheet.restricted_cash_counts must be given with balance_sheet.restricted_cash.",
    ),
    "collected cash of no kind": (
        without("balance_sheet.collected_counts"),
        "balance_sheet.collected_counts must be given with balance_sheet.customer_deposits.",
    ),
    "an event that the balance sheet holds": (
        put("tables.balance_events", events(date(2026, 3, 31))),
        "tables.balance_events.loan.date must be after 2026-03-31, the date of "
        "balance_sheet.cash, not 2026-03-31.",
    ),
    "a condition of a security that is none": (
        put("securities.warrant_value.condition.value", "revenue"),
        "securities.warrant_value.condition must be one of 'none', 'price', 'market value', "
        "'diluted market value', 'date', 'delivered', 'delivered pro rata', not 'revenue'.",
    ),
    "a total that does not add up": (
        put("offer.first_range_offered.value", 29.0),
        "totals.first_range must add up: offer.first_range_shares is 212.965381, and "
        "offer.shares_before + offer.first_range_offered + offer.first_range_rsus is 213.965381.",
    ),
    "a total with a part to subtract that does not add up": (
        put("scalars.revenue_before.value", 98.51),
        "totals.comparable_revenue must add up: scalars.comparable_revenue is 603.881, and "
        "drivers.base_revenue + scalars.revenue_since + -scalars.revenue_before is 604.881.",
    ),
    "a total of what is not there": (
        put("totals.warrant.parts", ["balance_sheet.cahs"]),
        "totals.warrant does not name a number: "
        "'balance_sheet.cahs' (did you mean 'balance_sheet.cash'?).",
    ),
    "a total of what is no number": (
        put("totals.warrant.parts", ["rpo.shape"]),
        "totals.warrant does not name a number: 'rpo.shape'.",
    ),
    "a conversion that contradicts the filing": (
        put("rpo.conversion.year_2.share.value", 0.1),
        "rpo.conversion must sum to 0.15 within the disclosed band 'next_24', not 0.131.",
    ),
    "overlapping bands of the filing": (
        put("rpo.opening.bands.next_48.from_month", 24),
        "rpo.opening: bands From month must be 25 after To month 24, not 24, or the bands overlap.",
    ),
    "a gap between bands of the forecast": (
        put("rpo.conversion.year_2.from_month", 14),
        "rpo.conversion: bands From month must be 13 after To month 12, not 14, or the bands leave "
        "a gap.",
    ),
    "bands of more than the balance, at a later date": (
        put("rpo.later.june_2026.bands.next_24.share.value", 0.23),
        "rpo.later.june_2026: bands Share must be at most 1 in total, not 1.01.",
    ),
    "a later balance in the middle of a month": (
        put("rpo.later.june_2026.date.value", date(2026, 7, 14)),
        "rpo.later.june_2026.date must be a whole number of months after 2025-12-31, to within a "
        "week, and 4 at least, but it is 2026-07-14.",
    ),
    "two later balances of one month": (
        put("rpo.later.june_2026.date.value", date(2026, 4, 3)),
        "rpo.later.june_2026.date must be a whole number of months after 2025-12-31, to within a "
        "week, and 4 at least, but it is 2026-04-03.",
    ),
    "a later balance without revenue before one with it": (
        without("rpo.later.march_2026.recognised"),
        "rpo.later.march_2026.recognised is missing: rpo.later.june_2026.recognised counts from "
        "this balance.",
    ),
    "a negative balance": (
        put("rpo.opening.amount.value", -1.0),
        "rpo.opening.amount must be from 0 to 10000000, not -1.",
    ),
    "a band from month 0": (
        put("rpo.conversion.year_1.from_month", 0),
        "rpo.conversion.year_1.from_month must be from 1 to 12000, not 0.",
    ),
    "an unknown quality": (
        put("drivers.leases.quality", "guess"),
        "drivers.leases.quality must be one of 'filing', 'filing-via-secondary', 'company-call', "
        "'press', 'analyst', 'inferred', 'assumption', not 'guess' (did you mean 'press'?).",
    ),
    "an unknown type of security": (
        put("securities.options.type", "optoin"),
        "securities.options.type must be one of 'common', 'rsu', 'preferred', 'puttable', "
        "'option', 'warrant', 'convertible', not 'optoin' (did you mean 'option'?).",
    ),
    "no common stock": (
        put("securities.common", {"name": "A", "type": "preferred", "count": figure(1.0)}),
        "securities must hold common stock with a Count above 0.",
    ),
    "a part withheld of options": (
        put("securities.options.withheld", figure(0.4)),
        "securities Withheld must be blank or 0 except for rsu, not 0.4.",
    ),
    "a market value in dollars a share": (
        put("securities.warrant_value.vests_at", figure(186.0) | {"unit": "USD"}),
        "securities.warrant_value.vests_at.unit must be left out: the figure is in USD m.",
    ),
    "an option without a strike": (
        without("securities.options.strike"),
        "securities.options must have a strike as type 'option' (0 if it has none).",
    ),
    "a warrant without a strike": (
        without("securities.warrant_loan.strike"),
        "securities.warrant_loan must have a strike as type 'warrant' (0 if it has none).",
    ),
    "RSUs that become convertible": (
        put("securities.rsus", {"name": "A", "type": "convertible", "count": figure(1.0)}),
        "securities.rsus must have a strike as type 'convertible' (0 if it has none).",
    ),
    "a strike on common stock": (
        put("securities.common.strike", figure(1.0)),
        "securities Strike must be blank or 0 for common, rsu, preferred and puttable, not 1.",
    ),
    "a published figure of no line": (
        put("published.ubs_2027.line", "revenu"),
        "published.ubs_2027.line is not a line of the results: 'revenu' (did you mean 'revenue'?).",
    ),
    "a key with a dot": (
        put("prices", SHIPPED["prices"] | {"price.high": SHIPPED["prices"]["open"]}),
        "prices.price.high must have keys without a dot, but 'price.high' has one.",
    ),
    "a row of a table that is too short": (
        without("tables.peers.amd.revenue"),
        "tables.peers.amd.revenue is missing.",
    ),
}


@pytest.mark.parametrize(("tree", "sentence"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_names_the_place_in_one_sentence(tree: Tree, sentence: str) -> None:
    assert refusal(tree) == sentence
    assert "\n" not in sentence


def test_what_is_spoilt_is_right_before() -> None:
    assert parse(copy.deepcopy(SHIPPED)).company.ticker == "CBRS"
    assert parse(shipped()).figures == load("cerebras").figures


def test_a_total_within_its_tolerance_adds_up() -> None:
    assert parse(put("offer.warrant_total.value", 33.445026 + 9e-7))
    assert parse(spoilt("totals.warrant", lambda node, leaf: node[leaf].update(tolerance=1.0)))


def test_bands_may_leave_their_rest_to_the_last_one() -> None:
    tree = spoilt("rpo.conversion.thereafter", lambda node, leaf: node[leaf].pop("share"))
    assert value(parse(tree)).contracted_revenue == pytest.approx(
        value(parse(copy.deepcopy(SHIPPED))).contracted_revenue, rel=1e-12
    )


# Loading -----------------------------------------------------------------------------------------


def load_refused(name: str | Path) -> str:
    with pytest.raises(InputError) as refused:
        load(name)
    return str(refused.value)


def test_an_unknown_case_is_refused_with_the_nearest() -> None:
    assert load_refused("cerebas") == (
        f"case must be a .toml file or one of {', '.join(names())}, not 'cerebas' "
        "(did you mean 'cerebras'?)."
    )


def test_a_missing_file_is_refused() -> None:
    assert load_refused("no/such.toml") == ("case must be a file that exists, not 'no/such.toml'.")


def test_bad_toml_is_refused_with_its_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "broken.toml"
    file.write_text("[company]\nname = \n")
    sentence = load_refused(file)
    assert sentence.startswith(f"{file}:2 is not valid TOML: ")
    assert "\n" not in sentence


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "binary.toml"
    file.write_bytes(b"\xff\xfe\x00")
    assert load_refused(file) == (f"{file}:1 must be text in UTF-8, but byte 1 of the file is not.")


def test_a_mark_of_the_encoding_is_ignored(tmp_path: Path) -> None:
    """Windows' editors save text so; the mark is U+FEFF (Unicode 15, section 23.8)."""
    file = tmp_path / "marked.toml"
    shipped = resources.files("model") / "cases" / "cerebras.toml"
    file.write_bytes(b"\xef\xbb\xbf" + shipped.read_bytes())
    assert load(file) == load("cerebras")


def test_a_file_is_loaded_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    shipped = resources.files("model") / "cases" / "cerebras.toml"
    file.write_text(shipped.read_text(encoding="utf-8").replace('"CBRS"', '"OTHR"'))
    assert load(file).company.ticker == load(str(file)).company.ticker == "OTHR"


@pytest.mark.parametrize("name", names())
def test_every_shipped_case_is_valid(name: str) -> None:
    assert value(load(name)).value_per_share > 0


# Published facts ---------------------------------------------------------------------------------

FACTS = {
    "company.valuation_date": date(2026, 5, 13),
    "offer.price": 185.0,
    "offer.shares": 30.0,
    "offer.first_range_shares": 212.965381,
    "offer.over_allotment": 4.5,
    "offer.first_range_offered": 28.0,
    "offer.first_range_rsus": 2.405513,
    "offer.rsus_converting": 16.687344,
    "offer.rsus_issued": 2.668673,
    "offer.rsus_withheld": 2.126456,
    "offer.warrant_total": 33.445026,
    "balance_sheet.cash": 701.7,
    "prices.first_low": 115.0,
    "prices.first_middle": 120.0,
    "prices.first_high": 125.0,
    "prices.raised_low": 150.0,
    "prices.raised_high": 160.0,
    "prices.close": 311.07,
    "prices.open": 350.0,
    "securities.options.count": 28.4,
    "securities.options.strike": 4.97,
    "securities.warrant_loan.count": 4.459337,
    "securities.warrant_value.count": 5.574171,
    "securities.warrant_capacity.count": 23.411518,
    "securities.warrant_loan.strike": 1e-5,
    "securities.warrant_value.strike": 1e-5,
    "securities.warrant_capacity.strike": 1e-5,
    "rpo.opening.date": date(2025, 12, 31),
    "rpo.opening.amount": 24_600.0,
    "rpo.opening.bands.next_24.share": 0.15,
    "rpo.opening.bands.next_48.share": 0.43,
    "rpo.opening.bands.thereafter.share": 0.42,
    "rpo.later.march_2026.date": date(2026, 3, 31),
    "rpo.later.march_2026.amount": 25_000.0,
    "rpo.later.march_2026.recognised": 193.4,
    "rpo.later.june_2026.date": date(2026, 6, 30),
    "rpo.later.june_2026.amount": 25_400.0,
    "rpo.later.june_2026.recognised": 180.1,
    "rpo.later.june_2026.bands.next_24.share": 0.22,
    "rpo.later.june_2026.bands.next_48.share": 0.43,
    "rpo.later.june_2026.bands.thereafter.share": 0.35,
    "cost_of_capital.cost_of_debt": 0.06,
    "segments.cloud.base_revenue": 151.551,
    "segments.systems.base_revenue": 358.44,
    "published.guidance_low": 880.0,
    "published.guidance_high": 890.0,
    "published.ubs_2027": 2_700.0,
    "published.margin_target": 0.40,
}


@pytest.mark.parametrize(("path", "fact"), FACTS.items(), ids=FACTS)
def test_a_figure_is_what_was_published(case: Case, path: str, fact: float | date) -> None:
    assert case.figures[path].value == fact


def test_what_is_inferred_follows_from_what_was_published(case: Case) -> None:
    def is_(found: float, number: float) -> None:
        assert found == pytest.approx(number, rel=1e-12)

    # Shares in units, as the filings have them.
    counts, drivers = derived.counts(case), derived.drivers(case)
    is_(counts["common"], (212_965_381 + 2_000_000 + (2_668_673 - 2_405_513)) / 1e6)
    is_(counts["rsus"], (16_687_344 - 2_668_673 - 2_126_456) / 1e6)
    # 3.30% of 30.0m shares at 185; at 155 what is left of gross less net proceeds is expenses.
    assert case.figures["offer.expenses"].number == pytest.approx(
        4_650.0 * (1 - 0.033) - 4_487.5, abs=0.1
    )
    is_(drivers["offer_proceeds"], 5_550.0 - 183.15 - 9.0 - 393.39436)
    # The customer's loan and series H came in January and February 2026.
    is_(drivers["cash"], 701.7 + 1_005 + 1_000)
    is_(drivers["debt"], 1_005)


def test_the_tranches_of_the_warrant_sum_to_it(case: Case) -> None:
    tranches = [s.count.number for key, s in case.securities.items() if key.startswith("warrant_")]
    assert len(tranches) == 3
    assert sum(tranches) == pytest.approx(33.445026, abs=1e-9)


def column(case: Case, key: str, header: str) -> list[Any]:
    table = case.tables[key]
    place = list(table.columns).index(header)
    return [row.values[place] for row in table.rows.values()]


def test_the_warrant_is_one_wherever_it_stands(case: Case) -> None:
    """The schedule of contra-revenue is of the securities, and the plant is what counts of them."""
    tranches = [s for s in case.securities.values() if s.type == "warrant"]
    assert column(case, "customer_warrant", "Tranche") == [s.name for s in tranches]
    hurdle = tranches[-1].vests_at.number
    contracted = sum(column(case, "plant", "MW"))
    assert case.dilution.measured[-1] == contracted
    parts = [1, 1, contracted / hurdle]
    # What the forecast gives back: 366, 457 and 720 over contracts of 20 billion.
    worth = sum(
        s.count.number * part * value
        for s, part, value in zip(
            tranches, parts, column(case, "customer_warrant", "Fair value"), strict=True
        )
    )
    contracts = zip(
        column(case, "customer_contracts", "Customer"), column(case, "customer_contracts", "Value"),
        strict=True,
    )  # fmt: skip
    theirs = sum(value for customer, value in contracts if customer == "OpenAI")
    given = case.segments["openai"].figures["contra_revenue"].number
    assert given == pytest.approx(worth / theirs, rel=1e-12)


def test_capacity_and_instalments_repay_the_loan(case: Case) -> None:
    """982.9 was owed at 31 March 2026, 918 at 30 June, of which 736 within a year (10-Qs)."""
    months, amounts = (column(case, "loan_capacity", h) for h in ("Month", "Repaid in capacity"))
    repaid = dict(zip(months, amounts, strict=True))
    principal = case.scalars["loan_principal"].number
    assert principal - repaid[3] == pytest.approx(982.9)
    assert principal - repaid[3] - repaid[6] == pytest.approx(918)
    assert sum(paid for month, paid in repaid.items() if 6 < month <= 18) == pytest.approx(736)


def test_the_offer_and_the_releases_are_all_shares(case: Case) -> None:
    """171.1 million are released in stages (prospectus), the rest on 9 November at the latest."""
    freed = column(case, "lock_up", "Shares")
    days = column(case, "lock_up", "Date")
    assert sum(freed[:-1]) == pytest.approx(171.1)
    assert (days[-1] - case.company.valuation_date.day).days == 180
    offered = case.offer["shares"].number
    common = derived.counts(case)["common"]
    assert offered + sum(freed) == pytest.approx(common, abs=1e-9)


def test_the_bands_are_the_months_of_the_filing(case: Case) -> None:
    bands = case.rpo.opening.bands.values()
    assert [(b.from_month, b.to_month) for b in bands] == [(1, 24), (25, 48), (49, None)]


def test_revenue_of_2026_lies_between_the_forecasts_of_may(case: Case) -> None:
    """UBS on 6 May 2026: 60% above 510.0; finzora on 11 May: 1,200."""
    result = value(case)
    assert result.years[0] == 2026
    assert 1.6 * 510 <= result.forecast.revenue[0] <= 1_200


def test_losses_carried_forward_are_the_operating_losses_of_three_years(case: Case) -> None:
    """S-1: 133.9, 101.4 and 145.9 in 2023 to 2025."""
    assert case.drivers["loss_carryforward"].number == pytest.approx(133.9 + 101.4 + 145.9, abs=0.2)


def test_the_model_takes_what_the_case_states(case: Case) -> None:
    assert case.dilution.basic.sum() == 215.228541
    assert case.bands(case.rpo.opening.bands).amount.sum() == pytest.approx(24_600, rel=1e-15)


def test_every_figure_has_a_source_a_quality_and_a_date(case: Case) -> None:
    assert len(case.figures) > 90
    for path, stated in case.figures.items():
        assert case.sources[stated.source].title.strip(), path
        assert stated.quality.strip(), path
        assert isinstance(stated.as_of, date), path
        # A judgement needs a reason.
        assert stated.quality not in ("assumption", "inferred") or stated.note.strip(), path


def test_every_source_is_used(case: Case) -> None:
    used = {stated.source for stated in case.figures.values()}
    used |= {row.source for table in case.tables.values() for row in table.rows.values()}
    assert used == set(case.sources)


# What no cell can hold ---------------------------------------------------------------------------

PEER = "tables.peers.nvidia"
AWKWARD = {
    "a formula in a cell of a table": (f"{PEER}.company", "=1+1", "not a formula"),
    "a link in a cell": (f"{PEER}.company", '=HYPERLINK("x")', "not a formula"),
    "a control character": (f"{PEER}.company", "a\x07b", "printable text"),
    "a line break": ("offer.price.label", "a\nb", "printable text"),
    "infinity": (f"{PEER}.revenue", float("inf"), "a finite number"),
    "no number": (f"{PEER}.revenue", float("nan"), "a finite number"),
    "a number beyond doubles": (
        f"{PEER}.revenue",
        10**400,
        "must be a finite number, not a number too large to write",
    ),
    "a truth value": (f"{PEER}.revenue", True, "a number, not True"),
    "a moment": (f"{PEER}.company", datetime(2026, 5, 13, 10), "without a time"),
    "an error": ("securities.common.name", "#REF!", "text and not an error value, not '#REF!'"),
    "an error in small letters": ("offer.price.label", "#n/a", "text and not an error value"),
    "32,768 characters": ("company.about", "x" * 32_768, "32767 characters at most, not 32768"),
    "emoji of two units": ("company.about", "😀" * 20_000, "32767 characters at most, not 40000"),
    "a day before Excel's": ("offer.price.as_of", date(1800, 1, 1), "from 1900-03-01 on"),
    "a key of a row": ("tables.peers", {"=1+1": {}}, "printable text and not a formula"),
    "a source's key": ("sources", {"=1+1": {"title": "x"}}, "printable text and not a formula"),
    "a security's key": ("securities", {"a\nb": SHIPPED["securities"]["common"]}, "printable text"),
}


@pytest.mark.parametrize(("path", "new", "expected"), AWKWARD.values(), ids=AWKWARD)
def test_what_no_cell_can_hold_is_refused_by_its_place(path: str, new: Any, expected: str) -> None:
    """The oracle: what Excel's specification lets a cell hold, and what starts a formula."""
    # Other errors are on their own lines.
    sentence = refusal(put(path, new)).splitlines()[0]
    assert sentence.startswith(path.partition(".")[0])
    assert expected in sentence


def test_a_change_of_a_scenario_has_its_reason() -> None:
    tree = whole()
    rows = tree["tables"]["scenarios"]
    # Base changes nothing.
    rows["base"]["note"] = rows["bear_rate"]["note"] = ""
    assert refusal(tree) == (
        "tables.scenarios.bear_rate.note must give the reason for changing wacc & terminal_wacc."
    )
    # What is typed into the workbook has no note there.
    tree["sources"]["typed"] = {"title": "Typed in the workbook"}
    rows["bear_rate"] |= {"source": "typed", "quality": "assumption"}
    parse(tree)
