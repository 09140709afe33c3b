"""Does a plain formula calculate with a whole range only where Excel does?

Elsewhere Excel takes one cell of the range, and most engines do not. The oracle is Microsoft's
description of implicit intersection; SUM over a product of ranges, and IF over a range inside
SUMPRODUCT, are its known cases, which had to be entered as array formulas. IronCalc shows some of
them (test_ironcalc.py), but evaluates the first in full and sees no formula that calls the
catalogue; this looks at the text of each.
"""

from __future__ import annotations

from collections.abc import Collection

import pytest
from calc_comparison import built, every_case
from openpyxl.formula import Tokenizer

from workbook.cells import address
from workbook.package import formulas, named_areas

#: Functions that evaluate what is inside of them over whole ranges.
WHOLE = {"SUMPRODUCT", "INDEX"}
#: Functions that do not, not even inside of those.
CHOICES = {"IF", "IFERROR", "CHOOSE"}


def intersected(formula: str, areas: Collection[str] = ()) -> list[str]:
    """List the ranges, or names of them, next to an operator where one cell is taken."""
    signs = [s for s in Tokenizer(formula).items if s.type != "WHITE-SPACE"]
    around: list[str] = []
    found = []
    for i, sign in enumerate(signs):
        if sign.subtype == "OPEN":
            around.append(sign.value.rstrip("(").upper())
        elif sign.subtype == "CLOSE":
            around.pop()
        elif sign.subtype == "RANGE" and (":" in sign.value or sign.value in areas):
            neighbours = [*signs[max(0, i - 1) : i], *signs[i + 1 : i + 2]]
            if any(s.type.startswith("OPERATOR") for s in neighbours) or around[-1:] in ([""], []):
                deciding = [name for name in around if name in WHOLE | CHOICES]
                if not deciding or deciding[-1] in CHOICES:
                    found.append(sign.value)
    return found


@pytest.mark.parametrize(
    ("formula", "ranges"),
    [
        ("=SUMPRODUCT(A1:A3*B1:B3)", []),
        ('=MATCH("a",INDEX(A1:A3&"",0),0)', []),
        ("=IF(C1=0,0,SUMPRODUCT((A1:A3>1)/B1:B3))", []),
        ("=1/SUMPRODUCT(MAX((A1:A3>1)/B1:B3))", []),
        ("=SUM(A1:A3)*2", []),
        ("=SUM(A1:A3*B1:B3)", ["A1:A3", "B1:B3"]),
        ("=SUMPRODUCT(IF(A1:A3>0,1,0)*B1:B3)", ["A1:A3"]),
        ("=MAX(-(A1:A3))", ["A1:A3"]),
        ("=A1:A3", ["A1:A3"]),
        ("=SUM(Flows/2)", ["Flows"]),
        ("=SUM(Flows)/Price", []),
    ],
)
def test_what_is_found(formula: str, ranges: list[str]) -> None:
    assert intersected(formula, {"Flows"}) == ranges


@every_case
def test_no_plain_formula_meets_one_cell_where_it_means_a_range(name: str) -> None:
    workbook = built(name)
    areas = {area for area, text in named_areas(workbook).items() if ":" in text}
    found = [
        f"{sheet}!{address(*at)}: {', '.join(ranges)} in ={formula.text}"
        for sheet, of_sheet in formulas(workbook).items()
        for at, formula in of_sheet.items()
        if not formula.ref and (ranges := intersected(f"={formula.text}", areas))
    ]
    assert found == []
