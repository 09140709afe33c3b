"""The VBA project of a file, compared with the one that Offtake writes.

Excel keeps a project's text when it saves a file, but may write it with other attributes, other
capitals and other spaces, and adds a module without code for every sheet, and compiled code
([MS-OVBA]). None of that is a finding. Only the text of the modules can be compared: where compiled
code is there too, a note says so, because Excel may run that in place of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest

from workbook.check.findings import PartFinding
from workbook.check.safety.addresses import path_fault
from workbook.vba import compound
from workbook.vba.project import Module, Project, Reference, is_source_only, parsed

CAUSE = "differences from Offtake's VBA project"
COMPILED = (
    "holds code that Excel compiled when it saved the file, next to its text, which is Offtake's; "
    "only the text is compared (`offtake build --from` writes the project with its text alone)"
)
#: What every project may refer to: VBA, Excel, OLE Automation and Office, by the numbers of their
#: type libraries.
_LIBRARIES = {
    "000204EF-0000-0000-C000-000000000046",
    "00020813-0000-0000-C000-000000000046",
    "00020430-0000-0000-C000-000000000046",
    "2DF8D04C-5BFA-101B-BDE5-00AA0044DE52",
}
_LIBRARY = re.compile(rb"\*\\G\{([0-9A-F-]{36})\}#[^#]*#[^#]*#([^#]*)#", re.IGNORECASE)
#: Pieces of a line: a text, which stays; spaces; anything else.
_PIECES = re.compile(r'("(?:[^"]|"")*")|\s+|[^"\s]+|"')
_NOTHING = re.compile(r"(?:Option \w+(?: \w+)?)?")


def examined(part: str, content: bytes) -> Iterator[tuple[PartFinding, bool]]:
    """Find what differs from Offtake's project, and whether that is worth a note alone."""
    found = [*_differences(content)]
    for text in found:
        yield PartFinding(part, text, CAUSE), False
    if not found and not is_source_only(content):
        yield PartFinding(part, COMPILED, CAUSE), True


def _differences(content: bytes) -> Iterator[str]:
    # It imports xlwings, and with it pandas.
    from workbook.hosts import HostError, excel_files

    try:
        streams = compound.read(content)
        forms = sorted({path.split("/")[0] for path in streams if "/" in path} - {"VBA"})
        for form in forms:
            yield f"has the form or control {form}, and Offtake's project has none"
        if forms:
            return
        project = parsed(content)
        ours = excel_files.project()
    except (ValueError, HostError) as problem:
        yield f"cannot be compared with Offtake's: {str(problem).rstrip('.')}"
        return
    yield from _of_modules(project, ours)
    yield from _of_references(project, ours)
    if project.constants != ours.constants:
        yield "defines constants for compiling, and Offtake's project has none"


def _of_modules(project: Project, ours: Project) -> Iterator[str]:
    known = {module.name.casefold(): module for module in ours.modules}
    for module in project.modules:
        mine = known.pop(module.name.casefold(), None)
        if mine is None:
            if code := _code(module):
                yield f"has a module {module.name}, which is not Offtake's: {_shown(code[0])}"
        elif module.source != mine.source and (
            where := difference(_lines(module), _lines(mine), _folded)
        ):
            yield f"the module {module.name} is not as Offtake writes it: {where}"
        elif module.kind != mine.kind:
            yield f"the module {module.name} is a {module.kind} module, not a {mine.kind} module"
    for module in known.values():
        if _code(module):
            yield f"lacks the module {module.name}"


def _of_references(project: Project, ours: Project) -> Iterator[str]:
    libraries = _LIBRARIES | {_library(reference)[0] for reference in ours.references}
    for reference in project.references:
        number, path = _library(reference)
        if number not in libraries:
            yield f"refers to {reference.name or 'a project'}, to which Offtake's does not"
        elif path and (fault := path_fault(path)):
            yield f"refers to {reference.name} by a path that {fault}: {path}"


def _library(reference: Reference) -> tuple[str, str]:
    """Return the number of the type library that a reference is to, and its path; empty if none."""
    found = (_LIBRARY.search(data) for _, data in reference.records)
    first = next((each for each in found if each), None)
    if first is None:
        return "", ""
    return first[1].decode("ascii").upper(), first[2].decode("latin-1")


def difference(lines: Iterable[str], ours: Iterable[str], read: Callable[[str], str] = str) -> str:
    """Say what the first line that differs holds, and what belongs there; nothing if none does.

    Parameters
    ----------
    lines, ours : iterable of str
    read : callable, optional
        What a line says, however it is spelled.
    """
    for number, (line, mine) in enumerate(zip_longest(lines, ours, fillvalue=""), 1):
        if line != mine and read(line) != read(mine):
            held, belongs = (_shown(each) if each else "nothing" for each in (line, mine))
            return f"line {number} holds {held}, and {belongs} belongs there"
    return ""


def _lines(module: Module) -> list[str]:
    """Return the lines that the editor shows."""
    lines = [
        line.rstrip()
        for line in module.source.splitlines()
        if not line.lstrip().lower().startswith("attribute ")
    ]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _code(module: Module) -> list[str]:
    """Return the lines that say something, of which a new module of Excel's has none."""
    return [line for line in _lines(module) if not _NOTHING.fullmatch(line.strip())]


def _folded(line: str) -> str:
    """Write a line as every spelling of it: texts stay, and VBA ignores all other case."""
    return "".join(
        piece[1] or (" " if piece[0].isspace() else piece[0].casefold())
        for piece in _PIECES.finditer(line.strip())
    )


def _shown(line: str) -> str:
    line = " ".join(line.split())
    return repr(line if len(line) <= 60 else f"{line[:59]}…")
