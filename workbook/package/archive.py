"""The zip archive of XML parts that an .xlsx file is.

Parts are read with their names and prefixes unchanged, and written so that the same parts give the
same bytes.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from traceback import walk_tb
from typing import NoReturn
from xml.etree.ElementTree import Element, ParseError, TreeBuilder
from xml.parsers import expat

from defusedxml.common import DTDForbidden

from model.errors import InputError
from workbook.package.limits import check
from workbook.package.prefixes import without_prefix

#: What a sentence is about that is about no part and no cell.
WORKBOOK = "workbook"
#: Modules that never see a file: what goes wrong in them is a defect, whatever is read.
_OWN = ("model", "workbook.catalogue", "workbook.template")


@contextmanager
def reading(what: str = WORKBOOK) -> Iterator[None]:
    """Say in one sentence that a file, or a part or cell of it, cannot be read.

    Missing or misplaced contents can raise almost any exception, and each library has its own. What
    goes wrong in code that knows nothing of files is no fault of the file, and stays as it is.
    """
    try:
        yield
    except InputError as error:
        if what == WORKBOOK or error.argument != WORKBOOK:
            raise
        raise InputError(what, error.problem) from error
    except BaseException as error:
        # The engine's own failures are no exceptions of the usual kind.
        usual = isinstance(error, Exception) or type(error).__name__ == "PanicException"
        if not usual or _is_defect(error):
            raise
        raise InputError(what, said(error)) from error


def _is_defect(error: BaseException) -> bool:
    """Tell whether an error comes from code that knows nothing of files."""
    modules = {frame.f_globals.get("__name__", "") for frame, _ in walk_tb(error.__traceback__)}
    own = any(
        module == name or module.startswith(f"{name}.") for module in modules for name in _OWN
    )
    return own and not isinstance(error, MemoryError)


def said(error: BaseException) -> str:
    """Say why something cannot be read, as the rest of a sentence."""
    match error:
        case expat.ExpatError() | ParseError():
            return f"is not well-formed XML: {error}"
        case DTDForbidden():
            return "has a document type, which no part of a workbook may have"
        case MemoryError():
            return "cannot be read: there is not enough memory"
        case RecursionError():
            return "cannot be read: it is nested too deeply"
        case KeyError(args=(str() as name,)):
            return f"cannot be read: it has no {name!r}"
    # What was expected of a value is a sentence of its own; of other errors, the kind says more.
    text = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
    return f"cannot be read: {' '.join(text.split()).rstrip('.')}"


def entries(package: bytes) -> list[tuple[str, bytes]]:
    """Return every entry of an archive that was made here by name, including duplicates."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return [(entry.filename, archive.read(entry)) for entry in archive.infolist()]


def read(package: bytes) -> dict[str, bytes]:
    """Return the parts of a file that was made here by their names; `gate` reads any other."""
    return dict(entries(package))


def twice(names: Iterable[str]) -> list[str]:
    """Return the names that occur more than once."""
    return [name for name, count in Counter(names).items() if count > 1]


def sheet_parts(parts: dict[str, bytes]) -> dict[str, str]:
    """Find the part of every worksheet, by the sheet's name."""
    return sheets_of(parsed(parts["xl/workbook.xml"]), parsed(parts["xl/_rels/workbook.xml.rels"]))


def sheets_of(workbook: Element, relations: Element) -> dict[str, str]:
    """Find the part of every worksheet from the workbook part and its relationships.

    Raises
    ------
    InputError
        For sheets with the same title, which spreadsheets take in any case.
    """
    target = targets(relations, "worksheet")
    sheets = workbook.findall("sheets/sheet")
    found = {sheet.attrib["name"]: target.get(sheet.attrib["r:id"]) for sheet in sheets}
    titles = Counter(sheet.attrib["name"].casefold() for sheet in sheets)
    for title, count in titles.items():
        if count > 1:
            raise InputError(WORKBOOK, f"has {count} sheets with the title {title!r}")
    return {name: part for name, part in found.items() if part is not None}


def targets(relations: Element, *kinds: str) -> dict[str, str]:
    """Find the parts of some kinds that the workbook part is related to, by their identifiers."""
    return {
        relation.attrib["Id"]: posixpath.normpath(
            posixpath.join("/xl", relation.attrib["Target"])
        ).lstrip("/")
        for relation in relations
        if relation.attrib["Type"].rpartition("/")[2] in kinds
    }


