"""3D AOVs and maps of all kinds, by pointer: what becomes of the document is checked."""

from __future__ import annotations

from pathlib import Path

import OpenEXR
import pytest

from engine.scene import Aov, DepthRange, Scene, Surface
from tests.support.window_driver import Driver, window
from tests.ui.window.test_schematic_window import (
    double,
    empty,
    middle,
    names,
    parent,
    pick,
    press,
)
from ui.new import new_document


@pytest.fixture
def document(picture: Path, depth: Path, tmp_path: Path) -> Path:
    """A small ramp without a map, and its depth in the media list."""
    scene = new_document(str(picture), str(depth), None, DepthRange.NORMALIZED, three_d=False)
    path = tmp_path / "shot.rilievo"
    scene = scene.without("Z-Depth 1").with_settings(size=(64, 48))
    assert isinstance(scene.nodes[0], Surface)
    scene.save(path)
    return path


def set_type(driver: Driver, name: str, label: str, value: str) -> None:
    driver.choose(f"{name}.kind", f"{name}.kind.{label}")
    driver.wait(lambda _: driver.node(name).get("kind", "z_depth") == value, f"it is {label}")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_create_map_makes_what_the_type_needs(
    display: str, document: Path, tmp_path: Path, artifacts: Path
) -> None:
    with window(display, tmp_path, "open", str(document)) as driver:
        # On nothing: the button says what is missing.
        driver.settled()
        driver.drag(driver.place("bin 3D AOV"), empty(driver))
        driver.wait(lambda _: "3D AOV 1" in names(driver), "there is an AOV")
        assert parent(driver, "3D AOV 1") is None
        double(driver, middle(driver, "3D AOV 1"))
        driver.wait(lambda r: r["panels"]["Object"], "its parameters are shown")
        driver.screenshot(artifacts / "window-aov-free.png", still=False)
        before = driver.settled()["scene"]
        driver.click("create map")
        assert driver.settled()["scene"] == before
        driver.key("ctrl+z")
        driver.wait(lambda _: "3D AOV 1" not in names(driver), "one step back")

        # On the surface that is selected.
        pick(driver, "Surface 1")
        driver.move(*driver.place("bin 3D AOV"))
        double(driver, driver.place("bin 3D AOV"))
        driver.wait(lambda _: "3D AOV 1" in names(driver), "it is there again")
        driver.wait(lambda _: parent(driver, "3D AOV 1") == "Surface 1", "it hangs on the surface")
        set_type(driver, "3D AOV 1", "Motion Vectors", "motion_vectors")
        driver.screenshot(artifacts / "window-aov.png")
        before = driver.settled()["scene"]
        driver.click("create map")
        driver.click(f"[2] {before['media'][1]['name']}")  # none is taken before it is chosen
        driver.wait(lambda _: "Motion Vectors Map 1" in names(driver), "there is the map")
        made = driver.node("Motion Vectors Map 1")
        assert (made["type"], made["parent"]) == ("motion_vectors_map", "Surface 1")
        assert made["media"] == 2
        assert driver.report["selection"] == ["Motion Vectors Map 1"]
        driver.key("ctrl+z")
        driver.wait(lambda r: r["scene"] == before, "one step back")
        driver.key("ctrl+y")
        driver.wait(lambda _: "Motion Vectors Map 1" in names(driver), "and again")

        # By the Schematic's menu, for another type.
        driver.click("Tidy")
        pick(driver, "3D AOV 1")
        set_type(driver, "3D AOV 1", "Albedo", "albedo")
        press(driver, middle(driver, "3D AOV 1"), 3)
        driver.click("Create Map")
        driver.click(f"[1] {before['media'][0]['name']}")
        driver.wait(lambda _: "Diffuse Map 1" in names(driver), "an albedo for it")
        assert parent(driver, "Diffuse Map 1") == "Surface 1"
        assert driver.node("Diffuse Map 1")["media"] == 1

        # What needs none says so.
        driver.click("Tidy")
        pick(driver, "3D AOV 1")
        set_type(driver, "3D AOV 1", "Object ID", "object_id")
        before = driver.settled()["scene"]
        driver.click("create map")
        assert driver.settled()["scene"] == before
        driver.screenshot(artifacts / "window-aov-none.png")
        driver.quit()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_maps_of_all_kinds_come_from_the_menu_and_the_bin(
    display: str, document: Path, tmp_path: Path, artifacts: Path
) -> None:
    kinds = {
        "Position": "Position Map", "UV": "UV Map", "Motion Vectors": "Motion Vectors Map",
        "Diffuse": "Diffuse Map",
    }  # fmt: skip
    with window(display, tmp_path, "open", str(document)) as driver:
        driver.settled()
        for label, name in kinds.items():
            press(driver, middle(driver, "Surface 1"), 3)
            driver.click("Add Map")
            if label == "Position":
                driver.screenshot(artifacts / "window-add-map.png", still=False)
            driver.click(f"{label}.menu")
            driver.wait(lambda _, n=name: parent(driver, f"{n} 1") == "Surface 1", name)
            driver.key("ctrl+z")
            driver.wait(lambda _, n=name: f"{n} 1" not in names(driver), "one step back")
        for label, name in kinds.items():
            entry = name if label != "Motion Vectors" else label
            driver.drag(driver.place(f"bin {entry}"), driver.picture(0.5, 0.5))
            driver.wait(lambda _, n=name: parent(driver, f"{n} 1") == "Surface 1", name)
        driver.click("Tidy")
        driver.settled()
        driver.screenshot(artifacts / "window-all-maps.png")
        assert not driver.report["cut"]
        driver.quit()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_an_aov_is_shown_and_recorded_by_its_own_name(
    display: str, document: Path, tmp_path: Path, artifacts: Path
) -> None:
    with window(display, tmp_path, "open", str(document)) as driver:
        driver.settled()
        driver.move(*driver.place("bin 3D AOV"))
        double(driver, driver.place("bin 3D AOV"))
        driver.wait(lambda _: "3D AOV 1" in names(driver), "there is an AOV")
        driver.key("F2")
        driver.place("new name")
        driver.act("type", "--delay", 40, "For comp")
        driver.key("Return")
        driver.wait(lambda _: "For comp" in names(driver), "it has another name")

        driver.choose("view", "For comp")
        driver.move(*driver.picture(0.5, 0.5))
        driver.wait(lambda r: r["view"] == "For comp" and r["value"], "it is shown")
        driver.wait(lambda r: r["readout"].startswith("Z 1.37"), "with its value")
        driver.screenshot(artifacts / "window-aov-view.png", still=False)

        driver.click("Outputs.tab", 0.3)
        driver.move(*driver.place("record"))
        for _ in range(8):  # 3D AOVs are the last of what can be recorded
            driver.act("click", 5)
        driver.click("For comp")
        driver.screenshot(artifacts / "window-aov-outputs.png", still=False)
        for _ in range(12):
            driver.act("click", 4)
        driver.click("record")
        driver.wait(lambda r: (r["recording"] or {}).get("written", 0) > 0, "a frame is written")
        driver.click("record")
        (path, *_) = sorted((tmp_path / "recordings").glob("*/passes.*.exr"))
        with OpenEXR.File(str(path), separate_channels=True) as file:
            (part,) = file.parts
            assert part.name() == "For comp"
            assert part.channels["For_comp.Z"].pixels.mean() == pytest.approx(1.374, abs=1e-3)

        # Under another name it is still shown; taken away, the beauty is.
        pick(driver, "For comp")
        driver.key("F2")
        driver.place("new name")
        driver.act("type", "--delay", 40, "Depth out")
        driver.key("Return")
        driver.wait(lambda r: r["view"] == "Depth out", "it is shown under its new name")
        pick(driver, "Depth out")
        driver.key("Delete")
        driver.wait(lambda r: r["view"] == "beauty", "the beauty is shown")
        driver.quit()


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_two_parts_of_one_name_are_not_recorded(
    display: str, document: Path, tmp_path: Path
) -> None:
    Scene.load(document).with_node(Aov(id="N")).save(document)
    with window(display, tmp_path, "open", str(document)) as driver:
        driver.click("Outputs.tab", 0.3)
        driver.click("N")
        driver.click("exr.Normals")
        driver.click("record")
        driver.wait(lambda r: "3D AOV 'N' has the name" in str(r["messages"]), "it is said")
        assert driver.report["recording"] is None
        assert not (tmp_path / "recordings").exists()
        driver.quit()
