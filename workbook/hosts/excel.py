"""Excel on Windows, through the xlwings add-in.

xlwings imports a module of decorated functions; `workbook.udfs` is that module, and is filled from
here. On other systems the decorators do nothing and the functions are plain.

Three things need correcting between Excel and Python:

- an error cell arrives as a whole number, and xlwings knows only the seven old errors;
- a cell formatted as currency arrives as a decimal with four places, not as the full number;
- an exception would fill the cell with its traceback, and we want only its sentence.
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

#: COM passes Excel's error numbers with this offset.
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
    """Make an xlwings function of every function in the catalogue, by its Python name."""
    return {name.lower(): udf(declared, func, arg) for name, declared in catalogue.items()}


def udf(
    declared: Function,
    func: Callable[..., Any] = xlwings.func,
    arg: Callable[..., Any] = xlwings.arg,
) -> Callable[..., Any]:
    """Make one function of the catalogue an xlwings function.

    Its signature has names and defaults but no annotations: xlwings would use an annotation as a
    converter, and the catalogue reads cells itself.

    Parameters
    ----------
    declared : Function
    func, arg : callable
        xlwings' decorators; on other systems `xlwings` has ones that do nothing.
    """
    refusal = _com_exception()

    def call(*cells: Any, **named: Any) -> Any:
        try:
            return declared.call(*cells, **named)
        except Exception as problem:
            if refusal is None:
                raise
            # A defect of ours reads the same as in every other host.
            prefix = "" if isinstance(problem, InputError) else f"{type(problem).__name__}: "
            raise refusal(description=f"{prefix}{problem}", scode=E_FAIL) from problem

    call.__name__ = call.__qualname__ = declared.name.lower()
    call.__module__ = "workbook.udfs"
    call.__doc__ = declared.summary
    call.__annotations__ = {}
    vars(call)["__signature__"] = inspect.Signature([_parameter(p) for p in declared.parameters])
    for p in declared.parameters:
        arg(p.name, convert=Cells, err_to_str=True, doc=p.help_text)(call)
    # Last, because `arg` resets the category.
    func(category=CATEGORY)(call)
    return call


class Cells:
    """xlwings' own way of reading cells, plus the correction of errors and currency.

    xlwings uses only the `reader` of a converter.
    """

    @staticmethod
    def reader(options: dict[str, Any]) -> Any:
        """Return the steps that xlwings takes to read an argument."""
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
    """Return the exception whose text COM passes on without a traceback, if pywin32 is here."""
    with suppress(ImportError):
        return importlib.import_module("win32com.server.exception").COMException
    return None
