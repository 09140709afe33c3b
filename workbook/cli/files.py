"""Files that the commands read and write, and how they end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from workbook.cli.printed import say

if TYPE_CHECKING:
    from workbook.package.package import Package


def stop(sentence: str) -> NoReturn:
    """End a command that cannot be carried out, with the reason."""
    say(sentence, error=True)
    sys.exit(2)


def warn(sentences: list[str]) -> None:
    """Print warnings."""
    for sentence in sentences:
        say(f"Warning: {sentence}")


def kept_as(kept: Path | None) -> str:
    """Say where the file is that has been replaced, as the end of a sentence."""
    return f"; {kept} is the file as it was" if kept else ""


def check_file(file: Path) -> None:
    """Refuse a path that leads to no file, without waiting for whatever it leads to."""
    from model.files import check

    check(file)


def caution(package: Package) -> None:
    """Warn of what in a file could run code or reach outside of it; nothing here runs it."""
    from workbook.check.safety.verdict import judged
    from workbook.package.archive import reading

    with reading():
        found = judged(package)
    warn(found.faults)


def opened(file: Path) -> Package:
    """Open a workbook's file, or stop if it is none that can be written again."""
    from workbook.package import ods

    package = _package(file)
    if ods.is_ods(package.parts):
        stop(f"{file} is an OpenDocument spreadsheet, which only `check` reads; save it as .xlsx.")
    return package


def readable(file: Path) -> Package:
    """Open a workbook's file, or one of an OpenDocument spreadsheet."""
    from workbook.hosts import libreoffice
    from workbook.package import ods

    package = _package(file)
    if not ods.is_ods(package.parts):
        return package
    with _named(file):
        return ods.opened(package, libreoffice.methods())


def _package(file: Path) -> Package:
    """Open a file, or refuse it."""
    from model.files import beginning
    from workbook.package.gate import check_workbook
    from workbook.package.limits import LIMITS
    from workbook.package.package import Package

    with _named(file):
        package = Package.opened(beginning(file, LIMITS["file"].most + 1))
        check_workbook(package.parts)
    return package


@contextmanager
def _named(file: Path) -> Iterator[None]:
    """Name the file in what is said of a workbook, or of one of its parts."""
    from model.errors import InputError
    from workbook.package.archive import WORKBOOK

    try:
        yield
    except InputError as error:
        of_part = "" if error.argument in (WORKBOOK, str(file)) else f": {error.argument}"
        raise InputError(f"{file}{of_part}", error.problem) from error


@contextmanager
def within_memory(file: Path) -> Iterator[None]:
    """Name the file for which there is not enough memory."""
    from model.errors import InputError

    try:
        yield
    except MemoryError as error:
        raise InputError(str(file), "takes more memory to check than there is") from error
