"""The scenario that is chosen, and the drivers in it: what all functions and sheets take.

Each cell of the table below follows from the one where the driver is typed, and from what the
scenario changes, as `model.uncertainty.changes` does it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from model.case.case import Case
from model.case.sections import DERIVED
from model.dcf.drivers import YEARLY
from model.fields import NOTHING, Field
from model.uncertainty.changes import AND, NONE
from model.uncertainty.scenarios import BASE
from workbook.template import styles
from workbook.template.area import Area
from workbook.template.entries import Entry
from workbook.template.labels import quoted
from workbook.template.layout import Book, Check, Page
from workbook.template.rows import column_of, spaced
from workbook.template.sheets.inputs.lines import AS_OF, FIRST, LABEL, UNIT, VALUE, put_notes

#: The path of the choice, and the key of the table.
PATH, KEY = "company.scenario", "scenarios"
#: Names of the drivers as they are typed, and in the scenario chosen.
TYPED, LIVE = "Base_drivers", "Drivers"
TITLE = "Drivers in the chosen scenario, calculated: the ones that all sheets use"
#: How the place of a change is shown.
CHANGED = '"changed";;'


class Driver(NamedTuple):
    """A driver in the table of those that are typed: its declaration, row and number format."""

    path: str
    field: Field
    row: int
    form: str


def write(page: Page, book: Book, width: int) -> None:
    """Write the choice of the scenario, of a case that has several."""
    if KEY not in book.case.tables:
        return
    page.put(page.row, UNIT, "name", "unit")
    page.put(page.row, LABEL, "Scenario on all sheets", "label")
    found = names(book.case)
    chosen = next(n for n in found if n.casefold() == book.case.company.scenario.casefold())
    cell = page.input(page.row, VALUE, chosen, Entry("list", "Scenario", choices=found), path=PATH)
    note = f"{BASE} uses the drivers as typed; the changes of the others are below, in Scenarios"
    put_notes(page, "", note, FIRST, width)
    page.row += 1
    book.name("Scenario", cell, "Scenario on all sheets")


def names(case: Case) -> tuple[str, ...]:
    """Name the scenarios of a case in the order of their first rows."""
    return tuple(dict.fromkeys(case.table(KEY).scenario))


def drivers(page: Page, book: Book, width: int) -> None:
    """Write the drivers in the scenario chosen."""
    first, second = _keys(page, book)
    top, years = page.row, len(book.years)
    for column, text in ((UNIT, "Unit"), (AS_OF, "Scenario")):
        page.put(top, column, text, "head_left")
    # The headings too are those of the table where drivers are typed.
    head = Area(page.title, book.areas["driver_names"].row, LABEL, 1, 2 + years)
    for i in range(head.columns):
        look = (
            ("calc_head", styles.YEAR) if i > 1 else ("calc_head" if i else "calc_head_text", None)
        )
        page.put(top, LABEL + i, _shown(head.part(0, i).local), *look)
    page.row += 1
    for driver in book.drivers:
        _row(page, book, driver, first, second)
    area = Area(page.title, top, LABEL, page.row - top, 2 + years)
    book.name(LIVE, area, "Table of drivers in the scenario chosen")
    chosen, typed = book.areas[PATH], column_of(book, KEY, "Scenario")
    found = Area(page.title, top + 1, AS_OF, page.row - top - 1)
    book.checks += [
        Check("Inputs: the chosen scenario is one of Scenarios",
              f"MIN(1,SUMPRODUCT(({typed}={chosen})*1))", "1"),
        Check("Scenarios: each change in the chosen scenario finds its driver",
              f'COUNTIF({found},">0")',
              f'SUMPRODUCT(({first}<>"")+({second}<>""))'),
    ]  # fmt: skip


def _keys(page: Page, book: Book) -> tuple[Area, Area]:
    """Write the names of what the scenario chosen changes: next to its first what is joined."""
    scenario, changed = (column_of(book, KEY, header) for header in ("Scenario", "Input"))
    page.put(page.row, LABEL, "Changed by the scenario", "head_left")
    page.put(page.row, VALUE, "And", "head_left")
    page.row += 1
    top, joined = page.row, quoted(AND)
    for i in range(scenario.rows):
        here, name = scenario.part(i, 0).local, changed.part(i, 0).local
        chosen, at = f"{here}={book.areas[PATH].local}", f"FIND({joined},{name})"
        alone = spaced(f'IFERROR(LEFT({name},{at}-1),{name}&"")')
        other = spaced(f'IFERROR(MID({name},{at}+{len(AND)},LEN({name})),"")')
        page.put(page.row, LABEL, f'=IF({chosen},{alone},"")', "calc_text")
        page.put(page.row, VALUE, f'=IF({chosen},{other},"")', "calc_text")
        page.row += 1
    page.row += 1
    return tuple(Area(page.title, top, column, scenario.rows) for column in (LABEL, VALUE))  # type: ignore[return-value]


def _row(page: Page, book: Book, driver: Driver, first: Area, second: Area) -> None:
    """Write a driver, its number and its numbers by year."""
    row, field = page.row, driver.field
    typed = Area(page.title, driver.row, LABEL)
    name = typed.local
    at = f"IFERROR(MATCH({name},{first.local},0),IFERROR(MATCH({name},{second.local},0),0))"
    page.put(row, UNIT, field.unit, "unit")
    page.put(row, AS_OF, f"={at}", "calc_text", CHANGED)
    page.put(row, LABEL, _shown(name), "calc_text")
    cells = _Cells(book, driver, Area(page.title, row, AS_OF).local, second)
    kind = "calc_text" if field.kind == "choice" else "calc"
    page.put(row, VALUE, cells.value(), kind, None if kind == "calc_text" else driver.form)
    if field.extent == YEARLY:
        for i in range(len(book.years)):
            page.put(row, FIRST + i, cells.year(i), "calc", driver.form)
    stated = book.areas[driver.path]
    book.areas[f"live.{driver.path}"] = Area(page.title, row, stated.column, 1, stated.columns)
    page.row += 1


def _shown(cell: str) -> str:
    """Give a cell, and nothing where it is blank, as a formula."""
    return f'=IF({cell}="","",{cell})'


class _Cells:
    """The formulas of a driver's cells: as it is typed, or as the scenario changes it."""

    def __init__(self, book: Book, driver: Driver, at: str, second: Area) -> None:
        self.book, self.driver, self.at = book, driver, at
        #: Whether the change is one of inputs that are moved together.
        self.joined = f'INDEX({second.local},{at})<>""'
        self.number = self._of("Value")
        self.fixed = driver.field.name in DERIVED and driver.field.name != "wacc"

    def value(self) -> str:
        """Give the formula of what is one number, or a name."""
        typed, path = self._typed(VALUE), self._typed(FIRST)
        if self.fixed:
            return _shown(typed)
        by_year = self._several and self.driver.field.extent == YEARLY
        put = f'IF({path}="",{self.number},"")' if by_year else self.number
        moved = f'IF({self.joined},IF({typed}="","",{typed}+{self.number}),{put})'
        if str(self.book.years[0]) in self._headers:
            moved = f'IF({self.number}="","",{moved})'
        return self._either(typed, moved, of_option=True)

    def year(self, place: int) -> str:
        """Give the formula of the number of a year."""
        typed = self._typed(FIRST + place)
        number = f"{typed}+{self.number}"
        if not self._several:
            # The path of a single year is one number.
            number = f"IF({self.joined},{number},{self.number})"
        moved = f'IF({typed}="","",{number})'
        if (year := str(self.book.years[place])) in self._headers:
            by_year = self._of(year)
            moved = f'IF({self.number}="",IF({by_year}="","",{by_year}),{moved})'
        return self._either(typed, moved)

    @property
    def _several(self) -> bool:
        return len(self.book.years) > 1

    @property
    def _headers(self) -> list[str]:
        return list(self.book.case.tables[KEY].columns)

    def _either(self, typed: str, moved: str, *, of_option: bool = False) -> str:
        """Give what is typed where nothing changes it; an option leaves no numbers by year."""
        if "Option" in self._headers:
            named = self._option() if of_option else '""'
            moved = f'IF({self._of("Option")}<>"",{named},{moved})'
        return f'=IF({self.at}<1,IF({typed}="","",{typed}),{moved})'

    def _option(self) -> str:
        """Give the name that an option is, or the default that none stands for."""
        default: Any = self.driver.field.default
        if default is None or default is NOTHING:
            left_out = '""'
        else:
            left_out = quoted(default) if isinstance(default, str) else f"{float(default):.15g}"
        option = self._of("Option")
        return f"IF({option}={quoted(NONE)},{left_out},{option})"

    def _of(self, header: str) -> str:
        """Give the cell of a column of Scenarios in the row of the change."""
        return f"INDEX({column_of(self.book, KEY, header).local},{self.at})"

    def _typed(self, column: int) -> str:
        return Area("Inputs", self.driver.row, column).local
