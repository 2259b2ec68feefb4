"""The window at other sizes: twice the pixels, minimised, next to nothing; and at rest."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.scene import DepthRange
from tests.support.window_driver import XServer, window
from ui.new import new_document

SIZE = (160, 120)
MAP = "Z-Depth 1"


@pytest.fixture
def document(picture: Path, depth: Path, tmp_path: Path) -> Path:
    scene = new_document(str(picture), str(depth), None, DepthRange.NORMALIZED, three_d=False)
    path = tmp_path / "shot.rilievo"
    scene.with_settings(size=SIZE).save(path)
    return path


@pytest.fixture
def fine_display() -> Iterator[str]:
    """A screen with twice the pixels, whose desktop says so as desktops do: by Xft.dpi."""
    server = XServer((2000, 1300))
    subprocess.run(
        ["xprop", "-root", "-f", "RESOURCE_MANAGER", "8s", "-set", "RESOURCE_MANAGER",
         "Xft.dpi:\t192\n"],
        env={"DISPLAY": server.display, "PATH": "/usr/bin:/bin"}, check=True,
    )  # fmt: skip
    yield server.display
    server.close()


@pytest.mark.slow
def test_twice_the_pixels(
    fine_display: str, document: Path, tmp_path: Path, artifacts: Path
) -> None:
    with window(fine_display, tmp_path, "open", str(document)) as driver:
        assert driver.report["ratio"] == 2.0
        driver.resize(1920, 1240)
        # The pointer hits what it is over.
        driver.click(f"{MAP}.three_d")
        driver.wait(lambda _: driver.node(MAP)["three_d"], "the switch was hit")
        driver.click(f"{MAP}.three_d")
        driver.wait(lambda _: not driver.node(MAP)["three_d"], "and again")
        driver.key("p")
        corners = [(0.2, 0.2), (0.8, 0.3), (0.5, 0.9)]
        for corner in corners:
            driver.move(*driver.picture(*corner))
            driver.act("mousedown", 1)
            driver.act("mouseup", 1)
        driver.key("Return")
        driver.wait(lambda _: driver.node(MAP).get("regions"), "a region")
        assert np.allclose(driver.node(MAP)["regions"][0]["points"], corners, atol=0.01)
        driver.key("ctrl+z")
        driver.move(2, 610)
        driver.settled()
        report = driver.report
        shot = driver.screenshot(artifacts / "window-fine.png")
    image = cv2.imread(str(shot))
    assert image is not None
    # The picture stands where the points say, in the screen's own pixels.
    left, top = (2 * part for part in report["origin"])
    width, height = (2 * part * report["scale"] for part in SIZE)
    right, bottom = left + width, top + height
    inside = image[round(top) + 2 : round(bottom) - 2, round(left) + 2 : round(right) - 2]
    assert inside.min(axis=2).mean() < 120  # nothing of the grey around it
    assert np.ptp(image[round(top) - 3, round(left) : round(right)]) < 12
    # Letters are drawn with the pixels there are: strokes in them change from pixel to pixel.
    items = report["items"]
    low_x, low_y, high_x, high_y = (round(2 * part) for part in items["File"])
    word = image[low_y:high_y, low_x:high_x].max(axis=2).astype(float)
    enlarged = cv2.resize(word[::2, ::2], word.shape[::-1], interpolation=cv2.INTER_LINEAR)
    assert np.abs(word - enlarged).mean() > 4


@pytest.mark.slow
def test_minimised_and_next_to_nothing_and_at_rest(
    display: str, document: Path, tmp_path: Path
) -> None:
    with window(display, tmp_path, "open", str(document)) as driver:
        report = driver.settled()
        # At rest nothing is drawn at all, with the pointer on the picture or beside it.
        for place in (driver.picture(0.5, 0.5), (10, 700)):
            driver.move(*place)
            before = driver.settled()["draws"]
            time.sleep(2.0)
            assert driver.report["draws"] == before

        driver.minimise()
        time.sleep(0.5)
        before = driver.report["draws"]
        time.sleep(1.0)
        assert driver.report["draws"] <= before + 1
        assert driver.process.poll() is None
        driver.restore()
        driver.move(300, 300)
        driver.drawn(1)

        for size in ((1, 1), (40, 900), (1500, 30), (860, 520)):
            driver.resize(*size)
        driver.resize(*report["size"])
        driver.settled()
        assert driver.report["area"] == report["area"]
        driver.quit()
