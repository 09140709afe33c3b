"""Is a case read back from its workbook unchanged, apart from later entries?

Oracle: the case itself, figure by figure; and what openpyxl has written into a cell.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import fields
from datetime import date, datetime
from functools import cache
from typing import Any

import openpyxl
import pytest
from cases import simple
from in_parts import Edits, changed, ranges, renamed
from openpyxl.workbook.defined_name import DefinedName
from ranges import areas, unspaced

from model.case.case import Case, load, parse
from model.errors import InputError
from model.valuation import value
from workbook import template
from workbook.check.reader import read_case
from workbook.check.report import report
from workbook.package.cells import Place, Value, address, place
from workbook.package.package import Package

CASE = parse(simple())
#: The same company by segment.
SEGMENTED = load("cerebras")
READ = CASE.figures

#: Finds cells in a workbook, and what is typed in each.
Edit = Callable[[Package], Edits]


@pytest.fixture(scope="module")
def built() -> bytes:
    return template.build(CASE)


@pytest.fixture(scope="module")
def back(built: bytes) -> Case:
    return read_case(built)[0]


def edited(package: bytes, edit: Callable[[openpyxl.Workbook], None]) -> bytes:
    """Change a workbook in another program, which saves all of it."""
    book = openpyxl.load_workbook(io.BytesIO(package))
    edit(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@cache
def opened(package: bytes) -> Package:
    return Package.opened(package)


def retyped(package: bytes, edit: Edit) -> Package:
    """Type something else into cells, of which no formula is calculated again."""
    return changed(package, edit(opened(package)))


def area_of(package: Package, name: str) -> tuple[str, Place, Place]:
    """Return the sheet, the first and the last cell of a range."""
    sheet, _, area = ranges(package)[name].replace("$", "").rpartition("!")
    first, _, last = area.partition(":")
    return sheet.strip("'"), place(first), place(last or first)


def texts(package: Package, sheet: str = "Inputs", column: int = 3) -> dict[int, Value]:
    """Return the contents of a column by row."""
    page = package.sheets[sheet]
    return {at[0]: page.value(at) for at in page.cells if at[1] == column}


def row_of(package: Package, label: str) -> int:
    """Return the row of a driver, or the first row of Inputs with a label."""
    typed = "Base_drivers" if "Base_drivers" in package.names else "Drivers"
    _, (top, _), (bottom, _) = area_of(package, typed)
    labels = texts(package)
    for row in range(top, bottom + 1):
        if " " not in label and unspaced(labels.get(row)) == unspaced(label):
            return row
    return next(row for row, text in labels.items() if text == label)


def source_of(package: Package, figure: str) -> int:
    """Return the row of a figure on Sources."""
    return next(row for row, text in texts(package, "Sources").items() if text == figure)


# The round trip ----------------------------------------------------------------------------------


def test_segments_come_back_whole(finished: bytes) -> None:
    assert read_case(finished)[0] == SEGMENTED


def test_a_segment_s_driver_typed_in_the_workbook_comes_back(finished: bytes) -> None:
    def edit(book: Package) -> Edits:
        margin = row_of(book, "Systems/operating_margin")
        return {
            ("Inputs", (row_of(book, "Cloud/sales_to_capital"), 6)): 0.5,
            ("Inputs", (margin, 4)): 0.4,
            ("Inputs", (margin, 5)): None,
        }

    back = read_case(retyped(finished, edit))[0]
    before = SEGMENTED.segments["cloud"].figures["sales_to_capital"].value
    assert back.segments["cloud"].figures["sales_to_capital"].value == [
        before[0], 0.5, *before[2:]
    ]  # fmt: skip
    assert back.segments["systems"].figures["operating_margin"].number == 0.4
    assert value(back).value_per_share < value(SEGMENTED).value_per_share


def test_a_segment_that_the_case_lacks_is_refused(finished: bytes) -> None:
    edit = set_value("Cloud/sales_to_capital", "Clouds/sales_to_capital", 3)
    with pytest.raises(InputError, match="must be of the company's segments, not 'Clouds'"):
        read_case(retyped(finished, edit))


@pytest.mark.parametrize("name", [field.name for field in fields(Case)])
def test_a_section_comes_back_whole(back: Case, name: str) -> None:
    """Values, units, dates, sources, qualities, notes, labels: the full contents of a case."""
    assert getattr(back, name) == getattr(CASE, name)


def test_the_case_comes_back_whole(back: Case) -> None:
    assert back == CASE


def test_the_case_comes_back_from_what_another_program_has_saved(built: bytes) -> None:
    assert read_case(edited(built, lambda book: None))[0] == CASE


def test_what_comes_back_has_the_same_value(back: Case) -> None:
    assert value(back).value_per_share == value(CASE).value_per_share


def test_a_case_comes_back_twice(back: Case) -> None:
    again = read_case(template.write(back))[0]
    assert {p: f.value for p, f in again.figures.items()} == {
        p: f.value for p, f in back.figures.items()
    }


def test_what_is_withheld_and_when_a_tranche_vests_come_back() -> None:
    tree = simple()
    figure = tree["securities"]["warrant_value"]["vests_at"]
    del figure["label"]
    tree["securities"]["rsus"]["withheld"] = figure | {"value": 0.443}
    tree["securities"]["options"]["vests_at"] = figure | {"value": 3e4}
    stated = parse(tree)
    again = read_case(template.write(stated))[0]
    assert again == stated
    assert again.dilution.withheld.tolist() == [0, 0, 0.443, 0, 0, 0]
    assert again.dilution.vests_at.tolist() == [0, 3e4, 0, 0, 4e4, 2_000]
    assert again.dilution.condition[1] == "market value"
    assert value(again).value_per_share == value(stated).value_per_share
    # The tranche counts at the price of the first close, and not at the share price.
    assert value(again).bridge.taking_part[4] == 0
    added = value(again).shares["gross"][-2] - value(again).shares["gross"][0]
    assert added == pytest.approx(5.574171)


def shortened(years: int) -> Case:
    """Return the case with its first forecast years alone, and no driver that needs more."""
    tree = simple()
    for name, figure in tree["drivers"].items():
        if not isinstance(figure, dict):
            continue
        if isinstance(figure["value"], list):
            figure["value"] = figure["value"][:years]
        elif name.endswith("_years"):
            figure["value"] = min(figure["value"], float(years))
    first = CASE.company.first_year_end.day.year
    tree["published"] = {
        k: p
        for k, p in tree["published"].items()
        if not isinstance(p, dict) or p.get("year", first) < first + years
    }
    loan = tree["tables"]["commitments"]["loan"]
    for year in [key for key in loan if key.isdigit() and int(key) >= first + years]:
        del loan[year]
    return parse(tree)


@pytest.mark.parametrize("years", [1, 2])
def test_a_short_forecast_is_built_agrees_and_comes_back(years: int) -> None:
    given = shortened(years)
    package = template.build(given)
    assert report(package).faults == []
    read = read_case(package)[0]
    assert read.years == given.years == years
    assert value(read).value_per_share == value(given).value_per_share


def test_a_forecast_of_unstated_length_is_refused() -> None:
    def flat(book: Package) -> Edits:
        first = texts(book, column=5)
        rows = [
            row
            for row, text in texts(book).items()
            if unspaced(text) in CASE.drivers and isinstance(first.get(row), float)
        ]
        return {
            ("Inputs", (row, column)): first[row] if column == 4 else None
            for row in rows
            for column in (4, 5, 6)
        }

    package = retyped(template.write(shortened(2)), flat)
    with pytest.raises(
        InputError, match=r"^Drivers must have a driver with a number for each of the 2 years"
    ):
        read_case(package)


def test_areas_begin_where_their_names_say(built: bytes) -> None:
    named = areas(openpyxl.load_workbook(io.BytesIO(built)))
    for name, (sheet, row, column) in read_case(built)[1].items():
        first = named[name].replace("$", "").partition(":")[0]
        assert first == f"'{sheet}'!{address(row, column)}"


# What has been typed since -----------------------------------------------------------------------


def set_value(label: str, new: Any, column: int = 4) -> Edit:
    return lambda book: {("Inputs", (row_of(book, label), column)): new}


@pytest.mark.parametrize(
    ("edit", "path", "expected"),
    [
        (set_value("Offer price", 190), "offer.price", 190.0),
        (set_value("Offer price", 190.5), "offer.price", 190.5),
        (set_value("Valuation date", datetime(2026, 6, 1)), "company.valuation_date",
         date(2026, 6, 1)),
        (set_value("Employee options", 30.0, 5), "securities.options.count", 30.0),
        (set_value("Employee options", 5, 6), "securities.options.strike", 5.0),
        (set_value("Employee options", 0.9, 7), "securities.options.included", 0.9),
        (set_value("RSUs after net settlement", 0.4, 8), "securities.rsus.withheld", 0.4),
        (set_value("Employee options", 40_000, 9), "securities.options.vests_at", 40_000.0),
        (set_value("Shape within a band", "flat"), "rpo.shape", "flat"),
        (set_value("Final month of the last band", 96), "rpo.final_month", 96.0),
        (set_value("Beta", 1.5), "cost_of_capital.beta", 1.5),
        (set_value("leases", 1000), "drivers.leases", 1000.0),
        (set_value("timing", "end"), "drivers.timing", "end"),
        (set_value("uncontracted_revenue", 7, 5), "drivers.uncontracted_revenue",
         [7.0, *CASE.drivers["uncontracted_revenue"].value[1:]]),
        (set_value("other_assets", 100), "drivers.other_assets", 100.0),
        (set_value("terminal_multiple", 12), "drivers.terminal_multiple", 12.0),
    ],
)  # fmt: skip
def test_a_changed_cell_arrives(built: bytes, edit: Edit, path: str, expected: object) -> None:
    found = read_case(retyped(built, edit))[0].figures
    assert found[path].value == expected
    moved = {p for p, f in found.items() if p not in READ or f.value != READ[p].value}
    assert moved == {path}


def cell_of(book: Package, name: str, row: int, column: int) -> tuple[str, Place]:
    """Return a cell of a named area: its row below the header, its column from 1."""
    sheet, (top, left), _ = area_of(book, name)
    return sheet, (top + row, left + column - 1)


def test_changed_cells_of_tables_scalars_and_texts_come_back(built: bytes) -> None:
    def edit(book: Package) -> Edits:
        peer = source_of(book, "tables.peers.amd")
        return {
            cell_of(book, "Peers", 2, 1): "Another maker",
            cell_of(book, "Lock_up", 1, 2): datetime(2026, 9, 3),
            cell_of(book, "Customer_contracts", 4, 9): 24,
            cell_of(book, "Observations", 3, 2): None,
            cell_of(book, "Share_sales", 6, 1): 2032,  # Typed as a number, as people do.
            cell_of(book, "Token_years", 0, 1): 6,
            ("Sources", (peer, 7)): "Another note",
            ("Sources", (peer, 5)): "press",
            ("Sources", (source_of(book, "prices.open.label"), 6)): "First price",
            ("Sources", (source_of(book, "company.name"), 6)): "Another company",
        }

    found = read_case(retyped(built, edit))[0]
    tree = simple()
    tree["company"]["name"] = "Another company"
    tree["prices"]["open"]["label"] = "First price"
    tables = tree["tables"]
    tables["peers"]["amd"] |= {"company": "Another maker", "note": "Another note"}
    tables["peers"]["amd"]["quality"] = "press"
    tables["lock_up"]["first"]["date"] = date(2026, 9, 3)
    tables["customer_contracts"]["cloud"]["renewal_term"] = 24.0
    del tables["observations"]["concentration"]["value"]
    tables["share_sales"]["y2031"]["year"] = 2032.0
    tree["scalars"]["token_years"]["value"] = 6.0
    assert found == parse(tree)


def test_a_row_that_is_added_within_a_table_comes_back(built: bytes) -> None:
    def edit(book: Package) -> Edits:
        sheet, (top, left), (bottom, _) = area_of(book, "Share_counts")
        rows = f"ROWS('{sheet}'!{address(top, left)}:D{bottom + 1})"
        return {
            (sheet, (bottom + 1, 3)): "another",
            (sheet, (bottom + 1, 4)): 300,
            ("Sources", (source_of(book, "Share_counts"), 4)): f"={rows}",
        }

    table = read_case(retyped(built, edit))[0].tables["share_counts"]
    assert [row.values for row in table.rows.values()] == [
        *(row.values for row in CASE.tables["share_counts"].rows.values()),
        ["another", 300.0],
    ]


def test_a_driver_may_go_from_one_number_to_one_a_year(built: bytes) -> None:
    rates = [0.2 + i / 100 for i in range(10)]

    def edit(book: Package) -> Edits:
        row = row_of(book, "tax_rate")
        return {("Inputs", (row, 4 + i)): new for i, new in enumerate([None, *rates])}

    assert read_case(retyped(built, edit))[0].drivers["tax_rate"].value == rates


def test_a_cleared_driver_is_one_that_the_case_leaves_out(built: bytes) -> None:
    found = read_case(retyped(built, set_value("terminal_roic", None)))[0]
    assert "terminal_roic" not in found.drivers


def test_a_changed_type_and_name_arrive(built: bytes) -> None:
    def edit(book: Package) -> Edits:
        row = row_of(book, "Employee options")
        return {("Inputs", (row, 3)): "Notes", ("Inputs", (row, 4)): "convertible"}

    found = read_case(retyped(built, edit))[0].securities["options"]
    assert (found.name, found.type) == ("Notes", "convertible")


def test_a_security_whose_row_is_cleared_is_none_of_the_case(built: bytes) -> None:
    def clear(book: Package) -> Edits:
        row = row_of(book, CASE.securities["rsus"].name)
        return {("Inputs", (row, column)): None for column in range(3, 14)}

    left = [key for key in CASE.securities if key != "rsus"]
    assert list(read_case(retyped(built, clear))[0].securities) == left


def test_cells_are_found_wherever_they_stand(built: bytes) -> None:
    """Sources links to a figure's cell: here, after it has been moved by hand."""

    def edit(book: Package) -> Edits:
        link = "Sources", (source_of(book, "offer.price"), 4)
        return {("Inputs", (2000, 4)): 123.0, link: "='Inputs'!$D$2000"}

    assert read_case(retyped(built, edit))[0].figures["offer.price"].value == 123.0


