"""What may be typed in an input, and Excel's messages about it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from gate.opened import Opened
from gate.ranges import Corners, faults, legal, overlap, within
from gate.rule import Fault, Rule, edit_first, set_first
from workbook.package.cells import Value, address

#: Characters of a validation's messages, and of its formulas.
SAID = {"promptTitle": 32, "errorTitle": 32, "prompt": 255, "error": 255}
FORMULA = 255
_BOUNDED = {"whole", "decimal", "date", "time", "textLength"}
#: A list is a text, or a reference to cells or a name.
_TEXTS = re.compile(r'"(?:[^"]|"")+"')
_REFERENCE = re.compile(r"(?:(?:'(?:[^']|'')+'|[\w.]+)!)?[\w.$]+(?::[\w.$]+)?")


def _validations(file: Opened) -> Iterator[tuple[str, str, Element]]:
    for title, sheet in file.sheets.items():
        for rule in sheet.iterfind("dataValidations/dataValidation"):
            yield title, f"{title}: the validation of {rule.get('sqref', '')[:40]}", rule


def _said(file: Opened) -> Iterator[str]:
    for title, sheet in file.sheets.items():
        for rules in sheet.iterfind("dataValidations"):
            if rules.get("disablePrompts", "0") not in ("0", "false"):
                yield f"{title} shows no message of its validations"
    for _, where, rule in _validations(file):
        for kind, most in SAID.items():
            if not 1 <= len(rule.get(kind, "")) <= most:
                yield f"{where} has a {kind} of {len(rule.get(kind, ''))} characters of {most}"
        if rule.get("showErrorMessage") != "1" or rule.get("errorStyle", "stop") != "stop":
            yield f"{where} refuses nothing"
        if rule.get("showInputMessage") != "1":
            yield f"{where} shows no message"


def _conditions(file: Opened) -> Iterator[str]:
    for _, where, rule in _validations(file):
        yield from (f"{where} {fault}" for fault in faults(rule.get("sqref", "")))
        kind, operator = rule.get("type", "none"), rule.get("operator", "between")
        for text in (rule.findtext("formula1") or "", rule.findtext("formula2") or ""):
            if len(text.strip('"')) > FORMULA:
                yield f"{where} has a formula of {len(text)} characters of {FORMULA}"
        if kind == "list":
            listed = rule.findtext("formula1") or ""
            if not (_TEXTS.fullmatch(listed) or _REFERENCE.fullmatch(listed)):
                yield f"{where} has a list that is neither a text nor a range: {listed[:40]}"
        elif kind not in _BOUNDED or operator != "between":
            yield f"{where} is of the type {kind} and {operator}, not a list or between bounds"
        else:
            low, high = _bounds(rule)
            if not low <= high:
                yield f"{where} lets nothing pass: its bounds are {low} and {high}"


def _bounds(rule: Element) -> tuple[float, float]:
    """Give the bounds of a validation, NaN for one that is not a number."""
    found = []
    for kind in ("formula1", "formula2"):
        try:
            found.append(float(rule.findtext(kind) or "nan"))
        except ValueError:
            found.append(math.nan)
    return found[0], found[1]


def _kept(file: Opened) -> Iterator[str]:
    """Find cells that hold what their own validation would refuse."""
    for title, where, rule in _validations(file):
        for at in within(legal(rule.get("sqref", "")), file.cells[title]):
            held = file.value(title, at)
            if held is not None and not _passes(held, rule):
                yield f"{title}!{address(*at)} holds {held}, which {where} refuses"


def _passes(held: Value, rule: Element) -> bool:
    kind, listed = rule.get("type"), rule.findtext("formula1") or ""
    if kind == "list":
        return not _TEXTS.fullmatch(listed) or str(held) in listed.strip('"').split(",")
    if kind == "textLength":
        held = float(len(str(held)))
    low, high = _bounds(rule)
    whole = kind != "whole" or (isinstance(held, float) and held.is_integer())
    return kind not in _BOUNDED or (isinstance(held, float) and whole and low <= held <= high)


def _unguarded(file: Opened) -> Iterator[str]:
    """Find inputs without a validation, or with more than one."""
    looks = _input_looks(file)
    for title, present in file.cells.items():
        areas: list[Corners] = []
        for own, where, rule in _validations(file):
            for area in legal(rule.get("sqref", "")) if own == title else ():
                if any(overlap(area, other) for other in areas):
                    yield f"{where} is of cells that have another validation too"
                areas.append(area)
        guarded = set(within(areas, present))
        for at, cell in present.items():
            if cell.get("s", "0") in looks and at not in guarded:
                yield f"{title}!{address(*at)} is an input without a validation"


def _input_looks(file: Opened) -> set[str]:
    styles = file.tree("xl/styles.xml")
    named = {s.get("xfId"): s.get("name", "") for s in styles.iterfind("cellStyles/cellStyle")}
    return {
        str(i)
        for i, look in enumerate(styles.iterfind("cellXfs/xf"))
        if named.get(look.get("xfId", "0"), "").startswith("input")
    }


def _change(name: str, text: str | None) -> Fault:
    return set_first("dataValidation", name, text)


def _with(first: str, second: str | None, **attributes: str) -> Fault:
    """Change the condition of the first validation."""

    def change(rule: Element) -> None:
        for child in list(rule):
            rule.remove(child)
        for kind, text in (("formula1", first), ("formula2", second)):
            if text is not None:
                child = Element(kind)
                child.text = text
                rule.append(child)
        rule.attrib.update({"type": "decimal", "operator": "between", **attributes})

    return edit_first("dataValidation", change)


def _drop(rules: Element) -> None:
    rules.remove(rules[0])


def _again(rules: Element) -> None:
    rules.append(rules[0])


RULES = (
    Rule(
        "every validation refuses wrong entries, with title and message, and tells what is right",
        "Microsoft: Excel specifications; ECMA-376 part 1, 18.3.1.32 and 18.3.1.33",
        _said,
        {
            "it lets everything pass": _change("showErrorMessage", "0"),
            "it only warns": _change("errorStyle", "warning"),
            "it says nothing": _change("showInputMessage", "0"),
            "none says anything": set_first("dataValidations", "disablePrompts", "1"),
            "a title of 33 characters": _change("errorTitle", "x" * 33),
            "a message of 256 characters": _change("error", "x" * 256),
        },
    ),
    Rule(
        "every validation is for existing cells, with a list or two bounds in order",
        "ECMA-376 part 1, 18.3.1.32, 18.18.20 and 18.18.21; [MS-XLSX] 2.2.2.3; Microsoft: Excel "
        "refuses formulas of more than 255 characters in a validation",
        _conditions,
        {
            "no cells": _change("sqref", ""),
            "cells beyond the last": _change("sqref", "A1048577"),
            "a range that ends before it begins": _change("sqref", "B9:A1"),
            "no type": _change("type", None),
            "the type none": _change("type", "none"),
            "another operator": _change("operator", "greaterThan"),
            "bounds the wrong way round": _with("5", "1"),
            "one bound": _with("5", None),
            "a bound that is no number": _with("5", "high"),
            "a list without quotation marks": _with("growth,roic", None, type="list"),
            "a list of nothing": _with("", None, type="list"),
            "a formula of 256 characters": _with("0" * 255 + "1", "2"),
        },
    ),
    Rule(
        "every value passes its cell's own validation",
        "Microsoft: Excel's Circle Invalid Data would show it",
        _kept,
        {
            "beyond its bounds": _with("-3E99", "-2E99", sqref="A1:XFD1048576"),
            "not in its list": _with('"neither,nor"', None, type="list", sqref="A1:XFD1048576"),
        },
    ),
    Rule(
        "every input has one validation",
        "an entry that is not validated is a wrong value that nobody sees",
        _unguarded,
        {
            "one is missing": edit_first("dataValidations", _drop),
            "one is there twice": edit_first("dataValidations", _again),
        },
    ),
)
