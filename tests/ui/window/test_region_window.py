"""Regions of interest by hand: polygons and rectangles, drawn, changed and taken away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from engine.scene import DepthRange, Scene, ZDepthMap
from engine.scene.defaults import REGION_SOFTNESS_SHARE
from tests.support.window_driver import Driver, window
from ui.new import new_document

MAP = "Z-Depth 1"
TRIANGLE = [(0.3, 0.25), (0.75, 0.4), (0.4, 0.8)]


@pytest.fixture
def document(picture: Path, depth: Path, tmp_path: Path) -> Path:
    """A small ramp with its depth, 3D off: what is drawn costs next to nothing."""
    scene = new_document(str(picture), str(depth), None, DepthRange.NORMALIZED, three_d=False)
    path = tmp_path / "shot.rilievo"
    scene.with_settings(size=(160, 120)).save(path)
    return path


def regions(driver: Driver) -> list[dict[str, Any]]:
    return driver.node(MAP).get("regions", [])


def press(driver: Driver, at: tuple[float, float], *, held: str = "") -> None:
    """Click at a place in the picture, as slowly as a hand."""
    driver.move(*driver.picture(*at))
    if held:
        driver.act("keydown", held)
    driver.act("mousedown", 1)
    driver.act("mouseup", 1)
    if held:
        driver.act("keyup", held)


def polygon(driver: Driver, points: list[tuple[float, float]]) -> None:
    driver.key("p")
    driver.wait(lambda r: "Click the corners" in r["hint"], "the status line says to click")
    for point in points:
        press(driver, point)


def checked(driver: Driver, document: Path, count: int) -> ZDepthMap:
    """The map with so many regions, as a program that opens the saved document sees it."""
    driver.wait(lambda _: len(regions(driver)) == count, f"there are {count} regions")
    driver.key("ctrl+s")
    driver.wait(lambda r: "*" not in r["title"], "it is saved")
    found = Scene.load(document).node(MAP)  # raises SceneError for what is not a region
    assert isinstance(found, ZDepthMap)
    assert len(found.regions) == count
    return found


@pytest.mark.slow
def test_polygons_are_clicked_changed_and_taken_away(
    display: str, document: Path, tmp_path: Path, artifacts: Path
) -> None:
    with window(display, tmp_path, "open", str(document)) as driver:
        # Three corners and a double-click; a corner too many is taken back on the way.
        polygon(driver, [*TRIANGLE[:2], (0.9, 0.9)])
        driver.key("BackSpace")
        press(driver, TRIANGLE[2])
        driver.wait(lambda r: "Enter closes" in r["hint"], "it says how to close it")
        driver.screenshot(artifacts / "window-polygon-drawing.png")
        driver.act("mousedown", 1)
        driver.act("mouseup", 1)
        found = checked(driver, document, 1)
        assert found.regions[0].shape.value == "polygon"
        assert not found.regions[0].exclude
        assert np.allclose(found.regions[0].points, TRIANGLE, atol=0.01)

        # It cuts the depth along the same lines.
        driver.choose("view", "Depth confidence")
        driver.click("Show")  # nothing over the picture
        driver.wait(lambda r: r["view"] == "confidence", "the confidence is shown")
        assert limited_to(driver, TRIANGLE, artifacts / "window-polygon-depth.png") > 0.9
        driver.choose("view", "Beauty")
        driver.click("Show")

        # Another one is left out, closed by Enter.
        driver.click("Exclude")
        polygon(driver, [(0.45, 0.4), (0.55, 0.4), (0.55, 0.5), (0.45, 0.5)])
        driver.key("Return")
        assert checked(driver, document, 2).regions[1].exclude
        driver.screenshot(artifacts / "window-polygons.png")

        # Escape leaves a third one off, and not the window; one without an inside is refused.
        polygon(driver, [(0.1, 0.1), (0.2, 0.1)])
        driver.key("Escape")
        driver.wait(lambda r: "Click" not in r["hint"], "drawing is over")
        polygon(driver, [(0.1, 0.1), (0.2, 0.2), (0.3, 0.3)])
        driver.key("Return")
        driver.wait(lambda r: "one line" in str(r["messages"]), "it is said what is wrong")
        driver.key("Escape")
        checked(driver, document, 2)

        # A corner is dragged: one step of undo. The camera stays where it is.
        driver.drag(driver.picture(*TRIANGLE[0]), driver.picture(0.1, 0.15))
        moved = checked(driver, document, 2)
        assert np.allclose(moved.regions[0].points[0], (0.1, 0.15), atol=0.01)
        assert np.allclose(moved.regions[0].points[1:], found.regions[0].points[1:])
        assert not driver.report["free"]
        driver.key("ctrl+z")
        driver.wait(
            lambda _: np.allclose(regions(driver)[0]["points"], TRIANGLE, atol=0.01), "undone"
        )
        driver.key("ctrl+shift+z")

        # A fourth corner more is one less by Shift-click; three are the fewest.
        press(driver, (0.55, 0.5), held="shift")
        assert len(checked(driver, document, 2).regions[1].points) == 3

        # In the list: kept instead of left out, and gone. What is selected goes by Delete.
        driver.click("exclude 2")
        assert not checked(driver, document, 2).regions[1].exclude
        driver.click("remove 2")
        checked(driver, document, 1)
        press(driver, (0.1, 0.15))
        driver.wait(lambda r: "selects" in r["hint"], "the corner is under the pointer")
        driver.key("Delete")
        checked(driver, document, 0)
        driver.screenshot(artifacts / "window-regions-gone.png")

        # A rectangle's corner is dragged past the opposite one.
        driver.click("Draw")
        driver.drag(driver.picture(0.3, 0.3), driver.picture(0.6, 0.6))
        driver.wait(lambda _: len(regions(driver)) == 1, "a rectangle")
        driver.drag(driver.picture(0.6, 0.6), driver.picture(0.1, 0.8))
        (rectangle,) = checked(driver, document, 1).regions
        assert np.allclose(rectangle.points, [(0.1, 0.3), (0.3, 0.8)], atol=0.02)
        driver.quit()


def limited_to(driver: Driver, points: list[tuple[float, float]], shot: Path) -> float:
    """How well the depth confidence on the screen agrees with a polygon: intersection over union.
    The depth has 64 × 48 texels, of which those on the outline are half inside. A new region fades
    within its edge, over 2 % of the height: what lies in that band may be either."""
    report = driver.settled()
    image = cv2.imread(str(driver.screenshot(shot)), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    left, top = (round(part) for part in report["origin"])
    width, height = (round(part * report["scale"]) for part in report["scene"]["size"])
    seen = image[top : top + height, left : left + width] > 128
    wanted = np.zeros((height, width), np.uint8)
    corners = np.round(np.array(points) * (width, height)).astype(np.int32)
    cv2.fillPoly(wanted, [corners], 1)
    within = 2 * round(REGION_SOFTNESS_SHARE * height) + 1
    sure = cv2.erode(wanted, np.ones((within, within), np.uint8)) > 0
    seen &= sure | (wanted == 0)
    return (seen & sure).sum() / (seen | sure).sum()
