"""What Excel needs on a user's Windows machine, and the way back.

Two things: the xlwings add-in, whose ribbon has "Import Functions", and two lines of xlwings' user
configuration, which name the Python that answers and the module it serves. Whatever is changed is
written down first, in a file beside the configuration, and `uninstall` goes by that: a line that
was changed again since is the user's, and stays.
"""

from __future__ import annotations

import io
import json
import locale
import re
import shutil
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import Any

import xlwings

from workbook.configuration import UDF_MODULE
from workbook.hosts import HostError
from workbook.hosts.excel_files import shipped_file

#: The settings that are changed, as xlwings spells them in its file.
INTERPRETER, MODULES = "INTERPRETER_WIN", "UDF MODULES"

ADDIN = "xlwings.xlam"

#: Beside the user configuration: what was there before, and another version's add-in.
RECORD, SAVED_ADDIN = "offtake.json", "xlwings.xlam.before-offtake"

Echo = Callable[[str], None]


def install(echo: Echo) -> None:
    """Set up this user's Excel; `uninstall` undoes it.

    Parameters
    ----------
    echo : callable
        Takes each step's line.

    Raises
    ------
    HostError
        Where it cannot be done: why, in one sentence.
    """
    _need_windows()
    python = sys.executable
    _need_functions(python)
    target = _addin_folder() / ADDIN
    record = _record()

    lines = read()
    modules = value(lines, MODULES) or ""
    if UDF_MODULE not in modules.split(";"):
        # What the user has there is imported as before.
        modules = ";".join([*filter(None, modules.split(";")), UDF_MODULE])
    for setting, wanted in ((INTERPRETER, python), (MODULES, modules)):
        if value(lines, setting) == wanted:
            echo(f'{setting} is "{wanted}" already.')
            continue
        now, after = lines_of(lines, setting), [_line(setting, wanted)]
        earlier = record["settings"].get(setting)
        # Installed twice, the way back leads to what was there before the first time.
        before = earlier["before"] if earlier and _texts(now) == earlier["after"] else _texts(now)
        record["settings"][setting] = {"before": before, "after": _texts(after)}
        lines = changed(lines, setting, after)
        echo(f'{setting} becomes "{wanted}" in {_file()}.')
    if "addin" not in record:
        record["addin"] = {"path": str(target), "before": _keep(target)}
    # The record first: if anything fails from here on, the way back is known.
    _write(_file().with_name(RECORD), json.dumps(record, indent=1).encode())
    _write(_file(), b"".join(lines))

    if target.is_file() and target.read_bytes() == shipped_file(f"addin/{ADDIN}"):
        echo(f"The xlwings add-in is installed already: {target}.")
    else:
        _xlwings("addin_install", echo)
    echo('In Excel, tick "Trust access to the VBA project object model" (Options > Trust Center')
    echo("> Macro Settings), open the workbook, and click xlwings > Import Functions.")
    echo("`offtake uninstall excel` undoes this.")


def uninstall(echo: Echo) -> None:
    """Undo what `install` did, and nothing that the user did since.

    Parameters
    ----------
    echo : callable
        Takes each step's line.

    Raises
    ------
    HostError
        Where it cannot be done: why, in one sentence.
    """
    _need_windows()
    recorded = _file().with_name(RECORD)
    if not recorded.is_file():
        raise HostError("Offtake is not installed in this user's Excel.")
    record = _record()
    _restore_addin(record["addin"], echo)

    lines = read()
    for setting, was in record["settings"].items():
        if _texts(lines_of(lines, setting)) == was["after"]:
            lines = changed(lines, setting, [_bytes(text) for text in was["before"]])
            echo(f"{setting} is {'as it was' if was['before'] else 'gone'} in {_file()}.")
        else:
            echo(f"{setting} was changed since, and is left as it is in {_file()}.")
    if lines or record["configured"]:
        _write(_file(), b"".join(lines))
    else:
        _file().unlink(missing_ok=True)
    # Last: until here, everything can be done again.
    recorded.unlink()
    _file().with_name(SAVED_ADDIN).unlink(missing_ok=True)
    echo("Removed; restart Excel.")


# The user configuration ------------------------------------------------------------------------
#
# A line is "NAME","value", in the code page that VBA reads. Lines are kept as bytes, so that what
# is not ours goes back as it came.


def read() -> list[bytes]:
    """Read the lines of xlwings' user configuration, with their ends; none where there is none."""
    return _file().read_bytes().splitlines(keepends=True) if _file().is_file() else []


def lines_of(lines: list[bytes], setting: str) -> list[bytes]:
    """Return the lines of a setting; xlwings takes the first, whatever its case."""
    return [line for line in lines if _name(line) == setting.casefold()]


