"""Reads a case into its parts, by their declarations, and collects the errors.

A figure's date, source and quality are taken from its section, or from its source, where it does
not give them itself. A figure that adds nothing to them is a bare value.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from model.case.parts import QUALITIES, Figure
from model.case.values import KEY, TEXT_LENGTH, check_text, join, leaves, read_value
from model.errors import InputError, nearest, one_of, shown
from model.fields import Field

Tree = Mapping[str, Any]
#: Attributes that a figure or row may have, or a section for all of its figures.
ORIGIN = ("as_of", "source", "quality", "known")
#: What an invalid source provides: nothing reliable.
_DOUBTED: Tree = {}


@dataclass(frozen=True)
class Stated:
    """What a section, or its source, provides for all of its figures."""

    as_of: date | None = None
    source: str = ""
    quality: str = ""
    known: date | None = None
    #: Whether some of it is wrong: what is missing below is then not reported as well.
    doubtful: bool = False


class Reader:
    """Reads figures of a case; `faults` holds what is wrong, by its path."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.faults: dict[str, InputError] = {}
        found = tree.get("sources")
        self.sources: Tree = {
            k: s for k, s in (found if isinstance(found, dict) else {}).items()
            if isinstance(s, dict)
        }  # fmt: skip
        #: Sources that are themselves invalid.
        self.doubted: set[str] = set()
        company = tree.get("company")
        self.ticker = company.get("ticker") if isinstance(company, dict) else None
        for path, key, value in leaves("", tree):
            self.attempt(path, check_text, path, value)
            if key is not None and "." in key:
                # Totals and lists of sources name a figure by its path.
                self.fault(path, f"must have keys without a dot, but {shown(key)} has one")

    def own_keys(self) -> None:
        """Refuse an invalid user-defined key; unknown keys have already been refused."""
        for path, key, _ in leaves("", self.tree):
            if key is not None and not KEY.fullmatch(key):
                problem = "must have keys of letters, digits, _ and -, 50 at most"
                self.fault(path, f"{problem}, not {shown(key)}")

    # Errors --------------------------------------------------------------------------------------

    def fault(self, path: str, problem: str) -> None:
        """Record an error; for each place, only the first."""
        self.faults.setdefault(path, InputError(path, problem))

    def attempt(self, path: str, check: Any, *given: Any) -> Any:
        """Return the result of a check; None, with an error recorded, if it refuses."""
        try:
            return check(*given)
        except InputError as error:
            self.faults.setdefault(path, error)
            return None

    def keys(
        self,
        path: str,
        node: Tree,
        required: Collection[str],
        optional: Collection[str] = (),
        what: str = "key",
    ) -> bool:
        """Refuse unknown keys, suggesting the nearest known one, and missing keys."""
        if path in self.faults:
            return False  # The section itself is missing.
        lacking = [key for key in required if key not in node]
        for key in node:
            if key in required or key in optional:
                continue
            hint = nearest(key, lacking) or nearest(key, [*required, *optional])
            lacking = [one for one in lacking if repr(one) not in hint]
            self.fault(join(path, key), f"is an unknown {what}{hint}")
        for key in lacking:
            self.fault(join(path, key), "is missing")
        return all(key in node for key in required)

    def mapping(self, path: str, node: Any) -> Tree:
        """Return a table of the file; for anything else, an empty table with an error recorded."""
        if isinstance(node, dict):
            return node
        self.fault(path, f"must be a table of keys and values, not {shown(node)}")
        return {}

    def text(self, path: str, value: Any, longest: int = TEXT_LENGTH, shortest: int = 1) -> str:
        """Return a text."""
        if not isinstance(value, str):
            # Only a workbook has cells without anything.
            has = "an empty cell" if value is None else shown(value)
            self.fault(path, f"must be text, not {has}")
            return ""
        if not shortest <= len(value) <= longest:
            self.fault(path, f"must have from 1 to {longest} characters, not {shown(value)}")
        return value

    def note(self, path: str, node: Tree) -> str:
        """Return the attributes that a figure or row has of its own; it need not have any."""
        return self.text(f"{path}.note", node.get("note", ""), shortest=0)

    def day(self, path: str, value: Any) -> None:
        """Check a date, if there is one."""
        if not isinstance(value, date | None):
            self.fault(path, f"must be a date, not {shown(value)}")

    # Figures -------------------------------------------------------------------------------------

    def section(
        self,
        name: str,
        node: Any,
        outer: Stated | None = None,
        *,
        required: Collection[str] = (),
        known: Collection[str] = (),
        apart_from: Collection[str] = (),
        what: str = "key",
    ) -> tuple[Tree, Stated]:
        """Return a section's contents without its origin, and the attributes of all its figures.

        A section holds the figures of one company and names it: a case copied from another company
        is not mistaken for its own. If no keys are required or known, its keys are user-defined,
        and each holds a table, other than those in `apart_from`.
        """
        found = self.mapping(name, node)
        own = ("company", *ORIGIN)
        if required or known:
            self.keys(name, found, required, (*known, *own, *apart_from), what)
        else:
            self.rows(name, found, (*own, *apart_from))
        wrong = [key for key in found if f"{name}.{key}" in self.faults]
        if not (outer or not found or "company" in found or self.ticker is None) and not any(
            nearest(key, ["company"]) for key in wrong
        ):
            self.fault(f"{name}.company", "is missing: the ticker of the company it describes")
        of = found.get("company", self.ticker)
        if self.ticker is not None and of != self.ticker:
            self.fault(
                f"{name}.company",
                f"must be the company.ticker {shown(self.ticker)}, not {shown(of)}",
            )
        stated = self.stated(name, found, outer or Stated())
        if any(nearest(key, ORIGIN) for key in wrong):
            stated = replace(stated, doubtful=True)
        free = not (required or known)
        inside = {k: v for k, v in found.items()
                  if k not in own and not (free and f"{name}.{k}" in self.faults)}  # fmt: skip
        return inside, stated

    def rows(self, path: str, node: Tree, own: Collection[str]) -> None:
        """Refuse a value that is not a table where keys are user-defined: probably misspelt."""
        for key, each in node.items():
            if key not in own and not isinstance(each, dict):
                problem = f"must be a table of keys and values, not {shown(each)}"
                self.fault(join(path, key), f"{problem}{nearest(key, own, 0.75)}")

    def stated(self, path: str, node: Tree, outer: Stated) -> Stated:
        """Return the attributes that apply within a section, row or figure; check its own."""
        before = len(self.faults)
        for key in ("as_of", "known"):
            self.day(f"{path}.{key}", node.get(key))
        if "quality" in node:
            place = f"{path}.quality"
            self.attempt(place, one_of, place, node["quality"], QUALITIES)
        named: Tree = {}
        if "source" in node:
            named = self._cited(path, node["source"])
        known = named.get("filed") if "source" in node else outer.known
        return Stated(
            node.get("as_of", named.get("as_of", outer.as_of)),
            node.get("source", outer.source),
            node.get("quality", named.get("quality", outer.quality)),
            node.get("known", known),
            outer.doubtful or len(self.faults) > before or named is _DOUBTED,
        )

    def _cited(self, path: str, source: Any) -> Tree:
        """Return the attributes of a cited source; nothing, with an error recorded, if unknown."""
        if not self.sources:
            if "sources" in self.tree:
                self.fault("sources", "must hold the sources that figures name")
            return _DOUBTED
        if not isinstance(source, str) or source not in self.sources:
            hint = nearest(source, self.sources) if isinstance(source, str) else ""
            self.fault(f"{path}.source", f"does not name a source: {shown(source)}{hint}")
            return {}
        named: Tree = self.sources[source]
        if self.ticker and named.get("company") not in (None, self.ticker):
            self.fault(
                f"sources.{source}.company",
                f"must be the company.ticker {shown(self.ticker)}, not {shown(named['company'])}, "
                f"as {path} is from it",
            )
        return _DOUBTED if source in self.doubted else named

    def origin(self, path: str, node: Tree, outer: Stated) -> dict[str, Any]:
        """Return the origin of a figure or row; refuse a missing one."""
        stated = self.stated(path, node, outer)
        origin = {name: getattr(stated, name) for name in ORIGIN}
        for key in ("as_of", "source", "quality"):
            if not origin[key] and not stated.doubtful:
                self.fault(f"{path}.{key}", "is missing, here and in its section")
        return origin

    def value(self, path: str, value: Any, field: Field, at: str = "") -> Any:
        """Read a declared value; None, with an error recorded, if it is refused.

        Of a text in place of a number or a date that is said, whatever else is wrong with it.
        """
        if isinstance(value, str) and field.kind not in ("text", "choice"):
            self.faults.pop(at or path, None)
        if self.faults.keys() & {path, at}:
            return None
        return self.attempt(path, read_value, path, value, field)

    def figure(
        self,
        path: str,
        node: Any,
        field: Field,
        stated: Stated,
        kind: type[Figure] = Figure,
        /,
        **more: Any,
    ) -> Figure:
        """Read a declared figure: a bare value, or a value with attributes."""
        given: Tree = node if isinstance(node, dict) else {"value": node}
        if "unit" in given:
            self.fault(f"{path}.unit", f"must be left out: the figure is in {field.unit}")
        self.keys(path, given, ("value",), (*ORIGIN, "note", "label", "unit", *more))
        value: Any = given.get("value")
        if value is not None:
            value = self.value(path, value, field, f"{path}.value" if given is node else path)
        elif "value" in given:
            self.fault(f"{path}.value", "is empty")
        return kind(
            value=value,
            unit=field.unit,
            label=self.text(f"{path}.label", given.get("label", field.header)),
            note=self.note(path, given),
            **self.origin(path, given, stated),
            **more,
        )

    def figures(
        self,
        name: str,
        known: Mapping[str, Field],
        required: Collection[str] = (),
    ) -> dict[str, Figure]:
        """Read a section of declared figures, in the order of their declaration."""
        if name not in self.tree:
            return {}
        node, stated = self.section(name, self.tree[name], required=required, known=known)
        return {
            key: self.figure(f"{name}.{key}", node[key], field, stated)
            for key, field in known.items()
            if key in node
        }
