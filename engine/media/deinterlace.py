"""Interlaced films: how they are known, and whole pictures made of their fields."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import av
from av.filter import Graph

# FFmpeg's field orders that begin with the top field as shown, and with the bottom one.
_TOP_FIRST, _BOTTOM_FIRST = (2, 5), (3, 4)
_KEPT = 4  # frames decoded last: those beside each frame are needed again by the next


def is_interlaced(stream: av.VideoStream, frame: av.VideoFrame) -> bool:
    """Whether a film says of itself that its pictures are woven of two fields."""
    order = int(stream.codec_context.field_order or 0)
    return frame.interlaced_frame or order in (*_TOP_FIRST, *_BOTTOM_FIRST)


class Deinterlacer:
    """Makes whole pictures of a film's fields, one for each of its frames, by FFmpeg's bwdif.

    Each is made of the frames beside it, so it is the same in whatever order frames are asked for.
    """

    def __init__(
        self, stream: av.VideoStream, read: Callable[[int], av.VideoFrame], last: int
    ) -> None:
        """read: decodes a frame by its number, 0 to `last`."""
        self._stream, self._read, self._last = stream, read, last
        self._frames: OrderedDict[int, av.VideoFrame] = OrderedDict()

    def frame(self, t: int) -> av.VideoFrame:
        """Frame `t`, deinterlaced. Raises MediaError as `read` does."""
        beside = [n for n in (t - 1, t, t + 1) if 0 <= n <= self._last]
        frames = [self._decoded(n) for n in beside]
        graph = Graph()
        source = graph.add_buffer(
            width=frames[0].width, height=frames[0].height, format=frames[0].format,
            time_base=self._stream.time_base,
        )  # fmt: skip
        filtered = graph.add("bwdif", f"mode=send_frame:deint=all:parity={self._parity(frames[0])}")
        sink = graph.add("buffersink")
        source.link_to(filtered)
        filtered.link_to(sink)
        graph.configure()
        made: list[av.VideoFrame] = []
        for number, frame in enumerate(frames):
            # The filter takes times for what tells its frames apart.
            before, frame.pts = frame.pts, number
            source.push(frame)
            frame.pts = before
        source.push(None)
        while len(made) < len(frames):
            pulled = graph.pull()
            assert isinstance(pulled, av.VideoFrame)
            made.append(pulled)
        return made[beside.index(t)]

    def _parity(self, frame: av.VideoFrame) -> str:
        if frame.interlaced_frame:
            return "auto"  # each frame says it
        order = int(self._stream.codec_context.field_order or 0)
        return "bff" if order in _BOTTOM_FIRST else "tff"

    def _decoded(self, t: int) -> av.VideoFrame:
        if t not in self._frames:
            self._frames[t] = self._read(t)
            while len(self._frames) > _KEPT:
                self._frames.popitem(last=False)
        return self._frames[t]
