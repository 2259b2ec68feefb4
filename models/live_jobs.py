"""What live analyses have in common: a thread of its own, newest picture first, nobody waits."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from engine.errors import AnalysisError, MediaError
from engine.media import LiveSource, Picture, Source
from engine.media.clock import Rate
from models.live_result import LiveResult
from models.priority import step_back

UNUSED = 2.0
"""Seconds after which a map that is no longer drawn is no longer analysed."""
RETRY = 2.0
"""Seconds after which what could not be analysed is tried again."""
_IDLE = 0.02  # seconds between looks for something to do

STOPPED = "the analysis has stopped by a fault of its own: see the terminal"


@dataclass
class Job:
    """A media. frame: of media that are not live. asked: when its result was last wanted. last: the
    picture that was analysed last. problem: why there is nothing newer."""

    index: int
    pixel_aspect: float
    frame: int
    asked: float
    last: Picture | None = None
    newest: LiveResult | None = None
    problem: str = ""
    tried: float = -RETRY
    rate: Rate = field(default_factory=Rate)


J = TypeVar("J", bound=Job)


class LiveJobs(ABC, Generic[J]):
    """Analyses the newest picture of each media that is asked about, again and again.

    The thread starts with the first question. `wake` guards `jobs`.
    """

    name: str
    """Of the thread."""

    def __init__(self, sources: Callable[[int], Source | None]) -> None:
        """sources: the open media for an index into `Scene.media` (from 0), or None where it is not
        there now."""
        self.wake = threading.Condition()
        self.jobs: dict[Hashable, J] = {}
        self.revision = 0
        """Grows with every new result."""
        self._sources = sources
        self._running = True
        self._closing = False
        self._thread: threading.Thread | None = None

    @abstractmethod
    def _analysed(self, job: J, picture: Picture) -> LiveResult:
        """The result for a picture. Raises AnalysisError."""

    def _is_due(self, job: J) -> bool:
        """Whether anybody waits for a newer result."""
        del job
        return True

    # -- for callers, from any thread --

    def ask(self, key: Hashable, frame: int, make: Callable[[float], J]) -> J:
        """The job of a key, made by `make(now)` where there is none. Call it with `wake` held."""
        now = time.monotonic()
        job = self.jobs.get(key)
        if job is None:
            job = make(now)
            # A region that is being drawn changes with every picture: go on from what was there.
            before = [other for other in self.jobs.values() if other.index == job.index]
            if before:
                job.newest = max(before, key=lambda other: other.asked).newest
            self.jobs[key] = job
            self._start()
            self.wake.notify_all()
        job.asked, job.frame = now, frame
        return job

    @property
    def running(self) -> bool:
        """Whether new pictures are analysed. While paused the last results stay."""
        return self._running

    @running.setter
    def running(self, wanted: bool) -> None:
        with self.wake:
            self._running = wanted
            for job in self.jobs.values():
                job.tried = -RETRY  # another try
            self.wake.notify_all()

    def asked_last(self, index: int | None) -> J | None:
        """The job of a media (of any, if None) that was asked about last."""
        with self.wake:
            jobs = [job for job in self.jobs.values() if index in (None, job.index)]
        return max(jobs, key=lambda job: job.asked, default=None)

    @property
    def fault(self) -> str:
        """What is said when the thread has ended by itself; "" otherwise."""
        ended = self._thread is not None and not self._thread.is_alive() and not self._closing
        return STOPPED if ended else ""

    @property
    def failures(self) -> tuple[str, ...]:
        """Why analyses failed that are tried again."""
        with self.wake:
            jobs = list(self.jobs.values())
        return tuple(dict.fromkeys(job.problem for job in jobs if job.tried > 0 and job.problem))

    def close(self) -> None:
        """Stop; waits for the analysis that runs."""
        with self.wake:
            self._closing = True
            self.wake.notify_all()
        if self._thread is not None:
            self._thread.join(5.0)
        with self.wake:
            self.jobs.clear()

    # -- the thread --

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
            self._thread.start()

    def _run(self) -> None:
        step_back()  # before the networks are loaded, so that their threads do too
        while True:
            with self.wake:
                if self._closing:
                    return
                now = time.monotonic()
                for key, job in list(self.jobs.items()):
                    if now - job.asked > UNUSED:
                        del self.jobs[key]
                jobs = sorted(
                    self.jobs.values(), key=lambda j: j.newest.captured if j.newest else 0
                )
                if not jobs or not self._running:
                    self.wake.wait(0.5)
                    continue
            worked = [self._work(job) for job in jobs]
            if not any(worked):
                self._rest(jobs)

    def _rest(self, jobs: list[J]) -> None:
        """Wait for a picture, or for somebody who wants a newer result."""
        with self.wake:
            if not self._closing and not any(self._is_due(job) for job in jobs):
                self.wake.wait(0.1)
                return
        source = self._sources(jobs[0].index) if len(jobs) == 1 else None
        if isinstance(source, LiveSource) and not jobs[0].problem:
            source.newer_than(jobs[0].last, 0.1)
        else:
            time.sleep(_IDLE)

    def _work(self, job: J) -> bool:
        """Analyse the job's newest picture; whether there was a new one."""
        source = self._sources(job.index)
        if source is None or time.monotonic() - job.tried < RETRY or not self._is_due(job):
            return False
        try:
            picture = source.latest() if isinstance(source, LiveSource) else source.frame(job.frame)
        except MediaError as error:
            job.problem = str(error)
            return False
        if picture is None or picture is job.last:
            return False
        job.last = picture  # before, because a caller may ask for it once more meanwhile
        try:
            job.newest = self._analysed(job, picture)
        except AnalysisError as error:
            job.problem, job.tried, job.last = str(error), time.monotonic(), None
            return False
        job.problem = ""
        self.revision += 1
        job.rate.add(time.monotonic())
        return True
