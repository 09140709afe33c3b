"""Shared by all tests: examples of the property tests, tiers, and running in parallel.

The tiers are markers. A family's name (`pytest -m rpo`) marks what belongs to the family's folders,
and every test of one function of it; `slow` marks the files in which a test takes long.
"""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest
from hypothesis import settings
from openpyxl.worksheet.merge import MergedCellRange
from xdist.scheduler import LoadScopeScheduling

from workbook.catalogue import FAMILIES
from workbook.functions import CATALOGUE

# A time limit per example would only fail on a busy machine. A CI run judges a change by the same
# examples each time; other runs search for new ones.
settings.register_profile(
    "offtake", deadline=None, max_examples=100, derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("offtake")

# To open a workbook, openpyxl gives every cell of a merged range its border and its protection, one
# by one, which takes a third of the time; the merged cells of these workbooks have neither.
MergedCellRange.format = lambda self: None

# Workbooks that are kept are many objects, of which none is garbage: looking them through as often
# as Python does would take a sixth of the time.
gc.set_threshold(50_000, 20, 20)

#: The files that run other programs, or calculate a workbook repeatedly, longest first, so that the
#: last to start are short.
SLOW = tuple(
    f"tests/workbook/test_{name}.py"
    for name in (
        *("wine_install", "wine", "every_input", "calc_workbook", "breaker", "template_checks"),
        *("whole_changes", "template_changes", "further_sheets", "ironcalc", "segmented_cases"),
        *("reader", "diagnosis", "status", "cli", "damaged", "one_set_of_facts", "gate"),
        *("failure_and_returns", "offer_chain", "warnings", "excel_files", "edges", "links"),
        *("calc_failures", "calc_install", "calc_ods", "calc_addin", "calc_why", "extending"),
        *("lite", "other_cases", "cli_check", "killed", "excel_errors", "safety"),
        *("sorted_tables", "check", "excel_calls", "charts", "pyodide", "excel_install"),
        *("a_quarter", "same_bytes", "print", "companies", "recalculate", "rebuild", "more_years"),
        *("change_log", "values_only", "difference", "random_edits", "moved", "headers"),
        *("every_function", "exact_numbers", "calc_worker", "trial_command"),
    )
)
#: The files outside the families' folders with tests of one function each.
BY_FUNCTION = (
    "tests/test_published.py",
    *(
        f"tests/workbook/test_{name}.py"
        for name in ("bad_input", "keys", "names", "results_passed_on", "what_people_pass")
    ),
)
FAMILY_OF = {f.name: f.family for f in CATALOGUE.values()}
#: Files of which only one may run at a time, because they share one Windows.
TOGETHER = dict.fromkeys(
    ("tests/workbook/test_wine.py", "tests/workbook/test_wine_saving.py"),
    "tests/workbook/test_wine_install.py",
)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes long, or runs another program")
    for family in FAMILIES:
        config.addinivalue_line("markers", f"{family}: belongs to this family of functions")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Skip collection of files without tests of the chosen family: to read all takes longer."""
    chosen, within = config.option.markexpr, collection_path.relative_to(config.rootpath)
    if chosen == "not slow":
        return within.as_posix() in SLOW or None
    if chosen not in FAMILIES or collection_path.is_dir():
        return None
    return not (chosen in within.parts or within.as_posix() in BY_FUNCTION) or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {file: place for place, file in enumerate(SLOW)}
    # Of the others, those of the workbook take longest.
    items.sort(
        key=lambda item: (
            places.get(_file(item.nodeid), len(SLOW)),
            not _file(item.nodeid).startswith("tests/workbook/"),
        )
    )
    for item in items:
        if _file(item.nodeid) in places:
            item.add_marker("slow")
        elif family := _family(item):
            item.add_marker(family)
            file = _file(item.nodeid)
            if family not in Path(file).parts and file not in BY_FUNCTION:
                raise pytest.UsageError(f"{file} must be in BY_FUNCTION of tests/conftest.py")


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def _family(item: pytest.Item) -> str | None:
    """Name a test's family by its folder, or else by the function in its parameters."""
    folders = [name for name in Path(_file(item.nodeid)).parts if name in FAMILIES]
    given = item.callspec.params.values() if hasattr(item, "callspec") else ()
    functions = [FAMILY_OF[name] for name in given if isinstance(name, str) and name in FAMILY_OF]
    return next(iter(folders + functions), None)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run named files in this process, else one worker more than processors, as some wait.

    No test of a family waits.
    """
    named = config.option.file_or_dir or config.option.keyword
    waiting = config.option.markexpr not in FAMILIES
    return 0 if named else (os.cpu_count() or 1) + waiting


class ByFile(LoadScopeScheduling):
    """Gives each worker one file at a time, so that a file's fixtures are built once."""

    def _split_scope(self, nodeid: str) -> str:
        file = _file(nodeid)
        return TOGETHER.get(file, file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile:
    return ByFile(config, log)
