"""Returns: internal rates and exits."""
