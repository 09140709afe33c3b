"""Would Excel open what the command builds, and calculate it as the engines here do?

No Excel is at hand. Oracle: the rules of the gate (tests/workbook/gate), each of which names the
document or the file of Excel's that it was read in. A rule that finds nothing proves nothing, so
each one's faults are put into a small file and into a real build, and must be seen in both.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

import formualizer
import gate
import pytest
from calc_comparison import built
from gate import rule as rules
from gate.opened import Opened
from gate.package_rules import KNOWN, content_types, relations
from gate.rule import Rule
from gate.small import small

from model.case import case
from workbook.check.safety.verdict import Safety, judged
from workbook.hosts import excel_files, lite
from workbook.hosts.intersection import intersections
from workbook.package import archive
from workbook.package.package import Package

#: Every file that the command can build of a case, by the option that builds it.
BUILDS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "": ("case.xlsx", lambda package: package),
    "--excel": ("case.xlsm", excel_files.macro_workbook),
    "--lite": ("case-lite.xlsx", lite.lite_workbook),
    "--lite --bundle": ("case-lite.xlsx", functools.partial(lite.lite_workbook, bundle=True)),
}
FAULTS = [(rule, fault) for rule in gate.RULES for fault in rule.faults]
every_fault = pytest.mark.parametrize(
    ("rule", "fault"), FAULTS, ids=[f"{rule.name}: {fault}" for rule, fault in FAULTS]
)


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("name", case.names())
def test_every_file_of_every_case_passes(name: str, build: str) -> None:
    file, make = BUILDS[build]
    made = make(built(name))
    assert gate.problems(made, file) == []
    # Nor has the check any finding or note on its safety.
    assert judged(Package.opened(made)) == Safety()


def test_the_add_in_passes() -> None:
    assert gate.problems(excel_files.addin(), "offtake.xlam") == []


@pytest.fixture(scope="module")
def small_file() -> bytes:
    return small()


def broken(rule: Rule, fault: str, package: bytes) -> bytes:
    parts = archive.read(package)
    rule.faults[fault](parts)
    return archive.zipped(parts)


@pytest.fixture(scope="module")
def real() -> Opened:
    return Opened(archive.entries(built("cerebras")), "case.xlsx")


def found(rule: Rule, fault: str, package: bytes) -> list[str]:
    return list(rule.find(Opened(archive.entries(broken(rule, fault, package)), "case.xlsx")))


def test_the_small_file_passes(small_file: bytes) -> None:
    assert gate.problems(small_file, "small.xlsx") == []


@pytest.mark.parametrize(
    "formula",
    [
        "SUM((A1,B1))",
        "SUM(A1:C3 B1:B9)",
        "SUM(A:A,1:1)",
        "SUM(Inputs:Results!A1)",
        "_xlfn.SINGLE(A1:A3)",
        "SUM(_xlfn.ANCHORARRAY(B5))",
        "_xlfn.AGGREGATE(14,6,B5:B8/(C5:C8>0),1)",
        "_xlfn.LET(_xlpm.x,B1,_xlpm.x*2)",
        "IF(A1,,1)",
        "ISO.CEILING(1)",
    ],
)
def test_what_excel_takes_passes(small_file: bytes, formula: str) -> None:
    parts = archive.read(small_file)
    rules.formula(formula)(parts)
    assert gate.problems(archive.zipped(parts), "small.xlsx") == []


@every_fault
def test_no_rule_stumbles_over_what_another_sees(small_file: bytes, rule: Rule, fault: str) -> None:
    assert gate.problems(broken(rule, fault, small_file), "small.xlsx")


@every_fault
def test_a_fault_in_a_small_file_is_seen(small_file: bytes, rule: Rule, fault: str) -> None:
    assert found(rule, fault, small_file)


@every_fault
def test_a_fault_in_a_real_build_is_seen(real: Opened, rule: Rule, fault: str) -> None:
    parts = dict(real.parts)
    rule.faults[fault](parts)
    assert list(rule.find(real.with_parts(parts)))


@pytest.mark.parametrize(
    ("formula", "ranges"),
    [
        ("SUMPRODUCT(A1:A3*B1:B3)", []),
        ('MATCH("a",INDEX(A1:A3&"",0),0)', []),
        ("IF(C1=0,0,SUMPRODUCT((A1:A3>1)/B1:B3))", []),
        ("1/SUMPRODUCT(MAX((A1:A3>1)/B1:B3))", []),
        ("SUM(A1:A3)*2", []),
        ("SUM(Flows)/Price", []),
        ("SUM(A1:A3,-B1,Flows)", []),
        ("SUMIF(A1:A3,C1,B1:B3)", []),
        ("INDEX(Flows,2,1)", []),
        ("INDEX(RPO_BANDS(A1,B1:D3),2,3)", []),
        ("DILUTED_SHARES(A1,Flows)", []),
        ("SUM((A1,B1:B3))", []),
        ("SUM(A1:C3 B1:B9)", []),
        ("SUM(Inputs:Results!A1)", []),
        ("_xlfn.SINGLE(A1:A3)*2", []),
        ("SUM(_xlfn.ANCHORARRAY(B5))", []),
        ("_xlfn.AGGREGATE(14,6,A1:A3/(B1:B3>0),1)", []),
        ("SUM(IFERROR(A1/B1,0),A1:A3)", []),
        ("SUM(A1:A3*B1:B3)", ["A1:A3", "B1:B3"]),
        ("SUMPRODUCT(IF(A1:A3>0,1,0)*B1:B3)", ["A1:A3"]),
        ("SUMPRODUCT(ROUND(A1:A3,0))", ["A1:A3"]),
        ("MAX(-(A1:A3))", ["A1:A3"]),
        ("A1:A3", ["A1:A3"]),
        ("'Other sheet'!A:A", ["'Other sheet'!A:A"]),
        ("SUM(Flows/2)", ["Flows"]),
        ("Flows+1", ["Flows"]),
        ("SUMIF(A1:A3,B1:B3,C1:C3)", ["B1:B3"]),
        ("DILUTED_SHARES(A1:A3*2,Flows)", ["A1:A3"]),
        ("IF(A1>0,Flows,0)", ["IF"]),
        ("RPO_BANDS(A1,Flows)", ["RPO_BANDS"]),
        ("SUM(IFERROR(A1:A3,0))", ["A1:A3"]),
        ("SUMPRODUCT(IFERROR(1/A1:A3,0))", ["A1:A3"]),
        ("SUM(_xlfn.IFNA(Flows,0))", ["Flows"]),
        ("Inputs:Results!A1*2", ["Inputs:Results!A1"]),
    ],
)
def test_where_excel_takes_one_cell(formula: str, ranges: list[str]) -> None:
    """Microsoft's description of implicit intersection, by what functions take."""
    names = {"flows": "Inputs!$A$1:$A$3", "price": "Inputs!$B$1"}
    tree = formualizer.parse("=" + formula)
    expected = [f"has {ranged} where Excel takes one cell" for ranged in ranges]
    assert list(intersections(tree, names)) == expected


@pytest.mark.parametrize("rule", gate.RULES, ids=lambda rule: rule.name)
def test_every_rule_has_its_source_and_its_faults(rule: Rule) -> None:
    assert rule.source and rule.faults


@pytest.mark.parametrize(
    "name", ["quickstart.xlsm", "quickstart_standalone.xlsm", "addin/xlwings.xlam"]
)
def test_what_is_known_of_parts_is_what_excel_wrote(name: str) -> None:
    """These were saved by Excel, so what they have must be known, with its content type."""
    file = Opened(archive.entries(excel_files.shipped_file(name)), name)
    types = content_types(file)
    for source, kind, target in relations(file):
        assert re.fullmatch(KNOWN[kind][0], source)
        assert types[target] in KNOWN[kind][1]
