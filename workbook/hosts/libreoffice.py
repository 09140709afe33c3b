"""LibreOffice Calc, through an add-in that is generated from the catalogue.

In addition to the code that passes calls on, the extension (`.oxt`) contains four parts made from
the catalogue:

- an interface description with the types of the add-in's methods,
- the texts of the function wizard, and the functions' names in .xlsx files,
- the settings: which functions return a table, and which Python answers,
- the component that creates the object.

The finance runs in a worker process under the Python that made the extension, so the version of
Calc's own Python does not matter. See `workbook.hosts.calc`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from workbook.catalogue import Function
from workbook.hosts.calc import component
from workbook.package.archive import zipped
from workbook.refusal import CALLABLE

#: The extension's name, needed to remove it.
IDENTIFIER = "offtake"

#: The first version of LibreOffice that resolves an add-in's names in .xlsx files.
OLDEST = "25.2"

#: Calc accepts only its own categories; this is the one for add-in functions.
CATEGORY = "Add-In"

#: What the function wizard says of the function that is found by typing Offtake.
WHY_DESCRIPTION = (
    "Why the calls in a cell fail; empty if all work. "
    "Offtake's other functions are in the category Add-in too."
)

#: How to get more of a table than its first cell.
WHOLE_TABLE = "Returns a table: tick Array, or press Ctrl+Shift+Enter, to get all of it."

_REGISTRY = "http://openoffice.org/2001/registry"
_MANIFEST = "http://openoffice.org/2001/manifest"
_DESCRIPTION = "http://openoffice.org/extensions/description/2006"
_LIBREOFFICE = "http://libreoffice.org/extensions/description/2011"
_COMPONENTS = "http://openoffice.org/2010/uno-components"

#: The type of each part.
_MEDIA_TYPES = {
    "offtake.idl": "application/vnd.sun.star.uno-typelibrary;type=RDB",
    "offtake.components": "application/vnd.sun.star.uno-components",
    "CalcAddIns.xcu": "application/vnd.sun.star.configuration-data",
}


# The extension ---------------------------------------------------------------------------------


def addin(python: str | None = None) -> bytes:
    """Make the extension.

    Parameters
    ----------
    python : str, optional
        The Python that answers calls from cells; by default the running one.

    Returns
    -------
    bytes
        An .oxt file, the same for the same catalogue and Python.
    """
    return zipped(parts(CALLABLE, python or sys.executable))


def parts(catalogue: Mapping[str, Function], python: str) -> dict[str, bytes]:
    """Make the extension's parts, by name."""
    source = files("workbook.hosts.calc")
    settings = {"python": python, "functions": {f.name: f.returns for f in catalogue.values()}}
    return {
        "META-INF/manifest.xml": _manifest(),
        "description.xml": _description(),
        "offtake.idl": _interface(catalogue),
        "offtake.components": _components(),
        "CalcAddIns.xcu": _written(configuration(catalogue)),
        "settings.json": json.dumps(settings, indent=1).encode(),
        "component.py": source.joinpath("component.py").read_bytes(),
        # Calc's Python looks for modules in the folder of this name.
        f"pythonpath/{component.SUPERVISOR}.py": source.joinpath("supervisor.py").read_bytes(),
    }


def _interface(catalogue: Mapping[str, Function]) -> bytes:
    """Describe the methods. What has any type may be omitted; what has rows of cells may not."""
    rows = "sequence< sequence<any> >"
    methods = []
    for f in catalogue.values():
        types = [rows if p.required else "any" for p in f.parameters]
        given = ", ".join(f"[in] {type_} {_internal(i)}" for i, type_ in enumerate(types))
        returns = "any" if f.returns == "number" else rows
        methods.append(f"    {returns} {component.method_name(f.name)}({given});")
    # Calc hands over the document of its own accord, and the cell instead of its value.
    methods.append(
        f"    any {component.method_name(component.WHY)}"
        "([in] com::sun::star::beans::XPropertySet document, "
        f"[in] com::sun::star::table::XCellRange {_internal(0)});"
    )
    module, interface = component.INTERFACE.split(".")
    head = f"module {module} {{\n  interface {interface} : com::sun::star::uno::XInterface {{\n"
    return (head + "\n".join(methods) + "\n  };\n};\n").encode()


def _internal(place: int) -> str:
    """Name an argument so that it clashes with no keyword and sorts in order."""
    return f"p{place:03}"


def configuration(catalogue: Mapping[str, Function]) -> Element:
    """Make Calc's configuration of the add-in: names, help, and names in .xlsx files."""
    root = Element(
        "oor:component-data",
        {
            "xmlns:oor": _REGISTRY,
            "oor:name": "CalcAddIns",
            "oor:package": "org.openoffice.Office",
        },
    )
    service = _node(_node(root, "AddInInfo"), component.SERVICE, replace=True)
    functions = _node(service, "AddInFunctions")
    for f in catalogue.values():
        function = _node(functions, component.method_name(f.name), replace=True)
        _property(function, "DisplayName", f.name, "en")
        _property(function, "Description", description(f), "en")
        _property(function, "Category", CATEGORY)
        _property(function, "CompatibilityName", f.name, "en")
        arguments = _node(function, "Parameters")
        for i, p in enumerate(f.parameters):
            argument = _node(arguments, _internal(i), replace=True)
            _property(argument, "DisplayName", p.name, "en")
            _property(argument, "Description", p.help_text, "en")
    _configure_why(functions)
    return root


