"""Do other programs read from our VBA projects what was put into them?

Oracles: olefile reads the compound files, and its strict mode refuses what is not as [MS-CFB] says;
oletools reads the projects and decompresses their text; LibreOffice imports them as Basic and runs
it. The examples of compression are those of [MS-OVBA], section 3.2. The projects that xlwings ships
are read, written and compared; files are broken on purpose.
"""

from __future__ import annotations

import io
import random
import zipfile
from dataclasses import replace
from pathlib import Path

import olefile
import pytest
import xlwings
from basic import listed
from hypothesis import given, settings
from hypothesis import strategies as st
from oletools.olevba import VBA_Parser, decompress_stream

from workbook.hosts import excel_files, excel_project
from workbook.package import archive
from workbook.vba import compound
from workbook.vba.compression import compressed, decompressed
from workbook.vba.project import Module, Project, parsed, written

SHIPPED = ("quickstart.xlsm", "quickstart_addin.xlam", "quickstart_standalone.xlsm")


def shipped(name: str) -> bytes:
    with zipfile.ZipFile(Path(xlwings.__file__).with_name(name)) as package:
        return package.read(excel_files.PROJECT_PART)


def code(file: bytes) -> dict[str, str]:
    """Read the text of every module, as oletools does."""
    read = VBA_Parser("vbaProject.bin", data=file)
    return {name: text for _, _, name, text in read.extract_macros()}


@pytest.fixture(scope="module")
def base() -> Project:
    return parsed(shipped("quickstart.xlsm"))


def with_modules(base: Project, *modules: Module) -> Project:
    return replace(base, modules=(*base.modules, *modules))


# Compound files --------------------------------------------------------------------------------


def opened(file: bytes) -> dict[str, bytes]:
    with olefile.OleFileIO(io.BytesIO(file), raise_defects=olefile.DEFECT_POTENTIAL) as read:
        assert read.parsing_issues == []
        return {"/".join(path): read.openstream(path).read() for path in read.listdir()}


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 511, 4095, 4096, 4097, 70_000, 9_000_000 // 2])
def test_a_stream_of_any_size_is_read_back(size: int) -> None:
    content = random.Random(size).randbytes(size)
    streams = {"small": b"x", "In/a stream": content, "In/deeper/down": content[:100]}
    file = compound.written(streams)
    assert opened(file) == streams
    assert compound.read(file) == streams


@given(
    st.dictionaries(
        st.text("aBcÄß日.x1_ ", min_size=1, max_size=31),
        st.integers(0, 9000).map(bytes),
        max_size=60,
    )
)
@settings(deadline=None, max_examples=60)
def test_any_names_are_found(streams: dict[str, bytes]) -> None:
    folded = {name.casefold().replace("ss", "ß"): name for name in streams}
    streams = {name: streams[name] for name in folded.values()}
    assert opened(compound.written(streams)) == streams


def test_the_entries_of_a_folder_are_a_search_tree() -> None:
    """Excel looks entries up by name, so their order counts: length first, then upper case."""
    names = ["dir", "Module10", "module2", "B", "a", "_VBA_PROJECT", "Zelle", "äther", "Ärzte"]
    with olefile.OleFileIO(compound.written({f"VBA/{n}": b"" for n in names})) as read:
        entries = read.direntries
        found: list[str] = []

        def walk(number: int) -> None:
            if number != olefile.NOSTREAM:
                walk(entries[number].sid_left)
                found.append(entries[number].name)
                walk(entries[number].sid_right)

        walk(entries[1].sid_child)
    assert found == [
        "a",
        "B",
        "dir",
        "Zelle",
        "Ärzte",
        "äther",
        "module2",
        "Module10",
        "_VBA_PROJECT",
    ]


def test_a_name_that_no_entry_can_have_is_refused() -> None:
    for name in ("a" * 32, "a:b", "", "VBA//x", "😀" * 16):
        with pytest.raises(ValueError, match="cannot be the name of an entry"):
            compound.written({name: b""})
    with pytest.raises(ValueError, match="two entries are named 'VBA/DIR'"):
        compound.written({"VBA/dir": b"", "VBA/DIR": b""})


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"a compound file of \d+ bytes is more than can be"):
        compound.written({"a": bytes(8_000_000)})


# Compression -----------------------------------------------------------------------------------

#: Examples of [MS-OVBA] 3.2.1 to 3.2.3: nothing to copy, some copies, one long copy.
EXAMPLES = {
    b"abcdefghijklmnopqrstuv.": (
        "01 19 B0 00 61 62 63 64 65 66 67 68 00 69 6A 6B 6C 6D 6E 6F 70 00 71 72 73 74 75 76 2E"
    ),
    b"#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa": (
        "01 2F B0 00 23 61 61 61 62 63 64 65 82 66 00 70 61 67 68 69 6A 01 38 08 61 6B 6C 00 30 6D"
        "6E 6F 70 06 71 02 70 04 10 72 73 74 75 76 10 77 78 79 7A 00 3C"
    ),
    b"a" * 73: "01 03 B0 02 61 45 00",
}


