"""Gizmos, tracking and what lies over the picture, by real pointer and keys; what counts is the
document."""

from __future__ import annotations

from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest

from engine.scene import Axis, DepthRange, Scene, curve
from tests.support.truth import write_depth
from tests.support.window_driver import Driver, window
from ui.new import new_document
from ui.recorded import recorded

SIZE = (160, 120)
FIRST, LAST = 1001, 1005
pytestmark = pytest.mark.slow


def depth_at(frame: int) -> float:
    return 1.0 + 0.05 * (frame - FIRST)


@pytest.fixture
def document(picture: Path, tmp_path: Path) -> Path:
    """A picture whose depth runs away from the camera; two axes, the first of them animated."""
    for frame in range(FIRST, LAST + 1):
        write_depth(tmp_path / f"z.{frame}.exr", np.full(SIZE[::-1], depth_at(frame)))
    scene = new_document(
        str(picture), str(tmp_path / "z.1001.exr"), None, DepthRange.ABSOLUTE, three_d=False
    )
    media = recorded(str(tmp_path / "z.####.exr"))
    scene = scene.replace_media(2, msgspec.structs.replace(media, first=FIRST, last=LAST))
    scene = scene.with_settings(first=FIRST, last=LAST, size=SIZE)
    scene = scene.with_node(
        Axis(id="Axis 1", translate=(curve([(FIRST, -0.1), (LAST, 0.1)]), 0.1, 0.3)),
        Axis(id="Axis 2", translate=(0.2, -0.2, 0.3)),
    )
    document = tmp_path / "shot.rilievo"
    scene.save(document)
    return document


def take(driver: Driver, handle: str, by: tuple[float, float]) -> None:
    """Drag a handle of the gizmo by so many points."""
    driver.wait(lambda r: handle in r["gizmo"], f"there is a handle {handle}")
    driver.settled()
    start = driver.report["gizmo"][handle]
    driver.drag(start, (start[0] + by[0], start[1] + by[1]))


def choose_axis(driver: Driver, id: str) -> None:
    driver.settled()
    driver.move(*driver.report["axes"][id])
    driver.act("mousedown", 1)
    driver.act("mouseup", 1)
    driver.wait(lambda r: list(r["selection"]) == [id], f"{id} is selected")


def test_nodes_are_moved_turned_and_scaled(
    display: str, document: Path, tmp_path: Path, artifacts: Path
) -> None:
    with window(display, tmp_path, "open", str(document)) as driver:
        choose_axis(driver, "Axis 1")
        driver.key("w")
        # A point of the window is a pixel of the picture over the scale; Z is 1.07 away.
        across = 2 * 0.364 * 1.0737 / (driver.report["scene"]["size"][1] * driver.report["scale"])
        take(driver, "x", (60, 7))
        driver.wait(
            lambda _: abs(_first_key(driver) - (-0.1 + 60 * across)) < 0.01, "it moved along X"
        )
        node = driver.node("Axis 1")
        assert len(node["translate"][0]["keys"]) == 2, "the key that was there has another value"
        assert node["translate"][1:] == [0.1, 0.3]
        driver.screenshot(artifacts / "window-gizmo-move.png", still=False)
        driver.key("ctrl+z")
        driver.wait(lambda _: _first_key(driver) == -0.1, "one step of undo")
        take(driver, "xy", (30, -30))
        driver.wait(
            lambda _: abs(driver.node("Axis 1")["translate"][1] - (0.1 + 30 * across)) < 0.01,
            "it moved in the plane",
        )
        driver.key("ctrl+z")

        # Another one by the buttons of the view: turned, then scaled.
        choose_axis(driver, "Axis 2")
        driver.click("rotate")
        driver.wait(lambda r: "xy" not in r["gizmo"], "rings")
        driver.settled()
        driver.screenshot(artifacts / "window-gizmo-rotate.png", still=False)
        centre, grip = driver.report["axes"]["Axis 2"], driver.report["gizmo"]["z"]
        arm = (grip[0] - centre[0], grip[1] - centre[1])
        quarter = (centre[0] + arm[1], centre[1] - arm[0])  # to the left, as Y runs down
        take(driver, "z", (quarter[0] - grip[0], quarter[1] - grip[1]))
        driver.wait(
            lambda _: np.allclose(driver.node("Axis 2")["rotate"], (0, 0, 90), atol=3.0), "turned"
        )
        driver.key("s")
        driver.key("x")  # of no consequence: scale is along its own axes, which are turned
        take(driver, "view", (40, 0))
        driver.wait(lambda _: driver.node("Axis 2")["scale"][0] > 1.1, "scaled")
        assert len({round(part, 6) for part in driver.node("Axis 2")["scale"]}) == 1
        scale = driver.node("Axis 2")["scale"][0]
        take(driver, "y", (-40, 0))
        driver.wait(lambda _: driver.node("Axis 2")["scale"][1] > 1.2 * scale, "along Y, now left")
        assert driver.node("Axis 2")["scale"][0] == scale
        driver.key("s")
        driver.wait(lambda r: not r["gizmo"], "the same key puts the handles away")
        assert not driver.report["free"], "nothing of all this moved the camera"
        driver.key("ctrl+s")
        driver.wait(lambda r: "*" not in r["title"], "saved")
        assert isinstance(Scene.load(document).node("Axis 2"), Axis)
        driver.quit()


