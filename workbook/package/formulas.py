"""Formula text: its location in a file, its tokens, and the prefixes of functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from workbook.package.archive import parsed, sheet_parts, written

#: A token of a formula; blanks are none.
TOKEN = re.compile(
    r"""
    "(?:[^"]|"")*"      # text
  | '(?:[^']|'')*'      # the name of a sheet
  | \[[^\[\]]*\]        # a column of a table, or another file
  | (?:\d++\.?\d*+|\.\d++)E[+-]\d+   # a number with the sign of its exponent
  | [\w.\\]+            # a number, name, reference or function
  | \#(?:REF!|DIV/0!|VALUE!|NAME\?|NUM!|N/A|NULL!)
  | \S
    """,
    re.VERBOSE | re.IGNORECASE,
)

#: Functions that Excel recognises in a file only with a prefix, and as #NAME? without it: those of
#: [MS-XLSX] 2.2.3, and those that Microsoft's list of functions has had since. SINGLE and
#: ANCHORARRAY are what files hold for ``@`` and ``#``.
NEWER_FUNCTIONS = dict.fromkeys(
    re.findall(
        r"\S+",
        """
        ACOT ACOTH AGGREGATE ANCHORARRAY ARABIC ARRAYTOTEXT BASE BETA.DIST BETA.INV BINOM.DIST
        BINOM.DIST.RANGE BINOM.INV BITAND BITLSHIFT BITOR BITRSHIFT BITXOR BYCOL BYROW CEILING.MATH
        CEILING.PRECISE CHISQ.DIST CHISQ.DIST.RT CHISQ.INV CHISQ.INV.RT CHISQ.TEST CHOOSECOLS
        CHOOSEROWS COMBINA CONCAT CONFIDENCE.NORM CONFIDENCE.T COPILOT COT COTH COVARIANCE.P
        COVARIANCE.S CSC CSCH DAYS DECIMAL DETECTLANGUAGE DROP ENCODEURL ERF.PRECISE ERFC.PRECISE
        EXPAND EXPON.DIST F.DIST F.DIST.RT F.INV F.INV.RT F.TEST FIELDVALUE FILTERXML FLOOR.MATH
        FLOOR.PRECISE FORECAST.ETS FORECAST.ETS.CONFINT FORECAST.ETS.SEASONALITY FORECAST.ETS.STAT
        FORECAST.LINEAR FORMULATEXT GAMMA GAMMA.DIST GAMMA.INV GAMMALN.PRECISE GAUSS GROUPBY HSTACK
        HYPGEOM.DIST IFNA IFS IMAGE IMCOSH IMCOT IMCSC IMCSCH IMPORTCSV IMPORTTEXT IMSEC IMSECH
        IMSINH IMTAN ISFORMULA ISOMITTED ISOWEEKNUM LAMBDA LET LOGNORM.DIST LOGNORM.INV MAKEARRAY
        MAP MAXIFS MINIFS MODE.MULT MODE.SNGL MUNIT NEGBINOM.DIST NORM.DIST NORM.INV NORM.S.DIST
        NORM.S.INV NUMBERVALUE PDURATION PERCENTILE.EXC PERCENTILE.INC PERCENTOF PERCENTRANK.EXC
        PERCENTRANK.INC PERMUTATIONA PHI PIVOTBY POISSON.DIST PQSOURCE QUARTILE.EXC QUARTILE.INC
        RANDARRAY RANK.AVG RANK.EQ REDUCE REGEXEXTRACT REGEXREPLACE REGEXTEST RRI SCAN SEC SECH
        SEQUENCE SHEET SHEETS SINGLE SKEW.P SORTBY STDEV.P STDEV.S STOCKHISTORY SWITCH T.DIST
        T.DIST.2T T.DIST.RT T.INV T.INV.2T T.TEST TAKE TEXTAFTER TEXTBEFORE TEXTJOIN TEXTSPLIT TOCOL
        TOROW TRANSLATE TRIMRANGE UNICHAR UNICODE UNIQUE VALUETOTEXT VAR.P VAR.S VSTACK WEBSERVICE
        WEIBULL.DIST WRAPCOLS WRAPROWS XLOOKUP XMATCH XOR Z.TEST
        """,
    ),
    "_xlfn.",
) | dict.fromkeys(["FILTER", "PY", "SORT"], "_xlfn._xlws.")

#: What xlwings Lite puts before the name of a function in a saved file.
LITE_PREFIX = "_xldudf_"

#: Functions of Excel without a prefix that openpyxl's list lacks ([MS-XLS] 2.5.198.17), or lacked.
OLDER_FUNCTIONS = frozenset(
    re.findall(
        r"\S+",
        """
        ADDRESS CALL DATESTRING DBCS EUROCONVERT ISTHAIDIGIT NUMBERSTRING REGISTER.ID ROUNDBAHTDOWN
        ROUNDBAHTUP SQL.REQUEST THAIDAYOFWEEK THAIDIGIT THAIMONTHOFYEAR THAINUMSOUND THAINUMSTRING
        THAISTRINGLENGTH THAIYEAR USDOLLAR
        """,
    )
)


#: An argument left out.
_GAP = re.compile(r"[(,]\s*,|,\s*\)")

#: The elements that hold formulas: of cells, conditional formats, validations and names.
ELEMENTS = {"f", "formula", "formula1", "formula2", "xm:f", "definedName"}


def rewritten(parts: dict[str, bytes], change: Callable[[str], str]) -> dict[str, bytes]:
    """Change the formulas of a workbook's sheets and names.

    Parameters
    ----------
    parts : dict
        The parts of an .xlsx file.
    change : callable
        Returns the new text of a formula.

    Returns
    -------
    dict
        All parts. A part in which no formula changes is left as it is.
    """
    changed = {}
    for name in ("xl/workbook.xml", *sheet_parts(parts).values()):
        root = parsed(parts[name])
        before = [e for e in root.iter() if e.tag in ELEMENTS and e.text]
        after = [(e, text) for e in before if (text := change(e.text or "")) != e.text]
        for element, text in after:
            element.text = text
        if after:
            changed[name] = written(root)
    return parts | changed


def replaced(formula: str, by: Mapping[str, str]) -> str:
    """Replace names, given in lower case, outside texts.

    Examples
    --------
    >>> replaced('My_rate * "my_rate"', {"my_rate": "(1/2)"})
    '(1/2) * "my_rate"'
    """
    return TOKEN.sub(lambda found: by.get(found[0].casefold(), found[0]), formula)


def quoted(sheet: str) -> str:
    """Write the name of a sheet as a reference has it."""
    return "'" + sheet.replace("'", "''") + "'"


def tokens(formula: str) -> list[str]:
    """Split a formula into texts, sheet names, names, numbers and signs.

    Examples
    --------
    >>> tokens('SUM(Inputs!A1, "a,b")')
    ['SUM', '(', 'Inputs', '!', 'A1', ',', '"a,b"', ')']
    """
    return TOKEN.findall(formula)


def called(formula: str) -> str:
    """Return the function that a formula calls first."""
    return tokens(formula)[0].upper()


def starts(formula: str) -> list[tuple[int, str]]:
    """Split a formula as `tokens` does, with the place at which each begins.

    Examples
    --------
    >>> starts("SUM( A1)")
    [(0, 'SUM'), (3, '('), (5, 'A1'), (7, ')')]
    """
    return [(found.start(), found[0]) for found in TOKEN.finditer(formula)]


def calls_with_gaps(formula: str) -> list[str]:
    """List the functions that a formula calls with an argument left out before a comma or ')'.

    Examples
    --------
    >>> calls_with_gaps("RPO_SCHEDULE(A1, B1:D3, , INDEX(E1:F2, 1, 2))")
    ['RPO_SCHEDULE']
    """
    if not _GAP.search(formula):
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
