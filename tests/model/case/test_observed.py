"""Are observations of a case refused where it is read, as the signals refuse them?"""

from __future__ import annotations

from typing import Any

import cases
import pytest

from model.case.case import parse
from model.errors import InputError


@pytest.mark.parametrize(
    ("row", "column", "typed", "sentence"),
    [
        ("revenue", "observation", "Revnue",
         "tables.observations Observation must be one that the signals know, not 'Revnue' (did you "
         "mean 'Revenue'?)."),
        ("market_value", "upper", 1.0,
         "tables.observations: observations Market value Upper must be at least its Threshold, not "
         "1."),
        ("market_value", "threshold", None,
         "tables.observations: observations Threshold must be given for Market value: the limit is "
         "for the user to choose."),
        ("concentration", "previous", 24.0,
         "tables.observations: observations Concentration Previous must be from 0 to 1, not 24 "
         "(24% is 0.24)."),
        ("concentration", "value", -0.1,
         "tables.observations: observations Concentration must be from 0 to 1, not -0.1."),
    ],
)  # fmt: skip
def test_an_observation_that_the_signals_refuse_is_refused_in_the_case(
    row: str, column: str, typed: Any, sentence: str
) -> None:
    tree = cases.shipped()
    tree["tables"]["observations"][row][column] = typed
    if typed is None:
        del tree["tables"]["observations"][row][column]
    with pytest.raises(InputError) as refused:
        parse(tree)
    assert str(refused.value) == sentence
