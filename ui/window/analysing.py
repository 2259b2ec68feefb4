"""Analysis of documents beside the drawing: the picture never waits for the network."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from engine.errors import RilievoError
from engine.media import AnalysisResult, DepthMap, FaceAndDepth, FaceResult
from engine.scene import AnalysisType, EvaluatedZMap, Media, Scene
from models import Analyses, GivenUpError, LiveAnalysisStatus, Recent, step_back

Subject = tuple[Media, AnalysisType, Any]
"""What is analysed: the media, what for, and what else the result depends on."""
Key = tuple[Subject, int]
KEPT = 256 << 20  # bytes of results
FACE_BYTES = 220_000  # of a result with one face and its bust
NO_FACES = FaceResult((1, 1))
NO_DEPTH = DepthMap(np.full((1, 1), np.nan, np.float32), message="no depth")
NEITHER = FaceAndDepth(NO_FACES, NO_DEPTH)


class BackgroundAnalyses:
    """Answers for maps at once: with the frame's own result as soon as there is one, until then
    with the last one of the same map and media. Only the newest question is worked on.

    ready: called from another thread when a result has come. fail: called with a sentence, from
    another thread, when one cannot be had.
    """

    def __init__(
        self, scene: Scene, ready: Callable[[], None], fail: Callable[[str], None]
    ) -> None:
        self._analyses = Analyses(scene)  # whose document is that of the question at work
        self._scene = scene
        self._ready, self._fail = ready, fail
        self._pool = ThreadPoolExecutor(1, "analysis", initializer=step_back)
        self._lock = threading.Lock()
        self._results: Recent[Key, AnalysisResult] = Recent(KEPT)
        self._failed: set[Key] = set()
        self._last: dict[tuple[str, Media, AnalysisType], AnalysisResult] = {}  # of each map
        self._wanted: tuple[Key, EvaluatedZMap, int, Scene] | None = None
        self._work: Future[None] | None = None
        self._milliseconds = 0.0
        self._shown: AnalysisResult | None = None
        self._problem = ""
        self._running = True
        self.revision = 0

    @property
    def running(self) -> bool:
        """Whether new pictures are analysed."""
        return self._running

    @running.setter
    def running(self, wanted: bool) -> None:
        with self._lock:
            self._running = wanted
            self._failed.clear()  # another try
        self._ready()

    def take(self, scene: Scene) -> None:
        """Go on with an edited document; results of media that are the same stay."""
        self._scene = scene

    def look_again(self) -> None:
        """Another program has kept results on disk."""
        self.revision += 1

    def result(self, z_map: EvaluatedZMap, frame: int) -> AnalysisResult | None:
        """The result for a map, or its last one of the same media, or None before the first."""
        if z_map.analysis is AnalysisType.MEDIA:
            return None
        subject = self.subject(z_map)
        key = (subject, z_map.media.frame)
        place = (z_map.id, subject[0], z_map.analysis)
        with self._lock:
            found = self._results.get(key)
            if found is None and key in self._failed:
                found = _nothing(z_map)
            if found is None and self._running:
                self._wanted = (key, z_map, frame, self._scene)
                if self._work is None:
                    self._work = self._pool.submit(self._run)
                    self._work.add_done_callback(self._ended)
            self._shown = found or self._last.get(place)
            if found is not None:
                self._last[place] = found
            return self._shown

    def fresh(self, z_map: EvaluatedZMap, frame: int) -> bool:
        """Whether `result` answers with the result of this very frame of a map's media, or never
        will because that failed. Asks for it where it is not there yet."""
        self.result(z_map, frame)
        key = (self.subject(z_map), z_map.media.frame)
        with self._lock:
            return key in self._results or key in self._failed

    @property
    def messages(self) -> tuple[str, ...]:
        """What the user should know about how the networks run."""
        return self._analyses.notes

    def status(self, index: int | None = None) -> LiveAnalysisStatus:
        """How the analysis stands."""
        del index
        shown, work = self._shown, self._work
        busy = work is not None and not work.done()
        found, depth = _parts(shown)
        faces = found.faces if found is not None else ()
        score, network = max((face.score for face in faces), default=0.0), ""
        if depth is not None:
            network = depth.message.partition(" by ")[2]
            if found is None and depth.confidence is not None:
                score = float(depth.confidence.mean())
        message = self._problem or (shown.message if shown else "no result yet")
        if not self._running:
            message = f"paused; {message}"
        elif busy:
            message = f"{self._analyses.activity or 'analysing'}; {message}"
        return LiveAnalysisStatus(
            self._running, not self._problem, score, len(faces), self._milliseconds, 0.0, None,
            message, found.centimetres if found is not None else None, network,
            nothing_found=not (busy or self._problem) and found is not None and not faces,
        )  # fmt: skip

    def has(self, z_map: EvaluatedZMap, frame: int) -> bool:
        """Whether the result for a map at a frame of its media is there or kept on disk. Also from
        another thread; waits for nothing."""
        with self._lock:
            if (self.subject(z_map), frame) in self._results:
                return True
        return self._analyses.has(z_map, frame)

    def close(self) -> None:
        """Stop; waits for the picture that is being analysed."""
        with self._lock:
            self._wanted = None
        self._analyses.stop()
        self._pool.shutdown(wait=True)
        self._analyses.close()

    def subject(self, z_map: EvaluatedZMap) -> Subject:
        """What a map's results depend on, but for the frame."""
        media = self._scene.media[z_map.media.index]
        if z_map.analysis is AnalysisType.FACE:
            return media, z_map.analysis, (z_map.head_and_shoulders, z_map.regions)
        regions = z_map.regions if z_map.analysis.finds_faces else ()  # which faces count
        return media, z_map.analysis, (z_map.network, z_map.stabilise, regions)

    def _run(self) -> None:
        while True:
            with self._lock:
                wanted, self._wanted = self._wanted, None
                if wanted is None:
                    self._work = None
                    break
            key, z_map, frame, self._analyses.scene = wanted
            start = time.perf_counter()
            found: AnalysisResult | None = None
            problem = ""
            try:
                found = self._analyses.result(z_map, frame, lambda: self._wanted is not None)
            except GivenUpError:
                continue
            except RilievoError as error:
                problem = str(error)
                if problem != self._problem:
                    self._fail(problem)
            with self._lock:
                self._problem = problem
                self._milliseconds = (time.perf_counter() - start) * 1e3
                if found is None:
                    # Flat, and not tried again: the same picture would fail the same way.
                    self._failed.add(key)
                else:
                    self._results.put(key, found, _bytes(found))
                self.revision += 1
            self._ready()
        self._ready()

    def _ended(self, work: Future[None]) -> None:
        error = work.exception()
        if error is not None:
            traceback.print_exception(error)
            self._problem = "the analysis has stopped by a fault of its own: see the terminal"
            self._fail(self._problem)


def _nothing(z_map: EvaluatedZMap) -> AnalysisResult:
    if z_map.analysis is AnalysisType.FACE:
        return NO_FACES
    return NO_DEPTH if z_map.analysis is AnalysisType.GLOBAL else NEITHER


def _parts(result: AnalysisResult | None) -> tuple[FaceResult | None, DepthMap | None]:
    if isinstance(result, FaceAndDepth):
        return result.face, result.depth
    return (
        result if isinstance(result, FaceResult) else None,
        result if isinstance(result, DepthMap) else None,
    )


def _bytes(result: AnalysisResult) -> int:
    faces, depth = _parts(result)
    total = 0 if faces is None else FACE_BYTES * max(len(faces.faces), 1)
    if depth is not None:
        confidence = 0 if depth.confidence is None else depth.confidence.nbytes
        total += depth.values.nbytes + confidence
    return total
