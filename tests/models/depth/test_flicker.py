from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from models.depth.flicker import FlickerMeter, flicker
from models.depth.motion import MotionTracker
from tests.support.moving_depth import Flicker, MovingScene


def test_still_depth_has_no_flicker_and_a_shift_has_its_own_size() -> None:
    rgb = MovingScene(0).frame(0).rgb
    values = np.tile(np.linspace(0, 1, 160, dtype=np.float32), (120, 1))
    assert flicker([(values, rgb)] * 4) == 0
    jumping = [(values + 0.1 * (i % 2), rgb) for i in range(6)]
    # From the 2nd to the 98th percentile the ramp has 96 % of its range.
    assert flicker(jumping) == pytest.approx(0.1 / 0.96, rel=0.02)


def test_motion_of_the_picture_is_no_flicker() -> None:
    clip = MovingScene(0, pan=(2.0, 1.0)).frames(10)
    inverse = [shown.inverse for shown in clip]
    moving = np.mean([np.abs(b - a).mean() for a, b in pairwise(inverse)])
    assert flicker((shown.inverse, shown.rgb) for shown in clip) < 0.3 * moving / 0.6


def test_one_frame_or_none_has_no_figure() -> None:
    shown = MovingScene(0).frame(0)
    assert math.isnan(flicker([]))
    assert math.isnan(flicker([(shown.inverse, shown.rgb)]))
    assert math.isnan(FlickerMeter().stabilised)


def test_the_meter_takes_motion_that_is_known_and_skips_a_cut() -> None:
    clip = MovingScene(0).frames(6)
    raw = Flicker().add(clip)
    tracker, told, own = MotionTracker(), FlickerMeter(), FlickerMeter()
    for v, shown in zip(raw, clip, strict=True):
        told.update(v, shown.rgb, tracker.update(shown.rgb, (160, 120)), shown.inverse)
        own.update(v, shown.rgb)
    assert told.raw == own.raw > 0.02
    assert told.stabilised < 0.01
    before = told.raw
    told.cut()
    told.update(-5 * raw[0], MovingScene(9).frame(0).rgb, None)
    # The new shot's range counts, its difference to the last one's depth does not.
    assert told.raw < before
    told.reset()
    assert math.isnan(told.raw)


def test_holes_are_not_compared() -> None:
    shown = MovingScene(0).frame(0)
    holed = shown.inverse.copy()
    holed[:, :80] = np.nan
    assert flicker([(holed, shown.rgb)] * 3) == 0
    assert math.isnan(flicker([(np.full_like(holed, np.nan), shown.rgb)] * 3))
