"""Excel on Windows, through the xlwings add-in.

xlwings imports a module whose functions carry its decorators; `workbook.udfs` is that module and
is filled from here. Off Windows the decorators do nothing and the functions are plain.

Three things that Excel hands over differently from what a cell shows are mended on the way in:

- an error cell is a whole number, and xlwings knows the seven old errors only;
- a cell formatted as currency is a decimal, cut to four places, not the number itself;
- an exception would fill the cell with its traceback, where its sentence is wanted.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any

import xlwings
from xlwings import conversion

from model.errors import InputError
from workbook.catalogue import Function, Parameter

CATEGORY = "Offtake"

#: Excel's error numbers count from here when COM hands them over.
FIRST_ERROR = -2146826288
ERRORS = {
    0: "#NULL!",
    7: "#DIV/0!",
    15: "#VALUE!",
    23: "#REF!",
    29: "#NAME?",
    36: "#NUM!",
    42: "#N/A",
    43: "#GETTING_DATA",
    45: "#SPILL!",
    46: "#CONNECT!",
    47: "#BLOCKED!",
    48: "#UNKNOWN!",
    49: "#FIELD!",
    50: "#CALC!",
}
E_FAIL = -2147467259


def udfs(
    catalogue: Mapping[str, Function],
    func: Callable[..., Any] = xlwings.func,
    arg: Callable[..., Any] = xlwings.arg,
) -> dict[str, Callable[..., Any]]:
    """Make the xlwings function of every function of the catalogue, by its Python name."""
    return {name.lower(): udf(declared, func, arg) for name, declared in catalogue.items()}


def udf(
    declared: Function,
    func: Callable[..., Any] = xlwings.func,
    arg: Callable[..., Any] = xlwings.arg,
) -> Callable[..., Any]:
    """Make one function of the catalogue an xlwings function.

    Its signature has names and defaults and no annotations: xlwings would take an annotation
    for a converter, and reading cells is the catalogue's own business.

    Parameters
    ----------
    declared : Function
    func, arg : callable
        The decorators of xlwings; off Windows `xlwings` itself has some that do nothing.
    """
    refusal = _com_exception()

    def call(*cells: Any, **named: Any) -> Any:
        try:
            return declared.call(*cells, **named)
        except Exception as problem:
            if refusal is None:
                raise
            # A defect of ours is told as every other host tells it.
            told = "" if isinstance(problem, InputError) else f"{type(problem).__name__}: "
            raise refusal(description=f"{told}{problem}", scode=E_FAIL) from problem

    call.__name__ = call.__qualname__ = declared.name.lower()
    call.__module__ = "workbook.udfs"
    call.__doc__ = declared.summary
    call.__annotations__ = {}
    vars(call)["__signature__"] = inspect.Signature([_parameter(p) for p in declared.parameters])
    for p in declared.parameters:
        arg(p.name, convert=Cells, err_to_str=True, doc=p.told)(call)
    # Last, because `arg` sets the category back.
    func(category=CATEGORY)(call)
    return call


class Cells:
    """xlwings' own reading of cells, with errors and currency mended on the way.

    xlwings asks a converter for nothing but its `reader`.
    """

    @staticmethod
    def reader(options: dict[str, Any]) -> Any:
        """Return the steps by which xlwings reads an argument."""
        steps = conversion.ValueAccessor.reader(options)
        return steps.insert_stage(mend, after=conversion.Ensure2DStage)


def mend(context: Any) -> None:
    """Give error cells their names and currency cells their full numbers, in place."""
    rows = context.value
    if context.range is not None and any(isinstance(cell, Decimal) for r in rows for cell in r):
        full = context.range.api.Value2
        full = full if isinstance(full, tuple) else ((full,),)
    else:
        full = rows
    context.value = [
        [_mended(cell, number) for cell, number in zip(row, numbers, strict=True)]
        for row, numbers in zip(rows, full, strict=True)
    ]


def _mended(cell: Any, number: Any) -> Any:
    if type(cell) is int and FIRST_ERROR <= cell < FIRST_ERROR + 100:
        return ERRORS.get(cell - FIRST_ERROR, "#VALUE!")
    return float(number) if isinstance(cell, Decimal) else cell


def _parameter(p: Parameter) -> inspect.Parameter:
    default = inspect.Parameter.empty if p.required else p.default
    return inspect.Parameter(p.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)


def _com_exception() -> Any:
    """Return the exception whose text COM passes on without a traceback, where there is one."""
    with suppress(ImportError):
        return importlib.import_module("win32com.server.exception").COMException
    return None
