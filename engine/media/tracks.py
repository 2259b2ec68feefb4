"""The moving pictures of a video file: its video tracks."""

from __future__ import annotations

from dataclasses import dataclass

import av

from engine.media.containers import check_codec, moving_pictures, open_film
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
    with open_film(path) as container:
        found = moving_pictures(path, container)
        for stream in found:
            check_codec(path, stream)
        return tuple(
            Track(number, (stream.width, stream.height), _title(stream))
            for number, stream in enumerate(found, 1)
        )


def _title(stream: av.VideoStream) -> str:
    """Its title, or that of its handler, as QuickTime has it; not what every file has."""
    name = stream.metadata.get("title") or stream.metadata.get("handler_name") or ""
    return "" if name.lower().replace(" ", "") in ("videohandler", "videomediahandler") else name
