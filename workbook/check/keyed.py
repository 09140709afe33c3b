"""The keys of a workbook's sheets, rows and columns, as they are in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbook.package.cells import Place, Value, column_number
from workbook.package.package import Package, Sheet
from workbook.template.edition import edition
from workbook.template.keys import BUILT_BY, BUILT_FROM, CORNER


@dataclass(frozen=True)
class Keyed:
    """A sheet with its keys: its title in the file, and its rows and columns with theirs.

    The keys of both meet in the corner, with the edition of the code that built the sheet, and a
    digest of the case.
    """

    title: str
    corner: Place
    rows: dict[int, Value]
    columns: dict[int, Value]
    edition: str = ""
    case: str = ""

    @property
    def built_columns(self) -> dict[int, int]:
        """The columns in which those of the file were built, without columns inserted since."""
        return {at: column_number(key) for at, key in self.columns.items() if isinstance(key, str)}


def keyed_sheets(package: Package) -> dict[str, Keyed]:
    """Return the sheets that have keys, by their titles when they were built.

    A copy of a sheet, which has the same keys, is left out.
    """
    found: dict[str, Keyed] = {}
    for title, sheet in package.sheets.items():
        if (corner := _corner(sheet)) is not None:
            text = str(sheet.value(corner)).removeprefix(CORNER)
            built, _, by = text.partition(BUILT_BY)
            # A copy has another title, and comes later unless it was moved.
            if built not in found or title == built:
                found[built] = _keyed(title, sheet, corner, by)
    return found


def _corner(sheet: Sheet) -> Place | None:
    """Find the cell in which a sheet's row and column of keys meet."""
    # As built it is the last cell.
    last = [max(sheet.places)] if sheet.places else []
    for at in (*last, *sheet.places):
        value = sheet.value(at)
        if isinstance(value, str) and value.startswith(CORNER):
            return at
    return None


def of_another_edition(sheets: Mapping[str, Keyed]) -> bool:
    """Tell whether sheets were built by other code than this."""
    return any(sheet.edition != edition() for sheet in sheets.values())


def _keyed(title: str, sheet: Sheet, corner: Place, by: str) -> Keyed:
    last_row, last_column = corner
    rows = sorted(row for row, column in sheet.places if column == last_column)
    columns = sorted(column for row, column in sheet.places if row == last_row)
    return Keyed(
        title,
        corner,
        {row: sheet.value((row, last_column)) for row in rows if row != last_row},
        {column: sheet.value((last_row, column)) for column in columns if column != last_column},
        *by.partition(BUILT_FROM)[::2],
    )
