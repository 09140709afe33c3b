"""Public functions, each declared by its signature and its docstring.

Annotations give each argument's units and bounds; defaults mark those that may be left out; the
docstring's first line is the help that a host shows, and its section Parameters explains each
argument whose declaration does not: a table or a field may have its own explanation. What a
declaration says about the result and errors is added to the docstring, unless it has its own. The
import fails for a function without an explanation, a unit or a declared result.
"""

from __future__ import annotations

import functools
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import numpy as np

from model.errors import InputError, shown
from model.fields import Field, Several
from model.tables import Result, Table

R = TypeVar("R")

#: The sections of a docstring, in order.
SECTIONS = ("Parameters", "Returns", "Raises", "Notes", "References", "Examples")

#: Characters in a line added to a docstring, without its indent.
_WIDTH = 94


@dataclass(frozen=True)
class Parameter:
    """One argument of a function: a declared value, or a declared table, or either."""

    name: str
    help: str
    required: bool
    default: Any
    field: Field | None = None
    table: type[Table] | None = None
    #: A table that may stand for a declared value.
    other: type[Table] | None = None
    #: Whether it may be left blank: an optional one, and one before others that may be None.
    blank: bool = False

    def read(self, value: Any) -> Any:
        """Check what was passed."""
        if self.other is not None and isinstance(value, self.other):
            return value
        if self.field is not None:
            return self.field.read(self.name, value)
        assert self.table is not None
        if isinstance(value, self.table):
            return value
        raise InputError(self.name, f"must be {self.table.__name__}, not {shown(value)}")


@dataclass(frozen=True)
class Function:
    """A declared function."""

    name: str
    family: str
    doc: str
    parameters: tuple[Parameter, ...]
    #: The declaration of the number that it returns, or the class of its result.
    result: Field | type[Result]
    call: Callable[..., Any]

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return self.doc.partition("\n")[0]


#: Every declared function by its name, in the order of their declaration.
FUNCTIONS: dict[str, Function] = {}


def function(body: Callable[..., R]) -> Callable[..., R]:
    """Declare a public function.

    Returns
    -------
    callable
        Checks every argument against its declaration, and calls the body. An optional argument that
        is None is left out.
    """
    doc = inspect.getdoc(body) or ""
    helps = _helps(doc)
    hints = inspect.get_annotations(body, eval_str=True)
    signature = inspect.signature(body)
    parameters = tuple(_parameter(body, p, hints, helps) for p in signature.parameters.values())
    defaults = [
        None if p.default is None else p.read(p.default) for p in parameters if not p.required
    ]
    blank = {p.name for p in parameters if p.required and p.blank}
    left_out = [None] * (len(parameters) - len(defaults)) + defaults

    @functools.wraps(body)
    def call(*given: Any, **named: Any) -> R:
        if named or len(given) > len(parameters):
            absent = blank - named.keys() - {p.name for p in parameters[: len(given)]}
            bound = signature.bind(*given, **named, **dict.fromkeys(absent))
            bound.apply_defaults()
            given = bound.args
        read = []
        for i, p in enumerate(parameters):
            value = given[i] if i < len(given) else None
            if value is None:
                if not p.blank:
                    raise InputError(p.name, f"must be given: {first_sentence(p.help)}")
                read.append(left_out[i])
            else:
                read.append(p.read(value))
        # Overflow and undefined values show in the result, so no warning is needed.
        with np.errstate(all="ignore"):
            try:
                return body(*read)
            except (TypeError, ValueError, IndexError) as problem:
                if not isinstance(problem, InputError):
                    _refuse_arrays(parameters, read)
                raise

    name = body.__name__.upper()
    result = _result(body, hints["return"])
    doc = call.__doc__ = _completed(doc, parameters, result)
    family = body.__module__.split(".")[1]
    FUNCTIONS[name] = Function(name, family, doc, parameters, result, call)
    return call


def _parameter(
    body: Callable[..., Any], p: inspect.Parameter, hints: dict[str, Any], helps: dict[str, str]
) -> Parameter:
    where = f"{body.__name__}, argument {p.name},"
    required = p.default is inspect.Parameter.empty
    blank = not required or NoneType in get_args(hints[p.name])
    default = None if required else p.default
    hint, other = _without_none(hints[p.name])
    table = hint if isinstance(hint, type) and issubclass(hint, Table) else None
    field = None if table else _field(hint)
    if table is None and field is None:
        raise TypeError(f"{where} must have a declared unit, not {hint}")
    meaning = helps.get(p.name) or (_summary(table) if table else field.meaning if field else "")
    if not meaning:
        raise TypeError(f"{where} must be explained in the docstring")
    field = field and field.named(p.name)
    return Parameter(p.name, meaning, required, default, field, table, other, blank)


