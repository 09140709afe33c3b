"""Kills real commands at random moments, and counts what is left behind by them.

`python tests/workbook/kills.py 1000` prints the table of docs/saving.md.

Half of the kills come in the last 15% of a command's time, where it writes, a quarter at any time,
and a quarter within a few milliseconds after the file that it writes has appeared under another
name. Each kill is SIGKILL, after which nothing can be tidied.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import openpyxl

from model.case.starter import starter
from workbook.saving import drafts, target

CASE, BOOK = "acme.toml", "acme.xlsx"
#: What a command has to write, and the command.
COMMANDS = {
    "build --force": (BOOK, ["build", CASE, "--force"]),
    "recalc": (BOOK, ["recalc", BOOK]),
    "pull --into": (CASE, ["pull", BOOK, "--into", CASE]),
}
LATE = 0.15
COLUMNS = (
    *("kills", "ended before", "old", "new", "broken", "copy broken or missing"),
    *("left", "left after the next save"),
)

Folder = dict[str, bytes]


def started(folder: Path, arguments: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "workbook", *arguments],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "SOURCE_DATE_EPOCH": "1778630400",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def contents(folder: Path) -> Folder:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def filled(folder: Path, files: Folder) -> None:
    """Make a folder with some files, and nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)


def before(folder: Path) -> Folder:
    """Return a case, and its workbook in which a user has typed another price."""
    filled(folder, {CASE: starter("acme", date(2026, 5, 13)).encode()})
    started(folder, ["build", CASE]).wait()
    book = openpyxl.load_workbook(folder / BOOK)
    sheet = book["Inputs"]
    (row,) = (r for r in sheet.iter_rows() if any(c.value == "Share price" for c in r))
    (price,) = (cell for cell in row if cell.value == 20)
    price.value = 25
    book.save(folder / BOOK)
    return contents(folder)


def appeared(folder: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until a command writes: until something is in a file under another name."""
    while process.poll() is None:
        for found in os.scandir(folder):
            if drafts.NAME.fullmatch(found.name):
                try:
                    if found.stat().st_size:
                        return
                except FileNotFoundError:
                    pass
        time.sleep(0.0003)


def moments(length: float) -> Iterator[Callable[[Path, subprocess.Popen[bytes]], None]]:
    """Yield ways of waiting for the moment of a kill."""

    def until(seconds: float) -> Callable[[Path, subprocess.Popen[bytes]], None]:
        return lambda *_: time.sleep(seconds)

    def writing(folder: Path, process: subprocess.Popen[bytes]) -> None:
        appeared(folder, process)
        time.sleep(random.uniform(0, 0.006))

    while True:
        yield until(random.uniform((1 - LATE) * length, length))
        yield until(random.uniform(0, length))
        yield until(random.uniform((1 - LATE) * length, length))
        yield writing


def kill(
    folder: Path,
    name: str,
    files: tuple[Folder, Folder],
    wait: Callable[[Path, subprocess.Popen[bytes]], None],
) -> Counter[str]:
    """Start a command, kill it, and say what it has left."""
    old, new = files
    written, arguments = COMMANDS[name]
    filled(folder, old)
    process = started(folder, arguments)
    wait(folder, process)
    if process.poll() is not None:
        return Counter({"ended before": 1})
    process.kill()
    process.wait()
    held = contents(folder)
    left = [each for each in held if drafts.NAME.fullmatch(each)]
    copy = held.get(f"{written}.bak")
    is_new = held.get(written) == new[written]
    copied = copy is not None or (is_new and f"{written}.bak" in new)
    whole = is_new or held.get(written) == old[written]
    # Another file of the user's may be written too, such as the log in the workbook.
    whole = whole and all(held.get(each) in (old[each], new[each]) for each in old)
    target(folder / "next.toml", replace=False).save(b"")
    after = [each for each in contents(folder) if drafts.NAME.fullmatch(each)]
    return Counter(
        {
            "kills": 1,
            "broken": not whole,
            "new": whole and is_new,
            "old": whole and not is_new,
            # recalc keeps none: it replaces values alone.
            "copy broken or missing": copied and copy != old[written],
            "left": len(left),
            "left after the next save": len(after),
        }
    )


def main(most: int) -> None:
    table: dict[str, Counter[str]] = {name: Counter() for name in COMMANDS}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "folder"
        old, new, ways = before(folder), {}, {}
        for name, (_, arguments) in COMMANDS.items():
            lengths = []
            for _ in range(5):
                filled(folder, old)
                begun = time.monotonic()
                assert started(folder, arguments).wait() == 0, name
                lengths.append(time.monotonic() - begun)
            new[name] = contents(folder)
            ways[name] = moments(sorted(lengths)[2])
            print(f"{name}: {sorted(lengths)[2]:.2f} s", flush=True)
        while sum(counts["kills"] for counts in table.values()) < most:
            for name in COMMANDS:
                table[name] += kill(folder, name, (old, new[name]), next(ways[name]))
            print({name: dict(counts) for name, counts in table.items()}, flush=True)
    print(f"\n| command | {' | '.join(COLUMNS)} |\n|---{'|---:' * len(COLUMNS)}|")
    table["all"] = sum(table.values(), Counter())
    for name, counts in table.items():
        print(f"| {name} | {' | '.join(str(counts[column]) for column in COLUMNS)} |")


if __name__ == "__main__":
    main(int(sys.argv[1]))
