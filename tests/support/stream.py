"""A program of its own that sends a clip over the network in real time: run as a module.

    python -m tests.support.stream CLIP udp://127.0.0.1:5000 [SECONDS] [plain|stamped]

stamped: twice as large, and a strip below each picture tells when it was sent (`stamps`).
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from tests.support import stamps

RATE = 30
CODING = {"preset": "ultrafast", "tune": "zerolatency", "g": "10"}
Planes = npt.NDArray[np.uint8]
Frames = tuple[list[Planes], tuple[int, int]]


def send(clip: str | Path, address: str, seconds: float, *, stamped: bool = False) -> None:
    """The clip, again and again, as H.264 in an MPEG transport stream, in real time."""
    write(f"{address}?pkt_size=1316", clip_frames(clip, 2 if stamped else 1), seconds, stamped)


def write(target: Any, clip: Frames, seconds: float, stamped: bool = False) -> None:
    """The same to anything that PyAV can write to: an address, or an object with `write`."""
    frames, size = clip
    with av.open(target, "w", format="mpegts", options={"flush_packets": "1"}) as out:
        stream = out.add_stream("libx264", rate=RATE, options=CODING)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = size[0], size[1] + stamps.HEIGHT * stamped
        stream.pix_fmt = "yuv420p"
        start = time.monotonic()
        number = 0
        while time.monotonic() - start < seconds:
            planes = frames[number % len(frames)]
            time.sleep(max(0.0, start + number / RATE - time.monotonic()))
            frame = _stamped(planes, size) if stamped else planes
            picture = av.VideoFrame.from_ndarray(frame, format="yuv420p")
            picture.pts = number
            out.mux(stream.encode(picture))
            number += 1


def clip_frames(clip: str | Path, larger: int = 1) -> Frames:
    """All pictures of a clip as (3/2 h, w), and their (width, height)."""
    with av.open(str(clip)) as source:
        (stream,) = source.streams.video
        width, height = larger * stream.width, larger * stream.height
        frames = [
            np.asarray(frame.reformat(width, height, "yuv420p").to_ndarray(), np.uint8)
            for frame in source.decode(stream)
        ]
    return frames, (width, height)


def _stamped(planes: Planes, size: tuple[int, int]) -> Planes:
    """The same picture with a strip below that tells the time of now."""
    width, height = size
    luma = np.full((stamps.HEIGHT, width), 128, np.uint8)
    luma[:, : stamps.WIDTH] = stamps.strip(stamps.now())
    grey = np.full(stamps.HEIGHT // 2 * (width // 2), 128, np.uint8)
    quarter = height // 2 * (width // 2)
    flat = planes.ravel()
    blue, red = flat[width * height :][:quarter], flat[width * height :][quarter:]
    whole = [flat[: width * height], luma.ravel(), blue, grey, red, grey]
    return np.concatenate(whole).reshape(-1, width)


if __name__ == "__main__":
    send(
        sys.argv[1],
        sys.argv[2],
        float(sys.argv[3]) if len(sys.argv) > 3 else 30.0,
        stamped=sys.argv[4:5] == ["stamped"],
    )
