"""Installs what Excel needs on a user's Windows machine, and uninstalls it.

Two things are needed: the add-in, in the folder whose files Excel opens whenever it starts, and a
line in xlwings' user configuration that names the Python to use. First, Python is started as Excel
would start it, and called; if that fails, nothing is written.

Changes are recorded in a file next to the configuration, which `uninstall` follows. Anything that
has been changed since belongs to the user, and stays.
"""

from __future__ import annotations

import hashlib
import json
import locale
import os
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import xlwings

from workbook import saving
from workbook.hosts import HostError, excel_files, excel_machine, excel_server

#: The setting that we change, as spelled in xlwings' file.
INTERPRETER = "INTERPRETER_WIN"

ADDIN = "offtake.xlam"

#: Next to the user configuration: the record of changes, and a copy of an earlier add-in.
RECORD, SAVED_ADDIN = "offtake.json", "offtake.xlam.before-offtake"

Echo = Callable[[str], None]


def install(echo: Echo, dry_run: bool = False) -> None:
    """Set up this user's Excel; `uninstall` undoes it.

    Parameters
    ----------
    echo : callable
        Receives one line per step.
    dry_run : bool, optional
        Whether to say only what would be done.

    Raises
    ------
    HostError
        If it cannot be done: why, in one sentence. Nothing is written then.
    """
    excel_machine.need_windows()
    python, target, lines = sys.executable, addin_path(), read()
    echo(f"{python}, started as Excel starts it: {_proof(python, lines)}.")
    addin = excel_files.addin(python)
    record = _record()
    there = target.read_bytes() if target.is_file() else None
    files: dict[Path, bytes] = {}
    if "addin" not in record:
        record["addin"] = {"path": str(target), "before": there is not None}
        if there is not None:
            files[_next_to(SAVED_ADDIN)] = there
    elif there not in (None, addin) and _digest(there) != record["addin"]["after"]:
        raise HostError(f"{target} was changed since it was installed: move it elsewhere.")
    record["addin"]["after"] = _digest(addin)
    if value(lines, INTERPRETER) == python:
        echo(f'{INTERPRETER} is already "{python}".')
    else:
        now, after = lines_of(lines, INTERPRETER), [_line(INTERPRETER, python)]
        earlier = record.get("interpreter")
        # After a second installation, uninstall still restores what was there before the first.
        before = earlier["before"] if earlier and _texts(now) == earlier["after"] else _texts(now)
        record["interpreter"] = {"before": before, "after": _texts(after)}
        lines = changed(lines, INTERPRETER, after)
        echo(f'{INTERPRETER} is now "{python}" in {_file()}.')
    files[_next_to(RECORD)] = json.dumps(record, indent=1).encode()
    if not dry_run:
        _write_all({**files, target: addin, _file(): b"".join(lines)})
    echo(f"The add-in is {target}; Excel opens it whenever it starts.")
    echo("Restart Excel. `offtake uninstall excel` undoes this.")


def uninstall(echo: Echo, dry_run: bool = False) -> None:
    """Undo what `install` did, and keep what the user has changed since.

    Parameters
    ----------
    echo : callable
        Receives one line per step.
    dry_run : bool, optional
        Whether to say only what would be done.

    Raises
    ------
    HostError
        If it cannot be done: why, in one sentence.
    """
    excel_machine.need_windows()
    if not _next_to(RECORD).is_file():
        raise HostError("Offtake is not installed in this user's Excel.")
    record, lines = _record(), read()
    files: dict[Path, bytes | None] = {}

    was = record["addin"]
    target, saved = Path(was["path"]), _next_to(SAVED_ADDIN)
    if target.is_file() and _digest(target.read_bytes()) != was["after"]:
        message = f"{target} was changed since it was installed, so it stays."
    else:
        files[target] = saved.read_bytes() if was["before"] else None
        files[saved] = None
        message = f"{target} was {'restored' if was['before'] else 'removed'}."

    interpreter = record.get("interpreter")
    if interpreter is None:
        pass
    elif _texts(lines_of(lines, INTERPRETER)) == interpreter["after"]:
        before = interpreter["before"]
        lines = changed(lines, INTERPRETER, [_bytes(text) for text in before])
        files[_file()] = b"".join(lines) if lines or record["configured"] else None
        message += f" {INTERPRETER} was {'restored' if before else 'removed'} in {_file()}."
    else:
        message += f" {INTERPRETER} in {_file()} was changed since, so it stays."
    if not dry_run:
        _write_all({**files, _next_to(RECORD): None})
    echo(f"{message} Restart Excel.")


