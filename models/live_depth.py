"""Global Analysis of live pictures: in a thread of its own, newest picture first, held still."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engine.errors import AnalysisError, MediaError
from engine.media import DepthMap, LiveSource, Picture, Source, to_display_rgb8, to_reduced_rgb8
from engine.media.clock import Rate
from engine.scene import EvaluatedZMap
from models.depth.live import LiveDepth
from models.live_result import LiveAnalysisStatus, LiveResult
from models.looking import Regions, looked_at, placed_back, scaled
from models.priority import step_back
from models.raw_depth import DepthNet

F32 = npt.NDArray[np.float32]
UNUSED = 2.0
"""Seconds after which a map that is no longer drawn is no longer analysed."""
RETRY = 2.0
"""Seconds after which a network that could not be had is asked for again: it may be there now."""
_IDLE = 0.02  # seconds between looks for something to do

Key = tuple[int, str, Regions]


@dataclass
class _Job:
    """A media, the network for it, and where in it to look."""

    index: int
    network: str
    regions: Regions
    strength: float
    pixel_aspect: float
    frame: int
    asked: float
    steady: LiveDepth = field(default_factory=LiveDepth)
    last: Picture | None = None
    newest: LiveResult | None = None
    problem: str = ""
    tried: float = -RETRY
    rate: Rate = field(default_factory=Rate)


class LiveGlobal:
    """Answers at once with the newest depth for a map; pictures are analysed in a thread, which
    starts with the first question."""

    def __init__(
        self,
        sources: Callable[[int], Source | None],
        networks: Callable[[str], DepthNet],
        pixel_aspect: Callable[[int], float],
    ) -> None:
        """sources, pixel_aspect: see `LiveAnalyses`. networks: makes the network of a name."""
        self._sources, self._make, self._aspect = sources, networks, pixel_aspect
        self._networks: dict[str, DepthNet] = {}
        self._running = True
        self.revision = 0
        """Grows with every new result."""
        self._jobs: dict[Key, _Job] = {}
        self._wake = threading.Condition()
        self._closing = False
        self._thread: threading.Thread | None = None

    # -- for callers, from any thread --

    def newest(self, z_map: EvaluatedZMap) -> LiveResult | None:
        """The newest result for a map, the same object until there is a newer one; None before the
        first."""
        now = time.monotonic()
        key = (z_map.media.index, z_map.network, z_map.regions)
        with self._wake:
            job = self._jobs.get(key)
            if job is None:
                aspect = self._aspect(z_map.media.index)
                job = _Job(*key, z_map.stabilise, aspect, z_map.media.frame, now)
                self._hand_over(job)
                self._jobs[key] = job
                self._start()
                self._wake.notify_all()
            job.asked, job.frame, job.strength = now, z_map.media.frame, z_map.stabilise
            return job.newest

    @property
    def running(self) -> bool:
        """Whether new pictures are analysed. While paused the last results stay."""
        return self._running

    @running.setter
    def running(self, wanted: bool) -> None:
        with self._wake:
            self._running = wanted
            for job in self._jobs.values():
                job.tried = -RETRY  # another try
            self._wake.notify_all()

    def status(self, index: int | None = None) -> LiveAnalysisStatus | None:
        """How the analysis of a media (of any, if left out) stands; None where none was asked for
        of late."""
        with self._wake:
            jobs = [job for job in self._jobs.values() if index in (None, job.index)]
        job = max(jobs, key=lambda job: job.asked, default=None)
        if job is None:
            return None
        now = time.monotonic()
        newest, problem = job.newest, job.problem
        if self._thread is not None and not self._thread.is_alive() and not self._closing:
            problem = "the analysis has stopped by a fault of its own: see the terminal"
        loading = getattr(self._networks.get(job.network), "loading", "")
        waiting = loading or ("waiting for a picture" if self._running else "paused")
        message = problem or (newest.result.message if newest is not None else waiting)
        if newest is not None and not self._running:
            message = f"paused; {message}"
        return LiveAnalysisStatus(
            self._running,
            not problem,
            newest.score if newest is not None else 0.0,
            0,
            newest.milliseconds if newest is not None else 0.0,
            job.rate.per_second(now),
            now - newest.captured if newest is not None else None,
            message,
            network=self._title(job.network),
            flicker=(job.steady.flicker.raw, job.steady.flicker.stabilised),
        )

    @property
    def messages(self) -> tuple[str, ...]:
        """What the user should know about how the networks run."""
        networks = list(self._networks.values())
        return tuple(text for network in networks for text in network.messages)

    def close(self) -> None:
        """Stop; waits for the analysis that runs."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join(5.0)
        with self._wake:
            self._jobs.clear()

    def _title(self, name: str) -> str:
        network = self._networks.get(name)
        if network is None:
            return name
        try:
            return network.fingerprint.rpartition(" ")[0]
        except AnalysisError:
            return name

    # -- the thread --

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="depth", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        step_back()  # before the networks are loaded, so that their threads do too
        while True:
            with self._wake:
                if self._closing:
                    return
                now = time.monotonic()
                for key, job in list(self._jobs.items()):
                    if now - job.asked > UNUSED:
                        del self._jobs[key]
                jobs = sorted(
                    self._jobs.values(), key=lambda j: j.newest.captured if j.newest else 0
                )
                if not jobs or not self._running:
                    self._wake.wait(0.5)
                    continue
            worked = [self._work(job) for job in jobs]
            if not any(worked):
                self._await_picture(jobs[0])

    def _hand_over(self, job: _Job) -> None:
        """A region that is being drawn changes with every picture: show what was there."""
        before = [other for other in self._jobs.values() if other.index == job.index]
        if before:
            job.newest = max(before, key=lambda other: other.asked).newest

    def _await_picture(self, job: _Job) -> None:
        source = self._sources(job.index)
        if isinstance(source, LiveSource) and not job.problem:
            source.newer_than(job.last, 0.1)
        else:
            time.sleep(_IDLE)

    def _work(self, job: _Job) -> bool:
        """Analyse the job's newest picture; whether there was a new one."""
        source = self._sources(job.index)
        if source is None or time.monotonic() - job.tried < RETRY:
            return False
        try:
            picture = source.latest() if isinstance(source, LiveSource) else source.frame(job.frame)
        except MediaError as error:
            job.problem = str(error)
            return False
        if picture is None or picture is job.last:
            return False
        started = time.perf_counter()
        try:
            if job.network not in self._networks:
                self._networks[job.network] = self._make(job.network)
            depth, score = self._analysed(job, picture)
        except AnalysisError as error:
            job.problem, job.tried = str(error), time.monotonic()
            return False
        job.last = picture
        milliseconds = (time.perf_counter() - started) * 1000.0
        captured = picture.capture_time
        captured = time.monotonic() if captured is None else captured
        job.newest = LiveResult(depth, picture.frame, captured, milliseconds, score, 0)
        job.problem = ""
        self.revision += 1
        job.rate.add(time.monotonic())
        return True

    def _analysed(self, job: _Job, picture: Picture) -> tuple[DepthMap, float]:
        """The depth of a picture, and the mean of its confidence."""
        box = looked_at(job.regions, picture.size)
        if box is None:
            raise AnalysisError("the region of interest lies outside the picture")
        network = self._networks[job.network]
        reduced = to_reduced_rgb8(picture)
        whole = box == (0, 0, *picture.size)
        # A small part of a large picture is looked at in all its pixels.
        rgb = reduced if whole else to_display_rgb8(picture)
        part = None if whole else scaled(box, picture.size, rgb)
        raw = network.inverse_depth(rgb, part, pixel_aspect=job.pixel_aspect)
        left, top, right, bottom = scaled(box, picture.size, reduced)
        guide = np.ascontiguousarray(reduced[top:bottom, left:right])
        is_live = picture.capture_time is not None
        job.steady.strength = job.strength if is_live else 0.0
        steady = job.steady.update(raw, guide)
        values = placed_back(steady.values, box, picture.size)
        confidence, score = steady.confidence, 0.0
        if confidence is not None:
            score = float(confidence.mean())
            confidence = placed_back(confidence, box, picture.size, 0.0)
        message = f"depth of the whole picture by {self._title(job.network)}"
        return DepthMap(values, confidence, message), score
