"""The timeline's plain maths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.window.spans import Span, fitted, inside, nearest, runs, ticks


@given(
    st.floats(-1e4, 1e4), st.floats(0.01, 1e4), st.floats(-500, 500), st.floats(10, 2000),
    st.booleans(), st.floats(-1e4, 1e4),
)  # fmt: skip
def test_points_and_values_are_each_others_inverse(
    low: float, length: float, start: float, room: float, flipped: bool, value: float
) -> None:
    ends = (start + room, start) if flipped else (start, start + room)
    span = Span(low, low + length, *ends)
    assert span.to_point(low) == pytest.approx(ends[0], abs=1e-6)
    assert span.to_point(low + length) == pytest.approx(ends[1], abs=1e-6)
    assert span.to_value(span.to_point(value)) == pytest.approx(value, abs=1e-6 * (1 + length))


@given(st.floats(0.2, 5), st.floats(0, 100))
def test_what_is_under_the_pointer_stays_there(factor: float, about: float) -> None:
    span = Span(1001, 1101, 0, 100)
    nearer = span.zoomed(factor, about)
    assert nearer.to_value(about) == pytest.approx(span.to_value(about))
    assert nearer.density == pytest.approx(span.density * factor)
    moved = span.shifted(about)
    assert moved.to_point(1001) == pytest.approx(span.to_point(1001) + about)


def test_it_comes_no_nearer_than_it_may() -> None:
    span = Span(0, 10, 0, 100).zoomed(100.0, 50.0, 2.0)
    assert span.high - span.low == pytest.approx(2.0)


@given(st.floats(-1e5, 1e5), st.floats(1e-4, 1e6), st.floats(5, 200))
def test_ticks_are_1_2_5_and_far_enough_apart(low: float, length: float, least: float) -> None:
    span = Span(low, low + length, 0, 1000)
    step, found = ticks(span, least)
    digit = float(f"{step:e}".split("e")[0])
    assert digit in (1.0, 2.0, 5.0)
    assert step * span.density >= least * (1 - 1e-6)
    assert step * span.density <= 2.5 * least * (1 + 1e-6)
    assert all(low - step * 1e-3 <= value <= low + length + step * 1e-3 for value in found)
    assert len(found) >= int(length / step)


def test_frames_have_no_ticks_between_them() -> None:
    assert ticks(Span(1, 4, 0, 1000), 20, whole=True) == (1.0, [1.0, 2.0, 3.0, 4.0])
    assert ticks(Span(1000.5, 1048.5, 0, 700), 58, whole=True)[0] == 5.0


def test_values_are_fitted_with_room_around_them() -> None:
    low, high = fitted([1.0, 3.0])
    assert low < 1.0 and high > 3.0 and high - low < 3.0
    for same in ([0.0, 0.0], [5e6], []):
        low, high = fitted(same)
        assert high > low and all(low < value < high for value in same)


def test_what_the_pointer_meets() -> None:
    places = {"a": (10.0, 10.0), "b": (14.0, 10.0), "c": (50.0, 50.0)}
    assert nearest(places, (13.0, 10.0), 8.0) == "b"
    assert nearest(places, (30.0, 30.0), 8.0) is None
    assert nearest({}, (0.0, 0.0), 8.0) is None
    assert inside(places, (55.0, 55.0), (12.0, 0.0)) == {"b", "c"}
    assert inside(places, (1.0, 1.0), (1.0, 1.0)) == set()


def test_runs_of_frames() -> None:
    assert runs({3, 1, 2, 7, 9, 8}) == [(1, 3), (7, 9)]
    assert runs(()) == []
