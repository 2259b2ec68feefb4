"""The Schematic, the node bin and the object menu, by pointer and keys: what becomes of the
document is checked after each step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.scene import Axis, DepthRange, Scene, Surface
from tests.support.window_driver import Driver, window
from ui.new import new_document
from ui.window.kept_places import KeptPlaces

Place = tuple[float, float]


@pytest.fixture
def document(picture: Path, depth: Path, tmp_path: Path) -> Path:
    """A small ramp with its depth, an axis that carries nothing, and a second surface behind."""
    scene = new_document(str(picture), str(depth), None, DepthRange.NORMALIZED, three_d=False)
    axis = Axis(id="Axis 1")
    behind = Surface(id="Surface 2", media=1, translate=(0.2, 0.0, -0.5), scale=(2.0, 2.0, 1.0))
    path = tmp_path / "shot.rilievo"
    scene.with_node(axis, behind).with_settings(size=(64, 48)).save(path)
    return path


def names(driver: Driver) -> list[str]:
    return [node["id"] for node in driver.report["scene"]["nodes"]]


def parent(driver: Driver, name: str) -> str | None:
    return driver.node(name).get("parent")


def middle(driver: Driver, name: str) -> Place:
    """A place on a node of the Schematic where none of its parts is: on its title."""
    driver.wait(lambda r: name in r["schematic"], f"{name} is in the Schematic")
    left, top, right, _ = driver.settled()["schematic"][name]["box"]
    return (left + right) / 2, top + 14


def end(driver: Driver, name: str, which: str) -> Place:
    x, y = driver.settled()["schematic"][name][which]
    return x, y


def press(driver: Driver, at: Place, button: int = 1, *, held: str = "") -> None:
    driver.move(*at)
    if held:
        driver.act("keydown", held)
    driver.act("mousedown", button)
    driver.act("mouseup", button)
    if held:
        driver.act("keyup", held)


def double(driver: Driver, at: Place) -> None:
    driver.move(*at)
    driver.act("click", "--repeat", 2, "--delay", 90, 1)


def pick(driver: Driver, name: str) -> None:
    press(driver, middle(driver, name))
    driver.wait(lambda r: r["selection"] == [name], f"{name} is selected")


def empty(driver: Driver) -> Place:
    """A place in the Schematic without a node."""
    boxes = [node["box"] for node in driver.settled()["schematic"].values()]
    left, top, width, height = driver.report["canvas"]
    for y in range(round(top) + 10, round(top + height) - 50, 5):
        for x in range(round(left) + 10, round(left + width) - 190, 5):
            if all(x + 5 < a or x > c + 5 or y + 5 < b or y > d + 5 for a, b, c, d in boxes):
                return x, y
    raise AssertionError(f"there is no room between {boxes}")


@pytest.mark.slow
def test_nodes_are_linked_renamed_copied_and_removed(
    display: str, document: Path, tmp_path: Path, artifacts: Path
) -> None:
    with window(display, tmp_path, "open", str(document)) as driver:
        report = driver.settled()
        assert report["schematic"].keys() == {node["id"] for node in report["scene"]["nodes"]}
        assert report["selection"] == ["Z-Depth 1"]
        # A link is pulled from the axis to the surface, and one that cannot be is refused.
        driver.drag(end(driver, "Axis 1", "child"), end(driver, "Surface 2", "parent"))
        driver.wait(lambda _: parent(driver, "Surface 2") == "Axis 1", "the axis carries it")
        before = driver.report["scene"]
        driver.drag(end(driver, "Z-Depth 1", "parent"), end(driver, "Axis 1", "child"))
        driver.wait(
            lambda r: "expected a surface or geometry" in " ".join(r["messages"]), "it is refused"
        )
        assert driver.report["scene"] == before

        # Another name, which all that name it follow.
        pick(driver, "Axis 1")
        driver.key("F2")
        driver.place("new name")
        driver.act("type", "--delay", 40, "Rig")
        driver.key("Return")
        driver.wait(lambda _: parent(driver, "Surface 2") == "Rig", "it has another name")
        assert driver.report["selection"] == ["Rig"]

        # Copies: of a surface with its map, of which each names the other.
        pick(driver, "Surface 1")
        driver.key("ctrl+c")
        driver.key("ctrl+v")
        driver.wait(lambda r: "Z-Depth 2" in names(driver), "there are copies")
        assert parent(driver, "Z-Depth 2") == "Surface 3"
        assert driver.report["selection"] == ["Surface 3", "Z-Depth 2"]

        # Gone again, by a key that belongs to the Schematic while that has the keys.
        driver.key("Delete")
        driver.wait(lambda r: "Surface 3" not in names(driver), "they are gone")
        assert "Z-Depth 2" not in names(driver)
        driver.key("ctrl+z")
        driver.wait(lambda r: "Z-Depth 2" in names(driver), "they are back")
        driver.screenshot(artifacts / "window-schematic.png", still=False)


def across(driver: Driver) -> float:
    """How far the axis stands from the second surface, in widths of a node."""
    boxes = {name: node["box"] for name, node in driver.report["schematic"].items()}
    left, _, right, _ = boxes["Axis 1"]
    return (left - boxes["Surface 2"][0]) / (right - left)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_nodes_come_from_the_bin_and_from_menus(
    display: str, document: Path, tmp_path: Path, artifacts: Path
) -> None:
    with window(display, tmp_path, "open", str(document)) as driver:
        before = driver.settled()["scene"]
        # Links: pulled backwards, and anywhere on a node will do; a map moves to another surface.
        driver.drag(end(driver, "Z-Depth 1", "parent"), middle(driver, "Surface 2"))
        driver.wait(lambda _: parent(driver, "Z-Depth 1") == "Surface 2", "the map has moved")
        driver.key("ctrl+z")
        driver.wait(lambda r: r["scene"] == before, "it was undone")
        driver.drag(end(driver, "Axis 1", "child"), middle(driver, "Camera 1"))
        driver.wait(lambda _: parent(driver, "Camera 1") == "Axis 1", "the camera is on the axis")
        # Pulled off: the end of the link at the child, into the empty.
        driver.drag(end(driver, "Camera 1", "parent"), empty(driver))
        driver.wait(lambda _: parent(driver, "Camera 1") is None, "it is carried by none")

        # Into the Schematic: where it was let go, a map on the surface there.
        at = empty(driver)
        driver.drag(driver.place("bin Light"), at)
        driver.wait(lambda _: "Light 1" in names(driver), "there is a light")
        left, top, *_ = driver.settled()["schematic"]["Light 1"]["box"]
        assert abs(left - at[0]) < 3 and abs(top - at[1]) < 3
        driver.drag(driver.place("bin Normal Map"), middle(driver, "Surface 2"))
        driver.wait(lambda _: parent(driver, "Normal Map 1") == "Surface 2", "a map for it")
        # Into the empty: on what is selected, which is that map's own surface; it has one.
        driver.drag(driver.place("bin Normal Map"), empty(driver))
        driver.wait(lambda r: "it can have one" in " ".join(r["messages"]), "it has one already")

        # Into the picture: under the pointer, on the surface there.
        driver.drag(driver.place("bin Geometry"), driver.picture(0.75, 0.5))
        driver.wait(lambda _: "Geometry 1" in names(driver), "there is a ball")
        x, y, z = driver.node("Geometry 1")["translate"]
        assert (x, y, z) == pytest.approx((0.25 * 4 / 3, 0.0, 0.0), abs=0.02)
        driver.drag(driver.place("bin Normal Map"), driver.picture(0.5, 0.2))
        driver.wait(lambda _: "Normal Map 2" in names(driver), "a map for the surface in front")
        assert parent(driver, "Normal Map 2") == "Surface 1"

        # A double click: a map for the selected surface, with the media that was chosen.
        pick(driver, "Surface 2")
        left = driver.place("bin media", 0.0)[0]
        driver.click("bin media")
        # Other lists have a line of the same name.
        driver.wait(lambda r: r["items"]["[1] ramp.png"][0] >= left - 20, "the list is open")
        driver.click("[1] ramp.png", 0.3)
        driver.move(*driver.place("bin Z-Depth Map"))
        double(driver, driver.place("bin Z-Depth Map"))
        driver.wait(lambda _: "Z-Depth 2" in names(driver), "it has a depth map")
        assert parent(driver, "Z-Depth 2") == "Surface 2"
        assert driver.node("Z-Depth 2")["media"] == 1
        driver.key("ctrl+z")
        driver.wait(lambda _: "Z-Depth 2" not in names(driver), "it is gone")

        # Right click on a surface.
        press(driver, middle(driver, "Surface 2"), 3)
        driver.click("Add Map")
        driver.click("Z-Depth.menu")
        driver.wait(lambda _: parent(driver, "Z-Depth 2") == "Surface 2", "by the menu as well")
        driver.settled()
        driver.screenshot(artifacts / "window-schematic-full.png")

        # In order, and in sight.
        driver.click("Tidy")
        boxes = driver.settled()["schematic"]
        assert boxes["Surface 2"]["box"][2] < boxes["Z-Depth 2"]["box"][0]
        _, top, _, height = driver.report["canvas"]
        assert all(top < b["box"][1] and b["box"][3] < top + height for b in boxes.values())
        driver.screenshot(artifacts / "window-schematic-tidy.png")
        driver.quit()


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_parameters_of_any_node_and_of_several(
    display: str, document: Path, tmp_path: Path, artifacts: Path
) -> None:
    with window(display, tmp_path, "open", str(document)) as driver:
        # A double click opens the menu of a node, whatever its kind.
        double(driver, middle(driver, "Camera 1"))
        driver.wait(lambda r: r["panels"]["Object"], "its parameters are shown")
        x, y = driver.place("Camera 1.fov")
        driver.drag((x, y), (x + 30, y))
        driver.wait(lambda _: driver.node("Camera 1").get("fov", 40.0) != 40.0, "another view")
        driver.screenshot(artifacts / "window-object.png", still=False)
        driver.key("ctrl+z")

        # Its name.
        driver.click("node name")
        driver.key("ctrl+a")
        driver.act("type", "--delay", 40, "Match")
        driver.key("Return")
        driver.wait(lambda r: r["scene"]["camera"] == "Match", "it has another name")

        # The axis that a map has of its own.
        press(driver, end(driver, "Z-Depth 1", "axis"))
        x, y = driver.place("Z-Depth 1.translate")  # the last of its three numbers
        driver.drag((x, y), (x + 40, y))
        driver.wait(lambda _: driver.node("Z-Depth 1")["translate"][2] > 0, "the map was moved")
        driver.screenshot(artifacts / "window-object-axis.png", still=False)

        # Two together: only what was changed is the same in both.
        double(driver, middle(driver, "Surface 1"))
        press(driver, middle(driver, "Surface 2"), held="ctrl")
        driver.wait(lambda r: r["selection"] == ["Surface 1", "Surface 2"], "both are selected")
        x, y = driver.place("shared.translate")
        driver.drag((x, y), (x + 40, y))
        driver.wait(lambda _: driver.node("Surface 1")["translate"][2] > 0, "they were moved")
        driver.settled()
        one, two = (driver.node(f"Surface {n}")["translate"] for n in (1, 2))
        assert one[2] == two[2]
        assert (one[:2], two[:2]) == ([0.0, 0.0], [0.2, 0.0])
        driver.screenshot(artifacts / "window-object-several.png")
        driver.key("ctrl+z")
        driver.wait(lambda _: driver.node("Surface 2")["translate"][2] == -0.5, "one step for both")
        assert driver.node("Surface 1")["translate"] == [0.0, 0.0, 0.0]
        # The diamond sets a key in both, and takes it away from both.
        driver.click("shared.translate.key")
        keyed = [f"Surface {n}.translate.{part}" for n in (1, 2) for part in range(3)]
        driver.wait(lambda r: r["channels"] == keyed, "both have keys")
        driver.click("shared.translate.key")
        driver.wait(lambda _: driver.node("Surface 2")["translate"][2] == -0.5, "and none again")
        assert driver.node("Surface 1")["translate"] == [0.0, 0.0, 0.0]
        driver.key("ctrl+s")
        driver.wait(lambda r: "*" not in r["title"], "it is saved")
        driver.quit()

    # What was moved by hand stands there the next time.
    with window(display, tmp_path, "open", str(document)) as driver:
        here, before = middle(driver, "Axis 1"), across(driver)
        driver.drag(here, (here[0] + 160, here[1] - 20))
        driver.settled()
        moved = across(driver)
        assert abs(moved - before) > 0.5
        driver.quit()
    with window(display, tmp_path, "open", str(document)) as driver:
        driver.settled()
        assert across(driver) == pytest.approx(moved, abs=0.02)
        driver.quit()


LONG = "Background plate of the second unit"


@pytest.mark.slow
def test_links_are_seen_over_nodes_and_names_in_full_where_there_is_room(
    display: str, document: Path, tmp_path: Path, artifacts: Path
) -> None:
    """The artist has put a node between two that are linked, and one beside a long name."""
    scene = Scene.load(document).with_node(
        Axis(id="Rig"), Axis(id="Between"), Axis(id="Carried", parent="Rig"), Axis(id=LONG),
        Axis(id=f"{LONG} 2"),
    )  # fmt: skip
    scene.save(document)
    places = {node.id: (0.0, 62.0 * n) for n, node in enumerate(scene.nodes)}
    row = 62.0
    places |= {"Rig": (300.0, 0.0), "Between": (620.0, 0.0), "Carried": (940.0, 0.0)}
    places |= {LONG: (300.0, row), f"{LONG} 2": (300.0, row + 62), "Axis 1": (530.0, row + 62)}
    KeptPlaces(document).write(places)
    with window(display, tmp_path, "open", str(document)) as driver:
        shown = driver.settled()["schematic"]
        file = artifacts / "window-schematic-links.png"
        driver.screenshot(file)
        pixels = np.asarray(Image.open(file).convert("RGB")).astype(float)
        # The link from the rig runs level through the node between: its row is unlike those
        # above and below it, at the node's left part, where it has no words.
        left, _, right, _ = shown["Between"]["box"]
        y = round(shown["Rig"]["child"][1])
        at = slice(round(left + 0.7 * (right - left)), round(left + 0.8 * (right - left)))
        rows = pixels[y - 6 : y + 7, at].mean((1, 2))
        assert rows.max() - np.median(rows) > 10
        # As wide as its name, or as there is room beside another node.
        wide, cut, least = (
            shown[name]["box"][2] - shown[name]["box"][0] for name in (LONG, f"{LONG} 2", "Rig")
        )
        assert wide > 1.3 * least and cut == pytest.approx(least, abs=8)
        driver.move(*middle(driver, f"{LONG} 2"))
        # It is told whole beside the pointer.
        over = driver.screenshot(artifacts / "window-schematic-name.png")
        _, _, right, low = shown[f"{LONG} 2"]["box"]
        below = slice(round(low) + 2, round(low) + 12), slice(round(right), round(right) + 30)
        now = np.asarray(Image.open(over).convert("RGB")).astype(float)
        assert np.abs(now - pixels)[below].max() > 10
        driver.click("Tidy")
        boxes = {name: node["box"] for name, node in driver.settled()["schematic"].items()}
        assert boxes["Rig"][2] < boxes["Carried"][0]
        # In order there is room for all of a name.
        first, second = (
            (boxes[name][2] - boxes[name][0]) / (boxes["Rig"][2] - boxes["Rig"][0])
            for name in (LONG, f"{LONG} 2")
        )
        assert second >= first > 1.3
        driver.screenshot(artifacts / "window-schematic-long-names.png")
        driver.quit()
