"""Figures of a case that are still those of a shipped case of another company.

A case that was made by copying another one adds up, whosever figures it holds. Here it is compared
with the shipped cases: which of its figures cite a source of another company's own, and which have
the value, the source and the note of the same figure there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from model.case import file
from model.case.moving import moves_value
from model.case.parts import Figure, Origin, Row
from model.case.values import row_key

if TYPE_CHECKING:
    from model.case.case import Case

#: How many figures, and how many sections, a warning names.
NAMED = 3
#: Part of a case that may be the same as another's: a company's peers, rates of default and some
#: judgements are the same in several cases.
ALIKE = 0.1
#: What a figure may have in addition to its value.
ADDED = ("as_of", "source", "quality", "known", "note", "label")


@dataclass(frozen=True)
class Copied:
    """What a case has in common with a shipped case of another company.

    Attributes
    ----------
    name, ticker : str
        The other company.
    resting : list of str
        Paths of the figures, and rows of tables, that cite a source of the other company's own.
    same : list of str
        Paths of those with the value, the source and the note that the other case has there.
    """

    name: str
    ticker: str
    resting: list[str]
    same: list[str]


@dataclass(frozen=True)
class Shipped:
    """A shipped case's company, and the titles of the sources that are its own."""

    name: str
    ticker: str
    titles: frozenset[str]


def copied(case: Case) -> list[Copied]:
    """Return what a case has in common with each shipped case from which it cites sources.

    Parameters
    ----------
    case : Case

    Examples
    --------
    >>> from model.case.case import load
    >>> copied(load("snowflake"))
    []
    """
    found = []
    for shipped in file.names():
        other = _shipped(shipped)
        if _is_of(case, other):
            continue
        resting = [path for path, of in case.origins.items() if _rests(case, path, of, other)]
        if resting:
            tree = file.tree_of(shipped, file.shipped_text(shipped))
            same = [path for path, of in case.origins.items() if _same(case, path, of, tree)]
            found.append(Copied(other.name, other.ticker, resting, same))
    return found


def warnings(case: Case) -> Iterator[str]:
    """Yield a sentence for each way in which a case is still that of another company."""
    own = f"{case.company.name} ({case.company.ticker})"
    for other in copied(case):
        whose = f"{other.name} ({other.ticker})"
        yield (
            f"{_count(other.resting)} of {own} cite sources of {whose}: {_first(other.resting)}; "
            f"{_sections(other.resting)}."
        )
        if len(other.same) > ALIKE * len(case.origins):
            yield (
                f"{_count(other.same)} of {own} have the value, source and note of the shipped "
                f"case of {whose}: {_first(other.same)}; {_sections(other.same)}."
            )


@cache
def _shipped(name: str) -> Shipped:
    """Read of a shipped case what is compared first.

    To read it all takes fifty times as long, which only a copied case is worth.
    """
    text = file.shipped_text(name)
    company, ticker = (re.findall(rf'(?m)^{key} = "(.+)"$', text)[0] for key in ("name", "ticker"))
    own = (line for line in text.splitlines() if f'company = "{ticker}"' in line)
    titles = (found for line in own if (found := re.search(r'{ title = "([^"]+)"', line)))
    return Shipped(company, ticker, frozenset(found[1] for found in titles))


def _is_of(case: Case, other: Shipped) -> bool:
    """Tell whether a shipped case is of the same company."""
    # A company's name is often written with its form, or without.
    names = {name.casefold().split()[0] for name in (other.name, case.company.name)}
    return other.ticker == case.company.ticker and len(names) == 1


def _rests(case: Case, path: str, of: Origin, other: Shipped) -> bool:
    """Tell whether a figure cites another company: it moves the value, or is the case's own.

    What a table says of peers, or of the market, cites other companies' filings.
    """
    source = case.sources[of.source]
    if source.title not in other.titles:
        return False
    return source.company == case.company.ticker or moves_value(case, path)


def _same(case: Case, path: str, of: Origin, other: Mapping[str, Any]) -> bool:
    """Tell whether a figure, or a row of a table, is as the tree of another case has it."""
    node, source = other, ""
    for step in path.split("."):
        if not isinstance(node, Mapping) or step not in node:
            return False
        source = node.get("source", source)
        node = node[step]
    stated = node if isinstance(node, Mapping) else {"value": node}
    source = other["sources"].get(stated.get("source", source), {}).get("title")
    if source != case.sources[of.source].title or stated.get("note", "") != of.note:
        return False
    if isinstance(of, Figure):
        return bool(stated.get("value") == of.value)
    assert isinstance(of, Row)
    _, table, _ = path.split(".")
    cells = dict(zip(map(row_key, case.tables[table].fields), of.values, strict=True))
    return all(cells.get(key) == value for key, value in stated.items() if key not in ADDED)


def _count(paths: list[str]) -> str:
    rows = sum(path.startswith("tables.") for path in paths)
    return f"{len(paths) - rows} figures and {rows} rows of tables"


def _first(paths: list[str]) -> str:
    more = len(paths) - NAMED
    return ", ".join(paths[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _sections(paths: list[str]) -> str:
    """Name the sections of paths, those with the most first."""
    of: dict[str, int] = {}
    for path in paths:
        section, key, *_ = path.split(".")
        place = f"tables.{key}" if section == "tables" else section
        of[place] = of.get(place, 0) + 1
    most = sorted(of, key=lambda place: -of[place])
    listed = ", ".join(f"{place} ({of[place]})" for place in most[:NAMED])
    more = len(most) - NAMED
    return f"most are in {listed}" + (f", the others in {more} sections" if more > 0 else "")
