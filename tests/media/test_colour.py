"""The working space, and the way of a picture into it and out to a display."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import PyOpenColorIO
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from OpenImageIO import TypeDesc
from PIL import Image

from engine.errors import MediaError
from engine.media import (
    Encoding,
    Picture,
    apply_lut_cpu,
    convert_to_working,
    display_lut,
    display_names,
    from_working_matrix,
    inverse_shaper,
    linear_to_srgb,
    open_source,
    shaper,
    srgb_to_linear,
    to_display_rgb8,
    to_linear,
    to_working_matrix,
    working_space,
)
from engine.media.transfer import PRIMARIES, hlg_to_linear, pq_to_linear, rgb_to_xyz

OCIO: Any = PyOpenColorIO
FLOAT8 = TypeDesc("float[8]")


@pytest.fixture(autouse=True)
def no_config(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OCIO", raising=False)


@pytest.fixture
def acescg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A studio's config, whose scene_linear is ACEScg, named by $OCIO."""
    path = tmp_path / "studio.ocio"
    path.write_text(OCIO.Config.CreateFromFile("ocio://default").serialize())
    monkeypatch.setenv("OCIO", str(path))


def test_without_a_config_the_working_space_is_linear_rec709() -> None:
    space = working_space()
    assert space.name == "Linear Rec.709 (sRGB)" and space.chromaticities == PRIMARIES["rec709"]
    assert np.array_equal(to_working_matrix("rec709"), np.eye(3))


@pytest.mark.usefixtures("acescg")
def test_the_environment_chooses_the_config() -> None:
    space = working_space()
    assert space.name == "ACEScg" and space.chromaticities == PRIMARIES["ap1"]
    # ACES TB-2014-004 with Bradford adaptation: sRGB red in AP1.
    red = np.array(to_working_matrix("rec709"))[:, 0]
    assert red == pytest.approx([0.61319, 0.07021, 0.02062], abs=1e-4)


@pytest.mark.usefixtures("acescg")
def test_our_matrices_are_those_of_opencolorio() -> None:
    rgb = np.random.default_rng(0).random((5, 7, 3), np.float32)
    for ours, theirs in [
        ("rec709", "Linear Rec.709 (sRGB)"),
        ("rec2020", "Linear Rec.2020"),
        ("p3d65", "Linear P3-D65"),
        ("adobergb", "Linear AdobeRGB"),
        ("ap0", "ACES2065-1"),
    ]:
        matrix = np.array(to_working_matrix(ours))
        assert convert_to_working(rgb, theirs) == pytest.approx(rgb @ matrix.T, abs=2e-4), ours
        assert np.array(from_working_matrix(ours)) @ matrix == pytest.approx(np.eye(3), abs=1e-9)


def test_a_named_space_and_the_files_own_tag_agree(tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(0, 256, (9, 11, 4), dtype=np.uint8)
    Image.fromarray(values).save(tmp_path / "a.png")
    own = to_linear(open_source(tmp_path / "a.png").frame(0))
    for name in ("sRGB Encoded Rec.709 (sRGB)", "sRGB - Texture"):
        named = open_source(tmp_path / "a.png", colour_space=name).frame(0)
        assert named.planes[0].dtype == np.float32
        assert to_linear(named) == pytest.approx(own, abs=1e-5)


def test_a_premultiplied_picture_is_converted_straight(write_image: Any) -> None:
    straight = np.random.default_rng(2).random((6, 5, 3), np.float32)
    alpha = np.linspace(0.1, 1, 30, dtype=np.float32).reshape(6, 5, 1)
    path = write_image("a.exr", np.concatenate([straight * alpha, alpha], axis=2), "float")
    got = to_linear(open_source(path, colour_space="sRGB - Texture").frame(0))
    assert got[..., :3] == pytest.approx(srgb_to_linear(straight) * alpha, abs=1e-5)


def test_grey_in_a_named_space(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 4), 128, np.uint8)).save(tmp_path / "a.png")
    got = open_source(tmp_path / "a.png", colour_space="sRGB - Texture").frame(0)
    assert to_linear(got)[0, 0] == pytest.approx([0.2158605] * 3 + [1], abs=1e-5)


def test_exr_primaries_are_honoured(write_image: Any) -> None:
    values = np.zeros((2, 2, 3), np.float32)
    values[..., 0] = 1
    plain = open_source(write_image("a.exr", values)).frame(0)
    assert np.array_equal(plain.encoding.to_working, np.eye(3))
    chroma = (FLOAT8, PRIMARIES["ap1"])
    tagged = open_source(write_image("b.exr", values, chromaticities=chroma)).frame(0)
    assert to_linear(tagged)[0, 0, :3] == pytest.approx([1.70505, -0.13026, -0.02400], abs=1e-4)


@pytest.mark.usefixtures("acescg")
def test_an_exr_without_primaries_is_in_the_working_space(write_image: Any) -> None:
    values = np.random.default_rng(3).random((2, 2, 3), np.float32)
    assert np.array_equal(
        to_linear(open_source(write_image("a.exr", values)).frame(0))[..., :3], values
    )


def test_node_48_of_the_lut_is_exactly_one() -> None:
    assert inverse_shaper(np.array([48 / 64]))[0] == 1.0
    assert shaper(np.array([1.0]))[0] == pytest.approx(0.75, abs=1e-12)
    assert shaper(np.array([-1, 0, 64, 1e9, np.nan, np.inf, -np.inf])) == pytest.approx(
        [0, 0, 1, 1, 0, 1, 0]
    )


