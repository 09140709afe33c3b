"""The commands: each imports the heavy modules that it needs, so that help appears at once."""

from __future__ import annotations

import codecs
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from model.valuation import Valuation
    from workbook.check.calls import Report as CallReport
    from workbook.check.report import Report
    from workbook.edits.difference import Side
    from workbook.package.package import Package

DEFAULT_CASE = "cerebras"
#: The suffix of the file that is built for each host.
SUFFIXES = {"excel": ".xlsm", "addin": ".xlam", "lite": ".xlsx", "libreoffice": ".oxt"}
#: The hosts for which an add-in is built; it is the same for every case.
ADDINS = ("addin", "libreoffice")
#: How a compound file begins, in which Excel keeps a workbook with a password.
_COMPOUND = bytes.fromhex("D0CF11E0A1B11AE1")
#: Programs into which the functions can be installed.
PROGRAMS = ("excel", "libreoffice")


def build(
    case: str,
    output: Path | None,
    host: str | None,
    bundle: bool,
    python: str | None,
    force: bool,
    source: Path | None,
) -> None:
    """Build a case's workbook: live formulas, their values, and checks."""
    from model.errors import one_of

    if source is not None and case != DEFAULT_CASE:
        _stop(f"--from takes the case in {source}; remove {case!r}.")
    if source is not None and host is None and (output or source).suffix.lower() == ".xlsm":
        host = "excel"

    if host is not None:
        host = one_of("--host", host, SUFFIXES)
    if bundle and host != "lite":
        _stop("--bundle is for --host lite.")
    if python is not None and host not in ("excel", "addin"):
        _stop("--python is for --host excel and --host addin.")
    if host in ADDINS and case != DEFAULT_CASE:
        _stop(f"--host {host} is the same for every company and takes no case; remove {case!r}.")
    if host in ADDINS and source is not None:
        _stop(f"--host {host} is the same for every workbook; remove --from.")
    suffix = ".xlsx" if host is None else SUFFIXES[host]
    named = Path(f"{'offtake' if host in ADDINS else Path(case).stem}{suffix}")
    target = output or source or named
    if target.suffix.lower() != suffix:
        _stop(f"The output must be a {suffix} file, not {str(target)!r}.")
    _check_place(target)
    if source is not None:
        _build_from(source, target, host, bundle, python, force)
        return
    maker, warnings = _maker(case, host, bundle, python)
    if target.exists() and not force:
        _stop(f"{target} already exists; use --force to replace it.")
    file, failing = maker()
    _write_built(target, file, failing, force)
    _warn(warnings)


def _write_built(target: Path, file: bytes, failing: int, replace: bool) -> None:
    """Write a workbook; of one that it replaces, a copy is kept."""
    try:
        kept = _kept(target) if replace else None
        write(target, file, replace=replace)
    except OSError as problem:
        # The error's own message names a temporary file that no longer exists.
        _stop(f"{target} cannot be written: {problem.strerror or problem}.")
    message = f"Wrote {target} ({len(file) / 1024:.0f} kB)"
    if kept:
        message += f"; {kept.name} is the file as it was"
    if failing:
        message += f"; {failing} of its checks fail; `offtake check {target}` lists them"
    print(f"{message}.")


def _build_from(
    source: Path, target: Path, host: str | None, bundle: bool, python: str | None, force: bool
) -> None:
    """Build the workbook of the case in a file, with everything that was changed in it."""
    from workbook.check.report import failing
    from workbook.cli import terminal
    from workbook.edits.rebuild import rebuilt
    from workbook.status import today

    if not source.is_file():
        _stop(f"{source} is not a file.")
    again = target.exists() and target.samefile(source)
    if target.exists() and not again and not force:
        _stop(f"{target} already exists; use --force to replace it.")
    found = rebuilt(_opened(source), today())
    file = _for_host(found.package, host, bundle, python)
    terminal.show_rebuilt(found)
    place = target.resolve() if target.is_symlink() else target
    _write_built(place, file, len(failing(found.values)), again or force)
    _warn(found.valued.warnings)
    if found.left:
        sys.exit(1)