# What a person has added -------------------------------------------------------------------------

#: Names that Excel accepts without an area, or with one that is not the model's.
OWN_NAMES = (
    *("0.05", "#REF!", "Inputs!$A:$A", "Inputs!$1:$2", '"a"', "{1,2;3,4}", "Inputs!$A$1*2"),
    *("Inputs!$A$1,Inputs!$B$2:$C$3", "Inputs!A1", "'Bob''s [1]'!$A$1", "[1]Rates!$A$1"),
    *("[1]!DILUTED_SHARES(1,2)", "OFFSET(Inputs!$A$1,1,1)", "LAMBDA(_xlpm.x,_xlpm.x+1)"),
)


def test_a_persons_own_names_are_theirs(built: bytes, back: Case) -> None:
    def edit(book: openpyxl.Workbook) -> None:
        for i, text in enumerate(OWN_NAMES):
            name = f"My_name_{i}"
            book.defined_names[name] = DefinedName(name, attr_text=text, hidden=i % 2 == 0)
        # Of the same name as one of the model's, for one sheet alone.
        book["DCF"].defined_names["Drivers"] = DefinedName("Drivers", attr_text="0.05")
        book["DCF"].print_area = "A1:B9,D1:E9"
        book["DCF"].auto_filter.ref = "A5:C9"

    assert read_case(edited(built, edit))[0] == back


