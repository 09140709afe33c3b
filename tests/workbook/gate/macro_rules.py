"""Excel's treatment of a file's macros, and of its file name extension."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from gate.opened import Opened
from gate.package_rules import KNOWN, content_types, override, relation
from gate.rule import Fault, Parts, Rule, edit
from workbook.hosts.excel_files import PROJECT_PART, shipped
from workbook.package.archive import sheet_parts
from workbook.vba import project

_SHEET, _MACROS, _ADDIN = (
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    "application/vnd.ms-excel.addin.macroEnabled.main+xml",
)
#: Type of the workbook, by file name extension.
_BY_ENDING = {"xlsx": _SHEET, "xlsm": _MACROS, "xlam": _ADDIN}
_RELATION = next(kind for kind in KNOWN if kind.endswith("/vbaProject"))


def _kind(file: Opened) -> Iterator[str]:
    main = content_types(file)["xl/workbook.xml"]
    if main != _BY_ENDING.get(file.name.rpartition(".")[2]):
        yield f"{file.name} is {main}"
    has = PROJECT_PART in file.parts
    if has != (main in (_MACROS, _ADDIN)):
        yield f"xl/workbook.xml is {main}, {'with' if has else 'without'} macros"


def _modules(file: Opened) -> Iterator[str]:
    if PROJECT_PART not in file.parts:
        return
    try:
        found = project.parsed(file.parts[PROJECT_PART])
    except ValueError as error:
        yield f"{PROJECT_PART} is no VBA project: {error}"
        return
    named = [s.get("codeName") for sheet in file.sheets.values() for s in sheet.iter("sheetPr")]
    named += [w.get("codeName") for w in file.workbook.iter("workbookPr")]
    codes = Counter(code for code in named if code)
    modules = {module.name for module in found.modules if module.kind == "document"}
    yield from (f"no module has the code name {code}" for code in codes.keys() - modules)
    yield from (f"no sheet has the code name {code}" for code in modules - codes.keys())
    yield from (f"{n} sheets have the code name {code}" for code, n in codes.items() if n > 1)


def _with_macros(change: Callable[[Parts], None]) -> Fault:
    """Give a file the project that xlwings ships, paired with its sheets, then change it."""

    def inject(parts: Parts) -> None:
        parts[PROJECT_PART] = shipped("quickstart.xlsm")[PROJECT_PART]
        override("/xl/workbook.xml", _MACROS)(parts)
        override(f"/{PROJECT_PART}", "application/vnd.ms-office.vbaProject")(parts)
        relation(_RELATION, "vbaProject.bin")(parts)
        _code("xl/workbook.xml", "workbookPr", "ThisWorkbook")(parts)
        for code, part in zip(("Sheet1", "Sheet2"), sheet_parts(parts).values(), strict=False):
            _code(part, "sheetPr", code)(parts)
        change(parts)

    return inject


def _code(part: str, tag: str, code: str) -> Fault:
    def pair(root: Element) -> None:
        element = root.find(tag)
        if element is None:
            element = Element(tag)
            root.insert(0, element)
        element.set("codeName", code)

    return edit(part, pair)


def _project(change: Callable[[bytes], bytes]) -> Fault:
    def inject(parts: Parts) -> None:
        parts[PROJECT_PART] = change(parts[PROJECT_PART])

    return _with_macros(inject)


def _first_sheet(code: str) -> Fault:
    return _with_macros(
        lambda parts: _code(next(iter(sheet_parts(parts).values())), "sheetPr", code)(parts)
    )


RULES = (
    Rule(
        "a file has the type of its extension, with macros or without",
        "Microsoft: File formats that are supported in Excel: it does not open a file whose type "
        "and ending differ; xlwings' quickstart.xlsm and quickstart_addin.xlam, which Excel wrote",
        _kind,
        {
            "macros are announced and missing": override("/xl/workbook.xml", _MACROS),
            "an add-in by another name": override("/xl/workbook.xml", _ADDIN),
        },
    ),
    Rule(
        "a VBA project can be read, and its modules and the sheets find one another",
        "[MS-OVBA] 2.3; ECMA-376 part 1, 18.2.28 and 18.3.1.82 (codeName); files that Excel wrote",
        _modules,
        {
            "an empty project": _project(lambda _: b""),
            "a project of nothing": _project(lambda _: b"no project" * 1000),
            "half a project": _project(lambda file: file[: len(file) // 2]),
            "a sheet without a module": _first_sheet("Nowhere"),
            "two sheets of one module": _first_sheet("Sheet2"),
            "a workbook without a module": _with_macros(
                _code("xl/workbook.xml", "workbookPr", "Nowhere")
            ),
        },
    ),
)
