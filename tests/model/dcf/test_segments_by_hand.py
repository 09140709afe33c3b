"""Is the model of segments the one by hand, line by line?

Oracle: `segments_by_hand`, plain Python day by day and year after year, written from the rules.
"""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from segment_companies import Company, as_model, companies
from segments_by_hand import by_hand

from model.dcf.by_segment import dcf_segment_value, dcf_segments
from model.dcf.value import dcf_value
from model.dilution.securities import Securities

COMMON = Securities(["Common"], ["common"], [100.0])


@settings(max_examples=150)
@given(companies())
def test_the_model_is_the_one_by_hand(company: Company) -> None:
    hand = by_hand(*company)
    given_to_model = as_model(*company)
    found = dcf_segments(*given_to_model)
    worth = dcf_segment_value(*given_to_model)
    size = 1e3 + sum(abs(v) for v in [*hand["worth"].values(), *hand["terminal"].values()])
    tolerance = {"rtol": 1e-11, "atol": 1e-12 * size}
    assert list(found.names) == list(hand["lines"])
    for i, name in enumerate(found.names):
        np.testing.assert_allclose(
            found.revenue[i], hand["revenue"][name], err_msg=f"revenue {name}", **tolerance
        )
        np.testing.assert_allclose(
            found.cash_flow[i], hand["lines"][name], err_msg=f"flow {name}", **tolerance
        )
    np.testing.assert_allclose(found.tax_line, hand["tax_line"], err_msg="tax", **tolerance)
    survival = 1 - company[0].get("failure_probability", 0.0)
    values = dict(zip(worth.name, worth.value, strict=True))
    for name, expected in hand["worth"].items():
        line = "Tax: losses, limits and floor" if name == "tax" else name
        np.testing.assert_allclose(
            values[line], expected * survival, err_msg=f"worth {name}", **tolerance
        )
    for segment in company[1]:
        expected = sum(v for k, v in hand["terminal"].items() if hand["segments"][k] == segment)
        np.testing.assert_allclose(
            values[f"Terminal value of {segment}"],
            expected * survival,
            err_msg=f"terminal of {segment}",
            **tolerance,
        )
    result = dcf_value(given_to_model[0], COMMON, *given_to_model[1:])
    for name, expected in (
        ("enterprise_value", hand["enterprise"]),
        ("going_concern_value", hand["going_concern"]),
        ("interim_cash_flow", hand["interim"]),
        ("losses_left", hand["losses"]),
        ("beyond_forecast", hand["beyond"]),
        ("slipped_revenue", hand["slipped"]),
    ):
        np.testing.assert_allclose(getattr(result, name), expected, err_msg=name, **tolerance)
    assert float(worth.value.sum()) == float(result.enterprise_value)
    assert float(result.equity_value) == float(result.enterprise_value + result.interim_cash_flow)
