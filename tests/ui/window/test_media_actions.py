"""What is done to the media list and with its entries, without a window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import cv2
import msgspec
import numpy as np
import pytest

from engine.errors import RilievoError
from engine.scene import (
    AnalysisType,
    DepthRange,
    Geometry,
    Missing,
    Outside,
    Scene,
    Surface,
    ZDepthMap,
    new_media,
    new_scene,
)
from tests.support.layered import write_channels, write_layered
from tests.support.tracks import write_tracks
from ui.new import new_document
from ui.recorded import recorded
from ui.window.dropping import together
from ui.window.editor import Editor
from ui.window.media_actions import MediaActions
from ui.window.media_edits import with_picture
from ui.window.media_parts import Parts
from ui.window.messages import Messages
from ui.window.question import Question

Read = TypeVar("Read")


@pytest.fixture
def scene(picture: Path, depth: Path) -> Scene:
    return new_document(str(picture), str(depth), None, DepthRange.NORMALIZED, three_d=False)


def desk(scene: Scene) -> tuple[Editor, MediaActions, Question]:
    editor, question = Editor(scene, None, Messages()), Question()

    def at_once(_what: str, read: Callable[[], Read], done: Callable[[Read], object]) -> None:
        try:
            found = read()
        except RilievoError as error:
            editor.messages.fail(str(error))
        else:
            done(found)

    return editor, MediaActions(editor, question, at_once), question


def last(editor: Editor) -> str:
    newest = editor.messages.newest
    return "" if newest is None else newest.text


def z_map(editor: Editor) -> ZDepthMap:
    return next(node for node in editor.scene.nodes if isinstance(node, ZDepthMap))


def answer(question: Question, words: str) -> None:
    dict(question._answers)[words]()


def test_apply_works_on_what_is_selected(scene: Scene) -> None:
    editor, actions, _ = desk(scene.with_node(Surface(id="Second", media=1)))
    assert actions.targets == ("Z-Depth 1",)  # nothing else: the map that was selected last
    editor.select("Surface 1", "Second", "Camera 1")
    assert actions.targets == ("Surface 1", "Second")
    assert actions.apply(2)
    assert [editor.scene.node(name).media for name in actions.targets] == [2, 2]  # type: ignore[union-attr]
    assert last(editor) == "Surface 1 and Second show [2] depth.png now"
    editor.undo()
    assert editor.history.undo_label is None
    alone, nothing, _ = desk(new_scene(scene.media[0]))
    assert not nothing.apply(1) and "nothing is selected" in last(alone).lower()


def test_an_analysed_map_takes_its_depth_from_the_media_then(picture: Path) -> None:
    scene = new_scene(recorded(str(picture)), analysis=AnalysisType.GLOBAL)
    editor, actions, _ = desk(scene)
    assert actions.apply(1)
    assert (z_map(editor).analysis, z_map(editor).media) == (AnalysisType.MEDIA, 1)
    ball = Geometry(id="Ball", mesh="sphere", media=1)
    scene = new_scene(recorded(str(picture))).with_node(ball)
    made = ZDepthMap(id="On it", parent="Ball", analysis=AnalysisType.FACE,
                     project_along="surface_normal")  # type: ignore[arg-type]  # fmt: skip
    editor, actions, _ = desk(scene.with_node(made))
    assert actions.apply(1, ("On it",))
    assert z_map(editor).depth_range is DepthRange.RELIEF


def test_what_is_removed_moves_the_others_up(scene: Scene, picture: Path) -> None:
    spare = msgspec.structs.replace(scene.media[0], name="spare")
    scene = scene.replace_media(2, spare).with_media(scene.media[1], spare)
    scene = scene.with_values("Z-Depth 1", media=3)
    editor, actions, _ = desk(scene)
    assert actions.unused == [2, 4] and actions.uses(3) == 1
    actions.choose(3)
    actions.remove_unused()
    assert [media.name for media in editor.scene.media] == ["ramp.png", "depth.png"]
    assert z_map(editor).media == 2 and actions.chosen == 2
    editor.undo()
    assert editor.scene == scene
    actions.choose(4)
    actions.remove(4)
    assert actions.chosen is None and len(editor.scene.media) == 3
    before = editor.scene
    actions.remove(1)  # which a surface shows
    assert editor.scene is before and "Surface 1" in last(editor)
    actions.fixed = 2  # a live source stays
    assert actions.unused == []


def test_another_file_keeps_what_is_not_the_files(scene: Scene, tmp_path: Path) -> None:
    layered = write_layered(tmp_path / "a.exr")
    plain = tmp_path / "plain.png"
    cv2.imwrite(str(plain), np.zeros((10, 20, 3), np.uint8))
    depth = msgspec.structs.replace(
        new_media(tmp_path / "gone.exr", (8, 8), kind="still", name="gone.exr depth.Z"),
        layer="depth", offset=3.0, outside=Outside.LOOP, missing=Missing.BLACK, speed=2.0,
    )  # fmt: skip
    editor, actions, _ = desk(scene.with_media(depth))
    actions.relink(3, layered)
    found = editor.scene.media[2]
    assert (found.name, found.layer, found.size) == ("a.exr depth.Z", "depth", (64, 48))
    assert (found.offset, found.outside, found.speed) == (3.0, Outside.LOOP, 2.0)
    actions.relink(3, plain)  # which has no layers
    found = editor.scene.media[2]
    assert (found.layer, found.size, found.missing) == (None, (20, 10), Missing.BLACK)
    actions.relink(3, tmp_path / "none.png")
    assert "none.png" in last(editor)
    editor.undo()
    editor.undo()
    assert editor.scene.media[2] == depth


def test_another_layer_of_the_file(scene: Scene, tmp_path: Path) -> None:
    media = msgspec.structs.replace(recorded(str(write_layered(tmp_path / "a.exr"))), offset=2.0)
    editor, actions, _ = desk(scene.with_media(media))
    layers = {choice.title: choice for choice in actions.parts(3).layers}
    assert len(layers) == 12 and actions.parts(1) == Parts()
    assert [title for title, choice in layers.items() if choice.is_now] == ["RGBA"]
    actions.use_part(3, layers["N"], "Layer")
    found = editor.scene.media[2]
    assert (found.name, found.layer, found.offset) == ("a.exr N", "N", 2.0)
    actions.use_part(3, layers["RGBA"], "Layer")
    assert editor.scene.media[2] == media
    (tmp_path / "a.exr").unlink()
    assert actions.parts(3) == Parts()
    actions.use_part(3, layers["N"], "Layer")
    assert editor.scene.media[2] == media and "a.exr" in last(editor)
    # It went off the list while its file was read.
    waiting: list[Callable[[], object]] = []

    def later(_what: str, read: Callable[[], Read], done: Callable[[Read], object]) -> None:
        waiting.append(lambda: done(read()))

    slow = MediaActions(editor, Question(), later)
    slow.relink(3, Path(scene.media[0].path))
    actions.remove(3)
    waiting[0]()
    assert last(editor) == "a.exr is not on the list any more"


def test_another_view_of_the_file(scene: Scene, tmp_path: Path) -> None:
    plane = np.ones((4, 6), np.float32)
    names = [f"{view}.{name}" for view in ("right", "left") for name in "RGBZ"]
    path = write_channels(tmp_path / "stereo.exr", dict.fromkeys(names, plane))
    editor, actions, _ = desk(
        scene.with_media(recorded(str(path)), recorded(str(path), depth=True))
    )
    assert [media.view for media in editor.scene.media[2:]] == ["left", "left"]
    for number, layer in ((3, None), (4, "Z")):
        parts = actions.parts(number)
        assert [choice.title for choice in parts.views if choice.is_now] == ["left"]
        actions.use_part(number, parts.views[1], "View")
        found = editor.scene.media[number - 1]
        assert (found.view, found.layer) == ("right", layer)
    editor.undo()
    editor.undo()
    # One beside the other, for another surface.
    actions.add_part(3, actions.parts(3).views[1])
    assert [media.view for media in editor.scene.media[2:]] == ["left", "left", "right"]
    assert actions.chosen == 5
    # Another file has it as well, or does not.
    other = write_channels(tmp_path / "mono.exr", dict.fromkeys("RGB", plane))
    actions.relink(5, other)
    assert editor.scene.media[4].view is None


def test_another_track_of_the_film(scene: Scene, tmp_path: Path) -> None:
    film = write_tracks(tmp_path / "film.mkv", (0.2, 0.5), titles=("plate", "depth"))
    editor, actions, _ = desk(scene.with_media(recorded(str(film))))
    parts = actions.parts(3)
    assert parts.menus == (("Track", parts.tracks),)
    assert [choice.title for choice in parts.tracks] == ["1  plate", "2  depth"]
    actions.add_part(3, parts.tracks[1])
    first, second = editor.scene.media[2:]
    assert (first.track, second.track, second.name) == (None, 2, "film.mkv track 2")
    actions.add_part(3, parts.tracks[0])  # which is there already
    assert len(editor.scene.media) == 4
    actions.use_part(4, actions.parts(4).tracks[0], "Track")
    assert editor.scene.media[3].track == 1


def test_reading_adds_once_and_takes_the_layer_that_fits(scene: Scene, tmp_path: Path) -> None:
    editor, actions, question = desk(scene)
    layered = write_layered(tmp_path / "a.exr")
    actions.read(layered, apply=True)  # for a Z-Depth map
    assert editor.scene.media[2].layer == "depth" and z_map(editor).media == 3
    editor.select("Surface 1")
    actions.read(layered, apply=True)
    assert editor.scene.media[3].layer is None and not question.text
    actions.read(layered, apply=True)
    assert len(editor.scene.media) == 4 and actions.chosen == 4
    actions.read(tmp_path / "none.exr")
    assert "none.exr" in last(editor) and len(editor.scene.media) == 4


def test_a_layered_picture_is_asked_about(scene: Scene, tmp_path: Path) -> None:
    editor, actions, question = desk(scene)
    actions.read(write_layered(tmp_path / "a.exr"))
    assert question.text.startswith("a.exr holds more than its picture")
    assert editor.scene is scene
    answer(question, "Picture Only")
    assert [media.name for media in editor.scene.media[2:]] == ["a.exr"]
    editor.undo()
    answer(question, "Layers to the List")
    assert len(editor.scene.media) == 2 + 8 and actions.chosen == 3
    editor.undo()
    answer(question, "Make Maps for Surface 1")
    assert len(editor.scene.nodes) == len(scene.nodes) + 5
    assert editor.scene.node("Surface 1") == scene.node("Surface 1")
    editor.undo()
    assert editor.scene == scene


def test_a_picture_on_a_geometry_leaves_the_document_as_it_is(scene: Scene, depth: Path) -> None:
    scene = scene.with_node(Geometry(id="Ball", mesh="sphere"))
    media = msgspec.structs.replace(scene.media[0], path="/other.png", size=(9, 9), last=50)
    first = with_picture(scene, "Ball", media)
    assert first.media[2] == media and (first.size, first.last) == (scene.size, scene.last)
    second = msgspec.structs.replace(media, path="/third.png")
    then = with_picture(first, "Ball", second)
    assert then.media[2] == second and len(then.media) == 3  # nobody else shows the old one
    # The second time, from the list.
    shared = with_picture(then.with_values("Z-Depth 1", media=3), "Ball", scene.media[0])
    assert shared.node("Ball").media == 1  # type: ignore[union-attr]


def test_numbered_files_that_are_dropped_together_are_one(tmp_path: Path) -> None:
    frames = [tmp_path / f"a.{number:04d}.png" for number in (3, 1, 2)]
    for path in frames:
        path.touch()
    clip = tmp_path / "b.mov"
    assert together(frames) == [tmp_path / "a.####.png"]
    assert together([clip, *frames]) == [tmp_path / "a.####.png", clip]
    assert together([clip, frames[0]]) == [clip, frames[0]]
    assert together([]) == []


def test_a_media_is_turned_and_turned_back(scene: Scene) -> None:
    editor, actions, _ = desk(scene)
    before = editor.scene.media[1]
    actions.turn(2, 6)
    turned = editor.scene.media[1]
    assert (turned.orientation, turned.size) == (6, before.size[::-1])
    actions.turn(2, 2)  # and mirrored: what is left then becomes right
    assert editor.scene.media[1].orientation == 5
    actions.turn(2, 2)
    actions.turn(2, 8)
    assert (editor.scene.media[1].orientation, editor.scene.media[1].size) == (1, before.size)
    actions.turn(2, 6)
    actions.relink(2, Path(before.path))  # the same file again: it stays turned
    assert editor.scene.media[1].orientation == 6
    assert editor.scene.media[1].size == before.size[::-1]


def test_another_layer_view_or_track_is_turned_alike(scene: Scene, tmp_path: Path) -> None:
    plane = np.ones((4, 6), np.float32)
    names = [f"{view}.{name}" for view in ("right", "left") for name in "RGBZ"]
    stereo = write_channels(tmp_path / "stereo.exr", dict.fromkeys(names, plane))
    film = write_tracks(tmp_path / "film.mkv", (0.2, 0.5))
    editor, actions, _ = desk(scene.with_media(recorded(str(stereo)), recorded(str(film))))
    for number in (3, 4):
        actions.turn(number, 6)
        for kind, _ in actions.parts(number).menus:
            before = editor.scene.media[number - 1]
            choices = next(c for title, c in actions.parts(number).menus if title == kind)
            actions.use_part(number, next(c for c in choices if not c.is_now), kind)
            found = editor.scene.media[number - 1]
            assert found != before and (found.orientation, found.size) == (6, before.size)


def test_a_film_is_deinterlaced_on_wish_and_back(scene: Scene) -> None:
    """Number 6, in the media panel."""
    editor, actions, _ = desk(scene)
    actions.deinterlace(1, True)
    assert editor.scene.media[0].deinterlace and not editor.scene.media[1].deinterlace
    actions.deinterlace(1, False)
    assert not editor.scene.media[0].deinterlace