def test_a_name_that_the_model_needs_is_missed(built: bytes) -> None:
    for text in ("0.05", "#REF!", "Inputs!$A:$A"):
        with pytest.raises(InputError) as refused:
            read_case(renamed(built, {"Drivers": text}))
        assert str(refused.value) == f"Drivers must name a range, not {text!r}."


def test_a_sheet_of_another_name_is_followed(built: bytes) -> None:
    def edit(book: openpyxl.Workbook) -> None:
        book["DCF"].title = "Bob's (1) DCF"
        book.defined_names["Wacc"].attr_text = "'Bob''s (1) DCF'!$E$15"

    assert read_case(edited(built, edit))[1]["Wacc"] == ("Bob's (1) DCF", 15, 5)


def test_a_date_and_a_source_that_are_none_are_refused_by_name(built: bytes) -> None:
    for column, new, begins in ((2, "soon", "offer.price.as_of"), (6, "x", "offer.price")):
        at = source_of(opened(built), "offer.price"), column
        with pytest.raises(InputError, match=f"^{begins}"):
            read_case(changed(built, {("Sources", at): new}))


# Refusals ----------------------------------------------------------------------------------------


def foreign(*sheets: str) -> bytes:
    book = openpyxl.Workbook()
    for sheet in sheets:
        book.create_sheet(sheet)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("sheets", [(), ("Inputs",), ("Inputs", "Sources")])
