"""The program killed while it records: what it showed is on disk, whole, and renders again."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import OpenEXR
import pytest

from tests.support.commands import Run
from tests.support.sending import sending, udp_address
from tests.support.window_driver import window

FIRST = 1001


def z_of(path: Path) -> np.ndarray:
    with OpenEXR.File(str(path)) as file:
        return np.array(file.channels()["depth.Z"].pixels)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_window_killed_while_recording_leaves_all_that_it_recorded(
    display: str, talking_head: Path, tmp_path: Path, run: Run
) -> None:
    """SIGKILL, in the middle of movie, EXRs and take at once, of a stream from another process."""
    address = udp_address()
    with (
        sending(talking_head, address),
        window(display, tmp_path, "live", "--source", address) as driver,
    ):
        driver.wait(lambda r: r["analysis"]["faces"] == 1, "the face is found")
        driver.click("Outputs")
        driver.click("exr.Z-Depth")
        driver.key("r")
        report = driver.wait(
            lambda r: r["recording"] and r["recording"]["seconds"] > 4.0, "it records"
        )
        driver.process.kill()
        driver.process.wait()
    recorded = report["recording"]
    (folder,) = (tmp_path / "recordings").iterdir()
    last = FIRST + round((recorded["seconds"] - 1.0) * 30)  # a second before, at most

    # The movie plays, up to the last second.
    with av.open(str(folder / "beauty.mov")) as movie:
        frames = list(movie.decode(video=0))
    shown = [FIRST + round(frame.time * 30) for frame in frames if frame.time is not None]
    assert shown == sorted(set(shown)) and len(shown) == len(frames)
    assert shown[-1] >= last
    assert np.ptp(frames[-1].to_ndarray(format="rgb24")) > 60  # a picture

    # Every EXR that has its final name is whole: all its pixels can be read.
    numbers: list[int] = []
    for path in sorted(folder.glob("passes.*.exr")):
        if ".tmp" in path.name:
            continue
        z = z_of(path)
        assert z.shape == (144, 176) and np.isfinite(z).all() and np.ptp(z) > 0.01, path
        numbers.append(int(path.name.split(".")[1]))
    assert numbers[-1] >= last

    # The take has what they were drawn from, and makes the last of them again.
    lines = (folder / "take.frames" / "log.jsonl").read_bytes().split(b"\n")[:-1]
    kept = [line["frame"] for line in map(json.loads, lines) if line["is"] == "frame"]
    assert kept[-1] >= last
    chosen = max(set(kept) & {number for number in numbers if number <= last})
    result = run(
        "render", folder / "take.rilievo", "-f", str(chosen), "-o", "again.####.exr",
        "--passes", "z", "--samples", "1",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    apart = np.abs(z_of(tmp_path / f"again.{chosen}.exr") - z_of(folder / f"passes.{chosen}.exr"))
    assert apart.max() < 0.02
