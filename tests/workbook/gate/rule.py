"""What a rule of the gate is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from gate.opened import Opened
from workbook.archive import parsed, sheet_parts, written

Parts = dict[str, bytes]
Fault = Callable[[Parts], None]


@dataclass(frozen=True)
class Rule:
    """Something that Excel does not accept, or does otherwise than the engines of the tests.

    Parameters
    ----------
    name : str
        What a file that passes is, as the rest of the sentence "In this file ...".
    source : str
        Where it is written that Excel wants it so.
    find : callable
        Yields a sentence for each place where a file breaks the rule.
    faults : dict
        By what is wrong: puts the fault into the parts of any file.
    """

    name: str
    source: str
    find: Callable[[Opened], Iterator[str]]
    faults: dict[str, Fault]


def edit(part: str, change: Callable[[Element], None]) -> Fault:
    """Change a part of a file."""

    def inject(parts: Parts) -> None:
        root = parsed(parts[part])
        change(root)
        parts[part] = written(root)

    return inject


def edit_sheet(change: Callable[[Element], None]) -> Fault:
    """Change the last sheet that has cells."""

    def inject(parts: Parts) -> None:
        sheets = [part for part in sheet_parts(parts).values() if b"<c r" in parts[part]]
        edit(sheets[-1], change)(parts)

    return inject


def formula(text: str, value: str = "0", **attributes: str) -> Fault:
    """Put a formula far below everything else on a sheet."""

    def add(sheet: Element) -> None:
        data = next(sheet.iter("sheetData"))
        row = SubElement(data, "row", r="9000")
        cell = SubElement(row, "c", r="B9000")
        SubElement(cell, "f", attributes).text = text
        SubElement(cell, "v").text = value

    return edit_sheet(add)


def name(defined: str, text: str = "1") -> Fault:
    """Define a name."""

    def add(workbook: Element) -> None:
        SubElement(next(workbook.iter("definedNames")), "definedName", name=defined).text = text

    return edit("xl/workbook.xml", add)
