"""Do the commands work as documented, and refuse anything else in one sentence?

Oracles: the files before and after, the model's own results, and the catalogue. Commands run in
this process as the script runs them, by `main`; what the interpreter itself adds (the module, a
clean start) is tried in a process of its own. `check` has a file of its own.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from datetime import date
from importlib import metadata, resources
from pathlib import Path

import pytest
from command import Command
from gate import problems

from model import valuation
from model.case.case import load, of_text
from model.case.case import names as case_names
from model.case.starter import starter
from model.dcf.drivers import DRIVERS
from workbook import template
from workbook.catalogue import FAMILIES, MOST_USED
from workbook.functions import CATALOGUE
from workbook.package import archive
from workbook.package.package import Package

CASE = load("cerebras")
#: A case of a person's own: small enough to be built by one test after another.
OWN = starter("acme", date(2026, 5, 13))


@pytest.fixture
def book(finished: bytes, tmp_path: Path) -> Path:
    file = tmp_path / "book.xlsx"
    file.write_bytes(finished)
    return file


@pytest.fixture
def own(offtake: Command) -> Command:
    """Return the command in a folder with a case of a person's own."""
    (offtake.folder / "acme.toml").write_text(OWN, encoding="utf-8")
    return offtake


@pytest.fixture(scope="module")
def small() -> bytes:
    return template.build(of_text(OWN))


# build -------------------------------------------------------------------------------------------


def test_build_writes_the_workbook_of_the_case(offtake: Command, finished: bytes) -> None:
    run = offtake("build")
    assert (run.code, run.err) == (0, "")
    wrote, *warnings = run.out.splitlines()
    assert re.fullmatch(r"Wrote cerebras\.xlsx \(\d+ kB\)\.", wrote)
    assert warnings == [f"Warning: {sentence}" for sentence in valuation.value(CASE).warnings]
    assert [f.name for f in offtake.folder.iterdir()] == ["cerebras.xlsx"]
    assert (offtake.folder / "cerebras.xlsx").read_bytes() == finished
    assert [*Package.opened(finished).sheets] == list(template.ORDER)
    assert problems(finished, "cerebras.xlsx") == []


def test_build_writes_to_the_path_given_and_as_others_write(own: Command, small: bytes) -> None:
    before = os.umask(0o027)
    try:
        assert own("build", "acme.toml", "-o", "a b.XLSX").code == 0
    finally:
        os.umask(before)
    file = own.folder / "a b.XLSX"
    assert file.read_bytes() == small
    assert file.stat().st_mode & 0o777 == 0o640


def test_build_takes_a_case_from_a_file(offtake: Command) -> None:
    text = (resources.files("model") / "cases" / "cerebras.toml").read_text(encoding="utf-8")
    (offtake.folder / "other.toml").write_text(text.replace("Cerebras Systems", "Other Systems"))
    assert offtake("build", "other.toml").code == 0
    front = Package.opened((offtake.folder / "other.xlsx").read_bytes()).sheets["Dashboard"]
    assert front.value((1, 1)) == "Other Systems: what its contracts are worth"


def test_build_refuses_a_case_whose_text_is_a_formula(offtake: Command) -> None:
    """Here in a table, whose row is named."""
    text = (resources.files("model") / "cases" / "cerebras.toml").read_text(encoding="utf-8")
    (offtake.folder / "other.toml").write_text(
        text.replace('customer = "MBZUAI"', 'customer = "=(("')
    )
    line = text[: text.index('customer = "MBZUAI"')].count("\n") + 1
    run = offtake("build", "other.toml")
    assert (run.code, run.out) == (2, "")
    assert run.sentence.startswith(
        f"other.toml:{line} tables.named_customers.mbzuai_2025.customer must be printable"
    )
    assert [f.name for f in offtake.folder.iterdir()] == ["other.toml"]


