"""Reads a case back from the workbook that was built from it.

The Sources sheet lists every figure by its path, and links to the cell where it is typed; so the
cells of Inputs are found by meaning and not by their original position.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import partial
from itertools import count
from typing import Any

from model.calendar import fiscal_year
from model.case import case
from model.case.case import Case
from model.case.declared import SHARES
from model.case.parts import SECURITY
from model.case.tables import TABLES
from model.case.values import row_key
from model.dilution.securities import Securities
from model.errors import InputError
from model.plain import is_blank
from workbook.check import added
from workbook.check.added import FOLLOWING, FURTHER, key_of
from workbook.check.canonical import LOST
from workbook.check.drivers_typed import put_drivers, put_named, typed_origin
from workbook.check.held import Held, area_of, linked, results_in, table_of, typed_in, value_of
from workbook.package.archive import reading
from workbook.package.cells import Place
from workbook.package.package import Package
from workbook.tables import read
from workbook.template.sheets import sources as sheet
from workbook.template.sheets.inputs.scenario import LIVE

COLUMNS = {
    key: {f.header: f for f in known.columns.declared.values()} for key, known in TABLES.items()
}
#: Where a named area starts: sheet, row, column.
Start = tuple[str, int, int]


def read_case(file: bytes | Package) -> tuple[Case, dict[str, Start]]:
    """Read the case in a workbook, with all changes since it was built.

    Parameters
    ----------
    file : bytes or Package

    Returns
    -------
    case : Case
    areas : dict
        Where each of the workbook's areas starts, by name, with those that Sources lists; names
        that refer to something else are left out.

    All of the case comes back: figures with their origins, tables, labels, totals and sources.

    Raises
    ------
    InputError
        When the workbook is damaged or not one of this model's, or its inputs are not those of a
        case.
    """
    with reading():
        book = Held(Package.opened(file))
    return case_of(book), areas_of(book.names)


def case_of(book: Held) -> Case:
    """Read the case in a workbook."""
    with reading():
        tree, securities = tree_of(book), table_of(book, "Securities")
    found = case.typed(tree)
    # Cells that the functions would refuse, such as blank ones, are not a case either.
    if book.evaluated:
        securities[1:] = [results_in(book, "Securities", i) for i in range(1, len(securities))]
    read(Securities, "Securities", _unlinked(securities, found))
    return found


def areas_of(names: Mapping[str, str]) -> dict[str, Start]:
    """Return where each named area of a workbook starts, in the file."""
    found = {name: area for name, text in names.items() if (area := area_of(text))}
    return {name: (title, *first) for name, (title, first, _) in found.items()}


def tree_of(book: Held) -> dict[str, Any]:
    """Convert the contents of a workbook to a case."""
    lists = lists_of(book)
    tree: dict[str, Any] = {"company": {}, "sources": {}}
    titles = {}
    for _, row in lists[sheet.SOURCES]:
        key = str(row[sheet.FIGURE])
        stated = {name: row[column] for name, column in sheet.SOURCE_COLUMNS.items()}
        tree["sources"][key] = {name: v for name, v in stated.items() if v is not None}
        titles[row[sheet.SOURCE]] = key
    for number, row in lists[sheet.FIGURES]:
        _put_figure(book, tree, number, row, titles)
    for _, row in lists[sheet.FIGURES]:
        _put_typed_columns(book, tree, str(row[sheet.FIGURE]), row[sheet.VALUE])
    for _, row in lists[sheet.FURTHER]:
        _put_further(tree, str(row[sheet.FIGURE]), row[sheet.SOURCE])
    put_drivers(book, tree)
    put_named(book, tree)
    for key in tree.get("tables", {}):
        _put_added_rows(book, tree, key, lists[sheet.FIGURES])
    found = listed(book, lists[sheet.FIGURES])
    for put in (added.securities, added.bands):
        put(book, tree, found, partial(typed_origin, tree))
    for name, section in tree.items():
        if name not in ("company", "sources", "totals"):
            section["company"] = tree["company"].get("ticker")
    return tree


def stated_in(book: Held) -> Case:
    """Read what a workbook states; a figure whose cell is empty is left out, if a case may be."""
    tree = tree_of(book)
    try:
        return case.typed(_without_cleared(tree))
    except InputError:
        # If it may not be, the cell that is empty is what is wrong.
        case.typed(tree)
        raise


def _without_cleared(node: dict[str, Any]) -> dict[str, Any]:
    """Leave out the figures whose cells are empty, and everything else that is nothing."""
    return {
        key: _without_cleared(child) if isinstance(child, dict) else child
        for key, child in node.items()
        if child is not None and not (isinstance(child, dict) and child.get("value", "") is None)
    }


def ranges(package: Package) -> dict[str, str]:
    """Return where each range of a workbook is, with a defined name or as Sources lists it."""
    book = Held(package)
    lists_of(book)
    return book.names


def lists_of(book: Held) -> dict[str, list[tuple[int, list[Any]]]]:
    """Return the rows of each list on Sources: their numbers, and their values from column 0.

    The ranges that it lists become names of the workbook.
    """
    if book.lists:
        return book.lists
    sources, heading = book.title("Sources"), ""
    if not all(map(book.cells, (book.title("Inputs"), sources))) or LIVE not in book.names:
        raise InputError(
            "workbook", "must have the sheets Inputs and Sources and the names of a built workbook"
        )
    found: dict[str, list[tuple[int, list[Any]]]] = {
        heading: []
        for heading in (
            *(sheet.CLAIMS, sheet.FACTS, sheet.FIGURES, sheet.SOURCES, sheet.FURTHER),
            sheet.RANGES,
        )
    }
    last = max(sheet.SOURCE_COLUMNS.values())
    for number in range(1, max(book.cells(sources))[0] + 1):
        row = [value_of(book.cell(sources, number, at)) if at else None for at in range(last + 1)]
        if row[sheet.UNIT] in found:
            heading = str(row[sheet.UNIT])
        elif heading and row[sheet.FIGURE] is not None:
            found[heading].append((number, row))
    # A range that has no name is found by the formula that counts its rows.
    book.names |= {
        str(row[sheet.FIGURE]): linked(row[sheet.VALUE]) for _, row in found[sheet.RANGES]
    }
    book.lists = found
    return found


def listed(book: Held, figures: list[tuple[int, list[Any]]]) -> dict[str, tuple[str, Place]]:
    """Return the cell to which each figure of the list leads, by its path."""
    return {
        str(row[sheet.FIGURE]): area[:2]
        for _, row in figures
        if (area := book.area(linked(row[sheet.VALUE])))
    }


def _put_figure(
    book: Held, tree: dict[str, Any], number: int, row: list[Any], titles: dict[Any, str]
) -> None:
    """Put a figure, or a row of a table, in its place in the case."""
    path, link = str(row[sheet.FIGURE]), str(row[sheet.VALUE])
    area = book.area(linked(link))
    if area is None and LOST in link:
        return  # Its row has been deleted.
    if area is None:
        raise InputError(
            book.where(book.title("Sources"), (number, sheet.VALUE)),
            f"must be the formula that shows where {path} is typed, not {row[sheet.VALUE]!r}",
        )
    title, at, _ = area
    origin = {
        "as_of": row[sheet.AS_OF],
        "source": titles.get(row[sheet.SOURCE], row[sheet.SOURCE]),
        "quality": row[sheet.QUALITY],
        "note": row[sheet.NOTE] or "",
    }
    if row[sheet.KNOWN] is not None:
        origin["known"] = row[sheet.KNOWN]
    *parents, leaf = path.split(".")
    if parents[0] == "tables":
        cells = row_of(book, parents[1], title, at, _first_year(tree))
        if cells:
            _node(tree, parents)[leaf] = cells | origin
        return
    typed = typed_in(book, title, *at)
    before = [value_of(book.cell(title, at[0], at[1] + offset)) for offset in (-2, -1)]
    if leaf in FURTHER and typed is None:
        return  # Cleared: refused below, unless it does not apply to this security.
    if leaf == "outside" and is_blank(typed):
        return  # Cleared: not disclosed.
    # The type of a security whose count follows from the offer.
    follows = leaf == "type" and parents[0] == "securities"
    name = before[1 if follows else 0]
    if (follows or leaf == "count") and typed is None and is_blank(name):
        return  # A security whose entire row is cleared.
    node = _node(tree, parents)
    if follows:
        node["name"], node[leaf] = name, typed
        return
    if leaf == "from_month":
        node |= {leaf: typed, "to_month": value_of(book.cell(title, at[0], at[1] + 1))}
        return
    node[leaf] = {"value": typed, **origin}
    if leaf == "count":
        node["name"], node["type"] = before
    elif leaf in SHARES and parents[0] == "rpo":
        node["from_month"], node["to_month"] = before


def _put_typed_columns(book: Held, tree: dict[str, Any], path: str, link: Any) -> None:
    """Put what is typed in a security's row, other than defaults and listed figures."""
    found = re.fullmatch(r"securities\.(.+)\.(count|type)", path)
    if found is None:
        return
    key, leaf = found.groups()
    node, area = tree.get("securities", {}).get(key), book.area(linked(link))
    if not node or not area:
        return
    title, (row, first), _ = area
    columns = {"count": None} | FURTHER if leaf == "type" else FURTHER
    origin = node.get("count")
    for column, (name, default) in enumerate(columns.items(), first + 1):
        formula = book.cell(title, row, column).data_type == "f"
        if name in node or (formula and name in FOLLOWING):
            continue
        value = typed_in(book, title, row, column)
        if value not in (None, default):
            node[name] = (origin or typed_origin(tree)) | {"value": value}


