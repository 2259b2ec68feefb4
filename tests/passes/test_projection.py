"""Along the surface's normal; and cameras: film back, film offset, near, far, clip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.gpu import Gpu
from engine.scene import Lens, Scene
from tests.support.truth import (
    CAMERA,
    DISTANCE,
    FAR,
    FRAME,
    MAP,
    NEAR,
    SURFACE,
    Floats,
    default_mode_depth,
    in_space,
    mapped,
    of_function,
    orbited,
    pixel_grid,
    plane_points,
    relative_error,
    render,
    seen_depth,
    surface_uv,
    with_ball,
)

SIZE = (160, 120)
MESH: dict[str, Any] = {"three_d": True, "step": 1}


def height(u: Floats, v: Floats) -> Floats:
    """A hill, in scene units over the plane."""
    return 0.25 * np.exp(-25.0 * ((u - 0.5) ** 2 + (v - 0.45) ** 2)) + 0.1 * u


def normal_shot(folder: Path, **fields: Any) -> Scene:
    fields = {"depth_range": "relief", "relief_depth": 1.0, **fields}
    return mapped(folder, of_function(height, *SIZE), project_along="surface_normal", **fields)


# -- along the surface's normal --


@pytest.mark.parametrize("turn", [0.0, 30.0])
def test_default_mode_moves_along_the_normal(gpu: Gpu, tmp_path: Path, turn: float) -> None:
    scene = orbited(normal_shot(tmp_path), turn)
    frame = scene.evaluate(FRAME)
    points = plane_points(frame, SIZE)
    u, v = surface_uv(frame, points)
    points[..., 2] = height(u, v)
    expected = seen_depth(frame, points)
    expected = np.where(np.abs(u - 0.5) < 0.5 - 0.6 / SIZE[0], expected, np.nan)
    expected = np.where(np.abs(v - 0.5) < 0.5 - 0.6 / SIZE[1], expected, np.nan)
    assert relative_error(render(gpu, scene)["z"], expected).max() < 2e-4


@pytest.mark.parametrize("turn", [0.0, 35.0])
def test_3d_mode_is_the_graph_of_the_height(gpu: Gpu, tmp_path: Path, turn: float) -> None:
    """Every point that is seen lies on it, and the picture stays where it was on the surface."""
    scene = orbited(normal_shot(tmp_path, **MESH), turn)
    found = render(gpu, scene, ("position", "uv", "object_id"))
    there = found["object_id"] == 1
    assert there.mean() > 0.5
    points = found["position"][there].astype(np.float64)
    u, v = points[:, 0] * SIZE[1] / SIZE[0] + 0.5, 0.5 - points[:, 1]
    inside = (np.abs(u - 0.5) < 0.49) & (np.abs(v - 0.5) < 0.49)
    assert np.abs(points[:, 2] - height(u, v))[inside].max() < 1e-3
    np.testing.assert_allclose(found["uv"][there], np.stack([u, v], axis=1), atol=1e-4)


def test_it_is_not_along_the_rays(gpu: Gpu, tmp_path: Path) -> None:
    """Parallax shows from the source camera itself; at the middle of the picture both are one."""
    scene = normal_shot(tmp_path, **MESH)
    straight = render(gpu, scene, ("uv",))["uv"]
    rays = render(gpu, scene.with_values(MAP, project_along="camera_rays"), ("uv",))["uv"]
    u, v = pixel_grid(*SIZE)
    grid = np.stack([u, v], axis=-1)
    assert np.abs(rays - grid).max() < 1e-4
    assert np.abs(straight - grid).max() > 0.02


def test_camera_depths_along_the_normal(gpu: Gpu, tmp_path: Path) -> None:
    """A map that knows a camera gives the height of the point on the camera's ray."""
    z = of_function(lambda u, v: 1.2 + 0.1 * u + 0.0 * v, *SIZE)
    scene = mapped(tmp_path, z, project_along="surface_normal")
    np.testing.assert_allclose(render(gpu, scene)["z"], z, rtol=1e-4)
    relief = render(gpu, scene.with_values(MAP, **MESH), ("position", "object_id"))
    u = relief["position"][..., 0] * SIZE[1] / SIZE[0] + 0.5
    wanted = DISTANCE - (1.2 + 0.1 * u)
    there = (relief["object_id"] == 1) & (np.abs(u - 0.5) < 0.49)
    assert np.abs(relief["position"][..., 2] - wanted)[there].max() < 1e-4


