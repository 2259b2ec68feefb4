"""The depth that an Axis snaps to: right to 0.5 %, beside steps and holes too, and steady."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.gpu import Gpu
from passes import Renderer
from passes.under import REACH, Seen, planar
from tests.support.truth import FRAME, mapped, of_function, orbited, with_ball
from ui.window.snap import PLAY, Steady, depth_under, point_at

SIZE = (160, 120)
HOLES = ((20, 30, 12, 9), (100, 20, 3, 3), (90, 70, 1, 30), (0, 100, 40, 20))  # x, y, width, height


def truth(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Slopes, waves, and steps between texels: along a line, around a box, and a bar 4 pixels
    wide."""
    base = 1.1 + 0.25 * u + 0.05 * np.sin(9 * v)
    base = np.where(v > 0.5, base + 0.5, base)
    box = (u > 0.25) & (u < 0.5) & (v > 0.25) & (v < 0.75)
    bar = (u > 0.7) & (u < 0.725)
    return np.where(box, 0.9 + 0.1 * v, np.where(bar, 0.8 + 0.05 * v, base))


def with_holes() -> np.ndarray:
    depth = of_function(truth, *SIZE)
    for x, y, width, height in HOLES:
        depth[y : y + height, x : x + width] = np.nan
    return depth


def chosen(depth: np.ndarray) -> list[tuple[int, int]]:
    """50 pixels of a known depth: 20 anywhere, 15 right beside steps, 15 right beside holes."""
    random = np.random.default_rng(7)
    known = np.isfinite(depth)
    rise = np.abs(np.diff(np.where(known, depth, 0.0), axis=1, append=0.0))
    step = known & np.roll(known, -1, axis=1) & (rise > 0.1)
    step[:, -1] = False
    beside_step = step | np.roll(step, 1, axis=1)
    beside_hole = known & ~(
        np.roll(known, 1, 0) & np.roll(known, -1, 0) & np.roll(known, 1, 1) & np.roll(known, -1, 1)
    )
    picked: list[tuple[int, int]] = []
    for where, count in ((known, 20), (beside_step, 15), (beside_hole & known, 15)):
        places = np.argwhere(where)
        for row in random.choice(len(places), count, replace=False):
            picked.append((int(places[row][1]), int(places[row][0])))
    return picked


@pytest.mark.parametrize("three_d", [False, True])
def test_it_is_right_at_50_points(gpu: Gpu, tmp_path: Path, three_d: bool) -> None:
    depth = with_holes()
    scene = mapped(tmp_path, depth, displace=True, three_d=three_d).with_settings(size=SIZE)
    frame = scene.evaluate(FRAME)
    errors, steady = [], Steady()
    random = np.random.default_rng(3)
    with Renderer(scene, gpu=gpu, passes=("z",), views=(), samples=1) as renderer:
        for x, y in chosen(depth):
            place = np.add((x, y), random.uniform(0.05, 0.95, 2)) / SIZE  # anywhere in the pixel
            # One drag from point to point, with all its hysteresis.
            found = steady.take(depth_under(renderer.look(frame, x, y).seen()), (x, y))
            assert found is not None
            # The point snapped to is under the pointer and has the map's depth there.
            point = point_at(frame.camera, (place[0], place[1]), found)
            wanted = float(truth(*place))
            errors.append(abs(float(planar(frame.camera, point)) / wanted - 1))
    assert len(errors) == 50
    assert max(errors) < 0.005, sorted(errors)[-5:]


