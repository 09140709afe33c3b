"""The edition of the code that built a workbook, which determines everything on its sheets."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

_CODE = Path(__file__).parents[2]
#: How many digits tell one edition from another.
_DIGITS = 10


@cache
def edition() -> str:
    """Return a mark of the code, the same on every system."""
    found = sha256()
    for folder in ("model", "workbook"):
        for path in sorted((_CODE / folder).rglob("*.py")):
            found.update(path.relative_to(_CODE).as_posix().encode())
            # Some systems write the ends of lines otherwise.
            found.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return found.hexdigest()[:_DIGITS]
