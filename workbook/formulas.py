"""The text of formulas: its tokens, and what Excel would not accept in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""
    "(?:[^"]|"")*"      # text
  | '(?:[^']|'')*'      # the name of a sheet
  | \[[^\[\]]*\]        # a column of a table, or another file
  | [\w.\\]+            # a number, name, reference or function
  | \S
    """,
    re.VERBOSE,
)

_CLOSED_BY = {"(": ")", "{": "}"}

#: Functions that Excel knows in a file only by a prefix, and shows as #NAME? without it.
NEWER_FUNCTIONS = dict.fromkeys(
    re.findall(
        r"\S+",
        """
        ACOT ACOTH ARABIC ARRAYTOTEXT BASE BETA.DIST BETA.INV BINOM.DIST BINOM.DIST.RANGE BINOM.INV
        BITAND BITLSHIFT BITOR BITRSHIFT BITXOR BYCOL BYROW CEILING.MATH CHISQ.DIST CHISQ.DIST.RT
        CHISQ.INV CHISQ.INV.RT CHISQ.TEST CHOOSECOLS CHOOSEROWS COMBINA CONCAT CONFIDENCE.NORM
        CONFIDENCE.T COT COTH COVARIANCE.P COVARIANCE.S CSC CSCH DAYS DECIMAL DROP ERF.PRECISE
        ERFC.PRECISE EXPAND EXPON.DIST F.DIST F.DIST.RT F.INV F.INV.RT F.TEST FILTERXML FLOOR.MATH
        FORECAST.ETS FORECAST.ETS.CONFINT FORECAST.ETS.SEASONALITY FORECAST.ETS.STAT
        FORECAST.LINEAR FORMULATEXT GAMMA GAMMA.DIST GAMMA.INV GAMMALN.PRECISE GAUSS HSTACK
        HYPGEOM.DIST IFNA IFS IMAGE IMCOSH IMCOT IMCSC IMCSCH IMSEC IMSECH IMSINH IMTAN ISFORMULA
        ISOMITTED ISOWEEKNUM LAMBDA LET LOGNORM.DIST LOGNORM.INV MAKEARRAY MAP MAXIFS MINIFS
        MODE.MULT MODE.SNGL MUNIT NEGBINOM.DIST NORM.DIST NORM.INV NORM.S.DIST NORM.S.INV
        NUMBERVALUE PDURATION PERCENTILE.EXC PERCENTILE.INC PERCENTRANK.EXC PERCENTRANK.INC
        PERMUTATIONA PHI POISSON.DIST QUARTILE.EXC QUARTILE.INC RANDARRAY RANK.AVG RANK.EQ REDUCE
        RRI SCAN SEC SECH SEQUENCE SHEET SHEETS SKEW.P SORTBY STDEV.P STDEV.S SWITCH T.DIST
        T.DIST.2T T.DIST.RT T.INV T.INV.2T T.TEST TAKE TEXTAFTER TEXTBEFORE TEXTJOIN TEXTSPLIT
        TOCOL TOROW UNICHAR UNICODE UNIQUE VALUETOTEXT VAR.P VAR.S VSTACK WEBSERVICE WEIBULL.DIST
        WRAPCOLS WRAPROWS XLOOKUP XMATCH XOR Z.TEST
        """,
    ),
    "_xlfn.",
) | {"FILTER": "_xlfn._xlws.", "SORT": "_xlfn._xlws."}


def tokens(formula: str) -> list[str]:
    """Split a formula into texts, sheet names, names, numbers and signs.

    Examples
    --------
    >>> tokens('SUM(Inputs!A1, "a,b")')
    ['SUM', '(', 'Inputs', '!', 'A1', ',', '"a,b"', ')']
    """
    return _TOKEN.findall(formula)


def calls_with_gaps(formula: str) -> list[str]:
    """List the functions that a formula calls with an argument left out before a comma or ')'.

    Examples
    --------
    >>> calls_with_gaps("RPO_SCHEDULE(A1, B1:D3, , INDEX(E1:F2, 1, 2))")
    ['RPO_SCHEDULE']
    """
    if not re.search(r"[(,]\s*,|,\s*\)", formula):
        return []
    found = []
    open_calls: list[str] = []
    before = ""
    for token in tokens(formula):
        if open_calls and (before + token in (",,", ",)", "(,")):
            found.append(open_calls[-1])
        if token == "(":
            open_calls.append(before.upper())
        elif token == ")" and open_calls:
            open_calls.pop()
        before = token
    return found


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
