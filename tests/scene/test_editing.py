"""Documents edited into new ones, new nodes, and the time of media."""

from __future__ import annotations

from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import SceneError
from engine.scene import (
    NODE_TYPES,
    AnalysisType,
    Axis,
    Camera,
    DepthRange,
    Geometry,
    LightType,
    Media,
    MediaKind,
    NormalMap,
    Outside,
    Projection,
    Region,
    Scene,
    Surface,
    ZDepthMap,
    media_frame,
    new_camera,
    new_id,
    new_light,
    new_media,
    new_scene,
    new_z_map,
    parameters,
)
from engine.scene.contents import Contents

PLATE = Media(name="plate", path="/plate.exr", size=(16, 9))
DEPTH = Media(name="depth", path="/depth.exr", size=(16, 9))
SCENE = Scene(
    media=(PLATE, DEPTH, PLATE),
    camera="Camera 1",
    nodes=(
        Axis(id="Axis 1"),
        Camera(id="Camera 1", parent="Axis 1"),
        Surface(id="Surface 1", media=3, parent="Axis 1"),
        ZDepthMap(id="Z-Depth 1", parent="Surface 1", media=2, source_camera="Camera 1"),
        NormalMap(id="Normal Map 1", parent="Surface 1", media=2),
        Axis(id="Axis 2", parent="Surface 1"),
    ),
)


def test_a_node_is_renamed_everywhere() -> None:
    camera = msgspec.structs.replace(SCENE.node("Camera 1"), id="Match")
    renamed = SCENE.replace_node("Camera 1", camera)
    assert renamed.camera == "Match"
    z_map = renamed.node("Z-Depth 1")
    assert isinstance(z_map, ZDepthMap)
    assert z_map.source_camera == "Match"
    surface = msgspec.structs.replace(SCENE.node("Surface 1"), id="Hero")
    assert [n.id for n in SCENE.replace_node("Surface 1", surface).children("Hero")] == [
        "Z-Depth 1", "Normal Map 1", "Axis 2",
    ]  # fmt: skip
    with pytest.raises(SceneError, match="is already the name of"):
        SCENE.replace_node("Camera 1", msgspec.structs.replace(camera, id="Axis 1"))


def test_a_node_that_goes_takes_its_maps_along() -> None:
    left = SCENE.without("Surface 1")
    assert [node.id for node in left.nodes] == ["Axis 1", "Camera 1", "Axis 2"]
    assert left.node("Axis 2").parent == "Axis 1"
    left = SCENE.without("Camera 1")
    z_map = left.node("Z-Depth 1")
    assert isinstance(z_map, ZDepthMap)
    assert (left.camera, z_map.source_camera) == (None, None)
    assert [node.id for node in SCENE.children(None)] == ["Axis 1"]


def test_media_keep_their_users_when_one_goes() -> None:
    left = SCENE.without_media(1)
    assert [entry.name for entry in left.media] == ["depth", "plate"]
    numbers = {node.id: getattr(node, "media", None) for node in left.nodes}
    assert (numbers["Surface 1"], numbers["Z-Depth 1"], numbers["Normal Map 1"]) == (2, 1, 1)
    with pytest.raises(SceneError, match=r'media 3 \("plate"\) is the media of "Surface 1"'):
        SCENE.without_media(3)
    matted = SCENE.replace_media(1, msgspec.structs.replace(PLATE, matte=2))
    assert matted.with_media(DEPTH).without_media(4) == matted
    masked = SCENE.without("Surface 1").replace_media(1, msgspec.structs.replace(PLATE, matte=2))
    with pytest.raises(SceneError, match=r'media 2 \("depth"\) is the matte of "plate"'):
        masked.without_media(2)


def test_names_are_free() -> None:
    assert new_id(SCENE, Surface) == "Surface 2"
    assert new_id(SCENE, ZDepthMap) == "Z-Depth 2"
    assert SCENE.unique_id("Box") == "Box 1"


def test_a_new_document_of_a_still() -> None:
    scene = new_scene(PLATE, z_media=DEPTH)
    assert (scene.first, scene.last, scene.fps, scene.size) == (1001, 1001, 24.0, (16, 9))
    (z_map,) = [node for node in scene.nodes if isinstance(node, ZDepthMap)]
    assert (z_map.media, z_map.displace, z_map.three_d) == (2, True, False)
    assert scene.camera == "Camera 1"


def test_a_new_document_of_a_clip_has_its_range_and_rate() -> None:
    clip = new_media("/clip.mp4", (16, 9), kind="video", first=0, last=99, fps=25.0)
    assert clip.kind is MediaKind.VIDEO
    scene = new_scene(clip, analysis=AnalysisType.FACE)
    assert (scene.first, scene.last, scene.fps) == (0, 99, 25.0)
    assert scene.evaluate(42).surfaces[0].media.frame == 42
    (z_map,) = [node for node in scene.nodes if isinstance(node, ZDepthMap)]
    assert (z_map.analysis, z_map.media) == (AnalysisType.FACE, None)
    assert new_scene(clip, fps=30).fps == 30
    moving_depth = new_scene(PLATE, z_media=new_media("/z.####.exr", (16, 9), first=5, last=8))
    assert (moving_depth.first, moving_depth.last) == (5, 8)


def test_a_map_numbered_elsewhere_starts_with_its_clip() -> None:
    plate = new_media("/plate.####.exr", (16, 9), first=1001, last=1048)
    depth = new_media("/depth.####.exr", (16, 9), first=1, last=48)
    found = new_scene(plate, z_media=depth).evaluate(1010).surfaces[0]
    assert found.z_map is not None
    assert (found.media.frame, found.z_map.media.frame) == (1010, 10)
    handles = new_media("/depth.####.exr", (16, 9), first=993, last=1056)
    found = new_scene(plate, z_media=handles).evaluate(1010).surfaces[0]
    assert found.z_map is not None
    assert found.z_map.media.frame == 1010


