"""The VBA project of the macro workbook and of the add-in.

It is the project of xlwings' stand-alone workbook, which calls Python without xlwings' own add-in,
plus the functions written by xlwings' generator and our own VBA from `workbook/vba/`. Projects are
written as source text, which Excel compiles when it opens the file.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from typing import Literal

from workbook.hosts import HostError
from workbook.hosts.excel_wrappers import descriptions, wrappers
from workbook.vba.project import Module, Project, parsed, written

#: Our modules, and the one that updates links to the add-in.
OURS, LINKS = ("OfftakePython", "OfftakeWindows", "OfftakeRibbon", "OfftakeHelp"), "OfftakeLinks"

#: The template's module that shows how to call Python.
_SAMPLE = "Module1"

#: What our VBA calls in xlwings', and what it looks for in the command that starts Python.
_NEEDED = (
    *("Function XLPyDLLActivateAuto", "Function XLPyCommand(", "Function XLPy(", "Sub KillPy("),
    *("Function GetConfig(", "Function WScript(", "Const PROJECT_NAME As String", '" /K "'),
    *('-c ""import ', "xlwings.serve('$(CLSID)')"),
)


def made(template: bytes, suffix: Literal[".xlsm", ".xlam"], sheets: tuple[str, ...]) -> bytes:
    """Write the VBA project of a file; see `assembled`."""
    return written(assembled(template, suffix, sheets))


def assembled(
    template: bytes, suffix: Literal[".xlsm", ".xlam"], sheets: tuple[str, ...]
) -> Project:
    """Make the VBA project of a file.

    Parameters
    ----------
    template : bytes
        The project of xlwings' stand-alone workbook.
    suffix : {".xlsm", ".xlam"}
        The file's suffix.
    sheets : tuple of str
        Code names of the file's sheets; a module without its sheet is left out.

    Returns
    -------
    Project
        That of the template, without its sample and without references to its author's folders,
        which no module needs; with the functions and with the code that runs on opening.

    Raises
    ------
    HostError
        If the template is damaged, or our VBA cannot use it.
    """
    try:
        project = parsed(template)
    except ValueError as problem:
        raise HostError(f"xlwings' template has a damaged VBA project: {problem}.") from None
    _check(project)
    opening = text("ThisWorkbook.cls" if suffix == ".xlsm" else "ThisAddIn.cls")
    modules = [
        replace(module, source=module.source + opening) if module.name == "ThisWorkbook" else module
        for module in project.modules
        if module.name in ("ThisWorkbook", *sheets) or module.kind != "document"
        if module.name != _SAMPLE
    ]
    sources = {name: text(f"{name}.bas") for name in OURS}
    sources["OfftakeHelp"] += _lines(descriptions())
    sources["xlwings_udfs"] = _lines(wrappers(suffix))
    if suffix == ".xlam":
        sources[LINKS] = text(f"{LINKS}.bas")
    modules += [Module(name, "standard", source) for name, source in sources.items()]
    references = [reference for reference in project.references if not reference.names("\\Users\\")]
    return replace(
        project,
        # Excel lists an add-in's project name among those of open workbooks.
        name="Offtake" if suffix == ".xlam" else project.name,
        modules=tuple(modules),
        references=tuple(references),
    )


def text(name: str) -> str:
    """Read one of our VBA files, with VBA's line ends."""
    return _lines(files("workbook.vba").joinpath(name).read_text(encoding="ascii"))


def _lines(source: str) -> str:
    return "".join(f"{line}\r\n" for line in source.splitlines())


def _check(project: Project) -> None:
    """Refuse a template that lacks something our VBA calls."""
    import xlwings

    source = next((module.source for module in project.modules if module.name == "xlwings"), "")
    version = f'XLWINGS_VERSION As String = "{xlwings.__version__}"'
    missing = [needed for needed in (version, *_NEEDED) if needed not in source]
    if missing:
        raise HostError(
            f"xlwings {xlwings.__version__} has a template that Offtake cannot use "
            f"(it lacks {missing[0]}): python -m pip install xlwings==0.37.8."
        )
