"""Light and shadow: shadows where geometry says they are, and nowhere else."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from engine.gpu import Gpu
from engine.scene import Geometry, LightType, Projection, Scene, Surface, new_scene
from passes import Renderer
from passes.shadow import LARGEST_RADIUS, map_shape
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

KINDS = (LightType.DIRECTIONAL, LightType.POINT, LightType.SPOT)
SIZE = (192, 192)
HEIGHT = 0.15  # of the step


def towards(elevation: float, azimuth: float = 180.0, distance: float = 3.0) -> Any:
    """A point over the plane: degrees above it, and around from +X (180: on the left)."""
    e, a = math.radians(elevation), math.radians(azimuth)
    x, y, z = math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)
    return distance * x, distance * y, distance * z


def shadow_of(scene: Scene, gpu: Gpu, **options: Any) -> npt.NDArray[np.float32]:
    """(h, w): the share of the light that arrives."""
    return drawn(scene, gpu, "beauty", "shadow", **options).array("shadow")[..., 0]


def step(folder: Path, **values: Any) -> Scene:
    """A block on the left half of the picture, seen as a relief."""
    heights = np.zeros(SIZE[::-1])
    heights[:, : SIZE[0] // 2] = HEIGHT
    return relief_shot(folder, heights, three_d=True, step=1, **values)


def far_edge(row: npt.NDArray[np.float32]) -> float:
    """Where, in pixels from the left, the shadow on the right half ends."""
    half = len(row) // 2
    dark = half + np.flatnonzero(row[half:] < 0.5)
    assert dark.size, "there is no shadow on the lower half"
    last = int(dark.max())
    a, b = float(row[last]), float(row[min(last + 1, len(row) - 1)])
    return last + 0.5 + (0.5 - a) / max(b - a, 1e-6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("elevation", "softness"), [(30, 0.0), (45, 1.5), (65, 1.5)])
def test_a_step_casts_its_shadow_where_geometry_says(
    gpu: Gpu, tmp_path: Path, kind: LightType, elevation: float, softness: float
) -> None:
    position = towards(elevation)
    scene = lit_from(step(tmp_path), position, kind, shadow_softness=softness)
    frame = drawn(scene, gpu, "beauty", "shadow")
    shadow, beauty = frame.array("shadow")[..., 0], frame.array("beauty")[..., 0]
    # The step's upper edge is x = 0, z = HEIGHT. From the light through it to the plane z = 0:
    if kind is LightType.DIRECTIONAL:
        end = HEIGHT / math.tan(math.radians(elevation))
    else:
        end = -position[0] * HEIGHT / (position[2] - HEIGHT)
    expected = SIZE[0] * (0.5 + end * SIZE[1] / SIZE[0])
    edges = np.array([far_edge(row) for row in shadow[8:-8]])
    assert np.abs(edges - expected).max() <= 2.0
    x = np.arange(SIZE[0]) + 0.5
    rim = 2.0 + softness * 0.6  # texels of the shadow map in pixels
    foot = SIZE[0] / 2
    assert beauty[8:-8, (x > foot + 2) & (x < expected - rim)].max() <= 0.01
    assert shadow[8:-8, x > expected + rim].min() >= 0.99
    assert beauty[8:-8, x > expected + rim].min() >= 0.02
    assert shadow[8:-8, x < foot - 3].min() >= 0.99, "the upper half is lit"
    assert beauty[8:-8, x < foot - 12].min() >= 0.02


@pytest.mark.parametrize("kind", KINDS)
def test_along_camera_rays_too(gpu: Gpu, tmp_path: Path, kind: LightType) -> None:
    position = towards(50, 200)
    scene = step(tmp_path, project_along=Projection.CAMERA_RAYS)
    shadow = shadow_of(lit_from(scene, position, kind), gpu)
    # On the picture's middle column rays and step lie in the plane x = 0.
    if kind is LightType.DIRECTIONAL:
        end = HEIGHT * -position[0] / position[2]
    else:
        end = -position[0] * HEIGHT / (position[2] - HEIGHT)
    expected = SIZE[0] / 2 + end * SIZE[1]
    edges = np.array([far_edge(row) for row in shadow[20:-60]])
    assert np.abs(edges - expected).max() <= 2.0


@pytest.mark.parametrize(
    ("kind", "azimuth", "dark", "bright"),
    [
        (LightType.DIRECTIONAL, 180, "right", "left"),
        (LightType.DIRECTIONAL, 90, "below", "above"),
        (LightType.POINT, 180, "right", "left"),
        (LightType.POINT, 270, "above", "below"),
        (LightType.SPOT, 0, "left", "right"),
        (LightType.SPOT, 90, "below", "above"),
    ],
)
def test_the_shadow_lies_away_from_the_light(
    gpu: Gpu, tmp_path: Path, kind: LightType, azimuth: float, dark: str, bright: str
) -> None:
    x, y = grid_of((96, 96))
    heights = np.where(np.hypot(x, y) < 0.15, 0.15, 0.0)
    scene = relief_shot(tmp_path, heights, three_d=True, step=1)
    shadow = shadow_of(lit_from(scene, towards(40, azimuth), kind), gpu)
    # A ring around what the cylinder hides from the camera.
    sides = {"right": x > 0.19, "left": x < -0.19, "above": y > 0.19, "below": y < -0.19}
    near = (np.abs(x) < 0.28) & (np.abs(y) < 0.28)
    assert (shadow[sides[dark] & near] < 0.5).mean() > 0.3
    assert shadow[sides[bright] & near].min() >= 0.99


@pytest.mark.parametrize(
    ("kind", "bump"),
    [(LightType.DIRECTIONAL, True), (LightType.POINT, False), (LightType.SPOT, True)],
)
def test_default_mode_is_lit_and_casts_as_a_plane(
    gpu: Gpu, tmp_path: Path, kind: LightType, bump: bool
) -> None:
    heights = np.zeros((96, 96))
    heights[:, :48] = HEIGHT
    scene = relief_shot(tmp_path, heights, three_d=False, bump=bump)
    scene = lit_from(scene, towards(40), kind)
    assert shadow_of(scene, gpu).min() >= 0.99

    # What stands behind it gets the shadow of a rectangle.
    flat = new_scene(white(tmp_path, (96, 96)))
    back = Surface(id="Surface 2", media=1, translate=(0.0, 0.0, -0.3), scale=(3.0, 3.0, 1.0))
    shadows = []
    for front in (scene, lit_from(flat, towards(40), kind)):
        wide = with_camera_at(front.with_node(back), (0.0, 0.0, 3.0 * DISTANCE))
        shadows.append(shadow_of(wide, gpu))
    assert (shadows[1] < 0.5).mean() > 0.01
    assert np.array_equal(shadows[0], shadows[1])


@pytest.mark.parametrize("softness", [0.0, 1.5, 30.0])
@pytest.mark.parametrize("elevation", [2, 25])
@pytest.mark.parametrize("kind", KINDS)
def test_a_plane_does_not_shadow_itself(
    gpu: Gpu, tmp_path: Path, kind: LightType, elevation: float, softness: float
) -> None:
    scene = new_scene(white(tmp_path, (96, 64)))
    scene = lit_from(scene, towards(elevation, 150), kind, shadow_softness=softness)
    assert shadow_of(scene, gpu).min() >= 0.99


@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_nor_does_a_tiny_or_a_huge_one(gpu: Gpu, tmp_path: Path, scale: float) -> None:
    scene = new_scene(white(tmp_path)).with_values("Surface 1", scale=(scale, scale, scale))
    scene = with_camera_at(scene, (0.0, 0.0, scale * DISTANCE))
    scene = lit_from(scene, towards(10, 150, 3 * scale), LightType.DIRECTIONAL)
    assert shadow_of(scene, gpu).min() >= 0.99


def hill(x: Any, y: Any) -> Any:
    return 0.1 * np.exp(-(x * x + y * y) / (2 * 0.15**2))


@pytest.mark.parametrize("mesh_step", [1, 8])
@pytest.mark.parametrize("softness", [0.0, 1.5])
@pytest.mark.parametrize("elevation", [5, 15])
def test_a_hill_shadows_itself_only_where_it_stands_in_the_way(
    gpu: Gpu, tmp_path: Path, elevation: float, softness: float, mesh_step: int
) -> None:
    x, y = grid_of((128, 128))
    z = hill(x, y)
    position = towards(elevation, 150)
    light = np.array(position) / np.linalg.norm(position)
    # How far the way to the light clears the hill, as a tangent; below zero it does not.
    clearance = np.full(z.shape, np.inf)
    for t in np.linspace(0.0, 1.2, 400)[1:]:
        px, py, pz = x + t * light[0], y + t * light[1], z + t * light[2]
        clearance = np.minimum(clearance, (pz - hill(px, py)) / t)
    normal = np.stack([x / 0.15**2 * z, y / 0.15**2 * z, np.ones_like(z)], axis=-1)
    facing = normal @ light / np.linalg.norm(normal, axis=-1)

    scene = relief_shot(tmp_path, z, three_d=True, step=mesh_step)
    scene = lit_from(scene, position, LightType.DIRECTIONAL, shadow_softness=softness)
    shadow = shadow_of(scene, gpu)
    free = (clearance > 0.03) & (facing > 0.03)
    assert shadow[free].min() >= 0.99
    # Seen in perspective the hill hides a little of what is behind it: hence not all.
    dark = (clearance < -0.03) & (facing > 0.03)
    if dark.sum() > 20:
        assert (shadow[dark] < 0.05).mean() > 0.9


@pytest.mark.parametrize("softness", [0.5, 1.5, 2.0, 3.0, 4.0, 20.0])
def test_a_soft_shadow_is_a_ramp_without_steps(gpu: Gpu, tmp_path: Path, softness: float) -> None:
    """Across its edge the light grows evenly over twice the radius."""
    card = Surface(id="Surface 2", media=1, translate=(-0.525, 0.0, 0.4), scale=(1.0, 4.0, 1.0))
    scene = new_scene(white(tmp_path, (16, 16))).with_node(card)
    scene = lit_from(
        scene, (0.0, 0.0, 3.0), LightType.DIRECTIONAL, shadow_softness=softness, shadow_bias=0.0
    )
    # So near that the picture shows a few texels of the shadow map around the edge.
    texel = 4.0 * 1.02 / 2048  # the card is four units high
    across = (3.0 * softness + 5.0) * texel
    size = (128, 8)
    distance = across * DISTANCE * size[1] / size[0]
    scene = with_camera_at(scene, (-0.025, 0.0, distance), (-0.025, 0.0, 0.0))
    row = shadow_of(scene, gpu, size=size)[4]
    assert row.min() == 0.0 and row.max() >= 0.999
    slope = np.diff(row) * size[0] * texel / across * 2.0 * softness
    inside = (row[1:] > 0.1) & (row[:-1] < 0.9)
    # Over single pixels eight bits of the sampler's weights show: hence a short mean.
    smooth = np.convolve(slope, np.full(5, 0.2), "same")[inside]
    assert smooth.size > 8
    assert smooth.min() > 0.8
    assert smooth.max() < 1.15


def test_a_soft_light_reads_no_more_of_a_smaller_map() -> None:
    assert map_shape(0.0, 2048) == (2048, 0.5)
    assert map_shape(1.5, 2048) == (2048, 1.5)
    for softness in (5.0, 17.0, 64.0):
        side, radius = map_shape(softness, 2048)
        assert radius <= LARGEST_RADIUS + 0.01
        assert radius / side == pytest.approx(softness / 2048)


def test_a_coarse_map_is_as_soft(gpu: Gpu, tmp_path: Path) -> None:
    """What is previewed with a quarter of the texels looks like what is rendered."""
    card = Surface(id="Surface 2", media=1, translate=(-0.525, 0.0, 0.4), scale=(1.0, 4.0, 1.0))
    scene = new_scene(white(tmp_path, (16, 16))).with_node(card)
    scene = lit_from(scene, (0.0, 0.0, 3.0), LightType.DIRECTIONAL, shadow_softness=40.0)
    size = (128, 8)
    distance = 0.3 * DISTANCE * size[1] / size[0]
    scene = with_camera_at(scene, (-0.025, 0.0, distance), (-0.025, 0.0, 0.0))
    rims: list[float] = []
    for resolution in (2048, 512):
        with Renderer(scene, passes=("shadow",), samples=1, size=size, gpu=gpu) as renderer:
            renderer.coarse_shadows(resolution)
            frame = renderer.render(scene.first)
            frame.wait()
            row = frame.array("shadow")[4, :, 0]
        assert row.min() == 0.0 and row.max() >= 0.999
        rims.append(float(((row > 0.1) & (row < 0.9)).mean()))
    assert rims[0] > 0.1
    assert rims[1] == pytest.approx(rims[0], rel=0.15)


@pytest.mark.parametrize("kind", KINDS)
def test_the_switches(gpu: Gpu, tmp_path: Path, kind: LightType) -> None:
    scene = lit_from(step(tmp_path), towards(45), kind)
    assert shadow_of(scene, gpu).min() < 0.01
    for off in ({"casts_shadow": False}, {"receives_shadow": False}):
        assert shadow_of(scene.with_values("Surface 1", **off), gpu).min() == 1.0
    light = scene.with_values("Light 1", shadows=False)
    assert shadow_of(light, gpu).min() == 1.0
    unlit = drawn(scene.with_values("Surface 1", lit=False), gpu, "beauty", "shadow")
    assert unlit.array("shadow").min() == 1.0
    assert np.all(unlit.array("beauty") == 1.0)


@pytest.mark.parametrize("three_d", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_geometry_casts_its_shadow_on_the_relief(
    gpu: Gpu, tmp_path: Path, kind: LightType, three_d: bool
) -> None:
    size = (128, 128)
    heights = np.full(size[::-1], 0.05)
    scene = relief_shot(tmp_path, heights, three_d=three_d, step=2)
    centre, radius = np.array([-0.2, 0.05, 0.3]), 0.1
    ball = Geometry(
        id="ball",
        mesh="sphere",
        translate=(-0.2, 0.05, 0.3),
        scale=(2 * radius, 2 * radius, 2 * radius),
    )
    position = np.array(towards(50))
    scene = lit_from(scene.with_node(ball), towards(50), kind)
    frame = drawn(scene, gpu, "beauty", "shadow", "object_id")
    # The shadow's cone against the plane that is drawn: rays to the light that pass the ball.
    x, y = grid_of(size)
    plane = 0.05 if three_d else 0.0
    share = (DISTANCE - plane) / DISTANCE  # seen in perspective
    points = np.stack([x * share, y * share, np.full_like(x, plane)], axis=-1)
    ways = position - points if kind is not LightType.DIRECTIONAL else position + 0.0 * points
    ways = ways / np.linalg.norm(ways, axis=-1, keepdims=True)
    along = np.sum((centre - points) * ways, axis=-1)
    off = np.linalg.norm(points + along[..., None] * ways - centre, axis=-1)
    wall = frame.array("object_id") == 1
    shadow = frame.array("shadow")[..., 0]
    margin = 2.0 / size[1]
    # The relief's rim has no side walls: light comes in under it from the border.
    inner = (np.abs(x) < 0.4) & (np.abs(y) < 0.4) & wall
    assert (inner & (off < radius - margin)).sum() > 100
    assert shadow[inner & (off < radius - margin)].max() <= 0.01
    assert shadow[inner & (off > radius + margin)].min() >= 0.99


def test_brightness_of_lights(gpu: Gpu, tmp_path: Path) -> None:
    """Directional 1 on a white plane that faces it is 1; point and spot fall with the square."""
    plain = new_scene(white(tmp_path, (33, 33)))

    def middle(scene: Scene) -> float:
        return float(drawn(scene, gpu).array("beauty")[16, 16, 0])

    facing = lit_from(plain, (0.0, 0.0, 3.0), LightType.DIRECTIONAL)
    beauty = drawn(facing, gpu).array("beauty")
    assert np.all(beauty == 1.0)
    for distance in (0.5, 1.0, 3.0):
        for kind in (LightType.POINT, LightType.SPOT):
            scene = lit_from(plain, (0.0, 0.0, distance), kind)
            assert middle(scene) == pytest.approx(1 / distance**2, rel=1e-3)
    for elevation in (15, 60):
        scene = lit_from(plain, towards(elevation), LightType.DIRECTIONAL)
        cosine = math.sin(math.radians(elevation))
        assert middle(scene) == pytest.approx(cosine, rel=1e-3)


def test_lights_add_up_with_colour_and_ambient(gpu: Gpu, tmp_path: Path) -> None:
    scene = new_scene(white(tmp_path, (8, 8), 0.5)).with_settings(ambient=(0.1, 0.0, 0.2))
    scene = lit_from(scene, (0.0, 0.0, 2.0), LightType.DIRECTIONAL, colour=(1.0, 0.5, 0.0))
    scene = lit_from(
        scene, (0.0, 0.0, 3.0), LightType.DIRECTIONAL, colour=(0.0, 0.0, 1.0), intensity=3.0
    )
    beauty = drawn(scene, gpu).array("beauty")
    expected = 0.5 * np.array([1.1, 0.5, 3.2])
    np.testing.assert_allclose(beauty[4, 4, :3], expected, rtol=1e-3)


@pytest.mark.parametrize("penumbra", [0.0, 10.0])
def test_a_spot_lights_its_cone_only(gpu: Gpu, tmp_path: Path, penumbra: float) -> None:
    size = (129, 129)
    scene = new_scene(white(tmp_path, size))
    scene = lit_from(scene, (0.0, 0.0, 1.0), LightType.SPOT, cone=40.0, penumbra=penumbra)
    beauty = drawn(scene, gpu).array("beauty")[..., 0]
    x, y = grid_of(size)
    square = 1.0 + x * x + y * y
    angle = np.degrees(np.arctan(np.hypot(x, y)))
    full = square**-1.5  # inverse square, and the cosine of a plane
    inside, outside = angle < 20.0 - penumbra - 0.3, angle > 20.3
    np.testing.assert_allclose(beauty[inside], full[inside], rtol=2e-3)
    assert np.all(beauty[outside] == 0.0)
    assert np.isfinite(beauty).all()


def test_a_light_behind_a_surface_does_not_light_its_bumps(gpu: Gpu, tmp_path: Path) -> None:
    x, y = grid_of((64, 64))
    heights = 0.05 * np.sin(40 * x) * np.sin(40 * y)
    scene = relief_shot(tmp_path, heights, three_d=False, bump=True)
    for kind in KINDS:
        for shadows in (True, False):
            lit = lit_from(scene, towards(-8), kind, shadows=shadows)
            assert drawn(lit, gpu).array("beauty")[..., :3].max() == 0.0


def test_a_matte_casts_a_shadow_of_its_own_shape(gpu: Gpu, tmp_path: Path) -> None:
    x, y = grid_of((128, 128))
    disc = np.zeros((128, 128, 4), np.float32)
    disc[np.hypot(x, y) < 0.3] = 1.0
    scene = new_scene(white(tmp_path, (128, 128)))
    scene = scene.with_media(media_of(tmp_path / "disc.exr", disc))
    card = Surface(id="card", media=2, translate=(-0.3, 0.0, 0.3), scale=(0.5, 0.5, 1.0))
    scene = lit_from(scene.with_node(card), towards(45), LightType.DIRECTIONAL)
    frame = drawn(scene, gpu, "beauty", "shadow", "object_id")
    shadow = frame.array("shadow")[..., 0]
    wall = frame.array("object_id") == 1
    distance = np.hypot(x - 0.0, y)  # 0.3 up and 45 degrees: 0.3 to the right
    margin = 2.0 / 128
    assert shadow[wall & (distance < 0.15 - margin)].max() <= 0.01
    assert shadow[wall & (distance > 0.15 + margin)].min() >= 0.99


def test_lights_beyond_the_shadow_maps_are_named(gpu: Gpu, tmp_path: Path) -> None:
    """A point light in the midst of things takes six shadow maps; there are sixteen."""
    scene = new_scene(white(tmp_path, (9, 9)))
    for _ in range(4):
        scene = lit_from(scene, (0.0, 0.0, 0.2), LightType.POINT)
    frame = drawn(scene, gpu)
    assert [text for text in frame.warnings if "'Light 3' casts no shadow" in text]
    assert frame.array("beauty")[4, 4, 0] == pytest.approx(4 / 0.2**2, rel=1e-2)


def test_a_point_light_in_the_midst_casts_all_around(gpu: Gpu, tmp_path: Path) -> None:
    """Seams between the six maps show neither light nor shadow of their own."""
    size = (160, 160)
    scene = new_scene(white(tmp_path, size))
    scene = lit_from(scene, (0.02, 0.01, 0.15), LightType.POINT)
    for number, (x, y) in enumerate([(-0.25, 0.0), (0.25, 0.05), (0.0, -0.2), (0.05, 0.25)]):
        scene = scene.with_node(
            Geometry(
                id=f"ball {number}", mesh="sphere", translate=(x, y, 0.08), scale=(0.06, 0.06, 0.06)
            )
        )
    frame = drawn(scene, gpu, "beauty", "shadow", "object_id")
    x, y = grid_of(size)
    points = np.stack([x, y, np.zeros_like(x)], axis=-1)
    ways = np.array([0.02, 0.01, 0.15]) - points
    ways /= np.linalg.norm(ways, axis=-1, keepdims=True)
    off = np.full(x.shape, np.inf)
    for ball in [(-0.25, 0.0, 0.08), (0.25, 0.05, 0.08), (0.0, -0.2, 0.08), (0.05, 0.25, 0.08)]:
        along = np.sum((np.array(ball) - points) * ways, axis=-1)
        off = np.minimum(
            off, np.linalg.norm(points + along[..., None] * ways - np.array(ball), axis=-1)
        )
    wall = frame.array("object_id") == 1
    shadow = frame.array("shadow")[..., 0]
    assert (wall & (off < 0.02)).sum() > 500
    assert shadow[wall & (off < 0.02)].max() <= 0.01
    assert shadow[wall & (off > 0.04)].min() >= 0.99


def test_highlights(gpu: Gpu, tmp_path: Path) -> None:
    """GGX straight on: f0 / (4 roughness^4), over the matte light; gone where the light is behind.

    With n, l, v and h one direction the distribution is 1 / (pi a^2), a = roughness^2, Fresnel is
    f0, visibility is 1, and lights are scaled by pi.
    """
    scene = new_scene(white(tmp_path, (33, 33), 0.25))
    scene = lit_from(scene, (0.0, 0.0, 3.0), LightType.DIRECTIONAL, shadows=False)
    for roughness, specular in ((0.5, 0.1), (0.5, 0.8), (0.3, 0.04), (1.0, 0.5)):
        shiny = scene.with_values("Surface 1", roughness=roughness, specular=specular)
        beauty = drawn(shiny, gpu).array("beauty")
        expected = 0.25 + specular / (4 * roughness**4)
        assert beauty[16, 16, 0] == pytest.approx(expected, rel=0.02)
        if roughness < 1.0:
            assert beauty[16, 16, 0] == beauty[..., 0].max()
    mirror = scene.with_values("Surface 1", roughness=0.0, specular=1.0)
    assert np.isfinite(drawn(mirror, gpu).array("beauty")).all()
    behind = lit_from(new_scene(white(tmp_path)), (0.3, 0.0, -3.0), LightType.DIRECTIONAL)
    behind = behind.with_values("Surface 1", roughness=0.4, specular=1.0)
    assert drawn(behind, gpu).array("beauty")[..., :3].max() == 0.0


@pytest.mark.parametrize("kind", [LightType.POINT, LightType.SPOT])
def test_a_highlight_of_a_light_at_the_camera_is_a_number(
    gpu: Gpu, tmp_path: Path, kind: LightType
) -> None:
    """Light and view are one direction there, and rounding carries their cosine over 1."""
    scene = new_scene(white(tmp_path, (96, 72))).with_values("Surface 1", specular=0.3)
    scene = lit_from(scene, (0.0, 0.0, DISTANCE), kind, shadows=False)
    assert np.isfinite(drawn(scene, gpu).array("beauty")).all()


def test_a_highlight_lies_where_the_light_is_mirrored(gpu: Gpu, tmp_path: Path) -> None:
    size = (129, 129)
    scene = new_scene(white(tmp_path, size)).with_values("Surface 1", roughness=0.15, specular=1.0)
    position = (0.3, -0.2, 0.8)
    beauty = drawn(lit_from(scene, position, LightType.POINT), gpu).array("beauty")[..., 0]
    row, column = np.unravel_index(beauty.argmax(), beauty.shape)
    x, y = grid_of(size)
    # The mirrored way from the camera at (0, 0, D) meets the plane in proportion to the heights.
    share = DISTANCE / (DISTANCE + position[2])
    assert x[row, column] == pytest.approx(position[0] * share, abs=0.03)
    assert y[row, column] == pytest.approx(position[1] * share, abs=0.03)
