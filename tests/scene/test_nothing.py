"""Which values of a depth map mean "nothing"."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.scene.nothing import NothingSeen, look_for_nothing

DISC = (np.hypot(*np.mgrid[-90:90, -160:160]) < 50)[...]


def disc(inside: float, outside: float, **more: float) -> np.ndarray:
    values = np.where(DISC, inside, outside).astype(np.float64)
    values[0, : len(more)] = list(more.values())
    return values


@pytest.mark.parametrize("value", [1e10, 65504.0, 1e30, 3.4028234e38, 10.0, np.inf])
def test_a_background_is_far(value: float) -> None:
    values = disc(1.1, value)
    values[DISC] += np.linspace(0, 0.1, int(DISC.sum()))
    found = look_for_nothing(values)
    assert found.far == (None if np.isinf(value) else value)
    assert found.far_share == pytest.approx(1 - DISC.mean())
    assert (found.real(values, distances=True) == DISC).all()
    assert "far" in found.sentence(distances=True)


def test_the_largest_half_float_is_nothing_also_near_what_it_cut_off() -> None:
    values = disc(9000.0, 65504.0)
    assert look_for_nothing(values).far == 65504.0


@pytest.mark.parametrize("value", [8.0, 1.9, 1.2])
def test_what_stands_no_eightfold_above_is_depth(value: float) -> None:
    values = disc(1.1, value)
    assert look_for_nothing(values).far is None
    assert look_for_nothing(values).real(values, distances=True).all()


def test_one_value_alone_is_depth() -> None:
    assert look_for_nothing(np.full((4, 4), 1e10)).far is None


@pytest.mark.parametrize("value", [np.nan, -np.inf, 0.0, -1.0, -9999.0])
def test_what_is_missing(value: float) -> None:
    values = disc(1.1, 2.0)
    values[10:40, 10:50] = value
    found = look_for_nothing(values)
    assert found.far is None
    assert found.missing == (value if np.isfinite(value) and value < 0 else None)
    real = found.real(values, distances=True)
    assert not real[10:40, 10:50].any()
    assert real.sum() == real.size - 1200
    assert "2 % of it is missing" in found.sentence(distances=True)


def test_several_negative_values_are_values() -> None:
    assert look_for_nothing(disc(1.0, 2.0, a=-1.0, b=-2.0)).missing is None


def test_zero_is_a_share_where_it_is_no_distance() -> None:
    values = disc(0.0, 1.0)
    assert look_for_nothing(values).sentence(distances=False) == ""
    assert look_for_nothing(values).real(values, distances=False).all()


def test_camera_space() -> None:
    values = disc(-1.0, -2.0)
    found = look_for_nothing(values)
    assert found.camera_space
    assert found.missing is None
    assert found.real(values, distances=True).all()
    away = disc(-1.0, -1e10)
    away[DISC] -= np.linspace(0, 0.1, int(DISC.sum()))
    assert look_for_nothing(away).far == -1e10
    assert (look_for_nothing(away).real(away, distances=True) == DISC).all()


def test_a_shot_is_looked_at_as_a_whole() -> None:
    """A frame in which an object is far must not make another frame's background depth."""
    seen = NothingSeen()
    for inside in (1.1, 1.5, 900.0):
        seen.look(disc(inside, 1e10))
    assert seen.found().far == 1e10
    seen.look(disc(2.0, 5e9))
    assert seen.found().far == 1e10  # the sentinel, twice the next
    assert 0 < seen.found().far_share < 1


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), min_size=1, max_size=30))
def test_every_value_is_one_of_three(values: list[float]) -> None:
    array = np.array(values).reshape(1, -1)
    found = look_for_nothing(array)
    real = found.real(array, distances=False)
    assert 0 <= found.far_share <= 1
    assert 0 <= found.missing_share <= 1
    assert not real[~np.isfinite(array)].any()
    assert real.mean() == pytest.approx(1 - found.far_share - found.missing_share, abs=1e-9)


def test_two_backgrounds_in_one_map() -> None:
    values = disc(1.1, 1e10)
    values[DISC] += np.linspace(0, 0.1, int(DISC.sum()))
    values[:10] = np.finfo(np.float32).max
    found = look_for_nothing(values)
    assert found.far == 1e10
    assert (found.real(values, distances=True) == DISC).all()
    assert "1e+10 or 3.40282e+38" in found.sentence(distances=True)


def test_several_negative_values_are_missing_distances() -> None:
    values = disc(1.1, 2.0)
    values[:18], values[-18:] = -1.0, -9999.0
    found = look_for_nothing(values)
    assert not found.real(values, distances=True)[:18].any()
    assert "20 % of it is missing (below 0)" in found.sentence(distances=True)
    assert found.sentence(distances=False) == ""


def test_codes_are_named_as_the_file_has_them() -> None:
    values = disc(1500.0, 65535.0) / 65535
    values[DISC] += np.linspace(0, 0.001, int(DISC.sum()))
    assert "is 65535: nothing" in look_for_nothing(values).sentence(distances=True, bits=16)
