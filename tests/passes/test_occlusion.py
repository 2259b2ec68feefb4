"""Where an object cuts a mapped plane: the outline, to a fraction of a pixel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pytest

from engine.gpu import Gpu
from engine.scene import Scene
from tests.support.truth import (
    CAMERA,
    DISTANCE,
    FRAME,
    SURFACE,
    DepthOf,
    Floats,
    camera_rays,
    default_mode_depth,
    mapped,
    of_function,
    orbited,
    relief_depth,
    render,
    with_ball,
)

SIZE = (256, 192)
CENTRE = (0.1, -0.05, 0.0)
RADIUS = 0.3
MODES: dict[str, dict[str, Any]] = {
    "default": {},
    "3d at 1": {"three_d": True, "step": 1},
    "3d at 8": {"three_d": True, "step": 8},
    "3d": {"three_d": True, "tolerance": 0.25},
}


def plane(u: Floats, v: Floats) -> Floats:
    return np.full(np.broadcast(u, v).shape, DISTANCE - 0.12)


def slope(u: Floats, v: Floats) -> Floats:
    """A plane at a slant: 1/Z is linear in the picture."""
    return 1 / (0.86 - 0.3 * (u - 0.5) + 0.14 * (v - 0.5))


def ball_depth(scene: Scene) -> Floats:
    """(h, w) Z of the ball from the rendering camera, infinite beside it."""
    camera = scene.evaluate(FRAME).camera
    rays = camera_rays(camera, SIZE)
    between = camera.world[:3, 3] - np.array(CENTRE)
    a = (rays * rays).sum(axis=-1)
    b = rays @ between
    root = b * b - a * (between @ between - RADIUS**2)
    return np.where(root > 0, (-b - np.sqrt(np.maximum(root, 0))) / a, np.inf)


def beside(inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """(h, w) whether the outline of a shape runs within one pixel."""
    near = np.zeros_like(inside)
    padded = np.pad(inside, 1, mode="edge")
    height, width = inside.shape
    for y in range(3):
        for x in range(3):
            near |= padded[y : y + height, x : x + width] != inside
    return near


def check(gpu: Gpu, scene: Scene, surface: Floats) -> None:
    """Pixels on the wrong side of the analytic outline are within one pixel of it, and few."""
    wanted = ball_depth(scene) < np.where(np.isnan(surface), np.inf, surface)
    assert 500 < wanted.sum() < 0.6 * wanted.size
    found = render(gpu, scene, ("object_id", "beauty"))
    shown = found["object_id"] == 2
    wrong = shown != wanted
    assert not (wrong & ~beside(wanted)).any()
    # Less than a fifth of a pixel on average: the ball itself is made of triangles.
    assert wrong.sum() < 0.2 * beside(wanted).sum()
    bright = found["beauty"][..., 1] > 0.4
    assert (bright == shown).mean() > 0.9995


BLACK = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)


@pytest.mark.parametrize("shape", [plane, slope], ids=["plane", "slope"])
@pytest.mark.parametrize("mode", MODES)
def test_from_the_source_camera(gpu: Gpu, tmp_path: Path, mode: str, shape: DepthOf) -> None:
    scene = with_ball(
        mapped(tmp_path, of_function(shape, *SIZE), BLACK, **MODES[mode]), CENTRE, RADIUS
    )
    check(gpu, scene, of_function(shape, *SIZE).astype(np.float64))


@pytest.mark.parametrize("mode", ["default", "3d at 1", "3d"])
def test_from_30_degrees_away(gpu: Gpu, tmp_path: Path, mode: str) -> None:
    """In 3D mode the ball cuts the relief where it is; in default mode the plane's fragments stand
    at their displaced points' depth."""
    bare = orbited(mapped(tmp_path, of_function(slope, *SIZE), BLACK, **MODES[mode]), 30.0, 10.0)
    solve = default_mode_depth if mode == "default" else relief_depth
    check(gpu, with_ball(bare, CENTRE, RADIUS), solve(bare, SIZE, slope))


@pytest.mark.parametrize("mode", ["default", "3d at 1"])
def test_on_a_tilted_surface_before_its_source_camera(gpu: Gpu, tmp_path: Path, mode: str) -> None:
    values = np.full((SIZE[1], SIZE[0]), DISTANCE - 0.12)
    scene = mapped(tmp_path, values, BLACK, source_camera=CAMERA, **MODES[mode])
    scene = scene.with_values(SURFACE, rotate=(10.0, 20.0, 0.0), scale=(1.6, 1.6, 1.6))
    check(gpu, with_ball(scene, CENTRE, RADIUS), values)


@pytest.mark.parametrize("mode", ["default", "3d at 1"])
def test_two_mapped_surfaces_cut_each_other(gpu: Gpu, tmp_path: Path, mode: str) -> None:
    """Both have replaced or real depth, and meet along a line in the picture."""
    scene = mapped(tmp_path, of_function(slope, *SIZE), **MODES[mode])
    first, z_map = scene.node(SURFACE), scene.node("Z-Depth 1")
    scene = scene.with_node(
        msgspec.structs.replace(first, id="Surface 2"),
        msgspec.structs.replace(z_map, id="Z-Depth 2", parent="Surface 2", scale=(-1.0, 1.0, 1.0)),
    )
    wanted = of_function(lambda u, v: slope(1 - u, v) - slope(u, v), *SIZE) < 0
    shown = render(gpu, scene, ("object_id",))["object_id"] == 2
    wrong = shown != wanted
    assert 0.3 < wanted.mean() < 0.7
    assert not (wrong & ~beside(wanted)).any()
