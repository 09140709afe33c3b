"""Is a workbook for xlwings Lite what Excel would have written, and does its code run?

Oracles: the workbook that it was made from, in all that must not change; openpyxl's tokenizer for
the calls in formulas; the headless engine; Microsoft's Open XML SDK validator; and a fresh Python
in which stand-ins for xlwings' decorators write down what they are given.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from openpyxl.formatting.rule import FormulaRule
from openpyxl.formula import Tokenizer
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from test_package import findings

from model.case import load
from workbook import structure, template
from workbook.functions import CATALOGUE
from workbook.hosts import headless, lite
from workbook.package import cached, formulas

ROOT = Path(__file__).parents[2]
RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
WE = "{http://schemas.microsoft.com/office/webextensions/webextension/2010/11}"
WETP = "{http://schemas.microsoft.com/office/webextensions/taskpanes/2010/11}"
OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"

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


def texts(file: bytes) -> dict[str, str]:
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


# Formulas --------------------------------------------------------------------------------------


@pytest.mark.parametrize("formula", FORMULAS)
def test_calls_of_the_catalogue_get_the_prefix_and_nothing_else(formula: str) -> None:
    assert lite.prefixed(formula) == FORMULAS[formula]


def test_every_call_in_the_workbook_bears_the_prefix(built: bytes, made: bytes) -> None:
    before, after = formulas(built), formulas(made)
    called = 0
    for sheet, of_sheet in before.items():
        assert list(after[sheet]) == list(of_sheet)
        for at, formula in of_sheet.items():
            changed = after[sheet][at]
            assert changed.text.replace("_xldudf_", "") == formula.text
            assert (changed.ref, changed.value) == (formula.ref, formula.value)
            names = ["_XLDUDF_" + n if n in CATALOGUE else n for n in calls(formula.text)]
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
    assert cached(made) == cached(built)
    assert headless.evaluate(made) == headless.evaluate(built)


# The file --------------------------------------------------------------------------------------


def test_the_validator_and_our_own_checks_find_nothing(made: bytes, tmp_path: Path) -> None:
    assert structure.problems(made) == []
    assert findings(made, tmp_path) == []


def test_all_else_is_as_it_was(built: bytes, made: bytes) -> None:
    before, after = parts(built), parts(made)
    changed = {name for name in before if before[name] != after[name]}
    assert set(after) - set(before) == {lite.EXTENSION_PART, lite.PANES_PART, lite.PANES_RELATIONS}
    other = {n for n in changed if not n.startswith("xl/worksheets/")}
    assert other == {"[Content_Types].xml", "_rels/.rels"}


def test_the_file_leads_to_the_code(made: bytes) -> None:
    of = parts(made)
    package = {r.attrib["Type"]: r for r in ElementTree.fromstring(of["_rels/.rels"])}
    relation = "http://schemas.microsoft.com/office/2011/relationships/webextension"
    assert package[relation + "taskpanes"].attrib["Target"] == "/" + lite.PANES_PART
    (own,) = ElementTree.fromstring(of[lite.PANES_RELATIONS]).findall(RELATION)
    assert own.attrib["Type"] == relation
    assert own.attrib["Target"] == "/" + lite.EXTENSION_PART
    pane = ElementTree.fromstring(of[lite.PANES_PART]).find(f"{WETP}taskpane")
    assert pane is not None
    reference = pane.find(f"{WETP}webextensionref")
    assert reference is not None and reference.attrib[f"{OFFICE}id"] == own.attrib["Id"]
    types = {
        o.get("PartName"): o.get("ContentType")
        for o in ElementTree.fromstring(of["[Content_Types].xml"])
    }
    kind = "application/vnd.ms-office.webextension"
    assert types["/" + lite.EXTENSION_PART] == f"{kind}+xml"
    assert types["/" + lite.PANES_PART] == f"{kind}taskpanes+xml"
    store = ElementTree.fromstring(of[lite.EXTENSION_PART]).find(f"{WE}reference")
    assert store is not None
    assert (store.attrib["id"], store.attrib["storeType"]) == ("WA200008175", "OMEX")


def test_the_code_is_the_file_that_one_can_read(made: bytes, bundle: bool) -> None:
    source = (ROOT / "workbook/hosts/lite_main.py").read_text()
    found = texts(made)
    assert set(found) == {"main.py", "requirements.txt"}
    lines = found["main.py"].splitlines()
    differing = [a for a, b in zip(lines, source.splitlines(), strict=True) if a != b]
    assert [line[:10] for line in differing] == (['BUNDLE = "'] if bundle else [])
    needed = found["requirements.txt"].split()
    assert needed == (["xlwings", "numpy", "numpy-financial"] if bundle else ["xlwings", "offtake"])


def test_the_same_input_gives_the_same_file(built: bytes, made: bytes, bundle: bool) -> None:
    assert lite.lite_workbook(built, bundle) == made


def test_a_file_with_code_is_refused(made: bytes) -> None:
    with pytest.raises(ValueError, match="has a part"):
        lite.lite_workbook(made)


# The code --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def told(made: bytes, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
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


def test_the_code_exposes_the_whole_catalogue(told: dict[str, Any]) -> None:
    assert set(told["functions"]) == {name.lower() for name in CATALOGUE}
    assert all(name == own for name, own in told["names"].items())
    for name, found in told["functions"].items():
        declared = CATALOGUE[name.upper()]
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


def test_values_and_errors_are_what_the_add_in_takes(told: dict[str, Any]) -> None:
    number, missing, error, num, table = told["answers"]
    assert number == 1380.0
    assert missing.startswith("XlwingsError: metric must be given: ")
    assert error == "XlwingsError: metric must be a number, not the error #N/A."
    assert num == "#NUM!"
    assert table[1:] == [
        ["Months 1 to 24", 1, 24, 0.25, 25.0],
        ["Unstated remainder", 25, "", 0.75, 75.0],
    ]


def test_the_bundle_is_what_the_catalogue_imports(told: dict[str, Any], bundle: bool) -> None:
    assert ("offtake.zip" in told["code"]) == bundle
    if bundle:
        with zipfile.ZipFile(io.BytesIO(lite.bundled())) as archive:
            held = {name: archive.read(name) for name in archive.namelist()}
        names = [n.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for n in held]
        assert sorted(names) == sorted(told["ours"])
        assert all((ROOT / name).read_bytes() == code for name, code in held.items())