def test_build_leaves_a_file_that_exists(own: Command, small: bytes) -> None:
    file = own.folder / "acme.xlsx"
    file.write_bytes(b"mine")
    run = own("build", "acme.toml")
    assert run.code == 2
    assert run.sentence == "acme.xlsx already exists; use --force to replace it."
    assert file.read_bytes() == b"mine"
    run = own("build", "acme.toml", "--force")
    assert run.code == 0
    assert file.read_bytes() == small
    assert "; acme.xlsx.bak is the file as it was." in run.out
    assert (own.folder / "acme.xlsx.bak").read_bytes() == b"mine"
    # The same file again: there is nothing to keep.
    assert ".bak" not in own("build", "acme.toml", "--force").out
    assert not (own.folder / "acme.xlsx.bak2").exists()
    file.write_bytes(b"mine again")
    assert "; acme.xlsx.bak2 is the file as it was." in own("build", "acme.toml", "--force").out
    assert (own.folder / "acme.xlsx.bak").read_bytes() == b"mine"
    assert (own.folder / "acme.xlsx.bak2").read_bytes() == b"mine again"
    assert file.read_bytes() == small


def test_a_workbook_is_no_case_even_where_it_exists(offtake: Command, book: Path) -> None:
    before = book.read_bytes()
    for force in ([], ["--force"]):
        assert offtake("build", "book.xlsx", *force).sentence == (
            f"case must be a .toml file or one of {', '.join(case_names())}, not 'book.xlsx'."
        )
    assert book.read_bytes() == before


def test_a_folder_is_not_replaced(offtake: Command) -> None:
    (offtake.folder / "cerebras.xlsx").mkdir()
    for force in ([], ["--force"]):
        assert offtake("build", *force).sentence == (
            "cerebras.xlsx cannot be written: it is a folder."
        )


def test_a_folder_that_cannot_be_written_is_reported_without_our_own_file(
    own: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def denied(file: Path, flags: int, *given: int) -> int:
        if flags & os.O_CREAT:
            raise PermissionError(13, "Permission denied", str(file))
        return opened(file, flags, *given)

    monkeypatch.setattr(os, "open", denied)
    run = own("build", "acme.toml")
    assert run.code == 2
    assert run.sentence == "acme.xlsx cannot be written: Permission denied."


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("excel", "acme.xlsm"),
        ("addin", "offtake.xlam"),
        ("lite", "acme.xlsx"),
        ("LibreOffice", "offtake.oxt"),
    ],
)
def test_build_writes_one_file_for_each_host(own: Command, host: str, name: str) -> None:
    case = ["acme.toml"] if name.startswith("acme") else []
    run = own("build", *case, "--host", host)
    assert (run.code, run.err) == (0, "")
    assert run.out.startswith(f"Wrote {name} (")
    assert sorted(f.name for f in own.folder.iterdir()) == ["acme.toml", name]
    assert own("build", *case, "--host", host).sentence == (
        f"{name} already exists; use --force to replace it."
    )


def test_build_names_the_python_that_it_is_given(own: Command) -> None:
    python = "C:\\my python\\python.exe"
    for case, host, name in (
        (["acme.toml"], "excel", "acme.xlsm"), ([], "addin", "offtake.xlam"),
    ):  # fmt: skip
        assert own("build", *case, "--host", host, "--python", python).code == 0
        parts = archive.read((own.folder / name).read_bytes())
        settings = archive.parsed(parts[archive.sheet_parts(parts)["xlwings.conf"]])
        assert f"Interpreter_Win{python}" in "".join(settings.itertext())


def test_check_takes_the_workbook_of_every_host(own: Command) -> None:
    for host, name in (("excel", "acme.xlsm"), ("lite", "acme.xlsx")):
        own("build", "acme.toml", "--host", host)
        assert own("check", name).code == 0


def test_check_refuses_an_add_in(offtake: Command) -> None:
    offtake("build", "--host", "addin")
    assert (
        offtake("check", "offtake.xlam").sentence
        == "offtake.xlam is an add-in, not an .xlsx, .xlsm or .ods workbook."
    )


def test_a_file_that_cannot_be_read_is_named(
    offtake: Command, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def denied(path: Path, flags: int, *given: int) -> int:
        if Path(path).name == book.name:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, flags, *given)

    monkeypatch.setattr(os, "open", denied)
    assert offtake("check", book.name).sentence == "book.xlsx: Permission denied."


@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_what_cannot_be_installed_is_said_in_one_sentence(offtake: Command, command: str) -> None:
    assert offtake(command, "exel").sentence == (
        "program must be one of 'excel', 'libreoffice', not 'exel' (did you mean 'excel'?)."
    )
    if sys.platform != "win32":
        assert "on Windows only" in offtake(command, "excel").sentence