def examine() -> str:
    """Find out how Excel's calls would be answered here, without changing anything.

    Returns
    -------
    str
        Which Python answers, and how fast.

    Raises
    ------
    HostError
        If they would not be answered: why, in one sentence.
    """
    excel_machine.need_windows()
    lines, target = read(), addin_path()
    python = value(lines, INTERPRETER) or ""
    # First what can be found out without starting Python.
    excel_machine.need_path(python)
    if not target.is_file():
        raise HostError(f"The add-in is not in {target.parent}.")
    if target.read_bytes() != excel_files.addin(python):
        raise HostError(f"{target} was made by another version, or calls another Python.")
    return f"{python} answers; {_proof(python, lines)}"


def addin_path() -> Path:
    """Return the add-in's path, in the folder whose files Excel opens when it starts."""
    roaming = os.environ.get("APPDATA")
    if not roaming:
        raise HostError("Windows names no folder for this user's settings (APPDATA).")
    return Path(roaming) / "Microsoft" / "Excel" / "XLSTART" / ADDIN


def _proof(python: str, lines: list[bytes]) -> excel_server.Times:
    """Prove that this machine's Excel can call a Python."""
    excel_machine.need_path(python)
    excel = excel_machine.need_excel()
    excel_machine.need_python(python)
    # A 32-bit Excel uses the same server with another DLL.
    excel_machine.dll(python, excel_machine.bits(Path(excel)) or 64)

    def setting(name: str) -> str:
        return os.path.expandvars(value(lines, name) or "")

    return excel_server.prove(python, str(addin_path()), setting)


# The user configuration ------------------------------------------------------------------------
#
# A line is "NAME","value", in the code page that VBA reads. Lines are kept as bytes, so that lines
# that are not ours are written back unchanged.


def read() -> list[bytes]:
    """Read the lines of xlwings' user configuration with line ends; none if there is no file."""
    return _file().read_bytes().splitlines(keepends=True) if _file().is_file() else []


def lines_of(lines: list[bytes], setting: str) -> list[bytes]:
    """Return the lines of a setting; xlwings uses the first and ignores case."""
    return [line for line in lines if _name(line) == setting.casefold()]


def value(lines: list[bytes], setting: str) -> str | None:
    """Return the value of a setting, or None if it has no line."""
    found = re.search(rb',\s*"?([^"\r\n]*)', b"".join(lines_of(lines, setting)[:1]))
    return found[1].decode(locale.getencoding(), "replace") if found else None


def changed(lines: list[bytes], setting: str, new: list[bytes]) -> list[bytes]:
    """Replace a setting's lines, or append lines if it has none."""
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
    """Decode lines so that the record can store any bytes."""
    return [line.decode("latin-1") for line in lines]


def _bytes(text: str) -> bytes:
    return text.encode("latin-1")


def _file() -> Path:
    return Path(xlwings.USER_CONFIG_FILE)


def _next_to(name: str) -> Path:
    return _file().with_name(name)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _record() -> dict[str, Any]:
    """Read the record of an earlier installation, or start one."""
    recorded = _next_to(RECORD)
    if recorded.is_file():
        found: dict[str, Any] = json.loads(recorded.read_bytes())
        return found
    return {"configured": _file().is_file()}


def _write_all(files: Mapping[Path, bytes | None]) -> None:
    """Write files, and delete those whose content is None: all of them or, on failure, none."""
    before = {path: path.read_bytes() if path.is_file() else None for path in files}
    done: list[Path] = []
    try:
        for path, content in files.items():
            done.append(path)
            _write(path, content)
    except OSError as problem:
        for path in reversed(done):
            with suppress(OSError):
                _write(path, before[path])
        raise HostError(
            f"{done[-1]} cannot be written ({problem.strerror}): "
            "quit Excel, or check the permissions."
        ) from None


def _write(target: Path, content: bytes | None) -> None:
    """Write a file completely or not at all."""
    if content is None:
        target.unlink(missing_ok=True)
    elif not target.is_file() or target.read_bytes() != content:
        target.parent.mkdir(parents=True, exist_ok=True)
        saving.target(target, replace=True).save(content)
