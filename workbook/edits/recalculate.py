"""New values for the formulas of a workbook, in its own file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from model.errors import InputError
from workbook.check.built_from import as_built
from workbook.check.differences import largest_in_rows, same
from workbook.check.headers import check_days, check_headers
from workbook.check.held import Held as Inputs
from workbook.check.key_results import KeyResult, key_results
from workbook.hosts.headless import Evaluation, evaluated
from workbook.package.archive import reading, with_parts
from workbook.package.cells import Place, Value, Values
from workbook.package.finish.sheets import kind_and_text
from workbook.package.package import Package
from workbook.package.values import Held, with_values
from workbook.package.without_formulas import check_formulas
from workbook.status import STATUS, is_as_built

#: Names that every workbook of the model has.
NAMES = ("Drivers", "Securities")


@dataclass(frozen=True)
class Recalculated:
    """A workbook with new values.

    Parameters
    ----------
    file : bytes
        The file; the same object as before if no value changes.
    changed : int
        How many cells have another value, rounding apart.
    results : list of KeyResult
        The key results, before and after.
    evaluation : Evaluation
        All values, and the cells that could not be evaluated.
    """

    file: bytes
    changed: int
    results: list[KeyResult]
    evaluation: Evaluation


def recalculate(file: bytes | Package) -> Recalculated:
    """Evaluate the formulas of a workbook and write their values into its file.

    Only the values of cells with formulas, and of cells that array formulas fill, are written; what
    else is in the file stays as it is, byte for byte.

    Parameters
    ----------
    file : bytes or Package
        An .xlsx or .xlsm file that was built from a case, with whatever was added since.

    Raises
    ------
    InputError
        For a file that is damaged, not a workbook of this model, or one of values only, and where
        the header of an input table is not as it was built.
    """
    with reading():
        package = Package.opened(file)
        names = package.names
    for name in NAMES:
        if name not in names:
            raise InputError("workbook", f"must have the name {name}, as every built workbook has")
    with reading():
        check_formulas(package)
        if (built := as_built(package)) is not None:
            check_headers(Inputs(package), built)
        check_days(package)
    found = evaluated(package)
    made = package.saved()
    with reading():
        held = package.cached
        changed = sum(1 for _ in _changes(held, found.values))
        results = key_results(package.plain, found.values)
        if changed:
            made = with_parts(made, _parts(package, held, found.values))
    return Recalculated(made, changed, results, found)


def _changes(held: Values, found: Values) -> Iterator[tuple[str, Place]]:
    """Yield the cells whose value changes: by more than rounding, and not from that of the build.

    A file of another program holds its own rounding; what differs by no more is no change.
    """
    largest = largest_in_rows(found)
    for sheet, of_sheet in held.items():
        for at, before in of_sheet.items():
            after = found[sheet][at]
            unchanged = same(before, after, largest[sheet, at[0]]) or _equal(before, after)
            if not unchanged and not is_as_built(STATUS, before):
                yield sheet, at


def _equal(before: Value, after: Value) -> bool:
    """Tell whether a file has the same for two values: it does not know the newest errors."""
    same = type(before) is type(after)
    return same and (before == after or _written(before) == _written(after))


def _parts(package: Package, held: Values, found: Values) -> dict[str, bytes]:
    """Return the sheets in which a value is to be written, rounding included."""
    parts = {}
    for name, sheet in package.sheets.items():
        values: dict[Place, Held] = {
            at: kind_and_text(after)
            for at, before in held[name].items()
            if not _equal(before, after := found[name][at])
        }
        if values:
            parts[sheet.part] = with_values(package.parts[sheet.part], values)
    return parts


def _written(value: Value) -> Held | None:
    """Return how a file has a value; None for what no file may have."""
    try:
        return kind_and_text(value)
    except ValueError:
        return None
