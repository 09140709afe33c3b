"""The one exception of the project, and the checks that raise it.

Every message is one sentence: the argument, what was expected, and the value received.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from model.printable import printable

Floats = npt.NDArray[np.float64]
#: An integer with this many bits or more is larger than any float.
_LARGEST = 1024
#: Up to this many bits, an integer is written in full.
_LONG = 53
#: Characters of a text, and of an argument's name, shown in a message.
LONG, LONG_PATH = 58, 600
Reason = Literal["value", "number", "missing"]


class InputError(ValueError):
    """An input that the model refuses.

    Parameters
    ----------
    argument : str
        Name of the argument at fault, as the user knows it.
    problem : str
        The rest of the sentence: what was expected, and what was received instead.
    reason : {"value", "number", "missing"}
        The reason: an input of the wrong kind, numbers without an answer, or something missing.
    holds : ndarray, optional
        Where numbers were as expected, of numbers in several scenarios or rows.

    Examples
    --------
    >>> raise InputError("price", "must be at least 0, not -5")
    Traceback (most recent call last):
    model.errors.InputError: price must be at least 0, not -5.
    """

    def __init__(
        self,
        argument: str,
        problem: str,
        reason: Reason = "value",
        holds: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        self.argument = argument
        self.problem = problem
        self.reason = reason
        self.holds = holds
        # A case's key may contain anything, and a message must be one line.
        message = " ".join(f"{cut(argument, LONG_PATH)} {problem}.".split())
        super().__init__(printable(message))

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, Reason]]:
        # Exceptions are rebuilt from their arguments when they cross a process boundary.
        return type(self), (self.argument, self.problem, self.reason)


class CaseError(InputError):
    """Several inputs of a case that the model refuses, each in a sentence on its own line."""

    def __init__(self, errors: Sequence[InputError]) -> None:
        first = errors[0]
        super().__init__(first.argument, first.problem, first.reason)
        self.errors = tuple(errors)
        self.args = ("\n".join(str(error) for error in errors),)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.errors,)


def refuse(errors: Iterable[InputError]) -> None:
    """Raise the errors, if any: a single one as it is, several as one."""
    found = [one for e in errors for one in (e.errors if isinstance(e, CaseError) else [e])]
    if found:
        raise found[0] if len(found) == 1 else CaseError(found)


def shown(value: object) -> str:
    """Write a value for a message: short, on one line, with floats rounded."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, int) and _LONG < value.bit_length() < _LARGEST:
        value = float(value)
    if isinstance(value, float | np.floating):
        return f"{float(value):.10g}"
    if isinstance(value, date) and value == value:
        return f"{value:%Y-%m-%d}"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, int) and value.bit_length() >= _LARGEST:
        return "a number too large to write"
    if not isinstance(value, str | int | None):
        return f"a value of type {type(value).__name__}"
    return repr(cut(value, LONG) if isinstance(value, str) else value)


def cut(text: str, length: int) -> str:
    """Shorten a text that is too long to show."""
    return text if len(text) <= length else f"{text[: length - 3]}..."


def nearest(word: str, known: Iterable[str], alike: float = 0.6, most: int = 1) -> str:
    """Suggest the known words closest to a misspelt one, if any are close enough.

    Examples
    --------
    >>> nearest("Strke", ["Security", "Strike"])
    " (did you mean 'Strike'?)"
    """
    folded = {k.casefold(): k for k in known}
    close = get_close_matches(word.casefold(), folded, n=most, cutoff=alike)
    *before, last = [repr(folded[each]) for each in close] or [""]
    found = f"{', '.join(before)} or {last}" if before else last
    return f" (did you mean {found}?)" if found else ""


def one_of(argument: str, value: object, known: Collection[str]) -> str:
    """Return `value` if it is a known name, ignoring case; refuse it otherwise."""
    if isinstance(value, str):
        if value in known:
            return value
        for name in known:
            if value.casefold() == name.casefold():
                return name
    listed = ", ".join(repr(n) for n in known)
    hint = nearest(value, known) if isinstance(value, str) else ""
    raise InputError(argument, f"must be one of {listed}, not {shown(value)}{hint}")


def require(
    holds: bool | np.bool_ | npt.NDArray[np.bool_],
    argument: str,
    expected: str,
    value: Any,
    reason: Reason = "value",
) -> None:
    """Refuse an argument unless a condition holds in every scenario."""
    where = None
    if isinstance(holds, np.ndarray):
        if everywhere(holds):
            return
        culprit, where = first(np.broadcast_to(np.asarray(value), holds.shape), ~holds), holds
    elif holds:
        return
    else:
        culprit = value
    raise InputError(argument, f"must be {expected}, not {shown(culprit)}", reason, where)


def everywhere(mask: npt.NDArray[np.bool_]) -> bool:
    """As `mask.all()`, in a third of the time for few elements."""
    return bool(np.count_nonzero(mask) == mask.size)


def first(array: npt.NDArray[Any], where: npt.NDArray[np.bool_]) -> Any:
    """Return the first element of `array` where the mask holds."""
    return array[where].ravel()[0].item()
