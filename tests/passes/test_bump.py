"""Normals of depth: the shape's own, bumps at full resolution, and Normal maps that win."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from engine.gpu import Gpu
from engine.scene import (
    AnyNode,
    Axis,
    DepthRange,
    Geometry,
    LightType,
    NormalMap,
    Projection,
    Scene,
    new_scene,
)
from tests.support.shots import (
    DISTANCE,
    drawn,
    grid_of,
    lit_from,
    media_of,
    relief_shot,
    white,
    with_camera_at,
)

SIZE = (160, 128)
CENTRE, RADIUS = np.array([0.05, -0.03, -0.35]), 0.45  # of the sphere whose cap stands out
Array = npt.NDArray[Any]


def unit(v: Array) -> Array:
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-30)


def degrees_between(a: Array, b: Array) -> Array:
    """Angles in degrees between vectors (..., 3)."""
    return np.degrees(np.arccos(np.clip(np.sum(unit(a) * unit(b), axis=-1), -1.0, 1.0)))


def cap() -> tuple[Array, Array, Array]:
    """What the source camera sees of the sphere before the plane z = 0: planar depth (h, w), true
    normals (h, w, 3), and where the sphere is, away from its outline."""
    x, y = grid_of(SIZE)
    rays = np.stack([x, y, np.full_like(x, -DISTANCE)], axis=-1)
    eye = np.array([0.0, 0.0, DISTANCE])
    a = np.sum(rays * rays, axis=-1)
    b = np.sum(rays * (eye - CENTRE), axis=-1)
    c = float((eye - CENTRE) @ (eye - CENTRE)) - RADIUS**2
    root = b * b - a * c
    t = np.where(root > 0, (-b - np.sqrt(np.maximum(root, 0))) / a, 2.0)
    seen = t < 1.0  # at t = 1 the ray meets the plane
    points = eye + np.where(seen, t, 1.0)[..., None] * rays
    normals = np.where(seen[..., None], unit(points - CENTRE), [0.0, 0.0, 1.0])
    inner = seen.copy()
    for shift in range(-3, 4):
        inner &= np.roll(seen, shift, axis=0) & np.roll(seen, shift, axis=1)
    return (DISTANCE - points[..., 2]).astype(np.float32), normals, inner


def cap_scene(folder: Path, **values: Any) -> Scene:
    """The cap as an absolute map on a white surface."""
    depth, _, _ = cap()
    scene = new_scene(white(folder, SIZE), z_media=media_of(folder / "cap.exr", depth))
    return scene.with_values("Z-Depth 1", depth_range=DepthRange.ABSOLUTE, **values)


def normals_of(scene: Scene, gpu: Gpu, **options: Any) -> Array:
    return drawn(scene, gpu, "normals", **options).array("normals").astype(np.float64)


def with_normal_map(scene: Scene, folder: Path, pixels: Array, **values: Any) -> Scene:
    """`pixels` (h, w, 3) attached as Normal map to the surface."""
    ending = "exr" if pixels.dtype == np.float32 else "png"
    scene = scene.with_media(media_of(folder / f"normal_map.{ending}", pixels))
    node = NormalMap(id="normals", parent="Surface 1", media=len(scene.media), **values)
    return scene.with_node(node)


def blurred(depth: Array, sigma: float) -> Array:
    """A Gaussian, its border extended by weights alone (a normalised convolution)."""
    reach = int(np.ceil(3 * sigma))
    taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    for axis in (0, 1):
        ones = np.ones(depth.shape[axis])
        weight = np.convolve(ones, taps, "same")
        depth = np.apply_along_axis(lambda row: np.convolve(row, taps, "same"), axis, depth)
        depth = depth / (weight[:, None] if axis == 0 else weight)
    return depth


def normals_from(depth: Array) -> Array:
    """Normals of the surface of planar depth (h, w) by central differences of its points."""
    x, y = grid_of(SIZE)
    points = np.stack([x, y, 0 * x], axis=-1) * (depth / DISTANCE)[..., None]
    points[..., 2] = DISTANCE - depth
    return unit(np.cross(np.gradient(points, axis=1), -np.gradient(points, axis=0)))


# -- from depth --


@pytest.mark.parametrize("three_d", [False, True])
def test_bump_gives_the_normals_of_a_spherical_cap(gpu: Gpu, tmp_path: Path, three_d: bool) -> None:
    _, truth, inner = cap()
    scene = cap_scene(tmp_path, bump=True, three_d=three_d, step=2)
    off = degrees_between(normals_of(scene, gpu), truth)
    assert inner.sum() > 3000
    assert off[inner].mean() < 1.0  # measured: 0.06
    assert off[inner].max() < 1.0
    plane = truth[..., 2] == 1.0
    plane[1:-1, 1:-1] &= ~inner[2:, 1:-1]
    assert np.median(off[plane]) < 0.1


def test_a_relief_without_bump_has_the_normals_of_depth_low_passed_at_4_pixels(
    gpu: Gpu, tmp_path: Path
) -> None:
    depth, truth, inner = cap()
    rng = np.random.default_rng(1)
    rough = depth + 0.001 * rng.standard_normal(depth.shape).astype(np.float32)
    scene = cap_scene(tmp_path, three_d=True, step=1)
    media_of(tmp_path / "cap.exr", rough)  # the same file, with grain on it
    got = normals_of(scene, gpu)
    expected = normals_from(blurred(rough, 4.0))
    off = degrees_between(got, expected)
    away = np.zeros_like(inner)
    away[14:-14, 14:-14] = True
    assert off[away].mean() < 0.5
    # It is the low pass that makes them smooth: at full resolution grain is all there is.
    assert degrees_between(got, truth)[inner].mean() < 3.0
    bumped = normals_of(scene.with_values("Z-Depth 1", bump=True), gpu)
    assert degrees_between(bumped, truth)[inner].mean() > 5.0


@pytest.mark.parametrize(
    "values", [{}, {"bump": True, "effect": 0.0}, {"bump": True, "displace": False}]
)
def test_default_mode_without_bump_has_the_planes_normal(
    gpu: Gpu, tmp_path: Path, values: dict[str, Any]
) -> None:
    normals = normals_of(cap_scene(tmp_path, three_d=False, **values), gpu)
    assert degrees_between(normals, np.array([0.0, 0.0, 1.0])).max() < 0.05


def test_bump_along_the_surfaces_normal(gpu: Gpu, tmp_path: Path) -> None:
    x, y = grid_of(SIZE)
    heights = 0.05 * np.sin(9 * x) * np.cos(7 * y)
    slopes = -0.45 * np.cos(9 * x) * np.cos(7 * y), 0.35 * np.sin(9 * x) * np.sin(7 * y)
    truth = unit(np.stack([*slopes, np.ones_like(x)], axis=-1))
    scene = relief_shot(tmp_path, heights, bump=True)
    assert degrees_between(normals_of(scene, gpu), truth)[2:-2, 2:-2].mean() < 0.1


def test_softness_smooths_the_bumps_too(gpu: Gpu, tmp_path: Path) -> None:
    x, _ = grid_of(SIZE)
    heights = 0.002 * np.sin(120 * x)
    scene = relief_shot(tmp_path, heights, bump=True)
    z = np.array([0.0, 0.0, 1.0])
    rough = degrees_between(normals_of(scene, gpu), z).mean()
    soft = scene.with_values("Z-Depth 1", softness=(6.0, 6.0))
    assert degrees_between(normals_of(soft, gpu), z).mean() < 0.1 * rough


def test_a_step_is_an_outline_and_no_slope(gpu: Gpu, tmp_path: Path) -> None:
    depth = np.full(SIZE[::-1], 1.2, np.float32)
    depth[:, SIZE[0] // 2 :] = 1.5
    scene = new_scene(white(tmp_path, SIZE), z_media=media_of(tmp_path / "step.exr", depth))
    scene = scene.with_values("Z-Depth 1", depth_range=DepthRange.ABSOLUTE, bump=True)
    off = degrees_between(normals_of(scene, gpu), np.array([0.0, 0.0, 1.0]))
    # A picture's pixel lies on the map's: the two beside the step are whole pixels, too.
    assert off.max() < 0.5


def test_bumps_are_lit_from_the_side_where_the_light_is(gpu: Gpu, tmp_path: Path) -> None:
    """Polarity: what stands out of the picture is bright on the side of the light."""
    x, y = grid_of((96, 96))
    heights = 0.2 * np.exp(-(x * x + y * y) / 0.02)
    for position, bright in (
        ((-3.0, 0.0, 2.0), (x < -0.05) & (x > -0.15) & (abs(y) < 0.05)),
        ((3.0, 0.0, 2.0), (x > 0.05) & (x < 0.15) & (abs(y) < 0.05)),
        ((0.0, 3.0, 2.0), (y > 0.05) & (y < 0.15) & (abs(x) < 0.05)),
    ):
        for three_d in (False, True):
            scene = relief_shot(tmp_path, heights, bump=True, three_d=three_d)
            scene = lit_from(scene, position, LightType.DIRECTIONAL, shadows=False)
            beauty = drawn(scene, gpu).array("beauty")[..., 0]
            assert beauty[bright].mean() > 1.2 * beauty[2, 2]
            assert beauty[bright[::-1, ::-1]].mean() < 0.8 * beauty[2, 2]


# -- rotated, scaled, mirrored --


@pytest.mark.parametrize(
    "axis",
    [
        {"rotate": (25.0, -35.0, 15.0)},
        {"rotate": (0.0, 0.0, 90.0), "scale": (1.5, 1.5, 1.5)},
        {"scale": (-1.0, 1.0, 1.0)},
        {"scale": (1.0, -1.0, 1.0), "rotate": (10.0, 20.0, 0.0)},
        {"scale": (-1.0, -1.0, 1.0)},
        {"scale": (0.5, 1.4, 0.7), "rotate": (-20.0, 10.0, 30.0)},
    ],
)
@pytest.mark.parametrize("three_d", [False, True])
def test_normals_turn_with_the_surface(
    gpu: Gpu, tmp_path: Path, axis: dict[str, Any], three_d: bool
) -> None:
    """Where a pixel shows the surface's point `uv`, its normal is the map's there, by the inverse
    transpose of the surface's matrix, toward the viewer."""
    _, truth, inner = cap()
    scene = cap_scene(tmp_path, bump=True, three_d=three_d, step=1)
    world = scene.with_values("Surface 1", **axis).evaluate(1001).surfaces[0].world
    carrier = Axis(id="carrier", **axis)
    scene = scene.with_node(carrier).with_values("Surface 1", parent="carrier")
    frame = drawn(scene, gpu, "normals", "uv", "object_id")
    uv, there = frame.array("uv"), frame.array("object_id") == 1
    column = np.clip((uv[..., 0] * SIZE[0]).astype(int), 0, SIZE[0] - 1)
    row = np.clip((uv[..., 1] * SIZE[1]).astype(int), 0, SIZE[1] - 1)
    local, inside = truth[row, column], inner[row, column] & there
    expected = local @ np.linalg.inv(world[:3, :3])
    position = drawn(scene, gpu, "position").array("position")
    toward = np.sum(expected * (np.array([0.0, 0.0, DISTANCE]) - position), axis=-1)
    inside &= np.abs(toward) > 0.2 * np.linalg.norm(expected, axis=-1)
    expected = np.where(toward[..., None] < 0, -expected, expected)
    off = degrees_between(frame.array("normals"), expected)
    assert inside.sum() > 500
    assert np.median(off[inside]) < 0.5
    assert np.percentile(off[inside], 99) < 3.0


