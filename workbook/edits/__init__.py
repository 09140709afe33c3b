"""Edits made in a workbook: recalculated, copied back into the case, kept in a rebuild."""
