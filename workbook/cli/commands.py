"""The `offtake` command.

Each command imports the heavy modules it needs, so that help appears at once.
"""

from __future__ import annotations

import gc
import io
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from model.valuation import Valuation
    from workbook.package.package import Package

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Plain help takes half the time.
    rich_markup_mode=None,
)

DEFAULT_CASE = "cerebras"
CaseArgument = Annotated[
    str, typer.Argument(help="Name of a shipped case, or path of a .toml file.")
]


#: The suffix of the file that is built for each host.
SUFFIXES = {"excel": ".xlsm", "addin": ".xlam", "lite": ".xlsx", "libreoffice": ".oxt"}
#: The hosts for which an add-in is built; it is the same for every case.
ADDINS = ("addin", "libreoffice")
#: Programs into which the functions can be installed.
PROGRAMS = ("excel", "libreoffice")

ProgramArgument = Annotated[
    str, typer.Argument(metavar="excel|libreoffice", help="The program that gets the functions.")
]


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"offtake {version('offtake')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Value companies whose revenue is under contract, in Python and in Excel."""


@app.command()
def build(
    case: CaseArgument = DEFAULT_CASE,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write; default CASE.xlsx here.")
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            metavar="<excel|addin|lite|libreoffice>",
            help="excel: .xlsm with the functions; addin: offtake.xlam for every workbook; "
            "lite: .xlsx for xlwings Lite; libreoffice: offtake.oxt for Calc.",
        ),
    ] = None,
    bundle: Annotated[
        bool, typer.Option("--bundle", help="With lite: include the package in the file.")
    ] = False,
    python: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="With excel or addin: the python.exe to call; on Windows, default this one.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Build a case's workbook: live formulas, their values, and checks."""
    from model.errors import one_of

    if host is not None:
        host = one_of("--host", host, SUFFIXES)
    if bundle and host != "lite":
        _stop("--bundle is for --host lite.")
    if python is not None and host not in ("excel", "addin"):
        _stop("--python is for --host excel and --host addin.")
    if host in ADDINS and case != DEFAULT_CASE:
        _stop(f"--host {host} is the same for every company and takes no case; remove {case!r}.")
    suffix = ".xlsx" if host is None else SUFFIXES[host]
    target = output or Path(f"{'offtake' if host in ADDINS else Path(case).stem}{suffix}")
    if target.suffix.lower() != suffix:
        _stop(f"The output must be a {suffix} file, not {str(target)!r}.")
    if not target.parent.is_dir():
        _stop(f"{target.parent} is not a folder.")
    if target.is_dir():
        _stop(f"{target} is a folder.")
    maker, warnings = _maker(case, host, bundle, python)
    if target.exists() and not force:
        _stop(f"{target} already exists; use --force to replace it.")
    package = maker()
    try:
        write(target, package, replace=force)
    except OSError as problem:
        # The error's own message names a temporary file that no longer exists.
        _stop(f"{target} cannot be written: {problem.strerror or problem}.")
    message = f"Wrote {target} ({len(package) / 1024:.0f} kB)"
    failing = 0 if host in ADDINS else _failing(package)
    if failing:
        message += f"; {failing} of its checks fail; `offtake check {target}` lists them"
    typer.echo(f"{message}.")
    _warn(warnings)


def _warn(sentences: list[str]) -> None:
    for sentence in sentences:
        typer.echo(f"Warning: {sentence}")


def _failing(package: bytes) -> int:
    from workbook.check.report import failing

    return failing(package)


def _maker(
    case: str, host: str | None, bundle: bool, python: str | None
) -> tuple[Callable[[], bytes], list[str]]:
    """Return a function that makes the file for a host, and the case's warnings.

    The case is read and valued at once, so that a case that is missing or refused is reported
    before anything else.
    """
    if host in ("addin", "excel"):
        # It imports xlwings, and with it pandas: as long as all the rest.
        from workbook.hosts import excel_files

    if host == "addin":
        return (lambda: excel_files.addin(python)), []
    if host == "libreoffice":
        from workbook.hosts import libreoffice

        return libreoffice.addin, []
    from model.case.case import load
    from model.case.file import located
    from model.valuation import value as valued
    from workbook import template

    read = load(case)
    with located(case):
        warnings = valued(read).warnings

    def built() -> bytes:
        with located(case):
            return template.build(read)

    if host == "excel":
        return (lambda: excel_files.macro_workbook(built(), python)), warnings
    if host == "lite":
        from workbook.hosts import lite

        return (lambda: lite.lite_workbook(built(), bundle)), warnings
    return built, warnings


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the case, such as a ticker.")],
) -> None:
    """Write NAME.toml, a commented case to start from, ready to build."""
    from model.case.starter import starter
    from workbook.status import today

    if not re.fullmatch(r"\w[\w-]{0,49}", name):
        _stop(f"NAME must be at most 50 letters, digits, - and _, not {name!r}.")
    target = Path(f"{name}.toml")
    if target.exists():
        _stop(f"{target} already exists; use another NAME.")
    write(target, starter(name, today()).encode(), replace=False)
    typer.echo(f"Wrote {target}; `offtake build {target}` builds its workbook.")


@app.command()
def install(program: ProgramArgument) -> None:
    """Install the functions into a program on this machine, and print each step."""
    _installer(program).install(typer.echo)


@app.command()
def uninstall(program: ProgramArgument) -> None:
    """Undo what install did."""
    _installer(program).uninstall(typer.echo)