def test_seen_from_behind_normals_look_at_the_viewer(gpu: Gpu, tmp_path: Path) -> None:
    for three_d in (False, True):
        scene = cap_scene(tmp_path, bump=True, three_d=three_d, step=1)
        behind = with_camera_at(scene, (0.1, 0.2, -2.0))
        frame = drawn(behind, gpu, "normals", "position", "object_id")
        there = frame.array("object_id") > 0
        toward = np.array([0.1, 0.2, -2.0]) - frame.array("position")
        facing = np.sum(frame.array("normals") * toward, axis=-1)[there]
        assert (facing > 0).mean() > 0.99
        assert np.abs(np.linalg.norm(frame.array("normals")[there], axis=-1) - 1).max() < 2e-3


# -- Normal maps --


def tilted(x: float, y: float, size: tuple[int, int] = SIZE) -> Array:
    """A Normal map of one direction, (h, w, 3) float32."""
    n = unit(np.array([x, y, 1.0]))
    return np.broadcast_to(n, (size[1], size[0], 3)).astype(np.float32)


@pytest.mark.parametrize("three_d", [False, True])
@pytest.mark.parametrize("bump", [False, True])
def test_an_attached_normal_map_wins(gpu: Gpu, tmp_path: Path, three_d: bool, bump: bool) -> None:
    scene = cap_scene(tmp_path, bump=bump, three_d=three_d, step=1)
    scene = with_normal_map(scene, tmp_path, tilted(0.4, -0.2), signed=True)
    off = degrees_between(normals_of(scene, gpu), np.array([0.4, -0.2, 1.0]))
    assert np.median(off) < 0.1
    _, _, inner = cap()
    assert off[inner].max() < 0.2


