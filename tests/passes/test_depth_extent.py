"""What of a map of distances does not come to be seen is said once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.gpu import Gpu
from engine.scene import new_media
from passes import Renderer
from tests.support.depth_scenes import room
from tests.support.truth import FAR, MAP, mapped, write_depth

Z = room() * 0.98 * FAR / room().max()
SIZE = Z.shape[1], Z.shape[0]


def test_a_later_frame_beyond_far_is_said_once(gpu: Gpu, tmp_path: Path) -> None:
    scene = mapped(tmp_path, Z, depth_range="absolute")
    for number, scale in ((1001, 1.0), (1002, 1.5), (1003, 2.0)):
        values = np.where(0.95 * Z.max() < Z, 1e10, Z * scale)  # and what is nowhere
        write_depth(tmp_path / f"map.{number}.exr", values)
    scene = scene.replace_media(
        2, new_media(tmp_path / "map.####.exr", SIZE, kind="sequence", first=1001, last=1003)
    ).with_settings(last=1003)
    with Renderer(scene, gpu=gpu, passes=("z",), views=(), samples=1) as renderer:
        renderer.render(1001).wait()
        assert renderer.warnings == []
        for frame in (1002, 1003, 1002):
            renderer.render(frame).wait()
        (said,) = renderer.warnings
        assert f"{MAP}: at frame 1002 its map goes to" in said and f"far of {FAR:.4g}" in said
        renderer.show(scene.with_values(MAP, far=100.0))
        renderer.render(1003).wait()
        assert renderer.warnings == [said]


@pytest.mark.parametrize("nothing", [np.inf, 1e10, 65504.0])
def test_what_is_nowhere_lies_beyond_no_far(gpu: Gpu, tmp_path: Path, nothing: float) -> None:
    values = np.where(0.9 * Z.max() < Z, nothing, Z)
    scene = mapped(tmp_path, values, depth_range="absolute")
    with Renderer(scene, gpu=gpu, passes=("z",), views=(), samples=1) as renderer:
        renderer.render(1001).wait()
        assert renderer.warnings == []


def test_camera_space_in_absolute_is_said(gpu: Gpu, tmp_path: Path) -> None:
    scene = mapped(tmp_path, -Z, depth_range="absolute")
    with Renderer(scene, gpu=gpu, passes=("z",), views=(), samples=1) as renderer:
        renderer.render(1001).wait()
        (said,) = renderer.warnings
        assert said.startswith(f"{MAP}: its map has no value above 0") and "White to -1" in said
        renderer.show(scene.with_values(MAP, white=-1.0))
        np.testing.assert_allclose(renderer.render(1001).array("z"), Z, rtol=1e-5)
        assert renderer.warnings == [said]
