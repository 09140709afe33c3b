"""An .xlsx file as an object that is opened once, read on demand, and saved once."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from functools import cached_property
from xml.etree.ElementTree import Element

from model.errors import InputError
from workbook.package.archive import (
    parsed,
    reading,
    sheets_of,
    written,
    zipped,
)
from workbook.package.cells import Formula, Place, Values
from workbook.package.contents import (
    Contents,
    around,
    check_formula,
    contents_of,
    shared_strings,
)
from workbook.package.gate import parts_of
from workbook.package.limits import check
from workbook.package.links import plain_calls
from workbook.package.prefixes import without_prefix
from workbook.package.sheet import Sheet
from workbook.package.tables import Table, tables_of
from workbook.package.typed import typed

__all__ = ["Package", "Sheet"]

_STRINGS = "xl/sharedStrings.xml"


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
        self._around: dict[str, Element] = {}
        #: What the rows of sheets hold, by their parts.
        self._contents: dict[str, Contents] = {}
        self._edited: set[str] = set()
        #: The parts that have ever been changed.
        self._changed: set[str] = set()
        self._file: bytes | None = None
        #: Characters of the formulas that have been read.
        self.written = 0

    @classmethod
    def opened(cls, file: bytes | Package) -> Package:
        """Open a file, unless it is already open."""
        if isinstance(file, Package):
            return file
        package = cls(parts_of(file))
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

    def without_formulas(self) -> bytes:
        """Give the file of what was typed: without formulas and the cells that they have filled."""
        return typed(self)

    def tree(self, part: str) -> Element:
        """Return a part as a tree, to be read."""
        if part not in self._trees:
            if part not in self.parts:
                raise InputError("workbook", f"has no part {part}")
            with reading(part):
                self._trees[part] = parsed(self.parts[part])
        return self._trees[part]

    def edited(self, part: str) -> Element:
        """Return a part as a tree, to be changed."""
        self._edited.add(part)
        self._changed.add(part)
        return self.tree(part)

    def around(self, part: str) -> Element:
        """Return the tree of a sheet without its rows, to be read."""
        if part in self._trees:
            return self._trees[part]
        if part not in self._around:
            with reading(part):
                self._around[part] = parsed(around(self.parts[part]))
        return self._around[part]

    def related(self, part: str) -> Iterator[tuple[str, str, str]]:
        """Yield the identifier, the kind and the part of each relationship of a part."""
        folder, name = posixpath.split(part)
        relations = f"{folder}/_rels/{name}.rels"
        for each in self.tree(relations) if relations in self.parts else ():
            target = posixpath.normpath(posixpath.join("/", folder, each.attrib["Target"]))
            yield each.attrib["Id"], posixpath.basename(each.attrib["Type"]), target.lstrip("/")

    def has_changed(self, part: str) -> bool:
        """Tell whether a part has been changed since the file was opened."""
        return part in self._changed

    def again(self) -> Package:
        """Give the file as it is now, to be read again; what was read of it before is let go."""
        parts = self.current()
        if not self._changed:
            return self
        self._trees.clear()
        # The sheets and the package refer to each other.
        self.__dict__.pop("sheets", None)
        return self.like(parts)

    def copied(self) -> Package:
        """Give the same file, to be changed."""
        return self.like(dict(self.current()))

    def like(self, parts: dict[str, bytes]) -> Package:
        """Give a file of other parts; of sheets that stay, what was read of them is kept."""
        made = Package(parts)
        stay = self.parts.get(_STRINGS) is parts.get(_STRINGS) and _STRINGS not in self._changed
        made._contents = {
            part: held
            for part, held in self._contents.items()
            if stay and part not in self._changed and parts.get(part) is self.parts[part]
        }
        return made

    def contents(self, part: str) -> Contents:
        """Return what the rows of a sheet hold, as long as it has not been changed."""
        if part not in self._contents:
            self.around(part)  # Nor may what is around the rows be damaged.
            with reading(part):
                found = contents_of(self.parts[part], self.strings)
            self.written += sum(len(formula.text) for formula in found.formulas.values())
            check("written", self.written)
            self._contents[part] = found
        return self._contents[part]

    def add(self, part: str, tree: Element) -> None:
        """Add or replace a part."""
        self.parts[part] = b""
        self._trees[part] = tree
        self._edited.add(part)
        self._changed.add(part)

    @cached_property
    def sheets(self) -> dict[str, Sheet]:
        """The worksheets by their names, in the order of the file."""
        parts = sheets_of(self.tree("xl/workbook.xml"), self.tree("xl/_rels/workbook.xml.rels"))
        return {name: Sheet(self, part, name) for name, part in parts.items()}

    @cached_property
    def strings(self) -> list[str]:
        """The shared strings, to which cells refer by index."""
        if _STRINGS not in self.parts:
            return []
        with reading(_STRINGS):
            return shared_strings(parsed(self.current()[_STRINGS]))

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
        names = self.tree("xl/workbook.xml").iterfind("definedNames/definedName")
        found = {
            name.attrib["name"]: name.text or ""
            for name in names
            if ("localSheetId" in name.attrib) == of_sheets
        }
        for name, text in found.items():
            check_formula(text, name)
        check("named", sum(map(len, found.values())), "xl/workbook.xml")
        return found

    @cached_property
    def number_formats(self) -> list[str]:
        """The number formats of the styles, to which cells refer by index."""
        # Here, because who writes or serves workbooks asks for none, and may have no openpyxl.
        from openpyxl.styles.numbers import BUILTIN_FORMATS

        styles = self.tree("xl/styles.xml")
        own = {
            f.attrib["numFmtId"]: f.attrib["formatCode"] for f in styles.iterfind("numFmts/numFmt")
        }
        check("formats", len(own), "xl/styles.xml")
        check("format", max(map(len, own.values()), default=0), "xl/styles.xml")
        used = [xf.get("numFmtId", "0") for xf in styles.iterfind("cellXfs/xf")]
        return [own.get(n) or BUILTIN_FORMATS.get(int(n), "General") for n in used]

    @cached_property
    def date_formats(self) -> frozenset[str]:
        """Those number formats that show a number as a date."""
        from openpyxl.styles.numbers import is_date_format

        return frozenset(filter(is_date_format, set(self.number_formats)))

    @cached_property
    def plain(self) -> Package:
        """The same file with calls by way of the add-in as plain calls, and without prefixes."""
        parts = plain_calls(self.parts)
        usual = {n: new for n, part in parts.items() if (new := without_prefix(part)) is not part}
        parts = parts | usual if usual else parts
        return self if parts is self.parts else self.like(parts)

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
