"""Recording while the preview goes on: nothing waits, nothing is repeated, nothing is hidden."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, runtime_checkable

from engine.errors import RilievoError

Frame = TypeVar("Frame")
FrameIn = TypeVar("FrameIn", contravariant=True)

DEPTH = 8
"""Frames that may wait for each output."""
AHEAD = 1.0
"""Frames by which numbers may run ahead of the time."""
QUIET = 2.0
"""Seconds after which nothing is expected any more for a place in time: a film goes on there with
the picture that it has, so that it need not catch up later, when pictures come again."""


class Sink(Protocol[FrameIn]):
    """Where frames go: a movie, a sequence of files. `write` and `close` are called from one thread
    of the sink's own, or from `workers` of them where the order of frames does not matter. `str`
    of it is its name for people: the file."""

    @property
    def workers(self) -> int: ...

    def write(self, number: int, frame: FrameIn) -> None:
        """Write a frame. Raises OutputError; whatever it raises ends the recording."""
        ...

    def close(self) -> None:
        """Finish what was written. Raises OutputError."""
        ...

    @property
    def bytes(self) -> int:
        """Written so far."""
        ...


@runtime_checkable
class HoldingSink(Protocol):
    """A sink that has something for each place in time: where no frame came, it holds the last."""

    def hold(self, number: int) -> None:
        """Nothing comes any more for the numbers up to this one. Raises OutputError. Called from
        the sink's own thread."""
        ...

    @property
    def held(self) -> int:
        """Numbers for which it held a frame."""
        ...

    @property
    def remark(self) -> str:
        """Once it is closed: one sentence for people, or empty."""
        ...


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """recording: until all files are finished. written: frames that are in all outputs.
    dropped: numbers of frames that came but could not be written in time. missed: numbers for which
    none came though the source was there. away: numbers while it was not. surplus: frames that came
    faster than numbers advance, so that there was no number for them. seconds: from the first frame
    to the last. bytes: of all files. problem: why recording stopped by itself, one sentence; else
    empty. held: places in the film in which the frame before stands still, for no frame could be
    written there. remarks: on files that are not all they should be, one sentence each."""

    recording: bool
    written: int
    dropped: tuple[int, ...]
    missed: tuple[int, ...]
    seconds: float
    bytes: int
    problem: str = ""
    surplus: int = 0
    held: int = 0
    remarks: tuple[str, ...] = ()
    away: int = 0

    @property
    def message(self) -> str:
        """One line for people."""
        text = f"{self.written} frames, {self.seconds:.1f} s, {self.bytes / 1e6:.1f} MB"
        gaps = len(self.dropped) + len(self.missed)
        if gaps:
            text += f"; {len(self.dropped)} dropped, {len(self.missed)} missed"
        if self.surplus:
            text += f"{',' if gaps else ';'} {self.surplus} beyond the rate"
        if self.away:
            text += f"; the source was gone for {self.away} frames"
        if self.held:
            text += f"; {self.held} held in the film"
        return f"{self.problem} {text} were kept." if self.problem else text


