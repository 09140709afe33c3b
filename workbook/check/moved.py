"""Where the sheets, rows and columns of a built workbook are after a user has moved them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from workbook.check.canonical import LOST, canonical
from workbook.check.findings import Finding
from workbook.check.held import area_of
from workbook.check.keyed import Keyed, keyed_sheets
from workbook.check.reader import ranges
from workbook.hosts.order import corners
from workbook.package.cells import Place, Value
from workbook.package.package import Package
from workbook.template.growing import GROWING

_COPY = "has the same key as another {0}, as happens when a {0} is copied"
_BARE = {
    "row": "has lost its key, the text in the hidden last column",
    "column": "has lost its key, the text in the hidden last row",
}
_NO_KEYS = "has lost its hidden row and column of keys, so that moved rows cannot be found"
_NONE_LEFT = "has lost the keys of all {0}s, so that moved {0}s cannot be found"
_GONE = "is missing"


@dataclass(frozen=True)
class Positions:
    """Where a sheet's rows and columns are now, by those that were built."""

    title: str
    rows: dict[int, int]
    columns: dict[int, int]

    def now(self, at: Place) -> Place | None:
        """Return where a built cell is; None if its row or its column is gone."""
        row, column = self.rows.get(at[0]), self.columns.get(at[1])
        return (row, column) if row and column else None


class Moved:
    """A file, and the workbook that its inputs give: each cell of one is found in the other.

    Parameters
    ----------
    file : Package
        The file.
    built : Package
        The workbook.
    """

    def __init__(self, file: Package, built: Package) -> None:
        self.findings: list[Finding] = []
        self.sheets: dict[str, Positions] = {}
        here = keyed_sheets(file)
        keyed = keyed_sheets(built)
        for title, known in keyed.items():
            if title in here:
                self.sheets[title] = self._found(here[title], known)
            elif title in file.sheets:
                self.findings.append(Finding(title, (1, 1), _NO_KEYS, "sheets without keys"))
                rows, columns = ({at: at for at in of} for of in (known.rows, known.columns))
                self.sheets[title] = Positions(title, rows, columns)
            else:
                self.findings.append(Finding(title, (1, 1), _GONE, "sheets that are missing"))
        gone = {
            title: known.rows.keys() - self.sheets[title].rows.keys()
            for title, known in keyed.items()
            if title in self.sheets
        }
        self._built = {
            positions.title: (title, _back(positions.rows), _back(positions.columns))
            for title, positions in self.sheets.items()
        }
        asked = any(gone.values()) or any(each.text == _BARE["row"] for each in self.findings)
        may_go = _rows_that_may_go(built) if asked else {}
        #: The rows of tables that grow that a user has deleted, by built sheet.
        self.deleted = {title: rows & may_go.get(title, set()) for title, rows in gone.items()}
        # A row that was inserted where one was deleted has no key of its own.
        self.findings = [
            each
            for each in self.findings
            if each.text != _BARE["row"] or not self._may_go(each.sheet, each.at, may_go)
        ]

    def _may_go(self, title: str, at: Place, rows: Mapping[str, set[int]]) -> bool:
        built = self.built(title, at)
        return built is not None and built[1][0] in rows.get(built[0], ())

    def _found(self, here: Keyed, built: Keyed) -> Positions:
        """Find the rows and the columns of a built sheet by their keys."""
        corners = [*zip(built.corner, here.corner, strict=True)]
        rows = _matched(built.rows, here.rows, corners[0])
        columns = _matched(built.columns, here.columns, corners[1])
        for kind, known, held, found in (
            ("row", built.rows, here.rows, rows),
            ("column", built.columns, here.columns, columns),
        ):
            self.findings += _wrong_keys(here.title, kind, known, held, set(found.values()))
        return Positions(here.title, rows, columns)

    @property
    def still(self) -> bool:
        """Whether everything is where it was built."""
        return all(
            title == positions.title
            and all(a == b for of in (positions.rows, positions.columns) for a, b in of.items())
            for title, positions in self.sheets.items()
        )

    def now(self, title: str, at: Place) -> tuple[str, Place] | None:
        """Return where a built cell is; None if it is gone."""
        positions = self.sheets.get(title)
        here = positions.now(at) if positions else None
        return (positions.title, here) if positions and here else None

    def built(self, title: str, at: Place) -> tuple[str, Place] | None:
        """Return where a cell of the file was built; None if it was not."""
        if title not in self._built:
            return None
        name, rows, columns = self._built[title]
        row, column = rows.get(at[0]), columns.get(at[1])
        return (name, (row, column)) if row and column else None

    def within(self, title: str, ref: str) -> Iterator[Place]:
        """Yield the cells of a range that were built, however far it reaches."""
        _, rows, columns = self._built.get(title, ("", {}, {}))
        (top, left), (bottom, right) = corners(ref)
        for row in rows:
            if top <= row <= bottom:
                yield from ((row, column) for column in columns if left <= column <= right)

    def shown(self, title: str, at: Place) -> tuple[str, Place]:
        """Return where a built cell is, or was if it is gone."""
        return self.now(title, at) or (title, at)

    def as_built(self, formula: str, title: str, origin: Place | None = None) -> list[str]:
        """Write a formula of the file in one way, with the cells of the built workbook."""
        return canonical(formula, title, self.built, origin)

    def belongs(self, formula: str, title: str) -> list[str]:
        """Write a formula of the built workbook in one way, with its ranges as they are left."""
        found = canonical(formula, title, self._left, corner=self._corner)
        return [LOST if token[0] != '"' and "!?" in token else token for token in found]

    def _left(self, title: str, at: Place) -> tuple[str, Place] | None:
        return None if at[0] in self.deleted.get(title, ()) else (title, at)

    def _corner(self, title: str, at: Place, step: int) -> Place:
        """Return the next corner of a range, within it, whose row was not deleted."""
        row, deleted = at[0], self.deleted.get(title, ())
        while row in deleted:
            row += step
        return row, at[1]


