"""A Z-Depth map that is dropped into the picture turns about the place where it was let go."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.scene import new_scene
from tests.support.window_driver import window
from ui.new import recorded


@pytest.mark.slow
def test_the_axis_of_a_dropped_map_has_its_pivot_there(
    display: str, picture: Path, tmp_path: Path
) -> None:
    path = tmp_path / "shot.rilievo"
    media = recorded(str(picture))
    new_scene(media, z_media=media).without("Z-Depth 1").save(path)
    with window(display, tmp_path, "open", str(path)) as driver:
        driver.settled()
        driver.drag(driver.place("bin Z-Depth Map"), driver.picture(0.25, 0.25))
        driver.wait(lambda r: r["selection"] == ["Z-Depth 1"], "the map is there")
        node = driver.node("Z-Depth 1")
        # The surface is a unit high, and as wide as the picture of 64 × 48.
        assert node["pivot"] == pytest.approx([-64 / 48 / 4, 0.25, 0.0], abs=0.02)
        assert node["translate"] == [0.0, 0.0, 0.0]  # the depth stays on the picture
        driver.key("ctrl+z")
        driver.wait(lambda r: "*" not in r["title"], "one step back")
        driver.quit()
