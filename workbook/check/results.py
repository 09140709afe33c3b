"""Which workbook cell holds which result of the model.

The template places blocks and names them; this module maps the results inside each block.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from model.case import derived, earlier
from model.dcf.value import SegmentedValue
from model.rpo.bands import BandAmounts
from model.tables import Result
from model.valuation import Valuation
from workbook.arguments import cells_of
from workbook.check.differences import same, shown
from workbook.check.findings import Finding
from workbook.check.reader import Start
from workbook.package.cells import Place, Value, Values
from workbook.template.sheets.equity.dilution import METHOD_NOTES

Number = tuple[str, int, int, float]


def against_model(
    valued: Valuation, areas: dict[str, Start], found: Values
) -> Iterator[Finding | None]:
    """Compare the workbook's results with the model's for the case given by its inputs.

    Yields
    ------
    Finding or None
        For each number that both have: what differs, otherwise None.
    """
    rows: dict[str, list[int]] = {}
    for name, row, column, number in expected(valued):
        if name not in areas:
            continue  # Its sheet is missing, or its name: another finding.
        sheet, top, left = areas[name]
        if name not in rows:
            rows[name] = _in_use(found.get(sheet, {}), (top, left))
        at = ((rows[name][row] if row < len(rows[name]) else top + row), left + column)
        here = found.get(sheet, {}).get(at)
        if same(here, number):
            yield None
        else:
            text = f"the workbook has {shown(here)}, the model {shown(number)} ({name})"
            yield Finding(sheet, at, text, "results differ from the model's")


def _in_use(cells: Mapping[Place, Value], corner: Place) -> list[int]:
    """Return the rows of a block that has blank ones where the table that it follows has them."""
    row, column = corner
    found = []
    while (row, column) in cells:
        if cells[row, column] != "":
            found.append(row)
        row += 1
    return found


def expected(result: Valuation) -> Iterator[Number]:
    """Yield each result as (name of the area, row and column within it from 0, number)."""
    for area, by_method in (
        ("Shares_by_method", result.shares),
        ("Market_values", result.market_caps),
    ):
        for row, method in enumerate(METHOD_NOTES):
            for column, number in enumerate(by_method[method]):
                yield area, row, column, float(number)
    yield from _numbers("Bridge", result.bridge)
    if result.bands is not None:
        column = list(BandAmounts.declared).index("amount")
        for row, amount in enumerate(result.bands.amount, 1):
            yield "Band_amounts", row, column, float(amount)
    if result.schedule is not None:
        yield from _numbers("Schedule", result.schedule)
    if result.bookings is not None:
        yield from _numbers("Implied_bookings", result.bookings)
    if (tested := earlier.backtest(result.case)) is not None:
        yield from _numbers("Earlier_shapes", tested)
    if result.schedule is not None and result.by_segment is None:
        for column, number in enumerate(result.contracted_revenue):
            yield "Contracted_revenue", 0, column, float(number)
    yield "Wacc", 0, 0, result.wacc
    if (offered := derived.offer(result.case)) is not None:
        yield from _numbers("Offer_lines", offered)
    yield from _numbers("Forecast_lines", result.forecast)
    yield from _numbers("Valuation", result.result)
    if result.by_segment is not None:
        yield from _numbers("Segment_lines", result.by_segment)
    yield from _numbers("Quarters", result.quarters)
    if isinstance(result.result, SegmentedValue):
        yield from _numbers("Value_by_line", result.result.segments)


def _numbers(area: str, made: Result) -> Iterator[Number]:
    """Yield the numbers of a result below its headers, as cells show them."""
    for row, cells in enumerate(cells_of(made)[1:], 1):
        for column, number in enumerate(cells):
            if isinstance(number, float):
                yield area, row, column, number
