"""Does a workbook with a longer forecast say what its case does, and keep what a user has added?

Oracles: a fresh build of the longer case, byte for byte; the values that a user's formulas had; the
inputs, each of which must be found again with its value; and numbers worked by hand.
"""

from __future__ import annotations

import datetime
import io
from pathlib import Path

import openpyxl
import pytest
from command import Command
from funded_company import funded
from in_parts import areas, changed, typed, valued
from openpyxl.workbook.defined_name import DefinedName

from model.case.case import load, of_text, parse
from model.case.file import names
from model.case.longer import longer
from model.case.starter import starter
from model.valuation import value
from workbook import template
from workbook.check.keyed import keyed_sheets
from workbook.check.report import failing, report
from workbook.edits.compared import Compared
from workbook.edits.corresponding import CannotCarryError, Corresponding
from workbook.edits.more_years import MoreYears
from workbook.edits.rebuild import Rebuilt, rebuilt
from workbook.hosts.headless import evaluate
from workbook.package.cells import Place, address, column_letters
from workbook.package.package import Package
from workbook.template.sheets import case_text

DAY = datetime.date(2026, 5, 13)
WHEN = datetime.datetime(2026, 5, 13, 9, 30)
TEXT = starter("acme", DAY)
ACME = of_text(TEXT)
WHOLE, NEBIUS = load("cerebras"), load("nebius")
FUNDED = of_text(parse(funded()).text)
REVENUE, FUNDING = "drivers.uncontracted_revenue", "Cash flow and funding"
#: Sheets of years on which nothing depends on what comes after them.
BY_YEAR = ("Inputs", "Contracts and RPO", "Revenue", "Costs and capital")


@pytest.fixture(scope="module")
def small() -> bytes:
    return template.build(ACME)


def saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def cells(package: Package) -> list[str]:
    """Return references to what of the loan is due in three years, its balance and its rate."""
    title, (top, left), (rows, columns) = areas(package)["Commitments"]
    page = package.sheets[title]
    (row,) = (r for r in range(top, top + rows) if page.value((r, left)) == "Loan")
    heads = [page.value((top, column)) for column in range(left, left + columns)]
    # The years are after the name and the kind.
    chosen = (2, 3, 4, heads.index("Balance"), heads.index("Rate"))
    return [f"{title}!${column_letters(left + offset)}${row}" for offset in chosen]


# The workbook of a longer case -------------------------------------------------------------------


@pytest.mark.parametrize("name", names())
def test_a_shipped_case_builds_and_passes_every_check(name: str) -> None:
    case = longer(load(name), 2).case
    built, values = template.built(case)
    assert failing(values) == []
    found = report(built.saved())
    assert (found.faults, found.results) == ([], [])
    assert "all agree" in found.summary
    title, at = valued(built)
    assert values[title][at] == pytest.approx(value(case).value_per_share, rel=1e-12)


def test_an_amount_that_is_not_due_is_no_change() -> None:
    """The new columns of commitments hold 0 on Inputs, which no case need state."""
    found = Compared(NEBIUS, longer(NEBIUS, 2).case).changes
    assert len(found) == 9 + 2 * 2
    assert not any(each.path.startswith("tables.commitments") for each in found)


# From another workbook ---------------------------------------------------------------------------


def test_an_unchanged_workbook_gives_that_of_the_longer_case(small: bytes) -> None:
    """Also that of a forecast of one year, with fewer checks and quarters than a longer one."""
    tree = funded()
    tree["drivers"]["uncontracted_revenue"] = [1500.0]
    del tree["tables"]
    short = of_text(parse(tree).text)
    for case, file in ((ACME, small), (short, template.build(short))):
        found, made = rebuilt(Package.opened(file), WHEN, 2), longer(case, 2)
        assert found.package.saved() == template.build(made.case)
        assert (found.changes, found.rows, found.carried, found.left) == ([], 0, {}, [])
        assert found.lines == made.lines


