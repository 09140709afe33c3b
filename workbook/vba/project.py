"""A VBA project: its references and modules, read from a file and written as source text only.

If a project has only source text, Excel compiles it when it opens the file ([MS-OVBA]; the projects
that xlwings ships for stand-alone files are like this). So compiled code is not kept.

A project is three streams plus one for each module: `dir` lists references and modules in binary
records, `PROJECT` lists the modules in text, and `PROJECTwm` has the names in both encodings.
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from workbook.package.limits import check
from workbook.vba import compound
from workbook.vba.compression import compressed, decompressed

Kind = Literal["document", "class", "standard"]

#: How `PROJECT` lists each kind of module; a document also has its type library's version.
_LISTED: dict[Kind, tuple[str, str]] = {
    "document": ("Document", "/&H00000000"),
    "class": ("Class", ""),
    "standard": ("Module", ""),
}
_KINDS: dict[str, Kind] = {word: kind for kind, (word, _) in _LISTED.items()}
#: What a file without compiled code has instead.
_SOURCE_ONLY = bytes.fromhex("CC61 FFFF 000000")
_COMPILED_START = _SOURCE_ONLY[:2]
#: How the streams begin in which Excel keeps what it has compiled.
_CACHES = "VBA/__SRP_"

# Records of `dir`. Each has a number and a size, except one whose size counts half of it.
_CODE_PAGE, _NAME, _VERSION, _VERSION_SIZE = 0x03, 0x04, 0x09, 6
_CONSTANTS = 0x0C
_REFERENCE_NAME, _MODULES, _COOKIE, _END = 0x16, 0x0F, 0x13, 0x10
_REFERENCE_STARTS = (_REFERENCE_NAME, 0x33, 0x2F, 0x0D, 0x0E)
_REFERENCE_ENDS = (0x30, 0x0D, 0x0E)
_MODULE, _MODULE_UNICODE, _STREAM, _STREAM_UNICODE = 0x19, 0x47, 0x1A, 0x32
_DOC, _DOC_UNICODE, _OFFSET, _HELP, _MODULE_COOKIE = 0x1C, 0x48, 0x31, 0x1E, 0x2C
_STANDARD, _OTHER, _MODULE_END = 0x21, 0x22, 0x2B

Record = tuple[int, bytes]


@dataclass(frozen=True)
class Reference:
    """Another project or a library that a project uses, as its records have it."""

    name: str
    records: tuple[Record, ...]

    def names(self, text: str) -> bool:
        """Return whether the reference contains a text, such as part of a path, ignoring case."""
        return any(text.casefold() in data.decode("latin-1").casefold() for _, data in self.records)


@dataclass(frozen=True)
class Module:
    """A module.

    Parameters
    ----------
    name : str
        Also the code name of the sheet or the workbook that a document module belongs to.
    kind : {"document", "class", "standard"}
    source : str
        Its text, with CR LF line ends; it starts with attributes, including ``VB_Name``.
    doc : str
        Its description in the object browser.
    """

    name: str
    kind: Kind
    source: str
    doc: str = ""


@dataclass(frozen=True)
class Project:
    """A VBA project.

    Parameters
    ----------
    name : str
    references : tuple of Reference
    modules : tuple of Module
        In the order of the file.
    information : tuple of (int, bytes)
        The records of `dir` before the references.
    properties : tuple of str
        The lines of `PROJECT` except those for modules and window positions.
    """

    name: str
    references: tuple[Reference, ...]
    modules: tuple[Module, ...]
    information: tuple[Record, ...]
    properties: tuple[str, ...]

    @property
    def constants(self) -> bytes:
        """What it defines for conditional compilation, in its own encoding."""
        return dict(self.information).get(_CONSTANTS, b"")

    @property
    def encoding(self) -> str:
        """The encoding of its texts."""
        return _encoding(dict(self.information))


def parsed(file: bytes) -> Project:
    """Read a VBA project.

    Parameters
    ----------
    file : bytes
        A part `vbaProject.bin`.

    Raises
    ------
    ValueError
        If the file is damaged, or contains something that cannot be written back, such as a form.
    """
    streams = compound.read(file)
    for needed in ("PROJECT", "VBA/dir", "VBA/_VBA_PROJECT"):
        if needed not in streams:
            raise ValueError(f"the file has no {needed}, so it is not a VBA project")
    if not streams["VBA/_VBA_PROJECT"].startswith(_COMPILED_START):
        raise ValueError("VBA/_VBA_PROJECT does not start as that of a VBA project")
    records = list(_records(decompressed(streams["VBA/dir"])))
    numbers = [number for number, _ in records]
    if not {_CODE_PAGE, _NAME, _MODULES} <= set(numbers):
        raise ValueError("VBA/dir lacks records that each VBA project has")
    modules = numbers.index(_MODULES)
    references = next((i for i, n in enumerate(numbers) if n in _REFERENCE_STARTS), modules)
    information = dict(records[:references])
    encoding = _encoding(information)
    listed, properties = _listed(streams["PROJECT"].decode(encoding))
    project = Project(
        information[_NAME].decode(encoding),
        tuple(_references(records[references:modules], encoding)),
        tuple(_modules(records[modules:], streams, listed, encoding)),
        tuple(records[:references]),
        tuple(properties),
    )
    known = {"PROJECT", "PROJECTwm", "VBA/dir", "VBA/_VBA_PROJECT"}
    known |= {f"VBA/{module.name}" for module in project.modules}
    for path in streams:
        if path not in known and not path.startswith(_CACHES):
            raise ValueError(f"the VBA project has {path}, which would be lost")
    return project


def is_source_only(file: bytes) -> bool:
    """Tell whether a VBA project that can be read has no compiled code next to its text.

    Excel runs such code in place of the text, if it was compiled by the same version ([MS-OVBA]
    2.3.4.1 and 2.3.4.3), and writes it into every file that it saves.
    """
    streams = compound.read(file)
    offsets = (
        data for number, data in _records(decompressed(streams["VBA/dir"])) if number == _OFFSET
    )
    cached = any(path.startswith(_CACHES) for path in streams) or any(map(any, offsets))
    return streams["VBA/_VBA_PROJECT"] == _SOURCE_ONLY and not cached


def written(project: Project) -> bytes:
    """Write a VBA project.

    Parameters
    ----------
    project : Project

    Returns
    -------
    bytes
        A part `vbaProject.bin`, the same for the same project.

    Raises
    ------
    UnicodeEncodeError
        For a text that the project's encoding cannot express.
    """
    encoding = project.encoding
    names = [module.name for module in project.modules]
    streams = {
        "PROJECT": _project_text(project).encode(encoding),
        "PROJECTwm": b"".join(
            name.encode(encoding) + b"\0" + name.encode("utf-16-le") + b"\0\0" for name in names
        )
        + b"\0\0",
        "VBA/_VBA_PROJECT": _SOURCE_ONLY,
        "VBA/dir": compressed(b"".join(map(_packed, _directory(project)))),
    }
    for module in project.modules:
        streams[f"VBA/{module.name}"] = compressed(module.source.encode(encoding))
    return compound.written(streams)


def _encoding(information: dict[int, bytes]) -> str:
    name = f"cp{int.from_bytes(information[_CODE_PAGE], 'little')}"
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise ValueError(f"the VBA project's encoding {name} is not known") from None


# The records of `dir` --------------------------------------------------------------------------


def _records(data: bytes) -> Iterator[Record]:
    at = 0
    while at < len(data):
        number, size = struct.unpack_from("<HI", data.ljust(at + 6, b"\0"), at)
        size = _VERSION_SIZE if number == _VERSION else size
        at += 6
        if at + size > len(data):
            raise ValueError(f"VBA/dir ends within its record {number:#x}")
        yield number, data[at : at + size]
        at += size


def _packed(record: Record) -> bytes:
    number, data = record
    return struct.pack("<HI", number, 4 if number == _VERSION else len(data)) + data


def _directory(project: Project) -> Iterator[Record]:
    """Yield the records of a project."""
    encoding = project.encoding
    for number, data in project.information:
        yield number, project.name.encode(encoding) if number == _NAME else data
    for reference in project.references:
        yield from reference.records
    yield _MODULES, struct.pack("<H", len(project.modules))
    yield _COOKIE, b"\xff\xff"
    for module in project.modules:
        for narrow, wide, text in (
            (_MODULE, _MODULE_UNICODE, module.name),
            (_STREAM, _STREAM_UNICODE, module.name),
            (_DOC, _DOC_UNICODE, module.doc),
        ):
            yield narrow, text.encode(encoding)
            yield wide, text.encode("utf-16-le")
        yield _OFFSET, bytes(4)  # No compiled code stands before the text.
        yield _HELP, bytes(4)
        yield _MODULE_COOKIE, b"\xff\xff"
        yield _STANDARD if module.kind == "standard" else _OTHER, b""
        yield _MODULE_END, b""
    yield _END, b""


def _references(records: Iterable[Record], encoding: str) -> Iterator[Reference]:
    """Gather the records of each reference. A library of controls has a second name within."""
    held: list[Record] = []
    for record in records:
        held.append(record)
        if record[0] in _REFERENCE_ENDS:
            named = held[0][1] if held[0][0] == _REFERENCE_NAME else b""
            yield Reference(named.decode(encoding), tuple(held))
            held = []


def _modules(
    records: Iterable[Record], streams: dict[str, bytes], listed: dict[str, Kind], encoding: str
) -> Iterator[Module]:
    held: dict[int, bytes] = {}
    characters = 0
    for number, data in records:
        held[number] = data
        if number != _MODULE_END:
            continue
        try:
            name = held[_MODULE].decode(encoding)
            stream = streams[f"VBA/{held[_STREAM].decode(encoding)}"]
            offset = int.from_bytes(held[_OFFSET], "little")
            kind = listed[name]
        except KeyError as missing:
            raise ValueError(f"a module of the VBA project lacks {missing}") from None
        source = decompressed(stream[offset:]).decode(encoding)
        # Several modules may name one stream.
        characters += len(source)
        check("code", characters)
        yield Module(name, kind, source, held.get(_DOC, b"").decode(encoding))
        held = {}


# The text of `PROJECT` -------------------------------------------------------------------------


def _listed(text: str) -> tuple[dict[str, Kind], list[str]]:
    """Return the kind of each module, and the lines that are about something else."""
    modules: dict[str, Kind] = {}
    others = []
    for line in text.partition("[Workspace]")[0].splitlines():
        word, _, name = line.partition("=")
        if word in _KINDS:
            modules[name.partition("/")[0]] = _KINDS[word]
        else:
            others.append(line)
    return modules, others


def _project_text(project: Project) -> str:
    """List the modules after the project's identity, which has to be the first line."""
    first, *others = project.properties
    modules = [
        f"{_LISTED[module.kind][0]}={module.name}{_LISTED[module.kind][1]}"
        for module in project.modules
    ]
    named = [f'Name="{project.name}"' if o.startswith("Name=") else o for o in others]
    return _lines([first, *modules, *named])


def _lines(lines: Sequence[str]) -> str:
    return "".join(f"{line}\r\n" for line in lines)
