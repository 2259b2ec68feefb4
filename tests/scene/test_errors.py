"""Every way in which a document can be wrong, and the sentence that says so."""

# ruff: noqa: E501 (a table of whole sentences)

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from engine.errors import RilievoError, SceneError
from engine.scene import (
    Axis,
    Camera,
    Curve,
    Geometry,
    Interpolation,
    Key,
    Light,
    Media,
    NormalMap,
    Region,
    Scene,
    Shape,
    Surface,
    ZDepthMap,
    curve,
)

PICTURE = Media(name="plate", path="/plate.exr", size=(16, 9))
DEPTH = Media(name="depth", path="/depth.exr", size=(16, 9))
SCENE = Scene(
    media=(PICTURE, DEPTH),
    nodes=(
        Axis(id="Axis 1"),
        Camera(id="Camera 1", parent="Axis 1"),
        Light(id="Light 1"),
        Surface(id="Surface 1", media=1),
        ZDepthMap(id="Z-Depth 1", parent="Surface 1", media=2),
        NormalMap(id="Normal Map 1", parent="Surface 1", media=2),
        Geometry(id="Box", mesh="box", parent="Axis 1"),
    ),
)
BACK = Key(0, 0, Interpolation.BEZIER, tangent_in=(1, 0))
ON = Key(0, 0, Interpolation.BEZIER, tangent_out=(-1, 0))
LONE = Region(points=((0, 0),))
LINE = Region(shape=Shape.POLYGON, points=((0, 0), (1, 1)))
ABSENT = Region(points=((0, 0), (1, float("inf"))))

