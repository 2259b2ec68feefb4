"""Keys while a list is open, and letters that come faster than the window is drawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.scene import Axis, Scene, new_scene
from tests.support.window_driver import window
from ui.new import recorded

MAP = "Z-Depth 1"


@pytest.fixture
def document(picture: Path, tmp_path: Path) -> Path:
    path = tmp_path / "shot.rilievo"
    media = recorded(str(picture))
    scene = new_scene(media, z_media=media)
    scene.with_node(Axis(id="Axis 1"), Axis(id="Axis 2", parent="Axis 1")).save(path)
    return path


@pytest.mark.slow
def test_a_list_closes_by_escape_and_swallows_no_shortcut(
    display: str, document: Path, tmp_path: Path
) -> None:
    """Escape closes the list alone, not the window, and not the dialog that has the list."""
    entry = f"{MAP}.depth_range.Inverse"
    with window(display, tmp_path, "open", str(document)) as driver:
        driver.click(f"{MAP}.depth_range")
        driver.place(entry)
        driver.key("Escape")
        driver.wait(lambda r: entry not in r["items"], "the list is closed")
        driver.click(f"{MAP}.depth_range")
        driver.place(entry)
        driver.key("ctrl+p")
        driver.wait(lambda r: r["pointer"]["text"], "the palette is open")
        assert entry not in driver.report["items"]
        driver.key("Escape")
        driver.wait(lambda r: not r["pointer"]["text"], "the palette is closed")
        driver.click("File")
        driver.place("Quit.menu")
        driver.key("Escape")
        driver.wait(lambda r: "Quit.menu" not in r["items"], "the menu is closed")
        driver.click(f"{MAP}.depth_range")
        driver.place(entry)
        driver.quit("ctrl+q")


@pytest.mark.slow
def test_letters_typed_in_one_frame_are_all_taken(
    display: str, document: Path, tmp_path: Path
) -> None:
    with window(display, tmp_path, "open", str(document)) as driver:
        driver.key("ctrl+p")
        driver.wait(lambda r: r["pointer"]["text"], "there is a line to type in")
        before = driver.settled()["draws"]
        driver.xdotool("type", "--delay", 0, "Fit Picture please, Rilievo, aabbccdd")
        driver.wait(
            lambda r: r.get("typed") == "Fit Picture please, Rilievo, aabbccdd", "all of it"
        )
        # A letter a frame would take 37, and capital ones more.
        assert driver.report["draws"] - before < 20
        driver.key("ctrl+a")
        driver.key("BackSpace")
        driver.wait(lambda r: not r["typed"], "nothing is left of it")
        driver.key("Escape")
        driver.quit()


@pytest.mark.slow
def test_the_parents_that_are_offered_do_not_hang_on_the_node(
    display: str, document: Path, tmp_path: Path
) -> None:
    with window(display, tmp_path, "open", str(document)) as driver:
        left, top, right, _ = driver.settled()["schematic"]["Axis 1"]["box"]
        driver.move((left + right) / 2, top + 14)
        driver.act("mousedown", 1)
        driver.act("mouseup", 1)
        driver.wait(lambda r: r["selection"] == ["Axis 1"], "the axis is selected")
        driver.click("Axis 1.parent")
        driver.place("Axis 1.parent.none")
        offered = set(driver.report["items"])
        assert "Axis 1.parent.Surface 1" in offered
        assert not offered & {"Axis 1.parent.Axis 1", "Axis 1.parent.Axis 2"}
        driver.key("Escape")
        driver.quit()
    assert isinstance(Scene.load(document).node("Axis 1"), Axis)
