"""Depth Range Ray: distances along the ray of the source camera become depth along its axis."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.gpu import Gpu
from engine.scene import Camera, Scene
from tests.support.truth import CAMERA, DISTANCE, FAR, MAP, NEAR, SURFACE, Floats, mapped, render

SIZE = (320, 180)
WALL = 2.0


def rays(size: tuple[int, int], fov: float = 40.0, shift: tuple[float, float] = (0, 0)) -> Floats:
    """(h, w): length of the ray of each pixel per unit along the axis. fov: vertical, in degrees.
    shift: of the film, in units of half its width and height."""
    width, height = size
    tan = np.tan(np.radians(fov / 2))
    x = (2 * (np.arange(width) + 0.5) / width - 1 + shift[0]) * tan * width / height
    y = (1 - 2 * (np.arange(height) + 0.5) / height + shift[1]) * tan
    return np.sqrt(1 + x[None, :] ** 2 + y[:, None] ** 2)


def wall(folder: Path, size: tuple[int, int] = SIZE, depth: float = WALL, **fields: Any) -> Scene:
    values = (depth * rays(size)).astype(np.float32)
    return mapped(folder, values, **{"depth_range": "ray", **fields})


@pytest.mark.parametrize("fields", [{}, {"three_d": True, "displace": True}], ids=["flat", "3d"])
def test_a_flat_wall_is_flat(gpu: Gpu, tmp_path: Path, fields: dict[str, Any]) -> None:
    found = render(gpu, wall(tmp_path, **fields))["z"]
    np.testing.assert_allclose(found, WALL, atol=1e-3)


def test_as_absolute_it_is_bent(gpu: Gpu, tmp_path: Path) -> None:
    found = render(gpu, wall(tmp_path, depth_range="absolute"))["z"]
    assert found[0, 0] == pytest.approx(2.488, abs=0.01)


def test_another_source_camera_has_other_rays(gpu: Gpu, tmp_path: Path) -> None:
    """The camera that took the picture stands elsewhere, as one with a shifted film does."""
    values = (WALL * rays(SIZE, 25.0, (0.3, -0.2))).astype(np.float32)
    scene = mapped(tmp_path, values, depth_range="ray")
    # From where it sees the surface, 1 unit high, in all of its shifted picture.
    distance = 0.5 / np.tan(np.radians(12.5))
    half = (0.5 * SIZE[0] / SIZE[1], 0.5)
    taken = Camera(
        id="Taken", fov=25.0, near=NEAR, far=3 * FAR,
        translate=(-0.3 * half[0], 0.2 * half[1], float(distance)),
    )  # fmt: skip
    scene = scene.with_node(taken).with_values(MAP, source_camera="Taken")
    found = render(gpu, scene)["z"]
    z = found - (0.5 / np.tan(np.radians(20.0)) - distance)  # seen from the document's camera
    np.testing.assert_allclose(z, WALL, atol=2e-3)


def test_scale_levels_far_and_invert(gpu: Gpu, tmp_path: Path) -> None:
    size = (32, 18)
    scaled = wall(tmp_path, size, 200.0, depth_scale=0.01)
    np.testing.assert_allclose(render(gpu, scaled)["z"], WALL, atol=1e-3)
    negative = wall(tmp_path, size, -2.0, white=-1.0)
    np.testing.assert_allclose(render(gpu, negative)["z"], WALL, atol=1e-3)
    beyond = wall(tmp_path, size, 5.0)
    cut = render(gpu, beyond, told="beyond its far")["z"]
    np.testing.assert_allclose(cut, FAR, atol=1e-3)
    turned = wall(tmp_path, size, NEAR + FAR - WALL, invert=True)
    np.testing.assert_allclose(render(gpu, turned)["z"], WALL, atol=1e-3)


def test_what_is_not_above_0_is_missing(gpu: Gpu, tmp_path: Path) -> None:
    values = (WALL * rays((32, 18))).astype(np.float32)
    values[4:8, 4:8], values[12:, 12:] = 0.0, -1.0
    found = render(gpu, mapped(tmp_path, values, depth_range="ray"), ("confidence",))["confidence"]
    assert (found[4:8, 4:8] == 0).all() and (found[12:, 12:] == 0).all() and found[0, 0] == 1


def test_on_a_scaled_surface(gpu: Gpu, tmp_path: Path) -> None:
    """A source camera of the scene measures in the scene's units, however the surface is scaled."""
    values = (WALL * rays((64, 36))).astype(np.float32)
    scene = mapped(tmp_path, values, depth_range="ray", source_camera=CAMERA)
    distance = 2.0 * DISTANCE
    scene = scene.with_values(SURFACE, scale=(2.0, 2.0, 2.0))
    scene = scene.with_values(CAMERA, translate=(0.0, 0.0, distance), far=20.0)
    np.testing.assert_allclose(render(gpu, scene)["z"], WALL, atol=1e-3)


def test_it_survives_the_document(tmp_path: Path) -> None:
    scene = wall(tmp_path, (16, 9))
    scene.save(tmp_path / "shot.rilievo")
    assert '"ray"' in (tmp_path / "shot.rilievo").read_text()
    assert Scene.load(tmp_path / "shot.rilievo").evaluate(1001).surfaces[0].z_map is not None
