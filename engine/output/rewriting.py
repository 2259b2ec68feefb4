"""A film that was written to be whole at every moment, made an ordinary file with its index first.

Nothing is encoded again: the packets go from one file to the other as they are.
"""

from __future__ import annotations

import os
import shutil
import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError

from engine.errors import OutputError
from engine.output.atomic import atomic, output_error

_ROUND = 1000  # ticks of a whole rate's frame: 30 frames a second are counted in 30,000ths
_SPARE = 2**20  # bytes that the disk has left, besides what the new file takes
_BOXES = (b"ftyp", b"moov", b"moof", b"mdat", b"free", b"wide", b"styp", b"sidx")  # ISO 14496-12


def timescale(rate: Fraction) -> int:
    """Ticks a second in which a QuickTime or MP4 track counts, so that each frame has the same
    whole number of them: 30000 for 30 and for 29.97 frames a second."""
    return rate.numerator if rate.numerator >= _ROUND else rate.numerator * _ROUND


def rewrite(path: Path, rate: Fraction, frames: int) -> None:
    """Put in place of a film of so many frames the same film with its index first. The new one
    takes the old one's name when it is whole. Raises OutputError, and the old one stays."""
    try:
        size = path.stat().st_size
        if shutil.disk_usage(path.parent).free < size + _SPARE:
            raise OutputError(f"the disk has no room for a second file of {size / 1e6:,.0f} MB.")
        with atomic(path) as temporary:
            copied = _copied(path, temporary, rate)
            if copied != frames:
                raise OutputError(f"{path} has {copied} of {frames} frames that can be read.")
    except (FFmpegError, OSError, ValueError) as error:
        raise output_error(path, error) from error


def trim(path: Path) -> None:
    """Cut off what was only begun when a fragmented film could not be written on, as on a full
    disk: the part of a fragment that is there would show as a broken picture. Raises OSError."""
    if path.suffix.lower() == ".mkv":
        return  # players leave out a cluster that is cut
    whole = 0
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        at = 0
        while at + 8 <= size:
            file.seek(at)
            length, kind = struct.unpack(">I4s", file.read(8))
            if length == 1:
                length = int.from_bytes(file.read(8), "big")
            at += length
            if kind not in _BOXES or length < 8 or at > size:
                break
            if kind in (b"moov", b"mdat"):
                whole = at
        file.truncate(whole or size)


def _copied(path: Path, target: Path, rate: Fraction) -> int:
    """Write the packets of one file to another; how many there were."""
    count = 0
    with (
        av.open(os.fspath(path)) as old,
        av.open(os.fspath(target), "w", options=_options(path, rate)) as new,
    ):
        stream = old.streams.video[0]
        kept: Any = new.add_stream_from_template(stream)
        for packet in old.demux(stream):
            if packet.dts is None:
                continue  # the one that ends the stream
            packet.stream = kept
            new.mux(packet)
            count += 1
    return count


def _options(path: Path, rate: Fraction) -> dict[str, str]:
    if path.suffix.lower() == ".mkv":
        return {"cues_to_front": "1"}
    return {"movflags": "+faststart", "video_track_timescale": str(timescale(rate))}
