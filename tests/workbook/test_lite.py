"""Is a workbook for xlwings Lite what Excel would have written, and does its code run?

Oracles: the workbook that it was made from, in all that must not change; openpyxl's tokenizer for
the calls in formulas; the headless engine; Microsoft's Open XML SDK validator; what files that
Excel wrote have for an add-in, with its sources in `lite_parts`; and a fresh Python in which
stand-ins for xlwings' decorators write down what they are given.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import gate
import openpyxl
import pytest
from lite_parts import EXTENSION, PANES, PANES_RELATIONS, lite_problems
from open_xml import findings
from openpyxl.formatting.rule import FormulaRule
from openpyxl.formula import Tokenizer
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from model.case.case import load
from workbook import template
from workbook.hosts import headless, lite
from workbook.package.archive import zipped
from workbook.package.package import Package
from workbook.refusal import CALLABLE

ROOT = Path(__file__).parents[2]
WE = "{http://schemas.microsoft.com/office/webextensions/webextension/2010/11}"

#: Formulas, and the same for xlwings Lite.
FORMULAS = {
    "RPO_BANDS(A1, B1:D3)": "_xldudf_RPO_BANDS(A1, B1:D3)",
    "rpo_bands (A1,B1:D3)": "_xldudf_RPO_BANDS (A1,B1:D3)",
    "1+DCF_WACC(1,DCF_TERMINAL_MULTIPLE(2,3))": (
        "1+_xldudf_DCF_WACC(1,_xldudf_DCF_TERMINAL_MULTIPLE(2,3))"
    ),
    "SUM(A1:B2 B1:C3)": "SUM(A1:B2 B1:C3)",
    '"RPO_BANDS(" & A1': '"RPO_BANDS(" & A1',
    '"a""RPO_BANDS("': '"a""RPO_BANDS("',
    "'RPO_BANDS('!A1": "'RPO_BANDS('!A1",
    "'It''s RPO_BANDS('!A1": "'It''s RPO_BANDS('!A1",
    "[RPO_BANDS(]": "[RPO_BANDS(]",
    "RPO_BANDS!A1": "RPO_BANDS!A1",
    "[1]!RPO_BANDS(A1)": "[1]!RPO_BANDS(A1)",
    "RPO_BANDS": "RPO_BANDS",
    "MY_RPO_BANDS(1)+RPO_BANDS2(1)": "MY_RPO_BANDS(1)+RPO_BANDS2(1)",
    "_xldudf_RPO_BANDS(1)": "_xldudf_RPO_BANDS(1)",
    " ": " ",
}

#: Stands in for xlwings where its add-in runs: keeps what the decorators are given.
XLWINGS = """
import inspect

class XlwingsError(Exception):
    pass

def func(f):
    f.lite = getattr(f, "lite", {"arguments": {}})
    f.lite |= {"help": f.__doc__, "exposed": True, "signature": str(inspect.signature(f))}
    return f

def arg(name, **options):
    def keep(f):
        f.lite = getattr(f, "lite", {"arguments": {}})
        f.lite["arguments"][name] = options
        return f
    return keep
"""

#: Imports main.py as the add-in does, and answers what it found and what some calls give.
RUN = """
import inspect, json, sys
sys.path.insert(0, ".")
import main

def answer(name, *cells):
    try:
        return getattr(main, name)(*cells)
    except main.XlwingsError as refusal:
        return f"XlwingsError: {refusal}"

