"""Does the command do what it says, and say in one sentence what it does not do?

Oracles: the files before and after, the model's own results, the catalogue, and workbooks that are
spoilt on purpose. Commands run in this process as the script runs them, by `main`; what the
interpreter itself adds (the module, a clean start) is tried in a process of its own.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import openpyxl
import pytest

from model import valuation
from model.case import load
from model.drivers import DEFAULTS, DRIVERS
from workbook import cli, template
from workbook.functions import CATALOGUE
from workbook.structure import problems

CASE = load("cerebras")


@dataclass(frozen=True)
class Run:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one line that a refusal consists of."""
        assert self.out == ""
        assert self.err.count("\n") == 1, self.err
        assert "Traceback" not in self.err
        return self.err.strip()


class Command:
    """The `offtake` command, run in a folder of its own."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capture = folder, capture
        self.patch = pytest.MonkeyPatch()

    def __call__(self, *arguments: str | Path) -> Run:
        with self.patch.context() as patch:
            patch.chdir(self.folder)
            patch.setenv("COLUMNS", "200")
            patch.setattr(sys, "argv", ["offtake", *map(str, arguments)])
            with pytest.raises(SystemExit) as ended:
                cli.main()
        out, err = self.capture.readouterr()
        code = ended.value.code
        return Run(code if isinstance(code, int) else int(code is not None), out, err)


@pytest.fixture
def offtake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(tmp_path, capsys)


@pytest.fixture(scope="module")
def built() -> bytes:
    return template.build(CASE)


@pytest.fixture
def book(built: bytes, tmp_path: Path) -> Path:
    file = tmp_path / "book.xlsx"
    file.write_bytes(built)
    return file


def with_part(package: bytes, name: str, pattern: str, new: str) -> bytes:
    """Replace what a pattern finds in a part of a package, which must be there once."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(made, "w") as archive:
        for part in old.namelist():
            text = old.read(part)
            if part == name:
                text, count = re.subn(pattern.encode(), new.encode(), text)
                assert count == 1, (part, count)
            archive.writestr(part, text)
    return made.getvalue()


def sheet_part(package: bytes, title: str) -> str:
    names = openpyxl.load_workbook(io.BytesIO(package), read_only=True).sheetnames
    return f"xl/worksheets/sheet{names.index(title) + 1}.xml"


def with_number(package: bytes, title: str, label: str, new: str) -> bytes:
    """Change the number to the right of a label, and nothing else: no value is calculated anew."""
    page = openpyxl.load_workbook(io.BytesIO(package))[title]
    (cell,) = (c for row in page.iter_rows() for c in row if c.value == label)
    there = f'(<c r="{cell.offset(0, 1).coordinate}"[^>]*>(?:<f>[^<]*</f>)?<v>)[^<]*'
    return with_part(package, sheet_part(package, title), there, rf"\g<1>{new}")


# build -------------------------------------------------------------------------------------------


def test_build_writes_the_workbook_of_the_case(offtake: Command, built: bytes) -> None:
    run = offtake("build")
    assert (run.code, run.err) == (0, "")
    assert re.fullmatch(r"Wrote cerebras\.xlsx \(\d+ kB\)\.\n", run.out)
    assert [f.name for f in offtake.folder.iterdir()] == ["cerebras.xlsx"]
    assert (offtake.folder / "cerebras.xlsx").read_bytes() == built
    assert problems(built) == []


def test_build_writes_where_it_is_told_and_as_others_write(offtake: Command) -> None:
    before = os.umask(0o027)
    try:
        assert offtake("build", "cerebras", "-o", "a b.XLSX").code == 0
    finally:
        os.umask(before)
    file = offtake.folder / "a b.XLSX"
    assert openpyxl.load_workbook(file).sheetnames == list(template.ORDER)
    assert file.stat().st_mode & 0o777 == 0o640