# -- cameras --


def film(scene: Scene, id: str = CAMERA, **values: Any) -> Scene:
    values = {"lens": Lens.FILM, "film_back": (36.0, 24.0), "focal_length": 40.0, **values}
    return scene.with_values(id, **values)


def ramp(u: Floats, v: Floats) -> Floats:
    return 1.1 + 0.4 * u + 0.1 * v


@pytest.mark.parametrize("mode", [{}, MESH], ids=["default", "3d"])
@pytest.mark.parametrize(
    "lens",
    [
        {},
        {"film_fit": "vertical"},
        {"film_fit": "stretch"},
        {"film_offset": (6.0, -3.0)},
        {"film_fit": "stretch", "film_offset": (-4.0, 5.0), "focal_length": 25.0},
    ],
)
def test_film_back_and_offset(
    gpu: Gpu, tmp_path: Path, mode: dict[str, Any], lens: dict[str, Any]
) -> None:
    """The source camera and the one that renders are the same: what is seen is the map at the
    point of the surface that the pixel's ray meets."""
    scene = mapped(tmp_path, of_function(ramp, *SIZE), source_camera=CAMERA, **mode)
    scene = film(scene, **lens)
    frame = scene.evaluate(FRAME)
    u, v = surface_uv(frame, plane_points(frame, SIZE))
    expected = ramp(u, v)
    for coordinate, pixels in ((u, SIZE[0]), (v, SIZE[1])):
        with np.errstate(invalid="ignore"):
            inside = np.abs(coordinate - 0.5) < 0.5 - 1.0 / pixels
        expected = np.where(inside, expected, np.nan)
    assert np.isfinite(expected).mean() > 0.2
    assert relative_error(render(gpu, scene)["z"], expected).max() < 1e-3
    assert frame.camera.shift != (0.0, 0.0) or "film_offset" not in lens


def test_a_film_offset_moves_the_picture_the_other_way(gpu: Gpu, tmp_path: Path) -> None:
    """A film that lies to the right sees what lies to the right: the surface moves left by as much
    of the picture as the offset is of the film."""
    scene = film(mapped(tmp_path, of_function(ramp, *SIZE)), film_fit="stretch")
    shifted = film(scene, film_fit="stretch", film_offset=(36.0 * 0.25, 24.0 * 0.1))
    before = render(gpu, scene, ("object_id",))["object_id"]
    after = render(gpu, shifted, ("object_id",))["object_id"]
    np.testing.assert_array_equal(after[12:, :120], before[:-12, 40:])


def test_the_focal_length(gpu: Gpu, tmp_path: Path) -> None:
    """On a film 24 mm high, f mm see 24 / f of the distance."""
    for focal in (30.0, 60.0):
        scene = film(mapped(tmp_path, of_function(ramp, *SIZE)), film_fit="vertical")
        scene = scene.with_values(CAMERA, focal_length=focal)
        found = render(gpu, scene, ("position", "object_id"))
        seen = 24.0 / focal * DISTANCE
        flat = found["position"] * (DISTANCE / (DISTANCE - found["position"][..., 2:]))
        there = found["object_id"] == 1
        y = 0.5 - (np.arange(SIZE[1]) + 0.5) / SIZE[1]
        wanted = np.broadcast_to(y[:, None] * seen, there.shape)
        np.testing.assert_allclose(flat[..., 1][there], wanted[there], atol=1e-4)


def test_near_and_far_are_those_of_the_source_camera(gpu: Gpu, tmp_path: Path) -> None:
    """In this order: the map's own, the Camera node's, and for the surface's own camera half and
    twice its distance."""
    values = np.full((6, 8), 0.25)
    scene = mapped(tmp_path, values, depth_range="normalized")
    own = NEAR + 0.25 * (FAR - NEAR)
    scene = scene.with_values(CAMERA, near=1.0, far=3.0)
    cases = [
        ({}, own),
        ({"source_camera": CAMERA}, 1.5),
        ({"source_camera": CAMERA, "near": 0.5}, 0.5 + 0.25 * 2.5),
        ({"near": 2.0, "far": 4.0}, 2.5),
    ]
    for fields, wanted in cases:
        found = render(gpu, scene.with_values(MAP, **fields))["z"]
        np.testing.assert_allclose(found, wanted, rtol=1e-4)


