"""Films of several video tracks."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt


def write_tracks(
    path: Path,
    pictures: Sequence[npt.NDArray[np.float32] | float],
    *,
    titles: Sequence[str] = (),
    frames: int = 2,
) -> Path:
    """A film with a lossless video track of 16 bits for each of these grey pictures (0..1).
    A number stands for 32 x 18 pixels of it. Returns the path."""
    planes = [np.broadcast_to(picture, np.shape(picture) or (18, 32)) for picture in pictures]
    codec, kind = ("ffv1", "gray16le") if path.suffix == ".mkv" else ("png", "gray16be")
    with av.open(str(path), "w") as film:
        streams: list[Any] = []
        for number, plane in enumerate(planes):
            stream: Any = film.add_stream(codec, Fraction(24))
            stream.height, stream.width = plane.shape
            stream.pix_fmt = kind
            if titles:
                key = "title" if path.suffix == ".mkv" else "handler_name"
                stream.metadata[key] = titles[number]
            streams.append(stream)
        for frame in range(frames):
            for stream, plane in zip(streams, planes, strict=True):
                codes = (plane * 65535).round().astype(np.uint16)
                picture = av.VideoFrame.from_ndarray(codes, format="gray16le").reformat(format=kind)
                picture.pts = frame
                film.mux(stream.encode(picture))
        for stream in streams:
            film.mux(stream.encode(None))
    return path
