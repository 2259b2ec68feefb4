"""A photo that its EXIF tag turns upright with a map of the stored pixels, and the reverse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.media import open_media
from engine.media.orientation import turned, undone
from engine.scene import Scene
from tests.support.commands import Run
from tests.support.depth_scenes import portrait

UPRIGHT = portrait()[:, 40:120]  # as high as 3 : 2
SHARE = (UPRIGHT - UPRIGHT.min()) / np.ptp(UPRIGHT)
ORIENTATION_TAG = 0x0112


def _save(path: Path, upright: np.ndarray, stored_as: int, tag: int | None) -> Path:
    """Pixels stored turned so that `stored_as` brings them upright; tag: what the file says."""
    exif = Image.Exif()
    if tag is not None:
        exif[ORIENTATION_TAG] = tag
    pixels = np.ascontiguousarray(turned(upright, undone(stored_as)))
    Image.fromarray(pixels).save(path, exif=exif)
    return path


def _photo() -> np.ndarray:
    """Of the same scene: what is near is bright, with a texture that has no depth."""
    noise = np.random.default_rng(1).normal(0, 6, (*SHARE.shape, 3))
    return np.clip(255 * (1 - 0.8 * SHARE[..., None]) + noise, 0, 255).astype(np.uint8)


DEPTH = np.round(255 * SHARE).astype(np.uint8)


def _new(run: Run, photo: Path, z: Path) -> tuple[Scene, str]:
    result = run("new", photo, "--z", z, "-o", "shot.rilievo", "--force")
    assert result.exit_code == 0, result.output
    return Scene.load("shot.rilievo"), result.stdout


def _shown(scene: Scene) -> np.ndarray:
    source = open_media(scene.media[1])
    try:
        assert source.info.size == scene.media[1].size
        return source.frame(source.info.first).planes[0][..., 0]
    finally:
        source.close()


@pytest.mark.parametrize("tag", [2, 3, 4, 5, 6, 7, 8])
@pytest.mark.parametrize("tagged", ["photo", "map"])
def test_a_tag_that_only_one_of_them_has(run: Run, tmp_path: Path, tag: int, tagged: str) -> None:
    """The photo is upright by its tag and the map is as the pixels are stored; or the map has kept
    a tag that its pixels have not."""
    if tagged == "photo":
        photo = _save(tmp_path / "photo.png", _photo(), tag, tag)
        z = _save(tmp_path / "z.png", DEPTH, tag, None)
    else:
        photo = _save(tmp_path / "photo.png", _photo(), 1, None)
        z = _save(tmp_path / "z.png", DEPTH, 1, tag)
    scene, said = _new(run, photo, z)
    np.testing.assert_array_equal(_shown(scene), DEPTH)
    assert "z.png is" in said and "Orientation" in said


@pytest.mark.parametrize("turn", [6, 8])
def test_a_photo_that_lost_its_tag(run: Run, tmp_path: Path, turn: int) -> None:
    """It lies on its side as it is stored, and its map is upright."""
    photo = _save(tmp_path / "photo.png", _photo(), turn, None)
    z = _save(tmp_path / "z.png", DEPTH, 1, None)
    scene, said = _new(run, photo, z)
    np.testing.assert_array_equal(_shown(scene), turned(DEPTH, undone(turn)))
    assert "by a quarter" in said


@pytest.mark.parametrize("tag", [3, 6])
def test_what_stands_alike_is_left_alone(run: Run, tmp_path: Path, tag: int) -> None:
    """Both have the tag; or the map was made of the upright photo and saved without one."""
    photo = _save(tmp_path / "photo.png", _photo(), tag, tag)
    for stored_as, said_tag in ((tag, tag), (1, None)):
        z = _save(tmp_path / "z.png", DEPTH, stored_as, said_tag)
        scene, said = _new(run, photo, z)
        np.testing.assert_array_equal(_shown(scene), DEPTH)
        assert scene.media[1].orientation is None and "Orientation" not in said


def test_a_map_of_another_shape_is_said_to_be_stretched(run: Run, tmp_path: Path) -> None:
    photo = _save(tmp_path / "photo.png", _photo(), 1, None)
    z = _save(tmp_path / "z.png", DEPTH[:80], 1, None)
    scene, said = _new(run, photo, z)
    assert scene.media[1].orientation is None
    assert "z.png is 80 x 80 pixels and photo.png 80 x 120: it is stretched" in said
    flat = _save(tmp_path / "flat.png", np.full((80, 120), 90, np.uint8), 1, None)
    _, said = _new(run, photo, flat)  # which says nothing of which side is up
    assert "stretched" in said and "6 or 8" in said
