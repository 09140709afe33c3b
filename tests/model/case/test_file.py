"""Can a case file be brief, and are all of its errors reported at once?

Oracles: texts of which each line's number and each mistake is known, because it was put there; the
shipped case; and what TOML and Python refuse.
"""

from __future__ import annotations

import errno
import os
import socket
import tomllib
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from cases import shipped, simple, stated, whole
from hypothesis import given
from hypothesis import strategies as st

from model import files
from model.case import derived
from model.case.case import Case, load, parse
from model.case.file import LARGEST, lines
from model.case.starter import starter
from model.errors import CaseError, InputError
from model.valuation import value

TEXT = (resources.files("model") / "cases" / "cerebras.toml").read_text(encoding="utf-8")
DAY = date(2026, 5, 13)


def refusal(file: Path | str) -> list[str]:
    """Return the sentences of a refusal, each with the file's name in place of its path."""
    with pytest.raises(InputError) as refused:
        load(file)
    return str(refused.value).replace(f"{Path(file).parent}/", "").splitlines()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mine.toml"


# Attributes taken over --------------------------------------------------------------------------


def cash_of(section: str, figure: str, source: str = "") -> Any:
    """Return a figure of a section, given the text of both."""
    text = starter("x", DAY).replace(
        'source = "placeholder"\ncash = 300\nborrowings = 200\n', f"{section}\ncash = {figure}\n"
    )
    text = text.replace("\nbase_revenue = ", "\ndebt = 200\nbase_revenue = ")
    return parse(tomllib.loads(text.replace("[sources]", f"[sources]\n{source}"))).balance_sheet[
        "cash"
    ]


ANNUAL = (
    'annual = { title = "10-K", filed = 2026-02-20, as_of = 2025-12-31, quality = "filing", '
    'page = "71", tag = "us-gaap:Cash", context = "c-1", form = "10-K" }'
)


def test_a_bare_number_is_a_figure_of_its_section() -> None:
    found = cash_of('source = "placeholder"\nas_of = 2026-03-31', "5")
    assert (found.value, found.unit, found.label) == (5.0, "USD m", "Cash and equivalents")
    assert (found.as_of, found.source, found.quality) == (
        date(2026, 3, 31), "placeholder", "assumption",
    )  # fmt: skip
    assert found.known is None


def test_what_a_figure_says_itself_holds_before_its_section_and_its_source() -> None:
    found = cash_of(
        'source = "placeholder"\nas_of = 2026-03-31',
        '{ value = 5, source = "annual", quality = "press", note = "n" }',
        ANNUAL,
    )
    # Its own source gives the date, and takes precedence over its section.
    assert (found.as_of, found.source, found.quality, found.note) == (
        date(2025, 12, 31), "annual", "press", "n",
    )  # fmt: skip
    assert found.known == date(2026, 2, 20)


def test_a_figure_is_known_from_the_filing_of_its_source_unless_it_says_otherwise() -> None:
    stating = '{ value = 5, known = 2026-02-01, source = "annual" }'
    assert cash_of('source = "annual"', "5", ANNUAL).known == date(2026, 2, 20)
    assert cash_of("", stating, ANNUAL).known == date(2026, 2, 1)


def test_an_origin_that_nobody_states_is_missed() -> None:
    with pytest.raises(CaseError) as refused:
        cash_of("", "5")
    assert [error.argument for error in refused.value.errors] == [
        f"balance_sheet.cash.{key}" for key in ("as_of", "source", "quality")
    ]


def test_a_case_that_states_everything_is_the_same_case() -> None:
    assert parse(whole()) == load("cerebras")


def test_every_figure_of_the_file_is_one_line() -> None:
    """With its heads and its comments: the first version had 2,049 lines for 350 figures."""
    case = load("cerebras")
    stated = len(case.figures) + len(case.sources)
    stated += sum(len(table.rows) for table in case.tables.values())
    assert len(TEXT.splitlines()) < 1.7 * stated
    assert len(case.figures) > 130


# All errors, with their lines --------------------------------------------------------------------


