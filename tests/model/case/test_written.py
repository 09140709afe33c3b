"""Is a case that is written as text the same case, and does one that is read keep its text?

Oracle: the case itself, read back by tomllib and checked as any file is.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from cases import in_bands_only, simple, whole

from model.case.case import Case, load, of_text, parse
from model.case.file import names, text_of
from model.case.starter import starter
from model.case.stated import differ, entries, stated
from model.case.written import node_of, nodes, written
from model.errors import InputError

STARTER = of_text(starter("acme", date(2026, 3, 31)))
CASES: dict[str, Case] = {name: load(name) for name in names()} | {
    "starter": STARTER,
    "one business": parse(simple()),
    "bands only": parse(in_bands_only()),
    "spelled out": parse(whole()),
}


@pytest.mark.parametrize("name", CASES)
def test_a_written_case_is_read_back_whole(name: str) -> None:
    case = CASES[name]
    text = written(case)
    assert parse(tomllib.loads(text)) == case
    assert written(of_text(text)) == text


def test_a_written_case_is_laid_out_like_the_shipped_ones() -> None:
    lines = written(load("cerebras")).splitlines()
    at = lines.index("[offer]")
    # Most figures of the offer are from the filing of 4 May.
    assert lines[at - 1 : at + 3] == ["", "[offer]", 'company = "CBRS"', 'source = "s1a_may4"']
    assert (
        'first_low = { value = 115, label = "First range, low" }' in lines
        and 'common = { name = "Common, pro forma for the offer", type = "common" }' in lines
    )
    for header in ("[rpo.opening]", "[rpo.later.june_2026]", "[segments.cloud]", "[tables.peers]"):
        assert header in lines


def test_a_case_has_the_text_that_it_was_read_from(tmp_path: Path) -> None:
    assert load("nebius").text == text_of("nebius")
    file = tmp_path / "mine.toml"
    file.write_bytes(b"\xef\xbb\xbf" + STARTER.text.replace("\n", "\r\n").encode())
    assert load(file).text == STARTER.text.replace("\n", "\r\n")


def test_a_case_with_another_part_has_another_text() -> None:
    case = load("nebius")
    other = replace(case, company=replace(case.company, about="Something else"))
    assert 'about = "Something else"' in other.text
    assert parse(tomllib.loads(other.text)) == other
    assert case.text == text_of("nebius")


def test_a_text_that_is_no_case_is_refused_with_its_name() -> None:
    with pytest.raises(InputError, match=r"^Case:1 is not valid TOML"):
        of_text("[company", "Case")


def test_what_is_stated_is_found_by_its_path() -> None:
    found = stated(load("cerebras"))
    assert found["offer.price"] == 185
    assert found["prices.close.label"] == "First close"
    assert found["rpo.opening.bands.next_48.from_month"] == 25
    assert found["securities.options.type"] == "option"
    assert found["totals.warrant.total"] == "offer.warrant_total"
    assert "company.basis" not in found
    listed = entries(load("cerebras"))
    assert {"tables.peers.amd", "securities.rsus", "rpo.conversion.year_1"} <= {*listed}


def test_an_entry_is_one_table() -> None:
    assert node_of(nodes(STARTER), "securities.options") == {
        "name": "Employee options",
        "type": "option",
        **{
            key: {
                "value": value,
                "source": "placeholder",
                "quality": "assumption",
                "as_of": date(2026, 3, 31),
            }
            for key, value in (("count", 5.0), ("strike", 10.0))
        },
    }


def test_numbers_that_a_program_has_rounded_are_the_same() -> None:
    assert not differ(0.1 + 0.2, 0.3)
    assert not differ([0.1 + 0.2], [0.3])
    assert differ(0.3, 0.3000001)
    assert differ([0.3], [0.3, 0.3])
    assert differ(None, 0.0)
    assert differ("a", "b")
