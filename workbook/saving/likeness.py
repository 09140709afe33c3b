"""What a new file keeps of the one it replaces: owner, group, mode, access list, attributes.

What this user may not give is left out, as long as nobody else than before can read the file.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

#: Where Linux keeps who may read a file, in addition to its mode.
ACCESS_LIST = "system.posix_acl_access"


def make_like(handle: int, place: Path, before: os.stat_result) -> None:
    """Give a new file, which nobody else can read yet, what another has."""
    if not hasattr(os, "fchown"):
        return  # On Windows it has the access that the folder gives.
    same = _gave_group(handle, before.st_gid)
    with suppress(OSError):
        # Without it, this user is the owner, who could read and write the file before.
        if os.fstat(handle).st_uid != before.st_uid:
            os.fchown(handle, before.st_uid, -1)
    same = _gave_attributes(handle, place) and same
    mode = before.st_mode & 0o777
    if not same:
        # Others are now in the group, and the group among the others.
        both = mode >> 3 & mode & 0o7
        mode = mode & 0o700 | both << 3 | both
    now = os.fstat(handle).st_mode & 0o777
    try:
        if now != mode:
            os.fchmod(handle, mode)
    except OSError:
        if now & 0o077 & ~mode:
            raise


def _gave_group(handle: int, group: int) -> bool:
    try:
        if os.fstat(handle).st_gid != group:
            os.fchown(handle, -1, group)
    except OSError:
        return False
    return True


def _gave_attributes(handle: int, place: Path) -> bool:
    """Give a file the attributes of another and no others; say if the access is the same."""
    wanted, same = _attributes(place), True
    for name in {*wanted, *_attributes(handle)}:
        try:
            if name in wanted:
                os.setxattr(handle, name, os.getxattr(place, name))
            else:
                os.removexattr(handle, name)  # The folder has given it an access list.
        except OSError:
            same = same and name != ACCESS_LIST
    return same


def _attributes(of: Path | int) -> list[str]:
    """Return the names of what a user may add to a file, where there is such a thing."""
    found: list[str] = []
    with suppress(AttributeError, OSError):
        found = os.listxattr(of)
    # The system gives the others to each file itself, some of them by its contents.
    return [name for name in found if name == ACCESS_LIST or name.startswith("user.")]
