"""A live source in a real window: analysis, a region, another pass, a recording and its take."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import OpenEXR
import pytest

from engine.scene import Scene, ZDepthMap
from tests.support.commands import Run
from tests.support.window_driver import Driver, window

MAP = "Z-Depth 1"


def z_of(path: Path) -> np.ndarray:
    with OpenEXR.File(str(path)) as file:
        return np.asarray(file.channels()["depth.Z"].pixels)


def test_a_camera_that_is_not_there_is_said_in_the_window_and_on_the_terminal(
    display: str, tmp_path: Path, artifacts: Path
) -> None:
    driver = Driver(display, tmp_path, "live", "--source", "camera:97", cwd=tmp_path)
    try:
        report = driver.wait(lambda r: r["messages"], "there is a message")
        assert "97" in report["messages"][0]
        driver.drawn(8)
        driver.screenshot(artifacts / "window-no-camera.png", still=False)
        driver.key("r")  # nothing to record: said too, and the window stays
        driver.wait(lambda r: len(r["messages"]) > 1, "recording is refused")
        said = driver.quit()
    finally:
        driver.close()
    lines = [line for line in said.splitlines() if line.startswith("rilievo: ")]
    assert len(lines) == 2
    assert report["messages"][0].lower() in lines[0].lower()
    assert "Traceback" not in said


@pytest.mark.timeout(240)
def test_a_clip_is_watched_as_a_relief_and_recorded(
    display: str, talking_head: Path, tmp_path: Path, artifacts: Path, run: Run
) -> None:
    with window(display, tmp_path, "live", "--source", str(talking_head), "--loop") as driver:
        driver.wait(lambda r: r["analysis"]["faces"] == 1, "the face is found")
        driver.wait(lambda r: r["pictures"] > 10, "ten pictures are drawn")
        for _ in range(10):  # once warm, frames make nothing
            assert driver.drawn()["made"] == []
        driver.screenshot(artifacts / "window-live.png", still=False)

        # Analysis off and on.
        driver.key("a")
        driver.wait(lambda r: not r["analysis"]["running"], "the analysis is paused")
        driver.key("a")
        driver.wait(lambda r: r["analysis"]["running"], "the analysis runs")

        # A region around the face, drawn on the picture.
        driver.click("Draw")
        driver.drag(driver.picture(0.2, 0.05), driver.picture(0.75, 0.95))
        driver.wait(lambda _: driver.node(MAP).get("regions"), "there is a region")
        (region,) = driver.node(MAP)["regions"]
        assert np.allclose(region["points"], [[0.2, 0.05], [0.75, 0.95]], atol=0.02)
        driver.screenshot(artifacts / "window-region.png", still=False)

        driver.choose("view", "Z-Depth")
        driver.wait(lambda r: r["view"] == "z", "Z is shown")

        # Two seconds of movie and Z.
        driver.click("Outputs")
        driver.click("exr.Z-Depth")
        driver.key("r")
        driver.wait(lambda r: r["recording"]["seconds"] > 2.0, "two seconds are recorded")
        driver.screenshot(artifacts / "window-recording.png", still=False)
        driver.key("r")
        report = driver.wait(lambda r: not r["recording"]["recording"], "the recording ends")
        driver.quit("Escape")

    recorded = report["recording"]
    (folder,) = (tmp_path / "recordings").iterdir()
    pictures = sorted(folder.glob("passes.*.exr"))
    numbers = [int(path.name.split(".")[1]) for path in pictures]
    assert len(numbers) == recorded["written"] > 5
    # Each place in time has its picture, or is known to have none.
    assert numbers[0] == 1001
    gaps = {*recorded["dropped"], *recorded["missed"]}
    assert gaps == set(range(1001, numbers[-1] + 1)) - set(numbers)
    assert np.ptp(z_of(pictures[-1])) > 0.05  # a relief

    with av.open(str(folder / "beauty.mov")) as movie:
        (stream,) = movie.streams.video
        assert (stream.width, stream.height) == (176, 144)
        times = [frame.time for frame in movie.decode(video=0)]
    at = [round(time * 30000 / 1001) + 1001 for time in times if time is not None]
    # A constant rate: where no picture came, or none could be written, the one before is held.
    assert at == list(range(1001, at[-1] + 1)) and set(numbers) <= set(at)
    assert len(at) == recorded["written"] + recorded["held"]

    # The take has the document, and makes the same frames again.
    take = folder / "take.rilievo"
    scene = Scene.load(take)
    found = scene.node(MAP)
    assert isinstance(found, ZDepthMap)
    assert len(found.regions) == 1
    chosen = numbers[-1]
    result = run(
        "render", take, "-f", str(chosen), "-o", "again.####.exr", "--passes", "z",
        "--samples", "1",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    again = z_of(tmp_path / f"again.{chosen}.exr")
    assert np.abs(again - z_of(folder / f"passes.{chosen}.exr")).max() < 0.02


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_pictures_are_delayed_to_their_depth_on_wish_and_recorded_as_matroska(
    display: str, talking_head: Path, tmp_path: Path
) -> None:
    options = ("--loop", "--delay-to-depth", "--container", "mkv")
    with window(display, tmp_path, "live", "--source", str(talking_head), *options) as driver:
        report = driver.wait(lambda r: r["delay"].startswith("delayed to depth by"), "it waits")
        assert report["delay"].endswith(" pictures / s")
        driver.key("r")
        driver.wait(lambda r: r["recording"] and r["recording"]["seconds"] > 1.0, "it records")
        driver.key("r")
        report = driver.wait(lambda r: not r["recording"]["recording"], "the recording ends")
        driver.click("Source")
        driver.click("Delay picture to depth")
        driver.wait(lambda r: r["delay"] == "", "nothing waits any more")
        driver.quit("Escape")
    recorded = report["recording"]
    assert recorded["held"] > 0
    (folder,) = (tmp_path / "recordings").iterdir()
    with av.open(str(folder / "beauty.mkv")) as movie:
        assert sum(1 for _ in movie.decode(video=0)) == recorded["written"] + recorded["held"]
