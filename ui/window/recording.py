"""Recording what is drawn: frames are read back beside the preview and handed to the recorder."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from engine.errors import RilievoError
from engine.output import (
    ENDINGS,
    FilesSink,
    LiveMovie,
    MovieSink,
    Recorder,
    RecorderStatus,
    Sink,
)
from ui.drawn import DrawnFrame, save_frame
from ui.window.messages import Messages

TakeWriterMaker = Callable[[Path, tuple[int, int], float], Sink[DrawnFrame]]

IN_FLIGHT = 4  # frames on their way back from the GPU; more would only wait
FIRST = 1001


@dataclass
class Choice:
    """What is recorded and where. container: ending of the movie. passes: as an EXR sequence. take:
    of a live source, all that frames were drawn from. folder: recordings go into folders of their
    own in it."""

    movie: bool = True
    take: bool = True
    codec: str = "h264"
    container: str = ENDINGS[0]
    passes: set[str] = field(default_factory=set)
    folder: Path = field(default_factory=lambda: Path.cwd() / "recordings")


class Recording:
    """The recording that is going on, if one is. choice: for the next one."""

    def __init__(self, messages: Messages) -> None:
        self.choice = Choice()
        self.folder: Path | None = None
        self.last: RecorderStatus | None = None
        self._messages = messages
        self._recorder: Recorder[DrawnFrame] | None = None
        self._waiting: deque[DrawnFrame] = deque()
        self._crowded = 0
        self._size = (0, 0)
        self._finishing: threading.Thread | None = None

    @property
    def on(self) -> bool:
        """Whether frames are being recorded."""
        return self._recorder is not None and self._finishing is None

    @property
    def finishing(self) -> bool:
        """Whether what was recorded is still being made into whole files."""
        return self._finishing is not None

    @property
    def passes(self) -> tuple[str, ...]:
        """The passes that a frame must have to be recorded now, besides what is shown."""
        if not self.on or not self.choice.passes:
            return ()
        return tuple(self.choice.passes)

    @property
    def views(self) -> tuple[str, ...]:
        """The display pictures that a frame must have to be recorded now."""
        return ("beauty",) if self.on and self.choice.movie else ()

    @property
    def status(self) -> RecorderStatus | None:
        """Of the recording that is going on, or of the last one."""
        return self._recorder.status if self._recorder is not None else self.last

    @property
    def crowded(self) -> int:
        """Frames that were not read back, because too many were on their way already."""
        return self._crowded

    def start(
        self,
        size: tuple[int, int],
        fps: float,
        take_writer: TakeWriterMaker | None = None,
        pixel_aspect: float = 1.0,
    ) -> None:
        """Record frames of this size (width, height) from now on; numbers advance at `fps`.
        take_writer: makes the take of a live source (`Session.take_writer`). pixel_aspect: width of
        a pixel over its height."""
        choice = self.choice
        if self._recorder is not None:
            self._messages.fail("the last recording is still being finished: wait a moment")
            return
        if not choice.movie and not choice.passes:
            self._messages.fail("nothing is chosen to be recorded: tick the movie or a pass")
            return
        folder = _fresh(choice.folder)
        sinks: list[Sink[DrawnFrame]] = []
        try:
            if choice.movie:
                movie = LiveMovie(
                    folder / f"beauty{choice.container}", size, fps, choice.codec, first=FIRST,
                    pixel_aspect=pixel_aspect,
                )  # fmt: skip
                sinks.append(MovieSink(movie))
            if choice.passes:
                folder.mkdir(parents=True, exist_ok=True)
                sinks.append(FilesSink(str(folder / "passes.####.exr"), save_frame))
            if choice.take and take_writer is not None:
                sinks.append(take_writer(folder / "take.rilievo", size, fps))
        except (RilievoError, OSError) as error:
            self._messages.fail(f"recording could not start: {error}")
            for sink in sinks:
                sink.close()
            return
        self.folder, self._crowded, self._size = folder, 0, size
        self._recorder = Recorder(sinks, fps, FIRST)
        self._messages.note(f"Recording into {folder}")

    def wants(self, size: tuple[int, int]) -> bool:
        """Whether the frame of `size` that is being drawn should be read back. A movie cannot
        change its size: if that does, the recording ends."""
        if not self.on:
            return False
        if size != self._size:
            self._messages.warn("the picture's size has changed, so the recording ends here")
            self.end()
            return False
        if len(self._waiting) < IN_FLIGHT:
            return True
        self._crowded += 1
        return False

    def take(self, frame: DrawnFrame) -> None:
        """A frame is on its way back."""
        self._waiting.append(frame)

    def source(self, there: bool) -> None:
        """Whether the source of a live recording is there: while it is gone, no frame is missed."""
        if self._recorder is not None:
            self._recorder.source(there)

    def work(self) -> None:
        """Hand over what has come back. Never waits."""
        if self._recorder is None:
            return
        while self._waiting and self._waiting[0].rendered.ready:
            self._offer()
        if self._finishing is not None:
            if not self._finishing.is_alive():
                self._said()
            return
        self._recorder.idle(time.monotonic())
        if self._recorder.status.problem:
            self._finish()

    @property
    def busy(self) -> bool:
        """Whether frames are still on their way back, or files are being finished."""
        return bool(self._waiting) or self.finishing

    def end(self) -> None:
        """Take no more frames; the files are finished beside the window, since making a long film
        an ordinary file takes its time. `work` says when that is done."""
        if not self.on:
            return
        while self._waiting:
            self._offer()
        self._finish()

    def stop(self) -> None:
        """The same, and wait for the files."""
        self.end()
        if self._finishing is not None:
            self._finishing.join()
            self._said()

    def _offer(self) -> None:
        assert self._recorder is not None
        frame = self._waiting.popleft()
        frame.rendered.wait()
        self._recorder.offer(frame.time, frame)

    def _finish(self) -> None:
        assert self._recorder is not None
        self._waiting.clear()
        # Not a daemon: a program that ends waits until the files are whole.
        self._finishing = threading.Thread(
            target=self._recorder.stop, args=(time.monotonic(),), name="finish recording"
        )
        self._finishing.start()

    def _said(self) -> None:
        """Say how the recording went, now that its files are finished."""
        assert self._recorder is not None
        self.last = self._recorder.status
        self._recorder = self._finishing = None
        for remark in self.last.remarks:
            self._messages.warn(remark)
        said = self._messages.fail if self.last.problem else self._messages.note
        said(f"{self.last.message.rstrip('.')}: {self.folder}")


def _fresh(folder: Path) -> Path:
    """A folder that is not there yet, named by the time."""
    name = datetime.now().astimezone().strftime("%Y-%m-%d_%H-%M-%S")
    found, number = folder / name, 2
    while found.exists():
        found, number = folder / f"{name}_{number}", number + 1
    return found
