"""What Excel writes for an add-in with a pane and custom functions, held against a file.

What the rules were read from:

- [MS-OWEXML] 11.0 (2024), sections 2.2 and 5: elements, their order, attributes, and which are
  required; 2.2.11: `containsCustomFunctions` says that the workbook uses the add-in's functions.
- [MS-OWEMXML], ShowTaskpane: Excel shows the pane of a file whose add-in has the property
  `Office.AutoShowTaskpaneWithDocument` with the value `true`.
- Microsoft's page "Automatically open a task pane with a document" (repository
  OfficeDev/office-js-docs-pr, docs/develop): for an add-in from the store the reference holds its
  asset number, the store's language and the version there; a pane whose `visibility` is 1 opens the
  first time too, and offers to install the add-in.
- A file of Excel 16 (repository dev-forhad/bhalojob: docProps/app.xml, [Content_Types].xml and
  xl/webextensions): asset number in small letters, a second reference whose store is that number,
  content types, names of the parts.
- What an add-in's maker wrote after files that Excel saved (repository
  Bainbridge-Growth/drivepoint-smartmodel-protocol, tools/generate_root_template.py): relationship
  types and targets, and the extension that holds `containsCustomFunctions`; the same extension
  stands in a test of repository ryanduguid/Ozzit (tests of tools/postbuild/remove_residue.py).
- xlwings Lite's own sample taxi_local.xlsx, as described in repository kuailexiaozixin/xlwings
  (references/15-xlwings-lite-guidance.md): asset number wa200008175, pane at the right and visible,
  `main.py` and `requirements.txt` as texts in JSON. It also holds `xlwingsWorkbookId`,
  `pyodideVersion`, `addinVersion` and `xlwingsSettingsWorkbook`, which are the add-in's to write.
- office-js issue 621: Excel takes 2 MB of settings.
"""

from __future__ import annotations

import ast
import io
import json
import posixpath
import re
import zipfile
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

_FOLDER = "xl/webextensions"
EXTENSION = f"{_FOLDER}/webextension1.xml"
PANES = f"{_FOLDER}/taskpanes.xml"
PANES_RELATIONS = f"{_FOLDER}/_rels/taskpanes.xml.rels"

_NAMESPACES = {
    "http://schemas.microsoft.com/office/webextensions/webextension/2010/11": "we:",
    "http://schemas.microsoft.com/office/webextensions/taskpanes/2010/11": "wetp:",
    "http://schemas.openxmlformats.org/drawingml/2006/main": "a:",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": "r:",
    "http://schemas.openxmlformats.org/package/2006/relationships": "",
    "http://schemas.openxmlformats.org/package/2006/content-types": "",
}
_GUID = r"\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}"
_STORE = {"id": "wa200008175", "version": r"\d+\.\d+\.\d+\.\d+", "storeType": "OMEX"}
_ROOT = "we:webextension"

#: By path, the attributes an element has, and its children in their order, as regular expressions.
_SHAPES: dict[str, tuple[dict[str, str], str]] = {
    _ROOT: (
        {"id": _GUID},
        "we:reference we:alternateReferences we:properties we:bindings we:snapshot we:extLst",
    ),
    f"{_ROOT}/we:reference": ({**_STORE, "store": "[a-z]{2}-[A-Z]{2}"}, ""),
    f"{_ROOT}/we:alternateReferences": ({}, "we:reference"),
    f"{_ROOT}/we:alternateReferences/we:reference": ({**_STORE, "store": "WA200008175"}, ""),
    f"{_ROOT}/we:properties": ({}, "we:property( we:property)*"),
    f"{_ROOT}/we:properties/we:property": ({"name": ".+", "value": "(?s:.+)"}, ""),
    f"{_ROOT}/we:bindings": ({}, ""),
    f"{_ROOT}/we:snapshot": ({}, ""),
    f"{_ROOT}/we:extLst": ({}, "a:ext"),
    f"{_ROOT}/we:extLst/a:ext": (
        {"uri": r"\{D87F86FE-615C-45B5-9D79-34F1136793EB\}"},
        "we:containsCustomFunctions",
    ),
    f"{_ROOT}/we:extLst/a:ext/we:containsCustomFunctions": ({}, ""),
    "wetp:taskpanes": ({}, "wetp:taskpane"),
    "wetp:taskpanes/wetp:taskpane": (
        {"dockstate": "right", "visibility": "1", "width": r"[1-9]\d*", "row": r"\d+"},
        "wetp:webextensionref",
    ),
    "wetp:taskpanes/wetp:taskpane/wetp:webextensionref": ({"r:id": ".+"}, ""),
}

_AUTO_SHOW = "Office.AutoShowTaskpaneWithDocument"
_TYPES = "http://schemas.microsoft.com/office/2011/relationships/"
#: By the part that holds it, the relationship that leads on, and where it leads.
_RELATIONS = {
    "_rels/.rels": ("webextensiontaskpanes", PANES),
    PANES_RELATIONS: ("webextension", EXTENSION),
}
_CONTENT_TYPES = {
    PANES: "application/vnd.ms-office.webextensiontaskpanes+xml",
    EXTENSION: "application/vnd.ms-office.webextension+xml",
}
_MOST_SETTINGS = 2_000_000
_PREFIXED_CALL = re.compile(rb"<f[ >][^<]*_xldudf_|<formula[12]?>[^<]*_xldudf_")


