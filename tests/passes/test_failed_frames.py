"""A frame that cannot be drawn leaves nothing wrong behind for the next one."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.errors import AnalysisError, MediaError, RilievoError
from engine.gpu import Gpu
from engine.media import FaceResult
from engine.scene import (
    AnalysisType,
    EvaluatedZMap,
    Interpolation,
    Scene,
    Surface,
    ZDepthMap,
    curve,
    new_media,
    new_scene,
)
from passes import Renderer


class FailsAt:
    """A face analysis that finds nothing, and breaks at one frame."""

    def __init__(self, frame: int) -> None:
        self.frame = frame

    def result(self, z_map: EvaluatedZMap, frame: int) -> FaceResult:
        if frame == self.frame:
            raise AnalysisError("the network is gone")
        return FaceResult((8, 8))


def picture(path: Path, value: int = 128) -> Path:
    cv2.imwrite(str(path), np.full((8, 8, 3), value, np.uint8))
    return path


def scene_with_a_keyed_map(tmp_path: Path) -> Scene:
    media = new_media(str(picture(tmp_path / "a.png")), (8, 8))
    depth = new_media(str(picture(tmp_path / "z.png", 40)), (8, 8))
    scene = new_scene(media, z_media=depth)
    effect = curve([(1001, 1.0), (1002, 0.0)], Interpolation.HOLD)
    scene = scene.with_values("Z-Depth 1", z_pass=True, effect=effect)
    other = Surface(id="Other", media=1, translate=(3.0, 0.0, 0.0))
    face = ZDepthMap(id="Face", parent="Other", analysis=AnalysisType.FACE, displace=True)
    return scene.with_node(other, face)


def test_the_frame_after_a_failed_one_is_right(gpu: Gpu, tmp_path: Path) -> None:
    scene = scene_with_a_keyed_map(tmp_path)
    with Renderer(scene, FailsAt(0), passes=("z",), views=(), gpu=gpu) as alone:
        expected = alone.render(1003).array("z")
    with Renderer(scene, FailsAt(1002), passes=("z",), views=(), gpu=gpu) as renderer:
        first = renderer.render(1001).array("z")
        with pytest.raises(AnalysisError, match="the network is gone"):
            renderer.render(1002)
        found = renderer.render(1003).array("z")
    assert not np.allclose(first, expected)
    np.testing.assert_array_equal(found, expected)


def test_a_missing_media_does_not_linger(gpu: Gpu, tmp_path: Path) -> None:
    good = new_media(str(picture(tmp_path / "a.png")), (8, 8))
    gone = new_media(str(tmp_path / "gone.png"), (8, 8))
    scene = new_scene(good).with_media(gone)
    broken = scene.with_values("Surface 1", media=2)
    with Renderer(broken, passes=("beauty",), views=(), samples=1, gpu=gpu) as renderer:
        with pytest.raises(MediaError, match=r"gone\.png"):
            renderer.render(1001)
        renderer.show(scene)
        assert renderer.render(1001).array("beauty")[..., 3].min() == 1.0


def test_a_size_that_cannot_be_drawn_is_refused_at_any_time(gpu: Gpu, tmp_path: Path) -> None:
    scene = new_scene(new_media(str(picture(tmp_path / "a.png")), (8, 8)))
    with pytest.raises(RilievoError, match="70000x10 cannot be rendered"):
        Renderer(scene, size=(70000, 10), gpu=gpu)
    with Renderer(scene, passes=("beauty",), views=(), samples=1, gpu=gpu) as renderer:
        with pytest.raises(RilievoError, match="70000x10 cannot be rendered"):
            renderer.resize((70000, 10))
        assert renderer.render(1001).array("beauty").shape == (8, 8, 4)
