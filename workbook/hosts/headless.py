"""Evaluates a workbook without any spreadsheet program, by the engine formualizer.

The engine calls the same functions of the catalogue as every other host. Where it would give
another answer than Excel without saying so, `evaluate` refuses the workbook instead:

- The engine fills as many cells as a function returns, whatever range the file names.
- It lets a formula that is not an array formula fill its neighbours; Excel shows one value.
- It hands over 0 for an argument that is left out before a comma or a closing bracket, as in
  ``F(a, , b)``; Excel hands over nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from openpyxl.formula.translate import Translator

from model.errors import InputError
from workbook.arguments import EXCEL_ERRORS
from workbook.catalogue import Function
from workbook.functions import CATALOGUE
from workbook.package.archive import reading
from workbook.package.cells import ErrorValue, Formula, Place, Value, Values, address, cells, place
from workbook.package.formulas import calls_with_gaps, replaced, tokens
from workbook.package.links import ADDIN, linked_files, other_file
from workbook.package.package import Package
from workbook.refusal import REFUSAL

__all__ = ["ErrorValue", "EvaluationError", "Values", "evaluate"]

#: What xlwings Lite puts before the name of a function in a saved file.
LITE_PREFIX = "_XLDUDF_"

#: Excel's errors by the engine's names for them. The engine has further ones, such as a
#: circular reference or a function that it lacks: these are no values of a cell in Excel.
_ERRORS = {
    "Null": "#NULL!",
    "Div": "#DIV/0!",
    "Value": "#VALUE!",
    "Ref": "#REF!",
    "Name": "#NAME?",
    "Num": "#NUM!",
    "Na": "#N/A",
    "Calc": "#CALC!",
}
#: A reference in a formula: its sheet, in quotation marks or not, and its cells; or a name.
_REFERENCE = re.compile(
    r"(?:'((?:[^']|'')++)'!|([A-Za-z_][\w.]*+)!)?"
    r"(?:(\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?)\b|([A-Za-z_][\w.]*+))"
)
#: A formula without ranges, names and arrays, whose functions give one value for single cells.
_ONE_VALUE = re.compile(
    r"""(?:'[^']*+'!|\$?[A-Z]{1,3}\$?\d++|"[^"]*+"|[-+*/^&=<>(),.\d\s%]|TRUE|FALSE
    |(?:ABS|AND|COLUMN|EOMONTH|HYPERLINK|IF|IFERROR|ISERROR|ISNUMBER|ISTEXT|LEFT|LEN|MAX|MIN|N|NOT
    |OR|RIGHT|ROUND|ROW|SUBSTITUTE|SUM|TEXT)\()*+""",
    re.VERBOSE,
)
_KINDS = {text: kind for kind, text in _ERRORS.items()}

#: Formulas of which is remembered what they may give.
FORMULAS = 2**16

_REFUSED = {
    "Spill": "is to fill cells that are not empty",
    "Circ": "refers to itself",
    "Error": "cannot be read as a formula",
    "NImpl": "uses what the engine does not support",
}


#: A cell with a formula, and its sheet.
Cell = tuple[str, Place]


class EvaluationError(ValueError):
    """A workbook that cannot be evaluated as Excel would: one line for each cell at fault."""


def evaluate(package: bytes | Package) -> Values:
    """Evaluate every formula of a workbook.

    Parameters
    ----------
    package : bytes or Package
        An .xlsx file, with cached values or without.

    Returns
    -------
    dict
        Sheet -> (row, column) -> value, for every cell that holds a formula or is filled by an
        array formula. Dates are serial numbers. An error is an `ErrorValue`; where a function
        of the catalogue refused its arguments, with the sentence that it gave. Where an array
        formula gives an error, the cells that it would have filled are None.

    Raises
    ------
    InputError
        For a file that is damaged.
    EvaluationError
        For an array formula whose result has another shape than its range or finds cells that
        are not empty, any other formula that gives more than one value, a call of the catalogue
        that leaves an argument out between others, a formula that refers to itself or to another
        file, and one that the engine cannot read or does not support.
    """
    import formualizer

    with reading():
        package = Package.opened(package).plain
        found = {name: dict(sheet.formulas) for name, sheet in package.sheets.items()}
        areas = package.all_names
        files = linked_files(package.parts)
    _enter_names(found, areas, files)
    _refuse_other_files(found, files)
    with reading():
        book = formualizer.load_workbook_bytes(package.without_formulas())
    book.set_temporal_egress("serial")
    sentences: list[str] = []
    for function in (*CATALOGUE.values(), REFUSAL):
        for name in (function.name, LITE_PREFIX + function.name):
            # Too few arguments are for the catalogue to refuse: it names the one that is missing.
            call = _callback(function, sentences)
            book.register_function(name, call, max_args=len(function.parameters))
    enter(book, in_turns(found, areas))

    filled = {sheet: package.sheets[sheet].filled for sheet in found}
    values = values_of(book, found, filled)
    for sheet, of_sheet in found.items():
        for at, formula in of_sheet.items():
            value = values[sheet][at]
            if isinstance(value, ErrorValue) and any(map(_catalogued, tokens(formula.text))):
                reason = _reason(book, sheet, at, formula, sentences)
                values[sheet][at] = ErrorValue(value.text, reason)
    return values


def _enter_names(
    found: dict[str, dict[Place, Formula]], names: dict[str, str], files: dict[str, str]
) -> None:
    """Replace a name by its reference in the formulas that use it.

    This is for names that call the catalogue or refer to another file: the engine drops those.
    """
    dropped = {
        name.casefold(): text
        for name, text in names.items()
        if any(map(_catalogued, tokens(text))) or other_file(text, files)
    }
    for of_sheet in found.values() if dropped else ():
        for at, formula in of_sheet.items():
            here = {
                name: f"({Translator('=' + text, 'A1').translate_formula(address(*at))[1:]})"
                for name, text in dropped.items()
                if name in formula.text.casefold()
            }
            text = replaced(formula.text, here)
            if text != formula.text:
                of_sheet[at] = replace(formula, text=text)


def _refuse_other_files(found: dict[str, dict[Place, Formula]], files: dict[str, str]) -> None:
    faults = [
        f"{sheet}!{address(*at)} refers to the file {file}, and of other files only the "
        f"functions of {ADDIN} are known: ={formula.text}"
        for sheet, of_sheet in found.items()
        for at, formula in of_sheet.items()
        if (file := other_file(formula.text, files))
    ]
    if faults:
        raise EvaluationError("\n".join(faults))


def enter(book: Any, turns: list[dict[Cell, str]]) -> None:
    """Enter formulas into the engine and evaluate them, turn by turn."""
    for turn in turns:
        for (sheet, at), text in turn.items():
            try:
                book.set_formula(sheet, *at, text)
            except RuntimeError as error:
                # Of a formula that refers to its own cell, the engine says so at once.
                if "#CIRC!" not in str(error):
                    raise
                where = f"{sheet}!{address(*at)}"
                raise EvaluationError(f"{where} {_REFUSED['Circ']}: {text}") from None
        book.evaluate_all()


def values_of(
    book: Any, found: dict[str, dict[Place, Formula]], filled: dict[str, list[Place]]
) -> Values:
    """Return the values that the engine has found, or refuse what Excel would show otherwise."""
    raw = {sheet: {at: book.get_value(sheet, *at) for at in of} for sheet, of in filled.items()}
    faults = [
        f"{sheet}!{address(*at)} {fault}: ={formula.text}"
        for sheet, of_sheet in found.items()
        for at, formula in of_sheet.items()
        if (fault := _fault(book, sheet, at, formula, raw[sheet]))
    ]
    if faults:
        raise EvaluationError("\n".join(faults))
    return {sheet: {at: _value(value) for at, value in of.items()} for sheet, of in raw.items()}


def in_turns(
    found: dict[str, dict[Place, Formula]], areas: dict[str, str]
) -> list[dict[Cell, str]]:
    """Return the formulas as the engine evaluates them, each once and in the right order.

    The engine orders formulas by the cells that they name, and knows of an array formula as its
    first cell alone. So of the formulas that array formulas depend on, those that read an array
    name that cell too, where it makes no difference to the value. Whenever an array formula fills
    cells, the engine goes through all formulas that follow from them. So the others are entered
    later, when the arrays have their values: nothing has to be known of what these read.
    """
    arrays = {(sheet, at) for sheet, of in found.items() for at in of if of[at].ref}
    reads = _reader(found, areas)
    first: dict[Cell, set[Cell]] = {}
    reached = arrays
    while reached:
        first |= {cell: reads(cell) for cell in reached}
        reached = set().union(*(first[cell] for cell in reached)) - first.keys()
    turns: list[dict[Cell, str]] = [{}, {}]
    for sheet, of_sheet in found.items():
        for at, formula in of_sheet.items():
            read = first.get((sheet, at))
            turns[read is None][sheet, at] = f"={ordered(formula.text, (read or set()) & arrays)}"
    return turns


def ordered(text: str, arrays: Iterable[Cell]) -> str:
    """Let a formula name the first cells of the arrays that it reads."""
    named = ",".join(f"{quoted(sheet)}!{address(*at)}" for sheet, at in sorted(arrays))
    return f"IF(TRUE,{text},COUNTA({named}))" if named else text


def _reader(
    found: dict[str, dict[Place, Formula]], areas: dict[str, str]
) -> Callable[[Cell], set[Cell]]:
    """Tell which formulas a formula reads: in their own cells or in those that they fill."""
    rows: dict[tuple[str, int], dict[int, Cell]] = {}
    for sheet, of_sheet in found.items():
        for at, formula in of_sheet.items():
            for row, column in cells(formula.ref) if formula.ref else [at]:
                rows.setdefault((sheet, row), {})[column] = sheet, at
    last = max((row for _, row in rows), default=0)
    folded = {name.casefold(): area for name, area in areas.items()}

    @cache
    def behind(sheet: str, ref: str) -> set[Cell]:
        (top, left), (bottom, right) = _corners(ref)
        return {
            cell
            for row in range(top, min(bottom, last) + 1)
            for column, cell in rows.get((sheet, row), {}).items()
            if left <= column <= right
        }

    def reads(cell: Cell) -> set[Cell]:
        sheet, at = cell
        read = references(found[sheet][at].text, sheet, folded)
        return set().union(*(behind(*reference) for reference in read))

    return reads


def references(text: str, sheet: str, areas: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the sheet and the cells of each reference in a formula, also behind names."""
    for in_quotes, plain, ref, name in _REFERENCE.findall(text):
        if ref:
            yield in_quotes.replace("''", "'") or plain or sheet, ref
        elif name.casefold() in areas:
            yield from references(areas[name.casefold()], sheet, {})