@pytest.mark.parametrize("before", [[], [b"mine"]])
def test_a_write_that_fails_leaves_nothing(
    own: Command, monkeypatch: pytest.MonkeyPatch, before: list[bytes]
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    for content in before:
        (own.folder / "acme.xlsx").write_bytes(content)
    monkeypatch.setattr(os, "fsync", full)
    run = own("build", "acme.toml", "--force")
    assert run.code == 2
    name = "acme.xlsx.bak" if before else "acme.xlsx"
    assert run.sentence == f"{name} cannot be written: No space left on device."
    assert [f.read_bytes() for f in own.folder.glob("*.xlsx*")] == before
    assert len(list(own.folder.iterdir())) == 1 + len(before)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-o", "x.xls"], "The output must be a .xlsx file, not 'x.xls'."),
        (["-o", "no/x.xlsx"], "no/x.xlsx cannot be written: no is not a folder."),
        (["-o", ""], "The output must be a .xlsx file, not '.'."),
        (["--host", "addin", "-o", "x.xlsx"], "The output must be a .xlam file, not 'x.xlsx'."),
        (
            ["--host", "exel"],
            "--host must be one of 'excel', 'addin', 'lite', 'libreoffice', not 'exel' "
            "(did you mean 'excel'?).",
        ),
        (["--host", "excel", "--bundle"], "--bundle is for --host lite."),
        (
            ["--host", "lite", "--python", "C:\\Python\\python.exe"],
            "--python is for --host excel and --host addin.",
        ),
        *(
            (
                ["--host", host, "--python", "C:\\Python\\"],
                "--python must be the full path of a python.exe on Windows, such as "
                "C:\\Python312\\python.exe, not 'C:\\Python\\'.",
            )
            for host in ("excel", "addin")
        ),
        (
            ["nothing", "--host", "libreoffice"],
            "--host libreoffice is the same for every company and takes no case; remove 'nothing'.",
        ),
        (
            ["cerebas"],
            f"case must be a .toml file or one of {', '.join(case_names())}, not 'cerebas' "
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
        ("[company\n", "broken.toml:1 is not valid TOML: "),
        ("[company]\n", "broken.toml:1 company.name is missing."),
        (
            '[company]\nnme = "x"\n',
            "broken.toml:2 company.nme is an unknown key (did you mean 'name'?).",
        ),
    ],
)
def test_a_broken_case_is_refused_in_sentences(offtake: Command, text: str, begins: str) -> None:
    (offtake.folder / "broken.toml").write_text(text)
    for command in ("build", "value"):
        run = offtake(command, "broken.toml")
        assert run.code == 2
        assert run.out == ""
        sentences = run.err.splitlines()
        assert any(sentence.startswith(begins) for sentence in sentences), run.err
        assert all(sentence[-1] in ".)" for sentence in sentences)
    assert [f.name for f in offtake.folder.iterdir()] == ["broken.toml"]


def shipped(offtake: Command, old: str, new: str) -> None:
    """Write the shipped case with one text in it changed."""
    text = (resources.files("model") / "cases" / "cerebras.toml").read_text(encoding="utf-8")
    assert text.count(old) == 1
    (offtake.folder / "mine.toml").write_text(text.replace(old, new), encoding="utf-8")


def test_build_refuses_what_the_model_refuses(offtake: Command) -> None:
    shipped(offtake, 'value = "roic"', 'value = "rioc"')
    runs = [offtake(command, "mine.toml") for command in ("value", "build")]
    assert [run.code for run in runs] == [2, 2]
    assert runs[0].sentence == runs[1].sentence
    assert runs[0].sentence.endswith("not 'rioc' (did you mean 'roic'?).")
    assert [f.name for f in offtake.folder.iterdir()] == ["mine.toml"]


def test_build_tells_of_checks_that_fail(offtake: Command) -> None:
    """More shares are released than there are: `check` counts the rows that fail its own way."""
    shipped(offtake, "date = 2026-09-02, shares = 44.1", "date = 2026-09-02, shares = 4410.0")
    built = offtake("build", "mine.toml")
    assert built.code == 0
    failing = offtake("check", "mine.xlsx").out.count("the check of its row fails")
    assert failing > 0
    assert built.out.splitlines()[0].endswith(
        f"; {failing} of its checks fail; `offtake check mine.xlsx` lists them."
    )


