"""Where Excel takes one cell of a range, and other engines the entire range.

In a plain formula, not one entered as an array, Excel uses the one cell of a range in the
formula's own row or column wherever a single value is expected, and shows #VALUE! if there is
none. What is expected depends on the function: each of its parameters takes a value, a range, or
an array that is calculated cell by cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

import formualizer

from workbook.package.formulas import LITE_PREFIX
from workbook.refusal import CALLABLE

#: What parameters take: V a value, R a range, A an array; P what the formula around it takes. The
#: letters in brackets repeat. Of functions that are not listed, every parameter takes a value.
PARAMETERS = {
    **dict.fromkeys(
        re.findall(
            r"\S+",
            """
            SUM COUNT COUNTA COUNTBLANK AVERAGE AVERAGEA MIN MAX MINA MAXA MEDIAN MODE
            PRODUCT SUMSQ AND OR XOR STDEV STDEVP STDEV.S STDEV.P VAR VARP VAR.S VAR.P
            DEVSQ AVEDEV GEOMEAN HARMEAN KURT SKEW ROWS COLUMNS ROW COLUMN AREAS ISREF
            SUMX2MY2 SUMX2PY2 SUMXMY2 CORREL PEARSON COVAR SLOPE INTERCEPT RSQ STEYX
            LINEST LOGEST TREND GROWTH FREQUENCY XIRR CONCAT GCD LCM STDEVA STDEVPA VARA VARPA
            MODE.SNGL COVARIANCE.P COVARIANCE.S
            """,
        ),
        "(R)",
    ),
    **dict.fromkeys(
        re.findall(
            r"\S+",
            """
            SUMPRODUCT MMULT MINVERSE MDETERM TRANSPOSE FILTER SORT SORTBY UNIQUE TOCOL TOROW
            VSTACK HSTACK TAKE DROP CHOOSECOLS CHOOSEROWS
            """,
        ),
        "(A)",
    ),
    **dict.fromkeys(
        re.findall(
            r"\S+",
            "DAVERAGE DCOUNT DCOUNTA DGET DMAX DMIN DPRODUCT DSTDEV DSTDEVP DSUM DVAR DVARP",
        ),
        "RVR",
    ),
    **dict.fromkeys(["NETWORKDAYS", "WORKDAY"], "VVR"),
    **dict.fromkeys(["NETWORKDAYS.INTL", "WORKDAY.INTL"], "VVVR"),
    **dict.fromkeys(
        re.findall(
            r"\S+",
            """
            IRR QUARTILE QUARTILE.INC QUARTILE.EXC PERCENTILE PERCENTILE.INC
            PERCENTILE.EXC LARGE SMALL PERCENTRANK PERCENTRANK.INC PERCENTRANK.EXC TRIMMEAN MIRR
            COUNTIF OFFSET
            """,
        ),
        "R(V)",
    ),
    **dict.fromkeys(["SUMIF", "AVERAGEIF"], "RVR"),
    **dict.fromkeys(["SUMIFS", "AVERAGEIFS", "MINIFS", "MAXIFS"], "R(RV)"),
    "COUNTIFS": "(RV)",
    **dict.fromkeys(
        ["MATCH", "XMATCH", "RANK", "RANK.EQ", "RANK.AVG", "VLOOKUP", "HLOOKUP"], "VR(V)"
    ),
    "XLOOKUP": "VRR(V)",
    "INDEX": "A(V)",
    "LOOKUP": "VAA",
    **dict.fromkeys(["FORECAST", "FORECAST.LINEAR"], "VRR"),
    "XNPV": "VRR",
    **dict.fromkeys(["NPV", "SUBTOTAL"], "V(R)"),
    "TEXTJOIN": "VV(R)",
    "IF": "V(P)",
    "CHOOSE": "V(P)",
    "LET": "(P)",
    "AGGREGATE": "VVA(R)",
    # IFERROR and IFNA take a value, then a reference that they may return (their class in
    # LibreOffice's filter for these files); neither takes an entire range here.
    "ANCHORARRAY": "R",
}
#: The functions that the engine, too, calls for each cell if a formula is entered as an array.
CELL_BY_CELL = {"IF", "IFERROR"}
_PREFIXES = re.compile(r"(?:_xlfn\.|_xlws\.)*", re.IGNORECASE)
#: Operators that combine references: a range, a union, an intersection, a spill.
_OF_REFERENCES = {":", ",", " ", "#"}
#: Functions of Excel that return more than one cell.
BLOCKS = {
    *("TRANSPOSE", "MMULT", "MINVERSE", "LINEST", "LOGEST", "TREND", "GROWTH", "FREQUENCY"),
    *("ANCHORARRAY", "FILTER", "SORT", "SORTBY", "UNIQUE", "SEQUENCE", "RANDARRAY", "TOCOL"),
    *("TOROW", "VSTACK", "HSTACK", "TAKE", "DROP", "CHOOSECOLS", "CHOOSEROWS"),
}


def intersections(
    tree: formualizer.ASTNode, names: Mapping[str, str], *, array: bool = False
) -> Iterator[str]:
    """Tell where a formula has a range instead of a value.

    Parameters
    ----------
    tree : formualizer.ASTNode
    names : mapping
        References of the workbook's names, in lower case.
    array : bool
        Whether it is entered as an array: then Excel calls the function for each cell, and the
        engine does so of few functions.
    """
    return _walk(tree, "A" if array else "V", names, array)


def _walk(
    node: formualizer.ASTNode, wanted: str, names: Mapping[str, str], array: bool
) -> Iterator[str]:
    operator = node.get_operator()
    called = called_by(node)
    if operator == "@" or called == "SINGLE":
        return
    of_references = operator in _OF_REFERENCES
    if wanted == "V" and (of_references or not operator) and several(node, names):
        what = node.get_reference_string() or called or "a range"
        yield f"has {what} where Excel takes one cell"
        return
    for i, child in enumerate(node.children()):
        if called:
            yield from _walk(child, within(called, i, wanted, array), names, array)
        elif of_references:
            yield from _walk(child, "R", names, array)
        else:
            # What is calculated from ranges is an array, which only some parameters take.
            yield from _walk(child, "A" if wanted == "A" else "V", names, array)


def several(node: formualizer.ASTNode, names: Mapping[str, str]) -> bool:
    """Tell whether an expression gives more than one cell."""
    kind, called, children = node.node_type(), called_by(node), node.children()
    if kind == "Reference":
        text = node.get_reference_string() or ""
        sheet, _, area = names.get(text.casefold(), text).replace("$", "").rpartition("!")
        first, _, last = area.partition(":")
        # A:A and 1:1 are an entire column and row; Sheet1:Sheet3!A1 is a cell of each.
        whole = first.isalpha() or first.isdigit()
        return (bool(last) and (first != last or whole)) or ":" in sheet
    if kind == "Array" or node.get_operator() in (":", ",", "#"):
        return True
    if called == "INDEX":
        # A row or column of 0, or one that is left out, means the entire one.
        return any(
            child.node_type() == "Omitted" or child.get_literal_value() == 0
            for child in children[1:3]
        )
    if called in ("ROW", "COLUMN"):
        return bool(children) and several(children[0], names)
    if called in PARAMETERS and "P" in PARAMETERS[called]:
        return any(
            several(child, names)
            for i, child in enumerate(children)
            if _parameter(called, i) == "P"
        )
    ours = CALLABLE.get(called)
    return called in BLOCKS or (ours is not None and ours.returns == "table")


def called_by(node: formualizer.ASTNode) -> str:
    """Return the function called by a node, as a user types it; empty if there is none."""
    name = node.get_function_name()
    return typed(name) if name else ""


@cache
def typed(name: str) -> str:
    """Return a function's name as a user types it."""
    return _PREFIXES.sub("", name, count=1).upper().removeprefix(LITE_PREFIX.upper())


def within(called: str, place: int, wanted: str, array: bool) -> str:
    """Return what a function wants in a place, where it is called for what is wanted."""
    inner = _parameter(called, place)
    if inner == "P" or (array and called in CELL_BY_CELL):
        return wanted
    # Within an array, a parameter for a range also takes an array.
    return "A" if inner == "R" and (array or wanted == "A") else inner


def _parameter(called: str, place: int) -> str:
    """Return what a parameter of a function takes."""
    if called in CALLABLE:
        # A function in VBA is given the range itself.
        return "R"
    first, _, repeated = PARAMETERS.get(called, "(V)").partition("(")
    if place < len(first):
        return first[place]
    again = repeated.removesuffix(")")
    return again[(place - len(first)) % len(again)] if again else "V"
