"""Pictures on the GPU equal `engine.media.to_linear` on the CPU, for every kind of picture."""

from __future__ import annotations

import itertools
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import MediaError
from engine.gpu import Gpu, UniformArena
from engine.media import Alpha, Encoding, Picture, Transfer, to_linear
from passes.blocks import register_blocks
from passes.kernels import Toolbox
from passes.media_textures import MediaTexture, Use, mip_levels, split

Array = npt.NDArray[Any]
HALF_MAX = 65504.0
BT601, BT709, BT2020 = (0.299, 0.114), (0.2126, 0.0722), (0.2627, 0.0593)
TO_WORKING = ((0.6, 0.3, 0.1), (0.05, 0.9, 0.05), (0.02, 0.1, 0.88))
MODEST = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Uploads:
    """A toolbox that uploads pictures one after the other and reads them back."""

    def __init__(self, gpu: Gpu) -> None:
        register_blocks(gpu)
        self.gpu = gpu
        self.tools = Toolbox(gpu)

    def texture(self, picture: Picture, use: Use = Use.COLOUR, tools: Any = None) -> MediaTexture:
        arena = UniformArena(self.gpu, 64 * 1024)
        texture = MediaTexture(tools or self.tools, arena, 0, use)
        texture.load(picture)
        arena.upload()
        encoder = self.gpu.device.create_command_encoder()
        compute = encoder.begin_compute_pass()
        texture.encode(compute)
        compute.end()
        self.gpu.submit(encoder)
        self.gpu.wait()
        arena.release()
        return texture

    def read(self, texture: MediaTexture, level: int = 0) -> Array:
        """(h, w, c) float32 of a level."""
        width, height = (max(1, side >> level) for side in texture.size)
        kind, channels = (np.float32, 2) if texture.use is Use.DATA else (np.float16, 4)
        row = np.dtype(kind).itemsize * channels * width
        data = self.gpu.queue.read_texture(
            {"texture": texture.texture, "mip_level": level},
            {"bytes_per_row": row, "rows_per_image": height},
            (width, height, 1),
        )
        return np.frombuffer(data, kind).reshape(height, width, channels).astype(np.float32)

    def shown(self, picture: Picture, use: Use = Use.COLOUR) -> Array:
        texture = self.texture(picture, use)
        pixels = self.read(texture)
        texture.release()
        return pixels


@pytest.fixture(scope="module")
def uploads(gpu: Gpu) -> Uploads:
    return Uploads(gpu)


def samples(shape: tuple[int, ...], kind: type, bits: int, seed: int = 1) -> Array:
    rng = np.random.default_rng(seed)
    if kind is np.float32:
        return (rng.standard_normal(shape) * 2).astype(np.float32)
    values = rng.integers(0, 2**bits, shape).astype(kind)
    values.flat[:1] = 0
    values.flat[-1:] = 2**bits - 1
    return values


def assert_same(got: Array, picture: Picture) -> None:
    """Within half precision, and what a curve makes of the last bit."""
    expected = to_linear(picture)
    expected[..., 3] = np.clip(expected[..., 3], 0, 1)
    expected = np.clip(
        np.nan_to_num(expected, nan=0, posinf=3e38, neginf=-3e38), -HALF_MAX, HALF_MAX
    )
    scale = np.maximum(np.abs(expected), 1e-3)
    off = np.abs(got - expected) / scale
    assert off.max() < 4e-3, (
        f"off by {off.max():.2g} at {np.unravel_index(off.argmax(), off.shape)}"
    )
    assert off.mean() < 5e-4


KINDS = [(np.uint8, 8), (np.uint16, 16), (np.uint16, 10), (np.float32, 32)]


