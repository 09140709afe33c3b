"""What programs show of a chart that they do not calculate."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from gate.opened import Opened
from gate.rule import Parts, Rule, edit

_CACHES = {
    "c:numRef": "c:numCache",
    "c:strRef": "c:strCache",
    "numRef": "numCache",
    "strRef": "strCache",
}


def charts(parts: Parts) -> list[str]:
    """List the parts that are charts."""
    return [part for part in parts if re.fullmatch(r"xl/charts/chart\d+\.xml", part)]


def _uncached(file: Opened) -> Iterator[str]:
    for part in charts(file.parts):
        for kind, cache in _CACHES.items():
            for reference in file.tree(part).iter(kind):
                held = reference.find(cache)
                if held is None or not any(point.tag.endswith("pt") for point in held):
                    yield f"{part} has no values for {reference[0].text}"


def _drop(parts: Parts) -> None:
    def empty(root: Element) -> None:
        for kind, cache in _CACHES.items():
            for reference in root.iter(kind):
                held = reference.find(cache)
                if held is not None:
                    reference.remove(held)

    edit(charts(parts)[0], empty)(parts)


RULES = (
    Rule(
        "every chart carries its numbers",
        "ECMA-376 part 1, 21.2.2.123 (numRef), 21.2.2.201 (strRef): what is shown until calculated",
        _uncached,
        {"one has none": _drop},
    ),
)
