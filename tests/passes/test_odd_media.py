"""Odd but valid pictures and depth maps render right; bad ones give one clear sentence."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageOps

from engine.errors import MediaError
from engine.gpu import Gpu
from engine.media import open_source, srgb_to_linear, to_linear
from engine.scene import DepthRange, Scene, new_media, new_scene
from passes import Renderer
from tests.support.shots import DISTANCE, drawn, media_of, white, write_picture

Array = npt.NDArray[Any]
SIZE = (24, 16)


def noise(channels: int, kind: type = np.uint8, size: tuple[int, int] = SIZE) -> Array:
    top = np.iinfo(kind).max
    rng = np.random.default_rng(channels)
    return rng.integers(0, top + 1, (size[1], size[0], channels)).astype(kind)


def shown(path: Path, gpu: Gpu, **options: Any) -> Array:
    """The beauty of a document that shows the picture one to one."""
    info = open_source(str(path)).info
    scene = new_scene(new_media(path, info.size))
    return drawn(scene, gpu, **options).array("beauty")


def assert_shown(path: Path, gpu: Gpu) -> Array:
    """What is drawn is what the file says, pixel for pixel."""
    source = open_source(str(path))
    expected = to_linear(source.frame(0))
    source.close()
    got = shown(path, gpu)
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=2e-3, atol=2e-3)
    return got


# -- pictures --


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize(
    ("kind", "ending"),
    [
        (np.uint8, "png"), (np.uint16, "png"), (np.uint8, "tif"), (np.uint16, "tif"),
        (np.float16, "exr"), (np.float32, "exr"),
    ],
)  # fmt: skip
def test_grey_colour_and_alpha_of_any_depth(
    gpu: Gpu, tmp_path: Path, kind: type, ending: str, channels: int
) -> None:
    floating = ending == "exr"
    pixels = noise(channels, np.uint8 if floating else kind)
    if floating:
        pixels = (pixels / 255).astype(kind)
    if channels in (2, 4) and ending != "png":  # colour is premultiplied there
        alpha = pixels[..., -1:] / (1 if floating else np.iinfo(kind).max)
        pixels[..., :-1] = (pixels[..., :-1] * alpha).astype(kind)
    path = write_picture(tmp_path / f"a.{ending}", pixels)
    assert_shown(path, gpu)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P", "1", "I;16"])
def test_png_of_every_mode(gpu: Gpu, tmp_path: Path, mode: str) -> None:
    base = Image.fromarray(noise(4), "RGBA")
    deep = Image.fromarray(noise(1, np.uint16)[..., 0])
    image = deep if mode == "I;16" else base.convert(mode)
    image.save(tmp_path / "a.png")
    got = assert_shown(tmp_path / "a.png", gpu)
    if mode == "RGBA":
        np.testing.assert_allclose(got[..., 3], np.asarray(image)[..., 3] / 255, atol=2e-3)


@pytest.mark.parametrize("ending", ["jpg", "tif"])
def test_cmyk(gpu: Gpu, tmp_path: Path, ending: str) -> None:
    flat = np.zeros((16, 24, 3), np.uint8)
    flat[:, :12], flat[:, 12:] = (200, 40, 90), (20, 180, 60)
    Image.fromarray(flat).convert("CMYK").save(tmp_path / f"a.{ending}")
    got = assert_shown(tmp_path / f"a.{ending}", gpu)
    expected = srgb_to_linear(flat.astype(np.float32) / 255)
    assert np.abs(got[:, 2:10, :3] - expected[:, 2:10]).max() < 0.05
    assert np.abs(got[:, 14:22, :3] - expected[:, 14:22]).max() < 0.05


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_tags(gpu: Gpu, tmp_path: Path, orientation: int) -> None:
    """A portrait stands upright, and the document has its shape."""
    pixels = np.zeros((16, 24, 3), np.uint8)
    pixels[:8, :12] = (220, 30, 30)
    pixels[8:, :12] = (30, 220, 30)
    pixels[:8, 12:] = (30, 30, 220)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "a.jpg"
    Image.fromarray(pixels).save(path, exif=exif, quality=98, subsampling=0)
    upright = np.asarray(ImageOps.exif_transpose(Image.open(path))).astype(np.float32) / 255
    got = shown(path, gpu)
    assert got.shape[:2] == upright.shape[:2]
    assert np.abs(got[..., :3] - srgb_to_linear(upright)).max() < 0.05


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (7, 1)])
@pytest.mark.parametrize("mode", ["flat", "default", "relief"])
def test_one_pixel_pictures_and_maps(
    gpu: Gpu, tmp_path: Path, size: tuple[int, int], mode: str
) -> None:
    pixels = np.full((size[1], size[0], 3), (200, 100, 50), np.uint8)
    picture = media_of(tmp_path / "a.png", pixels)
    depth = media_of(tmp_path / "z.exr", np.full((size[1], size[0], 1), 1.1, np.float32))
    scene = new_scene(picture, z_media=depth if mode != "flat" else None)
    if mode != "flat":
        scene = scene.with_values(
            "Z-Depth 1", depth_range=DepthRange.ABSOLUTE, three_d=mode == "relief", bump=True,
            z_pass=True, softness=(2.0, 2.0),
        )  # fmt: skip
    frame = drawn(scene, gpu, "beauty", "z", "normals", size=(16, 16))
    assert np.isfinite(frame.array("beauty")).all()
    z = frame.array("z")[8, 8]
    assert z == pytest.approx(DISTANCE if mode == "flat" else 1.1, rel=1e-4)
    colour = to_linear(open_source(picture.path).frame(0))[0, 0]
    np.testing.assert_allclose(frame.array("beauty")[8, 8], colour, atol=1e-3)


def test_a_large_picture_with_a_one_pixel_map_and_the_reverse(gpu: Gpu, tmp_path: Path) -> None:
    large, tiny = noise(3, size=(60, 40)), np.full((1, 1, 1), 1.2, np.float32)
    depth = media_of(tmp_path / "tiny.exr", tiny)
    scene = new_scene(media_of(tmp_path / "large.png", large), z_media=depth)
    scene = scene.with_values("Z-Depth 1", depth_range=DepthRange.ABSOLUTE, three_d=True)
    z = drawn(scene, gpu, "z").array("z")
    np.testing.assert_allclose(z, 1.2, rtol=1e-5)
    ramp = np.linspace(1.0, 1.4, 60, dtype=np.float32)[None, :, None].repeat(40, axis=0)
    scene = new_scene(
        media_of(tmp_path / "one.png", noise(3, size=(3, 2))),
        z_media=media_of(tmp_path / "ramp.exr", ramp),
    ).with_settings(size=(60, 40))
    scene = scene.with_values("Z-Depth 1", depth_range=DepthRange.ABSOLUTE, z_pass=True)
    z = drawn(scene, gpu, "z").array("z")
    np.testing.assert_allclose(z, ramp[..., 0], rtol=1e-4)


# -- depth --

FAR, NEAR = 2.0 * DISTANCE, 0.5 * DISTANCE
# Map values, and the Z that each stands for in each range: None is the surface's own plane.
MEANINGS = {
    DepthRange.ABSOLUTE: {
        1.0: 1.0, np.nan: None, np.inf: FAR, -np.inf: None, 0.0: None, -1.0: None, 50.0: FAR,
    },
    DepthRange.NORMALIZED: {
        0.5: 0.5 * (NEAR + FAR), np.nan: None, np.inf: FAR, -np.inf: None, 0.0: NEAR,
        -0.25: NEAR - 0.25 * (FAR - NEAR), 2.0: FAR,
    },
    DepthRange.INVERSE: {
        1.0: 1.0, np.nan: None, 0.0: FAR, -3.0: FAR, 0.8: 1.25, -np.inf: FAR, 0.01: FAR,
    },
    DepthRange.RELIEF: {
        0.1: DISTANCE - 0.1, np.nan: None, np.inf: None, -np.inf: None, 0.0: DISTANCE,
        -0.2: DISTANCE + 0.2, 0.3: DISTANCE - 0.3,
    },
}  # fmt: skip


@pytest.mark.parametrize("mode", ["default", "relief"])
@pytest.mark.parametrize("depth_range", MEANINGS)
def test_missing_infinite_and_negative_depth(
    gpu: Gpu, tmp_path: Path, depth_range: DepthRange, mode: str
) -> None:
    """Stripes of values that mean something else than a distance, between ones that do."""
    meanings = MEANINGS[depth_range]
    width = 8
    values = np.repeat(np.array(list(meanings), np.float32), width)
    pixels = np.broadcast_to(values, (24, len(values))).copy()
    size = (len(values), 24)
    depth = media_of(tmp_path / "z.exr", pixels)
    scene = new_scene(white(tmp_path, size), z_media=depth)
    scene = scene.with_values(
        "Z-Depth 1", depth_range=depth_range, relief_depth=1.0, three_d=mode == "relief", step=1,
        z_pass=True, bump=True,
    )  # fmt: skip
    frame = drawn(scene, gpu, "beauty", "z", "confidence", "normals", "position", samples=2)
    for name in ("beauty", "z", "confidence", "normals", "position"):
        assert np.isfinite(frame.array(name)).all(), name
    z = frame.array("z")[8:16]
    confidence = frame.array("confidence")[8:16]
    for stripe, meaning in enumerate(meanings.values()):
        # The middle of a stripe: beside it a relief's walls stand.
        columns = slice(stripe * width + 3, stripe * width + 5)
        expected = DISTANCE if meaning is None else meaning
        np.testing.assert_allclose(z[:, columns], expected, rtol=2e-4)
        assert np.all(confidence[:, columns] == (0.0 if meaning is None else 1.0))
    # Every pixel is the white picture: no hole, wherever the depth goes.
    np.testing.assert_allclose(frame.array("beauty"), 1.0, atol=2e-3)


def test_a_map_of_nothing_is_a_flat_surface(gpu: Gpu, tmp_path: Path) -> None:
    depth = media_of(tmp_path / "nan.exr", np.full((16, 24, 1), np.nan, np.float32))
    for three_d in (False, True):
        for softness in ((0.0, 0.0), (3.0, 3.0)):
            scene = new_scene(white(tmp_path, SIZE), z_media=depth).with_values(
                "Z-Depth 1", three_d=three_d, z_pass=True, bump=True, softness=softness
            )
            frame = drawn(scene, gpu, "beauty", "z", "normals", "confidence")
            np.testing.assert_allclose(frame.array("z"), DISTANCE, rtol=1e-6)
            assert np.all(frame.array("confidence") == 0)
            np.testing.assert_allclose(frame.array("normals")[..., 2], 1.0, atol=1e-3)
            assert np.all(frame.array("beauty") == 1)


def test_alpha_of_a_map_says_where_there_is_depth(gpu: Gpu, tmp_path: Path) -> None:
    pixels = np.ones((16, 24, 4), np.float32)
    pixels[..., :3] = 1.1
    pixels[:, 12:, 3] = 0.0
    scene = new_scene(white(tmp_path, SIZE), z_media=media_of(tmp_path / "z.exr", pixels))
    scene = scene.with_values("Z-Depth 1", depth_range=DepthRange.ABSOLUTE, z_pass=True)
    frame = drawn(scene, gpu, "z", "confidence")
    np.testing.assert_allclose(frame.array("z")[:, :11], 1.1, rtol=1e-4)
    np.testing.assert_allclose(frame.array("z")[:, 13:], DISTANCE, rtol=1e-4)
    assert np.all(frame.array("confidence")[:, :11] == 1)
    assert np.all(frame.array("confidence")[:, 13:] == 0)


def test_infinite_light_stays_light(gpu: Gpu, tmp_path: Path) -> None:
    """Broken pixels of a float picture are black or very bright, and stay where they are."""
    pixels = np.full((16, 24, 3), 0.5, np.float32)
    pixels[4, 4], pixels[4, 12], pixels[12, 4], pixels[12, 12] = np.nan, np.inf, -np.inf, 1e30
    media = media_of(tmp_path / "a.exr", pixels)
    for samples in (1, 4):
        beauty = drawn(new_scene(media), gpu, samples=samples).array("beauty")
        assert np.isfinite(beauty).all()
        assert np.abs(beauty[4, 4, :3]).max() < 1e-3
        assert beauty[4, 12, 0] > 6e4 and beauty[12, 12, 0] > 6e4 and beauty[12, 4, 0] < -6e4
        touched = np.zeros((16, 24), bool)
        for row, column in ((4, 4), (4, 12), (12, 4), (12, 12)):
            touched[row - 1 : row + 2, column - 1 : column + 2] = True
        np.testing.assert_allclose(beauty[~touched][:, :3], 0.5, atol=1e-3)


# -- too large, missing, broken --


def test_a_picture_beyond_the_texture_limit_is_reduced_and_said_so(
    gpu: Gpu, tmp_path: Path
) -> None:
    pixels = np.zeros((32, 20480, 3), np.uint8)
    pixels[:, :10240] = (200, 100, 50)
    path = tmp_path / "wide.png"
    Image.fromarray(pixels).save(path, compress_level=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        size = open_source(str(path)).info.size
    assert size[0] == 16384
    scene = new_scene(new_media(path, size)).with_settings(size=(640, 20))
    with Renderer(scene, size=(640, 20), views=(), samples=1, gpu=gpu) as renderer:
        frame = renderer.render(1001)
        beauty = frame.array("beauty")
        (text,) = renderer.warnings
    assert "wide.png" in text and "20480 x 32" in text and "16384 x 26" in text
    assert text in frame.warnings
    assert beauty[10, 100, 0] > 0.4 and beauty[10, 600, :3].max() == 0


def test_a_map_beyond_the_limit_too(gpu: Gpu, tmp_path: Path) -> None:
    depth = np.full((2, 17000, 1), 1.3, np.float32)
    write_picture(tmp_path / "z.exr", depth)
    scene = new_scene(white(tmp_path, SIZE), z_media=new_media(tmp_path / "z.exr", (16384, 2)))
    scene = scene.with_values("Z-Depth 1", depth_range=DepthRange.ABSOLUTE, z_pass=True)
    frame = drawn(scene, gpu, "z")
    np.testing.assert_allclose(frame.array("z"), 1.3, rtol=1e-4)
    assert any("17000 x 2" in text for text in frame.warnings)


def document(folder: Path, name: str) -> Scene:
    return new_scene(new_media(folder / name, SIZE))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("gone.png", None, "does not exist"),
        ("empty.png", b"", "empty"),
        ("text.png", b"this is no picture, but long enough to look at" * 9, "no picture"),
        ("cut.png", "cut", "cut short"),
        ("cut.jpg", "cut", "read to its end"),
        ("cut.exr", "cut", "read"),
    ],
)
def test_bad_files_give_one_sentence_that_names_them(
    gpu: Gpu, tmp_path: Path, name: str, content: Any, words: str
) -> None:
    path = tmp_path / name
    if content == "cut":
        pixels = noise(3, size=(200, 100))
        write_picture(path, pixels.astype(np.float32) if name.endswith("exr") else pixels)
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
    elif content is not None:
        path.write_bytes(content)
    with Renderer(document(tmp_path, name), views=(), samples=1, gpu=gpu) as renderer:
        for _ in range(2):  # and the same again, not some other failure
            with pytest.raises(MediaError) as failure:
                renderer.render(1001)
            text = str(failure.value)
            assert name in text and words in text
            assert "\n" not in text and text.count(". ") == 0


def test_a_missing_depth_map_or_matte_is_named_too(gpu: Gpu, tmp_path: Path) -> None:
    gone = new_media(tmp_path / "gone.exr", SIZE)
    scene = new_scene(white(tmp_path, SIZE), z_media=gone)
    with pytest.raises(MediaError, match=r"gone\.exr does not exist"):
        drawn(scene, gpu)
    scene = new_scene(white(tmp_path, SIZE)).with_media(gone).with_values("Surface 1", matte=2)
    with pytest.raises(MediaError, match=r"gone\.exr does not exist"):
        drawn(scene, gpu)


def test_a_file_that_comes_back_is_shown(gpu: Gpu, tmp_path: Path) -> None:
    scene = document(tmp_path, "late.png")
    with Renderer(scene, views=(), samples=1, gpu=gpu) as renderer:
        with pytest.raises(MediaError):
            renderer.render(1001)
        write_picture(tmp_path / "late.png", np.full((16, 24, 3), 255, np.uint8))
        assert np.all(renderer.render(1001).array("beauty") == 1)