@pytest.mark.parametrize(("kind", "bits"), KINDS)
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_every_number_of_channels_and_depth(
    uploads: Uploads, channels: int, kind: type, bits: int
) -> None:
    pixels = samples((13, 21, channels), kind, bits)
    for alpha in (Alpha.NONE, Alpha.STRAIGHT, Alpha.PREMULTIPLIED):
        if kind is np.float32 and channels in (2, 4):
            pixels[..., -1] = np.clip(np.abs(pixels[..., -1]), 0.0, 1.0)
            pixels[:2, :2, -1] = 0.0  # light where nothing is: fire
        for transfer in (Transfer.LINEAR, Transfer.SRGB):
            encoding = Encoding(
                transfer=transfer, alpha=alpha, bits=min(bits, 16), to_working=TO_WORKING
            )
            picture = Picture((pixels,), encoding)
            assert_same(uploads.shown(picture), picture)


@pytest.mark.parametrize("transfer", [t for t in Transfer if t is not Transfer.RAW])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_every_transfer(uploads: Uploads, transfer: Transfer, kind: type) -> None:
    if kind is np.float32:
        ramp = np.linspace(-0.3, 1.2 if transfer is not Transfer.PQ else 1.0, 600).astype(kind)
    else:
        ramp = np.linspace(0, np.iinfo(kind).max, 600).round().astype(kind)
    pixels = ramp.reshape(10, 20, 3)
    bits = 8 if kind is np.uint8 else 16
    picture = Picture((pixels,), Encoding(transfer=transfer, bits=bits))
    got = uploads.shown(picture)
    expected = to_linear(picture)
    # A curve that is nearly flat in the dark loses the last bits of its argument there.
    np.testing.assert_allclose(got, expected, rtol=2e-3, atol=2e-5)


def test_raw_numbers_are_left_alone(uploads: Uploads) -> None:
    """Neither curve nor matrix; yet straight alpha is multiplied in, since it will be drawn."""
    pixels = samples((9, 7, 4), np.uint8, 8)
    for alpha in Alpha:
        encoding = Encoding(transfer=Transfer.RAW, alpha=alpha, to_working=TO_WORKING)
        got = uploads.shown(Picture((pixels,), encoding))
        plain = pixels / np.float32(255)
        expected = plain.copy()
        if alpha is Alpha.NONE:
            expected[..., 3] = 1
        elif alpha is Alpha.STRAIGHT:
            expected[..., :3] *= plain[..., 3:]
        np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-6)


def test_nan_and_infinity_never_reach_the_picture(uploads: Uploads) -> None:
    pixels = samples((8, 8, 4), np.float32, 32)
    pixels[..., 3] = 1
    pixels[0, 0], pixels[0, 1, 0], pixels[0, 2, 1] = np.nan, np.inf, -np.inf
    pixels[0, 3, 3], pixels[0, 4, 3], pixels[0, 5, 0] = np.nan, np.inf, 1e30
    pixels[1, 0, 0], pixels[1, 1, 0] = -0.0, 1e-42
    for alpha, transfer in itertools.product(Alpha, (Transfer.LINEAR, Transfer.SRGB)):
        encoding = Encoding(transfer=transfer, alpha=alpha, to_working=TO_WORKING)
        got = uploads.shown(Picture((pixels,), encoding))
        assert np.isfinite(got).all()
        if alpha is Alpha.NONE and transfer is Transfer.LINEAR:
            identity = replace(encoding, to_working=Encoding().to_working)
            plain = uploads.shown(Picture((pixels,), identity))
            assert list(plain[0, 0, :3]) == [0, 0, 0]
            assert plain[0, 1, 0] == HALF_MAX and plain[0, 2, 1] == -HALF_MAX
            assert plain[0, 5, 0] == HALF_MAX


# -- Y'CbCr --

SUBSAMPLINGS = {"444": (1, 1), "422": (2, 1), "420": (2, 2), "440": (1, 2), "411": (4, 1)}


