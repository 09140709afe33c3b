"""Why the calls in one of Calc's cells fail: what OFFTAKE_WHY answers."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from workbook.functions import CATALOGUE
from workbook.hosts.asked import Asked, calls_in, unknown_in
from workbook.package.areas import areas_read
from workbook.package.cells import ErrorValue, Place, Value, Values, address
from workbook.package.minimal import Page, package
from workbook.package.open_formula import quoted_where_needed
from workbook.package.written_out import CannotWriteOutError, Scope

#: The sheet, the row and column of the first cell, and the rows of an area.
Block = tuple[str, int, int, list[list[Any]]]


def why(
    sheet: str,
    row: int,
    column: int,
    formula: str,
    names: dict[str, str],
    held: list[Block] | None = None,
    fails: bool = False,
    block: bool = False,
) -> Any:
    """Say why the calls in a formula fail, or which cells must be known to say so.

    Parameters
    ----------
    sheet : str
        The sheet of the formula.
    row, column : int
        Its cell.
    formula : str
        The formula, as Excel's files have it.
    names : dict
        What the names of the document refer to.
    held : list of Block, optional
        What the cells hold to which the formula refers.
    fails : bool, optional
        Whether the cell shows an error.
    block : bool, optional
        Whether the formula fills a block of cells.

    Returns
    -------
    str or list
        The sentence, empty if all is well; without `held`, the sheet of each area to which the
        formula refers, its first row and column, and its last.

    Examples
    --------
    >>> why("Deal", 1, 1, "DCF_TERMINAL_GROWTH(B1,0.05,0.06)", {})
    [['Deal', 1, 2, 1, 2]]
    >>> why("Deal", 1, 1, "DCF_TERMINAL_GROWTH(B1,0.05,0.06)", {}, [("Deal", 1, 2, [[100.0]])])
    'DCF_TERMINAL_GROWTH: growth must be below the discount rate, not 0.06.'
    """
    with suppress(CannotWriteOutError):
        formula = Scope.of_names(names).written_out(formula, sheet, (row, column))
    folded = {name.casefold(): text for name, text in names.items()}
    areas = [*areas_read(formula, sheet, folded)]
    if held is None:
        return [[a.sheet, *a.first, *a.last] for a in areas]
    values: Values = {}
    for title, top, left, rows in held:
        of_sheet = values.setdefault(title, {})
        for i, cells in enumerate(rows):
            of_sheet |= {(top + i, left + j): _value(cell) for j, cell in enumerate(cells)}
    for area in areas:
        # To a function of an add-in, an empty cell is 0 in Calc.
        if area.single and values.get(area.sheet, {}).get(area.first) in (None, ""):
            values.setdefault(area.sheet, {})[area.first] = 0.0
    asked = Asked(package({title: Page() for title in {sheet, *values}}, names), values)
    said = _sentence(asked, sheet, (row, column), formula, fails)
    return said or ("" if block else _more_than_shown(formula))


def _sentence(asked: Asked, sheet: str, at: Place, formula: str, fails: bool) -> str:
    calls = calls_in(formula)
    answer = asked.ask(sheet, at, formula)
    if answer.refused:
        return " ".join(
            f"{str(refusal).removesuffix('.')}"
            f"{f'; see {_named(*refusal.cell)}' if refusal.cell else ''}."
            for refusal in answer.refused
        )
    if not fails:
        return ""
    if unknown := unknown_in(formula):
        return f"The formula calls {unknown}, which Offtake cannot calculate."
    read = [f"{_named(s, at)} ({error})" for s, at, error in asked.errors_read(sheet, formula)]
    cause = f"comes from {', '.join(read)}" if read else "is in the rest of the formula"
    what = "No call in it is refused" if calls else "The formula calls no Offtake function"
    return f"{what}; the error {cause}."


def _more_than_shown(formula: str) -> str:
    """Say that a cell shows only part of a table."""
    calls = calls_in(formula)
    if not calls or (calls[0].start, calls[0].end) != (0, len(formula)):
        return ""
    name = calls[0].function
    if CATALOGUE[name].returns == "number":
        return ""
    return (
        f"{name} returns a table, of which the cell shows only the first cell; to get all of it, "
        "press F2, type a space after the formula, and press Ctrl+Shift+Enter."
    )


def _named(sheet: str, at: Place) -> str:
    return f"{quoted_where_needed(sheet)}!{address(*at)}"


def _value(cell: Any) -> Value:
    return ErrorValue(cell["error"]) if isinstance(cell, dict) else cell
