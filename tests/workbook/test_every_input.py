"""Does everything that is typed on Inputs count, in the workbook of each company?

Oracles: the formulas of the workbook, of which one on a sheet of results must read each input; and
the workbook with one input a tenth higher or lower, in the headless engine, where a result must
change that is not the input shown again. Figures from which the value follows are moved in the
model (`tests/model/test_every_figure.py`), which takes a tenth of the time, and the claims of
others column by column (`test_further_sheets.py`).
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import openpyxl
from calc_comparison import built, every_case
from changes import COSTLY
from every import every
from live import Live, kept
from openpyxl.utils.datetime import to_excel
from ranges import areas

from model.case import facts
from model.case.case import Case, load
from model.plausibility import moves_value
from workbook.hosts.order import references
from workbook.package.cells import Place, cells
from workbook.package.package import Package

INPUTS = "Inputs"
#: Sheets that say where figures come from, and whether they agree: no results.
ABOUT_INPUTS = (INPUTS, "Sources", "Checks and warnings")
#: Tables whose cells the model's test moves.
OF_MODEL = (
    "Drivers",
    "Base_drivers",
    "Securities",
    "Customer_contracts",
    "Plant",
    "Balance_events",
)
#: Tables that are compared with the rest on Sources.
COMPARED = ("Facts", "Quoted_claims")
PUBLISHED = "It is published, and stands next to the forecast"
NOT_OBSERVED = "A threshold of what is not observed"
NO_MARKS = "Full marks, of a flow so negative that it has none"
#: Inputs that stay without effect by what the case says, by company and by label, and why.
UNUSED = {
    ("cerebras", "Operating income, first quarter of 2026"): PUBLISHED,
    ("cerebras", "Free cash flow, first quarter of 2026"): PUBLISHED,
    ("cerebras", "Customer execution"): NOT_OBSERVED,
    ("cerebras", "Free cash flow margin"): NO_MARKS,
    ("coreweave", "Operating income, first quarter of 2026"): PUBLISHED,
    ("coreweave", "Operating income, second quarter of 2026"): PUBLISHED,
    ("coreweave", "Customer execution"): NOT_OBSERVED,
    ("coreweave", "Price premium"): NOT_OBSERVED,
    ("coreweave", "Free cash flow margin"): NO_MARKS,
    ("nebius", "Customer execution"): NOT_OBSERVED,
    ("nebius", "Repeat demand"): NOT_OBSERVED,
    ("nebius", "Free cash flow margin"): NO_MARKS,
    ("snowflake", "Price at which a gap is filled"): "There is no gap",
    ("snowflake", "What fills a gap: shares or debt"): "There is no gap",
    ("snowflake", "Repeat demand"): "What it was before, far above its threshold then as now",
}
#: What is typed into cells: a number, or the name of another option.
Typed = Mapping[Place, Any]


class Sheet:
    """The inputs of a company's workbook."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.case: Case = load(name)
        self.book = openpyxl.load_workbook(io.BytesIO(built(name)))
        self.page = self.book[INPUTS]
        self.areas = {key.casefold(): area for key, area in areas(self.book).items()}
        self.formulas = Package.opened(built(name)).formulas
        #: The options of cells with a list of them.
        self.options = {
            at: str(rule.formula1).strip('"').split(",")
            for rule in self.page.data_validations.dataValidation
            if rule.type == "list" and str(rule.formula1).startswith('"')
            for part in str(rule.sqref).split()
            for at in cells(part)
        }

    def label(self, at: Place) -> str:
        """Return the text at the head of a row."""
        return str(self.page.cell(at[0], 3).value)

    def typed(self) -> Iterator[Typed]:
        """Yield what is typed: a path by year together, each cell of a table alone."""
        for row in self.page.iter_rows():
            found = {
                (cell.row, cell.column): cell.value
                for cell in row
                if cell.style.startswith("input")
                and cell.value is not None
                and (not isinstance(cell.value, str) or (cell.row, cell.column) in self.options)
            }
            if row[0].value and found:  # A figure has its unit in the first column.
                yield found
            else:
                yield from ({at: value} for at, value in found.items())

    def of(self, *tables: str) -> set[Place]:
        """Return the cells of some named tables."""
        found: set[Place] = set()
        for table in tables:
            sheet, _, ref = self.areas.get(table.casefold(), "").rpartition("!")
            if sheet.strip("'") == INPUTS:
                found |= set(cells(ref.replace("$", "")))
        return found

    def figures(self) -> dict[Place, str]:
        """Return the paths of the case's figures, by the cells to which Sources links."""
        found = {}
        for path, link in self.book["Sources"].iter_rows(min_col=3, max_col=4, values_only=True):
            for sheet, ref in references(str(link or ""), "Sources", {}):
                if sheet == INPUTS and path in self.case.figures:
                    found[cells(ref.replace("$", ""))[0]] = str(path)
        return found

    def readers(self) -> dict[Place, set[str]]:
        """Return the sheets of results with a formula that reads a cell of Inputs."""
        found: dict[Place, set[str]] = {}
        links: list[tuple[set[Place], Place]] = []
        for sheet, of_sheet in self.formulas.items():
            if sheet in ABOUT_INPUTS[1:]:
                continue
            for at, formula in of_sheet.items():
                for other, ref in references(formula.text, sheet, self.areas):
                    if other != INPUTS:
                        continue
                    read = set(cells(ref.replace("$", "")))
                    if sheet == INPUTS:
                        links.append((read, at))
                        continue
                    for each in read:
                        found.setdefault(each, set()).add(sheet)
        # What a formula of Inputs reads counts where its own cell is read.
        before = -1
        while before != (before := sum(map(len, found.values()))):
            for read, at in links:
                for each in read:
                    found.setdefault(each, set()).update(found.get(at, set()))
        return found


