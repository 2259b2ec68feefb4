"""Live sources that always have the next picture: how fast things go, not how fast pictures come.

Each picture stays the newest until every thread that is to have it took it, so that none is left
out, and the next one is made meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import av

from engine.media import AnalysisResult, LiveInput, LiveKind, LiveSource, Picture
from engine.scene import EvaluatedZMap
from models import LiveResult
from ui.session import Session

ANALYSIS = "analysis"  # the name of the thread of `LiveAnalyses`


class Endless(LiveSource):
    """Decodes a file as fast as it is taken.

    takers: names of the threads that each picture waits for. The file's time stamps are of no
    account; it must be longer than it is watched.
    """

    def __init__(self, path: Path, *takers: str, quick_rgb: bool) -> None:
        self._takers = frozenset(takers)
        self._owed: set[str] = set()
        self._gate = threading.Condition()
        # As a stream: a file would be played in its own time.
        super().__init__(LiveInput(LiveKind.STREAM, str(path)), quick_rgb=quick_rgb)

    def latest(self) -> Picture | None:
        with self._gate:
            picture = super().latest()
            if picture is not None:
                self._owed.discard(threading.current_thread().name)
                self._gate.notify_all()
            return picture

    def close(self) -> None:
        self._closing.set()
        with self._gate:
            self._gate.notify_all()
        super().close()

    def _publish(self, picture: Picture, stream: av.VideoStream) -> None:
        with self._gate:
            self._gate.wait_for(lambda: not self._owed or self._closing.is_set())
            super()._publish(picture, stream)
            self._owed = set(self._takers)


class Kept(Endless):
    """The same of pictures that are there already: what nothing is spent on decoding."""

    def __init__(self, path: Path, pictures: Sequence[Picture], *takers: str) -> None:
        self._pictures = pictures
        super().__init__(path, *takers, quick_rgb=False)

    def _connect_and_read(self) -> None:
        with av.open(self.wanted.address) as container:
            (stream,) = container.streams.video
            number = 0
            while not self._closing.is_set():
                # A new object each time: that is how a new picture is told.
                self._publish(_again(self._pictures[number % len(self._pictures)], number), stream)
                number += 1


class Shared:
    """Results that are there already, over and over: a new one for a share of the frames."""

    def __init__(self, results: Sequence[LiveResult], share: float) -> None:
        assert len(results) > 1, "one result alone is never a new one"
        self._results, self._share = results, share
        self._frames = 0

    def next(self) -> LiveResult:
        """The one for the next frame."""
        self._frames += 1
        return self._results[int(self._frames * self._share) % len(self._results)]


class KeptAnalyses:
    """Answers with results that are there already."""

    def __init__(self, results: Shared, of: Any) -> None:
        """of: the analyses that it stands in for, for all else that is asked of them."""
        self._results, self._of = results, of
        self.revision = 0

    def newest(self, z_map: EvaluatedZMap) -> LiveResult | None:
        del z_map
        self.revision += 1
        return self._results.next()

    def result(self, z_map: EvaluatedZMap, frame: int) -> AnalysisResult | None:
        del frame
        found = self.newest(z_map)
        return None if found is None else found.result

    def __getattr__(self, name: str) -> Any:
        return getattr(self._of, name)


def session_on(source: LiveSource, *, software: bool, analysis: bool) -> Session:
    """A session with that source in place of one of its own. Every picture is analysed, and where
    the adapter is software drawn once, with the depth that is there by then."""
    session = Session(source.wanted, software=software, draws=0)
    session.analyses.running = analysis
    session.source.close()
    session.source = session._held.source = source
    return session


def _again(picture: Picture, number: int) -> Picture:
    return replace(picture, frame=number, capture_time=time.monotonic())
