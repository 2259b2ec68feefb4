"""Recording a live source until the disk is really full: said once, stopped, and nothing lost."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import OpenEXR
import pytest

from engine.gpu import Gpu
from engine.media import live_input
from engine.scene import Scene
from tests.support.desk import LiveDesk
from tests.support.small_disk import small_disk
from ui.session import Session
from ui.window.recording import FIRST, Recording

SIZE = (96, 64)
KIB = 300
NOISE = f"lavfi:testsrc2=size={SIZE[0]}x{SIZE[1]}:rate=30,noise=alls=80:allf=t"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    with small_disk(folder, KIB) as mounted:
        if not mounted:
            pytest.skip("may not mount: a limit on the size of files is tested in its place")
        yield folder


def open_files() -> list[str]:
    """Of this process, those that are still there when they are looked at."""
    return [
        name for name in os.listdir("/proc/self/fd") if os.path.lexists(f"/proc/self/fd/{name}")
    ]


def record(gpu: Gpu, folder: Path, passes: set[str], *, movie: bool, take: bool) -> Recording:
    """Record until it stops by itself, as the window does."""
    session = Session(live_input(NOISE), provider="cpu", software=gpu.is_software)
    session.analyses.running = False
    with LiveDesk(gpu, session) as desk:
        recording = Recording(desk.messages)
        recording.choice.folder, recording.choice.movie = folder, movie
        recording.choice.passes, recording.choice.take = passes, take
        end = time.monotonic() + 60.0
        while recording.last is None:
            assert time.monotonic() < end, "the disk is never full"
            desk.beat()
            desk.preview.passes, desk.preview.views = recording.passes, recording.views
            encoder, drawn = desk.encode()
            evaluated = desk.preview.drawn
            if drawn and evaluated is not None and recording.wants(SIZE):
                rendered = desk.preview.renderer.read_back(evaluated, encoder)
                recording.take(session.drawn(rendered, desk.editor.scene, evaluated))
            desk.submit(encoder, drawn)
            desk.preview.renderer.poll()
            if desk.stage.started and recording.folder is None:
                recording.start(SIZE, 30.0, session.take_writer)
            recording.work()
        # Once, in the window; the preview goes on.
        failures = [entry for entry in desk.messages.entries if entry.level.name == "ERROR"]
        assert [entry.count for entry in failures] == [1], failures
        assert failures[0].text.startswith("Recording stopped: ")
        assert re.search("the disk (is|may be) full. ", failures[0].text), failures[0].text
        assert failures[0].text.endswith(f" were kept: {recording.folder}")
        assert desk.messages.entries[-1] is failures[0]
        assert desk.session.source.state.condition.value == "running"
    return recording


def depth(path: Path) -> np.ndarray:
    """Z of a file that has nothing else. (OpenEXR keeps the file open as long as its parts.)"""
    with OpenEXR.File(str(path)) as file:
        (part,) = file.parts
        return np.array(part.channels["depth.Z"].pixels)


@pytest.mark.parametrize(
    ("passes", "movie", "take"),
    [(set(), True, False), ({"z"}, False, False), (set(), True, True), ({"z"}, True, True)],
    ids=["movie", "exr", "take", "all"],
)
def test_a_full_disk_ends_a_recording_and_keeps_what_was_written(
    gpu: Gpu,
    disk: Path,
    capsys: pytest.CaptureFixture[str],
    passes: set[str],
    movie: bool,
    take: bool,
) -> None:
    recording = record(gpu, disk, passes, movie=movie, take=take)
    said = [line for line in capsys.readouterr().err.splitlines() if "recording stopped" in line]
    assert len(said) == 1 and said[0].startswith("rilievo: recording stopped: ")
    held = [os.readlink(f"/proc/self/fd/{name}") for name in open_files()]
    assert [path for path in held if str(disk) in path] == []
    folder, status = recording.folder, recording.last
    assert folder is not None and status is not None
    assert status.written > 3
    gone = {*status.dropped, *status.missed}
    if movie:
        with av.open(str(folder / "beauty.mov")) as opened:
            times = [frame.time for frame in opened.decode(video=0)]
        numbers = [FIRST + round(at * 30) for at in times if at is not None]
        # All that count as written, but for what the last cluster could not take any more.
        assert len(numbers) >= status.written - 8
        assert len(set(numbers)) == len(numbers)
    if passes:
        assert [path for path in folder.iterdir() if ".tmp" in path.name] == []
        files = sorted(folder.glob("passes.*.exr"))
        assert len(files) >= status.written
        for path in files:
            z = depth(path)
            assert z.shape == SIZE[::-1] and np.isfinite(z).all()
        kept = {int(path.name.split(".")[1]) for path in files}
        last = max(kept)
        assert set(range(FIRST, last)) - kept <= gone
    if take:
        assert Scene.load(folder / "take.rilievo").media
        lines = (folder / "take.frames" / "log.jsonl").read_bytes().split(b"\n")
        frames = [line for line in map(json.loads, lines[:-1]) if line["is"] == "frame"]
        assert len(frames) >= status.written - 1
        with av.open(str(folder / "take.frames" / "source.mkv")) as opened:
            pictures = sum(1 for _ in opened.decode(video=0))
        assert pictures >= status.written - 8
