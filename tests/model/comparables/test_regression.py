"""Does least squares give certified coefficients and errors, and refuse data without a fit?

Oracles: the certified values of the NIST Statistical Reference Datasets (Norris, and the badly
conditioned Longley); Excel's LINEST, as Microsoft documents it with its office buildings;
`scipy.stats.linregress` and the normal equations in exact fractions for random data.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import scipy
from hypothesis import example, given
from hypothesis import strategies as st

from model.comparables.regression import Regression, regress
from model.errors import InputError

# NIST StRD, Norris: y, then x.
NORRIS = (
    [0.1, 338.8, 118.1, 888.0, 9.2, 228.1, 668.5, 998.5, 449.1, 778.9, 559.2, 0.3, 0.1, 778.1,
     668.8, 339.3, 448.9, 10.8, 557.7, 228.3, 998.0, 888.8, 119.6, 0.3, 0.6, 557.6, 339.3, 888.0,
     998.5, 778.9, 10.2, 117.6, 228.9, 668.4, 449.2, 0.2],
    [0.2, 337.4, 118.2, 884.6, 10.1, 226.5, 666.3, 996.3, 448.6, 777.0, 558.2, 0.4, 0.6, 775.5,
     666.9, 338.0, 447.5, 11.6, 556.0, 228.1, 995.8, 887.6, 120.2, 0.3, 0.3, 556.8, 339.1, 887.2,
     999.0, 779.0, 11.1, 118.3, 229.2, 669.1, 448.9, 0.5],
)  # fmt: skip
# NIST StRD, Longley: employment, then six predictors.
LONGLEY = [
    (60323, 83.0, 234289, 2356, 1590, 107608, 1947),
    (61122, 88.5, 259426, 2325, 1456, 108632, 1948),
    (60171, 88.2, 258054, 3682, 1616, 109773, 1949),
    (61187, 89.5, 284599, 3351, 1650, 110929, 1950),
    (63221, 96.2, 328975, 2099, 3099, 112075, 1951),
    (63639, 98.1, 346999, 1932, 3594, 113270, 1952),
    (64989, 99.0, 365385, 1870, 3547, 115094, 1953),
    (63761, 100.0, 363112, 3578, 3350, 116219, 1954),
    (66019, 101.2, 397469, 2904, 3048, 117388, 1955),
    (67857, 104.6, 419180, 2822, 2857, 118734, 1956),
    (68169, 108.4, 442769, 2936, 2798, 120445, 1957),
    (66513, 110.8, 444546, 4681, 2637, 121950, 1958),
    (68655, 112.6, 482704, 3813, 2552, 123366, 1959),
    (69564, 114.2, 502601, 3931, 2514, 125368, 1960),
    (69331, 115.7, 518173, 4806, 2572, 127852, 1961),
    (70551, 116.9, 554894, 4007, 2827, 130081, 1962),
]
# Microsoft, LINEST, example 3: assessed value, then floor space, offices, entrances, age.
OFFICES = [
    (142000, 2310, 2, 2, 20), (144000, 2333, 2, 2, 12), (151000, 2356, 3, 1.5, 33),
    (150000, 2379, 3, 2, 43), (139000, 2402, 2, 3, 53), (169000, 2425, 4, 2, 23),
    (126000, 2448, 2, 1.5, 99), (142900, 2471, 2, 2, 34), (163000, 2494, 3, 3, 23),
    (169000, 2517, 4, 4, 55), (149000, 2540, 2, 3, 22),
]  # fmt: skip


def test_norris_is_certified() -> None:
    y, x = NORRIS
    fit = regress(y, np.array(x)[:, None])
    assert fit.coefficient.tolist() == pytest.approx(
        [-0.262323073774029, 1.00211681802045], rel=1e-12
    )
    assert fit.standard_error.tolist() == pytest.approx(
        [0.232818234301152, 0.429796848199937e-3], rel=1e-12
    )
    assert fit.residual_error == pytest.approx(0.884796396144373, rel=1e-12)
    assert fit.r_squared == pytest.approx(0.999993745883712, rel=1e-14)
    assert fit.f == pytest.approx(5436385.54079785, rel=1e-11)
    assert fit.degrees_of_freedom == 34


def test_longley_is_certified() -> None:
    data = np.array(LONGLEY)
    fit = regress(data[:, 0], data[:, 1:])
    certified = [
        (-3482258.63459582, 890420.383607373), (15.0618722713733, 84.9149257747669),
        (-0.358191792925910e-1, 0.334910077722432e-1), (-2.02022980381683, 0.488399681651699),
        (-1.03322686717359, 0.214274163161675), (-0.511041056535807e-1, 0.226073200069370),
        (1829.15146461355, 455.478499142212),
    ]  # fmt: skip
    for i, (coefficient, error) in enumerate(certified):
        assert float(fit.coefficient[i]) == pytest.approx(coefficient, rel=1e-11)
        assert float(fit.standard_error[i]) == pytest.approx(error, rel=1e-12)
    assert fit.residual_error == pytest.approx(304.854073561965, rel=1e-12)
    assert fit.r_squared == pytest.approx(0.995479004577296, rel=1e-14)
    assert fit.f == pytest.approx(330.285339234588, rel=1e-12)


def test_office_buildings_are_excels() -> None:
    data = np.array(OFFICES)
    fit = regress(data[:, 0], data[:, 1:])
    assert fit.coefficient.tolist() == pytest.approx(
        [52317.83051, 27.64138737, 12529.76817, 2553.21066, -234.2371645], rel=1e-9
    )
    assert fit.standard_error.tolist() == pytest.approx(
        [12237.3616, 5.429374042, 400.0668382, 530.6691519, 13.26801148], rel=1e-8
    )
    assert np.abs(fit.t[1:]).tolist() == pytest.approx([5.1, 31.3, 4.8, 17.7], abs=0.05)
    assert fit.r_squared == pytest.approx(0.996747993, abs=5e-10)
    assert fit.residual_error == pytest.approx(970.5784629, rel=1e-9)
    assert fit.f == pytest.approx(459.7536742, rel=1e-9)
    assert float((fit.residuals**2).sum()) == pytest.approx(5652135.316, rel=1e-9)
    # Microsoft's own prediction: 2,500 square feet, 3 offices, 2 entrances, 25 years.
    value, _, _ = fit.predict([2500, 3, 2, 25])
    assert value == pytest.approx(158261.1, abs=0.05)


numbers = st.integers(-50, 50)
lines = st.lists(st.tuples(numbers, numbers), min_size=3, max_size=25)


def on_a_line(rows: list[tuple[int, int]]) -> bool:
    """Whether integer points lie on one line: no triangle of them has an area."""
    (x, y), *others = rows
    away = next(((a - x, b - y) for a, b in others if (a, b) != (x, y)), (0, 0))
    return all((a - x) * away[1] == (b - y) * away[0] for a, b in others)


@given(lines)
@example([(0, 1), (4, 9), (2, 5), (3, 7)])
def test_one_predictor_is_scipys(rows: list[tuple[int, int]]) -> None:
    x, y = (np.array(column, float) for column in zip(*rows, strict=True))
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        with pytest.raises(InputError, match=r"^(predictors|explained) must differ"):
            regress(y, x[:, None])
        return
    fit, theirs = regress(y, x[:, None]), scipy.stats.linregress(x, y)
    scale = float(np.abs(y).max())
    assert float(fit.coefficient[1]) == pytest.approx(theirs.slope, rel=1e-9, abs=1e-12 * scale)
    assert float(fit.coefficient[0]) == pytest.approx(theirs.intercept, rel=1e-9, abs=1e-10 * scale)
    assert fit.r_squared == pytest.approx(theirs.rvalue**2, abs=1e-12)
    if on_a_line(rows):
        # There are no errors, and scipy's are the square root of its rounding.
        without_error(fit)
        return
    near = 1e-6 * (scale + 1)
    assert float(fit.standard_error[1]) == pytest.approx(theirs.stderr, rel=1e-9, abs=near * 1e-3)
    assert float(fit.standard_error[0]) == pytest.approx(
        theirs.intercept_stderr, rel=1e-9, abs=near
    )


def without_error(fit: Regression) -> None:
    assert (fit.residual_error, fit.r_squared, fit.adjusted_r_squared) == (0, 1, 1)
    assert fit.f == np.inf
    assert not fit.residuals.any()
    assert not fit.standard_error.any()


@given(
    st.lists(st.tuples(numbers, numbers), min_size=4, max_size=20),
    st.tuples(*[st.integers(-(10**6), 10**6)] * 3),
    st.sampled_from([1.0, 1e-7, 0.1, 1e6]),
)
def test_whatever_lies_on_a_plane_has_no_error(
    rows: list[tuple[int, int]], plane: tuple[int, int, int], unit: float
) -> None:
    whole = [(a, b, plane[0] + plane[1] * a + plane[2] * b) for a, b in rows]
    data = np.array(whole, float)
    if exact(whole) is None or np.ptp(data[:, 2]) == 0:
        with pytest.raises(InputError, match=r"^(predictors|explained) must"):
            regress(data[:, 2] * unit, data[:, :2])
        return
    fit = regress(data[:, 2] * unit, data[:, :2])
    without_error(fit)
    size = unit * float(np.abs(data[:, 2]).max())
    assert fit.coefficient[1:].tolist() == pytest.approx(
        [c * unit for c in plane[1:]], rel=1e-9, abs=1e-12 * size
    )


@pytest.mark.parametrize("level", [0.1, 0.3, 1e9, 1e-9])
@pytest.mark.parametrize("count", [3, 7, 10])
def test_a_level_is_refused_whatever_its_mean_rounds_to(level: float, count: int) -> None:
    with pytest.raises(InputError, match=r"^explained must differ from row to row"):
        regress([level] * count, [[float(i * i)] for i in range(count)])


def exact(rows: list[tuple[int, int, int]]) -> list[Fraction] | None:
    """Coefficients by the normal equations in fractions; None where they have no one solution."""
    design = [[Fraction(1), Fraction(a), Fraction(b)] for a, b, _ in rows]
    system = [
        [sum((r[i] * r[j] for r in design), Fraction(0)) for j in range(3)]
        + [sum((r[i] * y for r, (_, _, y) in zip(design, rows, strict=True)), Fraction(0))]
        for i in range(3)
    ]
    for i in range(3):
        pivot = next((k for k in range(i, 3) if system[k][i]), None)
        if pivot is None:
            return None
        system[i], system[pivot] = system[pivot], system[i]
        system[i] = [c / system[i][i] for c in system[i]]
        for k in range(3):
            if k != i:
                factor = system[k][i]
                system[k] = [a - factor * b for a, b in zip(system[k], system[i], strict=True)]
    return [row[3] for row in system]


@given(st.lists(st.tuples(numbers, numbers, numbers), min_size=4, max_size=20))
def test_two_predictors_are_the_exact_solution(rows: list[tuple[int, int, int]]) -> None:
    data = np.array(rows, float)
    expected = exact(rows)
    if expected is None or np.ptp(data[:, 2]) == 0:
        with pytest.raises(InputError, match=r"^(predictors|explained) must"):
            regress(data[:, 2], data[:, :2])
        return
    fit = regress(data[:, 2], data[:, :2])
    near = 1e-9 * (float(max(map(abs, expected))) + 1)
    assert fit.coefficient.tolist() == pytest.approx([float(c) for c in expected], abs=near)
    # The residuals are orthogonal to every column, and the leverages sum to their number.
    assert np.allclose(fit.residuals @ data[:, :2], 0, atol=1e-6)
    assert float(fit.residuals.sum()) == pytest.approx(0, abs=1e-8)
    assert float(fit.leverage.sum()) == pytest.approx(3, rel=1e-9)
    assert 0 <= fit.r_squared <= 1
    assert fit.adjusted_r_squared <= fit.r_squared + 1e-12
    for row, leverage, residual in zip(data, fit.leverage, fit.residuals, strict=True):
        value, _, own = fit.predict(row[:2])
        assert own == pytest.approx(float(leverage), abs=1e-9)
        assert value + residual == pytest.approx(row[2], abs=1e-7)


def test_an_exact_line_has_no_error() -> None:
    fit = regress([1, 9, 5, 7], [[0], [4], [2], [3]])
    assert fit.coefficient.tolist() == pytest.approx([1, 2])
    assert fit.residual_error == 0
    assert fit.r_squared == 1


@pytest.mark.parametrize(
    ("y", "x", "sentence"),
    [
        ([1, 2], [[1], [2]], "predictors must have at least 3 rows"),
        ([1, 2, 3], [[1, 1], [2, 3], [3, 9]], "predictors must have at least 4 rows"),
        ([1, 2, 4], [[5], [5], [5]], "predictors must differ"),
        ([1, 2, 4, 3], [[1, 2], [2, 4], [3, 6], [5, 10]], "predictors must not be combinations"),
        ([1, 2, 4, 3], [[1, 9], [2, 8], [3, 7], [5, 5]], "predictors must not be combinations"),
        ([2, 2, 2], [[1], [2], [3]], "explained must differ"),
        ([1, 2, float("nan")], [[1], [2], [3]], "explained must be finite"),
    ],
)
def test_what_has_no_fit_is_refused(y: list[float], x: list[list[float]], sentence: str) -> None:
    with pytest.raises(InputError, match=f"^{sentence}"):
        regress(y, x)
