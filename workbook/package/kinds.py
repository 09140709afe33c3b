"""Files that are not readable workbooks: each kind is identified."""

from __future__ import annotations

import io
import re
from collections.abc import Collection

COMPOUND = bytes.fromhex("D0CF11E0A1B11AE1")
_ZIP = b"PK\x03\x04"
NO_WORKBOOK = "not an .xlsx, .xlsm or .ods workbook"
SAVED_AS = "save it as .xlsx"

#: How files begin that people take for a workbook.
_BEGINNINGS = {
    b"%PDF-": "a PDF",
    b"{\\rtf": "an RTF text",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"PK\x05\x06": "an empty zip archive",
}
#: The first element, after any comments, none of which is read twice.
_MARKUP = re.compile(
    rb"\s*+(?:(?:(?><!--.*?-->)|<\?[^>]*+>)\s*+)*+<(!doctype\s+html|html|\w)", re.S | re.I
)
#: What a text may hold: no control characters but tabs and the ends of lines.
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
#: Streams of a compound file, in lower case, and what is wrong with a file that has one.
_STREAMS = {
    "encryptedpackage": f"has a password; {SAVED_AS} without one",
    "workbook": f"is an .xls workbook; {SAVED_AS}",
    "book": f"is an .xls workbook; {SAVED_AS}",
    "worddocument": f"is a Word document, {NO_WORKBOOK}",
    "powerpoint document": f"is a presentation, {NO_WORKBOOK}",
}
#: Parts of other packages, and what is wrong with a file that has one.
_PARTS = {
    "xl/workbook.bin": f"is an .xlsb workbook; {SAVED_AS}",
    "word/document.xml": f"is a Word document, {NO_WORKBOOK}",
    "ppt/presentation.xml": f"is a presentation, {NO_WORKBOOK}",
    "Index/Document.iwa": f"is a document of Numbers, Pages or Keynote, {NO_WORKBOOK}",
}
#: How much of a file shows whether it is a text.
_SEEN = 4096


def without_archive(file: bytes) -> str | None:
    """Say what is wrong with a file that is no zip archive; None of one that begins as one.

    Examples
    --------
    >>> without_archive(b"Price,Shares")
    'is a text, such as a CSV file, not an .xlsx, .xlsm or .ods workbook'
    """
    if file.startswith(_ZIP):
        return None
    if file.startswith(COMPOUND):
        return _compound(file)
    kind = _looks_like(file[:_SEEN])
    return f"is {kind}, {NO_WORKBOOK}" if kind else f"is {NO_WORKBOOK}"


def _looks_like(start: bytes) -> str:
    if not start:
        return "empty"
    for beginning, kind in _BEGINNINGS.items():
        if start.startswith(beginning):
            return kind
    if not start.strip(b"\0"):
        return "nothing but zero bytes"
    if found := _MARKUP.match(start.removeprefix(b"\xef\xbb\xbf")):
        return "an HTML page" if b"html" in found[1].lower() else "an XML file"
    wide = start.startswith((b"\xff\xfe", b"\xfe\xff"))
    return "a text, such as a CSV file" if wide or not _NO_TEXT.search(start) else ""


def _compound(file: bytes) -> str:
    """Say what a compound file holds, in which Excel keeps .xls files and those with a password."""
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(file)) as opened:
            names = {path[0].casefold() for path in opened.listdir()}
    except Exception:  # Its directory is damaged, in any way.
        return f"is an .xls workbook, or has a password, and is damaged; {SAVED_AS}"
    found = (wrong for stream, wrong in _STREAMS.items() if stream in names)
    return next(found, f"is a compound file without a workbook, {NO_WORKBOOK}")


def without_workbook(names: Collection[str]) -> str:
    """Say what is wrong with an archive that has no workbook, by the names of its parts.

    Examples
    --------
    >>> without_workbook(["[Content_Types].xml", "xl/workbook.bin"])
    'is an .xlsb workbook; save it as .xlsx'
    """
    found = (wrong for part, wrong in _PARTS.items() if part in names)
    return next(found, f"is a zip archive, {NO_WORKBOOK}")
