"""Rules over facts that may be unknown, and the facts that decide them (Kleene's logic).

A fact is 1 if it holds, 0 if it does not, and a half if it is not observed. With these numbers
*and* is the minimum, *or* the maximum and *not* one less the number: a rule that one known fact
decides is decided whatever is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import ClassVar, Protocol

import numpy as np

from model.errors import Floats

UNKNOWN = 0.5
Facts = Mapping[str, Floats]


class Rule(Protocol):
    """A rule over facts by name."""

    def value(self, facts: Facts) -> Floats:
        """Return 1 where the rule holds, 0 where it does not, and a half where it is open."""

    def decided_by(self, facts: Facts) -> tuple[str, ...]:
        """Name the facts that make the rule what it is; if it is open, those that it waits for."""

    def of_facts(self, facts: Facts) -> tuple[tuple[str, Floats], ...]:
        """Return each fact that the rule reads, as what speaks for the rule."""


class Fact:
    """The rule that a fact holds."""

    def __init__(self, name: str) -> None:
        self.name = name

    def value(self, facts: Facts) -> Floats:
        """Return the fact."""
        return facts[self.name]

    def decided_by(self, facts: Facts) -> tuple[str, ...]:
        """Name the fact."""
        return (self.name,)

    def of_facts(self, facts: Facts) -> tuple[tuple[str, Floats], ...]:
        """Return the fact."""
        return ((self.name, facts[self.name]),)


class Not:
    """The rule that another does not hold."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    def value(self, facts: Facts) -> Floats:
        """Return one less the rule."""
        return np.asarray(1.0 - self.rule.value(facts))

    def decided_by(self, facts: Facts) -> tuple[str, ...]:
        """Name what decides the other rule."""
        return self.rule.decided_by(facts)

    def of_facts(self, facts: Facts) -> tuple[tuple[str, Floats], ...]:
        """Return the other rule's facts, as what speaks against it."""
        return tuple((name, np.asarray(1.0 - value)) for name, value in self.rule.of_facts(facts))


class _Several:
    """A rule that is the least, or the greatest, of several."""

    reduction: ClassVar[np.ufunc] = np.minimum

    def __init__(self, *rules: Rule) -> None:
        self.rules = rules

    def value(self, facts: Facts) -> Floats:
        """Return the least, or the greatest, of the rules."""
        return np.asarray(reduce(self.reduction, (rule.value(facts) for rule in self.rules)))

    def decided_by(self, facts: Facts) -> tuple[str, ...]:
        """Name what decides the rules that are as this one is."""
        own = self.value(facts)
        found = (r.decided_by(facts) for r in self.rules if r.value(facts) == own)
        return tuple(dict.fromkeys(name for names in found for name in names))

    def of_facts(self, facts: Facts) -> tuple[tuple[str, Floats], ...]:
        """Return the facts of all the rules."""
        return tuple(fact for rule in self.rules for fact in rule.of_facts(facts))


class All(_Several):
    """The rule that several rules hold."""


class Any(_Several):
    """The rule that at least one of several rules holds."""

    reduction: ClassVar[np.ufunc] = np.maximum