# new ---------------------------------------------------------------------------------------------


def test_a_new_case_builds_and_agrees(offtake: Command) -> None:
    made = offtake("new", "acme")
    assert (made.code, made.err) == (0, "")
    assert made.out == "Wrote acme.toml; `offtake build acme.toml` builds its workbook.\n"
    built = offtake("build", "acme.toml")
    assert built.code == 0
    assert re.search(r"^Warning: \d+ figures are placeholders", built.out, re.M)
    assert offtake("check", "acme.xlsx").out.endswith("all agree.\n")
    assert "acme at 20" in offtake("value", "acme.toml").out
    assert problems((offtake.folder / "acme.xlsx").read_bytes(), "acme.xlsx") == []


def test_a_new_case_replaces_nothing(offtake: Command) -> None:
    (offtake.folder / "acme.toml").write_text("mine")
    run = offtake("new", "acme")
    assert run.code == 2
    assert run.sentence == "acme.toml already exists; use another NAME."
    assert (offtake.folder / "acme.toml").read_text() == "mine"


def test_a_new_case_has_not_the_name_of_a_shipped_one(offtake: Command) -> None:
    run = offtake("new", "cerebras")
    assert run.code == 2
    assert re.fullmatch(
        r"NAME must not be that of a shipped case, .*cerebras.*; use another NAME\.", run.sentence
    )
    assert list(offtake.folder.iterdir()) == []


def test_a_file_of_a_shipped_cases_name_is_not_mistaken_for_it(offtake: Command) -> None:
    assert offtake("new", "acme").code == 0
    (offtake.folder / "acme.toml").rename(offtake.folder / "cerebras.toml")
    for command in ("value", "build"):
        run = offtake(command, "cerebras")
        assert run.code == 2
        assert run.sentence == (
            "case must be cerebras.toml for the file in this folder, because 'cerebras' is "
            "also the name of a shipped case."
        )
    assert "acme at 20" in offtake("value", "cerebras.toml").out


@pytest.mark.parametrize("name", ["a/b", "../a", 'a"', "", "a b", "x" * 51, "a.toml"])
def test_the_name_of_a_new_case_is_a_word(offtake: Command, name: str) -> None:
    run = offtake("new", name)
    assert run.code == 2
    assert run.sentence.startswith("NAME must be at most 50 letters, digits, - and _")
    assert list(offtake.folder.iterdir()) == []


def test_all_errors_of_a_case_are_printed_a_line_each(offtake: Command) -> None:
    assert offtake("new", "acme").code == 0
    file = offtake.folder / "acme.toml"
    text = file.read_text()
    for old, new in (
        ("share = 20", "share = -1"), ("\nbeta", "\nbata"), ("\nborrowings", "\nborowings"),
    ):  # fmt: skip
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)
    for command in ("build", "value"):
        run = offtake(command, "acme.toml")
        assert (run.code, run.out) == (2, "")
        assert [re.sub(r":\d+ ", ": ", line) for line in run.err.splitlines()] == [
            "acme.toml: price.share must be above 0 and at most 10000000, not -1.",
            "acme.toml: balance_sheet.borowings is an unknown key (did you mean 'borrowings'?).",
            "acme.toml: cost_of_capital.bata is an unknown key (did you mean 'beta'?).",
        ]
    assert [f.name for f in offtake.folder.iterdir()] == ["acme.toml"]


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"\xff", b"#" * 50_000_000, b"a = " + b"[" * 5000, b"a = " + b"9" * 5000),
        *(b"[a]\n[a]\n", b'a = "\x00"'),
    ],
    ids=["empty", "no text", "50 MB", "nested", "a long number", "a table twice", "a control"],
)
def test_a_file_that_is_no_case_is_refused_without_output(offtake: Command, data: bytes) -> None:
    (offtake.folder / "bad.toml").write_bytes(data)
    run = offtake("build", "bad.toml")
    assert (run.code, run.out) == (2, "")
    assert run.err.endswith(".\n") or run.err.endswith(").\n")
    assert "Traceback" not in run.err
    assert [f.name for f in offtake.folder.iterdir()] == ["bad.toml"]


