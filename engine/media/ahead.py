"""Recent pictures kept, and the next one read while the last one is drawn."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

from engine.media.picture import Picture

KEPT_BYTES = 256 * 2**20
"""Pictures a source keeps: a dozen 4K frames of 8-bit video, or two of float RGBA."""


class PictureCache:
    """The pictures used last, up to a number of bytes; at least the newest one stays."""

    def __init__(self, limit: int = KEPT_BYTES) -> None:
        self._limit = limit
        self._bytes = 0
        self._pictures: OrderedDict[int, Picture] = OrderedDict()

    def get(self, t: int) -> Picture | None:
        if t not in self._pictures:
            return None
        self._pictures.move_to_end(t)
        return self._pictures[t]

    def put(self, t: int, picture: Picture) -> None:
        if t in self._pictures:
            self._bytes -= _bytes(self._pictures.pop(t))
        self._pictures[t] = picture
        self._bytes += _bytes(picture)
        while self._bytes > self._limit and len(self._pictures) > 1:
            self._bytes -= _bytes(self._pictures.popitem(last=False)[1])

    @property
    def frames(self) -> frozenset[int]:
        return frozenset(self._pictures)

    def clear(self) -> None:
        self._pictures.clear()
        self._bytes = 0


class ReadAhead:
    """Answers `frame(t)` from `load(t)`, with a cache, and reads t + 1 once frames come in order.

    `load` is never called twice at the same time. Errors are raised by the frame they belong to.
    """

    def __init__(
        self,
        load: Callable[[int], Picture],
        exists: Callable[[int], bool],
        limit: int = KEPT_BYTES,
    ) -> None:
        self._load = load
        self._exists = exists
        self._cache = PictureCache(limit)
        self._lock = Lock()
        self._worker: ThreadPoolExecutor | None = None
        self._next: tuple[int, Future[Picture]] | None = None
        self._before: int | None = None

    def frame(self, t: int) -> Picture:
        with self._lock:
            picture = self._cache.get(t)
            if picture is None:
                picture = self._take(t)
                self._cache.put(t, picture)
            if self._before == t - 1 and self._exists(t + 1):
                self._start(t + 1)
            self._before = t
            return picture

    @property
    def held(self) -> frozenset[int]:
        """Frames that are answered from memory."""
        with self._lock:
            return self._cache.frames

    def close(self) -> None:
        """Wait for what is being read, and let go of all pictures."""
        with self._lock:
            if self._worker is not None:
                self._worker.shutdown(wait=True, cancel_futures=True)
            self._worker, self._next = None, None
            self._cache.clear()

    def _take(self, t: int) -> Picture:
        waiting, self._next = self._next, None
        if waiting is not None:
            number, future = waiting
            if number == t:
                return future.result()
            future.exception()  # wait: `load` serves one frame at a time
        return self._load(t)

    def _start(self, t: int) -> None:
        if self._next is not None or self._cache.get(t) is not None:
            return
        if self._worker is None:
            self._worker = ThreadPoolExecutor(1, thread_name_prefix="read-ahead")
        self._next = (t, self._worker.submit(self._load, t))


def _bytes(picture: Picture) -> int:
    return sum(plane.nbytes for plane in picture.planes)
