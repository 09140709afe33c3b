"""Names, permitted entries, conditional formats and settings that differ from those as built."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from xml.etree.ElementTree import Element

from workbook.check.canonical import canonical, itself
from workbook.check.findings import Finding
from workbook.check.moved import Moved
from workbook.package.cells import Place, cells, place
from workbook.package.limits import check
from workbook.package.package import Package

#: The rules of cells by the sheet and the cell as built: type, operator and formulas of each.
Rules = dict[tuple[str, Place], set[tuple[str, ...]]]


def changed_settings(package: Package) -> Iterator[tuple[str, bool]]:
    """Say which settings of a workbook change what is calculated, and whether that is a note alone.

    Manual calculation is one: Excel calculates all workbooks as the first that it opens says.
    """
    for stated in package.tree("xl/workbook.xml").iterfind("calcPr"):
        if stated.get("fullPrecision") in ("0", "false"):
            yield "Set precision as displayed is on, and was off as built: it rounds numbers", False
        if stated.get("iterate") in ("1", "true"):
            text = "Enable iterative calculation is on, and was off as built: it hides circular"
            yield f"{text} references", False
        if stated.get("calcMode") == "manual":
            text = (
                "The workbook is set to manual calculation, and was built with automatic: if Excel "
                "opens it first, values stay as they are until F9 is pressed."
            )
            yield text, True


def changed_rules(file: Package, built: Package, moved: Moved) -> Iterator[Finding]:
    """Find the cells whose rules are not as they were built.

    Rules that a user has added are the user's own.

    Yields
    ------
    Finding
        For each cell that has lost a rule or has another.
    """
    yield from _lost(
        _entries(built, None), _entries(file, moved), moved, "permitted entries that differ",
        "does not have the permitted entries with which it was built",
    )  # fmt: skip
    yield from _lost(
        _formats(built, None), _formats(file, moved), moved, "conditional formats that differ",
        "does not have the conditional format with which it was built",
    )  # fmt: skip


def added_rules(file: Package, built: Package, moved: Moved) -> Iterator[tuple[str, Place, str]]:
    """Yield the rules that a user has added to built sheets: the first cell, and what each is."""
    for kind, rules_of in (("permitted entries", _entries), ("conditional format", _formats)):
        then, known = rules_of(built, None), set()
        for (title, at), rules in sorted(rules_of(file, moved).items()):
            now = moved.now(title, at)
            for rule in sorted(rules - then.get((title, at), set())):
                if now is not None and (title, rule) not in known:
                    known.add((title, rule))
                    yield *now, kind


def changed_names(file: Package, built: Package, moved: Moved) -> Iterator[Finding]:
    """Find the names that are missing, mean something else than as built, or are hidden.

    Others may be added.

    Yields
    ------
    Finding
        For each name.
    """
    known = {name.casefold(): text for name, text in file.names.items()}
    for name, text in built.names.items():
        sheet, at, *_ = *_area(text), None
        here = moved.now(sheet, at) if at else None
        title, now = here or (sheet, (1, 1))
        if (held := known.get(name.casefold())) is None:
            yield Finding(title, now, f"the name {name} is missing", "names that are missing")
        elif moved.as_built(held, "") != moved.belongs(text, ""):
            yield Finding(
                title, now, f"the name {name} is {held}, and was {text} as built",
                "names that differ",
            )  # fmt: skip
    yield from _hidden_names(file, built, moved)


def _hidden_names(file: Package, built: Package, moved: Moved) -> Iterator[Finding]:
    """Find the names of built sheets which there hide names of the workbook as built.

    A copy of a sheet has such names, and is the user's own.
    """
    known = {name.casefold() for name in built.names}
    for title in dict.fromkeys(positions.title for positions in moved.sheets.values()):
        for name, text in file.names_of_sheets.get(title, {}).items():
            if name.casefold() in known:
                yield Finding(
                    title, (1, 1), f"the name {name} of this sheet is {text}, and hides that of "
                    "the workbook", "names that hide others",
                )  # fmt: skip


def _area(text: str) -> tuple[str, Place]:
    """Return the sheet and the first cell of a name of the built workbook."""
    sheet, _, area = text.rpartition("!")
    return sheet.strip("'").replace("''", "'"), place(area.partition(":")[0].replace("$", ""))


def _entries(package: Package, moved: Moved | None) -> Rules:
    found: Rules = {}
    covered = count(1)
    for title, sheet in package.sheets.items():
        for rule in _elements(package.around(sheet.part), "dataValidation"):
            stated = rule.get("type", "none"), rule.get("operator", "between"), _refuses(rule)
            # Some programs write a second formula where it has no meaning.
            two = stated[0] not in ("list", "custom") and "etween" in stated[1]
            texts = [
                _text(formula, "xm:f") or formula.text or ""
                for name in ("formula1", "formula2")[: 1 + two]
                for formula in _elements(rule, name)
            ]
            ranges = rule.get("sqref") or _text(rule, "xm:sqref")
            _put(found, title, ranges, stated, texts, moved, covered)
    return found


def _refuses(rule: Element) -> str:
    """Return what an entry that is not permitted meets; nothing if it is taken."""
    shown = rule.get("showErrorMessage") in ("1", "true")
    return rule.get("errorStyle", "stop") if shown else ""


def _formats(package: Package, moved: Moved | None) -> Rules:
    found: Rules = {}
    covered = count(1)
    for title, sheet in package.sheets.items():
        for format_ in _elements(package.around(sheet.part), "conditionalFormatting"):
            ranges = format_.get("sqref") or _text(format_, "xm:sqref")
            for rule in _elements(format_, "cfRule"):
                texts = [f.text or "" for f in rule if f.tag in ("formula", "xm:f")]
                stated = rule.get("type", ""), rule.get("operator", "")
                _put(found, title, ranges, stated, texts, moved, covered)
    return found


def _elements(within: Element, name: str) -> Iterator[Element]:
    """Yield the elements of a name outside the rows of a sheet, those of newer versions too."""
    for part in within:
        if part.tag != "sheetData":
            yield from (e for e in part.iter() if e.tag.removeprefix("x14:") == name)


def _text(within: Element, name: str) -> str:
    return next((e.text or "" for e in within if e.tag == name), "")


def _put(
    found: Rules,
    title: str,
    ranges: str,
    stated: tuple[str, ...],
    texts: list[str],
    moved: Moved | None,
    covered: Iterator[int],
) -> None:
    """Put a rule at each cell that it holds for."""
    if not ranges:
        return
    where = moved.built if moved else itself
    origin = where(title, place(ranges.split()[0].partition(":")[0]))
    if origin is None:
        return
    rule = (*stated, *("".join(canonical(text, title, where, origin[1])) for text in texts))
    for area in ranges.split():
        for at in moved.within(title, area) if moved else cells(area):
            check("ruled", next(covered), title)
            if (here := where(title, at)) is not None:
                found.setdefault(here, set()).add(rule)


def _lost(built: Rules, held: Rules, moved: Moved, cause: str, text: str) -> Iterator[Finding]:
    for (title, at), rules in built.items():
        now = moved.now(title, at)
        if now is not None and not rules <= held.get((title, at), set()):
            yield Finding(*now, text, cause)
