"""Which cell of the workbook holds which result of the model.

The template places blocks and names them; this is what stands where inside each of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from model.valuation import Valuation
from workbook.template.sheets.dilution import TOLD

Number = tuple[str, int, int, float]


def expected(result: Valuation) -> Iterator[Number]:
    """Yield each result as (name of the area, row and column within it from 0, number)."""
    for area, by_method in (
        ("Shares_by_method", result.shares),
        ("Market_values", result.market_caps),
    ):
        for row, method in enumerate(TOLD):
            for column, number in enumerate(by_method[method]):
                yield area, row, column, float(number)
    for row, step in enumerate(
        zip(result.bridge.issued, result.bridge.bought_back, result.bridge.net, strict=True), 1
    ):
        for column, number in enumerate(step, 3):
            yield "Bridge", row, column, float(number)
    for row, amount in enumerate(result.bands.amount, 1):
        yield "Band_amounts", row, 4, float(amount)
    lines = result.schedule
    for row, values in enumerate((lines.opening, lines.recognised, lines.closing), 2):
        for column, number in enumerate(values, 1):
            yield "Schedule", row, column, float(number)
    if result.bookings is not None:
        for column, number in enumerate(result.bookings.bookings, 1):
            yield "Implied_bookings", 2, column, float(number)
    for column, number in enumerate(result.contracted_revenue):
        yield "Contracted_revenue", 0, column, float(number)
    yield "Wacc", 0, 0, result.wacc
    for row, line in enumerate(result.forecast.lines(), 1):
        for column, number in enumerate(line.values, 1):
            yield "Forecast_lines", row, column, float(number)
    for row, line in enumerate(result.result.lines(), 1):
        yield "Valuation", row, 1, float(line.values)