NODE_FAULTS: list[tuple[str, dict[str, Any], str]] = [
    # types
    ("Z-Depth 1", {"effect": "full"}, "nodes[4].effect ({}): expected a number or keys, got a string"),
    ("Z-Depth 1", {"effect": True}, "nodes[4].effect ({}): expected a number or keys, got true or false"),
    ("Z-Depth 1", {"effect": None}, "nodes[4].effect ({}): expected a number or keys, got null"),
    ("Z-Depth 1", {"near": "x"}, "nodes[4].near ({}): expected a number, keys or null, got a string"),
    ("Z-Depth 1", {"invert": 1}, "nodes[4].invert ({}): expected true or false, got a number"),
    ("Z-Depth 1", {"step": 1.5}, "nodes[4].step ({}): expected a whole number or null, got 1.5"),
    ("Z-Depth 1", {"softness": 2}, "nodes[4].softness ({}): expected a list, got a number"),
    ("Z-Depth 1", {"softness": (2,)}, "nodes[4].softness ({}): expected a list of 2 values, got 1"),
    ("Z-Depth 1", {"softness": (2, "x")}, "nodes[4].softness[1] ({}): expected a number or keys, got a string"),
    ("Z-Depth 1", {"analysis": "guess"}, 'nodes[4].analysis ({}): expected one of "media", "face", "global", "face_global", got "guess"'),
    ("Z-Depth 1", {"source_camera": 3}, "nodes[4].source_camera ({}): expected a string or null, got a number"),
    ("Light 1", {"kind": "sun"}, 'nodes[2].kind ({}): expected one of "directional", "point", "spot", got "sun"'),
    ("Surface 1", {"media": None}, "nodes[3].media ({}): expected a whole number, got null"),
    ("Surface 1", {"media": "plate"}, "nodes[3].media ({}): expected a whole number, got a string"),
    ("Box", {"mesh": 3}, "nodes[6].mesh ({}): expected a string, got a number"),
    # ranges
    ("Surface 1", {"opacity": 1.5}, "nodes[3].opacity ({}): expected a number from 0 to 1, got 1.5"),
    ("Surface 1", {"opacity": curve([(1, 0.5), (2, 3)])}, "nodes[3].opacity.keys[1].value ({}): expected a number from 0 to 1, got 3"),
    ("Surface 1", {"translate": (0, float("nan"), 0)}, "nodes[3].translate[1] ({}): expected a number from -1000000000 to 1000000000 scene units, got nan"),
    ("Camera 1", {"fov": 180}, "nodes[1].fov ({}): expected a number from 0.01 to 179 degrees, got 180"),
    ("Camera 1", {"near": 0}, "nodes[1].near ({}): expected a number from 1e-06 to 1000000000 scene units, got 0"),
    ("Camera 1", {"near": 3, "far": 2}, "nodes[1].far ({}): expected more than near (3), got 2"),
    ("Z-Depth 1", {"near": 3, "far": 3}, "nodes[4].far ({}): expected more than near (3), got 3"),
    ("Z-Depth 1", {"gamma": 0}, "nodes[4].gamma ({}): expected a number from 0.01 to 100, got 0"),
    ("Z-Depth 1", {"step": 0}, "nodes[4].step ({}): expected a number from 1 to 4096 pixels, got 0"),
    ("Z-Depth 1", {"softness": (0, -1)}, "nodes[4].softness[1] ({}): expected a number from 0 to 1000 pixels, got -1"),
    ("Z-Depth 1", {"black": 0.5, "white": 0.5}, "nodes[4].white ({}): expected another value than black, both are 0.5"),
    # curves
    ("Z-Depth 1", {"effect": Curve(())}, "nodes[4].effect.keys ({}): expected at least one key, got none"),
    ("Z-Depth 1", {"effect": curve([(5, 0), (5, 1)])}, "nodes[4].effect.keys[1].frame ({}): expected a frame after 5, got 5"),
    ("Z-Depth 1", {"effect": Curve((BACK,))}, "nodes[4].effect.keys[0].tangent_in ({}): expected a handle that points back in time"),
    ("Z-Depth 1", {"effect": Curve((ON,))}, "nodes[4].effect.keys[0].tangent_out ({}): expected a handle that points on in time"),
    ("Z-Depth 1", {"effect": curve([(float("inf"), 0)])}, "nodes[4].effect.keys[0] ({}): expected finite numbers"),
    # regions
    ("Z-Depth 1", {"regions": (LONE,)}, "nodes[4].regions[0].points ({}): expected two opposite corners of a rectangle, got 1"),
    ("Z-Depth 1", {"regions": (LINE,)}, "nodes[4].regions[0].points ({}): expected three or more corners of a polygon, got 2"),
    ("Z-Depth 1", {"regions": (ABSENT,)}, "nodes[4].regions[0].points[1][1] ({}): expected a number from -10 to 10, got inf"),
    # what names something else
    ("Surface 1", {"media": 3}, "nodes[3].media ({}): media 3 is not in the media list; it has 1 to 2"),
    ("Surface 1", {"media": 0}, "nodes[3].media ({}): media 0 is not in the media list; it has 1 to 2"),
    ("Surface 1", {"matte": 9}, "nodes[3].matte ({}): media 9 is not in the media list; it has 1 to 2"),
    ("Z-Depth 1", {"media": None}, 'nodes[4].media ({}): expected a media number, because analysis is "media"'),
    ("Z-Depth 1", {"source_camera": "Cam"}, 'nodes[4].source_camera ({}): there is no node "Cam"'),
    ("Z-Depth 1", {"source_camera": "Axis 1"}, 'nodes[4].source_camera ({}): expected a camera; "Axis 1" is an axis'),
    ("Z-Depth 1", {"parent": None}, "nodes[4].parent ({}): expected the surface or geometry that has this map"),
    ("Z-Depth 1", {"parent": "Light 1"}, 'nodes[4].parent ({}): expected a surface or geometry; "Light 1" is a light'),
    ("Surface 1", {"parent": "Away"}, 'nodes[3].parent ({}): there is no node "Away"'),
    ("Surface 1", {"parent": "Z-Depth 1"}, 'nodes[3].parent ({}): expected a node that can carry others; "Z-Depth 1" is a Z-Depth map'),
    ("Axis 1", {"parent": "Camera 1"}, 'nodes[0].parent ({}): parents form a cycle: "Axis 1" → "Camera 1" → "Axis 1"'),
    ("Axis 1", {"parent": "Axis 1"}, 'nodes[0].parent ({}): parents form a cycle: "Axis 1" → "Axis 1"'),
    ("Z-Depth 1", {"parent": "Box"}, 'nodes[4].project_along ({}): expected "surface_normal", the only choice on a geometry'),
    ("Z-Depth 1", {"parent": "Box", "project_along": "surface_normal"}, 'nodes[4].depth_range ({}): expected "relief", the only choice on a geometry, got "normalized"'),
    ("Z-Depth 1", {"parent": "Box", "analysis": "face"}, 'nodes[4].analysis ({}): "Box" shows no media that could be analysed; expected "media"'),
]  # fmt: skip