@pytest.fixture(scope="module")
def both() -> tuple[Package, Package, Corresponding]:
    """Return a workbook, the one with two years more, and where the cells of the first are."""
    one, other = (template.drafted(case) for case in (WHOLE, longer(WHOLE, 2).case))
    more = MoreYears(one, other, WHOLE.years, 2)
    return one, other, Corresponding(one, other, {}, more=more)


def test_every_number_is_found_where_it_means_the_same(
    both: tuple[Package, Package, Corresponding],
) -> None:
    """No two cells are found in one place."""
    one, other, there = both
    before, after = evaluate(one), evaluate(other)
    found: dict[tuple[str, Place], tuple[str, Place]] = {}
    numbers = 0
    for title, keyed in keyed_sheets(one).items():
        page, shown = one.sheets[title], before.get(title, {})
        for at in {*page.places, *shown}:
            held = shown.get(at, page.value(at))
            if held is None or at[0] == keyed.corner[0] or at[1] == keyed.corner[1]:
                continue
            to = there.at(title, at)
            if to is None:
                assert isinstance(held, str), (title, at)
                continue
            assert found.setdefault(to, (title, at)) == (title, at)
            new = after[title].get(to[1], other.sheets[title].value(to[1]))
            if title in BY_YEAR and isinstance(held, float):
                numbers += 1
                # The results at the top of Inputs are of the whole forecast.
                results = title == "Inputs" and at in page.formulas and at[0] < 20
                assert new == pytest.approx(held, rel=1e-12) or results, (title, at, to)
    assert numbers > 3000


def test_a_cell_with_a_reason_that_is_elsewhere_is_not_found(
    both: tuple[Package, Package, Corresponding],
) -> None:
    """In a table without years the reasons begin in the column that the longest table leaves."""
    one, _, there = both
    page = one.sheets["Inputs"]
    (top,) = (row for row, column in page.places if page.value((row, column)) == "Vests at")
    (at,) = (at for at in page.places if at[0] == top and page.value(at) == "Why")
    assert there.at("Inputs", at) is None
    with pytest.raises(CannotCarryError, match="cells that the new workbook does not have"):
        there.rewritten(f"Inputs!{address(*at)}", "Inputs")


@pytest.fixture(scope="module")
def own() -> tuple[bytes, Rebuilt]:
    """Return a workbook with formulas of a user's own, and the longer one that is built from it."""
    file = template.build(FUNDED)
    package = Package.opened(file)
    first, due, last, balance, rate = cells(package)
    book = openpyxl.load_workbook(io.BytesIO(file))
    mine = book.create_sheet("Mine")
    mine["A1"], mine["A2"], mine["A3"] = f"={balance}", f"={due}", f"={rate}"
    mine["A4"], mine["A5"] = f"=SUM({first}:{last[7:]})", f"=SUM({balance}:{rate[7:]})"
    mine["A6"], mine["A7"] = "=INDEX(Commitments,2,6)", "=VLOOKUP(A8,Commitments,4,FALSE)"
    mine["A8"], mine["A9"] = "Loan", "=SUM(dues)"
    # Rows of one number and rows of many, which are not moved together.
    mine["A10"] = f"=COUNT(Inputs!$D$1:{balance[7:]})"
    mine["A12"] = f"=SUM('{FUNDING}'!$Z:$Z)"
    mine["A11"] = f"=COUNT(Inputs!{balance[8]}:{balance[8]})"
    book.defined_names["dues"] = DefinedName("dues", attr_text=f"{first}:{due[7:]}")
    title, (row, column) = typed(package, REVENUE)
    book[title].cell(row, column + 2).value = "=1900+200"
    # Next to the last year of the funding, and beyond all columns.
    book[FUNDING]["H5"], book[FUNDING]["Z10"] = "=G5*2", "='Mine'!A1"
    file = saved(book)
    return file, rebuilt(Package.opened(file), WHEN, 2)


