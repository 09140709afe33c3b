"""Formulas with the cells that names and tables stand for.

The engine knows a name that refers to cells of one sheet. Of other names (a name of one sheet, a
formula, a list, one that calls the catalogue) it drops some, and of tables it misreads parts. So
these are written out in the formulas that use them, as Excel understands them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count

from openpyxl.formula.tokenizer import TokenizerError
from openpyxl.formula.translate import Translator, TranslatorError

from workbook.package.areas import CELLS_OF_A_SHEET
from workbook.package.cells import Place, address
from workbook.package.formulas import TOKEN, tokens
from workbook.package.limits import check
from workbook.package.package import Package
from workbook.package.tables import Table, UnknownTableError, without_tables

#: A name after a sheet's.
_OF_SHEET = re.compile(r"!(?!\$?[A-Za-z]{1,3}(?:\$?\d|:))[^\W\d]")
#: Names within names, at most.
_DEPTH = 20


class CannotWriteOutError(ValueError):
    """A formula with a name or a table that cannot be written out; the message says why."""


@dataclass(frozen=True)
class Scope:
    """The names and the tables of a workbook, all in lower case."""

    every: Mapping[str, str]
    #: The names that the engine does not know, or not as Excel does.
    other: Mapping[str, str]
    of_sheets: Mapping[str, Mapping[str, str]]
    tables: Mapping[str, Table]
    #: How many names have been written out: each that names others several times multiplies them.
    _meanings: Iterator[int] = field(default_factory=lambda: count(1), repr=False)

    @classmethod
    def of(cls, package: Package) -> Scope:
        """Return the scope of a workbook's formulas."""
        scope = cls.of_names(package.names)
        of_sheets = {
            sheet.casefold(): {name.casefold(): text for name, text in names.items()}
            for sheet, names in package.names_of_sheets.items()
        }
        return replace(scope, of_sheets=of_sheets, tables=package.tables)

    @classmethod
    def of_names(cls, names: Mapping[str, str]) -> Scope:
        """Return the scope of formulas that use the names of a workbook alone."""
        every = {name.casefold(): text for name, text in names.items()}
        other = {name: text for name, text in every.items() if not CELLS_OF_A_SHEET.fullmatch(text)}
        return cls(every, other, {}, {})

    @cached_property
    def _words(self) -> frozenset[str]:
        """The names of which a formula has one if there is something to write out."""
        of_sheets = (name for names in self.of_sheets.values() for name in names)
        return frozenset({*self.other, *self.tables, *of_sheets})

    def written_out(self, formula: str, sheet: str, at: Place) -> str:
        """Write out the names and the tables in a formula.

        Raises
        ------
        CannotWriteOutError
            For a name that refers to itself, and for a table or a column that is not there.
        """
        # One look at each word of the formula, however many names there are.
        words = (token.casefold() for token in tokens(formula))
        bare = "[" not in formula and not _OF_SHEET.search(formula)
        if bare and self._words.isdisjoint(words):
            return formula
        try:
            return self._without_names(formula, sheet, at, 0)
        except UnknownTableError as unknown:
            raise CannotWriteOutError(
                f"refers to {unknown}, which no table of the workbook has"
            ) from None

    def _without_names(self, formula: str, sheet: str, at: Place, depth: int) -> str:
        if "[" in formula:
            formula = without_tables(formula, self.tables, at[0])
        if depth > _DEPTH:
            raise CannotWriteOutError("has a name that refers to itself")
        own = self.of_sheets.get(sheet.casefold(), {})

        def meaning(text: str) -> str:
            check("meanings", next(self._meanings))
            try:
                moved = Translator(f"={text}", "A1").translate_formula(address(*at))[1:]
            except (TokenizerError, TranslatorError):
                raise CannotWriteOutError(f"has a name for {text}, which cannot be read") from None
            written = f"({self._without_names(moved, sheet, at, depth + 1)})"
            check("formula", len(written), f"{sheet}!{address(*at)}")
            return written

        return "".join(self._pieces(formula, own, meaning))

    def _pieces(
        self, formula: str, own: Mapping[str, str], meaning: Callable[[str], str]
    ) -> Iterator[str]:
        """Yield the text of a formula piece by piece, with what names mean in place of them."""
        found = [*TOKEN.finditer(formula)]
        words = [each[0] for each in found] + ["", ""]
        end = i = 0
        while i < len(found):
            # A sheet and a name after an exclamation mark are one; so are a sheet and a cell.
            length = 3 if words[i + 1] == "!" else 1
            name = words[i + length - 1].casefold()
            if length == 3:
                owner = words[i].strip("'").replace("''", "'").casefold()
                text = self.of_sheets.get(owner, {}).get(name) or self.every.get(name)
            else:
                text = own.get(name, self.other.get(name))
                if not text and name in self.tables:
                    text = self.tables[name].data
            if text is not None:
                yield formula[end : found[i].start()]
                yield meaning(text)
                end = found[min(i + length, len(found)) - 1].end()
            i += length
        yield formula[end:]
