"""The code in a workbook for xlwings Lite: every function of the catalogue.

`workbook.hosts.lite` puts this file into the workbook as main.py. The functions have their
lower-case Python names; Excel ignores case. Outside the add-in xlwings' decorators do nothing.
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

#: The package as a zip archive in base64; empty if requirements.txt names the package.
BUNDLE = ""

if BUNDLE:
    archive = Path(tempfile.gettempdir()) / "offtake.zip"
    archive.write_bytes(base64.b64decode(BUNDLE))
    sys.path.insert(0, str(archive))

from model.errors import InputError  # noqa: E402
from workbook.arguments import EXCEL_ERRORS  # noqa: E402
from workbook.refusal import CALLABLE  # noqa: E402

if TYPE_CHECKING:
    from workbook.catalogue import Function, Parameter


def custom_function(declared: Function) -> Callable[..., Any]:
    """Make one function of the catalogue a custom function.

    Its signature has names and defaults but no annotations: xlwings would use an annotation as a
    converter, and the catalogue reads cells itself.
    """

    def call(*cells: Any) -> Any:
        try:
            return declared.call(*cells)
        except InputError as problem:
            # Only #VALUE! can have a message; the other errors are returned by name.
            if EXCEL_ERRORS[problem.reason] == "#VALUE!":
                raise XlwingsError(str(problem)) from problem
            return EXCEL_ERRORS[problem.reason]

    call.__name__ = call.__qualname__ = declared.name.lower()
    call.__doc__ = declared.summary
    call.__annotations__ = {}
    vars(call)["__signature__"] = inspect.Signature([_parameter(p) for p in declared.parameters])
    for p in declared.parameters:
        # Without err_to_str an error cell would arrive as an empty one.
        arg(p.name, err_to_str=True, doc=p.help_text)(call)
    func(call)
    return call


def _parameter(p: Parameter) -> inspect.Parameter:
    default = inspect.Parameter.empty if p.required else p.default
    return inspect.Parameter(p.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)


globals().update({name.lower(): custom_function(made) for name, made in CALLABLE.items()})
