"""Which media a node shows: changes of a document, and the one that says what it did."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from engine.scene import (
    AnalysisType,
    AnyNode,
    Geometry,
    Media,
    Scene,
    Surface,
    ZDepthMap,
    with_analysis,
)
from ui.layer_maps import number_of
from ui.window.editor import Editor


def apply(editor: Editor, number: int, names: Sequence[str]) -> bool:
    """Nodes show this media from now on; whether that was done, or was so."""
    before, media = editor.scene, editor.scene.media[number - 1]
    if not editor.edit(lambda s: with_shown(s, names, number), f"Media of {said(names)}"):
        return False
    editor.shows(names, before)
    shows = "shows" if len(names) == 1 else "show"
    editor.messages.note(f"{said(names)} {shows} [{number}] {media.name} now")
    return True


def with_shown(scene: Scene, names: Sequence[str], number: int) -> Scene:
    """The document in which these nodes show a media. A Z-Depth map that was analysed takes its
    depth from the media from now on. Raises SceneError."""
    for name in names:
        scene = scene.with_values(name, media=number)
        if isinstance(scene.node(name), ZDepthMap):
            scene = with_analysis(scene, name, AnalysisType.MEDIA)
    return scene


def with_picture(scene: Scene, name: str, media: Media) -> Scene:
    """The document with another media on a surface or geometry. It takes the old one's place in the
    list, unless others show that too. Where the document's size was that of the old media, or its
    range, or it was one frame long, a new picture brings its own size and a clip its own range.
    Raises SceneError."""
    node: AnyNode = scene.node(name)
    assert isinstance(node, Surface | Geometry)
    number = node.media
    if number is None or len(scene.users_of_media(number)) > 1:
        there = number_of(scene, media)
        if there is None:
            scene, there = scene.with_media(media), len(scene.media) + 1
        return scene.with_values(name, media=there)
    old = scene.media[number - 1]
    scene = scene.replace_media(number, msgspec.structs.replace(media, missing=old.missing))
    if isinstance(node, Geometry):
        return scene
    if scene.size == old.size:
        scene = scene.with_settings(size=media.size)
    its_own = (scene.first, scene.last) == (old.first, old.last) or scene.first == scene.last
    if its_own and media.last > media.first:
        rate = media.fps or scene.fps
        scene = scene.with_settings(first=media.first, last=media.last, fps=rate)
    return scene


def said(names: Sequence[str]) -> str:
    """Nodes in a sentence: "Axis 1", "Axis 1 and Light 2", "3 nodes"."""
    return " and ".join(names) if len(names) < 3 else f"{len(names)} nodes"