def quoted(sheet: str) -> str:
    """Write the name of a sheet as a reference has it."""
    return "'" + sheet.replace("'", "''") + "'"


def _corners(ref: str) -> tuple[Place, Place]:
    first, _, last = ref.replace("$", "").partition(":")
    return place(first), place(last or first)


def _callback(function: Function, sentences: list[str]) -> Callable[..., Any]:
    """Adapt a function of the catalogue to the engine, keeping what it says when it refuses."""

    def call(*given: Any) -> Any:
        try:
            return function.call(*map(_argument, given))
        except InputError as error:
            sentences.append(str(error))
            return {"type": "Error", "kind": _KINDS[EXCEL_ERRORS[error.reason]]}
        except Exception as error:
            sentences.append(f"{type(error).__name__}: {error}")
            raise  # The engine makes it #VALUE!.

    return call


def _argument(value: Any) -> Any:
    """Give an error as the text that the catalogue knows and refuses."""
    if isinstance(value, list):
        return [[_argument(cell) for cell in row] for row in value]
    if isinstance(value, dict):
        return _ERRORS.get(value["kind"], "#VALUE!")
    return value


def _extent(book: Any, sheet: str, at: Place) -> str | None:
    """Give the range that a formula fills; None for its own cell alone."""
    spill = book.inspect_cell(f"{quoted(sheet)}!{address(*at)}", include_values=False).cell.spill
    return spill.extent.rpartition("!")[2] if spill else None


