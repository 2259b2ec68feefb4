"""Curves against their analytic values."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.scene import Curve, Interpolation, Key, curve, value_at
from engine.scene.curves import keyed, vector_at
from tests.scene.strategies import curves

HOLD, LINEAR, BEZIER = Interpolation.HOLD, Interpolation.LINEAR, Interpolation.BEZIER


def bezier(points: list[tuple[float, float]], frame: float) -> float:
    """The value of a cubic Bezier at a frame, by the roots of its frame polynomial."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = points
    roots = np.roots([x3 - 3 * x2 + 3 * x1 - x0, 3 * (x2 - 2 * x1 + x0), 3 * (x1 - x0), x0 - frame])
    real = roots[np.abs(roots.imag) < 1e-7].real
    t = float(real[np.argmin(np.abs(real - np.clip(real, 0, 1)))])
    s = 1 - t
    return s**3 * y0 + 3 * s**2 * t * y1 + 3 * s * t**2 * y2 + t**3 * y3


def test_a_plain_number_is_itself() -> None:
    assert value_at(3, 1001) == 3.0
    assert vector_at((1, curve([(0, 0), (10, 5)]), 2.5), 4) == (1.0, 2.0, 2.5)


def test_hold_and_linear_and_outside() -> None:
    keys = Curve((Key(10, 1, LINEAR), Key(20, 3, HOLD), Key(30, 7, LINEAR)))
    found = [keys.at(frame) for frame in (0, 10, 15, 20, 29.999, 30, 99)]
    assert found == [1, 1, 2, 3, 3, 7, 7]


@settings(deadline=None, max_examples=200)
@given(
    length=st.floats(0.5, 200),
    values=st.tuples(st.floats(-100, 100), st.floats(-100, 100)),
    handles=st.tuples(st.floats(0.02, 0.98), st.floats(0.02, 0.98)),
    lifts=st.tuples(st.floats(-100, 100), st.floats(-100, 100)),
    share=st.floats(0.001, 0.999),
)
def test_bezier_is_the_cubic(length, values, handles, lifts, share) -> None:
    start, frame = 1001.0, 1001.0 + share * length
    leaving = (handles[0] * length, lifts[0])
    arriving = (-handles[1] * length, lifts[1])
    keys = Curve(
        (
            Key(start, values[0], BEZIER, tangent_out=leaving),
            Key(start + length, values[1], LINEAR, tangent_in=arriving),
        )
    )
    points = [
        (0.0, values[0]),
        (leaving[0], values[0] + leaving[1]),
        (length + arriving[0], values[1] + arriving[1]),
        (length, values[1]),
    ]
    assert keys.at(frame) == pytest.approx(bezier(points, frame - start), abs=2e-4)


def test_a_bezier_with_handles_at_thirds_is_the_plain_cubic() -> None:
    """With handles at a third the frame is linear in the parameter, so values are exact."""
    keys = Curve((Key(0, 0, BEZIER, tangent_out=(10, 0)), Key(30, 1, BEZIER, tangent_in=(-10, 0))))
    for t in np.linspace(0, 1, 31):
        assert keys.at(30 * t) == pytest.approx(3 * t**2 - 2 * t**3, abs=1e-13)


def test_handles_of_no_length_give_a_straight_line() -> None:
    keys = Curve((Key(0, 0, BEZIER, tangent_out=(0, 0)), Key(8, 4, BEZIER, tangent_in=(0, 0))))
    assert [keys.at(frame) for frame in (1, 4, 7)] == pytest.approx([0.5, 2, 3.5], abs=1e-12)


def test_a_handle_longer_than_its_segment_is_shortened_along_its_slope() -> None:
    long = Curve((Key(0, 0, BEZIER, tangent_out=(40, 8)), Key(10, 1, tangent_in=(-5, 0))))
    cut = Curve((Key(0, 0, BEZIER, tangent_out=(10, 2)), Key(10, 1, tangent_in=(-5, 0))))
    assert [long.at(f) for f in range(11)] == [cut.at(f) for f in range(11)]


def test_automatic_handles_are_smooth_and_never_overshoot() -> None:
    values = [0, 1, 1.1, 5, 5, -2, 0]
    keys = Curve(tuple(Key(10 * i, value, BEZIER) for i, value in enumerate(values)))
    for index, (left, right) in enumerate(itertools.pairwise(values)):
        between = [keys.at(10 * index + step) for step in np.linspace(0, 10, 41)]
        assert min(left, right) - 1e-12 <= min(between) <= max(between) <= max(left, right) + 1e-12
        assert np.all(np.diff(between) * np.sign(right - left) >= -1e-12)
    for frame in range(10, 60, 10):
        slopes = [(keys.at(frame + d) - keys.at(frame)) / d for d in (-1e-5, 1e-5)]
        assert slopes[0] == pytest.approx(slopes[1], abs=1e-4)


@settings(deadline=None, max_examples=100)
@given(keys=curves(), frame=st.floats(-3000, 3000))
def test_any_curve_has_a_finite_value_anywhere(keys: Curve, frame: float) -> None:
    assert math.isfinite(keys.at(frame))
    for key in keys.keys:
        assert keys.at(key.frame) == key.value


def test_keys_are_added_replaced_and_taken_away() -> None:
    keys = curve([(10, 1), (0, 0)]).with_key(Key(5, 9)).with_key(Key(0, 2))
    assert [(key.frame, key.value) for key in keys.keys] == [(0, 2), (5, 9), (10, 1)]
    fewer = keys.without_key(0)
    assert isinstance(fewer, Curve)
    assert [key.frame for key in fewer.keys] == [5, 10]
    assert curve([(3, 7)]).without_key(3) == 7.0


@given(st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=1, max_size=30))
def test_keys_inside_a_constant_run_are_left_out_without_a_difference(values: list[float]) -> None:
    kept = keyed(list(enumerate(values)))
    assert [value_at(kept, frame) for frame in range(len(values))] == values
    if len(set(values)) == 1:
        assert kept == values[0]
