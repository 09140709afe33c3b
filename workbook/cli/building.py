"""The command that builds a workbook, or an add-in."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from workbook.cli.files import caution, check_file, kept_as, opened, stop, warn
from workbook.cli.printed import say
from workbook.saving import Target, target

if TYPE_CHECKING:
    from workbook.package.package import Package

DEFAULT_CASE = "cerebras"
#: The suffix of the file that is built for each host.
SUFFIXES = {"excel": ".xlsm", "addin": ".xlam", "lite": ".xlsx", "libreoffice": ".oxt"}
#: The hosts for which an add-in is built; it is the same for every case.
ADDINS = ("addin", "libreoffice")


def build(
    case: str,
    output: Path | None,
    host: str | None,
    bundle: bool,
    python: str | None,
    force: bool,
    source: Path | None,
    years: str | None,
    rows: str | None,
) -> None:
    """Build a case's workbook: live formulas, their values, and checks."""
    from model.case import longer
    from model.case.parts import MOST_BLANK_ROWS
    from model.errors import one_of

    added = 0 if years is None else _whole("--years", years, 1, longer.MOST)
    blank = None if rows is None else _whole("--rows", rows, 0, MOST_BLANK_ROWS)
    if source is not None and case != DEFAULT_CASE:
        stop(f"--from takes the case in {source}; remove {case!r}.")
    if source is not None and host is None and (output or source).suffix.lower() == ".xlsm":
        host = "excel"

    if host is not None:
        host = one_of("--host", host, SUFFIXES)
    if bundle and host != "lite":
        stop("--bundle is for --host lite.")
    if python is not None and host not in ("excel", "addin"):
        stop("--python is for --host excel and --host addin.")
    if host in ADDINS and case != DEFAULT_CASE:
        stop(f"--host {host} is the same for every company and takes no case; remove {case!r}.")
    if host in ADDINS and source is not None:
        stop(f"--host {host} is the same for every workbook; remove --from.")
    for option, given in (("--years", years), ("--rows", rows)):
        if host in ADDINS and given is not None:
            stop(f"--host {host} is the same for every workbook; remove {option}.")
    suffix = ".xlsx" if host is None else SUFFIXES[host]
    named = Path(f"{'offtake' if host in ADDINS else Path(case).stem}{suffix}")
    file = output or source or named
    if file.suffix.lower() != suffix:
        stop(f"The output must be a {suffix} file, not {str(file)!r}.")
    if source is not None:
        _build_from(source, file, host, bundle, python, force, added, blank)
        return
    maker, lines, warnings = _maker(case, host, bundle, python, added, blank)
    place = target(file, replace=force)
    content, failing = maker()
    for line in lines:
        say(line)
    _write_built(place, content, failing)
    warn(warnings)


def _whole(option: str, given: str, least: int, most: int) -> int:
    """Read a whole number, or stop."""
    if not given.isdecimal() or len(given) > len(str(most)) or not least <= int(given) <= most:
        stop(f"{option} must be a whole number from {least} to {most}, not {given!r}.")
    return int(given)


def _write_built(place: Target, content: bytes, failing: int) -> None:
    """Write a workbook; of one that it replaces, a copy is kept."""
    message = f"Wrote {place.path} ({len(content) / 1024:.0f} kB){kept_as(place.replace(content))}"
    if failing:
        message += f"; {failing} of its checks fail; `offtake check {place.path}` lists them"
    say(f"{message}.")


def _build_from(
    source: Path,
    file: Path,
    host: str | None,
    bundle: bool,
    python: str | None,
    force: bool,
    added: int,
    blank: int | None,
) -> None:
    """Build the workbook of the case in a file, with everything that was changed in it."""
    from workbook.check.report import failing
    from workbook.cli import terminal
    from workbook.edits.rebuild import rebuilt
    from workbook.status import now

    check_file(source)
    place = target(file, replace=force or (file.exists() and file.samefile(source)))
    package = opened(source)
    caution(package)
    found = rebuilt(package, now(), added, blank)
    content = _for_host(found.package, host, bundle, python)
    terminal.show_rebuilt(found)
    _write_built(place, content, len(failing(found.values)))
    warn(found.valued.warnings)
    if found.left:
        sys.exit(1)


def _maker(
    case: str,
    host: str | None,
    bundle: bool,
    python: str | None,
    added: int,
    blank: int | None,
) -> tuple[Callable[[], tuple[bytes, int]], list[str], list[str]]:
    """Return a function that makes the file for a host, what was continued, and warnings.

    The function also counts the checks that fail. The case is read and valued at once, so that a
    case that is missing or refused is reported before anything else.
    """
    if host in ("addin", "excel"):
        # It imports xlwings, and with it pandas: as long as all the rest.
        from workbook.hosts import excel_files

    if host == "addin":
        return (lambda: (excel_files.addin(python), 0)), [], []
    if host == "libreoffice":
        from workbook.hosts import libreoffice

        return (lambda: (libreoffice.addin(), 0)), [], []
    from model import valuation
    from model.case.case import load
    from model.case.file import located
    from workbook import template
    from workbook.check.report import failing

    read, lines = load(case), []
    with located(case):
        if blank is not None:
            from model.case.room import with_blank_rows

            read = with_blank_rows(read, blank, case)
        if added:
            from model.case.longer import longer

            made = longer(read, added, case)
            read, lines = made.case, made.lines
        valued = valuation.value(read)
        warnings = valued.warnings
    if host == "excel":
        excel_files.settings(python)  # A wrong path is refused before the workbook is built.

    def make() -> tuple[bytes, int]:
        with located(case):
            book, values = template.built(read, valued)
        return _for_host(book, host, bundle, python), len(failing(values))

    return make, lines, warnings


def _for_host(book: Package, host: str | None, bundle: bool, python: str | None) -> bytes:
    """Return the file of a workbook for a host."""
    if host == "excel":
        from workbook.hosts import excel_files

        return excel_files.macro_workbook(book, python)
    if host == "lite":
        from workbook.hosts import lite

        return lite.lite_workbook(book, bundle)
    return book.saved()
