"""Analysis of live pictures: in a thread of its own, newest picture first, nobody waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import cv2
import numpy as np
import numpy.typing as npt

from engine.errors import AnalysisError, MediaError
from engine.media import (
    AnalysisResult,
    FaceMesh,
    FaceResult,
    LiveSource,
    Picture,
    Source,
    to_reduced_rgb8,
)
from engine.media.clock import Rate
from engine.scene import AnalysisType, EvaluatedRegion, EvaluatedZMap
from models.face import FaceAnalysis
from models.live_depth import LiveGlobal
from models.live_result import Joined, LiveAnalysisStatus, LiveResult
from models.looking import Regions, looked_at
from models.priority import step_back
from models.raw_depth import DepthNet
from models.smoothing import FaceTracks
from models.steadiness import network_for

UNUSED = 2.0
"""Seconds after which a map that is no longer drawn is no longer analysed."""
SEARCH = 0.5
"""Seconds after which new faces are looked for besides those that are followed."""
_IDLE = 0.02  # seconds between looks for something to do


@dataclass
class _Job:
    """A media, and where in it to look."""

    index: int
    regions: Regions
    pixel_aspect: float
    frame: int
    asked: float
    tracks: FaceTracks
    bust: bool = False
    last: Picture | None = None
    newest: LiveResult | None = None
    uses: int = 0  # since the newest result
    seen: tuple[FaceMesh, ...] = ()  # as they came, in pixels of the part that was looked at
    part: tuple[int, ...] = ()  # that part: its place in the picture and its size
    searched: float = 0.0
    problem: str = ""
    rate: Rate = field(default_factory=Rate)


class LiveAnalyses:
    """Answers at once with the newest result for a map; pictures are analysed in a thread.

    What is analysed is what was asked for: each `result` names a map and the media it is about.
    """

    def __init__(
        self,
        sources: Callable[[int], Source | None],
        provider: str = "auto",
        *,
        smoothing: float = 0.5,
        uses: int = 1,
        pixel_aspect: Callable[[int], float] = lambda _: 1.0,
        networks: Callable[[str], DepthNet] | None = None,
    ) -> None:
        """sources: the open media for an index into `Scene.media` (from 0), or None where it is not
        there now; of a `LiveSource` the newest picture is analysed, of another the frame that the
        map shows. smoothing: see `FaceTracks.strength`. uses: how often a result is asked for
        before there is a newer one, so that nothing is analysed that nobody sees; more of them
        leave more of the processor to whoever draws. pixel_aspect: of that media. networks:
        makes the network for Global Analysis that has a name."""
        self._sources = sources
        self._pixel_aspect = pixel_aspect
        self._face = FaceAnalysis(provider, thorough=False)
        self._depth = LiveGlobal(sources, networks or network_for(provider), pixel_aspect)
        self._both = Joined()
        self._smoothing = smoothing
        self._uses = uses
        self._running = True
        self._problem = ""
        self._revision = 0
        self._jobs: dict[tuple[int, Regions], _Job] = {}
        self._wake = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="analysis", daemon=True)
        self._thread.start()

    # -- for callers, from any thread --

    def result(self, z_map: EvaluatedZMap, frame: int) -> AnalysisResult | None:
        """The newest result for a map, the same object until there is a newer one; None before the
        first, and for a map that comes from its media."""
        found = self.newest(z_map)
        return None if found is None else found.result

    def newest(self, z_map: EvaluatedZMap) -> LiveResult | None:
        """The same with what is known of it."""
        if z_map.analysis is AnalysisType.FACE:
            return self._newest_faces(z_map)
        if z_map.analysis is AnalysisType.GLOBAL:
            return self._depth.newest(z_map)
        if z_map.analysis is AnalysisType.FACE_GLOBAL:
            return self._both.of(z_map.id, self._newest_faces(z_map), self._depth.newest(z_map))
        return None

    def _newest_faces(self, z_map: EvaluatedZMap) -> LiveResult | None:
        now = time.monotonic()
        key = (z_map.media.index, z_map.regions)
        with self._wake:
            job = self._jobs.get(key)
            if job is None:
                tracks = FaceTracks(self._smoothing)
                aspect = self._pixel_aspect(z_map.media.index)
                job = _Job(*key, aspect, z_map.media.frame, now, tracks)
                self._hand_over(job)
                self._jobs[key] = job
                self._wake.notify_all()
            job.asked, job.frame = now, z_map.media.frame
            job.uses += 1
            if z_map.head_and_shoulders and not job.bust:
                job.bust, job.last = True, None  # once more, also where the picture stands still
                job.uses = self._uses
            if job.uses == self._uses:
                self._wake.notify_all()
            return job.newest

    @property
    def revision(self) -> int:
        """Grows with every new result."""
        return self._revision + self._depth.revision

    @property
    def running(self) -> bool:
        """Whether new pictures are analysed. While paused the last results stay."""
        return self._running

    @running.setter
    def running(self, wanted: bool) -> None:
        with self._wake:
            self._running = self._depth.running = wanted
            self._problem = ""  # another try
            self._wake.notify_all()

    @property
    def smoothing(self) -> float:
        """0 not at all, 0.5 by default, 1 most."""
        return self._smoothing

    @smoothing.setter
    def smoothing(self, strength: float) -> None:
        self._smoothing = min(max(strength, 0.0), 1.0)
        with self._wake:
            for job in self._jobs.values():
                job.tracks.strength = self._smoothing

    def status(self, index: int | None = None) -> LiveAnalysisStatus:
        """How the analysis of a media (an index from 0; of any, if left out) stands."""
        with self._wake:
            jobs = [job for job in self._jobs.values() if index in (None, job.index)]
        depth = self._depth.status(index)
        if depth is not None and (not jobs or not depth.working):
            return depth
        job = max(jobs, key=lambda job: job.asked, default=None)
        newest = job.newest if job is not None else None
        problem = self._problem or (job.problem if job is not None else "")
        if not self._thread.is_alive() and not self._closing:
            problem = "the analysis has stopped by a fault of its own: see the terminal"
        if job is None or newest is None:
            message = problem or ("waiting for a picture" if self._running else "paused")
            return LiveAnalysisStatus(self._running, not problem, 0.0, 0, 0.0, 0.0, None, message)
        now = time.monotonic()
        message = problem or newest.result.message
        if not problem and newest.lost:
            message = "face lost: the last one is held, then sinks to flat"
        return LiveAnalysisStatus(
            self._running,
            not problem,
            newest.score,
            len(newest.result.faces) if isinstance(newest.result, FaceResult) else 0,
            newest.milliseconds,
            job.rate.per_second(now),
            now - newest.captured,
            message if self._running else f"paused; {message}",
            newest.result.centimetres if isinstance(newest.result, FaceResult) else None,
            depth.network if depth is not None else "",
            depth.flicker if depth is not None else None,
        )

    @property
    def messages(self) -> tuple[str, ...]:
        """What the user should know about how the networks run."""
        return (
            *self._face.messages,
            *self._depth.messages,
            *([self._problem] if self._problem else []),
        )

    def close(self) -> None:
        """Stop; waits for the analysis that runs."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        self._depth.close()
        self._thread.join(5.0)
        with self._wake:
            self._jobs.clear()

    # -- the thread --

    def _run(self) -> None:
        step_back()  # before the networks are loaded, so that their threads do too
        while True:
            with self._wake:
                if self._closing:
                    return
                self._forget(time.monotonic())
                jobs = sorted(
                    self._jobs.values(), key=lambda j: j.newest.captured if j.newest else 0
                )
                if not jobs or not self._running or self._problem:
                    self._wake.wait(0.5)
                    continue
            worked = [self._work(job) for job in jobs]
            if not any(worked):
                self._await_picture(jobs)

    def _forget(self, now: float) -> None:
        for key, job in list(self._jobs.items()):
            if now - job.asked > UNUSED:
                del self._jobs[key]

    def _hand_over(self, job: _Job) -> None:
        """A region that is being drawn changes with every picture: go on from what was there."""
        before = [other for other in self._jobs.values() if other.index == job.index]
        if before:
            job.newest = max(before, key=lambda other: other.asked).newest

    def _await_picture(self, jobs: Sequence[_Job]) -> None:
        with self._wake:
            if not self._closing and all(not self._is_due(job) for job in jobs):
                self._wake.wait(0.1)
                return
        source = self._source(jobs[0]) if len(jobs) == 1 else None
        if isinstance(source, LiveSource):
            source.newer_than(jobs[0].last, 0.1)
        else:
            time.sleep(_IDLE)

    def _is_due(self, job: _Job) -> bool:
        return job.newest is None or job.uses >= self._uses

    def _source(self, job: _Job) -> Source | None:
        return self._sources(job.index)

    def _work(self, job: _Job) -> bool:
        """Analyse the job's newest picture; whether there was a new one."""
        source = self._source(job)
        if source is None or not self._is_due(job):
            return False
        try:
            picture = source.latest() if isinstance(source, LiveSource) else source.frame(job.frame)
        except MediaError as error:
            job.problem = str(error)
            return False
        if picture is None or picture is job.last:
            return False
        job.last = picture
        started = time.perf_counter()
        try:
            found = self._analyse(picture, job)
        except AnalysisError as error:
            self._problem = str(error)
            return True
        milliseconds = (time.perf_counter() - started) * 1000.0
        captured = picture.capture_time
        finish = partial(self._face.with_bust, pixel_aspect=job.pixel_aspect)
        if captured is None:  # a still or a file: nothing to smooth
            faces = tuple(finish(face) for face in found.faces) if job.bust else found.faces
            shown, lost, captured = FaceResult(found.size, faces), 0, time.monotonic()
        else:
            shown = job.tracks.update(found, captured, *([finish] if job.bust else []))
            lost = job.tracks.lost
        score = max((face.score for face in found.faces), default=0.0)
        job.uses = 0
        job.newest = LiveResult(shown, picture.frame, captured, milliseconds, score, lost)
        job.problem = ""
        self._revision += 1
        job.rate.add(time.monotonic())
        return True

    def _analyse(self, picture: Picture, job: _Job) -> FaceResult:
        width, height = picture.size
        box = looked_at(job.regions, picture.size)
        if box is None:
            return FaceResult(picture.size)
        rgb = to_reduced_rgb8(picture)
        scale = width / rgb.shape[1], height / rgb.shape[0]
        left, top = int(box[0] / scale[0]), int(box[1] / scale[1])
        right, bottom = int(np.ceil(box[2] / scale[0])), int(np.ceil(box[3] / scale[1]))
        part = np.ascontiguousarray(rgb[top:bottom, left:right])
        found = self._follow(part, (left, top), job)
        faces = tuple(_placed(face, (left, top), scale) for face in found.faces)
        return FaceResult(
            picture.size, tuple(f for f in faces if is_inside(f, job.regions, picture.size))
        )

    def _follow(self, part: npt.NDArray[np.uint8], place: tuple[int, int], job: _Job) -> FaceResult:
        """The faces in a part of a picture; those of the picture before are followed."""
        now, looked_at = time.monotonic(), (*place, *part.shape)
        if looked_at != job.part:
            job.seen, job.part = (), looked_at
        search = not job.seen or now - job.searched > SEARCH
        found = self._face.analyse(part, job.pixel_aspect, seen=job.seen, search=search)
        job.seen = found.faces
        job.searched = now if search else job.searched
        return found


def is_inside(face: FaceMesh, regions: Regions, size: tuple[int, int]) -> bool:
    """Whether the middle of a face is in an included region (if there is any) and in no excluded
    one."""
    rim = face.points[face.rim, :2]
    middle = (rim.min(0) + rim.max(0)) / 2
    x, y = float(middle[0] / size[0]), float(middle[1] / size[1])

    def holds(region: EvaluatedRegion) -> bool:
        polygon = np.array(region.points, np.float32).reshape(-1, 1, 2)
        return cv2.pointPolygonTest(polygon, (x, y), False) >= 0

    if any(holds(region) for region in regions if region.exclude):
        return False
    included = [region for region in regions if not region.exclude]
    return not included or any(holds(region) for region in included)


def _placed(face: FaceMesh, origin: tuple[int, int], scale: tuple[float, float]) -> FaceMesh:
    """From pixels of the part that was looked at to those of the picture. z goes with y."""
    shift = np.array([*origin, 0.0], np.float32)
    factors = np.array([scale[0], scale[1], scale[1]], np.float32)
    size = None if face.scale is None else face.scale * scale[1]
    return replace(face, points=((face.points + shift) * factors).astype(np.float32), scale=size)