def yuv(
    size: tuple[int, int], blocks: tuple[int, int], encoding: Encoding, seed: int = 2
) -> Picture:
    """Random planes of a video frame, chroma rounded up as codecs do."""
    width, height = size
    chroma = -(-height // blocks[1]), -(-width // blocks[0])
    kind = np.uint8 if encoding.bits == 8 else np.uint16
    planes = tuple(
        samples((*shape, 1), kind, encoding.bits, seed + i)
        for i, shape in enumerate([(height, width), chroma, chroma])
    )
    return Picture(planes, encoding)


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
def test_every_subsampling_and_depth_of_video(
    uploads: Uploads, subsampling: str, bits: int
) -> None:
    for full, matrix in ((True, BT601), (False, BT709), (False, BT2020)):
        encoding = Encoding(
            model="yuv", transfer=Transfer.LINEAR, bits=bits, full_range=full, matrix=matrix,
            to_working=TO_WORKING,
        )  # fmt: skip
        picture = yuv((24, 16), SUBSAMPLINGS[subsampling], encoding)
        np.testing.assert_allclose(uploads.shown(picture), to_linear(picture), atol=2e-3)


@MODEST
@given(
    size=st.tuples(st.integers(1, 19), st.integers(1, 19)),
    subsampling=st.sampled_from(sorted(SUBSAMPLINGS)),
    site=st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([0.0, 0.5, 1.0])),
    full=st.booleans(),
    transfer=st.sampled_from([Transfer.SRGB, Transfer.PQ, Transfer.HLG, Transfer.BT1886]),
)
def test_odd_sizes_and_chroma_sites_of_video(
    uploads: Uploads,
    size: tuple[int, int],
    subsampling: str,
    site: tuple[float, float],
    full: bool,
    transfer: Transfer,
) -> None:
    encoding = Encoding(model="yuv", transfer=transfer, bits=10, full_range=full, chroma_site=site)
    picture = yuv(size, SUBSAMPLINGS[subsampling], encoding)
    expected = np.clip(to_linear(picture), -HALF_MAX, HALF_MAX)
    got = uploads.shown(picture)
    np.testing.assert_allclose(got, expected, rtol=6e-3, atol=3e-3)


# -- data --


def test_depth_keeps_all_its_bits_and_says_what_is_missing(uploads: Uploads) -> None:
    pixels = samples((7, 9, 1), np.float32, 32)
    pixels[0, 0], pixels[0, 1], pixels[0, 2] = np.nan, np.inf, -np.inf
    pixels[1, 0], pixels[1, 1] = 0.0, 1e30
    got = uploads.shown(Picture((pixels,), Encoding(transfer=Transfer.LINEAR)), Use.DATA)
    assert list(got[0, 0, 1:]) == [0]
    assert got[0, 1, 0] > 2.9e38 and got[0, 2, 0] < -2.9e38
    assert np.isfinite(got).all()
    there = np.isfinite(pixels[..., 0])
    np.testing.assert_array_equal(got[there][:, 0], pixels[there][:, 0])
    assert np.all(got[..., 1].ravel()[1:] == 1)


@pytest.mark.parametrize(("kind", "bits"), [(np.uint8, 8), (np.uint16, 16), (np.uint16, 10)])
def test_depth_in_integers(uploads: Uploads, kind: type, bits: int) -> None:
    """Code values over the largest, whatever curve a colour picture would have."""
    for channels in (1, 2, 3, 4):
        pixels = np.repeat(samples((5, 11, 1), kind, bits), channels, axis=2)
        if channels in (2, 4):
            pixels[..., -1] = samples((5, 11), kind, bits, 5)
        for alpha in (Alpha.NONE, Alpha.STRAIGHT):
            encoding = Encoding(transfer=Transfer.SRGB, bits=bits, alpha=alpha)
            got = uploads.shown(Picture((pixels,), encoding), Use.DATA)
            top = np.float32(2**bits - 1)
            np.testing.assert_allclose(got[..., 0], pixels[..., 0] / top, rtol=1e-6)
            matted = channels in (2, 4) and alpha is Alpha.STRAIGHT
            confidence = pixels[..., -1] / top if matted else np.ones((5, 11))
            np.testing.assert_allclose(got[..., 1], confidence, rtol=1e-6)


def test_depth_from_colours_is_their_luma_and_from_video_its_luma(uploads: Uploads) -> None:
    pixels = samples((5, 6, 3), np.uint8, 8)
    got = uploads.shown(Picture((pixels,), Encoding()), Use.DATA)
    luma = pixels / 255 @ np.array([0.2126, 0.7152, 0.0722])
    np.testing.assert_allclose(got[..., 0], luma, rtol=1e-5)
    video = yuv((8, 6), (2, 2), Encoding(model="yuv", full_range=False, bits=10))
    got = uploads.shown(video, Use.DATA)
    expected = (video.planes[0][..., 0].astype(float) - 64) / 876
    np.testing.assert_allclose(got[..., 0], expected, atol=1e-6)


