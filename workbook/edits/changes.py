"""Differences between a workbook's case and a file's, written into the text of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from model.case.case import Case
from model.case.document import Document, Steps
from model.case.parts import TYPED, TYPED_TITLE
from model.case.stated import differ, entries, sources, stated
from model.case.values import TEXT_LENGTH
from model.case.written import ORIGIN, node_of, nodes
from model.errors import cut
from workbook.edits.compared import Change, Compared, below, summary, text_of

#: Figures whose date is not that of the change, because the model reads it.
DATED = ("balance_sheet.", "published.", "tables.facts.")
#: How the note of a calculated figure begins.
CALCULATED = "Calculated as "


@dataclass
class Taking:
    """Takes what a workbook states into the text of a case.

    Parameters
    ----------
    old : Case
        The case of the text.
    new : Case
        That of the workbook.
    built : Case
        The one from which the workbook was built.
    day : date
        The date of the changes.
    formulas : callable
        Returns the formulas in the cells of an input.
    """

    old: Case
    new: Case
    built: Case
    day: date
    formulas: Callable[[str], Iterable[str]]
    changes: list[Change] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._document = Document(self.old.text)
        self._compared = Compared(self.old, self.new)
        self._old, self._new = self._compared.before, self._compared.after
        self._built = stated(self.built)
        titled = (key for key, s in self.old.sources.items() if s.title == TYPED_TITLE)
        unused = (key for key in (TYPED, f"{TYPED}_in_workbook") if key not in self.old.sources)
        #: The source of what was typed, and those that have been cited.
        self._typed = next(titled, None) or next(unused)
        self._cited: set[str] = set()

    def text(self) -> str:
        """Return the text with everything that differs, which is recorded in `changes`."""
        built = entries(self.built)
        for path in self._compared.gone:
            self._document.remove(_steps(path))
            self._record(path, summary(self._old, path), "", path not in built)
        for path in self._compared.fresh:
            self._add(path)
            self._record(path, "", summary(self._new, path), path in built)
        changed: dict[str, list[str]] = {}
        for path in self._compared.changed:
            changed.setdefault(self._owner(path), []).append(path)
        for owner, paths in changed.items():
            self._change(owner, paths)
        for path in self.new.origins:
            if path not in changed and path in self.old.origins and path in self.built.origins:
                self._remark(path)
        self._state_sources()
        return self._document.text

    def _untouched(self, path: str) -> bool:
        """Tell whether the workbook states what it did when it was built."""
        return not differ(self._built.get(path), self._new.get(path))

    def _from_file(self, path: str) -> bool:
        """Tell whether something differs because the file has changed since the build.

        A workbook may also have been built with a longer forecast than its file has.
        """
        before, after = self._old.get(path), self._new.get(path)
        if isinstance(before, list) and isinstance(after, list):
            longer = len(before) < len(after) and not differ(before, after[: len(before)])
        else:
            added = set(self.new.forecast_years) - set(self.old.forecast_years)
            longer = before is None and path.rpartition(".")[2] in map(str, added)
        return self._untouched(path) and not longer

    def _owner(self, path: str) -> str:
        """Return the figure, or the row of a table, that states something."""
        row = ".".join(path.split(".")[:3])
        return row if row in self.new.origins and row not in self.new.figures else path

    def _change(self, owner: str, paths: list[str]) -> None:
        """Put what has changed of a figure, of a row, or of anything else."""
        had = []
        for path in paths:
            before, after = self._compared.texts(path)
            had.append(
                before or "blank"
                if path == owner
                else f"{self._compared.header(path)} {before or 'blank'}"
            )
            self._record(path, before, after, self._from_file(path))
            if path not in self._new:
                self._document.remove(_steps(path))
                continue
            value, steps = self._new[path], _steps(path)
            if path in self.new.figures:
                steps, value = (
                    ((*steps, "value"), value) if path in self._old else (steps, {"value": value})
                )
            self._document.put(steps, value)
        if owner in self.new.origins:
            for name, said in self._origin(owner, paths, ", ".join(had)).items():
                self._say(owner, name, said)

    def _add(self, path: str) -> None:
        """Put a row of a table, a security or a band that the text lacks."""
        node = node_of(nodes(self.new), path)
        origins = {p: self._origin(p, [], "") for p in self.new.origins if below(p, [path])}
        own = [{n: v for n, v in each.items() if n != "note"} for each in origins.values()]
        shared = path not in origins and all(each == own[0] for each in own)
        for p, origin in origins.items():
            inside = node
            for step in _steps(p)[len(_steps(path)) :]:
                inside = inside[step]
            for name, said in origin.items():
                inside.pop(name, None)
                if said and not (shared and name != "note"):
                    inside[name] = said
            self._cited.add(origin["source"])
        if shared and own:
            node |= {name: said for name, said in own[0].items() if said}
        self._document.put(_steps(path), node)

    def _origin(self, path: str, changed: Iterable[str], before: str) -> dict[str, Any]:
        """Return the origin of a figure, or row, that has changed: that of what a user typed."""
        own = {name: getattr(self.new.origins[path], name) for name in ORIGIN}
        made, was = (case.origins.get(path) for case in (self.built, self.old))
        if made and (own["source"] != made.source or all(map(self._untouched, changed))):
            return own
        dated = path.startswith(DATED)
        typed = {
            "source": self._typed,
            "quality": "assumption",
            "as_of": own["as_of"] if dated else self.day,
            "known": own["known"] if dated else None,
            "note": "",
        }
        note = was.note if was else ""
        if was and was.source != self._typed:
            note = f"{before} before, from {self.old.sources[was.source].title}"
            note += f": {was.note}" if was.note else ""
        elif note.startswith(CALCULATED):
            note = note.partition(". ")[2]
        formulas = dict.fromkeys(f for p in changed or [path] for f in self.formulas(p))
        if formulas:
            note = f"{CALCULATED}{', '.join(formulas)}{'. ' if note else ''}{note}"
        typed["note"] = cut(note, TEXT_LENGTH)
        return typed | {n: own[n] for n in ORIGIN if made and own[n] != getattr(made, n)}

    def _remark(self, path: str) -> None:
        """Put what Sources says of a figure, or row, that has not changed itself."""
        own, made, was = (case.origins[path] for case in (self.new, self.built, self.old))
        edited = [n for n in ORIGIN if getattr(own, n) not in (getattr(made, n), getattr(was, n))]
        for name in edited:
            before, after = (text_of(getattr(of, name) or None) for of in (was, own))
            self._record(f"{path}.{name}", before, after, about=path)
        for name in ORIGIN if "source" in edited else edited:
            self._say(path, name, getattr(own, name))

    def _say(self, path: str, name: str, said: Any) -> None:
        """Put a part of an origin, or remove one that is nothing."""
        steps = (*_steps(path), name)
        if not said:
            self._document.remove(steps)
            return
        self._document.put(steps, said)
        if name == "source":
            self._cited.add(said)

    def _state_sources(self) -> None:
        """Put the sources that are cited and missing, and what Sources says of the others."""
        own, made, was = (sources(case) for case in (self.new, self.built, self.old))
        for key in sorted(self._cited - self.old.sources.keys()):
            node = {"title": TYPED_TITLE} if key == self._typed else node_of(own, f"sources.{key}")
            self._document.put(("sources", key), node)
        for path in dict.fromkeys((*own, *made)):
            key = path.split(".")[1]
            kept = key in self.old.sources and key in self.built.sources and key in self.new.sources
            if kept and own.get(path) not in (made.get(path), was.get(path)):
                self._record(path, text_of(was.get(path)), text_of(own.get(path)))
                self._say(f"sources.{key}", path.split(".")[2], own.get(path))

    def _record(
        self, path: str, before: str, after: str, from_file: bool = False, *, about: str = ""
    ) -> None:
        self.changes.append(
            Change(path, self._compared.label(about or path), before, after, from_file)
        )


def _steps(path: str) -> Steps:
    return tuple(path.split("."))
