"""Which timestamp is which frame of a video."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

import av
from av.error import FFmpegError

from engine.errors import MediaError
from engine.media.containers import Decoder, open_film


@dataclass(frozen=True, slots=True)
class Index:
    """pts: presentation timestamps of all frames, ascending, in the stream's time base.

    keys: numbers of the frames that decoding may start at, ascending. seekable: False when the
    container gives no true timestamps (some AVI); then only decoding from the start finds a frame.
    """

    pts: list[int]
    keys: list[int]
    seekable: bool = True

    def key_before(self, t: int) -> int:
        """The last frame at or before `t` that decoding may start at."""
        if not self.seekable:
            return 0
        at = bisect_right(self.keys, t)
        return self.keys[at - 1] if at else 0


def index_of(path: str, stream: int) -> Index:
    """Read the timestamps of all packets; nothing is decoded. Raises MediaError."""
    times: list[int] = []
    keys: list[int] = []
    unknown = 0
    try:
        with open_film(path) as container:
            for packet in container.demux(container.streams[stream]):
                if packet.size == 0 or packet.is_discard:
                    continue
                if packet.pts is None:
                    unknown += 1
                    continue
                times.append(packet.pts)
                if packet.is_keyframe:
                    keys.append(packet.pts)
    except FFmpegError as error:
        raise MediaError(f"{path} cannot be read to its end: {error.strerror}.") from error
    return _index(times, keys, unknown)


def index_by_decoding(path: str, stream: int) -> Index:
    """The same from the frames themselves: for packets that show nothing, or have no time."""
    times: list[int] = []
    keys: list[int] = []
    unknown = 0
    try:
        with open_film(path) as container:
            video = container.streams[stream]
            assert isinstance(video, av.VideoStream)
            video.thread_type = "AUTO"
            for frame in Decoder(container, video).frames():
                if frame.pts is None:
                    unknown += 1
                    continue
                times.append(frame.pts)
                if frame.key_frame:
                    keys.append(frame.pts)
    except FFmpegError as error:
        raise MediaError(f"{path} cannot be read to its end: {error.strerror}.") from error
    ascending = all(a < b for a, b in pairwise(times))
    return _index(times, keys, unknown, seekable=ascending)


def _index(times: list[int], keys: list[int], unknown: int, *, seekable: bool = True) -> Index:
    if unknown or not seekable:
        return Index(list(range(len(times) + unknown)), [0], seekable=False)
    times = sorted(set(times))
    number = {pts: t for t, pts in enumerate(times)}
    return Index(times, sorted(number[pts] for pts in set(keys)))
