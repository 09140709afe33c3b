"""An .xlsx file: its parts, cells, formulas and values."""
