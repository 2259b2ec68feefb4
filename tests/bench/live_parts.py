"""What live use is timed with: a clip, a drawing thread's loop, a recording of everything."""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from engine.media import Picture
from engine.output import FilesSink, LiveMovie, MovieSink, Recorder, Sink
from tests.support.desk import LiveDesk
from ui.drawn import DrawnFrame, save_frame
from ui.session import Session

IN_FLIGHT = 4  # frames on their way back from the GPU, as in the window
FPS = 30.0
PATIENCE = 30.0


def write_clip(clip: Path, path: Path, count: int, larger: int) -> tuple[int, int]:
    """The clip again and again; a frame a second by its stamps, so that none is late. larger: times
    its own size. Returns the size (width, height) that it has then."""
    with av.open(str(clip)) as source, av.open(str(path), "w") as out:
        (read,) = source.streams.video
        size = larger * read.width, larger * read.height
        frames = [frame.reformat(*size, "yuv420p") for frame in source.decode(read)]
        stream: Any = out.add_stream("libx264", rate=1)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.options = {"preset": "ultrafast", "tune": "zerolatency", "g": "30"}
        for number in range(count):
            frame = frames[number % len(frames)]
            frame.pts, frame.time_base = number, Fraction(1)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return size


class Drawing:
    """Draws each picture once, as it is recorded, and hands on what has come back."""

    def __init__(self, desk: LiveDesk, take: Callable[[DrawnFrame], None]) -> None:
        self.frames = 0
        self._desk, self._take = desk, take
        self._waiting: deque[DrawnFrame] = deque()
        self._last: Picture | None = None
        desk.preview.passes, desk.preview.views = ("z",), ("beauty",)

    def run(self, done: Callable[[], bool]) -> None:
        end = time.perf_counter() + PATIENCE
        desk = self._desk
        while not done():
            assert time.perf_counter() < end, f"nothing to draw: {desk.session.source.state}"
            encoder, drawn = desk.encode()
            picture, evaluated = desk.session.picture, desk.preview.drawn
            fresh = drawn and picture is not self._last and evaluated is not None
            if fresh and evaluated is not None:
                self._last = picture
                rendered = desk.preview.renderer.read_back(evaluated, encoder)
                scene = desk.editor.scene
                self._waiting.append(desk.session.drawn(rendered, scene, evaluated))
                self.frames += 1
            desk.submit(encoder, drawn)
            self._hand_on(IN_FLIGHT)
            if not drawn:
                desk.wait(0.02)

    def finish(self) -> None:
        """Wait for all that is on its way."""
        self._hand_on(0)

    def _hand_on(self, left: int) -> None:
        while len(self._waiting) > left:
            frame = self._waiting.popleft()
            frame.rendered.wait()
            self._take(frame)


class Recording:
    """Records everything, and has whoever offers frames wait for room."""

    def __init__(self, session: Session, folder: Path, size: tuple[int, int]) -> None:
        folder.mkdir()
        sinks: list[Sink[DrawnFrame]] = [
            MovieSink(LiveMovie(folder / "beauty.mkv", size, FPS, first=0)),
            FilesSink(str(folder / "z.####.exr"), save_frame),
            session.take_writer(folder / "take.rilievo", size, FPS),
        ]
        self._recorder: Recorder[DrawnFrame] = Recorder(sinks, FPS, first=0)
        self._count = 0

    def offer(self, frame: DrawnFrame) -> None:
        while not self._recorder.has_room and self._recorder.status.recording:
            time.sleep(0.0005)
        self._recorder.offer(self._count / FPS, frame)
        self._count += 1

    def finish(self) -> None:
        status = self._recorder.stop()
        assert not status.problem, status.problem
        assert status.written == self._count, (status, self._count)


class Others:
    """How many cores other programs keep busy, where the system tells (Linux)."""

    def __init__(self) -> None:
        self._start = self._busy()

    def cores(self) -> list[float]:
        end = self._busy()
        if self._start is None or end is None or end[0] <= self._start[0]:
            return []
        return [max(0.0, (end[1] - self._start[1]) / (end[0] - self._start[0]))]

    @staticmethod
    def _busy() -> tuple[float, float] | None:
        """The time, and seconds that all processors were busy for others."""
        if sys.platform != "linux":
            return None
        fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
        user, nice, system, _, _, irq, softirq, _ = (int(value) for value in fields)
        busy = (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")
        return time.perf_counter(), busy - time.process_time()
