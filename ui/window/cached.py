"""Which frames of the document can be shown without reading a picture or running a network."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from engine.errors import RilievoError
from engine.scene import AnalysisType, EvaluatedFrame, EvaluatedZMap, Scene, media_frame

PAUSE = 0.5  # seconds between looks at the disk, which come for each result while it is analysed
MOST = 20_000  # frames from the first one on that are looked at
Frames = frozenset[int]


class Analysed(Protocol):
    """What `BackgroundAnalyses` answers."""

    def subject(self, z_map: EvaluatedZMap) -> Any: ...

    def has(self, z_map: EvaluatedZMap, frame: int) -> bool: ...


class CachedPictures:
    """held: answers the frames of a media, by its index, that are in memory."""

    def __init__(self, held: Callable[[int], Frames]) -> None:
        self._held = held
        self._key: Any = None
        self._frames: Frames = frozenset()

    def frames(self, scene: Scene) -> Frames:
        """Frames of the document whose moving pictures are all in memory; none if nothing moves."""
        moving = [i for i, media in enumerate(scene.media) if media.last > media.first]
        held = [self._held(index) for index in moving]
        key = (scene.media, scene.first, scene.last, scene.fps, held)
        if key != self._key:
            self._key = key
            # Of a media that no node shows nothing is ever read.
            read = [(scene.media[i], kept) for i, kept in zip(moving, held, strict=True) if kept]
            self._frames = frozenset(
                frame
                for frame in _range(scene)
                if read and all(media_frame(m, frame, scene.fps) in kept for m, kept in read)
            )
        return self._frames


class CachedAnalyses:
    """Looks for kept results in a thread of its own: there may be thousands, on a slow disk.

    wake: called from that thread when it has found something new.
    """

    def __init__(self, analyses: Analysed, wake: Callable[[], None]) -> None:
        self._analyses, self._wake = analyses, wake
        self._asked: Any = None
        self._subjects: Any = None
        self._frames: Frames = frozenset()
        self._work: Callable[[], None] | None = None
        self._wanted = threading.Condition()
        self._closing = False
        self._thread: threading.Thread | None = None

    def frames(self, scene: Scene, drawn: EvaluatedFrame | None, revision: int) -> Frames:
        """Frames of the document that have a result for each map that is analysed, as far as is
        known by now. drawn: a frame of it. revision: changes when there are new results."""
        maps = [] if drawn is None else _analysed(drawn)
        subjects = [self._analyses.subject(z_map) for z_map in maps]
        subjects = (subjects, scene.first, scene.last, scene.fps)
        if subjects != self._subjects:
            self._subjects, self._frames = subjects, frozenset()
        if (subjects, revision) != self._asked:
            self._asked = subjects, revision
            if maps:
                self._ask(lambda: self._look(scene, maps, subjects))
        return self._frames

    def close(self) -> None:
        """Stop looking."""
        with self._wanted:
            self._closing = True
            self._wanted.notify()
        if self._thread is not None:
            self._thread.join()

    def _ask(self, work: Callable[[], None]) -> None:
        with self._wanted:
            self._work = work
            self._wanted.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="cached frames", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._wanted:
                self._wanted.wait_for(lambda: self._work is not None or self._closing)
                work, self._work = self._work, None
            if self._closing:
                return
            assert work is not None
            work()
            with self._wanted:
                self._wanted.wait_for(lambda: self._closing, PAUSE)

    def _look(self, scene: Scene, maps: Sequence[EvaluatedZMap], subjects: Any) -> None:
        known = self._frames
        found = set(known)
        for frame in _range(scene):
            if self._closing or subjects != self._subjects:
                return
            if frame not in known and all(self._has(scene, z_map, frame) for z_map in maps):
                found.add(frame)
        if found != known and subjects == self._subjects:
            self._frames = frozenset(found)
            self._wake()

    def _has(self, scene: Scene, z_map: EvaluatedZMap, frame: int) -> bool:
        try:
            media = scene.media[z_map.media.index]
            return self._analyses.has(z_map, media_frame(media, frame, scene.fps))
        except (RilievoError, IndexError):  # a network that is missing, a media list that changed
            return False


def _range(scene: Scene) -> range:
    return range(scene.first, min(scene.last, scene.first + MOST - 1) + 1)


def _analysed(drawn: EvaluatedFrame) -> list[EvaluatedZMap]:
    maps = [shown.z_map for shown in (*drawn.surfaces, *drawn.geometries)]
    return [m for m in maps if m is not None and m.analysis is not AnalysisType.MEDIA]
