"""The line at the top of every sheet, which shows where the values come from."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from gate.opened import Opened
from gate.rule import Fault, Parts, Rule
from workbook.hosts.intersection import called_by
from workbook.package.archive import parsed, sheet_parts, written
from workbook.package.cells import address
from workbook.refusal import CALLABLE
from workbook.status import STATUS, is_as_built


def _status(file: Opened) -> Iterator[str]:
    if not any(called_by(node) in CALLABLE for text in file.readable for node in text.nodes):
        return
    for title in file.sheets.keys() & set(file.shown):
        where, held = f"{title}!{address(*STATUS)}", file.value(title, STATUS)
        if STATUS not in file.formulas[title]:
            yield f"{where} holds {held!r} and no formula that asks whether the functions answer"
        elif not is_as_built(STATUS, held):
            yield f"{where} holds {held!r} where nothing has calculated it"


def _line(formula: str | None, value: str | None, last: bool = False) -> Fault:
    """Put a formula and a value in the line of the first or the last sheet that has one."""

    def inject(parts: Parts) -> None:
        found = []
        for part in sheet_parts(parts).values():
            root = parsed(parts[part])
            line = (c for c in root.iter("c") if c.get("r") == address(*STATUS))
            found += [(part, root, c) for c in line if c.find("f") is not None]
        part, root, cell = found[-1 if last else 0]
        _fill(cell, {"f": formula, "v": value})
        parts[part] = written(root)

    return inject


def _fill(cell: Element, texts: dict[str, str | None]) -> None:
    for child in list(cell):
        cell.remove(child)
    cell.attrib.pop("t", None)
    for tag, text in texts.items():
        if text is not None:
            SubElement(cell, tag).text = text
            cell.set("t", "str")


_GREEN = "All 417 checks pass"

RULES = (
    Rule(
        "the line at the top of every sheet calls a function, and claims only what was calculated",
        "a program without the functions shows what the file holds",
        _status,
        {
            "all checks pass": _line(f'"{_GREEN}"', _GREEN),
            "all checks pass on the last sheet": _line(f'"{_GREEN}"', _GREEN, last=True),
            "typed": _line(None, _GREEN),
            "typed as it was built": _line(None, "Values as built on 13 May 2026"),
            "emptied": _line(None, None),
            "emptied on the last sheet": _line(None, None, last=True),
        },
    ),
)
