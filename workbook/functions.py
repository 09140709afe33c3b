"""The functions that a cell can call, under their Python names.

Importing this module imports numpy, numpy-financial and nothing heavier.
"""

from collections.abc import Callable
from typing import Any

from workbook.catalogue import collect

CATALOGUE = collect()

# And every function of the catalogue.
__all__ = ["CATALOGUE"]


def __getattr__(name: str) -> Callable[..., Any]:
    """Find a function in the catalogue as it is now."""
    declared = CATALOGUE.get(name.upper()) if name.islower() else None
    if declared is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return declared.call


def __dir__() -> list[str]:
    return sorted([*__all__, *(name.lower() for name in CATALOGUE)])
