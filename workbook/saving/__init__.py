"""Writes the files of users: the only code that does, except into folders of its own."""

from workbook.saving.written import ExistsError, NotWrittenError, Target, target

__all__ = ["ExistsError", "NotWrittenError", "Target", "target"]
