"""The functions that a cell can call, a module per family, under their Python names.

Importing this package imports numpy and nothing heavier.
"""

from workbook.catalogue import CATALOGUE
from workbook.functions import dcf, dilution, rpo

globals().update({name.lower(): declared.call for name, declared in CATALOGUE.items()})

__all__ = ["CATALOGUE", "dcf", "dilution", "rpo"]  # and every function of the catalogue


def __dir__() -> list[str]:
    return sorted([*__all__, *(name.lower() for name in CATALOGUE)])
