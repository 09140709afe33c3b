"""Writes a case as the text of a file, laid out like the shipped cases."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from model.case.document import literal
from model.case.stated import sources, stated

if TYPE_CHECKING:
    from model.case.case import Case

#: What a figure, or a row of a table, states of its origin.
ORIGIN = ("source", "quality", "as_of", "known", "note")
#: What of it a section states for most of its figures.
SHARED = ORIGIN[:3]
#: Sections that name no company.
PLAIN = ("company", "sources", "totals")
#: Places below a section that have a header, and places of which each entry has one.
HEADED, EACH_HEADED = ("rpo.opening", "rpo.conversion"), ("rpo.later", "rpo.earlier")
BELOW = ("segments", "tables")


def written(case: Case) -> str:
    """Return the text of a file that states a case.

    Parameters
    ----------
    case : Case

    Examples
    --------
    >>> from model.case.case import load
    >>> written(load("cerebras")).splitlines()[:3]
    ['[company]', 'name = "Cerebras Systems"', 'ticker = "CBRS"']
    """
    headed: dict[str, dict[str, Any]] = {}
    for path, node in nodes(case).items():
        steps = path.split(".")
        header = _header(steps)
        # It names the company of all that is below it.
        headed.setdefault(steps[0], {})
        _put(headed.setdefault(header, {}), steps[header.count(".") + 1 :], node)
    order = [f.name for f in fields(case)]
    names = sorted(headed, key=lambda name: order.index(name.split(".")[0]))
    return "\n".join(_section(case, name, headed[name]) for name in names)


def nodes(case: Case) -> dict[str, Any]:
    """Return all that a case states by path: figures, and rows of tables, with their origins."""
    found: dict[str, Any] = {}
    for path, value in (stated(case) | sources(case)).items():
        above, _, leaf = path.rpartition(".")
        if path in case.figures:
            found[path] = {"value": value}
        elif above in case.origins:
            # The label of a figure, or a cell of a row.
            found.setdefault(above, {})[leaf] = value
        else:
            found[path] = value
    for path, of in case.origins.items():
        found[path] |= {name: said for name in ORIGIN if (said := getattr(of, name))}
    return found


def node_of(found: dict[str, Any], path: str) -> dict[str, Any]:
    """Return what is stated at a path and below it, as one table."""
    tree: dict[str, Any] = {}
    for place, node in found.items():
        if f"{place}.".startswith(f"{path}."):
            _put(tree, ["", *place.removeprefix(path).split(".")[1:]], node)
    return dict(tree[""])


def _put(tree: dict[str, Any], steps: list[str], node: Any) -> None:
    for step in steps[:-1]:
        tree = tree.setdefault(step, {})
    tree[steps[-1]] = tree.get(steps[-1], {}) | node if isinstance(node, dict) else node


def _header(steps: list[str]) -> str:
    """Return the header below which a path is written."""
    of = {".".join(steps[:n]): len(steps) - n for n in (1, 2)}
    section, place = of
    if place in EACH_HEADED:
        return ".".join(steps[:3])
    return place if of[place] and (place in HEADED or section in BELOW) else section


def _section(case: Case, name: str, node: dict[str, Any]) -> str:
    lines = [f"[{name}]"]
    shared: dict[str, Any] = {}
    if name not in PLAIN:
        if "." not in name:
            lines.append(f"company = {literal(case.company.ticker)}")
        shared = _shared(node)
        lines += [f"{key} = {literal(value)}" for key, value in shared.items()]
    for key, value in node.items():
        said = _brief(case, value, shared, bare=not name.startswith("tables."))
        if isinstance(said, list) and isinstance(said[0], str):
            sentences = "".join(f"    {literal(each)},\n" for each in said)
            lines.append(f"{key} = [\n{sentences}]")
        else:
            lines.append(f"{literal({key: said})[2:-2]}")
    return "\n".join([*lines, ""])


def _shared(node: Any) -> dict[str, Any]:
    """Return the origin that most of some figures have."""
    found: Counter[tuple[Any, ...]] = Counter()

    def count(inside: Any) -> None:
        if isinstance(inside, dict):
            if "source" in inside:
                found[tuple(inside[name] for name in SHARED)] += 1
            for each in inside.values():
                count(each)

    count(node)
    return dict(zip(SHARED, found.most_common(1)[0][0], strict=True)) if found else {}


def _brief(case: Case, node: Any, shared: dict[str, Any], *, bare: bool) -> Any:
    """Return what is stated without what its section, or its source, says already."""
    if not isinstance(node, dict):
        return node
    said = dict(node)
    if "source" in node:
        filed = case.sources[node["source"]].filed
        known = {**shared, "known": filed}
        said = {key: v for key, v in node.items() if key not in known or known[key] != v}
        if bare and said.keys() == {"value"}:
            return said["value"]
    return {key: _brief(case, each, shared, bare=bare) for key, each in said.items()}
