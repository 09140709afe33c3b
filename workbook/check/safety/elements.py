"""What the elements of a part do, whatever part it is: formulas, macros, and addresses.

A program finds a part by its relationships and an element by its name without a prefix, so that
neither the name of a part nor a prefix says anything here. The names are those of ECMA-376 parts 1
and 4 and of [MS-XLSX]; an element's text is judged as an attribute of that name would be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from html import unescape
from xml.parsers import expat

from defusedxml.common import DTDForbidden

from workbook.check.findings import PartFinding
from workbook.check.safety.functions import REACH, cut, leads_out, wrong
from workbook.check.safety.relations import EXTERNAL
from workbook.package.archive import forbid_doctype, reading
from workbook.package.limits import check

CODE = "code that is not Offtake's"

#: An element's name, its attributes and its text.
Element = tuple[str, Mapping[str, str], str]
Found = tuple[PartFinding, bool]

#: Names of formulas: of rules, tables, charts, shapes, controls, objects and pivot tables.
_FORMULA = re.compile(r"f|link|textlink|sqref|.*formula[12]?|fmla.*")
#: Names of what is fetched from an address, or saved there.
_ADDRESS = re.compile(r".*(?:file|filebindingname|href|schemaref|src|url)")
#: What begins an address; the folder of the file, which Excel writes into it, is none.
OUTSIDE, _FOLDER = re.compile(r"[a-z][a-z0-9+.-]*:|\\|//", re.IGNORECASE), "abspath"
#: Where a consolidation or a pivot table has its data.
_SOURCES = {"dataref", "rangeset", "worksheetsource"}

#: An element that need not be sound XML, with what follows it, and an attribute.
_TAG = re.compile(r"<([\w:.-]+)[^<>]*>([^<]*)")
_ATTRIBUTE = re.compile(r"""(?<![\w:.-])([\w:.-]+)\s*=\s*["']?([^"'<>]*)""")
_BLOCK = 1 << 16
_MARKS = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"


def is_xml(content: bytes) -> bool:
    """Tell whether a part begins as elements do, in any encoding."""
    return content.lstrip(_MARKS).startswith(b"<")


def of_part(part: str, content: bytes) -> Iterator[Found]:
    """Judge the elements of a part; what is not sound XML is read twice up to its fault."""
    with reading(part):
        found = dict.fromkeys(judged(part, read(content)))
    yield from found


def judged(part: str, elements: Iterable[Element], title: str = "") -> Iterator[Found]:
    """Find what elements run, fetch or refer to outside of the file.

    Parameters
    ----------
    part : str
        The part that has them.
    elements : iterable of tuple
        Name, attributes and text of each.
    title : str, optional
        The sheet that the part is.
    """
    of = f" of the sheet {title}" if title else ""
    for tag, attributes, text in elements:
        for name, value in ((tag, text), *attributes.items()):
            judge = _judge(tag, name)
            if judge is None or not (value := value.strip()):
                continue
            check("formula", len(value), part)
            if why := judge(value):
                cause = _CAUSES.get(judge, REACH)
                said = f"the element {tag}{of} {why}" if cause == REACH else why
                yield PartFinding(part, said, cause), False


@cache
def _judge(tag: str, name: str) -> Callable[[str], str] | None:
    """Return what judges an attribute of an element, or its text."""
    tag, name = (each.rpartition(":")[2].lower() for each in (tag, name))
    if name in ("fmlamacro", "macro"):
        return _macro
    if _FORMULA.fullmatch(name) or (tag, name) == ("cfvo", "val"):
        return _formula
    if name == "location" or (name == "name" and tag in _SOURCES):
        return _place
    if name == "sheet":
        return _sheet
    return _address if _ADDRESS.fullmatch(name) and tag != _FOLDER else None


def _macro(macro: str) -> str:
    return f"has a shape or a button that starts the macro {macro}"


def _formula(text: str) -> str:
    why = wrong(text)
    return why and f"{why}: ={cut(text)}"


def _place(place: str) -> str:
    return f"leads to {place}" if leads_out(place) or wrong(place) else ""


def _sheet(title: str) -> str:
    return wrong("'" + title.replace("'", "''") + "'!A1")


def _address(address: str) -> str:
    return f"refers to {address}, outside of the file" if OUTSIDE.match(address) else ""


_CAUSES = {_macro: CODE, _address: EXTERNAL}


def read(
    content: bytes, doctype: Callable[[str, str | None, str | None, bool], None] = forbid_doctype
) -> Iterator[Element]:
    """Read elements in any encoding; those of the old drawings need not be sound XML.

    Parameters
    ----------
    content : bytes
    doctype : callable, optional
        What refuses a document type.
    """
    found: list[Element] = []
    #: The elements that are open.
    inside: list[tuple[str, dict[str, str], list[str]]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        inside.append((tag, attributes, []))

    def inner(text: str) -> None:
        inside[-1][2].append(text)

    def end(_: str) -> None:
        tag, attributes, texts = inside.pop()
        found.append((tag, attributes, "".join(texts)))

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = inner
    try:
        for at in range(0, len(content), _BLOCK):
            parser.Parse(content[at : at + _BLOCK], at + _BLOCK >= len(content))
            yield from found
            found.clear()
    except DTDForbidden:
        raise
    except (expat.ExpatError, LookupError, ValueError):
        yield from found
        yield from _guessed(content)


def _guessed(content: bytes) -> Iterator[Element]:
    """Read what looks like elements."""
    encoding = "utf-16" if b"\0" in content[:4] or content[:1] in b"\xff\xfe" else "utf-8"
    text = content.decode(encoding, "replace").replace("<![CDATA[", "").replace("]]>", "")
    for name, value in _ATTRIBUTE.findall(text):
        yield "", {name: unescape(value)}, ""
    for tag, inside in _TAG.findall(text):
        yield tag, {}, unescape(inside)