def test_near_and_far_cut_only_where_clip_is_on(gpu: Gpu, tmp_path: Path) -> None:
    scene = mapped(tmp_path, of_function(lambda u, v: 0.6 + 1.6 * u + 0.0 * v, *SIZE))
    scene = scene.with_values(CAMERA, near=0.9, far=1.8)
    z = of_function(lambda u, v: 0.6 + 1.6 * u + 0.0 * v, *SIZE)
    for mode in ({}, MESH):
        for name in ("object_id", "matte"):
            whole = render(gpu, scene.with_values(MAP, **mode), (name,))[name]
            assert (whole == 1).all()
            cut = scene.with_values(MAP, **mode).with_values(CAMERA, clip=True)
            shown = render(gpu, cut, (name,))[name] == 1
            clear = (np.abs(z - 0.9) > 0.01) & (np.abs(z - 1.8) > 0.01)
            np.testing.assert_array_equal(shown[clear], ((z > 0.9) & (z < 1.8))[clear])


def test_clip_cuts_objects_too(gpu: Gpu, tmp_path: Path) -> None:
    """The front of a ball is cut away, and its inside is seen."""
    scene = with_ball(mapped(tmp_path, np.full((60, 80), 1.9)), (0.0, 0.0, 0.0), 0.3)
    scene = scene.with_values(CAMERA, near=1.2, far=5.0, clip=True)
    found = render(gpu, scene, ("z", "object_id"))
    assert found["z"].min() >= 1.2
    middle = found["z"][30, 40]
    assert middle == pytest.approx(DISTANCE + 0.3, abs=5e-3), "the back of the ball"


def test_cameras_under_axes(gpu: Gpu, tmp_path: Path) -> None:
    """A camera on a parent that is turned and scaled sees with its own view, unbent."""
    from engine.scene import Axis

    scene = mapped(tmp_path, of_function(ramp, *SIZE))
    arm = Axis(id="Arm", rotate=(0.0, 25.0, 0.0), scale=(2.0, 2.0, 2.0))
    scene = scene.with_node(arm).with_values(
        CAMERA, parent="Arm", translate=(0.0, 0.0, DISTANCE / 2)
    )
    same = orbited(mapped(tmp_path, of_function(ramp, *SIZE)), 25.0)
    np.testing.assert_allclose(render(gpu, scene)["z"], render(gpu, same)["z"], rtol=1e-5)
    np.testing.assert_allclose(
        render(gpu, scene)["z"],
        np.nan_to_num(default_mode_depth(scene, SIZE, ramp), nan=FAR),
        rtol=2e-3,
    )


def test_a_surface_seen_from_behind(gpu: Gpu, tmp_path: Path) -> None:
    """Its picture is mirrored, its depth that of the same points."""
    scene = mapped(tmp_path, of_function(ramp, *SIZE), **MESH)
    scene = scene.with_values(CAMERA, translate=(0.0, 0.0, -2.0), rotate=(0.0, 180.0, 0.0))
    found = render(gpu, scene, ("uv", "z", "position", "object_id"))
    there = found["object_id"] == 1
    assert there.any()
    world = np.linalg.inv(scene.evaluate(FRAME).camera.world)
    z = -in_space(world, found["position"].astype(np.float64))[..., 2]
    np.testing.assert_allclose(found["z"][there], z[there], rtol=1e-5)
    rows = found["uv"][60, :, 0][there[60]]
    assert (np.diff(rows) < 0).all()


def test_a_camera_between_the_relief_and_its_plane(gpu: Gpu, tmp_path: Path) -> None:
    """Points behind the camera are not seen, and nothing breaks: default mode puts them in front
    of everything."""
    scene = mapped(tmp_path, of_function(lambda u, v: 0.4 + 1.2 * u + 0.0 * v, *SIZE))
    scene = scene.with_values(CAMERA, translate=(0.0, 0.0, 0.5))
    for mode in ({}, MESH, {"three_d": True, "step": 16}):
        found = render(gpu, scene.with_values(MAP, **mode), ("z", "object_id", "beauty", "uv"))
        if mode:
            assert found["z"][found["object_id"] == 1].min() > 0
    assert scene.node(SURFACE)
