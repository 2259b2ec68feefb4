"""A program of its own that sends a clip over the network in real time: run as a module.

python -m tests.support.stream CLIP udp://127.0.0.1:5000 [SECONDS]
"""

from __future__ import annotations

import sys
import time

import av


def send(clip: str, address: str, seconds: float) -> None:
    """The clip, again and again, as H.264 in an MPEG transport stream, in real time."""
    with av.open(clip) as source:
        frames = [frame.to_ndarray(format="yuv420p") for frame in source.decode(video=0)]
        size = source.streams.video[0].width, source.streams.video[0].height
    target = f"{address}?pkt_size=1316"
    options = {"preset": "ultrafast", "tune": "zerolatency", "g": "10"}
    with av.open(target, "w", format="mpegts", options={"flush_packets": "1"}) as out:
        stream = out.add_stream("libx264", rate=30, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        start = time.monotonic()
        number = 0
        while time.monotonic() - start < seconds:
            frame = av.VideoFrame.from_ndarray(frames[number % len(frames)], format="yuv420p")
            frame.pts = number
            time.sleep(max(0.0, start + number / 30 - time.monotonic()))
            out.mux(stream.encode(frame))
            number += 1


if __name__ == "__main__":
    send(sys.argv[1], sys.argv[2], float(sys.argv[3]) if len(sys.argv) > 3 else 30.0)