def _node(tree: dict[str, Any], steps: list[str]) -> dict[str, Any]:
    """Return the table of the case at the end of a path."""
    node = tree
    for step in steps:
        node = node.setdefault(step, {})
    return node


def row_of(book: Held, key: str, title: str, at: Place, first_year: int) -> dict[str, Any]:
    """Return the values typed in a table row of the case, by the keys of its columns."""
    found = {}
    for header, column in columns_of(book, key, first_year).items():
        value = typed_in(book, title, at[0], column)
        field = next((f for h, f in COLUMNS[key].items() if row_key(h) == header), None)
        if field is not None and field.kind in ("text", "choice") and not isinstance(value, str):
            # A year typed as a name is returned as a number.
            value = f"{value:g}" if isinstance(value, int | float) else value
        if not is_blank(value):
            found[header] = value
    return found


def columns_of(book: Held, key: str, first_year: int) -> dict[str, int]:
    """Return the columns of a table by their keys."""
    area = book.area(book.names.get(key.capitalize(), ""))
    if area is None:
        raise InputError(
            key.capitalize(), "must name the range of its table, or be listed on Sources"
        )
    title, (top, left), (_, right) = area
    following = count(first_year)
    heads = {column: book.cell(title, top, column) for column in range(left, right + 1)}
    # A head that is calculated is a forecast year.
    return {
        row_key(str(next(following) if head.data_type == "f" else value_of(head))): column
        for column, head in heads.items()
    }


