"""Global Analysis of live pictures, held still."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from engine.errors import AnalysisError
from engine.media import DepthMap, Picture, Source, to_reduced_rgb8
from engine.scene import EvaluatedZMap
from models.depth.live import LiveDepth
from models.live_jobs import Job, LiveJobs
from models.live_result import LiveAnalysisStatus, LiveResult
from models.raw_depth import DepthNet


@dataclass
class _Depth(Job):
    """network: that it is to be made with, by name. strength: of the stabiliser."""

    network: str = ""
    strength: float = 0.0
    steady: LiveDepth = field(default_factory=LiveDepth)


class LiveGlobal(LiveJobs[_Depth]):
    """Answers at once with the newest depth for a map."""

    name = "depth"

    def __init__(
        self,
        sources: Callable[[int], Source | None],
        networks: Callable[[str], DepthNet],
        pixel_aspect: Callable[[int], float],
    ) -> None:
        """sources, pixel_aspect: see `LiveAnalyses`. networks: makes the network of a name."""
        super().__init__(sources)
        self._make, self._aspect = networks, pixel_aspect
        self._networks: dict[str, DepthNet] = {}

    # -- for callers, from any thread --

    def newest(self, z_map: EvaluatedZMap) -> LiveResult | None:
        """The newest result for a map, the same object until there is a newer one; None before the
        first."""
        index, frame = z_map.media.index, z_map.media.frame

        def make(now: float) -> _Depth:
            return _Depth(index, self._aspect(index), frame, now, network=z_map.network)

        with self.wake:
            job = self.ask((index, z_map.network), frame, make)
            job.strength = z_map.stabilise
            return job.newest

    def status(self, index: int | None = None) -> LiveAnalysisStatus | None:
        """How the analysis of a media (of any, if left out) stands; None where none was asked for
        of late."""
        job = self.asked_last(index)
        if job is None:
            return None
        now = time.monotonic()
        newest, problem = job.newest, self.fault or job.problem
        loading = getattr(self._networks.get(job.network), "loading", "")
        waiting = loading or ("waiting for a picture" if self.running else "paused")
        message = problem or (newest.result.message if newest is not None else waiting)
        if newest is not None and not self.running:
            message = f"paused; {message}"
        return LiveAnalysisStatus(
            self.running,
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

    def _title(self, name: str) -> str:
        network = self._networks.get(name)
        if network is None:
            return name
        try:
            return network.fingerprint.rpartition(" ")[0]
        except AnalysisError:
            return name

    # -- the thread --

    def _analysed(self, job: _Depth, picture: Picture) -> LiveResult:
        started = time.perf_counter()
        if job.network not in self._networks:
            self._networks[job.network] = self._make(job.network)
        depth, score = self._depth_of(job, picture)
        milliseconds = (time.perf_counter() - started) * 1000.0
        captured = picture.capture_time
        captured = time.monotonic() if captured is None else captured
        return LiveResult(depth, picture.frame, captured, milliseconds, score, 0)

    def _depth_of(self, job: _Depth, picture: Picture) -> tuple[DepthMap, float]:
        """The depth of a picture, and the mean of its confidence."""
        network = self._networks[job.network]
        rgb = np.ascontiguousarray(to_reduced_rgb8(picture))
        raw = network.inverse_depth(rgb, pixel_aspect=job.pixel_aspect)
        is_live = picture.capture_time is not None
        job.steady.strength = job.strength if is_live else 0.0
        steady = job.steady.update(raw, rgb)
        score = 0.0 if steady.confidence is None else float(steady.confidence.mean())
        message = f"depth of the whole picture by {self._title(job.network)}"
        return DepthMap(steady.values, steady.confidence, message), score
