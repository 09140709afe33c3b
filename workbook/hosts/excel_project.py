"""The VBA project of the add-in: that of xlwings' own template, and a little text of ours.

The text stands in `workbook/vba/`, where it can be read. Projects are written as source text, which
Excel compiles when it opens the file.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files

from workbook.vba.project import Module, parsed, written

#: The module that gives links to the add-in its present path, and the one that runs it.
LINKS, WORKBOOK = "OfftakeLinks", "ThisWorkbook"

#: The template's module that shows how to call Python.
_SAMPLE = "Module1"


def of_addin(template: bytes) -> bytes:
    """Make the add-in's VBA project.

    Parameters
    ----------
    template : bytes
        The project of xlwings' template for add-ins.

    Returns
    -------
    bytes
        The same project without its sample and without references to folders of the one who
        saved it, which no module needs; and with what mends links when a workbook is opened.
    """
    project = parsed(template)
    modules = [
        replace(module, source=module.source + text("ThisWorkbook.cls"))
        if module.name == WORKBOOK
        else module
        for module in project.modules
        if module.name != _SAMPLE
    ]
    modules.append(Module(LINKS, "standard", text("OfftakeLinks.bas")))
    references = [reference for reference in project.references if not reference.names("\\Users\\")]
    return written(replace(project, modules=tuple(modules), references=tuple(references)))


def text(name: str) -> str:
    """Read VBA of ours, with the ends of lines that VBA has."""
    source = files("workbook.vba").joinpath(name).read_text(encoding="ascii")
    return "".join(f"{line}\r\n" for line in source.splitlines())
