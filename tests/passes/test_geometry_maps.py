"""Z-Depth maps on geometry: what is seen of them, against numpy alone and against Surfaces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import trimesh

from engine.gpu import Gpu
from engine.media import FaceMesh, FaceResult
from engine.scene import AnalysisType, Geometry, LightType, NormalMap, Scene
from passes import Renderer
from tests.support.geometry import MAP, NAME, geometry_shot
from tests.support.shots import (
    drawn,
    grid_of,
    lit_from,
    media_of,
    relief_shot,
    white,
    with_camera_at,
)

Floats = npt.NDArray[np.floating[Any]]
SIZE = (96, 96)
PLANE_MODES: dict[str, dict[str, Any]] = {
    "flat": {"displace": False, "three_d": False},
    "default": {"displace": True, "three_d": False},
    "3d": {"displace": True, "three_d": True, "step": 1},
}


def hills(width: int = 96, height: int = 96) -> Floats:
    x, y = grid_of((width, height))
    return 0.06 * np.sin(7 * x) * np.cos(5 * y) + 0.02


def degrees_between(a: Floats, b: Floats) -> Floats:
    a = a / np.maximum(np.linalg.norm(a, axis=-1, keepdims=True), 1e-30)
    b = b / np.maximum(np.linalg.norm(b, axis=-1, keepdims=True), 1e-30)
    return np.degrees(np.arccos(np.clip((a * b).sum(axis=-1), -1, 1)))


def with_ball(scene: Scene) -> Scene:
    ball = Geometry(id="Ball", mesh="sphere", translate=(0.1, 0.1, -0.15), scale=(0.5, 0.5, 0.5))
    return scene.with_node(ball)


@pytest.mark.parametrize("z_pass", [False, True])
@pytest.mark.parametrize("mode", PLANE_MODES)
def test_a_plane_does_what_a_surface_does(
    gpu: Gpu, tmp_path: Path, mode: str, z_pass: bool
) -> None:
    """The table of what the depth does, and what Z shows, with a ball that cuts through."""
    values = {**PLANE_MODES[mode], "z_pass": z_pass}
    (tmp_path / "s").mkdir()
    (tmp_path / "g").mkdir()
    surface = relief_shot(tmp_path / "s", hills(), **values)
    geometry = geometry_shot(tmp_path / "g", "plane", hills(), **values)
    eye = (0.5, 0.2, 1.2)
    expected, found = (
        drawn(with_camera_at(with_ball(scene), eye), gpu, "z", "object_id", "confidence", size=SIZE)
        for scene in (surface, geometry)
    )
    same = found.array("object_id") == expected.array("object_id")
    off = np.abs(found.array("z") / expected.array("z") - 1)
    if mode == "3d":
        # Vertices do not lie on the map's pixels: both are within a pixel's slope of the truth.
        assert same.mean() > 0.99
        assert np.quantile(off[same], 0.99) < 2e-3
        assert np.median(off[same]) < 2e-4
    else:
        assert same.mean() > 0.9995
        assert off[same].max() < 1e-5
    assert set(np.unique(found.array("object_id"))) == {0, 1, 2}
    np.testing.assert_allclose(
        found.array("confidence")[same], expected.array("confidence")[same], atol=1e-6
    )


def test_parts_of_a_map_that_are_not_there_leave_the_mesh(gpu: Gpu, tmp_path: Path) -> None:
    """NaN, the map's own axis, its region and softness: as on a surface."""
    heights = np.full((64, 64), 0.1)
    heights[:, :32] = np.nan
    scene = geometry_shot(tmp_path, "plane", heights, three_d=False, z_pass=True)
    flat = 0.5 / np.tan(np.radians(20.0))
    z = np.squeeze(drawn(scene, gpu, "z", size=(64, 64)).array("z"))
    np.testing.assert_allclose(z[4:-4, 4:30], flat, rtol=1e-5)
    assert np.median(z[4:-4, 36:-4]) < flat - 0.05
    moved = scene.with_values(MAP, translate=(-0.5, 0.0, 0.0))
    z = np.squeeze(drawn(moved, gpu, "z", size=(64, 64)).array("z"))
    assert np.median(z[4:-4, 4:28]) < flat - 0.05
    np.testing.assert_allclose(z[4:-4, 36:-4], flat, rtol=1e-5)