def _check_place(target: Path) -> None:
    """Stop if a file cannot be written where it is wanted."""
    if not target.parent.is_dir():
        _stop(f"{target.parent} is not a folder.")
    if target.is_dir():
        _stop(f"{target} is a folder.")


def _warn(sentences: list[str]) -> None:
    for sentence in sentences:
        print(f"Warning: {sentence}")


def _maker(
    case: str, host: str | None, bundle: bool, python: str | None
) -> tuple[Callable[[], tuple[bytes, int]], list[str]]:
    """Return a function that makes the file for a host, and the case's warnings.

    The function also counts the checks that fail. The case is read and valued at once, so that a
    case that is missing or refused is reported before anything else.
    """
    if host in ("addin", "excel"):
        # It imports xlwings, and with it pandas: as long as all the rest.
        from workbook.hosts import excel_files

    if host == "addin":
        return (lambda: (excel_files.addin(python), 0)), []
    if host == "libreoffice":
        from workbook.hosts import libreoffice

        return (lambda: (libreoffice.addin(), 0)), []
    from model import valuation
    from model.case.case import load
    from model.case.file import located
    from workbook import template
    from workbook.check.report import failing

    read = load(case)
    with located(case):
        valued = valuation.value(read)
        warnings = valued.warnings
    if host == "excel":
        excel_files.settings(python)  # A wrong path is refused before the workbook is built.

    def make() -> tuple[bytes, int]:
        with located(case):
            book, values = template.built(read, valued)
        return _for_host(book, host, bundle, python), len(failing(values))

    return make, warnings


def _for_host(book: Package, host: str | None, bundle: bool, python: str | None) -> bytes:
    """Return the file of a workbook for a host."""
    if host == "excel":
        from workbook.hosts import excel_files

        return excel_files.macro_workbook(book, python)
    if host == "lite":
        from workbook.hosts import lite

        return lite.lite_workbook(book, bundle)
    return book.saved()


def new(name: str) -> None:
    """Write NAME.toml, a commented case to start from, ready to build."""
    from model.case.file import names
    from model.case.starter import starter
    from workbook.status import today

    if not re.fullmatch(r"\w[\w-]{0,49}", name):
        _stop(f"NAME must be at most 50 letters, digits, - and _, not {name!r}.")
    if name in names():
        _stop(f"NAME must not be that of a shipped case, {', '.join(names())}; use another NAME.")
    target = Path(f"{name}.toml")
    if target.exists():
        _stop(f"{target} already exists; use another NAME.")
    write(target, starter(name, today()).encode(), replace=False)
    print(f"Wrote {target}; `offtake build {target}` builds its workbook.")


def install(program: str) -> None:
    """Install the functions into a program on this machine, and print each step."""
    _installer(program).install(print)


def uninstall(program: str) -> None:
    """Undo what install did."""
    _installer(program).uninstall(print)


def _installer(program: str) -> Any:
    from model.errors import one_of

    if one_of("program", program, PROGRAMS) == "excel":
        from workbook.hosts import excel_install

        return excel_install
    from workbook.hosts import libreoffice

    return libreoffice


def doctor(as_json: bool) -> None:
    """Show what is installed here, which hosts work, and how to fix the rest."""
    from dataclasses import asdict

    from workbook.cli import doctor as examining

    findings = examining.report()
    if as_json:
        print(json.dumps([asdict(f) for f in findings], indent=2))
    else:
        examining.show(findings)


def check(file: Path) -> None:
    """Recalculate a workbook: one that was built here, or any other that calls the functions."""
    if not file.is_file():
        _stop(f"{file} is not a file.")
    report = _reported(_readable(file))
    for line in report.faults:
        print(line)
    _warn(report.warnings)
    if report.results:
        from workbook.cli import terminal

        terminal.show_results(report.results, "As built", "Now")
    print(report.summary)
    if report.faults:
        sys.exit(1)


