"""Z equals the map, in both modes, from the source camera and from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
    Floats,
    default_mode_depth,
    mapped,
    noise,
    of_function,
    orbited,
    plane_points,
    relative_error,
    relief_depth,
    render,
    surface_uv,
)

SIZE = (160, 120)


def plane(u: Floats, v: Floats) -> Floats:
    return np.full(np.broadcast(u, v).shape, 1.1)


def ramp(u: Floats, v: Floats) -> Floats:
    return 0.9 + 0.7 * u + 0.2 * v


def bulge(u: Floats, v: Floats) -> Floats:
    return 1.5 - 0.4 * np.exp(-18.0 * ((u - 0.45) ** 2 + (v - 0.55) ** 2))


def sphere(u: Floats, v: Floats) -> Floats:
    """The nearest of a ball of radius 0.3 and a plane at 1.6, seen from the own source camera."""
    x = (u - 0.5) * SIZE[0] / SIZE[1] / DISTANCE
    y = (0.5 - v) / DISTANCE
    # A ray (x, y, -1) t meets the ball around (0.05, 0, -1.3).
    a = x * x + y * y + 1
    b = 0.05 * x + 1.3
    root = b * b - a * (0.05**2 + 1.3**2 - 0.3**2)
    return np.where(root > 0, (b - np.sqrt(np.maximum(root, 0))) / a, 1.6)


def step(u: Floats, v: Floats) -> Floats:
    return np.where((u < 0.5) ^ (v < 0.25), 0.9, 1.5)


SHAPES = {f.__name__: f for f in (plane, ramp, bulge, sphere, step)}
MESH: dict[str, Any] = {"three_d": True, "step": 1}


def near_step(depth: Floats) -> npt.NDArray[np.bool_]:
    """(h, w) whether a depth step lies beside the pixel. depth: (h, w), NaN counts as none."""
    known = np.where(np.isfinite(depth), depth, np.nanmax(depth))
    jumps = np.zeros(known.shape, bool)
    across = np.abs(np.diff(known, axis=1)) > 0.04
    down = np.abs(np.diff(known, axis=0)) > 0.04
    jumps[:, 1:] |= across
    jumps[:, :-1] |= across
    jumps[1:] |= down
    jumps[:-1] |= down
    return jumps


def inside_map(scene: Scene, size: tuple[int, int], margin: float) -> npt.NDArray[np.bool_]:
    """(h, w) whether the plane's point at a pixel is `margin` map pixels away from its border."""
    frame = scene.evaluate(FRAME)
    u, v = surface_uv(frame, plane_points(frame, size))
    width, height = scene.media[1].size
    return (np.abs(u - 0.5) < 0.5 - margin / width) & (np.abs(v - 0.5) < 0.5 - margin / height)


@pytest.mark.parametrize("shape", SHAPES)
def test_default_mode_shows_the_map_at_pixel_centres(gpu: Gpu, tmp_path: Path, shape: str) -> None:
    values = of_function(SHAPES[shape], *SIZE)
    found = render(gpu, mapped(tmp_path, values))["z"]
    assert relative_error(found, values).max() <= 1e-4


@pytest.mark.parametrize("shape", SHAPES)
def test_3d_mode_shows_the_map_at_pixel_centres(gpu: Gpu, tmp_path: Path, shape: str) -> None:
    values = of_function(SHAPES[shape], *SIZE)
    found = render(gpu, mapped(tmp_path, values, **MESH))["z"]
    expected = np.where(near_step(values), np.nan, values)
    assert np.isfinite(expected).mean() > 0.9
    assert (relative_error(found, expected) <= 1e-3).mean() >= 0.999


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("turn", "rise"), [(30.0, 0.0), (-20.0, 25.0)])
def test_default_mode_from_elsewhere(
    gpu: Gpu, tmp_path: Path, shape: str, turn: float, rise: float
) -> None:
    """The depth of the displaced point, at the undisplaced pixel."""
    scene = orbited(mapped(tmp_path, of_function(SHAPES[shape], *SIZE)), turn, rise)
    found = render(gpu, scene)["z"]
    expected = default_mode_depth(scene, SIZE, SHAPES[shape])
    sampled = np.where(inside_map(scene, SIZE, 0.51), expected, np.nan)
    if shape in ("sphere", "step"):
        sampled = np.where(near_step(expected), np.nan, sampled)
    assert np.isfinite(sampled).mean() > 0.5
    # Between pixel centres the map is interpolated: what is curved is off by a little.
    error = relative_error(found, sampled)
    assert error.max() <= {"bulge": 2e-4, "sphere": 1e-2}.get(shape, 1e-4)
    assert (error <= 1e-3).mean() > 0.99


