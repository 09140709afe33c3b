"""The functions that are declared here and not yet in the model."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from model.errors import InputError, one_of
from model.fields import Field
from model.tables import Result
from workbook import arguments
from workbook.catalogue import Function, Parameter, Reader
from workbook.plain import plain

#: All functions by their Excel names, in the order of their declaration.
CATALOGUE: dict[str, Function] = {}


def function(body: Callable[..., Any]) -> Callable[..., Any]:
    """Declare a function of the catalogue.

    Returns
    -------
    callable
        Takes cell values, reads them into the types of the annotations, calls the body, and
        returns a cell or rows of cells. A blank or omitted optional argument is its default.
    """
    doc = inspect.getdoc(body) or ""
    told = _told_parameters(doc)
    hints = get_type_hints(body, include_extras=True)
    signature = inspect.signature(body)
    parameters = tuple(
        _parameter(p, hints[p.name], *told[p.name]) for p in signature.parameters.values()
    )

    number_out = hints["return"] is float

    @functools.wraps(body)
    def call(*given: Any, **named: Any) -> Any:
        if named or len(given) > len(parameters):
            bound = signature.bind(*given, **named)
            bound.apply_defaults()
            given = bound.args
        read = []
        for i, p in enumerate(parameters):
            value = given[i] if i < len(given) else None
            if type(value) is not float:
                value = plain(value)
            if value is None or (not p.required and arguments.is_blank(value)):
                if p.required:
                    raise InputError(p.name, f"must be given: {_first_sentence(p.help)}")
                read.append(p.default)
            else:
                read.append(p.read(p.name, value))
        result = body(*read)
        return arguments.cell(result) if number_out else result

    declared = Function(
        name=body.__name__.upper(),
        family="rpo",
        summary=doc.partition("\n")[0],
        doc=doc,
        parameters=parameters,
        result=Field("number") if number_out else Result,
        call=call,
    )
    CATALOGUE[declared.name] = declared
    return call


def _parameter(p: inspect.Parameter, hint: Any, unit: str, told: str) -> Parameter:
    hint = _without_none(hint)
    choices: tuple[str, ...] = ()
    read: Reader
    if get_origin(hint) is Annotated:
        read = get_args(hint)[1]
        kind = read.__name__.replace("one_or_many", "vector")
    elif get_origin(hint) is Literal:
        choices = get_args(hint)
        read, kind = functools.partial(_choice, choices), "choice"
    elif hint is int:
        read, kind = arguments.whole, "whole"
    else:
        read, kind = arguments.number, "number"
    required = p.default is inspect.Parameter.empty
    return Parameter(
        p.name, kind, unit, told, required, None if required else p.default, choices, read
    )


def _choice(choices: tuple[str, ...], argument: str, value: Any) -> str:
    return one_of(argument, value, choices)


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (a for a in get_args(hint) if a is not NoneType)
    return hint


def _told_parameters(doc: str) -> dict[str, tuple[str, str]]:
    """Read the Parameters section of a numpydoc text: name -> (unit, help)."""
    section = re.search(r"^Parameters\n-+\n(.*?)(?=^\w[^\n]*\n-{3,}|\Z)", doc, re.M | re.S)
    told = {}
    for entry in re.finditer(
        r"^(\w+) : ([^\n]*)\n((?:[ ]+[^\n]*\n?)+)", section[1] if section else "", re.M
    ):
        name, kind, text = entry.groups()
        unit = ", ".join(part.strip() for part in kind.split(",")[1:] if part.strip() != "optional")
        if kind.startswith("{"):
            unit = "name"
        told[name] = unit, " ".join(text.split())
    return told


def _first_sentence(text: str) -> str:
    """Return a help's first sentence as the end of another one."""
    sentence = re.split(r"\.(?:\s|$)", text, maxsplit=1)[0]
    return sentence[:1].lower() + sentence[1:]
