"""The gate: what Excel would not accept in a file, or would do otherwise than the test's engines.

No Excel is at hand, so each rule names the document or the file of Excel's that it was read in.
"""

from __future__ import annotations

from gate import (
    chart_rules,
    formula_rules,
    package_rules,
    sheet_rules,
    structure_rules,
    workbook_rules,
)
from gate.opened import Opened
from gate.rule import Rule

RULES: tuple[Rule, ...] = (
    *structure_rules.RULES,
    *package_rules.RULES,
    *workbook_rules.RULES,
    *formula_rules.RULES,
    *sheet_rules.RULES,
    *chart_rules.RULES,
)


def problems(package: bytes) -> list[str]:
    """List what is wrong with a file, a sentence for each place."""
    file = Opened(package)
    return [problem for rule in RULES for problem in rule.find(file)]


#: What any file has to keep to, whatever it is for.
STRUCTURE = (*structure_rules.RULES, workbook_rules.NAMES, formula_rules.BALANCED)


def structure(package: bytes) -> list[str]:
    """List what is wrong with the structure of a file, whatever it is for."""
    file = Opened(package)
    return [problem for rule in STRUCTURE for problem in rule.find(file)]
