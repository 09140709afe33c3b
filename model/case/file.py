"""Case files: finding them, reading them, and reporting errors with line numbers."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from model.errors import LONG_PATH, CaseError, InputError, cut, nearest, refuse
from model.files import FOLDER, NOTHING, beginning, what_is

#: Larger than any case that people write.
LARGEST = 1_000_000

#: Nesting of tables and lists beyond anything people write.
DEEPEST = 50

_KEY = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
_HEADER = re.compile(rf"\s*+\[\[?+\s*+({_KEY}(?:\s*+\.\s*+{_KEY})*)\s*+\]")
_LEAF = re.compile(rf"\s*+({_KEY}(?:\s*+\.\s*+{_KEY})*)\s*+=")
#: Finds text nested that deeply, and numbers with thousands of digits; no blank is read twice.
_DEEP = re.compile(
    rf"(?m)^[ \t]*+\[*+[ \t]*+(?:{_KEY}[ \t]*+\.[ \t]*+){{{DEEPEST}}}"
    rf"|(?:[\[{{]\s*+(?:{_KEY}\s*+=\s*+)?+){{{DEEPEST}}}"
)
_LONG = re.compile(r"[0-9_]{4000}")


def find(case: str | Path) -> Path | Traversable:
    """Return the file of a shipped case by name, or of any case by path.

    Raises
    ------
    InputError
        When there is no such case.
    """
    path = Path(case)
    if path.suffix == ".toml":
        if what := what_is(path):
            named = repr(cut(str(case), LONG_PATH))
            expected = {NOTHING: "a file that exists, not", FOLDER: "a file, not the folder"}
            said = (
                f"{expected[what]} {named}"
                if what in expected
                else f"a file, but {named} is {what}"
            )
            raise InputError("case", f"must be {said}")
        return path
    shipped = names()
    if str(case) not in shipped:
        what, named = what_is(path), repr(cut(str(case), LONG_PATH))
        if what == FOLDER:
            raise InputError("case", f"must be a .toml file, not the folder {named}")
        hint = nearest(str(case), shipped) if len(str(case)) <= LONG_PATH else ""
        raise InputError(
            "case", f"must be a .toml file or one of {', '.join(shipped)}, not {named}{hint}"
        )
    if Path(f"{case}.toml").exists():
        raise InputError(
            "case",
            f"must be {case}.toml for the file in this folder, because {str(case)!r} is "
            "also the name of a shipped case",
        )
    return _shipped(str(case))


def _shipped(name: str) -> Traversable:
    return resources.files("model") / "cases" / f"{name}.toml"


def names() -> list[str]:
    """Names of the shipped cases.

    Returns
    -------
    list of str
        In alphabetical order.
    """
    found = (resources.files("model") / "cases").iterdir()
    return sorted(f.name.removesuffix(".toml") for f in found if f.name.endswith(".toml"))


def text_of(case: str | Path) -> str:
    """Return the text of a case file; refuse one that is not text or is too large."""
    return _text(find(case), case)


def shipped_text(name: str) -> str:
    """Return the text of a shipped case, whatever files the folder has."""
    return _text(_shipped(name), name)


def _text(file: Path | Traversable, case: str | Path) -> str:
    data = beginning(file, LARGEST + 1) if isinstance(file, Path) else file.read_bytes()
    if len(data) > LARGEST:
        raise InputError(f"{case}:1", f"must have at most {LARGEST // 1_000_000} MB")
    try:
        # Some editors write a byte order mark first.
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{case}:{line}",
            f"must be text in UTF-8, but byte {error.start + 1} of the file is not",
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(f"{case}:{line}", "must be text in UTF-8, without zero bytes")
    return text


def tree_of(case: str, text: str) -> dict[str, Any]:
    """Return the contents of a TOML text; refuse invalid TOML."""
    if deep := _DEEP.search(text):
        # Reading it would take too long.
        raise InputError(f"{case}:{_line(text, deep)}", "must not be nested so deeply")
    try:
        tree = tomllib.loads(text)
    except RecursionError:
        raise InputError(f"{case}:1", "must not be nested so deeply") from None
    except tomllib.TOMLDecodeError as error:
        said, _, line = str(error).partition(" (at line ")
        line = line.partition(",")[0] or str(len(text.splitlines()))
        raise InputError(f"{case}:{line}", f"is not valid TOML: {said}") from None
    except ValueError:
        # Python does not read integers of thousands of digits.
        where = _line(text, _LONG.search(text))
        raise InputError(
            f"{case}:{where}", "must not hold a number of thousands of digits"
        ) from None
    if not tree:
        raise InputError(f"{case}:1", "is empty: `offtake new` writes a case to start from")
    return tree


def _line(text: str, found: re.Match[str] | None) -> int:
    return text.count("\n", 0, found.end()) + 1 if found else 1


@contextmanager
def located(case: str | Path) -> Iterator[None]:
    """Put the file and line before the message of any error in a case."""
    errors: Iterable[InputError] = ()
    try:
        yield
    except RecursionError:
        raise InputError(f"{case}:1", "must not be nested so deeply") from None
    except CaseError as several:
        errors = several.errors
    except InputError as error:
        errors = [error]
    if errors:
        refuse(_with_lines(case, text_of(case), errors))


def _with_lines(case: str | Path, text: str, errors: Iterable[InputError]) -> list[InputError]:
    """Return the errors with their places, in the order of the lines."""
    # A table may have no header of its own, and then begins with the first one inside it.
    begins: dict[tuple[str, ...], int] = {}
    for at, line in lines(text).items():
        for n in range(1, len(at) + 1):
            begins[at[:n]] = min(line, begins.get(at[:n], line))
    found = []
    for error in errors:
        # Keys contain no spaces, so what follows the path names an argument of the model.
        paths = (error.argument, re.split("[: ]", error.argument)[0])
        known = {
            n: begins[steps[:n]]
            for steps in (tuple(path.split(".")) for path in paths)
            for n in range(1, len(steps) + 1)
            if steps[:n] in begins
        }
        line = known[max(known)] if known else 1
        found.append((line, InputError(f"{case}:{line} {error.argument}", error.problem)))
    return [error for _, error in sorted(found, key=lambda pair: pair[0])]


def lines(text: str) -> Mapping[tuple[str, ...], int]:
    r"""Return the line on which each table and key of a TOML text begins.

    Keys inside inline tables are skipped: they are on the line of the table's own key.

    Examples
    --------
    >>> lines('[offer]\nprice = { value = 1 }')
    {('offer',): 1, ('offer', 'price'): 2}
    """
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    quoted = ""
    for number, line in enumerate(text.splitlines(), 1):
        inside = quoted
        for marks in re.findall(r'"""|\'\'\'', line):
            quoted = marks if not quoted else "" if quoted == marks else quoted
        if inside:
            continue
        if header := _HEADER.match(line):
            table = _steps(header[1])
            found.setdefault(table, number)
        elif leaf := _LEAF.match(line):
            steps = (*table, *_steps(leaf[1]))
            for end in range(len(table) + 1, len(steps) + 1):
                found.setdefault(steps[:end], number)
    return found


def _steps(dotted: str) -> tuple[str, ...]:
    return tuple(key.strip("\"'") for key in re.findall(_KEY, dotted))
