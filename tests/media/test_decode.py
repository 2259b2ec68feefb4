"""The reference decoding that the GPU's upload pass is measured against."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.media import Alpha, Encoding, Picture, Transfer, to_display_rgb8, to_linear
from engine.media.decode import yuv_to_rgb
from engine.media.transfer import TO_LINEAR

RNG = np.random.default_rng(0)


def test_every_transfer_has_a_curve() -> None:
    assert set(TO_LINEAR) == set(Transfer)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_integers_stand_for_0_to_1(dtype: type, channels: int) -> None:
    peak = np.iinfo(dtype).max
    plane = np.full((2, 3, channels), peak, dtype)
    alpha = Alpha.STRAIGHT if channels in (2, 4) else Alpha.NONE
    bits = 8 * np.dtype(dtype).itemsize
    got = to_linear(Picture((plane,), Encoding(alpha=alpha, bits=bits)))
    assert got.dtype == np.float32 and got.shape == (2, 3, 4)
    assert got == pytest.approx(np.ones((2, 3, 4)), abs=1e-6)


def test_a_premultiplied_curve_is_undone_and_done_again() -> None:
    plane = np.array([[[0.25, 0.25, 0.25, 0.5], [0.3, 0, 0, 0]]], np.float32)
    encoding = Encoding(transfer=Transfer.GAMMA22, alpha=Alpha.PREMULTIPLIED)
    got = to_linear(Picture((plane,), encoding))
    assert got[0, 0] == pytest.approx([0.5**2.2 * 0.5] * 3 + [0.5], abs=1e-6)
    assert got[0, 1] == pytest.approx([0.3**2.2, 0, 0, 0], abs=1e-6)  # light that adds: fire


def test_raw_is_left_alone() -> None:
    plane = RNG.random((3, 3, 4), np.float32) * 9 - 4
    encoding = Encoding(
        transfer=Transfer.RAW, alpha=Alpha.STRAIGHT, to_working=((2, 0, 0), (0, 2, 0), (0, 0, 2))
    )
    assert np.array_equal(to_linear(Picture((plane,), encoding)), plane)


def test_nan_and_infinity_come_through_and_are_shown_as_black_and_white() -> None:
    plane = np.array([[[np.nan, np.inf, -np.inf]]], np.float32)
    picture = Picture((plane,), Encoding(transfer=Transfer.LINEAR))
    assert np.array_equal(to_linear(picture)[0, 0, :3], plane[0, 0], equal_nan=True)


def test_display_of_light_is_over_black_and_clipped() -> None:
    plane = np.array([[[0.5, 2.0, -1.0, 0.5]]], np.float32)
    picture = Picture((plane,), Encoding(transfer=Transfer.LINEAR, alpha=Alpha.PREMULTIPLIED))
    assert to_display_rgb8(picture).tolist() == [[[188, 255, 0]]]


def yuv(
    luma: list[list[int]], cb: list[list[int]], cr: list[list[int]], **options: object
) -> Picture:
    planes = tuple(np.array(p, np.uint8)[..., None] for p in (luma, cb, cr))
    return Picture(planes, Encoding(model="yuv", **options))  # pyright: ignore[reportArgumentType]


def test_limited_and_full_range() -> None:
    grey = [[16, 126], [235, 255]]
    neutral = [[128]]
    limited = yuv_to_rgb(yuv(grey, neutral, neutral, full_range=False))
    assert limited[..., 1] == pytest.approx(np.array([[0, 110 / 219], [1, 239 / 219]]), abs=1e-6)
    full = yuv_to_rgb(yuv(grey, neutral, neutral, full_range=True))
    assert full[..., 0] == pytest.approx(np.array(grey) / 255, abs=1e-6)


@settings(deadline=None, max_examples=60)
@given(
    st.tuples(*[st.floats(0, 1)] * 3),
    st.sampled_from([(0.2126, 0.0722), (0.299, 0.114), (0.2627, 0.0593)]),
    st.sampled_from([8, 10, 12]),
    st.booleans(),
)
def test_rgb_comes_back_from_its_yuv(
    rgb: tuple[float, float, float], matrix: tuple[float, float], bits: int, full: bool
) -> None:
    """Encoded by the definition (ITU-R BT.709, item 3): E'Y, E'CB, E'CR, then quantised."""
    (r, g, b), (kr, kb) = rgb, matrix
    y = kr * r + (1 - kr - kb) * g + kb * b
    cb, cr = (b - y) / (2 * (1 - kb)), (r - y) / (2 * (1 - kr))
    step, peak = 2 ** (bits - 8), 2**bits - 1
    if full:
        codes = [y * peak, cb * peak + 128 * step, cr * peak + 128 * step]
    else:
        codes = [(219 * y + 16) * step, (224 * cb + 128) * step, (224 * cr + 128) * step]
    planes = tuple(np.full((2, 2, 1), round(min(max(c, 0), peak)), np.uint16) for c in codes)
    encoding = Encoding(model="yuv", bits=bits, full_range=full, matrix=matrix)
    got = yuv_to_rgb(Picture(planes, encoding))[0, 0]
    assert got == pytest.approx(rgb, abs=1.6 / (219 * step))


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        ((0.5, 0.5), [0, 25, 75, 125, 175, 200]),  # between the two: quarters
        ((0.0, 0.5), [0, 50, 100, 150, 200, 200]),  # on the left one
        ((1.0, 0.5), [0, 0, 50, 100, 150, 200]),
    ],
)
def test_chroma_sites(site: tuple[float, float], expected: list[float]) -> None:
    planes = (
        np.zeros((1, 6, 1), np.float32),
        np.full((1, 3, 1), 128, np.float32),
        np.array([[[0], [100], [200]]], np.float32),
    )
    encoding = Encoding(model="yuv", matrix=(0.5, 0.2), chroma_site=site)
    red = yuv_to_rgb(Picture(planes, encoding))[0, :, 0]
    assert red * 255 + 128 == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (7, 1), (2, 9)])
def test_odd_sizes_of_subsampled_chroma(size: tuple[int, int]) -> None:
    w, h = size
    planes = (
        np.full((h, w, 1), 100, np.uint8),
        np.full((-(-h // 2), -(-w // 2), 1), 90, np.uint8),
        np.full((-(-h // 2), -(-w // 2), 1), 200, np.uint8),
    )
    got = yuv_to_rgb(Picture(planes, Encoding(model="yuv", full_range=False)))
    assert got.shape == (h, w, 3) and np.ptp(got.reshape(-1, 3), axis=0).max() < 1e-6