print(json.dumps({
    "functions": {n: f.lite for n, f in inspect.getmembers(main) if hasattr(f, "lite")},
    "names": {n: f.__name__ for n, f in inspect.getmembers(main) if hasattr(f, "lite")},
    "code": main.InputError.__init__.__code__.co_filename,
    "ours": [m for m in sys.modules if m.partition(".")[0] in ("model", "workbook")],
    "answers": [
        answer("dcf_terminal_multiple", 120, 11.5),
        answer("dcf_terminal_multiple", None, 11.5),
        answer("dcf_terminal_multiple", "#N/A", 11.5),
        answer("dcf_terminal_growth", 5.0, 0.02, 0.03),
        answer("rpo_bands", 100.0, [["From month", "To month", "Share"], [1.0, 24.0, 0.25]]),
    ],
}))
"""


def parts(file: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def texts(file: bytes) -> dict[str, Any]:
    """Read the settings back, as the add-in does."""
    root = ElementTree.fromstring(parts(file)[lite.EXTENSION_PART])
    found = root.findall(f"{WE}properties/{WE}property")
    return {p.attrib["name"]: json.loads(p.attrib["value"]) for p in found}


def calls(formula: str) -> list[str]:
    """List the functions that a formula calls, by a tokenizer that is not ours."""
    return [
        item.value[:-1].upper()
        for item in Tokenizer("=" + formula).items
        if item.type == "FUNC" and item.subtype == "OPEN"
    ]


@pytest.fixture(scope="module")
def built() -> bytes:
    return template.build(load("cerebras"))


@pytest.fixture(scope="module", params=[False, True], ids=["named", "bundled"])
def bundle(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(scope="module")
def made(built: bytes, bundle: bool) -> bytes:
    return lite.lite_workbook(built, bundle)


@pytest.fixture(scope="module")
def named_parts(built: bytes) -> dict[str, bytes]:
    """Return the parts of the workbook that names the package instead of holding it."""
    return parts(lite.lite_workbook(built))


# Formulas --------------------------------------------------------------------------------------


@pytest.mark.parametrize("formula", FORMULAS)
def test_calls_of_the_catalogue_get_the_prefix_and_nothing_else(formula: str) -> None:
    assert lite.prefixed(formula) == FORMULAS[formula]


def test_every_call_in_the_workbook_bears_the_prefix(built: bytes, made: bytes) -> None:
    before, after = Package.opened(built).formulas, Package.opened(made).formulas
    called = 0
    for sheet, of_sheet in before.items():
        assert list(after[sheet]) == list(of_sheet)
        for at, formula in of_sheet.items():
            changed = after[sheet][at]
            assert changed.text.replace("_xldudf_", "") == formula.text
            assert (changed.ref, changed.value) == (formula.ref, formula.value)
            names = ["_XLDUDF_" + n if n in CALLABLE else n for n in calls(formula.text)]
            assert calls(changed.text) == names
            called += changed.text.count("_xldudf_")
    assert called > 50


def test_names_formats_and_validations_get_the_prefix_too() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "RPO_BANDS(1)"
    call = "DCF_TERMINAL_MULTIPLE($A$1,2)"
    book.defined_names["worth"] = DefinedName("worth", attr_text=call)
    sheet.conditional_formatting.add("A1:A4", FormulaRule([f"{call}>5"]))
    sheet.add_data_validation(DataValidation("custom", formula1=f"{call}>1", sqref="A9"))
    file = io.BytesIO()
    book.save(file)
    made = lite.lite_workbook(file.getvalue())
    read = openpyxl.load_workbook(io.BytesIO(made))
    assert read.defined_names["worth"].attr_text == "_xldudf_" + call
    (rules,) = read.worksheets[0].conditional_formatting
    assert rules.rules[0].formula == [f"_xldudf_{call}>5"]
    (validation,) = read.worksheets[0].data_validations.dataValidation
    assert validation.formula1 == f"_xldudf_{call}>1"
    assert read.worksheets[0]["A1"].value == "RPO_BANDS(1)"


def test_the_values_are_the_same(built: bytes, made: bytes) -> None:
    assert Package.opened(made).cached == Package.opened(built).cached
    assert headless.evaluate(made) == headless.evaluate(built)


# The file --------------------------------------------------------------------------------------


def test_the_validator_and_our_own_checks_find_nothing(made: bytes, tmp_path: Path) -> None:
    assert gate.structure(made) == []
    assert findings(made, tmp_path) == []


def test_all_else_is_as_it_was(built: bytes, made: bytes) -> None:
    before, after = parts(built), parts(made)
    changed = {name for name in before if before[name] != after[name]}
    assert set(after) - set(before) == {lite.EXTENSION_PART, lite.PANES_PART, lite.PANES_RELATIONS}
    other = {n for n in changed if not n.startswith("xl/worksheets/")}
    assert other == {"[Content_Types].xml", "_rels/.rels"}


def test_the_parts_are_those_that_excel_writes(made: bytes) -> None:
    assert lite_problems(made) == []


def test_a_file_without_an_add_in_has_none_to_check(built: bytes) -> None:
    assert lite_problems(built) == []


def test_a_call_of_an_add_in_that_no_part_names_is_seen(made: bytes) -> None:
    without = {n: p for n, p in parts(made).items() if not n.startswith("xl/webextensions/")}
    assert any("no add-in is named" in problem for problem in lite_problems(zipped(without)))


def broken(part: bytes) -> Iterator[tuple[str, bytes]]:
    """Break a part in every way there is: drop, change or swap each element and attribute."""
    elements = list(ElementTree.fromstring(part).iter())
    for i, element in enumerate(elements):
        name = element.tag.rpartition("}")[2]
        for key in element.attrib:
            yield f"{name} without {key}", edited(part, i, lambda e, k=key: e.attrib.pop(k))
            yield f"{name}: other {key}", edited(part, i, lambda e, k=key: e.set(k, "x" + e.get(k)))
        yield f"{name}: an attribute", edited(part, i, lambda e: e.set("further", "1"))
        yield (
            f"{name}: a child",
            edited(part, i, lambda e: e.append(ElementTree.Element("further"))),
        )
        for n in range(len(element)):
            yield f"{name} without child {n}", edited(part, i, lambda e, n=n: e.remove(e[n]))
            if n and element[n].tag != element[n - 1].tag:
                yield (
                    f"{name}: child {n} before {n - 1}",
                    edited(part, i, lambda e, n=n: e.insert(n - 1, swapped(e, n))),
                )


def swapped(element: ElementTree.Element, n: int) -> ElementTree.Element:
    child = element[n]
    element.remove(child)
    return child


def edited(part: bytes, number: int, edit: Callable[[ElementTree.Element], object]) -> bytes:
    root = ElementTree.fromstring(part)
    edit(list(root.iter())[number])
    return ElementTree.tostring(root)


@pytest.mark.parametrize("name", [EXTENSION, PANES])
def test_whatever_is_missing_or_changed_in_a_part_is_seen(built: bytes, name: str) -> None:
    of = parts(lite.lite_workbook(built))
    small = {n: p for n, p in of.items() if not n.startswith("xl/worksheets/")}
    assert lite_problems(zipped(small)) == []
    tried = dict(broken(small[name]))
    unseen = [
        how for how, part in tried.items() if not lite_problems(zipped({**small, name: part}))
    ]
    assert unseen == []
    assert len(tried) > 15


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("_rels/.rels", b"relationships/webextensiontaskpanes", b"relationships/other"),
        ("_rels/.rels", b"xl/webextensions/taskpanes.xml", b"webextensions/taskpanes.xml"),
        (PANES_RELATIONS, b"relationships/webextension", b"relationships/other"),
        (PANES_RELATIONS, b'Target="webextension1.xml"', b'Target="webextension2.xml"'),
        (PANES_RELATIONS, b'Id="', b'Id="other'),
        (PANES_RELATIONS, b"<Relationship ", b'<Relationship TargetMode="External" '),
        ("[Content_Types].xml", b"office.webextension+xml", b"office.other+xml"),
        ("[Content_Types].xml", b"webextensiontaskpanes+xml", b"other+xml"),
        (EXTENSION, b"Office.AutoShowTaskpaneWithDocument", b"Office.Other"),
        (EXTENSION, b'value="true"', b'value="&quot;true&quot;"'),
        (EXTENSION, b"requirements.txt", b"requirement.txt"),
        (EXTENSION, b"requirements.txt", b"main.py"),
        (EXTENSION, b'value="&quot;xlwings', b'value="xlwings'),
        (EXTENSION, b"import base64", b"import import base64"),
        (EXTENSION, b'value="&quot;xlwings', b'value="&quot;' + b"x" * 2_000_000),
    ],
)
def test_a_way_that_leads_elsewhere_is_seen(
    named_parts: dict[str, bytes], part: str, old: bytes, new: bytes
) -> None:
    of = named_parts
    assert old in of[part]
    assert lite_problems(zipped({**of, part: of[part].replace(old, new)})) != []


@pytest.mark.parametrize("part", [EXTENSION, PANES, PANES_RELATIONS, "_rels/.rels"])
def test_a_part_that_is_missing_is_seen(named_parts: dict[str, bytes], part: str) -> None:
    of = dict(named_parts)
    del of[part]
    assert lite_problems(zipped(of)) == [f"{part} is missing."]


def test_the_code_is_the_file_that_one_can_read(made: bytes, bundle: bool) -> None:
    source = (ROOT / "workbook/hosts/lite_main.py").read_text()
    found = texts(made)
    assert found.pop("Office.AutoShowTaskpaneWithDocument") is True
    assert set(found) == {"main.py", "requirements.txt"}
    lines = found["main.py"].splitlines()
    differing = [a for a, b in zip(lines, source.splitlines(), strict=True) if a != b]
    assert [line[:10] for line in differing] == (['BUNDLE = "'] if bundle else [])
    needed = found["requirements.txt"].split()
    assert needed == (["xlwings", "numpy", "numpy-financial"] if bundle else ["xlwings", "offtake"])


def test_the_documentations_command_writes_the_code_for_pasting(tmp_path: Path) -> None:
    """By hand is the way that is left where the add-in ignores what stands in the file."""
    page = (ROOT / "docs/lite.md").read_text()
    (command,) = re.findall(r'^    python -c "(.*)"$', page, re.M)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", command], cwd=tmp_path, env=environment, check=True)
    written = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    assert written == lite.settings(bundle=True)


def test_the_same_input_gives_the_same_file(built: bytes, made: bytes, bundle: bool) -> None:
    assert lite.lite_workbook(built, bundle) == made


def test_a_file_with_an_add_in_is_refused(built: bytes, made: bytes) -> None:
    with pytest.raises(ValueError, match="has a part"):
        lite.lite_workbook(made)
    other = zipped({**parts(built), "xl/webextensions/webextension2.xml": b"<other/>"})
    with pytest.raises(ValueError, match="webextension2"):
        lite.lite_workbook(other)


# The code --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reported(made: bytes, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("lite")
    (folder / "main.py").write_text(texts(made)["main.py"])
    (folder / "xlwings.py").write_text(XLWINGS)
    (folder / "run.py").write_text(RUN)
    run = subprocess.run(
        [sys.executable, "run.py"], capture_output=True, text=True, cwd=folder, timeout=60
    )
    assert run.returncode == 0, run.stderr
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


def test_the_code_exposes_the_whole_catalogue(reported: dict[str, Any]) -> None:
    assert set(reported["functions"]) == {name.lower() for name in CALLABLE}
    assert all(name == own for name, own in reported["names"].items())
    for name, found in reported["functions"].items():
        declared = CALLABLE[name.upper()]
        assert found["exposed"]
        assert found["help"] == declared.summary
        expected = [
            p.name if p.required else f"{p.name}={p.default!r}" for p in declared.parameters
        ]
        assert found["signature"] == f"({', '.join(expected)})"
        assert list(found["arguments"]) == [p.name for p in declared.parameters]
        for p in declared.parameters:
            doc = found["arguments"][p.name]["doc"]
            assert doc.startswith(p.help)
            assert all(word in doc for word in p.choices or [p.unit])
            assert len(doc) <= 255
            assert found["arguments"][p.name]["err_to_str"] is True


def test_values_and_errors_are_what_the_add_in_takes(reported: dict[str, Any]) -> None:
    number, missing, error, num, table = reported["answers"]
    assert number == 1380.0
    assert missing.startswith("XlwingsError: metric must be given: ")
    assert error == "XlwingsError: metric must be a number, not the error #N/A."
    assert num == "#NUM!"
    assert table[1:] == [
        ["Months 1 to 24", 1, 24, 0.25, 25.0],
        ["Unstated remainder", 25, "", 0.75, 75.0],
    ]


def test_the_bundle_is_what_the_catalogue_imports(reported: dict[str, Any], bundle: bool) -> None:
    assert ("offtake.zip" in reported["code"]) == bundle
    if bundle:
        with zipfile.ZipFile(io.BytesIO(lite.bundled())) as archive:
            held = {name: archive.read(name) for name in archive.namelist()}
        names = [n.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for n in held]
        assert sorted(names) == sorted(reported["ours"])
        assert all((ROOT / name).read_bytes() == code for name, code in held.items())