@pytest.mark.parametrize(("id", "values", "message"), NODE_FAULTS)
def test_a_wrong_edit_of_a_node(id: str, values: dict[str, Any], message: str) -> None:
    with pytest.raises(SceneError) as caught:
        SCENE.with_values(id, **values)
    assert str(caught.value) == message.replace("{}", f'"{id}"')


@pytest.mark.parametrize(("id", "values", "message"), NODE_FAULTS)
def test_a_new_document_says_the_same(id: str, values: dict[str, Any], message: str) -> None:
    nodes = tuple(
        msgspec.structs.replace(node, **values) if node.id == id else node for node in SCENE.nodes
    )
    with pytest.raises(SceneError) as caught:
        Scene(media=SCENE.media, nodes=nodes)
    assert str(caught.value) == message.replace("{}", f'"{id}"')


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"fps": 0}, "fps: expected a number from 0.01 to 1000 1/s, got 0"),
        ({"fps": "24"}, "fps: expected a number, got a string"),
        ({"size": (0, 9)}, "size[0]: expected a number from 1 to 65536 pixels, got 0"),
        ({"size": (9,)}, "size: expected a list of 2 values, got 1"),
        ({"first": 5, "last": 4}, "last: expected first (5) or later, got 4"),
        ({"first": 1.5}, "first: expected a whole number, got 1.5"),
        ({"camera": "Cam"}, 'camera: there is no node "Cam"'),
        ({"camera": "Box"}, 'camera: expected a camera; "Box" is a geometry'),
        ({"ambient": (0, 0, -1)}, "ambient[2]: expected a number from 0 to 1000000, got -1"),
        ({"media": (PICTURE,)}, 'nodes[4].media ("Z-Depth 1"): media 2 is not in the media list; it has only 1'),
        ({"media": ()}, 'nodes[3].media ("Surface 1"): media 1 is not in the media list; it is empty'),
        ({"version": 2}, "version: expected a number from 1 to 1, got 2"),
    ],
)  # fmt: skip
def test_wrong_settings(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SceneError) as caught:
        SCENE.with_settings(**values)
    assert str(caught.value) == message
    fields = {name: getattr(SCENE, name) for name in SCENE.__struct_fields__}
    with pytest.raises(SceneError) as caught:
        Scene(**fields | values)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"size": (0, 1)}, "media[1].size[0] ({}): expected a number from 1 to 1000000 pixels, got 0"),
        ({"path": ""}, "media[1].path ({}): expected the path of a file, got nothing"),
        ({"path": None}, "media[1].path ({}): expected a string, got null"),
        ({"first": 9, "last": 3}, "media[1].last ({}): expected first (9) or later, got 3"),
        ({"missing": "skip"}, 'media[1].missing ({}): expected one of "error", "hold", "black", "nearest", got "skip"'),
        ({"matte": 2}, "media[1].matte ({}): expected another media, got the media itself"),
        ({"matte": 7}, "media[1].matte ({}): media 7 is not in the media list; it has 1 to 2"),
        ({"fps": 0.0}, "media[1].fps ({}): expected a number from 0.001 to 10000 1/s, got 0"),
    ],
)  # fmt: skip
def test_a_wrong_media(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SceneError) as caught:
        SCENE.replace_media(2, msgspec.structs.replace(DEPTH, **values))
    assert str(caught.value) == message.replace("{}", '"depth"')