@pytest.mark.parametrize("flip_y", [False, True])
@pytest.mark.parametrize("kind", [np.float32, np.uint8, np.uint16])
def test_normal_maps_of_every_kind(gpu: Gpu, tmp_path: Path, kind: type, flip_y: bool) -> None:
    """Signed floats, and 0..1 for -1..1, which is never taken for sRGB light."""
    vectors = tilted(0.5, 0.3)
    signed = kind is np.float32
    top = np.iinfo(kind).max if not signed else 1
    pixels = vectors if signed else np.round((vectors * 0.5 + 0.5) * top).astype(kind)
    scene = new_scene(white(tmp_path, SIZE))
    scene = with_normal_map(scene, tmp_path, pixels, signed=signed, flip_y=flip_y)
    expected = np.array([0.5, -0.3 if flip_y else 0.3, 1.0])
    off = degrees_between(normals_of(scene, gpu), expected)
    assert off.max() < (0.6 if kind is np.uint8 else 0.1)


def test_strength_of_a_normal_map(gpu: Gpu, tmp_path: Path) -> None:
    for strength in (0.0, 0.5, 1.0, -1.0, 3.0):
        scene = new_scene(white(tmp_path, (16, 16)))
        pixels = tilted(0.5, 0.3, (16, 16))
        scene = with_normal_map(scene, tmp_path, pixels, signed=True, strength=strength)
        expected = np.array([0.5 * strength, 0.3 * strength, 1.0])
        assert degrees_between(normals_of(scene, gpu), expected).max() < 0.1


