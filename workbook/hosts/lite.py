"""xlwings Lite: an Excel add-in that runs Python in the browser, from the workbook itself.

Files written by Excel show how: a formula calls a custom function by its name with a prefix, and
the code is in the part with the add-in's settings, as JSON texts. We write these parts in the order
of [MS-OWEXML] and fill them as Excel does. We leave out what only the add-in knows: its version and
Pyodide's, its number for the workbook, and the list of registered functions, which files written by
Excel may lack too.
"""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from modulefinder import ModuleFinder
from pathlib import Path
from uuid import UUID
from xml.etree.ElementTree import Element, SubElement

from workbook.package.archive import parsed, written, zipped
from workbook.package.formulas import LITE_PREFIX, rewritten, tokens
from workbook.package.package import Package
from workbook.refusal import CALLABLE

#: The prefix of functions that an add-in defines.
PREFIX = LITE_PREFIX
#: The add-in's number in Microsoft's store, as Excel writes it.
STORE_ID = "wa200008175"
#: The setting that makes Excel open the add-in's pane with the document.
AUTO_SHOW = "Office.AutoShowTaskpaneWithDocument"

EXTENSION_PART = "xl/webextensions/webextension1.xml"
PANES_PART = "xl/webextensions/taskpanes.xml"
PANES_RELATIONS = "xl/webextensions/_rels/taskpanes.xml.rels"

_WEB_EXTENSION = "http://schemas.microsoft.com/office/webextensions/webextension/2010/11"
_TASK_PANES = "http://schemas.microsoft.com/office/webextensions/taskpanes/2010/11"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATION_TYPES = "http://schemas.microsoft.com/office/2011/relationships"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
#: The extension that marks a workbook as calling the add-in's functions.
_CUSTOM_FUNCTIONS = "{D87F86FE-615C-45B5-9D79-34F1136793EB}"

#: The packages that the catalogue imports.
REQUIRED = ("numpy", "numpy-financial")


def lite_workbook(file: bytes | Package, bundle: bool = False) -> bytes:
    """Turn a finished workbook into one for xlwings Lite.

    Calls of the catalogue's functions get the prefix of custom functions, and the code is added to
    the file. Values and everything else stay unchanged. The same input gives the same bytes.

    Parameters
    ----------
    file : bytes or Package
        A finished .xlsx file; if it is open, it stays as it is.
    bundle : bool, optional
        Whether the file contains the package itself, rather than only its name.

    Returns
    -------
    bytes
        The .xlsx file for xlwings Lite.

    Raises
    ------
    ValueError
        If the file already contains an add-in's code or settings.
    """
    package = Package.opened(file)
    parts = package.current()
    for part in parts:
        if part.casefold().startswith("xl/webextensions/"):
            raise ValueError(f"the file already has a part {part}")
    parts = rewritten(parts, prefixed)
    identity = UUID(bytes=sha256(package.saved()).digest()[:16], version=4)
    parts[EXTENSION_PART] = written(_extension(identity, settings(bundle)))
    parts[PANES_PART] = written(_panes())
    panes = Element("Relationships", xmlns=_RELATIONS)
    parts[PANES_RELATIONS] = written(_relation(panes, "webextension", "webextension1.xml"))
    top = parsed(parts["_rels/.rels"])
    parts["_rels/.rels"] = written(_relation(top, "webextensiontaskpanes", PANES_PART))
    types = parsed(parts["[Content_Types].xml"])
    for part, kind in ((PANES_PART, "webextensiontaskpanes"), (EXTENSION_PART, "webextension")):
        content_type = f"application/vnd.ms-office.{kind}+xml"
        SubElement(types, "Override", PartName=f"/{part}", ContentType=content_type)
    parts["[Content_Types].xml"] = written(types)
    return zipped(parts)


def prefixed(formula: str) -> str:
    """Add the prefix to every function of the catalogue that a formula calls.

    Examples
    --------
    >>> prefixed('"RPO_BANDS(" & SUM(rpo_bands(A1, B1:D3))')
    '"RPO_BANDS(" & SUM(_xldudf_RPO_BANDS(A1, B1:D3))'
    """
    written = []
    end = 0
    found = tokens(formula)
    for before, token, after in zip(["", *found], found, [*found[1:], ""], strict=False):
        start = formula.index(token, end)
        # After an exclamation mark it is another file's function.
        if after == "(" and before != "!" and token.upper() in CALLABLE:
            written += [formula[end:start], PREFIX, token.upper()]
        else:
            written.append(formula[end : start + len(token)])
        end = start + len(token)
    return "".join([*written, formula[end:]])


def settings(bundle: bool = False) -> dict[str, str]:
    """Return the texts that the add-in keeps in a workbook: the code and what it needs."""
    main = (Path(__file__).parent / "lite_main.py").read_text("utf-8")
    if not bundle:
        return {"main.py": main, "requirements.txt": "xlwings\nofftake\n"}
    code = base64.b64encode(bundled()).decode()
    return {
        "main.py": main.replace('BUNDLE = ""', f'BUNDLE = "{code}"', 1),
        "requirements.txt": "\n".join(["xlwings", *REQUIRED, ""]),
    }


def bundled() -> bytes:
    """Return a zip archive of the catalogue's modules, and no others."""
    root = Path(__file__).parents[2]
    finder = ModuleFinder([str(root)], excludes=[name.replace("-", "_") for name in REQUIRED])
    finder.import_hook("workbook.refusal")
    found = (getattr(module, "__file__", None) for module in finder.modules.values())
    files = sorted(Path(file) for file in found if file)
    return zipped({path.relative_to(root).as_posix(): path.read_bytes() for path in files})


def _extension(identity: UUID, texts: dict[str, str]) -> Element:
    root = Element("we:webextension", {"xmlns:we": _WEB_EXTENSION, "id": f"{{{identity}}}".upper()})
    store = {"id": STORE_ID, "version": "1.0.0.0", "store": "en-US", "storeType": "OMEX"}
    SubElement(root, "we:reference", store)
    alternates = SubElement(root, "we:alternateReferences")
    SubElement(alternates, "we:reference", {**store, "store": STORE_ID.upper()})
    properties = SubElement(root, "we:properties")
    for name, value in {AUTO_SHOW: True, **texts}.items():
        SubElement(properties, "we:property", name=name, value=json.dumps(value))
    SubElement(root, "we:bindings")
    SubElement(root, "we:snapshot", {"xmlns:r": _RELATION})
    extensions = SubElement(root, "we:extLst")
    used = SubElement(extensions, "a:ext", {"xmlns:a": _DRAWING, "uri": _CUSTOM_FUNCTIONS})
    SubElement(used, "we:containsCustomFunctions")
    return root


def _panes() -> Element:
    """Show the add-in's pane with the document.

    The setting alone opens it only if the add-in is installed; a visible pane offers to install it.
    """
    root = Element("wetp:taskpanes", {"xmlns:wetp": _TASK_PANES})
    place = {"dockstate": "right", "visibility": "1", "width": "350", "row": "0"}
    pane = SubElement(root, "wetp:taskpane", place)
    reference = {"xmlns:r": _RELATION, "r:id": "rIdWebextension"}
    SubElement(pane, "wetp:webextensionref", reference)
    return root


def _relation(relations: Element, kind: str, target: str) -> Element:
    """Add a relationship, and return all of them."""
    SubElement(
        relations,
        "Relationship",
        Id=f"rId{kind.capitalize()}",
        Type=f"{_RELATION_TYPES}/{kind}",
        Target=target,
    )
    return relations
