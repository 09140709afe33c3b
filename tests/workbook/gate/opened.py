"""A file as the gate's rules look at it: its parts, parsed once, and its formulas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from xml.etree.ElementTree import Element

import formualizer

from workbook.archive import entries, parsed, sheet_parts
from workbook.cells import Formula, Place, address, place
from workbook.package import formulas_in, present_cells, shared_strings


@dataclass(frozen=True)
class Text:
    """A formula's text: where it stands, and whether Excel evaluates it as an array."""

    where: str
    text: str
    array: bool = False
    #: Its cell, where it stands in one.
    sheet: str = ""
    at: Place | None = None

    @cached_property
    def tree(self) -> formualizer.ASTNode:
        return formualizer.parse("=" + self.text)

    @cached_property
    def fault(self) -> str:
        """What keeps it from being read; empty where nothing does."""
        try:
            _ = self.tree
        except (formualizer.ParserError, formualizer.TokenizerError) as error:
            return str(error)
        return ""


class Opened:
    """A package, and what its sheets consist of."""

    def __init__(self, package: bytes) -> None:
        self.entries = entries(package)
        self.parts = dict(self.entries)
        self._trees: dict[str, Element] = {}

    def tree(self, part: str) -> Element:
        if part not in self._trees:
            self._trees[part] = parsed(self.parts[part])
        return self._trees[part]

    @cached_property
    def workbook(self) -> Element:
        return self.tree("xl/workbook.xml")

    @cached_property
    def sheets(self) -> dict[str, Element]:
        """Each worksheet by its name."""
        return {name: self.tree(part) for name, part in sheet_parts(self.parts).items()}

    @cached_property
    def strings(self) -> list[str]:
        return shared_strings(self.parts)

    @cached_property
    def formulas(self) -> dict[str, dict[Place, Formula]]:
        return {
            name: formulas_in(present_cells(sheet), self.strings)
            for name, sheet in self.sheets.items()
        }

    @cached_property
    def names(self) -> dict[str, str]:
        """What each defined name of the workbook stands for, names in any case."""
        return {
            name.attrib["name"].casefold(): name.text or ""
            for name in self.workbook.iterfind("definedNames/definedName")
        }

    @cached_property
    def texts(self) -> list[Text]:
        """Every formula of the file: of cells, names, conditional formats and validations."""
        return [*self._of_cells(), *self._of_rules()]

    @cached_property
    def readable(self) -> list[Text]:
        """The formulas that can be read."""
        return [text for text in self.texts if not text.fault]

    def _of_cells(self) -> Iterator[Text]:
        for sheet, of_sheet in self.formulas.items():
            for at, formula in of_sheet.items():
                where = f"{sheet}!{address(*at)}"
                yield Text(where, formula.text, formula.ref is not None, sheet, at)

    def _of_rules(self) -> Iterator[Text]:
        for name in self.workbook.iterfind("definedNames/definedName"):
            yield Text(f"the name {name.attrib['name']}", name.text or "", True)
        for sheet, root in self.sheets.items():
            for kind in ("formula", "formula1", "formula2"):
                for element in root.iter(kind):
                    yield Text(f"{sheet}!{element.text}", element.text or "", True)


def corners(ref: str) -> tuple[Place, Place]:
    """Give the first and the last cell of a range."""
    first, _, last = ref.replace("$", "").partition(":")
    return place(first), place(last or first)


def overlap(one: tuple[Place, Place], other: tuple[Place, Place]) -> bool:
    (top, left), (bottom, right) = one
    (other_top, other_left), (other_bottom, other_right) = other
    return (
        top <= other_bottom and other_top <= bottom and left <= other_right and other_left <= right
    )
