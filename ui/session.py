"""A live session: the source, its analysis and the recording, each at its own pace.

The window draws when it likes. For each frame it calls `begin_frame`, which takes hold of the
newest picture; hands the renderer `sources` and the session itself as the one that answers for
analyses; and calls `end_frame` once the frame is submitted. Nothing here waits for a camera or a
network.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import msgspec

from engine.errors import MediaError, RilievoError
from engine.media import (
    AnalysisResult,
    LiveInput,
    LiveKind,
    LiveSource,
    LiveState,
    LiveStatistics,
    Picture,
    Source,
    SourceInfo,
)
from engine.media.clock import Rate
from engine.scene import (
    AnalysisType,
    EvaluatedFrame,
    EvaluatedZMap,
    Media,
    Scene,
    ZDepthMap,
    as_relief,
    new_media,
    new_scene,
)
from models import ANSWERS, LiveAnalyses, LiveAnalysisStatus, LiveResult
from passes import RenderedFrame
from ui.delay import Delay
from ui.drawn import DrawnFrame
from ui.take import TakeWriter

LIVE = 0
"""The media that is live: the first of the document's media list."""


@dataclass(frozen=True, slots=True)
class SessionStatistics:
    """source: how it stands. capture: of the source's thread. analysis: of the live media.
    shown: live pictures that were drawn. dropped: those that came but never were. drawn_rate:
    frames drawn a second; shown_rate: live pictures among them. picture_age, depth_age: seconds
    from when the picture and the one that the depth is from were taken to when the last frame was
    submitted; None where it had none."""

    source: LiveState
    capture: LiveStatistics
    analysis: LiveAnalysisStatus
    shown: int
    dropped: int
    drawn_rate: float
    shown_rate: float
    picture_age: float | None
    depth_age: float | None


DRAWS = 7
"""Frames drawn with each depth where the processor draws, too: a new one makes the next frame cost
half as much again, so one for each picture would make all of them late."""
PAIRED = 0.1
"""Seconds for which a result waits to be drawn with the next picture, where the processor draws:
a drawing of its own would make that picture late."""


class Held(Source):
    """The picture that one frame is drawn from, also if a newer one comes meanwhile."""

    def __init__(self, source: LiveSource) -> None:
        self.source = source
        self.picture: Picture | None = None

    @property
    def info(self) -> SourceInfo:
        return self.source.info

    def frame(self, t: int) -> Picture:
        """The picture held, whatever `t` is. Raises MediaError while there is none."""
        if self.picture is None:
            raise MediaError(self.source.state.reason or "no picture has come yet.")
        return self.picture

    def close(self) -> None:
        """Let go of the picture. The source stays open."""
        self.picture = None