@settings(deadline=None, max_examples=100)
@given(st.floats(0, 64, width=32))
def test_the_shaper_inverts(x: float) -> None:
    assert inverse_shaper(shaper(np.array([x])))[0] == pytest.approx(x, rel=2e-6, abs=1e-12)


def test_all_8_bit_values_come_back_through_the_display() -> None:
    """The default view leaves a picture as it was: sRGB in, the same sRGB out, colours too."""
    codes = np.random.default_rng(4).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    codes[:8, :32] = np.arange(256).reshape(8, 32, 1)
    linear = to_linear(Picture((codes,), Encoding()))[..., :3]
    shown = apply_lut_cpu(linear, display_lut())
    assert np.array_equal(np.round(shown * 255).astype(int), codes)
    assert shown == pytest.approx(codes / 255, abs=5e-5)


def test_the_lut_shows_highlights_as_the_config_does() -> None:
    lut = display_lut()
    x = np.array([[1, 2, 4], [8, 16, 64], [0.5, 30, 0]], np.float32)
    assert apply_lut_cpu(x, lut) == pytest.approx(linear_to_srgb(x), rel=4e-3, abs=1e-4)
    assert lut.table.shape == (65, 65, 65, 4) and lut.table.dtype == np.float32
    assert np.isfinite(lut.table).all() and not lut.table.flags.writeable


def test_the_lut_has_red_along_its_last_axis() -> None:
    table = display_lut().table
    assert table[0, 0, 48] == pytest.approx([1, 0, 0, 1], abs=1e-4)
    assert table[48, 0, 0] == pytest.approx([0, 0, 1, 1], abs=1e-4)


@pytest.mark.usefixtures("acescg")
def test_with_a_config_its_own_view_is_the_default() -> None:
    config = OCIO.Config.CreateFromFile("ocio://default")
    display = config.getDefaultDisplay()
    view = config.getDefaultView(display)
    processor = config.getProcessor(
        OCIO.DisplayViewTransform(src="ACEScg", display=display, view=view)
    ).getDefaultCPUProcessor()
    grey = np.array([[0.18, 0.18, 0.18], [0.5, 0.2, 0.1]], np.float32)
    expected = grey.copy()
    processor.applyRGB(expected)
    assert apply_lut_cpu(grey, display_lut()) == pytest.approx(expected, abs=5e-3)
    assert not np.allclose(expected, linear_to_srgb(grey), atol=0.02)


def test_unknown_displays_and_views_list_what_there_is() -> None:
    assert "Un-tone-mapped" in display_names()["sRGB - Display"]
    with pytest.raises(MediaError, match=r"display 'Trinitron' is not .*sRGB - Display"):
        display_lut("Trinitron")
    with pytest.raises(MediaError, match=r"'sRGB - Display' has no view 'Film': it has .*Raw"):
        display_lut("sRGB - Display", "Film")


@pytest.mark.parametrize("content", [None, "not a config"])
def test_a_broken_config_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    path = tmp_path / "broken.ocio"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("OCIO", str(path))
    with pytest.raises(MediaError, match=r"\$OCIO names .*broken\.ocio") as caught:
        working_space()
    assert "\n" not in str(caught.value)


@settings(deadline=None, max_examples=100)
@given(st.floats(-4, 64, width=32))
def test_srgb_inverts_and_is_mirrored(x: float) -> None:
    value = np.array([x])
    assert srgb_to_linear(linear_to_srgb(value))[0] == pytest.approx(x, rel=1e-6, abs=1e-9)
    assert linear_to_srgb(-value)[0] == -linear_to_srgb(value)[0]


def test_known_points_of_the_curves() -> None:
    assert srgb_to_linear(np.array([0.5]))[0] == pytest.approx(0.21404114)
    # ITU-R BT.2408: PQ 58 % is 203 cd/m2; BT.2100: code 1 is 10,000 cd/m2.
    assert pq_to_linear(np.array([0.5806889, 1.0])) == pytest.approx([2.03, 100], rel=1e-4)
    assert hlg_to_linear(np.array([0, 0.5, 0.75, 1])) == pytest.approx(
        [0, 1 / 12 / 0.26496256, 1, 1 / 0.26496256], rel=1e-6
    )


def test_rec709_to_xyz_is_the_published_matrix() -> None:
    # IEC 61966-2-1, annex F (white point of four digits).
    expected = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    assert rgb_to_xyz(PRIMARIES["rec709"]) == pytest.approx(np.array(expected), abs=2e-4)


@pytest.mark.usefixtures("acescg")
def test_networks_see_srgb_from_any_working_space(tmp_path: Path, write_image: Any) -> None:
    codes = np.random.default_rng(5).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    Image.fromarray(codes).save(tmp_path / "a.png")
    assert np.array_equal(to_display_rgb8(open_source(tmp_path / "a.png").frame(0)), codes)
    chroma = (FLOAT8, PRIMARIES["rec709"])
    linear = srgb_to_linear(codes / np.float32(255))
    path = write_image("a.exr", linear.astype(np.float32), chromaticities=chroma)
    assert np.abs(to_display_rgb8(open_source(path).frame(0)).astype(int) - codes).max() <= 1
