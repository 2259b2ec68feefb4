"""A program of its own that hands out a clip as a network camera does: run as a module.

    python -m tests.support.stream_server CLIP http://127.0.0.1:8000/live.ts
    python -m tests.support.stream_server CLIP rtsp://127.0.0.1:8554/live

http: an MPEG transport stream without end. rtsp: H.264 in RTP packets within the connection (RFC
2326 and 6184), as cameras behind a firewall send it; UDP is refused. One client at a time.
"""

from __future__ import annotations

import socket
import struct
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from urllib.parse import urlsplit

import av

from tests.support.stream import CODING, RATE, Frames, clip_frames, write

LONGEST = 1200  # bytes of a packet
CLOCK = 90_000 // RATE  # of RTP, for each frame
FOR_EVER = 3600.0
SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=clip\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
    "c=IN IP4 127.0.0.1\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n"
    "a=control:track\r\n"
)


class _Body:
    """What PyAV writes to: the body of an answer."""

    def __init__(self, client: socket.socket) -> None:
        self._client = client

    def write(self, data: bytes) -> int:
        self._client.sendall(data)
        return len(data)


def answer_http(client: socket.socket, clip: Frames) -> None:
    _request(client)
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nConnection: close\r\n\r\n")
    write(_Body(client), clip, FOR_EVER)


def answer_rtsp(client: socket.socket, clip: Frames) -> None:
    """The four questions that come before the pictures, and the pictures."""
    while True:
        lines = _request(client)
        if not lines:
            return
        method = lines[0].split()[0]
        named = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        status, headers, body = "200 OK", "Session: 1\r\n", ""
        if method == "OPTIONS":
            headers = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
        elif method == "DESCRIBE":
            headers = f"Content-Type: application/sdp\r\nContent-Length: {len(SDP)}\r\n"
            body = SDP
        elif method == "SETUP":
            if "/TCP" in named.get("Transport", ""):
                headers += "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
            else:
                status = "461 Unsupported Transport"
        answer = f"RTSP/1.0 {status}\r\nCSeq: {named.get('CSeq', '0')}\r\n{headers}\r\n{body}"
        client.sendall(answer.encode())
        if method == "PLAY":
            _play(client, clip)


def _play(client: socket.socket, clip: Frames) -> None:
    frames, size = clip
    encoder = av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height = size
    encoder.pix_fmt = "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, RATE), Fraction(RATE)
    encoder.options = CODING
    start, sequence = time.monotonic(), 0
    for number in range(round(FOR_EVER * RATE)):
        time.sleep(max(0.0, start + number / RATE - time.monotonic()))
        frame = av.VideoFrame.from_ndarray(frames[number % len(frames)], format="yuv420p")
        frame.pts = number
        for packet in encoder.encode(frame):
            units = bytes(packet).replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")
            parts = [part for unit in units if unit for part in _payloads(unit)]
            for index, part in enumerate(parts):
                marker = 0x80 if index == len(parts) - 1 else 0
                head = struct.pack(">BBHII", 0x80, marker | 96, sequence & 0xFFFF,
                                   number * CLOCK, 1)  # fmt: skip
                client.sendall(struct.pack(">cBH", b"$", 0, len(head + part)) + head + part)
                sequence += 1


def _payloads(unit: bytes) -> Iterator[bytes]:
    """A NAL unit as it is, or in fragments (FU-A, RFC 6184 5.8)."""
    if len(unit) <= LONGEST:
        yield unit
        return
    head, rest = unit[0], unit[1:]
    for place in range(0, len(rest), LONGEST):
        ends = (0x80 if place == 0 else 0) | (0x40 if place + LONGEST >= len(rest) else 0)
        yield bytes([head & 0xE0 | 28, ends | head & 0x1F]) + rest[place : place + LONGEST]


def _request(client: socket.socket) -> list[str]:
    """The lines of what a client asks; none where it has gone."""
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        more = client.recv(1)
        if not more:
            return []
        data += more
    return data.decode().split("\r\n")[:-2]


def main(path: str, address: str) -> None:
    clip = clip_frames(path)
    parts = urlsplit(address)
    answer = answer_http if parts.scheme == "http" else answer_rtsp
    with socket.create_server((parts.hostname or "", parts.port or 0)) as server:
        while True:
            client, _ = server.accept()
            with client:
                try:
                    answer(client, clip)
                except OSError as error:  # it has gone: the next one
                    print(error, file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
