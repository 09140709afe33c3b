"""The prefixes of names in a part, which stand for namespaces.

This package compares names with their prefixes, as programs write them. A part that declares a
prefix, or the lack of one, in another way is refused: a spreadsheet would read other elements.
"""

from __future__ import annotations

import re
from collections import defaultdict

from model.errors import InputError

#: In the two forms of the standard.
_RELATIONSHIPS = (
    rb"http://(?:schemas\.openxmlformats\.org/officeDocument/2006|"
    rb"purl\.oclc\.org/ooxml/officeDocument)/relationships"
)
#: The prefixes that this package looks for, and their namespaces.
_USUAL = {
    b"r": re.compile(_RELATIONSHIPS),
    b"mc": re.compile(rb"http://schemas\.openxmlformats\.org/markup-compatibility/2006"),
    b"x14": re.compile(rb"http://schemas\.microsoft\.com/office/spreadsheetml/2009/9/main"),
    b"xm": re.compile(rb"http://schemas\.microsoft\.com/office/excel/2006/main"),
}
#: Parts with contents of any kind, in which nothing is looked for by its name alone.
_ANY = ("customxml/", "docprops/", "xl/xmlmaps")
#: A start tag; no value of an attribute has a `<`, and none goes beyond it.
_TAG = re.compile(rb"""<[^\s<>/="'!?]++(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+>""")
_DECLARED = re.compile(rb"""\sxmlns(?::([^\s="':]++))?+\s*+=\s*+(?:"([^"]*+)"|'([^']*+)')""")
#: The prefix of the root, if it has one that is declared for spreadsheets.
_PREFIXED = re.compile(
    rb"""\A(?:\s++|\xef\xbb\xbf|<\?[^>]*+>|<!--.*?-->)*+<([\w.-]++):[^>]*?\s"""
    rb"""xmlns:\1\s*=\s*["'][^"'>]*/spreadsheetml/""",
    re.DOTALL,
)
_RELATED = re.compile(rb"""\sxmlns:([\w.-]++)\s*+=\s*+["']""" + _RELATIONSHIPS + rb"""["']""")


def check_prefixes(name: str, part: bytes) -> None:
    """Refuse a part in which a name does not mean what its prefix says.

    Examples
    --------
    >>> check_prefixes("xl/a.xml", b'<a xmlns="urn:a"><b xmlns="urn:b"/></a>')
    Traceback (most recent call last):
    model.errors.InputError: xl/a.xml has elements of urn:a and urn:b without a prefix; a \
spreadsheet may read others than this check.
    """
    if name.casefold().startswith(_ANY):
        return
    root = _TAG.search(part)
    inside = part.count(b"xmlns") > (root[0].count(b"xmlns") if root else 0)
    found: dict[bytes, set[bytes]] = defaultdict(set)
    for tag in _TAG.findall(part) if inside else [root[0]] if root else []:
        for prefix, one, other in _DECLARED.findall(tag) if b"xmlns" in tag else ():
            found[prefix].add(one or other)
    said = "a spreadsheet may read others than this check"
    if len(bare := sorted(found.pop(b"", set()))) > 1:
        of = " and ".join(each.decode(errors="replace") or "no namespace" for each in bare[:2])
        raise InputError(name, f"has elements of {of} without a prefix; {said}")
    for prefix, usual in _USUAL.items():
        for each in sorted(found.get(prefix, ())):
            if not usual.fullmatch(each):
                of = f"{prefix.decode()} for {each.decode(errors='replace')}"
                raise InputError(name, f"has names with the prefix {of}; {said}")
    related = [p for p, of in found.items() if any(map(_USUAL[b"r"].fullmatch, of))]
    if len(related) > 1:
        raise InputError(name, f"has two prefixes for relationships; {said}")


def prefix_of(part: bytes) -> bytes | None:
    """Return the prefix that a part gives to the elements of a spreadsheet, if it has one."""
    found = _PREFIXED.match(part)
    return found[1] if found else None


def without_prefix(part: bytes) -> bytes:
    """Write elements of a spreadsheet without a prefix, and relationships with the usual one."""
    related = _RELATED.search(part)
    if related and related[1] != b"r":
        name = re.escape(related[1])
        part = re.sub(rb"(\s)" + name + rb""":(?=[\w.-]++\s*+=\s*+["'])""", rb"\1r:", part)
        part = re.sub(rb"(\sxmlns:)" + name + rb"(?=\s*+=)", rb"\1r", part)
    prefix = prefix_of(part)
    if prefix is None:
        return part
    name = re.escape(prefix)
    part = re.sub(rb"(</?)" + name + rb":", rb"\1", part)
    return re.sub(rb"(\sxmlns):" + name + rb"(\s*=)", rb"\1\2", part, count=1)
