"""The text of a case's file, changed in place: whatever is not changed stays byte for byte."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

#: The keys that lead to a place.
Steps = tuple[str, ...]
_ROOT: Steps = ()

_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
_DOTTED = rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*"
_HEADER = re.compile(rf"[ \t]*\[[ \t]*({_DOTTED})[ \t]*\][^\n]*\n?")
_ASSIGNED = re.compile(rf"(?P<indent>[ \t]*)(?P<key>{_DOTTED})[ \t]*=[ \t]*")
_REST = re.compile(r"[^\n]*\n?")
#: What may be between the values of an array or of an inline table.
_GAP = re.compile(r"(?:[\s,]|#[^\n]*)*")
#: A text in any quotation marks, or a number, a date or a truth value.
_PLAIN = re.compile(
    r'"""(?:\\.|(?!""").)*"{3,5}'
    r"|'''(?:(?!''').)*'{3,5}"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'"
    r"|[^\s,\]}#]+",
    re.DOTALL,
)
#: A key that needs no quotation marks.
_BARE = re.compile(r"[A-Za-z0-9_-]+")
#: Whole numbers from here on may not be exact.
_EXACT = 2.0**53


@dataclass(frozen=True)
class _Part:
    """Some lines: a header, a key with its value, or neither; `section` is where they are."""

    text: str
    section: Steps
    steps: Steps | None = None

    @property
    def is_header(self) -> bool:
        return self.steps is None and _HEADER.fullmatch(self.text) is not None


@dataclass(frozen=True)
class _Entry:
    """Where a key begins, where its value begins and ends, and the inline table that holds it."""

    start: int
    at: int
    end: int
    holder: Steps | None
    #: Where the values of an array begin and end.
    items: tuple[tuple[int, int], ...] = ()


class Document:
    r"""The text of a TOML file, in which values are put and removed by their paths.

    A figure may be a bare value or a table with a `value`; either is changed as it stands.

    Parameters
    ----------
    text : str
        Valid TOML, without arrays of tables.

    Examples
    --------
    >>> document = Document("[offer]  # in May\nprice = 185\n")
    >>> document.put(("offer", "price", "value"), 190.0)
    >>> document.put(("offer", "price", "source"), "typed")
    >>> print(document.text, end="")
    [offer]  # in May
    price = { value = 190, source = "typed" }
    """

    def __init__(self, text: str) -> None:
        self._parts = list(_parts(text))
        self._end = "\r\n" if "\r\n" in text else "\n"

    @property
    def text(self) -> str:
        """The text with all changes."""
        return "".join(part.text for part in self._parts)

    def put(self, steps: Steps, value: Any, after: str = "") -> None:
        """Give a key a value: a number, a text, a date, a list of them, or a table.

        A new key of an inline table is written last in it, or `after` another one. Of a list, what
        is the same stays as it is written.
        """
        if (number := self._statement(steps)) is not None:
            part = self._parts[number]
            assert part.steps is not None
            self._parts[number] = replace(part, text=_changed(part, steps, value, after))
            return
        section = max((s for s in self._sections() if steps[: len(s)] == s), key=len)
        above = steps[:-1]
        inside = [
            i for i, part in enumerate(self._parts)
            if part.steps is not None and part.section == section and _within(part.steps, above)
        ]  # fmt: skip
        if section == above or inside:
            self._insert(inside or self._of(section), section, steps, value)
        elif below := [i for i, part in enumerate(self._parts) if _within(part.section, above)]:
            self._append(below[-1], steps, value)
        elif section:
            self._insert(self._of(section), section, steps, value)
        else:
            self._append(len(self._parts) - 1, above, {steps[-1]: value})

    def remove(self, steps: Steps) -> None:
        """Remove a key, or a table with everything in it, if it is there."""
        if (number := self._statement(steps)) is not None and self._parts[number].steps != steps:
            part = self._parts[number]
            self._parts[number] = replace(part, text=_without(part, steps))
            return
        self._parts = [
            part for part in self._parts
            if not (_within(part.steps or part.section, steps) and (part.steps or part.is_header))
        ]  # fmt: skip

    def _sections(self) -> set[Steps]:
        return {(), *(part.section for part in self._parts if part.is_header)}

    def _of(self, section: Steps) -> list[int]:
        """Return the header of a section and its statements."""
        return [
            i for i, part in enumerate(self._parts)
            if part.section == section and (part.steps is not None or part.is_header)
        ]  # fmt: skip

    def _statement(self, steps: Steps) -> int | None:
        """Find the statement that gives a key, or a table around it."""
        for number, part in enumerate(self._parts):
            if part.steps is not None and _within(steps, part.steps):
                return number
        return None

    def _insert(self, after: list[int], section: Steps, steps: Steps, value: Any) -> None:
        """Write a statement below some lines of a section: first in it if there are none."""
        number = after[-1] if after else -1
        if number >= 0:
            self._end_line(number)
        before = self._parts[number].text if number >= 0 else ""
        indent = found["indent"] if (found := _ASSIGNED.match(before)) else ""
        line = f"{indent}{_dotted(steps[len(section) :])} = {literal(value)}{self._end}"
        self._parts.insert(number + 1, _Part(line, section, steps))

    def _append(self, number: int, steps: Steps, table: Mapping[str, Any]) -> None:
        """Write a table under a header of its own, below a line."""
        lines = [_Part(f"[{_dotted(steps)}]{self._end}", steps)]
        for key, value in table.items():
            lines.append(
                _Part(f"{_dotted((key,))} = {literal(value)}{self._end}", steps, (*steps, key))
            )
        if number >= 0:
            self._end_line(number)
            if self._parts[number].text.strip():
                lines.insert(0, _Part(self._end, self._parts[number].section))
        self._parts[number + 1 : number + 1] = lines

    def _end_line(self, number: int) -> None:
        part = self._parts[number]
        if not part.text.endswith("\n"):
            self._parts[number] = replace(part, text=f"{part.text}{self._end}")


def literal(value: Any) -> str:
    """Write a value as TOML; a whole number without a point.

    Examples
    --------
    >>> literal({"value": [1.0, 0.25], "note": "A year"})
    '{ value = [1, 0.25], note = "A year" }'
    """
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_dotted((k,))} = {literal(v)}' for k, v in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, str):
        # Text of a case is printable, for which both languages have the same escapes.
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return repr(value)


def _dotted(steps: Steps) -> str:
    return ".".join(step if _BARE.fullmatch(step) else literal(step) for step in steps)


def _within(steps: Steps, above: Steps) -> bool:
    return steps[: len(above)] == above


def _steps(dotted: str) -> Steps:
    return tuple(
        key if _BARE.fullmatch(key) else tomllib.loads(f"key = {key}")["key"]
        for key in re.findall(_KEY, dotted)
    )


def _parts(text: str) -> Iterator[_Part]:
    """Yield the lines of a text, those of a value that runs over several of them as one."""
    at, section = 0, _ROOT
    while at < len(text):
        steps: Steps | None = None
        if found := _HEADER.match(text, at):
            section, end = _steps(found[1]), found.end()
        elif found := _ASSIGNED.match(text, at):
            steps = (*section, *_steps(found["key"]))
            end = _end(_REST, text, _value(text, found.end(), steps, {}))
        else:
            end = _end(_REST, text, at)
        yield _Part(text[at:end], section, steps)
        at = end


def _entries(part: _Part) -> dict[Steps, _Entry]:
    """Return the keys of a statement, those in inline tables too, by their paths."""
    found = _ASSIGNED.match(part.text)
    assert found is not None
    assert part.steps is not None
    entries: dict[Steps, _Entry] = {}
    items: list[tuple[int, int]] = []
    end = _value(part.text, found.end(), part.steps, entries, items)
    entries[part.steps] = _Entry(found.start("key"), found.end(), end, None, tuple(items))
    return entries


def _value(
    text: str,
    at: int,
    steps: Steps,
    entries: dict[Steps, _Entry],
    items: list[tuple[int, int]] | None = None,
) -> int:
    """Return where a value ends; record the keys in it, and the values of an array."""
    if text[at] not in "[{":
        return _end(_PLAIN, text, at)
    table, start, at = text[at] == "{", at, _end(_GAP, text, at + 1)
    while text[at] not in "]}":
        inner: list[tuple[int, int]] = []
        key = found if table and (found := _ASSIGNED.match(text, at)) else None
        begins, path = (key.end(), (*steps, *_steps(key["key"]))) if key else (at, steps)
        end = _value(text, begins, path, entries if table else {}, inner)
        if key:
            entries[path] = _Entry(key.start("key"), begins, end, steps, tuple(inner))
        elif items is not None:
            items.append((at, end))
        at = _end(_GAP, text, end)
    assert at > start
    return at + 1


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    assert found is not None
    return found.end()


def _changed(part: _Part, steps: Steps, value: Any, after: str) -> str:
    """Return the text of a statement with a value in place of another, or added."""
    entries, text = _entries(part), part.text
    known = max((s for s in entries if _within(steps, s)), key=len)
    entry = entries[known]
    is_table = text[entry.at] == "{"
    if known == steps or (steps == (*known, "value") and not is_table):
        if isinstance(value, list) and entry.items and len(value) >= len(entry.items):
            old, end = tomllib.loads(f"x = {text[entry.at : entry.end]}")["x"], entry.items[-1][1]
            more = "".join(f", {literal(each)}" for each in value[len(old) :])
            text = f"{text[:end]}{more}{text[end:]}"
            for (start, end), new, before in [*zip(entry.items, value, old, strict=False)][::-1]:
                if new != before:
                    text = f"{text[:start]}{literal(new)}{text[end:]}"
            return text
        return f"{text[: entry.at]}{literal(value)}{text[entry.end :]}"
    added = f"{_dotted(steps[len(known) :])} = {literal(value)}"
    if not is_table:
        # A bare value, which from now on says more.
        bare = text[entry.at : entry.end]
        return f"{text[: entry.at]}{{ value = {bare}, {added} }}{text[entry.end :]}"
    inside = [e.end for e in entries.values() if e.holder == known]
    if not inside:
        return f"{text[: entry.at]}{{ {added} }}{text[entry.end :]}"
    before = entries.get((*known, after))
    end = before.end if before else max(inside)
    return f"{text[:end]}, {added}{text[end:]}"


def _without(part: _Part, steps: Steps) -> str:
    """Return the text of a statement without a key in it, or without all keys of a table."""
    text = part.text
    while True:
        entries = _entries(replace(part, text=text))
        found = next((e for s, e in entries.items() if _within(s, steps)), None)
        if found is None:
            return text
        # The outermost is removed, with what it holds.
        found = entries.get(steps, found)
        around = sorted(
            (e for e in entries.values() if e.holder == found.holder), key=lambda e: e.start
        )
        place = around.index(found)
        if place:
            start, end = around[place - 1].end, found.end
        else:
            start = found.start
            end = around[1].start if len(around) > 1 else found.end
        text = f"{text[:start]}{text[end:]}"