def _installer(program: str) -> Any:
    from model.errors import one_of

    if one_of("program", program, PROGRAMS) == "excel":
        from workbook.hosts import excel_install

        return excel_install
    from workbook.hosts import libreoffice

    return libreoffice


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what is installed here, which hosts work, and how to fix the rest."""
    from dataclasses import asdict

    from workbook.cli import doctor as examining

    findings = examining.report()
    if as_json:
        typer.echo(json.dumps([asdict(f) for f in findings], indent=2))
    else:
        examining.show(findings)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A workbook built with `offtake build`.")],
) -> None:
    """Recalculate a workbook and compare it with its cached values and with the model."""
    if not file.is_file():
        _stop(f"{file} is not a file.")
    from workbook.check import report as checking
    from workbook.hosts.headless import EvaluationError

    package = _opened(file)
    try:
        report = checking.report(package)
    except EvaluationError as error:
        typer.echo(str(error))
        raise typer.Exit(1) from None
    for line in report.faults:
        typer.echo(line)
    _warn(report.warnings)
    typer.echo(report.summary)
    if report.faults:
        raise typer.Exit(1)


@app.command()
def value(
    case: CaseArgument = DEFAULT_CASE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Value a case and print every line of the result."""
    from model import valuation
    from model.case.case import load
    from model.case.file import located

    read = load(case)
    with located(case):
        result = valuation.value(read)
    if as_json:
        typer.echo(json.dumps(_as_json(result), indent=2))
    else:
        from workbook.cli import terminal

        terminal.show(result)
        _warn(result.warnings)


@app.command()
def functions(
    name: Annotated[str | None, typer.Argument(help="A function or a driver to explain.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the functions for cells and the drivers of a forecast, or explain one of them."""
    from difflib import get_close_matches

    from model.dcf.drivers import DRIVERS
    from workbook.cli import terminal
    from workbook.functions import CATALOGUE

    if name is None:
        if as_json:
            typer.echo(json.dumps(terminal.catalogue_as_json(CATALOGUE), indent=2))
        else:
            terminal.show_catalogue(CATALOGUE)
        return
    if as_json:
        _stop("--json prints every function and driver, and takes no NAME.")
    if name.upper() in CATALOGUE:
        terminal.show_function(CATALOGUE[name.upper()])
    elif name.lower() in DRIVERS:
        terminal.show_driver(name.lower())
    else:
        known = {each.upper(): each for each in (*CATALOGUE, *DRIVERS)}
        near = [known[each] for each in get_close_matches(name.upper(), known, cutoff=0.0)]
        _stop(f"There is no function or driver {name!r}; the nearest are {', '.join(near)}.")


@app.command()
def inputs(
    name: Annotated[
        str | None, typer.Argument(help="A section, or a table such as peers, to be listed.")
    ] = None,
) -> None:
    """List what a case may state: its sections and tables; or the keys of one of them."""
    from model.case.tables import TABLES
    from model.case.values import SECTIONS
    from model.errors import one_of
    from workbook.cli import terminal

    if name is not None:
        name = one_of("NAME", name.removeprefix("tables."), (*SECTIONS, *TABLES))
    terminal.show_inputs(name)


def write(target: Path, package: bytes, *, replace: bool) -> None:
    """Write a file completely or not at all; overwrite an existing one only with `replace`."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(package)
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        if not replace:
            # Reserves the name, or fails if the file has been created meanwhile.
            target.touch(exist_ok=False)
        try:
            Path(name).replace(target)
        except OSError:
            if not replace:
                target.unlink()
            raise
    except FileExistsError:
        _stop(f"{target} already exists; use --force to replace it.")
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()


def _opened(file: Path) -> Package:
    """Open a workbook's file, or stop if it is not a workbook."""
    from workbook.package.archive import is_workbook
    from workbook.package.package import Package

    content = file.read_bytes()
    try:
        package = Package.opened(content)
        addin = b".addin.macroEnabled." in package.parts["[Content_Types].xml"]
        sound = is_workbook(package.parts) and not addin
    except Exception:  # Archives fail in many ways, and so do the parts in them.
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
        "forecast": {line.field.name: line.values.tolist() for line in result.forecast.lines()},
        "value": {line.field.name: float(line.values) for line in result.result.lines()},
    }


def _stop(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(2)


def main() -> None:
    """Run the command; a refused input prints a sentence, not a traceback."""
    # A command ends before there is garbage worth collecting, which takes a tenth of a build.
    gc.disable()
    for stream in (sys.stdout, sys.stderr):
        # A console without a character shows a question mark.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        app()
    except Exception as error:
        sentence = _sentence(error)
        if not sentence:
            raise
        typer.echo(sentence, err=True)
        sys.exit(2)
    finally:
        gc.enable()


def _sentence(error: Exception) -> str:
    """Return the message for an error that a user can fix; empty for a defect."""
    if isinstance(error, ModuleNotFoundError):
        # First, because the imports below need the missing package too.
        name = str(error.name).partition(".")[0]
        ours = name in ("model", "workbook")
        return "" if ours else f"{name} is not installed; `offtake doctor` shows how to fix that."
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}."
    from model.errors import InputError
    from workbook.hosts import HostError
    from workbook.hosts.headless import EvaluationError

    known = InputError | HostError | OSError | EvaluationError
    return str(error) if isinstance(error, known) else ""
