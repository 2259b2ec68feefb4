"""What a result is made from, in plain data: the picture, and the code that looks at it."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

from engine.frames import split_name
from engine.scene import Media, MediaKind

LOOKED_AT = 65536
"""Bytes of a picture file, from its start and its end, that are compared: some programs write a
file anew within the same tick of the clock, and at the same size."""

Identity = tuple[str | int | float | None, ...]


def picture_identity(media: Media, frame: int) -> Identity | None:
    """What tells a media's picture at a frame of its own numbering from all others, wherever it is
    asked from; None where it cannot be told (a live source, a frame without a file)."""
    path = _file(media, frame)
    if path is None:
        return None
    try:
        status = os.stat(path)
        video = media.kind is MediaKind.VIDEO
        content = "" if video else _ends(path, status.st_size)
    except OSError:
        return None
    still = media.kind is MediaKind.STILL
    return (
        os.path.abspath(path),
        status.st_size,
        status.st_mtime_ns,
        content,
        0 if still else frame,
        *_reading(media),
    )


def media_identity(media: Media) -> Identity | None:
    """The same for all of a clip: changes when any picture of a sequence does, and with the frames
    that the document takes of it."""
    if media.kind in (MediaKind.STILL, MediaKind.VIDEO) or os.path.isfile(media.path):
        first = picture_identity(media, media.first)
        return first if first is None else (*first, media.last - media.first)
    hash = hashlib.sha256()
    for frame in range(media.first, media.last + 1):
        path = _file(media, frame)
        try:
            status = os.stat(path) if path is not None else None
        except OSError:
            status = None
        if status is not None:
            hash.update(f"{frame} {status.st_size} {status.st_mtime_ns}\n".encode())
    frames = media.first, media.last
    return os.path.abspath(media.path), hash.hexdigest(), *frames, *_reading(media)


@cache
def code_version(*parts: str) -> str:
    """A checksum of Python files of ours, and of all those in packages ("models/face"): results of
    other code are not taken for its own."""
    root = Path(__file__).parents[1]
    hash = hashlib.sha256()
    for part in parts:
        path = root / part
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            hash.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return hash.hexdigest()


def _reading(media: Media) -> Identity:
    """How the file is read."""
    return (
        media.layer,
        media.part,
        media.colour_space,
        str(media.missing),
        media.pixel_aspect,
        os.environ.get("OCIO"),
        *((media.view, media.track) if media.view or media.track else ()),
        *(("orientation", media.orientation) if media.orientation else ()),
        *(("deinterlaced",) if media.deinterlace else ()),
    )


def _file(media: Media, frame: int) -> str | None:
    if "://" in media.path or "\0" in media.path:
        return None
    if os.path.isfile(media.path):
        return media.path
    name = split_name(media.path)
    if name is None:
        return None
    path = name.path(frame)
    return path if os.path.isfile(path) else None


def _ends(path: str, size: int) -> str:
    with open(path, "rb") as file:
        hash = hashlib.sha256(file.read(LOOKED_AT))
        file.seek(max(size - LOOKED_AT, 0))
        hash.update(file.read(LOOKED_AT))
    return hash.hexdigest()
