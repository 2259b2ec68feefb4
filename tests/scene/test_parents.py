"""Parents are offered only where a node can hang on them."""

from __future__ import annotations

from engine.errors import SceneError
from engine.scene import (
    AnalysisType,
    Aov,
    Axis,
    Camera,
    Geometry,
    Media,
    NormalMap,
    Scene,
    Surface,
    ZDepthMap,
    possible_parents,
)


def document() -> Scene:
    picture = Media(path="/shots/wall.png", name="wall.png", size=(320, 180), first=1, last=1)
    return Scene(
        media=(picture,),
        nodes=(
            Axis(id="Axis 1"),
            Axis(id="Axis 2", parent="Axis 1"),
            Surface(id="Wall", media=1, parent="Axis 2"),
            Surface(id="Floor", media=1),
            Geometry(id="Ball", mesh="sphere"),
            ZDepthMap(id="Wall depth", parent="Wall", analysis=AnalysisType.GLOBAL),
            NormalMap(id="Floor normals", parent="Floor", media=1),
            Camera(id="Camera 1", parent="Axis 2"),
            Aov(id="AOV 1"),
        ),
    )


def test_a_node_cannot_hang_on_itself_or_on_what_hangs_on_it() -> None:
    scene = document()
    assert possible_parents(scene, ["Axis 1"]) == (None, "Floor", "Ball")
    assert possible_parents(scene, ["Axis 2"]) == (None, "Axis 1", "Floor", "Ball")
    assert possible_parents(scene, ["AOV 1"]) == (None, "Wall", "Floor", "Ball")
    # A map needs a surface, and one that has none of its kind; analyses need a picture.
    assert possible_parents(scene, ["Wall depth"]) == ("Wall", "Floor")
    # Of several nodes, what all of them can have.
    assert possible_parents(scene, ["Axis 2", "Floor"]) == (None, "Axis 1", "Ball")


def test_what_is_offered_is_what_a_document_takes() -> None:
    scene = document()
    for node in scene.nodes:
        offered = set(possible_parents(scene, [node.id]))
        for parent in (None, *(other.id for other in scene.nodes)):
            try:
                scene.with_values(node.id, parent=parent)
                is_taken = True
            except SceneError:
                is_taken = False
            assert (parent in offered) is is_taken, (node.id, parent)
