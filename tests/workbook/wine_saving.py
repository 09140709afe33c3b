"""Saves files on Windows, in a folder that is given, and prints what happens line by line."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

repository, place = sys.argv[1:]
sys.path.insert(0, repository)

from workbook.saving import NotWrittenError, target  # noqa: E402

FOLDER = Path(place)
FILE, NEW = FOLDER / "acme.xlsx", FOLDER / "new.xlsx"
READ, WRITE, SHARE_READ, OPEN_EXISTING = 0x80000000, 0x40000000, 1, 3


def tried(what: str, action: Callable[[], object]) -> None:
    try:
        action()
        end = FILE.read_bytes().decode()
    except NotWrittenError as refused:
        end = str(refused).removeprefix(f"{FOLDER}\\")
    print(f"{what}: {end} {sorted(file.name for file in FOLDER.iterdir())}")


@contextmanager
def opened(access: int) -> Iterator[None]:
    """Open the file so that others may only read it, as Excel does."""
    create = ctypes.windll.kernel32.CreateFileW  # type: ignore[attr-defined]
    create.restype = ctypes.c_void_p
    handle = create(str(FILE), access, SHARE_READ, None, OPEN_EXISTING, 0, None)
    yield
    ctypes.windll.kernel32.CloseHandle(ctypes.c_void_p(handle))  # type: ignore[attr-defined]


tried("new", lambda: target(FILE, replace=False).save(b"1"))
tried("exists", lambda: target(FILE, replace=False))
tried("replaced", lambda: target(FILE, replace=True).replace(b"2"))
appeared = target(NEW, replace=True)
NEW.write_bytes(b"mine")
tried("appeared", lambda: appeared.save(b"3"))
(FOLDER / f".offtake-{'0' * 16}.tmp").write_bytes(b"half")
with (FOLDER / f".offtake-{'1' * 16}.tmp").open("wb"):
    tried("swept", lambda: target(FILE, replace=True).save(b"4"))
with opened(READ | WRITE):
    tried("open", lambda: target(FILE, replace=True))
late = target(FILE, replace=True)
with opened(READ):
    tried("opened later", lambda: late.replace(b"5"))
FILE.chmod(0o444)
tried("read-only", lambda: target(FILE, replace=True))
FILE.chmod(0o666)
tried("again", lambda: target(FILE, replace=True).save(b"6"))
