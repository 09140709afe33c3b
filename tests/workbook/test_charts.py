"""Do charts cache their values, for programs that draw a workbook without calculating it?

Oracles: the cells that a chart refers to, as openpyxl reads their values and number formats; the
widths and heights in the file for what a chart covers; and Microsoft's Open XML SDK validator for
the order of elements.
"""

from __future__ import annotations

import io
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from cases import stated
from on_paper import Printed, sheets_of
from open_xml import findings
from openpyxl.chart import BarChart, Reference
from openpyxl.utils.datetime import to_excel
from small_package import altered, parts, saved
from working_copy import WHOLE

from model.case.case import parse
from workbook import template
from workbook.package.cells import ErrorValue, Value
from workbook.package.finish import finish
from workbook.template.rows import FIRST

CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
#: A reference's place in its chart and its formula, the kind of its cache, its number format, and
#: the texts of its points.
Kept = tuple[str, str, str, str | None, list[str | None]]


def kept(file: bytes) -> list[Kept]:
    """Return what the charts of a file hold for the cells that they refer to."""
    charts = [ElementTree.fromstring(part) for part in chart_parts(file)]
    return [
        (parent.tag.removeprefix(CHART), *kept_by(reference))
        for chart in charts
        for parent in chart.iter()
        for reference in parent
        if reference.tag in (f"{CHART}numRef", f"{CHART}strRef")
    ]


def chart_parts(file: bytes) -> list[bytes]:
    return [part for name, part in sorted(parts(file).items()) if name.startswith("xl/charts/")]


def kept_by(reference: ElementTree.Element) -> tuple[str, str, str | None, list[str | None]]:
    kind, formula = reference.tag.removeprefix(CHART), reference.findtext(f"{CHART}f", "")
    cache = reference.find(CHART + kind.replace("Ref", "Cache"))
    assert cache is not None, formula
    count = cache.find(f"{CHART}ptCount")
    assert count is not None
    points: list[str | None] = [None] * int(count.attrib["val"])
    for point in cache.iter(f"{CHART}pt"):
        points[int(point.attrib["idx"])] = point.findtext(f"{CHART}v")
    return formula, kind, cache.findtext(f"{CHART}formatCode"), points


def shown(book: openpyxl.Workbook, formula: str) -> list[Any]:
    """Return the cells that a chart's formula means, with their values."""
    sheet, _, area = formula.rpartition("!")
    cells: Any = book[sheet.strip("'")][area.replace("$", "")]
    rows = cells if isinstance(cells, tuple) else ((cells,),)
    return [cell for row in rows for cell in (row if isinstance(row, tuple) else (row,))]


def value(cell: Any) -> Any:
    return to_excel(cell.value) if isinstance(cell.value, date | datetime) else cell.value


def compare(file: bytes) -> list[Kept]:
    """See that what the charts hold is what their cells hold."""
    found = kept(file)
    book = openpyxl.load_workbook(io.BytesIO(file), data_only=True)
    for place, formula, kind, number_format, points in found:
        cells = shown(book, formula)
        expected = [value(cell) for cell in cells]
        if kind == "numRef":
            assert [p if p is None else float(p) for p in points] == expected, formula
            assert number_format == cells[0].number_format, formula
            assert place in ("cat", "val")
        else:
            # An empty text is read as nothing.
            assert [p or None for p in points] == expected, formula
            assert place in ("cat", "tx")
    return found


def test_every_chart_of_the_workbook_holds_what_its_cells_hold(finished: bytes) -> None:
    found = compare(finished)
    charts = chart_parts(finished)
    assert len(charts) >= 7
    assert len(found) == sum(chart.count(b"<f>") for chart in charts)
    # Years and dates, and names of prices and methods.
    assert {kind for place, _, kind, *_ in found if place == "cat"} == {"numRef", "strRef"}
    assert all(points for *_, points in found)


def test_charts_follow_a_change_of_inputs(finished: bytes) -> None:
    tree = stated(WHOLE)
    tree["offer"]["price"]["value"] += 0.1
    changed = parse(tree)
    before, after = compare(finished), compare(template.build(changed))
    moved = {
        formula
        for (_, formula, *_, old), (*_, new) in zip(before, after, strict=True)
        if old != new
    }
    assert any(formula.startswith("'Equity'!") for formula in moved)


def covered(page: Printed, chart: Any) -> tuple[range, range]:
    """Return the rows and columns that a chart lies on."""
    start, size = chart.anchor._from, chart.anchor.ext
    wide, high = size.width * 72 / 914400, size.height * 72 / 914400
    bottom = row = start.row + 1
    right = column = start.col + 1
    # A point more is rounding.
    while page.height(row, bottom) + 1 < high:
        bottom += 1
    while 5.25 * page.width(column, right) + 1 < wide:
        right += 1
    return range(row, bottom + 1), range(column, right + 1)


