"""Every kind of picture file keeps its samples, and says what they mean."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from engine.media import Alpha, Transfer, open_source, to_display_rgb8, to_linear
from engine.media.transfer import srgb_to_linear


def picture(height: int = 24, width: int = 32, channels: int = 3) -> npt.NDArray[np.uint8]:
    """Smooth, so that lossy formats keep it."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [x * 255 // width, y * 255 // height, (x + y) * 255 // (width + height), x * 0 + 128]
    return np.stack(planes[:channels], axis=2).astype(np.uint8)


def plane(path: str | Path, **options: Any) -> npt.NDArray[Any]:
    return open_source(path, **options).frame(0).planes[0]


def test_png_8_bit_comes_back_bit_for_bit(tmp_path: Path) -> None:
    Image.fromarray(picture()).save(tmp_path / "a.png")
    source = open_source(tmp_path / "a.png")
    got = source.frame(0)
    assert source.info.size == (32, 24) and source.info.kind == "still"
    assert got.planes[0].dtype == np.uint8 and np.array_equal(got.planes[0], picture())
    assert got.encoding.transfer is Transfer.SRGB and got.encoding.alpha is Alpha.NONE
    assert np.array_equal(to_display_rgb8(got), picture())


def test_a_still_answers_any_frame_and_reads_its_file_once(tmp_path: Path) -> None:
    Image.fromarray(picture()).save(tmp_path / "a.png")
    source = open_source(tmp_path / "a.png")
    first = source.frame(-7)
    (tmp_path / "a.png").unlink()
    assert source.frame(1001) is first


def test_png_16_bit_keeps_all_bits(tmp_path: Path) -> None:
    values = np.arange(24 * 32, dtype=np.uint16).reshape(24, 32) * 85
    Image.fromarray(values).save(tmp_path / "a.png")
    got = open_source(tmp_path / "a.png").frame(0)
    assert got.encoding.bits == 16 and np.array_equal(got.planes[0][..., 0], values)
    assert to_linear(got)[..., 1] == pytest.approx(srgb_to_linear(values / 65535.0), abs=1e-6)


def test_png_1_bit_is_black_and_white(tmp_path: Path) -> None:
    Image.fromarray(picture()[..., 0]).convert("1").save(tmp_path / "a.png")
    expected = np.array(Image.open(tmp_path / "a.png")) * 255
    assert np.array_equal(plane(tmp_path / "a.png")[..., 0], expected)


def test_palette_png_with_and_without_transparency(tmp_path: Path) -> None:
    palette = Image.fromarray(picture()).convert("P", palette=Image.Palette.ADAPTIVE)
    palette.save(tmp_path / "a.png")
    assert np.array_equal(plane(tmp_path / "a.png"), np.array(palette.convert("RGB")))
    palette.save(tmp_path / "b.png", transparency=3)
    got = open_source(tmp_path / "b.png").frame(0)
    assert got.encoding.alpha is Alpha.STRAIGHT
    assert np.array_equal(got.planes[0], np.array(Image.open(tmp_path / "b.png").convert("RGBA")))


def test_png_alpha_stays_straight_and_is_multiplied_in_light(tmp_path: Path) -> None:
    values = picture(channels=4)
    values[:, ::2, 3] = 51
    Image.fromarray(values).save(tmp_path / "a.png")
    got = open_source(tmp_path / "a.png").frame(0)
    assert np.array_equal(got.planes[0], values) and got.encoding.alpha is Alpha.STRAIGHT
    linear = to_linear(got)
    alpha = values[..., 3:] / 255.0
    assert linear[..., 3:] == pytest.approx(alpha, abs=1e-6)
    assert linear[..., :3] == pytest.approx(
        srgb_to_linear(values[..., :3] / 255.0) * alpha, abs=1e-6
    )


def test_grey_with_alpha(tmp_path: Path) -> None:
    Image.fromarray(picture()).convert("LA").save(tmp_path / "a.png")
    got = open_source(tmp_path / "a.png").frame(0)
    assert got.channels == 2 and to_linear(got).shape == (24, 32, 4)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg_of_every_colour_model(tmp_path: Path, mode: str) -> None:
    Image.fromarray(picture()).convert(mode).save(tmp_path / "a.jpg", quality=98, subsampling=0)
    expected = np.array(Image.fromarray(picture()).convert(mode).convert("RGB"))
    got = to_display_rgb8(open_source(tmp_path / "a.jpg").frame(0))
    assert np.abs(got.astype(int) - expected).max() <= 6