def test_build_takes_a_case_from_a_file(offtake: Command) -> None:
    text = (resources.files("model") / "cases" / "cerebras.toml").read_text(encoding="utf-8")
    (offtake.folder / "other.toml").write_text(text.replace("Cerebras Systems", "Other Systems"))
    assert offtake("build", "other.toml").code == 0
    book = openpyxl.load_workbook(offtake.folder / "other.xlsx")
    assert book["About"]["A1"].value == "Other Systems: what its contracts are worth"


def test_build_leaves_a_file_that_exists(offtake: Command, built: bytes) -> None:
    file = offtake.folder / "cerebras.xlsx"
    file.write_bytes(b"mine")
    run = offtake("build")
    assert run.code == 2
    assert run.sentence == "cerebras.xlsx exists; give --force to replace it."
    assert file.read_bytes() == b"mine"
    assert offtake("build", "--force").code == 0
    assert file.read_bytes() == built


def test_a_file_that_appears_meanwhile_is_left(tmp_path: Path) -> None:
    file = tmp_path / "x.xlsx"
    file.write_bytes(b"mine")
    with pytest.raises(cli.typer.Exit):
        cli.write(file, b"ours", replace=False)
    assert file.read_bytes() == b"mine"
    assert [f.name for f in tmp_path.iterdir()] == ["x.xlsx"]


@pytest.mark.parametrize("replace", [False, True])
def test_a_write_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replace: bool
) -> None:
    file = tmp_path / "x.xlsx"
    if replace:
        file.write_bytes(b"mine")

    def full(*given: object, **named: object) -> None:
        raise OSError(28, "No space left on device")

    # The temporary file is there and written, and cannot take its place.
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        cli.write(file, b"ours", replace=replace)
    assert [f.read_bytes() for f in tmp_path.iterdir()] == [b"mine"] * replace


def test_a_write_that_is_cut_short_leaves_nothing(
    offtake: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(handle: int, mode: str) -> None:
        os.write(handle, b"half")
        os.close(handle)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cli.os, "fdopen", half)
    run = offtake("build")
    assert run.code == 2
    assert "No space left" in run.sentence
    assert list(offtake.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-o", "x.xls"], "The output must be a .xlsx file, not 'x.xls'."),
        (["-o", "no/x.xlsx"], "no is not a folder."),
        (
            ["cerebas"],
            "case must be a .toml file or one of cerebras, not 'cerebas' "
            "(did you mean 'cerebras'?).",
        ),
        (["no.toml"], "case must be a file that exists, not 'no.toml'."),
    ],
)
def test_build_refuses_in_one_sentence(
    offtake: Command, arguments: list[str], sentence: str
) -> None:
    run = offtake("build", *arguments)
    assert run.code == 2
    assert run.sentence == sentence
    assert list(offtake.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("[company\n", "broken.toml is not valid TOML: "),
        ("[company]\n", "company.name is missing."),
        ('[company]\nnme = "x"\n', "company.name is missing."),
    ],
)
def test_a_broken_case_is_told_in_one_sentence(offtake: Command, text: str, begins: str) -> None:
    (offtake.folder / "broken.toml").write_text(text)
    for command in ("build", "value"):
        run = offtake(command, "broken.toml")
        assert run.code == 2
        assert run.sentence.startswith(begins)
    assert [f.name for f in offtake.folder.iterdir()] == ["broken.toml"]


# check -------------------------------------------------------------------------------------------


def test_check_passes_the_built_workbook(offtake: Command, book: Path) -> None:
    run = offtake("check", book)
    assert (run.code, run.err) == (0, "")
    assert re.fullmatch(
        r"\d{4,} formula cells evaluated, \d{3,} of them compared with the model: all agree\.\n",
        run.out,
    )


def test_check_finds_a_cached_value_that_was_changed(
    offtake: Command, built: bytes, book: Path
) -> None:
    book.write_bytes(with_number(built, "About", "Value per share", "99"))
    run = offtake("check", book)
    assert run.code == 1
    fault, summary = run.out.splitlines()
    price = repr(valuation.value(CASE).value_per_share)[:12]
    assert re.match(rf"About!B\d+: the file holds 99\.0, its formula gives {price}", fault)
    assert summary.endswith("1 differ or fail.")