def test_it_is_right_from_elsewhere(gpu: Gpu, tmp_path: Path) -> None:
    """A plane at a known place, seen at an angle, and things in another layer before it."""
    depth = np.full(SIZE[::-1], 1.2, np.float32)
    scene = mapped(tmp_path, depth, displace=True, three_d=True).with_settings(size=SIZE)
    scene = with_ball(orbited(scene, 20.0, 10.0), (0.1, 0.1, 0.5), 0.1)
    frame = scene.evaluate(FRAME)
    with Renderer(scene, gpu=gpu, passes=("z",), views=(), samples=1) as renderer:
        for x, y in ((60, 60), (90, 80), (100, 30), (70, 40)):
            found = depth_under(renderer.look(frame, x, y, without=("Ball",)).seen())
            assert found is not None
            point = point_at(frame.camera, ((x + 0.5) / SIZE[0], (y + 0.5) / SIZE[1]), found)
            # Depth 1.2 before the source camera at 1.374 is the plane z = 0.174.
            assert point[2] == pytest.approx(1.374 - 1.2, abs=0.003)


# -- the pixels --


def seen_of(depths: np.ndarray, known: np.ndarray | None = None) -> Seen:
    known = np.isfinite(depths) if known is None else known
    return Seen(np.zeros((5, 5, 3)), depths, known.astype(np.int64), known)


def test_what_is_not_known_does_not_count() -> None:
    depths = np.full((5, 5), np.nan)
    assert depth_under(seen_of(depths)) is None
    depths[0, :2] = 2.0
    assert depth_under(seen_of(depths)) == 2.0
    assert depth_under(seen_of(np.full((5, 5), 3.0), np.zeros((5, 5), bool))) is None


def test_the_side_of_a_step_is_the_one_in_the_middle() -> None:
    depths = np.full((5, 5), 2.0)
    depths[:3, :3] = 1.0  # a corner, of which the middle is the last pixel
    assert depth_under(seen_of(depths)) == pytest.approx(1.0)
    depths[REACH, REACH] = 2.0
    assert depth_under(seen_of(depths)) == 2.0


def test_one_wrong_pixel_is_noise() -> None:
    depths = np.full((5, 5), 2.0)
    depths[REACH, REACH] = 0.7
    assert depth_under(seen_of(depths)) == 2.0


@given(st.floats(-0.004, 0.004), st.floats(-0.004, 0.004), st.integers(0, 2), st.integers(0, 2))
@settings(deadline=None, max_examples=60)
def test_a_slope_that_is_cut_off_gives_the_depth_in_the_middle(
    across: float, down: float, left: int, top: int
) -> None:
    y, x = np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1]
    depths = 1.5 * (1 + across * x + down * y)
    known = np.ones((5, 5), bool)
    known[:top] = known[:, :left] = False
    found = depth_under(seen_of(depths, known))
    assert found is not None
    assert found == pytest.approx(1.5, rel=1e-6)


# -- over time --


def test_jitter_moves_nothing() -> None:
    steady = Steady()
    steady.take(2.0, (10, 10))
    random = np.random.default_rng(1)
    held = [steady.take(2.0 * (1 + float(e)), (10, 10)) for e in random.uniform(-1, 1, 50) * PLAY]
    assert held == [2.0] * 50


def test_what_moves_is_followed_closely() -> None:
    steady = Steady()
    for depth in np.linspace(2.0, 3.0, 400):
        held = steady.take(float(depth), (10, 10))
        assert held is not None
        assert abs(held / depth - 1) <= PLAY + 1e-9


def test_a_pointer_on_an_outline_does_not_flicker() -> None:
    steady = Steady()
    steady.take(1.0, (10, 10))
    for _ in range(6):
        assert steady.take(2.0, (11, 10)) == 1.0
        assert steady.take(1.0, (10, 10)) == 1.0
    assert steady.take(2.0, (12, 10)) == 2.0
    assert steady.take(1.0, (11, 10)) == 2.0


def test_a_step_that_comes_to_the_pointer_counts() -> None:
    steady = Steady()
    steady.take(1.0, (10, 10))
    assert [steady.take(2.0, (10, 10)) for _ in range(3)] == [1.0, 1.0, 2.0]


def test_over_nothing_the_depth_stays() -> None:
    steady = Steady()
    assert steady.take(None, (0, 0)) is None
    steady.take(1.3, (0, 0))
    assert steady.take(None, (50, 50)) == 1.3
