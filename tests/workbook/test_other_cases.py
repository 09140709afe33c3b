"""Does a case that lacks something build a workbook without it, or is it refused in one sentence?

The oracle is the contract of a case: what a sheet needs and does not find is named by its path,
and a table that the case leaves out takes its section with it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from cases import list_shares, simple
from command import Command

from model.case.case import Case, parse
from model.case.starter import starter
from model.case.tables import TABLES
from model.case.values import row_key
from model.errors import CaseError, InputError
from workbook import template
from workbook.check.reader import read_case
from workbook.check.report import report
from workbook.package.cells import Value
from workbook.package.package import Package

#: Figures without which a table of the shipped case cannot be worked out.
NEEDED = (
    *("loan_principal", "loan_rate", "loan_first_instalment", "loan_instalments"),
    *("customer_recovery", "largest_unnamed"),
)


def written(case: Case) -> Package:
    """Write a workbook, for a check that evaluates it: what a build writes is another test's."""
    return Package.opened(template.write(case))


def column(package: Package, sheet: str, number: int) -> list[Value]:
    """Return the contents of a column of a sheet."""
    page = package.sheets[sheet]
    return [page.value(at) for at in page.cells if at[1] == number]


@pytest.mark.parametrize("name", NEEDED)
def test_a_figure_that_a_sheet_needs_is_named(name: str) -> None:
    tree = simple()
    del tree["scalars"][name]
    with pytest.raises(InputError, match=rf"^scalars\.{name} is missing, and .+\.$") as refused:
        template.write(parse(tree))
    assert "\n" not in str(refused.value)


def test_all_figures_that_sheets_need_are_named_at_once() -> None:
    tree = simple()
    tree["scalars"] = {"company": tree["scalars"]["company"]}
    tree["totals"] = {}
    with pytest.raises(CaseError) as refused:
        template.write(parse(tree))
    named = {error.argument.removeprefix("scalars.") for error in refused.value.errors}
    # A recovery is only needed with a default intensity, which has gone too.
    assert named >= {*NEEDED} - {"customer_recovery"}
    assert named <= {*simple()["scalars"]}


def test_a_missing_figure_is_named_with_its_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = (resources.files("model") / "cases" / "cerebras.toml").read_text().splitlines()
    lines = [line for line in lines if not line.startswith(("loan_rate", "loan_principal"))]
    (tmp_path / "mine.toml").write_text("\n".join(lines))
    section = lines.index("[scalars]") + 1
    found = Command(tmp_path, capsys)("build", "mine.toml")
    assert found.code == 2
    assert sorted(found.err.splitlines()) == [
        f"mine.toml:{section} scalars.{name} is missing, and a sheet of this case needs it."
        for name in ("loan_principal", "loan_rate")
    ]
    assert not (tmp_path / "mine.xlsx").exists()


def test_a_misspelt_figure_that_a_sheet_needs_is_refused_with_the_nearest() -> None:
    tree = simple()
    tree["scalars"]["loan_principle"] = tree["scalars"].pop("loan_principal")
    with pytest.raises(InputError, match=r"did you mean 'loan_principal'"):
        parse(tree)


@pytest.mark.parametrize("name", ["peers", "loan_capacity", "lock_up", "plant", "measures"])
def test_a_table_stands_alone(name: str) -> None:
    tree = simple()
    tree["tables"] = {key: tree["tables"][key] for key in ("company", name)}
    assert template.write(parse(tree))


#: What a table is nothing without, though other columns may stand for it.
EITHER = {
    *(("peers", "ev"), ("peers", "gross_margin")),
    *(("commitments", "rate"), ("observations", "threshold")),
    *(("shocks", "times"), ("shocks", "adds"), ("shocks", "value")),
}


def test_a_workbook_agrees_without_the_columns_that_its_tables_may_lack() -> None:
    tree = simple()
    del tree["totals"], tree["tables"]["company"]
    for key, rows in tree["tables"].items():
        columns = {row_key(f.header): f for f in TABLES[key].columns.declared.values()}
        optional = {c for c, f in columns.items() if not f.required and (key, c) not in EITHER}
        for row in rows.values():
            for column in optional & row.keys() if isinstance(row, dict) else ():
                del row[column]
    tree["tables"]["company"] = "CBRS"
    case = parse(tree)
    package = written(case)
    assert report(package).faults == []
    assert read_case(package)[0] == case


