"""Face Analysis of live pictures: followed from picture to picture, and smoothed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from engine.media import FaceMesh, FaceResult, Picture, Source, to_reduced_rgb8
from engine.scene import EvaluatedZMap
from models.face import FINEST, FaceAnalysis
from models.live_jobs import Job, LiveJobs
from models.live_result import LiveAnalysisStatus, LiveResult
from models.looking import Regions, is_inside, looked_at
from models.smoothing import FaceTracks

SEARCH = 0.5
"""Seconds after which new faces are looked for besides those that are followed."""

SMALL = 320
"""Rows of a live picture up to which one level of subdivision is enough: the points of a face as
high as the picture are 5 pixels apart then, and 8 with two levels at 1080 rows. A face and its bust
have a quarter of the triangles."""


@dataclass
class _Faces(Job):
    """regions: which faces count. uses: how often the newest result was asked for. seen: the faces
    as they came, in pixels of the part that was looked at; part: its place in the picture and its
    size."""

    regions: Regions = ()
    tracks: FaceTracks = field(default_factory=FaceTracks)
    bust: bool = False
    uses: int = 0
    seen: tuple[FaceMesh, ...] = ()
    part: tuple[int, ...] = ()
    searched: float = 0.0


class LiveFaces(LiveJobs[_Faces]):
    """Answers at once with the newest faces for a map."""

    name = "analysis"

    def __init__(
        self,
        sources: Callable[[int], Source | None],
        pixel_aspect: Callable[[int], float],
        provider: str,
        smoothing: float,
        uses: int,
    ) -> None:
        """See `LiveAnalyses`."""
        super().__init__(sources)
        self._pixel_aspect = pixel_aspect
        self._face = FaceAnalysis(provider, thorough=False)
        self._smoothing = smoothing
        self.uses = uses

    # -- for callers, from any thread --

    def newest(self, z_map: EvaluatedZMap) -> LiveResult | None:
        """The newest result for a map, the same object until there is a newer one; None before the
        first."""
        index, regions = z_map.media.index, z_map.regions

        def make(now: float) -> _Faces:
            aspect, frame = self._pixel_aspect(index), z_map.media.frame
            tracks = FaceTracks(self._smoothing)
            return _Faces(index, aspect, frame, now, regions=regions, tracks=tracks)

        with self.wake:
            job = self.ask((index, regions), z_map.media.frame, make)
            job.uses += 1
            if z_map.head_and_shoulders and not job.bust:
                job.bust, job.last = True, None  # once more, also where the picture stands still
                job.uses = self.uses
            if job.uses == self.uses:
                self.wake.notify_all()
            return job.newest

    @property
    def smoothing(self) -> float:
        """0 not at all, 0.5 by default, 1 most."""
        return self._smoothing

    @smoothing.setter
    def smoothing(self, strength: float) -> None:
        self._smoothing = min(max(strength, 0.0), 1.0)
        with self.wake:
            for job in self.jobs.values():
                job.tracks.strength = self._smoothing

    def status(self, index: int | None = None) -> LiveAnalysisStatus:
        """How the analysis of a media (an index from 0; of any, if left out) stands."""
        job = self.asked_last(index)
        newest = job.newest if job is not None else None
        problem = self.fault or (job.problem if job is not None else "")
        if job is None or newest is None:
            message = problem or ("waiting for a picture" if self.running else "paused")
            return LiveAnalysisStatus(self.running, not problem, 0.0, 0, 0.0, 0.0, None, message)
        now, faces = time.monotonic(), newest.result
        assert isinstance(faces, FaceResult)
        message = problem or faces.message
        if not problem and newest.lost:
            message = "face lost: the last one is held, then sinks to flat"
        return LiveAnalysisStatus(
            self.running,
            not problem,
            newest.score,
            len(faces.faces),
            newest.milliseconds,
            job.rate.per_second(now),
            now - newest.captured,
            message if self.running else f"paused; {message}",
            faces.centimetres,
            nothing_found=not (problem or newest.lost or faces.faces),
        )

    @property
    def messages(self) -> tuple[str, ...]:
        """What the user should know about how the networks run."""
        return (*self._face.messages, *self.failures)

    # -- the thread --

    def _is_due(self, job: _Faces) -> bool:
        return job.newest is None or job.uses >= self.uses

    def _analysed(self, job: _Faces, picture: Picture) -> LiveResult:
        started = time.perf_counter()
        found = self._found(picture, job)
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
        return LiveResult(shown, picture.frame, captured, milliseconds, score, lost)

    def _found(self, picture: Picture, job: _Faces) -> FaceResult:
        width, height = picture.size
        box = looked_at(job.regions, picture.size)
        if box is None:
            return FaceResult(picture.size)
        rgb = to_reduced_rgb8(picture)
        scale = width / rgb.shape[1], height / rgb.shape[0]
        left, top = int(box[0] / scale[0]), int(box[1] / scale[1])
        right, bottom = int(np.ceil(box[2] / scale[0])), int(np.ceil(box[3] / scale[1]))
        part = np.ascontiguousarray(rgb[top:bottom, left:right])
        small = picture.capture_time is not None and height <= SMALL
        found = self._follow(part, (left, top), job, FINEST - 1 if small else FINEST)
        faces = tuple(_placed(face, (left, top), scale) for face in found.faces)
        return FaceResult(
            picture.size, tuple(f for f in faces if is_inside(f, job.regions, picture.size))
        )

    def _follow(
        self, part: npt.NDArray[np.uint8], place: tuple[int, int], job: _Faces, detail: int
    ) -> FaceResult:
        """The faces in a part of a picture; those of the picture before are followed."""
        now, looked_at = time.monotonic(), (*place, *part.shape)
        if looked_at != job.part:
            job.seen, job.part = (), looked_at
        search = not job.seen or now - job.searched > SEARCH
        found = self._face.analyse(
            part, job.pixel_aspect, seen=job.seen, search=search, detail=detail
        )
        job.seen = found.faces
        job.searched = now if search else job.searched
        return found


def _placed(face: FaceMesh, origin: tuple[int, int], scale: tuple[float, float]) -> FaceMesh:
    """From pixels of the part that was looked at to those of the picture. z goes with y."""
    shift = np.array([*origin, 0.0], np.float32)
    factors = np.array([scale[0], scale[1], scale[1]], np.float32)
    size = None if face.scale is None else face.scale * scale[1]
    return replace(face, points=((face.points + shift) * factors).astype(np.float32), scale=size)
