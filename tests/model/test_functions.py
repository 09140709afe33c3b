"""Are declarations complete, and are arguments checked against them?

Oracle: the contract of the declarations. What a declaration lacks is found when the module is
imported; numbers inside the bounds are taken and their neighbours outside refused; and a function
gives the same for a number, for rows of scenarios, and one by one.
"""

from __future__ import annotations

import math
import warnings
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import Floats, InputError
from model.fields import (
    ROW,
    ByRow,
    Field,
    Growth,
    Margin,
    Names,
    Part,
    Rate,
    column,
    further,
    line,
)
from model.functions import FUNCTIONS, function
from model.tables import Listing, Rows, Table
from workbook import tables


class Bonds(Table):
    name: Names = column("Bond", "name", "What it is called.", key=True)
    face: Floats = column("Face", "USD m", "What is repaid.", low=0)
    coupon: Floats = column("Coupon", "fraction", "Interest a year.", low=0, high=1, default=0.0)
    months: Floats = column(
        "Months", "months", "Until it is repaid.", whole=True, default=math.nan, blank=math.nan
    )


class Interest(Listing):
    totals = ("All bonds",)

    name: Names = line("Bond", "name")
    amount: Floats = line("Interest", total=True)


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions declared in a test are removed after it."""
    monkeypatch.setattr("model.functions.FUNCTIONS", dict(FUNCTIONS))


def test_a_field_without_a_unit_is_none() -> None:
    with pytest.raises(TypeError, match="Face must have a unit"):
        column("Face", "", "What is repaid.")


@pytest.mark.usefixtures("declared")
def test_an_argument_that_is_not_explained_stops_the_import() -> None:
    def rpo_of_nothing(balance: Rate) -> Part:
        """Nothing."""
        return balance

    with pytest.raises(TypeError, match="rpo_of_nothing, argument balance, must be explained"):
        function(rpo_of_nothing)


@pytest.mark.usefixtures("declared")
@pytest.mark.parametrize("hint", [float, "np.ndarray", Annotated[float, "USD m"]])
def test_an_argument_without_a_unit_stops_the_import(hint: Any) -> None:
    def rpo_of_nothing(balance: Any) -> Part:
        """Nothing.

        Parameters
        ----------
        balance
            Balance.
        """
        return np.asarray(balance)

    rpo_of_nothing.__annotations__["balance"] = hint
    with pytest.raises((TypeError, NameError)):
        function(rpo_of_nothing)


@pytest.mark.usefixtures("declared")
def test_a_result_that_is_not_declared_stops_the_import() -> None:
    def rpo_of_nothing(balance: Rate) -> float:
        """Nothing.

        Parameters
        ----------
        balance
            Balance.
        """
        return float(balance)

    with pytest.raises(TypeError, match="rpo_of_nothing must return a declared number or result"):
        function(rpo_of_nothing)


FIELDS = {
    "part": Part,
    "rate": Rate,
    "growth": Growth,
    "margin": Margin,
    "years": Annotated[Floats, Field("years", above=0, below=50)],
}


@pytest.mark.parametrize("name", FIELDS)
@given(data=st.data())
def test_bounds_hold(name: str, data: st.DataObject) -> None:
    field = next(m for m in FIELDS[name].__metadata__ if isinstance(m, Field))
    low, high = max(field.low, field.above), min(field.high, field.below)
    value = data.draw(st.floats(low, high))
    ends = [v for v in (field.above, field.below) if math.isfinite(v)]
    if value in ends:
        with pytest.raises(InputError, match=f"^{name} must be "):
            field.read(name, value)
    else:
        assert field.read(name, value) == value
        assert field.read(name, np.array([value]))[0] == value
    for outside in (math.nextafter(low, -math.inf), math.nextafter(high, math.inf)):
        for passed in (outside, [outside], np.float64(outside)):
            with pytest.raises(InputError, match=f"^{name} must be "):
                field.read(name, passed)


@pytest.mark.parametrize(
    ("hint", "value", "likely"),
    [(Part, 9.0, "9% is 0.09"), (Rate, 9.0, "9% is 0.09"), (Growth, 20.0, "20% is 0.2")],
)
def test_a_percentage_is_refused_with_what_was_probably_meant(
    hint: Any, value: float, likely: str
) -> None:
    field = next(m for m in hint.__metadata__ if isinstance(m, Field))
    with pytest.raises(InputError, match=rf"not {value:g} \({likely}\)"):
        field.read("rate", value)


def test_a_table_reads_its_columns() -> None:
    bonds = Bonds(["A", "B"], [100, 50], [0.05, 0.1], [None, 24])
    assert len(bonds) == 2
    assert bonds.face.tolist() == [100.0, 50.0]
    assert np.isnan(bonds.months[0])
    assert Bonds(["A"], 100).coupon.tolist() == [0.0]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ((["A"], [-1.0]), "bonds Face must be at least 0, not -1."),
        ((["A"], [1.0], [5.0]), "bonds Coupon must be from 0 to 1, not 5 (5% is 0.05)."),
        ((["A"], [math.nan]), "bonds Face must be finite, not nan."),
        ((["A", "a"], [1.0, 2.0]), "bonds Bond must be unique, but 'a' appears twice."),
        ((["A", "B"], [1.0, 2.0, 3.0]), "bonds Face must hold 2 values, one for each row, not 3."),
        ((["A"], [1.0], [0.0], [1.5]), "bonds Months must be a whole number, not 1.5."),
    ],
)
def test_what_a_table_refuses(columns: tuple[Any, ...], sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        Bonds(*columns)
    assert str(refused.value) == sentence


def test_scenarios_stand_before_the_rows() -> None:
    faces = np.array([[100.0, 50.0], [200.0, 10.0]])
    assert Bonds(["A", "B"], faces).face.shape == (2, 2)


@pytest.mark.usefixtures("declared")
def test_a_function_checks_what_it_is_given() -> None:
    @function
    def rpo_interest(
        bonds: Bonds, factor: Annotated[Part, ROW] | None = None, kind: Literal["a", "b"] = "a"
    ) -> Interest:
        """Interest of bonds.

        Parameters
        ----------
        bonds
            The bonds.
        factor
            What counts.
        kind
            Which way.
        """
        assert kind in ("a", "b")
        return Interest(bonds.name, bonds.face * bonds.coupon)

    bonds = Bonds(["A", "B"], [100, 50], [0.05, 0.1])
    assert rpo_interest(bonds).bottom() == [{"name": "All bonds", "amount": 10.0}]
    for passed, problem in (
        ((), "bonds must be given: the bonds."),
        (([1.0],), "bonds must be Bonds, not a list of 1."),
        ((bonds, [0.5, 2.0]), "factor must be from 0 to 1, not 2."),
        ((bonds, None, "c"), "kind must be one of 'a', 'b', not 'c'."),
    ):
        with pytest.raises(InputError) as refused:
            rpo_interest(*passed)
        assert str(refused.value).startswith(problem.rstrip("."))


def test_extreme_numbers_warn_of_nothing() -> None:
    from model.dilution.securities import Securities
    from model.dilution.shares import diluted_market_cap

    held = Securities(["Common", "Options"], ["common", "option"], [1e300, 1e300], [0, 1e-300])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not np.isfinite(diluted_market_cap(1e300, held))


# Tables with named rows --------------------------------------------------------------------------


class Terms(Rows):
    heading = "Term"

    face: Floats = column("Face", "USD m", "What is repaid.", low=0)
    coupon: Floats = column("Coupon", "fraction", "Interest a year.", low=0, high=1, default=0.0)
    call_price: Floats = column(
        "Call price", "ratio", "Part of the face.", low=0, default=math.nan, blank=math.nan
    )
    low: ByRow = further("Low")
    weight: ByRow = further("Weight", "fraction", low=0, high=1)


def test_rows_are_found_by_name_and_those_left_out_have_their_default() -> None:
    made = Terms.of({"coupon": 0.05, "face": 100}, low={"face": 90}, weight={"coupon": 0.5})
    assert (made.face, made.coupon, made.low["face"]) == (100, 0.05, 90)
    assert math.isnan(made.call_price)
    assert Terms(face=100).coupon == 0
    table = [["Weight", "Value", "Term"], [None, 100.0, "FACE"], [0.5, 0.05, "coupon"]]
    read = tables.read(Terms, "terms", table)
    assert (read.face, read.coupon, read.weight, read.low) == (100, 0.05, {"coupon": 0.5}, {})
    assert tables.headers(Terms) == (
        "Headers: Term, Value; optional: Low, Weight. Rows: Face; optional: Coupon, Call price."
    )


@pytest.mark.parametrize(
    ("values", "further", "message"),
    [
        ({}, {}, "terms must give Face: what is repaid"),
        ({"face": math.nan}, {}, "terms must give Face: what is repaid"),
        ({"face": -1}, {}, "terms Face must be at least 0, not -1"),
        ({"face": 1, "coupn": 0}, {}, "not 'coupn' .did you mean 'coupon'"),
        ({"face": 1, "coupon": 5}, {}, r"terms Coupon must be from 0 to 1, not 5 .5% is 0\.05"),
        ({"face": 1, "coupon": math.nan}, {}, "Coupon must be typed, or its row left out for 0"),
        ({"face": 1, "call_price": [1, -1]}, {}, "terms Call price must be at least 0, not -1"),
        # A further column has the bounds of the row, or its own.
        ({"face": 1}, {"low": {"face": -1}}, "terms Face Low must be at least 0, not -1"),
        ({"face": 1}, {"weight": {"face": 2}}, "terms Face Weight must be from 0 to 1, not 2"),
        ({"face": 1}, {"low": {"fase": 1}}, "did you mean 'face'"),
    ],
)
def test_a_row_is_held_to_its_declaration(
    values: dict[str, Any], further: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        Terms.of(values, **further)


def test_rows_carry_scenarios() -> None:
    made = Terms(face=[1.0, 2.0], call_price=[math.nan, 1.1])
    assert np.asarray(made.face).tolist() == [1, 2]
    assert np.isnan(made.call_price).tolist() == [True, False]


@pytest.mark.parametrize(
    "table",
    [
        [["Term", "Value"], ["Face", None]],
        [["Term", "Value"], ["Face", 1.0], ["Coupon", None]],
        [["Term", "Value"], ["Face", 1.0], ["face", 1.0]],
        [["Term", "Value"], ["Face", 1.0], [None, 1.0]],
        [["Term", "Value", "Hgh"], ["Face", 1.0, 2.0]],
    ],
)
def test_a_blank_or_doubled_row_is_no_number(table: list[list[Any]]) -> None:
    with pytest.raises(InputError, match=r"^terms "):
        tables.read(Terms, "terms", table)
