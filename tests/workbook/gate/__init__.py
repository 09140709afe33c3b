"""The gate: what Excel would not accept in a file, or would treat unlike the test engines.

Excel is not available here, so each rule names the document or Excel file it comes from.
"""

from __future__ import annotations

from gate import (
    call_rules,
    chart_rules,
    entry_rules,
    formula_rules,
    macro_rules,
    name_rules,
    package_rules,
    reading_rules,
    reference_rules,
    sheet_rules,
    status_rules,
    structure_rules,
    value_rules,
    workbook_rules,
)
from gate.opened import Opened
from gate.rule import Rule
from workbook.package.archive import entries

RULES: tuple[Rule, ...] = (
    reading_rules.READABLE,
    *structure_rules.RULES,
    *package_rules.RULES,
    *macro_rules.RULES,
    *workbook_rules.RULES,
    *name_rules.RULES,
    *formula_rules.RULES,
    *call_rules.RULES,
    *reference_rules.RULES,
    *value_rules.RULES,
    *sheet_rules.RULES,
    *entry_rules.RULES,
    *status_rules.RULES,
    *chart_rules.RULES,
)
#: Rules for every file, regardless of its purpose.
STRUCTURE = (
    reading_rules.READABLE,
    *structure_rules.RULES,
    name_rules.NAMES,
    formula_rules.BALANCED,
    call_rules.PREFIXES,
)


def problems(package: bytes, name: str) -> list[str]:
    """List the faults of a named file, a sentence for each place."""
    return _found(Opened(entries(package), name), RULES)


def structure(package: bytes) -> list[str]:
    """List the faults in the structure of a file, regardless of its purpose."""
    return _found(Opened(entries(package), ""), STRUCTURE)


def _found(file: Opened, rules: tuple[Rule, ...]) -> list[str]:
    """Apply the rules; the first tests whether the others can read the file."""
    readable, *others = rules
    return list(readable.find(file)) or [p for rule in others for p in rule.find(file)]