def test_polarity_and_scale(gpu: Gpu, tmp_path: Path) -> None:
    """White is out; Invert, Effect, Levels and Relief Depth mean what they mean on a surface; the
    geometry's scale takes the relief along."""
    scene = geometry_shot(tmp_path, "plane", np.full((16, 16), 0.75), z_pass=True)

    def height(scale: float = 1.0, **values: Any) -> float:
        shown = scene.with_values(MAP, **values).with_values(NAME, scale=(scale, scale, scale))
        z = drawn(shown, gpu, "position", size=(16, 16)).array("position")
        return float(z[8, 8, 2])

    for three_d in (False, True):
        assert height(three_d=three_d, relief_depth=0.1) == pytest.approx(0.075, abs=1e-6)
        assert height(three_d=three_d, relief_depth=None) == pytest.approx(0.1875, abs=1e-6)
        assert height(three_d=three_d, relief_depth=0.1, invert=True) == pytest.approx(0.025, 1e-4)
        assert height(three_d=three_d, relief_depth=0.1, effect=-2.0) == pytest.approx(-0.15, 1e-4)
        assert height(2.0, three_d=three_d, relief_depth=0.1) == pytest.approx(0.15, 1e-4)
        # Heights far beyond the mesh's own size are not cut off by a camera.
        assert height(three_d=three_d, relief_depth=-4.0) == pytest.approx(-3.0, 1e-5)
    assert height(three_d=False, relief_depth=-500.0) == pytest.approx(-375.0, 1e-5)


def sphere_truth(position: Floats, amplitude: float, around: int, down: int) -> tuple[Floats, ...]:
    """Height and normal of r = 0.5 + amplitude sin(around u) sin(down v), in the directions of
    positions (..., 3); u, v in 0..2 pi."""

    def point(longitude: Floats, latitude: Floats) -> Floats:
        u, v = longitude + np.pi, 2 * (np.pi / 2 - latitude)
        r = 0.5 + amplitude * np.sin(around * u) * np.sin(down * v / 2)
        ring = np.cos(latitude)
        way = [ring * np.sin(longitude), np.sin(latitude), ring * np.cos(longitude)]
        return r[..., None] * np.stack(way, axis=-1)

    longitude = np.arctan2(position[..., 0], position[..., 2])
    latitude = np.arcsin(np.clip(position[..., 1] / np.linalg.norm(position, axis=-1), -1, 1))
    step = 1e-5
    east = point(longitude + step, latitude) - point(longitude - step, latitude)
    north = point(longitude, latitude + step) - point(longitude, latitude - step)
    radius = np.linalg.norm(point(longitude, latitude), axis=-1)
    return radius, np.cross(east, north)


@pytest.mark.parametrize("values", [{"bump": True}, {"bump": True, "step": 1}, {"bump": False}])
def test_a_raised_sphere(gpu: Gpu, tmp_path: Path, values: dict[str, Any]) -> None:
    """Positions and normals against the formula, also those of the low-passed shape."""
    width, height = 512, 256
    u = (np.arange(width) + 0.5) / width * 2 * np.pi
    v = (np.arange(height) + 0.5) / height * 2 * np.pi
    heights = 0.03 * np.sin(6 * u)[None, :] * np.sin(4 * v / 2)[:, None]
    body = {"rotate": (25.0, 40.0, 0.0), "scale": (0.8, 0.8, 0.8)}
    scene = geometry_shot(tmp_path, "sphere", heights, body, tolerance=0.2, **values)
    frame = drawn(scene, gpu, "position", "normals", "object_id", size=(160, 160))
    world = scene.evaluate(1001).geometries[0].world
    there = np.squeeze(frame.array("object_id")) == 1
    assert there.sum() > 5000
    position = (frame.array("position") - world[:3, 3]) @ np.linalg.inv(world[:3, :3]).T
    position = position[there].astype(np.float64)
    radius, normal = sphere_truth(position, 0.03, 6, 4)
    off = np.abs(np.linalg.norm(position, axis=-1) - radius)
    assert np.quantile(off, 0.99) < 2e-3
    angle = degrees_between(frame.array("normals")[there], normal @ world[:3, :3].T)
    # The mesh's own facets are 3.75 degrees wide, and the picture's coordinates bend at them.
    assert np.median(angle) < 1.0
    assert np.quantile(angle, 0.95) < (2.0 if values["bump"] else 3.0)


def test_stretched_coordinates_do_not_change_the_bump(gpu: Gpu, tmp_path: Path) -> None:
    """The same height over twice the width is half the slope, whatever the texture coordinates; in
    default mode and extruded."""
    heights = hills(128, 128)
    for scale in ((1.0, 1.0, 1.0), (2.0, 1.0, 1.0), (1.0, 0.7, 0.4)):
        for three_d in (False, True):
            scene = geometry_shot(
                tmp_path, "plane", heights, {"scale": scale}, bump=True, three_d=three_d
            )
            frame = drawn(scene, gpu, "normals", "uv", "object_id", size=(128, 128))
            u, v = frame.array("uv")[..., 0] - 0.5, 0.5 - frame.array("uv")[..., 1]
            slope_x = 0.06 * 7 * np.cos(7 * u) * np.cos(5 * v) * scale[2] / scale[0]
            slope_y = -0.06 * 5 * np.sin(7 * u) * np.sin(5 * v) * scale[2] / scale[1]
            expected = np.stack([-slope_x, -slope_y, np.ones_like(u)], axis=-1)
            there = np.squeeze(frame.array("object_id")) == 1
            angle = degrees_between(frame.array("normals"), expected)
            assert np.quantile(angle[there], 0.97) < 1.0, (scale, three_d)


