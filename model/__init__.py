"""Corporate finance for companies whose revenue is under contract.

Pure functions over arrays: every function broadcasts over a leading scenario axis, and the
last axis is the one the name says (periods, bands or securities). Money is in USD millions,
share counts are in millions, rates are fractions, months count from the balance date.
"""

from importlib import import_module

#: The families of functions, in the order in which one reads them.
FAMILIES = (
    "dilution",
    "rpo",
    "dcf",
    "operations",
    "comparables",
    "returns",
    "compute",
    "signals",
)


def families() -> None:
    """Import every family, so that all of its functions are declared."""
    for name in FAMILIES:
        import_module(f"model.{name}")
