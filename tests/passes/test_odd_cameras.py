"""Source cameras that stand where no picture could have been taken: nothing breaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.gpu import Gpu
from engine.scene import Camera, Scene
from tests.support.truth import DISTANCE, FRAME, MAP, in_space, mapped, planar, render

PASSES = ("z", "beauty", "position", "normals", "uv", "object_id", "confidence")
MODES: dict[str, dict[str, Any]] = {
    "default": {},
    "bump": {"bump": True},
    "3d": {"three_d": True, "step": 2},
    "3d adaptive": {"three_d": True},
    "normal": {"three_d": True, "step": 2, "project_along": "surface_normal"},
}


def taken_by(folder: Path, mode: str, camera: Camera, **fields: Any) -> Scene:
    values = np.random.default_rng(1).uniform(0.3, 1.0, (24, 32))
    scene = mapped(folder, values, **{**MODES[mode], **fields}).with_node(camera)
    return scene.with_values(MAP, source_camera=camera.id)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("range_", ["normalized", "absolute", "relief"])
def test_a_camera_that_looks_away(gpu: Gpu, tmp_path: Path, mode: str, range_: str) -> None:
    """All of the surface lies behind it: there is no depth, and the plane stands."""
    away = Camera(id="Taken by", translate=(0.0, 0.0, 1.5), rotate=(0.0, 180.0, 0.0))
    found = render(gpu, taken_by(tmp_path, mode, away, depth_range=range_), PASSES)
    np.testing.assert_allclose(found["z"], DISTANCE, rtol=1e-5)
    assert (found["confidence"] == 0).all()


@pytest.mark.parametrize("mode", MODES)
def test_a_camera_before_half_of_the_surface(gpu: Gpu, tmp_path: Path, mode: str) -> None:
    """It looks along the surface: what lies behind it has no depth, the other half has."""
    beside = Camera(id="Taken by", translate=(0.0, 0.0, 0.2), rotate=(0.0, 90.0, 0.0), near=0.01)
    scene = taken_by(tmp_path, mode, beside)
    found = render(gpu, scene, PASSES)
    if mode in ("default", "bump"):
        flat = scene.evaluate(FRAME).surfaces[0]
        u = (np.arange(32) + 0.5) / 32
        plane = in_space(flat.world, np.stack([(u - 0.5) * 4 / 3, 0 * u, 0 * u], axis=1))
        camera = flat.z_map.source if flat.z_map else None
        assert camera is not None
        behind = planar(camera, plane) < 0
        assert 10 < behind.sum() < 22
        np.testing.assert_allclose(found["z"][:, behind], DISTANCE, rtol=1e-5)
        assert (found["confidence"][:, behind] == 0).all()
        assert (found["confidence"][:, ~behind] == 1).all()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("range_", ["absolute", "relief"])
def test_a_camera_in_the_plane_of_the_surface(
    gpu: Gpu, tmp_path: Path, mode: str, range_: str
) -> None:
    """No ray of its meets the surface in a point."""
    edge = Camera(id="Taken by", translate=(1.5, 0.0, 0.0), rotate=(0.0, 90.0, 0.0))
    render(gpu, taken_by(tmp_path, mode, edge, depth_range=range_), PASSES)


@pytest.mark.parametrize("mode", MODES)
def test_a_camera_behind_the_surface(gpu: Gpu, tmp_path: Path, mode: str) -> None:
    """The picture was taken from the back: depths are measured from there."""
    back = Camera(id="Taken by", translate=(0.0, 0.0, -2.0), rotate=(0.0, 180.0, 0.0), far=10.0)
    values = np.full((24, 32), 1.8)
    scene = mapped(tmp_path, values, **MODES[mode]).with_node(back)
    found = render(gpu, scene.with_values(MAP, source_camera="Taken by"), PASSES)
    # 1.8 in front of it is 0.2 on its side of the plane.
    middle = found["z"][8:16, 12:20]
    np.testing.assert_allclose(middle, DISTANCE + 0.2, rtol=1e-4)


@pytest.mark.parametrize("mode", MODES)
def test_a_camera_that_all_but_touches_the_surface(gpu: Gpu, tmp_path: Path, mode: str) -> None:
    near = Camera(id="Taken by", translate=(0.0, 0.0, 1e-4), near=1e-6, far=1e6)
    render(gpu, taken_by(tmp_path, mode, near, depth_range="normalized"), PASSES)