def test_names_are_unique_and_not_empty() -> None:
    with pytest.raises(SceneError) as caught:
        SCENE.with_node(Axis(id="Camera 1"))
    assert str(caught.value) == 'nodes[7].id: "Camera 1" is already the name of nodes[1]'
    with pytest.raises(SceneError, match=r"nodes\[7\]\.id: expected a name, got nothing"):
        SCENE.with_node(Axis(id="  "))


def test_a_surface_has_one_map_of_each_kind() -> None:
    second = ZDepthMap(id="Z-Depth 2", parent="Surface 1", media=2)
    with pytest.raises(SceneError) as caught:
        SCENE.with_node(second)
    message = '"Surface 1" already has the Z-Depth map "Z-Depth 1"; it can have one'
    assert str(caught.value) == f'nodes[7].parent ("Z-Depth 2"): {message}'
    with pytest.raises(SceneError, match='already has the Normal map "Normal Map 1"'):
        SCENE.with_node(NormalMap(id="Normal Map 2", parent="Surface 1", media=2))


def test_unknown_fields_nodes_and_types() -> None:
    with pytest.raises(SceneError, match=r'"Box": unknown field "colour_"; expected one of id, '):
        SCENE.with_values("Box", colour_=3)
    with pytest.raises(SceneError, match='there is no node "Sphere" in the document'):
        SCENE.node("Sphere")
    with pytest.raises(SceneError, match="there is no media 3 in the document"):
        SCENE.without_media(3)
    with pytest.raises(SceneError, match='unknown field "frames"'):
        SCENE.with_settings(frames=3)
    with pytest.raises(SceneError, match=r"nodes\[7\]: expected a node, got a Media"):
        SCENE.with_node(PICTURE)  # pyright: ignore[reportArgumentType]
    with pytest.raises(SceneError, match="cannot hold a value of type object"):
        SCENE.with_values("Box", mesh=object())


def test_values_of_numpy_are_plain_in_the_document() -> None:
    scene = SCENE.with_values("Box", translate=np.array([1, 2, 3]), opacity=np.float32(0.5))
    assert scene.node("Box") == msgspec.structs.replace(
        SCENE.node("Box"), translate=(1.0, 2.0, 3.0), opacity=0.5
    )
    assert type(scene.node("Box").opacity) is float  # pyright: ignore[reportAttributeAccessIssue]


def test_a_long_chain_of_parents_is_fine_until_it_bites_its_tail() -> None:
    nodes = [Axis(id="0")] + [Axis(id=str(i), parent=str(i - 1)) for i in range(1, 3000)]
    scene = Scene(nodes=tuple(nodes))
    scene.evaluate(1)
    with pytest.raises(SceneError, match="parents form a cycle"):
        scene.with_values("0", parent="2999")


@pytest.mark.parametrize("text", ["", "one", "1-", "1.5-3", "1-5x0", "1-99999999999"])
def test_a_frame_range_that_is_none(text: str) -> None:
    told = "write it like 1001-1100, 1-10x2 or 1,5,9-12|has step 0|more than the limit of 1,000,000 frames"
    with pytest.raises(RilievoError, match=told):
        SCENE.frames(text)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1001-1003", [1001, 1002, 1003]),
        ("1-10x2", [1, 3, 5, 7, 9]),
        ("1,5,9-12", [1, 5, 9, 10, 11, 12]),
        ("-5--3", [-5, -4, -3]),
        ("-1-1, 7", [-1, 0, 1, 7]),
        ("3-1", [3, 2, 1]),
        ("1-3,2", [1, 2, 3]),
        ("1001", [1001]),
    ],
)
def test_frame_ranges(text: str, numbers: list[int]) -> None:
    assert SCENE.frames(text) == numbers
