"""Frames for training from the engine itself: their depth is the truth, their picture the scene."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.gpu import Gpu
from engine.scene import Camera, Geometry, Media, Scene, new_media
from models.train.layouts import LAYOUTS, portrait
from models.train.scenes import VIEWS, build, render_document, says_something, write_face
from models.train.textures import write_textures

SIZE = (48, 36)
PORTRAIT_SEED = 1


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> tuple[Media, ...]:
    drawn = write_textures(tmp_path_factory.mktemp("textures"), 1)
    return tuple(new_media(path, (side, side)) for path, side in drawn)


def test_depth_is_that_of_a_ball_before_the_sky(gpu: Gpu) -> None:
    """A ball of radius 0.5 around (0, 0, -3), seen from the origin with 40° from top to bottom."""
    scene = Scene(size=SIZE, ambient=(1.0, 1.0, 1.0)).with_node(
        Geometry(id="Ball", mesh="sphere", translate=(0.0, 0.0, -3.0), colour=(1.0, 0.0, 0.0)),
        Camera(id="Eye", fov=40.0, near=0.05, far=500.0),
    )
    scene = scene.with_settings(camera="Eye")
    picture, inverse = next(render_document(scene, gpu, np.random.default_rng(0)))
    x = (np.arange(SIZE[0]) + 0.5 - SIZE[0] / 2)[None] / (SIZE[1] / 2) * np.tan(np.radians(20))
    y = (np.arange(SIZE[1]) + 0.5 - SIZE[1] / 2)[:, None] / (SIZE[1] / 2) * np.tan(np.radians(20))
    a = x * x + y * y + 1
    root = 9 - a * (9 - 0.25)
    surely = root > 0.06
    # The nearer end of the ray (x, y, -1) t in the ball is at planar depth t.
    truth = a / (3 - np.sqrt(np.maximum(root, 0)))
    assert surely.sum() > 100
    assert inverse[surely] == pytest.approx(truth[surely], rel=0.01)
    assert (inverse[root < -0.1] == 0).all()
    assert picture[18, 24, 0] > 2 * picture[18, 24, 2]
    assert picture[:, 0].mean() > 40  # a sky, not the black of nothing


def test_a_wall_alone_says_nothing() -> None:
    ramp = np.linspace(0.5, 1.0, 1200).reshape(30, 40).astype(np.float32)
    assert says_something(ramp)
    assert not says_something(np.full((30, 40), 0.7, np.float32))
    ramp[:25] = 0
    assert not says_something(ramp)


def test_every_layout_is_the_same_for_the_same_seed(
    media: tuple[Media, ...], tmp_path: Path
) -> None:
    face = write_face(tmp_path / "face.ply")
    seen: set[str] = set()
    for seed in range(60):
        scene, name, _ = build(seed, media, face)
        if name not in seen:
            assert build(seed, media, face)[0] == scene
        seen.add(name)
    assert seen == {name for name, _, _ in LAYOUTS}


def test_someone_stands_before_a_wall(gpu: Gpu, media: tuple[Media, ...], tmp_path: Path) -> None:
    """A portrait: what is in the middle of the picture is nearer than what is at its sides."""
    empty = Scene(size=SIZE, media=media)
    rng = np.random.default_rng(PORTRAIT_SEED)
    scene = portrait(empty, rng, write_face(tmp_path / "face.ply"))
    (picture, inverse), *others = render_document(scene, gpu, rng)
    assert np.isfinite(inverse).all()
    assert picture.std() > 10
    middle, sides = inverse[12:24, 20:28], inverse[:12, [0, 1, 2, -3, -2, -1]]
    assert np.median(middle) > 3 * np.median(sides)
    # The other views are of the same room, but not the same picture.
    assert len(others) == VIEWS - 1
    for other, depth in others:
        assert np.isfinite(depth).all() and (depth > 0).mean() > 0.5
        assert np.abs(other.astype(float) - picture).mean() > 2


def test_textures_of_another_seed_are_others(tmp_path: Path) -> None:
    first, second = write_textures(tmp_path / "a", 1), write_textures(tmp_path / "b", 2)
    assert not {path.read_bytes() for path, _ in first} & {path.read_bytes() for path, _ in second}
