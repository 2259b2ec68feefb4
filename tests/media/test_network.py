"""Streams of servers in other processes: HTTP and RTSP, lost and back; what is no video."""

from __future__ import annotations

import http.server
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import pytest

from engine.errors import MediaError
from engine.media import LiveCondition, LiveSource, live_input, to_display_rgb8

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0


def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(clip: Path, address: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.support.stream_server", str(clip), address]
    server = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        yield server
    finally:
        server.kill()
        server.wait()


def shows_the_clip(source: LiveSource, clip: list[np.ndarray]) -> bool:
    """Whether the newest picture is one of the clip's, but for what coding costs."""
    picture = source.latest()
    assert picture is not None
    shown = to_display_rgb8(picture).astype(float)
    return min(float(np.abs(shown - frame).mean()) for frame in clip) < 6.0


@pytest.mark.parametrize("kind", ["http", "rtsp"])
def test_a_server_is_shown_lost_and_taken_up_again(talking_head: Path, kind: str) -> None:
    with av.open(str(talking_head)) as file:
        clip = [frame.to_ndarray(format="rgb24").astype(float) for frame in file.decode(video=0)]
    assert np.abs(clip[0] - clip[60]).mean() > 6.0  # that they are told apart
    address = f"{kind}://127.0.0.1:{free_port()}/live.ts"
    source = LiveSource(live_input(address))
    try:
        # Nobody is there yet: said, and tried again.
        assert until(lambda: source.state.condition is LiveCondition.LOST)
        assert source.state.reason == f"{address} cannot be reached: Connection refused."
        with serving(talking_head, address):
            first = source.wait(PATIENCE)
            assert first.size == (176, 144)
            assert shows_the_clip(source, clip)
            assert source.newer_than(first, PATIENCE) is not None
            assert source.state.condition is LiveCondition.RUNNING
        assert until(lambda: source.state.condition is LiveCondition.LOST)
        assert address in source.state.reason
        last = source.latest()
        assert last is not None  # stays
        with serving(talking_head, address):
            assert source.newer_than(last, PATIENCE) is not None
            assert shows_the_clip(source, clip)
            assert source.statistics.reconnected == 1
    finally:
        source.close()


@contextmanager
def answering(body: bytes, kind: str) -> Iterator[str]:
    """A web server with one file; its address."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/thing"
        server.shutdown()


def sound() -> bytes:
    """A second of silence as an MPEG transport stream."""

    class Kept:
        data = b""

        def write(self, more: bytes) -> int:
            self.data += more
            return len(more)

    kept = Kept()
    with av.open(kept, "w", format="mpegts") as out:
        stream = out.add_stream("mp2", rate=48_000, layout="mono")
        for number in range(42):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1152), np.int16), "s16", "mono")
            frame.sample_rate, frame.pts = 48_000, number * 1152
            out.mux(stream.encode(frame))  # type: ignore[attr-defined]
        out.mux(stream.encode(None))  # type: ignore[attr-defined]
    return kept.data


def said(address: str) -> str:
    """The sentence on why it is not shown."""
    source = LiveSource(live_input(address))
    try:
        assert until(lambda: source.state.condition is not LiveCondition.CONNECTING)
        with pytest.raises(MediaError) as raised:
            source.wait(0.1)
        return str(raised.value)
    finally:
        source.close()


def test_a_stream_of_text_or_of_sound_is_said_to_be_no_video() -> None:
    with answering(b"<html>Welcome to this camera. Please log in.</html>" * 40, "text/html") as it:
        assert said(it) == f"{it} sends something that is no video."
    with answering(sound(), "video/mp2t") as it:
        assert said(it) == f"{it} has only sound: choose a source with a picture."


def test_noise_on_a_port_is_said_to_be_no_video() -> None:
    port = free_port()
    address = f"udp://127.0.0.1:{port}"
    quiet = threading.Event()

    def send() -> None:
        rng = np.random.default_rng(0)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            while not quiet.wait(0.001):
                out.sendto(rng.bytes(1316), ("127.0.0.1", port))

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    try:
        assert said(address) == f"{address} sends something that is no video."
    finally:
        quiet.set()
        sender.join()