def test_a_black_or_broken_normal_map_is_flat(gpu: Gpu, tmp_path: Path) -> None:
    pixels = np.zeros((16, 16, 3), np.float32)
    pixels[:8] = np.nan
    scene = with_normal_map(new_scene(white(tmp_path, (16, 16))), tmp_path, pixels, signed=True)
    normals = normals_of(scene, gpu)
    assert degrees_between(normals, np.array([0.0, 0.0, 1.0])).max() < 0.1


def test_a_normal_map_turns_with_the_surface(gpu: Gpu, tmp_path: Path) -> None:
    for axis in ({"rotate": (20.0, -30.0, 40.0)}, {"scale": (-1.0, 1.0, 1.0)}):
        scene = new_scene(white(tmp_path, SIZE)).with_values("Surface 1", **axis)
        scene = with_normal_map(scene, tmp_path, tilted(0.3, 0.2), signed=True)
        frame = drawn(scene, gpu, "normals", "object_id")
        world = scene.evaluate(1001).surfaces[0].world
        expected = world[:3, :3] @ np.array([0.3, 0.2, 1.0])
        there = frame.array("object_id") == 1
        assert degrees_between(frame.array("normals"), expected)[there].max() < 0.2


def test_a_normal_map_on_a_mesh(gpu: Gpu, tmp_path: Path) -> None:
    """X of the map runs along U and Y against V, on a quad that a mesh makes."""
    for rotate in ((0.0, 0.0, 0.0), (0.0, 0.0, 90.0), (0.0, 40.0, 0.0), (0.0, 160.0, 20.0)):
        scene = new_scene(white(tmp_path, (32, 32))).without("Surface 1")
        nodes: list[AnyNode] = [Geometry(id="quad", mesh="plane", rotate=rotate)]
        scene = scene.with_node(*nodes)
        scene = scene.with_media(media_of(tmp_path / "n.exr", tilted(0.4, 0.2, (32, 32))))
        scene = scene.with_node(NormalMap(id="normals", parent="quad", media=2, signed=True))
        world = scene.evaluate(1001).geometries[0].world
        expected = world[:3, :3] @ np.array([0.4, 0.2, 1.0])
        if world[2, 2] < 0:  # seen from behind
            expected = -expected
        frame = drawn(scene, gpu, "normals", "object_id")
        there = frame.array("object_id") == 1
        assert there.sum() > 500
        assert np.median(degrees_between(frame.array("normals"), expected)[there]) < 0.2


