"""Does the documentation cover every family and host, and do its links work?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from workbook.catalogue import MOST_USED
from workbook.cli.building import SUFFIXES
from workbook.functions import CATALOGUE

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def anchor(heading: str) -> str:
    """Give the anchor of a heading, as the usual renderers make it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def test_every_family_is_in_the_table_of_verification() -> None:
    table = (
        read("docs/architecture.md")
        .partition("| families |")[2]
        .partition("\n|---")[2]
        .partition("\n\n")[0]
    )
    listed = {
        name for row in table.splitlines()[1:] for name in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    families = {f.family for f in CATALOGUE.values()}
    assert families <= listed


def test_the_readme_shows_the_arguments_that_functions_take() -> None:
    shown = dict(re.findall(r"^\| `([A-Z_]+)\(([^`]*)\)` \|", read("README.md"), re.M))
    assert set(MOST_USED) <= shown.keys()
    for name, arguments in shown.items():
        taken = CATALOGUE[name].parameters
        assert arguments == ", ".join(p.name if p.required else f"[{p.name}]" for p in taken)


def test_every_host_is_in_the_readme() -> None:
    readme = read("README.md")
    for host in SUFFIXES:
        assert f"offtake build --host {host}" in readme


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        file, _, place = target.partition("#")
        other = (page.parent / file) if file else page
        assert other.is_file(), target
        if place:
            headings = re.findall(r"^#+ (.*)$", other.read_text(encoding="utf-8"), re.M)
            assert place in map(anchor, headings), target


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_functions_that_are_named_exist(page: Path) -> None:
    families = {name.partition("_")[0] for name in CATALOGUE}
    text = page.read_text(encoding="utf-8")
    for name in re.findall(r"`=?([A-Z]+(?:_[A-Z0-9]+)+)\b", text):
        if name.partition("_")[0] in families:
            assert name in CATALOGUE, name
