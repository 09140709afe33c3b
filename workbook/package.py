"""What openpyxl cannot write: cached values and dynamic arrays, and a test of the result.

An .xlsx file is a zip archive of XML parts. Parts are read with their names and prefixes as
they stand, and only the parts that must change are written again.
"""

from __future__ import annotations

import io
import math
import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from xml.etree.ElementTree import Element, SubElement, TreeBuilder, tostring
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

import defusedxml.sax

from model.errors import InputError
from workbook.names import check_name, column_letters, column_number

Place = tuple[int, int]


@dataclass(frozen=True)
class ErrorValue:
    """An error in a cell.

    Parameters
    ----------
    text : str
        The error as a spreadsheet shows it, such as ``#VALUE!``.
    reason : str, optional
        Why, in one sentence, where it is known. Two errors are equal if their texts are.
    """

    text: str
    reason: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.text


#: What a formula gives. Dates are serial numbers.
Value = float | str | bool | ErrorValue | None

#: Sheet -> (row, column) -> value.
Values = dict[str, dict[Place, Value]]


@dataclass(frozen=True)
class Formula:
    """A formula of a sheet.

    Parameters
    ----------
    text : str
        The formula as the file has it: without ``=``.
    ref : str or None
        The range that an array formula fills.
    value : float, str, bool, ErrorValue or None
        The cached value; None where the file has none.
    """

    text: str
    ref: str | None = None
    value: Value = None


# Places --------------------------------------------------------------------------------------


@lru_cache(maxsize=1 << 16)
def place(cell: str) -> Place:
    """Give the row and column of a cell.

    Examples
    --------
    >>> place("B7")
    (7, 2)
    """
    found = re.fullmatch(r"\$?([A-Z]{1,3})\$?([1-9][0-9]*)", cell)
    if found is None:
        raise ValueError(f"{cell!r} is not the address of a cell")
    return int(found[2]), column_number(found[1])


def address(row: int, column: int) -> str:
    """Give the address of a cell.

    Examples
    --------
    >>> address(7, 2)
    'B7'
    """
    return f"{column_letters(column)}{row}"


def cells(ref: str) -> list[Place]:
    """Give the cells of a range, row by row.

    Examples
    --------
    >>> cells("B2:C3")
    [(2, 2), (2, 3), (3, 2), (3, 3)]
    """
    first, _, last = ref.partition(":")
    (top, left), (bottom, right) = place(first), place(last or first)
    return [(r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)]


# Reading -------------------------------------------------------------------------------------


def formulas(package: bytes) -> dict[str, dict[Place, Formula]]:
    """Read the formulas of a workbook.

    Parameters
    ----------
    package : bytes
        An .xlsx file.

    Returns
    -------
    dict
        Sheet -> (row, column) -> formula, for every worksheet, in the order of the file. What-if
        data tables are not formulas.
    """
    parts = _read(package)
    strings = _strings(parts)
    return {
        name: _formulas(_cells(_parse(parts[part])), strings)
        for name, part in _sheets(parts).items()
    }


def cached(package: bytes) -> Values:
    """Read the values that a file holds for its formulas and for the cells that arrays fill.

    Parameters
    ----------
    package : bytes
        An .xlsx file.

    Returns
    -------
    dict
        Sheet -> (row, column) -> value; None where the file holds none.
    """
    parts = _read(package)
    strings = _strings(parts)
    found: Values = {}
    for name, part in _sheets(parts).items():
        present = _cells(_parse(parts[part]))
        found[name] = {
            at: _value(present[at], strings) if at in present else None
            for at in filled(_formulas(present, strings))
        }
    return found


def filled(found: dict[Place, Formula]) -> list[Place]:
    """List the cells that formulas fill: their own, and the ranges of array formulas."""
    places: dict[Place, None] = {}
    for at, formula in found.items():
        places[at] = None
        places.update(dict.fromkeys(cells(formula.ref) if formula.ref else ()))
    return list(places)


class _Tree(ContentHandler):
    """Builds a tree whose names and attributes are as the file writes them, prefixes included.

    So that what is written again declares the same namespaces under the same prefixes.
    """

    def __init__(self) -> None:
        self.builder = TreeBuilder()
        self.endElement = self.builder.end  # type: ignore[assignment]
        self.characters = self.builder.data  # type: ignore[assignment]

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802
        self.builder.start(name, dict(attrs.items()))


