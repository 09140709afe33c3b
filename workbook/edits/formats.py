"""How a user has formatted cells and columns of built sheets, in the workbook built from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from workbook.check.keyed import keyed_sheets, of_another_edition
from workbook.check.rules import added_rules
from workbook.edits.own_sheets import Styles
from workbook.package.archive import reading
from workbook.package.cells import LAST_COLUMN, Place, cells, size
from workbook.package.limits import check
from workbook.package.package import Package

if TYPE_CHECKING:
    from workbook.edits.carrying import Carrier

_STYLES = "xl/styles.xml"
#: What a cell looks like: its font, fill, border, alignment and number format.
Look = tuple[frozenset[Any], ...]
#: What programs leave out or state as they like.
_UNSEEN = {"family", "scheme", "charset", "extLst", "bgColor"}
_DEFAULTS = {("horizontal", "general"), ("vertical", "bottom")}
_NOT = ("0", "false", "none")
#: Widths, in characters, that are the same: each program rounds them in its own way.
_ROUNDED = 1.0


class Looks:
    """What the cells of a workbook look like, by the numbers of their styles."""

    def __init__(self, package: Package) -> None:
        styles = package.tree(_STYLES)
        kinds = {
            name: [_stated(each) for each in styles.iterfind(path)]
            for name, path in (
                ("fontId", "fonts/font"),
                ("fillId", "fills/fill"),
                ("borderId", "borders/border"),
            )
        }
        self._looks: list[Look] = []
        with reading(_STYLES):
            for xf, code in zip(styles.iterfind("cellXfs/xf"), package.number_formats, strict=True):
                parts = [kind[int(xf.get(name, "0"))] for name, kind in kinds.items()]
                aligned = [_stated(each) for each in xf.iterfind("alignment")] or [frozenset()]
                plain = code.replace("\\", "").replace('"', "").rstrip(";").casefold()
                self._looks.append((*parts, *aligned, frozenset([plain])))

    def __getitem__(self, style: int) -> Look:
        with reading(_STYLES):
            return self._looks[style]


def _stated(element: Element) -> frozenset[Any]:
    """Return what an element says of a cell's look, however a program writes it."""
    said: set[Any] = {
        (name, _plain(name, text))
        for name, text in element.items()
        if text not in _NOT and (name, text) not in _DEFAULTS
    }
    for child in element:
        if child.tag not in _UNSEEN and child.get("val") not in _NOT:
            inside = _stated(child)
            # A side of a border without a line, or a pattern that fills nothing.
            if inside or child.tag in ("b", "i", "u", "strike"):
                said.add((child.tag, inside))
    return frozenset(said)


def _plain(name: str, text: str) -> str:
    if name == "rgb":
        return text[-6:].upper()
    return {"1": "true", "single": "true"}.get(text, text)


def put(carrier: Carrier, workbook: Workbook) -> None:
    """Format the cells and the columns of built sheets as a user has."""
    styles = Styles()
    for title, at in _changed(carrier):
        to = carrier.corresponding.at(title, at)
        if to is not None:
            sheet: Any = workbook[to[0]]
            styles.copy(carrier.opened[title].cell(*at), sheet.cell(*to[1]))
            carrier.counts["cell format"] += 1
    for title, built in carrier.corresponding.titles.items():
        now, then = _widths(carrier.file, title), _widths(carrier.first, built)
        for column, there in carrier.moved.sheets[built].columns.items():
            width, was = now.get(there), then.get(column)
            new = carrier.corresponding.column(title, there)
            if new and width and was and abs(width - was) > _ROUNDED:
                workbook[built].column_dimensions[get_column_letter(new)].width = width
                carrier.counts["column width"] += 1
    for title, at, kind in added_rules(carrier.file, carrier.first, carrier.moved):
        carrier.leave(title, at, f"the {kind} that you added", "must be added again")


def _changed(carrier: Carrier) -> Iterator[tuple[str, Place]]:
    """Yield the built cells that look different from when they were built.

    Another version of Offtake may have formatted them in another way; of its cells of one style,
    those that differ from most are the ones that a user has formatted.
    """
    here, there = Looks(carrier.file), Looks(carrier.first)
    pairs = [*_pairs(carrier)]
    count = Counter((was, now) for _, _, was, now in pairs)
    looks = {was: there[was] for was, _ in count}
    if of_another_edition(keyed_sheets(carrier.file)):
        looks = {was: here[now] for (was, now), _ in reversed(count.most_common())}
    for title, at, was, now in pairs:
        if here[now] != looks[was]:
            yield title, at


def _pairs(carrier: Carrier) -> Iterator[tuple[str, Place, int, int]]:
    """Yield each cell of the built sheets, with the style that it was built with and has now."""
    for title, corner in carrier.corresponding.corners.items():
        page, merged = carrier.file.sheets[title], _merged(carrier.file, title)
        for at in page.places:
            was = carrier.moved.built(title, at)
            if was is None or at in merged or at[0] == corner[0] or at[1] == corner[1]:
                continue
            first = carrier.first.sheets[was[0]]
            own = was[1] not in first.places and (page.value(at) is not None or at in page.formulas)
            if not own and (title, at) not in carrier.apart:
                yield title, at, first.style(was[1]), page.style(at)


def _merged(package: Package, title: str) -> set[Place]:
    """Return the cells that merged ranges hide, which each program formats in its own way."""
    part = package.sheets[title].part
    with reading(part):
        refs = [e.attrib["ref"] for e in package.around(part).iterfind("mergeCells/mergeCell")]
        check("listed", sum(map(size, refs)), part)
        return {at for ref in refs for at in cells(ref)[1:]}


def _widths(package: Package, title: str) -> dict[int, float]:
    """Return the widths of the columns that state one and are shown."""
    found = dict[int, float]()
    part = package.sheets[title].part
    with reading(part):
        for stated in package.around(part).iterfind("cols/col"):
            if stated.get("width") and stated.get("hidden", "0") in _NOT:
                first, last = int(stated.attrib["min"]), int(stated.attrib["max"])
                found |= dict.fromkeys(
                    range(first, min(last, LAST_COLUMN) + 1), float(stated.attrib["width"])
                )
    return found
