"""Cuts in real footage and in what is made of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest
from skimage import data

from models.depth.cuts import CutDetector, find_cuts
from tests.support import clips

Rgb = npt.NDArray[np.uint8]


@cache
def bikes() -> list[Rgb]:
    """250 frames of traffic in a city, six shots, at a quarter of its size."""
    folder = clips.talking_head()
    assert folder is not None
    with av.open(str(folder.with_name("bikes.mp4"))) as clip:
        frames = [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]
    return [
        np.asarray(cv2.resize(frame, (192, 108), interpolation=cv2.INTER_AREA), np.uint8)
        for frame in frames
    ]


def street() -> list[Rgb]:
    return bikes()[140:186]


def wall() -> list[Rgb]:
    return bikes()[190:240]


def garden(count: int = 40) -> list[Rgb]:
    """A slow pan over a picture of other colours."""
    picture = np.asarray(cv2.resize(data.coffee(), (400, 270)), np.uint8)
    return [np.ascontiguousarray(picture[60:168, 40 + i : 232 + i]) for i in range(count)]


def lit(frame: npt.NDArray[Any], gain: float, lift: float = 0.0) -> Rgb:
    return np.clip(frame.astype(np.float32) * gain + lift, 0, 255).astype(np.uint8)


def test_every_cut_of_real_footage_and_no_other() -> None:
    # Seen by eye. At 85 to 105 cars rush past close before the camera.
    assert find_cuts(bikes()) == [30, 76, 137, 187, 242]


def test_it_is_found_at_once() -> None:
    detector = CutDetector()
    found = [detector.update(frame) for frame in (*street()[:5], *garden(5))]
    assert found == [False] * 5 + [True] + [False] * 4
    detector.reset()
    assert not detector.update(street()[0])


@pytest.mark.parametrize("shot", [street, wall, garden])
@pytest.mark.parametrize("gain", [0.3, 1.6, 4.0])
@pytest.mark.parametrize("length", [1, 3])
def test_a_flash_is_no_cut(shot: Callable[[], list[Rgb]], gain: float, length: int) -> None:
    frames = list(shot()[:22])
    for i in range(10, 10 + length):
        frames[i] = lit(frames[i], gain, 40 if gain > 1 else 0)
    assert find_cuts(frames) == []


def test_frames_of_nothing_are_no_cut_and_hide_none() -> None:
    for level in (0, 255):
        blank = [np.full_like(street()[0], level)] * 3
        assert find_cuts([*street()[:8], *blank, *street()[8:14]]) == []
        assert find_cuts([*street()[:8], *blank, *garden(6)]) == [11]


@pytest.mark.parametrize("length", [6, 16])
def test_a_fade_to_black_is_a_cut_only_if_another_shot_follows(length: int) -> None:
    def faded(a: list[Rgb], b: list[Rgb]) -> list[Rgb]:
        out = [lit(a[5 + i], 1 - (i + 1) / length) for i in range(length)]
        back = [lit(b[i], i / length) for i in range(length)]
        return [*a[:5], *out, *back, *b[length : length + 8]]

    assert find_cuts(faded(street(), street())) == []
    found = find_cuts(faded(street(), garden()))
    assert len(found) == 1
    assert 5 + length <= found[0] <= 5 + 2 * length


@pytest.mark.parametrize("length", [8, 12, 20])
def test_a_dissolve_is_one_cut_somewhere_within(length: int) -> None:
    a, b = street(), garden(60)
    frames = list(a[:16])
    for i in range(length):
        share = (i + 1) / (length + 1)
        frames.append(lit(a[16 + i].astype(np.float32) * (1 - share) + b[i] * share, 1.0))
    found = find_cuts([*frames, *b[length : length + 16]])
    assert len(found) == 1
    assert 16 <= found[0] <= 16 + length


@pytest.mark.parametrize("speed", [4, 10, 25])
def test_a_pan_is_no_cut(speed: int) -> None:
    """Up to an eighth of the picture's width a frame."""
    picture = cv2.resize(data.astronaut(), (520, 400), interpolation=cv2.INTER_AREA)
    steps = range(0, 520 - 192, speed)
    frames = [np.ascontiguousarray(picture[40:148, x : x + 192]) for x in steps]
    assert find_cuts(frames) == []
    assert find_cuts(frames[::-1]) == []


def test_noise_and_another_exposure_are_no_cut() -> None:
    rng = np.random.default_rng(0)
    frames = [
        lit(frame + rng.normal(0, 8, frame.shape), 1.0 + 0.2 * (i // 5 % 2))
        for i, frame in enumerate(street()[:24])
    ]
    assert find_cuts(frames) == []