@pytest.mark.parametrize("shape", ["plane", "ramp", "bulge"])
@pytest.mark.parametrize(("turn", "rise"), [(30.0, 0.0), (-20.0, 25.0)])
def test_3d_mode_from_elsewhere(
    gpu: Gpu, tmp_path: Path, shape: str, turn: float, rise: float
) -> None:
    """The relief itself, with parallax: found by walking along each pixel's ray."""
    scene = orbited(mapped(tmp_path, of_function(SHAPES[shape], *SIZE), **MESH), turn, rise)
    found = render(gpu, scene, ("z", "object_id"))
    expected = relief_depth(scene, SIZE, SHAPES[shape])
    there = np.isfinite(expected)
    assert (there == (found["object_id"] == 1)).mean() > 0.99
    both = np.where(found["object_id"] == 1, expected, np.nan)
    assert (relative_error(found["z"], both) <= 1e-3).mean() >= 0.995


def test_nothing_is_far(gpu: Gpu, tmp_path: Path) -> None:
    scene = orbited(mapped(tmp_path, of_function(ramp, *SIZE)), 30.0)
    found = render(gpu, scene)["z"]
    empty = np.isnan(default_mode_depth(scene, SIZE, ramp))
    assert empty.sum() > 1000
    assert (found[empty] == np.float32(2 * DISTANCE)).mean() > 0.99


@pytest.mark.parametrize("mode", [{}, MESH], ids=["default", "3d"])
@pytest.mark.parametrize("size", [(77, 58), (333, 250)])
def test_another_size_than_the_picture(
    gpu: Gpu, tmp_path: Path, mode: dict[str, Any], size: tuple[int, int]
) -> None:
    scene = mapped(tmp_path, of_function(ramp, *SIZE), **mode)
    scene = scene.with_settings(size=size)
    found = render(gpu, scene)["z"]
    expected = default_mode_depth(scene, size, ramp)
    expected = np.where(inside_map(scene, size, 0.51), expected, np.nan)
    assert relative_error(found, expected).max() <= 1e-3


@pytest.mark.parametrize("mode", [{}, MESH], ids=["default", "3d"])
def test_a_wider_window_shows_what_lies_beside_the_surface(
    gpu: Gpu, tmp_path: Path, mode: dict[str, Any]
) -> None:
    """A render size of another shape keeps the height: the surface stays where it is."""
    scene = mapped(tmp_path, of_function(ramp, *SIZE), **mode)
    wide = render(gpu, scene, size=(240, 120))["z"]
    np.testing.assert_allclose(wide[:, 40:200], of_function(ramp, *SIZE), rtol=1e-3)
    assert (wide[:, :39] == np.float32(2 * DISTANCE)).all()


@pytest.mark.parametrize("mode", [{}, MESH], ids=["default", "3d"])
@pytest.mark.parametrize(
    ("map_size", "picture_size"), [((40, 30), (160, 120)), ((160, 120), (40, 30)), ((1, 1), (9, 7))]
)
def test_a_map_of_another_size_than_the_picture(
    gpu: Gpu,
    tmp_path: Path,
    mode: dict[str, Any],
    map_size: tuple[int, int],
    picture_size: tuple[int, int],
) -> None:
    values = of_function(lambda u, v: 1.2 + 0.1 * u + 0.05 * v, *map_size)
    scene = mapped(tmp_path, values, noise(*picture_size), **mode)
    found = render(gpu, scene)["z"]
    if map_size == (1, 1):
        np.testing.assert_allclose(found, values[0, 0], rtol=1e-4)
        return
    expected = default_mode_depth(scene, picture_size, lambda u, v: 1.2 + 0.1 * u + 0.05 * v)
    expected = np.where(inside_map(scene, picture_size, 0.51), expected, np.nan)
    assert np.isfinite(expected).mean() > 0.8
    assert relative_error(found, expected).max() <= 1e-3