@pytest.mark.parametrize("more", [0, 4, 14])
def test_all_prices_are_printed_and_no_chart_covers_them(more: int) -> None:
    """With a chart next to the prices, below them, and with more prices than other columns."""
    tree = stated(WHOLE)
    for i in range(more):
        label, value = f"Close of day {i + 1}", 200.0 + 10 * i
        tree["prices"][f"day_{i + 1}"] = tree["prices"]["close"] | {"value": value, "label": label}
    case = parse(tree)
    book = openpyxl.load_workbook(io.BytesIO(template.build(case)), data_only=True)
    (page,) = [each for each in sheets_of(book) if each.sheet.title == "Equity"]
    filled = {c.coordinate: c for row in page.sheet.iter_rows() for c in row if c.value is not None}
    assert max(cell.column for cell in filled.values()) <= page.columns[1]
    prices = [point.number for point in case.price_points.values()]
    label = next(c for c in filled.values() if c.value == "Share price" and c.row <= page.last)
    row = [cell.value for cell in page.sheet[label.row][FIRST - 1 : page.columns[1]]]
    assert row[: len(prices)] == pytest.approx(prices)
    assert page.sheet._charts
    for chart in page.sheet._charts:
        rows, columns = covered(page, chart)
        assert columns[-1] <= page.columns[1]
        assert [at for at, c in filled.items() if c.row in rows and c.column in columns] == []


# One chart ---------------------------------------------------------------------------------------

CELLS: list[list[Any]] = [
    ["Name & <sign>", 0.25, None, "=1/0", "=1=1", "text", "=1/3", -1e22],
    ["=1+1", "a", None, "=1/0", 5, " b ", "=1/3", 0.5],
]
VALUES: dict[tuple[int, int], Value] = {
    (1, 4): ErrorValue("#DIV/0!"),
    (2, 4): ErrorValue("#DIV/0!"),
    (1, 5): True,
    (1, 7): 1 / 3,
    (2, 7): 1 / 3,
    (2, 1): 2.0,
}


def drawn(title: str) -> bytes:
    """Draw a row of all kinds of cells, over categories of all kinds."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in CELLS:
        sheet.append(row)
    sheet["B1"].number_format = "0.00%"
    chart: Any = BarChart()
    chart.add_data(
        Reference(sheet, min_col=1, max_col=8, min_row=1), from_rows=True, titles_from_data=True
    )
    chart.add_data(
        Reference(sheet, min_col=1, max_col=8, min_row=2), from_rows=True, titles_from_data=True
    )
    chart.set_categories(Reference(sheet, min_col=2, max_col=8, min_row=2))
    sheet.add_chart(chart, "A5")
    return saved(book)


@pytest.mark.parametrize("title", ["Sheet", "Analyst's output (2)"])
def test_numbers_alone_are_kept_of_numbers(title: str, tmp_path: Path) -> None:
    file = finish(drawn(title), {title: VALUES})
    name, categories, numbers, second, *_ = kept(file)
    assert name[2:] == ("strRef", None, ["Name & <sign>"])
    third = repr(1 / 3)
    assert numbers[2:] == (
        *("numRef", "0.00%"),
        ["0.25", None, None, None, None, third, "-1e+22"],
    )
    # openpyxl makes all categories numbers, in which there are no texts.
    assert categories[2:] == ("strRef", None, ["a", None, None, "5", " b ", third, "0.5"])
    assert second[2:] == ("strRef", None, ["2"])
    assert findings(file, tmp_path) == []


def test_what_was_kept_before_is_replaced() -> None:
    once = finish(drawn("Sheet"), {"Sheet": VALUES})
    assert finish(once, {"Sheet": VALUES}) == once
    again = finish(once, {"Sheet": VALUES | {(1, 7): 7.0}})
    assert kept(again)[2][4][5] == "7"
    assert parts(again)["xl/charts/chart1.xml"].count(b"<numCache>") == 2


def test_a_chart_under_the_prefix_that_excel_writes_is_completed() -> None:
    raw = drawn("Sheet")
    part = parts(raw)["xl/charts/chart1.xml"].decode()
    prefixed = re.sub(r"<(/?)(?=\w+[\s/>])", r"<\1c:", part).replace(" xmlns=", " xmlns:c=", 1)
    file = finish(altered(raw, "xl/charts/chart1.xml", part, prefixed), {"Sheet": VALUES})
    assert b"<c:numCache>" in parts(file)["xl/charts/chart1.xml"]
    assert kept(file) == kept(finish(raw, {"Sheet": VALUES}))


@pytest.mark.parametrize("other", ["[1]Sheet!$B$1:$H$1", "Numbers", "Other!$B$1:$H$1"])
def test_what_is_not_in_the_workbook_is_left_alone(other: str) -> None:
    cache = "<numCache><ptCount val='1'/><pt idx='0'><v>4</v></pt></numCache>"
    area = "'Sheet'!$B$1:$H$1"
    raw = altered(
        drawn("Sheet"), "xl/charts/chart1.xml", f"<f>{area}</f>", f"<f>{other}</f>{cache}"
    )
    found = kept(finish(raw, {"Sheet": VALUES}))
    assert [points for _, formula, _, _, points in found if formula == other] == [["4"]]
