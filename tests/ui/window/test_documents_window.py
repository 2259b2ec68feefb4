"""New, Open, Save, Save As, Open Recent and Revert, as every program has them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from engine.scene import Scene, ZDepthMap, new_scene
from tests.support.window_driver import Driver, window
from ui.new import recorded

MAP = "Z-Depth 1"


@pytest.fixture
def document(picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ramp that is its own depth, and settings of our own."""
    monkeypatch.setenv("RILIEVO_HOME", str(tmp_path / "home"))
    path = tmp_path / "shots" / "shot.rilievo"
    path.parent.mkdir()
    media = recorded(str(picture))
    new_scene(media, z_media=media).save(path)
    return path


def displaces(path: Path) -> bool:
    node = Scene.load(path).node(MAP)
    assert isinstance(node, ZDepthMap)
    return node.displace


def change(driver: Driver) -> None:
    driver.click(f"{MAP}.displace")
    driver.wait(lambda r: " *" in r["title"], "there are unsaved changes")


def typed(driver: Driver, text: str) -> None:
    """Type into the line that has the keyboard, in place of what is there."""
    driver.wait(lambda r: r["pointer"]["text"], "there is a line to type in")
    driver.key("ctrl+a")
    driver.xdotool("type", "--delay", 20, text)
    driver.wait(lambda r: r["typed"] == text, f"{text} is typed")


@pytest.mark.slow
def test_a_document_gets_another_name_and_goes_back_to_what_was_saved(
    display: str, document: Path, tmp_path: Path, artifacts: Path
) -> None:
    taken = document.with_name("taken.rilievo")
    Scene.load(document).with_values(MAP, effect=0.25).save(taken)
    before = displaces(document)
    with window(display, tmp_path, "open", str(document)) as driver:
        change(driver)
        driver.key("ctrl+shift+s")
        typed(driver, "taken")
        driver.settled()
        driver.screenshot(artifacts / "window-save-as.png", still=False)
        driver.key("Return")
        driver.click("Choose Another Name")  # it is there already
        typed(driver, "other")
        driver.key("Return")
        driver.wait(lambda r: r["title"].startswith("other.rilievo –"), "it has its new name")
        other = document.with_name("other.rilievo")
        assert displaces(other) != before and displaces(document) == before
        assert Scene.load(taken).node(MAP).effect == 0.25  # type: ignore[union-attr]
        change(driver)
        driver.click("File")
        driver.click("Revert.menu")
        driver.click("Revert")
        driver.wait(lambda r: " *" not in r["title"], "it is as it was saved")
        assert driver.node(MAP)["displace"] != before
        driver.key("ctrl+z")
        driver.wait(lambda r: " *" in r["title"], "the changes are back")
        driver.key("ctrl+s")
        driver.wait(lambda r: " *" not in r["title"], "saved to the new file")
        assert displaces(other) == before
        driver.quit()


@pytest.mark.slow
def test_a_new_document_asks_for_its_name_and_files_are_opened_from_the_keys(
    display: str, document: Path, tmp_path: Path, artifacts: Path, picture: Path
) -> None:
    """Nothing is written into the folder that the program was started in."""
    started = tmp_path / "started"
    started.mkdir()
    Image.new("RGB", (64, 48), (200, 30, 30)).save(document.with_name("red.png"))
    with window(display, tmp_path, "open", str(document), cwd=started) as driver:
        change(driver)
        driver.key("ctrl+n")
        driver.click("Discard Them")
        driver.wait(lambda r: r["title"].startswith("untitled –"), "there is a new document")
        assert not driver.report["scene"]["nodes"]
        driver.settled()
        driver.screenshot(artifacts / "window-new.png")
        driver.key("ctrl+o")
        driver.click("file red.png")
        driver.settled()
        driver.screenshot(artifacts / "window-open.png")
        driver.click("file dialog does")
        driver.wait(lambda r: r["scene"]["media"], "the picture is a document")
        driver.key("ctrl+s")
        driver.wait(lambda r: "file dialog does" in r["items"], "its name is asked for")
        driver.key("Escape")
        driver.wait(lambda r: "file dialog does" not in r["items"], "nothing was meant")
        driver.key("ctrl+s")
        typed(driver, str(tmp_path / "nowhere" / "red"))
        driver.key("Return")
        driver.settled()
        assert "file dialog does" in driver.report["items"]  # there is no such folder
        typed(driver, str(tmp_path / "red"))
        driver.key("Return")
        driver.wait(lambda r: r["title"].startswith("red.rilievo –"), "it is saved")
        driver.key("ctrl+p")  # files that were open before, by name
        typed(driver, "recentshot")
        driver.key("Return")
        driver.wait(lambda r: r["title"].startswith("shot.rilievo –"), "the first one is open")
        driver.quit()
    assert (tmp_path / "red.rilievo").is_file()
    assert not list(started.iterdir())


@pytest.mark.slow
def test_what_is_saved_on_leaving_an_untitled_one_gets_a_name(
    display: str, tmp_path: Path, document: Path, picture: Path
) -> None:
    with window(display, tmp_path, "open", str(picture)) as driver:
        driver.click("Z-Depth 1.displace")
        driver.wait(lambda r: " *" in r["title"], "there are unsaved changes")
        driver.key("ctrl+q")
        driver.click("Save Them")
        typed(driver, "kept")
        driver.xdotool("key", "Return")
        driver.ended()
    assert (picture.parent / "kept.rilievo").is_file()
    assert document.is_file()
