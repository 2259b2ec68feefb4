"""Rendered frames as files, read back through other libraries than those that wrote them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenEXR
import pytest
from PIL import Image

from engine.errors import OutputError
from engine.gpu import Gpu
from engine.scene import DepthRange, Geometry, LightType, Scene, curve, new_media, new_scene
from passes import PASS_NAMES, RenderedFrame, Renderer
from tests.support.shots import drawn, grid_of, lit_from, media_of, with_camera_at

Array = npt.NDArray[Any]
SIZE = (48, 36)

# What z-depth.md, section 5, asks for: part, channels, half or float.
PARTS = {
    "beauty": ("beauty", ["R", "G", "B", "A"], np.float16),
    "matte": ("matte", ["matte.A"], np.float16),
    "z": ("depth", ["depth.Z"], np.float32),
    "z_normalized": ("depthNormalized", ["depthNormalized.Z"], np.float16),
    "z_aa": ("depthAA", ["depthAA.Z"], np.float32),
    "normals": ("N", ["N.X", "N.Y", "N.Z"], np.float32),
    "position": ("P", ["P.X", "P.Y", "P.Z"], np.float32),
    "uv": ("uv", ["uv.U", "uv.V"], np.float32),
    "forward": ("forward", ["forward.u", "forward.v"], np.float32),
    "backward": ("backward", ["backward.u", "backward.v"], np.float32),
    "object_id": ("objectId", ["objectId.ID"], np.float32),
    "albedo": ("albedo", ["albedo.R", "albedo.G", "albedo.B"], np.float16),
    "shadow": ("shadow", ["shadow.R", "shadow.G", "shadow.B"], np.float16),
    "confidence": ("depthConfidence", ["depthConfidence.C"], np.float32),
    "stretch": ("stretch", ["stretch.A"], np.float16),
}


def shot(folder: Path) -> Scene:
    """A soft round relief, seen from the side, smaller than the picture; a ball and a light."""
    x, y = grid_of((64, 48))
    pixels = np.zeros((48, 64, 4), np.float32)
    pixels[..., 3] = np.clip((0.4 - np.hypot(x, y)) * 12, 0, 1)
    pixels[..., :3] = np.array([0.8, 0.4, 0.2]) * pixels[..., 3:]
    heights = 0.2 * np.exp(-(x * x + y * y) / 0.02)
    scene = new_scene(
        media_of(folder / "disc.exr", pixels),
        z_media=media_of(folder / "hill.exr", heights.astype(np.float32)),
        fps=23.976,
    )
    scene = scene.with_values(
        "Z-Depth 1", depth_range=DepthRange.RELIEF, relief_depth=1.0, three_d=True, step=1
    )
    ball = Geometry(id="ball", mesh="sphere", scale=(0.15, 0.15, 0.15), translate=(0.4, 0.3, 0.1))
    scene = lit_from(scene.with_node(ball), (-2.0, 2.0, 2.0), LightType.DIRECTIONAL, intensity=2.0)
    return with_camera_at(scene, (0.5, 0.3, 1.4))


@pytest.fixture(scope="module")
def rendered(gpu: Gpu, tmp_path_factory: pytest.TempPathFactory) -> tuple[RenderedFrame, Scene]:
    scene = shot(tmp_path_factory.mktemp("shot"))
    frame = drawn(scene, gpu, *PASS_NAMES, size=SIZE, samples=4, views=("beauty", "z"))
    return frame, scene


@pytest.fixture(scope="module")
def file(
    rendered: tuple[RenderedFrame, Scene], tmp_path_factory: pytest.TempPathFactory
) -> OpenEXR.File:
    folder = tmp_path_factory.mktemp("out")
    path = rendered[0].save(folder / "deep" / "shot.####.exr")
    assert path == folder / "deep" / "shot.1001.exr"
    assert [p.name for p in (folder / "deep").iterdir()] == ["shot.1001.exr"]
    return OpenEXR.File(str(path), separate_channels=True)


def pixels_of(file: OpenEXR.File, name: str) -> Array:
    """(h, w, c) of a pass, as it lies in the file."""
    part, channels, _ = PARTS[name]
    (found,) = [p for p in file.parts if p.name() == part]
    return np.stack([found.channels[channel].pixels for channel in channels], axis=-1)


def test_every_pass_is_there_with_its_names_types_and_windows(file: OpenEXR.File) -> None:
    assert set(PARTS) == set(PASS_NAMES)
    assert [part.name() for part in file.parts] == [PARTS[name][0] for name in PASS_NAMES]
    for part, name in zip(file.parts, PASS_NAMES, strict=True):
        _, channels, kind = PARTS[name]
        assert sorted(part.channels) == sorted(channels)
        for channel in channels:
            assert part.channels[channel].pixels.dtype == kind, channel
            assert part.channels[channel].pixels.shape == (SIZE[1], SIZE[0])
        assert part.header["compression"] == OpenEXR.ZIP_COMPRESSION
        for window in ("dataWindow", "displayWindow"):
            low, high = part.header[window]
            assert low.tolist() == [0, 0] and high.tolist() == [SIZE[0] - 1, SIZE[1] - 1]


def test_every_value_is_the_rendered_one(
    file: OpenEXR.File, rendered: tuple[RenderedFrame, Scene]
) -> None:
    frame, _ = rendered
    for name in PASS_NAMES:
        expected = np.atleast_3d(frame.array(name))
        got = pixels_of(file, name).astype(np.float32)
        if name == "uv":
            continue
        tolerance = 1e-3 if PARTS[name][2] is np.float16 else 0.0
        np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance)
        assert np.isfinite(got).all(), name


def test_empty_pixels_hold_far(file: OpenEXR.File, rendered: tuple[RenderedFrame, Scene]) -> None:
    far = np.float32(rendered[1].evaluate(1001).camera.far)
    z, numbers = pixels_of(file, "z")[..., 0], pixels_of(file, "object_id")[..., 0]
    empty = numbers == 0
    assert 100 < empty.sum() < empty.size - 100
    assert np.all(z[empty] == far)
    assert np.all(z[~empty] < far)
    for name in ("normals", "position", "uv", "confidence"):
        assert not pixels_of(file, name)[empty].any(), name
    assert np.all(pixels_of(file, "z_normalized")[empty] == 1)


def test_beauty_is_premultiplied_and_data_is_not(file: OpenEXR.File) -> None:
    beauty = pixels_of(file, "beauty").astype(float)
    matte = pixels_of(file, "matte")[..., 0].astype(float)
    np.testing.assert_array_equal(beauty[..., 3], matte)
    soft = (matte > 0.05) & (matte < 0.95)
    assert soft.sum() > 20
    albedo = pixels_of(file, "albedo").astype(float)
    # The disc's one colour times its matte: premultiplied.
    disc = pixels_of(file, "object_id")[..., 0] == 1
    expected = np.array([0.8, 0.4, 0.2]) * matte[..., None]
    inner = disc & (matte > 0.5)
    np.testing.assert_allclose(albedo[inner], expected[inner], atol=0.01)
    lengths = np.linalg.norm(pixels_of(file, "normals")[inner], axis=-1)
    np.testing.assert_allclose(lengths, 1.0, atol=2e-3)
    numbers = pixels_of(file, "object_id")
    assert set(np.unique(numbers)) == {0.0, 1.0, 2.0}


def test_uv_has_its_origin_bottom_left(
    file: OpenEXR.File, rendered: tuple[RenderedFrame, Scene]
) -> None:
    frame, _ = rendered
    uv, ours = pixels_of(file, "uv"), frame.array("uv")
    disc = pixels_of(file, "object_id")[..., 0] == 1
    np.testing.assert_array_equal(uv[disc][:, 0], ours[disc][:, 0])
    np.testing.assert_allclose(uv[disc][:, 1], 1.0 - ours[disc][:, 1], rtol=1e-6)
    rows, _ = np.nonzero(disc)
    top, bottom = rows.min(), rows.max()
    assert (
        np.median(uv[top][disc[top]][:, 1]) > 0.7 > 0.3 > np.median(uv[bottom][disc[bottom]][:, 1])
    )


def test_the_header(file: OpenEXR.File) -> None:
    for part in file.parts:
        header = part.header
        assert header["framesPerSecond"] == Fraction(24000, 1001)
        assert header["imageCounter"] == 1001
        assert "Rilievo" in header["software"]
        clock = header["timeCode"]
        assert (clock.hours, clock.minutes, clock.seconds, clock.frame) == (0, 0, 41, 17)
        assert header["pixelAspectRatio"] == 1.0
        assert len(np.ravel(header["chromaticities"])) == 8


def test_world_to_camera_and_ndc_map_positions_to_pixels_and_z(file: OpenEXR.File) -> None:
    """Row vectors, camera looking along +Z, NDC from the upper left: on the file's own numbers."""
    position = pixels_of(file, "position").astype(float)
    z = pixels_of(file, "z")[..., 0]
    there = pixels_of(file, "object_id")[..., 0] > 0
    points = np.concatenate([position, np.ones((*position.shape[:2], 1))], axis=-1)
    camera = np.reshape(file.parts[0].header["worldToCamera"], (4, 4)).astype(float)
    in_camera = points @ camera
    np.testing.assert_allclose(in_camera[there][:, 2], z[there], rtol=1e-5)
    ndc = points @ np.reshape(file.parts[0].header["worldToNDC"], (4, 4)).astype(float)
    x, y = ndc[..., 0] / ndc[..., 3] * SIZE[0], ndc[..., 1] / ndc[..., 3] * SIZE[1]
    rows, columns = np.nonzero(there)
    np.testing.assert_allclose(x[there], columns + 0.5, atol=5e-3)
    np.testing.assert_allclose(y[there], rows + 0.5, atol=5e-3)


