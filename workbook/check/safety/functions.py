"""Formulas that reach outside of the workbook, wherever they are: in cells, names and rules.

A file may write a function in capitals or not, with spaces before its parenthesis, with the
prefixes of newer functions, and as an argument, without a parenthesis, with ``_xleta.`` in front.
A name that begins with ``Auto_`` is run when the file is opened or closed, if it leads to a macro
sheet; ``xlm`` and ``vbProcedure`` mark names of macros (ECMA-376 part 1, 18.2.5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from xml.etree.ElementTree import Element

from workbook.check.findings import Finding, PartFinding
from workbook.check.safety.addresses import is_web
from workbook.hosts.foreign import calls
from workbook.hosts.intersection import typed
from workbook.package.cells import Place, place
from workbook.package.formulas import ELEMENTS
from workbook.package.links import ADDIN, other_file
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
#: A link's address: a text, a cell, or anything else.
_LINK = re.compile(
    r"""HYPERLINK\s*\(\s*
    (?: "(?P<text>(?:[^"]|"")*)"(?P<more>\s*&)?
      | (?:(?P<sheet>'(?:[^']|'')+'|[\w.]+)!)?\$?(?P<cell>[A-Z]{1,3}\$?\d+)\s*[,)]
    )?""",
    re.IGNORECASE | re.VERBOSE,
)
_AUTO = re.compile(r"(?:_xlnm\.)?auto_?(?:open|close|activate|deactivate)", re.IGNORECASE)
_MACRO = ("function", "vbProcedure", "xlm")

#: Where a link leads whose address is not written out.
CALCULATED = "to an address that is calculated"

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
    # The name of a table's column may hold a quotation mark, and so hide what follows it.
    names = frozenset(_CALLED.findall(formula)) if "[" in formula else calls(formula)
    if function := _outside(names):
        return f"calls {function}"
    if "_xleta." in formula.lower() and (function := _outside(frozenset(_ETA.findall(formula)))):
        return f"calls {function}"
    return "starts another program" if "|" in formula and "|" in _TEXTS.sub("", formula) else ""


def examined(package: Package) -> Iterator[Finding | PartFinding]:
    """Find what reaches outside in the formulas of cells, rules and names."""
    for sheet, page in package.sheets.items():
        for at, formula in page.formulas.items():
            text = formula.text
            if why := _wrong(text):
                yield Finding(sheet, at, f"{why}: ={_cut(text)}", REACH)
            elif "HYPERLINK" in text.upper() and (where := _leads(package, sheet, text)):
                yield Finding(sheet, at, f"has a link that leads {where}: ={_cut(text)}", LINKS)
        yield from _of_rules(package, sheet, page.part)
    yield from _of_names(package)


@cache
def _outside(names: frozenset[str]) -> str:
    """Return the first of some functions that reaches outside."""
    return min(OUTSIDE.intersection(map(typed, names)), default="")


def _elsewhere(text: str) -> str:
    """Say which other file a formula spells out; what the file lists by number is a part of it."""
    file = other_file(text, {})
    if file is None or file.isdigit():
        return ""
    if file.casefold() != ADDIN:
        return f"refers to the file {file}"
    away = any(found[1:3] in ("\\\\", "//") or is_web(found[1:]) for found in _TEXTS.findall(text))
    return f"refers to {file} on another machine" if away else ""


def _leads(package: Package, sheet: str, text: str) -> str:
    """Say where the first link of a formula leads that leaves the workbook."""
    for found in _LINK.finditer(text):
        address = found["text"]
        if address is None:
            if found["cell"] is None or not _is_inside(package, sheet, found):
                return CALCULATED
        elif not address.startswith("#"):
            if found["more"]:
                return CALCULATED
            if address:
                return f"to {address}"
    return ""


def _is_inside(package: Package, sheet: str, found: re.Match[str]) -> bool:
    """Tell whether the cell that gives a link's address gives a place in the workbook."""
    title = (found["sheet"] or sheet).strip("'").replace("''", "'")
    if (page := package.sheets.get(title)) is None:
        return False
    at: Place = place(found["cell"].replace("$", "").upper())
    formula = page.formulas.get(at)
    text = f'"{page.value(at) or "#"}' if formula is None else formula.text
    return text.lstrip().startswith('"#')


def _of_rules(package: Package, sheet: str, part: str) -> Iterator[PartFinding]:
    """Find what reaches outside in a sheet's conditional formats and permitted entries."""
    for child in package.tree(part):
        if child.tag == "sheetData":
            continue
        for element in child.iter():
            if element.tag in ELEMENTS and (text := element.text) and (why := _wrong(text)):
                yield PartFinding(part, f"a rule of the sheet {sheet} {why}: ={_cut(text)}", REACH)


def _wrong(text: str) -> str:
    return reached(text) or _elsewhere(text)


def _of_names(package: Package) -> Iterator[PartFinding]:
    part = "xl/workbook.xml"
    for held in package.tree(part).iterfind("definedNames/definedName"):
        name, text = held.get("name", ""), held.text or ""
        hidden = "the hidden name" if held.get("hidden") in ("1", "true") else "the name"
        if why := _wrong(text):
            yield PartFinding(part, f"{hidden} {name} {why}: ={_cut(text)}", REACH)
        elif where := _leads(package, "", text):
            said = f"{hidden} {name} has a link that leads {where}: ={_cut(text)}"
            yield PartFinding(part, said, LINKS)
        elif _AUTO.match(name):
            said = f"{hidden} {name} runs a macro when the file is opened or closed: ={_cut(text)}"
            yield PartFinding(part, said, MACROS)
        elif _is_macro(held):
            yield PartFinding(part, f"{hidden} {name} is that of a macro: ={_cut(text)}", MACROS)


def _is_macro(held: Element) -> bool:
    """Tell whether a name is of a macro that is not one of our functions, which Excel may list."""
    marked = any(held.get(attribute) in ("1", "true") for attribute in _MACRO)
    return marked and held.get("name", "").upper() not in CALLABLE


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:79]}…"