class Recorder(Generic[Frame]):
    """Numbers frames by their time and hands them to its outputs, each in threads of its own.

    Frame numbers go on at `fps` from `first`, by the time since the first frame; so a number is a
    place in time, and what is missing is a gap in the numbers. Sources are not punctual: a frame
    may be a little early and still get a number of its own.
    """

    def __init__(
        self,
        sinks: Sequence[Sink[Frame]],
        fps: float,
        first: int = 1001,
        depth: int = DEPTH,
    ) -> None:
        """fps: frames a second at which numbers advance. depth: frames that may wait."""
        assert sinks, "a recording goes somewhere"
        assert fps > 0
        self._fps, self._first = fps, first
        self._outputs = [_Output(sink, depth, self._wrote, self._fail) for sink in sinks]
        self._start: float | None = None
        self._seconds = 0.0
        self._last = first - 1
        self._lock = threading.Lock()
        self._pending: dict[int, int] = {}  # number -> outputs that have not written it yet
        self._written = 0
        self._dropped: list[int] = []
        self._missed: list[int] = []
        self._away = 0
        self._source_there, self._was_gone = True, False
        self._surplus = 0
        self._problem = ""
        self._stopped = self._finished = False

    def offer(self, time: float, frame: Frame) -> int | None:
        """Record a frame of that time (seconds, of any clock that only goes on). Its number, or
        None if it was not taken: the outputs are behind, it is surplus, or recording has stopped.
        Never waits."""
        number = self._number(time)
        if number is None:
            return None
        if not self.has_room:
            self._dropped.append(number)
            return None
        with self._lock:
            self._pending[number] = len(self._outputs)
        for output in self._outputs:
            output.put(number, frame)
        return number

    def skip(self, time: float) -> None:
        """A frame of that time came, but was not even made ready, since there was no room."""
        number = self._number(time)
        if number is not None:
            self._dropped.append(number)

    def source(self, there: bool) -> None:
        """Whether the source of the frames is there. While it is gone, and until the first frame
        after that, what has no frame is not missed."""
        self._source_there = there
        self._was_gone = self._was_gone or not there

    def idle(self, time: float) -> None:
        """It is that time now, also where no frame comes: what is long due is held. Never waits."""
        number = self._due(time - QUIET)
        if number > self._last and not (self._problem or self._stopped):
            for output in self._outputs:
                output.hold(number)

    def _due(self, time: float) -> int:
        """The number that is due at a time; before the first frame, the one before it."""
        if self._start is None:
            return self._first - 1
        return self._first + int((time - self._start) * self._fps)

    def _number(self, time: float) -> int | None:
        if self._problem or self._stopped:
            return None
        if self._start is None:
            self._start = time
        self._seconds = max(self._seconds, time - self._start)
        due = self._first + (time - self._start) * self._fps
        number = max(self._last + 1, round(due))
        if number - due > AHEAD:
            self._surplus += 1
            return None
        if self._was_gone:
            self._away += number - self._last - 1
            self._was_gone = not self._source_there
        else:
            self._missed += range(self._last + 1, number)
        self._last = number
        return number

    @property
    def has_room(self) -> bool:
        """Whether a frame that is offered now would be taken."""
        return not (self._problem or self._stopped or any(o.is_full for o in self._outputs))

    @property
    def status(self) -> RecorderStatus:
        """As it stands now."""
        size = sum(output.bytes for output in self._outputs)  # may find a problem
        return RecorderStatus(
            recording=not (self._problem or self._finished),
            written=self._written,
            dropped=tuple(self._dropped),
            missed=tuple(self._missed),
            seconds=self._seconds,
            bytes=size,
            problem=self._problem,
            surplus=self._surplus,
            away=self._away,
            held=sum(output.held for output in self._outputs),
            remarks=tuple(output.remark for output in self._outputs if output.remark),
        )

    def stop(self, time: float | None = None) -> RecorderStatus:
        """Write what waits, finish the outputs, and say how it went. Waits for that. Whatever an
        output raises is in `problem`. time: it is now; where nothing has come for a while, films
        hold until then."""
        quiet = time is not None and self._due(time - QUIET) > self._last
        self._stopped = True
        for output in self._outputs:
            output.finish(self._due(time) if time is not None and quiet else None)
        self._dropped = sorted({*self._dropped, *self._pending})
        self._pending.clear()
        self._finished = True
        return self.status

    def _wrote(self, number: int) -> None:
        """Called from an output's thread."""
        with self._lock:
            self._pending[number] -= 1
            if not self._pending[number]:
                del self._pending[number]
                self._written += 1

    def _fail(self, sentence: str) -> None:
        """Called from an output's thread. The others write what they have and stop as well."""
        if not self._problem:
            self._problem = f"Recording stopped: {sentence}"


class _Output(Generic[Frame]):
    """A sink, its queue and its threads."""

    def __init__(
        self,
        sink: Sink[Frame],
        depth: int,
        wrote: Callable[[int], None],
        fail: Callable[[str], None],
    ) -> None:
        self.sink = sink
        self._holding = sink if isinstance(sink, HoldingSink) else None
        self._wrote, self._fail = wrote, fail
        self._broken = False
        self._closed = False
        self._bytes = 0
        # A number alone: up to it there is nothing to write, so the last frame is held.
        self._waiting: queue.Queue[tuple[int, Frame] | int | None] = queue.Queue(depth)
        self._threads = [
            threading.Thread(target=self._run, name=f"record {n}", daemon=True)
            for n in range(sink.workers)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def is_full(self) -> bool:
        return self._waiting.full()

    def put(self, number: int, frame: Frame) -> None:
        self._waiting.put_nowait((number, frame))

    def hold(self, number: int) -> None:
        """Of use only where nothing waits: it is not what makes an output fall behind."""
        if self._holding is not None and self._waiting.empty():
            self._waiting.put_nowait(number)

    @property
    def held(self) -> int:
        return 0 if self._holding is None else self._holding.held

    @property
    def remark(self) -> str:
        return "" if self._holding is None else self._holding.remark

    def finish(self, until: int | None) -> None:
        """until: number up to which films hold."""
        if self._closed:
            return
        self._closed = True
        if until is not None and self._holding is not None:
            self._waiting.put(until)
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()
        try:
            self.sink.close()
        except Exception as error:  # noqa: BLE001
            self._fail(_sentence(self.sink, error))

    @property
    def bytes(self) -> int:
        """Written so far; what was last known where the sink cannot tell (its folder is gone)."""
        try:
            self._bytes = self.sink.bytes
        except Exception as error:  # noqa: BLE001
            self._fail(_sentence(self.sink, error))
        return self._bytes

    def _run(self) -> None:
        while (item := self._waiting.get()) is not None:
            if self._broken:
                continue  # empties the queue, so that nobody who ends it waits
            try:
                self._work(item)
            # Whatever it is: a thread that died of it would leave `stop` waiting for ever.
            except Exception as error:  # noqa: BLE001
                self._broken = True
                self._fail(_sentence(self.sink, error))
            del item

    def _work(self, item: tuple[int, Frame] | int) -> None:
        if isinstance(item, int):
            assert self._holding is not None
            self._holding.hold(item)
            return
        number, frame = item
        self.sink.write(number, frame)
        self._wrote(number)


def _sentence(sink: Sink[Frame], error: Exception) -> str:
    """What a sink raised, as one sentence for people."""
    if isinstance(error, RilievoError):
        return str(error)
    detail = " ".join(str(error).split()).rstrip(".")
    kind = type(error).__name__
    return f"{sink} failed with {kind}{': ' if detail else ''}{detail}."
