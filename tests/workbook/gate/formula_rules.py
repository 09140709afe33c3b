"""Excel's treatment of formula text, and where it takes one cell of a range."""

from __future__ import annotations

from collections.abc import Iterator

import formualizer

from gate.opened import Opened
from gate.rule import Rule, formula
from workbook.hosts.intersection import intersections
from workbook.package.formulas import tokens

#: Characters of a formula, levels of nested functions, characters of a text within a formula.
LENGTH, LEVELS, LITERAL = 8192, 64, 255

_LIMITS = "Microsoft: Excel specifications and limits"
_CLOSED_BY = {"(": ")", "{": "}"}


def _unbalanced(file: Opened) -> Iterator[str]:
    for text in file.texts:
        if problem := _imbalance(text.text):
            yield f"{text.where} {problem}"


def _imbalance(formula: str) -> str:
    still_open: list[str] = []
    for token in tokens(formula):
        if token in ('"', "'"):
            return "has an unbalanced quotation mark"
        if token in _CLOSED_BY:
            still_open.append(_CLOSED_BY[token])
        elif token in _CLOSED_BY.values() and (not still_open or still_open.pop() != token):
            return f"has an unbalanced {token}"
    return f"lacks a {still_open[-1]}" if still_open else ""


def _parses(file: Opened) -> Iterator[str]:
    for text in file.texts:
        if text.fault:
            yield f"{text.where} is no formula: {text.fault}"


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


def _long_literals(file: Opened) -> Iterator[str]:
    for text in file.readable:
        for node in text.nodes:
            literal = node.get_literal_value() if node.node_type() == "Literal" else None
            if isinstance(literal, str) and len(literal) > LITERAL:
                yield f"{text.where} has a text of {len(literal)} characters, of {LITERAL}"


def _intersections(file: Opened) -> Iterator[str]:
    for text in file.readable:
        if not text.array:
            for problem in intersections(text.tree, file.names):
                yield f"{text.where} {problem}"


BALANCED = Rule(
    "formulas are balanced",
    "[MS-XLSX] 2.2.2",
    _unbalanced,
    {"a bracket is open": formula("SUM((1)"), "a quotation mark is open": formula('LEN("a)')},
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
            "IFERROR over a range in SUM": formula("SUM(IFERROR(A1:A3,0))"),
            "IFERROR over an array in SUMPRODUCT": formula("SUMPRODUCT(IFERROR(1/A1:A3,0))"),
            "a scalar function over a range in SUMPRODUCT": formula("SUMPRODUCT(ABS(A1:A3))"),
            "a product of ranges in SUM": formula("SUM(A1:A3*B1:B3)"),
            "a range alone": formula("A1:A3"),
            "a whole row of a block": formula("INDEX(A1:B3,1,0)"),
            "a comparison inside MATCH": formula("MATCH(1,(A1:A3=1)*1,0)"),
            "a table of ours in a plain cell": formula("RPO_BANDS(A1,B1:D3)"),
            "an array that spilled": formula("_xlfn.ANCHORARRAY(B5)*2"),
        },
    ),
)
