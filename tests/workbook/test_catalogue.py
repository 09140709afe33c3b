"""Is every function described well enough for a spreadsheet, and is the catalogue light?

Oracle: the limits of the hosts (Excel cuts help at 255 characters, takes some names for cells and
has functions of its own), and the sections that a docstring of this project has.
"""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import pytest
from openpyxl.utils import FORMULAE

from workbook.catalogue import Function
from workbook.functions import CATALOGUE

FUNCTIONS = pytest.mark.parametrize("declared", CATALOGUE.values(), ids=CATALOGUE)
HEAVY = ("xlwings", "pandas", "openpyxl", "scipy", "pydantic", "typer", "rich", "formualizer")


def section(doc: str, title: str) -> str:
    found = re.search(rf"^{title}\n-+\n(.*?)(?=^\w[^\n]*\n-{{3,}}|\Z)", doc, re.M | re.S)
    return found[1].strip() if found else ""


@FUNCTIONS
def test_the_help_fits(declared: Function) -> None:
    for text in (declared.summary, *(p.help for p in declared.parameters)):
        assert 0 < len(text) <= 255
        assert text.endswith(".")
        assert "\n" not in text


@FUNCTIONS
def test_every_argument_has_help_and_a_unit(declared: Function) -> None:
    assert declared.parameters
    for p in declared.parameters:
        assert p.help
        assert p.unit
        assert p.required or p.default is None or not p.choices or p.default in p.choices


@FUNCTIONS
def test_every_host_tells_the_choices_or_the_unit(declared: Function) -> None:
    for p in declared.parameters:
        words = ", ".join(p.choices) or p.unit
        assert p.help_text.rpartition("[")[2].startswith(words)
        assert p.help_text.endswith("]")
        assert len(p.help_text) <= 255


@FUNCTIONS
def test_the_docstring_has_its_sections(declared: Function) -> None:
    for title in ("Parameters", "Returns", "Raises", "References", "Examples"):
        assert section(declared.doc, title), title
    assert ">>>" in section(declared.doc, "Examples")


@FUNCTIONS
def test_optional_arguments_stand_last(declared: Function) -> None:
    required = [p.required for p in declared.parameters]
    assert required == sorted(required, reverse=True)


@FUNCTIONS
def test_the_name_is_legal_everywhere(declared: Function) -> None:
    names = [declared.name, *(p.name for p in declared.parameters)]
    assert re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+", declared.name)
    assert len(set(names)) == len(names)
    for name in names:
        # A1, XFD1048576, R1C1, and names with a column's letters before a row's number.
        assert not re.fullmatch(r"[A-Za-z]{1,3}\d+|[Rr]\d*([Cc]\d*)?|[Cc]\d*", name)
        assert re.fullmatch(r"[A-Za-z_]\w{0,254}", name)
    assert declared.name not in FORMULAE


def test_functions_can_be_imported_under_their_python_names() -> None:
    from workbook import functions

    for name, declared in CATALOGUE.items():
        assert getattr(functions, name.lower()) is declared.call
        assert name.lower() in dir(functions)


def test_a_family_imported_again_is_the_one_that_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from workbook import functions

    right = CATALOGUE["DCF_WACC"]
    again = dataclasses.replace(right, call=lambda *cells: right.call(*cells))
    monkeypatch.setitem(CATALOGUE, "DCF_WACC", again)
    assert functions.dcf_wacc is again.call
    with pytest.raises(AttributeError, match="has no attribute 'dcf_wac'"):
        _ = functions.dcf_wac


def test_importing_the_functions_imports_nothing_heavy() -> None:
    code = (
        "import sys, workbook.functions;"
        f"print(*{set(HEAVY)} & {{m.partition('.')[0] for m in sys.modules}})"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        timeout=60,
        check=True,
    )
    assert run.stdout.split() == []
