"""Files dropped on the window, as a file manager drops them (XDND)."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.scene import Scene, Surface, new_scene
from tests.support.window_driver import Driver, window
from ui.recorded import recorded


@pytest.fixture
def green(tmp_path: Path) -> Path:
    """A picture that is wider than the ramp."""
    path = tmp_path / "green one.png"  # a space, which XDND sends as %20
    cv2.imwrite(str(path), np.full((40, 80, 3), (40, 160, 40), np.uint8))
    return path


@pytest.fixture
def two(picture: Path, tmp_path: Path) -> Path:
    """A large surface and a small one in front of its right half, both showing the ramp."""
    scene = new_scene(recorded(str(picture)))
    front = Surface(id="Front", media=1, translate=(0.3, 0.0, 0.1), scale=(0.5, 0.5, 1.0))
    path = tmp_path / "two.rilievo"
    scene.with_node(front).with_settings(size=(160, 120)).save(path)
    return path


@pytest.fixture
def one(picture: Path, tmp_path: Path) -> Path:
    path = tmp_path / "one.rilievo"
    new_scene(recorded(str(picture))).save(path)
    return path


def shown_by(driver: Driver, surface: str) -> str:
    """The name of the picture on a surface."""
    scene = driver.report["scene"]
    return scene["media"][driver.node(surface)["media"] - 1]["name"]


@pytest.mark.slow
def test_pictures_and_documents_are_dropped(
    display: str, two: Path, one: Path, green: Path, talking_head: Path, tmp_path: Path,
    artifacts: Path,
) -> None:  # fmt: skip
    notes = tmp_path / "notes.txt"
    notes.write_text("no picture", encoding="utf-8")
    with window(display, tmp_path, "open", str(two)) as driver:
        # On the nearer of two surfaces under the pointer; the other one keeps its picture.
        driver.drop(green, at=driver.picture(0.7, 0.5))
        driver.wait(lambda _: shown_by(driver, "Front") == green.name, "it is in front")
        assert shown_by(driver, "Surface 1") == "ramp.png"
        driver.drop(talking_head, at=driver.picture(0.2, 0.5))
        driver.wait(lambda _: shown_by(driver, "Surface 1") == talking_head.name, "a clip behind")
        assert shown_by(driver, "Front") == green.name
        report = driver.settled()
        assert report["scene"]["last"] > 100  # the clip's own range
        driver.screenshot(artifacts / "window-dropped.png")

        # What is no picture, and what is dropped beside both: a sentence, and nothing changes.
        scene = report["scene"]
        driver.drop(notes, at=driver.picture(0.2, 0.5))
        driver.wait(lambda r: "notes.txt" in r["messages"][-1], "it cannot be shown")
        driver.drop(green, at=(20, 845))
        driver.wait(lambda r: "one of the surfaces" in r["messages"][-1], "it hit none")
        assert driver.report["scene"] == scene

        # A document: what was not saved is asked for. Escape means no, and does not quit.
        driver.drop(one, at=driver.picture(0.5, 0.5))
        driver.place("Discard Them")
        driver.screenshot(artifacts / "window-question.png")
        driver.key("Escape")
        driver.wait(lambda r: "Discard Them" not in r["items"], "the question is gone")
        assert driver.report["scene"] == scene
        driver.drop(one, at=driver.picture(0.5, 0.5))
        driver.click("Save Them")
        driver.wait(lambda r: r["title"].startswith("one.rilievo"), "the document is open")
        saved = Scene.load(two)
        assert [media.name for media in saved.media] == [talking_head.name, green.name]

        # The only surface takes a picture from anywhere, whose shape the document follows.
        driver.drop(green, at=(20, 845))
        driver.wait(lambda _: shown_by(driver, "Surface 1") == green.name, "it is on the surface")
        assert driver.report["scene"]["size"] == [80, 40]
        assert len(driver.report["scene"]["media"]) == 1
        driver.key("ctrl+z")
        driver.wait(lambda _: shown_by(driver, "Surface 1") == "ramp.png", "the drop is undone")
        driver.settled()
        driver.quit()


@pytest.mark.slow
def test_what_is_dropped_on_a_live_window_is_its_source(
    display: str, one: Path, green: Path, tmp_path: Path, artifacts: Path
) -> None:
    source = "lavfi:testsrc2=size=160x120:rate=10"
    with window(display, tmp_path, "live", "--source", source) as driver:
        driver.drop(green, at=driver.picture(0.5, 0.5))
        driver.wait(lambda r: r["scene"]["size"] == [80, 40], "the picture is the source")
        driver.drop(one, at=driver.picture(0.5, 0.5))
        driver.click("Discard Them")  # another source is a change of the document
        driver.wait(lambda r: r["title"].startswith("one.rilievo"), "the document is open")
        driver.wait(lambda _: shown_by(driver, "Surface 1") == green.name, "and shows the source")
        driver.screenshot(artifacts / "window-dropped-live.png", still=False)
        driver.quit()
