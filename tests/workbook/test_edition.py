"""Is a file that another version built called so, instead of each of its formulas a change?"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from shutil import copytree

import pytest
from cases import simple
from in_parts import changed

from model.case.case import Case, parse
from workbook import template
from workbook.check.report import report
from workbook.edits.rebuild import rebuilt
from workbook.edits.recalculate import recalculate
from workbook.package.package import Package
from workbook.template import edition as of_code
from workbook.template.edition import edition

SHEETS = ("DCF", "Equity")
WHEN = datetime(2026, 11, 30)


@pytest.fixture(scope="module")
def case() -> Case:
    return parse(simple())


def edited(package: Package, count: int) -> Package:
    """Change formulas of numbers on each of some sheets, and calculate the workbook."""
    edits = {}
    for title in SHEETS:
        formulas, held = package.sheets[title].formulas, package.cached[title]
        scalars = [at for at, f in formulas.items() if not f.ref and isinstance(held[at], float)]
        edits |= {(title, at): f"={formulas[at].text}+0" for at in scalars[:count]}
    assert len(edits) == count * len(SHEETS)
    return Package.opened(recalculate(changed(package, edits).saved()).file)


@pytest.fixture
def other(case: Case, monkeypatch: pytest.MonkeyPatch) -> Package:
    """Return a workbook that another version has built."""
    with monkeypatch.context() as patched:
        patched.setattr("workbook.template.keys.edition", lambda: "another")
        return Package.opened(template.build(case))


def test_a_file_of_another_version_has_one_finding(other: Package) -> None:
    (found,) = report(edited(other, 30).saved()).findings
    assert str(found) == (
        "DCF!A1: was built by another version of Offtake: 60 formulas, texts, names and rows are "
        "not as this version builds them, on DCF, Equity; rebuild it with `offtake build --from`, "
        "because only then can changed formulas be detected"
    )


def test_a_few_changes_are_named_whatever_the_version(other: Package) -> None:
    assert [each.sheet for each in report(edited(other, 1).saved()).findings] == [*SHEETS]


def test_one_that_differs_in_nothing_has_none(other: Package) -> None:
    assert report(other.saved()).findings == []


def test_one_of_this_version_has_each(case: Case) -> None:
    package = Package.opened(template.build(case))
    found = report(edited(package, 30).saved()).findings
    assert [each.sheet for each in found] == ["DCF"] * 30 + ["Equity"] * 30


def test_it_is_built_again_with_a_count_of_what_it_had(other: Package) -> None:
    done = rebuilt(edited(other, 30), WHEN)
    assert done.left == [
        "60 formulas and texts on DCF, Equity: another version of Offtake built the file, and they "
        "are now as this version builds them, whether they were changed or not"
    ]
    assert report(done.package.saved()).findings == []


def test_a_few_that_are_built_again_are_named(other: Package) -> None:
    left = rebuilt(edited(other, 1), WHEN).left
    assert [line.partition("!")[0] for line in left] == [*SHEETS]


def test_the_edition_is_of_the_code_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ends of lines of another system make none; a changed line does."""
    root = Path(of_code.__file__).parents[2]
    for folder in ("model", "workbook"):
        copytree(root / folder, tmp_path / folder)
    monkeypatch.setattr(of_code, "_CODE", tmp_path)
    assert edition.__wrapped__() == edition()
    file = tmp_path / "workbook/template/keys.py"
    code = file.read_bytes()
    file.write_bytes(code.replace(b"\n", b"\r\n"))
    assert edition.__wrapped__() == edition()
    file.write_bytes(code.replace(b"DISTANCE = 100", b"DISTANCE = 101"))
    assert edition.__wrapped__() != edition()
