"""Small workbooks, changed at random as files are damaged, forged and edited by people.

``python tests/workbook/fuzzed.py 3000`` checks as many files, each in a process of its own, and
prints for each kind of change how they ended, and the most memory and time that one took.
"""

from __future__ import annotations

import os
import random
import resource
import sys
import tempfile
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from xml.etree.ElementTree import Element

import openpyxl
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.table import Table
from small_package import VALUES, made, parts, saved, zipped
from test_ods import cell, file, number, row, table, text

from model.errors import InputError
from workbook.check import calls, report
from workbook.cli.files import readable
from workbook.package import archive
from workbook.package.finish import finish

Parts = dict[str, bytes]
Chance = random.Random

#: What attributes and texts are set to: numbers, cells and ranges that no sheet has, and no texts.
ODD = (
    *("", "-1", "0", "1", "2147483648", "-9" * 30, "9" * 5000, "1e400", "nan", "inf", "1_0"),
    *("A0", "A1", "XFD1048576", "XFE1", "A1048577", "ZZZZ9", "a1", "$A$1", "A1:XFD1048576"),
    *("B2:A1", "A:A", "1:1", "A1:B2 C3:D4", "true", "maybe", "#REF!", "#N/A", "日本", "\u202e"),
    *("array", "shared", "dataTable", "s", "str", "inlineStr", "b", "e", "d", "rId1", "x" * 40_000),
    *("../../etc/passwd", "http://example.org/x", "/xl/worksheets/sheet1.xml", "_x0000_", " 5 "),
)
#: What formulas become.
FORMULAS = (
    *("A1", "F1", "A:A", "1:1", "SUM(A:A)", "SUM(1:1048576)", "SUM(A1:XFD1048576)", "XFE1+1"),
    *(
        "#REF!",
        "#REF!+Nowhere!A1",
        "'",
        '"',
        "(",
        ")",
        "((((",
        "1+",
        "{1,2;3}",
        "[1]!X()",
        "[9]S!A1",
    ),
    *(
        "INDIRECT(A1)",
        "OFFSET(A1,-1,-1)",
        "price",
        "loop",
        "Deal[Count]",
        "@A1:A9",
        "A1#",
        "-" * 500,
    ),
    *("IF(" * 70 + "1" + ",1,1)" * 70, "(" * 200 + "1" + ")" * 200, "1+" * 9000 + "1"),
    *("DILUTED_SHARES()", "DILUTED_SHARES(1,2,3,4,5,6,7,8,9)", "DILUTED_SHARES(A:A,A1:XFD1048576)"),
    *("DCF_VALUE(A1:A2)", 'REPT("x",32767)', "SUM(SEQUENCE(1048576,100))", "LAMBDA(x,x)(1)"),
    *("SUMPRODUCT(A:A*B:B*C:C)", "MMULT(A:Z,A:Z)", "1/0", "1E308*10", "TRANSPOSE(A1:Z99)"),
)
#: What people type.
TYPED = ("n/a", "TBD", "12,5", "1.234.567", "$5", " 7 ", "-", "5%", "May 2026", "=A1", "", "#N/A")
#: A table of securities, and what is calculated from it.
SECURITIES = (
    ("Security", "Type", "Count", "Strike"),
    ("Common", "common", 100, None),
    ("Options", "option", 10, 5),
)


