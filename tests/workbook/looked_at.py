"""Workbooks that are read once by openpyxl to be looked at, and files with a few cells changed."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import in_parts
import openpyxl

from workbook.package.archive import read, zipped
from workbook.package.cells import Place, Values
from workbook.package.package import Package
from workbook.template.keys import CORNER

#: The value of a formula, after it.
_VALUE = re.compile(rb"(<f(?=[\s/>])[^>]*(?:(?<=/)>|>[^<]*</f>))\s*<v(?:\s[^>]*)?(?:/>|>[^<]*</v>)")


@lru_cache(maxsize=6)
def looked_at(file: bytes, values: bool = False) -> Any:
    """Return a workbook in openpyxl, with formulas or their values, the same one to all.

    The hidden rows and columns of keys are left out.
    """
    book = openpyxl.load_workbook(io.BytesIO(file), data_only=values)
    for sheet in book:
        without_keys(sheet)
    return book


def without_keys(sheet: Any) -> None:
    """Leave the keys of a sheet out, if it has any."""
    corner = next(
        (at for at, cell in sheet._cells.items() if str(cell.value).startswith(CORNER)), (0, 0)
    )
    for at in [at for at in sheet._cells if at[0] == corner[0] or at[1] == corner[1]]:
        del sheet._cells[at]


@lru_cache(maxsize=8)
def cached(file: bytes) -> Values:
    """Return the values that a file has for its formulas: those that it was built with."""
    return Package.opened(file).cached


def typed(file: bytes, cells: Mapping[tuple[str, Place], Any]) -> bytes:
    """Type into cells of a file, whose formulas then have no values, as openpyxl saves them.

    It would read and write all of the file.
    """
    parts = read(file)
    for name in parts:
        if name.startswith("xl/worksheets/sheet"):
            parts[name] = _VALUE.sub(rb"\1", parts[name])
    return zipped(in_parts.changed(Package(parts), cells).current(), zipfile.ZIP_STORED)