def test_normals_where_a_relief_hangs_over(gpu: Gpu, tmp_path: Path) -> None:
    """Near a box's edges steep hills lean over, for they rise along what lies between the sides'
    normals. They are shaded as what they are: as the positions next to each other say."""
    x, y = grid_of((64, 64))
    heights = 0.05 * np.sin(40 * x) * np.sin(40 * y) + 0.05
    body = {"rotate": (30.0, 40.0, 0.0), "scale": (0.5, 0.5, 0.5)}
    scene = geometry_shot(tmp_path, "box", heights, body, bump=True, step=1)
    frame = drawn(scene, gpu, "position", "normals", "object_id", size=(192, 192))
    at = frame.array("position")
    facet = np.cross(at[1:-1, 2:] - at[1:-1, :-2], at[:-2, 1:-1] - at[2:, 1:-1])
    there = np.squeeze(frame.array("object_id")) == 1
    inside = there[1:-1, 1:-1] & there[:-2, 1:-1] & there[2:, 1:-1] & there[1:-1, :-2]
    inside &= there[1:-1, 2:]
    # Not over the hills' own outlines.
    span = np.linalg.norm(at[1:-1, 2:] - at[1:-1, :-2], axis=-1)
    span = np.maximum(span, np.linalg.norm(at[2:, 1:-1] - at[:-2, 1:-1], axis=-1))
    inside &= span < 0.03
    assert inside.sum() > 4000
    angle = degrees_between(frame.array("normals")[1:-1, 1:-1], facet)[inside]
    assert np.median(angle) < 12
    assert np.mean(angle > 80) < 0.02


def test_which_normals_a_geometry_shows(gpu: Gpu, tmp_path: Path) -> None:
    """Default mode without Bump: the mesh's own. A Normal map on the same geometry wins."""
    scene = geometry_shot(tmp_path, "plane", hills(), three_d=False)
    own = drawn(scene, gpu, "normals", size=SIZE).array("normals")
    assert degrees_between(own, np.array([0.0, 0.0, 1.0]))[8:-8, 8:-8].max() < 0.1
    tilted = np.broadcast_to(np.array([0.3, 0.2, 1.0], np.float32), (8, 8, 3))
    scene = scene.with_media(media_of(tmp_path / "normals.exr", np.array(tilted)))
    scene = scene.with_node(NormalMap(id="N", parent=NAME, media=3, signed=True))
    for three_d in (False, True):
        shown = scene.with_values(MAP, bump=True, three_d=three_d)
        found = drawn(shown, gpu, "normals", size=SIZE).array("normals")[30:-30, 30:-30]
        angle = degrees_between(found, np.array([0.3, 0.2, 1.0]))
        assert np.median(angle) < (0.5 if not three_d else 25.0)


def test_auto_shows_what_the_finest_mesh_would(gpu: Gpu, tmp_path: Path) -> None:
    """Also at the silhouette: hardly a pixel is drawn by the one and not by the other."""
    heights = hills(256, 128) + np.where(grid_of((256, 128))[0] > 0.5, 0.08, 0.0)
    body = {"rotate": (20.0, 40.0, 0.0), "scale": (0.8, 0.8, 0.8)}
    scene = geometry_shot(tmp_path, "sphere", heights, body)
    fine, auto = (
        drawn(scene.with_values(MAP, **how), gpu, "z", "object_id", size=(160, 160))
        for how in ({"step": 1}, {"step": None, "tolerance": 0.5})
    )
    both = (fine.array("object_id") == 1) & (auto.array("object_id") == 1)
    assert (fine.array("object_id") != auto.array("object_id")).sum() < 0.02 * both.sum() ** 0.5 * 4
    footprint = 2 * np.tan(np.radians(20.0)) / 160
    off = np.abs(auto.array("z") / fine.array("z") - 1)[both]
    assert np.mean(off > 2 * footprint) < 0.01


