"""Limits on the contents of a workbook's file that take memory and time.

Checking a file must take no more than 500 MB of memory and 10 s of processor time, whatever a
stranger sends: the limits are chosen accordingly, and the tests measure this. Ordinary workbooks
are far below all of them.
"""

from __future__ import annotations

from typing import NamedTuple

from model.errors import InputError


class Limit(NamedTuple):
    """How much a file may have of something, and why that is enough."""

    most: int
    of: str
    why: str


#: What takes memory, and so may not come near its limit with all the others.
TOGETHER = ("elements", "attributes", "cells", "formulas", "filled", "strings")
#: In the order in which they are counted.
LIMITS = {
    "file": Limit(50_000_000, "bytes", "a built workbook has 0.5 MB"),
    "parts": Limit(2_000, "parts", "Excel writes a few for each sheet, chart and picture"),
    "part": Limit(60_000_000, "bytes unpacked", "a sheet of 100,000 rows has 30 MB"),
    "unpacked": Limit(100_000_000, "bytes unpacked in all", "two such sheets, and pictures"),
    "ratio": Limit(250, "bytes unpacked for each byte packed", "sheets have 5 to 40"),
    "elements": Limit(500_000, "elements other than cells", "100,000 rows, and as much again"),
    "attributes": Limit(
        400_000, "attributes other than those of cells and rows", "a built workbook has 14,000"
    ),
    "depth": Limit(100, "levels of nested elements", "charts have 15"),
    "cells": Limit(500_000, "cells", "100,000 rows of five columns"),
    "formulas": Limit(50_000, "formulas", "a built workbook has 10,000"),
    "filled": Limit(100_000, "cells filled by array formulas", "a built workbook has 10,000"),
    "strings": Limit(200_000, "shared texts", "two for each of 100,000 rows"),
    "text": Limit(32_767, "characters in one text", "no cell of Excel holds more"),
    "texts": Limit(20_000_000, "characters of text in all", "40 for each of 500,000 cells"),
    "together": Limit(
        125,
        f"percent of the limits of {', '.join(TOGETHER)} together",
        "a built workbook, and 400,000 other cells",
    ),
    "formats": Limit(5_000, "number formats", "Excel takes 250"),
    "format": Limit(255, "characters in a number format", "Excel takes no more"),
    "code": Limit(4_000_000, "bytes of VBA code", "a built workbook has 100,000"),
    "merged": Limit(50_000, "merged ranges", "a built workbook has 1,000"),
    "rules": Limit(10_000, "rules for entries and formats", "a built workbook has 600"),
    "ruled": Limit(500_000, "cells with rules", "a built workbook has 20,000"),
    "names": Limit(2_000, "defined names", "a built workbook has 100"),
    "named": Limit(500_000, "characters of defined names", "a built workbook has 1,600"),
    "listed": Limit(1_100_000, "cells in ranges that are listed", "an entire column has 1,048,576"),
    "written": Limit(2_000_000, "characters of formulas", "a built workbook has 800,000"),
    "meanings": Limit(20_000, "names written out in formulas", "a built workbook has none"),
    "read": Limit(400_000_000, "cells read by formulas", "4,000 sums of 100,000 rows"),
    "reach": Limit(4_194_304, "cells read by one formula", "four entire columns"),
    "formula": Limit(16_384, "characters in a formula", "Excel takes 8,192 without prefixes"),
    "calls": Limit(10_000, "calls to Offtake's functions", "a built workbook has 150"),
    "seconds": Limit(4, "seconds of processor time in its functions", "a built workbook takes 0.6"),
    "memory": Limit(560, "MB of memory", "a built workbook takes 200"),
    "time": Limit(6, "seconds of processor time", "a built workbook takes 1.5"),
    "command": Limit(9, "seconds of processor time in all", "a check of a built one takes 3"),
    "in use": Limit(480, "MB of memory in all", "a check of a built workbook takes 190"),
    "nesting": Limit(128, "levels of brackets", "Excel takes 64 functions"),
}


def check(kind: str, found: int, where: str = "workbook") -> None:
    """Refuse a file, or a part of it, that has more of something than is allowed.

    Examples
    --------
    >>> check("parts", 10_000)
    Traceback (most recent call last):
    model.errors.InputError: workbook must have at most 2,000 parts, not 10,000.
    """
    limit = LIMITS[kind]
    if found > limit.most:
        raise InputError(where, f"must have at most {limit.most:,} {limit.of}, not {found:,}")
