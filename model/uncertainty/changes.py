"""Changed inputs of a DCF: its arguments, with some of them replaced by name.

Choices, bridges, scenarios and sensitivities all change inputs in this one way. A name is that of
a driver, or of a column of the contracts or of the plant for all their rows. Of one segment,
contract, vintage or security it is preceded by the owner's name, or by the type of securities:
``Cloud/price``, ``rsu/included``. Names joined by `` & `` are moved together, each by the same
number: ``wacc & terminal_wacc``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from model.arrays import floats
from model.calendar import check_years, year_of
from model.dcf.drivers import YEARLY, Drivers
from model.dcf.segment import SLASH, Segment
from model.dcf.signed import Plant, SignedContracts
from model.dilution.securities import Securities
from model.errors import Floats, InputError, nearest, shown
from model.fields import Field, Names, column
from model.plain import plain
from model.rpo.contracts import Contracts
from model.tables import Table

#: Option by which an input is left out, so that its default holds.
NONE = "none"
#: Between the names of inputs that are moved together.
AND = " & "
#: Contracted revenue by year, of a company without a table of contracts.
CONTRACTED = "contracted_revenue"
YEARLY_REVENUE = Field("USD m", low=0, extent=YEARLY, name=CONTRACTED)


class Scenarios(NamedTuple):
    """A number of an input for each scenario, on as many axes as there are."""

    numbers: Floats


@dataclass(frozen=True)
class Business:
    """What a DCF takes: drivers, securities, contracted revenue or contracts, and plant."""

    drivers: Drivers
    securities: Securities
    contracted: Floats | SignedContracts | None = None
    plant: Plant | None = None


@dataclass(frozen=True)
class Relative:
    """A change of what an input is, as the value in `changed`: times a factor, plus an amount."""

    times: float = 1.0
    adds: float = 0.0

    def of(self, before: Any, name: str) -> Floats:
        """Return the changed numbers; what is left out in some rows only stays so."""
        if isinstance(before, str | tuple | list):
            raise InputError(name, f"must be a number to be changed, not {shown(before)}")
        if before is None or np.isnan(before).all():
            raise InputError(
                name, "must be given to be changed by a factor or an amount", "missing"
            )
        return np.asarray(np.asarray(before) * self.times + self.adds)


def declared_input() -> Any:
    """Declare the column with the name of what is changed."""
    return column(
        "Input",
        "name",
        "What is changed: a driver, Segment/driver, a column of contracts; blank for nothing.",
        blank="",
    )


def declared_value() -> Any:
    """Declare the column with the number that replaces it."""
    return column(
        "Value",
        "ratio",
        "Replaces one number; shifts all years of a path. Years across replace a path.",
        default=np.nan,
        blank=np.nan,
    )


def declared_option() -> Any:
    """Declare the column with the name that replaces it."""
    return column(
        "Option",
        "name",
        "Name that replaces a choice, such as growth; none leaves the input out.",
        default="",
        blank="",
    )


class Changes(Table):
    """Changed inputs, one a row, each of a group: of an alternative, or of a step."""

    by_year = "paths"
    #: The two columns that name the group.
    group: ClassVar[tuple[str, str]]

    if TYPE_CHECKING:
        input: Names
        value: Floats
        option: Names
        paths: Any
        across: Any

    def check(self) -> None:
        """Refuse rows that do not say what an input becomes, and inputs that are given twice."""
        rows, argument = len(self), self.argument()
        paths = np.full((rows, 0), np.nan)
        if self.paths is not None:
            paths = np.asarray(floats(argument, self.paths, blank=True))
        if paths.ndim != 2 or len(paths) != rows:
            raise InputError(
                argument,
                f"must hold numbers by year for each of {rows} rows, not an array of shape "
                f"{paths.shape}",
            )
        if self.across is not None:
            across = plain(self.across)
            if not isinstance(across, list) or len(across) != paths.shape[1]:
                raise InputError(
                    "across", f"must be a list of {paths.shape[1]} years, not {shown(across)}"
                )
            check_years(argument, [year_of(argument, heading) for heading in across])
        spelt = first_spelled(*(getattr(self, name) for name in self.group))
        self._put(paths=paths, **dict(zip(self.group, spelt, strict=True)))
        seen: set[tuple[str, ...]] = set()
        for place, name in enumerate(self.input):
            given = [bool(self.option[place]), *self._numbers(place)]
            where = f"{self.argument()} {name or self._group(place)[1]}"
            if sum(given) != bool(name):
                problem = "must have a Value, an Option or one number for each year, and one only"
                raise InputError(where, problem if name else "must have no Value without an Input")
            stated = ~np.isnan(paths[place])
            if given[2] and not stated.all():
                raise InputError(where, "must have a number for every year, or for none")
            key = (*self._group(place), spelled(name))
            if name and key in seen:
                raise InputError(where, f"must be given once in {shown(self._group(place)[1])}")
            seen.add(key)
        for group in dict.fromkeys(self._group(place) for place in range(rows)):
            names = [n for place, n in enumerate(self.input) if n and self._group(place) == group]
            check_once(names, f"{self.argument()} {group[1]}")

    def _numbers(self, place: int) -> tuple[bool, bool]:
        return not np.isnan(self.value[place]), bool((~np.isnan(self.paths[place])).any())

    def _group(self, place: int) -> tuple[str, str]:
        first, second = self.group
        return getattr(self, first)[place], getattr(self, second)[place]

    def groups(self) -> Iterator[tuple[str, str, list[tuple[str, Any]]]]:
        """Yield each group in the order of its first row: its two names, and what it changes."""
        found: dict[tuple[str, str], list[tuple[str, Any]]] = {}
        for place, name in enumerate(self.input):
            changes = found.setdefault(self._group(place), [])
            if name:
                number, path = self._numbers(place)
                changes.append((
                    name,
                    float(self.value[place]) if number
                    else self.paths[place] if path else self.option[place],
                ))  # fmt: skip
        for group, changes in found.items():
            yield *group, changes


def changed(business: Business, changes: Iterable[tuple[str, Any]], place: str) -> Business:
    """Change inputs of a business.

    Parameters
    ----------
    business : Business
    changes : iterable of (str, value)
        Inputs by name. A number replaces one number, and shifts a path that is given by year in
        parallel; as many numbers as years replace a path; a `Relative` changes what is there; a
        text replaces a choice, and "none" leaves an input out. Scenarios are on the first axis; for
        a path, the last axis then holds one number or one for each year. `Scenarios` holds a number
        for each, of any input. A number for names joined by " & " is added to each that is stated.
    place : str
        Where the changes are stated, for messages.

    Raises
    ------
    InputError
        For an unknown name, suggesting the nearest known one, and what the drivers and tables
        refuse.
    """
    edited = _Edited(business, place)
    for name, value in changes:
        edited.put(name, value)
    return edited.made()


def stated(business: Business, name: str, place: str) -> list[tuple[Field, Any]]:
    """Return what an input is now, in each place in which `changed` changes it.

    Returns
    -------
    list of (Field, value)
        Its declaration, and a number, numbers by year, a text, or None where it is left out; of a
        table, the values of all rows that it changes.

    Raises
    ------
    InputError
        For an unknown name, as in `changed`.
    """
    edited = _Edited(business, place)
    edited.put(name, np.nan)
    return edited.was + [each for table in edited.tables for each in table.was]


def moves(found: list[tuple[Field, Any]], name: str) -> bool:
    """Tell whether a number for an input, as `stated` finds it, is added to what it is."""
    return AND in name or any(
        field.extent == YEARLY and np.shape(value)[-1:] > (1,) for field, value in found
    )


def spelled(name: str) -> str:
    """Spell a name as the model does; the owner before it in any case."""
    owner, slash, leaf = name.rpartition(SLASH)
    return f"{owner.strip().casefold()}{slash}" + "_".join(
        leaf.casefold().replace("-", " ").split()
    )


def first_spelled(*columns: Sequence[str]) -> list[tuple[str, ...]]:
    """Spell names that differ in capitals alone as the first of them, in columns of names.

    In a later column, only what the earlier ones have in common is spelled alike.

    Examples
    --------
    >>> first_spelled(["Bear", "Bull", "bear"], ["Low", "low", "LOW"])
    [('Bear', 'Bull', 'Bear'), ('Low', 'low', 'Low')]
    """
    first: dict[tuple[str, ...], str] = {}
    rows = []
    for row in zip(*columns, strict=True):
        made: tuple[str, ...] = ()
        for name in row:
            place = (*map(str.casefold, made), name.casefold())
            made = (*made, first.setdefault(place, name))
        rows.append(made)
    return [tuple(row[i] for row in rows) for i in range(len(columns))]


def parts(name: str) -> list[tuple[str, str]]:
    """Return the inputs that a name joins, each spelled by the model and as it is typed."""
    joined = [(spelled(each), each.strip()) for each in name.split(AND)]
    # An owner's own name may have the sign that joins names.
    known = all(SLASH in each or each in Drivers.declared for each, _ in joined)
    return joined if known else [(spelled(name), name)]


def check_once(names: Iterable[str], where: str) -> None:
    """Refuse an input that is named twice, alone or joined with others."""
    seen: set[str] = set()
    for each, typed in (part for name in names for part in parts(name)):
        if each in seen:
            raise InputError(where, f"must change {typed} once")
        seen.add(each)


class _Edited:
    """A business whose inputs are being changed."""

    def __init__(self, business: Business, place: str) -> None:
        self.before, self.place = business, place
        stated = business.drivers.stated
        self.company = {name: stated[name] for name in type(business.drivers).declared}
        self.segments = [
            {"name": s.name, **{name: getattr(s, name) for name in Segment.declared}}
            for s in stated.get("segments", ())
        ]
        self.contracted = business.contracted
        given = (business.contracted, business.plant, business.securities)
        self.tables = [_Columns(t) for t in given if isinstance(t, Table)]
        #: Whether a number is added to an input rather than put in its place.
        self.moves = False
        #: What was changed, and what it was.
        self.was: list[tuple[Field, Any]] = []

    def put(self, name: str, value: Any) -> None:
        """Change one input, or move several."""
        if self._put(name, value):
            return
        joined = [each.strip() for each in name.split(AND)]
        self.moves = len(joined) > 1
        for each in joined:
            if not self.moves or not self._put(each, value):
                known = [*self._names()]
                raise InputError(
                    self.place, f"must be an input, not {shown(each)}{nearest(each, known)}"
                )
        self.moves = False

    def _put(self, name: str, value: Any) -> bool:
        """Change one input, if there is one of the name."""
        owner, slash, leaf = (part.strip() for part in spelled(name).rpartition(SLASH))
        if slash:
            return self._of_owner(owner, leaf, value, name)
        return self._of_all(leaf, value, name)

    def _of_all(self, leaf: str, value: Any, name: str) -> bool:
        declared = type(self.before.drivers).declared
        if leaf in declared and leaf != "segments":
            self._driver(self.company, declared[leaf], value)
            return True
        if leaf == CONTRACTED and isinstance(self.contracted, np.ndarray):
            self.was.append((YEARLY_REVENUE, self.contracted))
            number = _of_each(value, yearly=True)
            self.contracted = _number(self.contracted, number, name)
            return True
        with_it = [s for s in self.segments if s.get(leaf) is not None]
        # One column of all securities is no input: common stock is among them.
        for table in self.tables[:-1]:
            field = table.known(leaf)
            # What no row has is a segment's, if one has it.
            if field and not (with_it and isinstance(value, Relative) and table.lacks(field)):
                table.put(field, [*range(len(table.table))], value, name, moves=self.moves)
                return True
        for segment in with_it if leaf in Segment.declared else ():
            self._driver(segment, Segment.declared[leaf], value)
        return bool(with_it) and leaf in Segment.declared

    def _of_owner(self, owner: str, leaf: str, value: Any, name: str) -> bool:
        for segment in self.segments:
            if segment["name"].casefold() == owner and leaf in Segment.declared:
                self._driver(segment, Segment.declared[leaf], value)
                return True
        for table in self.tables:
            if owner in table.rows and (field := table.known(leaf)):
                table.put(field, table.rows[owner], value, name, moves=self.moves)
                return True
        return False

    def _driver(self, values: dict[str, Any], field: Field, value: Any) -> None:
        if isinstance(value, str):
            values[field.name] = None if value == NONE else value
            return
        before = values[field.name]
        self.was.append((field, before))
        if isinstance(value, Relative):
            values[field.name] = value.of(before, field.name)
            return
        path = field.extent == YEARLY and before is not None and np.shape(before)[-1:] > (1,)
        value = _of_each(value, yearly=field.extent == YEARLY)
        if self.moves and not path:
            if field.kind != "number":
                raise InputError(
                    self.place, f"must join inputs that are numbers, but {field.name} is not one"
                )
            # What is left out follows from other inputs.
            value = None if before is None else before + value
        values[field.name] = _shifted(before, value) if path else value

    def _names(self) -> Iterator[str]:
        yield from self.company
        for segment in self.segments:
            yield from (f"{segment['name']}{SLASH}{driver}" for driver in Segment.declared)
        for table in self.tables:
            yield from table.names
            yield from (f"{row}{SLASH}{name}" for row in table.table.name for name in table.names)

    def made(self) -> Business:
        """Make the changed business; what nothing changed stays as it is."""
        tables = {type(t.table): t.made() for t in self.tables}
        drivers = self.before.drivers
        owners = drivers.stated.get("segments", ())
        segments = tuple(s.changed(**v) for s, v in zip(owners, self.segments, strict=True))
        if any(made is not s for made, s in zip(segments, owners, strict=True)):
            self.company["segments"] = segments
        return Business(
            drivers.changed(**self.company),
            tables[Securities],
            tables.get(SignedContracts, self.contracted),
            tables.get(Plant),
        )


class _Columns:
    """A table whose columns are being changed."""

    def __init__(self, table: Any) -> None:
        self.table = table
        self.rows = {name.casefold(): [i] for i, name in enumerate(table.name)}
        if isinstance(table, Securities):
            # Of a type that no security has, nothing changes.
            for kind in Securities.declared["kind"].choices:
                rows = [i for i, own in enumerate(table.kind) if own == kind]
                self.rows.setdefault(kind, []).extend(rows)
        self.changed: dict[str, Any] = {}
        self.was: list[tuple[Field, Any]] = []
        #: Fields by how they may be spelled: as in Python, and by their header.
        self.names = {
            spelling: name
            for name, f in type(table).declared.items()
            if not f.key
            for spelling in (name, spelled(f.header))
        }
        if isinstance(table, SignedContracts):
            # A table of terms has another header for it.
            self.names[spelled(Contracts.declared["renewal"].header)] = "renewal_rate"

    def known(self, leaf: str) -> Field | None:
        name = self.names.get(leaf)
        return None if name is None else type(self.table).declared[name]

    def lacks(self, field: Field) -> bool:
        """Tell whether no row has a number in a column."""
        column = self.changed.get(field.name, getattr(self.table, field.name))
        return isinstance(column, np.ndarray) and bool(np.isnan(column).all())

    def put(
        self, field: Field, rows: list[int], value: Any, name: str, *, moves: bool = False
    ) -> None:
        """Change a column, in some of its rows, or move it."""
        before = self.changed.get(field.name, getattr(self.table, field.name))
        if not isinstance(before, tuple | list):
            self.was.append((field, np.asarray(before)[..., rows]))
        relative = isinstance(value, Relative)
        if relative:
            own = before if field.kind in ("text", "choice") else np.asarray(before)[..., rows]
            value = value.of(own, name)
        if field.kind in ("text", "choice"):
            self.changed[field.name] = [
                value if place in rows else text for place, text in enumerate(before)
            ]
            return
        if isinstance(value, str):
            if value != NONE or field.required:
                raise InputError(name, f"must be a number, not {shown(value)}")
            value = np.nan if field.default is None else field.default
        number = np.asarray(_of_each(value), dtype=np.float64)
        if not relative:
            number = number[..., None]
        if moves and not relative:
            number = np.asarray(before)[..., rows] + number
        shape = np.broadcast_shapes(np.shape(before), (*number.shape[:-1], len(self.table)))
        columns = np.array(np.broadcast_to(before, shape), dtype=np.float64)
        columns[..., rows] = number
        self.changed[field.name] = columns

    def made(self) -> Any:
        return self.table.changed(**self.changed)


def _of_each(value: Any, *, yearly: bool = False) -> Any:
    """Return the numbers of scenarios as an input takes them."""
    if not isinstance(value, Scenarios):
        return value
    return value.numbers[..., None] if yearly else value.numbers


def _shifted(path: Any, value: Any) -> Any:
    """Shift a path by one number, or replace it by as many numbers."""
    number = np.asarray(value, dtype=np.float64)
    return np.asarray(path) + number if not number.ndim or number.shape[-1] == 1 else number


def _number(path: Floats, value: Any, name: str) -> Any:
    if isinstance(value, Relative):
        return value.of(path, name)
    if isinstance(value, str):
        if value != NONE:
            raise InputError(name, f"must be numbers, not {shown(value)}")
        return None
    return _shifted(path, value)
