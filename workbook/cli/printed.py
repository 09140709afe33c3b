"""The only way for a line to reach the terminal, whatever it quotes."""

from __future__ import annotations

import sys

from model.printable import printable


def say(*lines: str, error: bool = False) -> None:
    """Print lines; what a terminal would act on, such as a line break in a title, is escaped."""
    for line in lines:
        print(printable(line), file=sys.stderr if error else sys.stdout)
