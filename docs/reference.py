"""Writes the reference: a page for each function, driver, table and key of a case.

Everything on a page is read from a declaration, from a function's docstring, from the published
numbers that the tests hold it to, or from the shipped case.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from model.case import declared
from model.case.case import load
from model.case.parts import Figure
from model.case.sections import DERIVED
from model.case.tables import TABLES, YEAR
from model.case.values import row_key
from model.dcf.drivers import DRIVERS, Drivers
from model.dcf.segment import Segment
from model.dcf.segments import SegmentedDrivers
from model.fields import NOTHING, Field
from model.functions import FUNCTIONS, Function, Parameter, sections
from model.tables import Grid, Lines, Rows, Table
from workbook.catalogue import FAMILIES
from workbook.functions import CATALOGUE

PUBLISHED = Path(__file__).parents[1] / "tests" / "data" / "published.json"
#: What a table of drivers holds where it has segments.
BY_SEGMENT: tuple[type[Table], ...] = (SegmentedDrivers, Segment)
#: Sections of a case whose keys are declared one by one.
SECTIONS: dict[str, Mapping[str, Field]] = {
    "company": declared.COMPANY,
    "offer": declared.OFFER,
    "price": declared.PRICE,
    "balance_sheet": declared.BALANCE_SHEET,
    "rpo": declared.RPO | declared.RPO_FURTHER,
    "cost_of_capital": declared.COST_OF_CAPITAL,
    "funding": declared.FUNDING,
    "scalars": declared.SCALARS,
}
#: Names of functions in sentences: not in headings, formulas and links.
NAMES = re.compile(r"(?<=[ (])[A-Z]+_[A-Z_]+(?=[ .,;)])")
#: Rows of a published table that a page shows.
ROWS_SHOWN = 12


def write(folder: Path) -> None:
    """Write every page, in place of those of an earlier time."""
    shutil.rmtree(folder, ignore_errors=True)
    published = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    case = load("cerebras")

    def key(title: str, path: str, field: Field) -> str:
        figure = case.figures.get(path)
        return _key(title, path, field, figure, case.sources[figure.source].title if figure else "")

    pages = {"index": _contents()}
    for f in (FUNCTIONS[name] for name in CATALOGUE):
        examples = [e for e in published if e["function"] == f.name]
        pages[f"functions/{f.name}"] = _function(f, examples[0])
    for name, field in DRIVERS.items():
        pages[f"drivers/{name}"] = key(name, f"drivers.{name}", field)
    for table in _tables():
        pages[f"tables/{_name(table)}"] = _table(table)
    for section, fields in SECTIONS.items():
        for name, field in fields.items():
            path = f"{section}.{name}"
            pages[f"case/{path}"] = key(path, path, field)
    for key, known in TABLES.items():
        columns = [*known.columns.declared.values(), *known.of_years([YEAR]).values()]
        pages[f"case/tables.{key}"] = _page(
            f"tables.{key}",
            f"{known.label}. Each row is a key of its own, and states:",
            _fields(columns, lambda f: f"``{row_key(f.header)}``"),
        )
    for name, text in pages.items():
        page = folder / f"{name}.rst"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")


def _page(title: str, *parts: str) -> str:
    text = "\n\n".join([f"{title}\n{'=' * len(title)}", *filter(None, parts)]) + "\n"
    return NAMES.sub(_link, text)


def _link(found: re.Match[str]) -> str:
    """Make the name of a function in a sentence a link to its page."""
    name = found[0]
    return f":doc:`{name} </reference/functions/{name}>`" if name in CATALOGUE else name


def _contents() -> str:
    parts = ["Every page is made from the declaration that the program itself works by."]
    for family in FAMILIES:
        in_family = {
            f"functions/{name}": FUNCTIONS[name].summary
            for name, f in CATALOGUE.items()
            if f.family == family
        }
        parts.append(_tree(f"Functions: {family}", in_family))
    drivers = {f"drivers/{name}": f.meaning for name, f in DRIVERS.items()}
    tables = {f"tables/{_name(t)}": _first_line(t) for t in sorted(_tables(), key=_name)}
    keys = {f"case/{s}.{key}": f.header for s, fs in SECTIONS.items() for key, f in fs.items()}
    keys |= {f"case/tables.{key}": known.label for key, known in TABLES.items()}
    parts += [
        _tree("Drivers of a forecast", drivers),
        _tree("Tables", tables),
        _tree("Keys of a case", keys),
    ]
    return _page("Reference", *parts)


def _first_line(table: type[Table]) -> str:
    return (table.__doc__ or "").strip().partition("\n")[0]


def _tree(title: str, pages: Mapping[str, str]) -> str:
    """List pages, each with a sentence, and put them into the tree at the side."""
    listed = "\n".join(f"   {page}" for page in pages)
    linked = ((f":doc:`{page.partition('/')[2]} <{page}>`", said) for page, said in pages.items())
    tree = f".. toctree::\n   :hidden:\n   :caption: {title}\n\n{listed}"
    return _rubric(title, _listed((), linked), tree)


def _function(f: Function, example: dict[str, Any]) -> str:
    # In a cell, one that follows a table takes the number of its rows as well.
    taken = [*f.parameters, *CATALOGUE[f.name].parameters[len(f.parameters) :]]
    given = ", ".join(p.name if p.required else f"[{p.name}]" for p in taken)
    parts = [
        f.summary,
        f"``={f.name}({given})``",
        _rubric(
            "Arguments",
            _listed(("Argument", "Unit", "Left out", "Meaning"), map(_row, taken)),
        ),
        _rubric("Result", *_result(f)),
    ]
    for title, text in sections(f.doc).items():
        if title in ("Notes", "Raises", "References"):
            parts.append(_rubric({"Raises": "Errors"}.get(title, title), text))
    parts += [
        _rubric("Example in a cell", *_cells(f, example)),
        _rubric(
            "Example in Python",
            f".. code-block:: pycon\n\n{_indented(sections(f.doc)['Examples'])}",
        ),
    ]
    return _page(f.name, *parts)


def _row(p: Parameter) -> tuple[str, ...]:
    if p.required:
        left_out = "required"
    else:
        left_out = "nothing" if p.default is None else f"``{_plain(p.default)}``"
    if p.table is not None:
        return p.name, f":doc:`table </reference/tables/{_name(p.table)}>`", left_out, p.help
    assert p.field is not None
    bounds = f" Must be {p.field.expected}." if p.field.bounded else ""
    return p.name, p.field.unit, left_out, f"{p.help}{bounds}{_choices(p.field)}"


def _result(f: Function) -> Iterator[str]:
    yield sections(f.doc)["Returns"].partition("\n")[2].replace("\n    ", "\n").strip()
    if isinstance(f.result, Field):
        yield f"A number: {f.result.unit}."
    elif issubclass(f.result, Lines):
        rows = ((x.header.format("..."), x.unit) for x in f.result.declared.values())
        yield _listed(("Line", "Unit"), rows)
    elif issubclass(f.result, Grid):
        yield f"A grid in {f.result.unit}." if f.result.unit else ""


def _cells(f: Function, example: dict[str, Any]) -> Iterator[str]:
    """Show a published number as a formula that gives it."""
    arguments: list[str] = []
    tables: list[str] = []
    for p in f.parameters:
        value = example["arguments"].get(p.name)
        if isinstance(value, list):
            arguments.append(p.name)
            rows = value if value and isinstance(value[0], list) else [value]
            shown = [[_plain(v) for v in row] for row in rows[: ROWS_SHOWN + 1]]
            more = len(rows) - len(shown)
            tables.append(f"*{p.name}*:" + (f" (the first rows; {more} more)" if more else ""))
            tables.append(_listed((), shown, headed=rows is value))
        elif value is None:
            arguments.append("")
        else:
            arguments.append(f'"{value}"' if isinstance(value, str) else _plain(value))
    while arguments and not arguments[-1]:
        arguments.pop()
    pick = example.get("pick")
    where = f" in {_picked(pick)}" if pick else ""
    yield f"``={f.name}({', '.join(arguments)})`` gives {_plain(example['expected'])}{where}."
    yield from tables
    yield f"Source: {example['source']}."


def _picked(pick: Any) -> str:
    if isinstance(pick, dict):
        return ", ".join(f"{key} {_plain(value)}" for key, value in pick.items())
    return _plain(pick)


def _key(title: str, path: str, field: Field, figure: Figure | None, source: str) -> str:
    follows = path.startswith("drivers.") and field.name in DERIVED
    facts = [("Key of a case", "none, since it follows from others" if follows else f"``{path}``")]
    facts.append(("Unit", field.unit))
    if field.bounded:
        facts.append(("Must be", field.expected))
    if field.choices:
        facts.append(("One of", ", ".join(map(_choice, field.choices))))
    if field.extent != "one":
        facts.append(("Holds", "one value, or one for each forecast year"))
    if field.otherwise or field.default is not NOTHING:
        facts.append(("Left out", field.otherwise or _plain(field.default)))
    parts = [
        field.meaning or f"{field.header}.",
        _listed((), facts),
    ]
    if figure is not None:
        stated = f"In the case ``cerebras``: {_plain(figure.value)}"
        parts.append(f"{stated}, {figure.quality} of {figure.as_of}. Source: {source}.")
    return _page(title, *parts)


def _tables() -> list[type[Table]]:
    """Return every table that a function takes."""
    parameters = [p for f in FUNCTIONS.values() for p in f.parameters]
    taken = [t for p in parameters for t in (p.table, p.other) if t is not None]
    return list(dict.fromkeys([*taken, *BY_SEGMENT]))


def _name(table: type[Table]) -> str:
    """Name a table with its family: two families have tranches."""
    return f"{table.__module__.split('.')[1]}.{table.__name__}"


def _table(table: type[Table]) -> str:
    taken = Drivers if table in BY_SEGMENT else table
    users = ", ".join(
        f":doc:`/reference/functions/{f.name}`"
        for f in CATALOGUE.values()
        if any(taken in (p.table, p.other) for p in f.parameters)
    )
    named = issubclass(table, Rows) or table.argument() == "drivers"
    said = "Rows by name:" if named else "Columns, in any order:"
    return _page(
        _name(table),
        (table.__doc__ or "").strip(),
        f"Taken by {users}.",
        said,
        _fields(table.declared.values(), lambda f: f.header or f.name),
    )


def _fields(fields: Iterable[Field], name: Any) -> str:
    def row(f: Field) -> tuple[str, ...]:
        left_out = "required" if f.required else f.otherwise or _plain(f.default)
        bounds = f" Must be {f.expected}." if f.bounded else ""
        return name(f), f.unit, left_out, f"{f.meaning}{bounds}{_choices(f)}"

    return _listed(("Name", "Unit", "Left out", "Meaning"), map(row, fields))


def _choices(f: Field) -> str:
    return f" One of {', '.join(map(_choice, f.choices))}." if f.choices else ""


def _rubric(title: str, *parts: str) -> str:
    return "\n\n".join([f"{title}\n{'-' * len(title)}", *filter(None, parts)])


def _listed(header: tuple[str, ...], rows: Iterable[Iterable[str]], headed: bool = False) -> str:
    every = [list(row) for row in ([header] if header else [])] + [list(row) for row in rows]
    width = max(len(row) for row in every)
    lines = [".. list-table::"]
    if header or headed:
        lines.append("   :header-rows: 1")
    lines.append("")
    for row in every:
        for i in range(width):
            text = " ".join((row[i] if i < len(row) else "").split())
            lines.append(f"   {'* -' if i == 0 else '  -'} {text}".rstrip())
    return "\n".join(lines)


def _indented(text: str) -> str:
    return "\n".join(f"   {line}".rstrip() for line in text.splitlines())


def _plain(value: Any) -> str:
    """Show a value as one types it."""
    if value is None or value is NOTHING:
        return ""
    if isinstance(value, float) and value != value:
        return "blank"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return f"{value:.15g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value))
    return str(value)


def _choice(name: str) -> str:
    """Show a choice as it is typed."""
    return f"``{name}``" if name else "blank"
