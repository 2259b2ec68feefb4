"""Renders frames to files. The GPU works on the next frame while the last one is being written."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Protocol

import numpy as np
import numpy.typing as npt
from fileseq.frameset import FrameSet

from engine.errors import AnalysisError, MediaError, OutputError, SceneError
from engine.output import MovieWriter
from engine.timecode import Timecode
from ui.failures import check_stopped

# Frames that are on the GPU or being read back at a time. One more than the one being drawn is
# enough to keep the GPU busy; each costs the memory of all its passes.
IN_FLIGHT = 2

# Compressing EXR takes as long as drawing it, and one picture is compressed by one thread.
WRITERS = 2


class DrawnPictures(Protocol):
    """A frame that was drawn: a `passes.RenderedFrame`, or what stands for one."""

    def wait(self) -> None: ...

    def display(self) -> npt.NDArray[np.uint8]: ...

    def save(self, path: str) -> Path: ...


class DrawsFrames(Protocol):
    """Renders frames by number: a `passes.Renderer`, or one of a take."""

    @property
    def warnings(self) -> list[str]: ...

    def render(self, frame: int) -> DrawnPictures: ...

    def stats(self) -> dict[str, float]: ...


@dataclass(frozen=True)
class Job:
    """What is to be written.

    pixel_aspect: width of a pixel over its height. timecode: of the film's first frame.
    pattern: name of the pictures, or None; movie: name of the film, or None; at least one is given.
    size: (width, height) of the frames, in pixels.
    held: for how many frames of the film a frame is shown, where that is not one.
    """

    frames: Sequence[int]
    fps: float
    size: tuple[int, int]
    pattern: str | None = None
    movie: Path | None = None
    pixel_aspect: float = 1.0
    held: Mapping[int, int] = field(default_factory=dict)
    timecode: Timecode | None = None


@dataclass
class Outcome:
    """What came of a job.

    failed: frame → the sentence that says why. skipped: frames not tried, because nothing more
    could be written. seconds: wall time from the first frame to the last file. timings: pass → mean
    milliseconds on the GPU, empty where the adapter has no timestamps.
    """

    written: list[Path] = field(default_factory=list)
    movie: Path | None = None
    frames: int = 0
    failed: dict[int, str] = field(default_factory=dict)
    skipped: int = 0
    seconds: float = 0.0
    timings: dict[str, float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Frames per second."""
        return self.frames / self.seconds if self.seconds > 0 else 0.0

    def complaint(self) -> str | None:
        """One sentence about what failed, or None."""
        if not self.failed:
            return None
        count = len(self.failed)
        what = "1 frame" if count == 1 else f"{count} frames"
        text = f"{what} failed ({frame_list(self.failed)}): {next(iter(self.failed.values()))}"
        if self.skipped:
            text = f"{text.rstrip('.')}; {self.skipped} more were not tried"
        return text


def frame_list(frames: Sequence[int] | dict[int, str]) -> str:
    """Frames as people write them: `1001-1003,1007`."""
    return FrameSet(sorted(frames)).frameRange()


def render_frames(renderer: DrawsFrames, job: Job, advance: Callable[[], None]) -> Outcome:
    """Render a job; `advance` is called once for each frame that is done or failed.

    A frame that fails for its media, its analysis or its document is noted and the next one tried.
    A file that cannot be written ends the job, because the next one would fail alike. Other errors
    (a device that is lost) do the same, and are raised. The film is kept only if no frame failed,
    as a film with a hole is out of step. However this ends, no half-written file stays.
    """
    outcome = Outcome()
    started = time.perf_counter()
    timed: list[dict[str, float]] = []
    drawn: deque[tuple[int, DrawnPictures]] = deque()

    with ExitStack() as stack:
        files = stack.enter_context(_Files(job, outcome, advance))
        for frame in job.frames:
            if files.broken:
                break
            check_stopped()
            try:
                drawn.append((frame, renderer.render(frame)))
            except (MediaError, AnalysisError, SceneError) as error:
                outcome.failed[frame] = str(error)
                advance()
            if len(drawn) >= IN_FLIGHT:
                files.take(*drawn.popleft())
            timed.append(renderer.stats())
        while drawn and not files.broken:
            files.take(*drawn.popleft())
        files.finish()
    if not any(timed):  # so few frames that no times had come back while they were drawn
        timed.append(renderer.stats())

    outcome.skipped = len(job.frames) - outcome.frames - len(outcome.failed)
    outcome.seconds = time.perf_counter() - started
    outcome.timings = _means(timed)
    outcome.warnings = list(dict.fromkeys(renderer.warnings))
    return outcome


def _means(timed: Sequence[dict[str, float]]) -> dict[str, float]:
    """Mean of each pass, without the first frame, which warms up, unless it is the only one."""
    known = [times for times in timed if times]
    warm = known[1:] or known
    names = dict.fromkeys(name for times in warm for name in times)
    return {
        name: sum(times.get(name, 0.0) for times in warm) / sum(name in times for times in warm)
        for name in names
    }


class _Files:
    """Writes rendered frames: pictures in a few threads, the film in order."""

    def __init__(self, job: Job, outcome: Outcome, advance: Callable[[], None]) -> None:
        self.broken = False
        self._job = job
        self._outcome = outcome
        self._advance = advance
        self._pool = ThreadPoolExecutor(WRITERS, thread_name_prefix="save")
        self._saving: deque[tuple[int, Future[Path]]] = deque()
        self._movie = (
            MovieWriter(
                job.movie,
                job.size,
                job.fps,
                pixel_aspect=job.pixel_aspect,
                timecode=job.timecode,
            )
            if job.movie
            else None
        )

    def __enter__(self) -> _Files:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        # What is being written is let finish: each file appears whole or not at all.
        self._pool.shutdown(wait=True, cancel_futures=True)
        if self._movie is not None:
            self._movie.abort()

    def take(self, frame: int, rendered: DrawnPictures) -> None:
        """Write one frame. Reads back on this thread, which is the one that the GPU knows."""
        rendered.wait()
        if self._movie is not None:
            try:
                self._movie.write(rendered.display(), self._job.held.get(frame, 1))
            except OutputError as error:
                self._fail(frame, error)
                return
        if self._job.pattern is None:
            self._done()
            return
        self._saving.append((frame, self._pool.submit(rendered.save, self._job.pattern)))
        while len(self._saving) > WRITERS:
            self._collect()

    def finish(self) -> None:
        """Wait for the last pictures, and close the film if it is whole."""
        while self._saving:
            self._collect()
        if self._movie is None:
            return
        movie, self._movie = self._movie, None
        if self._outcome.failed:
            movie.abort()
        else:
            movie.close()
            self._outcome.movie = movie.path

    def _collect(self) -> None:
        frame, saving = self._saving.popleft()
        try:
            self._outcome.written.append(saving.result())
        except OutputError as error:
            self._fail(frame, error)
        else:
            self._done()

    def _done(self) -> None:
        self._outcome.frames += 1
        self._advance()

    def _fail(self, frame: int, error: OutputError) -> None:
        self._outcome.failed[frame] = str(error)
        self.broken = True
        self._advance()
