"""Are earlier balances read, checked and back-tested, and do they leave the value alone?

Oracles: the flat shape by hand; the published filings of the same companies, which are stated
apart from the cases, with the errors of the documentation.
"""

from __future__ import annotations

import json
import tomllib
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.case import file
from model.case.case import load, parse
from model.case.earlier import backtest
from model.case.moving import moves_value
from model.errors import InputError
from model.valuation import value
from workbook import template
from workbook.check.reader import read_case
from workbook.check.report import report
from workbook.functions import CATALOGUE

TREES = {name: tomllib.loads(file.text_of(name)) for name in ("nebius", "snowflake", "coreweave")}
#: First band, its months, and the months and revenue until the opening balance.
BY_HAND = {
    "nebius": (33_600 * 0.29, 24, 3, 582.3),
    "snowflake": (7_880 * 0.48, 12, 9, 1_283.994 + 1_390 + 1_547),
    "coreweave": (15_100 * 0.54, 24, 3, 981.632),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_the_earliest_balance_flat_by_hand(name: str) -> None:
    band, months, passed, revenue = BY_HAND[name]
    found = backtest(load(name))
    assert found is not None
    assert (found.shape[0], found.months[0]) == ("flat", passed)
    assert found.scheduled[0] == pytest.approx(band * passed / months)
    assert found.actual[0] == pytest.approx(revenue)
    assert found.alone[0] == pytest.approx(band * passed / months / revenue - 1)


def test_snowflakes_balances_are_those_of_its_published_filings() -> None:
    published = json.loads((Path(__file__).parents[2] / "data" / "published.json").read_text())
    (example,) = (each for each in published if each["id"] == "snowflake-shapes-2025-10")
    # The bands of the opening balance have nothing after them.
    expected = CATALOGUE["RPO_BACKTEST_SHAPES"].call(**example["arguments"])
    found = backtest(load("snowflake"))
    assert found is not None
    errors = [row[-1] for row in expected[1:]]
    assert found.error.tolist() == pytest.approx(errors, abs=0.01)
    # As docs/backtests.md has them.
    assert (100 * found.error).round().tolist() == [-13, -8, -7, -20, -14, -13]


def test_a_company_without_earlier_balances_has_no_back_test_of_them() -> None:
    assert backtest(load("cerebras")) is None
    assert backtest(load("supermicro")) is None


@pytest.mark.parametrize("name", BY_HAND)
def test_earlier_balances_leave_the_value_alone(name: str) -> None:
    case = load(name)
    tree = deepcopy(TREES[name])
    del tree["rpo"]["earlier"], tree["rpo"]["opening"]["recognised"]
    assert value(parse(tree)).value_per_share == value(case).value_per_share
    paths = [p for p in case.figures if p.startswith("rpo.earlier.")]
    assert paths
    for path in (*paths, "rpo.opening.recognised"):
        assert not moves_value(case, path), path


def changed(name: str, path: str, new: Any) -> Any:
    tree = deepcopy(TREES[name])
    *parents, leaf = path.split(".")
    node: Any = tree
    for parent in parents:
        node = node[parent]
    if new is None:
        del node[leaf]
    else:
        node[leaf] = new
    return tree


REFUSED: dict[str, tuple[str, str, Any, str]] = {
    "revenue up to the opening balance is missing": (
        "nebius", "rpo.opening.recognised", None,
        "rpo.opening.recognised is missing: the revenue since rpo.earlier.march_2026.",
    ),
    "revenue between two is missing": (
        "snowflake", "rpo.earlier.april_2026.recognised", None,
        "rpo.earlier.april_2026.recognised is missing: the revenue since "
        "rpo.earlier.january_2026.",
    ),
    "revenue before the earliest": (
        "nebius", "rpo.earlier.march_2026.recognised", 399.0,
        "rpo.earlier.march_2026.recognised must be left out of the earliest balance.",
    ),
    "no bands of the earliest": (
        "nebius", "rpo.earlier.march_2026.bands", {},
        "rpo.earlier.march_2026.bands must be given for the earliest balance.",
    ),
    "a balance that is not earlier": (
        "snowflake", "rpo.earlier.april_2026.date", date(2026, 7, 31),
        "rpo.earlier.april_2026.date must be before rpo.opening.date 2026-07-31, not 2026-07-31.",
    ),
    "the earliest after the opening balance": (
        "nebius", "rpo.earlier.march_2026.date", date(2026, 9, 30),
        "rpo.opening.date must be a whole number of months after 2026-09-30, to within a week, "
        "and 1 at least, but it is 2026-06-30.",
    ),
    "balances out of order": (
        "snowflake", "rpo.earlier.april_2026.date", date(2025, 12, 31),
        "rpo.earlier.april_2026.date must be a whole number of months after 2025-10-31, to within "
        "a week, and 4 at least, but it is 2025-12-31.",
    ),
    "a run rate of another balance": (
        "snowflake", "rpo.earlier.april_2026.run_rate", 450.0,
        "rpo.earlier.april_2026.run_rate must be left out of all but the earliest of "
        "[rpo.earlier].",
    ),
    "revenue without an earlier balance": (
        "nebius", "rpo.earlier", None,
        "rpo.opening.recognised must be left out without [rpo.earlier].",
    ),
    "bands of more than the whole": (
        "nebius", "rpo.earlier.march_2026.bands.next_24.share", 0.3,
        "rpo.earlier.march_2026: bands Share must be at most 1 in total, not 1.01.",
    ),
    "more outside than there was": (
        "snowflake", "rpo.earlier.april_2026.outside", 1_391.0,
        "rpo.earlier.april_2026.outside must be at most rpo.earlier.april_2026.recognised, 1390, "
        "not 1391.",
    ),
    "a misspelt key": (
        "snowflake", "rpo.earlier.april_2026.recognized", 1.0,
        "rpo.earlier.april_2026.recognized is an unknown key (did you mean 'recognised'?).",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "path", "new", "says"), REFUSED.values(), ids=REFUSED)
def test_what_contradicts_itself_is_refused(name: str, path: str, new: Any, says: str) -> None:
    with pytest.raises(InputError) as refused:
        parse(changed(name, path, new))
    assert str(refused.value).splitlines()[0] == says


@pytest.mark.parametrize("name", BY_HAND)
def test_the_workbook_has_them_and_gives_them_back(name: str) -> None:
    case = load(name)
    package = template.build(case)
    assert report(package).faults == []
    read = read_case(package)[0]
    assert read.rpo == case.rpo
    expected, found = backtest(case), backtest(read)
    assert expected is not None
    assert found is not None
    assert np.array_equal(found.error, expected.error)


def test_what_was_outside_counts_in_the_back_test() -> None:
    """With 31 of the last quarter outside, bookings are 31 less and the prediction has them."""
    tree = changed("snowflake", "rpo.opening.outside", 31.0)
    found, before = backtest(parse(tree)), backtest(load("snowflake"))
    assert found is not None
    assert before is not None
    assert np.isnan(before.outside).all()
    assert found.outside.tolist() == [31.0] * 6
    assert (found.predicted - found.new - found.scheduled).tolist() == pytest.approx([31.0] * 6)
    package = template.build(parse(tree))
    assert report(package).faults == []
