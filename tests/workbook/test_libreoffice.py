"""Does the LibreOffice extension match the catalogue, and is it installed only where possible?"""

from __future__ import annotations

import ast
import io
import json
import re
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from workbook.hosts import HostError, libreoffice, libreoffice_install
from workbook.hosts.calc import component
from workbook.refusal import CALLABLE

REGISTRY = "{http://openoffice.org/2001/registry}"
MANIFEST = "{http://openoffice.org/2001/manifest}"


@pytest.fixture(scope="module")
def parts() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(libreoffice.addin())) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_same_catalogue_gives_the_same_extension() -> None:
    assert libreoffice.addin() == libreoffice.addin()
    assert libreoffice.addin() != libreoffice.addin("/another/python")


def test_the_manifest_names_parts_that_are_there(parts: dict[str, bytes]) -> None:
    manifest = ElementTree.fromstring(parts["META-INF/manifest.xml"])
    named = {entry.attrib[f"{MANIFEST}full-path"] for entry in manifest}
    assert named == {"offtake.idl", "offtake.components", "CalcAddIns.xcu"}
    assert named < set(parts)
    for name in ("offtake.components", "CalcAddIns.xcu", "description.xml"):
        ElementTree.fromstring(parts[name])


def test_every_function_is_listed_with_excels_name(parts: dict[str, bytes]) -> None:
    root = ElementTree.fromstring(parts["CalcAddIns.xcu"])
    name = f"{REGISTRY}name"
    listed = {
        texts["CompatibilityName"]: texts["DisplayName"]
        for functions in root.iterfind(f".//node[@{name}='AddInFunctions']")
        for function in functions
        for texts in [{p.attrib[name]: p.findtext("value") for p in function.findall("prop")}]
    }
    assert listed == {function: function for function in (*CALLABLE, component.WHY)}


def test_every_function_has_a_method_of_its_type(parts: dict[str, bytes]) -> None:
    described = parts["offtake.idl"].decode()
    rows = "sequence< sequence<any> >"
    for declared in CALLABLE.values():
        returns = "any" if declared.returns == "number" else rows
        method = f" {returns} {component.method_name(declared.name)}("
        (line,) = (line for line in described.splitlines() if method in line)
        # Only what has any type may be omitted in Calc.
        types = re.findall(r"\[in\] (.+?) p\d", line)
        assert types == [rows if p.required else "any" for p in declared.parameters]
    # What says why a cell fails gets the document and the cell itself.
    assert (
        " any offtakeWhy([in] com::sun::star::beans::XPropertySet document, "
        "[in] com::sun::star::table::XCellRange p000);"
    ) in described
    methods = {component.method_name(name) for name in (*CALLABLE, component.WHY)}
    assert len(methods) == len(CALLABLE) + 1
    settings = json.loads(parts["settings.json"])
    assert settings["python"] == sys.executable
    assert settings["functions"] == {f.name: f.returns for f in CALLABLE.values()}


def test_what_runs_in_calc_needs_no_newer_python_and_no_package(parts: dict[str, bytes]) -> None:
    trees = [
        ast.parse(parts[name], feature_version=(3, 8))
        for name in ("component.py", "pythonpath/offtake_supervisor.py")
    ]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    imported = {
        name.partition(".")[0]
        for node in nodes
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [a.name for a in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }
    # Ours is imported for type checkers alone.
    assert imported <= sys.stdlib_module_names | {"workbook"}
    assert sum(getattr(node, "module", None) == "workbook.hosts.calc.supervisor" for node in nodes)
    assert b"if TYPE_CHECKING:\n    from workbook.hosts.calc.supervisor" in parts["component.py"]
    assert not imported & {"socket", "urllib", "http", "ctypes", "pickle", "marshal"}
    called = {n.func.id for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    assert not called & {"eval", "exec", "compile", "open", "__import__"}


def test_without_libreoffice_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libreoffice, "program", lambda name: None)
    said: list[str] = []
    for do in (libreoffice_install.install, libreoffice_install.uninstall):
        with pytest.raises(HostError, match=r"^No LibreOffice was found; .*\.$"):
            do(said.append)
    assert said == []


def test_an_old_libreoffice_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(libreoffice, "program", lambda name: tmp_path / name)
    monkeypatch.setattr(libreoffice, "version", lambda: (24, 8, 4))
    with pytest.raises(HostError, match=r"^LibreOffice is 24\.8\.4; .* 25\.2\.$"):
        libreoffice_install.install(print)
