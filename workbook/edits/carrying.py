"""Carries what a user has added to a workbook into the one that is built from it."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName

from model.case.case import Case
from workbook import template
from workbook.check.moved import Moved
from workbook.check.safety.functions import reached
from workbook.edits import formats, settings
from workbook.edits.built_sheets import BuiltSheets, shifted
from workbook.edits.corresponding import CannotCarryError, Corresponding
from workbook.edits.own_sheets import OwnSheets, put
from workbook.hosts import foreign
from workbook.hosts.headless import Evaluation
from workbook.hosts.intersection import typed
from workbook.package.archive import reading, zipped
from workbook.package.areas import areas_read
from workbook.package.cells import Formula, Place, Value, Values, address
from workbook.package.contents import filled
from workbook.package.formulas import LITE_PREFIX
from workbook.package.links import linked_files, other_file
from workbook.package.package import Package
from workbook.package.writing import Draft
from workbook.template import names
from workbook.template.sheets import case_text

#: Functions that find a column by its number.
COUNTING = {"CHOOSECOLS", "INDEX", "OFFSET", "VLOOKUP"}
_TEXTS = re.compile(r""""(?:[^"]|"")*"|'(?:[^']|'')*'""")
#: What Calc may write as openpyxl does not read it.
_UNREAD = re.compile(
    rb"<(mergeCells|conditionalFormatting|dataValidations)[\s>].*?(?:</\1\s*>|\Z)", re.DOTALL
)
_WORD = re.compile(r"[^\W\d][\w.]*+")


