"""Builds a workbook from another's inputs, with everything that a user has added to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime

from model.case.case import Case
from model.case.longer import longer
from model.case.room import with_blank_rows
from model.case.stated import entries
from model.errors import InputError
from model.valuation import Valuation, value
from workbook import configuration, supervised, template
from workbook.check.keyed import Keyed, keyed_sheets
from workbook.check.report import is_ours
from workbook.edits.carrying import Carrier
from workbook.edits.compared import Change
from workbook.edits.corresponding import Corresponding
from workbook.edits.log import NOT_KEPT, Log, carried
from workbook.edits.lost import lost
from workbook.edits.more_years import MoreYears
from workbook.edits.pull import Pulled, read
from workbook.edits.unlogged import Entry, unlogged
from workbook.hosts import headless
from workbook.package.archive import reading
from workbook.package.cells import Place, Values
from workbook.package.package import Package
from workbook.package.writing import Draft
from workbook.template.sheets import case_text

#: How often inputs are typed whose formulas give another value, before all of them are.
ROUNDS = 5
#: What a workbook lacks that an older version has built.
OLDER = (
    "must have the sheet Case and the hidden keys of rows and columns, which workbooks of older "
    "versions lack; `offtake pull` copies its inputs into a case, which `offtake build` builds"
)


@dataclass(frozen=True)
class Rebuilt:
    """A workbook that was built from another one.

    Parameters
    ----------
    package : Package
        The workbook.
    values : Values
        The values of its formulas.
    valued : Valuation
        The value of its case.
    changes : list of Change
        The inputs that differ from the case that the other one was built from.
    rows : int
        How many rows, among them securities and bands, were added.
    carried : dict
        How many of each kind were carried.
    left : list of str
        What could not be carried.
    lines : list of str
        If the forecast is longer: what was continued, and what else to know of it.
    """

    package: Package
    values: Values
    valued: Valuation
    changes: list[Change]
    rows: int
    carried: dict[str, int]
    left: list[str]
    lines: list[str] = field(default_factory=list)


def rebuilt(package: Package, when: datetime, added: int = 0, rows: int | None = None) -> Rebuilt:
    """Build the workbook of what a workbook states, with everything that was added to it.

    Parameters
    ----------
    package : Package
        A workbook that was built from a case.
    when : datetime
        The time of the changes.
    added : int
        How many years longer the forecast is to be.
    rows : int, optional
        How many blank rows the tables are to have; if omitted, as many as they were built with.

    Raises
    ------
    InputError
        When it is another workbook or one without keys, an input cannot be read, or no case may
        have the inputs.
    """
    found = _rebuilt(package, when, 0, rows)
    if not added:
        return found
    # Rows are where they were built, so that only columns move.
    more = _rebuilt(found.package, when, added, None)
    left = [*dict.fromkeys([*found.left, *more.left])]
    # What the first of them has logged was not carried.
    counts = {kind: number for kind, number in more.carried.items() if kind in found.carried}
    return replace(more, changes=found.changes, rows=found.rows, carried=counts, left=left)


def _rebuilt(package: Package, when: datetime, added: int, rows: int | None) -> Rebuilt:
    with reading():
        plain = package.plain
        sheets = _keyed(plain)
    pulled = read(plain, None, case_text.TITLE, when.date())
    supervised.lifted()
    assert pulled.built is not None  # It has the sheet of the case.
    case, lines = pulled.case, list[str]()
    with pulled.places.located():
        if rows is not None:
            case = with_blank_rows(case, rows, case_text.TITLE)
        if added:
            longer_case = longer(case, added, case_text.TITLE)
            case, lines = longer_case.case, longer_case.lines
        valued = value(case)
        draft = template.drafted(case, valued)
    more = (
        MoreYears(template.drafted(pulled.case), draft, pulled.case.years, added) if added else None
    )
    with reading():
        corresponding = _corresponding(plain, draft, sheets, pulled, more)
        log, changes, note = _log(plain, pulled)
    apart = {(log.title, at) for at in log.places} if log else set()
    carrier = Carrier(plain, pulled.evaluation, draft, corresponding, pulled.built, apart)
    made, values = _built(case, valued, when.date(), carrier)
    made = carried(made, log, changes, when)
    if log is not None and log.rows:
        carrier.counts["logged change"] = len(log.rows)
    left = [*note, *carrier.left, *lost(plain, draft, corresponding.titles, corresponding.own)]
    fresh = [path for path in entries(pulled.case) if path not in set(entries(pulled.built))]
    left += [
        f"{old}: the name of the sheet, which is called {new} again"
        for old, new in corresponding.titles.items()
        if old != new
    ]
    left += [
        f"{old} is called {new}, because the workbook has a sheet {old}"
        for old, new in corresponding.own.items()
        if old != new
    ]
    counts = dict(carrier.counts)
    lines += carrier.notes
    return Rebuilt(made, values, valued, pulled.changes, len(fresh), counts, left, lines)


def _log(package: Package, pulled: Pulled) -> tuple[Log | None, list[Entry], list[str]]:
    """Return the log of a file, and what it lacks; of one with other headers, why it is not kept.

    The rows of that are carried as cells of the user's own.
    """
    try:
        log = Log.opened(package)
    except InputError as error:
        return None, [], [f"{NOT_KEPT}: {error}"]
    return log, unlogged(pulled.inputs, {} if log is None else log.known), []


def _keyed(package: Package) -> dict[str, Keyed]:
    """Return the sheets with keys, or refuse a workbook that is none of ours or has none."""
    if not is_ours(package):
        raise InputError("workbook", "must have been built with `offtake build`")
    found = keyed_sheets(package)
    if not found or case_text.read(package) is None:
        raise InputError("workbook", OLDER)
    return found


def _corresponding(
    file: Package,
    draft: Draft,
    sheets: dict[str, Keyed],
    pulled: Pulled,
    more: MoreYears | None,
) -> Corresponding:
    """Find where the cells of a file are, by the texts of rows if rows were added or sorted."""
    there = keyed_sheets(draft)
    named = {keyed.title for keyed in sheets.values()}
    hidden = (case_text.TITLE, configuration.SHEET)
    own: dict[str, str] = {}
    for title in file.sheets:
        if title in named or title in hidden:
            continue
        if title in there and title not in sheets:
            raise InputError(
                title, "must have its hidden row and column of keys, or else another name"
            )
        own[title] = _free(title, {*draft.sheets, *own.values()})
    moved = pulled.sorted or entries(pulled.case) != entries(pulled.built or pulled.case)
    moved = moved or any(
        sorted(map(str, sheets[title].rows.values())) != sorted(map(str, keyed.rows.values()))
        for title, keyed in there.items()
        if title in sheets
    )
    values = (pulled.evaluation.values, headless.evaluate(draft)) if moved else None
    return Corresponding(file, draft, own, values, more)


def _free(title: str, taken: set[str]) -> str:
    """Return the title of a user's sheet, or a similar one if the workbook has that."""
    used = {each.casefold() for each in taken}
    numbered = (f"{title[:27]} {number}" for number in range(2, 1000))
    return next(name for name in (title, *numbered) if name.casefold() not in used)


def _built(case: Case, valued: Valuation, day: date, carrier: Carrier) -> tuple[Package, Values]:
    """Build the workbook with everything that is carried.

    An input whose formula gives another value there than in the file is typed.
    """
    wrong, workbook = set[tuple[str, Place]](), carrier.draft.workbook
    for _ in range(ROUNDS):
        carrier.into(workbook, wrong)
        draft = Draft(workbook)
        draft.know(carrier.known)
        found = headless.evaluated(draft)
        differing = carrier.differing(found.values)
        if not differing:
            break
        wrong |= differing
        workbook = template.written(case, day, valued)
    others = [
        line
        for line, (sheet, at) in zip(found.lines, found.left, strict=True)
        if at not in carrier.known.get(sheet, {})
    ]
    if others:
        raise headless.EvaluationError("\n".join(others))
    draft.know({sheet: {} for sheet in carrier.known})
    return template.finished(draft, found.values), found.values