def test_a_raised_box_casts_its_shadow(gpu: Gpu, tmp_path: Path) -> None:
    """A wall that stands out of a plane darkens what lies behind it; only if it is extruded."""
    heights = np.zeros((64, 64))
    heights[:, 30:34] = 0.25
    scene = geometry_shot(tmp_path, "plane", heights)
    scene = lit_from(scene, (-1.0, 0.0, 0.5), LightType.DIRECTIONAL)
    shadows = {}
    for three_d in (False, True):
        shown = scene.with_values(MAP, three_d=three_d)
        frame = drawn(shown, gpu, "shadow", size=(64, 64))
        shadows[three_d] = frame.array("shadow")[16:48, 40:50, 0]
    assert shadows[False].min() > 0.95
    assert shadows[True].max() < 0.05


def cone(size: int) -> FaceResult:
    """A face that is a cone of 16 points around its tip, in pixels of a picture of that side."""
    turn = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    ring = np.stack([np.cos(turn), -np.sin(turn), 0 * turn], axis=-1)
    centre = np.array([[0.5, 0.5, 0.2]])
    points = size * np.concatenate([[0.5, 0.5, 0.0] + ring * (0.2, 0.2, 0.0), centre])
    rim = np.arange(16)
    triangles = np.stack([rim, np.roll(rim, -1), np.full(16, 16)], axis=-1)
    face = FaceMesh(
        points.astype(np.float32), triangles.astype(np.int32), rim.astype(np.int32), 1.0
    )
    return FaceResult((size, size), (face,))


def test_a_face_on_a_geometry(gpu: Gpu, tmp_path: Path) -> None:
    """Its relief is true to scale on a plane, as on a surface; nothing found leaves it flat."""

    class Found:
        def result(self, z_map: Any, frame: int) -> FaceResult:
            return cone(64) if frame == 1001 else FaceResult((64, 64))

    (tmp_path / "s").mkdir()
    values = {"analysis": AnalysisType.FACE, "z_pass": True, "three_d": False, "displace": True}
    surface = relief_shot(tmp_path / "s", hills(), white(tmp_path), **values)
    geometry = geometry_shot(tmp_path, "plane", hills(), {"media": 1}, **values)
    z: list[Floats] = []
    for scene in (surface, geometry):
        with Renderer(scene, Found(), size=SIZE, passes=("z",), views=(), gpu=gpu) as renderer:
            z.append(renderer.render(1001).array("z"))
            z.append(renderer.render(1002).array("z"))
            assert any("no face" in text for text in renderer.warnings)
    np.testing.assert_allclose(z[2], z[0], rtol=1e-5)
    np.testing.assert_allclose(z[3], z[1], rtol=1e-5)
    assert z[1].min() - z[0].min() == pytest.approx(0.2, abs=0.02)


def test_soft_geometry_hides_itself_where_it_is_displaced(gpu: Gpu, tmp_path: Path) -> None:
    """Half transparent, in default mode: its far side is not seen through its front."""
    scene = geometry_shot(
        tmp_path, "sphere", np.full((16, 16), 0.05),
        {"opacity": 0.5, "scale": (0.5, 0.5, 0.5), "lit": False}, three_d=False,
    )  # fmt: skip
    beauty = drawn(scene, gpu, "beauty", size=(48, 48)).array("beauty")
    np.testing.assert_allclose(beauty[20:28, 20:28, 3], 0.5, atol=2e-3)


def test_frames_after_frames(gpu: Gpu, tmp_path: Path) -> None:
    """Switched on and off, a map leaves nothing of itself behind."""
    scene = geometry_shot(tmp_path, "sphere", hills(64, 32), {"scale": (0.6, 0.6, 0.6)})
    with Renderer(scene, size=(48, 48), passes=("z",), views=(), gpu=gpu) as renderer:

        def shown(values: dict[str, Any]) -> Floats:
            renderer.show(scene.with_values(MAP, **values))
            return renderer.render(1001).array("z")

        first = shown({})
        flat = shown({"displace": False})
        assert np.abs(first - flat).max() > 0.01
        for values, expected in (({}, first), ({"effect": 0.0}, flat), ({}, first)):
            assert np.median(np.abs(shown(values) - expected)) < 1e-6
        assert renderer.warnings == []


def test_a_mesh_without_texture_coordinates(gpu: Gpu, tmp_path: Path) -> None:
    """Is raised evenly, by the corner of the map, and the artist is told why."""
    path = tmp_path / "bare.stl"
    trimesh.creation.box((1.0, 1.0, 1.0)).export(path)
    scene = geometry_shot(tmp_path, str(path), np.full((8, 8), 0.1), {"scale": (0.5, 0.5, 0.5)})
    with Renderer(scene, size=(32, 32), passes=("position",), views=(), gpu=gpu) as renderer:
        position = renderer.render(1001).array("position")
        assert position[16, 16, 2] == pytest.approx(0.3, abs=1e-5)
        assert any("texture coordinates" in text for text in renderer.warnings)
