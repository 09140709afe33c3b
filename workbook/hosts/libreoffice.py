"""LibreOffice Calc, through an add-in that is generated from the catalogue.

The extension (`.oxt`) holds, besides the code that passes calls on, four lists of the functions,
and all are made from the catalogue:

- an interface description that gives the add-in's methods their types,
- the texts of the function wizard, and the names by which .xlsx files call the functions,
- the settings that say which function returns a table, and which Python answers,
- the component that makes the object.

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

#: The extension's name, by which it is removed again.
IDENTIFIER = "offtake"

#: The first version of LibreOffice that resolves an add-in's names in .xlsx files.
OLDEST = "25.2"

#: Calc sorts add-in functions into its own categories only; this is theirs.
CATEGORY = "Add-In"

_REGISTRY = "http://openoffice.org/2001/registry"
_MANIFEST = "http://openoffice.org/2001/manifest"
_DESCRIPTION = "http://openoffice.org/extensions/description/2006"
_LIBREOFFICE = "http://libreoffice.org/extensions/description/2011"
_COMPONENTS = "http://openoffice.org/2010/uno-components"

#: What each part is to LibreOffice.
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
        The Python that answers the calls of cells; left out, the one that runs this.

    Returns
    -------
    bytes
        An .oxt file, the same for the same catalogue and Python.
    """
    return zipped(parts(CATALOGUE, python or sys.executable))


def parts(catalogue: Mapping[str, Function], python: str) -> dict[str, bytes]:
    """Make the extension's parts, by their names."""
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
    """Describe the methods: every argument may be anything, or be left out."""
    methods = []
    for f in catalogue.values():
        given = ", ".join(f"[in] any {_internal(i)}" for i in range(len(f.parameters)))
        returns = "any" if f.returns == "number" else "sequence< sequence<any> >"
        methods.append(f"    {returns} {component.method_name(f.name)}({given});")
    module, interface = component.INTERFACE.split(".")
    head = f"module {module} {{\n  interface {interface} : com::sun::star::uno::XInterface {{\n"
    return (head + "\n".join(methods) + "\n  };\n};\n").encode()


def _internal(place: int) -> str:
    """Name an argument so that no word of the description language or order of names matters."""
    return f"p{place:03}"


def configuration(catalogue: Mapping[str, Function]) -> Element:
    """Give Calc's configuration of add-ins: names, help, and what .xlsx files call each."""
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
            _property(argument, "Description", told(p), "en")
    return root


def told(p: Parameter) -> str:
    """Tell an argument's help; to Calc every argument may be left out."""
    return p.told if p.required else f"Optional. {p.told}"


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
    # Not as an add-in in general: Calc would then ask the object, and not the configuration.
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

    The variable ``OFFTAKE_LIBREOFFICE`` names another folder to look in first.
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
    # On Windows the .com waits and prints, and the .exe does neither.
    suffixes = (".com", ".exe") if sys.platform == "win32" else ("",)
    for folder in filter(None, folders):
        for suffix in suffixes:
            found = Path(folder) / f"{name}{suffix}"
            if found.is_file() and os.access(found, os.X_OK):
                return found
    return None


def version() -> tuple[int, ...] | None:
    """Tell this machine's version of LibreOffice; None where there is none."""
    soffice = program("soffice")
    if soffice is None:
        return None
    told = _run([str(soffice), "--version"]).stdout.split()
    number = next((word for word in told if word[:1].isdigit()), "")
    return tuple(int(n) for n in number.split(".") if n.isdigit()) or None


def is_too_old(here: tuple[int, ...]) -> bool:
    """Tell whether a version of LibreOffice is older than the first one that will do."""
    return here < tuple(map(int, OLDEST.split(".")))


def install(echo: Echo) -> None:
    """Add the extension to this user's LibreOffice; `uninstall` undoes it.

    Parameters
    ----------
    echo : callable
        Takes each step's line.

    Raises
    ------
    HostError
        Where it cannot be done: why, in one sentence.
    """
    unopkg = _unopkg()
    python = sys.executable
    tried = _run(component.worker_command(python))
    if tried.returncode:
        raise HostError(f"{python} cannot run the functions outside this folder: install Offtake.")
    echo(f"Functions are answered by {python}.")
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "offtake.oxt"
        package.write_bytes(addin(python))
        _step([*unopkg("add"), "--force", str(package)], echo)
    echo("Installed; restart LibreOffice. `offtake uninstall libreoffice` takes it out again.")


def uninstall(echo: Echo) -> None:
    """Remove the extension from this user's LibreOffice.

    Parameters
    ----------
    echo : callable
        Takes each step's line.

    Raises
    ------
    HostError
        Where it cannot be done: why, in one sentence.
    """
    unopkg = _unopkg()
    _step([*unopkg("remove"), IDENTIFIER], echo)
    echo("Removed; restart LibreOffice.")


def examine(name: str, arguments: Sequence[float]) -> str:
    """Have the Python of the installed add-in answer a call, as the add-in has it answer cells.

    Parameters
    ----------
    name : str
        A function of the catalogue whose result is a number.
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
    # The package manager names the folder in which it keeps an extension's files.
    listed = re.search(r"/(uno_packages/[^/\s]+/[^/\s]+\.oxt)$", _listed(), re.M)
    if not listed:
        raise HostError("the add-in is not installed.")
    settings = [cache / listed[1] / "settings.json" for cache in _caches()]
    found = next((file for file in settings if file.is_file()), None)
    if found is None:
        raise HostError("the add-in is listed, and its files were not found.")
    python = str(json.loads(found.read_bytes())["python"])
    try:
        told = _run(component.worker_command(python), json.dumps([name, arguments])).stdout
        answer = json.loads(told)
    except (OSError, ValueError):
        answer = {}
    if answer.get("value") != CATALOGUE[name].call(*arguments):
        raise HostError(f"the add-in's Python, {python}, does not answer.")
    return python


def _listed() -> str:
    return _run([*_unopkg()("list"), IDENTIFIER]).stdout


def _caches() -> list[Path]:
    """Name the folders in which LibreOffice may keep extensions: everyone's, and the user's."""
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
    """Give the start of a command of LibreOffice's package manager, or say why there is none."""
    found = program("unopkg")
    if found is None:
        raise HostError(f"No LibreOffice was found; Offtake needs {OLDEST} or newer.")
    here = version()
    if here is not None and is_too_old(here):
        raise HostError(f"LibreOffice is {'.'.join(map(str, here))}; Offtake needs {OLDEST}.")
    # It refuses to write a superuser's own profile.
    everyone = ["--shared"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return lambda verb: [str(found), verb, *everyone]


def _step(command: list[str], echo: Echo) -> None:
    echo(" ".join(command))
    done = _run(command)
    if done.returncode:
        told = [line.replace("ERROR: ", "") for line in (done.stderr + done.stdout).splitlines()]
        reason = " ".join(line.strip() for line in told if line.strip() != "unopkg failed.")
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
