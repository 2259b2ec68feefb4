"""One way to open any media."""

from __future__ import annotations

import os
from os import PathLike
from typing import Protocol, cast

from engine.errors import MediaError
from engine.media.colour import WorkingSpace
from engine.media.missing import MISSING, Missing
from engine.media.names import check_name, is_pattern
from engine.media.picture import Source
from engine.media.sequence import SequenceSource
from engine.media.still import Reading, StillSource
from engine.media.video import VideoSource

VIDEO_EXTENSIONS = frozenset(
    {".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mxf", ".mpg", ".mpeg", ".m2v", ".ts"}
    | {".m2ts", ".mts", ".wmv", ".flv", ".ogv", ".3gp", ".gif", ".y4m", ".dv"}
    | {".mp3", ".wav", ".m4a", ".aac", ".flac", ".ogg", ".opus"}
)
"""File name endings that go to PyAV (those of sound too, which gives the better error)."""


def is_video(path: str | PathLike[str]) -> bool:
    """Whether a file is a video, by the end of its name."""
    return os.path.splitext(os.fspath(path))[1].lower() in VIDEO_EXTENSIONS


def open_source(
    path: str | PathLike[str],
    *,
    layer: str | None = None,
    part: str | int | None = None,
    missing: Missing = "error",
    colour_space: str | None = None,
    working: WorkingSpace | None = None,
    orientation: int | None = None,
    view: str | None = None,
    track: int | None = None,
    deinterlace: bool = False,
) -> Source:
    """Open a still, a numbered sequence (`####`, `%04d`, `@`, `$F4` in its name) or a video.

    layer, part: which part, layer or channel of an EXR (`layer="depth"`), see `choose_channels`.
    view: which view of a stereo or multi-view EXR. track: which of the moving pictures of a video,
        counted from 1; the first if left out. deinterlace: make whole pictures of a video's fields.
    missing: what a frame that is not there answers: error, hold, black or nearest.
    colour_space: an OpenColorIO space the code values are in, in place of what the file says of
        itself; "raw" for data. working: the space to decode to; the project's own by default.
    orientation: how stored pixels are turned upright, 1 to 8 as EXIF has it, in place of what the
    file says of itself.
    A file that exists is taken as it is, whatever its name. Raises MediaError with one sentence.
    """
    name = os.fspath(path)
    check_name(name)
    if missing not in MISSING:
        raise MediaError(f"missing={missing!r} is not known: choose {', '.join(MISSING)}.")
    reading = Reading(
        layer, part, colour_space, working, orientation=orientation, view=view, track=track,
        deinterlace=deinterlace,
    )  # fmt: skip
    reading.check()
    if track is not None and not is_video(name):
        raise MediaError(f"{name} is no video, so it has no track {track}: leave it out.")
    if not os.path.exists(name) and is_pattern(name):
        return SequenceSource(name, reading, missing)
    if is_video(name):
        if view is not None:
            raise MediaError(f"{name} is a video, which has no view {view!r}: leave it out.")
        return VideoSource(name, reading, missing)
    return StillSource(name, reading)


class MediaEntry(Protocol):
    """What a document says of a media; `open_source` tells what each field means."""

    @property
    def path(self) -> str: ...
    @property
    def layer(self) -> str | None: ...
    @property
    def part(self) -> str | int | None: ...
    @property
    def view(self) -> str | None: ...
    @property
    def track(self) -> int | None: ...
    @property
    def deinterlace(self) -> bool: ...
    @property
    def missing(self) -> str: ...
    @property
    def colour_space(self) -> str | None: ...
    @property
    def orientation(self) -> int | None: ...


def open_media(media: MediaEntry) -> Source:
    """Open a media of a document (`engine.scene.Media`). Raises MediaError."""
    return open_source(
        media.path,
        layer=media.layer,
        part=media.part,
        view=media.view,
        track=media.track,
        deinterlace=media.deinterlace,
        missing=cast(Missing, str(media.missing)),  # open_source checks it
        colour_space=media.colour_space,
        orientation=media.orientation,
    )