def _configure_why(functions: Element) -> None:
    """Configure the function that says why a cell fails."""
    function = _node(functions, component.method_name(component.WHY), replace=True)
    _property(function, "DisplayName", component.WHY, "en")
    _property(function, "Description", WHY_DESCRIPTION, "en")
    _property(function, "Category", CATEGORY)
    _property(function, "CompatibilityName", component.WHY, "en")
    argument = _node(_node(function, "Parameters"), _internal(0), replace=True)
    _property(argument, "DisplayName", "cell", "en")
    _property(argument, "Description", "The cell to explain.", "en")


def methods() -> dict[str, str]:
    """Return what the functions are called in an .ods file, in capitals, and in every other."""
    every = (*CALLABLE, component.WHY)
    return {f"{component.SERVICE}.{component.method_name(f)}".upper(): f for f in every}


def description(f: Function) -> str:
    """Return a function's description, which says how to get a whole table."""
    return f.summary if f.returns == "number" else f"{f.summary} {WHOLE_TABLE}"


def _node(parent: Element, name: str, *, replace: bool = False) -> Element:
    return SubElement(
        parent, "node", {"oor:name": name} | ({"oor:op": "replace"} if replace else {})
    )


def _property(parent: Element, name: str, text: str, language: str | None = None) -> None:
    value = SubElement(SubElement(parent, "prop", {"oor:name": name}), "value")
    if language:
        value.set("xml:lang", language)
    value.text = text


def _components() -> bytes:
    root = Element("components", xmlns=_COMPONENTS)
    made_by = SubElement(
        root, "component", {"loader": "com.sun.star.loader.Python", "uri": "component.py"}
    )
    implementation = SubElement(made_by, "implementation", name=component.SERVICE)
    # Not as a general add-in: Calc would then query the object instead of the configuration.
    SubElement(implementation, "service", name=component.SERVICE)
    return _written(root)


def _manifest() -> bytes:
    root = Element("manifest:manifest", {"xmlns:manifest": _MANIFEST})
    for name, media_type in _MEDIA_TYPES.items():
        SubElement(
            root,
            "manifest:file-entry",
            {"manifest:full-path": name, "manifest:media-type": media_type},
        )
    return _written(root)


def _description() -> bytes:
    from importlib.metadata import version

    root = Element("description", {"xmlns": _DESCRIPTION, "xmlns:l": _LIBREOFFICE})
    SubElement(root, "identifier", value=IDENTIFIER)
    SubElement(root, "version", value=version("offtake"))
    SubElement(SubElement(root, "display-name"), "name", lang="en").text = "Offtake"
    needed = SubElement(root, "dependencies")
    SubElement(
        needed,
        "l:LibreOffice-minimal-version",
        {"value": OLDEST, "name": f"LibreOffice {OLDEST}"},
    )
    return _written(root)


def _written(root: Element) -> bytes:
    indent(root)
    return bytes(tostring(root, "UTF-8", xml_declaration=True))


# This machine ----------------------------------------------------------------------------------


def program(name: str) -> Path | None:
    """Find one of LibreOffice's programs, such as ``soffice`` or ``unopkg``.

    The variable ``OFFTAKE_LIBREOFFICE`` names a folder to search first.
    """
    folders = [
        os.environ.get("OFFTAKE_LIBREOFFICE", ""),
        *os.environ.get("PATH", "").split(os.pathsep),
        "/usr/lib/libreoffice/program",
        "/Applications/LibreOffice.app/Contents/MacOS",
        *(
            str(Path(base) / "LibreOffice" / "program")
            for base in (os.environ.get("PROGRAMFILES"), os.environ.get("PROGRAMFILES(X86)"))
            if base
        ),
    ]
    # On Windows the .com waits and prints; the .exe does neither.
    suffixes = (".com", ".exe") if sys.platform == "win32" else ("",)
    for folder in filter(None, folders):
        for suffix in suffixes:
            found = Path(folder) / f"{name}{suffix}"
            if found.is_file() and os.access(found, os.X_OK):
                return found
    return None


def version() -> tuple[int, ...] | None:
    """Return the version of LibreOffice on this machine; None if it is not installed."""
    soffice = program("soffice")
    if soffice is None:
        return None
    words = run([str(soffice), "--version"]).stdout.split()
    number = next((word for word in words if word[:1].isdigit()), "")
    return tuple(int(n) for n in number.split(".") if n.isdigit()) or None


def is_too_old(here: tuple[int, ...]) -> bool:
    """Return whether a version of LibreOffice is older than the oldest that works."""
    return here < tuple(map(int, OLDEST.split(".")))


def run(
    command: list[str], environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, and return what it printed."""
    return subprocess.run(
        command,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        env=environment,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
