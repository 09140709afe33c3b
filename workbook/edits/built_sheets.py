"""What a user has changed and added on the built sheets of a workbook, in another one."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.worksheet.cell_range import CellRange

from workbook.check.canonical import LOST, canonical, itself
from workbook.check.findings import MOST
from workbook.check.keyed import keyed_sheets, of_another_edition
from workbook.edits.corresponding import CannotCarryError
from workbook.edits.own_sheets import Styles, link, put
from workbook.package.cells import Formula, Place, address, cells
from workbook.package.package import Package

if TYPE_CHECKING:
    from workbook.edits.carrying import Carrier

#: The styles of the cells in which inputs are typed.
INPUT = ("input", "input_text")


class BuiltSheets:
    """Puts formulas of inputs, notes, and cells of the user's own among those of a workbook.

    Parameters
    ----------
    carrier : Carrier
    workbook : Workbook
    wrong : collection
        The cells of inputs that are typed, because a formula would give another value there.
    """

    def __init__(
        self, carrier: Carrier, workbook: Workbook, wrong: Collection[tuple[str, Place]]
    ) -> None:
        self._carrier, self._workbook, self._wrong = carrier, workbook, set(wrong)
        self._styles = Styles()
        #: What has no place in the workbook, and why.
        self._left: list[tuple[str, Place, Formula | None, str]] = []

    def put(self) -> None:
        """Put what belongs on each built sheet."""
        for title, built in self._carrier.corresponding.titles.items():
            self._cells(title, built)
        self._leave()
        for title, built in self._carrier.corresponding.titles.items():
            self._comments(title)
            self._links(title)
            self._merged(title, built)

    def _cells(self, title: str, built: str) -> None:
        page, there = self._carrier.file.sheets[title], self._carrier.draft.sheets[built]
        still = self._carrier.corresponding.still
        corner = self._carrier.corresponding.corners[title]
        for at in sorted(page.places):
            formula, value = page.formulas.get(at), page.value(at)
            if formula is None and (value is None or at in page.filled_places):
                continue
            if at[0] == corner[0] or at[1] == corner[1] or (title, at) in self._carrier.apart:
                continue
            to = self._carrier.corresponding.at(title, at)
            held = there.formulas.get(to[1]) if to else None
            if to and formula is None and held is None and there.value(to[1]) == value:
                continue
            if still and formula and held and (formula.text, formula.ref) == (held.text, held.ref):
                continue
            if to and formula and held and self._equal(formula, title, held, built):
                continue
            self._cell(title, at, formula, to)

    def _equal(self, formula: Formula, title: str, held: Formula, built: str) -> bool:
        """Tell whether a formula of the file is that of the workbook."""
        return canonical(formula.text, title, self._carrier.corresponding.at) == canonical(
            held.text, built, itself
        )

    def _cell(
        self, title: str, at: Place, formula: Formula | None, to: tuple[str, Place] | None
    ) -> None:
        """Carry a cell that is not as in the workbook, if it is the user's and there is room."""

        def leave(why: str) -> None:
            self._left.append((title, at, formula, why))

        if to is None:
            if not self._as_built(title, at, formula):
                leave("has no place in the new workbook")
            return
        if formula is None and self._is_input(to):
            return  # It was read into the case, so that the workbook has it where it belongs.
        there = self._carrier.draft.sheets[to[0]]
        value, filled = there.value(to[1]), to[1] in there.filled_places
        if self._is_input(to) and formula is not None and value is not None and not filled:
            self._input(title, at, formula, to)
        elif self._as_built(title, at, formula):
            pass
        elif filled:
            leave("would replace the workbook's own formula")
        elif value is not None:
            leave(f"would replace {value!r}")
        elif not self._has_room(at, formula, to):
            leave("has no room for all that it fills")
        else:
            self._own_cell(title, at, formula, to)

    def _leave(self) -> None:
        """Say what is not carried: in one line what another edition may have built otherwise."""
        if len(self._left) > MOST and of_another_edition(keyed_sheets(self._carrier.file)):
            sheets = ", ".join(dict.fromkeys(title for title, *_ in self._left))
            self._carrier.left[
                f"{len(self._left):,} formulas and texts on {sheets}: another version of Offtake "
                "built the file, and they are now as this version builds them, whether they were "
                "changed or not"
            ] = None
            return
        for each in self._left:
            self._carrier.leave_cell(*each)

    def _as_built(self, title: str, at: Place, formula: Formula | None) -> bool:
        """Tell whether a cell is what the workbook had there when it was built."""
        was = self._carrier.moved.built(title, at)
        if was is None:
            return False
        page = self._carrier.first.sheets[was[0]]
        held = page.formulas.get(was[1])
        if formula is None:
            return held is None and page.value(was[1]) == self._carrier.file.sheets[title].value(at)
        if held is None:
            return False
        now = self._carrier.moved.as_built(formula.text, title)
        then = canonical(held.text, was[0], itself)
        # What a formula referred to may have been deleted since.
        return len(now) == len(then) and all(
            one in (other, LOST) for one, other in zip(now, then, strict=True)
        )

    def _is_input(self, to: tuple[str, Place]) -> bool:
        cell = self._workbook[to[0]]._cells.get(to[1])
        return cell is not None and cell.style in INPUT

    def _input(self, title: str, at: Place, formula: Formula, to: tuple[str, Place]) -> None:
        """Put the formula of an input; its value is typed there."""
        if to in self._wrong:
            why = "gives another value in the new workbook, so its value is typed"
            self._carrier.leave_cell(title, at, formula, why)
            return
        try:
            text = self._carrier.formula(formula.text, title)
        except CannotCarryError as error:
            self._carrier.leave_cell(title, at, formula, f"{error}, so its value is typed")
            return
        put(self._workbook[to[0]], to[1], Formula(text))
        self._carrier.warn(title, at, formula)
        self._carrier.inputs[to] = text, self._carrier.draft.sheets[to[0]].value(to[1])
        self._carrier.counts["input formula"] += 1

    def _own_cell(
        self, title: str, at: Place, formula: Formula | None, to: tuple[str, Place]
    ) -> None:
        """Put a cell of the user's between those of the workbook."""
        sheet = self._workbook[to[0]]
        self._carrier.carry(title, at, formula, sheet, to)
        source, there = self._carrier.opened[title]._cells.get(at), sheet.cell(*to[1])
        if source is not None and not there.has_style:
            self._styles.copy(source, there)
        if source is not None and source.hyperlink is not None:
            link(self._carrier, title, at, source.hyperlink, there)
        self._carrier.counts["own cell"] += 1

    def _comments(self, title: str) -> None:
        if not any("comments" in part for part in self._carrier.file.parts):
            return
        for at, cell in sorted(self._carrier.opened[title]._cells.items()):
            if cell.comment is None:
                continue
            to = self._carrier.corresponding.at(title, at)
            if to is None:
                what = f"the note {cell.comment.text!r}"
                self._carrier.leave(title, at, what, "has no place in the new workbook")
                continue
            self._carrier.comment(cell, self._workbook[to[0]].cell(*to[1]))

    def _links(self, title: str) -> None:
        """Put the links on cells that the workbook has as well, and with no link of its own."""
        for at in self._linked(self._carrier.file, title):
            to = self._carrier.corresponding.at(title, at)
            there = self._workbook[to[0]].cell(*to[1]) if to else None
            if (there is not None and there.hyperlink) or self._was_linked(title, at):
                continue
            found: Any = self._carrier.opened[title].cell(*at).hyperlink
            if there is None:
                what = f"the link to {found.target or found.location}"
                self._carrier.leave(title, at, what, "has no place in the new workbook")
            else:
                link(self._carrier, title, at, found, there)
                self._carrier.counts["link"] += 1

    def _was_linked(self, title: str, at: Place) -> bool:
        """Tell whether the workbook had a link here when it was built."""
        was = self._carrier.moved.built(title, at)
        return was is not None and was[1] in self._linked(self._carrier.first, was[0])

    def _linked(self, package: Package, title: str) -> list[Place]:
        refs = self._refs(package, title, "hyperlinks/hyperlink")
        return [at for ref in refs for at in cells(ref)]

    def _merged(self, title: str, built: str) -> None:
        """Merge what the user has merged, if the workbook has nothing in all but its first cell."""
        there, merged = self._carrier.draft.sheets[built], self._workbook[built].merged_cells
        # A range that has been widened is no longer where a set looks for it.
        known = {each.coord for each in merged.ranges}
        for ref in self._refs(self._carrier.file, title, "mergeCells/mergeCell"):
            inside = cells(ref)
            now = [at[1] for each in inside if (at := self._carrier.corresponding.at(title, each))]
            area = CellRange(f"{address(*now[0])}:{address(*now[-1])}") if now else None
            if (area is not None and area.coord in known) or self._was_merged(title, inside):
                continue
            if (
                area is None
                or (len(now), now) != (len(inside), cells(area.coord))
                or any(there.value(at) is not None or at in there.filled_places for at in now[1:])
                or not all(area.isdisjoint(each) for each in merged.ranges)
            ):
                why = "have no room in the new workbook"
                self._carrier.leave(title, inside[0], f"the merged cells {ref}", why)
                continue
            merged.ranges.add(area)
            self._carrier.counts["merged range"] += 1

    def _was_merged(self, title: str, inside: list[Place]) -> bool:
        """Tell whether the workbook had merged these cells when it was built."""
        was = [at for each in inside if (at := self._carrier.moved.built(title, each))]
        if not was:
            return False
        refs = self._refs(self._carrier.first, was[0][0], "mergeCells/mergeCell")
        return [at for _, at in was] in [cells(ref) for ref in refs]

    def _refs(self, package: Package, title: str, path: str) -> list[str]:
        """Return the ranges of elements of a sheet."""
        return [e.attrib["ref"] for e in package.tree(package.sheets[title].part).iterfind(path)]

    def _has_room(self, at: Place, formula: Formula | None, to: tuple[str, Place]) -> bool:
        """Tell whether the cells are empty that an array formula fills."""
        if formula is None or formula.ref is None:
            return True
        there = self._carrier.draft.sheets[to[0]]
        inside = cells(shifted(formula.ref, at, to[1]))
        return all(there.value(c) is None and c not in there.filled_places for c in inside)


def shifted(ref: str, at: Place, to: Place) -> str:
    """Give the range that an array formula fills from another cell on.

    Examples
    --------
    >>> shifted("B2:C3", (2, 2), (5, 1))
    'A5:B6'
    """
    last = cells(ref)[-1]
    return f"{address(*to)}:{address(last[0] + to[0] - at[0], last[1] + to[1] - at[1])}"
