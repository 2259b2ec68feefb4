"""Messages about a document in the words of the interface."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from engine.errors import SceneError
from engine.scene import (
    AnalysisType,
    Axis,
    Geometry,
    Media,
    Scene,
    Surface,
    ZDepthMap,
    readable,
    spoken,
)
from engine.scene.evaluated import Projection

ALONG = Projection.SURFACE_NORMAL  # the only choice on a geometry


def document() -> Scene:
    picture = Media(path="/shots/wall.png", name="wall.png", size=(320, 180), first=1, last=1)
    return Scene(
        media=(picture,),
        nodes=(
            Surface(id="Wall", media=1),
            ZDepthMap(id="Wall depth", parent="Wall", analysis=AnalysisType.GLOBAL),
            Geometry(id="Ball", mesh="sphere", media=1),
            ZDepthMap(
                id="Ball depth", parent="Ball", analysis=AnalysisType.FACE, project_along=ALONG
            ),
            Axis(id="Axis 1"),
            Axis(id="Axis 2", parent="Axis 1"),
        ),
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: s.with_values("Ball depth", parent="Wall"),
         'Parent of "Ball depth": "Wall" already has the Z-Depth map "Wall depth"; it can'),
        (lambda s: s.with_values("Ball depth", analysis="face_global"),
         'Analysis Type of "Ball depth": expected Media, Face or Global, the choices on'),
        (lambda s: s.with_values("Axis 1", parent="Axis 2"), 'Parent of "Axis 1"'),
        (lambda s: s.with_values("Axis 1", id="Wall"), '"Wall" is already the name of another one'),
        (lambda s: s.with_values("Wall depth", near=3, far=2), 'Far of "Wall depth": expected'),
        (lambda s: s.with_settings(last=-5), "Last Frame: expected"),
        (lambda s: s.with_values("Wall", media=7), 'Media of "Wall": media 7 is not in the media'),
    ],
)  # fmt: skip
def test_a_message_names_what_the_artist_sees(change: Callable[[Scene], Scene], said: str) -> None:
    with pytest.raises(SceneError) as error:
        change(document())
    text = spoken(str(error.value))
    assert said in text
    assert not re.search(r"nodes\[|media\[|face_global|mark_in", text)


def test_other_messages_and_names_stay() -> None:
    for text in ("Saved /x/nodes[3].png", 'x.png: "media" is no file', "Undo: Add Axis"):
        assert spoken(text) == text
    assert readable("face_global") == "Face and Global"
    assert readable("camera_rays") == "Camera Rays"