def parsed(part: bytes) -> Element:
    """Parse a part, with its names and prefixes unchanged.

    When written again, it declares the same namespaces under the same prefixes. The parser
    calls the tree's builder itself, because a workbook has tens of thousands of elements. Some
    programs give every element a prefix (``<x:worksheet>``), which means the same as none.
    """
    if part.startswith((b"\xff\xfe", b"\xfe\xff")) or _OTHER_ENCODING.match(part) or b"\0" in part:
        raise UnicodeError("it is not in UTF-8")
    part = without_prefix(part)
    tree = TreeBuilder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = forbid_doctype
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.data
    # Between blocks the command can see that it has taken too much.
    for start in range(0, len(part), _AT_ONCE):
        parser.Parse(part[start : start + _AT_ONCE], False)
    parser.Parse(b"", True)
    root = tree.close()
    check_depth(root)
    return root


def check_depth(root: Element) -> None:
    """Refuse a tree that is nested more deeply than any program writes one."""
    level, depth = [root], 1
    while level := [inside for element in level for inside in element]:
        depth += 1
        check("depth", depth)


#: Bytes that are parsed at once.
_AT_ONCE = 1 << 20
#: A declaration of another encoding than those that programs write.
_OTHER_ENCODING = re.compile(
    rb"""(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\sencoding\s*=\s*["'](?!utf-8|us-ascii|iso-8859-1)""", re.I
)


def forbid_doctype(name: str, system: str | None, public: str | None, _: bool) -> NoReturn:
    """Refuse document types, which the packaging standard forbids and could declare entities."""
    raise DTDForbidden(name, system, public)


def declared_in_root(root: Element) -> Element:
    """Move the prefixes declared in a tree to its root, in alphabetical order.

    Libraries that write XML declare a prefix in the root or where it is used, and mean the same.
    A prefix used for two namespaces stays where it is.
    """
    declaring = [(e, name) for e in root.iter() for name, _ in e.items() if name[:6] == "xmlns:"]
    namespaces: dict[str, set[str]] = {}
    for element, name in declaring:
        namespaces.setdefault(name, set()).add(element.attrib[name])
    for element, name in declaring:
        if len(namespaces[name]) == 1:
            del element.attrib[name]
    own = {name: root.attrib.pop(name) for name in list(root.attrib)}
    default = {"xmlns": own.pop("xmlns")} if "xmlns" in own else {}
    once = {name: of.pop() for name, of in sorted(namespaces.items()) if len(of) == 1}
    root.attrib.update(default | once | own)
    return root


def written(root: Element) -> bytes:
    """Write a tree from `parsed`, whose names include their prefixes."""
    return f"<?xml version='1.0' encoding='UTF-8'?>\n{_text(root)}".encode()


def _text(element: Element) -> str:
    """Write an element, its contents and its tail."""
    tag, text, tail = element.tag, element.text, element.tail
    start = f"<{tag}"
    for name, value in element.items():
        # Most values are plain and need no escaping.
        plain = value if value.isalnum() else _IN_ATTRIBUTES.sub(_reference, value)
        start += f' {name}="{plain}"'
    inside = _IN_TEXT.sub(_reference, text) if text else ""
    if len(element):
        inside += "".join(map(_text, element))
    end = f"{start}>{inside}</{tag}>" if inside else f"{start} />"
    return end + _IN_TEXT.sub(_reference, tail) if tail else end


_REFERENCES = {
    **{"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"},
    **{"\r": "&#13;", "\n": "&#10;", "\t": "&#09;"},
}


#: Bare, a carriage return would be read back as a line feed; in an attribute all become spaces.
_IN_TEXT, _IN_ATTRIBUTES = re.compile("[&<>\r]"), re.compile('[&<>"\r\n\t]')


def escaped_text(text: str) -> str:
    """Escape a text for use between tags."""
    return _IN_TEXT.sub(_reference, text)


def spaced(text: str) -> str:
    """Give the attribute that keeps spaces around a text, if it has any."""
    return ' xml:space="preserve"' if text != text.strip() else ""


def _reference(found: re.Match[str]) -> str:
    return _REFERENCES[found[0]]


def with_parts(package: bytes, changed: Mapping[str, bytes]) -> bytes:
    """Give the archive with other contents of some parts, and all else about it unchanged."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as before,
        zipfile.ZipFile(made, "w") as archive,
    ):
        for entry in before.infolist():
            again = zipfile.ZipInfo(entry.filename, entry.date_time)
            again.compress_type = entry.compress_type
            again.create_system, again.external_attr = entry.create_system, entry.external_attr
            content = changed.get(entry.filename)
            archive.writestr(again, before.read(entry) if content is None else content)
    return made.getvalue()


def zipped(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Make an archive that depends only on its content: no clock, no operating system."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, part in parts.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = method
            entry.create_system = 0
            archive.writestr(entry, part)
    return made.getvalue()
