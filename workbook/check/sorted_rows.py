"""Rows of tables that have been sorted: where each was when the workbook was built.

Sources leads to a row by its place. So the rows are read as if they had not been sorted; each is
found by its name, and rows of the same name by what else they hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model.case.case import Case
from model.case.declared import SHARES
from model.case.parts import SECURITY
from model.case.stated import bands, differ, stated
from workbook.check.held import Held, value_of
from workbook.check.reader import listed, lists_of, row_of
from workbook.package.cells import Place
from workbook.template.sheets import sources as sheet

#: The cells of a row by their keys, the name first.
Cells = Mapping[str, Any]
#: Rows as built: the number and the cells of each.
Built = list[tuple[int, Cells]]


def sorted_rows(book: Held, built: Case) -> dict[tuple[str, int], int]:
    """Return which row is to be read in the place of another, by sheet and row.

    Parameters
    ----------
    book : Held
        The workbook as it is.
    built : Case
        The case that it was built from.
    """
    found: dict[tuple[str, int], int] = {}
    places = listed(book, lists_of(book)[sheet.FIGURES])
    for title, before, now in (
        *_tables(book, built, places),
        *_securities(book, built, places),
        *_bands(book, built, places),
    ):
        found |= {(title, row): source for row, source in matched(before, now).items()}
    return found


def matched(before: Built, now: Mapping[int, Cells]) -> dict[int, int]:
    """Return the row that holds what was in each row, of those that differ.

    Examples
    --------
    >>> matched([(5, {"name": "AMD"}), (6, {"name": "Intel"})],
    ...         {5: {"name": "Intel", "ev": 2}, 6: {"name": "AMD"}})
    {5: 6, 6: 5}
    """
    before = [(at, cells) for at, cells in before if at in now]
    pairs = sorted(
        (-sum(key in cells and not differ(cells[key], v) for key, v in built.items()),
         abs(row - at), at, row)
        for at, built in before
        for row, cells in now.items()
        if _name(cells) is not None and _name(cells) == _name(built)
    )  # fmt: skip
    found: dict[int, int] = {}
    for _, _, at, row in pairs:
        if at not in found and row not in found.values():
            found[at] = row
    left = [row for row in now if row not in found.values()]
    for row in [row for row in left if row not in found]:
        # Renamed, cleared or new where it is.
        found[row] = row
        left.remove(row)
    # New rows stand where none was; otherwise rows have been renamed as well as sorted.
    old = {at for at, _ in before}
    free = sorted((row for row in now if row not in found), key=lambda row: (row in old, row))
    left.sort(key=lambda row: (not now[row], row))
    found |= dict(zip(free, left, strict=True))
    return {row: source for row, source in sorted(found.items()) if row != source}


def _name(cells: Cells) -> Any:
    name = next(iter(cells.values()), None)
    return name.casefold() if isinstance(name, str) else name


def _tables(
    book: Held, built: Case, places: Mapping[str, tuple[str, Place]]
) -> Iterator[tuple[str, Built, dict[int, Cells]]]:
    said = stated(built)
    for key, table in built.tables.items():
        area = book.area(book.names.get(key.capitalize(), ""))
        if area is None:
            continue
        title, (top, left), (bottom, _) = area
        before: Built = []
        for name in table.rows:
            path = f"tables.{key}.{name}."
            cells = {p.removeprefix(path): v for p, v in said.items() if p.startswith(path)}
            before += [(at[0], cells) for p, (_, at) in places.items() if f"{p}." == path]
        year = built.forecast_years[0]
        yield (
            title,
            before,
            {
                row: _floats(row_of(book, key, title, (row, left), year))
                for row in range(top + 1, bottom + 1)
            },
        )


def _securities(
    book: Held, built: Case, places: Mapping[str, tuple[str, Place]]
) -> Iterator[tuple[str, Built, dict[int, Cells]]]:
    area = book.area(book.names.get("Securities", ""))
    if area is None:
        return
    title, (top, left), (bottom, _) = area
    before: Built = []
    for key, security in built.securities.items():
        rows = [at[0] for p, (_, at) in places.items() if p.startswith(f"securities.{key}.")]
        cells: dict[str, Any] = {"name": security.name, "kind": security.type}
        cells |= {name: figure.value for name, figure in security.figures.items()}
        before += [(row, cells) for row in rows[:1]]
    yield title, before, _of_columns(book, title, range(top + 1, bottom + 1), left, [*SECURITY])


def _bands(
    book: Held, built: Case, places: Mapping[str, tuple[str, Place]]
) -> Iterator[tuple[str, Built, dict[int, Cells]]]:
    of: dict[str, Built] = {}
    corner: dict[str, tuple[str, int]] = {}
    for path, band in bands(built):
        cells: dict[str, Any] = {"from": float(band.from_month)}
        cells |= {"to": float(band.to_month)} if band.to_month else {}
        cells |= {"share": band.stated.value} if band.stated else {}
        for leaf in (*SHARES, "from_month"):
            if (link := f"{path}.{leaf}") in places:
                title, (row, column) = places[link]
                place = path.rpartition(".")[0]
                of.setdefault(place, []).append((row, cells))
                corner[place] = title, column - (2 if leaf in SHARES else 0)
    for place, before in of.items():
        title, left = corner[place]
        rows = [row for row, _ in before]
        within = range(min(rows), max(rows) + 1)
        yield title, before, _of_columns(book, title, within, left, ["from", "to", "share"])


def _of_columns(
    book: Held, title: str, rows: range, left: int, names: list[str]
) -> dict[int, Cells]:
    """Return what is typed in some rows, by the names of their columns."""
    found = {}
    for row in rows:
        cells = {name: book.cell(title, row, left + i) for i, name in enumerate(names)}
        found[row] = _floats(
            {n: value_of(c) for n, c in cells.items() if c.data_type != "f" and c.value is not None}
        )
    return found


def _floats(cells: Cells) -> Cells:
    return {key: float(v) if type(v) is int else v for key, v in cells.items()}
