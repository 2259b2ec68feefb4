"""What new maps are found to be: their media is looked at beside the drawing, and what comes of it
belongs to the step of undo that made the map."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from engine.errors import MediaError
from engine.scene import AnalysisType, Geometry, Media, Scene, Surface, ZDepthMap, map_defaults
from ui.depth_media import LOOKED_AT, DepthLook, look_at
from ui.depth_reach import with_camera_reach
from ui.layer_maps import number_of
from ui.recorded import depth_beside
from ui.window.editor import Editor
from ui.window.reading import Starts


@dataclass(frozen=True, slots=True)
class _Task:
    """What is to be looked at for a map: its media, that which it had before if any, and the
    picture that it is for; with the document that the last step made."""

    name: str
    made: Scene
    media: Media
    before: Media | None
    picture: Media | None
    on_geometry: bool


class DepthLooks:
    """Looks at the media of maps of an editor's document. start: reads in the background. fixed:
    the number of a media that is no file; or None."""

    def __init__(self, editor: Editor, start: Starts) -> None:
        self._editor, self._start = editor, start
        self.fixed: int | None = None

    def look(self, names: Sequence[str], before: Scene) -> None:
        """Let these nodes, those of them that are Z-Depth maps of a media, become what that is
        found to be, once it is read. before: the document in which they were not there or had
        another media: what was set by hand for that stays. To be called right after the step that
        gave it to them (`Editor.shows`)."""
        for name in names:
            task = self._task(name, before)
            if task is not None:
                self._start(
                    task.media.name,
                    lambda task=task: _looked(task),
                    lambda found, task=task: self._found(task, *found),
                )

    def _task(self, name: str, before: Scene) -> _Task | None:
        scene = self._editor.scene
        node = scene.node(name)
        if not isinstance(node, ZDepthMap) or node.analysis is not AnalysisType.MEDIA:
            return None
        if node.media is None or node.media == self.fixed:
            return None
        carrier = scene.node(node.parent or "")
        assert isinstance(carrier, Surface | Geometry)
        shown = carrier.media if carrier.media != self.fixed else None
        media = scene.media[node.media - 1]
        old = _media_of(before, name)
        if old == media or "://" in media.path:
            return None
        picture = None if shown is None else scene.media[shown - 1]
        return _Task(name, scene, media, old, picture, isinstance(carrier, Geometry))

    def _found(self, task: _Task, look: DepthLook, old: DepthLook | None) -> None:
        editor = self._editor
        node = next((n for n in editor.scene.nodes if n.id == task.name), None)
        made = task.made.node(task.name)
        if not isinstance(node, ZDepthMap) or _media_of(editor.scene, task.name) != task.media:
            return  # it is gone, or shows something else by now
        if any(getattr(node, field) != getattr(made, field) for field in LOOKED_AT):
            return  # it was set by hand meanwhile
        known = [_defaults(task.made, node, {})]
        if old is not None:
            known.append(_defaults(task.made, node, old.values))
        new = _defaults(task.made, node, look.values)
        now = {field: getattr(node, field) for field in LOOKED_AT}
        for sentence in look.sentences:
            editor.messages.note(sentence)
        if not any(_alike(now, fields) for fields in (*known, new)):
            editor.messages.note(
                f"{task.name} keeps how its numbers were read, which was set by hand"
            )
            new = {}
        editor.amend(lambda scene: _written(scene, task.name, look, new), task.made)


def _looked(task: _Task) -> tuple[DepthLook, DepthLook | None]:
    """In the thread that reads. Raises MediaError."""
    media, told = depth_beside(task.media, task.picture)
    found = look_at(media, picture=task.picture, on_geometry=task.on_geometry)
    if told:
        found = replace(found, sentences=(told, *found.sentences))
    old = None
    if task.before is not None:
        with suppress(MediaError):  # it may be gone: then what it was found to be is not known
            old = look_at(task.before, on_geometry=task.on_geometry)
    return found, old


def _media_of(scene: Scene, name: str) -> Media | None:
    node = next((node for node in scene.nodes if node.id == name), None)
    number = node.media if isinstance(node, ZDepthMap) else None
    return None if number is None else scene.media[number - 1]


def _defaults(scene: Scene, node: ZDepthMap, found: Any) -> dict[str, Any]:
    """The fields that are looked at, as a new map has them of which this was found."""
    plain = ZDepthMap(id=node.id)
    values = {field: getattr(plain, field) for field in LOOKED_AT}
    usual = map_defaults(scene, node.parent or "", AnalysisType.MEDIA, node.source_camera)
    values |= {field: value for field, value in usual.items() if field in LOOKED_AT}
    return {**values, **found}


def _part_of(media: Media) -> tuple[object, ...]:
    """Which part of its file a media is, whichever way it is turned."""
    return media.path, media.layer, media.part, media.view, media.track


def _alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(one[field] == other[field] for field in LOOKED_AT)


def _written(scene: Scene, name: str, look: DepthLook, values: dict[str, Any]) -> Scene:
    """The document with what was found in a map, whose media stands as its picture does, and is the
    depth beside a picture."""
    node = scene.node(name)
    assert isinstance(node, ZDepthMap) and node.media is not None
    number = node.media
    old = scene.media[number - 1]
    if old != look.media:
        if _part_of(old) == _part_of(look.media) and len(scene.users_of_media(number)) == 1:
            scene = scene.replace_media(number, look.media)
        else:
            there = number_of(scene, look.media)
            if there is None:
                scene, there = scene.with_media(look.media), len(scene.media) + 1
            number = there
    scene = scene.replace_node(name, msgspec.structs.replace(node, media=number, **values))
    return with_camera_reach(scene, name)