@pytest.mark.parametrize("mode", [{}, MESH], ids=["default", "3d"])
@pytest.mark.parametrize("turn", [0.0, 20.0])
def test_a_moved_surface_carries_its_depth(
    gpu: Gpu, tmp_path: Path, mode: dict[str, Any], turn: float
) -> None:
    """The own source camera is a child of the surface: turned, scaled and sheared with it."""
    scene = mapped(tmp_path, of_function(ramp, *SIZE), **mode).with_values(
        SURFACE,
        translate=(0.05, -0.1, -0.4),
        rotate=(8.0, -12.0, 20.0),
        scale=(0.8, 1.1, 0.9),
        shear=(0.1, 0.0, 0.0),
    )
    scene = orbited(scene, turn)
    found = render(gpu, scene, ("z", "object_id"))
    solve = relief_depth if mode else default_mode_depth
    expected = np.where(found["object_id"] == 1, solve(scene, SIZE, ramp), np.nan)
    if not mode:
        expected = np.where(inside_map(scene, SIZE, 0.51), expected, np.nan)
    assert np.isfinite(expected).mean() > 0.3
    assert (relative_error(found["z"], expected) <= (1e-3 if mode else 1e-4)).mean() >= 0.995


@pytest.mark.parametrize("mode", [{}, MESH], ids=["default", "3d"])
@pytest.mark.parametrize("scale", [1.0, 0.7])
def test_another_source_camera_on_a_tilted_surface(
    gpu: Gpu, tmp_path: Path, mode: dict[str, Any], scale: float
) -> None:
    """The map is about the rays and the view axis of the camera that took the picture, in scene
    units, however the surface is turned and scaled."""
    scene = mapped(tmp_path, of_function(ramp, *SIZE), source_camera=CAMERA, **mode).with_values(
        SURFACE, rotate=(25.0, -30.0, 0.0), scale=(scale, scale, scale), translate=(0.0, 0.1, 0.0)
    )
    found = render(gpu, scene, ("z", "object_id"))
    # Seen from that very camera the Z of a pixel is what the map says at the surface's point there.
    frame = scene.evaluate(FRAME)
    u, v = surface_uv(frame, plane_points(frame, SIZE))
    expected = np.where(inside_map(scene, SIZE, 0.51), ramp(u, v), np.nan)
    expected = np.where(found["object_id"] == 1, expected, np.nan)
    assert np.isfinite(expected).mean() > 0.2
    assert (relative_error(found["z"], expected) <= (1e-3 if mode else 1e-4)).mean() >= 0.995


def test_a_source_camera_that_is_a_child_of_the_surface_is_scaled_with_it(
    gpu: Gpu, tmp_path: Path
) -> None:
    scene = mapped(tmp_path, of_function(ramp, *SIZE), source_camera=CAMERA)
    scene = scene.with_values(CAMERA, parent=SURFACE).with_values(SURFACE, scale=(2.0, 2.0, 2.0))
    found = render(gpu, scene)["z"]
    np.testing.assert_allclose(found, 2.0 * of_function(ramp, *SIZE), rtol=1e-4)


def test_position_is_where_the_depth_is(gpu: Gpu, tmp_path: Path) -> None:
    """The position pass, seen by the camera, has the Z of the Z pass."""
    for mode in ({}, MESH):
        scene = orbited(mapped(tmp_path, of_function(ramp, *SIZE), **mode), 20.0)
        found = render(gpu, scene, ("z", "position", "object_id"))
        camera = np.linalg.inv(scene.evaluate(FRAME).camera.world)
        z = -(found["position"] @ camera[2, :3] + camera[2, 3])
        there = found["object_id"] == 1
        np.testing.assert_allclose(z[there], found["z"][there], rtol=1e-5)
