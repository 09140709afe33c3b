"""The functions that a cell can call, a module per family, under their Python names.

Importing this package imports numpy and nothing heavier.
"""

from workbook.catalogue import CATALOGUE
from workbook.functions import (
    adjustments,
    annuities,
    capital,
    comps,
    concentration,
    contracts,
    dcf,
    dilution,
    eps,
    equity,
    headlines,
    infrastructure,
    ipo,
    leverage,
    market,
    operations,
    returns,
    rpo,
    rpo_measures,
    signals,
    stages,
    tokens,
    unit_economics,
)

globals().update({name.lower(): declared.call for name, declared in CATALOGUE.items()})

# And every function of the catalogue.
__all__ = [
    "CATALOGUE",
    "adjustments",
    "annuities",
    "capital",
    "comps",
    "concentration",
    "contracts",
    "dcf",
    "dilution",
    "eps",
    "equity",
    "headlines",
    "infrastructure",
    "ipo",
    "leverage",
    "market",
    "operations",
    "returns",
    "rpo",
    "rpo_measures",
    "signals",
    "stages",
    "tokens",
    "unit_economics",
]


def __dir__() -> list[str]:
    return sorted([*__all__, *(name.lower() for name in CATALOGUE)])
