"""Documents are written beside the drawing: never long at a time, in order, with errors told."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from engine.scene import Axis, Curve, Key, Scene
from ui.autosave import Autosave
from ui.window.editor import Editor
from ui.window.messages import Messages
from ui.window.saving import Saving

KEYS = 4_000


def long_document() -> Scene:
    keys = tuple(Key(float(frame), frame % 97 * 0.013) for frame in range(KEYS))
    return Scene(name="long", nodes=(Axis(id="Axis 1", translate=(Curve(keys), 0.0, 0.0)),))


class Desk:
    """What saving works on."""

    def __init__(self, scene: Scene) -> None:
        self.messages = Messages()
        self.editor = Editor(scene, None, self.messages)
        self.files: list[Path] = []
        self.woken = threading.Event()
        self.saving = Saving(self.editor, self.messages, self.files.append, self.woken.set)

    def finish(self) -> None:
        assert self.woken.wait(60.0)
        while self.saving.busy:
            self.saving.work()
            time.sleep(0.002)


def test_the_thread_that_writes_rests_before_anyone_waits_long(tmp_path: Path) -> None:
    """A turn of it, by its own processor time, is shorter than half a frame of the window."""
    scene, last, turns = long_document(), [0.0], []

    def rest() -> None:
        now = time.thread_time()
        turns.append(now - last[0])
        last[0] = now

    def write() -> None:
        last[0] = time.thread_time()
        scene.save(tmp_path / "long.rilievo", rest)

    thread = threading.Thread(target=write)
    thread.start()
    thread.join()
    # It may rest at each of these: pieces of a long document, none of them long.
    assert len(turns) > KEYS and max(turns) < 0.008
    assert Scene.load(tmp_path / "long.rilievo") == scene


def test_what_is_edited_meanwhile_is_not_saved_and_writes_keep_their_order(tmp_path: Path) -> None:
    scene, path = long_document(), tmp_path / "long.rilievo"
    desk = Desk(scene)
    desk.editor.edit(lambda s: s.with_settings(name="first"), "Name")
    first = desk.editor.scene
    went_on: list[str] = []
    desk.saving.start(first, path, lambda: went_on.append("saved"))
    desk.saving.once_done(lambda: went_on.append("done"))
    desk.editor.edit(lambda s: s.with_settings(name="second"), "Name")
    assert desk.saving.busy and not went_on
    desk.finish()
    assert went_on == ["saved", "done"] and desk.files == [path]
    assert Scene.load(path).name == "first" and not desk.editor.history.is_saved
    assert desk.editor.path == path
    for name in ("third", "fourth"):
        desk.editor.edit(lambda s, n=name: s.with_settings(name=n), "Name")
        desk.saving.start(desk.editor.scene, path)
    desk.saving.wait()  # as the window does before it closes
    assert Scene.load(path).name == "fourth" and desk.editor.history.is_saved
    desk.saving.close()


def test_what_cannot_be_written_is_told_and_nothing_goes_on(tmp_path: Path) -> None:
    desk = Desk(Scene(name="shot"))
    desk.editor.edit(lambda s: s.with_settings(name="other"), "Name")
    went_on: list[str] = []
    desk.saving.start(
        desk.editor.scene, tmp_path / "nowhere" / "x.rilievo", lambda: went_on.append("x")
    )
    desk.finish()
    assert not went_on and not desk.editor.history.is_saved and desk.editor.path is None
    assert "cannot be written" in desk.messages.entries[-1].text
    desk.saving.close()


def test_the_copy_of_what_is_unsaved_goes_after_it_was_written(tmp_path: Path) -> None:
    desk = Desk(long_document())
    autosave = Autosave(tmp_path / "long.rilievo", tmp_path / "copies", desk.saving.run)
    autosave.work(desk.editor.scene, False, 0.0)
    autosave.work(desk.editor.scene, True, 1.0)  # saved before the copy is there
    desk.saving.close()
    assert not list((tmp_path / "copies").iterdir())


@pytest.mark.slow
def test_a_document_of_many_keys_never_holds_the_window_up(tmp_path: Path) -> None:
    """200,000 keys: what the drawing thread does takes at most 16 ms more than by itself, in
    the median: a thread that has Python's lock may have to wait for others on the machine."""
    keys = tuple(Key(float(frame), frame % 97 * 0.013) for frame in range(200_000))
    desk = Desk(Scene(nodes=(Axis(id="Axis 1", translate=(Curve(keys), 0.0, 0.0)),)))

    def frame() -> float:
        start = time.perf_counter()
        for _ in range(50):  # calls into the driver, each of which lets another thread in
            time.sleep(0)
            sum(range(200))
        return time.perf_counter() - start

    alone = sorted(frame() for _ in range(200))
    desk.saving.start(desk.editor.scene, tmp_path / "long.rilievo")
    beside = []
    while not desk.saving.work():
        beside.append(frame())
        time.sleep(0.01)
    desk.saving.close()
    beside.sort()
    assert beside[len(beside) // 2] - alone[len(alone) // 2] < 0.016
