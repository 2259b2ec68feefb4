"""Damage of films that shows without decoding: ends that are cut off, packets that are torn."""

from __future__ import annotations

import os
import re
import struct
import time
from collections.abc import Iterator
from itertools import pairwise
from statistics import median
from typing import BinaryIO

import av
from av.error import FFmpegError

from engine.media.containers import moving_pictures, open_film, reason_of

LOOK_SECONDS = 2.0
"""How long the packets of a new media are read at most."""

_SHOWN = 5  # faults that are named one by one
_IN_NAL = re.compile(rb"\x00\x00[\x00-\x02]")  # never inside H.264 and H.265, but for its end
_DENSE = ("mjpeg", "png", "vp8", "vp9", "av1")  # their data hold no long runs of zeros
_HOLE = bytes(64)
_UNKNOWN_SIZES = tuple(2 ** (7 * length) - 1 for length in range(1, 9))


def missing_bytes(path: str) -> int:
    """How many bytes the end of a film lacks, by the sizes that its own structure gives; 0 where it
    is whole, or does not say. Reads headers alone. Knows Matroska, MP4, MOV and AVI."""
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        head = file.read(12)
        file.seek(0)
        if head[:4] == b"\x1a\x45\xdf\xa3":
            end = _matroska_end(file)
        elif head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
            end = _boxes_end(file, size)
        elif head[:4] == b"RIFF":
            end = 8 + int.from_bytes(head[4:8], "little")
        else:
            return 0
    return max(end - size, 0)


def damage_of(path: str, track: int = 1, seconds: float = LOOK_SECONDS) -> list[str]:
    """What is wrong with the packets of a video track, a sentence; empty where nothing is, or was
    found in so many seconds. track: of the moving pictures, from 1. Nothing is decoded."""
    until = time.monotonic() + seconds
    torn: list[int] = []
    read = 0
    try:
        with open_film(path) as container:
            stream = moving_pictures(path, container)[track - 1]
            check = _check_of(stream)
            for number, packet in enumerate(container.demux(stream)):
                read = number + 1
                if packet.size and (packet.is_corrupt or not check(bytes(packet))):
                    torn.append(number)
                if time.monotonic() > until:
                    break
    except FFmpegError as error:
        return [f"{path} is damaged: it cannot be read on after {read} pictures"
                f" ({reason_of(error)})."]  # fmt: skip
    if torn:
        named = ", ".join(str(number) for number in torn[:_SHOWN])
        more = f" and {len(torn) - _SHOWN} more" if len(torn) > _SHOWN else ""
        what = f"frame {named} is" if len(torn) == 1 else f"frames {named}{more} are"
        return [f"{path} is damaged: {what} torn."]
    return []


def lost_pictures(times: list[int]) -> tuple[int, int]:
    """How many pictures are missing in a film of a constant rate, and after which; 0 where none is,
    or where its rate varies. times: of its pictures, in any unit."""
    times = sorted(set(times))
    steps = [after - before for before, after in pairwise(times)]
    if len(steps) < 8:
        return 0, 0
    usual = median(steps)
    gaps = [n for n, step in enumerate(steps) if step > 1.7 * usual]
    if not gaps or len(gaps) > max(3, len(steps) // 20):
        return 0, 0
    return round(sum(steps[n] / usual - 1 for n in gaps)), gaps[0]


def _check_of(stream: av.VideoStream) -> _Check:
    context = stream.codec_context
    extra = context.extradata or b""
    if context.name in ("h264", "hevc") and extra[:1] == b"\x01":
        at = 4 if context.name == "h264" else 21
        return _Check(context.name, (extra[at] & 3) + 1 if len(extra) > at else 4)
    return _Check(context.name)


class _Check:
    """Whether a packet has the structure of its codec; of one that is not known here: yes."""

    def __init__(self, codec: str, length_bytes: int = 0) -> None:
        self._codec = codec
        self._length_bytes = length_bytes

    def __call__(self, data: bytes) -> bool:
        if self._length_bytes:
            return all(self._is_unit(unit) for unit in _units(data, self._length_bytes))
        # Cameras pad their pictures with zeros: what counts is before them.
        if self._codec in _DENSE and _HOLE in data.rstrip(b"\0"):
            return False
        if self._codec in ("mjpeg", "jpegls"):
            return data[:2] == b"\xff\xd8"
        if self._codec == "png":
            return data[:8] == b"\x89PNG\r\n\x1a\n" and b"IEND" in data[-16:]
        if self._codec == "prores":
            return data[4:8] == b"icpf" and struct.unpack(">I", data[:4])[0] <= len(data)
        return True

    def _is_unit(self, unit: bytes | None) -> bool:
        if not unit or unit[0] & 0x80:
            return False
        found = _IN_NAL.search(unit.rstrip(b"\x00\x03"))
        return found is None


def _units(data: bytes, length_bytes: int) -> Iterator[bytes | None]:
    """The units of a packet by the lengths before them; None where one passes its end."""
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + length_bytes])
        at += length_bytes
        if length == 0 or at + length > len(data):
            yield None
            return
        yield data[at : at + length]
        at += length


def _matroska_end(file: BinaryIO) -> int:
    """Where the segment of a Matroska file ends, as it says; 0: it does not say."""
    for _ in range(8):
        identity = _element_number(file, keep_marker=True)
        size = _element_number(file, keep_marker=False)
        if identity is None or size is None:
            return 0
        if identity == 0x18538067:  # Segment
            return 0 if size in _UNKNOWN_SIZES else file.tell() + size
        file.seek(size, os.SEEK_CUR)
    return 0


def _element_number(file: BinaryIO, *, keep_marker: bool) -> int | None:
    first = file.read(1)
    if not first or first[0] == 0:
        return None
    length = 9 - first[0].bit_length()
    rest = file.read(length - 1)
    value = first[0] if keep_marker else first[0] & (0xFF >> length)
    return value << 8 * len(rest) | int.from_bytes(rest)


def _boxes_end(file: BinaryIO, size: int) -> int:
    """Where the last of the outermost boxes of an ISO file ends."""
    at = 0
    while at + 8 <= size:
        file.seek(at)
        head = file.read(16)
        length = int.from_bytes(head[:4])
        if length == 1:
            length = int.from_bytes(head[8:16])
        if length < 8:  # to the end of the file, or no box at all
            return 0
        at += length
    return at
