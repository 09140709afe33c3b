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


def scalars(package: Package) -> dict[tuple[str, tuple[int, int]], str]:
    """Return the formula of a number on each of some sheets that is no block's."""
    found = {}
    for title in SHEETS:
        formulas, held = package.sheets[title].formulas, package.cached[title]
        at = next(at for at, f in formulas.items() if not f.ref and isinstance(held[at], float))
        found[title, at] = formulas[at].text
    return found


@pytest.fixture
def other(case: Case, monkeypatch: pytest.MonkeyPatch) -> Package:
    """Return a workbook of another version, which differs in two formulas."""
    with monkeypatch.context() as patched:
        patched.setattr("workbook.template.keys.edition", lambda: "another")
        package = Package.opened(template.build(case))
    file = changed(package, {at: f"={text}+0" for at, text in scalars(package).items()})
    return Package.opened(recalculate(file.saved()).file)


def test_a_file_of_another_version_has_one_finding(other: Package) -> None:
    (found,) = report(other.saved()).findings
    assert str(found) == (
        "DCF!A1: was built by another version of Offtake: 2 formulas, texts, names and rows are "
        "not as this version builds them, on DCF, Equity; build it again with `offtake build "
        "--from`, for only then can it be seen whether a formula was changed"
    )


def test_one_that_differs_in_nothing_has_none(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbook.template.keys.edition", lambda: "another")
    file = template.build(case)
    monkeypatch.undo()
    assert report(file).findings == []


def test_one_of_this_version_has_each(other: Package, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbook.check.keyed.edition", lambda: "another")
    assert [each.sheet for each in report(other.saved()).findings] == [*SHEETS]


def test_it_is_built_again_with_a_count_of_what_it_had(other: Package) -> None:
    done = rebuilt(other, WHEN)
    assert done.left == [
        "2 formulas and texts on DCF, Equity: another version of Offtake built the file, and they "
        "are now as this version builds them, whether they were changed or not"
    ]
    assert report(done.package.saved()).findings == []


def test_the_edition_is_of_the_code_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ends of lines of another system make none; a changed line does."""
    root = Path(of_code.__file__).parents[2]
    for folder in ("model", "workbook/template"):
        copytree(root / folder, tmp_path / folder)
    monkeypatch.setattr(of_code, "_CODE", tmp_path)
    assert edition.__wrapped__() == edition()
    file = tmp_path / "workbook/template/keys.py"
    code = file.read_bytes()
    file.write_bytes(code.replace(b"\n", b"\r\n"))
    assert edition.__wrapped__() == edition()
    file.write_bytes(code.replace(b"DISTANCE = 100", b"DISTANCE = 101"))
    assert edition.__wrapped__() != edition()
