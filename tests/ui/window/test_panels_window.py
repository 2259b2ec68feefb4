"""The panels and the passes of the window, at the size of a small laptop's screen."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.scene import DepthRange
from passes import PASS_NAMES
from tests.support.window_driver import Driver, window
from ui.new import new_document
from ui.window.view import VIEW_NAMES

PANELS = (
    "Media", "Analysis", "Object", "Lights", "Outputs", "Statistics", "Messages",
    "Node Bin", "Schematic",
)  # fmt: skip


@pytest.fixture
def document(picture: Path, depth: Path, tmp_path: Path) -> Path:
    scene = new_document(str(picture), str(depth), None, DepthRange.NORMALIZED, three_d=True)
    path = tmp_path / "shot.rilievo"
    scene.with_values("Z-Depth 1", step=4).with_settings(size=(128, 96)).save(path)
    return path


def picture_of(driver: Driver, path: Path) -> np.ndarray:
    """What the picture looks like on the screen, without what stands over it below."""
    report = driver.report
    image = cv2.imread(str(driver.screenshot(path, still=False)))
    assert image is not None
    left, top = (round(part) for part in report["origin"])
    width, height = (round(part * report["scale"]) for part in report["scene"]["size"])
    return image[top : top + height * 3 // 4, left : left + width]


def close(driver: Driver, panel: str) -> None:
    """Close a panel by the cross in its tab, which the tab in front shows."""
    driver.click(f"{panel}.tab", 0.3)
    driver.wait(lambda r: r["panels"][panel], f"{panel} is in front")
    driver.place(f"{panel}.tab")  # grows, to have room for the cross
    _, top, right, bottom = driver.report["items"][f"{panel}.tab"]
    driver.move(right - 13, (top + bottom) / 2)
    driver.act("mousedown", 1)
    driver.act("mouseup", 1)
    driver.wait(lambda r: panel not in r["open"], f"{panel} is closed")


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_panels_are_closed_and_come_back_and_passes_are_seen(
    display: str, document: Path, tmp_path: Path, artifacts: Path
) -> None:
    with window(display, tmp_path, "open", str(document)) as driver:
        driver.resize(1280, 720)

        # Every panel: in front by its tab, closed by the cross in it, back by the menu.
        for panel in PANELS:
            driver.click(f"{panel}.tab", 0.3)
            driver.wait(lambda r, p=panel: r["panels"][p], f"{panel} is in front")
            driver.screenshot(artifacts / f"window-panel-{panel.lower()}.png", still=False)
            assert not driver.report["cut"], panel
        for panel in PANELS:
            close(driver, panel)
        alone = driver.settled()
        assert alone["area"][2] > 1200  # the picture has all the room
        driver.screenshot(artifacts / "window-no-panels.png")

        # Each pass, with its value under the pointer, while there is room.
        seen, z = {}, 0.0
        for name in PASS_NAMES[1:]:
            driver.choose("view", VIEW_NAMES[name])
            driver.move(*driver.picture(0.3, 0.3))
            driver.wait(
                lambda r, n=name: r["view"] == n and r["value"] and r["pixel"] == [38, 28],
                f"{name} has a value",
            )
            driver.wait(lambda r, n=name: r["readout"], f"the value of {name} is written")
            seen[name] = picture_of(driver, artifacts / f"window-pass-{name}.png")
            report = driver.report
            if name == "uv":
                assert np.allclose(report["value"][:2], (38.5 / 128, 28.5 / 96), atol=0.02)
            elif name in ("matte", "object_id", "confidence"):
                assert report["value"][3 if name == "matte" else 0] == pytest.approx(1.0, abs=0.01)
            elif name == "normals":
                assert np.linalg.norm(report["value"][:3]) == pytest.approx(1.0, abs=0.01)
            elif name == "z":
                z = report["value"][0]
                assert 0.5 < z < 2.8
            elif name == "z_normalized":  # from half to twice the camera's distance
                share = (z - 0.5 * 1.374) / (1.5 * 1.374)
                assert float(report["readout"].removeprefix("Z ")) == pytest.approx(share, abs=0.01)
            elif name == "z_aa":
                assert float(report["readout"].removeprefix("Z ")) == pytest.approx(z, abs=0.01)
            elif name == "position":  # the camera stands on the axis and looks along -Z
                assert 1.374 - report["value"][2] == pytest.approx(z, abs=0.01)
        for one in ("z", "normals", "position", "uv", "albedo"):
            assert seen[one].std() > 8, one  # not flat

        driver.click("View")
        driver.click("Panels as at First.menu")
        driver.wait(lambda r: all(panel in r["open"] for panel in PANELS), "all are back")
        driver.wait(lambda r: r["panels"]["Media"], "and docked where they were")
        assert driver.settled()["area"][2] < 800
        # One that was closed comes back by its own line, to where it stood.
        place = driver.place("Lights.tab")
        close(driver, "Lights")
        driver.click("View")
        driver.click("Lights.menu")
        driver.wait(lambda r: r["panels"]["Lights"], "and back")
        assert abs(driver.place("Lights.tab")[1] - place[1]) < 4

        # Docked elsewhere: pulled out of its group by its tab, into the one on the left.
        driver.drag(driver.place("Outputs.tab", 0.3), driver.place("Media.tab"), steps=8)
        driver.wait(lambda r: r["items"].get("Outputs.tab", [999])[0] < 400, "it has moved")
        driver.settled()
        driver.screenshot(artifacts / "window-docked.png")
        driver.quit()
