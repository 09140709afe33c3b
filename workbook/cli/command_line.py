"""The `offtake` command: what each of its commands takes, and how a refusal ends."""

from __future__ import annotations

import argparse
import atexit
import gc
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from model.printable import printable
from workbook import interruption, supervised
from workbook.cli import building, commands, editing
from workbook.cli.printed import say

#: The commands that start other programs, which would have the limits of this one.
STARTING = (commands.install, commands.uninstall, commands.doctor)
#: The exit code of a command whose reader has gone away, as the signal SIGPIPE would give it.
_NOT_READ = 128 + 13


class _Version(argparse.Action):
    """Prints the version, which takes a while to find."""

    def __call__(self, *given: Any) -> NoReturn:
        from importlib.metadata import version

        say(f"offtake {version('offtake')}")
        sys.exit()


def _parser() -> argparse.ArgumentParser:
    """Say what each command takes; what it does is said by its docstring."""
    parser = argparse.ArgumentParser(
        "offtake",
        description="Value companies whose revenue is under contract, in Python and in Excel.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version", action=_Version, nargs=0, dest=argparse.SUPPRESS, help="Print the version."
    )
    added = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def takes(run: Callable[..., None]) -> Callable[..., object]:
        summary = run.__doc__
        command = added.add_parser(
            run.__name__, help=summary, description=summary, allow_abbrev=False
        )
        command.set_defaults(run=run)
        return command.add_argument

    def case(of: Callable[..., object]) -> None:
        help_text = (
            f"Name of a shipped case, or path of a .toml file; default {building.DEFAULT_CASE}."
        )
        of("case", nargs="?", default=building.DEFAULT_CASE, help=help_text)

    def as_json(of: Callable[..., object]) -> None:
        of("--json", dest="as_json", action="store_true", help="Print JSON.")

    of = takes(building.build)
    case(of)
    of("-o", "--output", type=Path, help="File to write; default CASE.xlsx here.")
    of(
        "--host",
        metavar="<excel|addin|lite|libreoffice>",
        help="excel: .xlsm with the functions; addin: offtake.xlam for every workbook; "
        "lite: .xlsx for xlwings Lite; libreoffice: offtake.oxt for Calc.",
    )
    of("--bundle", action="store_true", help="With lite: include the package in the file.")
    of(
        "--python",
        metavar="PATH",
        help="With excel or addin: the python.exe to call; on Windows, default this one.",
    )
    of("--force", action="store_true", help="Replace an existing file; a copy is kept.")
    of(
        "--from",
        type=Path,
        dest="source",
        metavar="FILE",
        help="Rebuild a workbook from the case in it, with your changes and additions; without -o, "
        "in place.",
    )
    of(
        "--years",
        metavar="N",
        help="Extend the forecast by N years: every input by year is extended and listed.",
    )
    of(
        "--rows",
        metavar="N",
        help="Leave N blank rows for new entries below each table that grows; 2 unless the case "
        "states a number.",
    )
    takes(commands.new)("name", metavar="NAME", help="Name of the case, such as a ticker.")
    for each in (commands.install, commands.uninstall):
        of = takes(each)
        of(
            "program",
            metavar="|".join(commands.PROGRAMS),
            help="The program that gets the functions.",
        )
        of("--dry-run", action="store_true", help="Print the steps, and change nothing.")
    as_json(takes(commands.doctor))
    takes(editing.check)(
        "file",
        type=Path,
        metavar="FILE",
        help="A workbook, .xlsx, .xlsm or .ods: one built with `offtake build`, or any other that "
        "calls the functions.",
    )
    takes(editing.recalc)(
        "file", type=Path, metavar="FILE", help="A workbook built with `offtake build`."
    )
    of = takes(editing.pull)
    of("file", type=Path, metavar="FILE", help="A workbook built with `offtake build`.")
    of("--into", type=Path, metavar="CASE.toml", help="The case file to change; a copy is kept.")
    of("-o", "--output", type=Path, metavar="NEW.toml", help="A new case file to write.")
    of(
        "--force",
        action="store_true",
        help="With -o: replace an existing file; a copy is kept.",
    )
    of = takes(editing.diff)
    for name, metavar in (("first", "A"), ("second", "B")):
        of(name, metavar=metavar, help="A workbook, a .toml file or the name of a shipped case.")
    as_json(of)
    of = takes(editing.values)
    of("file", type=Path, metavar="FILE", help="A workbook built with `offtake build`.")
    of("-o", "--output", type=Path, metavar="OUT.xlsx", help="Default FILE-values.xlsx next to it.")
    of("--force", action="store_true", help="Replace an existing file; a copy is kept.")
    of = takes(commands.value)
    case(of)
    as_json(of)
    of = takes(commands.functions)
    of("name", nargs="?", metavar="NAME", help="A function or a driver to explain.")
    as_json(of)
    takes(commands.inputs)(
        "name",
        nargs="?",
        metavar="NAME",
        help="A section, or a table such as peers, to list.",
    )
    return parser


def main() -> None:
    """Run the command; a refused input prints a sentence, not a traceback."""
    # A command ends before there is garbage worth collecting, which takes a tenth of a build; and
    # what is left when Python ends goes with the process.
    gc.disable()
    atexit.register(gc.freeze)
    for stream in (sys.stdout, sys.stderr):
        # A console without a character shows a question mark.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    given = vars(_parser().parse_args(sys.argv[1:] or ["--help"]))
    run = given.pop("run")
    try:
        limited = run not in STARTING
        with interruption.handled(), supervised.enabled(limited=limited):
            run(**given)
            sys.stdout.flush()
            interruption.check()
    except BrokenPipeError:
        # Whoever read what was printed has read enough, as `head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(_NOT_READ)
    except (Exception, supervised.OutOfReachError) as error:
        sentence = _sentence(error)
        if not sentence:
            raise
        say(*sentence.split("\n"), error=True)
        sys.exit(2)
    finally:
        gc.enable()
    sys.exit()


def _sentence(error: BaseException) -> str:
    """Return the message for an error that a user can fix; empty for a defect."""
    if isinstance(error, ModuleNotFoundError):
        # First, because the imports below need the missing package too.
        name = str(error.name).partition(".")[0]
        ours = name in ("model", "workbook")
        return "" if ours else f"{name} is not installed; `offtake doctor` shows how to fix that."
    if isinstance(error, OSError) and error.filename and error.strerror:
        return printable(f"{error.filename}: {error.strerror}.")
    if isinstance(error, supervised.OutOfReachError):
        return str(error)
    if isinstance(error, MemoryError):
        return "There is not enough memory."
    from model.errors import InputError
    from workbook.hosts import HostError
    from workbook.hosts.headless import EvaluationError

    if isinstance(error, OSError):
        # Whatever the name of its file has in it, it is one line.
        return printable(str(error))
    return str(error) if isinstance(error, InputError | HostError | EvaluationError) else ""