def test_formulas_of_a_user_s_own_have_the_cells_that_mean_the_same(
    own: tuple[bytes, Rebuilt],
) -> None:
    """Each but the one that counts columns beyond the years has the value that it had."""
    package, found = own[1].package, own[1]
    first, due, last, balance, rate = cells(package)
    mine = package.sheets["Mine"]
    texts = {address(*at): formula.text for at, formula in mine.formulas.items()}
    assert texts == {
        "A1": balance,
        "A2": due,
        "A3": rate,
        "A4": f"SUM({first}:{last[7:]})",
        "A5": f"SUM({balance}:{rate[7:]})",
        "A6": "INDEX(Commitments,2,6)",
        "A7": "VLOOKUP(A8,Commitments,4,FALSE)",
        "A9": "SUM(dues)",
        "A12": f"SUM('{FUNDING}'!$AB:$AB)",
    }
    held = [mine.value((row, 1)) for row in range(1, 12)]
    before = evaluate(Package.opened(own[0]))["Mine"]
    assert held[:6] == [600, 200, 0.1, 300, 600.1, 0]
    assert before[6, 1] == 600
    # The last two are the values of formulas that are not carried.
    assert held[6:] == [200, "Loan", 200, before[10, 1], before[11, 1]]
    assert package.names["dues"] == f"{first}:{due[7:]}"
    funding = package.sheets[FUNDING].formulas
    assert {funding[5, 10].text, funding[10, 28].text} == {"G5*2", "'Mine'!A1"}
    assert found.carried == {"own sheet": 1, "input formula": 1, "own cell": 2, "own name": 1}


def test_what_leaves_the_new_years_out_is_said(own: tuple[bytes, Rebuilt]) -> None:
    package, found = Package.opened(own[0]), own[1]
    first, _, last, balance, _ = cells(package)
    column = balance[8]
    assert [line for line in found.lines if line.startswith(("Mine", "The name"))] == [
        f"Mine!A4: =SUM({first}:{last[7:]}) has the years up to 2028.",
        "Mine!A6: =INDEX(Commitments,2,6) counts columns, now with new years.",
        "Mine!A7: =VLOOKUP(A8,Commitments,4,FALSE) counts columns, now with new years.",
    ]
    assert found.left == [
        f"Mine!A10: =COUNT(Inputs!$D$1:{balance[7:]}) refers to 'Inputs'!$D$1:{balance[7:]}, "
        "cells that the new workbook does not have, so its value is typed",
        f"Mine!A11: =COUNT(Inputs!{column}:{column}) refers to 'Inputs'!{column}:{column}, cells "
        "that the new workbook does not have, so its value is typed",
    ]


def test_the_years_go_on_from_what_the_workbook_states(own: tuple[bytes, Rebuilt]) -> None:
    """1,900 + 200, and 2% a year on it; what falls due is not continued."""
    found = own[1]
    assert [(each.path, each.after) for each in found.changes] == [(REVENUE, "2,100 in 2028")]
    case = of_text(case_text.read(found.package) or "")
    assert case.figures[REVENUE].value == [1500, 2000, 2100, 2142, 2184.84]
    title, (row, column) = typed(found.package, REVENUE)
    page = found.package.sheets[title]
    assert page.formulas[row, column + 2].text == "1900+200"
    assert [page.value((row, column + n)) for n in (3, 4)] == [2142, 2184.84]
    assert case.table("commitments").payments.tolist() == [[0, 200, 100, 0, 0]]
    assert report(found.package.saved()).faults == []


# The command -------------------------------------------------------------------------------------


@pytest.fixture
def acme(offtake: Command) -> Path:
    (offtake.folder / "acme.toml").write_text(TEXT, encoding="utf-8")
    return offtake.folder / "acme.toml"


