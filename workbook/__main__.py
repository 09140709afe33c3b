"""`python -m workbook` is the `offtake` command."""

from workbook.cli import main

main()