def _first_year(tree: dict[str, Any]) -> int:
    """Return the first forecast year; one that cannot be read is refused with its figure."""
    end = tree["company"]["first_year_end"]["value"]
    return fiscal_year(end) if isinstance(end, date) else 0


def _put_added_rows(
    book: Held, tree: dict[str, Any], key: str, figures: list[tuple[int, list[Any]]]
) -> None:
    """Add the table rows inserted by a user, which Sources does not list."""
    known = {
        at[0] for p, (_, at) in listed(book, figures).items() if p.startswith(f"tables.{key}.")
    }
    found = book.area(book.names[key.capitalize()])
    assert found is not None  # Its rows have already been read.
    title, (top, left), (bottom, _) = found
    for row in range(top + 1, bottom + 1):
        if row not in known and (cells := row_of(book, key, title, (row, left), _first_year(tree))):
            rows, name = tree["tables"][key], next(iter(cells.values()))
            rows[key_of(name, rows)] = cells | typed_origin(tree)


def _put_further(tree: dict[str, Any], path: str, text: Any) -> None:
    """Put everything that is not a figure: names, labels, lines, totals."""
    *parents, leaf = path.split(".")
    node = _node(tree, parents)
    if leaf == "limits":
        node.setdefault(leaf, []).append(text)
    elif leaf in ("year", "quarter", "tolerance", "blank_rows"):
        node[leaf] = float(text) if leaf == "tolerance" else int(text)
    else:
        node[leaf] = str(text).split(sheet.COMMA) if leaf == "parts" else text


def _unlinked(securities: list[list[Any]], case: Case) -> list[list[Any]]:
    """Return the table of securities with its formulas as the figures that they show."""
    names = {SECURITY[name].header: name for name in FOLLOWING}
    places = {name: i for i, name in enumerate(case.dilution.name)}
    rows = [list(row) for row in securities]
    for row in rows[1:]:
        for at, header in enumerate(rows[0]):
            linked = isinstance(row[at], str) and row[at].startswith("=")
            if header in names and linked and row[0] in places:
                row[at] = float(getattr(case.dilution, names[header])[places[row[0]]])
            elif header in names and linked and row[0] is None:
                row[at] = None  # A blank row.
    return rows