def test_the_limits_of_a_map_hold_all_that_it_can_show(uploads: Uploads) -> None:
    def limits(pixels: Array, encoding: Encoding) -> tuple[float, ...]:
        texture = uploads.texture(Picture((pixels,), encoding), Use.DATA)
        texture.release()
        return texture.limits

    floats = np.array([[[0.25], [np.nan], [3.0]]], np.float32)
    assert limits(floats, Encoding()) == (0.25, 3.0)
    floats[0, 1] = np.inf
    assert max(limits(floats, Encoding())) > 1e38
    assert limits(np.full((1, 1, 1), np.nan, np.float32), Encoding()) == (0.0,)
    codes = np.array([[[64], [1023]]], np.uint16)
    assert limits(codes, Encoding(bits=10)) == (64 / 1023, 1.0)
    video = yuv((6, 4), (2, 2), Encoding(model="yuv", full_range=False))
    texture = uploads.texture(video, Use.DATA)
    shown = uploads.read(texture)[..., 0]
    assert texture.limits == pytest.approx((shown.min(), shown.max()), abs=1e-5)
    texture.release()


def test_vectors_keep_their_sign_and_are_never_multiplied(uploads: Uploads) -> None:
    pixels = samples((6, 5, 4), np.float32, 32)
    pixels[..., 3] = 0.5
    for alpha in Alpha:
        encoding = Encoding(transfer=Transfer.SRGB, alpha=alpha, to_working=TO_WORKING)
        got = uploads.shown(Picture((pixels,), encoding), Use.VECTOR)
        np.testing.assert_allclose(got[..., :3], pixels[..., :3], rtol=1e-3)


# -- sizes --


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (3, 5), (255, 2), (2, 257)])
def test_odd_sizes(uploads: Uploads, size: tuple[int, int]) -> None:
    for channels, (kind, bits) in itertools.product((1, 3), KINDS):
        pixels = samples((size[1], size[0], channels), kind, bits)
        picture = Picture((pixels,), Encoding(transfer=Transfer.LINEAR, bits=min(bits, 16)))
        assert_same(uploads.shown(picture), picture)


def small(uploads: Uploads, binding: int, buffer: int = 2**30) -> Any:
    """The toolbox of a device that can bind no more than `binding` bytes."""
    gpu = uploads.gpu
    limits = {"max-storage-buffer-binding-size": binding, "max-buffer-size": buffer}
    limited = SimpleNamespace(
        device=gpu.device, queue=gpu.queue, drop=gpu.drop, limits=limits, max_texture=16384,
        asking=gpu.asking, buffer=gpu.buffer,
    )  # fmt: skip
    return SimpleNamespace(gpu=limited, kernel=uploads.tools.kernel)


@pytest.mark.parametrize("limit", [256, 1024, 4096])
@pytest.mark.parametrize(("kind", "bits"), [(np.uint8, 8), (np.uint16, 16), (np.float32, 32)])
def test_a_picture_larger_than_a_binding_comes_in_bands(
    uploads: Uploads, kind: type, bits: int, limit: int
) -> None:
    pixels = samples((37, 15, 4), kind, bits)
    pixels[..., 3] = np.abs(pixels[..., 3]).clip(0, 1) if kind is np.float32 else pixels[..., 3]
    encoding = Encoding(transfer=Transfer.LINEAR, alpha=Alpha.STRAIGHT, bits=min(bits, 16))
    picture = Picture((pixels,), encoding)
    bands = split(picture.planes, picture, limit)
    assert len(bands) > 1 or limit == 4096
    assert all(band.size <= limit for band in bands)
    texture = uploads.texture(picture, tools=small(uploads, limit))
    assert_same(uploads.read(texture), picture)
    texture.release()


