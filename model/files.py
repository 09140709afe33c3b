"""Files that a user names: a path that is not a file is reported at once, without waiting."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from model.errors import LONG_PATH, InputError, cut

#: What a path may lead to that is no file.
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
#: Why a path leads to nothing, by the number of the error.
_ERRORS = {
    errno.ELOOP: "a link that leads back to itself",
    errno.ENAMETOOLONG: "a name that is too long",
    errno.EACCES: "a name in a folder that you may not read",
}
NOTHING, FOLDER = "nothing", _KINDS[stat.S_IFDIR]


def what_is(path: Path) -> str:
    """Say what a path leads to; nothing of a file.

    Examples
    --------
    >>> what_is(Path("nowhere.toml")), what_is(Path("."))
    ('nothing', 'a folder')
    """
    try:
        mode = path.stat().st_mode
    except ValueError:
        return "a name with a zero byte"
    except OSError as error:
        if error.errno == errno.ENOENT and path.is_symlink():
            return "a link that leads nowhere"
        return _ERRORS.get(error.errno or 0, NOTHING)
    return "" if stat.S_ISREG(mode) else _KINDS.get(stat.S_IFMT(mode), NOTHING)


def check(path: Path) -> None:
    """Refuse a path that leads to no file.

    Raises
    ------
    InputError
        With the path, and what it leads to.
    """
    if what := what_is(path):
        known = what in (NOTHING, FOLDER)
        problem = "is not a file" if known else f"is {what}, not a file"
        raise InputError(cut(str(path), LONG_PATH), problem)


def beginning(path: Path, most: int) -> bytes:
    """Read the first bytes of a file, but of nothing that may never end or never answer.

    Parameters
    ----------
    path : Path
    most : int
        How many bytes are read of a file that has more.
    """
    check(path)
    # Whatever takes the place of the file meanwhile is not waited for either.
    waits = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, os.O_RDONLY | waits), "rb") as stream:
        regular = stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
        try:
            return (stream.read(most) or b"") if regular else b""
        except OSError as error:  # Only opening a file names it.
            raise OSError(error.errno, error.strerror, str(path)) from error