@dataclass
class Carrier:
    """Carries the user's own sheets, cells, comments and names of a file into a workbook.

    Parameters
    ----------
    file : Package
        The file, with calls by way of the add-in as plain calls.
    evaluation : Evaluation
        The values of its formulas.
    draft : Package
        The workbook that is built, without what is carried.
    corresponding : Corresponding
        Where the cells of the file are in the workbook.
    built : Case
        The case that the file was built from; where that explains what differs from `draft`, it is
        no change of the user's.
    apart : collection
        Cells that are not carried here: those of the log.
    """

    file: Package
    evaluation: Evaluation
    draft: Draft
    corresponding: Corresponding
    built: Case
    apart: Collection[tuple[str, Place]] = ()
    #: How many of each kind were carried, and a line for what could not be.
    counts: Counter[str] = field(default_factory=Counter)
    left: dict[str, None] = field(default_factory=dict)
    #: A line for what refers to the years that the file has, and not to those that were added.
    notes: dict[str, None] = field(default_factory=dict)
    #: The values that carried formulas had, for those that cannot be evaluated.
    known: Values = field(default_factory=dict)
    #: The inputs that are formulas now, with the values that they must have.
    inputs: dict[tuple[str, Place], tuple[str, Value]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.values = self.evaluation.values
        self._files = linked_files(self.file.parts)
        #: Blocks of built sheets whose results have outgrown their cells.
        self._outgrown = [
            (title, at)
            for cell in self.evaluation.left
            if (title := cell[0]) in self.corresponding.titles
            and self.file.sheets[title].formulas[cell[1]].ref
            for at in self.evaluation.filled(cell)
        ]
        self._lost = {
            name.casefold()
            for name, text in self.file.all_names.items()
            if self._own_name(name) and self._unsafe(text)
        }

    @cached_property
    def opened(self) -> Workbook:
        """The file as openpyxl reads it, without what it need not read of built sheets."""
        parts = dict(self.file.parts)
        for title in self.corresponding.titles:
            part = self.file.sheets[title].part
            parts[part] = _UNREAD.sub(b"", parts[part])
        with reading():
            return load_workbook(io.BytesIO(zipped(parts, zipfile.ZIP_STORED)))

    @cached_property
    def first(self) -> Package:
        """The workbook that the file was when it was built."""
        one, other = map(case_text.read, (self.file, self.draft))
        return self.draft if one == other else template.drafted(self.built)

    @cached_property
    def moved(self) -> Moved:
        """Where the cells are that the file had when it was built."""
        return Moved(self.file, self.first)

    def into(self, workbook: Workbook, wrong: Collection[tuple[str, Place]] = ()) -> None:
        """Put everything into a workbook; inputs of which a formula gives a wrong value are typed.

        Parameters
        ----------
        workbook : Workbook
        wrong : collection
            The cells of such inputs.
        """
        self.counts, self.left, self.known, self.inputs = Counter(), {}, {}, {}
        self.notes = {}
        self._workbook = workbook
        OwnSheets(self).put(workbook)
        BuiltSheets(self, workbook, wrong).put()
        self._names()
        formats.put(self, workbook)
        settings.put(self, workbook)

    def differing(self, values: Values) -> set[tuple[str, Place]]:
        """Return the inputs whose formulas do not give the values that they had."""
        return {
            (title, at)
            for (title, at), (_, value) in self.inputs.items()
            if not _same(values[title].get(at), value)
        }

    def formula(self, text: str, title: str) -> str:
        """Write a formula of a sheet of the file as the workbook has it.

        Raises
        ------
        CannotCarryError
            If it is not to be carried, with the reason as the rest of a sentence.
        """
        if why := self._unsafe(text):
            raise CannotCarryError(why)
        for word in _WORD.findall(_TEXTS.sub("", text)):
            if word.casefold() in self._lost:
                raise CannotCarryError(f"uses the name {word}, which is not carried")
        plain = text.replace(LITE_PREFIX, "")
        return self.corresponding.rewritten(plain, title)

    def leave(self, title: str, at: Place, what: str, why: str) -> None:
        """Say what could not be carried: a cell with its contents, and the reason."""
        self.left[f"{title}!{address(*at)}: {what} {why}"] = None

    def leave_cell(self, title: str, at: Place, formula: Formula | None, why: str) -> None:
        """Say why a value or a formula could not be carried."""
        what = f"={formula.text}" if formula else f"{self.value(title, at)!r}"
        self.leave(title, at, what, why)

    def know(self, title: str, at: Place, formula: Formula, there: tuple[str, Place]) -> None:
        """Keep the values of a formula that is carried."""
        built, (row, column) = there
        for here in filled({at: formula}):
            value = self.values[title].get(here)
            place = row + here[0] - at[0], column + here[1] - at[1]
            self.known.setdefault(built, {})[place] = value

    def value(self, title: str, at: Place) -> Value:
        """Return the value of a cell of the file."""
        return self.values.get(title, {}).get(at, self.file.sheets[title].value(at))

    def _unsafe(self, text: str) -> str:
        """Say why a formula is not carried; empty for others."""
        if file := other_file(text, self._files):
            return f"refers to the file {file}"
        if "HYPERLINK" in {typed(name) for name in foreign.calls(text)}:
            return "calls HYPERLINK"
        return reached(text)

    def carry(
        self, title: str, at: Place, formula: Formula | None, sheet: Any, to: tuple[str, Place]
    ) -> None:
        """Put a cell of the user's: its formula if that can be carried, or else its value."""
        if formula is None:
            put(sheet, to[1], self.file.sheets[title].value(at))
            return
        try:
            text = self.formula(formula.text, title)
        except CannotCarryError as error:
            self.leave_cell(title, at, formula, f"{error}, so its value is typed")
            for here in filled({at: formula}):
                place = to[1][0] + here[0] - at[0], to[1][1] + here[1] - at[1]
                put(sheet, place, self.value(title, here))
            return
        ref = formula.ref and shifted(formula.ref, at, to[1])
        put(sheet, to[1], Formula(text, ref))
        self.warn(title, at, formula)
        self.know(title, at, formula, to)

    def warn(self, title: str, at: Place, formula: Formula) -> None:
        """Say that a carried formula refers to a line of results that may have moved, or ended."""
        self._ends(f"{title}!{address(*at)}: ={formula.text}", formula.text, title)
        read = [*areas_read(formula.text, title, {})] if self._outgrown else []
        for sheet, place in self._outgrown:
            if any(area.sheet == sheet and place in area for area in read):
                why = (
                    f"refers to {sheet}!{address(*place)}, a line of results that had no room for "
                    "added rows, and now to the line that was shown there"
                )
                self.leave(title, at, f"={formula.text}", why)
                return

    def _ends(self, what: str, formula: str, title: str) -> None:
        """Say that a formula stops at what was the last year, or counts columns past it.

        Nothing else says that it leaves out the added years, or that its columns now have others.
        """
        if (more := self.corresponding.more) is None:
            return
        counts = any(typed(name) in COUNTING for name in foreign.calls(formula))
        named = {name.casefold(): text for name, text in self.file.all_names.items()}
        for area in areas_read(formula, title, named if counts else {}):
            built = self.corresponding.titles.get(area.sheet, ""), area.first[0]
            columns = area.first[1], area.last[1]
            if more.ends(*built, *columns):
                self.notes[f"{what} has the years up to {self.built.forecast_years[-1]}."] = None
            elif counts and more.within(*built, *columns):
                self.notes[f"{what} counts columns, now with new years."] = None

    def comment(self, cell: Any, there: Any) -> None:
        """Put the note of a cell, if it has one."""
        if (said := cell.comment) is not None:
            there.comment = Comment(said.text, said.author, said.height, said.width)
            self.counts["note"] += 1

    def _own_name(self, name: str) -> bool:
        """Tell whether a name is the user's: one of ours may be, where the workbook lacks it."""
        built = name in names.KEPT and (name in self.draft.names or name in self.first.names)
        return not built and not name.startswith("_xlnm.")

    def _names(self) -> None:
        """Put the names of the user's own, of the workbook and of single sheets."""
        tree = self.file.tree("xl/workbook.xml")
        titles = [sheet.attrib["name"] for sheet in tree.iterfind("sheets/sheet")]
        there = self.corresponding.titles | self.corresponding.own
        for held in tree.iterfind("definedNames/definedName"):
            name, number = held.attrib["name"], held.get("localSheetId")
            title = "" if number is None else titles[int(number)]
            if title and title not in there:
                continue
            if not self._own_name(name) and title not in self.corresponding.own:
                if title and not name.startswith("_xlnm."):
                    hides = f"{title}: the name {name} of this sheet, ={held.text}, hides that of"
                    self.left[f"{hides} the workbook"] = None
                continue
            try:
                text = self.formula(held.text or "", title)
            except CannotCarryError as error:
                where = f"{title}: " if title else ""
                self.left[f"{where}the name {name}, ={held.text}, {error}"] = None
                continue
            of = self._workbook[there[title]] if title else self._workbook
            hidden = held.get("hidden") in ("1", "true") or None
            of.defined_names[name] = DefinedName(name, attr_text=text, hidden=hidden)
            self.counts["own name"] += 1
            self._ends(f"The name {name}, ={held.text},", held.text or "", title)


def _same(one: Value, other: Value) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-12 * max(abs(one), abs(other))
    return one == other
