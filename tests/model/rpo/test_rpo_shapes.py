"""Are the shapes the curves that their documentation tells, and do they behave at the extremes?

Oracles: the rates as defined (a line to zero, a line from zero, a ramp), written here as
rates at a point in time and integrated exactly, because Simpson's rule is exact for lines; the
mean times of triangles; and the order of any linear profile between `front` and `back`. That
bands keep their amounts to the last bit is tested for every shape in `test_rpo.py`.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import Floats
from model.rpo import schedule as rpo
from model.rpo.bands import Banded
from model.rpo.measures import average_life

amounts = st.floats(1.0, 1e5)
months = st.integers(1, 60)


def bands(lengths: list[int], amount: list[float]) -> Banded:
    last = np.cumsum(lengths).tolist()
    return Banded.of(sum(amount), [1, *(m + 1 for m in last[:-1])], last, amount=amount)


def by_month(lengths: list[int], amount: list[float], shape: str) -> Floats:
    return rpo.schedule(bands(lengths, amount), 1, shape).by_month


def line(amount: float, n: int, slope: float) -> list[float]:
    """Months of a line with the band's average, 1 + slope of it at the start, 1 - slope after."""
    rate = amount / n
    found = []
    for month in range(n):
        left, middle, right = (
            rate * (1 + slope * (1 - 2 * x / n)) for x in (month, month + 0.5, month + 1)
        )
        found.append((left + 4 * middle + right) / 6)
    return found


@pytest.mark.parametrize(("shape", "slope"), [("front", 1.0), ("flat", 0.0), ("back", -1.0)])
@given(lengths=st.lists(months, min_size=1, max_size=4), data=st.data())
def test_linear_shapes_are_their_lines(
    shape: str, slope: float, lengths: list[int], data: st.DataObject
) -> None:
    amount = data.draw(st.lists(amounts, min_size=len(lengths), max_size=len(lengths)))
    expected = [m for a, n in zip(amount, lengths, strict=True) for m in line(a, n, slope)]
    found = by_month(lengths, amount, shape)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13 * max(amount))


@given(months, amounts, st.floats(-1, 1))
def test_front_and_back_enclose_every_line(n: int, amount: float, slope: float) -> None:
    middle = np.cumsum(line(amount, n, slope))
    for sign, shape in ((1, "front"), (-1, "back")):
        ahead = np.cumsum(by_month([n], [amount], shape))
        assert (sign * (ahead - middle) >= -1e-12 * amount).all()


@given(months, amounts)
def test_front_and_back_mirror_each_other(n: int, amount: float) -> None:
    front, back = (by_month([n], [amount], s) for s in ("front", "back"))
    np.testing.assert_allclose(front, back[::-1], rtol=0, atol=1e-13 * amount)


def test_mean_times_are_those_of_triangles() -> None:
    # 600 months: the middle of a month is as good as an integral, to the square of a month.
    years = {s: float(average_life(by_month([600], [1.0], s))) for s in ("front", "flat", "back")}
    assert years["front"] == pytest.approx(50 / 3, rel=1e-4)
    assert years["flat"] == pytest.approx(25.0)
    assert years["back"] == pytest.approx(100 / 3, rel=1e-4)


@given(months, months, amounts, st.floats(1.0, 50.0), st.data())
def test_a_ramp_is_a_line_through_the_first_band(
    n: int, m: int, amount: float, higher: float, data: st.DataObject
) -> None:
    # Where the second band is no lower than the first.
    rest = data.draw(st.lists(amounts, max_size=2))
    lengths, parts = [n, m, *[12] * len(rest)], [amount, amount / n * m * higher, *rest]
    ramp = by_month(lengths, parts, "ramp")
    np.testing.assert_allclose(ramp[:n], line(amount, n, -1.0), rtol=0, atol=1e-12 * amount)
    # And from the third band on, smooth knows nothing of it.
    smooth = by_month(lengths, parts, "smooth")
    np.testing.assert_allclose(ramp[n + m :], smooth[n + m :], rtol=0, atol=1e-12 * max(parts))


def test_a_single_band_ramps_to_its_end() -> None:
    ramp = by_month([24], [240.0], "ramp")
    np.testing.assert_allclose(ramp, by_month([24], [240.0], "back"))


@pytest.mark.parametrize("second", [120.0, 60.0, 10.0, 0.0])
def test_a_ramp_into_a_lower_band_starts_at_zero_and_does_not_jump(second: float) -> None:
    starts, steps = [], []
    for cut in (8, 16):
        rate = cut * by_month([24 * cut, 24 * cut], [100.0, second], "ramp")
        assert (rate >= 0).all()
        starts.append(rate[0])
        steps.append(np.abs(np.diff(rate)).max())
    # A step that halves whenever time is cut in half is a slope and not a jump.
    assert steps[1] == pytest.approx(steps[0] / 2, rel=0.1)
    assert starts[1] == pytest.approx(starts[0] / 2, rel=0.1)


@pytest.mark.parametrize("shape", rpo.SHAPES)
def test_a_shape_does_not_depend_on_how_time_is_cut(shape: str) -> None:
    lengths, amount = [24, 24, 36], [3690.0, 10578.0, 10332.0]
    once = by_month(lengths, amount, shape)
    fine = by_month([4 * n for n in lengths], amount, shape).reshape(-1, 4).sum(-1)
    np.testing.assert_allclose(fine, once, rtol=0, atol=1e-9)


@pytest.mark.parametrize("shape", rpo.SHAPES)
def test_extremes(shape: str) -> None:
    assert by_month([1], [5.0], shape).tolist() == [5.0]
    assert by_month([1, 1, 1], [5.0, 0.0, 7.0], shape).tolist() == [5.0, 0.0, 7.0]
    assert by_month([3, 600], [0.0, 0.0], shape).tolist() == [0.0] * 603
    long = rpo.schedule(bands([6000], [1.0]), 10, shape)
    assert long.recognised.size == 600
    assert long.recognised.sum() == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("shape", rpo.SHAPES)
def test_scenarios_are_done_at_once(shape: str) -> None:
    shares = np.array([[0.15, 0.43, 0.42], [0.3, 0.3, 0.4], [0.6, 0.4, 0.0]])
    first, last = [1, 25, 49], [24, 48, 84]
    balances = np.array([24_600.0, 25_400.0, 10.0])
    together = rpo.schedule(Banded.of(balances, first, last, share=shares), 3, shape).recognised
    for i, (balance, share) in enumerate(zip(balances, shares, strict=True)):
        alone = rpo.schedule(Banded.of(balance, first, last, share=share), 3, shape).recognised
        assert together[i].tolist() == alone.tolist()
