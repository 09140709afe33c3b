"""A case's observations: ones that the signals know, within their bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model.errors import InputError, nearest, shown
from model.signals.observations import OBSERVATIONS, Observations

if TYPE_CHECKING:
    from model.case.case import Case

PLACE = "tables.observations"
#: The columns of what an observation is compared with.
COMPARED = {"Previous": "previous", "Threshold": "threshold", "Upper": "upper"}


def check(case: Case) -> None:
    """Refuse observations that the signals refuse, before a workbook shows them."""
    if "observations" not in case.tables:
        return
    stated = case.tables["observations"]
    known = {f.header.casefold(): name for name, f in OBSERVATIONS.items()}
    given: dict[str, Any] = {}
    columns: dict[str, dict[str, Any]] = {name: {} for name in COMPARED.values()}
    for row in stated.rows.values():
        cells = dict(zip(stated.fields, row.values, strict=True))
        typed = str(cells["Observation"])
        name = known.get(" ".join(typed.split()).casefold(), typed)
        if name not in OBSERVATIONS:
            headers = [f.header for f in OBSERVATIONS.values()]
            raise InputError(
                f"{PLACE} Observation",
                f"must be one that the signals know, not {shown(typed)}{nearest(typed, headers)}",
            )
        # A blank value is the model's own, which is within its bounds.
        given[name] = cells.get("Value")
        for header, column in COMPARED.items():
            if cells.get(header) not in (None, ""):
                columns[column][name] = cells[header]
    values = {name: float("nan") if v in (None, "") else v for name, v in given.items()}
    if "market_value" in given and values["market_value"] != values["market_value"]:
        values["market_value"] = 0.0
    try:
        Observations(**values, **columns)
    except InputError as error:
        raise InputError(f"{PLACE}: {error.argument}", error.problem) from None
