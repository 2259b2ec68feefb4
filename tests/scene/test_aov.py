"""3D AOVs and the maps that they need, in the document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.errors import SceneError
from engine.scene import (
    MAPS,
    NEEDED_MAPS,
    Aov,
    AovMotion,
    AovType,
    Axis,
    DiffuseMap,
    Geometry,
    Media,
    MotionVectorsMap,
    NormalMap,
    PositionMap,
    Scene,
    Surface,
    UVMap,
    ZDepthMap,
    carrier_of,
    created_map,
)
from engine.scene.aov import PASS_NAMES as KNOWN
from passes import PASS_NAMES

PLATE = Media(name="plate", path="/plate.exr", size=(16, 9), first=1001, last=1002)
VECTORS = Media(name="vectors", path="/vectors.exr", size=(16, 9), first=1, last=9, offset=1000)
SCENE = Scene(
    media=(PLATE, VECTORS),
    nodes=(
        Axis(id="Axis 1"),
        Surface(id="Surface 1", media=1, parent="Axis 1"),
        Geometry(id="Ball", mesh="sphere"),
        Aov(id="On it", parent="Surface 1", kind=AovType.MOTION_VECTORS),
        Aov(id="Free"),
    ),
)


def test_maps_are_evaluated_at_the_frame() -> None:
    scene = SCENE.with_node(
        MotionVectorsMap(id="m", parent="Surface 1", media=2, backward=1, flip_v=True, scale=2.0),
        PositionMap(id="p", parent="Surface 1", media=1),
        UVMap(id="u", parent="Ball", media=2, flip_v=True),
        DiffuseMap(id="d", parent="Ball", media=1),
    )
    frame = scene.evaluate(1002)
    found, ball = frame.surfaces[0].maps, frame.geometries[0].maps
    assert found.motion is not None and found.position is not None
    assert found.motion.backward is not None
    assert (found.motion.forward.index, found.motion.forward.frame) == (1, 2)
    assert (found.motion.backward.index, found.motion.backward.frame) == (0, 1002)
    assert found.motion.scale == (2.0, -2.0)
    assert (found.position.index, found.uv, found.diffuse) == (0, None, None)
    assert ball.uv is not None and ball.diffuse is not None
    assert (ball.uv.index, ball.uv_down, ball.diffuse.index, ball.motion) == (1, True, 0, None)


def test_a_surface_has_one_map_of_each_of_the_kinds() -> None:
    for kind in MAPS:
        scene = SCENE.with_node(kind(id="first", parent="Surface 1", media=1))
        with pytest.raises(SceneError, match=r'already has the .* map "first"; it can have one'):
            scene.with_node(kind(id="second", parent="Surface 1", media=1))


@pytest.mark.parametrize(
    ("node", "told"),
    [
        (Aov(id="a", parent="Axis 1"), "expected none, or a surface or geometry for its map"),
        (Axis(id="a", parent="Free"), 'can carry others; "Free" is a 3D AOV'),
        (UVMap(id="a", media=1), "expected the surface or geometry that has this map"),
        (PositionMap(id="a", parent="Free", media=1), 'surface or geometry; "Free" is a 3D AOV'),
        (MotionVectorsMap(id="a", parent="Ball", media=1, backward=3), "media 3 is not in the"),
    ],
)
def test_what_cannot_be(node: Any, told: str) -> None:
    with pytest.raises(SceneError, match=told):
        SCENE.with_node(node)


def test_media_that_vectors_back_name_are_kept_in_order() -> None:
    scene = SCENE.with_node(MotionVectorsMap(id="m", parent="Ball", media=2, backward=2))
    with pytest.raises(SceneError, match='is the media of "m"'):
        scene.without_media(2)
    scene = scene.with_media(PLATE).with_values("m", media=3, backward=3).without_media(2)
    node = scene.node("m")
    assert isinstance(node, MotionVectorsMap)
    assert (node.media, node.backward) == (2, 2)


def test_an_aov_outlives_its_surface() -> None:
    scene = SCENE.without("Surface 1")
    assert scene.node("On it").parent is None
    assert SCENE.without("Axis 1").node("On it").parent == "Surface 1"


def test_documents_with_aovs_are_saved_and_loaded(tmp_path: Path) -> None:
    scene = SCENE.with_values("On it", motion=AovMotion.BACKWARD)
    scene.save(tmp_path / "shot.rilievo")
    assert Scene.load(tmp_path / "shot.rilievo").nodes == scene.nodes


def test_create_map_makes_what_a_type_needs() -> None:
    kinds = {
        AovType.Z_DEPTH: ZDepthMap, AovType.NORMALS: NormalMap, AovType.POSITION: PositionMap,
        AovType.UV: UVMap, AovType.MOTION_VECTORS: MotionVectorsMap, AovType.ALBEDO: DiffuseMap,
    }  # fmt: skip
    assert kinds == NEEDED_MAPS
    for type_, kind in kinds.items():
        scene = SCENE.with_values("On it", kind=type_)
        node = created_map(scene, "On it", carrier="Ball", media=1)
        assert (type(node), node.parent, getattr(node, "media", 0)) == (kind, "Surface 1", 1)
        scene = scene.with_node(node)
        with pytest.raises(SceneError, match=f'"Surface 1" has the .* "On it" needs: "{node.id}"'):
            created_map(scene, "On it")


def test_create_map_needs_to_know_for_what() -> None:
    assert carrier_of(SCENE, "On it") == "Surface 1"
    assert created_map(SCENE, "Free", carrier="Ball").parent == "Ball"
    with pytest.raises(SceneError, match='"Free" hangs on nothing: hang it on the surface or'):
        created_map(SCENE, "Free", carrier="Axis 1")
    with pytest.raises(SceneError, match="is a geometry, not a 3D AOV"):
        created_map(SCENE, "Ball")


@pytest.mark.parametrize("kind", [AovType.OBJECT_ID, AovType.SHADOW, AovType.MATTE])
def test_some_types_need_no_map(kind: AovType) -> None:
    told = r'"On it" needs no map: (Object ID|Shadow|Matte) is known of everything'
    with pytest.raises(SceneError, match=told):
        created_map(SCENE.with_values("On it", kind=kind), "On it")


def test_an_aov_has_no_pass_s_name() -> None:
    assert KNOWN == PASS_NAMES
    with pytest.raises(SceneError, match=r'\.id: expected a name that no pass has, got "z"'):
        SCENE.with_values("Free", id="z")


@pytest.mark.parametrize("name", ["left, right", "all", " depth", "depth ", "two\nlines"])
def test_an_aov_has_a_name_that_can_be_asked_for(name: str) -> None:
    scene = Scene().with_node(Aov(id="left right"))
    with pytest.raises(SceneError, match=r"nodes\[0\]\.id: expected a name"):
        scene.with_values("left right", id=name)
    assert scene.with_node(Axis(id=name)).node(name)  # others are not asked for