def test_a_global_analysis_gets_its_range_when_it_is_made() -> None:
    scene = new_scene(PLATE, analysis=AnalysisType.GLOBAL)
    z_map = scene.node("Z-Depth 1")
    assert isinstance(z_map, ZDepthMap)
    assert (z_map.near, z_map.far) == pytest.approx((0.6 * 1.3737, 1.6 * 1.3737), rel=1e-4)
    scene = scene.without("Z-Depth 1").with_values("Surface 1", translate=(0, 0, -3))
    camera = Camera(id="Match", translate=(0, 5, 1), rotate=(0, 0, 0))
    scene = scene.with_node(camera)
    z_map = new_z_map(scene, "Surface 1", analysis=AnalysisType.GLOBAL, source_camera="Match")
    assert (z_map.near, z_map.far) == pytest.approx((2.4, 6.4))
    scene.with_node(z_map)


def test_a_new_map_on_geometry_is_a_relief_along_its_normals() -> None:
    scene = new_scene(PLATE).with_node(Geometry(id="Head", mesh="/head.obj", media=1))
    z_map = new_z_map(scene, "Head", media=1)
    assert z_map.depth_range is DepthRange.RELIEF
    assert z_map.project_along is Projection.SURFACE_NORMAL
    scene.with_node(z_map)


@pytest.mark.parametrize("kind", list(LightType))
def test_a_new_light_shines_on_the_origin(kind: LightType) -> None:
    light = new_light(SCENE, kind)
    (found,) = SCENE.with_node(light).evaluate(1).lights
    place = found.world[:3, 3]
    distance = float((place @ place) ** 0.5)
    assert found.world[:3, 2] == pytest.approx(place / distance)
    falloff = 1.0 if kind is LightType.DIRECTIONAL else 1.0 / distance**2
    assert found.colour[0] * falloff == pytest.approx(1.0)


def test_a_new_camera_frames_a_taller_surface() -> None:
    camera = new_camera(SCENE, height=3.0)
    assert camera.id == "Camera 2"
    assert camera.translate[2] == pytest.approx(3 * 1.37374, rel=1e-5)


def test_a_still_shows_its_frame_at_any_time() -> None:
    assert {media_frame(PLATE, frame) for frame in (-5, 1, 1001)} == {1}


def test_a_clip_holds_or_loops_outside() -> None:
    clip = msgspec.structs.replace(PLATE, first=10, last=12)
    assert [media_frame(clip, f) for f in range(8, 16)] == [10, 10, 10, 11, 12, 12, 12, 12]
    loop = msgspec.structs.replace(clip, outside=Outside.LOOP)
    assert [media_frame(loop, f) for f in range(8, 16)] == [11, 12, 10, 11, 12, 10, 11, 12]
    later = msgspec.structs.replace(clip, offset=991)
    assert [media_frame(later, f) for f in (1000, 1001, 1002, 1003, 1004)] == [10, 10, 11, 12, 12]


def test_a_clip_of_another_rate_keeps_its_pace() -> None:
    clip = msgspec.structs.replace(PLATE, first=0, last=1000, fps=30.0)
    assert [media_frame(clip, f, 24.0) for f in range(6)] == [0, 1, 2, 3, 5, 6]
    assert [media_frame(clip, f, 60.0) for f in range(6)] == [0, 0, 1, 1, 2, 2]
    slow = msgspec.structs.replace(clip, fps=None, speed=0.5)
    assert [media_frame(slow, f, 24.0) for f in range(6)] == [0, 0, 1, 1, 2, 2]


@given(st.integers(0, 100_000), st.sampled_from([(24, 30), (30, 24), (25, 50), (24, 25)]))
def test_the_pace_is_exact_over_a_long_time(frame: int, rates: tuple[int, int]) -> None:
    scene_rate, media_rate = rates
    clip = msgspec.structs.replace(PLATE, first=0, last=10**6, fps=float(media_rate))
    exact = Fraction(frame * media_rate, scene_rate)
    assert media_frame(clip, frame, float(scene_rate)) == exact.__floor__()


@pytest.mark.parametrize("struct", [*NODE_TYPES, Media, Region, Contents])
def test_every_field_is_explained(struct: type[msgspec.Struct]) -> None:
    found = parameters(struct)
    assert [item.name for item in found] == list(struct.__struct_fields__)
    for item in found:
        assert item.label
        assert item.meaning
        assert not item.meaning.endswith(".")
        assert "\n" not in item.meaning
        if item.kind in ("choice", "choice_or_number"):
            assert item.choices
        if item.kind in ("number", "vector", "pair", "integer") and item.low is not None:
            assert item.high is not None
            assert item.low < item.high or item.name == "version"


def test_the_defaults_of_a_map_are_those_of_the_book() -> None:
    found = {item.name: item.default for item in parameters(ZDepthMap)}
    expected = {
        "analysis": "media", "depth_range": "normalized", "relief_depth": None, "depth_scale": 1.0,
        "black": 0.0, "white": 1.0, "gamma": 1.0, "source_camera": None, "invert": False,
        "effect": 1.0, "softness": (0.0, 0.0), "displace": False, "three_d": False, "step": None,
        "bump": False, "project_along": "camera_rays", "tear": False, "tear_threshold": 5.0,
        "z_pass": False, "regions": (), "fit": "stretch", "repeat": "none",
        "network": "", "stabilise": 0.5, "nothing": "none", "holes": "plane",
    }  # fmt: skip
    assert {name: found[name] for name in expected} == expected