@cache
def sheet(name: str) -> Sheet:
    return Sheet(name)


def lives(name: str) -> Iterator[Live]:
    """Yield a company's workbook in the engine: without the costly functions, and with them."""
    yield kept(built(name), COSTLY)
    yield kept(built(name))


@every_case
def test_without_the_costly_functions_all_else_is_the_same(name: str) -> None:
    """Or a value might seem to move that was another from the start."""
    still, whole = lives(name)
    assert sum(map(len, still.base.values())) > 0.8 * sum(map(len, whole.base.values()))
    for sheet, of_sheet in still.base.items():
        assert of_sheet.items() <= whole.base[sheet].items(), sheet


def of_totals(of: Sheet) -> set[Place]:
    """Return the cells of figures that add up to others, where a check fails if they do not."""
    paths = {
        path.removeprefix("-")
        for total in of.case.totals.values()
        for path in (total.total, *total.parts)
    }
    return {at for at, path in of.figures().items() if path in paths}


@every_case
def test_a_formula_of_a_result_reads_every_input(name: str) -> None:
    """But facts and claims, which are compared on Sources, and what adds up to others."""
    of = sheet(name)
    apart, readers = of.of(*COMPARED) | of_totals(of), of.readers()
    tried = {at for typed in of.typed() for at in typed} - apart
    assert len(tried) > 250
    assert {at: of.label(at) for at in tried if not readers.get(at)} == {}


def steps(of: Sheet, typed: Typed) -> Iterator[Typed]:
    """Move an input by a tenth, a whole number by one, a date by a month, or choose another option.

    One that says where something begins, such as the least cash, may be far from it: it is moved
    tenfold, and a date by a year. What is above what is possible is refused, which is an effect.
    """
    first = next(iter(typed.values()))
    if isinstance(first, str):
        (at,) = typed
        yield from ({at: option} for option in of.options[at] if option != first)
    elif isinstance(first, datetime):
        for days in (31, -31, 366, -366):
            yield {at: to_excel(day + timedelta(days)) for at, day in typed.items()}
    elif not any(typed.values()):
        yield from (dict.fromkeys(typed, number) for number in (0.01, 1.0, 1000.0))
    else:
        if len(typed) == 1 and first == int(first) and 1 < first < 100:
            yield from ({at: n + step for at, n in typed.items()} for step in (1, -1))
        for factor in (1.1, 0.9, 10, 0.1):
            yield {at: number * factor for at, number in typed.items()}


def moves(live: Live, typed: Typed, compared: bool) -> bool:
    """Tell whether something else in cells of Inputs changes a result that does not just show it.

    Sources, where it only stands again, has no results but for a fact that is compared.
    """
    shown = {*typed.values()}
    pages = [page for page in live.base if page not in (INPUTS, "Sources")]
    pages += ["Sources"] if compared else []
    return any(
        value not in shown
        for _, _, value in live.changes({(INPUTS, at): v for at, v in typed.items()}, pages)
    )


@every_case
def test_every_input_moves_a_result(name: str) -> None:
    of = sheet(name)
    paths = of.figures()
    apart = of.of(*OF_MODEL, "Quoted_claims")
    apart |= {at for at, path in paths.items() if moves_value(of.case, path)}
    compared = of.of("Facts")
    # A fact with which nothing is compared is for the reader.
    alone = {
        each[0].fact
        for each in facts.groups(of.case).values()
        if len(each) == 1 and not each[0].input
    }
    unused = {label for company, label in UNUSED if company == name}
    still = set()

    def check(typed: Typed, label: str, of_fact: bool) -> None:
        if not any(moves(live, new, of_fact) for new in steps(of, typed) for live in lives(name)):
            still.add(label)
            assert label in unused, "moves nothing"

    tried = []
    for typed in of.typed():
        at = next(iter(typed))
        label, of_fact = of.label(at), at in compared
        if at not in apart and not (of_fact and label in alone):
            tried.append((f"{label} {at}", (typed, label, of_fact)))
    every(check, tried)
    assert still == unused
