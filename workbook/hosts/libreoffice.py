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
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from workbook.catalogue import Function, Parameter
from workbook.functions import CATALOGUE
from workbook.hosts import HostError
from workbook.hosts.calc import component
from workbook.package.archive import zipped
from workbook.refusal import CALLABLE

#: The extension's name, needed to remove it.
IDENTIFIER = "offtake"

#: The first version of LibreOffice that resolves an add-in's names in .xlsx files.
OLDEST = "25.2"

#: Calc accepts only its own categories; this is the one for add-in functions.
CATEGORY = "Add-In"

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

Echo = Callable[[str], None]


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
    settings = {"python": python, "functions": {f.name: f.returns for f in catalogue.values()}}
    return {
        "META-INF/manifest.xml": _manifest(),
        "description.xml": _description(),
        "offtake.idl": _interface(catalogue),
        "offtake.components": _components(),
        "CalcAddIns.xcu": _written(configuration(catalogue)),
        "settings.json": json.dumps(settings, indent=1).encode(),
        "component.py": files("workbook.hosts.calc").joinpath("component.py").read_bytes(),
    }


def _interface(catalogue: Mapping[str, Function]) -> bytes:
    """Describe the methods: every argument may have any type, or be omitted."""
    methods = []
    for f in catalogue.values():
        given = ", ".join(f"[in] any {_internal(i)}" for i in range(len(f.parameters)))
        returns = "any" if f.returns == "number" else "sequence< sequence<any> >"
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
        _property(function, "Description", f.summary, "en")
        _property(function, "Category", CATEGORY)
        _property(function, "CompatibilityName", f.name, "en")
        arguments = _node(function, "Parameters")
        for i, p in enumerate(f.parameters):
            argument = _node(arguments, _internal(i), replace=True)
            _property(argument, "DisplayName", p.name, "en")
            _property(argument, "Description", help_text(p), "en")
    _configure_why(functions)
    return root


def _configure_why(functions: Element) -> None:
    """Configure the function that says why a cell fails."""
    function = _node(functions, component.method_name(component.WHY), replace=True)
    _property(function, "DisplayName", component.WHY, "en")
    _property(function, "Description", "Why the calls in a cell fail; empty if all work.", "en")
    _property(function, "Category", CATEGORY)
    _property(function, "CompatibilityName", component.WHY, "en")
    argument = _node(_node(function, "Parameters"), _internal(0), replace=True)
    _property(argument, "DisplayName", "cell", "en")
    _property(argument, "Description", "The cell that is asked about.", "en")


def methods() -> dict[str, str]:
    """Return what the functions are called in an .ods file, in capitals, and in every other."""
    every = (*CALLABLE, component.WHY)
    return {f"{component.SERVICE}.{component.method_name(f)}".upper(): f for f in every}


def help_text(p: Parameter) -> str:
    """Return an argument's help, which says if it is optional: to Calc every argument is."""
    return p.help_text if p.required else f"Optional. {p.help_text}"


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
    words = _run([str(soffice), "--version"]).stdout.split()
    number = next((word for word in words if word[:1].isdigit()), "")
    return tuple(int(n) for n in number.split(".") if n.isdigit()) or None


def is_too_old(here: tuple[int, ...]) -> bool:
    """Return whether a version of LibreOffice is older than the oldest that works."""
    return here < tuple(map(int, OLDEST.split(".")))


def install(echo: Echo) -> None:
    """Add the extension to this user's LibreOffice; `uninstall` undoes it.

    Parameters
    ----------
    echo : callable
        Receives one line per step.

    Raises
    ------
    HostError
        If it cannot be done: why, in one sentence.
    """
    unopkg = _unopkg()
    python = sys.executable
    tried = _run(component.worker_command(python))
    if tried.returncode:
        raise HostError(f"{python} cannot run the functions outside this folder: install Offtake.")
    echo(f"{python} will answer the functions.")
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "offtake.oxt"
        package.write_bytes(addin(python))
        _step([*unopkg("add"), "--force", str(package)], echo)
    echo("Installed; restart LibreOffice. `offtake uninstall libreoffice` removes it.")


def uninstall(echo: Echo) -> None:
    """Remove the extension from this user's LibreOffice.

    Parameters
    ----------
    echo : callable
        Receives one line per step.

    Raises
    ------
    HostError
        If it cannot be done: why, in one sentence.
    """
    unopkg = _unopkg()
    _step([*unopkg("remove"), IDENTIFIER], echo)
    echo("Removed; restart LibreOffice.")


def examine(name: str, arguments: Sequence[float]) -> str:
    """Have the installed add-in's Python answer a call, as the add-in does for cells.

    Parameters
    ----------
    name : str
        A function of the catalogue that returns a number.
    arguments : sequence of float
        Its arguments.

    Returns
    -------
    str
        The Python that answered.

    Raises
    ------
    HostError
        If the add-in is not installed or does not answer: why, in one sentence.
    """
    # The package manager prints the folder with the extension's files.
    listed = re.search(r"/(uno_packages/[^/\s]+/[^/\s]+\.oxt)$", _listed(), re.M)
    if not listed:
        raise HostError("the add-in is not installed.")
    settings = [cache / listed[1] / "settings.json" for cache in _caches()]
    found = next((file for file in settings if file.is_file()), None)
    if found is None:
        raise HostError("the add-in is listed, but its files were not found.")
    python = str(json.loads(found.read_bytes())["python"])
    try:
        line = _run(component.worker_command(python), json.dumps([name, arguments])).stdout
        answer = json.loads(line)
    except (OSError, ValueError):
        answer = {}
    if answer.get("value") != CATALOGUE[name].call(*arguments):
        raise HostError(f"the add-in's Python, {python}, does not answer.")
    return python


def _listed() -> str:
    return _run([*_unopkg()("list"), IDENTIFIER]).stdout


def _caches() -> list[Path]:
    """Return the folders where LibreOffice may keep extensions: shared ones and the user's."""
    soffice, home = program("soffice"), Path.home()
    return [
        *([soffice.resolve().parents[1] / "share/uno_packages/cache"] if soffice else []),
        *(
            folder / "4/user/uno_packages/cache"
            for folder in (
                home / ".config/libreoffice",
                home / "Library/Application Support/LibreOffice",
                Path(os.environ.get("APPDATA", home)) / "LibreOffice",
            )
        ),
    ]


def _unopkg() -> Callable[[str], list[str]]:
    """Return what builds a package manager command, or raise if LibreOffice will not do."""
    found = program("unopkg")
    if found is None:
        raise HostError(f"No LibreOffice was found; Offtake needs {OLDEST} or newer.")
    here = version()
    if here is not None and is_too_old(here):
        raise HostError(f"LibreOffice is {'.'.join(map(str, here))}; Offtake needs {OLDEST}.")
    # It refuses to write to a superuser's own profile.
    everyone = ["--shared"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return lambda verb: [str(found), verb, *everyone]


def _step(command: list[str], echo: Echo) -> None:
    echo(" ".join(command))
    done = _run(command)
    if done.returncode:
        lines = [line.replace("ERROR: ", "") for line in (done.stderr + done.stdout).splitlines()]
        reason = " ".join(line.strip() for line in lines if line.strip() != "unopkg failed.")
        reason = reason.replace("Exception occurred: ", "").strip(" .")
        raise HostError(f"LibreOffice refused: {reason or f'it ended with {done.returncode}'}.")


def _run(command: list[str], given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        capture_output=True,
        input=given,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
