"""A starter case for another company: it builds as it is, and every figure is a placeholder."""

from __future__ import annotations

from datetime import date, timedelta
from importlib import resources
from string import Template


def starter(name: str, day: date) -> str:
    """Return a starter case with comments.

    Parameters
    ----------
    name : str
        The company's initial name; in capitals, its ticker.
    day : date
        The valuation date. The year ends in December, and the balance is the last quarter's.
    """
    quarter_begins = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    text = (resources.files("model.case") / "starter.toml").read_text(encoding="utf-8")
    return Template(text).substitute(
        name=name,
        ticker=name.upper(),
        day=day,
        # On the last day of a year, the next year is the first forecast year.
        year=(day + timedelta(days=1)).year,
        balance=quarter_begins - timedelta(days=1),
    )
