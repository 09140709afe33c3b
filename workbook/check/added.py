"""Rows that a user has inserted among the inputs, and the keys that they get in the case."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from typing import Any

from model.case.declared import SHARES
from model.case.parts import SECURITY
from model.case.read import ORIGIN
from model.plain import is_blank
from workbook.check.held import Area, Held, typed_in
from workbook.package.cells import Place

#: What may be to the right of a security's count, in this order, and what is typed if the case
#: leaves it out.
FURTHER = {
    name: None if field.default != field.default else field.default
    for name, field in SECURITY.items()
    if not field.required
}
#: Columns of securities that hold a formula until something is typed in them.
FOLLOWING = ("count", "repayment", "measured")
#: Keys of a section that are not those of its entries.
_OWN = (*ORIGIN, "company", "label", "note")
#: The lists of bands that have a name in the workbook.
_NAMED = {"rpo.opening.bands": "Disclosed_bands", "rpo.conversion": "Forecast_bands"}
_BAND = re.compile(rf"(rpo\.(?:.+\.bands|conversion))\.([^.]+)\.({'|'.join(SHARES)}|from_month)")
_LONGEST = 50

#: The cell of each figure, by its path.
Listed = Mapping[str, tuple[str, Place]]


def key_of(name: Any, taken: Collection[str]) -> str:
    """Return a key for a row, made from its name.

    Examples
    --------
    >>> key_of("Société X, Inc.", ["societe_x_inc"])
    'societe_x_inc_2'
    """
    plain = unicodedata.normalize("NFKD", f"{name:g}" if isinstance(name, float) else str(name))
    words = re.findall(r"[a-z0-9]+", plain.encode("ascii", "ignore").decode().lower())
    key = "_".join(words)[: _LONGEST - 4].strip("_") or "row"
    used = {*taken, *_OWN}
    return next(k for k in (key, *(f"{key}_{n}" for n in range(2, 2000))) if k not in used)


def securities(
    book: Held, tree: dict[str, Any], listed: Listed, origin: Callable[[], dict[str, Any]]
) -> None:
    """Add the securities of rows that Sources does not list."""
    area = book.area(book.names.get("Securities", ""))
    known = {at[0] for path, (_, at) in listed.items() if path.startswith("securities.")}
    if area is None:
        return
    title, (top, left), (bottom, _) = area
    for row in range(top + 1, bottom + 1):
        name = typed_in(book, title, row, left)
        if row in known or is_blank(name):
            continue
        node = {"name": name, "type": typed_in(book, title, row, left + 1)}
        for column, (key, default) in enumerate(({"count": None} | FURTHER).items(), left + 2):
            follows = key in FOLLOWING and book.cell(title, row, column).data_type == "f"
            value = None if follows else typed_in(book, title, row, column)
            if value not in (None, default):
                node[key] = origin() | {"value": value}
        tree["securities"][key_of(name, tree["securities"])] = node


def lists_of_bands(book: Held, listed: Listed) -> dict[str, Area]:
    """Return the range of each list of bands, with its header and without the names of bands."""
    found: dict[str, Area] = {}
    for path, (title, (row, column)) in listed.items():
        if band := _BAND.fullmatch(path):
            place, _, leaf = band.groups()
            left = column - (0 if leaf == "from_month" else 2)
            _, (top, _), (bottom, _) = found.get(place, (title, (row - 1, left), (row, left)))
            found[place] = title, (min(top, row - 1), left), (max(bottom, row), left + 2)
    named = {place: book.area(book.names.get(name, "")) for place, name in _NAMED.items()}
    return found | {place: area for place, area in named.items() if area and place in found}


def bands(
    book: Held, tree: dict[str, Any], listed: Listed, origin: Callable[[], dict[str, Any]]
) -> None:
    """Add the bands of rows between those that Sources lists."""
    for place, (title, (top, left), (bottom, _)) in lists_of_bands(book, listed).items():
        found = ((at[0], _BAND.fullmatch(path)) for path, (_, at) in listed.items())
        rows = {row: band[3] for row, band in found if band and band[1] == place}
        way = next((leaf for leaf in rows.values() if leaf in SHARES), "share")
        node = tree
        for step in place.split("."):
            node = node[step]
        for row in range(top + 1, bottom + 1):
            cells = [typed_in(book, title, row, left + i) for i in range(3)]
            if row in rows or all(map(is_blank, cells)):
                continue
            band: dict[str, Any] = {"from_month": cells[0], "to_month": cells[1]}
            if not is_blank(cells[2]):
                band[way] = origin() | {"value": cells[2]}
            node[key_of(typed_in(book, title, row, left - 1) or "band", node)] = band
