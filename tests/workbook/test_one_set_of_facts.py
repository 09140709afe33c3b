"""Do contracts, plant and unit economics state the same facts, and does a second one fail a check?

Oracle: a company of one contract, worked by hand in one_contract.py.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from live import Live
from one_contract import assumptions, cell, failing, made, rows
from working_copy import RESULT_COLUMN, Copy

from model import plausibility
from model.case.case import Case, load, parse
from model.case.megawatt import following
from model.errors import InputError
from model.valuation import value
from workbook import template
from workbook.check.reader import read_case
from workbook.check.report import report
from workbook.hosts.headless import evaluate
from workbook.package.cells import place
from workbook.template.sheets.checks_and_warnings.warnings import LABEL, OUTSIDE, VALUE, VERDICT


@pytest.fixture(scope="module")
def case() -> Case:
    return parse(made())


@pytest.fixture(scope="module")
def small(case: Case) -> Copy:
    return Copy(template.build(case))


@pytest.fixture(scope="module")
def live(small: Copy) -> Live:
    return small.live


BY_HAND = {
    "Price": 25.0, "Utilisation": 1.0, "Capex": 12.0, "Life": 7.0, "Power price": 80.0,
    "PUE": 1.25, "Other cost": 1.5, "Rate": 0.1,
}  # fmt: skip


def test_the_small_company_is_sound(case: Case, small: Copy) -> None:
    assert report(small.built).faults == []
    assert failing(small, small.base) == set()
    assert read_case(small.built)[0] == case


def test_a_megawatt_is_that_of_the_forecast(small: Copy) -> None:
    assert assumptions(small, small.base) == pytest.approx(BY_HAND)
    lines = rows(small, small.base, "Market")
    # 25 less power of 0.876, other cost of 1.5 and 12 over 7 years.
    assert lines["Gross profit"][0] == pytest.approx(25 - 0.876 - 1.5 - 12 / 7)
    assert lines["Revenue per MW-year implied by the RPO, an upper bound"][0] == 1500 / 40


def test_capacity_by_quarter_is_that_of_the_plant(small: Copy) -> None:
    lines = rows(small, small.base, "Contracts and RPO")
    assert lines["Halls"][:4] == pytest.approx([1000, 10, 4, 25])
    assert lines["Value of the contracts that plant serves"] == [1000]
    assert lines["MW-years under contract"] == [40]
    assert lines["Price of a MW-year under contract"] == [25]
    # From the balance of March 2026: June, September, December, March, June; five years to 2031.
    online = lines["MW in service under contract"]
    assert online[:5] == [0, 0, 6, 10, 10]
    served = lines["Contracted revenue of the contracts that plant serves"]
    # Month 7 from March is October 2026: 62.5 a quarter.
    assert served[:4] == pytest.approx([0, 0, 62.5, 62.5])
    each = lines["Revenue per MW-year, on the MW in service at the quarter's end"]
    assert each[2:5] == pytest.approx([62.5 * 4 / 6, 25, 25])
    brought = lines["MW that came into service for the customer"]
    assert brought[:5] == [0, 0, 6, 4, 0]


def test_a_vintage_leaves_at_the_end_of_its_life(small: Copy, live: Live) -> None:
    """Six MW of one year from October 2026 are there until September 2027."""
    values = live.values({cell(small, "Plant", 1, "Life"): 1.0})
    online = rows(small, values, "Contracts and RPO")["MW in service under contract"]
    assert online[:7] == [0, 0, 6, 10, 10, 10, 4]


def test_the_warrant_is_of_the_customers_contract(small: Copy) -> None:
    lines = rows(small, small.base, "Contracts and RPO")
    assert lines["Revenue from the customer's contracts"][:4] == pytest.approx([0, 0, 62.5, 62.5])
    sheet, top, left = small.named("Warrant_schedule")
    page = small.base[sheet]
    contra = [v for (r, c), v in page.items() if c > left and r == top + 2]
    assert sum(contra) == pytest.approx(20 * (1 + 4 * 10 / 40))
    # 4 million at a quarter vest with the MW: 6 of 10, then all.
    label = {str(page.get((top + i, left))): top + i for i in range(12)}
    vested = [page[label["On capacity"], left + 1 + q] for q in range(5)]
    assert vested == pytest.approx([0, 0, 0.6, 1, 1])


#: What is typed on Inputs, and the price, capex and other assumptions that follow by hand.
EDITS: dict[str, tuple[str, int, str, float, dict[str, float]]] = {
    "a contract of 1,200": ("Customer_contracts", 1, "Value", 1200.0, {"Price": 30.0}),
    "for five years": ("Customer_contracts", 1, "Term", 60.0, {"Price": 20.0}),
    "16 MW in the first vintage": (
        # 1,000 over 20 MW and four years; (16 x 10 + 4 x 15) / 20; (16 x 5 + 4 x 10) / 20.
        "Plant", 1, "MW", 16.0, {"Price": 12.5, "Capex": 11.0, "Life": 6.0},
    ),
    "a MW at 20": ("Plant", 2, "Price per MW", 20.0, {"Capex": 14.0}),
    "a life of 12 years": ("Plant", 2, "Life", 12.0, {"Life": 7.8}),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_a_fact_moves_both_sheets(name: str, small: Copy, live: Live) -> None:
    table, row, column, new, expected = EDITS[name]
    values = live.values({cell(small, table, row, column): new})
    assert assumptions(small, values) == pytest.approx(BY_HAND | expected)
    price = rows(small, values, "Contracts and RPO")["Price of a MW-year under contract"]
    assert price == [pytest.approx(expected.get("Price", 25.0))]
    assert not [title for title in failing(small, values) if title.startswith("Megawatt")]


def test_drivers_of_the_segment_move_the_sheet(small: Copy, live: Live) -> None:
    sheet, at = small.driver("Halls/power_cost")
    other = small.driver("Halls/hosting_cost")[1]
    values = live.values({(sheet, place(at)): 1.095, (sheet, place(other)): 2.0})
    # 1.095 million for 8,760 hours at a PUE of 1.25.
    expected = BY_HAND | {"Power price": 100.0, "Other cost": 2.5}
    assert assumptions(small, values) == pytest.approx(expected)
    assert not [title for title in failing(small, values) if title.startswith("Megawatt")]


@pytest.mark.parametrize(
    ("row", "new", "says"),
    [
        (1, 26.0, "Megawatt: one price of a MW-year, that of the contracts"),
        (2, 12.5, "Megawatt: one price of a MW, that of the plant"),
    ],
)
def test_a_second_number_fails_a_check_by_name(
    row: int, new: float, says: str, small: Copy, live: Live
) -> None:
    values = live.values({cell(small, "Infrastructure", row, "Value"): new})
    assert failing(small, values) == {says}


def test_the_share_given_back_is_the_warrants(small: Copy, live: Live) -> None:
    says = "Warrant: the forecast gives back its fair value over the customer's contracts"
    sheet, at = small.driver("Halls/contra_revenue")
    assert says in failing(small, live.values({(sheet, place(at)): 0.05}))
    # A fair value of 25 is 50, or 5%.
    fair = {cell(small, "Customer_warrant", i, "Fair value"): 25.0 for i in (1, 2)}
    assert says in failing(small, live.values(fair))
    assert says not in failing(small, live.values(fair | {(sheet, place(at)): 0.05}))


def test_other_megawatts_move_the_tranche_that_counts(small: Copy, live: Live) -> None:
    """20 MW of 40 are half of the four millions, and 60 for the contract: 6%."""
    sheet, at = small.driver("Halls/contra_revenue")
    edits = {cell(small, "Plant", 1, "MW"): 16.0, (sheet, place(at)): 0.06}
    values = live.values(edits)
    assert failing(small, values) == set()
    lines = rows(small, values, "Contracts and RPO")
    assert lines["On capacity"][3] == pytest.approx(0.5)


def test_cash_collected_counts_once() -> None:
    """120 stands for revenue of the contract: a claim as well, or 90, fails a check by name."""
    tree = made()
    of_december = {"as_of": tree["rpo"]["opening"]["date"], "source": "placeholder"}
    tree["balance_sheet"] |= {
        "deferred_revenue": {"value": 120.0, **of_december}, "collected_counts": "forecast"
    }  # fmt: skip
    tree["tables"]["customer_contracts"]["one"]["collected"] = 120.0
    tree["tables"]["customer_contracts"]["two"]["collected"] = 0.0
    book = Copy(template.write(parse(tree)))
    assert failing(book, book.base) == set()
    says = "Balance sheet: cash collected counts once"
    for path, new in (("collected_counts", "claim"), ("deferred_revenue", 90.0)):
        assert failing(book, book.values({book.at(f"balance_sheet.{path}"): new})) == {says}


@pytest.mark.parametrize(
    ("path", "new", "says"),
    [
        ("balance_sheet.borrowings", 200.0, "Funding: debt is the debt in the bridge"),
        ("rpo.opening.amount", 25_400.0, "Contracts: their values are the opening balance"),
        ("scalars.loan_principal", 900.0, "Loan: it is one of the commitments, at its rate"),
        ("scalars.loan_rate", 0.07, "Loan: it is one of the commitments, at its rate"),
        ("scalars.customer_default_intensity", 0.05,
         "Present value: default and recovery are those of a contract"),
    ],
)  # fmt: skip
def test_a_second_statement_of_debt_contracts_or_risk_fails_a_check(
    path: str, new: float, says: str, whole: Copy
) -> None:
    failed = failing(whole, whole.values({whole.at(path): new}))
    assert says in failed


def test_other_capital_is_no_plant_of_megawatts() -> None:
    """What is spent on plant is a line of its own where the company states other spending."""
    tree = made()
    tree["drivers"] |= {"capital_expenditure": [9.0] * 10, "depreciation": [7.0] * 10}
    values = evaluate(template.write(parse(tree)))
    results = [v for at, v in values["Checks and warnings"].items() if at[1] == RESULT_COLUMN]
    assert "OK" in results and "FAIL" not in results


# Bad input ---------------------------------------------------------------------------------------


def test_what_does_not_follow_must_be_given() -> None:
    tree = made()
    del tree["tables"]["infrastructure"]["pue"]["value"]
    with pytest.raises(InputError) as refused:
        parse(tree)
    assert str(refused.value) == (
        "tables.infrastructure.pue.value must be given, because PUE does not follow from plant, "
        "contracts and segments."
    )


def test_without_plant_a_price_must_be_given(case: Case) -> None:
    tree = made()
    del tree["tables"]["plant"], tree["tables"]["customer_warrant"], tree["scalars"]
    tree["securities"]["capacity"]["measured"] = 10
    assert "price" in following(case)
    with pytest.raises(InputError, match=r"infrastructure\.\w+\.value must be given, because"):
        parse(tree)


def test_plant_without_contracts_has_typed_assumptions() -> None:
    """The plant earns a price of its own, and no contract says what a MW-year brings."""
    tree = made()
    tree["segments"]["halls"] |= {"price": 20.0, "renewal_rate": 0.0}
    for vintage in tree["tables"]["plant"].values():
        if isinstance(vintage, dict):
            del vintage["contract"]
    del tree["tables"]["customer_warrant"], tree["scalars"]["warrant_customer"]
    for key in ("price", "capex"):
        del tree["tables"]["infrastructure"][key]
    typed = {"price": 22.0, "utilisation": 0.9, "capex": 12.0, "life": 6.0, "other_cost": 1.5}
    for key, number in typed.items():
        name = key.replace("_", " ").capitalize()
        tree["tables"]["infrastructure"][key] = {"assumption": name, "value": number}
    tree["securities"]["capacity"]["measured"] = 10
    other = parse(tree)
    assert following(other) == ()
    book = Copy(template.write(other))
    assert failing(book, book.base) == set()
    assert assumptions(book, book.base)["Price"] == 22.0
    assert "MW in service under contract" not in rows(book, book.base, "Contracts and RPO")


@pytest.mark.parametrize(
    ("path", "new", "says"),
    [
        ("tables.customer_warrant.loan.tranche", "On a loan",
         "tables.customer_warrant.loan.tranche must be the name of a security, not 'On a loan' "
         "(did you mean 'On the loan'?)."),
        ("scalars.warrant_customer", "C",
         "scalars.warrant_customer must be a customer of tables.customer_contracts, not 'C'."),
    ],
)  # fmt: skip
def test_an_unknown_name_is_refused(path: str, new: str, says: str) -> None:
    tree = made()
    *parents, leaf = path.split(".")
    node = tree
    for parent in parents:
        node = node[parent]
    node[leaf] = new
    with pytest.raises(InputError) as refused:
        parse(tree)
    assert str(refused.value) == says


# Disclosed bands ---------------------------------------------------------------------------------


def apart(tree: dict[str, Any]) -> float:
    (measure,) = (m for m in plausibility.MEASURES if m.key == "bands")
    return float(measure.value(value(parse(tree))))


def test_contracts_are_held_against_the_disclosed_bands(case: Case, small: Copy) -> None:
    """By month 12, six of 48 months of 1,000 and 12 of 60 of 500: 225 of 1,500, or 15%."""
    lines = rows(small, small.base, "Contracts and RPO")
    assert lines["Share of the band, by contracts"] == pytest.approx([0.15, 0.85])
    assert lines["Difference"] == pytest.approx([-0.15, 0.15])
    assert apart(made()) == pytest.approx(0.15)
    (warned,) = (w for w in plausibility.warnings(value(case)) if w.measure.key == "bands")
    assert str(warned).startswith(
        "Contracts' share of a disclosed band less the filing's, at most:"
    )
    held = [v for v in small.base["Checks and warnings"].values() if v == pytest.approx(0.15)]
    assert held


def test_the_sheet_measures_the_bands_as_the_model_does(small: Copy, live: Live) -> None:
    """A year later, 12 of 60 months of 500 alone are in the first band: 100 of 1,500."""
    at = cell(small, "Customer_contracts", 1, "Start")
    values = live.values({at: 19.0})
    lines = rows(small, values, "Contracts and RPO")
    assert lines["Share of the band, by contracts"] == pytest.approx([1 / 15, 14 / 15])
    page = small.book["Checks and warnings"]
    (row,) = (
        r for r in range(1, page.max_row) if "disclosed band less" in str(page.cell(r, LABEL).value)
    )
    assert values["Checks and warnings"][row, VALUE] == pytest.approx(0.3 - 1 / 15)
    assert values["Checks and warnings"][row, VERDICT] == OUTSIDE


def test_a_delay_and_a_shape_move_the_bands() -> None:
    """Twice as steep at the end: (6/48)^2 of 1,000; three months later: (3/48)^2."""
    tree = deepcopy(made())
    one, two = (tree["tables"]["customer_contracts"][key] for key in ("one", "two"))
    one |= {"shape": "back", "delay": 0}
    two |= {"shape": "flat", "delay": 0}
    book = Copy(template.write(parse(tree)))
    for shape, delay, part in (("back", 0, (6 / 48) ** 2), ("back", 3, (3 / 48) ** 2),
                               ("front", 0, 6 / 48 * (2 - 6 / 48))):  # fmt: skip
        one |= {"shape": shape, "delay": delay}
        expected = abs((1000 * part + 100) / 1500 - 0.3)
        assert apart(tree) == pytest.approx(expected)
        values = book.live.values(
            {
                cell(book, "Customer_contracts", 1, "Shape"): shape,
                cell(book, "Customer_contracts", 1, "Delay"): delay,
            }
        )
        lines = rows(book, values, "Contracts and RPO")
        assert max(map(abs, lines["Difference"])) == pytest.approx(expected)
        assert failing(book, values) == set()


def test_contracts_that_meet_the_bands_are_no_warning() -> None:
    """The filing's 15% and 85%, and the contracts' the same."""
    tree = made()
    for bands in (tree["rpo"]["opening"]["bands"], tree["rpo"]["conversion"]):
        for band, share in zip(bands.values(), (0.15, 0.85), strict=True):
            band["share"] = share
    assert apart(tree) == pytest.approx(0, abs=1e-12)


def test_the_shipped_contracts_meet_the_bands(whole: Copy) -> None:
    """15, 43 and 42% are disclosed; 15.3, 43.0 and 41.7% are the contracts'."""
    shares = rows(whole, whole.base, "Contracts and RPO")["Share of the band, by contracts"]
    assert shares == pytest.approx([0.153, 0.430, 0.417], abs=5e-4)
    (measure,) = (m for m in plausibility.MEASURES if m.key == "bands")
    assert measure.value(value(load("cerebras"))) < 0.005
    # One price on both sheets: 20 billion over three times 250 MW for four years.
    price = rows(whole, whole.base, "Contracts and RPO")["Price of a MW-year under contract"]
    assert price == [pytest.approx(20 / 3)]
    assert assumptions(whole, whole.base)["Price"] == pytest.approx(20 / 3)
    assert assumptions(whole, whole.base)["Capex"] == 15.9
