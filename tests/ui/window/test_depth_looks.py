"""What becomes of maps that are made in the window: as `rilievo new` makes them, in one step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
import OpenEXR
import pytest
from PIL import Image

from engine.errors import RilievoError
from engine.scene import (
    Aov,
    AovType,
    Camera,
    DepthRange,
    Geometry,
    Scene,
    ZDepthMap,
    new_scene,
)
from tests.support.depth_scenes import room
from tests.support.layered import write_channels
from tests.support.tracks import write_tracks
from ui.new import new_document, recorded
from ui.window.depth_looks import DepthLooks
from ui.window.editor import Editor
from ui.window.media_edits import apply
from ui.window.messages import Messages
from ui.window.node_actions import NodeActions

Read = TypeVar("Read")
Z = room()
NEARNESS = (1 / Z - 1 / Z.max()) / (1 / Z.min() - 1 / Z.max())


class Desk:
    """An editor whose window reads when it is told to."""

    def __init__(self, scene: Scene) -> None:
        self.editor = Editor(scene, None, Messages())
        self._waiting: list[Callable[[], None]] = []
        self.editor.shows = DepthLooks(self.editor, self._start).look
        self.actions = NodeActions(self.editor)

    def _start(self, _what: str, read: Callable[[], Read], done: Callable[[Read], object]) -> None:
        def work() -> None:
            try:
                found = read()
            except RilievoError as error:
                self.editor.messages.fail(str(error))
            else:
                done(found)

        self._waiting.append(work)

    def read(self) -> None:
        while self._waiting:
            self._waiting.pop(0)()

    @property
    def z_map(self) -> ZDepthMap:
        return next(node for node in self.editor.scene.nodes if isinstance(node, ZDepthMap))

    @property
    def said(self) -> str:
        return "\n".join(entry.text for entry in self.editor.messages.entries)


@pytest.fixture
def grey(tmp_path: Path) -> Path:
    """Near is white."""
    assert cv2.imwrite(str(tmp_path / "grey.png"), np.round(255 * NEARNESS).astype(np.uint8))
    return tmp_path / "grey.png"


@pytest.fixture
def metres(tmp_path: Path) -> Path:
    header = {"type": OpenEXR.scanlineimage}
    OpenEXR.File(header, {"Z": Z.astype(np.float32)}).write(str(tmp_path / "metres.exr"))
    return tmp_path / "metres.exr"


def _desk(picture: Path, *more: Path) -> Desk:
    scene = new_scene(recorded(str(picture)))
    return Desk(scene.with_media(*(recorded(str(path)) for path in more)))


def _reads(node: ZDepthMap) -> tuple[object, ...]:
    return (
        node.depth_range, node.invert, node.depth_scale, node.white, node.near, node.far,
        node.colour_map,
    )  # fmt: skip


@pytest.mark.parametrize("way", ["add", "create map"])
@pytest.mark.parametrize("media", ["grey", "metres"])
def test_a_new_map_is_what_new_makes_in_one_step(
    picture: Path, way: str, media: str, request: pytest.FixtureRequest
) -> None:
    path = request.getfixturevalue(media)
    desk = _desk(picture, path)
    before = desk.editor.scene
    desk.editor.media = 2
    if way == "add":
        assert desk.actions.add(ZDepthMap, parent="Surface 1")
    else:
        aov = Aov(id="Depth", kind=AovType.Z_DEPTH, parent="Surface 1")
        before = before.with_node(aov)
        desk.editor.replace(before, None)
        desk.editor.media = 2
        assert desk.actions.create_map("Depth")
    assert desk.z_map.depth_range is DepthRange.NORMALIZED  # nothing waits for the file
    desk.read()
    made = new_document(str(picture), str(path), None, None, three_d=False)
    expected = next(node for node in made.nodes if isinstance(node, ZDepthMap))
    assert _reads(desk.z_map) == _reads(expected)
    assert path.name in desk.said and "Auto found" in desk.said
    camera, usual = (
        next(node for node in scene.nodes if isinstance(node, Camera))
        for scene in (desk.editor.scene, made)
    )
    assert (camera.near, camera.far) == (usual.near, usual.far)
    desk.editor.undo()
    assert desk.editor.scene == before


def test_apply_reads_the_numbers_anew(picture: Path, grey: Path, metres: Path) -> None:
    desk = _desk(picture, grey, metres)
    desk.editor.media = 2
    assert desk.actions.add(ZDepthMap, parent="Surface 1")
    desk.read()
    assert desk.z_map.invert
    assert apply(desk.editor, 3, ("Z-Depth 1",))
    desk.read()
    assert (desk.z_map.depth_range, desk.z_map.invert) == (DepthRange.ABSOLUTE, False)
    assert apply(desk.editor, 2, ("Z-Depth 1",))
    desk.read()
    assert (desk.z_map.depth_range, desk.z_map.far) == (DepthRange.NORMALIZED, None)


def test_what_was_set_by_hand_stays(picture: Path, grey: Path, metres: Path) -> None:
    desk = _desk(picture, grey, metres)
    desk.editor.media = 2
    assert desk.actions.add(ZDepthMap, parent="Surface 1")
    desk.editor.set("Z-Depth 1", "Invert", invert=True)  # before the file is read
    desk.read()
    assert "by hand" not in desk.said and desk.z_map.invert
    desk.editor.set("Z-Depth 1", "Depth Range", depth_range=DepthRange.INVERSE)
    assert apply(desk.editor, 3, ("Z-Depth 1",))
    desk.read()
    assert desk.z_map.depth_range is DepthRange.INVERSE
    assert "set by hand" in desk.said and "distances" in desk.said


def test_what_is_done_meanwhile_is_a_step_of_its_own(picture: Path, metres: Path) -> None:
    desk = _desk(picture, metres)
    desk.editor.media = 2
    assert desk.actions.add(ZDepthMap, parent="Surface 1")
    desk.editor.set("Surface 1", "Opacity", opacity=0.5)
    desk.read()
    assert desk.z_map.depth_range is DepthRange.ABSOLUTE
    desk.editor.undo()
    assert desk.z_map.depth_range is DepthRange.NORMALIZED
    # And one that is gone by then is left alone.
    desk = _desk(picture, metres)
    desk.editor.media = 2
    assert desk.actions.add(ZDepthMap, parent="Surface 1")
    desk.editor.undo()
    desk.read()
    assert not any(isinstance(node, ZDepthMap) for node in desk.editor.scene.nodes)


def test_a_media_that_cannot_be_read_leaves_the_map_as_it_is(picture: Path, metres: Path) -> None:
    desk = _desk(picture, metres)
    metres.unlink()
    desk.editor.media = 2
    assert desk.actions.add(ZDepthMap, parent="Surface 1")
    desk.read()
    assert desk.z_map.depth_range is DepthRange.NORMALIZED and "metres.exr" in desk.said


@pytest.mark.parametrize("depth", ["VRayZDepth.R", "zfiltered"])
def test_a_picture_gives_the_depth_that_lies_beside_it(tmp_path: Path, depth: str) -> None:
    """As `new` takes it: never the picture itself in silence."""
    colours = dict.fromkeys("RGB", np.full(Z.shape, 0.4, np.float32))
    path = write_channels(tmp_path / "render.exr", {**colours, depth: Z.astype(np.float32)})
    desk = _desk(path)
    before = desk.editor.scene
    desk.editor.media = 1
    assert desk.actions.add(ZDepthMap, parent="Surface 1")
    desk.read()
    made = new_document(str(path), str(path), None, None, three_d=False)
    number = desk.z_map.media or 0
    assert desk.editor.scene.media[number - 1].layer == made.media[1].layer == depth
    assert desk.editor.scene.media[0] == before.media[0]
    assert _reads(desk.z_map) == _reads(next(n for n in made.nodes if isinstance(n, ZDepthMap)))
    assert depth in desk.said and ("filtered, so" in desk.said) == (depth == "zfiltered")
    desk.editor.undo()
    assert desk.editor.scene == before


def test_a_picture_as_its_own_depth_is_told(picture: Path, tmp_path: Path) -> None:
    film = write_tracks(tmp_path / "film.mkv", (0.2, 0.5))
    for path in (picture, film):
        desk = _desk(path)
        desk.editor.media = 1
        assert desk.actions.add(ZDepthMap, parent="Surface 1")
        desk.read()
        assert f"{path.name} is the picture itself: choose another media" in desk.said
    assert "is the picture itself" not in _after_apply(_desk(picture, film))


def _after_apply(desk: Desk) -> str:
    desk.editor.media = 2
    assert desk.actions.add(ZDepthMap, parent="Surface 1")
    desk.read()
    return desk.said


def test_on_a_geometry_it_stays_a_relief(picture: Path, metres: Path) -> None:
    desk = _desk(picture, metres)
    desk.editor.replace(desk.editor.scene.with_node(Geometry(id="Ball", mesh="sphere")), None)
    desk.editor.media = 2
    assert desk.actions.add(ZDepthMap, parent="Ball")
    desk.read()
    assert (desk.z_map.depth_range, desk.z_map.far) == (DepthRange.RELIEF, None)


def test_a_map_that_lies_is_turned_in_the_list(picture: Path, grey: Path) -> None:
    """The picture is upright by its tag, the map is as the pixels are stored."""
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = grey.with_name("photo.png")
    Image.open(grey).convert("RGB").save(photo, exif=exif)
    desk = _desk(photo, grey)
    desk.editor.media = 2
    assert desk.actions.add(ZDepthMap, parent="Surface 1")
    desk.read()
    assert desk.editor.scene.media[1].orientation == 6 and desk.z_map.media == 2, desk.said
    assert "turned by a quarter" in desk.said
