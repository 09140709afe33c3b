"""Workbooks that are read once by openpyxl to be looked at, and files with a few cells changed."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any
from unittest.mock import patch
from xml.etree.ElementTree import SubElement

import openpyxl
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet.merge import MergedCellRange

from workbook.package.archive import read, zipped
from workbook.package.cells import Place, Values, number_text
from workbook.package.package import Package

#: The value of a formula, after it.
_VALUE = re.compile(rb"(<f(?=[\s/>])[^>]*(?:(?<=/)>|>[^<]*</f>))\s*<v(?:\s[^>]*)?(?:/>|>[^<]*</v>)")


@lru_cache(maxsize=6)
def looked_at(file: bytes, values: bool = False) -> Any:
    """Return a workbook in openpyxl, with formulas or their values, the same one to all.

    Cells that are merged into another have no borders: to give them some takes half of the time.
    """
    with patch.object(MergedCellRange, "format"):
        return openpyxl.load_workbook(io.BytesIO(file), data_only=values)


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
    package = Package(parts)
    for (name, at), value in cells.items():
        sheet = package.sheets[name]
        package.edited(sheet.part)
        cell = sheet.cells[at]
        cell[:] = []
        cell.attrib.pop("t", None)
        if isinstance(value, str):
            cell.set("t", "inlineStr")
            SubElement(SubElement(cell, "is"), "t").text = value
        elif value is not None:
            number = to_excel(value) if isinstance(value, date) else value
            SubElement(cell, "v").text = number_text(number)
    return zipped(package.current(), zipfile.ZIP_STORED)