def test_a_foreign_workbook_is_refused(sheets: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as refused:
        read_case(foreign(*sheets))
    assert str(refused.value) == (
        "workbook must have the sheets Inputs and Sources and the names of a built workbook."
    )


@pytest.mark.parametrize(
    ("edit", "begins"),
    [
        (set_value("Beta", "high"), "cost_of_capital.beta must be a number, not 'high'."),
        (set_value("Beta", None), "cost_of_capital.beta.value"),
        (set_value("Employee options", "optoin"), "securities.options.type must be one of"),
        (set_value("debt", "much"), "Drivers debt must be a number, not 'much'."),
        (
            set_value("debt", 1, 5),
            "Drivers debt must have a Value or one value for each year, not both.",
        ),
        (set_value("other_assets", -1), "drivers.other_assets must be from 0 to 10000000, not -1."),
        (
            set_value("debt", 1000),
            "drivers.debt must not be given, because it follows from balance_sheet.borrowings",
        ),
        (
            set_value("Common, pro forma for the offer", 215, 5),
            "securities.common.count must not be given, because it follows from offer.shares_b",
        ),
        (set_value("leases", -1), "drivers.leases must be from 0 to 10000000, not -1."),
    ],
)
def test_an_input_that_is_none_is_refused_by_name(built: bytes, edit: Edit, begins: str) -> None:
    with pytest.raises(InputError) as refused:
        value(read_case(retyped(built, edit))[0])
    sentence = str(refused.value)
    assert sentence.startswith(begins)
    assert "\n" not in sentence


def test_a_figure_without_its_link_is_refused(built: bytes) -> None:
    at = source_of(opened(built), "company.valuation_date"), 4
    message = f"Sources!{address(*at)} must be the formula that shows where "
    with pytest.raises(InputError, match=re.escape(f"{message}company.valuation_date is typed")):
        read_case(changed(built, {("Sources", at): 46155}))
