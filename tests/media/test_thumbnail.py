"""Small pictures of media: what they show of light and of data."""

from __future__ import annotations

import numpy as np

from engine.media import Alpha, Encoding, Picture, Transfer, to_display_rgb8
from engine.media.thumbnail import thumbnail

LIGHT = Encoding(transfer=Transfer.LINEAR)
DATA = Encoding(transfer=Transfer.RAW)


def ramp(width: int, height: int) -> np.ndarray:
    return np.linspace(0, 1, width * height, dtype=np.float32).reshape(height, width, 1)


def test_a_picture_looks_as_it_does_in_the_window() -> None:
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 256, (30, 40, 3)).astype(np.uint8)
    found = thumbnail(Picture((pixels,), Encoding()), 40)
    assert found.shape == (30, 40, 3)
    assert np.abs(found.astype(int) - pixels).max() <= 2  # the display transform's own grid


def test_light_goes_through_the_display_transform() -> None:
    grey = np.full((8, 8, 3), 0.18, np.float32)
    assert np.abs(thumbnail(Picture((grey,), LIGHT)).astype(int) - 118).max() <= 1
    holes = np.full((300, 300, 3), np.nan, np.float32)
    assert not thumbnail(Picture((holes,), LIGHT), 100).any()


def test_it_is_no_larger_than_asked() -> None:
    for size in ((4000, 10), (129, 128), (128, 128), (1, 1)):
        for encoding in (LIGHT, DATA):
            found = thumbnail(Picture((ramp(*size),), encoding), 128)
            assert max(found.shape[:2]) <= 128 and min(found.shape[:2]) >= 1


def test_depth_is_stretched_and_what_is_unknown_is_black() -> None:
    depth = 100 + 50 * ramp(64, 64)
    depth[:8] = np.nan
    depth[8, :4] = np.inf
    found = thumbnail(Picture((depth,), DATA), 64)
    assert not found[:8].any() and (found[-1, -1] == 255).all() and found[9, 0, 0] < 5
    flat = thumbnail(Picture((np.full((4, 4, 1), 7.0, np.float32),), DATA))
    assert (flat == 128).all()
    assert not thumbnail(Picture((np.full((4, 4, 1), np.nan, np.float32),), DATA)).any()


def test_vectors_are_stretched_by_channel() -> None:
    one = ramp(16, 16)
    found = thumbnail(Picture((np.concatenate([one - 0.5, 0 * one, 90 * one], axis=2),), DATA))
    assert (found[0, 0] == (0, 128, 0)).all() and (found[-1, -1] == (255, 128, 255)).all()


def test_normals_and_texture_coordinates_are_shown_as_they_are() -> None:
    normals = np.broadcast_to(np.array([0, -0.6, 0.8], np.float32), (4, 4, 3))
    assert (thumbnail(Picture((normals,), DATA))[0, 0] == (128, 51, 230)).all()
    uv = np.broadcast_to(np.array([0.2, 1.0, 0], np.float32), (4, 4, 3))
    assert (thumbnail(Picture((uv,), DATA))[0, 0] == (51, 255, 0)).all()


def test_video_planes_and_alpha() -> None:
    luma = np.full((64, 64, 1), 128, np.uint8)
    chroma = np.full((32, 32, 1), 128, np.uint8)
    yuv = Picture((luma, chroma, chroma), Encoding(model="yuv"))
    found = thumbnail(yuv, 16).astype(int)
    assert found.shape == (16, 16, 3)
    assert np.abs(found - to_display_rgb8(yuv)[:16, :16].astype(int)).max() <= 2
    clear = np.dstack([np.full((4, 4, 3), 200, np.uint8), np.zeros((4, 4), np.uint8)])
    assert not thumbnail(Picture((clear,), Encoding(alpha=Alpha.STRAIGHT))).any()
