"""What the passes get."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.scene import (
    AnalysisType,
    Axis,
    Camera,
    DepthRange,
    EvaluatedCamera,
    FilmFit,
    Geometry,
    Holes,
    Lens,
    Light,
    LightKind,
    LightType,
    Media,
    MediaFrame,
    NormalMap,
    Projection,
    Region,
    Scene,
    Shape,
    Surface,
    ZDepthMap,
    automatic_step,
    curve,
    new_media,
    new_scene,
)
from engine.scene.lenses import framing_distance
from engine.scene.transforms import compose, rotation
from tests.scene.strategies import scenes

WIDE = Media(name="plate", path="/plate.exr", size=(1920, 1080))
DEPTH = Media(name="depth", path="/depth.exr", size=(960, 540))


def scene_of(*nodes: Any, **settings: Any) -> Scene:
    return Scene(media=(WIDE, DEPTH), nodes=nodes, **settings)


def ndc(camera: EvaluatedCamera, point: tuple[float, float, float]) -> np.ndarray:
    x, y, z, _ = np.linalg.inv(camera.world) @ [*point, 1.0]
    return np.array([x, y]) / (-z * np.array(camera.tan_half)) - camera.shift


@settings(deadline=None)
@given(
    st.integers(1, 8000), st.integers(1, 8000), st.sampled_from([0.5, 1.0, 1.3333, 2.0])
)  # fmt: skip
def test_a_new_document_fills_its_view_exactly(width: int, height: int, aspect: float) -> None:
    frame = new_scene(new_media("/p.exr", (width, height), pixel_aspect=aspect)).evaluate(1001)
    (surface,) = frame.surfaces
    assert surface.size == (width * aspect / height, 1.0)
    for x in (-1, 1):
        for y in (-1, 1):
            corner = surface.world @ [x * surface.size[0] / 2, y * surface.size[1] / 2, 0, 1]
            found = ndc(frame.camera, tuple(corner[:3]))
            np.testing.assert_allclose(found, (x, y), atol=1e-12)
    distance = frame.camera.world[2, 3]
    assert distance == pytest.approx(1.374, abs=5e-4)
    assert frame.camera.near == pytest.approx(0.5 * distance)
    assert frame.camera.far == pytest.approx(2 * distance)
    assert not frame.camera.clip


def test_the_surfaces_own_camera_is_the_new_camera() -> None:
    scene = new_scene(WIDE, z_media=DEPTH)
    frame = scene.evaluate(1001)
    z_map = frame.surfaces[0].z_map
    assert z_map is not None
    assert z_map.own_camera
    np.testing.assert_allclose(z_map.source.world, frame.camera.world, atol=1e-15)
    assert z_map.source.tan_half == pytest.approx(frame.camera.tan_half, abs=1e-15)
    assert (z_map.source.near, z_map.source.far) == (frame.camera.near, frame.camera.far)


def test_without_a_camera_the_view_frames_a_new_surface() -> None:
    frame = scene_of(Surface(id="s", media=1), size=(1920, 1080)).evaluate(1)
    np.testing.assert_allclose(ndc(frame.camera, (8 / 9, 0.5, 0)), (1, 1), atol=1e-12)


def test_parents_move_their_children_in_any_order_of_the_list() -> None:
    outer = Axis(id="outer", rotate=(0, 90, 0), translate=(0, 0, curve([(0, 0), (10, 5)])))
    inner = Axis(id="inner", parent="outer", scale=(2, 2, 2))
    surface = Surface(id="s", parent="inner", media=1, translate=(1, 0, 0))
    expected = (
        compose((0, 0, 2), (0, 90, 0), (1, 1, 1))
        @ compose((0, 0, 0), (0, 0, 0), (2, 2, 2))
        @ compose((1, 0, 0), (0, 0, 0), (1, 1, 1))
    )
    for nodes in ((outer, inner, surface), (surface, inner, outer)):
        found = scene_of(*nodes).evaluate(4).surfaces[0]
        np.testing.assert_allclose(found.world, expected, atol=1e-15)


def test_a_camera_takes_no_scale_from_its_parents() -> None:
    axis = Axis(id="a", scale=(3, 3, -3), rotate=(0, 30, 0), translate=(1, 0, 0))
    camera = Camera(id="c", parent="a", translate=(0, 0, 2))
    found = scene_of(axis, camera, camera="c").evaluate(1).camera.world
    np.testing.assert_allclose(found[:3, :3] @ found[:3, :3].T, np.eye(3), atol=1e-12)
    assert np.linalg.det(found[:3, :3]) == pytest.approx(1)
    np.testing.assert_allclose(found[:3, 3], [1 - 6 * 0.5, 0, -6 * math.sqrt(0.75)], atol=1e-12)


@pytest.mark.parametrize(
    ("fit", "film"),
    [
        (FilmFit.HORIZONTAL, (36, 18)),
        (FilmFit.VERTICAL, (48, 24)),
        (FilmFit.STRETCH, (36, 24)),
    ],
)
def test_a_film_camera(fit: FilmFit, film: tuple[float, float]) -> None:
    camera = Camera(
        id="c", lens=Lens.FILM, film_back=(36, 24), focal_length=50, film_offset=(9, -3),
        film_fit=fit,
    )  # fmt: skip
    found = scene_of(camera, camera="c", size=(2000, 1000)).evaluate(1).camera
    assert found.tan_half == pytest.approx((film[0] / 100, film[1] / 100))
    assert found.shift == pytest.approx((18 / film[0], -6 / film[1]))
    # The centre of the film looks along the ray through (offset, focal length).
    assert ndc(found, (9 / 50, -3 / 50, -1)) == pytest.approx([0, 0], abs=1e-12)


def test_a_field_of_view_is_vertical_and_animated() -> None:
    camera = Camera(id="c", fov=curve([(0, 20), (10, 60)]))
    found = scene_of(camera, camera="c", size=(300, 100), pixel_aspect=2.0).evaluate(5).camera
    vertical = math.tan(math.radians(20))
    assert found.tan_half == pytest.approx((6 * vertical, vertical))


def test_lights() -> None:
    spot = Light(
        id="l", kind=LightType.SPOT, colour=(1, 0.5, 0), intensity=4, cone=60, penumbra=10,
        rotate=(0, 90, 0), scale=(5, 5, 5), shadow_bias=0.1, shadow_softness=3, shadows=False,
    )  # fmt: skip
    frame = scene_of(spot, Light(id="d"), ambient=(0.1, 0.2, 0.3)).evaluate(1)
    found, other = frame.lights
    assert found.kind is LightKind.SPOT
    assert other.kind is LightKind.DIRECTIONAL
    assert found.colour == (4, 2, 0)
    assert found.cone == pytest.approx((math.radians(20), math.radians(30)))
    np.testing.assert_allclose(found.world @ [0, 0, -1, 0], [-1, 0, 0, 0], atol=1e-12)
    assert (found.shadows, found.shadow_bias, found.shadow_softness) == (False, 0.1, 3)
    assert frame.ambient == (0.1, 0.2, 0.3)


def test_object_ids_follow_the_document() -> None:
    frame = scene_of(
        Geometry(id="box", mesh="box"), Axis(id="a"), Surface(id="s", media=1),
        Geometry(id="ball", mesh="sphere"),
    ).evaluate(1)  # fmt: skip
    found = {item.id: item.object_id for item in (*frame.surfaces, *frame.geometries)}
    assert found == {"box": 1, "s": 2, "ball": 3}


def test_every_control_of_a_map_arrives() -> None:
    z_map = ZDepthMap(
        id="z", parent="s", media=2, depth_range=DepthRange.INVERSE, relief_depth=0.7,
        depth_scale=0.01, black=0.1, white=0.9, gamma=2, near=1, far=curve([(0, 2), (10, 12)]),
        invert=True, effect=curve([(0, 0), (10, -2)]), softness=(1, 2), edge_aware=True,
        displace=True, three_d=True, step=5, bump=True, project_along=Projection.SURFACE_NORMAL,
        tear=True, tear_threshold=7, z_pass=True, translate=(0.1, 0.2, 0.3), rotate=(0, 0, 90),
        network="small", stabilise=0.25, smooth_steps=True,
        nothing=-9999.0, holes=Holes.FARTHER,
        regions=(
            Region(points=((0.1, 0.2), (0.3, 0.4))),
            Region(shape=Shape.POLYGON, exclude=True, points=((0, 0), (1, 0), (0, 1))),
        ),
    )  # fmt: skip
    frame = scene_of(Surface(id="s", media=1), z_map).evaluate(5)
    found = frame.surfaces[0].z_map
    assert found is not None
    plain = dataclasses.asdict(found)
    expected = {
        "id": "z", "analysis": "media", "range": "inverse",
        "relief_depth": 0.7, "depth_scale": 0.01, "black": 0.1, "white": 0.9, "gamma": 2.0,
        "invert": True, "effect": -1.0, "softness": (1.0, 2.0), "edge_aware": True,
        "displace": True, "three_d": True, "step": 5, "tolerance": None, "bump": True,
        "projection": "surface_normal", "tear": 0.07, "z_pass": True, "fit": "stretch",
        "repeat": "none", "z_offset": 0.3, "own_camera": True,
        "network": "small", "stabilise": 0.25, "smooth_steps": True,
        "nothing": -9999.0, "holes": "farther", "far_value": None, "missing_value": None,
    }  # fmt: skip
    assert found.media == MediaFrame(1, 1)
    assert {name: plain[name] for name in expected} == expected
    assert (found.source.near, found.source.far) == (1, 7)
    np.testing.assert_allclose(found.to_surface, [[0, -1, 0.1], [1, 0, 0.2], [0, 0, 1]], atol=1e-15)
    assert [region.exclude for region in found.regions] == [False, True]
    assert found.regions[0].points == ((0.1, 0.2), (0.3, 0.2), (0.3, 0.4), (0.1, 0.4))


def test_what_is_automatic() -> None:
    frame = new_scene(WIDE, z_media=DEPTH).evaluate(1001)
    found = frame.surfaces[0].z_map
    assert found is not None
    assert (found.relief_depth, found.step, found.tolerance, found.tear) == (0.25, 2, 1.0, None)
    assert automatic_step((1, 1)) == 2
    assert automatic_step((4096, 2160)) == 5
    assert automatic_step((2160, 4096)) == 5
    for width in range(1, 20_000, 37):
        assert width / automatic_step((width, 10)) <= 960


def test_an_analysis_looks_at_the_picture_of_what_it_is_attached_to() -> None:
    z_map = ZDepthMap(id="z", parent="s", analysis=AnalysisType.FACE, media=2)
    found = scene_of(Surface(id="s", media=1), z_map).evaluate(1).surfaces[0].z_map
    assert found is not None
    assert found.media.index == 0


def test_a_map_on_geometry_measures_by_its_bounds() -> None:
    z_map = ZDepthMap(
        id="z", parent="g", media=2, depth_range=DepthRange.RELIEF,
        project_along=Projection.SURFACE_NORMAL,
    )  # fmt: skip
    for bounds, height in (((2, 8, 3), 8.0), ((4, 0, 3), 4.0), ((0, 0, 0), 1.0)):
        mesh = Geometry(id="g", mesh="/head.glb", bounds=bounds)
        found = scene_of(mesh, z_map).evaluate(1).geometries[0]
        width, size = found.map_size
        assert size == height
        assert width / size == DEPTH.size[0] * DEPTH.pixel_aspect / DEPTH.size[1]
        assert found.z_map is not None
        assert found.z_map.relief_depth == 0.25 * height
        assert found.z_map.source.world[2, 3] == pytest.approx(framing_distance(height))


@settings(deadline=None)
@given(
    st.tuples(*[st.floats(-3, 3)] * 3), st.tuples(*[st.floats(-180, 180)] * 3), st.floats(0.2, 5)
)  # fmt: skip
def test_a_source_camera_sees_the_same_from_the_surfaces_space(
    place: tuple, turn: tuple, size: float
) -> None:
    camera = Camera(id="c", translate=(0.3, 0.1, 9), rotate=(5, 10, 15))
    surface = Surface(id="s", media=1, translate=place, rotate=turn, scale=(size, size, size))
    z_map = ZDepthMap(id="z", parent="s", media=2, source_camera="c")
    frame = scene_of(camera, surface, z_map, camera="c").evaluate(1)
    found = frame.surfaces[0].z_map
    assert found is not None
    assert not found.own_camera
    # Distance 2 along the camera's axis is the same place by both roads.
    seen = np.array([0.2, -0.1, -2.0, 1.0])
    np.testing.assert_allclose(
        frame.surfaces[0].world @ found.source.world @ seen, frame.camera.world @ seen, atol=1e-9
    )


def test_a_source_camera_that_hangs_on_the_surface_is_scaled_with_it() -> None:
    surface = Surface(id="s", media=1, scale=(4, 4, 4), rotate=(0, 45, 0))
    axis = Axis(id="a", parent="s", rotate=(0, 30, 0))
    camera = Camera(id="c", parent="a", translate=(0, 0, 2))
    z_map = ZDepthMap(id="z", parent="s", media=2, source_camera="c")
    found = scene_of(surface, axis, camera, z_map).evaluate(1).surfaces[0].z_map
    assert found is not None
    expected = rotation((0, 30, 0)) @ compose((0, 0, 2), (0, 0, 0), (1, 1, 1))
    np.testing.assert_allclose(found.source.world, expected, atol=1e-12)


def test_mattes_come_from_the_surface_or_else_from_its_media() -> None:
    media = (media_with(WIDE, matte=2), DEPTH, DEPTH)
    nodes = (Surface(id="a", media=1), Surface(id="b", media=1, matte=3), Surface(id="c", media=2))
    frame = Scene(media=media, nodes=nodes).evaluate(1)
    assert [s.matte.index if s.matte else None for s in frame.surfaces] == [1, 2, None]


def media_with(media: Media, **changes: Any) -> Media:
    return Media(**{name: getattr(media, name) for name in media.__struct_fields__} | changes)


def test_a_normal_map() -> None:
    normal = NormalMap(id="n", parent="s", media=2, signed=True, flip_y=True, strength=0.5)
    found = scene_of(Surface(id="s", media=1), normal).evaluate(1).surfaces[0].normal_map
    assert found is not None
    assert (found.media.index, found.signed, found.flip_y, found.strength) == (1, True, True, 0.5)


def test_a_surface_scaled_to_nothing_stays_a_number() -> None:
    surface = Surface(id="s", media=1, scale=(0, 0, 0))
    frame = scene_of(surface, ZDepthMap(id="z", parent="s", media=2, scale=(0, 0, 0))).evaluate(1)
    (found,) = frame.surfaces
    assert np.isfinite(np.linalg.inv(found.world)).all()
    assert found.z_map is not None
    assert np.isfinite(np.linalg.inv(found.z_map.to_surface)).all()


def test_what_leaves_the_range_of_numbers_is_not_in_the_frame() -> None:
    chain: list[Any] = [Axis(id="0", scale=(1e6, 1e6, 1e6))]
    chain += [Axis(id=f"{i}", parent=f"{i - 1}", scale=(1e6, 1e6, 1e6)) for i in range(1, 60)]
    inside = {"parent": "59", "translate": (1.0, 1.0, 1.0)}
    frame = scene_of(
        *chain, Surface(id="far", media=1, **inside), Surface(id="near", media=1),
        Camera(id="c", **inside), Light(id="l", **inside),
        ZDepthMap(id="z", parent="near", media=2, source_camera="c"), camera="c",
    ).evaluate(1)  # fmt: skip
    assert [(item.id, item.object_id) for item in frame.surfaces] == [("near", 2)]
    assert finite(frame)


def test_what_is_invisible_is_not_in_the_frame_and_keeps_its_object_id() -> None:
    scene = Scene(media=(new_media("a.png", (8, 8)),)).with_node(
        Surface(id="first", media=1, opacity=curve([(1, 0.0), (3, 1.0)])),
        Geometry(id="second", mesh="box", opacity=0.0),
        Surface(id="third", media=1),
    )

    def shown(frame: int) -> list[tuple[str, int]]:
        evaluated = scene.evaluate(frame)
        return [(s.id, s.object_id) for s in (*evaluated.surfaces, *evaluated.geometries)]

    assert shown(1) == [("third", 3)]
    assert shown(2) == [("first", 1), ("third", 3)]


def test_subframes_move_axes_and_hold_pictures() -> None:
    clip = media_with(WIDE, first=1, last=100)
    surface = Surface(id="s", media=1, translate=(curve([(0, 0), (100, 100)]), 0, 0))
    frame = Scene(media=(clip,), nodes=(surface,)).evaluate(10.25)
    assert frame.frame == 10
    assert frame.surfaces[0].world[0, 3] == 10.25
    assert frame.surfaces[0].media.frame == 10


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(scenes(), st.floats(-3000, 3000))
def test_any_valid_document_evaluates_to_finite_numbers(scene: Scene, at: float) -> None:
    with np.errstate(all="raise"):
        frame = scene.evaluate(at)
    assert finite(frame)
    assert 0 < frame.camera.near < frame.camera.far
    for surface in frame.surfaces:
        assert 0 <= surface.opacity <= 1
        assert np.linalg.matrix_rank(surface.world[:3, :3], tol=0) == 3
        if surface.z_map is not None:
            assert 0 < surface.z_map.source.near < surface.z_map.source.far


def finite(value: Any) -> bool:
    """Whether every number inside is one."""
    if dataclasses.is_dataclass(value):
        return all(finite(getattr(value, field.name)) for field in dataclasses.fields(value))
    if isinstance(value, tuple):
        return all(map(finite, value))
    if isinstance(value, np.ndarray):
        return bool(np.isfinite(value).all())
    return math.isfinite(value) if isinstance(value, float) else True