def test_all_errors_are_reported_at_once_with_their_lines(file: Path) -> None:
    changes = {
        "price = { value = 185": "price = { value = -1",
        "\nbeta = ": "\nbata = ",
        'nvidia = { company = "NVIDIA"': "nvidia = { company = 7",
        "[tables.offers]": "[tables.ofers]",
        "\ntokens_per_second = ": "\ntoken_per_second = ",
    }
    text = TEXT
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    expected = [
        "offer.price must be above 0 and at most 10000000, not -1.",
        "cost_of_capital.bata is an unknown key (did you mean 'beta'?).",
        "tables.peers.nvidia.company must be text, not 7.",
        "tables.ofers is an unknown key (did you mean 'offers'?).",
        "scalars.token_per_second is an unknown key (did you mean 'tokens_per_second'?).",
    ]
    expected = {
        f"mine.toml:{text[: text.index(new.strip())].count(chr(10)) + 1} {sentence}"
        for new, sentence in zip(changes.values(), expected, strict=True)
    }
    found = refusal(file)
    assert set(found) == expected
    assert found == sorted(found, key=lambda line: int(line.split(":")[1].split()[0]))


def test_an_error_of_several_figures_has_a_line_too(file: Path) -> None:
    file.write_text(TEXT.replace("offered = { value = 28", "offered = { value = 29"))
    (sentence,) = refusal(file)
    start = "first_range = { tot"
    line = next(i for i, text in enumerate(TEXT.splitlines(), 1) if text.startswith(start))
    assert sentence.startswith(f"mine.toml:{line} totals.first_range must add up: ")


def test_a_section_without_a_header_begins_with_what_is_in_it(tmp_path: Path) -> None:
    file = tmp_path / "acme.toml"
    text = (
        starter("acme", date(2026, 5, 13))
        + """[tables.facts]
a = { fact = "Debt", kind = "stated", value = 200, unit = "USD m" }
"""
    )
    file.write_text(text, encoding="utf-8")
    line = text.splitlines().index("[tables.facts]") + 1
    with pytest.raises(InputError, match=rf"^\S*acme\.toml:{line} tables\.company is missing"):
        load(file)


def test_lines_are_those_of_the_text() -> None:
    text = (
        '# [not.a.table]\n[a]\nb = 1\n\n[a.c."d e"]\nf.g = [\n  1,\n]\n'
        'h = """\nb = 2\n[z]\n"""\ni = \'x\' # j = 1\n[[k]]\n'
    )
    assert lines(text) == {
        ("a",): 2,
        ("a", "b"): 3,
        ("a", "c", "d e"): 5,
        ("a", "c", "d e", "f"): 6,
        ("a", "c", "d e", "f", "g"): 6,
        ("a", "c", "d e", "h"): 9,
        ("a", "c", "d e", "i"): 13,
        ("k",): 14,
    }


@given(st.sampled_from(sorted(lines(TEXT).items())))
def test_a_key_stands_on_its_line(place: tuple[tuple[str, ...], int]) -> None:
    steps, line = place
    assert steps[-1] in TEXT.splitlines()[line - 1]


# Invalid files -----------------------------------------------------------------------------------

