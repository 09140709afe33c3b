"""Is every file that would take too much memory or time refused, and what people work with taken?

Oracle: the operating system, which says how much memory and processor time a check has taken in a
process of its own, and the sentence that each kind of file must end in.
"""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import MappingProxyType
from xml.etree import ElementTree

import pytest
from command import Command
from fuzzed import deal
from fuzzed import open_document as spreadsheet
from small_package import parts, zipped

from model.case.case import load
from model.errors import InputError, everywhere
from workbook import template
from workbook.cli.files import within_memory
from workbook.hosts.headless import evaluated
from workbook.package import archive
from workbook.package.archive import reading
from workbook.package.cells import Formula, cells, column_letters
from workbook.package.contents import filled
from workbook.package.gate import parts_of
from workbook.package.limits import LIMITS
from workbook.vba.compound import written
from workbook.vba.compression import compressed, decompressed

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="only Linux says what memory a process has had"
)

#: No file may take more: MB of memory, and s of processor time.
MEMORY, TIME = 500, 10.0
MEMORY_TAKEN = "workbook must take at most 560 MB of memory to calculate."
TIME_TAKEN = "workbook must take at most 6 seconds of processor time to calculate."
#: Addresses that a process may have: twice the memory, because threads reserve many.
ADDRESSES = 2 << 30
SHEET = "xl/worksheets/sheet1.xml"
WHOLE = MappingProxyType(parts(deal()))
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def packed(**changed: bytes) -> bytes:
    """Pack the workbook with other parts: those of names in capitals are the sheet's."""
    return archive.zipped({**WHOLE, **changed})


def rows(text: str, after: str = "") -> bytes:
    """Add rows to the sheet, or what follows them."""
    old = WHOLE[SHEET]
    new = old.replace(b"</sheetData>", f"{text}</sheetData>{after}".encode(), 1)
    assert new != old
    return packed(**{SHEET: new})


def formula(text: str, attributes: str = "") -> bytes:
    return rows(f'<row r="30"><c r="J30"><f{attributes}>{text}</f></c></row>')


def each(count: int, cell: Callable[[int], str], columns: str = "J") -> str:
    """Write as many rows of cells, of which each has what its row gives."""
    return "".join(
        f'<row r="{r}">' + "".join(f'<c r="{c}{r}"{cell(r)}</c>' for c in columns) + "</row>"
        for r in range(30, 30 + count)
    )


def names(texts: list[str]) -> bytes:
    """Define names that a formula uses the last of."""
    found = "".join(f'<definedName name="n{i}x">{t}</definedName>' for i, t in enumerate(texts))
    workbook = WHOLE["xl/workbook.xml"].replace(
        b"</definedNames>", f"{found}</definedNames>".encode()
    )
    used = rows(f'<row r="30"><c r="J30"><f>n{len(texts) - 1}x</f></c></row>')
    return archive.zipped(parts(used) | {"xl/workbook.xml": workbook})


