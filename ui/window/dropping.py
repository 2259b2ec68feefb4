"""Files dropped on the window: a document is opened, a picture or clip is shown on what is under
the pointer or, over the Media panel, put on the list; so are entries dragged out of that panel."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.errors import RilievoError
from engine.media import LiveKind, live_input
from engine.media.folder import EntryKind, grouped
from engine.scene import EvaluatedSurface, Geometry, Media, Scene, Surface
from ui.layer_maps import Suggestion, suggested
from ui.recorded import recorded
from ui.session import LIVE
from ui.window.desk import Desk
from ui.window.leaving import open_document, open_file
from ui.window.media_edits import with_picture
from ui.window.opening import DOCUMENT
from ui.window.projection import Projector

Place = tuple[float, float]


def drop(window: Desk, paths: Sequence[Path], at: Place) -> None:
    """Take files that were dropped. at: where, in the window, in points."""
    files = together(paths)
    if not files:
        return
    on_list = window.media.covers(at) and all(p.suffix.lower() != DOCUMENT for p in files)
    if on_list and not window.first_look:
        for path in files:
            window.media.actions.read(path, ask=len(files) == 1)  # not one question over another
        return
    if len(files) > 1:
        window.messages.warn(f"{len(files)} files were dropped; only {files[0].name} is taken")
    path = files[0]
    try:
        if path.suffix.lower() == DOCUMENT:
            open_document(window, Scene.load(path), path, path)
        elif window.first_look:
            open_file(window, path)  # it is no picture for that scene, but what one begins with
        else:
            _show(window, path, at)
    except RilievoError as error:
        window.messages.fail(str(error))


def together(paths: Sequence[Path]) -> list[Path]:
    """Files as an artist sees them: numbered pictures that came together are one sequence."""
    found: list[Path] = []
    for folder in dict.fromkeys(path.parent for path in paths):
        names = [path.name for path in paths if path.parent == folder]
        entries = grouped(str(folder), names)
        is_sequence = any(entry.kind is EntryKind.SEQUENCE for entry in entries)
        in_order = [Path(entry.path) for entry in entries]
        found += in_order if is_sequence else [folder / name for name in names]
    return found


def carrier_at(window: Desk, at: Place) -> str | None:
    """The surface or geometry that is seen at a place of the window; beside all of them the
    document's only surface."""
    frame = window.preview.drawn
    x, y = window.view.to_picture(*at)
    shown = () if frame is None else (*frame.surfaces, *frame.geometries)
    several = frame is not None and (len(shown) > 1 or bool(frame.geometries))
    if frame is not None and several and 0 <= x < 1 and 0 <= y < 1:
        width, height = window.preview.size
        try:
            look = window.preview.renderer.look(frame, int(x * width), int(y * height))
            seen = look.seen().object
        except RilievoError:  # what cannot be drawn was said when it was to be shown
            seen = 0
        found = next((item.id for item in shown if item.object_id == seen), None)
        if found is not None:
            return found
    surface = surface_at(window, at)
    return None if surface is None else surface.id


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


def show_on(window: Desk, name: str, media: Media) -> None:
    """Show a picture or clip on a surface or geometry."""
    editor, before = window.editor, window.editor.scene
    editor.edit(lambda scene: with_picture(scene, name, media), f"Media of {name}")
    if editor.scene is not before:
        window.messages.note(f"{name} shows {media.name} now")


def _show(window: Desk, path: Path, at: Place) -> None:
    """Show a picture or clip on what it was dropped on, once it is read."""
    name = carrier_at(window, at)

    def read() -> tuple[Media, Suggestion | None]:
        return recorded(str(path)), suggested(path)

    window.reading.start(path.name, read, lambda found: _shown(window, path, name, *found))


def _shown(
    window: Desk, path: Path, name: str | None, media: Media, found: Suggestion | None
) -> None:
    """What becomes of a file that was read, which was dropped on this surface or geometry."""
    live, nodes = window.live, {node.id: node for node in window.editor.scene.nodes}
    node = nodes.get(name or "")
    if live is not None and (node is None or getattr(node, "media", None) == LIVE + 1):
        wanted = live_input(str(path), loop=True)
        assert wanted.kind is LiveKind.FILE
        live.session.change_source(wanted)
        window.messages.note(f"The source is {path.name} now")
    elif node is None:
        has = any(isinstance(other, Surface | Geometry) for other in nodes.values())
        why = "drop it on one of the surfaces" if has else "the document has no surface"
        window.messages.fail(f"nothing there can show {path.name}: {why}")
    elif found is None:
        show_on(window, node.id, media)
    else:
        _offer(window, node.id, media, found)


def _offer(window: Desk, name: str, media: Media, found: Suggestion) -> None:
    """Ask what becomes of a multi-channel picture that was dropped on a surface or geometry."""
    show = None if found.picture is None else (name, found.picture)
    alone = "Show It as a Picture" if found.picture is None else "Picture Only"
    window.question.ask(
        found.question,
        (
            ("Make All Maps", lambda: window.media.actions.make_maps(found, name, show=show)),
            (alone, lambda: show_on(window, name, media)),
            ("Cancel", lambda: None),
        ),
    )


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