def test_check_finds_an_input_that_was_changed_without_calculation(
    offtake: Command, built: bytes, book: Path
) -> None:
    book.write_bytes(with_number(built, "Inputs", "Beta", "1.5"))
    run = offtake("check", book)
    assert run.code == 1
    *faults, summary = run.out.splitlines()
    assert any(line.startswith("DCF!") for line in faults)
    assert all("the file holds" in line for line in faults)  # The model moves along.
    assert summary.endswith(f"{len(faults)} differ or fail.")


def test_check_tells_an_input_that_no_case_may_have(
    offtake: Command, built: bytes, book: Path
) -> None:
    part = sheet_part(built, "Inputs")
    book.write_bytes(with_part(built, part, "<t>option</t>", "<t>optoin</t>"))
    run = offtake("check", book)
    assert run.code == 2
    assert run.sentence.startswith("securities.options must have a type among common, rsu,")


def test_check_finds_a_formula_that_gives_an_error(
    offtake: Command, built: bytes, book: Path
) -> None:
    part = sheet_part(built, "About")
    book.write_bytes(with_part(built, part, "<f>Offer_price</f>", "<f>Offer_price/0</f>"))
    run = offtake("check", book)
    assert run.code == 1
    assert run.out.splitlines()[0].endswith("the file holds 185.0, its formula gives #DIV/0!")


def test_check_tells_a_workbook_that_cannot_be_evaluated(
    offtake: Command, built: bytes, book: Path
) -> None:
    # A longer schedule than the sheet has columns for.
    book.write_bytes(with_number(built, "Inputs", "Final month of the last band", "96"))
    run = offtake("check", book)
    assert run.code == 1
    assert run.err == ""
    assert re.search(r"^RPO!D\d+ gives .* and its range .*: =RPO_SCHEDULE\(", run.out, re.M)


