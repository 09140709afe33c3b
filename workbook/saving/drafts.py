"""A file while it is being written: under a random name, with a lock, until it takes its own.

One thing is left to chance. Where a file system has no hard links (FAT, some network folders), a
new file takes its name by renaming: if another program takes the same name in the microseconds
between a look at the name and the renaming, its file is replaced. Windows has no such moment,
because renaming fails there if the name is taken.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows deletes no file that is open, so that it needs no lock.
    fcntl = None  # type: ignore[assignment]

#: The names of drafts: with nothing of the final name, which may be as long as a name can be.
NAME = re.compile(r"\.offtake-[0-9a-f]{16}\.tmp")
#: How a file system says that it has no hard links.
_NO_LINKS = (errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK)


@contextmanager
def draft(folder: Path, mode: int) -> Iterator[tuple[Path, FileIO]]:
    """Create a file under a random name; delete it at the end if it still has that."""
    name, stream = _created(folder, mode)
    try:
        yield name, stream
    finally:
        # What has its name by now is on the disk, and the next save sweeps what cannot be deleted.
        with suppress(OSError):
            stream.close()
        with suppress(OSError):
            name.unlink()


def _created(folder: Path, mode: int) -> tuple[Path, FileIO]:
    """Create a file under a random name, with a lock until it is closed."""
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0)
    while True:
        name = folder / f".offtake-{os.urandom(8).hex()}.tmp"
        stream = FileIO(os.open(name, flags, mode), "w")
        if _locked(stream.fileno()) and os.fstat(stream.fileno()).st_nlink:
            return name, stream
        stream.close()  # Another save has taken it for one that was left, before it had its lock.


def _locked(handle: int) -> bool:
    """Lock a file, if nobody has; without a file system that locks, do without."""
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def give_new_name(name: Path, place: Path) -> None:
    """Give a draft a name that no other file has."""
    if os.name == "nt":
        name.rename(place)  # It fails if the name is taken.
        return
    try:
        place.hardlink_to(name)
    except OSError as problem:
        if problem.errno not in _NO_LINKS:
            raise
        if os.path.lexists(place):
            raise FileExistsError from None
        name.rename(place)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk; Windows does that on its own."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(folder: Path) -> None:
    """Delete what saves have left that were killed: files called as ours that nobody has locked."""
    with suppress(OSError):
        for found in os.scandir(folder):
            if NAME.fullmatch(found.name) and found.is_file(follow_symlinks=False):
                with suppress(OSError):
                    _delete_if_left(folder / found.name)


def _delete_if_left(name: Path) -> None:
    if fcntl is None:
        name.unlink()  # It fails if somebody has it open.
        return
    handle = os.open(name, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        name.unlink()
    finally:
        os.close(handle)
