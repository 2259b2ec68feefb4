"""Whatever is done to a document by hand can be taken back step by step, and done again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from engine.scene import Media, Scene, new_light, new_scene
from tests.support.random_edits import RandomEdits
from tests.support.window_driver import Driver, window
from ui.recorded import recorded
from ui.window.editor import Editor
from ui.window.messages import Messages

EDITS = 200


def shot() -> Scene:
    """Two pictures and a clip, a lit relief, and some time."""
    still = Media(name="plate.png", path="/pictures/plate.png", size=(64, 48))
    depth = Media(name="depth.exr", path="/pictures/depth.exr", size=(64, 48))
    clip = msgspec.structs.replace(depth, name="clip.mov", path="/pictures/clip.mov", last=30)
    scene = new_scene(still, z_media=depth).with_media(clip)
    return scene.with_node(new_light(scene)).with_settings(first=1, last=40)


def saved(scene: Scene) -> bytes:
    """All that a file of it would hold."""
    return msgspec.json.encode(scene)


@pytest.mark.parametrize("seed", [1, 2, 4])
def test_two_hundred_random_edits_are_taken_back_and_done_again(seed: int) -> None:
    editor = Editor(shot(), None, Messages())
    edits = RandomEdits(editor, seed)
    files = [saved(editor.scene)]
    tries = 0
    while len(files) <= EDITS:
        changed, tries = edits.step(), tries + 1
        assert len(editor.history.labels) == len(files) - 1 + changed, edits.done
        assert changed == (saved(editor.scene) != files[-1])
        if changed:
            files.append(saved(editor.scene))
    assert edits.names == {name for name, count in edits.done.items() if count}, edits.done
    assert sum(count > 0 for count in edits.kinds.values()) >= 5, edits.kinds
    assert tries < 4 * EDITS
    for before in reversed(files[:-1]):
        editor.undo()
        assert saved(editor.scene) == before
        assert {*editor.selection} <= {node.id for node in editor.scene.nodes}
        assert editor.scene.first <= editor.frame <= editor.scene.last
        editor.scene.evaluate(editor.frame)
    assert editor.history.undo_label is None
    for after in files[1:]:
        editor.redo()
        assert saved(editor.scene) == after
    assert editor.history.redo_label is None


@pytest.mark.slow
def test_edits_by_hand_are_taken_back_by_their_keys(
    display: str, picture: Path, tmp_path: Path
) -> None:
    """Clicks, drags and keys in panels, Schematic and Timeline; then Ctrl+Z as often."""
    path = tmp_path / "shot.rilievo"
    media = recorded(str(picture))
    scene = new_scene(media, z_media=media).with_settings(first=1, last=24)
    scene.with_node(new_light(scene)).save(path)

    with window(display, tmp_path, "open", str(path)) as driver:
        seen = [driver.settled()["scene"]]
        moves: list[Callable[[], object]] = [
            lambda: driver.click("Z-Depth 1.displace"),
            lambda: slide(driver, "Light 1.intensity"),
            lambda: driver.click("Light 1.intensity.key"),
            lambda: driver.key("bracketleft"),
            lambda: driver.click("+ Add a Light"),
            lambda: slide(driver, "Z-Depth 1.effect"),
            lambda: driver.click("Z-Depth 1.effect.reset"),
            lambda: (driver.key("Right"), driver.key("k")),
        ]
        for move in moves:
            move()
            driver.wait(lambda r: r["scene"] != seen[-1], f"edit {len(seen)} is done")
            seen.append(driver.settled()["scene"])
        for before in reversed(seen[:-1]):
            driver.key("ctrl+z")
            driver.wait(lambda r, scene=before: r["scene"] == scene, "an edit is taken back")
        for after in seen[1:]:
            driver.key("ctrl+shift+z")
            driver.wait(lambda r, scene=after: r["scene"] == scene, "an edit is done again")
        driver.quit()


def slide(driver: Driver, item: str) -> None:
    """Drag a control a little to the right."""
    x, y = driver.place(item, 0.3)
    driver.drag((x, y), (x + 40, y))
