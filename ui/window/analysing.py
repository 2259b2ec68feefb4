"""Analysis of documents beside the drawing: the picture never waits for the network."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from engine.errors import RilievoError
from engine.media import AnalysisResult, FaceResult
from engine.scene import AnalysisType, EvaluatedZMap, Media, Scene
from models import Analyses, LiveAnalysisStatus, step_back

Key = tuple[Media, int, bool]
KEPT = 512  # results; the oldest are given up


class BackgroundAnalyses:
    """Answers for maps at once: with the frame's own result as soon as there is one, until then
    with the last one of the same media. Only the newest question is worked on.

    ready: called from another thread when a result has come. fail: called with a sentence, from
    another thread, when one cannot be had.
    """

    def __init__(
        self, scene: Scene, ready: Callable[[], None], fail: Callable[[str], None]
    ) -> None:
        self._analyses = Analyses(scene)
        self._ready, self._fail = ready, fail
        self._pool = ThreadPoolExecutor(1, "analysis", initializer=step_back)
        self._lock = threading.Lock()
        self._results: dict[Key, FaceResult] = {}
        self._last: dict[Media, FaceResult] = {}
        self._wanted: tuple[Key, EvaluatedZMap, int] | None = None
        self._work: Future[None] | None = None
        self._milliseconds = 0.0
        self._shown: FaceResult | None = None
        self._problem = ""
        self._running = True
        self.revision = 0

    @property
    def running(self) -> bool:
        """Whether new pictures are analysed."""
        return self._running

    @running.setter
    def running(self, wanted: bool) -> None:
        self._running = wanted
        self._ready()

    def take(self, scene: Scene) -> None:
        """Go on with an edited document; results of media that are the same stay."""
        self._analyses.scene = scene

    def result(self, z_map: EvaluatedZMap, frame: int) -> AnalysisResult | None:
        """The result for a map, or the last one of its media, or None before the first."""
        if z_map.analysis is AnalysisType.MEDIA:
            return None
        media = self._analyses.scene.media[z_map.media.index]
        key = (media, z_map.media.frame, z_map.head_and_shoulders)
        with self._lock:
            found = self._results.get(key)
            if found is None and self._running:
                self._wanted = (key, z_map, frame)
                if self._work is None:
                    self._work = self._pool.submit(self._run)
            self._shown = found or self._last.get(media)
            if found is not None:
                self._last[media] = found
            return self._shown

    def status(self, index: int | None = None) -> LiveAnalysisStatus:
        """How the analysis stands."""
        del index
        shown, busy = self._shown, self._work is not None
        score = max((face.score for face in shown.faces), default=0.0) if shown else 0.0
        message = self._problem or (shown.message if shown else "no result yet")
        if not self._running:
            message = f"paused; {message}"
        elif busy:
            message = f"analysing; {message}"
        return LiveAnalysisStatus(
            self._running, not self._problem, score, len(shown.faces) if shown else 0,
            self._milliseconds, 0.0, None, message, shown.centimetres if shown else None,
        )  # fmt: skip

    def close(self) -> None:
        """Stop; waits for the picture that is being analysed."""
        with self._lock:
            self._wanted = None
        self._pool.shutdown(wait=True)
        self._analyses.close()

    def _run(self) -> None:
        while True:
            with self._lock:
                wanted, self._wanted = self._wanted, None
                if wanted is None:
                    self._work = None
                    break
            key, z_map, frame = wanted
            start = time.perf_counter()
            try:
                found = self._analyses.result(z_map, frame)
                self._problem = ""
            except RilievoError as error:
                # Flat, and not tried again: the same picture would fail the same way.
                found, self._problem = FaceResult((1, 1)), str(error)
                self._fail(str(error))
            assert isinstance(found, FaceResult)
            with self._lock:
                self._milliseconds = (time.perf_counter() - start) * 1e3
                self._results[key] = found
                if len(self._results) > KEPT:
                    del self._results[next(iter(self._results))]
                self.revision += 1
            self._ready()
        self._ready()
