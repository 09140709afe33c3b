"""The `offtake` command."""

from workbook.cli.command_line import main

__all__ = ["main"]
