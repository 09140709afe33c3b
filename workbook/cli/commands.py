"""The commands: each imports the heavy modules that it needs, so that help appears at once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbook.cli.files import stop, warn
from workbook.cli.printed import say

if TYPE_CHECKING:
    from model.valuation import Valuation

#: Programs into which the functions can be installed.
PROGRAMS = ("excel", "libreoffice")


def new(name: str) -> None:
    """Write NAME.toml, a commented case to start from, ready to build."""
    from model.case.file import names
    from model.case.starter import starter
    from workbook.saving import ExistsError, target
    from workbook.status import today

    if not re.fullmatch(r"\w[\w-]{0,49}", name):
        stop(f"NAME must be at most 50 letters, digits, - and _, not {name!r}.")
    if name in names():
        stop(f"NAME must not be that of a shipped case, {', '.join(names())}; use another NAME.")
    file = Path(f"{name}.toml")
    try:
        target(file, replace=False).save(starter(name, today()).encode())
    except ExistsError:
        stop(f"{file} already exists; use another NAME.")
    say(f"Wrote {file}; `offtake build {file}` builds its workbook.")


def install(program: str, dry_run: bool) -> None:
    """Install the functions into a program for this user, and print each step."""
    _installer(program).install(_echo(dry_run), dry_run)


def uninstall(program: str, dry_run: bool) -> None:
    """Undo what install did."""
    _installer(program).uninstall(_echo(dry_run), dry_run)


def _echo(dry_run: bool) -> Callable[[str], None]:
    return (lambda line: say(f"dry run: {line}")) if dry_run else say


def _installer(program: str) -> Any:
    from model.errors import one_of

    if one_of("program", program, PROGRAMS) == "excel":
        from workbook.hosts import excel_install

        return excel_install
    from workbook.hosts import libreoffice_install

    return libreoffice_install


def doctor(as_json: bool) -> None:
    """Show what is installed here, which hosts work, and how to fix the rest."""
    from dataclasses import asdict

    from workbook.cli import doctor as examining

    findings = examining.report()
    if as_json:
        print(json.dumps([asdict(f) for f in findings], indent=2))
    else:
        examining.show(findings)


def value(case: str, as_json: bool) -> None:
    """Value a case and print every line of the result."""
    from model import valuation
    from model.case.case import load
    from model.case.file import located

    read = load(case)
    with located(case):
        result = valuation.value(read)
    if as_json:
        print(json.dumps(_as_json(result), indent=2))
    else:
        from workbook.cli import terminal

        terminal.show(result)
        warn(result.warnings)


def functions(name: str | None, as_json: bool) -> None:
    """List the functions for cells and the drivers of a forecast, or explain one of them."""
    from difflib import get_close_matches

    from model.dcf.drivers import DRIVERS
    from workbook.cli import terminal
    from workbook.functions import CATALOGUE

    if name is None:
        if as_json:
            print(json.dumps(terminal.catalogue_as_json(CATALOGUE), indent=2))
        else:
            terminal.show_catalogue(CATALOGUE)
        return
    if as_json:
        stop("--json prints every function and driver, and takes no NAME.")
    if name.upper() in CATALOGUE:
        terminal.show_function(CATALOGUE[name.upper()])
    elif name.lower() in DRIVERS:
        terminal.show_driver(name.lower())
    else:
        known = {each.upper(): each for each in (*CATALOGUE, *DRIVERS)}
        near = [known[each] for each in get_close_matches(name.upper(), known, cutoff=0.0)]
        stop(f"There is no function or driver {name!r}; the nearest are {', '.join(near)}.")


def inputs(name: str | None) -> None:
    """List the sections and tables that a case may state, or the keys of one of them."""
    from model.case.declared import ENTRIES
    from model.case.tables import TABLES
    from model.case.values import SECTIONS
    from model.errors import one_of
    from workbook.cli import terminal

    if name is not None:
        name = one_of("NAME", name.removeprefix("tables."), (*SECTIONS, *ENTRIES, *TABLES))
    terminal.show_inputs(name)


def _as_json(result: Valuation) -> dict[str, Any]:
    return {
        "company": result.case.company.name,
        "valuation_date": str(result.case.company.valuation_date.value),
        "scenario": result.case.company.scenario,
        "years": result.years,
        "cost_of_equity": result.cost_of_equity,
        "wacc": result.wacc,
        "market_values": {
            method: dict(zip(result.case.price_points, values.tolist(), strict=True))
            for method, values in result.market_caps.items()
        },
        "contracted_revenue": result.contracted_revenue.tolist(),
        "forecast": {line.field.name: line.values.tolist() for line in result.forecast.lines()},
        "value": {
            line.label if line.field.each else line.field.name: float(line.values)
            for line in result.result.lines()
        },
    }
