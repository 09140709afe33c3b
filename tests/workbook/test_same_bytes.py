"""Does the same case give the same file on every machine?

Oracle: the parts that other processes build, with another library under openpyxl, another seed of
hashes, another time zone, another locale, and at another time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
#: Builds every kind of workbook, and a small one of texts that libraries may write differently.
BUILD = """
import io, json, locale
from contextlib import suppress
from hashlib import sha256
import openpyxl
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font
from model.case.case import load
from workbook import template
from workbook.package import archive
from workbook.package.finish import finish
from workbook.hosts import excel_files, lite

with suppress(locale.Error):
    locale.setlocale(locale.LC_ALL, "")
book = openpyxl.Workbook()
sheet = book.active
for text in ("   ", " a ", "\\u00e9\\U0001f600", "<&>'\\"", "a\\nb\\tc", "\\u2028", "_x0041_"):
    sheet.append([text, 0.5, True, None])
sheet["A1"].hyperlink = "https://example.com/?a=1&b='2'"
sheet["B1"].number_format = '#,##0 "<&>"'
sheet["D2"].font = Font(name="Calibri", bold=True)
sheet.oddFooter.left.text = "R&D <x>"
sheet.conditional_formatting.add("A1:B2", FormulaRule(['"<"&$A$1=">"']))
book.create_sheet("R&D 'x'").print_title_rows = "1:2"
file = io.BytesIO()
book.save(file)
built = template.build(load("cerebras"))
files = {
    "xlsx": built,
    "xlsm": excel_files.macro_workbook(built),
    "lite": lite.lite_workbook(built),
    "small": finish(file.getvalue(), {}),
}
# The small one says when it was made.
parts = {
    f"{kind} {name}": sha256(part).hexdigest()
    for kind, file in files.items()
    for name, part in archive.entries(file)
    if (kind, name) != ("small", "docProps/core.xml")
}
whole = {kind: sha256(file).hexdigest() for kind, file in files.items() if kind != "small"}
print(json.dumps({"lxml": openpyxl.LXML, "parts": parts, "whole": whole}))
"""


def built(**environment: str) -> dict[str, Any]:
    run = subprocess.run(
        [sys.executable, "-c", BUILD],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])} | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def test_the_bytes_depend_on_the_case_alone() -> None:
    pytest.importorskip("lxml")
    # The second begins when the first is done, so that their clocks differ by seconds.
    one = built(OPENPYXL_LXML="True", PYTHONHASHSEED="1", TZ="UTC", LC_ALL="C")
    other = built(OPENPYXL_LXML="False", PYTHONHASHSEED="2", TZ="Asia/Tokyo", LC_ALL="C.UTF-8")
    assert (one.pop("lxml"), other.pop("lxml")) == (True, False)
    assert len(one["parts"]) > 150
    assert one == other
