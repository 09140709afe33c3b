"""Lines that a table names, above the results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from model.errors import Floats, InputError, shown


def with_results(
    argument: str, names: Sequence[str], values: Iterable[Floats], results: dict[str, Floats]
) -> dict[str, Floats]:
    """Put results below the lines that a table names; none may bear the name of a result."""
    taken = {result.casefold(): result for result in results}
    for name in names:
        if name.casefold() in taken:
            raise InputError(argument, f"must not hold {shown(name)}, the name of a result")
    return dict(zip(names, values, strict=True)) | results
