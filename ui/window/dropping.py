"""Files dropped on the window: a document is opened, a picture or clip is shown on a surface."""

from __future__ import annotations

from pathlib import Path

import msgspec

from engine.errors import RilievoError
from engine.media import LiveKind, live_input
from engine.scene import EvaluatedSurface, Media, Scene, Surface
from ui.new import recorded
from ui.session import LIVE
from ui.window.desk import Desk
from ui.window.leaving import open_document, open_file
from ui.window.opening import DOCUMENT
from ui.window.projection import Projector

Place = tuple[float, float]


def drop(window: Desk, paths: list[Path], at: Place) -> None:
    """Take files that were dropped. at: where, in the window, in points."""
    if not paths:
        return
    if len(paths) > 1:
        window.messages.warn(f"{len(paths)} files were dropped; only {paths[0].name} is taken")
    path = paths[0]
    try:
        if path.suffix.lower() == DOCUMENT:
            open_document(window, Scene.load(path), path, path)
        elif window.first_look:
            open_file(window, path)  # it is no picture for that scene, but what one begins with
        else:
            _show(window, path, at)
    except RilievoError as error:
        window.messages.fail(str(error))


def surface_at(window: Desk, at: Place) -> Surface | None:
    """The surface under a place of the window, the nearest to the camera if there are several; or
    the document's only one."""
    scene, frame = window.editor.scene, window.preview.drawn
    surfaces = [node for node in scene.nodes if isinstance(node, Surface)]
    if len(surfaces) < 2 or frame is None:
        return surfaces[0] if surfaces else None
    projector = Projector(frame.camera)
    hit = [
        (distance, surface.id)
        for surface in frame.surfaces
        if (distance := _distance(projector, surface, window.view.to_picture(*at))) is not None
    ]
    name = min(hit)[1] if hit else None
    return next((node for node in surfaces if node.id == name), None)


def with_media(scene: Scene, surface: str, media: Media) -> Scene:
    """The document with another media on a surface. It takes the old one's place in the list,
    unless others show that too. Where the document's size was that of the old media, or its range,
    or it was one frame long, a new picture brings its own size and a clip its own range. Raises
    SceneError."""
    node = scene.node(surface)
    assert isinstance(node, Surface)
    number, old = node.media, scene.media[node.media - 1]
    if _users(scene, number) > 1:
        return scene.with_media(media).with_values(surface, media=len(scene.media) + 1)
    scene = scene.replace_media(number, msgspec.structs.replace(media, missing=old.missing))
    if scene.size == old.size:
        scene = scene.with_settings(size=media.size)
    its_own = (scene.first, scene.last) == (old.first, old.last) or scene.first == scene.last
    if its_own and media.last > media.first:
        rate = media.fps or scene.fps
        scene = scene.with_settings(first=media.first, last=media.last, fps=rate)
    return scene


def _show(window: Desk, path: Path, at: Place) -> None:
    """Show a picture or clip on the surface it was dropped on. Raises RilievoError."""
    media = recorded(str(path))
    surface = surface_at(window, at)
    live = window.live
    if live is not None and (surface is None or surface.media == LIVE + 1):
        wanted = live_input(str(path), loop=True)
        assert wanted.kind is LiveKind.FILE
        live.session.change_source(wanted)
        window.messages.note(f"The source is {path.name} now")
        return
    if surface is None:
        several = any(isinstance(node, Surface) for node in window.editor.scene.nodes)
        why = "drop it on one of the surfaces" if several else "the document has no surface"
        window.messages.fail(f"nothing there can show {path.name}: {why}")
        return
    editor, before = window.editor, window.editor.scene
    editor.edit(lambda scene: with_media(scene, surface.id, media), f"Media of {surface.id}")
    editor.history.end_merge()
    if editor.scene is not before:
        if not editor.scene.first <= editor.frame <= editor.scene.last:
            editor.frame = editor.scene.first
        window.messages.note(f"{surface.id} shows {path.name} now")


def _users(scene: Scene, number: int) -> int:
    """How many things in the document name a media."""
    named = [getattr(node, field, None) for node in scene.nodes for field in ("media", "matte")]
    return (*named, *(entry.matte for entry in scene.media)).count(number)


def _distance(projector: Projector, surface: EvaluatedSurface, place: Place) -> float | None:
    """How far from the camera a place in the picture meets a surface; None beside it."""
    met = projector.on_plane(*place, surface.world)
    if met is None:
        return None
    width, height = surface.size
    if abs(met[0]) > width / 2 or abs(met[1]) > height / 2:
        return None
    point = surface.world[:3, :3] @ (met[0], met[1], 0.0) + surface.world[:3, 3]
    return float(((point - projector.camera.world[:3, 3]) ** 2).sum() ** 0.5)
