"""The code that a workbook carries for xlwings Lite: every function of the catalogue.

`workbook.hosts.lite` puts this file into the workbook as its main.py. The functions bear their
lower-case Python names, and Excel ignores case. Elsewhere the decorators of xlwings do nothing.
"""

from __future__ import annotations

import base64
import inspect
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlwings import XlwingsError, arg, func

#: The package as a zip archive in base64; empty where requirements.txt names it.
BUNDLE = ""

if BUNDLE:
    archive = Path(tempfile.gettempdir()) / "offtake.zip"
    archive.write_bytes(base64.b64decode(BUNDLE))
    sys.path.insert(0, str(archive))

from model.errors import InputError  # noqa: E402
from workbook.arguments import EXCEL_ERRORS  # noqa: E402
from workbook.functions import CATALOGUE  # noqa: E402

if TYPE_CHECKING:
    from workbook.catalogue import Function, Parameter


def custom_function(declared: Function) -> Callable[..., Any]:
    """Make one function of the catalogue a custom function.

    Its signature has names and defaults and no annotations: xlwings would take an annotation
    for a converter, and reading cells is the catalogue's own business.
    """

    def call(*cells: Any) -> Any:
        try:
            return declared.call(*cells)
        except InputError as problem:
            # Only #VALUE! can bear a text; the other errors are made from their names.
            if EXCEL_ERRORS[problem.reason] == "#VALUE!":
                raise XlwingsError(str(problem)) from problem
            return EXCEL_ERRORS[problem.reason]

    call.__name__ = call.__qualname__ = declared.name.lower()
    call.__doc__ = declared.summary
    call.__annotations__ = {}
    vars(call)["__signature__"] = inspect.Signature([_parameter(p) for p in declared.parameters])
    for p in declared.parameters:
        # An error cell would be an empty one otherwise.
        arg(p.name, err_to_str=True, doc=p.told)(call)
    func(call)
    return call


def _parameter(p: Parameter) -> inspect.Parameter:
    default = inspect.Parameter.empty if p.required else p.default
    return inspect.Parameter(p.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)


globals().update({name.lower(): custom_function(made) for name, made in CATALOGUE.items()})