def bomb() -> bytes:
    """Pack 1.3 GB into 1.3 MB, written once and repeated in the list of the archive's parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, part in WHOLE.items():
            made.writestr(name, part)
        with made.open("xl/media/image1.png", "w") as stream:
            for _ in range(1300):
                stream.write(bytes(1 << 20))
    return file.getvalue()


def overlapping() -> bytes:
    """Let many entries of the list lead to the same contents, as some zip bombs do."""
    file = bytearray(zipped([*WHOLE.items(), *((f"xl/{i}.xml", b"<a/>" * 999) for i in range(9))]))
    first = file.find(b"xl/0.xml") - 30
    start = file.find(b"PK\x01\x02", file.find(b"PK\x01\x02"))
    while (start := file.find(b"PK\x01\x02", start + 4)) > 0:
        if file[start + 46 :].startswith(b"xl/"):
            file[start + 42 : start + 46] = first.to_bytes(4, "little")
    return bytes(file)


def stated_small() -> bytes:
    """State in the list of the archive that a large part has 10 bytes."""
    file = bytearray(archive.zipped({**WHOLE, "xl/media/a.bin": bytes(2_000_000)}))
    start = file.rfind(b"PK\x01\x02")
    file[start + 24 : start + 28] = (10).to_bytes(4, "little")
    return bytes(file)


def nothing_but_zeros() -> bytes:
    """Build a workbook whose formulas all have the value 0, as some libraries write them."""
    made = archive.read(template.build(load("cerebras")))
    return archive.zipped({
        name: re.sub(rb"(</f>)<v>[-+.\de]+</v>", rb"\1<v>0</v>", part)
        if name.startswith("xl/worksheets/") else part
        for name, part in made.items()
    })  # fmt: skip


def prefixed(declared: bytes) -> bytes:
    """Declare prefixes in the root of the workbook in place of its own."""
    root = re.sub(rb'\sxmlns:r="[^"]*"', b"", WHOLE["xl/workbook.xml"])
    return packed(**{"xl/workbook.xml": root.replace(b"<workbook ", b"<workbook %b " % declared)})


def doubled() -> bytes:
    """Give the relationships of the workbook, the first of them twice."""
    relations = WHOLE["xl/_rels/workbook.xml.rels"]
    (first, *_) = re.findall(rb"<Relationship [^>]*?Id=\"rId1\"[^>]*?/>", relations)
    return relations.replace(first, first + first)


def stored(**changed: bytes) -> bytes:
    """Pack the workbook without compressing it, so that no ratio is exceeded."""
    return archive.zipped({**WHOLE, **changed}, zipfile.ZIP_STORED)


def styled(number_format: str) -> bytes:
    """Give every cell a number format, in a workbook that counts its days from 1904."""
    styles = re.sub(rb"<numFmts[^>]*/>", b"", WHOLE["xl/styles.xml"])
    own = f'<numFmts count="1"><numFmt numFmtId="200" formatCode="{number_format}"/></numFmts>'
    styles = styles.replace(b"<fonts", own.encode() + b"<fonts", 1)
    styles = re.sub(rb'(<cellXfs[^>]*><xf numFmtId=")\d+', rb"\g<1>200", styles)
    workbook = WHOLE["xl/workbook.xml"].replace(b"<workbookPr/>", b'<workbookPr date1904="1"/>')
    return packed(**{"xl/styles.xml": styles, "xl/workbook.xml": workbook})


def named(defined: str, cells: str) -> bytes:
    """Define names, next to cells that may use them."""
    workbook = WHOLE["xl/workbook.xml"].replace(
        b"</definedNames>", f"{defined}</definedNames>".encode()
    )
    return archive.zipped(parts(rows(cells)) | {"xl/workbook.xml": workbook})


def open_document(row: str) -> bytes:
    """Add a row to an OpenDocument spreadsheet."""
    made = parts(spreadsheet())
    end = b"</table:table>"
    made["content.xml"] = made["content.xml"].replace(end, row.encode() + end, 1)
    return archive.zipped(made)


SUM = "+".join(["1"] * 7_900)
TEXT = "".join(map(str, range(7_000)))
LAUGHS = (
    '<!DOCTYPE w [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)
#: What a file has that would take too much, and the sentence that it ends in; empty if it is taken.
BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "an array formula for all cells": (
        lambda: formula("1", ' t="array" ref="A1:XFD1048576"'),
        f"{SHEET} must have at most 100,000 cells filled by array formulas, not 17,179,869,190.",
    ),
    "a what-if table for all cells": (
        lambda: formula("", ' t="dataTable" ref="A1:XFD1048576" r1="A1"'),
        f"{SHEET} must have at most 100,000 cells filled by array formulas, not 17,179,869,190.",
    ),
    "1.3 GB in 1.3 MB": (
        bomb, "xl/media/image1.png must have at most 60,000,000 bytes unpacked, not 60,817,408.",
    ),
    "20 MB in 20 kB": (
        lambda: packed(**{"xl/media/image1.png": bytes(20_000_000)}),
        "xl/media/image1.png must have at most 250 bytes unpacked for each byte packed, not ",
    ),
    "55 MB of noise": (
        lambda: zipped([*WHOLE.items(), ("xl/media/a.bin", bytes(55_000_000))]),
        "workbook must have at most 50,000,000 bytes, not 50,000,001.",
    ),
    "more than it states": (
        stated_small, "xl/media/a.bin is damaged in the zip archive: it cannot be unpacked.",
    ),
    "10,000 parts": (
        lambda: zipped([*WHOLE.items(), *((f"xl/{i}.xml", b"<a/>") for i in range(10_000))]),
        " must have at most 2,000 parts, not 10,0",
    ),
    "entries that overlap": (overlapping, "overlaps the part xl/"),
    "elements a million deep": (
        lambda: rows("", "<a>" * 200 + "</a>" * 200),
        f"{SHEET} must have at most 100 levels of nested elements, not 101.",
    ),
    "a million elements": (
        lambda: rows("", "".join(f"<a b='{i}'/>" for i in range(1_000_000))),
        f"{SHEET} must have at most 500,000 elements other than cells, not 1,000,",
    ),
    "a document type that laughs": (
        lambda: packed(**{SHEET: LAUGHS.encode() + WHOLE[SHEET]}),
        f"{SHEET} has a document type, which no part of a workbook may have.",
    ),
    "a text of 55 MB": (
        lambda: rows('<row r="30"><c r="J30" t="inlineStr"><is><t>'
                     + "".join(map(str, range(7_000_000))) + "</t></is></c></row>"),
        "Deal!J30 must have at most 32,767 characters in one text, not 47,888,890.",
    ),
    "texts that add up": (
        lambda: rows(each(900, lambda r: f' t="inlineStr"><is><t>{TEXT}{r}</t></is>')),
        f"{SHEET} must have at most 20,000,000 characters of text in all, not 20,0",
    ),
    "5,000 brackets": (
        lambda: formula("(" * 5000 + "1" + ")" * 5000),
        "Deal!J30 must have at most 128 levels of brackets, not 5,000.",
    ),
    "a long formula": (
        lambda: formula("1+" * 9000 + "1"),
        "Deal!J30 must have at most 16,384 characters in a formula, not 18,001.",
    ),
    "1,000,000 merged cells": (
        lambda: rows("", "<mergeCells>" + '<mergeCell ref="J1:K1"/>' * 1_000_000 + "</mergeCells>"),
        f"{SHEET} must have at most ",
    ),
    "100,000 formulas": (
        lambda: rows(each(100_000, lambda r: f"><f>B1*{r}</f>")),
        f"{SHEET} must have at most 50,000 formulas, not 100,00",
    ),
    "600,000 cells": (
        lambda: rows(each(100_000, lambda r: f"><v>{r * 1.5}</v>", "JKLMNO")),
        f"{SHEET} must have at most 500,000 cells, not 600,0",
    ),
    "much of everything": (
        lambda: rows(each(98_000, lambda r: f"><v>{r * 1.5}</v>", "JKLM")
                     + "".join(f'<row r="{r}"><c r="A{r}"><f>B1*{r}</f></c></row>'
                               for r in range(200_000, 248_000))),
        "must have at most 125 percent of the limits of elements, attributes, cells, formulas, "
        "filled, strings together, not 2",
    ),
    "names that laugh": (
        lambda: names(["Deal!$B$1*2", *("+".join([f"n{i}x"] * 10) for i in range(15))]),
        "must have at most 16,384 characters in a formula, not ",
    ),
    "texts that double": (
        lambda: rows(each(60, lambda r: f"><f>J{r - 1}&amp;J{r - 1}&amp;\"xxxxxxxx\"</f>")), "",
    ),
    "all cells read": (
        lambda: rows('<row r="30"><c r="J30"><f>COUNTBLANK(K1:XFD1048576)</f></c></row>'
                     '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "",
    ),
    "all cells read by way of a text": (
        lambda: rows('<row r="30"><c r="J30"><f>COUNTBLANK(INDIRECT("K1:XFD1048576"))</f></c></row>'
                     '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "",
    ),
    "all cells handed to a function": (
        lambda: rows('<row r="30"><c r="J30"><f>DILUTED_SHARES(B1,K1:N1048576)</f></c></row>'
                     '<row r="1048576"><c r="K1048576"><v>1</v></c></row>'), "",
    ),
    "columns read again and again": (
        lambda: rows(each(2_000, lambda r: f"><f>SUMPRODUCT(A:A*B:B)*{r}</f>")
                     + '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'),
        "workbook must have at most 400,000,000 cells read by formulas, not 40",
    ),
    "an array formula with another attribute": (
        lambda: formula("1", ' t="array" shared="1" ref="A1:XFD1048576"'),
        f"{SHEET} must have at most 100,000 cells filled by array formulas, not 17,179,869,190.",
    ),
    "an array formula behind a bracket": (
        lambda: formula("1", ' a=">" t="array" ref="A1:XFD1048576"'),
        f"{SHEET} must have at most 100,000 cells filled by array formulas, not 17,179,869,190.",
    ),
    "an array formula behind what looks like its range": (
        lambda: formula("1", """ a=' ref="A1"' t="array" ref="A1:XFD1048576\""""),
        f"{SHEET} must have at most 100,000 cells filled by array formulas, not 17,179,869,190.",
    ),
    "elements behind spaces": (
        lambda: packed(**{"xl/x.xml": b" " * 120 + b"<a>" + b"<a b='1'/>" * 90_000
                          + b"".join(b"<a b='%d'/>" % i for i in range(1_000_000)) + b"</a>"}),
        "xl/x.xml must have at most 500,000 elements other than cells, not 1,09",
    ),
    "UTF-16 without a mark": (
        lambda: packed(**{SHEET: WHOLE[SHEET].decode().encode("utf-16-be")}),
        f"{SHEET} cannot be read: it is not in UTF-8.",
    ),
    "another encoding": (
        lambda: packed(**{"xl/x.xml": b"<?xml version='1.0' encoding='cp037'?><a/>"}),
        "xl/x.xml cannot be read: it is not in UTF-8.",
    ),
    "nothing but brackets": (
        lambda: stored(**{"xl/x.xml": b"<" * 45_000_000}),
        "xl/x.xml must have at most 500,000 elements other than cells, not 45,00",
    ),
    "a million attributes": (
        lambda: rows("", "<x " + " ".join(f'a{i}="\U0001f600{i}"' for i in range(990_000)) + "/>"),
        f"{SHEET} must have at most 400,000 attributes other than those of cells and rows, "
        "not 990,2",
    ),
    "as many attributes as are allowed": (
        lambda: rows("", "<x " + " ".join(f'a{i}="\U0001f600{i / 7}"' for i in range(395_000))
                     + "/>"),
        "",
    ),
    "beginnings of rows": (
        lambda: stored(**{SHEET: b"<worksheet>" + b"<sheetData>" * 100_000}),
        f"{SHEET} is not well-formed XML: ",
    ),
    "divisions": (lambda: rows(each(20, lambda r: f"><f>{'1/' * 8000}{r}</f>")), ""),
    "digits": (lambda: rows(each(20, lambda r: f"><f>{'1' * 16000}+{r}</f>")), ""),
    "a long number format": (
        lambda: styled("[" * 200_000),
        "xl/styles.xml must have at most 255 characters in a number format, not 200,000.",
    ),
    "a name that no formula uses": (
        lambda: named('<definedName name="b1x">' + "+".join(["Deal!A1"] * 1900) + "</definedName>",
                      each(20_000, lambda r: f'><f>"b1x"&amp;{r}</f>')),
        "",
    ),
    "a long name in many formulas": (
        lambda: named('<definedName name="b1x">' + "+".join(["Deal!A1"] * 1900) + "</definedName>",
                      each(20_000, lambda r: f"><f>b1x+{r}</f>")),
        "Deal must have at most 2,000,000 characters of formulas, not 2,0",
    ),
    "many names and formulas": (
        lambda: named("".join(f'<definedName name="zz{i}q">{i}</definedName>' for i in range(1900)),
                      each(20_000, lambda r: f"><f>B1*{r}+1+2+3+4</f>")),
        "",
    ),
    "a long formula in many rows": (
        lambda: open_document(
            '<table:table-row table:number-rows-repeated="40000"><table:table-cell '
            f'table:formula="of:={SUM}" office:value-type="float" office:value="1"/>'
            "</table:table-row>"
        ),
        "row 6 of 'Deal' must have at most 2,000,000 characters of formulas, not 631,960,0",
    ),
    "a long text in many rows": (
        lambda: open_document(
            '<table:table-row table:number-rows-repeated="100000"><table:table-cell '
            f'office:value-type="string"><text:p>{TEXT}</text:p></table:table-cell>'
            "</table:table-row>"
        ),
        "row 6 of 'Deal' must have at most 20,000,000 characters of text in all, not 2,689,000,0",
    ),
    "an array of less than a column": (
        lambda: open_document(
            '<table:table-row><table:table-cell table:number-matrix-columns-spanned="-1" '
            'table:number-matrix-rows-spanned="1" table:formula="of:=1" office:value-type="float" '
            'office:value="1"/></table:table-row>'
        ),
        "Deal!A6 cannot be read: its number-matrix-columns-spanned must be a number from 1 to "
        "16,384, not '-1'.",
    ),
    # Formulas that are short, read little and make much.
    "texts in a text": (
        lambda: formula(
            'LEN(SUBSTITUTE(SUBSTITUTE(REPT("x",32767),"x",REPT("y",32767)),"y","zzzz"))'
        ),
        MEMORY_TAKEN,
    ),
    "columns next to one another": (
        lambda: formula(f"SUM(_xlfn.HSTACK({','.join(['_xlfn.SEQUENCE(1,16384)'] * 250)}))"),
        MEMORY_TAKEN,
    ),
    "every cell by every other": (
        lambda: formula("+".join(["SUMPRODUCT((A1:A4000=TRANSPOSE(A1:A4000))*1)"] * 3)),
        MEMORY_TAKEN,
    ),
    "a function for a table of millions": (
        lambda: formula("DILUTED_SHARES(_xlfn.SEQUENCE(16384,1000),A1:D3)"), MEMORY_TAKEN,
    ),
    "many periods": (
        lambda: formula("+".join(["CUMIPMT(0.01,2147483647,9,1,2147483647,0)"] * 9)), TIME_TAKEN,
    ),
    "days of a long calendar": (
        lambda: rows(each(20_000, lambda r: f"><f>WORKDAY({r},2000000)</f>")), TIME_TAKEN,
    ),
    "many calls of a function": (
        lambda: rows(each(40_000, lambda r: f"><f>DILUTED_SHARES({r},$A$1:$D$3)</f>")),
        "workbook must have at most 10,000 calls to Offtake's functions, not 10,001.",
    ),
}  # fmt: skip
#: What people have, of which each must be taken.
SOUND: dict[str, Callable[[], bytes]] = {
    "a cell in the last row": lambda: rows('<row r="1048576"><c r="A1048576"><v>1</v></c></row>'),
    "a cell in the last column": lambda: rows('<row r="30"><c r="XFD30"><v>1</v></c></row>'),
    "a cell in the last corner": lambda: rows(
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    ),
    "a built workbook without values": nothing_but_zeros,
    "entire columns and rows": lambda: rows(
        '<row r="30"><c r="J30"><f>SUM(A:A)+SUM(40:40)</f></c></row>'
        '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'
    ),
    "100,000 rows": lambda: rows(each(99_000, lambda r: f' s="0"><v>{r * 1.37}</v>', "JKLM")),
    "100,000 rows as LibreOffice writes them": lambda: rows(
        each(99_000, lambda r: f' s="0" t="n"><v>{r * 1.37}</v>', "JK").replace(
            "<row ",
            '<row customFormat="false" ht="12.8" hidden="false" customHeight="false" '
            'outlineLevel="0" collapsed="false" ',
        )
    ),
    "45,000 formulas": lambda: rows(each(9_000, lambda r: f"><f>$B$1*{r}+B{r}</f>", "JKLMN")),
    "rules for entire columns": lambda: rows(
        "", '<dataValidations><dataValidation type="list" sqref="A1:XFD1048576"><formula1>"a"'
        "</formula1></dataValidation></dataValidations>"
    ),
}  # fmt: skip


