"""Where the cells of a workbook are in another one built from its inputs."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from difflib import SequenceMatcher

from workbook.check.keyed import Keyed, keyed_sheets
from workbook.check.moved import Moved
from workbook.edits.more_years import MoreYears
from workbook.package.cells import Place, Values, column_letters, column_number, place
from workbook.package.formulas import quoted
from workbook.package.package import Package

#: A text, a column of a table, a reference to cells, or the sheet of a name.
_REFERENCE = re.compile(
    r"""
    "(?:[^"]|"")*" | \[[^\[\]]*\]
  | (?<![\w.$])(?:(?P<sheet>'(?:[^']|'')+'|[^\W\d][\w.]*+)!)?
    (?: (?P<first>\$?[A-Z]{1,3}\$?[1-9]\d*)(?::(?P<last>\$?[A-Z]{1,3}\$?[1-9]\d*))?
      | (?P<left>\$?[A-Z]{1,3}):(?P<right>\$?[A-Z]{1,3})
      | (?P<top>\$?[1-9]\d*):(?P<bottom>\$?[1-9]\d*) )(?![\w.(!])
  | (?<![\w.$])(?P<of_name>'(?:[^']|'')+'|[^\W\d][\w.]*+)!
  | '(?:[^']|'')*'
    """,
    re.VERBOSE,
)
#: Sheets from one to another.
_SHEETS = re.compile(r"""'[^':]*+:[^']*+'!|(?<=[\w.]):[^\W\d][\w.]*+!""")
_TEXTS = re.compile(r'"(?:[^"]|"")*"')

#: The texts of a row, each with its column.
Labelled = tuple[tuple[int, str], ...]
Texts = Mapping[int, Labelled]


class CannotCarryError(ValueError):
    """What a formula needs that the other workbook does not have, as the rest of a sentence."""


class Corresponding:
    """The cells of a file in the workbook that was built from what it states.

    A row is found by its key or, where rows were added, removed or sorted, by its texts.

    Parameters
    ----------
    file : Package
        The file.
    built : Package
        The workbook.
    own : mapping
        The titles of the user's own sheets there, by those in the file.
    values : pair of Values, optional
        The values of both, if rows may be other ones than their keys say.
    more : MoreYears, optional
        The columns of the years that the workbook has in addition.
    """

    def __init__(
        self,
        file: Package,
        built: Package,
        own: Mapping[str, str],
        values: tuple[Values, Values] | None = None,
        more: MoreYears | None = None,
    ) -> None:
        self.more = more
        here, there = keyed_sheets(file), keyed_sheets(built)
        moved = Moved(file, built)
        self.own = dict(own)
        #: The titles with which the sheets of the file were built.
        self.titles: dict[str, str] = {}
        self.corners: dict[str, Place] = {}
        self._rows: dict[str, _Line] = {}
        self._columns: dict[str, _Line] = {}
        for title, positions in moved.sheets.items():
            now, new = here[title], there[title]
            columns = {here: at for at, here in positions.columns.items()}
            rows = {here: at for at, here in positions.rows.items()}
            if values is not None:
                texts = (
                    _texts(file, now, columns, values[0]),
                    _texts(built, new, {at: at for at in new.columns}, values[1]),
                )
                rows = _found(*texts)
            self.titles[now.title] = title
            self.corners[now.title] = now.corner
            self._rows[now.title] = _Line(rows, (now.corner[0], new.corner[0]))
            self._columns[now.title] = _Line(columns, (now.corner[1], new.corner[1]))

    @property
    def still(self) -> bool:
        """Whether every sheet, row and column is where it was."""
        return all(a == b for a, b in {**self.titles, **self.own}.items()) and all(
            line.still for lines in (self._rows, self._columns) for line in lines.values()
        )

    def at(self, title: str, at: Place) -> tuple[str, Place] | None:
        """Return where a cell of the file is in the workbook; None if there is none."""
        if title in self.own:
            return self.own[title], at
        if title not in self.titles:
            return None
        row, column = self._rows[title].at(at[0]), self._columns[title].at(at[1])
        if not (row and column):
            return None
        if self.more and at[1] == column:
            column = self.more.column(self.titles[title], at)
        return (self.titles[title], (row, column)) if column else None

    def column(self, title: str, column: int) -> int | None:
        """Return where a column of the file is; None if nowhere, or elsewhere in some rows."""
        places = (self.at(title, (row, column)) for row in self._rows[title].places)
        found = {at[1][1] for at in places if at}
        return found.pop() if len(found) == 1 else None

    def rewritten(self, formula: str, title: str) -> str:
        """Write a formula of a sheet of the file with the cells of the workbook.

        Raises
        ------
        CannotCarryError
            If it refers to cells that the workbook does not have.
        """
        if _SHEETS.search(_TEXTS.sub("", formula)):
            raise CannotCarryError("refers to the sheets from one to another")

        def reference(found: re.Match[str]) -> str:
            named = found["sheet"] or found["of_name"] or ""
            if not named and not any(found[part] for part in ("first", "left", "top")):
                return found[0]
            sheet = named.strip("'").replace("''", "'") or title
            there = {**self.titles, **self.own}.get(sheet)
            if there is None:
                if "[" in sheet or found["of_name"]:
                    return found[0]
                raise CannotCarryError(f"refers to {sheet}, which is not a sheet of the workbook")
            prefix = f"{named if there == sheet else quoted(there)}!" if named else ""
            if found["of_name"]:
                return prefix
            return prefix + self._cells(found, sheet)

        return _REFERENCE.sub(reference, formula)

    def _cells(self, found: re.Match[str], sheet: str) -> str:
        """Write the cells of a reference."""
        if sheet in self.own:
            return found[0].rpartition("!")[2]
        rows, columns = self._rows[sheet], self._columns[sheet]
        try:
            if found["left"]:
                across = [column_number(found[e].replace("$", "")) for e in ("left", "right")]
                across = list(columns.range(*across))
                if self.more:
                    across = [self.more.whole(self.titles[sheet], column) for column in across]
                ends = map(column_letters, across)
                return ":".join(map(_marked_part, (found["left"], found["right"]), ends))
            if found["top"]:
                down = (int(found[end].replace("$", "")) for end in ("top", "bottom"))
                ends = map(str, rows.range(*down))
                return ":".join(map(_marked_part, (found["top"], found["bottom"]), ends))
            first, last = found["first"], found["last"] or found["first"]
            (row, column), (end, edge) = place(first), place(last)
            (top, bottom), (left, right) = rows.range(row, end), columns.range(column, edge)
            if self.more:
                built = self.titles[sheet], (row, end)
                left = self.more.columns(*built, left) if left == column else left
                right = self.more.columns(*built, right) if right == edge else right
        except KeyError:
            raise CannotCarryError(
                f"refers to {quoted(sheet)}!{found[0].rpartition('!')[2]}, cells that the new "
                "workbook does not have"
            ) from None
        cells = _marked(first, (top, left))
        return f"{cells}:{_marked(last, (bottom, right))}" if found["last"] else cells


class _Line:
    """Rows, or columns, of a sheet: where each is in the other workbook, and where its keys are."""

    def __init__(self, places: Mapping[int, int], corners: tuple[int, int]) -> None:
        #: Where those are that have a key.
        self.places = dict(places)
        self._corners = corners
        #: The last that has a key, here and there.
        self._last = max(places, default=0), max(places.values(), default=0)
        self._edge = self._last[0]

    @property
    def still(self) -> bool:
        """Whether each is where it was."""
        return all(a == b for a, b in self.places.items()) and len(set(self._corners)) == 1

    def at(self, here: int) -> int | None:
        """Return where one is; beyond the keys, as far from them."""
        if here in self.places:
            return self.places[here]
        corner, there = self._corners
        if here >= corner:
            return there + here - corner if here > corner else None
        last, end = self._last
        beyond = end + here - last
        return beyond if here > last and beyond < there else None

    def range(self, first: int, last: int) -> tuple[int, int]:
        """Return the first and the last of those in which a range is.

        Raises
        ------
        KeyError
            If an end of it has none, or if something else is among them.
        """
        if self.at(first) is None or self.at(last) is None:
            raise KeyError(first)
        inside = [at for here in self._within(first, last) if (at := self.at(here)) is not None]
        low, high = min(inside), max(inside)
        for here, at in self.places.items():
            if low <= at <= high and not first <= here <= last:
                raise KeyError(here)
        return low, high

    def _within(self, first: int, last: int) -> Collection[int]:
        """Return the ends of a range, and what is between them and has a key."""
        return {first, last, *(here for here in self.places if first <= here <= last)}


def _marked_part(text: str, plain: str) -> str:
    """Write a column or a row, fixed as another one is."""
    return f"${plain}" if text.startswith("$") else plain


def _marked(text: str, at: Place) -> str:
    """Write an address, fixed as another one is."""
    fixed = "$" if "$" in text[1:] else ""
    return f"{_marked_part(text, column_letters(at[1]))}{fixed}{at[0]}"


def _texts(package: Package, keyed: Keyed, columns: Mapping[int, int], values: Values) -> Texts:
    """Return the texts of each row, with the columns in which they were built."""
    page, found = package.sheets[keyed.title], values.get(keyed.title, {})
    texts: dict[int, list[tuple[int, str]]] = {row: [] for row in keyed.rows}
    for row, column in sorted({*page.places, *page.filled}):
        held = found.get((row, column), page.value((row, column)))
        if column in columns and row != keyed.corner[0] and isinstance(held, str) and held:
            texts.setdefault(row, []).append((columns[column], held))
    return {row: tuple(texts[row]) for row in sorted(texts)}


def _found(here: Texts, there: Texts) -> dict[int, int]:
    """Find rows by their labels in order, then by labels alone, by all texts, and by neighbours."""
    rows, others = [*here], [*there]
    order = SequenceMatcher(None, [*map(_label, here.values())], [*map(_label, there.values())],
                            autojunk=False)  # fmt: skip
    found: dict[int, int] = {}
    near: dict[int, int] = {}
    for kind, first, last, low, high in order.get_opcodes():
        pairs = zip(rows[first:last], others[low:high], strict=False)
        if kind == "equal":
            found |= dict(pairs)
        elif last - first == high - low:
            near |= dict(pairs)
    # Of an inserted row the workbook has more texts. A cleared one has fewer and is looked for
    # last, because it may be like another row.
    for alike in (_same_label, _all_texts):
        for row in [row for row in rows if row not in found and here[row]]:
            taken = {*found.values()}
            free = [at for at in others if at not in taken and alike(here[row], there[at])]
            if len(free) == 1:
                found[row] = free[0]
    taken = {*found.values()}
    return {row: at for row, at in near.items() if at not in taken} | found


def _same_label(here: Labelled, there: Labelled) -> bool:
    return _label(here) == _label(there)


def _all_texts(here: Labelled, there: Labelled) -> bool:
    return {*here} <= {*there}


def _label(texts: Labelled) -> str:
    """Return the first text of a row, after its unit."""
    return next((text for column, text in texts if column > 1), texts[0][1] if texts else "")
