"""Compound files, in which Office keeps what a VBA project consists of: a small file system.

As [MS-CFB] says: sectors of 512 bytes, chained by a table (FAT); streams below 4096 bytes stand in
sectors of 64 bytes within one further stream; each folder's entries are a binary tree. Reading is
left to olefile, which cannot write a stream of another size.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import olefile

SECTOR, MINI_SECTOR, CUTOFF = 512, 64, 4096
_FREE, _END, _OF_TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
#: The header names this many sectors of the table; more would need a table of tables.
_TABLE_SECTORS, _PER_SECTOR = 109, SECTOR // 4
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_BLACK = 1


def read(file: bytes) -> dict[str, bytes]:
    """Read the streams of a compound file.

    Parameters
    ----------
    file : bytes
        A compound file.

    Returns
    -------
    dict
        Path -> content, with ``/`` between the names of a path.

    Raises
    ------
    ValueError
        If the file is damaged, or not a compound file of version 3.
    """
    if not file.startswith(olefile.MAGIC) or len(file) < olefile.MINIMAL_OLEFILE_SIZE:
        raise ValueError("the file is not a compound file")
    version = int.from_bytes(file[26:28], "little")
    if version != 3:
        raise ValueError(f"the compound file must be of version 3, not {version}")
    try:
        with olefile.OleFileIO(io.BytesIO(file), raise_defects=olefile.DEFECT_INCORRECT) as opened:
            return {"/".join(path): opened.openstream(path).read() for path in opened.listdir()}
    except (OSError, ValueError, IndexError, struct.error) as problem:
        raise ValueError(f"the compound file is damaged: {problem}") from None


def written(streams: Mapping[str, bytes]) -> bytes:
    """Write a compound file.

    Parameters
    ----------
    streams : mapping
        Path -> content, with ``/`` between the names of a path.

    Returns
    -------
    bytes
        The same for the same streams: no clock and no identifier is in it.

    Raises
    ------
    ValueError
        For a name that no entry can have, two names that differ in case alone, and content that
        does not fit.
    """
    small, table_of_small = _chained(
        {path: content for path, content in streams.items() if len(content) < CUTOFF}, MINI_SECTOR
    )
    large = {path: content for path, content in streams.items() if len(content) >= CUTOFF}
    root = _root(streams)
    entries = root.numbered()
    own = {
        "/small": small.content,
        "/small table": _packed(table_of_small, _PER_SECTOR),
        "/directory": bytes(-(-len(entries) // 4) * SECTOR),  # Its content is known when it stands.
    }
    body, table = _chained(large | own, SECTOR)

    for entry in entries:
        if entry.kind == _STREAM:
            held = small if len(streams[entry.path]) < CUTOFF else body
            entry.start, entry.size = held.start[entry.path], len(streams[entry.path])
    root.start, root.size = body.start["/small"], len(small.content)
    directory = b"".join(entry.packed() for entry in entries)
    directory += (bytes(68) + struct.pack("<3I", _FREE, _FREE, _FREE) + bytes(48)) * (
        -len(entries) % 4
    )
    at = body.start["/directory"] * SECTOR
    content = body.content[:at] + directory + body.content[at + len(directory) :]

    count = _table_sectors(len(table))
    first = len(table)
    table = [*table, *[_OF_TABLE] * count]
    header = struct.pack(
        "<8s16x5H6x9I",
        *(olefile.MAGIC, 0x3E, 3, 0xFFFE, 9, 6),
        *(0, count, body.start["/directory"], 0, CUTOFF),
        *(body.start["/small table"], -(-len(table_of_small) // _PER_SECTOR), _END, 0),
    )
    return (
        header
        + _packed([*range(first, first + count)], _TABLE_SECTORS)
        + content
        + _packed(table, _PER_SECTOR)
    )


@dataclass
class _Chains:
    """Contents one behind the other, each from the start of a sector, and where each starts."""

    content: bytes
    start: dict[str, int]


def _chained(contents: Mapping[str, bytes], size: int) -> tuple[_Chains, list[int]]:
    """Lay contents out in sectors; the table says which sector follows each."""
    start: dict[str, int] = {}
    table: list[int] = []
    pieces = []
    for path, content in contents.items():
        count = -(-len(content) // size)
        start[path] = len(table) if count else _END
        table += [*range(len(table) + 1, len(table) + count), _END][:count]
        pieces.append(content + bytes(-len(content) % size))
    return _Chains(b"".join(pieces), start), table


def _table_sectors(sectors: int) -> int:
    """Count the sectors of a table that covers this many sectors and its own."""
    count = -(-sectors // (_PER_SECTOR - 1))
    if count > _TABLE_SECTORS:
        raise ValueError(f"a compound file of {sectors * SECTOR} bytes is more than can be written")
    return count


def _packed(numbers: Sequence[int], multiple: int) -> bytes:
    padded = [*numbers, *[_FREE] * (-len(numbers) % multiple)]
    return struct.pack(f"<{len(padded)}I", *padded)


@dataclass
class _Entry:
    """An entry of the directory: a stream, or a folder with the tree of its entries."""

    path: str
    kind: int
    children: list[_Entry] = field(default_factory=list)
    number: int = 0
    left: int = _FREE
    right: int = _FREE
    child: int = _FREE
    start: int = 0
    size: int = 0

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def order(self) -> tuple[int, str]:
        """What the entries of a folder are sorted by: length before text, case ignored."""
        upper = [c.upper() if len(c.upper()) == 1 else c for c in self.name]
        return len(self.name.encode("utf-16-le")), "".join(upper)

    def numbered(self) -> list[_Entry]:
        """Return this entry and all below it, each with its number and those of its neighbours."""
        found = [self]
        for entry in found:
            entry.children.sort(key=lambda child: child.order)
            for number, child in enumerate(entry.children, len(found)):
                child.number = number
            found += entry.children
            for one, other in zip(entry.children, entry.children[1:], strict=False):
                if one.order == other.order:
                    raise ValueError(f"two entries are named {other.path!r}, case ignored")
            entry.child = _tree(entry.children)
        return found

    def packed(self) -> bytes:
        encoded = self.name.encode("utf-16-le") + bytes(2)
        return struct.pack(
            "<64sHBB3I36xIQ",
            *(encoded, len(encoded), self.kind, _BLACK),
            *(self.left, self.right, self.child, self.start, self.size),
        )


def _tree(entries: Sequence[_Entry]) -> int:
    """Make a balanced tree of sorted entries, all of them black, and return its root."""
    if not entries:
        return _FREE
    middle = len(entries) // 2
    top = entries[middle]
    top.left, top.right = _tree(entries[:middle]), _tree(entries[middle + 1 :])
    return top.number


def _root(paths: Mapping[str, bytes]) -> _Entry:
    """Make the entries of a file: its root, which has the folders and streams."""
    root = _Entry("Root Entry", _ROOT)
    folders = {"": root}
    for path in paths:
        *names, last = path.split("/")
        above = ""
        for name in names:
            below = f"{above}/{name}".lstrip("/")
            if below not in folders:
                folders[below] = _Entry(below, _STORAGE)
                folders[above].children.append(folders[below])
            above = below
        for name in (*names, last):
            if not 1 <= len(name.encode("utf-16-le")) // 2 <= 31 or set(name) & set("\\:!"):
                raise ValueError(f"{name!r} cannot be the name of an entry: 1 to 31 characters")
        folders[above].children.append(_Entry(path, _STREAM))
    return root