@pytest.mark.parametrize("site", [(0.0, 0.5), (0.5, 1.0), (0.0, 0.0)])
@pytest.mark.parametrize("subsampling", ["444", "420", "422", "440"])
def test_so_does_a_frame_of_video(
    uploads: Uploads, subsampling: str, site: tuple[float, float]
) -> None:
    encoding = Encoding(model="yuv", transfer=Transfer.LINEAR, bits=10, chroma_site=site)
    picture = yuv((31, 45), SUBSAMPLINGS[subsampling], encoding)
    assert len(split(picture.planes, picture, 2048)) > 2
    texture = uploads.texture(picture, tools=small(uploads, 2048))
    whole = uploads.shown(picture)
    np.testing.assert_array_equal(uploads.read(texture), whole)
    np.testing.assert_allclose(whole, to_linear(picture), atol=2e-3)
    texture.release()


def test_what_no_adapter_takes_is_said_in_one_sentence(uploads: Uploads) -> None:
    picture = Picture((np.zeros((4, 100, 4), np.float32),), Encoding())
    for tools in (small(uploads, 1024), small(uploads, 2**20, buffer=4096)):
        with pytest.raises(MediaError, match="media 1: a picture of 100 x 4 pixels is more than"):
            uploads.texture(picture, tools=tools)
    with pytest.raises(MediaError, match="samples of type float64"):
        uploads.texture(Picture((np.zeros((2, 2, 3)),), Encoding()))
    tools = small(uploads, 2**20)
    tools.gpu.max_texture = 64
    with pytest.raises(MediaError, match="100 x 4 pixels is larger than the 64"):
        uploads.texture(picture, tools=tools)


# -- smaller copies --


@pytest.mark.parametrize("size", [(64, 64), (33, 21), (7, 1), (1, 1), (100, 3)])
def test_smaller_copies_keep_the_mean_and_the_place(
    uploads: Uploads, size: tuple[int, int]
) -> None:
    """Each level has the picture's mean, and a ramp stays where it is, at odd sizes too."""
    width, height = size
    x = (np.arange(width) + 0.5) / width
    y = (np.arange(height) + 0.5) / height
    pixels = np.zeros((height, width, 3), np.float32)
    pixels[..., 0], pixels[..., 1] = x, y[:, None]
    pixels[..., 2] = samples((height, width), np.float32, 32)
    picture = Picture((pixels,), Encoding(transfer=Transfer.LINEAR))
    texture = uploads.texture(picture)
    assert texture.texture.mip_level_count == mip_levels(size)
    for level in range(mip_levels(size)):
        got = uploads.read(texture, level)
        np.testing.assert_allclose(got.mean(axis=(0, 1))[:3], pixels.mean(axis=(0, 1)), atol=3e-3)
        h, w = got.shape[:2]
        np.testing.assert_allclose(got[0, :, 0], (np.arange(w) + 0.5) / w, atol=0.5 / w**2 + 2e-3)
        np.testing.assert_allclose(got[:, 0, 1], (np.arange(h) + 0.5) / h, atol=0.5 / h**2 + 2e-3)
    texture.release()


def test_a_new_picture_replaces_the_old_one(uploads: Uploads) -> None:
    """Also a smaller one in the same staging buffer, of another kind."""
    arena = UniformArena(uploads.gpu, 64 * 1024)
    texture = MediaTexture(uploads.tools, arena, 0, Use.COLOUR)
    for shape, kind, bits in (
        ((9, 9, 3), np.uint8, 8), ((9, 9, 4), np.float32, 32), ((4, 5, 1), np.uint16, 16),
        ((4, 5, 1), np.uint8, 8),
    ):  # fmt: skip
        picture = Picture((samples(shape, kind, bits),), Encoding(bits=min(bits, 16)))
        texture.load(picture)
        arena.upload()
        encoder = uploads.gpu.device.create_command_encoder()
        compute = encoder.begin_compute_pass()
        texture.encode(compute)
        compute.end()
        uploads.gpu.submit(encoder)
        assert_same(uploads.read(texture), picture)
    texture.release()
    arena.release()