def test_cmyk_tiff(tmp_path: Path) -> None:
    Image.fromarray(picture()).convert("CMYK").save(tmp_path / "a.tif")
    got = to_display_rgb8(open_source(tmp_path / "a.tif").frame(0))
    assert np.abs(got.astype(int) - picture()).max() <= 2


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(picture(48, 32)).save(tmp_path / "a.jpg", exif=exif, quality=98, subsampling=0)
    from PIL import ImageOps

    expected = np.array(ImageOps.exif_transpose(Image.open(tmp_path / "a.jpg")))
    source = open_source(tmp_path / "a.jpg")
    got = source.frame(0).planes[0]
    assert source.info.size == (expected.shape[1], expected.shape[0])
    assert got.shape == expected.shape and np.abs(got.astype(int) - expected).max() <= 4


@pytest.mark.parametrize("kind", ["uint8", "uint16", "half", "float", "double"])
def test_tiff_of_every_sample_type(write_image: Any, kind: str) -> None:
    if kind.startswith("uint"):
        values = picture().astype(kind) * (1 if kind == "uint8" else 257)
    else:
        values = picture().astype(np.float32) / 64 - 1
    path = write_image("a.tif", values, kind)
    got = open_source(path).frame(0)
    floating = not kind.startswith("uint")
    assert got.planes[0].dtype == (np.float32 if floating else kind)
    assert np.array_equal(got.planes[0], values)
    assert got.encoding.transfer is (Transfer.LINEAR if floating else Transfer.SRGB)


def test_tiff_says_whether_its_alpha_is_straight(write_image: Any) -> None:
    values = picture(channels=4)
    straight = open_source(write_image("a.tif", values, oiio__UnassociatedAlpha=1)).frame(0)
    associated = open_source(write_image("b.tif", values)).frame(0)
    assert straight.encoding.alpha is Alpha.STRAIGHT
    assert associated.encoding.alpha is Alpha.PREMULTIPLIED
    assert np.array_equal(straight.planes[0], values)
    assert np.array_equal(associated.planes[0], values)


@pytest.mark.parametrize("kind", ["half", "float"])
def test_exr_is_linear_premultiplied_and_keeps_odd_numbers(write_image: Any, kind: str) -> None:
    values = picture(channels=4).astype(np.float32) / 16 - 4
    values[0, :4, 0] = (np.nan, np.inf, -np.inf, -1)
    got = open_source(write_image("a.exr", values, kind)).frame(0)
    assert got.encoding.transfer is Transfer.LINEAR
    assert got.encoding.alpha is Alpha.PREMULTIPLIED
    assert np.array_equal(got.planes[0], values, equal_nan=True)
    assert np.array_equal(to_linear(got), values, equal_nan=True)


def test_dpx_10_bit_keeps_its_ten_bits(write_image: Any) -> None:
    codes = (np.arange(24 * 32 * 3, dtype=np.uint16) % 1024).reshape(24, 32, 3)
    values = (codes << 6) | (codes >> 4)
    got = open_source(write_image("a.dpx", values, oiio__BitsPerSample=10)).frame(0)
    assert got.planes[0].dtype == np.uint16 and np.array_equal(got.planes[0], values)
    linear = to_linear(got)[..., :3]
    assert linear == pytest.approx(srgb_to_linear(codes / 1023.0), abs=5e-5)


def test_logarithmic_dpx_becomes_light(write_image: Any) -> None:
    codes = np.array([95, 445, 685, 1023], np.uint16).reshape(1, 4, 1).repeat(3, axis=2)
    values = (codes << 6) | (codes >> 4)
    path = write_image("a.dpx", values, oiio__BitsPerSample=10, oiio__ColorSpace="KodakLog")
    got = to_linear(open_source(path).frame(0))[0, :, 1]
    assert got[0] == pytest.approx(0, abs=1e-4) and got[2] == pytest.approx(1, abs=1e-3)
    assert got[1] == pytest.approx(0.15, abs=0.005)  # code 445: the grey of Kodak's LAD patch
    assert got[3] > 10


