"""Do bands as a filing words them mean what they say, and is the scope one?

Oracles: CoreWeave's 10-Q for March 2025, 58% within 24 months, 98% within 48 and the rest within
72, against the same bands each by its own share; sentences.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from cases import Tree, in_bands_only, of_model, shipped, simple

from model.case.case import parse
from model.errors import InputError
from model.valuation import value
from workbook import template
from workbook.check.reader import read_case
from workbook.check.report import report
from workbook.package.package import Package

OWN: Tree = {
    "next_24": {"from_month": 1, "to_month": 24, "share": of_model(0.58)},
    "next_48": {"from_month": 25, "to_month": 48, "share": of_model(0.40)},
    "thereafter": {"from_month": 49, "to_month": 72, "share": of_model(0.02)},
}
CUMULATIVE: Tree = {
    "next_24": {"to_month": 24, "cumulative_share": of_model(0.58)},
    "next_48": {"to_month": 48, "cumulative_share": of_model(0.98)},
    "thereafter": {"to_month": 72, "cumulative_share": of_model(1.0)},
}
#: The last band is what the others leave: without a share, or not stated.
OPEN: Tree = CUMULATIVE | {"thereafter": {"from_month": 49}}
REMAINDER: Tree = {key: CUMULATIVE[key] for key in ("next_24", "next_48")}


def stated(bands: Tree, make: Callable[[], Tree] = in_bands_only) -> Tree:
    tree = make()
    tree["rpo"]["opening"]["bands"] = copy.deepcopy(bands)
    tree["rpo"]["conversion"] = copy.deepcopy(bands)
    tree["rpo"]["final_month"]["value"] = 72
    return tree


@pytest.mark.parametrize("bands", [CUMULATIVE, OPEN, REMAINDER], ids=["all", "open", "remainder"])
def test_cumulative_shares_are_those_of_the_bands(bands: Tree) -> None:
    own, other = value(parse(stated(OWN))), value(parse(stated(bands)))
    assert own.schedule is not None and other.schedule is not None
    assert other.schedule.by_month == pytest.approx(own.schedule.by_month, rel=1e-12)
    assert other.value_per_share == pytest.approx(own.value_per_share, rel=1e-12)


@pytest.mark.parametrize("bands", [CUMULATIVE, OPEN, REMAINDER], ids=["all", "open", "remainder"])
@pytest.mark.parametrize("make", [in_bands_only, shipped])
def test_the_workbook_has_them_as_they_are_worded(bands: Tree, make: Callable[[], Tree]) -> None:
    tree = stated(bands, make)
    tree["rpo"]["scope"] = of_model("the company's backlog, without its largest contract")
    case = parse(tree)
    package = Package.opened(template.write(case))
    assert report(package).faults == []
    assert read_case(package)[0] == case


def bands(key: str, name: str, stated: float) -> Callable[[Tree], Any]:
    def change(tree: Tree) -> None:
        for place in (tree["rpo"]["opening"]["bands"], tree["rpo"]["conversion"]):
            place[key][name] = of_model(stated)

    return change


def rpo(**figures: Any) -> Callable[[Tree], Any]:
    return lambda tree: tree["rpo"].update({k: of_model(v) for k, v in figures.items()})


REFUSALS: dict[str, tuple[Callable[[Tree], Any], str]] = {
    "cumulative shares that decrease": (
        bands("next_48", "cumulative_share", 0.4),
        "rpo.opening.bands.next_48.cumulative_share must be at least that of the band 'next_24', "
        "0.58, not 0.4.",
    ),
    "both ways in one band": (
        bands("next_48", "share", 0.4),
        "must state either the share of each band, as 'next_48', or the cumulative_share, as "
        "'next_24'.",
    ),
    "a run rate of another scope": (
        rpo(run_rate=100.0, scope="backlog"),
        "rpo.run_rate_scope must be that of the balance, 'backlog', not 'RPO'.",
    ),
    "a run rate of the backlog, and RPO": (
        rpo(run_rate=100.0, run_rate_scope="backlog"),
        "rpo.run_rate_scope must be that of the balance, 'RPO', not 'backlog'.",
    ),
    "the scope of no run rate": (
        rpo(run_rate_scope="RPO"),
        "rpo.run_rate_scope must be left out without rpo.run_rate.",
    ),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_what_is_worded_in_two_ways_is_refused(what: str) -> None:
    tree = stated(CUMULATIVE)
    change, sentence = REFUSALS[what]
    change(tree)
    with pytest.raises(InputError) as refused:
        parse(tree)
    assert sentence in str(refused.value)


def test_nothing_in_the_first_band_is_no_beginning_for_a_run_rate() -> None:
    tree = simple()
    rpo(shape="anchored", run_rate=90.0)(tree)
    year_1, year_2 = (tree["rpo"]["conversion"][key]["share"] for key in ("year_1", "year_2"))
    year_1["value"], year_2["value"] = 0.0, 0.15
    with pytest.raises(InputError, match=r"^rpo\.conversion: bands must be above 0 in the first"):
        parse(tree)


def test_a_run_rate_of_the_same_scope_is_accepted() -> None:
    tree = stated(CUMULATIVE)
    rpo(shape="anchored", run_rate=90.0, scope="Backlog", run_rate_scope="backlog")(tree)
    made = value(parse(tree)).schedule
    assert made is not None
    assert made.by_month[0] == pytest.approx(90.0, rel=0.1)