def test_a_folder_is_no_case(offtake: Command) -> None:
    (offtake.folder / "folder").mkdir()
    run = offtake("build", "folder")
    assert run.code == 2
    assert run.sentence == "case must be a .toml file, not the folder 'folder'."


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
    answer, result = json.loads(run.out), valuation.value(CASE)
    assert answer["company"] == "Cerebras Systems"
    assert answer["valuation_date"] == "2026-05-13"
    assert answer["years"] == list(range(2026, 2036))
    assert answer["wacc"] == result.wacc
    assert answer["cost_of_equity"] == result.cost_of_equity
    assert answer["contracted_revenue"] == result.contracted_revenue.tolist()
    assert answer["value"] == {
        x.label if x.field.each else x.field.name: float(x.values) for x in result.result.lines()
    }
    assert answer["value"]["Contract OpenAI 2026"] == float(result.result.by_line[0])
    assert answer["forecast"] == {x.field.name: x.values.tolist() for x in result.forecast.lines()}
    assert answer["market_values"]["basic"]["offer.price"] == pytest.approx(215.228541 * 185)


def test_value_refuses_an_unknown_case(offtake: Command) -> None:
    run = offtake("value", "cerebra")
    assert run.code == 2
    assert run.sentence.endswith("(did you mean 'cerebras'?).")


# functions ---------------------------------------------------------------------------------------


def test_functions_as_json_tell_the_whole_catalogue(offtake: Command) -> None:
    answer = json.loads(offtake("functions", "--json").out)
    assert [f["name"] for f in answer["functions"]] == list(CATALOGUE)
    for f in answer["functions"]:
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
    by_name = {f["name"]: f for f in answer["functions"]}
    method = by_name["DILUTED_SHARES"]["arguments"][-1]
    assert (method["name"], method["default"]) == ("method", "treasury")
    assert method["choices"] == ["treasury", "gross", "basic"]


def test_functions_as_json_tell_every_driver(offtake: Command) -> None:
    drivers = {d["name"]: d for d in json.loads(offtake("functions", "--json").out)["drivers"]}
    assert list(drivers) == list(DRIVERS)
    for name, answer in drivers.items():
        assert answer["unit"]
        assert answer["meaning"].endswith(".")
        # Either it must be given, or it is said what stands for it.
        default = answer["default"] is not None or answer["otherwise"] is not None
        assert answer["required"] != default, name
    assert drivers["timing"]["default"] == DRIVERS["timing"].default == "mid"
    assert drivers["terminal"]["choices"] == ["growth", "roic", "multiple"]
    assert drivers["base_revenue"]["required"] is True


def test_functions_lists_names_arguments_and_drivers(offtake: Command) -> None:
    run = offtake("functions")
    assert run.code == 0
    for name in (*CATALOGUE, *DRIVERS):
        assert name in run.out, name
    assert "[method]" in run.out  # An argument that may be left out.


def test_inputs_lists_every_key_that_a_case_may_state(offtake: Command) -> None:
    """The shipped case states keys of every section, and what it states is listed."""
    sections, (overview, *_) = load("cerebras"), (offtake("inputs").out,)
    listed = set(re.findall(r"[\w.]+", overview))
    assert {f"tables.{key}" for key in sections.tables} <= listed
    for name in ("balance_sheet", "cost_of_capital", "drivers", "scalars"):
        assert {name, *getattr(sections, name)} <= listed
        keys = set(re.findall(r"^ (\w+)", offtake("inputs", name).out, re.M))
        assert keys >= {*getattr(sections, name)}
    # A segment may have a cost of capital of its own; the company's follows.
    assert not {"stub", "years"} & listed
    assert "wacc" not in re.findall(r"^ (\w+)", offtake("inputs", "drivers").out, re.M)
    peers = offtake("inputs", "tables.peers").out
    assert peers == offtake("inputs", "peers").out
    assert re.search(
        r"^ revenue .*Revenue of the last twelve months\. Must be above 0\. Required\.", peers, re.M
    )
    refused = offtake("inputs", "perrs")
    assert refused.code == 2 and "did you mean 'peers'?" in refused.sentence