class Session:
    """Owns a live source and its analysis. All methods are for the thread that draws."""

    def __init__(
        self,
        wanted: LiveInput,
        *,
        provider: str = "auto",
        software: bool = False,
        smoothing: float = 0.5,
        draws: int | None = None,
    ) -> None:
        """wanted: see `live_input`. software: the graphics adapter is the processor. Then
        pictures come as RGB from the capture thread, which is quicker there, a new depth waits for
        the next picture, and it is new for every seventh frame only. draws: frames drawn with each
        depth before there is a newer one, 0 to analyse pictures as fast as can be; seven or one, as
        the adapter is, if left out. Nothing is waited for."""
        self._software = software
        self.source = LiveSource(wanted, quick_rgb=software)
        self._held = Held(self.source)
        self._next = Held(self.source)  # what is analysed while pictures wait for their depth
        self._pixel_aspect = 1.0
        self._uses = (DRAWS if software else 1) if draws is None else draws
        self.analyses = LiveAnalyses(
            self._analysed,
            provider,
            smoothing=smoothing,
            uses=self._uses,
            pixel_aspect=lambda _: self._pixel_aspect,
        )
        self.results: dict[str, LiveResult] = {}
        """What the last frame was drawn with: the result for each map, by its id."""
        self._drawn, self._showing = Rate(), Rate()
        self._shown = 0
        self._drawn_picture: Picture | None = None
        self._revision = self._drawn_revision = 0
        self._drawn_at = 0.0
        self._captured_before = 0
        self._take: TakeWriter | None = None
        self._delay = Delay(lambda z_map: self.analyses.newest(z_map))
        self._delayed = False
        self._asked: dict[str, EvaluatedZMap] = {}  # maps that this frame is drawn with
        self.analysed: frozenset[str] = frozenset()
        """Maps whose analysis the last frame was drawn with, whether there is one yet or not."""
        self._ages: tuple[float | None, float | None] = None, None

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # -- for the renderer --

    def sources(self, index: int) -> Source | None:
        """The live media's picture for this frame; None for media that are files."""
        return self._held if index == LIVE else None

    def result(self, z_map: EvaluatedZMap, frame: int) -> AnalysisResult | None:
        """The newest result for a map, never waited for."""
        del frame
        self._asked[z_map.id] = z_map
        newest = self.analyses.newest(z_map)
        if self._waits:
            newest = self._delay.results.get(z_map.id)
            if newest is not None and type(newest.result) is not ANSWERS.get(z_map.analysis):
                newest = None  # of the analysis that the map had before
        if newest is None:
            self.results.pop(z_map.id, None)
            return None
        self.results[z_map.id] = newest
        return newest.result

    # -- for the window, in this order each frame --

    def begin_frame(self) -> bool:
        """Take hold of the newest picture; whether there is anything that was not drawn yet: a new
        picture or a new result. False before the first picture."""
        self._asked.clear()
        picture = self.source.latest()
        self._revision = self.analyses.revision
        if self._delayed:
            fresh = self._begin_delayed(picture)
            if fresh is not None:
                return fresh
        if picture is not None:
            self._held.picture = self._next.picture = picture
        if self._held.picture is None:
            return False
        if self._held.picture is not self._drawn_picture:
            return True
        waits = self._software and time.monotonic() - self._drawn_at < PAIRED
        return self._revision != self._drawn_revision and not waits

    def _begin_delayed(self, picture: Picture | None) -> bool | None:
        """The same where pictures wait for their depth; None where there is none to wait for."""
        if not self._waits:
            self._delay.begin({})
            return None
        shown = self._delay.next(picture, self._held.picture)
        self._next.picture = self._delay.looked_at
        if shown is not None:
            self._held.picture = shown
        return shown is not None

    @property
    def delayed(self) -> bool:
        """Whether pictures are shown only with the depth that was made of them, later."""
        return self._delayed

    @delayed.setter
    def delayed(self, wanted: bool) -> None:
        if wanted != self._delayed:
            self._delay.begin(self.results)
            self._next.picture = self._held.picture
            self._delayed = wanted
            # Each picture is waited for: nothing is gained by looking at them less often.
            self.analyses.uses = 0 if wanted else self._uses

    @property
    def _waits(self) -> bool:
        """Whether there is a depth to wait for. Where the analysis is paused or fails, pictures go
        on without."""
        if not self._delayed or not self._delay.waits:
            return False
        status = self.analyses.status(LIVE)
        return status.running and status.working

    @property
    def delay_note(self) -> str:
        """What the delay does now, in words; empty where it is not wanted."""
        if not self._delayed:
            return ""
        if not self._delay.waits:
            return "not delayed: nothing here is analysed"
        if not self._waits:
            return f"not delayed: {self.analyses.status(LIVE).message}"
        age, rate = self._ages[0], self._showing.per_second(time.monotonic())
        if age is None or not self._delay.results:
            return "waiting for the first depth"
        return f"delayed to depth by {1e3 * age:.0f} ms, {rate:.1f} pictures / s"

    def end_frame(self) -> None:
        """The frame was submitted: count it, and note how old what it shows is."""
        now = time.monotonic()
        self._drawn.add(now)
        self._drawn_at = now
        self._drawn_revision = self._revision
        # A map that is gone, or has no analysis any more, is not drawn with its last result.
        self.analysed = frozenset(self._asked)
        live = {id: z_map for id, z_map in self._asked.items() if z_map.media.index == LIVE}
        self._delay.drawn_with(live)
        self.results = {name: r for name, r in self.results.items() if name in self._asked}
        picture = self._held.picture
        if picture is not None and picture is not self._drawn_picture:
            self._drawn_picture = picture
            self._shown += 1
            self._showing.add(now)
        captured = picture.capture_time if picture is not None else None
        depth = min((result.captured for result in self.results.values()), default=None)
        self._ages = (
            None if captured is None else now - captured,
            None if depth is None else now - depth,
        )

    @property
    def picture(self) -> Picture | None:
        """The picture that this frame is drawn from."""
        return self._held.picture

    @property
    def statistics(self) -> SessionStatistics:
        """As it stands now."""
        capture = self.source.statistics
        now = time.monotonic()
        waiting = self.source.latest() is not self._drawn_picture
        return SessionStatistics(
            source=self.source.state,
            capture=capture,
            analysis=self.analyses.status(LIVE),
            shown=self._shown,
            dropped=max(0, self._captured_before + capture.captured - self._shown - waiting),
            drawn_rate=self._drawn.per_second(now),
            shown_rate=self._showing.per_second(now),
            picture_age=self._ages[0],
            depth_age=self._ages[1],
        )

    def change_source(self, wanted: LiveInput) -> None:
        """Go on with another camera or stream. The last picture stays until the first of the new
        one comes. Raises RilievoError while a take is recorded: it is of one source."""
        if self._take is not None and not self._take.closed:
            raise RilievoError(
                f"the source stays {self.source.wanted.name} while its take is recorded; stop the"
                " recording first"
            )
        self._captured_before += self.source.statistics.captured
        self.source.close()
        self.source = LiveSource(wanted, quick_rgb=self._software)
        self._held.source = self._next.source = self.source
        self._delay.forget()

    def close(self) -> None:
        """Stop all threads. Takes at most a second for the source, and as long as the analysis
        that is running."""
        self.source.close()
        self.analyses.close()
        self._held.close()
        self._next.close()

    # -- recording --

    def drawn(self, rendered: RenderedFrame, scene: Scene, evaluated: EvaluatedFrame) -> DrawnFrame:
        """The frame that is being drawn, for a `Recorder`: with the picture and the results that it
        is drawn from. To be called before the next `begin_frame`."""
        picture = self._held.picture
        captured = picture.capture_time if picture is not None else None
        now = time.monotonic()
        return DrawnFrame(
            rendered,
            now if captured is None else captured,
            scene,
            evaluated,
            picture,
            dict(self.results),
            time.time() - now,
        )

    def take_writer(self, path: Path, size: tuple[int, int], fps: float) -> TakeWriter:
        """An output that keeps all that frames are drawn from. path: ends in .rilievo. size: of the
        frames, (width, height). Raises OutputError."""
        wanted = self.source.wanted
        file = wanted.address if wanted.kind is LiveKind.FILE else None
        self._take = TakeWriter(path, fps, size, LIVE, file)
        return self._take

    # -- documents --

    def new_scene(self, picture: Picture) -> Scene:
        """A document for the source: its picture on a surface, extruded by Face Analysis, lit."""
        scene = new_scene(self.media(picture), analysis=AnalysisType.FACE, name="live")
        for node in scene.nodes:
            if isinstance(node, ZDepthMap):
                scene = as_relief(scene, node.id)
        return scene

    def placed_in(self, scene: Scene, picture: Picture) -> Scene:
        """A document with the live source as its first media, in place of what was there."""
        return scene.with_settings(media=(self.media(picture), *scene.media[1:]))

    def media(self, picture: Picture) -> Media:
        """The media list's entry for the source, from a picture of it."""
        wanted = self.source.wanted
        info = self.source.info
        self._pixel_aspect = info.pixel_aspect
        media = new_media(
            wanted.text,
            picture.size,
            kind="video",
            first=0,
            last=info.last,
            fps=info.fps,
            pixel_aspect=info.pixel_aspect,
            name=wanted.name,
        )
        return msgspec.structs.replace(media, path=wanted.text)

    def _analysed(self, index: int) -> Source | None:
        if index != LIVE:
            return None
        return self._next if self._delayed else self.source