def no_workbooks(built: bytes) -> dict[str, bytes]:
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("word/document.xml", "<document/>")
    with zipfile.ZipFile(io.BytesIO(built)) as archive:
        entry = archive.getinfo("xl/styles.xml")
    middle = entry.header_offset + 30 + len(entry.filename) + entry.compress_size // 2
    return {
        "empty": b"",
        "text": b"hello, this is no workbook\n",
        "cut short": built[: len(built) // 2],
        "one byte changed": built[:middle] + bytes([built[middle] ^ 0xFF]) + built[middle + 1 :],
        "another archive": other.getvalue(),
        "not well-formed": with_part(built, "xl/workbook.xml", "</sheets>", "</sheet>"),
    }


@pytest.mark.parametrize(
    "kind",
    ["empty", "text", "cut short", "one byte changed", "another archive", "not well-formed"],
)
def test_check_refuses_what_is_no_workbook(
    offtake: Command, built: bytes, book: Path, kind: str
) -> None:
    book.write_bytes(no_workbooks(built)[kind])
    run = offtake("check", book)
    assert run.code == 2
    assert run.sentence == f"{book} is not an .xlsx workbook."


def test_check_refuses_a_workbook_of_others(offtake: Command, book: Path) -> None:
    openpyxl.Workbook().save(book)
    run = offtake("check", book)
    assert run.code == 2
    assert run.sentence == (
        "workbook must have the sheets Inputs and Sources and the names of a built workbook."
    )


@pytest.mark.parametrize("name", ["nothing.xlsx", "."])
def test_check_refuses_what_is_no_file(offtake: Command, name: str) -> None:
    run = offtake("check", name)
    assert run.code == 2
    assert run.sentence == f"{name} is not a file."


# value -------------------------------------------------------------------------------------------


def test_value_prints_every_line_of_the_result(offtake: Command) -> None:
    run = offtake("value")
    assert (run.code, run.err) == (0, "")
    result = valuation.value(CASE)
    rows = [re.split(r"\s{2,}", line.strip()) for line in run.out.splitlines()]
    assert ["Value per share", f"{result.value_per_share:,.2f}", "USD"] in rows
    for line in (*result.forecast.lines(), *result.result.lines()):
        assert any(row[0] == line.label for row in rows), line.label
    assert "Cerebras Systems at 2026-05-13" in run.out


def test_value_as_json_is_the_model(offtake: Command) -> None:
    run = offtake("value", "cerebras", "--json")
    told, result = json.loads(run.out), valuation.value(CASE)
    assert told["company"] == "Cerebras Systems"
    assert told["valuation_date"] == "2026-05-13"
    assert told["years"] == list(range(2026, 2036))
    assert told["wacc"] == result.wacc
    assert told["cost_of_equity"] == result.cost_of_equity
    assert told["contracted_revenue"] == result.contracted_revenue.tolist()
    assert told["value"] == {x.name: float(x.values) for x in result.result.lines()}
    assert told["forecast"] == {x.name: x.values.tolist() for x in result.forecast.lines()}
    assert told["market_values"]["basic"]["offer.price"] == pytest.approx(215.228541 * 185)


def test_value_refuses_an_unknown_case(offtake: Command) -> None:
    run = offtake("value", "cerebra")
    assert run.code == 2
    assert run.sentence.endswith("(did you mean 'cerebras'?).")


# functions ---------------------------------------------------------------------------------------


def test_functions_as_json_tell_the_whole_catalogue(offtake: Command) -> None:
    told = json.loads(offtake("functions", "--json").out)
    assert [f["name"] for f in told["functions"]] == list(CATALOGUE)
    for f in told["functions"]:
        declared = CATALOGUE[f["name"]]
        assert f["summary"] == declared.summary
        assert f["returns"] in ("number", "table")
        assert f["documentation"].startswith(declared.summary)
        arguments = {p.name: p for p in declared.parameters}
        assert [a["name"] for a in f["arguments"]] == list(arguments)
        for a in f["arguments"]:
            p = arguments[a["name"]]
            assert a["help"]
            assert a["unit"]
            assert (a["required"], a["default"]) == (p.required, p.default)
            assert a["choices"] == list(p.choices)
    by_name = {f["name"]: f for f in told["functions"]}
    method = by_name["DILUTED_SHARES"]["arguments"][-1]
    assert (method["name"], method["default"]) == ("method", "treasury")
    assert method["choices"] == ["treasury", "gross", "basic"]


def test_functions_as_json_tell_every_driver(offtake: Command) -> None:
    drivers = {d["name"]: d for d in json.loads(offtake("functions", "--json").out)["drivers"]}
    assert list(drivers) == list(DRIVERS)
    for name, told in drivers.items():
        assert told["unit"]
        assert told["meaning"].endswith(".")
        # Either it must be given, or it is said what stands for it.
        default = told["default"] is not None or told["otherwise"] is not None
        assert told["required"] != default, name
    assert drivers["timing"]["default"] == DEFAULTS["timing"] == "mid"
    assert drivers["terminal"]["choices"] == ["growth", "roic", "multiple"]
    assert drivers["base_revenue"]["required"] is True


def test_functions_lists_names_arguments_and_drivers(offtake: Command) -> None:
    run = offtake("functions")
    assert run.code == 0
    for name in (*CATALOGUE, *DRIVERS):
        assert name in run.out, name
    assert "[method]" in run.out  # An argument that may be left out.


# The command itself ------------------------------------------------------------------------------


def test_the_module_is_the_command() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "workbook", "--help"], capture_output=True, text=True, check=True
    )
    for word in ("build", "check", "value", "functions"):
        assert re.search(rf"^\s+{word}\s", run.stdout, re.M), word
    assert run.stderr == ""


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from workbook import cli\n"
        "print(*sorted({'numpy', 'openpyxl', 'pandas', 'formualizer', 'pydantic', 'xlwings'}"
        " & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == ""


@pytest.mark.parametrize(
    "arguments", [["biuld"], ["build", "--froce"], ["check"], ["value", "a", "b"]]
)
def test_a_wrong_call_is_no_traceback(offtake: Command, arguments: list[str]) -> None:
    run = offtake(*arguments)
    assert run.code == 2
    assert run.out == ""
    assert "Usage:" in run.err
    assert "Traceback" not in run.err
