"""The smallest .xlsx package with given cells: for contents from other formats."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workbook.package.archive import escaped_text
from workbook.package.cells import ErrorValue, Formula, Place, Value, address, number_text
from workbook.package.package import Package

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
#: What XML cannot hold, and what would be read as its replacement.
_ESCAPED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
#: The number formats of a day and of anything else.
_DATE, _GENERAL = 14, 0
_STATES = ("visible", "hidden")

#: The name of a cell's style, and whether it shows a date.
Style = tuple[str, bool]
PLAIN: Style = ("Normal", False)


@dataclass
class Page:
    """A sheet: what is typed and calculated in its cells."""

    values: dict[Place, Value] = field(default_factory=dict)
    formulas: dict[Place, Formula] = field(default_factory=dict)
    styles: dict[Place, Style] = field(default_factory=dict)
    hidden: bool = False
    hidden_rows: set[int] = field(default_factory=set)


def package(pages: Mapping[str, Page], names: Mapping[str, str]) -> Package:
    """Make a package.

    Parameters
    ----------
    pages : mapping
        The sheets by their names.
    names : mapping
        Each name of the workbook, and what it refers to.

    Examples
    --------
    >>> made = package({"Deal": Page({(1, 1): 100.0}, {(2, 1): Formula("A1*2")})}, {})
    >>> made.sheets["Deal"].value((1, 1)), made.formulas
    (100.0, {'Deal': {(2, 1): Formula(text='A1*2', ref=None, value=None)}})
    """
    used = {style for page in pages.values() for style in page.styles.values()}
    styles = [PLAIN, *sorted(used - {PLAIN})]
    number = {style: i for i, style in enumerate(styles)}
    parts = {
        f"xl/worksheets/sheet{i}.xml": _sheet(page, number)
        for i, page in enumerate(pages.values(), 1)
    }
    listed = "".join(
        f'<sheet name="{_attribute(name)}" sheetId="{i}" state="{_STATES[page.hidden]}" '
        f'r:id="rId{i}"/>'
        for i, (name, page) in enumerate(pages.items(), 1)
    )
    defined = "".join(
        f'<definedName name="{_attribute(name)}">{escaped_text(text)}</definedName>'
        for name, text in names.items()
    )
    relations = "".join(
        f'<Relationship Id="rId{i}" Type="{_DOCUMENT}/worksheet" Target="/{part}"/>'
        for i, part in enumerate(parts, 1)
    )
    types = "".join(
        f'<Override PartName="/{part}" ContentType="{_KIND}.{kind}+xml"/>'
        for part, kind in (
            ("xl/workbook.xml", "sheet.main"),
            ("xl/styles.xml", "styles"),
            *((part, "worksheet") for part in parts),
        )
    )
    last = len(parts) + 1
    relations += f'<Relationship Id="rId{last}" Type="{_DOCUMENT}/styles" Target="/xl/styles.xml"/>'
    written = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" '
        f'Type="{_DOCUMENT}/officeDocument" Target="/xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}">'
        f"<sheets>{listed}</sheets><definedNames>{defined}</definedNames></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELATIONS}">{relations}'
        "</Relationships>",
        "xl/styles.xml": _styles(styles),
        **parts,
    }
    return Package({name: part.encode() for name, part in written.items()})


def _styles(styles: Sequence[Style]) -> str:
    names = {name: i for i, name in enumerate(dict.fromkeys(name for name, _ in styles))}
    own = "".join("<xf/>" for _ in names)
    formats = "".join(
        f'<xf numFmtId="{_DATE if is_date else _GENERAL}" xfId="{names[name]}"/>'
        for name, is_date in styles
    )
    named = "".join(
        f'<cellStyle name="{_attribute(name)}" xfId="{i}"/>' for name, i in names.items()
    )
    return (
        f'<styleSheet xmlns="{_MAIN}"><fonts><font/></fonts><fills><fill/></fills>'
        f"<borders><border/></borders><cellStyleXfs>{own}</cellStyleXfs>"
        f"<cellXfs>{formats}</cellXfs><cellStyles>{named}</cellStyles></styleSheet>"
    )


def _sheet(page: Page, styles: Mapping[Style, int]) -> str:
    rows: dict[int, list[str]] = {row: [] for row in page.hidden_rows}
    for at in sorted(page.values.keys() | page.formulas.keys() | page.styles.keys()):
        style = styles[page.styles.get(at, PLAIN)]
        text = _cell(at, page.values.get(at), page.formulas.get(at), style)
        rows.setdefault(at[0], []).append(text)
    data = "".join(
        f'<row r="{row}" hidden="{row in page.hidden_rows:d}">{"".join(cells)}</row>'
        for row, cells in sorted(rows.items())
    )
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{data}</sheetData></worksheet>'


def _cell(at: Place, value: Value, formula: Formula | None, style: int) -> str:
    start = f'<c r="{address(*at)}" s="{style}"'
    text = ""
    if formula is not None:
        array = f' t="array" ref="{formula.ref}"' if formula.ref else ""
        text = f"<f{array}>{escaped_text(formula.text)}</f>"
    match value:
        case None:
            return f"{start}>{text}</c>" if text else f"{start}/>"
        case bool():
            return f'{start} t="b">{text}<v>{value:d}</v></c>'
        case ErrorValue():
            return f'{start} t="e">{text}<v>{escaped_text(value.text)}</v></c>'
        case str() if text:
            return f'{start} t="str">{text}<v xml:space="preserve">{_text(value)}</v></c>'
        case str():
            inside = f'<is><t xml:space="preserve">{_text(value)}</t></is>'
            return f'{start} t="inlineStr">{inside}</c>'
    return f"{start}>{text}<v>{number_text(value)}</v></c>"


def _text(text: str) -> str:
    return escaped_text(_ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", text))


def _attribute(text: str) -> str:
    return escaped_text(text).replace('"', "&quot;")