NONE = {
    "more than any case has": (b"#" * (LARGEST + 1), 1, "must have at most 1 MB."),
    "no text": (b"\xff\xfe\x00", 1, "must be text in UTF-8, but byte 1 of the file is not."),
    "a letter of Latin-1": (b'a = 1\nb = "\xe9"', 2, "must be text in UTF-8, but byte 12 of the"),
    "UTF-16 without its mark": ("a = 1".encode("utf-16-le"), 1, "must be text in UTF-8, without"),
    "lists in lists": (b"b = 1\na = " + b"[" * 5000 + b"]" * 5000, 2, "must not be nested so dee"),
    "tables in tables": (
        b"[" + b".".join([b"a"] * 5000) + b"]\nb = 1\n", 1, "must not be nested so deeply."
    ),
    "tables in a figure": (b"a = 1\nb = " + b"{a = " * 900 + b"1" + b"}" * 900, 2, "nested so"),
    "a key of many steps": (b"\n\n" + b"a." * 5000 + b"b = 1", 3, "must not be nested so deeply."),
    "a number of 5,000 digits": (b"\na = " + b"9" * 5000, 2, "must not hold a number of thousands"),
    "a table twice": (b"[a]\nb = 1\n[a]\nb = 2\n", 3, "is not valid TOML: Cannot declare ('a',) t"),
    "a control character": (b'a = "\x07"\n', 1, "is not valid TOML: Illegal character"),
    "half of a pair": (b'a = 1\nb = "\\ud800"\n', 2, "is not valid TOML: Escaped character is not"),
    "what does not end": (b'a = 1\nb = """\n', 2, "is not valid TOML: "),
    "nothing": (b"", 1, "is empty: `offtake new` writes a case to start from."),
    "remarks alone": (b"# a = 1\n", 1, "is empty: `offtake new` writes a case to start"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "line", "says"), NONE.values(), ids=NONE)
def test_a_file_that_is_none_is_refused_in_a_sentence(
    file: Path, data: bytes, line: int, says: str
) -> None:
    file.write_bytes(data)
    (sentence,) = refusal(file)
    assert sentence.startswith(f"mine.toml:{line} ")
    assert says in sentence
    assert sentence.endswith(".")


def test_what_editors_do_to_a_file_changes_no_case(file: Path) -> None:
    text = starter("x", DAY)
    for data in (
        b"\xef\xbb\xbf" + text.encode(),
        text.replace("\n", "\r\n").encode(),
        text.rstrip().encode(),
    ):
        file.write_bytes(data)
        assert load(file) == parse(tomllib.loads(text))


def test_what_is_no_file_is_no_case(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    for link, to in (("loop", "loop.toml"), ("dangling", "none.toml"), ("device", "/dev/zero")):
        (tmp_path / f"{link}.toml").symlink_to(to)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "socket.toml"))
    for name, what in (
        ("pipe", "a pipe"),
        ("loop", "a link that leads back to itself"),
        ("dangling", "a link that leads nowhere"),
        ("device", "a device"),
        ("socket", "a socket"),
        ("zero\0byte", "a name with a zero byte"),
    ):
        path = tmp_path / f"{name}.toml"
        assert refusal(path) == [f"case must be a file, but {path.name!r} is {what}."], name


@pytest.mark.parametrize("end", ["", ".toml"])
def test_a_name_that_is_too_long_is_cut(end: str) -> None:
    (sentence,) = refusal(Path("a" * 5000 + end))
    assert sentence.startswith("case must be a ") and f"{'a' * 597}...'" in sentence
    assert len(sentence) < 800


def test_a_file_that_a_pipe_replaces_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    monkeypatch.setattr(files, "check", lambda path: None)
    assert files.beginning(pipe, 9) == b""


