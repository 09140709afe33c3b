"""The definition of a gate rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from gate.opened import Opened
from workbook.package.archive import parsed, sheet_parts, written

Parts = dict[str, bytes]
Fault = Callable[[Parts], None]


@dataclass(frozen=True)
class Rule:
    """Something that Excel does not accept, or treats differently from the test engines.

    Parameters
    ----------
    name : str
        Property of a passing file, as the rest of the sentence "In this file ...".
    source : str
        The document in which Excel requires it.
    find : callable
        Yields a sentence for each place where a file breaks the rule.
    faults : dict
        Fault by name, with a function that puts it into the parts of any file.
    """

    name: str
    source: str
    find: Callable[[Opened], Iterator[str]]
    faults: dict[str, Fault]


def edit(part: str, change: Callable[[Element], object]) -> Fault:
    """Change a part of a file."""

    def inject(parts: Parts) -> None:
        root = parsed(parts[part])
        change(root)
        parts[part] = written(root)

    return inject


def edit_sheet(change: Callable[[Element], object]) -> Fault:
    """Change the last sheet that has cells."""

    def inject(parts: Parts) -> None:
        sheets = [part for part in sheet_parts(parts).values() if b"<c r" in parts[part]]
        edit(sheets[-1], change)(parts)

    return inject


def value(text: str | None, **attributes: str) -> Fault:
    """Put a value, or an empty cell, far below everything else on a sheet."""

    def add(sheet: Element) -> None:
        row = SubElement(next(sheet.iter("sheetData")), "row", r="9100")
        cell = SubElement(row, "c", r="A9100", **attributes)
        if text is not None:
            SubElement(cell, "v").text = text

    return edit_sheet(add)


def set_first(tag: str, name: str, text: str | None) -> Fault:
    """Change or drop an attribute of the first element of a kind on the first sheet with one."""
    return edit_first(tag, lambda found: _set(found, name, text))


def edit_first(tag: str, change: Callable[[Element], None]) -> Fault:
    """Change the first element of a kind on the first sheet that has one."""

    def inject(parts: Parts) -> None:
        for part in sheet_parts(parts).values():
            root = parsed(parts[part])
            found = next(root.iter(tag), None)
            if found is not None:
                change(found)
                parts[part] = written(root)
                return
        raise AssertionError(f"no {tag} in the file")

    return inject


def _set(element: Element, name: str, text: str | None) -> None:
    if text is None:
        del element.attrib[name]
    else:
        element.set(name, text)


def formula(text: str, value: str = "0", kind: str = "n", **attributes: str) -> Fault:
    """Put a formula, with a value of a type, far below everything else on a sheet."""

    def add(sheet: Element) -> None:
        data = next(sheet.iter("sheetData"))
        row = SubElement(data, "row", r="9000")
        cell = SubElement(row, "c", r="B9000", t=kind)
        SubElement(cell, "f", attributes).text = text
        SubElement(cell, "v").text = value

    return edit_sheet(add)


def name(defined: str, text: str = "1", **attributes: str) -> Fault:
    """Define a name."""

    def add(workbook: Element) -> None:
        names = next(workbook.iter("definedNames"))
        SubElement(names, "definedName", name=defined, **attributes).text = text

    return edit("xl/workbook.xml", add)
