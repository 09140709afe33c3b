"""An .xlsx file as an object that is opened once, read on demand, and saved once."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection, Mapping, Set
from functools import cached_property
from xml.etree.ElementTree import Element

from workbook.package.archive import (
    parsed,
    prefix_of,
    read,
    sheets_of,
    without_prefix,
    written,
    zipped,
)
from workbook.package.cells import Formula, Place, Value, Values, address
from workbook.package.contents import (
    cell_value,
    filled,
    formulas_in,
    present_cells,
    shared_strings,
)
from workbook.package.links import plain_calls
from workbook.package.tables import Table, tables_of

_CELL = re.compile(
    rb"""<c\s(?:[^>]*?\s)??r=["']([A-Z]+[0-9]+)["'][^>]*(?:(?<=/)>|>.*?</c\s*>)""", re.DOTALL
)
_HIDDEN = re.compile(rb"""<row\s[^>]*?\shidden=["'](?:1|true)""")
#: A formula with its value; a what-if data table is none.
_FORMULA = re.compile(
    rb"<f(?=[\s/>])(?![^>]*dataTable)[^>]*(?:(?<=/)>|>[^<]*</f\s*>)"
    rb"(?:\s*<v(?:\s[^>]*)?>[^<]*</v\s*>)?"
)


class Package:
    """The parts of an .xlsx file, each parsed on first use.

    A part is changed through `edited`; an unchanged part is saved as it was read, byte for byte.

    Parameters
    ----------
    parts : dict
        Name -> content of every part.
    """

    #: The parts of another kind of file, of which these are a translation without rules of cells.
    translated: Mapping[str, bytes] | None = None

    def __init__(self, parts: dict[str, bytes]) -> None:
        self.parts = parts
        self._trees: dict[str, Element] = {}
        self._edited: set[str] = set()
        self._file: bytes | None = None

    @classmethod
    def opened(cls, file: bytes | Package) -> Package:
        """Open a file, unless it is already open."""
        if isinstance(file, Package):
            return file
        package = cls(read(file))
        package._file = file
        return package

    def saved(self) -> bytes:
        """Give the file: the original one if nothing has changed."""
        if self._file is None or self._edited:
            self._file = zipped(self.current())
        return self._file

    def current(self) -> dict[str, bytes]:
        """Give the parts, including changes."""
        if self._edited:
            self.parts.update((name, written(self._trees[name])) for name in sorted(self._edited))
            self._edited.clear()
            self._file = None
        return self.parts

    def without_fills(self) -> dict[str, bytes]:
        """Give the parts without the cells that array formulas have filled.

        They were never typed, even if another program has saved them as if they had been. This is
        done in the text of the sheets, because writing them from their elements takes long.
        """
        parts = dict(self.parts)
        for sheet in self.sheets.values():
            fills = {at for at in sheet.filled if at not in sheet.formulas}
            if any(sheet.value(at) is not None for at in fills):
                parts[sheet.part] = _without(parts[sheet.part], fills)
        return parts

    def without_formulas(self) -> bytes:
        """Give the file of what was typed: without formulas and the cells that they have filled."""
        parts = self.without_fills()
        for sheet in self.sheets.values():
            parts[sheet.part] = _FORMULA.sub(b"", parts[sheet.part])
        return zipped(parts, zipfile.ZIP_STORED)

    def tree(self, part: str) -> Element:
        """Return a part as a tree, to be read."""
        if part not in self._trees:
            self._trees[part] = parsed(self.parts[part])
        return self._trees[part]

    def edited(self, part: str) -> Element:
        """Return a part as a tree, to be changed."""
        self._edited.add(part)
        return self.tree(part)

    def add(self, part: str, tree: Element) -> None:
        """Add or replace a part."""
        self.parts[part] = b""
        self._trees[part] = tree
        self._edited.add(part)

    @cached_property
    def sheets(self) -> dict[str, Sheet]:
        """The worksheets by their names, in the order of the file."""
        parts = sheets_of(self.tree("xl/workbook.xml"), self.tree("xl/_rels/workbook.xml.rels"))
        return {name: Sheet(self, part) for name, part in parts.items()}

    @cached_property
    def strings(self) -> list[str]:
        """The shared strings, to which cells refer by index."""
        part = "xl/sharedStrings.xml"
        return shared_strings(self.tree(part)) if part in self.parts else []

    @cached_property
    def names(self) -> dict[str, str]:
        """The reference of each defined name of the workbook."""
        return self._names(of_sheets=False)

    @cached_property
    def names_of_sheets(self) -> dict[str, dict[str, str]]:
        """Sheet -> sheet-level name -> its reference; what is printed has a name of its own."""
        workbook = self.tree("xl/workbook.xml")
        titles = [sheet.attrib["name"] for sheet in workbook.iterfind("sheets/sheet")]
        found: dict[str, dict[str, str]] = {}
        for name in workbook.iterfind("definedNames/definedName"):
            number = int(name.get("localSheetId", "-1"))
            if 0 <= number < len(titles) and not name.attrib["name"].startswith("_xlnm."):
                found.setdefault(titles[number], {})[name.attrib["name"]] = name.text or ""
        return found

    @cached_property
    def tables(self) -> dict[str, Table]:
        """The tables that Excel knows by name, by their names in lower case."""
        return tables_of(self.parts, {name: sheet.part for name, sheet in self.sheets.items()})

    @cached_property
    def all_names(self) -> dict[str, str]:
        """The same including sheet-level names, unless the workbook has the same name."""
        return self._names(of_sheets=True) | self.names

    def _names(self, of_sheets: bool) -> dict[str, str]:
        found = self.tree("xl/workbook.xml").iterfind("definedNames/definedName")
        return {
            name.attrib["name"]: name.text or ""
            for name in found
            if ("localSheetId" in name.attrib) == of_sheets
        }

    @cached_property
    def number_formats(self) -> list[str]:
        """The number formats of the styles, to which cells refer by index."""
        # Here, because who writes or serves workbooks asks for none, and may have no openpyxl.
        from openpyxl.styles.numbers import BUILTIN_FORMATS

        styles = self.tree("xl/styles.xml")
        own = {
            f.attrib["numFmtId"]: f.attrib["formatCode"] for f in styles.iterfind("numFmts/numFmt")
        }
        used = [xf.get("numFmtId", "0") for xf in styles.iterfind("cellXfs/xf")]
        return [own.get(n) or BUILTIN_FORMATS.get(int(n), "General") for n in used]

    @cached_property
    def plain(self) -> Package:
        """The same file with calls by way of the add-in as plain calls, and without prefixes."""
        parts = plain_calls(self.parts)
        prefixed = [name for name, part in parts.items() if prefix_of(part) is not None]
        if prefixed:
            parts = parts | {name: without_prefix(parts[name]) for name in prefixed}
        return self if parts is self.parts else Package(parts)

    @property
    def formulas(self) -> dict[str, dict[Place, Formula]]:
        """Sheet -> (row, column) -> formula; what-if data tables are no formulas."""
        return {name: sheet.formulas for name, sheet in self.plain.sheets.items()}

    @property
    def cached(self) -> Values:
        """The values of formulas and of cells filled by arrays; None if the file has none."""
        return {
            name: {at: sheet.value(at) for at in sheet.filled}
            for name, sheet in self.plain.sheets.items()
        }


