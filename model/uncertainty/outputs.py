"""The output of a changed business: one line of its value, by name."""

from __future__ import annotations

from typing import Annotated

from model.dcf.value import DcfValue, dcf_value
from model.errors import Floats, InputError, nearest, shown
from model.fields import Field
from model.uncertainty.changes import Business, spelled

#: The line that is asked for where none is named.
VALUE_PER_SHARE = "value_per_share"
#: Name of a line of DCF_VALUE, of a company with segments also of a segment.
Output = Annotated[str, Field("name", kind="text")]


def worth(business: Business, output: str = VALUE_PER_SHARE) -> Floats:
    """Value a business, and return one line of it.

    Parameters
    ----------
    business : Business
    output : str
        The line's name or label.

    Raises
    ------
    InputError
        For a line that there is not, suggesting the nearest, and as for DCF_VALUE.
    """
    b = business
    return picked(dcf_value(b.drivers, b.securities, b.contracted, b.plant), output)


def picked(result: DcfValue, output: str) -> Floats:
    """Return a line of a value by its name or label."""
    known = result.declared.get(spelled(output))
    if known is not None and not known.each:
        found: Floats = getattr(result, known.name)
        return found
    named = {name: name for name, f in result.declared.items() if not f.each}
    lines: dict[str, Floats] = {spelled(each.label): each.values for each in result.lines()}
    lines |= {name: getattr(result, name) for name in named}
    values = lines.get(spelled(output))
    if values is None:
        raise InputError(
            "output",
            f"must be a line of DCF_VALUE, not {shown(output)}{nearest(output, [*lines], most=3)}",
        )
    return values
