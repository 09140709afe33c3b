"""Files that the commands read and write, and how they end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from workbook.package.package import Package

#: How a compound file begins, in which Excel keeps a workbook with a password.
_COMPOUND = bytes.fromhex("D0CF11E0A1B11AE1")


def stop(sentence: str) -> NoReturn:
    """End a command that cannot be carried out, with the reason."""
    print(sentence, file=sys.stderr)
    sys.exit(2)


def warn(sentences: list[str]) -> None:
    """Print warnings."""
    for sentence in sentences:
        print(f"Warning: {sentence}")


def kept_as(kept: Path | None) -> str:
    """Say where the file is that has been replaced, as the end of a sentence."""
    return f"; {kept} is the file as it was" if kept else ""


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
    with _sound(file):
        return ods.opened(package.saved(), libreoffice.methods())


def _package(file: Path) -> Package:
    """Open a file, or stop if it is not a workbook."""
    from workbook.package import ods
    from workbook.package.archive import is_workbook
    from workbook.package.package import Package

    content = file.read_bytes()
    if content.startswith(_COMPOUND):
        stop(f"{file} is encrypted or an .xls file; save it as .xlsx without a password.")
    with _sound(file):
        package = Package.opened(content)
        types = package.parts.get("[Content_Types].xml", b"")
        known = is_workbook(package.parts) or ods.is_ods(package.parts)
        if not known or b".addin.macroEnabled." in types:
            raise ValueError
    return package


@contextmanager
def _sound(file: Path) -> Iterator[None]:
    """Stop if a file cannot be read as a workbook; a refusal by a sentence stays one."""
    from model.errors import InputError

    try:
        yield
    except InputError:
        raise
    except Exception:  # Archives fail in many ways, and so do the parts in them.
        stop(f"{file} is not an .xlsx, .xlsm or .ods workbook.")