def test_a_folder_that_may_not_be_read_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def stat(self: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(Path, "stat", stat)
    assert files.what_is(Path("x.toml")) == "a name in a folder that you may not read"


def test_a_folder_is_no_case(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    for folder in (tmp_path, tmp_path / "folder.toml"):
        (sentence,) = refusal(folder)
        assert sentence.startswith("case must be ") and "not the folder" in sentence


@pytest.mark.parametrize("number", ["inf", "-inf", "nan", "1e999"])
def test_a_number_that_is_none_is_refused(file: Path, number: str) -> None:
    file.write_text(starter("x", DAY).replace("share = 20", f"share = {number}"))
    (sentence,) = refusal(file)
    assert "price.share must be a finite number, not" in sentence


@pytest.mark.parametrize("what", ["[]", "{}", "true", '""', '"20"', "1979-05-27T07:32:00Z"])
def test_a_figure_of_another_kind_is_refused(file: Path, what: str) -> None:
    file.write_text(starter("x", DAY).replace("share = 20", f"share = {what}"))
    line = next(i for i, t in enumerate(file.read_text().splitlines(), 1) if t[:8] == "share = ")
    place = f"mine.toml:{line} price.share"
    assert all(sentence.startswith(place) for sentence in refusal(file))


# Whose figures they are --------------------------------------------------------------------------


def test_another_ticker_does_not_make_it_another_company(file: Path) -> None:
    """What the first company's sections and filings say is refused, each by its name."""
    file.write_text(TEXT.replace('ticker = "CBRS"', 'ticker = "OTHR"'), encoding="utf-8")
    expected = refusal(file)
    own = [f"{name}.company" for name in ("offer", "securities", "rpo", "drivers", "tables")]
    for place in (*own, "scalars.company", "published.company", "sources.s1.company"):
        (sentence,) = (line for line in expected if f" {place} " in line)
        assert "must be the company.ticker 'OTHR', not 'CBRS'" in sentence


def test_a_table_of_another_company_is_refused_by_name() -> None:
    tree = shipped()
    tree["tables"]["customer_contracts"]["company"] = "OTHR"
    with pytest.raises(InputError) as refused:
        parse(tree)
    assert str(refused.value) == (
        "tables.customer_contracts.company must be the company.ticker 'CBRS', not 'OTHR'."
    )


def test_a_section_says_whose_it_is() -> None:
    tree = shipped()
    del tree["securities"]["company"]
    with pytest.raises(InputError, match=r"^securities\.company is missing: the ticker of"):
        parse(tree)


# What a company need not have --------------------------------------------------------------------


def core(**changes: Any) -> Case:
    """Return the company without segments and further sheets, and with other sections."""
    tree = simple() | changes
    for name in ("tables", "scalars", "totals"):
        del tree[name]
    capacity = tree["securities"]["warrant_capacity"]
    capacity["measured"] = capacity["vests_at"] | {"value": 750, "label": "Measured"}
    return parse({k: v for k, v in tree.items() if v is not None})


def test_a_company_without_contracts_has_no_contracted_revenue() -> None:
    made = value(core(rpo=None))
    assert made.contracted_revenue.tolist() == [0.0] * 10
    assert made.schedule is made.bands is made.bookings is None
    uncontracted = core().drivers["uncontracted_revenue"].value
    assert made.forecast.revenue.tolist() == uncontracted
    assert list(made.frames()) == ["market values", "forecast", "quarters", "value"]


def test_a_listed_company_has_a_share_price() -> None:
    figure = simple()["offer"]["price"]
    del figure["label"]
    tree, counts = simple(), derived.counts(core())
    stated = {key: figure | {"value": counts[key]} for key in ("common", "rsus")}
    securities = tree["securities"] | {
        key: tree["securities"][key] | {"count": count} for key, count in stated.items()
    }
    proceeds = figure | {"value": derived.drivers(core())["offer_proceeds"]}
    listed = core(
        offer=None,
        price={"company": "CBRS", "share": figure},
        securities=securities,
        drivers=tree["drivers"] | {"offer_proceeds": proceeds},
    )
    assert next(iter(listed.price_points)) == "price.share"
    assert listed.price_points["price.share"].label == "Share price"
    assert value(listed).value_per_share == value(core()).value_per_share


@pytest.mark.parametrize("both", [True, False])
def test_a_share_has_one_price(both: bool) -> None:
    price = {"company": "CBRS", "share": 20.0, "source": "model"}
    with pytest.raises(InputError, match=r"must be given.*either \[offer\] or \[price\]"):
        core(price=price) if both else core(offer=None)


# The starter -------------------------------------------------------------------------------------


@given(st.dates(date(1991, 1, 1), date(2150, 12, 31)))
def test_the_starter_is_a_case_on_any_day(day: date) -> None:
    text = starter("some-name", day)
    assert len(text.splitlines()) <= 80
    case = parse(tomllib.loads(text))
    assert case.company.ticker == "SOME-NAME"
    assert value(case).value_per_share > 0
    assert {f.quality for f in case.figures.values()} == {"assumption"}
    (warning,) = case.warnings
    assert (
        warning == f"{len(case.figures)} figures are placeholders not yet replaced from a source."
    )
    assert parse(stated(case)) == case
