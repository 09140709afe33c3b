"""Tables of signed contracts: a row for each, with its terms, or with its amounts.

Amounts have a column for each month or fiscal year, known by its header, and so they are not read
column by column.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from model.calendar import check_years, year_of
from model.dcf.signed import SignedContracts
from model.errors import InputError
from model.plain import FIRST_YEAR
from model.rpo.contracts import Contracts
from workbook import tables
from workbook.arguments import number
from workbook.tables import Table, columns, grid

_NAME, _SEGMENT = (SignedContracts.declared[n].header for n in ("name", "segment"))
#: Headers by which a range is a table of contracts.
_KNOWN = {header.casefold() for header in (_NAME, _SEGMENT, Contracts.declared["customer"].header)}
#: What terms state, and amounts do not.
_VALUE = Contracts.declared["value"].header.casefold()
_HEADERS = {f.header.casefold(): f.header for f in SignedContracts.declared.values()}


def is_table(value: Any) -> bool:
    """Tell whether rows of cells have a header that names contracts or segments."""
    first = value[0] if isinstance(value, list) and value else None
    return isinstance(first, list) and any(
        isinstance(c, str) and c.strip().casefold() in _KNOWN for c in first
    )


def declared(value: Any) -> type[Any]:
    """Return what declares the columns of a table of contracts: their terms, or amounts."""
    headers = value[0] if isinstance(value, list) and value and isinstance(value[0], list) else ()
    named = {h.strip().casefold() for h in headers if isinstance(h, str)}
    return Contracts if _VALUE in named else SignedContracts


def read(argument: str, value: Any) -> SignedContracts:
    """Read a table of contracts; one without names has a contract for each segment."""
    found = grid(argument, value)
    if _VALUE in found.folded:
        try:
            return SignedContracts.of(tables.read(Contracts, argument, found))
        except InputError as error:
            named = error.argument.replace(Contracts.argument(), argument, 1)
            raise InputError(named, error.problem, error.reason) from None
    known = {j: year_of(argument, h) for j, h in enumerate(found.headers) if not _is_known(h)}
    if not known:
        raise InputError(argument, "must have a column for each month or fiscal year")
    periods = sorted(known, key=known.__getitem__)
    years = [known[j] for j in periods]
    check_years(argument, years, "year" if years[-1] >= FIRST_YEAR else "month")
    body = {
        _HEADERS[folded]: [cells[j] for _, cells in found.rows]
        for j, folded in enumerate(found.folded)
        if j not in known
    }
    if _NAME not in body:
        body[_NAME] = body[_SEGMENT]
    amounts = [
        [number(found.where(str(years[k]), row), cells[j]) for k, j in enumerate(periods)]
        for row, cells in found.rows
    ]
    return SignedContracts(
        **columns(SignedContracts, Table(argument, [row for row, _ in found.rows], body)),
        amounts=np.array(amounts),
        across=years if years[0] >= FIRST_YEAR else None,
    )


def _is_known(header: Any) -> bool:
    return isinstance(header, str) and header.strip().casefold() in _HEADERS
