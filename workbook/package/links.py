r"""References to other files, including calls to the catalogue through the add-in's file.

In a workbook whose functions come from the add-in, Excel writes ``[1]!DILUTED_SHARES(A1)``: the
first of the other files that the workbook lists. A file may also be written in full, as Excel does
on screen: ``'C:\somewhere\offtake.xlam'!DILUTED_SHARES(A1)``. Wherever the add-in was, the
function is the catalogue's. With a sheet, as in ``[1]Sheet1!DILUTED_SHARES(A1)``, it would be a
name of that sheet, which the add-in's functions never are.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from workbook.package.archive import parsed
from workbook.package.formulas import rewritten

#: The add-in's file. Case is ignored, as in Windows.
ADDIN = "offtake.xlam"

#: The text before an exclamation mark, and the function called after it; or a string.
_REFERENCE = re.compile(
    r"""
    "(?:[^"]|"")*"
  | (?: (?<![\w\]])\[(?P<listed>[^\[\]]++)\](?P<sheet>[\w.:]*+)
      | '(?P<quoted>(?:[^']|'')+)'
      | (?<![\w.])(?P<plain>[\w.]++)
    ) ! (?:(?P<call>[A-Za-z_]\w*+)\s*+(?=\())?
  | '(?:[^']|'')*'
    """,
    re.VERBOSE,
)

#: Found in every reference to another file, and in few other formulas.
_FOREIGN = re.compile(r"\[|\\|\.xl|/[^'/]*+(?:''[^'/]*+)*+'!", re.IGNORECASE)


def linked_files(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Name the other files to which a workbook refers by number.

    Returns
    -------
    dict
        Number, from ``"1"`` on -> name of the file without its folder.
    """
    references = parsed(parts["xl/workbook.xml"]).findall("externalReferences/externalReference")
    found = {}
    for number, reference in enumerate(references, 1):
        part = posixpath.join("xl", _target(parts, "xl/workbook.xml", reference.get("r:id")))
        book = parsed(parts[part]).find("externalBook") if part in parts else None
        file = "" if book is None else file_name(unquote(_target(parts, part, book.get("r:id"))))
        if file:
            found[str(number)] = file
    return found


def plain_calls(parts: dict[str, bytes]) -> dict[str, bytes]:
    """Write calls by way of the add-in as plain calls.

    Parameters
    ----------
    parts : dict
        The parts of an .xlsx file.

    Returns
    -------
    dict
        The parts, the same object if there is no such call. References to another file, or to a
        function outside the catalogue, stay.
    """
    if not any(b"]!" in part or ADDIN.encode() in part.lower() for part in parts.values()):
        return parts
    from workbook.refusal import CALLABLE

    files = linked_files(parts)

    def plain(found: re.Match[str]) -> str:
        call = found["call"] or ""
        of_a_sheet = found["sheet"] or "]" in (found["quoted"] or "")
        ours = (_file(found, files) or "").casefold() == ADDIN and not of_a_sheet
        return call if ours and call.upper() in CALLABLE else found[0]

    return rewritten(parts, lambda formula: _REFERENCE.sub(plain, formula))


def other_file(formula: str, files: Mapping[str, str]) -> str | None:
    """Name the first other file that a formula refers to.

    Examples
    --------
    >>> other_file("SUM([1]Rates!A1, 2)", {"1": "rates.xlsx"})
    'rates.xlsx'
    >>> other_file("SUM(Rates!A1, Peers[EV])", {}) is None
    True
    """
    if not _FOREIGN.search(formula):
        return None
    found = (_file(reference, files) for reference in _REFERENCE.finditer(formula))
    return next((file for file in found if file), None)


def files_in(formula: str) -> Iterator[str]:
    r"""Yield the path of each other file that a formula spells out, and so not by its number.

    Examples
    --------
    >>> [*files_in(r"[1]!F(1)+'C:\mine\[rates.xlsx]S'!A1+'\\server\x.xlam'!F(1)")]
    ['C:\\mine\\rates.xlsx', '\\\\server\\x.xlam']
    """
    for found in _REFERENCE.finditer(formula) if _FOREIGN.search(formula) else ():
        folder, bracket, inside = _spelled(found).partition("[")
        path = found["listed"] or (folder + inside.partition("]")[0] if bracket else folder)
        if _file(found, {}) and not path.isdigit():
            yield path


def _file(found: re.Match[str], files: Mapping[str, str]) -> str | None:
    """Name the file of a reference; None if it stays in the workbook."""
    listed, spelled = found["listed"], _spelled(found)
    if "[" in spelled:
        listed = spelled.partition("[")[2].partition("]")[0]
    if listed:
        return files.get(listed, listed)
    # A sheet's name has no slashes, and only LAMBDA names of a sheet are called.
    foreign = re.search(r"[\\/]", spelled) or (found["call"] and ".xl" in spelled.lower())
    return file_name(spelled) if foreign else None


def _spelled(found: re.Match[str]) -> str:
    """Return what a reference has before the exclamation mark, without quotation marks."""
    return (found["quoted"] or found["plain"] or "").replace("''", "'")


def file_name(path: str) -> str:
    """Keep only the file name, without folder or query string."""
    return re.split(r"[\\/]", path.partition("?")[0])[-1]


def _target(parts: Mapping[str, bytes], source: str, identifier: str | None) -> str:
    """Return the target of a part's relationship; empty if it has none."""
    folder, name = posixpath.split(source)
    relations = parts.get(f"{folder}/_rels/{name}.rels")
    if relations is None:
        return ""
    targets = {one.get("Id"): one.get("Target", "") for one in parsed(relations)}
    return targets.get(identifier, "").removeprefix("/xl/")
