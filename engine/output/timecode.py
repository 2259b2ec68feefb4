"""Frame rates as fractions, and SMPTE time code."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from engine.errors import OutputError


def rational(fps: Fraction | float) -> Fraction:
    """A rate as the fraction it stands for: 23.976 is 24000/1001. Raises OutputError if not > 0."""
    if not 0 < fps < 1_000_000:
        raise OutputError(f"{fps} frames per second is no frame rate: it is a number above 0.")
    exact = Fraction(fps)
    if exact.denominator <= 1001:
        return exact
    ntsc = Fraction(round(float(fps) * 1001 / 1000) * 1000, 1001)
    if ntsc and abs(float(ntsc) - float(fps)) < 0.005:
        return ntsc
    return exact.limit_denominator(1001)


@dataclass(frozen=True, slots=True)
class Timecode:
    """SMPTE 12M time of day of a frame, without drop frame: hours, minutes, seconds, frames."""

    hours: int
    minutes: int
    seconds: int
    frames: int

    @classmethod
    def of_frame(cls, frame: int, fps: Fraction) -> Timecode:
        """Frame 0 is 00:00:00:00; counted at the nearest whole rate, around the clock of 24 hours.

        Rates above 30 count pairs of frames (SMPTE 12M has two digits, up to 29).
        """
        rate = max(round(fps), 1)
        while rate > 30:
            rate, frame = -(-rate // 2), frame // 2
        seconds, frames = divmod(frame, rate)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        return cls(hours % 24, minutes, seconds, frames)


def packed_timecode(timecode: Timecode) -> int:
    """The time as binary coded decimals in one word, hours first: OpenEXR's TV60 packing."""
    word = 0
    for value in (timecode.hours, timecode.minutes, timecode.seconds, timecode.frames):
        word = word << 8 | (value // 10) << 4 | value % 10
    return word
