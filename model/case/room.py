"""Makes room in the tables of a case's workbook."""

from __future__ import annotations

from model.case.case import Case, of_text
from model.case.document import Document


def with_blank_rows(case: Case, rows: int, name: str = "case") -> Case:
    """Return a case whose workbook has some blank rows below each table that grows.

    Parameters
    ----------
    case : Case
    rows : int
        How many.
    name : str
        The name by which errors call the case.

    Raises
    ------
    InputError
        For a number of rows that is out of bounds.

    Examples
    --------
    >>> from model.case.case import load
    >>> with_blank_rows(load("cerebras"), 10).company.blank_rows
    10
    """
    document = Document(case.text)
    document.put(("company", "blank_rows"), rows)
    return of_text(document.text, name)
