"""Nodes made, copied, pasted, renamed and taken away by hand."""

from __future__ import annotations

import msgspec
import pytest

from engine.errors import SceneError
from engine.scene import (
    MAPS,
    Aov,
    Axis,
    Camera,
    Geometry,
    Light,
    Media,
    Scene,
    Surface,
    ZDepthMap,
    carrier_of,
    copied,
    names_changed,
    new_node,
    pasted,
    removed,
    renamed,
)
from engine.scene.nodes import NODE_TYPES

PLATE = Media(name="plate", path="/plate.exr", size=(16, 9))
DEPTH = Media(name="depth", path="/depth.exr", size=(16, 9))
SCENE = Scene(
    media=(PLATE, DEPTH),
    camera="Camera 1",
    nodes=(
        Axis(id="Axis 1"),
        Camera(id="Camera 1", parent="Axis 1"),
        Surface(id="Surface 1", media=1, parent="Axis 1"),
        Surface(id="Surface 2", media=1),
        ZDepthMap(id="Z-Depth 1", parent="Surface 1", media=2, source_camera="Camera 1"),
        Light(id="Key"),
    ),
)


def test_a_surface_is_copied_with_its_maps() -> None:
    nodes = copied(SCENE, ["Surface 1"])
    assert [node.id for node in nodes] == ["Surface 1", "Z-Depth 1"]
    scene, names = pasted(SCENE, nodes)
    assert names == ("Surface 3", "Z-Depth 2")
    assert scene.nodes[: len(SCENE.nodes)] == SCENE.nodes
    surface, z_map = scene.node("Surface 3"), scene.node("Z-Depth 2")
    assert surface.parent == "Axis 1"  # which was not copied
    assert isinstance(z_map, ZDepthMap)
    assert (z_map.parent, z_map.source_camera) == ("Surface 3", "Camera 1")


def test_copies_name_each_other() -> None:
    scene, names = pasted(SCENE, copied(SCENE, ["Z-Depth 1", "Camera 1", "Axis 1", "Surface 1"]))
    assert names == ("Axis 2", "Camera 2", "Surface 3", "Z-Depth 2")
    z_map = scene.node("Z-Depth 2")
    assert isinstance(z_map, ZDepthMap) and z_map.source_camera == "Camera 2"
    assert scene.node("Camera 2").parent == scene.node("Surface 3").parent == "Axis 2"
    assert scene.camera == "Camera 1"


def test_a_map_is_pasted_onto_another_surface() -> None:
    nodes = copied(SCENE, ["Z-Depth 1"])
    scene, names = pasted(SCENE, nodes, "Surface 2")
    assert scene.node(names[0]).parent == "Surface 2"
    with pytest.raises(SceneError, match='"Surface 1" already has the Z-Depth map "Z-Depth 1"'):
        pasted(SCENE, nodes)


def test_what_is_pasted_after_its_parent_is_gone() -> None:
    nodes = copied(SCENE, ["Surface 1", "Z-Depth 1"])
    scene = removed(SCENE, ["Axis 1", "Camera 1", "Surface 1", "Z-Depth 1"])
    assert [node.id for node in scene.nodes] == ["Surface 2", "Key"]
    scene, names = pasted(scene, nodes)
    assert names == ("Surface 1", "Z-Depth 1")
    z_map = scene.node("Z-Depth 1")
    assert scene.node("Surface 1").parent is None
    assert isinstance(z_map, ZDepthMap) and z_map.source_camera is None


def test_names_without_a_number_get_one() -> None:
    scene, names = pasted(SCENE, [*copied(SCENE, ["Key"])] * 1)
    assert names == ("Key 1",)
    assert pasted(scene, copied(scene, names))[1] == ("Key 2",)


def test_a_node_is_renamed() -> None:
    scene = renamed(SCENE, "Axis 1", "  Rig ")
    assert {node.parent for node in scene.nodes} == {None, "Rig", "Surface 1"}
    assert names_changed(SCENE, scene) == {"Axis 1": "Rig"}
    assert names_changed(scene, SCENE) == {"Rig": "Axis 1"}
    assert renamed(SCENE, "Key", "Key") is SCENE
    for name in ("", "  ", "Surface 1"):
        with pytest.raises(SceneError):
            renamed(SCENE, "Axis 1", name)


def test_other_edits_rename_nothing() -> None:
    assert names_changed(SCENE, removed(SCENE, ["Key"])) == {}
    assert names_changed(SCENE, SCENE.with_values("Key", intensity=2.0)) == {}


def test_what_a_map_would_hang_on() -> None:
    assert carrier_of(SCENE, "Surface 1") == "Surface 1"
    assert carrier_of(SCENE, "Z-Depth 1") == "Surface 1"
    assert carrier_of(SCENE, "Key") is None
    assert carrier_of(SCENE, None) is None
    assert carrier_of(SCENE, "nobody") is None


@pytest.mark.parametrize("kind", NODE_TYPES)
def test_every_kind_of_node_is_made(kind: type) -> None:
    is_map = kind in MAPS
    node = new_node(SCENE, kind, parent="Surface 2" if is_map or kind is Aov else "Axis 1")
    assert type(node) is kind
    scene = SCENE.with_node(node)  # raises where it is not valid
    assert scene.node(node.id).parent == node.parent
    if is_map:
        assert getattr(node, "media", None) == 2  # the last one, which is not the picture
        assert getattr(new_node(SCENE, kind, parent="Surface 2", media=1), "media", None) == 1
        with pytest.raises(SceneError, match="hangs on a surface or geometry"):
            new_node(SCENE, kind)
    if kind is Surface:
        assert getattr(node, "media", None) == 1
    if is_map or kind is Surface:
        with pytest.raises(SceneError, match="has no media"):
            new_node(Scene(nodes=SCENE.nodes[:1]), kind, parent="Axis 1")


def test_a_map_on_a_geometry_is_a_relief() -> None:
    scene = SCENE.with_node(Geometry(id="Ball", mesh="sphere"))
    made = scene.with_node(new_node(scene, ZDepthMap, parent="Ball"))
    assert made.node("Z-Depth 2").parent == "Ball"
    moved = msgspec.structs.replace(SCENE.node("Z-Depth 1"), id="other", parent="Ball")
    with pytest.raises(SceneError, match="surface_normal"):
        scene.with_node(moved)
