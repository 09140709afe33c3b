"""Does `problems` find the faults of a file, and nothing in a sound one?

Oracle: files broken on purpose, one way at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import gate
import pytest
from small_package import OUTPUT, SHEET, VALUES, altered, made, parts, zipped

from workbook.package import formulas
from workbook.package.finish import finish


@pytest.fixture(scope="module")
def raw() -> bytes:
    return made()


@pytest.fixture(scope="module")
def finished(raw: bytes) -> bytes:
    return finish(raw, VALUES)


# The structure of a file -------------------------------------------------------------------------


def test_a_finished_file_has_no_problems(finished: bytes) -> None:
    assert gate.structure(finished) == []


def test_a_file_as_openpyxl_wrote_it_lacks_its_values(raw: bytes) -> None:
    assert gate.structure(raw) == [
        f"{OUTPUT}!{cell} has no cached value" for cell in ("A1", "A2", "C2", "A3", "A4")
    ]


def name(defined: str, text: str = "Inputs!$A$1", scope: str = "") -> Callable[[bytes], bytes]:
    added = f'<definedName name="{defined}"{scope}>{text}</definedName></definedNames>'
    return lambda file: altered(file, "xl/workbook.xml", "</definedNames>", added)


def formula(text: str) -> Callable[[bytes], bytes]:
    return lambda file: altered(file, SHEET, "<f>1=1</f>", f"<f>{text}</f>")


def sheet(old: str, new: str) -> Callable[[bytes], bytes]:
    return lambda file: altered(file, SHEET, old, new)


def row(file: bytes, number: int) -> str:
    found = re.search(rf'<row r="{number}".*?</row>', parts(file)[SHEET].decode())
    assert found
    return found[0]


def rows_swapped(file: bytes) -> bytes:
    first, second = row(file, 1), row(file, 2)
    return altered(file, SHEET, first + second, second + first)


BROKEN = {
    "xl/styles.xml is in the file twice": lambda file: zipped(
        [*parts(file).items(), ("xl/Styles.xml", parts(file)["xl/styles.xml"])]
    ),
    f"{OUTPUT}!row 1 stands after row 2": rows_swapped,
    f"{OUTPUT}!row 4 stands after row 4": sheet('<row r="9">', '<row r="4"/><row r="9">'),
    f"{OUTPUT}!A2 stands after G2": sheet('<c r="A2"', '<c r="G2"/><c r="A2"'),
    f"{OUTPUT}!A2 stands after A2": sheet('<c r="A2"', '<c r="A2"/><c r="A2"'),
    f"{OUTPUT}!G8 stands in row 9": sheet('<row r="9">', '<row r="9"><c r="G8"/>'),
    f"{OUTPUT}!D3 has the style 3 of 3": sheet('r="D3" s="2"', 'r="D3" s="3"'),
    f"{OUTPUT}!9 has the style 7 of 3": sheet('<row r="9">', '<row r="9" s="7">'),
    f"{OUTPUT}!col has the style 8 of 3": sheet(
        "<sheetData>", '<cols><col min="1" max="1" style="8"/></cols><sheetData>'
    ),
    f"{OUTPUT}!cfRule has the dxfId 1 of 1": sheet('dxfId="0"', 'dxfId="1"'),
    f"{OUTPUT}!C2 has the cm 2 of 1": sheet('cm="1"', 'cm="2"'),
    f"{OUTPUT}!C2 has the vm 1 of 0": sheet('cm="1"', 'cm="1" vm="1"'),
    "the name share_price is defined twice": name("Share_Price"),
    "the name must not read as a cell reference, and 'FY26' does.": name("FY26"),
    "the name must not read as a cell reference, and 'RC' does.": name("RC"),
    "the name total lacks a )": name("total", "SUM(Inputs!$A$1"),
    f"{OUTPUT}!A3 lacks a )": formula("SUM((1)"),
    f"{OUTPUT}!A3 has an unbalanced )": formula("SUM(1))"),
    f"{OUTPUT}!A3 has an unbalanced }}": formula("SUM(1}"),
    f"{OUTPUT}!A3 lacks a }}": formula("SUM(1)+{1"),
    f"{OUTPUT}!A3 has an unbalanced quotation mark": formula('"a"&amp;"b'),
    f"{OUTPUT}!A3 calls XLOOKUP without the prefix _xlfn.": formula("1+XLOOKUP(1,A1:A2,A1:A2)"),
    f"{OUTPUT}!A3 calls STDEV.S without the prefix _xlfn.": formula("stdev.s (1,2)"),
    f"{OUTPUT}!A3 calls FILTER without the prefix _xlfn._xlws.": formula("_xlfn.FILTER(A1,A1)"),
    f"{OUTPUT}!A3 has no cached value": sheet(
        '<c r="A3" t="b"><f>1=1</f><v>1</v></c>', '<c r="A3"><f>1=1</f></c>'
    ),
    f"{OUTPUT}!C2 is an array formula without a range": sheet(' ref="C2:E4"', ""),
    f"{OUTPUT}!C2 is an array formula for B2:E4, which begins elsewhere": sheet("C2:E4", "B2:E4"),
    f"{OUTPUT}!C2 and A3 fill the same cells": sheet("C2:E4", "A3:E4"),
    f"{OUTPUT}!C2 and F3 fill the same cells": lambda file: altered(
        sheet("C2:E4", "C2:F4")(file),
        SHEET,
        '<c r="F3" t="inlineStr"><is><t>right</t></is></c>',
        '<c r="F3" t="n" cm="1"><f t="array" ref="F3:G3">X()</f><v>1</v></c>',
    ),
    f'{OUTPUT}!"yes has an unbalanced quotation mark': sheet('"yes,no"', '"yes'),
    f"{OUTPUT}!5+( lacks a )": sheet("<formula>5<", "<formula>5+(<"),
}


@pytest.mark.parametrize("problem", BROKEN)
def test_every_problem_is_seen(finished: bytes, problem: str) -> None:
    assert problem in gate.structure(BROKEN[problem](finished))


@pytest.mark.parametrize(
    "change",
    [
        name("share_price", scope=' localSheetId="0"'),
        name("_xlnm.Print_Titles", scope=' localSheetId="0"'),
        formula("'It''s (1'!A1"),
        formula('"a ""quoted"" ("&amp;"}"'),
        formula("_xlfn.XLOOKUP(1,A1:A2,A1:A2)"),
        formula("_xlfn._xlws.SORT(A1:A2)"),
        formula("SUM({1,2;3,4})"),
        formula("my.xlookup(1)"),
        formula("XLOOKUP"),
        formula("Table1[[#This Row],[It's]]"),
    ],
)
def test_what_is_right_is_no_problem(finished: bytes, change: Callable[[bytes], bytes]) -> None:
    assert gate.structure(change(finished)) == []


@pytest.mark.parametrize(
    ("text", "functions"),
    [
        ("F(1,2)", []),
        ("F()", []),
        ("F(1,,2)", ["F"]),
        ("F(1, ,2)", ["F"]),
        ("F(,2)", ["F"]),
        ("f(1,)", ["F"]),
        ("F(G(1,,2),3)", ["G"]),
        ("F(G(1),,2)", ["F"]),
        ('F(",,",1)', []),
    ],
)
def test_calls_with_gaps(text: str, functions: list[str]) -> None:
    assert formulas.calls_with_gaps(text) == functions