def _reported(package: Package) -> Report | CallReport:
    """Compare a built workbook with the model, or else say which calls fail."""
    from workbook.check import calls
    from workbook.check import report as checking
    from workbook.package.archive import reading

    with reading():
        ours = checking.is_ours(package)
    return checking.report(package) if ours else calls.report(package)


def recalc(file: Path) -> None:
    """Recalculate a workbook and write the new values into its file; all else in it stays."""
    if not file.is_file():
        _stop(f"{file} is not a file.")
    from workbook.cli import terminal
    from workbook.edits.recalculate import recalculate

    done = recalculate(_opened(file))
    if done.changed:
        try:
            write(file.resolve(), done.file, replace=True)
        except OSError as problem:
            _stop(f"{file} cannot be written: {problem.strerror or problem}.")
    terminal.show_results(done.results)
    terminal.show_left(done.evaluation)
    count = sum(len(of_sheet) for of_sheet in done.evaluation.values.values())
    if done.changed:
        print(f"{done.changed} of {count} formula cells changed; wrote {file}.")
    else:
        print(f"None of {count} formula cells changed; {file} is left as it is.")
    if done.evaluation.left:
        sys.exit(1)


def pull(file: Path, into: Path | None, output: Path | None, force: bool) -> None:
    """Take what has been changed in a workbook back into its case, or into a new case file."""
    from model.case import case
    from model.case.file import names
    from workbook.cli import terminal
    from workbook.edits.pull import taken
    from workbook.status import today

    if (into is None) == (output is None):
        _stop("pull takes either --into CASE.toml, which it changes, or -o NEW.toml.")
    target = into or output
    assert target is not None
    if str(into) in names():
        _stop(f"--into must be the path of a .toml file, not {str(into)!r}, a shipped case.")
    if target.suffix.lower() != ".toml":
        _stop(f"The case must be a .toml file, not {str(target)!r}.")
    if not file.is_file():
        _stop(f"{file} is not a file.")
    if output is not None:
        _check_place(output)
    if output is not None and output.exists() and not force:
        _stop(f"{output} already exists; use --force to replace it.")
    package = _opened(file)
    old = None if into is None else case.load(into)
    found = taken(package, old, str(target), today())
    if found.changes:
        terminal.show_changes(found.changes)
    _warn(found.notes)
    if into is not None:
        _replace(into, found.text, len(found.changes))
    else:
        write(target, found.text.encode(), replace=force)
        print(f"Wrote {target}, with {_counted(len(found.changes))} of the case as built.")


def _replace(target: Path, text: str, changes: int) -> None:
    """Replace the text of a case, and keep the file that it replaces."""
    if not changes:
        print(f"{target} has everything that the workbook has; nothing was written.")
        return
    target = target.resolve()
    mark = codecs.BOM_UTF8 if target.read_bytes().startswith(codecs.BOM_UTF8) else b""
    kept = _kept(target)
    assert kept is not None  # It has just been read.
    write(target, mark + text.encode(), replace=True)
    print(f"Wrote {target.name}, with {_counted(changes)}; {kept.name} is the file as it was.")


def _kept(target: Path) -> Path | None:
    """Copy a file that will be replaced, next to it; None if there is none."""
    if not target.exists():
        return None
    numbers = ("", *range(2, 10_000))
    kept = next(p for n in numbers if not (p := Path(f"{target}.bak{n}")).exists())
    write(kept, target.read_bytes(), replace=False)
    return kept


def _counted(changes: int) -> str:
    return f"{changes or 'no'} change{'' if changes == 1 else 's'}"


def diff(first: str, second: str, as_json: bool) -> None:
    """Show what differs between two workbooks or cases: inputs, formulas, results."""
    from workbook.cli import differences
    from workbook.edits.difference import difference

    names = first, second
    found = difference(_side(first), _side(second))
    if as_json:
        print(json.dumps(differences.as_json(found, names), indent=2))
    else:
        differences.show(found, names)
        for note in found.notes:
            print(f"Note: {note}")
    if found:
        sys.exit(1)