@pytest.mark.parametrize("text", EXAMPLES, ids=["nothing to copy", "some copies", "one copy"])
def test_the_examples_of_the_specification(text: bytes) -> None:
    example = bytes.fromhex(EXAMPLES[text])
    assert decompressed(example) == text
    assert len(compressed(text)) <= len(example)
    assert decompress_stream(bytearray(compressed(text))) == text


@given(st.text("ab \r\nEnd Sub'=", max_size=20).flatmap(lambda t: st.just(t.encode() * 700)))
@settings(deadline=None, max_examples=40)
def test_text_of_several_chunks_is_read_by_oletools(text: bytes) -> None:
    assert decompress_stream(bytearray(compressed(text))) == text
    assert decompressed(compressed(text)) == text


def test_what_cannot_be_made_shorter_stands_as_it_is() -> None:
    noise = random.Random(1).randbytes(2 * 4096)
    assert (
        decompress_stream(bytearray(compressed(noise))) == noise == decompressed(compressed(noise))
    )
    with pytest.raises(ValueError, match="cannot be compressed, and only a whole chunk"):
        compressed(noise[:4000])


# Projects --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHIPPED)
def test_every_stream_of_an_untouched_file_is_kept(name: str) -> None:
    before = compound.read(shipped(name))
    file = compound.written(before)
    assert compound.read(file) == before
    assert opened(file) == opened(shipped(name))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_project_is_kept(name: str) -> None:
    before = shipped(name)
    project = parsed(before)
    after = written(project)
    assert parsed(after) == project
    assert code(after) == code(before)
    kept = opened(after)
    assert kept["PROJECTwm"] == opened(before)["PROJECTwm"]
    assert kept["VBA/_VBA_PROJECT"] == bytes.fromhex("CC61FFFF000000")
    # Up to the first module, the records are the same, references among them.
    dirs = [bytes(decompress_stream(bytearray(opened(f)["VBA/dir"]))) for f in (before, after)]
    first = dirs[0].index(bytes.fromhex("0F0002000000"))
    assert dirs[0][: first + 8] == dirs[1][: first + 8]
    # The identity stays first, and the same modules are listed.
    lines = [opened(f)["PROJECT"].decode("cp1252").partition("[Works")[0] for f in (before, after)]
    assert sorted(lines[0].splitlines()) == sorted(lines[1].splitlines())
    assert lines[1].startswith('ID="{')


