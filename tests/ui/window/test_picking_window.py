"""Objects picked and an Axis snapped by a real pointer; what counts is the document after it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.scene import Axis, DepthRange, Geometry
from tests.support.truth import write_depth
from tests.support.window_driver import Driver, window
from ui.new import new_document

SIZE = (160, 120)
DISTANCE = 1.3737  # of the new camera from the picture's plane
NEAR, FAR = 1.0, 1.5  # of the map, left and right of the middle
BALL = (0.62, 0.25)  # where in the picture the ball is seen
pytestmark = pytest.mark.slow


def at(place: tuple[float, float], depth: float) -> tuple[float, float, float]:
    """The world point of that depth that the document's camera sees at a place of the picture."""
    half = 0.5 / DISTANCE
    x, y = (2 * place[0] - 1) * half * SIZE[0] / SIZE[1], (1 - 2 * place[1]) * half
    return x * depth, y * depth, DISTANCE - depth


@pytest.fixture
def document(picture: Path, tmp_path: Path) -> Path:
    """A picture with a step of depth in its middle and a hole on the right; a ball before it; an
    axis that carries another ball."""
    depth = np.where(np.arange(SIZE[0]) < SIZE[0] // 2, NEAR, FAR) * np.ones((SIZE[1], 1))
    depth[70:110, 120:150] = np.nan
    path = write_depth(tmp_path / "step.exr", depth)
    scene = new_document(str(picture), str(path), None, DepthRange.ABSOLUTE, three_d=False)
    small = (0.16, 0.16, 0.16)
    scene = scene.with_node(
        Geometry(id="Ball", mesh="sphere", translate=at(BALL, 0.9), scale=small),
        Axis(id="Axis 1", translate=at((0.2, 0.7), 0.8)),
        Geometry(id="Carried", mesh="sphere", parent="Axis 1", scale=small),
    )
    document = tmp_path / "shot.rilievo"
    scene.with_settings(size=SIZE).save(document)
    return document


def press(driver: Driver, place: tuple[float, float], held: str = "") -> None:
    """Click at a place of the picture, as slowly as a hand."""
    driver.move(*driver.picture(*place))
    if held:
        driver.act("keydown", held)
    driver.act("mousedown", 1)
    driver.act("mouseup", 1)
    if held:
        driver.act("keyup", held)


def selected(driver: Driver, *ids: str) -> None:
    driver.wait(lambda r: list(r["selection"]) == list(ids), f"{ids} is selected")


def snap(driver: Driver, place: tuple[float, float], said: str, steps: int = 4) -> None:
    """Shift-drag Axis 1 to a place of the picture. said: what stands beside the pointer then."""
    driver.settled()  # its handle is where the last step of undo has put it
    start, end = driver.report["axes"]["Axis 1"], driver.picture(*place)
    driver.move(*start)
    driver.act("keydown", "shift")
    driver.act("mousedown", 1)
    for step in range(1, steps + 1):
        driver.move(*(a + step / steps * (b - a) for a, b in zip(start, end, strict=True)))
    driver.wait(lambda r: said in r["snap"], f"it says {said}")
    driver.act("mouseup", 1)
    driver.act("keyup", "shift")


def translated(driver: Driver, id: str = "Axis 1") -> list[Any]:
    return driver.node(id)["translate"]


def lands(driver: Driver, place: tuple[float, float], depth: float) -> None:
    """Where an axis must be, give or take half a pixel of the window across, and 0.5 % of depth."""
    wanted = at(place, depth)
    driver.wait(
        lambda _: (
            abs(translated(driver)[2] - wanted[2]) < 0.005 * depth
            and np.allclose(translated(driver)[:2], wanted[:2], atol=0.004)
        ),
        f"the axis is at {wanted}",
    )


def test_a_click_selects_what_is_seen(display: str, document: Path, tmp_path: Path) -> None:
    with window(display, tmp_path, "open", str(document)) as driver:
        press(driver, BALL)
        selected(driver, "Ball")
        press(driver, (0.4, 0.3))
        selected(driver, "Surface 1")
        # More join by Ctrl and Shift, and leave likewise.
        press(driver, BALL, held="shift")
        selected(driver, "Surface 1", "Ball")
        press(driver, (0.4, 0.3), held="ctrl")
        selected(driver, "Ball")
        # An axis draws nothing; its handle is clicked.
        driver.move(*driver.report["axes"]["Axis 1"])
        driver.act("mousedown", 1)
        driver.act("mouseup", 1)
        selected(driver, "Axis 1")
        # A drag that turns the camera picks nothing.
        driver.drag(driver.picture(0.5, 0.5), driver.picture(0.5, 0.6))
        driver.wait(lambda r: r["free"], "the camera is free")
        selected(driver, "Axis 1")
        # Beside everything: nothing.
        driver.key("c")
        driver.wait(lambda r: not r["free"], "the document's camera again")
        x, y, width, _ = driver.report["area"]
        left = driver.picture(0.0, 0.5)[0]
        driver.move((x + left) / 2 if left > x + 12 else x + width / 2, y + 6)
        driver.act("mousedown", 1)
        driver.act("mouseup", 1)
        selected(driver)
        driver.quit()


def test_an_axis_snaps_to_the_depth_under_the_pointer(
    display: str, document: Path, tmp_path: Path, artifacts: Path
) -> None:
    with window(display, tmp_path, "open", str(document)) as driver:
        driver.wait(lambda r: "Axis 1" in r["axes"], "the axis has a handle")
        before = translated(driver)
        # On the near side of the step and then on the far one; one step of undo each.
        snap(driver, (0.35, 0.35), "Z 1.00")
        lands(driver, (0.35, 0.35), NEAR)
        assert not driver.report["free"], "it is no orbit"
        # It carries a ball, which lies over its handle, and does not snap to that.
        snap(driver, (0.8, 0.3), "Z 1.50")
        lands(driver, (0.8, 0.3), FAR)
        driver.screenshot(artifacts / "window-z-snap.png")
        driver.key("ctrl+z")
        driver.wait(
            lambda _: np.allclose(translated(driver)[2], DISTANCE - NEAR, atol=0.006), "undo"
        )
        driver.key("ctrl+z")
        driver.wait(lambda _: translated(driver) == before, "undone")
        driver.key("ctrl+shift+z")
        driver.key("ctrl+shift+z")
        lands(driver, (0.8, 0.3), FAR)
        # In the middle of the hole there is no depth: what it had stays.
        snap(driver, (0.84, 0.75), "kept")
        lands(driver, (0.84, 0.75), FAR)
        # The ball's own depth counts too: its front is its radius nearer than its centre.
        snap(driver, BALL, "Z 0.8")
        driver.wait(
            lambda _: DISTANCE - 0.9 < translated(driver)[2] < DISTANCE - 0.8, "it is on the ball"
        )
        # A plain drag moves it across at the depth that it has.
        depth = translated(driver)[2]
        driver.settled()
        driver.drag(driver.report["axes"]["Axis 1"], driver.picture(0.3, 0.3))
        driver.wait(lambda _: translated(driver)[0] < -0.1, "it was moved")
        assert translated(driver)[2] == pytest.approx(depth, abs=1e-6)
        driver.quit()
