"""A Z-Depth map at the desk: its one menu, what a switch of its analysis brings, its regions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
from PIL import Image

from engine.scene import AnalysisType, DepthRange, ZDepthMap
from tests.support.window_driver import Driver, XServer, window
from tests.ui.window.test_schematic_window import double, end, middle, press
from ui.new import new_document

MAP = "Z-Depth 1"
SEEN = (
    "analysis", "depth_range", "invert", "effect", "softness", "displace", "three_d", "bump",
    "z_pass",
)  # fmt: skip


@pytest.fixture
def screen() -> Iterator[str]:
    """Of a usual size."""
    server = XServer((1660, 1060))
    yield server.display
    server.close()


@pytest.fixture
def still(tmp_path: Path) -> Path:
    """A picture without a face."""
    path = tmp_path / "still.png"
    Image.fromarray(np.tile(np.arange(160, dtype=np.uint8)[None, :, None], (90, 1, 3))).save(path)
    return path


def inside(driver: Driver, item: str) -> bool:
    """Whether all of a control is seen within its panel."""
    left, top, right, bottom = driver.report["items"][item]
    x, y, x_end, y_end = driver.report["windows"]["Object"]
    return x <= left and y <= top and right <= x_end and bottom <= y_end - 4


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_new_document_without_a_face(
    screen: str, still: Path, tmp_path: Path, artifacts: Path
) -> None:
    with window(screen, tmp_path, "open", str(still)) as driver:
        driver.resize(1600, 1000)
        # All that matters is in sight, without scrolling or unfolding.
        driver.place(f"{MAP}.effect")
        for item in (*(f"{MAP}.{name}" for name in SEEN), "Draw", "Polygon"):
            assert inside(driver, item), item
        driver.screenshot(artifacts / "window-map-menu.png", still=False)
        # What has no effect does nothing.
        assert driver.node(MAP)["three_d"] and not driver.node(MAP).get("z_pass")
        driver.click(f"{MAP}.z_pass")
        driver.click(f"{MAP}.invert")
        driver.settled()
        assert not driver.node(MAP).get("z_pass") and not driver.node(MAP).get("invert")

        # Its own menu comes with a double click, also where Axis was in front.
        press(driver, end(driver, MAP, "axis"))
        driver.place(f"{MAP}.translate")
        double(driver, middle(driver, MAP))
        driver.place(f"{MAP}.effect")

        # One click takes Global, as `new` makes it; one step of undo.
        driver.click("use global")
        driver.wait(lambda _: driver.node(MAP)["analysis"] == "global", "it is Global")
        made = new_document(str(still), None, AnalysisType.GLOBAL, None, three_d=True)
        wanted = made.node(MAP)
        assert isinstance(wanted, ZDepthMap)
        shown = driver.node(MAP)
        assert shown["near"] == pytest.approx(wanted.near)
        assert shown["far"] == pytest.approx(wanted.far)
        assert not shown.get("head_and_shoulders") and tuple(shown.get("softness", (0.0, 0.0))) == (
            0.0,
            0.0,
        )
        driver.key("ctrl+z")
        driver.wait(lambda _: driver.node(MAP)["analysis"] == "face", "it is Face again")
        assert driver.node(MAP)["head_and_shoulders"]
        assert driver.node(MAP)["softness"] == [1.5, 1.5]

        # A region, drawn by hand, fades by 2 % of the picture's height.
        driver.click("Draw")
        driver.drag(driver.picture(0.2, 0.2), driver.picture(0.6, 0.8))
        driver.wait(lambda _: driver.node(MAP).get("regions"), "there is a region")
        assert driver.node(MAP)["region_softness"] == pytest.approx(0.02 * 90)
        driver.quit()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_map_of_metres_that_becomes_a_face(
    screen: str, still: Path, tmp_path: Path, artifacts: Path
) -> None:
    values = np.tile(np.linspace(6.0, 9.0, 160, dtype=np.float32), (90, 1))
    OpenEXR.File(
        {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}, {"Z": values}
    ).write(str(tmp_path / "z.exr"))
    depth, metres = str(tmp_path / "z.exr"), DepthRange.ABSOLUTE
    scene = new_document(str(still), depth, None, metres, three_d=False)
    scene.with_values(MAP, z_pass=True).save(tmp_path / "shot.rilievo")
    with window(screen, tmp_path, "open", str(tmp_path / "shot.rilievo")) as driver:
        driver.resize(1600, 1000)
        # Metres are greys, with their ends beside them.
        driver.choose("view", "Z-Depth")
        driver.wait(lambda r: r["view"] == "z", "the view shows Z")
        driver.settled()
        shot = np.asarray(Image.open(driver.screenshot(artifacts / "window-metres.png")))
        left, right = (driver.picture(x, 0.9) for x in (0.02, 0.98))
        assert shot[round(left[1]), round(left[0])].max() < 40
        assert shot[round(right[1]), round(right[0])].min() > 215
        # As `open` makes a picture with a face: a relief, softened, lit.
        driver.choose(f"{MAP}.analysis", f"{MAP}.analysis.Face")
        driver.wait(lambda _: driver.node(MAP)["analysis"] == "face", "it is Face")
        node = driver.node(MAP)
        assert node["three_d"] and node["head_and_shoulders"] and node["softness"] == [1.5, 1.5]
        assert any(n["id"] == "Light 1" for n in driver.report["scene"]["nodes"])
        driver.key("ctrl+z")
        driver.wait(lambda _: driver.node(MAP).get("analysis", "media") == "media", "one step")
        assert all(n["id"] != "Light 1" for n in driver.report["scene"]["nodes"])
        driver.quit()
