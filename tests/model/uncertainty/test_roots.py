"""Are all solutions of a function found, and none that is not one?

Oracles: polynomials and other functions whose solutions are known in closed form.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import Floats, InputError
from model.uncertainty.roots import Function, scan, solutions

GRID = np.linspace(-1.0, 5.0, 129)


def solved(of: Function, *targets: float, grid: Floats = GRID, known: int = 0) -> list[Any]:
    found = solutions(of, scan(of, grid, known), np.array(targets))
    return [each.tolist() for each in found]


def near(*values: float) -> Any:
    return pytest.approx(list(values), rel=1e-12, abs=1e-12)


def refused_below(edge: float, of: Function) -> Function:
    def asked(x: Floats) -> Floats:
        if (x <= edge).any():
            raise InputError("x", f"must be above {edge}")
        return of(x)

    return asked


def test_every_crossing_of_a_cubic_is_found() -> None:
    def cubic(x: Floats) -> Floats:
        return x**3 - x + 3

    three, one, none = solved(cubic, 3.0, 50.0, 1000.0)
    assert three == near(-1.0, 0.0, 1.0)
    assert one == near(3.7011725664305)
    assert none == []


def test_a_turning_point_touches_or_is_crossed_twice_however_near() -> None:
    def hill(x: Floats) -> Floats:
        return 100 - (x - 1.2345) ** 2

    touched, twice, above = solved(hill, 100.0, 100 - 1e-8, 100 + 1e-8)
    # Of a parabola, the place is known to the root of the digits of the value.
    assert touched == pytest.approx([1.2345], abs=1e-6)
    assert twice == pytest.approx([1.2344, 1.2346], abs=1e-9)
    assert above == []


def test_a_hill_between_two_points_of_the_grid_is_found() -> None:
    middle, step = GRID[40] + 0.02, GRID[1] - GRID[0]

    def hill(x: Floats) -> Floats:
        return 1 / (1 + ((x - middle) / (step / 4)) ** 2)

    (twice,) = solved(hill, 0.9)
    assert twice == near(middle - step / 12, middle + step / 12)


def test_of_an_interval_of_solutions_both_ends_are_given() -> None:
    def stairs(x: Floats) -> Floats:
        return np.clip(x, 0.0, 1.0) + np.maximum(x - 2.5, 0.0)

    level, end, one = solved(stairs, 1.0, 0.0, 0.5)
    assert level == pytest.approx([1.0, 2.5], abs=1e-11)
    assert end == pytest.approx([-1.0, 0.0], abs=1e-11)
    assert one == near(0.5)
    assert solved(lambda x: 0 * x + 7, 7.0, 6.0) == [[-1.0, 5.0], []]


def test_a_jump_over_a_target_is_no_solution() -> None:
    def jump(x: Floats) -> Floats:
        return x + np.where(x < 1.1, 0.0, 2.0)

    assert solved(jump, 2.0) == [[]]
    assert solved(jump, 0.5, 4.0) == [near(0.5), near(2.0)]


@pytest.mark.parametrize("known", [60, 128])
def test_what_is_refused_is_outside_and_its_edge_is_approached(known: int) -> None:
    grid = np.linspace(0.0, 1.0, 129)
    pole = refused_below(0.04, lambda x: 1 / (x - 0.04))
    far, close, beyond = solved(pole, 10.0, 1e4, 1e9, grid=grid, known=known)
    assert (far, close, beyond) == (near(0.14), near(0.0401), [])


def test_a_refused_start_is_refused() -> None:
    with pytest.raises(InputError, match=r"^x must be above 0\.04\.$"):
        scan(refused_below(0.04, np.exp), np.linspace(0.0, 1.0, 9), 0)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.floats(-0.9, 4.9), min_size=1, max_size=5, unique=True),
    st.floats(-50.0, 50.0),
)
def test_polynomials_have_their_own_zeros(zeros: list[float], target: float) -> None:
    apart = np.diff(np.sort(zeros))
    if apart.size and apart.min() < 1e-3:
        return

    def polynomial(x: Floats) -> Floats:
        return target + np.prod([x - zero for zero in zeros], axis=0)

    (found,) = solved(polynomial, target)
    # What is subtracted from the target costs digits.
    assert found == pytest.approx(sorted(zeros), abs=1e-6)


@settings(max_examples=50, deadline=None)
@given(st.floats(-0.99, 4.99), st.floats(0.1, 100.0), st.booleans())
def test_a_monotone_function_reaches_what_it_is_at_a_point(
    at: float, steep: float, falls: bool
) -> None:
    sign = -1.0 if falls else 1.0

    def of(x: Floats) -> Floats:
        # With a kink, as where a strike is passed.
        return 1000.0 + sign * (np.sinh(x) + steep * np.maximum(x - 1.7, 0.0))

    (found,) = solved(of, float(of(np.array([at]))[0]))
    assert found == pytest.approx([at], abs=1e-11)
