"""Tables of the core: securities, recognition bands and drivers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import MISSING, dataclass
from typing import Annotated, Any

import numpy as np

from model.calendar import check_years, year_of
from model.dcf.drivers import DEFAULTS, DRIVERS, Drivers
from model.dilution.shares import Securities as ModelSecurities
from model.errors import Floats, InputError, nearest, one_of, shown
from model.rpo.schedule import Bands as ModelBands
from workbook.arguments import is_blank, number, text, whole
from workbook.tables import Table, grid, key, read, table


def securities(argument: str, value: Any) -> ModelSecurities:
    """Read a table of securities."""
    made: ModelSecurities = read(ModelSecurities, argument, value)
    return made


def known(found: Table, header: str, names: Collection[str]) -> list[str]:
    """Read a column of names that must be known, in any case."""
    stated = found.texts(header)
    return [one_of(f"{found.argument} {header}", name, names) for name in stated]


def strikes(found: Table, kinds: Sequence[str], priced: Collection[str]) -> list[float]:
    """Read the strikes; only what cannot have one, or need not, may leave it blank."""
    for (row, cell), kind in zip(found.cells("Strike"), kinds, strict=True):
        if is_blank(cell) and kind in priced:
            raise InputError(
                found.where("Strike", row),
                f"must be typed for type {kind!r} (0 if it has none), not left blank",
            )
    return found.numbers("Strike", 0.0)


@dataclass(frozen=True)
class BandTable:
    """Bands as a table states them, until the balance is known."""

    first: list[int]
    last: list[int | None]
    share: list[float] | None
    amount: list[float] | None

    def of(self, balance: float) -> ModelBands:
        """Apply the bands to a balance; Share and Amount may both be there where they agree."""
        amount = self.amount
        if self.share is not None and amount is not None:
            of_share = np.array(self.share) * balance
            if np.allclose(of_share, amount, rtol=1e-9, atol=0.0, equal_nan=True):
                amount = None
        return ModelBands.of(balance, self.first, self.last, share=self.share, amount=amount)


def bands(argument: str, value: Any) -> BandTable:
    """Read a table of recognition bands, in any order of rows."""
    columns = ["From month", "To month"], ["Share", "Amount"]
    return bands_of(table(argument, value, *columns, ["Band"], ["Unstated remainder"]))


def bands_of(found: Table) -> BandTable:
    """Read the columns of recognition bands."""
    first = found.wholes("From month")
    last = [
        None if is_blank(cell) else whole(found.where("To month", row), cell)
        for row, cell in found.cells("To month")
    ]
    share, amount = found.stated("Share"), found.stated("Amount")
    order = sorted(range(len(first)), key=first.__getitem__)
    return BandTable(
        [first[i] for i in order],
        [last[i] for i in order],
        None if share is None else [share[i] for i in order],
        None if amount is None else [amount[i] for i in order],
    )


@dataclass(frozen=True)
class DriverTable:
    """Drivers as a table states them, with the headers of its forecast years."""

    values: dict[str, Any]
    years: list[Any] | None

    def of(self, contracted_revenue: Floats | None) -> tuple[Drivers, list[Any]]:
        """Check the drivers, and name the forecast years: by header, or 1, 2, 3 ..."""
        if self.years is not None:
            return Drivers.of(self.values, len(self.years)), self.years
        stated = "years" in self.values or contracted_revenue is None
        made = Drivers.of(self.values, None if stated else len(contracted_revenue))  # type: ignore[arg-type]
        return made, list(range(1, made.years + 1))


def drivers(argument: str, value: Any) -> DriverTable:
    """Read a table of drivers: a Value for all years, a column for each year, or both.

    The columns of years stand in any order; each one's heading says which year it is.
    """
    found = grid(argument, value)
    heads = found.folded
    if "driver" not in heads or len(heads) < 2:
        raise InputError(
            argument, "must have the header Driver, and Value or a column for each forecast year"
        )
    name_at = heads.index("driver")
    value_at = heads.index("value") if "value" in heads else None
    year_at = [j for j in range(len(heads)) if j not in (name_at, value_at)]
    known = {j: year_of(argument, found.headers[j]) for j in year_at}
    year_at.sort(key=known.__getitem__)
    check_years(argument, [known[j] for j in year_at])
    years = [_heading(found.headers[j]) for j in year_at]
    values: dict[str, Any] = {}
    for row, cells in found.rows:
        name = key(text(found.where("Driver", row), cells[name_at]))
        if name not in DRIVERS:
            raise InputError(
                argument,
                f"must hold known drivers only, not {name!r} in row {row}{nearest(name, DRIVERS)}",
            )
        if name in values:
            raise InputError(argument, f"must hold each driver once, and {name} is there twice")
        single = None if value_at is None else cells[value_at]
        values[name] = _driver_value(argument, name, single, [cells[j] for j in year_at], years)
    return DriverTable({k: v for k, v in values.items() if v is not None}, years or None)


def _driver_value(argument: str, name: str, single: Any, path: list[Any], years: list[Any]) -> Any:
    where = f"{argument} {name}"
    filled = [not is_blank(c) for c in path]
    if not is_blank(single):
        if any(filled):
            raise InputError(where, "must have a Value or one value for each year, not both")
        return _driver_cell(where, name, single)
    if not any(filled):
        if DEFAULTS[name] is None or DEFAULTS[name] is MISSING:
            return None
        raise InputError(
            where,
            f"must be typed, or its row left out for {shown(DEFAULTS[name])}, not left blank",
        )
    if all(filled) and len(path) > 1:
        if DRIVERS[name].kind != "yearly":
            raise InputError(where, "must be a single value, not one for each year")
        return [_driver_cell(where, name, c) for c in path]
    if filled[0] and not any(filled[1:]):
        return _driver_cell(where, name, path[0])
    blank = next(y for y, f in zip(years, filled, strict=True) if not f)
    raise InputError(where, f"must have a value for every year, and {shown(blank)} is empty")


def _driver_cell(where: str, name: str, cell: Any) -> float | str:
    return text(where, cell) if DRIVERS[name].kind == "choice" else number(where, cell)


def _heading(header: Any) -> Any:
    """Give a year column's header as a cell shows it: 2026 rather than 2026.0."""
    if isinstance(header, float) and header.is_integer():
        return int(header)
    return header


# Parameter types of the functions --------------------------------------------------------------

Securities = Annotated[ModelSecurities, securities]
Bands = Annotated[BandTable, bands]
DriversTable = Annotated[DriverTable, drivers]