def test_a_table_that_a_function_would_refuse_is_refused_by_its_key() -> None:
    tree = simple()
    tree["tables"]["plant"]["t1a"]["lead_time"] = 0.0
    with pytest.raises(InputError, match=r"^tables\.plant: plant Lead time must be at least 1"):
        parse(tree)


def test_a_column_that_a_sheet_needs_has_its_default() -> None:
    tree = simple()
    for row in tree["tables"]["infrastructure"].values():
        if isinstance(row, dict):
            row.pop("low", None)
            row.pop("high", None)
    case = parse(tree)
    assert template.write(case)
    column = list(case.tables["infrastructure"].columns).index("Low")
    assert {row.values[column] for row in case.tables["infrastructure"].rows.values()} == {""}


def test_without_contracts_every_other_sheet_is_sound() -> None:
    """Falling revenue then frees more capital than there is, and no sheet shows an error."""
    tree = simple()
    del tree["rpo"]
    package = written(parse(tree))
    assert report(package).faults == []
    title = package.sheets["Dashboard"].value((1, 1))
    assert title == "Cerebras Systems: what its shares are worth"


def test_a_table_that_no_sheet_takes_is_reported() -> None:
    tree = tomllib.loads(starter("acme", date(2026, 5, 13)))
    peer = {"company": "Another", "revenue": 900, "ev": 5000}
    tree["tables"] = {"company": "ACME", "source": "placeholder", "peers": {"one": peer}}
    book = written(parse(tree))
    texts = map(str, column(book, "Checks and warnings", 3))
    (line,) = (text for text in texts if "is only on Inputs" in text)
    assert "(tables.peers)" in line
    assert "Compared with published figures" not in column(book, "DCF", 1)


# Other companies ---------------------------------------------------------------------------------


def core(**changes: Any) -> Case:
    """Return the shipped case without its further sheets, and with other sections."""
    tree = simple()
    for name in ("tables", "scalars", "totals"):
        del tree[name]
    return parse({k: v for k, v in (tree | changes).items() if v is not None})


def listed() -> Case:
    tree = simple()
    list_shares(tree)
    return core(offer=None, **{name: tree[name] for name in ("price", "securities", "drivers")})


def unshared() -> Case:
    """Return a case in which a band's share is the rest."""
    tree = simple()
    del tree["rpo"]["conversion"]["thereafter"]["share"]
    return core(rpo=tree["rpo"])


def anchored() -> Case:
    """Return a case whose schedule begins at what was last recognised a month."""
    tree = simple()
    tree["rpo"]["shape"]["value"] = "anchored"
    tree["rpo"]["run_rate"] = tree["rpo"]["opening"]["amount"] | {
        "value": 42.5, "label": "Run rate, a month"
    }  # fmt: skip
    return parse(tree)


def dated() -> Case:
    """Return a case with a tranche that vests on a day."""
    tree = simple()
    tree["securities"]["warrant_value"]["condition"]["value"] = "date"
    tree["securities"]["warrant_value"]["vests_at"]["value"] = date(2026, 1, 31)
    return core(securities=tree["securities"])


CASES: dict[str, Callable[[], Case]] = {
    "a tranche by date": dated,
    "anchored": anchored,
    "without contracts": lambda: core(rpo=None),
    "listed": listed,
    "a band without a share": unshared,
    "listed, without contracts": lambda: replace(listed(), rpo=None),
    "a new one": lambda: parse(tomllib.loads(starter("acme", date(2026, 5, 13)))),
}


@pytest.mark.parametrize("name", CASES)
def test_another_company_is_built_agrees_and_comes_back(name: str) -> None:
    case = CASES[name]()
    package = written(case)
    assert report(package).faults == []
    assert read_case(package)[0] == case
    assert ("Contracts and RPO" in package.sheets) == (case.rpo is not None)


def test_a_listed_company_has_no_offer_price() -> None:
    sheets = written(listed()).sheets.values()
    texts = [str(text) for page in sheets for at in page.cells if (text := page.value(at))]
    texts += [formula.text for page in sheets for formula in page.formulas.values()]
    assert any(text == "Share price" for text in texts)
    assert not [text for text in texts if "offer price" in text.lower() and len(text) < 90]


def test_a_case_says_what_is_doubtful_in_it() -> None:
    case = CASES["a new one"]()
    texts, limits = column(written(case), "Checks and warnings", 3), core().company.limits
    assert case.warnings and all(sentence in texts for sentence in case.warnings)
    assert not [text for text in texts if text in limits]
