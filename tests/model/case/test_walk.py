"""Is a wrong key, or a wrong value, refused anywhere in a case?

The places are those of the shipped case, one row of each table, so that none is typed here.
Oracles: what a person would say of a misspelt word; and that a refusal is sentences, each in one
line that names a place in the case.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import pytest
from cases import Tree, shipped

from model.case.case import parse
from model.case.tables import TABLES
from model.case.values import row_key
from model.errors import CaseError, InputError

#: Sections, and parts of sections, whose keys are the case's own.
OWN = {("prices",), ("published",), ("securities",), ("segments",), ("sources",), ("totals",)}
OWN |= {("rpo", "later"), ("rpo", "conversion"), ("rpo", "opening", "bands")}
BAD: list[Any] = [
    *({}, [], [1], ["a"], {"value": {}}, {"a": {"b": 1}}, "", "x", -1, 10**400, 1e300, True),
    *(float("nan"), float("-inf"), [[1]], [1, "a", date(2026, 1, 1)], date(1, 1, 1)),
    *(datetime(2026, 1, 1), time(1, 1), {"value": 1, "source": {}, "quality": [], "known": 3}),
]


#: Tables of which a single row makes no path.
PATHS = ("compute_market", "inference_market", "inference_share", "own_chips")


def small() -> Tree:
    """Return the shipped case with one row of each table, one source and no totals.

    Each assumption about a megawatt is a figure of its own.
    """
    tree = shipped()
    del tree["totals"]
    for name, table in tree["tables"].items():
        if isinstance(table, dict) and name not in ("infrastructure", "scenarios"):
            rows = [key for key, row in table.items() if isinstance(row, dict)]
            for key in rows[2 if name in PATHS else 1 :]:
                del table[key]
    return tree


SMALL = small()


def sentences(tree: Tree) -> list[str]:
    """Return the errors in a case; empty if there are none."""
    try:
        parse(tree)
    except CaseError as refused:
        return [str(error) for error in refused.errors]
    except InputError as refused:
        return [str(refused)]
    return []


def tables_of(node: Tree, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Tree]]:
    yield path, node
    for key, child in list(node.items()):
        if isinstance(child, dict):
            yield from tables_of(child, (*path, key))


def declared(path: tuple[str, ...]) -> bool:
    """Tell whether the keys of a table of the file are declared."""
    inside_rows = path[0] == "tables" and len(path) == 2 if path else False
    balance = len(path) == 4 and path[:2] == ("rpo", "later") and path[3] == "bands"
    return not (path in OWN or inside_rows or balance)


def lots() -> list[list[tuple[Tree, str]]]:
    """Return the declared keys in batches tried together: of equal depth, none below another."""
    found: dict[tuple[int, int], list[tuple[Tree, str]]] = {}
    for path, node in tables_of(SMALL):
        if declared(path):
            for i, key in enumerate(node):
                found.setdefault((len(path), i), []).append((node, key))
    return list(found.values())


LOTS = lots()


def test_the_places_are_right_before() -> None:
    assert sum(map(len, LOTS)) > 1_000
    assert sentences(SMALL) == []


@pytest.mark.parametrize("change", [lambda key: f"{key}s", str.capitalize], ids=["plural", "case"])
def test_a_misspelt_key_is_refused_with_the_nearest(change: Any) -> None:
    for lot in LOTS:
        # Like prices, price is a section too; each place reports only its first error; and years
        # have no capitals.
        tried = [(node, key, change(key)) for node, key in lot if key not in ("price", change(key))]
        before = [dict(node) for node, _, _ in tried]
        for node, key, wrong in tried:
            stated = {wrong if k == key else k: v for k, v in node.items()}
            node.clear()
            node.update(stated)
        found = "\n".join(sentences(SMALL))
        for (node, key, wrong), stated in zip(tried, before, strict=True):
            node.clear()
            node.update(stated)
            assert f"{wrong} is an unknown" in found or f"{wrong} must be a table" in found, wrong
            assert f"(did you mean {key!r}?)" in found, key
    assert sentences(SMALL) == []


def test_a_value_of_another_kind_ends_in_sentences() -> None:
    for i, lot in enumerate(LOTS):
        before = [node[key] for node, key in lot]
        for bad in BAD[i % 9 :: 9]:
            for node, key in lot:
                node[key] = bad
            for sentence in sentences(SMALL):
                assert sentence.isprintable() and sentence.endswith("."), sentence
        for (node, key), value in zip(lot, before, strict=True):
            node[key] = value


def test_a_number_that_is_none_is_refused_wherever_a_number_stands() -> None:
    for bad in (float("nan"), float("inf"), 10**400, True, date(2026, 1, 1), "1", [[1.0]]):
        tree, named = small(), set()
        for path, node in list(tables_of(tree)):
            for key, value in node.items():
                if type(value) is float:
                    node[key] = bad
                    named.add(
                        ".".join(path if key == "value" and path[0] != "tables" else (*path, key))
                    )
        assert len(named) >= 190
        found = {sentence.partition(" ")[0] for sentence in sentences(tree)}
        assert named <= found, named - found


def test_columns_are_keys() -> None:
    headers = {row_key(f.header) for t in TABLES.values() for f in t.columns.declared.values()}
    assert all(key.isidentifier() for key in headers)
