"""Tables of the core: securities and recognition bands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from model.dilution.securities import Securities as ModelSecurities
from model.errors import InputError, one_of
from model.rpo.schedule import Bands as ModelBands
from workbook.arguments import is_blank, whole
from workbook.tables import Table, read, table


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


# Parameter types of the functions --------------------------------------------------------------

Securities = Annotated[ModelSecurities, securities]
Bands = Annotated[BandTable, bands]
