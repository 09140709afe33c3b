"""Prints results, the catalogue and what a case may contain to a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich import console as rich_console
from rich import markup
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from model.case.declared import ENTRIES
from model.case.sections import DERIVED
from model.case.tables import TABLES, YEAR
from model.case.values import SECTIONS, row_key
from model.dcf.drivers import DRIVERS, YEARLY
from model.dilution.shares import METHODS
from model.errors import Floats
from model.fields import NOTHING, Field
from model.functions import sections
from model.printable import printable
from model.uncertainty.scenarios import ALL, BASE, WEIGHTED, ScenarioValues
from model.valuation import Valuation
from workbook.catalogue import FAMILIES, Function, Parameter
from workbook.cli.printed import say
from workbook.package.cells import Place, Value, address

if TYPE_CHECKING:
    from workbook.check.key_results import KeyResult
    from workbook.edits.log import Logged
    from workbook.edits.rebuild import Rebuilt
    from workbook.hosts.headless import Evaluation

if TYPE_CHECKING:
    from workbook.edits.compared import Change

#: Characters for a line's name, and for each year next to it.
LABEL_WIDTH, YEAR_WIDTH = 30, 10
#: Of cells that could not be evaluated, how many are listed; and of those that depend on one.
LISTED, FEW = 50, 3


class Console(rich_console.Console):
    """A terminal; one that nobody reads any more ends a command like any other output."""

    def on_broken_pipe(self) -> None:
        """Raise the error that is being handled."""
        raise

    def render_str(self, text: str, **given: Any) -> Text:
        """Escape what a terminal would act on in a text, but not the breaks between its lines."""
        return super().render_str("\n".join(map(printable, text.split("\n"))), **given)


def escape(text: str) -> str:
    """Write a text that somebody else has given as one line without marks."""
    return markup.escape(printable(text))


def show(result: Valuation) -> None:
    """Print a valuation: market values, the forecast, and the bridge to the value per share."""
    console = Console()
    case = result.case
    chosen = case.company.scenario
    scenario = "" if chosen.casefold() == BASE.casefold() else f", scenario {escape(chosen)}"
    day = case.company.valuation_date.value
    console.print(f"\n[bold]{escape(case.company.name)}[/bold] at {day}{scenario}")
    prices = new_table("Market value, USD millions", "At", "Price", *METHODS)
    for i, item in enumerate(case.price_points.values()):
        values = (f"{result.market_caps[m][i]:,.0f}" for m in METHODS)
        prices.add_row(item.label, f"{item.number:,.2f}", *values)
    console.print(prices)

    # As many years side by side as fit.
    across = max(1, (console.width - LABEL_WIDTH) // YEAR_WIDTH)
    for start in range(0, len(result.years), across):
        years = range(start, min(start + across, len(result.years)))
        forecast = new_table(
            "Forecast, USD millions", "Year", *(str(result.years[i]) for i in years)
        )
        for line in result.forecast.lines():
            forecast.add_row(line.label, *(shown(line.values[i], line.field.unit) for i in years))
        console.print(forecast)

    value = new_table("Value", "Line", "Value", "Unit")
    for line in result.result.lines():
        strong = "bold" if line.field.name == "value_per_share" else ""
        value.add_row(
            line.label, shown(line.values, line.field.unit), line.field.unit, style=strong
        )
    console.print(value)
    if result.scenarios is not None:
        _show_scenarios(console, result.scenarios)


def _show_scenarios(console: Console, found: ScenarioValues) -> None:
    """Print the value per share in each scenario, and the weighted value."""
    scenarios = new_table("Scenarios, USD a share", "Scenario", "Weight", "Value", "Difference")
    rows = zip(found.scenario, found.change, found.weight, found.value, found.difference,
               strict=True)  # fmt: skip
    for name, change, weight, value, difference in rows:
        if change == ALL:
            scenarios.add_row(escape(name), f"{weight:.0%}", f"{value:,.2f}", f"{difference:+,.2f}")
    mean, difference = float(found.weighted), float(found.weighted - found.base)
    scenarios.add_row(WEIGHTED, "", f"{mean:,.2f}", f"{difference:+,.2f}", style="bold")
    console.print(scenarios)


def show_results(results: list[KeyResult], before: str = "Before", after: str = "After") -> None:
    """Print key results before and after."""
    table = new_table("Key results", "Result", before, after, "Unit")
    for each in results:
        old, new = (held(value, each.unit) for value in (each.before, each.after))
        table.add_row(each.label, old, new, each.unit, style="" if old == new else "bold")
    if results:
        Console().print(table)


def held(value: Value, unit: str) -> str:
    """Show what a cell holds."""
    if isinstance(value, float):
        return shown(value, unit)
    return "nothing" if value is None else escape(str(value))


def show_logged(found: Logged) -> None:
    """Print how many changes were added to the log, or why it is not kept."""
    if found.note:
        say(found.note)
    if found.added:
        say(f"Logged {found.added} change{'' if found.added == 1 else 's'} on the sheet Changes.")


def show_left(found: Evaluation) -> None:
    """Print the cells that could not be evaluated, and which depend on them."""
    for cell, why in [*found.left.items()][:LISTED]:
        say(f"Left with its value: {_cell(*cell)} {why}")
        following = [_cell(*each) for each in found.dependents(cell)]
        if following:
            more = ", ..." if len(following) > FEW else ""
            say(f"  Cells that depend on it: {len(following)}; {', '.join(following[:FEW])}{more}")
    if len(found.left) > LISTED:
        say(f"Further cells that are left with their values: {len(found.left) - LISTED}")


def _cell(sheet: str, at: Place) -> str:
    return f"{sheet}!{address(*at)}"


def new_table(title: str, first: str, *others: str, left: bool = False) -> Table:
    """Return a table without rows: one of texts if it is `left`, otherwise one of numbers."""
    made = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    made.add_column(first, no_wrap=True)
    for other in others:
        aside = left or other == "Unit"
        made.add_column(other, justify="left" if aside else "right", no_wrap=not left)
    return made


def show_catalogue(catalogue: Mapping[str, Function]) -> None:
    """Print the functions with their arguments, by family, and the drivers."""
    console = Console()
    for family in FAMILIES:
        functions = Table("Function", "Result", title=family, title_justify="left", show_lines=True)
        for f in catalogue.values():
            if f.family == family:
                functions.add_row(escape(signature(f)), f.summary)
        console.print(functions)
    drivers = Table("Driver", "Unit", "Default", "Meaning", title="Drivers", title_justify="left")
    for name, driver in DRIVERS.items():
        drivers.add_row(name, driver.unit, _default(name), driver.meaning)
    console.print(drivers)
    console.print("`offtake functions NAME` explains one of them.", highlight=False)


def signature(f: Function) -> str:
    """Write a function with its arguments, optional ones in brackets."""
    arguments = ", ".join(p.name if p.required else f"[{p.name}]" for p in f.parameters)
    return f"{f.name}({arguments})"


def show_function(f: Function) -> None:
    """Print everything that is declared for a function."""
    console = Console(highlight=False)
    console.print(f"\n{escape(signature(f))}\n{f.summary}\n", style="bold")
    arguments = new_table("Arguments", "Name", "Unit", "Default", "Meaning", left=True)
    for p in f.parameters:
        default = "required" if p.required else "" if p.default is None else f"{p.default}"
        bounds = f" Must be {p.field.expected}." if p.field and p.field.bounded else ""
        names = f" One of {', '.join(p.choices)}." if p.choices else ""
        arguments.add_row(p.name, p.unit, default, f"{p.help}{bounds}{names}")
    console.print(arguments)
    if not isinstance(f.result, Field) and f.result.declared:
        result = new_table("Result", "Line", "Unit", left=True)
        for line in f.result.declared.values():
            result.add_row(line.header.format("..."), line.unit)
        console.print(result)
    for title, text in sections(f.doc).items():
        if title != "Parameters":
            console.print(f"{'Errors' if title == 'Raises' else title}\n{text}\n", markup=False)


def show_driver(name: str) -> None:
    """Print everything that is declared for a driver."""
    driver = DRIVERS[name]
    table = new_table(name, "", "", left=True)
    table.show_header = False
    table.add_row("Meaning", driver.meaning)
    table.add_row("Unit", driver.unit)
    if driver.bounded:
        table.add_row("Must be", driver.expected)
    if driver.choices:
        table.add_row("One of", ", ".join(driver.choices))
    if driver.extent == YEARLY:
        table.add_row("Takes", "one value, or one per forecast year")
    table.add_row("Default", _default(name))
    Console(highlight=False).print(table)


def show_changes(changes: list[Change]) -> None:
    """Print inputs that have changed: what they are, what they were, and what they are now."""
    table = new_table("Changes", "Input", "Label", "Before", "Now", left=True)
    for each in changes:
        table.add_row(*map(escape, (each.path, each.label, each.before, each.after)))
    Console(highlight=False).print(table)


def show_rebuilt(found: Rebuilt) -> None:
    """Print what a workbook was built from: changed inputs, what was carried, and what was not."""
    if found.changes:
        show_changes(found.changes)
    counts = {"changed input": len(found.changes), "added row": found.rows} | found.carried
    said = [f"{n} {kind}{'' if n == 1 else 's'}" for kind, n in counts.items() if n]
    say(f"Carried: {', '.join(said) or 'nothing'}.")
    for line in found.left:
        say(f"Not carried: {line}")
    for line in found.lines:
        say(line)


def show_inputs(name: str | None) -> None:
    """Print what a case may state: its sections and tables, or the keys of one of them."""
    console = Console(highlight=False)
    if name is None:
        sections = new_table("Sections", "Section", "Keys", left=True)
        for section, fields in (SECTIONS | ENTRIES).items():
            sections.add_row(section, ", ".join(key for key in fields if _given(section, key)))
        console.print(sections)
        tables = new_table("Tables", "Table", "Holds", left=True)
        for key, known in TABLES.items():
            tables.add_row(f"tables.{key}", known.label)
        console.print(tables)
        console.print("`offtake inputs NAME` lists the keys of one of them.")
        return
    table = TABLES.get(name.removeprefix("tables."))
    declared = (SECTIONS | ENTRIES).get(name, {})
    if table:
        columns = table.columns.declared.values()
        declared = {row_key(f.header): f for f in columns} | table.of_years([YEAR])
    keys = new_table(name, "Key", "Unit", "Meaning", left=True)
    for key, field in declared.items():
        must = f" Must be {field.expected}." if field.bounded else ""
        one = f" One of {', '.join(field.choices)}." if field.choices else ""
        asked = (table and field.blank is NOTHING) or name in ENTRIES
        needed = " Required." if asked and field.required else ""
        if _given(name, key):
            meaning = field.meaning or f"{field.header}."
            keys.add_row(key, field.unit, escape(f"{meaning}{must}{one}{needed}"))
    console.print(keys)


def _given(section: str, key: str) -> bool:
    """Tell whether a key is stated, and does not follow from other figures."""
    return section != "drivers" or key not in DERIVED


def catalogue_as_json(catalogue: Mapping[str, Function]) -> dict[str, Any]:
    """Return the functions and the drivers as plain data."""
    return {
        "functions": [
            {
                "name": f.name,
                "family": f.family,
                "summary": f.summary,
                "returns": f.returns,
                "arguments": [_argument(p) for p in f.parameters],
                "documentation": f.doc,
            }
            for f in catalogue.values()
        ],
        "drivers": [
            {
                "name": name,
                "kind": "yearly" if d.extent == YEARLY else d.kind,
                "unit": d.unit,
                "meaning": d.meaning,
                "required": d.required,
                "default": None if d.required else d.default,
                "otherwise": d.otherwise or None,
                "choices": list(d.choices),
            }
            for name, d in DRIVERS.items()
        ],
    }


def _argument(p: Parameter) -> dict[str, Any]:
    return {
        "name": p.name,
        "kind": p.kind,
        "unit": p.unit,
        "help": p.help,
        "required": p.required,
        "default": p.default,
        "choices": list(p.choices),
    }


def _default(name: str) -> str:
    driver = DRIVERS[name]
    return "required" if driver.required else driver.otherwise or str(driver.default)


def shown(value: float | Floats, unit: str) -> str:
    """Show a number as its unit asks."""
    number = float(value)
    if unit == "fraction":
        return f"{number:.1%}"
    if unit in ("ratio", "years"):
        return f"{number:.4f}"
    return f"{number:,.2f}" if unit in ("USD", "m") else f"{number:,.0f}"
