"""What Excel does with the text of a formula."""

from __future__ import annotations

import re
from collections.abc import Iterator

import formualizer
from openpyxl.utils import FORMULAE

from gate.intersection import called_by, intersections
from gate.opened import Opened
from gate.rule import Rule, formula, name
from workbook.formulas import NEWER_FUNCTIONS, tokens
from workbook.functions import CATALOGUE
from workbook.status import STATUS

#: Characters of a formula, levels of nested functions, arguments of a function, and of one in VBA;
#: characters of a text within a formula.
LENGTH, LEVELS, ARGUMENTS, VBA_ARGUMENTS, LITERAL = 8192, 64, 255, 60, 255

VOLATILE = {
    "NOW",
    "TODAY",
    "RAND",
    "RANDBETWEEN",
    "RANDARRAY",
    "OFFSET",
    "INDIRECT",
    "CELL",
    "INFO",
}

_LIMITS = "Microsoft: Excel specifications and limits"


def nodes(tree: formualizer.ASTNode) -> Iterator[formualizer.ASTNode]:
    """Yield every node of a formula."""
    yield tree
    for child in tree.children():
        yield from nodes(child)


def _unreadable(file: Opened) -> Iterator[str]:
    for text in file.texts:
        for problem in formula_problems(text.text):
            yield f"{text.where} {problem}"


def _parses(file: Opened) -> Iterator[str]:
    for text in file.texts:
        if text.fault:
            yield f"{text.where} is no formula: {text.fault}"


def _unknown(file: Opened) -> Iterator[str]:
    known = FORMULAE | NEWER_FUNCTIONS.keys() | CATALOGUE.keys()
    for text in file.readable:
        for node in nodes(text.tree):
            called = called_by(node)
            if called and called not in known:
                yield f"{text.where} calls {called}, which neither Excel nor the catalogue has"


def _volatile(file: Opened) -> Iterator[str]:
    for text in file.readable:
        if (text.sheet, text.at) == ("Checks", STATUS):
            continue
        for node in nodes(text.tree):
            if called_by(node) in VOLATILE:
                yield f"{text.where} is calculated at every opening: it calls {called_by(node)}"
            if node.get_operator() == ":":
                yield f"{text.where} is calculated at every opening: it has a range of functions"


def _too_long(file: Opened) -> Iterator[str]:
    for text in file.texts:
        if len(text.text) + 1 > LENGTH:
            yield f"{text.where} has {len(text.text) + 1} characters, and Excel takes {LENGTH}"


def _too_deep(file: Opened) -> Iterator[str]:
    for text in file.readable:
        if (deep := _levels(text.tree)) > LEVELS:
            yield f"{text.where} nests functions {deep} deep, and Excel takes {LEVELS}"


def _levels(node: formualizer.ASTNode) -> int:
    own = 1 if node.get_function_name() else 0
    return own + max((_levels(child) for child in node.children()), default=0)


def _too_many_arguments(file: Opened) -> Iterator[str]:
    for text in file.readable:
        for node in nodes(text.tree):
            called = called_by(node)
            most = VBA_ARGUMENTS if called in CATALOGUE else ARGUMENTS
            if called and len(node.children()) > most:
                yield f"{text.where} gives {called} {len(node.children())} arguments of {most}"


def _long_literals(file: Opened) -> Iterator[str]:
    for text in file.readable:
        for node in nodes(text.tree):
            literal = node.get_literal_value() if node.node_type() == "Literal" else None
            if isinstance(literal, str) and len(literal) > LITERAL:
                yield f"{text.where} has a text of {len(literal)} characters, of {LITERAL}"


def _intersections(file: Opened) -> Iterator[str]:
    for text in file.readable:
        if not text.array:
            for problem in intersections(text.tree, file.names):
                yield f"{text.where} {problem}"


def _lost(file: Opened) -> Iterator[str]:
    titles = {sheet.attrib["name"].casefold() for sheet in file.workbook.iterfind("sheets/sheet")}
    for text in file.readable:
        for node in nodes(text.tree):
            if node.get_literal_value() == "#REF!":
                yield f"{text.where} refers to what is no longer there"
            sheet, mark, _ = (node.get_reference_string() or "").rpartition("!")
            if mark and sheet.strip("'").replace("''", "'").casefold() not in titles:
                yield f"{text.where} refers to the sheet {sheet}, which is not there"


_CLOSED_BY = {"(": ")", "{": "}"}


