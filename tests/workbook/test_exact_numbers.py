"""Is a number in a case exact to the last bit in the workbook's file?

Oracles: the bits of the number; the text in the sheet's XML as Python's own parser reads it; the
engine, which shows typed figures a second time; and the case that is read back. Two doubles may
differ in their 17th digit alone (IEEE 754-2019, 5.12.2), and openpyxl on its own writes 16.
"""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import date
from xml.etree import ElementTree

import openpyxl
from cases import simple
from hypothesis import example, given, settings
from hypothesis import strategies as st
from looked_at import looked_at
from ranges import cells_of

from model.case.case import Case, parse
from workbook import template
from workbook.check.reader import read_case
from workbook.hosts.headless import evaluate
from workbook.package.finish import finish
from workbook.package.package import Package
from workbook.package.writing import packed

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
#: Within the bounds of every unit that they are typed in, and beyond.
NUMBERS = [
    *(0.1 + 0.2, 1 / 3, 5e-324, -0.0, 0, 1, -7, 1.0, 2.5, 1e-7, 12345.678901234567),
    *(1.0000000000000002, 99999.99999999999, 2 / 3 * 1e4, 65536),
]
EXTREMES = [1.7976931348623157e308, 2**53 + 1, 1e22, 1e15, 1e16, 2**53, 2**63, 10**300, 1e-300]
#: Tables that the numbers are typed into, and the sign that they have there.
TABLES = {"non_gaap_bridge": 1, "non_gaap_bridge_before": -1}
usual = st.floats(-1e5, 1e5) | st.integers(-(10**5), 10**5)
finite = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**80), 2**80)


def bits(number: float) -> bytes:
    return struct.pack("<d", number)


def case_with(numbers: list[float]) -> Case:
    """Type each number as a figure of its own, as a price, and into two tables."""
    tree = simple()
    origin = {"as_of": date(2026, 5, 14), "source": next(iter(tree["sources"]))}
    origin["quality"] = "inferred"
    own = {"company": tree["company"]["ticker"], **origin}
    tree["prices"] = own | {
        f"n{i}": {"label": "Typed", "value": abs(number)} for i, number in enumerate(numbers)
    }
    tree["published"] = own | {
        f"number_{i}": {"label": "Typed", "line": "value_per_share", "value": number}
        for i, number in enumerate(numbers)
    }
    tree["tables"] = own | {
        name: {f"row_{i}": {"line": f"Line {i}", "amount": sign * n} for i, n in enumerate(numbers)}
        for name, sign in TABLES.items()
    }
    tree["totals"] = {}
    return parse(tree)


def written(file: bytes, sheet: int) -> dict[str, str]:
    """Return the text of each cell of a sheet that holds a number and no formula."""
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        root = ElementTree.fromstring(archive.read(f"xl/worksheets/sheet{sheet}.xml"))
    return {
        cell.attrib["r"]: cell.findtext(f"{MAIN}v", "")
        for cell in root.iter(f"{MAIN}c")
        if cell.get("t") is None and cell.find(f"{MAIN}f") is None
    }


def typed_in(file: bytes, count: int) -> tuple[list[str], list[list[str]]]:
    """Return the texts of the figures, and of the tables' columns, from the sheet Inputs."""
    book = looked_at(file)
    held = written(file, book.sheetnames.index("Inputs") + 1)
    links = {row[2].value: str(row[3].value) for row in book["Sources"].iter_rows(min_row=5)}

    def figure(path: str) -> str:
        return held[links[path].rpartition("!")[2].replace("$", "")]

    def column(name: str) -> list[str]:
        rows = book["Inputs"][cells_of(book, name)[1]][1:]
        return [held[row[1].coordinate] for row in rows if row[0].value is not None]

    figures = [figure(f"published.number_{i}") for i in range(count)]
    return figures, [column(name.capitalize()) for name in TABLES]


@settings(max_examples=8, deadline=None)
@given(st.lists(usual, min_size=15, max_size=15))
@example(NUMBERS)
def test_a_typed_number_comes_back_bit_for_bit(numbers: list[float]) -> None:
    draft = template.write(case_with(numbers))
    sheets = Package.opened(draft).sheets
    nothing = {name: dict.fromkeys(sheet.filled, 0.0) for name, sheet in sheets.items()}
    file = finish(draft, nothing)
    expected = [bits(float(number)) for number in numbers]

    figures, table = typed_in(file, len(numbers))
    assert [bits(float(text)) for text in figures] == expected
    assert [bits(float(text)) for text in table[0]] == expected
    assert [bits(float(text)) for text in table[1]] == [bits(float(-n)) for n in numbers]
    # No shorter text gives the same number: Python's own is the shortest.
    assert all(len(text) <= len(repr(float(text))) for text in figures)

    read, _ = read_case(file)
    prices = [price.number for price in read.prices.values()]
    assert [bits(price) for price in prices] == [bits(abs(float(n))) for n in numbers]


@given(st.lists(finite, min_size=1, max_size=40))
@example([*NUMBERS, *EXTREMES])
def test_any_number_of_any_sheet_is_written_to_its_last_bit(numbers: list[float]) -> None:
    book = openpyxl.Workbook()
    for row, number in enumerate(numbers, 1):
        book.worksheets[0].cell(row, 1, number)
    texts = written(finish(packed(book), {}), 1)
    found = [bits(float(texts[f"A{row}"])) for row in range(1, len(numbers) + 1)]
    assert found == [bits(float(number)) for number in numbers]


def test_the_engine_calculates_with_the_number_that_was_typed() -> None:
    numbers = [0.1 + 0.2, 1 / 3, 2 / 3 * 1e4, 1.0000000000000002, 5e-324, 3]
    draft = template.write(case_with(numbers))
    page = looked_at(draft)["Sources"]
    shown = {str(row[2].value): (row[3].row, row[3].column) for row in page.iter_rows(min_row=5)}
    values = evaluate(draft)["Sources"]
    assert [values[shown[f"published.number_{i}"]] for i in range(len(numbers))] == numbers