def lite_problems(package: bytes) -> list[str]:
    """Say in what a workbook differs from those that Excel saves with xlwings Lite.

    Parameters
    ----------
    package : bytes
        Any .xlsx or .xlsm file.

    Returns
    -------
    list of str
        One sentence for each difference; none for a file without an add-in and without calls of
        an add-in's functions.
    """
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    if not any(name.startswith(f"{_FOLDER}/") for name in parts):
        calling = [n for n, p in parts.items() if n.endswith(".xml") and _PREFIXED_CALL.search(p)]
        return [f"{name} calls an add-in's functions, and no add-in is named." for name in calling]
    missing = [n for n in (EXTENSION, PANES, *_RELATIONS, "[Content_Types].xml") if n not in parts]
    if missing:
        return [f"{name} is missing." for name in missing]
    trees = {name: _tree(parts[name]) for name in (EXTENSION, PANES)}
    return [
        *_shape(trees[EXTENSION], EXTENSION, _ROOT),
        *_shape(trees[PANES], PANES, "wetp:taskpanes"),
        *_settings(trees[EXTENSION]),
        *_ways(parts, trees[PANES]),
        *_content_types(parts),
    ]


def _tree(part: bytes) -> Element:
    """Parse a part, with usual prefixes for its namespaces."""
    root = ElementTree.fromstring(part)
    for element in root.iter():
        element.tag = _usual(element.tag)
        attributes = {_usual(name): value for name, value in element.attrib.items()}
        element.attrib.clear()
        element.attrib.update(attributes)
    return root


def _usual(name: str) -> str:
    if not name.startswith("{"):
        return name
    namespace, _, local = name[1:].partition("}")
    return _NAMESPACES.get(namespace, f"{{{namespace}}}") + local


def _shape(element: Element, part: str, path: str) -> list[str]:
    """Compare an element and all below it with what Excel writes."""
    if path not in _SHAPES or element.tag != path.rpartition("/")[2]:
        return [f"{part}: {path} is {element.tag}, which Excel does not write there."]
    attributes, content = _SHAPES[path]
    found = []
    for name in sorted(attributes.keys() | element.keys()):
        value = element.get(name)
        if value is None:
            found.append(f"{part}: {path} has no attribute {name}.")
        elif name not in attributes:
            found.append(f"{part}: {path} has an attribute {name}, which Excel does not write.")
        elif not re.fullmatch(attributes[name], value):
            found.append(f"{part}: {name} of {path} is {value!r}, not {attributes[name]}.")
    children = " ".join(child.tag for child in element)
    if not re.fullmatch(content, children):
        found.append(f"{part}: {path} holds [{children}], not [{content}].")
        return found
    for child in element:
        found += _shape(child, part, f"{path}/{child.tag}")
    return found


def _settings(extension: Element) -> list[str]:
    """Check the texts that the add-in keeps, and the setting that opens its pane."""
    named = [(p.get("name", ""), p.get("value", "")) for p in extension.iter("we:property")]
    settings = dict(named)
    found = []
    if len(named) > len(settings):
        found.append(f"{EXTENSION}: a property is there twice.")
    if settings.get(_AUTO_SHOW) != "true":
        found.append(f"{EXTENSION}: the property {_AUTO_SHOW} is not true.")
    for name in ("main.py", "requirements.txt"):
        try:
            text = json.loads(settings.get(name, ""))
        except ValueError:
            text = None
        if not isinstance(text, str) or not text.strip():
            found.append(f"{EXTENSION}: the property {name} is not a text in JSON.")
        elif name == "main.py":
            try:
                ast.parse(text)
            except (SyntaxError, ValueError) as error:
                found.append(f"{EXTENSION}: {name} is not Python: {error}.")
    if sum(len(name) + len(value) for name, value in named) > _MOST_SETTINGS:
        found.append(f"{EXTENSION}: the properties are longer than Excel takes.")
    return found


def _ways(parts: dict[str, bytes], panes: Element) -> list[str]:
    """Check that relationships lead from the package to the pane, and from there to the add-in."""
    found = []
    for part, (kind, goal) in _RELATIONS.items():
        relations = [r for r in _tree(parts[part]) if r.get("Type") == _TYPES + kind]
        if len(relations) != 1:
            found.append(f"{part} has {len(relations)} relationships {kind}, not one.")
            continue
        (relation,) = relations
        folder = posixpath.dirname(posixpath.dirname(part))
        target = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", "")))
        if target != f"/{goal}" or relation.get("TargetMode", "Internal") != "Internal":
            found.append(f"{part}: the relationship {kind} leads to {target}, not to /{goal}.")
        used = {r.get("r:id") for r in panes.iter("wetp:webextensionref")}
        if part == PANES_RELATIONS and used != {relation.get("Id")}:
            found.append(f"{PANES}: the pane does not refer to {part}.")
    return found


def _content_types(parts: dict[str, bytes]) -> list[str]:
    types = {o.get("PartName"): o.get("ContentType") for o in _tree(parts["[Content_Types].xml"])}
    return [
        f"[Content_Types].xml: /{part} is {types.get('/' + part)}, not {kind}."
        for part, kind in _CONTENT_TYPES.items()
        if types.get("/" + part) != kind
    ]