SOURCES = {
    "nothing": "",
    "one line": 'Attribute VB_Name = "M"\r\n',
    "4095 bytes": "x" * 4095,
    "4096 bytes": "' y\r\n" + "x" * 4091,
    "several chunks": "".join(f"Public Const C{i} As Long = {i * i}\r\n" for i in range(2000)),
    "other ends of lines": "Sub A()\nEnd Sub\n",
    "letters of the code page": "' Größe, naïve café, 5 €\r\n",
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_the_text_of_a_module_is_kept(base: Project, source: str) -> None:
    project = with_modules(base, Module("M", "standard", source, "What it does: é"))
    file = written(project)
    assert parsed(file) == project
    stream = opened(file)["VBA/M"]
    assert decompress_stream(bytearray(stream)).decode("cp1252") == source


def test_many_modules_of_every_kind_are_read_by_oletools(base: Project) -> None:
    kinds = {"standard": ".bas", "class": ".cls", "document": ".cls"}
    modules = [
        Module(f"Größe{i}", kind, f'Attribute VB_Name = "Größe{i}"\r\n\' {i}\r\n')  # type: ignore[arg-type]
        for i, kind in enumerate(list(kinds) * 70)
    ]
    file = written(with_modules(base, *modules))
    assert parsed(file).modules[-210:] == tuple(modules)
    found = code(file)
    for module in modules:
        assert found[module.name + kinds[module.kind]] == module.source


def test_a_project_gets_another_name(base: Project) -> None:
    file = written(replace(base, name="Other"))
    assert parsed(file).name == "Other"
    assert b'\r\nName="Other"\r\n' in opened(file)["PROJECT"]


def test_the_same_project_gives_the_same_file(base: Project) -> None:
    assert written(base) == written(base)


def test_text_outside_the_code_page_is_refused(base: Project) -> None:
    with pytest.raises(UnicodeEncodeError):
        written(with_modules(base, Module("M", "standard", "' 日本\r\n")))


def without(file: bytes, *paths: str, **instead: bytes) -> bytes:
    streams = {path: content for path, content in opened(file).items() if path not in paths}
    return compound.written(streams | {f"VBA/{name}": value for name, value in instead.items()})


def test_what_is_no_project_is_refused(base: Project) -> None:
    file = written(base)
    version_4 = file[:26] + b"\4\0" + file[28:]
    for broken, sentence in (
        (b"", "the file is not a compound file"),
        (b"PK" + file[2:], "the file is not a compound file"),
        (version_4, "the compound file must be of version 3, not 4"),
        (file[:2000], "the compound file is damaged"),
        (without(file, "VBA/dir"), "the file has no VBA/dir, so it is not a VBA project"),
        (without(file, "VBA/Sheet1"), "a module of the VBA project lacks 'VBA/Sheet1'"),
        (without(file, _VBA_PROJECT=b"xx"), "VBA/_VBA_PROJECT does not start as that of a VBA"),
        (without(file, dir=b"xx"), "the compressed text does not start with its signature"),
        (without(file, dir=compressed(b"\1\0\4\0\0\0\3\0\0\0")), "VBA/dir lacks records"),
        (without(file, dir=compressed(b"\1\0\4\0\0\0\3\0")), "VBA/dir ends within its record 0x1"),
        (without(file, Form=b""), "the VBA project has VBA/Form, which would be lost"),
    ):
        with pytest.raises(ValueError, match=sentence) as refused:
            parsed(broken)
        assert "\n" not in str(refused.value)


def test_damage_is_refused_or_harmless() -> None:
    """Bytes changed at random end in a refusal or in a project, and never in another error."""
    file = shipped("quickstart.xlsm")
    chance = random.Random(5)
    refused = 0
    for _ in range(400):
        broken = bytearray(file)
        for _ in range(chance.choice([1, 5, 50])):
            broken[chance.randrange(len(file))] = chance.randrange(256)
        try:
            parsed(bytes(broken))
        except ValueError:
            refused += 1
    assert refused > 50


# The add-in's VBA ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def addin() -> dict[str, bytes]:
    return dict(archive.entries(excel_files.addin()))


BOOK = """\
Attribute VB_Name = "StandIn"
Option Explicit
Public Said As String
Private Links As Variant

Public Sub Start(ByVal Paths As String)
    Links = Split(Paths, "|")
End Sub

Public Function LinkSources(ByVal Kind As Long) As Variant
    If UBound(Links) >= 0 Then LinkSources = Links
End Function

Public Sub ChangeLink(ByVal Old As String, ByVal NewName As String, ByVal Kind As Long)
    If InStr(Old, "protected") > 0 Then Err.Raise 1004
    Said = Said & Old & ">" & NewName & "|"
End Sub
"""
TRIAL = """\
Attribute VB_Name = "Trial"
Option Explicit

Public Function Mended(ByVal Paths As String, ByVal Place As String) As String
    Dim Stand As StandIn
    Set Stand = New StandIn
    Stand.Start Paths
    MendLinks Stand, Place
    Mended = "message: " & Stand.Said
End Function
"""
HERE = "C:\\Add-ins\\offtake.xlam"


@pytest.mark.parametrize(
    ("links", "changed"),
    [
        (
            [
                "D:\\old\\offtake.xlam",
                "D:\\old\\other.xlam",
                "D:\\protected\\offtake.xlam",
                "https://example.org/a b/OffTake.XLAM",
                "c:\\add-ins\\Offtake.xlam",
                "D:\\old\\myofftake.xlam",
                "D:\\offtake.xlam\\book.xlsx",
                "offtake.xlam",
            ],
            ["D:\\old\\offtake.xlam", "https://example.org/a b/OffTake.XLAM", "offtake.xlam"],
        ),
        ([], []),
    ],
)
def test_links_to_the_addin_elsewhere_are_changed_to_it(
    addin: dict[str, bytes], tmp_path: Path, links: list[str], changed: list[str]
) -> None:
    """LibreOffice runs our VBA on a stand-in of a workbook. One link cannot be changed."""
    project = parsed(addin["xl/vbaProject.bin"])
    # Basic compiles all modules of a library, and not everything in xlwings' is known to it.
    kept = [m for m in project.modules if m.name == excel_project.LINKS or m.kind == "document"]
    added = [Module("StandIn", "class", crlf(BOOK)), Module("Trial", "standard", crlf(TRIAL))]
    tried = written(replace(project, modules=(*kept, *added)))
    file = archive.zipped(addin | {"xl/vbaProject.bin": tried})
    answer = listed(file, tmp_path, ["Trial", "Mended", "|".join(links), HERE])
    assert answer["returned"] == ["message: " + "".join(f"{link}>{HERE}|" for link in changed)]


def test_libreoffice_imports_every_module(addin: dict[str, bytes], tmp_path: Path) -> None:
    answer = listed(archive.zipped(addin), tmp_path)
    expected = code(addin["xl/vbaProject.bin"])
    assert {name.partition(".")[0] for name in expected} == answer["modules"].keys()
    for name in ("OfftakeLinks.bas", "OfftakePython.bas", "xlwings_udfs.bas", "xlwings.bas"):
        # It gives its own lines in the place of attributes.
        lines = [x for x in expected[name].splitlines() if x and not x.startswith("Attribute ")]
        got = answer["modules"][name.partition(".")[0]].splitlines()
        assert [line for line in got if line][2:] == lines


def crlf(text: str) -> str:
    return text.replace("\n", "\r\n")