def test_normalised_depth_is_z_between_near_and_far(
    file: OpenEXR.File, rendered: tuple[RenderedFrame, Scene]
) -> None:
    camera = rendered[1].evaluate(1001).camera
    z = pixels_of(file, "z")[..., 0]
    share = np.clip((z - camera.near) / (camera.far - camera.near), 0, 1)
    got = pixels_of(file, "z_normalized")[..., 0]
    np.testing.assert_allclose(got, share, atol=1e-3)


def test_a_choice_of_passes(rendered: tuple[RenderedFrame, Scene], tmp_path: Path) -> None:
    frame, _ = rendered
    path = frame.save(tmp_path / "some.%04d.exr", ["uv", "z"])
    assert path.name == "some.1001.exr"
    some = OpenEXR.File(str(path), separate_channels=True)
    assert [part.name() for part in some.parts] == ["depth", "uv"]
    with pytest.raises(OutputError, match="no pass to write"):
        frame.save(tmp_path / "none.exr", [])


def test_what_was_not_rendered_cannot_be_saved(gpu: Gpu, tmp_path: Path) -> None:
    frame = drawn(shot(tmp_path), gpu, "z", size=SIZE)
    with pytest.raises(OutputError, match=r"a\.exr: pass 'uv' was not rendered; this frame has z"):
        frame.save(tmp_path / "a.exr", ["uv"])
    with pytest.raises(OutputError, match=r"a\.png: the beauty was not rendered as a picture"):
        frame.save(tmp_path / "a.png")
    with pytest.raises(OutputError, match=r"a\.gif: cannot write \.gif"):
        frame.save(tmp_path / "a.gif")
    assert not list(tmp_path.glob("a.*"))


