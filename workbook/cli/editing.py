"""The commands for a workbook in use."""

from __future__ import annotations

import codecs
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbook.cli.files import (
    caution,
    check_file,
    kept_as,
    opened,
    readable,
    stop,
    warn,
    within_memory,
)
from workbook.cli.printed import say
from workbook.saving import NotWrittenError, Target, target

if TYPE_CHECKING:
    from datetime import datetime

    from workbook.check.calls import Report as CallReport
    from workbook.check.report import Report
    from workbook.edits.difference import Side
    from workbook.edits.log import Logged
    from workbook.edits.pull import Pulled
    from workbook.package.package import Package


def check(file: Path) -> None:
    """Recalculate a workbook: one that was built here, or any other that calls the functions."""
    check_file(file)
    with within_memory(file):
        report = _reported(readable(file))
    for line in report.faults:
        say(line)
    warn(report.warnings)
    if report.results:
        from workbook.cli import terminal

        terminal.show_results(report.results, "As built", "Now")
    say(report.summary)
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
    """Write the new values of a workbook, and its log of changes, into its file."""
    check_file(file)
    from workbook.cli import terminal
    from workbook.edits.log import logged
    from workbook.edits.recalculate import recalculate
    from workbook.edits.unlogged import inputs_of
    from workbook.status import now

    place = target(file, replace=True)
    package = opened(file)
    caution(package)
    done = recalculate(package)
    log = logged(package, done.file, lambda: inputs_of(package.plain, done.evaluation), now())
    end = f"{file} is left as it is"
    if done.changed or log.added:
        place.save(log.file)
        end = f"wrote {file}"
    terminal.show_results(done.results)
    terminal.show_left(done.evaluation)
    terminal.show_logged(log)
    count = sum(len(of_sheet) for of_sheet in done.evaluation.values.values())
    say(f"{done.changed or 'None'} of {count} formula cells changed; {end}.")
    if log.refused:
        warn(["The results are of inputs that no case may have; `offtake check` lists them."])
    if done.evaluation.left or log.refused:
        sys.exit(1)


def pull(file: Path, into: Path | None, output: Path | None, force: bool) -> None:
    """Take what has been changed in a workbook back into its case, or into a new case file."""
    from model.case import case
    from model.case.file import names
    from workbook.cli import terminal
    from workbook.edits.pull import taken
    from workbook.status import now

    if (into is None) == (output is None):
        stop("pull takes either --into CASE.toml, which it changes, or -o NEW.toml.")
    case_file = into or output
    assert case_file is not None
    if str(into) in names():
        stop(f"--into must be the path of a .toml file, not {str(into)!r}, a shipped case.")
    if case_file.suffix.lower() != ".toml":
        stop(f"The case must be a .toml file, not {str(case_file)!r}.")
    check_file(file)
    place = target(case_file, replace=force or into is not None)
    book = _if_free(file)
    package = opened(file)
    caution(package)
    old = None if into is None else case.load(into)
    when = now()
    found = taken(package, old, str(case_file), when.date())
    if found.changes:
        terminal.show_changes(found.changes)
    warn(found.notes)
    if into is not None:
        _replace(place, found.text, len(found.changes))
    else:
        kept = kept_as(place.replace(found.text.encode()))
        changed = f"{_counted(len(found.changes))} of the case as built"
        made = f"with {changed if found.built else 'the inputs as they are'}"
        say(f"Wrote {output}, {made}{kept}.")
    terminal.show_logged(_logged(book, package, found, when))


def _if_free(file: Path) -> Target | NotWrittenError:
    """Return a file that can be written, or else why it cannot."""
    try:
        return target(file, replace=True)
    except NotWrittenError as problem:
        return problem


def _logged(
    file: Target | NotWrittenError, package: Package, read: Pulled, when: datetime
) -> Logged:
    """Add what has been changed to the log of a workbook, if its file can be written."""
    from workbook.edits.log import NOT_KEPT, logged

    log = logged(package, package.saved(), lambda: read.inputs, when)
    if not log.added:
        return log
    try:
        if isinstance(file, NotWrittenError):
            raise file
        file.save(log.file)
    except NotWrittenError as problem:
        return replace(log, added=0, note=f"{NOT_KEPT}: {problem}")
    return log


def _replace(case: Target, text: str, changes: int) -> None:
    """Replace the text of a case, and keep the file that it replaces."""
    if not changes:
        say(f"{case.path} already matches the workbook; nothing was written.")
        return
    mark = codecs.BOM_UTF8 if case.place.read_bytes().startswith(codecs.BOM_UTF8) else b""
    kept = kept_as(case.replace(mark + text.encode()))
    say(f"Wrote {case.path}, with {_counted(changes)}{kept}.")


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
            say(f"Note: {note}")
    if found:
        sys.exit(1)


def _side(name: str) -> Side:
    """Read a workbook, or a case, to be compared."""
    from model.case.case import load
    from workbook.edits.difference import of_case, of_workbook

    file = Path(name)
    if file.suffix.lower() in ("", ".toml"):
        return of_case(name, load(name))
    check_file(file)
    return of_workbook(name, opened(file))


def values(file: Path, output: Path | None, force: bool) -> None:
    """Write a copy of a workbook to send out: values in place of its formulas, and no code."""
    check_file(file)
    copy = output or file.with_name(f"{file.stem}-values.xlsx")
    if copy.suffix.lower() != ".xlsx":
        stop(f"The copy must be an .xlsx file, not {str(copy)!r}.")
    if copy.exists() and copy.samefile(file):
        stop(f"The copy must be a different file from {file}, which has the formulas.")
    place = target(copy, replace=force)
    from workbook.cli import terminal
    from workbook.edits.values_only import values_only
    from workbook.package.package import Package
    from workbook.status import today

    made = values_only(opened(file), today())
    kept = kept_as(place.replace(made.file))
    caution(Package.opened(made.file))
    terminal.show_left(made.evaluation)
    warn(made.errors)
    stale = ", calculated again," if made.calculated else ""
    say(f"Wrote {copy}: {made.count:,} formulas{stale} are now values{kept}.")
    if made.evaluation.left:
        sys.exit(1)
