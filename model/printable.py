"""Texts as they may be shown; this module imports nothing heavy, because every command does."""

from __future__ import annotations

import unicodedata


def printable(text: str) -> str:
    r"""Write what a terminal would act on, such as a line break, as Python writes it.

    Examples
    --------
    >>> printable("Deal\n\u202e1\xa0m")
    'Deal\\n\\u202e1\xa0m'
    """
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or unicodedata.category(c) == "Zs" else repr(c)[1:-1] for c in text
    )