class Sheet:
    """A worksheet: its cells in the file, their formulas and their values."""

    def __init__(self, package: Package, part: str) -> None:
        self._package = package
        self.part = part

    @cached_property
    def cells(self) -> dict[Place, Element]:
        """The cells that the file has, by row and column."""
        return present_cells(self._package.tree(self.part))

    @property
    def places(self) -> Collection[Place]:
        """The rows and columns of the cells that the file has."""
        return self.cells

    @cached_property
    def formulas(self) -> dict[Place, Formula]:
        """The formulas, with their cached values."""
        return formulas_in(self.cells, self._package.strings)

    @cached_property
    def data_tables(self) -> dict[Place, str]:
        """The ranges that what-if data tables fill, by the first cell of each."""
        if b"dataTable" not in self._package.parts[self.part]:
            return {}
        found = {at: cell.find("f") for at, cell in self.cells.items()}
        return {
            at: f.get("ref", "")
            for at, f in found.items()
            if f is not None and f.get("t") == "dataTable"
        }

    @cached_property
    def filled(self) -> list[Place]:
        """The cells that formulas fill: their own, and the ranges of array formulas."""
        return filled(self.formulas)

    @cached_property
    def filled_places(self) -> frozenset[Place]:
        """The same cells, to look one up."""
        return frozenset(self.filled)

    def value(self, at: Place) -> Value:
        """Return the value of a cell; None if it is empty."""
        cell = self.cells.get(at)
        return None if cell is None else cell_value(cell, self._package.strings)

    @property
    def hides_rows(self) -> bool:
        """Whether a row is hidden, which some functions leave out."""
        return _HIDDEN.search(self._package.parts[self.part]) is not None

    def number_format(self, at: Place) -> str:
        """Return the number format of a cell."""
        cell = self.cells.get(at)
        return self._package.number_formats[0 if cell is None else int(cell.get("s", "0"))]


def _without(part: bytes, places: Set[Place]) -> bytes:
    """Cut cells out of the text of a sheet."""
    cut = {address(*at).encode() for at in places}
    return _CELL.sub(lambda cell: b"" if cell[1] in cut else cell[0], part)
