"""Files that the commands read and write, and how they end."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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


def check_place(target: Path) -> None:
    """Stop if a file cannot be written where it is wanted."""
    if not target.parent.is_dir():
        stop(f"{target.parent} is not a folder.")
    if target.is_dir():
        stop(f"{target} is a folder.")


def check_free(file: Path) -> None:
    """Refuse a file that may not be written, or that a spreadsheet has open, as Calc and Excel say.

    Raises
    ------
    PermissionError
        With the reason.
    """
    if not file.stat().st_mode & stat.S_IWUSR:
        raise PermissionError("it is read-only")
    if any(file.with_name(name).exists() for name in (f"~${file.name}", f".~lock.{file.name}#")):
        raise PermissionError("it is open in a spreadsheet")


def kept_copy(target: Path, new: bytes) -> Path | None:
    """Copy a file that will be replaced by other contents, next to it; None if there is none."""
    if not target.exists() or target.read_bytes() == new:
        return None
    numbers = ("", *range(2, 10_000))
    kept = next(p for n in numbers if not (p := Path(f"{target}.bak{n}")).exists())
    write(kept, target.read_bytes(), replace=False)
    return kept


def write(target: Path, package: bytes, *, replace: bool) -> None:
    """Write a file completely or not at all; overwrite an existing one only with `replace`."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(package)
        mask = os.umask(0)
        os.umask(mask)
        # A file that is replaced keeps who may read it.
        Path(name).chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~mask)
        if not replace:
            # Reserves the name, or fails if the file has been created meanwhile.
            target.touch(exist_ok=False)
        try:
            Path(name).replace(target)
        except OSError:
            if not replace:
                target.unlink()
            raise
    except FileExistsError:
        stop(f"{target} already exists; use --force to replace it.")
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()


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
