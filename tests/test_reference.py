"""Is there a page for every declaration, with its contents?"""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest

from model.case.case import load
from model.case.tables import TABLES
from model.dcf.drivers import DRIVERS
from model.functions import FUNCTIONS
from workbook.functions import CATALOGUE

WRITER = Path(__file__).parents[1] / "docs" / "reference.py"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the text of each page by its path."""
    spec = importlib.util.spec_from_file_location("reference", WRITER)
    assert spec and spec.loader
    writer = importlib.util.module_from_spec(spec)
    sys.modules["reference"] = writer
    spec.loader.exec_module(writer)
    folder = tmp_path_factory.mktemp("reference")
    writer.write(folder)
    return {
        page.relative_to(folder).with_suffix("").as_posix(): page.read_text(encoding="utf-8")
        for page in folder.rglob("*.rst")
    }


def test_every_function_has_a_page(pages: dict[str, str]) -> None:
    for name in CATALOGUE:
        f, page = FUNCTIONS[name], pages[f"functions/{name}"]
        for title in ("Arguments", "Result", "References", "Example in a cell"):
            assert f"\n{title}\n---" in page, (name, title)
        assert f"``={name}(" in page
        assert " gives " in page
        for p in (*f.parameters, *CATALOGUE[name].parameters[len(f.parameters) :]):
            assert f"\n   * - {p.name}\n" in page
            if p.field is not None:
                assert f"\n     - {p.field.unit}\n" in page
                assert not p.field.bounded or f"Must be {p.field.expected}." in page


def test_every_driver_table_and_key_has_a_page(pages: dict[str, str]) -> None:
    for name, driver in DRIVERS.items():
        assert driver.meaning in pages[f"drivers/{name}"]
    tables = {p.table for f in FUNCTIONS.values() for p in f.parameters if p.table is not None}
    for table in tables:
        family = table.__module__.split(".")[1]
        page = pages[f"tables/{family}.{table.__name__}"]
        for field in table.declared.values():
            assert f"   * - {field.header or field.name}\n" in page
            assert field.meaning in page
    for key in TABLES:
        assert f"case/tables.{key}" in pages


def test_every_figure_of_the_shipped_case_stands_on_the_page_of_its_key(
    pages: dict[str, str],
) -> None:
    case = load("cerebras")
    checked = 0
    for path, figure in case.figures.items():
        place = (
            path.replace("drivers.", "drivers/") if path.startswith("drivers.") else f"case/{path}"
        )
        if place in pages:
            assert f"{figure.quality} of {figure.as_of}. Source: " in pages[place], path
            assert case.sources[figure.source].title in pages[place]
            checked += 1
    assert checked > len(case.drivers) + len(case.scalars)


def test_the_contents_list_every_page_once(pages: dict[str, str]) -> None:
    listed = [line.strip() for line in pages["index"].splitlines() if line.startswith("   ")]
    listed = [line for line in listed if re.fullmatch(r"\w+/[\w.]+", line)]
    assert sorted(listed) == sorted(set(pages) - {"index"})
