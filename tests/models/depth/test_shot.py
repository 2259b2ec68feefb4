"""The range of a shot, and live depth as a whole."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from engine.errors import AnalysisError
from models.depth.live import LiveDepth
from models.depth.shot import SETTLE, LiveRange, ShotRange, shot_range
from tests.support.moving_depth import F32, Flicker, MovingScene


def ramp(low: float, high: float) -> F32:
    return np.tile(np.linspace(low, high, 200, dtype=np.float32), (150, 1))


def test_a_share_is_0_at_far_and_1_at_near_and_goes_on_beyond() -> None:
    found = ShotRange(far=2.0, near=6.0).share(np.array([[2, 4, 6, 8, np.nan]], np.float32))
    np.testing.assert_allclose(found, [[0, 0.5, 1, 1.5, np.nan]])
    assert found.dtype == np.float32


def test_a_range_holds_the_shot_without_its_specks_and_moments() -> None:
    rng = np.random.default_rng(0)
    frames = [ramp(1, 3) for _ in range(20)]
    for values in frames:
        values[rng.integers(0, 150, 100), rng.integers(0, 200, 100)] = 1e4
    frames[7] += 50  # one frame went wrong
    frames[3][:] = np.nan
    found = shot_range(frames)
    assert found.far == pytest.approx(1.0, abs=0.1)
    assert found.near == pytest.approx(3.0, abs=0.1)


def test_a_shot_that_comes_nearer_has_one_range_for_all_of_it() -> None:
    found = shot_range([ramp(1, 2 + t / 10) for t in range(21)])
    assert found.near == pytest.approx(3.8, abs=0.15)


def test_a_flat_shot_lies_in_the_middle_and_no_depth_is_an_error() -> None:
    found = shot_range([np.full((20, 30), 5, np.float32)])
    np.testing.assert_allclose(found.share(np.full((2, 2), 5, np.float32)), 0.5)
    with pytest.raises(AnalysisError, match="no depth for any frame"):
        shot_range([np.full((4, 4), np.nan, np.float32)])


def test_a_live_range_settles_and_holds() -> None:
    rng = np.random.default_rng(0)
    live = LiveRange()
    seen = [live.update(ramp(1 + 0.05 * rng.standard_normal(), 3)) for _ in range(SETTLE + 60)]
    assert live.settled
    assert len(set(seen[SETTLE:])) == 1  # not by the last digit
    assert seen[-1].far == pytest.approx(1.0, abs=0.08)
    steps = [abs(b.far - a.far) for a, b in pairwise(seen[:SETTLE])]
    assert max(steps[15:]) < 0.02


def test_a_hand_before_the_camera_does_not_push_the_room_away() -> None:
    live = LiveRange()
    held = [live.update(ramp(1, 3)) for _ in range(SETTLE)][-1]
    hand = ramp(1, 3)
    hand[60:, 120:] = 9.0
    for _ in range(30):
        assert live.update(hand) == held
    # What stays there is taken in, slowly.
    grown = [live.update(hand) for _ in range(400)][-1]
    assert grown.near > 8
    assert grown.far == pytest.approx(held.far, abs=0.2)  # the margin of a wider range


def test_live_values_without_depth_change_nothing() -> None:
    live = LiveRange()
    nothing = np.full((10, 10), np.nan, np.float32)
    assert live.update(nothing) == ShotRange(0.0, 1.0)
    held = live.update(ramp(1, 3))
    assert live.update(nothing) == held
    live.reset()
    assert live.update(ramp(5, 6)).far > 4


def test_live_depth_holds_still_within_its_range_and_begins_anew_at_a_cut() -> None:
    first, second = MovingScene(0).frames(24), MovingScene(7, pan=(0.5, 0)).frames(12)
    raw = [*Flicker().add(first), *(40 - 900 * v for v in Flicker().add(second, 1))]
    live = LiveDepth()
    maps = [live.update(v, shown.rgb) for v, shown in zip(raw, [*first, *second], strict=True)]
    for number, found in enumerate(maps):
        low, high = np.nanpercentile(found.values, (5, 95))
        assert -0.2 < low < high < 1.2, number
        assert found.confidence is not None
    assert np.median(maps[24].confidence) == 0.5  # type: ignore[arg-type]
    assert live.flicker.stabilised < live.flicker.raw / 5
    assert "flicker" in maps[20].message and "%" in maps[20].message
    still = [np.abs(b.values - a.values)[:20, :20].mean() for a, b in pairwise(maps[10:24])]
    assert np.mean(still) < 0.02
    live.reset()
    assert live.message == ""


def test_live_strength_can_be_changed() -> None:
    live = LiveDepth(0.3)
    live.strength = 0.9
    assert live.strength == 0.9
