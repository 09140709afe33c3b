"""Writes users' files: each of them completely or not at all.

A file is written under a random name in the same folder, brought to the disk, and then takes its
name in one step. The name never belongs to a file that is empty or half written.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from workbook import interruption, supervised
from workbook.saving.drafts import draft, give_new_name, sweep, sync_folder
from workbook.saving.likeness import make_like


class NotWrittenError(OSError):
    """One sentence: which file is not written, and why. It is as it was."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(reason)
        self.path, self.strerror = path, reason

    def __str__(self) -> str:
        return f"{self.path} cannot be written: {self.strerror}."


class ExistsError(NotWrittenError):
    """A file with the name exists, and may not be replaced."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "it exists")

    def __str__(self) -> str:
        return f"{self.path} already exists; use --force to replace it."


@dataclass(frozen=True)
class Target:
    """A file that will be written, and of which nothing is known that would prevent that.

    Parameters
    ----------
    path : Path
        The file as the user calls it.
    place : Path
        Where it is: at the end of symbolic links, which stay.
    before : os.stat_result, optional
        The file that will be replaced, as it was when it was looked at; None for a new one.
    """

    path: Path
    place: Path
    before: os.stat_result | None

    def save(self, content: bytes) -> None:
        """Write the file, with the owner and the access of the one that it replaces.

        Raises
        ------
        NotWrittenError
            If it cannot be written, or has been changed by anybody since it was looked at.
        """
        with interruption.held(), _reasons(self.path):
            sweep(self.place.parent)
            self._write(self.place, content)

    def replace(self, content: bytes) -> Path | None:
        """Write the file, and keep a copy of the one that it replaces next to it.

        Returns
        -------
        Path or None
            The copy, with ``.bak`` and, if that exists, a number after the name; None where nothing
            was replaced by anything else.

        Raises
        ------
        NotWrittenError
            If one of the two cannot be written. There is no copy then.
        """
        with interruption.held(), _reasons(self.path):
            sweep(self.place.parent)
            self._check_unchanged()
            old = None if self.before is None else self.place.read_bytes()
            kept = None if old is None or old == content else self._copy(old)
            try:
                self._write(self.place, content)
            except BaseException:
                if kept is not None and self._is_unchanged():
                    kept.unlink()
                raise
        return kept

    def _copy(self, old: bytes) -> Path:
        """Write a copy of the file under the first name that is free."""
        for number in chain(("",), count(2)):
            kept = self.place.with_name(f"{self.place.name}.bak{number}")
            with _reasons(kept):
                if not os.path.lexists(kept):
                    self._write(kept, old)
                    break
        return kept

    def _write(self, place: Path, content: bytes) -> None:
        """Write a file like the one before, which takes its name, or a new one."""
        supervised.lifted()
        with draft(place.parent, 0o666 if self.before is None else 0o600) as (name, stream):
            left = memoryview(content)
            while left:
                left = left[stream.write(left) :]
            if self.before is not None:
                make_like(stream.fileno(), self.place, self.before)
            os.fsync(stream.fileno())
            if os.name == "nt":
                stream.close()  # What is open cannot be renamed there.
            if self.before is not None and place == self.place:
                self._check_unchanged()
                name.replace(place)
            else:
                give_new_name(name, place)
            # Without this a power cut may bring back the folder as it was before.
            with suppress(OSError):
                sync_folder(place.parent)

    def _check_unchanged(self) -> None:
        """Refuse to replace what somebody else has written meanwhile."""
        if self.before is not None and not self._is_unchanged():
            raise NotWrittenError(self.path, "it has been changed while the command ran")

    def _is_unchanged(self) -> bool:
        return _version(_found(self.place)) == _version(self.before)


def target(path: Path, *, replace: bool) -> Target:
    """Look at a file that is to be written, before long work; refuse it if that cannot be done.

    Parameters
    ----------
    path : Path
        The file.
    replace : bool
        Whether it may exist.

    Raises
    ------
    NotWrittenError
        With the reason.
    """
    with _reasons(path):
        place = _end(path)
        if not place.parent.is_dir():
            raise NotWrittenError(path, f"{place.parent} is not a folder")
        before = _found(place)
        if before is not None:
            if stat.S_ISDIR(before.st_mode):
                raise NotWrittenError(path, "it is a folder")
            if not stat.S_ISREG(before.st_mode):
                raise NotWrittenError(path, "it is a device or a pipe")
            if not replace:
                raise ExistsError(path)
            _check_free(path, place, before)
        with interruption.held(), draft(place.parent, 0o600):
            pass  # The folder takes files.
    return Target(path, place, before)


def _end(path: Path) -> Path:
    """Follow symbolic links to the file that they stand for."""
    if not path.is_symlink():
        return path
    try:
        return Path(os.path.realpath(path, strict=True))
    except FileNotFoundError:
        where = path.readlink()
        raise NotWrittenError(path, f"it is a link to {where}, which does not exist") from None


def _found(place: Path) -> os.stat_result | None:
    try:
        return place.stat()
    except FileNotFoundError:
        return None


def _version(found: os.stat_result | None) -> tuple[int, int] | None:
    """Return what changes whenever a file is written."""
    return found and (found.st_size, found.st_mtime_ns)


def _check_free(path: Path, place: Path, before: os.stat_result) -> None:
    """Refuse a file that may not be written, or that Calc or Excel say they have open."""
    # The superuser could write it all the same.
    if not before.st_mode & 0o222:
        raise NotWrittenError(path, "it is read-only")
    for name in {path, place}:
        for lock in (name.with_name(f"~${name.name}"), name.with_name(f".~lock.{name.name}#")):
            if os.path.lexists(lock):
                raise NotWrittenError(
                    path,
                    f"it is open in a spreadsheet, as {lock.name} says; close it there, or delete "
                    "that file if nobody has it open",
                )
    os.close(os.open(place, os.O_RDWR))


@contextmanager
def _reasons(path: Path) -> Iterator[None]:
    """Say in a sentence about a file what the system refuses; its own would name a draft."""
    try:
        yield
    except NotWrittenError:
        raise
    except FileExistsError:
        raise ExistsError(path) from None
    except OSError as problem:
        why = problem.strerror or str(problem)
        if os.name == "nt" and isinstance(problem, PermissionError):
            why += ", or another program has it open"
        raise NotWrittenError(path, why) from None
