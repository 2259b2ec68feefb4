"""Windows of a picture, anchors, and how detections are merged: no network needed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.face import detector
from models.face.crop import Pyramid, Window
from models.face.detector import Detection


def ramp(width: int, height: int) -> npt.NDArray[np.uint8]:
    """Red is x and green y of the pixel's centre, in 1/250 of the picture."""
    x = (np.arange(width) + 0.5) / width * 250
    y = (np.arange(height) + 0.5) / height * 250
    red, green = np.meshgrid(x, y)
    return np.round(np.dstack([red, green, red * 0])).astype(np.uint8)


@settings(deadline=None, max_examples=40)
@given(
    st.integers(200, 900),
    st.integers(200, 900),
    st.floats(0.3, 0.7),
    st.floats(0.3, 0.7),
    st.floats(0.05, 0.4),
    st.floats(-3.2, 3.2),
    st.sampled_from([32, 128, 192]),
    st.sampled_from([1.0, 2.0, 12 / 11]),
)
def test_a_window_shows_the_place_it_says(
    width: int,
    height: int,
    cx: float,
    cy: float,
    share: float,
    roll: float,
    size: int,
    aspect: float,
) -> None:
    pyramid = Pyramid(ramp(width, height), aspect)
    square_width, square_height = pyramid.size
    side = min(square_width, square_height) * share
    window = Window(square_width * cx, square_height * cy, side, roll)
    crop = pyramid.sample(window, size, extend=False).astype(np.float64)
    matrix = window.to_picture(size)
    pixels = np.stack(np.meshgrid(np.arange(size) + 0.5, np.arange(size) + 0.5), -1)
    expected = (pixels @ matrix[:, :2].T + matrix[:, 2]) / pyramid.size * 250
    error = crop[..., :2] - expected
    assert np.abs(error).max() < 2.5  # rounding of the ramp, of its halves and of the sampling
    assert np.abs(error.mean((0, 1))).max() < 0.75  # no shift: half a pixel would be seen


def test_window_axes() -> None:
    """A roll of 90 degrees: the window's x runs down the picture."""
    matrix = Window(10, 20, 8, np.pi / 2).to_picture(4)
    assert np.allclose(matrix @ (2, 2, 1), (10, 20))
    assert np.allclose(matrix @ (3, 2, 1), (10, 22))
    assert np.allclose(matrix @ (2, 3, 1), (8, 20))


def test_reduction_does_not_alias() -> None:
    """A one-pixel chequerboard reduced sixteen times is an even grey."""
    board = (np.indices((1024, 1024)).sum(0) % 2 * 255).astype(np.uint8)
    crop = Pyramid(np.dstack([board] * 3)).sample(Window(512, 512, 1024), 64, extend=True)
    assert np.abs(crop.astype(int) - 128).max() <= 2


def test_outside_is_black_or_the_border() -> None:
    white = Pyramid(np.full((40, 40, 3), 200, np.uint8))
    window = Window(0, 0, 40)
    assert white.sample(window, 40, extend=True).min() == 200
    black = white.sample(window, 40, extend=False)
    assert black[:19].max() == 0
    assert black[21:, 21:].min() == 200


@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (1, 500), (500, 1), (40000, 2), (3, 40000)])
def test_odd_shapes_can_be_sampled(shape: tuple[int, int]) -> None:
    pyramid = Pyramid(np.full((*shape, 3), 77, np.uint8))
    width, height = pyramid.size
    window = Window(width / 2, height / 2, max(width, height))
    assert (pyramid.sample(window, 128, extend=True) == 77).all()


def test_anchors_are_in_the_networks_order() -> None:
    anchors = detector.ANCHORS
    assert anchors.shape == (896, 2)
    assert np.allclose(anchors[:4] * 16, [(0.5, 0.5), (0.5, 0.5), (1.5, 0.5), (1.5, 0.5)])
    assert np.allclose(anchors[32] * 16, (0.5, 1.5))
    assert np.allclose(anchors[512:518] * 8, (0.5, 0.5))
    assert np.allclose(anchors[518] * 8, (1.5, 0.5))
    assert np.allclose(anchors[-1], 1 - 0.5 / 8)


def test_decoding_brings_offsets_back_to_the_picture() -> None:
    regressors = np.zeros((896, 16), np.float32)
    scores = np.zeros(896)
    number = 518  # the anchor at (1.5, 0.5) / 8
    regressors[number] = [4, 8, 32, 16, *range(12)]
    scores[number] = 0.75
    (found,) = detector.decode(regressors, scores, Window(100, 200, 256))
    anchor = np.array([24.0, 8.0])
    corner = np.array([100 - 128, 200 - 128])
    assert found.score == 0.75
    assert found.box == pytest.approx((*(corner + 2 * (anchor + np.array([4, 8]))), 64, 32))
    assert np.allclose(found.points[0], corner + 2 * (anchor + np.array([0, 1])))
    assert np.allclose(found.points[5], corner + 2 * (anchor + np.array([10, 11])))


def face_at(x: float, y: float, side: float, score: float) -> Detection:
    return Detection((x, y, side, side), np.full((6, 2), x), score)


def test_overlapping_candidates_become_their_weighted_mean() -> None:
    merged = detector.merge(
        [face_at(104, 50, 40, 0.6), face_at(300, 50, 40, 0.7), face_at(100, 50, 40, 0.9)]
    )
    assert [d.score for d in merged] == [0.9, 0.7]
    assert merged[0].box[0] == pytest.approx((104 * 0.6 + 100 * 0.9) / 1.5)
    assert np.allclose(merged[0].points, merged[0].box[0])
    assert merged[1].box == (300, 50, 40, 40)


def test_faces_of_several_windows_are_not_mixed() -> None:
    kept = detector.best(
        [face_at(104, 50, 40, 0.6), face_at(300, 50, 40, 0.7), face_at(100, 50, 40, 0.9)]
    )
    assert [d.box[0] for d in kept] == [100, 300]


def test_overlap() -> None:
    assert detector.overlap(face_at(0, 0, 10, 1), face_at(0, 0, 10, 1)) == pytest.approx(1)
    assert detector.overlap(face_at(0, 0, 10, 1), face_at(5, 0, 10, 1)) == pytest.approx(1 / 3)
    assert detector.overlap(face_at(0, 0, 10, 1), face_at(10, 0, 10, 1)) == 0
    assert detector.overlap(face_at(0, 0, 0, 1), face_at(0, 0, 0, 1)) == 0


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 4000),
    st.integers(1, 4000),
    st.sampled_from([2, 4]),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_whatever_is_half_a_tile_large_is_whole_in_one(
    width: int, height: int, parts: int, ux: float, uy: float
) -> None:
    side = max(width, height) / parts
    box = (min(side / 2, width), min(side / 2, height))
    x, y = ux * (width - box[0]), uy * (height - box[1])
    assert any(
        t.x - side / 2 <= x + 1e-6
        and x + box[0] <= t.x + side / 2 + 1e-6
        and t.y - side / 2 <= y + 1e-6
        and y + box[1] <= t.y + side / 2 + 1e-6
        for t in detector.tiles(width, height, side)
    )
