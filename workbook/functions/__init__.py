"""The functions that a cell can call, a module per family, under their Python names.

Importing this package imports numpy and nothing heavier.
"""

from collections.abc import Callable
from typing import Any

from workbook.catalogue import FAMILIES, collect
from workbook.functions import (
    contracts,
    declare,
)

CATALOGUE = dict(
    sorted((collect() | declare.CATALOGUE).items(), key=lambda item: FAMILIES.index(item[1].family))
)

# And every function of the catalogue.
__all__ = [
    "CATALOGUE",
    "contracts",
    "declare",
]


def __getattr__(name: str) -> Callable[..., Any]:
    """Find a function in the catalogue as it is now, also after a family was imported anew."""
    declared = CATALOGUE.get(name.upper()) if name.islower() else None
    if declared is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return declared.call


def __dir__() -> list[str]:
    return sorted([*__all__, *(name.lower() for name in CATALOGUE)])