def test_geometry_has_its_own_normals(gpu: Gpu, tmp_path: Path) -> None:
    scene = new_scene(white(tmp_path, (96, 96))).without("Surface 1")
    scene = scene.with_node(
        Geometry(id="ball", mesh="sphere", scale=(0.5, 0.8, 0.3), rotate=(0.0, 0.0, 20.0))
    )
    frame = drawn(scene, gpu, "normals", "position", "object_id")
    world = scene.evaluate(1001).geometries[0].world
    local = (frame.array("position") - world[:3, 3]) @ np.linalg.inv(world[:3, :3]).T
    expected = local @ np.linalg.inv(world[:3, :3])
    there = frame.array("object_id") == 1
    assert np.percentile(degrees_between(frame.array("normals"), expected)[there], 99) < 3.0


def test_mirrored_geometry_keeps_its_outside(gpu: Gpu, tmp_path: Path) -> None:
    scene = new_scene(white(tmp_path, (64, 64)))
    ball = Geometry(id="ball", mesh="sphere", translate=(0.0, 0.0, 0.3), scale=(-0.5, 0.5, 0.5))
    frame = drawn(scene.with_node(ball), gpu, "normals", "position", "object_id")
    there = frame.array("object_id") == 2
    outward = frame.array("position") - np.array([0.0, 0.0, 0.3])
    assert np.percentile(degrees_between(frame.array("normals"), outward)[there], 99) < 5.0


def test_project_along_of_a_camera_elsewhere(gpu: Gpu, tmp_path: Path) -> None:
    """Bumps through a source camera that does not frame the surface: still the true normals."""
    x, y = grid_of(SIZE)
    heights = 0.05 * np.sin(9 * x)
    scene = relief_shot(tmp_path, heights, bump=True, project_along=Projection.CAMERA_RAYS)
    camera = scene.node("Camera 1")
    moved = scene.with_node(camera.__class__(**{**_fields(camera), "id": "taken", "far": 5.0}))
    moved = moved.with_values("taken", translate=(0.3, 0.2, 2.0))
    moved = moved.with_values("Z-Depth 1", source_camera="taken")
    normals = normals_of(moved, gpu)
    # A point of height h on the ray to (0.3, 0.2, 2): depth differs along x only by slope.
    eye = np.array([0.3, 0.2, 2.0])
    points = np.stack([x, y, 0 * x], axis=-1)
    points = points + (heights / eye[2])[..., None] * (eye - points)
    truth = unit(np.cross(np.gradient(points, axis=1), -np.gradient(points, axis=0)))
    assert degrees_between(normals, truth)[2:-2, 2:-2].mean() < 0.2


def _fields(node: Any) -> dict[str, Any]:
    return {name: getattr(node, name) for name in node.__struct_fields__}