@pytest.mark.parametrize("name", ["prices", "published", "sources"])
@pytest.mark.parametrize("company", case_names())
def test_inputs_lists_every_key_of_what_a_case_names(
    offtake: Command, name: str, company: str
) -> None:
    """What the shipped files state is listed, and what all of them state alone is required."""
    of_figure = {"as_of", "source", "quality", "known", "note"}
    text = (resources.files("model") / f"cases/{company}.toml").read_text(encoding="utf-8")
    entries = [e for e in tomllib.loads(text).get(name, {}).values() if isinstance(e, dict)]
    shown = offtake("inputs", name).out
    assert {key for entry in entries for key in entry} - of_figure <= {
        *re.findall(r"^ (\w+)", shown, re.M)
    }
    required = re.findall(r"^ (\w+) .*(?:\n {2,}.*)*?Required\.", shown, re.M)
    assert all({*required} <= {*entry} for entry in entries)


def test_functions_come_family_by_family_the_most_used_first(offtake: Command) -> None:
    out = offtake("functions").out
    places = [out.index(f" {name}(") for name in CATALOGUE]
    assert places == sorted(places)
    headings = [re.search(rf"^{family} *$", out, re.M) for family in FAMILIES]
    starts = [heading.start() for heading in headings if heading]
    assert len(starts) == len(FAMILIES)
    assert starts == sorted(starts)
    for family in FAMILIES:
        most_used = [f.name in MOST_USED for f in CATALOGUE.values() if f.family == family]
        assert most_used == sorted(most_used, reverse=True)


def test_one_function_is_explained_whole(offtake: Command) -> None:
    for name, f in CATALOGUE.items():
        out = " ".join(offtake("functions", name.lower()).out.split())
        assert f.summary in out
        for p in f.parameters:
            assert p.name in out
            assert p.unit in out
        for title in ("Returns", "Errors", "References", "Examples"):
            assert f" {title} " in f" {out} ", (name, title)


def test_one_driver_is_explained(offtake: Command) -> None:
    for name, driver in DRIVERS.items():
        out = " ".join(offtake("functions", name.upper()).out.split())
        assert driver.meaning in out
        assert driver.unit in out


def test_an_unknown_function_names_the_nearest(offtake: Command) -> None:
    run = offtake("functions", "dcf_wac")
    assert run.code == 2
    assert run.sentence.startswith(
        "There is no function or driver 'dcf_wac'; the nearest are DCF_WACC,"
    )
    assert offtake("functions", "NOSUCH").sentence.count(",") == 2
    assert offtake("functions", "wacc", "--json").code == 2


# The command itself ------------------------------------------------------------------------------


def test_the_module_is_the_command() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "workbook", "--help"], capture_output=True, text=True, check=True
    )
    for word in ("build", "check", "value", "functions"):
        assert re.search(rf"^\s+{word}\s", run.stdout, re.M), word
    assert run.stderr == ""


def test_the_version_is_the_packages(offtake: Command) -> None:
    assert offtake("--version").out == f"offtake {metadata.version('offtake')}\n"


def test_a_console_without_the_characters_gets_a_question_mark(tmp_path: Path) -> None:
    """The starter case of a company whose name no ASCII console can show."""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(Path.cwd())}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "workbook", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    assert run("new", "mine").returncode == 0
    case = tmp_path / "mine.toml"
    text = case.read_text(encoding="utf-8").replace('name = "mine"', 'name = "Société 電力"')
    case.write_text(text, encoding="utf-8")
    shown = run("value", "mine.toml")
    assert shown.returncode == 0, shown.stderr
    assert "Soci?t? ??" in shown.stdout
    case.write_text(text.replace("[price]", "[preis–]"), encoding="utf-8")
    refused = run("value", "mine.toml")
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr


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
    "arguments", [["biuld"], ["build", "--froce"], ["check"], ["install"], ["value", "a", "b"]]
)
def test_a_wrong_call_is_no_traceback(offtake: Command, arguments: list[str]) -> None:
    run = offtake(*arguments)
    assert run.code == 2
    assert run.out == ""
    assert "usage:" in run.err
    assert "Traceback" not in run.err


def test_inputs_list_the_keys_of_every_section(offtake: Command) -> None:
    shown = offtake("inputs").out
    assert "valuation_date, first_year_end" in shown
    assert "interim_cash_flow" in shown and "net_retention" in shown
    assert " stub" not in offtake("inputs", "drivers").out
    assert " wacc " in offtake("inputs", "segments").out
