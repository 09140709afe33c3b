"""Excel's treatment of the functions that a formula calls."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gate.arguments import COUNTS, MOST, MOST_IN_VBA
from gate.opened import Opened
from gate.rule import Rule, formula
from workbook.hosts.intersection import called_by
from workbook.hosts.lite import PREFIX
from workbook.package.formulas import NEWER_FUNCTIONS, tokens
from workbook.package.names import EXCEL_FUNCTIONS
from workbook.refusal import CALLABLE
from workbook.status import STATUS

VOLATILE = {
    *("NOW", "TODAY", "RAND", "RANDBETWEEN", "RANDARRAY"),
    *("OFFSET", "INDIRECT", "CELL", "INFO"),
}
#: Text in files, by what Excel shows.
_OPERATORS = {"@": "_xlfn.SINGLE", "#": "_xlfn.ANCHORARRAY"}
_CALLED = re.compile(rf"((?:_xlfn\.|_xlws\.|{PREFIX})*)([^\W\d].*)", re.I)


def _unknown(file: Opened) -> Iterator[str]:
    for text in file.readable:
        for called in filter(None, map(called_by, text.nodes)):
            if called not in EXCEL_FUNCTIONS and called not in CALLABLE:
                yield f"{text.where} calls {called}, which neither Excel nor the catalogue has"


def _prefixes(file: Opened) -> Iterator[str]:
    for text in file.texts:
        found = tokens(text.text)
        for before, token, after in zip(["", *found], found, [*found[1:], ""], strict=False):
            call = _CALLED.fullmatch(token)
            # After an exclamation mark it is a function of another file.
            if after != "(" or before == "!" or call is None:
                continue
            prefix, name = call[1], call[2].upper()
            ours = PREFIX if file.lite and name in CALLABLE else ""
            needed = NEWER_FUNCTIONS.get(name, ours)
            if prefix != needed:
                fault = f"without the prefix {needed}" if needed else f"with the prefix {prefix}"
                yield f"{text.where} calls {name} {fault}"
    for text in file.readable:
        for operator in (node.get_operator() for node in text.nodes):
            if operator in _OPERATORS:
                yield f"{text.where} has {operator}, for which files have {_OPERATORS[operator]}"


def _counts(file: Opened) -> Iterator[str]:
    for text in file.readable:
        for node in text.nodes:
            called = called_by(node)
            least, most = COUNTS.get(called, (0, MOST))
            most = min(most, MOST_IN_VBA) if called in CALLABLE else most
            given = len(node.children())
            if called and not least <= given <= most:
                yield f"{text.where} gives {called} {given} arguments, and it takes {least}-{most}"


def _volatile(file: Opened) -> Iterator[str]:
    for text in file.readable:
        if (text.sheet, text.at) == ("Checks and warnings", STATUS):
            continue
        for node in text.nodes:
            if called_by(node) in VOLATILE:
                yield f"{text.where} is calculated at every opening: it calls {called_by(node)}"
            if node.get_operator() == ":":
                yield f"{text.where} is calculated at every opening: it has a range of functions"


PREFIXES = Rule(
    "every function bears the prefix by which files know it, and no other",
    "[MS-XLSX] 2.2.3; Microsoft: Issue: An _xlfn. prefix is displayed in front of a formula; files "
    "that Excel wrote with add-ins' functions",
    _prefixes,
    {
        "a newer function has no prefix": formula("XLOOKUP(1,A1:A2,A1:A2)"),
        "a newer function has half a prefix": formula("_xlfn.SORT(A1:A2)", t="array", ref="B9000"),
        "AGGREGATE has none": formula("AGGREGATE(9,4,A1:A2)"),
        "GROUPBY has none": formula("GROUPBY(A1:A2,B1:B2,3)", t="array", ref="B9000"),
        "an old function has one": formula("_xlfn.SUM(1)"),
        "a function of the catalogue has one": formula("_xlfn.DCF_WACC(1,1,1,1,0)"),
        "an add-in's prefix in capitals": formula("_XLDUDF_DCF_WACC(1,1,1,1,0)"),
        "an add-in's prefix for a function of Excel": formula("_xldudf_SUM(1)"),
        "@ as it is typed": formula("SUM(@A1:A3)"),
        "# as it is typed": formula("SUM(B5#)"),
    },
)

RULES = (
    PREFIXES,
    Rule(
        "no formula calls a function that Excel lacks",
        "the functions of Excel as openpyxl lists them, older ones, and those that came later",
        _unknown,
        {
            "a function of Calc": formula("CEILING.XCL(1,2)"),
            "misspelt": formula("DILUTED_SHARE(1)"),
        },
    ),
    Rule(
        f"every call has as many arguments as its function takes, at most {MOST}, {MOST_IN_VBA} in "
        "VBA",
        "Microsoft: Excel functions; Excel specifications and limits; VBA error Too many arguments",
        _counts,
        {
            "SUM of nothing": formula("SUM()"),
            "IF without a result": formula("IF(1)"),
            "ROUND without its digits": formula("ROUND(1)"),
            "VLOOKUP without its column": formula("VLOOKUP(1,2)"),
            "one of ours without any": formula("DCF_WACC()"),
            "one of ours with too many": formula(f"DCF_WACC({','.join(['1'] * 12)})"),
            "256 of SUM": formula(f"SUM({','.join(['1'] * 256)})"),
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
)