def formula_problems(formula: str) -> Iterator[str]:
    """Say what Excel would not accept in the text of a formula."""
    still_open: list[str] = []
    found = tokens(formula)
    for token, following in zip(found, [*found[1:], ""], strict=True):
        if token in ('"', "'"):
            yield "has an unbalanced quotation mark"
            return
        if token in _CLOSED_BY:
            still_open.append(_CLOSED_BY[token])
        elif token in _CLOSED_BY.values() and (not still_open or still_open.pop() != token):
            yield f"has an unbalanced {token}"
            return
        prefix, name = _split_prefix(token.upper())
        needed = NEWER_FUNCTIONS.get(name) if following == "(" else None
        if needed is not None and prefix != needed.upper():
            yield f"calls {name} without the prefix {needed}"
    if still_open:
        yield f"lacks a {still_open[-1]}"


def _split_prefix(function: str) -> tuple[str, str]:
    found = re.fullmatch(r"((?:_XLFN\.)?(?:_XLWS\.)?)(.*)", function)
    return (found[1], found[2]) if found else ("", function)


BALANCED = Rule(
    "formulas are balanced, and newer functions bear the prefix by which files know them",
    "Microsoft: Issue: An _xlfn. prefix is displayed in front of a formula; MS-XLSX 2.2.2",
    _unreadable,
    {
        "a bracket is open": formula("SUM((1)"),
        "a newer function has no prefix": formula("XLOOKUP(1,A1:A2,A1:A2)"),
        "a newer function has half a prefix": formula("_xlfn.SORT(A1:A2)", t="array", ref="B9000"),
    },
)

RULES = (
    BALANCED,
    Rule(
        "every formula can be read",
        "ECMA-376 part 1, 18.17",
        _parses,
        {"an operator without its number": formula("1+*2")},
    ),
    Rule(
        "every reference leads to a sheet of the file",
        "Microsoft: How to correct a #REF! error",
        _lost,
        {
            "a sheet that is not there": formula("'No such sheet'!A1"),
            "a reference that was lost": formula("SUM(#REF!)"),
            "a name of nothing": name("Lost", "'No such sheet'!$A$1"),
        },
    ),
    Rule(
        "no formula calls a function that Excel lacks",
        "the functions of Excel as openpyxl lists them, and those that came later",
        _unknown,
        {
            "a function of Calc": formula("CEILING.XCL(1,2)"),
            "misspelt": formula("DILUTED_SHARE(1)"),
        },
    ),
    Rule(
        "nothing is calculated at opening but the line that says whether the functions answer",
        "Microsoft: Excel recalculation (volatile functions, and ranges that functions give)",
        _volatile,
        {
            "the day": formula("TODAY()"),
            "an offset": formula("SUM(OFFSET(A1,1,1))"),
            "a range that ends at a function": formula("SUM(A1:INDEX(A1:A9,3))"),
        },
    ),
    Rule(
        f"no formula has more than {LENGTH} characters",
        _LIMITS,
        _too_long,
        {"a long sum": formula("+".join(["1"] * 4097))},
    ),
    Rule(
        f"no functions are nested deeper than {LEVELS}",
        _LIMITS,
        _too_deep,
        {"65 deep": formula("ABS(" * 65 + "1" + ")" * 65)},
    ),
    Rule(
        f"no function has more than {ARGUMENTS} arguments, one in VBA no more than {VBA_ARGUMENTS}",
        f"{_LIMITS}; Microsoft: VBA error Too many arguments",
        _too_many_arguments,
        {
            "256 of SUM": formula(f"SUM({','.join(['1'] * 256)})"),
            "61 of ours": formula(f"DCF_WACC({','.join(['1'] * 61)})"),
        },
    ),
    Rule(
        f"no text within a formula has more than {LITERAL} characters",
        f"{_LIMITS}: text values in formulas are limited to 255 characters",
        _long_literals,
        {"256 characters": formula(f'LEN("{"x" * 256}")', "256")},
    ),
    Rule(
        "no plain formula has a range where Excel takes one cell",
        "Microsoft: Implicit intersection operator; OpenOffice.org's documentation of the Excel "
        "file format, 3.11 (classes of parameters)",
        _intersections,
        {
            "IF over a range in SUMPRODUCT": formula('SUMPRODUCT(IF(A1:A3="",0,1))'),
            "a scalar function over a range in SUMPRODUCT": formula("SUMPRODUCT(ABS(A1:A3))"),
            "a product of ranges in SUM": formula("SUM(A1:A3*B1:B3)"),
            "a range alone": formula("A1:A3"),
            "a whole row of a block": formula("INDEX(A1:B3,1,0)"),
            "a comparison inside MATCH": formula("MATCH(1,(A1:A3=1)*1,0)"),
            "a table of ours in a plain cell": formula("RPO_BANDS(A1,B1:D3)"),
        },
    ),
)
