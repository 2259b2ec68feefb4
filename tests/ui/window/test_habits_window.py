"""What people expect of any such window: nothing is lost, and everything has a key and a name."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from engine.scene import Scene, ZDepthMap, new_scene
from tests.support.window_driver import Driver, window
from ui.recorded import recorded

MAP = "Z-Depth 1"


@pytest.fixture
def document(picture: Path, tmp_path: Path) -> Path:
    """A ramp that is its own depth."""
    path = tmp_path / "shot.rilievo"
    media = recorded(str(picture))
    new_scene(media, z_media=media).save(path)
    return path


def displaces(path: Path) -> bool:
    node = Scene.load(path).node(MAP)
    assert isinstance(node, ZDepthMap)
    return node.displace


def change(driver: Driver) -> None:
    """An edit that is not saved."""
    driver.click(f"{MAP}.displace")
    driver.wait(lambda r: r["title"].startswith("shot.rilievo *"), "there are unsaved changes")


@pytest.mark.slow
def test_changes_are_not_lost_by_closing(display: str, document: Path, tmp_path: Path) -> None:
    before = displaces(document)
    with window(display, tmp_path, "open", str(document)) as driver:
        change(driver)
        driver.key("ctrl+q")
        driver.answer("Cancel")
        driver.wait(lambda r: "Cancel" not in r["items"], "the question is gone")
        driver.press_cross()
        driver.place("Discard Them")
        driver.key("Escape")  # as Cancel
        driver.wait(lambda r: "Cancel" not in r["items"], "the question is gone again")
        assert displaces(document) == before
        driver.press_cross()
        driver.answer("Save Them")
        driver.ended()
    assert displaces(document) != before
    with window(display, tmp_path, "open", str(document)) as driver:
        driver.settled()
        driver.press_cross()  # nothing to ask
        driver.ended()


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_changes_are_recovered_after_the_program_was_ended(
    display: str,
    document: Path,
    tmp_path: Path,
    end: signal.Signals,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also what was changed in the last moment, where the system asks the program to go."""
    monkeypatch.setenv("RILIEVO_HOME", str(tmp_path / "home"))
    copies = tmp_path / "home/state/autosave"
    before = displaces(document)
    with window(display, tmp_path, "open", str(document)) as driver:
        change(driver)
        driver.wait(lambda _: list(copies.glob("*-shot.*.rilievo")), "a copy is kept")
        if end is signal.SIGTERM:
            driver.click(f"{MAP}.z_pass")  # 3D is dimmed: nothing is displaced any more
            driver.wait(lambda _: driver.node(MAP)["z_pass"], "another change")
        driver.process.send_signal(end)
        driver.process.wait()
    with window(display, tmp_path, "open", str(document)) as driver:
        driver.click("Recover Them")
        driver.wait(lambda _: driver.node(MAP)["displace"] != before, "the change is there")
        assert driver.node(MAP)["z_pass"] == (end is signal.SIGTERM)
        driver.key("ctrl+z")
        driver.wait(lambda r: "*" not in r["title"], "and can be taken back")
        driver.key("ctrl+shift+z")
        driver.key("ctrl+s")
        driver.wait(lambda r: "*" not in r["title"], "or saved")
        driver.wait(lambda _: not list(copies.iterdir()), "the copy is gone")
        driver.quit()
    assert displaces(document) != before
    with window(display, tmp_path, "open", str(document)) as driver:
        driver.settled()
        assert "Recover Them" not in driver.report["items"]


@pytest.mark.slow
def test_commands_by_name_and_a_list_of_keys(
    display: str, document: Path, tmp_path: Path, artifacts: Path
) -> None:
    with window(display, tmp_path, "open", str(document)) as driver:
        driver.key("ctrl+p")
        driver.wait(lambda r: r["pointer"]["text"], "there is a line to type in")
        driver.xdotool("type", "--delay", 60, "full")
        driver.wait(lambda r: "Save command" not in r["items"], "what does not fit is gone")
        driver.drawn()  # it draws as long as text is typed
        driver.screenshot(artifacts / "window-commands.png", still=False)
        driver.key("Return")
        driver.wait(lambda r: r["size"] == [1500, 940], "the command is done")
        driver.key("F11")
        driver.wait(lambda r: r["size"] == [1400, 860], "the window is as it was")
        driver.key("question")
        driver.place("Close")
        driver.settled()
        driver.screenshot(artifacts / "window-keys.png")
        driver.key("f")  # is not meant for the view
        driver.key("Escape")
        driver.wait(lambda r: "Close" not in r["items"], "the list is gone")
        assert not driver.report["free"]
        driver.quit()


