"""Pictures as they happen: a camera, a stream, the screen, or a file played in real time."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import av
from av.container import InputContainer
from av.error import ExitError, FFmpegError, InvalidDataError

from engine.errors import MediaError
from engine.media.clock import Backlog, Pace, Rate, capture_time
from engine.media.colour import WorkingSpace, working_space
from engine.media.inputs import (
    HopelessError,
    LiveInput,
    LiveKind,
    open_input,
    pinned,
    video_stream,
)
from engine.media.picture import Picture, Source, SourceInfo
from engine.media.planes import picture_of

STALLED = 1.0
"""Seconds without a picture after which a source counts as lost, though nothing has failed."""
FIRST_WAIT, LONGEST_WAIT = 0.25, 2.0
"""Seconds before a lost source is tried again: doubled each time."""
BEHIND = 0.15
"""Seconds by which a stream may fall behind before pictures are left out to catch up."""
_SEEN_AT_LEAST = 0.25  # seconds: how often a picture is shown while catching up
_CLOSING = 0.7  # seconds that `close` waits for a read that hangs
_BAD_IN_A_ROW = 250  # packets that cannot be decoded before the stream counts as broken


class LiveCondition(StrEnum):
    CONNECTING = "connecting"
    RUNNING = "running"
    LOST = "lost"  # it is tried again
    ENDED = "ended"  # it is not


@dataclass(frozen=True, slots=True)
class LiveState:
    """reason: one sentence for people on why it is not running; empty where it is."""

    condition: LiveCondition
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LiveStatistics:
    """captured: pictures that came. dropped: those of them that nobody took before the next one
    came, that came too late to be played, or that could not be decoded. fps: pictures a second,
    over the last two seconds. reconnected: times it was lost and came back."""

    captured: int = 0
    dropped: int = 0
    fps: float = 0.0
    reconnected: int = 0


class LiveSource(Source):
    """A source whose pictures come by themselves, in a thread of its own.

    Only the newest picture is kept, so memory is bounded: that one and those that callers hold.
    `Picture.capture_time` says when each was taken, on `time.monotonic`; `Picture.frame` counts the
    pictures from 0 (of a file it is its frame number, also in later rounds). What is lost is opened
    again, for ever, with pauses of up to two seconds. No method waits for the source itself.
    """

    def __init__(
        self,
        wanted: LiveInput,
        *,
        quick_rgb: bool = False,
        working: WorkingSpace | None = None,
    ) -> None:
        """quick_rgb: see `picture_of`."""
        self.wanted = self._target = wanted
        self._quick_rgb = quick_rgb
        self._working = working or working_space()
        self._fresh = threading.Condition()
        self._closing = threading.Event()
        self._picture: Picture | None = None
        self._taken = True
        self._state = LiveState(LiveCondition.CONNECTING, f"waiting for {wanted.name}.")
        self._info: SourceInfo | None = None
        self._rate = Rate()
        self._captured = self._dropped = self._reconnected = 0
        self._number = 0
        self._last_came = 0.0
        self._connected_before = False
        self._thread = threading.Thread(
            target=self._run, name=f"capture {wanted.name}", daemon=True
        )
        self._thread.start()

    # -- for callers, from any thread --

    @property
    def info(self) -> SourceInfo:
        """Name, size and rate of the newest picture. Raises MediaError before there is one."""
        if self._info is None:
            raise MediaError(self.state.reason or f"{self.wanted.name} has sent no picture yet.")
        return self._info

    @property
    def state(self) -> LiveState:
        """How it stands now."""
        state = self._state
        if state.condition is not LiveCondition.ENDED and not self._thread.is_alive():
            reason = f"{self.wanted.name} was given up by a fault of Rilievo's: see the terminal."
            return LiveState(LiveCondition.ENDED, reason)
        if state.condition is LiveCondition.RUNNING:
            silent = time.monotonic() - self._last_came
            if silent > self._patience():
                return LiveState(
                    LiveCondition.LOST,
                    f"{self.wanted.name} has sent no picture for {silent:.0f} s.",
                )
        return state

    @property
    def statistics(self) -> LiveStatistics:
        return LiveStatistics(
            self._captured,
            self._dropped,
            self._rate.per_second(time.monotonic()),
            self._reconnected,
        )

    def latest(self) -> Picture | None:
        """The newest picture, or None before the first. The last one stays when it is lost."""
        self._taken = True
        return self._picture

    def newer_than(self, picture: Picture | None, timeout: float) -> Picture | None:
        """A picture other than `picture`: at once if there is one, else the next that comes within
        `timeout` seconds; None if none does."""
        with self._fresh:
            self._fresh.wait_for(
                lambda: self._picture is not picture or self._closing.is_set(), timeout
            )
            if self._picture is picture:
                return None
            self._taken = True
            return self._picture

    def wait(self, timeout: float) -> Picture:
        """The newest picture, the first one waited for. Raises MediaError that says why none came
        in `timeout` seconds, at once where none ever will."""
        end = time.monotonic() + timeout
        with self._fresh:
            while self._picture is None:
                left = end - time.monotonic()
                if left <= 0 or self._state.condition is LiveCondition.ENDED:
                    reason = self._state.reason
                    raise MediaError(reason or f"{self.wanted.name} has sent no picture.")
                self._fresh.wait(left)
            self._taken = True
            return self._picture

    def frame(self, t: int) -> Picture:
        """The newest picture, whatever `t` is. Raises MediaError before the first one."""
        picture = self.latest()
        if picture is None:
            raise MediaError(self.state.reason or f"{self.wanted.name} has sent no picture yet.")
        return picture

    def close(self) -> None:
        """Stop. Returns within a second also where the source hangs; its thread then ends with
        the read that it hangs in."""
        self._closing.set()
        with self._fresh:
            self._fresh.notify_all()
        if threading.current_thread() is not self._thread:
            self._thread.join(_CLOSING)
        self._picture = None
        self._set(LiveCondition.ENDED, f"{self.wanted.name} was closed.")

    # -- the thread --

    def _run(self) -> None:
        wait = FIRST_WAIT
        while not self._closing.is_set():
            came = self._captured
            try:
                self._connect_and_read()
                self._set(LiveCondition.ENDED, f"{self.wanted.name} has come to its end.")
                return
            except HopelessError as error:
                self._set(LiveCondition.ENDED, str(error))
                return
            except MediaError as error:
                self._set(LiveCondition.LOST, str(error))
            wait = FIRST_WAIT if self._captured > came else min(2 * wait, LONGEST_WAIT)
            self._closing.wait(wait)

    def _connect_and_read(self) -> None:
        """Until a file ends. Raises MediaError when the source breaks."""
        self._target = pinned(self._target)
        container = open_input(self._target)
        played = self.wanted.kind in (LiveKind.FILE, LiveKind.PATTERN)
        pace = Pace() if played else None
        try:
            while not self._closing.is_set():
                self._read(container, pace)
                if self.wanted.kind in (LiveKind.CAMERA, LiveKind.SCREEN, LiveKind.STREAM):
                    raise MediaError(f"{self.wanted.name} has stopped sending.")
                if not self.wanted.loop:
                    return
                container.close()
                # Opened again, which brings every kind of file exactly to its first frame.
                container = open_input(self._target)
                if pace is not None:
                    pace.next_round()
        finally:
            container.close()

    def _read(self, container: InputContainer, pace: Pace | None) -> None:
        """All pictures of an open container, in the order in which they are shown."""
        stream = video_stream(self.wanted, container)
        centred = stream.codec_context.name in ("mjpeg", "jpegls")
        tick = stream.time_base
        backlog = Backlog()
        number = 0
        for frame, arrived in self._decoded(container, stream):
            if self._closing.is_set():
                return
            stamp = float(frame.pts * tick) if frame.pts is not None and tick else None
            if pace is not None and stamp is not None:
                due = pace.due(stamp, time.monotonic())
                if self._closing.wait(max(0.0, due - time.monotonic())):
                    return
                taken = time.monotonic()
                if taken - due > 0.2:  # too slow a machine: better skip than lag
                    self._captured += 1
                    self._dropped += 1
                    number += 1
                    continue
            else:
                taken = capture_time(stamp, arrived)
                if self._catches_up(backlog, stamp, stream):
                    continue
            t = number if self.wanted.kind is LiveKind.FILE else self._number
            number += 1
            self._number += 1
            picture = picture_of(
                frame, t, self._working, centred_chroma=centred, quick_rgb=self._quick_rgb
            )
            self._check_size(picture)
            self._publish(replace(picture, capture_time=taken), stream)

    def _catches_up(self, backlog: Backlog, stamp: float | None, stream: av.VideoStream) -> bool:
        """Whether to leave a picture of a stream out, because this machine cannot keep up."""
        if stamp is None or self.wanted.kind is not LiveKind.STREAM:
            return False
        now = time.monotonic()
        behind = backlog.behind(stamp, now)
        # Pictures that no other one needs are not even decoded.
        stream.codec_context.skip_frame = "NONREF" if behind > 2 * BEHIND else "DEFAULT"
        if behind <= BEHIND or now - self._last_came > _SEEN_AT_LEAST:
            return False
        self._number += 1
        self._captured += 1
        self._dropped += 1
        return True

    def _decoded(
        self, container: InputContainer, stream: av.VideoStream
    ) -> Iterator[tuple[av.VideoFrame, float]]:
        """Frames, each with when the packet that it is from came."""
        came: deque[tuple[int, float]] = deque(maxlen=32)
        bad = 0
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except FFmpegError as error:
                raise self._broken(error) from error
            arrived = time.monotonic()
            if packet.pts is not None:
                came.append((packet.pts, arrived))
            try:
                frames = packet.decode()
                bad = 0
            except InvalidDataError as error:  # a lost part of a stream
                bad += 1
                self._dropped += 1
                if bad > _BAD_IN_A_ROW or self.wanted.kind is LiveKind.FILE:
                    raise self._broken(error) from error
                continue
            except FFmpegError as error:
                raise self._broken(error) from error
            for frame in frames:
                assert isinstance(frame, av.VideoFrame)
                yield frame, next((at for pts, at in came if pts == frame.pts), arrived)

    def _broken(self, error: FFmpegError) -> MediaError:
        name = self.wanted.name
        if isinstance(error, ExitError):
            return MediaError(f"{name} has stopped sending.")
        text = " ".join(str(error.strerror or error).split()).rstrip(".")
        if self.wanted.kind is LiveKind.FILE:
            return HopelessError(f"{self.wanted.address} cannot be read to its end: {text}.")
        return MediaError(f"{name} was lost: {text}.")

    def _check_size(self, picture: Picture) -> None:
        asked = self.wanted.size
        if asked is None or self.wanted.kind is not LiveKind.CAMERA or picture.size == asked:
            return
        have, want = f"{picture.size[0]} x {picture.size[1]}", f"{asked[0]} x {asked[1]}"
        raise HopelessError(f"{self.wanted.name} gives {have}, not {want}: ask for that size.")

    def _publish(self, picture: Picture, stream: av.VideoStream) -> None:
        if self._info is None or self._info.size != picture.size:
            self._info = self._described(picture, stream)
        now = time.monotonic()
        if self._state.condition is not LiveCondition.RUNNING:
            if self._connected_before:
                self._reconnected += 1
            self._connected_before = True
        with self._fresh:
            if self._closing.is_set():
                return
            self._captured += 1
            self._dropped += not self._taken
            self._taken = False
            self._picture = picture
            self._last_came = now
            self._rate.add(now)
            self._state = LiveState(LiveCondition.RUNNING)
            self._fresh.notify_all()

    def _described(self, picture: Picture, stream: av.VideoStream) -> SourceInfo:
        rate = stream.average_rate or stream.guessed_rate
        aspect = float(stream.sample_aspect_ratio or 1) or 1.0
        known = stream.frames if self.wanted.kind is LiveKind.FILE else 0
        return SourceInfo(
            name=self.wanted.name,
            path=self.wanted.text,
            size=picture.size,
            first=0,
            last=max(known - 1, 0),
            fps=float(rate) if rate else None,
            kind="video",
            pixel_aspect=aspect,
        )

    def _patience(self) -> float:
        fps = self._info.fps if self._info is not None else None
        return max(STALLED, 5.0 / fps) if fps else STALLED

    def _set(self, condition: LiveCondition, reason: str) -> None:
        with self._fresh:
            self._state = LiveState(condition, reason)
            self._fresh.notify_all()
