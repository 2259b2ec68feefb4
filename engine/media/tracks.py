"""The moving pictures of a video file: its video tracks."""

from __future__ import annotations

from dataclasses import dataclass

import av
from av.error import FFmpegError
from av.stream import Disposition

from engine.errors import MediaError
from engine.media.layer_names import named
from engine.media.tags import check_whole


@dataclass(frozen=True, slots=True)
class Track:
    """number: as `open_source` takes it, from 1. size: (width, height) as stored. title: what the
    file calls it, or ''."""

    number: int
    size: tuple[int, int]
    title: str = ""

    @property
    def is_depth(self) -> bool:
        """Whether it is called as depth is."""
        return named("", self.title, ("Y",)).depth is not None


def tracks_of(path: str) -> tuple[Track, ...]:
    """The moving pictures of a video, without covers. Raises MediaError."""
    check_whole(path)
    try:
        with av.open(path) as container:
            found = [stream for stream in container.streams.video if not is_cover(stream)]
            return tuple(
                Track(number, (stream.width, stream.height), _title(stream))
                for number, stream in enumerate(found, 1)
            )
    except (FFmpegError, ValueError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MediaError(f"{path} is no video that can be read: {reason}.") from error


def is_cover(stream: av.VideoStream) -> bool:
    """Whether a video stream is a picture of the whole file, and does not move."""
    return bool(stream.disposition & Disposition.attached_pic)


def _title(stream: av.VideoStream) -> str:
    """Its title, or that of its handler, as QuickTime has it; not what every file has."""
    name = stream.metadata.get("title") or stream.metadata.get("handler_name") or ""
    return "" if name.lower().replace(" ", "") in ("videohandler", "videomediahandler") else name