def deal() -> bytes:
    """Make a workbook that calls the functions, as an analyst might have it."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "Deal"
    page["A1"], page["B1"] = "Price", 20
    for security in SECURITIES:
        page.append(security)
    page["F1"] = "=DILUTED_SHARES(B1,A2:D4)"
    page["F2"], page["F3"] = "=F1*price", "=SUM(C:C)"
    page["F4"] = ArrayFormula("F4:G6", "=DILUTION_BRIDGE(B1,A2:D4)")
    page.merge_cells("A8:C9")
    page.add_table(Table(displayName="Deal", ref="A2:D4"))
    page.add_data_validation(DataValidation("list", formula1='"yes,no"', sqref="H1:H9"))
    book.defined_names["price"] = openpyxl.workbook.defined_name.DefinedName(
        "price", attr_text="Deal!$B$1"
    )
    return saved(book)


@cache
def bases() -> tuple[Parts, ...]:
    """Return the parts of the workbooks that are changed."""
    shared = parts(deal())
    sheet = "xl/worksheets/sheet1.xml"
    rows = "".join(
        f'<row r="{r}"><c r="A{r}" t="s"><v>0</v></c><c r="B{r}"><f t="shared" si="0"'
        + (' ref="B20:B24">B1*2</f>' if r == 20 else "/>")
        + "</c></row>"
        for r in range(20, 25)
    )
    shared[sheet] = shared[sheet].replace(b"</sheetData>", rows.encode() + b"</sheetData>")
    shared["xl/sharedStrings.xml"] = (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b"<si><t>Price</t></si><si><r><t>a</t></r><r><t>b</t></r></si></sst>"
    )
    listed = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    shared["[Content_Types].xml"] = shared["[Content_Types].xml"].replace(
        b"</Types>",
        b'<Override PartName="/xl/sharedStrings.xml" ContentType="%b"/></Types>' % listed,
    )
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    relations = "xl/_rels/workbook.xml.rels"
    shared[relations] = shared[relations].replace(
        b"</Relationships>",
        b'<Relationship Id="rId99" Type="%b" Target="sharedStrings.xml"/></Relationships>' % kind,
    )
    return shared, parts(finish(made(), VALUES)), parts(open_document())


def open_document() -> bytes:
    """Make an OpenDocument spreadsheet with the same securities."""
    rows = [
        row(*(number(c) if isinstance(c, int) else text(c) if c else cell() for c in securities))
        for securities in SECURITIES
    ]
    call = 'table:formula="of:=DILUTED_SHARES(20;[.A1:.D3])" office:value-type="float"'
    repeated = cell('table:number-columns-repeated="16380"')
    last = row(cell(f'{call} office:value="108"'), repeated, more='table:number-rows-repeated="2"')
    return file(table(*rows, last))


# Kinds of changes --------------------------------------------------------------------------------


def of_bytes(chance: Chance, whole: Parts) -> bytes:
    """Change, insert, remove or repeat bytes, or cut the file short."""
    file = bytearray(archive.zipped(whole))
    for _ in range(chance.choice([1, 1, 2, 8])):
        at, length = chance.randrange(len(file)), chance.choice([1, 1, 2, 16, 300])
        match chance.randrange(6):
            case 0:
                file[at] = chance.randrange(256)
            case 1:
                file[at:at] = chance.randbytes(length)
            case 2:
                del file[at : at + length]
            case 3:
                file[at : at + length] = bytes(len(file[at : at + length]))
            case 4:
                file[at:at] = file[at : at + length]
            case _:
                del file[max(at, 30) :]
        if not file:
            break
    return bytes(file)


def of_archive(chance: Chance, whole: Parts) -> bytes:
    """Remove, double, exchange, rename or empty parts, or change the list of them."""
    entries = [*whole.items()]
    i, j = chance.randrange(len(entries)), chance.randrange(len(entries))
    name, content = entries[i]
    match chance.randrange(9):
        case 0:
            del entries[i]
        case 1:
            entries.append((chance.choice([name, name.upper()]), entries[j][1]))
        case 2:
            entries[i] = name, entries[j][1]
        case 3:
            entries[i] = chance.choice([f"../{name}", name + "x", name.upper(), "_", "é/"]), content
        case 4:
            entries[i] = name, chance.choice([b"", b"<", b"\0" * 99, content[: len(content) // 2]])
        case 5:
            entries[i] = name, content.decode("utf-8", "replace").encode("utf-16")
        case 6:
            entries[i] = name, b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + content
        case _:
            file = bytearray(zipped(entries))
            # The flags, the method, the sizes or the place of an entry, in the list or before it.
            lists = (
                (b"PK\x01\x02", 46, (8, 10, 16, 20, 24, 28, 42)),
                (b"PK\x03\x04", 30, (6, 8, 14)),
            )
            mark, _, fields = chance.choice(lists)
            at = file.find(mark, chance.randrange(len(file)))
            if at >= 0:
                file[at + chance.choice(fields)] ^= chance.choice([1, 8, 255])
            return bytes(file)
    return zipped(entries)


def _edited(chance: Chance, whole: Parts, change: Callable[[Chance, Element], None]) -> bytes:
    """Change the elements of a part; a sheet more often than others."""
    names = [name for name in whole if name.endswith((".xml", ".rels"))]
    sheets = [
        name for name in names if name.startswith(("xl/worksheets/sheet", "xl/workbook", "content"))
    ]
    name = chance.choice(sheets if chance.random() < 0.6 else names)
    root = archive.parsed(whole[name])
    for _ in range(chance.choice([1, 1, 3])):
        change(chance, root)
    return archive.zipped(whole | {name: archive.written(root)})


def _element(chance: Chance, root: Element) -> tuple[Element, Element]:
    """Choose an element, and return it with the one around it."""
    pairs = [(parent, child) for parent in root.iter() for child in parent]
    return chance.choice(pairs) if pairs else (root, root)


def _change(chance: Chance, root: Element) -> None:
    around, element = _element(chance, root)
    if around is element:
        return
    match chance.randrange(9):
        case 0:
            around.remove(element)
        case 1:
            around.insert(chance.randrange(len(around) + 1), element)
        case 2:
            other, _ = _element(chance, root)
            around.remove(element)
            if other not in [*element.iter()]:
                other.append(element)
        case 3:
            element.tag = chance.choice([e.tag for e in root.iter()])
        case 4:
            element.text = chance.choice(ODD)
        case 5 if element.attrib:
            del element.attrib[chance.choice([*element.attrib])]
        case _ if element.attrib:
            element.set(chance.choice([*element.attrib]), chance.choice(ODD))
        case _:
            element.text = chance.choice(ODD)


def of_elements(chance: Chance, whole: Parts) -> bytes:
    """Remove, repeat, move and rename elements, and set attributes to what they cannot be."""
    return _edited(chance, whole, _change)


def _refer(chance: Chance, root: Element) -> None:
    named = ("f", "definedName", "formula1", "formula", "calculatedColumnFormula")
    found = [e for e in root.iter() if e.tag in named]
    if not found:
        _change(chance, root)
        return
    element = chance.choice(found)
    element.text = chance.choice(FORMULAS)
    if chance.random() < 0.3:
        element.set(chance.choice(["t", "ref", "si", "name", "localSheetId"]), chance.choice(ODD))


def of_references(chance: Chance, whole: Parts) -> bytes:
    """Write formulas and names that lead nowhere, everywhere, or to themselves."""
    return _edited(chance, whole, _refer)


def _type(chance: Chance, root: Element) -> None:
    found = [*root.iter("c")]
    if not found:
        return
    cell = chance.choice(found)
    for inside in [*cell]:
        if inside.tag != "f" or chance.random() < 0.7:
            cell.remove(inside)
    text = chance.choice((*TYPED, *ODD[:12]))
    if chance.random() < 0.2:
        root.iter("row").__next__().append(cell)
    elif text and chance.random() < 0.8:
        cell.set("t", "inlineStr")
        cell.append(Element("is"))
        cell[-1].append(Element("t"))
        cell[-1][-1].text = text


def of_people(chance: Chance, whole: Parts) -> bytes:
    """Type what people type, clear cells, and paste cells elsewhere."""
    return _edited(chance, whole, _type)


KINDS = (of_bytes, of_archive, of_elements, of_references, of_people)


def fuzzed(number: int) -> tuple[str, bytes]:
    """Return a kind of change, and a file that was changed so: always the same for a number."""
    chance = Chance(number)
    change = KINDS[number % len(KINDS)]
    return change.__name__.replace("_", " "), change(chance, chance.choice(bases()))


def ended(file: Path) -> str:
    """Check a file as the command does, and return the sentence that refuses it; or nothing."""
    try:
        package = readable(file)
        with archive.reading():
            ours = report.is_ours(package)
        (report if ours else calls).report(package)
    except InputError as error:
        return str(error)
    return ""


# The table ---------------------------------------------------------------------------------------


def _measured(file: Path) -> tuple[str, int, float]:
    """Check a file in a process of its own: how it ended, its memory in MB and its time in s."""
    process = os.fork()
    if not process:
        code = 3
        try:
            code = 2 if ended(file) else 0
        except BaseException as error:
            print(f"{file}: {type(error).__name__}: {error}", file=sys.stderr)
        os._exit(code)
    _, status, used = os.wait4(process, 0)
    code = os.waitstatus_to_exitcode(status)
    end = {0: "reports", 2: "sentences"}.get(code, "neither")
    return end, used.ru_maxrss // 1024, used.ru_utime + used.ru_stime


def main(files: int, first: int = 10_000) -> None:
    """Check files, and print a table."""
    warnings.filterwarnings("ignore", "Duplicate name")  # As some of the archives are to have.
    rows: dict[str, list[tuple[str, int, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "book.xlsx"
        for number in range(first, first + files):
            kind, content = fuzzed(number)
            file.write_bytes(content)
            end = _measured(file)
            rows.setdefault(kind, []).append(end)
            if end[0] == "neither":
                print(f"number {number}, {kind}, ended in neither", file=sys.stderr)
    print("| what is changed | files | sentences | reports | neither | most memory | most time |")
    print("|---|---|---|---|---|---|---|")
    for kind, ends in rows.items():
        counts = [
            sum(end == each for end, _, _ in ends) for each in ("sentences", "reports", "neither")
        ]
        memory, time = max(m for _, m, _ in ends), max(t for _, _, t in ends)
        shown = " | ".join(f"{count:,}" for count in (len(ends), *counts))
        print(f"| {kind} | {shown} | {memory} MB | {time:.2f} s |")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    main(int(sys.argv[1]))
