"""Frame rates as fractions, and SMPTE time code."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
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


_TEXT = re.compile(r"(\d{2}):(\d{2}):(\d{2})([:;.,])(\d{2,3})")


@dataclass(frozen=True, slots=True)
class Timecode:
    """SMPTE 12M time of day of a frame: hours, minutes, seconds, frames.

    drop: frame numbers are left out so that 29.97 a second keeps to the clock: the first two of
    each minute but each tenth (four at 59.94). No picture is left out. frames: counted at the whole
    rate, so up to 59 at 60 a second.
    """

    hours: int
    minutes: int
    seconds: int
    frames: int
    drop: bool = False

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

    @classmethod
    def parsed(cls, text: str) -> Timecode | None:
        """Of "10:59:58:20", with drop frame "10:59:58;20"; None for what is no time code."""
        match = _TEXT.fullmatch(text.strip())
        if match is None:
            return None
        hours, minutes, seconds, frames = (int(match[group]) for group in (1, 2, 3, 5))
        if hours > 23 or minutes > 59 or seconds > 59:
            return None
        return cls(hours, minutes, seconds, frames, match[4] in ";,")

    @classmethod
    def unpacked(cls, word: int) -> Timecode | None:
        """Of OpenEXR's TV60 packing (see `packed_timecode`); None for what is no time code."""
        parts = [word >> 24 & 0x3F, word >> 16 & 0x7F, word >> 8 & 0x7F, word & 0x3F]
        values = [(part >> 4) * 10 + (part & 15) for part in parts]
        valid = all(part & 15 < 10 for part in parts) and values[0] < 24
        if not valid or values[1] > 59 or values[2] > 59:
            return None
        return cls(*values, drop=bool(word & _DROP))

    def __str__(self) -> str:
        mark = ";" if self.drop else ":"
        return f"{self.hours:02}:{self.minutes:02}:{self.seconds:02}{mark}{self.frames:02}"

    def later(self, frames: int, fps: Fraction) -> Timecode:
        """That of the picture so many frames later, around the clock of 24 hours. fps: frames a
        second; drop frame counts at rates that have it (29.97 and 59.94), and at no others."""
        rate = max(round(fps), 1)
        left_out = round(rate / 15) if self.drop and rate % 30 == 0 else 0
        minutes = 60 * self.hours + self.minutes
        number = (minutes * 60 + self.seconds) * rate + self.frames
        number -= left_out * (minutes - minutes // 10)
        day = 24 * 60 * 60 * rate - left_out * (24 * 60 - 24 * 6)
        number = (number + frames) % day
        if left_out:
            tens, rest = divmod(number, 600 * rate - 9 * left_out)
            number += 9 * left_out * tens
            if rest >= 60 * rate:
                number += left_out * (1 + (rest - 60 * rate) // (60 * rate - left_out))
        seconds, count = divmod(number, rate)
        return Timecode(
            seconds // 3600 % 24, seconds // 60 % 60, seconds % 60, count, bool(left_out)
        )

    def two_digits(self, fps: Fraction) -> Timecode:
        """With frames up to 29, as SMPTE 12M has them: above 30 a second, pairs are counted."""
        rate, frames = round(fps), self.frames
        while rate > 30:
            rate, frames = -(-rate // 2), frames // 2
        return replace(self, frames=frames)


_DROP = 0x40


def packed_timecode(timecode: Timecode) -> int:
    """The time as binary coded decimals in one word, hours first, with the drop frame flag:
    OpenEXR's TV60 packing."""
    word = 0
    for value in (timecode.hours, timecode.minutes, timecode.seconds, timecode.frames):
        word = word << 8 | (value // 10) << 4 | value % 10
    return word | (_DROP if timecode.drop else 0)
