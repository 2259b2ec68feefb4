"""The result as a virtual camera, switched on in the window."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.window_driver import Driver, window

# In the place of pyvirtualcam: notes what it is given beside itself.
STAND_IN = """
import json, pathlib
LOG = pathlib.Path(__file__).with_name("sent.json")
class PixelFormat:
    RGB = "RGB"
class Camera:
    device = "/dev/video9"
    def __init__(self, **asked):
        self.log = {"asked": asked, "sent": 0, "shape": None, "mean": None, "closed": False}
    def send(self, frame):
        self.log["sent"] += 1
        self.log["shape"] = list(frame.shape)
        self.log["mean"] = float(frame.mean())
        LOG.write_text(json.dumps(self.log))
    def close(self):
        self.log["closed"] = True
        LOG.write_text(json.dumps(self.log))
"""


@pytest.mark.slow
def test_the_result_is_a_camera_for_others(
    display: str, document: Path, tmp_path: Path, artifacts: Path
) -> None:
    # In the folder in which the program runs, which Python looks into first.
    (tmp_path / "pyvirtualcam.py").write_text(STAND_IN, encoding="utf-8")
    log = tmp_path / "sent.json"
    with window(display, tmp_path, "open", str(document)) as driver:
        driver.click("Outputs.tab", 0.3)
        scroll_to(driver, "Virtual Camera")
        driver.click("Virtual Camera", 0.1)
        driver.wait(lambda _: log.exists(), "pictures are sent")
        driver.wait(lambda r: "/dev/video9" in r["messages"][-1], "it is said which device")
        count = json.loads(log.read_text())["sent"]
        driver.wait(lambda _: json.loads(log.read_text() or "{}").get("sent", 0) > count + 5, "on")
        driver.screenshot(artifacts / "window-virtual-camera.png", still=False)
        width, height = driver.report["scene"]["size"]
        driver.click("Virtual Camera", 0.1)
        driver.wait(lambda _: '"closed": true' in log.read_text(), "the device is given back")
        driver.quit()
    sent = json.loads(log.read_text())
    assert sent["asked"] == {"width": width, "height": height, "fps": 30.0, "fmt": "RGB"}
    assert sent["shape"] == [height, width, 3]
    assert sent["mean"] > 10


@pytest.mark.slow
def test_without_the_package_one_sentence_says_how_to_get_it(display: str, tmp_path: Path) -> None:
    (tmp_path / "pyvirtualcam.py").write_text("raise ImportError", encoding="utf-8")
    source = "lavfi:testsrc2=size=64x48:rate=10"
    with window(display, tmp_path, "live", "--source", source, "--virtual-camera") as driver:
        driver.wait(lambda r: "uv sync" in str(r["messages"]), "it is said how to get it")
        driver.drawn(3)  # and the preview goes on
        said = driver.quit()
    assert said.count("uv sync --extra virtual-camera") == 1


def scroll_to(driver: Driver, item: str) -> None:
    """Turn the wheel over the outputs until a control is in view."""
    bottom = driver.report["size"][1] - 40
    for _ in range(20):
        if driver.place(item)[1] < bottom:
            return
        x, y = driver.place("Outputs.tab")
        driver.move(x, y + 120)
        driver.act("click", 5)
    raise AssertionError(f"{item} never came into view")