def _refuse_arrays(parameters: Iterable[Parameter], read: Iterable[Any]) -> None:
    """Refuse arguments that are empty, or whose scenarios differ, if they made a function fail."""
    for p, value in zip(parameters, read, strict=True):
        if not np.size(value):
            raise InputError(p.name, "must hold at least one value, but it is empty")
        if p.field is not None and np.ndim(value) > (p.field.extent != "one"):
            raise InputError(
                p.name,
                "must hold one scenario, or as many as every other argument, not an array of shape "
                f"{np.shape(value)}",
            )


def _field(hint: Any) -> Field | None:
    """Return the declaration in an annotation."""
    if get_origin(hint) is Literal:
        return Field("name", kind="choice", choices=get_args(hint))
    if get_origin(hint) is not Annotated:
        return None
    plain, *marks = get_args(hint)
    field = next((m for m in marks if isinstance(m, Field)), None)
    if field is None:
        return None
    if plain is int:
        field = replace(field, kind="whole")
    elif plain is date:
        field = replace(field, kind="date")
    for mark in marks:
        if isinstance(mark, Several):
            field = mark.of(field)
    return field


def _result(body: Callable[..., Any], hint: Any) -> Field | type[Result]:
    if isinstance(hint, type) and issubclass(hint, Result):
        return hint
    if get_origin(hint) is Annotated:
        field = next((m for m in get_args(hint) if isinstance(m, Field)), None)
        if field is not None:
            return field
    raise TypeError(f"{body.__name__} must return a declared number or result, not {hint}")


def _without_none(hint: Any) -> tuple[Any, Any]:
    """Return what an argument is where it is given, and what may stand for it."""
    if get_origin(hint) not in (Union, UnionType):
        return hint, None
    first, *others = (a for a in get_args(hint) if a is not NoneType)
    return first, others[0] if others else None


def sections(doc: str) -> dict[str, str]:
    """Return the sections of a numpydoc text by their titles."""
    _, *parts = re.split(r"^(\w+)\n-{3,}\n", doc, flags=re.M)
    return {title: text.strip("\n") for title, text in zip(parts[::2], parts[1::2], strict=True)}


def _completed(doc: str, parameters: tuple[Parameter, ...], result: Field | type[Result]) -> str:
    """Add to a docstring what follows from the declarations."""
    entries = (f"{p.name}\n{_indented(p.help)}" for p in parameters)
    if isinstance(result, Field):
        returned = f"ndarray, shape (...)\n{_indented(f'In {result.unit}.')}"
    else:
        returned = f"{result.__name__}\n{_indented(_summary(result))}"
    found = {
        "Returns": returned,
        "Raises": f"InputError\n{_indented('For an argument that does not fit its declaration.')}",
        **sections(doc),
        "Parameters": "\n".join(entries),
    }
    text = re.split(r"^\w+\n-{3,}\n", doc, maxsplit=1, flags=re.M)[0].rstrip()
    titled = (f"\n\n{t}\n{'-' * len(t)}\n{found[t]}" for t in SECTIONS if t in found)
    return text + "".join(titled)


def _summary(declared: type) -> str:
    return inspect.getdoc(declared).partition("\n")[0]  # type: ignore[union-attr]


def _indented(text: str) -> str:
    # Most are short, and finding line breaks takes far longer than everything else.
    lines = [text] if len(text) <= _WIDTH else textwrap.wrap(text, _WIDTH)
    return "\n".join(f"    {line}" for line in lines)


def _helps(doc: str) -> dict[str, str]:
    """Read the section Parameters: name -> explanation."""
    entries = re.finditer(
        r"^(\w+)\n((?:[ ]+[^\n]*\n?)+)", sections(doc).get("Parameters", ""), re.M
    )
    return {entry[1]: " ".join(entry[2].split()) for entry in entries}


def first_sentence(text: str) -> str:
    """Return the first sentence of a help text as the end of another sentence."""
    sentence = re.split(r"\.(?:\s|$)", text, maxsplit=1)[0]
    return sentence[:1].lower() + sentence[1:]
