"""What a document holds: its settings, its media list and its nodes. Plain data."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Annotated

import msgspec

from engine.scene.curves import Vector
from engine.scene.nodes import AnyNode
from engine.scene.parameters import Param

VERSION = 1
"""The format that is written. A change to it comes with an entry in `files.UPGRADES`."""

FIRST_FRAME = 1001
LARGEST_FRAME = 10_000_000


class MediaKind(StrEnum):
    STILL = "still"
    SEQUENCE = "sequence"
    VIDEO = "video"


class Outside(StrEnum):
    """What a media shows before its first and after its last frame."""

    HOLD = "hold"
    LOOP = "loop"


class Missing(StrEnum):
    """What is shown for a frame of a sequence that has no file."""

    ERROR = "error"
    HOLD = "hold"
    BLACK = "black"
    NEAREST = "nearest"


class Media(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An entry of the media list. The first has number 1.

    size, pixel_aspect, first and last are recorded when the media is added, so that a document can
    be evaluated without opening a file. path: absolute in memory; in a saved document relative to
    it where the file lies below it.
    """

    name: Annotated[str, Param("Name", "what the media list calls it")]
    path: Annotated[str, Param("Path", "file, numbered sequence such as shot.####.exr, or address")]
    size: Annotated[
        tuple[int, int], Param("Size", "width and height of its pictures", "pixels", 1, 1_000_000)
    ]
    kind: Annotated[
        MediaKind | None, Param("Kind", "still, sequence or video; none looks at the file")
    ] = None
    pixel_aspect: Annotated[
        float, Param("Pixel Aspect", "width of a pixel over its height", "", 0.01, 100.0)
    ] = 1.0
    colour_space: Annotated[
        str | None, Param("Colour Space", "what its numbers mean; none believes the file")
    ] = None
    layer: Annotated[str | None, Param("Layer", "layer or channels of an EXR; none is RGBA")] = None
    part: Annotated[
        int | str | None, Param("Part", "part of an EXR by number or name; none finds the layer")
    ] = None
    orientation: Annotated[
        int | None,
        Param("Orientation", "how stored pixels are turned, as EXIF has it; none: file", "", 1, 8),
    ] = None
    view: Annotated[
        str | None,
        Param("View", "of a stereo or multi-view EXR; none takes its channels as they come"),
    ] = None
    track: Annotated[
        int | None,
        Param("Track", "of a video with several moving pictures; none is 1", "", 1, 1000),
    ] = None
    deinterlace: Annotated[
        bool, Param("Deinterlace", "makes whole pictures of a video's two fields")
    ] = False
    first: Annotated[
        int, Param("First", "first frame, its own numbering", "", -LARGEST_FRAME, LARGEST_FRAME)
    ] = 1
    last: Annotated[
        int, Param("Last", "last frame, its own numbering", "", -LARGEST_FRAME, LARGEST_FRAME)
    ] = 1
    fps: Annotated[
        float | None, Param("Frame Rate", "its own; none is the scene's", "1/s", 0.001, 10_000.0)
    ] = None
    offset: Annotated[
        float,
        Param("Offset", "scene frames by which it starts later", "", -LARGEST_FRAME, LARGEST_FRAME),
    ] = 0.0
    speed: Annotated[float, Param("Speed", "how fast it runs; 1 is as shot", "", 0.0, 1e4)] = 1.0
    outside: Annotated[Outside, Param("Outside", "before its first and after its last frame")] = (
        Outside.HOLD
    )
    missing: Annotated[Missing, Param("Missing Frames", "where a sequence has no file")] = (
        Missing.ERROR
    )
    matte: Annotated[
        int | None, Param("Matte", "media whose alpha replaces this one's", names="media")
    ] = None


def media_frame(media: Media, scene_frame: int, scene_fps: float | None = None) -> int:
    """The frame of the media's own numbering that is shown at a frame of the scene.

    Without offset the media's first frame is shown at the scene frame of the same number. From
    there it advances by `speed` times its own rate over that of the scene, each picture standing
    until the next one is due. Outside its range it holds or loops.
    """
    rate = media.speed
    if media.fps is not None and scene_fps:
        rate *= media.fps / scene_fps
    # The small number lands exact multiples on their frame in spite of rounding.
    advance = math.floor((scene_frame - media.first - media.offset) * rate + 1e-6)
    length = media.last - media.first + 1
    if media.outside is Outside.LOOP:
        advance %= length
    return media.first + min(max(advance, 0), length - 1)


class Contents(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The fields of a document."""

    version: Annotated[int, Param("Version", "format of the document", "", 1, VERSION)] = VERSION
    name: Annotated[str, Param("Name", "of the shot")] = ""
    fps: Annotated[float, Param("Frame Rate", "frames per second", "1/s", 0.01, 1000.0)] = 24.0
    timecode: Annotated[
        str | None,
        Param("Time Code", "of First Frame, such as 10:59:58:20; none counts frames from 0"),
    ] = None
    first: Annotated[
        int, Param("First Frame", "where the shot begins", "", -LARGEST_FRAME, LARGEST_FRAME)
    ] = FIRST_FRAME
    last: Annotated[
        int, Param("Last Frame", "where the shot ends", "", -LARGEST_FRAME, LARGEST_FRAME)
    ] = FIRST_FRAME
    mark_in: Annotated[
        int | None,
        Param("In", "where playing begins; none is first", "", -LARGEST_FRAME, LARGEST_FRAME),
    ] = None
    mark_out: Annotated[
        int | None,
        Param("Out", "where playing ends; none is last", "", -LARGEST_FRAME, LARGEST_FRAME),
    ] = None
    size: Annotated[
        tuple[int, int], Param("Size", "width and height of the result", "pixels", 1, 65536)
    ] = (1920, 1080)
    pixel_aspect: Annotated[
        float, Param("Pixel Aspect", "width of a pixel over its height", "", 0.01, 100.0)
    ] = 1.0
    camera: Annotated[
        str | None,
        Param(
            "Camera",
            "seen through when rendering; none frames a new surface's height",
            names="node",
        ),
    ] = None
    ambient: Annotated[
        Vector, Param("Ambient", "light from everywhere, scene-linear RGB", "", 0.0, 1e6)
    ] = (0.0, 0.0, 0.0)
    media: Annotated[tuple[Media, ...], Param("Media", "the media list")] = ()
    nodes: Annotated[
        tuple[AnyNode, ...], Param("Nodes", "all nodes, in the order of object ids")
    ] = ()