def _side(name: str) -> Side:
    """Read a workbook, or a case, to be compared."""
    from model.case.case import load
    from workbook.edits.difference import of_case, of_workbook

    file = Path(name)
    if file.suffix.lower() in ("", ".toml"):
        return of_case(name, load(name))
    if not file.is_file():
        _stop(f"{file} is not a file.")
    return of_workbook(name, _opened(file))


def values(file: Path, output: Path | None, force: bool) -> None:
    """Write a copy of a workbook to send out: values in place of its formulas, and no code."""
    if not file.is_file():
        _stop(f"{file} is not a file.")
    target = output or file.with_name(f"{file.stem}-values.xlsx")
    if target.suffix.lower() != ".xlsx":
        _stop(f"The copy must be an .xlsx file, not {str(target)!r}.")
    _check_place(target)
    if target.exists() and target.samefile(file):
        _stop(f"The copy must be another file than {file}, which has the formulas.")
    if target.exists() and not force:
        _stop(f"{target} already exists; use --force to replace it.")
    from workbook.cli import terminal
    from workbook.edits.values_only import values_only
    from workbook.status import today

    made = values_only(_opened(file), today())
    write(target, made.file, replace=force)
    terminal.show_left(made.evaluation)
    _warn(made.errors)
    stale = ", calculated again," if made.calculated else ""
    print(f"Wrote {target}: {made.count:,} formulas{stale} are now values.")
    if made.evaluation.left:
        sys.exit(1)


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
        _warn(result.warnings)


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
        _stop("--json prints every function and driver, and takes no NAME.")
    if name.upper() in CATALOGUE:
        terminal.show_function(CATALOGUE[name.upper()])
    elif name.lower() in DRIVERS:
        terminal.show_driver(name.lower())
    else:
        known = {each.upper(): each for each in (*CATALOGUE, *DRIVERS)}
        near = [known[each] for each in get_close_matches(name.upper(), known, cutoff=0.0)]
        _stop(f"There is no function or driver {name!r}; the nearest are {', '.join(near)}.")


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


def write(target: Path, package: bytes, *, replace: bool) -> None:
    """Write a file completely or not at all; overwrite an existing one only with `replace`."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(package)
        mask = os.umask(0)
        os.umask(mask)
        # A file that is replaced keeps who may read it.
        Path(name).chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~mask)
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
    """Open a workbook's file, or stop if it is none that can be written again."""
    from workbook.package import ods

    package = _package(file)
    if ods.is_ods(package.parts):
        _stop(f"{file} is an OpenDocument spreadsheet, which only `check` reads; save it as .xlsx.")
    return package


def _readable(file: Path) -> Package:
    """Open a workbook's file, or one of an OpenDocument spreadsheet."""
    from workbook.hosts import libreoffice
    from workbook.package import ods

    package = _package(file)
    if not ods.is_ods(package.parts):
        return package
    with _sound(file):
        return ods.opened(package.saved(), libreoffice.methods())


def _package(file: Path) -> Package:
    """Open a file, or stop if it is not a workbook."""
    from workbook.package import ods
    from workbook.package.archive import is_workbook
    from workbook.package.package import Package

    content = file.read_bytes()
    if content.startswith(_COMPOUND):
        _stop(f"{file} is encrypted or an .xls file; save it as .xlsx without a password.")
    with _sound(file):
        package = Package.opened(content)
        types = package.parts.get("[Content_Types].xml", b"")
        known = is_workbook(package.parts) or ods.is_ods(package.parts)
        if not known or b".addin.macroEnabled." in types:
            raise ValueError
    return package


@contextmanager
def _sound(file: Path) -> Iterator[None]:
    """Stop if a file cannot be read as a workbook; a refusal by a sentence stays one."""
    from model.errors import InputError

    try:
        yield
    except InputError:
        raise
    except Exception:  # Archives fail in many ways, and so do the parts in them.
        _stop(f"{file} is not an .xlsx, .xlsm or .ods workbook.")


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


def _stop(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    sys.exit(2)
