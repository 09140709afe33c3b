"""Edits made in a workbook: recalculated, taken back into the case, kept in a rebuild."""