def _parse(part: bytes) -> Element:
    tree = _Tree()
    defusedxml.sax.parseString(part, tree)
    return tree.builder.close()


def _entries(package: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return [(entry.filename, archive.read(entry)) for entry in archive.infolist()]


def _read(package: bytes) -> dict[str, bytes]:
    entries = _entries(package)
    for name in _twice(name.casefold() for name, _ in entries):
        raise ValueError(f"the part {name} is in the file twice")
    return dict(entries)


def _twice(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _sheets(parts: dict[str, bytes]) -> dict[str, str]:
    """Find the part of every worksheet, by the sheet's name."""
    target = {
        relation.attrib["Id"]: posixpath.normpath(posixpath.join("/xl", relation.attrib["Target"]))
        for relation in _parse(parts["xl/_rels/workbook.xml.rels"])
        if relation.attrib["Type"].endswith("/worksheet")
    }
    sheets = _parse(parts["xl/workbook.xml"]).findall("sheets/sheet")
    found = {sheet.attrib["name"]: target.get(sheet.attrib["r:id"]) for sheet in sheets}
    return {name: part.lstrip("/") for name, part in found.items() if part is not None}


def _strings(parts: dict[str, bytes]) -> list[str]:
    part = parts.get("xl/sharedStrings.xml")
    return [] if part is None else [_text(item) for item in _parse(part)]


def _text(item: Element) -> str:
    """Join the runs of a text; what is said of its pronunciation is not part of it."""
    return "".join(_unescaped(t.text or "") for t in [*item.findall("t"), *item.findall("r/t")])


def _cells(sheet: Element) -> dict[Place, Element]:
    return {place(cell.attrib["r"]): cell for cell in sheet.iterfind("sheetData/row/c")}


def _value(cell: Element, strings: list[str]) -> Value:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        written = cell.find("is")
        return None if written is None else _text(written)
    text = cell.findtext("v")
    if text is None or (not text and kind != "str"):
        return None
    if kind == "n":
        return float(text)
    if kind == "b":
        return text == "1"
    if kind == "e":
        return ErrorValue(text)
    return strings[int(text)] if kind == "s" else _unescaped(text)


def _formulas(present: dict[Place, Element], strings: list[str]) -> dict[Place, Formula]:
    found: dict[Place, Formula] = {}
    shared: dict[str, tuple[str, str]] = {}
    for at, cell in present.items():
        f = cell.find("f")
        if f is None or f.get("t") == "dataTable":
            continue
        text = f.text or ""
        if f.get("t") == "shared":
            text = _shared(text, cell.attrib["r"], shared, f.attrib["si"])
        found[at] = Formula(
            text, f.get("ref") if f.get("t") == "array" else None, _value(cell, strings)
        )
    return found


def _shared(text: str, cell: str, shared: dict[str, tuple[str, str]], index: str) -> str:
    """Give the text of a formula that Excel wrote once for several cells."""
    if text:
        shared[index] = text, cell
        return text
    from openpyxl.formula.translate import Translator

    first, origin = shared[index]
    return str(Translator("=" + first, origin).translate_formula(cell))[1:]


# Writing -------------------------------------------------------------------------------------

#: The errors that a file may hold as such; newer ones stand in it as #VALUE!.
_WRITTEN_ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")

#: The order that the schema asks of a font's children.
_FONT_ORDER = re.findall(
    r"\w+",
    "b i strike condense extend outline shadow u vertAlign sz color name family charset scheme",
)

_METADATA_PART = "xl/metadata.xml"

#: The one kind of cell metadata in use: cm="1" marks a dynamic array.
_METADATA = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<metadata xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"\
 xmlns:xda="http://schemas.microsoft.com/office/spreadsheetml/2017/dynamicarray">\
<metadataTypes count="1"><metadataType name="XLDAPR" minSupportedVersion="120000" copy="1"\
 pasteAll="1" pasteValues="1" merge="1" splitFirst="1" rowColShift="1" clearFormats="1"\
 clearComments="1" assign="1" coerce="1" cellMeta="1"/></metadataTypes>\
<futureMetadata name="XLDAPR" count="1"><bk><extLst>\
<ext uri="{bdbb8cdc-fa1e-496e-a857-3c3f30c029c3}">\
<xda:dynamicArrayProperties fDynamic="1" fCollapsed="0"/></ext></extLst></bk></futureMetadata>\
<cellMetadata count="1"><bk><rc t="1" v="0"/></bk></cellMetadata></metadata>
"""


def finish(package: bytes, values: Values) -> bytes:
    """Complete a workbook that openpyxl wrote.

    Array formulas become dynamic arrays, every formula and every cell that an array fills gets
    its cached value, and the children of fonts are put into the order of the schema. All other
    parts are copied. The same input gives the same bytes.

    Parameters
    ----------
    package : bytes
        An .xlsx file.
    values : dict
        Sheet -> (row, column) -> value, as `workbook.hosts.headless.evaluate` gives them.

    Returns
    -------
    bytes
        The finished file.

    Raises
    ------
    ValueError
        For a formula without a value, a value that no cell can hold, a filled cell inside the
        range of an array formula, metadata of another kind, or a part that is there twice.
    """
    parts = _read(package)
    strings = _strings(parts)
    arrays = False
    for name, part in _sheets(parts).items():
        sheet = _parse(parts[part])
        found = _formulas(_cells(sheet), strings)
        if found:
            _fill(name, sheet, found, strings, values.get(name, {}))
            parts[part] = _written(sheet)
        arrays = arrays or any(formula.ref for formula in found.values())
    if arrays:
        _add_metadata(parts)
    styles = _parse(parts["xl/styles.xml"])
    for font in styles.iter("font"):
        font[:] = sorted(font, key=lambda child: _FONT_ORDER.index(child.tag))
    parts["xl/styles.xml"] = _written(styles)
    return _zipped(parts)


def without_fills(package: bytes) -> bytes:
    """Empty the cells that array formulas have filled.

    An array formula that has no cached value itself has filled no other cell either: what stands
    there was typed, and stays.
    """
    parts = _read(package)
    strings = _strings(parts)
    for part in _sheets(parts).values():
        sheet = _parse(parts[part])
        present = _cells(sheet)
        found = _formulas(present, strings)
        for at in filled({at: f for at, f in found.items() if f.ref and f.value is not None}):
            if at in present:
                _put(present[at], None)
        parts[part] = _written(sheet)
    return _zipped(parts)


def _fill(
    name: str,
    sheet: Element,
    found: dict[Place, Formula],
    strings: list[str],
    values: dict[Place, Value],
) -> None:
    """Write the cached values of a sheet, creating the cells that an array fills."""
    present = _cells(sheet)
    for at, formula in found.items():
        if formula.ref is None:
            continue
        present[at].set("cm", "1")
        if formula.value is not None:
            continue  # The file has been finished before, and what the array fills is its own.
        for inside in cells(formula.ref):
            if inside in present and _value(present[inside], strings) is not None:
                raise ValueError(
                    f"{name}!{address(*inside)} is not empty, and the array formula at "
                    f"{address(*at)} fills it"
                )
    _create(sheet, [at for at in filled(found) if at not in present])
    present = _cells(sheet)
    for at in filled(found):
        if at not in values:
            raise ValueError(f"{name}!{address(*at)} has no value")
        try:
            _put(present[at], values[at])
        except ValueError as error:
            raise ValueError(f"{name}!{address(*at)} {error}") from None


def _create(sheet: Element, places: list[Place]) -> None:
    """Create empty cells, every row and cell in its right order."""
    if not places:
        return
    data = next(sheet.iter("sheetData"))
    rows = {int(row.attrib["r"]): row for row in data}
    for row, column in places:
        if row not in rows:
            rows[row] = SubElement(data, "row", {"r": str(row)})
        SubElement(rows[row], "c", {"r": address(row, column)})
    for row in {row for row, _ in places}:
        rows[row][:] = sorted(rows[row], key=lambda cell: place(cell.attrib["r"])[1])
    data[:] = [rows[row] for row in sorted(rows)]
    for dimension in sheet.iter("dimension"):
        used = _cells(sheet)
        top, bottom = min(r for r, _ in used), max(r for r, _ in used)
        left, right = min(c for _, c in used), max(c for _, c in used)
        dimension.set("ref", f"{address(top, left)}:{address(bottom, right)}")


def _put(cell: Element, value: Value) -> None:
    for old in [*cell.findall("v"), *cell.findall("is")]:
        cell.remove(old)
    cell.attrib.pop("t", None)
    if value is None:
        return
    v = Element("v")
    if isinstance(value, bool):
        kind, v.text = "b", str(int(value))
    elif isinstance(value, ErrorValue):
        kind, v.text = "e", value.text if value.text in _WRITTEN_ERRORS else "#VALUE!"
    elif isinstance(value, str):
        kind, v.text = "str", _escaped(value)
        if value != value.strip():
            v.set("xml:space", "preserve")
    elif math.isfinite(value):
        # repr is the shortest text that gives the same number back, bit for bit.
        kind, v.text = "n", repr(float(value))
    else:
        raise ValueError(f"cannot hold the number {value}")
    if kind != "n":
        cell.set("t", kind)
    cell.insert(len(cell.findall("f")), v)


#: Characters that XML cannot hold, and an underscore that would read as the escape of one.
_TO_ESCAPE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def _escaped(text: str) -> str:
    return _TO_ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def _unescaped(text: str) -> str:
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)


def _add_metadata(parts: dict[str, bytes]) -> None:
    """Add the part that says what cm="1" means, and the two entries that announce it."""
    if _METADATA_PART in parts:
        if parts[_METADATA_PART] != _METADATA:
            raise ValueError(f"the file has a part {_METADATA_PART} of its own")
        return
    parts[_METADATA_PART] = _METADATA
    types = _parse(parts["[Content_Types].xml"])
    SubElement(
        types,
        "Override",
        PartName=f"/{_METADATA_PART}",
        ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheetMetadata+xml",
    )
    parts["[Content_Types].xml"] = _written(types)
    relations = _parse(parts["xl/_rels/workbook.xml.rels"])
    SubElement(
        relations,
        "Relationship",
        Id="rIdMetadata",
        Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sheetMetadata",
        Target=f"/{_METADATA_PART}",
    )
    parts["xl/_rels/workbook.xml.rels"] = _written(relations)


def _written(root: Element) -> bytes:
    part: bytes = tostring(root, "UTF-8", xml_declaration=True)
    return part.replace(b"\r", b"&#13;")  # Bare, it would be read back as a line feed.


def _zipped(parts: dict[str, bytes]) -> bytes:
    """Make an archive that depends on its content alone: no clock, no operating system."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, part in parts.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            archive.writestr(entry, part)
    return made.getvalue()


# Formula texts -------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""
    "(?:[^"]|"")*"      # text
  | '(?:[^']|'')*'      # the name of a sheet
  | \[[^\[\]]*\]        # a column of a table, or another file
  | [\w.\\]+            # a number, name, reference or function
  | \S
    """,
    re.VERBOSE,
)

_CLOSED_BY = {"(": ")", "{": "}"}

#: Functions that Excel knows in a file only by a prefix, and shows as #NAME? without it.
NEWER_FUNCTIONS = dict.fromkeys(
    re.findall(
        r"\S+",
        """
        ACOT ACOTH ARABIC ARRAYTOTEXT BASE BETA.DIST BETA.INV BINOM.DIST BINOM.DIST.RANGE BINOM.INV
        BITAND BITLSHIFT BITOR BITRSHIFT BITXOR BYCOL BYROW CEILING.MATH CHISQ.DIST CHISQ.DIST.RT
        CHISQ.INV CHISQ.INV.RT CHISQ.TEST CHOOSECOLS CHOOSEROWS COMBINA CONCAT CONFIDENCE.NORM
        CONFIDENCE.T COT COTH COVARIANCE.P COVARIANCE.S CSC CSCH DAYS DECIMAL DROP ERF.PRECISE
        ERFC.PRECISE EXPAND EXPON.DIST F.DIST F.DIST.RT F.INV F.INV.RT F.TEST FILTERXML FLOOR.MATH
        FORECAST.ETS FORECAST.ETS.CONFINT FORECAST.ETS.SEASONALITY FORECAST.ETS.STAT
        FORECAST.LINEAR FORMULATEXT GAMMA GAMMA.DIST GAMMA.INV GAMMALN.PRECISE GAUSS HSTACK
        HYPGEOM.DIST IFNA IFS IMAGE IMCOSH IMCOT IMCSC IMCSCH IMSEC IMSECH IMSINH IMTAN ISFORMULA
        ISOMITTED ISOWEEKNUM LAMBDA LET LOGNORM.DIST LOGNORM.INV MAKEARRAY MAP MAXIFS MINIFS
        MODE.MULT MODE.SNGL MUNIT NEGBINOM.DIST NORM.DIST NORM.INV NORM.S.DIST NORM.S.INV
        NUMBERVALUE PDURATION PERCENTILE.EXC PERCENTILE.INC PERCENTRANK.EXC PERCENTRANK.INC
        PERMUTATIONA PHI POISSON.DIST QUARTILE.EXC QUARTILE.INC RANDARRAY RANK.AVG RANK.EQ REDUCE
        RRI SCAN SEC SECH SEQUENCE SHEET SHEETS SKEW.P SORTBY STDEV.P STDEV.S SWITCH T.DIST
        T.DIST.2T T.DIST.RT T.INV T.INV.2T T.TEST TAKE TEXTAFTER TEXTBEFORE TEXTJOIN TEXTSPLIT
        TOCOL TOROW UNICHAR UNICODE UNIQUE VALUETOTEXT VAR.P VAR.S VSTACK WEBSERVICE WEIBULL.DIST
        WRAPCOLS WRAPROWS XLOOKUP XMATCH XOR Z.TEST
        """,
    ),
    "_xlfn.",
) | {"FILTER": "_xlfn._xlws.", "SORT": "_xlfn._xlws."}


def tokens(formula: str) -> list[str]:
    """Split a formula into texts, sheet names, names, numbers and signs.

    Examples
    --------
    >>> tokens('SUM(Inputs!A1, "a,b")')
    ['SUM', '(', 'Inputs', '!', 'A1', ',', '"a,b"', ')']
    """
    return _TOKEN.findall(formula)


def calls_with_gaps(formula: str) -> list[str]:
    """List the functions that a formula calls with an argument left out before a comma or ')'.

    Examples
    --------
    >>> calls_with_gaps("RPO_SCHEDULE(A1, B1:D3, , INDEX(E1:F2, 1, 2))")
    ['RPO_SCHEDULE']
    """
    if not re.search(r"[(,]\s*,|,\s*\)", formula):
        return []
    found = []
    open_calls: list[str] = []
    before = ""
    for token in tokens(formula):
        if open_calls and (before + token in (",,", ",)", "(,")):
            found.append(open_calls[-1])
        if token == "(":
            open_calls.append(before.upper())
        elif token == ")" and open_calls:
            open_calls.pop()
        before = token
    return found


def _formula_problems(formula: str) -> Iterator[str]:
    still_open: list[str] = []
    found = tokens(formula)
    for token, following in zip(found, [*found[1:], ""], strict=True):
        if token in ('"', "'"):
            yield "has an unbalanced quotation mark"
            return
        if token in _CLOSED_BY:
            still_open.append(_CLOSED_BY[token])
        elif token in _CLOSED_BY.values() and (not still_open or still_open.pop() != token):
            yield f"has an unbalanced {token}"
            return
        prefix, name = _split_prefix(token.upper())
        needed = NEWER_FUNCTIONS.get(name) if following == "(" else None
        if needed is not None and prefix != needed.upper():
            yield f"calls {name} without the prefix {needed}"
    if still_open:
        yield f"lacks a {still_open[-1]}"


def _split_prefix(function: str) -> tuple[str, str]:
    found = re.fullmatch(r"((?:_XLFN\.)?(?:_XLWS\.)?)(.*)", function)
    return (found[1], found[2]) if found else ("", function)


# The structure of a file ---------------------------------------------------------------------


def problems(package: bytes) -> list[str]:
    """List what is wrong with the structure of a workbook and a schema does not see.

    Parameters
    ----------
    package : bytes
        An .xlsx file.

    Returns
    -------
    list of str
        A line for each problem: parts that are there twice; rows and cells out of order;
        indices of styles, differential styles and metadata that do not exist; names that are
        there twice, illegal, or read as cells; formulas that are unbalanced, lack the prefix of
        a newer function, lack their cached value, or fill the same cells; and array formulas
        without a range, or with one that begins elsewhere.
    """
    entries = _entries(package)
    found = [f"{name} is in the file twice" for name in _twice(n.casefold() for n, _ in entries)]
    parts = dict(entries)
    strings = _strings(parts)
    count = _counts(parts)
    found += _name_problems(_parse(parts["xl/workbook.xml"]))
    for name, part in _sheets(parts).items():
        sheet = _parse(parts[part])
        checks = (
            _order_problems(sheet),
            _index_problems(sheet, count),
            _text_problems(sheet),
            _value_problems(_formulas(_cells(sheet), strings)),
        )
        found += [f"{name}!{problem}" for check in checks for problem in check]
    return found


def _counts(parts: dict[str, bytes]) -> dict[str, int]:
    """Count what the attributes of a sheet may refer to."""
    styles = _parse(parts["xl/styles.xml"])
    metadata = _parse(parts[_METADATA_PART]) if _METADATA_PART in parts else Element("metadata")
    return {
        "style": len(styles.findall("cellXfs/xf")),
        "dxfId": len(styles.findall("dxfs/dxf")),
        "cm": len(metadata.findall("cellMetadata/bk")),
        "vm": len(metadata.findall("valueMetadata/bk")),
    }


def _name_problems(workbook: Element) -> Iterator[str]:
    names = workbook.findall("definedNames/definedName")
    # Excel ignores the case of names; the same name may stand once in each sheet's scope.
    scoped = Counter((n.attrib["name"].casefold(), n.get("localSheetId")) for n in names)
    for (name, _), count in scoped.items():
        if count > 1:
            yield f"the name {name} is defined twice"
    for defined in names:
        name = defined.attrib["name"]
        if not name.startswith("_xlnm."):  # Excel's own, such as the print area.
            try:
                check_name(name)
            except InputError as error:
                yield f"the {error}"
        for problem in _formula_problems(defined.text or ""):
            yield f"the name {name} {problem}"


def _order_problems(sheet: Element) -> Iterator[str]:
    last_row = 0
    for row in sheet.iterfind("sheetData/row"):
        number = int(row.attrib["r"])
        if number <= last_row:
            yield f"row {number} stands after row {last_row}"
        last_row, last_column = number, 0
        for cell in row:
            at = place(cell.attrib["r"])
            if at[0] != number:
                yield f"{cell.attrib['r']} stands in row {number}"
            if at[1] <= last_column:
                yield f"{cell.attrib['r']} stands after {address(number, last_column)}"
            last_column = at[1]


def _index_problems(sheet: Element, count: dict[str, int]) -> Iterator[str]:
    for element in sheet.iter():
        where = f"{element.get('r') or element.tag}"
        for attribute, kind in (
            ("s" if element.tag in ("c", "row") else "style", "style"),
            ("dxfId", "dxfId"),
            ("cm", "cm"),
            ("vm", "vm"),
        ):
            index = element.get(attribute)
            # Metadata are counted from 1, and 0 is none.
            first = 1 if kind in ("cm", "vm") else 0
            if index is not None and not int(index) < first + count[kind]:
                yield f"{where} has the {kind} {index} of {count[kind]}"


def _text_problems(sheet: Element) -> Iterator[str]:
    """Check the texts of all formulas: in cells, conditional formats and validations."""
    for cell in sheet.iterfind("sheetData/row/c"):
        f = cell.find("f")
        if f is not None:
            for problem in _formula_problems(f.text or ""):
                yield f"{cell.attrib['r']} {problem}"
            if f.get("t") == "array" and f.get("ref") is None:
                yield f"{cell.attrib['r']} is an array formula without a range"
    for kind in ("formula", "formula1", "formula2"):
        for formula in sheet.iter(kind):
            for problem in _formula_problems(formula.text or ""):
                yield f"{formula.text} {problem}"


def _value_problems(found: dict[Place, Formula]) -> Iterator[str]:
    owner: dict[Place, Place] = {}
    clashes: set[tuple[Place, Place]] = set()
    for at, formula in found.items():
        if formula.value is None:
            yield f"{address(*at)} has no cached value"
        covered = cells(formula.ref) if formula.ref else [at]
        if covered[0] != at:
            yield f"{address(*at)} is an array formula for {formula.ref}, which begins elsewhere"
        clashes.update((owner[inside], at) for inside in covered if inside in owner)
        owner.update(dict.fromkeys(covered, at))
    for first, second in sorted(clashes):
        yield f"{address(*first)} and {address(*second)} fill the same cells"