def _rows_that_may_go(built: Package) -> dict[str, set[int]]:
    """Return the rows of tables that grow, by sheet."""
    found: dict[str, set[int]] = {}
    tables = ranges(built)
    for name in GROWING & tables.keys():
        if area := area_of(tables[name]):
            title, (top, _), (bottom, _) = area
            found.setdefault(title, set()).update(range(top + 1, bottom + 1))
    return found


def _wrong_keys(
    title: str, kind: str, built: dict[int, Value], here: dict[int, Value], used: set[int]
) -> Iterator[Finding]:
    """Find the rows, or the columns, without a key or with that of another."""
    known = set(built.values())
    if known.isdisjoint(here.values()):
        yield Finding(title, (1, 1), _NONE_LEFT.format(kind), "sheets without keys")
        return
    for at in sorted({*here, *used}):
        key = here.get(at)
        text = _COPY.format(kind) if key in known and at not in used else _BARE[kind] if (
            at in used and key not in known) else ""  # fmt: skip
        if text:
            place = (at, 1) if kind == "row" else (1, at)
            yield Finding(title, place, text, f"{kind}s with wrong keys")


def _matched(
    built: dict[int, Value], now: dict[int, Value], corner: tuple[int, int]
) -> dict[int, int]:
    """Find where each built row is by its key; one without its key is between its neighbours.

    The first row has the edge of the sheet above it, and the last one the corner of the keys below,
    whose place in both is given.
    """
    places: dict[Value, list[int]] = {}
    for at, key in now.items():
        places.setdefault(key, []).append(at)
    found: dict[int, int] = {}
    for row, key in built.items():
        if here := places.get(key):
            # A copy is elsewhere, and the original where its neighbours are.
            next_to = [at for at in here if found.get(row - 1) == at - 1]
            found[row] = (next_to or here)[0]
    known = found | {0: 0, corner[0]: corner[1]}
    for before, after in pairwise(sorted(known)):
        step = known[before] - before
        if known[after] - after == step:
            found |= {row: row + step for row in built if before < row < after}
    return found


def _back(positions: dict[int, int]) -> dict[int, int]:
    return {now: built for built, now in positions.items()}