def test_saving_leaves_the_frame_as_it_was(
    rendered: tuple[RenderedFrame, Scene], tmp_path: Path
) -> None:
    """Twice the same file, and arrays untouched: UV is turned over on its way only."""
    frame, _ = rendered
    before = {name: frame.array(name).copy() for name in PASS_NAMES}
    files = [frame.save(tmp_path / f"{i}.exr") for i in range(2)]
    for name in PASS_NAMES:
        np.testing.assert_array_equal(frame.array(name), before[name])
        first, second = (
            pixels_of(OpenEXR.File(str(path), separate_channels=True), name) for path in files
        )
        np.testing.assert_array_equal(first, second)


def test_pictures_to_be_seen(rendered: tuple[RenderedFrame, Scene], tmp_path: Path) -> None:
    frame, _ = rendered
    seen = np.asarray(Image.open(frame.save(tmp_path / "seen.####.png")))
    alpha = np.clip(frame.array("beauty")[..., 3], 0, 1)
    assert seen.shape == (SIZE[1], SIZE[0], 4)  # a PNG is a cutout
    np.testing.assert_array_equal(seen[..., 3], np.rint(alpha * 255))
    whole = (alpha == 0) | (alpha == 1)
    np.testing.assert_array_equal(seen[whole][:, :3], frame.display()[whole])
    assert frame.display("z").shape == (SIZE[1], SIZE[0], 3)
    jpeg = np.asarray(Image.open(frame.save(tmp_path / "seen.jpg"))).astype(int)
    assert np.abs(jpeg - frame.display()).mean() < 6