def _fault(book: Any, sheet: str, at: Place, formula: Formula, raw: dict[Place, Any]) -> str | None:
    """Say where the engine does other than Excel would."""
    one_value = formula.ref is None and _gives_one_value(formula.text)
    if not one_value and _leaves_a_gap(formula.text):
        return "leaves out an argument between others"
    if isinstance(raw[at], dict):
        kind = raw[at]["kind"]
        return None if kind in _ERRORS else _REFUSED.get(kind, f"gives the error {kind}")
    if one_value or (formula.ref is None and not _may_spill(book, sheet, at, raw)):
        return None
    if (extent := _extent(book, sheet, at)) == formula.ref:
        return None
    shape, expected = _shape(extent), _shape(formula.ref)
    if shape == expected:
        return None
    if formula.ref is None:
        return f"gives {shape}, and is not an array formula"
    return (
        f"gives {shape}, and its range {formula.ref} has {expected}, as when rows of a table are "
        "added or cleared after the workbook was built"
    )


@lru_cache(maxsize=FORMULAS)
def _gives_one_value(text: str) -> bool:
    return _ONE_VALUE.fullmatch(text) is not None


@lru_cache(maxsize=FORMULAS)
def _leaves_a_gap(text: str) -> bool:
    return any(map(_catalogued, calls_with_gaps(text)))


def _may_spill(book: Any, sheet: str, at: Place, raw: dict[Place, Any]) -> bool:
    """Tell whether something is in a cell next to a formula that the file may have left empty.

    To ask the engine for the extent takes thirty times as long as for a value.
    """
    row, column = at
    return any(
        cell not in raw and book.get_value(sheet, *cell) is not None
        for cell in ((row, column + 1), (row + 1, column))
    )


def _shape(ref: str | None) -> str:
    if ref is None:
        return "1 x 1 cells"
    (top, left), (bottom, right) = _corners(ref)
    return f"{bottom - top + 1} x {right - left + 1} cells"


def _value(raw: Any) -> Value:
    if isinstance(raw, dict):
        return ErrorValue(_ERRORS.get(raw["kind"], "#VALUE!"), raw.get("message", ""))
    if isinstance(raw, float | int) and not isinstance(raw, bool):
        return float(raw)
    return raw  # type: ignore[no-any-return]


def _reason(book: Any, sheet: str, at: Place, formula: Formula, sentences: list[str]) -> str:
    """Give the sentence behind an error.

    The engine does not say for which cell it calls a function, so the cell is entered again and
    evaluated alone: a first time to settle the cells that it refers to, a second time to listen.
    """
    for _ in range(2):
        sentences.clear()
        book.set_formula(sheet, *at, "=" + formula.text)
        book.evaluate_cell(sheet, *at)
    return sentences[0] if sentences else ""


def _catalogued(function: str) -> bool:
    return function.upper().removeprefix(LITE_PREFIX) in CATALOGUE