#: The command, with a limit to what the process may have; at its end it says what it had.
CHECK = """
import atexit, re, resource, sys
from pathlib import Path
from workbook.cli import main

def had():
    memory = re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]
    used = [resource.getrusage(each) for each in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    memory = max(int(memory), used[1].ru_maxrss)
    Path(sys.argv[0]).write_text(f"{memory} {sum(each.ru_utime + each.ru_stime for each in used)}")

resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (30, 30))
sys.argv = [sys.argv[3], "check", sys.argv[2]]
atexit.register(had)
main()
"""


def within_bounds(tmp_path: Path, content: bytes) -> str:
    """Check a file within the bounds, in a process of its own, and return its sentence."""
    file, had = tmp_path / "book.xlsx", tmp_path / "had"
    file.write_bytes(content)
    run = subprocess.run(
        [sys.executable, "-c", CHECK, str(ADDRESSES), str(file), str(had)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode in (0, 1, 2), run.stderr
    assert "Traceback" not in run.stderr
    memory, seconds = map(float, had.read_text().split())
    assert memory / 1024 < MEMORY
    assert seconds < TIME
    return run.stderr.strip().replace(f"{file}: ", "").replace(str(file), "workbook")


@pytest.mark.parametrize("what", BOMBS)
def test_what_would_take_too_much_is_refused_or_left(tmp_path: Path, what: str) -> None:
    make, expected = BOMBS[what]
    sentence = within_bounds(tmp_path, make())
    assert expected in sentence if expected else not sentence, sentence
    assert sentence.count("\n") == 0


@pytest.mark.parametrize("what", SOUND)
def test_what_people_have_is_taken(tmp_path: Path, what: str) -> None:
    assert within_bounds(tmp_path, SOUND[what]()) == ""


def test_a_formula_that_reads_a_sheet_to_its_end_is_named(offtake: Command) -> None:
    (offtake.folder / "book.xlsx").write_bytes(BOMBS["all cells read"][0]())
    run = offtake("check", "book.xlsx")
    assert "Deal!J30 (reads 17,169,383,424 cells, which is more than can be" in run.out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_calculation(tmp_path: Path, number: signal.Signals) -> None:
    """Without waiting for what the engine does, and the engine ends too."""
    file = tmp_path / "book.xlsx"
    file.write_bytes(BOMBS["many periods"][0]())
    command = [sys.executable, "-m", "workbook", "check", str(file)]
    # What a shell starts in the background ignores SIGINT, and so does what that starts.
    heeded = partial(signal.signal, number, signal.SIG_DFL)
    with subprocess.Popen(command, preexec_fn=heeded, stderr=subprocess.PIPE) as run:
        engine = Path(f"/proc/{run.pid}/task/{run.pid}/children")
        while not (started := engine.read_text().split()):
            time.sleep(0.05)
        run.send_signal(number)
        assert run.wait(timeout=5) == 128 + number
    assert not Path(f"/proc/{started[0]}").exists()


def test_functions_have_so_much_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cell is named that has used it up."""
    monkeypatch.setitem(LIMITS, "seconds", LIMITS["seconds"]._replace(most=0))
    with pytest.raises(InputError) as refused:
        evaluated(formula("DILUTED_SHARES(20,A1:D3)"))
    assert str(refused.value) == (
        "workbook must take at most 0 seconds of processor time in its functions, which it has "
        "taken up to Deal!F4."
    )


def test_texts_that_are_too_long_are_the_error_that_excel_shows() -> None:
    found = evaluated(BOMBS["texts that double"][0]())
    shown = [str(found.values["Deal"][row, 10]) for row in range(30, 60)]
    # 8 characters, then twice as many and 8 more: 8 * (2 ** n - 1) of them.
    lengths = [8 * (2**n - 1) for n in range(1, 31)]
    assert [len(text) if "x" in text else text for text in shown] == [
        length if length <= 32_767 else "#VALUE!" for length in lengths
    ]


# Each kind of file by its name -----------------------------------------------------------------


def compound(stream: str) -> bytes:
    return written({stream: b"x" * 5000})


NOT = "not an .xlsx, .xlsm or .ods workbook"
NAMED: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", f"is empty, {NOT}."),
    "a CSV file": (lambda: b"Price;Shares\n20;100\n", f"is a text, such as a CSV file, {NOT}."),
    "comments": (
        lambda: b"<!---->" * 60 + b"<!x", f"is a text, such as a CSV file, {NOT}.",
    ),
    "HTML": (lambda: b"<!DOCTYPE html><html><table></table></html>", f"is an HTML page, {NOT}."),
    "XML": (lambda: b"<?xml version='1.0'?><Workbook/>", f"is an XML file, {NOT}."),
    "a PDF": (lambda: b"%PDF-1.7\n\xff", f"is a PDF, {NOT}."),
    "noise": (lambda: bytes(range(1, 99)), f"is {NOT}."),
    "a password": (
        lambda: compound("EncryptedPackage"), "has a password; save it as .xlsx without one.",
    ),
    "an .xls": (lambda: compound("Workbook"), "is an .xls workbook; save it as .xlsx."),
    "a Word document of old": (lambda: compound("WordDocument"), f"is a Word document, {NOT}."),
    "half a compound file": (
        lambda: compound("Workbook")[:600],
        "is an .xls workbook, or has a password, and is damaged; save it as .xlsx.",
    ),
    "a Word document": (
        lambda: zipped([("word/document.xml", b"")]), f"is a Word document, {NOT}.",
    ),
    "an .xlsb": (
        lambda: zipped([("xl/workbook.bin", b"")]), "is an .xlsb workbook; save it as .xlsx.",
    ),
    "a zip": (lambda: zipped([("a.txt", b"")]), f"is a zip archive, {NOT}."),
    "half": (
        lambda: packed()[:3000],
        "is cut short: the list of its parts, with which a workbook ends, is missing.",
    ),
    "a missing part": (
        lambda: zipped([(name, part) for name, part in WHOLE.items() if name != SHEET]),
        f"has no part {SHEET}, without which it cannot be read.",
    ),
    "no styles": (
        lambda: zipped([(name, part) for name, part in WHOLE.items() if name != "xl/styles.xml"]),
        "has no part xl/styles.xml, without which it cannot be read.",
    ),
    "a doubled part": (
        lambda: zipped([*WHOLE.items(), (SHEET, b"")]), f"has the part {SHEET} twice.",
    ),
    "Strict Open XML": (
        lambda: archive.zipped({
            name: part.replace(b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                               b"http://purl.oclc.org/ooxml/spreadsheetml/main")
            for name, part in WHOLE.items()
        }),
        "is in the Strict Open XML format; save it as .xlsx.",
    ),
    "a changed byte": (
        lambda: packed().replace(WHOLE[SHEET][:0] + b"xl/styles.xml", b"xl/stiles.xml", 1),
        "xl/styles.xml is damaged in the zip archive: it cannot be unpacked.",
    ),
    "a cell without an address": (
        lambda: rows('<row r="30"><c><v>1</v></c></row>'),
        f"{SHEET} cannot be read: it has no 'r'.",
    ),
    "a cell that is no number": (
        lambda: rows('<row r="30"><c r="J30"><v>nan</v></c></row>'),
        "Deal!J30 cannot be read: 'nan' is no number of a cell.",
    ),
    "a cell that is there twice": (
        lambda: rows('<row r="30"><c r="J30"/><c r="J30"/></row>'),
        "Deal!J30 is in the sheet twice.",
    ),
    "a cell with two formulas": (
        lambda: rows('<row r="30"><c r="J30"><f>1</f><f>2</f><v>1</v></c></row>'),
        "Deal!J30 has two formulas or two values.",
    ),
    "a cell with two values": (
        lambda: rows('<row r="30"><c r="J30"><v>1</v><v>2</v></c></row>'),
        "Deal!J30 has two formulas or two values.",
    ),
    "a formula with an element in it": (
        lambda: rows('<row r="30"><c r="J30"><f>1+<a/>2</f><v>3</v></c></row>'),
        "Deal!J30 has two formulas or two values.",
    ),
    "a formula of another namespace": (
        lambda: rows('<row r="30"><c r="J30"><f xmlns="urn:decoy">1</f><v>1</v></c></row>'),
        f"{SHEET} has elements of http://schemas.openxmlformats.org/spreadsheetml/2006/main and "
        "urn:decoy without a prefix; a spreadsheet may read others than this check.",
    ),
    "a formula of no namespace": (
        lambda: rows('<row r="30"><c r="J30"><f xmlns="">1</f><v>1</v></c></row>'),
        f"{SHEET} has elements of no namespace and http://schemas.openxmlformats.org/spreadsheetml/"
        "2006/main without a prefix; a spreadsheet may read others than this check.",
    ),
    "another meaning of a prefix": (
        lambda: prefixed(b'xmlns:r="urn:decoy" xmlns:q="%b"' % RELATION.encode()),
        "xl/workbook.xml has names with the prefix r for urn:decoy; a spreadsheet may read others "
        "than this check.",
    ),
    "two prefixes for one namespace": (
        lambda: prefixed(b'xmlns:r="%b" xmlns:q="%b"' % ((RELATION.encode(),) * 2)),
        "xl/workbook.xml has two prefixes for relationships; a spreadsheet may read others than "
        "this check.",
    ),
    "a relationship that is there twice": (
        lambda: packed(**{"xl/_rels/workbook.xml.rels": doubled()}),
        "xl/_rels/workbook.xml.rels has the relationship rId1 twice.",
    ),
    "a cell outside": (
        lambda: rows('<row r="30"><c r="XFE30"/></row>'), "Deal!XFE30 is outside of a sheet.",
    ),
    "a text that there is not": (
        lambda: rows('<row r="30"><c r="J30" t="s"><v>-1</v></c></row>'),
        "Deal!J30 cannot be read: '-1' is none of 0 shared texts.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", NAMED)
def test_each_kind_of_file_is_called_by_its_name(offtake: Command, what: str) -> None:
    make, expected = NAMED[what]
    (offtake.folder / "book.xlsx").write_bytes(make())
    run = offtake("check", "book.xlsx")
    sentence = run.sentence.removeprefix("book.xlsx").removeprefix(":").strip()
    assert (run.code, sentence) == (2, expected)


def test_an_encrypted_archive_is_called_by_its_name(offtake: Command) -> None:
    file = bytearray(packed())
    file[file.find(b"PK\x01\x02") + 8] |= 1
    (offtake.folder / "book.xlsx").write_bytes(file)
    run = offtake("check", "book.xlsx")
    assert run.sentence == (
        f"book.xlsx: {next(iter(WHOLE))} is encrypted; pack the workbook without a password."
    )


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/dev/zero", "/dev/zero is a device, not a file."),
        ("pipe.xlsx", "pipe.xlsx is a pipe, not a file."),
        ("loop.xlsx", "loop.xlsx is a link that leads back to itself, not a file."),
        ("dangling.xlsx", "dangling.xlsx is a link that leads nowhere, not a file."),
        ("folder", "folder is not a file."),
        ("none.xlsx", "none.xlsx is not a file."),
        ("new\nline.xlsx", "new line.xlsx is not a file."),
        ("zero\0byte.xlsx", "zero\\x00byte.xlsx is a name with a zero byte, not a file."),
    ],
)
@pytest.mark.parametrize("command", ["check", "recalc", "values"])
def test_a_path_to_no_file_is_said_at_once(
    offtake: Command, command: str, path: str, sentence: str
) -> None:
    os.mkfifo(offtake.folder / "pipe.xlsx")
    (offtake.folder / "loop.xlsx").symlink_to("loop.xlsx")
    (offtake.folder / "dangling.xlsx").symlink_to("none.xlsx")
    (offtake.folder / "folder").mkdir()
    run = offtake(command, path)
    assert (run.code, run.sentence) == (2, sentence)


def test_an_empty_formula_is_none(offtake: Command) -> None:
    (offtake.folder / "with.xlsx").write_bytes(formula(""))
    (offtake.folder / "without.xlsx").write_bytes(packed())
    found, plain = offtake("check", "with.xlsx"), offtake("check", "without.xlsx")
    assert (found.code, found.out) == (plain.code, plain.out)


def test_a_file_that_the_system_cannot_read_is_named(offtake: Command) -> None:
    run = offtake("check", "/proc/self/mem")
    assert (run.code, run.sentence) == (2, "/proc/self/mem: Input/output error.")


def test_a_file_that_memory_cannot_hold_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match=r"own\.xlsx takes more memory to check than there is\.$"),
        within_memory(tmp_path / "own.xlsx"),
    ):
        raise MemoryError


def test_a_line_break_in_the_name_of_an_output_stays_in_its_line(offtake: Command) -> None:
    run = offtake("build", "-o", "no\nfolder/x.xlsx")
    assert (run.code, run.sentence) == (
        2, r"no\nfolder/x.xlsx cannot be written: no\nfolder is not a folder."
    )  # fmt: skip


def test_no_more_is_listed_than_fits_into_memory() -> None:
    with pytest.raises(InputError, match=r"^A1:XFD1048576 must have at most 1,100,000 cells in "):
        cells("A1:XFD1048576")
    with pytest.raises(InputError, match=r"^A1 must have at most 100,000 cells filled by array "):
        filled({(1, 1): Formula("1", "A1:Z9999")})
    with pytest.raises(ValueError, match=r"^-1 is no number of a column$"):
        column_letters(-1)


def test_text_that_is_compressed_well_is_not_written_out() -> None:
    chunk = compressed(bytes(4096))[1:]
    with pytest.raises(InputError, match=r"at most 4,000,000 bytes of VBA code, not 4,001,792\.$"):
        decompressed(b"\1" + chunk * 20_000)


def test_a_name_that_is_too_long_is_cut(offtake: Command) -> None:
    run = offtake("check", "a" * 5000 + ".xlsx")
    assert run.code == 2
    assert run.sentence == f"{'a' * 597}... is a name that is too long, not a file."


def test_a_defect_is_not_taken_for_a_damaged_file() -> None:
    # As if code that knows nothing of files had made a mistake, and then what reads them.
    with pytest.raises(AttributeError), reading():
        everywhere(None)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"^workbook cannot be read: it has no 'r'\.$"), reading():
        raise KeyError("r")


def test_the_limits_are_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "security.md").read_text()
    for limit in LIMITS.values():
        assert f"| {limit.most:,} {limit.of} | {limit.why} |" in text


def test_the_parts_of_a_file_are_those_that_zipfile_finds() -> None:
    assert parts_of(packed()) == dict(WHOLE)


#: What runs a command with another limit, as a process of its own.
LIMITED = """
import sys
from workbook.cli import main
from workbook.package.limits import LIMITS
LIMITS["{kind}"] = LIMITS["{kind}"]._replace(most={most})
sys.argv = ["offtake", {command}]
main()
"""


@pytest.mark.parametrize(
    ("kind", "most", "sentence"),
    [
        ("command", 0.3, "What was given takes more than 0.3 seconds of processor time in all."),
        ("in use", 80, "What was given takes more than 80 MB of memory in all."),
    ],
)
@pytest.mark.parametrize("command", ["check", "recalc", "values", "build --from", "pull"])
def test_what_no_limit_foresees_ends_in_a_sentence_too(
    tmp_path: Path, built: bytes, kind: str, most: float, sentence: str, command: str
) -> None:
    file = tmp_path / "book.xlsx"
    file.write_bytes(built)
    given = [*command.split(), str(file)]
    given += ["-o", str(tmp_path / "a.toml")] if command == "pull" else []
    code = LIMITED.format(kind=kind, most=most, command=", ".join(map(repr, given)))
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr.strip()) == (2, sentence)
    assert file.read_bytes() == built
    assert [*tmp_path.iterdir()] == [file]


@pytest.mark.parametrize(
    "command",
    [
        *("check", "recalc", "values", "build --from", "build --years 1 --from"),
        *("diff cerebras", "pull -o a.toml"),
    ],
)
def test_the_commands_do_their_work_within_the_limits(
    tmp_path: Path, finished: bytes, command: str
) -> None:
    """As processes, in which alone there are limits."""
    (tmp_path / "cerebras.xlsx").write_bytes(finished)
    given = [sys.executable, "-m", "workbook", *command.split(), "cerebras.xlsx"]
    ended = subprocess.run(given, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_time_of_the_engine_counts(tmp_path: Path) -> None:
    """A calculation of four seconds, of which a command may take two."""
    file = tmp_path / "book.xlsx"
    file.write_bytes(BOMBS["many periods"][0]())
    code = LIMITED.format(kind="command", most=2, command=f"'check', {str(file)!r}")
    run = [sys.executable, "-c", code]
    ended = subprocess.run(run, capture_output=True, text=True, check=False)
    said = "What was given takes more than 2 seconds of processor time in all."
    assert (ended.returncode, ended.stderr.strip()) == (2, said)


def test_prefixes_of_other_programs_are_read() -> None:
    """Oracle: Python's own ElementTree, which makes up prefixes, and the same workbook without."""
    made = dict(WHOLE)
    for part in ("xl/workbook.xml", SHEET):
        made[part] = ElementTree.tostring(
            ElementTree.fromstring(WHOLE[part]), "utf-8", xml_declaration=True
        )
    assert b"ns0:workbook" in made["xl/workbook.xml"]
    assert b"ns1:id" in made["xl/workbook.xml"]
    one, other = evaluated(archive.zipped(made)), evaluated(archive.zipped(WHOLE))
    assert (one.values, one.left) == (other.values, other.left)
