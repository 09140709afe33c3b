"""Declaration of drivers, and the error for missing ones."""

from __future__ import annotations

from typing import Any

from model.errors import InputError
from model.fields import column


def driver(unit: str, meaning: str, **more: Any) -> Any:
    """Declare a driver."""
    if "otherwise" in more:
        more["default"] = None
    return column("", unit, meaning, **more)


def lacking(what: str) -> InputError:
    """Return the refusal of drivers that lack something."""
    return InputError("drivers", f"must give {what}", "missing")