def value(lines: list[bytes], setting: str) -> str | None:
    """Return the value of a setting, or None where it has no line."""
    found = re.search(rb',\s*"?([^"\r\n]*)', b"".join(lines_of(lines, setting)[:1]))
    return found[1].decode(locale.getencoding(), "replace") if found else None


def changed(lines: list[bytes], setting: str, new: list[bytes]) -> list[bytes]:
    """Put lines in the place of a setting's, or at the end where it has none."""
    old = [i for i, line in enumerate(lines) if _name(line) == setting.casefold()]
    at = old[0] if old else len(lines)
    start = lines[:at]
    if new and start and not start[-1].endswith(b"\n"):
        start[-1] += b"\r\n"
    return [*start, *new, *(line for i, line in enumerate(lines) if i >= at and i not in old)]


def _name(line: bytes) -> str:
    return line.partition(b",")[0].strip(b'" \t\r\n').decode("latin-1").casefold()


def _line(setting: str, wanted: str) -> bytes:
    try:
        return f'"{setting}","{wanted}"\r\n'.encode(locale.getencoding())
    except UnicodeEncodeError:
        raise HostError(f"Excel cannot read the path {wanted}: install Python elsewhere.") from None


def _texts(lines: list[bytes]) -> list[str]:
    """Spell lines so that any bytes can be kept in the record."""
    return [line.decode("latin-1") for line in lines]


def _bytes(text: str) -> bytes:
    return text.encode("latin-1")


def _file() -> Path:
    return Path(xlwings.USER_CONFIG_FILE)


def _record() -> dict[str, Any]:
    """Read what an earlier installation wrote down, or begin to."""
    recorded = _file().with_name(RECORD)
    if recorded.is_file():
        found: dict[str, Any] = json.loads(recorded.read_bytes())
        return found
    return {"settings": {}, "configured": _file().is_file()}


def _write(target: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.offtake-draft")
    draft.write_bytes(content)
    draft.replace(target)


# The xlwings add-in ----------------------------------------------------------------------------


def _keep(target: Path) -> str:
    """Tell what add-in was there before, and keep a copy of one that would be overwritten."""
    if not target.is_file():
        return "none"
    if target.read_bytes() == shipped_file(f"addin/{ADDIN}"):
        return "same"
    saved = _file().with_name(SAVED_ADDIN)
    saved.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(target, saved)
    return "other"


def _restore_addin(was: dict[str, str], echo: Echo) -> None:
    target = Path(was["path"])
    try:
        if was["before"] == "none" and target.is_file():
            # xlwings closes it in a running Excel; where there is none any more, it just goes.
            with suppress(HostError):
                _xlwings("addin_remove", echo)
            target.unlink(missing_ok=True)
        elif was["before"] == "other":
            shutil.copyfile(_file().with_name(SAVED_ADDIN), target)
            echo(f"The xlwings add-in is the one from before: {target}.")
    except OSError as problem:
        raise HostError(f"The xlwings add-in is in use, quit Excel: {problem}.") from None


def _addin_folder() -> Path:
    from xlwings import cli

    try:
        return Path(cli.get_addin_dir())
    except Exception as problem:  # COM has many, and all mean that there is no Excel to talk to.
        raise HostError(f"Excel did not start: {problem}.") from None


def _xlwings(command: str, echo: Echo) -> None:
    """Run a command of xlwings, which prints what went wrong and raises nothing."""
    from xlwings import cli

    echo(f"xlwings {command.replace('_', ' ')}")
    printed = io.StringIO()
    try:
        with redirect_stdout(printed):
            getattr(cli, command)(Namespace(glob=False, dir=None, file=None))
    except (Exception, SystemExit) as problem:
        raise HostError(f"xlwings refused: {problem}.") from None
    told = " ".join(printed.getvalue().split())
    if "Success" not in told:
        raise HostError(f"xlwings refused: {told.removeprefix('Error: ').rstrip('.')}.")
    echo(told)


# This machine ----------------------------------------------------------------------------------


def _need_windows() -> None:
    # Read as a plain text, or a type checker elsewhere takes the rest for unreachable.
    if str(sys.platform) != "win32":
        raise HostError(
            "Excel calls Python functions through xlwings on Windows only; elsewhere use "
            "LibreOffice (`offtake install libreoffice`) or xlwings Lite."
        )


def _need_functions(python: str) -> None:
    with tempfile.TemporaryDirectory() as elsewhere:
        tried = subprocess.run(
            [python, "-c", f"import {UDF_MODULE}"], cwd=elsewhere, capture_output=True, check=False
        )
    if tried.returncode:
        raise HostError(f"{python} cannot run the functions outside this folder: install Offtake.")