@pytest.mark.slow
def test_files_are_opened_again_and_text_keeps_its_size(
    display: str, document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RILIEVO_HOME", str(tmp_path / "home"))
    other = tmp_path / "other.rilievo"
    Scene.load(document).with_values(MAP, effect=0.5).save(other)
    with window(display, tmp_path, "open", str(other)) as driver:
        width = driver.report["items"]["File"][2] - driver.report["items"]["File"][0]
        driver.key("ctrl+equal")
        driver.key("ctrl+equal")
        driver.wait(
            lambda r: r["items"]["File"][2] - r["items"]["File"][0] > 1.1 * width, "larger text"
        )
        driver.quit()
    with window(display, tmp_path, "open", str(document)) as driver:
        left, _, right, _ = driver.report["items"]["File"]
        assert right - left > 1.1 * width
        change(driver)
        driver.click("File")
        driver.click("Open Recent")
        driver.click("other.rilievo.menu")
        driver.answer("Discard Them")
        driver.wait(lambda _: driver.node(MAP)["effect"] == 0.5, "the other document is open")
        assert driver.report["title"].startswith("other.rilievo –")
        driver.quit()


@pytest.mark.slow
def test_without_a_document_there_is_something_to_play_with(
    display: str, tmp_path: Path, artifacts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RILIEVO_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    with window(display, tmp_path) as driver:  # `rilievo` by itself
        report = driver.wait(lambda r: r["analysis"]["faces"] == 1, "the portrait's face")
        assert report["title"].startswith("First Look –")  # and nothing is unsaved
        driver.key("space")
        driver.wait(lambda r: r["frame"] > r["scene"]["first"] + 2, "it plays")
        driver.key("space")
        driver.settled()
        driver.screenshot(artifacts / "window-first-steps.png")
        before = driver.settled()["draws"]
        time.sleep(3.0)
        assert driver.report["draws"] == before, "nothing is drawn without a cause"
        assert "First Steps" in driver.report["windows"]
        _, top, right, _ = driver.report["windows"]["First Steps"]
        driver.move(right - 14, top + 11)  # the card's cross
        driver.act("mousedown", 1)
        driver.act("mouseup", 1)
        driver.wait(lambda r: "First Steps" not in r["windows"], "the card is closed")
        driver.key("ctrl+q")
        driver.ended()
    with window(display, tmp_path, "open") as driver:
        assert "First Steps" not in driver.settled()["windows"]  # as was wished
        driver.click("Help")
        driver.click("First Steps.menu")
        driver.wait(lambda r: "First Steps" in r["windows"], "it comes back when asked for")
        driver.quit()


@pytest.mark.slow
def test_frames_are_rendered_from_the_window_and_cancelled(
    display: str, document: Path, tmp_path: Path
) -> None:
    scene = Scene.load(document).with_settings(first=1, last=2000)
    scene.save(document)
    with window(display, tmp_path, "open", str(document)) as driver:
        driver.click(f"{MAP}.displace")  # what is not saved is rendered as well
        driver.key("ctrl+r")
        driver.click("render z")
        driver.click("start render")
        driver.wait(lambda r: r["work"] and r["work"]["done"] >= 3, "frames are rendered")
        before = driver.report["frame"]
        driver.key("Right")
        driver.wait(lambda r: r["frame"] == before + 1, "the window goes on meanwhile")
        driver.key("ctrl+q")
        driver.click("Let It Finish")
        driver.wait(lambda r: "Let It Finish" not in r["items"], "the window stays")
        driver.click("cancel work")
        driver.wait(lambda r: r["work"] is None, "it has ended")
        assert "was cancelled" in driver.report["messages"][-1]
        driver.quit()
    folder = tmp_path / "render"
    written = sorted(path.name for path in folder.iterdir())
    assert written[:3] == [f"{document.stem}.000{n}.exr" for n in (1, 2, 3)]
    assert not [name for name in written if name.startswith(".")]
