"""Is a case that was copied from another company doubted, and one of its own not?

Oracle: the shipped cases as they are read, whose figures are counted by the company that their
sources name, less the edits that a test makes.
"""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from model.case import file
from model.case.case import Case, load, parse
from model.case.copied import _shipped, copied
from model.case.starter import starter
from workbook import template
from workbook.check.report import report

CASES = file.names()
#: Sections whose figures a copy may change one by one, and 45 of them that are not 0.
FREE = ("published", "prices", "rpo.later", "cost_of_capital", "scalars.revenue_since")
EDITS = [
    path for path, figure in load("cerebras").figures.items()
    if path.startswith(FREE) and isinstance(figure.value, float) and figure.value
][:45]  # fmt: skip


def copy_of(name: str, company: str = "Acme Compute", ticker: str = "ACME") -> Any:
    """Return a case as a copy for another company has it: with another name and ticker."""
    text = file.text_of(name)
    first = load(name).company
    text = text.replace(f'"{first.ticker}"', f'"{ticker}"')
    return tomllib.loads(text.replace(f'\nname = "{first.name}"', f'\nname = "{company}"'))


def edited(tree: Any, paths: list[str], **more: Any) -> Any:
    """Change the value of each figure by a hundredth, and what else is given."""
    for path in paths:
        *parents, leaf = path.split(".")
        node = tree
        for parent in parents:
            node = node[parent]
        stated = node[leaf] if isinstance(node[leaf], dict) else {"value": node[leaf]}
        node[leaf] = stated | {"value": stated["value"] * 0.99} | more
    return tree


def of_own_sources(case: Case) -> list[str]:
    own = {key for key, source in case.sources.items() if source.company == case.company.ticker}
    return [path for path, of in case.origins.items() if of.source in own]


@pytest.mark.parametrize("name", CASES)
def test_a_shipped_case_is_its_own(name: str) -> None:
    assert copied(load(name)) == []


@pytest.mark.parametrize("name", CASES)
def test_what_is_read_first_of_a_shipped_case_is_what_it_says(name: str) -> None:
    case, first = load(name), _shipped(name)
    own = {s.title for s in case.sources.values() if s.company == case.company.ticker}
    assert (first.name, first.ticker) == (case.company.name, case.company.ticker)
    assert first.titles == own != set()


def test_files_with_the_names_of_shipped_cases_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `offtake pull snowflake.xlsx -o snowflake.toml` leaves one next to the workbook."""
    copy = parse(copy_of("cerebras"))
    before = copied(copy)
    assert before
    for name in CASES:
        (tmp_path / f"{name}.toml").write_text("[company]\n")
    monkeypatch.chdir(tmp_path)
    _shipped.cache_clear()
    assert copied(copy) == before


def test_a_case_to_start_from_is_no_copy() -> None:
    assert copied(parse(tomllib.loads(starter("acme", date(2026, 3, 31))))) == []


@pytest.mark.parametrize("name", CASES)
def test_a_copy_cites_the_sources_of_the_first_company(name: str) -> None:
    case = load(name)
    (found,) = copied(parse(copy_of(name)))
    assert (found.name, found.ticker) == (case.company.name, case.company.ticker)
    assert set(of_own_sources(case)) <= set(found.resting)
    assert found.same == [*case.origins]


@pytest.mark.parametrize("count", [0, 10, 45])
def test_edits_are_counted(count: int) -> None:
    case, paths = load("cerebras"), EDITS[:count]
    assert len(paths) == count
    own, every = of_own_sources(case), len(case.origins)
    # Another value from the first company's filing is still from its filing.
    (found,) = copied(parse(edited(copy_of("cerebras"), paths)))
    assert found.resting == own
    assert len(found.same) == every - count
    # A value from another source is another company's no longer.
    tree = copy_of("cerebras")
    filed = {"quality": "filing", "filed": date(2026, 8, 30)}
    tree["sources"]["filing"] = {"title": "Acme, Form 10-K", **filed}
    tree["company"]["basis"] = "latest"
    (found,) = copied(parse(edited(tree, paths, source="filing", quality="filing")))
    assert found.resting == [path for path in own if path not in paths]
    assert len(found.same) == every - count


def test_a_copy_is_warned_of_with_counts_names_and_sections() -> None:
    case = load("cerebras")
    own = of_own_sources(case)
    rows = [path for path in own if path.startswith("tables.")]
    cites, same = parse(copy_of("cerebras")).warnings
    assert cites.startswith(
        f"{len(own) - len(rows)} figures and {len(rows)} rows of tables of Acme Compute (ACME) "
        f"cite sources of Cerebras Systems (CBRS): {own[0]}, {own[1]}, {own[2]} "
        f"and {len(own) - 3} more; most are in published ("
    )
    assert " have the value, source and note of the shipped case of Cerebras" in same
    for sentence in (cites, same):
        assert sentence.endswith(" sections.")


@pytest.mark.parametrize(
    ("company", "ticker", "other"),
    [
        ("Acme Compute", "CBRS", True),
        ("Cerebras Systems", "ACME", True),
        ("Cerebras Systems Inc.", "CBRS", False),
    ],
)
def test_the_name_alone_or_the_ticker_alone_is_changed(
    company: str, ticker: str, other: bool
) -> None:
    assert bool(copied(parse(copy_of("cerebras", company, ticker)))) == other


def test_what_is_said_of_peers_is_not_doubted() -> None:
    """A table that moves no value may cite the filings of a company whose case is shipped."""
    title = next(s.title for s in load("coreweave").sources.values() if s.company == "CRWV")
    tree = tomllib.loads(file.text_of("snowflake"))
    peers = tree["tables"]["peers"]
    key = next(key for key in peers if isinstance(peers[key], dict))
    tree["sources"]["peer"] = {
        "title": title, "quality": "filing", "as_of": date(2026, 6, 30), "filed": date(2026, 8, 12)
    }  # fmt: skip
    peers[key]["source"] = "peer"
    assert copied(parse(tree)) == []
    tree["drivers"]["tax_rate"] = {"value": 0.25, "source": "peer"}
    (found,) = copied(parse(tree))
    assert found.resting == ["drivers.tax_rate"]


def test_the_workbook_of_a_copy_says_so() -> None:
    case = parse(copy_of("supermicro"))
    found = report(template.build(case))
    assert case.warnings == [w for w in found.warnings if "Super Micro Computer (SMCI)" in w]
    assert len(case.warnings) == 2
    assert found.faults == []