def test_radiance_hdr(write_image: Any) -> None:
    values = picture().astype(np.float32) / 32
    got = open_source(write_image("a.hdr", values)).frame(0)
    assert got.encoding.transfer is Transfer.LINEAR
    assert got.planes[0] == pytest.approx(values, rel=0.02, abs=0.03)


def test_webp_and_targa(tmp_path: Path) -> None:
    Image.fromarray(picture()).save(tmp_path / "a.webp", lossless=True)
    Image.fromarray(picture()).save(tmp_path / "a.tga")
    assert np.array_equal(plane(tmp_path / "a.webp"), picture())
    assert np.array_equal(plane(tmp_path / "a.tga"), picture())


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.bmp"])
def test_one_pixel(tmp_path: Path, name: str) -> None:
    Image.fromarray(np.full((1, 1, 3), 200, np.uint8)).save(tmp_path / name)
    source = open_source(tmp_path / name)
    assert source.info.size == (1, 1)
    assert np.abs(to_display_rgb8(source.frame(0)).astype(int) - 200).max() <= 1


def test_a_picture_beyond_the_texture_limit_is_reduced_with_a_warning(tmp_path: Path) -> None:
    Image.fromarray(np.tile(picture(64, 128), (1, 160, 1))).save(tmp_path / "wide.png")
    with pytest.warns(UserWarning, match=r"wide\.png: 20480 x 64 .* 16384 x 51"):
        source = open_source(tmp_path / "wide.png")
    assert source.info.size == (16384, 51)
    assert source.frame(0).planes[0].shape == (51, 16384, 3)


def test_a_thin_giant_keeps_at_least_one_pixel(write_image: Any) -> None:
    values = np.arange(20000, dtype=np.float32).reshape(20000, 1, 1)
    with pytest.warns(UserWarning, match="tall"):
        got = open_source(write_image("tall.exr", values, names=["depth.Z"])).frame(0)
    assert got.planes[0].shape == (16384, 1, 1)
    # Depth is picked, never averaged: a mean of two depths is a place where nothing is.
    assert set(got.planes[0].ravel()) <= set(values.ravel())


def test_the_limit_itself_is_not_reduced(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((1, 16384), np.uint8)).save(tmp_path / "a.png")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert open_source(tmp_path / "a.png").info.size == (16384, 1)


def test_display_p3_profile_is_honoured(tmp_path: Path) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    data = bytearray(profile.tobytes())
    Image.fromarray(picture()).save(tmp_path / "a.png", icc_profile=bytes(data))
    plain = open_source(tmp_path / "a.png").frame(0).encoding
    assert np.allclose(plain.to_working, np.eye(3), atol=1e-6)
    name = data.index("sRGB built-in".encode("utf-16-be"))
    words = "Display P3".ljust(13).encode("utf-16-be")
    data[name : name + len(words)] = words
    Image.fromarray(picture()).save(tmp_path / "b.png", icc_profile=bytes(data))
    wide = np.array(open_source(tmp_path / "b.png").frame(0).encoding.to_working)
    assert wide @ [1, 0, 0] == pytest.approx([1.2249, -0.0420, -0.0196], abs=2e-3)


def test_literal_names_that_look_like_patterns(tmp_path: Path) -> None:
    Image.fromarray(picture()).save(tmp_path / "photo@2x.png")
    Image.fromarray(picture()).save(tmp_path / "shot.1001.png")
    assert open_source(tmp_path / "photo@2x.png").info.kind == "still"
    assert open_source(tmp_path / "shot.1001.png").info.kind == "still"


def test_colour_space_raw_is_data(tmp_path: Path) -> None:
    Image.fromarray(picture()).save(tmp_path / "a.png")
    got = open_source(tmp_path / "a.png", colour_space="raw").frame(0)
    assert got.encoding.transfer is Transfer.RAW
    assert to_linear(got)[..., :3] == pytest.approx(picture() / 255.0, abs=1e-6)
