"""An Axis that is tracked over an animated depth map; rendered, but without a window."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from engine.gpu import Gpu
from engine.scene import Axis, Curve, Scene, curve, pivot_of, world_of
from tests.support.truth import CAMERA, mapped, write_depth
from ui.recorded import recorded
from ui.window.editor import Editor
from ui.window.messages import Messages
from ui.window.preview import Preview
from ui.window.tracking import Tracking

SIZE = (64, 48)
FIRST, LAST = 1001, 1006
AXIS = "Axis 1"


def depth_at(frame: int) -> float:
    """The map's depth on the left at a frame; on the right it is half a unit farther."""
    return 1.0 + 0.05 * (frame - FIRST)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A depth sequence that runs away from the camera, and an axis on its left, which hangs on
    another and carries a third."""
    for frame in range(FIRST, LAST + 1):
        values = np.full(SIZE[::-1], depth_at(frame))
        values[:, SIZE[0] // 2 :] += 0.5
        write_depth(tmp_path / f"z.{frame}.exr", values)
    scene = mapped(tmp_path, np.full(SIZE[::-1], 1.0), displace=True)
    media = recorded(str(tmp_path / "z.####.exr"))
    assert (media.first, media.last) == (FIRST, LAST)
    scene = scene.replace_media(2, msgspec.structs.replace(media, first=FIRST, last=LAST))
    scene = scene.with_settings(first=FIRST, last=LAST, size=SIZE)
    return scene.with_node(
        Axis(
            id="Above", translate=(0.1, 0.2, -0.3), rotate=(0.0, 30.0, 0.0), scale=(2.0, 2.0, 2.0)
        ),
        Axis(id=AXIS, parent="Above", translate=(-0.35, 0.0, 0.2), pivot=(0.05, 0.0, 0.0)),
    )


@pytest.fixture
def previews(gpu: Gpu) -> Iterator[list[Preview]]:
    made: list[Preview] = []
    yield made
    for preview in made:
        preview.close()


def tracking(gpu: Gpu, scene: Scene, previews: list[Preview], fresh: object = None) -> Tracking:
    editor = Editor(scene, None, Messages())
    previews.append(Preview(gpu, editor, None))  # type: ignore[arg-type]
    return Tracking(editor, previews[-1], fresh or (lambda _map, _frame: True))  # type: ignore[arg-type]


def finish(work: Tracking) -> None:
    end = time.monotonic() + 60
    while work.busy:
        assert time.monotonic() < end, work.text
        work.work()


def depth_of(scene: Scene, frame: int) -> float:
    """Planar Z of the axis for the document's camera."""
    to_camera = np.linalg.inv(world_of(scene, CAMERA, frame))
    return -float(to_camera[2, :3] @ pivot_of(scene, AXIS, frame) + to_camera[2, 3])


def seen_at(scene: Scene, frame: int) -> np.ndarray:
    """Where the camera sees the axis, as tangents."""
    to_camera = np.linalg.inv(world_of(scene, CAMERA, frame))
    point = to_camera[:3, :3] @ pivot_of(scene, AXIS, frame) + to_camera[:3, 3]
    return point[:2] / -point[2]


def test_it_sticks_to_the_depth_at_every_frame(
    gpu: Gpu, scene: Scene, previews: list[Preview]
) -> None:
    work = tracking(gpu, scene, previews)
    editor = work._editor
    work.start(AXIS)
    assert "0 of 6" in work.text
    finish(work)
    after = editor.scene
    assert editor.history.labels == (f"Track {AXIS}",), "one step of undo"
    for frame in range(FIRST, LAST + 1):
        # Within what the hysteresis holds back.
        assert depth_of(after, frame) == pytest.approx(depth_at(frame), rel=0.003)
        assert np.allclose(seen_at(after, frame), seen_at(scene, frame), atol=1e-6)
    assert any("6 frames" in entry.text for entry in editor.messages.entries)
    # The document alone holds it: what is loaded again evaluates alike.
    editor.undo()
    assert editor.scene == scene


def test_only_what_is_between_in_and_out_is_touched(
    gpu: Gpu, scene: Scene, previews: list[Preview]
) -> None:
    x = curve([(900, -4.0), (1002, -0.35), (1100, 3.0)])
    scene = scene.with_values(AXIS, translate=(x, 0.0, 0.2))
    scene = scene.with_settings(mark_in=1002, mark_out=1004)
    work = tracking(gpu, scene, previews)
    work.start(AXIS)
    finish(work)
    node = work._editor.scene.node(AXIS)
    assert isinstance(node, Axis)
    number = node.translate[0]
    assert isinstance(number, Curve)
    frames = [key.frame for key in number.keys]
    assert (frames[0], frames[-1]) == (900, 1100)
    assert all(1002 <= frame <= 1004 for frame in frames[1:-1])
    for frame in (1002, 1003, 1004):
        assert depth_of(work._editor.scene, frame) == pytest.approx(depth_at(frame), rel=0.003)


def test_a_camera_that_moves_takes_the_place_along(
    gpu: Gpu, scene: Scene, previews: list[Preview]
) -> None:
    """The axis stays where it is seen; outside the picture it has no depth and keeps its own."""
    pan = curve([(FIRST, 0.0), (LAST, 60.0)])
    scene = scene.with_values(CAMERA, rotate=(0.0, pan, 0.0))
    work = tracking(gpu, scene, previews)
    work.start(AXIS)
    finish(work)
    after = work._editor.scene
    assert depth_of(after, FIRST) == pytest.approx(depth_at(FIRST), rel=0.003)
    for frame in range(FIRST, LAST + 1):
        assert np.allclose(seen_at(after, frame), seen_at(scene, frame), atol=1e-6)
    assert "no depth was under it" in str([e.text for e in work._editor.messages.entries])


def test_it_can_be_left_off(gpu: Gpu, scene: Scene, previews: list[Preview]) -> None:
    work = tracking(gpu, scene, previews)
    work.start(AXIS)
    work.work()
    work.cancel()
    assert not work.busy
    assert work._editor.scene is scene
    # What changes under it makes what was measured worthless.
    work.start(AXIS)
    work._editor.edit(lambda s: s.with_values("Above", translate=(0.0, 0.0, 0.0)), "Move")
    work.work()
    assert not work.busy
    assert "changed meanwhile" in work._editor.messages.entries[-1].text


def test_it_waits_for_an_analysis(gpu: Gpu, scene: Scene, previews: list[Preview]) -> None:
    analysed = scene.with_values("Z-Depth 1", analysis="global", media=None)
    asked: list[int] = []

    def fresh(_map: object, frame: int) -> bool:
        asked.append(frame)
        return len(asked) > 2

    work = tracking(gpu, analysed, previews, fresh)
    work.start(AXIS)
    work.work()
    work.work()
    assert (work.busy, work.done, asked) == (True, 0.0, [FIRST, FIRST])
    finish(work)
    assert asked[-1] == LAST


def test_what_cannot_be_tracked_is_said(gpu: Gpu, scene: Scene, previews: list[Preview]) -> None:
    work = tracking(gpu, scene, previews)
    work.start(CAMERA)
    assert not work.busy
    work.start(AXIS)
    assert work.busy
    away = scene.with_values(AXIS, translate=(90.0, 0.0, 0.0))
    lost = tracking(gpu, away, previews)
    lost.start(AXIS)
    finish(lost)
    assert "no depth under it" in lost._editor.messages.entries[-1].text
    assert lost._editor.scene is away
    still = tracking(gpu, scene.with_settings(first=FIRST, last=FIRST), previews)
    still.start(AXIS)
    assert "one frame long" in still._editor.messages.entries[-1].text
