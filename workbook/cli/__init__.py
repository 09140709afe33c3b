"""The `offtake` command."""

from workbook.cli.commands import main

__all__ = ["main"]
