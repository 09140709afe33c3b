"""A workbook against its own formulas and the model."""
