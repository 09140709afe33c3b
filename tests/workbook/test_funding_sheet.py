"""Is the sheet Cash flow and funding as it is by hand, and does it come back whole?

Oracle: the numbers by hand in `funded_company`, and the case from which the workbook was built.
"""

from __future__ import annotations

from typing import Any

import pytest
from cases import shipped
from funded_company import CASH_BEFORE, DRAWN, GAP, HEADROOM, INTEREST, INTEREST_ON_CASH, funded
from live import kept
from looked_at import looked_at
from looked_at import typed as type_into
from ranges import cells_of

from model.case.case import Case, parse
from model.plausibility import warnings
from model.valuation import value
from workbook import template
from workbook.check.reader import read_case
from workbook.check.report import report
from workbook.hosts.headless import evaluate
from workbook.package.cells import Values, place
from workbook.package.package import Package
from workbook.template.sheets.checks_and_warnings.warnings import LABEL, OUTSIDE, VALUE, VERDICT

FIRST = 5


@pytest.fixture(scope="module")
def case() -> Case:
    return parse(funded())


@pytest.fixture(scope="module")
def package(case: Case) -> bytes:
    return template.build(case)


def rows(
    values: Values, sheet: str = "Cash flow and funding", label: int = 4
) -> dict[str, list[Any]]:
    """Return the numbers of the three years by label; of repeated ones, the first."""
    found: dict[str, list[Any]] = {}
    for (row, column), text in values[sheet].items():
        if column == label and isinstance(text, str):
            found.setdefault(text, [values[sheet].get((row, FIRST + i)) for i in range(3)])
    return found


def test_the_lines_are_those_by_hand(package: bytes) -> None:
    found = rows(evaluate(package))
    for label, by_hand in {
        "Interest on cash": INTEREST_ON_CASH,
        "Interest on debt and facilities": INTEREST,
        "Cash before facilities": CASH_BEFORE,
        "Facilities, drawn": DRAWN,
        "Funding gap": GAP,
        "Headroom, Leverage": HEADROOM,
        "Amount raised": GAP,
    }.items():
        assert found[label] == pytest.approx(by_hand), label
    assert found["Cash, opening"][0] == pytest.approx(300)


def test_every_check_passes_and_the_engines_agree(package: bytes) -> None:
    assert report(package).faults == []


def test_funding_comes_back_whole(case: Case, package: bytes) -> None:
    back = read_case(package)[0]
    assert back.funding == case.funding
    assert back.tables == case.tables
    assert back == case


def changed(package: bytes, cells: dict[str, Any]) -> bytes:
    """Type into named cells, or next to labels of Inputs."""
    places = {name: cells_of(looked_at(package), name) for name in cells}
    return type_into(package, {(s, place(at)): cells[name] for name, (s, at) in places.items()})


def test_what_the_case_leaves_out_may_be_typed(package: bytes) -> None:
    """A price of 5 for a raise, which the case does not state."""
    typed = changed(package, {"Raise_price": 5.0})
    back = read_case(typed)[0]
    assert back.funding["raise_price"].number == 5.0
    found = rows(evaluate(typed))
    valued = value(back)
    assert valued.raised is not None
    assert found["Value per share after it"] == pytest.approx(valued.raised.value_per_share)
    assert found["Value per share after it"][-1] < valued.value_per_share
    assert str(evaluate(typed)["Checks and warnings"][3, 1]).startswith("All")


@pytest.mark.parametrize("issue", ["shares", "debt"])
def test_a_raise_without_a_price_changes_nothing(issue: str, package: bytes) -> None:
    values = evaluate(changed(package, {"Raise_issue": issue}))
    after, price = rows(values)["Value per share after it"], rows(values)["Price"]
    assert after == pytest.approx([after[0]] * 3, rel=1e-12)
    assert (price == [1, 1, 1]) == (issue == "debt")
    assert str(values["Checks and warnings"][3, 1]).startswith("All")


def test_a_payment_typed_in_another_year_moves_the_gap(package: bytes) -> None:
    name = looked_at(package).defined_names["Commitments"]
    first = place(name.attr_text.split("!")[1].split(":")[0].replace("$", ""))
    # Below the header, after the name and the kind.
    cell = first[0] + 1, first[1] + 2
    values = kept(package).values({("Inputs", cell): 300.0})
    assert rows(values)["Debt falling due"] == pytest.approx([300, 200, 100])
    # Three hundred more in the first year, on which there are no 10% afterwards.
    assert rows(values)["Funding gap"][:2] == pytest.approx([348, 538])


def test_the_warnings_are_those_of_the_model(case: Case, package: bytes) -> None:
    sheet = evaluate(package)["Checks and warnings"]
    labels = looked_at(package)["Checks and warnings"]
    shown = {
        labels.cell(row, LABEL).value: sheet[row, VALUE]
        for (row, column), held in sheet.items()
        if column == VERDICT and held == OUTSIDE
    }
    assert shown == pytest.approx({one.measure.label: one.value for one in warnings(value(case))})
    assert {616, -50} <= {round(number) for number in shown.values()}


def test_a_case_without_funding_has_no_sheet() -> None:
    tree = funded()
    del tree["funding"], tree["tables"]
    package = template.build(parse(tree))
    assert "Cash flow and funding" not in Package.opened(package).sheets
    assert report(package).faults == []


@pytest.mark.parametrize("table", ["facilities", "covenants", None])
def test_a_table_may_be_left_out(table: str | None) -> None:
    tree = funded()
    for key in [table] if table else ["commitments", "facilities", "covenants"]:
        del tree["tables"][key]
    if table is None:
        del tree["tables"]
    case = parse(tree)
    package = template.build(case)
    assert report(package).faults == []
    assert read_case(package)[0] == case


def test_shares_worth_nothing_are_sold_at_the_share_price() -> None:
    tree = funded()
    tree["balance_sheet"]["borrowings"] = 9_000.0
    tree["tables"]["commitments"]["loan"]["balance"] = 9_000.0
    values = evaluate(template.write(parse(tree)))
    assert rows(values)["Price"] == pytest.approx([20 * 1.1**year for year in (1, 2, 3)])
    assert str(values["Checks and warnings"][3, 1]).startswith("All")


def test_the_proceeds_of_an_offer_are_shown_where_there_is_one() -> None:
    label = "Net proceeds of the offer"
    for tree, offers in ((funded(), False), (shipped(), True)):
        book = looked_at(template.write(parse(tree)))
        held = [c.value for row in book["Cash flow and funding"].iter_rows() for c in row]
        assert (label in held) == offers
