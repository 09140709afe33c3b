"""The key results, wherever a workbook has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from model.dcf.value import DcfValue
from model.valuation import Valuation
from workbook.check.held import area_of, linked
from workbook.package.cells import ErrorValue, Place, Value, Values
from workbook.package.package import Package
from workbook.template.sheets.equity.dilution import METHOD_NOTES

#: Figures with a name of their own, with their labels and units.
FIGURES = {
    "Cost_of_equity": ("Cost of equity", "fraction"),
    "Wacc": ("Cost of capital", "fraction"),
}
#: Results by method and price, with their labels and units; the first price is the case's own.
BY_METHOD = {
    "Shares_by_method": ("Shares", "m shares"),
    "Market_values": ("Market value", "USD m"),
}
#: Lines of a valuation.
LINES = (
    *("pv_forecast", "pv_terminal", "enterprise_value", "equity_value", "diluted_shares"),
    "value_per_share",
)

Area = tuple[str, Place, Place]


@dataclass(frozen=True)
class KeyResult:
    """A result before and after, with the name that it has in the model."""

    label: str
    unit: str
    before: Value
    after: Value


def key_results(package: Package, values: Values) -> list[KeyResult]:
    """Return the key results of a workbook: as its file has them, and among its new values.

    A result is found by the name of its block and by its label there, so it may have been moved. If
    its name or its label is lost, it is left out.
    """
    found = []
    for label, unit, (sheet, first, _), at in _places(package, values):
        held = package.sheets[sheet].value
        before = {cell: held(cell) for cell in (first, at)}
        after = {cell: values[sheet].get(cell, value) for cell, value in before.items()}
        found.append(KeyResult(label, unit, _value(before, first, at), _value(after, first, at)))
    return found


def valued_results(before: Valuation, after: Valuation) -> list[KeyResult]:
    """Return the key results that two valuations have."""
    now = {result.label: result.after for result in results_of(after)}
    return [
        KeyResult(result.label, result.unit, result.before, now[result.label])
        for result in results_of(before)
        if result.label in now
    ]


def results_of(valued: Valuation) -> list[KeyResult]:
    """Return the key results of a valuation, which are the same before and after."""
    figures = {"Cost_of_equity": valued.cost_of_equity, "Wacc": valued.wacc}
    found = [(*FIGURES[name], number) for name, number in figures.items()]
    methods = {"Shares_by_method": valued.shares, "Market_values": valued.market_caps}
    for name, (label, unit) in BY_METHOD.items():
        for key, method in METHOD_NOTES.items():
            found.append((f"{label}: {method.lower()}", unit, float(methods[name][key][0])))
    lines = {line.field.name: line for line in valued.result.lines()}
    for line in (lines[name] for name in LINES if name in lines):
        found.append((line.label, line.field.unit, float(line.values)))
    return [KeyResult(label, unit, number, number) for label, unit, number in found]


def _value(of: dict[Place, Value], first: Place, at: Place) -> Value:
    """Return the value of a cell of a block, or the error that stands for the entire block."""
    here, block = of[at], of[first]
    return block if here is None and isinstance(block, ErrorValue) else here


def _places(package: Package, values: Values) -> Iterator[tuple[str, str, Area, Place]]:
    """Yield the label, the unit, the block and the cell of each key result."""
    areas = _areas(package)
    for name, (label, unit) in FIGURES.items():
        if name in areas:
            yield label, unit, areas[name], areas[name][1]
    for name, (label, unit) in BY_METHOD.items():
        if name in areas:
            _, (top, left), (bottom, _) = areas[name]
            for row, method in zip(range(top, bottom + 1), METHOD_NOTES.values(), strict=False):
                yield f"{label}: {method.lower()}", unit, areas[name], (row, left)
    if "Valuation" in areas:
        sheet, (top, left), (bottom, _) = areas["Valuation"]
        # The function gives the labels too, so they may be new, or lost with an error.
        held, made = package.sheets[sheet].value, values[sheet].get
        rows = {
            label: r for r in range(top, bottom + 1) for label in (held((r, left)), made((r, left)))
        }
        for line in (DcfValue.declared[name] for name in LINES):
            if line.header in rows:
                yield line.header, line.unit, areas["Valuation"], (rows[line.header], left + 1)


def _areas(package: Package) -> dict[str, Area]:
    """Return the blocks by their names: defined ones, and those of which rows are counted."""
    texts = dict(package.names)
    for sheet in package.sheets.values():
        for (row, column), formula in sheet.formulas.items():
            if formula.text.startswith("ROWS("):
                name = sheet.value((row, column - 1))
                if isinstance(name, str) and name in BY_METHOD:
                    texts[name] = linked(formula.text)
    found = {name: area_of(text) for name, text in texts.items()}
    return {name: area for name, area in found.items() if area and area[0] in package.sheets}
