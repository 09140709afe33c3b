"""A file as seen by the gate's rules: its parts, parsed once, and its formulas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from xml.etree.ElementTree import Element

import formualizer

from workbook.hosts.lite import EXTENSION_PART
from workbook.package.archive import parsed, sheet_parts
from workbook.package.cells import Formula, Place, Value, address
from workbook.package.contents import cell_value, formulas_in, present_cells, shared_strings

STRINGS = "xl/sharedStrings.xml"


@dataclass(frozen=True)
class Text:
    """A formula's text: its location, and whether Excel evaluates it as an array."""

    where: str
    text: str
    array: bool = False
    #: The sheet whose names it can use; empty for a workbook-level name.
    sheet: str = ""
    #: Its cell, if it is in one.
    at: Place | None = None

    @cached_property
    def tree(self) -> formualizer.ASTNode:
        return formualizer.parse("=" + self.text)

    @cached_property
    def nodes(self) -> list[formualizer.ASTNode]:
        """Every node of the formula."""
        found = [self.tree]
        for node in found:
            found.extend(node.children())
        return found

    @cached_property
    def fault(self) -> str:
        """Why it cannot be read; empty if it can."""
        try:
            _ = self.tree
        except (formualizer.ParserError, formualizer.TokenizerError) as error:
            return str(error)
        return ""


@dataclass(frozen=True)
class Page:
    """What a worksheet holds."""

    title: str
    root: Element
    strings: list[str]

    @cached_property
    def cells(self) -> dict[Place, Element]:
        return present_cells(self.root)

    @cached_property
    def formulas(self) -> dict[Place, Formula]:
        return formulas_in(self.cells, self.strings)

    @cached_property
    def texts(self) -> list[Text]:
        """The formulas of its cells."""
        return [
            Text(f"{self.title}!{address(*at)}", f.text, f.ref is not None, self.title, at)
            for at, f in self.formulas.items()
        ]


class Opened:
    """A package, and what its sheets consist of.

    Parameters
    ----------
    entries : list of tuple
        Every part of the file with its name, including duplicates.
    name : str
        The name of the file.
    """

    def __init__(self, entries: list[tuple[str, bytes]], name: str) -> None:
        self.name = name
        self.entries = entries
        self.parts = dict(self.entries)
        self._trees: dict[str, Element] = {}
        self._like: Opened | None = None

    def with_parts(self, parts: dict[str, bytes]) -> Opened:
        """Give a file with other parts; parts in both files are read once."""
        other = Opened(list(parts.items()), self.name)
        other._like = self
        return other

    def _shares(self, part: str) -> bool:
        """Tell whether a part is the one of the file that this one was made from."""
        like = self._like
        return like is not None and self.parts.get(part) is like.parts.get(part)

    def tree(self, part: str) -> Element:
        if part not in self._trees:
            shared = self._like is not None and self._shares(part)
            self._trees[part] = self._like.tree(part) if shared else parsed(self.parts[part])
        return self._trees[part]

    @cached_property
    def workbook(self) -> Element:
        return self.tree("xl/workbook.xml")

    @property
    def lite(self) -> bool:
        """Whether it is for xlwings Lite."""
        return EXTENSION_PART in self.parts

    @cached_property
    def titles(self) -> list[str]:
        """The names of all sheets, in order."""
        return [sheet.get("name", "") for sheet in self.workbook.iterfind("sheets/sheet")]

    @cached_property
    def shown(self) -> list[str]:
        """The names of the sheets in view."""
        return [
            sheet.get("name", "")
            for sheet in self.workbook.iterfind("sheets/sheet")
            if sheet.get("state", "visible") == "visible"
        ]

    @cached_property
    def sheets(self) -> dict[str, Element]:
        """Each worksheet by its name."""
        return {name: self.tree(part) for name, part in sheet_parts(self.parts).items()}

    @cached_property
    def strings(self) -> list[str]:
        part = "xl/sharedStrings.xml"
        return shared_strings(self.tree(part)) if part in self.parts else []

    @cached_property
    def pages(self) -> dict[str, Page]:
        """What each worksheet holds, by its name."""
        known = self._like.pages if self._like is not None and self._shares(STRINGS) else {}
        return {
            name: known[name]
            if name in known and known[name].root is root
            else Page(name, root, self.strings)
            for name, root in self.sheets.items()
        }

    @cached_property
    def cells(self) -> dict[str, dict[Place, Element]]:
        return {name: page.cells for name, page in self.pages.items()}

    def value(self, sheet: str, at: Place) -> Value:
        """The value of a cell; None if there is no cell."""
        cell = self.cells[sheet].get(at)
        return None if cell is None else cell_value(cell, self.strings)

    @cached_property
    def formulas(self) -> dict[str, dict[Place, Formula]]:
        return {name: page.formulas for name, page in self.pages.items()}

    @property
    def defined(self) -> list[Element]:
        return self.workbook.findall("definedNames/definedName")

    def scope(self, name: Element) -> str:
        """The sheet that a name belongs to; empty where it is the workbook's or no sheet's."""
        place = int(name.get("localSheetId", "-1"))
        return self.titles[place] if 0 <= place < len(self.titles) else ""

    @cached_property
    def names(self) -> dict[str, str]:
        """Reference of each defined name of the workbook, in lower case."""
        return {name.get("name", "").casefold(): name.text or "" for name in self.defined}

    @cached_property
    def texts(self) -> list[Text]:
        """Every formula of the file: of cells, names, conditional formats and validations."""
        of_cells = [text for page in self.pages.values() for text in page.texts]
        return [*of_cells, *self._of_rules()]

    @cached_property
    def readable(self) -> list[Text]:
        """The formulas that can be read."""
        return [text for text in self.texts if not text.fault]

    def _of_rules(self) -> Iterator[Text]:
        for name in self.defined:
            yield Text(f"the name {name.get('name')}", name.text or "", True, self.scope(name))
        for sheet, root in self.sheets.items():
            for kind in ("formula", "formula1", "formula2"):
                for element in root.iter(kind):
                    yield Text(f"{sheet}!{element.text}", element.text or "", True, sheet)
