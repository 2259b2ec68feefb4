"""A map dragged from the node bin becomes what its media is found to be, by pointer and keys."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.scene import new_scene
from tests.support.depth_scenes import room
from tests.support.window_driver import window
from ui.recorded import recorded


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_white_near_map_is_turned_round_in_one_step(
    display: str, picture: Path, tmp_path: Path
) -> None:
    z = room()
    near = (1 / z - 1 / z.max()) / (1 / z.min() - 1 / z.max())
    assert cv2.imwrite(str(tmp_path / "near.png"), np.round(255 * near).astype(np.uint8))
    scene = new_scene(recorded(str(picture))).with_media(recorded(str(tmp_path / "near.png")))
    scene.save(tmp_path / "shot.rilievo")
    with window(display, tmp_path, "open", str(tmp_path / "shot.rilievo")) as driver:
        before = driver.settled()["scene"]
        driver.click("media 2", 0.6)
        driver.drag(driver.place("bin Z-Depth Map"), driver.picture(0.5, 0.5))
        driver.wait(
            lambda r: any(n["id"] == "Z-Depth 1" and n.get("invert") for n in r["scene"]["nodes"]),
            "it is turned round",
        )
        driver.wait(lambda r: "white is near" in " ".join(map(str, r["messages"])), "and said")
        driver.key("ctrl+z")
        driver.wait(lambda r: r["scene"] == before, "one step back")