def test_a_longer_workbook_is_built_checked_and_pulled(offtake: Command, acme: Path) -> None:
    run = offtake("build", "acme.toml", "--years", "2")
    assert (run.code, run.err) == (0, "")
    assert run.out.startswith("\n".join(longer(ACME, 2).lines))
    assert acme.read_text(encoding="utf-8") == TEXT
    assert offtake("check", "acme.xlsx").code == 0
    run = offtake("pull", "acme.xlsx", "--into", "acme.toml")
    assert (run.code, run.err) == (0, "")
    # The file was not changed after the build: its forecast is shorter.
    assert "was changed in" not in run.out
    case = load(acme)
    assert case.drivers["uncontracted_revenue"].value[-3:] == [890, 916.7, 944.201]
    assert case.drivers["operating_margin"].value[-4:] == [0.2] * 4
    assert value(case).value_per_share == value(longer(ACME, 2).case).value_per_share
    assert "# The first year includes the revenue already recognised" in case.text


def test_what_is_typed_for_a_new_year_is_pulled(offtake: Command, acme: Path) -> None:
    file = template.build(longer(ACME, 2).case)
    title, (row, column) = typed(Package.opened(file), "drivers.operating_margin")
    package = changed(file, {(title, (row, column + 10)): 0.22})
    (offtake.folder / "acme.xlsx").write_bytes(package.saved())
    assert offtake("pull", "acme.xlsx", "--into", "acme.toml").code == 0
    margin = load(acme).drivers["operating_margin"]
    assert margin.value[-3:] == [0.2, 0.22, 0.2]
    assert (margin.source, margin.quality) == ("typed", "assumption")
    assert margin.note == "blank before, from Placeholder: to be replaced"


def test_a_workbook_is_made_longer_in_its_place(offtake: Command, small: bytes) -> None:
    file = offtake.folder / "acme.xlsx"
    file.write_bytes(small)
    run = offtake("build", "--from", "acme.xlsx", "--years", "1")
    assert (run.code, run.err) == (0, "")
    assert "Continued: operating_margin 2036: 0.2, as in 2035.\n" in run.out
    assert file.read_bytes() == template.build(longer(ACME, 1).case)
    assert (offtake.folder / "acme.xlsx.bak").read_bytes() == small


def test_what_cannot_be_added_is_refused(offtake: Command, acme: Path) -> None:
    for given in ("0", "-1", "21", "two", "1.5", "", "9" * 5000, "\u00b2"):
        run = offtake("build", "acme.toml", "--years", given)
        assert (run.code, run.sentence) == (
            2, f"--years must be a whole number from 1 to 20, not {given!r}.",
        )  # fmt: skip
    for host in ("addin", "libreoffice"):
        run = offtake("build", "--host", host, "--years", "1")
        assert (run.code, run.sentence) == (
            2, f"--host {host} is the same for every workbook; remove --years.",
        )  # fmt: skip
    one = TEXT.replace("[200, 260, 330, 410, 500, 590, 680, 760, 830, 890]", "890")
    one = one.replace("[0.05, 0.08, 0.11, 0.14, 0.16, 0.18, 0.19, 0.20, 0.20, 0.20]", "0.2")
    acme.write_text(one, encoding="utf-8")
    run = offtake("build", "acme.toml", "--years", "1")
    assert run.code == 2
    assert run.sentence.startswith("acme.toml:63 drivers must give a number for each year")
    assert [each.name for each in offtake.folder.iterdir()] == ["acme.toml"]


def test_a_number_that_grows_out_of_its_bounds_is_refused(offtake: Command, acme: Path) -> None:
    text = TEXT.replace("830, 890]", "830, 9900000]")
    acme.write_text(text, encoding="utf-8")
    run = offtake("build", "acme.toml", "--years", "1")
    assert run.code == 2
    assert "drivers.uncontracted_revenue must be from 0 to 10000000, not 10197000" in run.sentence
    assert [each.name for each in offtake.folder.iterdir()] == ["acme.toml"]