def test_sizes_that_are_no_multiple_of_anything(gpu: Gpu, tmp_path: Path) -> None:
    """Rows padded on their way back from the GPU do not shift the picture."""
    scene = shot(tmp_path)
    for size in ((1, 1), (37, 5), (65, 3)):
        frame = drawn(scene, gpu, "beauty", "position", "uv", size=size)
        path = frame.save(tmp_path / f"{size[0]}.exr")
        part = OpenEXR.File(str(path), separate_channels=True).parts[1]
        got = np.stack([part.channels[f"P.{axis}"].pixels for axis in "XYZ"], axis=-1)
        np.testing.assert_array_equal(got, frame.array("position"))


def test_frames_of_a_moving_shot_are_their_own(gpu: Gpu, tmp_path: Path) -> None:
    """Frames in flight at the same time do not mix; each file has its own number and camera."""
    scene = shot(tmp_path).with_settings(first=1001, last=1006)
    x = curve([(1001, -0.5), (1006, 0.5)])
    scene = scene.with_values("Camera 1", translate=(x, 0.0, 1.4))
    with Renderer(
        scene, size=SIZE, passes=("beauty", "position"), samples=1, views=(), gpu=gpu
    ) as renderer:
        frames = [renderer.render(number) for number in range(1001, 1007)]
        paths = [frame.save(tmp_path / "move.####.exr") for frame in frames]
    eyes = []
    for number, path in enumerate(paths, 1001):
        file = OpenEXR.File(str(path), separate_channels=True)
        assert file.parts[0].header["imageCounter"] == number
        matrix = np.reshape(file.parts[0].header["worldToCamera"], (4, 4)).astype(float)
        eyes.append(float(-(matrix[3, :3] @ matrix[:3, :3].T)[0]))
        if number not in (1001, 1004):
            continue
        beauty = np.stack([file.parts[0].channels[c].pixels for c in "RGBA"], axis=-1)
        alone = drawn(scene, gpu, "beauty", size=SIZE, frame=number).array("beauty")
        np.testing.assert_allclose(beauty, alone, atol=2e-3)
    np.testing.assert_allclose(eyes, np.linspace(-0.5, 0.5, 6), atol=1e-5)


def test_a_picture_with_wide_pixels(gpu: Gpu, tmp_path: Path) -> None:
    pixels = np.ones((30, 30, 3), np.float32)
    media = media_of(tmp_path / "wide.exr", pixels)
    wide = new_media(media.path, media.size, pixel_aspect=2.0)
    frame = drawn(new_scene(wide), gpu, "beauty", "object_id")
    part = OpenEXR.File(str(frame.save(tmp_path / "out.exr")), separate_channels=True).parts[0]
    assert part.header["pixelAspectRatio"] == 2.0
    assert np.all(frame.array("object_id") == 1), "the surface still fills the picture"
