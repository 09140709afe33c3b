"""The `offtake` command.

Everything heavy is imported by the command that needs it, so that help answers at once.
"""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
import zlib
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn
from zipfile import BadZipFile, ZipFile

import typer

if TYPE_CHECKING:
    from model.valuation import Valuation

app = typer.Typer(
    help="Value companies whose revenue is under contract, in Python and in Excel.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Plain help answers in half the time.
    rich_markup_mode=None,
)

CaseArgument = Annotated[
    str, typer.Argument(help="Name of a shipped case, or path of a .toml file.")
]


class Host(StrEnum):
    """A program that is to call the functions."""

    EXCEL = "excel"
    ADDIN = "addin"
    LITE = "lite"
    LIBREOFFICE = "libreoffice"


#: What is built for a host: the end of the file's name, and the name where it is not the case's.
SUFFIXES = {None: ".xlsx", Host.EXCEL: ".xlsm", Host.ADDIN: ".xlam", Host.LITE: ".xlsx",
            Host.LIBREOFFICE: ".oxt"}  # fmt: skip
ADDINS = (Host.ADDIN, Host.LIBREOFFICE)


@app.command()
def build(
    case: CaseArgument = "cerebras",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write; else CASE.xlsx here.")
    ] = None,
    host: Annotated[
        Host | None,
        typer.Option(
            help="excel: .xlsm for the xlwings add-in; addin: offtake.xlam for every workbook; "
            "lite: .xlsx for xlwings Lite; libreoffice: offtake.oxt for Calc."
        ),
    ] = None,
    bundle: Annotated[
        bool, typer.Option("--bundle", help="With lite: put the package into the file.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
) -> None:
    """Build a case's workbook: live formulas, the values they have, and checks."""
    suffix = SUFFIXES[host]
    target = output or Path(f"{'offtake' if host in ADDINS else Path(case).stem}{suffix}")
    if target.suffix.lower() != suffix:
        _stop(f"The output must be a {suffix} file, not {str(target)!r}.")
    if bundle and host is not Host.LITE:
        _stop("--bundle is for --host lite.")
    if not target.parent.is_dir():
        _stop(f"{target.parent} is not a folder.")
    if target.exists() and not force:
        _stop(f"{target} exists; give --force to replace it.")
    package = _made(case, host, bundle)
    write(target, package, replace=force)
    typer.echo(f"Wrote {target} ({len(package) / 1024:.0f} kB).")


def _made(case: str, host: Host | None, bundle: bool) -> bytes:
    """Make what a host needs: an add-in, or a case's workbook."""
    if host is Host.ADDIN:
        from workbook.hosts import excel_files

        return excel_files.addin()
    if host is Host.LIBREOFFICE:
        from workbook.hosts import libreoffice

        return libreoffice.addin()
    from model.case import load
    from workbook import template

    package = template.build(load(case))
    if host is Host.EXCEL:
        from workbook.hosts import excel_files

        return excel_files.macro_workbook(package)
    if host is Host.LITE:
        from workbook.hosts import lite

        return lite.lite_workbook(package, bundle)
    return package


class Program(StrEnum):
    """A program on this machine that the functions can be installed in."""

    EXCEL = "excel"
    LIBREOFFICE = "libreoffice"


@app.command()
def install(program: Annotated[Program, typer.Argument(help="excel or libreoffice.")]) -> None:
    """Make the functions known to a program on this machine; each step is printed."""
    _installer(program).install(typer.echo)


@app.command()
def uninstall(program: Annotated[Program, typer.Argument(help="excel or libreoffice.")]) -> None:
    """Undo what install did."""
    _installer(program).uninstall(typer.echo)


def _installer(program: Program) -> Any:
    if program is Program.EXCEL:
        from workbook.hosts import excel_install

        return excel_install
    from workbook.hosts import libreoffice

    return libreoffice


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell what is installed here, which hosts can work, and what mends the rest."""
    from dataclasses import asdict

    from workbook import doctor as examining

    findings = examining.report()
    if as_json:
        typer.echo(json.dumps([asdict(f) for f in findings], indent=2))
    else:
        examining.show(findings)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A workbook that was built by this command.")],
) -> None:
    """Evaluate a workbook anew and compare it with its cached values and with the model."""
    if not file.is_file():
        _stop(f"{file} is not a file.")
    from xml.parsers.expat import ExpatError

    from workbook import check as checking
    from workbook.hosts.headless import EvaluationError

    try:
        report = checking.report(_xlsx(file))
    except ExpatError:
        _stop(f"{file} is not an .xlsx workbook.")
    except EvaluationError as error:
        typer.echo(str(error))
        raise typer.Exit(1) from None
    for line in report.faults:
        typer.echo(line)
    typer.echo(report.summary)
    if report.faults:
        raise typer.Exit(1)


@app.command()
def value(
    case: CaseArgument = "cerebras",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Value a case and print every line of the result."""
    from model import valuation
    from model.case import load

    result = valuation.value(load(case))
    if as_json:
        typer.echo(json.dumps(_as_json(result), indent=2))
    else:
        from workbook import terminal

        terminal.show(result)


@app.command()
def functions(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the functions that a cell can call, and the drivers of a forecast."""
    from workbook import terminal
    from workbook.functions import CATALOGUE

    if as_json:
        typer.echo(json.dumps(terminal.catalogue_as_json(CATALOGUE), indent=2))
    else:
        terminal.show_catalogue(CATALOGUE)


def write(target: Path, package: bytes, *, replace: bool) -> None:
    """Write a file whole or not at all, and never over another unless it is to be replaced."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(package)
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        if not replace:
            # Takes the name, or fails if the file has come into being meanwhile.
            target.touch(exist_ok=False)
        try:
            Path(name).replace(target)
        except OSError:
            if not replace:
                target.unlink()
            raise
    except FileExistsError:
        _stop(f"{target} exists; give --force to replace it.")
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()


def _xlsx(file: Path) -> bytes:
    """Read the file of a workbook whole, or stop where it is none."""
    package = file.read_bytes()
    try:
        with ZipFile(io.BytesIO(package)) as archive:
            sound = "xl/workbook.xml" in archive.namelist() and archive.testzip() is None
    except (BadZipFile, zlib.error):
        sound = False
    if not sound:
        _stop(f"{file} is not an .xlsx workbook.")
    return package


def _as_json(result: Valuation) -> dict[str, Any]:
    return {
        "company": result.case.company.name,
        "valuation_date": str(result.case.company.valuation_date.value),
        "years": result.years,
        "cost_of_equity": result.cost_of_equity,
        "wacc": result.wacc,
        "market_values": {
            method: dict(zip(result.case.price_points, values.tolist(), strict=True))
            for method, values in result.market_caps.items()
        },
        "contracted_revenue": result.contracted_revenue.tolist(),
        "forecast": {line.name: line.values.tolist() for line in result.forecast.lines()},
        "value": {line.name: float(line.values) for line in result.result.lines()},
    }


def _stop(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(2)


def main() -> None:
    """Run the command; a refused input is a sentence, not a traceback."""
    from model.errors import InputError
    from workbook.hosts import HostError

    try:
        app()
    except (InputError, HostError, OSError) as error:
        typer.echo(str(error), err=True)
        sys.exit(2)
