"""`python -m workbook` is the `offtake` command."""

from workbook.cli.commands import main

main()