def test_a_tracked_axis_follows_the_map(
    display: str, document: Path, tmp_path: Path, artifacts: Path
) -> None:
    with window(display, tmp_path, "open", str(document)) as driver:
        driver.click("track")
        driver.settled()
        start, end = driver.report["axes"]["Axis 2"], driver.picture(0.6, 0.4)
        driver.move(*start)
        driver.act("keydown", "shift")
        driver.drag(start, end)
        driver.act("keyup", "shift")
        driver.wait(lambda r: "is tracked over 5" in str(r["messages"]), "it is tracked")
        z = driver.node("Axis 2")["translate"][2]["keys"]
        assert len(z) == 5
        for key in z:  # the camera's distance is 1.374
            assert key["value"] == pytest.approx(1.3737 - depth_at(key["frame"]), abs=0.004)
        # Tracking is a step of its own after the snap.
        driver.key("ctrl+z")
        driver.wait(
            lambda _: driver.node("Axis 2")["translate"][2] == pytest.approx(0.3737, abs=0.004),
            "not tracked any more",
        )
        driver.quit()


def test_safe_areas_and_the_wipe_lie_over_the_picture(
    display: str, document: Path, tmp_path: Path, artifacts: Path
) -> None:
    # What is darkened in the result is not in its source.
    scene = Scene.load(document)
    light = scene.with_settings(ambient=(0.2, 0.2, 0.2))
    light.save(document)
    with window(display, tmp_path, "open", str(document)) as driver:
        driver.click("compare")
        driver.move(*driver.picture(0.5, 0.1))
        driver.settled()
        left, right = _brightness(driver, artifacts, 0.4), _brightness(driver, artifacts, 0.6)
        assert left > 1.5 * right, "the source to the left of the line, the result to the right"
        driver.drag(driver.picture(0.5, 0.5), driver.picture(0.75, 0.5))
        driver.wait(lambda r: abs(r["wipe"] - 0.75) < 0.02, "the line was dragged")
        driver.move(*driver.picture(0.5, 0.1))
        driver.settled()
        assert _brightness(driver, artifacts, 0.6) > 1.5 * right
        assert not driver.report["free"]
        driver.click("safe")
        driver.move(*driver.picture(0.5, 0.1))
        driver.settled()
        driver.screenshot(artifacts / "window-wipe.png", still=False)
        driver.click("compare")
        driver.choose("view", "Z-Depth")
        driver.click("colours")
        driver.move(*driver.picture(0.5, 0.1))
        driver.settled()
        driver.screenshot(artifacts / "window-false-colours.png", still=False)
        assert Scene.load(document) == light, "none of it is in the document"
        driver.quit()


def _first_key(driver: Driver) -> float:
    return driver.node("Axis 1")["translate"][0]["keys"][0]["value"]


def _brightness(driver: Driver, artifacts: Path, across: float) -> float:
    """The mean of the screen around a place of the picture in its lower part."""
    image = cv2.imread(str(driver.screenshot(artifacts / "window-wipe.png", still=False)))
    assert image is not None
    x, y = (round(part) for part in driver.picture(across, 0.8))
    return float(image[y - 4 : y + 5, x - 4 : x + 5].mean())
